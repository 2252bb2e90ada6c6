//! How a task stands on a day: a pure function of its rows and the day.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::condition::Way;

/// So many days before its last one a task is due soon.
pub(crate) const SOON_DAYS: i64 = 7;

/// How a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TaskState)]
pub(crate) enum State {
    /// There is time, and nobody has said that they are at it.
    NotDue,
    /// Its agency is at it.
    InProgress,
    /// There are seven days left or fewer.
    DueSoon,
    /// Its day is over.
    Overdue,
    /// Its agency has said in time that it is done, and another one is to look at it.
    AwaitingReview,
    /// It was done by its day.
    DoneOnTime,
    /// It was done later.
    DoneLate,
    /// It was put off, and there is time.
    Extended,
    /// Nobody follows it any more.
    Dropped,
}

impl State {
    /// All of them.
    pub(crate) const ALL: [Self; 9] = [
        Self::NotDue,
        Self::InProgress,
        Self::DueSoon,
        Self::Overdue,
        Self::AwaitingReview,
        Self::DoneOnTime,
        Self::DoneLate,
        Self::Extended,
        Self::Dropped,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::NotDue => "not_due",
            Self::InProgress => "in_progress",
            Self::DueSoon => "due_soon",
            Self::Overdue => "overdue",
            Self::AwaitingReview => "awaiting_review",
            Self::DoneOnTime => "done_on_time",
            Self::DoneLate => "done_late",
            Self::Extended => "extended",
            Self::Dropped => "dropped",
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    pub(crate) fn is_done(self) -> bool {
        matches!(self, Self::DoneOnTime | Self::DoneLate)
    }

    /// Whether anything is still to be done.
    pub(crate) fn is_live(self) -> bool {
        !self.is_done() && self != Self::Dropped
    }
}

/// What of its rows says how a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) way: Way,
    /// The day that holds now: the first one, or the last it was put off to. None: no text says one.
    pub(crate) due: Option<Date>,
    pub(crate) extended: bool,
    pub(crate) accepted: bool,
    /// On which day its agency has said that it is done.
    pub(crate) claimed_on: Option<Date>,
    /// On which day it was done, as others or the hub itself have found.
    pub(crate) done_on: Option<Date>,
    pub(crate) dropped: bool,
}

/// How a task stands today. That its agency says it is done moves nothing that is measured, and takes nothing that is late out of being late.
pub(crate) fn state(facts: &Facts, today: Date) -> State {
    let Facts { way, due, extended, accepted, claimed_on, done_on, dropped } = *facts;
    if dropped {
        return State::Dropped;
    }
    let in_time = |day: Date| due.is_none_or(|due| day <= due);
    if let Some(done) = done_on {
        return if in_time(done) { State::DoneOnTime } else { State::DoneLate };
    }
    if way == Way::Review && claimed_on.is_some_and(in_time) {
        return State::AwaitingReview;
    }
    let Some(due) = due else { return State::InProgress };
    match () {
        () if today > due => State::Overdue,
        () if due <= soon(today) => State::DueSoon,
        () if extended => State::Extended,
        () if accepted => State::InProgress,
        () => State::NotDue,
    }
}

/// The last day that is soon.
pub(crate) fn soon(today: Date) -> Date {
    today.checked_add(SOON_DAYS.days()).unwrap_or(today)
}

