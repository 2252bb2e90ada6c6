//! `lienthong request`: asking for grants and deciding on them.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hub::granting::request::RequestContent;
use hub::sheet::cell;
use model::id::encode_part;
use operate::client::HubClient;
use operate::file_failed;
use operate::input;
use operate::registry::items;
use operate::trouble::Trouble;
use serde_json::{Value, json};

use crate::cli::{Part, Request, Saying};
use crate::commands::{columns, show};
use crate::language::{self, Told as _};
use crate::output::{print, print_bytes};
use crate::texts;

/// What people fill in.
const TEMPLATE: &str = "\
# Loại: automatic (theo nghĩa vụ chia sẻ), on_request, special, renewal (gia hạn)
# Type: automatic (a duty entitles you), on_request, special, renewal
type: on_request
# query, sync, integrated, package
mode: query
client: VN/GOV/G15/he-thong
service: VN/GOV/G01/dan-cu/nguoi
# Mục đích và căn cứ pháp lý của từng mục đích | Purposes, each with its legal basis
uses:
  - { purpose: khai-sinh, basis: nd-70 }
# all, hoặc các trường cần | all, or the fields that are needed
fields: [ho_ten, ngay_sinh]
per_second: 5
volume: 200 lượt mỗi ngày
# Ngày đầu tiên hết giá trị | The first day on which the grant shall no longer hold
valid_to: 2027-12-31
statement: Vì sao cần | Why it is needed
# duty: mã nghĩa vụ, cho automatic | the duty, for automatic
# renews: mã quyền, cho renewal | the grant, for renewal
";

