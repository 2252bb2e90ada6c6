//! The hub looks, once a second: who is missed, who says what of whom, which certificates have ended; and does about incidents what follows.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use model::fault::Fault;
use trust::certificate;

use super::cause::Signs;
use super::judge::{Seen, judge};
use super::keep::{self, Evidence, Known};
use crate::clock;
use crate::running::maintenance;
use crate::running::presence::{Presence, Roll, Watch};
use crate::running::sight::{Witnesses, witnesses};
use crate::store::{Db, Tx, all};

/// How often.
const LOOK: Duration = Duration::from_secs(1);
/// A look that takes so long says that the store does not answer as it should: nodes cannot be heard then.
const SLOW: Duration = Duration::from_secs(3);
/// How long to wait after the store did not answer.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Looks for as long as it is polled. What could not be read changes nothing: nobody is well again for that.
pub(crate) async fn keep(db: &Db, presence: &Presence) {
    let mut watch = Watch::default();
    loop {
        tokio::time::sleep(LOOK).await;
        let began = Instant::now();
        match look(db, presence, &mut watch, (clock::now(), began)).await {
            Ok(()) if began.elapsed() < SLOW => {}
            Ok(()) => presence.excuse(began, began.elapsed(), Instant::now()),
            Err(fault) => {
                tracing::warn!(fault = fault.code(), reason = %fault, "nobody could look which nodes are missed");
                tokio::time::sleep(AFTER_FAILURE).await;
                presence.excuse(began, Duration::MAX, Instant::now());
            }
        }
    }
}

/// One look, at `now` for people and at a moment of the clock that nobody sets.
pub(crate) async fn look(
    db: &Db,
    presence: &Presence,
    watch: &mut Watch,
    (now, at): (Timestamp, Instant),
) -> Result<(), Fault> {
    let roll = watch.look(db, presence, (now, at)).await?;
    let mut tx = db.read().await?;
    let (seen, known) = see(&mut tx, &roll, now).await?;
    let live = keep::live(&mut tx, now).await?;
    drop(tx);
    if judge(&seen, &live).is_empty() {
        return Ok(());
    }
    let mut tx = db.write().await?;
    // Another hub on the store may have been quicker.
    let live = keep::live(&mut tx, now).await?;
    keep::take(&mut tx, judge(&seen, &live), &known, now).await?;
    tx.commit().await
}

/// What is seen of nodes, and what is known of each of which something is.
async fn see(tx: &mut Tx, roll: &Roll, now: Timestamp) -> Result<(Seen, BTreeMap<String, Known>), Fault> {
    let witnesses = witnesses(tx).await?;
    let failing: Vec<(String, String)> = all!(tx, "SELECT node, MIN(since) FROM node_failing GROUP BY node")?;
    let failing: BTreeMap<String, String> = failing.into_iter().collect();
    let certificates = if roll.missing.is_empty() { BTreeMap::new() } else { ended(tx, now).await? };
    let mut seen = Seen {
        unknown: roll.unsure.clone(),
        maintained: maintenance::nodes(tx, now).await?,
        known: roll.known,
        ..Seen::default()
    };
    let mut known = BTreeMap::new();
    let nodes = roll.missing.keys().chain(witnesses.keys()).chain(failing.keys());
    for node in nodes {
        let heard = !roll.missing.contains_key(node);
        let said = witnesses.get(node).cloned().unwrap_or_default();
        let signs = Signs {
            heard,
            admitted: heard || certificates.contains_key(node),
            certificate_ended: certificates.get(node).copied().unwrap_or_default(),
            reached_by: said.reached.len(),
            unreached_by: said.unreached.len(),
            failing: failing.contains_key(node),
        };
        let since = roll.missing.get(node).or(failing.get(node)).cloned();
        known.insert(node.clone(), Known { evidence: evidence(heard, &said), since });
        seen.nodes.insert(node.clone(), signs);
    }
    Ok((seen, known))
}

fn evidence(heard: bool, said: &Witnesses) -> Evidence {
    let mut how = BTreeMap::new();
    for one in said.unreached.values() {
        *how.entry(one.clone()).or_default() += 1;
    }
    Evidence { heard, reached_by: said.reached.len(), unreached_by: said.unreached.len(), how }
}

/// Of the nodes that are missed and have a certificate, whether all of them have ended.
async fn ended(tx: &mut Tx, now: Timestamp) -> Result<BTreeMap<String, bool>, Fault> {
    let rows: Vec<(String, String)> = all!(
        tx,
        "SELECT c.node, c.certificate FROM node_certificate c JOIN node_presence p ON p.node = c.node
         WHERE c.usage = 'tls' AND p.lost_at IS NOT NULL"
    )?;
    let mut all = BTreeMap::new();
    for (node, text) in rows {
        let span = certificate::from_base64(&text).ok().and_then(|der| certificate::span(&der).ok());
        let has_ended = span.is_some_and(|(_, ends)| ends < now);
        all.entry(node).and_modify(|ended| *ended &= has_ended).or_insert(has_ended);
    }
    Ok(all)
}
