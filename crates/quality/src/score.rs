//! Scores from states: rule, criterion, field, dataset, and up to the nation, by a rule pack. rules.md, section 3: each is a weighted mean of
//! what is below it, and a key field that fails is shown whatever the mean.

mod pack;

use std::collections::BTreeMap;

use jiff::civil::Date;
use model::term::Version;

use crate::rule::{Criterion, Severity};
use crate::state::State;
use crate::state::measured::{Measured, Tally};

pub use pack::{Bands, KeyDemand, PackError, RulePack};

/// For 95 of a hundred intervals the true share is within.
const Z: f64 = 1.959_964;

/// A score, or that there is none. Nothing measured is no zero.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Score {
    /// Nothing that it would be made of was measured.
    #[default]
    NotMeasured,
    /// It was.
    Measured(Measure),
}

/// A score that was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// From 0 to 100.
    pub value: f64,
    /// So many judgements, a record by a rule, are behind it.
    pub count: u64,
    /// Which share of what could be judged was, from 0 to 1.
    pub coverage: f64,
    /// The bounds of it as an estimate (Wilson, 95 %); of a mean, the mean of its parts' bounds, which is wider than its own.
    pub interval: (f64, f64),
}

impl Score {
    /// The measure, if there is one.
    #[must_use]
    pub fn measure(&self) -> Option<&Measure> {
        match self {
            Self::NotMeasured => None,
            Self::Measured(measure) => Some(measure),
        }
    }
}

/// A band of scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Below the yellow one.
    Red,
    /// Between.
    Yellow,
    /// At the green bound or above.
    Green,
}

/// All scores of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// The dataset.
    pub dataset: String,
    /// By which rule pack.
    pub pack: String,
    /// The day at which the rules were asked.
    pub as_of: Date,
    /// Rows that were read.
    pub rows: u64,
    /// Whether they are only a sample.
    pub sampled: bool,
    /// Of each field; rules over rows under the empty name.
    pub fields: BTreeMap<String, FieldScores>,
    /// Of the dataset, whole and by criterion.
    pub summary: Summary,
    /// Failures of key fields.
    pub alerts: Vec<Alert>,
}

/// Scores of a field.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FieldScores {
    /// Whether its failures are told whatever the mean.
    pub key: bool,
    /// What its mean weighs in that of its dataset.
    pub weight: f64,
    /// The mean of its criteria.
    pub overall: Score,
    /// By criterion.
    pub criteria: BTreeMap<Criterion, Score>,
    /// What they are made of.
    pub rules: Vec<RuleScore>,
}

/// The score of a rule, with its counts.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleScore {
    /// The rule.
    pub id: String,
    /// In which version.
    pub version: Version,
    /// It counts for this criterion.
    pub criterion: Criterion,
    /// With this weight.
    pub weight: f64,
    /// Rows by outcome.
    pub tally: Tally,
    /// What it came to.
    pub score: Score,
    /// Whether what its owner demands is so.
    pub met: Option<bool>,
}

/// A key field that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The field.
    pub field: String,
    /// The rule.
    pub rule: String,
    /// So many rows.
    pub fails: u64,
}

/// Scores of anything above a field, whole and by criterion.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// The mean.
    pub overall: Score,
    /// By criterion.
    pub criteria: BTreeMap<Criterion, Score>,
    /// Rules of key fields that fail.
    pub alerts: usize,
    /// Of so many parts this many were measured.
    pub measured: usize,
    /// So many parts.
    pub of: usize,
}

