//! Tasks in a few numbers, for those who lead.

use jiff::civil::Date;
use model::agency::Name;
use model::fault::Fault;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::condition::Verdict;
use super::list::{self, Wanted};
use super::state::State;
use crate::audit::officer::Officer;
use crate::store::Tx;

/// Late tasks that are named.
const NAMED: i64 = 10;

/// Tasks of the whole country, or those that an agency and those below it lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TasksAtAGlance)]
pub(crate) struct Glance {
    /// All that are followed.
    pub(crate) all: i64,
    /// Those that are done.
    pub(crate) done: i64,
    /// Those that are overdue.
    pub(crate) overdue: i64,
    /// Those that are due within seven days.
    pub(crate) due_soon: i64,
    /// Those that await a review.
    pub(crate) awaiting_review: i64,
    /// Those of whose condition something is not measured.
    pub(crate) not_measured: i64,
    /// Those that are most late.
    pub(crate) late: Vec<Late>,
}

/// A task that is overdue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LateTask)]
pub(crate) struct Late {
    /// Its code.
    pub(crate) id: String,
    /// What is to be done.
    pub(crate) text: Name,
    /// Who leads.
    pub(crate) lead: Option<String>,
    /// By how many days it is late.
    pub(crate) days: i64,
}

/// What an officer sees of it: one of the hub the whole country's, others what their agency leads.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn glance(tx: &mut Tx, officer: &Officer, today: Date) -> Result<Glance, Fault> {
    let agency = officer.agency.as_ref().map(ToString::to_string).unwrap_or_default();
    let in_state =
        |state: &str| Wanted { agency: agency.clone(), state: state.to_owned(), ..Wanted::default() };
    let mut count = async |state: State| list::count(tx, &in_state(state.word()), today).await;
    let done = count(State::DoneOnTime).await? + count(State::DoneLate).await?;
    let dropped = count(State::Dropped).await?;
    let overdue = count(State::Overdue).await?;
    let due_soon = count(State::DueSoon).await?;
    let awaiting_review = count(State::AwaitingReview).await?;
    let all = list::count(tx, &in_state(""), today).await? - dropped;
    let unmeasured = Wanted { verdict: Verdict::NotMeasured.word().to_owned(), ..in_state("live") };
    let not_measured = list::count(tx, &unmeasured, today).await?;
    let wanted = Wanted { limit: NAMED, ..in_state(State::Overdue.word()) };
    let (lines, _) = list::list(tx, &wanted, today).await?;
    let late = lines.into_iter().map(|line| {
        let days = line.time_left.map_or(0, |left| -left.days);
        Late { id: line.id, text: line.text, lead: line.lead, days }
    });
    Ok(Glance { all, done, overdue, due_soon, awaiting_review, not_measured, late: late.collect() })
}
