//! The eight errors and three timers of the EU's once-only system (OOTS 2.0), and what stands in their place here: each a test by its number.

use std::sync::Arc;
use std::time::{Duration, Instant};

use model::case::{Case, ItemState, State};
use model::casework::{Answers, Opening, Previewing};
use model::fault::Fault;
use model::gap::{Gap, GapClass};
use model::procedure::Procedure;
use serde_json::json;

use crate::tests::engine::{mother, opening, prefilled, rests, until};
use crate::tests::world::{BIRTHS, INSURED, MARK, Mood, PEOPLE, World, birth, name, open};
use crate::work::Cases;

/// A case that was opened by somebody known at a level, while the register of people is in a mood.
async fn opened(mood: Mood, level: u8) -> (Arc<Cases>, Arc<World>, Case, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    world.set(PEOPLE, mood);
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let id = cases.open_case(&mother(level), ("a", b"a"), &opening()).await.unwrap();
    let case = until(&cases, &id, rests).await;
    (cases, world, case, folder)
}

/// That the first item ended with a gap, which is told in both languages.
fn ends(case: &Case, gap: Gap, class: GapClass) {
    let item = &case.items[0];
    assert_eq!((item.gap, item.class), (Some(gap), Some(class)));
    let told = item.told.as_ref().unwrap();
    assert!(!told.vi.is_empty() && !told.en.is_empty(), "{gap:?} says nothing");
}

/// EDM:ERR:0001, too low a level: nothing is asked before it is raised, and then it goes on.
#[tokio::test]
async fn oots_error_1_too_low_a_level_is_told_and_goes_on_when_it_is_raised() {
    let (cases, world, case, _folder) = opened(Mood::Fine, 1).await;
    ends(&case, Gap::LowLevel, GapClass::Neither);
    assert!(world.asked.lock().unwrap().is_empty(), "nothing is asked for whom is not known well enough");
    cases.answer(&mother(2), &case.id, &Answers::default()).await.unwrap();
    assert_eq!(until(&cases, &case.id, rests).await.state, State::Preview);
}

/// EDM:ERR:0002, not authorised or only after a preview: the preview is the normal way, what is declined in it leaves no value, and that an
/// office has no grant is never the citizen's fault.
#[tokio::test]
async fn oots_error_2_a_preview_is_the_normal_way_and_no_grant_is_nobodys_fault_who_asks() {
    let (cases, _, case, _folder) = opened(Mood::NoGrant, 2).await;
    ends(&case, Gap::NoGrant, GapClass::OurFault);
    let paper = cases.hand_in(&mother(2), &case.id, ("me", "a.pdf", None), b"%PDF-").await;
    assert_eq!(paper.unwrap_err().code(), "LT-9107", "nobody is sent for a paper by the State's own fault");
    let (cases, _, case, _folder) = opened(Mood::Fine, 2).await;
    assert_eq!((case.state, case.items[0].state), (State::Preview, ItemState::Found));
    let said = Previewing { decline: ["me".to_owned()].into(), ..Previewing::default() };
    let case = cases.preview(&mother(2), &case.id, &said).await.unwrap();
    assert_eq!(case.items[0].gap, Some(Gap::Declined));
    assert!(case.items[0].values.is_empty());
}

/// EDM:ERR:0003, a bad call: each member that is wrong is named, and nothing is opened.
#[tokio::test]
async fn oots_error_3_a_bad_call_is_refused_with_each_member_that_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let bad: Opening = serde_json::from_value(
        json!({ "procedure": "1.001193", "inputs": { "khac": "x", "con.ho_ten": "\u{202e}" } }),
    )
    .unwrap();
    let refused = cases.open_case(&mother(2), ("a", b"a"), &bad).await.unwrap_err();
    let Fault::Mistaken { mistakes } = &refused else { panic!("{refused}") };
    let places: Vec<&str> = mistakes.list().iter().map(|mistake| mistake.place.as_str()).collect();
    assert_eq!(places, ["inputs.con.ho_ten", "inputs.khac"]);
    assert!(cases.list(&mother(2), "", "", 10).await.unwrap().items.is_empty());
    assert!(world.asked.lock().unwrap().is_empty());
}

/// EDM:ERR:0004, nothing found: the paper may be asked for.
#[tokio::test]
async fn oots_error_4_nothing_found_lets_the_paper_be_asked_for() {
    let (cases, _, case, _folder) = opened(Mood::Empty, 2).await;
    ends(&case, Gap::NotFound, GapClass::PaperMayBeAsked);
    let case = cases.hand_in(&mother(2), &case.id, ("me", "a.pdf", None), b"%PDF-").await.unwrap();
    assert_eq!(case.items[0].state, ItemState::Paper);
}

/// EDM:ERR:0005, a time-out, and a source that is not there: told apart, both may be asked again, and the others go on.
#[tokio::test]
async fn oots_error_5_a_source_that_is_away_holds_up_nothing_and_is_asked_again() {
    let (cases, world, case, _folder) = opened(Mood::Down, 2).await;
    ends(&case, Gap::SourceDown, GapClass::PaperMayBeAsked);
    assert!(Gap::SourceDown.may_pass() && Gap::Timeout.may_pass());
    assert_eq!(Gap::of_fault("LT-3104"), Gap::Timeout, "what the consumer's node says of a late peer");
    assert_eq!(Gap::of_fault("LT-4103"), Gap::Timeout, "what the provider's says of a late service");
    world.set(PEOPLE, Mood::Fine);
    // Left alone for some seconds where it has failed again and again; here it has failed twice.
    cases.answer(&mother(2), &case.id, &Answers { again: true, ..Answers::default() }).await.unwrap();
    assert_eq!(until(&cases, &case.id, rests).await.items[0].state, ItemState::Found);
}

