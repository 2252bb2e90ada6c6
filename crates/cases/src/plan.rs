//! What is asked next: requirements and their conditions, alternatives in order, asks that wait for what others give.
//!
//! Nothing here waits or writes: [`advance`] takes a case as far as what is known takes it, and marks the asks that can be made now. Called
//! again with every answer, it ends with every item at its end, whatever the answers were, and whatever a procedure says: what waits for
//! something that cannot come any more ends, too.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::case::{ItemState, State, Tried};
use model::gap::Gap;
use model::id::ServiceId;
use model::procedure::{Alternative, Ask, BORN, FULL_NAME, NUMBER, Procedure, Requirement, Use};

use crate::case::{AskState, Held, HeldExchange};

/// By what a record is asked for: the service, and what its fields must be equal to.
pub(crate) type Wanted = (ServiceId, BTreeMap<String, String>);

/// One exchange to be made, with the asks that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToAsk {
    pub(crate) exchange: String,
    pub(crate) service: ServiceId,
    pub(crate) filters: BTreeMap<String, String>,
    pub(crate) fields: BTreeSet<String>,
    pub(crate) asks: Vec<String>,
}

/// Takes a case as far as it goes.
pub(crate) fn advance(held: &mut Held, case: &str, procedure: &Procedure) {
    if !matches!(held.state, State::Fetching | State::Question) {
        return;
    }
    if held.level < procedure.assurance {
        for item in held.items.iter_mut().filter(|item| item.is_open()) {
            item.end(Gap::LowLevel);
        }
    }
    loop {
        let mut moved = withdraw(held, procedure);
        for (index, requirement) in procedure.requirements.iter().enumerate() {
            moved |= step(held, procedure, index, requirement);
        }
        if moved {
            continue;
        }
        let under_way =
            |ask: &crate::case::HeldAsk| matches!(ask.state, AskState::Asking(_) | AskState::Question);
        if held.asks.values().any(under_way) || !give_up_one(held, procedure) {
            break;
        }
    }
    allot(held, case, procedure);
    settle(held);
}

/// What was asked by something that is known no more, since what had said it has failed meanwhile, is asked no more: without it the question
/// would be another, of more people.
fn withdraw(held: &mut Held, procedure: &Procedure) -> bool {
    let asked = procedure.asks().filter(|(_, ask)| {
        matches!(state(held, ask), AskState::Asking(_) | AskState::Question) && !is_known(held, ask)
    });
    let asked: Vec<&Ask> = asked.map(|(_, ask)| ask).collect();
    asked.iter().for_each(|ask| set(held, ask, AskState::Waiting));
    !asked.is_empty()
}

/// Whether all that an ask finds by is known.
fn is_known(held: &Held, ask: &Ask) -> bool {
    ask.find.values().all(|name| held.facts.contains_key(name))
}

/// The state that follows from the items.
fn settle(held: &mut Held) {
    let asking = held.asks.values().any(|ask| matches!(ask.state, AskState::Asking(_)));
    let question = held.asks.values().any(|ask| ask.state == AskState::Question);
    let found = held.items.iter().any(|item| item.state == ItemState::Found);
    held.state = match (asking, question, found) {
        (true, _, _) => State::Fetching,
        (_, true, _) => State::Question,
        (_, _, true) => State::Preview,
        _ => State::Form,
    };
}

