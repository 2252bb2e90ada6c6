//! What came of a task, as it is kept: days on which things happened, extensions, evidence, and the history that says why.

use jiff::Timestamp;
use jiff::civil::Date;
use model::fault::Fault;
use model::time::day_in_viet_nam;

use super::condition::{Verdict, Way};
use super::state::{Facts, State, state};
use crate::registry::row::{Row, rows};
use crate::registry::story::Story;
use crate::store::{Tx, all, optional, run};

/// What happens in tasks.
pub(crate) const STORY: Story = Story { table: "task", events: "task_event", of: "task", prefix: "NV" };

/// What is kept of a task beside what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The day that its text set.
    pub(crate) deadline: Option<Date>,
    /// The day that holds since it was put off.
    pub(crate) extended_to: Option<Date>,
    pub(crate) way: Way,
    pub(crate) accepted_on: Option<Date>,
    pub(crate) claimed_on: Option<Date>,
    pub(crate) done_on: Option<Date>,
    pub(crate) verified_on: Option<Date>,
    pub(crate) dropped_on: Option<Date>,
    pub(crate) verdict: Option<Verdict>,
    /// What was observed last.
    pub(crate) observed: String,
    /// The state that the history has told last.
    pub(crate) told: Option<State>,
    /// How often it was opened again.
    pub(crate) times: i64,
    /// The last moment at which something was seen or done.
    pub(crate) seen_at: Option<Timestamp>,
}

/// What is read of it, over a task with its standing `s` and its last extension `e`.
macro_rules! columns {
    () => {
        "task.deadline, e.deadline AS extended_to, task.way, s.accepted_on, s.claimed_on, s.done_on, s.verified_on, s.dropped_on,
         s.verdict, s.observed, s.told, s.times, s.seen_at"
    };
}

/// From where it is read.
macro_rules! from {
    () => {
        "task LEFT JOIN task_standing s ON s.task = task.id
         LEFT JOIN (SELECT x.task, MAX(x.deadline) AS deadline FROM task_extension x GROUP BY x.task) e ON e.task = task.id"
    };
}

pub(crate) use {columns, from};

impl Standing {
    /// Reads a row.
    pub(crate) fn read(row: &Row) -> Result<Self, Fault> {
        let unreadable = || Fault::StoreFailed { why: "a row of tasks cannot be read".into() };
        let way: String = row.get("way")?;
        let verdict: Option<String> = row.get("verdict")?;
        let told: Option<String> = row.get("told")?;
        Ok(Self {
            deadline: row.parsed_if_any("deadline")?,
            extended_to: row.parsed_if_any("extended_to")?,
            way: Way::ALL.into_iter().find(|known| known.word() == way).ok_or_else(unreadable)?,
            accepted_on: row.parsed_if_any("accepted_on")?,
            claimed_on: row.parsed_if_any("claimed_on")?,
            done_on: row.parsed_if_any("done_on")?,
            verified_on: row.parsed_if_any("verified_on")?,
            dropped_on: row.parsed_if_any("dropped_on")?,
            verdict: verdict.map(|word| Verdict::of_word(&word).ok_or_else(unreadable)).transpose()?,
            observed: row.get::<Option<String>>("observed")?.unwrap_or_default(),
            told: told
                .filter(|word| !word.is_empty())
                .map(|word| State::of_word(&word).ok_or_else(unreadable))
                .transpose()?,
            times: row.get::<Option<i64>>("times")?.unwrap_or_default(),
            seen_at: row.parsed_if_any("seen_at")?,
        })
    }

    /// The day that holds now.
    pub(crate) fn due(&self) -> Option<Date> {
        self.extended_to.or(self.deadline)
    }

    pub(crate) fn facts(&self) -> Facts {
        Facts {
            way: self.way,
            due: self.due(),
            extended: self.extended_to.is_some(),
            accepted: self.accepted_on.is_some(),
            claimed_on: self.claimed_on,
            done_on: self.done_on,
            dropped: self.dropped_on.is_some(),
        }
    }

    pub(crate) fn state(&self, today: Date) -> State {
        state(&self.facts(), today)
    }

    /// What it comes to by what is known now, and whether it was opened again. None: nothing changes.
    pub(crate) fn after(&self, judged: Option<(Verdict, &str)>, now: Timestamp) -> Option<(Self, bool)> {
        if self.seen_at.is_some_and(|seen| now < seen) {
            return None;
        }
        let today = day_in_viet_nam(now);
        let mut after = self.clone();
        if let Some((verdict, observed)) =
            judged.filter(|_| self.way != Way::Review && self.dropped_on.is_none())
        {
            (after.verdict, after.observed) = (Some(verdict), observed.to_owned());
            match (verdict, self.done_on) {
                (Verdict::Met, None) => (after.done_on, after.verified_on) = (Some(today), Some(today)),
                (Verdict::Unmet | Verdict::NotMeasured, Some(_)) => {
                    (after.done_on, after.verified_on) = (None, None);
                    after.times += 1;
                }
                _ => {}
            }
        }
        let reopened = after.times != self.times;
        let changed = after != *self || self.told != Some(after.state(today));
        changed.then_some((after, reopened))
    }

    /// The moment that something counts for that happens now: never before what has happened, so a clock that is set back makes nothing
    /// earlier.
    pub(crate) fn at(&self, now: Timestamp) -> Timestamp {
        self.seen_at.map_or(now, |seen| seen.max(now))
    }
}

/// Of one task. None: there is no such task.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn of(tx: &mut Tx, task: &str) -> Result<Option<Standing>, Fault> {
    let found = rows!(tx, concat!("SELECT ", columns!(), " FROM ", from!(), " WHERE task.id = $1") => task)?;
    found.first().map(Standing::read).transpose()
}

