//! Records on their way out, and how they are written as JSON: one way for single records, pages, streams and packages.

use serde_json::Value;

use crate::feed::Piece;
use crate::shown::{AsItIs, Shown, as_it_is, original, shown};
use crate::tally::Trouble;
use crate::value::Cell;
use crate::{Filter, Mapped, SourceError, Table};

/// What stands behind a field's name where what the source has is kept beside it.
const ORIGINAL: &str = "__goc";
/// What stands behind a field's name where it is said why the field is not there.
const MISSING: &str = "__loi";

/// What stands in the place of a record that is withheld, with the rule that it fails.
const WITHHELD: &str = "__giu_lai";

/// One record: what it shows by field, in the order asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record(Vec<(String, Shown)>);

impl Record {
    /// What a field shows.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Shown> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, shown)| shown)
    }

    /// What stands in the place of a record that is withheld by this rule.
    #[must_use]
    pub fn withheld(rule: &str) -> Self {
        Self(vec![(WITHHELD.to_owned(), Shown::Text(rule.to_owned()))])
    }

    /// The rule by which it is withheld, if it is.
    #[must_use]
    pub fn withheld_by(&self) -> Option<&str> {
        match self.0.as_slice() {
            [(name, Shown::Text(rule))] if name == WITHHELD => Some(rule),
            _ => None,
        }
    }

    /// Of its fields these, with what the source has of them.
    #[must_use]
    pub fn only(mut self, fields: &[&str]) -> Self {
        self.0.retain(|(name, _)| fields.contains(&name.strip_suffix(ORIGINAL).unwrap_or(name)));
        self
    }

    /// Whether it has no field at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes it as a JSON object.
    pub fn write(&self, out: &mut Vec<u8>) {
        let begin = out.len();
        for (name, shown) in &self.0 {
            member(out, &named(name), &named(&missing(name)), shown);
        }
        close(out, begin);
    }

    /// It as a JSON object.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }
}

/// The name of the member that says why a field is not there.
pub(crate) fn missing(field: &str) -> String {
    format!("{field}{MISSING}")
}

/// A name of a member behind a comma and before a colon.
fn named(name: &str) -> Vec<u8> {
    format!(",{}:", Value::from(name)).into_bytes()
}

fn member(out: &mut Vec<u8>, name: &[u8], missing: &[u8], shown: &Shown) {
    if let Shown::Missing(flaw) = shown {
        out.extend_from_slice(missing);
        out.push(b'"');
        out.extend_from_slice(flaw.word().as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(name);
        shown.write(out);
    }
}

/// Ends an object that began at `begin`. Its first comma makes place for what opens it.
fn close(out: &mut Vec<u8>, begin: usize) {
    match out.get_mut(begin) {
        Some(first) => *first = b'{',
        None => out.push(b'{'),
    }
    out.push(b'}');
}

/// Makes records of rows: cells in the order of `fields`, behind them those that only filters ask for.
pub(crate) struct Maker<'a> {
    table: &'a Table,
    fields: Vec<Member<'a>>,
    /// Filters with their fields and the places of their cells.
    held: Vec<(&'a Filter, &'a Mapped, usize)>,
    /// Fields that are selected behind those that are shown.
    pub(crate) hidden: Vec<&'a str>,
}

/// A field with its names as JSON.
struct Member<'a> {
    field: &'a str,
    name: Vec<u8>,
    original: Vec<u8>,
    missing: Vec<u8>,
    mapped: &'a Mapped,
}

