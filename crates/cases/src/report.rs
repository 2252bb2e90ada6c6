//! What the hub is told of reuse: counts by day, procedure, requirement and reason. Of persons nothing.

use jiff::Timestamp;
use model::case::ItemState;
use model::procedure::Procedure;
use model::time::day_in_viet_nam;

use crate::case::Held;
use crate::store::Count;

/// How an item's state is called in reports.
pub(crate) fn state_name(state: ItemState) -> &'static str {
    match state {
        ItemState::Waiting => "waiting",
        ItemState::Asking => "asking",
        ItemState::Found => "found",
        ItemState::Accepted => "accepted",
        ItemState::Declined => "declined",
        ItemState::Gap => "gap",
        ItemState::Paper => "paper",
        ItemState::Said => "said",
        ItemState::NotApplicable => "not_applicable",
    }
}

/// What a case that was decided counts for: one for each requirement. A paper that came in beside an answer is told by its reason.
pub(crate) fn counts(held: &Held, procedure: &Procedure, now: Timestamp) -> Vec<Count> {
    let day = day_in_viet_nam(now).to_string();
    let items = procedure.requirements.iter().zip(&held.items);
    let count = |(requirement, item): (&model::procedure::Requirement, &crate::case::HeldItem)| {
        let asked_again = item.paper.as_ref().filter(|paper| !paper.needed);
        let reason = match asked_again {
            Some(paper) => format!("re_ask:{}", paper.reason.as_deref().unwrap_or_default()),
            None => item.gap.map(|gap| gap.code().to_owned()).unwrap_or_default(),
        };
        Count {
            day: day.clone(),
            procedure: procedure.id.clone(),
            requirement: requirement.id.clone(),
            alternative: i64::try_from(item.alternative).unwrap_or_default(),
            state: state_name(item.state),
            reason,
            paper: requirement.paper.as_ref().map(|paper| paper.code.clone()).unwrap_or_default(),
            by: 1,
        }
    };
    items.map(count).collect()
}
