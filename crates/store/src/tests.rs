//! Steps of a schema, writers in turn, and a store that fails for a while.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::fault::Fault;
use proptest::prelude::*;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::dialect::in_dialect;
use crate::{Db, Tx};

const KEY: i64 = 1;
const STEPS: [&str; 3] = [
    "CREATE TABLE line (number BIGINT NOT NULL PRIMARY KEY, said {KEY} NOT NULL){STRICT};",
    "INSERT INTO line VALUES (0, '{\"a\":{\"b\":1}}'); --lite UPDATE line SET said = {TEXT said.a.b};
--pg UPDATE line SET said = {TEXT said.a.b};",
    "ALTER TABLE line ADD COLUMN seen {BOOL} NOT NULL DEFAULT {FALSE};",
];

/// An open store with the schema of these steps.
async fn opened(url: &str, steps: &[&str]) -> Result<Db, Fault> {
    let (db, migrated) = Db::open(url, KEY, steps).await?;
    if let Some(tx) = migrated {
        tx.commit().await?;
    }
    Ok(db)
}

async fn said(tx: &mut Tx, number: i64) -> Option<String> {
    let row: Option<(String,)> = optional!(tx, "SELECT said FROM line WHERE number = $1" => number).unwrap();
    row.map(|(said,)| said)
}

async fn steps_are_taken_once_whole_and_by_no_older_program(url: &str) {
    let old = opened(url, &STEPS[..1]).await.unwrap();
    let mut tx = old.write().await.unwrap();
    run!(tx, "INSERT INTO line (number, said) VALUES ($1, $2)" => 7i64, "kept").unwrap();
    tx.commit().await.unwrap();
    // What breaks off before it is committed has not begun, neither has what cannot be done to its end.
    drop(Db::open(url, KEY, &STEPS).await.unwrap().1.expect("two steps are missing"));
    let broken = [STEPS[0], STEPS[1], "ALTER TABLE nobody ADD COLUMN a {BOOL}"];
    assert!(matches!(opened(url, &broken).await.map(drop), Err(Fault::StoreFailed { .. })));
    assert_eq!(said(&mut old.read().await.unwrap(), 0).await, None);
    let new = opened(url, &STEPS).await.unwrap();
    assert!(new.migrate(&STEPS).await.unwrap().is_none(), "none is missing");
    let mut tx = new.read().await.unwrap();
    assert_eq!(said(&mut tx, 0).await.as_deref(), Some("1"), "a text is found in JSON on either");
    let rows: Vec<(i64, bool)> = all!(tx, "SELECT number, seen FROM line ORDER BY number").unwrap();
    assert_eq!(rows, [(0, false), (7, false)]);
    drop(tx);
    for (other, why) in [(&STEPS[..2], "newer"), (&[STEPS[1], STEPS[0], STEPS[2]], "migrations")] {
        let Err(Fault::StoreFailed { why: told }) = opened(url, other).await.map(drop) else { panic!() };
        assert!(told.contains(why), "{told}");
    }
}

#[tokio::test]
async fn steps_are_taken_once_whole_and_by_no_older_program_on_either_database() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a.db").display());
    steps_are_taken_once_whole_and_by_no_older_program(&url).await;
    let server = testing::Server::shared_postgres();
    steps_are_taken_once_whole_and_by_no_older_program(&server.database("cac_buoc")).await;
}

proptest! {
    #[test]
    fn what_is_no_token_of_a_step_stays_as_it_was(text in r#"[a-z{}":,.ạ \n]{0,60}"#, lite: bool) {
        prop_assert_eq!(in_dialect(&text, lite), text.clone());
        // And what is one is found wherever it stands, unless a brace that was opened before it takes it in.
        let around = format!("{}{{BOOL}}{text}", text.replace('{', ""));
        let word = if lite { "INTEGER" } else { "BOOLEAN" };
        prop_assert_eq!(in_dialect(&around, lite), around.replace("{BOOL}", word));
    }
}

