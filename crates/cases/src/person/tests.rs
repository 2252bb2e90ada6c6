//! Who gets in, and for how long, over all that can be shown and all that can happen.

mod provider;

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use axum::{Extension, Router};
use exchange::PeopleSettings;
use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use proptest::prelude::*;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use trust::oidc::{LoggedOut, Proven};
use trust::sealed::Sealer;

use super::officer::Invited;
use super::session::{Begun, Door};
use super::{People, Who, doors, officer, session};
use crate::api::Problem;
use crate::caller::{Caller, Right};

const ISSUER: &str = "https://id.example";
const NUMBER: &str = "001099000001";
const OTHER: &str = "001199000002";

fn now() -> Timestamp {
    "2026-12-01T08:00:00Z".parse().unwrap()
}

fn minutes(number: i64) -> SignedDuration {
    SignedDuration::from_mins(number)
}

fn settings() -> Value {
    json!({
        "url": "https://mot-cua.example/",
        "providers": { "vneid": {
            "title": { "vi": "VNeID", "en": "VNeID" },
            "issuer": ISSUER, "client_id": "cong-xa", "secret_file": "secret", "authority": "ca.pem",
            "number_claim": "so_dinh_danh", "name_claim": "ho_ten",
            "levels": { "muc-1": 1, "muc-2": 2, "muc-3": 3 },
        } },
    })
}

/// A store with the schema of a node.
async fn opened(url: &str) -> store::Db {
    let (db, migrated) = store::Db::open(url, crate::store::WRITER, crate::store::MIGRATIONS).await.unwrap();
    migrated.expect("it is new").commit().await.unwrap();
    db
}

struct World {
    people: People,
    _folder: tempfile::TempDir,
}

impl World {
    async fn open(url: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let lite = format!("sqlite:{}", at("people.db").display());
        let db = opened(url.unwrap_or(&lite)).await;
        std::fs::create_dir(at("authority")).unwrap();
        let authority = trust::certificate::Authority::create(&at("authority"), "provider", now()).unwrap();
        let text = trust::certificate::to_base64(authority.certificate());
        std::fs::write(
            at("ca.pem"),
            format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"),
        )
        .unwrap();
        std::fs::write(at("secret"), "secret").unwrap();
        let settings: PeopleSettings = serde_json::from_value(settings()).unwrap();
        assert!(settings.mistakes().is_empty());
        let secrets = Sealer::open_or_create(&at("node.key")).unwrap();
        Self { people: People::open(db, secrets, settings, folder.path()).unwrap(), _folder: folder }
    }

    async fn invite(&self, number: Option<&str>) -> (String, String) {
        let invited = Invited {
            name: "Lan".into(),
            unit: "Một cửa".into(),
            rights: [Right::Work].into(),
            number: number.map(|number| number.parse().unwrap()),
        };
        officer::invite(&self.people, &invited, "quan-tri", now()).await.unwrap()
    }

    async fn begin(&self, proven: &Proven, door: &Door, at: Timestamp) -> Result<Begun, Fault> {
        session::begin(&self.people, "vneid", proven, door, (None, Some("Firefox")), at).await
    }
}

fn proven(subject: &str, sid: Option<&str>, more: Value) -> Proven {
    let mut claims = json!({ "sub": subject, "sid": sid, "acr": "muc-2", "so_dinh_danh": NUMBER, "ho_ten": "Nguyễn Thị Lan" });
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let claims = serde_json::from_value(claims).unwrap();
    Proven { issuer: ISSUER.into(), subject: subject.into(), signed_in: Some(now()), claims }
}

/// What an officer who comes is to the node.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Known {
    Nobody,
    Enrolled,
    Idle,
    Removed,
}

/// With what.
#[derive(Debug, Clone, Copy, PartialEq)]
enum With {
    Nothing,
    Invitation,
    OwnInvitation,
    OthersInvitation,
    OldInvitation,
    UsedInvitation,
    MadeUp,
}

