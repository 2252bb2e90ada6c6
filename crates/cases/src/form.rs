//! The form: what the person says beside what sources say. Nothing is overwritten (invariant O7): a correction stands beside the value, and
//! an officer decides which of the two counts.

use model::case::{By, Correction, DeedState, ItemState, State};
use model::casework::Correcting;
use model::fault::{Fault, Mistake, Mistakes, Words};
use model::gap::{Gap, GapClass};
use model::person::PersonId;
use model::procedure::{Deed, ENTERPRISE, Kind, NUMBER, Otherwise, Party, Procedure, Requirement, Use};
use model::text::{is_hidden, nfc};

use crate::case::{Fact, Held, HeldItem, asks_of};
use crate::texts;

/// Longest text that a person says.
const TEXT_MAX: usize = 500;

/// What a value of a kind is, in the one form in which it is kept.
///
/// # Errors
/// [`Fault::BadDocument`] at `place`.
pub(crate) fn value_of(kind: &Kind, place: &str, text: &str) -> Result<String, Fault> {
    let text = nfc(text.trim());
    let bad = |why| Fault::BadDocument { place: Words::quoted(place), why };
    if text.chars().count() > TEXT_MAX {
        return Err(bad(texts::too_long(TEXT_MAX)));
    }
    if text.chars().any(|c| is_hidden(c) || c.is_control() && c != '\n') {
        return Err(bad(texts::hidden_characters()));
    }
    match kind {
        _ if text.is_empty() => Err(bad(texts::is_empty())),
        Kind::Text => Ok(text),
        Kind::Date => {
            text.parse::<jiff::civil::Date>().map(|day| day.to_string()).map_err(|_| bad(texts::no_day()))
        }
        Kind::Number => {
            text.parse::<i64>().map(|number| number.to_string()).map_err(|_| bad(texts::no_number()))
        }
        Kind::PersonId => {
            text.parse::<PersonId>().map(|id| id.as_str().to_owned()).map_err(|_| bad(texts::no_person_id()))
        }
        Kind::Yes => match text.as_str() {
            "true" | "false" => Ok(text),
            _ => Err(bad(texts::yes_or_no())),
        },
        Kind::Choice(choices) => match choices.iter().any(|choice| choice.code == text) {
            true => Ok(text),
            false => Err(bad(texts::not_a_choice())),
        },
    }
}

/// What the person says at the beginning, or later: inputs of the procedure, and numbers of its roles.
///
/// # Errors
/// [`Fault::Mistaken`]: all that is wrong, each at its place.
pub(crate) fn said<'a>(
    held: &mut Held,
    procedure: &Procedure,
    inputs: impl Iterator<Item = (&'a String, &'a String)>,
    own: Option<&str>,
) -> Result<(), Fault> {
    let (mut values, mut mistakes) = (Vec::new(), Vec::new());
    for (name, text) in inputs {
        let place = format!("inputs.{name}");
        let kind = kind_of(procedure, name);
        let value = match kind {
            // A citizen's own number is the one that they signed in with.
            _ if own == Some(name) => continue,
            None => Err(Fault::BadDocument { place: Words::quoted(&place), why: texts::no_input() }),
            Some(_) if text.trim().is_empty() => continue,
            Some(kind) => value_of(&kind, &place, text),
        };
        match value {
            // What a source has said is corrected, and not said.
            Ok(_) if held.facts.get(name).is_some_and(|fact| fact.ask.is_some()) => {}
            Ok(value) => values.push((name.clone(), value)),
            Err(fault) => mistakes.push(Mistake { place, fault }),
        }
    }
    if !mistakes.is_empty() {
        return Err(Fault::Mistaken { mistakes: Mistakes::new(mistakes) });
    }
    held.facts.extend(values.into_iter().map(|(name, value)| (name, Fact::said(value))));
    Ok(())
}

/// What may be said under a name, if anything: inputs, and numbers of roles.
fn kind_of(procedure: &Procedure, name: &str) -> Option<Kind> {
    if let Some(field) = procedure.inputs.iter().find(|field| field.fact == name) {
        return Some(field.kind.clone());
    }
    let (role, member) = name.split_once('.')?;
    let party = procedure.roles.iter().find(|known| known.id == role)?.party;
    match (party, member) {
        (Party::Person, NUMBER) => Some(Kind::PersonId),
        (Party::Organisation, ENTERPRISE) => Some(Kind::Text),
        _ => None,
    }
}

