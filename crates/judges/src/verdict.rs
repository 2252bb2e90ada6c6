//! What the proof says of a pair, beside what trying every call finds.

use std::fmt;

use model::contain::{Uncovered, uncovered};

use crate::pairs::Pair;
use crate::world::{Point, World};

/// How a pair is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What the proof tells as not covered.
    pub proof: Option<Uncovered>,
    /// A call that is asked and not allowed, by trying all.
    pub tried: Option<Point>,
    /// Whether the proof's counter-example is one, on all days that it tells; true if there is none.
    pub stands: bool,
}

impl Verdict {
    /// The verdict on a pair.
    pub fn of(pair: &Pair, world: &mut World) -> Self {
        let proof = uncovered(&pair.asked, &pair.allowed);
        let tried = world.uncovered(&pair.asked, &pair.allowed);
        let stands = proof.as_ref().is_none_or(|found| world.stands(found, &pair.asked, &pair.allowed));
        Self { proof, tried, stands }
    }

    /// Whether the proof is right.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.proof.is_some() == self.tried.is_some() && self.stands
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.proof {
            None => writeln!(f, "proof: covered")?,
            Some(found) => writeln!(f, "proof: not covered: {found} ({found:?})")?,
        }
        match &self.tried {
            None => writeln!(f, "every call tried: covered")?,
            Some(point) => writeln!(f, "every call tried: not covered: {point:?}")?,
        }
        if self.stands { Ok(()) } else { writeln!(f, "the counter-example is none") }
    }
}

/// What was judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Judged {
    /// Pairs that are covered.
    pub covered: u64,
    /// Pairs that are not.
    pub uncovered: u64,
}

/// Judges the pairs of these seeds.
///
/// # Errors
/// The first seed at which the proof is wrong, with what each says.
pub fn judge(seeds: std::ops::Range<u64>, world: &mut World) -> Result<Judged, (u64, String)> {
    let mut judged = Judged::default();
    for seed in seeds {
        let pair = Pair::of_seed(seed);
        let verdict = Verdict::of(&pair, world);
        if !verdict.is_right() {
            return Err((seed, told(&pair, &verdict)));
        }
        // A grant of several operations and purposes is what the grants of each of them are together.
        if seed % SUMMED == 0 && !world.is_the_sum_of_its_parts(&pair.allowed) {
            return Err((seed, format!("{pair:#?}\ngrants let through what their parts do not")));
        }
        *(if verdict.proof.is_some() { &mut judged.uncovered } else { &mut judged.covered }) += 1;
    }
    Ok(judged)
}

/// Every so many pairs grants are tried whole as well.
const SUMMED: u64 = 64;

/// A pair with its verdict.
#[must_use]
pub fn told(pair: &Pair, verdict: &Verdict) -> String {
    format!("{pair:#?}\n{verdict}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many are judged among the other tests; `cargo xtask judge contain` judges a million.
    const PAIRS: u64 = 3_000;

    #[test]
    fn the_proof_says_what_every_call_tried_through_decide_says() {
        let mut world = World::new();
        let judged = judge(0..PAIRS, &mut world)
            .unwrap_or_else(|(seed, told)| panic!("cargo xtask judge contain 1 {seed}\n{told}"));
        // Neither is rare: a proof that always says the same is found out.
        assert!(judged.covered > PAIRS / 5 && judged.uncovered > PAIRS / 5, "{judged:?}");
    }
}
