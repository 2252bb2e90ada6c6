//! What evidence comes to by a pack: the triple of what was observed, how much of it was covered, and what is claimed beyond it.
//!
//! In whole numbers: shares and scores in hundredths of a percent, rounded once where they are told, halves up.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::evidence::{Class, Evidence, Measured, Reading, Why};
use crate::measure::Measure;
use crate::pack::{Criterion, Layer, Pack};
use crate::quantity::{Unit, WHOLE, rounded};

/// The highest level that what an agency says of itself lifts it to, of gates.
const DECLARED_LEVEL_MAX: u8 = 2;

/// How an agency stands by a pack at the end of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// The agency.
    pub agency: String,
    /// The group in which it is compared; null: none fits.
    pub group: Option<String>,
    /// What was observed and covered, and what is claimed.
    pub triple: Triple,
    /// The least and the most that was observed may be, as far as it is a sample; null: nothing was.
    #[schema(value_type = Option<Vec<i64>>)]
    pub interval: Option<(i64, i64)>,
    /// The same mean with what the agency says of itself, by the factor of its class; null: there is neither.
    pub with_declared: Option<i64>,
    /// 1 to 5; null: nothing is asked of it.
    pub level: Option<u8>,
    /// What keeps it from the next level.
    pub held_by: Option<HeldBy>,
    /// By layer.
    pub layers: BTreeMap<Layer, Triple>,
    /// By criterion.
    pub criteria: Vec<Line>,
}

/// What is always told together, in hundredths of a point: nothing of it alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AssessTriple)]
pub struct Triple {
    /// What was observed; null: nothing was.
    pub observed: Option<i64>,
    /// How much of what is asked was measured by somebody else than the agency; null: nothing is asked.
    pub coverage: Option<i64>,
    /// What the agency claims, over what it claims anything of; null: nothing.
    pub claimed: Option<i64>,
    /// Claimed minus observed; null: one of both is not there.
    pub gap: Option<i64>,
}

/// What keeps an agency from a level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeldBy {
    /// Too little was measured.
    Coverage,
    /// What was observed is too low.
    Observed,
    /// These criteria are not met.
    Gates(Vec<String>),
}

/// How a criterion stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CriterionState)]
pub enum State {
    /// It is met.
    Met,
    /// It is not.
    NotMet,
    /// Nothing was measured, which is no failure yet.
    NotMeasured,
    /// Nothing was measured, and the day until which that is no failure is over.
    Overdue,
    /// It is not asked for at present: somebody has waived it.
    Waived,
    /// It is not asked of this agency.
    NotAsked,
}

/// A criterion with what shows how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AssessLine)]
pub struct Line {
    /// The criterion.
    pub criterion: String,
    /// How it stands.
    pub state: State,
    /// The value that was observed; null: none was.
    pub value: Option<i64>,
    /// Out of so many.
    pub of: Option<u64>,
    /// By whom it is shown; null: by nobody.
    pub class: Option<Class>,
    /// Of which day the evidence is.
    pub as_of: Option<Date>,
    /// What it counts, of 10,000; null: it is in no mean.
    pub result: Option<i64>,
    /// The value that the agency claims.
    pub claimed: Option<i64>,
    /// What that would count.
    pub claimed_result: Option<i64>,
    /// Why nothing was measured.
    pub why: Option<Unmeasured>,
    /// By how much the mean of what was observed rises when it is met.
    pub gain: i64,
}

/// Why nothing was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unmeasured {
    /// The platform does not see it.
    Unseen,
    /// No node of the agency reports.
    NoReports,
    /// There is nothing to measure it by.
    Nothing,
    /// What was measured is too old.
    Stale,
    /// There is only what the agency says.
    Declared,
}

/// Sums that a mean is made of.
#[derive(Default, Clone, Copy)]
struct Sums {
    /// Weights by factor and result, and by factor: of what was observed.
    observed: (i128, i128),
    /// The same with the least and the most that results may be.
    least: i128,
    most: i128,
    /// The same with what is only declared.
    declared: (i128, i128),
    /// Weights by result, and weights: of what is claimed.
    claimed: (i128, i128),
    /// Weights of what was measured by others, and of all that is asked.
    covered: (i128, i128),
}

impl Sums {
    fn triple(&self) -> Triple {
        let observed = rounded(self.observed.0, self.observed.1);
        let claimed = rounded(self.claimed.0, self.claimed.1);
        Triple {
            observed,
            coverage: rounded(self.covered.0 * i128::from(WHOLE), self.covered.1),
            claimed,
            gap: claimed.zip(observed).map(|(claimed, observed)| claimed - observed),
        }
    }

