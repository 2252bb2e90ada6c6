//! Tables from others: CSV and XLSX. Every mistake is told with its line and cell, and nothing is taken in part.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use calamine::{Data, Reader as _, Xlsx};
use model::fault::{Fault, Words};

use crate::sheet::is_formula;
use crate::texts;

/// Most rows that are read of one table.
const ROWS_MAX: usize = 60_000;
/// Most columns.
const COLUMNS_MAX: usize = 1000;
/// Most bytes that the sheets of an XLSX file may unpack to. They are read as they are unpacked, cell by cell; but one cell may be all
/// of it. 60,000 terms take some 54 MB.
const SHEETS_MAX: u64 = 64 * 1024 * 1024;
/// Most bytes that all its other parts may unpack to, texts and styles among them: the reader holds what stands in them, each text by
/// itself, which takes up to six times as much.
const PARTS_MAX: u64 = 16 * 1024 * 1024;
/// Most parts.
const FILES_MAX: usize = 1000;
/// Most bytes that the cells of a table may come to, each with [`CELL`] beside its text.
const CELLS_MAX: usize = 64 * 1024 * 1024;
/// What a cell takes beside its text.
const CELL: usize = 40;

/// A table: its header, and its rows with the numbers they have in the file.
pub struct Table {
    /// The sheet's name, where it is one of several.
    sheet: Option<String>,
    header: Vec<String>,
    rows: Vec<(usize, Vec<String>)>,
}

/// One row of a table.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    sheet: Option<&'a str>,
    header: &'a [String],
    /// Its number in the file, from 1.
    pub(crate) line: usize,
    cells: &'a [String],
}

impl Table {
    /// Reads CSV (comma or semicolon, UTF-8) or XLSX (the first sheet); the file itself says which it is.
    ///
    /// # Errors
    /// [`Fault::BadDocument`].
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let rows = if bytes.starts_with(b"PK") { xlsx(bytes)? } else { csv(bytes)? };
        Self::of(None, rows)
    }

    /// Reads sheets of an XLSX file by their names; all of them must be there.
    ///
    /// # Errors
    /// [`Fault::BadDocument`].
    pub(crate) fn read_sheets<const N: usize>(bytes: &[u8], names: [&str; N]) -> Result<[Self; N], Fault> {
        let broken = |why: &Words| bad("?", texts::in_xlsx(why));
        let mut book = open(bytes)?;
        let mut left = CELLS_MAX;
        let mut tables = Vec::with_capacity(N);
        for name in names {
            if !book.sheet_names().iter().any(|known| known == name) {
                return Err(broken(&texts::sheet_missing(name)));
            }
            tables.push(Self::of(Some(name.to_owned()), cells_of(&mut book, name, &mut left)?)?);
        }
        tables.try_into().map_err(|_| broken(&texts::no_sheet()))
    }

    fn of(sheet: Option<String>, rows: Vec<(usize, Vec<String>)>) -> Result<Self, Fault> {
        let at =
            |cell: &str| sheet.as_ref().map_or_else(|| cell.to_owned(), |sheet| format!("{sheet}!{cell}"));
        let mut rows = rows.into_iter().filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
        let (_, header) = rows.next().ok_or_else(|| bad(&at("1"), texts::table_empty()))?;
        let header: Vec<String> = header.into_iter().map(|name| name.trim().to_owned()).collect();
        let rows: Vec<_> = rows.collect();
        if rows.len() > ROWS_MAX {
            return Err(bad(&at(&ROWS_MAX.to_string()), texts::rows_too_many()));
        }
        Ok(Self { sheet, header, rows })
    }

    /// That it has these columns, and none that is not in `known`.
    ///
    /// # Errors
    /// [`Fault::BadDocument`] names the first that is missing, or that nobody knows.
    pub(crate) fn check_columns(&self, needed: &[&str], known: &[&str]) -> Result<(), Fault> {
        let at = |cell: &str| {
            self.sheet.as_ref().map_or_else(|| cell.to_owned(), |sheet| format!("{sheet}!{cell}"))
        };
        if let Some(missing) = needed.iter().find(|name| !self.header.iter().any(|found| found == *name)) {
            return Err(bad(&at("1"), texts::column_missing(missing)));
        }
        for (place, name) in self.header.iter().enumerate() {
            if !name.is_empty() && !known.contains(&name.as_str()) {
                let shown: String = name.chars().take(40).collect();
                let why = texts::column_unknown(&shown, &known.join(", "));
                return Err(bad(&at(&format!("{}1", letters(place))), why));
            }
            if !name.is_empty() && self.header.iter().skip(place + 1).any(|other| other == name) {
                return Err(bad(&at("1"), texts::column_twice(name)));
            }
        }
        Ok(())
    }

    /// How many rows it has.
    pub(crate) fn count(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let sheet = self.sheet.as_deref();
        self.rows.iter().map(move |(line, cells)| Row { sheet, header: &self.header, line: *line, cells })
    }
}

