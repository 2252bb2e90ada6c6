//! What a case waits for by itself: answers that a source promised for later are asked for again, and a deed of which nobody knows is asked
//! about by its exchange. Each after a pause that grows, until it is known or has taken too long. When the next one is due stands in the store.
//!
//! Plain functions over what is kept; whoever computes is given `now`.

use jiff::{SignedDuration, Timestamp};
use model::case::{DeedState, ItemState, State};
use model::gap::Gap;
use model::procedure::Procedure;

use crate::case::{Held, HeldDeed, HeldItem};
use crate::pause::{FIRST, Wait};
use crate::plan;
use crate::submit;

/// For how long an answer may pend where no pack says.
pub(crate) const PENDING_HOURS: u16 = 72;

/// Whether an item has no answer since one is promised for later.
fn is_pending(item: &HeldItem) -> bool {
    let handed_in = item.paper.as_ref().is_some_and(|paper| paper.handed_in.is_some());
    let promised = item.gap == Some(Gap::Pending) || item.tried.iter().any(|tried| tried.gap == Gap::Pending);
    item.state == ItemState::Gap && promised && !handed_in
}

/// Whether answers still count: until it is handed in.
fn counts(held: &Held) -> bool {
    matches!(held.state, State::Question | State::Preview | State::Form) && !submit::has_begun(held)
}

/// Whether the holder of a deed can be asked what became of it.
fn can_be_asked(procedure: &Procedure, index: usize, deed: &HeldDeed) -> bool {
    deed.state == DeedState::OutcomeUnknown
        && procedure.deeds.get(index).is_some_and(|deed| deed.outcome.is_some())
}

/// Begins to wait for what is promised or unknown since, and ends what is no longer waited for.
pub(crate) fn keep(held: &mut Held, procedure: &Procedure, now: Timestamp) {
    let goes_on = !matches!(held.state, State::Decided | State::Closed) && !submit::has_begun(held);
    for item in &mut held.items {
        if goes_on && is_pending(item) {
            item.pending.get_or_insert_with(|| Wait::begin(now));
        } else if !(goes_on && item.is_open()) {
            item.pending = None;
        }
    }
    for (index, deed) in held.deeds.iter_mut().enumerate() {
        if can_be_asked(procedure, index, deed) {
            deed.unknown.get_or_insert_with(|| Wait::begin(now));
        } else {
            deed.unknown = None;
        }
    }
}

/// When there is something to do next, if nobody does anything before.
pub(crate) fn next(held: &Held) -> Option<Timestamp> {
    let pending = held.items.iter().filter(|item| counts(held) && is_pending(item));
    let pending = pending.filter_map(|item| item.pending.as_ref());
    let unknown = held.deeds.iter().filter(|_| held.state == State::OutcomeUnknown);
    let open = !matches!(held.state, State::Decided | State::Closed);
    let others = held.items.iter().filter(|item| open && item.result.is_some());
    let others = others.filter_map(|item| item.elsewhere.as_ref()).map(|from| &from.wait);
    pending.chain(others).chain(unknown.filter_map(|deed| deed.unknown.as_ref())).map(|wait| wait.next).min()
}

/// Asks again what is due; what has pended for too long has not been answered in time. Gives the items, and whether each is asked.
pub(crate) fn ask_again(
    held: &mut Held,
    procedure: &Procedure,
    now: Timestamp,
    hours: u16,
) -> Vec<(usize, bool)> {
    let mut all = Vec::new();
    if !counts(held) {
        return all;
    }
    let most = SignedDuration::from_hours(i64::from(hours));
    for index in 0..held.items.len() {
        let Some(item) = held.items.get_mut(index).filter(|item| is_pending(item)) else { continue };
        let Some(wait) = item.pending.as_mut().filter(|wait| wait.is_due(now)) else { continue };
        if now.duration_since(wait.since) >= most {
            let late = |gap: &mut Gap| {
                if *gap == Gap::Pending {
                    *gap = Gap::Timeout;
                }
            };
            item.gap.iter_mut().for_each(late);
            item.tried.iter_mut().for_each(|tried| late(&mut tried.gap));
            item.pending = None;
            all.push((index, false));
        } else {
            wait.again(now);
            plan::again(held, procedure, index);
            all.push((index, true));
        }
    }
    all
}

/// Somebody wants to know now what became of deeds. Whether there is a holder that can be asked.
pub(crate) fn hurry(held: &mut Held, procedure: &Procedure, now: Timestamp) -> bool {
    keep(held, procedure, now);
    let unknown = held.deeds.iter_mut().filter_map(|deed| deed.unknown.as_mut());
    unknown.map(|wait| wait.hurry(now)).count() > 0
}

/// Whether a deed may still be on its way: that its holder has not heard of it says nothing yet.
pub(crate) fn is_under_way(deed: &HeldDeed, now: Timestamp) -> bool {
    deed.unknown.as_ref().is_some_and(|wait| now.duration_since(wait.since) < FIRST)
}

/// The deed whose holder is to be asked now what became of it; it is asked again after a longer pause. Where the clock was set back how long it was
/// waited is not known, and a holder that is asked too early says that there is none, of a deed that is under way: the wait begins anew.
pub(crate) fn deed_due(held: &mut Held, procedure: &Procedure, now: Timestamp) -> Option<usize> {
    if held.state != State::OutcomeUnknown {
        return None;
    }
    for wait in held.deeds.iter_mut().filter_map(|deed| deed.unknown.as_mut()) {
        if wait.is_of_another_clock(now) {
            *wait = Wait::begin(now);
        }
    }
    let (index, deed) = held.deeds.iter_mut().enumerate().find(|(index, deed)| {
        can_be_asked(procedure, *index, deed) && deed.unknown.as_ref().is_some_and(|wait| wait.is_due(now))
    })?;
    deed.unknown.as_mut()?.again(now);
    Some(index)
}
