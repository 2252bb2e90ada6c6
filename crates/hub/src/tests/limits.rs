//! What strangers and others can make the hub do, and what they cannot.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::apply;
use super::usage::{Reporting, row, world};
use super::world::{World, documents};
use crate::audit::growth::{self, DAILY, SMALL};
use crate::clock;
use crate::hub::Hub;
use crate::running::holding::Holders;
use crate::store::{Db, run};
use crate::web::listen::From as CameFrom;

/// A body that counts what is taken of it, and then never goes on.
pub(super) fn endless(bytes: usize) -> (Body, Arc<AtomicUsize>) {
    let taken = Arc::new(AtomicUsize::new(0));
    let count = taken.clone();
    let pieces = stream::repeat(Bytes::from(vec![b' '; 1024])).take(bytes / 1024).inspect(move |piece| {
        count.fetch_add(piece.len(), Ordering::Relaxed);
    });
    let pieces = pieces.map(Ok::<_, std::io::Error>).chain(stream::pending());
    (Body::from_stream(pieces), taken)
}

/// Writes into the store past the program.
async fn store_texts(db: &Db, statements: &[&'static str]) {
    let mut tx = db.write().await.unwrap();
    for sql in statements {
        run!(tx, *sql).unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn no_body_is_read_before_it_is_known_who_sends_it_and_that_they_may() {
    let world = World::new().await;
    let reader = world.account_of("chi-doc", None, "auditor").await;
    for (method, path, token, expect) in [
        ("POST", "/usage", None, 401),
        ("POST", "/defects", None, 401),
        ("POST", "/api/v1/apply", None, 401),
        ("POST", "/api/v1/apply", Some(&reader), 403),
        ("PUT", "/api/v1/registry/services/x", Some(&reader), 403),
        ("POST", "/api/v1/contracts?service=VN/GOV/G01/a/b&reason=x", Some(&reader), 403),
        ("POST", "/api/v1/dictionary?format=xlsx&reason=x", Some(&reader), 403),
        ("POST", "/api/v1/official-lists/nq-71-2025?reason=x", Some(&reader), 403),
        ("POST", "/api/v1/drafts/bind", Some(&reader), 403),
        ("POST", "/api/v1/drafts/publish", Some(&reader), 403),
    ] {
        let (body, taken) = endless(1024 * 1024);
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        let answer = world.answer(request.body(body).unwrap());
        let (status, _, problem) = tokio::time::timeout(Duration::from_secs(5), answer).await.unwrap();
        assert_eq!(
            (status.as_u16(), taken.load(Ordering::Relaxed)),
            (expect, 0),
            "{method} {path} {problem}"
        );
    }
    // A stranger's body is short, an officer's as long as what they ask for may be.
    for (method, path, token, at_most) in [
        ("POST", "/api/v1/session", None, 32 * 1024),
        ("POST", "/join", None, 32 * 1024),
        ("POST", "/api/v1/enrolment", None, 32 * 1024),
        ("POST", "/api/v1/accounts", Some(&world.token), 128 * 1024),
    ] {
        let (body, taken) = endless(1024 * 1024);
        let mut request =
            Request::builder().method(method).uri(path).header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        let (status, ..) = world.answer(request.body(body).unwrap()).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        assert!(taken.load(Ordering::Relaxed) <= at_most, "{path}");
    }
}

#[tokio::test]
async fn strangers_use_up_their_own_budget_and_nobody_elses() {
    let world = World::new().await;
    let mut waiting = Vec::new();
    let mut taken_of_all = Vec::new();
    for _ in 0..600 {
        let (body, taken) = endless(12 * 1024);
        taken_of_all.push(taken);
        let request = Request::post("/api/v1/session").header("content-type", "application/json");
        let mut answer = Box::pin(world.answer(request.body(body).unwrap()));
        if answer.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            waiting.push(answer);
        }
    }
    // Some are told to come again, and what the others have sent is bounded.
    assert!((100..600).contains(&waiting.len()), "{}", waiting.len());
    let held: usize = taken_of_all.iter().map(|taken| taken.load(Ordering::Relaxed)).sum();
    assert!(held < 8 * 1024 * 1024, "{held}");
    let request = Request::post("/api/v1/session").header("content-type", "application/json");
    let (status, headers, problem) = world.answer(request.body(endless(12 * 1024).0).unwrap()).await;
    assert_eq!((status, &problem["title"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("LT-7130")));
    assert!(headers.contains_key("retry-after"));
    // Whoever signs in, and whoever is signed in, does not notice.
    let asked = json!({ "name": "ai-do", "password": "không đúng đâu" });
    let (status, problem) = world.send("POST", "/api/v1/session", None, asked).await;
    assert_eq!((status, &problem["title"]), (StatusCode::UNAUTHORIZED, &json!("LT-7114")));
    let body = json!({ "documents": documents(), "reason": "nạp" });
    assert_eq!(world.send("POST", "/api/v1/apply", Some(&world.token), body).await.0, StatusCode::OK);
}

/// However many hubs there are on the store, and whenever each began.
pub(super) async fn an_agency_adds_so_much_in_a_day_at_all_hubs_together_and_may_still_revoke(url: &str) {
    let world = World::at(Some(url)).await;
    let other = Hub::open(&world.folder()).await.unwrap();
    let start = Timestamp::from_second(1_800_000_000).unwrap();
    let at = |hours: i64| start + SignedDuration::from_hours(hours);
    let take = async |hub: &Hub, who: &str, bytes: i64, now: Timestamp| {
        let mut tx = hub.db.write().await.unwrap();
        growth::take(&mut tx, who, bytes, now).await?;
        tx.commit().await
    };
    let (one, two) = (&*world.hub, &*other);
    for hub in [one, two, one, two] {
        take(hub, "a", DAILY / 4, start).await.unwrap();
    }
    for hub in [one, two] {
        let refused = take(hub, "a", DAILY / 4, start).await.unwrap_err();
        assert_eq!(refused.code(), "LT-7104");
        assert!(refused.en().contains("in 7 hours") && refused.vi().contains("7 giờ"), "{refused}");
    }
    // A hub that begins anew knows it, too.
    let third = Hub::open(&world.folder()).await.unwrap();
    take(&third, "a", DAILY / 4, start).await.unwrap_err();
    // What is small goes on for as much again, and others do not notice.
    take(two, "a", SMALL, start).await.unwrap();
    let almost = start + SignedDuration::from_hours(48) - SignedDuration::from_millis(1500);
    let mut tx = one.db.write().await.unwrap();
    run!(tx, "UPDATE trail_growth SET paid_until = $1 WHERE who = 'a'" => almost.to_string()).unwrap();
    tx.commit().await.unwrap();
    take(one, "a", SMALL, start).await.unwrap();
    take(two, "a", SMALL, start).await.unwrap_err();
    take(two, "b", DAILY, start).await.unwrap();
    // What was refused, or rolled back, counts nothing.
    take(one, "b", DAILY, at(23)).await.unwrap_err();
    let mut tx = two.db.write().await.unwrap();
    growth::take(&mut tx, "b", DAILY, at(24)).await.unwrap();
    drop(tx);
    take(one, "b", DAILY, at(24)).await.unwrap();
    take(one, "a", SMALL, at(23)).await.unwrap();
    take(two, "a", SMALL + 1, at(23)).await.unwrap_err();
    // Whoever owes nothing is forgotten, the others are not.
    let mut tx = one.db.write().await.unwrap();
    growth::forget_paid(&mut tx, at(47)).await.unwrap();
    tx.commit().await.unwrap();
    take(two, "b", DAILY, at(47)).await.unwrap_err();
    take(two, "a", DAILY, at(72)).await.unwrap();
    // A clock that was a year ahead holds nobody up.
    take(one, "c", DAILY, at(24 * 365)).await.unwrap();
    take(two, "c", DAILY, start).await.unwrap();
}

#[tokio::test]
async fn what_an_agency_adds_to_the_trail_in_a_day_is_bounded_and_others_go_on() {
    let world = World::new().await;
    apply(&world.hub.db, &documents()).await.unwrap();
    // One that no other test has bodies under way for: those of an agency have a part of what the process holds.
    let more = json!([{ "kind": "Agency", "id": "VN/LOC/H05", "name": { "vi": "Tỉnh", "en": "Province" }, "bloc": "local" }]);
    apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(more).unwrap()).await.unwrap();
    let one = world.account_of("ky-su-1", Some("VN/LOC/H05"), "engineer").await;
    let other = world.account_of("ky-su-2", Some("VN/GOV/G01"), "engineer").await;
    let change = async |token: &str, agency: &str, letter: &str, count: usize| {
        let name = json!({ "vi": letter.repeat(900), "en": letter.repeat(900) });
        let documents = (0..count)
            .map(|number| json!({ "kind": "System", "id": format!("{agency}/moi-{number}"), "name": name }));
        let body = json!({ "documents": documents.collect::<Vec<_>>(), "reason": "thử" });
        // Heavy work of other tests in this process may have the hub say that it is busy.
        for _ in 0..200 {
            let (status, answer) = world.send("POST", "/api/v1/apply", Some(token), body.clone()).await;
            if status != StatusCode::SERVICE_UNAVAILABLE {
                return (status, answer);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it stays busy")
    };
    let (status, problem) = change(&one, "VN/LOC/H05", "a", 20).await;
    assert_eq!(status, StatusCode::OK, "{problem}");
    let mut tx = world.hub.db.read().await.unwrap();
    let last = growth::last(&mut tx).await.unwrap();
    // With what each entry takes beside.
    let bytes = growth::since(&mut tx, last - 20).await.unwrap();
    assert!((20 * 2300..20 * 3000).contains(&bytes), "{bytes}");
    drop(tx);
    // As if its people had changed much today.
    let mut tx = world.hub.db.write().await.unwrap();
    growth::take(&mut tx, "VN/LOC/H05", 1023 * 1024 * 1024 + 900 * 1024, clock::now()).await.unwrap();
    tx.commit().await.unwrap();
    // Each entry tells how it was and how it is, so what is changed counts twice: 1 MB is left, less what came before.
    let mut refused = None;
    for letter in ["b", "c", "d"] {
        let (status, answer) = change(&one, "VN/LOC/H05", letter, 20).await;
        refused = refused.or((status != StatusCode::OK).then_some((letter, status, answer)));
    }
    let (letter, status, problem) = refused.expect("more than a day holds");
    assert_eq!((status, &problem["title"]), (StatusCode::BAD_REQUEST, &json!("LT-7104")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("audit trail"), "{problem}");
    let (_, there) =
        world.send("GET", "/api/v1/registry/systems/VN%2FLOC%2FH05%2Fmoi-0", Some(&one), Value::Null).await;
    assert!(!there["name"]["en"].as_str().unwrap().contains(letter), "nothing of it stays");
    // What is small goes on, and so does everybody else.
    assert_eq!(change(&one, "VN/LOC/H05", "e", 1).await.0, StatusCode::OK);
    assert_eq!(change(&other, "VN/GOV/G01", "a", 20).await.0, StatusCode::OK);
}

#[tokio::test]
async fn one_agency_uses_up_its_own_part_and_nobody_elses() {
    let world = World::new().await;
    apply(&world.hub.db, &documents()).await.unwrap();
    let one = world.account_of("ky-su-1", Some("VN/GOV/G15"), "engineer").await;
    let other = world.account_of("ky-su-2", Some("VN/GOV/G01"), "engineer").await;
    let send = |token: &str, bytes: usize| {
        let request = Request::post("/api/v1/grants/x/revoke").header("content-type", "application/json");
        let request = request.header("authorization", token);
        let answer = world.answer(request.body(endless(bytes).0).unwrap());
        tokio::time::timeout(Duration::from_secs(8), answer)
    };
    // Bodies that never end: of short ones an agency has some, and then is told to come again.
    let tried = futures::future::join_all((0..300).map(|_| send(&one, 60 * 1024))).await;
    let refused = tried.iter().flatten().filter(|(_, _, problem)| problem["title"] == "LT-7130").count();
    assert!((200..300).contains(&refused), "{refused} of 300 were refused");
    // While they stand, others send what they have to.
    let crowd = futures::future::join_all((0..300).map(|_| send(&one, 60 * 1024)));
    let body = json!({ "documents": [{ "kind": "System", "id": "VN/GOV/G01/moi", "name": { "vi": "x".repeat(900), "en": "x".repeat(900) } }], "reason": "y".repeat(1990) });
    assert!(body.to_string().len() > 3000);
    let others = async {
        let (status, answer) = world.send("POST", "/api/v1/apply", Some(&other), body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    };
    tokio::join!(crowd, others);
}

#[tokio::test]
async fn whoever_reads_does_not_wait_for_those_who_write() {
    let world = World::new().await;
    let reader = world.account_of("chi-doc", None, "auditor").await;
    // The use of what they show is to be noted.
    store_texts(
        &world.hub.db,
        &["UPDATE credential SET used_at = '2026-01-01T00:00:00Z' WHERE account = 'chi-doc'"],
    )
    .await;
    let long = world.hub.db.write().await.unwrap();
    let asked = world.send("GET", "/api/v1/registry/agencies", Some(&reader), Value::Null);
    let (status, answer) = tokio::time::timeout(Duration::from_secs(5), asked).await.expect("it waits");
    assert_eq!(status, StatusCode::OK, "{answer}");
    drop(long);
}

#[tokio::test]
async fn of_an_agency_one_change_waits_at_a_time_and_it_is_not_endless() {
    let world = World::new().await;
    apply(&world.hub.db, &documents()).await.unwrap();
    let one = world.account_of("ky-su-1", Some("VN/GOV/G01"), "engineer").await;
    let other = world.account_of("ky-su-2", Some("VN/GOV/G15"), "engineer").await;
    let system = |id: &str| json!({ "kind": "System", "id": id, "name": { "vi": "Mới", "en": "New" } });
    let send = |token: &str, id: String, dry_run: bool| {
        let body = json!({ "documents": [system(&id)], "reason": "thử", "dry_run": dry_run });
        let token = token.to_owned();
        let world = &world;
        async move { world.send("POST", "/api/v1/apply", Some(&token), body).await.0 }
    };
    // All that one agency sends stands behind its own; so the other's, which comes last, is done among the first.
    let long = world.hub.db.write().await.unwrap();
    let (done, order) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
    let many = futures::future::join_all((0..40).map(|number| {
        let sent = send(&one, format!("VN/GOV/G01/moi-{number}"), true);
        let done = &done;
        async move {
            let status = sent.await;
            done.fetch_add(1, Ordering::SeqCst);
            status
        }
    }));
    let last = async {
        let come = async |agency: &str, number: usize| {
            while world.hub.writers.taken(agency) < number {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        come("VN/GOV/G01", 40).await;
        let sent = send(&other, "VN/GOV/G15/moi".into(), false);
        let release = async {
            come("VN/GOV/G15", 1).await;
            drop(long);
        };
        let (status, ()) = tokio::join!(sent, release);
        order.store(done.load(Ordering::SeqCst), Ordering::SeqCst);
        status
    };
    let (all, last) = tokio::join!(many, last);
    assert!(all.iter().chain([&last]).all(|status| *status == StatusCode::OK), "{all:?} {last}");
    assert!(order.load(Ordering::SeqCst) < 10, "it waited behind {order:?} of the other's");
    let many: Vec<Value> = (0..5001).map(|number| system(&format!("VN/GOV/G01/x-{number}"))).collect();
    let body = json!({ "documents": many, "reason": "thử", "dry_run": true });
    let (status, problem) = world.send("POST", "/api/v1/apply", Some(&one), body).await;
    assert_eq!((status, &problem["title"]), (StatusCode::BAD_REQUEST, &json!("LT-7102")), "{problem}");
}

#[tokio::test]
async fn strangers_see_nothing_of_the_directory() {
    let world = World::new().await;
    apply(&world.hub.db, &documents()).await.unwrap();
    let node = Reporting::admitted(&world).await;
    world.hub.directory.publish(&world.hub.db, clock::now(), true).await.unwrap();
    let foreign =
        trust::certificate::from_base64(&trust::certificate::to_base64(world.hub.authority.certificate()));
    for path in ["/directory/revision", "/directory/metadata/timestamp.json"] {
        let ask = async |from: Option<CameFrom>, token: Option<&str>| {
            let mut request = Request::get(path);
            if let Some(from) = from {
                request = request.extension(from);
            }
            if let Some(token) = token {
                request = request.header("authorization", token);
            }
            world.answer(request.body(Body::empty()).unwrap()).await.0.as_u16()
        };
        assert_eq!(ask(None, None).await, 401, "{path}");
        assert_eq!(ask(None, Some("Bearer wrong")).await, 401, "{path}");
        // A certificate of our own authority that is no node's counts for nothing.
        assert_eq!(ask(Some(CameFrom::showing(foreign.clone().unwrap())), None).await, 403, "{path}");
        assert_eq!(ask(Some(CameFrom::showing(node.tls.clone())), None).await, 200, "{path}");
        assert_eq!(ask(None, Some(&world.token)).await, 200, "{path}");
    }
}

pub(super) async fn a_report_is_small_names_what_is_known_and_comes_at_its_pace(url: &str) {
    let world = world(url).await;
    let mut node = Reporting::admitted(&world).await;
    let mut made_up = row("VN/GOV/G15/ho-tich", "khong-co", 2);
    made_up["figures"]["faults"] = json!({ "LT-4101": 1, "LT-9999": 5, "x": 1 });
    let rows = json!([made_up, row("VN/GOV/G99/khong-co", "khai-sinh", 3)]);
    assert_eq!(node.report(&world, rows).await.1["taken"], true);
    let (_, live) = world.send("GET", "/api/v1/usage/live", Some(&world.token), Value::Null).await;
    assert_eq!(live["pairs"].as_array().unwrap().len(), 1, "{live}");
    assert_eq!(live["pairs"][0]["at_provider"]["faults"], json!({ "LT-4101": 1 }));
    let (_, days) = world
        .send("GET", "/api/v1/usage?client=VN%2FGOV%2FG15%2Fho-tich", Some(&world.token), Value::Null)
        .await;
    assert_eq!(days["items"][0]["purpose"], "?");
    // A long one is taken in several transactions, and once.
    let many: Vec<Value> = (0..450).map(|_| row("VN/GOV/G15/ho-tich", "khai-sinh", 1)).collect();
    let (status, told) = node.report(&world, json!(many)).await;
    assert_eq!(told["taken"], true, "{status} {told}");
    let (_, days) = world
        .send("GET", "/api/v1/usage?client=VN%2FGOV%2FG15%2Fho-tich", Some(&world.token), Value::Null)
        .await;
    let of = |purpose: &str| {
        let items = days["items"].as_array().unwrap();
        items.iter().find(|item| item["purpose"] == purpose).unwrap()["figures"]["answered"].clone()
    };
    assert_eq!((of("khai-sinh"), of("?")), (json!(450), json!(2)));
    let too_many: Vec<Value> = (0..2001).map(|_| row("VN/GOV/G15/ho-tich", "khai-sinh", 1)).collect();
    assert_eq!(node.report(&world, json!(too_many)).await.0, StatusCode::FORBIDDEN);
    // Somebody's node that reports without end is told to wait, and nothing is lost.
    let mut last = StatusCode::OK;
    for _ in 0..40 {
        last = node.report(&world, json!([])).await.0;
    }
    assert_eq!(last, StatusCode::SERVICE_UNAVAILABLE);
}

pub(super) async fn an_agency_that_grows_too_large_is_refused_and_stops_nobody(url: &str) {
    let world = World::at(Some(url)).await;
    apply(&world.hub.db, &documents()).await.unwrap();
    world.hub.directory.publish(&world.hub.db, clock::now(), false).await.unwrap();
    let engineer = world.account_of("ky-su", Some("VN/GOV/G01"), "engineer").await;
    let service = |number: usize, fields: usize| {
        let label = "Một trường có tên rất dài ".repeat(4);
        let label = label.trim();
        let fields: Vec<Value> = (0..fields)
            .map(|field| json!({ "name": format!("f{field}"), "label": { "vi": label, "en": label } }))
            .collect();
        json!({ "kind": "Service", "id": format!("VN/GOV/G01/dan-cu/lon-{number}"), "name": { "vi": "Lớn", "en": "Large" },
            "dataset": { "key": "f0", "fields": fields } })
    };
    let send = async |documents: Vec<Value>| {
        let body = json!({ "documents": documents, "reason": "thử" });
        world.send("POST", "/api/v1/apply", Some(&engineer), body).await
    };
    let mut large = service(0, 1000);
    for field in large["dataset"]["fields"].as_array_mut().unwrap() {
        field["label"]["vi"] = json!("đ".repeat(900));
    }
    let (status, problem) = send(vec![large]).await;
    assert_eq!((status, &problem["title"]), (StatusCode::BAD_REQUEST, &json!("LT-7104")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("too large for the directory"), "{problem}");
    assert_eq!(send(vec![service(0, 1000), service(1, 1000)]).await.0, StatusCode::OK);
    // As if there were many of them.
    for number in 2..40 {
        let mut tx = world.hub.db.write().await.unwrap();
        run!(
            tx,
            "INSERT INTO service (id, system, agency, name_vi, name_en, offer)
             SELECT $1, system, agency, name_vi, name_en, offer FROM service WHERE id = 'VN/GOV/G01/dan-cu/lon-0'"
            => format!("VN/GOV/G01/dan-cu/lon-{number}")
        )
        .unwrap();
        tx.commit().await.unwrap();
    }
    let (status, problem) = send(vec![service(40, 1000)]).await;
    assert_eq!((status, &problem["title"]), (StatusCode::BAD_REQUEST, &json!("LT-7104")), "{problem}");
    assert!(
        problem["detail"].as_str().unwrap().contains("its part of the directory would come to"),
        "{problem}"
    );
    // Others go on; and whoever is over may take things away.
    let (_, health) = world.send("GET", "/health", None, Value::Null).await;
    assert_eq!((&health["healthy"], &health["directory"]["left_out"]), (&json!(true), &json!(0)), "{health}");
    let removed = world
        .send(
            "DELETE",
            "/api/v1/registry/services/VN%2FGOV%2FG01%2Fdan-cu%2Flon-0?reason=x",
            Some(&engineer),
            Value::Null,
        )
        .await;
    assert_eq!(removed.0, StatusCode::OK, "{}", removed.1);
    assert_eq!(send(vec![service(1, 900)]).await.0, StatusCode::OK, "smaller than it was");
    let revoke = json!({ "reason": "thôi" });
    let (status, _) =
        world.send("POST", "/api/v1/grants/g-khai-sinh/revoke", Some(&world.token), revoke).await;
    assert_eq!(status, StatusCode::OK);
    let largest: i64 = {
        let mut tx = world.hub.db.read().await.unwrap();
        let rows: Vec<(i64,)> = crate::store::all!(tx, "SELECT length FROM directory_part").unwrap();
        rows.into_iter().map(|(length,)| length).max().unwrap()
    };
    assert!(largest < model::directory::PART_MAX_BYTES as i64);
}

#[tokio::test]
async fn what_cannot_be_named_is_refused_and_what_is_spoilt_is_left_out_by_name() {
    let world = World::new().await;
    apply(&world.hub.db, &documents()).await.unwrap();
    for code in ["a~b", "%C4%90%E1%BB%93ng", &"a".repeat(200)] {
        let agency = json!({ "kind": "Agency", "id": format!("VN/LOC/{code}"), "name": { "vi": "A", "en": "A" }, "bloc": "local" });
        let body = json!({ "documents": [agency], "reason": "thử" });
        let (status, problem) = world.send("POST", "/api/v1/apply", Some(&world.token), body).await;
        assert_eq!((status, &problem["title"]), (StatusCode::BAD_REQUEST, &json!("LT-7104")), "{problem}");
    }
    // Rows that an older program let in, or that somebody has spoilt.
    store_texts(
        &world.hub.db,
        &[
            "INSERT INTO agency (id, parent, name_vi, name_en, bloc, assumed_code) VALUES ('VN/LOC/a~b', NULL, 'A', 'A', '\"local\"', 0)",
            "INSERT INTO service (id, system, agency, name_vi, name_en, offer) VALUES ('VN/GOV/G01/dan-cu/hong', 'VN/GOV/G01/dan-cu', 'VN/GOV/G01', 'A', 'A', '{')",
            "INSERT INTO directory_touched (part) VALUES ('agency~VN~LOC~a~b') ON CONFLICT DO NOTHING",
            "INSERT INTO directory_touched (part) VALUES ('agency~VN~GOV~G01') ON CONFLICT DO NOTHING",
        ],
    )
    .await;
    let revision = world.hub.directory.publish(&world.hub.db, clock::now(), false).await.unwrap();
    let (_, told) = world.send("GET", "/api/v1/directory/holding", Some(&world.token), Value::Null).await;
    let left_out: Vec<&str> =
        told["left_out"].as_array().unwrap().iter().map(|one| one["subject"].as_str().unwrap()).collect();
    assert!(left_out.iter().any(|subject| subject.contains("a~b")), "{told}");
    assert!(left_out.contains(&"Service VN/GOV/G01/dan-cu/hong"), "{told}");
    assert_eq!(told["newest"], json!(revision));
    let (_, health) = world.send("GET", "/health", None, Value::Null).await;
    assert_eq!(health["healthy"], false);
    // The agency's other service is there still.
    let mut tx = world.hub.db.read().await.unwrap();
    let part: Option<(String,)> = crate::store::optional!(
        tx,
        "SELECT f.content FROM directory_part p JOIN directory_file f ON f.path = 'targets/' || p.sha256 || '.' || p.name WHERE p.name = 'agency~VN~GOV~G01'"
    )
    .unwrap();
    let part: Value = serde_json::from_str(&part.unwrap().0).unwrap();
    assert_eq!(part["services"].as_array().unwrap().len(), 1);
    // And a hub starts with all of that in its store.
    let again = Hub::open(&world.folder()).await.unwrap();
    store_texts(&again.db, &["DELETE FROM directory_state"]).await;
    again.directory.publish(&again.db, clock::now(), true).await.unwrap();
    // Mended, it is told no more.
    store_texts(
        &again.db,
        &[
            "DELETE FROM service WHERE id = 'VN/GOV/G01/dan-cu/hong'",
            "DELETE FROM agency WHERE id = 'VN/LOC/a~b'",
            "INSERT INTO directory_touched (part) VALUES ('agency~VN~LOC~a~b') ON CONFLICT DO NOTHING",
            "INSERT INTO directory_touched (part) VALUES ('agency~VN~GOV~G01') ON CONFLICT DO NOTHING",
        ],
    )
    .await;
    again.directory.publish(&again.db, clock::now(), true).await.unwrap();
    assert_eq!(crate::running::directory::left_out(&mut again.db.read().await.unwrap()).await.unwrap(), []);
}

pub(super) async fn an_officer_sees_which_nodes_hold_what_was_decided_and_which_do_not(url: &str) {
    let world = world(url).await;
    let node = Reporting::admitted(&world).await;
    let holding = async |query: &str| {
        let path = format!("/api/v1/directory/holding?{query}");
        world.send("GET", &path, Some(&world.token), Value::Null).await.1
    };
    let revoke = json!({ "reason": "thôi" });
    let (_, answer) =
        world.send("POST", "/api/v1/grants/g-khai-sinh/revoke", Some(&world.token), revoke).await;
    let revision = answer["revision"].as_u64().unwrap();
    let query = format!("grant=g-khai-sinh&revision={revision}");
    let told = holding(&query).await;
    assert_eq!((&told["held"], &told["of"]), (&json!(0), &json!(1)), "{told}");
    assert_eq!(
        (&told["not_yet"][0]["node"], &told["not_yet"][0]["revision"]),
        (&json!("VN/GOV/G01/nut-1"), &Value::Null)
    );
    let says = async |known: u64| {
        let request = Request::get(format!("/directory/revision?after={known}"));
        let request = request.extension(CameFrom::showing(node.tls.clone())).body(Body::empty()).unwrap();
        let _ = tokio::time::timeout(Duration::from_millis(100), world.answer(request)).await;
        world.hub.holders.keep_now(&world.hub.db).await.unwrap();
    };
    says(revision - 1).await;
    let told = holding(&query).await;
    assert_eq!((&told["held"], &told["not_yet"][0]["revision"]), (&json!(0), &json!(revision - 1)), "{told}");
    says(revision).await;
    for query in [query.as_str(), "service=VN/GOV/G01/dan-cu/nguoi", ""] {
        let told = holding(query).await;
        assert_eq!(
            (&told["held"], &told["of"], &told["not_yet"]),
            (&json!(1), &json!(1), &json!([])),
            "{told}"
        );
    }
    assert_eq!(holding("grant=khong-co").await["title"], "LT-7105");
    // What one hub was told, others see; and it is no more than what nodes have said.
    Holders::default().keep_now(&world.hub.db).await.unwrap();
}

pub(super) async fn histories_are_for_those_concerned_and_name_nobody_of_another_agency(url: &str) {
    let world = world(url).await;
    let people = [
        ("lan.g01", Some("VN/GOV/G01"), "data_officer"),
        ("minh.g15", Some("VN/GOV/G15"), "data_officer"),
        ("thu.hub", None, "auditor"),
    ];
    let mut tokens = Vec::new();
    for (name, agency, role) in people {
        tokens.push(world.account_of(name, agency, role).await);
    }
    let [lan, minh, thu] = &tokens[..] else { panic!() };
    let grant = json!({ "kind": "Grant", "id": "g-lan", "client": "VN/GOV/G15/ho-tich", "service": "VN/GOV/G01/dan-cu/nguoi",
        "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": ["ho_ten"], "per_second": 5 });
    let body = json!({ "documents": [grant], "reason": "cấp" });
    assert_eq!(world.send("POST", "/api/v1/apply", Some(lan), body).await.0, StatusCode::OK);
    let history = async |token: &str, path: &str| {
        world.send("GET", &format!("/api/v1/registry/{path}/history"), Some(token), Value::Null).await
    };
    // The two sides of a grant, and the hub; of the other side's people they see whose they are.
    for (token, who) in [(lan, "lan.g01"), (minh, "VN/GOV/G01"), (thu, "lan.g01")] {
        let (status, told) = history(token, "grants/g-lan").await;
        assert_eq!((status, told["items"][0]["who"].as_str()), (StatusCode::OK, Some(who)), "{told}");
        assert_eq!(told["items"][0]["origin"].is_null(), who == "VN/GOV/G01", "{told}");
    }
    // What is another's, is; what is for all, is for all.
    assert_eq!(history(minh, "services/VN%2FGOV%2FG01%2Fdan-cu%2Fnguoi").await.0, StatusCode::FORBIDDEN);
    assert_eq!(history(minh, "grants/g-khai-sinh").await.0, StatusCode::FORBIDDEN);
    assert_eq!(history(minh, "nodes/VN%2FGOV%2FG01%2Fnut-1").await.0, StatusCode::FORBIDDEN);
    let (status, told) = history(minh, "terms/ndg:ID-004").await;
    assert_eq!(status, StatusCode::OK);
    assert!(!told.to_string().contains("quan-tri"), "{told}");
    // After it was revoked, too.
    let revoke = json!({ "reason": "thôi" });
    assert_eq!(world.send("POST", "/api/v1/grants/g-lan/revoke", Some(lan), revoke).await.0, StatusCode::OK);
    let (status, told) = history(minh, "grants/g-lan").await;
    assert_eq!((status, &told["items"][0]["act"]), (StatusCode::OK, &json!("revoked")));
    assert!(!told.to_string().contains("lan.g01"), "{told}");
}
