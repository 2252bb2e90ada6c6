//! What a ledger has written since it was opened, and how fast, for those who watch it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::metrics::Times;

/// What was counted since the ledger was opened.
#[derive(Debug, Default)]
pub struct Measures {
    /// Entries that were written, and are durable.
    pub entries: AtomicU64,
    /// Their bytes.
    pub bytes: AtomicU64,
    /// How long commits took: writing, syncing, finding the file again.
    pub commits: Times,
    /// Commits that came to nothing.
    pub failed: AtomicU64,
}

impl Measures {
    /// Counts a commit of `entries` with how long it took.
    pub(crate) fn note(&self, entries: &[Vec<u8>], took: Duration, is_durable: bool) {
        if !is_durable {
            self.failed.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let bytes: usize = entries.iter().map(Vec::len).sum();
        self.entries.fetch_add(entries.len() as u64, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.commits.take(took);
    }
}