#[tokio::test]
async fn writers_of_one_key_write_one_at_a_time_and_others_beside_them() {
    let server = testing::Server::shared_postgres();
    let url = server.database("lan_luot");
    let first = opened(&url, &STEPS).await.unwrap();
    let mut tx = first.write().await.unwrap();
    run!(tx, "INSERT INTO line (number, said) VALUES (1, 'first')").unwrap();
    let (second, other) = (Db::connect(&url, KEY).await.unwrap(), Db::connect(&url, KEY + 1).await.unwrap());
    let short = Duration::from_millis(300);
    assert!(tokio::time::timeout(short, second.write()).await.is_err(), "it waits for the first");
    let beside =
        tokio::time::timeout(Duration::from_secs(10), other.write()).await.expect("it waits for nobody");
    drop(beside.unwrap());
    assert_eq!(
        said(&mut second.read().await.unwrap(), 1).await,
        None,
        "those who read wait for nobody either"
    );
    tx.commit().await.unwrap();
    let mut tx = second.write().await.unwrap();
    assert_eq!(said(&mut tx, 1).await.as_deref(), Some("first"));
}

/// Lines that nobody has yet: some hundred kilobytes.
async fn write_much(db: &Db, round: i64) -> Result<(), Fault> {
    let mut tx = db.write().await?;
    for number in 0..300 {
        run!(tx, "INSERT INTO line (number, said) VALUES ($1, $2)" => 1000 * (round + 1) + number, "x".repeat(2000))?;
    }
    tx.commit().await
}

#[tokio::test]
async fn a_full_store_says_so_and_goes_on_by_itself_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a.db").display());
    drop(opened(&url, &STEPS).await.unwrap());
    // Another fills it and takes that away again. Our own may not make it larger than it is.
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    other
        .execute("CREATE TABLE filler (bytes BLOB); INSERT INTO filler VALUES (zeroblob(8000000))")
        .await
        .unwrap();
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut other).await.unwrap();
    let options: SqliteConnectOptions = url.parse().unwrap();
    let db = Db::connect_lite(options.pragma("max_page_count", pages.to_string())).await.unwrap();
    for round in 0..2 {
        db.check().await.expect("nobody has found anything wrong yet");
        for _ in 0..3 {
            let Err(Fault::StoreFailed { why }) = write_much(&db, round).await else {
                panic!("there is no room")
            };
            assert!(why.contains("full"), "each of them begins, and fails for want of room: {why}");
            assert!(db.check().await.is_err(), "and it says so");
        }
        // It says so as long as it is so, not only at first; a small change that goes through is no sign of room for others.
        let mut tx = db.write().await.unwrap();
        run!(tx, "DELETE FROM line WHERE number = 1").unwrap();
        tx.commit().await.unwrap();
        assert!(db.check().await.is_err());
        tokio::time::sleep(Duration::from_millis(1100)).await;
        assert!(db.check().await.is_err());
        other.execute("DELETE FROM filler").await.unwrap();
        if round == 0 {
            write_much(&db, round).await.expect("the next write works");
        } else {
            tokio::time::sleep(Duration::from_millis(1100)).await;
        }
        db.check().await.expect("and so it says");
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
    let db = opened(through.as_str(), &STEPS).await.unwrap();
    for (how, kept) in [(Cut::After, true), (Cut::Before, false), (Cut::Never, true)] {
        let mut tx = db.write().await.unwrap();
        for (name, is) in [("synchronous_commit", "on"), ("transaction_isolation", "read committed")] {
            let row: Option<(String,)> = optional!(tx, "SELECT current_setting($1)" => name).unwrap();
            assert_eq!(row.unwrap().0, is);
        }
        run!(tx, "INSERT INTO line (number, said) VALUES (1, $1)" => "it").unwrap();
        *cut.lock().unwrap() = how;
        let done = tx.commit().await;
        let there = {
            let mut tx = db.read().await.unwrap();
            said(&mut tx, 1).await
        };
        assert_eq!((done.is_ok(), there.is_some()), (kept, kept), "{done:?}");
        assert!(done.is_ok() || matches!(done, Err(Fault::StoreFailed { .. })), "{done:?}");
        let mut tx = db.write().await.unwrap();
        run!(tx, "DELETE FROM line WHERE number = 1").unwrap();
        tx.commit().await.unwrap();
    }
}
