//! Who sees what, what stays as it is, and for how long: cases over the store, as those would have it who mean no good.

use std::sync::Arc;

use model::case::{DeedState, ItemState, State};
use model::casework::Previewing;
use model::gap::Gap;
use serde_json::json;

use crate::caller::{Caller, Right};
use crate::run;
use crate::tests::engine::{everything, mother, officer, opening, prefilled, rests, submitted, until};
use crate::tests::world::{CLIENT, Deeds, MOTHER, PEOPLE, STRANGER, World, birth, name, open};
use crate::work::Cases;

#[tokio::test]
async fn what_was_submitted_waits_for_its_office_however_long() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let waiting = prefilled(&cases, "a").await;
    let waiting = submitted(&cases, &waiting).await.unwrap();
    *world.deeds.lock().unwrap() = Deeds::Lost;
    let unknown = prefilled(&cases, "b").await;
    let unknown = submitted(&cases, &unknown).await.unwrap();
    assert!(waiting.kept_until > "2027-11-01".parse().unwrap() && unknown.state == State::OutcomeUnknown);
    *world.now.lock().unwrap() += jiff::SignedDuration::from_hours(24 * 31);
    assert_eq!(run::sweep_once(&cases).await.unwrap(), 0);
    *world.now.lock().unwrap() += jiff::SignedDuration::from_hours(24 * 900);
    assert_eq!(run::sweep_once(&cases).await.unwrap(), 0);
    for case in [waiting, unknown] {
        cases.look(&case.id, model::case::By::Officer).await.unwrap();
    }
}

#[tokio::test]
async fn keys_of_other_cases_are_refused_before_one_of_them_is_touched() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let world = Arc::new(World::new(birth()));
    let id = {
        let (cases, writing) = open(&world, one.path()).await;
        tokio::spawn(writing);
        prefilled(&cases, "a").await.id
    };
    drop(open(&world, other.path()).await);
    let at = |folder: &std::path::Path, name: &str| format!("sqlite:{}", folder.join(name).display());
    let vault = |name: &str| {
        let (url, own) = (at(one.path(), name), one.path().join("cases.key"));
        async move { crate::vault::Vault::open(&url, &own).await.unwrap() }
    };
    // A store that is new, and one that has keys of its own.
    for store in [at(one.path(), "khac.db"), at(other.path(), "cases.db")] {
        let vault = vault("keys.db").await;
        let opened = Cases::open(Arc::new(world.clone()), CLIENT.parse().unwrap(), (&store, vault));
        assert!(opened.await.err().unwrap().code() == "LT-8101", "{store}");
    }
    let store = at(one.path(), "cases.db");
    let vault = vault("khac-keys.db").await;
    let opened = Cases::open(Arc::new(world.clone()), CLIENT.parse().unwrap(), (&store, vault));
    assert!(opened.await.is_err());
    let (cases, _writing) = open(&world, one.path()).await;
    cases.look(&id, model::case::By::Officer).await.unwrap();
    // What a key was is in no file once it is destroyed.
    let kept = cases.vault.kept(&id).await.unwrap();
    cases.erase(std::slice::from_ref(&id)).await.unwrap();
    for file in std::fs::read_dir(one.path()).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(kept.len()).any(|window| window == kept), "{}", path.display());
    }
}

#[tokio::test]
async fn officers_raise_the_level_of_cases_that_they_have_opened_and_the_system_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let id = cases.open_case(&mother(1), ("a", b"a"), &opening()).await.unwrap();
    until(&cases, &id, rests).await;
    let raised = |level: u8| serde_json::from_value(json!({ "level": level })).unwrap();
    let system = Caller::System(CLIENT.parse().unwrap());
    for caller in [officer(&[Right::Work]), system.clone()] {
        cases.answer(&caller, &id, &raised(4)).await.unwrap();
        assert_eq!(until(&cases, &id, rests).await.items[0].gap, Some(Gap::LowLevel));
    }
    let mut low = opening();
    (low.level, low.inputs) = (
        Some(1),
        [("me.so_dinh_danh", MOTHER), ("con.ho_ten", "Mai")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
    );
    let id = cases.open_case(&system, ("a", b"a"), &low).await.unwrap();
    assert_eq!(until(&cases, &id, rests).await.items[0].gap, Some(Gap::LowLevel));
    cases.answer(&system, &id, &raised(2)).await.unwrap();
    assert_eq!(until(&cases, &id, rests).await.items[0].gap, None);
}

