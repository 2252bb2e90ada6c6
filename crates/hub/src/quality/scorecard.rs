//! The scorecard of an agency: its data by the six criteria, how that went, probable causes and what to repair first; as it is, and as a paper
//! of one page to print.

mod page;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use model::agency::{Agency, Name, System};
use model::codelist::{CodeList, UNITS};
use model::fault::Fault;
use model::time::day_in_viet_nam;
use serde::Serialize;
use utoipa::ToSchema;

use super::Scores;
use super::dataset::{self, Pack, pack_shown};
use super::defect::{self, DefectCause};
use super::list::{self, Country, Level, Line};
use crate::audit::officer::Officer;
use crate::registry::Subject as _;
use crate::registry::check::not_there;
use crate::registry::order::Order;
use crate::running::brief::{BriefSettings, Issuer, issuer};
use crate::store::Tx;

pub(crate) use page::paper;

/// Defects that are named.
const FIRST: i64 = 8;
/// Defects of which the probable cause is told.
const CAUSES: usize = 3;
/// Scores are compared with those of so many days ago, or else with the oldest since then.
const DAYS: i32 = 30;

/// How the data of an agency and all below it stand.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityScorecard)]
pub(crate) struct Scorecard {
    /// The day.
    pub(crate) day: Date,
    /// Who issues the paper of it.
    pub(crate) issuer: Issuer,
    /// The agency.
    pub(crate) agency: String,
    /// What it is called.
    pub(crate) name: Name,
    /// Its scores with all below it; null: it has neither a database nor a dataset, or is below another agency, which has them.
    pub(crate) line: Option<Line>,
    /// How many databases it has.
    pub(crate) databases: usize,
    /// How many of them have a dataset that was measured within a quarter.
    pub(crate) measured: usize,
    /// Its scores some 30 days ago; null: none were kept before today.
    pub(crate) before: Option<Before>,
    /// What to repair first, by what that gains: at most eight defects that were measured.
    pub(crate) first: Vec<Fix>,
    /// What its datasets are called, their owners, and communes and systems that causes name, by identifier or code.
    pub(crate) names: BTreeMap<String, Name>,
    /// By what scores are made.
    pub(crate) pack: Pack,
}

/// Scores of a day before.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityBefore)]
pub(crate) struct Before {
    /// The day.
    pub(crate) day: Date,
    /// The scores as they were kept.
    pub(crate) scores: Scores,
}

/// A defect to be repaired.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityFix)]
pub(crate) struct Fix {
    /// On one line.
    pub(crate) defect: defect::Line,
    /// What the rule asks, and what repairs a record that fails.
    pub(crate) text: Option<Name>,
    /// What failing rows have in common, of the first three; null: nothing that may be told.
    pub(crate) cause: Option<DefectCause>,
}

/// The scorecard of an agency, as it stands now.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::StoreFailed`].
pub(crate) async fn scorecard(
    tx: &mut Tx,
    country: &Country,
    settings: &BriefSettings,
    (officer, id): (&Officer, &str),
    now: Timestamp,
) -> Result<Scorecard, Fault> {
    let Agency { name, .. } = Agency::load(tx, id).await?.ok_or_else(|| not_there("Agency", id))?;
    let day = day_in_viet_nam(now);
    let of = |level| list::Wanted { level, agency: id.to_owned(), ..list::Wanted::default() };
    let databases = list::list(country, &of(Level::Database));
    let line = list::list(country, &of(Level::Agency)).into_iter().find(|line| line.id == id).cloned();
    let first = first(tx, officer, id, now).await?;
    let mut names = BTreeMap::new();
    for Fix { defect, .. } in &first {
        let dataset = country.lines(Level::Dataset).iter().find(|line| line.id == defect.service);
        names.extend(dataset.map(|line| (line.id.clone(), line.name.clone())));
        if !names.contains_key(&defect.owner) {
            let owner = Agency::load(tx, &defect.owner).await?;
            names.extend(owner.map(|owner| (defect.owner.clone(), owner.name)));
        }
    }
    name_groups(tx, &first, &mut names).await?;
    Ok(Scorecard {
        day,
        issuer: issuer(tx, settings, officer).await?,
        agency: id.to_owned(),
        name,
        line,
        databases: databases.len(),
        measured: databases.iter().filter(|line| line.datasets_measured > 0).count(),
        before: before(tx, id, day).await?,
        first,
        names,
        pack: pack_shown()?,
    })
}

/// What the communes and systems are called that causes name.
async fn name_groups(tx: &mut Tx, first: &[Fix], names: &mut BTreeMap<String, Name>) -> Result<(), Fault> {
    let groups = |by: &'static str| {
        let causes = first.iter().filter_map(|fix| fix.cause.as_ref()).filter(move |cause| cause.by == by);
        causes.flat_map(|cause| &cause.told).map(|group| group.name.as_str())
    };
    let units: BTreeSet<&str> = groups("unit").collect();
    if !units.is_empty() {
        let list = CodeList::load(tx, UNITS).await?;
        let known = list.into_iter().flat_map(|list| list.codes).filter(|code| units.contains(&*code.code));
        names.extend(known.map(|code| {
            let en = code.en.unwrap_or_else(|| code.vi.clone());
            (code.code, Name { vi: code.vi, en })
        }));
    }
    for id in groups("source").collect::<BTreeSet<&str>>() {
        let system = System::load(tx, id).await?;
        names.extend(system.map(|system| (id.to_owned(), system.name)));
    }
    Ok(())
}

/// The newest scores that are 30 days old, or else the oldest since then.
async fn before(tx: &mut Tx, id: &str, day: Date) -> Result<Option<Before>, Fault> {
    let of_day = |point: dataset::Point| Before { day: point.day, scores: point.scores };
    let kept = dataset::history(tx, (Level::Agency, id), Some(&day.to_string()), i64::from(DAYS)).await?;
    let then = day.saturating_sub(DAYS.days());
    let mut since = None;
    for point in kept {
        if point.day <= then {
            return Ok(Some(of_day(point)));
        }
        since = Some(point);
    }
    Ok(since.map(of_day))
}

async fn first(tx: &mut Tx, officer: &Officer, id: &str, now: Timestamp) -> Result<Vec<Fix>, Fault> {
    let wanted = defect::Wanted {
        agency: id.to_owned(),
        state: "live".to_owned(),
        // What consumers reported not everybody sees: a paper says the same whoever prints it.
        origin: "measured".to_owned(),
        order: Some(Order { column: "gain".to_owned(), descending: true }),
        limit: FIRST,
        ..defect::Wanted::default()
    };
    let (lines, _) = defect::list(tx, officer, &wanted, now).await?;
    let mut first = Vec::with_capacity(lines.len());
    for (at, line) in lines.into_iter().enumerate() {
        let defect::Defect { text, cause, .. } = defect::show(tx, officer, &line.id, now).await?;
        first.push(Fix { defect: line, text, cause: cause.filter(|_| at < CAUSES) });
    }
    Ok(first)
}
