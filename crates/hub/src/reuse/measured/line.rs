//! Figures of reuse on one line, as they are told and put in order.

use model::agency::Name;
use model::text::search_key;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What lists are ordered by, and the columns of their tables.
pub(crate) const ORDERS: [&str; 12] = [
    "id",
    "name.vi",
    "name.en",
    "cases",
    "applicable",
    "reused",
    "reuse",
    "coverage",
    "yielded",
    "papers_asked",
    "re_asks",
    "re_ask_rate",
];
pub(crate) const COLUMNS: [&str; 32] = [
    "level",
    "id",
    "name.vi",
    "name.en",
    "month",
    "measured",
    "withheld",
    "cases",
    "applicable",
    "covered",
    "coverage",
    "shown",
    "reused",
    "reuse",
    "differing",
    "look_ups",
    "look_ups_counted",
    "witnessed",
    "yielded",
    "papers_needed",
    "re_asks",
    "papers_asked",
    "re_ask_rate",
    "re_asks_per_100_cases",
    "hours_saved.0",
    "hours_saved.1",
    "hours_saved.2",
    "trips_saved.0",
    "trips_saved.1",
    "trips_saved.2",
    "offices_reporting",
    "offices",
];

/// What figures are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReuseLevel)]
pub(crate) enum Level {
    /// All of it.
    Nation,
    /// An agency at the top of its tree, with all below it.
    #[default]
    Agency,
    /// One that is a province.
    Province,
    /// An agency that decides cases itself: a commune, a department.
    Office,
    /// A procedure, by its code.
    Procedure,
    /// A paper, by its code.
    Paper,
    /// Why papers were asked for.
    Reason,
}

/// Figures of something in a month. A number that is not there was not measured, or is withheld.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ReuseFigures)]
pub(crate) struct Line {
    /// What it is.
    pub(crate) level: Level,
    /// Which. Of the nation `nation`; of a reason what was counted and its code: `paper_needed.not_found`, `re_asked.ban-goc`.
    pub(crate) id: String,
    /// What it is called.
    pub(crate) name: Name,
    /// The agency at the top of its tree, of an office.
    pub(crate) agency: Option<String>,
    /// The month: `2026-11`.
    pub(crate) month: String,
    /// Whether anybody has told anything of it.
    pub(crate) measured: bool,
    /// Whether numbers of it are not told, since they are small or would give a small one away.
    pub(crate) withheld: bool,
    /// Cases that were decided.
    pub(crate) cases: Option<u64>,
    /// Requirements that applied in them and replace a paper.
    pub(crate) applicable: Option<u64>,
    /// Those of which a ministry has published what takes the place of the paper.
    pub(crate) covered: Option<u64>,
    /// Covered of applicable, in percent, rounded down as all of them.
    pub(crate) coverage: Option<f64>,
    /// Those that sources have shown.
    pub(crate) shown: Option<u64>,
    /// Those that count as reused: accepted, unchanged, and no paper came in, before the decision or late.
    pub(crate) reused: Option<u64>,
    /// Reused of applicable, in percent.
    pub(crate) reuse: Option<f64>,
    /// Those of which sources differed.
    pub(crate) differing: Option<u64>,
    /// Look-ups, tests left out.
    pub(crate) look_ups: Option<u64>,
    /// Look-ups that counted.
    pub(crate) look_ups_counted: Option<u64>,
    /// Answers that the nodes of other agencies counted to have given to it, for whatever purpose but tests: a witness to its look-ups. With none,
    /// nobody else has seen what it tells.
    pub(crate) witnessed: Option<u64>,
    /// Look-ups that counted of look-ups, in percent.
    pub(crate) yielded: Option<f64>,
    /// Papers that were asked for where a reason allows it.
    pub(crate) papers_needed: Option<u64>,
    /// Papers that were asked for although the State had answered, or by the office's own fault.
    pub(crate) re_asks: Option<u64>,
    /// Both.
    pub(crate) papers_asked: Option<u64>,
    /// Re-asks of papers asked for, in percent.
    pub(crate) re_ask_rate: Option<f64>,
    /// Re-asks for a hundred cases.
    pub(crate) re_asks_per_100_cases: Option<f64>,
    /// Hours that people did not spend, low, middle and high: by an assumption of the pack, and no observation.
    pub(crate) hours_saved: Option<[u64; 3]>,
    /// Trips that people did not make, in the same way.
    pub(crate) trips_saved: Option<[u64; 3]>,
    /// Offices that told anything in the month, of agencies.
    pub(crate) offices_reporting: Option<usize>,
    /// Offices that may carry cases, of agencies.
    pub(crate) offices: Option<usize>,
}

/// By what figures are made, beside themselves.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ReuseBasis)]
pub(crate) struct Basis {
    /// The month: `2026-11`.
    pub(crate) month: String,
    /// Whether the month is over.
    pub(crate) is_over: bool,
    /// Whether all numbers are told; else those are not that are small or would give a small one away.
    pub(crate) is_exact: bool,
    /// Cells below this are small.
    pub(crate) small: u64,
    /// The reuse pack that assumptions and thresholds are from.
    pub(crate) pack: Option<String>,
    /// Minutes that a paper is assumed to cost people, low, middle and high.
    pub(crate) minutes_per_paper: Option<[u32; 3]>,
    /// Trips that a hundred papers are assumed to cost.
    pub(crate) trips_per_hundred_papers: Option<[u32; 3]>,
    /// Whether those numbers are ours, and from no source.
    pub(crate) assumed: bool,
}

/// A share in percent, rounded down to a tenth: only all of it is 100.
#[expect(clippy::cast_precision_loss, reason = "below a thousand times what people count")]
pub(crate) fn percent(of: Option<u64>, whole: Option<u64>) -> Option<f64> {
    let (of, whole) = of.zip(whole).filter(|(_, whole)| *whole > 0)?;
    Some((of.saturating_mul(1000) / whole) as f64 / 10.0)
}

/// By a column; what is not told stands below everything that is.
pub(super) fn compare(a: &Line, b: &Line, column: &str) -> std::cmp::Ordering {
    let share = |line: &Line| match column {
        "reuse" => line.reuse,
        "coverage" => line.coverage,
        "yielded" => line.yielded,
        _ => line.re_ask_rate,
    };
    match column {
        "id" => a.id.cmp(&b.id),
        "name.vi" => search_key(&a.name.vi).cmp(&search_key(&b.name.vi)),
        "name.en" => search_key(&a.name.en).cmp(&search_key(&b.name.en)),
        "cases" => a.cases.cmp(&b.cases),
        "applicable" => a.applicable.cmp(&b.applicable),
        "reused" => a.reused.cmp(&b.reused),
        "papers_asked" => a.papers_asked.cmp(&b.papers_asked),
        "re_asks" => a.re_asks.cmp(&b.re_asks),
        _ => share(a).unwrap_or(-1.0).total_cmp(&share(b).unwrap_or(-1.0)),
    }
}
