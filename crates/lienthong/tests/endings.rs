//! Calls that end in another way than with an answer: what the caller is told, and what both ledgers hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::{any, get};
use exchange::body::whole;
use ledger::Entry;
use serde_json::json;
use trust::web::fetch;

use crate::nation::{API, Nation, PEOPLE, Plan, told, until};

/// A system that takes its time, and counts what it was asked to do.
fn slow(asked: &Arc<AtomicU32>, time: Duration) -> Router {
    let asked = asked.clone();
    Router::new()
        .route(
            "/cham",
            any(move || {
                let asked = asked.clone();
                async move {
                    asked.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(time).await;
                    "xong"
                }
            }),
        )
        .route("/dai", get(|| async { "x".repeat(1_000_000) }))
        .route("/to", any(|| async { "x".repeat(50_000) }))
        .route("/dong", get(|| async { "nhanh" }))
}

async fn nation(time: Duration, settings: &str, one_provider: bool) -> (Nation, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let system = Some(slow(&asked, time));
    (Nation::start_with(Plan { system, settings, one_provider, ..Plan::default() }).await, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_whose_caller_hung_up_is_in_both_ledgers() {
    let (nation, asked) = nation(Duration::from_millis(400), "", true).await;
    for method in ["GET", "POST"] {
        let before = asked.load(Ordering::SeqCst);
        let request = nation.request(method, API, "/cham").body(whole("")).unwrap();
        let client = nation.client.clone();
        let call =
            tokio::spawn(async move { fetch(&client, request, Duration::from_secs(20), 1 << 20).await });
        until("the call", async || asked.load(Ordering::SeqCst) > before).await;
        call.abort();
    }
    until("the entries", async || nation.verify(&["p1", "c1"])["in_both"] == 2).await;
    let verified = nation.verify(&["p1", "c1"]);
    assert_eq!((&verified["whole"], &verified["only_at_provider"]), (&json!(true), &json!([])), "{verified}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_asked_to_end_finishes_what_is_under_way() {
    let (mut nation, asked) = nation(Duration::from_millis(1500), "", false).await;
    for name in ["c1", "p1"] {
        let before = asked.load(Ordering::SeqCst);
        let request = nation.request("POST", API, "/cham");
        let request = request.header("x-road-security-server", "VN/GOV/G01/nut-1").body(whole("")).unwrap();
        let client = nation.client.clone();
        let call =
            tokio::spawn(async move { fetch(&client, request, Duration::from_secs(20), 1 << 20).await });
        until("the call", async || asked.load(Ordering::SeqCst) > before).await;
        let kill = std::process::Command::new("kill").arg(nation.process_id(name).to_string()).status();
        assert!(kill.unwrap().success());
        assert_eq!(told(&call.await.unwrap().unwrap()).0, 200, "{name}");
        nation.ended(name).await;
        if name == "c1" {
            nation.start_node(name);
            nation.wait_for(1).await;
        }
    }
    // The other node of the provider has taken over.
    assert_eq!(told(&nation.get(API, "/dong").await).0, 200);
    assert_eq!(nation.verify(&["c1", "p1", "p2"])["in_both"], 3);
}

#[tokio::test]
async fn a_deed_whose_service_stays_silent_is_not_called_undone() {
    let (nation, _) = nation(Duration::from_secs(5), "service_seconds = 1", true).await;
    let (status, fault, body) = told(&nation.send(nation.request("POST", API, "/cham"), "").await);
    assert_eq!((status, fault.as_str()), (500, "LT-4110"), "{body}");
    assert!(body["message"].as_str().unwrap().contains("whether it acted is not known"), "{body}");
    assert_eq!(told(&nation.get(API, "/cham").await).1, "LT-4103", "a read may just be repeated");
}

#[tokio::test]
async fn an_answer_over_the_callers_own_limit_is_not_called_a_bad_request() {
    let (mut nation, _) = nation(Duration::ZERO, "", true).await;
    nation.kill("c1");
    let path = nation.path("c1/node.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("body_max_bytes = 10000\n{text}")).unwrap();
    nation.start_node("c1");
    nation.wait_for(1).await;
    let (status, fault, body) = told(&nation.send(nation.request("POST", API, "/to"), "").await);
    assert_eq!((status, fault.as_str()), (500, "LT-3212"), "{body}");
}

/// Fills a ledger's segment to its last bytes, and sees to it that there can be no next one.
fn fill(nation: &Nation, name: &str) {
    let folder = nation.path(name).join("ledger");
    let _ = std::fs::remove_file(folder.join("spare"));
    std::fs::create_dir(folder.join("spare")).unwrap();
    let (ledger, _) = ledger::Ledger::open(&folder, |_, _| ()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut bytes = 60_000;
    while bytes > 50 {
        let entry = Entry::Key { keyid: "đầy".into(), certificate: vec![0; bytes] };
        if runtime.block_on(ledger.append(&entry)).is_err() {
            bytes /= 2;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_cannot_record_is_passed_over_and_says_so() {
    let (mut nation, asked) = nation(Duration::ZERO, "", false).await;
    nation.kill("p1");
    tokio::task::block_in_place(|| {
        std::thread::scope(|scope| scope.spawn(|| fill(&nation, "p1")).join().unwrap())
    });
    nation.start_node("p1");
    nation.wait_for(1).await;
    for _ in 0..6 {
        assert_eq!(told(&nation.get(PEOPLE, "/924198000007").await).0, 200);
    }
    assert_eq!(nation.health("p1").await.unwrap()["fault"], "LT-5101");
    for _ in 0..4 {
        assert_eq!(told(&nation.send(nation.request("POST", API, "/cham"), "").await).0, 200);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 4, "once each: what could not be recorded was not begun");
    // Asked for by name, it says what is wrong.
    let only = nation.request("POST", API, "/cham").header("x-road-security-server", "VN/GOV/G01/nut-1");
    let (_, fault, body) = told(&nation.send(only, "").await);
    assert!(fault == "LT-3102" && body["message"].as_str().unwrap().contains("LT-5101"), "{body}");
    assert_eq!(asked.load(Ordering::SeqCst), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_answer_does_not_begin_where_it_cannot_be_recorded_and_does_when_there_is_room() {
    let (mut nation, _) = nation(Duration::ZERO, "", true).await;
    nation.kill("p1");
    tokio::task::block_in_place(|| {
        std::thread::scope(|scope| scope.spawn(|| fill(&nation, "p1")).join().unwrap())
    });
    nation.start_node("p1");
    nation.wait_for(1).await;
    let answer = nation.get(API, "/dai").await;
    let (_, fault, body) = told(&answer);
    assert!(fault == "LT-3102" && body["message"].as_str().unwrap().contains("LT-5101"), "{body}");
    assert!(answer.body().len() < 10_000, "none of it was handed over");
    let ledger = nation.verify(&["p1"])["ledgers"][0].clone();
    assert_eq!((&ledger["intents"], &ledger["provided"]), (&json!(0), &json!(0)), "{ledger}");
    assert_eq!(nation.health("p1").await.unwrap()["fault"], "LT-5101");
    // There is room again. Nobody need call for the node to know.
    std::fs::remove_dir(nation.path("p1/ledger/spare")).unwrap();
    until("health", async || nation.health("p1").await.unwrap()["healthy"] == true).await;
    assert_eq!(told(&nation.get(API, "/dai").await).0, 200);
    assert_eq!(nation.verify(&["p1", "c1"])["in_both"], 1);
}
