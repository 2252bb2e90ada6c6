//! What owners say of databases and what an officer of the hub has confirmed of it: that a database is registered, and the one database
//! that a service belongs to. Until then it is a claim, which no figure counts; who claims does not confirm.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::agency::Name;
use model::database::{Database, Standing};
use model::fault::Fault;
use model::id::{MemberId, ServiceId};
use model::service::Service;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::audit::change::{Act, AuditContext, note};
use crate::audit::right::Right;
use crate::registry::check::{contradictory, not_there};
use crate::registry::references::{self, Reference};
use crate::registry::{Subject as _, every};
use crate::store::{Tx, all, from_json, optional, run};
use crate::texts;

/// What names a database and its services for as long as they are confirmed, so that neither goes meanwhile.
const CONFIRMATION: &str = "Confirmation";
/// Most services that are confirmed at once.
const TOGETHER: usize = 1000;

/// Something that waits for an officer of the hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Claim {
    /// Which claim: its database, what is claimed, and of which service.
    pub(crate) id: String,
    /// The database.
    pub(crate) database: String,
    /// Its owner.
    pub(crate) owner: Option<MemberId>,
    /// What is claimed.
    pub(crate) what: Claimed,
    /// The service that it is about.
    pub(crate) service: Option<String>,
    /// The other database to which the service was confirmed to belong, and for which its calls count.
    pub(crate) held_by: Option<String>,
}

/// What is claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Claimed {
    /// That its owner has registered it as it should be.
    Registered,
    /// That a service belongs to it.
    Service,
    /// That a service which was confirmed belongs to it no more.
    Left,
}

impl Claimed {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Service => "service",
            Self::Left => "left",
        }
    }
}

/// All that was confirmed, and what there is to compare it with: read in a few statements over all of it.
pub(crate) struct Confirmed {
    databases: HashSet<String>,
    named: HashSet<String>,
    /// Of each service the database that it belongs to.
    services: BTreeMap<String, String>,
    /// Of each system its services.
    of_system: HashMap<String, Vec<String>>,
}

impl Confirmed {
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn load(tx: &mut Tx) -> Result<Self, Fault> {
        let databases: Vec<(String,)> = all!(tx, "SELECT database_id FROM database_confirmed")?;
        let named: Vec<(String,)> = all!(tx, "SELECT database_id FROM database_named")?;
        let services: Vec<(String, String)> = all!(tx, "SELECT service, database_id FROM service_confirmed")?;
        let there: Vec<(String, String)> = all!(tx, "SELECT system, id FROM service ORDER BY id")?;
        let mut of_system: HashMap<String, Vec<String>> = HashMap::new();
        for (system, service) in there {
            of_system.entry(system).or_default().push(service);
        }
        Ok(Self {
            databases: databases.into_iter().map(|(id,)| id).collect(),
            named: named.into_iter().map(|(id,)| id).collect(),
            services: services.into_iter().collect(),
            of_system,
        })
    }

    /// How a database stands: confirmed, or as it says.
    pub(crate) fn standing(&self, database: &Database) -> Standing {
        if self.databases.contains(&database.id) { Standing::Confirmed } else { database.standing }
    }

    /// Whether it is known that there is such a database: it was confirmed, or a source names it, as the hub's officers have it.
    pub(crate) fn is_known(&self, database: &Database) -> bool {
        match self.standing(database) {
            Standing::Candidate => false,
            Standing::Confirmed => true,
            Standing::Sourced | Standing::Registered => self.named.contains(&database.id),
        }
    }

    /// What of a database waits for an officer of the hub.
    pub(crate) fn claims(&self, database: &Database) -> Vec<Claim> {
        let claim = |what: Claimed, service: Option<&String>, held_by: Option<&String>| Claim {
            id: [Some(database.id.as_str()), Some(what.word()), service.map(String::as_str)]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
            database: database.id.clone(),
            owner: database.owner.clone(),
            what,
            service: service.cloned(),
            held_by: held_by.cloned(),
        };
        let mut claims = Vec::new();
        let is_confirmed = self.databases.contains(&database.id);
        if database.standing == Standing::Registered && !is_confirmed {
            claims.push(claim(Claimed::Registered, None, None));
        }
        let only: HashSet<&str> = database.sharing_services.iter().map(ServiceId::as_str).collect();
        let of_systems = database.systems.iter().filter_map(|system| self.of_system.get(system.as_str()));
        let named: BTreeSet<&String> = of_systems
            .flatten()
            .filter(|service| only.is_empty() || only.contains(service.as_str()))
            .collect();
        for service in &named {
            let held_by = self.services.get(*service);
            if held_by != Some(&database.id) {
                claims.push(claim(Claimed::Service, Some(*service), held_by));
            }
        }
        if is_confirmed {
            let own = self.services.iter().filter(|(_, of)| **of == database.id);
            let left = own.filter(|(service, _)| !named.contains(service));
            claims.extend(left.map(|(service, _)| claim(Claimed::Left, Some(service), None)));
        }
        claims
    }
}

