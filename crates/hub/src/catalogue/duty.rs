//! Duties to share: which datum, from whom to whom, on what basis; and how far each is met.

use std::collections::HashMap;

use jiff::civil::Date;
use model::agency::{Agency, Name};
use model::database::{Database, Duty};
use model::due::{Done, TimeLeft};
use model::fault::Fault;
use model::id::{MemberId, ServiceId};
use model::legal::LegalBasis;
use model::service::Service;
use serde::Serialize;
use utoipa::ToSchema;

use crate::audit::right::Right;
use crate::catalogue::claim;
use crate::catalogue::service::{check_endpoints, check_scope};
use crate::registry::check::{Gathered, check_code, check_text, contradictory, require};
use crate::registry::index::Found;
use crate::registry::references::Reference;
use crate::registry::row::{Beside, Columns, text};
use crate::registry::{Subject, Table, every};
use crate::store::{Tx, all, from_text, optional, run};
use crate::texts;
use crate::usage;

/// The database that is master of a datum.
pub(crate) async fn master(tx: &mut Tx, datum: &str) -> Result<Option<Database>, Fault> {
    let master: Option<(String,)> =
        optional!(tx, "SELECT database_id FROM master_datum WHERE datum = $1" => datum)?;
    match master {
        Some((master,)) => Database::load(tx, &master).await,
        None => Ok(None),
    }
}

/// Every duty stands on a datum that has a master: who gives one up leaves none without.
///
/// # Errors
/// [`Fault::Contradictory`], [`Fault::StoreFailed`].
pub(crate) async fn check_masters(tx: &mut Tx) -> Result<(), Fault> {
    let orphan: Option<(String, String)> = optional!(
        tx,
        "SELECT d.id, d.datum FROM duty d LEFT JOIN master_datum m ON m.datum = d.datum WHERE m.datum IS NULL ORDER BY d.id LIMIT 1"
    )?;
    let Some((duty, datum)) = orphan else {
        // Who holds a datum changes with its master.
        run!(
            tx,
            "UPDATE duty SET holder = (SELECT d.owner FROM database_entry d JOIN master_datum m ON m.database_id = d.id WHERE m.datum = duty.datum)
             WHERE holder IS NULL OR holder <> (SELECT d.owner FROM database_entry d JOIN master_datum m ON m.database_id = d.id WHERE m.datum = duty.datum)"
        )?;
        return Ok(());
    };
    Err(contradictory((Duty::KIND, &duty), texts::duty_without_master(&datum)))
}

/// How far a duty is met: five steps, of which the last three are ticked by traffic only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DutyProgress)]
pub(crate) struct Progress {
    /// Who must share it.
    pub(crate) holder: Option<MemberId>,
    /// The steps in their order.
    pub(crate) steps: [Step; 5],
    /// Whether all are done.
    pub(crate) met: bool,
    /// Whether the day is over by which they must be.
    pub(crate) overdue: bool,
    /// How that day stands; null: none is set.
    pub(crate) time_left: Option<TimeLeft>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DutyStep)]
pub(crate) struct Step {
    /// Which.
    pub(crate) step: &'static str,
    /// Whether it is done, is not, or can't be known since nobody measures.
    pub(crate) state: StepState,
    /// What shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) evidence: Option<String>,
}

/// The state of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StepState {
    /// It is done.
    Done,
    /// It is not.
    Open,
    /// Nobody measures.
    NotMeasured,
}

/// Days of thirty on which a service must be used so that it counts as used steadily: two in three.
const STEADY_DAYS: usize = 20;

/// What shows how far a duty is met.
#[derive(Default)]
struct Evidence {
    /// Who must share.
    holder: Option<MemberId>,
    /// The service that meets it: one that was confirmed to belong to the datum's master.
    meets: Option<ServiceId>,
    /// The contract in force of that service.
    contract: Option<String>,
    /// What its traffic shows.
    seen: usage::Observed,
}

/// How far a duty is met.
pub(crate) async fn progress(tx: &mut Tx, duty: &Duty, today: Date) -> Result<Progress, Fault> {
    let master = master(tx, &duty.datum).await?;
    let mut evidence = Evidence::default();
    if let (Some(service), Some(master)) = (&duty.service, &master)
        && claim::database_of(tx, service).await?.as_ref() == Some(&master.id)
    {
        evidence.meets = Some(service.clone());
        evidence.contract =
            crate::catalogue::contract::in_force(tx, service).await?.map(|contract| contract.id);
        evidence.seen = usage::observe(tx, std::slice::from_ref(service), Some(&duty.id), today).await?;
    }
    evidence.holder = master.and_then(|database| database.owner);
    Ok(judged(duty, evidence, today))
}

