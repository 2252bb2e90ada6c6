//! An open store, and its transactions.

use std::str::FromStr as _;
use std::time::Duration;

use model::fault::Fault;
use sqlx::pool::PoolOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{AssertSqlSafe, Connection, Database, Pool, Postgres, Sqlite, Transaction};

use crate::dialect::in_dialect;
use crate::text::failed;
use crate::trouble::Trouble;
use crate::{On, all, on, run};

/// Connections for readers. Writers have one of their own, so that those who wait to write hold up nobody who reads.
const READERS: u32 = 8;
/// Longest wait for another process to let go of an `SQLite` file.
const BUSY: Duration = Duration::from_secs(10);
/// Room that must be there: a large change, and what follows from it.
const ROOM_BYTES: usize = 1024 * 1024;
/// How long a commit whose end was not heard is asked about.
const FOUND_OUT: Duration = Duration::from_secs(20);
/// What of a server's settings must not be left to whoever set it up: a commit is answered when it is durable, and nothing changes
/// under a reader's feet.
const SESSION: [(&str, &str); 2] =
    [("synchronous_commit", "on"), ("default_transaction_isolation", "read committed")];

/// An open store.
#[derive(Clone)]
pub struct Db {
    readers: On<Pool<Sqlite>, Pool<Postgres>>,
    writer: On<Pool<Sqlite>, Pool<Postgres>>,
    /// What writers of all processes on one PostgreSQL queue behind, as they do behind the lock of an `SQLite` file.
    key: i64,
    trouble: Trouble,
}

/// A transaction: to read, one state of everything; to write, the only one at the time, with the store it writes to. Dropped, it
/// leaves no trace.
pub struct Tx(
    /// For [`on!`], and for statements that the two databases say differently.
    pub On<Transaction<'static, Sqlite>, Transaction<'static, Postgres>>,
    Option<Db>,
);