/// All that waits for an officer of the hub, of one owner or of all, in order of databases; each with the name of its database.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn waiting(tx: &mut Tx, owner: &str) -> Result<Vec<(Claim, Name)>, Fault> {
    let confirmed = Confirmed::load(tx).await?;
    let filters = Some(("owner", owner)).filter(|(_, owner)| !owner.is_empty());
    let databases = every::<Database>(tx, filters.as_slice()).await?;
    let claims = databases.into_iter().flat_map(|database| {
        let claims = confirmed.claims(&database);
        claims.into_iter().map(move |claim| (claim, database.name.clone()))
    });
    Ok(claims.collect())
}

/// The database that a service was confirmed to belong to.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn database_of(tx: &mut Tx, service: &ServiceId) -> Result<Option<String>, Fault> {
    let row: Option<(String,)> =
        optional!(tx, "SELECT database_id FROM service_confirmed WHERE service = $1" => service.as_str())?;
    Ok(row.map(|(database,)| database))
}

/// Whether a database was confirmed.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn is_confirmed(tx: &mut Tx, database: &str) -> Result<bool, Fault> {
    let row: Option<(String,)> =
        optional!(tx, "SELECT database_id FROM database_confirmed WHERE database_id = $1" => database)?;
    Ok(row.is_some())
}

/// The services that were confirmed to belong to a database, in order.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn services_of(tx: &mut Tx, database: &str) -> Result<Vec<String>, Fault> {
    let rows: Vec<(String,)> = all!(
        tx,
        "SELECT service FROM service_confirmed WHERE database_id = $1 ORDER BY service" => database
    )?;
    Ok(rows.into_iter().map(|(service,)| service).collect())
}

/// What is confirmed, or taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirming {
    /// Services of the database: those that belong to it. Taking back: those that do no more; none: all of them, and its registration.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 1000)]
    pub(crate) services: Vec<ServiceId>,
    /// Why.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub(crate) reason: String,
}

/// What is confirmed of a database then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DatabaseConfirmed)]
pub(crate) struct Now {
    /// The database.
    database: String,
    /// Whether its registration is confirmed.
    confirmed: bool,
    /// The services that belong to it.
    services: Vec<String>,
}

/// Confirms that a database is what its owner has registered, and that these services belong to it.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::NotTheirs`] for whoever is no officer of the hub. [`Fault::NotInRegistry`], [`Fault::Contradictory`] if it
/// is not registered, does not name a service, another database has it, or the officer has claimed it. [`Fault::StoreFailed`].
pub(crate) async fn confirm(
    tx: &mut Tx,
    id: &str,
    services: &[ServiceId],
    context: &AuditContext,
) -> Result<Now, Fault> {
    let (database, before) = open(tx, id, services, context).await?;
    let subject = (Database::KIND, id);
    if database.standing != Standing::Registered {
        return Err(contradictory(subject, texts::not_registered()));
    }
    for service in services {
        if !database.names(service) || Service::load(tx, service.as_str()).await?.is_none() {
            return Err(contradictory(subject, texts::service_not_named(service)));
        }
        match database_of(tx, service).await? {
            Some(other) if other != id => {
                return Err(contradictory(subject, texts::service_of_another(service, &other)));
            }
            _ => {}
        }
    }
    if claimants(tx, &database, services).await?.contains(&context.officer.name) {
        return Err(contradictory(subject, texts::who_claims_does_not_confirm(&context.officer.name)));
    }
    run!(
        tx,
        "INSERT INTO database_confirmed (database_id, at) VALUES ($1, $2) ON CONFLICT DO NOTHING" => id, context.at.to_string()
    )?;
    for service in services {
        run!(
            tx,
            "INSERT INTO service_confirmed (service, database_id) VALUES ($1, $2) ON CONFLICT DO NOTHING" => service.as_str(), id
        )?;
    }
    close(tx, Act::Confirmed, before, context).await
}

