//! `SQLite` files.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection, SqlitePoolOptions, SqliteRow};
use sqlx::{AssertSqlSafe, Decode, Row as _, Sqlite, TypeInfo as _, ValueRef as _};

use crate::care::Limits;
use crate::connections::{Connections, InUse};
use crate::feed::fed;
use crate::sql::{Arg, Driver, Rows, Sql, failing, hand_on, in_pieces};
use crate::value::{Cell, Flaw, is_whole, real_text};
use crate::{Column, Native, Shape, Source, SourceError, TableName};
use model::column::Class;

/// Connections to one file. Each has a thread of its own; readers do not wait for each other.
const CONNECTIONS: u32 = 4;
/// Longest wait for a writer to let go of the file.
const BUSY: Duration = Duration::from_secs(2);
/// Longest wait for a connection.
const ACQUIRE: Duration = Duration::from_secs(3);

/// Longest time of a stream: as long as its reader takes.
const STREAM: Duration = Duration::from_secs(6 * 3600);
/// Steps of a statement after which it is asked whether its time is over: some tenths of a millisecond.
const STEPS: i32 = 10_000;

/// The file at `path`, opened for reading when it is first asked. It need not be there yet.
#[must_use]
pub fn open(path: &Path, limits: Limits) -> impl Source + use<> {
    Sql(File::new(path, limits.statement))
}

/// A file that is opened for reading.
pub(crate) struct File {
    connections: Connections<Sqlite>,
    statement: Duration,
}

/// A connection whose statements end with whoever asked, or when their time is over: the file has no server that would see to it.
struct Asked {
    // Before the connection, which is given back only when its statement has ended.
    _asking: Arc<()>,
    connection: InUse<Sqlite>,
}

impl Asked {
    async fn of(connections: &Connections<Sqlite>, longest: Duration) -> Result<Self, SourceError> {
        let mut connection = connections.take(failed).await?;
        let (asking, until) = (Arc::new(()), Instant::now() + longest);
        let asked = Arc::downgrade(&asking);
        let mut handle = connection.lock_handle().await.map_err(failed)?;
        handle.set_progress_handler(STEPS, move || asked.strong_count() > 0 && Instant::now() < until);
        drop(handle);
        Ok(Self { _asking: asking, connection })
    }
}

impl File {
    pub(crate) fn new(path: &Path, statement: Duration) -> Self {
        let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY);
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            .connect_lazy_with(options);
        Self { connections: Connections::new(pool), statement }
    }

    async fn ask(&self) -> Result<Asked, SourceError> {
        Asked::of(&self.connections, self.statement).await
    }
}

