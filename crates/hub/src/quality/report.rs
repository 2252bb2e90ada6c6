//! Taking a report of a measurement: whether it is the node's, whether the node may tell of that dataset, and what of it the registry knows.
//! What is kept is what was counted and the scores as they were made of it then.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::{SignedDuration, Span, Timestamp};
use model::agency::Node;
use model::fault::{Fault, Words};
use model::time::day_in_viet_nam;
use model::usage::AHEAD;
use quality::State;
use quality::report::{Report, ReportError, SIGNED_AS};
use quality::score;

use super::dataset::gains;
use super::rules::{Made, made};
use super::{Scores, defect, pack};
use crate::catalogue::contract::{Contract, Life, in_force};
use crate::registry::Subject as _;
use crate::running::report::check_signature;
use crate::store::{Db, Tx, from_text, optional, run, to_json};
use crate::texts;

/// A report ends no longer ago, as of figures.
const BEHIND: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Reports of one dataset by one node on one day. The schedule makes one, whoever corrects makes some more.
const A_DAY: i64 = 48;
/// How many days before its end a run may have begun.
const RUN_DAYS: i64 = 2;
/// How long all reports of a day are kept; then the last one of each day is.
const ALL_KEPT: SignedDuration = SignedDuration::from_hours(48);
/// How long days are kept: as those of figures.
const DAYS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 400);

fn refused(why: Words) -> Fault {
    Fault::BadReport { why }
}

/// Reads a report and checks that it is the node's, of a dataset of one of its systems, and holds nothing that must not have left it.
///
/// # Errors
/// [`Fault::BadReport`], [`Fault::StoreFailed`].
pub(crate) async fn verify(tx: &mut Tx, bytes: &[u8], keyid: &str, signature: &str) -> Result<Report, Fault> {
    let report = Report::read(bytes).map_err(|error| {
        refused(match &error {
            ReportError::Form(form) => texts::report_form(form, quality::report::FORM),
            ReportError::Unreadable(why) => Words::quoted(why.chars().take(200).collect::<String>()),
            ReportError::Small(of) => texts::report_small(of),
            ReportError::Large(of) => texts::report_large(of),
            ReportError::Impossible(of) => texts::report_impossible(of),
        })
    })?;
    let node = Node::load(tx, report.node.as_str()).await?;
    let node = node.ok_or_else(|| refused(texts::node_unknown()))?;
    check_signature(tx, &node, (SIGNED_AS, bytes), keyid, signature).await?;
    let system = report.service.system();
    if !node.systems.contains(&system) {
        return Err(refused(texts::report_of_another(&system)));
    }
    Ok(report)
}

/// The contract that a report is made by: one of its dataset's that is in force. By a draft an owner could ask less of itself than it has
/// promised; it counts only as long as nothing is promised.
async fn contract_of(tx: &mut Tx, report: &Report) -> Result<Contract, Fault> {
    let unknown = || refused(texts::report_contract(&report.contract, &report.service));
    let contract = Contract::load(tx, &report.contract).await?;
    let contract = contract.filter(|contract| contract.service == report.service).ok_or_else(unknown)?;
    let counts = match contract.life() {
        Some(Life::Active | Life::Deprecated) => true,
        Some(Life::Draft) => in_force(tx, &report.service).await?.is_none(),
        Some(Life::Retired) | None => false,
    };
    if counts { Ok(contract) } else { Err(unknown()) }
}

/// What follows from a report, computed before anybody has to wait for it.
struct Counted {
    state: State,
    pooled: State,
    scores: Scores,
    gains: BTreeMap<String, f64>,
}

impl Counted {
    fn of(report: &Report, made: &Made) -> Result<Self, Fault> {
        let (state, pack) = (report.state(&made.rules), pack()?);
        Ok(Self {
            pooled: report.pooled(&made.rules),
            scores: Scores::of(&score(&state, pack).summary, pack),
            gains: gains(&state)?,
            state,
        })
    }
}

