//! Workbooks: XLSX, XLS and ODS. XLSX is read cell by cell, so that a far cell costs nothing and a sheet of a million rows the memory of one;
//! before anything opens it, it is measured how much it unpacks to. Twice over the sheet: what its columns hold is known before the first
//! row goes on.

mod book;
mod bounds;
mod columns;
mod value;
mod xls;

use std::path::Path;

use calamine::{Dimensions, SheetVisible};
use model::fault::Words;

use self::book::Book;
use self::columns::Columns;
use self::value::{Value, address};
use super::reader::head::{self, LOOK, Seen};
use super::reader::{COLUMNS_MAX, Delivery, Options, ReadColumn, ReadError, SheetName, What, too_many};
use crate::texts;
use crate::value::Cell;

/// Names of sheets that are told at most.
const TOLD: usize = 30;
/// Last row that may be said to be the head.
const HEAD_MAX: u32 = 10_000;

/// The sheets of a workbook.
pub(super) fn names(path: &Path) -> Result<Vec<SheetName>, ReadError> {
    Ok(Book::open(path)?
        .sheets()
        .into_iter()
        .map(|(name, visible)| SheetName { name, hidden: is_hidden(visible) })
        .collect())
}

fn is_hidden(visible: SheetVisible) -> bool {
    visible != SheetVisible::Visible
}

/// Reads a sheet.
pub(super) fn read(
    path: &Path,
    options: &Options,
    delivery: &mut Delivery<'_>,
) -> Result<Vec<Words>, ReadError> {
    let mut book = Book::open(path)?;
    let sheets = book.sheets();
    let (name, rows) = chosen(&mut book, &sheets, options)?;
    let mut remarks: Vec<Words> = told(&sheets, &name).into_iter().collect();
    let merged = book.merged(&name)?;
    let (rows, asked) = joined(rows, options.head, &merged, &mut remarks)?;
    let head = head::find(&rows, asked)?;
    remarks.extend(head.remarks);
    let found = rows.get(head.at).ok_or(ReadError::Empty)?;
    let above = if head.units {
        rows.get(head.at + 1).map_or(found.number, |units| units.number)
    } else {
        found.number
    };
    let mut columns = Columns::default();
    rows_of(&mut book, &name, |row, cells| {
        if row > above {
            cells.iter().enumerate().filter(|(_, value)| !value.is_blank()).for_each(|(place, value)| {
                columns.see(place, row, value);
            });
        }
        Ok(true)
    })?;
    let wanted = columns.wanted(&found.cells);
    let names: Vec<String> =
        wanted.iter().map(|place| found.cells.get(*place).cloned().unwrap_or_default()).collect();
    let (names, twice) = head::named(&names);
    remarks.extend(twice);
    remarks.extend(columns.remarks(&wanted, &names));
    remarks.extend(merged_below(&merged, above));
    remarks.extend(book.uncomputed(&name)?.map(uncomputed));
    let described = wanted.iter().zip(names).map(|(place, name)| {
        let (class, declared) = columns.class(*place);
        ReadColumn { name, class, declared: declared.into() }
    });
    delivery.begin(&described.collect::<Vec<_>>())?;
    rows_of(&mut book, &name, |row, cells| {
        if row > above && cells.iter().any(|value| !value.is_blank()) {
            let cell =
                |place: &usize| cells.get(*place).map_or(Cell::Null, |value| columns.cell(*place, value));
            delivery.row(wanted.iter().map(cell).collect())?;
        }
        Ok(true)
    })?;
    Ok(remarks)
}

/// The sheet that was said, or the first that people see and that has a row; with its first rows.
fn chosen(
    book: &mut Book,
    sheets: &[(String, SheetVisible)],
    options: &Options,
) -> Result<(String, Vec<Seen>), ReadError> {
    let asked = options.head.unwrap_or(0);
    if asked > HEAD_MAX {
        let known = "a row from 1 to 10000";
        return Err(ReadError::Option { option: "head", value: asked.to_string(), known });
    }
    if let Some(name) = &options.sheet {
        // As written, or else in the same form: a name that was typed on another system is the same to whoever reads it.
        let same = |known: &str| model::text::nfc(known.trim()) == model::text::nfc(name.trim());
        let exact = sheets.iter().find(|(known, _)| known == name);
        let Some((name, _)) = exact.or_else(|| sheets.iter().find(|(known, _)| same(known))) else {
            return Err(ReadError::NoSheet { asked: name.clone(), there: listed(sheets) });
        };
        return Ok((name.clone(), first(book, name, asked)?));
    }
    for (name, _) in sheets.iter().filter(|(_, visible)| !is_hidden(*visible)) {
        let rows = first(book, name, asked)?;
        if !rows.is_empty() {
            return Ok((name.clone(), rows));
        }
    }
    let hidden = sheets.iter().any(|(_, visible)| is_hidden(*visible));
    if hidden {
        Err(ReadError::NoSheet { asked: "-".into(), there: listed(sheets) })
    } else {
        Err(ReadError::Empty)
    }
}

