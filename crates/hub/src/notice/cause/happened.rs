//! What has happened, as the audit trail says it: requests that were decided, grants that were revoked, suspensions, confirmations. The
//! trail is written with each change and looked through once, up to a mark that is moved in the transaction of the notices.

use model::database::Database;
use model::fault::{Fault, Words};
use model::grant::Grant;
use model::id::MemberId;
use serde_json::Value;

use super::{Cause, Said, To, Which, key, owner_of};
use crate::audit::right::Right;
use crate::granting::request::{self, State};
use crate::notice::{Kind, Why};
use crate::registry::Subject as _;
use crate::store::{Tx, all, from_json, optional, readable, run};
use crate::texts;

/// Entries of the trail that are looked through at once.
const ENTRIES: i64 = 500;

/// Up to which entry the trail was looked through, and up to which there are any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) seen: i64,
    pub(crate) newest: i64,
}

/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn mark(tx: &mut Tx) -> Result<Mark, Fault> {
    let seen: Option<(i64,)> = optional!(tx, "SELECT seq FROM notice_mark WHERE trail = 'change'")?;
    let newest: Option<(i64,)> = optional!(tx, "SELECT seq FROM change ORDER BY seq DESC LIMIT 1")?;
    Ok(Mark { seen: seen.map_or(0, |(seq,)| seq), newest: newest.map_or(0, |(seq,)| seq) })
}

type Row = (i64, String, String, String, String, String, Option<String>, Option<String>);

/// What has happened behind the mark, which is moved on: all of it, or the first part.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn happened(tx: &mut Tx) -> Result<Vec<Cause>, Fault> {
    let Mark { seen, .. } = mark(tx).await?;
    let rows: Vec<Row> = all!(
        tx,
        "SELECT seq, at, who, act, kind, subject, before, after FROM change WHERE seq > $1 ORDER BY seq LIMIT $2" => seen, ENTRIES
    )?;
    let Some(last) = rows.last().map(|row| row.0) else { return Ok(Vec::new()) };
    let mut causes = Vec::new();
    for row in rows {
        let (kind, subject) = (row.4.clone(), row.5.clone());
        causes.extend(readable(entry(tx, row).await, &kind, &subject)?.flatten());
    }
    run!(tx, "UPDATE notice_mark SET seq = $1 WHERE trail = 'change'" => last)?;
    Ok(causes)
}

async fn entry(
    tx: &mut Tx,
    (seq, at, who, act, kind, subject, before, after): Row,
) -> Result<Option<Cause>, Fault> {
    let seq = seq.to_string();
    let found = match (kind.as_str(), act.as_str()) {
        (request::KIND, "updated") => decided(tx, &subject, after.as_deref()).await?,
        ("Grant", "revoked") => revoked(&subject, &seq, before.as_deref())?,
        ("Suspension", "created") => suspended(tx, &subject, after.as_deref()).await?,
        ("Database", "confirmed") => confirmed(tx, &subject, &seq).await?,
        _ => None,
    };
    Ok(found.map(|cause| Cause { since: Some(at), but: [who].into(), ..cause }))
}

