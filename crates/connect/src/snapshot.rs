//! Files of tables, CSV, XLSX and Parquet, and HTTP APIs that give JSON: read into a table of their own, a `SQLite` file beside the node's
//! state, and served from there. So a file of millions of rows is looked up by its key, filtered and paged like any database, and a file
//! that is being written anew hurts nobody: the new table takes the old one's place when it is whole.

mod csv;
mod encoding;
mod parquet;
mod read;
pub mod reader;
mod sheet;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use futures::StreamExt as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tokio::sync::{Mutex, RwLock};

pub use self::read::{Fetch, Format, Origin};
use crate::feed::fed;
use crate::sql::{Driver as _, Sql};
use crate::sqlite::{File, keep_broken};
use crate::value::Cell;
use crate::{Column, Filter, Lines, Listed, Listing, Shape, Source, SourceError, Table, TableName};

/// How often a file is looked at whether it is another.
const LOOK: Duration = Duration::from_secs(2);
/// Rows that are written at a time.
const CHUNK: usize = 500;
/// The one table.
const TABLE: &str = "data";

/// A snapshot of something that is no database.
pub struct Snapshot {
    origin: Origin,
    folder: PathBuf,
    state: RwLock<Option<Arc<Taken>>>,
    /// One reader at a time takes it anew.
    taking: Mutex<()>,
}

/// A snapshot that was taken.
struct Taken {
    /// What the origin looked like: length and time of the file; none for an API.
    mark: Option<(u64, SystemTime)>,
    at: Instant,
    looked: std::sync::Mutex<Instant>,
    source: Sql<File>,
    path: PathBuf,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Snapshot {
    /// A snapshot of `origin`, kept in `folder`; taken when it is first asked.
    #[must_use]
    pub fn new(origin: Origin, folder: &Path) -> Self {
        Self { origin, folder: folder.to_owned(), state: RwLock::default(), taking: Mutex::default() }
    }

    async fn now(&self) -> Result<Arc<Taken>, SourceError> {
        if let Some(taken) = self.state.read().await.clone()
            && self.is_fresh(&taken)
        {
            return Ok(taken);
        }
        let seen = self.state.read().await.clone();
        let _one = self.taking.lock().await;
        let old = self.state.read().await.clone();
        // Somebody else took it while we waited.
        if let Some(taken) = &old
            && seen.is_none_or(|seen| !Arc::ptr_eq(&seen, taken))
        {
            return Ok(taken.clone());
        }
        match self.take().await {
            Ok(taken) => {
                let taken = Arc::new(taken);
                *self.state.write().await = Some(taken.clone());
                Ok(taken)
            }
            // What cannot be read now, a file that is half written, leaves what was there.
            Err(error) => match old {
                Some(taken) => {
                    *taken.looked.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Instant::now();
                    Ok(taken)
                }
                None => Err(error),
            },
        }
    }

    fn is_fresh(&self, taken: &Taken) -> bool {
        if let Origin::Http { every, .. } = &self.origin {
            return taken.at.elapsed() < *every;
        }
        let mut looked = taken.looked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if looked.elapsed() < LOOK {
            return true;
        }
        *looked = Instant::now();
        self.origin.mark().is_some_and(|mark| taken.mark == Some(mark))
    }

    async fn take(&self) -> Result<Taken, SourceError> {
        let failed = |error: std::io::Error| SourceError::Failed(error.to_string());
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        let mark = self.origin.mark();
        let path = self.folder.join(format!("{:x}.db", unique()));
        let _ = std::fs::remove_file(&path);
        let filled = fill(&path, &self.origin).await;
        if let Err(error) = filled {
            let _ = std::fs::remove_file(&path);
            return Err(error);
        }
        let source = Sql(File::new(&path));
        Ok(Taken { mark, at: Instant::now(), looked: std::sync::Mutex::new(Instant::now()), source, path })
    }
}

/// A number that no other snapshot of this process has.
fn unique() -> u128 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    (u128::from(std::process::id()) << 64) | u128::from(next)
}

