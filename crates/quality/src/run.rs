//! The pass: batches in, a state out. All rules and the profile at once.

mod batch;
mod judge;
mod rows;
mod settings;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, RecordBatch};
use model::words::Words;

use crate::distinct::{Hasher, Holds, ROWS, Scratch, Value};
use crate::rule::{Check, Rules};
use crate::state::State;
use crate::state::counts::Counts;
use crate::state::dimension::Dimension;
use crate::state::failing::{Failing, Record};
use crate::state::measured::{Measured, Outcome, Tally};
use crate::state::profile::Profile;
use crate::state::uniques::Uniques;
use crate::texts;

pub use settings::Settings;

/// Failing rows are counted by so many units, codes, patterns of each rule; rows by so many units.
const PLACES: usize = 4096;

/// Why a batch was not taken. Nothing of it was counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// It lacks a column.
    #[error("the data have no column {0}")]
    Missing(String),
    /// A column is of a type that rules cannot read.
    #[error("column {name} is of type {kind}, which rules cannot read")]
    Unreadable {
        /// The column.
        name: String,
        /// Its type.
        kind: String,
    },
    /// A column was of another type before.
    #[error("column {0} has changed its type while it was read")]
    Changed(String),
}

impl PushError {
    /// In both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Missing(name) => texts::column_missing(name),
            Self::Unreadable { name, kind } => texts::column_kind(name, kind),
            Self::Changed(name) => texts::column_changed(name),
        }
    }
}

/// A pass over a dataset.
pub struct Run {
    rules: Arc<Rules>,
    settings: Settings,
    hasher: Hasher,
    scratch: Scratch,
    profiles: Vec<Profile>,
    measured: Vec<Measured>,
    causes: BTreeMap<Dimension, Counts>,
    rows: u64,
}

impl Run {
    /// A pass that has read nothing yet.
    #[must_use]
    pub fn new(rules: Arc<Rules>, settings: Settings) -> Self {
        let profiles =
            rules.fields.iter().map(|field| Profile { public: field.public, ..Profile::default() });
        let known = |field: &String| rules.fields.iter().any(|known| known.name == *field);
        let causes = settings.causes.iter().filter(|(_, field)| known(field));
        Self {
            profiles: profiles.collect(),
            measured: rules.rules.iter().map(|rule| nothing(&rules, rule, &settings)).collect(),
            causes: causes.map(|(dimension, _)| (*dimension, Counts::new(PLACES))).collect(),
            hasher: Hasher::new(&settings.key),
            scratch: Scratch::default(),
            rows: 0,
            rules,
            settings,
        }
    }

    /// Takes a batch in.
    ///
    /// # Errors
    /// [`PushError`]; nothing of the batch was counted then.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), PushError> {
        let columns = self.columns(batch)?;
        for (profile, column) in self.profiles.iter_mut().zip(&columns) {
            if let Some(holds) = Holds::of(column.data_type()).filter(|holds| *holds != Holds::Nothing) {
                profile.holds = Some(holds);
            }
        }
        let mut from = 0;
        while from < batch.num_rows() {
            let rows = ROWS.min(batch.num_rows() - from);
            let part: Vec<ArrayRef> = columns.iter().map(|column| column.slice(from, rows)).collect();
            self.take(&part, rows);
            from += rows;
        }
        Ok(())
    }

    /// The columns of the fields, in their order, each of a type that can be read and the one that it had before.
    fn columns(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>, PushError> {
        let mut columns = Vec::with_capacity(self.rules.fields.len());
        for (field, profile) in self.rules.fields.iter().zip(&self.profiles) {
            let name = &field.name;
            let column = batch.column_by_name(name).ok_or_else(|| PushError::Missing(name.clone()))?;
            let kind = column.data_type();
            let holds = Holds::of(kind)
                .ok_or_else(|| PushError::Unreadable { name: name.clone(), kind: kind.to_string() })?;
            if holds != Holds::Nothing && profile.holds.is_some_and(|known| known != holds) {
                return Err(PushError::Changed(name.clone()));
            }
            columns.push(column.clone());
        }
        Ok(columns)
    }

    fn take(&mut self, columns: &[ArrayRef], rows: usize) {
        let batch =
            batch::Batch::of(columns, rows, &self.rules, &self.settings, &self.hasher, &mut self.scratch);
        for (profile, column) in self.profiles.iter_mut().zip(&batch.columns) {
            profile.take(&column.distinct, |pattern| self.hasher.bytes(pattern));
        }
        for (dimension, counts) in &mut self.causes {
            if let Some(cause) = batch.causes.get(dimension) {
                cause.count_all(&batch, counts);
            }
        }
        for (rule, measured) in self.rules.rules.iter().zip(&mut self.measured) {
            judge::judge(rule, &batch, &self.rules, &self.hasher, measured);
        }
        self.rows += rows as u64;
    }

    /// Rows that were taken in.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// What the pass came to.
    #[must_use]
    pub fn state(self) -> State {
        let names = self.rules.fields.iter().map(|field| field.name.clone());
        let ids = self.rules.rules.iter().map(|rule| rule.id.clone());
        let mut state = State {
            dataset: self.rules.dataset.clone(),
            key_mark: self.hasher.bytes(b"the key of these digests"),
            as_of: self.rules.today,
            rows: self.rows,
            sampled: self.settings.sampled,
            rules: ids.zip(self.measured).collect(),
            fields: names.zip(self.profiles).collect(),
            causes: self.causes,
        };
        state.finish();
        state
    }
}

