//! The proof that what is asked is allowed: published scope ⊇ procedure ⊇ grant ⊇ question.
//!
//! All of them are unions of [`Reach`]es: products of finite sets (operations, fields, purposes, clients of one service) and an interval of
//! days. Inclusion of one union in another is decided exactly: point by point of the finite sets, and for each point by covering its days. The
//! first point and day that is not covered is the counter-example. Conditions of a procedure only narrow what is asked, so they are left out.

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::endpoint::Endpoint;
use crate::id::ServiceId;
use crate::texts;
use crate::time::Validity;
use crate::words::Words;

/// What may be asked, or is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The service.
    pub service: ServiceId,
    /// What is called of it.
    pub operations: Vec<Endpoint>,
    /// The fields; none: all there are.
    pub fields: Option<BTreeSet<String>>,
    /// The purposes; none: any.
    pub purposes: Option<BTreeSet<String>>,
    /// Systems, `VN/LOC/H05/mot-cua`, or classes of them, `VN/LOC/*/mot-cua`.
    pub clients: BTreeSet<String>,
    /// The days.
    pub valid: Validity,
}

/// The first that is not covered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Uncovered {
    /// The service.
    pub service: ServiceId,
    /// The operation.
    pub operation: Endpoint,
    /// The field; none: the operation itself, or all fields where only some may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The purpose; none: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// The client, or the class.
    pub client: String,
    /// The days that are not covered, the first of them.
    #[serde(flatten)]
    pub days: Validity,
}

impl Uncovered {
    /// Told in words: `từ 01/03/2027: ton_giao`.
    #[must_use]
    pub fn words(&self) -> Words {
        let what = match &self.field {
            Some(field) => field.clone(),
            None => format!("{} {}", self.operation.method, self.operation.path),
        };
        let shown = |day: Date| Words::new(day.strftime("%d/%m/%Y").to_string(), day.to_string());
        match (self.days.valid_from, self.days.valid_to) {
            (None, None) => Words::quoted(&what),
            (Some(from), None) => texts::uncovered_from(&shown(from), &what),
            (None, Some(to)) => texts::uncovered_until(&shown(to), &what),
            (Some(from), Some(to)) => texts::uncovered_between(&shown(from), &shown(to), &what),
        }
    }
}

impl fmt::Display for Uncovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

/// The first point of `asked` that `allowed` does not cover, in order of what is asked; none: all of it is covered.
#[must_use]
pub fn uncovered(asked: &[Reach], allowed: &[Reach]) -> Option<Uncovered> {
    asked.iter().find_map(|asked| of_one(asked, allowed))
}

fn of_one(asked: &Reach, allowed: &[Reach]) -> Option<Uncovered> {
    let purposes = points(asked.purposes.as_ref());
    // An operation that shows no field is asked for all the same.
    let fields = match &asked.fields {
        Some(fields) if fields.is_empty() => Vec::new(),
        fields => points(fields.as_ref()),
    };
    for operation in &asked.operations {
        for client in &asked.clients {
            for purpose in &purposes {
                let fits = |one: &&Reach| {
                    one.service == asked.service
                        && one.operations.iter().any(|allowed| includes(allowed, operation))
                        && one.clients.iter().any(|allowed| client_includes(allowed, client))
                        && has(one.purposes.as_ref(), *purpose)
                };
                let fitting: Vec<&Reach> = allowed.iter().filter(fits).collect();
                let told = |field: Option<&str>, days| Uncovered {
                    service: asked.service.clone(),
                    operation: operation.clone(),
                    field: field.map(str::to_owned),
                    purpose: purpose.map(str::to_owned),
                    client: client.clone(),
                    days,
                };
                if fields.is_empty() {
                    let days = fitting.iter().map(|one| one.valid);
                    if let Some(days) = gap(asked.valid, days) {
                        return Some(told(None, days));
                    }
                }
                for field in &fields {
                    let with = fitting.iter().filter(|one| has(one.fields.as_ref(), *field));
                    if let Some(days) = gap(asked.valid, with.map(|one| one.valid)) {
                        return Some(told(*field, days));
                    }
                }
            }
        }
    }
    None
}

