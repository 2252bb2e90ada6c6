//! `SQLite` files.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use model::service::FieldKind;
use proptest::prelude::*;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Executor as _};

use super::{table, value};
use crate::care::{Careful, Limits};
use crate::{Filter, Listing, Source, SourceError, Table, TableName, sqlite};

const SETUP: &str = r#"
    CREATE TABLE "bảng ""người""" ("mã" TEXT PRIMARY KEY, ten TEXT, tuoi INTEGER, ty_le REAL, con_song INTEGER, anh BLOB);
    INSERT INTO "bảng ""người""" VALUES
        ('001', 'Nguyễn Văn A', 30, 0.5, 1, x'00ff'), ('002', NULL, NULL, NULL, 0, NULL), ('003', 'Trần Thị B', 41, 1e300, 1, x''),
        ('004', 'Lê C''; DROP TABLE x; --', 9223372036854775807, -1.5, 0, NULL);
    CREATE TABLE so (n INTEGER PRIMARY KEY, chan INTEGER);
    CREATE TABLE khong_kieu (a, b);
    INSERT INTO khong_kieu VALUES (1, '1'), ('1', 1.5);
    WITH RECURSIVE dem(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM dem WHERE n < 250) INSERT INTO so SELECT n, n % 2 = 0 FROM dem;
"#;

const PEOPLE: [(&str, FieldKind); 3] =
    [("ten", FieldKind::Name), ("tuoi", FieldKind::Integer), ("con_song", FieldKind::Boolean)];

async fn file(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("x.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(SETUP).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    path
}

async fn people(source: &dyn Source) -> Table {
    table(source, "bảng \"người\"", "mã", &PEOPLE).await
}

async fn numbers(source: &dyn Source) -> Table {
    table(source, "so", "n", &[("n", FieldKind::Integer), ("chan", FieldKind::Boolean)]).await
}

#[tokio::test]
async fn a_record_has_the_fields_asked_for_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let source = sqlite::open(&file(folder.path()).await, Limits::default());
    let people = people(&source).await;
    let get = async |fields: &[&str], key| {
        let found = source.look_up(&people, fields, &[key], &[]).await.unwrap();
        found.into_iter().next().map(|listed| value(&listed.record))
    };
    assert_eq!(get(&["tuoi", "ten"], "001").await, Some(json!({"tuoi": 30, "ten": "Nguyễn Văn A"})));
    assert_eq!(
        get(&["con_song", "anh", "ty_le"], "001").await,
        Some(json!({"con_song": true, "anh": "AP8=", "ty_le": "0.5"}))
    );
    assert_eq!(get(&["ten", "tuoi"], "002").await, Some(json!({"ten": null, "tuoi": null})));
    assert_eq!(get(&["tuoi"], "004").await, Some(json!({"tuoi": i64::MAX})));
    assert_eq!(get(&[], "001").await, Some(json!({})));
    assert_eq!(get(&["ten"], "999").await, None);
    let many = source.look_up(&people, &["ten"], &["001", "003", "không có"], &[]).await.unwrap();
    assert_eq!(many.len(), 2);
    // A rule of rows leaves out what a key would find.
    let rule = [Filter::is("con_song", "false")];
    assert!(source.look_up(&people, &["ten"], &["001"], &rule).await.unwrap().is_empty());
    let none = [Filter { field: "con_song".into(), one_of: std::sync::Arc::default() }];
    assert_eq!(source.count(&people, &none).await.unwrap(), 0);
}

#[tokio::test]
async fn values_are_told_by_the_codes_they_stand_for_and_the_original_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let source = sqlite::open(&file(folder.path()).await, Limits::default());
    let mut people = people(&source).await;
    let living = people.fields.get_mut("con_song").unwrap();
    living.kind = FieldKind::Code;
    living.values = BTreeMap::from([("1".to_owned(), "song".to_owned()), ("0".to_owned(), "mat".to_owned())]);
    living.original = true;
    let found = source.look_up(&people, &["con_song"], &["001"], &[]).await.unwrap();
    assert_eq!(value(&found[0].record), json!({ "con_song__goc": "1", "con_song": "song" }));
    // Asked for by the code, it is found by what the source has; by what the source has, it is not: that is no code.
    let of = |value: &str| vec![Filter::is("con_song", value)];
    assert_eq!(source.count(&people, &of("song")).await.unwrap(), 2);
    assert_eq!(source.count(&people, &of("1")).await.unwrap(), 0);
}

