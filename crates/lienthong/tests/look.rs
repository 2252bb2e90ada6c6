//! Exchanges are looked up at the nodes that hold them: by commands beside nodes that run, and over the edge by their agency's auditors.
//! What is in a ledger is found by each of its keys; nobody looks without a token, and nobody unseen.

use std::time::Duration;

use bytes::Bytes;
use exchange::body;
use http::{Request, Response};
use serde_json::{Value, json};
use trust::web::fetch;

use crate::nation::{API, CLIENT, Nation, PEOPLE, PURPOSE, Plan, told};

/// A call by an officer on a case; returns status and code.
async fn call(
    nation: &Nation,
    method: &str,
    address: &str,
    purpose: &str,
    officer: &str,
    case: &str,
) -> (u16, String) {
    let request = Request::builder()
        .method(method)
        .uri(format!("http://{}/r1/{address}", nation.address("c1").edge))
        .header("x-road-client", CLIENT)
        .header("lienthong-purpose", purpose)
        .header("lienthong-token", nation.token())
        .header("x-road-userid", officer)
        .header("x-road-issue", case);
    let (status, fault, _) = told(&nation.send(request, "").await);
    (status, fault)
}

/// A day of calls: answered, nothing there, refused by two rules, and a service that does not answer.
async fn play(nation: &Nation) {
    let person = format!("{PEOPLE}/924198000007");
    assert_eq!(call(nation, "GET", &person, PURPOSE, "cb-07", "HS-1").await.0, 200);
    assert_eq!(call(nation, "GET", &format!("{PEOPLE}/924199999999"), PURPOSE, "cb-07", "HS-2").await.0, 404);
    assert_eq!(call(nation, "GET", &person, "khac", "cb-08", "HS-3").await.1, "LT-2105");
    let not_granted = "VN/GOV/G01/dan-cu/chua-cap/x";
    assert_eq!(call(nation, "GET", not_granted, PURPOSE, "=cmd()", "=HS-4").await.1, "LT-2104");
    let (_, fault) = call(nation, "POST", &format!("{API}/x"), PURPOSE, "cb-09", "HS-5").await;
    assert!(fault.starts_with("LT-4"), "{fault}");
}

fn find(nation: &Nation, node: &str, conditions: &[&str]) -> Vec<Value> {
    let told = nation.json(&[&["ledger", "find", node, "-o", "json"], conditions].concat());
    assert_eq!(told["next"], Value::Null);
    told["items"].as_array().unwrap().clone()
}

/// The cases of what is found, as they come.
fn cases(found: &[Value]) -> Vec<&str> {
    found.iter().map(|item| item["case"].as_str().unwrap()).collect()
}

async fn ask(nation: &Nation, node: &str, path: &str, headers: &[(&str, &str)]) -> Response<Bytes> {
    let mut request = Request::get(format!("http://{}{path}", nation.address(node).edge));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    fetch(&nation.client, request.body(body::whole("")).unwrap(), Duration::from_secs(20), 1 << 20)
        .await
        .unwrap()
}

fn text(answer: &Response<Bytes>) -> String {
    String::from_utf8(answer.body().to_vec()).unwrap()
}

