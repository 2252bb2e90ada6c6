//! What readers of files have in common: what a person decided about a file, the columns and the [`Sink`] of its rows, limits, errors.

pub(super) mod head;
pub(super) mod moment;

use model::column::Class;
use model::words::Words;

use crate::texts;
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
    /// As its tab shows it.
    pub name: String,
    /// People who open the workbook do not see it.
    pub hidden: bool,
}

/// Why a file cannot be read. Whoever keeps the file mends it; nothing here is a caller's mistake.
#[derive(Debug)]
pub enum ReadError {
    /// The file cannot be opened or read.
    Io(std::io::Error),
    /// It is not a file of this form.
    NotThis {
        /// The form that was expected.
        form: &'static str,
        /// What it is, or what the library says.
        why: String,
    },
    /// It ends or breaks in the midst.
    Broken {
        /// Where.
        place: String,
        /// What the library says.
        why: String,
    },
    /// It has no row that could be a head.
    Empty,
    /// The row that was said to be the head is not there, or empty.
    NoHead {
        /// The row that was asked for.
        row: u32,
    },
    /// There is no such sheet.
    NoSheet {
        /// The sheet that was asked for.
        asked: String,
        /// Those that there are.
        there: Words,
    },
    /// More than we read.
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
    Ragged {
        /// Where it begins.
        line: u64,
        /// Its cells.
        found: usize,
        /// The head's.
        columns: usize,
    },
    /// A quotation mark that is never closed: the rest of the file would be one cell.
    Unclosed {
        /// Where it stands.
        line: u64,
    },
    /// Text in an encoding that cannot be told.
    Encoding {
        /// The first line that is not UTF-8.
        line: u64,
        /// Its first bytes that are none, as hexadecimal digits.
        bytes: String,
        /// How each candidate reads it.
        evidence: Words,
    },
    /// An option that nobody knows.
    Option {
        /// Which.
        option: &'static str,
        /// As it was given.
        value: String,
        /// What it can be.
        known: &'static str,
    },
    /// The file says another number of rows than it has.
    RowsDiffer {
        /// As the file says.
        said: i64,
        /// Those that came.
        read: u64,
    },
    /// Whoever takes the rows did not go on.
    Sink(String),
    /// A mistake in a reader.
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
    fn words(self) -> Words {
        match self {
            Self::Columns => texts::columns(),
            Self::Rows => texts::rows(),
            Self::Cells => texts::cells(),
            Self::Bytes => texts::bytes(),
            Self::Levels => texts::levels(),
        }
    }
}

impl ReadError {
    /// What to tell a person.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Io(error) => texts::file_unreadable(error),
            Self::NotThis { form, why } => texts::not_of_form(form, why),
            Self::Broken { place, why } => texts::broken_at(place, why),
            Self::Empty => texts::no_head_in_empty(),
            Self::NoHead { row } => texts::nothing_in_head(*row),
            Self::NoSheet { asked, there } => texts::no_sheet(asked, there),
            Self::TooLarge { what, amount, place, limit } => {
                texts::too_large(*amount, &what.words(), place, *limit)
            }
            Self::Ragged { line, found, columns } => texts::ragged(*line, *found, *columns),
            Self::Unclosed { line } => texts::unclosed(*line),
            Self::Encoding { line, bytes, evidence } => {
                texts::encoding_unclear(*line, bytes, evidence, ENCODINGS)
            }
            Self::Option { option, value, known } => texts::option_unknown(option, value, known),
            Self::RowsDiffer { said, read } => texts::rows_differ(*said, *read),
            Self::Sink(why) => texts::rows_not_kept(why),
            Self::Panicked(why) => texts::reader_stopped(why),
        }
    }
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

impl std::error::Error for ReadError {}

impl From<std::io::Error> for ReadError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
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
