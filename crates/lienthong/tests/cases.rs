//! Cases at a commune's node, through the binary: a scope is published and a procedure, the hub compiles grants from them, the one-stop system
//! opens cases, and registers of another agency are asked; sources fail, processes are killed, the scope ends. What was asked is in both
//! ledgers, and nothing of anybody is where it does not belong.

mod office;
mod results;
mod signing;

use std::time::Duration;

use model::casework::{RECEIPT_SIGNED_AS, Receipt, SignedReceipt};
use serde_json::{Value, json};

use office::{Office, SCOPE, mother};
use signing::{Provider, Visitor};

use crate::nation::{Nation, read, until};

/// What all names of the registers begin with, and those that are said in their place.
const NAME: &str = "Nguyễn Thị H";

/// How an item of a case stands: its state and the code of its gap.
fn stands(case: &Value, id: &str) -> (String, String) {
    let item = case["items"].as_array().unwrap().iter().find(|item| item["id"] == id).unwrap();
    let text = |member: &str| item[member].as_str().unwrap_or_default().to_owned();
    (text("state"), text("gap"))
}

fn is(state: &str, gap: &str) -> (String, String) {
    (state.to_owned(), gap.to_owned())
}

/// The exchanges that a ledger holds under a caller's id.
fn in_ledger(nation: &Nation, node: &str, id: &str) -> Vec<Value> {
    nation.json(&["ledger", "find", node, "--id", id, "-o", "json"])["items"].as_array().unwrap().clone()
}

/// Whether a number or a name of somebody in the registers is among these bytes.
fn names_somebody(bytes: &[u8]) -> bool {
    let number = |part: &[u8]| part.starts_with(b"9241980") && part.iter().all(u8::is_ascii_digit);
    bytes.windows(12).any(number) || bytes.windows(NAME.len()).any(|part| part == NAME.as_bytes())
}

