//! Maintenance of nodes, announced beforehand: a node that is silent within its time is no incident.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use model::agency::Node;
use model::fault::Fault;
use model::id::MemberId;
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::change::{Act, AuditContext, note};
use crate::audit::right::Right;
use crate::registry::check::{check_text, contradictory, not_there, require};
use crate::store::{Tx, all, from_text, moment, optional, run, to_json};
use crate::texts;

/// The word for it in the audit trail.
const KIND: &str = "Maintenance";
/// Longest time: what takes longer is no maintenance.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// So many of an agency may be announced and not over.
const OF_ONE_MAX: i64 = 100;

/// Maintenance to announce.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AnnouncingMaintenance)]
pub(crate) struct Announcing {
    /// The node.
    pub(crate) node: String,
    /// From when, not before now; at once without it.
    #[serde(default)]
    pub(crate) from: Option<Timestamp>,
    /// Until when: a week later at most.
    pub(crate) to: Timestamp,
    /// What is done.
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub(crate) reason: String,
}

/// Maintenance that was announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Maintenance {
    /// Its number: `BT-2026-000001`.
    pub(crate) id: String,
    /// The node.
    pub(crate) node: String,
    /// The agency whose node it is.
    pub(crate) owner: MemberId,
    /// From when.
    pub(crate) from: String,
    /// Until when.
    pub(crate) to: String,
    /// What is done.
    pub(crate) reason: String,
    /// When it was announced.
    pub(crate) announced_at: String,
    /// When it was withdrawn.
    pub(crate) withdrawn_at: Option<String>,
}

type Row = (String, String, String, String, String, String, String, Option<String>);

fn read((id, node, owner, from, to, reason, announced_at, withdrawn_at): Row) -> Result<Maintenance, Fault> {
    let owner = from_text(&owner)?;
    Ok(Maintenance { id, node, owner, from, to, reason, announced_at, withdrawn_at })
}

/// Announces maintenance.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::Dangling`], [`Fault::Contradictory`], [`Fault::StoreFailed`].
pub(crate) async fn announce(
    tx: &mut Tx,
    announcing: &Announcing,
    context: &AuditContext,
) -> Result<Maintenance, Fault> {
    context.may(Right::Suspend)?;
    let subject = (KIND, announcing.node.as_str());
    check_text(subject, "reason", &announcing.reason)?;
    let node = require::<Node>(tx, subject, &announcing.node).await?;
    let owner = node.id.member();
    context.covers(subject, std::slice::from_ref(&owner))?;
    let (from, to) = (announcing.from.unwrap_or(context.at), announcing.to);
    // What fell silent unannounced is an incident, whatever is said of it afterwards. Texts of moments have no fractions.
    if moment(from) < moment(context.at) {
        return Err(contradictory(subject, texts::maintenance_backdated()));
    }
    if to <= from || to.duration_since(from) > LONGEST {
        return Err(contradictory(subject, texts::maintenance_span(LONGEST.as_hours() / 24)));
    }
    let open: Option<(i64,)> = optional!(
        tx,
        "SELECT COUNT(*) FROM maintenance WHERE owner = $1 AND ends_at > $2 AND withdrawn_at IS NULL"
        => owner.as_str(), moment(context.at)
    )?;
    if open.is_some_and(|(open,)| open >= OF_ONE_MAX) {
        return Err(contradictory(subject, texts::maintenance_many(OF_ONE_MAX)));
    }
    let announced = Maintenance {
        id: next_id(tx, context.at).await?,
        node: node.id.to_string(),
        owner,
        from: moment(from),
        to: moment(to),
        reason: announcing.reason.clone(),
        announced_at: moment(context.at),
        withdrawn_at: None,
    };
    run!(
        tx,
        "INSERT INTO maintenance (id, node, owner, begins_at, ends_at, reason, announced_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        => &announced.id, &announced.node, announced.owner.as_str(), &announced.from, &announced.to, &announced.reason,
           &announced.announced_at
    )?;
    note(tx, context, Act::Created, (KIND, &announced.id), None, Some(to_json(&announced)?)).await?;
    Ok(announced)
}

/// Withdraws maintenance that is not over.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::Contradictory`], [`Fault::StoreFailed`].
pub(crate) async fn withdraw(tx: &mut Tx, id: &str, context: &AuditContext) -> Result<Maintenance, Fault> {
    context.may(Right::Suspend)?;
    let row: Option<Row> = optional!(
        tx,
        "SELECT id, node, owner, begins_at, ends_at, reason, announced_at, withdrawn_at FROM maintenance WHERE id = $1" => id
    )?;
    let before = read(row.ok_or_else(|| not_there(KIND, id))?)?;
    context.covers((KIND, id), std::slice::from_ref(&before.owner))?;
    if before.withdrawn_at.is_some() || before.to <= moment(context.at) {
        return Err(contradictory((KIND, id), texts::maintenance_over()));
    }
    let after = Maintenance { withdrawn_at: Some(moment(context.at)), ..before.clone() };
    run!(tx, "UPDATE maintenance SET withdrawn_at = $2 WHERE id = $1" => id, moment(context.at))?;
    note(tx, context, Act::Updated, (KIND, id), Some(to_json(&before)?), Some(to_json(&after)?)).await?;
    Ok(after)
}

/// What holds or will hold, newest first; or the last ones as well.
pub(crate) async fn list(
    tx: &mut Tx,
    now: Timestamp,
    past: bool,
    limit: i64,
) -> Result<Vec<Maintenance>, Fault> {
    let since = if past { String::new() } else { moment(now) };
    let rows: Vec<Row> = all!(
        tx,
        "SELECT id, node, owner, begins_at, ends_at, reason, announced_at, withdrawn_at FROM maintenance
         WHERE ends_at > $1 AND ($2 = 1 OR withdrawn_at IS NULL) ORDER BY id DESC LIMIT $3" => since, i64::from(past), limit
    )?;
    rows.into_iter().map(read).collect()
}

/// The nodes that are within theirs.
pub(crate) async fn nodes(tx: &mut Tx, now: Timestamp) -> Result<BTreeSet<String>, Fault> {
    let now = moment(now);
    let rows: Vec<(String,)> = all!(
        tx,
        "SELECT node FROM maintenance WHERE ends_at > $1 AND begins_at <= $1 AND withdrawn_at IS NULL" => &now
    )?;
    Ok(rows.into_iter().map(|(node,)| node).collect())
}

async fn next_id(tx: &mut Tx, now: Timestamp) -> Result<String, Fault> {
    let year = day_in_viet_nam(now).year();
    let last: Option<(String,)> = optional!(
        tx,
        "SELECT id FROM maintenance WHERE id LIKE $1 ORDER BY id DESC LIMIT 1" => format!("BT-{year}-%")
    )?;
    let last = last.and_then(|(id,)| id.rsplit('-').next().and_then(|number| number.parse::<u32>().ok()));
    Ok(format!("BT-{year}-{:06}", last.unwrap_or(0) + 1))
}
