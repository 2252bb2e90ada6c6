//! PostgreSQL servers.
//!
//! Everything is selected as text, which the server writes exactly: numbers beyond 64 bits, days before Christ, arrays. A session reads
//! only, in UTC and UTF-8, and its statements end after a while.

use std::borrow::Cow;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _};

use crate::care::Limits;
use crate::feed::{Feed, fed};
use crate::sql::{Arg, Driver, PIECE, Piece, Rows, Sql, failing, pumped};
use crate::value::Cell;
use crate::{Column, Shape, Source, SourceError, TableName};
use model::column::Class;

/// Longest wait for a connection.
const ACQUIRE: Duration = Duration::from_secs(3);

/// A table takes longer than an answer: the reader's pace counts, and the server is told by a closed connection.
const UNBOUNDED: [&str; 2] = ["SET statement_timeout = 0", "RESET statement_timeout"];

/// The server and database of these options. It is connected to when it is first asked.
#[must_use]
pub fn open(options: PgConnectOptions, limits: Limits) -> impl Source + use<> {
    let statement = limits.statement.as_millis().to_string();
    let options = options.application_name("lienthong").options([
        ("default_transaction_read_only", "on"),
        ("statement_timeout", statement.as_str()),
        ("lock_timeout", "2000"),
        ("idle_in_transaction_session_timeout", "60000"),
        ("timezone", "UTC"),
        ("datestyle", "ISO"),
        ("intervalstyle", "iso_8601"),
        ("bytea_output", "hex"),
        ("extra_float_digits", "1"),
    ]);
    let pool = PgPoolOptions::new()
        .max_connections(limits.connections)
        .min_connections(0)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(Duration::from_secs(300))
        .connect_lazy_with(options);
    Sql(Server { pool })
}

pub(crate) struct Server {
    pool: PgPool,
}

#[async_trait]
impl Driver for Server {
    fn quote(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    fn select(&self, quoted: &str, _: &Column) -> String {
        format!("{quoted}::text")
    }

    fn count(&self) -> &'static str {
        "COUNT(*)::text"
    }

    /// A value is sent as text and read by the server as the column's type, so that an index of the column is used.
    fn place(&self, number: usize, column: &Column) -> String {
        match column.class {
            Class::Text if column.declared.is_empty() => format!("${number}::text"),
            _ => format!("CAST(${number}::text AS {})", column.declared),
        }
    }

    async fn rows(&self, sql: String, args: Vec<Arg>) -> Result<Vec<Vec<Cell>>, SourceError> {
        // The statement holds names that were quoted, and types that the server told; every value is an argument.
        let rows = sqlx::query_with(AssertSqlSafe(sql), bound(&args)?)
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        rows.iter().map(cells).collect()
    }

    fn stream(&self, sql: String, args: Vec<Arg>) -> Rows<'_> {
        if args.is_empty() {
            return self.copy(sql);
        }
        let args = match bound(&args) {
            Ok(args) => args,
            Err(error) => return failing(error),
        };
        pumped(&self.pool, UNBOUNDED, sql, args, cells, failed)
    }

    async fn shapes(&self, table: Option<&TableName>) -> Result<Vec<Shape>, SourceError> {
        // By the search path where no schema is named; systems' own schemas never.
        let rows: Vec<PgRow> = sqlx::query(
            "SELECT n.nspname, c.relname, c.relkind IN ('v', 'm'), GREATEST(c.reltuples, -1)::bigint, a.attname,
                    format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
                    EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indpred IS NULL
                            AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum),
                    COALESCE(col_description(c.oid, a.attnum), ''), t.typtype::text, t.typcategory::text
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             JOIN pg_type t ON t.oid = a.atttypid
             WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
               AND ($2::text IS NULL OR (c.relname = $2 AND ((n.nspname = $1) OR ($1::text IS NULL AND pg_table_is_visible(c.oid)))))
             ORDER BY n.nspname, c.relname, a.attnum",
        )
        .bind(table.and_then(|table| table.schema.clone()))
        .bind(table.map(|table| table.name.clone()))
        .fetch_all(&self.pool)
        .await
        .map_err(failed)?;
        let mut shapes: Vec<Shape> = Vec::new();
        for row in rows {
            let name = TableName {
                schema: Some(row.try_get(0).map_err(failed)?),
                name: row.try_get(1).map_err(failed)?,
            };
            if shapes.last().is_none_or(|shape| shape.name != name) {
                let rows: i64 = row.try_get(3).map_err(failed)?;
                let view = row.try_get(2).map_err(failed)?;
                shapes.push(Shape { name, columns: Vec::new(), rows: u64::try_from(rows).ok(), view });
            }
            let declared: String = row.try_get(5).map_err(failed)?;
            let (kind, category): (String, String) =
                (row.try_get(9).map_err(failed)?, row.try_get(10).map_err(failed)?);
            // A domain is what it rests on, as far as its category tells.
            let class = match (kind.as_str(), category.as_str()) {
                ("d", "N") => Class::Decimal,
                ("d", "B") => Class::Boolean,
                ("d" | "e" | "c" | "r" | "m", _) => Class::Text,
                _ => Class::of(&declared),
            };
            let column = Column {
                name: row.try_get(4).map_err(failed)?,
                class,
                declared,
                nullable: row.try_get(6).map_err(failed)?,
                unique: row.try_get(7).map_err(failed)?,
                comment: row.try_get(8).map_err(failed)?,
            };
            if let Some(shape) = shapes.last_mut() {
                shape.columns.push(column);
            }
        }
        Ok(shapes)
    }
}

