//! Who sees what: officers what is in a case, citizens what is about themselves, or about somebody whom they know by more than a number.
//!
//! A number is no secret. Whoever types another's is told that a record fits, and not what it says, before something beside the number was
//! compared with the record, or another record has named the two together.

use std::collections::BTreeSet;

use model::agency::Name;
use model::case::{By, Case, Done, Exchange, Item, Line, Tried, Value};
use model::casework::results_of;
use model::gap::Gap;
use model::id::ServiceId;
use model::procedure::{Ask, NUMBER, Party, Procedure, Requirement, Use};

use crate::caller::Caller;
use crate::case::{AskState, Fact, Held, HeldDeed, HeldExchange, HeldItem, Named, alike, asks_of};

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

/// Whether whoever looks sees what is known under a name.
type Sees<'a> = &'a dyn Fn(&str, &Fact) -> bool;

impl Held {
    /// The case as it is shown, but for its last day and what is in the way of its submission. To a citizen no record and several look alike, and who was asked about whom is not weighed.
    pub(crate) fn shown(
        &self,
        (id, revision): (&str, u64),
        procedure: &Procedure,
        names: &dyn Named,
        to: &Eyes,
    ) -> Case {
        let roles = roles(self, procedure, to);
        let sees = |name: &str, fact: &Fact| *to == Eyes::Office || is_seen(procedure, &roles, name, fact);
        let items = procedure.requirements.iter().zip(&self.items);
        Case {
            id: id.to_owned(),
            dossier: self.dossier.clone(),
            procedure: procedure.id.clone(),
            name: procedure.name.clone(),
            state: self.state,
            revision,
            opened: self.opened,
            by: self.by,
            acting: self.acting,
            items: items
                .map(|(requirement, item)| {
                    self.shown_item(procedure, (requirement, item), names, (to, &sees))
                })
                .collect(),
            questions: self.questions(procedure),
            form: procedure.form.iter().map(|line| self.line(procedure, line, names, &sees)).collect(),
            deeds: procedure
                .deeds
                .iter()
                .zip(&self.deeds)
                .map(|(deed, held)| shown_deed(deed, held))
                .collect(),
            // Whoever opened it is told, and the office; of others it is none of their business.
            also_open: self.also_open.clone().filter(|_| *to == Eyes::Office || self.by == By::Citizen),
            kept_until: self.kept_until,
            due: None,
            shown_after: None,
            missing: Vec::new(),
            decision: self.decision.clone(),
            late: false,
            mark: None,
        }
    }

    fn shown_item(
        &self,
        procedure: &Procedure,
        (requirement, item): (&Requirement, &HeldItem),
        names: &dyn Named,
        (to, sees): (&Eyes, Sees<'_>),
    ) -> Item {
        let told = |gap: Gap| if *to == Eyes::Office { gap } else { alike(gap) };
        let gap = item.gap.map(told);
        let tried = |tried: &Tried| Tried { gap: told(tried.gap), ..*tried };
        let own: Vec<&str> = asks_of(requirement).map(|ask| ask.id.as_str()).collect();
        let is_own = |fact: &Fact| fact.ask.as_deref().is_some_and(|ask| own.contains(&ask));
        let (values, withheld): (Vec<_>, Vec<_>) = self
            .facts
            .iter()
            .filter(|(_, fact)| is_own(fact))
            .partition(|(name, fact)| sees(name.as_str(), fact));
        let withheld = !withheld.is_empty();
        let basis = procedure.bases.first().map(|basis| names.citation(basis)).unwrap_or_default();
        let service = |ask: &str| asks_of(requirement).find(|own| own.id == ask).map(|own| &own.service);
        let exchange = |held: &HeldExchange| {
            let asked = held.service.as_deref().and_then(|asked| asked.parse().ok());
            let service = asked.or_else(|| service(&held.ask).cloned())?;
            Some(Exchange {
                id: held.id.clone(),
                service: service.to_string(),
                agency: names.agency(&service),
                at: held.at,
                fields: held.fields.clone(),
                basis: basis.clone(),
            })
        };
        Item {
            id: requirement.id.clone(),
            name: requirement.name.clone(),
            paper: requirement.paper.as_ref().map(|paper| paper.name.clone()),
            state: item.state,
            gap,
            told: gap
                .map(|gap| Name::from(gap.words()))
                .or_else(|| withheld.then(|| Name::from(crate::texts::fits_unseen()))),
            class: gap.map(Gap::class),
            alternative: (!requirement.alternatives.is_empty())
                .then(|| item.alternative.min(requirement.alternatives.len() - 1)),
            tried: item.tried.iter().map(tried).collect(),
            verdict: item.verdict.filter(|_| *to == Eyes::Office),
            exchanges: item.exchanges.iter().filter_map(exchange).collect(),
            values: values
                .into_iter()
                .map(|(name, fact)| (name.clone(), self.value(procedure, fact, names)))
                .collect(),
            withheld,
            result: item.result.clone(),
            asked_paper: item.paper.clone(),
        }
    }

    /// The service that gave what an ask made known: the one that it asks, or that of the office whose result stands in its place.
    fn giver(&self, procedure: &Procedure, ask: &Ask) -> ServiceId {
        let item = self.item_of(procedure, &ask.id).and_then(|(index, _)| self.items.get(index));
        let of_result = item.filter(|item| item.result.is_some()).and_then(|item| match &item.elsewhere {
            Some(from) => from.service.parse().ok(),
            None => results_of(&self.client.parse().ok()?),
        });
        of_result.unwrap_or_else(|| ask.service.clone())
    }

    fn value(&self, procedure: &Procedure, fact: &Fact, names: &dyn Named) -> Value {
        let service = fact.ask.as_deref().and_then(|id| procedure.asks().find(|(_, ask)| ask.id == id));
        let service = service.map(|(_, ask)| self.giver(procedure, ask));
        Value {
            value: fact.value.clone(),
            from: service.map(|service| names.agency(&service)),
            as_of: fact.as_of,
            fetched: fact.fetched,
            exchange: fact.exchange.clone(),
        }
    }

    fn line(
        &self,
        procedure: &Procedure,
        line: &model::procedure::FormField,
        names: &dyn Named,
        sees: Sees<'_>,
    ) -> Line {
        let fact = self.facts.get(&line.fact);
        let withheld = fact.is_some_and(|fact| !sees(&line.fact, fact));
        let fact = fact.filter(|fact| !withheld && self.is_accepted(procedure, fact));
        Line {
            fact: line.fact.clone(),
            name: line.name.clone(),
            kind: line.kind.clone(),
            optional: line.optional,
            value: fact.map(|fact| self.value(procedure, fact, names)),
            // By whether there is one it would be told whether the value is what was typed.
            correction: self.corrections.get(&line.fact).filter(|_| !withheld).cloned(),
            withheld,
        }
    }

    fn questions(&self, procedure: &Procedure) -> Vec<model::case::Asked> {
        let asked = procedure.asks().filter_map(|(_, ask)| {
            let question = ask.question.as_ref()?;
            (self.asks.get(&ask.id)?.state == AskState::Question).then(|| model::case::Asked {
                ask: ask.id.clone(),
                name: question.name.clone(),
                kind: question.kind.clone(),
            })
        });
        asked.collect()
    }
}

fn shown_deed(deed: &model::procedure::Deed, held: &HeldDeed) -> Done {
    Done {
        id: deed.id.clone(),
        name: deed.name.clone(),
        exchange: held.exchange.clone(),
        state: held.state,
        gave: held.gave.clone(),
        told: held.told.clone(),
        asked_next: held.unknown.as_ref().map(|wait| wait.next),
    }
}