impl Db {
    /// Opens `sqlite:PATH`, which is made if it is not there, or `postgres://…`, and brings its schema up to date by `steps`: in the
    /// transaction that is handed back, for whatever must be derived anew before the new schema holds. Writers of one `key` write one at
    /// a time.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub async fn open(url: &str, key: i64, steps: &[&str]) -> Result<(Self, Option<Tx>), Fault> {
        let db = Self::connect(url, key).await?;
        let migrated = db.migrate(steps).await?;
        Ok((db, migrated))
    }

    /// Opens it as it is.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub async fn connect(url: &str, key: i64) -> Result<Self, Fault> {
        if url.starts_with("sqlite:") {
            return Self::connect_lite(SqliteConnectOptions::from_str(url).map_err(failed)?).await;
        }
        let options = PgConnectOptions::from_str(url).map_err(failed)?.options(SESSION);
        Ok(Self {
            readers: On::Pg(pool(options.clone(), READERS).await?),
            writer: On::Pg(pool(options, 1).await?),
            key,
            trouble: Trouble::default(),
        })
    }

    /// `SQLite` has a lock of its own for those who write.
    pub(crate) async fn connect_lite(options: SqliteConnectOptions) -> Result<Self, Fault> {
        let options = options
            .create_if_missing(true)
            .foreign_keys(true)
            // What is deleted is written over: a key that was destroyed is in no free page.
            .pragma("secure_delete", "on")
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(BUSY);
        Ok(Self {
            readers: On::Lite(pool(options.clone(), READERS).await?),
            writer: On::Lite(pool(options, 1).await?),
            key: 0,
            trouble: Trouble::default(),
        })
    }

    /// A transaction to read in.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub async fn read(&self) -> Result<Tx, Fault> {
        let tx = match &self.readers {
            On::Lite(pool) => On::Lite(pool.begin().await.map_err(failed)?),
            On::Pg(pool) => On::Pg(
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map_err(failed)?,
            ),
        };
        Ok(Tx(tx, None))
    }

    /// A transaction to write in. Waits until no other is in progress.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub async fn write(&self) -> Result<Tx, Fault> {
        let begun = match &self.writer {
            On::Lite(pool) => pool.begin_with("BEGIN IMMEDIATE").await.map(On::Lite),
            On::Pg(pool) => begin_alone(pool, self.key).await.map(On::Pg),
        };
        let tx = begun.inspect_err(|error| self.trouble.note(Some(error))).map_err(failed)?;
        Ok(Tx(tx, Some(self.clone())))
    }

    /// Makes sure that what was deleted stands in no file any more: `SQLite` keeps pages of the past in its log until they are written over.
    /// While somebody reads it may leave some, and the next call takes them. `PostgreSQL` vacuums by itself.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub async fn leave_no_trace(&self) -> Result<(), Fault> {
        if let On::Lite(pool) = &self.writer {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(pool).await.map_err(failed)?;
        }
        Ok(())
    }

    /// Connections by pool: how many are in use, and how many there may be.
    #[must_use]
    pub fn connections(&self) -> [(&'static str, usize, usize); 2] {
        let used = |pool: &On<Pool<Sqlite>, Pool<Postgres>>| match pool {
            On::Lite(pool) => (pool.size() as usize).saturating_sub(pool.num_idle()),
            On::Pg(pool) => (pool.size() as usize).saturating_sub(pool.num_idle()),
        };
        [("read", used(&self.readers), READERS as usize), ("write", used(&self.writer), 1)]
    }

    /// Whether the store can be read, and written: yes if no write has failed, and else it is tried, since nobody may be there to write.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`]: what stands against it.
    pub async fn check(&self) -> Result<(), Fault> {
        self.read().await?;
        match self.trouble.told() {
            None => Ok(()),
            Some((_, true)) => self.try_room().await,
            Some((why, false)) => Err(Fault::StoreFailed { why }),
        }
    }

    /// Writes as much as a large change is, and takes it away.
    async fn try_room(&self) -> Result<(), Fault> {
        let mut tx = self.write().await?;
        run!(tx, "DROP TABLE IF EXISTS room")?;
        run!(tx, "CREATE TABLE room (filled TEXT NOT NULL)")?;
        run!(tx, "INSERT INTO room (filled) VALUES ($1)" => filling())?;
        tx.commit().await?;
        let mut tx = self.write().await?;
        run!(tx, "DROP TABLE room")?;
        tx.commit().await?;
        self.trouble.clear();
        Ok(())
    }

    /// Forward only, all missing steps in one transaction, which is handed back if there were any. A database made by a newer program is left
    /// alone.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub async fn migrate(&self, steps: &[&str]) -> Result<Option<Tx>, Fault> {
        let mut tx = self.write().await?;
        run!(
            tx,
            "CREATE TABLE IF NOT EXISTS migration (step BIGINT NOT NULL PRIMARY KEY, script TEXT NOT NULL)"
        )?;
        let done: Vec<(i64, String)> = all!(tx, "SELECT step, script FROM migration ORDER BY step")?;
        if done.len() > steps.len() {
            return Err(refused("it was made by a newer version of the program"));
        }
        let missing = done.len() < steps.len();
        let lite = matches!(self.writer, On::Lite(_));
        for (number, step) in (0i64..).zip(steps) {
            let script = in_dialect(step, lite);
            match done.iter().find(|(step, _)| *step == number) {
                Some((_, was)) if *was == script => {}
                Some(_) => return Err(refused("one of its migrations is not the one this program has")),
                None => {
                    // A step holds no value from outside.
                    on!(tx, c => sqlx::raw_sql(AssertSqlSafe(script.clone())).execute(&mut **c).await.map(drop)).map_err(failed)?;
                    run!(tx, "INSERT INTO migration (step, script) VALUES ($1, $2)" => number, script)?;
                }
            }
        }
        Ok(Some(tx).filter(|_| missing))
    }
}

