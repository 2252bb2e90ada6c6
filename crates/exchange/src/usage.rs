//! Figures of the node's traffic, and how they get to the hub: signed, one report after the other, none taken twice.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{Response, StatusCode};
use model::fault::Fault;
use model::id::{ServiceId, SystemId};
use model::usage::{Counted, Figures, Outcome, ROWS_MAX, Report, Row, SIGNED_AS};

use crate::body::OutBody;
use crate::book::Book;
use crate::clock;
use crate::decide::Call;
use crate::headers;
use crate::node::Node;
use crate::upstream::Hub;

/// Pause after the hub could not be reached.
const PAUSE: Duration = Duration::from_secs(5);
/// What stands for a purpose that the directory does not name.
const UNKNOWN: &str = "?";

/// What was counted since the last report.
#[derive(Default)]
pub(crate) struct Usage {
    counted: Mutex<HashMap<Key, Vec<(String, Figures)>>>,
}

type Key = (Counted, SystemId, ServiceId);

impl Usage {
    /// Counts a call that ended with an answer.
    pub(crate) fn answered(
        &self,
        counted: Counted,
        book: &Book,
        call: &Call,
        answer: &Response<OutBody>,
        began: Instant,
    ) {
        let code = headers::last(answer.headers(), &headers::FAULT);
        let outcome = match code {
            Some(code) if !code.is_empty() => Outcome::of_code(code),
            _ => Outcome::of_status(answer.status().as_u16()),
        };
        self.count(counted, book, call, outcome, code.filter(|code| !code.is_empty()), began);
    }

    /// Counts a call that ended with a fault here.
    pub(crate) fn ended(&self, counted: Counted, book: &Book, call: &Call, fault: &Fault, began: Instant) {
        self.count(counted, book, call, Outcome::of_code(fault.code()), Some(fault.code()), began);
    }

    /// One short lock and no allocation for what was counted before. What the directory does not know is not counted: strangers
    /// could make as many names as they like.
    fn count(
        &self,
        counted: Counted,
        book: &Book,
        call: &Call,
        outcome: Outcome,
        code: Option<&str>,
        began: Instant,
    ) {
        if book.service(&call.service).is_none() || book.system(&call.client).is_none() {
            return;
        }
        let purpose = if book.has_purpose(&call.purpose) { call.purpose.as_str() } else { UNKNOWN };
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let mut all = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let by_purpose = all.entry((counted, call.client.clone(), call.service.clone())).or_default();
        let figures = match by_purpose.iter_mut().position(|(known, _)| known == purpose) {
            Some(place) => by_purpose.get_mut(place),
            None => {
                by_purpose.push((purpose.to_owned(), Figures::default()));
                by_purpose.last_mut()
            }
        };
        if let Some((_, figures)) = figures {
            figures.count(outcome, code, micros);
        }
    }

    /// Takes what was counted.
    fn take(&self) -> Vec<Row> {
        let all = std::mem::take(&mut *self.counted.lock().unwrap_or_else(PoisonError::into_inner));
        let mut rows = Vec::new();
        for ((counted, client, service), by_purpose) in all {
            rows.extend(by_purpose.into_iter().map(|(purpose, figures)| Row {
                counted,
                client: client.clone(),
                service: service.clone(),
                purpose,
                figures,
            }));
        }
        rows
    }

    /// Puts rows back that were not reported.
    fn put_back(&self, rows: Vec<Row>) {
        let mut all = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            let by_purpose = all.entry((row.counted, row.client, row.service)).or_default();
            match by_purpose.iter_mut().find(|(known, _)| *known == row.purpose) {
                Some((_, figures)) => figures.merge(&row.figures),
                None => by_purpose.push((row.purpose, row.figures)),
            }
        }
    }
}

/// Sends reports. One that was sent and not acknowledged stays as it is until the hub has it.
pub(crate) struct Reporter {
    hub: Arc<Hub>,
    every: Duration,
    /// The report that the hub may have or not.
    sent: PathBuf,
    /// What was counted when the node ended.
    left: PathBuf,
}

impl Reporter {
    /// A reporter to `hub`.
    pub(crate) fn new(hub: Arc<Hub>, every: Duration, folder: &Path) -> Self {
        Self { hub, every, sent: folder.join("usage-sent.json"), left: folder.join("usage-left.json") }
    }

    /// Reports for as long as the node runs.
    pub(crate) async fn run(&self, node: &Node) {
        let mut from = clock::now();
        // What the log tells of sources need not wait for the first report.
        node.gaps().await;
        node.usage.put_back(read(&self.left).unwrap_or_default());
        let _ = std::fs::remove_file(&self.left);
        let mut waiting: Option<Report> = read(&self.sent);
        loop {
            let report = match waiting.take() {
                Some(report) => report,
                None => {
                    tokio::time::sleep(self.every).await;
                    let report = draw_up(node, from).await;
                    from = report.to;
                    report
                }
            };
            match self.send(node, &report).await {
                Ok(status) if status.is_success() || status.is_client_error() => {
                    // What the hub refuses it will refuse the next time, too; it has said why.
                    let _ = std::fs::remove_file(&self.sent);
                    continue;
                }
                Ok(_) => {}
                Err(why) => tracing::warn!(why, "the hub is not there to take the figures"),
            }
            waiting = Some(report);
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Keeps what was counted and not reported, for the next start. A crash loses what was counted since the last report.
    pub(crate) fn keep(&self, node: &Node) {
        let rows = node.usage.take();
        let bytes = serde_json::to_vec(&rows).unwrap_or_default();
        if !rows.is_empty()
            && let Err(error) = trust::file::replace(&self.left, &bytes)
        {
            tracing::warn!(%error, "the last figures could not be kept");
        }
    }

    async fn send(&self, node: &Node, report: &Report) -> Result<StatusCode, String> {
        let bytes = serde_json::to_vec(report).map_err(|error| error.to_string())?;
        // On disk first: if the node dies now, the same report goes out again, and is taken once.
        if !report.rows.is_empty() {
            trust::file::replace(&self.sent, &bytes).map_err(|error| error.to_string())?;
        }
        let own = node.own.load_full();
        let signature = trust::hex(&own.key.sign(&[SIGNED_AS, &bytes].concat()));
        let headers = [("lienthong-key", &*own.keyid), ("lienthong-signature", signature.as_str())];
        self.hub.post("usage", &headers, bytes.into()).await.map(|answer| answer.status())
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

async fn draw_up(node: &Node, from: jiff::Timestamp) -> Report {
    let gaps = node.gaps().await;
    let to = clock::now();
    let mut rows = node.usage.take();
    if rows.len() > ROWS_MAX {
        node.usage.put_back(rows.split_off(ROWS_MAX));
    }
    Report {
        node: node.id.clone(),
        number: u64::try_from(to.as_millisecond()).unwrap_or_default(),
        from: from.min(to),
        to,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        directory: node.book.load().revision,
        refused: node.refused_directory(),
        rows,
        gaps,
    }
}