/// One step of an item, if it can make one.
fn step(held: &mut Held, procedure: &Procedure, index: usize, requirement: &Requirement) -> bool {
    let Some(item) = held.items.get(index) else { return false };
    if !item.is_open() {
        return false;
    }
    let alternative = item.alternative;
    // Whether it applies is decided once, before anything is asked for it: its own answers do not undo it.
    let begun = item.state == ItemState::Asking || !item.tried.is_empty();
    match represented(held, procedure, index, requirement) {
        Represented::Yes => {}
        Represented::NotYet => return false,
        Represented::No => {
            end(held, index, Gap::Unrepresented);
            return true;
        }
    }
    if let Some(when) = requirement.when.as_ref().filter(|_| !begun) {
        let waits =
            |name: &&str| !held.facts.contains_key(*name) && may_come(held, procedure, name, Some(index));
        if when.reads().iter().any(waits) {
            return false;
        }
        if when.holds(&|name| held.known(name), held.day()) == Some(false) {
            end(held, index, Gap::NotApplicable);
            return true;
        }
    }
    match requirement.alternatives.get(alternative) {
        Some(way) if !way.asks.is_empty() => try_way(held, procedure, index, way),
        // The paper, or the person's word, is this way; or nobody has published anything.
        _ => {
            let last = held.items.get(index).and_then(|item| item.tried.last()).map(|tried| tried.gap);
            end(held, index, last.unwrap_or(Gap::NotPublished));
            true
        }
    }
}

/// Whether whoever acts for another may have something asked about them.
enum Represented {
    Yes,
    NotYet,
    No,
}

/// Nothing is asked about somebody else before it is proved that one may act for them: what it takes to prove it, and whoever acts, come first.
fn represented(held: &Held, procedure: &Procedure, index: usize, requirement: &Requirement) -> Represented {
    let Some(how) = held.acting else { return Represented::Yes };
    let Some(acts) = procedure.acts_for.iter().find(|acts| acts.how == how) else { return Represented::No };
    let proof = procedure.requirements.iter().position(|requirement| requirement.id == acts.proved_by);
    let Some(proof) = proof else { return Represented::No };
    if index == proof || requirement.role == acts.role {
        return Represented::Yes;
    }
    let Some(proof) = held.items.get(proof) else { return Represented::No };
    match proof.state {
        ItemState::Found | ItemState::Accepted => Represented::Yes,
        // Any file can be handed in: an officer reads it first.
        ItemState::Paper if proof.paper.as_ref().is_some_and(|paper| paper.proves == Some(true)) => {
            Represented::Yes
        }
        ItemState::Waiting | ItemState::Asking => Represented::NotYet,
        _ => Represented::No,
    }
}

fn end(held: &mut Held, index: usize, gap: Gap) {
    if let Some(item) = held.items.get_mut(index) {
        item.end(gap);
    }
}

/// Asks what can be asked of an alternative; ends it when all have answered, or one has not.
fn try_way(held: &mut Held, procedure: &Procedure, index: usize, way: &Alternative) -> bool {
    let mut moved = false;
    for ask in &way.asks {
        if state(held, ask) == AskState::Waiting {
            match readiness(held, procedure, ask) {
                Readiness::Ready => set(held, ask, AskState::Asking(String::new())),
                Readiness::Never(gap) => set(held, ask, AskState::Failed(gap)),
                Readiness::Waits => continue,
            }
            moved = true;
        }
    }
    let states: Vec<AskState> = way.asks.iter().map(|ask| state(held, ask)).collect();
    if states.iter().any(|state| matches!(state, AskState::Asking(_) | AskState::Question)) {
        if let Some(item) = held.items.get_mut(index) {
            item.state = ItemState::Asking;
        }
        return moved;
    }
    let failed = states.iter().find_map(|state| match state {
        AskState::Failed(gap) => Some(*gap),
        _ => None,
    });
    match failed {
        Some(gap) => {
            // An alternative shows something by all of its asks or not at all.
            let asks: Vec<&str> = way.asks.iter().map(|ask| ask.id.as_str()).collect();
            held.erase_of(&asks);
            if let Some(item) = held.items.get_mut(index) {
                item.tried.push(Tried { alternative: item.alternative, gap });
                item.alternative += 1;
                item.verdict = None;
                item.state = ItemState::Waiting;
            }
            true
        }
        None if states.iter().all(|state| *state == AskState::Answered) => {
            let shows =
                held.facts.values().any(|fact| way.asks.iter().any(|ask| fact.ask.as_ref() == Some(&ask.id)));
            if let Some(item) = held.items.get_mut(index) {
                // What was only confirmed or tested has nothing to be previewed.
                item.state = if shows { ItemState::Found } else { ItemState::Accepted };
                item.gap = None;
            }
            true
        }
        None => moved,
    }
}

