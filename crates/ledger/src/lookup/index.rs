//! The index of one segment: which of its entries say what, and where they stand.
//!
//! ```text
//! index     in blocks: head, fences, terms, rows, lists, zeros
//! head      "LTLOOK01"  first entry's number (8)  entries (4)  root over all entries up to the last (32)
//!           earliest and latest time (8, 8)  terms (4)  bytes of lists (4)  rules (8)  zeros to 96
//! fences    of each 256th term its hash (8)
//! term      hash of field and value (8)  where its list begins (4)  its bytes (4), or a row (4) and FFFFFFFF
//! row       time (8)  where in the segment the entry's length stands (4)
//! list      rows, ascending, each as its distance from the one before: 7 bits a byte, lowest first
//! ```
//! Numbers are big-endian. A hash is of 64 bits, by FNV-1a: what it leads to is compared with what was asked, so that two values of one
//! hash cost a look and nothing else. `rules` stands for what outcome each code and each status is: an index that was made when that was
//! otherwise is made anew.

use std::path::Path;
use std::sync::LazyLock;

use model::fault::ROWS;
use model::merkle::Hash;
use model::usage;

use crate::entry::Entry;
use crate::facts::{Facts, Field, Outcome};
use crate::lookup::blocks::{self, Blocks, Broken};

const MAGIC: &[u8; 8] = b"LTLOOK01";
const HEAD: usize = 96;
/// Terms from one fence to the next: 4 KiB of them.
const STRIDE: usize = 256;
const TERM: usize = 16;
const ROW: usize = 12;
/// In the place of a list's bytes: the term has one row, which stands in the place of where the list begins.
const ONE_ROW: u32 = u32::MAX;

/// In the place of the time of what is no exchange.
pub(super) const NO_TIME: i64 = i64::MIN;

/// What a segment's index is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    /// The segment's first entry.
    pub(super) first: u64,
    /// How many it has.
    pub(super) entries: u32,
    /// The root over all entries up to its last: no other ledger has it.
    pub(super) root: Hash,
    /// The rules by which outcomes are told.
    pub(super) rules: u64,
}

/// Those of this program.
pub(super) static RULES: LazyLock<u64> = LazyLock::new(|| {
    let codes = ROWS.iter().map(|row| usage::Outcome::of_code(row.code));
    let outcomes = codes.chain((100..600).map(usage::Outcome::of_status));
    outcomes.fold(BASIS, |rules, outcome| hash_on(rules, Outcome::from(outcome).name().as_bytes()))
});

/// What is noted of a segment's entries, one after another.
#[derive(Debug)]
pub(super) struct Notes {
    terms: Vec<(u64, u32)>,
    rows: Vec<(i64, u32)>,
    span: (i64, i64),
}

impl Notes {
    pub(super) fn new() -> Self {
        Self { terms: Vec::new(), rows: Vec::new(), span: (i64::MAX, i64::MIN) }
    }

    /// Notes the next entry, whose length stands at `place` of its segment. What is no entry is noted as one that says nothing: it has its
    /// place and its number.
    pub(super) fn note(&mut self, place: u32, bytes: &[u8]) {
        let row = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let entry = Entry::skim(bytes);
        let mut time = NO_TIME;
        if let Some(Entry::Key { keyid, .. }) = &entry {
            self.terms.push((hash(Field::Key, keyid), row));
        }
        if let Some(facts) = entry.as_ref().and_then(Facts::of) {
            time = facts.at.as_microsecond();
            self.span = (self.span.0.min(time), self.span.1.max(time));
            facts.terms(|field, value| self.terms.push((hash(field, value), row)));
        }
        self.rows.push((time, place));
    }

