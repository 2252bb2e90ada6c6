//! What the hub is told of reuse: counts by day, procedure, requirement and reason (rule RU-07). Of persons nothing.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::case::ItemState;
use model::gap::Gap;
use model::id::MemberId;
use model::procedure::{Procedure, Requirement, Use};
use model::reuse_report::{Counted, ReuseLine};
use model::time::day_in_viet_nam;

use crate::case::{AskState, Held, HeldItem, asks_of};

/// What a case that was decided counts for.
pub(crate) fn counts(
    held: &Held,
    procedure: &Procedure,
    office: &MemberId,
    now: Timestamp,
) -> Vec<ReuseLine> {
    let day = day_in_viet_nam(now);
    let line = |counted| ReuseLine {
        day,
        office: office.clone(),
        procedure: procedure.id.clone(),
        requirement: None,
        alternative: None,
        counted,
        reason: None,
        paper: None,
        count: 1,
    };
    let mut lines = vec![line(Counted::Decided)];
    for (requirement, item) in procedure.requirements.iter().zip(&held.items) {
        let paper = requirement.paper.as_ref().map(|paper| paper.code.clone());
        let of_item = |counted, count: usize| ReuseLine {
            requirement: Some(requirement.id.clone()),
            alternative: u8::try_from(item.alternative).ok(),
            paper: paper.clone(),
            count: u32::try_from(count).unwrap_or(u32::MAX),
            ..line(counted)
        };
        if item.state != ItemState::NotApplicable && requirement.paper.is_some() {
            lines.push(of_item(Counted::Applicable, 1));
            if is_reused(held, requirement, item) {
                lines.push(of_item(Counted::Reused, 1));
            }
        }
        // What is only tested fills nothing: it is no look-up that could count.
        let fills = |id: &str| {
            let ask = asks_of(requirement).find(|ask| ask.id == id);
            ask.is_some_and(|ask| {
                ask.claims.iter().any(|claim| matches!(claim.how, Use::Fill(_) | Use::Confirm(_)))
            })
        };
        let asked = item.exchanges.iter().map(|exchange| exchange.ask.as_str());
        let asks: BTreeSet<&str> = asked.filter(|ask| fills(ask)).collect();
        let answered = |ask: &&&str| held.asks.get(**ask).is_some_and(|ask| ask.state == AskState::Answered);
        lines.push(of_item(Counted::LookedUp, asks.len()));
        lines.push(of_item(Counted::Answered, asks.iter().filter(answered).count()));
        let differs = |gap: Gap| matches!(gap, Gap::DiffersPopulation | Gap::DiffersSources);
        lines.push(of_item(Counted::Differing, item.tried.iter().filter(|tried| differs(tried.gap)).count()));
        if let Some(asked) = &item.paper {
            let reason = match (asked.needed, item.tried.last(), item.gap) {
                (true, _, Some(gap)) => Some(gap.code().to_owned()),
                (true, Some(tried), None) => Some(tried.gap.code().to_owned()),
                (true, None, None) => None,
                (false, ..) => asked.reason.clone(),
            };
            let counted = if asked.needed { Counted::PaperNeeded } else { Counted::ReAsked };
            lines.push(ReuseLine { reason, ..of_item(counted, 1) });
        }
    }
    lines.retain(|line| line.count > 0);
    lines
}

/// Answered and accepted, used as it was, and no paper for it came in.
fn is_reused(held: &Held, requirement: &Requirement, item: &HeldItem) -> bool {
    let asks: Vec<&str> = asks_of(requirement).map(|ask| ask.id.as_str()).collect();
    let changed = held.corrections.iter().any(|(name, correction)| {
        let ask = held.facts.get(name).and_then(|fact| fact.ask.as_deref());
        correction.counts == Some(true) && ask.is_some_and(|ask| asks.contains(&ask))
    });
    let handed_in = item.paper.as_ref().is_some_and(|paper| paper.handed_in.is_some());
    item.state == ItemState::Accepted && !changed && !handed_in
}

/// How a kind of count is called in the store.
pub(crate) fn counted_name(counted: Counted) -> &'static str {
    match counted {
        Counted::Decided => "decided",
        Counted::Applicable => "applicable",
        Counted::Reused => "reused",
        Counted::TakenBack => "taken_back",
        Counted::LookedUp => "looked_up",
        Counted::Answered => "answered",
        Counted::Differing => "differing",
        Counted::PaperNeeded => "paper_needed",
        Counted::ReAsked => "re_asked",
    }
}
