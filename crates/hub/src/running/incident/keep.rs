//! Incidents in the store, as the hub itself opens, changes and ends them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::affected::{Affected, Concerned, affected};
use super::cause::Cause;
use super::judge::{HUB, Live, Step};
use super::{STORY, State};
use crate::store::{Tx, all, from_text, optional, run, to_json};

/// What begins again within this time is the same incident: a node that comes and goes is one, not fifty.
const AGAIN: SignedDuration = SignedDuration::from_mins(10);
/// Before it is so old, one that nobody has touched may become part of a larger one.
const YOUNG: SignedDuration = SignedDuration::from_secs(30);

/// What a probable cause was concluded from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = IncidentEvidence)]
pub(crate) struct Evidence {
    /// Whether the hub hears the node.
    pub(crate) heard: bool,
    /// How many agencies beside its own have a connection to it.
    pub(crate) reached_by: usize,
    /// How many got none.
    pub(crate) unreached_by: usize,
    /// How that shows, where they got none: `refused`, `timeout`, `tls`, `certificate`, `network`, each with how many agencies.
    pub(crate) how: BTreeMap<String, usize>,
}

/// What is known of a node when a step is taken.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub(super) evidence: Evidence,
    /// Since when it is so, as far as that was noticed.
    pub(super) since: Option<String>,
}

type LiveRow = (String, String, String, String, String);

/// Those that are not over.
pub(super) async fn live(tx: &mut Tx, now: Timestamp) -> Result<Vec<Live>, Fault> {
    let rows: Vec<LiveRow> = all!(
        tx,
        "SELECT id, subject, cause, state, opened_at FROM incident WHERE ended_at IS NULL ORDER BY id"
    )?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let nodes: Vec<(String, String)> = all!(
        tx,
        "SELECT n.incident, n.node FROM incident_node n JOIN incident i ON i.id = n.incident
         WHERE i.ended_at IS NULL AND n.until IS NULL"
    )?;
    let mut by_incident: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (incident, node) in nodes {
        by_incident.entry(incident).or_default().insert(node);
    }
    rows.into_iter()
        .map(|(id, subject, cause, state, opened_at)| {
            let opened_at: Timestamp = from_text(&opened_at)?;
            let cause = cause.parse().map_err(|()| Fault::StoreFailed { why: format!("cause {cause:?}") })?;
            let is_young = state == State::Open.word() && now.duration_since(opened_at) < YOUNG;
            let nodes = by_incident.remove(&id).unwrap_or_default();
            Ok(Live { id, subject, cause, nodes, is_young })
        })
        .collect()
}

/// Does what was judged to be done. `known`: of each node.
pub(super) async fn take(
    tx: &mut Tx,
    steps: Vec<Step>,
    known: &BTreeMap<String, Known>,
    now: Timestamp,
) -> Result<(), Fault> {
    // The one that others become part of: it is there already and is joined, or opened before they are merged.
    let mut larger = steps.iter().find_map(|step| match step {
        Step::Join { id, .. } => Some(id.clone()),
        _ => None,
    });
    for step in steps {
        match step {
            Step::Open { subject, cause, nodes } => {
                let id = open(tx, (&subject, cause), &nodes, known, now).await?;
                if subject == HUB {
                    larger = Some(id);
                }
            }
            Step::Turn { id, cause } => turn(tx, &id, cause, known, now).await?,
            Step::Join { id, node } => {
                put_node(tx, &id, &node).await?;
                concern(tx, &id, Cause::HubNetwork, now).await?;
                STORY.tell(tx, &id, ("joined", &node), now).await?;
            }
            Step::Leave { id, node } => {
                run!(
                    tx,
                    "UPDATE incident_node SET until = $3 WHERE incident = $1 AND node = $2"
                    => &id, &node, now.to_string()
                )?;
                STORY.tell(tx, &id, ("left", &node), now).await?;
            }
            Step::End { id } => {
                end(tx, &id, State::Recovered, now).await?;
                STORY.tell(tx, &id, ("recovered", ""), now).await?;
                tracing::info!(incident = id, "an incident is over");
            }
            Step::Merge { id } => {
                end(tx, &id, State::Merged, now).await?;
                run!(tx, "UPDATE incident SET merged_into = $2 WHERE id = $1" => &id, &larger)?;
                STORY.tell(tx, &id, ("merged", larger.as_deref().unwrap_or_default()), now).await?;
            }
        }
    }
    Ok(())
}

