//! What readers of files have in common: what a person decided about a file, the columns and the [`Sink`] of its rows, limits, errors.

pub(super) mod head;
pub(super) mod moment;

use model::column::Class;
use model::fault::Words;

use crate::value::Cell;

/// Most columns of a file. A register of people has some hundred; `SQLite` takes 2000.
pub(super) const COLUMNS_MAX: usize = 1000;
/// Most rows: half of all people of the country, one each.
const ROWS_MAX: u64 = 50_000_000;
/// Most cells: the rows above at twenty columns.
const CELLS_MAX: u64 = 1_000_000_000;
/// Most bytes of one cell; `SQLite` would take 1 GB, nobody reads that.
pub(super) const CELL_MAX: usize = 16 * 1024 * 1024;
/// Most bytes of all cells: what a snapshot may take on a disk of ordinary size.
const BYTES_MAX: u64 = 32 * 1024 * 1024 * 1024;

/// The encodings that can be set.
pub(super) const ENCODINGS: &str = "utf-8, utf-16le, utf-16be, windows-1258, tcvn3, vni";

/// What a person decided about a file; what is not decided is found by evidence.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub struct Options {
    /// The sheet, by its name.
    pub sheet: Option<String>,
    /// The row of the head, from 1; of CSV the line that it begins at.
    pub head: Option<u32>,
    /// The encoding of CSV: `utf-8`, `utf-16le`, `utf-16be`, `windows-1258`, `tcvn3` or `vni`.
    pub encoding: Option<String>,
    /// What stands between the cells of CSV.
    pub delimiter: Option<char>,
}

/// A column as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadColumn {
    /// Its name: in NFC, on one line, none empty and none twice.
    pub name: String,
    /// What it holds.
    pub class: Class,
    /// The type as a person is told it: `text`, `number`, `TIMESTAMP(NANOS, UTC)`.
    pub declared: String,
}

/// Takes what is read.
pub trait Sink {
    /// The columns, once, before all rows.
    ///
    /// # Errors
    /// Why it takes no rows; reading ends.
    fn begin(&mut self, columns: &[ReadColumn]) -> Result<(), String>;

    /// A row, with a cell for each column.
    ///
    /// # Errors
    /// Why it takes no more; reading ends.
    fn row(&mut self, cells: Vec<Cell>) -> Result<(), String>;
}

/// The file was read to its end.
#[derive(Debug)]
pub struct Done {
    /// Rows that were handed on.
    pub rows: u64,
    /// What was noticed.
    pub remarks: Vec<Words>,
}

/// A sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetName {
    /// Its name.
    pub name: String,
    /// People who open the workbook do not see it.
    pub hidden: bool,
}

/// Why a file cannot be read. Whoever keeps the file mends it; nothing here is a caller's mistake.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be opened or read.
    #[error("the file cannot be read")]
    Io(#[from] std::io::Error),
    /// It is no file of this form.
    #[error("it is no {form}: {why}")]
    NotThis {
        /// The form that was expected.
        form: &'static str,
        /// What it is, or what the library says.
        why: String,
    },
    /// It ends or breaks in the midst.
    #[error("it is broken at {place}: {why}")]
    Broken {
        /// Where.
        place: String,
        /// What the library says.
        why: String,
    },
    /// It has no row that could be a head.
    #[error("it is empty: there is no head")]
    Empty,
    /// The row that was said to be the head is not there, or empty.
    #[error("there is nothing in row {row}, which should be the head")]
    NoHead {
        /// The row that was asked for.
        row: u32,
    },
    /// There is no such sheet.
    #[error("it has no sheet {asked} that can be read; there are: {there}")]
    NoSheet {
        /// The sheet that was asked for.
        asked: String,
        /// Those that there are.
        there: String,
    },
    /// More than we read.
    #[error("it is too large: {amount} {what} at {place}; up to {limit} are read")]
    TooLarge {
        /// What there is too much of.
        what: What,
        /// How much.
        amount: u64,
        /// Where that was seen.
        place: String,
        /// How much is read.
        limit: u64,
    },
    /// A row with more or fewer cells than the head.
    #[error("line {line} has {found} cells and the head has {columns}")]
    Ragged {
        /// Where it begins.
        line: u64,
        /// Its cells.
        found: usize,
        /// The head's.
        columns: usize,
    },
    /// A quotation mark that is never closed: the rest of the file would be one cell.
    #[error("the quotation mark in line {line} is not closed before the end of the file")]
    Unclosed {
        /// Where it stands.
        line: u64,
    },
    /// Text in an encoding that cannot be told.
    #[error(
        "line {line} is no UTF-8 (bytes {bytes}) and no other encoding is convincing ({evidence}); save it as UTF-8, or set `encoding` \
         to one of {}",
        ENCODINGS
    )]
    Encoding {
        /// The first line that is no UTF-8.
        line: u64,
        /// Its first bytes that are none, as hexadecimal digits.
        bytes: String,
        /// How each candidate reads it.
        evidence: String,
    },
    /// An option that nobody knows.
    #[error("`{option}` cannot be {value}; it can be {known}")]
    Option {
        /// Which.
        option: &'static str,
        /// As it was given.
        value: String,
        /// What it can be.
        known: &'static str,
    },
    /// The file says another number of rows than it has.
    #[error("it says that it has {said} rows and {read} could be read")]
    RowsDiffer {
        /// As the file says.
        said: i64,
        /// Those that came.
        read: u64,
    },
    /// Whoever takes the rows did not go on.
    #[error("the rows cannot be kept: {0}")]
    Sink(String),
    /// A mistake in a reader.
    #[error("the reader stopped: {0}")]
    Panicked(String),
}

