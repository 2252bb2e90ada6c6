//! PostgreSQL servers.
//!
//! Everything is selected as text, which the server writes exactly: numbers beyond 64 bits, days before Christ, arrays. A session reads
//! only, in UTC and UTF-8, and its statements end after a while.

use std::time::Duration;

use async_trait::async_trait;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use futures::StreamExt as _;
use jiff::civil::{Date, DateTime};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _, ValueRef as _};

use crate::care::Limits;
use crate::connections::Connections;
use crate::feed::{Feed, Piece, fed};
use crate::sql::{Arg, Driver, PIECE, Rows, Sql, failing, pumped};
use crate::texts;
use crate::value::{Cell, is_decimal, is_uuid, is_whole, real_text};
use crate::{Column, Equality, Native, Shape, Source, SourceError, TableName};
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
        .after_connect(|connection, _| {
            Box::pin(async move {
                // A database without an encoding holds bytes, which its server would refuse to call UTF-8.
                let encoding: String =
                    sqlx::query_scalar("SHOW server_encoding").fetch_one(&mut *connection).await?;
                if encoding == "SQL_ASCII" {
                    connection.execute("SET client_encoding = 'SQL_ASCII'").await?;
                }
                Ok(())
            })
        })
        .connect_lazy_with(options);
    Sql(Server { connections: Connections::new(pool) })
}

/// The right side of a comparison with one text or with many. One is no list: the server reads an index in its order only without.
struct Among {
    number: usize,
    is_one: bool,
}

impl Among {
    fn new(texts: &[&String], args: &mut Vec<Arg>) -> Self {
        args.push(match texts {
            [one] => Arg::Text((*one).clone()),
            many => Arg::Texts(many.iter().map(|text| (*text).clone()).collect()),
        });
        Self { number: args.len(), is_one: texts.len() == 1 }
    }

    fn text(&self) -> String {
        let number = self.number;
        if self.is_one { format!("${number}::text") } else { format!("ANY(${number}::text[])") }
    }

    /// The texts read as a type.
    fn of_type(&self, name: &str) -> String {
        let number = self.number;
        match (name, self.is_one) {
            ("bytea", true) => format!("decode(${number}::text, 'base64')"),
            ("bytea", false) => {
                format!("ANY(ARRAY(SELECT decode(x, 'base64') FROM unnest(${number}::text[]) x))")
            }
            (name, true) => format!("${number}::text::{name}"),
            (name, false) => format!("ANY(${number}::text[]::{name}[])"),
        }
    }
}

pub(crate) struct Server {
    connections: Connections<sqlx::Postgres>,
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

    /// Texts are sent as texts and read by the server as the column's type, so that an index of the column is used; only those that the
    /// type can read. A type has no length or scale here: a cast to `varchar(8)` would cut what is compared.
    fn one_of(&self, quoted: &str, column: &Column, texts: &[String], args: &mut Vec<Arg>) -> Option<String> {
        let storable: Vec<&String> = texts.iter().filter(|text| !text.contains('\0')).collect();
        let (read, unread): (Vec<&String>, Vec<&String>) = match &column.native {
            Native::Type { name, equality: Equality::Exact | Equality::Wider } => {
                storable.into_iter().partition(|text| reads(name, text))
            }
            _ => (Vec::new(), storable),
        };
        let mut conditions = Vec::new();
        if let Native::Type { name, equality } = &column.native
            && !read.is_empty()
        {
            let among = Among::new(&read, args);
            conditions.push(match equality {
                Equality::Exact => format!("{quoted} = {}", among.of_type(name)),
                _ => {
                    format!("({quoted} = {} AND {} = {})", among.of_type(name), written(quoted), among.text())
                }
            });
        }
        // Of a type with one writing for each value, whatever is not written so is not there.
        let unread: Vec<&String> = match &column.native {
            Native::Type { equality: Equality::Exact | Equality::Wider, .. } => {
                let is_moment = matches!(column.class, Class::Date | Class::Local | Class::Moment);
                let is_number = column.class == Class::Decimal;
                let may_be =
                    |text: &&&String| is_moment && is_beyond(text) || is_number && text.ends_with("Infinity");
                unread.into_iter().filter(|text| may_be(&text)).collect()
            }
            _ => unread,
        };
        if !unread.is_empty() {
            conditions.push(format!("{} = {}", written(quoted), Among::new(&unread, args).text()));
        }
        (!conditions.is_empty()).then(|| format!("({})", conditions.join(" OR ")))
    }

