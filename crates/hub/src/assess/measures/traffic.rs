//! What traffic shows, as both sides have counted it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use assess::evidence::Why;
use jiff::civil::Date;
use model::fault::Fault;
use model::usage::Figures;
use serde::Deserialize;

use super::super::found::Found;
use super::{QUARTER_DAYS, WINDOW_DAYS, before};
use crate::catalogue::duty::{self, StepState};
use crate::store::{Tx, all, from_json};
use crate::usage::tree::Tree;

/// Of one consumer so many calls count at most: nobody makes a service look well by calling it without end.
const CALLS_OF_ONE: u64 = 1000;

/// Agencies of which a node has ever reported on a service.
pub(super) async fn reporting(tx: &mut Tx) -> Result<HashSet<String>, Fault> {
    let rows: Vec<(String,)> =
        all!(tx, "SELECT DISTINCT n.agency FROM node n JOIN usage_node u ON u.node = n.id")?;
    Ok(rows.into_iter().map(|(agency,)| agency).collect())
}

/// Duties to share: published, in use, met.
pub(super) async fn duties(tx: &mut Tx, found: &mut Found, today: Date) -> Result<(), Fault> {
    let used: Vec<(String,)> = all!(
        tx,
        "SELECT DISTINCT r.from_name FROM reference r JOIN duty_receiver d ON d.duty = r.from_name
         JOIN usage_agency_day u ON u.service = r.to_name AND u.consumer = d.agency JOIN service s ON s.id = u.service
         WHERE r.from_kind = 'Duty' AND r.to_kind = 'Service' AND NOT u.test AND u.day >= $1 AND u.day <= $2 AND u.consumer <> s.agency"
        => before(today, WINDOW_DAYS), today.to_string()
    )?;
    let used: HashSet<String> = used.into_iter().map(|(duty,)| duty).collect();
    for (duty, progress) in duty::standing(tx, today).await? {
        let Some(holder) = progress.holder.as_ref().map(model::id::MemberId::as_str) else { continue };
        let state = |name: &str| progress.steps.iter().find(|step| step.step == name).map(|step| step.state);
        let is_published = state("published") == Some(StepState::Done);
        found.count("duties_published", holder, is_published, &duty.id);
        // Where no node of its service reports nothing is known of its use, and that is told.
        if is_published && state("first_use") == Some(StepState::NotMeasured) {
            found.lacks("duties_in_use", holder, Why::NoReports);
            found.lacks("duties_met", holder, Why::NoReports);
            continue;
        }
        found.count("duties_in_use", holder, is_published && used.contains(&duty.id), &duty.id);
        found.count("duties_met", holder, progress.met, &duty.id);
    }
    Ok(())
}

/// Other agencies that used an agency's services: those of one tree count once, however many parts it is cut into.
pub(super) async fn consumers(tx: &mut Tx, found: &mut Found, tree: &Tree, today: Date) -> Result<(), Fault> {
    let measured: Vec<(String,)> = all!(
        tx,
        "SELECT DISTINCT s.agency FROM service s JOIN node_system n ON n.system = s.system JOIN usage_node u ON u.node = n.node"
    )?;
    let mut users: BTreeMap<String, BTreeSet<String>> =
        measured.into_iter().map(|(agency,)| (agency, BTreeSet::new())).collect();
    let used: Vec<(String, String)> = all!(
        tx,
        "SELECT DISTINCT u.consumer, s.agency FROM usage_agency_day u JOIN service s ON s.id = u.service
         WHERE u.day >= $1 AND u.day <= $2 AND NOT u.test" => before(today, WINDOW_DAYS), today.to_string()
    )?;
    for (consumer, owner) in used {
        let top = tree.known_top(&consumer);
        if top != tree.known_top(&owner) {
            users.entry(owner).or_default().insert(top.to_owned());
        }
    }
    for (agency, users) in users {
        found.value("consumers", &agency, i64::try_from(users.len()).unwrap_or(i64::MAX), today);
    }
    Ok(())
}

/// What one side has counted, as it is kept.
#[derive(Deserialize)]
struct Side {
    #[serde(default)]
    figures: Figures,
}