/// Takes a correction, or an officer's word on one. Says whether a source has a defect to be told of: it does where it said otherwise.
///
/// # Errors
/// [`Fault::CaseElsewhere`], [`Fault::NoReason`], [`Fault::BadDocument`].
pub(crate) fn correct(
    held: &mut Held,
    procedure: &Procedure,
    said: &Correcting,
    by: By,
) -> Result<Option<Fact>, Fault> {
    if !matches!(held.state, State::Preview | State::Form | State::Submitted) {
        return Err(Fault::CaseElsewhere { why: texts::no_form_yet() });
    }
    let line = procedure.form.iter().find(|line| line.fact == said.fact).map(|line| line.kind.clone());
    let kind = line.or_else(|| kind_in_deed(held, procedure, &said.fact).filter(|_| by != By::Citizen));
    let kind = kind.ok_or_else(|| Fault::CaseElsewhere { why: texts::no_line(&said.fact) })?;
    if let Some(counts) = said.counts {
        let correction = held.corrections.get_mut(&said.fact);
        let correction =
            correction.ok_or_else(|| Fault::CaseElsewhere { why: texts::no_correction(&said.fact) })?;
        // Whoever decides names what they have seen: meanwhile another may have been said.
        if said.value.as_ref().is_some_and(|seen| *seen != correction.value) {
            return Err(Fault::CaseElsewhere { why: texts::corrected_meanwhile() });
        }
        correction.counts = Some(counts);
        return Ok(None);
    }
    if held.state == State::Submitted {
        return Err(Fault::CaseElsewhere { why: texts::submitted_already() });
    }
    let value = value_of(&kind, "value", said.value.as_deref().unwrap_or_default())?;
    let sourced = held.facts.get(&said.fact).filter(|fact| fact.ask.is_some()).cloned();
    match sourced {
        None => {
            held.facts.insert(said.fact.clone(), Fact::said(value));
            say(held, procedure);
            Ok(None)
        }
        // Who says the same has nothing to correct.
        Some(fact) if fact.value == value => {
            held.corrections.remove(&said.fact);
            Ok(None)
        }
        Some(fact) => {
            let why =
                said.why.as_deref().map(str::trim).filter(|why| !why.is_empty()).ok_or(Fault::NoReason {})?;
            let why = value_of(&Kind::Text, "why", why)?;
            let before = held.corrections.get(&said.fact);
            // What is said twice is one correction; another value is another, and the officer decides anew.
            let defect = before.and_then(|before| before.defect.clone());
            let defect_state = before.and_then(|before| before.defect_state);
            let correction = Correction { value, why, by, counts: None, defect, defect_state };
            held.corrections.insert(said.fact.clone(), correction);
            Ok(Some(fact))
        }
    }
}

/// What the office may say though no line asks for it: what a deed takes and no source or holder has given.
fn kind_in_deed(held: &Held, procedure: &Procedure, name: &str) -> Option<Kind> {
    let is_open = held.facts.get(name).is_none_or(|fact| fact.ask.is_none() && fact.fetched.is_none());
    let is_sent = procedure.deeds.iter().any(|deed| deed.body.values().any(|sent| sent == name));
    (is_open && is_sent).then(|| kind_of(procedure, name).unwrap_or(Kind::Text))
}

/// Items that the person may say are said when all that they would have given is.
fn say(held: &mut Held, procedure: &Procedure) {
    for (index, requirement) in procedure.requirements.iter().enumerate() {
        if requirement.otherwise != Otherwise::Field {
            continue;
        }
        let given: Vec<&String> = asks_of(requirement)
            .flat_map(|ask| &ask.claims)
            .filter_map(|claim| match &claim.how {
                Use::Fill(name) => Some(name),
                _ => None,
            })
            .collect();
        let is_said = !given.is_empty()
            && given.iter().all(|name| held.facts.get(*name).is_some_and(|fact| fact.ask.is_none()));
        if let Some(item) = held.items.get_mut(index)
            && matches!(item.state, ItemState::Gap | ItemState::Declined)
            && is_said
        {
            item.state = ItemState::Said;
        }
    }
}

/// What is in the way of submission.
pub(crate) fn missing(held: &Held, procedure: &Procedure) -> Vec<Words> {
    let mut all = Vec::new();
    if matches!(
        held.state,
        State::Submitted | State::Decided | State::Closed | State::Submitting | State::OutcomeUnknown
    ) {
        return all;
    }
    if matches!(held.state, State::Fetching | State::Question) {
        all.push(texts::being_asked());
    }
    for (requirement, item) in procedure.requirements.iter().zip(&held.items) {
        let name = Words::new(requirement.name.vi.clone(), requirement.name.en.clone());
        let handed_in = item.paper.as_ref().is_some_and(|paper| paper.handed_in.is_some());
        let asked = item.paper.is_some() && !handed_in;
        match item.state {
            ItemState::Found => all.push(texts::to_be_previewed(&name)),
            ItemState::Gap | ItemState::Declined => match (item.gap, requirement.otherwise) {
                _ if handed_in => {}
                (Some(Gap::LowLevel), _) => all.push(texts::step_up(&name)),
                (Some(gap), Otherwise::Paper) if asked || gap.class() == GapClass::PaperMayBeAsked => {
                    all.push(texts::paper_needed(&name));
                }
                // What is the State's fault is in nobody's way.
                _ => {}
            },
            _ if asked => all.push(texts::paper_needed(&name)),
            _ => {}
        }
    }
    for line in procedure.form.iter().filter(|line| !line.optional) {
        let there = held.facts.get(&line.fact).is_some_and(|fact| held.is_accepted(procedure, fact));
        if !there && !is_shown_by_paper(held, procedure, &line.fact) {
            all.push(texts::line_empty(&Words::new(line.name.vi.clone(), line.name.en.clone())));
        }
    }
    for deed in to_be_sent(held, procedure) {
        for name in
            lacks(held, procedure, deed).into_iter().filter(|name| !is_to_be_given(held, procedure, name))
        {
            let told = texts::line_empty(&label(procedure, name));
            if !all.contains(&told) {
                all.push(told);
            }
        }
        let undecided = |name: &&String| {
            held.corrections.get(*name).is_some_and(|correction| correction.counts.is_none())
        };
        for name in deed.body.values().filter(undecided) {
            let told = texts::correction_undecided(&label(procedure, name));
            if !all.contains(&told) {
                all.push(told);
            }
        }
    }
    all
}

