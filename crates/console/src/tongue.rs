//! In which language a text is that people have typed: pages say it where that is another one than their own, so that it is read aloud
//! right.

use crate::words::Language;

/// What stands between the two languages of a text that is in both.
const BETWEEN: &str = " | ";

/// A text as a page in a language shows it, and the language that it is in where that is another one.
pub(crate) fn told(language: Language, text: &str) -> (&str, Option<Language>) {
    // People type such a sign as well: halves are those of one text where each is told to be in its language.
    if let Some((vi, en)) = text.split_once(BETWEEN)
        && of(vi) == Some(Language::Vi)
        && of(en) == Some(Language::En)
    {
        return (if language == Language::Vi { vi } else { en }, None);
    }
    (text, of(text).filter(|of| *of != language))
}

/// The language of a text, as far as its words tell. Words with capitals may be names.
fn of(text: &str) -> Option<Language> {
    let is_marked =
        |c: char| c.is_alphabetic() && matches!(c, '\u{c0}'..='\u{1b0}' | '\u{1ea0}'..='\u{1ef9}');
    if text.chars().any(is_marked) {
        return Some(Language::Vi);
    }
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'');
    let mut words = words.filter(|word| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase()));
    words.any(|word| !is_syllable(word)).then_some(Language::En)
}

/// Whether letters without marks can be a Vietnamese syllable: it ends in a vowel or in m, n, ng, nh. Those that end in a stop have a mark.
fn is_syllable(word: &str) -> bool {
    const BEGINS: [&str; 28] = [
        "ngh", "ng", "nh", "gh", "gi", "kh", "ph", "th", "tr", "ch", "qu", "b", "c", "d", "g", "h", "k", "l",
        "m", "n", "p", "r", "s", "t", "v", "x", "q", "",
    ];
    const VOWELS: [&str; 23] = [
        "a", "e", "i", "o", "u", "y", "ai", "ao", "au", "ay", "eo", "ia", "iu", "oa", "oai", "oay", "oe",
        "oi", "oo", "ua", "ui", "uy", "uya",
    ];
    const ENDS: [&str; 5] = ["", "m", "n", "ng", "nh"];
    let rests = BEGINS.iter().filter_map(|begin| word.strip_prefix(begin));
    let ends = |rest: &str| {
        ENDS.iter().any(|end| rest.strip_suffix(end).is_some_and(|vowel| VOWELS.contains(&vowel)))
    };
    rests.into_iter().any(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_told_in_the_language_of_the_page_or_marked() {
        for (text, vi, en) in [
            ("Luật Căn cước", ("Luật Căn cước", None), ("Luật Căn cước", Some(Language::Vi))),
            (
                "approved by the minister",
                ("approved by the minister", Some(Language::En)),
                ("approved by the minister", None),
            ),
            ("đang sửa | being mended", ("đang sửa", None), ("being mended", None)),
            ("Tổ 3 | 12 Lê Lợi", ("Tổ 3 | 12 Lê Lợi", None), ("Tổ 3 | 12 Lê Lợi", Some(Language::Vi))),
            ("P12 | A", ("P12 | A", None), ("P12 | A", None)),
            ("trong ba nam", ("trong ba nam", None), ("trong ba nam", None)),
            ("VN/GOV/G01, 12", ("VN/GOV/G01, 12", None), ("VN/GOV/G01, 12", None)),
            ("", ("", None), ("", None)),
        ] {
            assert_eq!((told(Language::Vi, text), told(Language::En, text)), (vi, en), "{text}");
        }
    }
}
