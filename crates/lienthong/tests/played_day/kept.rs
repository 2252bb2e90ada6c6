//! What the day's report says of its cases is what the nodes keep of them: each item in a state with its reason, each exchange in both
//! ledgers, each deed once, and figures that come to the same when they are counted anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use exchange::body;
use http::Request;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use trust::web::{client as web_client, fetch};

use super::Killed;
use crate::nation::{lienthong, until};

/// Gaps of items that nobody has answered for.
const AWAY: [&str; 2] = ["source_down", "timeout"];

/// Holds a day that was kept against its nodes.
pub(super) fn check(day: &Value, keep: &Path) {
    let cases = day["cases"].as_array().unwrap();
    the_day_has_all(cases);
    cases.iter().for_each(every_item_has_ended);
    let nodes = folders(keep);
    let ledgers: BTreeMap<String, Vec<Value>> =
        nodes.iter().map(|(name, folder)| (name.clone(), entries(folder))).collect();
    for case in cases {
        every_exchange_is_in_both_ledgers(case, &ledgers);
    }
    assert_eq!(day["figures"], counted(cases), "figures of the whole day");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let offices = day["offices"].as_array().unwrap();
    for (desk, office) in day["desks"].as_array().unwrap().iter().zip(offices) {
        let system = desk["system"].as_str().unwrap();
        assert_eq!(office["system"], system);
        let own: Vec<&Value> = cases.iter().filter(|case| case["system"] == system).collect();
        assert!(own.len() >= 5, "{system}: {}", own.len());
        let name = format!("{}.nut-1", system.split('/').nth(2).unwrap());
        let (url, token) = (office["url"].as_str().unwrap(), desk["token_file"].as_str().unwrap());
        runtime.block_on(the_node_keeps_the_same(&nodes[&name], (system, url, token), &own));
    }
}

/// Every procedure is played, and what was put in comes to its reason.
fn the_day_has_all(cases: &[Value]) {
    let codes: BTreeSet<&str> = cases.iter().map(|case| case["code"].as_str().unwrap()).collect();
    // One of them is in force to the end of 2026.
    assert!(codes.len() >= 29, "{codes:?}");
    let gaps: BTreeSet<&str> = cases.iter().flat_map(items).filter_map(|item| item["gap"].as_str()).collect();
    for gap in [
        "not_found",
        "incomplete",
        "differs_population",
        "differs_sources",
        "condition_not_met",
        "source_down",
        "not_published",
        "declined",
    ] {
        assert!(gaps.contains(gap), "{gap}: {gaps:?}");
    }
    let verdicts: BTreeSet<&str> =
        cases.iter().flat_map(items).filter_map(|item| item["verdict"].as_str()).collect();
    assert!(verdicts.contains("other_spelling") && verdicts.contains("doubtful"), "{verdicts:?}");
    // The answer to a deed was lost, and its holder has told; a result of the province, and one of the commune, stand for papers.
    let found_out: Vec<&Value> =
        cases.iter().flat_map(|case| case["found_out"].as_array().unwrap()).collect();
    assert_eq!(found_out, ["ghi-so"]);
    let by_result = cases.iter().flat_map(items).filter(|item| item["result"].is_string());
    let services: Vec<Option<&str>> = by_result
        .map(|item| item["exchanges"].as_array().and_then(|all| all.last()?["service"].as_str()))
        .collect();
    assert_eq!(services, [Some("VN/LOC/H05/mot-cua/ket-qua"), None]);
    let states: BTreeSet<&str> = cases.iter().map(|case| case["case"]["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["closed", "decided"].into());
    for case in cases {
        for text in ["procedure", "agency", "outcome"] {
            assert!(
                !case[text]["vi"].as_str().unwrap().is_empty()
                    && !case[text]["en"].as_str().unwrap().is_empty(),
                "{case}"
            );
        }
    }
}

fn items(case: &Value) -> &Vec<Value> {
    case["case"]["items"].as_array().unwrap()
}

fn every_item_has_ended(case: &Value) {
    let decided = case["case"]["state"] == "decided";
    for item in items(case) {
        let told = item["gap"].is_string()
            && !item["told"]["vi"].as_str().unwrap().is_empty()
            && !item["told"]["en"].as_str().unwrap().is_empty();
        let holds = match item["state"].as_str().unwrap() {
            "accepted" | "not_applicable" => true,
            "found" => !decided,
            "gap" | "declined" | "paper" | "said" => told,
            _ => false,
        };
        assert!(holds, "{item}");
        // A paper is handed in only where a reason allows to ask for it.
        if item["asked_paper"].is_object() {
            assert!(item["asked_paper"]["needed"] == true && told, "{item}");
        }
    }
    let wanted = if decided { "done" } else { "waiting" };
    for deed in case["case"]["deeds"].as_array().into_iter().flatten() {
        assert_eq!(deed["state"], wanted, "{deed}");
    }
}

/// The nodes' folders, by name.
fn folders(keep: &Path) -> BTreeMap<String, PathBuf> {
    let all = std::fs::read_dir(keep.join("nodes")).unwrap().map(|entry| entry.unwrap().path());
    all.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path)).collect()
}