    fn add(&mut self, other: &Self) {
        let both = |a: (i128, i128), b: (i128, i128)| (a.0 + b.0, a.1 + b.1);
        self.observed = both(self.observed, other.observed);
        self.least += other.least;
        self.most += other.most;
        self.declared = both(self.declared, other.declared);
        self.claimed = both(self.claimed, other.claimed);
        self.covered = both(self.covered, other.covered);
    }
}

/// What evidence comes to by a pack.
#[must_use]
pub fn score(pack: &Pack, evidence: &Evidence) -> Assessment {
    let mut all = Sums::default();
    let mut layers: BTreeMap<Layer, Sums> = BTreeMap::new();
    let mut criteria = Vec::with_capacity(pack.criteria.len());
    let mut parts = Vec::with_capacity(pack.criteria.len());
    for criterion in &pack.criteria {
        let (line, sums) = judge(pack, criterion, evidence);
        all.add(&sums);
        if line.state != State::NotAsked {
            layers.entry(criterion.layer).or_default().add(&sums);
        }
        criteria.push(line);
        parts.push(sums);
    }
    let triple = all.triple();
    for ((criterion, line), own) in pack.criteria.iter().zip(&mut criteria).zip(&parts) {
        line.gain = gain(pack, criterion, line, own, &all);
    }
    let (level, held_by) = level(pack, &criteria, &triple);
    Assessment {
        agency: evidence.agency.clone(),
        group: pack.group(&evidence.facts).map(|group| group.id.clone()),
        triple,
        interval: rounded(all.least, all.observed.1).zip(rounded(all.most, all.observed.1)),
        with_declared: rounded(all.declared.0, all.declared.1),
        level,
        held_by,
        layers: layers.into_iter().map(|(layer, sums)| (layer, sums.triple())).collect(),
        criteria,
    }
}

/// What somebody else than the agency has measured, if that is there and not too old; otherwise why not.
fn observed<'a>(criterion: &Criterion, evidence: &'a Evidence) -> Result<&'a Measured, Unmeasured> {
    match evidence.measures.get(&criterion.measure) {
        Some(Reading::Measured(measured)) if measured.class.is_observed() => {
            let age = evidence.as_of.since(measured.as_of).map_or(0, |span| span.get_days());
            if age > i32::try_from(criterion.fresh_days).unwrap_or(i32::MAX) {
                return Err(Unmeasured::Stale);
            }
            Ok(measured)
        }
        _ if evidence.claims.contains_key(&criterion.id) => Err(Unmeasured::Declared),
        Some(Reading::NotMeasured(Why::NoReports)) => Err(Unmeasured::NoReports),
        Some(Reading::NotMeasured(Why::Nothing)) => Err(Unmeasured::Nothing),
        Some(Reading::NotMeasured(Why::Unseen) | Reading::Measured(_)) | None => Err(Unmeasured::Unseen),
    }
}

fn judge(pack: &Pack, criterion: &Criterion, evidence: &Evidence) -> (Line, Sums) {
    let claim = evidence.claims.get(&criterion.id).map(|claim| claim.value);
    let mut line = Line {
        criterion: criterion.id.clone(),
        state: State::NotMeasured,
        value: None,
        of: None,
        class: None,
        as_of: None,
        result: None,
        claimed: claim,
        claimed_result: claim.map(|value| criterion.result(value)),
        why: None,
        gain: 0,
    };
    let waived = evidence.waivers.get(&criterion.id).is_some_and(|waiver| evidence.as_of <= waiver.until);
    if !criterion.is_asked(&evidence.facts) || waived {
        line.state = if waived { State::Waived } else { State::NotAsked };
        (line.claimed, line.claimed_result) = (None, None);
        return (line, Sums::default());
    }
    let weight = i128::from(criterion.weight);
    let mut sums = Sums { covered: (0, weight), ..Sums::default() };
    if let Some(result) = line.claimed_result {
        sums.claimed = (weight * i128::from(result), weight);
    }
    let of_class = |class: Class| weight * i128::from(pack.factor(class));
    match observed(criterion, evidence) {
        Ok(measured) => {
            let result = criterion.result(measured.value);
            let (low, high) = bounds(criterion, measured);
            let ends = [low, high].map(|value| criterion.result(value));
            let counts = of_class(measured.class);
            sums.observed = (counts * i128::from(result), counts);
            sums.least = counts * i128::from(ends.into_iter().fold(result, i64::min));
            sums.most = counts * i128::from(ends.into_iter().fold(result, i64::max));
            sums.covered.0 = weight;
            line.state = if criterion.is_met(measured.value) { State::Met } else { State::NotMet };
            (line.value, line.of, line.class) = (Some(measured.value), measured.of, Some(measured.class));
            (line.as_of, line.result) = (Some(measured.as_of), Some(result));
        }
        Err(why) => {
            line.why = Some(why);
            // Whoever has not let itself be measured in time has failed; what nobody sees has no such day.
            if criterion.grace.is_some_and(|grace| evidence.as_of > grace) {
                let class = Measure::of(&criterion.measure).map_or(Class::E1, |measure| measure.class);
                sums.observed = (0, of_class(class));
                (line.state, line.result) = (State::Overdue, Some(0));
            } else if claim.is_some() {
                line.class = Some(Class::E4);
            }
        }
    }
    sums.declared = sums.observed;
    if line.state == State::NotMeasured
        && let Some(result) = line.claimed_result
    {
        let counts = of_class(Class::E4);
        sums.declared = (counts * i128::from(result), counts);
    }
    (line, sums)
}

