//! `SQLite` files.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use model::service::FieldKind;
use serde_json::Value;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteValueRef,
};
use sqlx::{AssertSqlSafe, Decode, Row as _, Sqlite, TypeInfo as _, ValueRef as _};

use crate::{Listed, Listing, Record, Source, SourceError, Table};

/// Connections to one file. Each has a thread of its own; readers do not wait for each other.
const CONNECTIONS: u32 = 4;
/// Longest wait for a writer to let go of the file.
const BUSY: Duration = Duration::from_secs(2);
/// Longest wait for a connection.
const ACQUIRE: Duration = Duration::from_secs(3);

/// A file that is opened for reading, when it is first asked.
pub struct SqliteFile {
    pool: SqlitePool,
}

impl SqliteFile {
    /// The file at `path`. It need not be there yet.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY);
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            .connect_lazy_with(options);
        Self { pool }
    }
}

#[async_trait]
impl Source for SqliteFile {
    async fn columns(&self, table: &str) -> Result<Vec<String>, SourceError> {
        let rows = sqlx::query("SELECT name FROM pragma_table_info(?1)")
            .bind(table)
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        rows.iter().map(|row| row.try_get(0).map_err(failed)).collect()
    }

    async fn get(&self, table: &Table, fields: &[&str], key: &str) -> Result<Option<Record>, SourceError> {
        let (kind, column) = field(table, &table.key)?;
        let sql = format!(
            "SELECT {} FROM {} WHERE {} = ?1 LIMIT 1",
            columns(table, fields)?,
            quote(&table.name),
            quote(column)
        );
        let mut arguments = SqliteArguments::default();
        bind(&mut arguments, *kind, &table.key, key)?;
        // The statement holds names from the node's own settings, quoted; every value is an argument.
        let row = sqlx::query_with(AssertSqlSafe(sql), arguments)
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)?;
        row.map(|row| record(table, fields, &row, 0)).transpose()
    }

    async fn list(
        &self,
        table: &Table,
        fields: &[&str],
        listing: &Listing,
    ) -> Result<Vec<Listed>, SourceError> {
        let (key_kind, key_column) = field(table, &table.key)?;
        let mut arguments = SqliteArguments::default();
        let mut conditions = Vec::new();
        for (name, value) in &listing.filters {
            let (kind, column) = field(table, name)?;
            bind(&mut arguments, *kind, name, value)?;
            conditions.push(format!("{} = ?{}", quote(column), conditions.len() + 1));
        }
        if let Some(after) = &listing.after {
            bind(&mut arguments, *key_kind, &table.key, after)?;
            conditions.push(format!("{} > ?{}", quote(key_column), conditions.len() + 1));
        }
        let condition = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        let key = quote(key_column);
        // The key comes first, whether or not it is among the fields.
        let sql = format!(
            "SELECT {}, {} FROM {}{condition} ORDER BY {key} LIMIT {}",
            quote(key_column),
            columns(table, fields)?,
            quote(&table.name),
            listing.limit
        );
        let rows =
            sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_all(&self.pool).await.map_err(failed)?;
        rows.iter()
            .map(|row| {
                let key = match value(*key_kind, row.try_get_raw(0).map_err(failed)?)? {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                Ok(Listed { key, record: record(table, fields, row, 1)? })
            })
            .collect()
    }
}

fn field<'a>(table: &'a Table, name: &str) -> Result<&'a (FieldKind, String), SourceError> {
    table.fields.get(name).ok_or_else(|| SourceError::Failed(format!("the dataset has no field {name}")))
}

/// The columns of `fields`; of no fields, a constant.
fn columns(table: &Table, fields: &[&str]) -> Result<String, SourceError> {
    if fields.is_empty() {
        return Ok("1".into());
    }
    let columns: Vec<_> = fields
        .iter()
        .map(|name| field(table, name).map(|(_, column)| quote(column)))
        .collect::<Result<_, _>>()?;
    Ok(columns.join(", "))
}

