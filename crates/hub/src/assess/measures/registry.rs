//! What the registry shows by itself.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use model::database::Database;
use model::fault::Fault;
use model::time::day_in_viet_nam;
use trust::certificate;

use super::super::found::Found;
use super::{QUARTER_DAYS, before};
use crate::catalogue::contract::{Contract, differences};
use crate::catalogue::overlap;
use crate::granting::pack;
use crate::registry::every;
use crate::store::{Tx, all, from_json};

/// A data officer who has not signed in for so long is not reached.
const OFFICER_DAYS: i64 = 90;
/// Certificates are looked at so far ahead.
const AHEAD: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A node reports every minute; one that was not heard for so long has stopped.
const REPORTED_DAYS: i64 = 7;
/// Releases that a node may be behind.
const RELEASES_BEHIND: u64 = 2;
/// A security confirmation holds for six months (letter 4856, appendix 4).
const CONFIRMATION_DAYS: i64 = 183;
/// A database of which so much of a hundred is in another one doubles it.
const DOUBLE_PERCENT: u8 = 60;
/// Maintenance is announced so many working days ahead.
const NOTICE_WORKING_DAYS: u16 = 7;

/// Databases that a source names or that were confirmed.
pub(super) async fn databases(tx: &mut Tx, found: &mut Found) -> Result<(), Fault> {
    let ids = async |tx: &mut Tx, sql: &'static str| -> Result<HashSet<String>, Fault> {
        let rows: Vec<(String,)> = all!(tx, sql)?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    };
    let named = ids(tx, "SELECT database_id FROM database_named").await?;
    let confirmed = ids(tx, "SELECT database_id FROM database_confirmed").await?;
    let pairs = overlap::find(tx, None).await?.pairs;
    let sides = pairs.iter().flat_map(|pair| [(&pair.a, pair.percent.0), (&pair.b, pair.percent.1)]);
    let doubled: BTreeSet<&String> =
        sides.clone().filter(|(_, percent)| *percent >= DOUBLE_PERCENT).map(|(id, _)| id).collect();
    let compared: BTreeSet<&String> = sides.map(|(id, _)| id).collect();
    for database in every::<Database>(tx, &[]).await? {
        let Some(owner) = database.owner.as_ref().map(model::id::MemberId::as_str) else { continue };
        if !named.contains(&database.id) && !confirmed.contains(&database.id) {
            continue;
        }
        let shown = [
            ("databases_with_basis", database.legal_basis.is_some()),
            ("databases_confirmed", confirmed.contains(&database.id)),
            ("databases_classed", database.class.is_some()),
            ("databases_with_retention", database.retention.is_some()),
            ("databases_with_level", database.security_level.is_some()),
        ];
        for (measure, passes) in shown {
            found.count(measure, owner, passes, &database.id);
        }
        if compared.contains(&database.id) {
            found.count("schemas_distinct", owner, !doubled.contains(&database.id), &database.id);
        }
    }
    Ok(())
}

/// Data officers, of whom nobody is named.
pub(super) async fn officers(tx: &mut Tx, found: &mut Found, today: Date) -> Result<(), Fault> {
    let rows: Vec<(String, String)> = all!(
        tx,
        "SELECT agency, used_at FROM account WHERE agency IS NOT NULL AND state = 'active' AND entry LIKE '%\"data_officer\"%'"
    )?;
    let since = before(today, OFFICER_DAYS);
    for (agency, used_at) in rows {
        found.count("officers_active", &agency, used_at >= since, "");
    }
    Ok(())
}

/// Services with their contracts, and the fields of those.
pub(super) async fn contracts(tx: &mut Tx, found: &mut Found) -> Result<(), Fault> {
    let services: Vec<(String, String, i64)> = all!(
        tx,
        "SELECT s.id, s.agency, COUNT(c.id) FROM service s
         LEFT JOIN contract c ON c.service = s.id AND c.status IN ('active', 'deprecated') GROUP BY s.id, s.agency"
    )?;
    for (service, agency, contracts) in services {
        found.count("services_with_contract", &agency, contracts > 0, &service);
    }
    let fields: Vec<(String, i64, i64)> = all!(
        tx,
        "SELECT s.agency, COUNT(*), COUNT(f.term) FROM contract_field f JOIN contract c ON c.id = f.contract JOIN service s ON s.id = f.service
         WHERE c.status = 'active' GROUP BY s.agency"
    )?;
    for (agency, all, bound) in fields {
        let number = |count: i64| u64::try_from(count).unwrap_or_default();
        found.add("fields_bound", &agency, number(bound), number(all));
    }
    let rows: Vec<(String, String)> = all!(
        tx,
        "SELECT agency, entry FROM contract WHERE family IN (SELECT family FROM contract GROUP BY family HAVING COUNT(*) > 1)"
    )?;
    let mut families: BTreeMap<(String, String), Vec<Contract>> = BTreeMap::new();
    for (agency, entry) in rows {
        let contract: Contract = from_json(&entry)?;
        families.entry((agency, contract.family().to_owned())).or_default().push(contract);
    }
    for ((agency, _), mut versions) in families {
        versions.sort_by_key(Contract::version);
        for pair in versions.windows(2) {
            let [old, new] = pair else { continue };
            let breaks = differences(&old.shape(), &new.shape()).iter().any(|change| change.breaking);
            found.count("changes_announced", &agency, !breaks, &new.id);
        }
    }
    let scopes: Vec<(String, i64)> = all!(tx, "SELECT owner, COUNT(*) FROM reuse_scope GROUP BY owner")?;
    let owners: Vec<(String,)> =
        all!(tx, "SELECT DISTINCT owner FROM database_entry WHERE owner IS NOT NULL")?;
    let scopes: BTreeMap<String, i64> = scopes.into_iter().collect();
    for (owner,) in owners {
        found.value(
            "scopes_published",
            &owner,
            scopes.get(&owner).copied().unwrap_or_default(),
            found.today(),
        );
    }
    Ok(())
}

