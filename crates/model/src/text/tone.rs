//! Where the tone mark stands in `oa`, `oe`, `uy`: `hòa` or `hoà`. Both are written; one database should write one.

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;

/// The two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// `hòa`, `khỏe`, `thủy`: on the first of the two.
    First,
    /// `hoà`, `khoẻ`, `thuỷ`: on the second.
    Second,
}

/// `oa`, `oe`, `uy` at the end of a word with a mark, on the first and on the second.
const PAIRS: [(&str, &str); 15] = [
    ("òa", "oà"),
    ("óa", "oá"),
    ("ỏa", "oả"),
    ("õa", "oã"),
    ("ọa", "oạ"),
    ("òe", "oè"),
    ("óe", "oé"),
    ("ỏe", "oẻ"),
    ("õe", "oẽ"),
    ("ọe", "oẹ"),
    ("ùy", "uỳ"),
    ("úy", "uý"),
    ("ủy", "uỷ"),
    ("ũy", "uỹ"),
    ("ụy", "uỵ"),
];

/// The text with its marks in these places; nothing if they are there already. The text is in NFC.
#[must_use]
pub fn placed(text: &str, placement: Placement) -> Option<String> {
    by_words(text, |word| moved(word, placement))
}

/// The text with each mark in the other of its two places; nothing if none has two. The text is in NFC.
#[must_use]
pub fn elsewhere(text: &str) -> Option<String> {
    by_words(text, |word| moved(word, Placement::First).or_else(|| moved(word, Placement::Second)))
}

fn by_words(text: &str, change: impl Fn(&str) -> Option<String>) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let mut made = String::with_capacity(text.len());
    let mut changed = false;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let (word, beyond) = rest.split_at(end);
        match change(word) {
            Some(other) => {
                made.push_str(&other);
                changed = true;
            }
            None => made.push_str(word),
        }
        let sign = beyond.chars().next().map_or(0, char::len_utf8);
        let (sign, beyond) = beyond.split_at(sign);
        made.push_str(sign);
        rest = beyond;
    }
    changed.then_some(made)
}

fn moved(word: &str, placement: Placement) -> Option<String> {
    let mut last = word.char_indices().rev();
    let (at, _) = last.nth(1)?;
    let (head, pair) = word.split_at(at);
    // In `quý` the u is a part of the onset, and the mark has no choice.
    if head.ends_with(['q', 'Q']) {
        return None;
    }
    let small: String = pair.chars().flat_map(char::to_lowercase).nfc().collect();
    let (first, second) = PAIRS.iter().find(|(first, second)| *first == small || *second == small)?;
    let wanted = match placement {
        Placement::First => first,
        Placement::Second => second,
    };
    if *wanted == small {
        return None;
    }
    let cased: String = pair
        .chars()
        .zip(wanted.chars())
        .flat_map(|(was, c)| {
            let upper: Vec<char> = if was.is_uppercase() { c.to_uppercase().collect() } else { vec![c] };
            upper
        })
        .collect();
    Some(format!("{head}{cased}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_moved_and_case_is_kept() {
        let check = |text, placement, expect: Option<&str>| {
            assert_eq!(placed(text, placement).as_deref(), expect, "{text}");
        };
        check("Nguyễn Thị Hoà", Placement::First, Some("Nguyễn Thị Hòa"));
        check("HOÀ, thuỷ", Placement::First, Some("HÒA, thủy"));
        check("Thúy Hòa", Placement::Second, Some("Thuý Hoà"));
        check("Thúy Hòa", Placement::First, None);
        // The mark has one place only: in qu, and where another letter follows.
        check("Quý Hoàng Thuỳnh Tòan", Placement::First, None);
        check("quỳ", Placement::First, None);
        check("", Placement::First, None);
    }

    #[test]
    fn each_mark_moves_to_its_other_place_and_back() {
        for (first, second) in PAIRS {
            let (one, other) = (format!("Lê Th{first} An"), format!("Lê Th{second} An"));
            assert_eq!(elsewhere(&one).as_deref(), Some(other.as_str()));
            assert_eq!(elsewhere(&other).as_deref(), Some(one.as_str()));
            assert_eq!(
                (placed(&one, Placement::Second), placed(&other, Placement::First)),
                (Some(other), Some(one))
            );
        }
        assert_eq!(elsewhere("Ngô Quý Toàn Huy"), None);
    }
}