enum Readiness {
    Ready,
    Waits,
    Never(Gap),
}

fn readiness(held: &Held, procedure: &Procedure, ask: &Ask) -> Readiness {
    if !is_published(held, ask) {
        return Readiness::Never(Gap::NotPublished);
    }
    let unknown: Vec<&String> = ask.find.values().filter(|name| !held.facts.contains_key(*name)).collect();
    if unknown.is_empty() {
        // Nothing in particular is never asked for: that would be a list of everybody.
        return if ask.find.is_empty() { Readiness::Never(Gap::Unsupported) } else { Readiness::Ready };
    }
    match unknown.iter().find(|name| !may_come(held, procedure, name, None)) {
        Some(name) => Readiness::Never(why_not(held, procedure, name)),
        None => Readiness::Waits,
    }
}

/// Whether a scope lets the office ask, on the day of the case. Where nothing is said of it the grant decides.
fn is_published(held: &Held, ask: &Ask) -> bool {
    let Some(published) = &ask.published else { return true };
    published.iter().any(|one| is_of_class(&held.client, &one.clients) && one.valid.holds_on(held.day()))
}

/// Whether a system is of a class: `VN/LOC/*/mot-cua`.
fn is_of_class(system: &str, class: &str) -> bool {
    let (mut system, mut class) = (system.split('/'), class.split('/'));
    loop {
        match (system.next(), class.next()) {
            (None, None) => return true,
            (Some(part), Some(wanted)) if wanted == "*" || part == wanted => {}
            _ => return false,
        }
    }
}

/// Whether something may still become known, by an item other than `besides`.
fn may_come(held: &Held, procedure: &Procedure, name: &str, besides: Option<usize>) -> bool {
    let items = procedure.requirements.iter().zip(&held.items).enumerate();
    items.filter(|(index, (_, item))| item.is_open() && Some(*index) != besides).any(
        |(_, (requirement, item))| {
            let ways = requirement.alternatives.iter().skip(item.alternative);
            ways.flat_map(|way| &way.asks)
                .any(|ask| gives(ask, name) && !matches!(state(held, ask), AskState::Failed(_)))
        },
    )
}

fn gives(ask: &Ask, name: &str) -> bool {
    ask.claims.iter().any(|claim| matches!(&claim.how, Use::Fill(fact) if fact == name))
}

/// Why something is not known: the gap of whatever should have given it.
fn why_not(held: &Held, procedure: &Procedure, name: &str) -> Gap {
    let items = procedure.requirements.iter().zip(&held.items);
    let mut gaps = items
        .filter(|(requirement, _)| crate::case::asks_of(requirement).any(|ask| gives(ask, name)))
        .filter_map(|(_, item)| item.gap.or_else(|| item.tried.last().map(|tried| tried.gap)));
    gaps.find(|gap| *gap != Gap::NotApplicable).unwrap_or(Gap::Incomplete)
}

/// Nothing is under way, and something still waits: it waits for what never comes. One ask of it is given up.
fn give_up_one(held: &mut Held, procedure: &Procedure) -> bool {
    for (index, requirement) in procedure.requirements.iter().enumerate() {
        let Some(item) = held.items.get(index).filter(|item| item.is_open()) else { continue };
        let waiting = requirement.alternatives.get(item.alternative).into_iter().flat_map(|way| &way.asks);
        let waiting: Vec<&Ask> = waiting.filter(|ask| state(held, ask) == AskState::Waiting).collect();
        match waiting.first() {
            Some(ask) => set(held, ask, AskState::Failed(Gap::Incomplete)),
            None => end(held, index, Gap::Incomplete),
        }
        return true;
    }
    false
}

fn state(held: &Held, ask: &Ask) -> AskState {
    held.asks.get(&ask.id).map(|held| held.state.clone()).unwrap_or_default()
}

