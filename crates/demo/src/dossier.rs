//! One case at a desk: what was asked, of whom, what for, what came back, and what did not match.

use std::time::Duration;

use http::StatusCode;
use model::fault::{Fault, Words};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::desk::{Call, Desk, Reply};
use crate::processes::step;
use crate::registry::Registry;
use crate::texts;

/// What is counted over the day.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Time of every exchange that was answered.
    pub(crate) times: Vec<Duration>,
    /// Calls that were refused, as they had to be.
    pub(crate) refused: u64,
    /// Calls that went otherwise than they had to.
    pub(crate) failed: u64,
}

/// A case and how it went.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Case {
    pub(crate) procedure: Words,
    /// The agency at whose desk it was.
    pub(crate) agency: Words,
    pub(crate) dossier: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) outcome: Words,
}

/// One question or deed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Step {
    pub(crate) asked: Words,
    /// Of which agency.
    pub(crate) of: Words,
    pub(crate) service: String,
    pub(crate) purpose: String,
    pub(crate) basis: String,
    pub(crate) status: u16,
    /// The fields that came back.
    pub(crate) fields: Vec<String>,
    /// What did not match, and why.
    pub(crate) mismatches: Vec<Mismatch>,
    pub(crate) ms: f64,
}

/// Something that two databases say differently.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Mismatch {
    pub(crate) field: String,
    pub(crate) why: Words,
}

/// A case in work.
pub(crate) struct Dossier<'a> {
    desk: &'a Desk,
    registry: &'a Registry,
    tally: &'a mut Tally,
    purpose: &'static str,
    case: Case,
}

impl<'a> Dossier<'a> {
    /// Opens a case at `desk`.
    pub(crate) fn open(
        desk: &'a Desk,
        registry: &'a Registry,
        tally: &'a mut Tally,
        number: u32,
        purpose: &'static str,
        procedure: Words,
    ) -> Self {
        let (member, _) = desk.system.rsplit_once('/').unwrap_or_default();
        let agency = member.parse().map(|member| registry.agency(&member)).map(|name| Words::from(&name));
        let code = member.rsplit('/').next().unwrap_or_default();
        let case = Case {
            procedure,
            agency: agency.unwrap_or_else(|_| Words::quoted(member)),
            dossier: format!("{code}-{number:04}"),
            steps: Vec::new(),
            outcome: Words::default(),
        };
        Self { desk, registry, tally, purpose, case }
    }

    /// Asks for one record.
    pub(crate) async fn get(&mut self, asked: Words, service: &str, key: &str) -> Result<Value, Fault> {
        let reply = self.send(asked, service, &format!("/{}", model::id::encode_part(key)), None).await?;
        self.expect(service, &reply, &[StatusCode::OK])?;
        Ok(reply.json)
    }

    /// Asks for the records whose `field` has this value.
    pub(crate) async fn find(
        &mut self,
        asked: Words,
        service: &str,
        field: &str,
        value: &str,
    ) -> Result<Vec<Value>, Fault> {
        let reply =
            self.send(asked, service, &format!("?{field}={}", model::id::encode_part(value)), None).await?;
        self.expect(service, &reply, &[StatusCode::OK])?;
        Ok(reply.json.get("items").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    /// Asks for the one record whose `field` has this value: for keys that have no place in a path.
    pub(crate) async fn one(
        &mut self,
        asked: Words,
        service: &str,
        (field, value): (&str, &str),
    ) -> Result<Value, Fault> {
        let found = self.find(asked, service, field, value).await?;
        found.into_iter().next().ok_or_else(|| step(service, &format!("no record with {field} {value}")))
    }

    /// Has values compared with a record, and is shown none of it. Returns whether all match.
    pub(crate) async fn confirm(
        &mut self,
        asked: Words,
        service: &str,
        key: &str,
        values: Value,
    ) -> Result<bool, Fault> {
        let body = json!({ "key": key, "values": values });
        let reply = self.send(asked, service, "/confirm", Some(&body)).await?;
        self.expect(service, &reply, &[StatusCode::OK])?;
        let empty = Map::new();
        let verdicts = reply.json.get("fields").and_then(Value::as_object).unwrap_or(&empty);
        let mut all = reply.json.get("found") == Some(&json!(true));
        for (field, verdict) in verdicts {
            let how = verdict.get("how").and_then(Value::as_str).unwrap_or_default();
            let matches = verdict.get("match") == Some(&json!(true));
            all &= matches;
            if how != "match" {
                self.differs(field, told(how));
            }
        }
        Ok(all)
    }

    /// Does something at the provider.
    pub(crate) async fn act(
        &mut self,
        asked: Words,
        service: &str,
        path: &str,
        body: Value,
    ) -> Result<Value, Fault> {
        let reply = self.send(asked, service, path, Some(&body)).await?;
        self.expect(service, &reply, &[StatusCode::OK, StatusCode::CREATED])?;
        Ok(reply.json)
    }

    /// Notes what the last answer says differently from what is known.
    pub(crate) fn differs(&mut self, field: &str, why: Words) {
        if let Some(step) = self.case.steps.last_mut() {
            step.mismatches.push(Mismatch { field: field.to_owned(), why });
        }
    }

    /// Closes the case.
    pub(crate) fn close(mut self, outcome: Words) -> Case {
        self.case.outcome = outcome;
        self.case
    }

    async fn send(
        &mut self,
        asked: Words,
        service: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply, Fault> {
        let call = Call { service, path, purpose: self.purpose, dossier: &self.case.dossier, body };
        let reply = self.desk.call(call).await?;
        self.tally.times.push(reply.took);
        let provider = self.registry.provider(service);
        let basis = self.registry.basis(&self.desk.system, service, self.purpose);
        self.case.steps.push(Step {
            asked,
            of: Words::from(&provider),
            service: service.to_owned(),
            purpose: self.purpose.to_owned(),
            basis: basis.map(|basis| basis.citation.clone()).unwrap_or_default(),
            status: reply.status.as_u16(),
            fields: fields(&reply.json),
            mismatches: Vec::new(),
            ms: milliseconds(reply.took),
        });
        Ok(reply)
    }

    fn expect(&mut self, service: &str, reply: &Reply, wanted: &[StatusCode]) -> Result<(), Fault> {
        if wanted.contains(&reply.status) {
            return Ok(());
        }
        self.tally.failed += 1;
        Err(step(
            &format!("{} {service}", self.case.procedure.vi()),
            &format!("{} {}", reply.status, reply.json),
        ))
    }
}

/// The names of what came back; of a list, those of its records.
fn fields(json: &Value) -> Vec<String> {
    let record = match json.get("items").and_then(Value::as_array) {
        Some(items) => items.first(),
        None => json.get("fields").or(Some(json)),
    };
    record.and_then(Value::as_object).map(|record| record.keys().cloned().collect()).unwrap_or_default()
}

pub(crate) fn milliseconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 100_000.0).round() / 100.0
}

/// What a verdict means, for people.
fn told(how: &str) -> Words {
    match how {
        "match_other_spelling" => texts::matches_spelled_otherwise(),
        "match_after_merger" => texts::matches_old_commune(),
        "differs_in_marks" => texts::same_without_marks(),
        "no_value" => texts::no_value(),
        _ => texts::differs(),
    }
}

/// A text member of a record.
pub(crate) fn text<'v>(record: &'v Value, field: &str) -> &'v str {
    record.get(field).and_then(Value::as_str).unwrap_or_default()
}
