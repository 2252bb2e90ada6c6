//! Certificates of nodes, and the built-in authority that issues them by default.
//!
//! A node has two: one for TLS between nodes, one for the key that signs its messages. Which certificate belongs to which
//! node is said by the directory, by the whole certificate and not by a name in it; so an outside authority needs no
//! extension of ours. There is no revocation list: a certificate that the directory no longer names is not accepted.

use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::{SignedDuration, Timestamp};
use model::id::NodeId;
use model::words::Words;
use rcgen::{
    Attribute, BasicConstraints, CertificateParams, CertificateSigningRequestParams, CustomExtension,
    DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SanType,
};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use x509_parser::asn1_rs::Oid;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use crate::key::{KeyError, ML_DSA_KEY_BYTES, PublicKey, SigningKey, file_error, load_pair, not_a_key};
use crate::{file, texts};

/// How long the built-in authority's own certificate holds.
const AUTHORITY_DAYS: i64 = 3650;
/// How long a node's certificates hold. Two years, as public authorities for organisations commonly give.
const NODE_DAYS: i64 = 730;
/// Where a certificate, or a request for one, names a second key: subjectAltPublicKeyInfo (X.509 of 2019, section 9.8). Whoever does not know
/// it passes over it.
const SECOND_KEY: &[u64] = &[2, 5, 29, 72];
/// The same as it is written.
const SECOND_KEY_DER: [u8; 5] = [0x06, 0x03, 0x55, 0x1d, 0x48];
/// What stands before the bytes of an ML-DSA-44 key in its SubjectPublicKeyInfo (RFC 9881).
const ML_DSA_INFO: [u8; 22] = [
    0x30, 0x82, 0x05, 0x32, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x11,
    0x03, 0x82, 0x05, 0x21, 0x00,
];
/// What stands before that in a request: it is the one value of an attribute.
const SET_OF_ONE: [u8; 4] = [0x31, 0x82, 0x05, 0x36];
/// Certificates begin a little before they are made, for clocks that run behind.
const BACKDATE: SignedDuration = SignedDuration::from_mins(5);

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// TLS between nodes, both as server and as client.
    Tls,
    /// Signing messages.
    Signing,
}

/// Why a certificate can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// The bytes are no certificate.
    #[error("it cannot be read")]
    Unreadable,
    /// It begins later.
    #[error("it is not valid before {0}")]
    NotYet(Timestamp),
    /// It is over.
    #[error("it expired at {0}")]
    Expired(Timestamp),
    /// No anchor vouches for it, or it may not be used so.
    #[error("no authority in the directory vouches for it: {0}")]
    Foreign(String),
    /// Its key is of a kind that messages are not signed with.
    #[error("its key is no Ed25519 key")]
    Key,
}

impl CertificateError {
    /// The same in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Unreadable => texts::certificate_unreadable(),
            Self::NotYet(from) => texts::not_valid_before(from),
            Self::Expired(to) => texts::expired_at(to),
            Self::Foreign(why) => texts::no_authority(why),
            Self::Key => texts::not_ed25519(),
        }
    }
}

/// The built-in authority: enough for a start and for trials. Outside authorities take its place by their anchors.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

