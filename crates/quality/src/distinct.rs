//! The columns of a batch as rules read them: each value that differs once, and which of them each row has.

use std::borrow::Cow;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType};
use arrow_schema::{DataType, TimeUnit};
use jiff::civil::Date;
use siphasher::sip::SipHasher13;

/// Rows that are judged at a time: their values fit into the caches.
pub(crate) const ROWS: usize = 8192;
/// The place of a row that has no value.
pub(crate) const NONE: u32 = u32::MAX;
const MICROS_OF_A_DAY: i64 = 86_400_000_000;
/// Minutes by which clocks in Viet Nam are before the world's time.
const VIET_NAM: i64 = 420;

/// A value of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    Integer(i64),
    /// A whole number and the places of its point.
    Decimal(i128, i8),
    Real(f64),
    /// Days since 1970-01-01.
    Day(i32),
    /// Microseconds since then.
    Moment(i64),
    Truth(bool),
}

/// What a column holds, as Arrow has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Holds {
    Text,
    Integer,
    Decimal,
    Real,
    Day,
    Moment,
    Truth,
    /// Arrow's type of columns in which nothing is.
    Nothing,
}

impl Holds {
    pub(crate) const ALL: [Self; 8] = [
        Self::Text,
        Self::Integer,
        Self::Decimal,
        Self::Real,
        Self::Day,
        Self::Moment,
        Self::Truth,
        Self::Nothing,
    ];

    /// What a type of Arrow's holds; none: nothing that rules can read.
    pub(crate) fn of(kind: &DataType) -> Option<Self> {
        Some(match kind {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text,
            // Columnar files keep each text once, and for each row which of them it has.
            DataType::Dictionary(_, of) if Self::of(of) == Some(Self::Text) => Self::Text,
            DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => Self::Integer,
            DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => Self::Integer,
            DataType::UInt64 | DataType::Decimal128(..) => Self::Decimal,
            DataType::Float32 | DataType::Float64 => Self::Real,
            DataType::Date32 | DataType::Date64 => Self::Day,
            DataType::Timestamp(..) => Self::Moment,
            DataType::Boolean => Self::Truth,
            DataType::Null => Self::Nothing,
            _ => return None,
        })
    }
}

/// A column's values within a batch.
#[derive(Debug, Default)]
pub(crate) struct Distinct<'a> {
    /// For each row the place of its value; [`NONE`] if it has none.
    pub(crate) of_row: Vec<u32>,
    pub(crate) values: Vec<Value<'a>>,
    /// Digest of each, by the run's key; while they are found, what tells them apart.
    pub(crate) hashes: Vec<u64>,
    /// How many rows have each.
    pub(crate) counts: Vec<u32>,
    /// Rows without a value.
    pub(crate) nulls: u64,
}

/// Digests by a key that only those who may compare hold.
#[derive(Clone)]
pub(crate) struct Hasher {
    digests: SipHasher13,
    /// Seeds of [`Self::apart`].
    seeds: [u64; 2],
}

impl Hasher {
    pub(crate) fn new(key: &[u8; 16]) -> Self {
        let digests = SipHasher13::new_with_key(key);
        Self { seeds: [digests.hash(b"one seed"), digests.hash(b"another seed")], digests }
    }

    pub(crate) fn of(&self, value: &Value<'_>) -> u64 {
        self.digests.hash(value.text().as_bytes())
    }

    pub(crate) fn bytes(&self, bytes: &[u8]) -> u64 {
        self.digests.hash(bytes)
    }

    /// For telling the values of a batch apart and for nothing else, at a fraction of what a digest costs: folded multiplication, as hash
    /// tables use it. Its seeds follow from the run's key, so nobody can make values that all fall into one place of the table; if they
    /// did, it would only be slow, since values themselves are compared.
    fn apart(&self, value: &Value<'_>) -> u64 {
        match value {
            Value::Text(text) => self.text_apart(text.as_bytes()),
            Value::Integer(number) => self.fold(number.cast_unsigned(), 1),
            #[expect(clippy::cast_possible_truncation, reason = "its two halves")]
            Value::Decimal(number, _) => {
                let bits = number.cast_unsigned();
                self.fold(bits as u64, (bits >> 64) as u64)
            }
            Value::Real(number) => self.fold(number.to_bits(), 2),
            Value::Day(day) => self.fold(i64::from(*day).cast_unsigned(), 3),
            Value::Moment(moment) => self.fold(moment.cast_unsigned(), 4),
            Value::Truth(truth) => self.fold(u64::from(*truth), 5),
        }
    }

