//! Over-reaches that are planted: what is asked is within what is allowed but for what is added to it, a service, an operation, a field, a
//! purpose, a class of systems, days, or several of them.

use std::collections::BTreeSet;

use model::contain::{Reach, Uncovered, uncovered};
use model::time::Validity;

use crate::dice::Dice;
use crate::names::{FIELDS, PURPOSES, SERVICES, day};
use crate::pairs::{Pair, operation};
use crate::world::World;

/// What can be too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Another service.
    Service,
    /// Another operation.
    Operation,
    /// Another field.
    Field,
    /// Another purpose.
    Purpose,
    /// Another class of systems.
    Class,
    /// Days before or behind.
    Days,
}

/// All kinds.
pub const KINDS: [Kind; 6] =
    [Kind::Service, Kind::Operation, Kind::Field, Kind::Purpose, Kind::Class, Kind::Days];
/// Each kind and combination is planted so often, each time elsewhere: 252 in all.
const TIMES: u64 = 4;

/// One over-reach.
#[derive(Debug, Clone)]
pub struct Planted {
    /// What was added.
    pub kinds: BTreeSet<Kind>,
    /// The pair.
    pub pair: Pair,
}

/// All of them: each kind and combination of kinds.
#[must_use]
pub fn all() -> Vec<Planted> {
    let mut all = Vec::new();
    for number in 1_u64..1 << KINDS.len() {
        let named = KINDS.iter().enumerate().filter(|(at, _)| number >> at & 1 == 1);
        let kinds: BTreeSet<Kind> = named.map(|(_, kind)| *kind).collect();
        for time in 0..TIMES {
            all.push(planted(&kinds, number * TIMES + time));
        }
    }
    all
}

/// What is allowed lets one service be found in, for one purpose and one class, by two fields, on three days.
fn planted(kinds: &BTreeSet<Kind>, seed: u64) -> Planted {
    let mut dice = Dice::of_seed(seed);
    let allowed = Reach {
        service: SERVICES.first().and_then(|id| id.parse().ok()).expect("a service"),
        operations: vec![operation(("POST", "/find")), operation(("GET", "/*"))],
        fields: Some(FIELDS.iter().take(2).map(|field| (*field).to_owned()).collect()),
        purposes: PURPOSES.first().map(|purpose| BTreeSet::from([(*purpose).to_owned()])),
        clients: BTreeSet::from(["VN/LOC/*/mot-cua".to_owned()]),
        valid: Validity { valid_from: Some(day(1)), valid_to: Some(day(3)) },
    };
    let mut asked = Reach {
        operations: dice.some(&allowed.operations),
        fields: allowed
            .fields
            .as_ref()
            .map(|fields| dice.some(&fields.iter().cloned().collect::<Vec<_>>()).into_iter().collect()),
        ..allowed.clone()
    };
    for kind in kinds {
        match kind {
            Kind::Service => {
                asked.service = SERVICES.last().and_then(|id| id.parse().ok()).expect("a service")
            }
            Kind::Operation => {
                let others = [("POST", "/*/b"), ("* ", "/**"), ("GET", "/a/b"), ("POST", "/**")];
                let (method, path) = others.get(dice.below(others.len())).copied().expect("one of four");
                asked.operations.push(operation((method.trim(), path)));
            }
            Kind::Field => {
                let more = FIELDS.last().map(|field| (*field).to_owned());
                // All of them is one more as well.
                asked.fields = if dice.once_in(4) {
                    None
                } else {
                    asked.fields.map(|fields| fields.into_iter().chain(more).collect())
                };
            }
            Kind::Purpose => {
                let more = PURPOSES.last().map(|purpose| (*purpose).to_owned());
                asked.purposes = asked.purposes.map(|purposes| purposes.into_iter().chain(more).collect());
            }
            Kind::Class => {
                let others = ["VN/LOC/*/khac", "VN/GOV/*/mot-cua", "VN/GOV/G1/mot-cua"];
                asked.clients.extend(dice.of(&others).map(str::to_owned));
            }
            Kind::Days => match dice.below(4) {
                0 => asked.valid.valid_from = Some(day(0)),
                1 => asked.valid.valid_from = None,
                2 => asked.valid.valid_to = Some(day(4)),
                _ => asked.valid.valid_to = None,
            },
        }
    }
    // What is allowed may stand in two pieces, that meet on a day.
    let allowed = if dice.once_in(2) {
        let days = [
            Validity { valid_to: Some(day(2)), ..allowed.valid },
            Validity { valid_from: Some(day(2)), ..allowed.valid },
        ];
        days.map(|valid| Reach { valid, ..allowed.clone() }).to_vec()
    } else {
        vec![allowed]
    };
    Planted { kinds: kinds.clone(), pair: Pair { asked: vec![asked], allowed } }
}

impl Planted {
    /// Whether it is found, and what is told of it is right: a call as told is asked and not allowed, by trying, and what was planted alone is
    /// told by its name.
    ///
    /// # Errors
    /// What is told instead.
    pub fn check(&self, world: &mut World) -> Result<Uncovered, String> {
        let found = uncovered(&self.pair.asked, &self.pair.allowed)
            .ok_or_else(|| format!("{:?} is not found", self.kinds))?;
        if !world.stands(&found, &self.pair.asked, &self.pair.allowed) {
            return Err(format!("{:?}: {found:?} is no counter-example", self.kinds));
        }
        let kinds: Vec<Kind> = self.kinds.iter().copied().collect();
        let named = match kinds.as_slice() {
            [one] => self.names(*one, &found),
            _ => self.kinds.iter().any(|kind| self.names(*kind, &found)),
        };
        if named { Ok(found) } else { Err(format!("{:?} is told as {found:?}", self.kinds)) }
    }

    /// Whether what is told is outside of what is allowed by this.
    fn names(&self, kind: Kind, found: &Uncovered) -> bool {
        let Some(one) = self.pair.allowed.first() else { return false };
        match kind {
            Kind::Service => found.service != one.service,
            Kind::Operation => !one.operations.contains(&found.operation),
            Kind::Field => match &found.field {
                Some(field) => one.fields.as_ref().is_some_and(|fields| !fields.contains(field)),
                None => true,
            },
            Kind::Purpose => found.purpose.as_ref().is_none_or(|purpose| {
                one.purposes.as_ref().is_some_and(|purposes| !purposes.contains(purpose))
            }),
            Kind::Class => !one.clients.contains(&found.client),
            Kind::Days => [0, 3].iter().any(|outside| found.days.holds_on(day(*outside))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_two_hundred_planted_over_reaches_are_found_and_each_counter_example_stands_before_decide() {
        let mut world = World::new();
        let all = all();
        assert!(all.len() >= 200, "{}", all.len());
        for planted in &all {
            planted.check(&mut world).unwrap_or_else(|why| panic!("{why}\n{:#?}", planted.pair));
            // Without what was planted nothing would be wrong.
            let within = Reach {
                operations: planted.pair.allowed[0].operations.clone(),
                valid: Validity { valid_from: Some(day(1)), valid_to: Some(day(3)) },
                ..planted.pair.allowed[0].clone()
            };
            assert_eq!(uncovered(&[within], &planted.pair.allowed), None);
        }
    }
}