/// The scores of a state.
#[must_use]
pub fn score(state: &State, pack: &RulePack) -> Scores {
    let mut fields: BTreeMap<String, FieldScores> = BTreeMap::new();
    let mut alerts = Vec::new();
    for (id, measured) in &state.rules {
        let name = measured.field.clone().unwrap_or_default();
        let field = fields.entry(name.clone()).or_default();
        field.key |= measured.key;
        field.rules.push(rule_score(id, measured, state.rows, pack));
        let fails = measured.tally().fail;
        // Below a hundred in a hundred; by a pack that demands less, below that.
        let share = share(measured.tally()).map_or(100.0, |measure| measure.value);
        if measured.key
            && fails > 0
            && share < pack.key.percent
            && pack.key.criteria.contains(&measured.criterion)
        {
            // Notices are no failures of an identifier.
            if measured.severity > Severity::Notice {
                alerts.push(Alert { field: name, rule: id.clone(), fails });
            }
        }
    }
    for field in fields.values_mut() {
        field.weight = if field.key { pack.identifier_weight } else { 1.0 };
        for criterion in Criterion::ALL {
            let of = field.rules.iter().filter(|rule| rule.criterion == criterion);
            let parts: Vec<(f64, Score)> = of.map(|rule| (rule.weight, rule.score)).collect();
            if !parts.is_empty() {
                field.criteria.insert(criterion, mean(&parts));
            }
        }
        field.overall = overall(&field.criteria, pack);
    }
    let parts: Vec<(f64, Summary)> = fields
        .values()
        .map(|field| (field.weight, field.summary()))
        .filter(|(_, part)| !part.criteria.is_empty())
        .collect();
    let mut summary = Summary::of(&parts);
    summary.alerts = alerts.len();
    Scores {
        dataset: state.dataset.clone(),
        pack: pack.id.clone(),
        as_of: state.as_of,
        rows: state.rows,
        sampled: state.sampled,
        fields,
        summary,
        alerts,
    }
}

/// By how many points the score of a state rises when all rows that fail a rule pass, by rule. Scores are means of means, and rows that pass
/// instead were judged before: each mean rises by the rule's share in it, and nothing else of the state need be looked at.
#[must_use]
pub fn gains(state: &State, pack: &RulePack) -> BTreeMap<String, f64> {
    let scores = score(state, pack);
    let of_fields = measured_weight(scores.fields.values().map(|field| (field.weight, &field.overall)));
    let mut gains = BTreeMap::new();
    for field in scores.fields.values() {
        let weight = |criterion: &Criterion| pack.criteria.get(criterion).copied().unwrap_or(0.0);
        let of_criteria =
            measured_weight(field.criteria.iter().map(|(criterion, score)| (weight(criterion), score)));
        let mut of_rules: BTreeMap<Criterion, f64> = BTreeMap::new();
        for rule in &field.rules {
            *of_rules.entry(rule.criterion).or_default() += measured_weight([(rule.weight, &rule.score)]);
        }
        for rule in &field.rules {
            let Some(measure) = rule.score.measure() else { continue };
            let of_rules = of_rules.get(&rule.criterion).copied().unwrap_or(0.0);
            let gain = (100.0 - measure.value)
                * part(rule.weight, of_rules)
                * part(weight(&rule.criterion), of_criteria)
                * part(field.weight, of_fields);
            gains.insert(rule.id.clone(), gain);
        }
    }
    gains
}

/// What the measured parts of a mean weigh together, as [`mean`] counts them.
fn measured_weight<'a>(parts: impl IntoIterator<Item = (f64, &'a Score)>) -> f64 {
    let measured = parts.into_iter().filter(|(weight, score)| *weight > 0.0 && score.measure().is_some());
    measured.map(|(weight, _)| weight).sum()
}

/// The share of a weight in all of them.
fn part(weight: f64, all: f64) -> f64 {
    if all > 0.0 { weight.max(0.0) / all } else { 0.0 }
}

fn rule_score(id: &str, measured: &Measured, rows: u64, pack: &RulePack) -> RuleScore {
    let tally = measured.tally();
    RuleScore {
        id: id.to_owned(),
        version: measured.version,
        criterion: measured.criterion,
        weight: pack.severities.of(measured.severity),
        tally,
        score: share(tally).map_or(Score::NotMeasured, Score::Measured),
        met: measured.is_met(rows),
    }
}

