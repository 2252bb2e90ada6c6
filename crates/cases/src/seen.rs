//! Who sees what: officers what is in a case, citizens what is about themselves, or about somebody whom they know by more than a number.
//!
//! A number is no secret. Whoever types another's is told that a record fits, and not what it says, before something beside the number was
//! compared with the record, or another record has named the two together.

use std::collections::BTreeSet;

use model::case::By;
use model::procedure::{Ask, NUMBER, Party, Procedure, Use};

use crate::caller::Caller;
use crate::case::{AskState, Fact, Held};

/// Who looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Eyes {
    /// The office: an officer, or its one-stop system.
    Office,
    /// A citizen, by the number that they signed in with; none: whoever opened the case.
    Citizen(Option<String>),
}

impl From<&Caller> for Eyes {
    fn from(caller: &Caller) -> Self {
        match caller {
            Caller::System(_) | Caller::Officer(_) => Self::Office,
            Caller::Citizen(citizen) => Self::Citizen(Some(citizen.number.clone())),
        }
    }
}

impl From<By> for Eyes {
    fn from(by: By) -> Self {
        match by {
            By::System | By::Officer => Self::Office,
            By::Citizen => Self::Citizen(None),
        }
    }
}

/// The role of whoever opens a case by themselves.
pub(crate) fn actor(held: &Held, procedure: &Procedure) -> Option<String> {
    match held.acting {
        None => procedure.roles.first().map(|role| role.id.clone()),
        Some(how) => procedure.acts_for.iter().find(|acts| acts.how == how).map(|acts| acts.role.clone()),
    }
}

/// The number by which a citizen is in a case; none of the office.
fn own(held: &Held, procedure: &Procedure, eyes: &Eyes) -> Option<String> {
    match eyes {
        Eyes::Office => None,
        Eyes::Citizen(Some(number)) => Some(number.clone()),
        Eyes::Citizen(None) if held.by == By::Citizen => {
            held.known(&format!("{}.{NUMBER}", actor(held, procedure)?))
        }
        Eyes::Citizen(None) => None,
    }
}

/// The roles about which a citizen sees what was found.
pub(crate) fn roles(held: &Held, procedure: &Procedure, eyes: &Eyes) -> BTreeSet<String> {
    if *eyes == Eyes::Office {
        return procedure.roles.iter().map(|role| role.id.clone()).collect();
    }
    let number = own(held, procedure, eyes);
    let is_own = |role: &str| number.is_some() && held.known(&format!("{role}.{NUMBER}")) == number;
    let mut shown: BTreeSet<String> =
        procedure.roles.iter().map(|role| role.id.clone()).filter(|role| is_own(role)).collect();
    for (_, ask) in procedure.asks() {
        let Some(asked) = held.asks.get(&ask.id).filter(|asked| asked.state == AskState::Answered) else {
            continue;
        };
        let about = ask.identity.as_ref().map(|identity| identity.role.clone());
        let absent = ask.claims.iter().any(|claim| claim.how == Use::Absent);
        let found_by: Vec<&str> = ask.find.values().filter_map(|name| number_of(name)).collect();
        let mut named: BTreeSet<String> = found_by.iter().map(|role| (*role).to_owned()).collect();
        named.extend(ask.claims.iter().filter_map(|claim| match &claim.how {
            Use::Fill(name) | Use::Confirm(name) => number_of(name).map(str::to_owned),
            Use::Test(_) | Use::Absent => None,
        }));
        // Found by one's own number, or with the number of whom it is about.
        if asked.fits.number || found_by.iter().any(|role| is_own(role)) {
            named.extend(about.clone());
        }
        if !absent && named.iter().any(|role| is_own(role)) {
            shown.extend(named);
        }
        if asked.fits.more {
            shown.extend(about);
        }
    }
    shown
}

fn number_of(name: &str) -> Option<&str> {
    name.split_once('.').filter(|(_, member)| *member == NUMBER).map(|(role, _)| role)
}

/// Whether something that is known is seen by whoever sees these roles.
pub(crate) fn is_seen(procedure: &Procedure, roles: &BTreeSet<String>, name: &str, fact: &Fact) -> bool {
    let Some(id) = fact.ask.as_deref() else { return true };
    let ask: Option<&Ask> = procedure.asks().map(|(_, ask)| ask).find(|ask| ask.id == id);
    match ask.and_then(|ask| ask.identity.as_ref()) {
        Some(identity) => roles.contains(&identity.role),
        // Of a thing all is seen but who has to do with it.
        None => name.split_once('.').is_none_or(|(role, _)| {
            let known = procedure.roles.iter().find(|known| known.id == role);
            known.is_none_or(|known| matches!(known.party, Party::Organisation | Party::Thing))
                || roles.contains(role)
        }),
    }
}

/// Whether somebody sees what is known under a name.
pub(crate) fn sees(held: &Held, procedure: &Procedure, eyes: &Eyes, name: &str) -> bool {
    *eyes == Eyes::Office
        || held
            .facts
            .get(name)
            .is_none_or(|fact| is_seen(procedure, &roles(held, procedure, eyes), name, fact))
}
