//! Grants that follow from published scopes and procedures: for each procedure, service and class of systems one at a time, made, changed and
//! ended in the transaction that changes what it follows from. What it lets be asked is what the procedure asks, as far as scopes let it.
//!
//! A node takes the first grant that fits a call, and its fields hold for all of the call: so no two of them are for one purpose on one day.
//! Where scopes or versions begin or end, another grant begins.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use model::contain::{Reach, uncovered};
use model::endpoint::Endpoint;
use model::fault::Fault;
use model::grant::{Fields, Grant, Use};
use model::id::{Grantee, ServiceId};
use model::procedure::Procedure;
use model::scope::{ReusePack, Scope};
use model::time::{Validity, day_in_viet_nam};
use sha2::{Digest as _, Sha256};

use crate::audit::change::AuditContext;
use crate::clock;
use crate::granting::grant::{OF_SCOPES, issue, take_back};
use crate::registry::{Subject as _, every};
use crate::reuse::bind::{self, Offers, bound};
use crate::reuse::scope::of_service;
use crate::store::{Tx, all, from_text, optional, run};

/// Most days that cases are taken to go on by a version that has ended.
const GRACE_MAX: i64 = 3_660;

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
    let times = Times::load(tx).await?;
    let wanted = of_purposes.values().flat_map(|versions| compiled(versions, service, &scopes, times));
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

/// The day on which grants are made anew, and how long after its last day cases go on by a version that they began with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) today: Date,
    pub(crate) grace: Span,
}

impl Times {
    /// By the newest pack: a case that is not submitted is kept for some days, and what it waits for may pend.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn load(tx: &mut Tx) -> Result<Self, Fault> {
        let packs = every::<ReusePack>(tx, &[]).await?;
        let newest = packs.iter().max_by_key(|pack| pack.version());
        let days = newest.map_or(0, |pack| {
            i64::from(pack.retention.draft_days) + i64::from(pack.timers.pending_hours.div_ceil(24))
        });
        Ok(Self { today: day_in_viet_nam(clock::now()), grace: days.min(GRACE_MAX).days() })
    }

    /// The first day on which no case goes on by a version any more.
    fn end(&self, version: &Procedure) -> Option<Date> {
        Some(version.valid.valid_to?.saturating_add(self.grace))
    }

    /// Whether a case may begin by a version or go on by it, today or later.
    pub(crate) fn goes_on(&self, version: &Procedure) -> bool {
        self.end(version).is_none_or(|end| self.today < end)
    }
}

