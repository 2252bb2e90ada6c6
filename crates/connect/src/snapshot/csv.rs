//! CSV as people make it: any of four separators, told by the records themselves; quoted cells over lines, line ends of every system, blank
//! lines and columns, titles above the head. Read record by record: a file of any length costs the memory of one record.

mod records;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use model::column::Class;
use model::fault::Words;

use self::records::{Record, Records};
use super::encoding::{self, Encoding};
use super::reader::head::{self, Seen};
use super::reader::{COLUMNS_MAX, Delivery, Options, ReadColumn, ReadError, What, too_many};
use crate::value::{Cell, Flaw};

/// What may stand between cells. Of two that fit alike the first is taken: a tab or a semicolon is hardly ever within every text, a comma
/// is, and Vietnamese spreadsheets write semicolons.
const DELIMITERS: [u8; 4] = [b'\t', b';', b'|', b','];
/// Bytes from which the separator is told.
const SAMPLE: u64 = 64 * 1024;
/// Records of it.
const SAMPLED: usize = 200;
/// Last row that may be said to be the head.
const HEAD_MAX: u32 = 1000;

/// Reads a file.
pub(super) fn read(
    path: &Path,
    options: &Options,
    delivery: &mut Delivery<'_>,
) -> Result<Vec<Words>, ReadError> {
    let (encoding, mut remarks) = encoding::detect(path, options)?;
    let form = Form::of(path, options, encoding)?;
    let rows = form.first(options.head)?;
    let seen: Vec<Seen> = rows.iter().map(|record| form.seen(record)).collect();
    let head = head::find(&seen, options.head)?;
    remarks.extend(head.remarks);
    let (Some(first), Some(names)) = (rows.get(head.at), seen.get(head.at)) else {
        return Err(ReadError::Empty);
    };
    // The line of the last row that is no record.
    let above =
        if head.units { rows.get(head.at + 1).map_or(first.line, |units| units.line) } else { first.line };
    let used = form.used(&names.cells, above)?;
    let wanted: Vec<usize> = (0..names.cells.len()).filter(|place| used.get(*place) == Some(&true)).collect();
    let cells: Vec<String> = wanted.iter().filter_map(|place| names.cells.get(*place).cloned()).collect();
    let (names_of, told) = head::named(&cells);
    remarks.extend(told);
    let declared = || "text".to_owned();
    let columns: Vec<ReadColumn> = names_of
        .into_iter()
        .map(|name| ReadColumn { name, class: Class::Text, declared: declared() })
        .collect();
    delivery.begin(&columns)?;
    let mut records = form.open()?;
    let mut record = Record::default();
    while records.next(&mut record)? {
        if record.line <= above || record.is_blank() {
            continue;
        }
        form.check(&record, names.cells.len(), &wanted)?;
        delivery.row(wanted.iter().map(|place| form.cell(record.get(*place))).collect())?;
    }
    Ok(remarks)
}

/// How the file is written.
struct Form<'a> {
    path: &'a Path,
    encoding: Encoding,
    delimiter: Option<u8>,
    /// Its first line says what stands between cells, and is no record.
    says: bool,
}

impl<'a> Form<'a> {
    fn of(path: &'a Path, options: &Options, encoding: Encoding) -> Result<Self, ReadError> {
        let mut sample = Vec::new();
        encoding::decoded(File::open(path)?, encoding).take(SAMPLE).read_to_end(&mut sample)?;
        let said = said(&sample);
        let delimiter = match options.delimiter {
            Some(asked) => {
                let one =
                    u8::try_from(asked).ok().filter(|byte| byte.is_ascii() && !b"\"\r\n\0".contains(byte));
                let known = "one character of ASCII";
                Some(one.ok_or(ReadError::Option { option: "delimiter", value: asked.to_string(), known })?)
            }
            None => said.or_else(|| told(&sample)),
        };
        Ok(Self { path, encoding, delimiter, says: said.is_some() })
    }

    fn open(&self) -> Result<Records<Box<dyn std::io::Read>>, ReadError> {
        let bytes = encoding::decoded(File::open(self.path)?, self.encoding);
        let mut records = Records::new(bytes, self.delimiter);
        if self.says {
            records.next(&mut Record::default())?;
        }
        Ok(records)
    }

    /// The first rows with a value.
    fn first(&self, asked: Option<u32>) -> Result<Vec<Record>, ReadError> {
        let asked = asked.unwrap_or(0);
        if asked > HEAD_MAX {
            let known = "a row from 1 to 1000";
            return Err(ReadError::Option { option: "head", value: asked.to_string(), known });
        }
        let mut rows = Vec::new();
        let mut records = self.open()?;
        let mut record = Record::default();
        while rows.len() < head::LOOK + asked as usize && records.next(&mut record)? {
            if !record.is_blank() {
                rows.push(record.clone());
            }
        }
        Ok(rows)
    }