    fn order(&self, quoted: &str, column: &Column, total: bool) -> String {
        if column.ordered_as(total).is_some() { quoted.to_owned() } else { written(quoted) }
    }

    fn mark(&self, column: &Column, total: bool, cell: &Cell, args: &mut Vec<Arg>) -> String {
        let (text, place) = match cell {
            Cell::Broken { raw, .. } => {
                (BASE64_STANDARD.encode(raw), "convert_from(decode($N::text, 'base64'), 'SQL_ASCII')")
            }
            cell => (cell.text().unwrap_or_default(), "$N::text"),
        };
        args.push(Arg::Text(text));
        let place = place.replace("$N", &format!("${}", args.len()));
        match column.ordered_as(total) {
            Some(name) => format!("CAST({place} AS {name})"),
            None => place,
        }
    }

    /// As a whole: of a composite that holds one nothing `IS NOT NULL` is not true.
    fn not_null(&self, quoted: &str) -> String {
        format!("{quoted} IS DISTINCT FROM NULL")
    }

    /// Arguments alone are read before anything of a table is.
    async fn is_deaf_to(&self, _: String, args: Vec<Arg>) -> bool {
        let places: Vec<String> = args
            .iter()
            .enumerate()
            .map(|(at, arg)| {
                let kind = if matches!(arg, Arg::Texts(_)) { "text[]" } else { "text" };
                format!("${}::{kind} IS NULL", at + 1)
            })
            .collect();
        !places.is_empty()
            && matches!(
                self.rows(format!("SELECT '1' WHERE {}", places.join(" OR ")), args).await,
                Err(SourceError::Unreadable(_))
            )
    }

    async fn rows(&self, sql: String, args: Vec<Arg>) -> Result<Vec<Vec<Cell>>, SourceError> {
        // The statement holds names that were quoted, and types that the server told; every value is an argument.
        let mut connection = self.connections.take(failed).await?;
        let rows = sqlx::query_with(AssertSqlSafe(sql), bound(&args)?)
            .fetch_all(&mut *connection)
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
        pumped(&self.connections, UNBOUNDED, sql, args, cells, failed)
    }

    async fn shapes(&self, table: Option<&TableName>) -> Result<Vec<Shape>, SourceError> {
        // By the search path where no schema is named; systems' own schemas never.
        let mut connection = self.connections.take(failed).await?;
        let rows: Vec<PgRow> = sqlx::query(SHAPES)
            .bind(table.and_then(|table| table.schema.clone()))
            .bind(table.map(|table| table.name.clone()))
            .fetch_all(&mut *connection)
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
                shapes.push(Shape {
                    name,
                    columns: Vec::new(),
                    rows: u64::try_from(rows).ok(),
                    view,
                    remarks: Vec::new(),
                });
            }
            let (hidden, by_rows): (bool, bool) =
                (row.try_get(12).map_err(failed)?, row.try_get(13).map_err(failed)?);
            if let Some(shape) = shapes.last_mut()
                && by_rows
                && shape.columns.is_empty()
                && shape.remarks.is_empty()
            {
                shape.remarks.push(texts::rows_hidden());
            }
            if hidden {
                let name: String = row.try_get(4).map_err(failed)?;
                if let Some(shape) = shapes.last_mut() {
                    shape.remarks.push(texts::column_not_readable(&name));
                }
                continue;
            }
            // A domain is what it rests on.
            let (base, kind): (String, String) =
                (row.try_get(9).map_err(failed)?, row.try_get(10).map_err(failed)?);
            let class = if kind == "b" { Class::of(&base) } else { Class::Text };
            let is_wide: bool = row.try_get(11).map_err(failed)?;
            let column = Column {
                name: row.try_get(4).map_err(failed)?,
                class,
                declared: row.try_get(5).map_err(failed)?,
                nullable: row.try_get(6).map_err(failed)?,
                unique: row.try_get(7).map_err(failed)?,
                comment: row.try_get(8).map_err(failed)?,
                native: native(&base, &kind, is_wide),
            };
            if let Some(shape) = shapes.last_mut() {
                shape.columns.push(column);
            }
        }
        Ok(shapes)
    }
}

