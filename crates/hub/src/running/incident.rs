//! Incidents: what is wrong with nodes, whom it concerns, what became of it. They are opened and ended by what is seen (`watch.rs`, by the
//! rules of `judge.rs` and `cause.rs`), and taken in hand, commented and closed by people (`acting.rs`). None is ever deleted.

pub(crate) mod acting;
mod affected;
mod cause;
mod judge;
mod keep;
pub(crate) mod watch;

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::Timestamp;
use model::fault::{Fault, Words};
use model::id::MemberId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::officer::Officer;
use crate::registry::check::not_there;
use crate::registry::lines::{Lines, Wish};
use crate::registry::story::Story;
use crate::store::{Tx, all, from_json, optional, run};
use crate::texts;

pub(crate) use affected::Affected;
pub(crate) use cause::Cause;
pub(crate) use keep::Evidence;

/// The word for incidents in the audit trail.
pub(crate) const KIND: &str = "Incident";
/// Their numbers, and what happens in them.
const STORY: Story = Story { table: "incident", events: "incident_event", of: "incident", prefix: "SC" };

/// How an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IncidentState)]
pub(crate) enum State {
    /// Nobody has taken it in hand.
    Open,
    /// Somebody has.
    Taken,
    /// It was over by itself.
    Recovered,
    /// Somebody has closed it.
    Closed,
    /// It is part of another.
    Merged,
}

impl State {
    const ALL: [Self; 5] = [Self::Open, Self::Taken, Self::Recovered, Self::Closed, Self::Merged];

    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Taken => "taken",
            Self::Recovered => "recovered",
            Self::Closed => "closed",
            Self::Merged => "merged",
        }
    }
}

impl FromStr for State {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.word() == word).ok_or(())
    }
}

/// An incident on one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = IncidentLine)]
pub(crate) struct Line {
    /// Its number: `SC-2026-000001`.
    pub(crate) id: String,
    /// The node that it is about; `hub`: many at once.
    pub(crate) subject: String,
    /// The agencies whose nodes it is about.
    pub(crate) owners: Vec<String>,
    /// The probable cause, in a word.
    pub(crate) cause: Cause,
    /// The probable cause, in Vietnamese.
    pub(crate) vi: String,
    /// The probable cause, in English.
    pub(crate) en: String,
    /// How it stands.
    pub(crate) state: State,
    /// Since when it is so: when the node was heard last, or when it was noticed.
    pub(crate) since: String,
    /// When it was opened.
    pub(crate) opened_at: String,
    /// When it was over; none: it is not.
    pub(crate) ended_at: Option<String>,
    /// How often it began anew within a few minutes, the first time counted.
    pub(crate) times: i64,
    /// Nodes that are not well.
    pub(crate) nodes: Vec<String>,
    /// How many services it touches.
    pub(crate) services: usize,
    /// How many purposes they serve.
    pub(crate) purposes: usize,
    /// How many systems call them, or call by these nodes.
    pub(crate) systems: usize,
    /// Of how many agencies.
    pub(crate) agencies: usize,
}

/// Whom an incident concerns, and whether they know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = IncidentParty)]
pub(crate) struct Party {
    /// The agency; none: the hub.
    pub(crate) agency: Option<String>,
    /// Why: `hub`, `owner` of a node, `caller` of a service.
    pub(crate) role: String,
    /// When it was shown first to somebody there; none: not yet.
    pub(crate) told_at: Option<String>,
}

/// Something that happened in an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = IncidentEvent)]
pub(crate) struct Event {
    /// Its number in the incident.
    pub(crate) number: i64,
    /// When.
    pub(crate) at: String,
    /// Who did it; empty: the hub by itself.
    pub(crate) who: String,
    /// What: `opened`, `again`, `turned`, `joined`, `left`, `recovered`, `merged`, `taken`, `comment`, `closed`.
    pub(crate) what: String,
    /// What was said, or about what.
    pub(crate) said: String,
}