impl Authority {
    /// Makes a new authority in `folder`: `authority.key`, `authority.der`.
    ///
    /// # Errors
    /// [`KeyError`] if there is one already or the folder can't be written.
    pub fn create(folder: &Path, name: &str, now: Timestamp) -> Result<Self, KeyError> {
        let key_path = folder.join("authority.key");
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|_| not_a_key(&key_path))?;
        let mut params = params(name, now, AUTHORITY_DAYS);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let certificate = params.self_signed(&pair).map_err(|_| not_a_key(&key_path))?;
        file::create_private(&key_path, pair.serialize_pem().as_bytes())
            .map_err(|source| file_error(&key_path, source))?;
        let path = folder.join("authority.der");
        std::fs::write(&path, certificate.der()).map_err(|source| file_error(&path, source))?;
        Self::load(folder)
    }

    /// Opens the authority in `folder`.
    ///
    /// # Errors
    /// [`KeyError`] if its key or certificate can't be read.
    pub fn load(folder: &Path) -> Result<Self, KeyError> {
        let pair = load_pair(&folder.join("authority.key"))?;
        let path = folder.join("authority.der");
        let certificate =
            CertificateDer::from(std::fs::read(&path).map_err(|source| file_error(&path, source))?);
        let issuer = Issuer::from_ca_cert_der(&certificate, pair).map_err(|_| not_a_key(&path))?;
        Ok(Self { issuer, certificate })
    }

    /// Its own certificate: the anchor.
    #[must_use]
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// When its own certificate ends. Nothing that it issues holds longer.
    ///
    /// # Errors
    /// [`CertificateError::Unreadable`].
    pub fn ends(&self) -> Result<Timestamp, CertificateError> {
        Ok(span(&self.certificate)?.1)
    }

    /// Whether it issued a certificate.
    #[must_use]
    pub fn issued(&self, certificate: &[u8]) -> bool {
        let (Ok((_, theirs)), Ok((_, own))) =
            (X509Certificate::from_der(certificate), X509Certificate::from_der(&self.certificate))
        else {
            return false;
        };
        let public: &[u8] = &own.tbs_certificate.subject_pki.subject_public_key.data;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, public);
        key.verify(theirs.tbs_certificate.as_ref(), &theirs.signature_value.data).is_ok()
    }

    /// Issues a node's certificate for the key in a certificate request (PEM), and for the second one of a key that signs. Of the request
    /// only the keys count. That its sender has the second key is not asked for: each signature needs both, so that a stranger's would be
    /// of no use to them.
    ///
    /// # Errors
    /// [`CertificateError::Unreadable`] if the request is damaged or not signed by its own key.
    pub fn admit(
        &self,
        node: &NodeId,
        usage: Usage,
        request: &str,
        now: Timestamp,
    ) -> Result<CertificateDer<'static>, CertificateError> {
        let second = if usage == Usage::Signing { second_key(request)? } else { None };
        let request =
            CertificateSigningRequestParams::from_pem(request).map_err(|_| CertificateError::Unreadable)?;
        let mut params = node_params(node, usage, now)?;
        params.custom_extensions =
            second.into_iter().map(|info| CustomExtension::from_oid_content(SECOND_KEY, info)).collect();
        params.not_after = params.not_after.min(moment(self.ends()?));
        Ok(params
            .signed_by(&request.public_key, &self.issuer)
            .map_err(|_| CertificateError::Unreadable)?
            .into())
    }

    /// Issues a server certificate for one of our own web faces, and makes its key at `key_path`.
    ///
    /// # Errors
    /// [`KeyError`] if the key can't be kept.
    pub fn server(
        &self,
        key_path: &Path,
        names: &[String],
        now: Timestamp,
    ) -> Result<CertificateDer<'static>, KeyError> {
        let pair = create_tls_key(key_path)?;
        let mut params = server_params(key_path, names, now)?;
        let ends = self.ends().map_err(|_| not_a_key(key_path))?;
        params.not_after = params.not_after.min(moment(ends));
        Ok(params.signed_by(&pair, &self.issuer).map_err(|_| not_a_key(key_path))?.into())
    }
}

/// Makes a key at `key_path` and a certificate (PEM) for a server that is called by `names`, signed by itself: those who call
/// trust this one certificate.
///
/// # Errors
/// [`KeyError`] if the key can't be kept.
pub fn self_signed(key_path: &Path, names: &[String], now: Timestamp) -> Result<String, KeyError> {
    let pair = create_tls_key(key_path)?;
    let params = server_params(key_path, names, now)?;
    Ok(params.self_signed(&pair).map_err(|_| not_a_key(key_path))?.pem())
}

