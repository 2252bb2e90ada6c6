//! Which directory nodes decide from. A node that asks for news says which one it holds; so whoever revokes a grant, or suspends a
//! service, is told which nodes hold that by now and which do not yet.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use model::fault::Fault;
use model::grant::Grant;
use model::id::{NodeId, ServiceId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::granting::grant::class_of_system;
use crate::registry::Subject as _;
use crate::registry::check::not_there;
use crate::store::{Db, Tx, all, from_text, optional, run};

/// How often what nodes have said goes into the store, where other hubs see it.
const EVERY: Duration = Duration::from_millis(500);

/// What nodes have said to this hub.
#[derive(Default)]
pub(crate) struct Holders {
    /// What the store does not have yet.
    said: Mutex<HashMap<NodeId, (u64, Timestamp)>>,
    /// Who has said that they hold what the store knows of.
    heard: Mutex<HashSet<NodeId>>,
}

impl Holders {
    /// A node says which directory it decides from.
    pub(crate) fn note(&self, node: NodeId, revision: u64, now: Timestamp) {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).insert(node, (revision, now));
    }

    /// What a node holds is known.
    pub(crate) fn hear(&self, node: NodeId) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).insert(node);
    }

    /// Whether what a node holds was known when it said so.
    pub(crate) fn has_heard(&self, node: &NodeId) -> bool {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).contains(node)
    }

    /// Puts it into the store for as long as it is polled.
    pub(crate) async fn keep(&self, db: &Db) {
        loop {
            tokio::time::sleep(EVERY).await;
            if let Err(fault) = self.keep_now(db).await {
                tracing::warn!(fault = fault.code(), reason = %fault, "what nodes hold was not written down");
            }
        }
    }

    /// One transaction for all of it.
    pub(crate) async fn keep_now(&self, db: &Db) -> Result<(), Fault> {
        let said = std::mem::take(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner));
        if said.is_empty() {
            return Ok(());
        }
        let mut tx = db.write().await?;
        for (node, (revision, at)) in said {
            run!(
                tx,
                "INSERT INTO node_held (node, revision, at) VALUES ($1, $2, $3)
                 ON CONFLICT (node) DO UPDATE SET revision = excluded.revision, at = excluded.at"
                => node.as_str(), i64::try_from(revision).unwrap_or(i64::MAX), at.to_string()
            )?;
        }
        tx.commit().await
    }
}

/// One node, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Holder {
    /// The node.
    pub(crate) node: String,
    /// The directory it decides from; none: it has not said anything yet.
    pub(crate) revision: Option<i64>,
    /// When it said so.
    pub(crate) at: Option<String>,
}

type Row = (String, Option<i64>, Option<String>);

fn holders(rows: Vec<Row>) -> Vec<Holder> {
    rows.into_iter().map(|(node, revision, at)| Holder { node, revision, at }).collect()
}

pub(crate) async fn everybody(tx: &mut Tx) -> Result<Vec<Holder>, Fault> {
    let rows: Vec<Row> = all!(
        tx,
        "SELECT n.id, h.revision, h.at FROM node n LEFT JOIN node_held h ON h.node = n.id
         WHERE EXISTS (SELECT 1 FROM node_certificate c WHERE c.node = n.id AND c.usage = 'tls') ORDER BY n.id"
    )?;
    Ok(holders(rows))
}

pub(crate) async fn of_grant(tx: &mut Tx, id: &str) -> Result<Vec<Holder>, Fault> {
    // Revoked ones as well.
    let grant: Option<(String, String)> =
        optional!(tx, "SELECT client, service FROM grants WHERE id = $1" => id)?;
    let (client, service) = grant.ok_or_else(|| not_there(Grant::KIND, id))?;
    let service: ServiceId = from_text(&service)?;
    let rows: Vec<Row> = all!(
        tx,
        concat!("SELECT DISTINCT n.id, h.revision, h.at FROM node n JOIN node_system s ON s.node = n.id LEFT JOIN node_held h ON h.node = n.id
         WHERE (s.system IN ($1, $2) OR ", class_of_system!("s.system"), " = $1)
             AND EXISTS (SELECT 1 FROM node_certificate c WHERE c.node = n.id AND c.usage = 'tls') ORDER BY n.id")
        => &client, service.system().as_str()
    )?;
    Ok(holders(rows))
}

pub(crate) async fn of_service(tx: &mut Tx, id: &str) -> Result<Vec<Holder>, Fault> {
    let rows: Vec<Row> = all!(
        tx,
        concat!("SELECT DISTINCT n.id, h.revision, h.at FROM node n JOIN node_system s ON s.node = n.id LEFT JOIN node_held h ON h.node = n.id
         WHERE (s.system = (SELECT system FROM service WHERE id = $1) OR s.system IN (SELECT client FROM grants WHERE service = $1)
                 OR ", class_of_system!("s.system"), " IN (SELECT client FROM grants WHERE service = $1))
             AND EXISTS (SELECT 1 FROM node_certificate c WHERE c.node = n.id AND c.usage = 'tls') ORDER BY n.id") => id
    )?;
    Ok(holders(rows))
}
