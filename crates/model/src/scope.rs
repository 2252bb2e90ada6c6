//! What a ministry has published for reuse (rule RU-02): which data, for which procedures, in place of which papers.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agency::Name;
use crate::contain::Reach;
use crate::endpoint::Endpoint;
use crate::id::{MemberId, ServiceId};
use crate::time::Validity;

/// A published scope: the owner's decision that these data may be reused. Grants for classes of systems are compiled from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReuseScope)]
pub struct Scope {
    /// Its name and version: `dan-cu-nguoi@1`.
    pub id: String,
    /// What it is called.
    pub name: Name,
    /// The ministry whose decision it is: the one that owns the service.
    pub owner: MemberId,
    /// The national or sector database, by its id.
    pub database: String,
    /// The service that answers.
    pub service: ServiceId,
    /// What may be called of it.
    pub operations: Vec<Endpoint>,
    /// The fields that may be asked for.
    pub fields: BTreeSet<String>,
    /// Codes of papers that they take the place of.
    #[serde(default)]
    pub papers: BTreeSet<String>,
    /// Codes of procedures, without version, for which they may be.
    pub procedures: BTreeSet<String>,
    /// Classes of systems that may ask: `VN/LOC/*/mot-cua`.
    pub clients: BTreeSet<String>,
    /// Code of the legal basis.
    pub basis: String,
    /// Number and day of the decision, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// Calls a second of each caller for each procedure.
    pub per_second: u32,
    /// Whether all this is known second-hand only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second_hand: bool,
    /// The days on which it holds.
    #[serde(flatten)]
    pub valid: Validity,
}

impl Scope {
    /// What it lets be asked for a procedure, by its code, under the procedure's purpose; nothing if it is not for it.
    #[must_use]
    pub fn reach(&self, procedure: &str, purpose: &str) -> Option<Reach> {
        self.procedures.contains(procedure).then(|| Reach {
            service: self.service.clone(),
            operations: self.operations.clone(),
            fields: Some(self.fields.clone()),
            purposes: Some(BTreeSet::from([purpose.to_owned()])),
            clients: self.clients.clone(),
            valid: self.valid,
        })
    }
}

/// A decision of an agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ScopeDecision)]
pub struct Decision {
    /// Its number.
    pub number: String,
    /// Its day.
    pub day: Date,
}

/// What holds of reuse, as data: times, thresholds, assumptions. All is ours until a text says it. The
/// newest holds; until which day a case is kept was reckoned by the one of the day on which that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReusePack {
    /// Its name and version: `tai-su-dung@1`.
    pub id: String,
    /// What it is.
    pub name: Name,
    /// Where it is from.
    pub source: String,
    /// Whether that is known second-hand only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second_hand: bool,
    /// Whether the numbers are ours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assumed: bool,
    /// How long is waited.
    pub timers: Timers,
    /// From where on something is said.
    pub thresholds: Thresholds,
    /// What a paper saves.
    pub assumptions: Assumptions,
    /// How long is kept.
    pub retention: Retention,
    /// Days on which nobody works, beside week-ends: a case's last day is counted without them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<Date>,
    /// Reasons of officers who ask for a paper although the State has answered.
    pub reasons: Vec<Reason>,
}

impl ReusePack {
    /// Its number: 1, 2, …
    #[must_use]
    pub fn version(&self) -> Option<u32> {
        self.id.split_once('@')?.1.parse().ok()
    }
}

/// How long is waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Timers {
    /// Seconds for one ask.
    pub ask_seconds: u16,
    /// Seconds until the page shows what is there.
    pub page_seconds: u16,
    /// Hours that a pending ask may take.
    pub pending_hours: u16,
}

/// From where on something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReuseThresholds)]
pub struct Thresholds {
    /// A paper can be dropped after so many cases.
    pub drop_cases: u32,
    /// In so many days.
    pub drop_days: u16,
    /// If the lower Wilson bound of what was answered is at least so many percent.
    pub drop_answered_percent: u8,
    /// And at most so many percent differed.
    pub drop_differing_percent: u8,
    /// Cells below this are not shown.
    pub small: u32,
}

/// What a paper saves, low, middle and high.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assumptions {
    /// Minutes for a paper.
    pub minutes_per_paper: [u32; 3],
    /// Trips for a hundred papers.
    pub trips_per_hundred_papers: [u32; 3],
}

/// How long is kept, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CaseRetention)]
pub struct Retention {
    /// Cases that were not submitted.
    pub draft_days: u32,
    /// Cases that were decided.
    pub decided_days: u32,
}

/// A reason that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReAskReason)]
pub struct Reason {
    /// Its code.
    pub code: String,
    /// What it says.
    pub name: Name,
}