/// The first rows of a sheet that have a value.
fn first(book: &mut Book, name: &str, asked: u32) -> Result<Vec<Seen>, ReadError> {
    let mut rows = Vec::new();
    rows_of(book, name, |row, cells| {
        if cells.iter().any(|value| !value.is_blank()) {
            let shown = cells.iter().map(|value| value.shown().trim().to_owned()).collect();
            rows.push(Seen::new(row, shown));
        }
        Ok(rows.len() < LOOK || row < u64::from(asked) + 3)
    })?;
    // Rows above what was asked for are many and say nothing.
    let asked = u64::from(asked);
    rows.retain(|seen| asked == 0 || seen.number >= asked);
    Ok(rows)
}

/// Hands on the cells of each row that has any, with the row's number from 1; `false` ends it.
fn rows_of(
    book: &mut Book,
    sheet: &str,
    mut take: impl FnMut(u64, &[Value]) -> Result<bool, ReadError>,
) -> Result<(), ReadError> {
    let mut cells: Vec<Value> = Vec::new();
    let mut at: Option<u32> = None;
    let mut ended = false;
    book.each(sheet, &mut |row, column, value| {
        if at.is_some_and(|at| row < at) {
            return Err(ReadError::Broken { place: address(row, column), why: "rows out of order".into() });
        }
        if let Some(done) = at.filter(|at| *at < row) {
            ended = !take(u64::from(done) + 1, &cells)?;
            cells.clear();
        }
        at = Some(row);
        if ended || value.is_blank() {
            return Ok(!ended);
        }
        let place = column as usize;
        too_many(What::Columns, place as u64 + 1, COLUMNS_MAX as u64, || address(row, column))?;
        if cells.len() <= place {
            cells.resize(place + 1, Value::Empty);
        }
        if let Some(cell) = cells.get_mut(place) {
            *cell = value;
        }
        Ok(true)
    })?;
    match at {
        Some(done) if !ended => take(u64::from(done) + 1, &cells).map(drop),
        _ => Ok(()),
    }
}

/// A head over two rows made one, `upper lower`, where merged cells leave no doubt; which row a person means is then the lower.
fn joined(
    mut rows: Vec<Seen>,
    asked: Option<u32>,
    merged: &[Dimensions],
    remarks: &mut Vec<Words>,
) -> Result<(Vec<Seen>, Option<u32>), ReadError> {
    let at = head::find(&rows, asked)?.at;
    let (Some(upper), Some(lower)) = (rows.get(at), rows.get(at + 1)) else { return Ok((rows, asked)) };
    let row = upper.number;
    let wide: Vec<&Dimensions> = merged
        .iter()
        .filter(|area| {
            u64::from(area.start.0) + 1 == row && area.start.0 == area.end.0 && area.start.1 < area.end.1
        })
        .collect();
    if wide.is_empty() || lower.number != row + 1 {
        return Ok((rows, asked));
    }
    let over = |place: usize| {
        wide.iter().find(|area| (area.start.1 as usize..=area.end.1 as usize).contains(&place))
    };
    let text = |seen: &Seen, place: usize| seen.cells.get(place).cloned().unwrap_or_default();
    let width = upper.cells.len().max(lower.cells.len());
    // Below a cell that is merged sideways stand the names; below any other that has a name nothing does.
    let is_clear = (0..width).all(|place| {
        let (above, below) = (text(upper, place), text(lower, place));
        if over(place).is_some() { !below.is_empty() } else { above.is_empty() || below.is_empty() }
    });
    if !is_clear {
        remarks.push(texts::head_merged(row));
        return Ok((rows, asked));
    }
    let name = |place: usize| {
        let above = over(place).map_or_else(|| text(upper, place), |area| text(upper, area.start.1 as usize));
        format!("{above} {}", text(lower, place)).trim().to_owned()
    };
    let one = Seen::new(row + 1, (0..width).map(name).collect());
    remarks.push(texts::head_of_two_rows(row, row + 1));
    rows.splice(at..=at + 1, [one]);
    Ok((rows, asked.map(|asked| asked + 1)))
}

/// All sheets by name.
fn listed(sheets: &[(String, SheetVisible)]) -> Words {
    let one = |(name, visible): &(String, SheetVisible)| {
        if is_hidden(*visible) { texts::hidden_sheet(name) } else { Words::quoted(name) }
    };
    let more = (sheets.len() > TOLD).then(|| Words::quoted("…"));
    let shown: Vec<Words> = sheets.iter().take(TOLD).map(one).chain(more).collect();
    Words::joined(&shown, ", ")
}

fn told(sheets: &[(String, SheetVisible)], name: &str) -> Option<Words> {
    (sheets.len() > 1).then(|| texts::sheet_read(name, sheets.len(), &listed(sheets)))
}

fn merged_below(merged: &[Dimensions], above: u64) -> Option<Words> {
    let mut below = merged.iter().filter(|area| u64::from(area.start.0) >= above);
    let first = below.next()?;
    let (count, first) = (1 + below.count(), address(first.start.0, first.start.1));
    Some(texts::merged_areas(count, &first))
}

fn uncomputed((count, first): (u64, String)) -> Words {
    texts::formulas_without_results(count, &first)
}

#[cfg(test)]
mod tests;
