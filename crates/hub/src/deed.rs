//! What an officer does, done once: in one transaction, under their mandate, and not again when a caller who heard nothing sends it
//! a second time, to this hub or to another on the store.

use std::sync::Arc;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use model::fault::{Fault, Words};
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;

use crate::Hub;
use crate::api::{Problem, with};
use crate::change::Mandate;
use crate::clock;
use crate::officer::Officer;
use crate::right::Right;
use crate::store::{Tx, from_json, optional, run};

/// The header by which a caller tells one deed from another.
pub(crate) const KEY: &str = "idempotency-key";
/// Longest name of a deed.
const KEY_MAX: usize = 100;
/// How long the answer to a deed is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// An officer who asks for something to be done.
pub(crate) struct Acting {
    /// Who.
    pub(crate) officer: Officer,
    /// What the caller calls the deed.
    key: Option<String>,
    /// Where it is asked for.
    path: String,
}

/// A deed that has begun. Dropped, it leaves no trace.
pub(crate) struct Deed {
    pub(crate) tx: Tx,
    pub(crate) mandate: Mandate,
    hub: Arc<Hub>,
    key: Option<String>,
    path: String,
    /// Of its agency nobody else changes anything meanwhile: so others wait behind one of them at most.
    _turn: OwnedSemaphorePermit,
}

/// Whether it is to be done, or was.
pub(crate) enum Begun {
    Anew(Box<Deed>),
    Before(Value),
}

impl FromRequestParts<Arc<Hub>> for Acting {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        let officer = Officer::from_request_parts(parts, hub).await?;
        let key = deed_name(&parts.headers)?;
        Ok(Self { officer, key, path: format!("{} {}", parts.method, parts.uri.path()) })
    }
}

/// What a caller calls the deed. One that cannot be kept as it is would stand for another deed, or for none.
fn deed_name(headers: &HeaderMap) -> Result<Option<String>, Fault> {
    let mut named = headers.get_all(KEY).iter();
    let (Some(value), second) = (named.next(), named.next()) else { return Ok(None) };
    let name = value.to_str().map(str::trim).ok().filter(|name| name.len() <= KEY_MAX && second.is_none());
    let name = name.ok_or_else(|| Fault::BadParameters {
        why: format!("Idempotency-Key: một lần, ASCII, tối đa {KEY_MAX} ký tự | once, ASCII, {KEY_MAX} characters at most"),
    })?;
    Ok(Some(name.to_owned()).filter(|name| !name.is_empty()))
}

/// An officer who may change the registry in some way: nobody else's documents are read.
pub(crate) struct Changing(pub(crate) Acting);

/// What there is to change in the registry.
const CHANGES: [Right; 6] = [
    Right::Govern,
    Right::ChangeCatalogue,
    Right::ChangeServices,
    Right::ProposeTerms,
    Right::ApproveTerms,
    Right::IssueGrants,
];

impl FromRequestParts<Arc<Hub>> for Changing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        let acting = Acting::from_request_parts(parts, hub).await?;
        if !CHANGES.iter().any(|right| acting.officer.may(*right)) {
            acting.officer.must(Right::ChangeServices)?;
        }
        Ok(Self(acting))
    }
}

/// An officer who may ask for grants.
pub(crate) struct Applying(pub(crate) Acting);

impl FromRequestParts<Arc<Hub>> for Applying {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        let acting = Acting::from_request_parts(parts, hub).await?;
        acting.officer.must(Right::Ask)?;
        Ok(Self(acting))
    }
}

impl Deed {
    /// Begins what an officer asks for.
    ///
    /// # Errors
    /// [`Fault::NoReason`], [`Fault::Contradictory`] if the caller called another deed by the same name, [`Fault::StoreFailed`].
    pub(crate) async fn begin(hub: &Arc<Hub>, acting: Acting, reason: &str) -> Result<Begun, Fault> {
        let mandate = Mandate::new(&acting.officer, reason, clock::now())?;
        let officer = &acting.officer;
        let turn =
            hub.writers.take(officer.agency.as_ref().map_or(&officer.name, |agency| agency.as_str())).await?;
        let mut tx = hub.db.write().await?;
        if let Some(key) = &acting.key {
            let row: Option<(String, Option<String>)> = optional!(
                tx,
                "SELECT path, answer FROM deed WHERE account = $1 AND name = $2" => &acting.officer.name, key
            )?;
            match row {
                None => {}
                Some((path, _)) if path != acting.path => {
                    return Err(Fault::Contradictory {
                        subject: format!("Idempotency-Key {key}"),
                        why: Words::new(
                            format!("đã dùng cho việc khác: {path}"),
                            format!("it was used for another deed: {path}"),
                        ),
                    });
                }
                Some((_, Some(answer))) => return Ok(Begun::Before(from_json(&answer)?)),
                Some((_, None)) => return Err(Fault::DoneBefore {}),
            }
        }
        let Acting { key, path, .. } = acting;
        Ok(Begun::Anew(Box::new(Self { tx, mandate, hub: hub.clone(), key, path, _turn: turn })))
    }

    /// Makes it stay, publishes what nodes must know, and answers with the number of the directory that they decide from then.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`]; nothing was done then. [`Fault::NotPublished`]; it was done.
    pub(crate) async fn finish(self, answer: Value) -> Result<Json<Value>, Problem> {
        let kept = answer.to_string();
        let revision = self.end(Some(kept)).await?;
        Ok(Json(with(answer, "revision", revision)))
    }

    /// As [`Self::finish`], for an answer that is shown once and kept nowhere: it is shown as well while nothing is published.
    ///
    /// # Errors
    /// As [`Self::finish`].
    pub(crate) async fn finish_in_secret(self, answer: Value) -> Result<Json<Value>, Problem> {
        match self.end(None).await {
            Ok(_) | Err(Fault::StoreBehind { .. }) => Ok(Json(answer)),
            Err(fault) => Err(fault.into()),
        }
    }

    async fn end(mut self, kept: Option<String>) -> Result<u64, Fault> {
        if let Some(key) = &self.key {
            run!(
                self.tx,
                "INSERT INTO deed (account, name, path, at, answer) VALUES ($1, $2, $3, $4, $5)"
                => &self.mandate.officer.name, key, &self.path, self.mandate.at.to_string(), kept
            )?;
        }
        self.tx.commit().await?;
        self.hub.directory.publish(&self.hub.db, clock::now(), false).await
    }
}

/// Forgets the answers to old deeds.
pub(crate) async fn forget_old(tx: &mut Tx, now: Timestamp) -> Result<(), Fault> {
    run!(tx, "DELETE FROM deed WHERE at < $1" => (now - REMEMBERED).to_string())?;
    Ok(())
}

/// Begins a deed, or answers as it was answered.
macro_rules! begin {
    ($hub:expr, $acting:expr, $reason:expr) => {
        match $crate::deed::Deed::begin(&$hub, $acting, $reason).await? {
            $crate::deed::Begun::Anew(deed) => deed,
            $crate::deed::Begun::Before(answer) => return Ok(axum::Json(answer).into()),
        }
    };
}

pub(crate) use begin;