#[tokio::test]
async fn a_citizen_has_a_number_and_an_officer_an_enrolment_whatever_else_is_shown() {
    let world = World::open(None).await;
    let numbers = [
        (json!(NUMBER), true),
        (Value::Null, false),
        (json!(""), false),
        (json!(1_099_000_001), false),
        (json!("00109900000"), false),
        (json!("00109900000a"), false),
        (json!("<b>"), false),
    ];
    for (number, good) in &numbers {
        let told =
            world.begin(&proven("lan", None, json!({ "so_dinh_danh": number })), &Door::Citizen, now()).await;
        assert_eq!(told.is_ok(), *good, "{number}: {told:?}");
        if let Ok(begun) = told {
            assert!(matches!(&begun.person.who, Who::Citizen(own) if own.number.as_str() == NUMBER));
            assert_eq!((begun.person.level, begun.person.signed_in), (2, Some(now())));
        }
    }
    let mut count = 0;
    for known in [Known::Nobody, Known::Enrolled, Known::Idle, Known::Removed] {
        for with in [
            With::Nothing,
            With::Invitation,
            With::OwnInvitation,
            With::OthersInvitation,
            With::OldInvitation,
            With::UsedInvitation,
            With::MadeUp,
        ] {
            for (acr, level) in
                [(json!("muc-2"), 2), (json!("muc-1"), 1), (json!("muc-9"), 0), (Value::Null, 0)]
            {
                count += 1;
                let told = comes(&world, &format!("nguoi-{count}"), known, with, &acr).await;
                let said = format!("{known:?} with {with:?} at {level}: {told:?}");
                let invited = matches!(with, With::Invitation | With::OwnInvitation);
                let expected = level >= 2
                    && match known {
                        Known::Enrolled => with == With::Nothing,
                        Known::Nobody | Known::Removed => invited,
                        // Nobody was here too long: they are removed, and invited anew.
                        Known::Idle => false,
                    };
                assert_eq!(told.is_ok(), expected, "{said}");
                if level < 2 {
                    assert!(matches!(told, Err(Fault::LevelTooLow { needed: 2, .. })), "{said}");
                }
            }
        }
    }
}

/// Somebody at the officers' door.
async fn comes(world: &World, subject: &str, known: Known, with: With, acr: &Value) -> Result<Begun, Fault> {
    let strong = proven(subject, None, json!({}));
    let mut at = now();
    if known != Known::Nobody {
        let (id, code) = world.invite(None).await;
        world.begin(&strong, &Door::Officer(Some(code)), at).await.unwrap();
        if known == Known::Removed {
            officer::remove(&world.people, &id, "quan-tri", at).await.unwrap();
        }
        if known == Known::Idle {
            at = now() + SignedDuration::from_hours(24 * 46);
        }
    }
    let code = match with {
        With::Nothing => None,
        With::Invitation => Some(world.invite(None).await.1),
        With::OwnInvitation => Some(world.invite(Some(NUMBER)).await.1),
        With::OthersInvitation => Some(world.invite(Some(OTHER)).await.1),
        With::OldInvitation => {
            let code = world.invite(None).await.1;
            let mut tx = world.people.db.write().await.unwrap();
            store::run!(tx, "UPDATE officer_invitation SET expires_at = '2026-11-30T00:00:00Z'").unwrap();
            tx.commit().await.unwrap();
            Some(code)
        }
        With::UsedInvitation => {
            let code = world.invite(None).await.1;
            let other = proven(&format!("{subject}-khac"), None, json!({}));
            world.begin(&other, &Door::Officer(Some(code.clone())), now()).await.unwrap();
            Some(code)
        }
        With::MadeUp => Some("x".repeat(43)),
    };
    let proven = proven(subject, None, json!({ "acr": acr }));
    world.begin(&proven, &Door::Officer(code), at).await
}