/// What follows for a service from all versions of a procedure, their claims bound to fields, and the scopes of the service. What has ended
/// is left out.
pub(crate) fn compiled(
    versions: &[Procedure],
    service: &ServiceId,
    scopes: &[Scope],
    times: Times,
) -> Vec<Compiled> {
    let code = versions.first().map_or("", Procedure::code);
    let scopes: Vec<&Scope> = scopes.iter().filter(|scope| scope.procedures.contains(code)).collect();
    let classes: BTreeSet<&String> = scopes.iter().flat_map(|scope| &scope.clients).collect();
    let of_scopes = scopes.iter().flat_map(|scope| [scope.valid.valid_from, scope.valid.valid_to]);
    let of_versions = versions.iter().flat_map(|version| [version.valid.valid_from, times.end(version)]);
    let days: BTreeSet<Date> = of_scopes.chain(of_versions).flatten().collect();
    let mut found: Vec<Compiled> = Vec::new();
    for class in classes {
        let from = std::iter::once(None).chain(days.iter().copied().map(Some));
        let to = days.iter().copied().map(Some).chain([None]);
        for (valid_from, valid_to) in from.zip(to) {
            let valid = Validity { valid_from, valid_to };
            for next in on_days(versions, service, &scopes, class, valid, times) {
                match found.iter_mut().find(|last| goes_on(last, &next)) {
                    Some(last) => last.grant.valid_to = next.grant.valid_to,
                    None => found.push(next),
                }
            }
        }
    }
    found.retain(|one| one.grant.valid_to.is_none_or(|to| times.today < to));
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

/// What follows for days on which neither scopes nor versions begin or end: one grant, or one for each operation where the fields of one are
/// not for all.
fn on_days(
    versions: &[Procedure],
    service: &ServiceId,
    scopes: &[&Scope],
    class: &str,
    valid: Validity,
    times: Times,
) -> Vec<Compiled> {
    let carried = |version: &&Procedure| {
        let begun =
            version.valid.valid_from.is_none_or(|from| valid.valid_from.is_some_and(|day| from <= day));
        begun && times.end(version).is_none_or(|end| valid.valid_from.is_none_or(|day| day < end))
    };
    let carried: Vec<&Procedure> = versions.iter().filter(carried).collect();
    let Some(newest) = carried.iter().copied().max_by_key(|version| version.version()) else {
        return Vec::new();
    };
    let overlapping = scopes.iter().filter(|scope| scope.valid.overlaps(&valid));
    let holding: Vec<(&Scope, Reach)> = overlapping
        .filter_map(|scope| Some((*scope, scope.reach(newest.code(), &newest.purpose)?)))
        .collect();
    let allowed: Vec<Reach> = holding.iter().map(|(_, reach)| reach.clone()).collect();
    let (parts, asked_for) = parts(&carried, service, class, valid, &allowed);
    let whole = parts.values().fold(Part::default(), Part::and);
    let product = Reach {
        service: service.clone(),
        operations: whole.endpoints.clone(),
        fields: Some(whole.fields.clone()),
        purposes: Some(BTreeSet::from([newest.purpose.clone()])),
        clients: BTreeSet::from([class.to_owned()]),
        valid,
    };
    let fits = |outer: &[Reach]| uncovered(std::slice::from_ref(&product), outer).is_none();
    // Whether a scope adds anything: its rate and its end count then.
    let adds = |scope: &Reach, part: &Part| {
        let alone = part.fields.iter().map(|field| BTreeSet::from([field.clone()]));
        let sets: Vec<BTreeSet<String>> = alone.chain(part.fields.is_empty().then(BTreeSet::new)).collect();
        part.endpoints.iter().any(|one| {
            sets.iter().any(|fields| {
                let point =
                    Reach { operations: vec![one.clone()], fields: Some(fields.clone()), ..product.clone() };
                uncovered(&[point], std::slice::from_ref(scope)).is_none()
            })
        })
    };
    let parts: Vec<(Part, Option<String>)> = match fits(&allowed) && fits(&asked_for) {
        true => vec![(whole, None)],
        false => parts.into_iter().map(|(path, part)| (part, Some(path))).collect(),
    };
    let grant = |(part, path): (Part, Option<String>)| {
        // Without an operation it would let all of them be called.
        let endpoints = Some(part.endpoints.clone()).filter(|named| !named.is_empty())?;
        let from: Vec<&Scope> =
            holding.iter().filter(|(_, reach)| adds(reach, &part)).map(|(scope, _)| *scope).collect();
        let grant = Grant {
            id: id(newest, service, class, valid, path.as_deref()),
            client: class.parse::<Grantee>().ok()?,
            service: service.clone(),
            uses: vec![Use { purpose: newest.purpose.clone(), basis: newest.bases.first()?.clone() }],
            endpoints: Some(endpoints),
            fields: Fields::Only(part.fields),
            rows: None,
            valid_from: valid.valid_from,
            valid_to: valid.valid_to,
            per_second: NonZeroU32::new(from.iter().map(|scope| scope.per_second).min()?)?,
        };
        let scopes = from.into_iter().map(|scope| scope.id.clone()).collect();
        Some(Compiled { grant, scopes, procedures: part.procedures })
    };
    parts.into_iter().filter_map(grant).collect()
}

/// What versions ask as far as it is allowed: by operation, and each for itself.
fn parts(
    versions: &[&Procedure],
    service: &ServiceId,
    class: &str,
    valid: Validity,
    allowed: &[Reach],
) -> (BTreeMap<String, Part>, Vec<Reach>) {
    let (mut parts, mut asked_for): (BTreeMap<String, Part>, Vec<Reach>) = Default::default();
    for version in versions {
        for one in asked(version, service, class, valid) {
            if uncovered(std::slice::from_ref(&one), allowed).is_some() {
                continue;
            }
            for endpoint in &one.operations {
                let part = parts.entry(endpoint.path.as_str().to_owned()).or_default();
                part.endpoints = vec![endpoint.clone()];
                part.fields.extend(one.fields.iter().flatten().cloned());
                part.procedures.insert(version.id.clone());
            }
            asked_for.push(one);
        }
    }
    (parts, asked_for)
}

/// What a grant lets be called, and what of the answers be seen.
#[derive(Debug, Clone, Default)]
struct Part {
    endpoints: Vec<Endpoint>,
    fields: BTreeSet<String>,
    procedures: BTreeSet<String>,
}

impl Part {
    fn and(mut self, other: &Self) -> Self {
        self.endpoints.extend(other.endpoints.iter().cloned());
        self.fields.extend(other.fields.iter().cloned());
        self.procedures.extend(other.procedures.iter().cloned());
        self
    }
}

/// What a procedure asks of a service and does there, each for itself: what lacks one field lacks all of it.
pub(crate) fn asked(procedure: &Procedure, service: &ServiceId, class: &str, valid: Validity) -> Vec<Reach> {
    let clients = BTreeSet::from([class.to_owned()]);
    let asks = procedure.asks().filter(|(_, ask)| ask.service == *service);
    let asks = asks.filter_map(|(_, ask)| bind::reach(ask, &procedure.purpose, clients.clone()));
    let deeds = procedure.deeds.iter().filter(|deed| deed.service == *service).flat_map(|deed| {
        let outcome = deed.outcome.as_ref().map(|path| ("GET", format!("{path}/*")));
        // Each for itself: a deed is done all the same where no scope lets its outcome be asked for.
        [("POST", deed.path.clone())].into_iter().chain(outcome).filter_map(|(method, path)| {
            let endpoint = Endpoint { method: method.into(), path: path.parse().ok()?, reads_only: None };
            Some(Reach {
                service: service.clone(),
                operations: vec![endpoint],
                fields: Some(deed.gives.keys().cloned().collect()),
                purposes: Some(BTreeSet::from([procedure.purpose.clone()])),
                clients: clients.clone(),
                valid,
            })
        })
    });
    asks.map(|reach| Reach { valid, ..reach }).chain(deeds).collect()
}

/// Its name: the procedure's, and what tells it from the others that follow from it.
fn id(
    procedure: &Procedure,
    service: &ServiceId,
    class: &str,
    valid: Validity,
    path: Option<&str>,
) -> String {
    let from = valid.valid_from.map(|day| day.to_string()).unwrap_or_default();
    let told: Vec<&str> =
        [procedure.purpose.as_str(), service.as_str(), class, &from].into_iter().chain(path).collect();
    let digest = Sha256::digest(told.join("\n"));
    let mark: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let code: String = procedure.code().chars().take(60).collect();
    format!("{OF_SCOPES}{code}-{mark}")
}