fn set(held: &mut Held, ask: &Ask, state: AskState) {
    held.asks.entry(ask.id.clone()).or_default().state = state;
}

/// What an ask looks for; an answer to its question narrows it.
fn wanted(held: &Held, ask: &Ask) -> Wanted {
    let found = ask.find.iter().filter_map(|(field, name)| Some((field.clone(), held.known(name)?)));
    let mut filters: BTreeMap<String, String> = found.collect();
    if let (Some(question), Some(answer)) =
        (&ask.question, held.asks.get(&ask.id).and_then(|held| held.answer.clone()))
    {
        filters.insert(question.field.clone(), answer);
    }
    (ask.service.clone(), filters)
}

/// Gives asks that are to be made their exchanges: those on one record have one.
fn allot(held: &mut Held, case: &str, procedure: &Procedure) {
    let mut exchanges: Vec<(Wanted, String)> = Vec::new();
    for (_, ask) in procedure.asks() {
        if state(held, ask) != AskState::Asking(String::new()) {
            continue;
        }
        let wanted = wanted(held, ask);
        let id = match exchanges.iter().find(|(known, _)| *known == wanted) {
            Some((_, id)) => id.clone(),
            None => {
                let id = held.exchange(case);
                exchanges.push((wanted, id.clone()));
                id
            }
        };
        set(held, ask, AskState::Asking(id));
    }
}

/// The exchanges that are under way, or were when the process ended.
pub(crate) fn to_ask(held: &Held, procedure: &Procedure) -> Vec<ToAsk> {
    let mut all: Vec<ToAsk> = Vec::new();
    for (_, ask) in procedure.asks() {
        let AskState::Asking(exchange) = state(held, ask) else { continue };
        if !is_known(held, ask) {
            continue;
        }
        let fields = ask.fields().into_iter().map(str::to_owned);
        match all.iter_mut().find(|known| known.exchange == exchange) {
            Some(known) => {
                known.fields.extend(fields);
                known.asks.push(ask.id.clone());
            }
            None => {
                let (service, filters) = wanted(held, ask);
                // An ask for absence alone takes nothing; the dataset wants a field, and what it was found by is known.
                let mut fields: BTreeSet<String> = fields.collect();
                if fields.is_empty() {
                    fields.extend(filters.keys().take(1).cloned());
                }
                all.push(ToAsk { exchange, service, filters, fields, asks: vec![ask.id.clone()] });
            }
        }
    }
    all
}

/// Whoever asked has gone: what was under way is asked again, by exchanges of its own, which are in the case before anything leaves. What was
/// lost may be in ledgers, so it stays named. Gives the items with the exchanges that were lost.
pub(crate) fn ask_anew(
    held: &mut Held,
    case: &str,
    procedure: &Procedure,
    now: Timestamp,
) -> Vec<(usize, String)> {
    let mut lost = Vec::new();
    for (_, ask) in procedure.asks() {
        let AskState::Asking(exchange) = state(held, ask) else { continue };
        set(held, ask, AskState::Asking(String::new()));
        let Some((index, _)) = held.item_of(procedure, &ask.id) else { continue };
        if let Some(item) = held.items.get_mut(index).filter(|_| !exchange.is_empty()) {
            let (id, ask) = (exchange.clone(), ask.id.clone());
            item.exchanges.push(HeldExchange { id, ask, service: None, at: now, fields: Vec::new() });
            lost.push((index, exchange));
        }
    }
    allot(held, case, procedure);
    lost
}

/// Opens again the items whose gap lets `may` pass: all their alternatives are tried anew.
pub(crate) fn try_again(held: &mut Held, procedure: &Procedure, may: impl Fn(Gap) -> bool) -> bool {
    let mut any = false;
    for index in 0..procedure.requirements.len() {
        let Some(item) = held.items.get(index) else { continue };
        let passes = item.gap.is_some_and(&may) || item.tried.iter().any(|tried| may(tried.gap));
        let handed_in = item.paper.as_ref().is_some_and(|paper| paper.handed_in.is_some());
        if item.state == ItemState::Gap && passes && !handed_in {
            again(held, procedure, index);
            any = true;
        }
    }
    any
}

