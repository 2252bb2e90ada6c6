//! Results of the office are used again in the place of papers: by whom they are of, where they fit, while they hold; and one that is revoked is
//! in no case any more that is not decided, whenever that was and whatever ended in between.

use std::sync::Arc;

use jiff::SignedDuration;
use model::case::{Case, ItemState, State};
use model::casework::{Deciding, GivenResult, Previewing, Resulting, Revoking, UsingResult};
use model::gap::Gap;
use proptest::prelude::*;
use serde_json::json;

use crate::caller::{Caller, Citizen, Right};
use crate::run::sweep_once;
use crate::store as kept;
use crate::tests::engine::{everything, mother, officer, prefilled, submitted};
use crate::tests::world::{CLIENT, INSURED, Mood, STRANGER, World, birth, name, open};
use crate::work::Cases;

pub(crate) const CARD: &str = "GD9090";

pub(crate) fn office() -> Caller {
    Caller::System(CLIENT.parse().unwrap())
}

/// A case that is decided, with a result. Returns its code.
pub(crate) async fn given(cases: &Arc<Cases>, key: &str, said: &Resulting) -> String {
    let case = prefilled(cases, key).await;
    let case = submitted(cases, &case).await.unwrap();
    let deciding = Deciding { granted: true, mark: None, result: Some(said.clone()) };
    let decided = cases.decide(&office(), &case.id, &deciding).await.unwrap();
    // Said twice it is one decision with one result.
    let again = cases.decide(&office(), &case.id, &deciding).await.unwrap();
    let code = decided.decision.unwrap().result.unwrap();
    assert_eq!(again.decision.unwrap().result.as_ref(), Some(&code));
    code
}

pub(crate) fn card() -> Resulting {
    Resulting {
        kind: "the-bhyt".into(),
        name: serde_json::from_value(json!(name("Thẻ"))).unwrap(),
        fields: [("so_the".to_owned(), CARD.to_owned())].into(),
        lines: ["me.ho_ten".to_owned()].into(),
        valid_to: None,
    }
}

/// A case whose card no source could give.
pub(crate) async fn lacking(cases: &Arc<Cases>, world: &World, key: &str) -> Case {
    world.set(INSURED, Mood::Down);
    let case = prefilled(cases, key).await;
    world.set(INSURED, Mood::Fine);
    let said = Previewing { accept: ["me".to_owned()].into(), ..Previewing::default() };
    let case = cases.preview(&mother(2), &case.id, &said).await.unwrap();
    assert_eq!((case.state, case.items[1].gap), (State::Form, Some(Gap::SourceDown)));
    case
}

pub(crate) fn using(item: &str, code: &str) -> UsingResult {
    UsingResult { item: item.into(), code: code.into() }
}

#[tokio::test]
async fn a_result_takes_the_place_of_a_paper_where_it_fits_and_is_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let code = given(&cases, "a", &card()).await;
    assert!(code.starts_with("H05.01-the-bhyt-261130-"), "{code}");
    let stranger = Caller::Citizen(Citizen { number: STRANGER.into(), name: None, born: None, level: 4 });
    for (who, sees) in [
        (office(), true),
        (officer(&[Right::Look]), true),
        (mother(1), true),
        (stranger.clone(), false),
        (officer(&[]), false),
    ] {
        assert_eq!(cases.result(&who, &code).await.is_ok(), sees, "{who:?}");
    }
    let signed = cases.result(&office(), &code).await.unwrap().signed;
    let said: GivenResult = serde_json::from_str(&signed.result).unwrap();
    assert_eq!((said.code.as_str(), said.fields["so_the"].as_str()), (code.as_str(), CARD));
    assert_eq!(said.fields["ho_ten"], "Nguyễn Thị Hòa", "a line is said by the field that it was taken from");
    let case = lacking(&cases, &world, "b").await;
    for (item, code, why) in [
        ("me", code.as_str(), "answered"),
        ("sinh", &code, "another kind"),
        ("the", "x", "unknown"),
        ("bịa", &code, "no item"),
    ] {
        let refused = cases.use_result(&mother(2), &case.id, &using(item, code)).await;
        assert_eq!(refused.unwrap_err().code(), "LT-9105", "{why}");
    }
    let case = cases.use_result(&mother(2), &case.id, &using("the", &code)).await.unwrap();
    assert_eq!((case.items[1].state, case.items[1].result.as_ref()), (ItemState::Accepted, Some(&code)));
    assert_eq!(case.items[1].values["me.so_the"].value, CARD);
    assert!(case.missing.is_empty() && case.items[1].asked_paper.is_none(), "no paper is needed");
    assert_eq!(submitted(&cases, &case).await.unwrap().state, State::Submitted);
    // Nothing of it lies open on the disk.
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(CARD.len()).any(|window| window == CARD.as_bytes()));
    }
    for (kind, field) in [("Thẻ", "x"), ("", "x"), ("the", "\u{202e}")] {
        let case = lacking(&cases, &world, &format!("{kind}-{field}")).await;
        let mut bad = card();
        bad.kind = kind.into();
        bad.fields.insert("so_the".into(), field.into());
        cases.hand_in(&mother(2), &case.id, ("the", "a.pdf", None), b"%PDF-").await.unwrap();
        let case = submitted(&cases, &case).await.unwrap();
        let deciding = Deciding { granted: true, mark: None, result: Some(bad) };
        assert_eq!(cases.decide(&office(), &case.id, &deciding).await.unwrap_err().code(), "LT-7102");
        assert_eq!(
            cases.look(&case.id, &office()).await.unwrap().state,
            State::Submitted,
            "nothing is decided"
        );
    }
}