fn server_params(key_path: &Path, names: &[String], now: Timestamp) -> Result<CertificateParams, KeyError> {
    let mut params = CertificateParams::new(names.to_vec()).map_err(|_| not_a_key(key_path))?;
    let dated = self::params(names.first().map_or("lienthong", String::as_str), now, NODE_DAYS);
    (params.not_before, params.not_after, params.distinguished_name) =
        (dated.not_before, dated.not_after, dated.distinguished_name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn params(name: &str, now: Timestamp, days: i64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = moment(now - BACKDATE);
    params.not_after = moment(now + SignedDuration::from_hours(24 * days));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    params
}

fn moment(at: Timestamp) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(at.as_second()).unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
}

fn node_params(node: &NodeId, usage: Usage, now: Timestamp) -> Result<CertificateParams, CertificateError> {
    let mut params = params(node.as_str(), now, NODE_DAYS);
    params.distinguished_name.push(DnType::OrganizationName, node.member().code().into_owned());
    let uri = format!("urn:lienthong:node:{node}").try_into().map_err(|_| CertificateError::Unreadable)?;
    params.subject_alt_names = vec![SanType::URI(uri)];
    match usage {
        Usage::Tls => {
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.extended_key_usages =
                vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        }
        Usage::Signing => {
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment];
        }
    }
    Ok(params)
}

/// Makes a TLS key (P-256) at `path`, readable by its owner only.
///
/// # Errors
/// [`KeyError::File`] if there is a file already or none can be written.
pub fn create_tls_key(path: &Path) -> Result<KeyPair, KeyError> {
    let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|_| not_a_key(path))?;
    file::create_private(path, pair.serialize_pem().as_bytes()).map_err(|source| file_error(path, source))?;
    Ok(pair)
}

/// A certificate request (PEM) for `pair` in the name of `node`.
///
/// # Errors
/// [`CertificateError::Unreadable`] if the pair can't sign.
pub fn request(pair: &KeyPair, node: &NodeId) -> Result<String, CertificateError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, node.as_str());
    params.serialize_request(pair).and_then(|request| request.pem()).map_err(|_| CertificateError::Unreadable)
}

/// The same for a pair that signs messages, naming the second key that goes with it.
///
/// # Errors
/// [`CertificateError::Unreadable`] if the pair can't sign.
pub fn hybrid_request(pair: &KeyPair, node: &NodeId) -> Result<String, CertificateError> {
    let unreadable = |_| CertificateError::Unreadable;
    let key = SigningKey::from_pair(pair, Path::new("")).map_err(|_| CertificateError::Unreadable)?.public();
    let second = key.ml_dsa().ok_or(CertificateError::Unreadable)?;
    let values = [&SET_OF_ONE[..], &ML_DSA_INFO, second].concat();
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, node.as_str());
    let named = vec![Attribute { oid: SECOND_KEY, values }];
    let request = params.serialize_request_with_attributes(pair, named).map_err(unreadable)?;
    request.pem().map_err(unreadable)
}

/// The second key that a certificate request (PEM) names, with its kind.
fn second_key(request: &str) -> Result<Option<Vec<u8>>, CertificateError> {
    let (_, pem) = parse_x509_pem(request.as_bytes()).map_err(|_| CertificateError::Unreadable)?;
    let (_, request) =
        X509CertificationRequest::from_der(&pem.contents).map_err(|_| CertificateError::Unreadable)?;
    let mut named = request.certification_request_info.iter_attributes();
    if !named.any(|attribute| is_second_key(&attribute.oid)) {
        return Ok(None);
    }
    // The library gives no values of attributes that it does not know. What all of it is signed by stands for where the value is found.
    let (raw, begin) =
        (request.certification_request_info.raw, [&SECOND_KEY_DER[..], &SET_OF_ONE, &ML_DSA_INFO].concat());
    let place = raw.windows(begin.len()).position(|window| window == begin);
    let info = place.and_then(|at| {
        let info = at + SECOND_KEY_DER.len() + SET_OF_ONE.len();
        raw.get(info..info + ML_DSA_INFO.len() + ML_DSA_KEY_BYTES)
    });
    info.map(|info| Some(info.to_vec())).ok_or(CertificateError::Unreadable)
}

