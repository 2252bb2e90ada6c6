//! The quality of data as the hub has it: scores of all that there is, one dataset, and defects with those who must correct them.

use std::path::Path;
use std::process::ExitCode;

use jiff::civil::Date;
use model::fault::{Fault, Words};
use model::id::{MemberId, encode_part};
use model::words::Language;
use operate::client::HubClient;
use operate::file_failed;
use operate::registry::items;
use operate::trouble::Trouble;
use serde_json::{Value, json};

use crate::cli::{CardFormat, Compared, Defect, Measured, OfficerFile, Output, Overlap, Said};
use crate::commands::show::table;
use crate::commands::{columns, show};
use crate::language::{self, Told as _};
use crate::output::{print, print_bytes, print_words};
use crate::texts::quality as texts;

/// A question with what of it was given.
fn asked(path: &str, given: impl IntoIterator<Item = (&'static str, Option<String>)>) -> String {
    let given =
        given.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", encode_part(&value?))));
    let given: Vec<String> = given.collect();
    format!("{path}?{}", given.join("&"))
}

/// `lienthong quality list`.
pub(super) async fn list(
    officer: &OfficerFile,
    level: &str,
    given: [(&'static str, Option<String>); 3],
    output: Output,
) -> Result<ExitCode, Trouble> {
    let path = asked("api/v1/quality", [("level", Some(level.to_owned()))].into_iter().chain(given));
    let client = HubClient::at(&officer.path)?;
    let found = items(&client, &path).await?;
    show::list_of(&client, "Quality", columns::QUALITY, found, output).await?;
    Ok(ExitCode::SUCCESS)
}

/// `lienthong quality history`.
pub(super) async fn history(
    officer: &OfficerFile,
    (level, id): (&str, &str),
    output: Output,
) -> Result<ExitCode, Trouble> {
    let of = [("level", Some(level.to_owned())), ("id", Some(id.to_owned()))];
    let found = items(&HubClient::at(&officer.path)?, &asked("api/v1/quality/history", of)).await?;
    show::list("QualityHistory", columns::QUALITY_HISTORY, &found, output)?;
    Ok(ExitCode::SUCCESS)
}

/// `lienthong quality overlap`.
pub(super) async fn overlap(command: Overlap) -> Result<ExitCode, Trouble> {
    const PATH: &str = "api/v1/quality/overlaps";
    let done = async |said: Compared, what: &str| -> Result<Value, Trouble> {
        let path = format!("{PATH}/{}/{what}", encode_part(&said.id));
        HubClient::at(&said.officer.path)?.post(&path, &json!({ "reason": said.reason })).await
    };
    let answer = match command {
        Overlap::List { officer, output } => {
            let client = HubClient::at(&officer.path)?;
            let found = items(&client, PATH).await?;
            show::list_of(&client, "Overlaps", columns::COMPARED, found, output).await?;
            return Ok(ExitCode::SUCCESS);
        }
        Overlap::Ask { officer, service, field, with, with_field, reason } => {
            let other = with_field.unwrap_or_else(|| field.clone());
            let body = json!({
                "a": { "service": service, "field": field }, "b": { "service": with, "field": other }, "reason": reason,
            });
            HubClient::at(&officer.path)?.post(PATH, &body).await?
        }
        Overlap::Agree(said) => done(said, "agree").await?,
        Overlap::End(said) => done(said, "end").await?,
    };
    print_words(&match text(&answer, "/state") {
        "agreed" => texts::overlap_agreed(text(&answer, "/id")),
        "ended" => texts::overlap_ended(text(&answer, "/id")),
        _ => texts::overlap_asked(text(&answer, "/id")),
    });
    Ok(ExitCode::SUCCESS)
}

/// `lienthong quality units`.
pub(super) async fn units(
    officer: &OfficerFile,
    province: &str,
    output: Output,
) -> Result<ExitCode, Trouble> {
    let path = format!("api/v1/quality/units/{}", encode_part(province));
    let told = HubClient::at(&officer.path)?.get(&path).await?;
    let units = told.get("units").and_then(Value::as_array).cloned().unwrap_or_default();
    show::list("QualityUnits", columns::QUALITY_UNITS, &units, output)?;
    Ok(ExitCode::SUCCESS)
}

/// `lienthong quality scorecard`.
pub(super) async fn scorecard(
    officer: &OfficerFile,
    agency: &MemberId,
    format: CardFormat,
    out: Option<&Path>,
) -> Result<ExitCode, Trouble> {
    let format = match format {
        CardFormat::Json => "json",
        CardFormat::Pdf => "pdf",
        CardFormat::Docx => "docx",
    };
    let lang = if language::chosen() == Language::Vi { "vi" } else { "en" };
    let path =
        format!("api/v1/quality/scorecards/{}?format={format}&lang={lang}", encode_part(agency.as_str()));
    let answer = HubClient::at(&officer.path)?.fetch(&path).await?;
    match out {
        Some(out) => std::fs::write(out, &answer.body).map_err(|error| file_failed(out, &error))?,
        None => print_bytes(&answer.body),
    }
    Ok(ExitCode::SUCCESS)
}

fn client(measured: &Measured) -> Result<HubClient, Trouble> {
    let officer = measured.officer.as_deref();
    let officer = officer.ok_or_else(|| Fault::bad_settings("--officer", texts::no_officer()))?;
    Ok(HubClient::at(officer)?)
}

/// The number of the last measurement of a day.
async fn of_day(
    client: &HubClient,
    measured: &Measured,
    day: Option<Date>,
) -> Result<Option<String>, Trouble> {
    let Some(day) = day else { return Ok(None) };
    let of = [("level", Some("dataset".to_owned())), ("id", Some(measured.service.to_string()))];
    let found = items(client, &asked("api/v1/quality/history", of)).await?;
    let text = |item: &Value, member: &str| item.get(member).and_then(Value::as_str).map(str::to_owned);
    let found = found.iter().find(|item| text(item, "day") == Some(day.to_string()));
    let number = found.and_then(|item| text(item, "id"));
    Ok(Some(number.ok_or_else(|| super::nothing_measured(&measured.service))?))
}

fn path_of(measured: &Measured, rest: &str) -> String {
    format!("api/v1/quality/datasets/{}{rest}", encode_part(measured.service.as_str()))
}

fn number(value: &Value, path: &str) -> String {
    let number = value.pointer(path).and_then(Value::as_f64);
    number.map_or_else(|| texts::not_measured().told(), |number| format!("{number:.2}"))
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn all<'a>(value: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(member).and_then(Value::as_array).into_iter().flatten()
}

const CRITERIA: [&str; 6] = ["accurate", "complete", "clean", "live", "consistent", "shared"];

fn criterion(word: &str) -> Words {
    match word {
        "accurate" => texts::accurate(),
        "complete" => texts::complete(),
        "clean" => texts::clean(),
        "live" => texts::live(),
        "consistent" => texts::consistent(),
        _ => texts::shared(),
    }
}

/// `lienthong quality show`, of the hub.
pub(super) async fn show(measured: &Measured) -> Result<ExitCode, Trouble> {
    let client = client(measured)?;
    let day = of_day(&client, measured, measured.day).await?;
    let found = client.get(&asked(&path_of(measured, ""), [("measurement", day)])).await?;
    super::output(measured, &found, || told(&found));
    Ok(ExitCode::SUCCESS)
}

fn told(dataset: &Value) -> String {
    let measurement = dataset.get("measurement").filter(|measurement| !measurement.is_null());
    let Some(measurement) = measurement else { return texts::never_measured().told() };
    let line = dataset.get("line").unwrap_or(&Value::Null);
    let mut lines = vec![
        format!("{}  {}", text(line, "/id"), number(line, "/overall/value")),
        texts::measured_at(text(measurement, "/ended_at"), text(measurement, "/node")).told(),
    ];
    let row = |word: &&str| vec![criterion(word).told(), number(line, &format!("/criteria/{word}/value"))];
    let heads = [texts::head_what().told(), texts::head_score().told()];
    lines.push(table(heads.iter().map(String::as_str).collect(), CRITERIA.iter().map(row).collect()));
    let first: Vec<&Value> = all(dataset, "fix_first").collect();
    if !first.is_empty() {
        lines.push(format!("{}:", texts::fix_first().told()));
    }
    lines.extend(first.iter().flat_map(|rule| rule_told(rule)));
    lines.join("\n")
}

fn rule_told(rule: &Value) -> Vec<String> {
    let count = |member: &str| rule.get(member).and_then(Value::as_u64).unwrap_or_default();
    let counts = texts::counts(count("pass"), count("fail"), count("null"), count("not_applicable"));
    let mut lines = vec![format!(
        "  {} {}  {}  {}  {}",
        text(rule, "/rule"),
        text(rule, "/version"),
        number(rule, "/score/value"),
        counts.told(),
        texts::gain(&number(rule, "/gain")).told()
    )];
    let said = Words::new(text(rule, "/text/vi"), text(rule, "/text/en"));
    lines.extend((!said.vi().is_empty()).then(|| format!("    {}", said.told())));
    let source = text(rule, "/source");
    lines.extend((!source.is_empty()).then(|| format!("    {}: {source}", texts::source().told())));
    lines
}

/// `lienthong quality explain`, of the hub.
pub(super) async fn explain(measured: &Measured, number_of: Option<&str>) -> Result<ExitCode, Trouble> {
    let client = client(measured)?;
    let of = [
        ("level", Some("dataset".to_owned())),
        ("id", Some(measured.service.to_string())),
        ("number", number_of.map(str::to_owned)),
        ("measurement", of_day(&client, measured, measured.day).await?),
    ];
    let found = client.get(&asked("api/v1/quality/explain", of)).await?;
    super::output(measured, &found, || {
        let mut lines = vec![format!(
            "{}  {}  {}",
            text(&found, "/id"),
            text(&found, "/number"),
            number(&found, "/score/value")
        )];
        lines.extend(all(&found, "parts").map(|part| {
            let weight = part.get("weight").and_then(Value::as_f64).unwrap_or_default();
            format!("  {}  {}  × {weight}", text(part, "/name"), number(part, "/score/value"))
        }));
        lines.extend(all(&found, "rules").flat_map(rule_told));
        lines.push(format!("{}  {}", text(&found, "/contract"), text(&found, "/pack/id")));
        lines.join("\n")
    });
    Ok(ExitCode::SUCCESS)
}

/// `lienthong quality diff`, of the hub.
pub(super) async fn diff(measured: &Measured, with: Option<Date>) -> Result<ExitCode, Trouble> {
    let client = client(measured)?;
    let of = [
        ("measurement", of_day(&client, measured, measured.day).await?),
        ("with", of_day(&client, measured, with).await?),
    ];
    let found = client.get(&asked(&path_of(measured, "/changes"), of)).await?;
    super::output(measured, &found, || {
        let pair = |name: String, path: &str| {
            vec![name, number(&found, &format!("/before{path}")), number(&found, &format!("/after{path}"))]
        };
        let mut rows = vec![pair(texts::whole().told(), "/scores/overall/value")];
        rows.extend(
            CRITERIA
                .iter()
                .map(|word| pair(criterion(word).told(), &format!("/scores/criteria/{word}/value"))),
        );
        let fails = |rule: &Value, path: &str| {
            rule.pointer(path)
                .and_then(Value::as_u64)
                .map_or_else(|| "–".to_owned(), |fails| fails.to_string())
        };
        rows.extend(all(&found, "rules").map(|rule| {
            vec![
                texts::fails_of(text(rule, "/rule")).told(),
                fails(rule, "/before/fail"),
                fails(rule, "/after/fail"),
            ]
        }));
        let heads = [
            &texts::head_what().told(),
            text(&found, "/before/measured_at"),
            text(&found, "/after/measured_at"),
        ];
        table(heads.to_vec(), rows)
    });
    Ok(ExitCode::SUCCESS)
}

/// `lienthong defect`.
pub(in crate::commands) async fn defect(command: Defect) -> Result<ExitCode, Trouble> {
    match command {
        Defect::List { officer, agency, service, state, late, sort, output } => {
            let given = [
                ("agency", agency),
                ("service", service),
                ("state", Some(state)),
                ("late", late.then(|| "true".to_owned())),
                ("sort", sort),
            ];
            let client = HubClient::at(&officer.path)?;
            let found = items(&client, &asked("api/v1/quality/defects", given)).await?;
            show::list_of(&client, "Defects", columns::DEFECTS, found, output).await?;
        }
        Defect::Show { officer, id, output } => {
            let path = format!("api/v1/quality/defects/{}", encode_part(&id));
            let answer = HubClient::at(&officer.path)?.get(&path).await?;
            show::one(&answer, output, ToString::to_string)?;
        }
        Defect::Report { officer, service, exchange, field, kind, reason } => {
            let body = json!({ "service": service, "exchange": exchange, "field": field, "kind": kind, "reason": reason });
            let answer = HubClient::at(&officer.path)?.post("api/v1/quality/defects", &body).await?;
            print(&texts::defect_reported(text(&answer, "/id")).told());
        }
        Defect::Correct(said) => act(&said, "correct").await?,
        Defect::Dispute(said) => act(&said, "dispute").await?,
        Defect::Comment(said) => act(&said, "comments").await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn act(said: &Said, what: &str) -> Result<(), Trouble> {
    let Said { officer, id, reason } = said;
    let path = format!("api/v1/quality/defects/{}/{what}", encode_part(id));
    HubClient::at(&officer.path)?.post(&path, &json!({ "reason": reason })).await?;
    print_words(&match what {
        "correct" => texts::defect_taken(id),
        "dispute" => texts::defect_disputed(id),
        _ => texts::defect_commented(id),
    });
    Ok(())
}
