//! How procedures stand: what is required, which data take the place of which paper today, and what nobody has published, by whom.

use std::collections::BTreeMap;

use jiff::civil::Date;
use model::agency::Name;
use model::fault::Fault;
use model::id::{MemberId, ServiceId};
use model::procedure::{Alternative, Ask, Level, Otherwise, Paper, Procedure, Published, Requirement};
use model::scope::Scope;
use model::time::Validity;
use serde::Serialize;
use utoipa::ToSchema;

use crate::registry::every;
use crate::reuse::bind::{Offers, published};
use crate::reuse::check::{Told, findings};
use crate::store::Tx;

/// A procedure and how it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProcedureStanding)]
pub(crate) struct Standing {
    /// The procedure.
    pub(crate) entry: Procedure,
    /// What must be shown, in order.
    pub(crate) requirements: Vec<Required>,
    /// What was found that stands in the way of cases, or should be looked at.
    pub(crate) findings: Vec<Told>,
}

/// A procedure on a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ProcedureLine)]
pub(crate) struct Line {
    /// The procedure.
    pub(crate) id: String,
    /// What it is called.
    pub(crate) name: Name,
    /// The ministry that publishes it.
    pub(crate) owner: MemberId,
    /// Where it is done.
    pub(crate) levels: Vec<Level>,
    /// How many papers were brought for it.
    pub(crate) papers: usize,
    /// How many of them data can take the place of today.
    pub(crate) replaced: usize,
    /// The first day on which cases may begin by it.
    pub(crate) valid_from: Option<Date>,
    /// The first day on which none may.
    pub(crate) valid_to: Option<Date>,
    /// Whether it is known second-hand only.
    pub(crate) second_hand: bool,
    /// Whether what it asks is ours.
    pub(crate) assumed: bool,
}

/// Something that must be shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProcedureRequired)]
pub(crate) struct Required {
    /// Its name in the procedure.
    id: String,
    /// What it is called.
    name: Name,
    /// The paper that people brought for it.
    paper: Option<Paper>,
    /// Whether data can take its place today.
    pub(crate) replaced: bool,
    /// What is done where no alternative answers.
    otherwise: Otherwise,
    /// The ways to show it, the preferred first.
    alternatives: Vec<Way>,
}

/// A way to show something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProcedureWay)]
pub(crate) struct Way {
    /// Whether it can be gone today. One without asks is the paper, or the person's word.
    open: bool,
    /// The agency that holds such data and gives them by no service yet.
    holder: Option<MemberId>,
    /// What is asked.
    asks: Vec<AskStanding>,
}

/// A question to one dataset.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AskStanding {
    /// Its name in the procedure.
    id: String,
    /// What is asked.
    service: ServiceId,
    /// The agency that answers.
    holder: MemberId,
    /// The fields that are asked for.
    fields: Vec<String>,
    /// Whether the service has a contract in force.
    contract: bool,
    /// The scopes that let something of it be asked for this procedure.
    scopes: Vec<String>,
    /// The days on which it may be asked, by class of systems.
    published: Vec<Published>,
    /// Whether today is one.
    open: bool,
}

/// What a ministry has published, and what procedures need of it that it has not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReusePublished)]
pub(crate) struct OfOwner {
    /// The ministry.
    pub(crate) owner: MemberId,
    /// What it has published and holds today or will.
    scopes: Vec<ScopeLine>,
    /// What it has not.
    missing: Vec<Missing>,
}

/// A published scope.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReuseScopeLine)]
struct ScopeLine {
    /// The scope.
    id: String,
    /// What it is called.
    name: Name,
    /// The service.
    service: ServiceId,
    /// How many fields.
    fields: usize,
    /// The papers that its data take the place of.
    papers: Vec<String>,
    /// For how many procedures.
    procedures: usize,
    /// The days on which it holds.
    #[serde(flatten)]
    valid: Validity,
}

/// Data that a procedure needs and nobody may ask for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(as = ReuseMissing)]
struct Missing {
    /// The procedure.
    procedure: String,
    /// What it is called.
    procedure_name: Name,
    /// What must be shown.
    requirement: Name,
    /// The service that is there and not published for it; none: there is no service.
    service: Option<ServiceId>,
}

/// A procedure, with what follows from what is offered and published today.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn of(tx: &mut Tx, entry: Procedure, today: Date) -> Result<Standing, Fault> {
    let offers = Offers::load(tx, &entry).await?;
    let requirements = required(&entry, &offers, today);
    let findings = findings(tx, &entry).await?.into_iter().map(Told::from).collect();
    Ok(Standing { entry, requirements, findings })
}

/// Lines of a list. What several ask is looked up once.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn lines(tx: &mut Tx, procedures: Vec<Procedure>, today: Date) -> Result<Vec<Line>, Fault> {
    let mut offers = Offers::default();
    let mut lines = Vec::with_capacity(procedures.len());
    for entry in procedures {
        offers.add(tx, &entry).await?;
        let required = required(&entry, &offers, today);
        lines.push(Line {
            papers: required.iter().filter(|one| one.paper.is_some()).count(),
            replaced: required.iter().filter(|one| one.paper.is_some() && one.replaced).count(),
            levels: entry.levels.into_iter().collect(),
            valid_from: entry.valid.valid_from,
            valid_to: entry.valid.valid_to,
            id: entry.id,
            name: entry.name,
            owner: entry.owner,
            second_hand: entry.second_hand,
            assumed: entry.assumed,
        });
    }
    Ok(lines)
}

