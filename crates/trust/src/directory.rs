//! The directory as signed files: The Update Framework, by `tough`.
//!
//! The hub signs ([`publish`]), nodes keep a verified copy ([`mirror`]). Each part of the directory is one file, named by its digest.
//! The parts stand on shelves: lists of their digests. The shelves are the targets of the framework, so a change sends one part, one
//! shelf and three small files of metadata, however large the directory is.

pub mod mirror;
mod own;
pub mod publish;

use std::collections::BTreeMap;

use model::directory::Part;
use serde::{Deserialize, Serialize};

/// Shelves there are. A directory of some 8,000 parts has 125 on each, 15 KB of digests.
pub const SHELVES: u8 = 64;

/// The parts on one shelf, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shelf {
    /// Digests and lengths.
    pub parts: BTreeMap<String, Held>,
}

/// What a shelf says of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// SHA-256, in hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub length: u64,
}

/// The shelf that a part stands on.
#[must_use]
pub fn shelf_of(part: &Part) -> u8 {
    let [first, ..] = crate::sha256(part.to_string().as_bytes());
    first % SHELVES
}

/// The name of a shelf among the framework's targets.
#[must_use]
pub fn shelf_name(shelf: u8) -> String {
    format!("shelf-{shelf:02}.json")
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
