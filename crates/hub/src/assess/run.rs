//! Assessing: once a day by itself, and whenever an officer of the hub asks for it. A period that is over is frozen with what was read on its
//! last day, or on the last one on which anybody looked.

use std::collections::BTreeMap;

use assess::evidence::{Claim, Evidence, Reading, Waiver};
use assess::period::Period;
use jiff::Timestamp;
use jiff::civil::Date;
use model::fault::Fault;
use model::time::day_in_viet_nam;
use serde::Serialize;
use utoipa::ToSchema;

use super::facts::{self, Of};
use super::keep::{self, Kept, Summary};
use super::measures;
use super::packs::{self, Known};
use crate::audit::change::AuditContext;
use crate::quality::list::Country;
use crate::store::{Tx, all, from_text};

/// What was read of all agencies on a day: nothing of it is written yet.
pub(crate) struct Read {
    today: Date,
    periods: Vec<(Known, Period, (Vec<Kept>, Summary))>,
    families: Vec<String>,
}

/// A period that was assessed or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AssessmentRun)]
pub(crate) struct Ran {
    /// The family of packs.
    pub(crate) family: String,
    /// The period.
    #[schema(value_type = String)]
    pub(crate) period: Period,
    /// Whether it ended with this.
    pub(crate) frozen: bool,
}

/// Whether anything is due: a day has begun that was not looked at, or a period is over.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn is_due(tx: &mut Tx, now: Timestamp) -> Result<bool, Fault> {
    let today = day_in_viet_nam(now);
    let packs = packs::all_of(tx).await?;
    for known in &packs {
        let period = Period::of(known.cycle, today);
        let Some(judging) = packs::of_period(&packs, &known.family, period) else { continue };
        match keep::head(tx, &judging.family, None).await? {
            None => return Ok(true),
            Some(head) if head.period == period && head.as_of < today => return Ok(true),
            Some(head) if head.period < period => return Ok(true),
            // A clock that was set back makes nothing anew.
            Some(_) => {}
        }
    }
    Ok(false)
}

/// Reads and scores the present period of every family.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn read(tx: &mut Tx, country: &Country, now: Timestamp) -> Result<Read, Fault> {
    let today = day_in_viet_nam(now);
    let packs = packs::all_of(tx).await?;
    let agencies = facts::agencies(tx).await?;
    let readings = measures::read(tx, country, &agencies, (today, now)).await?;
    let mut families: Vec<String> = packs.iter().map(|known| known.family.clone()).collect();
    families.dedup();
    let mut periods = Vec::new();
    for family in &families {
        let Some(cycle) = packs.iter().find(|known| known.family == *family).map(|known| known.cycle) else {
            continue;
        };
        let period = Period::of(cycle, today);
        let Some(known) = packs::of_period(&packs, family, period) else { continue };
        let said = said(tx, family, today).await?;
        let evidence = agencies
            .iter()
            .map(|(agency, of)| evidence(&known, (agency, of), (period, today), &readings, &said));
        let judged = keep::judge(&known, evidence.collect())?;
        periods.push((known, period, judged));
    }
    Ok(Read { today, periods, families })
}

/// Writes what was read, and ends what is over.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn write(tx: &mut Tx, read: &Read, context: &AuditContext) -> Result<Vec<Ran>, Fault> {
    let mut ran = Vec::new();
    for family in &read.families {
        for period in keep::freeze_ended(tx, family, read.today, context).await? {
            ran.push(Ran { family: family.clone(), period, frozen: true });
        }
    }
    for (known, period, judged) in &read.periods {
        // Behind a clock that was set back stands a later period already.
        let later = keep::head(tx, &known.family, None).await?.is_some_and(|head| head.period > *period);
        // Before there is anybody of whom anything is asked there is no period.
        let nobody = judged.0.is_empty();
        if !later && !nobody && keep::save(tx, known, (*period, read.today), judged).await? {
            ran.push(Ran { family: known.family.clone(), period: *period, frozen: false });
        }
    }
    Ok(ran)
}

/// What agencies claim and what they are let off, by agency and criterion.
#[derive(Default)]
struct Said {
    claims: BTreeMap<String, BTreeMap<String, Claim>>,
    waivers: BTreeMap<String, BTreeMap<String, Waiver>>,
}

async fn said(tx: &mut Tx, family: &str, today: Date) -> Result<Said, Fault> {
    let mut said = Said::default();
    let claims: Vec<(String, String, i64, String)> =
        all!(tx, "SELECT agency, criterion, value, day FROM assess_claim WHERE family = $1" => family)?;
    for (agency, criterion, value, day) in claims {
        said.claims.entry(agency).or_default().insert(criterion, Claim { value, on: from_text(&day)? });
    }
    let waivers: Vec<(String, String, String, String, String)> = all!(
        tx,
        "SELECT agency, criterion, id, basis, until FROM assess_waiver WHERE family = $1 AND since <= $2 AND until >= $2 ORDER BY until"
        => family, today.to_string()
    )?;
    for (agency, criterion, id, basis, until) in waivers {
        let waiver = Waiver { id, basis, until: from_text(&until)? };
        said.waivers.entry(agency).or_default().insert(criterion, waiver);
    }
    Ok(said)
}

/// What shows how an agency stands by a pack: what that asks of it, and no more.
fn evidence(
    known: &Known,
    (agency, of): (&String, &Of),
    (period, today): (Period, Date),
    readings: &BTreeMap<String, BTreeMap<&'static str, Reading>>,
    said: &Said,
) -> Evidence {
    let asked = known.pack.criteria.iter().filter(|criterion| criterion.is_asked(&of.facts));
    let found = readings.get(agency);
    let measures = asked.clone().filter_map(|criterion| {
        let reading = found?.get(criterion.measure.as_str())?;
        Some((criterion.measure.clone(), reading.clone()))
    });
    let measures = measures.collect();
    let known: Vec<&String> = asked.map(|criterion| &criterion.id).collect();
    let claims = said.claims.get(agency).into_iter().flatten().filter(|(id, _)| known.contains(id));
    let waivers = said.waivers.get(agency).into_iter().flatten().filter(|(id, _)| known.contains(id));
    Evidence {
        agency: agency.clone(),
        period,
        as_of: today.min(period.last()),
        facts: of.facts.clone(),
        measures,
        claims: claims.map(|(id, claim)| (id.clone(), claim.clone())).collect(),
        waivers: waivers.map(|(id, waiver)| (id.clone(), waiver.clone())).collect(),
    }
}
