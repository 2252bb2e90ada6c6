//! What is kept of cases. One writer commits together what waits: a case is acknowledged when it is durable, and a disk is asked once for
//! many.

use jiff::{SignedDuration, Timestamp};
use model::case::State;
use model::fault::Fault;
use model::reuse_report::{Counted, ReuseLine};
use store::{Db, Tx, all, from_text, moment, optional, run};
use tokio::sync::{mpsc, oneshot};

use crate::pause;

/// The steps of the schema, oldest first. A step that was released is never edited; the next is added.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("store/migrations/0001_cases.sql"),
    include_str!("store/migrations/0002_people.sql"),
    include_str!("store/migrations/0003_keys.sql"),
    include_str!("store/migrations/0004_measures.sql"),
    include_str!("store/migrations/0005_waits.sql"),
];
/// Behind this lock those queue who write on one PostgreSQL.
pub(crate) const WRITER: i64 = 0x6361_7365_735f_7731;
/// Changes that wait; more are refused.
const WAITING: usize = 1024;
/// Changes that are committed together.
const TOGETHER: usize = 128;

/// A change of one case: all of it is kept, or none.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) id: String,
    /// The revision that it is made of; none: the case is new.
    pub(crate) from: Option<u64>,
    pub(crate) to: u64,
    pub(crate) state: &'static str,
    pub(crate) kept_until: String,
    /// The last day of its decision, if it is another from here on.
    pub(crate) due: Option<String>,
    /// When the node looks at it by itself.
    pub(crate) wake: Option<String>,
    pub(crate) body: Vec<u8>,
    /// Who does the work on it now, and until when nobody else does.
    pub(crate) held: Option<(String, String)>,
    pub(crate) new: Option<New>,
    pub(crate) events: Vec<Event>,
    pub(crate) paper: Option<(u32, String, Vec<u8>)>,
    pub(crate) receipt: Option<String>,
    pub(crate) defects: Vec<(String, String)>,
    /// Counts for the hub: of nobody.
    pub(crate) counts: Vec<ReuseLine>,
    /// A result that is made of it.
    pub(crate) result: Option<NewResult>,
    /// A result that it rests on from here on.
    pub(crate) uses: Option<String>,
}

/// A result as it is to be kept.
#[derive(Debug, Clone)]
pub(crate) struct NewResult {
    pub(crate) code: String,
    pub(crate) kind: String,
    /// Whose it is: a keyed hash of the number.
    pub(crate) person: Option<String>,
    pub(crate) kept_until: String,
    pub(crate) body: Vec<u8>,
}

/// What is new of a new case.
#[derive(Debug)]
pub(crate) struct New {
    pub(crate) code: String,
    /// Digest, id and text of the procedure.
    pub(crate) procedure: (String, String, String),
    pub(crate) opened: String,
    pub(crate) due: Option<String>,
    pub(crate) persons: Vec<String>,
    /// Caller, key and digest of what was sent.
    pub(crate) opening: (String, String, String),
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) number: u64,
    pub(crate) at: String,
    pub(crate) actor: Option<&'static str>,
    pub(crate) kind: &'static str,
    pub(crate) subject: Option<String>,
    pub(crate) reason: Option<String>,
}

/// How a change ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    Done,
    /// The case has changed meanwhile: nothing was written.
    Stale,
    /// The key has opened a case before, with this digest.
    Before(String, String),
    /// The result that it is to rest on has been revoked meanwhile: nothing was written.
    Revoked,
}

type Job = (Change, oneshot::Sender<Result<Kept, Fault>>);

/// Hands changes to the one who writes.
#[derive(Clone)]
pub(crate) struct Writer(mpsc::Sender<Job>);

impl Writer {
    /// Who writes, for as long as it is polled.
    pub(crate) fn new(db: Db) -> (Self, impl Future<Output = ()>) {
        let (sender, mut jobs) = mpsc::channel::<Job>(WAITING);
        let work = async move {
            let mut batch = Vec::new();
            while jobs.recv_many(&mut batch, TOGETHER).await > 0 {
                write_together(&db, std::mem::take(&mut batch)).await;
            }
        };
        (Self(sender), work)
    }

