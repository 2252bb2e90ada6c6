//! The gate of a dataset: records and fields that fail what its contract asks are withheld, each with the rule and counted. Nothing that
//! fails passes, and nothing is left out without a word: in the place of a record stands the rule that withholds it.
//!
//! What is judged is what would be given: a day that the source writes otherwise and that is given in its right form passes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use connect::tally::{Tally, Trouble as Flawed};
use connect::{Listed, Record, SourceError, columnar};
use quality::{Rules, run};

use crate::backend::dataset::DatasetService;
use crate::backend::dataset::fitted::Fitted;

/// What is withheld of a dataset now.
pub(crate) struct Gate {
    /// The rules that each record is held against, with the fields that they look at.
    rules: Arc<Rules>,
    settings: quality::Settings,
    /// Fields that are not given: their score is below what the contract asks, or was not measured.
    pub(crate) fields: BTreeSet<String>,
}

/// Records behind the gate.
pub(super) struct Judged {
    /// In their order; in the place of one that is withheld stands why.
    pub(super) listed: Vec<Listed>,
    /// How many each rule withholds.
    pub(super) withheld: BTreeMap<String, u64>,
}

impl Judged {
    pub(super) fn count(&self) -> u64 {
        self.withheld.values().sum()
    }

    /// Counts what is withheld, for the owner.
    pub(super) fn note(&self, tally: &Tally) {
        for (rule, count) in &self.withheld {
            (0..*count).for_each(|_| tally.note(rule, Flawed::Gate));
        }
    }
}

impl Gate {
    /// A gate of these rules and fields; none: nothing is withheld.
    pub(crate) fn new(rules: &Rules, fields: BTreeSet<String>) -> Option<Self> {
        let records = &rules.gates.records;
        (!records.is_empty() || !fields.is_empty()).then(|| Self {
            rules: Arc::new(rules.only(records)),
            // Nothing that it computes leaves a request: any key does.
            settings: quality::Settings::new([0; 16]),
            fields,
        })
    }

    /// Whether records are withheld.
    pub(super) fn judges(&self) -> bool {
        !self.rules.rules.is_empty()
    }

    /// These fields with those that rules look at. A field that the source lacks cannot be judged, and without that nothing passes.
    pub(super) fn beside<'a>(
        &'a self,
        fitted: &Fitted,
        fields: &[&'a str],
    ) -> Result<Vec<&'a str>, SourceError> {
        let mut all = fields.to_vec();
        for field in self.rules.fields.iter().map(|field| field.name.as_str()) {
            if !fitted.table.fields.contains_key(field) {
                let why = format!("the gate looks at the field {field}, which the table lacks");
                return Err(SourceError::Failed(why));
            }
            if !all.contains(&field) {
                all.push(field);
            }
        }
        Ok(all)
    }

    /// Holds records against the rules. Of those that pass only these fields stay.
    pub(super) fn judge(&self, listed: Vec<Listed>, fields: &[&str]) -> Result<Judged, SourceError> {
        let names: Vec<&str> = self.rules.fields.iter().map(|field| field.name.as_str()).collect();
        let batch = columnar::batch_of(&names, &listed)?;
        let failing = run::failing(&self.rules, &self.settings, &batch)
            .map_err(|error| SourceError::Failed(error.words().en().to_owned()))?;
        let mut withheld = BTreeMap::new();
        let mut judged = Vec::with_capacity(listed.len());
        for (mut one, rule) in listed.into_iter().zip(failing) {
            match rule {
                Some(rule) => {
                    *withheld.entry(rule.to_owned()).or_default() += 1;
                    one.record = Record::withheld(rule);
                }
                None => one.record = one.record.only(fields),
            }
            judged.push(one);
        }
        Ok(Judged { listed: judged, withheld })
    }
}

impl DatasetService {
    /// Sets what is withheld from now on.
    pub(crate) fn set_gate(&self, gate: Option<Gate>) {
        self.gate.store(gate.map(Arc::new));
        self.gate_read.store(true, Ordering::Release);
        self.gate_unknown.store(false, Ordering::Release);
    }

    /// Says whether what is withheld cannot be read. A dataset whose gate was read before goes on by that; another one gives nothing then.
    pub(crate) fn gate_unknown(&self, unknown: bool) {
        self.gate_unknown.store(unknown && !self.gate_read.load(Ordering::Acquire), Ordering::Release);
    }

    /// What is withheld, where records are.
    pub(super) fn gate(&self) -> Option<Arc<Gate>> {
        self.gate.load_full().filter(|gate| gate.judges())
    }

    /// The table as it is given: without the fields that are withheld.
    pub(super) fn given(&self, fitted: Arc<Fitted>) -> Result<Arc<Fitted>, SourceError> {
        if self.gate_unknown.load(Ordering::Acquire) {
            return Err(SourceError::Failed("what its contract withholds cannot be read".into()));
        }
        Ok(match self.gate.load_full().filter(|gate| !gate.fields.is_empty()) {
            None => fitted,
            Some(gate) => Arc::new(fitted.without(&gate.fields)),
        })
    }

    /// Holds records against the gate, if there is one, and counts what it withholds.
    pub(super) fn judged(
        &self,
        gate: Option<&Gate>,
        listed: Vec<Listed>,
        fields: &[&str],
    ) -> Result<Judged, SourceError> {
        let Some(gate) = gate else { return Ok(Judged { listed, withheld: BTreeMap::new() }) };
        let judged = gate.judge(listed, fields)?;
        judged.note(&self.tally);
        Ok(judged)
    }
}

/// These fields, with those that a gate looks at.
pub(super) fn beside<'a>(
    gate: Option<&'a Gate>,
    fitted: &Fitted,
    fields: &[&'a str],
) -> Result<Vec<&'a str>, SourceError> {
    gate.map_or_else(|| Ok(fields.to_vec()), |gate| gate.beside(fitted, fields))
}
