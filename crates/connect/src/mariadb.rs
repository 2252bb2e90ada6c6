//! MariaDB and MySQL servers.
//!
//! As with PostgreSQL everything is selected as text. Sessions are read-only, in UTC and utf8mb4; what tables keep in older encodings the
//! server turns.

use std::time::Duration;

use async_trait::async_trait;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::civil::{Date, DateTime};
use sqlx::mysql::{MySqlArguments, MySqlConnectOptions, MySqlPoolOptions, MySqlRow};
use sqlx::{AssertSqlSafe, Executor as _, Row as _, TypeInfo as _, ValueRef as _};

use crate::care::Limits;
use crate::connections::Connections;
use crate::sql::{Arg, Driver, Rows, Sql, failing, pumped};
use crate::value::{Cell, is_decimal, is_uuid, is_whole, real_text, real32_text};
use crate::{Column, Equality, Native, Shape, Source, SourceError, TableName};
use model::column::Class;

/// Longest wait for a connection.
const ACQUIRE: Duration = Duration::from_secs(3);

/// Streams say their time in the statement itself.
const NOTHING: [&str; 2] = ["DO 0", "DO 0"];

/// The server and database of these options. It is connected to when it is first asked.
#[must_use]
pub fn open(options: MySqlConnectOptions, limits: Limits) -> impl Source + use<> {
    let seconds = limits.statement.as_secs_f64();
    let pool = MySqlPoolOptions::new()
        .max_connections(limits.connections)
        .min_connections(0)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(Duration::from_secs(300))
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute("SET SESSION TRANSACTION READ ONLY").await?;
                // What a server's own mode would change of what is read: texts filled up with spaces, quotes and slashes that mean something
                // else. Keys are sorted whole: no index is longer.
                connection
                    .execute(
                        "SET SESSION time_zone = '+00:00', lock_wait_timeout = 2, sql_mode = '', max_sort_length = 4096",
                    )
                    .await?;
                // MariaDB counts seconds, MySQL milliseconds; each knows its own.
                let mariadb = AssertSqlSafe(format!("SET SESSION max_statement_time = {seconds}"));
                if connection.execute(sqlx::query(mariadb)).await.is_err() {
                    let mysql =
                        AssertSqlSafe(format!("SET SESSION max_execution_time = {}", seconds * 1000.0));
                    connection.execute(sqlx::query(mysql)).await?;
                }
                Ok(())
            })
        })
        .connect_lazy_with(options);
    Sql(Server { connections: Connections::new(pool) })
}

pub(crate) struct Server {
    connections: Connections<sqlx::MySql>,
}

#[async_trait]
impl Driver for Server {
    fn quote(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    fn select(&self, quoted: &str, column: &Column) -> String {
        match word(column) {
            // As they are: what the server would write of them has lost digits.
            "float" | "double" => quoted.to_owned(),
            _ => written(quoted, column),
        }
    }

    fn count(&self) -> &'static str {
        "CAST(COUNT(*) AS CHAR)"
    }

    fn one_of(&self, quoted: &str, column: &Column, texts: &[String], args: &mut Vec<Arg>) -> Option<String> {
        let (name, equality) = match &column.native {
            Native::Type { name, equality } => (name.as_str(), *equality),
            Native::Written => ("", Equality::Unused),
        };
        let (read, unread): (Vec<&String>, Vec<&String>) = match equality {
            Equality::Unused => (Vec::new(), texts.iter().collect()),
            _ => texts.iter().partition(|text| reads(name, text)),
        };
        let mut places = |texts: &[&String], place: &str| {
            args.extend(texts.iter().map(|text| Arg::Text(widened(name, text))));
            vec![place; texts.len()].join(", ")
        };
        let binary = binary(quoted, column);
        let mut conditions = Vec::new();
        if !read.is_empty() {
            let native = format!("{quoted} IN ({})", places(&read, &place(name)));
            conditions.push(match equality {
                Equality::Exact => native,
                _ => format!("({native} AND {binary} IN ({}))", places(&read, "CAST(? AS BINARY)")),
            });
        }
        // Of a type only days have words that it does not read: those of zeros.
        let is_zero_day = |text: &&String| text.starts_with("0000-") || text.contains("-00");
        let unread: Vec<&String> = match equality {
            Equality::Exact => Vec::new(),
            Equality::Wider => unread.into_iter().filter(|text| is_zero_day(text)).collect(),
            Equality::Unused => unread,
        };
        if !unread.is_empty() {
            conditions.push(format!("{binary} IN ({})", places(&unread, "CAST(? AS BINARY)")));
        }
        (!conditions.is_empty()).then(|| format!("({})", conditions.join(" OR ")))
    }