#[tokio::test]
async fn lists_go_on_where_they_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let source = sqlite::open(&file(folder.path()).await, Limits::default());
    let numbers = numbers(&source).await;
    let mut seen = Vec::new();
    let filters = vec![Filter::is("chan", "true")];
    let mut listing = Listing { filters, limit: 40, ..Listing::default() };
    loop {
        let page = source.list(&numbers, &["chan"], &listing).await.unwrap();
        let Some(last) = page.last() else { break };
        listing.after = Some(last.mark.clone());
        assert!(page.iter().all(|listed| value(&listed.record) == json!({ "chan": true })));
        seen.extend(page.into_iter().map(|listed| listed.key.value().as_u64().unwrap()));
    }
    assert_eq!(seen, (1..=125).map(|half| half * 2).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_not_shown_is_not_found() {
    let folder = tempfile::tempdir().unwrap();
    let source = sqlite::open(&file(folder.path()).await, Limits::default());
    let (numbers, people) = (numbers(&source).await, people(&source).await);
    for key in ["zwei", "01", "1.0", " 1", "1\0", "+1"] {
        assert!(source.look_up(&numbers, &["chan"], &[key], &[]).await.unwrap().is_empty(), "{key:?}");
        let found = source.look_up(&numbers, &["chan"], &[key, "2"], &[]).await.unwrap();
        assert_eq!(found.len(), 1, "{key:?} spoils another");
    }
    assert!(source.look_up(&people, &["ten"], &["001\0"], &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_missing_file_and_a_missing_table_are_told_and_heal() {
    let folder = tempfile::tempdir().unwrap();
    let source = sqlite::open(&folder.path().join("x.db"), Limits::default());
    let Err(SourceError::Failed(why)) = source.describe().await else { panic!() };
    assert!(why.contains("unable to open"), "{why}");
    assert!(!folder.path().join("x.db").exists(), "reading makes no file");
    let path = file(folder.path()).await;
    let people = people(&source).await;
    assert_eq!(source.count(&people, &[]).await.unwrap(), 4);
    // A table and a column that go are told as what they are.
    let elsewhere = Table { name: TableName { schema: None, name: "khác".into() }, ..people.clone() };
    assert!(matches!(source.count(&elsewhere, &[]).await, Err(SourceError::Changed(_))));
    let mut writer =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    writer.execute("ALTER TABLE so RENAME COLUMN chan TO le").await.unwrap();
    let old = table(&source, "so", "n", &[]).await;
    writer.execute("ALTER TABLE so RENAME COLUMN le TO khac").await.unwrap();
    let told = source.look_up(&old, &["le"], &["1"], &[]).await;
    assert!(matches!(told, Err(SourceError::Changed(_))), "{told:?}");
}

#[tokio::test]
async fn a_locked_file_is_busy_and_answers_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path()).await;
    let source = sqlite::open(&path, Limits::default());
    let people = people(&source).await;
    let mut writer =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut writer).await.unwrap();
    assert_eq!(source.count(&people, &[]).await, Err(SourceError::Busy));
    sqlx::raw_sql("COMMIT").execute(&mut writer).await.unwrap();
    assert_eq!(source.count(&people, &[]).await, Ok(4));
}

#[tokio::test]
async fn keys_are_what_is_enforced_for_all_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path()).await;
    let mut writer =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    let made = "CREATE TABLE the (so INTEGER PRIMARY KEY, ma TEXT NOT NULL, chu TEXT NOT NULL UNIQUE, rong TEXT UNIQUE, xoa INTEGER NOT NULL);
        CREATE UNIQUE INDEX the_ma ON the (ma) WHERE xoa = 0; CREATE UNIQUE INDEX the_thuong ON the (lower(xoa || so));
        INSERT INTO the VALUES (1, 'T1', 'cũ', NULL, 1), (2, 'T1', 'mới', NULL, 0), (3, 'T2', 'khác', 'x', 0)";
    sqlx::raw_sql(made).execute(&mut writer).await.unwrap();
    let source = sqlite::open(&path, Limits::default());
    let name = TableName { schema: None, name: "the".into() };
    let the = source.shape(&name).await.unwrap().unwrap();
    let keys: Vec<&str> =
        the.columns.iter().filter(|column| column.is_key()).map(|column| column.name.as_str()).collect();
    assert_eq!(keys, ["so", "chu"]);
    assert_eq!(
        source.doubles(&crate::Table::of_key(&name, &the.columns[1], FieldKind::Text)).await,
        Ok((0, 1))
    );
    assert_eq!(
        source.doubles(&crate::Table::of_key(&name, &the.columns[3], FieldKind::Text)).await,
        Ok((2, 0))
    );
    // What differs in the source may look alike: id numbers that have lost their zeros.
    let made = "CREATE TABLE so_dd (so TEXT PRIMARY KEY NOT NULL); INSERT INTO so_dd VALUES ('001198000001'), ('1198000001'), ('2')";
    sqlx::raw_sql(made).execute(&mut writer).await.unwrap();
    let name = TableName { schema: None, name: "so_dd".into() };
    let column = source.shape(&name).await.unwrap().unwrap().columns.remove(0);
    let (by_kind, by_text) =
        (Table::of_key(&name, &column, FieldKind::PersonId), Table::of_key(&name, &column, FieldKind::Text));
    assert_eq!((source.doubles(&by_kind).await, source.doubles(&by_text).await), (Ok((0, 1)), Ok((0, 0))));
    // A key that stands twice is seen, and takes nothing from others that are asked for with it.
    let by_code = table(&source, "the", "ma", &[]).await;
    let found = source.look_up(&by_code, &["chu"], &["T1", "T2"], &[]).await.unwrap();
    assert_eq!(found.len(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_key_or_filter_breaks_out_of_its_place(text in "\\PC{0,60}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let source = sqlite::open(&file(folder.path()).await, Limits::default());
            let people = people(&source).await;
            let known = ["001", "002", "003", "004"];
            if !known.contains(&text.as_str()) {
                assert!(source.look_up(&people, &["ten"], &[&text], &[]).await.unwrap().is_empty());
            }
            let filters = vec![Filter::is("ten", &text)];
            assert!(source.list(&people, &["ten"], &Listing { filters, limit: 10, ..Listing::default() }).await.unwrap().is_empty());
            assert_eq!(source.count(&numbers(&source).await, &[]).await.unwrap(), 250);
        });
    }
}