/// A rule before anything was measured by it.
fn nothing(rules: &Rules, rule: &crate::Rule, settings: &Settings) -> Measured {
    let field = rule.field.as_ref().and_then(|name| rules.fields.iter().find(|field| field.name == *name));
    let mut dimensions: Vec<Dimension> = settings.causes.keys().copied().collect();
    if field.is_some() && !matches!(rule.check, Check::Required | Check::Unique { .. }) {
        dimensions.extend([Dimension::Value, Dimension::Pattern]);
    }
    Measured {
        version: rule.version,
        field: rule.field.clone(),
        criterion: rule.criterion,
        defect: rule.defect,
        severity: rule.severity,
        key: field.is_some_and(|field| field.identifies),
        demand: rule.demand,
        of_rows: matches!(rule.check, Check::Rows),
        counted: Tally::default(),
        failing: Failing::new(settings.kept),
        uniques: matches!(rule.check, Check::Unique { .. }).then(|| Uniques::new(settings.held)),
        causes: dimensions.into_iter().map(|dimension| (dimension, Counts::new(PLACES))).collect(),
    }
}

/// Of each record of a batch the first rule that it fails, by the rule's id; none: it fails none of these.
///
/// # Errors
/// [`PushError`].
pub fn failing<'r>(
    rules: &'r Arc<Rules>,
    settings: &Settings,
    batch: &RecordBatch,
) -> Result<Vec<Option<&'r str>>, PushError> {
    let mut run = Run::new(rules.clone(), settings.clone());
    let columns = run.columns(batch)?;
    let mut failing = Vec::with_capacity(batch.num_rows());
    while failing.len() < batch.num_rows() {
        let from = failing.len();
        let rows = ROWS.min(batch.num_rows() - from);
        let part: Vec<ArrayRef> = columns.iter().map(|column| column.slice(from, rows)).collect();
        let batch = batch::Batch::of(&part, rows, rules, settings, &run.hasher, &mut run.scratch);
        let mut first = vec![None; rows];
        for rule in &rules.rules {
            for (first, outcome) in first.iter_mut().zip(judge::outcomes(rule, &batch, rules)) {
                if outcome == Outcome::Fail && first.is_none() {
                    *first = Some(rule.id.as_str());
                }
            }
        }
        failing.append(&mut first);
    }
    Ok(failing)
}

/// Records of a batch whose value, by a rule about uniqueness, is one of these: a second look, since which rows have a value twice is only
/// known when all were read. Each with the digest of its value.
///
/// # Errors
/// [`PushError`].
pub fn find(
    rules: &Arc<Rules>,
    settings: &Settings,
    rule: &str,
    wanted: &HashSet<u64>,
    batch: &RecordBatch,
) -> Result<Vec<(u64, Record)>, PushError> {
    let mut run = Run::new(rules.clone(), settings.clone());
    let columns = run.columns(batch)?;
    let Some(rule) = rules.rule(rule) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    let mut from = 0;
    while from < batch.num_rows() {
        let rows = ROWS.min(batch.num_rows() - from);
        let part: Vec<ArrayRef> = columns.iter().map(|column| column.slice(from, rows)).collect();
        let batch = batch::Batch::of(&part, rows, rules, settings, &run.hasher, &mut run.scratch);
        let together = rows::Together::of(rule, &batch, rules);
        for row in 0..rows {
            let digest = together.as_ref().and_then(|together| together.digest(&run.hasher, row));
            if let Some(digest) = digest.filter(|digest| wanted.contains(digest)) {
                let text = |value: Option<&Value<'_>>| value.map(|value| value.text().into_owned());
                let key = text(batch.key(row)).unwrap_or_default();
                let field = rule.field.as_deref().and_then(|field| batch.column(rules, field));
                let value = text(field.and_then(|field| field.distinct.value(row)));
                found.push((digest, Record::of(&key, value.as_deref(), None)));
            }
        }
        from += rows;
    }
    Ok(found)
}
