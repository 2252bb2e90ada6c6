//! An exchange as it is shown: one row, its columns in both languages, and what lists of it look like as CSV and JSON.

use jiff::Timestamp;
use ledger::facts::side_name;
use ledger::{Entry, Facts, Outcome, Side};
use model::fault::Words;
use model::id::{ServiceId, SystemId};
use model::time::clock_in_viet_nam;
use serde::Serialize;

use crate::compiled::CompiledDirectory;
use crate::texts;

/// In which language somebody reads.
pub use model::words::Language as Lang;

/// What an entry says of an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The entry's number.
    pub number: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Which end this is.
    pub side: &'static str,
    /// What came of it.
    pub outcome: &'static str,
    /// Our code of what was refused or failed.
    pub code: String,
    /// The answer's status.
    pub status: Option<u16>,
    /// The calling system.
    pub client: String,
    /// The service.
    pub service: String,
    /// What for.
    pub purpose: String,
    /// Codes of the legal bases of that purpose in today's grants; empty if no directory was asked.
    pub basis: String,
    /// The officer.
    pub officer: String,
    /// The case.
    pub case: String,
    /// The caller's id of the message.
    pub id: String,
    /// The nodes' id of the exchange.
    pub exchange: String,
    /// On whose behalf.
    pub party: String,
    /// Method.
    pub method: String,
    /// Path.
    pub path: String,
    /// Query.
    pub query: String,
    /// Bytes of an answer that broke off.
    pub sent: Option<u64>,
}

/// A column of lists.
struct Column {
    /// What it is called, in both languages.
    head: fn() -> Words,
    /// What stands in it.
    cell: fn(&Row, Lang) -> String,
    /// Whether a list on a page has it; the others are seen with one exchange.
    in_lists: bool,
}

const fn column(head: fn() -> Words, in_lists: bool, cell: fn(&Row, Lang) -> String) -> Column {
    Column { head, cell, in_lists }
}

const COLUMNS: [Column; 19] = [
    column(texts::col_number, true, |row, _| row.number.to_string()),
    column(texts::col_at, true, |row, _| clock_in_viet_nam(row.at)),
    column(texts::col_side, true, |row, lang| lang.of(&side_words(row.side)).to_owned()),
    column(texts::col_outcome, true, |row, lang| lang.of(&outcome_words(row.outcome)).to_owned()),
    column(texts::col_code, true, |row, _| row.code.clone()),
    column(texts::col_client, true, |row, _| row.client.clone()),
    column(texts::col_service, true, |row, _| row.service.clone()),
    column(texts::col_purpose, true, |row, _| row.purpose.clone()),
    column(texts::col_basis, true, |row, _| row.basis.clone()),
    column(texts::col_officer, true, |row, _| row.officer.clone()),
    column(texts::col_case, true, |row, _| row.case.clone()),
    column(texts::col_status, false, |row, _| {
        row.status.map(|status| status.to_string()).unwrap_or_default()
    }),
    column(texts::col_id, false, |row, _| row.id.clone()),
    column(texts::col_exchange, false, |row, _| row.exchange.clone()),
    column(texts::col_party, false, |row, _| row.party.clone()),
    column(texts::col_method, false, |row, _| row.method.clone()),
    column(texts::col_path, false, |row, _| row.path.clone()),
    column(texts::col_query, false, |row, _| row.query.clone()),
    column(texts::col_sent, false, |row, _| row.sent.map(|sent| sent.to_string()).unwrap_or_default()),
];

impl Row {
    /// What an entry says; `None` if it is of no exchange. `directory` says which bases its purpose has.
    #[must_use]
    pub fn of(number: u64, entry: &Entry, directory: Option<&CompiledDirectory>) -> Option<Self> {
        let facts = Facts::of(entry)?;
        Some(Self {
            number,
            at: facts.at,
            side: side_name(facts.side),
            outcome: facts.outcome.name(),
            code: facts.code.to_owned(),
            status: facts.status,
            basis: directory.map(|directory| bases(directory, &facts)).unwrap_or_default(),
            client: facts.client.into_owned(),
            service: facts.service.into_owned(),
            purpose: facts.purpose.to_owned(),
            officer: facts.officer.to_owned(),
            case: facts.case.to_owned(),
            id: facts.id.to_owned(),
            exchange: facts.exchange.to_owned(),
            party: facts.party.to_owned(),
            method: facts.method.to_owned(),
            path: facts.path.to_owned(),
            query: facts.query.to_owned(),
            sent: facts.sent,
        })
    }

