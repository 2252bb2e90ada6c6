//! Every dataset behind a node that runs, once a day at its hour, one after the other. What a restart breaks off goes on when the node is back.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use model::fault::Fault;
use model::id::ServiceId;
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};

use crate::backend::Backends;
use crate::clock;
use crate::compiled::CompiledDirectory;
use crate::folder::StateFolder;
use crate::measure::kept::{Kept, Said};
use crate::measure::{Materials, Measurable, kept, measure};
use crate::settings::QualitySettings;

/// How soon a node that has started looks for the first time; while its directory lacks what it is to measure, it looks again after twice
/// as long each time.
const SOON: Duration = Duration::from_secs(1);
/// How often it is looked whether it is time.
const EVERY: Duration = Duration::from_secs(60);
/// When what failed is tried again, if its hour does not come before.
const AGAIN: Duration = Duration::from_secs(3600);
/// Hours of Viet Nam's time before the world's.
const VIET_NAM: i64 = 7;

/// How a dataset was last measured by schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// When it was last tried.
    pub last: Timestamp,
    /// When it will be tried next.
    pub next: Timestamp,
    /// Records, if it came to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Why it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Said>,
}

fn path(folder: &StateFolder) -> PathBuf {
    folder.quality().join("status.json")
}

/// How each dataset was last measured by schedule; nothing of those that never were.
#[must_use]
pub fn status(folder: &StateFolder) -> BTreeMap<ServiceId, Status> {
    kept::read(&path(folder)).unwrap_or_default()
}

/// The moment at which the hour of a day begins in Viet Nam.
fn hour_of(day: Date, hour: u8) -> Timestamp {
    let midnight = day.at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC);
    let midnight = midnight.map_or(Timestamp::MIN, |midnight| midnight.timestamp());
    midnight.checked_add(Span::new().hours(i64::from(hour) - VIET_NAM)).unwrap_or(Timestamp::MIN)
}

/// When it is time after now.
fn next(now: Timestamp, hour: u8) -> Timestamp {
    let today = day_in_viet_nam(now);
    let days = [Ok(today), today.tomorrow()].into_iter().flatten();
    days.map(|day| hour_of(day, hour)).find(|at| *at > now).unwrap_or(Timestamp::MAX)
}

/// Measures for as long as the node runs.
pub(crate) async fn schedule(
    folder: &StateFolder,
    settings: &QualitySettings,
    directory: &ArcSwap<CompiledDirectory>,
    backends: &Backends,
) {
    if settings.off {
        return std::future::pending().await;
    }
    let every = EVERY.min(Duration::from_secs(settings.every_seconds));
    let mut pause = SOON.min(every);
    loop {
        tokio::time::sleep(pause).await;
        let soon = (pause * 2).min(every);
        pause = every;
        // Nothing was fetched: nobody has asked for quality here yet.
        let Ok(materials) = Materials::read(folder) else { continue };
        let (now, mut known) = (clock::now(), status(folder));
        let directory = directory.load_full();
        let mut ids: Vec<&ServiceId> =
            materials.contracts.keys().filter(|id| backends.contains_key(*id)).collect();
        ids.sort();
        for id in ids {
            // What was noted while the clock was ahead must not keep the node silent until then.
            let due = known.get(id).map_or_else(
                || first(folder, id, now, settings.hour),
                |known| known.next.min(next(now, settings.hour)),
            );
            if due > now {
                continue;
            }
            let (Some(offered), Some(backend)) = (directory.service(id), backends.get(id)) else {
                pause = soon;
                continue;
            };
            let Some(what) = Measurable::of(offered, backend) else { continue };
            let ended = Box::pin(measure(folder, settings, &what, &materials, |_| ())).await;
            known = status(folder);
            known.insert(id.clone(), note(id, ended, settings.hour));
            let written = kept::json(&known).and_then(|bytes| kept::put(&path(folder), &bytes));
            if let Err(fault) = written {
                tracing::error!(fault = fault.code(), reason = %fault, "the status of measuring is not kept");
            }
        }
    }
}

/// When a dataset is due that the schedule has never measured: today's hour, unless somebody has measured it today.
fn first(folder: &StateFolder, id: &ServiceId, now: Timestamp, hour: u8) -> Timestamp {
    let today = day_in_viet_nam(now);
    if Kept::days(folder, id).last() == Some(&today) { next(now, hour) } else { hour_of(today, hour) }
}

fn note(id: &ServiceId, ended: Result<Kept, Fault>, hour: u8) -> Status {
    let now = clock::now();
    let (rows, failed) = match ended {
        Ok(kept) => {
            tracing::info!(service = %id, rows = kept.about.rows, "measured");
            (Some(kept.about.rows), None)
        }
        Err(fault) => {
            tracing::warn!(service = %id, fault = fault.code(), reason = %fault, "not measured");
            (None, Some(Said { vi: fault.vi(), en: fault.en() }))
        }
    };
    let again = now.checked_add(AGAIN).unwrap_or(Timestamp::MAX);
    let next = if failed.is_some() { next(now, hour).min(again) } else { next(now, hour) };
    Status { last: now, next, rows, failed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_one_of_viet_nam_and_the_next_is_always_to_come() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        // One in the morning in Hà Nội is six in the evening of the day before by the world's time.
        assert_eq!(next(at("2026-11-29T17:59:59Z"), 1), at("2026-11-29T18:00:00Z"));
        assert_eq!(next(at("2026-11-29T18:00:00Z"), 1), at("2026-11-30T18:00:00Z"));
        assert_eq!(next(at("2026-11-30T16:30:00Z"), 23), at("2026-12-01T16:00:00Z"));
        assert_eq!(next(at("2026-11-30T16:59:59Z"), 0), at("2026-11-30T17:00:00Z"));
    }
}
