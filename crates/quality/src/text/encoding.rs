//! Text that was written in TCVN3 or VNI and read as Western letters: `NguyÔn V¨n An`, `Nguyeãn Vaên An`. Found by what the other reading
//! makes of it: words that are Vietnamese syllables.

use model::text::{legacy, nfc, syllable};

/// What cannot be read stands as this sign.
pub const UNREADABLE: char = '\u{fffd}';

/// An encoding of before Unicode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Legacy {
    /// TCVN 5712:1993, VN3: the fonts called `.Vn…`, ABC.
    Tcvn3,
    /// VNI for Windows.
    Vni,
}

impl Legacy {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcvn3 => "TCVN3",
            Self::Vni => "VNI",
        }
    }
}

/// What a text would be in its own encoding, if it is not in Unicode. Only where the other reading makes syllables of all words with
/// signs beyond ASCII, and this one does not.
#[must_use]
pub fn found(text: &str) -> Option<(Legacy, String)> {
    if text.is_ascii() || text.len() > 4096 {
        return None;
    }
    let bytes = western(text)?;
    let (now, words) = syllable::count(text);
    if words > 0 && now == words {
        return None;
    }
    let score = |legacy| {
        let (read, told) = decoded(&bytes, legacy)?;
        let (good, all) = syllable::count(&read);
        (told > 0 && all > 0 && good == all && good > now).then_some((legacy, read, good))
    };
    let (tcvn3, vni) = (score(Legacy::Tcvn3), score(Legacy::Vni));
    match (tcvn3, vni) {
        (Some(one), Some(other)) if one.2 == other.2 => None,
        (Some(one), Some(other)) => Some(if one.2 > other.2 { (one.0, one.1) } else { (other.0, other.1) }),
        (Some(one), None) | (None, Some(one)) => Some((one.0, one.1)),
        (None, None) => None,
    }
}

/// The bytes of which a Western reader made this text; none if it is of other letters.
fn western(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|c| match c {
            '\0'..='\u{ff}' => u8::try_from(c).ok(),
            _ => WINDOWS.iter().position(|known| *known == c).and_then(|at| u8::try_from(0x80 + at).ok()),
        })
        .collect()
}

/// Windows-1252 from 0x80; what it leaves out stands as itself.
#[rustfmt::skip]
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn decoded(bytes: &[u8], legacy: Legacy) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut told = 0;
    for byte in bytes {
        if byte.is_ascii() {
            text.push(char::from(*byte));
        } else {
            text.push_str(match legacy {
                Legacy::Tcvn3 => legacy::tcvn3(*byte)?,
                Legacy::Vni => legacy::vni(*byte)?,
            });
            told += 1;
        }
    }
    Some((nfc(&text), told))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_as_western_letters_is_found() {
        let check = |text, legacy, expect: &str| {
            assert_eq!(found(text), Some((legacy, expect.to_owned())), "{text}");
        };
        check("NguyÔn V¨n An", Legacy::Tcvn3, "Nguyễn Văn An");
        check("TrÇn ThÞ B×nh", Legacy::Tcvn3, "Trần Thị Bình");
        check("Nguyeãn Vaên An", Legacy::Vni, "Nguyễn Văn An");
        check("Ñoã Thò Hoàng", Legacy::Vni, "Đỗ Thị Hồng");
    }

    #[test]
    fn what_is_right_is_left_alone() {
        for good in [
            "Nguyễn Văn An",
            "Hà Nội",
            "café",
            "Müller",
            "An",
            "",
            "Lò Văn Hoà",
            "Đà Nẵng",
            "Trần Thị Bình",
            "São Paulo",
            "Y Moan Êñuôl",
        ] {
            assert_eq!(found(good), None, "{good}");
        }
    }
}
