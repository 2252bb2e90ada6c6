//! Tasks as a list, of which board, calendar and list are views: filtered, put in order and cut into pages by the store.

use jiff::civil::Date;
use model::agency::Name;
use model::due::{Done, TimeLeft};
use model::fault::Fault;
use serde::Serialize;
use utoipa::ToSchema;

use super::condition::{Verdict, Way};
use super::standing::{self, Standing};
use super::state::{self, State};
use super::task::Task;
use crate::registry::lines::{Lines, Wish};
use crate::registry::order::Order;
use crate::registry::row::Row;
use crate::store::Tx;

/// The columns of their tables.
pub(crate) const COLUMNS: [&str; 19] = [
    "id",
    "directive",
    "clause",
    "text.vi",
    "text.en",
    "lead",
    "lead_said.vi",
    "support",
    "state",
    "deadline",
    "extended_to",
    "time_left.by",
    "time_left.days",
    "way",
    "verdict",
    "measures",
    "claimed_on",
    "done_on",
    "second_hand",
];

/// A task on one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TaskLine)]
pub(crate) struct Line {
    /// Its code.
    pub(crate) id: String,
    /// The text that orders it.
    pub(crate) directive: String,
    /// The clause of that text.
    pub(crate) clause: Option<String>,
    /// What is to be done.
    pub(crate) text: Name,
    /// The agency that leads.
    pub(crate) lead: Option<String>,
    /// Who leads, as the text says it, where that is no agency of the registry.
    pub(crate) lead_said: Option<Name>,
    /// Agencies that support.
    pub(crate) support: Vec<String>,
    /// How it stands.
    pub(crate) state: State,
    /// The last day as its text set it; it never changes. Null: no source says one.
    #[schema(format = Date)]
    pub(crate) deadline: Option<String>,
    /// The last day since it was put off; null: it never was.
    #[schema(format = Date)]
    pub(crate) extended_to: Option<String>,
    /// The day in the words of the text, where they are no day.
    pub(crate) deadline_said: Option<Name>,
    /// How the day stands that holds now; null: no source says one.
    pub(crate) time_left: Option<TimeLeft>,
    /// How it is known whether it is done.
    pub(crate) way: Way,
    /// What is known of a condition that is measured; null: nothing yet, or it is for somebody to look at.
    pub(crate) verdict: Option<Verdict>,
    /// What was observed last: `databases_in_use = 7`; `?` stands for what is not measured.
    pub(crate) measures: String,
    /// On which day its agency has said that it is done.
    #[schema(format = Date)]
    pub(crate) claimed_on: Option<String>,
    /// On which day it was done, as the hub has measured or another agency has found.
    #[schema(format = Date)]
    pub(crate) done_on: Option<String>,
    /// On which day that was found.
    #[schema(format = Date)]
    pub(crate) verified_on: Option<String>,
    /// How often it was opened again.
    pub(crate) times: i64,
    /// Whether it is known second-hand only.
    pub(crate) second_hand: bool,
}

/// Which tasks. Empty texts: all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Led by this agency, or one below it.
    pub(crate) agency: String,
    /// Led or supported by this agency.
    pub(crate) of: String,
    /// Of this text.
    pub(crate) directive: String,
    /// In this state; `live`: anything is still to be done.
    pub(crate) state: String,
    /// Judged so.
    pub(crate) way: String,
    /// Of which this is known.
    pub(crate) verdict: String,
    /// Due from this day on.
    pub(crate) from: Option<Date>,
    /// Due up to this day.
    pub(crate) to: Option<Date>,
    /// With these words.
    pub(crate) text: String,
    /// In this order; none: what is due first.
    pub(crate) order: Option<Order>,
    /// Only what stands behind this one.
    pub(crate) after: String,
    /// So many at most.
    pub(crate) limit: i64,
}

impl Wanted {
    fn wish(&self, today: Date) -> Wish {
        let only = match State::of_word(&self.state) {
            Some(state) => Some(format!("({})", state::condition(state, today))),
            None if self.state == "live" => Some("(s.dropped_on IS NULL AND s.done_on IS NULL)".to_owned()),
            None => None,
        };
        let wish = Wish {
            only,
            text: self.text.clone(),
            order: self.order.clone(),
            after: self.after.clone(),
            limit: self.limit,
            ..Wish::default()
        };
        wish.with("under", Some(&self.agency))
            .with("of", Some(&self.of))
            .with("directive", Some(&self.directive))
            .with("way", Some(&self.way))
            .with("verdict", Some(&self.verdict))
            .with("from", self.from)
            .with("to", self.to)
    }
}