/// The days on which all of `asked` (its own days left out) is covered: intervals without a day in common, first to last.
#[must_use]
pub fn covered_days(asked: &Reach, allowed: &[Reach]) -> Vec<Validity> {
    let (mut from, mut covered) = (Validity::default(), Vec::new());
    loop {
        let whole = Reach { valid: from, ..asked.clone() };
        // Days are told apart by where any of the allowed begins or ends: between two such days nothing changes.
        let next = allowed
            .iter()
            .flat_map(|one| [one.valid.valid_from, one.valid.valid_to])
            .flatten()
            .filter(|day| from.valid_from.is_none_or(|begin| begin < *day))
            .min();
        let piece = Validity { valid_from: from.valid_from, valid_to: next };
        if of_one(&Reach { valid: piece, ..whole }, allowed).is_none() {
            match covered.last_mut() {
                Some(Validity { valid_to, .. }) if *valid_to == piece.valid_from && valid_to.is_some() => {
                    *valid_to = piece.valid_to;
                }
                _ => covered.push(piece),
            }
        }
        match next {
            Some(day) => from.valid_from = Some(day),
            None => return covered,
        }
    }
}

/// The points of a set; of one without bound the point that stands for all.
fn points(set: Option<&BTreeSet<String>>) -> Vec<Option<&str>> {
    set.map_or_else(|| vec![None], |set| set.iter().map(|one| Some(one.as_str())).collect())
}

fn has(set: Option<&BTreeSet<String>>, point: Option<&str>) -> bool {
    match (set, point) {
        (None, _) => true,
        (Some(set), Some(point)) => set.contains(point),
        (Some(_), None) => false,
    }
}

/// Whether every call that fits `asked` fits `allowed`. A segment may be any text, so no number of other patterns covers a `*`.
fn includes(allowed: &Endpoint, asked: &Endpoint) -> bool {
    // Case counts, as it does where calls are decided.
    (allowed.method == "*" || allowed.method == asked.method)
        && path_includes(allowed.path.as_str(), asked.path.as_str())
}

fn path_includes(allowed: &str, asked: &str) -> bool {
    let segments = |path: &str| -> Vec<String> {
        let rest = path.strip_prefix('/').filter(|rest| !rest.is_empty());
        rest.into_iter().flat_map(|rest| rest.split('/')).map(str::to_owned).collect()
    };
    let (allowed, asked) = (segments(allowed), segments(asked));
    let mut asked = asked.iter().map(String::as_str);
    for pattern in allowed.iter().map(String::as_str) {
        if pattern == "**" {
            return true;
        }
        match (pattern, asked.next()) {
            ("*", Some(segment)) if segment != "**" && !segment.is_empty() => {}
            (literal, Some(segment)) if literal == segment => {}
            _ => return false,
        }
    }
    asked.next().is_none()
}

/// Whether every system that `asked` stands for is one that `allowed` stands for.
fn client_includes(allowed: &str, asked: &str) -> bool {
    allowed == asked
        || (allowed.split('/').count() == asked.split('/').count()
            && allowed.split('/').zip(asked.split('/')).all(|(one, other)| one == "*" || one == other))
}

