//! TLS: one provider for all, and the three settings a node needs (peer port, calls to peers, its web faces).

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::version::TLS13;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    ServerConfig, SignatureScheme,
};

use crate::certificate::{Anchors, provider};

/// Says whether the directory names a certificate as some node's TLS certificate, and which authorities it trusts.
pub trait PeerBook: Send + Sync {
    /// Whether a node has this TLS certificate.
    fn knows(&self, certificate: &CertificateDer<'_>) -> bool;
    /// The authorities.
    fn anchors(&self) -> &Anchors;
}

/// What every verifier here leaves to its provider: signatures in handshakes.
macro_rules! signatures_by_the_provider {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.provider.signature_verification_algorithms.supported_schemes()
        }
    };
}

/// Accepts exactly the nodes that the directory of the moment names.
struct Peers<B> {
    book: Arc<ArcSwap<B>>,
    provider: Arc<CryptoProvider>,
}

impl<B: PeerBook> Peers<B> {
    fn check(&self, certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
        let book = self.book.load();
        let now =
            i64::try_from(now.as_secs()).ok().and_then(|second| jiff::Timestamp::from_second(second).ok());
        let now = now.ok_or(Error::FailedToGetCurrentTime)?;
        book.anchors().check(certificate, now).map_err(|error| match error {
            crate::certificate::CertificateError::Expired(_) => CertificateError::Expired,
            crate::certificate::CertificateError::NotYet(_) => CertificateError::NotValidYet,
            crate::certificate::CertificateError::Unreadable => CertificateError::BadEncoding,
            _ => CertificateError::UnknownIssuer,
        })?;
        if book.knows(certificate) {
            Ok(())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }
}

impl<B> std::fmt::Debug for Peers<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Peers")
    }
}

impl<B: PeerBook> ClientCertVerifier for Peers<B> {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.check(end_entity, now).map(|()| ClientCertVerified::assertion())
    }

    signatures_by_the_provider!();
}

impl<B: PeerBook> ServerCertVerifier for Peers<B> {
    // The name is not looked at: which node answered is read from its certificate afterwards and compared with the one called.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check(end_entity, now).map(|()| ServerCertVerified::assertion())
    }

    signatures_by_the_provider!();
}

/// A certificate with its key, as TLS uses them.
pub struct Identity {
    /// The chain, own certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The private key.
    pub key: PrivateKeyDer<'static>,
}

impl Identity {
    /// Reads the key from PEM and puts it with its certificate.
    ///
    /// # Errors
    /// If there is no private key in the text.
    pub fn new(
        certificate: CertificateDer<'static>,
        key_pem: &str,
    ) -> Result<Self, rustls::pki_types::pem::Error> {
        Ok(Self { chain: vec![certificate], key: PrivateKeyDer::from_pem_slice(key_pem.as_bytes())? })
    }

    /// Reads a chain of certificates and their key, both from PEM.
    ///
    /// # Errors
    /// If there is no certificate or no private key in the texts.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, rustls::pki_types::pem::Error> {
        let chain = CertificateDer::pem_slice_iter(chain).collect::<Result<Vec<_>, _>>()?;
        if chain.is_empty() {
            return Err(rustls::pki_types::pem::Error::NoItemsFound);
        }
        Ok(Self { chain, key: PrivateKeyDer::from_pem_slice(key)? })
    }
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

/// What a framed connection between nodes is called in TLS (ALPN). `h2` stays beside it, for nodes of other makes and of earlier releases.
pub const FRAMED: &[u8] = b"lienthong/1";

/// The peer port: TLS 1.3 only, framed or HTTP/2, a certificate that the directory names.
///
/// # Errors
/// If certificate and key don't belong together.
pub fn peer_server<B: PeerBook + 'static>(
    identity: Identity,
    book: Arc<ArcSwap<B>>,
) -> Result<ServerConfig, Error> {
    let provider = provider();
    let peers = Arc::new(Peers { book, provider: provider.clone() });
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(peers)
        .with_single_cert(identity.chain, identity.key)?;
    config.alpn_protocols = vec![FRAMED.to_vec(), b"h2".to_vec()];
    Ok(config)
}