/// An incident with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Incident)]
pub(crate) struct Incident {
    /// On one line.
    #[serde(flatten)]
    pub(crate) line: Line,
    /// The incident that it is a part of.
    pub(crate) merged_into: Option<String>,
    /// What the probable cause was concluded from.
    pub(crate) evidence: Evidence,
    /// What it touches, as it was when it was opened.
    pub(crate) affected: Affected,
    /// Whom it concerns, and since when they know.
    pub(crate) parties: Vec<Party>,
    /// What happened, in order.
    pub(crate) events: Vec<Event>,
    /// What the one who asks may do: `take`, `comment`, `close`.
    pub(crate) may: Vec<String>,
}

type Row =
    (String, String, String, String, String, String, Option<String>, i64, Option<String>, String, String);

/// Incidents as a list.
pub(crate) const LINES: Lines = Lines {
    kind: KIND,
    from: "incident i",
    key: "i.id",
    columns: "id, subject, cause, state, since, opened_at, ended_at, times, merged_into, evidence, affected",
    filters: &[
        ("concerns", "EXISTS (SELECT 1 FROM incident_party p WHERE p.incident = i.id AND p.agency = ?)"),
        ("live", "i.ended_at IS NULL AND i.state <> 'closed'"),
        ("state", "i.state = ?"),
        ("cause", "i.cause = ?"),
        (
            "owner",
            "EXISTS (SELECT 1 FROM incident_node n WHERE n.incident = i.id AND SUBSTR(n.node, 1, LENGTH(?) + 1) = ? || '/')",
        ),
    ],
    orders: &[
        ("id", "i.id"),
        ("state", "i.state"),
        ("subject", "i.subject"),
        ("cause", "i.cause"),
        ("since", "i.since"),
        ("ended_at", "COALESCE(i.ended_at, '')"),
        ("times", "i.times"),
    ],
    usual: "-id",
    words: "LOWER(i.id) LIKE {has} OR LOWER(i.subject) LIKE {has}
            OR EXISTS (SELECT 1 FROM incident_node n JOIN node d ON d.id = n.node JOIN found f ON f.kind = 'Agency' AND f.subject = d.agency
                WHERE n.incident = i.id AND f.part = '' AND ' ' || f.words LIKE {begins})",
};

/// The same of what concerns an officer: all of it at the hub, that of their agency at an agency.
pub(crate) fn concerning(officer: &Officer, wish: Wish) -> Wish {
    wish.with("concerns", officer.agency.as_ref())
}

/// The incidents that concern an officer, newest first or as is asked, and whether there are more.
pub(crate) async fn list(tx: &mut Tx, officer: &Officer, wish: Wish) -> Result<(Vec<Line>, bool), Fault> {
    let (rows, more) = LINES.next(tx, concerning(officer, wish)).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let text = |column| row.get::<String>(column);
        let read: Row = (
            text("id")?,
            text("subject")?,
            text("cause")?,
            text("state")?,
            text("since")?,
            text("opened_at")?,
            row.get("ended_at")?,
            row.get("times")?,
            row.get("merged_into")?,
            text("evidence")?,
            text("affected")?,
        );
        lines.push(line(tx, &read).await?);
    }
    Ok((lines, more))
}

/// One of those that concern an officer.
///
/// # Errors
/// [`Fault::NotInRegistry`], also for one that does not concern them; [`Fault::StoreFailed`].
pub(crate) async fn show(tx: &mut Tx, officer: &Officer, id: &str) -> Result<Incident, Fault> {
    let (of_hub, agency) = whose(officer);
    let row: Option<Row> = optional!(
        tx,
        "SELECT id, subject, cause, state, since, opened_at, ended_at, times, merged_into, evidence, affected FROM incident i
         WHERE id = $1 AND ($2 = 1 OR EXISTS (SELECT 1 FROM incident_party p WHERE p.incident = i.id AND p.agency = $3))"
        => id, i64::from(of_hub), agency
    )?;
    let row = row.ok_or_else(|| not_there(KIND, id))?;
    let line = line(tx, &row).await?;
    let parties = parties(tx, id).await?;
    let events = STORY.all(tx, id).await?;
    let event = |(number, at, who, what, said)| Event { number, at, who, what, said };
    let may = acting::may(officer, &line, &parties);
    Ok(Incident {
        merged_into: row.8.clone(),
        evidence: from_json(&row.9)?,
        affected: from_json(&row.10)?,
        parties,
        events: events.into_iter().map(event).collect(),
        may,
        line,
    })
}