fn cause(key: String, kind: Kind, about: (&'static str, &str), to: Vec<To>, said: Said) -> Cause {
    Cause {
        key,
        kind,
        about: (about.0, about.1.to_owned()),
        since: None,
        until: None,
        to,
        but: [].into(),
        said,
        in_hand: false,
    }
}

/// A request that has come to its end by this act.
async fn decided(tx: &mut Tx, id: &str, after: Option<&str>) -> Result<Option<Cause>, Fault> {
    let after: Value = after.map(from_json).transpose()?.unwrap_or_default();
    let state = after.get("state").and_then(Value::as_str).unwrap_or_default();
    let Some(request) = request::by_id(tx, id).await? else { return Ok(None) };
    let applicants = To::new(Some(request.applicant.clone()), Which::May(&[Right::Ask]), Why::Know);
    let owners = To::new(Some(request.owner.clone()), Which::May(&[Right::DecideAsOwner]), Why::Know);
    let hub = To::new(None, Which::May(&[Right::DecideAsHub]), Why::Know);
    type Text = fn(&str, &Words, &Words, &Words) -> Words;
    let (to, text): (_, Text) = match state {
        state if state == State::Granted.word() => (vec![applicants, owners], texts::notice_request_granted),
        state if state == State::Refused.word() => (vec![applicants], texts::notice_request_refused),
        state if state == State::Withdrawn.word() => (vec![owners, hub], texts::notice_request_withdrawn),
        _ => return Ok(None),
    };
    let said = Said::Request {
        id: id.to_owned(),
        applicant: request.applicant.to_string(),
        service: request.asking.service.to_string(),
        step: Words::default(),
        text,
    };
    Ok(Some(cause(key(&["request", id, state]), Kind::RequestDecided, ("Request", id), to, said)))
}

fn revoked(id: &str, seq: &str, before: Option<&str>) -> Result<Option<Cause>, Fault> {
    let Some(before) = before else { return Ok(None) };
    let grant: Grant = from_json(before)?;
    // Of a class nobody in particular has it: its owner tells of it as of a scope that ends.
    let client = grant.client.system().map(|system| system.member());
    let client = client.map(|member| To::new(Some(member), Which::May(&[Right::Ask]), Why::Know));
    let owner = To::new(Some(grant.service.system().member()), Which::May(&[Right::IssueGrants]), Why::Know);
    let to = client.into_iter().chain([owner]).collect();
    let said = Said::Named(id.to_owned(), grant.service.to_string(), texts::notice_grant_gone);
    Ok(Some(cause(key(&["grant", id, "gone", seq]), Kind::GrantGone, ("Grant", id), to, said)))
}

/// A service that stands still concerns all who may call it; a grant that is cut off, its user.
async fn suspended(tx: &mut Tx, id: &str, after: Option<&str>) -> Result<Option<Cause>, Fault> {
    let after: Value = after.map(from_json).transpose()?.unwrap_or_default();
    let named = |member: &str| after.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (service, grant) = (named("service"), named("grant"));
    let rows: Vec<(String, String)> = all!(
        tx,
        "SELECT DISTINCT consumer, service FROM grants WHERE revoked_at IS NULL AND (service = $1 OR id = $2)" => &service, &grant
    )?;
    let Some(of) = rows.first().map(|(_, service)| service.clone()) else { return Ok(None) };
    let agencies = rows.iter().filter(|(consumer, _)| !consumer.ends_with("/*"));
    let agencies = agencies.filter_map(|(consumer, _)| consumer.parse::<MemberId>().ok());
    let rights: &'static [Right] = &[Right::Ask, Right::ChangeServices];
    let to = agencies.map(|agency| To::new(Some(agency), Which::May(rights), Why::Know)).collect();
    let (name, text): (_, fn(&str, &Words) -> Words) = match grant.is_empty() {
        true => (id, texts::notice_service_suspended),
        false => (grant.as_str(), texts::notice_grant_cut),
    };
    let said = Said::Named(name.to_owned(), of, text);
    Ok(Some(cause(key(&["suspension", id]), Kind::Suspension, ("Suspension", id), to, said)))
}

async fn confirmed(tx: &mut Tx, id: &str, seq: &str) -> Result<Option<Cause>, Fault> {
    let Some(database) = Database::load(tx, id).await? else { return Ok(None) };
    let Some(owner) = database.owner else { return Ok(None) };
    let to = vec![To::new(owner_of(owner.as_str()), Which::May(&[Right::ChangeCatalogue]), Why::Know)];
    let name = Words::new(database.name.vi, database.name.en);
    let said = Said::Owned(name, owner.to_string(), texts::notice_claim_confirmed);
    Ok(Some(cause(key(&["confirmed", id, seq]), Kind::ClaimConfirmed, ("Database", id), to, said)))
}
