//! A workbook that was opened: which form it has shows in its first bytes, not in its name.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use calamine::{Dimensions, Ods, Reader as _, SheetType, SheetVisible, Style, Xls, Xlsx, open_workbook};

use super::bounds::{self, Measured};
use super::value::{Value, address};
use super::xls;
use crate::snapshot::reader::{ReadError, What, head, too_many};

/// Longest XLS: its format ends at 65,536 rows of 256 cells, and all of it is read at once.
const XLS_MAX: u64 = 256 * 1024 * 1024;
/// Most merged areas that are looked at.
const MERGED: usize = 100_000;

type From = BufReader<File>;

pub(super) struct Book {
    form: Form,
    measured: Measured,
}

enum Form {
    Xlsx(Box<Xlsx<From>>),
    Xls(Box<Xls<From>>),
    Ods(Box<Ods<From>>),
}

/// A cell, by row and column from 0; `false` ends it.
pub(super) type Take<'a> = dyn FnMut(u32, u32, Value) -> Result<bool, ReadError> + 'a;

fn not_this(why: impl ToString) -> ReadError {
    ReadError::NotThis { form: "XLSX, XLS or ODS", why: why.to_string() }
}

fn broken(sheet: &str) -> impl Fn(calamine::XlsxError) -> ReadError {
    move |error| ReadError::Broken { place: sheet.to_owned(), why: error.to_string() }
}

impl Book {
    pub(super) fn open(path: &Path) -> Result<Self, ReadError> {
        let mut begins = Vec::new();
        let mut file = File::open(path)?;
        file.by_ref().take(64).read_to_end(&mut begins)?;
        if begins.starts_with(b"PK") {
            let measured = bounds::measure(&file)?;
            let form = if measured.is_ods {
                Form::Ods(Box::new(open_workbook(path).map_err(|error: calamine::OdsError| not_this(error))?))
            } else {
                Form::Xlsx(Box::new(
                    open_workbook(path).map_err(|error: calamine::XlsxError| not_this(error))?,
                ))
            };
            return Ok(Self { form, measured });
        }
        if begins.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            too_many(What::Bytes, file.metadata()?.len(), XLS_MAX, || "XLS".into())?;
            xls::check(&std::fs::read(path)?)?;
            let opened: Result<Xls<From>, calamine::XlsError> = open_workbook(path);
            return match opened {
                Ok(book) => Ok(Self { form: Form::Xls(Box::new(book)), measured: Measured::default() }),
                // XLSX with a password is wrapped in the older form, and only its own reader says so.
                Err(error) => match open_workbook::<Xlsx<From>, _>(path) {
                    Err(calamine::XlsxError::Password) => Err(not_this(calamine::XlsxError::Password)),
                    _ => Err(not_this(error)),
                },
            };
        }
        Err(not_this(format!(
            "it begins with {}",
            head::shortened(&head::one_line(&String::from_utf8_lossy(&begins)))
        )))
    }

    /// The sheets that hold cells.
    pub(super) fn sheets(&self) -> Vec<(String, SheetVisible)> {
        let all = match &self.form {
            Form::Xlsx(book) => book.sheets_metadata(),
            Form::Xls(book) => book.sheets_metadata(),
            Form::Ods(book) => book.sheets_metadata(),
        };
        let cells = all.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        cells.map(|sheet| (sheet.name.clone(), sheet.visible)).collect()
    }

    /// Hands on all cells of a sheet, row by row.
    pub(super) fn each(&mut self, sheet: &str, take: &mut Take<'_>) -> Result<(), ReadError> {
        let (range, is_1904) = match &mut self.form {
            Form::Xlsx(book) => {
                let uncomputed =
                    if self.measured.formulas { uncomputed(book, sheet)? } else { HashSet::new() };
                return xlsx(book, sheet, &uncomputed, take);
            }
            Form::Xls(book) => (book.worksheet_range(sheet).map_err(not_this)?, book.has_1904_epoch()),
            Form::Ods(book) => (book.worksheet_range(sheet).map_err(not_this)?, false),
        };
        let (top, left) = range.start().unwrap_or_default();
        for (row, column, data) in range.used_cells() {
            // Both are places within a sheet.
            let at = |from: u32, place: usize| from.saturating_add(u32::try_from(place).unwrap_or(u32::MAX));
            if !take(at(top, row), at(left, column), Value::of_data(data, is_1904))? {
                break;
            }
        }
        Ok(())
    }

    /// Cells that are merged.
    pub(super) fn merged(&mut self, sheet: &str) -> Result<Vec<Dimensions>, ReadError> {
        let mut merged = match &mut self.form {
            Form::Xlsx(book) if self.measured.merged => {
                book.merge_cells_by_sheet_name(sheet).map_err(broken(sheet))?
            }
            Form::Xls(book) => book.merge_cells_by_sheet_name(sheet).unwrap_or_default(),
            Form::Xlsx(_) | Form::Ods(_) => Vec::new(),
        };
        merged.truncate(MERGED);
        Ok(merged)
    }

    /// Formulas that have no result, and where the first is.
    pub(super) fn uncomputed(&mut self, sheet: &str) -> Result<Option<(u64, String)>, ReadError> {
        let Form::Xlsx(book) = &mut self.form else { return Ok(None) };
        if !self.measured.formulas {
            return Ok(None);
        }
        let places = uncomputed(book, sheet)?;
        Ok(places.iter().min().map(|(row, column)| (places.len() as u64, address(*row, *column))))
    }
}

/// Where formulas are that have no result.
fn uncomputed(book: &mut Xlsx<From>, sheet: &str) -> Result<HashSet<(u32, u32)>, ReadError> {
    let mut found = HashSet::new();
    let mut cells = book.worksheet_cells_reader(sheet).map_err(broken(sheet))?;
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(broken(sheet))? {
        if cell.formula.is_some() && cell.value == calamine::DataRef::Empty {
            found.insert(cell.pos);
        }
    }
    Ok(found)
}

fn xlsx(
    book: &mut Xlsx<From>,
    sheet: &str,
    uncomputed: &HashSet<(u32, u32)>,
    take: &mut Take<'_>,
) -> Result<(), ReadError> {
    let is_1904 = book.has_1904_epoch();
    let mut cells = book.worksheet_cells_reader(sheet).map_err(broken(sheet))?;
    let zeros: Vec<Option<usize>> = cells.styles().iter().map(zeros).collect();
    while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(broken(sheet))? {
        let (row, column) = cell.get_position();
        // A formula without a result is no empty cell: something belongs there.
        let value = match uncomputed.contains(&(row, column)) {
            true => Value::Uncomputed,
            false => Value::of(cell.get_value(), zeros.get(style).copied().flatten(), is_1904),
        };
        if !take(row, column, value)? {
            break;
        }
    }
    Ok(())
}

/// How many digits a format shows at least, if it is nothing but zeros: `000000000000` of an identifier.
fn zeros(style: &Style) -> Option<usize> {
    let code = &style.number_format.as_ref()?.format_code;
    (code.len() > 1 && code.len() <= 32 && code.bytes().all(|byte| byte == b'0')).then_some(code.len())
}
