//! What holds of every score.

use proptest::prelude::*;

use super::made::{DAY, both, claims, evidence, with_one};
use crate::canonical;
use crate::evidence::{Class, Evidence, Measured, Reading};
use crate::pack::Pack;
use crate::quantity::WHOLE;
use crate::score::{State, score};

/// The formulas of a score in numbers with fractions, from the lines alone: another hand than that which adds them up in whole numbers.
fn in_fractions(pack: &Pack, evidence: &Evidence) -> [Option<f64>; 3] {
    let (mut seen, mut claimed, mut covered) = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0));
    for criterion in &pack.criteria {
        let waived = evidence.waivers.get(&criterion.id).is_some_and(|waiver| waiver.until >= evidence.as_of);
        let asked = criterion.applies.iter().all(|fact| evidence.facts.contains(fact))
            && !criterion.unless.iter().any(|fact| evidence.facts.contains(fact));
        if waived || !asked {
            continue;
        }
        let weight = f64::from(criterion.weight);
        let part = |value: i64| {
            let bound = criterion.at_least.or(criterion.at_most).unwrap().value;
            let met = if criterion.at_least.is_some() { value >= bound } else { value <= bound };
            match criterion.zero_at {
                _ if met => 1.0,
                None => 0.0,
                Some(zero) => ((value - zero.value) as f64 / (bound - zero.value) as f64).clamp(0.0, 1.0),
            }
        };
        covered.1 += weight;
        if let Some(claim) = evidence.claims.get(&criterion.id) {
            claimed = (claimed.0 + weight * part(claim.value), claimed.1 + weight);
        }
        let factor = |class: Class| f64::from(pack.factor(class)) / 100.0;
        let measured = match evidence.measures.get(&criterion.measure) {
            Some(Reading::Measured(measured)) if measured.class != Class::E4 => {
                let age = evidence.as_of.since(measured.as_of).unwrap().get_days();
                (age <= i32::try_from(criterion.fresh_days).unwrap()).then_some(measured)
            }
            _ => None,
        };
        if let Some(measured) = measured {
            let counts = weight * factor(measured.class);
            seen = (seen.0 + counts * part(measured.value), seen.1 + counts);
            covered.0 += weight;
        } else if criterion.grace.is_some_and(|grace| grace < evidence.as_of) {
            seen.1 += weight * factor(crate::measure::Measure::of(&criterion.measure).unwrap().class);
        }
    }
    [seen, covered, claimed].map(|(above, below)| (below > 0.0).then(|| above / below * 10_000.0))
}