/// What happens between two visits.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Happening {
    Waits(i64),
    Visits,
    VisitsWithAnother,
    SignsOut,
    /// At the provider: their session, another of theirs, the person, somebody else; both named, or one.
    EndsThere {
        session: Option<bool>,
        person: Option<bool>,
    },
    Removed,
    StepsUp,
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = prop_oneof![
        6 => (1i64..20).prop_map(Happening::Waits),
        1 => (30i64..800).prop_map(Happening::Waits),
        8 => Just(Happening::Visits),
        1 => Just(Happening::VisitsWithAnother),
        1 => Just(Happening::SignsOut),
        3 => (any::<Option<bool>>(), any::<Option<bool>>())
            .prop_filter("one of the two is named", |(session, person)| session.is_some() || person.is_some())
            .prop_map(|(session, person)| Happening::EndsThere { session, person }),
        1 => Just(Happening::Removed),
        2 => Just(Happening::StepsUp),
    ];
    prop::collection::vec(one, 1..14)
}

/// What is expected of a session.
struct Expected {
    lives: bool,
    used: Timestamp,
    ends: Timestamp,
    level: u8,
}

#[derive(Debug, Clone)]
struct Course {
    officer: bool,
    sid: bool,
    happenings: Vec<Happening>,
}

#[expect(clippy::too_many_lines, reason = "one arm for each happening")]
async fn course(world: &World, course: &Course, number: u32) {
    let (idle, hours) = if course.officer { (15, 12) } else { (15, 2) };
    let (subject, sid) = (format!("an-{number}"), format!("phien-{number}"));
    let own_sid = course.sid.then_some(sid.as_str());
    let mut at = now();
    let (door, id) = if course.officer {
        let (id, code) = world.invite(None).await;
        (Door::Officer(Some(code)), id)
    } else {
        (Door::Citizen, String::new())
    };
    let begun = world.begin(&proven(&subject, own_sid, json!({})), &door, at).await.unwrap();
    // Somebody else, whom nothing of this concerns.
    let bystander =
        proven(&format!("{subject}-khac"), Some(&format!("{sid}-khac")), json!({ "so_dinh_danh": OTHER }));
    let bystander = world.begin(&bystander, &Door::Citizen, at).await.unwrap();
    let (mut secret, mut before) = (begun.secret, Vec::new());
    let mut expected =
        Expected { lives: true, used: at, ends: at + SignedDuration::from_hours(hours), level: 2 };
    let door = if course.officer { Door::Officer(None) } else { Door::Citizen };
    for happening in &course.happenings {
        let told = format!("{course:?} at {happening:?}");
        match *happening {
            Happening::Waits(some) => at += minutes(some),
            Happening::Visits | Happening::VisitsWithAnother => {
                let agent = if *happening == Happening::Visits { "Firefox" } else { "curl" };
                let seen = session::recognise(&world.people, &secret, Some(agent), at).await;
                let in_time = at < expected.ends && at.duration_since(expected.used) <= minutes(idle);
                expected.lives &= in_time;
                assert_eq!(seen.is_ok(), expected.lives && agent == "Firefox", "{told}: {seen:?}");
                match seen {
                    Ok(person) => {
                        assert_eq!((person.level, person.ends), (expected.level, expected.ends), "{told}");
                        expected.used = at;
                    }
                    Err(fault) => assert!(matches!(fault, Fault::NobodyKnown {}), "{told}: {fault:?}"),
                }
                expected.lives &= agent == "Firefox";
            }
            Happening::SignsOut => {
                session::sign_out(&world.people, &secret).await.unwrap();
                expected.lives = false;
            }
            Happening::EndsThere { session, person } => {
                let name =
                    |own: &str, is_own: bool| if is_own { own.to_owned() } else { format!("{own}-la") };
                let out = LoggedOut {
                    session: session.map(|own| name(&sid, own)),
                    subject: person.map(|own| name(&subject, own)),
                };
                session::end_at_provider(&world.people, ISSUER, &out, at).await.unwrap();
                // Another provider's word is about others.
                session::end_at_provider(
                    &world.people,
                    "https://other.example",
                    &LoggedOut { session: Some(sid.clone()), subject: Some(subject.clone()) },
                    at,
                )
                .await
                .unwrap();
                let ends = match (session, course.sid) {
                    (Some(own), true) => own,
                    (Some(_), false) | (None, _) => person == Some(true),
                };
                expected.lives &= !ends;
            }
            Happening::Removed => {
                if course.officer && officer::remove(&world.people, &id, "quan-tri", at).await.is_ok() {
                    expected.lives = false;
                }
            }
            Happening::StepsUp => {
                let proven = proven(&subject, own_sid, json!({ "acr": "muc-3" }));
                let from = (Some(secret.as_str()), Some("Firefox"));
                match session::begin(&world.people, "vneid", &proven, &door, from, at).await {
                    Ok(begun) => {
                        assert_ne!(begun.secret, secret, "{told}");
                        before.push(std::mem::replace(&mut secret, begun.secret));
                        let ends = at + SignedDuration::from_hours(hours);
                        expected = Expected { lives: true, used: at, ends, level: 3 };
                    }
                    Err(fault) => assert!(course.officer, "only who was removed: {told}: {fault:?}"),
                }
            }
        }
        for old in &before {
            assert!(
                session::recognise(&world.people, old, Some("Firefox"), at).await.is_err(),
                "{told}: an old one lives"
            );
        }
        // As long as its own time is not over.
        let other = session::recognise(&world.people, &bystander.secret, Some("Firefox"), now()).await;
        assert!(other.is_ok() || at >= bystander.person.ends, "{told}: {other:?}");
    }
}

