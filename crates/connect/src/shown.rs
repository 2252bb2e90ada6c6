//! What a record shows: a cell by the kind of its field. And the way back: by which cells of a source something is shown.
//!
//! The two are kept one: a field that records are looked for by is only shown in forms that lead back to what the source holds, so that
//! whatever is shown can be found. Where the kind's usual form would not (a name with two spaces, shown with one), it is shown as it is.

use std::borrow::Cow;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::civil::Date;
use model::column::Class;
use model::service::FieldKind;

use crate::value::{Cell, Flaw, day, real_text, unhex};
use crate::{Mapped, Native};

/// A value as a record shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Nothing is there.
    Null,
    /// Yes or no.
    Boolean(bool),
    /// A whole number of 64 bits. Everything else that has digits is a text, so that none is lost.
    Integer(i64),
    /// All else, as it is written.
    Text(String),
    /// What the source has as JSON, to the letter.
    Json(String),
    /// Something is there and cannot be given.
    Missing(Flaw),
}

impl Shown {
    /// What it is asked for by.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Null | Self::Missing(_) => None,
            Self::Boolean(yes) => Some(if *yes { "true".into() } else { "false".into() }),
            Self::Integer(number) => Some(number.to_string().into()),
            Self::Text(text) | Self::Json(text) => Some(text.into()),
        }
    }

    /// Writes it as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null | Self::Missing(_) => out.extend_from_slice(b"null"),
            Self::Text(text) => write_text(out, text),
            Self::Boolean(_) | Self::Integer(_) | Self::Json(_) => {
                out.extend_from_slice(self.text().unwrap_or_default().as_bytes());
            }
        }
    }

    /// As a JSON value: to compare with. Numbers in what the source has as JSON may lose digits by it.
    #[must_use]
    pub fn value(&self) -> serde_json::Value {
        match self {
            Self::Null | Self::Missing(_) => serde_json::Value::Null,
            Self::Boolean(yes) => (*yes).into(),
            Self::Integer(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Json(text) => serde_json::from_str(text).unwrap_or_default(),
        }
    }
}

/// Writes a text as JSON.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    // Writing to memory does not fail.
    let _ = serde_json::to_writer(out, text);
}

/// A cell as the source has it, as a text.
#[must_use]
pub fn original(mapped: &Mapped, cell: &Cell) -> Shown {
    match cell {
        Cell::Broken { flaw, .. } => Shown::Missing(*flaw),
        cell => cell.text().map_or(Shown::Null, |text| Shown::Text(by_class(mapped, text))),
    }
}

/// A cell as its field shows it.
#[must_use]
pub fn shown(mapped: &Mapped, cell: Cell) -> Shown {
    match cell {
        Cell::Null => Shown::Null,
        Cell::Broken { flaw, .. } => Shown::Missing(flaw),
        Cell::Text(text) => of_text(mapped, by_class(mapped, text)),
        cell => of_text(mapped, cell.text().unwrap_or_default()),
    }
}

/// By which texts of the source a field shows `text`: all of them, and no others.
#[must_use]
pub fn spellings(mapped: &Mapped, text: &str) -> Vec<String> {
    let shows = |written: &String| of_text(mapped, written.clone()).text().as_deref() == Some(text);
    let mut spellings: Vec<String> = candidates(mapped, text).into_iter().filter(shows).collect();
    spellings.sort_unstable();
    spellings.dedup();
    spellings
}

/// Whether two texts of the source may be shown alike.
#[must_use]
pub fn merges(mapped: &Mapped) -> bool {
    let is_free = mapped.column.class == Class::Text || mapped.column.native == Native::Written;
    let is_made = matches!(
        mapped.kind,
        FieldKind::PersonId | FieldKind::Unit | FieldKind::Date | FieldKind::Boolean | FieldKind::Integer
    );
    !mapped.values.is_empty() || mapped.digits.is_some() || (is_free && is_made)
}

fn of_text(mapped: &Mapped, text: String) -> Shown {
    let made = by_kind(mapped, &text);
    let leads_back = !mapped.searched || {
        let shown = made.text().unwrap_or_default();
        shown == text.as_str() || candidates(mapped, &shown).contains(&text)
    };
    if leads_back { made } else { Shown::Text(text) }
}

