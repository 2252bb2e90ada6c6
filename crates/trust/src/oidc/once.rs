//! What counts once, for as long as it could be shown a second time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// Most that are kept in mind; the one that ends first goes then.
const MOST: usize = 10_000;

/// What was shown, by its SHA-256, and until when it could be shown again.
#[derive(Default)]
pub(super) struct Once(Mutex<HashMap<[u8; 32], Timestamp>>);

impl Once {
    /// Takes it, unless it was shown before.
    pub(super) fn take(&self, shown: &str, until: Timestamp, now: Timestamp) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let digest = crate::sha256(shown.as_bytes());
        if seen.get(&digest).is_some_and(|until| *until >= now) {
            return false;
        }
        if seen.len() >= MOST {
            seen.retain(|_, until| *until >= now);
        }
        if seen.len() >= MOST
            && let Some(first) = seen.iter().min_by_key(|(_, until)| **until).map(|(digest, _)| *digest)
        {
            seen.remove(&first);
        }
        seen.insert(digest, until);
        true
    }
}