impl<'a> Row<'a> {
    /// The cell under a column; none if it is empty.
    pub(crate) fn get(&self, column: &str) -> Option<&'a str> {
        let place = self.header.iter().position(|name| name == column)?;
        self.cells.get(place).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }

    /// The cell under a column, read.
    ///
    /// # Errors
    /// [`Fault::BadDocument`] with line and cell.
    pub(crate) fn parse<T, E: std::fmt::Display>(
        &self,
        column: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Fault> {
        self.get(column)
            .map(|cell| read(cell).map_err(|error| self.bad(column, &Words::quoted(error))))
            .transpose()
    }

    /// A cell that must not be empty.
    ///
    /// # Errors
    /// [`Fault::BadDocument`] with line and cell.
    pub(crate) fn need(&self, column: &str) -> Result<&'a str, Fault> {
        self.get(column).ok_or_else(|| self.bad(column, &texts::cell_empty()))
    }

    /// That a cell can't be what it is.
    pub(crate) fn bad(&self, column: &str, why: &Words) -> Fault {
        bad(&self.cell(column), texts::in_column(column, why))
    }

    /// What its cell under a column is called: `G5`, or `du-lieu!G5`.
    pub(crate) fn cell(&self, column: &str) -> String {
        let place = self.header.iter().position(|name| name == column).unwrap_or_default();
        let cell = format!("{}{}", letters(place), self.line);
        self.sheet.map_or_else(|| cell.clone(), |sheet| format!("{sheet}!{cell}"))
    }
}

fn bad(cell: &str, why: Words) -> Fault {
    Fault::BadDocument { place: texts::cell(cell), why }
}

/// The letters of a column, as spreadsheets have them: A, B, … Z, AA.
fn letters(place: usize) -> String {
    let mut rest = place + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        // Below 26, so a letter.
        letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or_default()));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

fn csv(bytes: &[u8]) -> Result<Vec<(usize, Vec<String>)>, Fault> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |wanted: u8| first.iter().filter(|byte| **byte == wanted).count();
    // Vietnamese spreadsheets write semicolons.
    let delimiter = if count(b';') > count(b',') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes);
    let mut rows = Vec::new();
    let mut left = CELLS_MAX;
    let (mut line, mut seen) = (1, 0);
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or_else(|| "?".into(), |at| at.line().to_string());
            bad(&line, Words::quoted(error))
        })?;
        // Where the reader says a record begins may be before the ends of the lines before it.
        let begins = record.position().map_or(seen, |at| usize::try_from(at.byte()).unwrap_or(seen));
        let ends = bytes.iter().skip(begins).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line +=
            bytes.get(seen..begins + ends).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
        seen = begins + ends;
        let room = left.checked_sub(record.as_slice().len() + CELL * record.len());
        left = room.ok_or_else(|| bad(&line.to_string(), texts::too_large()))?;
        rows.push((line, record.iter().map(untame).collect()));
        if rows.len() > ROWS_MAX + 1 {
            break;
        }
    }
    Ok(rows)
}

/// Takes away the apostrophe that our own CSV puts before what would be a formula.
fn untame(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest.to_owned(),
        _ => cell.to_owned(),
    }
}

