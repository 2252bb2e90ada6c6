//! What a node tells its hub of reuse: counts, and nothing of any person or case. Reports are numbered: each is taken once.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::MemberId;

/// Most lines of one report.
pub const LINES_MAX: usize = 5_000;

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReuseReport {
    /// Counts up with every report of the node, from 1.
    pub number: u64,
    /// What was counted since the one before. A day may come again: what is new of it is added.
    pub lines: Vec<ReuseLine>,
}

/// So many of one thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReuseLine {
    /// The day in Viet Nam.
    pub day: Date,
    /// The agency whose office it is.
    pub office: MemberId,
    /// The procedure with its version.
    pub procedure: String,
    /// The requirement; absent of what is counted by case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirement: Option<String>,
    /// Number of the alternative, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternative: Option<u8>,
    /// What is counted.
    pub counted: Counted,
    /// The gap's code, or the officer's reason by the pack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Code of the paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<String>,
    /// How many.
    pub count: u32,
}

/// What is counted (rule RU-07).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReuseCounted)]
pub enum Counted {
    /// Cases that were decided.
    Decided,
    /// Of those, requirements that applied and replace a paper.
    Applicable,
    /// Of those, ones that were answered, accepted, used unchanged, and for which no paper came in before the decision.
    Reused,
    /// Ones that were told as reused, and for which a paper came in late.
    TakenBack,
    /// Look-ups that were made, tests left out.
    LookedUp,
    /// Of those, ones that answered.
    Answered,
    /// Of those, ones that differed from another source.
    Differing,
    /// Papers that were asked for where a gap's code allows it: `reason` is the gap's.
    PaperNeeded,
    /// Papers that were asked for although the State had answered, or by the office's own fault: `reason` is the officer's, or the gap's.
    ReAsked,
}
