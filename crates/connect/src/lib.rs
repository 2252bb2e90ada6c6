//! Agencies' databases: describe, look up, list, count, stream. The wall around database drivers.
//!
//! A source is only ever read. Who may see what is decided before it is asked; it is asked for the granted fields and no others. What it
//! costs its database is bounded: connections, the time of a statement, rows of an answer; and one that does not answer is left alone for
//! a while.

pub mod care;
pub mod columnar;
mod connections;
pub mod faults;
mod feed;
pub mod mariadb;
pub mod postgres;
pub mod profile;
mod record;
pub mod shown;
pub mod snapshot;
pub mod source;
mod sql;
pub mod sqlite;
pub mod tally;
pub mod target;
#[cfg(test)]
mod tests;
mod texts;
pub mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use model::fault::Words;
use model::service::FieldKind;
use serde::{Deserialize, Serialize};

use crate::shown::Shown;
use crate::tally::Tally;
use crate::value::Cell;
use model::column::Class;

pub use crate::record::Record;

/// Name of a table or view.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// Its schema; none: where the database looks by itself.
    pub schema: Option<String>,
    /// As its database writes it, without quotes.
    pub name: String,
}

/// A column as its database describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// As its database writes it, without quotes.
    pub name: String,
    /// Its declared type.
    pub declared: String,
    /// What it holds.
    pub class: Class,
    /// Whether it may be empty.
    pub nullable: bool,
    /// Whether its source enforces for all rows that no two have the same value. A partial, invalid, deferrable or prefix index does not.
    pub unique: bool,
    /// What the database's makers say of it.
    pub comment: String,
    /// How its database compares it.
    pub native: Native,
}

impl Column {
    /// Whether it names one record each: unique, and never empty.
    #[must_use]
    pub fn is_key(&self) -> bool {
        self.unique && !self.nullable
    }

    /// The type by which it is ordered; none: by what is written. Of a key (`total`) nothing may be equal that is written differently, unless
    /// the server holds that there are no such two.
    fn ordered_as(&self, total: bool) -> Option<&str> {
        match &self.native {
            Native::Type { name, equality } => {
                (!total || self.unique || *equality == Equality::Exact).then_some(name.as_str())
            }
            Native::Written => None,
        }
    }
}

/// How a database compares and orders a column by itself, and so by its indexes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Native {
    /// Not in a way that we rely on: it is compared by what is written.
    #[default]
    Written,
    /// As this type, in the database's own words.
    Type {
        /// The type, without any length or scale that would cut what is compared.
        name: String,
        /// What its equality is worth.
        equality: Equality,
    },
}

/// What equality as a type says of what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Equality {
    /// What is equal is written alike.
    Exact,
    /// What is equal may be written in several ways, `1.1` and `1.10`: what is written is compared as well.
    Wider,
    /// It is not asked, since not every text can be read as the type: the type is for order alone.
    Unused,
}

/// A table or view as its database describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// By which it is asked for.
    pub name: TableName,
    /// Its columns in order.
    pub columns: Vec<Column>,
    /// About how many rows it has, if the database knows.
    pub rows: Option<u64>,
    /// Whether it is a view.
    pub view: bool,
    /// What a person should know of it: how it was read, what is odd.
    pub remarks: Vec<Words>,
}

/// A field of a dataset in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// What the contract says its values are.
    pub kind: FieldKind,
    /// The column that holds it.
    pub column: Column,
    /// Values of the source with the codes that they stand for.
    pub values: BTreeMap<String, String>,
    /// How many digits its codes have in full, where the source has lost their leading zeros.
    pub digits: Option<u8>,
    /// Whether what the source has is kept beside, as `{field}__goc`.
    pub original: bool,
    /// Whether records are looked for by it: it is then only shown in forms that can be turned back into what the source holds.
    pub searched: bool,
}

/// Where a dataset is in a source.
#[derive(Debug, Clone)]
pub struct Table {
    /// The table or view.
    pub name: TableName,
    /// The dataset's key field.
    pub key: String,
    /// The contract's fields that the table has, by name.
    pub fields: BTreeMap<String, Mapped>,
    /// What was found wrong in the source, for its owner.
    pub tally: Arc<Tally>,
}