/// A name as SQL takes it: in double quotes, with those inside doubled.
fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn bind(
    arguments: &mut SqliteArguments,
    kind: FieldKind,
    field: &str,
    value: &str,
) -> Result<(), SourceError> {
    use sqlx::Arguments as _;
    let bad = || SourceError::BadValue { field: field.to_owned(), value: value.chars().take(80).collect() };
    let bound = match kind {
        FieldKind::Integer => arguments.add(value.parse::<i64>().map_err(|_| bad())?),
        FieldKind::Boolean => arguments.add(match value {
            "true" | "1" => 1i64,
            "false" | "0" => 0,
            _ => return Err(bad()),
        }),
        // SQLite compares text without regard to what stands behind a NUL in some places; no text of ours has one.
        _ if value.contains('\0') => return Err(bad()),
        _ => arguments.add(value.to_owned()),
    };
    bound.map_err(|error| SourceError::Failed(error.to_string()))
}

fn record(table: &Table, fields: &[&str], row: &SqliteRow, skip: usize) -> Result<Record, SourceError> {
    let mut record = Record::new();
    for (at, name) in fields.iter().enumerate() {
        let (kind, _) = field(table, name)?;
        record.insert((*name).to_owned(), value(*kind, row.try_get_raw(at + skip).map_err(failed)?)?);
    }
    Ok(record)
}

