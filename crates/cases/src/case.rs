//! A case as it is kept.
//!
//! All of it is one sealed body, changed by plain functions and written whole: so a case is always at one step or the next, and never
//! between.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use model::agency::Name;
use model::case::{AskedPaper, By, Correction, Decided, DeedState, ItemState, State, Tried, Verdict};
use model::gap::Gap;
use model::procedure::{Ask, BORN, FULL_NAME, NUMBER, Party, Procedure, Representation, Requirement};
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};

use crate::identity::{Fits, Person};
use crate::pause::Wait;

/// Numbers that somebody had before.
const OLD_NUMBERS: [&str; 2] = ["so_dinh_danh_cu", "so_cmnd"];
/// What the population database says of everybody: who differs from it, differs from that.
const OF_POPULATION: [&str; 4] = [NUMBER, FULL_NAME, BORN, "gioi_tinh"];

/// A case as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) dossier: String,
    /// The system in whose name is asked.
    pub(crate) client: String,
    pub(crate) by: By,
    /// `X-Road-UserId` of its exchanges.
    pub(crate) user: String,
    /// The highest level at which its person has shown who they are.
    pub(crate) level: u8,
    pub(crate) acting: Option<Representation>,
    pub(crate) opened: Timestamp,
    pub(crate) kept_until: Date,
    pub(crate) state: State,
    /// The number of the next exchange.
    pub(crate) next: u32,
    pub(crate) facts: BTreeMap<String, Fact>,
    /// One for each requirement, in its order.
    pub(crate) items: Vec<HeldItem>,
    pub(crate) asks: BTreeMap<String, HeldAsk>,
    pub(crate) corrections: BTreeMap<String, Correction>,
    pub(crate) deeds: Vec<HeldDeed>,
    pub(crate) also_open: Option<String>,
    pub(crate) decision: Option<Decided>,
    /// Numbers of the last event and the last paper.
    pub(crate) events: u64,
    pub(crate) papers: u32,
    /// The process that asks what is being asked: another asks it anew.
    pub(crate) worker: String,
}

/// Something that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fact {
    pub(crate) value: String,
    /// The ask that made it known; none: the person said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ask: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) as_of: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fetched: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) exchange: Option<String>,
}

impl Fact {
    /// What a person says.
    pub(crate) fn said(value: String) -> Self {
        Self { value, ask: None, as_of: None, fetched: None, exchange: None }
    }
}

/// A requirement in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeldItem {
    pub(crate) state: ItemState,
    pub(crate) gap: Option<Gap>,
    /// The alternative that is tried, answered, or was tried last.
    pub(crate) alternative: usize,
    pub(crate) tried: Vec<Tried>,
    pub(crate) verdict: Option<Verdict>,
    pub(crate) exchanges: Vec<HeldExchange>,
    pub(crate) paper: Option<AskedPaper>,
    /// The result that answers it, by its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) result: Option<String>,
    /// Where that is kept, if it is another office's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) elsewhere: Option<Elsewhere>,
    /// An answer is promised for later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pending: Option<Wait>,
}

impl Default for HeldItem {
    fn default() -> Self {
        Self {
            state: ItemState::Waiting,
            gap: None,
            alternative: 0,
            tried: Vec::new(),
            verdict: None,
            exchanges: Vec::new(),
            paper: None,
            result: None,
            elsewhere: None,
            pending: None,
        }
    }
}

impl HeldItem {
    /// Whether more is to come.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, ItemState::Waiting | ItemState::Asking)
    }

    pub(crate) fn end(&mut self, gap: Gap) {
        self.state = if gap == Gap::NotApplicable { ItemState::NotApplicable } else { ItemState::Gap };
        self.gap = Some(gap);
    }
}

/// Where another office's result is kept, and when it is asked again whether it still holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Elsewhere {
    /// The service by which that office offers its results.
    pub(crate) service: String,
    pub(crate) wait: Wait,
}

/// An exchange; what its agency and basis are called the directory says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeldExchange {
    pub(crate) id: String,
    pub(crate) ask: String,
    /// What was asked, if that was no ask of the procedure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<String>,
    pub(crate) at: Timestamp,
    pub(crate) fields: Vec<String>,
}

/// An ask in a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeldAsk {
    pub(crate) state: AskState,
    /// What the person answered to its question; none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<String>,
    /// By what its answer is about whom was asked.
    #[serde(default)]
    pub(crate) fits: Fits,
}

/// How an ask stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AskState {
    /// Not asked.
    #[default]
    Waiting,
    /// Being asked, by this exchange; asks on one record have one.
    Asking(String),
    /// The person is asked one thing more.
    Question,
    /// Answered.
    Answered,
    /// Nothing came of it.
    Failed(Gap),
}

/// A deed in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeldDeed {
    pub(crate) state: DeedState,
    pub(crate) exchange: String,
    pub(crate) gave: BTreeMap<String, String>,
    pub(crate) told: Option<Name>,
    /// Its holder is asked what became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unknown: Option<Wait>,
}

/// What the directory says of services and bases, for those who look at a case.
pub(crate) trait Named {
    /// The agency that answers for a service.
    fn agency(&self, service: &model::id::ServiceId) -> Name;
    /// A legal basis as it is cited.
    fn citation(&self, basis: &str) -> String;
}

