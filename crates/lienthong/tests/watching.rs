//! What operators watch with: metrics as others read them, the rules and the dashboard that come along, `doctor` and `check`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use exchange::body::whole;
use http::Request;
use model::metrics::Metric;
use serde_json::Value;
use testing::free_address;
use trust::web::fetch;

use crate::nation::{API, CLIENT, Nation, PEOPLE, PURPOSE, Plan, lienthong, told, until};

/// A person of the dataset, who must stand nowhere.
const PERSON: &str = "924198000007";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A nation whose hub and nodes show metrics; where.
async fn watched() -> (Nation, [(&'static str, SocketAddr); 3]) {
    let system = Router::new().route("/dong", get(|| async { "xong" }));
    let plan =
        Plan { one_provider: true, system: Some(system), settings: "usage_seconds = 1", ..Plan::default() };
    let mut nation = Nation::start_with(plan).await;
    let places = ["hub", "c1", "p1"].map(|name| (name, free_address()));
    for (name, at) in places {
        nation.kill(name);
        let file = if name == "hub" { "hub/hub.toml".to_owned() } else { format!("{name}/node.toml") };
        nation.change_file(&file, |text| format!("metrics = \"{at}\"\n{text}"));
    }
    nation.start_hub().await;
    for name in ["c1", "p1"] {
        nation.start_node(name);
    }
    nation.wait_for(1).await;
    (nation, places)
}

/// A page of metrics.
async fn scrape(nation: &Nation, at: SocketAddr, accept: &str) -> String {
    let request =
        Request::get(format!("http://{at}/metrics")).header("accept", accept).body(whole("")).unwrap();
    let answer = fetch(&nation.client, request, Duration::from_secs(10), 1 << 24).await.unwrap();
    assert_eq!(answer.status(), 200);
    String::from_utf8(answer.body().to_vec()).unwrap()
}

/// The series of a page, each with its value.
fn series(page: &str) -> BTreeMap<String, f64> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let split = lines.map(|line| line.rsplit_once(' ').unwrap());
    split.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
}

/// The names that a page describes.
fn described(page: &str) -> BTreeSet<String> {
    page.lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .map(|rest| rest.split(' ').next().unwrap().to_owned())
        .collect()
}

fn names(metrics: &[Metric]) -> BTreeSet<String> {
    metrics.iter().map(|metric| metric.name.to_owned()).collect()
}

/// Names of metrics in a text.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words
        .filter(|word| word.starts_with("lienthong_") || word.starts_with("process_"))
        .map(str::to_owned)
        .collect()
}

/// Callers as they should not be: services that are none, other methods, purposes, paths, persons where names belong.
async fn misuse(nation: &Nation, number: usize) {
    let calls = [
        nation.request("GET", &format!("VN/GOV/G01/dan-cu/la-{number}"), &format!("/{PERSON}")),
        nation.request("GET", &format!("VN/GOV/G{number}/{PERSON}/x"), ""),
        nation.request(&format!("BREW{number}"), API, &format!("/la/{PERSON}/{number}")),
        nation.request("GET", "VN/GOV/G01/dan-cu/chua-cap", &format!("/{number}")),
    ];
    for call in calls {
        assert_ne!(nation.send(call, "").await.status(), 200);
    }
    let mut purpose = nation.request("GET", PEOPLE, &format!("/{PERSON}"));
    purpose.headers_mut().unwrap().insert("lienthong-purpose", format!("{PERSON}-{number}").parse().unwrap());
    assert_eq!(told(&nation.send(purpose, "").await).1, "LT-2105");
    let mut client = nation.request("GET", PEOPLE, &format!("/{PERSON}"));
    client
        .headers_mut()
        .unwrap()
        .insert("x-road-client", format!("VN/LOC/H05/{PERSON}-{number}").parse().unwrap());
    assert_ne!(nation.send(client, "").await.status(), 200);
    for (method, path) in [
        ("GET", format!("/api/v1/{PERSON}/{number}")),
        ("GET", format!("/api/v1/grants/{PERSON}-{number}")),
        ("GET", format!("/{PERSON}/{number}?x={number}")),
        ("PATCH", format!("/api/v1/registry/agency/{number}")),
        ("BREW", format!("/health?{number}")),
    ] {
        nation.hub(method, &path, "").await;
    }
}

