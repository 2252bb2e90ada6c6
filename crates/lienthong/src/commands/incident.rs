//! `lienthong incident`, `work`, `notice`, `maintenance`.

use std::process::ExitCode;

use model::id::encode_part;
use operate::client::HubClient;
use operate::registry::items;
use operate::trouble::Trouble;
use serde_json::{Value, json};

use crate::cli::{Incident, Maintenance, Notice, Said, Work};
use crate::commands::{columns, show};
use crate::output::print_words;
use crate::texts;

/// `lienthong incident`.
pub(super) async fn incident(command: Incident) -> Result<ExitCode, Trouble> {
    match command {
        Incident::List { officer, live, output } => {
            let path = format!("api/v1/incidents?live={live}");
            let found = items(&HubClient::at(&officer.path)?, &path).await?;
            show::list("Incident", columns::INCIDENTS, &found, output)?;
        }
        Incident::Show { officer, id, output } => {
            let path = format!("api/v1/incidents/{}", encode_part(&id));
            let answer = HubClient::at(&officer.path)?.get(&path).await?;
            show::one(&answer, output, ToString::to_string)?;
        }
        Incident::Take(said) => act(&said, "take").await?,
        Incident::Comment(said) => act(&said, "comments").await?,
        Incident::Close(said) => act(&said, "close").await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn act(said: &Said, what: &str) -> Result<(), Trouble> {
    let Said { officer, id, reason } = said;
    let path = format!("api/v1/incidents/{}/{what}", encode_part(id));
    HubClient::at(&officer.path)?.post(&path, &json!({ "reason": reason })).await?;
    print_words(&match what {
        "take" => texts::incident_taken(id),
        "close" => texts::incident_closed(id),
        _ => texts::incident_commented(id),
    });
    Ok(())
}

/// `lienthong work`.
pub(super) async fn work(command: Work) -> Result<ExitCode, Trouble> {
    let Work { officer, output } = command;
    let found = items(&HubClient::at(&officer.path)?, "api/v1/work").await?;
    let columns =
        ["about", "vi", "en", "time_left.by", "time_left.state", "time_left.days", "since", "address"];
    show::list("Work", &columns, &found, output)?;
    Ok(ExitCode::SUCCESS)
}

/// `lienthong notice`.
pub(super) async fn notice(command: Notice) -> Result<ExitCode, Trouble> {
    match command {
        Notice::List { officer, unread, output } => {
            let path = format!("api/v1/notices?unread={unread}");
            let found = items(&HubClient::at(&officer.path)?, &path).await?;
            show::list("Notice", columns::NOTICES, &found, output)?;
        }
        Notice::Read { officer, up_to } => {
            let read = json!({ "up_to": up_to });
            let answer = HubClient::at(&officer.path)?.post("api/v1/notices/read", &read).await?;
            print_words(&texts::notices_read(
                answer.get("marked").and_then(Value::as_u64).unwrap_or_default(),
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `lienthong maintenance`.
pub(super) async fn maintenance(command: Maintenance) -> Result<ExitCode, Trouble> {
    match command {
        Maintenance::Announce { officer, node, from, to, reason } => {
            let asked = json!({ "node": node, "from": from, "to": to, "reason": reason });
            let answer = HubClient::at(&officer.path)?.post("api/v1/maintenance", &asked).await?;
            let id = answer.get("id").and_then(Value::as_str).unwrap_or_default();
            print_words(&texts::announced(id));
        }
        Maintenance::List { officer, past, output } => {
            let path = format!("api/v1/maintenance?past={past}");
            let found = items(&HubClient::at(&officer.path)?, &path).await?;
            show::list("Maintenance", columns::MAINTENANCE, &found, output)?;
        }
        Maintenance::Withdraw { officer, id, reason } => {
            let path = format!("api/v1/maintenance/{}/withdraw", encode_part(&id));
            HubClient::at(&officer.path)?.post(&path, &json!({ "reason": reason })).await?;
            print_words(&texts::maintenance_withdrawn(&id));
        }
    }
    Ok(ExitCode::SUCCESS)
}
