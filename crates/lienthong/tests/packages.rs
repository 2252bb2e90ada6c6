//! Packages on media: ordered, made while the node runs, broken off and gone on with, checked, opened, and told from forged ones.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use sqlx::Connection as _;

use crate::nation::{CLIENT, Nation, PEOPLE, PURPOSE, Plan};

/// Records beside the 300 that every nation has: enough for several parts.
const MANY: u64 = 120_000;

pub(crate) fn grant(endpoints: &str) -> String {
    format!(
        "{{ kind: Grant, id: g-nguoi, client: {CLIENT}, service: {PEOPLE}, uses: [{{ purpose: {PURPOSE}, basis: nd-70 }}], per_second: 100, fields: [so_dinh_danh, ho_ten, ngay_sinh]{endpoints} }}"
    )
}

fn order<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let order =
        ["package", "order", "--dir", "c1", "--client", CLIENT, "--service", PEOPLE, "--purpose", PURPOSE];
    [&order[..], &["--out", out], more].concat()
}

/// What a command that must fail says.
fn refused(nation: &Nation, arguments: &[&str]) -> String {
    let output = nation.try_run(&[arguments, &["--lang", "en"]].concat());
    assert!(!output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn parts(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut parts: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(".ndjson.age")).collect();
    parts.sort();
    parts
}

fn lines(folder: &Path) -> Vec<Value> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "ndjson"));
    files.sort();
    let text: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_dataset_goes_by_hand_and_is_an_exchange_all_the_same() {
    let nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    add_many(&nation).await;
    nation.apply(&grant(""));
    nation.wait_for(nation.revision().await).await;
    assert!(
        refused(&nation, &order("don.json", &[])).contains("LT-2109"),
        "a grant that names nothing gives all"
    );
    nation.apply(&grant(", endpoints: [{ method: POST, path: /stream }]"));
    nation.wait_for(nation.revision().await).await;
    assert!(refused(&nation, &order("don.json", &["--filter", "so_dinh_danh=1"])).contains("LT-4107"));
    nation.run(&order("don.json", &["--user", "can-bo-1"]));

    // Broken off in the middle; the same command goes on, and what was done is not done again.
    let make = ["package", "make", "--dir", "p1", "don.json", "--out", "goi"];
    let mut begun = nation.begin(&make);
    while parts(&nation.path("goi")).len() < 2 {
        assert!(begun.try_wait().unwrap().is_none(), "it was done before it could be broken off");
    }
    begun.kill().unwrap();
    begun.wait().unwrap();
    assert!(!nation.path("goi/answer.json").exists());
    assert!(refused(&nation, &["package", "verify", "--dir", "c1", "goi"]).contains("not complete"));
    let when = |path: &Path| std::fs::metadata(path).unwrap().modified().unwrap();
    let first = when(&nation.path("goi/00001.ndjson.age"));
    std::fs::write(nation.path("hop-dong.yaml"), "kind: DataContract\n").unwrap();
    let made = nation.json(&[&make[..], &["--contract", "hop-dong.yaml", "-o", "json"]].concat());
    assert_eq!(when(&nation.path("goi/00001.ndjson.age")), first, "a part that was done was done again");
    assert_eq!(made["records"], MANY + 300);
    let count = made["parts"].as_array().unwrap().len();
    assert!(count >= 3 && count == parts(&nation.path("goi")).len());
    // Made once: again is no harm, and for another medium it takes another order.
    nation.run(&make);
    assert!(
        refused(&nation, &["package", "make", "--dir", "p1", "don.json", "--out", "goi-2"])
            .contains("LT-8107")
    );

    checked_and_opened(&nation, count);
    forged_ones_are_told(&nation);
    by_filters(&nation);
    keys_that_would_lose_records_are_told(&nation).await;

    let ledgers = nation.verify(&["p1", "c1"]);
    assert_eq!(ledgers["whole"], true, "{ledgers}");
    assert_eq!(ledgers["in_both"], 2, "the packages are in both ledgers: {ledgers}");
}

