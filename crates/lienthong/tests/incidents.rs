//! A node that fails: who sees it, when, with what cause; through real processes.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::nation::{API, Nation, PEOPLE, Plan, until};

const READ: &str = "/924198000007";
const NODE: &str = "VN/GOV/G01/nut-1";

/// Somebody who looks at a hub, by the token of their account.
struct Looker {
    name: &'static str,
    token: String,
}

impl Looker {
    async fn new(nation: &Nation, name: &'static str, agency: Option<&str>, role: &str) -> Self {
        let account =
            json!({ "name": name, "person": name, "type": "service", "agency": agency, "roles": [role] });
        let body = json!({ "account": account, "reason": "thử" }).to_string();
        let (status, answer) = nation.hub("POST", "/api/v1/accounts", body).await;
        assert_eq!(status, 200, "{answer}");
        Self { name, token: answer["token"].as_str().unwrap().to_owned() }
    }

    /// What stands on their first page of incidents.
    async fn first_page(&self, nation: &Nation) -> Vec<Value> {
        let (status, page) = nation.hub_as(&self.token, "GET", "/?format=json", "").await;
        assert_eq!(status, 200, "{}: {page}", self.name);
        page["incidents"].as_array().unwrap().clone()
    }

    /// Waits until one incident stands there, with this cause.
    async fn sees(&self, nation: &Nation, cause: &str) -> Value {
        // The clocks that see to 20 seconds stand in the hub's own tests; a machine that does much else beside is given longer here.
        let began = Instant::now();
        loop {
            let page = self.first_page(nation).await;
            match &page[..] {
                [one] if one["cause"] == cause => return one.clone(),
                _ => assert!(began.elapsed() < Duration::from_secs(120), "{}: {page:?}", self.name),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until none does.
    async fn sees_none(&self, nation: &Nation) {
        until(&format!("{} sees that it is over", self.name), async || {
            self.first_page(nation).await.is_empty()
        })
        .await;
    }
}

async fn lookers(nation: &Nation) -> [Looker; 4] {
    nation.apply("{ kind: Agency, id: VN/GOV/G07, name: { vi: Bộ khác, en: Another }, bloc: government }");
    [
        Looker::new(nation, "truc-ban", None, "operator").await,
        Looker::new(nation, "chu-quan", Some("VN/GOV/G01"), "engineer").await,
        Looker::new(nation, "ben-goi", Some("VN/LOC/H05"), "engineer").await,
        Looker::new(nation, "nguoi-ngoai", Some("VN/GOV/G07"), "engineer").await,
    ]
}

#[tokio::test]
async fn a_killed_node_is_seen_by_officer_owner_and_caller_with_its_cause_and_closes_itself() {
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    let [officer, owner, caller, stranger] = lookers(&nation).await;
    assert_eq!(nation.get(PEOPLE, READ).await.status(), 200);
    assert_eq!(officer.first_page(&nation).await, Vec::<Value>::new());
    // What stands behind one service is away: the node says so itself.
    for _ in 0..3 {
        assert_ne!(nation.get(API, "/x").await.status(), 200);
    }
    let source = caller.sees(&nation, "source_down").await;
    assert_eq!((&source["subject"], &source["services"]), (&json!(NODE), &json!(1)), "{source}");
    until("the node's own health", async || {
        nation.health("p1").await.is_some_and(|health| health["degraded"] == json!(["services"]))
    })
    .await;
    // The node is killed, and called.
    let began = Instant::now();
    nation.kill("p1");
    assert_ne!(nation.get(PEOPLE, READ).await.status(), 200);
    for who in [&officer, &owner, &caller] {
        let seen = who.sees(&nation, "down").await;
        // One trouble, one incident, whatever it turned out to be.
        assert_eq!(seen["id"], source["id"], "{seen}");
    }
    eprintln!("seen by all with its cause after {:?}", began.elapsed());
    assert_eq!(stranger.first_page(&nation).await, Vec::<Value>::new());
    let id = source["id"].as_str().unwrap();
    let (_, shown) = nation.hub_as(&caller.token, "GET", &format!("/api/v1/incidents/{id}"), "").await;
    assert_eq!(shown["evidence"]["how"], json!({ "refused": 1 }), "{shown}");
    assert!(shown["affected"]["services"].as_array().unwrap().len() > 1, "{shown}");
    let parties = shown["parties"].as_array().unwrap();
    assert!(parties.len() == 3 && parties.iter().all(|party| party["told_at"].is_string()), "{shown}");
    let (status, _) = nation.hub_as(&stranger.token, "GET", &format!("/api/v1/incidents/{id}"), "").await;
    assert_eq!(status, 404);
    // The page and the commands say the same, in both languages.
    assert!(nation.page("/").await.contains(id) && nation.page("/su-co").await.contains(id));
    assert!(
        nation
            .page(&format!("/su-co/{id}?lang=en"))
            .await
            .contains("the node or its machine is probably down")
    );
    let (_, health) = nation.hub("GET", "/health", "").await;
    assert_eq!((&health["degraded"], &health["nodes"]["missed"]), (&json!(["nodes"]), &json!(1)), "{health}");
    let officer_file = ["--officer", "hub/quan-tri.json"];
    let say = |nation: &Nation, verb: &str| {
        nation.run(&[&["incident", verb, id, "--reason", "đang xem"], &officer_file[..]].concat());
    };
    say(&nation, "take");
    say(&nation, "comment");
    let listed = nation.run(&[&["incident", "list", "--live", "-o", "json"], &officer_file[..]].concat());
    assert!(listed.contains(id) && listed.contains("\"taken\""), "{listed}");
    // It is back.
    nation.start_node("p1");
    for who in [&officer, &owner, &caller] {
        who.sees_none(&nation).await;
    }
    let kept = nation.run(&[&["incident", "show", id, "-o", "json"], &officer_file[..]].concat());
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert!(kept["state"] == "recovered" && kept["ended_at"].is_string(), "{kept}");
    say(&nation, "close");
    // Announced beforehand it is none.
    nation.run(
        &[
            &["maintenance", "announce", NODE, "--to", &in_an_hour(), "--reason", "thay ổ đĩa"],
            &officer_file[..],
        ]
        .concat(),
    );
    nation.kill("p1");
    until("the hub misses it", async || nation.hub("GET", "/health", "").await.1["nodes"]["missed"] == 1)
        .await;
    // An incident would be open by now.
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(officer.first_page(&nation).await, Vec::<Value>::new());
}

fn in_an_hour() -> String {
    let now: jiff::Timestamp = hub::clock::now();
    (now + jiff::SignedDuration::from_hours(1)).to_string()
}

#[tokio::test]
async fn a_node_that_dies_while_its_hub_is_away_is_missed_and_no_other_is() {
    let mut nation = Nation::start().await;
    let [officer, _, caller, _] = lookers(&nation).await;
    // Who was never heard is not missed.
    until("all are heard", async || nation.hub("GET", "/health", "").await.1["nodes"]["known"] == 3).await;
    nation.kill("hub");
    nation.kill("p2");
    nation.start_hub().await;
    let began = Instant::now();
    let seen = officer.sees(&nation, "silent").await;
    eprintln!("seen {:?} after the hub was back", began.elapsed());
    assert_eq!(seen["subject"], "VN/GOV/G01/nut-2", "{seen}");
    // The other node serves all that this one does.
    let (_, shown) =
        nation.hub("GET", &format!("/api/v1/incidents/{}", seen["id"].as_str().unwrap()), "").await;
    let services = shown["affected"]["services"].as_array().unwrap();
    assert!(!services.is_empty() && services.iter().all(|service| service["elsewhere"] == true), "{shown}");
    assert_eq!(caller.first_page(&nation).await.len(), 1);
}
