//! Suspensions: a service that stands still for a while, or a user that is cut off (rule CN-13). A planned one is announced in good
//! time. Nodes know of them from the directory and refuse calls with the reason and the day of return.

use jiff::Timestamp;
use jiff::civil::Date;
use model::directory::{Part, Suspension};
use model::fault::{Fault, Words};
use model::grant::Grant;
use model::id::MemberId;
use model::service::Service;
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::change::{Act, AuditContext, note};
use crate::audit::right::Right;
use crate::granting::pack;
use crate::registry::check::{check_text, contradictory, require};
use crate::registry::quota;
use crate::store::{Tx, all, from_json, moment, optional, run, to_json};
use crate::texts;

/// The word for suspensions in the audit trail.
const KIND: &str = "Suspension";

/// What is suspended and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Maintenance that was planned.
    Planned,
    /// Something that nobody planned.
    Unplanned,
    /// A user is cut off for misuse or risk.
    Cut,
}

/// A suspension to announce.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Announcing {
    /// The service that stands still.
    #[serde(default)]
    pub service: Option<String>,
    /// The grant that is cut off, in place of a service.
    #[serde(default)]
    pub grant: Option<String>,
    /// Why.
    pub why: Why,
    /// From when; at once without it.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// Until when; open without it.
    #[serde(default)]
    pub to: Option<Timestamp>,
    /// What users are told.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// A suspension that was announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Announced {
    /// Its number: `TN-2026-000001`.
    pub id: String,
    /// The agency whose service it is.
    pub owner: MemberId,
    /// Why.
    pub why: Why,
    /// When it was announced.
    pub announced_at: Timestamp,
    /// When it was ended before its time.
    pub ended_at: Option<Timestamp>,
    /// As nodes know it.
    #[serde(flatten)]
    pub suspension: Suspension,
}

/// Announces a suspension.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::Dangling`], [`Fault::Contradictory`] if a planned one begins too soon or has no
/// end; [`Fault::StoreFailed`].
pub async fn announce(
    tx: &mut Tx,
    announcing: &Announcing,
    context: &AuditContext,
) -> Result<Announced, Fault> {
    context.may(Right::Suspend)?;
    let subject = (KIND, announcing.service.as_deref().or(announcing.grant.as_deref()).unwrap_or_default());
    check_text(subject, "reason", &announcing.reason)?;
    let owner = match (&announcing.service, &announcing.grant) {
        (Some(service), None) => require::<Service>(tx, subject, service).await?.id.system().member(),
        (None, Some(grant)) => require::<Grant>(tx, subject, grant).await?.service.system().member(),
        _ => {
            return Err(contradictory(subject, texts::suspend_one()));
        }
    };
    context.covers(subject, std::slice::from_ref(&owner))?;
    let from = announcing.from.unwrap_or(context.at);
    if announcing.to.is_some_and(|to| to <= from) {
        return Err(contradictory(subject, texts::suspension_order()));
    }
    if announcing.why == Why::Planned {
        check_notice(tx, subject, from, announcing.to, context.at).await?;
    }
    let announced = Announced {
        id: next_id(tx, context.at).await?,
        owner: owner.clone(),
        why: announcing.why,
        announced_at: context.at,
        ended_at: None,
        suspension: Suspension {
            service: announcing.service.as_deref().map(crate::store::from_text).transpose()?,
            grant: announcing.grant.clone(),
            from,
            to: announcing.to,
            reason: announcing.reason.clone(),
        },
    };
    run!(
        tx,
        "INSERT INTO suspension (id, owner, ends_at, entry) VALUES ($1, $2, $3, $4)"
        => &announced.id, owner.as_str(), end_text(announced.suspension.to), to_json(&announced)?
    )?;
    let parts = [Part::Agency(owner)];
    crate::registry::parts::touch(tx, &parts).await?;
    quota::check_parts(tx, &parts).await?;
    note(tx, context, Act::Created, (KIND, &announced.id), None, Some(to_json(&announced)?)).await?;
    Ok(announced)
}