/// Takes back what was confirmed: that these services belong to a database, or all of it.
///
/// # Errors
/// As [`confirm`].
pub(crate) async fn take_back(
    tx: &mut Tx,
    id: &str,
    services: &[ServiceId],
    context: &AuditContext,
) -> Result<Now, Fault> {
    let (_, before) = open(tx, id, services, context).await?;
    let subject = (Database::KIND, id);
    if !before.confirmed {
        return Err(contradictory(subject, texts::not_confirmed()));
    }
    for service in services {
        if !before.services.iter().any(|known| known == service.as_str()) {
            return Err(contradictory(subject, texts::service_not_confirmed(service)));
        }
        run!(tx, "DELETE FROM service_confirmed WHERE service = $1" => service.as_str())?;
    }
    if services.is_empty() {
        run!(tx, "DELETE FROM service_confirmed WHERE database_id = $1" => id)?;
        run!(tx, "DELETE FROM database_confirmed WHERE database_id = $1" => id)?;
    }
    close(tx, Act::Revoked, before, context).await
}

/// What both deeds begin with: who may, the database, and what was confirmed before.
async fn open(
    tx: &mut Tx,
    id: &str,
    services: &[ServiceId],
    context: &AuditContext,
) -> Result<(Database, Now), Fault> {
    context.may(Right::Govern)?;
    context.officer.of_the_hub()?;
    let database = Database::load(tx, id).await?.ok_or_else(|| not_there(Database::KIND, id))?;
    if services.len() > TOGETHER {
        return Err(contradictory((Database::KIND, id), texts::services_too_many(TOGETHER)));
    }
    Ok((database, now(tx, id).await?))
}

async fn now(tx: &mut Tx, id: &str) -> Result<Now, Fault> {
    let confirmed = is_confirmed(tx, id).await?;
    Ok(Now { database: id.to_owned(), confirmed, services: services_of(tx, id).await? })
}

/// What both end with: what is confirmed is named, so that it stays, and the trail has it.
async fn close(tx: &mut Tx, act: Act, before: Now, context: &AuditContext) -> Result<Now, Fault> {
    let after = now(tx, &before.database).await?;
    let database = after.confirmed.then(|| Reference::to::<Database>(&after.database));
    let named: Vec<Reference> = after.services.iter().map(Reference::to::<Service>).chain(database).collect();
    references::keep(tx, (CONFIRMATION, &after.database), &named).await?;
    if before != after {
        let told =
            |now: &Now| Some(json!({ "confirmed": now.confirmed, "services": now.services }).to_string());
        let subject = (Database::KIND, after.database.as_str());
        note(tx, context, act, subject, told(&before), told(&after)).await?;
    }
    Ok(after)
}

/// Names anew what confirmations name.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn refer_anew(tx: &mut Tx) -> Result<(), Fault> {
    run!(
        tx,
        "INSERT INTO reference SELECT $1, database_id, 'Database', database_id FROM database_confirmed" => CONFIRMATION
    )?;
    run!(tx, "INSERT INTO reference SELECT $1, database_id, 'Service', service FROM service_confirmed" => CONFIRMATION)?;
    Ok(())
}

/// Who has claimed what is to be confirmed: who has registered the database, has named systems and services under it, or has made a service
/// of a system that was named.
pub(crate) async fn claimants(
    tx: &mut Tx,
    database: &Database,
    services: &[ServiceId],
) -> Result<BTreeSet<String>, Fault> {
    let changes: Vec<(String, Option<String>)> = all!(
        tx,
        "SELECT who, after FROM change
         WHERE kind = 'Database' AND subject = $1 AND act IN ('created', 'updated', 'removed') ORDER BY seq"
        => &database.id
    )?;
    // Of each claim that stands who brought it in.
    let mut brought: BTreeMap<String, String> = BTreeMap::new();
    for (who, after) in changes {
        let after: Value = after.as_deref().map(from_json).transpose()?.unwrap_or_default();
        let said = |member: &str| {
            let list = after.get(member).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            list.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
        };
        let registered = after.get("standing").and_then(Value::as_str) == Some("registered");
        let mut claims: BTreeSet<String> =
            said("systems").into_iter().chain(said("sharing_services")).collect();
        claims.extend(registered.then(String::new));
        brought.retain(|claim, _| claims.contains(claim));
        for claim in claims {
            brought.entry(claim).or_insert_with(|| who.clone());
        }
    }
    let mut claimants = BTreeSet::new();
    claimants.extend(brought.get("").cloned());
    for service in services {
        let parts = [service.to_string(), service.system().to_string()];
        claimants.extend(parts.iter().filter_map(|part| brought.get(part)).cloned());
        let made: Option<(String,)> = optional!(
            tx,
            "SELECT who FROM change WHERE kind = 'Service' AND subject = $1 AND act = 'created' ORDER BY seq DESC LIMIT 1"
            => service.as_str()
        )?;
        claimants.extend(made.map(|(who,)| who));
    }
    Ok(claimants)
}