/// The law: every metric is described in both forms and stands in the list, series stay as they are whatever callers send, and nothing of
/// what they send is among the labels; others' programs read both forms; what rules and dashboard name is there.
#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_described_bounded_without_persons_and_read_by_others() {
    let (nation, places) = watched().await;
    for _ in 0..3 {
        assert_eq!(told(&nation.get(PEOPLE, &format!("/{PERSON}")).await).0, 200);
    }
    assert_eq!(told(&nation.get(API, "/khong-co").await).0, 404);
    assert_eq!(told(&nation.get(API, "/dong").await).0, 200);
    misuse(&nation, 0).await;
    let mut before = Vec::new();
    for (name, at) in places {
        before.push(series(&scrape(&nation, at, "").await));
        assert!(!before.last().unwrap().is_empty(), "{name}");
    }
    let consumer = &before[1];
    let answered =
        format!("lienthong_exchanges_total{{side=\"consumer\",service=\"{PEOPLE}\",outcome=\"answered\"}}");
    assert_eq!(consumer.get(&answered), Some(&3.0), "{consumer:#?}");
    let empty = format!("lienthong_exchanges_total{{side=\"provider\",service=\"{API}\",outcome=\"empty\"}}");
    assert_eq!(before[2].get(&empty), Some(&1.0));
    for number in 1..40 {
        misuse(&nation, number).await;
    }
    let mut shown = BTreeSet::new();
    for ((name, at), before) in places.into_iter().zip(before) {
        let metrics = if name == "hub" { hub::metrics::METRICS } else { exchange::metrics::METRICS };
        let text = scrape(&nation, at, "").await;
        let open = scrape(&nation, at, "application/openmetrics-text; version=1.0.0").await;
        let after = series(&text);
        // Nodes ask and report in their own time.
        let of_nodes = |name: &str| {
            ["/directory", "/sight", "/usage"].iter().any(|route| name.contains(&format!("route=\"{route}")))
        };
        let new: Vec<_> =
            after.keys().filter(|name| !before.contains_key(*name) && !of_nodes(name)).collect();
        assert!(new.is_empty(), "{name}: {new:#?}");
        for told in [PERSON, PURPOSE, CLIENT, "BREW", "la-", "G17"] {
            assert!(!text.contains(told), "{name}: {told} in\n{text}");
        }
        assert_eq!(described(&text), names(metrics), "{name}");
        let without_end = |names: BTreeSet<String>| -> BTreeSet<String> {
            names.into_iter().map(|name| name.trim_end_matches("_total").to_owned()).collect()
        };
        assert_eq!(described(&open), without_end(names(metrics)), "{name}");
        shown.extend(after.keys().map(|series| series.split('{').next().unwrap().to_owned()));
        judge(name, &text, &open);
    }
    for file in ["deploy/prometheus-rules.yaml", "deploy/grafana-dashboard.json"] {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        let asked = named(&text);
        assert!(asked.len() > 20, "{file}");
        let missing: Vec<_> = asked.difference(&shown).collect();
        assert!(missing.is_empty(), "{file} names {missing:?}");
    }
    let rules = root().join("deploy/prometheus-rules.yaml");
    let checked = Command::new("promtool").args(["check", "rules"]).arg(rules).output();
    let checked = checked.expect("run `cargo xtask test`, which installs prometheus");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

