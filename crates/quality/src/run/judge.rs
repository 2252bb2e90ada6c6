//! Rules over one field: each value that differs is judged once, by a loop of its own for each kind of rule.

use model::person::PersonId;
use model::tax::TaxCode;
use model::text::tone;

use crate::distinct::{Hasher, Value};
use crate::expression::Columns;
use crate::rule::code::At;
use crate::rule::{Asked, Check, Kind, Rule, Rules, Says};
use crate::run::batch::{Batch, Column, Presence};
use crate::run::rows;
use crate::state::dimension::Dimension;
use crate::state::failing::Record;
use crate::state::measured::{Measured, Outcome};
use crate::state::profile::pattern_of;
use crate::text::{encoding, letters};
use Outcome::{Fail, NotApplicable, Null, Pass};

/// Judges all rows by a rule.
pub(super) fn judge(rule: &Rule, batch: &Batch<'_>, rules: &Rules, hasher: &Hasher, into: &mut Measured) {
    match &rule.check {
        Check::Rows => into.counted.not_applicable += batch.rows as u64,
        Check::Unique { .. } => rows::unique(rule, batch, rules, hasher, into),
        check => {
            let of = |field: &str| batch.column(rules, field);
            let (own, other) = (rule.field.as_deref().and_then(of), rows::beside(check).map(of));
            match (check, own, other) {
                (Check::Condition(_), ..) | (_, Some(_), Some(Some(_))) => {
                    let outcomes = outcomes(rule, batch, rules);
                    spread(rule, &outcomes, other.flatten(), batch, rules, hasher, into);
                }
                (_, Some(column), None) => single(rule, column, batch, rules, hasher, into),
                _ => {}
            }
        }
    }
}

/// How each row stands to a rule. One about the whole says nothing of a row.
pub(super) fn outcomes(rule: &Rule, batch: &Batch<'_>, rules: &Rules) -> Vec<Outcome> {
    let nothing = || vec![NotApplicable; batch.rows];
    match &rule.check {
        Check::Rows | Check::Unique { .. } => nothing(),
        Check::Condition(program) => {
            let lanes = rows::Lanes::of(program, batch, rules);
            let truths = program.truths(&lanes as &dyn Columns, batch.rows, batch.today);
            truths.into_iter().map(|truth| truth.map_or(Null, Outcome::of)).collect()
        }
        check => {
            let Some(column) = rule.field.as_deref().and_then(|field| batch.column(rules, field)) else {
                return nothing();
            };
            if let Some(beside) = rows::beside(check) {
                let other = batch.column(rules, beside);
                return other.map_or_else(nothing, |other| rows::judged(check, column, other, batch, rules));
            }
            let (verdicts, none) = (verdicts(check, column, batch.today), of_nothing(check));
            let of_row = column.distinct.of_row.iter();
            of_row.map(|at| verdicts.get(*at as usize).copied().unwrap_or(none)).collect()
        }
    }
}

/// How a row stands to a rule that has no value at all.
fn of_nothing(check: &Check) -> Outcome {
    if matches!(check, Check::Required | Check::NoneOf { nulls: true, .. }) { Fail } else { Null }
}

/// A rule over one field.
fn single(
    rule: &Rule,
    column: &Column<'_>,
    batch: &Batch<'_>,
    rules: &Rules,
    hasher: &Hasher,
    into: &mut Measured,
) {
    let verdicts = verdicts(&rule.check, column, batch.today);
    let none = of_nothing(&rule.check);
    for (verdict, count) in verdicts.iter().zip(&column.distinct.counts) {
        add(into, *verdict, u64::from(*count));
    }
    add(into, none, column.distinct.nulls);
    if !verdicts.contains(&Fail) && (none != Fail || column.distinct.nulls == 0) {
        return;
    }
    for (row, at) in column.distinct.of_row.iter().enumerate() {
        if verdicts.get(*at as usize).copied().unwrap_or(none) == Fail {
            failed(Some(column), None, row, batch, hasher, into);
        }
    }
    settle(rule, batch, rules, into);
}

/// Outcomes of rows, counted and noted.
fn spread(
    rule: &Rule,
    outcomes: &[Outcome],
    beside: Option<&Column<'_>>,
    batch: &Batch<'_>,
    rules: &Rules,
    hasher: &Hasher,
    into: &mut Measured,
) {
    let column = rule.field.as_deref().and_then(|field| batch.column(rules, field));
    let mut any = false;
    for (row, outcome) in outcomes.iter().enumerate() {
        add(into, *outcome, 1);
        if *outcome == Fail {
            failed(column, beside, row, batch, hasher, into);
            any = true;
        }
    }
    if any {
        settle(rule, batch, rules, into);
    }
}

