//! Sessions: begun by a provider's word, recognised by their cookie, ended by their time, by signing out, or by the provider.

use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use store::{Tx, from_text, moment, optional, run};
use trust::oidc::{LoggedOut, Proven};

use super::officer::{self, note};
use super::{Citizen, People, Person, Who, citizen, refused, unsealed};
use super::{digest, random};
use crate::texts;

/// A session is noted as used at most so often.
const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// As what somebody comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// As a citizen.
    Citizen,
    /// As an officer; the first time with an invitation.
    Officer(Option<String>),
}

/// A session that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// What stands in the cookie.
    pub secret: String,
    /// Who it is.
    pub person: Person,
}

/// Begins a session for somebody who has come back from a provider. One that they had in this browser ends: what was known by it may be of
/// another, or of a lower level.
///
/// # Errors
/// [`Fault::SignInRefused`], [`Fault::LevelTooLow`], [`Fault::StoreFailed`].
pub async fn begin(
    people: &People,
    provider: &str,
    proven: &Proven,
    door: &Door,
    (before, agent): (Option<&str>, Option<&str>),
    now: Timestamp,
) -> Result<Begun, Fault> {
    let (settings, _) = people.provider(provider)?;
    let level = settings.levels.of(proven.acr());
    let rules = &people.settings;
    let identity = people.identity(&proven.issuer, &proven.subject);
    let own = citizen(settings, proven);
    let mut tx = people.db.write().await?;
    let (who, hours) = match door {
        Door::Citizen => (Who::Citizen(own?), rules.session_hours),
        Door::Officer(invitation) => {
            if level < rules.officer_level {
                return Err(Fault::LevelTooLow { level, needed: rules.officer_level });
            }
            let number = own.ok().map(|own| own.number);
            let officer = match invitation {
                Some(code) => officer::enrol(&mut tx, people, code, &identity, number, now).await?,
                None => enrolled(&mut tx, &identity, rules.officer_idle_days, now).await?,
            };
            run!(tx, "UPDATE officer SET used_at = $2 WHERE id = $1" => &officer.id, moment(now))?;
            (Who::Officer(officer), rules.officer_session_hours)
        }
    };
    if let Some(before) = before {
        end(&mut tx, before).await?;
    }
    run!(tx, "DELETE FROM person_session WHERE expires_at < $1" => moment(now))?;
    let (secret, guard, ends) = (random(), random(), now + SignedDuration::from_hours(hours));
    let sha256 = digest(&secret);
    let (sealed, officer) = match &who {
        Who::Citizen(own) => {
            let text = store::to_json(own)?;
            (people.secrets.seal_bytes(text.as_bytes(), &format!("session {sha256}")), None)
        }
        Who::Officer(officer) => (String::new(), Some(officer.id.clone())),
    };
    let session = proven.session().map(|session| people.provider_session(&proven.issuer, session));
    run!(
        tx,
        "INSERT INTO person_session (sha256, officer, identity, provider_session, provider, sealed, level, signed_in_at, guard, agent, used_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        => &sha256, officer.as_deref(), &identity, session, provider, sealed, i64::from(level),
           proven.signed_in.map(moment), &guard, agent, moment(now), moment(ends)
    )?;
    note(&mut tx, "signed_in", officer.as_deref(), Some(&identity), None, now).await?;
    tx.commit().await?;
    let person =
        Person { who, level, signed_in: proven.signed_in, provider: provider.to_owned(), guard, ends };
    Ok(Begun { secret, person })
}

/// An officer who is enrolled, and was here not too long ago.
async fn enrolled(
    tx: &mut Tx,
    identity: &str,
    idle_days: i64,
    now: Timestamp,
) -> Result<super::Officer, Fault> {
    let found = officer::by_identity(tx, identity).await?;
    let (officer, used) = found.ok_or_else(|| refused(texts::officer_unknown()))?;
    if now.duration_since(used) > SignedDuration::from_hours(24 * idle_days) {
        return Err(refused(texts::officer_idle(idle_days)));
    }
    Ok(officer)
}

