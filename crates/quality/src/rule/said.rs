//! What a rule asks and what repairs a record that fails, in both languages.

use model::text::tone::Placement;
use model::words::Words;

use crate::distinct::moment_of;
use crate::rule::code::At;
use crate::rule::{Asked, Check, Kind, Says};
use crate::texts;

/// The text of a check of a field with this title.
pub(super) fn said(title: &Words, check: &Check) -> Words {
    match check {
        Check::Required => texts::rule_required(title),
        Check::NotPlaceholder(_) => texts::rule_placeholder(title),
        Check::Is(kind) => texts::rule_type(title, &kind_word(*kind)),
        Check::Length { low, high } => texts::rule_length(title, low, high),
        Check::Format(pattern) => {
            let pattern = pattern.as_str();
            texts::rule_format(
                title,
                pattern.strip_prefix("^(?:").and_then(|rest| rest.strip_suffix(")$")).unwrap_or(pattern),
            )
        }
        Check::TaxCode => texts::rule_tax_code(title),
        Check::OneOf(_) | Check::NumberOf(_) => texts::rule_one_of(title),
        Check::NoneOf { .. } => texts::rule_none_of(title),
        Check::Code { list, at: At::Day(day) } => texts::rule_code(title, &list.id, day),
        Check::Code { list, at: At::Field(field) } => texts::rule_code_at(title, &list.id, field),
        Check::Within { above, .. } => texts::rule_within(title, above),
        Check::Range(range) => {
            let bound = |bound: Option<(f64, bool)>| {
                bound.map_or_else(|| "…".to_owned(), |(bound, _)| bound.to_string())
            };
            texts::rule_range(title, &bound(range.low), &bound(range.high))
        }
        Check::Span(range) => {
            let bound = |bound: Option<(f64, bool)>| {
                #[expect(clippy::cast_possible_truncation, reason = "made of whole microseconds")]
                let moment = bound.and_then(|(micros, _)| moment_of(micros as i64));
                moment.map_or_else(|| "…".to_owned(), |moment| moment.to_string())
            };
            texts::rule_span(title, &bound(range.low), &bound(range.high))
        }
        Check::Unique { with } if with.is_empty() => texts::rule_unique(title),
        Check::Unique { with } => texts::rule_unique_with(title, &with.join(", ")),
        Check::Reference(_) => texts::rule_reference(title),
        Check::PersonId { says: Says::Province, .. } => texts::rule_id_province(title),
        Check::PersonId { says: Says::BirthYear, .. } => texts::rule_id_birth_year(title),
        Check::PersonId { says: Says::Sex, .. } => texts::rule_id_sex(title),
        Check::NotBefore { earlier, .. } => texts::rule_not_before(title, earlier),
        Check::Differs { from } => texts::rule_differs(title, from),
        Check::ParentOlder { years, .. } => texts::rule_parent(title, years),
        Check::NotFuture => texts::rule_not_future(title),
        Check::Fresh { days } => texts::rule_fresh(title, days),
        Check::Lag { since, days } => texts::rule_lag(title, since, days),
        Check::Written(asked) => written(title, *asked),
        Check::FullName { .. } => texts::rule_full_name(title),
        Check::Condition(program) => texts::rule_condition(program.text()),
        Check::Rows => texts::rule_rows(),
    }
}

fn written(title: &Words, asked: Asked) -> Words {
    match asked {
        Asked::Composed => texts::rule_composed(title),
        Asked::Encoding => texts::rule_encoding(title),
        Asked::LetterD => texts::rule_letter_d(title),
        Asked::Spaces => texts::rule_spaces(title),
        Asked::Case => texts::rule_case(title),
        Asked::Tone(Placement::First) => texts::rule_tone(title, "hòa, thủy"),
        Asked::Tone(Placement::Second) => texts::rule_tone(title, "hoà, thuỷ"),
        Asked::NoDigits => texts::rule_no_digits(title),
    }
}

/// The word for what a field holds.
fn kind_word(kind: Kind) -> Words {
    match kind {
        Kind::Text => texts::kind_text(),
        Kind::Integer => texts::kind_integer(),
        Kind::Decimal => texts::kind_decimal(),
        Kind::Date => texts::kind_date(),
        Kind::Moment => texts::kind_moment(),
        Kind::Boolean => texts::kind_boolean(),
    }
}