#[async_trait]
impl Driver for File {
    /// In backticks: what stands in double quotes and is no column, `SQLite` takes for a text.
    fn quote(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    fn select(&self, quoted: &str, _: &Column) -> String {
        quoted.to_owned()
    }

    /// `SQLite` types values, not columns. A text may be shown of a number, a text or bytes: it is asked for as each that it is written of.
    fn one_of(&self, quoted: &str, _: &Column, texts: &[String], args: &mut Vec<Arg>) -> Option<String> {
        let whole = texts.iter().filter(|text| is_whole(text, i64::MIN.into(), i64::MAX.into()));
        let whole = whole.filter_map(|text| text.parse().ok().map(Arg::Integer));
        let reals =
            texts.iter().filter_map(|text| text.parse().ok().filter(|number| real_text(*number) == **text));
        let blobs = texts.iter().filter_map(|text| BASE64_STANDARD.decode(text).ok());
        let kinds = [
            ("integer", whole.collect()),
            ("real", reals.map(Arg::Real).collect()),
            ("text", texts.iter().cloned().map(Arg::Text).collect()),
            ("blob", blobs.map(Arg::Blob).collect::<Vec<Arg>>()),
        ];
        let mut conditions = Vec::new();
        for (kind, values) in kinds {
            let places: Vec<String> =
                (1..=values.len()).map(|number| format!("?{}", args.len() + number)).collect();
            if places.is_empty() {
                continue;
            }
            let mut condition =
                format!("typeof({quoted}) = '{kind}' AND {quoted} IN ({})", places.join(", "));
            if kind == "text" {
                // Whatever the column's collation, which an index goes by.
                let bytes: Vec<String> =
                    places.iter().map(|place| format!("CAST({place} AS BLOB)")).collect();
                condition.push_str(&format!(" AND CAST({quoted} AS BLOB) IN ({})", bytes.join(", ")));
            }
            conditions.push(condition);
            args.extend(values);
        }
        Some(format!("({})", conditions.join(" OR ")))
    }

    /// Keys by their letters: an index of another collation than the column's may be what holds them unique.
    fn order(&self, quoted: &str, _: &Column, total: bool) -> String {
        if total { format!("{quoted} COLLATE BINARY") } else { quoted.to_owned() }
    }

    fn alike(&self, quoted: &str, _: &Column) -> String {
        format!("CAST(CAST({quoted} AS TEXT) AS BLOB)")
    }

    fn may_be_empty(&self) -> bool {
        true
    }

    /// It reads whatever it is asked.
    async fn is_deaf_to(&self, _: String, _: Vec<Arg>) -> bool {
        false
    }

    fn mark(&self, _: &Column, _: bool, cell: &Cell, args: &mut Vec<Arg>) -> String {
        let (arg, is_broken) = match cell {
            Cell::Integer(number) => (Arg::Integer(*number), false),
            Cell::Real(number) => (Arg::Real(*number), false),
            Cell::Blob(bytes) => (Arg::Blob(bytes.clone()), false),
            Cell::Broken { flaw, raw } => {
                (Arg::Blob(raw.clone()), *flaw == Flaw::NotUtf8 && !raw.starts_with(BROKEN))
            }
            Cell::Text(text) => (Arg::Text(text.clone()), false),
            Cell::Null => (Arg::Text(String::new()), false),
        };
        args.push(arg);
        if is_broken { format!("CAST(?{} AS TEXT)", args.len()) } else { format!("?{}", args.len()) }
    }

    async fn rows(&self, sql: String, args: Vec<Arg>) -> Result<Vec<Vec<Cell>>, SourceError> {
        // The statement holds names that were quoted; every value is an argument.
        let mut asked = self.ask().await?;
        let rows = sqlx::query_with(AssertSqlSafe(sql), bound(&args)?)
            .fetch_all(&mut *asked.connection)
            .await
            .map_err(failed)?;
        rows.iter().map(cells).collect()
    }

    fn stream(&self, sql: String, args: Vec<Arg>) -> Rows<'_> {
        let args = match bound(&args) {
            Ok(args) => args,
            Err(error) => return failing(error),
        };
        let connections = self.connections.clone();
        fed(|feed| async move {
            let mut asked = match Asked::of(&connections, STREAM).await {
                Ok(asked) => asked,
                Err(error) => return feed.fail(error).await,
            };
            // The statement holds names that were quoted; every value is an argument.
            let rows = sqlx::query_with(AssertSqlSafe(sql), args).fetch(&mut *asked.connection);
            if hand_on(in_pieces(rows, cells, failed), &feed).await {
                feed.end().await;
            }
        })
    }

    async fn shapes(&self, table: Option<&TableName>) -> Result<Vec<Shape>, SourceError> {
        let named = table.map(|table| table.name.clone());
        let mut asked = self.ask().await?;
        let tables: Vec<(String, String)> = sqlx::query_as(
            "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
             AND (?1 IS NULL OR name = ?1) ORDER BY name",
        )
        .bind(named)
        .fetch_all(&mut *asked.connection)
        .await
        .map_err(failed)?;
        let mut shapes = Vec::new();
        for (name, kind) in tables {
            shapes.push(self.one(&mut asked.connection, name, kind == "view").await?);
        }
        Ok(shapes)
    }
}

impl File {
    async fn one(
        &self,
        connection: &mut SqliteConnection,
        name: String,
        view: bool,
    ) -> Result<Shape, SourceError> {
        let rows: Vec<(String, String, bool, i64)> =
            sqlx::query_as("SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1)")
                .bind(&name)
                .fetch_all(&mut *connection)
                .await
                .map_err(failed)?;
        // An index of some rows, or of what is made of a column, says nothing of the column.
        let unique: Vec<(Option<String>,)> = sqlx::query_as(
            "SELECT MIN(i.name) FROM pragma_index_list(?1) l JOIN pragma_index_info(l.name) i WHERE l.\"unique\" AND NOT l.partial
             GROUP BY l.name HAVING COUNT(*) = 1",
        )
        .bind(&name)
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
        // The number of the row itself has no index; `INTEGER PRIMARY KEY DESC` is another thing, and has one.
        let of_its_own: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM pragma_index_list(?1) WHERE origin = 'pk'")
                .bind(&name)
                .fetch_one(&mut *connection)
                .await
                .map_err(failed)?;
        let keys = rows.iter().filter(|(.., place)| *place > 0).count();
        let columns = rows
            .into_iter()
            .map(|(name, declared, not_null, place)| {
                let is_primary = place > 0 && keys == 1;
                Column {
                    class: Class::of(&declared),
                    // Of primary keys only the number of the row is never empty by itself.
                    nullable: !(not_null
                        || is_primary && of_its_own == 0 && declared.eq_ignore_ascii_case("integer")),
                    unique: holds_one_kind(&declared)
                        && (is_primary || unique.iter().any(|(unique,)| unique.as_ref() == Some(&name))),
                    comment: String::new(),
                    native: Native::Written,
                    declared,
                    name,
                }
            })
            .collect();
        // The last number of a row is at least as high as their count; a table without row numbers has none.
        let last = format!("SELECT MAX(rowid) FROM {}", self.quote(&name));
        let last: Option<(Option<i64>,)> = match view {
            true => None,
            false => {
                sqlx::query_as(AssertSqlSafe(last)).fetch_optional(&mut *connection).await.unwrap_or_default()
            }
        };
        let rows = last.and_then(|(last,)| u64::try_from(last.unwrap_or_default()).ok());
        Ok(Shape { name: TableName { schema: None, name }, columns, rows, view, remarks: Vec::new() })
    }
}

