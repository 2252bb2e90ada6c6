//! The chain over what a view has told: each head is a hash over the one before, the commit's number and its lines. Whoever has a head has
//! what led to it, and whoever has told something else cannot go on from it.

use model::merkle::Hash;
use sha2::{Digest as _, Sha256};

use crate::held::Secret;

/// The head before anything was told: no two streams have the same, so that a place in one is none in another.
#[must_use]
pub fn root(secret: &Secret) -> Hash {
    Sha256::new_with_prefix(b"lienthong sync root 1\n").chain_update(secret.0).finalize().into()
}

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
