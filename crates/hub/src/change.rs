//! The audit trail: who changed what, when and why. An entry is written in the transaction of the change it tells of.

use jiff::Timestamp;
use model::fault::Fault;
use serde::Serialize;
use serde_json::Value;

use crate::store::{Tx, all, from_json, run};

/// Entries on one page.
pub const PAGE: i64 = 500;

/// An officer who was recognised, with the reason for what follows. Whoever changes something must hold one.
#[derive(Debug, Clone)]
pub struct Mandate {
    /// Who.
    pub who: String,
    /// Why.
    pub why: String,
    /// When.
    pub at: Timestamp,
}

/// What was done to a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// It came into the registry.
    Created,
    /// It was changed.
    Updated,
    /// A grant was revoked.
    Revoked,
    /// A node was given a code to join with.
    Invited,
    /// A node joined: its keys were certified.
    Admitted,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its number.
    pub seq: i64,
    /// When.
    pub at: String,
    /// Who.
    pub who: String,
    /// Why.
    pub why: String,
    /// What was done.
    pub act: String,
    /// To which kind of thing.
    pub kind: String,
    /// To which.
    pub subject: String,
    /// How it was.
    pub before: Option<Value>,
    /// How it is.
    pub after: Option<Value>,
}

impl Mandate {
    /// An officer's mandate for one change.
    ///
    /// # Errors
    /// [`Fault::NoReason`].
    pub fn new(who: &str, why: &str, at: Timestamp) -> Result<Self, Fault> {
        let why = why.trim();
        if why.is_empty() {
            return Err(Fault::NoReason {});
        }
        Ok(Self { who: who.to_owned(), why: why.chars().take(2000).collect(), at })
    }
}

/// Writes an entry.
pub(crate) async fn note(
    tx: &mut Tx,
    mandate: &Mandate,
    act: Act,
    subject: (&str, &str),
    before: Option<String>,
    after: Option<String>,
) -> Result<(), Fault> {
    let act =
        serde_json::to_value(act).ok().and_then(|act| act.as_str().map(str::to_owned)).unwrap_or_default();
    run!(
        tx,
        "INSERT INTO change (at, who, why, act, kind, subject, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        => mandate.at.to_string(), &mandate.who, &mandate.why, act, subject.0, subject.1, before, after
    )?;
    Ok(())
}

/// The entries behind number `after`, oldest first, [`PAGE`] at most.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub async fn list(tx: &mut Tx, after: i64) -> Result<Vec<Change>, Fault> {
    type Row = (i64, String, String, String, String, String, String, Option<String>, Option<String>);
    let rows: Vec<Row> = all!(
        tx,
        "SELECT seq, at, who, why, act, kind, subject, before, after FROM change WHERE seq > $1 ORDER BY seq LIMIT $2" => after, PAGE
    )?;
    rows.into_iter()
        .map(|(seq, at, who, why, act, kind, subject, before, after)| {
            let value = |text: Option<String>| text.map(|text| from_json(&text)).transpose();
            Ok(Change { seq, at, who, why, act, kind, subject, before: value(before)?, after: value(after)? })
        })
        .collect()
}
