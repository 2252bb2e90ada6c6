//! MariaDB: every type, every trouble.

use std::time::{Duration, Instant};

use futures::{StreamExt as _, TryStreamExt as _};
use model::service::FieldKind;
use serde_json::json;
use sqlx::{Connection as _, Executor as _, MySqlConnection};
use testing::Server;

use super::{records, table, value};
use crate::care::Limits;
use crate::source::Address;
use crate::{Filter, Listing, Source, SourceError};

async fn connect(server: &Server) -> MySqlConnection {
    let mut admin =
        MySqlConnection::connect(&format!("mysql://root@127.0.0.1:{}/", server.port)).await.unwrap();
    admin.execute("CREATE DATABASE IF NOT EXISTS x CHARACTER SET utf8mb4").await.unwrap();
    admin.execute("USE x").await.unwrap();
    admin
}

fn source(server: &Server, user: &str) -> std::sync::Arc<dyn Source> {
    let limits = Limits { statement: Duration::from_secs(2), ..Limits::default() };
    let address =
        Address { limits, ..Address::new(&format!("mariadb://{user}@127.0.0.1:{}/x", server.port)) };
    address.open(std::path::Path::new("/nonexistent"), None).unwrap()
}

const TYPES: [&str; 4] = [
    "CREATE TABLE kieu (
        id int PRIMARY KEY, t1 tinyint, u8 bigint unsigned, i8 bigint, so decimal(65,30), f float, d double, b boolean, bits bit(4), c5 char(5), v varchar(20), t text,
        cu varchar(20) CHARACTER SET latin1, bin4 binary(4), bl blob, ngay date, gio time(3), luc datetime(3), luc_z timestamp(3) NULL, nam year, m enum('đỏ', 'xanh'),
        s set('a', 'b'), j json, p point, u uuid, ip inet6)",
    "SET time_zone = '+07:00'",
    r#"INSERT INTO kieu VALUES
        (1, -128, 18446744073709551615, 9223372036854775807, 12345678901234567890123456789012345.123456789012345678901234567890, 1.5, 1e300, true, b'1010', 'ab', 'Nguyễn', 'dòng\nhai\t\\ nháy '' "',
         'café', x'00ff', x'00ff', '2020-02-29', '-838:59:59', '2020-02-29 10:11:12.5', '2020-02-29 10:11:12.5', 2020, 'đỏ', 'a,b', '{"a": [1, null]}', POINT(1, 2),
         'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '::1'),
        (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"#,
    "INSERT INTO kieu (id, u8, i8, so, t, v) VALUES (3, 0, -9223372036854775808, -0.5, '', '')",
];

#[tokio::test]
async fn every_type_comes_out_exactly() {
    let server = Server::mariadb();
    let mut admin = connect(&server).await;
    for statement in TYPES {
        admin.execute(statement).await.unwrap();
    }
    let source = source(&server, "root");
    let kieu = table(&*source, "kieu", "id", &[("id", FieldKind::Integer), ("b", FieldKind::Boolean)]).await;
    let names: Vec<&str> = kieu.fields.keys().map(String::as_str).collect();
    let listed = source.list(&kieu, &names, &Listing { limit: 10, ..Listing::default() }).await.unwrap();
    let first = value(&listed[0].record);
    let expected = json!({
        "id": 1, "t1": "-128", "u8": "18446744073709551615", "i8": "9223372036854775807", "so": "12345678901234567890123456789012345.123456789012345678901234567890", "f": "1.5", "d": "1e300",
        "b": true, "bits": "10", "c5": "ab", "v": "Nguyễn", "t": "dòng\nhai\t\\ nháy ' \"", "cu": "café", "bin4": "AP8AAA==", "bl": "AP8=", "ngay": "2020-02-29",
        "gio": "-838:59:59.000", "luc": "2020-02-29T10:11:12.500", "luc_z": "2020-02-29T03:11:12.500Z", "nam": "2020", "m": "đỏ", "s": "a,b",
        "p": "POINT(1 2)", "u": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "ip": "::1",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&first[name], value, "{name}");
    }
    assert!(first["j"].to_string().contains("null"));
    let second = value(&listed[1].record);
    assert!(
        second.as_object().unwrap().iter().all(|(name, value)| name == "id" || value.is_null()),
        "{second:?}"
    );
    assert_eq!(value(&listed[2].record)["i8"], json!(i64::MIN.to_string()));
    let streamed: Vec<_> = records(source.stream(&kieu, &names, &[])).try_collect().await.unwrap();
    assert_eq!(streamed, listed.iter().map(|listed| value(&listed.record)).collect::<Vec<_>>());
    for (name, value) in [
        ("u8", "18446744073709551615"),
        ("i8", "9223372036854775807"),
        ("so", "-0.500000000000000000000000000000"),
        ("f", "1.5"),
        ("d", "1e300"),
        ("v", "Nguyễn"),
        ("cu", "café"),
        ("ngay", "2020-02-29"),
        ("luc", "2020-02-29T10:11:12.500"),
        ("luc_z", "2020-02-29T03:11:12.500Z"),
        ("m", "đỏ"),
        ("nam", "2020"),
        ("b", "true"),
    ] {
        let filters = [Filter::is(name, value)];
        assert_eq!(source.count(&kieu, &filters).await.unwrap(), 1, "{name}");
    }
    // Two numbers beyond what a floating number tells apart are two.
    let filters = [Filter::is("i8", "9223372036854775806")];
    assert_eq!(source.count(&kieu, &filters).await.unwrap(), 0);
    for (name, value) in [
        ("i8", "x"),
        ("so", "1;2"),
        ("so", "-0.5"),
        ("ngay", "2020-02-30"),
        ("t", "a\0b"),
        ("v", "nguyen"),
        ("m", "1"),
        ("nam", "20"),
        ("luc", "2020-02-29T10:11:12.5"),
    ] {
        assert_eq!(source.count(&kieu, &[Filter::is(name, value)]).await, Ok(0), "{name} {value}");
    }
}

#[tokio::test]
async fn strange_names_hostile_values_views_partitions_and_rights() {
    let server = Server::mariadb();
    let mut admin = connect(&server).await;
    for statement in [
        "CREATE TABLE `bệnh ``nhân``; --` (`mã \"số\"` varchar(50) PRIMARY KEY, ten varchar(50))",
        r"INSERT INTO `bệnh ``nhân``; --` VALUES ('1', 'A'), ('2''; DROP TABLE x; --', 'B'), ('\\', 'C'), ('%', 'D')",
        "CREATE VIEW xem AS SELECT `mã \"số\"` AS ma FROM `bệnh ``nhân``; --`",
        "CREATE TABLE phan (id int PRIMARY KEY) PARTITION BY HASH(id) PARTITIONS 4",
        "INSERT INTO phan SELECT seq FROM seq_1_to_100",
        "CREATE USER kem@'127.0.0.1'",
        "GRANT SELECT ON x.phan TO kem@'127.0.0.1'",
    ] {
        admin.execute(statement).await.unwrap();
    }
    let source = source(&server, "root");
    let strange = table(&*source, "bệnh `nhân`; --", "mã \"số\"", &[]).await;
    let get = async |key: &str| source.look_up(&strange, &["ten"], &[key], &[]).await.unwrap();
    for (key, name) in [("1", "A"), ("2'; DROP TABLE x; --", "B"), ("\\", "C"), ("%", "D")] {
        assert_eq!(value(&get(key).await[0].record)["ten"], name);
    }
    for key in
        ["' OR '1'='1", "1' -- ", "1\" OR \"1\"=\"1", "?", "1; SELECT SLEEP(9)", "1\u{2019}", "\\'; --"]
    {
        assert!(get(key).await.is_empty(), "{key}");
    }
    let xem = table(&*source, "xem", "ma", &[]).await;
    assert_eq!(source.count(&xem, &[]).await.unwrap(), 4);
    let phan = table(&*source, "phan", "id", &[("id", FieldKind::Integer)]).await;
    assert_eq!(source.count(&phan, &[]).await.unwrap(), 100);
    let kem = super::mariadb::source(&server, "kem");
    let told = kem.count(&strange, &[]).await;
    assert!(matches!(&told, Err(SourceError::Failed(why)) if why.contains("denied")), "{told:?}");
    // A table that may not be read, asked for again and again, does not make the source rest for others.
    for _ in 0..5 {
        assert!(matches!(kem.count(&strange, &[]).await, Err(SourceError::Failed(_))));
    }
    assert_eq!(kem.count(&phan, &[]).await.unwrap(), 100);
}

#[tokio::test]
async fn a_slow_query_a_lock_and_a_killed_server_end_in_time_and_heal() {
    let mut server = Server::mariadb();
    let mut admin = connect(&server).await;
    for statement in [
        "CREATE TABLE t (id int PRIMARY KEY)",
        "INSERT INTO t SELECT seq FROM seq_1_to_10",
        "CREATE VIEW cham AS SELECT id FROM t WHERE SLEEP(5) = 0",
    ] {
        admin.execute(statement).await.unwrap();
    }
    let source = source(&server, "root");
    let (t, cham) = (table(&*source, "t", "id", &[]).await, table(&*source, "cham", "id", &[]).await);
    let begun = Instant::now();
    assert_eq!(source.count(&cham, &[]).await, Err(SourceError::Busy));
    assert!(begun.elapsed() < Duration::from_secs(4), "a slow statement goes on");
    admin.execute("LOCK TABLES t WRITE").await.unwrap();
    let begun = Instant::now();
    assert_eq!(source.count(&t, &[]).await, Err(SourceError::Busy));
    assert!(begun.elapsed() < Duration::from_secs(5), "a lock is waited for");
    admin.execute("UNLOCK TABLES").await.unwrap();
    assert_eq!(source.count(&t, &[]).await, Ok(10));
    server.kill();
    assert!(matches!(
        source.count(&t, &[]).await,
        Err(SourceError::Busy | SourceError::NoConnection | SourceError::Unreachable(_))
    ));
    server.start();
    let healed = async {
        while source.count(&t, &[]).await != Ok(10) {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(40), healed).await.expect("it does not heal");
}

#[tokio::test]
async fn a_million_rows_are_streamed_and_a_reader_may_stop() {
    let server = Server::mariadb();
    let mut admin = connect(&server).await;
    admin.execute("CREATE TABLE t (id int PRIMARY KEY, ten varchar(50))").await.unwrap();
    admin
        .execute("INSERT INTO t SELECT seq, CONCAT('Nguyễn Văn ', seq) FROM seq_1_to_1000000")
        .await
        .unwrap();
    let source = source(&server, "root");
    let t = table(&*source, "t", "id", &[("id", FieldKind::Integer)]).await;
    let mut rows = 0u64;
    let mut stream = records(source.stream(&t, &["id", "ten"], &[]));
    while let Some(record) = stream.next().await {
        record.unwrap();
        rows += 1;
    }
    assert_eq!(rows, 1_000_000);
    drop(stream);
    for _ in 0..6 {
        assert!(source.stream(&t, &["id"], &[]).next().await.unwrap().is_ok());
    }
    assert_eq!(source.look_up(&t, &["ten"], &["77"], &[]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn keys_are_what_is_enforced_for_all_rows() {
    let server = Server::mariadb();
    let mut admin = connect(&server).await;
    for statement in [
        "CREATE TABLE t (khoa int PRIMARY KEY, dau varchar(50) NOT NULL, rong int UNIQUE, doi int NOT NULL, UNIQUE (dau(3)), UNIQUE (doi, khoa))",
        "INSERT INTO t VALUES (1, 'abc1', NULL, 1), (2, 'abd1', NULL, 1)",
    ] {
        admin.execute(statement).await.unwrap();
    }
    let source = source(&server, "root");
    let name = crate::TableName { schema: None, name: "t".into() };
    let t = source.shape(&name).await.unwrap().unwrap();
    let keys: Vec<&str> =
        t.columns.iter().filter(|column| column.is_key()).map(|column| column.name.as_str()).collect();
    assert_eq!(keys, ["khoa"]);
    assert_eq!(
        source.doubles(&crate::Table::of_key(&name, &t.columns[2], FieldKind::Text)).await,
        Ok((2, 0))
    );
    assert_eq!(
        source.doubles(&crate::Table::of_key(&name, &t.columns[3], FieldKind::Text)).await,
        Ok((0, 1))
    );
}