    fn text_apart(&self, mut bytes: &[u8]) -> u64 {
        let mut sum = bytes.len() as u64;
        while let Some((first, rest)) = bytes.split_first_chunk::<8>().filter(|(_, rest)| rest.len() > 8) {
            sum = self.fold(u64::from_le_bytes(*first), sum);
            bytes = rest;
        }
        // Sixteen bytes at most are left: two words, which overlap where there are fewer.
        let (low, high) = if let (Some(low), Some(high)) = (bytes.first_chunk(), bytes.last_chunk()) {
            (u64::from_le_bytes(*low), u64::from_le_bytes(*high))
        } else if let (Some(low), Some(high)) = (bytes.first_chunk(), bytes.last_chunk()) {
            (u64::from(u32::from_le_bytes(*low)), u64::from(u32::from_le_bytes(*high)))
        } else {
            (bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), 0)
        };
        self.fold(low, high ^ sum.rotate_left(32))
    }

    fn fold(&self, one: u64, other: u64) -> u64 {
        let product = u128::from(one ^ self.seeds[0]) * u128::from(other ^ self.seeds[1]);
        #[expect(clippy::cast_possible_truncation, reason = "its two halves")]
        let folded = product as u64 ^ (product >> 64) as u64;
        folded
    }
}

/// Room that is used again for each column.
#[derive(Default)]
pub(crate) struct Scratch(Vec<u32>);

impl<'a> Distinct<'a> {
    /// The rows of an array. What [`Holds::of`] does not know has no values.
    pub(crate) fn of(array: &'a ArrayRef, hasher: &Hasher, scratch: &mut Scratch) -> Self {
        let mut found = Self { of_row: Vec::with_capacity(array.len()), ..Self::default() };
        let table = &mut scratch.0;
        table.clear();
        table.resize((array.len() * 2).next_power_of_two().max(16), NONE);
        match array.data_type() {
            DataType::Utf8 => found.texts(array.as_string::<i32>().iter(), hasher, table),
            DataType::LargeUtf8 => found.texts(array.as_string::<i64>().iter(), hasher, table),
            DataType::Utf8View => found.texts(array.as_string_view().iter(), hasher, table),
            DataType::Int8 => found.numbers::<Int8Type>(array, hasher, table, |n| Value::Integer(n.into())),
            DataType::Int16 => found.numbers::<Int16Type>(array, hasher, table, |n| Value::Integer(n.into())),
            DataType::Int32 => found.numbers::<Int32Type>(array, hasher, table, |n| Value::Integer(n.into())),
            DataType::Int64 => found.numbers::<Int64Type>(array, hasher, table, Value::Integer),
            DataType::UInt8 => found.numbers::<UInt8Type>(array, hasher, table, |n| Value::Integer(n.into())),
            DataType::UInt16 => {
                found.numbers::<UInt16Type>(array, hasher, table, |n| Value::Integer(n.into()))
            }
            DataType::UInt32 => {
                found.numbers::<UInt32Type>(array, hasher, table, |n| Value::Integer(n.into()))
            }
            DataType::UInt64 => {
                found.numbers::<UInt64Type>(array, hasher, table, |n| Value::Decimal(n.into(), 0))
            }
            DataType::Float32 => {
                found.numbers::<Float32Type>(array, hasher, table, |n| Value::Real(n.into()))
            }
            DataType::Float64 => found.numbers::<Float64Type>(array, hasher, table, Value::Real),
            DataType::Date32 => found.numbers::<Date32Type>(array, hasher, table, Value::Day),
            DataType::Date64 => found.numbers::<Date64Type>(array, hasher, table, |n| {
                Value::Day(i32::try_from(n.div_euclid(MICROS_OF_A_DAY / 1000)).unwrap_or(i32::MAX))
            }),
            DataType::Decimal128(_, scale) => {
                let scale = *scale;
                found.numbers::<Decimal128Type>(array, hasher, table, move |n| Value::Decimal(n, scale));
            }
            DataType::Timestamp(unit, _) => found.moments(array, *unit, hasher, table),
            DataType::Dictionary(..) => found.dictionary(array, hasher, table),
            DataType::Boolean => {
                for truth in array.as_boolean() {
                    found.put(truth.map(Value::Truth), hasher, table);
                }
            }
            _ => {
                found.of_row.resize(array.len(), NONE);
                found.nulls = array.len() as u64;
            }
        }
        // Digests that leave a batch are of texts, of each value once, so that a whole number is one key whether its source has it as a number
        // or as text.
        for (hash, value) in found.hashes.iter_mut().zip(&found.values) {
            *hash = hasher.of(value);
        }
        found
    }

