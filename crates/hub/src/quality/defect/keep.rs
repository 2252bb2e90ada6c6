//! Defects in the store: opened, with their clocks, and what happens in them.

use jiff::Timestamp;
use jiff::civil::Date;
use model::fault::Fault;
use model::time::day_in_viet_nam;

use super::{Entry, Origin, State};
use crate::granting::pack;
use crate::store::{Tx, optional, run, to_json};

/// Working days to look at the original file, to correct at the source, and to look into what is disputed: rules.md, section 3.
pub(super) const CHECK_DAYS: u16 = 5;
pub(super) const CORRECT_DAYS: u16 = 10;
pub(super) const DISPUTE_DAYS: u16 = 15;
/// So many events of one defect are told by the hub; those after that are counted only.
const TOLD_MAX: i64 = 300;

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
    let id = next_id(tx, now).await?;
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

/// Notes something that the hub saw, unless that has become a long story.
pub(super) async fn tell(tx: &mut Tx, id: &str, what: &str, said: &str, now: Timestamp) -> Result<(), Fault> {
    if count(tx, id).await? >= TOLD_MAX {
        return Ok(());
    }
    event(tx, id, ("", what, said), now).await
}

/// How many events a defect has.
pub(super) async fn count(tx: &mut Tx, id: &str) -> Result<i64, Fault> {
    let row: Option<(i64,)> =
        optional!(tx, "SELECT COUNT(*) FROM quality_defect_event WHERE defect = $1" => id)?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Notes something that happened.
pub(super) async fn event(
    tx: &mut Tx,
    id: &str,
    (who, what, said): (&str, &str, &str),
    now: Timestamp,
) -> Result<(), Fault> {
    run!(
        tx,
        "INSERT INTO quality_defect_event (defect, number, at, who, what, said)
         SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5 FROM quality_defect_event WHERE defect = $1"
        => id, now.to_string(), who, what, said
    )?;
    Ok(())
}

async fn next_id(tx: &mut Tx, now: Timestamp) -> Result<String, Fault> {
    let year = day_in_viet_nam(now).year();
    let last: Option<(String,)> = optional!(
        tx,
        "SELECT id FROM quality_defect WHERE id LIKE $1 ORDER BY id DESC LIMIT 1" => format!("CL-{year}-%")
    )?;
    let last = last.and_then(|(id,)| id.rsplit('-').next().and_then(|number| number.parse::<u32>().ok()));
    Ok(format!("CL-{year}-{:06}", last.unwrap_or(0) + 1))
}
