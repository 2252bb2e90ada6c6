//! Databases in the registry: what the catalogue says of them, checked against the rules and the rest of the registry.

use jiff::civil::Date;
use model::agency::{Agency, System};
use model::database::{Database, Standing};
use model::due::{Done, TimeLeft};
use model::fault::Fault;
use model::id::{MemberId, ServiceId, SystemId};
use model::official::Step;
use model::service::Service;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::right::Right;
use crate::catalogue::claim::{self, Claim, Confirmed};
use crate::catalogue::official;
use crate::registry::check::{
    Gathered, check_code, check_name, check_text, check_texts, contradictory, require,
};
use crate::registry::index::Found;
use crate::registry::references::Reference;
use crate::registry::row::{Beside, Columns, text, text_if_any};
use crate::registry::{BY_NAME_EN, BY_NAME_VI, Subject, Table};
use crate::store::{Tx, from_text, optional, run};
use crate::texts;
use crate::usage::{self, Tally};

impl Subject for Database {
    const KIND: &'static str = "Database";

    const TABLE: Table = Table {
        name: "database_entry",
        filters: &[("owner", "owner = ?"), ("standing", "standing = ?")],
        orders: &[BY_NAME_VI, BY_NAME_EN, ("owner", "owner"), ("standing", "standing")],
        ..Table::OF_ENTRIES
    };
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "name.vi",
        "name.en",
        "scale",
        "standing",
        "priority",
        "listed",
        "owner",
        "legal_basis",
        "scope",
        "data_sources",
        "users",
        "ways_of_use",
        "ways_of_sharing",
        "class",
        "retention",
        "security_level",
        "personal_data",
        "systems",
        "sharing_services",
        "master_data",
        "declared.stage",
        "declared.since",
        "declared.evidence",
        "deadline",
        "successor",
        "note",
    ];
    const RIGHT: Right = Right::ChangeCatalogue;

    fn name(&self) -> &str {
        &self.id
    }

    /// What it is judged by is not for its owner to say: the lists that it is on, whether it comes first, by when, and whether a source
    /// names it. To register it is.
    fn right(&self, old: Option<&Self>) -> Right {
        let judged = |database: &Self| (database.listed.clone(), database.priority, database.deadline);
        let same = judged(self) == old.map(judged).unwrap_or_default();
        let stands =
            self.standing == Standing::Registered || old.is_some_and(|old| old.standing == self.standing);
        if same && stands { Self::RIGHT } else { Right::Govern }
    }

    /// Nor does its owner take it out of all figures.
    fn right_to_remove(&self) -> Right {
        Right::Govern
    }

    async fn owners(&self, _: &mut Tx) -> Result<Vec<MemberId>, Fault> {
        Ok(self.owner.iter().cloned().chain(self.systems.iter().map(SystemId::member)).collect())
    }

    fn found(&self) -> Vec<Found> {
        let data: Vec<String> = self
            .master_data
            .iter()
            .map(|datum| format!("{} {} {}", datum.code, datum.name.vi, datum.name.en))
            .collect();
        let note =
            [&self.scope, &self.legal_basis].into_iter().flatten().cloned().collect::<Vec<_>>().join("; ");
        vec![Found { note, also: data.join(" "), ..Found::thing(self, &self.name) }]
    }

    fn references(&self) -> Vec<Reference> {
        let systems = self.systems.iter().map(Reference::to::<System>);
        let owner = self.owner.iter().map(Reference::to::<Agency>);
        let services = self.sharing_services.iter().map(Reference::to::<Service>);
        let open = self.open_data.iter().map(|set| Reference::to::<Service>(&set.service));
        let successor = self.successor.iter().map(Reference::to::<Self>);
        systems.chain(services).chain(owner).chain(open).chain(successor).collect()
    }

    fn row(&self) -> Result<Columns, Fault> {
        Ok(vec![("owner", text_if_any(self.owner.as_ref())), ("standing", text(word(self.standing)))])
    }

    fn beside(&self) -> Vec<Beside> {
        let rows = self.systems.iter().map(|system| vec![text(system)]).collect();
        vec![Beside { table: "database_system", key: "database_id", columns: &["system"], rows }]
    }

    /// What it is master of is taken anew when all documents are in, so that one database may hand a datum to another among them. That a
    /// source names it stays when its owner registers it.
    async fn follow(&self, tx: &mut Tx, _: Option<&Self>) -> Result<(), Fault> {
        match self.standing {
            Standing::Candidate => forget_named(tx, self).await?,
            Standing::Registered | Standing::Confirmed if self.listed.is_empty() => {}
            _ => {
                run!(tx, "INSERT INTO database_named (database_id) VALUES ($1) ON CONFLICT DO NOTHING" => &self.id)?;
            }
        }
        give_up_masters(tx, self).await
    }

    async fn check(&self, tx: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        let mut gathered = Gathered::default();
        gathered.take("id", check_code(subject))?;
        gathered.take("name", check_name(subject, &self.name))?;
        gathered.take("", check_members(self))?;
        for (at, datum) in self.master_data.iter().enumerate() {
            gathered.take(&format!("master_data.{at}.code"), check_code((Self::KIND, &datum.code)))?;
            gathered.take(&format!("master_data.{at}.name"), check_name(subject, &datum.name))?;
        }
        let level = self.security_level.is_none_or(|level| (1..=5).contains(&level));
        gathered.must(level, subject, "security_level", texts::security_level_range);
        gathered.take("", official::check(self))?;
        gathered.take("successor", check_successors(tx, self).await)?;
        gathered.take("", check_open_data(tx, self).await)?;
        gathered.take("", take_masters(tx, self).await)?;
        let says_more = self.declared.is_some()
            || !self.open_data.is_empty()
            || !self.systems.is_empty()
            || !self.sharing_services.is_empty()
            || !self.master_data.is_empty();
        for (at, service) in self.sharing_services.iter().enumerate() {
            let holds = self.systems.contains(&service.system());
            let why = || texts::service_of_no_system(service, &self.id);
            gathered.must(holds, subject, &format!("sharing_services.{at}"), why);
        }
        let confirmed = claim::is_confirmed(tx, &self.id).await?;
        match self.standing {
            Standing::Registered => gathered.take("", check_registered(self)).map(drop)?,
            Standing::Confirmed => gathered.wrong(subject, "standing", texts::only_the_hub_confirms()),
            _ if confirmed => gathered.wrong(subject, "standing", texts::confirmed_stays_registered()),
            _ if says_more => gathered.wrong(subject, "standing", texts::only_registered()),
            _ => {}
        }
        gathered.done()
    }

    async fn leave(&self, tx: &mut Tx) -> Result<(), Fault> {
        forget_named(tx, self).await?;
        give_up_masters(tx, self).await
    }
}

