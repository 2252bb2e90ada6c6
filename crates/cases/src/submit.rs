//! Submission: deeds at holders, in order. Each is in the case, with the id of its exchange, before it leaves; and one that a holder may have
//! seen is never sent again before somebody has found out what became of it (invariant O9).

use std::collections::BTreeMap;

use bytes::Bytes;
use exchange::{Answered, Ask};
use http::{Method, StatusCode};
use jiff::Timestamp;
use model::agency::Name;
use model::case::{DeedState, State};
use model::casework::Submitting;
use model::fault::{Fault, Words};
use model::procedure::{Deed, Kind, Procedure};
use serde_json::{Map, Value};

use crate::answer;
use crate::case::{Fact, Held, HeldDeed};
use crate::fetch::For;
use crate::form;
use crate::texts;

/// What came of sending a deed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sent {
    Done(BTreeMap<String, String>),
    /// The holder says no: it was not done.
    Refused(Name),
    /// It has not left, or nobody behind the other node has seen it.
    Unseen(Words),
    Unknown,
}

/// Whether a case has left the hands of whoever hands it in: it was submitted, or a holder has a deed of it.
pub(crate) fn has_begun(held: &Held) -> bool {
    matches!(held.state, State::Submitting | State::OutcomeUnknown | State::Submitted | State::Decided)
        || is_half_done(held)
}

/// Whether a holder has, or may have, a deed of it.
pub(crate) fn is_half_done(held: &Held) -> bool {
    held.deeds.iter().any(is_sent)
}

fn is_sent(deed: &HeldDeed) -> bool {
    !matches!(deed.state, DeedState::Waiting | DeedState::Refused)
}

/// A case is submitted.
///
/// # Errors
/// [`Fault::CaseIncomplete`], [`Fault::CaseElsewhere`].
pub(crate) fn begin(held: &mut Held, procedure: &Procedure) -> Result<(), Fault> {
    match held.state {
        State::Form | State::Preview => {}
        State::Submitting | State::OutcomeUnknown | State::Submitted | State::Decided => return Ok(()),
        _ => return Err(Fault::CaseElsewhere { why: texts::not_ready() }),
    }
    let missing = form::missing(held, procedure);
    if !missing.is_empty() {
        return Err(Fault::CaseIncomplete { missing: Words::joined(&missing, "; ") });
    }
    // One that was refused is another deed now; what was done stays done.
    for deed in held.deeds.iter_mut().filter(|deed| deed.state == DeedState::Refused) {
        deed.state = DeedState::Waiting;
        deed.told = None;
    }
    held.state = State::Submitting;
    Ok(())
}

/// Somebody has asked the holder what became of a deed, and what it gave.
///
/// # Errors
/// [`Fault::CaseElsewhere`], [`Fault::BadDocument`].
pub(crate) fn settle(held: &mut Held, procedure: &Procedure, said: &Submitting) -> Result<(), Fault> {
    for (id, done) in &said.outcomes {
        let not_unknown = || Fault::CaseElsewhere { why: texts::not_unknown(id) };
        let index = procedure.deeds.iter().position(|deed| deed.id == *id).ok_or_else(not_unknown)?;
        let deed = procedure.deeds.get(index).ok_or_else(not_unknown)?;
        let mut gave = BTreeMap::new();
        for (member, name) in deed.gives.iter().filter(|_| *done) {
            if let Some(value) = said.gave.get(id).and_then(|gave| gave.get(member)) {
                let place = format!("gave.{id}.{member}");
                gave.insert(name.clone(), form::value_of(&Kind::Text, &place, value)?);
            }
        }
        let kept = held.deeds.get_mut(index).filter(|deed| deed.state == DeedState::OutcomeUnknown);
        let kept = kept.ok_or_else(not_unknown)?;
        if *done {
            self::done(held, index, gave, None);
        } else {
            kept.state = DeedState::Waiting;
        }
    }
    go_on(held);
    Ok(())
}

/// Whether something is in what a holder was sent, or has given.
pub(crate) fn is_in_sent(held: &Held, procedure: &Procedure, name: &str) -> bool {
    procedure.deeds.iter().zip(&held.deeds).any(|(deed, kept)| {
        is_sent(kept)
            && (deed.body.values().any(|sent| sent == name)
                || (deed.gives.values().any(|gave| gave == name) && held.counting(name).is_some()))
    })
}