/// The share of what was judged that passes.
#[expect(clippy::cast_precision_loss, reason = "shares of counts")]
fn share(tally: Tally) -> Option<Measure> {
    let judged = tally.judged();
    if judged == 0 {
        return None;
    }
    let (low, high) = wilson(tally.pass, judged);
    Some(Measure {
        value: tally.pass as f64 * 100.0 / judged as f64,
        count: judged,
        // Rows that the rule is not about, and those without a value, are not missing from what could be judged.
        coverage: judged as f64 / (tally.rows() - tally.null - tally.not_applicable).max(judged) as f64,
        interval: (low * 100.0, high * 100.0),
    })
}

/// Wilson's interval of a share.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "shares of counts")]
pub fn wilson(good: u64, all: u64) -> (f64, f64) {
    if all == 0 {
        return (0.0, 1.0);
    }
    let (n, p) = (all as f64, good as f64 / all as f64);
    let middle = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    // Rounding may leave the share itself a hair outside.
    ((middle - half).max(0.0).min(p), (middle + half).min(1.0).max(p))
}

/// The weighted mean of what was measured. What was not lowers the coverage and nothing else.
fn mean(parts: &[(f64, Score)]) -> Score {
    let all: f64 = parts.iter().map(|(weight, _)| weight).sum();
    let measured: Vec<(f64, &Measure)> = parts
        .iter()
        .filter_map(|(weight, score)| Some((*weight, score.measure()?)))
        .filter(|(weight, _)| *weight > 0.0)
        .collect();
    let weights: f64 = measured.iter().map(|(weight, _)| weight).sum();
    if weights <= 0.0 {
        return Score::NotMeasured;
    }
    let of = |part: fn(&Measure) -> f64| {
        measured.iter().map(|(weight, measure)| weight * part(measure)).sum::<f64>()
    };
    Score::Measured(Measure {
        value: of(|measure| measure.value) / weights,
        count: measured.iter().map(|(_, measure)| measure.count).sum(),
        coverage: of(|measure| measure.coverage) / all,
        interval: (of(|measure| measure.interval.0) / weights, of(|measure| measure.interval.1) / weights),
    })
}

fn overall(criteria: &BTreeMap<Criterion, Score>, pack: &RulePack) -> Score {
    let weight = |criterion: &Criterion| pack.criteria.get(criterion).copied().unwrap_or(0.0);
    let parts: Vec<(f64, Score)> =
        criteria.iter().map(|(criterion, score)| (weight(criterion), *score)).collect();
    mean(&parts)
}

impl FieldScores {
    fn summary(&self) -> Summary {
        Summary { overall: self.overall, criteria: self.criteria.clone(), alerts: 0, measured: 0, of: 0 }
    }
}

impl Summary {
    /// Of parts, each with its weight: of datasets to a database, of databases to an agency, of agencies to a bloc or a province.
    #[must_use]
    pub fn of(parts: &[(f64, Self)]) -> Self {
        let scores = |of: &dyn Fn(&Self) -> Option<Score>| {
            let parts: Vec<(f64, Score)> =
                parts.iter().filter_map(|(weight, part)| Some((*weight, of(part)?))).collect();
            mean(&parts)
        };
        let criteria = Criterion::ALL
            .into_iter()
            .filter(|criterion| parts.iter().any(|(_, part)| part.criteria.contains_key(criterion)));
        Self {
            overall: scores(&|part| Some(part.overall)),
            criteria: criteria
                .map(|criterion| (criterion, scores(&|part| part.criteria.get(&criterion).copied())))
                .collect(),
            alerts: parts.iter().map(|(_, part)| part.alerts).sum(),
            measured: parts.iter().filter(|(_, part)| part.overall.measure().is_some()).count(),
            of: parts.len(),
        }
    }

    /// With what was observed of shared use, which no state of the data tells.
    #[must_use]
    pub fn with_shared(mut self, shared: Score) -> Self {
        self.criteria.insert(Criterion::Shared, shared);
        self
    }

    /// Its band. None if nothing was measured; with a failure of a key field no better than the pack allows then.
    #[must_use]
    pub fn band(&self, pack: &RulePack) -> Option<Band> {
        let band = pack.bands.of(self.overall.measure()?.value);
        Some(if self.alerts > 0 { band.min(pack.key.band) } else { band })
    }
}
