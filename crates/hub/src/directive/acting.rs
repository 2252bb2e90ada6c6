//! What people do with tasks: say that they are at it, or that it is done; show evidence; look whether it is so; put its day off on a text;
//! follow it no more. Each leaves an event in it and an entry in the audit trail. Who leads a task closes none that is measured or looked at.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use model::fault::{Fault, Words};
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::KIND;
use super::condition::{Condition, Verdict};
use super::doing::{Doing, is_doer, is_possible, is_theirs, not_theirs};
use super::show::{Shown, show};
use super::standing::{self, STORY, Standing};
use super::task::Task;
use crate::audit::change::{Act, AuditContext, note};
use crate::audit::right::Right;
use crate::registry::Subject as _;
use crate::registry::check::{check_text, contradictory, not_there};
use crate::store::{Tx, run};
use crate::texts;

/// Largest file that is shown as evidence. It is not kept.
pub(crate) const FILE_MAX: usize = 1 << 20;
/// Most events of one task that people add.
const EVENTS_MAX: i64 = 5_000;
/// Most times that a task is put off, and pieces of evidence.
const ROWS_MAX: usize = 500;
/// A claim, or a piece of evidence.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskSaying)]
pub(crate) struct Saying {
    /// What is said: what was done, what the file is.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub(crate) reason: String,
    /// A file, in base64, up to 1 MiB. Its SHA-256 is kept and not the file.
    #[serde(default)]
    pub(crate) file: Option<String>,
}

/// What a reviewer finds.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskFinding)]
pub(crate) struct Finding {
    /// Whether it is done.
    pub(crate) outcome: Outcome,
    /// Why.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub(crate) reason: String,
}

/// Whether a task is done, as a reviewer finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TaskOutcome)]
pub(crate) enum Outcome {
    /// It is.
    Done,
    /// It is not, or not any more.
    Returned,
}

/// A later day.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskExtending)]
pub(crate) struct Extending {
    /// The new last day: later than the one that holds.
    pub(crate) deadline: Date,
    /// The text that says so: its number and day.
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub(crate) document: String,
    /// Who has issued it.
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub(crate) granted_by: String,
    /// Why.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub(crate) reason: String,
}

/// What somebody does, with what they give for it.
#[derive(Clone, Copy)]
pub(crate) enum Deed<'a> {
    /// What needs nothing but its reason.
    Plain(Doing),
    /// A claim or evidence, with a file.
    Said(Doing, Option<&'a str>),
    /// A later day.
    Extended(&'a Extending),
}

impl Deed<'_> {
    fn doing(self) -> Doing {
        match self {
            Self::Plain(doing) | Self::Said(doing, _) => doing,
            Self::Extended(_) => Doing::Extend,
        }
    }
}

/// The task of this code.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::StoreFailed`].
pub(crate) async fn task(tx: &mut Tx, id: &str) -> Result<Task, Fault> {
    Task::load(tx, id).await?.ok_or_else(|| not_there(KIND, id))
}

/// Does it; what is said is the reason that the context has.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::Contradictory`], [`Fault::BadDocument`],
/// [`Fault::StoreFailed`].
pub(crate) async fn act(
    tx: &mut Tx,
    id: &str,
    deed: Deed<'_>,
    context: &AuditContext,
) -> Result<Shown, Fault> {
    let officer = &context.officer;
    let (task, doing) = (task(tx, id).await?, deed.doing());
    is_doer(&task, officer)?;
    if !is_theirs(&task, officer, doing) {
        if officer.agency.is_none() {
            officer.must(Right::Govern)?;
        }
        return Err(not_theirs(&task, officer));
    }
    let before = standing::of(tx, id).await?.ok_or_else(|| not_there(KIND, id))?;
    // Behind what has happened nothing happens: who sets a clock back is in no earlier day.
    let at = before.at(context.at);
    let today = day_in_viet_nam(at);
    is_possible(&before, doing, today).map_err(|why| contradictory((KIND, id), why))?;
    if STORY.count(tx, id).await? >= EVENTS_MAX {
        return Err(contradictory((KIND, id), texts::task_long()));
    }
    let mut after = Standing { seen_at: Some(at), ..before.clone() };
    match deed {
        Deed::Extended(extending) => {
            extend(tx, (&task, &before), extending, (context, at)).await?;
            after.extended_to = Some(extending.deadline);
        }
        Deed::Said(_, file) => {
            show_evidence(tx, &task, file, (context, at)).await?;
        }
        Deed::Plain(_) => {}
    }
    match doing {
        Doing::Accept => after.accepted_on = Some(today),
        Doing::Claim => {
            after.claimed_on = Some(today);
            after.accepted_on = after.accepted_on.or(Some(today));
        }
        // It was done on the day on which that was said: a reviewer who takes long makes nobody late.
        Doing::Review => {
            after.done_on = before.claimed_on;
            after.verified_on = Some(today);
        }
        Doing::Return => {
            after.times += i64::from(after.done_on.is_some());
            (after.claimed_on, after.done_on, after.verified_on) = (None, None, None);
        }
        Doing::Drop => after.dropped_on = Some(today),
        Doing::Evidence | Doing::Part | Doing::Extend => {}
    }
    STORY.add(tx, id, (&officer.name, doing.word(), &context.why), at).await?;
    standing::keep(tx, id, &after, &context.why, at).await?;
    look_for_artefact(tx, &task, at).await?;
    let told = |standing: &Standing| {
        let day = |day: Option<Date>| day.map(|day| day.to_string());
        json!({
            "due": day(standing.due()), "accepted_on": day(standing.accepted_on), "claimed_on": day(standing.claimed_on),
            "done_on": day(standing.done_on), "dropped_on": day(standing.dropped_on),
        })
        .to_string()
    };
    let now = standing::of(tx, id).await?.unwrap_or(after);
    note(tx, context, Act::Updated, (KIND, id), Some(told(&before)), Some(told(&now))).await?;
    show(tx, officer, id, context.at).await
}

