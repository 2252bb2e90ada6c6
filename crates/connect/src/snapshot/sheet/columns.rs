//! What the columns of a sheet hold, seen over all rows, and what in them a person should look at.

use model::column::Class;
use model::fault::Words;

use super::value::{Time, Value, address, whole};
use crate::texts;
use crate::value::Cell;

/// Whole numbers from here on have more than the 15 digits that a spreadsheet keeps.
const DIGITS: f64 = 1e15;
/// Identifiers have so many digits or more: nine of the old card, twelve of the new.
const LONG: usize = 9;

/// How many, and where the first is.
#[derive(Debug, Default, Clone)]
struct Count {
    many: u64,
    first: String,
}

impl Count {
    fn add(&mut self, row: u64, place: usize) {
        if self.many == 0 {
            // Rows and columns of a sheet are far below 2^32.
            let row = u32::try_from(row.saturating_sub(1)).unwrap_or(u32::MAX);
            self.first = address(row, u32::try_from(place).unwrap_or(u32::MAX));
        }
        self.many += 1;
    }
}

#[derive(Debug, Default, Clone)]
struct Column {
    filled: u64,
    texts: u64,
    numbers: Count,
    places: u64,
    yes: u64,
    days: u64,
    clocks: u64,
    times: u64,
    durations: u64,
    padded: Count,
    /// Texts of digits alone that begin with a zero.
    zeros: u64,
    /// Fewest and most digits of whole numbers.
    digits: Option<(usize, usize)>,
}

/// The columns of a sheet.
#[derive(Debug, Default)]
pub(super) struct Columns {
    seen: Vec<Column>,
    long: Count,
    errors: Count,
}

impl Columns {
    pub(super) fn see(&mut self, place: usize, row: u64, value: &Value) {
        if self.seen.len() <= place {
            self.seen.resize(place + 1, Column::default());
        }
        let Some(column) = self.seen.get_mut(place) else { return };
        column.filled += 1;
        match value {
            Value::Empty | Value::Uncomputed => {}
            Value::Error(_) => self.errors.add(row, place),
            Value::Text(text) => {
                column.texts += 1;
                let is_number =
                    text.starts_with('0') && text.len() > 1 && text.bytes().all(|byte| byte.is_ascii_digit());
                column.zeros += u64::from(is_number);
            }
            Value::Padded(_) => column.padded.add(row, place),
            Value::Yes(_) => column.yes += 1,
            Value::Duration(_) | Value::IsoDuration(_) => column.durations += 1,
            Value::Number(number) => {
                column.numbers.add(row, place);
                match whole(*number) {
                    Some(whole) => {
                        let digits = whole.unsigned_abs().to_string().len();
                        let (fewest, most) = column.digits.unwrap_or((digits, digits));
                        column.digits = Some((fewest.min(digits), most.max(digits)));
                    }
                    None => column.places += 1,
                }
                if number.fract() == 0.0 && number.abs() >= DIGITS {
                    self.long.add(row, place);
                }
            }
            Value::Moment(..) | Value::Iso(_) => match value.time() {
                Some(Time::Clock) => column.clocks += 1,
                Some(Time::OfDay) => column.times += 1,
                _ => column.days += 1,
            },
        }
    }

    /// The columns that have a name, or a value below.
    pub(super) fn wanted(&self, names: &[String]) -> Vec<usize> {
        let is_named = |place: usize| names.get(place).is_some_and(|name| !name.is_empty());
        let is_filled = |place: usize| self.seen.get(place).is_some_and(|column| column.filled > 0);
        (0..names.len().max(self.seen.len())).filter(|place| is_named(*place) || is_filled(*place)).collect()
    }

    /// What a column holds, if all its cells agree.
    pub(super) fn class(&self, place: usize) -> (Class, &'static str) {
        let Some(of) = self.seen.get(place) else { return (Class::Text, "text") };
        let kinds =
            [of.texts + of.padded.many, of.numbers.many, of.yes, of.days + of.clocks, of.times, of.durations];
        match kinds.map(|kind| kind > 0) {
            [_, false, false, false, false, false] => (Class::Text, "text"),
            [false, true, false, false, false, false] if of.places == 0 => (Class::Integer, "number"),
            [false, true, false, false, false, false] => (Class::Real, "number"),
            [false, false, true, false, false, false] => (Class::Boolean, "true or false"),
            [false, false, false, true, false, false] if of.clocks == 0 => (Class::Date, "date"),
            [false, false, false, true, false, false] => (Class::Local, "date and time"),
            [false, false, false, false, true, false] => (Class::Text, "time"),
            [false, false, false, false, false, true] => (Class::Text, "duration"),
            _ => (Class::Text, "mixed"),
        }
    }

    pub(super) fn cell(&self, place: usize, value: &Value) -> Cell {
        value.cell(self.seen.get(place).is_some_and(|column| column.clocks > 0))
    }

    pub(super) fn remarks(&self, wanted: &[usize], names: &[String]) -> Vec<Words> {
        let mut remarks = Vec::new();
        if self.errors.many > 0 {
            let Count { many, first } = &self.errors;
            remarks.push(texts::cells_with_errors(many, first));
        }
        if self.long.many > 0 {
            let Count { many, first } = &self.long;
            remarks.push(texts::digits_lost(many, first));
        }
        for (place, name) in wanted.iter().zip(names) {
            remarks.extend(self.seen.get(*place).and_then(|column| column.zeros(name)));
        }
        remarks
    }
}

impl Column {
    /// Identifiers that a spreadsheet has made numbers of.
    fn zeros(&self, name: &str) -> Option<Words> {
        let Count { many, first } = &self.numbers;
        let beside = self.zeros > 0 && *many > 0;
        let uneven =
            self.digits.is_some_and(|(fewest, most)| fewest >= LONG && fewest < most) && self.places == 0;
        if beside || uneven {
            return Some(texts::zeros_lost(name, many, first));
        }
        let Count { many, first } = &self.padded;
        (*many > 0).then(|| texts::zeros_restored(name, many, first))
    }
}