pub(crate) async fn add_many(nation: &Nation) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(nation.path("people.db"));
    let mut connection = sqlx::sqlite::SqliteConnection::connect_with(&options).await.unwrap();
    let insert = format!(
        "WITH RECURSIVE dem(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM dem WHERE n < {MANY})
         INSERT INTO nguoi SELECT printf('925%09d', n), 'Nguyễn Thị Hòa ' || n || hex(zeroblob(60)), '1980-01-01', 'Không' FROM dem"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(insert)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn checked_and_opened(nation: &Nation, count: usize) {
    // Whoever has a directory can check it; only who ordered it can open it.
    let verified = nation.json(&["package", "verify", "--dir", "p1", "goi", "-o", "json"]);
    assert_eq!(verified["records"], MANY + 300);
    assert!(refused(nation, &["package", "open", "--dir", "p1", "goi", "--out", "mo"]).contains("LT-8107"));
    nation.run(&["package", "open", "--dir", "c1", "goi", "--out", "mo"]);
    let records = lines(&nation.path("mo"));
    assert_eq!(records.len() as u64, MANY + 300);
    assert!(
        records.windows(2).all(|pair| pair[0]["so_dinh_danh"].as_str() < pair[1]["so_dinh_danh"].as_str())
    );
    assert_eq!(records[7]["ho_ten"], "Nguyễn Thị Hòa 7");
    assert!(records[7].get("ton_giao").is_none(), "more than is granted");
    // A part that is lost is opened again, the others stay.
    std::fs::remove_file(nation.path("mo/00002.ndjson")).unwrap();
    nation.run(&["package", "open", "--dir", "c1", "goi", "--out", "mo"]);
    assert_eq!(lines(&nation.path("mo")).len() as u64, MANY + 300);
    // Another's tool opens it as well: age, from Debian.
    let orders =
        std::fs::read_dir(nation.path("c1/packages/ordered")).unwrap().map(|entry| entry.unwrap().path());
    let key = orders.map(|path| path.join("receiver.key")).find(|path| path.exists()).unwrap();
    let mut opened = 0;
    for part in parts(&nation.path("goi")) {
        let told = Command::new("age").arg("--decrypt").arg("--identity").arg(&key).arg(part).output();
        let told = told.expect("age is not installed: run `cargo xtask test`");
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        opened += told.stdout.iter().filter(|byte| **byte == b'\n').count() as u64;
    }
    assert_eq!((opened, parts(&nation.path("goi")).len()), (MANY + 300, count));
}

fn forged_ones_are_told(nation: &Nation) {
    let verify = ["package", "verify", "--dir", "c1", "goi"];
    let with = |name: &str, change: &dyn Fn(Vec<u8>) -> Vec<u8>, said: &str| {
        let path = nation.path(&format!("goi/{name}"));
        let good = std::fs::read(&path).unwrap();
        std::fs::write(&path, change(good.clone())).unwrap();
        let told = refused(nation, &verify);
        assert!(told.contains(said), "{name}: {told}");
        std::fs::write(&path, good).unwrap();
    };
    let flip: &dyn Fn(Vec<u8>) -> Vec<u8> = &|mut bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        bytes
    };
    with("00001.ndjson.age", flip, "LT-8107");
    with("contract.yaml", flip, "LT-8107");
    with("00002.ndjson.age", &|_| Vec::new(), "LT-8107");
    let replaced = |from: &'static str, to: &'static str| {
        move |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replacen(from, to, 1).into_bytes()
    };
    with("manifest.json", &replaced("\"records\"", "\"records\" "), "LT-3207");
    with("order.json", &replaced("can-bo-1", "can-bo-2"), "LT-3201");
    with("order.json", &replaced("age1", "age2"), "LT-3207");
    with("answer.json", &|_| b"{}".to_vec(), "LT-8107");
    with("answer.json", &replaced("lt=:", "lt=:AAAA"), "LT-3201");
    std::fs::write(nation.path("goi/00099.ndjson.age"), "x").unwrap();
    nation.run(&verify);
    std::fs::remove_file(nation.path("goi/00099.ndjson.age")).unwrap();
    // An order that another altered is not carried out.
    let order = std::fs::read_to_string(nation.path("don.json")).unwrap();
    std::fs::write(nation.path("don-gia.json"), order.replace(PURPOSE, "tiep-thi")).unwrap();
    let told = refused(nation, &["package", "make", "--dir", "p1", "don-gia.json", "--out", "goi-3"]);
    assert!(told.contains("LT-3201"), "{told}");
    std::fs::write(nation.path("don-gia.json"), "{").unwrap();
    let told = refused(nation, &["package", "make", "--dir", "p1", "don-gia.json", "--out", "goi-3"]);
    assert!(told.contains("LT-8107"), "{told}");
}

fn by_filters(nation: &Nation) {
    // Nothing fits: a package all the same, which says so.
    nation.run(&order("don-2.json", &["--filter", "ngay_sinh=1900-01-01"]));
    let made = nation.json(&["package", "make", "--dir", "p1", "don-2.json", "--out", "goi-4", "-o", "json"]);
    assert_eq!((made["records"].as_u64(), made["parts"].as_array().unwrap().len()), (Some(0), 0));
    nation.run(&["package", "open", "--dir", "c1", "goi-4", "--out", "mo-4"]);
    assert!(lines(&nation.path("mo-4")).is_empty());
}

async fn keys_that_would_lose_records_are_told(nation: &Nation) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(nation.path("people.db"));
    let mut connection = sqlx::sqlite::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("INSERT INTO nguoi VALUES (NULL, 'Không số', '1980-01-01', 'Không')")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    nation.run(&order("don-5.json", &[]));
    let told = refused(nation, &["package", "make", "--dir", "p1", "don-5.json", "--out", "goi-5"]);
    assert!(told.contains("LT-8107") && told.contains("the dataset's key"), "{told}");
}