/// Marks the next deed as sent, under an id of its own; none if there is none, or one must be found out about first.
pub(crate) fn next(held: &mut Held, procedure: &Procedure, case: &str) -> Option<usize> {
    if held.state != State::Submitting
        || held.deeds.iter().any(|deed| deed.state == DeedState::OutcomeUnknown)
    {
        return None;
    }
    let index = held.deeds.iter().position(|deed| deed.state == DeedState::Waiting)?;
    // A holder gave less than the next one takes: the office finds it out, and the case is submitted again.
    if procedure.deeds.get(index).is_none_or(|deed| !form::lacks(held, procedure, deed).is_empty()) {
        held.state = State::Form;
        return None;
    }
    let exchange = held.exchange(case);
    let deed = held.deeds.get_mut(index)?;
    (deed.state, deed.exchange) = (DeedState::Sent, exchange);
    Some(index)
}

/// Deeds that were sent by a process that has ended: whether anything came of them nobody knows. Gives them with their exchanges.
pub(crate) fn lose_sight(held: &mut Held) -> Vec<(usize, String)> {
    let mut lost = Vec::new();
    for (index, deed) in held.deeds.iter_mut().enumerate() {
        if deed.state == DeedState::Sent {
            deed.state = DeedState::OutcomeUnknown;
            lost.push((index, deed.exchange.clone()));
        }
    }
    if held.deeds.iter().any(|deed| deed.state == DeedState::OutcomeUnknown) {
        held.state = State::OutcomeUnknown;
    }
    lost
}

/// What asks a holder for the outcome of a deed, by the deed's exchange; none where it cannot be asked.
pub(crate) fn ask_outcome(deed: &Deed, (exchange, of): (&str, &str), to: &For) -> Option<Ask> {
    let path = format!("{}/{of}", deed.outcome.as_ref()?);
    Some(call(deed, (Method::GET, path), exchange, Bytes::new(), to))
}

fn call(deed: &Deed, (method, path): (Method, String), exchange: &str, body: Bytes, to: &For) -> Ask {
    Ask {
        node: None,
        client: to.client.clone(),
        service: deed.service.clone(),
        purpose: to.purpose.clone(),
        method,
        path,
        id: exchange.to_owned(),
        issue: Some(to.dossier.clone()),
        user: Some(to.user.clone()),
        represented: None,
        body,
        within: to.within,
    }
}

/// What a holder says of a deed that it was asked about: what it gave, or that there is none. None: it is as unknown as it was.
pub(crate) fn read_outcome(deed: &Deed, answered: &Result<Answered, Fault>) -> Option<Outcome> {
    let answered = answered.as_ref().ok().filter(|answered| answered.fault().is_none())?;
    match answered.status {
        StatusCode::NOT_FOUND => Some(Outcome::NotDone),
        StatusCode::OK | StatusCode::CREATED => Some(Outcome::Done(given(deed, &answered.body))),
        _ => None,
    }
}

/// What a holder says of a deed that it was asked about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Done(BTreeMap<String, String>),
    /// It has never come to the holder, so it is sent again.
    NotDone,
}

/// Takes what became of a deed of which nobody knew, by its exchange: meanwhile it may have been settled, and sent by another. Whether it was taken.
pub(crate) fn take_outcome(
    held: &mut Held,
    (index, exchange): (usize, &str),
    outcome: Outcome,
    now: Timestamp,
) -> bool {
    let is_it = |deed: &&mut HeldDeed| deed.state == DeedState::OutcomeUnknown && deed.exchange == exchange;
    let Some(deed) = held.deeds.get_mut(index).filter(is_it) else { return false };
    match outcome {
        Outcome::Done(gave) => done(held, index, gave, Some(now)),
        Outcome::NotDone => deed.state = DeedState::Waiting,
    }
    go_on(held);
    true
}

/// A deed is done, and what it gave is known.
fn done(held: &mut Held, index: usize, gave: BTreeMap<String, String>, fetched: Option<Timestamp>) {
    let Some(deed) = held.deeds.get_mut(index) else { return };
    deed.state = DeedState::Done;
    deed.gave.clone_from(&gave);
    let exchange = Some(deed.exchange.clone());
    let fact = |value| Fact { fetched, exchange: exchange.clone(), ..Fact::said(value) };
    held.facts.extend(gave.into_iter().map(|(name, value)| (name, fact(value))));
}

