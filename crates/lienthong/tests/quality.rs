//! The quality of datasets, measured at their node by the binary: what was planted is what is measured, and nothing of a value stays behind.

mod following;
mod overlap;
mod planted;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use testing::Server;

use crate::nation::{Nation, PEOPLE, Plan, until};
use planted::{MARKER, ROWS, Table};

/// The same table on PostgreSQL.
const COPY: &str = "VN/GOV/G01/dan-cu/ban-sao";
/// The same once more, where nothing holds keys unique and some records stand twice.
const LOOSE: &str = "VN/GOV/G01/dan-cu/khong-khoa";
/// So many of them.
const TWICE: u64 = 50;
const OFFICER: &str = "hub/quan-tri.json";

/// A nation whose provider has the table in SQLite and, at `url`, in PostgreSQL.
async fn nation(url: &str, tables: [&Table; 2]) -> Nation {
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    nation.kill("p1");
    nation.run(&["seed", "--officer", OFFICER, "--reason", "từ điển"]);
    for (service, family) in
        [(PEOPLE, "dan-cu.nguoi"), (COPY, "dan-cu.ban-sao"), (LOOSE, "dan-cu.khong-khoa")]
    {
        nation.apply(&planted::service(service));
        std::fs::write(nation.path("contract.yaml"), planted::contract(family).to_string()).unwrap();
        nation.run(&[
            "contract",
            "import",
            "--officer",
            OFFICER,
            "-f",
            "contract.yaml",
            "--service",
            service,
            "--reason",
            "thử",
        ]);
    }
    let mut postgres = PgConnection::connect(url).await.unwrap();
    for statement in planted::statements(tables[1]) {
        postgres.execute(AssertSqlSafe(statement)).await.unwrap();
    }
    let twice = "CREATE TABLE khong_khoa AS SELECT * FROM nguoi UNION ALL SELECT * FROM nguoi WHERE CAST(substr(so_ho, 4) AS integer) % 60 = 40";
    postgres.execute(twice).await.unwrap();
    sqlite(&nation, planted::statements(tables[0])).await;
    nation.change_settings("p1", |text| {
        format!(
            "{text}\n[quality]\noff = true\nsegment = 500\nrate = 1000000\n\n[[sources]]\nname = \"pg\"\nurl = \"{url}\"\n\n\
             [[services]]\nid = \"{COPY}\"\nsource = \"pg\"\ntable = \"nguoi\"\n\n\
             [[services]]\nid = \"{LOOSE}\"\nsource = \"pg\"\ntable = \"khong_khoa\"\n"
        )
    });
    nation.start_node("p1");
    nation.wait_for(nation.revision().await).await;
    nation
}

async fn sqlite(nation: &Nation, statements: Vec<String>) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(nation.path("people.db"));
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    for statement in statements {
        connection.execute(AssertSqlSafe(statement)).await.unwrap();
    }
    connection.close().await.unwrap();
}

/// Everything that commands have printed.
struct Said(String);

impl Said {
    fn run(&mut self, nation: &Nation, arguments: &[&str]) -> String {
        let arguments = [&["quality"], arguments].concat();
        let done = nation.try_run(&arguments);
        let (out, err) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
        assert!(done.status.success(), "{arguments:?}: {out}{err}");
        self.0.push_str(&out);
        self.0.push_str(&err);
        out
    }

    fn json(&mut self, nation: &Nation, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(nation, &[arguments, &["-o", "json"]].concat())).unwrap()
    }
}

/// By rule, how many rows fail, as a measurement says.
fn fails(shown: &Value) -> BTreeMap<String, u64> {
    let fields = shown["fields"].as_array().unwrap().iter();
    let rules = fields.flat_map(|field| field["rules"].as_array().unwrap());
    let fails = rules.map(|rule| (rule["rule"].as_str().unwrap().to_owned(), rule["fail"].as_u64().unwrap()));
    fails.filter(|(_, fails)| *fails > 0).collect()
}

