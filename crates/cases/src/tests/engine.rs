//! Cases over the store: every mood of every register, what is declined or of another person, callers and their rights, twins of the errors of
//! others' systems.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode};
use model::case::{Case, DeedState, ItemState, State};
use model::casework::{Opening, Previewing};
use model::gap::Gap;
use proptest::prelude::*;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::api;
use crate::caller::{Caller, Citizen, Officer, Right};
use crate::run;
use crate::tests::world::{
    BIRTHS, CLIENT, Deeds, INSURED, MARK, MOTHER, Mood, PEOPLE, STRANGER, World, birth, open,
};
use crate::work::Cases;

pub(crate) fn mother(level: u8) -> Caller {
    Caller::Citizen(Citizen { number: MOTHER.into(), name: None, born: None, level })
}

pub(crate) fn opening() -> Opening {
    serde_json::from_value(
        json!({ "procedure": "1.001193", "inputs": { "con.ho_ten": "Trần Thị Mai" }, "level": 2 }),
    )
    .unwrap()
}

/// Waits, by turns of the runtime, until a case has come so far.
pub(crate) async fn until(cases: &Arc<Cases>, id: &str, is: impl Fn(&Case) -> bool) -> Case {
    for _ in 0..2000 {
        let case = cases.look(id, model::case::By::Officer).await.unwrap();
        if is(&case) {
            return case;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{id}: {:?}", cases.look(id, model::case::By::Officer).await.unwrap());
}

pub(crate) fn rests(case: &Case) -> bool {
    !matches!(case.state, State::Fetching | State::Submitting)
}

/// Opens a case, and answers its question if it has one.
pub(crate) async fn prefilled(cases: &Arc<Cases>, key: &str) -> Case {
    let id = cases.open_case(&mother(2), (key, key.as_bytes()), &opening()).await.unwrap();
    let case = until(cases, &id, rests).await;
    if case.state != State::Question {
        return case;
    }
    let answers =
        serde_json::from_value(json!({ "questions": { case.questions[0].ask.clone(): "1990-05-01" } }))
            .unwrap();
    cases.answer(&mother(2), &id, &answers).await.unwrap();
    until(cases, &id, rests).await
}

/// All that is kept of all cases, opened.
pub(crate) async fn everything(cases: &Arc<Cases>) -> String {
    let all = cases.list(&Caller::System(CLIENT.parse().unwrap()), "", "", 100).await.unwrap();
    let mut text = String::new();
    for one in all.items {
        text += &serde_json::to_string(&cases.now(&one.id).await.unwrap().held).unwrap();
        text += &serde_json::to_string(&cases.log(&one.id).await.unwrap()).unwrap();
        text += &cases.receipt(&one.id).await.unwrap_or_default();
    }
    text
}

/// Accepts all and submits.
pub(crate) async fn submitted(cases: &Arc<Cases>, case: &Case) -> Result<Case, model::fault::Fault> {
    let found = case.items.iter().filter(|item| item.state == ItemState::Found).map(|item| item.id.clone());
    let said = Previewing { accept: found.collect(), ..Previewing::default() };
    cases.preview(&mother(2), &case.id, &said).await?;
    cases.submit_case(&mother(2), &case.id, &model::casework::Submitting::default()).await?;
    Ok(until(cases, &case.id, rests).await)
}

/// The gap that each mood makes at the register of people, whom all others wait for.
fn expected(mood: Mood) -> Option<Gap> {
    match mood {
        Mood::Fine | Mood::Spelled | Mood::Markup | Mood::Dead => None,
        Mood::Down | Mood::Broken => Some(Gap::SourceDown),
        Mood::Slow => Some(Gap::Timeout),
        Mood::Empty => Some(Gap::NotFound),
        Mood::Two => Some(Gap::Ambiguous),
        // Nine digits and no day of birth known to compare by: nobody can say that it is her.
        Mood::OtherPerson | Mood::OldNumber => Some(Gap::OtherPerson),
        Mood::Placeholder | Mood::Huge | Mood::Lacking | Mood::Withheld => Some(Gap::Incomplete),
        Mood::NoJson | Mood::Forged => Some(Gap::Unbelievable),
        Mood::Pending => Some(Gap::Pending),
        Mood::NoGrant => Some(Gap::NoGrant),
        Mood::BasisEnded => Some(Gap::BasisEnded),
        Mood::TooFast => Some(Gap::TooFast),
        Mood::Unsupported => Some(Gap::Unsupported),
    }
}

#[tokio::test]
async fn whatever_a_source_does_its_item_ends_with_the_reason_for_it() {
    for mood in Mood::ALL.into_iter().filter(|mood| *mood != Mood::Slow) {
        let folder = tempfile::tempdir().unwrap();
        let world = Arc::new(World::new(birth()));
        world.set(PEOPLE, mood);
        let (cases, writing) = open(&world, folder.path()).await;
        tokio::spawn(writing);
        let case = prefilled(&cases, "a").await;
        let item = &case.items[0];
        assert_eq!(item.gap, expected(mood), "{mood:?}: {item:?}");
        assert_eq!(item.state == ItemState::Found, expected(mood).is_none(), "{mood:?}");
        assert!(
            item.exchanges.iter().all(|exchange| exchange.id.starts_with(&case.id))
                && !item.exchanges.is_empty()
        );
        // The others ended, too: what waited for her name has the reason for which it is not known.
        assert!(case.items.iter().all(|item| !matches!(item.state, ItemState::Waiting | ItemState::Asking)));
        if let Some(gap) = expected(mood) {
            assert_eq!(case.items[1].gap, Some(gap), "{mood:?}");
        }
        let text = everything(&cases).await;
        assert!(!text.contains(MARK) && !text.contains(STRANGER), "{mood:?} left another person's values");
        assert_eq!(text.contains("<script>"), mood == Mood::Markup, "text stays text");
    }
}

#[tokio::test]
async fn a_source_that_never_answers_is_waited_for_ten_seconds_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    world.set(BIRTHS, Mood::Slow);
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let began = std::time::Instant::now();
    let id = cases.open_case(&mother(2), ("a", b"a"), &opening()).await.unwrap();
    // What others gave is there meanwhile.
    let meanwhile = until(&cases, &id, |case| case.items[1].state == ItemState::Found).await;
    assert!(began.elapsed() < Duration::from_secs(5) && meanwhile.items[2].state == ItemState::Asking);
    let mut case = meanwhile;
    while !rests(&case) {
        case = cases
            .wait(&id, model::case::By::Officer, Some(case.revision), Duration::from_secs(11))
            .await
            .unwrap();
    }
    assert_eq!(case.items[2].gap, Some(Gap::Timeout));
    assert!((9..13).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[tokio::test]
async fn what_fits_twice_is_asked_about_once_and_candidates_are_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let mut shown = Vec::new();
    for (mood, after) in [(Mood::Two, None), (Mood::Empty, Some(Gap::NotFound))] {
        world.set(INSURED, mood);
        let key = format!("{mood:?}");
        let id = cases.open_case(&mother(2), (&key, key.as_bytes()), &opening()).await.unwrap();
        until(&cases, &id, rests).await;
        let case = cases.look(&id, model::case::By::Citizen).await.unwrap();
        assert_eq!((case.state, case.questions.len()), (State::Question, 1));
        let told = json!([case.items[1], case.questions]).to_string().replace(&id, "");
        assert!(!told.contains(STRANGER));
        shown.push(told);
        let answers = serde_json::from_value(json!({ "questions": { "bhyt": "1990-05-01" } })).unwrap();
        cases.answer(&mother(2), &id, &answers).await.unwrap();
        let case = until(&cases, &id, rests).await;
        assert_eq!(case.items[1].gap, after, "{mood:?}");
        let again = cases.answer(&mother(2), &id, &answers).await;
        assert_eq!(again.unwrap_err().code(), "LT-9105");
    }
    assert_eq!(shown[0], shown[1], "to a citizen nothing and several look alike");
}

#[tokio::test]
async fn a_receipt_says_the_same_of_nobody_and_of_several() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let mut told = Vec::new();
    for (mood, gap) in [(Mood::Two, Gap::Ambiguous), (Mood::Empty, Gap::NotFound)] {
        world.set(PEOPLE, mood);
        let case = prefilled(&cases, &format!("{mood:?}")).await;
        assert_eq!(case.items[0].gap, Some(gap), "an officer sees which");
        for item in ["me", "the"] {
            cases.hand_in(&mother(2), &case.id, (item, "x.pdf", None), b"%PDF-1.7").await.unwrap();
        }
        assert_eq!(submitted(&cases, &case).await.unwrap().state, State::Submitted);
        let signed = cases.receipt(&case.id).await.unwrap();
        let signed: model::casework::SignedReceipt = serde_json::from_str(&signed).unwrap();
        let receipt: model::casework::Receipt = serde_json::from_str(&signed.receipt).unwrap();
        assert!(!receipt.items[0].tried.is_empty());
        told.push(json!(receipt.items).to_string().replace(&case.id, ""));
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn what_is_declined_or_about_another_is_nowhere_in_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    world.set(INSURED, Mood::OtherPerson);
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let case = prefilled(&cases, "a").await;
    assert!(everything(&cases).await.contains("Phường Ba Đình"));
    let said = Previewing { decline: ["me".to_owned()].into(), ..Previewing::default() };
    let case = cases.preview(&mother(2), &case.id, &said).await.unwrap();
    assert_eq!((case.items[0].state, case.items[0].gap), (ItemState::Declined, Some(Gap::Declined)));
    let text = everything(&cases).await;
    for value in ["Phường Ba Đình", "Nguyễn Thị Hòa", MARK, STRANGER] {
        assert!(!text.contains(value), "{value}");
    }
    // On the disk nothing is said of anybody, open or declined.
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for value in ["Phường Ba Đình", "Nguyễn", "Trần Thị Mai", MOTHER, MARK, STRANGER] {
            assert!(!bytes.windows(value.len()).any(|window| window == value.as_bytes()), "{value}");
        }
    }
}

#[tokio::test]
async fn a_case_goes_its_way_and_its_receipt_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let case = prefilled(&cases, "a").await;
    assert_eq!(case.state, State::Preview);
    assert!(case.form[1].value.is_none(), "what was found is not used before it is accepted");
    let case = submitted(&cases, &case).await.unwrap();
    assert_eq!(case.state, State::Submitted, "{case:?}");
    assert_eq!(case.form[1].value.as_ref().unwrap().value, "Nguyễn Thị Hòa");
    assert!(case.deeds.iter().all(|deed| deed.state == DeedState::Done));
    let first = cases.receipt(&case.id).await.unwrap();
    for value in ["Nguyễn Thị Hòa", "Trần Thị Mai", MOTHER, "GD4010", "12/2026"] {
        assert!(!first.contains(value), "a receipt has no values");
    }
    // Said again it is done; the holder has done each deed once, by ids of the case.
    cases.submit_case(&mother(2), &case.id, &model::casework::Submitting::default()).await.unwrap();
    assert_eq!(cases.receipt(&case.id).await.unwrap(), first);
    let done = world.done.lock().unwrap().clone();
    assert!(done.len() == 2 && done.iter().all(|(id, times)| id.starts_with(&case.id) && *times == 1));
    // In no exchange is a number of a person anywhere but in its body.
    for ask in world.asked.lock().unwrap().iter() {
        let outside = format!(
            "{} {} {:?} {:?} {:?} {}",
            ask.path, ask.id, ask.issue, ask.user, ask.represented, ask.purpose
        );
        assert!(!outside.contains(MOTHER), "{outside}");
        assert_eq!(ask.issue.as_deref(), Some(case.dossier.as_str()));
    }
    // A later procedure changes nothing of it.
    let mut later = birth();
    later.requirements.clear();
    later.form.clear();
    *world.procedures.lock().unwrap() = vec![Arc::new(later)];
    assert_eq!(cases.look(&case.id, model::case::By::Officer).await.unwrap().items.len(), 3);
}

