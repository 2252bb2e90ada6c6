//! `lienthong dictionary`: the whole dictionary, as others keep dictionaries.

use std::process::ExitCode;

use model::fault::{Fault, Words};
use model::id::encode_part;
use operate::client::HubClient;
use operate::trouble::Trouble;
use operate::{file_failed, input};

use crate::cli::{Dictionary, DictionaryFormat};
use crate::commands::registry::tell;
use crate::output::print;

/// Runs one command.
pub(super) async fn run(command: Dictionary) -> Result<ExitCode, Trouble> {
    match command {
        Dictionary::Export { officer, format, out } => {
            let word = match format {
                DictionaryFormat::Csv => "csv",
                DictionaryFormat::Xlsx => "xlsx",
                DictionaryFormat::Json => "json",
                DictionaryFormat::Turtle => "turtle",
                DictionaryFormat::Jsonld => "jsonld",
            };
            let answer =
                HubClient::at(&officer.path)?.fetch(&format!("api/v1/dictionary?format={word}")).await?;
            std::fs::write(&out, &answer.body).map_err(|error| file_failed(&out, &error))?;
            print(&format!("{}: {} byte", out.display(), answer.body.len()));
        }
        Dictionary::Import { officer, file, reason, dry_run } => {
            let end = file.extension().and_then(|end| end.to_str()).unwrap_or_default();
            let format = match end {
                "csv" => "csv",
                "xlsx" => "xlsx",
                "ttl" => "turtle",
                _ => {
                    let place = Words::quoted(file.display());
                    return Err(Fault::BadDocument { place, why: Words::quoted(".csv, .xlsx, .ttl") }.into());
                }
            };
            let bytes = input::bytes(&file)?;
            let path = format!(
                "api/v1/dictionary?format={format}&reason={}&dry_run={dry_run}",
                encode_part(&reason)
            );
            let answer = HubClient::at(&officer.path)?.upload(&path, bytes).await?;
            print(&tell(&answer, dry_run)?);
        }
    }
    Ok(ExitCode::SUCCESS)
}
