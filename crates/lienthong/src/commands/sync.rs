//! `lienthong sync`: copies of others' datasets that a node keeps in step.

use std::path::Path;
use std::process::ExitCode;

use exchange::copies::{check_copy, copies, held_records};
use exchange::{CopySettings, NodeSettings, StateFolder};
use model::fault::{Fault, Words};
use operate::setup::read_settings;
use operate::trouble::Trouble;
use operate::{file_failed, internal};
use serde_json::Value;

use crate::cli::{NewCopy, Sync};
use crate::commands::show;
use crate::language::Told as _;
use crate::output::{print, print_words};
use crate::texts;

/// Runs one command.
pub(super) async fn run(command: Sync) -> Result<ExitCode, Trouble> {
    match command {
        Sync::Create { node, copy } => create(&node_at(&node.dir)?, copy).await?,
        Sync::List { node, output } => {
            let folder = node_at(&node.dir)?;
            let standing = copies(&folder, &read_settings(&folder.0)?)?;
            let items: Result<Vec<Value>, _> = standing.iter().map(serde_json::to_value).collect();
            let columns =
                ["service", "table", "state", "verified_until", "held_records", "trouble.vi", "trouble.en"];
            show::list("copies", &columns, &items.map_err(internal)?, output)?;
        }
        Sync::Held { node, service, table, output } => {
            let folder = node_at(&node.dir)?;
            let settings = read_settings(&folder.0)?;
            let is_meant = |copy: &&CopySettings| {
                copy.service == service && table.as_ref().is_none_or(|table| copy.table == *table)
            };
            let copy = settings.copies.iter().find(is_meant);
            let copy = copy.ok_or_else(|| Fault::NotInRegistry { subject: service.to_string() })?;
            let held = held_records(copy).await?;
            let items: Result<Vec<Value>, _> = held.iter().map(serde_json::to_value).collect();
            show::list("held", &["key", "code", "says"], &items.map_err(internal)?, output)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn node_at(dir: &Path) -> Result<StateFolder, Fault> {
    Ok(StateFolder(std::path::absolute(dir).map_err(|error| file_failed(dir, &error))?))
}

async fn create(folder: &StateFolder, new: NewCopy) -> Result<(), Trouble> {
    let whole = |path: &Path| std::path::absolute(path).map_err(|error| file_failed(path, &error));
    let copy = CopySettings {
        service: new.service,
        client: new.client,
        purpose: new.purpose,
        target: match new.target.strip_prefix("sqlite:") {
            Some(path) => format!("sqlite:{}", whole(Path::new(path))?.display()),
            None => new.target,
        },
        password_env: new.password_env,
        password_file: new.password_file.as_deref().map(whole).transpose()?,
        table: new.table,
        every_seconds: new.every,
        verify_seconds: CopySettings::VERIFY_SECONDS,
    };
    let path = folder.settings();
    let old = std::fs::read_to_string(&path).map_err(|error| file_failed(&path, &error))?;
    let text = format!("{old}\n{}", copy.told()?);
    // What is wrong with it is told before anything is made.
    NodeSettings::read(&text, &folder.0)?;
    check_copy(folder, &copy).await?;
    trust::file::replace(&path, text.as_bytes()).map_err(|error| file_failed(&path, &error))?;
    print_words(&texts::wrote(path.display()));
    print(&format!("{}:", texts::next().told()));
    let steps: [Words; 2] = [texts::copy_at_start(), texts::copy_look(folder.0.display())];
    for (number, step) in (1..).zip(&steps) {
        print(&format!("  {number}. {}", step.told()));
    }
    Ok(())
}
