//! A node: everything above, put together from its settings and its state folder.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use connect::care::{Careful, Limits as SourceLimits};
use connect::faults::Seen;
use connect::source::{Address, Fetch, Options, Reading};
use connect::{Source, TableName};
use futures::StreamExt as _;
use http::header::HeaderName;
use jiff::Timestamp;
use model::directory::Directory;
use model::ending::{Ending, Kind};
use model::fault::{Fault, Words};
use model::id::{NodeId, ServiceId, SystemId};
use model::service::Offer;
use model::usage::{Flaw, Gap, RefusedDirectory};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::net::TcpListener;
use tokio::sync::watch;
use trust::certificate;
use trust::directory::keep::Keeper;
use trust::keyring::Keyring;
use trust::replay::ReplayGuard;
use trust::tls::{self, Identity, Pinned};
use trust::verifier::Verifier;

use crate::backend::pages::Pages;
use crate::backend::{Backend, Backends, DatasetService, HttpApi, Place};
use crate::body::{Limits, Room};
use crate::book::Book;
use crate::budget::Budget;
use crate::clock;
use crate::consume::PEER_MARGIN;
use crate::edge::{Credentials, Systems};
use crate::own::{self, Face, OwnKey, Ready, key_failed};
use crate::peers::Peers;
use crate::places::Places;
use crate::port;
use crate::rate::Rates;
use crate::record::Recorder;
use crate::renewal::Renewal;
use crate::settings::{NodeSettings, ServiceSettings, SourceSettings};
use crate::upstream::{self, Hub};
use crate::usage::{Reporter, Usage};

/// A running node.
pub struct Node {
    /// Its identifier.
    pub id: NodeId,
    /// The directory of the moment.
    pub book: Arc<ArcSwap<Book>>,
    pub(crate) peers: Arc<Peers>,
    /// The key that it signs with at the moment.
    pub(crate) own: ArcSwap<OwnKey>,
    /// What it shows on connections at the moment.
    pub(crate) face: ArcSwap<Face>,
    pub(crate) verifier: Verifier,
    pub(crate) replays: ReplayGuard,
    pub(crate) consumer_rates: Rates,
    pub(crate) provider_rates: Rates,
    pub(crate) question_rates: Rates,
    pub(crate) refusal_rates: Rates,
    pub(crate) recorder: Recorder,
    pub(crate) usage: Usage,
    pub(crate) systems: Systems,
    pub(crate) backends: Backends,
    /// By service, names of headers that pass beside the list.
    added_headers: HashMap<ServiceId, Vec<HeaderName>>,
    /// Calls under way at services here, by grant.
    pub(crate) places: Places,
    /// The newer directory that the hub has and this node does not take.
    refused: Mutex<Option<RefusedDirectory>>,
    spool: PathBuf,
    budget: Budget,
    /// Longest wait for a service.
    pub(crate) patience: Duration,
    /// The hub does not know its certificate, as it said last.
    turned_away: AtomicBool,
    /// The hub did not certify its new keys, as it said last.
    renewal_refused: AtomicBool,
    /// The certificate that the edge shows.
    edge_certificate: Option<CertificateDer<'static>>,
    limits: Limits,
}

/// Longest wait for what is under way when the node is asked to end. Service managers kill after 10 s to 90 s.
const LAST_WAIT: Duration = Duration::from_secs(8);

/// The files in a node's state folder.
#[derive(Debug, Clone)]
pub struct StateFolder(pub PathBuf);

impl StateFolder {
    /// Its settings.
    #[must_use]
    pub fn settings(&self) -> PathBuf {
        self.0.join("node.toml")
    }

    /// Key of its TLS certificate.
    #[must_use]
    pub fn tls_key(&self) -> PathBuf {
        self.0.join("tls.key")
    }

    /// Its TLS certificate.
    #[must_use]
    pub fn tls_certificate(&self) -> PathBuf {
        self.0.join("tls.der")
    }

    /// Key of the certificate that the edge shows to the agency's systems.
    #[must_use]
    pub fn edge_key(&self) -> PathBuf {
        self.0.join("edge.key")
    }

