//! Conditions that never hold: taken apart into clauses, of which each is looked at name by name.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::condition::{Compared, Condition, Decimal, Side};

/// Most clauses: a condition with more is not decided.
const CLAUSES_MAX: usize = 256;

/// One comparison of a clause, or its contrary.
#[derive(Clone, Copy)]
struct Atom<'a> {
    condition: &'a Condition,
    holds: bool,
}

/// What is compared: a value by its name, or the years since it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Subject<'a> {
    Value(&'a str),
    Age(&'a str),
}

pub(super) fn never_holds(condition: &Condition) -> bool {
    clauses(condition, true).is_some_and(|clauses| clauses.iter().all(|clause| is_impossible(clause)))
}

/// The clauses of which one must hold, each of all that must hold in it; none: too many.
fn clauses(condition: &Condition, holds: bool) -> Option<Vec<Vec<Atom<'_>>>> {
    match (condition, holds) {
        (Condition::Not(inner), _) => clauses(inner, !holds),
        (Condition::And(parts), true) | (Condition::Or(parts), false) => {
            let mut all = vec![Vec::new()];
            for part in parts {
                let more = clauses(part, holds)?;
                if all.len() * more.len() > CLAUSES_MAX {
                    return None;
                }
                let joined = |clause: &Vec<_>| {
                    let clause = clause.clone();
                    more.iter().map(move |other| clause.iter().chain(other).copied().collect::<Vec<_>>())
                };
                all = all.iter().flat_map(joined).collect();
            }
            Some(all)
        }
        (Condition::And(parts), false) | (Condition::Or(parts), true) => {
            let mut any = Vec::new();
            for part in parts {
                any.extend(clauses(part, holds)?);
            }
            (any.len() <= CLAUSES_MAX).then_some(any)
        }
        _ => Some(vec![vec![Atom { condition, holds }]]),
    }
}

fn is_impossible(clause: &[Atom<'_>]) -> bool {
    let mut by_subject: BTreeMap<Subject<'_>, Vec<Atom<'_>>> = BTreeMap::new();
    for atom in clause {
        match subject(atom.condition) {
            Some(subject) => by_subject.entry(subject).or_default().push(*atom),
            // Nothing but what is written: it holds or not.
            None if atom.condition.reads().is_empty()
                && atom.condition.holds(&|_| None, Date::ZERO) == Some(!atom.holds) =>
            {
                return true;
            }
            None => {}
        }
    }
    let absent = |name: &str| {
        clause.iter().any(|atom| matches!(atom.condition, Condition::Exists(of) if of == name && !atom.holds))
    };
    by_subject.iter().any(|(subject, atoms)| {
        let (Subject::Value(name) | Subject::Age(name)) = subject;
        let compared: Vec<Atom<'_>> =
            atoms.iter().filter(|atom| !matches!(atom.condition, Condition::Exists(_))).copied().collect();
        let there = compared.len() < atoms.len()
            && atoms.iter().any(|atom| atom.holds && matches!(atom.condition, Condition::Exists(_)));
        // What is compared is known.
        (absent(name) && (there || !compared.is_empty())) || is_empty(*subject, &compared)
    })
}

/// What is compared with what is written; none: names with each other, or nothing.
fn subject(condition: &Condition) -> Option<Subject<'_>> {
    let of = |side: &'_ Side| match side {
        Side::Fact(_) | Side::Age(_) => true,
        Side::Text(_) | Side::Number(_) => false,
    };
    let side = match condition {
        Condition::Exists(name) => return Some(Subject::Value(name)),
        Condition::In(side, _) => side,
        Condition::Compare(left, _, right) => match (of(left), of(right)) {
            (true, false) => left,
            (false, true) => right,
            _ => return None,
        },
        _ => return None,
    };
    match side {
        Side::Fact(name) => Some(Subject::Value(name)),
        Side::Age(name) => Some(Subject::Age(name)),
        Side::Text(_) | Side::Number(_) => None,
    }
}

