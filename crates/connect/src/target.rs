//! Databases that copies are kept in: the one place where this program writes to an agency's database, by an account of its own and into
//! tables that it made.
//!
//! Beside the copies stand two tables. `lt_position`: where each copy is, written in the transaction that writes the copy, so that nothing
//! is taken twice. `lt_held`: records that the database refuses, each with its reason.

use std::str::FromStr as _;
use std::time::Duration;

use model::fault::Words;
use model::service::FieldKind;
use model::text::names_a_secret;
use sqlx::pool::PoolOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{AssertSqlSafe, Pool, Postgres, Row as _, Sqlite, Transaction};

use crate::texts;

/// Longest wait for a connection, and for another to let go of an `SQLite` file.
const ACQUIRE: Duration = Duration::from_secs(10);

const TABLES: [(&str, &str); 2] = [
    ("lt_position", "CREATE TABLE lt_position (copy TEXT NOT NULL PRIMARY KEY, position TEXT NOT NULL)"),
    (
        "lt_held",
        "CREATE TABLE lt_held (copy TEXT NOT NULL, key TEXT NOT NULL, record TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,
         PRIMARY KEY (copy, key))",
    ),
];

/// A copy: its table, with the field that names a record and the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The table.
    pub table: String,
    /// The key.
    pub key: Field,
    /// The others.
    pub fields: Vec<Field>,
}

/// A field of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The column's name.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
}

/// A value; none: it is empty.
pub type Value = Option<String>;

/// A record: its key, and its fields in the order of [`Copied::fields`].
pub type Record = (String, Vec<Value>);

/// So many values a statement may have. PostgreSQL takes 65,535, `SQLite` 32,766.
const VALUES: usize = 30_000;

/// Why a database takes nothing: later it may.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It can't be reached, is full, locked or ended.
    #[error("{0}")]
    Failed(String),
    /// Its table is not one for this copy.
    #[error("the table {table} has no column {column}")]
    Column {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Its table has records that it did not write.
    #[error("the table {table} has records that are not of this copy")]
    NotOurs {
        /// The table.
        table: String,
    },
}

impl TargetError {
    /// The same in both languages; what a database says, in its own.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Failed(why) => Words::quoted(why),
            Self::Column { table, column } => texts::copy_lacks_column(table, column),
            Self::NotOurs { table } => texts::copy_not_ours(table),
        }
    }
}

/// Why a record is refused: the database's code, and what it says.
pub type Refusal = (String, String);

/// A database for copies.
#[derive(Debug, Clone)]
pub enum Target {
    /// An `SQLite` file.
    Lite(Pool<Sqlite>),
    /// A PostgreSQL server.
    Pg(Pool<Postgres>),
}

