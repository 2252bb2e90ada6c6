//! The node reports its figures and what its sources lack to the hub: signed, one report after the other, each for an interval of its
//! own, so that nothing is counted twice.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use jiff::{SignedDuration, Timestamp};
use model::fault::Kind;
use model::usage::{AHEAD, Gap, ROWS_MAX, Report, Row, SIGNED_AS};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::clock;
use crate::folder::StateFolder;
use crate::hub::Hub;
use crate::inspect;
use crate::node::Node;

/// Pause after the hub could not be reached.
const PAUSE: Duration = Duration::from_secs(5);
/// Most ends of the node whose reports wait apart for a hub that is away; the figures of older ones go into a later report.
const LEFT_MAX: usize = 20;

/// Sends reports. One that was sent and not acknowledged stays as it is until the hub has it.
pub(crate) struct Reporter {
    hub: Arc<Hub>,
    every: Duration,
    /// The report that the hub may have or not.
    sent: PathBuf,
    /// What was counted when the node ended.
    left: PathBuf,
    /// What the next report begins with.
    next: Mutex<Next>,
}

/// What a report needs beside what was counted.
#[derive(Clone)]
struct Next {
    /// The end of the last one.
    from: Timestamp,
    /// What datasets lacked when they were looked at last.
    gaps: Vec<Gap>,
}

impl Next {
    /// Begins behind `end`, if that can be an end of ours that the hub has taken: by a clock that was set back since, not one that was a
    /// day ahead.
    fn begin_behind(&mut self, end: Timestamp, now: Timestamp) {
        if end > self.from && end <= now + AHEAD {
            self.from = end;
        }
    }

    /// The next interval. Where the clock was set back behind the last end, it begins there all the same and has a moment, which the hub
    /// takes as long as it is not too far ahead: whatever interval overlaps the last one counts nothing.
    fn interval(&mut self, now: Timestamp) -> (Timestamp, Timestamp) {
        let from = self.from;
        self.from = now.max(from + SignedDuration::from_millis(1));
        (from, self.from)
    }
}

/// A report to be sent.
struct Waiting {
    report: Report,
    /// It was found on the disk when the node started: the hub may have it, and more that came after it.
    is_of_before: bool,
}

/// What ends of the node have left: reports, or what an older release wrote, which has no interval.
#[derive(Deserialize)]
#[serde(untagged)]
enum Left {
    Rows(Vec<Row>),
    Reports(Vec<Report>),
}

/// What becomes of a report that the hub has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answered {
    /// It is done with: the hub has it, or would refuse it each time.
    Done,
    /// Nothing of it counts, for its interval alone: its figures go into a later one, which begins there, if the hub says where.
    Later(Option<Timestamp>),
    /// It is sent again.
    Again,
}

impl Answered {
    fn of(answer: &Response<Bytes>, is_of_before: bool) -> Self {
        #[derive(Deserialize)]
        struct Problem {
            title: String,
            until: Option<Timestamp>,
        }
        let (status, problem) = (answer.status(), serde_json::from_slice::<Problem>(answer.body()));
        let until = problem.as_ref().ok().and_then(|problem| problem.until);
        match problem.ok().and_then(|problem| Kind::of(&problem.title)) {
            // One of before a restart may be among what the hub has counted: after a backup was restored, it is.
            Some(Kind::ReportedBefore) if is_of_before => Self::Done,
            Some(Kind::ReportedBefore | Kind::ReportOutOfTime) => Self::Later(until),
            // What the hub refuses it will refuse the next time, too; it has said why.
            _ if status.is_success() || status.is_client_error() => Self::Done,
            _ => Self::Again,
        }
    }
}

impl Reporter {
    pub(crate) fn new(hub: Arc<Hub>, every: Duration, folder: &StateFolder) -> Self {
        let (sent, left, now) = (folder.usage_sent(), folder.usage_left(), clock::now());
        let mut next = Next { from: now, gaps: Vec::new() };
        let of_before = match read(&left) {
            Some(Left::Reports(reports)) => reports,
            _ => Vec::new(),
        };
        for report in of_before.iter().chain(&read::<Report>(&sent)) {
            next.begin_behind(report.to, now);
        }
        Self { hub, every, sent, left, next: Mutex::new(next) }
    }

    /// Reports for as long as the node runs.
    pub(crate) async fn run(&self, node: &Node) {
        // What the log tells of sources need not wait for the first report.
        let gaps = inspect::gaps(node).await;
        self.next().gaps = gaps;
        self.deliver_left(node).await;
        loop {
            tokio::time::sleep(self.every).await;
            let gaps = inspect::gaps(node).await;
            self.next().gaps = gaps;
            let report = self.draw_up(node, ROWS_MAX);
            self.deliver(node, Waiting { report, is_of_before: false }).await;
        }
    }

    /// Sends what earlier ends have left, one report after the other. What counts among the node's figures again is not in the file any
    /// more, so that an end in between counts nothing twice.
    async fn deliver_left(&self, node: &Node) {
        let mut left = self.left(node);
        // What was sent last may be the first of them.
        let sent: Option<Report> = read(&self.sent);
        let sent = sent.filter(|sent| left.first().is_none_or(|first| first.number != sent.number));
        left.splice(0..0, sent);
        for report in &mut left {
            let beyond = report.rows.len().min(ROWS_MAX);
            node.usage.put_back(report.rows.split_off(beyond));
        }
        while let Some(report) = left.first().cloned() {
            self.write_left(&left);
            self.deliver(node, Waiting { report, is_of_before: true }).await;
            left.remove(0);
        }
        let _ = std::fs::remove_file(&self.left);
    }

