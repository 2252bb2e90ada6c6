//! MariaDB and MySQL servers.
//!
//! As with PostgreSQL everything is selected as text. Sessions are read-only, in UTC and utf8mb4; what tables keep in older encodings the
//! server turns.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::mysql::{MySqlArguments, MySqlConnectOptions, MySqlPool, MySqlPoolOptions, MySqlRow};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

use crate::care::Limits;
use crate::sql::{Arg, Driver, Rows, Sql, failing, pumped};
use crate::value::Cell;
use crate::{Column, Shape, Source, SourceError, TableName};
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
                connection.execute("SET SESSION time_zone = '+00:00', lock_wait_timeout = 2").await?;
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
    Sql(Server { pool })
}

pub(crate) struct Server {
    pool: MySqlPool,
}

#[async_trait]
impl Driver for Server {
    fn quote(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    fn select(&self, quoted: &str, column: &Column) -> String {
        match column.declared.split(['(', ' ']).next().unwrap_or_default() {
            "bit" => format!("CAST(CAST({quoted} AS UNSIGNED) AS CHAR)"),
            "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
            | "multipolygon" | "geometrycollection" => format!("ST_AsText({quoted})"),
            _ if column.class == Class::Bytes => format!("HEX({quoted})"),
            _ => format!("CAST({quoted} AS CHAR CHARACTER SET utf8mb4)"),
        }
    }

    fn count(&self) -> &'static str {
        "CAST(COUNT(*) AS CHAR)"
    }

    /// What is compared with a number is made one: as texts, two numbers beyond 2^53 would be the same.
    fn place(&self, _: usize, column: &Column) -> String {
        let word = match column.class {
            Class::Integer if column.declared.contains("unsigned") => "UNSIGNED",
            Class::Integer | Class::Boolean => "SIGNED",
            Class::Decimal => "DECIMAL(65,30)",
            Class::Real => "DOUBLE",
            Class::Date => "DATE",
            Class::Local | Class::Moment => "DATETIME(6)",
            _ => return "?".to_owned(),
        };
        format!("CAST(? AS {word})")
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
        // A table takes as long as its reader does, up to six hours. Each server has its own word for that, and takes the other's for a remark.
        let sql = sql.replacen("SELECT ", "SELECT /*+ MAX_EXECUTION_TIME(21600000) */ ", 1);
        let sql = format!("/*M! SET STATEMENT max_statement_time = 21600 FOR */ {sql}");
        pumped(&self.pool, NOTHING, sql, args, cells, failed)
    }

    async fn shapes(&self, table: Option<&TableName>) -> Result<Vec<Shape>, SourceError> {
        let rows: Vec<MySqlRow> = sqlx::query(
            "SELECT CAST(c.TABLE_SCHEMA AS CHAR), CAST(c.TABLE_NAME AS CHAR), t.TABLE_TYPE LIKE '%VIEW', t.TABLE_ROWS,
                    CAST(c.COLUMN_NAME AS CHAR), CAST(c.COLUMN_TYPE AS CHAR), c.IS_NULLABLE = 'YES', CAST(c.COLUMN_COMMENT AS CHAR),
                    EXISTS (SELECT 1 FROM information_schema.STATISTICS s WHERE s.TABLE_SCHEMA = c.TABLE_SCHEMA AND s.TABLE_NAME = c.TABLE_NAME
                            AND s.COLUMN_NAME = c.COLUMN_NAME AND s.NON_UNIQUE = 0
                            AND (SELECT COUNT(*) FROM information_schema.STATISTICS o WHERE o.TABLE_SCHEMA = s.TABLE_SCHEMA
                                 AND o.TABLE_NAME = s.TABLE_NAME AND o.INDEX_NAME = s.INDEX_NAME) = 1)
             FROM information_schema.COLUMNS c JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
             WHERE c.TABLE_SCHEMA = COALESCE(?, DATABASE()) AND (? IS NULL OR c.TABLE_NAME = ?)
             ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION",
        )
        .bind(table.and_then(|table| table.schema.clone()))
        .bind(table.map(|table| table.name.clone()))
        .bind(table.map(|table| table.name.clone()))
        .fetch_all(&self.pool)
        .await
        .map_err(failed)?;
        let mut shapes: Vec<Shape> = Vec::new();
        for row in rows {
            let text = |at: usize| row.try_get::<String, _>(at).map_err(failed);
            let yes = |at: usize| row.try_get_unchecked::<i64, _>(at).map(|yes| yes != 0).map_err(failed);
            let name = TableName { schema: Some(text(0)?), name: text(1)? };
            if shapes.last().is_none_or(|shape| shape.name != name) {
                let rows: Option<u64> = row.try_get_unchecked(3).map_err(failed)?;
                shapes.push(Shape { name, columns: Vec::new(), rows, view: yes(2)? });
            }
            let declared = text(5)?;
            // A `timestamp` is a moment here, and shown in the session's zone; a `datetime` is not.
            let class = if declared.starts_with("timestamp") { Class::Moment } else { Class::of(&declared) };
            let column = Column {
                name: text(4)?,
                class,
                declared,
                nullable: yes(6)?,
                unique: yes(8)?,
                comment: text(7)?,
            };
            if let Some(shape) = shapes.last_mut() {
                shape.columns.push(column);
            }
        }
        Ok(shapes)
    }
}

fn bound(args: &[Arg]) -> Result<MySqlArguments, SourceError> {
    use sqlx::Arguments as _;
    let mut bound = MySqlArguments::default();
    for arg in args {
        let text = match (arg.class, arg.text.as_str()) {
            (Class::Integer | Class::Boolean, "true" | "t") => "1",
            (Class::Integer | Class::Boolean, "false" | "f") => "0",
            (_, text) => text,
        };
        bound.add(text).map_err(|error| SourceError::Failed(error.to_string()))?;
    }
    Ok(bound)
}

fn cells(row: &MySqlRow) -> Result<Vec<Cell>, SourceError> {
    let cell = |at| {
        let text = row.try_get_unchecked::<Option<String>, _>(at).map_err(failed)?;
        Ok(text.map_or(Cell::Null, Cell::Text))
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
                1292 | 1366 | 1411 | 1264 => SourceError::BadValue { field: String::new(), value: message },
                _ => SourceError::Failed(message),
            }
        }
        other => SourceError::Unreachable(other.to_string()),
    }
}
