//! Files of tables, CSV, XLSX and Parquet, and HTTP APIs that give JSON: read into a table of their own, a `SQLite` file beside the node's
//! state, and served from there. So a file of millions of rows is looked up by its key, filtered and paged like any database, and a file
//! that is being written anew hurts nobody: the new table takes the old one's place when it is whole.

mod csv;
mod encoding;
mod fill;
mod http;
mod parquet;
pub mod read;
pub mod reader;
mod sheet;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use futures::StreamExt as _;
use tokio::sync::Mutex;

pub use self::fill::{Reading, read_in_a_child};
pub use self::http::{Fetch, Page};
use crate::feed::fed;
use crate::sql::Sql;
use crate::sqlite::File;
use crate::texts;
use crate::value::Cell;
use crate::{Filter, Lines, Listed, Listing, Shape, Source, SourceError, Table, TableName};

/// Longest time of a statement on a snapshot: nobody else's database has to bear it.
const STATEMENT: Duration = Duration::from_secs(30);

/// How often a file is looked at whether it is another.
const LOOK: Duration = Duration::from_secs(2);

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Text with a mark between cells.
    Csv,
    /// A workbook.
    Xlsx,
    /// A `.parquet` file: its schema is in it.
    Parquet,
}

impl Format {
    /// By the end of the file's name.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_lowercase().as_str() {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "xlsx" | "xls" | "ods" => Some(Self::Xlsx),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// What a snapshot is taken of.
pub enum Origin {
    /// A file that somebody replaces now and then.
    File {
        /// Where it is.
        path: PathBuf,
        /// By the end of its name.
        format: Format,
        /// What a person decided about it.
        options: reader::Options,
        /// Who reads it.
        reading: Reading,
    },
    /// An HTTP API that gives records as JSON: a list, or an object with one.
    Http {
        /// The address of the first page.
        address: String,
        /// Where the list is, as a JSON pointer; empty: the answer itself, or its member `items`, `data` or `results`.
        items: String,
        /// How old a snapshot may become.
        every: Duration,
        /// Who asks.
        client: Box<dyn Fetch>,
    },
}

impl Origin {
    /// What the file looks like: another length or time, and it is another file.
    fn mark(&self) -> Option<(u64, SystemTime)> {
        let Self::File { path, .. } = self else { return None };
        let data = std::fs::metadata(path).ok()?;
        Some((data.len(), data.modified().ok()?))
    }
}

/// Longest wait for a file or API that is read anew while there is a table of before.
const PATIENCE: Duration = Duration::from_secs(5);

/// A snapshot of something that is no database.
pub struct Snapshot(Arc<Kept>);

struct Kept {
    origin: Origin,
    folder: PathBuf,
    state: RwLock<Option<Arc<Taken>>>,
    /// Columns that are keys of what is served: a table without them is another, whatever lies in the file's place.
    keys: std::sync::Mutex<BTreeSet<String>>,
    /// One reader at a time takes it anew. What the last one that failed found, so that nobody tries the same at once again.
    taking: Mutex<Option<Failed>>,
}

/// A try that failed.
struct Failed {
    mark: Option<(u64, SystemTime)>,
    at: Instant,
    error: SourceError,
}

/// A snapshot that was taken.
struct Taken {
    /// What the origin looked like: length and time of the file; none for an API.
    mark: Option<(u64, SystemTime)>,
    at: Instant,
    looked: std::sync::Mutex<Looked>,
    /// Its table. Of records that there are none of nobody knows the columns: none.
    source: Option<Sql<File>>,
    shape: Shape,
    path: PathBuf,
}

/// When the origin was last looked at, and why it could not be read anew then.
struct Looked {
    at: Instant,
    trouble: Option<String>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Taken {
    fn looked(&self) -> std::sync::MutexGuard<'_, Looked> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its shape, with what is to be told of it.
    fn told(&self) -> Shape {
        let mut shape = self.shape.clone();
        if let Some(why) = &self.looked().trouble {
            let minutes = self.at.elapsed().as_secs() / 60;
            shape.remarks.push(texts::source_not_read_anew(why, minutes));
        }
        shape
    }
}

impl Snapshot {
    /// A snapshot of `origin`, kept in `folder`; taken when it is first asked.
    #[must_use]
    pub fn new(origin: Origin, folder: &Path) -> Self {
        let (state, keys, taking) = (RwLock::default(), std::sync::Mutex::default(), Mutex::default());
        Self(Arc::new(Kept { origin, folder: folder.to_owned(), state, keys, taking }))
    }

