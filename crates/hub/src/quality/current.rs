//! The country's quality as the store has it now, kept in memory for as long as nothing has changed that it is made of: whoever looks merges
//! nothing, unless something was reported since somebody else has looked.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use model::fault::Fault;

use super::list::Country;
use crate::store::{Tx, optional};

/// What a country is made of, by numbers of which one changes whenever anything of it does: measurements, the trail of what is named and of
/// defects that somebody has acted on, and reports of traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Mark {
    measured: (i64, i64),
    changed: i64,
    used: (i64, i64, i64),
}

impl Mark {
    async fn of(tx: &mut Tx) -> Result<Self, Fault> {
        // Each report has another number than the one before it of the same node and dataset. A remainder, since sums end somewhere.
        let measured: Option<(i64, i64)> = optional!(
            tx,
            "SELECT COUNT(*), CAST(COALESCE(SUM(last % 1000000007), 0) AS BIGINT) FROM quality_node"
        )?;
        let used: Option<(i64, i64, i64)> = optional!(
            tx,
            "SELECT COUNT(*), CAST(COALESCE(SUM(number % 1000000007), 0) AS BIGINT), CAST(COALESCE(SUM(rows_left), 0) AS BIGINT)
             FROM usage_node"
        )?;
        let mut changed = 0;
        for kind in ["Agency", "System", "Service", "Node", "Database", super::defect::KIND] {
            let last: Option<(Option<i64>,)> =
                optional!(tx, "SELECT MAX(seq) FROM change WHERE kind = $1" => kind)?;
            changed = changed.max(last.and_then(|(last,)| last).unwrap_or_default());
        }
        Ok(Self { measured: measured.unwrap_or_default(), changed, used: used.unwrap_or_default() })
    }
}

/// The country that was made last.
#[derive(Default)]
pub(crate) struct Current(Mutex<Option<(Mark, Arc<Country>)>>);

impl Current {
    /// The country as the store has it, in the state that `tx` sees.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn country(&self, tx: &mut Tx, now: Timestamp) -> Result<Arc<Country>, Fault> {
        let mark = Mark::of(tx).await?;
        let before = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((of, country)) = &before
            && *of == mark
            && country.holds_at(now)
        {
            return Ok(Arc::clone(country));
        }
        let before = before.map(|(_, country)| country);
        let country = Country::load(tx, now, before.as_deref()).await?;
        // Of traffic nearly every report changes who is known to use something not at all.
        let country = match before {
            Some(before) if before.is_same(&country) => before,
            _ => Arc::new(country),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((mark, Arc::clone(&country)));
        Ok(country)
    }

    /// Forgets it: the store was changed in a way that nothing tells of.
    #[cfg(test)]
    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