    pub(super) fn entries(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX)
    }

    /// The index, as it stands on disk.
    pub(super) fn write(mut self, identity: &Identity) -> Vec<u8> {
        self.terms.sort_unstable();
        self.terms.dedup();
        let (mut terms, mut fences, mut lists, mut count) = (Vec::new(), Vec::new(), Vec::new(), 0_u32);
        for group in self.terms.chunk_by(|(one, _), (other, _)| one == other) {
            let Some((hash, row)) = group.first().copied() else { continue };
            if usize::try_from(count).is_ok_and(|count| count.is_multiple_of(STRIDE)) {
                fences.extend_from_slice(&hash.to_be_bytes());
            }
            let begun = lists.len();
            let (at, length) = match group {
                [_] => (row, ONE_ROW),
                rows => {
                    put_list(&mut lists, rows.iter().map(|(_, row)| *row));
                    (short(begun), short(lists.len() - begun))
                }
            };
            terms.extend_from_slice(&hash.to_be_bytes());
            terms.extend_from_slice(&at.to_be_bytes());
            terms.extend_from_slice(&length.to_be_bytes());
            count += 1;
        }
        let mut out =
            Vec::with_capacity(HEAD + fences.len() + terms.len() + self.rows.len() * ROW + lists.len());
        for part in [
            MAGIC.as_slice(),
            &identity.first.to_be_bytes(),
            &identity.entries.to_be_bytes(),
            &identity.root,
            &self.span.0.to_be_bytes(),
            &self.span.1.to_be_bytes(),
            &count.to_be_bytes(),
            &short(lists.len()).to_be_bytes(),
            &identity.rules.to_be_bytes(),
        ] {
            out.extend_from_slice(part);
        }
        out.resize(HEAD, 0);
        out.extend_from_slice(&fences);
        out.extend_from_slice(&terms);
        for (time, place) in &self.rows {
            out.extend_from_slice(&time.to_be_bytes());
            out.extend_from_slice(&place.to_be_bytes());
        }
        out.extend_from_slice(&lists);
        blocks::write(&out)
    }
}

