//! What a run is told beside its rules.

use std::collections::BTreeMap;

use crate::distinct::Hasher;
use crate::state::dimension::Dimension;
use crate::state::failing::KEPT;
use crate::state::uniques::HELD;

/// What a run is told beside its rules.
#[derive(Clone)]
pub struct Settings {
    /// The key of all digests. States merge that were made with the same one; whoever does not hold it learns nothing from digests.
    pub key: [u8; 16],
    /// Failing records kept of each rule.
    pub kept: usize,
    /// Digests held of each rule that asks for uniqueness.
    pub held: usize,
    /// Fields that may tell why records fail.
    pub causes: BTreeMap<Dimension, String>,
    /// Whether the batches are only a sample of the rows, as it was asked for.
    pub sampled: bool,
}

impl Settings {
    /// With this key, and everything else as usual.
    #[must_use]
    pub fn new(key: [u8; 16]) -> Self {
        Self { key, kept: KEPT, held: HELD, causes: BTreeMap::new(), sampled: false }
    }

    /// The digest of a key or value, as states of this run have it.
    #[must_use]
    pub fn digest(&self, text: &str) -> u64 {
        Hasher::new(&self.key).bytes(text.as_bytes())
    }
}