/// Keeps what a task has come to, and tells its state in its history if it is another one, with why.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn keep(
    tx: &mut Tx,
    task: &str,
    standing: &Standing,
    why: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    let at = standing.at(now);
    let day = |day: Option<Date>| day.map(|day| day.to_string());
    let now_is = standing.state(day_in_viet_nam(at));
    run!(
        tx,
        "INSERT INTO task_standing (task, accepted_on, claimed_on, done_on, verified_on, dropped_on, verdict, observed, told, times, seen_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (task) DO UPDATE SET accepted_on = excluded.accepted_on, claimed_on = excluded.claimed_on, done_on = excluded.done_on,
             verified_on = excluded.verified_on, dropped_on = excluded.dropped_on, verdict = excluded.verdict, observed = excluded.observed,
             told = excluded.told, times = excluded.times, seen_at = excluded.seen_at"
        => task, day(standing.accepted_on), day(standing.claimed_on), day(standing.done_on), day(standing.verified_on),
           day(standing.dropped_on), standing.verdict.map(Verdict::word), &standing.observed, now_is.word(), standing.times, at.to_string()
    )?;
    if standing.told != Some(now_is) {
        STORY.add(tx, task, ("", now_is.word(), why), at).await?;
    }
    Ok(())
}

/// Whether a task was ever put off.
pub(super) async fn is_extended(tx: &mut Tx, task: &str) -> Result<bool, Fault> {
    let row: Option<(i64,)> = optional!(tx, "SELECT COUNT(*) FROM task_extension WHERE task = $1" => task)?;
    Ok(row.is_some_and(|(count,)| count > 0))
}

/// Whether anybody has done anything in it, beside what time and measures did.
pub(super) async fn has_history(tx: &mut Tx, task: &str) -> Result<bool, Fault> {
    let row: Option<(i64,)> =
        optional!(tx, "SELECT COUNT(*) FROM task_event WHERE task = $1 AND who <> ''" => task)?;
    Ok(row.is_some_and(|(count,)| count > 0))
}

/// Forgets what time and measures did in it.
pub(super) async fn forget(tx: &mut Tx, task: &str) -> Result<(), Fault> {
    run!(tx, "DELETE FROM task_event WHERE task = $1" => task)?;
    run!(tx, "DELETE FROM task_standing WHERE task = $1" => task)?;
    Ok(())
}

/// Another condition is to be judged anew: what was closed by the old one is open.
pub(super) async fn forget_verdict(tx: &mut Tx, task: &str) -> Result<(), Fault> {
    run!(
        tx,
        "UPDATE task_standing SET verdict = NULL, observed = '', done_on = NULL, verified_on = NULL WHERE task = $1" => task
    )?;
    Ok(())
}

/// An extension of a task's day, as it is kept.
pub(super) type Extension = (i64, String, String, String, String, String, String);

/// All extensions of a task, in order.
pub(super) async fn extensions(tx: &mut Tx, task: &str) -> Result<Vec<Extension>, Fault> {
    all!(
        tx,
        "SELECT number, deadline, document, granted_by, why, who, at FROM task_extension WHERE task = $1 ORDER BY number" => task
    )
}

/// A piece of evidence, as it is kept.
pub(super) type Evidence = (i64, String, String, String, Option<String>, Option<i64>, String);

/// All evidence of a task, in order.
pub(super) async fn evidence(tx: &mut Tx, task: &str) -> Result<Vec<Evidence>, Fault> {
    all!(
        tx,
        "SELECT number, agency, who, said, sha256, bytes, at FROM task_evidence WHERE task = $1 ORDER BY number" => task
    )
}

/// Whether the artefact of a task is there: a directive of that number, or a file of that digest among its evidence.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn is_there(
    tx: &mut Tx,
    task: &str,
    artefact: &super::condition::Artefact,
) -> Result<bool, Fault> {
    let found: Option<(i64,)> = match artefact {
        super::condition::Artefact { number: Some(number), .. } => {
            optional!(tx, "SELECT COUNT(*) FROM directive WHERE number = $1" => number)?
        }
        super::condition::Artefact { sha256: Some(digest), .. } => {
            optional!(tx, "SELECT COUNT(*) FROM task_evidence WHERE task = $1 AND sha256 = $2" => task, digest)?
        }
        _ => None,
    };
    Ok(found.is_some_and(|(count,)| count > 0))
}

/// What is known now of a task that the hub judges by itself: what it comes to, what was observed, and why.
pub(crate) type Judged<'a> = (Verdict, &'a str, &'a str);

/// Takes up what is known now of a task, and which day it is: closes it or opens it again, where the hub judges it by itself, and tells in
/// its history what changed and why. At a moment behind the last one at which anything was seen nothing changes. Returns whether anything
/// did.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn look(
    tx: &mut Tx,
    task: &str,
    judged: Option<Judged<'_>>,
    now: Timestamp,
) -> Result<bool, Fault> {
    let Some(before) = of(tx, task).await? else { return Ok(false) };
    let Some((after, reopened)) = before.after(judged.map(|(verdict, observed, _)| (verdict, observed)), now)
    else {
        return Ok(false);
    };
    let due = before.due().map(|due| due.to_string()).unwrap_or_default();
    let why = judged.map_or(due.as_str(), |(.., why)| why);
    if reopened {
        STORY.add(tx, task, ("", "reopened", why), now).await?;
    } else if let Some(verdict) = after.verdict.filter(|verdict| before.verdict != Some(*verdict)) {
        STORY.add(tx, task, ("", verdict.word(), why), now).await?;
    }
    keep(tx, task, &after, why, now).await?;
    Ok(true)
}
