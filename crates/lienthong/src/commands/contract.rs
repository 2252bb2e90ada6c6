//! `lienthong contract`: contracts of the Open Data Contract Standard.

use std::process::ExitCode;

use hub::kinds::Kind;
use model::id::encode_part;
use operate::client::HubClient;
use operate::input;
use operate::trouble::Trouble;
use serde_json::Value;

use crate::cli::{Contract, Format};
use crate::commands::noun;
use crate::commands::registry::tell;
use crate::language::Told as _;
use crate::output::print;
use crate::texts;

/// Runs one command.
pub(super) async fn run(command: Contract) -> Result<ExitCode, Trouble> {
    match command {
        Contract::Verb(verb) => return noun::run(Kind::Contract, verb).await,
        Contract::Import { officer, file, service, reason, dry_run } => {
            let bytes = input::bytes(&file)?;
            let service = encode_part(service.as_str());
            let path = format!(
                "api/v1/contracts?service={service}&reason={}&dry_run={dry_run}",
                encode_part(&reason)
            );
            let answer = HubClient::at(&officer.path)?.upload(&path, bytes).await?;
            print(&tell(&answer, dry_run)?);
        }
        Contract::Export { officer, id } => {
            let path = format!("api/v1/contracts/{}", encode_part(&id));
            show(&HubClient::at(&officer.path)?.fetch(&path).await?.body);
        }
        Contract::Draft { officer, service } => {
            let path = format!("api/v1/services/{}/contract-draft", encode_part(service.as_str()));
            show(&HubClient::at(&officer.path)?.fetch(&path).await?.body);
        }
        Contract::Diff { officer, old, new, output } => {
            let path =
                format!("api/v1/contracts/{}/differences?with={}", encode_part(&old), encode_part(&new));
            let answer = HubClient::at(&officer.path)?.get(&path).await?;
            match output {
                Format::Json => print(&answer.to_string()),
                Format::Text => print(&told(&answer)),
            }
            let breaks = answer.get("breaking").and_then(Value::as_bool) == Some(true);
            return Ok(if breaks { ExitCode::FAILURE } else { ExitCode::SUCCESS });
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show(bytes: &[u8]) {
    print(String::from_utf8_lossy(bytes).trim_end());
}

fn told(answer: &Value) -> String {
    let items = answer.get("items").and_then(Value::as_array).into_iter().flatten();
    let lines: Vec<String> = items
        .map(|change| {
            let text = |name: &str| change.get(name).and_then(Value::as_str).unwrap_or_default();
            let breaks = change.get("breaking").and_then(Value::as_bool) == Some(true);
            let (sign, mark) = if breaks { ('✘', texts::breaking()) } else { ('✔', texts::compatible()) };
            format!(
                "{}  {}: {} -> {}  {sign} {}",
                text("field"),
                text("what"),
                text("before"),
                text("after"),
                mark.told()
            )
        })
        .collect();
    if lines.is_empty() { texts::no_difference().told() } else { lines.join("\n") }
}
