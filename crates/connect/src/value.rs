//! Values: what a source has in a cell, and what goes out as JSON by the kind of its field.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::civil::{Date, DateTime};
use model::column::Class;
use model::service::FieldKind;
use serde_json::Value;

use crate::Mapped;

/// A cell as a driver gives it.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// Text; databases with declared types write everything so.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A floating number.
    Real(f64),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Cell {
    /// As text; nothing for [`Cell::Null`].
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Text(text) => Some(text.clone()),
            Self::Integer(number) => Some(number.to_string()),
            Self::Real(number) => Some(number.to_string()),
            Self::Blob(bytes) => Some(BASE64_STANDARD.encode(bytes)),
        }
    }
}

/// A cell as it is in the source, as JSON.
#[must_use]
pub fn original(class: Class, cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Integer(number) => number.into(),
        Cell::Real(number) => real(number, &number.to_string()),
        Cell::Blob(bytes) => BASE64_STANDARD.encode(bytes).into(),
        Cell::Text(text) => match class {
            Class::Integer => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
            Class::Real => {
                text.parse::<f64>().map_or_else(|_| text.clone().into(), |number| real(number, &text))
            }
            Class::Boolean => yes_or_no(&text).map_or_else(|| text.into(), Value::from),
            Class::Local | Class::Moment => moment(class, &text).into(),
            Class::Bytes => BASE64_STANDARD.encode(unhex(&text).unwrap_or_else(|| text.into_bytes())).into(),
            Class::Json => serde_json::from_str(&text).unwrap_or_else(|_| text.into()),
            Class::Text | Class::Decimal | Class::Date => text.into(),
        },
    }
}

/// A number that JSON has, or its text.
fn real(number: f64, text: &str) -> Value {
    serde_json::Number::from_f64(number).map_or_else(|| text.to_owned().into(), Value::Number)
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text {
        "t" | "true" | "1" | "T" | "Y" | "y" => Some(true),
        "f" | "false" | "0" | "F" | "N" | "n" => Some(false),
        _ => None,
    }
}

/// `2020-01-02 03:04:05+00` as `2020-01-02T03:04:05Z`. What is no such moment, `infinity`, a year before Christ, stays.
fn moment(class: Class, text: &str) -> String {
    let Some((day, rest)) = text.split_once(' ').filter(|(day, _)| day.parse::<Date>().is_ok()) else {
        return text.to_owned();
    };
    match rest.strip_suffix("+00") {
        Some(clock) => format!("{day}T{clock}Z"),
        None if class == Class::Moment && !rest.contains(['+', '-', ' ']) => format!("{day}T{rest}Z"),
        None if rest.contains(' ') => text.to_owned(),
        None => format!("{day}T{rest}"),
    }
}

/// Bytes that a database wrote as hexadecimal digits, with `\x` before them or not.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("\\x").unwrap_or(text);
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// A cell as its field's kind has it: days in ISO form, names in NFC with single spaces, codes of the term, identifiers with their leading
/// zeros. What cannot be made so stays as it is: nothing is lost on the way.
#[must_use]
pub fn normal(mapped: &Mapped, cell: Cell) -> Value {
    let (class, values) = (mapped.column.class, &mapped.values);
    if !values.is_empty()
        && let Some(code) = cell.text().and_then(|text| values.get(text.trim()))
    {
        return code.clone().into();
    }
    match (mapped.kind, cell) {
        (_, Cell::Null) => Value::Null,
        (FieldKind::Boolean, Cell::Integer(number)) => (number != 0).into(),
        (FieldKind::Boolean, Cell::Text(text)) => yes_or_no(&text).map_or_else(|| text.into(), Value::from),
        (FieldKind::Integer, Cell::Text(text)) => {
            // `numeric` without places is a whole number as well.
            let whole = text.split_once('.').map_or(text.as_str(), |(whole, places)| {
                if places.bytes().all(|digit| digit == b'0') { whole } else { text.as_str() }
            });
            whole.parse::<i64>().map_or_else(|_| text.clone().into(), Value::from)
        }
        (FieldKind::Decimal, cell) => cell.text().map_or(Value::Null, Value::from),
        // As it should be already, which most are: it goes on as it is.
        (FieldKind::Date, Cell::Text(text)) if text_is_iso(&text) => text.into(),
        (FieldKind::Date, cell) => {
            let text = cell.text().unwrap_or_default();
            day(&text).map_or_else(|| original(class, cell), |day| day.to_string().into())
        }
        (FieldKind::Name, Cell::Text(text)) if is_tidy(&text) => text.into(),
        (FieldKind::Name, Cell::Text(text)) => {
            let words: Vec<&str> = text.split_whitespace().collect();
            model::text::nfc(&words.join(" ")).into()
        }
        (FieldKind::PersonId, cell) => padded(cell, class, |_| 12),
        // Four digits are a commune's five. Fewer may be a province's, a district's or a commune's: settings say, or they stay.
        (FieldKind::Unit, cell) if mapped.digits.is_none() => {
            padded(cell, class, |digits| if digits == 4 { 5 } else { digits })
        }
        (_, cell) => match mapped.digits {
            Some(full) => padded(cell, class, |_| full.into()),
            None => original(class, cell),
        },
    }
}

