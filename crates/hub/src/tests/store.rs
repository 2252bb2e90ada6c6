//! A store that fails for a while.

use std::str::FromStr as _;
use std::time::Duration;

use model::fault::Fault;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Executor as _};

use super::apply;
use crate::registry::Document;
use crate::store::Db;

/// Purposes that nobody has yet: some hundred kilobytes of changes and their entries in the trail.
fn purposes(round: usize) -> Vec<Document> {
    let purpose = |number| json!({ "kind": "Purpose", "code": format!("m-{round}-{number}"), "name": { "vi": "Mục đích", "en": "x".repeat(900) } });
    serde_json::from_value(json!((0..200).map(purpose).collect::<Vec<_>>())).unwrap()
}

#[tokio::test]
async fn a_full_store_says_so_and_goes_on_by_itself_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("hub.db").display());
    drop(Db::open(&url).await.unwrap());
    // Another fills it and takes that away again. The hub's connections may not make it larger than it is.
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    other
        .execute("CREATE TABLE filler (bytes BLOB); INSERT INTO filler VALUES (zeroblob(8000000))")
        .await
        .unwrap();
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut other).await.unwrap();
    let options = SqliteConnectOptions::from_str(&url).unwrap();
    let db = Db::connect_lite(options.pragma("max_page_count", pages.to_string())).await.unwrap();
    for round in 0..2 {
        db.check().await.expect("nobody has found anything wrong yet");
        for _ in 0..3 {
            let Err(Fault::StoreFailed { why }) = apply(&db, &purposes(round)).await else {
                panic!("there is no room")
            };
            assert!(why.contains("full"), "each of them begins, and fails for want of room: {why}");
            assert!(db.check().await.is_err(), "and the hub says so");
        }
        // It says so as long as it is so, not only at first.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        assert!(db.check().await.is_err());
        other.execute("DELETE FROM filler").await.unwrap();
        if round == 0 {
            apply(&db, &purposes(round)).await.expect("the next write works");
        } else {
            tokio::time::sleep(Duration::from_millis(1100)).await;
        }
        db.check().await.expect("and so the hub says");
        // Full again.
        let left: i64 = sqlx::query_scalar("PRAGMA freelist_count").fetch_one(&mut other).await.unwrap();
        let filler = format!("INSERT INTO filler VALUES (zeroblob({}))", left * 4080);
        sqlx::raw_sql(sqlx::AssertSqlSafe(filler)).execute(&mut other).await.unwrap();
    }
}
