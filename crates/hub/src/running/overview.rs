//! Everything at a glance: all databases with what is declared and what is observed, and what needs somebody. Counted in a few
//! statements over all of it, so that it is as quick for a nation as for a village.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use model::agency::{Bloc, Name};
use model::database::{Database, Stage, Standing};
use model::due::TimeLeft;
use model::fault::Fault;
use model::id::MemberId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::audit::officer::Officer;
use crate::catalogue::claim::Confirmed;
use crate::catalogue::database::{Seen, stage, time_left};
use crate::catalogue::duty;
use crate::catalogue::official::{Counted, counted};
use crate::granting::request::{self, Wanted};
use crate::granting::suspension;
use crate::registry::every;
use crate::store::{Tx, all, to_json};
use crate::usage;
use crate::usage::pair::list as pairs;

/// Most suspensions that are counted.
const SUSPENSIONS_MAX: i64 = 500;

/// A database on one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DatabaseLine)]
pub(crate) struct Line {
    /// What its owner says; and how it stands, which may be confirmed.
    #[serde(flatten)]
    pub(crate) database: Database,
    /// Whether it is in the country's figures: it was confirmed, or a source names it.
    pub(crate) known: bool,
    /// How much of what its owner claims waits for an officer of the hub.
    pub(crate) claims: usize,
    /// The stage that is observed.
    pub(crate) observed: Seen,
    /// Services that were confirmed to belong to it.
    pub(crate) services: i64,
    /// Other agencies that used them within the window.
    pub(crate) agencies: i64,
    /// The first day on which somebody else used one for a real purpose.
    pub(crate) first_use: Option<String>,
    /// Fields that its services have in the registry; 0 if they were not asked for.
    pub(crate) fields: i64,
    /// How many of them are bound to a term of the dictionary.
    pub(crate) bound: i64,
    /// How the day stands by which it must be in shared use; null: none is set.
    pub(crate) time_left: Option<TimeLeft>,
}

impl Line {
    /// Whether it is known, its day is over, and it is not in shared use.
    pub(crate) fn is_late(&self) -> bool {
        self.known && self.time_left.as_ref().is_some_and(TimeLeft::is_late)
    }

    /// Whether it is known and others use it.
    pub(crate) fn is_used(&self) -> bool {
        self.known && matches!(self.observed, Seen::Connected | Seen::InSharedUse)
    }

    /// Whether it is known, its owner declares that others use it, and no use is seen.
    pub(crate) fn is_unused(&self) -> bool {
        let declared = self.database.declared.as_ref().map(|declared| declared.stage);
        let says = matches!(declared, Some(Stage::Connected | Stage::InSharedUse));
        self.known && says && !self.is_used()
    }
}

#[derive(Default)]
struct Traffic {
    services: i64,
    measured: bool,
    agencies: i64,
    first_use: Option<String>,
    fields: i64,
    bound: i64,
}

/// All databases, in order of names.
pub(crate) async fn databases(tx: &mut Tx, today: Date, with_fields: bool) -> Result<Vec<Line>, Fault> {
    let since = (today - jiff::Span::new().days(usage::WINDOW_DAYS)).to_string();
    let mut traffic: BTreeMap<String, Traffic> = BTreeMap::new();
    let services: Vec<(String, i64)> =
        all!(tx, "SELECT database_id, COUNT(*) FROM service_confirmed GROUP BY database_id")?;
    for (database, services) in services {
        traffic.entry(database).or_default().services = services;
    }
    let measured: Vec<(String,)> = all!(
        tx,
        "SELECT DISTINCT c.database_id FROM usage_node u JOIN node_system n ON n.node = u.node
         JOIN service s ON s.system = n.system JOIN service_confirmed c ON c.service = s.id"
    )?;
    for (database,) in measured {
        traffic.entry(database).or_default().measured = true;
    }
    let used: Vec<(String, String, i64)> = all!(
        tx,
        "SELECT c.database_id, MIN(u.day), COUNT(DISTINCT CASE WHEN u.day >= $1 THEN u.consumer END)
         FROM usage_agency_day u JOIN service s ON s.id = u.service JOIN service_confirmed c ON c.service = s.id
         WHERE NOT u.test AND u.consumer <> s.agency GROUP BY c.database_id" => &since
    )?;
    for (database, first, agencies) in used {
        let of = traffic.entry(database).or_default();
        (of.first_use, of.agencies) = (Some(first), agencies);
    }
    // Every field of every service is looked at for this; only who asks for it waits for it.
    let fields: Vec<(String, i64, i64)> = if !with_fields {
        Vec::new()
    } else {
        all!(
            tx,
            "SELECT c.database_id, COUNT(*), COUNT(f.term) FROM found f JOIN service_confirmed c ON c.service = f.subject
             WHERE f.kind = 'Field' GROUP BY c.database_id"
        )?
    };
    for (database, fields, bound) in fields {
        let of = traffic.entry(database).or_default();
        (of.fields, of.bound) = (fields, bound);
    }
    let confirmed = Confirmed::load(tx).await?;
    let line = |mut database: Database| {
        let Traffic { services, measured, agencies, first_use, fields, bound } =
            traffic.remove(&database.id).unwrap_or_default();
        let observed = stage(
            usize::try_from(services).unwrap_or_default(),
            usize::try_from(agencies).unwrap_or_default(),
            first_use.is_some(),
            measured,
        );
        let (known, claims) = (confirmed.is_known(&database), confirmed.claims(&database).len());
        let time_left = time_left(&database, observed, today);
        database.standing = confirmed.standing(&database);
        Line { database, known, claims, observed, services, agencies, first_use, fields, bound, time_left }
    };
    Ok(every::<Database>(tx, &[]).await?.into_iter().map(line).collect())
}

