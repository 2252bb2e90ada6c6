//! The hub's store: `SQLite` or PostgreSQL by URL, the same statements on both.
//!
//! Statements are written in full, in the subset that both understand. The caller owns the transaction: a change, its entry
//! in the audit trail and all that follows from it commit together or not at all. See `docs/decisions/0003-store.md`.

use std::str::FromStr as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use model::fault::Fault;
use sqlx::error::ErrorKind;
use sqlx::pool::PoolOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{AssertSqlSafe, Connection, Database, Pool, Postgres, Sqlite, Transaction};

/// Connections for readers. Writers have one of their own, so that those who wait to write hold up nobody who reads.
const READERS: u32 = 8;
/// Longest wait for another process to let go of an `SQLite` file.
const BUSY: Duration = Duration::from_secs(10);
/// How long a store that could not be written is not tried again only because somebody asks how it is.
const TRIED: Duration = Duration::from_secs(1);
/// Room that must be there: a large change, and its directory.
const ROOM_BYTES: usize = 1024 * 1024;
/// Writers of all hubs on one PostgreSQL queue behind this key, as they do behind the lock of an `SQLite` file: so numbers of
/// changes appear in order.
const WRITER: i64 = 0x6c69_656e_7468_6f6e;
/// How long a commit whose end was not heard is asked about.
const FOUND_OUT: Duration = Duration::from_secs(20);
/// What of a server's settings must not be left to whoever set it up: a commit is answered when it is durable, and nothing changes
/// under a reader's feet.
const SESSION: [(&str, &str); 2] =
    [("synchronous_commit", "on"), ("default_transaction_isolation", "read committed")];

/// The steps of the schema, oldest first. A step that was released is never edited; the next is added.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("store/migrations/0001_registry.sql"),
    include_str!("store/migrations/0002_catalogue.sql"),
    include_str!("store/migrations/0003_term.sql"),
    include_str!("store/migrations/0004_audit_chain.sql"),
    include_str!("store/migrations/0005_officer_agency.sql"),
    include_str!("store/migrations/0006_accounts.sql"),
    include_str!("store/migrations/0007_lists.sql"),
    include_str!("store/migrations/0008_code_lists.sql"),
    include_str!("store/migrations/0009_contracts.sql"),
    include_str!("store/migrations/0010_usage.sql"),
    include_str!("store/migrations/0011_requests.sql"),
    include_str!("store/migrations/0012_search.sql"),
    include_str!("store/migrations/0013_rows.sql"),
    include_str!("store/migrations/0014_gaps.sql"),
    include_str!("store/migrations/0015_flaws.sql"),
    include_str!("store/migrations/0016_places.sql"),
    include_str!("store/migrations/0017_node_keys.sql"),
    include_str!("store/migrations/0018_ahead.sql"),
    include_str!("store/migrations/0019_devices.sql"),
    include_str!("store/migrations/0020_commands.sql"),
    include_str!("store/migrations/0021_references.sql"),
    include_str!("store/migrations/0022_standing.sql"),
    include_str!("store/migrations/0023_intervals.sql"),
    include_str!("store/migrations/0024_refusals.sql"),
    include_str!("store/migrations/0025_confirmed.sql"),
    include_str!("store/migrations/0026_incidents.sql"),
    include_str!("store/migrations/0027_briefs.sql"),
    include_str!("store/migrations/0028_notices.sql"),
    include_str!("store/migrations/0030_bloc.sql"),
    include_str!("store/migrations/0031_quality.sql"),
    include_str!("store/migrations/0032_lists.sql"),
    include_str!("store/migrations/0033_papers.sql"),
    include_str!("store/migrations/0034_bounds.sql"),
    include_str!("store/migrations/0037_classes.sql"),
];

/// The same thing on either database.
#[derive(Clone)]
pub(crate) enum On<L, P> {
    Lite(L),
    Pg(P),
}

/// An open store.
#[derive(Clone)]
pub struct Db {
    readers: On<Pool<Sqlite>, Pool<Postgres>>,
    writer: On<Pool<Sqlite>, Pool<Postgres>>,
    trouble: Trouble,
}

/// A transaction: to read, one state of everything; to write, the only one at the time, with the store it writes to. Dropped, it
/// leaves no trace.
pub struct Tx(pub(crate) On<Transaction<'static, Sqlite>, Transaction<'static, Postgres>>, Option<Db>);

/// Why the last write that failed did, and when a write was tried last, unless one went well since.
type Failed = (String, Option<Instant>);

