//! What is counted over the day beside its cases.

use std::time::Duration;

/// Calls at the desks' edges.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Time of every exchange that was answered.
    pub(crate) times: Vec<Duration>,
    /// Calls that were refused, as they had to be.
    pub(crate) refused: u64,
    /// Calls that went otherwise than they had to.
    pub(crate) failed: u64,
}

pub(crate) fn milliseconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 100_000.0).round() / 100.0
}
