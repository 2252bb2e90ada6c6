//! The node reports to the hub what was measured of its datasets: signed, one report after the other, whether the schedule has measured or
//! somebody at the command line. What the hub has is noted, and what it could not be told is told later.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;
use jiff::civil::Date;
use model::fault::{Fault, Kind};
use model::id::ServiceId;
use model::usage::AHEAD;
use quality::report::{REPORT_MAX_BYTES, SIGNED_AS};
use serde::Deserialize;

use crate::clock;
use crate::folder::{StateFolder, file_failed};
use crate::hub::Hub;
use crate::measure::{self, Kept, Materials};
use crate::node::Node;

/// How often it is looked whether there is something to report, as the schedule looks whether it is time to measure.
const EVERY: Duration = Duration::from_secs(60);
/// Days that are told at most of one dataset, the last ones: a hub that was away for longer takes no older ones.
const DAYS: usize = 30;

/// Reports for as long as the node runs.
pub(crate) async fn report(node: Arc<Node>, hub: Arc<Hub>, every: Duration) {
    loop {
        tokio::time::sleep(EVERY.min(every)).await;
        // Nothing was fetched: nobody has asked for quality here yet.
        let Ok(materials) = Materials::read(&node.folder) else { continue };
        let mut services: Vec<&ServiceId> =
            materials.contracts.keys().filter(|service| node.backends.contains_key(*service)).collect();
        services.sort();
        for service in services {
            if let Err(fault) = tell(&node, &hub, service, &materials).await {
                tracing::warn!(%service, fault = fault.code(), reason = %fault, "a measurement was not reported");
            }
        }
    }
}

/// Tells what the hub has not heard of a dataset yet, the first first.
async fn tell(node: &Node, hub: &Hub, service: &ServiceId, materials: &Materials) -> Result<(), Fault> {
    let latest = clock::now() + AHEAD;
    let told = heard(told(&node.folder, service), latest);
    for day in to_tell(Kept::days(&node.folder, service), told) {
        let report = match measure::leaving(&node.folder, &node.id, (service, day), materials) {
            Ok(Some(report)) => report,
            Ok(None) => continue,
            // One that cannot be read will not be the next time either: those behind it are told.
            Err(fault) => {
                tracing::warn!(%service, %day, fault = fault.code(), reason = %fault, "a measurement cannot be read");
                continue;
            }
        };
        // The hub takes none that ends in a time to come.
        if report.to > latest {
            continue;
        }
        if told.is_some_and(|(_, until)| report.to <= until) {
            continue;
        }
        let bytes =
            serde_json::to_vec(&report).map_err(|error| Fault::Internal { why: error.to_string() })?;
        if bytes.len() > REPORT_MAX_BYTES {
            return Err(Fault::Internal { why: format!("a report of {} bytes", bytes.len()) });
        }
        let own = node.own.load_full();
        match hub.post("quality", (&own, SIGNED_AS), bytes).await {
            Ok(answer) if is_done_with(answer.status(), answer.body()) => {
                note(&node.folder, service, (day, report.to))?
            }
            // It is sent again the next time, and nothing behind it before.
            Ok(_) => return Ok(()),
            Err(why) => {
                tracing::warn!(why, "the hub is not there to take a measurement");
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Up to when the hub was told, as far as that can be. An end that has not come yet was noted while the clock was wrong, and holds nothing up.
fn heard(told: Option<(Date, Timestamp)>, latest: Timestamp) -> Option<(Date, Timestamp)> {
    told.filter(|(_, until)| *until <= latest)
}

/// The days of which something may not have been told, of the last ones.
fn to_tell(days: Vec<Date>, told: Option<(Date, Timestamp)>) -> impl Iterator<Item = Date> {
    let from = days.len().saturating_sub(DAYS);
    days.into_iter().skip(from).filter(move |day| told.is_none_or(|(last, _)| *day >= last))
}

/// Whether a report need not be sent again: the hub has it, or would refuse it each time and has said why. One that has no such route is
/// an older release; what refuses without a word about the report is something before the hub, or about the node, and may change.
fn is_done_with(status: StatusCode, body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Problem {
        title: String,
    }
    let problem = serde_json::from_slice::<Problem>(body).ok();
    let is_of_report = matches!(
        problem.and_then(|problem| Kind::of(&problem.title)),
        Some(Kind::BadReport | Kind::ReportedBefore | Kind::ReportOutOfTime)
    );
    status.is_success()
        || is_of_report
        || status.is_client_error()
            && !matches!(
                status,
                StatusCode::UNAUTHORIZED
                    | StatusCode::FORBIDDEN
                    | StatusCode::NOT_FOUND
                    | StatusCode::METHOD_NOT_ALLOWED
                    | StatusCode::REQUEST_TIMEOUT
                    | StatusCode::TOO_MANY_REQUESTS
            )
}

fn path(folder: &StateFolder, service: &ServiceId) -> PathBuf {
    measure::folder_of(folder, service).join("told")
}

/// Up to when the hub was told of a dataset: the day, and the end of that run.
fn told(folder: &StateFolder, service: &ServiceId) -> Option<(Date, Timestamp)> {
    serde_json::from_slice(&std::fs::read(path(folder, service)).ok()?).ok()
}

fn note(folder: &StateFolder, service: &ServiceId, told: (Date, Timestamp)) -> Result<(), Fault> {
    let path = path(folder, service);
    let bytes = serde_json::to_vec(&told).map_err(|error| Fault::Internal { why: error.to_string() })?;
    trust::file::replace(&path, &bytes).map_err(|error| file_failed(&path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_hub_has_or_will_never_take_is_not_sent_again() {
        let of_report = r#"{"title":"LT-7125","detail":"form 2"}"#;
        for (status, said, done) in [
            (200, "{}", true),
            (403, of_report, true),
            (409, "", true),
            (400, "", true),
            (403, "", false),
            (403, "<html>LT-7125</html>", false),
            (401, "", false),
            (408, "", false),
            (404, "", false),
            (429, "", false),
            (503, "", false),
            (500, "", false),
        ] {
            let told = is_done_with(StatusCode::from_u16(status).unwrap(), said.as_bytes());
            assert_eq!(told, done, "{status} {said}");
        }
    }

    /// The hub was told up to a moment, before or ahead of now: of what was measured since, nothing is left out, and what was told ahead of
    /// time keeps nothing back.
    #[test]
    fn what_was_told_ahead_of_time_holds_nothing_up() {
        let now: Timestamp = "2026-11-30T05:00:00Z".parse().unwrap();
        let today = model::time::day_in_viet_nam(now);
        let days: Vec<Date> = (0..40).rev().map(|back| today - jiff::Span::new().days(back)).collect();
        let last = |count: usize| days[days.len() - count..].to_vec();
        assert_eq!(to_tell(days.clone(), heard(None, now + AHEAD)).collect::<Vec<_>>(), last(DAYS));
        for back in -40_i64..40 {
            for minutes in [-1, 0, 1] {
                let until = now + AHEAD - jiff::SignedDuration::from_hours(24 * back)
                    + jiff::SignedDuration::from_mins(minutes);
                let told = (today - jiff::Span::new().days(back), until);
                let days_left = to_tell(days.clone(), heard(Some(told), now + AHEAD)).collect::<Vec<_>>();
                let expected = match until <= now + AHEAD {
                    true => last(usize::try_from(back + 1).unwrap().min(DAYS)),
                    false => last(DAYS),
                };
                assert_eq!(days_left, expected, "told until {until}");
            }
        }
    }
}