    /// The table that is there now. While another is read the one of before is given, after a while.
    async fn now(&self) -> Result<Arc<Taken>, SourceError> {
        let seen = self.0.known();
        if let Some(taken) = seen.clone().filter(|taken| self.0.is_fresh(taken)) {
            return Ok(taken);
        }
        let kept = self.0.clone();
        let old = seen.clone();
        // By itself: whoever asked may go, and what was begun is of use to the next.
        let anew = tokio::spawn(async move { kept.anew(seen).await });
        let gone = |error: tokio::task::JoinError| SourceError::Failed(error.to_string());
        match old {
            None => anew.await.map_err(gone)?,
            Some(old) => match tokio::time::timeout(PATIENCE, anew).await {
                Ok(done) => done.map_err(gone)?,
                Err(_) => Ok(old),
            },
        }
    }
}

impl Kept {
    fn known(&self) -> Option<Arc<Taken>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn anew(&self, seen: Option<Arc<Taken>>) -> Result<Arc<Taken>, SourceError> {
        let mut failed = self.taking.lock().await;
        let old = self.known();
        // Somebody else took it while we waited.
        if let Some(taken) = &old
            && seen.is_none_or(|seen| !Arc::ptr_eq(&seen, taken))
        {
            return Ok(taken.clone());
        }
        let mark = self.origin.mark();
        let same = failed
            .as_ref()
            .filter(|failed| failed.at.elapsed() < LOOK || (mark.is_some() && failed.mark == mark));
        let taken = match same {
            Some(failed) => Err(failed.error.clone()),
            None => self.take().await.and_then(|taken| self.check(taken)),
        };
        match (taken, old) {
            (Ok(taken), _) => {
                *failed = None;
                let taken = Arc::new(taken);
                *self.state.write().unwrap_or_else(PoisonError::into_inner) = Some(taken.clone());
                Ok(taken)
            }
            // What cannot be read now, a file that is half written, leaves what was there.
            (Err(error), old) => {
                if same.is_none() {
                    *failed = Some(Failed { mark, at: Instant::now(), error: error.clone() });
                }
                let Some(taken) = old else { return Err(error) };
                *taken.looked() = Looked { at: Instant::now(), trouble: Some(error.to_string()) };
                Ok(taken)
            }
        }
    }

    /// Refuses a table that lacks a key of what is served.
    fn check(&self, taken: Taken) -> Result<Taken, SourceError> {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let has = |key: &String| taken.shape.columns.iter().any(|column| column.name == *key);
        match keys.iter().find(|key| taken.source.is_some() && !has(key)) {
            Some(key) => {
                Err(SourceError::Failed(format!("what is there now has no column {key}, which is the key")))
            }
            None => Ok(taken),
        }
    }

    /// Notes what is a key.
    fn serves(&self, table: &Table) {
        if let Some(mapped) = table.fields.get(&table.key) {
            let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            if !keys.contains(&mapped.column.name) {
                keys.insert(mapped.column.name.clone());
            }
        }
    }

    fn is_fresh(&self, taken: &Taken) -> bool {
        let mut looked = taken.looked();
        if let Origin::Http { every, .. } = &self.origin {
            return looked.at.elapsed() < *every;
        }
        if looked.at.elapsed() < LOOK {
            return true;
        }
        looked.at = Instant::now();
        self.origin.mark().is_some_and(|mark| taken.mark == Some(mark))
    }

