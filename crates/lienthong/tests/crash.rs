//! kill -9 at any moment: what a caller was answered is in both ledgers, and what is damaged is noticed.

use std::collections::HashSet;
use std::time::Duration;

use ledger::{Entry, Side};
use serde_json::json;
use tokio::task::JoinSet;
use trust::message::Signed;
use trust::web::fetch;

use crate::nation::{Nation, PEOPLE, Plan, told};

const READ: &str = "/924198000007";

/// The ids of the exchanges that a ledger holds for `side`.
fn recorded(nation: &Nation, name: &str, side: Side) -> HashSet<String> {
    let mut ids = HashSet::new();
    let opened = ledger::Ledger::open(&nation.path(name).join("ledger"), |_, bytes| {
        if let Some(Entry::Exchange { side: found, request, .. }) = Entry::decode(bytes)
            && found == side
        {
            let signed = Signed::from_record(request.base, request.signature).unwrap();
            ids.insert(signed.covered("\"x-road-request-id\"").unwrap().to_owned());
        }
    });
    opened.unwrap();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answered_exchange_is_missing_from_either_ledger() {
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    let mut answered = HashSet::new();
    for (round, victim) in ["p1", "c1", "p1", "c1", "p1", "c1"].into_iter().enumerate() {
        let mut calls = JoinSet::new();
        for _ in 0..40 {
            let request = nation.request("GET", PEOPLE, READ).body(exchange::body::whole("")).unwrap();
            let client = nation.client.clone();
            calls.spawn(async move { fetch(&client, request, Duration::from_secs(20), 1 << 20).await });
        }
        let mut ended = 0;
        while let Some(call) = calls.join_next().await {
            if let Ok(answer) = call.unwrap()
                && answer.status().is_success()
            {
                answered.insert(answer.headers()["x-road-request-id"].to_str().unwrap().to_owned());
            }
            ended += 1;
            // In each round after other calls have been answered; the rest are under way.
            if ended == 1 + 4 * round {
                nation.kill(victim);
            }
        }
        nation.start_node(victim);
        nation.wait_for(1).await;
    }
    assert!(!answered.is_empty(), "some calls came through");
    let verified = nation.verify(&["c1", "p1"]);
    assert_eq!((&verified["whole"], &verified["only_at_consumer"]), (&json!(true), &json!([])), "{verified}");
    nation.kill("p1");
    nation.kill("c1");
    for (name, side) in [("c1", Side::Consumer), ("p1", Side::Provider)] {
        let ids = recorded(&nation, name, side);
        let missing: Vec<_> = answered.difference(&ids).collect();
        assert!(missing.is_empty(), "{name} lacks {missing:?}");
    }
}

#[tokio::test]
async fn a_damaged_ledger_is_told_by_the_node_and_by_verification() {
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    for _ in 0..5 {
        assert_eq!(told(&nation.get(PEOPLE, READ).await).0, 200);
    }
    nation.kill("p1");
    let segment = nation.path("p1/ledger/00000000000000000000.segment");
    let good = std::fs::read(&segment).unwrap();
    let mut bad = good.clone();
    bad[1500] ^= 4;
    std::fs::write(&segment, &bad).unwrap();
    nation.start_node("p1");
    let said = nation.ended("p1").await;
    assert!(said.contains("LT-8104") && said.contains("Giữ nguyên tệp làm chứng cứ"), "{said}");
    let output = nation.try_run(&["ledger", "verify", "p1", "c1"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("p1: HỎNG") && text.contains("c1: nguyên vẹn"), "{text}");
    assert_eq!(std::fs::read(&segment).unwrap(), bad, "nobody touched the evidence");
    // From the backup everything goes on.
    std::fs::write(&segment, &good).unwrap();
    nation.start_node("p1");
    nation.wait_for(1).await;
    assert_eq!(told(&nation.get(PEOPLE, READ).await).0, 200);
}

#[tokio::test]
async fn an_entry_taken_away_at_one_side_shows_at_the_other() {
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    assert_eq!(told(&nation.get(PEOPLE, READ).await).0, 200);
    nation.kill("p1");
    let segment = nation.path("p1/ledger/00000000000000000000.segment");
    let before = std::fs::read(&segment).unwrap();
    nation.start_node("p1");
    nation.wait_for(1).await;
    assert_eq!(told(&nation.get(PEOPLE, READ).await).0, 200);
    nation.kill("p1");
    std::fs::write(&segment, before).unwrap();
    let verified = nation.verify(&["p1", "c1"]);
    assert_eq!(
        (&verified["ledgers"][0]["whole"], &verified["whole"]),
        (&json!(true), &json!(false)),
        "alone it looks whole"
    );
    assert_eq!(verified["only_at_consumer"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_full_disk_keeps_a_node_from_beginning_and_says_so() {
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    nation.kill("p1");
    std::fs::remove_dir_all(nation.path("p1/ledger")).unwrap();
    std::fs::create_dir(nation.path("p1/ledger")).unwrap();
    std::os::unix::fs::symlink("/dev/full", nation.path("p1/ledger/spare")).unwrap();
    nation.start_node("p1");
    let said = nation.ended("p1").await;
    assert!(said.contains("LT-5101") && said.contains("No space left"), "{said}");
    // With room again it begins, and the symbolic full disk is gone.
    nation.start_node("p1");
    nation.wait_for(1).await;
    assert_eq!(told(&nation.get(PEOPLE, READ).await).0, 200);
}

#[tokio::test]
async fn two_processes_do_not_share_a_ledger() {
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    let settings = nation.path("p1/node.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let at = nation.address("p1");
    let moved =
        text.replace(&at.peer.to_string(), "127.0.0.1:0").replace(&at.edge.to_string(), "127.0.0.1:0");
    std::fs::write(&settings, moved).unwrap();
    let output = nation.try_run(&["node", "run", "--dir", "p1"]);
    std::fs::write(&settings, text).unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("in use by another process"), "{said}");
    nation.kill("p1");
}

#[tokio::test]
async fn nothing_is_given_out_over_a_ledger_that_was_taken_away() {
    for taken in ["p1", "c1"] {
        let nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
        assert_eq!(told(&nation.get(PEOPLE, READ).await).0, 200);
        let (folder, aside) = (nation.path(taken).join("ledger"), nation.path(taken).join("aside"));
        std::fs::rename(&folder, &aside).unwrap();
        std::fs::create_dir(&folder).unwrap();
        let health = nation.health(taken).await.unwrap();
        assert_eq!(
            (&health["healthy"], &health["fault"]),
            (&json!(false), &json!("LT-5101")),
            "before anybody calls: {health}"
        );
        for _ in 0..3 {
            let (status, fault, body) = told(&nation.get(PEOPLE, READ).await);
            assert!(status >= 500 && body["so_dinh_danh"].is_null(), "{taken}: {status} {fault} {body}");
            assert!(taken == "p1" || fault == "LT-5101", "{fault}");
        }
        std::fs::remove_dir(&folder).unwrap();
        std::fs::rename(&aside, &folder).unwrap();
        assert_eq!(told(&nation.get(PEOPLE, READ).await).0, 200, "{taken}: it is back");
        assert_eq!(nation.health(taken).await.unwrap()["healthy"], json!(true));
        assert_eq!(nation.verify(&["p1", "c1"])["whole"], json!(true));
    }
}