/// A transaction on it. Dropped, it leaves no trace.
pub enum Writing {
    /// Of an `SQLite` file.
    Lite(Transaction<'static, Sqlite>),
    /// Of a PostgreSQL server.
    Pg(Transaction<'static, Postgres>),
}

fn failed(error: sqlx::Error) -> TargetError {
    TargetError::Failed(match error {
        // A URL may hold a password; the driver's other errors do not repeat it.
        sqlx::Error::Configuration(_) => "its address cannot be read".to_owned(),
        other => other.to_string(),
    })
}

/// Runs `$body` with `$c` bound to whichever database this is.
macro_rules! on {
    ($writing:expr, $c:ident => $body:expr) => {
        match $writing {
            Writing::Lite($c) => $body,
            Writing::Pg($c) => $body,
        }
    };
}

/// So many values of a row, from a column on.
fn values<'r, R: sqlx::Row>(row: &'r R, first: usize, count: usize) -> Result<Vec<Value>, sqlx::Error>
where
    usize: sqlx::ColumnIndex<R>,
    String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    (first..first + count).map(|at| row.try_get(at)).collect()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Target {
    /// The database at `sqlite:PATH`, which is made if it is not there, or `postgres://user@host/database`. Nothing is connected to yet.
    ///
    /// # Errors
    /// Why the address means none.
    pub fn open(address: &str, password: Option<&str>) -> Result<Self, Words> {
        if address.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(address).map_err(Words::quoted)?;
            let options =
                options.create_if_missing(true).journal_mode(SqliteJournalMode::Wal).busy_timeout(ACQUIRE);
            let pool =
                PoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE).connect_lazy_with(options);
            return Ok(Self::Lite(pool));
        }
        let url = url::Url::parse(address).map_err(Words::quoted)?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(texts::no_target(address));
        }
        if url.password().is_some() || url.query_pairs().any(|(name, _)| names_a_secret(&name)) {
            return Err(texts::password_in_address());
        }
        let mut options = PgConnectOptions::from_str(address).map_err(Words::quoted)?;
        if let Some(password) = password {
            options = options.password(password);
        }
        let options = options.application_name("lienthong").options([
            ("timezone", "UTC"),
            ("datestyle", "ISO"),
            ("lock_timeout", "10000"),
            ("statement_timeout", "600000"),
            ("synchronous_commit", "on"),
        ]);
        let pool = PoolOptions::new().max_connections(2).min_connections(0).acquire_timeout(ACQUIRE);
        Ok(Self::Pg(pool.connect_lazy_with(options)))
    }

    /// Makes the tables that stand beside the copies, if they are not there.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn prepare(&self) -> Result<(), TargetError> {
        let mut writing = self.begin().await?;
        if !writing.is_lite() {
            // Copies that begin at once make them once.
            writing.run("SELECT pg_advisory_xact_lock(hashtext('lt_position'))").await?;
        }
        for (table, statement) in TABLES {
            if !writing.has_table(table).await? {
                writing.run(statement).await?;
            }
        }
        writing.commit().await
    }

    /// Makes a copy's table if it is not there, and looks whether one that is has its columns. One with records is taken only if it is known
    /// to be this copy: what somebody else keeps there would be taken for records that the source has not, and go. A copy that is given other
    /// fields than before gets columns for those that are new; `withdrawn`, which the dataset has and the grant no longer gives, are emptied.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn prepare_copy(
        &self,
        copied: &Copied,
        withdrawn: &[String],
        is_known: bool,
    ) -> Result<(), TargetError> {
        let mut writing = self.begin().await?;
        let is_lite = writing.is_lite();
        let table = quoted(&copied.table);
        let column = |field: &Field| format!("{} {}", quoted(&field.name), declared(field.kind, is_lite));
        if !writing.has_table(&copied.table).await? {
            let key = format!("{} NOT NULL PRIMARY KEY", column(&copied.key));
            let columns: Vec<String> = std::iter::once(key).chain(copied.fields.iter().map(column)).collect();
            writing.run(&format!("CREATE TABLE {table} ({})", columns.join(", "))).await?;
        }
        for field in copied.all() {
            if writing.has_column(&copied.table, &field.name).await? {
                continue;
            }
            if is_known {
                writing.run(&format!("ALTER TABLE {table} ADD COLUMN {}", column(field))).await?;
            } else {
                return Err(TargetError::Column { table: copied.table.clone(), column: field.name.clone() });
            }
        }
        if !is_known && !writing.records(copied, None, 1).await?.is_empty() {
            return Err(TargetError::NotOurs { table: copied.table.clone() });
        }
        for field in withdrawn {
            if is_known && writing.has_column(&copied.table, field).await? {
                let field = quoted(field);
                writing.run(&format!("UPDATE {table} SET {field} = NULL WHERE {field} IS NOT NULL")).await?;
            }
        }
        writing.commit().await
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn begin(&self) -> Result<Writing, TargetError> {
        match self {
            Self::Lite(pool) => pool.begin_with("BEGIN IMMEDIATE").await.map(Writing::Lite),
            Self::Pg(pool) => pool.begin().await.map(Writing::Pg),
        }
        .map_err(failed)
    }
}

