//! Officers of the node's agency: invited, enrolled under who they are at a provider, removed. Nothing of them is deleted, so that what they
//! did stays theirs.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use model::person::PersonId;
use serde::Serialize;
use store::{Tx, all, from_json, from_text, moment, optional, run, to_json};
use utoipa::ToSchema;

use super::{Officer, People, digest, random, refused};
use crate::caller::Right;
use crate::texts;

/// What an officer is invited as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// Their name.
    pub name: String,
    /// Where they work.
    pub unit: String,
    /// What they may do.
    pub rights: BTreeSet<Right>,
    /// Their number, if the invitation is to be of use to nobody else.
    pub number: Option<PersonId>,
}

/// An officer as those see them who manage officers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = EnrolledOfficer)]
pub struct Kept {
    /// Their made-up name.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Where they work.
    pub unit: String,
    /// What they may do.
    #[schema(value_type = Vec<String>)]
    pub rights: BTreeSet<Right>,
    /// Who invited them.
    pub invited_by: String,
    /// When.
    pub invited_at: String,
    /// When they took the invitation; none: not yet.
    pub enrolled_at: Option<String>,
    /// When they were last here.
    pub used_at: String,
}

/// Invites an officer. Returns their made-up name, and the invitation, which is shown once.
///
/// # Errors
/// [`Fault::BadParameters`], [`Fault::StoreFailed`].
pub async fn invite(
    people: &People,
    invited: &Invited,
    by: &str,
    now: Timestamp,
) -> Result<(String, String), Fault> {
    let long = |text: &str| text.trim().is_empty() || text.chars().count() > 200;
    if long(&invited.name) || long(&invited.unit) || invited.rights.is_empty() {
        return Err(Fault::BadParameters { why: texts::officer_form() });
    }
    let (id, secret) = (format!("cb-{}", &trust::hex(&trust::signer::random::<8>())), random());
    let mut tx = people.db.write().await?;
    run!(
        tx,
        "INSERT INTO officer (id, name, unit, rights, invited_by, invited_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $6)"
        => &id, invited.name.trim(), invited.unit.trim(), to_json(&invited.rights)?, by, moment(now)
    )?;
    let number = invited.number.map(|number| people.secrets.index("number", number.as_str()));
    let ends = now + SignedDuration::from_hours(24 * people.settings.invitation_days);
    run!(
        tx,
        "INSERT INTO officer_invitation (sha256, officer, number, expires_at) VALUES ($1, $2, $3, $4)"
        => digest(&secret), &id, number, moment(ends)
    )?;
    note(&mut tx, "invited", Some(&id), None, Some(by), now).await?;
    tx.commit().await?;
    Ok((id, secret))
}

/// Where an invitation leads to, by each provider.
///
/// # Errors
/// [`Fault::Internal`] if the settings' address takes no path.
pub fn addresses(people: &People, invitation: &str) -> Result<Vec<String>, Fault> {
    let at = |provider: &String| {
        let address = people.settings.url.join(&format!("sign-in/{provider}"));
        let mut address = address.map_err(|error| Fault::Internal { why: error.to_string() })?;
        let query = [("as", "officer"), ("invitation", invitation), ("next", "/can-bo")];
        address.query_pairs_mut().extend_pairs(query);
        Ok(address.to_string())
    };
    people.settings.providers.keys().map(at).collect()
}

/// Removes an officer: their sessions and invitations end.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::StoreFailed`].
pub async fn remove(people: &People, id: &str, by: &str, now: Timestamp) -> Result<(), Fault> {
    let mut tx = people.db.write().await?;
    let removed = run!(
        tx,
        "UPDATE officer SET removed_by = $2, removed_at = $3 WHERE id = $1 AND removed_at IS NULL" => id, by, moment(now)
    )?;
    if removed == 0 {
        return Err(Fault::NotInRegistry { subject: id.to_owned() });
    }
    run!(tx, "DELETE FROM officer_invitation WHERE officer = $1" => id)?;
    run!(tx, "DELETE FROM person_session WHERE officer = $1" => id)?;
    note(&mut tx, "removed", Some(id), None, Some(by), now).await?;
    tx.commit().await
}