impl<'a> Maker<'a> {
    pub(crate) fn new(
        table: &'a Table,
        fields: &[&'a str],
        filters: &'a [Filter],
    ) -> Result<Self, SourceError> {
        let members = fields.iter().map(|field| {
            Ok(Member {
                field,
                name: named(field),
                original: named(&format!("{field}{ORIGINAL}")),
                missing: named(&missing(field)),
                mapped: table.field(field)?,
            })
        });
        let members: Vec<Member<'a>> = members.collect::<Result<_, SourceError>>()?;
        let (mut held, mut hidden) = (Vec::new(), Vec::new());
        for filter in filters {
            let name = filter.field.as_str();
            let known = fields.iter().chain(&hidden).position(|field| *field == name);
            let at = known.unwrap_or_else(|| {
                hidden.push(name);
                fields.len() + hidden.len() - 1
            });
            held.push((filter, table.field(name)?, at));
        }
        Ok(Self { table, fields: members, held, hidden })
    }

    /// Whether the filters let a row pass. The source was asked for no others: one that does not is counted for its owner.
    fn holds(&self, cell: impl Fn(usize) -> Cell) -> bool {
        for (filter, mapped, at) in &self.held {
            if !filter.allows(&shown(mapped, cell(*at))) {
                self.table.tally.note(&filter.field, Trouble::Withheld);
                return false;
            }
        }
        true
    }

    /// A record of a row; nothing if the filters leave it out.
    pub(crate) fn record(&self, cells: &[Cell]) -> Option<Record> {
        let cell = |at: usize| cells.get(at).cloned().unwrap_or(Cell::Null);
        if !self.holds(cell) {
            return None;
        }
        let mut record = Vec::with_capacity(self.fields.len());
        for (at, member) in self.fields.iter().enumerate() {
            let cell = cell(at);
            if member.mapped.original {
                record.push((format!("{}{ORIGINAL}", member.field), original(member.mapped, &cell)));
            }
            let shown = shown(member.mapped, cell);
            self.told(member, &shown);
            record.push((member.field.to_owned(), shown));
        }
        Some(Record(record))
    }

    /// Rows of a stream as lines of JSON.
    pub(crate) fn lines(&self, piece: Piece) -> Vec<u8> {
        match piece {
            Piece::Cells(rows) => {
                let mut out = Vec::with_capacity(rows.len() * 256);
                for row in rows {
                    if let Some(record) = self.record(&row) {
                        record.write(&mut out);
                        out.push(b'\n');
                    }
                }
                out
            }
            Piece::Copied(lines) => {
                let mut out = Vec::with_capacity(lines.len() * 2);
                // Each ends with a line feed; a line with nothing in it is a record with one empty text.
                let lines = lines.strip_suffix(b"\n").unwrap_or(&lines);
                for line in lines.split(|byte| *byte == b'\n') {
                    self.copied_line(&mut out, line);
                }
                out
            }
        }
    }

    fn copied_line(&self, out: &mut Vec<u8>, line: &[u8]) {
        if !self.held.is_empty() {
            let cells: Vec<&[u8]> = line.split(|byte| *byte == b'\t').collect();
            if !self.holds(|at| cells.get(at).map_or(Cell::Null, |raw| copied(raw))) {
                return;
            }
        }
        let begin = out.len();
        for (member, raw) in self.fields.iter().zip(line.split(|byte| *byte == b'\t')) {
            self.copied(out, member, raw);
        }
        close(out, begin);
        out.push(b'\n');
    }

    /// A cell between two tabs. Most are in their normal form already, and are written as they are.
    fn copied(&self, out: &mut Vec<u8>, member: &Member<'a>, raw: &[u8]) {
        let as_is = std::str::from_utf8(raw)
            .ok()
            .filter(|text| !member.mapped.original && !text.contains('\\'))
            .and_then(|text| Some((text, as_it_is(member.mapped, text)?)));
        if let Some((text, how)) = as_is {
            out.extend_from_slice(&member.name);
            match how {
                AsItIs::Text => crate::shown::write_text(out, text),
                AsItIs::Number => out.extend_from_slice(text.as_bytes()),
            }
            return;
        }
        let cell = copied(raw);
        if member.mapped.original {
            out.extend_from_slice(&member.original);
            original(member.mapped, &cell).write(out);
        }
        let shown = shown(member.mapped, cell);
        self.told(member, &shown);
        self::member(out, &member.name, &member.missing, &shown);
    }

    fn told(&self, member: &Member<'_>, shown: &Shown) {
        if let Shown::Missing(flaw) = shown {
            self.table.tally.note(member.field, Trouble::Field(*flaw));
        }
    }
}

/// A cell of a line of `COPY` in text form: `\N` for nothing, other marks behind backslashes.
fn copied(raw: &[u8]) -> Cell {
    if raw == b"\\N" {
        return Cell::Null;
    }
    if !raw.contains(&b'\\') {
        return Cell::of_bytes(raw.to_vec());
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut marks = raw.iter();
    while let Some(byte) = marks.next() {
        bytes.push(match byte {
            b'\\' => match marks.next() {
                Some(b'n') => b'\n',
                Some(b't') => b'\t',
                Some(b'r') => b'\r',
                Some(b'b') => 8,
                Some(b'f') => 12,
                Some(b'v') => 11,
                Some(other) => *other,
                None => b'\\',
            },
            other => *other,
        });
    }
    Cell::of_bytes(bytes)
}
