//! Looking exchanges up in the node's own ledger: who asked whom, when, for what, on which case, with what outcome. By commands beside the
//! node, which read its state folder, and over its edge, for auditors of its own agency.
//!
//! `ledger::lookup` finds entries; here stands what is asked ([`asked`]), how it is shown ([`row`], `page`), who may ask it (`web`) and
//! that each look-up is noted ([`seen`]).

pub mod asked;
pub(crate) mod keep;
mod page;
pub mod row;
pub mod seen;
pub(crate) mod web;

pub use ledger::Lookup;
use ledger::lookup::Page;
use ledger::verify::Checker as _;
use ledger::{Entry, LedgerError, Proof};
use model::fault::{Fault, Words};
use model::id::NodeId;
use serde::Serialize;
use trust::certificate::Anchors;

use crate::compiled::CompiledDirectory;
use crate::folder::StateFolder;
use crate::look::asked::Asked;
use crate::look::row::Row;
use crate::signatures::{Signatures, key_of};
use crate::texts;

/// Which of a node's ledgers is looked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// That of exchanges over the network.
    Network,
    /// That of what was carried by hand.
    Packages,
}

/// Rows that were found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The newest first.
    pub items: Vec<Row>,
    /// Where the next page begins, by `before`; without, all was looked at.
    pub next: Option<u64>,
}

/// One exchange with its signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// What the entry says.
    #[serde(flatten)]
    pub row: Row,
    /// Its signatures, each checked.
    pub signatures: Vec<Checked>,
}

/// A signature that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// `request` or `answer`.
    pub of: &'static str,
    /// The key's name: the node, and its certificate's digits.
    pub key: String,
    /// What is wrong with it; nothing if it is good.
    pub wrong: Option<String>,
}

impl Checked {
    /// What came of it, for people.
    #[must_use]
    pub fn words(&self) -> Words {
        let of = if self.of == "request" { texts::look_request() } else { texts::look_answer() };
        let state = self.wrong.as_ref().map_or_else(texts::look_good, Words::quoted);
        texts::look_signed(&of, &self.key, &state)
    }
}

impl Shown {
    /// Whether every signature is good.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.signatures.iter().all(|signature| signature.wrong.is_none())
    }

    /// What its signatures say, for people.
    #[must_use]
    pub fn told(&self) -> Vec<Words> {
        match self.signatures.is_empty() {
            true => vec![texts::look_no_signature()],
            false => self.signatures.iter().map(Checked::words).collect(),
        }
    }
}

/// The ledger of a node that is looked in.
#[must_use]
pub fn lookup(folder: &StateFolder, which: Which) -> Lookup {
    match which {
        Which::Network => Lookup::new(&folder.ledger(), &folder.ledger_index()),
        Which::Packages => Lookup::new(&folder.package_ledger(), &folder.package_index()),
    }
}

/// Looks for exchanges: a page of `limit` rows at most.
///
/// # Errors
/// [`Fault::BadParameters`], [`Fault::LedgerDamaged`], [`Fault::FileFailed`].
pub fn find(
    lookup: &Lookup,
    asked: &Asked,
    of: Option<(&CompiledDirectory, &NodeId)>,
    limit: usize,
    goes_on: impl Fn() -> bool,
) -> Result<Found, Fault> {
    let Page { found, next, .. } =
        lookup.page(&asked.wanted(of)?, limit, goes_on).map_err(|error| unread(&error))?;
    let directory = of.map(|(directory, _)| directory);
    let items = found.iter().filter_map(|(number, entry)| Row::of(*number, entry, directory)).collect();
    Ok(Found { items, next })
}

/// One exchange, its signatures checked by the keys that the ledger holds before it.
///
/// # Errors
/// As [`find`].
pub fn show(
    lookup: &Lookup,
    number: u64,
    anchors: &Anchors,
    directory: Option<&CompiledDirectory>,
) -> Result<Option<Shown>, Fault> {
    let entry = lookup.entry(number).map_err(|error| unread(&error))?;
    let Some((entry, row)) =
        entry.and_then(|entry| Row::of(number, &entry, directory).map(|row| (entry, row)))
    else {
        return Ok(None);
    };
    let (request, answer): (Option<&Proof>, Option<&Proof>) = match &entry {
        Entry::Key { .. } => (None, None),
        Entry::Intent { request, .. } => (Some(request), None),
        Entry::Exchange { request, answer, .. } => (Some(request), Some(answer)),
        Entry::Refusal { request, .. } => (request.as_ref(), None),
    };
    let mut checker = Signatures::new(anchors.clone());
    let mut signatures = Vec::new();
    for (of, proof, asked) in [("request", request, None), ("answer", answer, request)] {
        let Some(proof) = proof else { continue };
        let key = key_of(proof);
        let certificate = lookup.key(&key, number).map_err(|error| unread(&error))?;
        let checked = match certificate {
            Some(certificate) => checker.key(&key, &certificate).and_then(|()| checker.proof(proof, asked)),
            None => Err(texts::look_key_missing(&key).both()),
        };
        signatures.push(Checked { of, key, wrong: checked.err() });
    }
    Ok(Some(Shown { row, signatures }))
}

/// Why a ledger could not be read.
fn unread(error: &LedgerError) -> Fault {
    match error {
        LedgerError::Damaged { place, why } => {
            Fault::LedgerDamaged { place: place.clone(), why: why.clone() }
        }
        LedgerError::Disk { path, why, .. } => {
            Fault::FileFailed { path: path.clone(), why: Words::quoted(why) }
        }
        other => Fault::Internal { why: other.to_string() },
    }
}