/// All files of a folder, with what is in them.
fn files(nation: &Nation, folder: &str) -> Vec<(String, Vec<u8>)> {
    let (mut found, mut folders) = (Vec::new(), vec![nation.path(folder)]);
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap().flatten() {
            if file.path().is_dir() {
                folders.push(file.path());
            } else {
                found.push((file.path().display().to_string(), std::fs::read(file.path()).unwrap()));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

/// Nothing of anybody is at the hub, in a ledger, in a log, or in the clear at the node whose cases these are.
fn nobody_is_where_they_do_not_belong(nation: &Nation) {
    assert!(names_somebody("x924198000007y".as_bytes()) && !names_somebody(b"9241980x0007"));
    for folder in ["hub", "c1", "p1"] {
        for (file, bytes) in files(nation, folder) {
            assert!(!names_somebody(&bytes), "{file}");
        }
    }
    for log in ["hub", "c1", "p1"] {
        assert!(!names_somebody(nation.log(log).as_bytes()), "{log}: {}", nation.log(log));
    }
}

/// The receipt of a case, its signature checked against the certificate that the hub gave the node.
async fn receipt(office: &Office, id: &str) -> Receipt {
    let (status, said) = office.get(&format!("/cases/{id}/receipt")).await;
    assert_eq!(
        (status, &office.get(&format!("/cases/{id}/receipt")).await.1),
        (200, &said),
        "the same bytes"
    );
    let signed: SignedReceipt = serde_json::from_value(said).unwrap();
    let key = trust::certificate::signing_key(&read(&office.nation.path("c1/signing.der"))).unwrap();
    let signature: Vec<u8> = (0..signed.signature.len() / 2)
        .map(|at| u8::from_str_radix(&signed.signature[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    let over = |text: &str| [RECEIPT_SIGNED_AS, text.as_bytes()].concat();
    assert!(key.verifies(&over(&signed.receipt), &signature), "{}", signed.receipt);
    assert!(!key.verifies(&over(&signed.receipt.replace("9.000001@1", "9.000001@2")), &signature));
    assert!(signed.key.starts_with("VN/LOC/H05/nut-1#"), "{}", signed.key);
    assert!(!names_somebody(signed.receipt.as_bytes()), "{}", signed.receipt);
    serde_json::from_str(&signed.receipt).unwrap()
}

/// Those who operate the one-stop system look at cases from the command line.
fn operators_see_it(office: &Office, id: &str) {
    let token = office.nation.path("mot-cua.token");
    std::fs::write(&token, format!("Lienthong-Token: {}\n", office.nation.token())).unwrap();
    let (url, token) = (office.address("/"), token.display().to_string());
    let run = |what: &[&str]| {
        let at = ["--url", &url, "--system", crate::nation::CLIENT, "--token", &token, "-o", "json"];
        office.nation.json(&[&["case"], what, &at].concat())
    };
    let listed = run(&["list", "--state", "decided"])["items"].clone();
    assert_eq!((&listed[0]["id"], &listed[0]["dossier"]), (&json!(id), &json!("HS-7")), "{listed}");
    assert_eq!(run(&["show", id])["state"], "decided");
    assert_eq!(run(&["log", id])["items"][0]["happened"], "opened");
}

/// A correction is a defect of the holder's at the hub, by the exchange that brought the value, and the case says how it stands.
async fn reaches_the_holder(office: &Office, id: &str) {
    let correction = async || {
        let (_, case) = office.get(&format!("/cases/{id}")).await;
        let line = case["form"].as_array().unwrap().iter().find(|line| line["fact"] == "me.ho_ten").unwrap();
        (line["correction"].clone(), line["value"]["exchange"].clone())
    };
    until("the hub has it", async || correction().await.0["defect_state"] == "open").await;
    let (told, exchange) = correction().await;
    let path = format!("/api/v1/quality/defects/{}", told["defect"].as_str().unwrap());
    let (status, defect) = office.nation.hub("GET", &path, "").await;
    assert_eq!(status, 200, "{defect}");
    let of = |member: &str| defect[member].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        [of("owner"), of("reporter"), of("field"), of("kind")],
        ["VN/GOV/G01", "VN/LOC/H05", "ho_ten", "differs"],
        "{defect}"
    );
    assert_eq!(defect["exchange"], exchange);
}

/// A case that is opened, looked through, corrected, submitted, and proved.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one journey, step by step")]
async fn a_case_asks_the_registers_and_is_submitted_with_a_receipt() {
    let office = Office::open().await;
    let opened = office.begin("k-1", 7).await;
    let id = opened["id"].as_str().unwrap().to_owned();
    let case = office.settled(&id).await;
    assert_eq!(case["state"], "preview", "{case}");
    assert!(case["due"].as_str() > case["opened"].as_str(), "a working day later: {case}");
    for item in ["me", "ket-hon", "cha"] {
        assert_eq!(stands(&case, item), is("found", ""), "{case}");
    }
    let values = |item: usize| case["items"][item]["values"].clone();
    assert_eq!(values(0)["me.ho_ten"]["value"], "Nguyễn Thị Hòa 7");
    assert_eq!(values(0)["me.ho_ten"]["from"]["en"], "Ministry of Public Security");
    assert_eq!(
        values(2)["cha.ho_ten"]["value"],
        "Nguyễn Thị Hòa 107",
        "asked by what the register of marriages gave"
    );
    assert_eq!(case["items"][0]["exchanges"][0]["basis"], "NĐ 70/2024/NĐ-CP");
    // The same key is the same case; with other words it is refused.
    assert_eq!(office.begin("k-1", 7).await["id"], id.as_str());
    let (status, said) = office.send("/cases", &office.opening(8), Some("k-1")).await;
    assert_eq!(status, 409, "{said}");

    let all = json!({ "accept": ["me", "ket-hon", "cha"] });
    let (status, case) = office.send(&format!("/cases/{id}/preview"), &all, None).await;
    assert_eq!((status, case["state"].as_str()), (200, Some("form")), "{case}");
    let corrections = format!("/cases/{id}/corrections");
    let corrected =
        json!({ "fact": "me.ho_ten", "value": "Nguyễn Thị Hoa", "why": "Giấy khai sinh ghi khác" });
    let (status, case) = office.send(&corrections, &corrected, None).await;
    let line = case["form"].as_array().unwrap().iter().find(|line| line["fact"] == "me.ho_ten").unwrap();
    assert_eq!(
        (status, line["value"]["value"].as_str(), line["correction"]["value"].as_str()),
        (200, Some("Nguyễn Thị Hòa 7"), Some("Nguyễn Thị Hoa")),
        "{case}"
    );
    let (status, _) = office.send(&corrections, &json!({ "fact": "me.ho_ten", "counts": true }), None).await;
    assert_eq!(status, 200);
    reaches_the_holder(&office, &id).await;
    let (status, case) = office.send(&format!("/cases/{id}/submit"), &json!({}), None).await;
    assert_eq!(status, 200, "{case}");
    let case = office.settled(&id).await;
    assert_eq!(
        (case["state"].as_str(), &case["deeds"][0]["gave"]["con.so_khai_sinh"]),
        (Some("submitted"), &json!("12/2026")),
        "{case}"
    );
    let sent = office.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].1, json!({ "ten_con": "Bé Mai", "me": mother(7), "ten_me": "Nguyễn Thị Hoa" }));

    let receipt = receipt(&office, &id).await;
    assert_eq!(
        (receipt.dossier.as_str(), receipt.corrected.as_slice()),
        ("HS-7", &["me.ho_ten".to_owned()][..])
    );
    let of_items = receipt.items.iter().flat_map(|item| item.exchanges.clone());
    let exchanges: Vec<String> =
        of_items.chain(receipt.deeds.iter().map(|deed| deed.exchange.clone())).collect();
    assert_eq!(exchanges.len(), 4, "{receipt:?}");
    assert_eq!(exchanges.last(), Some(&sent[0].0));
    for exchange in &exchanges {
        for node in ["c1", "p1"] {
            let found = in_ledger(&office.nation, node, exchange);
            let answered: Vec<&Value> = found.iter().filter(|entry| entry["outcome"] == "answered").collect();
            assert_eq!(answered.len(), 1, "{node} {exchange}: {found:?}");
            let entry = answered[0];
            assert_eq!(
                (entry["case"].as_str(), entry["purpose"].as_str()),
                (Some("HS-7"), Some("dang-ky-khai-sinh")),
                "{entry}"
            );
            assert_eq!(entry["officer"], "robot", "{entry}");
        }
    }
    office.nation.verify(&["p1", "c1"]);
    let (status, decided) =
        office.send(&format!("/cases/{id}/decide"), &json!({ "granted": true }), None).await;
    assert_eq!((status, decided["state"].as_str()), (200, Some("decided")), "{decided}");
    counted_at_the_hub(&office, &id).await;
    operators_see_it(&office, &id);
    nobody_is_where_they_do_not_belong(&office.nation);
}

/// What the case counts for is told to the hub, while that is there and when it is back; a paper that comes late takes back what counted.
async fn counted_at_the_hub(office: &Office, id: &str) {
    let papers = |line: &Value| {
        ["cases", "applicable", "reused", "papers_asked", "re_asks"]
            .map(|name| line[name].as_u64().unwrap_or_default())
    };
    let listed = |level: &str| {
        let asked = ["reuse", "list", "--level", level, "--officer", "hub/quan-tri.json", "-o", "json"];
        office.nation.json(&asked)["items"].clone()
    };
    let counted = async || papers(&listed("nation")[0]);
    until("the case is counted", async || counted().await[0] == 1).await;
    // The mother's name was corrected, and the officer decided for the correction: that is no reuse.
    let before = counted().await;
    assert_eq!((before[2] + 1, before[3]), (before[1], 0), "{before:?}");
    let paper = json!({ "item": "cha", "reason": "nguon-sai" });
    let (status, case) = office.send(&format!("/cases/{id}/papers"), &paper, None).await;
    assert_eq!(status, 200, "{case}");
    until("the re-ask is counted", async || counted().await[4] == 1).await;
    let offices = listed("office");
    let offices = offices.as_array().unwrap();
    let ours = offices.iter().find(|line| line["id"] == "VN/LOC/H05").unwrap();
    assert_eq!((papers(ours), ours["measured"].as_bool()), (counted().await, Some(true)));
    let reasons = listed("reason");
    let reasons = reasons.as_array().unwrap();
    assert!(
        reasons.iter().any(|line| line["id"] == "re_asked.nguon-sai" && line["re_asks"] == 1),
        "{reasons:?}"
    );
}

/// A register is away: the others have answered, and when it is back it is asked again.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_down_leaves_its_item_and_is_asked_again() {
    let mut office = Office::open().await;
    office.marriages("ALTER TABLE ket_hon RENAME TO di_mat").await;
    let id = office.opened("k-1", 7).await;
    let case = office.settled(&id).await;
    assert_eq!(stands(&case, "me"), is("found", ""), "{case}");
    for item in ["ket-hon", "cha"] {
        assert_eq!(stands(&case, item), is("gap", "source_down"), "{case}");
    }
    office.marriages("ALTER TABLE di_mat RENAME TO ket_hon").await;
    let again = json!({ "again": true });
    office.send(&format!("/cases/{id}/answers"), &again, None).await;
    let case = office.settled(&id).await;
    for item in ["me", "ket-hon", "cha"] {
        assert_eq!(stands(&case, item), is("found", ""), "{case}");
    }
    // The provider's whole node is away.
    office.nation.kill("p1");
    let id = office.opened("k-2", 8).await;
    let case = office.settled(&id).await;
    for item in ["me", "ket-hon", "cha"] {
        assert_eq!(stands(&case, item), is("gap", "source_down"), "{case}");
    }
    assert_eq!(
        (case["state"].as_str(), case["items"][0]["class"].as_str()),
        (Some("form"), Some("paper_may_be_asked"))
    );
    office.nation.start_node("p1");
    office.nation.wait_for(office.nation.revision().await).await;
    // Left alone for ten seconds where it had failed again and again.
    until("all are found", async || {
        office.send(&format!("/cases/{id}/answers"), &again, None).await;
        let case = office.settled(&id).await;
        ["me", "ket-hon", "cha"].iter().all(|item| stands(&case, item) == is("found", ""))
    })
    .await;
}

/// The node is killed while registers are asked: what was asked is asked anew, and nothing is there twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_killed_while_it_asks_goes_on() {
    let mut office = Office::open().await;
    // Whoever is asked stands still: it is surely killed while it waits.
    office.signal("p1", "STOP");
    let first = office.opened("k-1", 1).await;
    assert_eq!(office.get(&format!("/cases/{first}")).await.1["state"], "fetching");
    office.nation.kill("c1");
    office.signal("p1", "CONT");
    office.start().await;
    let mut opened = vec![first];
    for (number, wait) in (2..).zip([0, 4, 15, 40, 120]) {
        let id = office.opened(&format!("k-{number}"), number).await;
        tokio::time::sleep(Duration::from_millis(wait)).await;
        office.nation.kill("c1");
        office.start().await;
        opened.push(id);
    }
    for (number, id) in (1..).zip(&opened) {
        let case = office.settled(id).await;
        for item in ["me", "ket-hon", "cha"] {
            assert_eq!(stands(&case, item), is("found", ""), "{number}: {case}");
        }
        assert_eq!(office.begin(&format!("k-{number}"), number).await["id"], id.as_str());
    }
    let (_, list) = office.get("/cases").await;
    assert_eq!(list["items"].as_array().unwrap().len(), opened.len(), "{list}");
}

/// The node is killed after a case was submitted: whatever the moment, its deed is sent once, unless somebody has said that it was not done.
#[tokio::test(flavor = "multi_thread")]
async fn a_deed_is_never_sent_twice_unseen() {
    let mut office = Office::open().await;
    // Killed while the holder works on it.
    office.holder.hold(true);
    let id = office.ready("k-1", 1).await;
    office.send(&format!("/cases/{id}/submit"), &json!({}), None).await;
    until("the holder has it", async || office.sent().len() == 1).await;
    office.nation.kill("c1");
    office.holder.hold(false);
    office.start().await;
    let case = office.settled(&id).await;
    assert_eq!(
        (case["state"].as_str(), case["deeds"][0]["state"].as_str()),
        (Some("outcome_unknown"), Some("outcome_unknown")),
        "{case}"
    );
    // Submitted again, it is still not known.
    let (status, _) = office.send(&format!("/cases/{id}/submit"), &json!({}), None).await;
    assert_eq!(status, 200);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(
        (office.settled(&id).await["state"].as_str(), office.sent().len()),
        (Some("outcome_unknown"), 1)
    );
    let done = json!({ "outcomes": { "dang-ky": true } });
    office.send(&format!("/cases/{id}/submit"), &done, None).await;
    assert_eq!((office.settled(&id).await["state"].as_str(), office.sent().len()), (Some("submitted"), 1));
    receipt(&office, &id).await;
    // Killed sooner or later behind its submission.
    for (number, wait) in (2..).zip([0, 3, 8, 20, 60]) {
        let id = office.ready(&format!("k-{number}"), number).await;
        office.send(&format!("/cases/{id}/submit"), &json!({}), None).await;
        tokio::time::sleep(Duration::from_millis(wait)).await;
        office.nation.kill("c1");
        office.start().await;
        let of_case = || office.sent().iter().filter(|(exchange, _)| exchange.starts_with(&id)).count();
        let case = office.settled(&id).await;
        let state = case["state"].as_str().unwrap();
        // What had left is at the holder by then.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let seen = of_case();
        assert!(seen <= 1 && matches!(state, "submitted" | "outcome_unknown"), "{wait}: {seen} {case}");
        if state == "outcome_unknown" {
            let found = json!({ "outcomes": { "dang-ky": seen == 1 } });
            office.send(&format!("/cases/{id}/submit"), &found, None).await;
        }
        let case = office.settled(&id).await;
        assert_eq!((case["state"].as_str(), of_case()), (Some("submitted"), 1), "{wait}: {case}");
        receipt(&office, &id).await;
    }
}

/// The hub is away: cases are opened, asked and submitted by the directory that the nodes have.
#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_away_stops_no_case() {
    let mut office = Office::open().await;
    let begun = office.opened("k-1", 1).await;
    office.nation.kill("hub");
    for (key, number) in [("k-1", 1), ("k-2", 2)] {
        let id = office.ready(key, number).await;
        assert!(number > 1 || id == begun, "the same case");
        let (status, case) = office.send(&format!("/cases/{id}/submit"), &json!({}), None).await;
        assert_eq!(status, 200, "{case}");
        assert_eq!(office.settled(&id).await["state"], "submitted");
        receipt(&office, &id).await;
    }
    // A correction waits for the hub, and keeps nobody waiting.
    let id = office.ready("k-3", 3).await;
    let corrected =
        json!({ "fact": "me.ho_ten", "value": "Nguyễn Thị Hoa", "why": "Giấy khai sinh ghi khác" });
    assert_eq!(office.send(&format!("/cases/{id}/corrections"), &corrected, None).await.0, 200);
    assert_eq!(office.sent().len(), 2);
}