/// Prometheus' own checker reads the text; the reader of Prometheus' clients in Python reads OpenMetrics, by the letter.
fn judge(name: &str, text: &str, open: &str) {
    let python = std::env::var_os("LIENTHONG_TEST_PYTHON").expect("run `cargo xtask test`");
    let read = "import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
families = list(open_metrics(sys.stdin.read()))
assert all(family.documentation for family in families)
print(len(families))";
    let judges: [(Command, &str); 2] = [
        (
            {
                let mut command = Command::new("promtool");
                command.args(["check", "metrics"]);
                command
            },
            text,
        ),
        (
            {
                let mut command = Command::new(python);
                command.args(["-c", read]);
                command
            },
            open,
        ),
    ];
    for (mut judge, page) in judges {
        let child = judge.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("run `cargo xtask test`, which installs prometheus");
        child.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.is_empty(), "{name}: {said}\n{page}");
    }
}

/// Each metric stands in the operators' guide with what it is.
#[test]
fn the_guide_names_every_metric() {
    let guide = std::fs::read_to_string(root().join("docs/monitoring.md")).unwrap();
    let all = names(exchange::metrics::METRICS).into_iter().chain(names(hub::metrics::METRICS));
    let missing: Vec<String> = all.filter(|name| !guide.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// `doctor` in a folder, by what was looked at and how bad it is.
fn doctor(nation: &Nation, dir: &str) -> Vec<(String, String, String)> {
    let output = nation.try_run(&["doctor", "-o", "json", dir]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = told["folders"][0]["findings"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found: Vec<_> = found
        .iter()
        .map(|finding| (text(&finding["about"]), text(&finding["level"]), text(&finding["said"])))
        .collect();
    let is_well = found.iter().all(|(_, level, _)| level == "OK");
    assert_eq!(output.status.code(), Some(i32::from(!is_well)), "{found:#?}");
    found
}

/// `check`: its exit code and its line.
fn check(nation: &Nation, arguments: &[&str]) -> (i32, String) {
    let output = nation.try_run(&[&["check"], arguments].concat());
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_and_check_say_what_is_wrong_and_what_to_do() {
    let (mut nation, places) = watched().await;
    let of = |found: &[(String, String, String)], about: &str, level: &str| {
        found.iter().filter(|(looked, found, _)| looked == about && found == level).count()
    };
    let found = doctor(&nation, "c1");
    // What the machine allows is not the nation's.
    let wrong: Vec<_> = found
        .iter()
        .filter(|(about, level, _)| level != "OK" && !["descriptors", "disk"].contains(&about.as_str()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (about, count) in [
        ("port", 3),
        ("certificate", 2),
        ("provider", 1),
        ("hub", 1),
        ("clock", 1),
        ("node", 1),
        ("directory", 1),
    ] {
        assert_eq!(of(&found, about, "OK"), count, "{about}: {found:#?}");
    }
    let found = doctor(&nation, "hub");
    assert_eq!(of(&found, "keys", "WARNING"), 1, "the root keys are on the machine: {found:#?}");
    assert_eq!(
        (of(&found, "port", "OK"), of(&found, "certificate", "OK"), of(&found, "hub", "OK")),
        (2, 3, 1),
        "{found:#?}"
    );
    checks_have_a_line_and_a_code(&nation);
    // One language at a time.
    let (_, english) = check(&nation, &["node", "--dir", "c1", "--lang", "en"]);
    assert!(english.starts_with("OK - it is well"), "{english}");
    let text = nation.try_run(&["doctor", "c1", "--lang", "en"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("clock: the clock is within") && !text.contains("đồng hồ"), "{text}");
    what_is_away_is_told(&mut nation, places).await;
}

/// One line each, and the code that its first word stands for.
fn checks_have_a_line_and_a_code(nation: &Nation) {
    for (arguments, begins, values) in [
        (&["node", "--dir", "c1"][..], "OK - ", "time="),
        (&["hub", "--dir", "hub"], "OK - ", "time="),
        (&["certificates", "--dir", "c1"], "OK - ", "node_tls="),
        (&["certificates", "--dir", "hub"], "OK - ", "directory_root="),
        (&["directory", "--dir", "c1"], "OK - ", "hours_left="),
        (&["directory", "--dir", "c1", "-w", "1000"], "WARNING - ", "hours_left="),
        (&["directory", "--dir", "c1", "-w", "1000", "-c", "900"], "CRITICAL - ", "hours_left="),
        (&["disk", "--dir", "p1"], "OK - ", "free="),
        (&["disk", "--dir", "hub", "-c", "1e15"], "CRITICAL - ", "free="),
        // What is not there, or cannot be asked so, is not known; nobody is woken up.
        (&["node", "--dir", "khong-co"], "UNKNOWN - ", ""),
        (&["node", "--dir", "hub"], "UNKNOWN - ", ""),
        (&["hub", "--dir", "c1"], "UNKNOWN - ", ""),
    ] {
        let (code, line) = check(nation, arguments);
        let level = line.split(' ').next().unwrap();
        let expected =
            ["OK", "WARNING", "CRITICAL", "UNKNOWN"].iter().position(|word| *word == level).unwrap();
        assert_eq!(
            (code, line.lines().count()),
            (i32::try_from(expected).unwrap(), 1),
            "{arguments:?}: {line}"
        );
        assert!(line.starts_with(begins), "{arguments:?}: {line}");
        match line.split_once(" | ") {
            Some((_, figures)) => assert!(figures.contains(values) && !figures.contains('|'), "{line}"),
            None => assert!(values.is_empty(), "{line}"),
        }
    }
    for arguments in [
        &["check"][..],
        &["check", "node"],
        &["check", "node", "--dir", "c1", "-w", "x"],
        &["--log-json", "check", "no"],
    ] {
        assert_eq!(nation.try_run(arguments).status.code(), Some(3), "{arguments:?}");
    }
}

/// A provider, a node, the hub, one after the other.
async fn what_is_away_is_told(nation: &mut Nation, places: [(&'static str, SocketAddr); 3]) {
    let has = |found: &[(String, String, String)], about: &str, level: &str| {
        found.iter().any(|(looked, found, _)| looked == about && found == level)
    };
    nation.kill("p1");
    let found = doctor(nation, "c1");
    assert!(has(&found, "provider", "CRITICAL"), "{found:#?}");
    let _ = nation.get(PEOPLE, "/924198000007").await;
    until("the peer is down", async || {
        let page = scrape(nation, places[1].1, "").await;
        page.contains("lienthong_peer_up{peer=\"VN/GOV/G01/nut-1\"} 0")
    })
    .await;
    nation.kill("c1");
    assert_eq!(check(nation, &["node", "--dir", "c1"]).0, 2);
    // Another program sits on its port.
    let edge = nation.address("c1").edge;
    let taken = std::net::TcpListener::bind(edge).unwrap();
    let found = doctor(nation, "c1");
    assert!(has(&found, "port", "CRITICAL") && has(&found, "node", "WARNING"), "{found:#?}");
    drop(taken);
    // This machine's clock is wrong.
    let faketime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
    assert!(Path::new(faketime).exists(), "run `cargo xtask test`, which installs libfaketime");
    let output = lienthong()
        .args(["doctor", "c1", "--lang", "en"])
        .env("LD_PRELOAD", faketime)
        .env("FAKETIME", "-45s")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .current_dir(nation.path("."))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find(|line| line.contains("clock:")).unwrap_or_else(|| panic!("{text}"));
    assert!(line.contains("CRITICAL") && line.contains("is -4"), "{text}");
    nation.kill("hub");
    let found = doctor(nation, "c1");
    assert!(has(&found, "hub", "CRITICAL") && has(&found, "directory", "OK"), "{found:#?}");
    assert!(has(&doctor(nation, "hub"), "hub", "CRITICAL"));
    let (code, line) = check(nation, &["hub", "--dir", "hub", "--lang", "en"]);
    assert!(code == 2 && line.starts_with("CRITICAL - it does not answer"), "{line}");
}
