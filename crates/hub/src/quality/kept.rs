//! Reports as they are kept: what was counted, read again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use model::fault::Fault;
use quality::{Report, State};

use super::Scores;
use crate::store::{Tx, all, from_json, from_text, optional};

/// The last report of a dataset, as far as what is above it needs it.
#[derive(Debug, Clone)]
pub(crate) struct Latest {
    /// The node that made it, and its number.
    pub(crate) of: (String, i64),
    /// Its number among all that were read since the program began: no two have one.
    pub(crate) serial: u64,
    /// When it was measured.
    pub(crate) ended_at: Timestamp,
    /// What was counted, under the dictionary's names.
    pub(crate) pooled: State,
    /// The scores of the dataset.
    pub(crate) scores: Scores,
}

/// A report with all that it tells.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// Its number: its end, in milliseconds.
    pub(crate) number: i64,
    /// It, as far as the registry knew what it names.
    pub(crate) report: Report,
    /// What was counted.
    pub(crate) state: State,
    /// The scores as they were made then.
    pub(crate) scores: Scores,
}

fn state(text: &str) -> Result<State, Fault> {
    let unreadable = |why: String| Fault::StoreFailed { why: format!("a row cannot be read: {why}") };
    let bytes = BASE64_STANDARD.decode(text).map_err(|error| unreadable(error.to_string()))?;
    State::from_bytes(&bytes).map_err(|error| unreadable(error.to_string()))
}

impl PartialEq for Latest {
    fn eq(&self, other: &Self) -> bool {
        self.serial == other.serial
    }
}

impl Latest {
    /// Reads it; one that cannot be read, that of a later release perhaps, is told in the log and counts as none.
    fn read(
        service: &str,
        of: (String, i64),
        (ended_at, pooled, scores): (String, String, String),
    ) -> Option<Self> {
        static READ: AtomicU64 = AtomicU64::new(0);
        let latest = || {
            Ok(Self {
                of,
                serial: READ.fetch_add(1, Ordering::Relaxed),
                ended_at: from_text(&ended_at)?,
                pooled: state(&pooled)?,
                scores: from_json(&scores)?,
            })
        };
        let latest: Result<Self, Fault> = latest();
        latest
            .inspect_err(|fault| {
                tracing::warn!(service, fault = fault.code(), reason = %fault, "a measurement cannot be read");
            })
            .ok()
    }
}

/// The last report of each dataset, whichever node made it. Those that were read before are not read again.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn latest(
    tx: &mut Tx,
    before: &BTreeMap<String, Arc<Latest>>,
) -> Result<BTreeMap<String, Arc<Latest>>, Fault> {
    let newest: Vec<(String, String, i64)> = all!(
        tx,
        "SELECT r.service, r.node, r.number FROM (SELECT DISTINCT service FROM quality_node) q
         JOIN quality_report r ON r.service = q.service
             AND r.number = (SELECT MAX(l.number) FROM quality_report l WHERE l.service = q.service)
         ORDER BY r.service, r.node"
    )?;
    let newest: BTreeMap<String, (String, i64)> =
        newest.into_iter().map(|(service, node, number)| (service, (node, number))).collect();
    let mut latest = BTreeMap::new();
    for (service, of) in newest {
        if let Some(known) = before.get(&service).filter(|known| known.of == of) {
            latest.insert(service, Arc::clone(known));
            continue;
        }
        let row: Option<(String, String, String)> = optional!(
            tx,
            "SELECT ended_at, pooled, scores FROM quality_report WHERE service = $1 AND number = $2 AND node = $3"
            => &service, of.1, &of.0
        )?;
        if let Some(read) = row.and_then(|row| Latest::read(&service, of, row)) {
            latest.insert(service, Arc::new(read));
        }
    }
    Ok(latest)
}

type Row = (i64, String, String, String);

fn kept((number, report, counted, scores): Row) -> Result<Kept, Fault> {
    Ok(Kept { number, report: from_json(&report)?, state: state(&counted)?, scores: from_json(&scores)? })
}

/// A report of a dataset: the one of that number, or the last.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn one(tx: &mut Tx, service: &str, number: Option<i64>) -> Result<Option<Kept>, Fault> {
    let row: Option<Row> = optional!(
        tx,
        "SELECT number, report, state, scores FROM quality_report WHERE service = $1 AND ($2 = 0 OR number = $2)
         ORDER BY number DESC, node LIMIT 1" => service, number.unwrap_or(0)
    )?;
    row.map(kept).transpose()
}

/// The report of a dataset before another one.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn before(tx: &mut Tx, service: &str, number: i64) -> Result<Option<Kept>, Fault> {
    let row: Option<Row> = optional!(
        tx,
        "SELECT number, report, state, scores FROM quality_report WHERE service = $1 AND number < $2
         ORDER BY number DESC, node LIMIT 1" => service, number
    )?;
    row.map(kept).transpose()
}
