//! A state as bytes: a mark, a version, then everything in one order. Two states are the same if their bytes are.
//!
//! What is read may come from anybody: every length is checked against what is there before anything of that length is made.

use std::collections::BTreeMap;

use jiff::civil::Date;
use model::term::Version;

use crate::distinct::{Holds, date_of, day_number};
use crate::rule::{Compare, Criterion, Defect, Demand, Severity};
use crate::state::State;
use crate::state::counts::Counts;
use crate::state::dimension::Dimension;
use crate::state::failing::{Failing, Record};
use crate::state::hll::Distinct;
use crate::state::measured::{Measured, Tally};
use crate::state::profile::Profile;
use crate::state::spread::Spread;
use crate::state::uniques::Uniques;

/// What a state begins with.
const MARK: &[u8; 4] = b"LTQS";
/// The form that is written. A form that cannot be read any more is refused by its number, never read as another.
pub const VERSION: u64 = 1;

/// Why bytes are no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BytesError {
    /// They do not begin as one.
    #[error("these bytes are no state of quality")]
    NotOne,
    /// They are of a form that this release does not read.
    #[error(
        "the state is of form {0}; this release reads form {VERSION}: measure anew, or use a newer release"
    )]
    Form(u64),
    /// They end too early, or say of themselves what cannot be.
    #[error("the state is damaged at byte {0}")]
    Damaged(usize),
}

