//! The agencies' databases: files of `SQLite`, and servers for those agencies that were given one.

use std::collections::HashSet;
use std::path::Path;

use exchange::settings::SourceSettings;
use model::fault::Fault;
use sqlx::mysql::{MySql, MySqlConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{
    AssertSqlSafe, Connection as _, Database, Encode, Executor, IntoArguments, PgConnection, Postgres,
    QueryBuilder, Sqlite, Type,
};
use url::Url;

use crate::nation::TableRows;
use crate::processes::step;

/// What the demo makes on a server, and makes anew: a schema of PostgreSQL, a database of MariaDB.
const SPACE: &str = "lienthong_demo";
/// Rows of an `INSERT`. With twenty columns that stays below what any of the three takes.
const CHUNK: usize = 500;

/// The servers that agencies were given.
#[derive(Debug, Clone, Default)]
pub struct Servers {
    /// Of the population database.
    pub postgres: Option<Url>,
    /// Of the insurance database.
    pub mariadb: Option<Url>,
}

/// Where a node finds an agency's tables: what its settings need.
pub(crate) struct Home {
    /// A source, if it is a server.
    source: Option<SourceSettings>,
    /// Lines for each service.
    lines: String,
}

/// How a server takes what differs.
#[derive(Clone, Copy)]
struct Dialect {
    text: &'static str,
    number: &'static str,
}

impl Home {
    /// The settings of these services: pairs of service and table.
    pub(crate) fn settings(&self, services: &[(&str, &str)]) -> Result<String, Fault> {
        let mut settings = String::new();
        if let Some(source) = &self.source {
            let text = toml::to_string(source).map_err(|error| step("settings", &error.to_string()))?;
            settings.push_str(&format!("\n[[sources]]\n{text}"));
        }
        for (service, table) in services {
            settings.push_str(&format!(
                "\n[[services]]\nid = \"{service}\"\ntable = \"{table}\"\n{}",
                self.lines
            ));
        }
        Ok(settings)
    }
}

/// The agencies' databases, each made when its first node asks for it.
pub(crate) struct Homes<'a> {
    state: &'a Path,
    tables: &'a [TableRows],
    servers: &'a Servers,
    made: HashSet<&'static str>,
}

impl<'a> Homes<'a> {
    pub(crate) fn new(state: &'a Path, tables: &'a [TableRows], servers: &'a Servers) -> Self {
        Self { state, tables, servers, made: HashSet::new() }
    }

    /// Where an agency's database is.
    pub(crate) async fn home(&mut self, database: &'static str) -> Result<Home, Fault> {
        let tables: Vec<&TableRows> = self.tables.iter().filter(|table| table.database == database).collect();
        let new = self.made.insert(database);
        let failed = |error: sqlx::Error| step(database, &error.to_string());
        match (database, &self.servers.postgres, &self.servers.mariadb) {
            ("dan-cu", Some(url), _) => {
                if new {
                    on_postgres(&with_password(url, POSTGRES_PASSWORD)?, &tables).await.map_err(failed)?;
                }
                let lines = format!("source = \"{database}\"\nschema = \"{SPACE}\"\n");
                Ok(Home { source: Some(source(database, url, POSTGRES_PASSWORD)), lines })
            }
            ("bao-hiem", _, Some(url)) => {
                let at = |path: &str| {
                    let mut url = url.clone();
                    url.set_path(path);
                    url
                };
                if new {
                    on_mariadb(&with_password(&at(""), MARIADB_PASSWORD)?, &tables).await.map_err(failed)?;
                }
                let lines = format!("source = \"{database}\"\n");
                Ok(Home { source: Some(source(database, &at(SPACE), MARIADB_PASSWORD)), lines })
            }
            _ => {
                let folder = self.state.join("databases");
                let path = folder.join(format!("{database}.db"));
                if new {
                    trust::file::create_private_folder(&folder)
                        .map_err(|error| step(&folder.display().to_string(), &error.to_string()))?;
                    in_file(&path, &tables).await.map_err(failed)?;
                }
                Ok(Home { source: None, lines: format!("sqlite = \"{}\"\n", path.display()) })
            }
        }
    }
}

fn source(name: &str, url: &Url, password_env: &str) -> SourceSettings {
    SourceSettings {
        name: name.to_owned(),
        url: url.to_string(),
        password_env: password(password_env).map(|_| password_env.to_owned()),
        password_file: None,
        password_hsm: None,
        ca: None,
        sheet: None,
        head: None,
        encoding: None,
        delimiter: None,
        items: String::new(),
        refresh_seconds: 300,
        connections: 4,
        statement_seconds: 10,
    }
}