/// The first days of `asked` that none of `allowed` has.
fn gap(asked: Validity, allowed: impl Iterator<Item = Validity>) -> Option<Validity> {
    if let (Some(from), Some(to)) = (asked.valid_from, asked.valid_to)
        && from >= to
    {
        return None;
    }
    let mut allowed: Vec<Validity> = allowed.filter(|one| one.overlaps(&asked)).collect();
    // An open beginning comes before every day.
    allowed.sort_unstable_by_key(|one| one.valid_from);
    let mut covered_to = asked.valid_from;
    for one in allowed {
        let joins = match (one.valid_from, covered_to) {
            (None, _) => true,
            (Some(from), Some(to)) => from <= to,
            (Some(_), None) => false,
        };
        if !joins {
            return Some(Validity { valid_from: covered_to, valid_to: one.valid_from });
        }
        // Without an end it covers all the rest.
        let to = one.valid_to?;
        covered_to = covered_to.max(Some(to));
    }
    let open = covered_to.is_none()
        || asked.valid_to.is_none_or(|to| covered_to.is_some_and(|covered| covered < to));
    open.then_some(Validity { valid_from: covered_to, valid_to: asked.valid_to })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::ToSpan as _;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const DAYS: i64 = 12;

    fn day(number: i64) -> Date {
        date(2027, 1, 1) + number.days()
    }

    fn operation(number: u8) -> Endpoint {
        let (method, path) = [
            ("POST", "/find"),
            ("GET", "/a"),
            ("GET", "/*"),
            ("*", "/**"),
            ("GET", "/a/b"),
            ("POST", "/*/b"),
        ][usize::from(number) % 6];
        Endpoint { method: method.into(), path: path.parse().unwrap(), reads_only: None }
    }

    fn client(number: u8) -> String {
        [
            "VN/LOC/H01/mot-cua",
            "VN/LOC/H02/mot-cua",
            "VN/LOC/*/mot-cua",
            "VN/GOV/*/mot-cua",
            "VN/LOC/H01/khac",
        ][usize::from(number) % 5]
            .to_owned()
    }

    fn reach() -> impl Strategy<Value = Reach> {
        let set = |most: u8| prop::collection::btree_set(0..most, 0..3);
        let named = |prefix: &'static str, set: Option<BTreeSet<u8>>| {
            set.map(|set| set.into_iter().map(|one| format!("{prefix}{one}")).collect())
        };
        let days = (prop::option::weighted(0.8, 0..DAYS), prop::option::weighted(0.8, 1..=DAYS));
        (
            0..2u8,
            prop::collection::vec(0..6u8, 1..3),
            prop::option::weighted(0.9, set(3)),
            prop::option::weighted(0.8, prop::collection::btree_set(0..2u8, 1..3)),
            prop::collection::btree_set(0..5u8, 1..3),
            days,
        )
            .prop_map(move |(service, operations, fields, purposes, clients, (from, to))| Reach {
                service: format!("VN/GOV/G01/a/{service}").parse().unwrap(),
                operations: operations.into_iter().map(operation).collect(),
                fields: named("f", fields),
                purposes: named("p", purposes),
                clients: clients.into_iter().map(client).collect(),
                valid: Validity { valid_from: from.map(day), valid_to: to.map(day) },
            })
    }

    /// Service, method, path, field, purpose, system, day.
    type OneCall =
        (u8, &'static str, crate::endpoint::CallPath, Option<&'static str>, &'static str, &'static str, i64);

    /// Every call that a reach lets through, one by one, of a small world: two services, some calls, fields (the last is one that nobody
    /// names), purposes, systems and days (one before and one behind all that are named).
    fn calls() -> Vec<OneCall> {
        let mut calls = Vec::new();
        for service in 0..2 {
            for (method, path) in [
                ("POST", "/find"),
                ("GET", "/a"),
                ("GET", "/z"),
                ("GET", "/a/b"),
                ("POST", "/a/b"),
                ("POST", "/z/b"),
                ("PUT", "/q/q/q"),
                ("GET", "/x/y"),
                ("GET", ""),
            ] {
                for field in [None, Some("f0"), Some("f1"), Some("f2"), Some("khac")] {
                    for purpose in ["p0", "p1", "khac"] {
                        for system in [
                            "VN/LOC/H01/mot-cua",
                            "VN/LOC/H02/mot-cua",
                            "VN/LOC/H99/mot-cua",
                            "VN/GOV/G01/mot-cua",
                            "VN/LOC/H01/khac",
                        ] {
                            for day in -1..=DAYS {
                                let parsed = crate::endpoint::CallPath::parse(path).unwrap();
                                calls.push((service, method, parsed, field, purpose, system, day));
                            }
                        }
                    }
                }
            }
        }
        calls
    }

    fn lets(
        one: &Reach,
        (service, method, path, field, purpose, system, at): &(
            u8,
            &str,
            crate::endpoint::CallPath,
            Option<&str>,
            &str,
            &str,
            i64,
        ),
    ) -> bool {
        one.service.as_str() == format!("VN/GOV/G01/a/{service}")
            && one.operations.iter().any(|operation| {
                (operation.method == "*" || operation.method == *method) && operation.path.matches(path)
            })
            && field.is_none_or(|field| one.fields.as_ref().is_none_or(|fields| fields.contains(field)))
            && one.purposes.as_ref().is_none_or(|purposes| purposes.contains(*purpose))
            && one.clients.iter().any(|client| {
                client == system
                    || client
                        .strip_suffix("/mot-cua")
                        .and_then(|rest| rest.strip_suffix('*'))
                        .is_some_and(|rest| system.starts_with(rest) && system.ends_with("/mot-cua"))
            })
            && one.valid.holds_on(day(*at))
    }

    thread_local! {
        static CALLS: Vec<OneCall> = calls();
    }

    /// The point of the counter-example by itself: it is asked, and not allowed.
    fn is_a_counter_example(found: &Uncovered, asked: &[Reach], allowed: &[Reach]) -> bool {
        let point = |fields| Reach {
            service: found.service.clone(),
            operations: vec![found.operation.clone()],
            fields,
            purposes: found.purpose.clone().map(|purpose| BTreeSet::from([purpose])),
            clients: BTreeSet::from([found.client.clone()]),
            valid: found.days,
        };
        let points = match &found.field {
            Some(field) => vec![point(Some(BTreeSet::from([field.clone()])))],
            None => vec![point(None), point(Some(BTreeSet::new()))],
        };
        points.iter().any(|point| {
            let point = std::slice::from_ref(point);
            uncovered(point, asked).is_none() && uncovered(point, allowed).is_some()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

        /// The law: inclusion is what trying every call finds.
        #[test]
        fn inclusion_is_what_trying_every_call_finds(
            asked in prop::collection::vec(reach(), 1..3), allowed in prop::collection::vec(reach(), 0..5)
        ) {
            let found = uncovered(&asked, &allowed);
            let tried = CALLS.with(|calls| {
                calls.iter().any(|call| {
                    asked.iter().any(|one| lets(one, call)) && !allowed.iter().any(|one| lets(one, call))
                })
            });
            prop_assert_eq!(found.is_some(), tried, "{:?}", found);
            if let Some(found) = found {
                prop_assert!(is_a_counter_example(&found, &asked, &allowed), "{:?}", found);
            }
        }

        /// The days that are told as covered are those on which inclusion holds.
        #[test]
        fn covered_days_are_those_on_which_it_is_included(asked in reach(), allowed in prop::collection::vec(reach(), 0..5)) {
            let covered = covered_days(&asked, &allowed);
            for number in -2..=DAYS + 1 {
                let valid = Validity { valid_from: Some(day(number)), valid_to: Some(day(number + 1)) };
                let included = uncovered(&[Reach { valid, ..asked.clone() }], &allowed).is_none();
                prop_assert_eq!(covered.iter().any(|days| days.holds_on(day(number))), included, "{}", number);
            }
        }
    }

    /// Two hundred scopes that fall short in one thing each, and the counter-example that says which.
    #[test]
    fn two_hundred_planted_over_reaches_are_each_found_and_named() {
        let fields: Vec<String> = (0..10).map(|number| format!("truong_{number}")).collect();
        let allowed = Reach {
            service: "VN/GOV/G01/dan-cu/nguoi".parse().unwrap(),
            operations: vec![operation(0)],
            fields: Some(fields.iter().cloned().collect()),
            purposes: Some((0..5).map(|number| format!("p{number}")).collect()),
            clients: BTreeSet::from(["VN/LOC/*/mot-cua".to_owned()]),
            valid: Validity { valid_from: Some(date(2026, 1, 1)), valid_to: Some(date(2027, 3, 1)) },
        };
        let mut asked = allowed.clone();
        asked.valid.valid_from = Some(date(2026, 6, 1));
        assert_eq!(uncovered(std::slice::from_ref(&asked), std::slice::from_ref(&allowed)), None);
        let mut planted: BTreeMap<&str, usize> = BTreeMap::new();
        for number in 0..200u8 {
            let place = usize::from(number / 5);
            let mut wider = asked.clone();
            let name = format!("la_{place}");
            let (kind, right): (_, fn(&Uncovered, &str) -> bool) = match number % 5 {
                0 => {
                    wider.fields.as_mut().unwrap().insert(name.clone());
                    ("field", |found, name| {
                        found.field.as_deref() == Some(name) && found.words().vi().contains(name)
                    })
                }
                1 => {
                    wider.purposes.as_mut().unwrap().insert(name.clone());
                    ("purpose", |found, name| found.purpose.as_deref() == Some(name))
                }
                2 => {
                    wider.clients = BTreeSet::from([format!("VN/GOV/{name}/mot-cua")]);
                    ("client", |found, name| found.client.contains(name))
                }
                3 => {
                    wider.operations.push(Endpoint {
                        method: "POST".into(),
                        path: format!("/{name}").parse().unwrap(),
                        reads_only: None,
                    });
                    ("operation", |found, name| found.operation.path.as_str().contains(name))
                }
                _ => {
                    wider.valid.valid_to = Some(date(2027, 3, 1) + (1 + i64::from(number)).days());
                    ("days", |found, _| found.words().vi().starts_with("từ 01/03/2027"))
                }
            };
            let found = uncovered(&[wider], std::slice::from_ref(&allowed))
                .unwrap_or_else(|| panic!("{kind} {name} is not found"));
            assert!(right(&found, &name), "{kind} {name}: {found:?}");
            *planted.entry(kind).or_default() += 1;
        }
        assert_eq!(planted.values().sum::<usize>(), 200);
    }
}