/// The disk with the cases is full for a while: whoever opens or changes one is told, what was acknowledged is there, and it is over when there
/// is room.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_cases_is_told_and_loses_none() {
    if !crate::full_disk::is_root() {
        eprintln!("left out: only root can make a small disk");
        return;
    }
    let disk = crate::full_disk::Disk::new("size=4m");
    let mut office = Office::open().await;
    office.nation.kill("c1");
    let store = disk.folder().join("cases.db").display().to_string();
    office.nation.change_settings("c1", |text| {
        text.replace("[cases]\n", &format!("[cases]\nstore = \"sqlite:{store}\"\n"))
    });
    office.start().await;
    let before = office.ready("k-1", 1).await;
    // One is being asked for when it fills up.
    office.signal("p1", "STOP");
    let under_way = office.opened("k-2", 2).await;
    disk.fill();
    office.signal("p1", "CONT");
    let mut refused = 0;
    for number in 3..200 {
        let (status, said) =
            office.send("/cases", &office.opening(number), Some(&format!("k-{number}"))).await;
        if status != 200 {
            assert!(
                status >= 500 && said["title"].is_string() && said["detail"].is_string(),
                "{status} {said}"
            );
            refused += 1;
        }
        if refused == 3 {
            break;
        }
    }
    assert_eq!(refused, 3, "there is no room");
    // What can be read is shown all the same.
    assert_eq!(office.get(&format!("/cases/{before}")).await.0, 200);
    disk.free();
    let case = office.settled(&under_way).await;
    for item in ["me", "ket-hon", "cha"] {
        assert!(matches!(stands(&case, item).0.as_str(), "found" | "gap"), "{case}");
    }
    assert_eq!(office.begin("k-2", 2).await["id"], under_way.as_str());
    let (status, case) = office.send(&format!("/cases/{before}/submit"), &json!({}), None).await;
    assert_eq!(status, 200, "{case}");
    assert_eq!(
        (office.settled(&before).await["state"].as_str(), office.sent().len()),
        (Some("submitted"), 1)
    );
    receipt(&office, &before).await;
}