async fn forget_named(tx: &mut Tx, database: &Database) -> Result<(), Fault> {
    run!(tx, "DELETE FROM database_named WHERE database_id = $1" => &database.id)?;
    Ok(())
}

async fn give_up_masters(tx: &mut Tx, database: &Database) -> Result<(), Fault> {
    run!(tx, "DELETE FROM master_datum WHERE database_id = $1" => &database.id)?;
    Ok(())
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Candidate => "candidate",
        Standing::Sourced => "sourced",
        Standing::Registered => "registered",
        Standing::Confirmed => "confirmed",
    }
}

/// A datum has one master (Decree 278/2025 Art. 5(2), Decree 224/2026 Art. 23(5)(b), rule CN-03): who names it second is told who holds it.
async fn take_masters(tx: &mut Tx, database: &Database) -> Result<(), Fault> {
    let subject = (Database::KIND, database.id.as_str());
    // Where something else is wrong with it, it was not written, and what is wrong here is told all the same.
    let written: Option<(String,)> =
        optional!(tx, "SELECT id FROM database_entry WHERE id = $1" => &database.id)?;
    let mut gathered = Gathered::default();
    for (at, datum) in database.master_data.iter().enumerate() {
        let holder: Option<(String,)> =
            optional!(tx, "SELECT database_id FROM master_datum WHERE datum = $1" => &datum.code)?;
        if let Some((holder,)) = holder {
            let owner = Database::load(tx, &holder).await?.and_then(|database| database.owner);
            let owner = owner.map(|owner| format!(" ({owner})")).unwrap_or_default();
            let why = texts::datum_has_master(&datum.code, &holder, &owner);
            gathered.wrong(subject, &format!("master_data.{at}.code"), why);
            continue;
        }
        if written.is_some() {
            run!(
                tx,
                "INSERT INTO master_datum (datum, database_id) VALUES ($1, $2)" => &datum.code, &database.id
            )?;
        }
    }
    gathered.done()
}