/// A length within an index: far below 4 GiB, since a segment has 8 MiB.
fn short(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn put_list(out: &mut Vec<u8>, rows: impl Iterator<Item = u32>) {
    let mut before = 0;
    for row in rows {
        let mut distance = row - before;
        before = row;
        while distance >= 0x80 {
            out.push(distance.to_le_bytes()[0] | 0x80);
            distance >>= 7;
        }
        out.push(distance.to_le_bytes()[0]);
    }
}

fn read_list(bytes: &[u8]) -> Vec<u32> {
    let (mut rows, mut row, mut distance, mut shift) = (Vec::with_capacity(bytes.len()), 0_u32, 0_u32, 0);
    for byte in bytes {
        distance |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
        shift += 7;
        if byte & 0x80 == 0 {
            row = row.wrapping_add(distance);
            rows.push(row);
            (distance, shift) = (0, 0);
        }
    }
    rows
}

/// FNV-1a, 64 bits, over the field's number and the value. Part of the form: a field keeps its number.
pub(super) fn hash(field: Field, value: &str) -> u64 {
    let number: u8 = match field {
        Field::Key => 1,
        Field::Side => 2,
        Field::Outcome => 3,
        Field::Code => 4,
        Field::Client => 5,
        Field::Service => 6,
        Field::Purpose => 7,
        Field::Officer => 8,
        Field::Case => 9,
        Field::Id => 10,
    };
    hash_on(hash_on(BASIS, &[number]), value.as_bytes())
}

/// Where FNV-1a begins.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;

fn hash_on(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// An index that can be asked.
#[derive(Debug)]
pub(super) struct Index {
    blocks: Blocks,
    pub(super) identity: Identity,
    /// Earliest and latest time of an exchange, in microseconds; the first is above the second if there is none.
    pub(super) span: (i64, i64),
    fences: Vec<u64>,
    terms: usize,
    lists: usize,
}

impl Index {
    /// The index in a file.
    pub(super) fn open(path: &Path) -> Result<Self, Broken> {
        Self::read(Blocks::open(path)?)
    }

    /// An index that was written a moment ago.
    pub(super) fn of(bytes: Vec<u8>) -> Result<Self, Broken> {
        Self::read(Blocks::Memory(bytes))
    }

    fn read(blocks: Blocks) -> Result<Self, Broken> {
        let head = blocks.bytes(0, HEAD)?;
        let mut rest = head.strip_prefix(MAGIC).ok_or(Broken)?;
        let first = u64::from_be_bytes(take(&mut rest)?);
        let entries = u32::from_be_bytes(take(&mut rest)?);
        let root = take(&mut rest)?;
        let span = (i64::from_be_bytes(take(&mut rest)?), i64::from_be_bytes(take(&mut rest)?));
        let terms = long(u32::from_be_bytes(take(&mut rest)?));
        let lists = long(u32::from_be_bytes(take(&mut rest)?));
        let rules = u64::from_be_bytes(take(&mut rest)?);
        let fences = blocks.bytes(HEAD, terms.div_ceil(STRIDE) * 8)?;
        let fences =
            fences.chunks_exact(8).filter_map(|fence| Some(u64::from_be_bytes(*fence.first_chunk()?)));
        let fences = fences.collect();
        Ok(Self { blocks, identity: Identity { first, entries, root, rules }, span, fences, terms, lists })
    }

    fn terms_at(&self) -> usize {
        HEAD + self.fences.len() * 8
    }

    fn rows_at(&self) -> usize {
        self.terms_at() + self.terms * TERM
    }

    fn lists_at(&self) -> usize {
        self.rows_at() + long(self.identity.entries) * ROW
    }

    /// The rows of a term, ascending.
    pub(super) fn rows_of(&self, hash: u64) -> Result<Vec<u32>, Broken> {
        let Some(group) = self.fences.partition_point(|fence| *fence <= hash).checked_sub(1) else {
            return Ok(Vec::new());
        };
        let begin = group * STRIDE;
        let count = STRIDE.min(self.terms.saturating_sub(begin));
        let terms = self.blocks.bytes(self.terms_at() + begin * TERM, count * TERM)?;
        let found = terms.chunks_exact(TERM).find(|term| term.starts_with(&hash.to_be_bytes()));
        let Some(mut rest) = found.and_then(|term| term.get(8..)) else { return Ok(Vec::new()) };
        let at = u32::from_be_bytes(take(&mut rest)?);
        let length = u32::from_be_bytes(take(&mut rest)?);
        if length == ONE_ROW {
            return Ok(vec![at]);
        }
        if long(at) + long(length) > self.lists {
            return Err(Broken);
        }
        Ok(read_list(&self.blocks.bytes(self.lists_at() + long(at), long(length))?))
    }

    /// Time and place of each of the rows from `begin` to before `end`.
    pub(super) fn rows(&self, begin: u32, end: u32) -> Result<Vec<(i64, u32)>, Broken> {
        let (begin, end) = (long(begin), long(end.min(self.identity.entries)));
        let bytes = self.blocks.bytes(self.rows_at() + begin * ROW, end.saturating_sub(begin) * ROW)?;
        bytes.chunks_exact(ROW).map(read_row).collect()
    }
}

fn read_row(mut row: &[u8]) -> Result<(i64, u32), Broken> {
    Ok((i64::from_be_bytes(take(&mut row)?), u32::from_be_bytes(take(&mut row)?)))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Broken> {
    let (taken, after) = rest.split_first_chunk::<N>().ok_or(Broken)?;
    *rest = after;
    Ok(*taken)
}

fn long(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// With sums that are right, as nobody but a person writes them.
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..9000), small in any::<bool>(), hash in any::<u64>()) {
            let mut bytes = [MAGIC.as_slice(), &bytes].concat();
            if small {
                // Counts that may fit.
                for at in [16, 68, 72] {
                    if let Some(count) = bytes.get_mut(at..at + 3) {
                        count.fill(0);
                    }
                }
            }
            if let Ok(index) = Index::of(blocks::write(&bytes)) {
                let _ = index.rows_of(hash);
                let _ = index.rows(0, u32::MAX);
                let _ = index.rows(7, 9);
            }
        }
    }

    #[test]
    fn lists_come_back_as_they_were() {
        for rows in [vec![], vec![0], vec![0, 1, 2, 127, 128, 300, 70_000, 8_000_000]] {
            let mut bytes = Vec::new();
            put_list(&mut bytes, rows.iter().copied());
            assert_eq!(read_list(&bytes), rows);
        }
    }

    #[test]
    fn a_hash_stays_what_it_is() {
        // FNV-1a of the bytes 09 61, reckoned by another program: an index on disk is read with it.
        assert_eq!(hash(Field::Case, "a"), 0x084a_3307_b4ff_715f);
    }
}