impl Table {
    /// A table of one column, which is its key.
    #[must_use]
    pub fn of_key(name: &TableName, column: &Column, kind: FieldKind) -> Self {
        let key = column.name.clone();
        let mapped = Mapped {
            kind,
            column: column.clone(),
            values: BTreeMap::new(),
            digits: None,
            original: false,
            searched: true,
        };
        let fields = BTreeMap::from([(key.clone(), mapped)]);
        Self { name: name.clone(), key, fields, tally: Arc::default() }
    }

    fn field(&self, name: &str) -> Result<&Mapped, SourceError> {
        self.fields.get(name).ok_or_else(|| SourceError::Failed(format!("the dataset has no field {name}")))
    }
}

/// Only records that show one of these values in a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// A field of the contract, not a column.
    pub field: String,
    /// The values as they are shown; none: no record at all.
    pub one_of: Arc<BTreeSet<String>>,
}

impl Filter {
    /// Records whose `field` shows `value`.
    #[must_use]
    pub fn is(field: &str, value: &str) -> Self {
        Self { field: field.to_owned(), one_of: Arc::new(BTreeSet::from([value.to_owned()])) }
    }

    /// Whether a record that shows this in the field is one of them. The source was asked for no others; this holds it once more.
    #[must_use]
    pub fn allows(&self, shown: &Shown) -> bool {
        shown.text().is_some_and(|text| self.one_of.contains(text.as_ref()))
    }
}

/// A place in a list: behind the record with this key and this value of the field that it is sorted by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The key, as the source has it.
    pub key: Cell,
    /// The value sorted by, as the source has it; none: it is empty, or the list is sorted by the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sorted: Option<Cell>,
}

/// Some records of a table. In order of their keys, or of a field and then of their keys.
#[derive(Debug, Clone, PartialEq, Default)]
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
    /// No connection to it could be made in time, and nobody has one.
    #[error("no connection in time")]
    NoConnection,
    /// It can't be opened or read, or refuses a statement: a table that may not be read, and others go on.
    #[error("{0}")]
    Failed(String),
    /// A table or column is not there, or not as it was: describe it anew.
    #[error("{0}")]
    Changed(String),
    /// The source cannot read what it was asked about: a character that its encoding lacks. So it does not hold it.
    #[error("{0}")]
    Unreadable(String),
    /// A value that the source holds is not what its type can be.
    #[error("{0}")]
    Data(String),
    /// A place in a list that nobody gave out.
    #[error("the mark is not one that was given out")]
    BadMark,
    /// Two records show the same key.
    #[error("the key stands twice")]
    KeyTwice,
}

impl SourceError {
    /// The same in both languages; what a database says, in its own.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Busy => texts::busy(),
            Self::NoConnection => texts::no_connection(),
            Self::BadMark => texts::mark_unknown(),
            Self::KeyTwice => texts::key_twice(),
            Self::Unreachable(why)
            | Self::Failed(why)
            | Self::Changed(why)
            | Self::Unreadable(why)
            | Self::Data(why) => Words::quoted(why),
        }
    }
}

/// A record of a list with where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Where it stands.
    pub mark: Mark,
    /// The key as it goes out.
    pub key: Shown,
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

    /// The records that show these keys, in no order, with `fields` only; those that the filters leave out are not there. A key that
    /// stands twice is there twice.
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

    /// How many rows leave the table's key empty. No other operation shows them.
    ///
    /// # Errors
    /// [`SourceError`].
    async fn keyless(&self, table: &Table) -> Result<u64, SourceError>;

    /// How many rows leave the table's key empty, and how many keys are shown by more than one row.
    ///
    /// # Errors
    /// [`SourceError`].
    async fn doubles(&self, table: &Table) -> Result<(u64, u64), SourceError>;

    /// The first rows of a table with all its columns, as they are: to draw up what they hold. At most `limit`.
    ///
    /// # Errors
    /// [`SourceError`].
    async fn sample(&self, shape: &Shape, limit: usize) -> Result<Vec<Vec<Cell>>, SourceError>;

    /// How old what it answers is, if it is not what there is now.
    fn age(&self) -> Option<Duration> {
        None
    }
}
