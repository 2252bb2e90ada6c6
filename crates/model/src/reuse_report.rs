//! What a node tells its hub of reuse: counts by words of the registry, and nothing of any person or case.
//!
//! A report tells totals, and no differences: of each thing how often it was counted on a day, as the node's store of cases has it. Counts of a
//! day only grow. So a report may come twice, late or after a restart, and nodes that share a store may all tell of it: the highest total counts, and
//! nothing is counted twice or lost (decision 0024, also for what an old backup loses).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{MemberId, NodeId};
use crate::procedure::Procedure;

/// What a node signs when it signs a report stands before the report's bytes, so that the signature is good for nothing else.
pub const SIGNED_AS: &[u8] = b"lienthong reuse report, version 1\n";
/// Largest report.
pub const REPORT_MAX_BYTES: usize = 2 * 1024 * 1024;
/// Most lines of one report: some 250 bytes each. What is left goes into the next.
pub const LINES_MAX: usize = 2_000;
/// How far back a line may tell, in days: as far as figures of traffic are kept.
pub const DAYS_KEPT: i64 = 400;

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReuseReport {
    /// Who reports, and signs it.
    pub node: NodeId,
    /// The agency whose office it is.
    pub office: MemberId,
    /// The store of cases that was counted in, by a name of its own: nodes that share one tell of the same.
    pub store: String,
    /// Totals that have grown since they were told last.
    pub lines: Vec<ReuseLine>,
}

/// So many of one thing on one day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReuseLine {
    /// The day in Viet Nam: on which the case was decided, or a paper asked for.
    pub day: Date,
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
    /// How many on that day in all.
    pub count: u32,
}

impl ReuseLine {
    /// Whether what it names is in its procedure, the paper where it belongs: all but the reason. The hub keeps nothing else.
    #[must_use]
    pub fn fits(&self, procedure: &Procedure) -> bool {
        let Some(requirement) = &self.requirement else {
            let alone = self.alternative.is_none() && self.paper.is_none() && self.reason.is_none();
            return self.counted == Counted::Decided && alone;
        };
        let requirement = procedure.requirements.iter().find(|known| known.id == *requirement);
        requirement.is_some_and(|requirement| {
            let ways = requirement.alternatives.len().max(1);
            self.counted != Counted::Decided
                && self.alternative.is_some_and(|at| usize::from(at) < ways)
                && self.paper.as_ref() == requirement.paper.as_ref().map(|paper| &paper.code)
        })
    }
}

/// What became of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReuseTaken {
    /// Whether it told of anything more than was known.
    pub taken: bool,
    /// Lines of which the registry knows nothing, or of a day that cannot be: nothing of them is kept.
    pub left_out: usize,
    /// Which those are, counted from 0 in the order of the report: they may be told again when the registry knows them.
    #[serde(default)]
    pub lines_left_out: Vec<usize>,
}

/// What is counted (rule RU-07), each with its word in stores.
macro_rules! counted {
    ($($(#[doc = $about:literal])* $counted:ident $word:literal;)*) => {
        /// What is counted (rule RU-07).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[schema(as = ReuseCounted)]
        pub enum Counted {
            $($(#[doc = $about])* $counted,)*
        }

        impl Counted {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$counted,)*];

            /// Its word.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$counted => $word,)* }
            }

            /// The one of this word.
            #[must_use]
            pub fn of_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$counted),)* _ => None }
            }
        }
    };
}

counted! {
    /// Cases that were decided.
    Decided "decided";
    /// Of those, requirements that applied and replace a paper.
    Applicable "applicable";
    /// Of those, ones that sources answered, whether or not the person accepted it.
    Shown "shown";
    /// Of those, ones that were accepted, used unchanged, and for which no paper came in before the decision.
    Reused "reused";
    /// Ones that were told as reused, and for which a paper came in late.
    TakenBack "taken_back";
    /// Of what applied and replaces a paper, ones of which two sources differed, or an officer decided against the source.
    Differing "differing";
    /// Look-ups that were made in cases that were decided, tests left out.
    LookedUp "looked_up";
    /// Of those, ones that answered what filled a field or closed a requirement, unchanged and without a paper.
    Yielded "yielded";
    /// Look-ups that were told as that, and for whose requirement a paper came in late.
    YieldTakenBack "yield_taken_back";
    /// Papers that were asked for where a gap's code allows it: `reason` is the gap's.
    PaperNeeded "paper_needed";
    /// Papers that were asked for although the State had answered, or by the office's own fault: `reason` is the officer's.
    ReAsked "re_asked";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_found_by_its_word() {
        for counted in Counted::ALL {
            assert_eq!(Counted::of_word(counted.word()), Some(*counted));
            assert_eq!(serde_json::to_value(counted).unwrap(), counted.word());
        }
    }
}
