//! Rules over several fields: they look at rows, at what was read of each value once.

use std::collections::HashMap;

use model::person::{PersonId, Sex};
use model::text::search_key;

use crate::distinct::{Hasher, Value, date_of};
use crate::expression::{Columns, Lane, Program, Type};
use crate::rule::code::At;
use crate::rule::{Check, Rule, Rules, Says};
use crate::run::batch::{Batch, Column, Presence};
use crate::state::measured::{Measured, Outcome};
use Outcome::{NotApplicable, Null};

/// The field that a check looks at beside its own; none: it is about one field.
pub(super) fn beside(check: &Check) -> Option<&str> {
    match check {
        Check::Code { at: At::Field(beside), .. }
        | Check::Within { above: beside, .. }
        | Check::PersonId { beside: Some(beside), .. }
        | Check::NotBefore { earlier: beside, .. }
        | Check::Differs { from: beside }
        | Check::ParentOlder { born: beside, .. }
        | Check::Lag { since: beside, .. }
        | Check::FullName { family: beside, .. } => Some(beside),
        _ => None,
    }
}

/// An outcome for each row. Without a value of the rule's own field there is nothing to judge; without one beside it the rule does not apply.
pub(super) fn judged(
    check: &Check,
    own: &Column<'_>,
    other: &Column<'_>,
    batch: &Batch<'_>,
    rules: &Rules,
) -> Vec<Outcome> {
    match check {
        Check::Code { list, .. } => rows(batch, own, |row| {
            let code = own.value(row)?.text();
            match other.day(row) {
                Some(day) => Some(list.holds(&code, day)),
                // Without a day a code that never was is still wrong.
                None if !list.knows(&code) => Some(false),
                None => None,
            }
        }),
        Check::Within { list, at, .. } => {
            let field = match at {
                At::Field(field) => batch.column(rules, field),
                At::Day(_) => None,
            };
            let fixed = match at {
                At::Day(day) => Some(crate::distinct::day_number(*day)),
                At::Field(_) => None,
            };
            rows(batch, own, |row| {
                let day = fixed.or_else(|| field?.day(row))?;
                let (code, above) = (own.value(row)?.text(), other.value(row)?.text());
                // A code that is none at that day is told by the rule about codes.
                list.holds(&code, day).then(|| list.is_within(&code, &above, day))
            })
        }
        Check::PersonId { says: Says::BirthYear, .. } => rows(batch, own, |row| {
            let id: PersonId = own.value(row)?.text().parse().ok()?;
            let born = date_of(other.day(row)?)?;
            Some(id.birth_year() == born.year())
        }),
        Check::PersonId { .. } => rows(batch, own, |row| {
            let id: PersonId = own.value(row)?.text().parse().ok()?;
            Some(id.sex() == sex(&other.value(row)?.text())?)
        }),
        Check::NotBefore { strict, .. } => rows(batch, own, |row| {
            let (later, earlier) = (own.day(row)?, other.day(row)?);
            Some(later > earlier || (!strict && later == earlier))
        }),
        Check::Differs { .. } => {
            rows(batch, own, |row| Some(own.value(row)?.text() != other.value(row)?.text()))
        }
        Check::ParentOlder { years, .. } => rows(batch, own, |row| {
            let parent: PersonId = own.value(row)?.text().parse().ok()?;
            let born = date_of(other.day(row)?)?;
            Some(born.year() - parent.birth_year() >= *years)
        }),
        Check::Lag { days, .. } => rows(batch, own, |row| {
            let lag = own.day(row)?.checked_sub(other.day(row)?)?;
            // Written down before it happened is another rule's matter.
            (lag >= 0).then_some(lag <= *days)
        }),
        Check::FullName { middle, given, .. } => {
            let (middle, given) =
                (middle.as_deref().and_then(|of| batch.column(rules, of)), batch.column(rules, given));
            rows(batch, own, |row| {
                let mut whole = other.value(row)?.text().into_owned();
                for part in
                    [middle.and_then(|of| of.value(row)), Some(given?.value(row)?)].into_iter().flatten()
                {
                    whole.push(' ');
                    whole.push_str(&part.text());
                }
                Some(model::text::spelling_key(&whole) == model::text::spelling_key(&own.value(row)?.text()))
            })
        }
        _ => Vec::new(),
    }
}

fn rows(batch: &Batch<'_>, own: &Column<'_>, test: impl Fn(usize) -> Option<bool>) -> Vec<Outcome> {
    let outcome = |row| match test(row) {
        Some(good) => Outcome::of(good),
        None if own.value(row).is_none() => Null,
        None => NotApplicable,
    };
    (0..batch.rows).map(outcome).collect()
}

