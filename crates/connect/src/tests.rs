//! Sources before real servers and files.

mod files;
mod mariadb;
mod postgres;
pub(crate) mod servers;
mod sqlite;

use std::collections::BTreeMap;

use model::service::FieldKind;

use crate::{Mapped, Shape, Source, Table, TableName};

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
                Mapped { kind, column: column.clone(), values: BTreeMap::new(), original: false },
            )
        })
        .collect();
    Table { name: shape.name.clone(), key: key.to_owned(), fields }
}