    /// Its cells: those of lists, or all.
    #[must_use]
    pub fn cells(&self, lang: Lang, all: bool) -> Vec<String> {
        COLUMNS
            .iter()
            .filter(|column| all || column.in_lists)
            .map(|column| (column.cell)(self, lang))
            .collect()
    }

    /// Its line in a CSV file, with all columns.
    #[must_use]
    pub fn csv(&self, lang: Lang) -> String {
        csv_line(&self.cells(lang, true))
    }
}

/// What the columns are called: those of lists, or all.
#[must_use]
pub fn heads(all: bool) -> Vec<Words> {
    COLUMNS.iter().filter(|column| all || column.in_lists).map(|column| (column.head)()).collect()
}

/// How a CSV file begins: the mark by which spreadsheets know UTF-8, and the names of the columns.
#[must_use]
pub fn csv_begin(lang: Lang) -> String {
    let heads: Vec<String> = heads(true).iter().map(|head| lang.of(head).to_owned()).collect();
    format!("\u{feff}{}", csv_line(&heads))
}

fn csv_line(cells: &[String]) -> String {
    let mut line = cells.iter().map(|cell| csv_cell(cell)).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

/// A cell by RFC 4180. Spreadsheets take what begins like this for a formula; an apostrophe before it makes it text (OWASP, CSV injection).
/// Officers, cases and ids are what callers say.
fn csv_cell(cell: &str) -> String {
    let is_formula = cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{cell}") } else { cell.to_owned() };
    if text.contains([',', '"', '\r', '\n', ';']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// Codes of the bases that today's grants name for what was asked.
fn bases(directory: &CompiledDirectory, facts: &Facts<'_>) -> String {
    let (Ok(client), Ok(service)) = (facts.client.parse::<SystemId>(), facts.service.parse::<ServiceId>())
    else {
        return String::new();
    };
    let uses = directory.grants(&client, &service).flat_map(|grant| grant.uses.iter());
    let mut bases: Vec<&str> = uses
        .filter(|granted| granted.purpose == facts.purpose)
        .map(|granted| granted.basis.as_str())
        .collect();
    bases.sort_unstable();
    bases.dedup();
    bases.join("; ")
}

/// What a side is called.
#[must_use]
pub fn side_words(name: &str) -> Words {
    if name == side_name(Side::Consumer) { texts::side_consumer() } else { texts::side_provider() }
}

/// What an outcome is called.
#[must_use]
pub fn outcome_words(name: &str) -> Words {
    let outcome = Outcome::ALL.into_iter().find(|outcome| outcome.name() == name);
    match outcome.unwrap_or(Outcome::Failed) {
        Outcome::Answered => texts::outcome_answered(),
        Outcome::Empty => texts::outcome_empty(),
        Outcome::Rejected => texts::outcome_rejected(),
        Outcome::Refused => texts::outcome_refused(),
        Outcome::Failed => texts::outcome_failed(),
        Outcome::Broken => texts::outcome_broken(),
        Outcome::Begun => texts::outcome_begun(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_callers_say_is_never_a_formula_or_another_cell() {
        for (cell, written) in [
            ("HS-1", "HS-1"),
            ("=1+1", "'=1+1"),
            ("'=1+1", "''=1+1"),
            ("@a,b", "\"'@a,b\""),
            ("-x\"y", "\"'-x\"\"y\""),
            ("a;b", "\"a;b\""),
            ("\tx", "'\tx"),
        ] {
            assert_eq!(csv_cell(cell), written);
        }
        for lang in [Lang::Vi, Lang::En] {
            assert_eq!(csv_begin(lang).matches(',').count(), COLUMNS.len() - 1);
        }
        assert!(csv_begin(Lang::Vi).contains("Cán bộ") && csv_begin(Lang::En).contains("Officer"));
    }

    #[test]
    fn every_outcome_has_its_own_words() {
        let mut all = Outcome::ALL.map(|outcome| outcome_words(outcome.name()).both()).to_vec();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), Outcome::ALL.len());
    }
}