    fn order(&self, quoted: &str, column: &Column, total: bool) -> String {
        match column.ordered_as(total) {
            Some("") if !total && is_long(column) => format!("LEFT({quoted}, {SORTED})"),
            Some("bit") => format!("CAST({quoted} AS UNSIGNED)"),
            Some(_) => quoted.to_owned(),
            None => binary(quoted, column),
        }
    }

    fn mark(&self, column: &Column, total: bool, cell: &Cell, args: &mut Vec<Arg>) -> String {
        args.push(match cell {
            Cell::Broken { raw, .. } => Arg::Blob(raw.clone()),
            cell => {
                let name = column.ordered_as(total).unwrap_or_default();
                Arg::Text(widened(name, &cell.text().unwrap_or_default()))
            }
        });
        match column.ordered_as(total) {
            Some("") if !total && is_long(column) => format!("LEFT(?, {SORTED})"),
            Some("binary") => "UNHEX(?)".to_owned(),
            Some(name) => place(name),
            None => "CAST(? AS BINARY)".to_owned(),
        }
    }

    /// Texts that do not go together are told before any row is read: without the arguments they must go together.
    async fn is_deaf_to(&self, bare: String, args: Vec<Arg>) -> bool {
        !args.is_empty() && self.rows(bare, Vec::new()).await.is_ok()
    }

    async fn rows(&self, sql: String, args: Vec<Arg>) -> Result<Vec<Vec<Cell>>, SourceError> {
        // The statement holds names that were quoted; every value is an argument.
        let mut connection = self.connections.take(failed).await?;
        let rows = sqlx::query_with(AssertSqlSafe(sql), bound(&args)?)
            .fetch_all(&mut *connection)
            .await
            .map_err(failed)?;
        rows.iter().map(cells).collect()
    }

    fn stream(&self, sql: String, args: Vec<Arg>) -> Rows<'_> {
        let args = match bound(&args) {
            Ok(args) => args,
            Err(error) => return failing(error),
        };
        // A table takes as long as its reader does, up to six hours. Each server has its own word for that, and takes the other's for a remark.
        let sql = sql.replacen("SELECT ", "SELECT /*+ MAX_EXECUTION_TIME(21600000) */ ", 1);
        let sql = format!("/*M! SET STATEMENT max_statement_time = 21600 FOR */ {sql}");
        pumped(&self.connections, NOTHING, sql, args, cells, failed)
    }

    async fn shapes(&self, table: Option<&TableName>) -> Result<Vec<Shape>, SourceError> {
        let mut connection = self.connections.take(failed).await?;
        let rows: Vec<MySqlRow> = sqlx::query(SHAPES)
            .bind(table.and_then(|table| table.schema.clone()))
            .bind(table.map(|table| table.name.clone()))
            .bind(table.map(|table| table.name.clone()))
            .fetch_all(&mut *connection)
            .await
            .map_err(failed)?;
        let mut shapes: Vec<Shape> = Vec::new();
        for row in rows {
            let text = |at: usize| row.try_get::<String, _>(at).map_err(failed);
            let yes = |at: usize| row.try_get_unchecked::<i64, _>(at).map(|yes| yes != 0).map_err(failed);
            let name = TableName { schema: Some(text(0)?), name: text(1)? };
            if shapes.last().is_none_or(|shape| shape.name != name) {
                let rows: Option<u64> = row.try_get_unchecked(3).map_err(failed)?;
                shapes.push(Shape { name, columns: Vec::new(), rows, view: yes(2)?, remarks: Vec::new() });
            }
            let declared = text(5)?;
            // A `timestamp` is a moment here, and shown in the session's zone; a `datetime` is not.
            let class = if declared.starts_with("timestamp") { Class::Moment } else { Class::of(&declared) };
            let mut column = Column {
                name: text(4)?,
                class,
                declared,
                nullable: yes(6)?,
                unique: yes(8)?,
                comment: text(7)?,
                native: Native::Written,
            };
            column.native = native(&column);
            if let Some(shape) = shapes.last_mut() {
                shape.columns.push(column);
            }
        }
        Ok(shapes)
    }
}

