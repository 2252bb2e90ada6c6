//! Reports as they are kept: what was counted, read again.

use std::collections::BTreeMap;

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

/// The last report of each dataset, whichever node made it. One that cannot be read, that of a later release perhaps, is told in the log
/// and counts as none.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn latest(tx: &mut Tx) -> Result<BTreeMap<String, Latest>, Fault> {
    let rows: Vec<(String, String, String, String)> = all!(
        tx,
        "SELECT service, ended_at, pooled, scores FROM quality_report r
         WHERE number = (SELECT MAX(l.number) FROM quality_report l WHERE l.service = r.service) ORDER BY service, node"
    )?;
    let read = |(service, ended_at, pooled, scores): (String, String, String, String)| {
        let latest = || {
            Ok(Latest {
                ended_at: from_text(&ended_at)?,
                pooled: state(&pooled)?,
                scores: from_json(&scores)?,
            })
        };
        let latest: Result<Latest, Fault> = latest();
        match latest {
            Ok(latest) => Some((service, latest)),
            Err(fault) => {
                tracing::warn!(service, fault = fault.code(), reason = %fault, "a measurement cannot be read");
                None
            }
        }
    };
    Ok(rows.into_iter().filter_map(read).collect())
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