    /// The certificate that the edge shows (PEM, with its chain). The agency may put its own in its place.
    #[must_use]
    pub fn edge_certificate(&self) -> PathBuf {
        self.0.join("edge.pem")
    }

    /// Key that signs its messages.
    #[must_use]
    pub fn signing_key(&self) -> PathBuf {
        self.0.join("signing.key")
    }

    /// Certificate of that key.
    #[must_use]
    pub fn signing_certificate(&self) -> PathBuf {
        self.0.join("signing.der")
    }

    /// The hub's authority: what its web face is checked by.
    #[must_use]
    pub fn hub_authority(&self) -> PathBuf {
        self.0.join("hub.der")
    }

    /// The root of the directory that came with the invitation.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.0.join("root.json")
    }

    /// The copy of the directory.
    #[must_use]
    pub fn directory(&self) -> PathBuf {
        self.0.join("directory")
    }

    /// The ledger.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        self.0.join("ledger")
    }

    /// What belongs to packages that were ordered or made here.
    #[must_use]
    pub fn packages(&self) -> PathBuf {
        self.0.join("packages")
    }

    /// The ledger of exchanges that were carried by hand.
    #[must_use]
    pub fn package_ledger(&self) -> PathBuf {
        self.packages().join("ledger")
    }

    pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Fault> {
        fs::read(path)
            .map_err(|error| Fault::FileFailed { path: path.display().to_string(), why: error.to_string() })
    }
}

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
        let keeper = Keeper::new(&folder.directory(), StateFolder::read(&folder.root())?);
        let book = Arc::new(ArcSwap::from_pointee(open_book(&keeper).await));
        let Ready { key, face, client, hub } = Ready::make(pair, &settings.id, folder, &book)?;
        let now = clock::now();
        let (recorder, opened, recent) =
            Recorder::open(&folder.ledger(), now).map_err(|error| ledger_failed(&error))?;
        tracing::info!(entries = opened.entries, cut_bytes = opened.cut_bytes, "ledger open");
        let replays = ReplayGuard::default();
        for params in &recent {
            let _ = replays.admit(params, now);
        }
        let spool = folder.0.join("spool");
        fs::create_dir_all(&spool).map_err(|error| Fault::FileFailed {
            path: spool.display().to_string(),
            why: error.to_string(),
        })?;
        let systems = systems(settings)?;
        let edge_clients = Pinned::new(systems.certificates());
        let node = Arc::new(Self {
            id: settings.id.clone(),
            peers: Arc::new(Peers::new(client, book.clone())),
            own: ArcSwap::from_pointee(key),
            face: ArcSwap::from_pointee(face),
            verifier: Verifier::default(),
            replays,
            consumer_rates: Rates::default(),
            provider_rates: Rates::default(),
            question_rates: Rates::default(),
            refusal_rates: Rates::default(),
            recorder,
            usage: Usage::default(),
            systems,
            backends: backends(settings, folder)?,
            added_headers: settings
                .services
                .iter()
                .map(|service| (service.id.clone(), service.headers.0.clone()))
                .collect(),
            places: Places::default(),
            refused: Mutex::default(),
            spool,
            budget: Budget::new(settings.body_max_bytes),
            patience: Duration::from_secs(settings.service_seconds),
            turned_away: AtomicBool::default(),
            renewal_refused: AtomicBool::default(),
            edge_certificate: settings.edge_tls.then(|| edge_certificate(folder)).flatten(),
            limits: Limits {
                bytes: settings.body_max_bytes,
                idle: Duration::from_secs(settings.idle_seconds),
            },
            book,
        });
        let edge_tls = settings.edge_tls.then(|| edge_tls(folder, edge_clients)).transpose()?;
        let hub = Arc::new(Hub::new(hub, settings.hub.urls().to_vec()));
        let every = Duration::from_secs(settings.usage_seconds);
        let running = Running {
            reporter: Reporter::new(hub.clone(), every, &folder.0),
            renewal: Renewal::new(folder.clone(), hub.clone()),
            edge_tls,
            hub,
            keeper,
        };
        Ok((node, running))
    }

    pub(crate) fn body_limits(&self) -> Limits {
        self.limits
    }

    /// Those on the answer of another node, which waits for its own service meanwhile, and is to have the time to say what came of it.
    pub(crate) fn answer_limits(&self) -> Limits {
        Limits { idle: self.limits.idle + PEER_MARGIN, ..self.limits }
    }

    /// The directory that it does not take, if there is one: a newer one, or an older one of a hub that does not know the one held here.
    pub(crate) fn refused_directory(&self) -> Option<RefusedDirectory> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that it does not take a directory, or that it has taken the newest one.
    pub(crate) fn refuse_directory(&self, refused: Option<(u64, &str)>) {
        let mut known = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        *known = refused.map(|(revision, fault)| {
            let since = known.as_ref().map_or_else(clock::now, |known| known.since);
            let held = self.book.load().revision;
            if revision < held {
                tracing::error!(
                    revision,
                    fault,
                    held,
                    "the hub does not know the directory that is held here"
                );
            } else {
                tracing::error!(
                    revision,
                    fault,
                    held,
                    "a newer directory is refused; what was taken back in it goes on"
                );
            }
            RefusedDirectory { revision, fault: fault.to_owned(), since }
        });
    }

    /// Where bodies of `party` are put while they are here.
    pub(crate) fn room<'a>(&'a self, party: &'a str) -> Room<'a> {
        Room { spool: &self.spool, budget: &self.budget, party }
    }

    /// The headers that settings let pass to a service, here or at another node, and back with answers that were cut.
    pub(crate) fn added_headers(&self, service: &ServiceId) -> &[HeaderName] {
        self.added_headers.get(service).map_or(&[], Vec::as_slice)
    }

    /// From here on it signs and shows itself otherwise. What is under way goes on as it began.
    pub(crate) fn become_known_by(&self, ready: Ready) {
        self.peers.show(ready.client);
        self.face.store(Arc::new(ready.face));
        self.own.store(Arc::new(ready.key));
    }

    /// Notes whether the hub knows its certificate.
    pub(crate) fn note_turned_away(&self, turned_away: bool) {
        if self.turned_away.swap(turned_away, Ordering::Relaxed) != turned_away && turned_away {
            tracing::error!(
                "the hub does not know this node's certificate: it was taken out, or the node was removed"
            );
        }
    }

    /// Whether the hub does not know its certificate.
    pub(crate) fn is_turned_away(&self) -> bool {
        self.turned_away.load(Ordering::Relaxed)
    }

    /// Notes whether the hub certifies its new keys.
    pub(crate) fn note_renewal_refused(&self, refused: bool) {
        self.renewal_refused.store(refused, Ordering::Relaxed);
    }

    /// What is wrong with its own certificates: so that it can carry nothing, or so that somebody must see to it.
    pub(crate) fn wrong_with_certificates(&self, now: Timestamp) -> (Option<Fault>, Option<Fault>) {
        let (face, key, book) = (self.face.load(), self.own.load(), self.book.load());
        let wrong = own::wrong(&face, &key, &self.id, &book, now);
        let turned_away = self.is_turned_away().then(|| Fault::OwnCertificate {
            why: Words::new(
                "trung tâm không nhận chứng thư của nút; đã bị rút hoặc nút bị xoá",
                "the hub does not take it; it was taken out, or the node was removed",
            ),
        });
        let refused = self.renewal_refused.load(Ordering::Relaxed).then(|| Fault::NotRenewed {
            why: Words::new("xem nhật ký của nút", "see the node's log"),
        });
        (wrong, turned_away.or(refused))
    }

    /// Those of its certificates whose end is near or past.
    pub(crate) fn endings(&self, now: Timestamp) -> Vec<Ending> {
        let (face, key) = (self.face.load(), self.own.load());
        let own = [(Kind::NodeTls, Some(&face.certificate)), (Kind::NodeSigning, Some(&key.certificate))];
        let all = own.into_iter().chain([(Kind::NodeEdge, self.edge_certificate.as_ref())]);
        let ending = |(kind, certificate): (Kind, Option<&CertificateDer<'static>>)| {
            let certificate = certificate?;
            let (_, ends) = certificate::span(certificate).ok()?;
            Ending::of(kind, Some(&own::name(&self.id, certificate)), ends, now)
        };
        all.filter_map(ending).collect()
    }

    /// Which datasets' sources do not have what their contracts name. Some are looked at side by side: a slow one holds few others up, and
    /// many on one source do not take its connections from those who ask.
    pub(crate) async fn gaps(&self) -> Vec<Gap> {
        let book = self.book.load_full();
        let looks = self.backends.iter().filter_map(|(id, backend)| {
            let (Backend::Dataset(service), offered) = (backend.as_ref(), book.service(id)?) else {
                return None;
            };
            let Offer::Dataset(contract) = &offered.service.offer else { return None };
            Some(async move {
                match service.look(offered, contract).await {
                    Ok(lacks) if lacks.fields.is_empty() && lacks.flaws.is_empty() => None,
                    Ok(lacks) => {
                        let flaws = lacks.flaws.into_iter();
                        let flaws = flaws
                            .map(|(field, kind, records)| Flaw { field, kind: kind.to_owned(), records })
                            .collect();
                        Some(Gap { service: id.clone(), fields: lacks.fields, flaws })
                    }
                    Err(error) => {
                        tracing::warn!(service = %id, %error, "the database cannot be read");
                        Some(Gap { service: id.clone(), fields: Vec::new(), flaws: Vec::new() })
                    }
                }
            })
        });
        futures::stream::iter(looks).buffer_unordered(LOOKS).filter_map(std::future::ready).collect().await
    }
}