/// Tables and their columns. An index counts that holds whole values of one column, not beginnings of them.
const SHAPES: &str = "
SELECT CAST(c.TABLE_SCHEMA AS CHAR), CAST(c.TABLE_NAME AS CHAR), t.TABLE_TYPE LIKE '%VIEW', t.TABLE_ROWS,
       CAST(c.COLUMN_NAME AS CHAR), CAST(c.COLUMN_TYPE AS CHAR), c.IS_NULLABLE = 'YES', CAST(c.COLUMN_COMMENT AS CHAR),
       EXISTS (SELECT 1 FROM information_schema.STATISTICS s WHERE s.TABLE_SCHEMA = c.TABLE_SCHEMA AND s.TABLE_NAME = c.TABLE_NAME
               AND s.COLUMN_NAME = c.COLUMN_NAME AND s.NON_UNIQUE = 0 AND s.SUB_PART IS NULL
               AND (SELECT COUNT(*) FROM information_schema.STATISTICS o WHERE o.TABLE_SCHEMA = s.TABLE_SCHEMA
                    AND o.TABLE_NAME = s.TABLE_NAME AND o.INDEX_NAME = s.INDEX_NAME) = 1)
FROM information_schema.COLUMNS c JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
WHERE c.TABLE_SCHEMA = COALESCE(?, DATABASE()) AND (? IS NULL OR c.TABLE_NAME = ?)
ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION";

/// Characters of a long text that count for its place in a list: a server sorts by the first ones only, and does not say so. Those of
/// which these are the same stand in order of their keys.
const SORTED: usize = 200;

/// The first word of a column's type.
fn word(column: &Column) -> &str {
    column.declared.split(['(', ' ']).next().unwrap_or_default()
}

/// Whether a server may sort a text by its beginning only.
fn is_long(column: &Column) -> bool {
    let length = column.declared.split(['(', ')']).nth(1).and_then(|length| length.parse::<usize>().ok());
    word(column).ends_with("text") || length.is_some_and(|length| length > SORTED)
}

/// What a column holds, as it is written.
fn written(quoted: &str, column: &Column) -> String {
    match word(column) {
        "bit" => format!("CAST(CAST({quoted} AS UNSIGNED) AS CHAR)"),
        "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" => format!("ST_AsText({quoted})"),
        _ if column.class == Class::Bytes => format!("HEX({quoted})"),
        _ => format!("CAST({quoted} AS CHAR CHARACTER SET utf8mb4)"),
    }
}

/// What a column holds, as it is written, byte for byte: without case, accents, and spaces at the end that do not count.
fn binary(quoted: &str, column: &Column) -> String {
    format!("CAST({} AS BINARY)", written(quoted, column))
}

/// How the server compares a column. Enumerations are ordered by their numbers and compared as texts: they are left alone.
fn native(column: &Column) -> Native {
    let typed = |name: &str, equality| Native::Type { name: name.to_owned(), equality };
    let declared = column.declared.as_str();
    match word(column) {
        // Filled up with zeros, a number is written as it is filled up.
        _ if declared.contains("zerofill") => {
            typed(declared.split(' ').next().unwrap_or_default(), Equality::Exact)
        }
        "uuid" => typed("uuid", Equality::Exact),
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" if declared.contains("unsigned") => {
            typed("unsigned", Equality::Exact)
        }
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => typed("signed", Equality::Exact),
        "decimal" => typed(declared.split(' ').next().unwrap_or_default(), Equality::Wider),
        name @ ("float" | "double" | "bit") => typed(name, Equality::Exact),
        "date" => typed("date", Equality::Wider),
        "datetime" | "timestamp" => typed("datetime(6)", Equality::Wider),
        "time" => typed("time(6)", Equality::Unused),
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => typed("", Equality::Wider),
        _ if column.class == Class::Bytes => typed("binary", Equality::Exact),
        _ => Native::Written,
    }
}

/// The place of an argument that the server is to read as a type.
fn place(name: &str) -> String {
    match name {
        "" => "?".to_owned(),
        "binary" => "FROM_BASE64(?)".to_owned(),
        "float" | "double" => "CAST(? AS DOUBLE)".to_owned(),
        "bit" => "CAST(? AS UNSIGNED)".to_owned(),
        // Filled up with zeros.
        name if name.contains("int(") => "CAST(? AS UNSIGNED)".to_owned(),
        name => format!("CAST(? AS {name})"),
    }
}

