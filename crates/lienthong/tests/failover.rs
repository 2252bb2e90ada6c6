//! Several nodes, and none; the hub alive and dead; grants that come and go.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use serde_json::json;

use crate::nation::{API, Nation, PEOPLE, Plan, told, until};

const READ: &str = "/924198000007";

#[tokio::test]
async fn both_nodes_of_a_provider_share_the_work() {
    let nation = Nation::start().await;
    for _ in 0..20 {
        assert_eq!(told(&nation.get(PEOPLE, READ).await).0, 200);
    }
    let verified = nation.verify(&["p1", "p2", "c1"]);
    let provided: Vec<u64> = (0..2).map(|at| verified["ledgers"][at]["provided"].as_u64().unwrap()).collect();
    assert_eq!(provided.iter().sum::<u64>(), 20);
    assert!(provided.iter().all(|count| *count >= 5), "{provided:?}");
    let wanted = nation.request("GET", PEOPLE, READ).header("x-road-security-server", "VN/GOV/G01/nut-2");
    assert_eq!(told(&nation.send(wanted, "").await).0, 200);
    assert_eq!(nation.verify(&["p2"])["ledgers"][0]["provided"].as_u64().unwrap(), provided[1] + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_read_fails_when_one_of_two_nodes_is_killed_and_it_is_used_again_when_it_is_back() {
    let mut nation = Nation::start().await;
    for round in 0..3 {
        let reads: Vec<_> = (0..30)
            .map(|number| {
                let request = nation.request("GET", PEOPLE, READ).body(exchange::body::whole("")).unwrap();
                let client = nation.client.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(number * 7)).await;
                    trust::web::fetch(&client, request, Duration::from_secs(20), 1 << 20)
                        .await
                        .map(|answer| answer.status().as_u16())
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(60)).await;
        nation.kill("p1");
        for read in reads {
            assert_eq!(read.await.unwrap(), Ok(200), "round {round}");
        }
        nation.start_node("p1");
        nation.wait_for(1).await;
    }
    let before = nation.verify(&["p1"])["ledgers"][0]["provided"].as_u64().unwrap();
    until("the node that is back", async || {
        nation.get(PEOPLE, READ).await;
        nation.verify(&["p1"])["ledgers"][0]["provided"].as_u64().unwrap() > before
    })
    .await;
}

#[tokio::test]
async fn without_a_node_the_caller_is_told_which_were_tried() {
    let mut nation = Nation::start().await;
    nation.kill("p1");
    nation.kill("p2");
    let (status, fault, body) = told(&nation.get(PEOPLE, READ).await);
    assert_eq!(
        (status, fault.as_str(), body["type"].as_str()),
        (500, "LT-3102", Some("server.clientproxy.network_error"))
    );
    let message = body["message"].as_str().unwrap();
    assert!(message.contains("VN/GOV/G01/nut-1") && message.contains("VN/GOV/G01/nut-2"), "{message}");
}

#[tokio::test]
async fn a_deed_whose_answer_was_lost_is_not_done_twice() {
    let deeds = Arc::new(AtomicU32::new(0));
    let counter = deeds.clone();
    let system = Router::new().route(
        "/lam",
        post(move || {
            let counter = counter.clone();
            async move {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_secs(3)).await;
                "xong"
            }
        }),
    );
    let mut nation = Nation::start_with(Plan { system: Some(system), ..Plan::default() }).await;
    let request = nation
        .request("POST", API, "/lam")
        .header("x-road-security-server", "VN/GOV/G01/nut-1")
        .body(exchange::body::whole("x"))
        .unwrap();
    let client = nation.client.clone();
    let asked = tokio::spawn(async move {
        trust::web::fetch(&client, request, Duration::from_secs(30), 1 << 20).await.unwrap()
    });
    until("the deed", async || deeds.load(Ordering::SeqCst) == 1).await;
    nation.kill("p1");
    let (status, fault, body) = told(&asked.await.unwrap());
    assert_eq!((status, fault.as_str()), (500, "LT-3103"), "{body}");
    assert_eq!(deeds.load(Ordering::SeqCst), 1);
    // The provider knew what it was about to do.
    assert_eq!(nation.verify(&["p1"])["ledgers"][0]["intents"], json!(1));
    assert_eq!(nation.verify(&["c1"])["ledgers"][0]["refusals"], json!(1));
}

#[tokio::test]
async fn without_the_hub_everything_goes_on_even_over_a_nodes_restart() {
    let mut nation = Nation::start().await;
    nation.kill("hub");
    assert_eq!(told(&nation.get(PEOPLE, READ).await).0, 200);
    for name in ["p1", "p2", "c1"] {
        nation.kill(name);
        nation.start_node(name);
    }
    nation.wait_for(1).await;
    assert_eq!(told(&nation.get(PEOPLE, READ).await).0, 200);
    // Back, it publishes again and the nodes hear of it.
    nation.start_hub().await;
    nation.wait_for(nation.revision().await).await;
    assert_eq!(told(&nation.get(PEOPLE, READ).await).0, 200);
}

#[tokio::test]
async fn a_revoked_grant_is_refused_and_a_new_one_is_taken_within_seconds() {
    let nation = Nation::start().await;
    assert_eq!(told(&nation.get(PEOPLE, READ).await).0, 200);
    nation.run(&["grant", "revoke", "--officer", "hub/quan-tri.json", "g-nguoi", "--reason", "hết nhu cầu"]);
    nation.wait_for(nation.revision().await).await;
    assert_eq!(told(&nation.get(PEOPLE, READ).await).1, "LT-2104");
    nation.apply("{ kind: Grant, id: g-moi, client: VN/LOC/H05/mot-cua, service: VN/GOV/G01/dan-cu/nguoi, uses: [{ purpose: khai-sinh, basis: nd-70 }], fields: [ho_ten], per_second: 100 }");
    nation.wait_for(nation.revision().await).await;
    assert_eq!(told(&nation.get(PEOPLE, READ).await).2, json!({ "ho_ten": "Nguyễn Thị Hòa 7" }));
}

#[tokio::test]
async fn a_damaged_directory_on_disk_is_not_used_and_heals_from_the_hub() {
    let mut nation = Nation::start().await;
    nation.kill("hub");
    nation.kill("c1");
    let targets = nation.path("c1/directory/targets");
    let charter = std::fs::read_dir(&targets)
        .unwrap()
        .flatten()
        .find(|file| file.file_name().to_string_lossy().ends_with(".charter"))
        .unwrap();
    let text = std::fs::read_to_string(charter.path()).unwrap();
    std::fs::write(charter.path(), text.replace("khai-sinh", "tiep-thi!")).unwrap();
    nation.start_node("c1");
    until("the node", async || nation.health("c1").await.is_some()).await;
    assert_eq!(nation.health("c1").await.unwrap()["fault"], "LT-6102");
    assert_eq!(told(&nation.get(PEOPLE, READ).await).1, "LT-6102");
    nation.start_hub().await;
    nation.wait_for(nation.revision().await).await;
    assert_eq!(told(&nation.get(PEOPLE, READ).await).0, 200);
}

#[tokio::test]
async fn a_node_that_leaves_the_directory_is_refused_on_connections_it_has() {
    let system = Router::new().route("/x", get(|| async { "x" }));
    let nation =
        Nation::start_with(Plan { system: Some(system), one_provider: true, ..Plan::default() }).await;
    assert_eq!(told(&nation.get(API, "/x").await).0, 200);
    // The consumer's node speaks for no system any more.
    nation.apply(&format!(
        "{{ kind: Node, id: VN/LOC/H05/nut-1, address: \"{}\", systems: [] }}",
        nation.address("c1").peer
    ));
    nation.wait_for(nation.revision().await).await;
    assert_eq!(told(&nation.get(API, "/x").await).1, "LT-2102");
}

#[tokio::test]
async fn an_address_that_is_none_costs_its_node_the_calls_and_nobody_else() {
    let mut nation = Nation::start().await;
    let node = "{ kind: Node, id: VN/GOV/G01/nut-2, address: \"nut2:57:05\", systems: [VN/GOV/G01/dan-cu] }";
    std::fs::write(nation.path("nut-2.yaml"), node).unwrap();
    let apply = ["apply", "--officer", "hub/quan-tri.json", "-f", "nut-2.yaml", "--reason", "thử"];
    let refused = nation.try_run(&apply);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("nut2:57:05"), "{said}");
    // As a store holds it from before such addresses were refused.
    nation.kill("hub");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(nation.path("hub/hub.db"));
    let mut store = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options).await.unwrap();
    sqlx::raw_sql("UPDATE node SET address = 'nut2:57:05' WHERE id = 'VN/GOV/G01/nut-2'")
        .execute(&mut store)
        .await
        .unwrap();
    sqlx::Connection::close(store).await.unwrap();
    nation.start_hub().await;
    nation.apply("{ kind: Agency, id: VN/GOV/G01, name: { vi: Bộ Công an, en: Police }, bloc: government }");
    nation.wait_for(nation.revision().await).await;
    for _ in 0..6 {
        assert_eq!(told(&nation.get(PEOPLE, READ).await).0, 200);
    }
    let long = vec![b'x'; 200_000];
    let mut codes = Vec::new();
    for _ in 0..4 {
        codes.push(told(&nation.send(nation.request("POST", API, "/x"), long.clone()).await).1);
    }
    assert!(codes.iter().all(|code| code != "LT-1104"), "{codes:?}");
    nation.kill("p1");
    let (_, fault, body) = told(&nation.get(PEOPLE, READ).await);
    assert!(
        fault == "LT-3102" && body["message"].as_str().unwrap().contains("nut2:57:05"),
        "{fault}: {body}"
    );
}
