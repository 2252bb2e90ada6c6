//! PostgreSQL: every type, every trouble.

use std::time::{Duration, Instant};

use futures::{StreamExt as _, TryStreamExt as _};
use model::service::FieldKind;
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};

use super::{records, table, value};
use crate::care::Limits;
use crate::source::Address;
use crate::{Filter, Listing, Source, SourceError, Table, TableName};
use model::column::Class;
use testing::Server;

async fn connect(server: &Server) -> PgConnection {
    PgConnection::connect(&format!("postgres://postgres@127.0.0.1:{}/postgres", server.port)).await.unwrap()
}

fn source(server: &Server, user: &str) -> std::sync::Arc<dyn Source> {
    let limits = Limits { statement: Duration::from_secs(2), ..Limits::default() };
    let address =
        Address { limits, ..Address::new(&format!("postgres://{user}@127.0.0.1:{}/postgres", server.port)) };
    address.open(std::path::Path::new("/nonexistent"), None).unwrap()
}

const TYPES: &str = r#"
CREATE TYPE mau AS ENUM ('đỏ', 'xanh');
CREATE TYPE doi AS (a int, b text);
CREATE DOMAIN tuoi AS int CHECK (VALUE >= 0);
CREATE TABLE kieu (
    id int PRIMARY KEY, i2 smallint, i8 bigint, so numeric, tien money, thuc real, doi8 double precision, b boolean, c5 char(5), v varchar(20), t text,
    bytes bytea, ngay date, gio time, gio_z timetz, luc timestamp, luc_z timestamptz, khoang interval, u uuid, mang inet, cidr_ cidr, mac macaddr,
    j json, jb jsonb, x xml, ds int[], ds_t text[], m mau, d doi, tu tuoi, r int4range, bits bit(4), p point, tsv tsvector
);
INSERT INTO kieu VALUES
 (1, -32768, 9223372036854775807, 123456789012345678901234567890.123456789, 12.34, 1.5, 1e300, true, 'ab', 'Nguyễn', E'dòng\nhai\t\\ nháy '' "',
  '\x00ff', '2020-02-29', '23:59:59.5', '23:59:59+07', '2020-02-29 10:11:12.5', '2020-02-29 10:11:12+07', '1 year 2 days', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  '10.0.0.1', '10.0.0.0/8', '08:00:2b:01:02:03', '{"a": [1, null]}', '{"b": 2}', '<a/>', '{1,NULL,3}', '{"a,b","\"c\""}', 'đỏ', '(1,hai)', 30, '[1,5)', B'1010', '(1,2)', 'mèo'),
 (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 (3, 0, -9223372036854775808, 'NaN', 0, 'NaN', '-Infinity', false, '', '', '', '\x', '0044-03-15 BC', '00:00', '00:00+00', 'infinity', '-infinity', '0', '00000000-0000-0000-0000-000000000000',
  '::1', '::/0', '00:00:00:00:00:00', 'null', '[]', '', '{}', '{}', 'xanh', '(,)', 0, 'empty', B'0000', '(0,0)', '');
"#;

#[tokio::test]
async fn every_type_comes_out_exactly() {
    let server = Server::postgres();
    let mut admin = connect(&server).await;
    admin.execute(TYPES).await.unwrap();
    let source = source(&server, "postgres");
    let kieu = table(&*source, "kieu", "id", &[("id", FieldKind::Integer)]).await;
    let names: Vec<&str> = kieu.fields.keys().map(String::as_str).collect();
    let listed = source.list(&kieu, &names, &Listing { limit: 10, ..Listing::default() }).await.unwrap();
    let first = value(&listed[0].record);
    let expected = json!({
        "id": 1, "i2": "-32768", "i8": "9223372036854775807", "so": "123456789012345678901234567890.123456789", "thuc": "1.5", "doi8": "1e300", "b": "true", "c5": "ab",
        "v": "Nguyễn", "t": "dòng\nhai\t\\ nháy ' \"", "bytes": "AP8=", "ngay": "2020-02-29", "gio": "23:59:59.5", "gio_z": "23:59:59+07",
        "luc": "2020-02-29T10:11:12.5", "luc_z": "2020-02-29T03:11:12Z", "khoang": "P1Y2D", "u": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "mang": "10.0.0.1/32",
        "cidr_": "10.0.0.0/8", "mac": "08:00:2b:01:02:03", "j": { "a": [1, null] }, "jb": { "b": 2 }, "x": "<a/>", "ds": "{1,NULL,3}", "ds_t": "{\"a,b\",\"\\\"c\\\"\"}",
        "m": "đỏ", "d": "(1,hai)", "tu": "30", "r": "[1,5)", "bits": "1010", "p": "(1,2)", "tsv": "'mèo'",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&first[name], value, "{name}");
    }
    assert!(first["tien"].as_str().unwrap().contains("12.34"));
    let second = value(&listed[1].record);
    assert!(
        second.as_object().unwrap().iter().all(|(name, value)| name == "id" || value.is_null()),
        "{second:?}"
    );
    let third = value(&listed[2].record);
    for (name, value) in [
        ("so", json!("NaN")),
        ("thuc", json!("NaN")),
        ("i8", json!(i64::MIN.to_string())),
        ("luc_z", json!("-infinity")),
        ("ngay", json!("0044-03-15 BC")),
        ("t", json!("")),
        ("j", Value::Null),
    ] {
        assert_eq!(third[name], value, "{name}");
    }
    // Streamed, it is the same.
    let streamed: Vec<_> = records(source.stream(&kieu, &names, &[])).try_collect().await.unwrap();
    assert_eq!(streamed, listed.iter().map(|listed| value(&listed.record)).collect::<Vec<_>>());
    // Looked up by each type that can be a key or a filter.
    for (name, value) in [
        ("i8", i64::MAX.to_string()),
        ("so", "123456789012345678901234567890.123456789".into()),
        ("b", "true".into()),
        ("c5", "ab".into()),
        ("v", "Nguyễn".into()),
        ("ngay", "2020-02-29".into()),
        ("luc_z", "2020-02-29T03:11:12Z".into()),
        ("u", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11".into()),
        ("thuc", "1.5".into()),
        ("doi8", "1e300".into()),
        ("bytes", "AP8=".into()),
        ("khoang", "P1Y2D".into()),
        ("x", "<a/>".into()),
        ("d", "(1,hai)".into()),
        ("m", "đỏ".into()),
        ("tu", "30".into()),
    ] {
        let filters = [Filter::is(name, &value)];
        assert_eq!(source.count(&kieu, &filters).await.unwrap(), 1, "{name}");
        let streamed: Vec<_> = records(source.stream(&kieu, &["id"], &filters)).try_collect().await.unwrap();
        assert_eq!(streamed.len(), 1, "{name}");
    }
    finds_nothing_else(&*source, &kieu).await;
}

/// What is not shown is not there, and is no failure of the source.
async fn finds_nothing_else(source: &dyn Source, kieu: &Table) {
    for (name, value) in [
        ("i8", "x"),
        ("so", "1;2"),
        ("b", "có"),
        ("ngay", "2020-02-30"),
        ("u", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"),
        ("m", "tím"),
        ("luc", "x"),
        ("t", "a\0b"),
        ("c5", "ab "),
        ("i2", "99999"),
        ("khoang", "P366D"),
    ] {
        let filters = [Filter::is(name, value)];
        assert_eq!(source.count(kieu, &filters).await, Ok(0), "{name}");
        let streamed: Vec<_> = records(source.stream(kieu, &["id"], &filters)).try_collect().await.unwrap();
        assert!(streamed.is_empty(), "{name}");
    }
    assert_eq!(source.count(kieu, &[]).await.unwrap(), 3);
}

#[tokio::test]
async fn strange_names_hostile_values_views_partitions_and_rights() {
    let server = Server::postgres();
    let mut admin = connect(&server).await;
    admin
        .execute(
            r#"CREATE SCHEMA "Sở ""Y"" tế";
            CREATE TABLE "Sở ""Y"" tế"."bệnh nhân; --" ("mã số" text PRIMARY KEY, "họ ""tên""" text, tuoi int);
            INSERT INTO "Sở ""Y"" tế"."bệnh nhân; --" VALUES ('1', 'A', 5), ('2''; DROP TABLE x; --', 'B', 6), ('\', 'C', 7), ('%', 'D', NULL);
            CREATE VIEW xem AS SELECT "mã số" AS ma, tuoi FROM "Sở ""Y"" tế"."bệnh nhân; --";
            CREATE TABLE phan (ngay date, id int, PRIMARY KEY (ngay, id)) PARTITION BY RANGE (ngay);
            CREATE TABLE phan_1 PARTITION OF phan FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
            INSERT INTO phan SELECT '2020-06-01', n FROM generate_series(1, 100) n;
            CREATE ROLE kem LOGIN; CREATE TABLE kin (a int PRIMARY KEY);"#,
        )
        .await
        .unwrap();
    let source = source(&server, "postgres");
    let strange = table(&*source, "Sở \"Y\" tế::bệnh nhân; --", "mã số", &[]).await;
    let get = async |key: &str| source.look_up(&strange, &["họ \"tên\""], &[key], &[]).await.unwrap();
    for (key, name) in [("1", "A"), ("2'; DROP TABLE x; --", "B"), ("\\", "C"), ("%", "D")] {
        assert_eq!(value(&get(key).await[0].record)["họ \"tên\""], name);
    }
    for key in [
        "' OR '1'='1",
        "1' --",
        "1\" OR \"1\"=\"1",
        "$1",
        "1; SELECT pg_sleep(9)",
        "%25",
        "1\u{2019}",
        "{}",
        "\\'; --",
    ] {
        assert!(get(key).await.is_empty(), "{key}");
        let filters = [Filter::is("họ \"tên\"", key)];
        assert_eq!(source.count(&strange, &filters).await.unwrap(), 0);
    }
    let xem = table(&*source, "xem", "ma", &[]).await;
    assert_eq!(source.count(&xem, &[]).await.unwrap(), 4);
    let phan = table(&*source, "phan", "id", &[("id", FieldKind::Integer)]).await;
    assert_eq!(source.count(&phan, &[]).await.unwrap(), 100);
    let described = source.describe().await.unwrap();
    let of = |name: &str| described.iter().find(|shape| shape.name.name == name).unwrap();
    assert!(of("xem").view && !of("phan").view);
    assert!(of("bệnh nhân; --").columns[0].unique && !of("phan").columns[1].unique);
    assert_eq!(of("bệnh nhân; --").columns[2].class, Class::Integer);
    // Nothing can be written, whatever is asked.
    assert!(source.shape(&TableName { schema: None, name: "không có".into() }).await.unwrap().is_none());
    let kem = super::postgres::source(&server, "kem");
    let kin = table(&*kem, "kin", "a", &[]).await;
    let told = kem.count(&kin, &[]).await;
    assert!(matches!(&told, Err(SourceError::Changed(why)) if why.contains("permission denied")), "{told:?}");
}

#[tokio::test]
async fn sorted_lists_go_on_where_they_stopped_while_rows_come_and_go() {
    let server = Server::postgres();
    let mut admin = connect(&server).await;
    admin.execute("CREATE TABLE t (id int PRIMARY KEY, nhom int, ten text); INSERT INTO t SELECT n, CASE WHEN n % 7 = 0 THEN NULL ELSE n % 3 END, 'x' FROM generate_series(1, 500) n").await.unwrap();
    let source = source(&server, "postgres");
    let t = table(&*source, "t", "id", &[("id", FieldKind::Integer), ("nhom", FieldKind::Integer)]).await;
    for sort in [None, Some(("nhom".to_owned(), false)), Some(("nhom".to_owned(), true))] {
        let mut seen: Vec<i64> = Vec::new();
        let mut listing = Listing { sort: sort.clone(), limit: 40, ..Listing::default() };
        loop {
            let page = source.list(&t, &["nhom"], &listing).await.unwrap();
            let Some(last) = page.last() else { break };
            listing.after = Some(last.mark.clone());
            seen.extend(page.iter().map(|listed| listed.key.value().as_i64().unwrap()));
            // Rows that were shown go, rows come behind: neither makes one be left out or shown twice.
            let gone = seen[seen.len() / 2];
            sqlx::query("DELETE FROM t WHERE id = $1")
                .bind(i32::try_from(gone).unwrap())
                .execute(&mut admin)
                .await
                .unwrap();
        }
        let mut once = seen.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), seen.len(), "{sort:?}: some were shown twice");
        assert!(seen.len() >= 480, "{sort:?}: some were left out: {}", seen.len());
        assert!(sort.is_some() || seen.is_sorted(), "numbers are sorted as texts");
        sqlx::query("INSERT INTO t SELECT n, CASE WHEN n % 7 = 0 THEN NULL ELSE n % 3 END, 'x' FROM generate_series(1, 500) n ON CONFLICT DO NOTHING").execute(&mut admin).await.unwrap();
    }
}

#[tokio::test]
async fn a_slow_query_a_lock_and_a_killed_server_end_in_time_and_heal() {
    let mut server = Server::postgres();
    let mut admin = connect(&server).await;
    admin
        .execute("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 10); CREATE VIEW cham AS SELECT id FROM t WHERE pg_sleep(5) IS NOT NULL")
        .await
        .unwrap();
    let source = source(&server, "postgres");
    let (t, cham) = (table(&*source, "t", "id", &[]).await, table(&*source, "cham", "id", &[]).await);
    let begun = Instant::now();
    assert_eq!(source.count(&cham, &[]).await, Err(SourceError::Busy));
    assert!(begun.elapsed() < Duration::from_secs(4), "a slow statement goes on");
    admin.execute("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let begun = Instant::now();
    assert_eq!(source.count(&t, &[]).await, Err(SourceError::Busy));
    assert!(begun.elapsed() < Duration::from_secs(4), "a lock is waited for");
    admin.execute("ROLLBACK").await.unwrap();
    assert_eq!(source.count(&t, &[]).await, Ok(10));
    server.kill();
    for _ in 0..4 {
        assert!(matches!(
            source.count(&t, &[]).await,
            Err(SourceError::Busy | SourceError::NoConnection | SourceError::Unreachable(_))
        ));
    }
    server.start();
    let healed = async {
        while source.count(&t, &[]).await != Ok(10) {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(40), healed).await.expect("it does not heal");
}

/// Memory of this process that is in use, in bytes.
fn memory() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[tokio::test]
async fn ten_million_rows_are_streamed_in_flat_memory_and_a_reader_may_stop() {
    let mut server = Server::postgres();
    let mut admin = connect(&server).await;
    admin
        .execute(
            "CREATE TABLE t AS SELECT n AS id, 'Nguyễn Văn ' || n AS ten FROM generate_series(1, 10000000) n",
        )
        .await
        .unwrap();
    let source = source(&server, "postgres");
    let t = table(&*source, "t", "id", &[("id", FieldKind::Integer)]).await;
    let (mut rows, mut sum, mut most, before) = (0u64, 0u64, 0, memory());
    let mut stream = records(source.stream(&t, &["id", "ten"], &[]));
    while let Some(record) = stream.next().await {
        let record = record.unwrap();
        sum += record["id"].as_u64().unwrap();
        rows += 1;
        if rows.is_multiple_of(500_000) {
            most = most.max(memory());
        }
    }
    assert_eq!((rows, sum), (10_000_000, 10_000_000 * 10_000_001 / 2));
    assert!(most.saturating_sub(before) < 64 << 20, "{} MB more", most.saturating_sub(before) >> 20);
    drop(stream);
    // Who stops in the middle leaves nothing hanging.
    for _ in 0..8 {
        assert!(source.stream(&t, &["id"], &[]).next().await.unwrap().is_ok());
    }
    assert_eq!(source.look_up(&t, &["ten"], &["77"], &[]).await.unwrap().len(), 1);
    // The server dies in the middle: that is told, after the rows that came.
    let mut stream = source.stream(&t, &["id"], &[]);
    assert!(stream.next().await.unwrap().is_ok());
    server.kill();
    let mut told = None;
    while let Some(record) = stream.next().await {
        told = record.err();
    }
    assert!(told.is_some(), "a stream that broke looks as if it were whole");
}

#[tokio::test]
async fn streams_lose_nothing_and_take_longer_than_an_answer_may() {
    let server = Server::postgres();
    let mut admin = connect(&server).await;
    admin
        .execute(
            "CREATE TABLE t (id int PRIMARY KEY, ghi_chu text, xa int);
             CREATE VIEW cham AS SELECT 1 AS id, pg_sleep(3)::text AS ghi_chu, 1 AS xa;
             INSERT INTO t SELECT n, CASE n % 3 WHEN 0 THEN '' WHEN 1 THEN NULL ELSE repeat('đ\t\\', 40) END, n % 7 FROM generate_series(1, 400000) n",
        )
        .await
        .unwrap();
    let limits = Limits { connections: 2, statement: Duration::from_secs(1) };
    let url = format!("postgres://postgres@127.0.0.1:{}/postgres", server.port);
    let source =
        Address { limits, ..Address::new(&url) }.open(std::path::Path::new("/nonexistent"), None).unwrap();
    let t = table(&*source, "t", "id", &[("xa", FieldKind::Unit)]).await;
    // A record with one empty text is a record.
    let only: Vec<_> = records(source.stream(&t, &["ghi_chu"], &[])).try_collect().await.unwrap();
    assert_eq!(only.len(), 400_000);
    assert_eq!(only.iter().filter(|record| record["ghi_chu"] == "").count(), 133_333);
    assert_eq!(only.iter().filter(|record| record["ghi_chu"].is_null()).count(), 133_334);
    // With a filter and without: a reader that takes longer than a statement may gets it whole.
    let one_of = (0..7).map(|xa: i32| xa.to_string()).collect();
    let filters = [Filter { field: "xa".into(), one_of: std::sync::Arc::new(one_of) }];
    for filters in [&filters[..], &[]] {
        let mut stream = source.stream(&t, &["id", "ghi_chu"], filters);
        let mut rows = 0;
        while let Some(piece) = stream.next().await {
            rows += piece.unwrap().iter().filter(|byte| **byte == b'\n').count();
            if rows < 2000 {
                tokio::time::sleep(Duration::from_millis(400)).await;
            }
        }
        assert_eq!(rows, 400_000);
    }
    // The connections that streamed are bounded again.
    let slow = Table { name: TableName { schema: None, name: "cham".into() }, ..t.clone() };
    for _ in 0..3 {
        assert_eq!(source.count(&slow, &[]).await, Err(SourceError::Busy));
        assert_eq!(source.count(&t, &[]).await.unwrap(), 400_000);
    }
    // As a number the code of a province would be that of a commune: where settings say how long codes are, it is not.
    let mut t = t;
    t.fields.get_mut("xa").unwrap().digits = Some(5);
    let of = |codes: &[&str]| {
        let one_of = codes.iter().map(|code| (*code).to_owned()).collect();
        [Filter { field: "xa".into(), one_of: std::sync::Arc::new(one_of) }]
    };
    assert_eq!(source.count(&t, &of(&["04"])).await.unwrap(), 0);
    assert!(source.count(&t, &of(&["04", "00004"])).await.unwrap() > 50_000);
}

#[tokio::test]
async fn keys_are_what_is_enforced_for_all_rows() {
    let server = Server::postgres();
    let mut admin = connect(&server).await;
    admin
        .execute(
            "CREATE TABLE t (khoa int PRIMARY KEY, rong int UNIQUE, mot_phan int NOT NULL, hoan int NOT NULL UNIQUE DEFERRABLE, bieu_thuc text NOT NULL, doi int NOT NULL, thuong int NOT NULL UNIQUE);
             CREATE UNIQUE INDEX ON t (mot_phan) WHERE khoa > 0;
             CREATE UNIQUE INDEX ON t (lower(bieu_thuc));
             CREATE UNIQUE INDEX ON t (doi, khoa);
             INSERT INTO t VALUES (1, NULL, 1, 1, 'a', 1, 1), (2, NULL, 2, 2, 'b', 1, 2);
             CREATE TABLE cha (id int PRIMARY KEY); CREATE TABLE con () INHERITS (cha); INSERT INTO cha VALUES (1); INSERT INTO con VALUES (1);
             CREATE VIEW xem AS SELECT khoa, doi, rong FROM t",
        )
        .await
        .unwrap();
    let source = source(&server, "postgres");
    let shape = async |name: &str| {
        source.shape(&TableName { schema: None, name: name.to_owned() }).await.unwrap().unwrap()
    };
    let t = shape("t").await;
    let keys: Vec<&str> =
        t.columns.iter().filter(|column| column.is_key()).map(|column| column.name.as_str()).collect();
    assert_eq!(keys, ["khoa", "thuong"]);
    assert!(!shape("cha").await.columns[0].is_key(), "heirs have the same key again");
    // What is not enforced can be counted.
    let xem = shape("xem").await;
    let mut counted = Vec::new();
    for column in &xem.columns {
        counted.push(source.doubles(&Table::of_key(&xem.name, column, FieldKind::Text)).await.unwrap());
    }
    assert_eq!(counted, [(0, 0), (0, 1), (2, 0)]);
    // Two that show one key are both there: nobody is given one of them by chance.
    let cha = table(&*source, "cha", "id", &[]).await;
    assert_eq!(source.look_up(&cha, &["id"], &["1", "9"], &[]).await.unwrap().len(), 2);
    let listing = Listing { limit: 10, ..Listing::default() };
    assert_eq!(source.list(&cha, &["id"], &listing).await, Err(SourceError::KeyTwice));
}

#[tokio::test]
async fn a_key_is_looked_up_by_its_index() {
    let server = Server::postgres();
    let mut admin = connect(&server).await;
    let source = source(&server, "postgres");
    for (number, (kind, made)) in [
        ("integer", "n"),
        ("bigint", "n"),
        ("numeric(12,0)", "n"),
        ("text", "'k' || n"),
        ("varchar(20)", "'k' || n"),
        ("char(12)", "'k' || n"),
        ("uuid", "md5(n::text)::uuid"),
        ("date", "date '2000-01-01' + n"),
        ("timestamptz", "timestamptz '2000-01-01' + n * interval '1 minute'"),
    ]
    .into_iter()
    .enumerate()
    {
        let make = format!(
            "CREATE TABLE t{number} (v {kind} PRIMARY KEY); INSERT INTO t{number} SELECT {made} FROM generate_series(1, 20000) n; ANALYZE t{number}"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(make)).execute(&mut admin).await.unwrap();
        let t = table(&*source, &format!("t{number}"), "v", &[]).await;
        let first = source.list(&t, &["v"], &Listing { limit: 1, ..Listing::default() }).await.unwrap();
        let key = first[0].key.text().unwrap().into_owned();
        let scans =
            format!("SELECT coalesce(seq_scan, 0) FROM pg_stat_user_tables WHERE relname = 't{number}'");
        let scans = async |admin: &mut PgConnection| {
            // What a session did is told when it rests.
            tokio::time::sleep(Duration::from_millis(1200)).await;
            admin.execute("SELECT pg_stat_clear_snapshot()").await.unwrap();
            sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(scans.clone())).fetch_one(admin).await.unwrap()
        };
        let before = scans(&mut admin).await;
        assert_eq!(source.look_up(&t, &["v"], &[&key], &[]).await.unwrap().len(), 1, "{kind} {key}");
        assert_eq!(scans(&mut admin).await, before, "{kind}: the whole table was looked at");
    }
}
