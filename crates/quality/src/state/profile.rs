//! What a column looks like.

use std::collections::BTreeMap;

use crate::distinct::{Distinct, Holds, Value};
use crate::state::counts::{Counts, beginning};
use crate::state::hll;
use crate::state::spread::{Spread, month};

/// Values that are counted one by one.
const VALUES: usize = 1024;
/// Patterns that are.
const PATTERNS: usize = 256;
/// Longer texts are counted as of this length.
pub const LENGTH_MAX: u32 = 1024;
/// Letters of a pattern.
const PATTERN_MAX: usize = 32;
/// Bytes of the least and greatest text that are kept.
const BOUND: usize = 64;

/// Kinds of signs that a text may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Script {
    /// ASCII only.
    Ascii,
    /// With letters that Vietnamese writes.
    Vietnamese,
    /// With letters of other languages.
    Foreign,
    /// With marks that stand apart from their letters.
    Apart,
    /// With signs that cannot be seen, or of private use.
    Hidden,
    /// With what could not be read.
    Broken,
}

impl Script {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Ascii, Self::Vietnamese, Self::Foreign, Self::Apart, Self::Hidden, Self::Broken];

    /// Its name for machines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ascii => "ascii",
            Self::Vietnamese => "vietnamese",
            Self::Foreign => "foreign",
            Self::Apart => "apart",
            Self::Hidden => "hidden",
            Self::Broken => "broken",
        }
    }

    /// Of a text: the worst of its signs.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Ascii;
        }
        let of = |c: char| match c {
            '\0'..='\x7f' => 0,
            '\u{fffd}' => 5,
            '\u{e000}'..='\u{f8ff}' => 4,
            c if model::text::is_hidden(c) => 4,
            '\u{300}'..='\u{36f}' => 3,
            c if is_vietnamese(c) || !c.is_alphabetic() => 1,
            _ => 2,
        };
        let worst = text.chars().map(of).max().unwrap_or(0);
        Self::ALL.get(worst).copied().unwrap_or(Self::Ascii)
    }
}

fn is_vietnamese(c: char) -> bool {
    const MARKED: &str = "àáâãèéêìíòóôõùúýăđĩũơư";
    let low = c.to_lowercase().next().unwrap_or(c);
    matches!(low, '\u{1ea0}'..='\u{1ef9}') || MARKED.contains(low)
}

/// The profile of a column. Of a kind with the first batch that has values; a later batch of another kind is refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Whether its values may be shown to anybody: a code list, a field that is public.
    pub public: bool,
    /// What it holds, as its source has it.
    pub(crate) holds: Option<Holds>,
    /// Rows with a value.
    pub filled: u64,
    /// Rows without.
    pub nulls: u64,
    /// Rows whose text is empty or of spaces only; they are `filled`.
    pub blank: u64,
    /// Rows with a number that is none.
    pub nan: u64,
    /// About how many values differ.
    pub distinct: hll::Distinct,
    /// Rows by length of their text, in characters.
    pub lengths: BTreeMap<u32, u64>,
    /// Least and greatest number.
    pub numbers: Option<(f64, f64)>,
    /// Least and greatest day, as days since 1970-01-01.
    pub days: Option<(i32, i32)>,
    /// Least and greatest text, their beginnings.
    pub texts: Option<(Box<str>, Box<str>)>,
    /// Numbers by size, days by month.
    pub spread: Spread,
    /// Values by how often they stand there.
    pub values: Counts,
    /// Patterns of texts by how often: `A` and `a` for letters, `9` for digits.
    pub patterns: Counts,
    /// Rows by the signs of their text.
    pub scripts: [u64; 6],
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            public: false,
            holds: None,
            filled: 0,
            nulls: 0,
            blank: 0,
            nan: 0,
            distinct: hll::Distinct::default(),
            lengths: BTreeMap::new(),
            numbers: None,
            days: None,
            texts: None,
            spread: Spread::default(),
            values: Counts::new(VALUES),
            patterns: Counts::new(PATTERNS),
            scripts: [0; 6],
        }
    }
}

impl Profile {
    /// Takes in a batch's column. `patterns` are those of its values.
    pub(crate) fn take(&mut self, column: &Distinct<'_>, digest: impl Fn(&[u8]) -> u64) {
        self.nulls += column.nulls;
        let mut pattern = Vec::with_capacity(PATTERN_MAX);
        // Mostly a value has the pattern of the one before: they are counted together.
        let (mut same, mut of_same) = (Vec::with_capacity(PATTERN_MAX), None::<(u64, u32)>);
        // Most lengths of a batch are few: counted in a row of numbers, and put together at its end.
        let mut lengths = [0u64; 256];
        for ((at, value), (hash, count)) in
            (0u32..).zip(&column.values).zip(column.hashes.iter().zip(&column.counts))
        {
            let times = u64::from(*count);
            self.filled += times;
            self.distinct.add(*hash);
            match value {
                Value::Text(text) => {
                    self.text(text, times, &mut lengths);
                    pattern_of(text, &mut pattern);
                    match &mut of_same {
                        Some((count, _)) if pattern == same => *count += times,
                        _ => {
                            if let Some((count, first)) = of_same.replace((times, at)) {
                                self.patterns.add(digest(&same), count, first);
                            }
                            std::mem::swap(&mut pattern, &mut same);
                        }
                    }
                }
                Value::Day(day) => self.day(*day, times),
                Value::Moment(_) => self.day(value.day().unwrap_or(0), times),
                Value::Truth(_) => {}
                number => self.number(number.number().unwrap_or(f64::NAN), times),
            }
        }
        if let Some((count, first)) = of_same {
            self.patterns.add(digest(&same), count, first);
        }
        for (length, times) in (0u32..).zip(lengths).filter(|(_, times)| *times > 0) {
            *self.lengths.entry(length).or_default() += times;
        }
        self.values.add_all(&column.hashes, &column.counts);
        let text = |at: u32| column.values.get(at as usize).map(Value::text).unwrap_or_default();
        self.values.settle(text);
        self.patterns.settle(|at| {
            let mut pattern = Vec::new();
            pattern_of(&text(at), &mut pattern);
            String::from_utf8_lossy(&pattern).into_owned()
        });
    }

