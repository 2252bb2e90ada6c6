//! What a pass leaves: counts and sketches, which merge. The state of a country is the merge of its nodes' states.
//!
//! Merging is exact and in any order for counts, failing keys, duplicates, distinct values ([`distinct::Distinct`]) and quantiles
//! ([`spread::Spread`]). Tables of values ([`counts::Counts`]) are exact until they are full, and within the error they tell beyond that.

pub mod bytes;
pub mod counts;
pub mod dimension;
pub mod failing;
pub mod hll;
pub mod measured;
pub mod profile;
pub mod spread;
pub mod uniques;

use std::collections::BTreeMap;

use jiff::civil::Date;
use model::words::Words;

use crate::distinct::day_number;
use crate::rule::code::At;
use crate::rule::{Check, Rules};
use crate::state::dimension::Dimension;
use crate::texts;
use counts::Counts;
use measured::Measured;
use profile::Profile;

/// The state of a pass over a dataset, or of several that were merged.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The dataset, as its contract names it.
    pub dataset: String,
    /// What the key of all digests in it is recognised by. States of different keys do not merge.
    pub key_mark: u64,
    /// The latest day at which rules of this state were asked.
    pub as_of: Date,
    /// Rows that were read.
    pub rows: u64,
    /// Whether only a part of the rows was asked for.
    pub sampled: bool,
    /// What each rule came to, by its id.
    pub rules: BTreeMap<String, Measured>,
    /// What each field looks like, by its name.
    pub fields: BTreeMap<String, Profile>,
    /// Rows by what may be a cause: unit, source, day.
    pub causes: BTreeMap<Dimension, Counts>,
}

/// Why two states do not merge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// They are of different datasets.
    #[error("one state is of {0}, the other of {1}")]
    Dataset(String, String),
    /// Their digests were made with different keys.
    #[error("their digests were made with different keys")]
    Key,
    /// A rule was measured in two versions.
    #[error("the rule {rule} was measured in version {one} and in version {other}")]
    Rule {
        /// Its id.
        rule: String,
        /// A version.
        one: String,
        /// The other.
        other: String,
    },
}

impl State {
    /// One state of both, as if one pass had read all rows.
    ///
    /// # Errors
    /// [`MergeError`]; nothing is changed then.
    pub fn merge(mut self, other: &Self) -> Result<Self, MergeError> {
        self.take(other)?;
        Ok(self)
    }

    /// Takes another one in, as [`Self::merge`].
    ///
    /// # Errors
    /// [`MergeError`]; nothing is changed then.
    pub fn take(&mut self, other: &Self) -> Result<(), MergeError> {
        if self.dataset != other.dataset {
            return Err(MergeError::Dataset(self.dataset.clone(), other.dataset.clone()));
        }
        if self.key_mark != other.key_mark {
            return Err(MergeError::Key);
        }
        for (id, theirs) in &other.rules {
            if let Some(ours) = self.rules.get(id).filter(|ours| !ours.is_of(theirs)) {
                return Err(MergeError::Rule {
                    rule: id.clone(),
                    one: ours.version.to_string(),
                    other: theirs.version.to_string(),
                });
            }
        }
        self.as_of = self.as_of.max(other.as_of);
        self.rows += other.rows;
        self.sampled |= other.sampled;
        for (id, theirs) in &other.rules {
            match self.rules.get_mut(id) {
                Some(ours) => ours.merge(theirs),
                None => drop(self.rules.insert(id.clone(), theirs.clone())),
            }
        }
        for (name, theirs) in &other.fields {
            match self.fields.get_mut(name) {
                Some(ours) => ours.merge(theirs),
                None => drop(self.fields.insert(name.clone(), theirs.clone())),
            }
        }
        for (dimension, theirs) in &other.causes {
            match self.causes.get_mut(dimension) {
                Some(ours) => ours.merge(theirs),
                None => drop(self.causes.insert(*dimension, theirs.clone())),
            }
        }
        Ok(())
    }

    /// As it would be if all rows passed a rule. None: it has no such rule.
    #[cfg(test)]
    pub(crate) fn repaired(&self, rule: &str) -> Option<Self> {
        let mut repaired = self.clone();
        let counted = &mut repaired.rules.get_mut(rule)?.counted;
        counted.pass += std::mem::take(&mut counted.fail);
        Some(repaired)
    }

    /// This state as today's rules would have made it of the same rows: the same, unless a rule goes by the day at which it is asked.
    ///
    /// # Errors
    /// Which rule would say another thing of some row, or may.
    pub fn as_of_today(mut self, then: &Rules, today: &Rules) -> Result<Self, Words> {
        let (before, now) = (day_number(then.today), day_number(today.today));
        for rule in today.rules.iter().filter(|_| before != now) {
            let fails = || self.rules.get(&rule.id).map_or(0, |measured| measured.tally().fail);
            let is_of_its_day = match &rule.check {
                Check::Fresh { .. } => true,
                // What was to come may have come; what was there by then has not gone.
                Check::NotFuture => fails() > 0 || now < before,
                Check::Condition(program) => program.asks_the_day(),
                Check::Code { list, at: At::Day(_) } | Check::Within { list, at: At::Day(_), .. } => {
                    list.differs(before, now)
                }
                _ => false,
            };
            if is_of_its_day {
                return Err(texts::rule_of_its_day(&rule.id));
            }
        }
        self.as_of = today.today;
        Ok(self)
    }

    /// In the form that is written down and compared.
    pub(crate) fn finish(&mut self) {
        for measured in self.rules.values_mut() {
            measured.causes.values_mut().for_each(Counts::finish);
            if let Some(uniques) = &mut measured.uniques {
                uniques.finish();
            }
        }
        for profile in self.fields.values_mut() {
            profile.values.finish();
            profile.patterns.finish();
        }
        self.causes.values_mut().for_each(Counts::finish);
    }

    /// What a node keeps of it: no value but those of fields that are public. The keys of failing records stay, and the digests by which
    /// values that stand twice are found.
    #[must_use]
    pub fn kept(&self) -> Self {
        let mut kept = self.shared(1);
        for (measured, ours) in kept.rules.values_mut().zip(self.rules.values()) {
            measured.keep_keys(ours);
        }
        kept
    }

    /// What may leave its node: no keys, no values but those of fields that are public, no digests that single persons out, and no
    /// count from 1 to below `least` of anything that is told by value.
    #[must_use]
    pub fn shared(&self, least: u64) -> Self {
        let mut shared = self.clone();
        for measured in shared.rules.values_mut() {
            let public = measured
                .field
                .as_ref()
                .is_some_and(|field| self.fields.get(field).is_some_and(|profile| profile.public));
            measured.strip(public, least);
        }
        for profile in shared.fields.values_mut() {
            profile.strip(least);
        }
        for (dimension, counts) in &mut shared.causes {
            counts.keep_only(if dimension.is_of_persons() { u64::MAX } else { least });
        }
        shared
    }
}
