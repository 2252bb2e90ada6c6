//! The node reports its figures and what its sources lack to the hub: signed, one report after the other, none taken twice.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;
use model::usage::{ROWS_MAX, Report, SIGNED_AS};
use serde::de::DeserializeOwned;

use crate::clock;
use crate::folder::StateFolder;
use crate::hub::Hub;
use crate::inspect;
use crate::node::Node;

/// Pause after the hub could not be reached.
const PAUSE: Duration = Duration::from_secs(5);

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
    pub(crate) fn new(hub: Arc<Hub>, every: Duration, folder: &StateFolder) -> Self {
        Self { hub, every, sent: folder.usage_sent(), left: folder.usage_left() }
    }

    /// Reports for as long as the node runs.
    pub(crate) async fn run(&self, node: &Node) {
        let mut from = clock::now();
        // What the log tells of sources need not wait for the first report.
        inspect::gaps(node).await;
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
        self.hub.post("usage", (&own, SIGNED_AS), bytes).await.map(|answer| answer.status())
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

async fn draw_up(node: &Node, from: Timestamp) -> Report {
    let gaps = inspect::gaps(node).await;
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
        directory: node.directory.load().revision,
        refused: node.standing.refused_directory(),
        rows,
        gaps,
    }
}