fn is_second_key(oid: &Oid<'_>) -> bool {
    oid.iter().is_some_and(|arcs| arcs.eq(SECOND_KEY.iter().copied()))
}

/// The ML-DSA-44 key in a SubjectPublicKeyInfo, if it is one.
fn ml_dsa(info: &[u8]) -> Option<[u8; ML_DSA_KEY_BYTES]> {
    info.strip_prefix(&ML_DSA_INFO)?.try_into().ok()
}

/// Reads a certificate from the base64 of its DER, as the directory holds it.
///
/// # Errors
/// [`CertificateError::Unreadable`].
pub fn from_base64(text: &str) -> Result<CertificateDer<'static>, CertificateError> {
    let der = BASE64_STANDARD.decode(text).map_err(|_| CertificateError::Unreadable)?;
    X509Certificate::from_der(&der).map_err(|_| CertificateError::Unreadable)?;
    Ok(der.into())
}

/// Writes a certificate as the directory holds it.
#[must_use]
pub fn to_base64(certificate: &[u8]) -> String {
    BASE64_STANDARD.encode(certificate)
}

/// The Ed25519 key in a signing certificate, and the ML-DSA-44 key that it names beside it. A second key of another kind is passed over.
///
/// # Errors
/// [`CertificateError::Key`] if the key is of another kind.
pub fn signing_key(certificate: &[u8]) -> Result<PublicKey, CertificateError> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| CertificateError::Unreadable)?;
    let info = &parsed.tbs_certificate.subject_pki;
    let bytes =
        <[u8; 32]>::try_from(info.subject_public_key.data.as_ref()).map_err(|_| CertificateError::Key)?;
    // RFC 8410: id-Ed25519. Keys of other kinds may have 32 bytes, too.
    if info.algorithm.algorithm.to_id_string() != "1.3.101.112" {
        return Err(CertificateError::Key);
    }
    let mut named = parsed.tbs_certificate.iter_extensions();
    let second = named.find(|extension| is_second_key(&extension.oid)).and_then(|named| ml_dsa(named.value));
    Ok(PublicKey::new(bytes, second))
}

/// A certificate's name among all: SHA-256 of it, hexadecimal. Its first 16 digits stand in the names of keys ([`crate::key_id`]).
#[must_use]
pub fn fingerprint(certificate: &[u8]) -> String {
    crate::hex(&crate::sha256(certificate))
}

/// The name of the key in a certificate, whatever else the certificate says: SHA-256 of the key with its kind, hexadecimal.
///
/// # Errors
/// [`CertificateError::Unreadable`].
pub fn key_digest(certificate: &[u8]) -> Result<String, CertificateError> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| CertificateError::Unreadable)?;
    Ok(crate::hex(&crate::sha256(parsed.tbs_certificate.subject_pki.raw)))
}

/// The key in a certificate, as its kind writes it.
///
/// # Errors
/// [`CertificateError::Unreadable`].
pub fn public_key(certificate: &[u8]) -> Result<Vec<u8>, CertificateError> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| CertificateError::Unreadable)?;
    Ok(parsed.tbs_certificate.subject_pki.subject_public_key.data.to_vec())
}

