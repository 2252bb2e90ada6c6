//! What a call is for and what allows it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agency::Name;
use crate::time::Validity;

/// A purpose that a grant may name and a call must state.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// Its code, as a call states it in `Lienthong-Purpose`.
    pub code: String,
    /// What it is.
    pub name: Name,
    /// Whether it is only a test of a connection: what is called for it is no use of the service.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// The kind of legal basis for processing personal data: Law 91/2025/QH15 Arts 9 and 19(1) (rule PD-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LegalGround)]
pub enum Ground {
    /// The person agreed.
    Consent,
    /// Art. 19(1)(a): life, health, an emergency.
    Emergency,
    /// Art. 19(1)(b).
    #[serde(rename = "art_19_1_b")]
    Art19_1b,
    /// Art. 19(1)(c): activity of state agencies.
    StateActivity,
    /// Art. 19(1)(d): a contract with the person.
    Contract,
    /// Art. 19(1)(đ): as a law says.
    Law,
    /// The data are not personal; the basis is the duty to share itself.
    NotPersonal,
}

/// A legal basis: its ground and the text it rests on, with the days that text is in force.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LegalBasis {
    /// Its code.
    pub code: String,
    /// What kind of basis it is.
    pub ground: Ground,
    /// The text down to the point, in Vietnamese.
    pub citation: String,
    /// When the text is in force.
    #[serde(flatten)]
    pub valid: Validity,
}