    fn moments(&mut self, array: &'a ArrayRef, unit: TimeUnit, hasher: &Hasher, table: &mut [u32]) {
        match unit {
            TimeUnit::Second => self.numbers::<TimestampSecondType>(array, hasher, table, |n| {
                Value::Moment(n.saturating_mul(1_000_000))
            }),
            TimeUnit::Millisecond => self.numbers::<TimestampMillisecondType>(array, hasher, table, |n| {
                Value::Moment(n.saturating_mul(1000))
            }),
            TimeUnit::Microsecond => {
                self.numbers::<TimestampMicrosecondType>(array, hasher, table, Value::Moment);
            }
            TimeUnit::Nanosecond => self.numbers::<TimestampNanosecondType>(array, hasher, table, |n| {
                Value::Moment(n.div_euclid(1000))
            }),
        }
    }

    /// Texts that the source has told apart already: each is looked at when it is met first.
    fn dictionary(&mut self, array: &'a ArrayRef, hasher: &Hasher, table: &mut [u32]) {
        let Some(dictionary) = array.as_any_dictionary_opt().filter(|all| !all.values().is_empty()) else {
            self.of_row.resize(array.len(), NONE);
            self.nulls = array.len() as u64;
            return;
        };
        let (texts, nulls) = (dictionary.values(), array.nulls());
        let text = |key: usize| -> Option<&'a str> {
            if texts.is_null(key) {
                return None;
            }
            Some(match texts.data_type() {
                DataType::LargeUtf8 => texts.as_string::<i64>().value(key),
                DataType::Utf8View => texts.as_string_view().value(key),
                _ => texts.as_string::<i32>().value(key),
            })
        };
        // Of a dictionary that is far longer than the batch most is of other rows: it would cost more to go through than it spares.
        let kept = if texts.len() <= 4 * array.len() { texts.len() } else { 0 };
        let mut places = vec![NONE; kept];
        for (row, key) in dictionary.normalized_keys().into_iter().enumerate() {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                self.put(None, hasher, table);
                continue;
            }
            match places.get(key) {
                Some(place) if *place != NONE => {
                    self.of_row.push(*place);
                    if let Some(count) = self.counts.get_mut(*place as usize) {
                        *count += 1;
                    }
                }
                _ => {
                    self.put(text(key).map(Value::Text), hasher, table);
                    if let (Some(place), Some(found)) = (places.get_mut(key), self.of_row.last()) {
                        *place = *found;
                    }
                }
            }
        }
    }

    fn texts(&mut self, texts: impl Iterator<Item = Option<&'a str>>, hasher: &Hasher, table: &mut [u32]) {
        for text in texts {
            self.put(text.map(Value::Text), hasher, table);
        }
    }

    fn numbers<T: ArrowPrimitiveType>(
        &mut self,
        array: &'a ArrayRef,
        hasher: &Hasher,
        table: &mut [u32],
        value: impl Fn(T::Native) -> Value<'a>,
    ) {
        for number in array.as_primitive::<T>() {
            self.put(number.map(&value), hasher, table);
        }
    }

    fn put(&mut self, value: Option<Value<'a>>, hasher: &Hasher, table: &mut [u32]) {
        let Some(value) = value else {
            self.nulls += 1;
            self.of_row.push(NONE);
            return;
        };
        let hash = hasher.apart(&value);
        let mask = table.len() - 1;
        // The table has twice the places that a batch has rows, so there is always one that is empty.
        #[expect(clippy::cast_possible_truncation, reason = "a place in the table, by the mask")]
        let mut at = hash as usize & mask;
        while let Some(place) = table.get_mut(at) {
            if *place == NONE {
                // At most as many as rows in a batch.
                *place = u32::try_from(self.values.len()).unwrap_or(NONE - 1);
                self.of_row.push(*place);
                self.values.push(value);
                self.hashes.push(hash);
                self.counts.push(1);
                return;
            }
            let known = *place as usize;
            if self.hashes.get(known) == Some(&hash)
                && self.values.get(known).is_some_and(|known| known.is_same(&value))
            {
                self.of_row.push(*place);
                if let Some(count) = self.counts.get_mut(known) {
                    *count += 1;
                }
                return;
            }
            at = (at + 1) & mask;
        }
    }

    /// The value of a row.
    pub(crate) fn value(&self, row: usize) -> Option<&Value<'a>> {
        self.values.get(*self.of_row.get(row)? as usize)
    }
}

