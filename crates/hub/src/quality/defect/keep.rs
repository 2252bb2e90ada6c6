//! Defects in the store, as they are opened: with their clocks.

use jiff::Timestamp;
use jiff::civil::Date;
use model::fault::Fault;
use model::time::day_in_viet_nam;

use super::{Entry, Origin, STORY, State};
use crate::granting::pack;
use crate::store::{Tx, run, to_json};

/// Working days to look at the original file, to correct at the source, and to look into what is disputed: rules.md, section 3.
pub(super) const CHECK_DAYS: u16 = 5;
pub(super) const CORRECT_DAYS: u16 = 10;
pub(super) const DISPUTE_DAYS: u16 = 15;

/// Days on which nobody works, as the newest rule pack of requests has them; without one only weekends are.
pub(super) async fn holidays(tx: &mut Tx) -> Result<Vec<Date>, Fault> {
    match pack::newest(tx).await {
        Ok(pack) => Ok(pack.holidays),
        Err(Fault::NotInRegistry { .. }) => Ok(Vec::new()),
        Err(fault) => Err(fault),
    }
}

/// The day so many working days after the day of `at`.
pub(super) fn after(holidays: &[Date], at: Timestamp, days: u16) -> Date {
    pack::working_days_after(holidays, day_in_viet_nam(at), days)
}

/// A defect that is new.
pub(super) struct New<'a> {
    pub(super) service: &'a str,
    pub(super) owner: &'a str,
    pub(super) reporter: &'a str,
    pub(super) origin: Origin,
    pub(super) rule: &'a str,
    pub(super) field: &'a str,
    pub(super) kind: &'a str,
    pub(super) severity: &'a str,
    pub(super) fails: i64,
    pub(super) gain: i64,
}

/// Writes a new one down. Returns its number.
pub(super) async fn open(
    tx: &mut Tx,
    new: &New<'_>,
    entry: &Entry,
    (holidays, now): (&[Date], Timestamp),
) -> Result<String, Fault> {
    let id = STORY.next_id(tx, now).await?;
    run!(
        tx,
        "INSERT INTO quality_defect (id, service, owner, reporter, origin, rule, field, kind, severity, state, opened_at, check_by, due,
             fails, gain, times, ended_at, entry)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, NULL, $16)"
        => &id, new.service, new.owner, new.reporter, new.origin.word(), new.rule, new.field, new.kind, new.severity,
           State::Open.word(), now.to_string(), after(holidays, now, CHECK_DAYS).to_string(),
           after(holidays, now, CORRECT_DAYS).to_string(), new.fails, new.gain, to_json(entry)?
    )?;
    Ok(id)
}