/// A kind as the database's type. What may be written in several ways that mean one stays text: it is compared by what is written.
fn declared(kind: FieldKind, is_lite: bool) -> &'static str {
    match kind {
        FieldKind::Integer if is_lite => "INTEGER",
        FieldKind::Integer => "NUMERIC",
        FieldKind::Date if !is_lite => "DATE",
        FieldKind::Boolean if !is_lite => "BOOLEAN",
        _ => "TEXT",
    }
}

impl Copied {
    /// So many records fit in a statement.
    #[must_use]
    pub fn at_once(&self) -> usize {
        (VALUES / (self.fields.len() + 1)).clamp(1, 500)
    }

    fn all(&self) -> impl Iterator<Item = &Field> {
        std::iter::once(&self.key).chain(&self.fields)
    }

    /// A value of a field as a parameter.
    fn parameter(number: usize, field: &Field, is_lite: bool) -> String {
        if is_lite {
            format!("${number}")
        } else {
            format!("${number}::text::{}", declared(field.kind, false))
        }
    }
}

impl Writing {
    fn is_lite(&self) -> bool {
        matches!(self, Self::Lite(_))
    }

    async fn run(&mut self, statement: &str) -> Result<(), TargetError> {
        // Names are quoted, and values are none in it.
        let statement = AssertSqlSafe(statement.to_owned());
        on!(self, c => sqlx::query(statement).execute(&mut **c).await.map(drop)).map_err(failed)
    }

