//! `lienthong directory`: how the signed directory stands, and the decision to go on with a hub that was restored from an older backup.

use std::process::ExitCode;

use operate::client::HubClient;
use operate::trouble::Trouble;
use serde_json::{Value, json};

use crate::cli::Directory;
use crate::commands::show;
use crate::language::Told as _;
use crate::output::print;
use crate::texts;

/// `lienthong directory`. The exit code of `status` is 1 if nodes hold what the store does not know.
pub(super) async fn run(command: Directory) -> Result<ExitCode, Trouble> {
    match command {
        Directory::Status { officer, output } => {
            let answer = HubClient::at(&officer.path)?.get("api/v1/directory").await?;
            show::one(&answer, output, ToString::to_string)?;
            let healthy = answer.get("healthy").and_then(Value::as_bool).unwrap_or_default();
            Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Directory::GoOn { officer, revision, reason } => {
            let asked = json!({ "revision": revision, "reason": reason });
            let answer = HubClient::at(&officer.path)?.post("api/v1/directory/go-on", &asked).await?;
            print(&gone_on(&answer));
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What was decided, with everything that holds otherwise now than it did in the directory that nodes had.
fn gone_on(answer: &Value) -> String {
    let number = |of: &Value, name: &str| of.get(name).and_then(Value::as_u64).unwrap_or_default();
    let revision = number(answer, "revision");
    let mut lines = vec![texts::published(revision).told()];
    let behind = answer.get("behind").unwrap_or(&Value::Null);
    let listed = behind.get("differences").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if number(behind, "count") > 0 {
        let proven = number(behind, "proven");
        lines.push(texts::otherwise_than(proven).told());
    }
    for one in listed {
        let text = |name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default();
        let how = match text("how") {
            "only_here" => texts::holds_again(),
            "only_there" => texts::is_gone(),
            _ => texts::says_otherwise(),
        };
        lines.push(format!("  {}: {}", text("subject"), how.told()));
    }
    if number(behind, "count") > listed.len() as u64 {
        lines.push("  …".to_owned());
    }
    if behind.get("complete").and_then(Value::as_bool) != Some(true) {
        lines.push(texts::not_all_known().told());
    }
    lines.join("\n")
}