/// Opens one, or the last one of the subject again. Returns its number.
async fn open(
    tx: &mut Tx,
    (subject, cause): (&str, Cause),
    nodes: &BTreeSet<String>,
    known: &BTreeMap<String, Known>,
    now: Timestamp,
) -> Result<String, Fault> {
    let last: Option<(String, String, Option<String>)> = optional!(
        tx,
        "SELECT id, state, ended_at FROM incident WHERE subject = $1 ORDER BY id DESC LIMIT 1" => subject
    )?;
    let again = last.filter(|(_, state, ended_at)| {
        let ended_at = ended_at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
        state == State::Recovered.word() && ended_at.is_some_and(|at| now.duration_since(at) < AGAIN)
    });
    let evidence = match nodes.first().and_then(|node| known.get(node)) {
        Some(known) if nodes.len() == 1 => known.evidence.clone(),
        _ => Evidence::default(),
    };
    let id = match again {
        Some((id, ..)) => {
            run!(
                tx,
                "UPDATE incident SET state = 'open', cause = $2, ended_at = NULL, times = times + 1, evidence = $3 WHERE id = $1"
                => &id, cause.word(), to_json(&evidence)?
            )?;
            STORY.tell(tx, &id, ("again", cause.word()), now).await?;
            tracing::warn!(incident = id, subject, cause = cause.word(), "an incident is open again");
            id
        }
        None => {
            let id = STORY.next_id(tx, now).await?;
            let since = nodes.iter().filter_map(|node| known.get(node)?.since.clone()).min();
            run!(
                tx,
                "INSERT INTO incident (id, subject, cause, state, since, opened_at, times, evidence, affected)
                 VALUES ($1, $2, $3, 'open', $4, $5, 1, $6, $7)"
                => &id, subject, cause.word(), since.unwrap_or_else(|| now.to_string()), now.to_string(), to_json(&evidence)?,
                   to_json(&Affected::default())?
            )?;
            STORY.tell(tx, &id, ("opened", cause.word()), now).await?;
            tracing::warn!(incident = id, subject, cause = cause.word(), "an incident was opened");
            id
        }
    };
    run!(tx, "UPDATE incident_node SET until = $2 WHERE incident = $1 AND until IS NULL" => &id, now.to_string())?;
    for node in nodes {
        put_node(tx, &id, node).await?;
    }
    concern(tx, &id, cause, now).await?;
    Ok(id)
}

async fn put_node(tx: &mut Tx, id: &str, node: &str) -> Result<(), Fault> {
    run!(
        tx,
        "INSERT INTO incident_node (incident, node, until) VALUES ($1, $2, NULL)
         ON CONFLICT (incident, node) DO UPDATE SET until = excluded.until" => id, node
    )?;
    Ok(())
}

async fn turn(
    tx: &mut Tx,
    id: &str,
    cause: Cause,
    known: &BTreeMap<String, Known>,
    now: Timestamp,
) -> Result<(), Fault> {
    let subject: Option<(String,)> = optional!(tx, "SELECT subject FROM incident WHERE id = $1" => id)?;
    let evidence = subject.and_then(|(subject,)| known.get(&subject)).map(|known| known.evidence.clone());
    run!(
        tx,
        "UPDATE incident SET cause = $2, evidence = $3 WHERE id = $1"
        => id, cause.word(), to_json(&evidence.unwrap_or_default())?
    )?;
    concern(tx, id, cause, now).await?;
    STORY.tell(tx, id, ("turned", cause.word()), now).await
}

/// Writes down what an incident touches and whom it concerns. Whom it concerned once it goes on concerning.
async fn concern(tx: &mut Tx, id: &str, cause: Cause, now: Timestamp) -> Result<(), Fault> {
    let nodes: Vec<(String,)> =
        all!(tx, "SELECT node FROM incident_node WHERE incident = $1 AND until IS NULL" => id)?;
    let nodes: BTreeSet<String> = nodes.into_iter().map(|(node,)| node).collect();
    let (touched, Concerned { owners, callers }) = affected(tx, &nodes, cause, now).await?;
    run!(tx, "UPDATE incident SET affected = $2 WHERE id = $1" => id, to_json(&touched)?)?;
    let hub = [(String::new(), "hub")];
    let owners = owners.into_iter().map(|agency| (agency, "owner"));
    let callers = callers.into_iter().map(|agency| (agency, "caller"));
    for (agency, role) in hub.into_iter().chain(owners).chain(callers) {
        run!(
            tx,
            "INSERT INTO incident_party (incident, agency, role) VALUES ($1, $2, $3) ON CONFLICT (incident, agency) DO NOTHING"
            => id, agency, role
        )?;
    }
    Ok(())
}

/// It is over. One that somebody has closed stays closed.
async fn end(tx: &mut Tx, id: &str, state: State, now: Timestamp) -> Result<(), Fault> {
    run!(
        tx,
        "UPDATE incident SET ended_at = $2, state = CASE WHEN state = 'closed' THEN state ELSE $3 END WHERE id = $1"
        => id, now.to_string(), state.word()
    )?;
    run!(tx, "UPDATE incident_node SET until = $2 WHERE incident = $1 AND until IS NULL" => id, now.to_string())?;
    Ok(())
}
