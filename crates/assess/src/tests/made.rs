//! Packs and evidence made by dice: every kind of bound, class, state and end.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::json;

use crate::evidence::{Claim, Class, Evidence, Measured, Reading, Waiver, Why};
use crate::measure::{self, Measure};
use crate::pack::{Criterion, Pack};
use crate::quantity::{Quantity, Unit};

pub(super) const DAY: Date = date(2027, 3, 31);

fn facts() -> impl Strategy<Value = BTreeSet<String>> {
    btree_set(select(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]), 0..3)
}

fn value(unit: Unit) -> BoxedStrategy<i64> {
    match unit {
        Unit::Share => (0..=10_000_i64).boxed(),
        Unit::Flag => (0..=1_i64).boxed(),
        Unit::Count | Unit::Days | Unit::Milliseconds => (0..=5000_i64).boxed(),
    }
}

fn criterion(measure: &'static Measure) -> impl Strategy<Value = Criterion> {
    let bounds = (value(measure.unit), any::<bool>(), option::of(1..2000_i64));
    let rest = (1..20_u32, option::of(2..=5_u8), 0..90_u32, option::of(-40..40_i64), facts(), facts());
    (bounds, rest).prop_map(
        move |((bound, is_least, zero), (weight, gate, fresh_days, grace, applies, unless))| {
            let of = |value| Quantity { value, unit: measure.unit };
            let zero = zero.map(|by| if is_least { bound - by } else { bound + by }).map(of);
            let name = model::agency::Name { vi: "đạt".into(), en: "met".into() };
            Criterion {
                id: measure.name.replace('_', "-"),
                name: name.clone(),
                citation: "Điều 1".into(),
                second_hand: false,
                layer: crate::pack::Layer::Data,
                measure: measure.name.to_owned(),
                at_least: is_least.then(|| of(bound)),
                at_most: (!is_least).then(|| of(bound)),
                zero_at: zero.filter(|zero| measure.unit != Unit::Flag && (0..=10_000).contains(&zero.value)),
                weight,
                gate,
                fresh_days,
                grace: grace.filter(|_| measure.seen).map(|days| DAY.saturating_add(days.days())),
                applies: applies.into_iter().take(1).collect(),
                unless: unless.into_iter().take(1).collect(),
                fix: name,
            }
        },
    )
}

/// A pack of up to eight criteria, each with a measure of its own.
pub(super) fn pack() -> impl Strategy<Value = Pack> {
    let some: Vec<&'static Measure> = measure::ALL.iter().collect();
    let criteria = subsequence(some, 1..9)
        .prop_flat_map(|some| some.into_iter().map(|measure| criterion(measure).boxed()).collect::<Vec<_>>());
    (criteria, vec(0..4000_i64, 8)).prop_map(|(criteria, steps)| {
        let mut ends = (0, 0);
        let levels: Vec<serde_json::Value> = (2..=5_u8)
            .zip(steps.chunks(2))
            .map(|(level, step)| {
                ends = ((ends.0 + step[0]).min(10_000), (ends.1 + step[1]).min(10_000));
                let percent = |value| Quantity { value, unit: Unit::Share }.to_string();
                json!({ "level": level, "coverage": percent(ends.0), "observed": percent(ends.1) })
            })
            .collect();
        let pack: Pack = serde_json::from_value(json!({
            "kind": "AssessPack", "id": "thu@1", "name": { "vi": "Thử", "en": "Try" },
            "source": { "vi": "Thử", "en": "Try" }, "cycle": "month", "effective_from": "2027-01-01",
            "factors": { "E1": 100, "E2": 90, "E3": 70, "E4": 30 }, "levels": levels,
            "groups": [{ "id": "a", "name": { "vi": "A", "en": "A" }, "all": ["a"] }, { "id": "khac", "name": { "vi": "Khác", "en": "Other" } }],
            "criteria": criteria,
        }))
        .unwrap();
        pack.checked().unwrap()
    })
}

fn reading(criterion: &Criterion) -> impl Strategy<Value = Option<Reading>> + use<> {
    let unit = Measure::of(&criterion.measure).unwrap().unit;
    let measured =
        (value(unit), option::of(0..3000_u64), select(Class::ALL.to_vec()), 0..60_i64, any::<bool>());
    let measured = measured.prop_map(|(value, of, class, age, sampled)| {
        let as_of = DAY.saturating_sub(age.days());
        Reading::Measured(Measured { value, of, class, as_of, sampled, failing: Vec::new() })
    });
    let none = select(vec![Why::Unseen, Why::NoReports, Why::Nothing]).prop_map(Reading::NotMeasured);
    option::of(prop_oneof![3 => measured, 1 => none])
}

fn claim(criterion: &Criterion) -> impl Strategy<Value = Option<Claim>> + use<> {
    let unit = Measure::of(&criterion.measure).unwrap().unit;
    option::of(value(unit).prop_map(|value| Claim { value, on: DAY }))
}

/// Claims of an agency, of any criteria.
pub(super) fn claims(pack: &Pack) -> impl Strategy<Value = Vec<(String, Option<Claim>)>> + use<> {
    let ids: Vec<String> = pack.criteria.iter().map(|criterion| criterion.id.clone()).collect();
    let each: Vec<_> = pack.criteria.iter().map(|criterion| claim(criterion).boxed()).collect();
    each.prop_map(move |claims| ids.iter().cloned().zip(claims).collect())
}

/// Evidence for a pack.
pub(super) fn evidence(pack: &Pack) -> impl Strategy<Value = Evidence> + use<> {
    let waiver = option::weighted(0.2, -20..20_i64);
    let readings: Vec<_> = pack.criteria.iter().map(|criterion| reading(criterion).boxed()).collect();
    let waivers: Vec<_> = pack.criteria.iter().map(|_| waiver.clone().boxed()).collect();
    let criteria = pack.criteria.clone();
    (readings, claims(pack), waivers, facts()).prop_map(move |(readings, claims, waivers, facts)| {
        let names = criteria.iter().map(|criterion| criterion.measure.clone());
        let ids = criteria.iter().map(|criterion| criterion.id.clone());
        let waiver = |days: i64| Waiver {
            id: "MT-2027-000001".into(),
            basis: "Điều 2".into(),
            until: DAY.saturating_add(days.days()),
        };
        Evidence {
            agency: "VN/GOV/G01".into(),
            period: "2027-03".parse().unwrap(),
            as_of: DAY,
            facts,
            measures: names.zip(readings).filter_map(|(name, reading)| Some((name, reading?))).collect(),
            claims: claims.into_iter().filter_map(|(id, claim)| Some((id, claim?))).collect(),
            waivers: ids.zip(waivers).filter_map(|(id, days)| Some((id, waiver(days?)))).collect(),
        }
    })
}

/// A pack with evidence for it.
pub(super) fn both() -> impl Strategy<Value = (Pack, Evidence)> {
    pack().prop_flat_map(|pack| {
        let evidence = evidence(&pack);
        (Just(pack), evidence)
    })
}

/// A pack with evidence for it, and the place of one of its criteria.
pub(super) fn with_one() -> impl Strategy<Value = (Pack, Evidence, usize)> {
    both().prop_flat_map(|(pack, evidence)| {
        let places = 0..pack.criteria.len();
        (Just(pack), Just(evidence), places)
    })
}