/// What makes this program read a file for a node, as [`connect::snapshot::read_in_a_child`] does, and do nothing else.
pub const READ_FILE: &str = "read-file-for-node";
/// Datasets that are looked at side by side.
const LOOKS: usize = 2;

/// A node's copy of the directory, verified anew. The node may be running: its copy stays as it is.
///
/// # Errors
/// [`Fault::DirectoryMissing`], [`Fault::DirectoryRefused`], [`Fault::FileFailed`].
pub async fn read_directory(folder: &StateFolder) -> Result<Directory, Fault> {
    let root = StateFolder::read(&folder.root())?;
    let failed = |error: std::io::Error| Fault::FileFailed {
        path: folder.directory().display().to_string(),
        why: error.to_string(),
    };
    // A keeper writes beside the copy what it has seen. And what the node says it has seen is left out, since roots found there are taken
    // as verified already.
    let scratch = tempfile::tempdir().map_err(failed)?;
    for part in ["metadata", "targets"] {
        trust::file::copy_folder(&folder.directory().join(part), &scratch.path().join(part))
            .map_err(failed)?;
    }
    Keeper::new(scratch.path(), root).open().await
}

/// Reads all records of a dataset behind a node, and tells which have what wrong. Returns the fields of the contract that its table lacks.
/// The node may be running.
///
/// # Errors
/// As [`read_directory`]; [`Fault::NotInRegistry`] for a service that is no dataset of this node; [`Fault::BadSettings`] with what the
/// source says.
pub async fn check_dataset(
    folder: &StateFolder,
    settings: &NodeSettings,
    service: &ServiceId,
    see: impl FnMut(Seen<'_>),
) -> Result<Vec<String>, Fault> {
    let book = Book::of(read_directory(folder).await?, clock::now()).ok_or(Fault::DirectoryMissing {})?;
    let backends = backends(settings, folder)?;
    let unknown = || Fault::NotInRegistry { subject: service.to_string() };
    let offered = book.service(service).ok_or_else(unknown)?;
    let (Some(Backend::Dataset(dataset)), Offer::Dataset(contract)) =
        (backends.get(service).map(Arc::as_ref), &offered.service.offer)
    else {
        return Err(unknown());
    };
    dataset
        .faults(offered, contract, see)
        .await
        .map_err(|error| Fault::BadSettings { place: service.to_string(), why: error.to_string() })
}

/// What runs a node that is open.
pub struct Running {
    renewal: Renewal,
    edge_tls: Option<rustls::ServerConfig>,
    hub: Arc<Hub>,
    keeper: Keeper,
    reporter: Reporter,
}

impl Running {
    /// Runs until `asked_to_end`; then takes nothing new, and waits a while for what is under way.
    pub async fn run(
        self,
        node: Arc<Node>,
        peer: TcpListener,
        edge: TcpListener,
        asked_to_end: impl Future<Output = ()>,
    ) {
        let (end, ending) = watch::channel(false);
        let follow = tokio::spawn(upstream::follow(node.clone(), self.hub, self.keeper));
        // Only the last of them ends by itself.
        tokio::select! {
            () = port::peers(node.clone(), peer, ending.clone()) => {}
            () = self.renewal.run(node.clone()) => {}
            () = port::systems(node.clone(), edge, self.edge_tls, ending) => {}
            () = self.reporter.run(&node) => {}
            () = asked_to_end => {}
        }
        follow.abort();
        let _ = end.send(true);
        if tokio::time::timeout(LAST_WAIT, end.closed()).await.is_err() {
            tracing::warn!(under_way = end.receiver_count(), "ended before everything under way was done");
        }
        self.reporter.keep(&node);
    }
}

/// The copy of the directory on disk, if there is one to be trusted.
async fn open_book(keeper: &Keeper) -> Book {
    match keeper.open().await {
        Ok(directory) => Book::of(directory, clock::now()).unwrap_or_else(Book::empty),
        Err(Fault::DirectoryMissing {}) => Book::empty(),
        Err(fault) => {
            tracing::error!(fault = fault.code(), reason = %fault, "the directory on disk is not used");
            Book::empty()
        }
    }
}

/// The edge's own certificate, the first in its file.
fn edge_certificate(folder: &StateFolder) -> Option<CertificateDer<'static>> {
    let pem = StateFolder::read(&folder.edge_certificate()).ok()?;
    CertificateDer::from_pem_slice(&pem).ok()
}