/// A case of a child, whose number anybody may type.
fn of_a_child(named: bool) -> model::procedure::Procedure {
    let mut one = serde_json::to_value(birth()).unwrap();
    one["roles"][1]["party"] = "person".into();
    let identity = json!({ "role": "con", "number": "so_dinh_danh", "name": "ho_ten", "born": "ngay_sinh" });
    one["requirements"] = json!([
        { "id": "con", "name": name("Con"), "role": "con", "otherwise": "paper", "paper": { "code": "gks", "name": name("Giấy khai sinh") },
          "alternatives": [{ "asks": [{ "id": "con-dan-cu", "service": PEOPLE, "find": { "so_dinh_danh": "con.so_dinh_danh" }, "identity": identity,
            "claims": [{ "field": "noi_thuong_tru", "use": { "fill": "con.noi_thuong_tru" } }] }] }] },
    ]);
    one["form"] = json!([{ "fact": "con.noi_thuong_tru", "name": name("Nơi thường trú"), "kind": "text", "optional": true }]);
    one["deeds"] = json!([]);
    if !named {
        one["inputs"] = json!([]);
    }
    serde_json::from_value(one).unwrap()
}

/// Whoever types somebody's number is told that a record fits, and not what it says; whoever knows more than the number is shown it.
#[tokio::test]
async fn a_number_alone_opens_nobodys_data_to_a_citizen() {
    for (said, seen) in [("", false), ("Trần Văn Bình", false), ("Nguyễn Thị Hòa", true)] {
        let folder = tempfile::tempdir().unwrap();
        let world = Arc::new(World::new(of_a_child(!said.is_empty())));
        let (cases, writing) = open(&world, folder.path()).await;
        tokio::spawn(writing);
        let mut inputs = json!({ "con.so_dinh_danh": STRANGER });
        if !said.is_empty() {
            inputs["con.ho_ten"] = said.into();
        }
        let opening = serde_json::from_value(json!({ "procedure": "1.001193", "inputs": inputs })).unwrap();
        let id = cases.open_case(&mother(2), ("a", b"a"), &opening).await.unwrap();
        until(&cases, &id, rests).await;
        let all = Previewing { accept: ["con".to_owned()].into(), ..Previewing::default() };
        cases.preview(&mother(2), &id, &all).await.unwrap();
        let case = cases.look(&id, &mother(2)).await.unwrap();
        assert_eq!((case.items[0].state, case.items[0].withheld), (ItemState::Accepted, !seen), "{said}");
        assert_eq!(serde_json::to_string(&case).unwrap().contains("Phường Ba Đình"), seen, "{said}");
        let guess = |value: &str| {
            serde_json::from_value(json!({ "fact": "con.noi_thuong_tru", "value": value, "why": "x" }))
                .unwrap()
        };
        for value in ["Phường Ba Đình", "Phường khác"] {
            let told = cases.correct(&mother(2), &id, &guess(value)).await;
            assert_eq!(told.is_ok(), seen, "whether a guess is right is not told");
        }
        let office = cases.look(&id, model::case::By::Officer).await.unwrap();
        assert!(serde_json::to_string(&office).unwrap().contains("Phường Ba Đình"));
        assert_eq!(office.items[0].verdict == Some(model::case::Verdict::Doubtful), !seen, "{said}");
    }
}

