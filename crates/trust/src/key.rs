//! A node's signing key and the public keys that others check it by.

use std::fmt;
use std::path::Path;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use model::words::Words;
use rcgen::{KeyPair, PKCS_ED25519};

use crate::{file, texts};

/// An Ed25519 key that signs messages. Its secret is never printed.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

/// An Ed25519 public key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; 32]);

/// What went wrong with a key file.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file can't be read or written.
    #[error("the key file {path} cannot be used")]
    File {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file holds no key of the kind asked for.
    #[error("{0} holds no usable private key")]
    NotAKey(String),
    /// A certificate that is not that of the key beside it.
    #[error("the certificate in {0} is not that of its key")]
    Mismatch(String),
}

impl KeyError {
    /// The same in both languages; what the system says of a file, in its own.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::File { path, source } => texts::key_file(path, source),
            Self::NotAKey(path) => texts::not_a_key(path),
            Self::Mismatch(path) => texts::key_mismatch(path),
        }
    }
}

impl SigningKey {
    /// Makes a new key and keeps it at `path`, readable by its owner only. Returns it with the pair that certificate requests need.
    ///
    /// # Errors
    /// [`KeyError::File`] if there is a file already or none can be written.
    pub fn create(path: &Path) -> Result<(Self, KeyPair), KeyError> {
        let pair = KeyPair::generate_for(&PKCS_ED25519).map_err(|_| not_a_key(path))?;
        file::create_private(path, pair.serialize_pem().as_bytes())
            .map_err(|source| file_error(path, source))?;
        Ok((Self::from_pair(&pair, path)?, pair))
    }

    /// Reads a key.
    ///
    /// # Errors
    /// [`KeyError`] if there is no key in the file.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        Self::from_pair(&load_pair(path)?, path)
    }

    /// Reads a key from PEM; `path` is where it was found.
    pub(crate) fn from_pem(pem: &str, path: &Path) -> Result<Self, KeyError> {
        Self::from_pair(&KeyPair::from_pem(pem).map_err(|_| not_a_key(path))?, path)
    }

    /// A key that lives in memory only: for tests and examples.
    ///
    /// # Panics
    /// Never: a pair just made can be read back.
    #[must_use]
    pub fn in_memory(seed: [u8; 32]) -> Self {
        #[expect(clippy::expect_used, reason = "32 bytes are always a seed")]
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("32 bytes are a seed");
        Self { pair }
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        // Ed25519 public keys have 32 bytes.
        bytes.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(bytes)
    }

    /// Signs `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut bytes = [0; 64];
        // Ed25519 signatures have 64 bytes.
        bytes.copy_from_slice(self.pair.sign(message).as_ref());
        bytes
    }

    fn from_pair(pair: &KeyPair, path: &Path) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_pkcs8(pair.serialized_der()).map_err(|_| not_a_key(path))?;
        Ok(Self { pair })
    }
}

impl PublicKey {
    /// A key by its 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// As RFC 8032 encodes it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether `signature` is this key's over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(message, signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", crate::hex(&self.0))
    }
}

/// Reads the private key in a PEM file, whatever its kind.
pub(crate) fn load_pair(path: &Path) -> Result<KeyPair, KeyError> {
    let pem = std::fs::read_to_string(path).map_err(|source| file_error(path, source))?;
    KeyPair::from_pem(&pem).map_err(|_| not_a_key(path))
}

pub(crate) fn file_error(path: &Path, source: std::io::Error) -> KeyError {
    KeyError::File { path: path.display().to_string(), source }
}

pub(crate) fn not_a_key(path: &Path) -> KeyError {
    KeyError::NotAKey(path.display().to_string())
}