/// The host names and addresses that a server's certificate is for.
///
/// # Errors
/// [`CertificateError::Unreadable`].
pub fn names(certificate: &[u8]) -> Result<Vec<String>, CertificateError> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| CertificateError::Unreadable)?;
    let found =
        parsed.tbs_certificate.subject_alternative_name().map_err(|_| CertificateError::Unreadable)?;
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match <[u8; 4]>::try_from(*bytes) {
            Ok(four) => Some(std::net::IpAddr::from(four).to_string()),
            Err(_) => {
                <[u8; 16]>::try_from(*bytes).ok().map(|bytes| std::net::IpAddr::from(bytes).to_string())
            }
        },
        _ => None,
    };
    Ok(found.into_iter().flat_map(|found| &found.value.general_names).filter_map(name).collect())
}

/// When a certificate begins and ends.
///
/// # Errors
/// [`CertificateError::Unreadable`].
pub fn span(certificate: &[u8]) -> Result<(Timestamp, Timestamp), CertificateError> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| CertificateError::Unreadable)?;
    let at = |moment: i64| Timestamp::from_second(moment).map_err(|_| CertificateError::Unreadable);
    Ok((at(parsed.validity.not_before.timestamp())?, at(parsed.validity.not_after.timestamp())?))
}

/// aws-lc-rs, with the hybrid X25519MLKEM768 preferred.
#[must_use]
pub fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// The authorities that the directory trusts, ready to check with.
#[derive(Clone)]
pub struct Anchors {
    roots: Arc<RootCertStore>,
    verifier: Option<Arc<dyn ClientCertVerifier>>,
}