impl State {
    /// As bytes. Nothing of it waits to be sorted in: what a pass came to is finished, and what is merged of finished states is.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let state = self;
        let mut to = Writer(MARK.to_vec());
        to.number(VERSION);
        to.text(&state.dataset);
        to.fixed(state.key_mark);
        to.signed(i64::from(day_number(state.as_of)));
        to.number(state.rows);
        to.flag(state.sampled);
        to.number(state.rules.len() as u64);
        for (id, measured) in &state.rules {
            to.text(id);
            to.measured(measured);
        }
        to.number(state.fields.len() as u64);
        for (name, profile) in &state.fields {
            to.text(name);
            to.profile(profile);
        }
        to.causes(&state.causes);
        to.0
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`BytesError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BytesError> {
        if !bytes.starts_with(MARK) {
            return Err(BytesError::NotOne);
        }
        let mut from = Reader { bytes, at: MARK.len() };
        let form = from.number().ok_or(BytesError::Damaged(from.at))?;
        if form != VERSION {
            return Err(BytesError::Form(form));
        }
        let read = from.state().filter(|_| from.at == bytes.len());
        read.ok_or(BytesError::Damaged(from.at))
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, mut number: u64) {
        // Of 64 bits there are ten times seven at most.
        let mut bytes = [0u8; 10];
        let mut length = 0;
        for byte in &mut bytes {
            length += 1;
            #[expect(clippy::cast_possible_truncation, reason = "seven bits")]
            let low = number as u8 & 0x7f;
            number >>= 7;
            if number == 0 {
                *byte = low;
                break;
            }
            *byte = low | 0x80;
        }
        self.0.extend_from_slice(bytes.get(..length).unwrap_or_default());
    }

    fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)).cast_unsigned());
    }

    fn fixed(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    fn float(&mut self, number: f64) {
        self.fixed(number.to_bits());
    }

    fn flag(&mut self, flag: bool) {
        self.0.push(u8::from(flag));
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend(text.as_bytes());
    }

    fn perhaps<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn counts(&mut self, counts: &Counts) {
        self.number(counts.places() as u64);
        self.number(counts.error());
        self.number(counts.total());
        let mut entries: Vec<(u64, u64, &str)> = counts.entries().collect();
        entries.sort_unstable();
        self.number(entries.len() as u64);
        for (digest, count, text) in entries {
            self.fixed(digest);
            self.number(count);
            self.text(text);
        }
    }

    fn causes(&mut self, causes: &BTreeMap<Dimension, Counts>) {
        self.number(causes.len() as u64);
        for (dimension, counts) in causes {
            self.0.push(*dimension as u8);
            self.counts(counts);
        }
    }

    fn measured(&mut self, measured: &Measured) {
        self.number(measured.version.major.into());
        self.number(measured.version.minor.into());
        self.number(measured.version.patch.into());
        self.perhaps(measured.field.as_deref(), Self::text);
        self.0.extend([measured.criterion as u8, measured.defect as u8, measured.severity as u8]);
        self.flag(measured.key);
        self.flag(measured.of_rows);
        self.perhaps(measured.demand, |to, demand| {
            let (kind, one, other) = match demand.is {
                Compare::Is(a) => (0, a, 0.0),
                Compare::IsNot(a) => (1, a, 0.0),
                Compare::Above(a) => (2, a, 0.0),
                Compare::AtLeast(a) => (3, a, 0.0),
                Compare::Below(a) => (4, a, 0.0),
                Compare::AtMost(a) => (5, a, 0.0),
                Compare::Between(a, b) => (6, a, b),
                Compare::NotBetween(a, b) => (7, a, b),
            };
            to.0.push(kind);
            to.float(one);
            to.float(other);
            to.flag(demand.percent);
        });
        let Tally { pass, fail, null, not_applicable } = measured.counted;
        [pass, fail, null, not_applicable].into_iter().for_each(|count| self.number(count));
        self.failing(&measured.failing);
        self.perhaps(measured.uniques.as_ref(), Self::uniques);
        self.causes(&measured.causes);
    }

    fn failing(&mut self, failing: &Failing) {
        self.number(failing.places() as u64);
        self.number(failing.rows());
        self.number(failing.records().count() as u64);
        for (digest, record) in failing.records() {
            self.fixed(digest);
            self.text(&record.key);
            self.perhaps(record.value.as_deref(), Self::text);
            self.perhaps(record.beside.as_deref(), Self::text);
            self.flag(record.cut);
            self.number(record.rows);
        }
    }

    fn uniques(&mut self, uniques: &Uniques) {
        let (places, halved, seen, again, rows) = uniques.parts();
        self.number(places as u64);
        self.number(halved.into());
        self.number(rows);
        self.number(seen.len() as u64);
        // Sorted: what lies between is shorter than what they are, but of few.
        self.0.reserve(6 * seen.len());
        let mut before = 0;
        for digest in seen {
            self.number(digest - before);
            before = *digest;
        }
        self.number(again.len() as u64);
        for (digest, times) in again {
            self.fixed(*digest);
            self.number(*times);
        }
    }

    fn profile(&mut self, profile: &Profile) {
        self.flag(profile.public);
        self.perhaps(profile.holds, |to, holds| to.0.push(holds as u8));
        [profile.filled, profile.nulls, profile.blank, profile.nan]
            .into_iter()
            .for_each(|count| self.number(count));
        let runs = profile.distinct.runs();
        self.number(runs.len() as u64);
        for (times, value) in runs {
            self.number(times);
            self.0.push(value);
        }
        self.number(profile.lengths.len() as u64);
        for (length, times) in &profile.lengths {
            self.number((*length).into());
            self.number(*times);
        }
        self.perhaps(profile.numbers, |to, (low, high)| {
            to.float(low);
            to.float(high);
        });
        self.perhaps(profile.days, |to, (low, high)| {
            to.signed(low.into());
            to.signed(high.into());
        });
        self.perhaps(profile.texts.as_ref(), |to, (low, high)| {
            to.text(low);
            to.text(high);
        });
        self.number(profile.spread.buckets().count() as u64);
        for (bucket, times) in profile.spread.buckets() {
            self.signed(bucket);
            self.number(times);
        }
        self.counts(&profile.values);
        self.counts(&profile.patterns);
        profile.scripts.into_iter().for_each(|count| self.number(count));
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// A count. More than there can be rows in the world would only make sums overflow.
    fn number(&mut self) -> Option<u64> {
        self.wide().filter(|number| *number < 1 << 48)
    }

    fn wide(&mut self) -> Option<u64> {
        let mut number = 0u64;
        let rest = self.bytes.get(self.at..)?;
        for (shift, byte) in (0..64).step_by(7).zip(rest.iter().copied()) {
            self.at += 1;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            number |= bits << shift;
            if byte < 0x80 {
                // One way to write each number: no zeros at the end.
                return (byte != 0 || shift == 0).then_some(number);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.wide()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn fixed(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn float(&mut self) -> Option<f64> {
        self.fixed().map(f64::from_bits)
    }

    fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    fn perhaps<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.flag()? { read(self).map(Some) } else { Some(None) }
    }

    /// So many things, each of which takes a byte at least.
    fn many<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = usize::try_from(self.number()?).ok()?;
        if count > self.bytes.len() - self.at {
            return None;
        }
        (0..count).map(|_| read(self)).collect()
    }

    /// Entries of a table, whose keys rise.
    fn table<K: Ord, T>(&mut self, read: impl FnMut(&mut Self) -> Option<(K, T)>) -> Option<BTreeMap<K, T>> {
        let all = self.many(read)?;
        let rises = all.windows(2).all(|pair| matches!(pair, [one, other] if one.0 < other.0));
        rises.then(|| all.into_iter().collect())
    }

    fn places(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn state(&mut self) -> Option<State> {
        Some(State {
            dataset: self.text()?.to_owned(),
            key_mark: self.fixed()?,
            as_of: self.day()?,
            rows: self.number()?,
            sampled: self.flag()?,
            rules: self.table(|from| Some((from.text()?.to_owned(), from.measured()?)))?,
            fields: self.table(|from| Some((from.text()?.to_owned(), from.profile()?)))?,
            causes: self.causes()?,
        })
    }

    fn day(&mut self) -> Option<Date> {
        date_of(i32::try_from(self.signed()?).ok()?)
    }

    fn counts(&mut self) -> Option<Counts> {
        let (places, error, total) = (self.places()?, self.number()?, self.number()?);
        let entries = self.many(|from| Some((from.fixed()?, from.number()?, from.text()?.to_owned())))?;
        let rises = entries.windows(2).all(|pair| matches!(pair, [one, other] if one.0 < other.0));
        (rises && entries.len() <= places).then(|| Counts::restore(places, error, total, entries.into_iter()))
    }

    fn causes(&mut self) -> Option<BTreeMap<Dimension, Counts>> {
        self.table(|from| Some((*Dimension::ALL.get(usize::from(from.byte()?))?, from.counts()?)))
    }

    fn measured(&mut self) -> Option<Measured> {
        let part = |from: &mut Self| u32::try_from(from.number()?).ok();
        let version = Version { major: part(self)?, minor: part(self)?, patch: part(self)? };
        Some(Measured {
            version,
            field: self.perhaps(|from| from.text().map(str::to_owned))?,
            criterion: *Criterion::ALL.get(usize::from(self.byte()?))?,
            defect: *Defect::ALL.get(usize::from(self.byte()?))?,
            severity: *Severity::ALL.get(usize::from(self.byte()?))?,
            key: self.flag()?,
            of_rows: self.flag()?,
            demand: self.perhaps(Self::demand)?,
            counted: Tally {
                pass: self.number()?,
                fail: self.number()?,
                null: self.number()?,
                not_applicable: self.number()?,
            },
            failing: self.failing()?,
            uniques: self.perhaps(Self::uniques)?,
            causes: self.causes()?,
        })
    }

    fn demand(&mut self) -> Option<Demand> {
        let (kind, one, other) = (self.byte()?, self.float()?, self.float()?);
        let is = match kind {
            0 => Compare::Is(one),
            1 => Compare::IsNot(one),
            2 => Compare::Above(one),
            3 => Compare::AtLeast(one),
            4 => Compare::Below(one),
            5 => Compare::AtMost(one),
            6 => Compare::Between(one, other),
            7 => Compare::NotBetween(one, other),
            _ => return None,
        };
        Some(Demand { is, percent: self.flag()? })
    }

    fn failing(&mut self) -> Option<Failing> {
        let (places, count) = (self.places()?, self.number()?);
        let kept = self.table(|from| {
            let digest = from.fixed()?;
            let record = Record {
                key: from.text()?.into(),
                value: from.perhaps(|from| from.text().map(Into::into))?,
                beside: from.perhaps(|from| from.text().map(Into::into))?,
                cut: from.flag()?,
                rows: from.number()?,
            };
            Some((digest, record))
        })?;
        let rows = kept.values().try_fold(0u64, |sum, record| sum.checked_add(record.rows))?;
        (kept.len() <= places && rows <= count).then(|| Failing::restore(places, count, kept))
    }

    fn uniques(&mut self) -> Option<Uniques> {
        let (places, halved, rows) = (self.places()?, u32::try_from(self.number()?).ok()?, self.number()?);
        let mut before: Option<u64> = None;
        let seen = self.many(|from| {
            let step = from.wide()?;
            let digest = before.unwrap_or(0).checked_add(step).filter(|_| before.is_none() || step > 0)?;
            before = Some(digest);
            Some(digest)
        })?;
        let again = self.table(|from| Some((from.fixed()?, from.number()?)))?;
        let fits = |digest: &u64| digest.leading_zeros() >= halved;
        let good = halved <= 64
            && seen.last().is_none_or(fits)
            && again.keys().all(|digest| seen.binary_search(digest).is_ok());
        good.then(|| Uniques::restore(places, halved, seen, again, rows))
    }

    fn profile(&mut self) -> Option<Profile> {
        Some(Profile {
            public: self.flag()?,
            holds: self.perhaps(|from| Holds::ALL.get(usize::from(from.byte()?)).copied())?,
            filled: self.number()?,
            nulls: self.number()?,
            blank: self.number()?,
            nan: self.number()?,
            distinct: {
                let runs = self.many(|from| Some((from.number()?, from.byte()?)))?;
                Distinct::of_runs(&runs)?
            },
            lengths: self.table(|from| Some((u32::try_from(from.number()?).ok()?, from.number()?)))?,
            numbers: self.perhaps(|from| Some((from.float()?, from.float()?)))?,
            days: self.perhaps(|from| {
                Some((i32::try_from(from.signed()?).ok()?, i32::try_from(from.signed()?).ok()?))
            })?,
            texts: self.perhaps(|from| Some((from.text()?.into(), from.text()?.into())))?,
            spread: {
                let buckets = self.table(|from| Some((from.signed()?, from.number()?)))?;
                Spread::restore(buckets.into_iter())
            },
            values: self.counts()?,
            patterns: self.counts()?,
            scripts: {
                let mut scripts = [0; 6];
                for count in &mut scripts {
                    *count = self.number()?;
                }
                scripts
            },
        })
    }
}
