//! Workbooks of several tables, for people: numbers are numbers, everything else is text, whatever it begins with.

use model::fault::Fault;
use rust_xlsxwriter::{Format as Style, Workbook, XlsxError};

/// Longest text that a cell takes.
const CELL_MAX_CHARS: usize = 32_767;
/// Widest column, in letters.
const WIDTH_MAX: usize = 60;

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Text(String),
    Number(u32),
}

/// A table of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tab {
    /// What it is called, in 31 letters at most.
    pub(crate) name: String,
    pub(crate) heads: Vec<String>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// Writes a workbook.
///
/// # Errors
/// [`Fault::Internal`].
pub(crate) fn write(tabs: &[Tab]) -> Result<Vec<u8>, Fault> {
    workbook(tabs).map_err(|error| Fault::Internal { why: error.to_string() })
}

fn workbook(tabs: &[Tab]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let (head, wrapped) = (Style::new().set_bold().set_text_wrap(), Style::new().set_text_wrap());
    for tab in tabs {
        let sheet = book.add_worksheet();
        sheet.set_name(tab.name.chars().take(31).collect::<String>())?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, name) in (0u16..).zip(&tab.heads) {
            sheet.write_string_with_format(0, column, name, &head)?;
            let texts = tab.rows.iter().filter_map(|row| match row.get(usize::from(column))? {
                Cell::Text(text) => Some(text.chars().count()),
                Cell::Number(_) => None,
            });
            let width = texts.chain([name.chars().count().min(20)]).max().unwrap_or(10).clamp(8, WIDTH_MAX);
            sheet.set_column_width(column, f64::from(u16::try_from(width).unwrap_or(20)) + 2.0)?;
        }
        for (row, cells) in (1u32..).zip(&tab.rows) {
            for (column, cell) in (0u16..).zip(cells) {
                match cell {
                    Cell::Text(text) => {
                        let text: String = text.chars().take(CELL_MAX_CHARS).collect();
                        sheet.write_string_with_format(row, column, text, &wrapped)?
                    }
                    Cell::Number(number) => sheet.write_number(row, column, *number)?,
                };
            }
        }
        if let (Some(last), Ok(rows)) = (tab.heads.len().checked_sub(1), u32::try_from(tab.rows.len())) {
            sheet.autofilter(0, 0, rows, u16::try_from(last).unwrap_or_default())?;
        }
    }
    book.save_to_buffer()
}