/// TLS of the edge: its own certificate, and the systems that may show one.
fn edge_tls(folder: &StateFolder, clients: Arc<Pinned>) -> Result<rustls::ServerConfig, Fault> {
    let place = || format!("{}, edge.key", folder.edge_certificate().display());
    let bad = |why: String| Fault::BadSettings { place: place(), why };
    let chain = StateFolder::read(&folder.edge_certificate())?;
    let key = StateFolder::read(&folder.edge_key())?;
    let identity = Identity::from_pem(&chain, &key).map_err(|error| bad(error.to_string()))?;
    tls::web_server(identity, Some(clients)).map_err(|error| bad(error.to_string()))
}

fn systems(settings: &NodeSettings) -> Result<Systems, Fault> {
    let mut by_id: HashMap<SystemId, Credentials> = HashMap::new();
    for system in &settings.systems {
        let mut credentials = Credentials::default();
        for text in &system.token_sha256 {
            credentials.tokens.push(digest_from_hex(text).ok_or_else(|| Fault::BadSettings {
                place: format!("token_sha256 of {}", system.id),
                why: "it is not 64 hexadecimal digits".into(),
            })?);
        }
        for path in &system.certificates {
            let pem = StateFolder::read(path)?;
            let certificate = CertificateDer::from_pem_slice(&pem).map_err(|error| Fault::BadSettings {
                place: path.display().to_string(),
                why: error.to_string(),
            })?;
            credentials.certificates.push(certificate);
        }
        by_id.insert(system.id.clone(), credentials);
    }
    Ok(Systems::new(by_id))
}