/// A pack without one of its criteria, if it has others.
fn without(pack: &Pack, at: usize) -> Option<Pack> {
    let mut pack = pack.clone();
    pack.criteria.remove(at);
    (!pack.criteria.is_empty()).then_some(pack)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_score_is_what_its_formulas_say_whoever_adds_them_up((pack, evidence) in both()) {
        let triple = score(&pack, &evidence).triple;
        let told = [triple.observed, triple.coverage, triple.claimed];
        for (told, exact) in told.into_iter().zip(in_fractions(&pack, &evidence)) {
            prop_assert_eq!(told.is_some(), exact.is_some());
            let off = (told.unwrap_or_default() as f64 - exact.unwrap_or_default()).abs();
            // Results are rounded once, and the mean of them once more.
            prop_assert!(off <= 1.001, "{:?} is not {:?}", told, exact);
        }
        prop_assert_eq!(triple.gap, triple.claimed.zip(triple.observed).map(|(claimed, seen)| claimed - seen));
    }

    #[test]
    fn a_score_is_a_function_of_pack_and_evidence_whatever_the_order((pack, evidence) in both()) {
        let one = score(&pack, &evidence);
        let mut turned = pack.clone();
        turned.criteria.reverse();
        let mut other = score(&turned, &evidence);
        other.criteria.reverse();
        prop_assert_eq!(&one.triple, &other.triple);
        prop_assert_eq!((&one.criteria, one.level, one.interval), (&other.criteria, other.level, other.interval));
        let read = |text: &str| serde_json::from_str::<Evidence>(text).unwrap();
        let again = read(&canonical::text(&evidence).unwrap());
        prop_assert_eq!(canonical::digest(&again).unwrap(), canonical::digest(&evidence).unwrap());
        let pack_again: Pack = toml::from_str(&toml::to_string(&pack).unwrap()).unwrap();
        prop_assert_eq!(pack_again.digest(), pack.digest());
        prop_assert_eq!(score(&pack_again, &again), one);
    }

    #[test]
    fn more_that_passes_never_lowers_anything((pack, evidence, at) in with_one()) {
        let before = score(&pack, &evidence);
        let criterion = &pack.criteria[at];
        let value = criterion.at_least.or(criterion.at_most).unwrap().value;
        let mut better = evidence.clone();
        let measured = Measured { value, of: None, class: Class::E1, as_of: DAY, sampled: false, failing: Vec::new() };
        better.measures.insert(criterion.measure.clone(), Reading::Measured(measured));
        let after = score(&pack, &better);
        prop_assert!(after.triple.observed >= before.triple.observed);
        prop_assert!(after.triple.coverage >= before.triple.coverage);
        // What is said may have opened a gate of the second level, and what is seen opens it as well.
        prop_assert!(after.level >= before.level);
        let (was, is) = (&before.criteria[at], &after.criteria[at]);
        prop_assert!(matches!(is.state, State::Met | State::Waived | State::NotAsked));
        let rises = after.triple.observed.unwrap_or_default() - before.triple.observed.unwrap_or_default();
        prop_assert!(was.gain <= rises, "told {} and came to {}", was.gain, rises);
    }

    #[test]
    fn what_an_agency_says_moves_nothing_that_was_observed(
        (pack, evidence, said) in both().prop_flat_map(|(pack, evidence)| {
            let said = claims(&pack);
            (Just(pack), Just(evidence), said)
        })
    ) {
        let mut other = evidence.clone();
        other.claims = said.into_iter().filter_map(|(id, claim)| Some((id, claim?))).collect();
        let (one, other) = (score(&pack, &evidence), score(&pack, &other));
        prop_assert_eq!(one.triple.observed, other.triple.observed);
        prop_assert_eq!(one.triple.coverage, other.triple.coverage);
        prop_assert_eq!(one.interval, other.interval);
        let states = |of: &crate::Assessment| of.criteria.iter().map(|line| (line.state, line.result)).collect::<Vec<_>>();
        prop_assert_eq!(states(&one), states(&other));
        prop_assert!(one.level == other.level || one.level.max(other.level) <= Some(2));
    }

    #[test]
    fn a_level_is_covered_observed_and_its_gates_are_met((pack, evidence) in both()) {
        let found = score(&pack, &evidence);
        let Some(level) = found.level else {
            prop_assert!(found.criteria.iter().all(|line| matches!(line.state, State::NotAsked | State::Waived)));
            return Ok(());
        };
        for asked in pack.levels.iter().filter(|asked| asked.level <= level) {
            prop_assert!(found.triple.coverage >= Some(asked.coverage.value));
            prop_assert!(found.triple.observed.unwrap_or_default() >= asked.observed.value);
        }
        for (criterion, line) in pack.criteria.iter().zip(&found.criteria) {
            if criterion.gate.is_some_and(|gate| gate <= level) {
                prop_assert!(!matches!(line.state, State::NotMet | State::Overdue));
                // What is only said opens no gate above the second level.
                prop_assert!(level <= 2 || line.state != State::NotMeasured);
            }
        }
    }

    #[test]
    fn what_was_not_measured_is_neither_until_its_day_and_a_failure_after((pack, evidence, at) in with_one(), days in 1..30_i64) {
        use jiff::ToSpan as _;
        let (mut pack, mut evidence) = (pack, evidence);
        let id = pack.criteria[at].id.clone();
        evidence.measures.remove(&pack.criteria[at].measure);
        evidence.claims.remove(&id);
        evidence.waivers.remove(&id);
        pack.criteria[at].grace = Some(DAY);
        let (neither, line) = (score(&pack, &evidence), |of: &crate::Assessment| of.criteria[at].clone());
        if line(&neither).state != State::NotAsked {
            prop_assert_eq!(line(&neither).state, State::NotMeasured);
        }
        if let Some(others) = without(&pack, at) {
            prop_assert_eq!(score(&others, &evidence).triple.observed, neither.triple.observed);
        }
        pack.criteria[at].grace = Some(DAY.saturating_sub(days.days()));
        let failed = score(&pack, &evidence);
        if line(&failed).state != State::NotAsked {
            prop_assert_eq!(line(&failed).state, State::Overdue);
            prop_assert!(failed.triple.observed.is_some());
            prop_assert!(neither.triple.observed.is_none() || failed.triple.observed <= neither.triple.observed);
        }
        // A failure is no measurement: it covers nothing.
        prop_assert_eq!(failed.triple.coverage, neither.triple.coverage);
    }

    #[test]
    fn a_waiver_takes_a_criterion_away_and_ends((pack, evidence, at) in with_one(), days in 1..30_i64) {
        use jiff::ToSpan as _;
        let mut evidence = evidence;
        let id = pack.criteria[at].id.clone();
        let waiver = |until| crate::evidence::Waiver { id: "a".into(), basis: "b".into(), until };
        evidence.waivers.insert(id.clone(), waiver(DAY));
        let waived = score(&pack, &evidence);
        prop_assert_eq!(waived.criteria[at].state, State::Waived);
        if let Some(others) = without(&pack, at) {
            let others = score(&others, &evidence);
            prop_assert_eq!((others.triple, others.level), (waived.triple, waived.level));
        }
        evidence.waivers.insert(id.clone(), waiver(DAY.saturating_sub(days.days())));
        let ended = score(&pack, &evidence);
        evidence.waivers.remove(&id);
        prop_assert_eq!(score(&pack, &evidence), ended);
    }

    #[test]
    fn intervals_of_samples_are_wilsons(value in 0..=10_000_i64, count in 1..100_000_u64) {
        let pack = super::bad::pack_of("[criteria]");
        let mut evidence = super::bad::evidence();
        let measured = Measured { value, of: Some(count), class: Class::E1, as_of: DAY, sampled: true, failing: Vec::new() };
        evidence.measures.insert("calls_answered".into(), Reading::Measured(measured));
        let (low, high) = score(&pack, &evidence).interval.unwrap();
        let (share, count, z) = (value as f64 / 10_000.0, count as f64, 1.96_f64);
        let below = 1.0 + z * z / count;
        let middle = (share + z * z / (2.0 * count)) / below;
        let half = z * (share * (1.0 - share) / count + z * z / (4.0 * count * count)).sqrt() / below;
        let exact = [middle - half, middle + half].map(|bound| bound.clamp(0.0, 1.0) * 10_000.0);
        prop_assert!((low as f64 - exact[0]).abs() <= 3.0 && (high as f64 - exact[1]).abs() <= 3.0, "{low} {high} {exact:?}");
        prop_assert!(low as f64 <= exact[0] + 1e-6 && exact[1] <= high as f64 + 1e-6);
    }
}