/// Conditions, and the cases that the consumer's and the provider's ledger hold for them.
type Asked<'a> = (&'a [&'a str], &'a [&'a str], &'a [&'a str]);

#[tokio::test(flavor = "multi_thread")]
async fn what_was_exchanged_is_found_at_both_nodes_by_each_key() {
    let nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    play(&nation).await;
    // Beside the nodes, which run on. What was refused at home never left.
    assert_eq!(cases(&find(&nation, "c1", &[])), ["HS-5", "=HS-4", "HS-3", "HS-2", "HS-1"]);
    assert_eq!(cases(&find(&nation, "p1", &[])), ["HS-5", "HS-5", "HS-2", "HS-1"]);
    let exchange = find(&nation, "c1", &["--case", "HS-1"])[0]["exchange"].as_str().unwrap().to_owned();
    let asked: &[Asked<'_>] = &[
        (&["--case", "HS-1"], &["HS-1"], &["HS-1"]),
        (&["--officer", "cb-07"], &["HS-2", "HS-1"], &["HS-2", "HS-1"]),
        (&["--officer", "cb-08"], &["HS-3"], &[]),
        (&["--id", &exchange], &["HS-1"], &["HS-1"]),
        (&["--service", PEOPLE], &["HS-3", "HS-2", "HS-1"], &["HS-2", "HS-1"]),
        (&["--service", API, "--system", "VN/LOC/H05"], &["HS-5"], &["HS-5", "HS-5"]),
        (&["--client", CLIENT, "--purpose", "khac"], &["HS-3"], &[]),
        (&["--client", "VN/LOC"], &[], &[]),
        (&["--system", "VN/GOV/G01/dan-cu", "--outcome", "answered"], &["HS-1"], &["HS-1"]),
        (&["--code", "LT-4108"], &["HS-2"], &["HS-2"]),
        (&["--outcome", "refused"], &["=HS-4", "HS-3"], &[]),
        (&["--outcome", "failed", "--officer", "cb-09"], &["HS-5"], &["HS-5"]),
        (&["--outcome", "begun"], &[], &["HS-5"]),
        (&["--code", "LT-2104"], &["=HS-4"], &[]),
        (&["--basis", "nd-70"], &["HS-5", "HS-2", "HS-1"], &["HS-5", "HS-5", "HS-2", "HS-1"]),
        (&["--basis", "nd-1"], &[], &[]),
        (&["--side", "consumer", "--case", "HS-1"], &["HS-1"], &[]),
        (&["--from", "2100-01-01"], &[], &[]),
        (&["--to", "2000-01-01"], &[], &[]),
        (&["--from", "2000-01-01", "--to", "2100-01-01", "--case", "HS-2"], &["HS-2"], &["HS-2"]),
    ];
    for (conditions, at_consumer, at_provider) in asked.iter().copied() {
        assert_eq!(cases(&find(&nation, "c1", conditions)), at_consumer, "{conditions:?}");
        assert_eq!(cases(&find(&nation, "p1", conditions)), at_provider, "{conditions:?}");
    }
    pages_and_entries(&nation);
    exports(&nation);
}

fn pages_and_entries(nation: &Nation) {
    // Page by page, and nothing twice.
    let mut pages = Vec::new();
    let mut before = "1000".to_owned();
    loop {
        let page = nation.json(&["ledger", "list", "c1", "--limit", "2", "--before", &before, "-o", "json"]);
        pages.extend(cases(page["items"].as_array().unwrap()).iter().map(|case| (*case).to_owned()));
        let Some(next) = page["next"].as_u64() else { break };
        before = next.to_string();
    }
    assert_eq!(pages, ["HS-5", "=HS-4", "HS-3", "HS-2", "HS-1"]);
    // Each with its signatures, checked.
    for (case, signatures) in [("HS-1", 2), ("=HS-4", 0), ("HS-5", 2)] {
        let number = find(nation, "c1", &["--case", case])[0]["number"].to_string();
        let shown = nation.json(&["ledger", "show", "c1", &number, "-o", "json"]);
        let checked = shown["signatures"].as_array().unwrap();
        assert_eq!((checked.len(), shown["case"].as_str()), (signatures, Some(case)));
        assert!(checked.iter().all(|one| one["wrong"] == Value::Null), "{shown}");
    }
    let number = find(nation, "p1", &["--case", "HS-1"])[0]["number"].to_string();
    let said = nation.run(&["ledger", "show", "p1", &number]);
    assert!(said.contains("Căn cứ pháp lý: nd-70") && said.contains("khoá VN/GOV/G01/nut-1#"), "{said}");
    assert_eq!(said.matches(": đúng").count(), 2, "{said}");
    let none = nation.try_run(&["ledger", "show", "c1", "4711"]);
    assert_eq!(none.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&none.stderr).contains("LT-8108"));
    // What cannot be asked is told.
    let wrong = nation.try_run(&["ledger", "find", "c1", "--outcome", "good"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("LT-7123"));
}

fn exports(nation: &Nation) {
    let said = nation.try_run(&["ledger", "export", "c1", "--lang", "en", "--out", "all.csv"]);
    assert!(String::from_utf8_lossy(&said.stderr).contains("Wrote 5 exchanges"), "{said:?}");
    let table = std::fs::read_to_string(nation.path("all.csv")).unwrap();
    assert!(table.starts_with("\u{feff}Entry,Time,Side,Outcome,Code"), "{table}");
    assert!(table.contains(",'=cmd(),'=HS-4,") && table.contains("refused by rule,LT-2104"), "{table}");
    assert_eq!(table.lines().count(), 6);
    // A file that is there is left alone.
    let again = nation.try_run(&["ledger", "export", "c1", "--out", "all.csv"]);
    assert!(!again.status.success() && std::fs::read_to_string(nation.path("all.csv")).unwrap() == table);
    nation.run(&["ledger", "export", "p1", "--case", "HS-5", "--format", "jsonl", "--out", "one.jsonl"]);
    let lines = std::fs::read_to_string(nation.path("one.jsonl")).unwrap();
    let items: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(cases(&items), ["HS-5", "HS-5"]);
    assert_eq!((&items[0]["basis"], &items[1]["outcome"]), (&json!("nd-70"), &json!("begun")));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_looks_without_a_token_and_nobody_unseen() {
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    play(&nation).await;
    // Where no auditor is named there is no such page.
    assert_eq!(told(&ask(&nation, "c1", "/ledger", &[]).await).1, "LT-1104");
    for (node, name) in [("c1", "Lan \"kiểm toán\""), ("p1", "Minh")] {
        nation.run(&["node", "auditor", "--dir", node, "--name", name, "--out", &format!("{node}.token")]);
        nation.kill(node);
        nation.start_node(node);
    }
    nation.wait_for(1).await;
    let token = |node: &str| {
        let text = std::fs::read_to_string(nation.path(&format!("{node}.token"))).unwrap();
        text.trim().strip_prefix("Authorization: ").unwrap().to_owned()
    };
    let (lan, minh) = (token("c1"), token("p1"));
    // Nobody without the token of this node's auditor: no stranger, no system, no other agency's auditor.
    let system = ("lienthong-token", nation.token());
    for path in ["/ledger", "/ledger.json", "/ledger.csv?case=HS-1", "/ledger/2", "/ledger/2.json"] {
        for shown in
            [&[][..], &[system], &[("authorization", "Bearer x")], &[("authorization", minh.as_str())]]
        {
            let answer = ask(&nation, "c1", path, shown).await;
            assert_eq!(
                (answer.status().as_u16(), told(&answer).1.as_str()),
                (401, "LT-1202"),
                "{path} {shown:?}"
            );
            assert!(answer.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic"));
            assert!(!text(&answer).contains("HS-"));
        }
    }
    assert!(!nation.path("c1/looked.jsonl").exists());
    let bearer = ("authorization", lan.as_str());
    let list = ask(&nation, "c1", "/ledger?officer=cb-07", &[bearer]).await;
    assert_eq!(list.status(), 200);
    let page = text(&list);
    assert!(page.contains("lang=\"vi\"") && page.contains("HS-1") && page.contains("HS-2"), "{page}");
    assert!(
        !page.contains("HS-3") && !page.contains("<script") && page.contains("<td>đã trả lời</td>"),
        "{page}"
    );
    let english = text(&ask(&nation, "c1", "/ledger?lang=en&outcome=refused", &[bearer]).await);
    assert!(
        english.contains("refused by rule") && english.contains("=HS-4") && !english.contains("HS-1<"),
        "{english}"
    );
    // The twins say what the command says.
    let twin: Value =
        serde_json::from_slice(ask(&nation, "c1", "/ledger.json?case=HS-1", &[bearer]).await.body()).unwrap();
    let by_command =
        nation.json(&["ledger", "find", "c1", "--case", "HS-1", "--basis", "nd-70", "-o", "json"]);
    assert_eq!((&twin["items"], &twin["next"]), (&by_command["items"], &Value::Null));
    let table = text(&ask(&nation, "c1", "/ledger.csv?lang=en", &[bearer]).await);
    assert!(table.lines().count() == 6 && table.contains(",'=HS-4,"), "{table}");
    let number = twin["items"][0]["number"].to_string();
    let one = text(&ask(&nation, "c1", &format!("/ledger/{number}"), &[bearer]).await);
    assert!(one.contains("nd-70") && one.matches(": đúng").count() == 2, "{one}");
    for (path, status) in [("/ledger?oficer=x", 400), ("/ledger?from=x", 400), ("/ledger/4711", 404)] {
        assert_eq!(ask(&nation, "c1", path, &[bearer]).await.status(), status, "{path}");
    }
    each_look_is_a_line(&nation);
    // Where a look cannot be noted, nothing is shown.
    std::fs::remove_file(nation.path("c1/looked.jsonl")).unwrap();
    std::fs::create_dir(nation.path("c1/looked.jsonl")).unwrap();
    let unseen = ask(&nation, "c1", "/ledger.json", &[bearer]).await;
    assert_eq!((unseen.status().as_u16(), told(&unseen).1.as_str()), (500, "LT-8102"));
    // Exchanges go on as before.
    assert_eq!(
        call(&nation, "GET", &format!("{PEOPLE}/924198000007"), PURPOSE, "cb-07", "HS-6").await.0,
        200
    );
}

/// Of the page under the name in the settings, of the command under the system's user.
fn each_look_is_a_line(nation: &Nation) {
    let looked = std::fs::read_to_string(nation.path("c1/looked.jsonl")).unwrap();
    let looks: Vec<Value> = looked.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(looks[0]["who"], "Lan \"kiểm toán\"");
    assert_eq!((&looks[0]["by"], &looks[0]["asked"]), (&json!("page"), &json!({ "officer": "cb-07" })));
    let of_command = looks.iter().find(|look| look["by"] == "command").unwrap();
    assert!(of_command["who"].as_str().unwrap().starts_with("uid "), "{of_command}");
    assert!(looks.iter().any(|look| look["entry"] == json!(4711)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_finds_exchanges_in_a_real_browser_in_both_languages() {
    #[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
    let modules = std::env::var("LIENTHONG_TEST_NODE")
        .expect("LIENTHONG_TEST_NODE names the folder of the packages: run `cargo xtask test`");
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    play(&nation).await;
    nation.run(&["node", "auditor", "--dir", "c1", "--name", "Lan", "--out", "lan.token"]);
    nation.kill("c1");
    nation.start_node("c1");
    nation.wait_for(1).await;
    let token = std::fs::read_to_string(nation.path("lan.token")).unwrap();
    let out = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-output/console");
    std::fs::create_dir_all(&out).unwrap();
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/auditor.mjs");
    let seen = std::process::Command::new("node")
        .arg(script)
        .arg(format!("http://{}", nation.address("c1").edge))
        .arg(token.trim().strip_prefix("Authorization: Bearer ").unwrap())
        .arg(out)
        .env("LIENTHONG_TEST_NODE", modules)
        .output()
        .unwrap();
    assert!(
        seen.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&seen.stdout),
        String::from_utf8_lossy(&seen.stderr)
    );
}