    async fn take(&self) -> Result<Taken, SourceError> {
        let failed = |error: std::io::Error| SourceError::Failed(error.to_string());
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        let mark = self.origin.mark();
        let path = self.folder.join(format!("{:x}.db", unique()));
        let _ = std::fs::remove_file(&path);
        let filled = match &self.origin {
            Origin::File { path: file, format, options, reading } => {
                reading.read(file, *format, options, &path).await
            }
            Origin::Http { address, items, client, .. } => {
                http::read(address, items, client.as_ref(), &path).await
            }
        };
        let shape = filled.inspect_err(|_| {
            let _ = std::fs::remove_file(&path);
        })?;
        let source = (!shape.columns.is_empty()).then(|| Sql(File::new(&path, STATEMENT)));
        let looked = std::sync::Mutex::new(Looked { at: Instant::now(), trouble: None });
        Ok(Taken { mark, at: Instant::now(), looked, source, shape, path })
    }
}

/// A number that no other snapshot of this process has.
fn unique() -> u128 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    (u128::from(std::process::id()) << 64) | u128::from(next)
}

#[async_trait]
impl Source for Snapshot {
    async fn describe(&self) -> Result<Vec<Shape>, SourceError> {
        Ok(vec![self.now().await?.told()])
    }

    async fn shape(&self, _: &TableName) -> Result<Option<Shape>, SourceError> {
        Ok(Some(self.now().await?.told()))
    }

    async fn look_up(
        &self,
        table: &Table,
        fields: &[&str],
        keys: &[&str],
        filters: &[Filter],
    ) -> Result<Vec<Listed>, SourceError> {
        self.0.serves(table);
        let taken = self.now().await?;
        let Some(source) = &taken.source else { return Ok(Vec::new()) };
        source.look_up(table, fields, keys, filters).await
    }

    async fn list(
        &self,
        table: &Table,
        fields: &[&str],
        listing: &Listing,
    ) -> Result<Vec<Listed>, SourceError> {
        self.0.serves(table);
        let taken = self.now().await?;
        let Some(source) = &taken.source else { return Ok(Vec::new()) };
        source.list(table, fields, listing).await
    }

    async fn count(&self, table: &Table, filters: &[Filter]) -> Result<u64, SourceError> {
        self.0.serves(table);
        let taken = self.now().await?;
        let Some(source) = &taken.source else { return Ok(0) };
        source.count(table, filters).await
    }

    fn stream<'a>(&'a self, table: &'a Table, fields: &'a [&'a str], filters: &'a [Filter]) -> Lines<'a> {
        let begun = async move {
            self.0.serves(table);
            let taken = self.now().await?;
            let (table, filters) = (table.clone(), filters.to_vec());
            let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
            // Few enough at a time that the snapshot may be exchanged meanwhile; the one that was begun is read to its end.
            Ok::<_, SourceError>(fed(|feed| async move {
                let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
                if let Some(source) = &taken.source {
                    let mut lines = source.stream(&table, &fields, &filters);
                    while let Some(piece) = lines.next().await {
                        let broken = piece.is_err();
                        if !feed.put(piece).await || broken {
                            return;
                        }
                    }
                }
                feed.end().await;
            }))
        };
        use futures::TryStreamExt as _;
        futures::stream::once(begun).try_flatten().boxed()
    }

    async fn keyless(&self, table: &Table) -> Result<u64, SourceError> {
        let taken = self.now().await?;
        let Some(source) = &taken.source else { return Ok(0) };
        source.keyless(&Table { name: taken.shape.name.clone(), ..table.clone() }).await
    }

    async fn doubles(&self, table: &Table) -> Result<(u64, u64), SourceError> {
        let taken = self.now().await?;
        let Some(source) = &taken.source else { return Ok((0, 0)) };
        source.doubles(&Table { name: taken.shape.name.clone(), ..table.clone() }).await
    }

    async fn sample(&self, shape: &Shape, limit: usize) -> Result<Vec<Vec<Cell>>, SourceError> {
        let taken = self.now().await?;
        let Some(source) = &taken.source else { return Ok(Vec::new()) };
        source.sample(shape, limit).await
    }

    fn age(&self) -> Option<Duration> {
        self.0.known().map(|taken| taken.at.elapsed())
    }
}