/// Sex as lists and people write it: rules.md and `data/codelists/gioi-tinh*.tsv`.
pub(crate) fn sex(text: &str) -> Option<Sex> {
    match text {
        "1" => return Some(Sex::Male),
        "2" => return Some(Sex::Female),
        _ => {}
    }
    match search_key(text).as_str() {
        "nam" | "m" | "male" => Some(Sex::Male),
        "nu" | "f" | "female" => Some(Sex::Female),
        _ => None,
    }
}

/// Takes the values of a rule about uniqueness.
pub(super) fn unique(rule: &Rule, batch: &Batch<'_>, rules: &Rules, hasher: &Hasher, into: &mut Measured) {
    let Some(together) = Together::of(rule, batch, rules) else {
        into.counted.null += batch.rows as u64;
        return;
    };
    let Some(uniques) = &mut into.uniques else { return };
    let mut taken = 0;
    if let Together::One(column) = together {
        let values = column.presence.iter().zip(&column.distinct.hashes).zip(&column.distinct.counts);
        for ((_, digest), times) in values.filter(|((presence, _), _)| **presence == Presence::Present) {
            (0..*times).for_each(|_| uniques.add(*digest));
            taken += u64::from(*times);
        }
    } else {
        for digest in (0..batch.rows).filter_map(|row| together.digest(hasher, row)) {
            uniques.add(digest);
            taken += 1;
        }
    }
    into.counted.pass += taken;
    into.counted.null += batch.rows as u64 - taken;
}

/// What must be unique: a column, or several together.
pub(super) enum Together<'b, 'a> {
    One(&'b Column<'a>),
    Several(Vec<&'b Column<'a>>),
}

impl<'b, 'a> Together<'b, 'a> {
    /// None: the rule asks nothing of the kind, or a column is not there.
    pub(super) fn of(rule: &Rule, batch: &'b Batch<'a>, rules: &Rules) -> Option<Self> {
        let Check::Unique { with } = &rule.check else { return None };
        let column = |field: &String| batch.column(rules, field);
        match (&rule.field, with.as_slice()) {
            (Some(field), []) => column(field).map(Self::One),
            (field, with) => field.iter().chain(with).map(column).collect::<Option<_>>().map(Self::Several),
        }
    }

    /// The digest of it in a row; none if a part is missing.
    pub(super) fn digest(&self, hasher: &Hasher, row: usize) -> Option<u64> {
        let digest = |column: &Column<'_>| column.value(row).and_then(|_| column.digest(row));
        match self {
            Self::One(column) => digest(column),
            Self::Several(columns) => {
                let mut bytes = Vec::with_capacity(8 * columns.len());
                for column in columns {
                    bytes.extend(digest(column)?.to_le_bytes());
                }
                Some(hasher.bytes(&bytes))
            }
        }
    }
}

/// The fields of a condition, as it reads them.
pub(super) struct Lanes<'a>(HashMap<String, Lane<'a>>);

impl<'a> Lanes<'a> {
    pub(super) fn of(program: &Program, batch: &Batch<'a>, rules: &Rules) -> Self {
        let lane = |name: &str| {
            let field = rules.fields.iter().find(|field| field.name == name)?;
            Some((name.to_owned(), lane(batch.column(rules, name)?, batch.rows, field.kind.in_conditions())))
        };
        Self(program.fields().filter_map(lane).collect())
    }
}

impl Columns for Lanes<'_> {
    fn lane(&self, field: &str) -> Option<&Lane<'_>> {
        self.0.get(field)
    }
}

/// The lane of a column in conditions.
fn lane<'a>(column: &Column<'a>, rows: usize, kind: Type) -> Lane<'a> {
    let all = || (0..rows).map(|row| column.value(row));
    match kind {
        Type::Number => {
            Lane::Numbers(all().map(|v| v?.number().filter(|number| number.is_finite())).collect())
        }
        Type::Text => Lane::Texts(all().map(|v| Some(v?.text())).collect()),
        Type::Day => Lane::Days((0..rows).map(|row| column.day(row)).collect()),
        Type::Truth => Lane::Truths(
            all()
                .map(|v| match v? {
                    Value::Truth(truth) => Some(*truth),
                    value => match &*value.text().to_ascii_lowercase() {
                        "true" | "t" | "1" => Some(true),
                        "false" | "f" | "0" => Some(false),
                        _ => None,
                    },
                })
                .collect(),
        ),
    }
}
