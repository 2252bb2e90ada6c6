//! A report as it is read again: checked, since it comes from elsewhere, and made a state, which scores are made of.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Deserialize;

use super::{
    Counted, FORM, GROUPS, GROUPS_IN_ALL, LACKING_MAX, LEAST, LENGTHS, NAME_MAX, Report, RuleCounts, UNITS,
    VALUES, VALUES_IN_ALL,
};
use crate::defects::Dimension;
use crate::rule::making::RULES_MAX;
use crate::rule::{Check, Rule, Rules};
use crate::state::State;
use crate::state::failing::Failing;
use crate::state::measured::{Measured, Tally};
use crate::state::profile::Script;

/// Most rows of a dataset that are believed.
const ROWS_MAX: u64 = 1_000_000_000_000;
/// Most fields of a contract: as rules have it.
const FIELDS_MAX: usize = 2_000;

/// Why bytes are no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// It is of a form that this release does not read.
    #[error("the report is of form {0}; this release reads form {FORM}")]
    Form(u64),
    /// It cannot be read.
    #[error("the report cannot be read: {0}")]
    Unreadable(String),
    /// Something in it must not leave a node: a small count, or one that is no multiple.
    #[error("{0} holds a count that must not leave a node")]
    Small(String),
    /// There is more of something than there may be, or it is larger.
    #[error("{0} holds more than there may be")]
    Large(String),
    /// What it says of a rule cannot be so.
    #[error("{0} counts more rows than were read, or stands there twice")]
    Impossible(String),
}

#[derive(Deserialize)]
struct Form {
    form: u64,
}

impl Report {
    /// Reads and checks one.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn read(bytes: &[u8]) -> Result<Self, ReportError> {
        let unreadable = |error: serde_json::Error| ReportError::Unreadable(error.to_string());
        // The form first: what another one has may be anything.
        let Form { form } = serde_json::from_slice(bytes).map_err(unreadable)?;
        if form != u64::from(FORM) {
            return Err(ReportError::Form(form));
        }
        let report: Self = serde_json::from_slice(bytes).map_err(unreadable)?;
        report.check()?;
        Ok(report)
    }

    fn check(&self) -> Result<(), ReportError> {
        let large = |of: &str| ReportError::Large(of.to_owned());
        if self.least < LEAST {
            return Err(ReportError::Small("least".to_owned()));
        }
        if self.rows > ROWS_MAX || self.keyless > self.rows {
            return Err(large("rows"));
        }
        let short = |text: &String| text.len() <= NAME_MAX * 4;
        if ![&self.version, &self.contract, &self.pack].into_iter().chain(&self.lacking).all(short) {
            return Err(large("version, contract, pack, lacking"));
        }
        if self.rules.len() > RULES_MAX || self.fields.len() > FIELDS_MAX || self.lacking.len() > LACKING_MAX
        {
            return Err(large("rules, fields"));
        }
        if self.is_of_few() && !(self.rules.is_empty() && self.fields.is_empty() && self.units.is_empty()) {
            return Err(ReportError::Small("rows".to_owned()));
        }
        self.check_rules()?;
        self.check_fields()?;
        self.check_counted("units", &self.units, UNITS)
    }

    fn check_rules(&self) -> Result<(), ReportError> {
        let (mut seen, mut groups) = (BTreeSet::new(), 0);
        for rule in &self.rules {
            let name = || rule.rule.chars().take(NAME_MAX).collect::<String>();
            let counts = [rule.pass, rule.fail, rule.null, rule.not_applicable];
            let sum = counts.into_iter().try_fold(0u64, u64::checked_add);
            if sum.is_none_or(|sum| sum > self.rows)
                || !seen.insert(&rule.rule)
                || rule.rule.len() > NAME_MAX * 4
            {
                return Err(ReportError::Impossible(name()));
            }
            let Some(cause) = &rule.cause else { continue };
            groups += cause.told.len();
            let known = Dimension::ALL.into_iter().find(|by| by.word() == cause.by);
            if cause.told.len() > GROUPS || groups > GROUPS_IN_ALL || known.is_none() {
                return Err(ReportError::Large(name()));
            }
            for group in &cause.told {
                let day = known == Some(Dimension::Day) && group.name.parse::<Date>().is_err();
                if known == Some(Dimension::Pattern) || day || group.name.len() > NAME_MAX {
                    return Err(ReportError::Small(name()));
                }
                self.check_count(&rule.rule, group.fails)?;
                self.check_count(&rule.rule, group.rows)?;
            }
        }
        Ok(())
    }

    fn check_fields(&self) -> Result<(), ReportError> {
        let (mut seen, mut values) = (BTreeSet::new(), 0);
        for field in &self.fields {
            values += field.values.len();
            let name = || field.field.chars().take(NAME_MAX).collect::<String>();
            if !seen.insert(&field.field) || field.filled.saturating_add(field.nulls) > self.rows {
                return Err(ReportError::Impossible(name()));
            }
            if values > VALUES_IN_ALL || field.field.len() > NAME_MAX * 4 {
                return Err(ReportError::Large(name()));
            }
            if field.blank > 0 {
                self.check_count(&field.field, field.blank)?;
            }
            self.check_counted(&field.field, &field.lengths, LENGTHS)?;
            self.check_counted(&field.field, &field.scripts, Script::ALL.len())?;
            self.check_counted(&field.field, &field.values, VALUES)?;
        }
        Ok(())
    }

    fn check_counted(&self, of: &str, counted: &[Counted], most: usize) -> Result<(), ReportError> {
        if counted.len() > most || counted.iter().any(|one| one.name.len() > NAME_MAX) {
            return Err(ReportError::Large(of.chars().take(NAME_MAX).collect()));
        }
        counted.iter().try_for_each(|one| self.check_count(of, one.rows))
    }

    fn check_count(&self, of: &str, count: u64) -> Result<(), ReportError> {
        let may = count >= self.least && count.is_multiple_of(self.least) && count <= self.rows;
        may.then_some(()).ok_or_else(|| ReportError::Small(of.chars().take(NAME_MAX).collect()))
    }

    /// Leaves out what the rules do not know: nothing is kept under names that a node made up, and no value of a field that is not public.
    #[must_use]
    pub fn known(mut self, rules: &Rules) -> Self {
        let public = super::Public { rules, least: self.least };
        self.rules.retain(|counts| rules.rule(&counts.rule).is_some());
        for counts in &mut self.rules {
            let field = rules.rule(&counts.rule).and_then(|rule| rule.field.as_deref());
            let Some(cause) = &mut counts.cause else { continue };
            let by = Dimension::ALL.into_iter().find(|by| by.word() == cause.by);
            cause.told.retain(|group| by.is_some_and(|by| public.group(by, field, &group.name)));
        }
        self.fields.retain(|counts| rules.fields.iter().any(|field| field.name == counts.field));
        for counts in &mut self.fields {
            counts.values.retain(|value| public.value(&counts.field, &value.name));
            counts.lengths.retain(|length| length.name.parse::<u32>().is_ok());
            counts.scripts.retain(|script| Script::ALL.iter().any(|known| known.word() == script.name));
        }
        self.units.retain(|unit| public.code(&unit.name));
        self.lacking.retain(|name| rules.fields.iter().any(|field| field.name == *name));
        self
    }

    /// The state that it tells of, as the hub's own rules say what each rule counts for: a node reports counts, and nothing that weighs them.
    /// A rule that it leaves out is one that was not measured.
    #[must_use]
    pub fn state(&self, rules: &Rules) -> State {
        let counted: BTreeMap<&str, &RuleCounts> =
            self.rules.iter().map(|counts| (counts.rule.as_str(), counts)).collect();
        let measured =
            |rule: &Rule| (rule.id.clone(), measured(rule, rules, counted.get(rule.id.as_str()).copied()));
        State {
            dataset: rules.dataset.clone(),
            key_mark: 0,
            as_of: self.day,
            rows: self.rows,
            sampled: self.sampled,
            rules: rules.rules.iter().map(measured).collect(),
            fields: BTreeMap::new(),
            causes: BTreeMap::new(),
        }
    }

    /// The same under the names that the dictionary has for fields, so that it merges with the states of other datasets: whatever their
    /// fields are called, a rule of a term is one rule in all of them. What only this contract knows stays under the contract's name.
    #[must_use]
    pub fn pooled(&self, rules: &Rules) -> State {
        let mut state = self.state(rules);
        state.dataset = String::new();
        for (id, measured) in std::mem::take(&mut state.rules) {
            let (id, measured) = named_by_term(&id, measured, rules);
            // Two fields of a dataset may be of one term.
            match state.rules.get_mut(&id) {
                Some(same) => same.merge(&measured),
                None => drop(state.rules.insert(id, measured)),
            }
        }
        state
    }
}

