//! A node's signing key and the public keys that others check it by.
//!
//! Each is two: Ed25519 (RFC 8032), and beside it ML-DSA-44 (FIPS 204), which no quantum computer is known to break. The second is made from
//! the secret of the first, so that there is one file to keep: 32 random bytes, from which the elliptic curve shows only a hash. It counts
//! where a certificate names it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::encoding::AsBigEndian as _;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::signature::{
    ED25519, Ed25519KeyPair, KeyPair as _, ML_DSA_44, ML_DSA_44_SIGNING, PqdsaKeyPair, UnparsedPublicKey,
};
use model::merkle::{self, Hash};
use model::words::Words;
use rcgen::{KeyPair, PKCS_ED25519};

use crate::{file, texts};

/// Bytes of an Ed25519 signature.
pub const ED25519_BYTES: usize = 64;
/// Bytes of a signature by both keys: Ed25519's, then ML-DSA-44's.
pub const HYBRID_BYTES: usize = ED25519_BYTES + 2420;
/// Bytes of an ML-DSA-44 public key.
pub(crate) const ML_DSA_KEY_BYTES: usize = 1312;
/// What the second secret is made with.
const ML_DSA_SEED: &[u8] = b"lienthong ml-dsa-44 seed, version 1";

/// A key that signs messages. Its secret is never printed.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    ml_dsa: PqdsaKeyPair,
}

/// The public half of a signing key: Ed25519's, and ML-DSA-44's where a certificate names one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    ed25519: [u8; 32],
    ml_dsa: Option<Arc<[u8; ML_DSA_KEY_BYTES]>>,
    /// By what it is remembered.
    mark: Hash,
}

/// The length of what is made by HKDF.
struct SeedLength;

impl KeyType for SeedLength {
    fn len(&self) -> usize {
        32
    }
}

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
        #[expect(clippy::expect_used, reason = "what was made of a seed gives it back")]
        Self::of(pair).expect("a key has a seed")
    }

    /// The public half, of both keys.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        // Ed25519 public keys have 32 bytes.
        bytes.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey::new(bytes, self.ml_dsa.public_key().as_ref().try_into().ok())
    }

    /// Signs `message` with Ed25519.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; ED25519_BYTES] {
        let mut bytes = [0; ED25519_BYTES];
        // Ed25519 signatures have 64 bytes.
        bytes.copy_from_slice(self.pair.sign(message).as_ref());
        bytes
    }

    /// Signs `message` with both keys.
    ///
    /// # Panics
    /// Never: signing fails only where there is no memory or no random bytes.
    #[must_use]
    pub fn sign_with_both(&self, message: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; HYBRID_BYTES];
        let (ed25519, ml_dsa) = bytes.split_at_mut(ED25519_BYTES);
        ed25519.copy_from_slice(&self.sign(message));
        #[expect(clippy::expect_used, reason = "without random bytes there is no safe way on")]
        self.ml_dsa.sign(message, ml_dsa).expect("the system gives random bytes");
        bytes
    }

    pub(crate) fn from_pair(pair: &KeyPair, path: &Path) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_pkcs8(pair.serialized_der()).map_err(|_| not_a_key(path))?;
        Self::of(pair).ok_or_else(|| not_a_key(path))
    }

    fn of(pair: Ed25519KeyPair) -> Option<Self> {
        let secret = pair.seed().ok()?.as_be_bytes().ok()?;
        let mut seed = [0; 32];
        let made = Salt::new(HKDF_SHA256, &[]).extract(secret.as_ref());
        made.expand(&[ML_DSA_SEED], SeedLength).ok()?.fill(&mut seed).ok()?;
        let ml_dsa = PqdsaKeyPair::from_seed(&ML_DSA_44_SIGNING, &seed).ok()?;
        Some(Self { pair, ml_dsa })
    }
}

impl PublicKey {
    pub(crate) fn new(ed25519: [u8; 32], ml_dsa: Option<[u8; ML_DSA_KEY_BYTES]>) -> Self {
        let second = ml_dsa.as_ref().map_or(&[][..], |key| key);
        let mark = merkle::leaf_hash(&[&ed25519, second]);
        Self { ed25519, ml_dsa: ml_dsa.map(Arc::new), mark }
    }

    /// An Ed25519 key by its 32 bytes, alone.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self::new(bytes, None)
    }

    /// The Ed25519 key, as RFC 8032 encodes it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.ed25519
    }

    /// The ML-DSA-44 key, as FIPS 204 encodes it.
    #[must_use]
    pub fn ml_dsa(&self) -> Option<&[u8]> {
        self.ml_dsa.as_deref().map(<[u8; ML_DSA_KEY_BYTES]>::as_slice)
    }

    /// Whether it is two.
    #[must_use]
    pub fn is_hybrid(&self) -> bool {
        self.ml_dsa.is_some()
    }

    pub(crate) fn mark(&self) -> &Hash {
        &self.mark
    }

    /// Whether `signature` is the Ed25519 key's over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.ed25519).verify(message, signature).is_ok()
    }

    /// Whether `signature` is both keys' over `message`: either alone counts nothing.
    #[must_use]
    pub fn both_verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let (Some(key), Some((ed25519, ml_dsa))) = (self.ml_dsa(), signature.split_at_checked(ED25519_BYTES))
        else {
            return false;
        };
        self.verifies(message, ed25519)
            && UnparsedPublicKey::new(&ML_DSA_44, key).verify(message, ml_dsa).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", crate::hex(&self.ed25519))
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
