//! The chain over what a view has told: each head is a hash over the one before, the commit's number and its lines. Whoever has a head has
//! what led to it, and whoever has told something else cannot go on from it.

use model::merkle::Hash;
use sha2::{Digest as _, Sha256};

/// The head before anything was told.
pub const ROOT: Hash = [0; 32];

/// The head behind a commit.
#[must_use]
pub fn head(before: &Hash, commit: u64, lines: &str) -> Hash {
    Sha256::new_with_prefix(b"lienthong sync 1\n")
        .chain_update(before)
        .chain_update(commit.to_be_bytes())
        .chain_update(lines)
        .finalize()
        .into()
}
