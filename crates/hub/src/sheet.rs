//! Lists as tables: CSV for programs and Excel, XLSX for people. What is data stays data: nothing in a cell is ever a formula.

pub(crate) mod book;
pub mod read;

use model::fault::Fault;
use rust_xlsxwriter::{Format as Style, Workbook, XlsxError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::texts;

/// Most rows of one table.
pub const ROWS_MAX: i64 = 100_000;
/// Longest text that a cell of XLSX takes.
const CELL_MAX_CHARS: usize = 32_767;

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Objects, page by page.
    #[default]
    Json,
    /// UTF-8 with its mark, so that Excel reads it; RFC 4180.
    Csv,
    /// Office Open XML.
    Xlsx,
}

impl Format {
    /// Its word in addresses.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// What it is called.
    name: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    /// What a second sheet says of it: its title, and what stands beside what.
    about: Option<(String, Vec<[String; 2]>)>,
}

/// Narrowest and widest that a column is made, in characters; a longer text is broken by whoever reads it.
const WIDTH: (usize, usize) = (8, 60);
/// Rows that are looked at for the width of a column.
const MEASURED: usize = 1000;

impl Sheet {
    /// The table of some objects: one column for each path of member names.
    #[must_use]
    pub fn of(name: &str, columns: &[&str], items: &[Value]) -> Self {
        let rows = items.iter().map(|item| columns.iter().map(|path| cell(item, path)).collect()).collect();
        Self::new(name, columns.iter().map(|path| (*path).to_owned()).collect(), rows)
    }

    /// A table of texts.
    #[must_use]
    pub fn new(name: &str, columns: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        Self { name: name.to_owned(), columns, rows, about: None }
    }

    /// The table with a second sheet, where there are sheets: what it is of, when it was made, what each column says.
    #[must_use]
    pub fn about(mut self, title: String, lines: Vec<[String; 2]>) -> Self {
        self.about = Some((title, lines));
        self
    }

    /// How wide a column must be, in characters.
    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().take(MEASURED).filter_map(|row| row.get(column));
        let longest =
            self.columns.get(column).into_iter().chain(cells).map(|cell| cell.chars().count()).max();
        (longest.unwrap_or_default() + 2).clamp(WIDTH.0, WIDTH.1)
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// As CSV.
    ///
    /// # Errors
    /// [`Fault::Internal`].
    pub fn csv(&self) -> Result<Vec<u8>, Fault> {
        let failed = |error: csv::Error| Fault::Internal { why: error.to_string() };
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer("\u{feff}".as_bytes().to_vec());
        writer.write_record(&self.columns).map_err(failed)?;
        for row in &self.rows {
            writer.write_record(row.iter().map(|cell| tame(cell))).map_err(failed)?;
        }
        writer.into_inner().map_err(|error| Fault::Internal { why: error.to_string() })
    }

    /// As XLSX. Cells are text, whatever they begin with.
    ///
    /// # Errors
    /// [`Fault::BadParameters`] for a text that no cell holds: nothing is cut. [`Fault::Internal`].
    pub fn xlsx(&self) -> Result<Vec<u8>, Fault> {
        for (number, cells) in (2..).zip(&self.rows) {
            let long = cells.iter().position(|cell| cell.chars().count() > CELL_MAX_CHARS);
            if let Some(column) = long.and_then(|at| self.columns.get(at)) {
                return Err(Fault::BadParameters {
                    why: texts::cell_too_long(column, number, CELL_MAX_CHARS),
                });
            }
        }
        self.workbook().map_err(|error| Fault::Internal { why: error.to_string() })
    }

