//! What is looked for: conditions as people write them, in an address or on a command line.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use ledger::lookup::Wanted;
use ledger::{Field, Outcome};
use model::fault::{Fault, Words};
use model::id::{NodeId, ServiceId, SystemId};
use model::time::moment_in_viet_nam;
use serde::Serialize;

use crate::compiled::{CompiledDirectory, HeldGrant};
use crate::texts;

/// Longest condition. Values of headers that entries repeat have 1,024 bytes at most.
const CONDITION_MAX_BYTES: usize = 1024;

/// The conditions. What is not asked is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// Recorded then or later: a day, a time in Viet Nam, or a moment by RFC 3339.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// Recorded up to then: with the whole of a day, before a time.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// An agency or a system, on either side.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub system: String,
    /// The calling system or its agency.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub client: String,
    /// The service, its system or its agency.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service: String,
    /// The purpose's code.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub purpose: String,
    /// The legal basis's code: by the grants of today.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub basis: String,
    /// The officer.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub officer: String,
    /// The case.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub case: String,
    /// The id of the message or of the exchange.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// What came of it: a name of [`Outcome`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub outcome: String,
    /// Our code of what was refused or failed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// `consumer` or `provider`: which end the node was.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub side: String,
    /// Entries below this number: where a page before ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

/// A member of [`Asked`].
type Member = fn(&mut Asked) -> &mut String;

/// All that are texts, by their names.
const MEMBERS: [(&str, Member); 13] = [
    ("from", |asked| &mut asked.from),
    ("to", |asked| &mut asked.to),
    ("system", |asked| &mut asked.system),
    ("client", |asked| &mut asked.client),
    ("service", |asked| &mut asked.service),
    ("purpose", |asked| &mut asked.purpose),
    ("basis", |asked| &mut asked.basis),
    ("officer", |asked| &mut asked.officer),
    ("case", |asked| &mut asked.case),
    ("id", |asked| &mut asked.id),
    ("outcome", |asked| &mut asked.outcome),
    ("code", |asked| &mut asked.code),
    ("side", |asked| &mut asked.side),
];

/// Names of sides.
pub(super) const SIDES: [&str; 2] = ["consumer", "provider"];

impl Asked {
    /// Reads conditions by their names. What has no value is not asked; what is not known is a mistake, so that nothing is left out of an
    /// answer, or comes into it, unnoticed.
    ///
    /// # Errors
    /// [`Fault::BadParameters`].
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Fault> {
        let bad = |why: Words| Fault::BadParameters { why };
        let mut asked = Self::default();
        for (name, value) in pairs {
            let value = value.trim();
            if value.len() > CONDITION_MAX_BYTES {
                return Err(bad(texts::ask_too_long(name)));
            }
            if name == "before" {
                if asked.before.is_some() {
                    return Err(bad(texts::ask_twice(name)));
                }
                let number = (!value.is_empty()).then(|| value.parse()).transpose();
                asked.before = number.map_err(|_| bad(texts::ask_choice(name, value, "0…")))?;
                continue;
            }
            let member = MEMBERS.iter().find(|(known, _)| *known == name);
            let (_, member) = member.ok_or_else(|| bad(texts::ask_unknown(name)))?;
            let held = member(&mut asked);
            if !held.is_empty() {
                return Err(bad(texts::ask_twice(name)));
            }
            value.clone_into(held);
        }
        asked.check()?;
        Ok(asked)
    }

    /// The conditions that are asked, by their names.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut own = self.clone();
        let pairs = MEMBERS.iter().map(|(name, member)| (*name, std::mem::take(member(&mut own))));
        pairs.filter(|(_, value)| !value.is_empty()).collect()
    }

    fn check(&self) -> Result<(), Fault> {
        begin_of("from", &self.from)?;
        end_of("to", &self.to)?;
        let among = |name: &str, value: &str, choices: &[&str]| {
            let is_one = value.is_empty() || choices.contains(&value);
            let why = || texts::ask_choice(name, value, &choices.join(", "));
            is_one.then_some(()).ok_or_else(|| Fault::BadParameters { why: why() })
        };
        among("side", &self.side, &SIDES)?;
        among("outcome", &self.outcome, &Outcome::ALL.map(Outcome::name))
    }

    /// What is to be looked for in the ledger of `node`. The directory says which uses a legal basis allows today.
    ///
    /// # Errors
    /// [`Fault::BadParameters`].
    pub fn wanted(&self, of: Option<(&CompiledDirectory, &NodeId)>) -> Result<Wanted, Fault> {
        self.check()?;
        let (client, service) = (canonical(&self.client), canonical(&self.service));
        let said = [
            (Field::Client, &client),
            (Field::Service, &service),
            (Field::Purpose, &self.purpose),
            (Field::Officer, &self.officer),
            (Field::Case, &self.case),
            (Field::Id, &self.id),
            (Field::Outcome, &self.outcome),
            (Field::Code, &self.code),
            (Field::Side, &self.side),
        ];
        let all = said.into_iter().filter(|(_, value)| !value.is_empty());
        Ok(Wanted {
            from: begin_of("from", &self.from)?,
            to: end_of("to", &self.to)?,
            all: all.map(|(field, value)| (field, value.clone())).collect(),
            any: self.any(of),
            before: self.before,
        })
    }

    /// The system on either side; and the uses that a basis allows. Where both are asked, each of one with each of the other.
    fn any(&self, of: Option<(&CompiledDirectory, &NodeId)>) -> Option<Vec<Vec<(Field, String)>>> {
        let system = canonical(&self.system);
        let sides = [Field::Client, Field::Service].map(|field| vec![(field, system.clone())]);
        let sides = (!system.is_empty()).then(|| sides.to_vec());
        let uses = (!self.basis.is_empty())
            .then(|| of.map(|(directory, node)| uses_of(directory, node, &self.basis)).unwrap_or_default());
        match (sides, uses) {
            (Some(sides), Some(uses)) => {
                let both = sides
                    .iter()
                    .flat_map(|side| uses.iter().map(move |of_use| [&side[..], &of_use[..]].concat()));
                Some(both.collect())
            }
            (sides, uses) => sides.or(uses),
        }
    }
}

