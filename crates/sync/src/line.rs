//! Changes of records as lines of text: how they are told on the way, in the log and in the chain of heads.
//!
//! ```text
//! S key<tab>cells            the record is this now
//! K new<tab>old<tab>cells    it has another key, and is this now
//! D key                      there is no such record any more
//! X                          there is none at all any more
//! ```
//! Cells stand as PostgreSQL's COPY writes them: `\N` is empty; ours is `\=`, which is as it was. Tab, line feed, carriage return and the
//! backslash are `\t`, `\n`, `\r` and `\\`.

use std::fmt;

/// A record's key, in its normal form.
pub type Key = String;

/// A value of a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// There is none.
    Empty,
    /// It, in its normal form.
    Text(String),
    /// What it was before. A source that keeps long values apart does not repeat those that a change left alone.
    Unchanged,
}

impl Cell {
    /// What it shows; none if it is empty or not told.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Empty | Self::Unchanged => None,
        }
    }
}

/// A change of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The record is this now, whatever was there.
    Set {
        /// Its key.
        key: Key,
        /// Its fields in the view's order, without the key.
        cells: Vec<Cell>,
    },
    /// It has another key now.
    Moved {
        /// From now on.
        new: Key,
        /// Until now.
        old: Key,
        /// Its fields.
        cells: Vec<Cell>,
    },
    /// It is no longer there, or no longer of those that are given.
    Gone {
        /// Its key.
        key: Key,
    },
    /// None is there any more.
    Cleared,
}

/// A line that says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// It begins with no letter of ours.
    #[error("a line begins with neither S, K, D nor X")]
    Kind,
    /// It has too few or too many cells.
    #[error("a line has another number of cells than its view has fields")]
    Cells,
    /// Behind a backslash stands what means nothing, or a key is no text.
    #[error("a backslash in a line means nothing, or a key is empty")]
    Escape,
}

impl Line {
    /// The record that the line is about, as it is called from now on.
    #[must_use]
    pub fn key(&self) -> Option<&Key> {
        match self {
            Self::Set { key, .. } | Self::Gone { key } | Self::Moved { new: key, .. } => Some(key),
            Self::Cleared => None,
        }
    }

    /// Reads one, without its line feed, of a view of so many fields.
    ///
    /// # Errors
    /// [`BadLine`].
    pub fn read(text: &str, fields: usize) -> Result<Self, BadLine> {
        if text == "X" {
            return Ok(Self::Cleared);
        }
        let (kind, rest) = text.split_once(' ').ok_or(BadLine::Kind)?;
        let mut parts = rest.split('\t');
        let mut key = || match parts.next().map(cell) {
            Some(Ok(Cell::Text(key))) => Ok(key),
            Some(Err(bad)) => Err(bad),
            _ => Err(BadLine::Escape),
        };
        let line = match kind {
            "S" => Self::Set { key: key()?, cells: Vec::new() },
            "K" => Self::Moved { new: key()?, old: key()?, cells: Vec::new() },
            "D" => Self::Gone { key: key()? },
            _ => return Err(BadLine::Kind),
        };
        let told = parts.map(cell).collect::<Result<Vec<_>, _>>()?;
        let asked = if matches!(line, Self::Gone { .. }) { 0 } else { fields };
        if told.len() != asked {
            return Err(BadLine::Cells);
        }
        Ok(match line {
            Self::Set { key, .. } => Self::Set { key, cells: told },
            Self::Moved { new, old, .. } => Self::Moved { new, old, cells: told },
            other => other,
        })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells = match self {
            Self::Set { key, cells } => {
                out.write_str("S ")?;
                write_text(out, key)?;
                cells.as_slice()
            }
            Self::Moved { new, old, cells } => {
                out.write_str("K ")?;
                write_text(out, new)?;
                out.write_str("\t")?;
                write_text(out, old)?;
                cells.as_slice()
            }
            Self::Gone { key } => {
                out.write_str("D ")?;
                write_text(out, key)?;
                &[]
            }
            Self::Cleared => return out.write_str("X"),
        };
        for cell in cells {
            out.write_str("\t")?;
            match cell {
                Cell::Empty => out.write_str("\\N")?,
                Cell::Unchanged => out.write_str("\\=")?,
                Cell::Text(text) => write_text(out, text)?,
            }
        }
        Ok(())
    }
}