/// What a ledger holds of cases: their exchanges are made in the name of the one-stop system itself.
fn entries(folder: &Path) -> Vec<Value> {
    let output = lienthong()
        .args(["ledger", "find"])
        .arg(folder)
        .args(["--officer", "robot", "--limit", "1000", "-o", "json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    told["items"].as_array().unwrap().clone()
}

fn every_exchange_is_in_both_ledgers(case: &Value, ledgers: &BTreeMap<String, Vec<Value>>) {
    let (consumer, dossier) = (case["system"].as_str().unwrap(), &case["case"]["dossier"]);
    let consumer = format!("{}.", consumer.split('/').nth(2).unwrap());
    // What broke off on its way is in both as that.
    let found_out = case["found_out"].as_array().unwrap();
    let broke_off = |id: &str| {
        let mut deeds = case["case"]["deeds"].as_array().into_iter().flatten();
        deeds.any(|deed| deed["exchange"] == id && found_out.contains(&deed["id"]))
    };
    let found = |id: &str, of_consumer: bool| -> Vec<&Value> {
        let sides = ledgers.iter().filter(|(name, _)| name.starts_with(&consumer) == of_consumer);
        let has = |entry: &&Value| {
            let outcome = entry["outcome"].as_str().unwrap();
            let as_it_ended =
                if broke_off(id) { outcome == "failed" } else { ["answered", "empty"].contains(&outcome) };
            entry["id"] == id && as_it_ended
        };
        sides.flat_map(|(_, entries)| entries.iter().filter(has)).collect()
    };
    let (mut answered, mut away) = (BTreeSet::new(), 0);
    for item in items(case) {
        for exchange in item["exchanges"].as_array().into_iter().flatten() {
            let id = exchange["id"].as_str().unwrap();
            if found(id, true).is_empty() {
                // Left without an answer: then nobody is said to have answered by it.
                assert_eq!(exchange["fields"], json!([]), "{exchange}");
                let asked_again = item["state"] == "accepted" || item["state"] == "found";
                assert!(asked_again || AWAY.contains(&item["gap"].as_str().unwrap()), "{item}");
                away += 1;
            } else {
                answered.insert(id);
            }
        }
    }
    assert_eq!(case["figures"]["unanswered"], away, "{case}");
    let deeds =
        case["case"]["deeds"].as_array().into_iter().flatten().filter_map(|deed| deed["exchange"].as_str());
    answered.extend(deeds.filter(|id| !id.is_empty()));
    for id in answered {
        for of_consumer in [true, false] {
            let entries = found(id, of_consumer);
            assert_eq!(entries.len(), 1, "{id}, once on each side: {entries:?}");
            assert_eq!(entries[0]["case"], *dossier, "{id}");
        }
    }
}

/// The figures of cases, counted by hand.
fn counted(cases: &[Value]) -> Value {
    let mut gaps: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut look_ups, mut deeds, mut papers, mut not_asked, mut handed_in) =
        (BTreeSet::new(), BTreeSet::new(), 0, 0, 0);
    for case in cases {
        deeds.extend(
            case["case"]["deeds"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|deed| deed["exchange"].as_str())
                .filter(|id| !id.is_empty()),
        );
        for item in items(case) {
            look_ups.extend(
                item["exchanges"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|exchange| exchange["id"].as_str().unwrap()),
            );
            let state = item["state"].as_str().unwrap();
            if state == "not_applicable" {
                continue;
            }
            if !["accepted", "found"].contains(&state) {
                *gaps.entry(item["gap"].as_str().unwrap()).or_default() += 1;
            }
            if item["paper"].is_object() {
                papers += 1;
                not_asked += u64::from(state == "accepted" && item["asked_paper"].is_null());
                handed_in += u64::from(item["asked_paper"]["handed_in"].is_string());
            }
        }
    }
    let unanswered: u64 = cases.iter().map(|case| case["figures"]["unanswered"].as_u64().unwrap()).sum();
    json!({
        "look_ups": look_ups.len(), "unanswered": unanswered, "deeds": deeds.len(), "papers": papers,
        "not_asked": not_asked, "handed_in": handed_in, "gaps": gaps,
    })
}

/// The node, started again without a hub, gives each case as it was told, and no other.
async fn the_node_keeps_the_same(folder: &Path, (system, url, token): (&str, &str, &str), told: &[&Value]) {
    let mut node = lienthong();
    let _node = Killed(
        node.args(["node", "run", "--dir"])
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let listen = url.trim_start_matches("https://").trim_end_matches('/');
    until("cases are taken", async || tokio::net::TcpStream::connect(listen).await.is_ok()).await;
    let own = CertificateDer::from_pem_file(folder.join("edge.pem")).unwrap();
    let client = web_client(trust::tls::web_client(&[own]).unwrap());
    let token = std::fs::read_to_string(token).unwrap();
    let token = token.trim().strip_prefix("Lienthong-Token: ").unwrap().to_owned();
    let get = async |path: String| -> Value {
        let request = Request::get(format!("https://{listen}{path}"))
            .header("x-road-client", system)
            .header("lienthong-token", &token);
        let answer = fetch(
            &client,
            request.body(body::whole(Bytes::new())).unwrap(),
            Duration::from_secs(30),
            1 << 20,
        )
        .await
        .unwrap();
        assert_eq!(answer.status(), 200, "{path}: {answer:?}");
        serde_json::from_slice(answer.body()).unwrap()
    };
    let list = get("/cases?limit=100".to_owned()).await;
    let kept: BTreeSet<&str> =
        list["items"].as_array().unwrap().iter().map(|case| case["id"].as_str().unwrap()).collect();
    let said: BTreeSet<&str> = told.iter().map(|case| case["case"]["id"].as_str().unwrap()).collect();
    assert_eq!(kept, said, "{system}");
    for case in told {
        let kept = get(format!("/cases/{}", case["case"]["id"].as_str().unwrap())).await;
        assert_eq!(as_told(kept), as_told(case["case"].clone()));
    }
}

/// A case without what is heard later: how a correction stands at its holder.
fn as_told(mut case: Value) -> Value {
    fn leave_out(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for later in ["revision", "mark", "defect", "defect_state"] {
                    members.remove(later);
                }
                members.values_mut().for_each(leave_out);
            }
            Value::Array(items) => items.iter_mut().for_each(leave_out),
            _ => {}
        }
    }
    leave_out(&mut case);
    case
}