impl<'a> Value<'a> {
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Real(a), Self::Real(b)) => a.to_bits() == b.to_bits(),
            _ => self == other,
        }
    }

    /// As text, the only one of its value.
    pub(crate) fn text(&self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Integer(number) => number.to_string().into(),
            Self::Decimal(number, scale) => decimal_text(*number, *scale).into(),
            Self::Real(number) => format!("{number:?}").trim_end_matches(".0").to_owned().into(),
            Self::Day(day) => {
                date_of(*day).map_or_else(|| format!("day {day}"), |day| day.to_string()).into()
            }
            Self::Moment(moment) => match moment_of(*moment) {
                Some(moment) => moment.to_string().into(),
                None => format!("moment {moment}").into(),
            },
            Self::Truth(truth) => (if *truth { "true" } else { "false" }).into(),
        }
    }

    /// As a number, if it is one or is written as one.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Text(text) => number_of(text),
            #[expect(
                clippy::cast_precision_loss,
                reason = "bounds of ranges and quantiles are floating numbers"
            )]
            Self::Integer(number) => Some(*number as f64),
            #[expect(
                clippy::cast_precision_loss,
                reason = "bounds of ranges and quantiles are floating numbers"
            )]
            Self::Decimal(number, scale) => Some(*number as f64 / 10f64.powi(i32::from(*scale))),
            Self::Real(number) => Some(*number),
            Self::Day(_) | Self::Moment(_) | Self::Truth(_) => None,
        }
    }

    /// As a day since 1970-01-01, if it is one or is written as one; a moment is on its day in Viet Nam if it names no zone.
    pub(crate) fn day(&self) -> Option<i32> {
        match self {
            Self::Text(text) => day_of(text),
            Self::Day(day) => Some(*day),
            Self::Moment(moment) => i32::try_from(moment.div_euclid(MICROS_OF_A_DAY)).ok(),
            _ => None,
        }
    }

    /// As a moment, in microseconds since 1970-01-01 as clocks in Viet Nam show them; a day is its beginning.
    pub(crate) fn moment(&self) -> Option<i64> {
        match self {
            Self::Text(text) => moment_of_text(text),
            Self::Day(day) => Some(i64::from(*day) * MICROS_OF_A_DAY),
            Self::Moment(moment) => Some(*moment),
            _ => None,
        }
    }
}

fn decimal_text(number: i128, scale: i8) -> String {
    let Ok(places @ 1..) = usize::try_from(scale) else {
        return number.to_string() + &"0".repeat(usize::from(scale.unsigned_abs()));
    };
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = places + 1);
    let (whole, rest) = digits.split_at(digits.len() - places);
    format!("{}{whole}.{rest}", if number < 0 { "-" } else { "" })
}

