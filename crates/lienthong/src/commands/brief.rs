//! `lienthong brief`.

use std::process::ExitCode;

use model::id::encode_part;
use model::words::Language;
use operate::client::HubClient;
use operate::file_failed;
use operate::registry::items;
use operate::trouble::Trouble;
use serde_json::{Value, json};

use crate::cli::{Brief, Paper, PaperFormat};
use crate::commands::{columns, show};
use crate::language;
use crate::output::{print_bytes, say_words};
use crate::texts;

/// `lienthong brief`.
pub(super) async fn run(command: Brief) -> Result<ExitCode, Trouble> {
    match command {
        Brief::Now { officer, output } => {
            let answer = HubClient::at(&officer.path)?.get("api/v1/situation").await?;
            let figures = answer.get("figures").and_then(Value::as_object).into_iter().flatten();
            let line = |(topic, things): (&String, &Value)| {
                let count = things.as_array().map_or(0, Vec::len);
                json!({ "figure": topic, "count": count })
            };
            match output {
                crate::cli::Output::Json | crate::cli::Output::Yaml => {
                    show::one(&answer, output, ToString::to_string)?;
                }
                _ => show::list(
                    "Situation",
                    columns::SITUATION,
                    &figures.map(line).collect::<Vec<_>>(),
                    output,
                )?,
            }
        }
        Brief::List { officer, output } => {
            let found = items(&HubClient::at(&officer.path)?, "api/v1/briefs?limit=104").await?;
            show::list("Brief", columns::BRIEFS, &found, output)?;
        }
        Brief::Make { officer, reason, paper } => {
            let client = HubClient::at(&officer.path)?;
            let made = client.post("api/v1/briefs", &json!({ "reason": reason })).await?;
            let id = made.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            say_words(&texts::brief_made(&id));
            get(&client, &id, &paper).await?;
        }
        Brief::Get { officer, id, paper } => get(&HubClient::at(&officer.path)?, &id, &paper).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Hands out a brief in the form that is wanted.
async fn get(client: &HubClient, id: &str, paper: &Paper) -> Result<(), Trouble> {
    let format = match paper.format {
        PaperFormat::Json => "json",
        PaperFormat::Pdf => "pdf",
        PaperFormat::Docx => "docx",
        PaperFormat::Xlsx => "xlsx",
    };
    let lang = if language::chosen() == Language::Vi { "vi" } else { "en" };
    let path = format!("api/v1/briefs/{}?format={format}&lang={lang}", encode_part(id));
    let answer = client.fetch(&path).await?;
    match &paper.out {
        Some(out) => std::fs::write(out, &answer.body).map_err(|error| file_failed(out, &error))?,
        None => print_bytes(&answer.body),
    }
    Ok(())
}
