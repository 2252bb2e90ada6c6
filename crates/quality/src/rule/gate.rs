//! Gates: what of a dataset is withheld while it fails what its contract asks. Custom properties of the standard, called `gate`: at a rule
//! or a field with the value `record`, each record that fails is withheld; at a field with a number, the field is withheld while its
//! score is below.

use std::collections::{BTreeMap, BTreeSet};

use model::words::Words;
use serde_json::Value;

use crate::rule::code::At;
use crate::rule::members::{list, text};
use crate::rule::{Check, Rule, Rules, Says, Severity};
use crate::texts;

/// How the custom property is called.
const GATE: &str = "gate";
/// Its value where records are withheld one by one.
const RECORD: &str = "record";

/// What is withheld for its quality.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gates {
    /// Rules: a record that fails one is withheld.
    pub records: BTreeSet<String>,
    /// Fields with the least score, from 0 to 100, at which they are given.
    pub fields: BTreeMap<String, f64>,
}

/// What a gate asks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Gate {
    Record,
    Least(f64),
}

impl Gate {
    /// The gate of a field or a rule, if it has one.
    pub(super) fn of(element: &Value, name: &str) -> Result<Option<Self>, Words> {
        let Some(gate) = list(element, "customProperties").find(|one| text(one, "property") == Some(GATE))
        else {
            return Ok(None);
        };
        let value = gate.get("value").unwrap_or(&Value::Null);
        match (value.as_str(), value.as_f64()) {
            (Some(RECORD), _) => Ok(Some(Self::Record)),
            (_, Some(least)) if (0.0..=100.0).contains(&least) => Ok(Some(Self::Least(least))),
            _ => Err(texts::gate_unread(name)),
        }
    }
}

/// Whether a record by itself fails a rule: not the number of records, not what others have.
pub(super) fn is_of_a_record(check: &Check) -> bool {
    !matches!(check, Check::Rows | Check::Unique { .. })
}

/// The rules of a field by which its records are withheld.
pub(super) fn of_field<'a>(rules: &'a [Rule], field: &str) -> impl Iterator<Item = String> + use<'a> {
    let field = field.to_owned();
    let grave = move |rule: &&Rule| {
        rule.field.as_deref() == Some(field.as_str())
            && rule.severity == Severity::Serious
            && is_of_a_record(&rule.check)
    };
    rules.iter().filter(grave).map(|rule| rule.id.clone())
}

impl Rules {
    /// These rules alone, with the fields that they look at: of other columns a batch has none.
    #[must_use]
    pub fn only(&self, ids: &BTreeSet<String>) -> Self {
        let mut only = self.clone();
        only.rules.retain(|rule| ids.contains(&rule.id));
        let fields: BTreeSet<String> = only.rules.iter().flat_map(looks_at).collect();
        only.fields.retain(|field| fields.contains(&field.name));
        only
    }
}

/// The fields that a rule looks at.
fn looks_at(rule: &Rule) -> Vec<String> {
    let mut fields: Vec<String> = rule.field.iter().cloned().collect();
    let mut also = |name: &String| fields.push(name.clone());
    match &rule.check {
        Check::Code { at: At::Field(day), .. } => also(day),
        Check::Within { above, at, .. } => {
            also(above);
            if let At::Field(day) = at {
                also(day);
            }
        }
        Check::Unique { with } => with.iter().for_each(also),
        Check::PersonId { says: Says::BirthYear | Says::Sex, beside: Some(beside) } => also(beside),
        Check::NotBefore { earlier, .. } => also(earlier),
        Check::Differs { from } => also(from),
        Check::ParentOlder { born, .. } => also(born),
        Check::Lag { since, .. } => also(since),
        Check::FullName { family, middle, given } => {
            also(family);
            also(given);
            middle.iter().for_each(also);
        }
        Check::Condition(program) => fields.extend(program.fields().map(str::to_owned)),
        _ => {}
    }
    fields
}
