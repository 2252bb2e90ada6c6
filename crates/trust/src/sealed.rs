//! Secrets at rest: AES-256-GCM under a key of one's own, which is in a file of its own and not in the store; or under a key made for one
//! thing alone, which that key seals: with it all that it sealed is destroyed, wherever copies are.

use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::file;
use crate::signer::random;
use crate::{hex, hmac_sha256};

/// The form of what [`Sealer::seal_at`] makes; it stands at its head.
const FORM: u8 = 1;
/// Bytes of a key.
const KEY_LEN: usize = 32;
/// The column in which sealed keys stand.
const KEY_COLUMN: &str = "key";

/// Seals secrets for the store. Each is sealed under a nonce of its own, at random: one key seals up to 2³² of them (NIST SP 800-38D, section
/// 8.3).
pub struct Sealer {
    key: LessSafeKey,
    /// What values are found by.
    index: [u8; KEY_LEN],
}

/// Where sealed bytes stand: they open there and nowhere else. Whoever can write to a store still cannot put one person's value in another's
/// place, nor an older one where a newer stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The thing that they are of: a case.
    pub of: &'a str,
    /// Which of its columns, and which line, if it has several.
    pub column: &'a str,
    /// Which version of what stands there.
    pub version: u64,
}

impl Place<'_> {
    /// As bytes that no other place has: lengths stand before texts.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![FORM];
        for text in [self.of, self.column] {
            bytes.extend((text.len() as u64).to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes.extend(self.version.to_be_bytes());
        bytes
    }
}