    /// Rows go to a scratch file as they come, so that a long table does not lie in memory.
    fn workbook(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet_with_constant_memory()?;
        sheet.set_name(self.name.chars().take(31).collect::<String>())?;
        sheet.set_freeze_panes(1, 0)?;
        let head = Style::new().set_bold();
        for (column, name) in (0u16..).zip(&self.columns) {
            sheet.write_string_with_format(0, column, name, &head)?;
        }
        for (row, cells) in (1u32..).zip(&self.rows) {
            for (column, cell) in (0u16..).zip(cells) {
                sheet.write_string(row, column, cell)?;
            }
        }
        for (column, place) in (0u16..).zip(0..self.columns.len()) {
            sheet.set_column_width(column, u32::try_from(self.width(place)).unwrap_or_default())?;
        }
        if let (Ok(rows), Some(last)) = (
            u32::try_from(self.rows.len()),
            u16::try_from(self.columns.len()).ok().and_then(|count| count.checked_sub(1)),
        ) {
            sheet.autofilter(0, 0, rows, last)?;
        }
        if let Some((title, lines)) = &self.about {
            let sheet = book.add_worksheet();
            sheet.set_name(title.chars().take(31).collect::<String>())?;
            sheet.set_column_width(0, 30)?;
            sheet.set_column_width(1, 100)?;
            for (row, [what, told]) in (0u32..).zip(lines) {
                sheet.write_string_with_format(row, 0, what, &head)?;
                sheet.write_string(row, 1, told.chars().take(CELL_MAX_CHARS).collect::<String>())?;
            }
        }
        book.save_to_buffer()
    }
}

/// What stands at a path of an object. A number in the path is a place in a list, from its end where it is negative.
#[must_use]
pub fn at<'a>(item: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(item, |value, member| match value {
        Value::Array(items) => {
            let place: i64 = member.parse().ok()?;
            let back = usize::try_from(place.unsigned_abs()).ok()?;
            items.get(if place < 0 { items.len().checked_sub(back)? } else { back })
        }
        value => value.get(member),
    })
}

/// What stands at a path of an object, as one text: lists joined, objects as JSON.
#[must_use]
pub fn cell(item: &Value, path: &str) -> String {
    match at(item, path) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")
        }
        Some(other) => other.to_string(),
    }
}

/// Spreadsheets take what begins like this for a formula; an apostrophe before it makes it text (OWASP, CSV injection).
fn tame(cell: &str) -> String {
    if is_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// Whether a spreadsheet would take a cell for a formula, once apostrophes before it are taken away. A number below zero is a number.
fn is_formula(cell: &str) -> bool {
    let text = cell.trim_start_matches('\'');
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !text.strip_prefix('-').is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sheet() -> Sheet {
        let items = [
            json!({ "id": "a", "name": { "vi": "Đất đai, \"sổ đỏ\"" }, "systems": ["x", "y"], "months": 5 }),
            json!({ "id": "=1+1", "name": { "vi": "@SUM(A1)" }, "systems": [], "months": -5 }),
        ];
        Sheet::of("Database", &["id", "name.vi", "systems", "months"], &items)
    }

    #[test]
    fn csv_is_read_by_others_and_holds_no_formula() {
        let text = String::from_utf8(sheet().csv().unwrap()).unwrap();
        assert_eq!(
            text,
            "\u{feff}id,name.vi,systems,months\r\na,\"Đất đai, \"\"sổ đỏ\"\"\",x; y,5\r\n'=1+1,'@SUM(A1),,-5\r\n"
        );
    }

    #[test]
    fn xlsx_is_read_by_others_and_holds_no_formula() {
        use calamine::{Data, Reader as _, Xlsx};
        let bytes = sheet().xlsx().unwrap();
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
        let range = book.worksheet_range("Database").unwrap();
        assert_eq!(range.get_value((2, 0)), Some(&Data::String("=1+1".into())));
        assert_eq!(range.get_value((1, 1)), Some(&Data::String("Đất đai, \"sổ đỏ\"".into())));
        assert!(
            book.worksheet_formula("Database").unwrap().cells().all(|(_, _, formula)| formula.is_empty())
        );
    }
}