fn xlsx(bytes: &[u8]) -> Result<Vec<(usize, Vec<String>)>, Fault> {
    let mut book = open(bytes)?;
    let name = book.sheet_names().first().cloned();
    let name = name.ok_or_else(|| bad("?", texts::in_xlsx(&texts::no_sheet())))?;
    let mut left = CELLS_MAX;
    cells_of(&mut book, &name, &mut left)
}

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

fn open(bytes: &[u8]) -> Result<Book<'_>, Fault> {
    check_unpacked(bytes)?;
    calamine::open_workbook_from_rs(Cursor::new(bytes))
        .map_err(|error: calamine::XlsxError| bad("?", texts::in_xlsx(&Words::quoted(error))))
}

/// The rows of a sheet with their numbers. What they may still come to is `left`: many cells may share one text, so it is counted.
fn cells_of(book: &mut Book<'_>, name: &str, left: &mut usize) -> Result<Vec<(usize, Vec<String>)>, Fault> {
    let broken = |why: &Words| bad("?", texts::in_xlsx(why));
    // Cell by cell: two cells in far corners must not make a table of all that lies between them.
    let mut cells = book.worksheet_cells_reader(name).map_err(|error| broken(&Words::quoted(error)))?;
    let mut rows: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    while let Some(cell) = cells.next_cell().map_err(|error| broken(&Words::quoted(error)))? {
        let (row, column) = cell.get_position();
        let (line, column) = (row as usize + 1, column as usize);
        let value = Data::from(cell.get_value().clone());
        let said =
            text(&value).map_err(|why| bad(&format!("{}{line}", letters(column)), Words::quoted(why)))?;
        if said.is_empty() {
            continue;
        }
        let texts = rows.entry(line).or_default();
        let room = left.checked_sub(said.len() + CELL * (column + 1).saturating_sub(texts.len()));
        *left = room.filter(|_| column < COLUMNS_MAX).ok_or_else(|| broken(&texts::too_large()))?;
        if texts.len() <= column {
            texts.resize(column + 1, String::new());
        }
        if let Some(place) = texts.get_mut(column) {
            *place = said;
        }
        if rows.len() > ROWS_MAX + 1 {
            return Err(broken(&texts::too_large()));
        }
    }
    Ok(rows.into_iter().collect())
}

/// A small file may unpack to a large one: what its parts come to is measured before anything reads them.
fn check_unpacked(bytes: &[u8]) -> Result<(), Fault> {
    let broken = |why: &Words| bad("?", texts::in_xlsx(why));
    let too_large = || broken(&texts::too_large_unpacked());
    // Each part has an entry in the archive's list, which begins so.
    if bytes.windows(4).filter(|bytes| *bytes == b"PK\x01\x02").count() > FILES_MAX {
        return Err(too_large());
    }
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&Words::quoted(error)))?;
    let (mut sheets, mut parts) = (SHEETS_MAX, PARTS_MAX);
    for number in 0..archive.len() {
        let file = archive.by_index(number).map_err(|error| broken(&Words::quoted(error)))?;
        // Other names are not read as they are unpacked, whatever folder they stand in.
        let left = if file.name().is_ok_and(|name| name.starts_with("xl/worksheets/sheet")) {
            &mut sheets
        } else {
            &mut parts
        };
        // What the archive says of itself proves nothing.
        let size = std::io::copy(&mut file.take(*left + 1), &mut std::io::sink());
        let size = size.map_err(|error| broken(&Words::quoted(error)))?;
        *left = left.checked_sub(size).ok_or_else(too_large)?;
    }
    Ok(())
}