/// Whether a column makes all that looks alike the same: in others 7 and '7' are two, and both look like 7.
fn holds_one_kind(declared: &str) -> bool {
    let declared = declared.to_lowercase();
    ["int", "char", "clob", "text"].iter().any(|word| declared.contains(word))
}

fn bound(args: &[Arg]) -> Result<SqliteArguments, SourceError> {
    use sqlx::Arguments as _;
    let mut bound = SqliteArguments::default();
    for arg in args {
        let added = match arg {
            Arg::Text(text) => bound.add(text.clone()),
            Arg::Texts(_) => return Err(SourceError::Failed("it takes no lists".to_owned())),
            Arg::Integer(number) => bound.add(*number),
            Arg::Real(number) => bound.add(*number),
            Arg::Blob(bytes) => bound.add(bytes.clone()),
        };
        added.map_err(|error| SourceError::Failed(error.to_string()))?;
    }
    Ok(bound)
}

fn cells(row: &SqliteRow) -> Result<Vec<Cell>, SourceError> {
    let wrong = |error: sqlx::error::BoxDynError| SourceError::Failed(error.to_string());
    (0..row.len())
        .map(|at| {
            let raw = row.try_get_raw(at).map_err(failed)?;
            if raw.is_null() {
                return Ok(Cell::Null);
            }
            let kind = raw.type_info().name().to_owned();
            Ok(match kind.as_str() {
                "INTEGER" | "BOOLEAN" => {
                    Cell::Integer(<i64 as Decode<'_, Sqlite>>::decode(raw).map_err(wrong)?)
                }
                "REAL" => Cell::Real(<f64 as Decode<'_, Sqlite>>::decode(raw).map_err(wrong)?),
                kind => {
                    let bytes = <Vec<u8> as Decode<'_, Sqlite>>::decode(raw).map_err(wrong)?;
                    if kind == "BLOB" { broken(bytes) } else { Cell::of_bytes(bytes) }
                }
            })
        })
        .collect()
}

/// What stands before a value that a file could not give, in a snapshot of it.
const BROKEN: &[u8] = b"\0lienthong\0broken\0";

/// How a snapshot keeps what cannot be given.
pub(crate) fn keep_broken(flaw: Flaw) -> Vec<u8> {
    [BROKEN, flaw.word().as_bytes()].concat()
}

fn broken(bytes: Vec<u8>) -> Cell {
    let flaws = [Flaw::NotUtf8, Flaw::OutOfRange, Flaw::Unreadable];
    let word = bytes.strip_prefix(BROKEN);
    match word.and_then(|word| flaws.into_iter().find(|flaw| flaw.word().as_bytes() == word)) {
        Some(flaw) => Cell::Broken { flaw, raw: bytes },
        None => Cell::Blob(bytes),
    }
}

fn failed(error: sqlx::Error) -> SourceError {
    match &error {
        sqlx::Error::PoolTimedOut => SourceError::Busy,
        // SQLITE_BUSY, SQLITE_LOCKED and SQLITE_INTERRUPT, and what they are extended to.
        sqlx::Error::Database(inner)
            if inner
                .code()
                .and_then(|code| code.parse::<u32>().ok())
                .is_some_and(|code| matches!(code & 0xff, 5 | 6 | 9)) =>
        {
            SourceError::Busy
        }
        sqlx::Error::Database(inner)
            if ["no such column", "no such table"].iter().any(|what| inner.message().starts_with(what)) =>
        {
            SourceError::Changed(inner.message().to_owned())
        }
        sqlx::Error::Database(inner) => SourceError::Failed(inner.message().to_owned()),
        other => SourceError::Failed(other.to_string()),
    }
}
