//! Copies: whatever the source is and whatever becomes of it, of the nodes and of the copy, each copy comes to be what its grant leaves of the
//! source; and in between no record of it is one that the source never had.

mod kept;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, PgConnection, Row as _, SqliteConnection,
};
use testing::Server;

use crate::nation::{CLIENT, Nation, PURPOSE, Plan, until};

const SOURCES: [&str; 5] = ["postgres", "mariadb", "sqlite", "csv", "api"];
/// The key, what is given, what decides about rows, and what is not granted.
const FIELDS: [(&str, &str); 5] =
    [("so", "person_id"), ("ten", "text"), ("ngay", "date"), ("xa", "unit"), ("kin", "text")];
const GRANTED: [&str; 4] = ["so", "ten", "ngay", "xa"];
/// Records of this commune are granted.
const COMMUNE: &str = "00004";
const RECORDS: usize = 1300;

/// A record: its fields by name.
type Record = BTreeMap<&'static str, String>;
type Records = BTreeMap<String, Record>;

fn record(n: usize, name: &str, commune: &str, secret: &str) -> Record {
    BTreeMap::from([
        ("so", format!("0011900{n:05}")),
        ("ten", name.to_owned()),
        ("ngay", format!("1990-01-{:02}", 1 + n % 28)),
        ("xa", commune.to_owned()),
        ("kin", secret.to_owned()),
    ])
}

fn beginning() -> Records {
    let one = |n: usize| {
        let commune = if n.is_multiple_of(3) { COMMUNE } else { "27004" };
        record(n, &format!("Nguyễn\tThị \\ Hòa {}", n % 40), commune, "x")
    };
    (0..RECORDS).map(one).map(|one| (one["so"].clone(), one)).collect()
}

/// What is granted of records.
fn granted(records: &Records) -> BTreeMap<String, Vec<String>> {
    let of = records.values().filter(|record| record["xa"] == COMMUNE);
    of.map(|record| {
        (record["so"].clone(), GRANTED.iter().skip(1).map(|field| record[field].clone()).collect())
    })
    .collect()
}

/// Where records are written by their owners.
struct Sources {
    postgres: PgConnection,
    mariadb: MySqlConnection,
    sqlite: SqliteConnection,
    csv: std::path::PathBuf,
    api: Arc<Mutex<Value>>,
}

fn text(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}

fn values(record: &Record, quote: impl Fn(&str) -> String) -> String {
    FIELDS.iter().map(|(name, _)| quote(&record[name])).collect::<Vec<_>>().join(", ")
}

impl Sources {
    /// The sources come to have these records, by what must be changed for that.
    async fn become_(&mut self, was: &Records, is: &Records) {
        let plain = |value: &str| format!("'{}'", value.replace('\'', "''"));
        let mut statements = Vec::new();
        let mut in_maria = Vec::new();
        for key in was.keys().filter(|key| was.get(*key) != is.get(*key)) {
            statements.push(format!("DELETE FROM nguoi WHERE so = '{key}'"));
            in_maria.push(format!("DELETE FROM nguoi WHERE so = '{key}'"));
        }
        let new: Vec<&Record> =
            is.iter().filter(|(key, one)| was.get(*key) != Some(one)).map(|(_, one)| one).collect();
        for some in new.chunks(500) {
            let rows = |quote: fn(&str) -> String| {
                some.iter().map(|one| format!("({})", values(one, quote))).collect::<Vec<_>>().join(", ")
            };
            let plain_rows =
                some.iter().map(|one| format!("({})", values(one, plain))).collect::<Vec<_>>().join(", ");
            statements.push(format!("INSERT INTO nguoi VALUES {plain_rows}"));
            in_maria.push(format!("INSERT INTO nguoi VALUES {}", rows(text)));
        }
        let all = |statements: &[String]| format!("BEGIN; {}; COMMIT", statements.join("; "));
        if !statements.is_empty() {
            self.postgres.execute(sqlx::raw_sql(AssertSqlSafe(all(&statements)))).await.unwrap();
            self.sqlite.execute(sqlx::raw_sql(AssertSqlSafe(all(&statements)))).await.unwrap();
            self.mariadb.execute(sqlx::raw_sql(AssertSqlSafe(all(&in_maria)))).await.unwrap();
        }
        let quoted = |value: &str| format!("\"{}\"", value.replace('"', "\"\""));
        let head = FIELDS.map(|(name, _)| name).join(",");
        let lines: Vec<String> = is.values().map(|one| values(one, quoted).replace(", ", ",")).collect();
        let new = self.csv.with_extension("new");
        std::fs::write(&new, format!("{head}\n{}\n", lines.join("\n"))).unwrap();
        std::fs::rename(new, &self.csv).unwrap();
        *self.api.lock().unwrap() = json!({ "data": is.values().collect::<Vec<_>>(), "next": null });
    }
}