/// A column's value as JSON. `SQLite` types values, not columns; so the value decides, and the field's kind where it must.
fn value(kind: FieldKind, raw: SqliteValueRef<'_>) -> Result<Value, SourceError> {
    let wrong = |error: sqlx::error::BoxDynError| SourceError::Failed(error.to_string());
    if raw.is_null() {
        return Ok(Value::Null);
    }
    Ok(match raw.type_info().name() {
        "INTEGER" | "BOOLEAN" => {
            let number = <i64 as Decode<'_, Sqlite>>::decode(raw).map_err(wrong)?;
            if kind == FieldKind::Boolean { Value::Bool(number != 0) } else { number.into() }
        }
        "REAL" => <f64 as Decode<'_, Sqlite>>::decode(raw).map_err(wrong)?.into(),
        "BLOB" => {
            Value::String(BASE64_STANDARD.encode(<&[u8] as Decode<'_, Sqlite>>::decode(raw).map_err(wrong)?))
        }
        _ => Value::String(<String as Decode<'_, Sqlite>>::decode(raw).map_err(wrong)?),
    })
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
        sqlx::Error::Database(inner) => SourceError::Failed(inner.message().to_owned()),
        other => SourceError::Failed(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use sqlx::Connection as _;
    use sqlx::sqlite::SqliteConnection;

    use super::*;

    const SETUP: &str = r#"
        CREATE TABLE "bảng ""người""" ("mã" TEXT PRIMARY KEY, ten TEXT, tuoi INTEGER, ty_le REAL, con_song INTEGER, anh BLOB);
        INSERT INTO "bảng ""người""" VALUES
            ('001', 'Nguyễn Văn A', 30, 0.5, 1, x'00ff'), ('002', NULL, NULL, NULL, 0, NULL), ('003', 'Trần Thị B', 41, 1e300, 1, x''),
            ('004', 'Lê C''; DROP TABLE x; --', 9223372036854775807, -1.5, 0, NULL);
        CREATE TABLE so (n INTEGER PRIMARY KEY, chan INTEGER);
        WITH RECURSIVE dem(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM dem WHERE n < 250) INSERT INTO so SELECT n, n % 2 = 0 FROM dem;
    "#;

    fn table() -> Table {
        let field = |name: &str, kind, column: &str| (name.to_owned(), (kind, column.to_owned()));
        Table {
            name: "bảng \"người\"".into(),
            key: "ma".into(),
            fields: [
                field("ma", FieldKind::Text, "mã"),
                field("ten", FieldKind::Name, "ten"),
                field("tuoi", FieldKind::Integer, "tuoi"),
                field("ty_le", FieldKind::Text, "ty_le"),
                field("con_song", FieldKind::Boolean, "con_song"),
                field("anh", FieldKind::Text, "anh"),
            ]
            .into(),
        }
    }

    fn numbers() -> Table {
        let fields = [
            ("n".to_owned(), (FieldKind::Integer, "n".to_owned())),
            ("chan".to_owned(), (FieldKind::Boolean, "chan".to_owned())),
        ];
        Table { name: "so".into(), key: "n".into(), fields: fields.into() }
    }

    async fn file(folder: &Path) -> std::path::PathBuf {
        let path = folder.join("x.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql(SETUP).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        path
    }

    #[tokio::test]
    async fn a_record_has_the_fields_asked_for_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let source = SqliteFile::new(&file(folder.path()).await);
        let get =
            async |fields: &[&str], key| source.get(&table(), fields, key).await.unwrap().map(Value::Object);
        assert_eq!(get(&["tuoi", "ten"], "001").await, Some(json!({"tuoi": 30, "ten": "Nguyễn Văn A"})));
        assert_eq!(
            get(&["con_song", "anh", "ty_le"], "001").await,
            Some(json!({"con_song": true, "anh": "AP8=", "ty_le": 0.5}))
        );
        assert_eq!(get(&["ten", "tuoi"], "002").await, Some(json!({"ten": null, "tuoi": null})));
        assert_eq!(get(&["tuoi"], "004").await, Some(json!({"tuoi": i64::MAX})));
        assert_eq!(get(&[], "001").await, Some(json!({})));
        assert_eq!(get(&["ten"], "999").await, None);
        assert_eq!(source.columns("bảng \"người\"").await.unwrap()[..2], ["mã", "ten"]);
        assert!(source.columns("không có").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn lists_go_on_where_they_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let source = SqliteFile::new(&file(folder.path()).await);
        let mut seen = Vec::new();
        let mut listing = Listing { filters: vec![("chan".into(), "true".into())], after: None, limit: 40 };
        loop {
            let page = source.list(&numbers(), &["chan"], &listing).await.unwrap();
            let Some(last) = page.last() else { break };
            listing.after = Some(last.key.clone());
            assert!(
                page.iter().all(|listed| listed.record["chan"] == true && !listed.record.contains_key("n"))
            );
            seen.extend(page.into_iter().map(|listed| listed.key.parse::<u32>().unwrap()));
        }
        assert_eq!(seen, (1..=125).map(|half| half * 2).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn values_that_a_field_cannot_have_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let source = SqliteFile::new(&file(folder.path()).await);
        let bad = source.get(&numbers(), &["chan"], "zwei").await;
        assert_eq!(bad, Err(SourceError::BadValue { field: "n".into(), value: "zwei".into() }));
        assert!(matches!(source.get(&table(), &["ten"], "0\0").await, Err(SourceError::BadValue { .. })));
    }

    #[tokio::test]
    async fn a_missing_file_and_a_missing_table_are_told_and_heal() {
        let folder = tempfile::tempdir().unwrap();
        let source = SqliteFile::new(&folder.path().join("x.db"));
        let Err(SourceError::Failed(why)) = source.get(&table(), &["ten"], "001").await else { panic!() };
        assert!(why.contains("unable to open"), "{why}");
        assert!(!folder.path().join("x.db").exists(), "reading makes no file");
        file(folder.path()).await;
        assert!(source.get(&table(), &["ten"], "001").await.unwrap().is_some());
        let elsewhere = Table { name: "khác".into(), ..table() };
        let Err(SourceError::Failed(why)) = source.get(&elsewhere, &["ten"], "001").await else { panic!() };
        assert!(why.contains("no such table"), "{why}");
    }

    #[tokio::test]
    async fn a_locked_file_is_busy_and_answers_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path()).await;
        let mut writer =
            SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
        sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut writer).await.unwrap();
        let source = SqliteFile::new(&path);
        assert_eq!(source.get(&table(), &["ten"], "001").await, Err(SourceError::Busy));
        sqlx::raw_sql("COMMIT").execute(&mut writer).await.unwrap();
        assert!(source.get(&table(), &["ten"], "001").await.unwrap().is_some());
    }

    #[tokio::test]
    async fn nothing_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let source = SqliteFile::new(&file(folder.path()).await);
        let error = sqlx::raw_sql("DELETE FROM so").execute(&source.pool).await.unwrap_err();
        assert!(error.to_string().contains("readonly"), "{error}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_key_or_filter_breaks_out_of_its_place(text in "['\";\\-\\x20a-z0-9%_\\\\\u{1ea0}]{0,30}") {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let folder = tempfile::tempdir().unwrap();
                let source = SqliteFile::new(&file(folder.path()).await);
                let found = source.get(&table(), &["ten"], &text).await.unwrap();
                assert!(found.is_none());
                let listing = Listing { filters: vec![("ten".into(), text)], after: None, limit: 10 };
                assert!(source.list(&table(), &["ten"], &listing).await.unwrap().is_empty());
                assert_eq!(source.list(&numbers(), &["n"], &Listing { limit: 1000, ..Listing::default() }).await.unwrap().len(), 250);
            });
        }
    }
}
