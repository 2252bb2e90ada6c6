//! Rules while they are made: what they are made of, and what each weighs.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use model::agency::Name;
use model::term::{Term, TermVersion, Version};
use model::text::tone::Placement;
use model::words::Words;
use serde_json::Value;

use crate::rule::code::Codes;
use crate::rule::placeholder::Placeholders;
use crate::rule::{Check, Criterion, Defect, Demand, Kind, Rule, Severity, said};

/// Most rules of one dataset.
pub const RULES_MAX: usize = 2000;

/// All that rules are made of.
#[derive(Clone)]
pub struct Materials<'a> {
    /// The contract, as ODCS has it.
    pub contract: &'a Value,
    /// Which of its tables; none: the first.
    pub table: Option<&'a str>,
    /// The dictionary's terms.
    pub terms: &'a [Term],
    /// What the dataset calls its fields, in both languages. A field that is not in it is called as the contract does.
    pub labels: &'a HashMap<String, Name>,
    /// Code lists by their ids.
    pub lists: &'a HashMap<String, Arc<Codes>>,
    /// Keys of datasets that fields refer to, by field: sorted digests by the run's own key ([`crate::Settings::digest`]).
    pub references: &'a HashMap<String, Arc<[u64]>>,
    /// Values that stand for nothing.
    pub placeholders: Arc<Placeholders>,
    /// Where tone marks are placed.
    pub tone: Placement,
    /// The day at which rules are asked.
    pub today: Date,
}

/// A field of the dataset.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its name for people, as the dataset and its contract call it.
    pub title: Words,
    /// What it holds.
    pub kind: Kind,
    /// Whether it is the key of its records.
    pub key: bool,
    /// Whether it names a person, an enterprise or a unit: no failure of it is hidden by an average.
    pub identifies: bool,
    /// Whether its values may be shown to anybody.
    pub public: bool,
    /// The technical name of its term.
    pub technical: Option<String>,
}

/// A field with what the contract says of it.
pub(super) struct Of<'a> {
    pub(super) field: Field,
    pub(super) required: bool,
    pub(super) term: Option<(String, TermVersion)>,
    /// Said where it is bound to a term that is not there.
    pub(super) term_missing: Option<Words>,
    pub(super) property: &'a Value,
}

/// Why a contract has no rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.en())]
pub struct Mistake(pub Words);

/// Rules while they are made.
pub(super) struct Making {
    pub(super) rules: Vec<Rule>,
    pub(super) refused: Vec<Words>,
    ids: BTreeSet<String>,
}

/// Where a rule comes from.
#[derive(Clone, Copy)]
pub(super) struct From<'a> {
    pub(super) version: Version,
    pub(super) source: &'a str,
}

impl Making {
    pub(super) fn new() -> Self {
        Self { rules: Vec::new(), refused: Vec::new(), ids: BTreeSet::new() }
    }

    /// A rule over a field. Of two alike the first stays: the dictionary comes before the contract.
    pub(super) fn rule(&mut self, field: &Field, code: &str, check: Check, from: From<'_>) {
        let (criterion, defect, severity) = weight(&check);
        let text = said::said(&field.title, &check);
        self.put(
            Rule {
                id: format!("{}:{code}", field.name),
                version: from.version,
                field: Some(field.name.clone()),
                criterion,
                defect,
                severity,
                source: from.source.to_owned(),
                text,
                check,
                demand: None,
            },
            false,
        );
    }

    /// A rule that its owner wrote. A second one of its id is refused by name.
    pub(super) fn owners(&mut self, rule: Rule) {
        self.put(rule, true);
    }

    fn put(&mut self, rule: Rule, told: bool) {
        if self.rules.len() == RULES_MAX {
            let why = crate::texts::too_many_rules(RULES_MAX);
            if self.refused.last() != Some(&why) {
                self.refused.push(why);
            }
        } else if self.ids.insert(rule.id.clone()) {
            self.rules.push(rule);
        } else if told {
            self.refused.push(crate::texts::rule_twice(&rule.id));
        }
    }
}

/// A rule of the owner's, from its check.
pub(super) fn owned(
    id: String,
    field: Option<&Field>,
    check: Check,
    demand: Option<Demand>,
    from: From<'_>,
) -> Rule {
    let (criterion, defect, severity) = weight(&check);
    let text = match field {
        Some(field) => said::said(&field.title, &check),
        None => said::said(&Words::default(), &check),
    };
    Rule {
        id,
        version: from.version,
        field: field.map(|field| field.name.clone()),
        criterion,
        defect,
        severity,
        source: from.source.to_owned(),
        text,
        check,
        demand,
    }
}

/// Which criterion a check counts for, which defect it finds and how grave that is. The criteria are those of rules.md, section 3: second-hand,
/// and a rule pack may count a rule elsewhere.
pub(super) fn weight(check: &Check) -> (Criterion, Defect, Severity) {
    use Criterion::{Accurate, Clean, Complete, Consistent, Live};
    use Severity::{Notice, Serious, Warning};
    match check {
        Check::Required | Check::NotPlaceholder(_) | Check::NoneOf { .. } | Check::Rows => {
            (Complete, Defect::Missing, Serious)
        }
        Check::Is(_) | Check::Format(_) | Check::TaxCode => (Clean, Defect::Format, Serious),
        Check::Length { .. } => (Clean, Defect::Format, Warning),
        Check::OneOf(_) | Check::NumberOf(_) => (Clean, Defect::Reference, Warning),
        Check::Code { .. } => (Consistent, Defect::Reference, Warning),
        Check::Within { .. } => (Accurate, Defect::Contradiction, Warning),
        Check::Range(_) | Check::Span(_) => (Accurate, Defect::Range, Warning),
        Check::Unique { .. } => (Clean, Defect::Duplicate, Serious),
        Check::Reference(_) => (Clean, Defect::Reference, Serious),
        // ID-06: errors exist in numbers, too; a contradiction is to be compared, not rejected.
        Check::PersonId { .. } => (Accurate, Defect::Contradiction, Warning),
        Check::NotBefore { .. }
        | Check::Differs { .. }
        | Check::ParentOlder { .. }
        | Check::FullName { .. }
        | Check::Condition(_) => (Accurate, Defect::Contradiction, Warning),
        Check::NotFuture => (Accurate, Defect::Range, Serious),
        Check::Fresh { .. } | Check::Lag { .. } => (Live, Defect::Stale, Warning),
        Check::Written(crate::rule::Asked::Encoding) => (Clean, Defect::Format, Serious),
        Check::Written(crate::rule::Asked::Tone(_) | crate::rule::Asked::Case) => {
            (Clean, Defect::Format, Notice)
        }
        Check::Written(_) => (Clean, Defect::Format, Warning),
    }
}