fn named_by_term(id: &str, mut measured: Measured, rules: &Rules) -> (String, Measured) {
    let field = measured.field.as_ref();
    let field = field.and_then(|name| rules.fields.iter().find(|field| field.name == *name));
    let own = format!("{}.", rules.dataset);
    // A field that is a key in its contract alone stands by itself: its failures are told whatever the mean, those of others are not.
    let key = if measured.key { "#key" } else { "" };
    let term = field.and_then(|field| Some((field, format!("{}{key}", field.technical.as_deref()?))));
    let (name, rule) = match term {
        // A rule that its owner wrote is named otherwise than by field and check.
        Some((field, term)) => match id.strip_prefix(&format!("{}:", field.name)) {
            Some(check) => (term.clone(), format!("{term}:{check}")),
            None => (term, format!("{own}{id}")),
        },
        None => (format!("{own}{}", measured.field.as_deref().unwrap_or_default()), format!("{own}{id}")),
    };
    measured.field = Some(name);
    // Of two versions of a rule each is a rule by itself.
    (format!("{rule}@{}", measured.version), measured)
}

fn measured(rule: &Rule, rules: &Rules, counts: Option<&RuleCounts>) -> Measured {
    let field = rule.field.as_ref().and_then(|name| rules.fields.iter().find(|field| field.name == *name));
    let tally = |counts: &RuleCounts| Tally {
        pass: counts.pass,
        fail: counts.fail,
        null: counts.null,
        not_applicable: counts.not_applicable,
    };
    Measured {
        version: counts.map_or(rule.version, |counts| counts.version),
        field: rule.field.clone(),
        criterion: rule.criterion,
        defect: rule.defect,
        severity: rule.severity,
        key: field.is_some_and(|field| field.identifies),
        demand: rule.demand,
        of_rows: matches!(rule.check, Check::Rows),
        counted: counts.map(tally).unwrap_or_default(),
        failing: Failing::new(1),
        uniques: None,
        causes: BTreeMap::new(),
    }
}
