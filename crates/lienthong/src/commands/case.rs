//! `lienthong case`: cases at a node, in the name of its one-stop system.

use std::process::ExitCode;

use model::fault::Fault;
use model::id::encode_part;
use operate::desk::DeskClient;
use operate::input;
use operate::trouble::Trouble;
use serde_json::Value;

use crate::cli::{Case, DeskAt};
use crate::commands::{columns, show};

/// Cases of one list at most.
const LIST_MAX: usize = 10_000;

fn client(desk: DeskAt) -> Result<DeskClient, Fault> {
    DeskClient::new(desk.url, desk.system, &desk.token, desk.certificate.as_deref())
}

fn path(id: &str, what: &str) -> String {
    format!("cases/{}{what}", encode_part(id))
}

/// `lienthong case`.
pub(super) async fn run(command: Case) -> Result<ExitCode, Trouble> {
    match command {
        Case::List { desk, state, output } => {
            let mut found = every(&client(desk)?, &state).await?;
            found.iter_mut().for_each(|case| named(case, &[("case_state", "state")]));
            show::list("Case", columns::CASES, &found, output)?;
        }
        Case::Show { desk, id, output } => {
            let case = client(desk)?.get(&path(&id, "")).await?;
            show::one(&case, output, ToString::to_string)?;
        }
        Case::Log { desk, id, output } => {
            let log = client(desk)?.get(&path(&id, "/log")).await?;
            let mut events = log.as_array().cloned().unwrap_or_default();
            let names = [("by_whom", "by"), ("happened", "kind"), ("about", "subject")];
            events.iter_mut().for_each(|event| named(event, &names));
            show::list("CaseEvent", columns::CASE_EVENTS, &events, output)?;
        }
        Case::Open { desk, file, key, output } => {
            let body = input::bytes(&file)?;
            let case = client(desk)?.post("cases", &key, body.into()).await?;
            show::one(&case, output, ToString::to_string)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Columns are called by their paths over all lists: what stands elsewhere for something else has a name of its own here.
fn named(row: &mut Value, names: &[(&str, &str)]) {
    let Some(members) = row.as_object_mut() else { return };
    for (name, of) in names {
        if let Some(value) = members.remove(*of) {
            members.insert((*name).to_owned(), value);
        }
    }
}

/// All pages of a list.
async fn every(client: &DeskClient, state: &str) -> Result<Vec<Value>, Trouble> {
    let (mut found, mut before) = (Vec::new(), String::new());
    loop {
        let (state, after) = (encode_part(state), encode_part(&before));
        let page = client.get(&format!("cases?limit=100&state={state}&before={after}")).await?;
        found.extend(page.get("items").and_then(Value::as_array).into_iter().flatten().cloned());
        before = page.get("next").and_then(Value::as_str).unwrap_or_default().to_owned();
        if before.is_empty() || found.len() >= LIST_MAX {
            return Ok(found);
        }
    }
}
