//! Values that stand for nothing: "không rõ", "N/A", 01/01/1900.

use std::collections::HashSet;

use model::text::search_key;
use serde::Deserialize;

/// Words and days that people and programs put where nothing is known. Data, in the rule pack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placeholders {
    /// Words, compared without case, marks and spaces around them.
    #[serde(default)]
    texts: Vec<String>,
    /// Days.
    #[serde(default)]
    days: Vec<jiff::civil::Date>,
    #[serde(skip)]
    folded: HashSet<String>,
    /// What those begin with: most values begin with something else, and are looked at no further.
    #[serde(skip)]
    heads: HashSet<char>,
}

/// Longer texts are looked at no further.
const LONGEST: usize = 40;

impl Placeholders {
    /// These words and days.
    #[must_use]
    pub fn new(texts: &[&str], days: &[jiff::civil::Date]) -> Self {
        Self {
            texts: texts.iter().map(|text| (*text).to_owned()).collect(),
            days: days.to_vec(),
            ..Self::default()
        }
        .ready()
    }

    /// With its words as they are compared.
    #[must_use]
    pub(crate) fn ready(mut self) -> Self {
        self.folded = self.texts.iter().map(|text| folded(text)).collect();
        self.heads = self.folded.iter().filter_map(|text| text.chars().next()).collect();
        self
    }

    /// Whether a text is one.
    #[must_use]
    pub fn is_text(&self, text: &str) -> bool {
        if text.len() > LONGEST {
            return false;
        }
        let text = text.trim();
        // A run of one sign, whatever its length: "-----", "....".
        let mut signs = text.chars();
        let run = signs.next().is_some_and(|first| "-.?_*/xX".contains(first) && signs.all(|c| c == first));
        let Some(head) = text.chars().next() else { return false };
        // "x" alone may be a code; two and more are a cross through the cell.
        (run && (text.len() > 1 || !text.eq_ignore_ascii_case("x")))
            || (folded(head.encode_utf8(&mut [0; 4]))
                .chars()
                .next()
                .is_none_or(|head| self.heads.contains(&head))
                && self.folded.contains(&folded(text)))
    }

    /// Whether a day is one.
    #[must_use]
    pub fn is_day(&self, day: jiff::civil::Date) -> bool {
        self.days.contains(&day)
    }
}

fn folded(text: &str) -> String {
    // ASCII is most of what comes, and needs no taking apart.
    if text.is_ascii() { text.trim().to_ascii_lowercase() } else { search_key(text) }
}
