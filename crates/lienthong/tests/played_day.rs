//! The demo nation, as a newcomer runs it.

mod kept;

use std::collections::HashSet;
use std::io::BufRead as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use model::database::Standing;
use serde_json::Value;
use testing::Server;

use crate::nation::{lienthong, until};

#[test]
fn a_day_is_played_and_told_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let keep = folder.path().join("state");
    let output = lienthong()
        .args(["demo", "--once", "--persons", "2000", "--seed", "3", "-o", "json", "--keep"])
        .arg(&keep)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "one object on standard output");
    let day: Value = serde_json::from_str(&text).unwrap();
    assert!(day["hub_url"].as_str().unwrap().starts_with("https://127.0.0.1:"));
    let nodes = day["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 10);
    for node in nodes {
        for name in ["name", "agency", "edge", "state"] {
            assert!(!node[name].as_str().unwrap().is_empty());
        }
    }
    let number = |name: &str| day[name].as_f64().unwrap_or_else(|| panic!("{name}"));
    assert_eq!((number("failed"), number("ledgers_verified")), (0.0, 10.0));
    // What a provider's node refuses is recorded on both sides as well.
    let (answered, in_both) = (number("exchanges"), number("exchanges_in_both_ledgers"));
    assert!(
        (answered..=answered + number("refused")).contains(&in_both),
        "{answered} were answered, {in_both} are in both ledgers"
    );
    assert!(number("refused") >= 4.0 && number("ledger_records") > 2.0 * number("exchanges"));
    assert!(
        number("p50_ms") > 0.0
            && number("p99_ms") >= number("p50_ms")
            && number("failover_ms") > 0.0
            && number("revocation_ms") > 0.0
    );
    assert_eq!(day["trials"].as_array().unwrap().len(), 7);
    let states: HashSet<(&str, &str)> = day["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|came| (came["state"].as_str().unwrap(), came["step"].as_str().unwrap()))
        .collect();
    for step in ["agree", "appraise", "set_up", "test", "live"] {
        assert!(states.contains(&("open", step)), "{step}: {states:?}");
    }
    for state in ["granted", "refused", "returned", "withdrawn"] {
        assert!(states.iter().any(|(came, _)| *came == state), "{state}: {states:?}");
    }
    let accounts = day["accounts"].as_array().unwrap();
    assert!(accounts.iter().all(|account| account["password"].as_str().unwrap().len() > 14));
    let roles: HashSet<&str> = accounts.iter().map(|account| account["role"].as_str().unwrap()).collect();
    assert_eq!(roles.len(), 13);
    kept::check(&day, &keep);
    the_catalogue_is_kept(&keep);
}

/// The same day with two agencies on servers of their own: one population on PostgreSQL, one insurance on MariaDB.
#[test]
fn a_day_is_played_with_real_servers() {
    let (postgres, mariadb) = (Server::postgres(), Server::mariadb());
    let at = |scheme: &str, user: &str, port: u16, rest: &str| {
        format!("{scheme}://{user}@127.0.0.1:{port}/{rest}")
    };
    let (postgres_url, mariadb_url) =
        (at("postgres", "postgres", postgres.port, "postgres"), at("mariadb", "root", mariadb.port, ""));
    let folder = tempfile::tempdir().unwrap();
    let keep = folder.path().join("state");
    let play = |keep: &Path| {
        lienthong()
            .args(["demo", "--once", "--persons", "2000", "--seed", "3", "-o", "json"])
            .args(["--postgres", &postgres_url, "--mariadb", &mariadb_url, "--keep"])
            .arg(keep)
            .output()
            .unwrap()
    };
    let output = play(&keep);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let day: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((day["failed"].as_u64(), day["ledgers_verified"].as_u64()), (Some(0), Some(10)));
    // What is served from there is in no file.
    let files: HashSet<String> = std::fs::read_dir(keep.join("databases"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".db"))
        .collect();
    assert_eq!(
        files,
        ["bao-tro.db", "dat-dai.db", "giao-duc.db", "ho-kinh-doanh.db", "ho-tich.db"]
            .map(String::from)
            .into()
    );
    let settings = std::fs::read_to_string(keep.join("nodes/G01.nut-1/node.toml")).unwrap();
    assert!(
        settings.contains("schema = \"lienthong_demo\"") && settings.contains("postgres://"),
        "{settings}"
    );
    // Once more, over what the first left there.
    let output = play(&folder.path().join("again"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // No password stands where others see it.
    let output =
        lienthong().args(["demo", "--once", "--postgres", "postgres://a:matkhau@127.0.0.1/x"]).output();
    let said = String::from_utf8_lossy(&output.unwrap().stderr).into_owned();
    assert!(said.contains("LIENTHONG_DEMO_POSTGRES_PASSWORD") && !said.contains("matkhau"), "{said}");
}

/// The hub of a nation that was kept, started again: all databases, each with its standing, and the duties among agencies.
fn the_catalogue_is_kept(keep: &Path) {
    let mut hub = lienthong();
    let hub = hub.args(["hub", "run", "--dir"]).arg(keep.join("hub")).stderr(Stdio::piped()).spawn();
    let mut hub = Killed(hub.unwrap());
    let mut log = std::io::BufReader::new(hub.0.stderr.take().unwrap()).lines();
    assert!(log.any(|line| line.unwrap().contains("hub runs")), "it ended");
    let get = |what: &[&str]| {
        let mut get = lienthong();
        get.args(what).arg("--officer").arg(keep.join("hub/quan-tri.json"));
        let output = get.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let databases: Value = serde_json::from_str(&get(&["db", "list", "-o", "json"])).unwrap();
    let databases = databases["items"].as_array().unwrap();
    let count = |standing: &str| databases.iter().filter(|database| database["standing"] == standing).count();
    let shipped = model::database::shipped();
    let candidates = shipped.iter().filter(|database| database.standing == Standing::Candidate).count();
    assert_eq!((databases.len(), count("candidate"), count("registered")), (shipped.len(), candidates, 5));
    let text = get(&["db", "list"]);
    let marked = text.lines().filter(|line| line.contains("dự kiến (chưa xác minh)"));
    assert_eq!(marked.count(), candidates);
    let duties: Value = serde_json::from_str(&get(&["duty", "list", "-o", "json"])).unwrap();
    assert_eq!(duties["items"].as_array().unwrap().len(), 5);
    let terms = get(&["term", "list"]);
    let sex = terms.lines().find(|line| line.contains("ndg:ID-004")).unwrap();
    assert!(
        ["Giới tính", "2.0.0", "đã phê duyệt", "giả định"].iter().all(|word| sex.contains(word)),
        "{sex}"
    );
    // Figures of the day it played: what is in use, and how far the duties are.
    let observed =
        |id: &str| -> Value { serde_json::from_str(&get(&["db", "status", id, "-o", "json"])).unwrap() };
    let population = observed("VNDB-013");
    assert!(
        ["connected", "in_shared_use"].contains(&population["observed"]["stage"].as_str().unwrap()),
        "{population}"
    );
    assert!(population["observed"]["figures"]["answered"].as_u64().unwrap() > 20);
    let unknown = databases.iter().find(|database| database["standing"] == "candidate").unwrap();
    assert_eq!(observed(unknown["id"].as_str().unwrap())["observed"]["stage"], "no_service");
    let duty: Value =
        serde_json::from_str(&get(&["duty", "status", "dan-cu-cho-mot-cua", "-o", "json"])).unwrap();
    assert_eq!(duty["progress"]["steps"][3]["state"], "done", "{duty}");
    the_registry_goes_out_and_in(keep);
    crate::figures::agree(&keep.join("hub"));
}

/// A process that does not outlive its test, however that ends.
struct Killed(std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What `export` writes, `apply` takes back and finds the same.
fn the_registry_goes_out_and_in(keep: &Path) {
    let file = keep.join("registry.yaml");
    let run = |arguments: &[&str], file: &Path| {
        let mut command = lienthong();
        command.args(arguments).arg(file).arg("--officer").arg(keep.join("hub/quan-tri.json"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["export", "--out"], &file);
    let told = run(&["apply", "--dry-run", "--reason", "nạp lại", "-o", "json", "-f"], &file);
    let told: Value = serde_json::from_str(&told).unwrap();
    let effects = told["effects"].as_array().unwrap();
    assert!(effects.len() > 200, "{}", effects.len());
    let changed: Vec<_> = effects.iter().filter(|effect| effect["outcome"] != "unchanged").collect();
    assert!(changed.is_empty(), "{changed:?}");
}

#[tokio::test]
async fn the_nation_stays_up_until_it_is_asked_to_end_and_leaves_no_process() {
    let mut child = tokio::process::Command::from(lienthong())
        .args(["demo", "--persons", "2000"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = tokio::io::BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    let stays = tokio::time::timeout(Duration::from_secs(120), async {
        while !said.contains("Ở lại") {
            let read = tokio::io::AsyncBufReadExt::read_line(&mut lines, &mut said).await.unwrap();
            assert!(read > 0, "{said}");
        }
    });
    stays.await.unwrap();
    let id = child.id().unwrap();
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    let started: Vec<u32> = children.split_whitespace().map(|id| id.parse().unwrap()).collect();
    assert!(std::process::Command::new("kill").args(["-INT", &id.to_string()]).status().unwrap().success());
    let status = tokio::time::timeout(Duration::from_secs(20), child.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(130));
    for process in started {
        until(&format!("the end of {process}"), async || {
            let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            state.is_empty() || state.contains(") Z")
        })
        .await;
    }
}

#[test]
fn another_seed_is_another_nation_and_wrong_numbers_are_told() {
    let output = lienthong().args(["demo", "--persons", "5"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("2000..=1000000"));
}
