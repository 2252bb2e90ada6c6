//! A cell of a sheet, whatever the workbook's form.

use calamine::{Data, DataRef, ExcelDateTime};

use crate::snapshot::reader::moment;
use crate::value::{Cell, Flaw};

/// Days from 1899-12-31, the day 0 of spreadsheets, and from 1904-01-01 to 1970-01-01.
const SINCE_1900: i64 = 25_568;
const SINCE_1904: i64 = 24_107;
const MILLIS: f64 = 86_400_000.0;
/// Beyond it neighbours are further apart than a whole number: 2^53.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Empty,
    Text(String),
    Number(f64),
    /// A number that its format shows with leading zeros.
    Padded(String),
    Yes(bool),
    /// Days since the beginning of the calendar, which is that of 1904 or not.
    Moment(f64, bool),
    /// In days.
    Duration(f64),
    /// As ISO 8601 has it.
    Iso(String),
    IsoDuration(String),
    Error(String),
    /// A formula whose result the file does not have.
    Uncomputed,
}

impl Value {
    /// `zeros` is how many digits the format shows at least; `is_1904` the calendar.
    pub(super) fn of(data: &DataRef<'_>, zeros: Option<usize>, is_1904: bool) -> Self {
        match data {
            DataRef::Empty => Self::Empty,
            DataRef::String(text) => Self::Text(text.clone()),
            DataRef::SharedString(text) => Self::Text((*text).to_owned()),
            DataRef::Float(number) => Self::number(*number, zeros),
            // Only small ones come so.
            #[expect(clippy::cast_precision_loss, reason = "whole numbers of sheets are of 30 bits")]
            DataRef::Int(number) => Self::number(*number as f64, zeros),
            DataRef::Bool(yes) => Self::Yes(*yes),
            DataRef::DateTime(moment) => Self::moment(moment, is_1904),
            DataRef::DateTimeIso(text) => Self::Iso(text.clone()),
            DataRef::DurationIso(text) => Self::IsoDuration(text.clone()),
            DataRef::Error(error) => Self::Error(error.to_string()),
        }
    }

    pub(super) fn of_data(data: &Data, is_1904: bool) -> Self {
        match data {
            Data::Empty => Self::Empty,
            Data::String(text) => Self::Text(text.clone()),
            Data::Float(number) => Self::Number(*number),
            #[expect(clippy::cast_precision_loss, reason = "whole numbers of sheets are of 30 bits")]
            Data::Int(number) => Self::Number(*number as f64),
            Data::Bool(yes) => Self::Yes(*yes),
            Data::DateTime(moment) => Self::moment(moment, is_1904),
            Data::DateTimeIso(text) => Self::Iso(text.clone()),
            Data::DurationIso(text) => Self::IsoDuration(text.clone()),
            Data::Error(error) => Self::Error(error.to_string()),
        }
    }

    fn moment(moment: &ExcelDateTime, is_1904: bool) -> Self {
        if moment.is_duration() {
            Self::Duration(moment.as_f64())
        } else {
            Self::Moment(moment.as_f64(), is_1904)
        }
    }

    fn number(number: f64, zeros: Option<usize>) -> Self {
        match (zeros, whole(number)) {
            (Some(zeros), Some(whole)) if whole >= 0 => {
                let text = format!("{whole:0>zeros$}");
                if text.starts_with('0') && whole > 0 { Self::Padded(text) } else { Self::Number(number) }
            }
            _ => Self::Number(number),
        }
    }