/// A text as a database with types writes it, in the one form that all sources have for it.
fn by_class(mapped: &Mapped, text: String) -> String {
    if mapped.column.native == Native::Written {
        return text;
    }
    match mapped.column.class {
        Class::Real => text.parse().map_or(text, real_text),
        Class::Bytes => unhex(&text).map_or(text, |bytes| BASE64_STANDARD.encode(bytes)),
        _ => text,
    }
}

/// The usual form of a text by its field's kind: days in ISO form, names in NFC with single spaces, codes of the term, identifiers with their
/// leading zeros. What cannot be made so stays as it is: nothing is lost on the way.
fn by_kind(mapped: &Mapped, text: &str) -> Shown {
    if !mapped.values.is_empty()
        && let Some(code) = mapped.values.get(text.trim())
    {
        return Shown::Text(code.clone());
    }
    let class = mapped.column.class;
    match mapped.kind {
        FieldKind::Boolean => {
            yes_or_no(class, text).map_or_else(|| as_it_stands(class, text), Shown::Boolean)
        }
        FieldKind::Integer => {
            // `numeric` without places is a whole number as well.
            let whole = text.split_once('.').map_or(text, |(whole, places)| {
                if places.bytes().all(|digit| digit == b'0') { whole } else { text }
            });
            whole.parse::<i64>().map_or_else(|_| as_it_stands(class, text), Shown::Integer)
        }
        FieldKind::Date => {
            if text_is_iso(text) {
                return Shown::Text(text.to_owned());
            }
            day(text).map_or_else(|| as_it_stands(class, text), |day| Shown::Text(day.to_string()))
        }
        FieldKind::Name if is_tidy(text) => Shown::Text(text.to_owned()),
        FieldKind::Name => {
            let words: Vec<&str> = text.split_whitespace().collect();
            Shown::Text(model::text::nfc(&words.join(" ")))
        }
        FieldKind::PersonId => padded(class, text, |_| mapped.digits.map_or(12, usize::from)),
        // Four digits are a commune's five. Fewer may be a province's, a district's or a commune's: settings say, or they stay.
        FieldKind::Unit if mapped.digits.is_none() => {
            padded(class, text, |digits| if digits == 4 { 5 } else { digits })
        }
        FieldKind::Text if class == Class::Json => {
            let is_json = serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok();
            if is_json { Shown::Json(text.to_owned()) } else { Shown::Text(text.to_owned()) }
        }
        FieldKind::Text | FieldKind::Decimal | FieldKind::Moment | FieldKind::Code | FieldKind::Unit => {
            match mapped.digits {
                Some(full) => padded(class, text, |_| full.into()),
                None => as_it_stands(class, text),
            }
        }
    }
}

/// A text with the one form that moments have.
fn as_it_stands(class: Class, text: &str) -> Shown {
    Shown::Text(match class {
        Class::Local | Class::Moment => moment(class, text),
        _ => text.to_owned(),
    })
}

/// Texts of the source that may be shown as `text`; some of them may not.
fn candidates(mapped: &Mapped, text: &str) -> Vec<String> {
    let mut found: Vec<String> =
        mapped.values.iter().filter(|(_, code)| *code == text).map(|(written, _)| written.clone()).collect();
    found.push(text.to_owned());
    let class = mapped.column.class;
    if let (Class::Local | Class::Moment, Some((day, clock))) = (class, text.split_once('T')) {
        let clock = clock.strip_suffix('Z').unwrap_or(clock);
        found.push(format!("{day} {clock}"));
        found.push(format!("{day} {clock}+00"));
    }
    match mapped.kind {
        FieldKind::Boolean => match text {
            "true" => found.extend(YES.map(str::to_owned)),
            "false" => found.extend(NO.map(str::to_owned)),
            _ => {}
        },
        FieldKind::Integer if class == Class::Decimal => {
            let places = scale(&mapped.column.declared);
            found.extend((places > 0).then(|| format!("{text}.{}", "0".repeat(places))));
        }
        FieldKind::Date => {
            // A type for days has one way of writing them.
            let is_free = class != Class::Date || mapped.column.native == Native::Written;
            if let Some(date) =
                Some(text).filter(|text| is_free && text_is_iso(text)).and_then(|text| text.parse().ok())
            {
                found.extend(written_days(date, class));
            }
        }
        _ => {}
    }
    let full = match (mapped.kind, mapped.digits) {
        (_, Some(full)) => Some(usize::from(full)),
        (FieldKind::PersonId, None) => Some(12),
        (FieldKind::Unit, None) => Some(5),
        _ => None,
    };
    if full == Some(text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Each with one zero less; the last digit may be a zero itself.
        let zeros = text.bytes().take_while(|byte| *byte == b'0').count().min(text.len() - 1);
        found.extend((1..=zeros).filter_map(|cut| text.get(cut..)).map(str::to_owned));
    }
    found
}

