//! What nodes say of one another and of their own sources: kept as they said it last, and counted only while they are heard themselves.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::fault::Fault;
use model::id::NodeId;
use model::sight::{How, PEERS_MAX, SERVICES_MAX, Sight};

use crate::store::{Db, Tx, all, run};
use crate::texts;

/// Takes what a node says, in place of what it said before. What the registry does not know, and what is not the node's to tell, is left
/// out; what is as it was is not written again.
///
/// # Errors
/// [`Fault::BadReport`], [`Fault::StoreFailed`].
pub(crate) async fn take(db: &Db, node: &NodeId, sight: &Sight, now: Timestamp) -> Result<(), Fault> {
    if sight.peers.len() > PEERS_MAX || sight.failing.len() > SERVICES_MAX {
        return Err(Fault::BadReport { why: texts::report_rows() });
    }
    let mut tx = db.read().await?;
    let said: Vec<(String, String)> =
        all!(tx, "SELECT about, how FROM node_sight WHERE reporter = $1" => node.as_str())?;
    let failed: Vec<(String,)> =
        all!(tx, "SELECT service FROM node_failing WHERE node = $1" => node.as_str())?;
    drop(tx);
    let said: BTreeMap<String, String> = said.into_iter().collect();
    let failed: BTreeSet<String> = failed.into_iter().map(|(service,)| service).collect();
    let says: BTreeMap<&str, &str> = sight
        .peers
        .iter()
        .filter(|(about, _)| *about != node)
        .map(|(about, how)| (about.as_str(), how.word()))
        .collect();
    let same = says.len() == said.len()
        && says.iter().all(|(about, how)| said.get(*about).is_some_and(|known| known == how))
        && sight.failing.len() == failed.len()
        && sight.failing.iter().all(|service| failed.contains(service.as_str()));
    if same {
        return Ok(());
    }
    let mut tx = db.write().await?;
    for about in said.keys().filter(|about| !says.contains_key(about.as_str())) {
        run!(tx, "DELETE FROM node_sight WHERE reporter = $1 AND about = $2" => node.as_str(), about)?;
    }
    for (about, how) in says.iter().filter(|(about, how)| said.get(**about).is_none_or(|known| known != *how))
    {
        run!(
            tx,
            "INSERT INTO node_sight (reporter, about, how) SELECT $1, id, $3 FROM node WHERE id = $2
             ON CONFLICT (reporter, about) DO UPDATE SET how = excluded.how" => node.as_str(), *about, *how
        )?;
    }
    keep_failing(&mut tx, node, sight, &failed, now).await?;
    tx.commit().await
}

async fn keep_failing(
    tx: &mut Tx,
    node: &NodeId,
    sight: &Sight,
    failed: &BTreeSet<String>,
    now: Timestamp,
) -> Result<(), Fault> {
    for service in failed.iter().filter(|known| !sight.failing.iter().any(|one| one.as_str() == *known)) {
        run!(tx, "DELETE FROM node_failing WHERE node = $1 AND service = $2" => node.as_str(), service)?;
    }
    for service in sight.failing.iter().filter(|service| !failed.contains(service.as_str())) {
        run!(
            tx,
            "INSERT INTO node_failing (node, service, since) SELECT n.node, s.id, $3 FROM service s
                 JOIN node_system n ON n.system = s.system WHERE n.node = $1 AND s.id = $2
             ON CONFLICT (node, service) DO NOTHING" => node.as_str(), service.as_str(), now.to_string()
        )?;
    }
    Ok(())
}

/// What other agencies say of the way to a node, while the nodes that say it are heard themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Witnesses {
    /// Agencies that reach it.
    pub(crate) reached: BTreeSet<String>,
    /// Agencies that do not, and how that shows.
    pub(crate) unreached: BTreeMap<String, String>,
}

/// What is said of nodes that nobody hears or that somebody does not reach, by node.
pub(crate) async fn witnesses(tx: &mut Tx) -> Result<BTreeMap<String, Witnesses>, Fault> {
    macro_rules! said {
        ($condition:literal) => {
            concat!(
                "SELECT s.about, r.agency, s.how FROM node_sight s JOIN node r ON r.id = s.reporter JOIN node a ON a.id = s.about
                 JOIN node_presence p ON p.node = s.reporter
                 WHERE p.lost_at IS NULL AND r.agency <> a.agency AND ",
                $condition
            )
        };
    }
    let against: Vec<(String, String, String)> =
        all!(tx, said!("s.how IN ('refused', 'timeout', 'tls', 'certificate', 'network')"))?;
    let with: Vec<(String, String, String)> = all!(
        tx,
        said!(
            "s.how = 'reached' AND s.about IN (SELECT node FROM node_presence WHERE lost_at IS NOT NULL
                 UNION SELECT about FROM node_sight WHERE how IN ('refused', 'timeout', 'tls', 'certificate', 'network'))"
        )
    )?;
    let mut all: BTreeMap<String, Witnesses> = BTreeMap::new();
    for (about, agency, how) in against.into_iter().chain(with) {
        let of = all.entry(about).or_default();
        if how == How::Reached.word() {
            of.reached.insert(agency);
        } else {
            of.unreached.insert(agency, how);
        }
    }
    Ok(all)
}

/// What a node that left the registry has said, and what was said of it.
pub(crate) async fn forget(tx: &mut Tx, node: &str) -> Result<(), Fault> {
    run!(tx, "DELETE FROM node_sight WHERE reporter = $1 OR about = $1" => node)?;
    run!(tx, "DELETE FROM node_failing WHERE node = $1" => node)?;
    run!(tx, "DELETE FROM node_presence WHERE node = $1" => node)?;
    Ok(())
}