/// How a text is written that [`normal`] would leave as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AsItIs {
    /// As a text.
    Text,
    /// As a number, digit for digit.
    Number,
}

/// Whether [`normal`] would leave a text as it is; nothing if it takes a closer look to say.
pub(crate) fn as_it_is(mapped: &Mapped, text: &str) -> Option<AsItIs> {
    if !mapped.values.is_empty() || mapped.digits.is_some() {
        return None;
    }
    let is_digits =
        |lengths: &[usize]| lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = || {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let canonical = digits == "0" || !digits.starts_with('0');
        canonical
            && text != "-0"
            && matches!(digits.len(), 1..=18)
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let text_if = |holds: bool| holds.then_some(AsItIs::Text);
    match (mapped.kind, mapped.column.class) {
        (FieldKind::Date, _) => text_if(text_is_iso(text)),
        (FieldKind::Name, _) => text_if(is_tidy(text)),
        (FieldKind::Unit, _) => text_if(is_digits(&[2, 3, 5])),
        (FieldKind::PersonId, _) => text_if(is_digits(&[12])),
        (FieldKind::Decimal, _) => Some(AsItIs::Text),
        (FieldKind::Integer, _) | (FieldKind::Text | FieldKind::Code | FieldKind::Moment, Class::Integer) => {
            whole().then_some(AsItIs::Number)
        }
        (FieldKind::Text | FieldKind::Code | FieldKind::Moment, class) => {
            text_if(matches!(class, Class::Text | Class::Decimal | Class::Date))
        }
        (FieldKind::Boolean, _) => None,
    }
}

/// `yyyy-mm-dd` of a day that there is.
fn text_is_iso(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok()
}

/// In NFC, with single spaces within and none at the ends.
fn is_tidy(text: &str) -> bool {
    let mut before = ' ';
    let single = text.chars().all(|c| {
        let good = c == ' ' || !c.is_whitespace();
        let good = good && !(c == ' ' && before == ' ');
        before = c;
        good
    });
    single && before != ' ' && model::text::is_nfc(text)
}

/// A code of digits with the leading zeros that a number has lost, and without the spaces and dots that people put in.
fn padded(cell: Cell, class: Class, full: impl Fn(usize) -> usize) -> Value {
    let Some(text) = cell.text() else { return Value::Null };
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return original(class, cell);
    }
    let full = full(digits.len());
    format!("{digits:0>full$}").into()
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
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::Column;

    fn mapped(kind: FieldKind, class: Class) -> Mapped {
        let column = Column {
            name: String::new(),
            declared: String::new(),
            class,
            nullable: true,
            unique: false,
            comment: String::new(),
        };
        Mapped { kind, column, values: BTreeMap::new(), digits: None, original: false }
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

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
    fn values_come_out_as_their_kind_has_them() {
        let of = |kind, class, cell| normal(&mapped(kind, class), cell);
        assert_eq!(of(FieldKind::Date, Class::Text, text("02/09/1945")), json!("1945-09-02"));
        assert_eq!(of(FieldKind::Date, Class::Text, text("khoảng 1945")), json!("khoảng 1945"));
        assert_eq!(
            of(FieldKind::Name, Class::Text, text("  Nguye\u{302}\u{303}n   Va\u{306}n A ")),
            json!("Nguyễn Văn A")
        );
        // A number has lost its zeros: what it was is only known where four digits are left, or where settings say.
        assert_eq!(of(FieldKind::Unit, Class::Integer, text("1")), json!("1"));
        assert_eq!(of(FieldKind::Unit, Class::Integer, Cell::Integer(1234)), json!("01234"));
        let commune = Mapped { digits: Some(5), ..mapped(FieldKind::Unit, Class::Integer) };
        assert_eq!(normal(&commune, Cell::Integer(4)), json!("00004"));
        let code = Mapped { digits: Some(2), ..mapped(FieldKind::Code, Class::Text) };
        assert_eq!((normal(&code, text("1")), normal(&code, text("khác"))), (json!("01"), json!("khác")));
        assert_eq!(of(FieldKind::Unit, Class::Text, text("00004")), json!("00004"));
        assert_eq!(of(FieldKind::PersonId, Class::Integer, text("1198000001")), json!("001198000001"));
        assert_eq!(of(FieldKind::PersonId, Class::Text, text("001 198 000 001")), json!("001198000001"));
        assert_eq!(of(FieldKind::PersonId, Class::Text, text("B1234567")), json!("B1234567"));
        assert_eq!(of(FieldKind::Integer, Class::Decimal, text("42.00")), json!(42));
        assert_eq!(
            of(FieldKind::Integer, Class::Decimal, text("99999999999999999999")),
            json!("99999999999999999999")
        );
        assert_eq!(
            of(FieldKind::Decimal, Class::Decimal, text("0.10000000000000000001")),
            json!("0.10000000000000000001")
        );
        assert_eq!(of(FieldKind::Boolean, Class::Boolean, text("t")), json!(true));
        assert_eq!(
            of(FieldKind::Text, Class::Moment, text("2020-01-02 03:04:05.6+00")),
            json!("2020-01-02T03:04:05.6Z")
        );
        assert_eq!(of(FieldKind::Text, Class::Moment, text("infinity")), json!("infinity"));
        assert_eq!(
            of(FieldKind::Text, Class::Local, text("0044-03-15 00:00:00 BC")),
            json!("0044-03-15 00:00:00 BC")
        );
        assert_eq!(of(FieldKind::Text, Class::Bytes, text("\\x00ff")), json!("AP8="));
        assert_eq!(of(FieldKind::Text, Class::Json, text("{\"a\": 1}")), json!({ "a": 1 }));
        assert_eq!(of(FieldKind::Text, Class::Real, text("NaN")), json!("NaN"));
        let values = BTreeMap::from([("Nam".to_owned(), "1".to_owned()), ("Nữ".to_owned(), "2".to_owned())]);
        let sex = Mapped { values, ..mapped(FieldKind::Code, Class::Text) };
        assert_eq!((normal(&sex, text("Nữ ")), normal(&sex, text("khác"))), (json!("2"), json!("khác")));
    }

    #[test]
    fn declared_types_are_understood() {
        for (declared, class) in [
            ("character varying(30)", Class::Text),
            ("INT UNSIGNED", Class::Integer),
            ("NUMBER(10)", Class::Decimal),
            ("timestamp(3) without time zone", Class::Local),
            ("timestamp with time zone", Class::Moment),
            ("integer[]", Class::Text),
            ("double precision", Class::Real),
            ("", Class::Text),
        ] {
            assert_eq!(Class::of(declared), class, "{declared}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_none_is_lost(written in "\\PC{0,40}|-?[0-9]{0,20}|[0-9]{4}-[0-9]{2}-[0-9]{2}|[A-Z][a-z]{1,5}( [A-Z][a-z]{1,5}){1,3}") {
            for kind in [FieldKind::Text, FieldKind::Name, FieldKind::Date, FieldKind::Integer, FieldKind::Boolean, FieldKind::Unit, FieldKind::PersonId, FieldKind::Decimal] {
                for class in [Class::Text, Class::Integer, Class::Moment, Class::Bytes, Class::Json, Class::Real] {
                    let as_is = as_it_is(&mapped(kind, class), &written);
                    let made = normal(&mapped(kind, class), Cell::Text(written.clone()));
                    match as_is {
                        Some(AsItIs::Text) => prop_assert_eq!(made, json!(written)),
                        Some(AsItIs::Number) => prop_assert_eq!(made.to_string(), written.clone()),
                        None => {}
                    }
                    prop_assert!(!normal(&mapped(kind, class), Cell::Text(written.clone())).is_null() || written.trim() == "null");
                }
            }
        }
    }
}
