//! Gates of the datasets behind a node that runs: made of their contracts as they were fetched last, and of how each field was measured last.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, SystemTime};

use jiff::civil::Date;
use model::fault::Fault;
use model::id::ServiceId;
use model::time::day_in_viet_nam;
use quality::{Rules, score};
use serde::Serialize;

use crate::backend::dataset::Gate;
use crate::backend::{Backend, Backends};
use crate::clock;
use crate::folder::StateFolder;
use crate::measure::kept::Kept;
use crate::measure::{Materials, materials};

/// How often it is looked whether contracts or scores are others.
const EVERY: Duration = Duration::from_secs(30);

/// Sets the gates for as long as the node runs. The first time has been before anybody could ask.
pub(crate) async fn gates(folder: &StateFolder, backends: &Backends) {
    let mut known = None;
    loop {
        tokio::time::sleep(EVERY).await;
        let stamp = Some(stamp(folder, backends));
        // What could not be set is tried again, also if nothing was written since.
        if stamp != known && set_gates(folder, backends) {
            known = stamp;
        }
    }
}

/// What gates are made of is as it was while this is.
fn stamp(folder: &StateFolder, backends: &Backends) -> (Date, Vec<Option<SystemTime>>) {
    let mut services: Vec<&ServiceId> = backends.keys().collect();
    services.sort();
    let modified = |path| fs::metadata(path).and_then(|about| about.modified()).ok();
    let measured = services.into_iter().map(|service| modified(Kept::last(folder, service)?));
    let all = std::iter::once(modified(Materials::path(folder))).chain(measured);
    (day_in_viet_nam(clock::now()), all.collect())
}

/// Sets the gates of all datasets, and tells whether it could. Of one without a contract here nothing is withheld, for nobody has asked it;
/// one whose contract is here and cannot be read gives nothing until a gate was set once.
pub(crate) fn set_gates(folder: &StateFolder, backends: &Backends) -> bool {
    if !Materials::path(folder).exists() {
        return true;
    }
    let datasets = || {
        backends.iter().filter_map(|(service, backend)| match backend.as_ref() {
            Backend::Dataset(dataset) => Some((service, dataset)),
            Backend::Http(_) | Backend::Within(_) => None,
        })
    };
    let materials = match Materials::read(folder) {
        Ok(materials) => materials,
        // What was withheld before still is.
        Err(fault) => {
            tracing::error!(fault = fault.code(), reason = %fault, "contracts cannot be read: gates stay as they were");
            datasets().for_each(|(_, dataset)| dataset.gate_unknown(true));
            return false;
        }
    };
    let mut all = true;
    for (service, dataset) in datasets() {
        if !materials.contracts.contains_key(service) {
            dataset.gate_unknown(false);
            continue;
        }
        match gate(folder, &materials, service) {
            Ok(gate) => dataset.set_gate(gate),
            Err(fault) => {
                tracing::error!(%service, fault = fault.code(), reason = %fault, "the gate stays as it was");
                dataset.gate_unknown(true);
                all = false;
            }
        }
    }
    all
}

fn gate(folder: &StateFolder, materials: &Materials, service: &ServiceId) -> Result<Option<Gate>, Fault> {
    let rules = materials.rules(service, day_in_viet_nam(clock::now()))?;
    let fields = below(folder, &rules, service)?;
    if !fields.is_empty() {
        let named = fields.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        tracing::warn!(%service, fields = named, "fields are withheld: their score is below what the contract asks");
    }
    Ok(Gate::new(&rules, fields))
}

/// Fields whose score is below what the contract asks, or was never measured.
fn below(folder: &StateFolder, rules: &Rules, service: &ServiceId) -> Result<BTreeSet<String>, Fault> {
    let fields = fields(folder, rules, service)?;
    Ok(fields.into_iter().filter(|gate| gate.withheld).map(|gate| gate.field).collect())
}

fn fields(folder: &StateFolder, rules: &Rules, service: &ServiceId) -> Result<Vec<FieldGate>, Fault> {
    if rules.gates.fields.is_empty() {
        return Ok(Vec::new());
    }
    let pack = materials::pack()?;
    let last = Kept::days(folder, service).pop();
    let kept = last.map(|day| Kept::read(folder, service, day)).transpose()?;
    let scores = kept.map(|kept| score(&kept.state, &pack));
    let value =
        |field: &String| scores.as_ref()?.fields.get(field)?.overall.measure().map(|measure| measure.value);
    let gate = |(field, least): (&String, &f64)| {
        let score = value(field);
        let withheld = score.is_none_or(|score| score < *least);
        FieldGate { field: field.clone(), least: *least, score, withheld }
    };
    Ok(rules.gates.fields.iter().map(gate).collect())
}

/// What of a dataset is withheld for its quality.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gated {
    /// Rules: a record that fails one is withheld.
    pub records: Vec<String>,
    /// Fields that are given from a score on.
    pub fields: Vec<FieldGate>,
}

/// A field that is given from a score on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldGate {
    /// The field.
    pub field: String,
    /// The least score at which it is given.
    pub least: f64,
    /// What it came to when it was measured last; none: it never was.
    pub score: Option<f64>,
    /// Whether it is withheld.
    pub withheld: bool,
}

impl Gated {
    /// What a node that runs here withholds of a dataset today.
    ///
    /// # Errors
    /// [`Fault::NotInRegistry`] if there is no contract of it; [`Fault::FileFailed`].
    pub fn of(folder: &StateFolder, materials: &Materials, service: &ServiceId) -> Result<Self, Fault> {
        let rules = materials.rules(service, day_in_viet_nam(clock::now()))?;
        let records = rules.gates.records.iter().cloned().collect();
        Ok(Self { records, fields: fields(folder, &rules, service)? })
    }
}