/// Calls to peers: as the peer port, from the other side.
///
/// # Errors
/// If certificate and key don't belong together.
pub fn peer_client<B: PeerBook + 'static>(
    identity: Identity,
    book: Arc<ArcSwap<B>>,
) -> Result<ClientConfig, Error> {
    let provider = provider();
    let peers = Arc::new(Peers { book, provider: provider.clone() });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(peers)
        .with_client_auth_cert(identity.chain, identity.key)?;
    config.alpn_protocols = vec![FRAMED.to_vec(), b"h2".to_vec()];
    Ok(config)
}

/// A web face. `clients` asks callers for a certificate and takes any: which system it belongs to is decided by the certificate itself.
///
/// # Errors
/// If certificate and key don't belong together.
pub fn web_server(
    identity: Identity,
    clients: Option<Arc<dyn ClientCertVerifier>>,
) -> Result<ServerConfig, Error> {
    let builder =
        ServerConfig::builder_with_provider(provider()).with_protocol_versions(rustls::DEFAULT_VERSIONS)?;
    let mut config = match clients {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    }
    .with_single_cert(identity.chain, identity.key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn roots(anchors: &[CertificateDer<'static>]) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(anchors.iter().cloned());
    roots
}

/// Calls to a web face whose certificate one of `anchors` issued.
///
/// # Errors
/// If the provider lacks what TLS needs.
pub fn web_client(anchors: &[CertificateDer<'static>]) -> Result<ClientConfig, Error> {
    Ok(ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)?
        .with_root_certificates(roots(anchors))
        .with_no_client_auth())
}

/// Calls to a web face whose certificate one of `anchors` issued, with a certificate of one's own.
///
/// # Errors
/// If certificate and key don't belong together.
pub fn web_client_as(identity: Identity, anchors: &[CertificateDer<'static>]) -> Result<ClientConfig, Error> {
    ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)?
        .with_root_certificates(roots(anchors))
        .with_client_auth_cert(identity.chain, identity.key)
}

/// Accepts callers without a certificate, and those with one that an authority of ours issued and that is in its time. Whose it is, and
/// whether it still counts, is asked where something is asked for.
///
/// # Errors
/// If there is no authority to check by.
pub fn any_of(
    authorities: &[CertificateDer<'static>],
) -> Result<Arc<dyn ClientCertVerifier>, VerifierBuilderError> {
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots(authorities)), provider())
        .allow_unauthenticated()
        .build()
}

/// Accepts the certificates in a list, and callers without one: systems in a node's own network, each known by its certificate.
pub struct Pinned {
    certificates: ArcSwap<Vec<CertificateDer<'static>>>,
    provider: Arc<CryptoProvider>,
}

impl Pinned {
    /// Pins `certificates`.
    #[must_use]
    pub fn new(certificates: Vec<CertificateDer<'static>>) -> Arc<Self> {
        Arc::new(Self { certificates: ArcSwap::from_pointee(certificates), provider: provider() })
    }

    /// From here on these are accepted in handshakes and no others. Connections that are there stay.
    pub fn replace(&self, certificates: Vec<CertificateDer<'static>>) {
        self.certificates.store(Arc::new(certificates));
    }
}

impl std::fmt::Debug for Pinned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pinned")
    }
}

impl ClientCertVerifier for Pinned {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if !self.certificates.load().iter().any(|pinned| pinned == end_entity) {
            return Err(CertificateError::UnknownIssuer.into());
        }
        // X-Road lets an expired system certificate in; we do not.
        let (from, to) = crate::certificate::span(end_entity).map_err(|_| CertificateError::BadEncoding)?;
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        match (now < from.as_second(), now > to.as_second()) {
            (true, _) => Err(CertificateError::NotValidYet.into()),
            (_, true) => Err(CertificateError::Expired.into()),
            _ => Ok(ClientCertVerified::assertion()),
        }
    }

    signatures_by_the_provider!();
}