/// What is wrong with the store, if anything is. Shared by all who write.
#[derive(Clone, Default)]
struct Trouble(Arc<Mutex<Option<Failed>>>);

impl Trouble {
    /// Notes how a write went. What it was refused for (a constraint, a row that is not there) is no trouble of the store. One that went
    /// well may have been small enough for what is left of a full disk: it is only time to see.
    fn note(&self, error: Option<&sqlx::Error>) {
        let refused = match error {
            Some(sqlx::Error::Database(inner)) => !matches!(inner.kind(), ErrorKind::Other),
            Some(sqlx::Error::RowNotFound | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => {
                true
            }
            _ => false,
        };
        let mut trouble = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (error, trouble.as_mut()) {
            _ if refused => {}
            (Some(error), _) => *trouble = Some((error.to_string(), Some(Instant::now()))),
            (None, Some((_, tried))) => *tried = None,
            (None, None) => {}
        }
    }

    /// What it is, and whether somebody should try again: one at a time.
    fn told(&self) -> Option<(String, bool)> {
        let mut trouble = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.as_mut().map(|(why, tried)| {
            let due = tried.is_none_or(|tried| tried.elapsed() >= TRIED);
            if due {
                *tried = Some(Instant::now());
            }
            (why.clone(), due)
        })
    }

    /// It is over.
    fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Runs `$body` with `$c` bound to whichever database this is.
macro_rules! on {
    ($tx:expr, $c:ident => $body:expr) => {
        match $tx.0 {
            $crate::store::On::Lite(ref mut $c) => $body,
            $crate::store::On::Pg(ref mut $c) => $body,
        }
    };
}

/// `run!(tx, "SQL" => a, b)`: rows affected.
macro_rules! run {
    ($tx:expr, $sql:expr $(=> $($arg:expr),+)?) => {
        $crate::store::on!($tx, c => sqlx::query($sql)$($(.bind($arg))+)?.execute(&mut **c).await.map(|done| done.rows_affected()))
            .map_err(|error| $tx.failed(error))
    };
}

/// `all!(tx, "SQL" => a, b)`: every row, as the tuple the caller names.
macro_rules! all {
    ($tx:expr, $sql:expr $(=> $($arg:expr),+)?) => {
        $crate::store::on!($tx, c => sqlx::query_as($sql)$($(.bind($arg))+)?.fetch_all(&mut **c).await).map_err(|error| $tx.failed(error))
    };
}

/// `optional!(tx, "SQL" => a, b)`: the one row, if there is one.
macro_rules! optional {
    ($tx:expr, $sql:expr $(=> $($arg:expr),+)?) => {
        $crate::store::on!($tx, c => sqlx::query_as($sql)$($(.bind($arg))+)?.fetch_optional(&mut **c).await).map_err(|error| $tx.failed(error))
    };
}

pub(crate) use {all, on, optional, run};

impl Db {
    /// Opens `sqlite:PATH`, which is made if it is not there, or `postgres://…`, and brings its schema up to date: in the transaction that is
    /// handed back, for whatever must be derived anew before the new schema holds.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn open(url: &str) -> Result<(Self, Option<Tx>), Fault> {
        let db = Self::connect(url).await?;
        let migrated = db.migrate(MIGRATIONS).await?;
        Ok((db, migrated))
    }

    /// Opens it as it is.
    pub(crate) async fn connect(url: &str) -> Result<Self, Fault> {
        if url.starts_with("sqlite:") {
            return Self::connect_lite(SqliteConnectOptions::from_str(url).map_err(failed)?).await;
        }
        let options = PgConnectOptions::from_str(url).map_err(failed)?.options(SESSION);
        Ok(Self {
            readers: On::Pg(pool(options.clone(), READERS).await?),
            writer: On::Pg(pool(options, 1).await?),
            trouble: Trouble::default(),
        })
    }

    pub(crate) async fn connect_lite(options: SqliteConnectOptions) -> Result<Self, Fault> {
        let options = options
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(BUSY);
        Ok(Self {
            readers: On::Lite(pool(options.clone(), READERS).await?),
            writer: On::Lite(pool(options, 1).await?),
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
            On::Pg(pool) => begin_alone(pool).await.map(On::Pg),
        };
        let tx = begun.inspect_err(|error| self.trouble.note(Some(error))).map_err(failed)?;
        Ok(Tx(tx, Some(self.clone())))
    }

    /// Connections by pool: how many are in use, and how many there may be.
    pub(crate) fn connections(&self) -> [(&'static str, usize, usize); 2] {
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
    pub(crate) async fn migrate(&self, steps: &[&str]) -> Result<Option<Tx>, Fault> {
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
        for (number, step) in (0i64..).zip(steps) {
            let script = self.in_dialect(step);
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

    /// Puts in what the two databases say differently. Keys sort by bytes on both. What only one of them has stands behind
    /// `--lite` or `--pg`: for the other it is a comment.
    fn in_dialect(&self, step: &str) -> String {
        let lite = matches!(self.writer, On::Lite(_));
        let step = step.replace(if lite { "--lite " } else { "--pg " }, "");
        let mut script = String::with_capacity(step.len());
        let mut rest = step.as_str();
        while let Some((before, (token, after))) =
            rest.split_once('{').and_then(|(before, more)| Some((before, more.split_once('}')?)))
        {
            script.push_str(before);
            match word(token, lite) {
                Some(word) => script.push_str(&word),
                // JSON in a step has braces, too.
                None => {
                    script.push('{');
                    rest = rest.get(before.len() + 1..).unwrap_or_default();
                    continue;
                }
            }
            rest = after;
        }
        script.push_str(rest);
        if lite {
            script.replace("BIGINT NOT NULL", "INTEGER NOT NULL").replace("BIGINT", "INTEGER")
        } else {
            script
        }
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

/// What a token of a migration stands for.
fn word(token: &str, lite: bool) -> Option<String> {
    let choose = |on_lite: &str, on_pg: &str| Some(if lite { on_lite } else { on_pg }.to_owned());
    match token {
        "KEY" => choose("TEXT", "TEXT COLLATE \"C\""),
        "BOOL" => choose("INTEGER", "BOOLEAN"),
        "FALSE" => choose("0", "FALSE"),
        "SERIAL" => {
            choose("INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
        }
        "STRICT" => choose(" STRICT", ""),
        "NOW" => choose(
            "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')",
            "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
        ),
        "IN 90 DAYS" => choose(
            "strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+90 days')",
            "to_char((now() + interval '90 days') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
        ),
        // A text inside a column of JSON, by its path: `TEXT entry.versions.0.domain`.
        path => {
            let (column, steps) = path.strip_prefix("TEXT ")?.split_once('.')?;
            if !lite {
                return Some(format!("({column}::json #>> '{{{}}}')", steps.replace('.', ",")));
            }
            let steps: String = steps
                .split('.')
                .map(
                    |step| if step.parse::<u32>().is_ok() { format!("[{step}]") } else { format!(".{step}") },
                )
                .collect();
            Some(format!("json_extract({column}, '${steps}')"))
        }
    }
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

async fn begin_alone(pool: &Pool<Postgres>) -> sqlx::Result<Transaction<'static, Postgres>> {
    let mut tx = pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(WRITER).execute(&mut *tx).await?;
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
    pub(crate) fn failed(&self, error: sqlx::Error) -> Fault {
        if let Some(db) = &self.1 {
            db.trouble.note(Some(&error));
        }
        failed(error)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
pub(crate) fn failed(error: sqlx::Error) -> Fault {
    let why = match &error {
        sqlx::Error::Database(inner) => inner.message().to_owned(),
        // A URL may hold a password; the driver's other errors do not repeat it.
        sqlx::Error::Configuration(_) => "its URL cannot be read".to_owned(),
        other => other.to_string(),
    };
    Fault::StoreFailed { why }
}

fn refused(why: &str) -> Fault {
    Fault::StoreFailed { why: why.to_owned() }
}

/// How faults begin that are of a row and not of the store.
const UNREADABLE: &str = "a row cannot be read";

/// Reads JSON that this program wrote.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::StoreFailed { why: format!("{UNREADABLE}: {error}") })
}

/// Writes JSON for a column.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::StoreFailed { why: error.to_string() })
}

/// Moments as text that sorts as they do: seconds, always 20 characters.
pub(crate) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Reads a text that this program wrote: an identifier, a day.
pub(crate) fn from_text<T: std::str::FromStr>(text: &str) -> Result<T, Fault> {
    text.parse().map_err(|_| Fault::StoreFailed { why: format!("{UNREADABLE}: {text:?}") })
}

/// What one row of many says; none if it cannot be read: that is told in the log, and keeps nobody from the others.
///
/// # Errors
/// [`Fault::StoreFailed`] if the store itself did not answer.
pub(crate) fn readable<T>(read: Result<T, Fault>, kind: &str, name: &str) -> Result<Option<T>, Fault> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(Fault::StoreFailed { why }) if why.starts_with(UNREADABLE) => {
            tracing::error!(kind, name, reason = why, "a row is passed over");
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}
