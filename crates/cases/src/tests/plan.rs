//! Whatever a procedure says and whatever sources do, every item of a case ends, with a reason that is told (invariants O3, O4).
//!
//! Procedures are made by dice, with loops, facts that nobody gives, conditions that contradict each other; what the registers answer as
//! well. The engine's plain functions are driven to the end, without a store.

use std::collections::{BTreeMap, BTreeSet};

use model::case::{By, ItemState, State};
use model::casework::Previewing;
use model::gap::Gap;
use model::procedure::Procedure;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::answer::{Found, Outcome, take};
use crate::case::{AskState, Fact, Held};
use crate::plan::{advance, to_ask};
use crate::preview;
use crate::tests::world::{BIRTHS, INSURED, MARK, MOTHER, PEOPLE, STRANGER, birth, name};

const FACTS: [&str; 6] = ["me.so_dinh_danh", "me.ho_ten", "me.ngay_sinh", "a.mot", "a.hai", "a.ba"];
const FIELDS: [&str; 5] = ["so_dinh_danh", "ho_ten", "ngay_sinh", "noi_thuong_tru", "so_the"];
const WHEN: [&str; 7] = [
    "exists(a.mot)",
    "a.hai = \"Phường Ba Đình\"",
    "not exists(a.ba)",
    "a.mot = 1 and a.mot = 2",
    "age(me.ngay_sinh) < 200",
    "nobody.knows = 1",
    "exists(me.ho_ten) or a.mot = \"x\"",
];

fn claim() -> impl Strategy<Value = Value> {
    let how = prop_oneof![
        4 => select(&FACTS[1..]).prop_map(|fact| json!({ "fill": fact })),
        2 => select(&FACTS[..]).prop_map(|fact| json!({ "confirm": fact })),
        1 => select(vec!["it = \"2\"", "exists(it)", "it < a.mot"]).prop_map(|test| json!({ "test": test })),
    ];
    (select(&FIELDS[..]), how).prop_map(|(field, how)| json!({ "field": field, "use": how }))
}

fn ask(id: String) -> impl Strategy<Value = Value> {
    let claims = prop_oneof![
        6 => proptest::collection::vec(claim(), 1..3).prop_map(Value::from),
        1 => Just(json!([{ "use": "absent" }])),
    ];
    let identity = json!({ "role": "me", "number": "so_dinh_danh", "name": "ho_ten", "born": "ngay_sinh" });
    let find = (select(&FIELDS[..3]), select(&FACTS[..]));
    (select(&[PEOPLE, BIRTHS, INSURED][..]), find, claims, any::<bool>(), any::<bool>()).prop_map(
        move |(service, (field, fact), claims, known, question)| {
            let mut ask = json!({ "id": id, "service": service, "find": { field: fact }, "claims": claims });
            if known {
                ask["identity"] = identity.clone();
            }
            if question {
                ask["question"] = json!({ "name": name("x"), "field": "ngay_sinh", "kind": "date" });
            }
            ask
        },
    )
}

/// Four requirements of up to three alternatives.
pub(super) fn procedure() -> impl Strategy<Value = Procedure> {
    let way = |id: String| {
        prop_oneof![
            1 => Just(json!({ "asks": [] })),
            3 => ask(format!("{id}-0")).prop_map(|one| json!({ "asks": [one] })),
            2 => (ask(format!("{id}-0")), ask(format!("{id}-1"))).prop_map(|(one, other)| json!({ "asks": [one, other] })),
        ]
    };
    let requirement = move |number: usize| {
        let ways = (0usize..4).prop_flat_map(move |count| {
            (0..count).map(|index| way(format!("r{number}-{index}"))).collect::<Vec<_>>()
        });
        let when = proptest::option::weighted(0.4, select(&WHEN[..]));
        (ways, when, select(vec!["paper", "field", "nothing"])).prop_map(move |(ways, when, otherwise)| {
            let mut one = json!({ "id": format!("r{number}"), "name": name("x"), "role": "me", "alternatives": ways, "otherwise": otherwise });
            if let Some(when) = when {
                one["when"] = when.into();
            }
            one
        })
    };
    let acting = proptest::option::weighted(0.2, subsequence(vec!["r0", "r3", "r9"], 1));
    (requirement(0), requirement(1), requirement(2), requirement(3), acting).prop_map(
        |(a, b, c, d, acting)| {
            let mut one = serde_json::to_value(birth()).unwrap();
            one["requirements"] = json!([a, b, c, d]);
            if let Some(proof) = acting {
                one["acts_for"] = json!([{ "how": "parent", "proved_by": proof[0], "role": "con" }]);
            }
            serde_json::from_value(one).unwrap()
        },
    )
}