/// Bounds of a share that is a sample (Wilson, 95 %), in whole numbers, outwards.
fn bounds(criterion: &Criterion, measured: &Measured) -> (i64, i64) {
    let is_share = Measure::of(&criterion.measure).is_some_and(|measure| measure.unit == Unit::Share);
    let value = measured.value;
    let Some(count) = measured.of.filter(|count| is_share && measured.sampled && *count > 0) else {
        return (value, value);
    };
    let (value, count) = (u128::from(value.clamp(0, WHOLE).unsigned_abs()), u128::from(count.min(1 << 50)));
    let whole = u128::from(WHOLE.unsigned_abs());
    // z² = 1.96² = 3.8416, so all is in ten-thousandths.
    let below = count * whole + 38_416;
    let middle = value * count * whole + 19_208 * whole;
    let half = 19_600 * (root(value * (whole - value) * count + 96_040_000) + 1);
    let low = middle.saturating_sub(half) / below;
    let high = (middle + half).div_ceil(below).min(whole);
    let told = |bound: u128| i64::try_from(bound).unwrap_or(WHOLE);
    (told(low).min(measured.value), told(high).max(measured.value))
}

fn root(square: u128) -> u128 {
    square.isqrt()
}

/// By how much the mean rises when a criterion is met that is not.
fn gain(pack: &Pack, criterion: &Criterion, line: &Line, own: &Sums, all: &Sums) -> i64 {
    if !matches!(line.state, State::NotMet | State::Overdue | State::NotMeasured) {
        return 0;
    }
    let of_measure = Measure::of(&criterion.measure).map(|measure| measure.class);
    let seen = line.class.filter(|class| class.is_observed());
    // What only its agency could say would add nothing.
    let Some(class) = seen.or(of_measure).filter(|class| class.is_observed()) else { return 0 };
    let counts = i128::from(criterion.weight) * i128::from(pack.factor(class));
    let above = all.observed.0 - own.observed.0 + counts * i128::from(WHOLE);
    let below = all.observed.1 - own.observed.1 + counts;
    let now = rounded(all.observed.0, all.observed.1).unwrap_or_default();
    (rounded(above, below).unwrap_or_default() - now).max(0)
}

/// The highest level of which it and all below it are reached, and what keeps it from the next.
fn level(pack: &Pack, criteria: &[Line], triple: &Triple) -> (Option<u8>, Option<HeldBy>) {
    let Some(coverage) = triple.coverage else { return (None, None) };
    let mut reached = 1;
    for asked in &pack.levels {
        if coverage < asked.coverage.value {
            return (Some(reached), Some(HeldBy::Coverage));
        }
        if triple.observed.unwrap_or_default() < asked.observed.value {
            return (Some(reached), Some(HeldBy::Observed));
        }
        let lines = pack.criteria.iter().zip(criteria);
        let gates = lines.filter(|(criterion, line)| {
            criterion.gate.is_some_and(|gate| gate <= asked.level) && !passes(criterion, line, asked.level)
        });
        let gates: Vec<String> = gates.map(|(criterion, _)| criterion.id.clone()).collect();
        if !gates.is_empty() {
            return (Some(reached), Some(HeldBy::Gates(gates)));
        }
        reached = asked.level;
    }
    (Some(reached), None)
}

/// Whether a gate is open: the criterion is met, or not asked; up to the second level it is enough that the agency says so and nobody has
/// seen anything else.
fn passes(criterion: &Criterion, line: &Line, level: u8) -> bool {
    match line.state {
        State::Met | State::Waived | State::NotAsked => true,
        State::NotMet | State::Overdue => false,
        State::NotMeasured => {
            level <= DECLARED_LEVEL_MAX && line.claimed.is_some_and(|value| criterion.is_met(value))
        }
    }
}