/// How far evidence takes a duty.
fn judged(duty: &Duty, Evidence { holder, meets, contract, seen }: Evidence, today: Date) -> Progress {
    let known = |evidence: Option<String>| {
        let state = if evidence.is_some() { StepState::Done } else { StepState::Open };
        (state, evidence)
    };
    let counted = |evidence: Option<String>| match evidence {
        None if seen.measured_since.is_none() => (StepState::NotMeasured, None),
        evidence => known(evidence),
    };
    let steady = (seen.days_used >= STEADY_DAYS).then(|| format!("{}/30", seen.days_used));
    let states = [
        ("published", known(meets.map(|service| service.to_string()))),
        ("contract", known(contract)),
        ("test_connection", counted(seen.first_test.map(|day| day.to_string()))),
        ("first_use", counted(seen.first_use.map(|day| day.to_string()))),
        ("steady_use", counted(steady)),
    ];
    let steps = states.map(|(step, (state, evidence))| Step { step, state, evidence });
    let met = steps.iter().all(|step| step.state == StepState::Done);
    // What its traffic does not show is not met, whoever does not measure it.
    let time_left = duty.deadline.map(|day| TimeLeft::of(day, today, Done::known(met)));
    let overdue = time_left.as_ref().is_some_and(TimeLeft::is_late);
    Progress { holder, steps, met, overdue, time_left }
}

/// All duties, each with how far it is met.
pub(crate) async fn standing(tx: &mut Tx, today: Date) -> Result<Vec<(Duty, Progress)>, Fault> {
    let duties = every::<Duty>(tx, &[]).await?;
    together(tx, duties, today).await
}

/// How far many duties are met, each as [`progress`] has it: asked of the store in a few statements over all of it, so that it is as quick
/// for a nation as for a village.
pub(crate) async fn together(
    tx: &mut Tx,
    duties: Vec<Duty>,
    today: Date,
) -> Result<Vec<(Duty, Progress)>, Fault> {
    let masters: Vec<(String, String, Option<String>)> = all!(
        tx,
        "SELECT m.datum, d.id, d.owner FROM master_datum m JOIN database_entry d ON d.id = m.database_id"
    )?;
    let masters: HashMap<String, (String, Option<String>)> =
        masters.into_iter().map(|(datum, id, owner)| (datum, (id, owner))).collect();
    let belongs: Vec<(String, String)> = all!(tx, "SELECT service, database_id FROM service_confirmed")?;
    let belongs: HashMap<String, String> = belongs.into_iter().collect();
    let contracts = crate::catalogue::contract::in_force_of_duties(tx).await?;
    let mut seen = seen(tx, today).await?;
    let measured: Vec<(String, String)> = all!(
        tx,
        "SELECT s.id, MIN(u.since) FROM usage_node u JOIN node_system n ON n.node = u.node JOIN service s ON s.system = n.system
         WHERE s.id IN (SELECT to_name FROM reference WHERE from_kind = 'Duty' AND to_kind = 'Service') GROUP BY s.id"
    )?;
    let measured: HashMap<String, String> = measured.into_iter().collect();
    let mut all = Vec::with_capacity(duties.len());
    for duty in duties {
        let mut evidence = Evidence::default();
        if let Some((master, owner)) = masters.get(&duty.datum) {
            evidence.holder = owner.as_deref().map(from_text).transpose()?;
            let meets = duty.service.as_ref().filter(|service| belongs.get(service.as_str()) == Some(master));
            if let Some(service) = meets {
                evidence.meets = Some(service.clone());
                evidence.contract = contracts.get(service.as_str()).cloned();
                evidence.seen = seen.remove(&duty.id).unwrap_or_default();
                evidence.seen.measured_since = measured.get(service.as_str()).cloned();
            }
        }
        let progress = judged(&duty, evidence, today);
        all.push((duty, progress));
    }
    Ok(all)
}

