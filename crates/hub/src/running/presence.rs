//! Which nodes are heard. A question that a node has open, or has asked a moment ago, is its heartbeat, so that it costs nothing beside.
//!
//! Each hub knows in memory whom it hears, by a clock that nobody sets. The store, which all hubs share, has which hub hears which node; a
//! row is written when that changes, so a nation in which all is well writes nothing but a number a hub every few seconds. A hub whose
//! number stands still is gone: whom it heard, another hears by now, or nobody does.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use model::id::NodeId;

use crate::secret::random;
use crate::store::{Db, all, run};

/// How long a question for news is held, and so how long a node that hangs, or whose connection is cut without a word, goes unnoticed.
pub(crate) const HELD: Duration = Duration::from_secs(8);
/// A node is quiet when it has had no question open for so long. One whose question failed pauses 5 s before it asks again.
const QUIET: Duration = Duration::from_secs(7);
/// A node that is quiet for so much longer is missed: meanwhile another hub may have heard it, and others may miss it as well.
const SETTLE: Duration = Duration::from_secs(2);
/// How often a hub raises its number.
const PULSE: Duration = Duration::from_secs(3);
/// A hub whose number has stood still for so long is gone. A hub that begins sees others, and itself of before, for the first time: so that
/// is how long nodes have to come back to it.
const GONE: Duration = Duration::from_secs(12);

/// Whom this hub hears.
pub(crate) struct Presence {
    /// Its name among the hubs on the store, another each time that it begins.
    hub: String,
    nodes: Arc<Mutex<HashMap<NodeId, Heard>>>,
}

/// What is heard of a node.
struct Heard {
    /// Questions that are open.
    open: usize,
    /// When it was heard last, while none is.
    last: Instant,
}

impl Heard {
    fn is_heard(&self, at: Instant) -> bool {
        self.open > 0 || at.saturating_duration_since(self.last) < QUIET
    }
}

/// A question that is open. Dropped, it is answered, or its asker is gone.
pub(crate) struct Open {
    nodes: Arc<Mutex<HashMap<NodeId, Heard>>>,
    node: NodeId,
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(heard) = lock(&self.nodes).get_mut(&self.node) {
            heard.open = heard.open.saturating_sub(1);
            heard.last = Instant::now();
        }
    }
}

fn lock(nodes: &Mutex<HashMap<NodeId, Heard>>) -> MutexGuard<'_, HashMap<NodeId, Heard>> {
    nodes.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for Presence {
    fn default() -> Self {
        Self { hub: random(), nodes: Arc::default() }
    }
}

impl Presence {
    /// A node was heard.
    pub(crate) fn sign(&self, node: &NodeId, at: Instant) {
        let mut nodes = lock(&self.nodes);
        match nodes.get_mut(node) {
            Some(heard) => heard.last = at,
            None => {
                nodes.insert(node.clone(), Heard { open: 0, last: at });
            }
        }
    }

    /// A node has a question open, until what is returned is dropped.
    pub(crate) fn hold(&self, node: &NodeId) -> Open {
        let mut nodes = lock(&self.nodes);
        nodes.entry(node.clone()).or_insert_with(|| Heard { open: 0, last: Instant::now() }).open += 1;
        Open { nodes: self.nodes.clone(), node: node.clone() }
    }

    /// While the store gives no answer nobody can be heard: for whoever was heard at `when`, that time is not counted, up to `at`.
    pub(crate) fn excuse(&self, when: Instant, lost: Duration, at: Instant) {
        let mut nodes = lock(&self.nodes);
        for heard in nodes.values_mut().filter(|heard| heard.is_heard(when)) {
            heard.last = heard.last.checked_add(lost).map_or(at, |last| last.min(at));
        }
    }

    /// By node, whether it is heard, and for how long it was not.
    fn all(&self, at: Instant) -> HashMap<String, (bool, Duration)> {
        let nodes = lock(&self.nodes);
        let of = |(node, heard): (&NodeId, &Heard)| {
            (node.as_str().to_owned(), (heard.is_heard(at), at.saturating_duration_since(heard.last)))
        };
        nodes.iter().map(of).collect()
    }
}

/// A row: node, hub, since when it is lost.
type Row = (String, String, Option<String>);

/// What one hub has seen of the store over time.
#[derive(Default)]
pub(crate) struct Watch {
    /// The numbers of all hubs, each with when it was seen to rise last.
    pulses: HashMap<String, (i64, Instant)>,
    /// Its own.
    number: i64,
    raised: Option<Instant>,
    /// Since when it has seen that a node is lost.
    missed: HashMap<String, Instant>,
}

/// Who is heard by any hub.
#[derive(Debug, Default)]
pub(crate) struct Roll {
    /// Nodes that no hub hears, since when.
    pub(crate) missing: BTreeMap<String, String>,
    /// Nodes of which that is not sure yet.
    pub(crate) unsure: BTreeSet<String>,
    /// How many have ever been heard.
    pub(crate) known: usize,
}

/// What is to be written.
#[derive(Default)]
struct Turned {
    /// This hub hears them.
    heard: Vec<String>,
    /// Nobody does, since then; with the hub that did last.
    lost: Vec<(String, String, Timestamp)>,
    /// Hubs that are gone.
    gone: Vec<String>,
}