fn add(into: &mut Measured, outcome: Outcome, times: u64) {
    let tally = &mut into.counted;
    *match outcome {
        Pass => &mut tally.pass,
        Fail => &mut tally.fail,
        Null => &mut tally.null,
        NotApplicable => &mut tally.not_applicable,
    } += times;
}

/// Notes a failing row: its record, and what may be the cause.
fn failed(
    column: Option<&Column<'_>>,
    beside: Option<&Column<'_>>,
    row: usize,
    batch: &Batch<'_>,
    hasher: &Hasher,
    into: &mut Measured,
) {
    let text = |column: Option<&Column<'_>>| {
        let value = column.and_then(|column| column.distinct.value(row));
        value.map(|value| value.text().into_owned())
    };
    match batch.key_digest(row) {
        Some(digest) => into.failing.add(digest, || {
            let key = batch.key(row).map(|key| key.text().into_owned()).unwrap_or_default();
            Record::of(&key, text(column).as_deref(), text(beside).as_deref())
        }),
        None => into.failing.add_without_key(),
    }
    for (dimension, counts) in &mut into.causes {
        match (dimension, column) {
            (Dimension::Value | Dimension::Pattern, None) => {}
            (Dimension::Value, Some(column)) => {
                if let (Some(digest), Some(at)) = (column.digest(row), column.distinct.of_row.get(row)) {
                    counts.add(digest, 1, *at);
                }
            }
            (Dimension::Pattern, Some(column)) => {
                if let (Some(Value::Text(text)), Some(at)) =
                    (column.distinct.value(row), column.distinct.of_row.get(row))
                {
                    let mut pattern = Vec::new();
                    pattern_of(text, &mut pattern);
                    counts.add(hasher.bytes(&pattern), 1, *at);
                }
            }
            (dimension, _) => {
                if let Some(cause) = batch.causes.get(dimension) {
                    cause.count(batch, row, counts);
                }
            }
        }
    }
}

/// Keeps the texts of causes that are new.
fn settle(rule: &Rule, batch: &Batch<'_>, rules: &Rules, into: &mut Measured) {
    let column = rule.field.as_deref().and_then(|field| batch.column(rules, field));
    let text = |at: u32| {
        let value = column.and_then(|column| column.distinct.values.get(at as usize));
        value.map(|value| value.text().into_owned()).unwrap_or_default()
    };
    for (dimension, counts) in &mut into.causes {
        match dimension {
            Dimension::Value => counts.settle(text),
            Dimension::Pattern => counts.settle(|at| {
                let mut pattern = Vec::new();
                pattern_of(&text(at), &mut pattern);
                String::from_utf8_lossy(&pattern).into_owned()
            }),
            dimension => {
                if let Some(cause) = batch.causes.get(dimension) {
                    cause.settle(batch, counts);
                }
            }
        }
    }
}

/// A verdict for each value that differs.
fn verdicts(check: &Check, column: &Column<'_>, today: i32) -> Vec<Outcome> {
    let texts = |test: &dyn Fn(&str) -> bool| each(column, |value| Outcome::of(test(&value.text())));
    match check {
        Check::Required => {
            let present = |presence: &Presence| Outcome::of(*presence != Presence::Blank);
            column.presence.iter().map(present).collect()
        }
        Check::NotPlaceholder(_) => column
            .presence
            .iter()
            .map(|presence| match presence {
                Presence::Present => Pass,
                Presence::Placeholder => Fail,
                Presence::Blank => Null,
            })
            .collect(),
        Check::Is(kind) => each(column, |value| Outcome::of(is(value, *kind))),
        Check::Length { low, high } => {
            let fits =
                |length: usize| u32::try_from(length).is_ok_and(|length| (*low..=*high).contains(&length));
            each(column, |value| match value {
                Value::Text(text) if text.is_ascii() => Outcome::of(fits(text.len())),
                value => Outcome::of(fits(value.text().chars().count())),
            })
        }
        Check::Format(pattern) => each(column, |value| match value {
            Value::Text(text) => Outcome::of(pattern.is_match(text)),
            value => Outcome::of(pattern.is_match(&value.text())),
        }),
        Check::TaxCode => texts(&|text| text.parse::<TaxCode>().is_ok()),
        Check::OneOf(values) => texts(&|text| values.contains(text)),
        // What is no number is none of them; the rule about the type tells why.
        Check::NumberOf(numbers) => {
            each(column, |value| Outcome::of(value.number().is_some_and(|number| numbers.contains(&number))))
        }
        Check::NoneOf { values, .. } => {
            let blank = if values.contains("") { Fail } else { Null };
            let verdict = |(value, presence): (&Value<'_>, &Presence)| match presence {
                Presence::Blank => blank,
                _ => Outcome::of(!values.contains(&*value.text())),
            };
            column.distinct.values.iter().zip(&column.presence).map(verdict).collect()
        }
        Check::Code { list, at: At::Day(day) } => {
            let day = crate::distinct::day_number(*day);
            texts(&|text| list.holds(text, day))
        }
        Check::Reference(keys) => {
            let known = column.distinct.hashes.iter().map(|digest| keys.binary_search(digest).is_ok());
            let all = known.zip(&column.presence);
            all.map(
                |(known, presence)| if *presence == Presence::Present { Outcome::of(known) } else { Null },
            )
            .collect()
        }
        Check::PersonId { says: Says::Province, .. } => {
            each(column, |value| match value.text().parse::<PersonId>() {
                Ok(id) => Outcome::of(id.province().is_some()),
                Err(_) => NotApplicable,
            })
        }
        Check::Written(asked) => written(*asked, column),
        check => sized(check, column, today),
    }
}

