//! Whether the store is behind what nodes hold: asked in the transaction that publishes. How that is found out stands in `ahead.rs`.

use model::fault::Fault;
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::{Tx, optional};

/// The number of the directory, and up to which number an officer has decided that it is left behind.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn numbers(tx: &mut Tx) -> Result<(u64, u64), Fault> {
    let row: Option<(i64, i64)> = optional!(tx, "SELECT revision, passed FROM directory_state WHERE id = 1")?;
    let (revision, passed) = row.unwrap_or_default();
    Ok((u64::try_from(revision).unwrap_or_default(), u64::try_from(passed).unwrap_or_default()))
}

/// What nodes have proven that the store does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Behind {
    /// The number that the store knows.
    pub(crate) own: u64,
    /// The highest that was proven.
    pub(crate) proven: u64,
    /// By how many nodes something was.
    pub(crate) nodes: i64,
}

impl Behind {
    /// As a refusal.
    pub(crate) fn fault(&self) -> Fault {
        Fault::StoreBehind { own: self.own, proven: self.proven }
    }
}

/// Whether the store is behind what nodes hold, and nobody has decided on that yet.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn behind(tx: &mut Tx) -> Result<Option<Behind>, Fault> {
    let (own, passed) = numbers(tx).await?;
    let row: (Option<i64>, i64) = optional!(
        tx,
        "SELECT MAX(revision), COUNT(*) FROM directory_ahead WHERE revision > $1" => number(passed)
    )?
    .unwrap_or_default();
    let (Some(proven), nodes) = row else { return Ok(None) };
    Ok(Some(Behind { own, proven: u64::try_from(proven).unwrap_or_default(), nodes }))
}

/// As the store has it.
pub(crate) fn number(revision: u64) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}