async fn on_postgres(address: &str, tables: &[&TableRows]) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(address).await?;
    let fresh =
        format!("DROP SCHEMA IF EXISTS {SPACE} CASCADE; CREATE SCHEMA {SPACE}; SET search_path TO {SPACE}");
    sqlx::raw_sql(AssertSqlSafe(fresh)).execute(&mut connection).await?;
    fill::<Postgres>(&mut connection, tables, Dialect { text: "text", number: "integer" }).await?;
    connection.close().await
}

async fn on_mariadb(address: &str, tables: &[&TableRows]) -> Result<(), sqlx::Error> {
    let mut connection = MySqlConnection::connect(&address.replacen("mariadb:", "mysql:", 1)).await?;
    let fresh = format!(
        "DROP DATABASE IF EXISTS {SPACE}; CREATE DATABASE {SPACE} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin; USE {SPACE}"
    );
    sqlx::raw_sql(AssertSqlSafe(fresh)).execute(&mut connection).await?;
    fill::<MySql>(&mut connection, tables, Dialect { text: "varchar(300)", number: "int" }).await?;
    connection.close().await
}

async fn in_file(path: &Path, tables: &[&TableRows]) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    fill::<Sqlite>(&mut connection, tables, Dialect { text: "TEXT", number: "INTEGER" }).await?;
    connection.close().await
}

/// Where the passwords of the servers are, if they need any.
const POSTGRES_PASSWORD: &str = "LIENTHONG_DEMO_POSTGRES_PASSWORD";
const MARIADB_PASSWORD: &str = "LIENTHONG_DEMO_MARIADB_PASSWORD";

#[expect(clippy::disallowed_methods, reason = "a secret, which stands in no settings")]
fn password(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn with_password(url: &Url, name: &str) -> Result<String, Fault> {
    if url.password().is_some() {
        return Err(step("servers", &format!("a password stands in the address; give it by {name}")));
    }
    let mut url = url.clone();
    if let Some(password) = password(name) {
        url.set_password(Some(&password)).map_err(|()| step("servers", "the address takes no password"))?;
    }
    Ok(url.to_string())
}

/// Makes tables and fills them, all or nothing.
async fn fill<DB>(
    connection: &mut DB::Connection,
    tables: &[&TableRows],
    dialect: Dialect,
) -> Result<(), sqlx::Error>
where
    DB: Database,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    Option<String>: for<'q> Encode<'q, DB> + Type<DB>,
    Option<i64>: for<'q> Encode<'q, DB> + Type<DB>,
{
    sqlx::raw_sql("BEGIN").execute(&mut *connection).await?;
    for table in tables {
        // Names of tables and columns are the program's own; every value is an argument.
        for statement in statements(table, dialect) {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *connection).await?;
        }
        let numbers: Vec<bool> = table.columns.iter().map(|name| is_number(name)).collect();
        for rows in table.rows.chunks(CHUNK) {
            let mut insert = QueryBuilder::<DB>::new(format!("INSERT INTO {} ", table.name));
            insert.push_values(rows, |mut values, row| {
                for (cell, number) in row.iter().zip(&numbers) {
                    if *number {
                        values.push_bind(cell.as_ref().and_then(|cell| cell.parse::<i64>().ok()));
                    } else {
                        values.push_bind(cell.clone());
                    }
                }
            });
            insert.build().execute(&mut *connection).await?;
        }
    }
    sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
    Ok(())
}

fn is_number(column: &str) -> bool {
    column == "so_thang_dong"
}

fn statements(table: &TableRows, dialect: Dialect) -> Vec<String> {
    let column = |name: &&str| {
        let kind = if is_number(name) { dialect.number } else { dialect.text };
        let key = if *name == table.key { " PRIMARY KEY" } else { "" };
        format!("{name} {kind}{key}")
    };
    let columns: Vec<String> = table.columns.iter().map(column).collect();
    let mut statements = vec![format!("CREATE TABLE {} ({})", table.name, columns.join(", "))];
    statements.extend(
        table
            .indexes
            .iter()
            .map(|name| format!("CREATE INDEX {}_{name} ON {} ({name})", table.name, table.name)),
    );
    statements
}
