//! What a node tells its hub of values that people say are wrong: the exchange that brought each, the field and the kind, by which the holder
//! finds the record in its own ledger. Of the value and of any person nothing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agency::Name;
use crate::id::{NodeId, ServiceId, SystemId};

/// What stands before it where it is signed, so that the signature is good for nothing else.
pub const SIGNED_AS: &[u8] = b"lienthong defects, version 1\n";
/// Most values of one body.
pub const TELLING_MAX: usize = 100;
/// Largest body.
pub const TELLING_MAX_BYTES: usize = 64 * 1024;

/// Values that were met in exchanges of one system and are said to be wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telling {
    /// Who tells: the owner of the connection's certificate.
    pub node: NodeId,
    /// The system that asked: one of the node's.
    pub client: SystemId,
    /// The values.
    pub met: Vec<Met>,
}

/// A value that is said to be wrong. Told again under the same key it is the same one, and the answer says how it stands by then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Met {
    /// Tells this one from others of the agency.
    pub key: String,
    /// The dataset that was asked.
    pub service: ServiceId,
    /// The exchange, by its id in both ledgers.
    pub exchange: String,
    /// The field.
    pub field: String,
    /// What is wrong: `differs`.
    pub kind: String,
}

/// What became of all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DefectsTold)]
pub struct Answer {
    /// In the order in which they were told.
    pub told: Vec<Told>,
}

/// What became of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DefectTold)]
pub struct Told {
    /// Its key.
    pub key: String,
    /// The number of its defect; absent: it is not taken, now or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defect: Option<String>,
    /// How that defect stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Standing>,
    /// Why it is not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Name>,
}

/// How a defect stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DefectStanding)]
pub enum Standing {
    /// Nobody has said that they are at it.
    Open,
    /// Its owner corrects it at the source.
    Correcting,
    /// A later measurement has passed.
    Closed,
    /// It has ended, and no rule measures whether it was corrected.
    RuleGone,
}

impl Standing {
    /// Whether more is to come of it.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Self::Open | Self::Correcting)
    }
}
