//! Rows of the tables that kinds are kept in: read by the names of their columns, written from them, the same on both databases.

use model::fault::Fault;
use serde::de::DeserializeOwned;
use sqlx::postgres::{PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{AssertSqlSafe, Decode, Row as _, Type};

use crate::store::{Tx, failed, from_json, from_text, on};

/// Rows of one statement: of 13 columns they take 2,600 values, of the 32,766 that `SQLite` binds.
const ROWS: usize = 200;

/// A row of either database.
pub(crate) enum Row {
    Lite(SqliteRow),
    Pg(PgRow),
}

/// `rows!(tx, "SQL" => a, b)`: every row, to be read by the names of its columns.
macro_rules! rows {
    ($tx:expr, $sql:expr $(=> $($arg:expr),+)?) => {
        $crate::store::on!($tx, c => sqlx::query($sql)$($(.bind($arg))+)?.fetch_all(&mut **c).await
            .map(|rows| rows.into_iter().map($crate::registry::row::Row::from).collect::<Vec<_>>()))
            .map_err(|error| $tx.failed(error))
    };
}

pub(crate) use rows;

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self::Lite(row)
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Self {
        Self::Pg(row)
    }
}

impl Row {
    /// What stands in a column.
    pub(crate) fn get<T>(&self, column: &str) -> Result<T, Fault>
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>,
    {
        match self {
            Self::Lite(row) => row.try_get(column),
            Self::Pg(row) => row.try_get(column),
        }
        .map_err(failed)
    }

    /// An identifier, a day.
    pub(crate) fn parsed<T: std::str::FromStr>(&self, column: &str) -> Result<T, Fault> {
        from_text(&self.get::<String>(column)?)
    }

    /// The same where there may be none.
    pub(crate) fn parsed_if_any<T: std::str::FromStr>(&self, column: &str) -> Result<Option<T>, Fault> {
        self.get::<Option<String>>(column)?.map(|text| from_text(&text)).transpose()
    }

    /// What is kept as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, Fault> {
        from_json(&self.get::<String>(column)?)
    }
}

/// What stands in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Text, or nothing.
    Text(Option<String>),
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

/// A cell of text.
pub(crate) fn text(text: impl ToString) -> Cell {
    Cell::Text(Some(text.to_string()))
}

/// A cell of text that may be absent.
pub(crate) fn text_if_any(text: Option<impl ToString>) -> Cell {
    Cell::Text(text.map(|text| text.to_string()))
}

/// A row as it is written: its columns with what stands in them.
pub(crate) type Columns = Vec<(&'static str, Cell)>;

/// Rows of another table that are made from a thing, and go with it.
pub(crate) struct Beside {
    pub(crate) table: &'static str,
    /// Its column that names the thing.
    pub(crate) key: &'static str,
    /// Its other columns.
    pub(crate) columns: &'static [&'static str],
    /// What stands in them.
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// Puts a row into a table, in the place of what has its key, which stands first. What is written `once` stays as it was.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn put(tx: &mut Tx, table: &str, columns: Columns, once: &[&str]) -> Result<(), Fault> {
    let (names, cells): (Vec<&str>, Vec<Cell>) = columns.into_iter().unzip();
    let (key, others) =
        names.split_first().ok_or_else(|| Fault::Internal { why: "a row of nothing".into() })?;
    let renewed = others.iter().filter(|name| !once.contains(name));
    let renewed: Vec<String> = renewed.map(|name| format!("{name} = excluded.{name}")).collect();
    let conflict = format!("({key}) DO UPDATE SET {}", renewed.join(", "));
    insert(tx, table, &names, &[cells], &conflict).await
}

/// Puts rows into a table. Of those that are there already, or say the same, one stays.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn add(tx: &mut Tx, table: &str, names: &[&str], rows: &[Vec<Cell>]) -> Result<(), Fault> {
    for some in rows.chunks(ROWS) {
        insert(tx, table, names, some, "DO NOTHING").await?;
    }
    Ok(())
}

async fn insert(
    tx: &mut Tx,
    table: &str,
    names: &[&str],
    rows: &[Vec<Cell>],
    conflict: &str,
) -> Result<(), Fault> {
    let width = names.len();
    let places =
        |row: usize| (1..=width).map(|column| format!("${}", row * width + column)).collect::<Vec<_>>();
    let places: Vec<String> = (0..rows.len()).map(|row| format!("({})", places(row).join(", "))).collect();
    let (names, places) = (names.join(", "), places.join(", "));
    let sql = format!("INSERT INTO {table} ({names}) VALUES {places} ON CONFLICT {conflict}");
    on!(tx, c => {
        // Put together from words of this program and numbers; values are bound.
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for cell in rows.iter().flatten() {
            query = match cell {
                Cell::Text(text) => query.bind(text),
                Cell::Number(number) => query.bind(number),
                Cell::Flag(flag) => query.bind(flag),
            };
        }
        query.execute(&mut **c).await.map(drop)
    })
    .map_err(|error| tx.failed(error))
}