fn digest_from_hex(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    (text.len() == 64).then_some(digest)
}

pub(crate) fn backends(settings: &NodeSettings, folder: &StateFolder) -> Result<Backends, Fault> {
    let patience = Duration::from_secs(settings.service_seconds);
    let open = |source: &'_ SourceSettings| {
        Ok((source.name.clone(), (open_source(source, &folder.0.join("snapshots"))?, source.connections)))
    };
    let sources: Sources = settings.sources.iter().map(open).collect::<Result<_, Fault>>()?;
    let here = settings.services.iter().filter(|service| service.is_here());
    here.map(|service| Ok((service.id.clone(), Arc::new(backend(service, &sources, patience)?)))).collect()
}

/// Opens a source as the settings have it. Nothing is connected to yet.
///
/// # Errors
/// [`Fault::BadSettings`].
pub fn open_source(settings: &SourceSettings, snapshots: &Path) -> Result<Arc<dyn Source>, Fault> {
    let address = Address {
        url: settings.url.clone(),
        password: settings.password()?,
        file: Options {
            sheet: settings.sheet.clone(),
            head: settings.head,
            encoding: settings.encoding.clone(),
            delimiter: settings.delimiter,
        },
        reading: reading(),
        items: settings.items.clone(),
        every: Duration::from_secs(settings.refresh_seconds),
        limits: SourceLimits {
            connections: settings.connections,
            statement: Duration::from_secs(settings.statement_seconds),
        },
    };
    let anchors = settings.ca.as_deref().map(anchors).transpose()?.unwrap_or_default();
    let client: Box<dyn Fetch> = Box::new(Pages::new(address.password.clone(), &anchors)?);
    address.open(snapshots, Some(client)).map_err(|error| Fault::BadSettings {
        place: format!("sources.{}", settings.name),
        why: error.to_string(),
    })
}