/// Whether no value is as all of them want it.
fn is_empty(subject: Subject<'_>, atoms: &[Atom<'_>]) -> bool {
    let mut written: Vec<String> = Vec::new();
    let mut only: Option<Vec<String>> = None;
    let mut must_be = |values: Vec<String>| {
        only = Some(match only.take() {
            None => values,
            Some(before) => before.into_iter().filter(|value| values.contains(value)).collect(),
        });
    };
    for atom in atoms {
        match atom.condition {
            Condition::In(_, list) => {
                written.extend(list.iter().cloned());
                if atom.holds {
                    must_be(list.clone());
                }
            }
            Condition::Compare(left, how, right) => {
                let value = [left, right].into_iter().find_map(constant);
                let Some(value) = value else { continue };
                written.push(value.clone());
                if *how == Compared::Equal && atom.holds {
                    must_be(vec![value]);
                }
            }
            _ => {}
        }
    }
    let fits = |value: &str| atoms.iter().all(|atom| as_wanted(atom, value));
    if let Some(only) = only {
        return !only.iter().any(|value| fits(value));
    }
    // `012` is a code and no number.
    let number = |value: &String| value.parse::<i64>().ok().filter(|number| number.to_string() == *value);
    let numbers: Vec<i64> = written.iter().filter_map(number).collect();
    match subject {
        Subject::Age(_) => {
            numbers.len() == written.len()
                && !written.is_empty()
                && !near(&numbers, 0).any(|value| fits(&value))
        }
        Subject::Value(_) if written.is_empty() => false,
        // Between two whole numbers there are others, and between those nothing changes.
        Subject::Value(_) if numbers.len() == written.len() => {
            let between = near(&numbers, i64::MIN).flat_map(|value| [format!("{value}.5"), value]);
            !between.chain(["-0.5".to_owned()]).any(|value| fits(&value))
        }
        // Texts: one right behind each is as near as can be.
        Subject::Value(_) if !written.iter().any(|text| Decimal::of(text).is_some()) => {
            let behind = written.iter().map(|value| format!("{value}\u{1}"));
            let first = std::iter::once("\u{1}".to_owned());
            !written.iter().cloned().chain(behind).chain(first).any(|value| fits(&value))
        }
        Subject::Value(_) => false,
    }
}

/// The numbers at, before and behind those that are written: between two of them nothing changes.
fn near(numbers: &[i64], least: i64) -> impl Iterator<Item = String> {
    let around =
        numbers.iter().flat_map(|number| [number.saturating_sub(1), *number, number.saturating_add(1)]);
    around.chain([least.max(0)]).filter(move |number| *number >= least).map(|number| number.to_string())
}

fn constant(side: &Side) -> Option<String> {
    match side {
        Side::Text(text) => Some(text.clone()),
        Side::Number(number) => Some(number.to_string()),
        Side::Fact(_) | Side::Age(_) => None,
    }
}

/// Whether a comparison comes out as it is wanted where the subject is `value`.
fn as_wanted(atom: &Atom<'_>, value: &str) -> bool {
    let put = |side: &Side| match side {
        Side::Fact(_) | Side::Age(_) => Side::Text(value.to_owned()),
        written => written.clone(),
    };
    let with = match atom.condition {
        Condition::In(_, list) => Condition::In(Side::Text(value.to_owned()), list.clone()),
        Condition::Compare(left, how, right) => Condition::Compare(put(left), *how, put(right)),
        _ => return true,
    };
    with.holds(&|_| None, Date::ZERO) == Some(atom.holds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_never_holds_is_found_and_what_may_is_left() {
        for text in [
            "a = \"1\" and a = \"2\"",
            "a = 1 and not (a = 1)",
            "a in (\"1\", \"2\") and a = \"3\"",
            "a < 5 and a > 10",
            "a < 5 and a >= 5",
            "age(a) > 4 and age(a) < 5",
            "age(a) < 0",
            "age(a) < 6 and age(a) >= 14",
            "exists(a) and not exists(a)",
            "a = 1 and not exists(a)",
            "a < \"2020-01-01\" and a > \"2021-01-01\"",
            "(a = 1 or a = 2) and a = 3",
            "1 = 2",
        ] {
            assert!(text.parse::<Condition>().unwrap().contradicts_itself(), "{text}");
        }
        for text in [
            "a = 1 or a = 2",
            "a = 1 and b = 2",
            "not (a = 1 and a = 2)",
            "a in (\"1\", \"2\") and a = \"2\"",
            "a > 4 and a < 6",
            "a > 4 and a < 5",
            "a > -1 and a < 0",
            "a > \"9.5\" and a < \"80.5\"",
            "age(a) < 6 or age(a) >= 14",
            "a = b and b = a",
            "a > \"2020-01-01\" and a < \"2020-01-02\"",
            "not exists(a)",
            "a < 5 and not (a = 4)",
        ] {
            assert!(!text.parse::<Condition>().unwrap().contradicts_itself(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

        /// What is called impossible holds for no values that are tried.
        #[test]
        fn what_is_called_impossible_never_holds(condition in super::super::tests::condition(), values in prop::collection::vec(("[a-z]{1,4}(\\.[a-z_]{1,4})?", "[0-9]{0,3}"), 0..4)) {
            if condition.contradicts_itself() {
                let mut known: BTreeMap<String, String> = values.into_iter().collect();
                for name in condition.reads() {
                    known.entry(name.to_owned()).or_insert_with(|| "1".to_owned());
                }
                let look = |name: &str| known.get(name).cloned();
                prop_assert_ne!(condition.holds(&look, "2026-11-30".parse().unwrap()), Some(true));
            }
        }
    }
}
