//! How a case flows: what is known when, in which wave each ask is asked, and that nothing is read before it is made.

use std::collections::{BTreeMap, BTreeSet};

use model::procedure::{Ask, BORN, FULL_NAME, Procedure, Use};

use super::Findings;
use crate::reuse::bind::place_of_ask;
use crate::texts;

/// Most waves of asks: each waits for the one before.
const WAVES_MAX: usize = 4;

/// What is known after which wave, and in which each ask is asked. Wave 0 is what is known when a case begins.
#[derive(Debug, Default)]
pub(super) struct Flow {
    pub(super) known: BTreeMap<String, usize>,
    /// By the asks' names.
    pub(super) asks: BTreeMap<String, usize>,
}

impl Flow {
    /// Wave by wave, until nothing more can be asked. Of a fact that several asks make the first wave counts.
    pub(super) fn of(procedure: &Procedure) -> Self {
        let mut flow = Self {
            known: procedure.given().into_iter().map(|fact| (fact, 0)).collect(),
            asks: BTreeMap::new(),
        };
        for wave in 1.. {
            let ready: Vec<&Ask> = procedure
                .asks()
                .filter(|(requirement, ask)| {
                    let when = requirement.when.iter().flat_map(|when| when.reads());
                    !flow.asks.contains_key(&ask.id)
                        && ask.reads().into_iter().chain(when).all(|fact| flow.known.contains_key(fact))
                })
                .map(|(_, ask)| ask)
                .collect();
            if ready.is_empty() {
                break;
            }
            for ask in ready {
                flow.asks.insert(ask.id.clone(), wave);
                for fact in ask.makes() {
                    flow.known.entry(fact.to_owned()).or_insert(wave);
                }
            }
        }
        flow
    }
}

pub(super) fn look(procedure: &Procedure, findings: &mut Findings) {
    let flow = Flow::of(procedure);
    let makers: BTreeSet<&str> = procedure.asks().flat_map(|(_, ask)| ask.makes()).collect();
    let made = |fact: &str| flow.known.contains_key(fact) || makers.contains(fact);
    for (at, one) in procedure.requirements.iter().enumerate() {
        for fact in one.when.iter().flat_map(|when| when.reads()) {
            findings.must(made(fact), format!("requirements.{at}.when"), || texts::nothing_makes(fact));
        }
        for (way, alternative) in one.alternatives.iter().enumerate() {
            for (number, ask) in alternative.asks.iter().enumerate() {
                let place = place_of_ask(at, way, number);
                of_ask(procedure, &flow, &place, ask, &made, findings);
                let identified = ask.identity.is_some();
                let person = procedure.role(&one.role).is_some_and(model::procedure::Role::is_person);
                findings.must(
                    identified || !person,
                    format!("{place}.identity"),
                    texts::procedure_unidentified,
                );
                findings.must(
                    is_compared(procedure, ask),
                    format!("{place}.identity"),
                    texts::procedure_uncompared,
                );
            }
        }
    }
    for (at, field) in procedure.form.iter().enumerate() {
        findings.must(made(&field.fact), format!("form.{at}.fact"), || texts::nothing_makes(&field.fact));
    }
    let mut known: BTreeSet<&str> =
        flow.known.keys().map(String::as_str).chain(makers.iter().copied()).collect();
    for (at, deed) in procedure.deeds.iter().enumerate() {
        for fact in deed.body.values() {
            findings.must(known.contains(fact.as_str()), format!("deeds.{at}.body"), || {
                texts::nothing_makes(fact)
            });
        }
        known.extend(deed.gives.values().map(String::as_str));
    }
    of_claims(procedure, findings);
}

/// Whoever says somebody else's number says something more, and the answer has it: a number alone opens nobody's data.
fn is_compared(procedure: &Procedure, ask: &Ask) -> bool {
    let Some(identity) = &ask.identity else { return true };
    let input = |fact: &str| procedure.inputs.iter().find(|input| input.fact == fact);
    // Whose case it is and who acts are known by how they signed in, or by the proof that one may act for the other.
    let first = procedure.roles.first().is_some_and(|first| first.id == identity.role);
    let named = procedure.acts_for.iter().any(|acts| acts.role == identity.role);
    if first || named || !ask.find.values().any(|fact| input(fact).is_some()) {
        return true;
    }
    let said = |name: &str| input(&format!("{}.{name}", identity.role)).is_some_and(|input| !input.optional);
    (identity.name.is_some() && said(FULL_NAME)) || (identity.born.is_some() && said(BORN))
}

fn of_ask(
    procedure: &Procedure,
    flow: &Flow,
    place: &str,
    ask: &Ask,
    made: &dyn Fn(&str) -> bool,
    findings: &mut Findings,
) {
    if let Some(wave) = flow.asks.get(&ask.id) {
        return findings.must(*wave <= WAVES_MAX, place, || texts::procedure_deep(wave, WAVES_MAX));
    }
    let unmade: Vec<&str> = ask.reads().into_iter().filter(|fact| !made(fact)).collect();
    if unmade.is_empty() {
        let way = circle(procedure, flow, ask);
        return findings.wrong(place, texts::procedure_loop(&way.join(" → ")));
    }
    for fact in unmade {
        findings.wrong(place, texts::nothing_makes(fact));
    }
}

/// From an ask that is never asked to those that it waits for, until one comes again.
fn circle<'a>(procedure: &'a Procedure, flow: &Flow, ask: &'a Ask) -> Vec<&'a str> {
    let mut way = vec![ask];
    while let Some(last) = way.last() {
        let waits = |fact: &&str| !flow.known.contains_key(*fact);
        let Some(fact) = last.reads().into_iter().find(waits) else { break };
        let Some((_, next)) = procedure.asks().find(|(_, one)| one.makes().any(|made| made == fact)) else {
            break;
        };
        let again = way.iter().any(|one| one.id == next.id);
        way.push(next);
        if again {
            break;
        }
    }
    way.into_iter().map(|ask| ask.id.as_str()).collect()
}

/// What is filled is used: minimal data are asked for (rule PD-04).
fn of_claims(procedure: &Procedure, findings: &mut Findings) {
    let mut used: BTreeSet<String> = procedure.form.iter().map(|field| field.fact.clone()).collect();
    used.extend(procedure.deeds.iter().flat_map(|deed| deed.body.values().cloned()));
    let conditions = procedure.requirements.iter().filter_map(|one| one.when.as_ref());
    used.extend(conditions.flat_map(|when| when.reads()).map(str::to_owned));
    for (_, ask) in procedure.asks() {
        used.extend(ask.reads().into_iter().map(str::to_owned));
        if let Some(identity) = &ask.identity {
            // Answers of others are compared with the person by these.
            used.extend([FULL_NAME, BORN].map(|name| format!("{}.{name}", identity.role)));
        }
    }
    for (at, one) in procedure.requirements.iter().enumerate() {
        for (way, alternative) in one.alternatives.iter().enumerate() {
            for (number, ask) in alternative.asks.iter().enumerate() {
                for (claim, one) in ask.claims.iter().enumerate() {
                    if let Use::Fill(fact) = &one.how
                        && !used.contains(fact)
                    {
                        let place = format!("{}.claims.{claim}", place_of_ask(at, way, number));
                        findings.wrong(place, texts::procedure_unused(fact));
                    }
                }
            }
        }
    }
}
