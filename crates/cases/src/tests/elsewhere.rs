//! A result of another office stands where one of this office would, if the office that keeps it says so now; it is asked by an exchange that the
//! case names, and one that is revoked there is in no case here that is decided afterwards.

use std::sync::Arc;

use jiff::SignedDuration;
use model::case::{Case, ItemState, State};
use model::casework::{Deciding, Revoking};
use model::gap::Gap;

use crate::caller::Caller;
use crate::run::carry_on;
use crate::tests::engine::{everything, mother, submitted, until};
use crate::tests::result::{CARD, card, given, lacking, office, using};
use crate::tests::world::{INSURED, Mood, World, birth, open, open_as};
use crate::work::Cases;

const OTHERS: &str = "VN/LOC/H05.01/mot-cua/ket-qua";
const HERE: &str = "VN/LOC/H06/mot-cua";

/// Two offices: the cases of one that gives results, and those of another that asks it.
struct Offices {
    giving: Arc<Cases>,
    asking: Arc<Cases>,
    world: Arc<World>,
    _folders: [tempfile::TempDir; 2],
}

impl Offices {
    async fn open() -> Self {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let there = Arc::new(World::new(birth()));
        let (giving, writing) = open(&there, folders[0].path()).await;
        tokio::spawn(writing);
        let world = Arc::new(World::new(birth()));
        *world.others.lock().unwrap() = Some((OTHERS.parse().unwrap(), giving.clone()));
        let url = |name: &str| format!("sqlite:{}", folders[1].path().join(name).display());
        let stores = (url("cases.db"), url("keys.db"));
        let (asking, writing) = open_as(&world, folders[1].path(), (&stores.0, &stores.1), HERE).await;
        tokio::spawn(writing);
        Self { giving, asking, world, _folders: folders }
    }

    async fn revoke(&self, code: &str) {
        let revoking = Revoking { reason: "cấp nhầm".into() };
        self.giving.revoke_result(&office(), code, &revoking).await.unwrap();
    }

    /// Exchanges by which the other office was asked.
    fn asked(&self) -> Vec<String> {
        let asked = self.world.asked.lock().unwrap();
        asked.iter().filter(|ask| ask.service.as_str() == OTHERS).map(|ask| ask.id.clone()).collect()
    }
}

fn here() -> Caller {
    Caller::System(HERE.parse().unwrap())
}

fn names(case: &Case, exchange: &str) -> bool {
    case.items.iter().flat_map(|item| &item.exchanges).any(|one| one.id == exchange && one.service == OTHERS)
}

/// Whatever the office that keeps it does: only what it says, signed, of this person, stands in the place of the paper; all else leaves the item as
/// it was, with the code of why; and each exchange is named in the case, whatever came of it.
#[tokio::test]
async fn a_result_of_another_office_stands_where_that_office_says_so_of_this_person() {
    let offices = Offices::open().await;
    let Offices { giving, asking, world, .. } = &offices;
    let code = given(giving, "a", &card()).await;
    for (key, mood, code, expected) in [
        ("b", Mood::Fine, code.as_str(), None),
        ("c", Mood::Down, &code, Some("LT-9113")),
        ("d", Mood::NoGrant, &code, Some("LT-9113")),
        ("e", Mood::Broken, &code, Some("LT-9113")),
        ("f", Mood::Forged, &code, Some("LT-9113")),
        ("g", Mood::Fine, "H05.01-the-bhyt-261130-aaaaaaaa", Some("LT-9105")),
        ("i", Mood::Fine, "H05.01-can-cuoc-261130-aaaaaaaa", Some("LT-9105")),
        ("h", Mood::Fine, "H09-the-bhyt-261130-aaaaaaaa", Some("LT-9105")),
    ] {
        let case = lacking(asking, world, key).await;
        world.set(OTHERS, mood);
        let before = offices.asked().len();
        let used = asking.use_result(&mother(2), &case.id, &using("the", code)).await;
        let case = asking.look(&case.id, &here()).await.unwrap();
        let item = &case.items[1];
        assert_eq!(used.as_ref().err().map(|fault| fault.code()), expected, "{mood:?} {code}");
        for exchange in &offices.asked()[before..] {
            assert!(names(&case, exchange), "{mood:?}: {exchange} is not in its case");
        }
        if expected.is_none() {
            assert_eq!((item.state, item.result.as_deref()), (ItemState::Accepted, Some(code)));
            assert_eq!(item.values["me.so_the"].value, CARD);
            assert_eq!(item.values["me.so_the"].from.as_ref().unwrap().en, OTHERS, "whose it is");
            assert!(item.exchanges.last().unwrap().fields.contains(&"so_the".to_owned()));
        } else {
            assert_eq!((item.state, item.gap), (ItemState::Gap, Some(Gap::SourceDown)), "{mood:?}");
            assert!(item.values.is_empty() && item.result.is_none());
        }
    }
    // What is kept where it was asked for has nothing of what was not taken.
    assert!(!everything(asking).await.contains("GE9090"));
}

