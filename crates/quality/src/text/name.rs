//! Full names: family name, middle name, given name (QCVN 109:2017: họ, chữ đệm, tên).

/// A full name in its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts<'a> {
    /// Họ: the first word.
    pub family: &'a str,
    /// Chữ đệm: what is between, as it stands there.
    pub middle: &'a str,
    /// Tên: the last word.
    pub given: &'a str,
    /// How sure that is, from 0 to 1: a family name of two words, or a given name of two, cannot be told from a middle name.
    pub confidence: f32,
}

/// Families of two words that are told from a middle name, for all that is known of them; the list is no law.
const COMPOUND: [&str; 6] = ["tôn thất", "tôn nữ", "công tằng", "âu dương", "tư mã", "hoàng phủ"];

/// A full name taken apart; nothing if it is no name of two words at least.
#[must_use]
pub fn split(name: &str) -> Option<Parts<'_>> {
    let name = name.trim();
    let (given_at, _) = name.char_indices().rev().find(|(_, c)| c.is_whitespace())?;
    let (head, given) = (name.get(..given_at)?.trim_end(), name.get(given_at..)?.trim_start());
    let mut spaces = head.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(at, _)| at);
    let first = spaces.next().unwrap_or(head.len());
    let second = spaces.next().unwrap_or(head.len());
    let two = head.get(..second)?.to_lowercase();
    let compound = COMPOUND.contains(&two.as_str());
    let end = if compound { second } else { first };
    let (family, middle) = (head.get(..end)?, head.get(end..)?.trim_start());
    let words = middle.split_whitespace().count();
    let confidence = match words {
        _ if compound => 0.8,
        0 | 1 => 0.95,
        2 => 0.8,
        _ => 0.6,
    };
    Some(Parts { family, middle, given, confidence })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let check = |name, family, middle, given| {
            let parts = split(name).unwrap();
            assert_eq!((parts.family, parts.middle, parts.given), (family, middle, given), "{name}");
        };
        check("Nguyễn Văn An", "Nguyễn", "Văn", "An");
        check("Lê An", "Lê", "", "An");
        check(" Trần Thị Thanh  Bình ", "Trần", "Thị Thanh", "Bình");
        check("Tôn Nữ Hoàng Oanh", "Tôn Nữ", "Hoàng", "Oanh");
        assert_eq!(split("An"), None);
        assert_eq!(split(""), None);
        assert!(
            split("Nguyễn Thị Thanh Mai Hoa").unwrap().confidence
                < split("Nguyễn Văn An").unwrap().confidence
        );
    }
}
