//! The directory as signed files: The Update Framework, by `tough`.
//!
//! The hub signs ([`publish`]), nodes keep a verified copy ([`mirror`]). Each part of the directory is one file, named by its digest.
//! The parts are listed in indexes, by their digests. The indexes are the targets of the framework, so a change sends one part, one
//! index and three small files of metadata, however large the directory is.

pub mod mirror;
mod own;
pub mod publish;

use std::collections::BTreeMap;

use model::directory::Part;
use serde::{Deserialize, Serialize};

/// Indexes there are. A directory of some 8,000 parts has 125 in each, 15 KB of digests.
pub const INDEXES: u8 = 64;

/// The parts that one index lists, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartIndex {
    /// Digests and lengths.
    pub parts: BTreeMap<String, IndexedPart>,
}

/// What an index says of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexedPart {
    /// SHA-256, in hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub length: u64,
}

/// The index that lists the parts of cases. It is none of the framework's targets, whose indexes are read by every node there is: the first
/// target names it, in a member that nodes which do not know of it pass over.
pub const INDEX_OF_CASES: u8 = INDEXES;
/// Where the first target names it.
pub(crate) const CASES: &str = "cases";

/// The index that lists a part.
#[must_use]
pub fn index_of(part: &Part) -> u8 {
    if part.is_for_cases() {
        return INDEX_OF_CASES;
    }
    let [first, ..] = crate::sha256(part.to_string().as_bytes());
    first % INDEXES
}

/// The name of an index among the framework's targets. It is published, so it stays what the first directories called it.
#[must_use]
pub fn index_name(index: u8) -> String {
    format!("shelf-{index:02}.json")
}

/// The name of a published file: its digest and what it is.
#[must_use]
pub fn file_name(sha256: &[u8], name: &str) -> String {
    format!("{}.{name}", crate::hex(sha256))
}

#[cfg(test)]
mod faults;
#[cfg(test)]
mod tests;