impl Held {
    /// A case that begins.
    pub(crate) fn begin(
        procedure: &Procedure,
        (by, user, level): (By, String, u8),
        now: Timestamp,
        kept_until: Date,
    ) -> Self {
        let asks = procedure.asks().map(|(_, ask)| (ask.id.clone(), HeldAsk::default())).collect();
        let deed = |_| HeldDeed {
            state: DeedState::Waiting,
            exchange: String::new(),
            gave: BTreeMap::new(),
            told: None,
            unknown: None,
        };
        Self {
            dossier: String::new(),
            client: String::new(),
            by,
            user,
            level,
            acting: None,
            opened: now,
            kept_until,
            state: State::Fetching,
            next: 1,
            facts: BTreeMap::new(),
            items: procedure.requirements.iter().map(|_| HeldItem::default()).collect(),
            asks,
            corrections: BTreeMap::new(),
            deeds: procedure.deeds.iter().map(deed).collect(),
            also_open: None,
            decision: None,
            events: 0,
            papers: 0,
            worker: String::new(),
        }
    }

    /// The id of the next exchange.
    pub(crate) fn exchange(&mut self, case: &str) -> String {
        let id = format!("{case}-{}", self.next);
        self.next += 1;
        id
    }

    /// What is known under a name.
    pub(crate) fn known(&self, name: &str) -> Option<String> {
        self.facts.get(name).map(|fact| fact.value.clone())
    }

    /// What counts under a name: a correction that an officer has decided for, else what the source or the person said.
    pub(crate) fn counting(&self, name: &str) -> Option<&str> {
        match self.corrections.get(name) {
            Some(correction) if correction.counts == Some(true) => Some(&correction.value),
            _ => self.facts.get(name).map(|fact| fact.value.as_str()),
        }
    }

    /// The day of the case, by which ages are counted and versions chosen.
    pub(crate) fn day(&self) -> Date {
        day_in_viet_nam(self.opened)
    }

    /// What is known of a role.
    pub(crate) fn person(&self, role: &str) -> Person {
        let of = |name: &str| self.known(&format!("{role}.{name}"));
        Person {
            number: of(NUMBER),
            old: OLD_NUMBERS.iter().filter_map(|name| of(name)).collect(),
            name: of(FULL_NAME),
            born: of(BORN),
        }
    }

    /// The same, but of name and day of birth only what persons said, or what a record says that was compared with what they said.
    pub(crate) fn person_as_said(&self, role: &str) -> Person {
        let by_more = |ask: &String| self.asks.get(ask).is_some_and(|ask| ask.fits.more);
        let said = |name: &str| {
            let fact = self.facts.get(&format!("{role}.{name}"))?;
            fact.ask.as_ref().is_none_or(by_more).then(|| fact.value.clone())
        };
        Person { name: said(FULL_NAME), born: said(BORN), ..self.person(role) }
    }

    /// Whether a name is one that the population database is the master of.
    pub(crate) fn is_of_population(procedure: &Procedure, name: &str) -> bool {
        let Some((role, member)) = name.split_once('.') else { return false };
        OF_POPULATION.contains(&member)
            && procedure.roles.iter().any(|known| known.id == role && known.party == Party::Person)
    }

    /// Erases all that an item's asks made known.
    pub(crate) fn erase(&mut self, requirement: &Requirement) {
        let asks: Vec<&str> = asks_of(requirement).map(|ask| ask.id.as_str()).collect();
        self.erase_of(&asks);
    }

    /// Erases all that some asks made known, with what was said of it.
    pub(crate) fn erase_of(&mut self, asks: &[&str]) {
        let from = |fact: &Fact| fact.ask.as_deref().is_some_and(|ask| asks.contains(&ask));
        let gone: Vec<String> =
            self.facts.iter().filter(|(_, fact)| from(fact)).map(|(name, _)| name.clone()).collect();
        for name in gone {
            self.facts.remove(&name);
            // What the person said of a line that has no source's value any more is what they say.
            if let Some(correction) = self.corrections.remove(&name) {
                self.facts.insert(name, Fact::said(correction.value));
            }
        }
    }

    /// The item that an ask belongs to.
    pub(crate) fn item_of<'p>(
        &self,
        procedure: &'p Procedure,
        ask: &str,
    ) -> Option<(usize, &'p Requirement)> {
        procedure
            .requirements
            .iter()
            .enumerate()
            .find(|(_, requirement)| asks_of(requirement).any(|own| own.id == ask))
    }

    /// Whether a line of the form may show what is known: what was found is first previewed.
    pub(crate) fn is_accepted(&self, procedure: &Procedure, fact: &Fact) -> bool {
        let Some(ask) = fact.ask.as_deref() else { return true };
        let item = self.item_of(procedure, ask).and_then(|(index, _)| self.items.get(index));
        item.is_some_and(|item| item.state == ItemState::Accepted)
    }
}

/// A gap as people are told of it: whether there is no record of somebody or there are several, nobody learns from a case.
pub(crate) fn alike(gap: Gap) -> Gap {
    if gap == Gap::Ambiguous { Gap::NotFound } else { gap }
}

/// The asks of a requirement, over all its alternatives.
pub(crate) fn asks_of(requirement: &Requirement) -> impl Iterator<Item = &Ask> {
    requirement.alternatives.iter().flat_map(|way| &way.asks)
}
