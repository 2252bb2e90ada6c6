//! A node's keys and certificates on disk, and their change. Whatever breaks off on the way, there is a pair that fits.
//!
//! The pair in use lies in four files. New keys lie in a fifth, `renewal.json`, first without certificates, then with them, until they
//! are taken into use: from the moment in which that file says so they are the pair in use, and are then copied into the four. Each step
//! is one file that is there whole or not at all.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use disk::Disk;
use jiff::Timestamp;
use model::id::NodeId;
use model::renewal::Renewed;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};
use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};

use crate::batch::Form;
use crate::certificate::{self, CertificateError};
use crate::file;
use crate::key::{KeyError, SigningKey, file_error, not_a_key};
use crate::tls::Identity;

/// The pair in use, in a node's folder.
pub const TLS_KEY: &str = "tls.key";
/// See [`TLS_KEY`].
pub const TLS_CERTIFICATE: &str = "tls.der";
/// See [`TLS_KEY`].
pub const SIGNING_KEY: &str = "signing.key";
/// See [`TLS_KEY`].
pub const SIGNING_CERTIFICATE: &str = "signing.der";
/// New keys on their way.
const RENEWAL: &str = "renewal.json";
/// Another process of the node may see the four files while they are exchanged: then it looks again.
const LOOKS: usize = 5;

/// The keys in a node's folder.
#[derive(Debug, Clone)]
pub struct Keyring {
    folder: PathBuf,
    disk: Disk,
}

/// A key for TLS and one for signatures, with their certificates.
pub struct Pair {
    /// Key and certificate that peers see.
    pub tls: Identity,
    /// The certificate in it, by itself (DER).
    pub tls_certificate: CertificateDer<'static>,
    /// The key that signs.
    pub signing: Arc<SigningKey>,
    /// The certificate of the key that signs (DER).
    pub certificate: CertificateDer<'static>,
}

/// New keys that are not in use yet.
#[derive(Clone, Serialize, Deserialize)]
pub struct New {
    tls_key: String,
    signing_key: String,
    /// Their certificates, once the hub has given them.
    pub certificates: Option<Renewed>,
    /// From when they are to be used, once the directory names them.
    pub from: Option<Timestamp>,
    in_use: bool,
}

/// The four files as they are read.
struct Files {
    tls_key: String,
    tls: Vec<u8>,
    signing_key: String,
    signing: Vec<u8>,
}

