//! `lienthong task`: tasks as they stand, and what people do with them.

use std::process::ExitCode;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hub::kinds::Kind;
use model::id::encode_part;
use operate::client::HubClient;
use operate::input;
use operate::registry::items;
use operate::trouble::Trouble;
use serde_json::{Value, json};

use crate::cli::{OnTask, ShownOnTask, Task, TaskOutcome};
use crate::commands::{columns, noun, show};
use crate::output::print_words;
use crate::texts;

/// `lienthong task`.
pub(super) async fn run(command: Task) -> Result<ExitCode, Trouble> {
    match command {
        Task::Verb(verb) => return noun::run(Kind::Task, verb).await,
        Task::Status { officer, agency, directive, state, from, to, sort, output } => {
            let given = [
                ("agency", agency),
                ("directive", directive),
                ("state", state),
                ("from", from),
                ("to", to),
                ("sort", sort),
            ];
            let mut path = "api/v1/tasks?limit=500".to_owned();
            for (name, value) in given {
                path.extend(value.map(|value| format!("&{name}={}", encode_part(&value))));
            }
            let client = HubClient::at(&officer.path)?;
            let found = items(&client, &path).await?;
            show::list_of(&client, "Tasks", columns::TASKS, found, output).await?;
        }
        Task::Show { officer, id, output } => {
            let path = format!("api/v1/tasks/{}", encode_part(&id));
            let answer = HubClient::at(&officer.path)?.get(&path).await?;
            show::one(&answer, output, ToString::to_string)?;
        }
        Task::Measures { officer, output } => {
            let found = items(&HubClient::at(&officer.path)?, "api/v1/measures").await?;
            show::list("Measures", columns::MEASURES, &found, output)?;
        }
        Task::Accept(on) => act(&on, "accept", json!({})).await?,
        Task::Claim(shown) => say(&shown, "claim").await?,
        Task::Evidence(shown) => say(&shown, "evidence").await?,
        Task::Review { on, outcome } => {
            let outcome = match outcome {
                TaskOutcome::Done => "done",
                TaskOutcome::Returned => "returned",
            };
            act(&on, "review", json!({ "outcome": outcome })).await?;
        }
        Task::Extend { on, until, document, granted_by } => {
            let body = json!({ "deadline": until, "document": document, "granted_by": granted_by });
            act(&on, "extend", body).await?;
        }
        Task::Drop(on) => act(&on, "drop", json!({})).await?,
        Task::Part { on, text, until } => act(&on, "parts", json!({ "said": text, "due": until })).await?,
        Task::PartDone { on, number, not } => {
            act(&on, "parts/end", json!({ "number": number, "done": !not })).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn say(shown: &ShownOnTask, what: &str) -> Result<(), Trouble> {
    let file = shown.file.as_deref().map(input::bytes).transpose()?;
    act(&shown.on, what, json!({ "file": file.map(|bytes| BASE64_STANDARD.encode(bytes)) })).await
}

/// Does it, and tells how the task stands then.
async fn act(on: &OnTask, what: &str, mut body: Value) -> Result<(), Trouble> {
    let OnTask { officer, id, reason } = on;
    if let Some(members) = body.as_object_mut() {
        members.insert("reason".to_owned(), json!(reason));
    }
    let path = format!("api/v1/tasks/{}/{what}", encode_part(id));
    let answer = HubClient::at(&officer.path)?.post(&path, &body).await?;
    let word = answer.get("state").and_then(Value::as_str).unwrap_or_default();
    let state = console::said(&format!("task.state.{word}"))
        .map_or_else(|| model::words::Words::quoted(word), |words| words.clone());
    print_words(&texts::quality::task_stands(id, &state));
    Ok(())
}
