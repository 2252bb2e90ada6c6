//! What the pages say, in both languages side by side; and how each writes days, moments and numbers.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::Date;
use model::words::Words;
use serde_json::{Value, json};

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// Vietnamese.
    Vi,
    /// English.
    En,
}

impl Language {
    /// The language of that name; Vietnamese if there is none.
    pub(crate) fn of(name: &str) -> Self {
        if name == "en" { Self::En } else { Self::Vi }
    }

    /// Its name.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }
}

/// Viet Nam has had UTC+7 all year since 1975.
pub(crate) const VIET_NAM: jiff::tz::Offset = jiff::tz::offset(7);

/// What templates and forms ask for by key: the keys are known at run time only, so it is a file and no table of functions.
static WORDS: LazyLock<BTreeMap<String, Words>> = LazyLock::new(|| {
    let read = |text| -> BTreeMap<String, [String; 2]> { toml::from_str(text).unwrap_or_default() };
    let pairs = FILES.iter().flat_map(|text| read(text));
    pairs.map(|(key, [vi, en])| (key, Words::new(vi, en))).collect()
});

/// The hub's words, which the shells use as well, and the shells' own.
const FILES: [&str; 2] = [include_str!("../words.toml"), include_str!("../words-shell.toml")];

/// What stands under a key. A key that is not there shows itself, and a test fails.
pub(crate) fn words(language: Language, key: &str) -> String {
    match (WORDS.get(key), language) {
        (Some(words), Language::Vi) => words.vi().to_owned(),
        (Some(words), Language::En) => words.en().to_owned(),
        (None, _) => format!("⟦{key}⟧"),
    }
}

/// What stands under a key, for others who speak as the pages do.
#[must_use]
pub fn said(key: &str) -> Option<&'static Words> {
    WORDS.get(key)
}

/// What stands under a key, if there is one.
pub(crate) fn known(language: Language, key: &str) -> Option<String> {
    WORDS.contains_key(key).then(|| words(language, key))
}

/// The place of a form in words: `Dữ liệu chủ 1: Tên: vi`. What a page calls otherwise than others stands under its own name; so may a whole place.
pub(crate) fn place(language: Language, page: &str, place: &str) -> String {
    if place.contains('.')
        && let Some(word) = known(language, &format!("entry.{place}"))
    {
        return word;
    }
    let mut told = String::new();
    for part in place.split('.') {
        match part.parse::<usize>() {
            Ok(number) => told.push_str(&format!(" {}", number + 1)),
            Err(_) => {
                let word = known(language, &format!("entry.{page}.{part}"))
                    .unwrap_or_else(|| words(language, &format!("entry.{part}")));
                told.push_str(&format!("{}{word}", if told.is_empty() { "" } else { ": " }));
            }
        }
    }
    told
}

/// What stands under a key, with its one place filled.
pub(crate) fn filled(language: Language, key: &str, value: &str) -> String {
    words(language, key).replace("{value}", value)
}

/// Why something was done: as somebody has said it, or what the program has written of it, in words.
pub(crate) fn reason(language: Language, why: &str) -> String {
    match (hub::audit::reason::told(why), language) {
        (Some(words), Language::Vi) => words.vi().to_owned(),
        (Some(words), Language::En) => words.en().to_owned(),
        (None, _) => why.to_owned(),
    }
}

/// What each figure of the pages counts.
pub(crate) fn figures() -> Vec<Value> {
    let told = |(key, words): (&String, &Words)| {
        let name = key.strip_prefix("figure.")?;
        Some(json!({ "name": name, "vi": words.vi(), "en": words.en() }))
    };
    WORDS.iter().filter_map(told).collect()
}

/// A day: 23/11/2026, or 23 Nov 2026.
pub(crate) fn day(language: Language, text: &str) -> Option<String> {
    let day: Date = text.parse().ok()?;
    Some(day.strftime(if language == Language::Vi { "%d/%m/%Y" } else { "%d %b %Y" }).to_string())
}

/// A moment, in Viet Nam's time.
pub(crate) fn moment(language: Language, text: &str) -> Option<String> {
    let at: Timestamp = text.parse().ok()?;
    let at = VIET_NAM.to_datetime(at);
    let form = if language == Language::Vi { "%H:%M %d/%m/%Y" } else { "%d %b %Y %H:%M" };
    Some(at.strftime(form).to_string())
}

/// A whole number: 1.234.567, or 1,234,567.
pub(crate) fn number(language: Language, number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mark = if language == Language::Vi { '.' } else { ',' };
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_there_in_both_languages_with_the_same_places() {
        let mut read: BTreeMap<String, [String; 2]> = BTreeMap::new();
        for text in FILES {
            let more: BTreeMap<String, [String; 2]> = toml::from_str(text).unwrap();
            assert!(more.len() > 100);
            for (key, pair) in more {
                assert!(read.insert(key.clone(), pair).is_none(), "{key} is said twice");
            }
        }
        for (key, [vi, en]) in &read {
            assert!(!vi.trim().is_empty() && !en.trim().is_empty(), "{key}");
            let places = |text: &str| {
                let mut places: Vec<String> = text
                    .split('{')
                    .skip(1)
                    .filter_map(|rest| rest.split('}').next().map(str::to_owned))
                    .collect();
                places.sort_unstable();
                places
            };
            assert_eq!(places(vi), places(en), "{key}");
            assert!(model::text::is_nfc(vi), "{key}");
        }
    }

    #[test]
    fn days_moments_and_numbers_are_written_as_each_language_does() {
        let both = |form: fn(Language, &str) -> Option<String>, text: &str| {
            [Language::Vi, Language::En].map(|language| form(language, text).unwrap())
        };
        assert_eq!(both(day, "2026-11-03"), ["03/11/2026", "03 Nov 2026"]);
        assert_eq!(both(moment, "2026-11-03T20:05:00Z"), ["03:05 04/11/2026", "04 Nov 2026 03:05"]);
        assert_eq!(
            [Language::Vi, Language::En].map(|language| number(language, -1_234_567)),
            ["-1.234.567", "-1,234,567"]
        );
        assert_eq!(number(Language::Vi, 999), "999");
        assert_eq!(day(Language::Vi, "x"), None);
    }
}
