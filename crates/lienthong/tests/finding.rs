//! Finding by what the body says: over every kind of source, whatever is asked of it, the answer is what a look through all records by hand
//! gives, or a refusal for something that is wrong with the question; and no number that was asked for is in a ledger.

use std::collections::BTreeSet;

use axum::Router;
use axum::routing::get;
use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, PgConnection, SqliteConnection};
use testing::Server;

use crate::nation::{CLIENT, Nation, PURPOSE, Plan, told};

const SOURCES: [&str; 5] = ["postgres", "mariadb", "sqlite", "csv", "api"];
/// The key, what may be filtered by, what may not, and what is not granted.
const FIELDS: [(&str, &str, bool); 6] = [
    ("so", "person_id", false),
    ("ten", "name", false),
    ("ngay", "date", true),
    ("xa", "unit", true),
    ("thu", "text", false),
    ("kin", "text", true),
];
const RECORDS: usize = 130;

/// What is granted: fields, and the commune whose records are covered, if not all are.
struct Granted {
    fields: &'static [&'static str],
    rows: Option<&'static str>,
}

const GRANTS: [Granted; 2] = [
    Granted { fields: &["so", "ten", "ngay", "xa", "thu"], rows: None },
    // Neither the key nor the field of the rule.
    Granted { fields: &["ten", "ngay", "thu"], rows: Some("00004") },
];

fn records() -> Vec<Value> {
    let record = |n: usize| {
        json!({
            "so": format!("0011900{n:05}"), "ten": format!("Nguyễn Thị Hòa {}", n % 40), "ngay": format!("1990-01-{:02}", 1 + n % 9),
            "xa": if n.is_multiple_of(3) { "00004" } else { "27004" }, "thu": format!("thu-{n}"), "kin": format!("kin-{n}"),
        })
    };
    (0..RECORDS).map(record).collect()
}

fn insert(table: &str) -> String {
    let row = |record: &Value| {
        let values = FIELDS.map(|(name, ..)| format!("'{}'", record[name].as_str().unwrap()));
        format!("({})", values.join(", "))
    };
    let rows: Vec<String> = records().iter().map(row).collect();
    let columns = FIELDS.map(|(name, ..)| format!("{name} varchar(60)")).join(", ");
    format!(
        "CREATE TABLE {table} ({columns}, PRIMARY KEY (so)); INSERT INTO {table} VALUES {}",
        rows.join(", ")
    )
}

async fn api() -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let body = json!({ "data": records(), "next": null });
    let router = Router::new().route("/", get(move || std::future::ready(axum::Json(body))));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    at
}

fn service(source: &str) -> String {
    format!("VN/GOV/G01/dan-cu/tim-{source}")
}

fn registry(granted: &Granted) -> String {
    let label = json!({ "vi": "x", "en": "x" });
    let fields = FIELDS
        .map(|(name, kind, filter)| json!({ "name": name, "kind": kind, "label": label, "filter": filter }));
    let of = |source: &&str| {
        let id = service(source);
        let service = json!({ "kind": "Service", "id": id, "name": label, "dataset": { "key": "so", "fields": fields } });
        let mut grant = json!({ "kind": "Grant", "id": format!("g-tim-{source}"), "client": CLIENT, "service": id, "fields": granted.fields,
            "uses": [{ "purpose": PURPOSE, "basis": "nd-70" }], "per_second": 100_000 });
        if let Some(commune) = granted.rows {
            grant["rows"] = json!([{ "field": "xa", "one_of": [commune] }]);
        }
        format!("{service}\n---\n{grant}")
    };
    SOURCES.iter().map(of).collect::<Vec<_>>().join("\n---\n")
}

