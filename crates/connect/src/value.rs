//! Cells: what a source has in a column of a row, and how that is written as a text.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

/// A cell as a driver gives it. In a place of a list it goes out to the caller and comes back, so its form for machines is short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Cell {
    /// Nothing.
    #[serde(rename = "n")]
    Null,
    /// Text; databases with declared types write everything so.
    #[serde(rename = "t")]
    Text(String),
    /// A whole number.
    #[serde(rename = "i")]
    Integer(i64),
    /// A floating number.
    #[serde(rename = "r", with = "as_text")]
    Real(f64),
    /// Bytes.
    #[serde(rename = "b", with = "as_base64")]
    Blob(Vec<u8>),
    /// What cannot be given, and what there is of it.
    #[serde(rename = "x")]
    Broken {
        /// Why not.
        flaw: Flaw,
        /// The bytes that the source has.
        #[serde(with = "as_base64")]
        raw: Vec<u8>,
    },
}

/// Why a value cannot be given, though its record can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// A text whose bytes are no UTF-8.
    NotUtf8,
    /// A day or moment outside of every calendar.
    OutOfRange,
    /// Its source can't read it either.
    Unreadable,
}

impl Flaw {
    /// Its name, for machines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotUtf8 => "not_utf8",
            Self::OutOfRange => "out_of_range",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Cell {
    /// A value that cannot be given, and of which nothing is kept.
    #[must_use]
    pub fn broken(flaw: Flaw) -> Self {
        Self::Broken { flaw, raw: Vec::new() }
    }

    /// A text of bytes, which may be none.
    #[must_use]
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes)
            .map_or_else(|error| Self::Broken { flaw: Flaw::NotUtf8, raw: error.into_bytes() }, Self::Text)
    }

    /// As text; nothing for [`Cell::Null`] and for what is broken.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Null | Self::Broken { .. } => None,
            Self::Text(text) => Some(text.clone()),
            Self::Integer(number) => Some(number.to_string()),
            Self::Real(number) => Some(real_text(*number)),
            Self::Blob(bytes) => Some(BASE64_STANDARD.encode(bytes)),
        }
    }
}

mod as_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::real_text(*number))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

mod as_base64 {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        BASE64_STANDARD.decode(String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// The shortest text that only this number has: `0.1`, `1e20`, `NaN`, `-Infinity`. Zero has no sign: databases find one by the other.
#[must_use]
pub fn real_text(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() };
    }
    let text = format!("{number:?}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// The shortest text of a number of 32 bits, by the digits that it has itself.
#[must_use]
pub fn real32_text(number: f32) -> String {
    // Nine digits tell a number of 32 bits, and of 64 bits the nearest to them is written by the same ones.
    number.to_string().parse().map_or_else(|_| number.to_string(), real_text)
}

/// Whether a text is the only one of a whole number from `low` to `high`: no sign but a minus, no zeros before.
#[must_use]
pub fn is_whole(text: &str, low: i128, high: i128) -> bool {
    text.parse::<i128>().is_ok_and(|number| (low..=high).contains(&number) && number.to_string() == text)
}

/// Whether a text is a number of digits, with places or not, written as databases do: no zeros before, a digit on each side of the point.
#[must_use]
pub fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, places) =
        digits.split_once('.').map_or((digits, None), |(whole, places)| (whole, Some(places)));
    let all = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all(whole) && (whole == "0" || !whole.starts_with('0')) && places.is_none_or(all)
}

/// Whether a text is a UUID as databases write them: in small letters, with its four marks.
#[must_use]
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

/// Bytes that a database wrote as hexadecimal digits, with `\\x` before them or not.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    hex::decode(text.strip_prefix("\\x").unwrap_or(text)).ok()
}

/// A day as sources write it: ISO, `dd/mm/yyyy`, `dd-mm-yyyy`, `dd.mm.yyyy`, `yyyymmdd`; a moment's day.
#[must_use]
pub fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    let date = |year: &str, month: &str, day: &str| {
        let number =
            |text: &str| text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok())?;
        let year: i16 = text_of(year, 4).then(|| year.parse().ok())??;
        Date::new(year, number(month)?, number(day)?).ok()
    };
    if let Ok(day) = text.parse::<Date>() {
        return Some(day);
    }
    if let Ok(moment) = text.replace(' ', "T").trim_end_matches("+00").parse::<DateTime>() {
        return Some(moment.date());
    }
    if text_of(text, 8) {
        return date(text.get(..4)?, text.get(4..6)?, text.get(6..)?);
    }
    let mut parts = text.split(['/', '-', '.']);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(day), Some(month), Some(year), None) if day.len() <= 2 && month.len() <= 2 => {
            date(year, month, day)
        }
        _ => None,
    }
}

fn text_of(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_are_read_as_sources_write_them() {
        for written in [
            "2020-02-29",
            "29/02/2020",
            "29-2-2020",
            "29.02.2020",
            "20200229",
            "2020-02-29 10:00:00",
            "2020-02-29T10:00:00.5",
        ] {
            assert_eq!(day(written).map(|day| day.to_string()).as_deref(), Some("2020-02-29"), "{written}");
        }
        for none in [
            "",
            "30/02/2020",
            "2020",
            "0000-00-00",
            "29/02/20",
            "20201399",
            "infinity",
            "1/2/3/2020",
            "+1/02/2020",
        ] {
            assert_eq!(day(none), None, "{none}");
        }
    }

    #[test]
    fn numbers_have_one_text() {
        let texts = [0.0, -0.0, 1.0, 0.1, 1e20, 1.5e300, f64::NAN, f64::NEG_INFINITY].map(real_text);
        assert_eq!(texts, ["0", "0", "1", "0.1", "1e20", "1.5e300", "NaN", "-Infinity"]);
        assert_eq!([0.1f32, 16_777_217.0, 3.4e38].map(real32_text), ["0.1", "16777216", "3.4e38"]);
        assert!(["0", "-1", "12.50", "0.5"].iter().all(|text| is_decimal(text)));
        assert!(
            ["", "-", "01", "1.", ".5", "+1", "1e5", "NaN", "1.2.3"].iter().all(|text| !is_decimal(text))
        );
        assert!(
            is_whole("-5", -5, 5) && !is_whole("6", -5, 5) && !is_whole("05", 0, 9) && !is_whole("-0", 0, 9)
        );
    }

    proptest! {
        #[test]
        fn the_shortest_text_is_read_as_the_same_number(bits in any::<u64>(), small in any::<u32>()) {
            let number = f64::from_bits(bits);
            let back: f64 = real_text(number).parse().unwrap();
            prop_assert!(back == number || (number.is_nan() && back.is_nan()));
            let number = f32::from_bits(small);
            let back: f32 = real32_text(number).parse().unwrap();
            prop_assert!(back == number || (number.is_nan() && back.is_nan()));
        }

        #[test]
        fn a_place_in_a_list_comes_back_as_it_was(text in any::<String>(), number in any::<i64>(), real in any::<f64>(), bytes in any::<Vec<u8>>()) {
            for cell in [Cell::Text(text.clone()), Cell::Integer(number), Cell::Real(real), Cell::Blob(bytes.clone()), Cell::of_bytes(bytes.clone())] {
                let back: Cell = serde_json::from_str(&serde_json::to_string(&cell).unwrap()).unwrap();
                prop_assert_eq!(back, cell);
            }
        }
    }
}