impl Keyring {
    /// The keys in `folder`.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), disk: Disk::default() }
    }

    /// The pair in use.
    ///
    /// # Errors
    /// [`KeyError`] if a file can't be read, or certificate and key don't belong together.
    pub fn pair(&self) -> Result<Pair, KeyError> {
        let mut looks = 1;
        loop {
            match self.look() {
                Err(_) if looks < LOOKS => looks += 1,
                found => return found,
            }
        }
    }

    fn look(&self) -> Result<Pair, KeyError> {
        let files = match self.renewal()? {
            Some(new) if new.in_use => new.files(&self.path(RENEWAL))?,
            _ => Files {
                tls_key: self.text(TLS_KEY)?,
                tls: self.read(TLS_CERTIFICATE)?,
                signing_key: self.text(SIGNING_KEY)?,
                signing: self.read(SIGNING_CERTIFICATE)?,
            },
        };
        let bad = |name: &str| not_a_key(&self.path(name));
        let fits = |key: &str, der: &[u8], name: &str| {
            let key = KeyPair::from_pem(key).map_err(|_| bad(name))?;
            let public = certificate::public_key(der).map_err(|_| bad(name))?;
            if public == key.public_key_raw() {
                Ok(())
            } else {
                Err(KeyError::Mismatch(self.path(name).display().to_string()))
            }
        };
        fits(&files.tls_key, &files.tls, TLS_CERTIFICATE)?;
        fits(&files.signing_key, &files.signing, SIGNING_CERTIFICATE)?;
        let tls_certificate = CertificateDer::from(files.tls);
        let tls = Identity::new(tls_certificate.clone(), &files.tls_key).map_err(|_| bad(TLS_KEY))?;
        let signing = Arc::new(SigningKey::from_pem(&files.signing_key, &self.path(SIGNING_KEY))?);
        Ok(Pair { tls, tls_certificate, signing, certificate: files.signing.into() })
    }

    /// New keys that are not in use yet, if there are some. What is in use and not in its place yet is put there first.
    ///
    /// # Errors
    /// [`KeyError::File`].
    pub fn new_keys(&self) -> Result<Option<New>, KeyError> {
        match self.renewal()? {
            Some(new) if new.in_use => {
                self.settle(&new)?;
                Ok(None)
            }
            found => Ok(found),
        }
    }

    /// Makes new keys; they are on disk when this returns.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn begin(&self) -> Result<New, KeyError> {
        let make = |algorithm| {
            KeyPair::generate_for(algorithm)
                .map(|pair| pair.serialize_pem())
                .map_err(|_| not_a_key(&self.path(RENEWAL)))
        };
        let new = New {
            tls_key: make(&PKCS_ECDSA_P256_SHA256)?,
            signing_key: make(&PKCS_ED25519)?,
            certificates: None,
            from: None,
            in_use: false,
        };
        self.keep(&new)?;
        Ok(new)
    }

    /// Keeps what has become of new keys.
    ///
    /// # Errors
    /// [`KeyError`] if they can't be written, or the certificates are not those of the keys.
    pub fn keep(&self, new: &New) -> Result<(), KeyError> {
        let path = self.path(RENEWAL);
        if new.certificates.is_some() {
            new.files(&path)?;
        }
        let bytes = serde_json::to_vec(new).map_err(|_| not_a_key(&path))?;
        file::replace_on(&self.disk, &path, &bytes).map_err(|source| file_error(&path, source))
    }

    /// Takes new keys, which have their certificates, into use: from here on they are the pair.
    ///
    /// # Errors
    /// [`KeyError`]; which pair is in use is said by [`Self::pair`] then.
    pub fn take(&self, mut new: New) -> Result<(), KeyError> {
        new.in_use = true;
        new.files(&self.path(RENEWAL))?;
        self.keep(&new)?;
        self.settle(&new)
    }

    /// Forgets new keys that will not be used.
    ///
    /// # Errors
    /// [`KeyError::File`].
    pub fn forget(&self) -> Result<(), KeyError> {
        let path = self.path(RENEWAL);
        let removed = self.disk.remove(&path).and_then(|()| self.disk.folder(&self.folder)?.sync());
        removed.map_err(|source| file_error(&path, source))
    }

    /// Copies the pair in use into its four files. Until that is done it is in the fifth.
    fn settle(&self, new: &New) -> Result<(), KeyError> {
        let files = new.files(&self.path(RENEWAL))?;
        for (name, bytes) in [
            (TLS_KEY, files.tls_key.as_bytes()),
            (TLS_CERTIFICATE, &files.tls),
            (SIGNING_KEY, files.signing_key.as_bytes()),
            (SIGNING_CERTIFICATE, &files.signing),
        ] {
            let path = self.path(name);
            file::replace_on(&self.disk, &path, bytes).map_err(|source| file_error(&path, source))?;
        }
        self.forget()
    }

    fn renewal(&self) -> Result<Option<New>, KeyError> {
        let path = self.path(RENEWAL);
        match self.disk.read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|_| not_a_key(&path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(file_error(&path, error)),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, KeyError> {
        let path = self.path(name);
        self.disk.read(&path).map_err(|source| file_error(&path, source))
    }

    fn text(&self, name: &str) -> Result<String, KeyError> {
        String::from_utf8(self.read(name)?).map_err(|_| not_a_key(&self.path(name)))
    }
}

impl New {
    /// The certificate requests for both keys (PEM): TLS, signing. In the hybrid form the second one names the key beside.
    ///
    /// # Errors
    /// [`CertificateError::Unreadable`].
    pub fn requests(&self, node: &NodeId, form: Form) -> Result<(String, String), CertificateError> {
        let pair = |key: &str| KeyPair::from_pem(key).map_err(|_| CertificateError::Unreadable);
        let (tls, signing) = (pair(&self.tls_key)?, pair(&self.signing_key)?);
        let signing = match form {
            Form::Plain => certificate::request(&signing, node)?,
            Form::Hybrid => certificate::hybrid_request(&signing, node)?,
        };
        Ok((certificate::request(&tls, node)?, signing))
    }

    /// Their certificates, if they have them: TLS, signing.
    #[must_use]
    pub fn certified(&self) -> Option<(CertificateDer<'static>, CertificateDer<'static>)> {
        let renewed = self.certificates.as_ref()?;
        let read = |text: &str| certificate::from_base64(text).ok();
        Some((read(&renewed.tls)?, read(&renewed.signing)?))
    }

    fn files(&self, path: &Path) -> Result<Files, KeyError> {
        let (tls, signing) = self.certified().ok_or_else(|| not_a_key(path))?;
        for (key, der) in [(&self.tls_key, &tls), (&self.signing_key, &signing)] {
            let key = KeyPair::from_pem(key).map_err(|_| not_a_key(path))?;
            if certificate::public_key(der).ok().as_deref() != Some(key.public_key_raw()) {
                return Err(KeyError::Mismatch(path.display().to_string()));
            }
        }
        let (tls_key, signing_key) = (self.tls_key.clone(), self.signing_key.clone());
        Ok(Files { tls_key, tls: tls.to_vec(), signing_key, signing: signing.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use disk::faults::{Faults, Kind, Plan};

    use super::*;
    use crate::certificate::{Authority, Usage};

    /// A folder whose pair an authority has certified.
    fn world(folder: &Path) -> (Authority, NodeId, Timestamp) {
        let now: Timestamp = "2026-11-25T08:00:00Z".parse().unwrap();
        let authority = Authority::create(folder, "Test authority", now).unwrap();
        (authority, "VN/GOV/G01/nut-1".parse().unwrap(), now)
    }

    fn certify(new: &mut New, (authority, node, now): &(Authority, NodeId, Timestamp)) {
        let (tls, signing) = new.requests(node, Form::Hybrid).unwrap();
        let issue = |usage, request: &str| {
            certificate::to_base64(&authority.admit(node, usage, request, *now).unwrap())
        };
        new.certificates =
            Some(Renewed { tls: issue(Usage::Tls, &tls), signing: issue(Usage::Signing, &signing) });
    }

    #[test]
    fn certificates_of_other_keys_are_not_taken() {
        let (folder, of_authority) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (world, keyring) = (world(of_authority.path()), Keyring::new(folder.path()));
        let (mut one, mut other) = (keyring.begin().unwrap(), keyring.begin().unwrap());
        assert!(matches!(keyring.take(one.clone()), Err(KeyError::NotAKey(_))), "without certificates");
        certify(&mut one, &world);
        certify(&mut other, &world);
        other.certificates = one.certificates.clone();
        assert!(matches!(keyring.keep(&other), Err(KeyError::Mismatch(_))));
        assert!(matches!(keyring.take(other), Err(KeyError::Mismatch(_))));
        keyring.take(one).unwrap();
        assert!(keyring.pair().is_ok() && keyring.new_keys().unwrap().is_none());
    }

    #[test]
    fn whatever_the_disk_does_there_is_a_pair_that_fits_and_the_change_goes_on() {
        let (folder, of_authority) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let world = world(of_authority.path());
        let (path, plain) = (folder.path(), Keyring::new(folder.path()));
        let mut first = plain.begin().unwrap();
        certify(&mut first, &world);
        plain.take(first).unwrap();
        let mut taken = 0;
        for (kind, at) in Kind::ALL.into_iter().flat_map(|kind| (0..48).map(move |at| (kind, at))) {
            let seed: u64 = at / 2;
            let (lasts, told) = (seed.is_multiple_of(2), format!("{kind:?} at {at}, seed {seed}"));
            let before = plain.pair().unwrap().certificate;
            let faults = Faults::on(path, Some(Plan { kind, at, lasts, seed })).unwrap();
            let keyring = Keyring { folder: path.to_owned(), disk: faults.disk() };
            // What a node does, with whatever fails on the way left for the next time.
            let change = |keyring: &Keyring| -> Result<Option<CertificateDer<'static>>, KeyError> {
                let found = keyring.new_keys()?;
                let mut new = found.map_or_else(|| keyring.begin(), Ok)?;
                if new.certificates.is_none() {
                    certify(&mut new, &world);
                    keyring.keep(&new)?;
                }
                let certificate = new.certified().map(|(_, signing)| signing);
                keyring.take(new)?;
                Ok(certificate)
            };
            let done = change(&keyring);
            faults.lift();
            if faults.is_off() || at % 2 == 0 {
                faults.cut_power().unwrap();
            }
            let found = plain.pair().unwrap_or_else(|error| panic!("{told}: {error}")).certificate;
            match done {
                Ok(certificate) => assert_eq!(Some(found), certificate, "{told}"),
                Err(_) => taken += usize::from(found != before),
            }
            // It goes on where it broke off.
            let certificate = change(&keyring).unwrap_or_else(|error| panic!("{told}: {error}"));
            faults.cut_power().unwrap();
            assert_eq!(Some(plain.pair().unwrap().certificate), certificate, "{told}");
            assert!(plain.new_keys().unwrap().is_none(), "{told}");
        }
        assert!(taken > 0, "some broke off after the new pair was in use");
    }
}