/// A nation with the records in each kind of source; `postgres` is the database of one.
async fn nation(postgres: &str, mariadb: &Server) -> Nation {
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    let mut admin = PgConnection::connect(postgres).await.unwrap();
    admin.execute(sqlx::raw_sql(AssertSqlSafe(insert("nguoi")))).await.unwrap();
    let maria = format!("mysql://root@127.0.0.1:{}/", mariadb.port);
    let mut admin = MySqlConnection::connect(&maria).await.unwrap();
    let made = format!("CREATE DATABASE tim CHARACTER SET utf8mb4; USE tim; {}", insert("nguoi"));
    admin.execute(sqlx::raw_sql(AssertSqlSafe(made))).await.unwrap();
    let options =
        sqlx::sqlite::SqliteConnectOptions::new().filename(nation.path("tim.db")).create_if_missing(true);
    let mut file = SqliteConnection::connect_with(&options).await.unwrap();
    file.execute(sqlx::raw_sql(AssertSqlSafe(insert("nguoi")))).await.unwrap();
    file.close().await.unwrap();
    let line = |record: &Value| FIELDS.map(|(name, ..)| record[name].as_str().unwrap().to_owned()).join(",");
    let lines: Vec<String> = records().iter().map(line).collect();
    let head = FIELDS.map(|(name, ..)| name).join(",");
    std::fs::write(nation.path("tim.csv"), format!("{head}\n{}\n", lines.join("\n"))).unwrap();
    let places = [
        (postgres.to_owned(), "nguoi"),
        (format!("mariadb://root@127.0.0.1:{}/tim", mariadb.port), "nguoi"),
        (format!("sqlite:{}", nation.path("tim.db").display()), "nguoi"),
        (nation.path("tim.csv").display().to_string(), "data"),
        (format!("http://{}/", api().await), "data"),
    ];
    let mut settings = String::new();
    for (name, (url, table)) in SOURCES.iter().zip(places) {
        settings.push_str(&format!("\n[[sources]]\nname = \"{name}\"\nurl = \"{url}\"\n\n[[services]]\nid = \"{}\"\nsource = \"{name}\"\ntable = \"{table}\"\n", service(name)));
    }
    nation.apply(&registry(&GRANTS[0]));
    nation.kill("p1");
    nation.change_settings("p1", |text| text + &settings);
    nation.start_node("p1");
    nation.wait_for(nation.revision().await).await;
    nation
}

/// A question: filters, fields, limit.
#[derive(Debug)]
struct Question {
    filters: Vec<(&'static str, String)>,
    fields: Vec<&'static str>,
    limit: Option<Value>,
}

impl Question {
    fn body(&self) -> Value {
        let filters: Map<String, Value> =
            self.filters.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let mut body = json!({ "filters": filters, "fields": self.fields });
        if let Some(limit) = &self.limit {
            body["limit"] = limit.clone();
        }
        body
    }

    /// The codes of all that is wrong with it; empty if nothing is.
    fn wrong(&self, granted: &Granted) -> BTreeSet<&'static str> {
        let known = |name: &str| FIELDS.iter().find(|(known, ..)| *known == name);
        let mut wrong = BTreeSet::new();
        let limit = self.limit.as_ref().map_or(Some(100), Value::as_u64);
        if !limit.is_some_and(|limit| (1..=100).contains(&limit))
            || self.filters.is_empty()
            || self.fields.is_empty()
        {
            wrong.insert("LT-4107");
        }
        let once: BTreeSet<&str> = self.fields.iter().copied().collect();
        if once.len() < self.fields.len() {
            wrong.insert("LT-4107");
        }
        for name in self.fields.iter().chain(self.filters.iter().map(|(name, _)| name)) {
            match known(name) {
                None => drop(wrong.insert("LT-4107")),
                Some(_) if !granted.fields.contains(name) => drop(wrong.insert("LT-2112")),
                Some(_) => {}
            }
        }
        for (name, value) in &self.filters {
            let is_filter = known(name).is_some_and(|(known, _, filter)| *filter || *known == "so");
            if !is_filter || (*name == "ngay" && value.len() != 10) {
                wrong.insert("LT-4107");
            }
        }
        wrong
    }

    /// What is found by looking through all records by hand, in order of their keys.
    fn found(&self, granted: &Granted) -> Value {
        let fits = |record: &&Value| {
            granted.rows.is_none_or(|commune| record["xa"] == commune)
                && self.filters.iter().all(|(name, value)| record[name] == **value)
        };
        let all = records();
        let fitting: Vec<&Value> = all.iter().filter(fits).collect();
        let limit = self.limit.as_ref().and_then(Value::as_u64).unwrap_or(100);
        let limit = usize::try_from(limit).unwrap();
        let shown = |record: &&Value| -> Value {
            let fields = self.fields.iter().map(|name| ((*name).to_owned(), record[name].clone()));
            fields.collect::<Map<String, Value>>().into()
        };
        let items: Vec<Value> = fitting.iter().take(limit).map(shown).collect();
        json!({ "items": items, "more": fitting.len() > limit })
    }
}

