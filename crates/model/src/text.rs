//! Vietnamese text: one form to keep, keys to compare by.

pub mod legacy;
pub mod syllable;
pub mod tone;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How alike two texts are, from the strictest way of comparing to the loosest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// Letter for letter, after NFC.
    Same,
    /// The same but for case, spaces or where the tone mark stands (`hòa`, `HOÀ`).
    SameSpelledOtherwise,
    /// The same without tone and letter marks (`Nguyễn`, `Nguyen`).
    SameWithoutMarks,
    /// Another text.
    Other,
}

/// Compares two texts.
#[must_use]
pub fn likeness(a: &str, b: &str) -> Likeness {
    if a.nfc().eq(b.nfc()) {
        Likeness::Same
    } else if spelling_key(a) == spelling_key(b) {
        Likeness::SameSpelledOtherwise
    } else if search_key(a) == search_key(b) {
        Likeness::SameWithoutMarks
    } else {
        Likeness::Other
    }
}

/// Whether a character shows nothing or turns the direction of what follows, so that two texts look the same: joiners, marks of
/// direction, fillers, tags (Unicode's `Default_Ignorable_Code_Point`, without the selectors of variants, and `Bidi_Control`).
#[must_use]
pub fn is_hidden(c: char) -> bool {
    matches!(
        u32::from(c),
        0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F | 0x202A..=0x202E
            | 0x2060..=0x206F | 0x3164 | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A
            | 0xE0000..=0xE0FFF
    )
}

/// Whether a parameter of an address is called as secrets are.
#[must_use]
pub fn names_a_secret(parameter: &str) -> bool {
    let name = parameter.to_lowercase();
    ["password", "passwd", "pwd", "pass", "token", "access_token", "api_key", "secret"]
        .contains(&name.as_str())
}

/// A text in NFC.
#[must_use]
pub fn nfc(text: &str) -> String {
    text.nfc().collect()
}

/// Whether a text is in NFC, the one form in which text is kept.
#[must_use]
pub fn is_nfc(text: &str) -> bool {
    unicode_normalization::is_nfc(text)
}

/// Lower case, single spaces, each syllable's tone mark moved to its end: `Hoà` and `HÒA` have the same key.
#[must_use]
pub fn spelling_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !key.is_empty() {
            key.push(' ');
        }
        let mut tones = String::new();
        for c in word.nfd().flat_map(char::to_lowercase) {
            if is_tone(c) { tones.push(c) } else { key.push(c) }
        }
        key.push_str(&tones);
    }
    key
}

/// Lower case, no marks at all, `đ` as `d`, single spaces: what a search compares.
#[must_use]
pub fn search_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let letters = word.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
        let mut letters = letters.map(|c| if c == 'đ' { 'd' } else { c }).peekable();
        // A word of marks only leaves no second space.
        if !key.is_empty() && letters.peek().is_some() {
            key.push(' ');
        }
        key.extend(letters);
    }
    key
}

/// Grave, acute, tilde, hook above, dot below: the five written tones, as combining marks.
fn is_tone(c: char) -> bool {
    matches!(c, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_alike_by_degrees() {
        let check = |a, b, expect| assert_eq!(likeness(a, b), expect, "{a} / {b}");
        check("Nguyễn Thị Hòa", "Nguye\u{302}\u{303}n Thị Hòa", Likeness::Same);
        check("Nguyễn Thị Hòa", "NGUYỄN THỊ  HOÀ", Likeness::SameSpelledOtherwise);
        check("Trần Thúy Quỳnh", "Trần Thuý Quỳnh", Likeness::SameSpelledOtherwise);
        check("Đỗ Mười", "Do Muoi", Likeness::SameWithoutMarks);
        check("Lê Văn Hùng", "Lê Văn Hưng", Likeness::SameWithoutMarks);
        check("Lê Văn Hùng", "Lê Văn Hải", Likeness::Other);
    }

    proptest! {
        #[test]
        fn keys_are_stable(text in "\\PC{0,40}") {
            prop_assert_eq!(search_key(&search_key(&text)), search_key(&text));
            prop_assert!(likeness(&text, &text) == Likeness::Same);
        }
    }
}