impl Server {
    /// A whole table by `COPY`, the fastest way out of the server. Who does not listen any more ends it; the connection is then closed and
    /// not used again.
    fn copy(&self, sql: String) -> Rows<'static> {
        let pool = self.pool.clone();
        fed(|feed| async move {
            let mut connection = match pool.acquire().await {
                Ok(connection) => connection,
                Err(error) => return feed.fail(failed(error)).await,
            };
            match copy(&mut connection, &format!("COPY ({sql}) TO STDOUT"), &feed).await {
                Ok(true) if (&mut *connection).execute(UNBOUNDED[1]).await.is_ok() => {}
                Ok(whole) => {
                    drop(connection.detach());
                    if !whole {
                        return;
                    }
                }
                Err(error) => {
                    drop(connection.detach());
                    return feed.fail(failed(error)).await;
                }
            }
            feed.end().await;
        })
    }
}

/// Hands on what `COPY` writes, in whole lines. Returns whether it came to its end.
async fn copy(
    connection: &mut PgConnection,
    statement: &str,
    feed: &Feed<Piece>,
) -> Result<bool, sqlx::Error> {
    (&mut *connection).execute(UNBOUNDED[0]).await?;
    // Each row is a message: those that are there are handed on together.
    let mut stream = connection.copy_out_raw(statement).await?.ready_chunks(PIECE);
    let mut rest: Vec<u8> = Vec::new();
    loop {
        let messages = tokio::select! {
            messages = stream.next() => messages,
            () = feed.unheard() => return Ok(false),
        };
        let Some(messages) = messages else { return Ok(true) };
        for bytes in messages {
            rest.extend_from_slice(&bytes?);
        }
        let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') else { continue };
        let behind = rest.split_off(end + 1);
        let lines = std::mem::replace(&mut rest, behind);
        if !feed.put(Ok(Piece::Copied(lines))).await {
            return Ok(false);
        }
    }
}

/// A cell of a line of `COPY` in text form: `\N` for nothing, other marks behind backslashes.
pub(crate) fn copied(raw: &[u8]) -> Result<Option<Cow<'_, str>>, SourceError> {
    if raw == b"\\N" {
        return Ok(None);
    }
    let wrong = |error: String| SourceError::Failed(error);
    if !raw.contains(&b'\\') {
        return std::str::from_utf8(raw)
            .map(|text| Some(text.into()))
            .map_err(|error| wrong(error.to_string()));
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut marks = raw.iter();
    while let Some(byte) = marks.next() {
        bytes.push(match byte {
            b'\\' => match marks.next() {
                Some(b'n') => b'\n',
                Some(b't') => b'\t',
                Some(b'r') => b'\r',
                Some(b'b') => 8,
                Some(b'f') => 12,
                Some(b'v') => 11,
                Some(other) => *other,
                None => b'\\',
            },
            other => *other,
        });
    }
    String::from_utf8(bytes).map(|text| Some(text.into())).map_err(|error| wrong(error.to_string()))
}

fn bound(args: &[Arg]) -> Result<PgArguments, SourceError> {
    use sqlx::Arguments as _;
    let mut bound = PgArguments::default();
    for arg in args {
        bound.add(arg.text.as_str()).map_err(|error| SourceError::Failed(error.to_string()))?;
    }
    Ok(bound)
}

fn cells(row: &PgRow) -> Result<Vec<Cell>, SourceError> {
    let cell = |at| {
        row.try_get::<Option<String>, _>(at).map(|text| text.map_or(Cell::Null, Cell::Text)).map_err(failed)
    };
    (0..row.len()).map(cell).collect()
}

fn failed(error: sqlx::Error) -> SourceError {
    match &error {
        sqlx::Error::PoolTimedOut => SourceError::Busy,
        sqlx::Error::Database(inner) => {
            let message = inner.message().to_owned();
            match inner.code().as_deref() {
                // Cancelled by its time, a lock that was not let go, no connection left, starting or stopping.
                Some("57014" | "55P03" | "53300" | "57P01" | "57P02" | "57P03" | "40001") => {
                    SourceError::Busy
                }
                Some("42703" | "42P01" | "42704" | "42883") => SourceError::Changed(message),
                Some("22P02" | "22003" | "22007" | "22008" | "22021") => {
                    SourceError::BadValue { field: String::new(), value: message }
                }
                _ => SourceError::Failed(message),
            }
        }
        other => SourceError::Unreachable(other.to_string()),
    }
}