/// EDM:ERR:0006, an unknown procedure or version.
#[tokio::test]
async fn oots_error_6_an_unknown_procedure_or_version_is_told_by_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    for unknown in ["9.999999", "1.001193@9", "", "1.001193@1@1"] {
        let opening: Opening = serde_json::from_value(json!({ "procedure": unknown })).unwrap();
        let refused = cases.open_case(&mother(2), ("a", b"a"), &opening).await.unwrap_err();
        assert_eq!(refused.code(), "LT-9106", "{unknown}");
    }
}

/// EDM:ERR:0007, what a source does not support.
#[tokio::test]
async fn oots_error_7_what_a_source_does_not_support_is_the_platforms_own_fault() {
    let (_, _, case, _folder) = opened(Mood::Unsupported, 2).await;
    ends(&case, Gap::Unsupported, GapClass::OurFault);
}

/// EDM:ERR:0008, a bad question or answer: what a source says and nobody can read is not believed; and what a person answers to the one thing more
/// and nobody can read is told at its place, and asked again.
#[tokio::test]
async fn oots_error_8_what_cannot_be_read_is_not_believed_and_is_told_at_its_place() {
    let (_, _, case, _folder) = opened(Mood::NoJson, 2).await;
    ends(&case, Gap::Unbelievable, GapClass::PaperMayBeAsked);
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    world.set(INSURED, Mood::Two);
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let id = cases.open_case(&mother(2), ("a", b"a"), &opening()).await.unwrap();
    let case = until(&cases, &id, rests).await;
    assert_eq!(case.state, State::Question, "one thing more is asked where two fit");
    let answer = |day: &str| -> Answers {
        serde_json::from_value(json!({ "questions": { case.questions[0].ask.clone(): day } })).unwrap()
    };
    let refused = cases.answer(&mother(2), &id, &answer("31/02/1990")).await.unwrap_err();
    assert!(refused.en().contains("questions.bhyt"), "{refused}");
    assert_eq!(cases.look(&id, &mother(2)).await.unwrap().state, State::Question);
    cases.answer(&mother(2), &id, &answer("1990-05-01")).await.unwrap();
    let case = until(&cases, &id, rests).await;
    assert_eq!(case.items[1].state, ItemState::Found);
    assert!(!serde_json::to_string(&case).unwrap().contains(MARK));
}

/// Three registers that each are asked by the number alone, so that none waits for another.
fn side_by_side() -> Procedure {
    let identity = json!({ "role": "me", "number": "so_dinh_danh" });
    let requirement = |(number, service): (usize, &str)| {
        json!({ "id": format!("r{number}"), "name": name("x"), "role": "me", "otherwise": "paper", "paper": { "code": "giay", "name": name("x") },
            "alternatives": [{ "asks": [{ "id": format!("a{number}"), "service": service, "identity": identity,
                "find": { "so_dinh_danh": "me.so_dinh_danh" }, "claims": [{ "field": "so_the", "use": { "fill": format!("me.so_{number}") } }] }] }] })
    };
    let mut one = serde_json::to_value(birth()).unwrap();
    one["requirements"] = [PEOPLE, BIRTHS, INSURED].into_iter().enumerate().map(requirement).collect();
    one["form"] = json!([{ "fact": "con.ho_ten", "name": name("Tên con"), "kind": "text" }]);
    one["deeds"] = json!([]);
    serde_json::from_value(one).unwrap()
}

/// Five minutes for an answer there; ten seconds an ask here, of all that are asked side by side together.
#[tokio::test]
async fn oots_timer_1_an_ask_takes_ten_seconds_however_many_are_asked() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(side_by_side()));
    for service in [PEOPLE, BIRTHS, INSURED] {
        world.set(service, Mood::Slow);
    }
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let began = Instant::now();
    let id = cases.open_case(&mother(2), ("a", b"a"), &opening()).await.unwrap();
    let case = loop {
        let case = cases.look(&id, model::case::By::Officer).await.unwrap();
        if rests(&case) {
            break case;
        }
        assert!(began.elapsed() < Duration::from_secs(15), "it is multiplied by what is asked: {case:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(began.elapsed() >= Duration::from_secs(9), "{:?}", began.elapsed());
    assert!(case.items.iter().all(|item| item.gap == Some(Gap::Timeout)), "{case:?}");
    let asked = world.asked.lock().unwrap().clone();
    assert!(asked.len() == 3 && asked.iter().all(|ask| ask.within <= Duration::from_secs(10)));
}

/// Fifteen minutes for a preview there; here the page shows what is there after the seconds that the pack says, while others are still asked.
#[tokio::test]
async fn oots_timer_2_what_is_there_is_shown_after_the_seconds_of_the_pack() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    world.set(BIRTHS, Mood::Slow);
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let id = cases.open_case(&mother(2), ("a", b"a"), &opening()).await.unwrap();
    let case = until(&cases, &id, |case| case.items[1].state == ItemState::Found).await;
    assert_eq!((case.state, case.shown_after), (State::Fetching, Some(20)), "by the pack of reuse");
    // What is there may be looked at while the other is asked.
    let said = Previewing { accept: ["me".to_owned(), "the".to_owned()].into(), ..Previewing::default() };
    let case = cases.preview(&mother(2), &id, &said).await.unwrap();
    assert_eq!((case.state, case.items[0].state), (State::Fetching, ItemState::Accepted));
    world.set(BIRTHS, Mood::Fine);
    let rested = prefilled(&cases, "b").await;
    assert_eq!(rested.shown_after, None, "what rests waits for nothing");
}