impl Anchors {
    /// Takes the anchors; those that can't be read are left out, and none at all means that nothing verifies.
    #[must_use]
    pub fn new(certificates: &[CertificateDer<'static>]) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates.iter().cloned());
        let roots = Arc::new(roots);
        let verifier = WebPkiClientVerifier::builder_with_provider(roots.clone(), provider()).build().ok();
        Self { roots, verifier }
    }

    /// The anchors as a store.
    #[must_use]
    pub fn roots(&self) -> &Arc<RootCertStore> {
        &self.roots
    }

    /// Checks that an anchor vouches for `certificate` and that it is valid at `now`.
    ///
    /// # Errors
    /// [`CertificateError`] says what is wrong.
    pub fn check(&self, certificate: &CertificateDer<'_>, now: Timestamp) -> Result<(), CertificateError> {
        let (from, to) = span(certificate)?;
        if now < from {
            return Err(CertificateError::NotYet(from));
        }
        if now > to {
            return Err(CertificateError::Expired(to));
        }
        let verifier =
            self.verifier.as_ref().ok_or_else(|| CertificateError::Foreign("it names none".into()))?;
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        verifier
            .verify_client_cert(
                certificate,
                &[],
                UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds)),
            )
            .map(|_| ())
            .map_err(|error| CertificateError::Foreign(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> NodeId {
        "VN/GOV/G01/nut-1".parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn authority(folder: &Path) -> Authority {
        Authority::create(folder, "Test authority", at("2026-01-01T00:00:00Z")).unwrap()
    }

    #[test]
    fn a_node_gets_a_certificate_for_its_own_key() {
        let folder = tempfile::tempdir().unwrap();
        let authority = authority(folder.path());
        let (key, pair) = crate::key::SigningKey::create(&folder.path().join("signing.key")).unwrap();
        let now = at("2026-02-01T00:00:00Z");
        let certificate =
            authority.admit(&node(), Usage::Signing, &request(&pair, &node()).unwrap(), now).unwrap();
        assert_eq!(signing_key(&certificate).unwrap().as_bytes(), key.public().as_bytes());
        let anchors = Anchors::new(&[authority.certificate().clone()]);
        assert_eq!(anchors.check(&certificate, now), Ok(()));
        assert!(matches!(
            anchors.check(&certificate, at("2026-01-31T00:00:00Z")),
            Err(CertificateError::NotYet(_))
        ));
        assert!(matches!(
            anchors.check(&certificate, at("2028-03-01T00:00:00Z")),
            Err(CertificateError::Expired(_))
        ));
        let written = to_base64(&certificate);
        assert_eq!(from_base64(&written).unwrap(), certificate);
    }

    #[test]
    fn a_foreign_certificate_is_refused() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (ours, theirs) = (authority(here.path()), authority(there.path()));
        let pair = create_tls_key(&there.path().join("tls.key")).unwrap();
        let now = at("2026-02-01T00:00:00Z");
        let certificate = theirs.admit(&node(), Usage::Tls, &request(&pair, &node()).unwrap(), now).unwrap();
        let anchors = Anchors::new(&[ours.certificate().clone()]);
        assert!(matches!(anchors.check(&certificate, now), Err(CertificateError::Foreign(_))));
        assert!(matches!(Anchors::new(&[]).check(&certificate, now), Err(CertificateError::Foreign(_))));
        assert_eq!(signing_key(&certificate), Err(CertificateError::Key));
    }

    #[test]
    fn what_is_no_request_or_certificate_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let authority = authority(folder.path());
        let pair = create_tls_key(&folder.path().join("tls.key")).unwrap();
        let good = request(&pair, &node()).unwrap();
        let now = at("2026-02-01T00:00:00Z");
        for bad in ["", "hello", &good.replace("MI", "MJ"), &good[..good.len() / 2]] {
            assert!(authority.admit(&node(), Usage::Tls, bad, now).is_err());
        }
        assert!(from_base64("AAAA").is_err() && from_base64("!").is_err());
    }

    #[test]
    fn keys_are_for_their_owner_only_and_never_written_over() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.key");
        let (key, _) = crate::key::SigningKey::create(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(crate::key::SigningKey::create(&path).is_err());
        assert_eq!(crate::key::SigningKey::load(&path).unwrap().public(), key.public());
    }

    /// A request names the second key, the certificate of a key that signs has it, and whoever knows nothing of it reads the same as ever.
    #[test]
    fn a_certificate_names_the_second_key_that_its_request_names() {
        let (folder, now) = (tempfile::tempdir().unwrap(), Timestamp::from_second(1_790_000_000).unwrap());
        let authority = Authority::create(folder.path(), "Test authority", now).unwrap();
        let node: NodeId = "VN/GOV/G01/nut-1".parse().unwrap();
        let (key, pair) = SigningKey::create(&folder.path().join("signing.key")).unwrap();
        let (with, without) = (hybrid_request(&pair, &node).unwrap(), request(&pair, &node).unwrap());
        let named = authority.admit(&node, Usage::Signing, &with, now).unwrap();
        assert_eq!(signing_key(&named).unwrap(), key.public());
        assert!(key.public().is_hybrid());
        Anchors::new(&[authority.certificate().clone()]).check(&named, now).unwrap();
        for (usage, request) in [(Usage::Signing, &without), (Usage::Tls, &with)] {
            let plain = signing_key(&authority.admit(&node, usage, request, now).unwrap()).unwrap();
            assert!(!plain.is_hybrid() && plain.as_bytes() == key.public().as_bytes(), "{usage:?}");
        }
        // The key of a file is the same whenever it is read.
        let again = SigningKey::load(&folder.path().join("signing.key")).unwrap();
        assert_eq!(again.public(), key.public());
        assert_ne!(
            SigningKey::in_memory([1; 32]).public().ml_dsa(),
            SigningKey::in_memory([2; 32]).public().ml_dsa()
        );
        // Whatever is changed of a request, it is refused: its own key has signed all of it.
        let (_, pem) = parse_x509_pem(with.as_bytes()).unwrap();
        for at in (0..pem.contents.len()).step_by(97) {
            let mut changed = pem.contents.clone();
            changed[at] ^= 1;
            let text = BASE64_STANDARD.encode(&changed);
            let changed =
                format!("-----BEGIN CERTIFICATE REQUEST-----\n{text}\n-----END CERTIFICATE REQUEST-----\n");
            assert!(authority.admit(&node, Usage::Signing, &changed, now).is_err(), "{at}");
        }
    }
}
