//! What must be done by a day: how it stands today, in words. The one place that says how many days are left, or how late it is.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::texts;

/// Whether what must be done by a day is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Nobody measures it.
    NotMeasured,
}

impl Done {
    /// Of something that is known.
    #[must_use]
    pub fn known(done: bool) -> Self {
        if done { Self::Yes } else { Self::No }
    }
}

/// How a deadline stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeadlineState)]
pub enum State {
    /// What must be done is done.
    Done,
    /// There are days left.
    Ahead,
    /// This is the last day.
    Today,
    /// The day is over, and it is not done.
    Late,
    /// The day is over, and nobody measures whether it is done.
    NotMeasured,
}

/// A deadline as it stands on a day, by the calendar of Viet Nam.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TimeLeft)]
pub struct TimeLeft {
    /// The last day.
    pub by: Date,
    /// Days left; negative: so many days late. Today is 0.
    pub days: i64,
    /// How it stands.
    pub state: State,
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

impl TimeLeft {
    /// How what must be done `by` a day stands `today`.
    #[must_use]
    pub fn of(by: Date, today: Date, done: Done) -> Self {
        let days = i64::from((by - today).get_days());
        let (state, words) = match (done, days) {
            (Done::Yes, _) => (State::Done, texts::due_done()),
            (_, 0) => (State::Today, texts::due_today()),
            (_, 1) => (State::Ahead, texts::day_left()),
            (_, 2..) => (State::Ahead, texts::days_left(days)),
            (Done::No, -1) => (State::Late, texts::day_late()),
            (Done::No, _) => (State::Late, texts::days_late(-days)),
            (Done::NotMeasured, -1) => (State::NotMeasured, texts::day_past()),
            (Done::NotMeasured, _) => (State::NotMeasured, texts::days_past(-days)),
        };
        Self { by, days, state, vi: words.vi().to_owned(), en: words.en().to_owned() }
    }

    /// Whether the day is over and it is not done.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.state == State::Late
    }

    /// Both languages, for a line on a terminal.
    #[must_use]
    pub fn both(&self) -> String {
        format!("{} | {}", self.vi, self.en)
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;
    use jiff::civil::date;

    use super::*;

    /// Over all days around today and all that can be known of the work: one state each, the days counted one by one, and no day that is
    /// over passes as one to come.
    #[test]
    fn a_day_that_is_over_is_late_by_so_many_days_or_done_or_not_measured() {
        let today = date(2026, 11, 29);
        for days in -800_i64..=800 {
            for done in [Done::Yes, Done::No, Done::NotMeasured] {
                let told = TimeLeft::of(today + days.days(), today, done);
                let state = match (done, days) {
                    (Done::Yes, _) => State::Done,
                    (_, 0) => State::Today,
                    (_, 1..) => State::Ahead,
                    (Done::No, _) => State::Late,
                    (Done::NotMeasured, _) => State::NotMeasured,
                };
                assert_eq!((told.days, told.state), (days, state), "{days} {done:?}");
                let (vi, en) = (told.vi.as_str(), told.en.as_str());
                let number = days.unsigned_abs().to_string();
                let counts = matches!(state, State::Ahead | State::Late | State::NotMeasured);
                assert_eq!(vi.split(' ').any(|word| word == number), counts, "{vi}");
                assert_eq!(en.split(' ').any(|word| word == number), counts, "{en}");
                assert_eq!(vi.starts_with("còn "), state == State::Ahead, "{vi}");
                assert_eq!(vi.starts_with("trễ "), state == State::Late, "{vi}");
                assert_eq!(told.is_late(), state == State::Late);
                assert_eq!(en.contains("days"), counts && number != "1", "{en}");
            }
        }
    }
}