pub(crate) fn officer(rights: &[Right]) -> Caller {
    Caller::Officer(Officer {
        account: "can-bo-1".into(),
        unit: "mot-cua".into(),
        rights: rights.iter().copied().collect(),
    })
}

#[tokio::test]
async fn a_paper_is_asked_for_where_a_gap_allows_it_or_with_a_reason_that_counts() {
    for mood in Mood::ALL.into_iter().filter(|mood| *mood != Mood::Slow) {
        let folder = tempfile::tempdir().unwrap();
        let world = Arc::new(World::new(birth()));
        world.set(PEOPLE, mood);
        let (cases, writing) = open(&world, folder.path()).await;
        tokio::spawn(writing);
        let case = prefilled(&cases, "a").await;
        let needed = expected(mood).is_some_and(|gap| gap.class() == model::gap::GapClass::PaperMayBeAsked);
        let who = officer(&[Right::Work, Right::Look]);
        let asks =
            |reason: Option<&str>| serde_json::from_value(json!({ "item": "me", "reason": reason })).unwrap();
        // A citizen hands in what is needed, and nothing else.
        let pdf = b"%PDF-1.7 x";
        let handed = cases.hand_in(&mother(2), &case.id, ("me", "../../a\u{202e}.pdf", None), pdf).await;
        if needed {
            let case = handed.unwrap();
            assert_eq!(case.items[0].state, ItemState::Paper);
            assert_eq!(case.items[0].asked_paper.as_ref().unwrap().file.as_deref(), Some("a.pdf"));
            assert_eq!(cases.paper(&who, &case.id, 1).await.unwrap(), pdf);
        } else {
            assert_eq!(handed.unwrap_err().code(), "LT-9107", "{mood:?}");
            assert_eq!(
                cases.ask_paper(&who, &case.id, &asks(None)).await.unwrap_err().code(),
                "LT-9107",
                "{mood:?}"
            );
            assert_eq!(
                cases.ask_paper(&who, &case.id, &asks(Some("bịa"))).await.unwrap_err().code(),
                "LT-7102"
            );
            let case = cases.ask_paper(&who, &case.id, &asks(Some("nguon-sai"))).await.unwrap();
            let asked = case.items[0].asked_paper.clone().unwrap();
            assert_eq!((asked.needed, asked.reason.as_deref()), (false, Some("nguon-sai")));
            let log = cases.log(&case.id).await.unwrap();
            assert!(
                log.iter()
                    .any(|event| event.kind == "asked_again_for"
                        && event.reason.as_deref() == Some("nguon-sai"))
            );
        }
        for content in [&b"MZ"[..], b"<svg>", b""] {
            assert_eq!(
                cases
                    .hand_in(&who, &case.id, ("me", "a", Some("nguon-sai")), content)
                    .await
                    .unwrap_err()
                    .code(),
                "LT-9111"
            );
        }
    }
}