/// Which ministry has published what, and what procedures that are in force today or will be need of it that it has not.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn publications(tx: &mut Tx, today: Date) -> Result<Vec<OfOwner>, Fault> {
    let ends = |valid: Validity| valid.valid_to.is_some_and(|to| to <= today);
    let mut owners: BTreeMap<MemberId, OfOwner> = BTreeMap::new();
    for scope in every::<Scope>(tx, &[]).await?.into_iter().filter(|scope| !ends(scope.valid)) {
        let line = ScopeLine {
            fields: scope.fields.len(),
            papers: scope.papers.into_iter().collect(),
            procedures: scope.procedures.len(),
            id: scope.id,
            name: scope.name,
            service: scope.service,
            valid: scope.valid,
        };
        owner(&mut owners, &scope.owner).scopes.push(line);
    }
    let mut offers = Offers::default();
    for entry in every::<Procedure>(tx, &[]).await?.into_iter().filter(|entry| !ends(entry.valid)) {
        offers.add(tx, &entry).await?;
        for one in required(&entry, &offers, today) {
            let missing = |service: Option<&ServiceId>| Missing {
                procedure: entry.id.clone(),
                procedure_name: entry.name.clone(),
                requirement: one.name.clone(),
                service: service.cloned(),
            };
            for way in &one.alternatives {
                if let Some(holder) = &way.holder {
                    owner(&mut owners, holder).missing.push(missing(None));
                }
                for ask in way.asks.iter().filter(|ask| !ask.open) {
                    owner(&mut owners, &ask.holder).missing.push(missing(Some(&ask.service)));
                }
            }
        }
    }
    let mut all: Vec<OfOwner> = owners.into_values().collect();
    for one in &mut all {
        one.missing.sort();
        one.missing.dedup();
    }
    Ok(all)
}

fn owner<'a>(owners: &'a mut BTreeMap<MemberId, OfOwner>, of: &MemberId) -> &'a mut OfOwner {
    let new = || OfOwner { owner: of.clone(), scopes: Vec::new(), missing: Vec::new() };
    owners.entry(of.clone()).or_insert_with(new)
}

/// What must be shown, and what of it data can show today.
fn required(procedure: &Procedure, offers: &Offers, today: Date) -> Vec<Required> {
    let bound = published(procedure, offers);
    let one = |one: &Requirement| {
        let alternatives: Vec<Way> =
            one.alternatives.iter().map(|way| self::way(procedure, way, offers, today)).collect();
        Required {
            id: one.id.clone(),
            name: one.name.clone(),
            paper: one.paper.clone(),
            replaced: alternatives.iter().any(|way| {
                way.open && !way.asks.is_empty() && takes_the_place(procedure, one, way, offers, today)
            }),
            otherwise: one.otherwise,
            alternatives,
        }
    };
    bound.requirements.iter().map(one).collect()
}

/// Whether somebody has said that these data take the place of the paper: a scope that holds today and gives some of them.
fn takes_the_place(
    procedure: &Procedure,
    requirement: &Requirement,
    way: &Way,
    offers: &Offers,
    today: Date,
) -> bool {
    let Some(paper) = &requirement.paper else { return true };
    let replaces = |ask: &AskStanding| {
        offers.of(&ask.service).is_some_and(|offered| {
            offered.scopes.iter().any(|scope| {
                scope.valid.holds_on(today)
                    && scope.procedures.contains(procedure.code())
                    && scope.papers.contains(&paper.code)
                    && ask.fields.iter().any(|field| scope.fields.contains(field))
            })
        })
    };
    way.asks.iter().any(replaces)
}

fn way(procedure: &Procedure, way: &Alternative, offers: &Offers, today: Date) -> Way {
    let asks: Vec<AskStanding> =
        way.asks.iter().map(|ask| self::ask(procedure, ask, offers, today)).collect();
    Way { open: way.holder.is_none() && asks.iter().all(|ask| ask.open), holder: way.holder.clone(), asks }
}

fn ask(procedure: &Procedure, ask: &Ask, offers: &Offers, today: Date) -> AskStanding {
    let offered = offers.of(&ask.service);
    let published = ask.published.clone().unwrap_or_default();
    let scopes = offered.into_iter().flat_map(|offered| &offered.scopes);
    let contract = offered.is_some_and(|offered| offered.shape.is_some());
    AskStanding {
        id: ask.id.clone(),
        service: ask.service.clone(),
        holder: ask.service.system().member(),
        fields: ask.fields().into_iter().map(str::to_owned).collect(),
        contract,
        scopes: scopes
            .filter(|one| one.procedures.contains(procedure.code()))
            .map(|one| one.id.clone())
            .collect(),
        open: contract && published.iter().any(|one| one.valid.holds_on(today)),
        published,
    }
}