/// Takes a report that was verified, once, with all that follows from it, in one transaction. Returns whether it is taken now.
///
/// # Errors
/// [`Fault::ReportOutOfTime`], [`Fault::ReportedBefore`], [`Fault::BadReport`]: nothing of it counts. [`Fault::HubBusy`],
/// [`Fault::StoreFailed`].
pub(crate) async fn take(db: &Db, report: Report, now: Timestamp) -> Result<bool, Fault> {
    // What rules are made of is long to read, and nobody need wait for it who writes.
    let mut tx = db.read().await?;
    let contract = contract_of(&mut tx, &report).await?;
    let made = made(&mut tx, &contract, report.day).await?;
    let in_force = in_force(&mut tx, &report.service).await?.is_some_and(|one| one.id == contract.id);
    drop(tx);
    let report = report.known(&made.rules);
    let counted = Counted::of(&report, &made)?;
    let mut tx = db.write().await?;
    if !is_new(&mut tx, &report, now).await? {
        return Ok(false);
    }
    keep(&mut tx, &report, &counted).await?;
    let by = defect::By { made: &made, gains: &counted.gains, in_force };
    defect::measured(&mut tx, &report, by, now).await?;
    tx.commit().await?;
    Ok(true)
}

fn number(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// Each moment of a dataset at a node is told once: a report has an interval of its own, behind the last, in a time that can be right.
async fn is_new(tx: &mut Tx, report: &Report, now: Timestamp) -> Result<bool, Fault> {
    let (node, service) = (report.node.as_str(), report.service.as_str());
    let last: Option<(i64, String)> = optional!(
        tx,
        "SELECT last, until FROM quality_node WHERE node = $1 AND service = $2" => node, service
    )?;
    if let Some((last, until)) = &last {
        let until: Timestamp = from_text(until)?;
        if *last == number(report.to) && until == report.to {
            return Ok(false);
        }
        // An end that has not come yet was written while clocks were wrong, and holds nobody up.
        if report.from < until && until <= now + AHEAD {
            return Err(Fault::ReportedBefore { from: report.from.to_string(), until: until.to_string() });
        }
    }
    if report.from >= report.to {
        return Err(Fault::ReportOutOfTime { why: texts::report_ends_early() });
    }
    if report.to > now + AHEAD || report.to < now - BEHIND {
        return Err(Fault::ReportOutOfTime { why: texts::report_time() });
    }
    // What rules ask by is the day on which the run began, never one that the node chooses: a bound on each day would bound nothing.
    let ended = day_in_viet_nam(report.to);
    if report.day > ended || report.day < ended.saturating_sub(Span::new().days(RUN_DAYS)) {
        return Err(Fault::ReportOutOfTime { why: texts::report_time() });
    }
    let there: Option<(i64,)> = optional!(
        tx,
        "SELECT COUNT(*) FROM quality_report WHERE day = $1 AND service = $2 AND node = $3"
        => report.day.to_string(), service, node
    )?;
    if there.is_some_and(|(there,)| there >= A_DAY) {
        return Err(Fault::HubBusy {});
    }
    Ok(true)
}

async fn keep(tx: &mut Tx, report: &Report, counted: &Counted) -> Result<(), Fault> {
    let (node, service) = (report.node.as_str(), report.service.as_str());
    run!(
        tx,
        "INSERT INTO quality_report (service, number, node, day, ended_at, report, state, pooled, scores)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (service, number, node) DO NOTHING"
        => service, number(report.to), node, report.day.to_string(), report.to.to_string(), to_json(report)?,
           BASE64_STANDARD.encode(counted.state.to_bytes()), BASE64_STANDARD.encode(counted.pooled.to_bytes()),
           to_json(&counted.scores)?
    )?;
    run!(
        tx,
        "INSERT INTO quality_node (node, service, last, until) VALUES ($1, $2, $3, $4)
         ON CONFLICT (node, service) DO UPDATE SET last = excluded.last, until = excluded.until"
        => node, service, number(report.to), report.to.to_string()
    )?;
    Ok(())
}

/// Forgets what is old: of days that are over all but the last report of each dataset and node, and days of long ago. The last report of
/// each dataset stays.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn forget_old(tx: &mut Tx, now: Timestamp) -> Result<(), Fault> {
    run!(
        tx,
        "DELETE FROM quality_report WHERE number < $1 AND EXISTS (SELECT 1 FROM quality_report l WHERE l.service = quality_report.service
             AND l.node = quality_report.node AND l.day = quality_report.day AND l.number > quality_report.number)"
        => number(now - ALL_KEPT)
    )?;
    let oldest = now - DAYS_KEPT;
    run!(
        tx,
        "DELETE FROM quality_report WHERE number < $1 AND EXISTS (SELECT 1 FROM quality_report l WHERE l.service = quality_report.service
             AND l.number > quality_report.number)"
        => number(oldest)
    )?;
    run!(tx, "DELETE FROM quality_defect_told WHERE at < $1" => oldest.to_string())?;
    let day = day_in_viet_nam(oldest).to_string();
    run!(tx, "DELETE FROM quality_day WHERE day < $1" => day)?;
    Ok(())
}