/// A cell as text: numbers and days as a person wrote them. Codes must be text; a spreadsheet that made a number of one has lost its
/// zeros, and we can't know.
fn text(cell: &Data) -> Result<String, String> {
    Ok(match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        Data::Bool(yes) => yes.to_string(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::DateTimeIso(text) => text.chars().take(10).collect(),
        Data::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::DurationIso(text) => text.clone(),
        Data::Error(error) => return Err(format!("{error:?}")),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::sheet::Sheet;

    fn told(bytes: &[u8], check: impl Fn(&Table) -> Result<(), Fault>) -> String {
        let fault = Table::read(bytes).and_then(|table| check(&table)).unwrap_err();
        fault.en()
    }

    #[test]
    fn mistakes_are_told_with_line_and_cell() {
        let columns = |table: &Table| table.check_columns(&["code"], &["code", "vi", "valid_from"]);
        assert!(told(b"", columns).contains("cell 1"));
        assert!(told(b"ma,vi\n1,2\n", columns).contains("the column code is missing"));
        assert!(told(b"code,khac\n1,2\n", columns).contains("cell B1"));
        let days = |table: &Table| {
            table
                .rows()
                .try_for_each(|row| row.parse("valid_from", str::parse::<jiff::civil::Date>).map(drop))
        };
        let text = "code;vi;valid_from\n01;Một;2025-01-01\n02;Hai;hôm qua\n";
        assert!(told(text.as_bytes(), days).contains("cell C3: cannot be read: valid_from"));
        let empty = |table: &Table| table.rows().try_for_each(|row| row.need("vi").map(drop));
        assert!(told("code,vi\n1,a\n\n2,\n".as_bytes(), empty).contains("cell B4"));
        assert!(told(b"PK\x03\x04 broken", columns).contains("XLSX"));
        assert!(told(b"code,vi\n1,\xff\n", columns).contains("cell 2"), "no UTF-8");
    }

    #[test]
    fn two_cells_far_apart_make_no_large_table() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "code").unwrap();
        sheet.write_string(1_048_575, 0, "01").unwrap();
        let table = Table::read(&book.save_to_buffer().unwrap()).unwrap();
        assert_eq!(table.rows().count(), 1);
        book.worksheet_from_index(0).unwrap().write_string(5, 16_383, "x").unwrap();
        assert!(told(&book.save_to_buffer().unwrap(), |_| Ok(())).contains("too large"));
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused() {
        let archive = |parts: &[(&str, usize)]| {
            let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
            for (name, mebibytes) in parts {
                archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
                for _ in 0..*mebibytes {
                    archive.write_all(&vec![b' '; 1024 * 1024]).unwrap();
                }
            }
            archive.finish().unwrap().into_inner()
        };
        // Texts and styles are held by whoever reads them, wherever the archive says that they are.
        for (name, mebibytes) in [
            ("xl/sharedStrings.xml", 17),
            ("xl/worksheets/sharedStrings.xml", 17),
            ("xl/styles.xml", 17),
            ("xl/worksheets/sheet1.xml", 65),
        ] {
            let bytes = archive(&[(name, mebibytes)]);
            assert!(bytes.len() < 1024 * 1024, "{}", bytes.len());
            assert!(told(&bytes, |_| Ok(())).contains("too large unpacked"), "{name}");
        }
        let names: Vec<String> = (0..1001).map(|number| number.to_string()).collect();
        let parts: Vec<(&str, usize)> = names.iter().map(|name| (name.as_str(), 0)).collect();
        assert!(told(&archive(&parts), |_| Ok(())).contains("too large unpacked"));
        // Nor do empty cells come for nothing.
        assert!(told(&vec![b','; 4 * 1024 * 1024], |_| Ok(())).contains("too large"));
    }

    #[test]
    fn columns_have_letters() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letters), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(cells in prop::collection::vec("[ -~àđệ=+@'\"]{0,20}", 6)) {
            let items: Vec<_> = cells.chunks(2).map(|pair| json!({ "a": pair[0].trim(), "b": pair[1].trim(), "c": "x" })).collect();
            let sheet = Sheet::of("Bảng", &["a", "b", "c"], &items);
            for bytes in [sheet.csv().unwrap(), sheet.xlsx().unwrap()] {
                let table = Table::read(&bytes).unwrap();
                prop_assert_eq!(table.rows().count(), items.len());
                for (row, item) in table.rows().zip(&items) {
                    for column in ["a", "b", "c"] {
                        prop_assert_eq!(row.get(column).unwrap_or_default(), item[column].as_str().unwrap());
                    }
                }
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Table::read(&bytes);
            let _ = Table::read(&[b"PK", bytes.as_slice()].concat());
        }
    }
}