fn check_members(database: &Database) -> Result<(), Fault> {
    let subject = (Database::KIND, database.id.as_str());
    let texts = [
        ("legal_basis", &database.legal_basis),
        ("scope", &database.scope),
        ("data_sources", &database.data_sources),
        ("users", &database.users),
        ("ways_of_use", &database.ways_of_use),
        ("ways_of_sharing", &database.ways_of_sharing),
        ("note", &database.note),
    ];
    let mut gathered = Gathered::default();
    gathered.take("", check_texts(subject, texts.map(|(member, text)| (member, text.as_ref()))))?;
    if let Some(declared) = &database.declared {
        let place = "declared.evidence";
        gathered.take(place, check_text(subject, place, &declared.evidence))?;
    }
    gathered.done()
}

/// Open data have fields that are public by their contract, and a service that is the database's own.
async fn check_open_data(tx: &mut Tx, database: &Database) -> Result<(), Fault> {
    let subject = (Database::KIND, database.id.as_str());
    let mut codes = std::collections::BTreeSet::new();
    let mut gathered = Gathered::default();
    for (at, set) in database.open_data.iter().enumerate() {
        let place = |member: &str| format!("open_data.{at}.{member}");
        gathered.take(&place("code"), check_code((Database::KIND, &set.code)))?;
        gathered.take(&place("name"), check_name(subject, &set.name))?;
        let own = database.names(&set.service);
        gathered
            .must(own, subject, &place("service"), || texts::open_data_of_another(&set.code, &set.service));
        gathered.must(codes.insert(&set.code), subject, &place("code"), || texts::open_data_twice(&set.code));
        let public = crate::catalogue::open::public_fields(tx, &set.service).await?;
        let some = public.is_some_and(|(_, fields)| !fields.is_empty());
        gathered.must(some, subject, &place("service"), || texts::open_data_without_contract(&set.code));
    }
    gathered.done()
}

async fn check_successors(tx: &mut Tx, database: &Database) -> Result<(), Fault> {
    let subject = (Database::KIND, database.id.as_str());
    let mut next = database.successor.clone();
    // Databases are not replaced sixteen times; a circle would be.
    for _ in 0..16 {
        let Some(successor) = next else { return Ok(()) };
        next = require::<Database>(tx, subject, &successor).await?.successor;
    }
    Err(contradictory(subject, texts::successors_circle()))
}

/// What the rules ask of an owner who registers: DL-01 (class), DL-05 (retention), and the members that others decide from.
fn check_registered(database: &Database) -> Result<(), Fault> {
    let asked = [
        ("owner", database.owner.is_some()),
        ("legal_basis", database.legal_basis.is_some()),
        ("scope", database.scope.is_some()),
        ("class", database.class.is_some()),
        ("retention", database.retention.is_some()),
        ("security_level", database.security_level.is_some()),
        ("personal_data", database.personal_data.is_some()),
    ];
    let subject = (Database::KIND, database.id.as_str());
    let mut gathered = Gathered::default();
    for (member, there) in asked {
        gathered.must(there, subject, member, || texts::registration_needs(member));
    }
    gathered.done()
}

/// What the hub itself sees of a database, beside what its owner declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ObservedDatabase)]
pub(crate) struct Observed {
    /// How it stands: as it says, or confirmed by an officer of the hub.
    pub(crate) standing: Standing,
    /// How far the traffic shows it to be.
    pub(crate) stage: Seen,
    /// Services that were confirmed to belong to it.
    pub(crate) services: usize,
    /// How many of them have a contract in force.
    pub(crate) with_contract: usize,
    /// What its traffic shows.
    pub(crate) traffic: usage::Observed,
    /// What both sides counted within the window.
    pub(crate) figures: Measured,
    /// What of it waits for an officer of the hub, and is in no figure.
    pub(crate) claims: Vec<Claim>,
}

