//! What the hub is told of reuse: counts by day, procedure, requirement and reason (rule RU-07). Of persons nothing.
//!
//! What a case counts for is counted when it is decided, and a paper when it is asked for, whatever becomes of the case: both together with the
//! change itself. A paper that comes in after the decision takes back what had counted. The hub is told totals until it has them.

use std::collections::BTreeSet;

use async_trait::async_trait;
use exchange::HubDoor;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use model::case::{AskedPaper, ItemState};
use model::fault::Fault;
use model::gap::Gap;
use model::id::{IdError, NodeId};
use model::procedure::{Procedure, Requirement, Use};
use model::reuse_report::{Counted, DAYS_KEPT, LINES_MAX, ReuseLine, ReuseReport, ReuseTaken, SIGNED_AS};
use model::time::day_in_viet_nam;

use crate::case::{AskState, Held, HeldItem, asks_of};
use crate::store as kept;
use crate::work::Cases;

/// A line that counts one, of a procedure.
fn line(procedure: &Procedure, day: Date, counted: Counted) -> ReuseLine {
    ReuseLine {
        day,
        procedure: procedure.id.clone(),
        requirement: None,
        alternative: None,
        counted,
        reason: None,
        paper: None,
        count: 1,
    }
}

/// A line of one requirement.
fn of_item(
    (procedure, day): (&Procedure, Date),
    (requirement, item): (&Requirement, &HeldItem),
    (counted, count): (Counted, usize),
) -> ReuseLine {
    // Where every way has failed the item stands behind the last one.
    let last = requirement.alternatives.len().saturating_sub(1);
    ReuseLine {
        requirement: Some(requirement.id.clone()),
        alternative: u8::try_from(item.alternative.min(last)).ok(),
        paper: requirement.paper.as_ref().map(|paper| paper.code.clone()),
        count: u32::try_from(count).unwrap_or(u32::MAX),
        ..line(procedure, day, counted)
    }
}

/// What a case that was decided counts for.
pub(crate) fn counts(held: &Held, procedure: &Procedure, now: Timestamp) -> Vec<ReuseLine> {
    let day = day_in_viet_nam(now);
    let mut lines = vec![line(procedure, day, Counted::Decided)];
    for (requirement, item) in procedure.requirements.iter().zip(&held.items) {
        let (asks, reused) = (look_ups(requirement, item), is_reused(held, requirement, item));
        let yielded = if reused { answered(held, &asks) } else { 0 };
        let mut all = vec![(Counted::LookedUp, asks.len()), (Counted::Yielded, yielded)];
        if item.state != ItemState::NotApplicable && requirement.paper.is_some() {
            all.extend([
                (Counted::Applicable, 1),
                (Counted::Shown, usize::from(is_shown(item))),
                (Counted::Reused, usize::from(reused)),
                (Counted::Differing, usize::from(differs(held, requirement, item))),
            ]);
        }
        let counted = all.into_iter().filter(|(_, count)| *count > 0);
        lines.extend(counted.map(|counted| of_item((procedure, day), (requirement, item), counted)));
    }
    lines
}

/// What a paper that is asked for counts for, needed or not.
pub(crate) fn asked(procedure: &Procedure, item: &str, held: &Held, now: Timestamp) -> Vec<ReuseLine> {
    let of = procedure.requirements.iter().zip(&held.items).find(|(requirement, _)| requirement.id == item);
    let Some((requirement, item)) = of else { return Vec::new() };
    let Some(AskedPaper { needed, reason, .. }) = &item.paper else { return Vec::new() };
    let (counted, reason) = match needed {
        true => (Counted::PaperNeeded, item.gap.or(item.tried.last().map(|tried| tried.gap)).map(Gap::code)),
        false => (Counted::ReAsked, reason.as_deref()),
    };
    let counted = of_item((procedure, day_in_viet_nam(now)), (requirement, item), (counted, 1));
    vec![ReuseLine { reason: reason.map(str::to_owned), ..counted }]
}

/// What a paper takes back that came in after the decision, of the day of the decision.
pub(crate) fn taken_back(before: &Held, after: &Held, procedure: &Procedure) -> Vec<ReuseLine> {
    let Some(decided) = &before.decision else { return Vec::new() };
    let day = day_in_viet_nam(decided.at);
    let mut lines = Vec::new();
    for (requirement, (was, is)) in procedure.requirements.iter().zip(before.items.iter().zip(&after.items)) {
        if !is_reused(before, requirement, was) || is_reused(after, requirement, is) {
            continue;
        }
        let of = (requirement, was);
        if requirement.paper.is_some() {
            lines.push(of_item((procedure, day), of, (Counted::TakenBack, 1)));
        }
        let count = answered(before, &look_ups(requirement, was));
        if count > 0 {
            lines.push(of_item((procedure, day), of, (Counted::YieldTakenBack, count)));
        }
    }
    lines
}