async fn api(data: Arc<Mutex<Value>>) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let answer = move || std::future::ready(axum::Json(data.lock().unwrap().clone()));
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", get(answer))).await.unwrap() });
    at
}

fn service(source: &str) -> String {
    format!("VN/GOV/G01/dan-cu/bo-{source}")
}

fn registry() -> String {
    let label = json!({ "vi": "x", "en": "x" });
    let fields = FIELDS.map(|(name, kind)| json!({ "name": name, "kind": kind, "label": label }));
    let of = |source: &&str| {
        let id = service(source);
        let service = json!({ "kind": "Service", "id": id, "name": label, "dataset": { "key": "so", "fields": fields } });
        let grant = json!({ "kind": "Grant", "id": format!("g-bo-{source}"), "client": CLIENT, "service": id, "fields": GRANTED,
            "uses": [{ "purpose": PURPOSE, "basis": "nd-70" }], "per_second": 100_000,
            "endpoints": [{ "method": "POST", "path": "/sync" }], "rows": [{ "field": "xa", "one_of": [COMMUNE] }] });
        format!("{service}\n---\n{grant}")
    };
    SOURCES.iter().map(of).collect::<Vec<_>>().join("\n---\n")
}

/// What a copy has.
async fn copy(place: &str, source: &str) -> BTreeMap<String, Vec<String>> {
    let select = format!(
        "SELECT CAST(so AS TEXT), CAST(ten AS TEXT), CAST(ngay AS TEXT), CAST(xa AS TEXT) FROM ban_{source}"
    );
    let select = AssertSqlSafe(select);
    macro_rules! rows {
        ($connection:ty) => {
            match <$connection>::connect(place).await {
                Ok(mut open) => sqlx::query(select)
                    .fetch_all(&mut open)
                    .await
                    .unwrap_or_default()
                    .iter()
                    .map(|row| (row.get(0), (1..4).map(|at| row.get(at)).collect()))
                    .collect(),
                Err(_) => BTreeMap::new(),
            }
        };
    }
    if place.starts_with("sqlite") { rows!(SqliteConnection) } else { rows!(PgConnection) }
}

/// A nation whose sources have these records, and a copy of each in a file and on a server.
async fn nation(sources_at: (&str, &Server), targets: [&str; 2]) -> (Nation, Sources) {
    let (postgres, mariadb) = sources_at;
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    let made = format!(
        "CREATE TABLE nguoi ({}, PRIMARY KEY (so))",
        FIELDS.map(|(name, _)| format!("{name} varchar(60)")).join(", ")
    );
    let mut in_postgres = PgConnection::connect(postgres).await.unwrap();
    in_postgres.execute(sqlx::raw_sql(AssertSqlSafe(made.clone()))).await.unwrap();
    let mut in_maria =
        MySqlConnection::connect(&format!("mysql://root@127.0.0.1:{}/", mariadb.port)).await.unwrap();
    let in_it = format!("CREATE DATABASE bo CHARACTER SET utf8mb4; USE bo; {made}");
    in_maria.execute(sqlx::raw_sql(AssertSqlSafe(in_it))).await.unwrap();
    let options =
        sqlx::sqlite::SqliteConnectOptions::new().filename(nation.path("bo.db")).create_if_missing(true);
    let mut file = SqliteConnection::connect_with(&options).await.unwrap();
    file.execute(sqlx::raw_sql(AssertSqlSafe(made))).await.unwrap();
    let data = Arc::new(Mutex::new(json!({ "data": [], "next": null })));
    let csv = nation.path("bo.csv");
    let mut sources = Sources {
        postgres: in_postgres,
        mariadb: in_maria,
        sqlite: file,
        csv: csv.clone(),
        api: data.clone(),
    };
    sources.become_(&Records::new(), &beginning()).await;
    let places = [
        (postgres.to_owned(), "nguoi"),
        (format!("mariadb://root@127.0.0.1:{}/bo", mariadb.port), "nguoi"),
        (format!("sqlite:{}", nation.path("bo.db").display()), "nguoi"),
        (csv.display().to_string(), "data"),
        (format!("http://{}/", api(data).await), "data"),
    ];
    let (mut provider, mut consumer) = (String::new(), String::new());
    for (name, (url, table)) in SOURCES.iter().zip(places) {
        provider.push_str(&format!("\n[[sources]]\nname = \"bo-{name}\"\nurl = \"{url}\"\nrefresh_seconds = 1\n\n[[services]]\nid = \"{}\"\nsource = \"bo-{name}\"\ntable = \"{table}\"\nround_seconds = 1\n", service(name)));
        for target in targets {
            consumer.push_str(&format!("\n[[copies]]\nservice = \"{}\"\nclient = \"{CLIENT}\"\npurpose = \"{PURPOSE}\"\ntarget = \"{target}\"\ntable = \"ban_{name}\"\nevery_seconds = 1\nverify_seconds = 5\n", service(name)));
        }
    }
    nation.apply(&registry());
    for (name, more) in [("p1", provider), ("c1", consumer)] {
        nation.kill(name);
        nation.change_settings(name, |text| text + &more);
        nation.start_node(name);
    }
    nation.wait_for(nation.revision().await).await;
    (nation, sources)
}

