//! What goes out: letters and calls that wait in the store until they are taken by whoever sends them. Of each person and way one waits
//! that was not tried yet, which takes up what comes meanwhile, and one of each day's digest: so the queue is as long as there are people.
//! What was tried keeps its number and what is in it, so that whoever gets it twice can tell.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use model::time::{day_in_viet_nam, moment_in_viet_nam};
use serde::{Deserialize, Serialize};

use super::setting::{Channel, Setting, When};
use super::{Kind, Notice, Row, agency_of, notice, word};
use crate::people::account::Account;
use crate::store::{Db, Tx, all, from_text, moment, optional, run};

/// How long one that was taken is not taken again, if nothing is heard of it: whoever took it may have died.
const TAKEN_FOR: SignedDuration = SignedDuration::from_mins(5);
/// How long until the second try; then twice as long each time.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// At most.
const AGAIN_MOST: SignedDuration = SignedDuration::from_hours(1);
/// How long something is tried. Its notices stand in the pages all the same.
const GIVEN_UP: SignedDuration = SignedDuration::from_hours(72);
/// How long something waits for a way that is closed at this hub: a day until its hour, and as long as it would have been tried.
const CLOSED: SignedDuration = SignedDuration::from_hours(96);
/// How long what went out is known.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Most notices in one letter.
const IN_ONE: usize = 50;

/// How it has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// Whoever takes it further has it.
    Sent,
    /// Everything in it was read before, or is no longer for whom it was.
    NotNeeded,
    /// It was tried for too long, or will never be taken.
    GivenUp,
}

/// One that was taken to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    /// Its number, the same over all tries.
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) tries: i64,
    created_at: String,
}

/// Puts notices of somebody where they go out, as they wish.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn put(
    tx: &mut Tx,
    account: &str,
    setting: &Setting,
    notices: &[(i64, Kind)],
    now: Timestamp,
) -> Result<(), Fault> {
    for channel in Channel::ALL.into_iter().filter(|channel| setting.goes_by(*channel)) {
        let of = |daily: bool| {
            let wanted = move |kind: Kind| match setting.when(kind) {
                When::Never => false,
                When::Daily => daily == (channel == Channel::Mail),
                When::AtOnce => !daily,
            };
            notices.iter().filter(move |(_, kind)| wanted(*kind)).map(|(id, _)| *id).collect::<Vec<_>>()
        };
        attach(tx, (account, channel), ("", now), &of(false), now).await?;
        let (day, due) = next_hour(setting.hour, now);
        attach(tx, (account, channel), (&day.to_string(), due), &of(true), now).await?;
    }
    Ok(())
}

/// When the clock of Viet Nam shows this hour next.
fn next_hour(hour: u8, now: Timestamp) -> (Date, Timestamp) {
    let today = day_in_viet_nam(now);
    let at = |day: Date| moment_in_viet_nam(day.at(i8::try_from(hour).unwrap_or_default(), 0, 0, 0));
    let tomorrow = today.tomorrow().unwrap_or(today);
    match at(today).filter(|due| *due > now) {
        Some(due) => (today, due),
        None => (tomorrow, at(tomorrow).unwrap_or(now)),
    }
}

async fn attach(
    tx: &mut Tx,
    (account, channel): (&str, Channel),
    (digest, due): (&str, Timestamp),
    notices: &[i64],
    now: Timestamp,
) -> Result<(), Fault> {
    if notices.is_empty() {
        return Ok(());
    }
    let waits: Option<(String,)> = optional!(
        tx,
        "SELECT id FROM notice_delivery WHERE account = $1 AND channel = $2 AND digest = $3 AND done_at IS NULL AND tries = 0 LIMIT 1"
        => account, word(channel), digest
    )?;
    let id = match waits {
        Some((id,)) => id,
        None => {
            let id = trust::hex(&trust::signer::random::<16>());
            run!(
                tx,
                "INSERT INTO notice_delivery (id, account, channel, digest, created_at, next_at, tries) VALUES ($1, $2, $3, $4, $5, $6, 0)"
                => &id, account, word(channel), digest, moment(now), moment(due)
            )?;
            id
        }
    };
    for notice in notices {
        run!(
            tx,
            "INSERT INTO notice_in_delivery (delivery, notice) VALUES ($1, $2) ON CONFLICT DO NOTHING" => &id, notice
        )?;
    }
    Ok(())
}

/// Takes the next one that is due. Nobody else takes it for a while.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn take(db: &Db, channel: Channel, now: Timestamp) -> Result<Option<Delivery>, Fault> {
    // Most of the time there is none: nobody who writes waits for that answer.
    if next(&mut db.read().await?, channel, now).await?.is_none() {
        return Ok(None);
    }
    let mut tx = db.write().await?;
    let Some(found) = next(&mut tx, channel, now).await? else { return Ok(None) };
    run!(
        tx,
        "UPDATE notice_delivery SET tries = tries + 1, next_at = $2 WHERE id = $1" => &found.id, moment(now + TAKEN_FOR)
    )?;
    tx.commit().await?;
    Ok(Some(Delivery { tries: found.tries + 1, ..found }))
}

async fn next(tx: &mut Tx, channel: Channel, now: Timestamp) -> Result<Option<Delivery>, Fault> {
    let row: Option<(String, String, i64, String)> = optional!(
        tx,
        "SELECT id, account, tries, created_at FROM notice_delivery
         WHERE channel = $1 AND done_at IS NULL AND next_at <= $2 ORDER BY next_at, id LIMIT 1" => word(channel), moment(now)
    )?;
    Ok(row.map(|(id, account, tries, created_at)| Delivery { id, account, tries, created_at }))
}