/// Why a secret is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key's file.
    #[error("the key of the store's secrets cannot be used: {0}")]
    Key(String),
    /// It was sealed with another key, for another place, or changed.
    #[error("a secret in the store was sealed with another key, or changed")]
    Broken,
    /// No text or file has so many bytes.
    #[error("it is too long to be sealed")]
    TooLong,
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
        Self::of(&bytes).map_err(|_| failed("it is not 32 bytes".into()))
    }

    fn of(key: &[u8]) -> Result<Self, Unspecified> {
        let index = hmac_sha256(key, b"lienthong index 1");
        Ok(Self { key: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?), index })
    }

    /// A new key for one thing alone, and the same as this one seals it, to be kept.
    ///
    /// # Errors
    /// [`SealError::Key`] if there is no such key.
    pub fn new_key(&self, of: &str) -> Result<(Self, Vec<u8>), SealError> {
        let bytes = random::<KEY_LEN>();
        let key = Self::of(&bytes).map_err(|_| SealError::Key("it is not 32 bytes".into()))?;
        Ok((key, self.seal_at(Place { of, column: KEY_COLUMN, version: 0 }, &bytes)?))
    }

    /// The key of a thing, from what [`Sealer::new_key`] gave to keep.
    ///
    /// # Errors
    /// [`SealError::Broken`], also for the key of another thing.
    pub fn key(&self, of: &str, kept: &[u8]) -> Result<Self, SealError> {
        let bytes = self.open_at(Place { of, column: KEY_COLUMN, version: 0 }, kept)?;
        Self::of(&bytes).map_err(|_| SealError::Broken)
    }

    /// What a value is found by where it must not be read: the same for the same value of the same kind, and for whoever has not the key of no
    /// use, even if there are only so many values.
    #[must_use]
    pub fn index(&self, kind: &str, value: &str) -> String {
        hex(&hmac_sha256(&self.index, &Place { of: kind, column: value, version: 0 }.bytes()))
    }

    /// Seals bytes for a place.
    ///
    /// # Errors
    /// [`SealError::TooLong`].
    pub fn seal_at(&self, place: Place<'_>, content: &[u8]) -> Result<Vec<u8>, SealError> {
        let nonce = random::<NONCE_LEN>();
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + content.len() + AES_256_GCM.tag_len());
        sealed.push(FORM);
        sealed.extend(nonce);
        let mut bytes = content.to_vec();
        let at = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(at, Aad::from(place.bytes()), &mut bytes)
            .map_err(|_| SealError::TooLong)?;
        sealed.append(&mut bytes);
        Ok(sealed)
    }

    /// Opens bytes that were sealed for a place.
    ///
    /// # Errors
    /// [`SealError::Broken`], also for those of another place or version.
    pub fn open_at(&self, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (form, rest) = sealed.split_first().ok_or(SealError::Broken)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Broken)?;
        if *form != FORM {
            return Err(SealError::Broken);
        }
        let mut rest = rest.to_vec();
        let at = Nonce::assume_unique_for_key(*nonce);
        let opened = self.key.open_in_place(at, Aad::from(place.bytes()), &mut rest);
        Ok(opened.map_err(|_| SealError::Broken)?.to_vec())
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
        if self.key.seal_in_place_append_tag(at, aad, &mut bytes).is_err() {
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
        let opened = self.key.open_in_place(nonce, aad, &mut rest).map_err(|_| SealError::Broken)?;
        Ok(opened.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A sealer with a key of its own.
    fn sealer() -> Sealer {
        Sealer::of(&random::<KEY_LEN>()).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_with_its_key_at_its_place_and_nowhere_else() {
        let (node, other) = (sealer(), sealer());
        let text = "[a-z/0-9]{0,12}";
        let places = (text, text, any::<u64>());
        let law =
            (places, text, any::<u64>(), prop::collection::vec(any::<u8>(), 0..200), any::<(usize, u8)>());
        let mut runner = proptest::test_runner::TestRunner::default();
        let held = runner.run(&law, |((of, column, version), more, another, content, (at, bit))| {
            let place = Place { of: &of, column: &column, version };
            let (key, kept) = node.new_key(&of).unwrap();
            let sealed = key.seal_at(place, &content).unwrap();
            let again = node.key(&of, &kept).unwrap();
            prop_assert_eq!(&again.open_at(place, &sealed).unwrap(), &content);
            prop_assert_ne!(&key.seal_at(place, &content).unwrap(), &sealed);
            prop_assert!(
                content.len() < 8 || !sealed.windows(8).any(|part| content.windows(8).any(|own| own == part))
            );
            // Other keys, and the key of another thing.
            let longer = format!("{of}x");
            let (strange, _) = node.new_key(&of).unwrap();
            for key in [&strange, &node, &other] {
                prop_assert!(matches!(key.open_at(place, &sealed), Err(SealError::Broken)));
            }
            prop_assert!(node.key(&longer, &kept).is_err() && other.key(&of, &kept).is_err());
            // Other places: each part differs, or the same letters lie on the other side of the border.
            let joined = format!("{of}{column}");
            let borders = (0..=joined.len()).filter_map(|at| joined.split_at_checked(at));
            let moved = borders.map(|(of, column)| Place { of, column, version });
            let elsewhere = [
                Place { of: &more, ..place },
                Place { column: &more, ..place },
                Place { version: another, ..place },
                Place { of: &column, column: &of, version },
            ];
            for wrong in moved.chain(elsewhere).filter(|wrong| *wrong != place) {
                prop_assert!(matches!(key.open_at(wrong, &sealed), Err(SealError::Broken)), "{wrong:?}");
            }
            // What a value is found by.
            let index = node.index(&of, &column);
            prop_assert_eq!(&index, &node.index(&of, &column));
            for other in [
                other.index(&of, &column),
                node.index(&of, &more),
                node.index(&more, &column),
                node.index(&joined, ""),
            ] {
                prop_assert!(other != index || more == of || more == column || joined == of);
            }
            // Cut anywhere, longer, and one bit turned.
            for end in 0..sealed.len() {
                prop_assert!(
                    key.open_at(place, &sealed[..end]).is_err()
                        && key.open_at(place, &sealed[end + 1..]).is_err()
                );
            }
            let mut turned = sealed.clone();
            turned[at % sealed.len()] ^= 1 << (bit % 8);
            prop_assert!(key.open_at(place, &turned).is_err());
            turned.clone_from(&sealed);
            turned.push(bit);
            prop_assert!(key.open_at(place, &turned).is_err());
            Ok(())
        });
        held.unwrap();
    }

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
