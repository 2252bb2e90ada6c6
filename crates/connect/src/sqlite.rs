//! `SQLite` files.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use model::service::FieldKind;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteRow};
use sqlx::{AssertSqlSafe, Decode, Row as _, Sqlite, TypeInfo as _, ValueRef as _};

use crate::sql::{Arg, Driver, Rows, Sql, failing, in_pieces};
use crate::value::Cell;
use crate::{Column, Shape, Source, SourceError, TableName};
use model::column::Class;

/// Connections to one file. Each has a thread of its own; readers do not wait for each other.
const CONNECTIONS: u32 = 4;
/// Longest wait for a writer to let go of the file.
const BUSY: Duration = Duration::from_secs(2);
/// Longest wait for a connection.
const ACQUIRE: Duration = Duration::from_secs(3);

/// The file at `path`, opened for reading when it is first asked. It need not be there yet.
#[must_use]
pub fn open(path: &Path) -> impl Source + use<> {
    Sql(File::new(path))
}

/// A file that is opened for reading.
pub(crate) struct File {
    pool: SqlitePool,
}

impl File {
    pub(crate) fn new(path: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY);
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            .connect_lazy_with(options);
        Self { pool }
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

    fn place(&self, number: usize, _: &Column) -> String {
        format!("?{number}")
    }

    async fn rows(&self, sql: String, args: Vec<Arg>) -> Result<Vec<Vec<Cell>>, SourceError> {
        // The statement holds names that were quoted; every value is an argument.
        let rows = sqlx::query_with(AssertSqlSafe(sql), bound(&args)?)
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        rows.iter().map(cells).collect()
    }

    fn stream(&self, sql: String, args: Vec<Arg>) -> Rows<'_> {
        let args = match bound(&args) {
            Ok(args) => args,
            Err(error) => return failing(error),
        };
        in_pieces(sqlx::query_with(AssertSqlSafe(sql), args).fetch(&self.pool), cells, failed)
    }

    async fn shapes(&self, table: Option<&TableName>) -> Result<Vec<Shape>, SourceError> {
        let named = table.map(|table| table.name.clone());
        let tables: Vec<(String, String)> = sqlx::query_as(
            "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
             AND (?1 IS NULL OR name = ?1) ORDER BY name",
        )
        .bind(named)
        .fetch_all(&self.pool)
        .await
        .map_err(failed)?;
        let mut shapes = Vec::new();
        for (name, kind) in tables {
            shapes.push(self.one(name, kind == "view").await?);
        }
        Ok(shapes)
    }
}

impl File {
    async fn one(&self, name: String, view: bool) -> Result<Shape, SourceError> {
        let rows: Vec<(String, String, bool, i64)> =
            sqlx::query_as("SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1)")
                .bind(&name)
                .fetch_all(&self.pool)
                .await
                .map_err(failed)?;
        let unique: Vec<(String,)> = sqlx::query_as(
            "SELECT MIN(i.name) FROM pragma_index_list(?1) l JOIN pragma_index_info(l.name) i WHERE l.\"unique\" GROUP BY l.name HAVING COUNT(*) = 1",
        )
        .bind(&name)
        .fetch_all(&self.pool)
        .await
        .map_err(failed)?;
        let keys = rows.iter().filter(|(.., place)| *place > 0).count();
        let columns = rows
            .into_iter()
            .map(|(name, declared, not_null, place)| Column {
                class: Class::of(&declared),
                nullable: !not_null && place == 0,
                unique: (place > 0 && keys == 1) || unique.iter().any(|(unique,)| *unique == name),
                comment: String::new(),
                declared,
                name,
            })
            .collect();
        // The last number of a row is at least as high as their count; a table without row numbers has none.
        let last = format!("SELECT MAX(rowid) FROM {}", self.quote(&name));
        let last: Option<(Option<i64>,)> = match view {
            true => None,
            false => sqlx::query_as(AssertSqlSafe(last)).fetch_optional(&self.pool).await.unwrap_or_default(),
        };
        let rows = last.and_then(|(last,)| u64::try_from(last.unwrap_or_default()).ok());
        Ok(Shape { name: TableName { schema: None, name }, columns, rows, view })
    }
}

/// `SQLite` types values, not columns: what is compared with a number must be one.
fn bound(args: &[Arg]) -> Result<SqliteArguments, SourceError> {
    use sqlx::Arguments as _;
    let mut bound = SqliteArguments::default();
    for arg in args {
        let text = arg.text.as_str();
        let number =
            matches!(arg.kind, FieldKind::Integer | FieldKind::Boolean) || arg.class == Class::Integer;
        let added = match (number, text) {
            (true, "true") => bound.add(1i64),
            (true, "false") => bound.add(0i64),
            (true, text) => match text.parse::<i64>() {
                Ok(number) => bound.add(number),
                Err(_) => bound.add(text.to_owned()),
            },
            (false, text) => bound.add(text.to_owned()),
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
            Ok(match raw.type_info().name() {
                "INTEGER" | "BOOLEAN" => {
                    Cell::Integer(<i64 as Decode<'_, Sqlite>>::decode(raw).map_err(wrong)?)
                }
                "REAL" => Cell::Real(<f64 as Decode<'_, Sqlite>>::decode(raw).map_err(wrong)?),
                "BLOB" => Cell::Blob(<Vec<u8> as Decode<'_, Sqlite>>::decode(raw).map_err(wrong)?),
                _ => Cell::Text(<String as Decode<'_, Sqlite>>::decode(raw).map_err(wrong)?),
            })
        })
        .collect()
}

fn failed(error: sqlx::Error) -> SourceError {
    match &error {
        sqlx::Error::PoolTimedOut => SourceError::Busy,
        // SQLITE_BUSY and SQLITE_LOCKED, and what they are extended to.
        sqlx::Error::Database(inner)
            if inner
                .code()
                .and_then(|code| code.parse::<u32>().ok())
                .is_some_and(|code| matches!(code & 0xff, 5 | 6)) =>
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