/// A text of digits, with a sign, places and an exponent or not. `NaN` and `inf` are words and no numbers.
pub(crate) fn number_of(text: &str) -> Option<f64> {
    let text = text.trim();
    let digit = text.trim_start_matches(['+', '-']).bytes().next();
    if !digit.is_some_and(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Days since 1970-01-01 of a text that begins with `YYYY-MM-DD`, alone or before a clock.
pub(crate) fn day_of(text: &str) -> Option<i32> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| {
        bytes
            .get(from..to)?
            .iter()
            .try_fold(0i16, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i16::from(byte - b'0')))
    };
    if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return None;
    }
    if !matches!(bytes.get(10), None | Some(b'T' | b' '))
        || (bytes.len() > 10 && clock(text.get(11..)?).is_none())
    {
        return None;
    }
    let (month, day) = (i8::try_from(number(5, 7)?).ok()?, i8::try_from(number(8, 10)?).ok()?);
    Date::new(number(0, 4)?, month, day).ok().map(day_number)
}

/// Microseconds since 1970-01-01, as clocks in Viet Nam show them, of a text that [`day_of`] reads. What names no zone is meant there.
pub(crate) fn moment_of_text(text: &str) -> Option<i64> {
    let day = i64::from(day_of(text)?) * MICROS_OF_A_DAY;
    let Some(rest) = text.get(11..) else { return Some(day) };
    let (micros, zone) = clock(rest)?;
    Some(day + micros + zone.map_or(0, |minutes| (VIET_NAM - minutes) * 60_000_000))
}

/// `HH:MM`, `HH:MM:SS`, with a fraction and a zone or not: microseconds of the day, and the minutes by which its zone is before the world's.
fn clock(text: &str) -> Option<(i64, Option<i64>)> {
    let (hour, rest) = pair(text, 23)?;
    let (minute, rest) = pair(rest.strip_prefix(':')?, 59)?;
    let mut micros = (hour * 60 + minute) * 60_000_000;
    let mut rest = rest;
    if let Some(seconds) = rest.strip_prefix(':') {
        let (second, after) = pair(seconds, 59)?;
        micros += second * 1_000_000;
        rest = after;
        if let Some(fraction) = after.strip_prefix('.') {
            rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            let digits = fraction
                .get(..fraction.len() - rest.len())
                .filter(|digits| (1..=9).contains(&digits.len()))?;
            micros += format!("{:0<6.6}", digits).parse::<i64>().ok()?;
        }
    }
    let zone = match rest {
        "" => None,
        "Z" | "z" => Some(0),
        rest => {
            let (sign, zone) = rest
                .strip_prefix('+')
                .map(|zone| (1, zone))
                .or_else(|| Some((-1, rest.strip_prefix('-')?)))?;
            let (hours, rest) = pair(zone, 15)?;
            let (minutes, end) =
                if rest.is_empty() { (0, "") } else { pair(rest.strip_prefix(':').unwrap_or(rest), 59)? };
            end.is_empty().then_some(Some(sign * (hours * 60 + minutes)))?
        }
    };
    Some((micros, zone))
}

/// A number of two digits, not above a bound, and what follows it.
fn pair(text: &str, most: i64) -> Option<(i64, &str)> {
    let (two, rest) = text.split_at_checked(2)?;
    let number = two.bytes().all(|byte| byte.is_ascii_digit()).then(|| two.parse::<i64>().ok())??;
    (number <= most).then_some((number, rest))
}

/// Days since 1970-01-01.
pub(crate) fn day_number(day: Date) -> i32 {
    // Rata die by months that begin in March: no leap day is in the midst of a year.
    let (year, month) = (i32::from(day.year()), i32::from(day.month()));
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let (era, within) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + i32::from(day.day()) - 1;
    era * 146_097 + within * 365 + within / 4 - within / 100 + of_year - 719_468
}