fn questions(count: usize) -> Vec<Question> {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut dice = move |sides: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % 1_000_003).unwrap() % sides
    };
    let names = ["so", "ten", "ngay", "xa", "thu", "kin", "la"];
    let limits = [
        json!(1),
        json!(2),
        json!(43),
        json!(44),
        json!(100),
        json!(101),
        json!(0),
        json!(-1),
        json!("1"),
        json!(1.5),
    ];
    let mut made = Vec::new();
    for _ in 0..count {
        // Mostly good ones: what is wrong is wrong in one or two things.
        let odd = dice(3) == 0;
        let mut filters = Vec::new();
        for _ in 0..=dice(2) {
            let name = if odd { names[dice(7)] } else { ["so", "ngay", "xa", "ngay"][dice(4)] };
            let value = match name {
                "so" => format!("0011900{:05}", dice(RECORDS + 3)),
                "ngay" => {
                    ["1990-01-03", "1990-01-05", "1990-02-01", if odd { "03/01" } else { "1990-01-01" }]
                        [dice(4)]
                    .to_owned()
                }
                "xa" => ["00004", "27004", "00007"][dice(3)].to_owned(),
                _ => format!("{name}-{}", dice(9)),
            };
            if filters.iter().all(|(known, _)| *known != name) {
                filters.push((name, value));
            }
        }
        if odd && dice(8) == 0 {
            filters.clear();
        }
        let among = if odd { 7 } else { 5 };
        let mut fields: Vec<&'static str> = (0..=dice(3)).map(|_| names[dice(among)]).collect();
        if !odd {
            let mut seen = BTreeSet::new();
            fields.retain(|name| seen.insert(*name));
        } else if dice(8) == 0 {
            fields.clear();
        }
        let limit = (dice(2) == 0).then(|| limits[dice(if odd { 10 } else { 5 })].clone());
        made.push(Question { filters, fields, limit });
    }
    made
}

#[tokio::test]
async fn what_is_found_is_what_a_look_through_all_records_gives() {
    let (postgres, mariadb) = (Server::shared_postgres(), Server::mariadb());
    let nation = nation(&postgres.database("tim"), &mariadb).await;
    let questions = questions(150);
    let mut counts = [0_usize; 3];
    for granted in &GRANTS {
        nation.apply(&registry(granted));
        nation.wait_for(nation.revision().await).await;
        for source in SOURCES {
            for question in &questions {
                let request = nation.request("POST", &service(source), "/find");
                let answer = nation.send(request, question.body().to_string()).await;
                let (status, fault, said) = told(&answer);
                let wrong = question.wrong(granted);
                if wrong.is_empty() {
                    assert_eq!(
                        (status, &said),
                        (200, &question.found(granted)),
                        "{source} {question:?}: {fault}"
                    );
                    counts[usize::from(said["items"].as_array().unwrap().is_empty())] += 1;
                    // What is asked for comes in the contract's order, and nothing beside.
                    assert!(!answer.headers().contains_key("lienthong-unavailable"));
                } else {
                    assert!(
                        wrong.contains(fault.as_str()),
                        "{source} {question:?}: {status} {fault} {said}, not {wrong:?}"
                    );
                    assert_eq!(status, if fault == "LT-2112" { 403 } else { 400 });
                    counts[2] += 1;
                }
            }
        }
    }
    eprintln!("found, not found, refused: {counts:?}");
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
    bad_bodies(&nation).await;
    leaves_nothing(&nation);
}

