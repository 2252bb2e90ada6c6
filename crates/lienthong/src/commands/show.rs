//! How answers are printed that are no documents: lists as tables, all else as YAML or JSON.

use std::io::IsTerminal as _;

use comfy_table::{ContentArrangement, Table, presets};
use hub::sheet::cell;
use model::fault::Fault;
use operate::client::HubClient;
use operate::internal;
use serde_json::{Value, json};

use crate::cli::Output;
use crate::commands::{columns, names};
use crate::language;
use crate::output::{print, print_bytes};
use crate::texts;

/// A list whose columns are paths into its things; the first names them.
pub(crate) fn list(name: &str, columns: &[&str], items: &[Value], output: Output) -> Result<(), Fault> {
    match output {
        Output::Table => print(&told(columns, items)),
        Output::Json => print(&json!({ "items": items }).to_string()),
        Output::Yaml => print(&yaml(&json!(items))?),
        Output::Name => {
            let first = columns.first().copied().unwrap_or_default();
            items.iter().for_each(|item| print(&cell(item, first)));
        }
        Output::Csv => print_bytes(&columns::sheet(name, columns, items, language::chosen()).csv()?),
        Output::Xlsx => print_bytes(&columns::sheet(name, columns, items, language::chosen()).xlsx()?),
    }
    Ok(())
}

/// As [`list`], with names before the codes of what it mentions where people read it.
pub(crate) async fn list_of(
    client: &HubClient,
    name: &str,
    columns: &[&str],
    mut items: Vec<Value>,
    output: Output,
) -> Result<(), Fault> {
    names::put(client, &mut items, output).await;
    list(name, columns, &items, output)
}

/// For people: one language's columns, their titles, their values as people write them.
pub(crate) fn told(columns: &[&str], items: &[Value]) -> String {
    let language = language::chosen();
    let columns = columns::in_language(columns, language);
    let heads: Vec<String> = columns.iter().map(|path| columns::title(path, language)).collect();
    let row = |item| columns.iter().map(|path| columns::value(item, path, language)).collect();
    table(heads.iter().map(String::as_str).collect(), items.iter().map(row).collect())
}

/// One thing, for which `told` is what people read.
pub(crate) fn one(thing: &Value, output: Output, told: impl FnOnce(&Value) -> String) -> Result<(), Fault> {
    match output {
        Output::Table => print(&told(thing)),
        Output::Json => print(&thing.to_string()),
        Output::Yaml => print(&yaml(thing)?),
        Output::Name => print(thing.get("id").and_then(Value::as_str).unwrap_or_default()),
        Output::Csv | Output::Xlsx => {
            return Err(Fault::BadParameters { why: texts::for_lists_only() });
        }
    }
    Ok(())
}

fn yaml(value: &Value) -> Result<String, Fault> {
    let text = serde_saphyr::to_string(value).map_err(internal)?;
    Ok(text.trim_end().to_owned())
}

/// A table without lines; on a terminal it keeps to the width.
pub(crate) fn table(heads: Vec<&str>, rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if std::io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table.set_header(heads).add_rows(rows);
    table.trim_fmt()
}
