//! Takes CSV apart, record by record, with the line that each begins at. A quotation mark that is never closed is an error: a reader that
//! forgives it makes one cell of all records behind it.

use std::io::{BufRead as _, BufReader, Read};

use crate::snapshot::reader::{CELL_MAX, ReadError, What, too_many};

/// Most cells of a record: the columns of a spreadsheet, all but [`COLUMNS_MAX`](crate::snapshot::reader) of which must be blank.
const WIDTH: usize = 16_384;

/// Cells, one behind another.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    /// The line it begins at, from 1.
    pub(super) line: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Record {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, place: usize) -> Option<&[u8]> {
        let end = *self.ends.get(place)?;
        let begin = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.bytes.get(begin..end)
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|place| self.get(place))
    }

    /// Nothing but separators and white space.
    pub(super) fn is_blank(&self) -> bool {
        super::is_blank(&self.bytes)
    }

    fn end_cell(&mut self) -> Result<(), ReadError> {
        self.ends.push(self.bytes.len());
        too_many(What::Columns, self.ends.len() as u64, WIDTH as u64, || format!("line {}", self.line))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a record.
    Start,
    /// Before a cell.
    Cell,
    Plain,
    Quoted,
    /// Behind a quotation mark within quotes: the end, or the first of two.
    Closing,
}

/// The records of a file.
pub(super) struct Records<R> {
    bytes: BufReader<R>,
    delimiter: Option<u8>,
    state: State,
    line: u64,
    /// The byte before was a carriage return: a line feed behind it ends no other line.
    returned: bool,
    quoted_at: u64,
}

impl<R: Read> Records<R> {
    pub(super) fn new(bytes: R, delimiter: Option<u8>) -> Self {
        let bytes = BufReader::with_capacity(64 * 1024, bytes);
        Self { bytes, delimiter, state: State::Start, line: 1, returned: false, quoted_at: 0 }
    }

    /// Nothing comes behind the record that was read.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.bytes.fill_buf().is_ok_and(<[u8]>::is_empty)
    }

    /// Reads the next into `record`; `false` is the end of the file.
    pub(super) fn next(&mut self, record: &mut Record) -> Result<bool, ReadError> {
        record.bytes.clear();
        record.ends.clear();
        record.line = self.line;
        loop {
            let piece = self.bytes.fill_buf()?;
            if piece.is_empty() {
                return self.end(record);
            }
            let mut used = 0;
            let mut ended = false;
            for byte in piece {
                used += 1;
                let (returned, was) = (std::mem::replace(&mut self.returned, *byte == b'\r'), self.state);
                let is_end = matches!(byte, b'\r' | b'\n');
                if is_end && !(returned && *byte == b'\n') {
                    self.line += 1;
                }
                (self.state, ended) = match (was, *byte) {
                    // The second half of the line's end before.
                    (State::Start, b'\n') if returned => {
                        record.line = self.line;
                        (State::Start, false)
                    }
                    (State::Start | State::Cell, b'"') => {
                        self.quoted_at = self.line;
                        (State::Quoted, false)
                    }
                    (State::Quoted, b'"') => (State::Closing, false),
                    (State::Closing, b'"') => {
                        record.bytes.push(b'"');
                        (State::Quoted, false)
                    }
                    (State::Quoted, byte) => {
                        record.bytes.push(byte);
                        (State::Quoted, false)
                    }
                    (_, b'\r' | b'\n') => (State::Start, true),
                    (_, byte) if Some(byte) == self.delimiter => {
                        record.end_cell()?;
                        (State::Cell, false)
                    }
                    // What stands behind a closed quotation belongs to the cell: `"a" b`.
                    (_, byte) => {
                        record.bytes.push(byte);
                        (State::Plain, false)
                    }
                };
                if ended {
                    break;
                }
            }
            self.bytes.consume(used);
            too_many(What::Bytes, record.bytes.len() as u64, 4 * CELL_MAX as u64, || {
                format!("line {}", record.line)
            })?;
            if ended {
                record.end_cell()?;
                return Ok(true);
            }
        }
    }

    fn end(&mut self, record: &mut Record) -> Result<bool, ReadError> {
        match self.state {
            State::Quoted => Err(ReadError::Unclosed { line: self.quoted_at }),
            State::Start => Ok(false),
            State::Cell | State::Plain | State::Closing => {
                self.state = State::Start;
                record.end_cell()?;
                Ok(true)
            }
        }
    }
}
