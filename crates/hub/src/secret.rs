//! Secrets that are handed out: made here, and known afterwards by their digest alone.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use sha2::{Digest as _, Sha256};

/// A new one: 32 random bytes, in 43 characters.
pub(crate) fn random() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(trust::signer::random::<32>())
}

/// What is kept of one: its SHA-256, in hexadecimal.
pub(crate) fn digest(secret: &str) -> String {
    trust::hex(&Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_secrets_differ() {
        assert_ne!(random(), random());
        assert_eq!(random().len(), 43);
    }
}
