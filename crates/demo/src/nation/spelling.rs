//! How else a name gets written: the tone mark on the other vowel, no marks, capitals, "Thị" left out.
//!
//! Each function gives `None` when it would change nothing. All text stays NFC.

use model::text::search_key;
use model::text::tone::elsewhere;

/// "Hòa" as "Hoà", "Thuý" as "Thúy".
pub(super) fn with_tones_moved(name: &str) -> Option<String> {
    elsewhere(name)
}

/// "Nguyễn Thị Hòa" as "Nguyen Thi Hoa".
pub(super) fn without_marks(name: &str) -> Option<String> {
    let bare: Vec<_> = search_key(name).split(' ').map(capitalised).collect();
    changed(name, bare.join(" "))
}

/// "NGUYỄN THỊ HÒA".
pub(super) fn in_capitals(name: &str) -> Option<String> {
    changed(name, name.to_uppercase())
}

/// "Nguyễn Thị Hòa" as "Nguyễn Hòa".
pub(super) fn without_thi(name: &str) -> Option<String> {
    changed(name, name.replacen(" Thị ", " ", 1))
}

fn changed(before: &str, after: String) -> Option<String> {
    (before != after).then_some(after)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use model::text::{Likeness, likeness};

    use super::*;

    #[test]
    fn a_tone_moves_where_it_may() {
        let check =
            |name, expect: Option<&str>| assert_eq!(with_tones_moved(name).as_deref(), expect, "{name}");
        check("Trần Thị Hòa", Some("Trần Thị Hoà"));
        check("Lê Thuý Hoà", Some("Lê Thúy Hòa"));
        check("Ngô Quý", None);
        check("Phan Hoàng Toàn", None);
        check("Đỗ Huy", None);
    }

    #[test]
    fn other_spellings_are_as_clerks_write_them() {
        assert_eq!(without_marks("Đặng Thị Thúy").as_deref(), Some("Dang Thi Thuy"));
        assert_eq!(without_marks("Lan Anh"), None);
        assert_eq!(in_capitals("Đỗ Thị Hòa").as_deref(), Some("ĐỖ THỊ HÒA"));
        assert_eq!(without_thi("Đỗ Thị Hòa").as_deref(), Some("Đỗ Hòa"));
        assert_eq!(without_thi("Đỗ Hòa"), None);
    }

    #[test]
    fn a_moved_tone_is_the_same_spelled_otherwise() {
        for name in ["Hoà", "Khỏe", "Thuỵ", "Lê Thuý Hoà"] {
            let moved = with_tones_moved(name).unwrap();
            assert_eq!(likeness(name, &moved), Likeness::SameSpelledOtherwise, "{moved}");
            assert_eq!(with_tones_moved(&moved).as_deref(), Some(name));
        }
    }
}
