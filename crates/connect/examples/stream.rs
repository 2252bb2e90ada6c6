//! Streams a whole table to nowhere and says how fast: `cargo run --release -p connect --example stream URL TABLE KEY`. For
//! `cargo xtask bench datasets`.

#![expect(clippy::print_stdout, reason = "a tool for a measurement")]

use std::time::Instant;

use connect::source::Address;
use connect::{Mapped, Table, TableName};
use futures::StreamExt as _;
use model::column::Class;
use model::service::FieldKind;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, name, key] = arguments.as_slice() else { return Err("URL TABLE KEY".into()) };
    let source = Address::new(url).open(&std::env::temp_dir(), None).map_err(|why| why.both())?;
    let shape = source.shape(&TableName { schema: None, name: name.clone() }).await?;
    let shape = shape.ok_or("no such table")?;
    let kind = |class| match class {
        Class::Integer => FieldKind::Integer,
        Class::Date => FieldKind::Date,
        Class::Local | Class::Moment => FieldKind::Moment,
        _ => FieldKind::Text,
    };
    let mapped = |column: &connect::Column| {
        let name = column.name.clone();
        let kind = if name == "ho_ten" { FieldKind::Name } else { kind(column.class) };
        let values = std::collections::BTreeMap::new();
        let searched = name == *key;
        (name, Mapped { kind, column: column.clone(), values, digits: None, original: false, searched })
    };
    let fields = shape.columns.iter().map(mapped).collect();
    let names: Vec<&str> = shape.columns.iter().map(|column| column.name.as_str()).collect();
    let table =
        Table { name: shape.name.clone(), key: key.clone(), fields, tally: std::sync::Arc::default() };
    let (begun, mut bytes) = (Instant::now(), 0);
    let mut lines = source.stream(&table, &names, &[]);
    while let Some(piece) = lines.next().await {
        bytes += piece?.len();
    }
    println!("{bytes} bytes in {:.6} s", begun.elapsed().as_secs_f64());
    Ok(())
}
