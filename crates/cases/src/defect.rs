//! A correction opens a defect at the holder of the data: kept with the correction, sent until it is taken, and taken once. What it says
//! names the exchange and the field, by which the holder finds the record; it says nothing of anybody.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use model::procedure::Procedure;
use serde::{Deserialize, Serialize};
use store::{from_json, to_json};

use crate::case::Fact;
use crate::store as kept;
use crate::work::Cases;

/// Longest wait between two tries.
const MOST: i64 = 3600;
/// Defects of one round.
const ROUND: i64 = 50;

/// A defect, as the hub takes it from a consumer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defect {
    /// The dataset.
    pub service: String,
    /// The exchange, by its id in both ledgers.
    pub exchange: String,
    /// The field.
    pub field: String,
    /// What is wrong: `differs`.
    pub kind: String,
    /// What was met. No data of persons.
    pub reason: String,
}

/// Where defects are told.
#[async_trait]
pub trait Defects: Send + Sync + 'static {
    /// Tells of one under a key, by which it is taken once. Gives its number there.
    ///
    /// # Errors
    /// [`Fault`]: it is told again later.
    async fn tell(&self, key: &str, defect: &Defect) -> Result<String, Fault>;
}

/// The defect that a correction tells of: its key, and what it says.
pub(crate) fn of(
    case: &str,
    procedure: &Procedure,
    name: &str,
    fact: &Fact,
) -> Result<Option<(String, String)>, Fault> {
    let Some((ask, exchange)) = fact.ask.as_deref().zip(fact.exchange.clone()) else { return Ok(None) };
    let asked = procedure.asks().find(|(_, known)| known.id == ask).map(|(_, ask)| ask);
    let claim = asked.and_then(|ask| {
        let is = |claim: &&model::procedure::Claim| matches!(&claim.how, model::procedure::Use::Fill(fact) if fact == name);
        ask.claims.iter().find(is).and_then(|claim| claim.field.clone()).map(|field| (ask, field))
    });
    let Some((ask, field)) = claim else { return Ok(None) };
    let defect = Defect {
        service: ask.service.to_string(),
        exchange,
        field,
        kind: "differs".to_owned(),
        reason: crate::texts::person_says_otherwise(&procedure.id).vi().to_owned(),
    };
    Ok(Some((format!("{case}-{name}"), to_json(&defect)?)))
}

impl Cases {
    /// Tells of what is due. Returns how many were taken.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn tell_defects(&self, to: &dyn Defects, now: Timestamp) -> Result<usize, Fault> {
        let mut taken = 0;
        for (id, case, body, tries) in kept::due(&self.db, now, ROUND).await? {
            let defect: Defect = from_json(&body)?;
            match to.tell(&id, &defect).await {
                Ok(number) => {
                    let name = id.strip_prefix(&format!("{case}-")).unwrap_or_default().to_owned();
                    let noted = self.change(&case, None, |work| {
                        if let Some(correction) = work.held.corrections.get_mut(&name) {
                            correction.defect = Some(number.clone());
                        }
                        work.note("defect_taken", Some(&name), None);
                        Ok(())
                    });
                    // The case may be gone by now; the defect is told all the same.
                    let _ = noted.await;
                    kept::note_defect(&self.db, &id, (tries + 1, now), Some(&number)).await?;
                    taken += 1;
                }
                Err(fault) => {
                    tracing::info!(defect = id, fault = fault.code(), reason = %fault, "a defect was not taken");
                    let pause = (30i64 << tries.clamp(0, 7)).min(MOST);
                    kept::note_defect(
                        &self.db,
                        &id,
                        (tries + 1, now + SignedDuration::from_secs(pause)),
                        None,
                    )
                    .await?;
                }
            }
        }
        Ok(taken)
    }
}
