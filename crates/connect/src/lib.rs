//! Agencies' databases: describe, look up, list, count, stream. The wall around database drivers.
//!
//! A source is only ever read. Who may see what is decided before it is asked; it is asked for the granted fields and no others. What it
//! costs its database is bounded: connections, the time of a statement, rows of an answer; and one that does not answer is left alone for
//! a while.

pub mod care;
mod feed;
pub mod mariadb;
pub mod postgres;
pub mod profile;
pub mod snapshot;
pub mod source;
mod sql;
pub mod sqlite;
#[cfg(test)]
mod tests;
pub mod value;

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures::stream::BoxStream;
use model::service::FieldKind;
use serde_json::Value;

use crate::value::Cell;
use model::column::Class;

/// One record: values by field name, in the order asked for.
pub type Record = serde_json::Map<String, Value>;

/// Name of a table or view.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// Its schema; none: where the database looks by itself.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
}

/// A column as its database describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its declared type.
    pub declared: String,
    /// What it holds.
    pub class: Class,
    /// Whether it may be empty.
    pub nullable: bool,
    /// Whether it alone is the primary key, or unique.
    pub unique: bool,
    /// What the database's makers say of it.
    pub comment: String,
}

/// A table or view as its database describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Its name.
    pub name: TableName,
    /// Its columns in order.
    pub columns: Vec<Column>,
    /// About how many rows it has, if the database knows.
    pub rows: Option<u64>,
    /// Whether it is a view.
    pub view: bool,
}

/// A field of a dataset in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// Its kind.
    pub kind: FieldKind,
    /// The column that holds it.
    pub column: Column,
    /// Values of the source with the codes that they stand for.
    pub values: BTreeMap<String, String>,
    /// How many digits its codes have in full, where the source has lost their leading zeros.
    pub digits: Option<u8>,
    /// Whether what the source has is kept beside, as `{field}__goc`.
    pub original: bool,
}

/// Where a dataset is in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The table or view.
    pub name: TableName,
    /// The dataset's key field.
    pub key: String,
    /// Its fields.
    pub fields: BTreeMap<String, Mapped>,
}

/// Only records whose field has one of these values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The field.
    pub field: String,
    /// The values; none: no record at all.
    pub one_of: Vec<String>,
}

/// A place in a list: behind the record with this key and this value of the field that it is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The value sorted by, as the source has it; none: it is empty, or the list is sorted by the key.
    pub sorted: Option<String>,
    /// The key, as the source has it.
    pub key: String,
}

/// Some records of a table. In order of their keys, or of a field and then of their keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// All must hold.
    pub filters: Vec<Filter>,
    /// The field to sort by, and whether from the last to the first. Empty values come last.
    pub sort: Option<(String, bool)>,
    /// Only records behind this one.
    pub after: Option<Mark>,
    /// Most records.
    pub limit: usize,
}

/// Why a source did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Locked, overloaded, or too slow: later it may answer.
    #[error("it is busy")]
    Busy,
    /// It can't be reached.
    #[error("{0}")]
    Unreachable(String),
    /// It can't be opened or read, or refuses a statement: a table that may not be read, and others go on.
    #[error("{0}")]
    Failed(String),
    /// A table or column is not there, or not as it was: describe it anew.
    #[error("{0}")]
    Changed(String),
    /// A value that its field can't have.
    #[error("{field} cannot be {value:?}")]
    BadValue {
        /// Which field.
        field: String,
        /// The value given.
        value: String,
    },
}

/// A record of a list with where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Where it stands.
    pub mark: Mark,
    /// The key as it goes out.
    pub key: Value,
    /// The fields asked for.
    pub record: Record,
}

/// Records as lines of JSON, many in a piece; no piece ends within a line.
pub type Lines<'a> = BoxStream<'a, Result<Vec<u8>, SourceError>>;

/// A database of an agency.
#[async_trait]
pub trait Source: Send + Sync {
    /// Its tables and views.
    ///
    /// # Errors
    /// [`SourceError`].
    async fn describe(&self) -> Result<Vec<Shape>, SourceError>;

    /// One of them; none if there is no such table.
    ///
    /// # Errors
    /// [`SourceError`].
    async fn shape(&self, table: &TableName) -> Result<Option<Shape>, SourceError>;

    /// The records with these keys, in no order, with `fields` only; those that the filters leave out are not there.
    ///
    /// # Errors
    /// [`SourceError`].
    async fn look_up(
        &self,
        table: &Table,
        fields: &[&str],
        keys: &[&str],
        filters: &[Filter],
    ) -> Result<Vec<Listed>, SourceError>;

    /// Records in order.
    ///
    /// # Errors
    /// [`SourceError`].
    async fn list(
        &self,
        table: &Table,
        fields: &[&str],
        listing: &Listing,
    ) -> Result<Vec<Listed>, SourceError>;

    /// How many records there are.
    ///
    /// # Errors
    /// [`SourceError`].
    async fn count(&self, table: &Table, filters: &[Filter]) -> Result<u64, SourceError>;

    /// All records, as they come, never all at once.
    fn stream<'a>(&'a self, table: &'a Table, fields: &'a [&'a str], filters: &'a [Filter]) -> Lines<'a>;

    /// The first rows of a table with all its columns, as they are: to draw up what they hold. At most `limit`.
    ///
    /// # Errors
    /// [`SourceError`].
    async fn sample(&self, shape: &Shape, limit: usize) -> Result<Vec<Vec<Cell>>, SourceError>;
}
