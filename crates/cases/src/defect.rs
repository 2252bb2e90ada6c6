//! A correction opens a defect at the holder of the data: kept with the correction, sent until it is taken, and taken once. What it says
//! names the exchange and the field, by which the holder finds the record; it says nothing of anybody. Told again now and then, the answer says
//! how it stands.

use async_trait::async_trait;
use exchange::HubDoor;
use jiff::{SignedDuration, Timestamp};
use model::case::Correction;
use model::defect::{Answer, Met, SIGNED_AS, Standing, Telling, Told};
use model::fault::Fault;
use model::id::SystemId;
use model::procedure::{Procedure, Use};
use store::{from_json, to_json};

use crate::case::Fact;
use crate::store::{self as kept, OutboxRow};
use crate::vault::Vault;
use crate::work::Cases;

/// The pauses after tries that failed, in seconds: the first and the longest.
const PAUSE: (i64, i64) = (30, 3600);
/// How often it is asked how one stands: the longest pause of all.
const ASKED_EVERY: SignedDuration = SignedDuration::from_hours(6);
/// Defects of one round.
const ROUND: i64 = 50;
/// What one that the hub does not take stands as.
const REFUSED: &str = "refused";

/// Where defects are told.
#[async_trait]
pub trait Defects: Send + Sync + 'static {
    /// Tells of some that a system met. Each is taken once by its key.
    ///
    /// # Errors
    /// [`Fault`]: they are told again later.
    async fn tell(&self, client: &SystemId, met: &[Met]) -> Result<Vec<Told>, Fault>;
}

#[async_trait]
impl Defects for HubDoor {
    async fn tell(&self, client: &SystemId, met: &[Met]) -> Result<Vec<Told>, Fault> {
        let telling = Telling { node: self.node().clone(), client: client.clone(), met: met.to_vec() };
        let answer: Answer = self.hand_in("defects", SIGNED_AS, &telling).await?;
        Ok(answer.told)
    }
}

/// Length of a key that is told.
const KEY: usize = 32;

/// The defect that a correction tells of: its name here, and what it says. What it is told by is a digest of that name that nobody without the
/// node's keys can make: the id of a case is nobody's business elsewhere.
pub(crate) fn of(
    (case, vault): (&str, &Vault),
    procedure: &Procedure,
    name: &str,
    fact: &Fact,
) -> Result<Option<(String, String)>, Fault> {
    let Some((ask, exchange)) = fact.ask.as_deref().zip(fact.exchange.clone()) else { return Ok(None) };
    let asked = procedure.asks().find(|(_, known)| known.id == ask).map(|(_, ask)| ask);
    let claim = asked.and_then(|ask| {
        let is = |claim: &&model::procedure::Claim| matches!(&claim.how, Use::Fill(fact) if fact == name);
        ask.claims.iter().find(is).and_then(|claim| claim.field.clone()).map(|field| (ask, field))
    });
    let Some((ask, field)) = claim else { return Ok(None) };
    let id = format!("{case}-{name}");
    let key = vault.digest(id.as_bytes()).chars().take(KEY).collect();
    let met = Met { key, service: ask.service.clone(), exchange, field, kind: "differs".to_owned() };
    Ok(Some((id, to_json(&met)?)))
}

impl Cases {
    /// Tells of what is due. Returns how many of them the hub has by now.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn tell_defects(&self, to: &dyn Defects, now: Timestamp) -> Result<usize, Fault> {
        let due = kept::due(&self.db, (now, ASKED_EVERY), ROUND).await?;
        let met: Vec<Met> = due.iter().map(|(_, _, body, ..)| from_json(body)).collect::<Result<_, _>>()?;
        if met.is_empty() {
            return Ok(0);
        }
        let told = match to.tell(&self.client, &met).await {
            Ok(told) => told,
            Err(fault) => {
                tracing::info!(count = met.len(), fault = fault.code(), reason = %fault, "defects were not taken");
                for row in &due {
                    self.put_off(row, now).await?;
                }
                return Ok(0);
            }
        };
        let mut taken = 0;
        for (row, met) in due.iter().zip(&met) {
            match told.iter().find(|told| told.key == met.key) {
                Some(told) => {
                    self.take_defect(row, told, now).await?;
                    taken += usize::from(told.defect.is_some());
                }
                None => self.put_off(row, now).await?,
            }
        }
        Ok(taken)
    }

    /// It is told again after a pause that grows.
    async fn put_off(&self, (id, _, _, tries, _): &OutboxRow, now: Timestamp) -> Result<(), Fault> {
        let pause = (PAUSE.0 << (*tries).clamp(0, 7)).min(PAUSE.1);
        let due = now + SignedDuration::from_secs(pause);
        kept::note_defect(&self.db, id, (tries + 1, due), (None, None)).await
    }

    /// Notes in the case what became of one, and when it is asked for again.
    async fn take_defect(
        &self,
        (id, case, _, _, before): &OutboxRow,
        told: &Told,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let name = id.strip_prefix(&format!("{case}-")).unwrap_or_default();
        let noted = self.change(case, None, |work| {
            let Some(correction) = work.held.corrections.get_mut(name) else { return Ok(()) };
            let stands = |one: &Correction| (one.defect.clone(), one.defect_state);
            let was = stands(correction);
            correction.defect = told.defect.clone().or(was.0.clone());
            correction.defect_state = told.state.or(was.1);
            let state = correction.defect_state;
            if told.defect.is_some() && stands(correction) == was {
                return Ok(());
            }
            let kind = match (&told.defect, state) {
                (None, _) => "defect_refused",
                (Some(_), Some(Standing::Closed | Standing::RuleGone)) => "defect_ended",
                (Some(_), _) if before.is_none() => "defect_taken",
                (Some(_), _) => "defect_stands",
            };
            work.note(kind, Some(name), told.defect.as_deref());
            Ok(())
        });
        match noted.await {
            // Erased meanwhile: it is told all the same, and nobody asks how it stands.
            Err(Fault::NoCase {} | Fault::CaseSealed { .. }) => {
                return kept::forget_defect(&self.db, id).await;
            }
            Err(fault) => return Err(fault),
            Ok(_) => {}
        }
        let ended = match (&told.defect, told.state) {
            (None, _) => Some(REFUSED),
            (Some(_), Some(state)) if !state.is_live() => Some("ended"),
            _ => None,
        };
        let answer = told.defect.as_deref();
        kept::note_defect(&self.db, id, (0, now + ASKED_EVERY), (answer, ended)).await
    }
}