/// Figures, or why there are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Measured {
    /// What was counted.
    Counted(Tally),
    /// There are none.
    Not(NotMeasured),
}

/// The word where there are no figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NotMeasured {
    /// No node has ever reported.
    NotMeasured,
    /// There is no service that could be called.
    NoService,
}

/// Stages that can be seen. What no node has reported on is not measured, which is not the same as nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Seen {
    /// No node of its systems has ever reported.
    NotMeasured,
    /// It has no service that was confirmed to belong to it.
    NoService,
    /// It offers services that nobody else has used.
    Published,
    /// Somebody else has used one.
    Connected,
    /// So many agencies have within thirty days that it counts as shared.
    InSharedUse,
}

/// Agencies that make a database one in shared use: criterion 5 of the day-one list.
pub(crate) const SHARED_BY: usize = 3;

/// The stage that services, agencies that used them of late, a first use, and whether anybody measures show.
pub(crate) fn stage(services: usize, agencies: usize, used: bool, measured: bool) -> Seen {
    match agencies {
        _ if services == 0 => Seen::NoService,
        SHARED_BY.. => Seen::InSharedUse,
        _ if used => Seen::Connected,
        _ if measured => Seen::Published,
        _ => Seen::NotMeasured,
    }
}

impl Seen {
    /// Whether it is at least so far, as far as that is measured.
    fn has_come_to(self, stage: Self) -> Done {
        match self {
            Self::NotMeasured => Done::NotMeasured,
            seen => Done::known(seen >= stage),
        }
    }
}

/// How the day stands by which a database must be in shared use.
pub(crate) fn time_left(database: &Database, seen: Seen, today: Date) -> Option<TimeLeft> {
    Some(TimeLeft::of(database.deadline?, today, seen.has_come_to(Seen::InSharedUse)))
}

/// What an official list asks of a database by a day, and how that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ListingDueStanding)]
pub(crate) struct StepDue {
    /// The list.
    list: String,
    /// What it asks.
    step: Step,
    /// How that stands.
    time_left: TimeLeft,
}

/// All that official lists ask of a database. Whether data are standardised nobody measures.
pub(crate) fn steps_due(database: &Database, seen: Seen, today: Date) -> Vec<StepDue> {
    let asked = database.listed.iter().flat_map(|listing| listing.due.iter().map(move |due| (listing, due)));
    let due = asked.map(|(listing, due)| {
        let done = match due.step {
            Step::Standardised => Done::NotMeasured,
            Step::Connected => seen.has_come_to(Seen::Connected),
        };
        let time_left = TimeLeft::of(due.by, today, done);
        StepDue { list: listing.list.clone(), step: due.step, time_left }
    });
    due.collect()
}

/// What the hub itself sees of a database: of the services that were confirmed to belong to it, and of no others.
pub(crate) async fn observed(tx: &mut Tx, database: &Database, today: Date) -> Result<Observed, Fault> {
    let services = claim::services_of(tx, &database.id).await?;
    let services: Vec<ServiceId> = services.iter().map(|id| from_text(id)).collect::<Result<_, _>>()?;
    let confirmed = Confirmed::load(tx).await?;
    let traffic = usage::observe(tx, &services, None, today).await?;
    let mut with_contract = 0;
    for service in &services {
        with_contract += usize::from(crate::catalogue::contract::in_force(tx, service).await?.is_some());
    }
    let stage = stage(
        services.len(),
        traffic.agencies,
        traffic.first_use.is_some(),
        traffic.measured_since.is_some(),
    );
    let figures = usage::of_services(tx, &services, today).await?;
    let figures = match stage {
        Seen::NoService => Measured::Not(NotMeasured::NoService),
        _ if traffic.measured_since.is_some() => Measured::Counted(Tally::from(&figures)),
        _ => Measured::Not(NotMeasured::NotMeasured),
    };
    let (standing, claims) = (confirmed.standing(database), confirmed.claims(database));
    Ok(Observed { standing, stage, services: services.len(), with_contract, traffic, figures, claims })
}
