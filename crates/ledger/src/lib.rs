//! The node's ledger of exchanges: append-only, durable before an answer leaves, and provable afterwards.
//!
//! What is written is decided by the node; this crate knows no certificate and checks no signature itself. A verifier
//! hands it the means (see [`verify::verify`]), so that an auditor can build one alone.
//!
//! [`lookup`] finds entries by what they say, over an index that stands beside the ledger and can be made anew from it at any time.
//!
//! On disk a ledger is a folder of [`segment`] files. A segment holds frames, one for each commit; a frame holds entries
//! and the root of the RFC 6962 tree over all entries up to then. `docs/ledger.md` has the format.

pub mod entry;
pub mod facts;
pub mod lookup;
pub mod measures;
mod phrases;
pub mod segment;
pub mod verify;
pub mod writer;

pub use entry::{Entry, Proof, Side};
pub use facts::{Facts, Field, Outcome};
pub use lookup::Lookup;
pub use writer::Ledger;

/// Bytes that may still be written to the disk that `folder` is on.
///
/// # Errors
/// What the system says.
pub fn free_bytes(folder: &std::path::Path) -> std::io::Result<u64> {
    disk::free_bytes(folder)
}

/// What can go wrong with a ledger.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LedgerError {
    /// The system refused an operation on a file.
    #[error("{doing} {path}: {why}")]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: String,
        /// What the system said.
        why: String,
    },
    /// The file that is written to was removed, or another was put in its place.
    #[error(
        "{0} is no longer the file that is written to: what is in it would be lost; restore the ledger's folder and restart the node"
    )]
    Gone(String),
    /// A file is not as it was written.
    #[error("{place}: {why}")]
    Damaged {
        /// File and offset.
        place: String,
        /// What is wrong.
        why: String,
    },
    /// Another process has the ledger open.
    #[error("{0} is in use by another process")]
    InUse(String),
    /// An entry over [`entry::MAX_BYTES`].
    #[error("the entry has {0} bytes, more than a ledger takes")]
    TooLarge(usize),
    /// The thread that writes is gone.
    #[error("the ledger's writer has ended")]
    Ended,
    /// Too many entries wait.
    #[error("too many entries wait to be written")]
    Overloaded,
}

pub(crate) fn failed(doing: &'static str, path: &std::path::Path, error: &std::io::Error) -> LedgerError {
    LedgerError::Disk { doing, path: path.display().to_string(), why: error.to_string() }
}

#[cfg(test)]
mod faults;
#[cfg(test)]
mod tests;