/// A key or a text as it stands in a line.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_text(out, self.0)
    }
}

/// A key or a text that stands in a line.
///
/// # Errors
/// [`BadLine`].
pub(crate) fn unescaped(text: &str) -> Result<String, BadLine> {
    match cell(text)? {
        Cell::Text(text) => Ok(text),
        Cell::Empty | Cell::Unchanged => Err(BadLine::Escape),
    }
}

fn write_text(out: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '\t', '\n', '\r']) {
        let (plain, behind) = rest.split_at(at);
        out.write_str(plain)?;
        let mut letters = behind.chars();
        out.write_str(match letters.next() {
            Some('\t') => "\\t",
            Some('\n') => "\\n",
            Some('\r') => "\\r",
            _ => "\\\\",
        })?;
        rest = letters.as_str();
    }
    out.write_str(rest)
}

fn cell(text: &str) -> Result<Cell, BadLine> {
    match text {
        "\\N" => return Ok(Cell::Empty),
        "\\=" => return Ok(Cell::Unchanged),
        _ => {}
    }
    if text.contains(['\n', '\r']) {
        return Err(BadLine::Escape);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        plain.push_str(before);
        let mut letters = behind.chars();
        plain.push(match letters.next() {
            Some('t') => '\t',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('\\') => '\\',
            _ => return Err(BadLine::Escape),
        });
        rest = letters.as_str();
    }
    plain.push_str(rest);
    Ok(Cell::Text(plain))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof!["[\\\\\t\n\rN=SKDX a-z]{0,8}", any::<String>()]
    }

    fn any_cell() -> impl Strategy<Value = Cell> {
        prop_oneof![Just(Cell::Empty), Just(Cell::Unchanged), any_text().prop_map(Cell::Text)]
    }

    fn any_line() -> impl Strategy<Value = Line> {
        let cells = || prop::collection::vec(any_cell(), 3);
        prop_oneof![
            (any_text(), cells()).prop_map(|(key, cells)| Line::Set { key, cells }),
            (any_text(), any_text(), cells()).prop_map(|(new, old, cells)| Line::Moved { new, old, cells }),
            any_text().prop_map(|key| Line::Gone { key }),
            Just(Line::Cleared),
        ]
    }

    proptest! {
        #[test]
        fn a_line_is_read_as_it_was_written_and_stays_one_line(line in any_line()) {
            let text = line.to_string();
            prop_assert!(!text.contains(['\n', '\r']));
            prop_assert_eq!(Line::read(&text, 3), Ok(line));
        }

        /// What is read is written the same again: no two texts mean one line, so a chain over the text is one over what it means.
        #[test]
        fn whatever_can_be_read_is_written_as_it_was(text in "[SKDX] ?[\\\\tnrN=\tab]{0,12}") {
            if let Ok(line) = Line::read(&text, 2) {
                prop_assert_eq!(line.to_string(), text);
            }
        }
    }

    #[test]
    fn what_says_nothing_is_told_as_that() {
        let bad = |text| Line::read(text, 1).unwrap_err();
        assert_eq!(bad(""), BadLine::Kind);
        assert_eq!(bad("Q a\tb"), BadLine::Kind);
        assert_eq!(bad("S a"), BadLine::Cells);
        assert_eq!(bad("D a\tb"), BadLine::Cells);
        assert_eq!(bad("S \\N\tb"), BadLine::Escape);
        assert_eq!(bad("S a\tb\\"), BadLine::Escape);
    }
}