/// Who may call what for what by a legal basis, as far as it concerns a node.
fn uses_of(directory: &CompiledDirectory, node: &NodeId, basis: &str) -> Vec<Vec<(Field, String)>> {
    let concerns = |system: &SystemId| directory.speaks_for(node, system);
    let of_basis = |grant: &&Arc<HeldGrant>| grant.uses.iter().any(|granted| granted.basis == basis);
    let mut uses = Vec::new();
    for grant in directory.all_grants().filter(of_basis) {
        let is_here = concerns(&grant.service.system());
        let clients: Vec<SystemId> = match grant.client.system() {
            Some(system) => vec![system],
            None => {
                let of_class = directory.systems().map(|party| &party.system.id);
                of_class.filter(|system| grant.client.covers(system)).cloned().collect()
            }
        };
        for client in clients.iter().filter(|client| is_here || concerns(client)) {
            let of_basis = grant.uses.iter().filter(|granted| granted.basis == basis);
            uses.extend(of_basis.map(|granted| {
                vec![
                    (Field::Client, client.to_string()),
                    (Field::Service, grant.service.to_string()),
                    (Field::Purpose, granted.purpose.clone()),
                ]
            }));
        }
    }
    uses.sort_unstable();
    uses.dedup();
    uses
}

/// An identifier in its one spelling; an agency's, or what is none, as it is.
fn canonical(text: &str) -> String {
    match (text.parse::<ServiceId>(), text.parse::<SystemId>()) {
        (Ok(id), _) => id.to_string(),
        (_, Ok(id)) => id.to_string(),
        _ => text.to_owned(),
    }
}

/// The moment from which on something is asked.
fn begin_of(name: &str, text: &str) -> Result<Option<Timestamp>, Fault> {
    moment(name, text, false)
}

/// The moment before which something is asked.
fn end_of(name: &str, text: &str) -> Result<Option<Timestamp>, Fault> {
    moment(name, text, true)
}

fn moment(name: &str, text: &str, is_end: bool) -> Result<Option<Timestamp>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    let bad = || Fault::BadParameters { why: texts::ask_time(name, text) };
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Some(at));
    }
    // A day has ten characters; a time of the clock is longer.
    let when = if text.len() == 10 {
        let day = text.parse::<Date>().map_err(|_| bad())?;
        // What is asked up to a day is asked with all of it.
        let day = if is_end { day.tomorrow().map_err(|_| bad())? } else { day };
        day.to_datetime(jiff::civil::Time::midnight())
    } else {
        text.parse::<DateTime>().map_err(|_| bad())?
    };
    moment_in_viet_nam(when).map(Some).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_viet_nam_and_a_last_day_is_within() {
        let asked =
            Asked::read([("from", "2026-11-25"), ("to", "2026-11-25"), ("case", " HS-1 "), ("officer", "")]);
        let asked = asked.unwrap();
        let wanted = asked.wanted(None).unwrap();
        assert_eq!(wanted.from, Some("2026-11-24T17:00:00Z".parse().unwrap()));
        assert_eq!(wanted.to, Some("2026-11-25T17:00:00Z".parse().unwrap()));
        assert_eq!(wanted.all, [(Field::Case, "HS-1".to_owned())]);
        assert_eq!(asked.pairs().len(), 3);
        let exact = Asked::read([("from", "2026-11-25T08:00"), ("to", "2026-11-25T01:00:00.5Z")]).unwrap();
        let wanted = exact.wanted(None).unwrap();
        assert_eq!(wanted.from, Some("2026-11-25T01:00:00Z".parse().unwrap()));
        assert_eq!(wanted.to, Some("2026-11-25T01:00:00.5Z".parse().unwrap()));
    }

    #[test]
    fn what_cannot_be_asked_is_told_and_never_left_out() {
        for pairs in [
            vec![("oficer", "x")],
            vec![("case", "a"), ("case", "b")],
            vec![("from", "yesterday")],
            vec![("to", "2026-02-30")],
            vec![("outcome", "good")],
            vec![("side", "both")],
            vec![("before", "x")],
            vec![("before", "1"), ("before", "2")],
        ] {
            let told = Asked::read(pairs.clone());
            assert!(matches!(told, Err(Fault::BadParameters { .. })), "{pairs:?}: {told:?}");
        }
        assert!(Asked::read([("case", "x".repeat(1025).as_str())]).is_err());
    }

    #[test]
    fn a_system_is_looked_for_on_either_side() {
        let wanted = Asked::read([("system", "VN/GOV/G01/dan%2Dcu")]).unwrap().wanted(None).unwrap();
        let system = "VN/GOV/G01/dan-cu".to_owned();
        assert_eq!(
            wanted.any,
            Some(vec![vec![(Field::Client, system.clone())], vec![(Field::Service, system)]])
        );
        // By a basis that the directory does not name nothing is found, rather than everything.
        let wanted = Asked::read([("basis", "x")]).unwrap().wanted(None).unwrap();
        assert_eq!(wanted.any, Some(Vec::new()));
    }
}
