//! Scores: weighted means of what was measured, never a mean that hides a key field.

use super::persons::Table;
use super::{PERSONS, pack, settings};
use crate::rule::Criterion;
use crate::score::{Band, Score, Summary, gains, score, wilson};
use crate::{RulePack, Run};

fn scores(rows: std::ops::Range<u64>) -> crate::Scores {
    let mut run = Run::new(PERSONS.clone(), settings());
    run.push(&Table::rows(rows.start, rows.end).batch()).unwrap();
    score(&run.state(), &pack())
}

#[test]
fn a_key_field_that_fails_is_told_whatever_the_mean() {
    let scores = scores(0..20_000);
    let measure = scores.summary.overall.measure().unwrap();
    assert!(measure.value > 99.0, "{measure:?}");
    assert!(scores.alerts.iter().any(|alert| alert.rule == "so_dinh_danh:format" && alert.fails > 0));
    assert_eq!(scores.summary.band(&pack()), Some(Band::Red));
    let text = include_str!("../../../../data/packs/chat-luong.yaml").replace("band: red", "band: yellow");
    assert_eq!(scores.summary.band(&RulePack::read(&text).unwrap()), Some(Band::Yellow));
    assert_eq!(Summary { alerts: 0, ..scores.summary }.band(&pack()), Some(Band::Green));
}

/// What repair gains is what scores would be made of the repaired counts, for every rule.
#[test]
fn repair_gains_what_the_repaired_counts_score_more() {
    let mut run = Run::new(PERSONS.clone(), settings());
    run.push(&Table::rows(0, 2_000).batch()).unwrap();
    let (state, pack) = (run.state().shared(1), pack());
    let value = |state: &crate::State| score(state, &pack).summary.overall.measure().unwrap().value;
    let gains = gains(&state, &pack);
    assert!(gains.values().any(|gain| *gain > 0.0), "{gains:?}");
    for rule in state.rules.keys() {
        let gain = value(&state.repaired(rule).unwrap()) - value(&state);
        assert!((gain - gains.get(rule).copied().unwrap_or_default()).abs() < 1e-9, "{rule}: {gain}");
    }
}

/// By hand, from the counts: rule, criterion, field, dataset.
#[test]
fn every_number_is_the_mean_of_those_below_it() {
    let scores = scores(0..20_000);
    let pack = pack();
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} and {b}");
    let (mut sum, mut weights) = (0.0, 0.0);
    for field in scores.fields.values() {
        let (mut of_field, mut of_weights) = (0.0, 0.0);
        for (criterion, score) in &field.criteria {
            let rules =
                || field.rules.iter().filter(|rule| rule.criterion == *criterion && rule.tally.judged() > 0);
            let value: f64 = rules()
                .map(|rule| rule.weight * rule.tally.pass as f64 * 100.0 / rule.tally.judged() as f64)
                .sum();
            let weight: f64 = rules().map(|rule| rule.weight).sum();
            match score {
                Score::NotMeasured => assert!(weight == 0.0),
                Score::Measured(measure) => {
                    close(measure.value, value / weight);
                    assert!(measure.interval.0 <= measure.value && measure.value <= measure.interval.1);
                    assert!(measure.coverage > 0.0 && measure.coverage <= 1.0);
                    of_field += pack.criteria[criterion] * measure.value;
                    of_weights += pack.criteria[criterion];
                }
            }
        }
        if let Some(measure) = field.overall.measure() {
            close(measure.value, of_field / of_weights);
            sum += field.weight * measure.value;
            weights += field.weight;
        }
    }
    close(scores.summary.overall.measure().unwrap().value, sum / weights);
}

#[test]
fn nothing_measured_is_no_zero_and_no_hundred() {
    let empty = scores(0..0);
    assert_eq!(empty.summary.overall, Score::NotMeasured);
    assert_eq!(empty.summary.band(&pack()), None);
    assert!(empty.alerts.is_empty());
    let full = scores(0..1000).summary;
    let value = full.overall.measure().unwrap().value;
    let agency = Summary::of(&[(1.0, full.clone()), (1.0, empty.summary)]);
    let measure = agency.overall.measure().unwrap();
    assert!((measure.value - value).abs() < 1e-9, "what is not measured does not move the mean");
    assert!(measure.coverage < 0.51, "and is told: {}", measure.coverage);
    assert_eq!((agency.measured, agency.of), (1, 2));
    assert!(!agency.criteria.contains_key(&Criterion::Shared));
    let with = agency.with_shared(Score::NotMeasured);
    assert_eq!(with.criteria[&Criterion::Shared], Score::NotMeasured);
}

#[test]
fn intervals_hold_the_share_and_narrow_with_the_count() {
    for all in [1u64, 2, 10, 1000, 1_000_000] {
        for good in [0, all / 3, all / 2, all] {
            let (low, high) = wilson(good, all);
            let share = good as f64 / all as f64;
            assert!(0.0 <= low && low <= share && share <= high && high <= 1.0, "{good} of {all}");
        }
    }
    let width = |all: u64| wilson(all / 2, all).1 - wilson(all / 2, all).0;
    assert!(width(10) > width(1000) && width(1000) > width(100_000));
    // 10 of 20, from the textbook: 0.299 to 0.701.
    let (low, high) = wilson(10, 20);
    assert!((low - 0.2993).abs() < 1e-4 && (high - 0.7007).abs() < 1e-4);
}

#[test]
fn a_pack_that_cannot_be_is_refused() {
    let text = include_str!("../../../../data/packs/chat-luong.yaml");
    for (from, to) in [
        ("green: 90", "green: 70"),
        ("yellow: 75", "yellow: -1"),
        ("kind: QualityPack", "kind: RulePack"),
        ("identifier_weight: 3", "identifier_weight: -3"),
        ("serious: 1 }", "serious: 0 }"),
        ("least: 10", "least: mười"),
        ("tone: first", "tone: third"),
        ("{ accurate: 1, complete: 1, clean: 1, live: 1, consistent: 1 }", "{}"),
        ("second_hand: true", "second_hand: true\nother: 1"),
    ] {
        let changed = text.replace(from, to);
        assert_ne!(changed, text, "{from}");
        assert!(RulePack::read(&changed).is_err(), "{to}");
    }
    assert!(RulePack::read(text).unwrap().second_hand);
}