/// A day goes on only, and on a text.
async fn extend(
    tx: &mut Tx,
    (task, standing): (&Task, &Standing),
    extending: &Extending,
    (context, at): (&AuditContext, Timestamp),
) -> Result<(), Fault> {
    let subject = (KIND, task.id.as_str());
    check_text(subject, "document", &extending.document)?;
    check_text(subject, "granted_by", &extending.granted_by)?;
    if let Some(due) = standing.due().filter(|due| extending.deadline <= *due) {
        return Err(contradictory(subject, texts::task_only_later(due)));
    }
    if standing::extensions(tx, &task.id).await?.len() >= ROWS_MAX {
        return Err(contradictory(subject, texts::task_long()));
    }
    run!(
        tx,
        "INSERT INTO task_extension (task, number, deadline, document, granted_by, why, who, at)
         SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5, $6, $7 FROM task_extension WHERE task = $1"
        => &task.id, extending.deadline.to_string(), &extending.document, &extending.granted_by, &context.why, &context.officer.name,
           at.to_string()
    )?;
    Ok(())
}

async fn show_evidence(
    tx: &mut Tx,
    task: &Task,
    file: Option<&str>,
    (context, at): (&AuditContext, Timestamp),
) -> Result<(), Fault> {
    let digest = file.map(digest).transpose()?;
    let (sha256, bytes) = digest.map_or((None, None), |(sha256, bytes)| (Some(sha256), Some(bytes)));
    if standing::evidence(tx, &task.id).await?.len() >= ROWS_MAX {
        return Err(contradictory((KIND, &task.id), texts::task_long()));
    }
    run!(
        tx,
        "INSERT INTO task_evidence (task, number, agency, who, said, sha256, bytes, at)
         SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5, $6, $7 FROM task_evidence WHERE task = $1"
        => &task.id, context.officer.agency.as_ref().map_or("", |agency| agency.as_str()), &context.officer.name, &context.why, sha256,
           bytes, at.to_string()
    )?;
    Ok(())
}

/// Of a file in base64: its SHA-256, and how long it is.
fn digest(file: &str) -> Result<(String, i64), Fault> {
    let wrong = |why| Fault::BadDocument { place: Words::quoted("file"), why };
    let bytes = BASE64_STANDARD.decode(file.trim()).map_err(|_| wrong(texts::task_file_not_read()))?;
    if bytes.is_empty() || bytes.len() > FILE_MAX {
        return Err(wrong(texts::task_file_size(FILE_MAX)));
    }
    Ok((trust::hex(&trust::sha256(&bytes)), i64::try_from(bytes.len()).unwrap_or(i64::MAX)))
}

/// A task that waits for a text or a file is done as soon as it is there.
async fn look_for_artefact(tx: &mut Tx, task: &Task, at: Timestamp) -> Result<(), Fault> {
    let Condition::Artefact(artefact) = &task.condition else { return Ok(()) };
    let there = standing::is_there(tx, &task.id, artefact).await?;
    let wanted = artefact.number.as_deref().or(artefact.sha256.as_deref()).unwrap_or_default();
    let verdict = if there { Verdict::Met } else { Verdict::Unmet };
    standing::look(tx, &task.id, Some((verdict, "", wanted)), at).await?;
    Ok(())
}
