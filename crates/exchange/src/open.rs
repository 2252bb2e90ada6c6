//! Opening a node: from its settings and its state folder to all that it runs by.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use model::fault::Fault;
use tokio::sync::Semaphore;
use trust::directory::mirror::Mirror;
use trust::keyring::Keyring;
use trust::replay::ReplayGuard;
use trust::tls::Pinned;
use trust::verifier::Verifier;

use crate::auditors::Auditors;
use crate::backend;
use crate::body::Limits;
use crate::budget::Budget;
use crate::clock;
use crate::compiled::CompiledDirectory;
use crate::folder::{self, StateFolder, key_failed};
use crate::hub::Hub;
use crate::hub::renewal::Renewal;
use crate::hub::report::Reporter;
use crate::measure;
use crate::node::Node;
use crate::own::Ready;
use crate::peers::Peers;
use crate::rate::Rates;
use crate::record::Recorder;
use crate::run::Running;
use crate::settings::NodeSettings;
use crate::slots::Slots;
use crate::standing::Standing;
use crate::systems::Systems;
use crate::trace;
use crate::usage::Usage;

/// Look-ups in the ledger at once: what they cost must not be felt by exchanges.
const LOOKING_AT_ONCE: usize = 1;

impl Node {
    /// Opens a node's state: keys, directory, ledger. Returns it with the parts that run it.
    ///
    /// # Errors
    /// [`Fault`] says which file or setting can't be used.
    pub async fn open(folder: &StateFolder, settings: &NodeSettings) -> Result<(Arc<Self>, Running), Fault> {
        let keyring = Keyring::new(&folder.0);
        // What was taken into use and not in its place yet.
        keyring.new_keys().map_err(|error| key_failed(&error))?;
        let pair = keyring.pair().map_err(|error| key_failed(&error))?;
        let mirror = Mirror::new(&folder.directory(), folder::read(&folder.root())?)
            .for_cases(settings.procedures || settings.cases.is_some());
        let directory = Arc::new(ArcSwap::from_pointee(open_directory(&mirror).await));
        let Ready { key, face, client, hub } = Ready::make(pair, &settings.id, folder, &directory)?;
        let (recorder, replays) = open_ledger(folder)?;
        let spool = folder.spool();
        fs::create_dir_all(&spool).map_err(|error| folder::file_failed(&spool, &error))?;
        let systems = Systems::open(&settings.systems)?;
        let edge_clients = Pinned::new(systems.certificates());
        let (traces, exporter) = trace::open(settings.traces.as_ref());
        let added = settings.services.iter().map(|service| (service.id.clone(), service.headers.0.clone()));
        let node = Arc::new(Self {
            id: settings.id.clone(),
            peers: Arc::new(Peers::new(client, directory.clone())),
            own: ArcSwap::from_pointee(key),
            face: ArcSwap::from_pointee(face),
            edge_certificate: settings
                .edge_tls
                .then(|| folder::read_certificate(&folder.edge_certificate()).ok())
                .flatten(),
            verifier: Verifier::default(),
            replays,
            consumer_rates: Rates::default(),
            provider_rates: Rates::default(),
            question_rates: Rates::default(),
            refusal_rates: Rates::default(),
            recorder,
            usage: Usage::default(),
            traces,
            systems: ArcSwap::from_pointee(systems),
            edge_clients: edge_clients.clone(),
            auditors: ArcSwap::from_pointee(Auditors::open(&settings.auditors)?),
            looking: Arc::new(Semaphore::new(LOOKING_AT_ONCE)),
            folder: folder.clone(),
            backends: backend::open::backends(settings, folder)?,
            added_headers: added.collect(),
            slots: Slots::default(),
            standing: Standing::default(),
            spool,
            budget: Budget::new(settings.body_max_bytes),
            service_timeout: Duration::from_secs(settings.service_seconds),
            body_limits: Limits {
                bytes: settings.body_max_bytes,
                idle: Duration::from_secs(settings.idle_seconds),
            },
            directory,
        });
        measure::set_gates(folder, &node.backends);
        let edge_tls = settings.edge_tls.then(|| folder::edge_tls(folder, edge_clients)).transpose()?;
        let hub = Arc::new(Hub::new(hub, settings.hub.urls().to_vec()));
        let every = Duration::from_secs(settings.usage_seconds);
        let running = Running {
            reporter: Reporter::new(hub.clone(), every, folder),
            renewal: Renewal::new(folder.clone(), hub.clone(), settings.form()),
            edge_tls,
            hub,
            mirror,
            exporter,
            quality: settings.quality.clone(),
            copies: settings.copies.clone(),
        };
        Ok((node, running))
    }
}

/// The copy of the directory on disk, if there is one to be trusted.
async fn open_directory(mirror: &Mirror) -> CompiledDirectory {
    let began = Instant::now();
    match CompiledDirectory::opened(mirror, clock::now()).await {
        Ok(directory) => {
            let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::info!(
                revision = directory.revision,
                parts = directory.parts(),
                grants = directory.grants_held(),
                millis,
                "directory open"
            );
            directory
        }
        Err(Fault::DirectoryMissing {}) => CompiledDirectory::empty(),
        Err(fault) => {
            tracing::error!(fault = fault.code(), reason = %fault, "the directory on disk is not used");
            CompiledDirectory::empty()
        }
    }
}

/// The ledger, and the requests in it that must not be taken a second time.
fn open_ledger(folder: &StateFolder) -> Result<(Recorder, ReplayGuard), Fault> {
    let now = clock::now();
    let (recorder, opened, recent) = Recorder::open(&folder.ledger(), now)?;
    tracing::info!(entries = opened.entries, cut_bytes = opened.cut_bytes, "ledger open");
    let replays = ReplayGuard::default();
    for params in &recent {
        let _ = replays.admit(params, now);
    }
    Ok((recorder, replays))
}
