//! What people do with a copy: they add it by three commands, find what is held, and see what a changed grant takes from it.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use testing::Server;

use crate::nation::{CLIENT, Nation, PEOPLE, PURPOSE, until};

/// Another grant on the dataset, which allows the copy.
fn grant(fields: &Value, rows: &Value) -> String {
    let mut grant = json!({ "kind": "Grant", "id": "g-ban-sao", "client": CLIENT, "service": PEOPLE, "fields": fields,
        "uses": [{ "purpose": PURPOSE, "basis": "nd-70" }], "endpoints": [{ "method": "POST", "path": "/sync" }], "per_second": 1000 });
    if rows.is_array() {
        grant["rows"] = rows.clone();
    }
    grant.to_string()
}

fn all_fields() -> Value {
    json!(["so_dinh_danh", "ho_ten", "ngay_sinh"])
}

async fn granted(nation: &Nation, fields: Value, rows: Value) {
    nation.apply(&grant(&fields, &rows));
    nation.wait_for(nation.revision().await).await;
}

/// The source, changed by its owner.
async fn change(nation: &Nation, statement: &str) {
    let url = format!("sqlite:{}", nation.path("people.db").display());
    let mut source = SqliteConnection::connect(&url).await.unwrap();
    source.execute(sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))).await.unwrap();
}

fn create<'a>(target: &'a str, table: &'a str, purpose: &'a str) -> Vec<&'a str> {
    let mut words = vec!["sync", "create", "--dir", "c1", PEOPLE, "--client", CLIENT, "--purpose", purpose];
    words.extend(["--target", target, "--table", table, "--every", "1"]);
    words
}

/// How the copy stands, as programs read it.
fn stands(nation: &Nation) -> Value {
    nation.json(&["sync", "list", "--dir", "c1", "-o", "json"])["items"][0].clone()
}

async fn count(place: &str, of: &str) -> i64 {
    let statement = AssertSqlSafe(format!("SELECT count(*) FROM {of}"));
    let counted = match place.starts_with("sqlite") {
        true => match SqliteConnection::connect(place).await {
            Ok(mut open) => sqlx::query_scalar(statement).fetch_one(&mut open).await,
            Err(error) => Err(error),
        },
        false => match PgConnection::connect(place).await {
            Ok(mut open) => sqlx::query_scalar(statement).fetch_one(&mut open).await,
            Err(error) => Err(error),
        },
    };
    counted.unwrap_or(-1)
}

fn short_rounds(nation: &Nation) {
    for name in ["p1", "p2"] {
        nation.change_settings(name, |text| {
            text.replace("sqlite = \"../people.db\"\n", "sqlite = \"../people.db\"\nround_seconds = 1\n")
        });
    }
}

