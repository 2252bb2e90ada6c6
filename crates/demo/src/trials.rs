//! What must not work, and what must go on: refusals, a changed message, a dead node, a dead hub, a revoked grant.

use std::time::{Duration, Instant};

use http::StatusCode;
use model::fault::{Fault, Words};
use operate::registry::revoke;
use operate::trouble::Trouble;
use serde::Serialize;
use serde_json::Value;

use crate::desk::{Call, Desk};
use crate::nation::Nation;
use crate::processes::step;
use crate::registry::COMMUNE_DESK;
use crate::tally::{Tally, milliseconds};
use crate::tamper;
use crate::texts;
use crate::world::World;

const PEOPLE: &str = "VN/GOV/G01/dan-cu/nguoi";
/// Reads in flight while a node or the hub is killed.
const READERS: usize = 4;
/// How long the reads go on around the kill.
const AROUND: Duration = Duration::from_millis(1500);
/// Longest wait for a revoked grant to be refused: the design's floor.
const REVOKED: Duration = Duration::from_secs(60);

/// A trial and what came of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Trial {
    pub(crate) tried: Words,
    pub(crate) outcome: Words,
}

/// A call that must be refused with `code`.
pub(crate) async fn refused(
    desk: &Desk,
    tally: &mut Tally,
    call: Call<'_>,
    code: &str,
    tried: Words,
) -> Result<Trial, Fault> {
    let reply = desk.call(call).await?;
    if reply.fault.as_deref() != Some(code) {
        tally.failed += 1;
        return Err(step(
            tried.vi(),
            &format!("{code} was to be expected, {} {} came", reply.status, reply.json),
        ));
    }
    tally.refused += 1;
    let message = reply.json.get("message").and_then(Value::as_str).unwrap_or_default();
    Ok(Trial { tried, outcome: told(message, code) })
}

/// What a refusal says, in both languages: its code stands once, before both.
fn told(message: &str, code: &str) -> Words {
    match message.split_once(" | ") {
        Some((vi, en)) => Words::new(vi, format!("{code} {en}")),
        None => Words::quoted(message),
    }
}

/// No grant; a purpose outside the grant.
pub(crate) async fn outside_grants(
    world: &World,
    nation: &Nation,
    tally: &mut Tally,
) -> Result<Vec<Trial>, Fault> {
    let person = nation.single_adult().map(|adult| adult.person.to_string()).unwrap_or_default();
    let path = format!("/{person}");
    let no_grant = Call { service: PEOPLE, path: &path, purpose: "nhap-hoc", dossier: "G03-thu", body: None };
    let purpose = Call {
        service: PEOPLE,
        path: &path,
        purpose: "giay-phep-lao-dong",
        dossier: "H05.101-thu",
        body: None,
    };
    Ok(vec![
        refused(&world.education, tally, no_grant, "LT-2104", texts::without_grant()).await?,
        refused(&world.commune, tally, purpose, "LT-2105", texts::outside_purpose()).await?,
    ])
}

/// A field outside the grant is absent, although the database has it.
pub(crate) async fn field_absent(world: &World, nation: &Nation, tally: &mut Tally) -> Result<Trial, Fault> {
    let tried = texts::field_outside();
    let person = nation.single_adult().map(|adult| adult.person.to_string()).unwrap_or_default();
    let has_religion = nation.tables().iter().filter(|table| table.name == "nguoi").any(|table| {
        let column =
            |name: &str| table.columns.iter().position(|column| *column == name).unwrap_or(usize::MAX);
        let (id, religion) = (column("so_dinh_danh"), column("ton_giao"));
        let cell = |row: &'_ [Option<String>], at: usize| row.get(at).cloned().flatten();
        table
            .rows
            .iter()
            .any(|row| cell(row, id).as_deref() == Some(&person) && cell(row, religion).is_some())
    });
    let call = Call {
        service: PEOPLE,
        path: &format!("/{person}"),
        purpose: "xac-nhan-hon-nhan",
        dossier: "H05.101-thu",
        body: None,
    };
    let reply = world.commune.call(call).await?;
    tally.times.push(reply.took);
    let fields: Vec<&String> =
        reply.json.as_object().map(|record| record.keys().collect()).unwrap_or_default();
    let is_right = reply.status == StatusCode::OK
        && has_religion
        && fields.iter().all(|field| *field != "ton_giao")
        && !fields.is_empty();
    if !is_right {
        tally.failed += 1;
        return Err(step(tried.vi(), &format!("{} {}", reply.status, reply.json)));
    }
    let outcome = texts::field_absent(fields.len());
    Ok(Trial { tried, outcome })
}