/// Nothing but words, in any number, leaves an agency where it was: at the bottom, whatever it says.
#[test]
fn an_agency_that_only_declares_stays_low() {
    for pack in Pack::shipped().unwrap() {
        let mut evidence = super::bad::evidence();
        let facts = pack.criteria.iter().flat_map(|criterion| criterion.applies.clone());
        evidence.facts = facts.collect();
        for criterion in &pack.criteria {
            let value = criterion.at_least.or(criterion.at_most).unwrap().value;
            let claim = crate::evidence::Claim { value, on: DAY };
            evidence.claims.insert(criterion.id.clone(), claim);
        }
        let found = score(&pack, &evidence);
        assert_eq!(
            (found.level, found.triple.observed, found.triple.coverage),
            (Some(1), None, Some(0)),
            "{}",
            pack.id
        );
        assert_eq!((found.triple.claimed, found.triple.gap), (Some(WHOLE), None));
    }
}

#[test]
fn evidence_is_made_of_every_state() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..400 {
        let pack = super::made::pack().new_tree(&mut runner).unwrap().current();
        let evidence = evidence(&pack).new_tree(&mut runner).unwrap().current();
        seen.extend(score(&pack, &evidence).criteria.into_iter().map(|line| line.state));
    }
    assert_eq!(seen.len(), 6, "{seen:?}");
}