/// A view that never comes to its end.
async fn endless(folder: &Path) -> std::path::PathBuf {
    let path = file(folder).await;
    let mut connection =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    let view = "CREATE VIEW mai AS WITH RECURSIVE dem(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM dem) SELECT n, n = -1 AS chan FROM dem";
    sqlx::raw_sql(view).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    path
}

#[tokio::test]
async fn a_statement_ends_when_its_time_is_over_or_nobody_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = endless(folder.path()).await;
    let limits = |millis| Limits { connections: 4, statement: Duration::from_millis(millis) };
    let kinds = [("n", FieldKind::Integer), ("chan", FieldKind::Boolean)];
    let source = Careful::new(sqlite::open(&path, limits(300)), limits(300));
    let (slow, fast) = (table(&source, "mai", "n", &kinds).await, numbers(&source).await);
    for _ in 0..5 {
        assert_eq!(source.count(&slow, &[]).await, Err(SourceError::Busy));
    }
    assert_eq!(
        source.count(&fast, &[]).await,
        Ok(250),
        "who asks for little is not made to wait for who asks for much"
    );

    let source = sqlite::open(&path, limits(600_000));
    let given_up: Vec<_> =
        (0..8).map(|_| tokio::time::timeout(Duration::from_millis(100), source.count(&slow, &[]))).collect();
    assert!(futures::future::join_all(given_up).await.iter().all(Result::is_err));
    let answered = tokio::time::timeout(Duration::from_secs(2), source.count(&fast, &[])).await;
    assert_eq!(answered, Ok(Ok(250)), "all connections are free again");
}