/// Waits until every copy is what is granted of these records.
async fn until_all_are(targets: [&str; 2], records: &Records, what: &str) {
    let should = granted(records);
    for source in SOURCES {
        for target in targets {
            let began = std::time::Instant::now();
            loop {
                let is = copy(target, source).await;
                if is == should {
                    break;
                }
                let other = should.iter().find(|(key, fields)| is.get(*key) != Some(fields));
                let other = other.map(|(key, fields)| (key, fields, is.get(key)));
                assert!(
                    began.elapsed() < std::time::Duration::from_secs(60),
                    "{what}: the copy of {source} in {target} has {} of {}: {other:?}",
                    is.len(),
                    should.len()
                );
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_come_to_be_what_their_grants_leave_of_their_sources() {
    let (postgres, mariadb) = (Server::shared_postgres(), Server::mariadb());
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("ban.db").display());
    let (server, from) = (postgres.database("ban_dong_bo"), postgres.database("bo_dong_bo"));
    let targets = [file.as_str(), server.as_str()];
    let (mut nation, mut sources) = nation((&from, &mariadb), targets).await;
    let mut records = beginning();
    until_all_are(targets, &records, "first").await;

    // Everything that can become of a record, at once.
    let was = records.clone();
    let key = |n: usize| format!("0011900{n:05}");
    records.remove(&key(0));
    records.insert(key(3), record(3, "Đổi tên", COMMUNE, "x"));
    records.insert(key(6), record(6, "Chuyển đi", "27004", "x"));
    records.insert(key(7), record(7, "Chuyển đến", COMMUNE, "x"));
    records.insert(key(9000), record(9000, "Mới", COMMUNE, "x"));
    sources.become_(&was, &records).await;
    until_all_are(targets, &records, "changed").await;

    // The provider's node ends in the middle of it, and the consumer's.
    for name in ["p1", "c1"] {
        let was = records.clone();
        for n in 100..200 {
            records.insert(key(n), record(n, &format!("{name} {n}"), COMMUNE, "x"));
        }
        sources.become_(&was, &records).await;
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        nation.kill(name);
        nation.start_node(name);
        until_all_are(targets, &records, name).await;
    }

    // Somebody changes the copies by hand; it is found out when they are read again.
    let by_hand = "UPDATE ban_sqlite SET ten = 'sửa tay'; DELETE FROM ban_csv WHERE so > '001190000100'";
    PgConnection::connect(&server).await.unwrap().execute(sqlx::raw_sql(by_hand)).await.unwrap();
    until_all_are(targets, &records, "by hand").await;
    // Copies go on asking: what is on its way is in one ledger only.
    until("both ledgers have all", async || nation.verify(&["p1", "c1"])["whole"] == json!(true)).await;
}
