//! Writes the nation's tables into the agencies' databases.

use std::path::Path;

use model::fault::Fault;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{AssertSqlSafe, Connection as _};

use crate::demo::nation::TableRows;
use crate::demo::processes::step;

/// Makes an `SQLite` file with the tables of one agency's database.
pub(crate) async fn write(path: &Path, tables: &[&TableRows]) -> Result<(), Fault> {
    let failed = |error: sqlx::Error| step(&path.display().to_string(), &error.to_string());
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(failed)?;
    let mut transaction = connection.begin().await.map_err(failed)?;
    for table in tables {
        // Names of tables and columns are the program's own; every value is an argument.
        for statement in statements(table) {
            sqlx::query(AssertSqlSafe(statement)).execute(&mut *transaction).await.map_err(failed)?;
        }
        let places: Vec<String> = (1..=table.columns.len()).map(|number| format!("?{number}")).collect();
        let insert = format!("INSERT INTO {} VALUES ({})", table.name, places.join(", "));
        for row in &table.rows {
            let mut query = sqlx::query(AssertSqlSafe(insert.as_str()));
            for cell in row {
                query = query.bind(cell.as_deref());
            }
            query.execute(&mut *transaction).await.map_err(failed)?;
        }
    }
    transaction.commit().await.map_err(failed)?;
    connection.close().await.map_err(failed)
}

fn statements(table: &TableRows) -> Vec<String> {
    let column = |name: &&str| {
        let kind = if *name == "so_thang_dong" { "INTEGER" } else { "TEXT" };
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