#[tokio::test]
async fn a_result_holds_for_as_long_as_it_says_and_is_erased_with_its_key() {
    let mut one = birth();
    one.requirements[1].max_age_days = Some(30);
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(one));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let until = Resulting { valid_to: Some("2026-12-10".parse().unwrap()), ..card() };
    let (long, short) = (given(&cases, "a", &card()).await, given(&cases, "b", &until).await);
    let uses = async |key: &str, code: &str| {
        let case = lacking(&cases, &world, key).await;
        cases.use_result(&mother(2), &case.id, &using("the", code)).await.is_ok()
    };
    assert!(uses("c", &long).await && uses("d", &short).await);
    *world.now.lock().unwrap() += SignedDuration::from_hours(24 * 11);
    assert!(uses("e", &long).await && !uses("f", &short).await, "its day is over");
    *world.now.lock().unwrap() += SignedDuration::from_hours(24 * 20);
    assert!(!uses("g", &long).await, "too old for what it is to show");
    assert!(cases.result(&office(), &long).await.is_ok());
    *world.now.lock().unwrap() += SignedDuration::from_hours(24 * 400);
    sweep_once(&cases).await.unwrap();
    assert_eq!(cases.result(&office(), &long).await.unwrap_err().code(), "LT-9101");
    assert!(cases.vault.key(&long).await.is_err());
}

