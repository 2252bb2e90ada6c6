//! `lienthong reuse`: reuse as it was counted.

use std::process::ExitCode;

use model::id::encode_part;
use operate::client::HubClient;
use operate::registry::items;
use operate::trouble::Trouble;

use crate::cli::{Output, Reuse};
use crate::commands::{columns, show};

/// A question with what of it was given.
fn asked<const N: usize>(path: &str, given: [(&str, Option<String>); N]) -> String {
    let given =
        given.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", encode_part(&value?))));
    let given: Vec<String> = given.collect();
    format!("{path}?{}", given.join("&"))
}

/// `lienthong reuse`.
pub(super) async fn run(command: Reuse) -> Result<ExitCode, Trouble> {
    match command {
        Reuse::List { officer, level, agency, procedure, paper, month, sort, output } => {
            let client = HubClient::at(&officer.path)?;
            let given = [
                ("level", Some(level)),
                ("agency", agency),
                ("procedure", procedure),
                ("paper", paper),
                ("month", month.month),
                ("sort", sort),
            ];
            let found = items(&client, &asked("api/v1/reuse", given)).await?;
            show::list("Reuse", columns::REUSE, &found, output)?;
        }
        Reuse::Papers { officer, procedure, verdict, output } => {
            let client = HubClient::at(&officer.path)?;
            let given = [("procedure", procedure), ("verdict", verdict)];
            let found = items(&client, &asked("api/v1/reuse/papers", given)).await?;
            show::list("ReusePapers", columns::REUSE_PAPERS, &found, output)?;
        }
        Reuse::Show { officer, id, month, output } => {
            let path = asked(&format!("api/v1/reuse/owners/{}", encode_part(&id)), [("month", month.month)]);
            let answer = HubClient::at(&officer.path)?.get(&path).await?;
            show::one(&answer, output.unwrap_or(Output::Yaml), ToString::to_string)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