async fn again(nation: &mut Nation, names: &[&str]) {
    for name in names {
        nation.kill(name);
        nation.start_node(name);
    }
    nation.wait_for(nation.revision().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_added_only_where_it_may_be_and_goes_on_at_another_node() {
    let mut nation = Nation::start().await;
    short_rounds(&nation);
    again(&mut nation, &["p1", "p2"]).await;
    let target = format!("sqlite:{}", nation.path("kho.db").display());
    let before = std::fs::read_to_string(nation.path("c1/node.toml")).unwrap();
    let refused = |words: &[&str], code: &str| {
        let done = nation.try_run(words);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!done.status.success() && said.contains(code), "{words:?}: {said}");
        assert_eq!(std::fs::read_to_string(nation.path("c1/node.toml")).unwrap(), before, "{words:?}");
    };
    // A grant that does not name it, a purpose that it does not have, a key that is not granted, a system that the node does not name.
    refused(&create(&target, "nguoi", PURPOSE), "POST /sync");
    granted(&nation, json!(["ho_ten"]), Value::Null).await;
    refused(&create(&target, "nguoi", PURPOSE), "so_dinh_danh");
    granted(&nation, all_fields(), Value::Null).await;
    refused(&create(&target, "nguoi", "viec-khac"), "LT-2105");
    let mut other = create(&target, "nguoi", PURPOSE);
    other[6] = "VN/LOC/H05/khac";
    refused(&other, "VN/LOC/H05/khac");
    for bad in ["mysql://x/y", "postgres://a:b@c/d", "kho.db"] {
        refused(&create(bad, "nguoi", PURPOSE), "copies");
    }
    // A table of somebody else's keeps what it has.
    let options =
        sqlx::sqlite::SqliteConnectOptions::new().filename(nation.path("kho.db")).create_if_missing(true);
    let mut foreign = SqliteConnection::connect_with(&options).await.unwrap();
    let made = "CREATE TABLE rieng (so_dinh_danh TEXT PRIMARY KEY, ho_ten TEXT, ngay_sinh TEXT); INSERT INTO rieng VALUES ('1', 'x', NULL)";
    foreign.execute(sqlx::raw_sql(made)).await.unwrap();
    refused(&create(&target, "rieng", PURPOSE), "rieng");
    foreign.execute("CREATE TABLE thieu (so_dinh_danh TEXT PRIMARY KEY)").await.unwrap();
    refused(&create(&target, "thieu", PURPOSE), "ho_ten");
    assert_eq!(count(&target, "rieng").await, 1);

    nation.run(&create(&target, "nguoi", PURPOSE));
    assert_eq!(stands(&nation)["state"], "waiting");
    again(&mut nation, &["c1"]).await;
    until("the copy", async || count(&target, "nguoi").await == 300).await;
    until("it is known to be right", async || stands(&nation)["verified_until"].is_string()).await;
    let first = stands(&nation)["node"].clone();
    // Its node ends: the next has another chain, and the copy is compared there.
    let (dead, alive) = if first == "VN/GOV/G01/nut-1" { ("p1", "nut-2") } else { ("p2", "nut-1") };
    nation.kill(dead);
    change(&nation, "DELETE FROM nguoi WHERE so_dinh_danh > '924198000199'").await;
    until("it goes on at the other", async || {
        let stands = stands(&nation);
        count(&target, "nguoi").await == 200
            && stands["state"] == "live"
            && stands["node"].as_str().unwrap().ends_with(alive)
    })
    .await;
    nation.start_node(dead);
    until("the ledgers have all", async || nation.verify(&["p1", "p2", "c1"])["whole"] == json!(true)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_database_refuses_is_held_and_what_a_grant_no_longer_gives_goes() {
    let server = Server::shared_postgres();
    let target = server.database("ban_giu_lai");
    let mut nation = Nation::start().await;
    short_rounds(&nation);
    again(&mut nation, &["p1", "p2"]).await;
    let mut open = PgConnection::connect(&target).await.unwrap();
    open.execute("CREATE TABLE nguoi (so_dinh_danh text PRIMARY KEY, ho_ten varchar(30), ngay_sinh date)")
        .await
        .unwrap();
    granted(&nation, all_fields(), Value::Null).await;
    nation.run(&create(&target, "nguoi", PURPOSE));
    again(&mut nation, &["c1"]).await;
    until("the copy", async || stands(&nation)["state"] == "live").await;

    // One name that does not fit beside others that change: it is held, with what it was before; the others go on.
    change(&nation, "UPDATE nguoi SET ho_ten = 'Nguyễn Thị Một Tên Rất Dài Không Vừa Cột Này Đâu' WHERE so_dinh_danh = '924198000007'; UPDATE nguoi SET ho_ten = 'Đổi Tên' WHERE so_dinh_danh >= '924198000290'").await;
    until("the others", async || count(&target, "nguoi WHERE ho_ten = 'Đổi Tên'").await == 10).await;
    assert_eq!(
        count(&target, "nguoi WHERE so_dinh_danh = '924198000007' AND ho_ten = 'Nguyễn Thị Hòa 7'").await,
        1
    );
    until("it is told", async || stands(&nation)["held_records"] == 1).await;
    let held = nation.json(&["sync", "held", "--dir", "c1", PEOPLE, "-o", "json"]);
    assert_eq!(held["items"][0]["key"], "924198000007", "{held}");
    assert_eq!(held["items"][0]["code"], "22001", "{held}");
    let doctor = nation.try_run(&["doctor", "c1"]);
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("giữ lại 1 bản ghi"));
    // Its administrator makes room; it is taken with the next answer that brings something.
    open.execute("ALTER TABLE nguoi ALTER COLUMN ho_ten TYPE text").await.unwrap();
    change(&nation, "UPDATE nguoi SET ho_ten = 'Khác' WHERE so_dinh_danh = '924198000008'").await;
    until("it is released", async || stands(&nation)["held_records"] == 0).await;
    assert_eq!(count(&target, "nguoi WHERE ho_ten LIKE '%Không Vừa%'").await, 1);

    // Fewer rows and fields: what is no longer given is no longer there.
    granted(
        &nation,
        json!(["so_dinh_danh", "ho_ten"]),
        json!([{ "field": "ho_ten", "one_of": ["Đổi Tên"] }]),
    )
    .await;
    until("fewer rows", async || count(&target, "nguoi").await == 10).await;
    until("fewer fields", async || count(&target, "nguoi WHERE ngay_sinh IS NOT NULL").await == 0).await;
    // More again.
    granted(&nation, all_fields(), Value::Null).await;
    until("all again", async || {
        count(&target, "nguoi").await == 300 && count(&target, "nguoi WHERE ngay_sinh IS NULL").await == 0
    })
    .await;

    // The grant ends, and the one that is left does not name it: nothing more comes, and it is said why.
    nation.run(&["grant", "revoke", "g-ban-sao", "--officer", "hub/quan-tri.json", "--reason", "thử"]);
    change(&nation, "DELETE FROM nguoi").await;
    until("it is told why", async || {
        let trouble = stands(&nation)["trouble"]["vi"].clone();
        trouble.as_str().is_some_and(|why| why.contains("LT-2109"))
    })
    .await;
    assert_eq!(count(&target, "nguoi").await, 300);
}