/// Writes all rows into a new file, and an index for each column whose values are all different.
async fn fill(path: &Path, origin: &Origin) -> Result<(), SourceError> {
    let failed = |error: sqlx::Error| SourceError::Failed(error.to_string());
    // The file can be made again at any time, so it need not outlive a crash.
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off);
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(failed)?;
    let (columns, mut rows) = origin.open().await?;
    let quoter = File::new(path);
    let quoted: Vec<String> = columns.iter().map(|(name, _)| quoter.quote(name)).collect();
    let declared: Vec<String> =
        columns.iter().zip(&quoted).map(|((_, declared), quoted)| format!("{quoted} {declared}")).collect();
    let create = format!("CREATE TABLE {TABLE} ({})", declared.join(", "));
    sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await.map_err(failed)?;
    let insert = format!("INSERT INTO {TABLE} VALUES ({})", vec!["?"; columns.len()].join(", "));
    let mut open = false;
    let mut waiting = 0;
    while let Some(row) = rows.next().await {
        let row = row?;
        if !open {
            sqlx::query("BEGIN").execute(&mut connection).await.map_err(failed)?;
            open = true;
        }
        let mut query = sqlx::query(AssertSqlSafe(insert.clone()));
        for at in 0..columns.len() {
            query = match row.get(at) {
                None | Some(Cell::Null | Cell::Broken(_)) => query.bind(None::<String>),
                Some(Cell::Text(text)) => query.bind(text.clone()),
                Some(Cell::Integer(number)) => query.bind(*number),
                Some(Cell::Real(number)) => query.bind(*number),
                Some(Cell::Blob(bytes)) => query.bind(bytes.clone()),
                Some(Cell::Broken { flaw, .. }) => query.bind(keep_broken(*flaw)),
            };
        }
        query.execute(&mut connection).await.map_err(failed)?;
        waiting += 1;
        if waiting == CHUNK {
            sqlx::query("COMMIT").execute(&mut connection).await.map_err(failed)?;
            (open, waiting) = (false, 0);
        }
    }
    if open {
        sqlx::query("COMMIT").execute(&mut connection).await.map_err(failed)?;
    }
    for (number, quoted) in quoted.iter().enumerate() {
        let distinct = format!("SELECT COUNT(*) = COUNT(DISTINCT {quoted}) FROM {TABLE}");
        let unique: bool =
            sqlx::query_scalar(AssertSqlSafe(distinct)).fetch_one(&mut connection).await.map_err(failed)?;
        let word = if unique { "UNIQUE INDEX" } else { "INDEX" };
        let index = format!("CREATE {word} by_{number} ON {TABLE} ({quoted})");
        sqlx::query(AssertSqlSafe(index)).execute(&mut connection).await.map_err(failed)?;
    }
    connection.close().await.map_err(failed)
}

#[async_trait]
impl Source for Snapshot {
    async fn describe(&self) -> Result<Vec<Shape>, SourceError> {
        self.now().await?.source.describe().await
    }

    async fn shape(&self, _: &TableName) -> Result<Option<Shape>, SourceError> {
        let name = TableName { schema: None, name: TABLE.to_owned() };
        self.now().await?.source.shape(&name).await
    }

    async fn look_up(
        &self,
        table: &Table,
        fields: &[&str],
        keys: &[&str],
        filters: &[Filter],
    ) -> Result<Vec<Listed>, SourceError> {
        self.now().await?.source.look_up(table, fields, keys, filters).await
    }

    async fn list(
        &self,
        table: &Table,
        fields: &[&str],
        listing: &Listing,
    ) -> Result<Vec<Listed>, SourceError> {
        self.now().await?.source.list(table, fields, listing).await
    }

    async fn count(&self, table: &Table, filters: &[Filter]) -> Result<u64, SourceError> {
        self.now().await?.source.count(table, filters).await
    }

    fn stream<'a>(&'a self, table: &'a Table, fields: &'a [&'a str], filters: &'a [Filter]) -> Lines<'a> {
        let begun = async move {
            let taken = self.now().await?;
            let (table, filters) = (table.clone(), filters.to_vec());
            let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
            // Few enough at a time that the snapshot may be exchanged meanwhile; the one that was begun is read to its end.
            Ok::<_, SourceError>(fed(|feed| async move {
                let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
                let mut lines = taken.source.stream(&table, &fields, &filters);
                while let Some(piece) = lines.next().await {
                    let broken = piece.is_err();
                    if !feed.put(piece).await || broken {
                        return;
                    }
                }
                feed.end().await;
            }))
        };
        use futures::TryStreamExt as _;
        futures::stream::once(begun).try_flatten().boxed()
    }

    async fn doubles(&self, _: &TableName, column: &Column) -> Result<(u64, u64), SourceError> {
        let name = TableName { schema: None, name: TABLE.to_owned() };
        self.now().await?.source.doubles(&name, column).await
    }

    async fn sample(&self, shape: &Shape, limit: usize) -> Result<Vec<Vec<Cell>>, SourceError> {
        self.now().await?.source.sample(shape, limit).await
    }
}
