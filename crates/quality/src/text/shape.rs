//! Patterns of which most formats are: runs of ASCII signs of some classes, `[0-9]{12}`, `[A-Z]{2}[0-9]{6,8}`. They are told by a table, at a fraction
//! of what an engine for all patterns costs; all others, and whatever could be read in two ways, by that engine.

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// Most runs of a pattern that is told by a table, and most of its alternatives.
const RUNS: usize = 32;
const SHAPES: usize = 8;

/// A pattern, told in the cheapest way that it can be.
#[derive(Debug, Clone)]
pub struct Pattern {
    engine: Regex,
    /// Its alternatives, each of the whole text. None: it is not of that kind.
    shapes: Option<Vec<Vec<Run>>>,
}

/// So many signs of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    /// Which of the 128.
    signs: u128,
    low: u32,
    high: u32,
}

impl Pattern {
    /// Of an engine's.
    pub(crate) fn of(engine: Regex) -> Self {
        let shapes = regex_syntax::parse(engine.as_str()).ok().and_then(|hir| shapes(&hir));
        Self { engine, shapes }
    }

    /// As it was written.
    pub(crate) fn as_str(&self) -> &str {
        self.engine.as_str()
    }

    /// Whether a text matches it.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        match &self.shapes {
            Some(shapes) => shapes.iter().any(|runs| fits(runs, text.as_bytes())),
            None => self.engine.is_match(text),
        }
    }
}

fn fits(runs: &[Run], mut text: &[u8]) -> bool {
    for run in runs {
        let most = text.len().min(run.high as usize);
        let is_of = |byte: &&u8| **byte < 128 && (run.signs >> **byte) & 1 == 1;
        let count = text.iter().take(most).take_while(is_of).count();
        if count < run.low as usize {
            return false;
        }
        text = text.get(count..).unwrap_or_default();
    }
    text.is_empty()
}

/// The alternatives of a pattern of a whole text.
fn shapes(hir: &Hir) -> Option<Vec<Vec<Run>>> {
    let HirKind::Concat(parts) = hir.kind() else { return None };
    let [first, within @ .., last] = parts.as_slice() else { return None };
    let is = |part: &Hir, look: Look| matches!(part.kind(), HirKind::Look(found) if *found == look);
    if !is(first, Look::Start) || !is(last, Look::End) {
        return None;
    }
    let alternatives = match within {
        [one] => match group(one).kind() {
            HirKind::Alternation(all) => all.iter().map(std::slice::from_ref).collect(),
            _ => vec![within],
        },
        _ => vec![within],
    };
    let shape = |parts: &[Hir]| {
        let mut runs = Vec::new();
        parts.iter().try_for_each(|part| add(part, &mut runs))?;
        is_plain(&runs).then_some(runs)
    };
    (alternatives.len() <= SHAPES).then(|| alternatives.into_iter().map(shape).collect()).flatten()
}

/// What brackets stand around.
fn group(hir: &Hir) -> &Hir {
    match hir.kind() {
        HirKind::Capture(capture) => group(&capture.sub),
        _ => hir,
    }
}

fn add(hir: &Hir, runs: &mut Vec<Run>) -> Option<()> {
    match group(hir).kind() {
        HirKind::Concat(parts) => return parts.iter().try_for_each(|part| add(part, runs)),
        HirKind::Literal(literal) => {
            for byte in &literal.0 {
                runs.push(Run { signs: sign(*byte)?, low: 1, high: 1 });
            }
        }
        HirKind::Class(class) => runs.push(Run { signs: signs(class)?, low: 1, high: 1 }),
        HirKind::Repetition(repeated) => {
            let signs = match group(&repeated.sub).kind() {
                HirKind::Class(class) => signs(class)?,
                HirKind::Literal(literal) => match *literal.0 {
                    [byte] => sign(byte)?,
                    _ => return None,
                },
                _ => return None,
            };
            runs.push(Run { signs, low: repeated.min, high: repeated.max.unwrap_or(u32::MAX) });
        }
        HirKind::Empty => {}
        _ => return None,
    }
    (runs.len() <= RUNS).then_some(())
}

fn sign(byte: u8) -> Option<u128> {
    (byte < 128).then(|| 1 << byte)
}

/// The signs of a class, if all are of ASCII.
fn signs(class: &Class) -> Option<u128> {
    let Class::Unicode(class) = class else { return None };
    let mut signs = 0;
    for range in class.ranges() {
        for sign in range.start()..=range.end() {
            signs |= u8::try_from(sign).ok().filter(u8::is_ascii).map(|byte| 1u128 << byte)?;
        }
    }
    Some(signs)
}

/// Whether runs can be read in one way only: behind one whose length is not said nothing comes that it could have taken.
fn is_plain(runs: &[Run]) -> bool {
    runs.iter().enumerate().all(|(at, run)| {
        let behind = runs.get(at + 1..).unwrap_or_default();
        // Up to the next one that must be there.
        let end = behind.iter().position(|next| next.low > 0).map_or(behind.len(), |end| end + 1);
        run.low == run.high || behind.iter().take(end).all(|next| next.signs & run.signs == 0)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PATTERNS: [&str; 24] = [
        "^(?:[0-9]{12})$",
        "^(?:[0-9]{9}|[0-9]{12})$",
        "^(?:[0-9]{4}-(0[1-9]|1[0-2]))$",
        "^(?:[a-z][a-z0-9_]*)$",
        "^(?:[A-Z0-9]+)$",
        r"^(?:-?[0-9]+(\.[0-9]+)?)$",
        "^(?:[0-9]{10}(-[0-9]{3})?)$",
        "^(?:[A-Z]{2}[0-9]{6,8})$",
        "^(?:EPSG:[0-9]{4,6})$",
        "^(?:[0-9A-Za-z]{5}|[0-9]{13})$",
        r"^(?:\S*)$",
        "^0[0-9]{9}$",
        "^a?b*$",
        "^a*a$",
        "^a{1,2}b{0,1}a{2}$",
        "^[ab]{0,3}c?[cd]*$",
        "^(a|b)$",
        "^(ab|a)b$",
        "^$",
        "^(?i)ab$",
        "[0-9]{3}",
        "^[0-9]{3}",
        r"^\d{3}$",
        "^(?:đ[0-9]{2})$",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn a_table_says_what_the_engine_says(
            at in 0..PATTERNS.len(),
            text in r"[0-9]{0,13}|[abcd]{0,6}|[A-Z]{0,3}[0-9]{0,9}|0[0-9]{8,10}|[0-9]{4}-[0-9]{1,3}|-?[0-9]{0,3}\.?[0-9]{0,2}|[aA][bB\u{130}K]|EPSG:[0-9]{3,7}|[٠-٩đ0-9\n]{0,4}|[0-9]{12}\n",
        ) {
            let engine = Regex::new(PATTERNS[at]).unwrap();
            let expected = engine.is_match(&text);
            prop_assert_eq!(Pattern::of(engine).is_match(&text), expected, "{} {:?}", PATTERNS[at], text);
        }
    }

    #[test]
    fn formats_of_the_dictionary_are_told_by_the_table() {
        let by_table = |pattern: &str| Pattern::of(Regex::new(pattern).unwrap()).shapes.is_some();
        for pattern in [0, 1, 3, 4, 7, 8, 9, 11] {
            assert!(by_table(PATTERNS[pattern]), "{}", PATTERNS[pattern]);
        }
        for pattern in [10, 13, 20, 21, 23] {
            assert!(!by_table(PATTERNS[pattern]), "{}", PATTERNS[pattern]);
        }
    }
}
