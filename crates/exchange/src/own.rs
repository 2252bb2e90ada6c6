//! What a node is known by: the key it signs with, and what it shows on connections. Both change while it runs.

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use model::ending::{Ending, Kind};
use model::fault::{Fault, Words};
use model::id::NodeId;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use trust::batch::Form;
use trust::certificate;
use trust::key::SigningKey;
use trust::keyring::{Keyring, Pair};
use trust::signer::Signer;
use trust::tls;

use crate::backend::http_api::WebClient;
use crate::compiled::CompiledDirectory;
use crate::folder::{self, StateFolder, key_failed, tls_failed};
use crate::record::UsedKey;
use crate::settings::NodeSettings;
use crate::texts;

/// The key that a node signs with. An exchange takes it once and keeps it to its end: what one key signs is recorded as that key's.
pub(crate) struct OwnKey {
    signer: Signer,
    /// By both keys, if the certificate names both.
    pub(crate) form: Form,
    /// For what is signed beside messages.
    pub(crate) key: Arc<SigningKey>,
    pub(crate) keyid: Arc<str>,
    pub(crate) certificate: CertificateDer<'static>,
}

impl OwnKey {
    /// Must be called within a runtime.
    fn start(node: &NodeId, key: Arc<SigningKey>, certificate: CertificateDer<'static>) -> Self {
        let keyid: Arc<str> = trust::key_id(node, &certificate).into();
        let is_hybrid = certificate::signing_key(&certificate).is_ok_and(|named| named == key.public());
        let form = if is_hybrid { Form::Hybrid } else { Form::Plain };
        Self { signer: Signer::new(key.clone(), keyid.clone()), form, key, keyid, certificate }
    }

    /// Signs what is sent to a node that has it signed in a form: by both keys if both sides have both. Nobody on the way has a say in
    /// that, nor has either side at the time: what the directory names for each decides it.
    pub(crate) fn signer_for(&self, theirs: Form) -> Signer {
        let is_hybrid = self.form == Form::Hybrid && theirs == Form::Hybrid;
        self.signer.by(if is_hybrid { Form::Hybrid } else { Form::Plain })
    }

    /// Signs what nobody is asked about: packages, which are read when the directory is another.
    pub(crate) fn plain_signer(&self) -> &Signer {
        &self.signer
    }

    /// From a node's folder; must be called within a runtime.
    pub(crate) fn load(folder: &StateFolder, settings: &NodeSettings) -> Result<Self, Fault> {
        let pair = Keyring::new(&folder.0).pair().map_err(|error| key_failed(&error))?;
        Ok(Self::start(&settings.id, pair.signing, pair.certificate))
    }

    pub(crate) fn used(&self) -> UsedKey<'_> {
        UsedKey { keyid: &self.keyid, certificate: &self.certificate }
    }
}

/// What a node shows on connections.
pub(crate) struct Face {
    pub(crate) certificate: CertificateDer<'static>,
    /// When that ends.
    pub(crate) ends: Timestamp,
    /// How it answers other nodes.
    pub(crate) server: Arc<ServerConfig>,
}

/// A pair made ready for use.
pub(crate) struct Ready {
    pub(crate) key: OwnKey,
    pub(crate) face: Face,
    /// How it calls other nodes.
    pub(crate) client: rustls::ClientConfig,
    /// How it asks its hub: with its certificate, since the hub shows the directory to nodes.
    pub(crate) hub: WebClient,
}

impl Ready {
    /// Makes a pair ready.
    ///
    /// # Errors
    /// [`Fault::BadSettings`], [`Fault::FileFailed`].
    pub(crate) fn make(
        pair: Pair,
        node: &NodeId,
        folder: &StateFolder,
        directory: &Arc<ArcSwap<CompiledDirectory>>,
    ) -> Result<Self, Fault> {
        let authority = CertificateDer::from(folder::read(&folder.hub_authority())?);
        let hub = tls::web_client_as(pair.tls.clone(), &[authority]).map_err(|error| tls_failed(&error))?;
        let client =
            tls::peer_client(pair.tls.clone(), directory.clone()).map_err(|error| tls_failed(&error))?;
        let server = tls::peer_server(pair.tls, directory.clone()).map_err(|error| tls_failed(&error))?;
        let (_, ends) = certificate::span(&pair.tls_certificate).unwrap_or_default();
        Ok(Self {
            key: OwnKey::start(node, pair.signing, pair.certificate),
            face: Face { certificate: pair.tls_certificate, ends, server: Arc::new(server) },
            client,
            hub: trust::web::client(hub),
        })
    }
}

/// What is wrong with a node's own certificates, if anything is: they have ended, or the directory that it holds does not name them.
pub(crate) fn wrong(
    face: &Face,
    key: &OwnKey,
    node: &NodeId,
    directory: &CompiledDirectory,
    now: Timestamp,
) -> Option<Fault> {
    let signing_ends = certificate::span(&key.certificate).map(|(_, ends)| ends).unwrap_or_default();
    for (kind, ends) in [(Kind::NodeTls, face.ends), (Kind::NodeSigning, signing_ends)] {
        if let Some(ended) = Ending::within(kind, None, ends, now, -1) {
            return Some(Fault::OwnCertificate { why: Words::new(ended.vi, ended.en) });
        }
    }
    if directory.revision == 0 {
        return None;
    }
    let gone = match (directory.node_of(&face.certificate) == Some(node), directory.has_key(&key.keyid)) {
        (true, true) => return None,
        (false, true) => texts::tls_certificate(),
        (true, false) => texts::signing_certificate(),
        (false, false) => texts::both_certificates(),
    };
    Some(Fault::OwnCertificate { why: texts::no_longer_named(&gone) })
}