fn record(changes: &[(&str, &str)]) -> serde_json::Map<String, Value> {
    let usual = [
        ("so_dinh_danh", MOTHER),
        ("ho_ten", "Nguyễn Thị Hòa"),
        ("ngay_sinh", "1990-05-01"),
        ("noi_thuong_tru", "Phường Ba Đình"),
        ("so_the", "GD4010"),
    ];
    usual.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()
}

fn found() -> impl Strategy<Value = Result<Found, Gap>> {
    let of = |records| Ok(Found { records, unavailable: Vec::new(), as_of: None });
    let stranger = [
        ("so_dinh_danh", STRANGER),
        ("ho_ten", MARK),
        ("ngay_sinh", "1970-01-01"),
        ("noi_thuong_tru", MARK),
        ("so_the", MARK),
    ];
    prop_oneof![
        4 => Just(of(vec![record(&[])])),
        1 => Just(of(Vec::new())),
        1 => Just(of(vec![record(&[]), record(&stranger)])),
        1 => Just(of(vec![record(&stranger)])),
        1 => Just(of(vec![record(&[("noi_thuong_tru", "N/A"), ("so_the", "")])])),
        1 => Just(of(vec![record(&[("ho_ten", "NGUYỄN THỊ HOÀ"), ("noi_thuong_tru", "<b>")])])),
        3 => select(Gap::ALL).prop_map(Err),
    ]
}

/// Drives a case to its end. Returns how many exchanges were made.
pub(super) fn drive(held: &mut Held, procedure: &Procedure, outcomes: &[Result<Found, Gap>]) -> usize {
    advance(held, "x", procedure);
    let mut seen = BTreeSet::new();
    for round in 0.. {
        assert!(round < 200, "it goes on for ever");
        let under_way = to_ask(held, procedure);
        let questions: Vec<String> = held
            .asks
            .iter()
            .filter(|(_, ask)| ask.state == AskState::Question)
            .map(|(id, _)| id.clone())
            .collect();
        if let Some(one) = under_way.get(round % under_way.len().max(1)) {
            assert!(seen.insert(one.exchange.clone()), "{} is made twice", one.exchange);
            assert!(!one.filters.is_empty() && !one.fields.is_empty());
            let outcome = Outcome {
                exchange: one.exchange.clone(),
                earlier: Vec::new(),
                at: held.opened,
                found: outcomes[seen.len() % outcomes.len()].clone(),
            };
            take(held, procedure, one, &outcome);
        } else if let Some(id) = questions.first() {
            assert_eq!(held.state, State::Question);
            let ask = held.asks.get_mut(id).unwrap();
            assert!(ask.answer.is_none(), "one question is asked once");
            ask.answer = Some("1990-05-01".into());
            ask.state = AskState::Waiting;
        } else {
            break;
        }
        advance(held, "x", procedure);
    }
    seen.len()
}