/// What there may be too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Columns.
    Columns,
    /// Rows.
    Rows,
    /// Cells.
    Cells,
    /// Bytes.
    Bytes,
    /// Levels of nesting.
    Levels,
}

impl What {
    fn vi(self) -> &'static str {
        match self {
            Self::Columns => "cột",
            Self::Rows => "dòng",
            Self::Cells => "ô",
            Self::Bytes => "byte",
            Self::Levels => "cấp lồng nhau",
        }
    }
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Columns => "columns",
            Self::Rows => "rows",
            Self::Cells => "cells",
            Self::Bytes => "bytes",
            Self::Levels => "levels of nesting",
        })
    }
}

impl ReadError {
    /// What to tell a person.
    #[must_use]
    pub fn words(&self) -> Words {
        let vi = match self {
            Self::Io(error) => {
                return Words::new(format!("không đọc được tệp: {error}"), format!("{self}: {error}"));
            }
            Self::NotThis { form, why } => format!("tệp không phải {form}: {why}"),
            Self::Broken { place, why } => format!("tệp hỏng ở {place}: {why}"),
            Self::Empty => "tệp trống: không có dòng tiêu đề".into(),
            Self::NoHead { row } => format!("dòng {row}, lẽ ra là dòng tiêu đề, không có gì"),
            Self::NoSheet { asked, there } => {
                format!("không có trang {asked} đọc được; các trang hiện có: {there}")
            }
            Self::TooLarge { what, amount, place, limit } => {
                format!("tệp quá lớn: {amount} {} ở {place}; chỉ đọc tối đa {limit}", what.vi())
            }
            Self::Ragged { line, found, columns } => {
                format!("dòng {line} có {found} ô, còn dòng tiêu đề có {columns}")
            }
            Self::Unclosed { line } => format!("dấu ngoặc kép ở dòng {line} không được đóng cho đến hết tệp"),
            Self::Encoding { line, bytes, evidence } => format!(
                "dòng {line} không phải UTF-8 (các byte {bytes}) và không bảng mã nào khác đủ thuyết phục ({evidence}); hãy lưu tệp theo \
                 UTF-8, hoặc đặt `encoding` là một trong {}",
                ENCODINGS
            ),
            Self::Option { option, value, known } => {
                format!("`{option}` không thể là {value}; có thể là {known}")
            }
            Self::RowsDiffer { said, read } => format!("tệp ghi là có {said} dòng nhưng chỉ đọc được {read}"),
            Self::Sink(why) => format!("không lưu được các dòng: {why}"),
            Self::Panicked(why) => format!("bộ đọc bị dừng: {why}"),
        };
        Words::new(vi, self.to_string())
    }
}

/// Hands rows on, and counts them against the limits.
pub(super) struct Delivery<'a> {
    sink: &'a mut dyn Sink,
    columns: usize,
    rows: u64,
    cells: u64,
    bytes: u64,
}

impl<'a> Delivery<'a> {
    pub(super) fn to(sink: &'a mut dyn Sink) -> Self {
        Self { sink, columns: 0, rows: 0, cells: 0, bytes: 0 }
    }

    /// Rows that were handed on.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn begin(&mut self, columns: &[ReadColumn]) -> Result<(), ReadError> {
        if columns.is_empty() {
            return Err(ReadError::Empty);
        }
        too_many(What::Columns, columns.len() as u64, COLUMNS_MAX as u64, || "head".into())?;
        self.columns = columns.len();
        self.sink.begin(columns).map_err(ReadError::Sink)
    }

    pub(super) fn row(&mut self, cells: Vec<Cell>) -> Result<(), ReadError> {
        self.rows += 1;
        self.cells += cells.len() as u64;
        let place = || format!("record {}", self.rows);
        for cell in &cells {
            let length = match cell {
                Cell::Text(text) => text.len(),
                Cell::Blob(bytes) => bytes.len(),
                Cell::Null | Cell::Integer(_) | Cell::Real(_) | Cell::Broken { .. } => 8,
            };
            too_many(What::Bytes, length as u64, CELL_MAX as u64, place)?;
            self.bytes += length as u64;
        }
        too_many(What::Rows, self.rows, ROWS_MAX, place)?;
        too_many(What::Cells, self.cells, CELLS_MAX, place)?;
        too_many(What::Bytes, self.bytes, BYTES_MAX, place)?;
        self.sink.row(cells).map_err(ReadError::Sink)
    }
}

/// An error if there is more than the limit.
pub(super) fn too_many(
    what: What,
    amount: u64,
    limit: u64,
    place: impl FnOnce() -> String,
) -> Result<(), ReadError> {
    if amount <= limit { Ok(()) } else { Err(ReadError::TooLarge { what, amount, place: place(), limit }) }
}