/// What others called of an agency's services: answered or not, how quickly, and whether both sides counted the same.
pub(super) async fn pairs(tx: &mut Tx, found: &mut Found, tree: &Tree, today: Date) -> Result<(), Fault> {
    let rows: Vec<(String, String, String, i64, i64, String)> = all!(
        tx,
        "SELECT provider, consumer, day, provider_answers, consumer_answers, at_consumer FROM usage_pair_day
         WHERE day >= $1 AND day <= $2 AND NOT own AND NOT test" => before(today, WINDOW_DAYS), today.to_string()
    )?;
    let complete = before(today, 2);
    let mut calls: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
    let mut latencies: BTreeMap<String, Figures> = BTreeMap::new();
    for (provider, consumer, day, provider_answers, consumer_answers, at_consumer) in rows {
        // Nodes report behind the day; until then both have not told all.
        if day <= complete {
            found.count("counts_agree", &provider, provider_answers == consumer_answers, &day);
        }
        let Side { figures } = from_json(&at_consumer)?;
        let answered = u64::try_from(provider_answers.min(consumer_answers)).unwrap_or_default();
        // What one side alone tells of shows nothing, failures as little as answers: those of a day on which nothing was answered are an
        // incident's to tell.
        if answered == 0 {
            continue;
        }
        let failed = figures.outcomes().failed;
        let sum = calls.entry((provider.clone(), tree.known_top(&consumer).to_owned())).or_default();
        (sum.0, sum.1) =
            (sum.0.saturating_add(answered), sum.1.saturating_add(answered.saturating_add(failed)));
        latencies.entry(provider).or_default().latency.merge(&figures.latency);
    }
    for ((provider, _), (answered, all)) in calls {
        let (answered, all) = capped(answered, all);
        found.add("calls_answered", &provider, answered, all);
    }
    for (provider, figures) in latencies {
        if let Some(micros) = figures.latency.quantile(95) {
            let milliseconds = i64::try_from(micros.div_ceil(1000)).unwrap_or(i64::MAX);
            found.value("latency_p95", &provider, milliseconds, today);
        }
    }
    let gaps: Vec<(String, String, i64)> = all!(
        tx,
        "SELECT s.id, s.agency, COUNT(g.service) FROM service s JOIN node_system n ON n.system = s.system JOIN usage_node u ON u.node = n.node
         LEFT JOIN usage_gap g ON g.service = s.id GROUP BY s.id, s.agency"
    )?;
    for (service, agency, gaps) in gaps {
        found.count("services_whole", &agency, gaps == 0, &service);
    }
    Ok(())
}

/// The calls of one consumer, as many as count, in the same proportion.
fn capped(answered: u64, all: u64) -> (u64, u64) {
    if all <= CALLS_OF_ONE {
        return (answered, all);
    }
    let part = u128::from(answered) * u128::from(CALLS_OF_ONE) / u128::from(all);
    (u64::try_from(part).unwrap_or(CALLS_OF_ONE), CALLS_OF_ONE)
}

/// Whether what an agency calls has a purpose of the registry: by day, system, service and purpose.
pub(super) async fn purposes(tx: &mut Tx, found: &mut Found, today: Date) -> Result<(), Fault> {
    let rows: Vec<(String, i64, i64)> = all!(
        tx,
        "SELECT s.agency, COUNT(*), CAST(SUM(CASE WHEN u.purpose = '?' THEN 0 ELSE 1 END) AS BIGINT)
         FROM usage_day u JOIN system s ON s.id = u.client
         WHERE u.counted = 'consumer' AND u.day >= $1 AND u.day <= $2 GROUP BY s.agency"
        => before(today, WINDOW_DAYS), today.to_string()
    )?;
    for (agency, all, known) in rows {
        let number = |count: i64| u64::try_from(count).unwrap_or_default();
        found.add("calls_with_purpose", &agency, number(known), number(all));
    }
    Ok(())
}

/// A defect: its owner, the last day to look at it, when it ended, and when somebody answered first.
type DefectRow = (String, String, String, Option<String>, Option<String>);

/// Defects of a quarter whose day to be answered is over, or that were answered before.
pub(super) async fn defects(tx: &mut Tx, found: &mut Found, today: Date) -> Result<(), Fault> {
    let rows: Vec<DefectRow> = all!(
        tx,
        "SELECT d.id, d.owner, d.check_by, d.ended_at, MIN(e.at) FROM quality_defect d
         LEFT JOIN quality_defect_event e ON e.defect = d.id AND e.what IN ('correcting', 'disputed')
         WHERE d.opened_at >= $1 GROUP BY d.id, d.owner, d.check_by, d.ended_at" => before(today, QUARTER_DAYS)
    )?;
    for (id, owner, check_by, ended_at, answered_at) in rows {
        let day = |at: Option<String>| {
            let at = at?.parse::<jiff::Timestamp>().ok()?;
            Some(model::time::day_in_viet_nam(at).to_string())
        };
        let first = [day(ended_at), day(answered_at)].into_iter().flatten().min();
        let on_time = first.is_some_and(|day| day <= check_by);
        if on_time || check_by < today.to_string() {
            found.count("defects_on_time", &owner, on_time, &id);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However often one consumer calls, others are heard.
    #[test]
    fn one_consumer_counts_no_more_than_others_that_call_much() {
        assert_eq!(capped(10, 12), (10, 12));
        assert_eq!(capped(u64::MAX, u64::MAX), (CALLS_OF_ONE, CALLS_OF_ONE));
        assert_eq!(capped(500_000, 1_000_000), (500, 1000));
    }
}
