//! Values that stand twice, exactly: all digests that were seen, sorted. So many are held at most; when there are more, only digests
//! below a threshold are held, half of the range, a quarter and so on. That is a sample of the *values*, each with all its rows, so the
//! share of duplicates is still known with its interval, and the state says that it is one. The threshold follows from the set of values
//! alone: no order and no split of the rows changes it.

use std::collections::BTreeMap;

/// Digests held of one rule, if the run does not say otherwise: 96 MB.
pub const HELD: usize = 12_000_000;
/// Digests that wait to be sorted in, at least.
const WAITING: usize = 65_536;

/// What was seen of a rule that asks for uniqueness.
#[derive(Debug, Clone)]
pub struct Uniques {
    places: usize,
    /// Digests with more zeros at their head than this are held.
    halved: u32,
    seen: Vec<u64>,
    waiting: Vec<u64>,
    /// Digests that came again, with how often beyond the first.
    again: BTreeMap<u64, u64>,
    rows: u64,
}

impl PartialEq for Uniques {
    fn eq(&self, other: &Self) -> bool {
        let same = |a: &Self, b: &Self| {
            (a.halved, &a.seen, &a.again, a.rows) == (b.halved, &b.seen, &b.again, b.rows)
        };
        if self.waiting.is_empty() && other.waiting.is_empty() {
            return same(self, other);
        }
        let (mut a, mut b) = (self.clone(), other.clone());
        a.finish();
        b.finish();
        same(&a, &b)
    }
}

impl Default for Uniques {
    fn default() -> Self {
        Self::new(HELD)
    }
}

impl Uniques {
    /// Of at most so many digests.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self {
            places: places.max(1),
            halved: 0,
            seen: Vec::new(),
            waiting: Vec::new(),
            again: BTreeMap::new(),
            rows: 0,
        }
    }

    pub(crate) fn add(&mut self, digest: u64) {
        self.rows += 1;
        if digest.leading_zeros() >= self.halved {
            self.waiting.push(digest);
            if self.waiting.len() >= (self.seen.len() / 4).max(WAITING) {
                self.finish();
            }
        }
    }

    /// Sorts in what waits.
    pub(crate) fn finish(&mut self) {
        if !self.waiting.is_empty() {
            let mut waiting = std::mem::take(&mut self.waiting);
            waiting.sort_unstable();
            self.sort_in(waiting);
        }
    }

    /// `sorted` may hold a digest several times.
    fn sort_in(&mut self, mut sorted: Vec<u64>) {
        let (mut at, mut last) = (0, None);
        // What is new stays in the place where it waited, so that nothing is held twice.
        sorted.retain(|digest| {
            // Both are sorted: what is below is passed once.
            let rest = self.seen.get(at..).unwrap_or_default();
            at += gallop(rest, *digest);
            let known = self.seen.get(at) == Some(digest) || last == Some(*digest);
            if known {
                *self.again.entry(*digest).or_default() += 1;
            }
            last = Some(*digest);
            !known
        });
        merge_sorted(&mut self.seen, &sorted);
        while self.seen.len() > self.places {
            self.halved += 1;
            let halved = self.halved;
            let stays = self.seen.partition_point(|digest| digest.leading_zeros() >= halved);
            self.seen.truncate(stays);
            self.again.retain(|digest, _| digest.leading_zeros() >= halved);
        }
    }

    /// Both together. Values that both have stand twice.
    pub fn merge(&mut self, other: &Self) {
        self.places = self.places.min(other.places);
        self.rows += other.rows;
        self.finish();
        let mut other = other.clone();
        other.finish();
        let halved = self.halved.max(other.halved);
        for one in [&mut *self, &mut other] {
            one.halved = halved;
            one.seen.retain(|digest| digest.leading_zeros() >= halved);
            one.again.retain(|digest, _| digest.leading_zeros() >= halved);
        }
        self.sort_in(std::mem::take(&mut other.seen));
        for (digest, times) in &other.again {
            if digest.leading_zeros() >= self.halved {
                *self.again.entry(*digest).or_default() += times;
            }
        }
    }

    /// Whether all values are held: then what is said of duplicates is exact, but for two values of one digest, which among ten million has
    /// a chance of one in 370,000.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.halved == 0
    }

    /// Rows with a value, of those held.
    #[must_use]
    pub fn held_rows(&self) -> u64 {
        self.seen.len() as u64 + self.waiting.len() as u64 + self.again.values().sum::<u64>()
    }

    /// Rows whose value another row has, too, of those held.
    #[must_use]
    pub fn double_rows(&self) -> u64 {
        self.again.values().map(|times| times + 1).sum()
    }

    /// Rows beyond the first of their value, of those held: what would have to go.
    #[must_use]
    pub fn surplus_rows(&self) -> u64 {
        self.again.values().sum()
    }

    /// Digests of values that stand twice, with how many rows have each.
    pub fn doubles(&self) -> impl Iterator<Item = (u64, u64)> {
        self.again.iter().map(|(digest, times)| (*digest, times + 1))
    }

    /// All rows with a value.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    pub(crate) fn parts(&self) -> (usize, u32, &[u64], &BTreeMap<u64, u64>, u64) {
        (self.places, self.halved, &self.seen, &self.again, self.rows)
    }

    pub(crate) fn restore(
        places: usize,
        halved: u32,
        seen: Vec<u64>,
        again: BTreeMap<u64, u64>,
        rows: u64,
    ) -> Self {
        Self { places: places.max(1), halved, seen, waiting: Vec::new(), again, rows }
    }
}

/// How many of a sorted list are below `wanted`: by steps that double, since it is mostly near.
fn gallop(sorted: &[u64], wanted: u64) -> usize {
    let mut step = 1;
    let mut low = 0;
    while sorted.get(low + step - 1).is_some_and(|digest| *digest < wanted) {
        low += step;
        step *= 2;
    }
    let high = (low + step).min(sorted.len());
    low + sorted.get(low..high).unwrap_or_default().partition_point(|digest| *digest < wanted)
}

/// Puts sorted digests into a sorted list that has none of them, from the end, in place.
fn merge_sorted(seen: &mut Vec<u64>, fresh: &[u64]) {
    let mut left = seen.len();
    let mut right = fresh.len();
    seen.resize(left + right, 0);
    while right > 0 {
        let to = left + right - 1;
        let (ours, theirs) =
            (left.checked_sub(1).and_then(|at| seen.get(at)).copied(), fresh.get(right - 1).copied());
        let Some(theirs) = theirs else { break };
        let value = match ours {
            Some(ours) if ours > theirs => {
                left -= 1;
                ours
            }
            _ => {
                right -= 1;
                theirs
            }
        };
        if let Some(place) = seen.get_mut(to) {
            *place = value;
        }
    }
}