#[tokio::test]
async fn a_deed_whose_outcome_is_not_known_is_not_sent_again_before_somebody_knows() {
    for (how, done) in [(Deeds::Lost, true), (Deeds::Failed, false)] {
        let folder = tempfile::tempdir().unwrap();
        let world = Arc::new(World::new(birth()));
        *world.deeds.lock().unwrap() = how;
        let (cases, writing) = open(&world, folder.path()).await;
        tokio::spawn(writing);
        let case = prefilled(&cases, "a").await;
        let case = submitted(&cases, &case).await.unwrap();
        assert_eq!((case.state, case.deeds[0].state), (State::OutcomeUnknown, DeedState::OutcomeUnknown));
        let sent = || world.asked.lock().unwrap().iter().filter(|ask| ask.path == "/khai-sinh").count();
        for _ in 0..3 {
            cases.submit_case(&mother(2), &case.id, &model::casework::Submitting::default()).await.unwrap();
            cases.carry_on(&case.id);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(sent(), 1);
        *world.deeds.lock().unwrap() = Deeds::Done;
        let outcomes = serde_json::from_value(
            json!({ "outcomes": { "dang-ky": done }, "gave": { "dang-ky": { "so": "12/2026" } } }),
        )
        .unwrap();
        cases.submit_case(&officer(&[Right::Work]), &case.id, &outcomes).await.unwrap();
        let case = until(&cases, &case.id, rests).await;
        assert_eq!((case.state, sent()), (State::Submitted, if done { 1 } else { 2 }));
        assert_eq!(world.done.lock().unwrap().values().sum::<u32>(), 2, "each deed once");
    }
    // What surely was not seen is no riddle: it is told, and can be sent again.
    for how in [Deeds::Unreachable, Deeds::Refused] {
        let folder = tempfile::tempdir().unwrap();
        let world = Arc::new(World::new(birth()));
        *world.deeds.lock().unwrap() = how;
        let (cases, writing) = open(&world, folder.path()).await;
        tokio::spawn(writing);
        let case = prefilled(&cases, "a").await;
        let case = submitted(&cases, &case).await.unwrap();
        assert_eq!((case.state, case.deeds[0].state), (State::Form, DeedState::Refused));
        assert!(case.deeds[0].told.is_some());
        *world.deeds.lock().unwrap() = Deeds::Done;
        assert_eq!(submitted(&cases, &case).await.unwrap().state, State::Submitted);
    }
}

#[tokio::test]
async fn a_key_opens_one_case_however_often_and_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let caller = mother(2);
    let opened = futures::future::join_all((0..20).map(|_| {
        let (cases, caller) = (cases.clone(), caller.clone());
        async move { cases.open_case(&caller, ("a", b"a"), &opening()).await.unwrap() }
    }));
    let ids: std::collections::BTreeSet<String> = opened.await.into_iter().collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(cases.open_case(&caller, ("a", b"b"), &opening()).await.unwrap_err().code(), "LT-9104");
    // Another's key of the same name is another key. A second open case is told, and opened.
    let second = cases.open_case(&caller, ("b", b"b"), &opening()).await.unwrap();
    assert_eq!(cases.look(&second, model::case::By::Citizen).await.unwrap().also_open.as_ref(), ids.first());
    assert_eq!(cases.list(&caller, "", "", 50).await.unwrap().items.len(), 2);
    let first = cases.list(&caller, "", "", 1).await.unwrap();
    assert_eq!(cases.list(&caller, "", &first.next.unwrap(), 1).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn what_is_over_is_erased_with_its_key_and_opens_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let case = prefilled(&cases, "a").await;
    cases
        .hand_in(&officer(&[Right::Work]), &case.id, ("me", "a.pdf", Some("ban-goc")), b"%PDF-x")
        .await
        .unwrap();
    let row = crate::store::one(&cases.db, &case.id).await.unwrap().unwrap();
    assert_eq!(run::sweep_once(&cases).await.unwrap(), 0);
    *world.now.lock().unwrap() -= jiff::SignedDuration::from_hours(24 * 365);
    assert_eq!(run::sweep_once(&cases).await.unwrap(), 0, "a clock set back erases nothing");
    *world.now.lock().unwrap() += jiff::SignedDuration::from_hours(24 * (365 + 31));
    assert_eq!(run::sweep_once(&cases).await.unwrap(), 1);
    assert_eq!(cases.look(&case.id, model::case::By::Citizen).await.unwrap_err().code(), "LT-9101");
    // A copy of the store tells nothing without the key.
    assert_eq!(cases.opened(row).await.err().map(|fault| fault.code()), Some("LT-9112"));
    assert!(cases.vault.is_empty().await.unwrap());
}

/// An operation of the API: its method, its path, and a body that it takes.
type Operation = (&'static str, String, &'static str);

fn operations(id: &str) -> Vec<Operation> {
    vec![
        ("GET", format!("/cases/{id}"), ""),
        ("POST", format!("/cases/{id}/answers"), "{}"),
        ("POST", format!("/cases/{id}/preview"), "{}"),
        ("POST", format!("/cases/{id}/corrections"), r#"{"fact":"con.ho_ten","value":"Mai"}"#),
        ("POST", format!("/cases/{id}/papers"), r#"{"item":"me","reason":"nguon-sai"}"#),
        ("GET", format!("/cases/{id}/papers/1"), ""),
        ("POST", format!("/cases/{id}/results"), r#"{"item":"me","code":"x"}"#),
        ("POST", format!("/cases/{id}/submit"), ""),
        ("POST", format!("/cases/{id}/decide"), r#"{"granted":true}"#),
        ("GET", format!("/cases/{id}/receipt"), ""),
        ("GET", format!("/cases/{id}/log"), ""),
        ("GET", "/cases".to_owned(), ""),
        ("POST", format!("/cases/{id}/close"), ""),
    ]
}

/// Every operation, by everybody: whose it is not is told nothing, and changes nothing.
#[tokio::test]
async fn each_operation_is_done_by_whom_it_is_for_and_by_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let case = prefilled(&cases, "a").await;
    let own: model::id::SystemId = CLIENT.parse().unwrap();
    let prover = move |parts: &http::request::Parts| match parts.headers.get("lienthong-token") {
        Some(token) if token == "dung" => Ok(own.clone()),
        Some(_) => Err(model::fault::Fault::NotProven { client: own.clone() }),
        None => Err(model::fault::Fault::NobodyKnown {}),
    };
    let (router, description) = api::routes(api::State::new(cases.clone(), Arc::new(prover)));
    let id = &case.id;
    let operations = operations(id);
    let paths = description.paths.paths.iter().filter(|(path, _)| path.starts_with("/cases"));
    let described: usize =
        paths.map(|(_, item)| usize::from(item.get.is_some()) + usize::from(item.post.is_some())).sum();
    assert_eq!(described, operations.len() + 1, "all but opening");
    let stranger = Caller::Citizen(Citizen { number: STRANGER.into(), name: None, born: None, level: 4 });
    let before = everything(&cases).await;
    let refused = [
        ("nobody", None, None, 401),
        ("a wrong token", None, Some("sai"), 401),
        ("another citizen", Some(stranger), None, 404),
        ("an officer without rights", Some(officer(&[])), None, 403),
    ];
    for (who, caller, token, status) in refused {
        for (method, path, body) in &operations {
            let mut request =
                Request::builder().method(*method).uri(path).header("content-type", "application/json");
            if let Some(token) = token {
                request = request.header("lienthong-token", token);
            }
            let mut request = request.body(Body::from(*body)).unwrap();
            if let Some(caller) = caller.clone() {
                request.extensions_mut().insert(caller);
            }
            let answer = router.clone().oneshot(request).await.unwrap();
            // A citizen has a list: their own, which is empty.
            let expected = if path == "/cases" && status == 404 { 200 } else { status };
            assert_eq!(answer.status().as_u16(), expected, "{who}: {method} {path}");
            let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
            assert!(!String::from_utf8_lossy(&body).contains("Hòa"), "{who} is told something");
        }
    }
    assert_eq!(everything(&cases).await, before, "nothing has changed");
    only_looks(&router, &operations).await;
    the_system_opens_by_its_token(&router).await;
}

/// Who may only look changes nothing.
async fn only_looks(router: &axum::Router, operations: &[Operation]) {
    let look_only = officer(&[Right::Look]);
    for (method, path, body) in operations {
        let mut request = Request::builder()
            .method(*method)
            .uri(path)
            .header("content-type", "application/json")
            .body(Body::from(*body))
            .unwrap();
        request.extensions_mut().insert(look_only.clone());
        let answer = router.clone().oneshot(request).await.unwrap();
        assert_eq!(
            answer.status() == StatusCode::FORBIDDEN,
            *method == "POST",
            "{method} {path}: {}",
            answer.status()
        );
    }
}

async fn the_system_opens_by_its_token(router: &axum::Router) {
    // The one-stop system opens by its token; the same body, the same case.
    let open = || {
        Request::post("/cases")
            .header("lienthong-token", "dung")
            .header("idempotency-key", "k")
            .body(Body::from(json!({ "procedure": "1.001193", "level": 2, "inputs": { "me.so_dinh_danh": MOTHER, "con.ho_ten": "Mai" } }).to_string()))
            .unwrap()
    };
    let mut ids = Vec::new();
    for _ in 0..2 {
        let answer = router.clone().oneshot(open()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        ids.push(serde_json::from_slice::<Value>(&body).unwrap()["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
    let large = Request::post("/cases")
        .header("lienthong-token", "dung")
        .header("idempotency-key", "l")
        .body(Body::from(vec![b' '; 70_000]))
        .unwrap();
    assert_eq!(router.clone().oneshot(large).await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever registers do, together: every item ends, nobody else's values are kept, and what can be submitted is submitted once.
    #[test]
    fn whatever_all_sources_do_a_case_comes_to_a_good_end(moods in proptest::collection::vec(proptest::sample::select(&Mood::ALL[..]), 3)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let world = Arc::new(World::new(birth()));
            for (service, mood) in [PEOPLE, INSURED, BIRTHS].into_iter().zip(&moods) {
                world.set(service, if *mood == Mood::Slow { Mood::Down } else { *mood });
            }
            let (cases, writing) = open(&world, folder.path()).await;
            let writing = tokio::spawn(writing);
            let case = prefilled(&cases, "a").await;
            assert!(case.items.iter().all(|item| !matches!(item.state, ItemState::Waiting | ItemState::Asking)), "{moods:?}");
            // Each paper that is needed, and no other.
            for item in &case.items {
                let needed = item.class == Some(model::gap::GapClass::PaperMayBeAsked);
                let handed = cases.hand_in(&mother(2), &case.id, (&item.id, "a.png", None), b"\x89PNG\r\n\x1a\n").await;
                assert_eq!(handed.is_ok(), needed, "{moods:?} {item:?}");
            }
            let case = cases.look(&case.id, model::case::By::Officer).await.unwrap();
            match submitted(&cases, &case).await {
                Ok(case) => assert_eq!(case.state, State::Submitted, "{moods:?}"),
                Err(fault) => panic!("{moods:?}: {fault}"),
            }
            let text = everything(&cases).await;
            assert!(!text.contains(MARK) && !text.contains(STRANGER), "{moods:?}");
            writing.abort();
        });
    }
}