/// A text as the server is to read it. A number of 32 bits is compared as the number of 64 bits that it is, and not as the one that is
/// nearest to its shortest digits.
fn widened(name: &str, text: &str) -> String {
    let number = (name == "float").then(|| text.parse::<f32>().ok()).flatten();
    number.map_or_else(|| text.to_owned(), |number| format!("{:?}", f64::from(number)))
}

/// Whether the server reads a text as this type without a change.
fn reads(name: &str, text: &str) -> bool {
    match name {
        "" => true,
        "signed" => is_whole(text, i64::MIN.into(), i64::MAX.into()),
        "unsigned" | "bit" => is_whole(text, 0, u64::MAX.into()),
        "float" => text.parse().is_ok_and(|number: f32| number.is_finite() && real32_text(number) == text),
        "double" => text.parse().is_ok_and(|number: f64| number.is_finite() && real_text(number) == text),
        "date" => text.len() == 10 && text.parse::<Date>().is_ok(),
        "datetime(6)" => text.len() >= 19 && text.replacen(' ', "T", 1).parse::<DateTime>().is_ok(),
        "binary" => BASE64_STANDARD.decode(text).is_ok(),
        "uuid" => is_uuid(text),
        name if name.contains("int(") => {
            let full = name.split(['(', ')']).nth(1).and_then(|full| full.parse::<usize>().ok());
            text.bytes().all(|byte| byte.is_ascii_digit())
                && (full == Some(text.len())
                    || (full < Some(text.len()) && is_whole(text, 0, u64::MAX.into())))
        }
        // `decimal(12,2)`: what has more digits would be cut or be the largest that there is.
        name => {
            let (all, places) = name
                .split(['(', ')'])
                .nth(1)
                .and_then(|inside| inside.split_once(','))
                .and_then(|(all, places)| Some((all.parse::<usize>().ok()?, places.parse::<usize>().ok()?)))
                .unwrap_or_default();
            let (whole, behind) = text.split_once('.').unwrap_or((text, ""));
            is_decimal(text)
                && behind.len() == places
                && whole.trim_start_matches('-').len() <= (all - places).max(1)
        }
    }
}

fn bound(args: &[Arg]) -> Result<MySqlArguments, SourceError> {
    use sqlx::Arguments as _;
    let mut bound = MySqlArguments::default();
    for arg in args {
        let added = match arg {
            Arg::Text(text) => bound.add(text.as_str()),
            Arg::Texts(_) => return Err(SourceError::Failed("it takes no lists".to_owned())),
            Arg::Integer(number) => bound.add(number),
            Arg::Real(number) => bound.add(number),
            Arg::Blob(bytes) => bound.add(bytes.as_slice()),
        };
        added.map_err(|error| SourceError::Failed(error.to_string()))?;
    }
    Ok(bound)
}

fn cells(row: &MySqlRow) -> Result<Vec<Cell>, SourceError> {
    let cell = |at: usize| {
        let raw = row.try_get_raw(at).map_err(failed)?;
        if raw.is_null() {
            return Ok(Cell::Null);
        }
        let kind = raw.type_info().name().to_owned();
        Ok(match kind.as_str() {
            "FLOAT" => Cell::Text(real32_text(row.try_get_unchecked(at).map_err(failed)?)),
            "DOUBLE" => Cell::Text(real_text(row.try_get_unchecked(at).map_err(failed)?)),
            _ => Cell::of_bytes(row.try_get_unchecked::<Vec<u8>, _>(at).map_err(failed)?),
        })
    };
    (0..row.len()).map(cell).collect()
}

fn failed(error: sqlx::Error) -> SourceError {
    match &error {
        sqlx::Error::PoolTimedOut => SourceError::Busy,
        sqlx::Error::Database(inner) => {
            let message = inner.message().to_owned();
            let number =
                inner.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().map_or(0, |error| error.number());
            match number {
                // Too many connections, a lock that was not let go, a deadlock, a statement that took too long, a server that stops.
                1040 | 1053 | 1203 | 1205 | 1213 | 1226 | 1317 | 1969 | 3024 => SourceError::Busy,
                1054 | 1146 | 1051 => SourceError::Changed(message),
                // A text with a letter that the column's encoding lacks.
                1267 | 1270 | 1271 | 3854 | 3988 => SourceError::Unreadable(message),
                1292 | 1366 | 1411 | 1264 => SourceError::Data(message),
                _ => SourceError::Failed(message),
            }
        }
        other => SourceError::Unreachable(other.to_string()),
    }
}
