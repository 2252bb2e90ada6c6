//! How fast the audit trail may grow. Nothing is ever taken out of it, so what an agency's people can add in a day has a bound: the disk that
//! it fills is everybody's.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;

use crate::store::{Tx, optional};
use crate::texts;

/// What the changes of one agency may add in a day, and at once: the registry of the whole State, replaced twice. Of the hub's people each
/// has as much.
const DAILY: i64 = 1024 * 1024 * 1024;
/// What a small change adds at most. There is as much again for these, so that whoever has used up the day can still revoke a grant.
const SMALL: i64 = 16 * 1024;
/// What an entry takes beside its texts, its index among them.
const ENTRY: i64 = 512;

/// What each has added of late, in this process.
#[derive(Default)]
pub(crate) struct Growth(Mutex<HashMap<String, Timestamp>>);

/// The number of the last entry.
pub(crate) async fn last(tx: &mut Tx) -> Result<i64, Fault> {
    let last: Option<(i64,)> = optional!(tx, "SELECT COALESCE(MAX(seq), 0) FROM change")?;
    Ok(last.map_or(0, |(last,)| last))
}

/// What the entries behind a number take, in bytes.
pub(crate) async fn since(tx: &mut Tx, last: i64) -> Result<i64, Fault> {
    let bytes: Option<(i64,)> = optional!(
        tx,
        "SELECT CAST(COALESCE(SUM(octet_length(why) + octet_length(subject) + octet_length(COALESCE(before, ''))
             + octet_length(COALESCE(after, '')) + $2), 0) AS BIGINT) FROM change WHERE seq > $1" => last, ENTRY
    )?;
    Ok(bytes.map_or(0, |(bytes,)| bytes))
}

/// How long it takes until so many bytes count no more.
fn micros(bytes: i64) -> i64 {
    let micros = i128::from(bytes) * 24 * 3600 * 1_000_000 / i128::from(DAILY);
    i64::try_from(micros).unwrap_or(i64::MAX)
}

impl Growth {
    /// Counts what a change adds, for the agency that makes it, or the officer who has none.
    ///
    /// # Errors
    /// [`Fault::Contradictory`] if it is too much by now: nothing of it counts then.
    pub(crate) fn take(&self, who: &str, bytes: i64, now: Timestamp) -> Result<(), Fault> {
        let day = SignedDuration::from_hours(24);
        let most = if bytes <= SMALL { day * 2 } else { day };
        let mut paid_until = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever owes nothing need not be known; and nobody can owe for longer: the clock was set back since.
        paid_until.retain(|_, paid| *paid > now && paid.duration_since(now) <= day * 2);
        let owed = paid_until.get(who).map_or(SignedDuration::ZERO, |paid| paid.duration_since(now));
        let owed = owed + SignedDuration::from_micros(micros(bytes));
        if owed > most {
            let hours = (owed - most).as_hours() + 1;
            return Err(Fault::Contradictory {
                subject: who.to_owned(),
                why: texts::trail_grows_too_fast(DAILY / (1024 * 1024), hours),
            });
        }
        paid_until.insert(who.to_owned(), now + owed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agency_adds_so_much_in_a_day_and_may_still_revoke() {
        let (growth, start) = (Growth::default(), Timestamp::from_second(1_800_000_000).unwrap());
        let at = |hours: i64| start + SignedDuration::from_hours(hours);
        for _ in 0..4 {
            growth.take("a", DAILY / 4, start).unwrap();
        }
        let refused = growth.take("a", DAILY / 4, start).unwrap_err();
        assert_eq!(refused.code(), "LT-7104");
        assert!(refused.en().contains("in 7 hours") && refused.vi().contains("7 giờ"), "{refused}");
        // What is small goes on for as much again, and others do not notice.
        for _ in 0..DAILY / SMALL {
            growth.take("a", SMALL, start).unwrap();
        }
        growth.take("a", SMALL, start).unwrap_err();
        growth.take("b", DAILY, start).unwrap();
        // What was refused counts nothing.
        growth.take("b", DAILY, at(23)).unwrap_err();
        growth.take("b", DAILY, at(24)).unwrap();
        growth.take("a", SMALL, at(23)).unwrap();
        growth.take("a", SMALL + 1, at(23)).unwrap_err();
        growth.take("a", DAILY, at(72)).unwrap();
        // A clock that was a year ahead holds nobody up.
        growth.take("c", DAILY, at(24 * 365)).unwrap();
        growth.take("c", DAILY, start).unwrap();
    }
}
