//! What was found is shown before it is used: the person accepts or declines it, item by item. What is declined is erased.

use model::case::{ItemState, State};
use model::casework::Previewing;
use model::fault::Fault;
use model::gap::Gap;
use model::procedure::Procedure;

use crate::case::Held;
use crate::texts;

/// Takes a decision. Only what was found can be decided on; what was accepted can still be declined until the case is submitted.
///
/// # Errors
/// [`Fault::CaseElsewhere`].
pub(crate) fn decide(held: &mut Held, procedure: &Procedure, said: &Previewing) -> Result<(), Fault> {
    // What is there is decided on while others are still asked.
    if !matches!(held.state, State::Fetching | State::Question | State::Preview | State::Form) {
        return Err(Fault::CaseElsewhere { why: texts::nothing_to_preview() });
    }
    let at = |id: &String| procedure.requirements.iter().position(|requirement| requirement.id == *id);
    for id in said.accept.iter().chain(&said.decline) {
        let state = at(id).and_then(|index| held.items.get(index)).map(|item| item.state);
        let is_given = matches!(state, Some(ItemState::Found | ItemState::Accepted));
        // Said once more it is no mistake: a page may be sent twice.
        let is_declined = state == Some(ItemState::Declined) && said.decline.contains(id);
        if !(is_given || is_declined) || said.accept.contains(id) && said.decline.contains(id) {
            return Err(Fault::CaseElsewhere { why: texts::not_found_item(id) });
        }
    }
    for index in said.accept.iter().filter_map(at) {
        if let Some(item) = held.items.get_mut(index) {
            item.state = ItemState::Accepted;
        }
    }
    for index in said.decline.iter().filter_map(at) {
        if let Some(requirement) = procedure.requirements.get(index) {
            held.erase(requirement);
        }
        if let Some(item) = held.items.get_mut(index) {
            item.state = ItemState::Declined;
            (item.result, item.elsewhere) = (None, None);
            item.gap = Some(Gap::Declined);
        }
    }
    if matches!(held.state, State::Preview | State::Form)
        && !held.items.iter().any(|item| item.state == ItemState::Found)
    {
        held.state = State::Form;
    }
    Ok(())
}