/// A locality: an agency of the local bloc with none above it, and all below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Locality {
    /// The agency.
    pub(crate) agency: String,
    /// Its name.
    pub(crate) name: Name,
    /// How many agencies it and those below it are.
    pub(crate) agencies: usize,
    /// How many of them have a node.
    pub(crate) with_node: usize,
    /// How many of them used another's data for a real purpose within the window; none: no node of theirs has reported.
    pub(crate) users: Option<usize>,
}

/// The localities, in order of identifiers. Identifiers stay the texts they are: there are four thousand of them, and nothing is done with
/// them but finding one by another.
async fn localities(tx: &mut Tx, today: Date) -> Result<Vec<Locality>, Fault> {
    let since = (today - jiff::Span::new().days(usage::WINDOW_DAYS)).to_string();
    let agencies: Vec<(String, Option<String>)> = all!(tx, "SELECT id, parent FROM agency")?;
    let parents: HashMap<&str, Option<&str>> =
        agencies.iter().map(|(id, parent)| (id.as_str(), parent.as_deref())).collect();
    let top = |agency: &str| -> Option<&str> {
        let mut top = parents.get_key_value(agency).map(|(id, _)| *id)?;
        // The registry knows no circles; should there be one, it ends here.
        for _ in 0..16 {
            match parents.get(top).copied().flatten() {
                Some(above) => top = above,
                None => break,
            }
        }
        Some(top)
    };
    let local = to_json(&Bloc::Local)?;
    let tops: Vec<(String, String, String)> = all!(
        tx,
        "SELECT id, name_vi, name_en FROM agency WHERE parent IS NULL AND bloc = $1 ORDER BY id" => &local
    )?;
    let mut localities: BTreeMap<String, Locality> = BTreeMap::new();
    for (agency, vi, en) in tops {
        let name = Name { vi, en };
        let locality = Locality { agency: agency.clone(), name, agencies: 0, with_node: 0, users: None };
        localities.insert(agency, locality);
    }
    let nodes: Vec<(String,)> = all!(tx, "SELECT DISTINCT agency FROM node")?;
    let reporting: Vec<(String,)> =
        all!(tx, "SELECT DISTINCT n.agency FROM usage_node u JOIN node n ON n.id = u.node")?;
    let users: Vec<(String,)> = all!(
        tx,
        "SELECT DISTINCT u.consumer FROM usage_agency_day u JOIN service s ON s.id = u.service
         WHERE u.day >= $1 AND NOT u.test AND u.consumer <> s.agency" => &since
    )?;
    let mut at = |agency: &str, change: &dyn Fn(&mut Locality)| {
        if let Some(locality) = top(agency).and_then(|top| localities.get_mut(top)) {
            change(locality);
        }
    };
    for (agency, _) in &agencies {
        at(agency, &|locality| locality.agencies += 1);
    }
    for (agency,) in &nodes {
        at(agency, &|locality| locality.with_node += 1);
    }
    for (agency,) in &reporting {
        at(agency, &|locality| locality.users = locality.users.or(Some(0)));
    }
    for (agency,) in &users {
        at(agency, &|locality| locality.users = Some(locality.users.unwrap_or_default() + 1));
    }
    Ok(localities.into_values().collect())
}

