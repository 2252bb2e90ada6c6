//! Compares values that a caller has with those that the record holds. Says whether they match, and shows none.

use jiff::civil::Date;
use model::service::FieldKind;
use model::text::{Likeness, likeness};
use model::unit::{UnitCode, Units};
use serde::Serialize;
use serde_json::Value;

/// How a value compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The same.
    Match,
    /// The same but for case, spaces or the place of a tone mark.
    MatchOtherSpelling,
    /// The record holds the code of a unit from before 01/07/2025, and the value is the unit it went into.
    MatchAfterMerger,
    /// The same only without tone and letter marks.
    DiffersInMarks,
    /// Another value.
    Differs,
    /// The record has no value.
    NoValue,
    /// The record has a value that its source cannot give.
    Unavailable,
}

impl Verdict {
    /// Whether it counts as a match.
    #[must_use]
    pub fn is_match(self) -> bool {
        matches!(self, Self::Match | Self::MatchOtherSpelling | Self::MatchAfterMerger)
    }

    /// Whether it tells the caller of another value than theirs.
    #[must_use]
    pub fn is_wrong(self) -> bool {
        matches!(self, Self::DiffersInMarks | Self::Differs)
    }
}

/// Compares what the caller `asked` with what the record `held`.
#[must_use]
pub fn compare(kind: FieldKind, asked: &Value, held: &Value) -> Verdict {
    // What is shown is confirmed, a list or an object as well.
    if matches!(held, Value::Array(_) | Value::Object(_)) {
        return if asked == held { Verdict::Match } else { Verdict::Differs };
    }
    let Some(held) = text(held).filter(|held| !is_placeholder(held)) else { return Verdict::NoValue };
    let Some(asked) = text(asked) else { return Verdict::Differs };
    let same = |is_same: bool| if is_same { Verdict::Match } else { Verdict::Differs };
    match kind {
        FieldKind::Name => match likeness(&asked, &held) {
            Likeness::Same => Verdict::Match,
            Likeness::SameSpelledOtherwise => Verdict::MatchOtherSpelling,
            Likeness::SameWithoutMarks => Verdict::DiffersInMarks,
            Likeness::Other => Verdict::Differs,
        },
        FieldKind::Date => same(match (asked.parse::<Date>(), held.parse::<Date>()) {
            (Ok(asked), Ok(held)) => asked == held,
            _ => asked == held,
        }),
        FieldKind::Unit => compare_units(&asked, &held),
        _ => same(likeness(&asked, &held) == Likeness::Same),
    }
}

fn compare_units(asked: &str, held: &str) -> Verdict {
    if asked == held {
        return Verdict::Match;
    }
    let went_into = held.parse::<UnitCode>().ok().is_some_and(|held| {
        Units::shipped()
            .successors(&held)
            .iter()
            .any(|successor| successor.code.as_str() == asked && !successor.is_doubtful)
    });
    if went_into { Verdict::MatchAfterMerger } else { Verdict::Differs }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// What people write where they have nothing to write (rules on completeness: defect group 1).
fn is_placeholder(text: &str) -> bool {
    matches!(
        model::text::search_key(text).as_str(),
        "" | "-" | "n/a" | "khong ro" | "chua ro" | "null" | "x" | "."
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_compared_by_their_kind() {
        let check = |kind, asked: Value, held: Value, expect| {
            assert_eq!(compare(kind, &asked, &held), expect, "{asked} {held}")
        };
        check(FieldKind::Name, json!("NGUYỄN THỊ HOÀ"), json!("Nguyễn Thị Hòa"), Verdict::MatchOtherSpelling);
        check(FieldKind::Name, json!("Nguyen Thi Hoa"), json!("Nguyễn Thị Hòa"), Verdict::DiffersInMarks);
        check(FieldKind::Text, json!("a"), json!("A"), Verdict::Differs);
        check(FieldKind::Date, json!("1990-01-02"), json!("1990-01-02"), Verdict::Match);
        check(FieldKind::Date, json!("1990-01-02"), json!("1990-02-01"), Verdict::Differs);
        check(FieldKind::Boolean, json!(true), json!(true), Verdict::Match);
        check(FieldKind::Integer, json!("5"), json!(5), Verdict::Match);
        check(FieldKind::Text, json!("a"), json!(null), Verdict::NoValue);
        check(FieldKind::Name, json!("a"), json!("Không rõ"), Verdict::NoValue);
        check(FieldKind::Text, json!({"a": 1}), json!("a"), Verdict::Differs);
    }

    #[test]
    fn an_old_unit_matches_what_it_went_into() {
        let (old, new) = model::unit::Units::shipped()
            .in_force(model::unit::Tier::Commune, jiff::civil::date(2025, 6, 30))
            .into_iter()
            .find_map(|unit| match Units::shipped().successors(&unit.code) {
                [only] if only.code != unit.code && !only.is_doubtful => {
                    Some((unit.code.clone(), only.code.clone()))
                }
                _ => None,
            })
            .unwrap();
        let compare = |asked: &UnitCode, held: &UnitCode| {
            compare(FieldKind::Unit, &json!(asked.as_str()), &json!(held.as_str()))
        };
        assert_eq!(compare(&new, &old), Verdict::MatchAfterMerger);
        assert_eq!(compare(&new, &new), Verdict::Match);
        assert_eq!(compare(&old, &new), Verdict::Differs);
    }
}