/// Opens an item that came to nothing again: all its alternatives are tried anew.
pub(crate) fn again(held: &mut Held, procedure: &Procedure, index: usize) {
    let both = procedure.requirements.get(index).zip(held.items.get_mut(index));
    let Some((requirement, item)) = both else { return };
    item.state = ItemState::Waiting;
    item.gap = None;
    item.alternative = 0;
    item.tried.clear();
    for ask in crate::case::asks_of(requirement) {
        set(held, ask, AskState::Waiting);
    }
    held.state = State::Fetching;
}

/// The items that were asked, or not asked, by something that is another now; and by what those have made known, and so on. Of the item
/// `besides`, which has made it another, what it was itself asked by first is left out.
pub(crate) fn readers(
    held: &Held,
    procedure: &Procedure,
    mut changed: BTreeSet<String>,
    besides: Option<usize>,
) -> BTreeSet<usize> {
    let mut items = BTreeSet::new();
    let mut besides = besides;
    loop {
        let before = items.len();
        for (index, (requirement, item)) in procedure.requirements.iter().zip(&held.items).enumerate() {
            // What was declined is asked by nobody's word but the person's own: not because they say it themselves now.
            let is_shut = matches!(
                item.state,
                ItemState::Waiting | ItemState::Paper | ItemState::Said | ItemState::Declined
            );
            if is_shut || besides == Some(index) || items.contains(&index) {
                continue;
            }
            if reads(held, requirement, &changed) {
                items.insert(index);
            }
        }
        if items.len() == before {
            return items;
        }
        besides = None;
        let of_items = procedure.requirements.iter().enumerate().filter(|(index, _)| items.contains(index));
        let asks: BTreeSet<&str> = of_items
            .flat_map(|(_, requirement)| crate::case::asks_of(requirement))
            .map(|ask| ask.id.as_str())
            .collect();
        let made =
            held.facts.iter().filter(|(_, fact)| fact.ask.as_deref().is_some_and(|ask| asks.contains(ask)));
        changed = made.map(|(name, _)| name.clone()).collect();
    }
}

/// Whether what was done for a requirement has read one of these names.
fn reads(held: &Held, requirement: &Requirement, names: &BTreeSet<String>) -> bool {
    let has = |name: &str| names.contains(name);
    let of_ask = |ask: &Ask| {
        let of_person = ask.identity.as_ref().is_some_and(|identity| {
            [NUMBER, FULL_NAME, BORN].iter().any(|member| has(&format!("{}.{member}", identity.role)))
        });
        let of_claim = |claim: &model::procedure::Claim| match &claim.how {
            Use::Confirm(name) => has(name),
            Use::Test(condition) => condition.reads().into_iter().any(has),
            Use::Fill(_) | Use::Absent => false,
        };
        state(held, ask) != AskState::Waiting
            && (of_person || ask.find.values().any(|name| has(name)) || ask.claims.iter().any(of_claim))
    };
    requirement.when.as_ref().is_some_and(|when| when.reads().into_iter().any(has))
        || crate::case::asks_of(requirement).any(of_ask)
}

/// Opens items as if nothing had been asked for them; what was found is erased.
pub(crate) fn reopen(held: &mut Held, procedure: &Procedure, items: &BTreeSet<usize>) {
    for (index, requirement) in procedure.requirements.iter().enumerate() {
        if !items.contains(&index) {
            continue;
        }
        held.erase(requirement);
        for ask in crate::case::asks_of(requirement) {
            held.asks.insert(ask.id.clone(), crate::case::HeldAsk::default());
        }
        if let Some(item) = held.items.get_mut(index) {
            (item.state, item.gap, item.verdict) = (ItemState::Waiting, None, None);
            (item.result, item.elsewhere) = (None, None);
            item.alternative = 0;
            item.tried.clear();
        }
    }
    if !items.is_empty() {
        held.state = State::Fetching;
    }
}