/// What an officer should see first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Overview {
    /// Today, in Viet Nam.
    today: Date,
    /// The edition of the rules by which figures are counted.
    rules: u32,
    /// How far databases are.
    databases: DatabasesAtAGlance,
    /// Those that the Prime Minister's dispatch names first.
    priority: Vec<Line>,
    /// How far duties are.
    duties: DutiesAtAGlance,
    /// The localities, in order of identifiers.
    localities: Vec<Locality>,
    /// Requests that wait for the officer.
    requests_waiting: i64,
    /// Suspensions that hold or will hold.
    suspensions: usize,
    /// Datasets that cannot give something.
    gaps: usize,
    /// Days within the window on which the two sides of a pair counted otherwise, 500 at most.
    differences: usize,
}

/// How far databases are, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct DatabasesAtAGlance {
    /// The official lists, with how much of each is known.
    official: Vec<Counted>,
    /// Those that a source names or that were confirmed.
    known: usize,
    /// Those that their owners have registered and an officer of the hub has confirmed.
    confirmed: usize,
    /// Those that no source names. They are in no other figure.
    candidates: usize,
    /// Those of which something that their owners claim waits for an officer of the hub. What is claimed is in no other figure.
    claims: usize,
    /// Those that are known, by the stage that is observed.
    observed: BTreeMap<Seen, usize>,
    /// Those that are known, whose day is over, and that are not in shared use.
    late: usize,
}

/// How far duties are, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct DutiesAtAGlance {
    /// All of them.
    all: usize,
    /// Those that are met.
    met: usize,
    /// Those whose day is over and that are not met.
    overdue: Vec<Overdue>,
    /// Those of which nobody measures something.
    not_measured: usize,
}

/// A duty whose day is over and that is not met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OverdueDuty)]
struct Overdue {
    /// The duty.
    duty: String,
    /// Who must share.
    holder: Option<MemberId>,
    /// The day.
    deadline: Option<Date>,
    /// By how many days it is late.
    time_left: TimeLeft,
}

/// What an officer should see first: how far databases and duties are, and what waits.
pub(crate) async fn overview(
    tx: &mut Tx,
    officer: &Officer,
    now: jiff::Timestamp,
    today: Date,
) -> Result<Overview, Fault> {
    let lines = databases(tx, today, false).await?;
    let count = |test: &dyn Fn(&Line) -> bool| lines.iter().filter(|line| test(line)).count();
    let stages = [Seen::NotMeasured, Seen::NoService, Seen::Published, Seen::Connected, Seen::InSharedUse];
    let databases = DatabasesAtAGlance {
        official: counted(lines.iter().map(|line| &line.database)),
        known: count(&|line| line.known),
        confirmed: count(&|line| line.database.standing == Standing::Confirmed),
        candidates: count(&|line| line.database.standing == Standing::Candidate),
        claims: count(&|line| line.claims > 0),
        observed: stages
            .into_iter()
            .map(|stage| (stage, count(&|line| line.known && line.observed == stage)))
            .collect(),
        late: count(&Line::is_late),
    };
    let priority = lines.into_iter().filter(|line| line.database.priority).collect();
    let (mut duties, mut met, mut overdue, mut unmeasured) = (0, 0, Vec::new(), 0);
    for (duty, progress) in duty::standing(tx, today).await? {
        duties += 1;
        met += usize::from(progress.met);
        unmeasured +=
            usize::from(progress.steps.iter().any(|step| step.state == duty::StepState::NotMeasured));
        if let Some(time_left) = progress.time_left.filter(TimeLeft::is_late) {
            let (holder, deadline) = (progress.holder, duty.deadline);
            overdue.push(Overdue { duty: duty.id, holder, deadline, time_left });
        }
    }
    let waiting = Wanted { waiting: true, ..Wanted::default() };
    let waiting = request::count(tx, officer, &waiting).await?;
    let gaps = usage::live::count_gaps(tx).await?;
    let since = today - jiff::Span::new().days(usage::WINDOW_DAYS);
    let differences = pairs::differences(tx, since, today).await?;
    let suspended = suspension::list(tx, now, false, SUSPENSIONS_MAX).await?.len();
    Ok(Overview {
        today,
        rules: model::usage::RULES,
        databases,
        priority,
        duties: DutiesAtAGlance { all: duties, met, overdue, not_measured: unmeasured },
        localities: localities(tx, today).await?,
        requests_waiting: waiting,
        suspensions: suspended,
        gaps,
        differences,
    })
}
