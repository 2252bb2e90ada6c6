//! Papers: one A4 page in the form of an administrative document (Decree 30/2020, annex I), as PDF and as DOCX.
//!
//! What is written on it comes as text and stays text: there is no markup language in which a name could say something.

mod docx;
mod face;
mod lay;
mod pdf;

use unicode_normalization::UnicodeNormalization as _;

/// A document of one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// The language it is in, `vi` or `en`.
    pub language: &'static str,
    /// What readers of PDF and DOCX show as its title.
    pub title: String,
    /// Quốc hiệu and tiêu ngữ.
    pub country: [String; 2],
    /// The agency above the one that issues it, if it names one.
    pub above: Option<String>,
    /// The agency that issues it.
    pub agency: String,
    /// Number and symbol; the number is written in when it is issued.
    pub number: String,
    /// Where and when.
    pub place_and_date: String,
    /// What it is: `BÁO CÁO`.
    pub kind: String,
    /// Trích yếu.
    pub subject: String,
    /// What it says.
    pub body: Vec<Block>,
    /// What stands above those who get it.
    pub recipients_title: String,
    /// Who gets it.
    pub recipients: Vec<String>,
    /// In what capacity it is signed.
    pub signer: String,
    /// Who signs it; empty: nobody is named yet.
    pub name: String,
}

/// A part of what a paper says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Paragraph(String),
    /// A table.
    Table(Table),
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, a cell for each column.
    pub rows: Vec<Vec<String>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What stands above it.
    pub head: String,
    /// How wide it is beside the others.
    pub share: u8,
    /// Whether it has numbers, which stand at the right.
    pub number: bool,
}

/// Why there is no document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotDrawn {
    /// It needs more than the page.
    TooLong,
    /// It could not be written.
    Failed(String),
}

impl std::fmt::Display for NotDrawn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLong => f.write_str("it needs more than one page"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for NotDrawn {}

impl Paper {
    /// Whether it is at most a page.
    #[must_use]
    pub fn fits(&self) -> bool {
        lay::lay_out(self).fits()
    }

    /// As PDF, tagged so that it can be read aloud. The same paper is always the same bytes.
    ///
    /// # Errors
    /// [`NotDrawn`].
    pub fn pdf(&self) -> Result<Vec<u8>, NotDrawn> {
        let layout = lay::lay_out(self);
        if !layout.fits() {
            return Err(NotDrawn::TooLong);
        }
        pdf::write(self, &layout)
    }

    /// As DOCX (Office Open XML), for those who work on with it.
    ///
    /// # Errors
    /// [`NotDrawn::Failed`].
    pub fn docx(&self) -> Result<Vec<u8>, NotDrawn> {
        docx::write(self).map_err(|error| NotDrawn::Failed(error.to_string()))
    }
}

/// A text as it is printed: composed, on one line, without what cannot be seen or turns the direction of what stands beside it.
#[must_use]
pub fn plain(text: &str) -> String {
    let unseen = |c: &char| !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}');
    let seen: String = text
        .nfc()
        .filter(unseen)
        .map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c })
        .collect();
    seen.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The beginning of a text, of so many characters at most, with a sign where something was left out.
#[must_use]
pub fn short(text: &str, most: usize) -> String {
    let text = plain(text);
    if text.chars().count() <= most {
        return text;
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests;