    /// Keeps a change.
    ///
    /// # Errors
    /// [`Fault::CasesBusy`] if too many wait; [`Fault::StoreFailed`], [`Fault::CommitUnknown`].
    pub(crate) async fn keep(&self, change: Change) -> Result<Kept, Fault> {
        let (tell, told) = oneshot::channel();
        self.0.try_send((change, tell)).map_err(|_| Fault::CasesBusy {})?;
        told.await.map_err(|_| Fault::CasesBusy {})?
    }
}

/// One transaction for all of them. If it fails none is kept, and each is told.
async fn write_together(db: &Db, jobs: Vec<Job>) {
    let written = async {
        let mut tx = db.write().await?;
        let mut ends = Vec::with_capacity(jobs.len());
        for (change, _) in &jobs {
            ends.push(write(&mut tx, change).await?);
        }
        tx.commit().await?;
        Ok(ends)
    };
    let written: Result<Vec<Kept>, Fault> = written.await;
    match written {
        Ok(ends) => jobs.into_iter().zip(ends).for_each(|((_, tell), end)| drop(tell.send(Ok(end)))),
        Err(fault) => {
            tracing::error!(fault = fault.code(), reason = %fault, changes = jobs.len(), "changes of cases were not kept");
            jobs.into_iter().for_each(|(_, tell)| drop(tell.send(Err(fault.clone()))));
        }
    }
}

async fn write(tx: &mut Tx, change: &Change) -> Result<Kept, Fault> {
    if let Some(code) = &change.uses {
        // Asked where it is written: whoever revokes it meets the case, or the case meets that it is revoked.
        let valid: Option<(String,)> =
            optional!(tx, "SELECT code FROM case_result WHERE code = $1 AND revoked_at IS NULL" => code)?;
        if valid.is_none() {
            return Ok(Kept::Revoked);
        }
    }
    let to = number(change.to);
    let (held_by, held_until) = change.held.clone().unzip();
    match (&change.new, change.from) {
        (Some(new), _) => {
            let (caller, name, digest) = &new.opening;
            let taken = run!(
                tx,
                "INSERT INTO case_opening (caller, name, digest, case_id, at) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (caller, name) DO NOTHING" => caller, name, digest, &change.id, &new.opened
            )?;
            if taken == 0 {
                let before: Option<(String, String)> = optional!(
                    tx, "SELECT case_id, digest FROM case_opening WHERE caller = $1 AND name = $2" => caller, name
                )?;
                let (case, digest) = before.unwrap_or_default();
                return Ok(Kept::Before(case, digest));
            }
            let (procedure, id, text) = &new.procedure;
            run!(
                tx,
                "INSERT INTO case_procedure (digest, id, body) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING"
                => procedure, id, text
            )?;
            run!(
                tx,
                "INSERT INTO case_file (id, code, procedure, state, revision, opened, due, kept_until, held_by, held_until, body)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
                => &change.id, &new.code, procedure, change.state, to, &new.opened, &new.due, &change.kept_until,
                   held_by, held_until, &change.body
            )?;
            for person in &new.persons {
                run!(
                    tx,
                    "INSERT INTO case_person (person, case_id) VALUES ($1, $2) ON CONFLICT (person, case_id) DO NOTHING"
                    => person, &change.id
                )?;
            }
        }
        (None, from) => {
            let done = run!(
                tx,
                "UPDATE case_file SET state = $1, revision = $2, kept_until = $3, held_by = $4, held_until = $5, body = $6,
                   wake = $7, due = COALESCE($8, due) WHERE id = $9 AND revision = $10"
                => change.state, to, &change.kept_until, held_by, held_until, &change.body, &change.wake, &change.due,
                   &change.id, number(from.unwrap_or_default())
            )?;
            if done == 0 {
                return Ok(Kept::Stale);
            }
        }
    }
    write_beside(tx, change).await?;
    Ok(Kept::Done)
}

