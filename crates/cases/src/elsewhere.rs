//! Results of other offices ([decision 0032](../../../docs/decisions/0032-results-of-other-offices.md)): a case names one by its code, which leads
//! to the office that keeps it; that is asked by an exchange as any other, under a grant that both nodes decide by. What it says may end any
//! day, so whoever rests on one asks again: by itself from time to time, and always before a case is decided.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use exchange::{Answers, Ask, Called};
use http::{Method, StatusCode};
use model::case::{Case, State};
use model::casework::{
    FIND_RESULT, FindingResult, FoundResult, GivenResult, RESULT_SIGNED_AS, SignedResult, UsingResult,
    results_of,
};
use model::fault::{Fault, Words};
use model::id::ServiceId;
use serde_json::{Value, json};
use store::{from_json, to_json};

use crate::caller::Caller;
use crate::case::{Elsewhere, Held, HeldExchange};
use crate::pause::Wait;
use crate::result;
use crate::store as kept;
use crate::texts;
use crate::work::{Cases, Now};

/// What the office that keeps a result says of it.
enum Looked {
    Holds(Box<GivenResult>),
    Revoked,
    /// It has none by this code of this person.
    NotThere,
}

/// Answers other offices for the one that these cases are of.
pub(crate) struct Offered(pub(crate) Arc<Cases>);

#[async_trait]
impl Answers for Offered {
    async fn answer(&self, called: Called<'_>) -> Result<(u16, Value), Fault> {
        let none = || Ok((404, json!({ "title": "LT-9101", "status": 404 })));
        if *called.method != Method::POST || called.path != FIND_RESULT {
            return none();
        }
        let Ok(asked) = serde_json::from_slice::<FindingResult>(called.body) else {
            return Ok((400, json!({ "title": "LT-7102", "status": 400 })));
        };
        match self.0.result_for_others(&asked).await? {
            Some(found) => Ok((200, serde_json::to_value(&found).unwrap_or_default())),
            None => none(),
        }
    }
}

impl Cases {
    /// A result for another office that names whom it is about; none where code and person do not belong together. It is signed anew, by a
    /// key that today's directory has. Of one that was revoked nothing is told but that.
    async fn result_for_others(&self, asked: &FindingResult) -> Result<Option<FoundResult>, Fault> {
        let row = kept::result(&self.db, &asked.code).await?;
        let own = |row: &kept::ResultRow| row.person.as_deref() == Some(&self.vault.index(&asked.person));
        let Some(row) = row.filter(own) else { return Ok(None) };
        if let Some(revoked) = result::revoked(&row)? {
            return Ok(Some(FoundResult { signed: None, revoked: Some(revoked) }));
        }
        let (before, _) = self.opened_result(&row).await?;
        let (key, signature) = self.sources.sign(RESULT_SIGNED_AS, before.result.as_bytes());
        let signed = SignedResult { key, signature: trust::hex(&signature), ..before };
        Ok(Some(FoundResult { signed: Some(signed), revoked: None }))
    }

    /// Where a result is asked for that another office keeps; nothing if it is one of this office.
    pub(crate) fn offices_of(&self, code: &str) -> Vec<ServiceId> {
        let agency = code.split('-').next().unwrap_or_default();
        let mut services = self.sources.results_of(agency);
        let own = results_of(&self.client);
        services.retain(|service| Some(service) != own.as_ref());
        services
    }

    /// Uses another office's result for an item, in the place of its paper.
    pub(crate) async fn use_result_of_others(
        self: &Arc<Self>,
        caller: &Caller,
        id: &str,
        said: &UsingResult,
        services: &[ServiceId],
    ) -> Result<Case, Fault> {
        let elsewhere = |why| Fault::CaseElsewhere { why };
        for service in services {
            let (now, (exchange, person)) = self
                .change(id, Some(caller.by()), |work| {
                    let person = result::lacking(&work.held, work.procedure, &said.item)?;
                    let index = work.procedure.requirements.iter().position(|one| one.id == said.item);
                    // What cannot stand there by what its code says is not asked for.
                    let paper =
                        index.and_then(|index| work.procedure.requirements.get(index)?.paper.as_ref());
                    let kind = said.code.split_once('-').map_or("", |(_, rest)| rest);
                    if !paper.is_some_and(|paper| kind.starts_with(&format!("{}-", paper.code))) {
                        return Err(elsewhere(texts::another_kind(&said.code)));
                    }
                    let exchange = work.asks_result(index.unwrap_or_default(), service, &said.code);
                    Ok((exchange, person))
                })
                .await?;
            let asked = FindingResult { code: said.code.clone(), person };
            let given = match self.look_up(&now, service, &asked, &exchange).await? {
                Looked::Holds(given) => given,
                Looked::Revoked => return Err(elsewhere(texts::result_revoked())),
                Looked::NotThere => continue,
            };
            let (now, ()) = self
                .change(id, Some(caller.by()), |work| {
                    let from = Elsewhere { service: service.to_string(), wait: Wait::begin(work.now) };
                    let from = Some((from, exchange.as_str()));
                    result::take(&mut work.held, work.procedure, (&said.item, &given), from, work.now)?;
                    work.note("result_used", Some(&said.item), Some(&said.code));
                    Ok(())
                })
                .await?;
            return Ok(self.shown(id, &now, caller));
        }
        Err(elsewhere(texts::no_result_there(&said.code)))
    }

