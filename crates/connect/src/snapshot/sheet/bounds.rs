//! How much a workbook unpacks to, measured before anything opens it: a few kilobytes may say that they are gigabytes, and may be.

use std::fs::File;
use std::io::{BufReader, Read};

use zip::ZipArchive;

use crate::snapshot::reader::{CELL_MAX, ReadError, What, too_many};

/// Most bytes of all parts: a sheet of a million rows and fifty columns has some.
const UNPACKED_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Most bytes of the parts that are held in memory at once: texts, styles, and all of an ODS.
const HELD_MAX: u64 = 512 * 1024 * 1024;
/// Most parts; a workbook has some for each sheet, picture and comment.
const PARTS_MAX: usize = 10_000;
/// Most cells of an ODS with all that it says are repeated: they are held at once, at some 60 bytes.
const CELLS_MAX: u64 = 5_000_000;
/// Bytes of a tag that are looked at.
const TAG: usize = 4096;

/// What was seen on the way.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) is_ods: bool,
    /// A sheet has formulas.
    pub(super) formulas: bool,
    /// A sheet has merged cells.
    pub(super) merged: bool,
}

/// Measures a workbook.
pub(super) fn measure(file: &File) -> Result<Measured, ReadError> {
    measure_within(file, UNPACKED_MAX, HELD_MAX)
}

fn measure_within(file: &File, unpacked_max: u64, held_max: u64) -> Result<Measured, ReadError> {
    let not_this = |error: zip::result::ZipError| ReadError::NotThis {
        form: "XLSX, XLS or ODS",
        why: error.to_string(),
    };
    let mut archive = ZipArchive::new(BufReader::new(file.try_clone()?)).map_err(not_this)?;
    too_many(What::Cells, archive.len() as u64, PARTS_MAX as u64, || "parts of the archive".into())?;
    let names: Result<Vec<String>, _> =
        archive.file_names().map(|name| name.map(|name| name.into_owned())).collect();
    let names = names.map_err(not_this)?;
    let mut measured =
        Measured { is_ods: names.iter().any(|name| name == "content.xml"), ..Measured::default() };
    if !measured.is_ods
        && !names.iter().any(|name| name.starts_with("xl/") && name.to_lowercase().ends_with(".xml"))
    {
        let form = if names.iter().any(|name| name.ends_with("workbook.bin")) { "XLSB" } else { "ZIP" };
        return Err(ReadError::NotThis { form: "XLSX, XLS or ODS", why: form.into() });
    }
    let (mut all, mut held) = (0, 0);
    for number in 0..archive.len() {
        let part = archive.by_index(number).map_err(not_this)?;
        let name = part.name().map_err(not_this)?.into_owned();
        let is_sheet = name.contains("/worksheets/") && !measured.is_ods;
        let is_held = !is_sheet && !name.contains("/media/") && !name.starts_with("Pictures/");
        // What it says of itself is refused before it is unpacked, and what it does not say while it is.
        too_many(What::Bytes, part.size().saturating_add(all), unpacked_max, || name.clone())?;
        let limit = if is_held { (held_max - held).min(unpacked_max - all) } else { unpacked_max - all };
        let mut scan = Scan::of(&name, measured.is_ods);
        let size = scan.read(part.take(limit + 1))?;
        too_many(What::Bytes, size, limit, || name.clone())?;
        all += size;
        held += if is_held { size } else { 0 };
        measured.formulas |= is_sheet && scan.formulas;
        measured.merged |= is_sheet && scan.merged;
    }
    Ok(measured)
}

/// Looks at a part's tags.
struct Scan<'a> {
    name: &'a str,
    is_xml: bool,
    repeats: Option<Repeats>,
    formulas: bool,
    merged: bool,
    /// The tag that is being read, its first bytes; whether it is one, and the quotation mark that it is within.
    tag: Vec<u8>,
    within: bool,
    quote: u8,
    /// Bytes of the text or tag.
    length: u64,
}

impl<'a> Scan<'a> {
    fn of(name: &'a str, is_ods: bool) -> Self {
        let is_xml = name.to_lowercase().ends_with(".xml");
        let repeats = (is_ods && name == "content.xml").then(Repeats::default);
        let (tag, formulas, merged, within) = (Vec::new(), false, false, false);
        Self { name, is_xml, repeats, formulas, merged, tag, within, quote: 0, length: 0 }
    }

    fn read(&mut self, mut part: impl Read) -> Result<u64, ReadError> {
        let mut piece = vec![0; 64 * 1024];
        let mut size = 0;
        loop {
            let length = part.read(&mut piece).map_err(|error| self.broken(error.to_string()))?;
            let bytes = piece.get(..length).unwrap_or_default();
            if bytes.is_empty() {
                return Ok(size);
            }
            size += length as u64;
            if self.is_xml {
                bytes.iter().try_for_each(|byte| self.take(*byte))?;
            }
        }
    }

    fn broken(&self, why: String) -> ReadError {
        ReadError::Broken { place: self.name.to_owned(), why }
    }

    fn take(&mut self, byte: u8) -> Result<(), ReadError> {
        self.length += 1;
        if !self.within {
            if byte == b'<' {
                (self.within, self.length) = (true, 0);
                self.tag.clear();
            }
        } else if self.quote != 0 {
            if byte == self.quote {
                self.quote = 0;
            }
            self.keep(byte);
        } else if byte == b'>' {
            (self.within, self.length) = (false, 0);
            return self.end_tag();
        } else {
            // A quotation mark in a comment is none.
            if matches!(byte, b'"' | b'\'') && !self.tag.starts_with(b"!") {
                self.quote = byte;
            }
            self.keep(byte);
        }
        if self.length > CELL_MAX as u64 {
            let (name, amount) = (self.name.to_owned(), self.length);
            return Err(ReadError::TooLarge {
                what: What::Bytes,
                amount,
                place: name,
                limit: CELL_MAX as u64,
            });
        }
        Ok(())
    }

