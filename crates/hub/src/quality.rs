//! Quality of data as nodes report it: what was measured of each dataset, scores of all that is above datasets, made anew from what was
//! counted, and defects with those who must correct them. A node reports counts; what each rule counts for, and what belongs to whom, the
//! registry says. What was not measured is that, and no zero.

pub(crate) mod current;
pub(crate) mod dataset;
pub(crate) mod defect;
pub(crate) mod explain;
pub(crate) mod kept;
pub(crate) mod list;
pub(crate) mod overlap;
pub(crate) mod report;
pub(crate) mod rules;
pub(crate) mod scorecard;
pub(crate) mod shared;
pub(crate) mod units;

use std::sync::OnceLock;

use model::agency::Name;
use model::fault::{Fault, Words};
use quality::rule::Criterion;
use quality::score::{Band as OfPack, Measure, Summary};
use quality::{RulePack, score};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A number, or that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = QualityScore)]
pub(crate) struct Score {
    /// Whether anything of it was measured. Else there is no number, which is not zero.
    pub(crate) measured: bool,
    /// From 0 to 100, rounded down: only what has no failure is 100.
    pub(crate) value: Option<f64>,
    /// So many judgements, a record by a rule, are behind it.
    pub(crate) count: Option<u64>,
    /// Which share of what could be judged was, from 0 to 1.
    pub(crate) coverage: Option<f64>,
    /// The lower bound of it as an estimate (95 %).
    pub(crate) low: Option<f64>,
    /// The upper bound.
    pub(crate) high: Option<f64>,
    /// Its band by the rule pack.
    pub(crate) band: Option<Band>,
}

/// A band of scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = QualityBand)]
pub(crate) enum Band {
    /// Below the yellow one, or with a key field that fails.
    Red,
    /// Between.
    Yellow,
    /// At the green bound or above.
    Green,
}

impl Band {
    fn of(band: OfPack) -> Self {
        match band {
            OfPack::Red => Self::Red,
            OfPack::Yellow => Self::Yellow,
            OfPack::Green => Self::Green,
        }
    }
}

/// The six criteria.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = QualityCriteria)]
pub(crate) struct Criteria {
    /// Đúng.
    pub(crate) accurate: Score,
    /// Đủ.
    pub(crate) complete: Score,
    /// Sạch.
    pub(crate) clean: Score,
    /// Sống.
    pub(crate) live: Score,
    /// Thống nhất.
    pub(crate) consistent: Score,
    /// Dùng chung, as the hub itself has observed it.
    pub(crate) shared: Score,
}

/// A score, whole and by criterion, as it is shown and kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = QualityScores)]
pub(crate) struct Scores {
    /// The mean, by the weights of the rule pack.
    pub(crate) overall: Score,
    /// By criterion.
    pub(crate) criteria: Criteria,
    /// Rules of key fields that fail: told whatever the mean is.
    pub(crate) alerts: usize,
    /// The rule pack that they were made by.
    pub(crate) pack: String,
}

/// The rule pack that scores are made by.
///
/// # Errors
/// [`Fault::Internal`].
pub(crate) fn pack() -> Result<&'static RulePack, Fault> {
    static PACK: OnceLock<Option<RulePack>> = OnceLock::new();
    let shipped = PACK.get_or_init(|| RulePack::shipped().ok()).as_ref();
    shipped.ok_or_else(|| Fault::Internal { why: "the rule pack of scores cannot be read".into() })
}

/// Four digits behind the point, and never more than it is.
fn down(number: f64) -> f64 {
    // What is a hair below a number of four digits only because of how numbers are kept is that number.
    (number * 10_000.0 + 1e-6).floor() / 10_000.0
}

impl Score {
    pub(crate) fn of(score: &score::Score, pack: &RulePack) -> Self {
        score.measure().map_or_else(Self::default, |measure| Self::measured(measure, pack))
    }

    pub(crate) fn measured(measure: &Measure, pack: &RulePack) -> Self {
        Self {
            measured: true,
            value: Some(down(measure.value)),
            count: Some(measure.count),
            coverage: Some(down(measure.coverage)),
            low: Some(down(measure.interval.0)),
            high: Some(down(measure.interval.1)),
            band: Some(Band::of(pack.bands.of(measure.value))),
        }
    }
}

impl Criteria {
    pub(crate) fn of(of: impl Fn(Criterion) -> Option<score::Score>, pack: &RulePack) -> Self {
        let score = |criterion| Score::of(&of(criterion).unwrap_or_default(), pack);
        Self {
            accurate: score(Criterion::Accurate),
            complete: score(Criterion::Complete),
            clean: score(Criterion::Clean),
            live: score(Criterion::Live),
            consistent: score(Criterion::Consistent),
            shared: score(Criterion::Shared),
        }
    }

    pub(crate) fn get(&self, criterion: Criterion) -> &Score {
        match criterion {
            Criterion::Accurate => &self.accurate,
            Criterion::Complete => &self.complete,
            Criterion::Clean => &self.clean,
            Criterion::Live => &self.live,
            Criterion::Consistent => &self.consistent,
            Criterion::Shared => &self.shared,
        }
    }
}

impl Scores {
    pub(crate) fn of(summary: &Summary, pack: &RulePack) -> Self {
        let overall = Score::of(&summary.overall, pack);
        Self {
            // A key field that fails lowers the band, whatever the mean.
            overall: Score { band: summary.band(pack).map(Band::of), ..overall },
            criteria: Criteria::of(|criterion| summary.criteria.get(&criterion).copied(), pack),
            alerts: summary.alerts,
            pack: pack.id.clone(),
        }
    }
}

/// A text in both languages.
pub(crate) fn named(words: &Words) -> Name {
    Name { vi: words.vi().to_owned(), en: words.en().to_owned() }
}