/// Where a case is when the result that it rests on is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Before,
    Form,
    Submitted,
    Decided,
    Erased,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    /// Whoever revokes, wherever cases are, and whether or not the node ends between the word and its consequences: what is not decided does not
    /// rest on it any more, what is decided stays, and nobody uses it again.
    #[test]
    fn what_is_revoked_is_in_no_case_that_is_not_decided(
        places in proptest::collection::vec(proptest::sample::select(vec![At::Before, At::Form, At::Submitted, At::Decided, At::Erased]), 1..5),
        breaks_off in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let world = Arc::new(World::new(birth()));
            let (cases, writing) = open(&world, folder.path()).await;
            let writing = tokio::spawn(writing);
            let code = given(&cases, "r", &card()).await;
            let mut ids = Vec::new();
            for (number, at) in places.iter().enumerate() {
                let case = lacking(&cases, &world, &number.to_string()).await;
                if *at != At::Before {
                    cases.use_result(&mother(2), &case.id, &using("the", &code)).await.unwrap();
                }
                if matches!(at, At::Submitted | At::Decided) {
                    let case = cases.look(&case.id, &office()).await.unwrap();
                    submitted(&cases, &case).await.unwrap();
                }
                if *at == At::Decided {
                    let deciding = Deciding { granted: true, mark: None, result: None };
                    cases.decide(&office(), &case.id, &deciding).await.unwrap();
                }
                if *at == At::Erased {
                    cases.erase(std::slice::from_ref(&case.id)).await.unwrap();
                }
                ids.push((case.id, *at));
            }
            let revoking = Revoking { reason: "cấp nhầm".into() };
            for who in [mother(4), officer(&[Right::Work, Right::Look])] {
                assert_eq!(cases.revoke_result(&who, &code, &revoking).await.unwrap_err().code(), "LT-9103");
            }
            let blank = Revoking { reason: " ".into() };
            assert_eq!(cases.revoke_result(&office(), &code, &blank).await.unwrap_err().code(), "LT-7106");
            let cases = if breaks_off {
                // The power goes when it is revoked and nothing has followed.
                kept::revoke_result(&cases.db, &code, "2026-11-30T02:00:00Z", ("system", b"x")).await.unwrap();
                writing.abort();
                let (cases, writing) = open(&world, folder.path()).await;
                tokio::spawn(writing);
                cases.carry_revocations().await.unwrap();
                cases
            } else {
                cases.revoke_result(&office(), &code, &revoking).await.unwrap();
                cases
            };
            assert!(cases.result(&office(), &code).await.unwrap().revoked.is_some());
            assert_eq!(cases.carry_revocations().await.unwrap(), 0, "once");
            for (id, at) in ids {
                if at == At::Erased {
                    continue;
                }
                let case = cases.look(&id, &office()).await.unwrap();
                let item = &case.items[1];
                match at {
                    At::Decided => assert_eq!(item.state, ItemState::Accepted, "what was decided stays"),
                    At::Before => assert_eq!(item.gap, Some(Gap::SourceDown)),
                    _ => {
                        assert_eq!((item.gap, &item.result), (Some(Gap::ConditionNotMet), &None), "{at:?}");
                        assert!(item.values.is_empty());
                        let log = cases.log(&id).await.unwrap();
                        assert!(log.iter().any(|event| event.kind == "result_revoked"));
                    }
                }
                assert!(cases.use_result(&office(), &id, &using("the", &code)).await.is_err());
            }
            assert!(!everything(&cases).await.contains("cấp nhầm"));
        });
    }
}

/// One case that cannot be changed keeps nobody else's: results are taken out of all others, and out of each of their items.
#[tokio::test]
async fn one_case_that_cannot_be_changed_keeps_no_other_from_losing_what_is_revoked() {
    let mut one = birth();
    let mut second = one.requirements[1].clone();
    second.id = "the-hai".into();
    second.alternatives[0].asks[0].id = "bhyt-hai".into();
    one.requirements.push(second);
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(one));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let codes = [given(&cases, "r", &card()).await, given(&cases, "s", &card()).await];
    let mut using_it = Vec::new();
    for (key, code) in [("a", &codes[0]), ("b", &codes[0]), ("c", &codes[1]), ("d", &codes[1])] {
        let case = lacking(&cases, &world, key).await;
        for item in ["the", "the-hai"] {
            cases.use_result(&mother(2), &case.id, &using(item, code)).await.unwrap();
        }
        using_it.push(case.id);
    }
    let set = async |digest: &str| {
        let mut tx = cases.db.write().await.unwrap();
        store::run!(tx, "UPDATE case_file SET procedure = $1 WHERE id = $2" => digest, &using_it[0]).unwrap();
        tx.commit().await.unwrap();
    };
    let mut tx = cases.db.read().await.unwrap();
    let digest: Option<(String,)> =
        store::optional!(tx, "SELECT procedure FROM case_file WHERE id = $1" => &using_it[0]).unwrap();
    drop(tx);
    let mut tx = cases.db.write().await.unwrap();
    store::run!(tx, "INSERT INTO case_procedure (digest, id, body) VALUES ('hong', 'x', '{')").unwrap();
    tx.commit().await.unwrap();
    set("hong").await;
    let revoking = Revoking { reason: "cấp nhầm".into() };
    for code in &codes {
        cases.revoke_result(&office(), code, &revoking).await.unwrap();
    }
    let rests_on = async |id: &str| {
        let case = cases.look(id, &office()).await.unwrap();
        case.items.iter().filter(|item| item.result.is_some()).count()
    };
    for id in &using_it[1..] {
        assert_eq!(rests_on(id).await, 0, "{id}");
    }
    assert_eq!(cases.carry_revocations().await.unwrap(), 0, "one is still in a case");
    set(&digest.unwrap().0).await;
    assert_eq!(rests_on(&using_it[0]).await, 2);
    assert_eq!(cases.carry_revocations().await.unwrap(), 1);
    assert_eq!(rests_on(&using_it[0]).await, 0);
}