    fn seen(&self, record: &Record) -> Seen {
        let text = |bytes: &[u8]| self.text(&String::from_utf8_lossy(bytes)).trim().to_owned();
        Seen::new(record.line, record.cells().map(text).collect())
    }

    fn text(&self, text: &str) -> String {
        if self.encoding.is_in_parts() { model::text::nfc(text) } else { text.to_owned() }
    }

    /// An empty cell is nothing: CSV cannot tell the two apart.
    fn cell(&self, bytes: Option<&[u8]>) -> Cell {
        match bytes.map(std::str::from_utf8) {
            None | Some(Ok("")) => Cell::Null,
            Some(Err(_)) => Cell::broken(Flaw::NotUtf8),
            // No database takes it, and what it stood for is lost.
            Some(Ok(text)) if text.contains('\0') => Cell::broken(Flaw::Unreadable),
            Some(Ok(text)) => Cell::Text(self.text(text)),
        }
    }

    /// Which columns have a name, or a value anywhere: spreadsheets leave blank ones behind.
    fn used(&self, names: &[String], above: u64) -> Result<Vec<bool>, ReadError> {
        let mut used: Vec<bool> = names.iter().map(|name| !name.is_empty()).collect();
        too_many(
            What::Columns,
            used.iter().filter(|used| **used).count() as u64,
            COLUMNS_MAX as u64,
            || format!("line {above}"),
        )?;
        if used.iter().all(|used| *used) {
            return Ok(used);
        }
        let mut records = self.open()?;
        let mut record = Record::default();
        while records.next(&mut record)? {
            if record.line > above {
                for (place, used) in used.iter_mut().enumerate().filter(|(_, used)| !**used) {
                    *used = record.get(place).is_some_and(|cell| !is_blank(cell));
                }
            }
        }
        Ok(used)
    }

    /// That a row has the head's cells. Blank ones at its end may be more, and those of columns that are left out fewer.
    fn check(&self, record: &Record, columns: usize, wanted: &[usize]) -> Result<(), ReadError> {
        let found = record.len();
        let more = record.cells().skip(columns).any(|cell| !is_blank(cell));
        let fewer = wanted.last().is_some_and(|last| *last >= found);
        if more || fewer { Err(ReadError::Ragged { line: record.line, found, columns }) } else { Ok(()) }
    }
}

/// Nothing but white space.
fn is_blank(cell: &[u8]) -> bool {
    std::str::from_utf8(cell).is_ok_and(|text| text.trim().is_empty())
}

/// What a first line `sep=;` says, which Excel writes and understands.
fn said(sample: &[u8]) -> Option<u8> {
    let line = sample.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    let (word, rest) = line.split_at_checked(4)?;
    match rest {
        [delimiter] if word.eq_ignore_ascii_case(b"sep=") && delimiter.is_ascii() => Some(*delimiter),
        _ => None,
    }
}

/// The separator by which most records have as many cells as others; none if there is only one column.
fn told(sample: &[u8]) -> Option<u8> {
    let scored = DELIMITERS.iter().filter_map(|delimiter| {
        let (width, records, all) = usual(sample, *delimiter);
        // Titles above and a total below have other widths: a third is enough if nothing is better.
        (width > 1 && records * 3 >= all).then_some((records * 1000 / all.max(1), width, *delimiter))
    });
    // Of equals `max_by_key` would take the last.
    scored
        .reduce(|best, next| if (next.0, next.1) > (best.0, best.1) { next } else { best })
        .map(|best| best.2)
}

/// The usual width of records, how many have it, and how many there are. Blank ones count only if there are no others.
fn usual(sample: &[u8], delimiter: u8) -> (usize, usize, usize) {
    let mut widths = [BTreeMap::new(), BTreeMap::new()];
    let mut records = Records::new(sample, Some(delimiter));
    let mut record = Record::default();
    let cut = sample.len() as u64 == SAMPLE;
    for _ in 0..SAMPLED {
        let wide = match records.next(&mut record) {
            Ok(true) => false,
            // Too many cells are cells all the same.
            Err(ReadError::TooLarge { what: What::Columns, .. }) => true,
            Ok(false) | Err(_) => break,
        };
        // The last of a sample that was cut is cut as well.
        if !wide && cut && records.is_at_end() {
            break;
        }
        let [filled, blank] = &mut widths;
        let of = if record.is_blank() { blank } else { filled };
        *of.entry(record.len()).or_default() += 1;
        if wide {
            break;
        }
    }
    let [filled, blank] = widths;
    let widths: BTreeMap<usize, usize> = if filled.is_empty() { blank } else { filled };
    let all = widths.values().sum();
    let (width, count) = widths.into_iter().max_by_key(|(width, count)| (*count, *width)).unwrap_or((0, 0));
    (width, count, all)
}

#[cfg(test)]
mod tests;