/// Tables and their columns. Of a column: the type that it rests on if it is a domain, that type's kind, and whether its collation takes
/// different texts for equal. An index counts that holds for all rows at all times: not a partial, invalid or deferrable one, nor one of a
/// table whose heirs it does not cover.
const SHAPES: &str = "
SELECT n.nspname, c.relname, c.relkind IN ('v', 'm'), GREATEST(c.reltuples, -1)::bigint, a.attname,
       format_type(a.atttypid, a.atttypmod),
       NOT a.attnotnull OR EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'n' AND NOT k.convalidated
                                   AND a.attnum = ANY(k.conkey)),
       (c.relkind = 'p' OR NOT c.relhassubclass)
         AND EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indisready AND i.indimmediate
                     AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum
                     AND i.indcollation[0] = a.attcollation),
       COALESCE(col_description(c.oid, a.attnum), ''), format_type(base.oid, NULL), base.typtype::text,
       EXISTS (SELECT 1 FROM pg_collation l WHERE l.oid = a.attcollation AND to_jsonb(l) ->> 'collisdeterministic' = 'false'),
       has_any_column_privilege(c.oid, 'SELECT') AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT'), row_security_active(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN LATERAL (
    WITH RECURSIVE up AS (
        SELECT t.oid, t.typtype, t.typbasetype FROM pg_type t WHERE t.oid = a.atttypid
        UNION ALL SELECT t.oid, t.typtype, t.typbasetype FROM up JOIN pg_type t ON t.oid = up.typbasetype WHERE up.typtype = 'd')
    SELECT oid, typtype FROM up WHERE typtype <> 'd') base ON true
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
  AND ($2::text IS NULL OR (c.relname = $2 AND ((n.nspname = $1) OR ($1::text IS NULL AND pg_table_is_visible(c.oid)))))
ORDER BY n.nspname, c.relname, a.attnum";

/// What a column holds, as it is written, letter for letter whatever the collation of the database.
fn written(quoted: &str) -> String {
    format!("({quoted}::text COLLATE \"C\")")
}

/// How the server compares a type, by the name of the type and its kind.
fn native(base: &str, kind: &str, is_wide: bool) -> Native {
    let typed = |name: &str, equality| Native::Type { name: name.to_owned(), equality };
    match (kind, base) {
        ("e", name) => typed(name, Equality::Unused),
        ("b", "smallint" | "integer" | "bigint" | "oid" | "boolean" | "uuid" | "date" | "bytea" | "real") => {
            typed(base, Equality::Exact)
        }
        ("b", "double precision" | "timestamp without time zone" | "timestamp with time zone") => {
            typed(base, Equality::Exact)
        }
        ("b", "text" | "character varying" | "character") => {
            // Without its length `character` is of one letter.
            let name = if base == "character" { "bpchar" } else { base };
            typed(name, if is_wide { Equality::Wider } else { Equality::Exact })
        }
        ("b", "numeric") => typed(base, Equality::Wider),
        ("b", name) if name == "citext" || name.ends_with(".citext") => typed(name, Equality::Wider),
        (
            "b",
            "time without time zone"
            | "time with time zone"
            | "interval"
            | "inet"
            | "cidr"
            | "macaddr"
            | "money",
        ) => typed(base, Equality::Unused),
        _ => Native::Written,
    }
}

/// Whether a text may be a day or moment that only the server has: infinite, before our era, or after the year 9999.
fn is_beyond(text: &str) -> bool {
    let year = text.bytes().take_while(u8::is_ascii_digit).count();
    text.ends_with("infinity") || text.ends_with(" BC") || year > 4
}