    fn keep(&mut self, byte: u8) {
        if self.tag.len() < TAG {
            self.tag.push(byte);
        }
    }

    fn end_tag(&mut self) -> Result<(), ReadError> {
        match &mut self.repeats {
            Some(repeats) => repeats.see(&self.tag, self.name),
            None => {
                let name = self
                    .tag
                    .split(|byte| matches!(byte, b' ' | b'/' | b'\n' | b'\t'))
                    .next()
                    .unwrap_or_default();
                let name = name.rsplit(|byte| *byte == b':').next().unwrap_or_default();
                self.formulas |= name == b"f";
                self.merged |= name == b"mergeCell";
                Ok(())
            }
        }
    }
}

/// An ODS says once what stands in many cells; how many they come to.
#[derive(Debug, Default)]
struct Repeats {
    rows: u64,
    /// Cells of the row so far, up to the last that has something.
    column: u64,
    width: u64,
    repeat: u64,
    widest: u64,
    last: u64,
    cells: u64,
    before: u64,
}

impl Repeats {
    fn see(&mut self, tag: &[u8], name: &str) -> Result<(), ReadError> {
        let is = |word: &[u8]| {
            tag.strip_prefix(word).is_some_and(|rest| {
                rest.first().is_none_or(|byte| matches!(byte, b' ' | b'/' | b'\n' | b'\t'))
            })
        };
        if is(b"table:table") {
            self.before += self.cells.max(self.last.saturating_mul(self.widest));
            (self.rows, self.widest, self.last, self.cells) = (0, 0, 0, 0);
        } else if is(b"table:table-row") {
            self.repeat = number(tag, b"table:number-rows-repeated=");
            (self.column, self.width) = (0, 0);
            if tag.ends_with(b"/") {
                self.rows = self.rows.saturating_add(self.repeat);
            }
        } else if is(b"table:table-cell") || is(b"table:covered-table-cell") {
            self.column = self.column.saturating_add(number(tag, b"table:number-columns-repeated="));
            let has = |word: &[u8]| tag.windows(word.len()).any(|part| part == word);
            if !tag.ends_with(b"/") || has(b"office:value-type=") || has(b"table:formula=") {
                self.width = self.column;
            }
        } else if is(b"/table:table-row") {
            self.rows = self.rows.saturating_add(self.repeat);
            if self.width > 0 {
                self.last = self.rows;
                self.widest = self.widest.max(self.width);
                self.cells = self.cells.saturating_add(self.width.saturating_mul(self.repeat));
            }
        }
        let area = self.cells.max(self.last.saturating_mul(self.widest));
        too_many(What::Cells, self.before.saturating_add(area), CELLS_MAX, || {
            format!("{name}, row {}", self.rows)
        })
    }
}

/// The number of an attribute; 1 without it.
fn number(tag: &[u8], name: &[u8]) -> u64 {
    let Some(at) = tag.windows(name.len()).position(|part| part == name) else { return 1 };
    let digits = tag.iter().skip(at + name.len() + 1).take_while(|byte| byte.is_ascii_digit());
    digits.fold(0_u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn refused(parts: &[(&str, usize)]) -> Option<String> {
        let mut zip = zip::ZipWriter::new(tempfile::tempfile().unwrap());
        for (name, size) in parts {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(&b"<t>a</t>".repeat(size / 8)).unwrap();
        }
        let file = zip.finish().unwrap();
        measure_within(&file, 8000, 4000).err().map(|error| error.to_string())
    }

    #[test]
    fn what_unpacks_to_more_than_it_may_is_refused_by_its_part() {
        let (texts, sheet) = ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml");
        assert_eq!(refused(&[(texts, 4000), (sheet, 4000)]), None);
        let held = refused(&[(texts, 4008)]).unwrap();
        assert_eq!(held, "it is too large: 4001 bytes at xl/sharedStrings.xml; up to 4000 are read");
        let all = refused(&[(texts, 4000), (sheet, 4008)]).unwrap();
        assert_eq!(all, "it is too large: 8008 bytes at xl/worksheets/sheet1.xml; up to 8000 are read");
        assert_eq!(refused(&[("xl/workbook.bin", 8)]).unwrap(), "it is not XLSX, XLS or ODS: XLSB");
    }

    #[test]
    fn repeated_cells_are_counted_and_blank_ones_are_not() {
        let counted = |tags: &[&str]| {
            let mut repeats = Repeats::default();
            tags.iter().try_for_each(|tag| repeats.see(tag.as_bytes(), "content.xml")).is_ok()
        };
        let (table, row, end) = (
            "table:table table:name=\"a\"",
            "table:table-row table:number-rows-repeated=\"1048576\"",
            "/table:table-row",
        );
        assert!(counted(&[table, row, "table:table-cell table:number-columns-repeated=\"16384\"/", end]));
        assert!(!counted(&[
            table,
            row,
            "table:table-cell table:number-columns-repeated=\"5\" office:value-type=\"float\"/",
            end
        ]));
        // Two cells in far corners make all that lies between them.
        let far = [
            "table:table-cell table:number-columns-repeated=\"16383\"/",
            "table:table-cell office:value-type=\"float\"/",
        ];
        assert!(!counted(&[
            table,
            "table:table-row table:number-rows-repeated=\"1000\"/",
            "table:table-row",
            far[0],
            far[1],
            end
        ]));
        assert!(counted(&[table, "table:table-row", far[0], far[1], end]));
    }
}
