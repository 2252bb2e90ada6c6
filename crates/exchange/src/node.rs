//! A node: what its rooms share while it runs.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use http::header::{HeaderMap, HeaderName};
use model::fault::Fault;
use model::id::{NodeId, ServiceId, SystemId};
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tokio::sync::Semaphore;
use trust::certificate;
use trust::replay::ReplayGuard;
use trust::tls::Pinned;
use trust::verifier::Verifier;

use crate::auditors::Auditors;
use crate::backend::within::Answers;
use crate::backend::{Backend, Backends};
use crate::body::{Limits, Room};
use crate::budget::Budget;
use crate::clock;
use crate::compiled::CompiledDirectory;
use crate::folder::{self, StateFolder};
use crate::own::{Face, OwnKey, Ready};
use crate::peers::Peers;
use crate::rate::Rates;
use crate::record::Recorder;
use crate::slots::Slots;
use crate::standing::Standing;
use crate::systems::{Caller, Systems};
use crate::trace::Traces;
use crate::usage::Usage;

/// Longest wait for another node beyond what it may wait for its own service.
pub(crate) const PEER_MARGIN: Duration = Duration::from_secs(10);

/// What all tasks of a running node share.
pub struct Node {
    /// Its identifier.
    pub id: NodeId,
    /// The directory of the moment.
    pub directory: Arc<ArcSwap<CompiledDirectory>>,
    pub(crate) peers: Arc<Peers>,
    /// The key that it signs with at the moment.
    pub(crate) own: ArcSwap<OwnKey>,
    /// What it shows on connections at the moment.
    pub(crate) face: ArcSwap<Face>,
    /// The certificate that the edge shows.
    pub(crate) edge_certificate: Option<CertificateDer<'static>>,
    pub(crate) verifier: Verifier,
    pub(crate) replays: ReplayGuard,
    pub(crate) consumer_rates: Rates,
    pub(crate) provider_rates: Rates,
    pub(crate) question_rates: Rates,
    pub(crate) refusal_rates: Rates,
    pub(crate) recorder: Recorder,
    pub(crate) usage: Usage,
    pub(crate) traces: Traces,
    pub(crate) systems: ArcSwap<Systems>,
    /// Whose certificates the edge takes in a handshake.
    pub(crate) edge_clients: Arc<Pinned>,
    /// Who may look exchanges up, and a place for as many as do at once.
    pub(crate) auditors: ArcSwap<Auditors>,
    pub(crate) looking: Arc<Semaphore>,
    pub(crate) folder: StateFolder,
    pub(crate) backends: Backends,
    /// By service, names of headers that pass beside the list.
    pub(crate) added_headers: HashMap<ServiceId, Vec<HeaderName>>,
    /// Calls under way at services here, by grant.
    pub(crate) slots: Slots,
    pub(crate) standing: Standing,
    pub(crate) spool: PathBuf,
    pub(crate) budget: Budget,
    /// Longest wait for a service.
    pub(crate) service_timeout: Duration,
    pub(crate) body_limits: Limits,
}

impl Node {
    /// Those on the answer of another node, which waits for its own service meanwhile, and is to have the time to say what came of it.
    pub(crate) fn answer_limits(&self) -> Limits {
        Limits { idle: self.body_limits.idle + PEER_MARGIN, ..self.body_limits }
    }

    /// Where bodies of `party` are put while they are here.
    pub(crate) fn room<'a>(&'a self, party: &'a str) -> Room<'a> {
        Room { spool: &self.spool, budget: &self.budget, party }
    }

    /// The headers that settings let pass to a service, here or at another node, and back with answers that were cut.
    pub(crate) fn added_headers(&self, service: &ServiceId) -> &[HeaderName] {
        self.added_headers.get(service).map_or(&[], Vec::as_slice)
    }

    /// Has somebody within this program answer for a service of which the settings say that it does.
    pub fn answer_by(&self, service: &ServiceId, by: Arc<dyn Answers>) {
        if let Some(Backend::Within(within)) = self.backends.get(service).map(AsRef::as_ref) {
            within.set(by);
        }
    }

    /// Whether a statement that is no message was signed by a node that speaks for a system, by a key of today's directory.
    #[must_use]
    pub fn is_signed_for(
        &self,
        system: &SystemId,
        (key, signature): (&str, &[u8]),
        (signed_as, statement): (&[u8], &[u8]),
    ) -> bool {
        let directory = self.directory.load();
        let known = directory.key(key, clock::now());
        known.is_ok_and(|known| {
            directory.check_speaks_for(&known.node, system).is_ok()
                && known.key.verifies(&[signed_as, statement].concat(), signature)
        })
    }

    /// Signs a statement of the node's that is no message: over what it says it is, and the statement. Name of the key, and its signature.
    #[must_use]
    pub fn sign(&self, signed_as: &[u8], statement: &[u8]) -> (String, Vec<u8>) {
        let own = self.own.load();
        (own.keyid.to_string(), own.key.sign(&[signed_as, statement].concat()).to_vec())
    }

    /// Whether somebody has shown that they are a system of this node's, by its token among `headers` or by its certificate.
    ///
    /// # Errors
    /// [`Fault::NotProven`].
    pub fn prove(
        &self,
        client: &SystemId,
        headers: &HeaderMap,
        certificate: Option<CertificateDer<'static>>,
    ) -> Result<(), Fault> {
        let ends = certificate.as_ref().and_then(|shown| certificate::span(shown).ok()).map(|(_, to)| to);
        self.systems.load().prove(client, headers, &Caller { certificate, ends })
    }

    /// TLS as the edge speaks it, for another listener of the same agency.
    ///
    /// # Errors
    /// [`Fault::FileFailed`], [`Fault::BadSettings`].
    pub fn edge_server(&self) -> Result<ServerConfig, Fault> {
        folder::edge_tls(&self.folder, self.edge_clients.clone())
    }

    /// From here on it signs and shows itself otherwise. What is under way goes on as it began.
    pub(crate) fn become_known_by(&self, ready: Ready) {
        self.peers.show(ready.client);
        self.face.store(Arc::new(ready.face));
        self.own.store(Arc::new(ready.key));
    }
}