/// What belongs to a change beside the case itself.
async fn write_beside(tx: &mut Tx, change: &Change) -> Result<(), Fault> {
    for event in &change.events {
        run!(
            tx,
            "INSERT INTO case_event (case_id, number, at, actor, kind, subject, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)"
            => &change.id, number(event.number), &event.at, event.actor, event.kind, &event.subject, &event.reason
        )?;
    }
    if let Some((paper, item, body)) = &change.paper {
        run!(
            tx,
            "INSERT INTO case_paper (case_id, number, item, body) VALUES ($1, $2, $3, $4)"
            => &change.id, i64::from(*paper), item, body
        )?;
    }
    if let Some(receipt) = &change.receipt {
        run!(
            tx,
            "INSERT INTO case_receipt (case_id, body) VALUES ($1, $2) ON CONFLICT (case_id) DO NOTHING"
            => &change.id, receipt
        )?;
    }
    for (id, body) in &change.defects {
        run!(
            tx,
            "INSERT INTO case_outbox (id, case_id, body, tries, due) VALUES ($1, $2, $3, 0, $4) ON CONFLICT (id) DO NOTHING"
            => id, &change.id, body, ""
        )?;
    }
    if let Some(new) = &change.result {
        run!(
            tx,
            "INSERT INTO case_result (code, kind, person, case_id, kept_until, body) VALUES ($1, $2, $3, $4, $5, $6)"
            => &new.code, &new.kind, &new.person, &change.id, &new.kept_until, &new.body
        )?;
    }
    if let Some(code) = &change.uses {
        run!(
            tx,
            "INSERT INTO case_result_use (code, case_id) VALUES ($1, $2) ON CONFLICT (code, case_id) DO NOTHING"
            => code, &change.id
        )?;
    }
    for line in &change.counts {
        run!(
            tx,
            "INSERT INTO reuse_count (day, procedure, requirement, alternative, counted, reason, paper, count)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (day, procedure, requirement, alternative, counted, reason, paper)
             DO UPDATE SET count = reuse_count.count + excluded.count"
            => line.day.to_string(), &line.procedure, line.requirement.as_deref().unwrap_or_default(),
               line.alternative.map_or(-1, i64::from), line.counted.word(),
               line.reason.as_deref().unwrap_or_default(), line.paper.as_deref().unwrap_or_default(), i64::from(line.count)
        )?;
    }
    Ok(())
}

/// A number as the store has it.
pub(crate) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// How a case's state is called in the store.
pub(crate) fn state_name(state: State) -> &'static str {
    match state {
        State::Fetching => "fetching",
        State::Question => "question",
        State::Preview => "preview",
        State::Form => "form",
        State::Submitting => "submitting",
        State::OutcomeUnknown => "outcome_unknown",
        State::Submitted => "submitted",
        State::Decided => "decided",
        State::Closed => "closed",
    }
}

/// A case as the store has it.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) revision: u64,
    pub(crate) procedure: String,
    pub(crate) due: Option<String>,
    /// Who does the work on it, and until when nobody else does.
    pub(crate) held: Option<(String, String)>,
    pub(crate) opened: String,
    pub(crate) body: Vec<u8>,
}

type Columns = (String, i64, String, Option<String>, Option<String>, Option<String>, String, Vec<u8>);

fn row((id, revision, procedure, due, held_by, held_until, opened, body): Columns) -> Row {
    Row {
        opened,
        id,
        revision: u64::try_from(revision).unwrap_or_default(),
        procedure,
        due,
        held: held_by.zip(held_until),
        body,
    }
}

/// The id by which the store and its keys know each other, if it has one; and a case of it, if it has any.
pub(crate) async fn own_id(db: &Db) -> Result<(Option<String>, Option<String>), Fault> {
    let mut tx = db.read().await?;
    let id: Option<(String,)> = optional!(tx, "SELECT id FROM case_store WHERE name = 'own'")?;
    let case: Option<(String,)> = optional!(tx, "SELECT id FROM case_file ORDER BY opened DESC LIMIT 1")?;
    Ok((id.map(|(id,)| id), case.map(|(case,)| case)))
}

/// Keeps it.
pub(crate) async fn keep_own_id(db: &Db, id: &str) -> Result<(), Fault> {
    let mut tx = db.write().await?;
    run!(tx, "INSERT INTO case_store (name, id) VALUES ('own', $1) ON CONFLICT (name) DO NOTHING" => id)?;
    tx.commit().await
}