/// Read in batches, from any place that was given out, in the order of keys, in that of a field or as it comes, a table is what it is: each
/// record once, and what cannot be given is told in its place.
#[tokio::test]
async fn batches_have_each_record_once_and_go_on_where_they_ended() {
    use arrow_array::RecordBatch;
    use arrow_array::cast::AsArray as _;

    use crate::columnar::{Reader, batch_of, nothing};

    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path()).await;
    let options = SqliteConnectOptions::new().filename(&path);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let broken = "INSERT INTO \"bảng \"\"người\"\"\" (\"mã\", ten) VALUES ('005', CAST(x'4e67ff' AS TEXT)); CREATE TABLE trong (k TEXT PRIMARY KEY);
        CREATE TABLE nhieu (k TEXT PRIMARY KEY, v TEXT);
        WITH RECURSIVE dem(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM dem WHERE n < 9000) INSERT INTO nhieu SELECT printf('%05d', n), 9000 - n FROM dem;";
    sqlx::raw_sql(broken).execute(&mut connection).await.unwrap();
    let source = sqlite::open(&path, Limits::default());
    let people = table(&source, "bảng \"người\"", "mã", &[]).await;
    let fields = ["mã", "ten", "không có", "tuoi"];
    let both = (&fields[..], &["mã", "ten", "tuoi"][..]);
    let texts = |batch: &RecordBatch, name: &str| -> Vec<Option<String>> {
        let column = batch.column_by_name(name).unwrap().as_string::<i32>();
        column.iter().map(|text| text.map(str::to_owned)).collect()
    };
    let in_order = Reader::in_order(&source, &people, both, None).next(100).await.unwrap();
    let as_it_comes = Reader::as_they_come(&source, &people, both).next(100).await.unwrap();
    let keys: Vec<String> = texts(&in_order, "mã").into_iter().flatten().collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let found = source.look_up(&people, both.1, &keys, &[]).await.unwrap();
    for batch in [&in_order, &as_it_comes, &batch_of(&fields, &found).unwrap()] {
        let names = texts(batch, "ten");
        assert_eq!(names.iter().filter(|name| name.as_deref() == Some("\u{fffd}")).count(), 1, "{names:?}");
        assert!(names.contains(&None) && texts(batch, "tuoi").contains(&Some(i64::MAX.to_string())));
        assert_eq!(texts(batch, "không có"), vec![None; 5]);
    }
    assert_eq!(texts(&nothing(&fields, 3), "ten"), vec![None; 3]);
    let empty = table(&source, "trong", "k", &[]).await;
    assert_eq!(
        Reader::in_order(&source, &empty, (&["k"], &["k"]), None).next(9).await.unwrap().num_rows(),
        0
    );

    let many = table(&source, "nhieu", "k", &[]).await;
    let only = (&["k"][..], &["k"][..]);
    let all: Vec<String> = (1..=9000).map(|n| format!("{n:05}")).collect();
    for sorted in [false, true] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            // Each batch by a reader of its own, as after a restart.
            let mut reader = match sorted {
                false => Reader::in_order(&source, &many, only, after.clone()),
                true => Reader::behind(&source, &many, only, "v", after.clone()),
            };
            let batch = reader.next(4096).await.unwrap();
            seen.extend(texts(&batch, "k").into_iter().flatten());
            after = reader.mark().cloned();
            if batch.num_rows() < 4096 {
                break;
            }
        }
        seen.sort_unstable();
        assert!(seen == all, "{} records, sorted: {sorted}", seen.len());
    }
    // A value of 64 MB is none that can be given; the record beside it is.
    sqlx::raw_sql("CREATE TABLE dai (k TEXT PRIMARY KEY, v TEXT); INSERT INTO dai VALUES ('1', printf('%.67108864c', 'x')), ('2', 'y');")
        .execute(&mut connection)
        .await
        .unwrap();
    let long = table(&source, "dai", "k", &[]).await;
    let batch = Reader::in_order(&source, &long, (&["v"], &["v"]), None).next(9).await.unwrap();
    assert_eq!(texts(&batch, "v"), [Some("\u{fffd}".to_owned()), Some("y".to_owned())]);
    let mut whole = Reader::as_they_come(&source, &many, only);
    let mut sizes = Vec::new();
    while sizes.last() != Some(&0) {
        sizes.push(whole.next(4096).await.unwrap().num_rows());
    }
    assert_eq!(sizes, [4096, 4096, 808, 0]);
}
