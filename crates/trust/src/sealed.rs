//! Secrets at rest: AES-256-GCM under a key of the hub's own, which is in a file of its own and not in the store.

use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::file;
use crate::signer::random;

/// Seals short secrets for the store.
pub struct Sealer(LessSafeKey);

/// Why a secret is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key's file.
    #[error("the key of the store's secrets cannot be used: {0}")]
    Key(String),
    /// It was sealed with another key, or changed.
    #[error("a secret in the store was sealed with another key, or changed")]
    Broken,
}

impl Sealer {
    /// The key in `path`, which is made if it is not there.
    ///
    /// # Errors
    /// [`SealError::Key`].
    pub fn open_or_create(path: &Path) -> Result<Self, SealError> {
        let failed = |why: String| SealError::Key(why);
        if !path.exists() {
            let text = BASE64_STANDARD.encode(random::<32>());
            file::create_private(path, text.as_bytes()).map_err(|error| failed(error.to_string()))?;
        }
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let bytes = BASE64_STANDARD.decode(text.trim()).map_err(|error| failed(error.to_string()))?;
        let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| failed("it is not 32 bytes".into()))?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Seals a secret, as text.
    #[must_use]
    pub fn seal(&self, secret: &str) -> String {
        self.seal_bytes(secret.as_bytes(), "")
    }

    /// Seals bytes for a place, as text: they open there and nowhere else.
    #[must_use]
    pub fn seal_bytes(&self, content: &[u8], place: &str) -> String {
        let nonce = random::<NONCE_LEN>();
        let mut bytes = content.to_vec();
        let (at, aad) = (Nonce::assume_unique_for_key(nonce), Aad::from(place.as_bytes()));
        // It fails only for gigabytes.
        if self.0.seal_in_place_append_tag(at, aad, &mut bytes).is_err() {
            return String::new();
        }
        BASE64_STANDARD.encode([nonce.as_slice(), &bytes].concat())
    }

    /// Opens a sealed secret.
    ///
    /// # Errors
    /// [`SealError::Broken`].
    pub fn open(&self, sealed: &str) -> Result<String, SealError> {
        String::from_utf8(self.open_bytes(sealed, "")?).map_err(|_| SealError::Broken)
    }

    /// Opens bytes that were sealed for a place.
    ///
    /// # Errors
    /// [`SealError::Broken`], also for those of another place.
    pub fn open_bytes(&self, sealed: &str, place: &str) -> Result<Vec<u8>, SealError> {
        let bytes = BASE64_STANDARD.decode(sealed).map_err(|_| SealError::Broken)?;
        let (nonce, rest) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Broken)?;
        let mut rest = rest.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let aad = Aad::from(place.as_bytes());
        let opened = self.0.open_in_place(nonce, aad, &mut rest).map_err(|_| SealError::Broken)?;
        Ok(opened.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_comes_back_with_its_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let sealer = Sealer::open_or_create(&folder.path().join("a.key")).unwrap();
        let sealed = sealer.seal("JBSWY3DPEHPK3PXP");
        assert!(!sealed.contains("JBSW") && sealed != sealer.seal("JBSWY3DPEHPK3PXP"));
        let again = Sealer::open_or_create(&folder.path().join("a.key")).unwrap();
        assert_eq!(again.open(&sealed).unwrap(), "JBSWY3DPEHPK3PXP");
        let other = Sealer::open_or_create(&folder.path().join("b.key")).unwrap();
        assert!(matches!(other.open(&sealed), Err(SealError::Broken)));
        assert!(again.open("AAAA").is_err() && again.open("không").is_err());
    }
}