/// A message changed after it was signed.
pub(crate) async fn tampered(world: &World, nation: &Nation, tally: &mut Tally) -> Result<Trial, Fault> {
    let tried = texts::message_changed();
    let node = world.nodes.last().ok_or_else(|| step(tried.vi(), "no node"))?;
    let service = PEOPLE.parse().map_err(|_| step(tried.vi(), PEOPLE))?;
    let asked = nation.single_adult().map(|adult| adult.person.to_string()).unwrap_or_default();
    let other = nation.wrongly_single().map(|other| other.person.to_string()).unwrap_or_default();
    let error = tamper::send_tampered(
        &node.folder,
        &node.id,
        COMMUNE_DESK,
        &service,
        "xac-nhan-hon-nhan",
        [&asked, &other],
    )
    .await?;
    if !error.message.starts_with("LT-3201") {
        tally.failed += 1;
        return Err(step(tried.vi(), &error.message));
    }
    tally.refused += 1;
    Ok(Trial { tried, outcome: told(&error.message, "LT-3201") })
}

/// Reads that go on while something happens to the nation.
struct Readers {
    tasks: Vec<tokio::task::JoinHandle<Vec<Result<Duration, String>>>>,
    stop: tokio::sync::watch::Sender<bool>,
}

impl Readers {
    fn start(desk: &Desk, person: &str) -> Self {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let tasks = (0..READERS)
            .map(|_| {
                let (desk, stopped, path) = (desk.clone(), stopped.clone(), format!("/{person}"));
                tokio::spawn(async move {
                    let mut outcomes = Vec::new();
                    while !*stopped.borrow() {
                        let call = Call {
                            service: PEOPLE,
                            path: &path,
                            purpose: "xac-nhan-hon-nhan",
                            dossier: "H05.101-lien-tuc",
                            body: None,
                        };
                        outcomes.push(match desk.call(call).await {
                            Ok(reply) if reply.status == StatusCode::OK => Ok(reply.took),
                            Ok(reply) => Err(format!("{} {}", reply.status, reply.json)),
                            Err(fault) => Err(fault.to_string()),
                        });
                        // The grant lets 500 a second through; this stays well below.
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                    outcomes
                })
            })
            .collect();
        Self { tasks, stop }
    }

    /// Ends the reads; counts them, and returns how many there were and the longest time one took.
    async fn finish(self, tally: &mut Tally, tried: &Words) -> Result<(usize, Duration), Fault> {
        let _ = self.stop.send(true);
        let mut outcomes = Vec::new();
        for task in self.tasks {
            outcomes.extend(task.await.map_err(|error| step(tried.vi(), &error.to_string()))?);
        }
        let failed: Vec<&String> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
        tally.failed += failed.len() as u64;
        if let Some(first) = failed.first() {
            return Err(step(
                tried.vi(),
                &format!("{} of {} reads failed: {first}", failed.len(), outcomes.len()),
            ));
        }
        let times: Vec<Duration> = outcomes.into_iter().filter_map(Result::ok).collect();
        let longest = times.iter().max().copied().unwrap_or_default();
        let count = times.len();
        tally.times.extend(times);
        Ok((count, longest))
    }
}

/// One of the two population nodes is killed while officers go on reading.
pub(crate) async fn node_killed(
    world: &mut World,
    nation: &Nation,
    tally: &mut Tally,
) -> Result<(Trial, f64), Fault> {
    let tried = texts::node_killed();
    let person = nation.single_adult().map(|adult| adult.person.to_string()).unwrap_or_default();
    let readers = Readers::start(&world.commune, &person);
    tokio::time::sleep(AROUND / 3).await;
    world.kill_node(0).await?;
    tokio::time::sleep(AROUND).await;
    let (count, longest) = readers.finish(tally, &tried).await?;
    world.restart_node(0).await?;
    let ms = milliseconds(longest);
    let outcome = texts::reads_done(count, ms);
    Ok((Trial { tried, outcome }, ms))
}

/// A grant is revoked at the hub.
pub(crate) async fn revoked(
    world: &mut World,
    nation: &Nation,
    tally: &mut Tally,
) -> Result<(Trial, f64), Trouble> {
    let tried = texts::grant_revoked();
    let number = nation.renumbered().map(|part| part.cancelled.to_string()).unwrap_or_default();
    let path = format!("/{number}");
    let call = Call {
        service: "VN/GOV/G01/dan-cu/so-da-huy",
        path: &path,
        purpose: "tro-cap-tuat",
        dossier: "H05-thu-hoi",
        body: None,
    };
    let before = world.province.call(call).await?;
    tally.times.push(before.took);
    if before.status != StatusCode::OK {
        tally.failed += 1;
        return Err(step(tried.vi(), &format!("before: {} {}", before.status, before.json)).into());
    }
    let officer = world.officer()?;
    let began = Instant::now();
    let done = revoke(&officer, "tinh-so-da-huy", &texts::no_longer_needed().both()).await?;
    let revision = done.get("revision").and_then(Value::as_u64).unwrap_or(u64::MAX);
    // Refused at the consumer's node, and every other node decides from the new directory, too.
    loop {
        let reply = world.province.call(call).await?;
        if reply.fault.as_deref() == Some("LT-2104") {
            tally.refused += 1;
            break;
        }
        tally.times.push(reply.took);
        if began.elapsed() > REVOKED {
            tally.failed += 1;
            return Err(step(tried.vi(), "it is still not refused").into());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    world.wait_for_directory(revision).await?;
    let ms = milliseconds(began.elapsed());
    let outcome = texts::refused_everywhere(ms);
    Ok((Trial { tried, outcome }, ms))
}
