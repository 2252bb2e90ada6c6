//! `lienthong seed`: gives a hub what it can begin with.

use std::collections::{BTreeSet, HashSet};
use std::process::ExitCode;

use hub::kinds::{Document, Kind};
use operate::client::HubClient;
use operate::registry::{items, send};
use operate::seed::documents;
use operate::trouble::Trouble;

use crate::cli;
use crate::commands::registry::tell;
use crate::output::print;

/// What is there already stays as it is: somebody may have registered it.
pub(super) async fn run(seed: &cli::Seed) -> Result<ExitCode, Trouble> {
    let client = HubClient::at(&seed.officer.path)?;
    let mut documents = documents()?;
    let kinds: BTreeSet<Kind> = documents.iter().map(Document::kind).collect();
    for kind in kinds {
        let path = format!("api/v1/registry/{}?limit=500", kind.plural());
        let there: HashSet<String> = items(&client, &path)
            .await?
            .into_iter()
            .filter_map(|members| {
                Document::read(kind, members).ok().map(|document| document.name().to_owned())
            })
            .collect();
        documents.retain(|document| document.kind() != kind || !there.contains(document.name()));
    }
    let answer = send(&client, &documents, &seed.reason, seed.dry_run).await?;
    match seed.output {
        cli::Format::Json => print(&answer.to_string()),
        cli::Format::Text => print(&tell(&answer, seed.dry_run)?),
    }
    Ok(ExitCode::SUCCESS)
}
