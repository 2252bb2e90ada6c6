//! What an agency has made of a task for itself: seen by it and by the one that leads, and by nobody else.

use jiff::civil::Date;
use model::fault::Fault;
use model::id::MemberId;
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::doing::{is_doer, not_theirs};
use super::standing;
use super::task::Task;
use crate::audit::change::{Act, AuditContext, note};
use crate::audit::officer::Officer;
use crate::registry::check::{check_text, contradictory, not_there};
use crate::store::{Tx, all, optional, run};
use crate::texts;

/// Most parts that an agency makes of one task.
const PARTS_MAX: i64 = 200;
/// The word for them in the audit trail.
const KIND: &str = "TaskPart";

/// A part of a task, made by an agency for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TaskPart)]
pub(crate) struct Part {
    /// Its number in the task.
    pub(crate) number: i64,
    /// Whose it is.
    pub(crate) agency: String,
    /// Who has made it.
    pub(crate) who: String,
    /// What is to be done.
    pub(crate) said: String,
    /// By when.
    #[schema(format = Date)]
    pub(crate) due: Option<String>,
    /// On which day it was done; null: it is not.
    #[schema(format = Date)]
    pub(crate) done_on: Option<String>,
}

/// A part that is to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskPartToMake)]
pub(crate) struct Making {
    /// What is to be done.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub(crate) said: String,
    /// By when.
    #[serde(default)]
    pub(crate) due: Option<Date>,
    /// Why, for the audit trail.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub(crate) reason: String,
}

type Row = (i64, String, String, String, Option<String>, Option<String>);

/// Those that an officer sees.
pub(super) async fn seen(tx: &mut Tx, task: &Task, officer: &Officer) -> Result<Vec<Part>, Fault> {
    let Some(agency) = &officer.agency else { return Ok(Vec::new()) };
    let all = task.lead.as_ref() == Some(agency);
    let rows: Vec<Row> = all!(
        tx,
        "SELECT number, agency, who, said, due, done_on FROM task_part WHERE task = $1 AND ($2 = 1 OR agency = $3) ORDER BY number"
        => &task.id, i64::from(all), agency.as_str()
    )?;
    let part = |(number, agency, who, said, due, done_on)| Part { number, agency, who, said, due, done_on };
    Ok(rows.into_iter().map(part).collect())
}

/// Makes one.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::Contradictory`], [`Fault::StoreFailed`].
pub(crate) async fn make(
    tx: &mut Tx,
    task: &Task,
    making: &Making,
    context: &AuditContext,
) -> Result<(), Fault> {
    let agency = doer(task, context)?;
    check_text((KIND, &task.id), "said", &making.said)?;
    let made: Option<(i64,)> = optional!(
        tx,
        "SELECT COUNT(*) FROM task_part WHERE task = $1 AND agency = $2" => &task.id, agency.as_str()
    )?;
    if made.is_some_and(|(made,)| made >= PARTS_MAX) {
        return Err(contradictory((KIND, &task.id), texts::task_parts(PARTS_MAX)));
    }
    let due = making.due.map(|due| due.to_string());
    run!(
        tx,
        "INSERT INTO task_part (task, number, agency, who, said, due, done_on, at)
         SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5, NULL, $6 FROM task_part WHERE task = $1"
        => &task.id, agency.as_str(), &context.officer.name, &making.said, &due, context.at.to_string()
    )?;
    // The trail is read by others as well: what the part says is the agency's own.
    note(tx, context, Act::Created, (KIND, &task.id), None, Some(json!({ "due": due }).to_string())).await
}

/// Says that one is done, or that it is not after all.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::NotInRegistry`], [`Fault::StoreFailed`].
pub(crate) async fn finish(
    tx: &mut Tx,
    task: &Task,
    (number, done): (i64, bool),
    context: &AuditContext,
) -> Result<(), Fault> {
    let agency = doer(task, context)?;
    let standing = standing::of(tx, &task.id).await?;
    let at = standing.map_or(context.at, |standing| standing.at(context.at));
    let day = done.then(|| day_in_viet_nam(at).to_string());
    let changed = run!(
        tx,
        "UPDATE task_part SET done_on = $4 WHERE task = $1 AND number = $2 AND agency = $3"
        => &task.id, number, agency.as_str(), &day
    )?;
    if changed == 0 {
        return Err(not_there(KIND, &format!("{} {number}", task.id)));
    }
    let told = json!({ "number": number, "done_on": day }).to_string();
    note(tx, context, Act::Updated, (KIND, &task.id), None, Some(told)).await
}

/// The agency for which somebody makes or ends a part.
fn doer<'a>(task: &Task, context: &'a AuditContext) -> Result<&'a MemberId, Fault> {
    if !is_doer(task, &context.officer)? {
        return Err(not_theirs(task, &context.officer));
    }
    context.officer.agency.as_ref().ok_or_else(|| not_theirs(task, &context.officer))
}
