//! A task with all that is known of it.

use jiff::Timestamp;
use jiff::civil::Date;
use model::agency::Name;
use model::fault::Fault;
use model::time::day_in_viet_nam;
use serde::Serialize;
use utoipa::ToSchema;

use super::condition::Condition;
use super::doing;
use super::list::{self, Line};
use super::part::{self, Part};
use super::standing::{self, STORY};
use super::state::State;
use super::task::Task;
use super::text::Directive;
use crate::audit::officer::Officer;
use crate::registry::Subject as _;
use crate::registry::check::not_there;
use crate::store::Tx;

/// A task with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TaskStanding)]
pub(crate) struct Shown {
    /// On one line.
    #[serde(flatten)]
    pub(crate) line: Line,
    /// The number of the text that orders it.
    pub(crate) number: String,
    /// The clause that orders it, in our words.
    pub(crate) says: Option<Name>,
    /// When it is done.
    pub(crate) condition: Condition,
    /// The agency that looks whether it is; null: the hub.
    pub(crate) reviewer: Option<String>,
    /// What is known second-hand, or is ours.
    pub(crate) note: Option<Name>,
    /// By how many days it is or was late against the day that its text set, whatever it was put off to. Null: it is not.
    pub(crate) days_late_at_first: Option<i64>,
    /// Tasks that must be done before.
    pub(crate) depends_on: Vec<Before>,
    /// Each time it was put off.
    pub(crate) extensions: Vec<Extension>,
    /// What was shown.
    pub(crate) evidence: Vec<Evidence>,
    /// Parts that your agency has made of it for itself; of those that lead, all.
    pub(crate) parts: Vec<Part>,
    /// What happened, in order, and why.
    pub(crate) events: Vec<Event>,
    /// What the one who asks may do: `accept`, `claim`, `evidence`, `part`, `review`, `return`, `extend`, `drop`.
    pub(crate) may: Vec<String>,
}

/// A task that must be done before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TaskBefore)]
pub(crate) struct Before {
    /// Its code.
    pub(crate) id: String,
    /// What is to be done.
    pub(crate) text: Name,
    /// How it stands.
    pub(crate) state: State,
}

/// One time that a task was put off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TaskExtension)]
pub(crate) struct Extension {
    /// Its number.
    pub(crate) number: i64,
    /// The new last day.
    #[schema(format = Date)]
    pub(crate) deadline: String,
    /// The text that says so.
    pub(crate) document: String,
    /// Who has issued it.
    pub(crate) granted_by: String,
    /// Why.
    pub(crate) why: String,
    /// Who has entered it.
    pub(crate) who: String,
    /// When.
    #[schema(format = DateTime)]
    pub(crate) at: String,
}

/// Something that was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TaskEvidence)]
pub(crate) struct Evidence {
    /// Its number.
    pub(crate) number: i64,
    /// By which agency; empty: the hub.
    pub(crate) agency: String,
    /// By whom.
    pub(crate) who: String,
    /// What it is.
    pub(crate) said: String,
    /// The SHA-256 of the file, as the hub has computed it; null: no file was shown.
    pub(crate) sha256: Option<String>,
    /// How long the file is.
    pub(crate) bytes: Option<i64>,
    /// When.
    #[schema(format = DateTime)]
    pub(crate) at: String,
}

/// Something that happened in a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TaskEvent)]
pub(crate) struct Event {
    /// Its number in the task.
    pub(crate) number: i64,
    /// When.
    #[schema(format = DateTime)]
    pub(crate) at: String,
    /// Who did it; empty: the hub, by what it measured and which day it was.
    pub(crate) who: String,
    /// What: a state, what is known of its condition (`met`, `unmet`, `not_measured`), `reopened`, or what somebody did (`accept`, `claim`,
    /// `evidence`, `review`, `return`, `extend`, `drop`).
    pub(crate) what: String,
    /// Why: what was said, or what was observed.
    pub(crate) said: String,
}

/// One of them, as an officer sees it.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::StoreFailed`].
pub(crate) async fn show(tx: &mut Tx, officer: &Officer, id: &str, now: Timestamp) -> Result<Shown, Fault> {
    let today = day_in_viet_nam(now);
    let gone = || not_there(super::KIND, id);
    let task = Task::load(tx, id).await?.ok_or_else(gone)?;
    let standing = standing::of(tx, id).await?.ok_or_else(gone)?;
    let directive = Directive::load(tx, &task.directive).await?;
    let clause = directive
        .as_ref()
        .and_then(|text| text.clauses.iter().find(|one| Some(&one.id) == task.clause.as_ref()));
    let line = list::of(&task, &standing, today);
    let until = standing.done_on.unwrap_or(today);
    let late = |first: Date| i64::from((until - first).get_days());
    let days_late_at_first =
        standing.deadline.map(late).filter(|days| *days > 0 && line.state != State::Dropped);
    let mut depends_on = Vec::new();
    for before in &task.depends_on {
        if let (Some(task), Some(standing)) = (Task::load(tx, before).await?, standing::of(tx, before).await?)
        {
            depends_on.push(Before { id: task.id, text: task.text, state: standing.state(today) });
        }
    }
    let extension = |(number, deadline, document, granted_by, why, who, at)| Extension {
        number,
        deadline,
        document,
        granted_by,
        why,
        who,
        at,
    };
    let evidence = |(number, agency, who, said, sha256, bytes, at)| Evidence {
        number,
        agency,
        who,
        said,
        sha256,
        bytes,
        at,
    };
    let event = |(number, at, who, what, said)| Event { number, at, who, what, said };
    Ok(Shown {
        number: directive.as_ref().map(|text| text.number.clone()).unwrap_or_default(),
        says: clause.map(|clause| clause.says.clone()),
        condition: task.condition.clone(),
        reviewer: task.reviewer.as_ref().map(ToString::to_string),
        note: task.note.clone(),
        days_late_at_first,
        depends_on,
        extensions: standing::extensions(tx, id).await?.into_iter().map(extension).collect(),
        evidence: standing::evidence(tx, id).await?.into_iter().map(evidence).collect(),
        parts: part::seen(tx, &task, officer).await?,
        events: STORY.all(tx, id).await?.into_iter().map(event).collect(),
        may: doing::may(&task, &standing, officer, today),
        line,
    })
}
