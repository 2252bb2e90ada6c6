//! Records that fail a rule, by their keys: those whose digests are least, so many and no more. Which are kept does not depend on the order
//! in which they came, and how many were not is known.

use std::collections::BTreeMap;

use crate::state::counts::{TEXT_MAX, beginning};

/// Records kept of one rule, if the run does not say otherwise.
pub const KEPT: usize = 10_000;

/// Failing records of a rule. They stay at their node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    places: usize,
    kept: BTreeMap<u64, Record>,
    count: u64,
}

/// A failing record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// Its key; empty if that is only known by its digest.
    pub key: Box<str>,
    /// The value that fails, its beginning if it is long; none: there is none.
    pub value: Option<Box<str>>,
    /// What stands in the field beside it, for rules over two.
    pub beside: Option<Box<str>>,
    /// Whether the value was too long to be kept whole.
    pub cut: bool,
    /// How many rows have this key and fail.
    pub rows: u64,
}

impl Default for Failing {
    fn default() -> Self {
        Self::new(KEPT)
    }
}

impl Failing {
    /// Of at most so many records.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self { places: places.max(1), kept: BTreeMap::new(), count: 0 }
    }

    /// A failing row with its key's digest. The rest is only asked for if it is kept.
    pub(crate) fn add(&mut self, digest: u64, record: impl FnOnce() -> Record) {
        self.count += 1;
        let full = self.kept.len() >= self.places;
        if full && self.kept.last_key_value().is_some_and(|(last, _)| digest > *last) {
            return;
        }
        self.keep(digest, Record { rows: 1, ..record() });
    }

    /// A failing row whose record has no key: it can only be counted.
    pub(crate) fn add_without_key(&mut self) {
        self.count += 1;
    }

    fn keep(&mut self, digest: u64, record: Record) {
        match self.kept.get_mut(&digest) {
            Some(known) => {
                let rows = known.rows + record.rows;
                // Rows of one key may have several values: the least, whatever came first.
                if record.content() < known.content() {
                    *known = record;
                }
                known.rows = rows;
            }
            None => {
                self.kept.insert(digest, record);
                if self.kept.len() > self.places {
                    self.kept.pop_last();
                }
            }
        }
    }

    /// Both together.
    pub fn merge(&mut self, other: &Self) {
        self.places = self.places.min(other.places);
        self.count += other.count;
        for (digest, record) in &other.kept {
            self.keep(*digest, record.clone());
        }
        while self.kept.len() > self.places {
            self.kept.pop_last();
        }
    }

    /// Those that are kept, by the digests of their keys.
    pub fn records(&self) -> impl Iterator<Item = (u64, &Record)> {
        self.kept.iter().map(|(digest, record)| (*digest, record))
    }

    /// Rows that failed, kept or not.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.count
    }

    /// Rows that failed and are not kept.
    #[must_use]
    pub fn not_kept(&self) -> u64 {
        self.count - self.kept.values().map(|record| record.rows).sum::<u64>().min(self.count)
    }

    pub(crate) fn places(&self) -> usize {
        self.places
    }

    /// Without values: keys alone.
    pub(crate) fn keys_alone(&self) -> Self {
        let alone = |(digest, record): (&u64, &Record)| {
            (*digest, Record { value: None, beside: None, cut: record.cut, ..record.clone() })
        };
        Self { kept: self.kept.iter().map(alone).collect(), ..*self }
    }

    /// Without records: their number alone.
    pub(crate) fn strip(&mut self) {
        self.kept.clear();
    }

    pub(crate) fn restore(places: usize, count: u64, kept: BTreeMap<u64, Record>) -> Self {
        Self { places: places.max(1), kept, count }
    }
}

impl Record {
    fn content(&self) -> (&Option<Box<str>>, &Option<Box<str>>, &str) {
        (&self.value, &self.beside, &self.key)
    }

    /// A record of this key and these values.
    pub(crate) fn of(key: &str, value: Option<&str>, beside: Option<&str>) -> Self {
        let kept = |text: &str| beginning(text, TEXT_MAX).into();
        let cut = value.is_some_and(|value| value.len() > TEXT_MAX) || key.len() > TEXT_MAX;
        Self { key: kept(key), value: value.map(kept), beside: beside.map(kept), cut, rows: 1 }
    }
}