/// Bodies that are no question.
async fn bad_bodies(nation: &Nation) {
    let good = r#"{"filters":{"ngay":"1990-01-03"},"fields":["ten"]"#;
    let long = format!("{good},\"limit\":1{}}}", " ".repeat(70 * 1024));
    for (body, code) in [
        ("", "LT-4107"),
        ("[]", "LT-4107"),
        (good, "LT-4107"),
        (r#"{"fields":["ten"]}"#, "LT-4107"),
        (r#"{"filters":{"ngay":"1990-01-03"}}"#, "LT-4107"),
        (r#"{"filters":{"ngay":"1990-01-03"},"fields":"all"}"#, "LT-4107"),
        (r#"{"filters":{"ngay":"1990-01-03","ngay":"1990-01-05"},"fields":["ten"]}"#, "LT-4107"),
        (r#"{"filters":{"ngay":19900103},"fields":["ten"]}"#, "LT-4107"),
        (r#"{"filters":{"ngay":"1990-01-03"},"fields":["ten"],"sort":"ten"}"#, "LT-4107"),
        (r#"{"filters":{"ngay":"1990-01-03"},"fields":["ten"],"fields":["thu"]}"#, "LT-4107"),
        (&long, "LT-1106"),
    ] {
        for source in SOURCES {
            let request = nation.request("POST", &service(source), "/find");
            let (status, fault, said) = told(&nation.send(request, body.to_owned()).await);
            let shown: String = body.chars().take(80).collect();
            assert_eq!((fault.as_str(), status / 100), (code, 4), "{source} {shown}: {said}");
        }
    }
    // Nothing in the address counts beside the body.
    let request = nation.request("POST", &service("csv"), "/find?xa=00004");
    let (status, fault, _) = told(&nation.send(request, format!("{good}}}")).await);
    assert_eq!((status, fault.as_str()), (400, "LT-4107"));
    // Only a POST finds.
    let (status, fault, _) = told(&nation.get(&service("csv"), "/find?so=1").await);
    assert_eq!((status, fault.as_str()), (404, "LT-4108"));
}

/// No number that was asked for, nor anything of what was found, is in a ledger.
fn leaves_nothing(nation: &Nation) {
    for node in ["c1", "p1"] {
        let mut bytes = 0;
        for file in std::fs::read_dir(nation.path(node).join("ledger")).unwrap().flatten() {
            if !file.path().is_file() {
                continue;
            }
            let text = std::fs::read(file.path()).unwrap();
            bytes += text.len();
            let holds = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
            for part in ["0011900", "Hòa", "thu-"] {
                assert!(!holds(part.as_bytes()), "{}: {part}", file.path().display());
            }
        }
        assert!(bytes > 100_000, "{node}: {bytes} bytes");
    }
    let found = nation.json(&["ledger", "find", "p1", "--service", &service("csv"), "-o", "json"]);
    assert!(
        found["items"].as_array().unwrap().iter().any(|row| row["path"].as_str().unwrap().ends_with("/find"))
    );
}

/// A column that cannot be computed is in the way of whoever asks for it, and of nobody else: no other column is read.
#[tokio::test]
async fn only_the_columns_that_are_asked_for_are_read() {
    let (postgres, mariadb) = (Server::shared_postgres(), Server::mariadb());
    let url = postgres.database("tim_cot");
    let mut nation = nation(&url, &mariadb).await;
    let mut admin = PgConnection::connect(&url).await.unwrap();
    let view = "ALTER TABLE nguoi RENAME TO goc;
        CREATE VIEW nguoi AS SELECT so, ten, ngay, xa, (1 / (length(so) - length(so)))::text AS thu, kin FROM goc";
    admin.execute(sqlx::raw_sql(view)).await.unwrap();
    nation.kill("p1");
    nation.start_node("p1");
    nation.wait_for(nation.revision().await).await;
    let find = async |fields: Value| {
        let body = json!({ "filters": { "so": "001190000001" }, "fields": fields });
        told(&nation.send(nation.request("POST", &service("postgres"), "/find"), body.to_string()).await)
    };
    let (status, fault, said) = find(json!(["ten"])).await;
    assert_eq!((status, &said["items"][0]["ten"]), (200, &json!("Nguyễn Thị Hòa 1")), "{fault} {said}");
    assert_eq!(find(json!(["ten", "thu"])).await.0, 500);
    assert_eq!(told(&nation.get(&service("postgres"), "/001190000001").await).0, 500);
}
