//! `lienthong officer`: who may change the registry.

use std::process::ExitCode;

use model::fault::Fault;
use serde_json::{Value, json};

use crate::cli;
use crate::client::{HubClient, Officer};
use crate::output::{Trouble, print};

/// Runs one command.
pub(super) async fn run(command: cli::OfficerCommand) -> Result<ExitCode, Trouble> {
    match command {
        cli::OfficerCommand::Add { officer, name, agency, out, reason } => {
            let own = Officer::read(&officer.path)?;
            // Before the token is made: what is shown once must have a place.
            if out.exists() {
                let why = "đã có tệp | there is a file already".to_owned();
                return Err(Fault::FileFailed { path: out.display().to_string(), why }.into());
            }
            let asked = json!({ "name": name, "agency": agency, "reason": reason });
            let answer = HubClient::of(&own)?.post("api/v1/officers", &asked).await?;
            let token = answer.get("token").and_then(Value::as_str).unwrap_or_default().to_owned();
            Officer { token, ..own }.write(&out)?;
            print(&format!(
                "Đã lập {name}: {0}, giữ kín. | Made {name}: {0}, keep it secret.",
                out.display()
            ));
        }
        cli::OfficerCommand::Withdraw { officer, name, reason } => {
            let path = format!("api/v1/officers/{}/withdraw", model::id::encode_part(&name));
            HubClient::of(&Officer::read(&officer.path)?)?.post(&path, &json!({ "reason": reason })).await?;
            print(&format!("Đã thu mã của {name}. | Withdrew {name}."));
        }
        cli::OfficerCommand::List { officer, output } => {
            let answer = HubClient::of(&Officer::read(&officer.path)?)?.get("api/v1/officers").await?;
            if output == cli::Format::Json {
                print(&answer.to_string());
                return Ok(ExitCode::SUCCESS);
            }
            for item in answer.get("items").and_then(Value::as_array).into_iter().flatten() {
                let text = |name: &str| item.get(name).and_then(Value::as_str);
                let of = text("agency").unwrap_or("trung tâm | the hub");
                print(&format!("{}  {of}", text("name").unwrap_or_default()));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
