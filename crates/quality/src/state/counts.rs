//! How often each value stands there: Misra and Gries's table, by batches. Exact while there are no more values than places; beyond that
//! each count is too low by at most `error`, which is at most the number of counted things by the number of places.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Longest text of a value that is kept, in bytes.
pub const TEXT_MAX: usize = 120;

/// Digests are spread well enough by themselves.
#[derive(Default)]
pub(crate) struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, digest: u64) {
        self.0 = digest;
    }
}

pub(crate) type ByDigest<T> = HashMap<u64, T, BuildHasherDefault<Itself>>;

/// Values with how often they stand there.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    places: usize,
    entries: ByDigest<Entry>,
    /// Values of this batch whose texts are not kept yet.
    fresh: Vec<u64>,
    error: u64,
    total: u64,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Entry {
    count: u64,
    /// Where in the batch its text is, until that is kept.
    at: u32,
    text: Box<str>,
}

/// A value with how often it stands there, at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted<'a> {
    /// The value, as text; its beginning, if it is long.
    pub text: &'a str,
    /// So often, and at most [`Counts::error`] more.
    pub count: u64,
}

impl PartialEq for Counts {
    fn eq(&self, other: &Self) -> bool {
        self.places == other.places
            && self.error == other.error
            && self.total == other.total
            && self.entries.len() == other.entries.len()
            && self.entries.iter().all(|(digest, entry)| {
                other
                    .entries
                    .get(digest)
                    .is_some_and(|theirs| theirs.count == entry.count && theirs.text == entry.text)
            })
    }
}