/// Who knows a code and not of whom it is, or the other way round, gets nothing.
#[tokio::test]
async fn a_code_alone_gives_nobodys_result() {
    use exchange::{Answers as _, Called};
    let offices = Offices::open().await;
    let code = given(&offices.giving, "a", &card()).await;
    let offered = crate::elsewhere::Offered(offices.giving.clone());
    let client = HERE.parse().unwrap();
    let ask = async |method: http::Method, path: &str, body: &str| {
        let body = bytes::Bytes::from(body.to_owned());
        offered.answer(Called { client: &client, method: &method, path, body: &body }).await.unwrap()
    };
    let of = |code: &str, person: &str| serde_json::json!({ "code": code, "person": person }).to_string();
    let mother = crate::tests::world::MOTHER;
    let (status, found) = ask(http::Method::POST, "/find", &of(&code, mother)).await;
    assert!(status == 200 && found["result"].as_str().unwrap().contains(CARD));
    for (method, path, body, expected) in [
        (http::Method::POST, "/find", of(&code, crate::tests::world::STRANGER), 404),
        (http::Method::POST, "/find", of("H05.01-the-bhyt-261130-aaaaaaaa", mother), 404),
        (http::Method::POST, "/find", of("", ""), 404),
        (http::Method::GET, "/find", of(&code, mother), 404),
        (http::Method::POST, &format!("/{code}"), of(&code, mother), 404),
        (http::Method::POST, "/find", "{".to_owned(), 400),
        (http::Method::POST, "/find", format!("{{\"code\":\"{code}\"}}"), 400),
    ] {
        let (status, said) = ask(method, path, &body).await;
        assert_eq!(status, expected, "{path} {body}");
        assert!(!said.to_string().contains("result"), "{said}");
    }
    offices.revoke(&code).await;
    let (status, found) = ask(http::Method::POST, "/find", &of(&code, mother)).await;
    assert!(status == 200 && found["revoked"]["at"].is_string() && found.get("result").is_none(), "{found}");
}

/// Wherever a case is when the other office revokes: by time, and always by its decision, it has lost the result; what was decided stays; and
/// while that office is away nobody decides on what it may have revoked.
#[tokio::test]
async fn what_another_office_has_revoked_is_in_no_case_that_is_decided_afterwards() {
    for by_time in [true, false] {
        let offices = Offices::open().await;
        let Offices { giving, asking, world, .. } = &offices;
        let code = given(giving, "a", &card()).await;
        let mut ids = Vec::new();
        for key in ["form", "submitted", "decided"] {
            let case = lacking(asking, world, key).await;
            let case = asking.use_result(&mother(2), &case.id, &using("the", &code)).await.unwrap();
            if key != "form" {
                submitted(asking, &case).await.unwrap();
            }
            if key == "decided" {
                let said = Deciding { granted: true, mark: None, result: None };
                asking.decide(&here(), &case.id, &said).await.unwrap();
            }
            ids.push(case.id);
        }
        let look = async |at: usize| asking.look(&ids[at], &here()).await.unwrap();
        let decide = async |at: usize, mark: Option<String>| {
            asking.decide(&here(), &ids[at], &Deciding { granted: true, mark, result: None }).await
        };
        let seen = look(1).await.mark;
        world.set(OTHERS, Mood::Down);
        assert_eq!(decide(1, seen.clone()).await.unwrap_err().code(), "LT-9113");
        assert_eq!(look(1).await.state, State::Submitted, "nothing is decided while nobody knows");
        world.set(OTHERS, Mood::Fine);
        offices.revoke(&code).await;
        if by_time {
            let carried = asking.clone();
            tokio::spawn(async move { carry_on(&carried).await });
            *world.now.lock().unwrap() += SignedDuration::from_hours(7);
            asking.wake.notify_one();
            for id in &ids[..2] {
                until(asking, id, |case| case.items[1].gap == Some(Gap::ConditionNotMet)).await;
            }
        } else {
            assert_eq!(decide(1, seen).await.unwrap_err().code(), "LT-9130");
            assert_eq!(look(1).await.items[1].gap, Some(Gap::ConditionNotMet));
        }
        let case = look(1).await;
        assert!(case.state == State::Submitted && case.items[1].values.is_empty());
        assert!(asking.log(&ids[1]).await.unwrap().iter().any(|event| event.kind == "result_revoked"));
        assert_eq!(look(2).await.items[1].state, ItemState::Accepted, "what was decided stays");
        for exchange in offices.asked() {
            let mut named = 0;
            for at in 0..ids.len() {
                named += usize::from(names(&look(at).await, &exchange));
            }
            assert_eq!(named, 1, "{exchange}");
        }
        // The paper may come in its place, and then it is decided.
        assert!(decide(1, case.mark).await.is_ok());
        let asked = offices.asked().len();
        let again = asking.use_result(&office_of(asking), &ids[0], &using("the", &code)).await;
        assert!(again.is_err());
        assert_eq!(
            offices.asked().len(),
            asked + usize::from(by_time),
            "what has its answer is not asked for"
        );
        world.set(INSURED, Mood::Fine);
    }
}

fn office_of(cases: &Arc<Cases>) -> Caller {
    Caller::System(cases.client.clone())
}