/// The owner ends the scope: whoever asks by a case of before is refused within seconds, and it is the office's fault, not the person's.
#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_ends_ends_what_may_be_asked() {
    let office = Office::open().await;
    office.marriages("ALTER TABLE ket_hon RENAME TO di_mat").await;
    let (asked, refused) = (office.opened("k-1", 7).await, office.opened("k-2", 8).await);
    for id in [&asked, &refused] {
        assert_eq!(stands(&office.settled(id).await, "ket-hon"), is("gap", "source_down"));
    }
    office.marriages("ALTER TABLE di_mat RENAME TO ket_hon").await;
    office.nation.apply(&SCOPE.replace("per_second: 1000", "per_second: 1000\nvalid_to: 2020-01-01"));
    let began = std::time::Instant::now();
    office.nation.wait_for(office.nation.revision().await).await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    for id in [&asked, &refused] {
        // Left alone for ten seconds where it had failed again and again.
        until("it is refused", async || {
            office.send(&format!("/cases/{id}/answers"), &json!({ "again": true }), None).await;
            stands(&office.settled(id).await, "ket-hon") == is("gap", "no_grant")
        })
        .await;
    }
    let item = &office.settled(&asked).await["items"][1];
    assert_eq!(item["class"], "our_fault", "{item}");
    assert!(item["told"]["vi"].is_string() && item["told"]["en"].is_string(), "{item}");
    // A paper is not asked for without a reason, and then it counts.
    let papers = format!("/cases/{asked}/papers");
    let (status, said) = office.send(&papers, &json!({ "item": "ket-hon" }), None).await;
    assert_eq!((status, said["title"].as_str()), (400, Some("LT-9107")), "{said}");
    let (status, case) =
        office.send(&papers, &json!({ "item": "ket-hon", "reason": "khong-truy-cap" }), None).await;
    assert_eq!((status, &case["items"][1]["asked_paper"]["needed"]), (200, &json!(false)), "{case}");
    // Whoever comes now is told that nobody has published it.
    let case = office.settled(&office.opened("k-3", 9).await).await;
    assert_eq!(
        (stands(&case, "me"), stands(&case, "ket-hon")),
        (is("found", ""), is("gap", "not_published")),
        "{case}"
    );
    // What is handed in is opened by its number.
    let file = "%PDF-1.7 giấy chứng nhận";
    let case = office.hand_in(&asked, "ket-hon", file).await;
    assert_eq!(case["items"][1]["asked_paper"]["number"], 1, "{case}");
    assert_eq!(office.look(&format!("/cases/{asked}/papers/1")).await, (200, file.to_owned()));
    // Published again, what was the office's fault is asked again, and so is whoever comes now.
    office.nation.apply(SCOPE);
    office.nation.wait_for(office.nation.revision().await).await;
    office.send(&format!("/cases/{refused}/answers"), &json!({ "again": true }), None).await;
    for id in [refused, office.opened("k-4", 10).await] {
        assert_eq!(stands(&office.settled(&id).await, "ket-hon"), is("found", ""));
    }
}