type Row = (Option<String>, String, String, i64, Option<String>, String, Option<String>, String, String);

/// Who comes with the cookie of a session.
///
/// # Errors
/// [`Fault::NobodyKnown`], [`Fault::StoreFailed`].
pub async fn recognise(
    people: &People,
    secret: &str,
    agent: Option<&str>,
    now: Timestamp,
) -> Result<Person, Fault> {
    // Looked up by its digest: the time it takes tells nothing about the secret.
    let sha256 = digest(secret);
    let mut tx = people.db.read().await?;
    let row: Option<Row> = optional!(
        tx,
        "SELECT officer, provider, sealed, level, signed_in_at, guard, agent, used_at, expires_at FROM person_session WHERE sha256 = $1"
        => &sha256
    )?;
    let (officer, provider, sealed, level, signed_in, guard, of, used, ends) =
        row.ok_or(Fault::NobodyKnown {})?;
    let (used, ends): (Timestamp, Timestamp) = (from_text(&used)?, from_text(&ends)?);
    let idle = match &officer {
        Some(_) => people.settings.officer_idle_minutes,
        None => people.settings.idle_minutes,
    };
    if now >= ends || now.duration_since(used) > SignedDuration::from_mins(idle) {
        return Err(Fault::NobodyKnown {});
    }
    if of.as_deref() != agent {
        drop(tx);
        // A cookie that turns up in another program was taken from its owner.
        let mut tx = people.db.write().await?;
        end(&mut tx, secret).await?;
        note(&mut tx, "moved", officer.as_deref(), None, None, now).await?;
        tx.commit().await?;
        return Err(Fault::NobodyKnown {});
    }
    let who = match officer {
        Some(id) => Who::Officer(officer::by_id(&mut tx, &id).await?.ok_or(Fault::NobodyKnown {})?.0),
        None => {
            let place = format!("session {sha256}");
            let bytes = people.secrets.open_bytes(&sealed, &place).map_err(unsealed)?;
            let own: Citizen = store::from_json(&String::from_utf8_lossy(&bytes))?;
            Who::Citizen(own)
        }
    };
    drop(tx);
    if now.duration_since(used) >= NOTED_EVERY {
        let mut tx = people.db.write().await?;
        run!(tx, "UPDATE person_session SET used_at = $2 WHERE sha256 = $1" => &sha256, moment(now))?;
        tx.commit().await?;
    }
    let signed_in = signed_in.as_deref().map(from_text).transpose()?;
    let level = u8::try_from(level).unwrap_or_default();
    Ok(Person { who, level, signed_in, provider, guard, ends })
}

/// Ends one session.
pub(super) async fn end(tx: &mut Tx, secret: &str) -> Result<(), Fault> {
    run!(tx, "DELETE FROM person_session WHERE sha256 = $1" => digest(secret))?;
    Ok(())
}

/// Ends the session of whoever signs out.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub async fn sign_out(people: &People, secret: &str) -> Result<(), Fault> {
    let mut tx = people.db.write().await?;
    end(&mut tx, secret).await?;
    tx.commit().await
}

/// Ends the sessions of somebody who has signed out at their provider: the one that it names; if it names none, all of the person.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub async fn end_at_provider(
    people: &People,
    issuer: &str,
    out: &LoggedOut,
    now: Timestamp,
) -> Result<(), Fault> {
    let mut tx = people.db.write().await?;
    let identity = out.subject.as_deref().map(|subject| people.identity(issuer, subject));
    let session = out.session.as_deref().map(|session| people.provider_session(issuer, session));
    // A session that the provider gave no name is one of the person's, whichever it names now.
    let ended = match session {
        Some(session) => run!(
            tx,
            "DELETE FROM person_session WHERE provider_session = $1 OR (provider_session IS NULL AND identity = $2)"
            => session, &identity
        )?,
        None => run!(tx, "DELETE FROM person_session WHERE identity = $1" => &identity)?,
    };
    if ended > 0 {
        note(&mut tx, "signed_out_at_provider", None, identity.as_deref(), None, now).await?;
    }
    tx.commit().await
}