#[test]
fn a_session_lives_as_long_as_it_is_used_and_nothing_ended_it() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let world = Arc::new(runtime.block_on(World::open(None)));
    let number = std::cell::Cell::new(0);
    let courses = (any::<bool>(), any::<bool>(), happenings())
        .prop_map(|(officer, sid, happenings)| Course { officer, sid, happenings });
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(150));
    let held = runner.run(&courses, |one| {
        number.set(number.get() + 1);
        runtime.block_on(course(&world, &one, number.get()));
        Ok(())
    });
    held.unwrap();
    // On the other database, one of each.
    let server = testing::Server::shared_postgres();
    let world = runtime.block_on(World::open(Some(&server.database("mot_cua"))));
    let all = vec![
        Happening::Waits(10),
        Happening::Visits,
        Happening::StepsUp,
        Happening::Waits(14),
        Happening::Visits,
        Happening::EndsThere { session: Some(false), person: Some(true) },
        Happening::Visits,
        Happening::EndsThere { session: Some(true), person: None },
        Happening::Visits,
        Happening::Removed,
        Happening::StepsUp,
    ];
    for (number, (officer, sid)) in
        [(true, true), (true, false), (false, true), (false, false)].into_iter().enumerate()
    {
        let one = Course { officer, sid, happenings: all.clone() };
        runtime.block_on(course(&world, &one, u32::try_from(number).unwrap()));
    }
}

#[tokio::test]
async fn the_store_shows_nobody() {
    let world = World::open(None).await;
    let (_, code) = world.invite(Some(NUMBER)).await;
    let subject = "chu-the-cua-lan";
    let begun = world
        .begin(&proven(subject, Some("phien-la"), json!({})), &Door::Officer(Some(code.clone())), now())
        .await
        .unwrap();
    let own =
        world.begin(&proven(subject, Some("phien-la"), json!({})), &Door::Citizen, now()).await.unwrap();
    let mut tx = world.people.db.write().await.unwrap();
    store::run!(tx, "PRAGMA wal_checkpoint").ok();
    tx.commit().await.unwrap();
    let folder = world._folder.path();
    for name in ["people.db", "people.db-wal"] {
        let bytes = std::fs::read(folder.join(name)).unwrap_or_default();
        for secret in [NUMBER, subject, "phien-la", "Nguyễn Thị", &code, &begun.secret, &own.secret] {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{name}: {secret}");
        }
    }
}

/// Who a route of cases sees.
async fn seen(caller: Option<Extension<Caller>>) -> Result<String, Problem> {
    match caller {
        Some(Extension(Caller::Citizen(own))) if own.level < 3 => {
            Err(Fault::LevelTooLow { level: own.level, needed: 3 }.into())
        }
        Some(Extension(caller)) => Ok(caller.name()),
        None => Ok("nobody".into()),
    }
}