/// The asks of an item that were made. What is only tested fills nothing: it is no look-up that could count.
fn look_ups<'h>(requirement: &Requirement, item: &'h HeldItem) -> BTreeSet<&'h str> {
    let fills = |id: &&str| {
        let ask = asks_of(requirement).find(|ask| ask.id == **id);
        ask.is_some_and(|ask| {
            ask.claims.iter().any(|claim| matches!(claim.how, Use::Fill(_) | Use::Confirm(_)))
        })
    };
    item.exchanges.iter().map(|exchange| exchange.ask.as_str()).filter(fills).collect()
}

fn answered(held: &Held, asks: &BTreeSet<&str>) -> usize {
    let is = |ask: &&&str| held.asks.get(**ask).is_some_and(|ask| ask.state == AskState::Answered);
    asks.iter().filter(is).count()
}

/// Whether the State has shown it, whatever the person said to that.
fn is_shown(item: &HeldItem) -> bool {
    match item.state {
        ItemState::Found | ItemState::Accepted | ItemState::Declined => true,
        // A paper that was brought in place of what was declined.
        ItemState::Paper => item.gap == Some(Gap::Declined),
        _ => false,
    }
}

/// Whether an officer has decided against what a source of it says.
fn is_corrected(held: &Held, requirement: &Requirement) -> bool {
    let asks: Vec<&str> = asks_of(requirement).map(|ask| ask.id.as_str()).collect();
    held.corrections.iter().any(|(name, correction)| {
        let ask = held.facts.get(name).and_then(|fact| fact.ask.as_deref());
        correction.counts == Some(true) && ask.is_some_and(|ask| asks.contains(&ask))
    })
}

fn differs(held: &Held, requirement: &Requirement, item: &HeldItem) -> bool {
    let differs = |gap: Gap| matches!(gap, Gap::DiffersPopulation | Gap::DiffersSources);
    item.tried.iter().any(|tried| differs(tried.gap))
        || item.gap.is_some_and(differs)
        || is_corrected(held, requirement)
}

/// Answered and accepted, used as it was, and no paper for it came in.
fn is_reused(held: &Held, requirement: &Requirement, item: &HeldItem) -> bool {
    let handed_in = item.paper.as_ref().is_some_and(|paper| paper.handed_in.is_some());
    item.state == ItemState::Accepted && !is_corrected(held, requirement) && !handed_in
}

/// Where counts are told.
#[async_trait]
pub trait Reports: Send + Sync + 'static {
    /// Hands a report over.
    ///
    /// # Errors
    /// Why it is not there, for the log: it is handed over again later.
    async fn hand(&self, report: &ReuseReport) -> Result<ReuseTaken, String>;
}

#[async_trait]
impl Reports for HubDoor {
    async fn hand(&self, report: &ReuseReport) -> Result<ReuseTaken, String> {
        let taken: Result<ReuseTaken, Fault> = self.hand_in("reuse", SIGNED_AS, report).await;
        taken.map_err(|fault| fault.to_string())
    }
}

impl Cases {
    /// Tells what has grown since it was told. Returns how many lines the hub has of that. What it left out, of a day that it takes for one that
    /// cannot be for instance, is told again the next time.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn tell_counts(&self, to: &dyn Reports, now: Timestamp) -> Result<usize, Fault> {
        let oldest = day_in_viet_nam(now).saturating_sub(DAYS_KEPT.days());
        kept::forget_counts(&self.db, &oldest.to_string()).await?;
        let (Some(store), _) = kept::own_id(&self.db).await? else { return Ok(0) };
        let node: NodeId = self
            .sources
            .node()
            .parse()
            .map_err(|error: IdError| Fault::Internal { why: error.to_string() })?;
        let mut report = ReuseReport { node, office: self.client.member(), store, lines: Vec::new() };
        let (mut told, mut left_out) = (0, 0);
        loop {
            report.lines = kept::untold(&self.db, LINES_MAX, left_out).await?;
            if report.lines.is_empty() {
                break;
            }
            let taken = match to.hand(&report).await {
                Ok(taken) => taken,
                Err(why) => {
                    tracing::warn!(why, "the hub has not taken counts of reuse");
                    break;
                }
            };
            let is_left_out = |at: &usize| taken.lines_left_out.contains(at);
            let lines = report.lines.iter().enumerate().filter(|(at, _)| !is_left_out(at));
            let lines: Vec<&ReuseLine> = lines.map(|(_, line)| line).collect();
            kept::note_told(&self.db, &lines).await?;
            left_out += report.lines.len() - lines.len();
            told += lines.len();
            // An older hub says how many, and not which.
            if taken.left_out > 0 {
                let line = taken.lines_left_out.first().and_then(|at| report.lines.get(*at));
                tracing::warn!(count = taken.left_out, ?line, "the hub has left out counts of reuse");
            }
        }
        Ok(told)
    }
}