/// The same as a condition of the store, over a task with its standing `s` and its last extension `e`.
pub(crate) fn condition(state: State, today: Date) -> String {
    let soon = soon(today);
    let due = DUE;
    let in_time = |day: &str| format!("({due} IS NULL OR {day} <= {due})");
    let open = "s.dropped_on IS NULL AND s.done_on IS NULL";
    let claimed =
        format!("(task.way = 'review' AND s.claimed_on IS NOT NULL AND {})", in_time("s.claimed_on"));
    let waits = format!("{open} AND NOT {claimed}");
    let later = format!("{waits} AND {due} > '{soon}'");
    match state {
        State::Dropped => "s.dropped_on IS NOT NULL".to_owned(),
        State::DoneOnTime => {
            format!("s.dropped_on IS NULL AND s.done_on IS NOT NULL AND {}", in_time("s.done_on"))
        }
        State::DoneLate => format!("s.dropped_on IS NULL AND s.done_on > {due}"),
        State::AwaitingReview => format!("{open} AND {claimed}"),
        State::Overdue => format!("{waits} AND {due} < '{today}'"),
        State::DueSoon => format!("{waits} AND {due} >= '{today}' AND {due} <= '{soon}'"),
        State::Extended => format!("{later} AND e.deadline IS NOT NULL"),
        State::InProgress => {
            format!(
                "{waits} AND ({due} IS NULL OR ({due} > '{soon}' AND e.deadline IS NULL AND s.accepted_on IS NOT NULL))"
            )
        }
        State::NotDue => format!("{later} AND e.deadline IS NULL AND s.accepted_on IS NULL"),
    }
}

/// The day that holds now, as the store has it.
pub(crate) const DUE: &str = "COALESCE(e.deadline, task.deadline)";

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// Over all facts and many days. The law stands here in its own words: each state says what must be so of it, and of what is so
    /// nothing but one state is said.
    #[test]
    fn a_task_has_one_state_that_follows_from_its_rows_and_the_day() {
        let today = date(2026, 11, 30);
        let day = |offset: i64| today + offset.days();
        let near = [-400, -8, -7, -1, 0, 1, 6, 7, 8, 400];
        let some = |offsets: &[i64]| {
            [None].into_iter().chain(offsets.iter().map(|at| Some(day(*at)))).collect::<Vec<_>>()
        };
        let mut seen = std::collections::BTreeSet::new();
        for way in Way::ALL {
            for due in some(&near) {
                for (extended, accepted, dropped) in
                    (0..8).map(|bits| (bits & 1 > 0, bits & 2 > 0, bits & 4 > 0))
                {
                    for claimed_on in some(&[-400, -8, -7, -1, 0]) {
                        for done_on in some(&[-400, -8, -1, 0]) {
                            let facts = Facts { way, due, extended, accepted, claimed_on, done_on, dropped };
                            let found = state(&facts, today);
                            seen.insert(found);
                            // Dropped and done are nothing else.
                            assert_eq!(found == State::Dropped, dropped);
                            assert_eq!(found.is_done(), !dropped && done_on.is_some(), "{facts:?}");
                            if found == State::DoneLate {
                                assert!(done_on > due && due.is_some());
                            }
                            // What its agency says closes nothing, and what is measured it does not move at all.
                            let unsaid = state(&Facts { claimed_on: None, ..facts }, today);
                            assert_eq!(found.is_done(), unsaid.is_done());
                            if way != Way::Review {
                                assert_eq!(found, unsaid, "{facts:?}");
                            }
                            // Late is late, said or not: unless it was said in time, and is for others to look at.
                            if unsaid == State::Overdue && found != State::Overdue {
                                assert!(found == State::AwaitingReview && claimed_on <= due, "{facts:?}");
                            }
                            // An open day that is over is told as late, and one that is not is not.
                            if found.is_live() && found != State::AwaitingReview {
                                assert_eq!(
                                    found == State::Overdue,
                                    due.is_some_and(|due| due < today),
                                    "{facts:?}"
                                );
                            }
                            // Time only takes an open task forward; a clock that is set back takes no done one back.
                            for later in [1, 7, 8, 500] {
                                let then = state(&facts, day(later));
                                if !found.is_live() || found == State::AwaitingReview {
                                    assert_eq!(then, found);
                                }
                                if found == State::Overdue {
                                    assert_eq!(then, found);
                                }
                                let before = state(&facts, day(-later));
                                assert_eq!(before.is_live(), found.is_live());
                            }
                        }
                    }
                }
            }
        }
        assert_eq!(seen.len(), State::ALL.len(), "{seen:?}");
    }
}