/// A day as sources write it.
fn written_days(date: Date, class: Class) -> Vec<String> {
    let (year, month, day) = (date.year(), date.month(), date.day());
    let mut found = vec![format!("{year:04}{month:02}{day:02}")];
    for mark in ['/', '-', '.'] {
        for day in [format!("{day:02}"), day.to_string()] {
            for month in [format!("{month:02}"), month.to_string()] {
                found.push(format!("{day}{mark}{month}{mark}{year:04}"));
            }
        }
    }
    if matches!(class, Class::Local | Class::Moment | Class::Text) {
        found.extend(["T00:00:00", " 00:00:00", " 00:00:00+00"].map(|clock| format!("{date}{clock}")));
    }
    found
}

/// Digits behind the point, of `numeric(10,2)`.
fn scale(declared: &str) -> usize {
    let places = declared.split_once(',').and_then(|(_, rest)| rest.split(')').next()?.trim().parse().ok());
    places.unwrap_or(0).min(100)
}

/// What stands for yes and for no.
const YES: [&str; 6] = ["t", "true", "1", "T", "Y", "y"];
const NO: [&str; 6] = ["f", "false", "0", "F", "N", "n"];

fn yes_or_no(class: Class, text: &str) -> Option<bool> {
    if YES.contains(&text) {
        return Some(true);
    }
    if NO.contains(&text) {
        return Some(false);
    }
    // In databases without yes and no every other number is a yes.
    (class == Class::Integer).then(|| text.parse::<i64>().ok()).flatten().map(|number| number != 0)
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

/// How a text is written that [`shown`] would leave as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AsItIs {
    /// As a text.
    Text,
    /// As a number, digit for digit.
    Number,
}

