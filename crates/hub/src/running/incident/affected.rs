//! What an incident touches: services, the purposes that they serve, the systems that call, their agencies. No persons. It is kept as it was
//! when the incident was opened.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::agency::Name;
use model::fault::Fault;
use model::grant::Use;
use model::id::{Grantee, SystemId};
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cause::Cause;
use crate::granting::grant::class_of_system;
use crate::store::{Tx, all, from_json, from_text};

/// Most of each that is kept.
const MOST: usize = 500;
/// Grants of one node that are looked at.
const GRANTS_MAX: i64 = 5_000;

/// What an incident touches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Affected {
    /// Services of the nodes' systems.
    pub(crate) services: Vec<AffectedService>,
    /// The purposes that are served by them, or by the nodes' own systems: the procedures that wait.
    pub(crate) purposes: Vec<AffectedPurpose>,
    /// Systems that call these services, and those of the nodes themselves that call others.
    pub(crate) systems: Vec<String>,
    /// The agencies of these systems.
    pub(crate) agencies: Vec<String>,
}

/// A service that is touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct AffectedService {
    /// Which.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: Name,
    /// Whether another node that is heard serves it: then it is not interrupted.
    pub(crate) elsewhere: bool,
}

/// A purpose that is touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct AffectedPurpose {
    /// Its code.
    pub(crate) code: String,
    /// Its name.
    pub(crate) name: Name,
}

/// Whom it concerns: owners of the nodes, and those who call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Concerned {
    pub(super) owners: BTreeSet<String>,
    pub(super) callers: BTreeSet<String>,
}

/// What is touched when something is wrong with these nodes.
pub(super) async fn affected(
    tx: &mut Tx,
    nodes: &BTreeSet<String>,
    cause: Cause,
    now: Timestamp,
) -> Result<(Affected, Concerned), Fault> {
    let (mut services, mut purposes) = (BTreeMap::new(), BTreeSet::new());
    let (mut systems, mut concerned) = (BTreeSet::new(), Concerned::default());
    let today = day_in_viet_nam(now).to_string();
    for node in nodes {
        let owners: Vec<(String,)> = all!(
            tx,
            "SELECT agency FROM node WHERE id = $1 UNION SELECT s.agency FROM node_system n JOIN system s ON s.id = n.system WHERE n.node = $1"
            => node
        )?;
        concerned.owners.extend(owners.into_iter().map(|(agency,)| agency));
        // What stands behind some services is down: only these are touched, and nothing that the node itself calls.
        let by_source = cause == Cause::SourceDown;
        services_of(tx, node, by_source, &mut services).await?;
        for (client, service, uses) in grants(tx, node, &today).await? {
            let is_here = services.contains_key(&service);
            if !is_here && by_source {
                continue;
            }
            for client in clients(tx, client, (!is_here).then_some(node)).await? {
                if is_here {
                    concerned.callers.insert(from_text::<SystemId>(&client)?.member().to_string());
                }
                systems.insert(client);
            }
            purposes.extend(from_json::<Vec<Use>>(&uses)?.into_iter().map(|one| one.purpose));
        }
    }
    let agencies: BTreeSet<String> = systems
        .iter()
        .map(|system| from_text::<SystemId>(system).map(|system| system.member().to_string()))
        .collect::<Result<_, _>>()?;
    concerned.callers = concerned.callers.difference(&concerned.owners).cloned().collect();
    let affected = Affected {
        services: services.into_values().take(MOST).collect(),
        purposes: named(tx, &purposes).await?,
        systems: systems.into_iter().take(MOST).collect(),
        agencies: agencies.into_iter().take(MOST).collect(),
    };
    Ok((affected, concerned))
}

async fn services_of(
    tx: &mut Tx,
    node: &str,
    by_source: bool,
    services: &mut BTreeMap<String, AffectedService>,
) -> Result<(), Fault> {
    let rows: Vec<(String, String, String, i64)> = all!(
        tx,
        "SELECT s.id, s.name_vi, s.name_en, (SELECT COUNT(*) FROM node_system o JOIN node_presence p ON p.node = o.node
                 WHERE o.system = s.system AND o.node <> $1 AND p.lost_at IS NULL)
         FROM service s JOIN node_system n ON n.system = s.system
         WHERE n.node = $1 AND ($2 = 0 OR EXISTS (SELECT 1 FROM node_failing f WHERE f.node = $1 AND f.service = s.id))
         ORDER BY s.id" => node, i64::from(by_source)
    )?;
    for (id, vi, en, others) in rows {
        let service = AffectedService { id: id.clone(), name: Name { vi, en }, elsewhere: others > 0 };
        services.insert(id, service);
    }
    Ok(())
}

/// The grants that hold today on services of a node's systems, and those by which its systems call: client, service, uses.
async fn grants(tx: &mut Tx, node: &str, today: &str) -> Result<Vec<(String, String, String)>, Fault> {
    all!(
        tx,
        concat!(
            "SELECT g.client, g.service, g.uses FROM grants g JOIN service s ON s.id = g.service
         WHERE g.revoked_at IS NULL AND (g.valid_to IS NULL OR g.valid_to > $2)
             AND (s.system IN (SELECT system FROM node_system WHERE node = $1)
                 OR g.client IN (SELECT system FROM node_system WHERE node = $1)
                 OR g.client IN (SELECT ", class_of_system!("system"), " FROM node_system WHERE node = $1))
         ORDER BY g.id LIMIT $3"
        ) => node, today, GRANTS_MAX
    )
}

/// The systems that a grant is for; of a class those that are registered, or those of one node alone.
async fn clients(tx: &mut Tx, client: String, node: Option<&String>) -> Result<Vec<String>, Fault> {
    if !from_text::<Grantee>(&client)?.is_class() {
        return Ok(vec![client]);
    }
    let of_class: Vec<(String,)> = all!(
        tx,
        concat!(
            "SELECT id FROM system WHERE ",
            class_of_system!("id"),
            " = $1 AND ($2 = '' OR id IN (SELECT system FROM node_system WHERE node = $2)) ORDER BY id"
        ) => &client, node.map_or("", String::as_str)
    )?;
    Ok(of_class.into_iter().map(|(id,)| id).collect())
}

async fn named(tx: &mut Tx, codes: &BTreeSet<String>) -> Result<Vec<AffectedPurpose>, Fault> {
    let mut named = Vec::new();
    for code in codes.iter().take(MOST) {
        let found: Vec<(String, String)> =
            all!(tx, "SELECT name_vi, name_en FROM purpose WHERE code = $1" => code)?;
        named.extend(
            found.into_iter().map(|(vi, en)| AffectedPurpose { code: code.clone(), name: Name { vi, en } }),
        );
    }
    Ok(named)
}