    fn write_left(&self, left: &[Report]) {
        let bytes = serde_json::to_vec(left).unwrap_or_default();
        if let Err(error) = trust::file::replace(&self.left, &bytes) {
            tracing::warn!(%error, "figures that wait for the hub could not be kept");
        }
    }

    /// Keeps what was counted and not reported, for the next start: as the report that it would have been, so that it counts once even
    /// if that state of the node is restored later. A crash loses what was counted since the last report.
    pub(crate) fn keep(&self, node: &Node) {
        // What an earlier end left may still wait for the hub. The first of it was perhaps sent, and stays as it is.
        let mut left = self.left(node);
        while left.len() >= LEFT_MAX {
            node.usage.put_back(left.remove(1).rows);
        }
        let report = self.draw_up(node, usize::MAX);
        // One that is empty only says where the next one begins, which matters if the clock was set back.
        if report.rows.is_empty() && report.to <= clock::now() {
            return;
        }
        left.push(report);
        self.write_left(&left);
    }

    /// Sends a report until it is answered.
    async fn deliver(&self, node: &Node, Waiting { report, is_of_before }: Waiting) {
        loop {
            match self.send(node, &report).await.map(|answer| Answered::of(&answer, is_of_before)) {
                Ok(Answered::Done) => break,
                Ok(Answered::Later(until)) => {
                    node.usage.put_back(report.rows);
                    let (now, mut next) = (clock::now(), self.next());
                    next.from = next.from.min(now);
                    if let Some(until) = until {
                        next.begin_behind(until, now);
                    }
                    break;
                }
                Ok(Answered::Again) => {}
                Err(why) => tracing::warn!(why, "the hub is not there to take the figures"),
            }
            tokio::time::sleep(PAUSE).await;
        }
        let _ = std::fs::remove_file(&self.sent);
    }

    async fn send(&self, node: &Node, report: &Report) -> Result<Response<Bytes>, String> {
        let bytes = serde_json::to_vec(report).map_err(|error| error.to_string())?;
        // On disk first: if the node dies now, the same report goes out again, and is taken once.
        if !report.rows.is_empty() {
            trust::file::replace(&self.sent, &bytes).map_err(|error| error.to_string())?;
        }
        let own = node.own.load_full();
        self.hub.post("usage", (&own, SIGNED_AS), bytes).await
    }

    /// The reports that ends of the node have left. What has no interval is counted anew.
    fn left(&self, node: &Node) -> Vec<Report> {
        match read(&self.left) {
            Some(Left::Reports(reports)) => reports,
            Some(Left::Rows(rows)) => {
                node.usage.put_back(rows);
                let _ = std::fs::remove_file(&self.left);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// Up to now, or a moment behind the last one.
    fn draw_up(&self, node: &Node, most_rows: usize) -> Report {
        let mut rows = node.usage.take();
        if rows.len() > most_rows {
            node.usage.put_back(rows.split_off(most_rows));
        }
        let mut next = self.next();
        let (from, to) = next.interval(clock::now());
        Report {
            node: node.id.clone(),
            number: u64::try_from(to.as_millisecond()).unwrap_or_default(),
            from,
            to,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            directory: node.directory.load().revision,
            refused: node.standing.refused_directory(),
            rows,
            gaps: next.gaps.clone(),
        }
    }

    fn next(&self) -> std::sync::MutexGuard<'_, Next> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn only_what_surely_does_not_count_is_counted_later() {
        let of = |status: u16, code: &str, is_of_before| {
            let body = format!("{{\"title\":\"{code}\",\"detail\":\"…\"}}");
            let mut answer = Response::new(Bytes::from(body));
            *answer.status_mut() = StatusCode::from_u16(status).unwrap();
            Answered::of(&answer, is_of_before)
        };
        for (status, code, now, of_before) in [
            (409, "LT-7134", Answered::Later(None), Answered::Done),
            (403, "LT-7135", Answered::Later(None), Answered::Later(None)),
            (403, "LT-7125", Answered::Done, Answered::Done),
            (400, "", Answered::Done, Answered::Done),
            (503, "LT-7108", Answered::Again, Answered::Again),
            (500, "x", Answered::Again, Answered::Again),
        ] {
            assert_eq!(
                [of(status, code, false), of(status, code, true)],
                [now, of_before],
                "{status} {code}"
            );
        }
        assert_eq!(Answered::of(&Response::new(Bytes::from("{\"taken\":false}")), true), Answered::Done);
        let until = "{\"title\":\"LT-7134\",\"until\":\"2026-11-29T08:00:00Z\"}";
        let told = Answered::of(&Response::new(Bytes::from(until)), false);
        assert_eq!(told, Answered::Later(Some("2026-11-29T08:00:00Z".parse().unwrap())));
    }

    #[test]
    fn intervals_follow_on_one_another_wherever_the_clock_goes() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let mut next = Next { from: at(1000), gaps: Vec::new() };
        let mut last = at(1000);
        // Ahead, back, and on.
        for now in [1060, 1360, 1100, 1100, 1160, 1400] {
            let (from, to) = next.interval(at(now));
            assert_eq!(from, last);
            assert!(to > from && to >= at(now) && to <= at(now.max(1361)), "{now}: {to}");
            last = to;
        }
        // Behind what the hub can have taken, and not behind what it cannot.
        next.begin_behind(at(1500), at(1450));
        next.begin_behind(at(90_000), at(1450));
        next.begin_behind(at(20), at(1450));
        assert_eq!(next.from, at(1500));
    }
}
