//! Grants that follow from published scopes and procedures: for each procedure, service and class of systems one at a time, made, changed and
//! ended in the transaction that changes what it follows from. What it lets be asked is what the procedure asks, as far as scopes let it.
//!
//! A node takes the first grant that fits a call, and its fields hold for all of the call: so no two of them are for one purpose on one day.
//! Where scopes or versions begin or end, another grant begins.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use jiff::civil::Date;
use model::contain::{Reach, uncovered};
use model::endpoint::Endpoint;
use model::fault::Fault;
use model::grant::{Fields, Grant, Use};
use model::id::{Grantee, ServiceId};
use model::procedure::Procedure;
use model::scope::Scope;
use model::time::Validity;
use sha2::{Digest as _, Sha256};

use crate::audit::change::AuditContext;
use crate::granting::grant::{OF_SCOPES, issue, take_back};
use crate::registry::{Subject as _, every};
use crate::reuse::bind::{self, Offers, bound};
use crate::reuse::scope::of_service;
use crate::store::{Tx, all, from_text, optional, run};

/// A grant with the scopes and the versions of a procedure that it follows from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Compiled {
    pub(crate) grant: Grant,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) procedures: BTreeSet<String>,
}

/// Makes the grants of a service anew: what follows now is issued or changed, what no longer does is taken back.
///
/// # Errors
/// [`Fault::Contradictory`] if there is no room in the directory, [`Fault::StoreFailed`].
pub(crate) async fn renew(tx: &mut Tx, service: &ServiceId, context: &AuditContext) -> Result<(), Fault> {
    let scopes = of_service(tx, service.as_str()).await?;
    let mut offers = Offers::default();
    let mut of_purposes: BTreeMap<String, Vec<Procedure>> = BTreeMap::new();
    for procedure in every::<Procedure>(tx, &[("service", service.as_str())]).await? {
        offers.add(tx, &procedure).await?;
        let (procedure, _) = bound(&procedure, &offers);
        of_purposes.entry(procedure.purpose.clone()).or_default().push(procedure);
    }
    let wanted = of_purposes.values().flat_map(|versions| compiled(versions, service, &scopes));
    let wanted: BTreeMap<String, Compiled> = wanted.map(|one| (one.grant.id.clone(), one)).collect();
    let there: Vec<(String,)> = all!(
        tx,
        "SELECT c.grant_id FROM compiled_grant c JOIN grants g ON g.id = c.grant_id
         WHERE g.service = $1 AND g.revoked_at IS NULL ORDER BY c.grant_id" => service.as_str()
    )?;
    for (id,) in there.iter().filter(|(id,)| !wanted.contains_key(id)) {
        if let Some(grant) = Grant::load(tx, id).await? {
            take_back(tx, &grant, context).await?;
        }
        run!(tx, "DELETE FROM compiled_grant WHERE grant_id = $1" => id)?;
    }
    for Compiled { grant, scopes, procedures } in wanted.into_values() {
        let joined = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(", ");
        run!(
            tx,
            "INSERT INTO compiled_grant (grant_id, scopes, procedures) VALUES ($1, $2, $3)
             ON CONFLICT (grant_id) DO UPDATE SET scopes = excluded.scopes, procedures = excluded.procedures"
            => &grant.id, joined(scopes), joined(procedures)
        )?;
        if Grant::load(tx, &grant.id).await?.as_ref() != Some(&grant) {
            issue(tx, &grant, context).await?;
        }
    }
    Ok(())
}

/// The services of grants that follow from a scope or a version of a procedure, by its name; of names that begin or end alike as well.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn services_of(tx: &mut Tx, column: &str, name: &str) -> Result<Vec<ServiceId>, Fault> {
    let like = format!("%{name}%");
    let rows: Vec<(String,)> = match column {
        "scopes" => all!(
            tx,
            "SELECT DISTINCT g.service FROM compiled_grant c JOIN grants g ON g.id = c.grant_id WHERE c.scopes LIKE $1" => &like
        )?,
        _ => all!(
            tx,
            "SELECT DISTINCT g.service FROM compiled_grant c JOIN grants g ON g.id = c.grant_id WHERE c.procedures LIKE $1" => &like
        )?,
    };
    rows.iter().map(|(service,)| from_text(service)).collect()
}

/// Whether a grant of that name follows from a scope.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn follows(tx: &mut Tx, id: &str) -> Result<bool, Fault> {
    let row: Option<(String,)> =
        optional!(tx, "SELECT grant_id FROM compiled_grant WHERE grant_id = $1" => id)?;
    Ok(row.is_some())
}