#[tokio::test]
async fn a_citizen_opens_no_more_cases_than_a_person_has() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let mut opened = Vec::new();
    for number in 0..20 {
        let key = number.to_string();
        opened.push(cases.open_case(&mother(1), (&key, b"a"), &opening()).await.unwrap());
    }
    assert_eq!(cases.open_case(&mother(1), ("x", b"a"), &opening()).await.unwrap_err().code(), "LT-9105");
    assert!(
        cases.open_case(&mother(1), ("0", b"a"), &opening()).await.is_ok(),
        "the same key is the same case"
    );
    for number in 20..50 {
        cases.close(&mother(1), &opened.pop().unwrap()).await.unwrap();
        let key = number.to_string();
        opened.push(cases.open_case(&mother(1), (&key, b"a"), &opening()).await.unwrap());
    }
    cases.close(&mother(1), &opened.pop().unwrap()).await.unwrap();
    assert_eq!(cases.open_case(&mother(1), ("y", b"a"), &opening()).await.unwrap_err().code(), "LT-9105");
    *world.now.lock().unwrap() += jiff::SignedDuration::from_hours(25);
    assert!(cases.open_case(&mother(1), ("y", b"a"), &opening()).await.is_ok());
}

/// Any file can be handed in: until an officer has read it, it proves nothing.
#[tokio::test]
async fn a_paper_lets_somebody_act_for_another_when_an_officer_has_said_so() {
    let mut one = serde_json::to_value(birth()).unwrap();
    one["roles"][1]["party"] = "person".into();
    one["roles"].as_array_mut().unwrap().reverse();
    one["acts_for"] = json!([{ "how": "parent", "proved_by": "sinh", "role": "me" }]);
    one["requirements"][2]["otherwise"] = "paper".into();
    one["requirements"][2]["alternatives"] = json!([]);
    for requirement in 0..2 {
        one["requirements"][requirement]["role"] = "con".into();
    }
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(serde_json::from_value(one).unwrap()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let mut for_child = opening();
    for_child.inputs.insert("con.so_dinh_danh".to_owned(), STRANGER.to_owned());
    let unsaid = cases.open_case(&mother(2), ("b", b"b"), &for_child).await;
    assert_eq!(unsaid.unwrap_err().code(), "LT-9103", "by what right is not left out");
    for_child.acting = Some(model::procedure::Representation::Parent);
    let id = cases.open_case(&mother(2), ("a", b"a"), &for_child).await.unwrap();
    until(&cases, &id, rests).await;
    cases.hand_in(&mother(2), &id, ("sinh", "a.pdf", None), b"%PDF-x").await.unwrap();
    let asked = || world.asked.lock().unwrap().len();
    let case = until(&cases, &id, rests).await;
    assert_eq!(
        (case.items[2].state, case.items[0].gap, asked()),
        (ItemState::Paper, Some(Gap::Unrepresented), 0)
    );
    let judged = |proves: bool| serde_json::from_value(json!({ "item": "sinh", "proves": proves })).unwrap();
    let clerk = officer(&[Right::Work, Right::Look]);
    assert_eq!(cases.ask_paper(&clerk, &id, &judged(true)).await.unwrap_err().code(), "LT-9103");
    assert_eq!(cases.ask_paper(&mother(2), &id, &judged(true)).await.unwrap_err().code(), "LT-9103");
    let head = officer(&[Right::Work, Right::Decide]);
    cases.ask_paper(&head, &id, &judged(false)).await.unwrap();
    assert_eq!(asked(), 0);
    cases.ask_paper(&head, &id, &judged(true)).await.unwrap();
    until(&cases, &id, |case| rests(case) && case.items[0].gap != Some(Gap::Unrepresented)).await;
    assert!(asked() > 0 && cases.log(&id).await.unwrap().iter().any(|event| event.kind == "paper_proves"));
}

/// What was compared with the person's word is compared anew when their word is another.
#[tokio::test]
async fn what_was_checked_is_checked_anew_when_it_is_another() {
    let mut one = serde_json::to_value(birth()).unwrap();
    one["requirements"][2]["alternatives"][0]["asks"][0]["claims"] =
        json!([{ "field": "gioi_tinh", "use": { "confirm": "con.ho_ten" } }]);
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(serde_json::from_value(one).unwrap()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let mut right = opening();
    right.inputs.insert("con.ho_ten".to_owned(), "2".to_owned());
    let id = cases.open_case(&mother(2), ("a", b"a"), &right).await.unwrap();
    assert_eq!(until(&cases, &id, rests).await.items[2].state, ItemState::Accepted);
    let other = serde_json::from_value(json!({ "fact": "con.ho_ten", "value": "Mai" })).unwrap();
    cases.correct(&mother(2), &id, &other).await.unwrap();
    let case = until(&cases, &id, rests).await;
    assert_eq!((case.items[2].state, case.items[2].gap), (ItemState::Gap, Some(Gap::DiffersSources)));
    assert!(cases.log(&id).await.unwrap().iter().any(|event| event.kind == "asked_anew"));
    let back = serde_json::from_value(json!({ "inputs": { "con.ho_ten": "2" } })).unwrap();
    cases.answer(&mother(2), &id, &back).await.unwrap();
    assert_eq!(until(&cases, &id, rests).await.items[2].state, ItemState::Accepted);
    let number = serde_json::from_value(json!({ "inputs": { "me.so_dinh_danh": STRANGER } })).unwrap();
    cases.answer(&mother(2), &id, &number).await.unwrap();
    assert!(!everything(&cases).await.contains(STRANGER));
}

/// Between two deeds nothing changes of what the first holder has, and none is sent without what it takes.
#[tokio::test]
async fn what_a_holder_has_of_a_case_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    *world.deeds.lock().unwrap() = Deeds::Lost;
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let case = prefilled(&cases, "a").await;
    let case = submitted(&cases, &case).await.unwrap();
    *world.deeds.lock().unwrap() = Deeds::Done;
    // Done, and the number that it gave is not told: the next deed takes it.
    let outcomes = serde_json::from_value(json!({ "outcomes": { "dang-ky": true } })).unwrap();
    cases.submit_case(&officer(&[Right::Work]), &case.id, &outcomes).await.unwrap();
    let case = until(&cases, &case.id, rests).await;
    assert_eq!((case.state, case.deeds[1].state, case.missing.len()), (State::Form, DeedState::Waiting, 1));
    let say = |fact: &str| serde_json::from_value(json!({ "fact": fact, "value": "Khác" })).unwrap();
    let decline = Previewing { decline: ["me".to_owned()].into(), ..Previewing::default() };
    let inputs = serde_json::from_value(json!({ "inputs": { "con.ho_ten": "Khác" } })).unwrap();
    for refused in [
        cases.close(&mother(2), &case.id).await,
        cases.correct(&mother(2), &case.id, &say("con.ho_ten")).await,
        cases.correct(&mother(2), &case.id, &say("con.so_khai_sinh")).await,
        cases.preview(&mother(2), &case.id, &decline).await,
        cases.answer(&mother(2), &case.id, &inputs).await,
    ] {
        assert_eq!(refused.unwrap_err().code(), "LT-9105");
    }
    cases.correct(&officer(&[Right::Work]), &case.id, &say("con.so_khai_sinh")).await.unwrap();
    let case = submitted(&cases, &case).await.unwrap();
    assert_eq!(case.state, State::Submitted);
    let asked = world.asked.lock().unwrap().clone();
    let sent: Vec<_> = asked.iter().filter(|ask| ask.path == "/the").collect();
    assert!(sent.len() == 1 && String::from_utf8_lossy(&sent[0].body).contains("Khác"));
}