/// Nodes: their certificates, releases and reports.
pub(super) async fn nodes(
    tx: &mut Tx,
    found: &mut Found,
    (today, now): (Date, Timestamp),
) -> Result<(), Fault> {
    let nodes: Vec<(String, String, Option<String>, Option<String>)> = all!(
        tx,
        "SELECT n.id, n.agency, u.version, u.reported_at FROM node n LEFT JOIN usage_node u ON u.node = n.id ORDER BY n.id"
    )?;
    let certificates: Vec<(String, String, String)> =
        all!(tx, "SELECT node, usage, certificate FROM node_certificate")?;
    let mut ends: BTreeMap<String, BTreeMap<String, Timestamp>> = BTreeMap::new();
    for (node, usage, text) in certificates {
        let der = certificate::from_base64(&text).ok();
        let Some((_, end)) = der.and_then(|der| certificate::span(&der).ok()) else { continue };
        let last = ends.entry(node).or_default().entry(usage).or_insert(end);
        *last = (*last).max(end);
    }
    let newest = nodes.iter().filter_map(|(_, _, version, _)| release(version.as_deref()?)).max();
    let newest = newest.max(release(env!("CARGO_PKG_VERSION")));
    let since = before(today, REPORTED_DAYS);
    for (node, agency, version, reported_at) in nodes {
        // One of which nothing was certified has not joined yet.
        let Some(ends) = ends.get(&node) else { continue };
        found.count("certificates_ahead", &agency, ends.values().all(|end| *end > now + AHEAD), &node);
        found.count("nodes_reporting", &agency, reported_at.is_some_and(|at| at >= since), &node);
        if let Some(version) = version {
            let is_current = release(&version)
                .zip(newest)
                .is_some_and(|(own, newest)| own.0 == newest.0 && own.1 + RELEASES_BEHIND >= newest.1);
            found.count("nodes_current", &agency, is_current, &node);
        }
    }
    Ok(())
}

/// The numbers of a release that count: `0.1.0` as (0, 1).
fn release(version: &str) -> Option<(u64, u64)> {
    let mut numbers = version.split('.').map(str::parse::<u64>);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Systems with grants, and the security confirmations that were handed in with their requests.
pub(super) async fn papers(tx: &mut Tx, found: &mut Found, today: Date) -> Result<(), Fault> {
    let systems: Vec<(String, String)> = all!(
        tx,
        "SELECT DISTINCT s.id, s.agency FROM grants g JOIN system s ON s.id = g.client WHERE g.revoked_at IS NULL ORDER BY s.id"
    )?;
    let handed: Vec<(String,)> = all!(
        tx,
        "SELECT r.asking FROM request r JOIN request_act a ON a.request = r.id
         WHERE a.act = 'paper' AND a.part = 'security_confirmation' AND a.at >= $1" => before(today, CONFIRMATION_DAYS)
    )?;
    let mut confirmed = BTreeSet::new();
    for (asking,) in handed {
        let asking: serde_json::Value = from_json(&asking)?;
        confirmed.extend(asking.get("client").and_then(serde_json::Value::as_str).map(str::to_owned));
    }
    for (system, agency) in systems {
        found.count("security_confirmed", &agency, confirmed.contains(&system), &system);
    }
    Ok(())
}

/// Maintenance that began within a quarter.
pub(super) async fn maintenance(tx: &mut Tx, found: &mut Found, today: Date) -> Result<(), Fault> {
    let holidays = match pack::newest(tx).await {
        Ok(pack) => pack.holidays,
        Err(Fault::NotInRegistry { .. }) => Vec::new(),
        Err(fault) => return Err(fault),
    };
    let rows: Vec<(String, String, String, String)> = all!(
        tx,
        "SELECT id, owner, begins_at, announced_at FROM maintenance WHERE withdrawn_at IS NULL AND begins_at >= $1 AND begins_at < $2"
        => before(today, QUARTER_DAYS), today.to_string()
    )?;
    for (id, owner, begins_at, announced_at) in rows {
        let (Ok(begins), Ok(announced)) = (begins_at.parse::<Timestamp>(), announced_at.parse::<Timestamp>())
        else {
            continue;
        };
        let least = pack::working_days_after(&holidays, day_in_viet_nam(announced), NOTICE_WORKING_DAYS);
        found.count("outages_announced", &owner, day_in_viet_nam(begins) >= least, &id);
    }
    Ok(())
}
