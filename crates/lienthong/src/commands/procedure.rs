//! `lienthong procedure`: what procedures can do beside other documents.

use std::process::ExitCode;

use hub::kinds::Kind;
use model::id::encode_part;
use operate::client::HubClient;
use operate::registry::items;
use operate::trouble::Trouble;
use operate::{file_failed, input};
use serde_json::{Value, json};

use crate::cli::Procedure;
use crate::commands::registry::tell;
use crate::commands::{columns, noun, show};
use crate::output::print;

/// `lienthong procedure`.
pub(super) async fn run(command: Procedure) -> Result<ExitCode, Trouble> {
    match command {
        Procedure::Verb(verb) => return noun::run(Kind::Procedure, verb).await,
        Procedure::Show { officer, id: None, output } => {
            let client = HubClient::at(&officer.path)?;
            let found = items(&client, "api/v1/procedures?limit=100").await?;
            show::list_of(&client, "Procedure", columns::PROCEDURES, found, output.unwrap_or_default())
                .await?;
        }
        Procedure::Show { officer, id: Some(id), output } => {
            let path = format!("api/v1/procedures/{}", encode_part(&id));
            let answer = HubClient::at(&officer.path)?.get(&path).await?;
            show::one(&answer, output.unwrap_or(crate::cli::Output::Yaml), ToString::to_string)?;
        }
        Procedure::Check { officer, id, output } => {
            let path = format!("api/v1/procedures/{}/check", encode_part(&id));
            let answer = HubClient::at(&officer.path)?.post(&path, &json!({})).await?;
            let found = answer.get("findings").and_then(Value::as_array).cloned().unwrap_or_default();
            show::list("Finding", columns::FINDINGS, &found, output)?;
            let sound = answer.get("sound") == Some(&Value::Bool(true));
            return Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(1) });
        }
        Procedure::Published { officer, output } => {
            let answer = HubClient::at(&officer.path)?.get("api/v1/publications").await?;
            show::one(&answer, output, ToString::to_string)?;
        }
        Procedure::Export { officer, out } => {
            let answer = HubClient::at(&officer.path)?.fetch("api/v1/procedure-book").await?;
            std::fs::write(&out, &answer.body).map_err(|error| file_failed(&out, &error))?;
            print(&format!("{}: {} byte", out.display(), answer.body.len()));
        }
        Procedure::Import { officer, file, reason, dry_run } => {
            let bytes = input::bytes(&file)?;
            let path = format!("api/v1/procedure-book?reason={}&dry_run={dry_run}", encode_part(&reason));
            let answer = HubClient::at(&officer.path)?.upload(&path, bytes).await?;
            print(&tell(&answer, dry_run)?);
        }
    }
    Ok(ExitCode::SUCCESS)
}
