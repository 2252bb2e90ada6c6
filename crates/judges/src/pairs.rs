//! Pairs of what is asked and what is allowed, by dice. A third are made without regard to each other; the others are made so that all that is
//! asked is covered, cut into pieces that only together cover it, and of half of these something is taken away.

use std::collections::BTreeSet;
use std::ops::Range;

use model::contain::Reach;
use model::endpoint::Endpoint;
use model::time::Validity;

use crate::dice::Dice;
use crate::names::{CLIENTS, DAYS, FIELDS, OPERATIONS, PURPOSES, SERVICES, day};

/// A pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// What is asked.
    pub asked: Vec<Reach>,
    /// What is allowed.
    pub allowed: Vec<Reach>,
}

impl Pair {
    /// The pair of a seed.
    #[must_use]
    pub fn of_seed(seed: u64) -> Self {
        let mut dice = Dice::of_seed(seed);
        let asked = many(&mut dice, 1..3);
        if dice.once_in(3) {
            let allowed = many(&mut dice, 0..5);
            return Self { asked, allowed };
        }
        let mut allowed = Vec::new();
        for reach in &asked {
            let mut pieces = vec![reach.clone()];
            for _ in 0..dice.below(4) {
                let at = dice.below(pieces.len());
                let piece = pieces.swap_remove(at);
                pieces.extend(cut(&mut dice, piece));
            }
            allowed.extend(pieces.into_iter().map(|piece| widened(&mut dice, piece)));
        }
        allowed.extend(many(&mut dice, 0..2));
        if dice.once_in(2) {
            let at = dice.below(allowed.len());
            let one = allowed.swap_remove(at);
            allowed.extend(narrowed(&mut dice, one));
        }
        Self { asked, allowed }
    }
}

fn many(dice: &mut Dice, count: Range<usize>) -> Vec<Reach> {
    let count = count.start + dice.below(count.len());
    (0..count).map(|_| reach(dice)).collect()
}

/// An operation by its number.
#[must_use]
pub fn operation((method, path): (&str, &str)) -> Endpoint {
    Endpoint { method: method.to_owned(), path: path.parse().expect("a pattern"), reads_only: None }
}

fn texts(all: Vec<&str>) -> BTreeSet<String> {
    all.into_iter().map(str::to_owned).collect()
}

/// A reach as dice have it. One in ten shows all fields, one in ten none.
#[must_use]
pub fn reach(dice: &mut Dice) -> Reach {
    let fields = match dice.below(10) {
        0 => None,
        1 => Some(BTreeSet::new()),
        _ => Some(texts(dice.some(&FIELDS))),
    };
    let end =
        |dice: &mut Dice| (!dice.once_in(4)).then(|| day(i64::try_from(dice.below(4)).unwrap_or_default()));
    let mut operations: Vec<Endpoint> = (0..1 + dice.below(2))
        .filter_map(|_| OPERATIONS.get(dice.below(OPERATIONS.len())).copied())
        .map(operation)
        .collect();
    operations.dedup();
    let mut clients: BTreeSet<String> = dice.of(&CLIENTS).map(str::to_owned).into_iter().collect();
    clients.extend(dice.of(&CLIENTS).filter(|_| dice.once_in(3)).map(str::to_owned));
    Reach {
        service: dice.of(&SERVICES).and_then(|id| id.parse().ok()).expect("a service"),
        operations,
        fields,
        purposes: Some(texts(dice.some(&PURPOSES))),
        clients,
        valid: Validity { valid_from: end(dice), valid_to: end(dice) },
    }
}

/// Pieces that together are the whole.
fn cut(dice: &mut Dice, whole: Reach) -> Vec<Reach> {
    let halves = |dice: &mut Dice, all: &BTreeSet<String>| {
        let (mut one, mut other) = (BTreeSet::new(), BTreeSet::new());
        for each in all {
            if dice.once_in(2) { &mut one } else { &mut other }.insert(each.clone());
        }
        [one, other]
    };
    let pieces: Vec<Reach> = match dice.below(5) {
        0 => {
            let at = Some(day(i64::try_from(dice.below(4)).unwrap_or_default()));
            let Validity { valid_from, valid_to } = whole.valid;
            // An open beginning comes before every day.
            let within =
                valid_from.is_none_or(|from| Some(from) < at) && valid_to.is_none_or(|to| at < Some(to));
            let days = [Validity { valid_from, valid_to: at }, Validity { valid_from: at, valid_to }];
            if within { days.map(|valid| Reach { valid, ..whole.clone() }).to_vec() } else { Vec::new() }
        }
        1 => whole
            .operations
            .iter()
            .map(|one| Reach { operations: vec![one.clone()], ..whole.clone() })
            .collect(),
        2 => whole
            .clients
            .iter()
            .map(|one| Reach { clients: BTreeSet::from([one.clone()]), ..whole.clone() })
            .collect(),
        3 => match &whole.fields {
            Some(fields) if fields.len() > 1 => {
                halves(dice, fields).map(|fields| Reach { fields: Some(fields), ..whole.clone() }).to_vec()
            }
            _ => Vec::new(),
        },
        _ => match &whole.purposes {
            Some(purposes) if purposes.len() > 1 => halves(dice, purposes)
                .map(|purposes| Reach { purposes: Some(purposes), ..whole.clone() })
                .to_vec(),
            _ => Vec::new(),
        },
    };
    if pieces.is_empty() { vec![whole] } else { pieces }
}

/// The same with something more, or as it is.
fn widened(dice: &mut Dice, mut one: Reach) -> Reach {
    let more = reach(dice);
    match dice.below(8) {
        0 => one.fields = None,
        1 => one.operations.extend(more.operations),
        2 => one.clients.extend(more.clients),
        3 => one.valid.valid_from = None,
        4 => one.valid.valid_to = None,
        5 => one.operations = vec![operation(("*", "/**"))],
        _ => {}
    }
    one
}

/// The same without something; sometimes nothing is left.
fn narrowed(dice: &mut Dice, mut one: Reach) -> Option<Reach> {
    let without = |dice: &mut Dice, set: &mut BTreeSet<String>| {
        let at = dice.below(set.len());
        let taken = set.iter().nth(at).cloned();
        if let Some(taken) = taken {
            set.remove(&taken);
        }
    };
    match dice.below(7) {
        0 => one.fields.as_mut().map(|fields| without(dice, fields)).unwrap_or_default(),
        1 => one.purposes.as_mut().map(|purposes| without(dice, purposes)).unwrap_or_default(),
        2 => without(dice, &mut one.clients),
        3 => {
            one.valid.valid_from =
                Some(one.valid.valid_from.map_or(day(0), |day| day.saturating_add(jiff::Span::new().days(1))))
        }
        4 => {
            one.valid.valid_to = Some(
                one.valid.valid_to.map_or(day(DAYS - 1), |day| day.saturating_sub(jiff::Span::new().days(1))),
            )
        }
        5 => drop(one.operations.pop()),
        _ => return None,
    }
    Some(one)
}
