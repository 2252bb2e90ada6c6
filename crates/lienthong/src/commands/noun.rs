//! `lienthong agency|db|duty|term … list|get|put|remove|history`: what can be done with everything in the registry.

use std::collections::HashMap;
use std::path::Path;
use std::process::ExitCode;

use hub::audit::change::Change;
use hub::kinds::{Document, Kind};
use hub::sheet::cell;
use model::fault::{Fault, Words};
use model::id::encode_part;
use operate::client::HubClient;
use operate::registry::items;
use operate::trouble::Trouble;
use operate::{input, internal};
use serde_json::{Value, json};

use crate::cli::{Format, Output, Verb};
use crate::commands::registry::{line, tell};
use crate::commands::show::table as show_table;
use crate::commands::{columns, names};
use crate::language::{self, Told as _};
use crate::output::{print, print_bytes, print_words};
use crate::texts;

/// How a file says which state it is based on. `get` writes it.
const TAG: &str = "# tag: ";

/// Does it.
pub(super) async fn run(kind: Kind, verb: Verb) -> Result<ExitCode, Trouble> {
    match verb {
        Verb::List { officer, filter, limit, output } => {
            list(&HubClient::at(&officer.path)?, kind, &filter, limit, output).await?;
        }
        Verb::Get { officer, id, output } => {
            let answer = HubClient::at(&officer.path)?.fetch(&address(kind, &id)).await?;
            let tag = answer.tag.as_deref().map(|tag| format!("{TAG}{tag}\n")).unwrap_or_default();
            show(kind, &[answer.json()], output, &tag)?;
        }
        Verb::Put { officer, file, reason, overwrite, dry_run, output } => {
            let answer =
                put(&HubClient::at(&officer.path)?, kind, &file, &reason, overwrite, dry_run).await?;
            match output {
                Format::Json => print(&answer.to_string()),
                Format::Text => print(&tell(&answer, dry_run)?),
            }
        }
        Verb::Remove { officer, id, reason } => {
            let path = format!("{}?reason={}", address(kind, &id), encode_part(&reason));
            HubClient::at(&officer.path)?.delete(&path).await?;
            print_words(&texts::removed(&id));
        }
        Verb::History { officer, id, output } => {
            let client = HubClient::at(&officer.path)?;
            let entries = items(&client, &format!("{}/history", address(kind, &id))).await?;
            if output == Format::Json {
                print(&json!({ "items": entries }).to_string());
                return Ok(ExitCode::SUCCESS);
            }
            for entry in entries {
                let change: Change = serde_json::from_value(entry).map_err(internal)?;
                print(&line(&change));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn address(kind: Kind, id: &str) -> String {
    format!("api/v1/registry/{}/{}", kind.plural(), encode_part(id))
}

async fn list(
    client: &HubClient,
    kind: Kind,
    filters: &[String],
    limit: Option<u32>,
    output: Output,
) -> Result<(), Trouble> {
    let mut path = format!("api/v1/registry/{}?", kind.plural());
    for filter in filters {
        let (name, value) = filter.split_once('=').ok_or_else(|| Fault::BadParameters {
            why: Words::quoted(format!("--filter {filter}: NAME=VALUE")),
        })?;
        path.push_str(&format!("{}={}&", encode_part(name), encode_part(value)));
    }
    if matches!(output, Output::Csv | Output::Xlsx) {
        let format = if output == Output::Csv { "csv" } else { "xlsx" };
        path.push_str(&format!("format={format}"));
        if let Some(limit) = limit {
            path.push_str(&format!("&limit={limit}"));
        }
        let answer = client.fetch(&path).await?;
        print_bytes(&answer.body);
        return Ok(());
    }
    let found = match limit {
        Some(limit) => {
            let page = client.get(&format!("{path}limit={}", limit.min(500))).await?;
            page.get("items").and_then(Value::as_array).cloned().unwrap_or_default()
        }
        None => items(client, &format!("{path}limit=500")).await?,
    };
    if output == Output::Table {
        let mut found = observed(client, kind, found).await?;
        names::put(client, &mut found, output).await;
        print(&table(kind, &found));
        return Ok(());
    }
    Ok(show(kind, &found, output, "")?)
}

fn show(kind: Kind, items: &[Value], output: Output, before: &str) -> Result<(), Fault> {
    match output {
        Output::Json if before.is_empty() => print(&json!({ "items": items }).to_string()),
        Output::Json => items.iter().for_each(|item| print(&item.to_string())),
        Output::Name => items.iter().for_each(|item| print(name(item))),
        Output::Yaml => {
            let documents = items.iter().map(|item| Document::read(kind, item.clone()));
            let documents: Vec<Document> = documents.collect::<Result<_, _>>().map_err(internal)?;
            let text = serde_saphyr::to_string_multiple(&documents).map_err(internal)?;
            print(&format!("{before}{}", text.trim_end()));
        }
        _ => print(&table(kind, items)),
    }
    Ok(())
}

fn name(item: &Value) -> &str {
    let member = |name: &str| item.get(name).and_then(Value::as_str);
    member("id").or_else(|| member("code")).unwrap_or_default()
}

/// The columns that people most ask for, as paths into the thing.
pub(super) fn brief(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Agency => &["name.vi", "id", "parent"],
        Kind::System | Kind::Service => &["name.vi", "id"],
        Kind::Node => &["id", "address", "systems"],
        Kind::CodeList => &["name.vi", "id", "owner"],
        Kind::Contract => &["id", "service", "odcs.status"],
        Kind::Crosswalk => &["id", "from", "to"],
        Kind::Purpose => &["name.vi", "code"],
        Kind::LegalBasis => &["citation", "code", "ground"],
        Kind::Term => &[
            "versions.-1.name.vi",
            "id",
            "versions.-1.version",
            "versions.-1.status",
            "versions.-1.owned_by",
        ],
        // A deadline stands beside what is observed: it says whether the day is kept.
        Kind::Database => {
            &["name.vi", "id", "owner", "standing", "declared.stage", "observed", "deadline", "time_left.vi"]
        }
        Kind::Duty => &[
            "datum",
            "id",
            "progress.holder",
            "receivers",
            "basis",
            "progress.met",
            "entry.deadline",
            "progress.time_left.vi",
        ],
        Kind::RulePack | Kind::ReusePack => &["name.vi", "id", "second_hand"],
        Kind::Scope => &["name.vi", "id", "service", "valid_to"],
        Kind::Procedure => &["name.vi", "id", "owner", "valid_to"],
        Kind::Grant => &["id", "client", "service", "valid_to"],
        Kind::Directive => &["number", "id", "title.vi", "issued", "second_hand"],
        Kind::Task => &["id", "text.vi", "lead", "deadline", "second_hand"],
    }
}

/// What must never be taken for official, said beside the thing.
fn mark(kind: Kind, item: &Value) -> String {
    let is = |path: &str, value: &str| cell(item, path) == value;
    let mark = match kind {
        Kind::CodeList if is("assumed", "true") => texts::codes_assumed(),
        Kind::Term if is("versions.-1.assumed", "true") => texts::assumed(),
        Kind::Agency if is("assumed_code", "true") => texts::assumed_code(),
        _ => return String::new(),
    };
    mark.told()
}

fn table(kind: Kind, items: &[Value]) -> String {
    let (columns, language) = (columns::in_language(brief(kind), language::chosen()), language::chosen());
    let heads: Vec<String> = columns.iter().map(|path| columns::title(path, language)).collect();
    let heads = heads.iter().map(String::as_str).chain([""]).collect();
    let value = |item, path: &&str| columns::value(item, path, language);
    let row = |item| columns.iter().map(|path| value(item, path)).chain([mark(kind, item)]).collect();
    show_table(heads, items.iter().map(row).collect())
}

/// Of databases and duties what is observed as well: it stands beside what was declared.
async fn observed(client: &HubClient, kind: Kind, found: Vec<Value>) -> Result<Vec<Value>, Trouble> {
    let (path, name) = match kind {
        Kind::Database => ("api/v1/databases", "id"),
        Kind::Duty => ("api/v1/duties?limit=100", "entry.id"),
        _ => return Ok(found),
    };
    let seen = items(client, path).await?;
    let mut seen: HashMap<String, Value> = seen.into_iter().map(|line| (cell(&line, name), line)).collect();
    let beside = |mut item: Value| {
        if let (Some(Value::Object(more)), Some(members)) =
            (seen.remove(&cell(&item, "id")), item.as_object_mut())
        {
            members.extend(more);
        }
        item
    };
    Ok(found.into_iter().map(beside).collect())
}

/// Puts the one document of a file into the registry. Of a thing that is there, the file must say which state it is based on.
async fn put(
    client: &HubClient,
    kind: Kind,
    file: &Path,
    reason: &str,
    overwrite: bool,
    dry_run: bool,
) -> Result<Value, Trouble> {
    let text = input::text(file)?;
    let place = file.display().to_string();
    let documents: Vec<Document> = input::documents(&place, &text)?;
    let [document] = documents.as_slice() else {
        let why = texts::one_document(documents.len());
        return Err(Fault::BadDocument { place: Words::quoted(place), why }.into());
    };
    if document.kind() != kind {
        let why = texts::other_kind(document.kind().word(), kind.word());
        return Err(Fault::BadDocument { place: Words::quoted(place), why }.into());
    }
    let address = address(kind, document.name());
    let mut tag = text.lines().find_map(|line| line.strip_prefix(TAG)).map(|tag| tag.trim().to_owned());
    if overwrite {
        tag = match client.fetch(&address).await {
            Ok(answer) => answer.tag,
            Err(Trouble::Hub { status, .. }) if status.as_u16() == 404 => None,
            Err(trouble) => return Err(trouble),
        };
    }
    let quoted = tag.map(|tag| format!("\"{tag}\""));
    let seen = match &quoted {
        Some(tag) => ("if-match", tag.as_str()),
        None => ("if-none-match", "*"),
    };
    let body = json!({ "members": document.members()?, "reason": reason, "dry_run": dry_run });
    client.put(&address, &[seen], &body).await
}