/// Whether somebody is of the hub, and their agency.
fn whose(officer: &Officer) -> (bool, &str) {
    (officer.agency.is_none(), officer.agency.as_ref().map_or("", MemberId::as_str))
}

async fn parties(tx: &mut Tx, id: &str) -> Result<Vec<Party>, Fault> {
    let rows: Vec<(String, String, Option<String>)> = all!(
        tx,
        "SELECT agency, role, told_at FROM incident_party WHERE incident = $1 ORDER BY agency" => id
    )?;
    let party = |(agency, role, told_at): (String, String, Option<String>)| Party {
        agency: Some(agency).filter(|agency| !agency.is_empty()),
        role,
        told_at,
    };
    Ok(rows.into_iter().map(party).collect())
}

async fn line(tx: &mut Tx, row: &Row) -> Result<Line, Fault> {
    let (id, subject, cause, state, since, opened_at, ended_at, times, ..) = row.clone();
    let affected: Affected = from_json(&row.10)?;
    let nodes: Vec<(String, Option<String>)> =
        all!(tx, "SELECT node, until FROM incident_node WHERE incident = $1 ORDER BY node" => &id)?;
    let mut owners: BTreeMap<String, ()> = BTreeMap::new();
    for (node, _) in &nodes {
        let owner: Vec<&str> = node.splitn(4, '/').take(3).collect();
        owners.insert(owner.join("/"), ());
    }
    let unreadable = |()| Fault::StoreFailed { why: format!("a row cannot be read: {cause:?} {state:?}") };
    let cause: Cause = cause.parse().map_err(unreadable)?;
    let state: State =
        state.parse().map_err(|()| Fault::StoreFailed { why: "a row cannot be read".into() })?;
    let words = words(cause);
    Ok(Line {
        owners: owners.into_keys().collect(),
        cause,
        vi: words.vi().to_owned(),
        en: words.en().to_owned(),
        state,
        since,
        opened_at,
        times,
        nodes: nodes
            .into_iter()
            .filter(|(_, until)| until.is_none() || ended_at.is_some())
            .map(|(node, _)| node)
            .collect(),
        services: affected.services.len(),
        purposes: affected.purposes.len(),
        systems: affected.systems.len(),
        agencies: affected.agencies.len(),
        ended_at,
        id,
        subject,
    })
}

/// The probable cause, for people.
pub(crate) fn words(cause: Cause) -> Words {
    match cause {
        Cause::Silent => texts::incident_silent(),
        Cause::Down => texts::incident_down(),
        Cause::WayToHub => texts::incident_way_to_hub(),
        Cause::Between => texts::incident_between(),
        Cause::CertificateEnded => texts::incident_certificate_ended(),
        Cause::Unreachable => texts::incident_unreachable(),
        Cause::SourceDown => texts::incident_source_down(),
        Cause::HubNetwork => texts::incident_hub_network(),
    }
}

/// Which of these were not shown yet to anybody of the officer's: at the hub, or at their agency.
pub(crate) async fn untold(tx: &mut Tx, officer: &Officer, ids: &[&str]) -> Result<Vec<String>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (_, agency) = whose(officer);
    let rows: Vec<(String,)> = all!(
        tx,
        "SELECT incident FROM incident_party WHERE agency = $1 AND told_at IS NULL" => agency
    )?;
    Ok(rows.into_iter().map(|(id,)| id).filter(|id| ids.contains(&id.as_str())).collect())
}

/// Notes that these are shown to somebody of the officer's.
pub(crate) async fn tell(
    tx: &mut Tx,
    officer: &Officer,
    ids: &[String],
    now: Timestamp,
) -> Result<(), Fault> {
    let (_, agency) = whose(officer);
    for id in ids {
        run!(
            tx,
            "UPDATE incident_party SET told_at = $3 WHERE incident = $1 AND agency = $2 AND told_at IS NULL"
            => id, agency, now.to_string()
        )?;
    }
    Ok(())
}

/// How many nodes are not heard, and how many ever were.
pub(crate) async fn missed(tx: &mut Tx) -> Result<(i64, i64), Fault> {
    let row: Option<(i64, i64)> = optional!(tx, "SELECT COUNT(lost_at), COUNT(*) FROM node_presence")?;
    Ok(row.unwrap_or_default())
}