fn to_be_sent<'p>(held: &Held, procedure: &'p Procedure) -> impl Iterator<Item = &'p Deed> {
    let is_sent = |index: usize| {
        held.deeds
            .get(index)
            .is_some_and(|deed| !matches!(deed.state, DeedState::Waiting | DeedState::Refused))
    };
    let to_be: Vec<&Deed> = procedure
        .deeds
        .iter()
        .enumerate()
        .filter(|(index, _)| !is_sent(*index))
        .map(|(_, deed)| deed)
        .collect();
    to_be.into_iter()
}

/// What a deed takes and nobody knows, but for what is left out of it.
pub(crate) fn lacks<'p>(held: &Held, procedure: &'p Procedure, deed: &'p Deed) -> Vec<&'p str> {
    let all = deed.body.values().map(String::as_str);
    all.filter(|name| held.counting(name).is_none() && !may_lack(held, procedure, name)).collect()
}

/// Whether a deed goes without something: it may stay empty, or all that could have said it came to nothing and need not be shown. Of a birth
/// without a known father nobody says one.
fn may_lack(held: &Held, procedure: &Procedure, name: &str) -> bool {
    let line = procedure.form.iter().find(|line| line.fact == name);
    let input = procedure.inputs.iter().find(|input| input.fact == name);
    if line.is_some_and(|line| line.optional) || input.is_some_and(|input| input.optional) {
        return true;
    }
    let mut sources = procedure
        .requirements
        .iter()
        .zip(&held.items)
        .filter(|(requirement, _)| fills(requirement, name))
        .map(|(requirement, item)| is_done_without(requirement, item))
        .peekable();
    input.is_none() && sources.peek().is_some() && sources.all(|without| without)
}

/// Whether something is only of what does not apply: what somebody may have typed there meanwhile is not sent.
pub(crate) fn is_of_nothing(held: &Held, procedure: &Procedure, name: &str) -> bool {
    let mut sources = procedure
        .requirements
        .iter()
        .zip(&held.items)
        .filter(|(requirement, _)| fills(requirement, name))
        .map(|(_, item)| item.state == ItemState::NotApplicable)
        .peekable();
    let is_asked = procedure.inputs.iter().any(|input| input.fact == name);
    !is_asked && sources.peek().is_some() && sources.all(|not| not)
}

/// Whether an item came to nothing and nothing follows from it.
fn is_done_without(requirement: &Requirement, item: &HeldItem) -> bool {
    match item.state {
        ItemState::NotApplicable => true,
        ItemState::Gap | ItemState::Declined => requirement.otherwise == Otherwise::Nothing,
        _ => false,
    }
}

/// Whether an ask of a requirement makes something known under a name.
fn fills(requirement: &Requirement, name: &str) -> bool {
    asks_of(requirement)
        .flat_map(|ask| &ask.claims)
        .any(|claim| matches!(&claim.how, Use::Fill(fact) if fact == name))
}

/// Whether a deed that is still to be sent gives it.
fn is_to_be_given(held: &Held, procedure: &Procedure, name: &str) -> bool {
    to_be_sent(held, procedure).any(|deed| deed.gives.values().any(|given| given == name))
}

/// What a name is called.
fn label(procedure: &Procedure, name: &str) -> Words {
    let line = procedure.form.iter().find(|line| line.fact == name).map(|line| &line.name);
    let input = || procedure.inputs.iter().find(|input| input.fact == name).map(|input| &input.name);
    line.or_else(input)
        .map_or_else(|| Words::quoted(name), |name| Words::new(name.vi.clone(), name.en.clone()))
}

/// Whether a line's value is in a paper that was handed in, or its item is done without or is the State's to settle.
fn is_shown_by_paper(held: &Held, procedure: &Procedure, name: &str) -> bool {
    procedure.requirements.iter().zip(&held.items).any(|(requirement, item)| {
        let is_the_states = item.state == ItemState::Gap
            && item.gap.is_some_and(|gap| gap.class() != GapClass::PaperMayBeAsked);
        fills(requirement, name)
            && (item.state == ItemState::Paper || is_the_states || is_done_without(requirement, item))
    })
}