/// When nothing is unknown any more the others are sent.
fn go_on(held: &mut Held) {
    if held.state == State::OutcomeUnknown
        && !held.deeds.iter().any(|deed| deed.state == DeedState::OutcomeUnknown)
    {
        held.state = State::Submitting;
    }
}

/// What is sent. What may be left out and is not known is left out of the body, and what is of something that does not apply.
pub(crate) fn ask(held: &Held, procedure: &Procedure, deed: &Deed, exchange: &str, to: &For) -> Ask {
    let said = deed.body.iter().filter(|(_, name)| !form::is_of_nothing(held, procedure, name));
    let members = said.filter_map(|(member, name)| Some((member.clone(), Value::from(held.counting(name)?))));
    let body: Map<String, Value> = members.collect();
    let body = Bytes::from(Value::Object(body).to_string());
    call(deed, (Method::POST, deed.path.clone()), exchange, body, to)
}

/// What an answer, or the lack of one, says of a deed. Only what surely was not seen by the holder counts as not sent.
pub(crate) fn read(deed: &Deed, answered: &Result<Answered, Fault>) -> Sent {
    let answered = match answered {
        Ok(answered) => answered,
        Err(fault) if is_unseen(fault.code()) => return Sent::Unseen(fault.words()),
        Err(_) => return Sent::Unknown,
    };
    if let Some(code) = answered.fault() {
        return match is_unseen(code) {
            true => Sent::Unseen(texts::refused_by_node(code)),
            false => Sent::Unknown,
        };
    }
    match answered.status {
        status if status.is_success() => Sent::Done(given(deed, &answered.body)),
        status if status.is_client_error() => Sent::Refused(Name::from(texts::refused(&status.as_u16()))),
        _ => Sent::Unknown,
    }
}

/// What a holder's answer gives.
fn given(deed: &Deed, body: &[u8]) -> BTreeMap<String, String> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let given = deed.gives.iter();
    given.filter_map(|(member, name)| Some((name.clone(), answer::text(body.get(member)?)?))).collect()
}

/// Codes by which a call has not come to the service: it was refused by rule, or reached nobody.
fn is_unseen(code: &str) -> bool {
    code.starts_with("LT-1")
        || code.starts_with("LT-2")
        || code.starts_with("LT-61")
        || matches!(code, "LT-3101" | "LT-3102" | "LT-4101" | "LT-5102")
}

/// Takes what came of a deed, by its exchange: of nodes that share a store another may have lost sight of it meanwhile, or sent it anew. Whether
/// it was taken.
pub(crate) fn take(held: &mut Held, (index, exchange): (usize, &str), sent: Sent, now: Timestamp) -> bool {
    let is_it = |deed: &&mut HeldDeed| {
        deed.exchange == exchange
            && match deed.state {
                DeedState::Sent => true,
                DeedState::OutcomeUnknown => sent != Sent::Unknown,
                // Somebody has said that it was not done; it is not sent again if it was.
                DeedState::Waiting => matches!(sent, Sent::Done(_)),
                DeedState::Done | DeedState::Refused => false,
            }
    };
    let Some(deed) = held.deeds.get_mut(index).filter(is_it) else { return false };
    match sent {
        Sent::Done(gave) => {
            done(held, index, gave, Some(now));
            go_on(held);
        }
        Sent::Refused(told) => {
            deed.state = DeedState::Refused;
            deed.told = Some(told);
            held.state = State::Form;
        }
        Sent::Unseen(why) => {
            deed.state = DeedState::Refused;
            deed.told = Some(Name::from(why));
            held.state = State::Form;
        }
        Sent::Unknown => {
            deed.state = DeedState::OutcomeUnknown;
            held.state = State::OutcomeUnknown;
        }
    }
    true
}

/// Whether all is done: then the case is submitted.
pub(crate) fn finish(held: &mut Held) -> bool {
    let done = held.state == State::Submitting && held.deeds.iter().all(|deed| deed.state == DeedState::Done);
    if done {
        held.state = State::Submitted;
    }
    done
}
