//! `lienthong assess`: agencies by rule packs, and bundles that are computed anew without anybody.

use std::fs;
use std::process::ExitCode;

use assess::bundle;
use model::fault::{Fault, Words};
use model::id::encode_part;
use operate::client::HubClient;
use operate::file_failed;
use operate::registry::items;
use operate::trouble::Trouble;
use serde_json::{Value, json};

use crate::cli::{Assess, InPeriod, OfCriterion, Output};
use crate::commands::{columns, show};
use crate::output::{print_bytes, print_words, say_words};
use crate::texts;

/// Ends with 1 where a bundle says something else than what it comes to.
const DIFFERS: u8 = 1;

/// `lienthong assess`.
#[expect(clippy::too_many_lines, reason = "a few lines for each verb")]
pub(super) async fn run(command: Assess) -> Result<ExitCode, Trouble> {
    match command {
        Assess::List { officer, of, sort, output } => {
            let path = format!("{}&sort={}", asked("", &of), encode_part(&sort.unwrap_or_default()));
            let found = items(&HubClient::at(&officer.path)?, &path).await?;
            let lines: Vec<Value> = found.iter().map(line).collect();
            show::list("Assessments", columns::ASSESSMENTS, &lines, output)?;
        }
        Assess::Periods { officer, pack, output } => {
            let path = format!("api/v1/assessments/periods?family={}", encode_part(&pack));
            let found = items(&HubClient::at(&officer.path)?, &path).await?;
            show::list("Periods", columns::ASSESSED_PERIODS, &found, output)?;
        }
        Assess::Show { officer, agency, of, output } => {
            let path = asked(&format!("/agencies/{}", encode_part(agency.as_str())), &of);
            let answer = HubClient::at(&officer.path)?.get(&path).await?;
            show::one(&answer, output, told)?;
        }
        Assess::Explain { officer, agency, criterion, of, output } => {
            let place =
                format!("/agencies/{}/criteria/{}", encode_part(agency.as_str()), encode_part(&criterion));
            let answer = HubClient::at(&officer.path)?.get(&asked(&place, &of)).await?;
            show::one(&answer, output, ToString::to_string)?;
        }
        Assess::Run { officer, reason } => {
            let client = HubClient::at(&officer.path)?;
            let answer = client.post("api/v1/assessments/run", &json!({ "reason": reason })).await?;
            let periods = answer.get("periods").and_then(Value::as_array).map_or(0, Vec::len);
            print_words(&texts::assessed(periods));
        }
        Assess::Bundle { officer, agency, of, out } => {
            let agency = agency.map(|agency| encode_part(agency.as_str())).unwrap_or_default();
            let path = format!("{}&agency={agency}", asked("/bundle", &of));
            let answer = HubClient::at(&officer.path)?.fetch(&path).await?;
            match out {
                Some(out) => fs::write(&out, &answer.body).map_err(|error| file_failed(&out, &error))?,
                None => print_bytes(&answer.body),
            }
        }
        Assess::Verify { bundle, output } => return verify(&bundle, output),
        Assess::Packs { officer, id, output } => {
            let client = HubClient::at(&officer.path)?;
            match id {
                Some(id) => {
                    let answer =
                        client.get(&format!("api/v1/assessments/packs/{}", encode_part(&id))).await?;
                    show::one(
                        &answer,
                        if output == Output::Table { Output::Yaml } else { output },
                        ToString::to_string,
                    )?;
                }
                None => {
                    let found = items(&client, "api/v1/assessments/packs").await?;
                    show::list("Packs", columns::ASSESS_PACKS, &found, output)?;
                }
            }
        }
        Assess::Announce { officer, file, reason } => {
            let toml = fs::read_to_string(&file).map_err(|error| file_failed(&file, &error))?;
            let body = json!({ "toml": toml, "reason": reason });
            let answer = HubClient::at(&officer.path)?.post("api/v1/assessments/packs", &body).await?;
            print_words(&texts::pack_announced(&text(&answer, "id"), &text(&answer, "effective_from")));
        }
        Assess::Claim { of, value } => {
            let answer = act(&of, "claims", json!({ "value": value })).await?;
            print_words(&texts::claimed(&of.criterion, &text(&answer, "value")));
        }
        Assess::Waive { of, basis, until } => {
            let answer = act(&of, "waivers", json!({ "basis": basis, "until": until })).await?;
            print_words(&texts::waived(&text(&answer, "id"), &text(&answer, "until")));
        }
        Assess::EndWaiver { officer, id, reason } => {
            let path = format!("api/v1/assessments/waivers/{}/end", encode_part(&id));
            HubClient::at(&officer.path)?.post(&path, &json!({ "reason": reason })).await?;
            print_words(&texts::waiver_ended(&id));
        }
        Assess::Dispute { of, period } => {
            let answer = act(&of, "disputes", json!({ "period": period.unwrap_or_default() })).await?;
            print_words(&texts::disputed(&text(&answer, "id")));
        }
        Assess::Answer { officer, id, reason } => {
            let path = format!("api/v1/assessments/disputes/{}/answer", encode_part(&id));
            HubClient::at(&officer.path)?.post(&path, &json!({ "reason": reason })).await?;
            print_words(&texts::dispute_answered(&id));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn asked(place: &str, of: &InPeriod) -> String {
    let period = of.period.as_deref().unwrap_or_default();
    format!("api/v1/assessments{place}?family={}&period={}", encode_part(&of.pack), encode_part(period))
}

fn text(answer: &Value, member: &str) -> String {
    answer.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Sends what is said of a criterion.
async fn act(of: &OfCriterion, what: &str, said: Value) -> Result<Value, Trouble> {
    let mut body =
        json!({ "family": of.pack, "criterion": of.criterion, "agency": of.agency, "reason": of.reason });
    if let (Some(body), Value::Object(said)) = (body.as_object_mut(), said) {
        body.extend(said);
    }
    HubClient::at(&of.officer.path)?.post(&format!("api/v1/assessments/{what}"), &body).await
}

/// An agency with its figures under a name of their own: lists of other things have figures of these names.
fn line(found: &Value) -> Value {
    json!({ "agency": found.get("agency"), "name": found.get("name"), "assessed": found })
}

/// An agency for people: the triple, then each criterion.
fn told(answer: &Value) -> String {
    let heading = show::told(columns::ASSESSMENTS, &[line(answer.get("line").unwrap_or(&Value::Null))]);
    let criteria = answer.get("criteria").and_then(Value::as_array).into_iter().flatten();
    let criteria: Vec<Value> = criteria
        .filter(|one| one.get("state").and_then(Value::as_str) != Some("not_asked"))
        .map(|one| json!({ "criterion": one.get("id"), "name": one.get("name"), "assessed": one, "gain": one.get("gain") }))
        .collect();
    format!("{heading}\n\n{}", show::told(columns::ASSESSED_CRITERIA, &criteria))
}

/// Computes a bundle anew. What it says of itself is not believed.
fn verify(path: &std::path::Path, output: Output) -> Result<ExitCode, Trouble> {
    let failed = |error: &std::io::Error| file_failed(path, error);
    let bytes = fs::metadata(path).map_err(|error| failed(&error))?.len();
    let refused = |why: Words| Fault::BadDocument { place: Words::quoted(path.display()), why };
    if bytes > bundle::BYTES_MAX as u64 {
        return Err(refused(texts::bundle_too_large()).into());
    }
    let text = fs::read_to_string(path).map_err(|error| failed(&error))?;
    let verified = bundle::verify(&text).map_err(|error| refused(error.0))?;
    let differences: Vec<Value> = verified.differences.iter().map(|difference| json!(difference)).collect();
    if !differences.is_empty() {
        show::list("Differences", columns::BUNDLE_DIFFERENCES, &differences, output)?;
        say_words(&texts::bundle_differs(differences.len()));
        return Ok(ExitCode::from(DIFFERS));
    }
    let of = |judged: &bundle::Judged| {
        json!({
            "agency": judged.evidence.agency, "period": judged.evidence.period, "pack": verified.bundle.pack.id,
            "pack_sha256": verified.bundle.pack_sha256, "evidence_sha256": judged.evidence_sha256, "result_sha256": judged.result_sha256,
        })
    };
    let lines: Vec<Value> = verified.bundle.agencies.iter().map(of).collect();
    show::list("Verified", columns::VERIFIED, &lines, output)?;
    say_words(&texts::bundle_same());
    Ok(ExitCode::SUCCESS)
}
