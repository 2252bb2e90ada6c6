//! What users of others' systems complain of, and why nobody will complain of it here: the EU's OOTS, Estonia's tracker of data.

use std::sync::Arc;

use model::case::{By, ItemState, State};
use model::gap::Gap;
use model::procedure::Procedure;
use serde_json::{Value, json};

use crate::caller::{Caller, Citizen};
use crate::tests::engine::{mother, opening, prefilled, rests, submitted, until};
use crate::tests::world::{BIRTHS, INSURED, MOTHER, Mood, PEOPLE, STRANGER, World, birth, name, open};

/// Three registers, in any order of preference.
const SOURCES: [&str; 3] = [PEOPLE, BIRTHS, INSURED];

/// Four requirements with three alternatives each; the n-th prefers the n-th register first.
fn twelve_ways() -> Procedure {
    let identity = json!({ "role": "me", "number": "so_dinh_danh", "name": "ho_ten", "born": "ngay_sinh" });
    let way = |requirement: usize, way: usize| {
        json!({ "asks": [{ "id": format!("r{requirement}-{way}"), "service": SOURCES[(requirement + way) % 3], "identity": identity,
            "find": { "so_dinh_danh": "me.so_dinh_danh" },
            "claims": [{ "field": "so_the", "use": { "fill": format!("me.gia_tri_{requirement}") } }] }] })
    };
    let requirement = |number: usize| {
        let ways: Vec<Value> = (0..3).map(|at| way(number, at)).collect();
        json!({ "id": format!("r{number}"), "name": name("x"), "role": "me", "alternatives": ways, "otherwise": "paper",
            "paper": { "code": "giay", "name": name("Giấy") } })
    };
    let mut one = serde_json::to_value(birth()).unwrap();
    one["requirements"] = (0..4).map(requirement).collect();
    one["form"] = json!([{ "fact": "con.ho_ten", "name": name("Tên con"), "kind": "text" }]);
    serde_json::from_value(one).unwrap()
}

/// OOTS takes the first requirement and the first type of evidence. Here every alternative of every requirement is tried until one answers,
/// whichever registers are away, and which it was is told with why the others were not.
#[tokio::test]
async fn three_alternatives_of_four_requirements_are_all_tried_and_the_choice_is_told() {
    for away in 0..8_usize {
        let folder = tempfile::tempdir().unwrap();
        let world = Arc::new(World::new(twelve_ways()));
        let is_away = |register: usize| away >> register & 1 == 1;
        for (register, service) in SOURCES.iter().enumerate().filter(|(register, _)| is_away(*register)) {
            world.set(service, if register % 2 == 0 { Mood::Empty } else { Mood::NoGrant });
        }
        let (cases, writing) = open(&world, folder.path()).await;
        tokio::spawn(writing);
        let id = cases.open_case(&mother(2), ("a", b"a"), &opening()).await.unwrap();
        until(&cases, &id, rests).await;
        let case = cases.look(&id, By::Citizen).await.unwrap();
        for (number, item) in case.items.iter().enumerate() {
            let in_order = (0..3).map(|way| (way, (number + way) % 3));
            let missed: Vec<(usize, Gap)> = in_order
                .clone()
                .take_while(|(_, register)| is_away(*register))
                .map(|(way, register)| (way, if register % 2 == 0 { Gap::NotFound } else { Gap::NoGrant }))
                .collect();
            let tried: Vec<(usize, Gap)> = item.tried.iter().map(|one| (one.alternative, one.gap)).collect();
            assert_eq!(tried, missed, "{away:03b} {number}");
            match in_order.clone().find(|(_, register)| !is_away(*register)) {
                Some((way, _)) => {
                    assert_eq!(
                        (item.state, item.alternative),
                        (ItemState::Found, Some(way)),
                        "{away:03b} {number}"
                    )
                }
                None => {
                    assert_eq!((item.state, item.gap), (ItemState::Gap, missed.last().map(|(_, gap)| *gap)))
                }
            }
            // Each exchange that was made for it, that of the choice as well.
            assert_eq!(item.exchanges.len(), (missed.len() + 1).min(3), "{away:03b} {number}");
        }
    }
}

/// Estonia's tracker has 15 of 300 systems, and neither fields, nor basis, nor case. Here whoever is asked about sees every exchange that was
/// made for their case, with fields, agency, basis and the moment, whatever came of it; and it is the case's, in both ledgers.
#[tokio::test]
async fn whoever_is_asked_about_is_told_every_exchange_with_fields_basis_and_case() {
    for mood in
        [Mood::Fine, Mood::Empty, Mood::Two, Mood::OtherPerson, Mood::NoGrant, Mood::Down, Mood::NoJson]
    {
        let folder = tempfile::tempdir().unwrap();
        let world = Arc::new(World::new(birth()));
        world.set(INSURED, mood);
        let (cases, writing) = open(&world, folder.path()).await;
        tokio::spawn(writing);
        let case = prefilled(&cases, "a").await;
        let case = cases.look(&case.id, By::Citizen).await.unwrap();
        let mut told: Vec<(String, String)> = Vec::new();
        for exchange in case.items.iter().flat_map(|item| &item.exchanges) {
            assert!(!exchange.agency.vi.is_empty() && !exchange.basis.is_empty(), "{mood:?} {exchange:?}");
            told.push((exchange.id.clone(), exchange.service.clone()));
        }
        let asked = world.asked.lock().unwrap().clone();
        let mut made: Vec<(String, String)> =
            asked.iter().map(|ask| (ask.id.clone(), ask.service.to_string())).collect();
        told.sort();
        made.sort();
        assert_eq!(told, made, "{mood:?}");
        assert!(asked.iter().all(|ask| ask.issue.as_deref() == Some(case.dossier.as_str())));
        let found = &case.items[0].exchanges[0];
        assert!(
            found.fields.iter().any(|field| field == "noi_thuong_tru"),
            "what was seen is named: {found:?}"
        );
    }
}

/// Estonia's look-ups told heirs of a secret will. Who is only named in a case does not learn that it is there.
#[tokio::test]
async fn who_is_only_named_in_a_case_does_not_learn_of_it() {
    let mut named = serde_json::to_value(birth()).unwrap();
    named["roles"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "id": "cha", "name": name("Cha"), "party": "person" }));
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(serde_json::from_value(named).unwrap()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let mut with_father = opening();
    with_father.inputs.insert("cha.so_dinh_danh".into(), STRANGER.into());
    let id = cases.open_case(&mother(2), ("a", b"a"), &with_father).await.unwrap();
    let father = Caller::Citizen(Citizen { number: STRANGER.into(), name: None, born: None, level: 4 });
    for _ in 0..2 {
        assert_eq!(cases.list(&father, "", "", 50).await.unwrap().items, []);
        assert_eq!(
            cases.may_see(&father, &id).await.unwrap_err().code(),
            "LT-9101",
            "as of a case that is none"
        );
        // Nor when it is done.
        let case = until(&cases, &id, rests).await;
        if matches!(case.state, State::Preview | State::Form) {
            assert_eq!(submitted(&cases, &case).await.unwrap().state, State::Submitted);
        }
    }
    assert!(cases.may_see(&mother(2), &id).await.is_ok());
    assert!(world.asked.lock().unwrap().iter().all(|ask| !ask.id.contains(MOTHER)));
}
