//! What would repair a failing value, why, and how sure that is. Proposed to the owner, never done by us: DQ-04, correction happens in the
//! owning database.

use model::person::{PersonId, Sex};
use model::text::tone;
use model::words::Words;

use crate::rule::code::{At, Codes};
use crate::rule::{Asked, Check, Rule, Says};
use crate::state::failing::Record;
use crate::text::{encoding, letters};
use crate::texts;

/// A repair that is proposed.
#[derive(Debug, Clone, PartialEq)]
pub struct Repair {
    /// The record's key.
    pub key: String,
    /// The field to change.
    pub field: String,
    /// What stands there.
    pub old: String,
    /// What should; none: nothing, to be completed.
    pub new: Option<String>,
    /// Why.
    pub reason: Words,
    /// How sure it is, from 0 to 1.
    pub confidence: f32,
    /// The rule that the record fails.
    pub rule: String,
}

/// What would repair a record that fails a rule; none if the data do not tell. A value that was too long to be kept is not repaired.
#[must_use]
pub fn repair(rule: &Rule, record: &Record) -> Option<Repair> {
    let field = rule.field.as_ref()?;
    let old = record.value.as_deref().filter(|_| !record.cut && !record.key.is_empty())?;
    let (field, old, new, reason, confidence) = match (&rule.check, record.beside.as_deref()) {
        // The number is in its card, the sex beside it was typed: the other field is proposed to change.
        (Check::PersonId { says: Says::Sex, beside: Some(field) }, Some(beside)) => {
            let new = sex_like(beside, old.parse::<PersonId>().ok()?.sex())?;
            (field, beside, Some(new), texts::repair_sex_by_id(), 0.7)
        }
        (Check::PersonId { .. }, _) => return None,
        (check, beside) => {
            let (new, reason, confidence) = of_value(check, old, beside)?;
            (field, old, new, reason, confidence)
        }
    };
    (new.as_deref() != Some(old)).then(|| Repair {
        key: record.key.to_string(),
        field: field.clone(),
        old: old.to_owned(),
        new,
        reason,
        confidence,
        rule: rule.id.clone(),
    })
}

type Proposed = (Option<String>, Words, f32);

fn of_value(check: &Check, old: &str, beside: Option<&str>) -> Option<Proposed> {
    let sure = |new: String, reason: Words, confidence: f32| Some((Some(new), reason, confidence));
    match check {
        Check::NotPlaceholder(_) | Check::NoneOf { .. } => Some((None, texts::repair_empty(), 0.9)),
        Check::Written(asked) => match asked {
            Asked::Composed => sure(letters::composed(old)?, texts::repair_composed(), 1.0),
            Asked::Encoding => {
                let (legacy, new) = encoding::found(old)?;
                sure(new, texts::repair_encoding(legacy.name()), 0.95)
            }
            Asked::LetterD => sure(letters::letter_d(old)?, texts::repair_letter_d(), 0.99),
            Asked::Spaces => sure(letters::spaced(old)?, texts::repair_spaces(), 0.99),
            Asked::Case => sure(letters::cased(old)?, texts::repair_case(), 0.8),
            Asked::Tone(placement) => sure(tone::placed(old, *placement)?, texts::repair_tone(), 0.95),
            Asked::NoDigits => None,
        },
        Check::Code { list, at } => {
            let day = match at {
                At::Day(day) => Some(crate::distinct::day_number(*day)),
                At::Field(_) => beside.and_then(crate::distinct::day_of),
            };
            code(list, old, day?)
        }
        Check::Is(crate::rule::Kind::Date | crate::rule::Kind::Moment) => {
            let (new, confidence) = day(old)?;
            sure(new, texts::repair_day(), confidence)
        }
        Check::Format(pattern) => {
            let bare: String = old.chars().filter(|c| !c.is_whitespace() && !".-_".contains(*c)).collect();
            if bare != old && pattern.is_match(&bare) {
                return sure(bare, texts::repair_separators(), 0.9);
            }
            // Spreadsheets take leading zeros for nothing.
            let digits =
                !bare.is_empty() && bare.len() < 12 && bare.bytes().all(|byte| byte.is_ascii_digit());
            let filled = (1..=3).map(|zeros| format!("{}{bare}", "0".repeat(zeros)));
            let new = filled.into_iter().find(|text| digits && pattern.is_match(text))?;
            let known = new.parse::<PersonId>().ok().map(|id| id.province().is_some());
            sure(new, texts::repair_zeros(), if known == Some(false) { 0.3 } else { 0.7 })
        }
        Check::Length { .. } => {
            let new = letters::spaced(old)?;
            sure(new, texts::repair_spaces(), 0.6)
        }
        _ => None,
    }
}

/// A code in the place of one that does not hold at a day.
fn code(list: &Codes, old: &str, day: i32) -> Option<Proposed> {
    let holds = |code: &str| list.holds(code, day);
    let after: Vec<_> = list.after(old).iter().filter(|next| holds(&next.code)).collect();
    match after.as_slice() {
        [only] => {
            let confidence = if only.whole { 0.95 } else { 0.7 };
            return Some((Some(only.code.to_string()), texts::repair_code_after(&list.id), confidence));
        }
        // Several, and the source chooses one: an address must decide.
        [first, ..] if first.default => {
            return Some((Some(first.code.to_string()), texts::repair_code_several(&list.id), 0.5));
        }
        [_, ..] => return None,
        [] => {}
    }
    if let Some(code) = list.named(old).filter(|code| holds(code)) {
        return Some((Some(code.to_owned()), texts::repair_code_name(&list.id), 0.9));
    }
    let bare = old.trim();
    let zeros = (1..=2).map(|zeros| format!("{}{bare}", "0".repeat(zeros)));
    let new = std::iter::once(bare.to_owned()).chain(zeros).find(|code| code != old && holds(code))?;
    Some((Some(new), texts::repair_zeros(), 0.8))
}

/// `dd/mm/yyyy`, `d-m-yyyy`, `yyyymmdd` as a day of the calendar. Less sure where day and month could stand the other way round.
fn day(old: &str) -> Option<(String, f32)> {
    let text = old.trim();
    let date = |year: &str, month: &str, day: &str| {
        jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
    };
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some((date(text.get(..4)?, text.get(4..6)?, text.get(6..)?)?.to_string(), 0.95));
    }
    let parts: Vec<&str> = text.split(['/', '-', '.']).collect();
    let [day, month, year] = parts.as_slice() else { return None };
    if year.len() != 4 || day.len() > 2 || month.len() > 2 {
        return None;
    }
    let either = day != month && day.parse::<u8>().is_ok_and(|day| day <= 12);
    Some((date(year, month, day)?.to_string(), if either { 0.85 } else { 0.97 }))
}

/// The sex, written as the one that stands there is.
fn sex_like(written: &str, sex: Sex) -> Option<String> {
    let pairs =
        [("1", "2"), ("Nam", "Nữ"), ("nam", "nu"), ("nam", "nữ"), ("M", "F"), ("m", "f"), ("male", "female")];
    let (male, female) = pairs.iter().find(|(male, female)| written == *male || written == *female)?;
    Some(match sex {
        Sex::Male => (*male).to_owned(),
        Sex::Female => (*female).to_owned(),
    })
}
