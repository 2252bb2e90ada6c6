//! What shows how an agency stands at the end of a period: what was measured and by whom, what the agency says itself, what is waived.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::period::Period;

/// By whom something is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[schema(as = EvidenceClass)]
pub enum Class {
    /// Observed by the machines of both sides.
    E1,
    /// Verified in what was handed in: it parses, it is signed, it leads somewhere.
    E2,
    /// Attested by a third party.
    E3,
    /// Said by the agency itself.
    E4,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::E1, Self::E2, Self::E3, Self::E4];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::E1 => "E1",
            Self::E2 => "E2",
            Self::E3 => "E3",
            Self::E4 => "E4",
        }
    }

    /// Whether somebody else than the agency itself shows it.
    #[must_use]
    pub fn is_observed(self) -> bool {
        self != Self::E4
    }
}

/// Evidence of one agency at the end of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AssessEvidence)]
pub struct Evidence {
    /// The agency.
    pub agency: String,
    /// The period.
    #[schema(value_type = String)]
    pub period: Period,
    /// The day on which it was read: the last of the period, or one before where the period is not over or nobody looked later.
    pub as_of: Date,
    /// What the agency is: the words that packs apply criteria and peers' groups by.
    #[serde(default)]
    pub facts: BTreeSet<String>,
    /// Of each measure what was found.
    #[serde(default)]
    pub measures: BTreeMap<String, Reading>,
    /// Of each criterion the value that the agency claims, in the unit of its measure.
    #[serde(default)]
    pub claims: BTreeMap<String, Claim>,
    /// Of each criterion why it is not asked for at present.
    #[serde(default)]
    pub waivers: BTreeMap<String, Waiver>,
}

/// What was found of a measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = AssessReading)]
pub enum Reading {
    /// A value.
    Measured(Measured),
    /// None, and why.
    NotMeasured(Why),
}

/// A value that was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AssessMeasured)]
pub struct Measured {
    /// The value, in the measure's unit: a share in hundredths of a percent.
    pub value: i64,
    /// Out of so many things; null: it is no share of things that were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// By whom it is shown.
    pub class: Class,
    /// Of which day it is.
    pub as_of: Date,
    /// Whether what was counted is a sample of what happens, so that the value has an interval.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sampled: bool,
    /// Some of what does not pass, named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failing: Vec<String>,
}

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WhyNotMeasured)]
pub enum Why {
    /// The platform does not see it, of nobody.
    Unseen,
    /// No node of the agency reports.
    NoReports,
    /// There is nothing to measure it by: no such thing happened or is there.
    Nothing,
}

/// What an agency says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AssessClaim)]
pub struct Claim {
    /// The value, in the unit of the criterion's measure.
    pub value: i64,
    /// The day.
    pub on: Date,
}

/// Why a criterion is not asked for at present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AssessWaiver)]
pub struct Waiver {
    /// Its number in the register, where its author stands.
    pub id: String,
    /// On which legal basis.
    pub basis: String,
    /// The last day.
    pub until: Date,
}