/// What follows for a service from all versions of a procedure, their claims bound to fields, and the scopes of the service.
pub(crate) fn compiled(versions: &[Procedure], service: &ServiceId, scopes: &[Scope]) -> Vec<Compiled> {
    let code = versions.first().map_or("", Procedure::code);
    let scopes: Vec<&Scope> = scopes.iter().filter(|scope| scope.procedures.contains(code)).collect();
    let classes: BTreeSet<&String> = scopes.iter().flat_map(|scope| &scope.clients).collect();
    let ends = scopes.iter().flat_map(|scope| [scope.valid.valid_from, scope.valid.valid_to]);
    let begins = versions.iter().map(|version| version.valid.valid_from);
    let days: BTreeSet<Date> = ends.chain(begins).flatten().collect();
    let mut found: Vec<Compiled> = Vec::new();
    for class in classes {
        let from = std::iter::once(None).chain(days.iter().copied().map(Some));
        let to = days.iter().copied().map(Some).chain([None]);
        for (valid_from, valid_to) in from.zip(to) {
            let valid = Validity { valid_from, valid_to };
            let Some(next) = on_days(versions, service, &scopes, class, valid) else { continue };
            match found.last_mut() {
                Some(last) if goes_on(last, &next) => last.grant.valid_to = next.grant.valid_to,
                _ => found.push(next),
            }
        }
    }
    found
}

/// Whether one says what the other says on the days behind it.
fn goes_on(last: &Compiled, next: &Compiled) -> bool {
    let same = |one: &Compiled| {
        let grant = Grant { id: String::new(), valid_from: None, valid_to: None, ..one.grant.clone() };
        (grant, one.scopes.clone(), one.procedures.clone())
    };
    last.grant.valid_to.is_some() && last.grant.valid_to == next.grant.valid_from && same(last) == same(next)
}

/// What follows for days on which neither scopes nor versions begin or end.
fn on_days(
    versions: &[Procedure],
    service: &ServiceId,
    scopes: &[&Scope],
    class: &str,
    valid: Validity,
) -> Option<Compiled> {
    let begun = |version: &&Procedure| match (version.valid.valid_from, valid.valid_from) {
        (None, _) => true,
        (Some(from), Some(day)) => from <= day,
        (Some(_), None) => false,
    };
    let newest = versions.iter().filter(begun).max_by_key(|version| version.version())?;
    let holding: Vec<&&Scope> = scopes.iter().filter(|scope| scope.valid.overlaps(&valid)).collect();
    let allowed: Vec<Reach> =
        holding.iter().filter_map(|scope| scope.reach(newest.code(), &newest.purpose)).collect();
    let (mut endpoints, mut fields) = (BTreeMap::new(), BTreeSet::new());
    let mut procedures = BTreeSet::new();
    for version in versions.iter().filter(begun) {
        let asked = asked(version, service, class, valid);
        for one in asked.into_iter().filter(|one| uncovered(std::slice::from_ref(one), &allowed).is_none()) {
            endpoints.extend(one.operations.into_iter().map(|one| (one.path.as_str().to_owned(), one)));
            fields.extend(one.fields.into_iter().flatten());
            procedures.insert(version.id.clone());
        }
    }
    // Without an operation it would let all of them be called.
    let endpoints =
        Some(endpoints.into_values().collect::<Vec<Endpoint>>()).filter(|named| !named.is_empty())?;
    let grant = Grant {
        id: id(newest, service, class, valid),
        client: class.parse::<Grantee>().ok()?,
        service: service.clone(),
        uses: vec![Use { purpose: newest.purpose.clone(), basis: newest.bases.first()?.clone() }],
        endpoints: Some(endpoints),
        fields: Fields::Only(fields),
        rows: None,
        valid_from: valid.valid_from,
        valid_to: valid.valid_to,
        per_second: NonZeroU32::new(holding.iter().map(|scope| scope.per_second).max()?)?,
    };
    Some(Compiled { grant, scopes: holding.iter().map(|scope| scope.id.clone()).collect(), procedures })
}

/// What a procedure asks of a service and does there, each for itself: what lacks one field lacks all of it.
pub(crate) fn asked(procedure: &Procedure, service: &ServiceId, class: &str, valid: Validity) -> Vec<Reach> {
    let clients = BTreeSet::from([class.to_owned()]);
    let asks = procedure.asks().filter(|(_, ask)| ask.service == *service);
    let asks = asks.filter_map(|(_, ask)| bind::reach(ask, &procedure.purpose, clients.clone()));
    let deeds = procedure.deeds.iter().filter(|deed| deed.service == *service).filter_map(|deed| {
        let endpoint = Endpoint { method: "POST".into(), path: deed.path.parse().ok()?, reads_only: None };
        Some(Reach {
            service: service.clone(),
            operations: vec![endpoint],
            fields: Some(deed.gives.keys().cloned().collect()),
            purposes: Some(BTreeSet::from([procedure.purpose.clone()])),
            clients: clients.clone(),
            valid,
        })
    });
    asks.map(|reach| Reach { valid, ..reach }).chain(deeds).collect()
}

/// Its name: the procedure's, and what tells it from the others that follow from it.
fn id(procedure: &Procedure, service: &ServiceId, class: &str, valid: Validity) -> String {
    let from = valid.valid_from.map(|day| day.to_string()).unwrap_or_default();
    let digest = Sha256::digest([procedure.purpose.as_str(), service.as_str(), class, &from].join("\n"));
    let mark: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let code: String = procedure.code().chars().take(60).collect();
    format!("{OF_SCOPES}{code}-{mark}")
}
