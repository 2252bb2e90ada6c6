//! What people type, read as the value that it stands for: a day as it is written here, a number with spaces in it.

use jiff::civil::Date;
use model::words::Words;
use serde_json::Value;

use super::case::text;
use crate::form::one_line;
use crate::texts;
use crate::words::Language;

/// Longest text, in characters: as a procedure's fields have it.
const TEXT_MAX: usize = 500;
/// Digits of a group in a long number.
const GROUP: usize = 3;
/// Digits of a person's number.
const ID_DIGITS: usize = 12;

/// The value that was typed for a field of this kind; empty where an optional one was left empty.
///
/// # Errors
/// What is wrong, and how it is put right.
pub(super) fn read(kind: &Value, typed: &str, optional: bool, language: Language) -> Result<String, Words> {
    let typed = model::text::nfc(&one_line(typed));
    if typed.is_empty() {
        return if optional { Ok(typed) } else { Err(missing(kind)) };
    }
    if let Some(choices) = kind.get("choice") {
        let known = choices.as_array().into_iter().flatten().any(|choice| text(choice, "code") == typed);
        return if known { Ok(typed) } else { Err(texts::choose_here()) };
    }
    match kind.as_str().unwrap_or("text") {
        "date" => date(&typed).map(|day| day.to_string()).ok_or_else(texts::day_as_written),
        "number" => {
            number(&typed, language).map(|number| number.to_string()).ok_or_else(texts::number_as_written)
        }
        "person_id" => {
            let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
            let right = digits.len() == ID_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
            if right { Ok(digits) } else { Err(texts::person_id_as_written()) }
        }
        "yes" if matches!(typed.as_str(), "true" | "false") => Ok(typed),
        "yes" => Err(texts::choose_here()),
        _ if typed.chars().count() > TEXT_MAX => Err(texts::too_long(TEXT_MAX)),
        _ if typed.chars().any(|c| c.is_control() || model::text::is_hidden(c)) => {
            Err(texts::control_characters())
        }
        _ => Ok(typed),
    }
}

/// A whole number as it is written in a language: `1.250.000`, `1,250,000` or `1 250 000`. What stands between groups of digits stands before
/// three of them each time: `1.5` is no number of 15.
fn number(typed: &str, language: Language) -> Option<i64> {
    let between = if language == Language::Vi { '.' } else { ',' };
    let mut groups = typed.split([between, ' ', '\u{a0}', '\u{202f}']);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let is_short = |digits: &str| (1..=GROUP).contains(&digits.trim_start_matches('-').len());
    let is_whole = |digits: &&str| digits.len() == GROUP && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_grouped = rest.is_empty() || is_short(first) && rest.iter().all(is_whole);
    is_grouped.then(|| format!("{first}{}", rest.concat()).parse().ok()).flatten()
}

fn missing(kind: &Value) -> Words {
    let chosen = kind.get("choice").is_some() || kind.as_str() == Some("yes");
    if chosen { texts::choose_here() } else { texts::not_filled_in_here() }
}

/// A day as people write it, `3/11/1990`, or as browsers send it.
fn date(typed: &str) -> Option<Date> {
    if let Ok(day) = typed.parse() {
        return Some(day);
    }
    let mut parts = typed.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty());
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// A value as a field shows it to be typed over: a day as people write it.
pub(super) fn shown(kind: &Value, value: &str) -> String {
    match (kind.as_str(), value.parse::<Date>()) {
        (Some("date"), Ok(day)) => day.strftime("%d/%m/%Y").to_string(),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_people_type_is_read_as_they_mean_it() {
        let right = [
            ("date", "3/11/1990", "1990-11-03"),
            ("date", "03.11.1990", "1990-11-03"),
            ("date", "1990-11-03", "1990-11-03"),
            ("person_id", "001 190 012345", "001190012345"),
            ("number", "1.250.000", "1250000"),
            ("number", "-12 500", "-12500"),
            ("number", "1250", "1250"),
            ("text", "  Nguyễn   Văn\r\nAn ", "Nguyễn   Văn An"),
            ("text", "e\u{302}", "ê"),
            ("yes", "true", "true"),
        ];
        for (kind, typed, value) in right {
            assert_eq!(read(&json!(kind), typed, false, Language::Vi).unwrap(), value, "{kind} {typed}");
        }
        let wrong = [
            ("date", "31/2/1990"),
            ("date", "3/11/90"),
            ("date", "1/2/3/2000"),
            ("person_id", "00119001234"),
            ("person_id", "00119001234x"),
            ("number", "mười"),
            ("number", "1.5"),
            ("number", "1.50.000"),
            ("number", "1,250"),
            ("number", "1250.000"),
            ("number", "1..250"),
            ("number", "1.25-"),
            ("number", "."),
            ("yes", "có"),
            ("text", "a\u{202e}b"),
            ("text", " "),
        ];
        for (kind, typed) in wrong {
            assert!(read(&json!(kind), typed, false, Language::Vi).is_err(), "{kind} {typed}");
        }
        // Each language has its own sign between groups; that of the other is a decimal's.
        assert_eq!(read(&json!("number"), "1,250", false, Language::En).unwrap(), "1250");
        assert!(read(&json!("number"), "1.250", false, Language::En).is_err());
        let choice = json!({ "choice": [{ "code": "nam", "name": { "vi": "Nam", "en": "Male" } }] });
        assert_eq!(read(&choice, "nam", false, Language::Vi).unwrap(), "nam");
        assert!(
            read(&choice, "nu", false, Language::Vi).is_err()
                && read(&choice, "", false, Language::Vi).is_err()
        );
        assert_eq!(read(&json!("date"), "", true, Language::Vi).unwrap(), "");
        assert_eq!(shown(&json!("date"), "1990-11-03"), "03/11/1990");
    }
}