    fn text(&mut self, text: &str, times: u64, lengths: &mut [u64; 256]) {
        let ascii = text.is_ascii();
        let length = if ascii { text.len() } else { text.chars().count() };
        match lengths.get_mut(length) {
            Some(count) => *count += times,
            None => {
                let length = u32::try_from(length).unwrap_or(u32::MAX).min(LENGTH_MAX);
                *self.lengths.entry(length).or_default() += times;
            }
        }
        if is_blank(text) {
            self.blank += times;
        }
        let script = if ascii { Script::Ascii } else { Script::of(text) };
        if let Some(count) = self.scripts.get_mut(script as usize) {
            *count += times;
        }
        let bound = || -> Box<str> { beginning(text, BOUND).into() };
        match &mut self.texts {
            None => self.texts = Some((bound(), bound())),
            Some((least, greatest)) => {
                let text = beginning(text, BOUND);
                if text < &**least {
                    *least = text.into();
                } else if text > &**greatest {
                    *greatest = text.into();
                }
            }
        }
    }

    fn day(&mut self, day: i32, times: u64) {
        self.days = Some(self.days.map_or((day, day), |(low, high)| (low.min(day), high.max(day))));
        if let Some(month) = month(day) {
            self.spread.put(month, times);
        }
    }

    fn number(&mut self, number: f64, times: u64) {
        if number.is_nan() {
            self.nan += times;
            return;
        }
        self.numbers =
            Some(self.numbers.map_or((number, number), |(low, high)| (low.min(number), high.max(number))));
        self.spread.add(number, times);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.public &= other.public;
        self.holds = self.holds.max(other.holds);
        self.filled += other.filled;
        self.nulls += other.nulls;
        self.blank += other.blank;
        self.nan += other.nan;
        self.distinct.merge(&other.distinct);
        for (length, times) in &other.lengths {
            *self.lengths.entry(*length).or_default() += times;
        }
        self.numbers = both(self.numbers, other.numbers, |a, b| (a.0.min(b.0), a.1.max(b.1)));
        self.days = both(self.days, other.days, |a, b| (a.0.min(b.0), a.1.max(b.1)));
        let (ours, theirs) = (self.texts.take(), other.texts.clone());
        self.texts = both(ours, theirs, |a, b| (a.0.min(b.0), a.1.max(b.1)));
        self.spread.merge(&other.spread);
        self.values.merge(&other.values);
        self.patterns.merge(&other.patterns);
        for (ours, theirs) in self.scripts.iter_mut().zip(other.scripts) {
            *ours += theirs;
        }
    }

    /// What may leave the node. Least and greatest values are somebody's, as are rare ones.
    pub(crate) fn strip(&mut self, least: u64) {
        self.texts = None;
        self.patterns.keep_only(least);
        self.values.keep_only(if self.public { least } else { u64::MAX });
        self.lengths.retain(|_, times| *times >= least);
        if !self.public {
            self.numbers = None;
            self.days = None;
            self.spread = Spread::restore(self.spread.buckets().filter(|(_, times)| *times >= least));
        }
    }
}

fn both<T>(ours: Option<T>, theirs: Option<T>, make: impl Fn(T, T) -> T) -> Option<T> {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => Some(make(ours, theirs)),
        (one, other) => one.or(other),
    }
}

/// Whether a text is empty, or of spaces only.
pub(crate) fn is_blank(text: &str) -> bool {
    text.bytes().next().is_none_or(|first| !first.is_ascii_graphic() && text.trim().is_empty())
}

/// What ASCII stands for in a pattern.
#[expect(clippy::indexing_slicing, reason = "in a constant: the compiler has looked")]
const CLASSES: [u8; 128] = {
    let mut classes = [0; 128];
    let mut at = 0;
    while at < 128 {
        #[expect(clippy::cast_possible_truncation, reason = "below 128")]
        let sign = at as u8;
        classes[at] = match sign {
            b'0'..=b'9' => b'9',
            b'A'..=b'Z' => b'A',
            b'a'..=b'z' => b'a',
            sign => sign,
        };
        at += 1;
    }
    classes
};

/// The pattern of a text: a run of capitals `A`, of small letters `a`, each digit `9`, other signs as they are.
pub(crate) fn pattern_of(text: &str, pattern: &mut Vec<u8>) {
    pattern.clear();
    for c in text.chars() {
        let class = match CLASSES.get(c as usize) {
            Some(class) => *class,
            None if c.is_uppercase() => b'A',
            None if c.is_alphabetic() || ('\u{300}'..='\u{36f}').contains(&c) => b'a',
            None if c.is_whitespace() => b' ',
            None => b'?',
        };
        if class.is_ascii_alphabetic() && pattern.last() == Some(&class) {
            continue;
        }
        if pattern.len() == PATTERN_MAX {
            pattern.extend_from_slice(b"...");
            return;
        }
        pattern.push(class);
    }
}