fn begun(procedure: &Procedure) -> Held {
    let now = "2026-11-30T02:00:00Z".parse().unwrap();
    let mut held =
        Held::begin(procedure, (By::Citizen, "person".into(), 2), now, "2026-12-30".parse().unwrap());
    held.facts.insert("me.so_dinh_danh".into(), Fact::said(MOTHER.into()));
    if !procedure.acts_for.is_empty() {
        held.acting = Some(model::procedure::Representation::Parent);
    }
    held
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_item_of_every_case_ends_with_what_can_be_told(procedure in procedure(), outcomes in proptest::collection::vec(found(), 1..12)) {
        let mut held = begun(&procedure);
        let made = drive(&mut held, &procedure, &outcomes);
        prop_assert!(made <= 40);
        prop_assert!(matches!(held.state, State::Preview | State::Form), "{:?}", held.state);
        for (requirement, item) in procedure.requirements.iter().zip(&held.items) {
            prop_assert!(!item.is_open(), "{} has no end", requirement.id);
            prop_assert_eq!(matches!(item.state, ItemState::Gap | ItemState::NotApplicable), item.gap.is_some());
            let ways = requirement.alternatives.iter().filter(|way| !way.asks.is_empty()).count();
            prop_assert!(item.tried.len() <= ways);
            // Who ended without an answer has tried all there was, unless it did not apply or may not be asked about.
            if item.state == ItemState::Gap && !matches!(item.gap, Some(Gap::Unrepresented | Gap::LowLevel | Gap::Incomplete)) {
                let first_paper = requirement.alternatives.iter().position(|way| way.asks.is_empty());
                prop_assert_eq!(item.tried.len(), first_paper.unwrap_or(ways), "{}", &requirement.id);
            }
        }
        let text = serde_json::to_string(&held).unwrap();
        // Nothing that is found belongs to a failed alternative, and an answer about another has left nothing.
        for (fact, known) in &held.facts {
            let Some(ask) = &known.ask else { continue };
            let (index, _) = held.item_of(&procedure, ask).unwrap();
            prop_assert!(matches!(held.items[index].state, ItemState::Found | ItemState::Accepted), "{fact}");
        }
        let identified = procedure.asks().all(|(_, ask)| ask.identity.is_some());
        if identified {
            prop_assert!(!text.contains(MARK) && !text.contains(STRANGER));
        }
    }

    /// What is declined is gone from all that is kept of the case, and what is accepted is what was found.
    #[test]
    fn what_is_declined_is_erased(procedure in procedure(), outcomes in proptest::collection::vec(found(), 1..12), declined in any::<[bool; 4]>()) {
        let mut held = begun(&procedure);
        drive(&mut held, &procedure, &outcomes);
        let found = |held: &Held| -> Vec<usize> {
            (0..4).filter(|index| held.items[*index].state == ItemState::Found).collect()
        };
        let mut said = Previewing::default();
        for index in found(&held) {
            let list = if declined[index] { &mut said.decline } else { &mut said.accept };
            list.insert(procedure.requirements[index].id.clone());
        }
        let before: BTreeMap<String, String> = held.facts.iter().map(|(name, fact)| (name.clone(), fact.value.clone())).collect();
        if held.state == State::Preview {
            preview::decide(&mut held, &procedure, &said).unwrap();
        }
        prop_assert!(found(&held).is_empty() && held.state == State::Form);
        for (name, fact) in &held.facts {
            prop_assert_eq!(&before[name], &fact.value);
            let item = fact.ask.as_ref().and_then(|ask| held.item_of(&procedure, ask));
            prop_assert!(item.is_none_or(|(index, _)| held.items[index].state != ItemState::Declined));
        }
        // Once more is no mistake.
        let after = held.clone();
        preview::decide(&mut held, &procedure, &said).unwrap();
        prop_assert_eq!(after, held);
    }

    /// Nothing is asked about somebody for whom nobody has proved that they may act.
    #[test]
    fn nobody_is_asked_about_before_it_is_proved_that_one_may_act_for_them(procedure in procedure(), outcomes in proptest::collection::vec(found(), 1..12)) {
        let mut held = begun(&procedure);
        let Some(acts) = procedure.acts_for.first() else { return Ok(()) };
        drive(&mut held, &procedure, &outcomes);
        let proof = procedure.requirements.iter().position(|one| one.id == acts.proved_by);
        let proved = proof.is_some_and(|index| matches!(held.items[index].state, ItemState::Found | ItemState::Accepted));
        for (index, item) in held.items.iter().enumerate() {
            if Some(index) != proof && !proved {
                prop_assert!(item.exchanges.is_empty());
                prop_assert!(matches!(item.gap, Some(Gap::Unrepresented | Gap::Incomplete)), "{:?}", item.gap);
            }
        }
    }
}