impl Counts {
    /// A table with so many places.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self { places: places.max(1), ..Self::default() }
    }

    /// Counts a value `times`; its text is at `at` in the batch, which [`Self::settle`] asks for.
    pub(crate) fn add(&mut self, digest: u64, times: u64, at: u32) {
        self.total += times;
        self.entries
            .entry(digest)
            .or_insert_with(|| {
                self.fresh.push(digest);
                Entry { at, ..Entry::default() }
            })
            .count += times;
    }

    /// Counts a batch's values: each digest with how often. Those that would find no place are never given one: of a column whose values all
    /// differ nearly nothing is written. What is left is what [`Self::add`] for each and [`Self::settle`] would leave.
    pub(crate) fn add_all(&mut self, digests: &[u64], times: &[u32]) {
        let mut missing = Vec::new();
        for ((at, digest), times) in (0u32..).zip(digests).zip(times.iter().copied().map(u64::from)) {
            self.total += times;
            match self.entries.get_mut(digest) {
                Some(entry) => entry.count += times,
                None => missing.push((*digest, times, at)),
            }
        }
        if self.entries.len() + missing.len() > 2 * self.places {
            let counts = self.entries.values().map(|entry| entry.count);
            let least = self.least(counts.chain(missing.iter().map(|(_, times, _)| *times)).collect());
            self.lower(least);
            missing.retain_mut(|(_, times, _)| {
                *times = times.saturating_sub(least);
                *times > 0
            });
        }
        for (digest, times, at) in missing {
            // Two values of one digest: as good as never, and then one.
            self.entries.entry(digest).or_insert_with(|| Entry { at, ..Entry::default() }).count += times;
            self.fresh.push(digest);
        }
    }

    /// Ends a batch: makes room, and keeps the texts of values that are new and stay.
    pub(crate) fn settle<T: AsRef<str>>(&mut self, text: impl Fn(u32) -> T) {
        if self.entries.len() > 2 * self.places {
            self.prune();
        }
        for digest in std::mem::take(&mut self.fresh) {
            if let Some(entry) = self.entries.get_mut(&digest) {
                entry.text = beginning(text(entry.at).as_ref(), TEXT_MAX).into();
                entry.at = 0;
            }
        }
    }

    fn prune(&mut self) {
        if self.entries.len() <= self.places {
            return;
        }
        let least = self.least(self.entries.values().map(|entry| entry.count).collect());
        self.lower(least);
    }

    /// The largest of those counts that find no place; there are more than places.
    fn least(&self, mut counts: Vec<u64>) -> u64 {
        let (_, least, _) = counts.select_nth_unstable_by(self.places, |a, b| b.cmp(a));
        *least
    }

    fn lower(&mut self, least: u64) {
        self.entries.retain(|_, entry| {
            entry.count = entry.count.saturating_sub(least);
            entry.count > 0
        });
        self.error += least;
    }

    /// With no more values than places: the form that is written down.
    pub(crate) fn finish(&mut self) {
        self.prune();
    }

    /// Both together.
    pub fn merge(&mut self, other: &Self) {
        self.places = self.places.max(other.places).max(1);
        self.error += other.error;
        self.total += other.total;
        for (digest, theirs) in &other.entries {
            let ours = self.entries.entry(*digest).or_insert_with(|| Entry { count: 0, ..theirs.clone() });
            ours.count += theirs.count;
        }
        self.prune();
    }

    /// Keeps values that stand there `least` times or more; what goes is in the error.
    pub(crate) fn keep_only(&mut self, least: u64) {
        if least == u64::MAX {
            // Nothing is told of any value. How much that is must not depend on the pieces in which it was counted.
            self.entries.clear();
            self.error = self.total;
            return;
        }
        let gone = self.entries.values().filter(|entry| entry.count < least).map(|entry| entry.count).max();
        self.entries.retain(|_, entry| entry.count >= least);
        self.error += gone.unwrap_or(0);
    }

    /// All that are known, the most frequent first.
    #[must_use]
    pub fn top(&self, most: usize) -> Vec<Counted<'_>> {
        let mut all: Vec<Counted<'_>> =
            self.entries.values().map(|entry| Counted { text: &entry.text, count: entry.count }).collect();
        all.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(b.text)));
        all.truncate(most);
        all
    }

    /// How often a value of this text stands there, at least.
    #[must_use]
    pub fn of(&self, text: &str) -> u64 {
        self.entries.values().filter(|entry| &*entry.text == text).map(|entry| entry.count).sum()
    }

    /// How often that of a digest does.
    #[must_use]
    pub(crate) fn of_digest(&self, digest: u64) -> u64 {
        self.entries.get(&digest).map_or(0, |entry| entry.count)
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (u64, u64, &str)> {
        self.entries.iter().map(|(digest, entry)| (*digest, entry.count, &*entry.text))
    }

    /// A table as it was written down.
    pub(crate) fn restore(
        places: usize,
        error: u64,
        total: u64,
        entries: impl Iterator<Item = (u64, u64, String)>,
    ) -> Self {
        let entries =
            entries.map(|(digest, count, text)| (digest, Entry { count, at: 0, text: text.into() }));
        Self { places: places.max(1), entries: entries.collect(), fresh: Vec::new(), error, total }
    }

    /// By how much a count may be too low.
    #[must_use]
    pub fn error(&self) -> u64 {
        self.error
    }

    /// All that was counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many values it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn places(&self) -> usize {
        self.places
    }
}

/// The beginning of a text, of whole characters.
pub(crate) fn beginning(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_batch_at_once_leaves_what_its_values_one_by_one_would(
            places in 1usize..8,
            batches in prop::collection::vec(prop::collection::btree_map(0u64..40, 1u32..5, 0..30), 0..8),
        ) {
            let text = |values: &[u64]| {
                let texts: Vec<String> = values.iter().map(u64::to_string).collect();
                move |at: u32| texts.get(at as usize).cloned().unwrap_or_default()
            };
            let (mut one_by_one, mut at_once) = (Counts::new(places), Counts::new(places));
            for batch in batches {
                let (values, times): (Vec<u64>, Vec<u32>) = batch.into_iter().unzip();
                for ((at, value), times) in (0u32..).zip(&values).zip(&times) {
                    one_by_one.add(*value, u64::from(*times), at);
                }
                one_by_one.settle(text(&values));
                at_once.add_all(&values, &times);
                at_once.settle(text(&values));
                prop_assert_eq!(&one_by_one, &at_once);
            }
        }
    }
}
