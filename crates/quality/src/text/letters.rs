//! Letters, spaces and case, each with what it should be.

use std::borrow::Cow;

use model::text::{is_hidden, is_nfc, nfc};

/// With composed letters; nothing if they are.
#[must_use]
pub fn composed(text: &str) -> Option<String> {
    (!text.is_ascii() && !is_nfc(text)).then(|| nfc(text))
}

/// With the Vietnamese Đ in the place of signs that look like it; nothing if there are none.
#[must_use]
pub fn letter_d(text: &str) -> Option<String> {
    if text.is_ascii() || !text.contains(['\u{d0}', '\u{f0}', '\u{189}', '\u{256}']) {
        return None;
    }
    Some(
        text.chars()
            .map(|c| match c {
                '\u{d0}' | '\u{189}' => 'Đ',
                '\u{f0}' | '\u{256}' => 'đ',
                other => other,
            })
            .collect(),
    )
}

/// With one space between words, none at the ends and nothing that cannot be seen; nothing if it is so.
#[must_use]
pub fn spaced(text: &str) -> Option<String> {
    let mut before = b' ';
    let is_plain = text.is_ascii()
        && text.bytes().all(|byte| {
            let good = byte > b' ' || (byte == b' ' && before != b' ');
            before = byte;
            good && byte != 0x7f
        })
        && before != b' ';
    if is_plain || text.is_empty() {
        return None;
    }
    let visible: Cow<'_, str> = if text.contains(is_hidden) {
        Cow::Owned(text.chars().filter(|c| !is_hidden(*c)).collect())
    } else {
        Cow::Borrowed(text)
    };
    let mut made = String::with_capacity(visible.len());
    for word in visible.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !made.is_empty() {
            made.push(' ');
        }
        made.push_str(word);
    }
    (made != text).then_some(made)
}

/// A name with a capital at the head of each word, or in capitals throughout, as registers write it; nothing if it is so.
#[must_use]
pub fn cased(name: &str) -> Option<String> {
    let letters = || name.chars().filter(|c| c.is_alphabetic());
    if letters().all(char::is_uppercase) {
        return None;
    }
    let good = name.split_whitespace().all(|word| {
        let mut letters = word.chars().filter(|c| c.is_alphabetic());
        letters.next().is_none_or(char::is_uppercase) && !letters.clone().any(char::is_uppercase)
    });
    if good {
        return None;
    }
    let mut made = String::with_capacity(name.len());
    let mut head = true;
    for c in name.chars() {
        if head {
            made.extend(c.to_uppercase());
        } else {
            made.extend(c.to_lowercase());
        }
        head = if c.is_alphabetic() { false } else { head || c.is_whitespace() };
    }
    (made != name).then_some(made)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_fault_is_told_with_what_it_should_be() {
        assert_eq!(composed("Nguye\u{302}\u{303}n").as_deref(), Some("Nguyễn"));
        assert_eq!(letter_d("Ðỗ Ðình ðức").as_deref(), Some("Đỗ Đình đức"));
        assert_eq!(letter_d("Đỗ"), None);
        assert_eq!(spaced("  Nguyễn\u{a0} Văn\tAn\u{200b} ").as_deref(), Some("Nguyễn Văn An"));
        assert_eq!(spaced("Nguyễn Văn An"), None);
        assert_eq!(spaced("a b"), None);
        assert_eq!(cased("nguyễn văn AN").as_deref(), Some("Nguyễn Văn An"));
        assert_eq!((cased("NGUYỄN VĂN AN"), cased("Nguyễn Văn An"), cased("")), (None, None, None));
        assert_eq!(cased("H'Hen Niê"), Some("H'hen Niê".into()));
    }

    proptest! {
        #[test]
        fn what_was_put_right_is_right(text in "\\PC{0,30}|[ \\ta-zĐÐ]{0,12}") {
            for repair in [composed, letter_d, spaced] {
                if let Some(made) = repair(&text) {
                    prop_assert_eq!(repair(&made), None);
                }
            }
        }
    }
}
