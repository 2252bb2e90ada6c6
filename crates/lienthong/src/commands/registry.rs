//! `lienthong apply`, `diff`, `export`, `audit`: the registry as a whole.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hub::change::{Change, Trail};
use hub::registry::apply::{Effect, Outcome};
use hub::registry::{Document, Kind};
use model::fault::Fault;
use serde_json::{Value, json};

use crate::cli::{self, Format};
use crate::client::HubClient;
use crate::commands::node::file_failed;
use crate::input;
use crate::output::{Trouble, print};

/// Loads documents from files.
pub(super) async fn apply(apply: &cli::Apply) -> Result<ExitCode, Trouble> {
    let documents = read_all(&apply.files)?;
    let client = HubClient::at(&apply.officer.path)?;
    let answer = send(&client, &documents, &apply.reason, apply.dry_run).await?;
    match apply.output {
        Format::Json => print(&answer.to_string()),
        Format::Text => print(&tell(&answer, apply.dry_run)?),
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells where files differ from the registry. The exit code is 1 if they do.
pub(super) async fn diff(diff: &cli::Diff) -> Result<ExitCode, Trouble> {
    let documents = read_all(&diff.files)?;
    let client = HubClient::at(&diff.officer.path)?;
    let answer = send(&client, &documents, "diff", true).await?;
    match diff.output {
        Format::Json => print(&answer.to_string()),
        Format::Text => print(&tell(&answer, true)?),
    }
    let same = effects(&answer)?.iter().all(|effect| effect.outcome == Outcome::Unchanged);
    Ok(if same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read_all(paths: &[PathBuf]) -> Result<Vec<Document>, Fault> {
    let mut documents = Vec::new();
    for path in paths {
        documents.extend(read(path)?);
    }
    Ok(documents)
}

fn effects(answer: &Value) -> Result<Vec<Effect>, Fault> {
    serde_json::from_value(answer.get("effects").cloned().unwrap_or_default()).map_err(internal)
}

/// Documents of one transaction.
const TOGETHER: usize = 20_000;

/// Sends documents to the hub, so many together, in the order in which kinds name one another. What has arrived stays: whoever sends
/// the same files again goes on behind it.
pub(crate) async fn send(
    client: &HubClient,
    documents: &[Document],
    reason: &str,
    dry_run: bool,
) -> Result<Value, Trouble> {
    let mut ordered: Vec<&Document> = documents.iter().collect();
    ordered.sort_by_key(|document| document.kind());
    let mut answer = json!({ "effects": [] });
    let mut effects: Vec<Value> = Vec::new();
    let parts = ordered.len().div_ceil(TOGETHER).max(1);
    for number in 0..parts {
        let part: Vec<_> = ordered.iter().skip(number * TOGETHER).take(TOGETHER).collect();
        let body = json!({ "documents": part, "reason": reason, "dry_run": dry_run });
        answer = client.post("api/v1/apply", &body).await?;
        if let Some(Value::Array(more)) = answer.get_mut("effects").map(Value::take) {
            effects.extend(more);
        }
        if parts > 1 {
            tracing::info!(part = number + 1, of = parts, "documents sent");
        }
    }
    if let Some(all) = answer.get_mut("effects") {
        *all = Value::Array(effects);
    }
    Ok(answer)
}

/// The documents in a file, or in all `.yaml` and `.yml` files of a folder and those below it.
pub(crate) fn read(path: &Path) -> Result<Vec<Document>, Fault> {
    let mut files = Vec::new();
    find(path, &mut files)?;
    let mut documents = Vec::new();
    for file in files {
        documents.extend(input::documents::<Document>(&file.display().to_string(), &input::text(&file)?)?);
    }
    Ok(documents)
}

fn find(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Fault> {
    // All else can be read, or says why not: files, pipes, standard input.
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).map_err(|error| file_failed(path, &error))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort_unstable();
    for path in paths {
        let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        if path.is_dir() || is_yaml {
            find(&path, files)?;
        }
    }
    Ok(())
}

/// What was done or would be, for people.
pub(crate) fn tell(answer: &Value, dry_run: bool) -> Result<String, Fault> {
    let effects = effects(answer)?;
    let mut text = String::new();
    let count = |outcome| effects.iter().filter(|effect| effect.outcome == outcome).count();
    for effect in effects.iter().filter(|effect| effect.outcome != Outcome::Unchanged) {
        let sign = match effect.outcome {
            Outcome::Created => '+',
            Outcome::Removed => '-',
            _ => '~',
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{sign} {} {}", effect.kind, effect.name);
        for (member, (old, new)) in &effect.differences {
            let _ = writeln!(text, "    {member}: {old} -> {new}");
        }
    }
    let (created, updated, unchanged) =
        (count(Outcome::Created), count(Outcome::Updated), count(Outcome::Unchanged));
    let _ = if dry_run {
        write!(
            text,
            "Sẽ tạo {created}, sửa {updated}, giữ {unchanged}; chưa có gì thay đổi. | Would create {created}, update {updated}, leave {unchanged}; nothing was changed."
        )
    } else {
        write!(
            text,
            "Đã tạo {created}, sửa {updated}, giữ {unchanged}. | Created {created}, updated {updated}, left {unchanged}."
        )
    };
    Ok(text)
}

/// Writes the whole registry as documents: applied to it, they change nothing. The audit trail is not among them.
pub(super) async fn export(export: &cli::Export) -> Result<ExitCode, Trouble> {
    let client = HubClient::at(&export.officer.path)?;
    let mut documents: Vec<Document> = Vec::new();
    for kind in Kind::ALL {
        for item in items(&client, &format!("api/v1/registry/{}?limit=500", kind.plural())).await? {
            documents.push(Document::read(*kind, item).map_err(internal)?);
        }
    }
    let text = serde_saphyr::to_string_multiple(&documents).map_err(internal)?;
    match &export.out {
        Some(path) => std::fs::write(path, text).map_err(|error| file_failed(path, &error))?,
        None => print(text.trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads the whole audit trail and checks, here and not at the hub, that each entry follows on the one before. The exit code is 1
/// if one does not, or if the digest that was kept is not among them.
pub(super) async fn audit(audit: &cli::Audit) -> Result<ExitCode, Trouble> {
    let client = HubClient::at(&audit.officer.path)?;
    let mut trail = Trail::default();
    let mut kept = audit.kept.is_none();
    let mut entries = Vec::new();
    for item in items(&client, "api/v1/changes").await? {
        let change: Change = serde_json::from_value(item.clone()).map_err(internal)?;
        trail.take(&change);
        kept |= change.chain == audit.kept;
        if audit.entries {
            match audit.output {
                Format::Json => entries.push(item),
                Format::Text => print(&line(&change)),
            }
        }
    }
    let whole = trail.broken_at.is_none() && kept;
    match audit.output {
        Format::Json => {
            let kept = audit.kept.as_ref().map(|_| kept);
            let entries = audit.entries.then_some(entries);
            let told = json!({ "trail": trail, "kept_found": kept, "whole": whole, "entries": entries });
            print(&told.to_string());
        }
        Format::Text => print(&tell_trail(&trail, kept)),
    }
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// An entry of the audit trail on one line.
pub(super) fn line(change: &Change) -> String {
    let Change { at, who, act, kind, subject, why, .. } = change;
    format!("{at}  {who}  {act} {kind} {subject}  ({why})")
}

fn tell_trail(trail: &Trail, kept: bool) -> String {
    let mut lines = vec![format!(
        "{} mục | entries, {} chưa có mã băm (ghi bởi bản cũ) | without a digest (of an older version)",
        trail.entries, trail.unchained
    )];
    lines.push(match trail.broken_at {
        Some(number) => format!(
            "HỎNG từ mục {number}: đã bị sửa hoặc bị bỏ | BROKEN from entry {number}: changed or taken away"
        ),
        None => format!("nguyên vẹn | whole; mã băm cuối | last digest {}", trail.head),
    });
    if !kept {
        lines.push("Mã băm đã giữ không còn trong chuỗi: vết đã bị viết lại. | The digest that was kept is not in the chain: the trail was written anew.".to_owned());
    }
    lines.join("\n")
}

pub(super) fn internal(error: impl std::fmt::Display) -> Fault {
    Fault::Internal { why: error.to_string() }
}

/// Everything of a list, page by page.
pub(crate) async fn items(client: &HubClient, base: &str) -> Result<Vec<Value>, Trouble> {
    let mut items = Vec::new();
    let mut path = base.to_owned();
    let and = if base.contains('?') { '&' } else { '?' };
    loop {
        let mut page = client.get(&path).await?;
        items.extend(
            page.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default(),
        );
        match page.get("next") {
            Some(Value::String(next)) => path = format!("{base}{and}after={}", model::id::encode_part(next)),
            Some(Value::Number(next)) => path = format!("{base}{and}after={next}"),
            _ => return Ok(items),
        }
    }
}

/// Revokes a grant.
pub(crate) async fn revoke(client: &HubClient, id: &str, reason: &str) -> Result<Value, Trouble> {
    client
        .post(&format!("api/v1/grants/{}/revoke", model::id::encode_part(id)), &json!({ "reason": reason }))
        .await
}
