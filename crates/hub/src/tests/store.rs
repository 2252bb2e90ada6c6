//! A store that fails for a while.

use std::str::FromStr as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::fault::Fault;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::apply;
use crate::hub::open_store;
use crate::kinds::Document;
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
    drop(open_store(&url).await.unwrap());
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
        // It says so as long as it is so, not only at first; a small change that goes through is no sign of room for others.
        let mut tx = db.write().await.unwrap();
        crate::store::run!(tx, "DELETE FROM directory_touched").unwrap();
        tx.commit().await.unwrap();
        assert!(db.check().await.is_err());
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

/// When a connection is cut.
#[derive(Clone, Copy, PartialEq)]
enum Cut {
    /// It is not.
    Never,
    /// The server gets the commit, and nobody hears its answer.
    After,
    /// It never gets it.
    Before,
}

/// Stands before a server and cuts a connection at its first commit, once.
async fn before(server: String, cut: Arc<Mutex<Cut>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (server, cut) = (server.clone(), cut.clone());
            tokio::spawn(async move {
                let mut upstream = TcpStream::connect(&server).await.unwrap();
                let (mut from, mut back) = (vec![0; 65_536], vec![0; 65_536]);
                loop {
                    let (bytes, of_client) = tokio::select! {
                        read = client.read(&mut from) => (read.unwrap_or(0), true),
                        read = upstream.read(&mut back) => (read.unwrap_or(0), false),
                    };
                    if bytes == 0 {
                        return;
                    }
                    if !of_client {
                        client.write_all(&back[..bytes]).await.unwrap();
                        continue;
                    }
                    let sent = &from[..bytes];
                    let commits = sent.windows(6).any(|window| window == b"COMMIT");
                    let how = if commits {
                        std::mem::replace(&mut *cut.lock().unwrap(), Cut::Never)
                    } else {
                        Cut::Never
                    };
                    if how != Cut::Before {
                        upstream.write_all(sent).await.unwrap();
                    }
                    if how == Cut::After {
                        // The server answers before it sees that nobody is there.
                        let _ = upstream.read(&mut back).await;
                    }
                    if how != Cut::Never {
                        return;
                    }
                }
            });
        }
    });
    port
}

#[tokio::test]
async fn how_a_commit_ended_is_found_out_when_the_connection_is_lost_in_it() {
    let server = testing::Server::shared_postgres();
    let url = url::Url::parse(&server.database("mat_ket_noi")).unwrap();
    let cut = Arc::new(Mutex::new(Cut::Never));
    let port = before(format!("127.0.0.1:{}", url.port().unwrap()), cut.clone()).await;
    let mut through = url.clone();
    through.set_port(Some(port)).unwrap();
    // What the server was set up with does not matter.
    let mut other = PgConnection::connect(url.as_str()).await.unwrap();
    for setting in ["synchronous_commit = off", "default_transaction_isolation = 'serializable'"] {
        let sql = format!("ALTER DATABASE mat_ket_noi SET {setting}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut other).await.unwrap();
    }
    let db = open_store(through.as_str()).await.unwrap();
    for (how, kept) in [(Cut::After, true), (Cut::Before, false), (Cut::Never, true)] {
        let mut tx = db.write().await.unwrap();
        for (name, is) in [("synchronous_commit", "on"), ("transaction_isolation", "read committed")] {
            let row: Option<(String,)> =
                crate::store::optional!(tx, "SELECT current_setting($1)" => name).unwrap();
            assert_eq!(row.unwrap().0, is);
        }
        crate::store::run!(tx, "INSERT INTO directory_touched (part) VALUES ($1)" => "charter").unwrap();
        *cut.lock().unwrap() = how;
        let done = tx.commit().await;
        let there: Vec<(String,)> = {
            let mut tx = db.read().await.unwrap();
            crate::store::all!(tx, "SELECT part FROM directory_touched").unwrap()
        };
        assert_eq!((done.is_ok(), there.len()), (kept, usize::from(kept)), "{done:?}");
        assert!(done.is_ok() || matches!(done, Err(Fault::StoreFailed { .. })), "{done:?}");
        let mut tx = db.write().await.unwrap();
        crate::store::run!(tx, "DELETE FROM directory_touched").unwrap();
        tx.commit().await.unwrap();
    }
}