/// What is in it that its person still may see, wants to be sent and has not read; and how many more.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn contents(
    tx: &mut Tx,
    delivery: &Delivery,
    account: &Account,
    setting: &Setting,
    now: Timestamp,
) -> Result<(Vec<Notice>, usize), Fault> {
    let rows: Vec<Row> = all!(
        tx,
        "SELECT id, kind, about_kind, about, at, until, why, vi, en, read_at FROM notice
         WHERE id IN (SELECT notice FROM notice_in_delivery WHERE delivery = $1) AND account = $2 AND agency = $3 AND read_at IS NULL
         ORDER BY id" => &delivery.id, &account.name, agency_of(account.agency.as_ref())
    )?;
    let today = day_in_viet_nam(now);
    let all: Result<Vec<Notice>, Fault> = rows.into_iter().map(|row| notice(row, today)).collect();
    let mut wanted = all?;
    wanted.retain(|notice| setting.when(notice.kind) != When::Never);
    let more = wanted.len().saturating_sub(IN_ONE);
    wanted.truncate(IN_ONE);
    Ok((wanted, more))
}

/// It has ended.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn finish(
    db: &Db,
    delivery: &Delivery,
    (outcome, why): (Outcome, Option<&str>),
    now: Timestamp,
) -> Result<(), Fault> {
    let mut tx = db.write().await?;
    run!(
        tx,
        "UPDATE notice_delivery SET done_at = $2, outcome = $3, why = $4 WHERE id = $1"
        => &delivery.id, moment(now), word(outcome), why
    )?;
    tx.commit().await
}

/// It could not be sent: later, unless that was tried for too long.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn later(db: &Db, delivery: &Delivery, why: &str, now: Timestamp) -> Result<(), Fault> {
    let created: Timestamp = from_text(&delivery.created_at)?;
    if now.duration_since(created) >= GIVEN_UP {
        return finish(db, delivery, (Outcome::GivenUp, Some(why)), now).await;
    }
    let mut tx = db.write().await?;
    run!(
        tx,
        "UPDATE notice_delivery SET next_at = $2, why = $3 WHERE id = $1" => &delivery.id, moment(now + pause(delivery.tries)), why
    )?;
    tx.commit().await
}

/// What nobody sends, since this hub has no such way, ends: its notices stand in the pages all the same. Returns how many.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn give_up(db: &Db, channel: Channel, now: Timestamp) -> Result<u64, Fault> {
    let before = moment(now - CLOSED);
    let mut tx = db.read().await?;
    let waits: Option<(String,)> = optional!(
        tx,
        "SELECT id FROM notice_delivery WHERE channel = $1 AND done_at IS NULL AND created_at < $2 LIMIT 1" => word(channel), &before
    )?;
    drop(tx);
    if waits.is_none() {
        return Ok(0);
    }
    let mut tx = db.write().await?;
    let ended = run!(
        tx,
        "UPDATE notice_delivery SET done_at = $3, outcome = $4 WHERE channel = $1 AND done_at IS NULL AND created_at < $2"
        => word(channel), &before, moment(now), word(Outcome::GivenUp)
    )?;
    tx.commit().await?;
    Ok(ended)
}

/// How long to wait after so many tries.
fn pause(tries: i64) -> SignedDuration {
    let doubled = u32::try_from(tries.saturating_sub(1)).unwrap_or(u32::MAX).min(10);
    AGAIN.saturating_mul(1 << doubled).min(AGAIN_MOST)
}

/// The last of somebody's that has failed and not gone out since: by which way, when, and why.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn trouble(tx: &mut Tx, account: &str) -> Result<Option<(String, String, String)>, Fault> {
    optional!(
        tx,
        "SELECT channel, COALESCE(done_at, created_at), why FROM notice_delivery
         WHERE account = $1 AND why IS NOT NULL AND (done_at IS NULL OR outcome = 'given_up') ORDER BY created_at DESC LIMIT 1" => account
    )
}

/// Forgets what went out long ago.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn forget_done(tx: &mut Tx, now: Timestamp) -> Result<(), Fault> {
    let before = moment(now - KNOWN_FOR);
    run!(
        tx,
        "DELETE FROM notice_in_delivery WHERE delivery IN (SELECT id FROM notice_delivery WHERE done_at < $1)" => &before
    )?;
    run!(tx, "DELETE FROM notice_delivery WHERE done_at < $1" => &before)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_the_daily_hour_is_ahead() {
        let seconds: Vec<i64> = (1..=9).map(|tries| pause(tries).as_secs()).collect();
        assert_eq!(seconds, [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
        assert_eq!(pause(i64::MAX), AGAIN_MOST);
        for minutes in 0..48 * 60 {
            let now: Timestamp = "2026-11-30T00:00:00Z".parse().unwrap();
            let now = now + SignedDuration::from_mins(minutes);
            for hour in 0..24 {
                let (day, due) = next_hour(hour, now);
                let ahead = due.duration_since(now);
                assert!(ahead > SignedDuration::ZERO && ahead <= SignedDuration::from_hours(24));
                assert_eq!((day_in_viet_nam(due), due.to_string().len()), (day, 20));
            }
        }
    }
}