/// Tasks as a list.
pub(crate) const LINES: Lines = Lines {
    kind: super::KIND,
    from: standing::from!(),
    key: "task.id",
    columns: concat!("task.id, task.entry, ", standing::columns!()),
    filters: &[
        (
            "under",
            "task.lead IN (WITH RECURSIVE tree (id) AS (SELECT agency.id FROM agency WHERE agency.id = ?
                 UNION SELECT agency.id FROM agency JOIN tree ON agency.parent = tree.id) SELECT id FROM tree)",
        ),
        (
            "of",
            "task.id IN (SELECT r.from_name FROM reference r WHERE r.from_kind = 'Task' AND r.to_kind = 'Agency' AND r.to_name = ?)",
        ),
        ("directive", "task.directive = ?"),
        ("way", "task.way = ?"),
        ("verdict", "s.verdict = ?"),
        ("from", "COALESCE(e.deadline, task.deadline) >= ?"),
        ("to", "COALESCE(e.deadline, task.deadline) <= ?"),
    ],
    orders: &[
        ("id", "task.id"),
        // What has no day stands behind everything that has one.
        ("due", "COALESCE(e.deadline, task.deadline, '9999-12-31')"),
        ("deadline", "COALESCE(task.deadline, '9999-12-31')"),
        ("directive", "task.directive"),
        ("lead", "COALESCE(task.lead, '')"),
        ("done_on", "COALESCE(s.done_on, '')"),
    ],
    usual: "due",
    words: "LOWER(task.id) LIKE {has} OR EXISTS (SELECT 1 FROM found f WHERE f.source_kind = 'Task' AND f.source = task.id AND f.part = ''
         AND ' ' || f.words LIKE {begins})",
};

/// The line of a row.
fn line(row: &Row, today: Date) -> Result<Line, Fault> {
    let task: Task = row.json("entry")?;
    Ok(of(&task, &Standing::read(row)?, today))
}

/// The line of a task that stands so.
pub(super) fn of(task: &Task, standing: &Standing, today: Date) -> Line {
    let text = |day: Option<Date>| day.map(|day| day.to_string());
    let state = standing.state(today);
    Line {
        id: task.id.clone(),
        directive: task.directive.clone(),
        clause: task.clause.clone(),
        text: task.text.clone(),
        lead: task.lead.as_ref().map(ToString::to_string),
        lead_said: task.lead_said.clone(),
        support: task.support.iter().map(ToString::to_string).collect(),
        state,
        deadline: text(standing.deadline),
        extended_to: text(standing.extended_to),
        deadline_said: task.deadline_said.clone(),
        time_left: standing
            .due()
            .filter(|_| state != State::Dropped)
            .map(|due| TimeLeft::of(due, today, Done::known(state.is_done()))),
        way: standing.way,
        verdict: standing.verdict,
        measures: standing.observed.clone(),
        claimed_on: text(standing.claimed_on),
        done_on: text(standing.done_on),
        verified_on: text(standing.verified_on),
        times: standing.times,
        second_hand: task.second_hand,
    }
}

/// A page of the tasks that are asked for, in their order, and whether there are more.
///
/// # Errors
/// [`Fault::NotInRegistry`] where the one behind which the page begins is not there; [`Fault::StoreFailed`].
pub(crate) async fn list(tx: &mut Tx, wanted: &Wanted, today: Date) -> Result<(Vec<Line>, bool), Fault> {
    let (rows, more) = LINES.next(tx, wanted.wish(today)).await?;
    let lines: Result<Vec<Line>, Fault> = rows.iter().map(|row| line(row, today)).collect();
    Ok((lines?, more))
}

/// How many of them there are on all pages.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn count(tx: &mut Tx, wanted: &Wanted, today: Date) -> Result<i64, Fault> {
    LINES.count(tx, &wanted.wish(today)).await
}