    pub(super) fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// As text, for a head.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text)
            | Self::Padded(text)
            | Self::Iso(text)
            | Self::IsoDuration(text)
            | Self::Error(text) => text.clone(),
            other => other.cell(false).text().unwrap_or_default(),
        }
    }

    /// In its written form; `with_clock` if the column holds moments and not days.
    pub(super) fn cell(&self, with_clock: bool) -> Cell {
        match self {
            Self::Empty | Self::Error(_) => Cell::Null,
            Self::Uncomputed => Cell::broken(Flaw::Unreadable),
            Self::Text(text) if text.is_empty() => Cell::Null,
            Self::Text(text) | Self::Padded(text) if text.contains('\0') => Cell::broken(Flaw::Unreadable),
            Self::Text(text) | Self::Padded(text) | Self::IsoDuration(text) => Cell::Text(text.clone()),
            Self::Number(number) if !number.is_finite() => Cell::broken(Flaw::OutOfRange),
            Self::Number(number) => whole(*number).map_or(Cell::Real(*number), Cell::Integer),
            Self::Yes(yes) => Cell::Text(yes.to_string()),
            Self::Iso(text) if !is_iso(text) => Cell::broken(Flaw::OutOfRange),
            Self::Iso(text) if with_clock && !text.contains('T') => Cell::Text(format!("{text}T00:00:00")),
            Self::Iso(text) => Cell::Text(trimmed(text)),
            Self::Duration(days) => millis(*days).map_or(Cell::broken(Flaw::OutOfRange), |millis| {
                Cell::Text(moment::duration(0, 0, millis * 1_000_000))
            }),
            Self::Moment(days, is_1904) => moment_cell(*days, *is_1904, with_clock),
        }
    }

    /// A day, a moment or a time: which a format does not say, and the number does.
    pub(super) fn time(&self) -> Option<Time> {
        match self {
            Self::Iso(text) => Some(if text.contains('T') { Time::Clock } else { Time::Day }),
            Self::Moment(days, is_1904) => {
                let first = if *is_1904 { 0.0 } else { 1.0 };
                let is_day = millis(*days).is_some_and(|millis| millis % 86_400_000 == 0);
                Some(match () {
                    () if *days < 1.0 && !(is_day && *days >= first) => Time::OfDay,
                    () if is_day => Time::Day,
                    () => Time::Clock,
                })
            }
            _ => None,
        }
    }
}

/// What a moment of a sheet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    Day,
    Clock,
    OfDay,
}

fn moment_cell(days: f64, is_1904: bool, with_clock: bool) -> Cell {
    let Some(millis) = millis(days).filter(|millis| *millis >= 0) else {
        return Cell::broken(Flaw::OutOfRange);
    };
    let (day, rest) = (millis / 86_400_000, millis % 86_400_000);
    if Value::Moment(days, is_1904).time() == Some(Time::OfDay) {
        return moment::time(rest * 1_000_000);
    }
    let since = match i64::try_from(day) {
        Ok(day) if is_1904 => day - SINCE_1904,
        // The 29th of February 1900, which was none: spreadsheets have it since Lotus 1-2-3.
        Ok(60) | Err(_) => return Cell::broken(Flaw::OutOfRange),
        Ok(day) => day - SINCE_1900 - i64::from(day > 60),
    };
    if with_clock || rest != 0 {
        moment::moment((i128::from(since) * 86_400_000 + rest) * 1_000_000, "")
    } else {
        moment::day(since)
    }
}

/// To the millisecond, which is as fine as sheets are.
fn millis(days: f64) -> Option<i128> {
    let millis = (days * MILLIS).round();
    // Ten thousand years have 3.2e14.
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
    (millis.abs() < 1e15).then_some(millis as i128)
}

/// A number without places, as far as they are told apart.
pub(super) fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and below 2^53")]
    (number.fract() == 0.0 && number.abs() < WHOLE).then_some(number as i64)
}

/// A day that there is, and perhaps a time behind it.
fn is_iso(text: &str) -> bool {
    let (day, rest) = text.split_at_checked(10).unwrap_or((text, ""));
    day.parse::<jiff::civil::Date>().is_ok() && (rest.is_empty() || rest.starts_with('T'))
}

/// Without the zeros at the end of a fraction.
fn trimmed(text: &str) -> String {
    if text.contains('T') && text.contains('.') && text.ends_with(|c: char| c.is_ascii_digit()) {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

/// `AB12`, of a row and a column from 0.
pub(super) fn address(row: u32, column: u32) -> String {
    let mut rest = u64::from(column) + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        // Below 26, so a letter.
        letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or_default()));
        rest = (rest - 1) / 26;
    }
    format!("{}{}", letters.iter().rev().collect::<String>(), u64::from(row) + 1)
}