    /// Asks an office for a result. What it says counts if a node that speaks for it has signed it and it is the one that was asked for.
    async fn look_up(
        &self,
        now: &Now,
        service: &ServiceId,
        asked: &FindingResult,
        exchange: &str,
    ) -> Result<Looked, Fault> {
        let not_seen = |why: Words| Fault::ResultNotSeen { code: asked.code.clone(), why };
        let to = self.asks_for(&now.held, &now.procedure, self.sources.pack().as_deref());
        let ask = Ask {
            node: None,
            client: to.client,
            service: service.clone(),
            purpose: to.purpose,
            method: Method::POST,
            path: FIND_RESULT.to_owned(),
            id: exchange.to_owned(),
            issue: Some(to.dossier),
            user: Some(to.user),
            represented: None,
            body: Bytes::from(to_json(asked)?),
            within: to.within,
        };
        let answered = self.sources.ask(ask).await.map_err(|fault| not_seen(fault.words()))?;
        if let Some(code) = answered.fault() {
            return Err(not_seen(Words::quoted(code)));
        }
        match answered.status {
            StatusCode::NOT_FOUND => return Ok(Looked::NotThere),
            StatusCode::OK => {}
            other => return Err(not_seen(Words::quoted(other.as_u16()))),
        }
        let forged = || not_seen(texts::result_not_signed());
        let found: FoundResult = serde_json::from_slice(&answered.body).map_err(|_| forged())?;
        if found.revoked.is_some() {
            return Ok(Looked::Revoked);
        }
        let signed = found.signed.ok_or_else(forged)?;
        let signature = hex::decode(&signed.signature).map_err(|_| forged())?;
        let by = (signed.key.as_str(), signature.as_slice());
        if !self.sources.is_signed_for(&service.system(), by, (RESULT_SIGNED_AS, signed.result.as_bytes())) {
            return Err(forged());
        }
        let given: GivenResult = from_json(&signed.result).map_err(|_| forged())?;
        if given.code != asked.code || given.person.as_ref() != Some(&asked.person) {
            return Err(forged());
        }
        Ok(Looked::Holds(Box::new(given)))
    }

    /// Asks again about the results of other offices that a case rests on: those that it is time for, or all of them. One that does not hold is
    /// taken out of the case. Whether any was.
    ///
    /// # Errors
    /// Of all: [`Fault::ResultNotSeen`] for one whose office does not answer; of those that are due it is asked again later.
    pub(crate) async fn look_again(&self, id: &str, held: &Held, all: bool) -> Result<bool, Fault> {
        let mut lost = false;
        let rest = held.items.iter().enumerate().filter(|(_, item)| item.elsewhere.is_some());
        for (index, _) in rest {
            let begun = self.change(id, None, |work| {
                if !matches!(work.held.state, State::Decided | State::Closed)
                    && let Some(item) = work.held.items.get_mut(index)
                    && let Some((code, from)) = item.result.clone().zip(item.elsewhere.as_mut())
                    && (all || from.wait.is_due(work.now))
                {
                    from.wait.again(work.now);
                    let service: Option<ServiceId> = from.service.parse().ok();
                    let Some(service) = service else { return Ok(None) };
                    let person = result::person(&work.held, work.procedure, index).unwrap_or_default();
                    let exchange = work.asks_result(index, &service, &code);
                    return Ok(Some((service, FindingResult { code, person }, exchange)));
                }
                Ok(None)
            });
            let (now, Some((service, asked, exchange))) = begun.await? else { continue };
            match self.look_up(&now, &service, &asked, &exchange).await {
                Ok(Looked::Holds(_)) => {}
                Ok(Looked::Revoked | Looked::NotThere) => {
                    let code = &asked.code;
                    let taken = self.change(id, None, |work| {
                        let given_back = result::give_back(&mut work.held, work.procedure, code);
                        for index in &given_back {
                            let item = work.procedure.requirements.get(*index).map(|item| item.id.as_str());
                            work.note("result_revoked", item, Some(code));
                        }
                        Ok(!given_back.is_empty())
                    });
                    lost |= taken.await?.1;
                }
                Err(fault) if all => return Err(fault),
                Err(fault) => {
                    tracing::info!(case = id, fault = fault.code(), reason = %fault, "a result was not looked at again");
                }
            }
        }
        Ok(lost)
    }
}

impl crate::work::Work<'_> {
    /// An office is about to be asked for a result: the exchange is in the case before it leaves.
    fn asks_result(&mut self, index: usize, service: &ServiceId, code: &str) -> String {
        let exchange = self.held.exchange(self.id);
        if let Some(item) = self.held.items.get_mut(index) {
            item.exchanges.push(HeldExchange {
                id: exchange.clone(),
                ask: String::new(),
                service: Some(service.to_string()),
                at: self.now,
                fields: Vec::new(),
            });
        }
        let item = self.procedure.requirements.get(index).map(|item| item.id.as_str());
        self.note("result_asked", item, Some(code));
        exchange
    }
}
