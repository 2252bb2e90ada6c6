//! What one rule came to.

use std::collections::BTreeMap;

use model::term::Version;

use crate::rule::{Criterion, Defect, Demand, Severity};
use crate::state::counts::Counts;
use crate::state::dimension::Dimension;
use crate::state::failing::Failing;
use crate::state::uniques::Uniques;

/// How a row stands to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Outcome {
    /// As it should be.
    Pass,
    /// Not so.
    Fail,
    /// There is no value to judge.
    Null,
    /// There is one, and the rule is not about it: no day at which to ask, no parent to compare with.
    NotApplicable,
}

impl Outcome {
    /// Of a value that was judged.
    pub(crate) fn of(good: bool) -> Self {
        if good { Self::Pass } else { Self::Fail }
    }
}

/// Rows by how they stand to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// As they should be.
    pub pass: u64,
    /// Not so.
    pub fail: u64,
    /// Without a value.
    pub null: u64,
    /// The rule is not about them.
    pub not_applicable: u64,
}

impl Tally {
    /// Rows that were judged.
    #[must_use]
    pub fn judged(&self) -> u64 {
        self.pass + self.fail
    }

    /// All rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.pass + self.fail + self.null + self.not_applicable
    }

    fn add(&mut self, other: Self) {
        self.pass += other.pass;
        self.fail += other.fail;
        self.null += other.null;
        self.not_applicable += other.not_applicable;
    }
}

/// What a rule came to, with as much of the rule as scores need.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The rule's version.
    pub version: Version,
    /// Its field.
    pub field: Option<String>,
    /// Its criterion.
    pub criterion: Criterion,
    /// Its group of defects.
    pub defect: Defect,
    /// Its severity.
    pub severity: Severity,
    /// Whether its field is one whose failures no average may hide.
    pub key: bool,
    /// What its owner demands.
    pub demand: Option<Demand>,
    /// Whether it is about the number of rows alone.
    pub(crate) of_rows: bool,
    /// Rows by outcome. Of a rule about uniqueness, see [`Self::tally`].
    pub(crate) counted: Tally,
    /// Records that fail.
    pub failing: Failing,
    /// Of a rule about uniqueness.
    pub uniques: Option<Uniques>,
    /// Failing rows by what may be the cause.
    pub causes: BTreeMap<Dimension, Counts>,
}

impl Measured {
    /// Rows by outcome.
    ///
    /// A rule about uniqueness fails for all rows whose value another row has, too; of those held, see [`Uniques`].
    #[must_use]
    pub fn tally(&self) -> Tally {
        match &self.uniques {
            None => self.counted,
            Some(uniques) if uniques.held_rows() == 0 => self.counted,
            Some(uniques) => {
                let fail = uniques.double_rows();
                Tally { fail, pass: uniques.held_rows() - fail, ..self.counted }
            }
        }
    }

    /// The count that a demand is about: failing rows; of uniqueness, rows beyond the first; of rows, their number.
    #[must_use]
    pub fn demanded(&self) -> u64 {
        match &self.uniques {
            _ if self.of_rows => self.counted.not_applicable,
            Some(uniques) if uniques.held_rows() > 0 => uniques.surplus_rows(),
            _ => self.tally().fail,
        }
    }

    /// Whether what its owner demands is so; none if nothing is demanded.
    #[must_use]
    pub fn is_met(&self, rows: u64) -> Option<bool> {
        let demand = self.demand?;
        let count = self.demanded();
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of rows, compared with numbers that people wrote"
        )]
        let (count, rows) = (count as f64, rows as f64);
        Some(demand.is.holds(if demand.percent && rows > 0.0 { count * 100.0 / rows } else { count }))
    }

    pub(crate) fn is_of(&self, other: &Self) -> bool {
        self.version == other.version && self.criterion == other.criterion && self.field == other.field
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.counted.add(other.counted);
        self.failing.merge(&other.failing);
        self.key |= other.key;
        match (&mut self.uniques, &other.uniques) {
            (Some(ours), Some(theirs)) => ours.merge(theirs),
            (ours @ None, Some(theirs)) => *ours = Some(theirs.clone()),
            _ => {}
        }
        for (dimension, theirs) in &other.causes {
            match self.causes.get_mut(dimension) {
                Some(ours) => ours.merge(theirs),
                None => drop(self.causes.insert(*dimension, theirs.clone())),
            }
        }
    }

    /// The keys of failing records and the digests of values, as the whole has them.
    pub(crate) fn keep_keys(&mut self, whole: &Self) {
        self.counted = whole.counted;
        self.failing = whole.failing.keys_alone();
        self.uniques.clone_from(&whole.uniques);
    }

    /// What may leave the node.
    pub(crate) fn strip(&mut self, public: bool, least: u64) {
        self.counted = self.tally();
        self.failing.strip();
        self.uniques = None;
        for (dimension, counts) in &mut self.causes {
            let told = match dimension {
                Dimension::Value => public,
                other => !other.is_of_persons(),
            };
            counts.keep_only(if told { least } else { u64::MAX });
        }
    }
}