fn planted_fails(table: &Table) -> BTreeMap<String, u64> {
    let mut fails: BTreeMap<String, u64> =
        table.account.iter().map(|(rule, keys)| (rule.clone(), keys.len() as u64)).collect();
    if table.keyless > 0 {
        fails.insert("so_dinh_danh:required".into(), table.keyless);
    }
    fails
}

/// All files under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn state_file(nation: &Nation, service: &str) -> PathBuf {
    let folder = nation.path("p1/quality").join(model::id::encode_part(service));
    let found = files(&folder).into_iter().find(|path| path.extension().is_some_and(|kind| kind == "state"));
    found.unwrap_or_else(|| panic!("{} has no state", folder.display()))
}

#[tokio::test]
async fn what_was_planted_is_measured_rule_by_rule_and_each_failing_key_is_told() {
    let server = Server::shared_postgres();
    let url = server.database("quality");
    let tables = [planted::table(true), planted::table(false)];
    let mut nation = nation(&url, [&tables[0], &tables[1]]).await;
    let mut said = Said(String::new());
    let ran = said.json(&nation, &["run", "--dir", "p1", "--officer", OFFICER]);
    let items = ran["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    keys_that_nothing_holds(items, &tables[1]);
    for (service, table) in [(PEOPLE, &tables[0]), (COPY, &tables[1])] {
        let item = items.iter().find(|item| item["service"] == service).unwrap();
        assert_eq!(item["refused"], serde_json::json!([]), "{service}");
        assert_eq!(fails(item), planted_fails(table), "{service}");
        assert_eq!(item["rows"], table.rows.len() as u64);
        assert_eq!((&item["in_order"], &item["keyless"]), (&Value::Bool(true), &table.keyless.into()));
        let shown = said.json(&nation, &["show", "--dir", "p1", service]);
        assert_eq!(&shown, item, "show tells what run told");
        keys_are_those_planted(&nation, &mut said, service, table);
    }
    causes_and_numbers_are_explained(&nation, &mut said);
    // Without the hub, too.
    nation.kill("hub");
    let before = std::fs::read(state_file(&nation, PEOPLE)).unwrap();
    said.run(&nation, &["run", "--dir", "p1", PEOPLE]);
    assert_eq!(std::fs::read(state_file(&nation, PEOPLE)).unwrap(), before);
    broken_off_it_comes_to_the_same(&nation, &mut said, &before).await;
    nothing_of_a_value_stays(&nation, &said);
    repairs_repair(&nation, &mut said, &tables[0]).await;
    by_schedule(&mut nation).await;
}

/// A table whose keys may stand twice is read in one go: no record is left out between two pages.
fn keys_that_nothing_holds(items: &[Value], table: &Table) {
    let item = items.iter().find(|item| item["service"] == LOOSE).unwrap();
    let mut planted = planted_fails(table);
    planted.insert("so_dinh_danh:unique".into(), 2 * TWICE);
    *planted.get_mut("so_ho:unique").unwrap() += 2 * TWICE;
    assert_eq!((fails(item), &item["in_order"]), (planted, &Value::Bool(false)));
    assert_eq!(item["rows"], table.rows.len() as u64 + TWICE);
}

fn keys_are_those_planted(nation: &Nation, said: &mut Said, service: &str, table: &Table) {
    let found =
        said.json(nation, &["defects", "--dir", "p1", service, "--keys", "--again", "--limit", "100000"]);
    let mut seen = BTreeSet::new();
    for item in found["items"].as_array().unwrap() {
        let rule = item["rule"].as_str().unwrap();
        seen.insert(rule.to_owned());
        if rule == "so_dinh_danh:required" {
            // No key names them.
            assert_eq!(item["keys_not_told"], table.keyless);
            continue;
        }
        let keys: Vec<String> = serde_json::from_value(item["keys"].clone()).unwrap();
        let unlike: BTreeSet<String> = keys.iter().cloned().collect();
        assert_eq!(unlike.len(), keys.len(), "{rule}: a key twice");
        assert_eq!(&unlike, &table.account[rule], "{service} {rule}");
        // Each was fetched and failed once more.
        assert_eq!(item["failing_still"], keys.len() as u64, "{service} {rule} {item}");
        assert_eq!((&item["not_any_more"], &item["keys_not_told"]), (&0.into(), &0.into()), "{rule}");
    }
    assert_eq!(seen, planted_fails(table).into_keys().collect::<BTreeSet<_>>());
}

fn causes_and_numbers_are_explained(nation: &Nation, said: &mut Said) {
    let found = said.json(nation, &["defects", "--dir", "p1", PEOPLE]);
    let items = found["items"].as_array().unwrap();
    let item = |rule: &str| items.iter().find(|item| item["rule"] == rule).unwrap();
    let telephone = item("dien_thoai:format");
    assert_eq!((&telephone["cause"], &telephone["groups"][0]["name"]), (&"source".into(), &"PM-CU".into()));
    assert!(items[0].get("keys").is_none(), "keys are told only where they are asked for");
    let gains: Vec<u64> = items.iter().map(|item| item["fails"].as_u64().unwrap()).collect();
    assert!(gains.is_sorted_by(|a, b| a >= b), "{gains:?}");
    let rule = said.json(nation, &["explain", "--dir", "p1", PEOPLE, "xa:code"]);
    let made = &rule["made_of"][0];
    assert_eq!(
        (&rule["kind"], &made["fail"], &made["term"]["id"]),
        (&"rule".into(), &50.into(), &"ndg:ID-035".into())
    );
    assert!(made["source"].as_str().unwrap().contains("QCVN") && made["is_same_version"] == true, "{made}");
    let shown = said.json(nation, &["show", "--dir", "p1", PEOPLE]);
    assert_eq!(shown["summary"]["band"], "red", "a key field fails, whatever the average");
    assert!(!shown["alerts"].as_array().unwrap().is_empty());
    assert_eq!(shown["summary"]["criteria"]["shared"]["measured"], false);
    for (number, path) in [
        (None, "/summary/overall"),
        (Some("clean"), "/summary/criteria/clean"),
        (Some("ho_ten"), "/fields/3/overall"),
    ] {
        let arguments = [&["explain", "--dir", "p1", PEOPLE][..], number.as_slice()].concat();
        let explained = said.json(nation, &arguments);
        assert_eq!(Some(&explained["score"]), shown.pointer(path), "{number:?}");
        said.run(nation, &arguments);
    }
    let told = said.run(nation, &["show", "--dir", "p1", PEOPLE]);
    for word in ["chưa đo", "so_dinh_danh *", "thứ cấp", "CẢNH BÁO"] {
        assert!(told.contains(word), "{word}: {told}");
    }
    said.run(nation, &["defects", "--dir", "p1", PEOPLE, "--keys", "--limit", "2"]);
    let nothing = nation.try_run(&["quality", "explain", "--dir", "p1", PEOPLE, "khong-co"]);
    assert_eq!(nothing.status.code(), Some(3));
}

/// Kills a run when a part of it is saved. Returns where that is.
async fn break_off(nation: &Nation) -> PathBuf {
    let state = state_file(nation, PEOPLE);
    std::fs::remove_file(&state).unwrap();
    let partial = state.with_file_name("partial");
    let mut child = nation.begin(&["quality", "run", "--dir", "p1", PEOPLE, "--rate", "1500"]);
    let began = Instant::now();
    while !partial.exists() {
        assert!(began.elapsed() < Duration::from_secs(30), "nothing was saved");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!state.exists(), "it was done before it was killed");
    partial
}

/// A run that was broken off goes on, and comes to the same; where what is asked has changed meanwhile, it begins anew.
async fn broken_off_it_comes_to_the_same(nation: &Nation, said: &mut Said, whole: &[u8]) {
    let state = state_file(nation, PEOPLE);
    let partial = break_off(nation).await;
    nothing_of_a_value_stays(nation, said);
    let again = said.json(nation, &["run", "--dir", "p1", PEOPLE]);
    let resumed = again["items"][0]["resumed_at"].as_u64().unwrap_or_else(|| panic!("{again}"));
    assert!((500..ROWS).contains(&resumed), "{resumed}");
    assert!(
        std::fs::read(&state).unwrap() == whole,
        "another state than that of a run that was not broken off"
    );
    assert!(!partial.exists());
    break_off(nation).await;
    let path = nation.path("p1/quality/materials.json");
    let before = std::fs::read_to_string(&path).unwrap();
    let mut materials: Value = serde_json::from_str(&before).unwrap();
    let codes = materials["lists"][0]["codes"].as_array_mut().unwrap();
    let another = codes[0].clone();
    codes.push(another);
    std::fs::write(&path, materials.to_string()).unwrap();
    let anew = said.json(nation, &["run", "--dir", "p1", PEOPLE]);
    assert!(anew["items"][0]["resumed_at"].is_null(), "half by one code list, half by another: {anew}");
    std::fs::write(&path, before).unwrap();
    said.json(nation, &["run", "--dir", "p1", PEOPLE]);
}

/// No file of the folder and nothing that was printed holds a value of a field that is no code list's.
fn nothing_of_a_value_stays(nation: &Nation, said: &Said) {
    let all = files(&nation.path("p1/quality"));
    assert!(all.len() >= 3);
    for path in all {
        let bytes = std::fs::read(&path).unwrap();
        for value in [MARKER, &MARKER[1..], "Nguyễn", "Trần Thị"] {
            let holds = bytes.windows(value.len()).any(|part| part == value.as_bytes());
            assert!(!holds || path.ends_with("materials.json"), "{value} in {}", path.display());
        }
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert!(mode & 0o077 == 0 || path.ends_with("lock"), "{}: {mode:o}", path.display());
    }
    assert!(!said.0.contains(&MARKER[1..]) && !said.0.contains("Nguyễn"), "a value was printed");
}

/// What is proposed is written for the owner, changes nothing by itself, and repairs when the owner runs it.
async fn repairs_repair(nation: &Nation, said: &mut Said, table: &Table) {
    said.run(nation, &["defects", "--dir", "p1", PEOPLE, "--sql", "sua.sql", "--csv", "sua.csv"]);
    let again = said.json(nation, &["run", "--dir", "p1", PEOPLE]);
    assert_eq!(fails(&again["items"][0]), planted_fails(table), "proposals change nothing");
    let csv = std::fs::read_to_string(nation.path("sua.csv")).unwrap();
    assert!(csv.contains("Nguyễn Văn An") && csv.lines().count() > 200);
    let sql = std::fs::read_to_string(nation.path("sua.sql")).unwrap();
    sqlite(nation, sql.lines().map(str::to_owned).collect()).await;
    // As of the day before, so that two days can be compared.
    let state = state_file(nation, PEOPLE);
    let day: jiff::civil::Date = state.file_stem().unwrap().to_str().unwrap().parse().unwrap();
    let before = day.yesterday().unwrap();
    for kind in ["state", "json"] {
        let bytes = std::fs::read(state.with_extension(kind)).unwrap();
        let bytes = match kind {
            "json" => String::from_utf8(bytes)
                .unwrap()
                .replace(&format!("\"day\":\"{day}\""), &format!("\"day\":\"{before}\""))
                .into_bytes(),
            _ => bytes,
        };
        std::fs::write(state.with_file_name(format!("{before}.{kind}")), bytes).unwrap();
    }
    let repaired = said.json(nation, &["run", "--dir", "p1", PEOPLE]);
    let left = fails(&repaired["items"][0]);
    for rule in [
        "ho_ten:spaces",
        "ho_ten:composed",
        "ho_ten:letter_d",
        "ngay_sinh:type",
        "so_dinh_danh:sex",
        "xa:code",
    ] {
        assert!(!left.contains_key(rule), "{rule}: {left:?}");
    }
    assert_eq!(left["so_dinh_danh:province"], 50);
    let differences = said.json(nation, &["diff", "--dir", "p1", PEOPLE]);
    let rules = differences["rules"].as_array().unwrap();
    let spaces = rules.iter().find(|rule| rule["rule"] == "ho_ten:spaces").unwrap();
    assert_eq!((&spaces["before"]["fail"], &spaces["after"]["fail"]), (&50.into(), &0.into()));
    assert!(rules.iter().all(|rule| rule["rule"] != "dien_thoai:format"), "what is the same is not told");
    said.run(nation, &["diff", "--dir", "p1", PEOPLE]);
}

/// The node measures by itself, and says so in its health.
async fn by_schedule(nation: &mut Nation) {
    nation.kill("p1");
    std::fs::remove_dir_all(state_file(nation, PEOPLE).parent().unwrap()).unwrap();
    nation.change_settings("p1", |text| text.replace("off = true", "hour = 0\nevery_seconds = 1"));
    nation.start_node("p1");
    let edge = nation.address("p1").edge;
    until("measured by schedule", async || {
        let request = http::Request::get(format!("http://{edge}/health"));
        let Ok(answer) = nation.try_send(request, String::new()).await else { return false };
        let health: Value = serde_json::from_slice(answer.body()).unwrap();
        let status = &health["quality"][PEOPLE];
        assert!(status["failed"].is_null(), "{status}");
        status["rows"].as_u64().is_some() && status["next"].is_string()
    })
    .await;
    assert!(state_file(nation, PEOPLE).exists());
    // The hub was away all the time, and hears of it when it is back.
    nation.start_hub().await;
    the_hub_hears_of_it(nation).await;
}

/// What was measured is told to the hub, which shows the same counts and scores, and nothing of a value.
async fn the_hub_hears_of_it(nation: &Nation) {
    let path = format!("/api/v1/quality/datasets/{}", model::id::encode_part(PEOPLE));
    until("the hub has the measurement", async || {
        !nation.hub("GET", &path, "").await.1["measurement"].is_null()
    })
    .await;
    let (_, there) = nation.hub("GET", &path, "").await;
    let here: Value =
        serde_json::from_str(&nation.run(&["quality", "show", "--dir", "p1", PEOPLE, "-o", "json"])).unwrap();
    assert_eq!(fails(&there), fails(&here));
    let value = |shown: &Value, place: &str| shown.pointer(place).and_then(Value::as_f64).unwrap();
    assert!((value(&there, "/line/overall/value") - value(&here, "/summary/overall/value")).abs() < 0.001);
    assert!(!there.to_string().contains(MARKER));
    // The command line asks the hub the same.
    let told = nation.run(&["quality", "show", PEOPLE, "--officer", OFFICER, "-o", "json"]);
    assert_eq!(fails(&serde_json::from_str(&told).unwrap()), fails(&here));
    let defects = nation.run(&["defect", "list", "--officer", OFFICER, "--service", PEOPLE, "-o", "json"]);
    let defects: Value = serde_json::from_str(&defects).unwrap();
    let rules: BTreeSet<&str> =
        defects["items"].as_array().unwrap().iter().filter_map(|defect| defect["rule"].as_str()).collect();
    assert!(rules.contains("so_dinh_danh:required") && rules.contains("dien_thoai:format"), "{rules:?}");
    let listed =
        nation.run(&["quality", "list", "--officer", OFFICER, "--level", "dataset", "--sort", "-overall"]);
    assert!(listed.contains(PEOPLE), "{listed}");
}