impl Watch {
    /// Looks at who is heard, and writes down what has changed in that. `now` is for people; everything is measured by `at`.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn look(
        &mut self,
        db: &Db,
        own: &Presence,
        (now, at): (Timestamp, Instant),
    ) -> Result<Roll, Fault> {
        let mut tx = db.read().await?;
        let pulses: Vec<(String, i64)> = all!(tx, "SELECT hub, number FROM hub_pulse")?;
        let mut rows: Vec<Row> = all!(tx, "SELECT node, hub, lost_at FROM node_presence")?;
        drop(tx);
        self.note(&pulses, at);
        let heard = own.all(at);
        let turned = self.turned(own, &heard, &rows, (now, at));
        let hears = heard.values().any(|(is_heard, _)| *is_heard);
        let is_due = hears && self.raised.is_none_or(|raised| at.saturating_duration_since(raised) >= PULSE);
        if is_due || !turned.heard.is_empty() || !turned.lost.is_empty() || !turned.gone.is_empty() {
            self.write(db, own, &turned).await?;
            self.raised = Some(at);
            let mut tx = db.read().await?;
            rows = all!(tx, "SELECT node, hub, lost_at FROM node_presence")?;
        }
        Ok(self.roll(rows, at))
    }

    /// Notes whose number has risen.
    fn note(&mut self, pulses: &[(String, i64)], at: Instant) {
        self.pulses.retain(|hub, _| pulses.iter().any(|(known, _)| known == hub));
        for (hub, number) in pulses {
            match self.pulses.get_mut(hub) {
                Some((known, _)) if known == number => {}
                Some(known) => *known = (*number, at),
                None => {
                    self.pulses.insert(hub.clone(), (*number, at));
                }
            }
        }
    }

    fn turned(
        &self,
        own: &Presence,
        heard: &HashMap<String, (bool, Duration)>,
        rows: &[Row],
        (now, at): (Timestamp, Instant),
    ) -> Turned {
        let is_over = |risen: Instant| at.saturating_duration_since(risen) >= GONE;
        let gone = self.pulses.iter().filter(|(hub, (_, risen))| **hub != own.hub && is_over(*risen));
        let mut turned = Turned { gone: gone.map(|(hub, _)| hub.clone()).collect(), ..Turned::default() };
        let is_heard = |node: &str| heard.get(node).is_some_and(|(is_heard, _)| *is_heard);
        for (node, hub, lost_at) in rows {
            // A hub without a number has not been there since a store was restored.
            let is_gone = turned.gone.contains(hub) || !self.pulses.contains_key(hub) && *hub != own.hub;
            let is_theirs = *hub != own.hub && !is_gone;
            if is_heard(node) {
                if lost_at.is_some() || is_gone {
                    turned.heard.push(node.clone());
                }
            } else if lost_at.is_none() && !is_theirs {
                let quiet = heard.get(node).map_or(GONE, |(_, quiet)| *quiet);
                let quiet = SignedDuration::try_from(quiet).unwrap_or_default();
                turned.lost.push((node.clone(), hub.clone(), now - quiet));
            }
        }
        let with_row: HashSet<&str> = rows.iter().map(|(node, ..)| node.as_str()).collect();
        let new = heard.iter().filter(|(node, (is_heard, _))| *is_heard && !with_row.contains(node.as_str()));
        turned.heard.extend(new.map(|(node, _)| node.clone()));
        turned
    }

    async fn write(&mut self, db: &Db, own: &Presence, turned: &Turned) -> Result<(), Fault> {
        self.number += 1;
        let mut tx = db.write().await?;
        run!(
            tx,
            "INSERT INTO hub_pulse (hub, number) VALUES ($1, $2) ON CONFLICT (hub) DO UPDATE SET number = excluded.number"
            => &own.hub, self.number
        )?;
        for node in &turned.heard {
            // One that has left the registry since is missed by nobody.
            run!(
                tx,
                "INSERT INTO node_presence (node, hub, lost_at) SELECT id, $2, NULL FROM node WHERE id = $1
                 ON CONFLICT (node) DO UPDATE SET hub = excluded.hub, lost_at = excluded.lost_at"
                => node, &own.hub
            )?;
        }
        for (node, hub, at) in &turned.lost {
            // Another hub may have heard it since.
            run!(
                tx,
                "UPDATE node_presence SET lost_at = $3 WHERE node = $1 AND hub = $2 AND lost_at IS NULL"
                => node, hub, at.to_string()
            )?;
        }
        for hub in &turned.gone {
            run!(tx, "DELETE FROM hub_pulse WHERE hub = $1" => hub)?;
        }
        tx.commit().await
    }

    fn roll(&mut self, rows: Vec<Row>, at: Instant) -> Roll {
        let mut roll = Roll { known: rows.len(), ..Roll::default() };
        let mut missed = HashMap::new();
        for (node, _, lost_at) in rows {
            let Some(lost_at) = lost_at else { continue };
            let since = self.missed.get(&node).copied().unwrap_or(at);
            missed.insert(node.clone(), since);
            if at.saturating_duration_since(since) >= SETTLE {
                roll.missing.insert(node, lost_at);
            } else {
                roll.unsure.insert(node);
            }
        }
        self.missed = missed;
        roll
    }
}