/// The day of so many days since 1970-01-01.
pub(crate) fn date_of(days: i32) -> Option<Date> {
    let day = i64::from(days) + 719_468;
    let (era, within) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year_in = (within - within / 1460 + within / 36_524 - within / 146_096) / 365;
    let of_year = within - (365 * year_in + year_in / 4 - year_in / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = i16::try_from(year_in + era * 400 + carry).ok()?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(date).ok()?).ok()
}

pub(crate) fn moment_of(micros: i64) -> Option<jiff::civil::DateTime> {
    let day = date_of(i32::try_from(micros.div_euclid(MICROS_OF_A_DAY)).ok()?)?;
    let rest = jiff::SignedDuration::from_micros(micros.rem_euclid(MICROS_OF_A_DAY));
    day.to_datetime(jiff::civil::Time::midnight()).checked_add(rest).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn days_are_counted_as_the_calendar_does(days in -700_000i32..2_900_000) {
            let day = date_of(days).unwrap();
            prop_assert_eq!(day_number(day), days);
            let since = date(1970, 1, 1).until((jiff::Unit::Day, day)).unwrap();
            prop_assert_eq!(since.get_days(), days);
            prop_assert_eq!(day_of(&day.to_string()), (0..=9999).contains(&day.year()).then_some(days));
        }

        #[test]
        fn each_row_has_its_value_and_each_value_its_rows(rows in prop::collection::vec(prop::option::of("[ab]{0,2}|[ab]{7,9}|[ab]{15,34}"), 0..200)) {
            let array: ArrayRef = std::sync::Arc::new(arrow_array::StringArray::from(rows.clone()));
            let found = Distinct::of(&array, &Hasher::new(&[7; 16]), &mut Scratch::default());
            for (row, value) in rows.iter().enumerate() {
                prop_assert_eq!(found.value(row).copied(), value.as_deref().map(Value::Text));
            }
            prop_assert_eq!(found.nulls, rows.iter().filter(|row| row.is_none()).count() as u64);
            for (value, count) in found.values.iter().zip(&found.counts) {
                let all = rows.iter().flatten().filter(|row| Value::Text(row) == *value).count();
                prop_assert_eq!(all, *count as usize);
            }
        }
    }

    #[test]
    fn what_is_written_as_a_day_is_one() {
        for good in ["2020-02-29", "2020-02-29T10:00", "2020-02-29 10:00:00.5", "2020-02-29T23:59:59+07:00"] {
            assert_eq!(day_of(good), Some(day_number(date(2020, 2, 29))), "{good}");
        }
        for bad in [
            "",
            "2021-02-29",
            "29/02/2020",
            "2020-2-9",
            "2020-02-29x",
            "2020-02-29T25:00",
            "２020-02-29",
            "2020-02-29T",
            "2020-02-29T10:00:61",
            "2020-02-29T10:00::::",
            "2020-02-29T10:00:00.",
            "2020-02-29T10:00+7",
            "2020-02-29T10:00+07:0",
            "2020-02-29T10:00 ICT",
        ] {
            assert_eq!(day_of(bad), None, "{bad}");
        }
        assert_eq!(
            [decimal_text(-5, 2), decimal_text(1234, 2), decimal_text(12, 0), decimal_text(3, -2)],
            ["-0.05", "12.34", "12", "300"]
        );
        let at = |text: &str| moment_of_text(text).unwrap();
        assert_eq!(at("1970-01-02"), MICROS_OF_A_DAY);
        assert_eq!(at("1970-01-01 00:00:01.25"), 1_250_000);
        // Seven hours in Viet Nam are none by the world's time.
        assert_eq!(at("1970-01-01T07:00"), at("1970-01-01T00:00:00Z"));
        assert_eq!(at("1970-01-01T07:00:00+07:00"), at("1970-01-01T07:00"));
        assert_eq!(at("1970-01-01T00:00-0330"), at("1970-01-01T03:30:00z"));
        assert_eq!(number_of("NaN"), None);
        assert_eq!(number_of(" -1.5e3"), Some(-1500.0));
    }
}
