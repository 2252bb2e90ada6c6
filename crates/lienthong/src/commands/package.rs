//! `lienthong package`: datasets on media, ordered, made, checked and opened.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use exchange::StateFolder;
use exchange::package::{Manifest, PackageService, Progress, Wanted};
use model::fault::Fault;
use operate::file_failed;
use operate::setup::read_settings;
use operate::trouble::Trouble;
use serde_json::json;

use crate::cli::{Format, Package};
use crate::language::Told as _;
use crate::output::{print, print_words, say};
use crate::texts;

/// Runs one command.
pub(super) async fn run(command: Package) -> Result<ExitCode, Trouble> {
    match command {
        Package::Order { dir, client, service, purpose, user, filters, out } => {
            let filters: BTreeMap<String, String> = filters.into_iter().collect();
            let wanted = Wanted { client, service, purpose, user, filters };
            let id = open(&dir).await?.order(&wanted, &out).await?;
            print(&format!("{} {id}: {}", texts::order().told(), out.display()));
            print_words(&texts::send_order());
        }
        Package::Make { dir, order, out, contract, output } => {
            let made = open(&dir).await?.make(&order, &out, contract.as_deref(), tell).await?;
            show(&made, output);
        }
        Package::Verify { dir, package, output } => show(&open(&dir).await?.verify(&package, tell)?, output),
        Package::Open { dir, package, out, output } => {
            show(&open(&dir).await?.unpack(&package, &out, tell).await?, output);
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn open(dir: &Path) -> Result<PackageService, Fault> {
    let dir = std::path::absolute(dir).map_err(|error| file_failed(dir, &error))?;
    let settings = read_settings(&dir)?;
    PackageService::open(StateFolder(dir), settings).await
}

fn tell(progress: Progress) {
    say(&format!("{}, {}", texts::parts(progress.parts).told(), texts::records(progress.records).told()));
}

fn show(manifest: &Manifest, output: Format) {
    if output == Format::Json {
        print(&json!(manifest).to_string());
        return;
    }
    let Manifest { service, records, parts, from, to, fields, unavailable, .. } = manifest;
    print(&format!(
        "{}\n  {}, {}\n  {} {from} – {to}\n  {}: {}",
        service.id,
        texts::records(*records).told(),
        texts::parts(parts.len()).told(),
        texts::read().told(),
        texts::fields().told(),
        fields.join(", ")
    ));
    if !unavailable.is_empty() {
        print(&format!("  {}: {}", texts::not_in_source().told(), unavailable.join(", ")));
    }
}