/// Whoever opens the listener with a browser meets a page in their language; whoever shows nothing learns nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_listener_has_pages_in_both_languages_and_tells_strangers_nothing() {
    let office = Office::open().await;
    for (lang, says) in [("vi", "Thủ tục thử"), ("en", "Test procedure")] {
        for path in ["/", "/thu-tuc/9.000001", "/ly-do", "/ly-do/source_down", "/dang-nhap"] {
            let (status, page) = office.page(&format!("{path}?lang={lang}")).await;
            assert_eq!(status, 200, "{path}: {page}");
            assert!(page.contains(&format!("<html lang=\"{lang}\"")), "{path}: {page}");
        }
        let (_, page) = office.page(&format!("/thu-tuc/9.000001?lang={lang}")).await;
        assert!(page.contains(says), "{page}");
    }
    let id = office.opened("k-1", 7).await;
    office.settled(&id).await;
    for path in [
        format!("/cases/{id}"),
        format!("/ho-so/{id}"),
        format!("/can-bo/{id}"),
        "/can-bo".into(),
        "/ho-so".into(),
    ] {
        let (status, page) = office.page(&path).await;
        assert!(status >= 300 && !names_somebody(page.as_bytes()), "{path}: {status} {page}");
    }
}

/// Citizens sign in by a provider: each has their own cases, sees them on pages in both languages, and who asked whom about them.
#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_signs_in_and_has_their_own_cases() {
    let mut office = Office::open().await;
    let _provider = Provider::start(&mut office).await;
    let own = Visitor::citizen(&office, &mother(7), "muc-2").await;
    let id = own.begin().await;
    let case = office.settled(&id).await;
    for item in ["me", "ket-hon", "cha"] {
        assert_eq!(stands(&case, item), is("found", ""), "{case}");
    }
    for lang in ["vi", "en"] {
        for path in ["/".to_owned(), "/ho-so".to_owned(), format!("/ho-so/{id}"), "/ai-da-hoi".to_owned()] {
            let (status, page) = own.page(&format!("{path}?lang={lang}")).await;
            assert!(
                status == 200 && page.contains(&format!("<html lang=\"{lang}\"")),
                "{path}: {status} {page}"
            );
            // People know it by that address, whatever the node is asked by.
            assert!(page.contains("mot-cua.example") && !page.contains("127.0.0.1"), "{path}: {page}");
        }
        let (_, page) = own.page(&format!("/ho-so/{id}?lang={lang}")).await;
        assert!(page.contains("Nguyễn Thị Hòa 7"), "{page}");
        let (_, page) = own.page(&format!("/ai-da-hoi?lang={lang}")).await;
        let agency = if lang == "vi" { "Bộ Công an" } else { "Ministry of Public Security" };
        assert!(page.contains(agency) && page.contains("NĐ 70&#x2f;2024&#x2f;NĐ-CP"), "{page}");
    }
    let all = json!({ "accept": ["me", "ket-hon", "cha"] });
    assert_eq!(own.send(&format!("/cases/{id}/preview"), &all).await.0, 200);
    assert_eq!(own.send(&format!("/cases/{id}/submit"), &json!({})).await.0, 200);
    assert_eq!(office.settled(&id).await["state"], "submitted");
    let (status, page) = own.page(&format!("/ho-so/{id}/bien-nhan")).await;
    assert!(status == 200 && page.contains(&receipt(&office, &id).await.dossier), "{page}");
    // Somebody else has another list, and there is no such case for them; of theirs, whoever is not known surely enough learns nothing.
    let other = Visitor::citizen(&office, &mother(8), "muc-1").await;
    assert_eq!(other.get(&format!("/cases/{id}")).await.0, 404);
    assert_eq!(other.page(&format!("/ho-so/{id}")).await.0, 404);
    assert_eq!(other.get("/cases").await.1["items"], json!([]));
    let low = other.begin().await;
    for item in ["me", "ket-hon", "cha"] {
        assert_eq!(stands(&office.settled(&low).await, item), is("gap", "low_level"));
    }
    // Stepped up, it goes on where it was.
    let stepped = Visitor::citizen(&office, &mother(8), "muc-2").await;
    assert_eq!(stepped.send(&format!("/cases/{low}/answers"), &json!({})).await.0, 200);
    assert_eq!(stands(&office.settled(&low).await, "cha"), is("found", ""));
    an_officer_is_who_was_invited(&office, &id).await;
    nobody_is_where_they_do_not_belong(&office.nation);
}