/// Rules over numbers and times.
fn sized(check: &Check, column: &Column<'_>, today: i32) -> Vec<Outcome> {
    match check {
        Check::Range(range) => each(column, |value| match value.number() {
            Some(number) => Outcome::of(range.holds(number)),
            None => NotApplicable,
        }),
        #[expect(clippy::cast_precision_loss, reason = "as the bounds")]
        Check::Span(range) => each(column, |value| match value.moment() {
            Some(micros) => Outcome::of(range.holds(micros as f64)),
            None => NotApplicable,
        }),
        Check::NotFuture => {
            each(column, |value| value.day().map_or(NotApplicable, |day| Outcome::of(day <= today)))
        }
        Check::Fresh { days } => {
            let fresh = |day: i32| Outcome::of(today.saturating_sub(day) <= *days);
            each(column, |value| value.day().map_or(NotApplicable, fresh))
        }
        // Those over rows never come here: `judge`.
        _ => vec![NotApplicable; column.distinct.values.len()],
    }
}

fn written(asked: Asked, column: &Column<'_>) -> Vec<Outcome> {
    let texts = |test: &dyn Fn(&str) -> bool| {
        each(column, |value| match value {
            Value::Text(text) => Outcome::of(test(text)),
            _ => NotApplicable,
        })
    };
    match asked {
        Asked::Composed => texts(&|text| letters::composed(text).is_none()),
        Asked::Encoding => {
            texts(&|text| !text.contains(encoding::UNREADABLE) && encoding::found(text).is_none())
        }
        Asked::LetterD => texts(&|text| letters::letter_d(text).is_none()),
        Asked::Spaces => texts(&|text| letters::spaced(text).is_none()),
        Asked::Case => texts(&|text| letters::cased(text).is_none()),
        Asked::Tone(placement) => texts(&|text| tone::placed(text, placement).is_none()),
        Asked::NoDigits => texts(&|text| !text.bytes().any(|byte| byte.is_ascii_digit())),
    }
}

/// A loop over the values that differ. What is no value is not judged.
fn each<'a>(column: &Column<'a>, test: impl Fn(&Value<'a>) -> Outcome) -> Vec<Outcome> {
    let all = column.distinct.values.iter().zip(&column.presence);
    all.map(|(value, presence)| if *presence == Presence::Present { test(value) } else { Null }).collect()
}

fn is(value: &Value<'_>, kind: Kind) -> bool {
    match (kind, value) {
        (Kind::Text, _) => true,
        (Kind::Integer, Value::Text(text)) => {
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            !digits.is_empty() && digits.len() <= 38 && digits.bytes().all(|byte| byte.is_ascii_digit())
        }
        (Kind::Integer, Value::Integer(_)) => true,
        (Kind::Integer, Value::Decimal(number, scale)) => {
            *scale <= 0
                || 10i128.checked_pow(u32::from(scale.unsigned_abs())).is_some_and(|unit| number % unit == 0)
        }
        (Kind::Integer, Value::Real(number)) => number.is_finite() && number.fract() == 0.0,
        (Kind::Decimal, value) => value.number().is_some_and(|number| !number.is_nan()),
        (Kind::Date | Kind::Moment, value) => value.day().is_some(),
        (Kind::Boolean, Value::Truth(_)) => true,
        (Kind::Boolean, value) => {
            ["true", "false", "t", "f", "1", "0"].contains(&&*value.text().to_ascii_lowercase())
        }
        _ => false,
    }
}
