//! How fast the audit trail may grow. Nothing is ever taken out of it, so what an agency's people can add in a day has a bound: the disk that
//! it fills is everybody's.

use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;

use crate::store::{Tx, optional, run};
use crate::texts;

/// What the changes of one agency may add in a day, and at once: the registry of the whole State, replaced twice. Of the hub's people each
/// has as much.
pub(crate) const DAILY: i64 = 1024 * 1024 * 1024;
/// What a small change adds at most. There is as much again for these, so that whoever has used up the day can still revoke a grant.
pub(crate) const SMALL: i64 = 16 * 1024;
/// What an entry takes beside its texts, its index among them.
const ENTRY: i64 = 512;

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

/// Counts what a change adds, for the agency that makes it, or the officer who has none. It counts in the store, with the change: however
/// many hubs there are on it, and whenever they began, an agency has one measure.
///
/// # Errors
/// [`Fault::Contradictory`] if it is too much by now: whoever drops the transaction then has added nothing.
pub(crate) async fn take(tx: &mut Tx, who: &str, bytes: i64, now: Timestamp) -> Result<(), Fault> {
    let day = SignedDuration::from_hours(24);
    let most = if bytes <= SMALL { day * 2 } else { day };
    let paid: Option<(String,)> = optional!(tx, "SELECT paid_until FROM trail_growth WHERE who = $1" => who)?;
    let paid = paid.and_then(|(paid,)| paid.parse::<Timestamp>().ok());
    // Nobody can owe for longer: the clock was set back since.
    let owed =
        paid.map(|paid| paid.duration_since(now)).filter(|owed| owed.is_positive() && *owed <= day * 2);
    let owed = owed.unwrap_or_default() + SignedDuration::from_micros(micros(bytes));
    if owed > most {
        let hours = (owed - most).as_hours() + 1;
        return Err(Fault::Contradictory {
            subject: who.to_owned(),
            why: texts::trail_grows_too_fast(DAILY / (1024 * 1024), hours),
        });
    }
    run!(
        tx,
        "INSERT INTO trail_growth (who, paid_until) VALUES ($1, $2) ON CONFLICT (who) DO UPDATE SET paid_until = excluded.paid_until"
        => who, (now + owed).to_string()
    )?;
    Ok(())
}

/// Forgets those who owe nothing.
pub(crate) async fn forget_paid(tx: &mut Tx, now: Timestamp) -> Result<(), Fault> {
    run!(tx, "DELETE FROM trail_growth WHERE paid_until < $1" => now.to_string())?;
    Ok(())
}