type Row = (String, String, String, String, String, String, Option<String>, String);

/// Officers who are not removed, by name.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub async fn list(people: &People) -> Result<Vec<Kept>, Fault> {
    let mut tx = people.db.read().await?;
    let rows: Vec<Row> = all!(
        tx,
        "SELECT id, name, unit, rights, invited_by, invited_at, enrolled_at, used_at FROM officer WHERE removed_at IS NULL ORDER BY name, id"
    )?;
    let read = |(id, name, unit, rights, invited_by, invited_at, enrolled_at, used_at): Row| {
        let rights = from_json(&rights)?;
        Ok(Kept { id, name, unit, rights, invited_by, invited_at, enrolled_at, used_at })
    };
    rows.into_iter().map(read).collect()
}

/// Enrols who holds an invitation under who they are at a provider. It is used up.
pub(super) async fn enrol(
    tx: &mut Tx,
    people: &People,
    invitation: &str,
    identity: &str,
    number: Option<PersonId>,
    now: Timestamp,
) -> Result<Officer, Fault> {
    let unknown = || refused(texts::invitation_unknown());
    let row: Option<(String, Option<String>, String)> = optional!(
        tx,
        "SELECT officer, number, expires_at FROM officer_invitation WHERE sha256 = $1" => digest(invitation)
    )?;
    let (id, meant, ends) = row.ok_or_else(unknown)?;
    if now >= from_text::<Timestamp>(&ends)? {
        return Err(unknown());
    }
    let own = number.map(|number| people.secrets.index("number", number.as_str()));
    if meant.is_some() && meant != own {
        return Err(refused(texts::invitation_of_another()));
    }
    if by_identity(tx, identity).await?.is_some() {
        return Err(refused(texts::officer_already()));
    }
    run!(
        tx,
        "UPDATE officer SET identity = $2, enrolled_at = $3, used_at = $3 WHERE id = $1 AND removed_at IS NULL"
        => &id, identity, moment(now)
    )?;
    run!(tx, "DELETE FROM officer_invitation WHERE officer = $1" => &id)?;
    note(tx, "enrolled", Some(&id), Some(identity), None, now).await?;
    Ok(by_identity(tx, identity).await?.ok_or_else(unknown)?.0)
}

/// The officer whom a provider calls so, and when they were last here.
pub(super) async fn by_identity(tx: &mut Tx, identity: &str) -> Result<Option<(Officer, Timestamp)>, Fault> {
    let row: Option<(String, String, String, String, String)> = optional!(
        tx,
        "SELECT id, name, unit, rights, used_at FROM officer WHERE identity = $1 AND removed_at IS NULL" => identity
    )?;
    row.map(|row| read(row)).transpose()
}

/// The officer of a name.
pub(super) async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<(Officer, Timestamp)>, Fault> {
    let row: Option<(String, String, String, String, String)> = optional!(
        tx,
        "SELECT id, name, unit, rights, used_at FROM officer WHERE id = $1 AND removed_at IS NULL" => id
    )?;
    row.map(|row| read(row)).transpose()
}

fn read(
    (id, name, unit, rights, used): (String, String, String, String, String),
) -> Result<(Officer, Timestamp), Fault> {
    Ok((Officer { id, name, unit, rights: from_json(&rights)? }, from_text(&used)?))
}

/// Writes down what happened to an officer, or to a session (SEC-03). It commits with what happened.
pub(super) async fn note(
    tx: &mut Tx,
    act: &str,
    officer: Option<&str>,
    identity: Option<&str>,
    by: Option<&str>,
    now: Timestamp,
) -> Result<(), Fault> {
    run!(
        tx,
        "INSERT INTO person_event (at, act, officer, identity, by_whom) VALUES ($1, $2, $3, $4, $5)"
        => moment(now), act, officer, identity, by
    )?;
    Ok(())
}