/// Text that no database makes smaller: `PostgreSQL` compresses what is long, and a megabyte of one letter finds room on a full disk.
fn filling() -> String {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let letters = std::iter::repeat_with(|| {
        // xorshift64 (Marsaglia 2003): of no use but to look like nothing before.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // 64 letters from `0` on, all of them ASCII.
        char::from(b'0' + u8::try_from(state >> 58).unwrap_or_default())
    });
    letters.take(ROOM_BYTES).collect()
}

/// Connections to a store. One whose transaction a store ended by itself, as `SQLite` does when its disk is full, still counts itself in
/// one, and would refuse to begin another for ever: it is closed, and the next one is new.
async fn pool<D: Database>(
    options: <D::Connection as Connection>::Options,
    most: u32,
) -> Result<Pool<D>, Fault> {
    let pool =
        PoolOptions::<D>::new().max_connections(most).after_release(|connection: &mut D::Connection, _| {
            Box::pin(async move {
                // What was dropped is rolled back by now.
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        });
    pool.connect_with(options).await.map_err(failed)
}

async fn begin_alone(pool: &Pool<Postgres>, key: i64) -> sqlx::Result<Transaction<'static, Postgres>> {
    let mut tx = pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(key).execute(&mut *tx).await?;
    Ok(tx)
}

/// Commits. If the connection is lost before the server has said how that ended, another asks it.
async fn commit_and_know(
    mut tx: Transaction<'static, Postgres>,
    writer: &Pool<Postgres>,
) -> Result<(), Lost> {
    let number: Option<String> =
        sqlx::query_scalar("SELECT pg_current_xact_id_if_assigned()::text").fetch_one(&mut *tx).await?;
    let Err(error) = tx.commit().await else { return Ok(()) };
    let Some(number) = number.filter(|_| !matches!(error, sqlx::Error::Database(_))) else {
        return Err(error.into());
    };
    tracing::warn!(%error, "the store was lost during a commit; it is asked how that ended");
    let ended = async {
        loop {
            let status = sqlx::query_scalar::<_, Option<String>>("SELECT pg_xact_status($1::text::xid8)");
            match status.bind(&number).fetch_one(writer).await.ok().flatten().as_deref() {
                Some("committed") => return Ok(()),
                Some("aborted") => return Err(error.into()),
                // It is still under way, or the server is still away.
                _ => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
    };
    tokio::time::timeout(FOUND_OUT, ended).await.unwrap_or(Err(Lost::Unknown))
}

/// Why a commit has not ended well.
enum Lost {
    /// Nothing of it was kept.
    Not(sqlx::Error),
    /// Nobody could be asked.
    Unknown,
}

impl From<sqlx::Error> for Lost {
    fn from(error: sqlx::Error) -> Self {
        Self::Not(error)
    }
}

impl Tx {
    /// Makes what was written stay.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`]; nothing was written then. [`Fault::CommitUnknown`]: it may have been.
    pub async fn commit(self) -> Result<(), Fault> {
        let Self(tx, db) = self;
        let done = match (tx, &db) {
            (On::Lite(tx), _) => tx.commit().await.map_err(Lost::Not),
            (On::Pg(tx), Some(Db { writer: On::Pg(writer), .. })) => commit_and_know(tx, writer).await,
            (On::Pg(tx), _) => tx.commit().await.map_err(Lost::Not),
        };
        if let Some(db) = &db {
            db.trouble.note(match &done {
                Err(Lost::Not(error)) => Some(error),
                Err(Lost::Unknown) => Some(&sqlx::Error::WorkerCrashed),
                Ok(()) => None,
            });
        }
        done.map_err(|lost| match lost {
            Lost::Not(error) => failed(error),
            Lost::Unknown => Fault::CommitUnknown {},
        })
    }

    /// What a statement's failure is to the caller. Of one that was to write, the store keeps it in mind.
    pub fn failed(&self, error: sqlx::Error) -> Fault {
        if let Some(db) = &self.1 {
            db.trouble.note(Some(&error));
        }
        failed(error)
    }
}

fn refused(why: &str) -> Fault {
    Fault::StoreFailed { why: why.to_owned() }
}
