//! What nodes count reaches the hub once, whatever happens to nodes and clocks in between.

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::nation::{Nation, PEOPLE, Plan, told, until};

/// How many answers the hub knows of, as the consumer's node counted them.
async fn counted(nation: &Nation) -> u64 {
    let (_, live) = nation.hub("GET", "/api/v1/usage/live?minutes=2880", "").await;
    let pairs = live["pairs"].as_array().cloned().unwrap_or_default();
    pairs.iter().map(|pair| pair["at_consumer"]["answered"].as_u64().unwrap()).sum()
}

async fn call(nation: &Nation, times: usize) {
    for _ in 0..times {
        assert_eq!(told(&nation.get(PEOPLE, "/924198000007").await).0, 200);
    }
}

/// That many, and no more when some reports have come since.
async fn comes_to(nation: &Nation, expected: u64) {
    until(&format!("{expected} counted"), async || counted(nation).await >= expected).await;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(counted(nation).await, expected);
}

async fn stop(nation: &mut Nation, name: &str) {
    let id = nation.process_id(name).to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    nation.ended(name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_counted_counts_once_whatever_is_stopped_restored_or_set_back() {
    let settings = "usage_seconds = 1";
    let mut nation =
        Nation::start_with(Plan { one_provider: true, settings, clock: true, ..Plan::default() }).await;
    call(&nation, 3).await;
    comes_to(&nation, 3).await;
    // Stopped with something that was not reported: it is, after the start. The hub is away, so that it surely was not.
    nation.kill("hub");
    call(&nation, 2).await;
    stop(&mut nation, "c1").await;
    let files = ["usage-left.json", "usage-sent.json"].map(|name| nation.path("c1").join(name));
    let backup = files.clone().map(|file| std::fs::read(file).ok());
    assert!(backup.iter().any(Option::is_some));
    nation.start_hub().await;
    nation.start_node("c1");
    nation.wait_for(1).await;
    comes_to(&nation, 5).await;
    // Its state comes from a backup that was made before it reported that.
    nation.kill("c1");
    for (file, bytes) in files.iter().zip(&backup) {
        match bytes {
            Some(bytes) => std::fs::write(file, bytes).unwrap(),
            None => drop(std::fs::remove_file(file)),
        }
    }
    nation.start_node("c1");
    nation.wait_for(1).await;
    call(&nation, 1).await;
    comes_to(&nation, 6).await;
    // It ends again and again while the hub is away: what waited before waits on, beside what is new.
    nation.kill("hub");
    for _ in 0..3 {
        call(&nation, 1).await;
        stop(&mut nation, "c1").await;
        nation.start_node("c1");
        nation.wait_for(1).await;
    }
    nation.start_hub().await;
    comes_to(&nation, 9).await;
    // All clocks are a day ahead for a while.
    nation.set_clock(1);
    call(&nation, 2).await;
    comes_to(&nation, 11).await;
    nation.set_clock(0);
    call(&nation, 3).await;
    comes_to(&nation, 14).await;
    assert_eq!(nation.verify(&["p1", "c1"])["in_both"], json!(14));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_counted_counts_once_when_a_fast_clock_is_set_back_and_the_node_restarts() {
    let settings = "usage_seconds = 1";
    let mut nation = Nation::start_with(Plan { one_provider: true, settings, ..Plan::default() }).await;
    call(&nation, 1).await;
    comes_to(&nation, 1).await;
    // Nodes as fast as the hub takes it.
    for name in ["c1", "p1"] {
        stop(&mut nation, name).await;
        nation.start_node_ahead(name, "+4m");
    }
    nation.wait_for(1).await;
    call(&nation, 2).await;
    comes_to(&nation, 3).await;
    // Set back, and each time ended with something that was not reported: in the middle, and at once.
    stop(&mut nation, "p1").await;
    nation.start_node("p1");
    let mut expected = 3;
    for pause in [2500, 0, 0] {
        stop(&mut nation, "c1").await;
        nation.start_node("c1");
        nation.wait_for(1).await;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        call(&nation, 2).await;
        expected += 2;
    }
    comes_to(&nation, expected).await;
    // By a crash it knows nothing of the hub's end; it is told.
    nation.kill("c1");
    nation.start_node("c1");
    nation.wait_for(1).await;
    call(&nation, 1).await;
    comes_to(&nation, expected + 1).await;
}
