//! Agencies' databases: describe, look up, list. The wall around database drivers.
//!
//! A source is only ever read. Who may see what is decided before it is asked; it is asked for the granted fields and no others.

pub mod sqlite;

use std::collections::BTreeMap;

use async_trait::async_trait;
use model::service::FieldKind;
use serde_json::Value;

/// One record: values by field name, in the order asked for.
pub type Record = serde_json::Map<String, Value>;

/// Where a dataset is in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Name of the table or view.
    pub name: String,
    /// The dataset's key field.
    pub key: String,
    /// Its fields: kind, and the column that holds them.
    pub fields: BTreeMap<String, (FieldKind, String)>,
}

/// Some records of a table, in order of their keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Only records whose field has this value.
    pub filters: Vec<(String, String)>,
    /// Only records behind this key.
    pub after: Option<String>,
    /// Most records.
    pub limit: usize,
}

/// Why a source did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Locked or overloaded: later it may answer.
    #[error("it is busy")]
    Busy,
    /// It can't be opened or read.
    #[error("{0}")]
    Failed(String),
    /// A value that its field can't have.
    #[error("{field} cannot be {value:?}")]
    BadValue {
        /// Which field.
        field: String,
        /// The value given.
        value: String,
    },
}

/// A database of an agency.
#[async_trait]
pub trait Source: Send + Sync {
    /// The columns of a table, to compare with what a dataset wants; empty if there is no such table.
    ///
    /// # Errors
    /// [`SourceError`].
    async fn columns(&self, table: &str) -> Result<Vec<String>, SourceError>;

    /// The record with that key, with `fields` only.
    ///
    /// # Errors
    /// [`SourceError`].
    async fn get(&self, table: &Table, fields: &[&str], key: &str) -> Result<Option<Record>, SourceError>;

    /// Records in order of their keys. Each holds the key besides `fields`, so that a list can be gone on with.
    ///
    /// # Errors
    /// [`SourceError`].
    async fn list(
        &self,
        table: &Table,
        fields: &[&str],
        listing: &Listing,
    ) -> Result<Vec<Listed>, SourceError>;
}

/// A record of a list with its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The key's value, as text.
    pub key: String,
    /// The fields asked for.
    pub record: Record,
}