    /// Whether there is a table of this name where a statement without a schema looks for it.
    async fn has_table(&mut self, table: &str) -> Result<bool, TargetError> {
        const LITE: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = $1)";
        const PG: &str = "SELECT to_regclass($1) IS NOT NULL";
        match self {
            Self::Lite(c) => sqlx::query_scalar(LITE).bind(table).fetch_one(&mut **c).await,
            Self::Pg(c) => sqlx::query_scalar(PG).bind(quoted(table)).fetch_one(&mut **c).await,
        }
        .map_err(failed)
    }

    async fn has_column(&mut self, table: &str, column: &str) -> Result<bool, TargetError> {
        const LITE: &str = "SELECT EXISTS (SELECT 1 FROM pragma_table_info($1) WHERE name = $2)";
        const PG: &str = "SELECT EXISTS (SELECT 1 FROM pg_attribute
            WHERE attrelid = to_regclass($1) AND attname = $2 AND attnum > 0 AND NOT attisdropped)";
        match self {
            Self::Lite(c) => sqlx::query_scalar(LITE).bind(table).bind(column).fetch_one(&mut **c).await,
            Self::Pg(c) => sqlx::query_scalar(PG).bind(quoted(table)).bind(column).fetch_one(&mut **c).await,
        }
        .map_err(failed)
    }

    /// Where a copy is.
    ///
    /// # Errors
    /// [`TargetError`], here and in all that follows.
    pub async fn position(&mut self, copy: &str) -> Result<Option<String>, TargetError> {
        const POSITION: &str = "SELECT position FROM lt_position WHERE copy = $1";
        on!(self, c => sqlx::query_scalar(POSITION).bind(copy).fetch_optional(&mut **c).await).map_err(failed)
    }

    /// Writes where a copy is, if it is still where it was: whoever else writes to it is found out. Whether it was.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn move_on(&mut self, copy: &str, was: Option<&str>, is: &str) -> Result<bool, TargetError> {
        const ON: &str = "UPDATE lt_position SET position = $2 WHERE copy = $1 AND position = $3";
        const FIRST: &str =
            "INSERT INTO lt_position (copy, position) VALUES ($1, $2) ON CONFLICT (copy) DO NOTHING";
        let rows = on!(self, c => {
            let query = sqlx::query(if was.is_some() { ON } else { FIRST }).bind(copy).bind(is);
            let query = match was {
                Some(was) => query.bind(was),
                None => query,
            };
            query.execute(&mut **c).await.map(|done| done.rows_affected())
        });
        rows.map(|rows| rows == 1).map_err(failed)
    }

    /// What a copy has of a record: its fields without the key.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn current(&mut self, copied: &Copied, key: &str) -> Result<Option<Vec<Value>>, TargetError> {
        let fields: Vec<String> = copied.fields.iter().map(|field| self.text_of(field)).collect();
        let fields = if fields.is_empty() { "1".to_owned() } else { fields.join(", ") };
        let statement = format!(
            "SELECT {fields} FROM {} WHERE {} = {}",
            quoted(&copied.table),
            quoted(&copied.key.name),
            Copied::parameter(1, &copied.key, self.is_lite())
        );
        let statement = AssertSqlSafe(statement);
        let row: Result<Option<Vec<Value>>, sqlx::Error> = on!(self, c => {
            let row = sqlx::query(statement).bind(key).fetch_optional(&mut **c).await.map_err(failed)?;
            row.map(|row| values(&row, 0, copied.fields.len())).transpose()
        });
        row.map_err(failed)
    }

    fn text_of(&self, field: &Field) -> String {
        let type_ = if self.is_lite() { "TEXT" } else { "text" };
        format!("CAST({} AS {type_})", quoted(&field.name))
    }

    /// Writes records, whole, each once; or says why one is refused, and all is as it was.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn put(
        &mut self,
        copied: &Copied,
        records: &[Record],
    ) -> Result<Result<(), Refusal>, TargetError> {
        let names: Vec<String> = copied.all().map(|field| quoted(&field.name)).collect();
        let sets: Vec<String> =
            names.iter().skip(1).map(|name| format!("{name} = excluded.{name}")).collect();
        let then =
            if sets.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", sets.join(", ")) };
        let row = |at: usize| {
            let numbers = (at * names.len() + 1..).zip(copied.all());
            let parameters: Vec<String> =
                numbers.map(|(number, field)| Copied::parameter(number, field, self.is_lite())).collect();
            format!("({})", parameters.join(", "))
        };
        let statement = format!(
            "INSERT INTO {} ({}) VALUES {} ON CONFLICT ({}) DO {then}",
            quoted(&copied.table),
            names.join(", "),
            (0..records.len()).map(row).collect::<Vec<_>>().join(", "),
            quoted(&copied.key.name)
        );
        let all = records.iter().flat_map(|(key, values)| {
            std::iter::once(Some(key.as_str())).chain(values.iter().map(Option::as_deref))
        });
        self.attempt(&statement, &all.collect::<Vec<_>>()).await
    }

    /// Takes records away that are there; or says why one is not to be, and all is as it was.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn remove(
        &mut self,
        copied: &Copied,
        keys: &[&str],
    ) -> Result<Result<(), Refusal>, TargetError> {
        let numbers: Vec<String> =
            (1..=keys.len()).map(|number| Copied::parameter(number, &copied.key, self.is_lite())).collect();
        let statement = format!(
            "DELETE FROM {} WHERE {} IN ({})",
            quoted(&copied.table),
            quoted(&copied.key.name),
            numbers.join(", ")
        );
        let keys: Vec<Option<&str>> = keys.iter().copied().map(Some).collect();
        self.attempt(&statement, &keys).await
    }

    /// Takes all records away.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn clear(&mut self, copied: &Copied) -> Result<(), TargetError> {
        self.run(&format!("DELETE FROM {}", quoted(&copied.table))).await
    }

    /// Marks where [`Self::back_to_mark`] goes back to.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn mark(&mut self) -> Result<(), TargetError> {
        self.run("SAVEPOINT mark").await
    }

    /// Goes back to where [`Self::mark`] was.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn back_to_mark(&mut self) -> Result<(), TargetError> {
        self.run("ROLLBACK TO SAVEPOINT mark").await
    }

    /// A statement about records. What their data got wrong is their doing; all else is the database's.
    async fn attempt(
        &mut self,
        statement: &str,
        values: &[Option<&str>],
    ) -> Result<Result<(), Refusal>, TargetError> {
        self.run("SAVEPOINT record").await?;
        let statement = AssertSqlSafe(statement.to_owned());
        let done = on!(self, c => {
            let query = values.iter().fold(sqlx::query(statement), |query, value| query.bind(value));
            query.execute(&mut **c).await.map(drop)
        });
        let refused = match done {
            Ok(()) => None,
            Err(sqlx::Error::Database(error)) if is_of_data(&*error) => {
                Some((error.code().unwrap_or_default().into_owned(), error.message().to_owned()))
            }
            Err(error) => return Err(failed(error)),
        };
        if refused.is_some() {
            self.run("ROLLBACK TO SAVEPOINT record").await?;
        }
        self.run("RELEASE SAVEPOINT record").await?;
        Ok(refused.map_or(Ok(()), Err))
    }

    /// The records that are held, as they were written by [`Writing::hold`]: key, record, and why.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn held(&mut self, copy: &str) -> Result<Vec<(String, String, String, String)>, TargetError> {
        const HELD: &str = "SELECT key, record, code, reason FROM lt_held WHERE copy = $1 ORDER BY key";
        on!(self, c => sqlx::query_as(HELD).bind(copy).fetch_all(&mut **c).await).map_err(failed)
    }

    /// Holds a record.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn hold(
        &mut self,
        copy: &str,
        key: &str,
        record: &str,
        why: &Refusal,
    ) -> Result<(), TargetError> {
        const HOLD: &str = "INSERT INTO lt_held (copy, key, record, code, reason) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (copy, key) DO UPDATE SET record = excluded.record, code = excluded.code, reason = excluded.reason";
        on!(self, c => sqlx::query(HOLD).bind(copy).bind(key).bind(record).bind(&why.0).bind(&why.1).execute(&mut **c).await.map(drop))
            .map_err(failed)
    }

    /// Holds none of these any more.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn let_go(&mut self, copy: &str) -> Result<(), TargetError> {
        on!(self, c => sqlx::query("DELETE FROM lt_held WHERE copy = $1").bind(copy).execute(&mut **c).await.map(drop))
            .map_err(failed)
    }

    /// Records of a copy behind a key, in its order by bytes: key and fields.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn records(
        &mut self,
        copied: &Copied,
        behind: Option<&str>,
        most: u32,
    ) -> Result<Vec<Record>, TargetError> {
        let fields: Vec<String> = copied.all().map(|field| self.text_of(field)).collect();
        let (key, by_bytes) = (self.text_of(&copied.key), if self.is_lite() { "" } else { " COLLATE \"C\"" });
        let statement = format!(
            "SELECT {} FROM {} WHERE {key}{by_bytes} > $1 OR $1 = '' ORDER BY {key}{by_bytes} LIMIT {most}",
            fields.join(", "),
            quoted(&copied.table)
        );
        let (statement, behind) = (AssertSqlSafe(statement), behind.unwrap_or_default());
        let rows: Result<Vec<Record>, sqlx::Error> = on!(self, c => {
            let rows = sqlx::query(statement).bind(behind).fetch_all(&mut **c).await.map_err(failed)?;
            rows.iter().map(|row| Ok((row.try_get(0)?, values(row, 1, copied.fields.len())?))).collect()
        });
        rows.map_err(failed)
    }

    /// All of it counts.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn commit(self) -> Result<(), TargetError> {
        match self {
            Self::Lite(tx) => tx.commit().await,
            Self::Pg(tx) => tx.commit().await,
        }
        .map_err(failed)
    }
}

/// Whether what failed lies in what a record holds: classes 22 and 23 of SQLSTATE; constraints and types of `SQLite`, which has codes of
/// its own (primary codes 18, 19 and 20: too big, constraint, mismatch).
fn is_of_data(error: &dyn sqlx::error::DatabaseError) -> bool {
    let Some(code) = error.code() else { return false };
    match code.parse::<u32>() {
        Ok(number) if code.len() != 5 => matches!(number & 0xff, 18..=20),
        _ => code.starts_with("22") || code.starts_with("23"),
    }
}