/// Runs one command.
pub(super) async fn run(command: Request) -> Result<ExitCode, Trouble> {
    match command {
        Request::Template => print(TEMPLATE.trim_end()),
        Request::Open { officer, file, output } => {
            let asked = json!({ "asking": input::document::<RequestContent>(&file)? });
            let answer = HubClient::at(&officer.path)?.post("api/v1/requests", &asked).await?;
            show::one(&answer, output, told)?;
        }
        Request::List { officer, state, waiting, output } => {
            let mut path = format!("api/v1/requests?limit=500&waiting={waiting}");
            if let Some(state) = state {
                path.push_str(&format!("&state={}", encode_part(&state)));
            }
            let found = items(&HubClient::at(&officer.path)?, &path).await?;
            show::list("Request", columns::REQUESTS, &found, output)?;
        }
        Request::Get { officer, id, output } => {
            let answer =
                HubClient::at(&officer.path)?.get(&format!("api/v1/requests/{}", encode_part(&id))).await?;
            show::one(&answer, output, told)?;
        }
        Request::Do(part) => act_on(part, "do", "part").await?,
        Request::Refuse { part, basis } => {
            let Part { id, part, officer, text, output } = part;
            say(
                Saying { officer, id, text, output },
                json!({ "act": "refuse", "part": part, "basis": basis }),
            )
            .await?;
        }
        Request::Paper { part, file: None } => act_on(part, "paper", "paper").await?,
        Request::Paper { part, file: Some(file) } => hand_in(part, &file).await?,
        Request::File { officer, id, number, out } => {
            let path = format!("api/v1/requests/{}/papers/{number}", encode_part(&id));
            let answer = HubClient::at(&officer.path)?.fetch(&path).await?;
            match &out {
                Some(out) => std::fs::write(out, &answer.body).map_err(|error| file_failed(out, &error))?,
                None => print_bytes(&answer.body),
            }
        }
        Request::Tick(part) => act_on(part, "tick", "item").await?,
        Request::Return(saying) => say(saying, json!({ "act": "return" })).await?,
        Request::Withdraw(saying) => say(saying, json!({ "act": "withdraw" })).await?,
        Request::Comment(saying) => say(saying, json!({ "act": "comment" })).await?,
        Request::Amend { saying, file } => {
            say(saying, json!({ "act": "amend", "asking": input::document::<RequestContent>(&file)? }))
                .await?
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn act_on(part: Part, act: &str, which: &str) -> Result<(), Trouble> {
    let Part { id, part, officer, text, output } = part;
    say(Saying { officer, id, text, output }, json!({ "act": act, which: part })).await
}

/// Hands a paper in with its file.
async fn hand_in(part: Part, file: &Path) -> Result<(), Trouble> {
    let Part { id, part, officer, text, output } = part;
    let content = std::fs::read(file).map_err(|error| file_failed(file, &error))?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let handing =
        json!({ "paper": part, "text": text, "name": name, "content": BASE64_STANDARD.encode(content) });
    let path = format!("api/v1/requests/{}/papers", encode_part(&id));
    let answer = HubClient::at(&officer.path)?.post(&path, &handing).await?;
    Ok(show::one(&answer, output, told)?)
}

async fn say(saying: Saying, mut doing: Value) -> Result<(), Trouble> {
    if let Some(members) = doing.as_object_mut() {
        members.insert("text".to_owned(), json!(saying.text));
    }
    let path = format!("api/v1/requests/{}/acts", encode_part(&saying.id));
    let answer = HubClient::at(&saying.officer.path)?.post(&path, &doing).await?;
    Ok(show::one(&answer, saying.output, told)?)
}

/// A request for people: what is asked for, each step with its parts and clock, what is lacking.
fn told(answer: &Value) -> String {
    let of = |path: &str| cell(answer, path);
    let mut text = format!(
        "{}  {}  {}\n{} -> {}  ({}, {}/s, {} {})\n{}\n",
        of("request.id"),
        of("request.asking.type"),
        of("request.state"),
        of("request.asking.client"),
        of("request.asking.service"),
        of("request.asking.mode"),
        of("request.asking.per_second"),
        texts::until().told(),
        of("request.asking.valid_to"),
        of("request.asking.statement"),
    );
    for step in answer.get("steps").and_then(Value::as_array).into_iter().flatten() {
        let mark = match cell(step, "state").as_str() {
            "done" => '✔',
            "now" => '▶',
            _ => '·',
        };
        // Writing to a string does not fail.
        let _ = write!(text, "{mark} {}", in_language(step, "name"));
        let due = cell(step, "due");
        if !due.is_empty() {
            let _ = write!(text, "  {} {due}, {}", texts::due().told(), in_language(step, "time_left"));
        }
        text.push('\n');
        if mark == '▶' {
            parts(&mut text, step);
        }
    }
    if let Some(points) = answer.get("checklist").and_then(Value::as_object) {
        for (item, point) in points {
            let mark = if cell(point, "done") == "true" { '✔' } else { '☐' };
            let _ = writeln!(text, "  {mark} {item}  {}", cell(point, "evidence"));
        }
    }
    for (paper, handed) in answer.pointer("/request/papers").and_then(Value::as_object).into_iter().flatten()
    {
        if handed.get("file").is_some() {
            let _ =
                writeln!(text, "  #{} {paper}  {}", cell(handed, "file.number"), cell(handed, "file.name"));
        }
    }
    text.trim_end().to_owned()
}

/// What stands in both languages at a path, in the one that was chosen.
fn in_language(item: &Value, path: &str) -> String {
    cell(item, &format!("{path}.{}", language::chosen().name()))
}

fn parts(text: &mut String, step: &Value) {
    for part in step.get("parts").and_then(Value::as_array).into_iter().flatten() {
        let mark = if cell(part, "done") == "true" { '✔' } else { '☐' };
        let yours = match cell(part, "yours").as_str() {
            "true" => format!("  <- {}", texts::you().told()),
            _ => String::new(),
        };
        let _ = writeln!(
            text,
            "    {mark} {}  {}: {}{yours}",
            cell(part, "part.id"),
            cell(part, "part.by"),
            in_language(part, "part.name")
        );
    }
    for what in ["papers", "expired", "points"] {
        let lacking = cell(step, &format!("lacking.{what}"));
        if !lacking.is_empty() {
            let _ = writeln!(text, "    {}: {what}: {lacking}", texts::lacking().told());
        }
    }
    if cell(step, "lacking.test_call") == "true" {
        let _ = writeln!(text, "    {}: {}", texts::lacking().told(), texts::test_call().told());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Output;

    #[test]
    fn the_template_can_be_read() {
        let asking: RequestContent = serde_saphyr::from_str(TEMPLATE).unwrap();
        assert_eq!((asking.kind.as_str(), asking.uses.len()), ("on_request", 1));
    }

    #[test]
    fn a_request_is_told_with_what_is_lacking() {
        let answer = json!({
            "request": { "id": "YC-2026-000001", "state": "open", "asking": { "type": "on_request", "client": "a", "service": "b", "mode": "query", "per_second": 5, "valid_to": "2027-01-01", "statement": "vì" } },
            "steps": [{ "state": "now", "name": { "vi": "Bước", "en": "Step" }, "due": "2026-12-01", "overdue": true, "time_left": { "vi": "trễ 3 ngày", "en": "3 days late" },
                "parts": [{ "part": { "id": "go", "by": "hub", "name": { "vi": "Cho", "en": "Let" } }, "done": false, "yours": true }],
                "lacking": { "papers": ["x"], "expired": [], "points": [], "test_call": true } }],
            "checklist": { "keys": { "done": true, "evidence": "h" } },
        });
        let text = told(&answer);
        for expected in [
            "▶ Bước  hạn 2026-12-01, trễ 3 ngày",
            "☐ go  hub: Cho  <- bạn",
            "papers: x",
            "một lượt gọi kiểm thử",
            "✔ keys  h",
        ] {
            assert!(text.contains(expected), "{text}");
        }
        assert!(!text.contains("expired"), "{text}");
        show::one(&answer, Output::Csv, told).unwrap_err();
    }
}