/// Whether the server reads a text as this type, and writes it so again. It is never asked to read another: one would end the statement.
fn reads(name: &str, text: &str) -> bool {
    match name {
        "smallint" => is_whole(text, i16::MIN.into(), i16::MAX.into()),
        "integer" => is_whole(text, i32::MIN.into(), i32::MAX.into()),
        "bigint" => is_whole(text, i64::MIN.into(), i64::MAX.into()),
        "oid" => is_whole(text, 0, u32::MAX.into()),
        "boolean" => matches!(text, "true" | "false"),
        // As many digits as it takes before the point; behind it up to 16,383.
        "numeric" => {
            // Servers before 14 know no infinite one: it is asked for as it is written.
            text == "NaN" || (text.len() < 16_000 && is_decimal(text))
        }
        // The server has a rule of its own which of the shortest digits it writes: what it reads and shows otherwise is held back later.
        "real" => text.parse::<f32>().is_ok_and(|small| {
            let is_word = text.ends_with("Infinity") || text == "NaN";
            // Beyond its range the server refuses what would be infinite or nothing.
            let fits = is_word || (small.is_finite() && (small != 0.0 || text == "0"));
            fits && text.parse().is_ok_and(|number| real_text(number) == text)
        }),
        "double precision" => text.parse().is_ok_and(|number| real_text(number) == text),
        "date" => text.len() == 10 && text.parse::<Date>().is_ok_and(|date| date.year() > 0),
        "timestamp without time zone" | "timestamp with time zone" => {
            // In the one way that the server writes it: no zeros at the end of a fraction, no leap second.
            // With a zone if the type has one, and without if not.
            let zone = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00"));
            if zone.is_some() == name.contains("without") {
                return false;
            }
            let clock = zone.unwrap_or(text);
            let clock = clock.replacen(' ', "T", 1);
            clock.len() >= 19
                && clock
                    .parse::<DateTime>()
                    .is_ok_and(|moment| moment.year() > 0 && moment.to_string() == clock)
        }
        "uuid" => is_uuid(text),
        "bytea" => BASE64_STANDARD.decode(text).is_ok(),
        // Spaces at its end are not written, and do not count.
        "bpchar" => !text.ends_with(' '),
        _ => true,
    }
}

impl Server {
    /// A whole table by `COPY`, the fastest way out of the server. Who does not listen any more ends it; the connection is then closed and
    /// not used again.
    fn copy(&self, sql: String) -> Rows<'static> {
        let connections = self.connections.clone();
        fed(|feed| async move {
            let mut connection = match connections.take(failed).await {
                Ok(connection) => connection,
                Err(error) => return feed.fail(error).await,
            };
            match copy(&mut connection, &format!("COPY ({sql}) TO STDOUT"), &feed).await {
                Ok(true) if (&mut *connection).execute(UNBOUNDED[1]).await.is_ok() => {}
                Ok(whole) => {
                    connection.discard();
                    if !whole {
                        return;
                    }
                }
                Err(error) => {
                    connection.discard();
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

fn bound(args: &[Arg]) -> Result<PgArguments, SourceError> {
    use sqlx::Arguments as _;
    let mut bound = PgArguments::default();
    for arg in args {
        let added = match arg {
            Arg::Text(text) => bound.add(text.as_str()),
            Arg::Texts(texts) => bound.add(texts),
            Arg::Integer(number) => bound.add(number),
            Arg::Real(number) => bound.add(number),
            Arg::Blob(bytes) => bound.add(bytes),
        };
        added.map_err(|error| SourceError::Failed(error.to_string()))?;
    }
    Ok(bound)
}

fn cells(row: &PgRow) -> Result<Vec<Cell>, SourceError> {
    let cell = |at| {
        let raw = row.try_get_raw(at).map_err(failed)?;
        if raw.is_null() {
            return Ok(Cell::Null);
        }
        let bytes = raw.as_bytes().map_err(|error| SourceError::Failed(error.to_string()))?;
        Ok(Cell::of_bytes(bytes.to_vec()))
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
                Some("42703" | "42P01" | "42704" | "42883" | "42501") => SourceError::Changed(message),
                Some("22P05") if is_ours(&message) => SourceError::Unreadable(message),
                Some(code) if code.starts_with("22") => SourceError::Data(message),
                _ => SourceError::Failed(message),
            }
        }
        other => SourceError::Unreachable(other.to_string()),
    }
}

/// Whether a character had no equivalent on its way to the server, and not on its way from there. The message names the encoding that it
/// comes from first, in any language.
fn is_ours(message: &str) -> bool {
    let words = message.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let encodings = ["UTF8", "LATIN", "WIN", "ISO_", "KOI8", "EUC_", "SQL_"];
    words.into_iter().find(|word| encodings.iter().any(|name| word.starts_with(name))) == Some("UTF8")
}