/// Files are read by another process of this program: one that asks for too much takes only that process down.
fn reading() -> Reading {
    // The program that runs, even when another lies in its place meanwhile.
    let own = Path::new("/proc/self/exe");
    let program = if own.exists() { Ok(own.to_owned()) } else { std::env::current_exe() };
    program.map_or(Reading::Here, |program| Reading::Child { program, arguments: vec![READ_FILE.to_owned()] })
}

/// The authorities in a file.
fn anchors(path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let read = CertificateDer::pem_slice_iter(&StateFolder::read(path)?).collect::<Result<Vec<_>, _>>();
    read.map_err(|error| Fault::BadSettings { place: path.display().to_string(), why: error.to_string() })
}

/// Sources by name, with how many connections each has.
type Sources = HashMap<String, (Arc<dyn Source>, u32)>;

fn backend(service: &ServiceSettings, sources: &Sources, patience: Duration) -> Result<Backend, Fault> {
    if let Some(url) = &service.url {
        let anchors = service.ca.as_deref().map(anchors).transpose()?.unwrap_or_default();
        let tls = tls::web_client(&anchors).map_err(|error| tls_failed(&error))?;
        let api = HttpApi::new(url.clone(), tls, patience, service.openapi.clone());
        let api = api.map_err(|why| Fault::BadSettings { place: service.id.to_string(), why })?;
        return Ok(Backend::Http(Box::new(api)));
    }
    let name = service.table.clone().unwrap_or_else(|| service.id.code().into_owned());
    let place = Place {
        table: TableName { schema: service.schema.clone(), name },
        columns: service.columns.clone(),
        values: service.values.clone(),
        digits: service.digits.clone(),
    };
    let (source, connections) = match (&service.source, &service.sqlite) {
        (Some(name), _) => sources.get(name).cloned().ok_or_else(|| Fault::BadSettings {
            place: service.id.to_string(),
            why: format!("there is no source {name}"),
        })?,
        (None, path) => {
            let limits = SourceLimits::default();
            let file = connect::sqlite::open(&path.clone().unwrap_or_default(), limits);
            let source: Arc<dyn Source> = Arc::new(Careful::new(file, limits));
            (source, limits.connections)
        }
    };
    Ok(Backend::Dataset(Box::new(DatasetService::new(source, place, connections))))
}

pub(crate) fn tls_failed(error: &rustls::Error) -> Fault {
    Fault::BadSettings { place: "tls.key, tls.der".into(), why: error.to_string() }
}

pub(crate) fn ledger_failed(error: &ledger::LedgerError) -> Fault {
    match error {
        ledger::LedgerError::Damaged { place, why } => {
            Fault::LedgerDamaged { place: place.clone(), why: why.clone() }
        }
        other => Fault::LedgerFailed { why: other.to_string() },
    }
}
