//! `lienthong apply`, `diff`, `export`, `audit`: the registry as a whole.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use hub::audit::change::{Change, Trail};
use hub::kinds::{Document, Kind};
use hub::registry::write::{Effect, Outcome};
use model::fault::Fault;
use operate::client::HubClient;
use operate::registry::{items, send};
use operate::trouble::Trouble;
use operate::{file_failed, input, internal};
use serde_json::{Value, json};

use crate::cli::{self, Format};
use crate::language::Told as _;
use crate::output::print;
use crate::texts;

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
    let mut text = String::new();
    for effect in effects(answer)?.iter().filter(|effect| effect.outcome != Outcome::Unchanged) {
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
    text.push_str(&summary(answer, dry_run)?);
    Ok(text)
}

/// How much of it was done or would be.
pub(crate) fn summary(answer: &Value, dry_run: bool) -> Result<String, Fault> {
    let effects = effects(answer)?;
    let count = |outcome| effects.iter().filter(|effect| effect.outcome == outcome).count();
    let (created, updated, unchanged) =
        (count(Outcome::Created), count(Outcome::Updated), count(Outcome::Unchanged));
    let told = if dry_run {
        texts::would_change(created, updated, unchanged)
    } else {
        texts::changed(created, updated, unchanged)
    };
    Ok(told.told())
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
        "{}, {}",
        texts::entries(trail.entries).told(),
        texts::without_digest(trail.unchained).told()
    )];
    lines.push(match trail.broken_at {
        Some(number) => texts::trail_broken(number).told(),
        None => format!("{}; {} {}", texts::whole().told(), texts::last_digest().told(), trail.head),
    });
    if !kept {
        lines.push(texts::trail_rewritten().told());
    }
    lines.join("\n")
}

/// Longest wait for nodes to take over what an officer has decided, and the pause between two looks.
const HELD_WITHIN: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Waits until the nodes that `whom` (`grant=…`, `service=…`) matters to decide from a directory, and tells which do and which do not
/// yet. Those that do not are told by name when the time is over: what was decided does not hold at them so far.
pub(crate) async fn tell_holding(client: &HubClient, answer: &Value, whom: &str) -> Result<(), Trouble> {
    let revision = answer.get("revision").and_then(Value::as_u64).unwrap_or_default();
    let until = Instant::now() + HELD_WITHIN;
    loop {
        let told = client.get(&format!("api/v1/directory/holding?revision={revision}&{whom}")).await?;
        let count = |name: &str| told.get(name).and_then(Value::as_u64).unwrap_or_default();
        if count("held") == count("of") || Instant::now() >= until {
            print(&holding_text(revision, count("held"), count("of"), told.get("not_yet")));
            return Ok(());
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

fn holding_text(revision: u64, held: u64, of: u64, behind: Option<&Value>) -> String {
    let mut text = texts::held_by(revision, held, of).told();
    for node in behind.and_then(Value::as_array).into_iter().flatten() {
        let of = |name: &str| {
            node.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        };
        let (name, at) = (of("node").unwrap_or_default(), of("at").filter(|at| at != "null"));
        let _ = write!(text, "\n  {}: {name}", texts::not_yet().told());
        if let (Some(at), Some(revision)) = (at, of("revision")) {
            let _ = write!(text, " ({revision}, {at})");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_hold_it_yet_is_named() {
        let behind = json!([{ "node": "VN/GOV/G01/nut-1", "revision": 6, "at": "2026-11-29T04:00:00Z" }, { "node": "VN/GOV/G01/nut-2", "revision": null, "at": null }]);
        let text = holding_text(7, 1, 3, Some(&behind));
        assert!(text.contains("1/3 nút") && text.contains("nut-1 (6, 2026-11-29T04:00:00Z)"), "{text}");
        assert!(text.ends_with("chưa nhận: VN/GOV/G01/nut-2"), "{text}");
    }
}
