//! `lienthong suspension`, `usage`, `search`, and what databases, duties, code lists and grants can do beside other documents.

use std::path::Path;
use std::process::ExitCode;

use hub::kinds::Kind;
use model::id::encode_part;
use operate::client::HubClient;
use operate::input;
use operate::registry::{items, revoke};
use operate::trouble::Trouble;
use serde_json::{Value, json};

use crate::cli::{
    Codelist, Crosswalk, Database, Duty, Grant, Graph, Output, Pairs, Search, Suspension, Usage, Why,
};
use crate::commands::registry::{summary, tell, tell_holding};
use crate::commands::{columns, names, noun, overview, show};
use crate::language;
use crate::output::{print, print_bytes, print_words, say_words};
use crate::texts;

/// `lienthong db`.
pub(super) async fn database(command: Database) -> Result<ExitCode, Trouble> {
    match command {
        Database::Verb(verb) => return noun::run(Kind::Database, verb).await,
        Database::Status { officer, id: None, output } => {
            let client = HubClient::at(&officer.path)?;
            let found = items(&client, "api/v1/databases").await?;
            let output = output.unwrap_or_default();
            show::list_of(&client, "Database", columns::DATABASES, found, output).await?;
        }
        Database::Status { officer, id: Some(id), output } => {
            let answer =
                HubClient::at(&officer.path)?.get(&format!("api/v1/databases/{}", encode_part(&id))).await?;
            show::one(&answer, output.unwrap_or(Output::Yaml), ToString::to_string)?;
        }
        Database::Overlap { officer, id, output } => {
            let of = id.map(|id| format!("?database={}", encode_part(&id))).unwrap_or_default();
            let answer = HubClient::at(&officer.path)?.get(&format!("api/v1/overlaps{of}")).await?;
            if matches!(output, Output::Json | Output::Yaml) {
                show::one(&answer, output, ToString::to_string)?;
            } else {
                let pairs = answer.get("pairs").and_then(Value::as_array).cloned().unwrap_or_default();
                show::list("Overlap", columns::OVERLAPS, &pairs, output)?;
            }
        }
        deed @ (Database::Claims { .. } | Database::Confirm { .. } | Database::TakeBack { .. }) => {
            confirmation(deed).await?;
        }
        Database::Lists { officer, output } => lists(&HubClient::at(&officer.path)?, output).await?,
        Database::Import { officer, list, file, act, source, reason, dry_run } => {
            let mut path = format!("api/v1/official-lists/{}?", encode_part(&list));
            for (name, value) in [("act", act), ("source", source), ("reason", Some(reason))] {
                if let Some(value) = value {
                    path.push_str(&format!("{name}={}&", encode_part(&value)));
                }
            }
            import(&HubClient::at(&officer.path)?, &path, input::bytes(&file)?, dry_run).await?;
        }
        Database::Catalogue { officer, format } => {
            let word = if format == Graph::Turtle { "turtle" } else { "jsonld" };
            let answer =
                HubClient::at(&officer.path)?.fetch(&format!("api/v1/catalogue?format={word}")).await?;
            print(String::from_utf8_lossy(&answer.body).trim_end());
        }
        Database::CatalogueQuality { officer, output } => {
            let answer = HubClient::at(&officer.path)?.get("api/v1/catalogue/quality").await?;
            let indicators = answer.get("indicators").and_then(Value::as_array).cloned().unwrap_or_default();
            match output {
                Output::Json | Output::Yaml => show::one(&answer, output, ToString::to_string)?,
                _ => show::list("CatalogueQuality", columns::MQA, &indicators, output)?,
            }
        }
        Database::OpenData { officer, output } => {
            let found = items(&HubClient::at(&officer.path)?, "api/v1/open-data").await?;
            show::list("OpenData", columns::OPEN_DATA, &found, output)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The services that a database's owner claims, but for those that belong to another.
async fn claimed(client: &HubClient, id: &str) -> Result<Vec<String>, Trouble> {
    let answer = client.get(&format!("api/v1/databases/{}", encode_part(id))).await?;
    let claims = answer.pointer("/observed/claims").and_then(Value::as_array).cloned().unwrap_or_default();
    let free = claims.iter().filter(|claim| claim.get("held_by").is_none_or(Value::is_null));
    let services = free.filter(|claim| claim.get("what").and_then(Value::as_str) == Some("service"));
    Ok(services.filter_map(|claim| claim.get("service")?.as_str().map(str::to_owned)).collect())
}

/// Tells what is claimed; confirms something of a database, or takes it back, and tells what is confirmed then.
async fn confirmation(deed: Database) -> Result<(), Trouble> {
    let (client, path, services, reason, output) = match deed {
        Database::Claims { officer, owner, output } => {
            let owner = owner.map(|owner| format!("?owner={}", encode_part(&owner))).unwrap_or_default();
            let client = HubClient::at(&officer.path)?;
            let found = items(&client, &format!("api/v1/claims{owner}")).await?;
            show::list_of(&client, "Claim", columns::CLAIMS, found, output).await?;
            return Ok(());
        }
        Database::Confirm { officer, id, service, all, reason, output } => {
            let client = HubClient::at(&officer.path)?;
            let services = if all { claimed(&client, &id).await? } else { service };
            (client, format!("api/v1/databases/{}/confirm", encode_part(&id)), services, reason, output)
        }
        Database::TakeBack { officer, id, service, reason, output } => {
            let path = format!("api/v1/databases/{}/take-back", encode_part(&id));
            (HubClient::at(&officer.path)?, path, service, reason, output)
        }
        _ => return Ok(()),
    };
    let answer = client.post(&path, &json!({ "services": services, "reason": reason })).await?;
    show::one(&answer, output, ToString::to_string)?;
    Ok(())
}

/// The official lists, with how much of each is identified.
async fn lists(client: &HubClient, output: Output) -> Result<(), Trouble> {
    let found = items(client, "api/v1/official-lists").await?;
    show::list("OfficialList", columns::OFFICIAL, &found, output)?;
    Ok(())
}

/// Tells what a list would change, then loads it, if that is still the difference.
async fn import(client: &HubClient, path: &str, bytes: Vec<u8>, dry_run: bool) -> Result<(), Trouble> {
    let would = client.upload(&format!("{path}dry_run=true"), bytes.clone()).await?;
    print(&tell(&would, true)?);
    for remark in would.get("remarks").and_then(Value::as_array).into_iter().flatten() {
        let line = remark.get("line").map(|line| format!("{line}: ")).unwrap_or_default();
        let said = remark.get(language::chosen().name()).and_then(Value::as_str).unwrap_or_default();
        print(&format!("! {line}{said}"));
    }
    if dry_run {
        return Ok(());
    }
    let seen = would.get("difference").and_then(Value::as_str).unwrap_or_default();
    let done = client.upload(&format!("{path}seen={}", encode_part(seen)), bytes).await?;
    print(&summary(&done, false)?);
    Ok(())
}

/// `lienthong duty`.
pub(super) async fn duty(command: Duty) -> Result<ExitCode, Trouble> {
    match command {
        Duty::Verb(verb) => return noun::run(Kind::Duty, verb).await,
        Duty::Status { officer, id: None, output } => {
            let client = HubClient::at(&officer.path)?;
            let found = items(&client, "api/v1/duties?limit=100").await?;
            let output = output.unwrap_or_default();
            show::list_of(&client, "Duty", columns::DUTIES, found, output).await?;
        }
        Duty::Status { officer, id: Some(id), output } => {
            let answer =
                HubClient::at(&officer.path)?.get(&format!("api/v1/duties/{}", encode_part(&id))).await?;
            show::one(&answer, output.unwrap_or(Output::Yaml), ToString::to_string)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `lienthong codelist`.
pub(super) async fn codelist(command: Codelist) -> Result<ExitCode, Trouble> {
    match command {
        Codelist::Verb(verb) => return noun::run(Kind::CodeList, verb).await,
        Codelist::Codes { officer, id, on, under, output } => {
            let mut path = format!("api/v1/codelists/{}/codes?", encode_part(&id));
            if let Some(on) = on {
                path.push_str(&format!("on={on}&"));
            }
            if let Some(under) = under {
                path.push_str(&format!("under={}", encode_part(&under)));
            }
            let found = items(&HubClient::at(&officer.path)?, &path).await?;
            show::list("Code", columns::CODES, &found, output)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `lienthong crosswalk`.
pub(super) async fn crosswalk(command: Crosswalk) -> Result<ExitCode, Trouble> {
    match command {
        Crosswalk::Verb(verb) => return noun::run(Kind::Crosswalk, verb).await,
        Crosswalk::Follow { officer, id, code, output } => {
            let path = format!("api/v1/crosswalks/{}/follow?code={}", encode_part(&id), encode_part(&code));
            let found = items(&HubClient::at(&officer.path)?, &path).await?;
            show::list("Pair", columns::PAIRS_OF_CODES, &found, output)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `lienthong grant`.
pub(super) async fn grant(command: Grant) -> Result<ExitCode, Trouble> {
    match command {
        Grant::Verb(verb) => return noun::run(Kind::Grant, verb).await,
        Grant::Revoke { officer, id, reason } => {
            let client = HubClient::at(&officer.path)?;
            let answer = revoke(&client, &id, &reason).await?;
            print_words(&texts::revoked(&id));
            tell_holding(&client, &answer, &format!("grant={}", encode_part(&id))).await?;
        }
        Grant::Renew { officer, id, until, reason } => {
            let client = HubClient::at(&officer.path)?;
            let path = format!("api/v1/registry/grants/{}", encode_part(&id));
            let answer = client.fetch(&path).await?;
            let mut members = answer.json();
            if let Some(members) = members.as_object_mut() {
                members.insert("valid_to".to_owned(), json!(until));
            }
            let tag = format!("\"{}\"", answer.tag.unwrap_or_default());
            client
                .put(&path, &[("if-match", &tag)], &json!({ "members": members, "reason": reason }))
                .await?;
            print_words(&texts::holds_until(&id, until));
        }
        Grant::Conspicuous { officer, agency, unused_days, ending_days, output } => {
            let mut path =
                format!("api/v1/grants/conspicuous?unused_days={unused_days}&ending_days={ending_days}");
            if let Some(agency) = agency {
                path.push_str(&format!("&agency={}", encode_part(&agency)));
            }
            let found = items(&HubClient::at(&officer.path)?, &path).await?;
            show::list("Grant", columns::CONSPICUOUS, &found, output)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `lienthong suspension`.
pub(super) async fn suspension(command: Suspension) -> Result<ExitCode, Trouble> {
    match command {
        Suspension::List { officer, past, output } => {
            let found =
                items(&HubClient::at(&officer.path)?, &format!("api/v1/suspensions?past={past}")).await?;
            show::list("Suspension", columns::SUSPENSIONS, &found, output)?;
        }
        Suspension::Announce { officer, service, grant, why, from, to, reason } => {
            let why = match why {
                Why::Planned => "planned",
                Why::Unplanned => "unplanned",
                Why::Cut => "cut",
            };
            let asked = json!({ "service": service, "grant": grant, "why": why, "from": from, "to": to, "reason": reason });
            let client = HubClient::at(&officer.path)?;
            let answer = client.post("api/v1/suspensions", &asked).await?;
            let id = answer.get("id").and_then(Value::as_str).unwrap_or_default();
            print_words(&texts::announced(id));
            let whom = match (&service, &grant) {
                (Some(service), _) => format!("service={}", encode_part(service)),
                (None, grant) => format!("grant={}", encode_part(grant.as_deref().unwrap_or_default())),
            };
            tell_holding(&client, &answer, &whom).await?;
        }
        Suspension::End { officer, id, reason } => {
            let path = format!("api/v1/suspensions/{}/end", encode_part(&id));
            HubClient::at(&officer.path)?.post(&path, &json!({ "reason": reason })).await?;
            print_words(&texts::suspension_ended(&id));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `lienthong usage`.
pub(super) async fn usage(command: Usage) -> Result<ExitCode, Trouble> {
    match command {
        Usage::Days { officer, service, client, days, output } => {
            let (name, value) = match (service, client) {
                (Some(service), _) => ("service", service),
                (None, client) => ("client", client.unwrap_or_default()),
            };
            let path = format!("api/v1/usage?days={days}&{name}={}", encode_part(&value));
            let found = items(&HubClient::at(&officer.path)?, &path).await?;
            show::list("Usage", columns::USAGE_DAYS, &found, output)?;
        }
        Usage::Pairs(asked) => pairs(&asked).await?,
        Usage::Month { officer, owner, month, output } => {
            shared(&HubClient::at(&officer.path)?, &owner, &month, output).await?;
        }
        Usage::Live { officer, minutes, output } => {
            let answer =
                HubClient::at(&officer.path)?.get(&format!("api/v1/usage/live?minutes={minutes}")).await?;
            if matches!(output, Output::Json | Output::Yaml) {
                show::one(&answer, output, ToString::to_string)?;
            } else {
                let pairs = answer.get("pairs").and_then(Value::as_array).cloned().unwrap_or_default();
                show::list("Usage", columns::USAGE_LIVE, &pairs, output)?;
                let gaps = answer.get("gaps").and_then(Value::as_array).cloned().unwrap_or_default();
                if !gaps.is_empty() {
                    show::list("Gap", columns::GAPS, &gaps, output)?;
                }
                let left_out = |name: &str| answer.get(name).and_then(Value::as_u64).unwrap_or_default();
                let (pairs, gaps) = (left_out("pairs_left_out"), left_out("gaps_left_out"));
                if pairs + gaps > 0 {
                    say_words(&texts::live_left_out(pairs, gaps));
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Counts by pair of agencies, service and day.
async fn pairs(asked: &Pairs) -> Result<(), Trouble> {
    let mut path = format!("api/v1/usage/pairs?limit=500&days={}&differing={}", asked.days, asked.differing);
    let filters = [
        ("agency", &asked.agency),
        ("counterpart", &asked.counterpart),
        ("service", &asked.service),
        ("database", &asked.database),
    ];
    for (name, value) in filters {
        if let Some(value) = value {
            path.push_str(&format!("&{name}={}", encode_part(value)));
        }
    }
    let client = HubClient::at(&asked.officer.path)?;
    let found = items(&client, &path).await?;
    show::list_of(&client, "Pairs", columns::USAGE_PAIRS, found, asked.output).await?;
    Ok(())
}

/// What an agency shared in a month.
async fn shared(client: &HubClient, owner: &str, month: &str, output: Output) -> Result<(), Trouble> {
    let path = format!("api/v1/usage/monthly?owner={}&month={}", encode_part(owner), encode_part(month));
    if matches!(output, Output::Csv | Output::Xlsx) {
        let format = if output == Output::Csv { "csv" } else { "xlsx" };
        print_bytes(&client.fetch(&format!("{path}&format={format}")).await?.body);
        return Ok(());
    }
    let answer = client.get(&path).await?;
    if matches!(output, Output::Json | Output::Yaml) {
        show::one(&answer, output, ToString::to_string)?;
    } else {
        let items = answer.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let columns: Vec<&str> = answer
            .get("columns")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        show::list("Shared", &columns, &items, output)?;
    }
    Ok(())
}

/// `lienthong overview`.
pub(super) async fn overview(officer: &Path, output: Output) -> Result<ExitCode, Trouble> {
    let client = HubClient::at(officer)?;
    let mut answer = client.get("api/v1/overview").await?;
    names::put(&client, std::slice::from_mut(&mut answer), output).await;
    show::one(&answer, output, overview::told)?;
    Ok(ExitCode::SUCCESS)
}

/// `lienthong status`. The exit code is 1 if something is wrong.
pub(super) async fn status(officer: &Path, output: Output) -> Result<ExitCode, Trouble> {
    let client = HubClient::at(officer)?;
    let mut health = client.get("health").await?;
    // Beside its own what of nodes ends.
    let endings = items(&client, "api/v1/endings").await?;
    let ended = endings.iter().any(|ending| ending.get("tense").and_then(Value::as_str) == Some("ended"));
    let healthy = health.get("healthy").and_then(Value::as_bool).unwrap_or_default() && !ended;
    if let Some(members) = health.as_object_mut() {
        members.insert("certificates".to_owned(), json!(endings));
    }
    show::one(&health, output, ToString::to_string)?;
    Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `lienthong whoami`.
pub(super) async fn whoami(officer: &Path, output: Output) -> Result<ExitCode, Trouble> {
    let answer = HubClient::at(officer)?.get("api/v1/session").await?;
    show::one(&answer, output, ToString::to_string)?;
    Ok(ExitCode::SUCCESS)
}

/// `lienthong search`. The exit code is 1 if nothing was found.
pub(super) async fn search(search: &Search) -> Result<ExitCode, Trouble> {
    let mut path = format!("api/v1/search?limit={}&q={}", search.limit, encode_part(&search.words.join(" ")));
    if let Some(kind) = &search.kind {
        path.push_str(&format!("&kind={}", encode_part(kind)));
    }
    let answer = HubClient::at(&search.officer.path)?.get(&path).await?;
    let found = answer.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    show::list("Search", columns::FOUND, &found, search.output)?;
    Ok(if found.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