/// By duty what its receivers did with its service.
async fn seen(tx: &mut Tx, today: Date) -> Result<HashMap<String, usage::Observed>, Fault> {
    let since = (today - jiff::Span::new().days(usage::WINDOW_DAYS)).to_string();
    let rows: Vec<(String, Option<String>, Option<String>, i64)> = all!(
        tx,
        "SELECT r.from_name, MIN(u.day), MIN(CASE WHEN NOT u.test THEN u.day END),
             COUNT(DISTINCT CASE WHEN NOT u.test AND u.day >= $1 THEN u.day END)
         FROM reference r JOIN duty_receiver d ON d.duty = r.from_name
         JOIN usage_agency_day u ON u.service = r.to_name AND u.consumer = d.agency JOIN service s ON s.id = u.service
         WHERE r.from_kind = 'Duty' AND r.to_kind = 'Service' AND u.consumer <> s.agency GROUP BY r.from_name" => &since
    )?;
    let date = |day: Option<String>| day.and_then(|day| day.parse().ok());
    let of = |(duty, first, first_use, days): (String, _, _, i64)| {
        let days_used = usize::try_from(days).unwrap_or_default();
        let (first_test, first_use) = (date(first), date(first_use));
        (duty, usage::Observed { first_test, first_use, days_used, ..usage::Observed::default() })
    };
    Ok(rows.into_iter().map(of).collect())
}

impl Subject for Duty {
    const KIND: &'static str = "Duty";

    const TABLE: Table = Table {
        name: "duty",
        filters: &[
            ("datum", "datum = ?"),
            ("owner", "holder = ?"),
            ("database", "datum IN (SELECT datum FROM master_datum WHERE database_id = ?)"),
        ],
        orders: &[("datum", "datum"), ("owner", "holder")],
        ..Table::OF_ENTRIES
    };
    const COLUMNS: &'static [&'static str] =
        &["id", "datum", "receivers", "basis", "deadline", "standard", "service", "terms"];
    const RIGHT: Right = Right::ChangeCatalogue;

    fn name(&self) -> &str {
        &self.id
    }

    /// What its holder is judged by is not for them to say: who is entitled to what, on what basis, by when. How it is met is.
    fn right(&self, old: Option<&Self>) -> Right {
        let judged =
            |duty: &Self| (duty.datum.clone(), duty.receivers.clone(), duty.basis.clone(), duty.deadline);
        if old.map(judged) == Some(judged(self)) { Self::RIGHT } else { Right::Govern }
    }

    /// Nor do they take it away.
    fn right_to_remove(&self) -> Right {
        Right::Govern
    }

    /// Who holds the datum.
    async fn owners(&self, tx: &mut Tx) -> Result<Vec<MemberId>, Fault> {
        let holder = master(tx, &self.datum).await?.and_then(|database| database.owner);
        Ok(holder.into_iter().collect())
    }

    fn found(&self) -> Vec<Found> {
        let name = Name { vi: self.datum.clone(), en: String::new() };
        let note = self.receivers.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        vec![Found { note, also: self.standard.clone().unwrap_or_default(), ..Found::thing(self, &name) }]
    }

    fn references(&self) -> Vec<Reference> {
        let receivers = self.receivers.iter().map(Reference::to::<Agency>);
        let service = self.service.iter().map(Reference::to::<Service>);
        receivers.chain(service).chain([Reference::to::<LegalBasis>(&self.basis)]).collect()
    }

    fn row(&self) -> Result<Columns, Fault> {
        Ok(vec![("datum", text(&self.datum))])
    }

    fn beside(&self) -> Vec<Beside> {
        let rows = self.receivers.iter().map(|receiver| vec![text(receiver)]).collect();
        vec![Beside { table: "duty_receiver", key: "duty", columns: &["agency"], rows }]
    }

    async fn check(&self, tx: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        let mut gathered = Gathered::default();
        gathered.take("id", check_code(subject))?;
        if let Some(standard) = &self.standard {
            gathered.take("standard", check_text(subject, "standard", standard))?;
        }
        let master = master(tx, &self.datum).await?;
        gathered.must(master.is_some(), subject, "datum", || texts::datum_without_master(&self.datum));
        gathered.must(!self.receivers.is_empty(), subject, "receivers", texts::duty_without_receivers);
        for (at, receiver) in self.receivers.iter().enumerate() {
            let other = master.as_ref().is_none_or(|master| master.owner.as_ref() != Some(receiver));
            let why = || texts::receiver_is_holder(receiver);
            gathered.must(other, subject, &format!("receivers.{at}"), why);
        }
        let Some(service) = &self.service else {
            gathered.must(self.terms.is_none(), subject, "service", texts::terms_without_service);
            return gathered.done();
        };
        let offered = gathered.take("service", require::<Service>(tx, subject, service.as_str()).await)?;
        if let (Some(terms), Some(offered)) = (&self.terms, &offered) {
            gathered.take("terms.endpoints", check_endpoints(subject, terms.endpoints.as_deref()))?;
            gathered.take("terms", check_scope(subject, offered, &terms.fields, terms.rows.as_deref()))?;
        }
        if let Some(master) = &master {
            let why = || texts::service_of_no_system(service, &master.id);
            gathered.must(master.names(service), subject, "service", why);
        }
        gathered.done()
    }
}
