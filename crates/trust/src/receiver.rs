//! Encryption to one receiver in the form of age (age-encryption.org/v1), so that any age tool opens what was sealed.

use std::path::Path;

use age::secrecy::ExposeSecret as _;

use crate::file;

/// Why something is not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum ReceiverError {
    /// No receiver's name.
    #[error("{0:?} is no receiver of age: it begins with age1")]
    NoReceiver(String),
    /// The key's file.
    #[error("the key cannot be used: {0}")]
    Key(String),
    /// It was sealed for another, or changed.
    #[error("it was sealed for another, or changed: {0}")]
    Broken(String),
}

/// The key of a receiver, X25519.
pub struct Receiver(age::x25519::Identity);

impl Receiver {
    /// A new key, kept in `path` as age's own tools keep it. It must not be there yet.
    ///
    /// # Errors
    /// [`ReceiverError::Key`].
    pub fn create(path: &Path) -> Result<Self, ReceiverError> {
        let key = age::x25519::Identity::generate();
        let text = format!("{}\n", key.to_string().expose_secret());
        file::create_private(path, text.as_bytes()).map_err(|error| ReceiverError::Key(error.to_string()))?;
        Ok(Self(key))
    }

    /// The key in `path`.
    ///
    /// # Errors
    /// [`ReceiverError::Key`].
    pub fn load(path: &Path) -> Result<Self, ReceiverError> {
        let text = std::fs::read_to_string(path).map_err(|error| ReceiverError::Key(error.to_string()))?;
        text.trim().parse().map(Self).map_err(|why: &str| ReceiverError::Key(why.to_owned()))
    }

    /// What it is sealed for: `age1…`. Anybody may know it.
    #[must_use]
    pub fn name(&self) -> String {
        self.0.to_public().to_string()
    }

    /// Opens what was sealed for it.
    ///
    /// # Errors
    /// [`ReceiverError::Broken`].
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, ReceiverError> {
        age::decrypt(&self.0, sealed).map_err(|error| ReceiverError::Broken(error.to_string()))
    }
}

/// Seals `plain` for the receiver of that name.
///
/// # Errors
/// [`ReceiverError::NoReceiver`]; [`ReceiverError::Broken`] if it fails inside.
pub fn seal(receiver: &str, plain: &[u8]) -> Result<Vec<u8>, ReceiverError> {
    let named: age::x25519::Recipient =
        receiver.parse().map_err(|_| ReceiverError::NoReceiver(receiver.chars().take(80).collect()))?;
    age::encrypt(&named, plain).map_err(|error| ReceiverError::Broken(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_receiver_opens_what_is_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let receiver = Receiver::create(&folder.path().join("a")).unwrap();
        let sealed = seal(&receiver.name(), "Nguyễn".as_bytes()).unwrap();
        let again = Receiver::load(&folder.path().join("a")).unwrap();
        assert_eq!(again.open(&sealed).unwrap(), "Nguyễn".as_bytes());
        let other = Receiver::create(&folder.path().join("b")).unwrap();
        assert!(matches!(other.open(&sealed), Err(ReceiverError::Broken(_))));
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(again.open(&changed).is_err() && again.open(b"").is_err());
        assert!(matches!(seal("age1không", b""), Err(ReceiverError::NoReceiver(_))));
        assert!(Receiver::create(&folder.path().join("a")).is_err(), "a key is written over");
        assert!(Receiver::load(&folder.path().join("c")).is_err());
    }
}
