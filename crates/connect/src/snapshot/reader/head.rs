//! Finds the head of a table that people made: below titles, above a row of units, with names that may be empty or stand twice. What is
//! found is told as remarks; whoever knows better says the row.

use model::fault::Words;

use super::ReadError;

use crate::texts;

/// Rows that are looked at.
pub(in crate::snapshot) const LOOK: usize = 40;
/// Most rows of titles above a head.
const TITLES: usize = 12;
/// Longest unit under a head, in characters: `(nghìn đồng/người/tháng)` has 24.
const UNIT: usize = 40;

/// A row that has a value somewhere.
#[derive(Debug, Clone)]
pub(in crate::snapshot) struct Seen {
    /// Its number in the file, from 1.
    pub(in crate::snapshot) number: u64,
    pub(in crate::snapshot) cells: Vec<String>,
}

impl Seen {
    pub(in crate::snapshot) fn new(number: u64, cells: Vec<String>) -> Self {
        Self { number, cells: cells.into_iter().map(|cell| one_line(&cell)).collect() }
    }

    fn filled(&self) -> usize {
        self.cells.iter().filter(|cell| !cell.is_empty()).count()
    }

    fn values(&self) -> impl Iterator<Item = &str> {
        self.cells.iter().map(String::as_str).filter(|cell| !cell.is_empty())
    }
}

/// Where the head is.
#[derive(Debug)]
pub(in crate::snapshot) struct Head {
    /// Its place among the rows that were seen.
    pub(in crate::snapshot) at: usize,
    /// The row below holds units or numbers of columns, and no record.
    pub(in crate::snapshot) units: bool,
    pub(in crate::snapshot) remarks: Vec<Words>,
}

/// The head among the first rows; `asked` is the row that a person said.
pub(in crate::snapshot) fn find(rows: &[Seen], asked: Option<u32>) -> Result<Head, ReadError> {
    let mut remarks = Vec::new();
    let at = match asked {
        Some(row) => {
            rows.iter().position(|seen| seen.number == u64::from(row)).ok_or(ReadError::NoHead { row })?
        }
        None => titles(rows),
    };
    let head = rows.get(at).ok_or(ReadError::Empty)?;
    if at > 0 {
        let titles: Vec<&str> = rows.iter().take(at).flat_map(Seen::values).take(3).collect();
        let (number, titles) = (head.number, shortened(&titles.join(" · ")));
        remarks.push(texts::head_at(number, &titles));
    }
    let below = rows.get(at + 2..).unwrap_or_default();
    let units = rows.get(at + 1).is_some_and(|row| {
        // Where other rows are in brackets as well, they are records.
        let bracketed = in_brackets(row) && !below.iter().any(in_brackets);
        bracketed || (asked.is_none() && numbers_columns(head, row, below))
    });
    if units && let Some(below) = rows.get(at + 1) {
        let (number, units) =
            (below.number, shortened(&below.values().take(4).collect::<Vec<_>>().join(" · ")));
        remarks.push(texts::row_below_head(number, &units));
    }
    Ok(Head { at, units, remarks })
}

/// How many rows stand above the head: those with one cell, or few, while the rows below have many.
fn titles(rows: &[Seen]) -> usize {
    let mut at = 0;
    while at < TITLES.min(rows.len().saturating_sub(2)) {
        let (Some(row), Some(next)) = (rows.get(at), rows.get(at + 1)) else { break };
        let mut below: Vec<usize> = rows.iter().skip(at + 1).map(Seen::filled).collect();
        below.sort_unstable();
        let typical = below.get(below.len() / 2).copied().unwrap_or(0);
        let few = row.filled() == 1 || (row.filled() <= 2 && typical >= 6);
        // Two columns are hardly more than one: there the next row has to look like a head, words above values that are none.
        let is_title = few
            && (typical >= 3
                || (typical == 2 && is_head_of_two(next, rows.get(at + 2..).unwrap_or_default())));
        if !is_title {
            break;
        }
        at += 1;
    }
    // A row of titles with nothing like a head below it is no title.
    if at == TITLES { 0 } else { at }
}

fn is_head_of_two(head: &Seen, below: &[Seen]) -> bool {
    head.filled() == 2
        && head.values().all(|value| !value.chars().any(|c| c.is_ascii_digit()))
        && below.iter().any(|row| row.values().any(|value| value.chars().any(|c| c.is_ascii_digit())))
}

/// `(đồng)`, `(1)`, `[2]`: nothing but texts in brackets.
fn in_brackets(row: &Seen) -> bool {
    row.filled() > 0
        && row.values().all(|value| {
            let bracketed = (value.starts_with('(') && value.ends_with(')'))
                || (value.starts_with('[') && value.ends_with(']'));
            bracketed && value.chars().count() <= UNIT
        })
}

/// `1`, `2`, `3` … under the names, while the rows below have words there.
fn numbers_columns(head: &Seen, row: &Seen, below: &[Seen]) -> bool {
    let counted = row.filled() >= 4
        && row.filled() >= head.filled()
        && row.values().enumerate().all(|(place, value)| value == (place + 1).to_string());
    let is_word = |value: &str| value.chars().any(char::is_alphabetic);
    let words = below.iter().flat_map(Seen::values).filter(|value| is_word(value)).count();
    let values = below.iter().map(Seen::filled).sum::<usize>();
    counted && values > 0 && words * 3 >= values
}

/// A name on one line, in NFC.
pub(in crate::snapshot) fn one_line(text: &str) -> String {
    let shown = text.split(|c: char| c.is_whitespace() || c == '\u{feff}' || c.is_control());
    model::text::nfc(&shown.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
}

/// Names of columns from a head's cells: none empty, none twice. `SQLite` holds names with other ASCII cases for the same.
pub(in crate::snapshot) fn named(cells: &[String]) -> (Vec<String>, Vec<Words>) {
    let (mut names, mut remarks): (Vec<String>, Vec<Words>) = (Vec::new(), Vec::new());
    let mut known = std::collections::HashSet::new();
    for (place, cell) in cells.iter().enumerate() {
        let first = if cell.is_empty() { format!("cot_{}", place + 1) } else { cell.clone() };
        let mut name = first.clone();
        // By how often it stood before, not by its place: another column that goes does not give its name to this one.
        let mut number = 2;
        while !known.insert(name.to_ascii_lowercase()) {
            name = format!("{first}_{number}");
            number += 1;
        }
        if cell.is_empty() {
            remarks.push(texts::column_unnamed(place + 1, &name));
        } else if name != first {
            remarks.push(texts::column_name_twice(&first, place + 1, &name));
        }
        names.push(name);
    }
    // One column without a name is worth a line, a hundred are not.
    remarks.truncate(10);
    (names, remarks)
}

/// Enough to know it by.
pub(in crate::snapshot) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(120).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