/// A planned suspension is announced so many working days before it begins, and says when it ends.
async fn check_notice(
    tx: &mut Tx,
    subject: (&str, &str),
    from: Timestamp,
    to: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Fault> {
    let pack = pack::newest(tx).await?;
    let earliest: Date = pack.working_days_after(day_in_viet_nam(now), pack.announce_working_days);
    let days = pack.announce_working_days;
    if day_in_viet_nam(from) < earliest {
        let named = Words::new(pack.name.vi.as_str(), pack.name.en.as_str());
        return Err(Fault::Contradictory {
            subject: format!("{} {}", subject.0, subject.1),
            why: texts::suspension_notice(&named, days, earliest),
        });
    }
    if to.is_none() {
        return Err(contradictory(subject, texts::suspension_without_end()));
    }
    Ok(())
}

/// Ends a suspension before its time.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::Contradictory`] if it is over.
pub async fn end(tx: &mut Tx, id: &str, context: &AuditContext) -> Result<Announced, Fault> {
    context.may(Right::Suspend)?;
    let row: Option<(String,)> = optional!(tx, "SELECT entry FROM suspension WHERE id = $1" => id)?;
    let row = row.ok_or_else(|| Fault::NotInRegistry {
        subject: format!("{KIND} {}", id.chars().take(60).collect::<String>()),
    })?;
    let before: Announced = from_json(&row.0)?;
    context.covers((KIND, id), std::slice::from_ref(&before.owner))?;
    let over = before.ended_at.is_some() || before.suspension.to.is_some_and(|to| to <= context.at);
    if over {
        return Err(contradictory((KIND, id), texts::suspension_over()));
    }
    let mut after = before.clone();
    after.ended_at = Some(context.at);
    // One that has not begun never holds.
    after.suspension.to = Some(context.at.max(after.suspension.from));
    run!(
        tx,
        "UPDATE suspension SET ends_at = $2, entry = $3 WHERE id = $1" => id, end_text(Some(context.at)), to_json(&after)?
    )?;
    crate::registry::parts::touch(tx, &[Part::Agency(after.owner.clone())]).await?;
    note(tx, context, Act::Updated, (KIND, id), Some(to_json(&before)?), Some(to_json(&after)?)).await?;
    Ok(after)
}

/// Moments in a column that is compared: an open end is after all others.
fn end_text(to: Option<Timestamp>) -> String {
    to.map_or_else(|| "9999".to_owned(), moment)
}

async fn next_id(tx: &mut Tx, now: Timestamp) -> Result<String, Fault> {
    let year = day_in_viet_nam(now).year();
    let last: Option<(String,)> = optional!(
        tx,
        "SELECT id FROM suspension WHERE id LIKE $1 ORDER BY id DESC LIMIT 1" => format!("TN-{year}-%")
    )?;
    let last = last.and_then(|(id,)| id.rsplit('-').next().and_then(|number| number.parse::<u32>().ok()));
    Ok(format!("TN-{year}-{:06}", last.unwrap_or(0) + 1))
}

/// The suspensions of an agency's services that hold or will hold: what the directory says of them.
pub(crate) async fn of_agency(
    tx: &mut Tx,
    owner: &MemberId,
    now: Timestamp,
) -> Result<Vec<Suspension>, Fault> {
    let rows: Vec<(String,)> = all!(
        tx,
        "SELECT entry FROM suspension WHERE owner = $1 AND ends_at > $2 ORDER BY id" => owner.as_str(), end_text(Some(now))
    )?;
    let read = |(entry,): &(String,)| {
        let read = from_json::<Announced>(entry);
        // One row that cannot be read keeps no other from being published.
        read.inspect_err(|fault| tracing::error!(%owner, reason = %fault, "a suspension cannot be read")).ok()
    };
    let announced: Vec<Announced> = rows.iter().filter_map(read).collect();
    Ok(announced.into_iter().filter(|one| one.ended_at.is_none()).map(|one| one.suspension).collect())
}

/// All that were announced, newest first: those that hold or will hold, or the last ones as well.
pub(crate) async fn list(
    tx: &mut Tx,
    now: Timestamp,
    past: bool,
    limit: i64,
) -> Result<Vec<Announced>, Fault> {
    let since = if past { String::new() } else { end_text(Some(now)) };
    let rows: Vec<(String,)> = all!(
        tx,
        "SELECT entry FROM suspension WHERE ends_at > $1 ORDER BY id DESC LIMIT $2" => since, limit
    )?;
    rows.iter().map(|(entry,)| from_json(entry)).collect()
}
