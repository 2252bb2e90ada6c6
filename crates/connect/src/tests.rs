//! Sources before real servers and files.

mod files;
mod mariadb;
mod postgres;
mod sqlite;

use std::collections::BTreeMap;

use futures::TryStreamExt as _;
use model::service::FieldKind;
use serde_json::Value;

use crate::{Mapped, Shape, Source, Table, TableName};

/// A record as JSON.
pub(crate) fn value(record: &crate::Record) -> Value {
    serde_json::from_slice(&record.to_json()).unwrap()
}

/// What a stream gives, record by record.
pub(crate) fn records<'a>(
    lines: crate::Lines<'a>,
) -> impl futures::Stream<Item = Result<Value, crate::SourceError>> + use<'a> {
    let records = lines.map_ok(|piece| {
        let lines = piece.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let read: Vec<Value> = lines.map(|line| serde_json::from_slice(line).unwrap()).collect();
        futures::stream::iter(read.into_iter().map(Ok))
    });
    records.try_flatten()
}

/// A table with these fields, each held by the column of its name.
pub(crate) async fn table(source: &dyn Source, name: &str, key: &str, kinds: &[(&str, FieldKind)]) -> Table {
    let (schema, name) =
        name.split_once("::").map_or((None, name), |(schema, name)| (Some(schema.to_owned()), name));
    let shape = source.shape(&TableName { schema, name: name.to_owned() }).await.unwrap().expect(name);
    of(&shape, key, kinds)
}

pub(crate) fn of(shape: &Shape, key: &str, kinds: &[(&str, FieldKind)]) -> Table {
    let fields = shape
        .columns
        .iter()
        .map(|column| {
            let kind = kinds
                .iter()
                .find(|(name, _)| *name == column.name)
                .map_or(FieldKind::Text, |(_, kind)| *kind);
            (
                column.name.clone(),
                Mapped {
                    kind,
                    column: column.clone(),
                    values: BTreeMap::new(),
                    digits: None,
                    original: false,
                    searched: true,
                },
            )
        })
        .collect();
    Table { name: shape.name.clone(), key: key.to_owned(), fields, tally: std::sync::Arc::default() }
}