/// Whether [`shown`] would leave a text as it is; nothing if it takes a closer look to say.
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
        (_, Class::Real | Class::Bytes | Class::Json) => None,
        (FieldKind::Date, _) => text_if(text_is_iso(text)),
        (FieldKind::Name, _) => text_if(is_tidy(text)),
        (FieldKind::Unit, _) => text_if(is_digits(&[2, 3, 5])),
        (FieldKind::PersonId, _) => text_if(is_digits(&[12])),
        (FieldKind::Integer, _) => whole().then_some(AsItIs::Number),
        (FieldKind::Text | FieldKind::Code | FieldKind::Moment | FieldKind::Decimal, class) => {
            text_if(!matches!(class, Class::Local | Class::Moment))
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
fn padded(class: Class, text: &str, full: impl Fn(usize) -> usize) -> Shown {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return as_it_stands(class, text);
    }
    let full = full(digits.len());
    Shown::Text(format!("{digits:0>full$}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{Column, Equality};

    fn mapped(kind: FieldKind, class: Class) -> Mapped {
        let column = Column {
            name: String::new(),
            declared: String::new(),
            class,
            nullable: true,
            unique: false,
            comment: String::new(),
            native: Native::Type { name: String::new(), equality: Equality::Wider },
        };
        Mapped { kind, column, values: BTreeMap::new(), digits: None, original: false, searched: false }
    }

    fn json_of(mapped: &Mapped, cell: Cell) -> serde_json::Value {
        let mut out = Vec::new();
        shown(mapped, cell).write(&mut out);
        serde_json::from_slice(&out).unwrap()
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn values_come_out_as_their_kind_has_them() {
        let of = |kind, class, cell| json_of(&mapped(kind, class), cell);
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
        assert_eq!(json_of(&commune, Cell::Integer(4)), json!("00004"));
        let code = Mapped { digits: Some(2), ..mapped(FieldKind::Code, Class::Text) };
        assert_eq!((json_of(&code, text("1")), json_of(&code, text("khác"))), (json!("01"), json!("khác")));
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
        assert_eq!(of(FieldKind::Decimal, Class::Real, text("1e+20")), json!("1e20"));
        let values = BTreeMap::from([("Nam".to_owned(), "1".to_owned()), ("Nữ".to_owned(), "2".to_owned())]);
        let sex = Mapped { values, ..mapped(FieldKind::Code, Class::Text) };
        assert_eq!((json_of(&sex, text("Nữ ")), json_of(&sex, text("khác"))), (json!("2"), json!("khác")));
        let searched = Mapped { searched: true, ..sex };
        assert_eq!(
            (json_of(&searched, text("Nữ ")), json_of(&searched, text("Nữ"))),
            (json!("Nữ "), json!("2"))
        );
    }

    #[test]
    fn json_keeps_every_digit() {
        let mut out = Vec::new();
        let written = r#"{"a": 12345678901234567890123.50, "b": [1E+2]}"#;
        shown(&mapped(FieldKind::Text, Class::Json), text(written)).write(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), written);
    }

    const KINDS: [FieldKind; 10] = [
        FieldKind::Text,
        FieldKind::Name,
        FieldKind::Date,
        FieldKind::Integer,
        FieldKind::Boolean,
        FieldKind::Unit,
        FieldKind::PersonId,
        FieldKind::Decimal,
        FieldKind::Moment,
        FieldKind::Code,
    ];
    const CLASSES: [Class; 10] = [
        Class::Text,
        Class::Integer,
        Class::Decimal,
        Class::Real,
        Class::Boolean,
        Class::Date,
        Class::Local,
        Class::Moment,
        Class::Bytes,
        Class::Json,
    ];

    fn written() -> impl Strategy<Value = String> {
        prop_oneof![
            "\\PC{0,40}",
            "-?[0-9]{0,20}(\\.0{0,3})?",
            "[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?(\\+00|Z)?)?",
            "[0-3]?[0-9][-./][01]?[0-9][-./](19|20)[0-9]{2}",
            "0{0,12}[0-9]{1,12}",
            "[A-Z][a-z]{1,5}( {1,2}[A-Z][a-z]{1,5}){1,3}",
            "t|f|true|false|[01]|Y|N| 1",
        ]
    }

    proptest! {
        /// The law of this room: what a field that is searched by shows leads back to what the source holds, and to nothing that shows
        /// something else.
        #[test]
        fn what_is_shown_leads_back(raw in written(), other in written(), digits in prop::option::of(1u8..13), native in any::<bool>(), code in "[0-9]{1,2}") {
            for kind in KINDS {
                for class in CLASSES {
                    let mut mapped = Mapped { digits, searched: true, ..mapped(kind, class) };
                    mapped.values = BTreeMap::from([(other.clone(), code.clone())]);
                    if !native {
                        mapped.column.native = Native::Written;
                    }
                    for raw in [&raw, &other] {
                        let raw = by_class(&mapped, raw.clone());
                        let shown_as = of_text(&mapped, raw.clone()).text().map(Cow::into_owned).unwrap();
                        let back = spellings(&mapped, &shown_as);
                        prop_assert!(back.contains(&raw), "{kind:?} {class:?} {raw:?} {shown_as:?} {back:?}");
                        for one in back {
                            let again = of_text(&mapped, one.clone()).text().map(Cow::into_owned);
                            prop_assert_eq!(again.as_deref(), Some(shown_as.as_str()), "{:?}", one);
                        }
                    }
                }
            }
        }

        #[test]
        fn what_is_left_as_it_is_is_written_so(raw in written(), searched in any::<bool>()) {
            for kind in KINDS {
                for class in CLASSES {
                    let mapped = Mapped { searched, ..mapped(kind, class) };
                    let made = json_of(&mapped, Cell::Text(raw.clone()));
                    match as_it_is(&mapped, &raw) {
                        Some(AsItIs::Text) => prop_assert_eq!(made, json!(raw), "{:?} {:?}", kind, class),
                        Some(AsItIs::Number) => prop_assert_eq!(made.to_string(), raw.clone()),
                        None => {}
                    }
                }
            }
        }
    }
}