/// An officer is invited by a command beside the node, decides, and is removed.
async fn an_officer_is_who_was_invited(office: &Office, id: &str) {
    let rights = ["--right", "look", "--right", "work", "--right", "decide"];
    let invite = [
        "node",
        "invite-officer",
        "--dir",
        "c1",
        "--name",
        "Lan",
        "--unit",
        "Một cửa",
        "--by",
        "minh",
        "--out",
        "lan",
    ];
    office.nation.run(&[&invite[..], &rights[..]].concat());
    let address = String::from_utf8(read(&office.nation.path("lan"))).unwrap();
    let officer = Visitor::officer(office, address.trim(), &mother(20)).await;
    for (path, says) in [("/can-bo".to_owned(), "Thủ tục thử"), (format!("/can-bo/{id}"), "Nguyễn Thị Hòa 7")]
    {
        let (status, page) = officer.page(&path).await;
        assert!(status == 200 && page.contains(says), "{path}: {status} {page}");
    }
    let (status, case) = officer.send(&format!("/cases/{id}/decide"), &json!({ "granted": true })).await;
    assert_eq!((status, case["state"].as_str()), (200, Some("decided")), "{case}");
    let again = office.nation.try_run(&[
        "node",
        "remove-officer",
        "--dir",
        "c1",
        "cb-0123456789abcdef",
        "--by",
        "minh",
    ]);
    assert!(!again.status.success());
    let all = office.nation.json(&["node", "officers", "--dir", "c1", "-o", "json"]);
    let known = &all["items"][0];
    assert_eq!((known["name"].as_str(), known["invited_by"].as_str()), (Some("Lan"), Some("minh")), "{all}");
    office.nation.run(&[
        "node",
        "remove-officer",
        "--dir",
        "c1",
        known["id"].as_str().unwrap(),
        "--by",
        "minh",
    ]);
    assert_eq!(officer.get(&format!("/cases/{id}")).await.0, 401);
}