/// One case.
pub(crate) async fn one(db: &Db, id: &str) -> Result<Option<Row>, Fault> {
    let mut tx = db.read().await?;
    let found: Option<Columns> = optional!(tx, "SELECT id, revision, procedure, due, held_by, held_until, opened, body FROM case_file WHERE id = $1" => id)?;
    Ok(found.map(row))
}

/// Which cases a list is to have.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Those of one person.
    pub(crate) person: Option<String>,
    pub(crate) state: Option<String>,
    /// Only those whose last day was before this one, and that are not decided.
    pub(crate) late: Option<String>,
    /// What the last page ended with: moment of opening and id.
    pub(crate) before: Option<(String, String)>,
}

/// A page of cases, the last opened first.
pub(crate) async fn page(db: &Db, wanted: &Wanted, limit: i64) -> Result<Vec<Row>, Fault> {
    let mut tx = db.read().await?;
    let (opened, id) = wanted.before.clone().unwrap_or_else(|| ("9999".to_owned(), String::new()));
    let state = wanted.state.clone().unwrap_or_default();
    let late = wanted.late.clone().unwrap_or_default();
    let rows: Vec<Columns> = match &wanted.person {
        Some(person) => all!(
            tx,
            "SELECT id, revision, procedure, due, held_by, held_until, opened, body FROM case_file
             WHERE id IN (SELECT case_id FROM case_person WHERE person = $1) AND ($2 = '' OR state = $2)
               AND (opened < $3 OR (opened = $3 AND id < $4))
               AND ($5 = '' OR (due < $5 AND state IN ('submitting', 'outcome_unknown', 'submitted')))
             ORDER BY opened DESC, id DESC LIMIT $6" => person, &state, &opened, &id, &late, limit
        )?,
        None => all!(
            tx,
            "SELECT id, revision, procedure, due, held_by, held_until, opened, body FROM case_file
             WHERE ($1 = '' OR state = $1) AND (opened < $2 OR (opened = $2 AND id < $3))
               AND ($4 = '' OR (due < $4 AND state IN ('submitting', 'outcome_unknown', 'submitted')))
             ORDER BY opened DESC, id DESC LIMIT $5" => &state, &opened, &id, &late, limit
        )?,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Whether a case is one of a person's.
pub(crate) async fn is_of(db: &Db, id: &str, person: &str) -> Result<bool, Fault> {
    let mut tx = db.read().await?;
    let found: Option<(String,)> =
        optional!(tx, "SELECT case_id FROM case_person WHERE case_id = $1 AND person = $2" => id, person)?;
    Ok(found.is_some())
}

/// Another open case of the same procedure and person.
pub(crate) async fn also_open(db: &Db, code: &str, person: &str) -> Result<Option<String>, Fault> {
    let mut tx = db.read().await?;
    let found: Option<(String,)> = optional!(
        tx,
        "SELECT id FROM case_file WHERE id IN (SELECT case_id FROM case_person WHERE person = $1) AND code = $2
           AND state NOT IN ('decided', 'closed') ORDER BY id LIMIT 1" => person, code
    )?;
    Ok(found.map(|(id,)| id))
}

/// How many cases of a person are open, and how many were opened since a moment.
pub(crate) async fn count_of(db: &Db, person: &str, since: &str) -> Result<(i64, i64), Fault> {
    let mut tx = db.read().await?;
    let open: Option<(i64,)> = optional!(
        tx,
        "SELECT COUNT(*) FROM case_file WHERE id IN (SELECT case_id FROM case_person WHERE person = $1)
           AND state IN ('fetching', 'question', 'preview', 'form')" => person
    )?;
    let since: Option<(i64,)> = optional!(
        tx,
        "SELECT COUNT(*) FROM case_file WHERE id IN (SELECT case_id FROM case_person WHERE person = $1)
           AND opened >= $2" => person, since
    )?;
    Ok((open.map_or(0, |(count,)| count), since.map_or(0, |(count,)| count)))
}

/// What a key has opened.
pub(crate) async fn opened(db: &Db, caller: &str, name: &str) -> Result<Option<(String, String)>, Fault> {
    let mut tx = db.read().await?;
    optional!(tx, "SELECT case_id, digest FROM case_opening WHERE caller = $1 AND name = $2" => caller, name)
}

/// The text of a procedure that cases began by.
pub(crate) async fn procedure(db: &Db, digest: &str) -> Result<Option<String>, Fault> {
    let mut tx = db.read().await?;
    let found: Option<(String,)> =
        optional!(tx, "SELECT body FROM case_procedure WHERE digest = $1" => digest)?;
    Ok(found.map(|(text,)| text))
}

/// Nobody holds a case for longer than this: whoever seems to has died by a clock that was ahead, or was set back since.
const HELD_MAX: SignedDuration = SignedDuration::from_secs(180);

/// From when on nobody is believed to hold a case.
fn held_at_most(now: Timestamp) -> String {
    moment(now.saturating_add(HELD_MAX).unwrap_or(Timestamp::MAX))
}

/// Whether somebody holds a case who said so until then.
pub(crate) fn is_held(until: &str, now: Timestamp) -> bool {
    *until > *moment(now) && *until <= *held_at_most(now)
}

/// Cases with work to be done by the node, that nobody else does now, from `after` on: what is under way, and what is due to be looked at. A
/// moment farther off than any pause was set by a clock that is set back by now.
pub(crate) async fn to_work_on(
    db: &Db,
    own: &str,
    now: Timestamp,
    after: &str,
    limit: i64,
) -> Result<Vec<String>, Fault> {
    let mut tx = db.read().await?;
    let rows: Vec<(String,)> = all!(
        tx,
        "SELECT id FROM (
             SELECT id FROM case_file WHERE state IN ('fetching', 'submitting') AND id > $1
               AND (held_by IS NULL OR held_by = $2 OR held_until < $3 OR held_until > $5)
             UNION SELECT id FROM case_file WHERE (wake <= $3 OR wake > $4) AND id > $1) AS work
         ORDER BY id LIMIT $6"
        => after, own, moment(now), moment(now + pause::MOST), held_at_most(now), limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The log of a case.
pub(crate) type EventRow = (i64, String, Option<String>, String, Option<String>, Option<String>);

pub(crate) async fn events(db: &Db, id: &str) -> Result<Vec<EventRow>, Fault> {
    let mut tx = db.read().await?;
    all!(tx, "SELECT number, at, actor, kind, subject, reason FROM case_event WHERE case_id = $1 ORDER BY number" => id)
}

/// The receipt of a case.
pub(crate) async fn receipt(db: &Db, id: &str) -> Result<Option<String>, Fault> {
    let mut tx = db.read().await?;
    let found: Option<(String,)> = optional!(tx, "SELECT body FROM case_receipt WHERE case_id = $1" => id)?;
    Ok(found.map(|(text,)| text))
}

/// A paper of a case, as it is sealed: its item and its bytes.
pub(crate) async fn paper(db: &Db, id: &str, paper: u32) -> Result<Option<(String, Vec<u8>)>, Fault> {
    let mut tx = db.read().await?;
    optional!(tx, "SELECT item, body FROM case_paper WHERE case_id = $1 AND number = $2" => id, i64::from(paper))
}

/// Cases whose time is over. One that waits for its office, or for the outcome of a deed, has no end before that.
pub(crate) async fn over(db: &Db, today: &str, limit: i64) -> Result<Vec<String>, Fault> {
    let mut tx = db.read().await?;
    let rows: Vec<(String,)> = all!(
        tx,
        "SELECT id FROM case_file WHERE kept_until < $1 AND state NOT IN ('submitting', 'outcome_unknown', 'submitted')
         ORDER BY kept_until LIMIT $2" => today, limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Takes cases out with all that belongs to them.
pub(crate) async fn forget(db: &Db, cases: &[String]) -> Result<(), Fault> {
    let mut tx = db.write().await?;
    for id in cases {
        run!(tx, "DELETE FROM case_event WHERE case_id = $1" => id)?;
        run!(tx, "DELETE FROM case_paper WHERE case_id = $1" => id)?;
        run!(tx, "DELETE FROM case_receipt WHERE case_id = $1" => id)?;
        // What the holder was not told yet names nobody, and is told all the same.
        run!(tx, "DELETE FROM case_outbox WHERE case_id = $1 AND answer IS NOT NULL" => id)?;
        run!(tx, "DELETE FROM case_result_use WHERE case_id = $1" => id)?;
        run!(tx, "DELETE FROM case_person WHERE case_id = $1" => id)?;
        run!(tx, "DELETE FROM case_opening WHERE case_id = $1" => id)?;
        run!(tx, "DELETE FROM case_file WHERE id = $1" => id)?;
    }
    tx.commit().await
}

/// A defect on its way: its id, its case, what it says, how often it was tried, and its number if it was taken.
pub(crate) type OutboxRow = (String, String, String, i64, Option<String>);

/// Defects that are due: to be told, or to be asked about. What is due later than after the longest pause, `most`, was put off by a clock that is set
/// back by now.
pub(crate) async fn due(
    db: &Db,
    (now, most): (Timestamp, SignedDuration),
    limit: i64,
) -> Result<Vec<OutboxRow>, Fault> {
    let mut tx = db.read().await?;
    all!(
        tx,
        "SELECT id, case_id, body, tries, answer FROM case_outbox WHERE ended IS NULL AND (due <= $1 OR due > $2)
         ORDER BY due, id LIMIT $3"
        => moment(now), moment(now + most), limit
    )
}

/// Notes what became of one: when it is due again, its number, and whether it has ended.
pub(crate) async fn note_defect(
    db: &Db,
    id: &str,
    (tries, due): (i64, Timestamp),
    (answer, ended): (Option<&str>, Option<&str>),
) -> Result<(), Fault> {
    let mut tx = db.write().await?;
    run!(
        tx,
        "UPDATE case_outbox SET tries = $1, due = $2, answer = COALESCE($3, answer), ended = $4 WHERE id = $5"
        => tries, moment(due), answer, ended, id
    )?;
    tx.commit().await
}

type CountRow = (String, String, String, i64, String, String, String, i64);

/// Counts that have grown since the hub was told, as totals, the oldest days first, but for the first `skipped`.
pub(crate) async fn untold(db: &Db, limit: usize, skipped: usize) -> Result<Vec<ReuseLine>, Fault> {
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let mut tx = db.read().await?;
    let rows: Vec<CountRow> = all!(
        tx,
        "SELECT day, procedure, requirement, alternative, counted, reason, paper, count FROM reuse_count WHERE count > told
         ORDER BY day, procedure, requirement, alternative, counted, reason, paper LIMIT $1 OFFSET $2"
        => number(limit), number(skipped)
    )?;
    let some = |text: String| (!text.is_empty()).then_some(text);
    let line = |(day, procedure, requirement, alternative, counted, reason, paper, count): CountRow| {
        let unknown = || Fault::StoreFailed { why: format!("{counted} is no kind of count") };
        Ok(ReuseLine {
            day: from_text(&day)?,
            procedure,
            requirement: some(requirement),
            alternative: u8::try_from(alternative).ok(),
            counted: Counted::of_word(&counted).ok_or_else(unknown)?,
            reason: some(reason),
            paper: some(paper),
            count: u32::try_from(count).unwrap_or(u32::MAX),
        })
    };
    rows.into_iter().map(line).collect()
}

/// Notes that the hub has these totals. What was counted meanwhile is told the next time.
pub(crate) async fn note_told(db: &Db, lines: &[&ReuseLine]) -> Result<(), Fault> {
    let mut tx = db.write().await?;
    for line in lines {
        run!(
            tx,
            "UPDATE reuse_count SET told = $1 WHERE told < $1 AND day = $2 AND procedure = $3 AND requirement = $4 AND alternative = $5
               AND counted = $6 AND reason = $7 AND paper = $8"
            => i64::from(line.count), line.day.to_string(), &line.procedure, line.requirement.as_deref().unwrap_or_default(),
               line.alternative.map_or(-1, i64::from), line.counted.word(),
               line.reason.as_deref().unwrap_or_default(), line.paper.as_deref().unwrap_or_default()
        )?;
    }
    tx.commit().await
}

/// Forgets counts of days of which the hub takes none any more.
pub(crate) async fn forget_counts(db: &Db, before: &str) -> Result<(), Fault> {
    let mut tx = db.read().await?;
    let old: Option<(String,)> =
        optional!(tx, "SELECT day FROM reuse_count WHERE day < $1 LIMIT 1" => before)?;
    drop(tx);
    if old.is_none() {
        return Ok(());
    }
    let mut tx = db.write().await?;
    run!(tx, "DELETE FROM reuse_count WHERE day < $1" => before)?;
    tx.commit().await
}

/// Takes out what was told of a case that is gone.
pub(crate) async fn forget_defect(db: &Db, id: &str) -> Result<(), Fault> {
    let mut tx = db.write().await?;
    run!(tx, "DELETE FROM case_outbox WHERE id = $1" => id)?;
    tx.commit().await
}

/// A result as the store has it.
pub(crate) struct ResultRow {
    pub(crate) code: String,
    pub(crate) person: Option<String>,
    pub(crate) revoked_at: Option<String>,
    pub(crate) body: Vec<u8>,
}

type ResultColumns = (String, Option<String>, Option<String>, Vec<u8>);

/// A result by its code.
pub(crate) async fn result(db: &Db, code: &str) -> Result<Option<ResultRow>, Fault> {
    let mut tx = db.read().await?;
    let row: Option<ResultColumns> =
        optional!(tx, "SELECT code, person, revoked_at, body FROM case_result WHERE code = $1" => code)?;
    Ok(row.map(|(code, person, revoked_at, body)| ResultRow { code, person, revoked_at, body }))
}

/// Revokes one, once: who did it, and why, sealed.
pub(crate) async fn revoke_result(
    db: &Db,
    code: &str,
    at: &str,
    (by, why): (&str, &[u8]),
) -> Result<(), Fault> {
    let mut tx = db.write().await?;
    run!(
        tx,
        "UPDATE case_result SET revoked_at = $1, revoked_by = $2, revoked_why = $3 WHERE code = $4 AND revoked_at IS NULL"
        => at, by, why, code
    )?;
    tx.commit().await
}

/// Results that were revoked and not taken out of cases yet, from `after` on.
pub(crate) async fn revoked_results(db: &Db, after: &str, limit: i64) -> Result<Vec<String>, Fault> {
    let mut tx = db.read().await?;
    let rows: Vec<(String,)> = all!(
        tx,
        "SELECT code FROM case_result WHERE revoked_at IS NOT NULL AND carried = 0 AND code > $1 ORDER BY code LIMIT $2"
        => after, limit
    )?;
    Ok(rows.into_iter().map(|(code,)| code).collect())
}

/// The cases that use a result.
pub(crate) async fn users_of_result(db: &Db, code: &str) -> Result<Vec<String>, Fault> {
    let mut tx = db.read().await?;
    let rows: Vec<(String,)> =
        all!(tx, "SELECT case_id FROM case_result_use WHERE code = $1 ORDER BY case_id" => code)?;
    Ok(rows.into_iter().map(|(case,)| case).collect())
}

/// Notes that no case rests on it any more.
pub(crate) async fn revocation_carried(db: &Db, code: &str) -> Result<(), Fault> {
    let mut tx = db.write().await?;
    run!(tx, "UPDATE case_result SET carried = 1 WHERE code = $1" => code)?;
    tx.commit().await
}

/// Results whose time is over.
pub(crate) async fn results_over(db: &Db, today: &str, limit: i64) -> Result<Vec<String>, Fault> {
    let mut tx = db.read().await?;
    let rows: Vec<(String,)> = all!(
        tx, "SELECT code FROM case_result WHERE kept_until < $1 ORDER BY kept_until LIMIT $2" => today, limit
    )?;
    Ok(rows.into_iter().map(|(code,)| code).collect())
}

/// Takes results out.
pub(crate) async fn forget_results(db: &Db, codes: &[String]) -> Result<(), Fault> {
    let mut tx = db.write().await?;
    for code in codes {
        run!(tx, "DELETE FROM case_result_use WHERE code = $1" => code)?;
        run!(tx, "DELETE FROM case_result WHERE code = $1" => code)?;
    }
    tx.commit().await
}
