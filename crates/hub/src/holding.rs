//! Which directory nodes decide from. A node that asks for news says which one it holds; so whoever revokes a grant, or suspends a
//! service, is told which nodes hold that by now and which do not yet.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use model::fault::Fault;
use model::id::{NodeId, ServiceId, SystemId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Hub;
use crate::ahead;
use crate::api::{Asked, Problem};
use crate::directory;
use crate::officer::Officer;
use crate::store::{Db, Tx, all, optional, run};

/// How often what nodes have said goes into the store, where other hubs see it.
const EVERY: Duration = Duration::from_millis(500);
/// Nodes that are told by name at most.
const NAMED_MAX: usize = 500;

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Holder {
    /// The node.
    pub(crate) node: String,
    /// The directory it decides from; none: it has not said anything yet.
    pub(crate) revision: Option<i64>,
    /// When it said so.
    pub(crate) at: Option<String>,
}

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(holding))
}

/// What is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HoldingQuery {
    /// The directory that should be held; without it the newest.
    #[param(minimum = 0)]
    revision: Option<i64>,
    /// Only nodes that this grant matters to: those of its client and of its service.
    grant: Option<String>,
    /// Only nodes that this service matters to: its own, and those of systems with a grant on it.
    service: Option<String>,
}

/// Which of the nodes that joined decide from a directory or a newer one, and which do not yet; and what of the registry could not be
/// published at all.
#[utoipa::path(get, path = "/api/v1/directory/holding", params(HoldingQuery),
    responses((status = 200, description = "held by how many of how many, and who is behind", body = Object)))]
async fn holding(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<HoldingQuery>,
) -> Result<Json<Value>, Problem> {
    if query.revision.is_some_and(|revision| revision < 0) {
        return Err(Fault::BadParameters { why: "revision: 0..".into() }.into());
    }
    let newest = i64::try_from(*hub.directory.revision().borrow()).unwrap_or(i64::MAX);
    let revision = query.revision.unwrap_or(newest);
    let mut tx = hub.db.read().await?;
    let holders = match (&query.grant, &query.service) {
        (Some(grant), None) => of_grant(&mut tx, grant).await?,
        (None, Some(service)) => of_service(&mut tx, service).await?,
        (None, None) => everybody(&mut tx).await?,
        _ => return Err(Fault::BadParameters { why: "grant | service".into() }.into()),
    };
    let of = holders.len();
    let mut behind: Vec<Holder> =
        holders.into_iter().filter(|holder| holder.revision.is_none_or(|held| held < revision)).collect();
    let held = of - behind.len();
    behind.truncate(NAMED_MAX);
    let left_out = directory::left_out(&mut tx).await?;
    let ahead = ahead::behind(&mut tx).await?;
    Ok(Json(json!({
        "revision": revision, "newest": newest, "held": held, "of": of, "not_yet": behind, "left_out": left_out, "behind": ahead,
    })))
}

type Row = (String, Option<i64>, Option<String>);

fn holders(rows: Vec<Row>) -> Vec<Holder> {
    rows.into_iter().map(|(node, revision, at)| Holder { node, revision, at }).collect()
}

async fn everybody(tx: &mut Tx) -> Result<Vec<Holder>, Fault> {
    let rows: Vec<Row> = all!(
        tx,
        "SELECT n.id, h.revision, h.at FROM node n LEFT JOIN node_held h ON h.node = n.id
         WHERE EXISTS (SELECT 1 FROM node_certificate c WHERE c.node = n.id AND c.usage = 'tls') ORDER BY n.id"
    )?;
    Ok(holders(rows))
}

async fn of_grant(tx: &mut Tx, id: &str) -> Result<Vec<Holder>, Fault> {
    // Revoked ones as well.
    let grant: Option<(String, String)> =
        optional!(tx, "SELECT client, service FROM grants WHERE id = $1" => id)?;
    let not_there = || crate::registry::apply::not_there(crate::registry::Kind::Grant, id);
    let (client, service) = grant.ok_or_else(not_there)?;
    let service: ServiceId = crate::store::from_text(&service)?;
    let client: SystemId = crate::store::from_text(&client)?;
    let rows: Vec<Row> = all!(
        tx,
        "SELECT DISTINCT n.id, h.revision, h.at FROM node n JOIN node_system s ON s.node = n.id LEFT JOIN node_held h ON h.node = n.id
         WHERE s.system IN ($1, $2) AND EXISTS (SELECT 1 FROM node_certificate c WHERE c.node = n.id AND c.usage = 'tls') ORDER BY n.id"
        => client.as_str(), service.system().as_str()
    )?;
    Ok(holders(rows))
}

async fn of_service(tx: &mut Tx, id: &str) -> Result<Vec<Holder>, Fault> {
    let rows: Vec<Row> = all!(
        tx,
        "SELECT DISTINCT n.id, h.revision, h.at FROM node n JOIN node_system s ON s.node = n.id LEFT JOIN node_held h ON h.node = n.id
         WHERE (s.system = (SELECT system FROM service WHERE id = $1) OR s.system IN (SELECT client FROM grants WHERE service = $1))
             AND EXISTS (SELECT 1 FROM node_certificate c WHERE c.node = n.id AND c.usage = 'tls') ORDER BY n.id" => id
    )?;
    Ok(holders(rows))
}