#[tokio::test]
async fn routes_see_who_has_signed_in_and_nobody_whose_session_ended_or_whom_another_site_sends() {
    let world = World::open(None).await;
    let present = crate::clock::now();
    let low = world.begin(&proven("an", None, json!({})), &Door::Citizen, present).await.unwrap();
    let high =
        world.begin(&proven("an", None, json!({ "acr": "muc-3" })), &Door::Citizen, present).await.unwrap();
    let (id, code) = world.invite(None).await;
    let strong = proven("lan", None, json!({}));
    let officer_begun = world.begin(&strong, &Door::Officer(Some(code)), present).await.unwrap();
    let people = Arc::new(world.people);
    let router = doors::around(&people, Router::new().route("/cases", get(seen).post(seen)));
    let ask = async |method: &str, cookie: &str, guard: Option<&str>, agent: &str| {
        let mut request = Request::builder().method(method).uri("/cases").header("user-agent", agent);
        if !cookie.is_empty() {
            request = request.header("cookie", format!("{}={cookie}", doors::SESSION_COOKIE));
        }
        if let Some(guard) = guard {
            request = request.header(doors::GUARD, guard);
        }
        let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let challenge =
            response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned(), challenge)
    };
    let guard = Some(high.person.guard.as_str());
    let number = format!("citizen {NUMBER}");
    assert_eq!(ask("GET", "", None, "Firefox").await.1, "nobody", "a system shows its token");
    assert_eq!(ask("GET", &high.secret, None, "Firefox").await.1, number);
    for (shown, allowed) in
        [(guard, true), (None, false), (Some(""), false), (Some(low.person.guard.as_str()), false)]
    {
        let (status, body, _) = ask("POST", &high.secret, shown, "Firefox").await;
        assert_eq!((status, body == number), if allowed { (200, true) } else { (403, false) }, "{shown:?}");
    }
    let (status, _, challenge) = ask("GET", &low.secret, None, "Firefox").await;
    let told = "Bearer error=\"insufficient_user_authentication\", acr_values=\"muc-3\"";
    assert_eq!((status, challenge.as_deref()), (401, Some(told)));
    for made_up in ["x".repeat(64), "'; DROP TABLE person_session; --".into(), trust::hex(&[7; 32])] {
        assert_eq!(ask("GET", &made_up, None, "Firefox").await.0, 401, "{made_up}");
    }
    assert_eq!(ask("GET", &officer_begun.secret, None, "Firefox").await.1, format!("officer {id}"));
    officer::remove(&people, &id, "quan-tri", present).await.unwrap();
    assert_eq!(ask("GET", &officer_begun.secret, None, "Firefox").await.0, 401);
    // A cookie in another program is gone for both.
    assert_eq!(ask("GET", &high.secret, None, "curl").await.0, 401);
    assert_eq!(ask("GET", &high.secret, None, "Firefox").await.0, 401);
}

#[test]
fn settings_tell_all_that_is_wrong_at_once() {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut value = settings();
        change(&mut value);
        serde_json::from_value::<PeopleSettings>(value).unwrap().mistakes().len()
    };
    assert_eq!(with(&|_| ()), 0);
    assert_eq!(with(&|value| value["url"] = json!("http://a.example/x")), 1);
    assert_eq!(with(&|value| value["providers"] = json!({})), 1);
    assert_eq!(with(&|value| value["session_hours"] = json!(0)), 1);
    assert_eq!(with(&|value| value["officer_level"] = json!(5)), 1);
    assert_eq!(with(&|value| value["providers"]["b"] = value["providers"]["vneid"].clone()), 2);
    assert_eq!(
        with(
            &|value| value["providers"]["B/"] = json!({ "title": { "vi": "a", "en": "a" }, "issuer": "http://a", "client_id": "", "secret_file": "a", "authority": "b", "number_claim": " ", "levels": { "a": 9 } })
        ),
        5
    );
}
