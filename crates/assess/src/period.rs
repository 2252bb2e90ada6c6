//! Periods that are assessed: months and quarters.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AssessCycle)]
pub enum Cycle {
    /// A month: `2027-03`.
    Month,
    /// A quarter of a year: `2027-Q1`.
    Quarter,
}

/// A month or a quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    year: i16,
    /// Of the year, its first month.
    month: i8,
    /// How many.
    months: i8,
}

/// A text that names no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no period: write a month as 2027-03, a quarter as 2027-Q1")]
pub struct NoPeriod(String);

impl Period {
    /// The period that a day is in.
    #[must_use]
    pub fn of(cycle: Cycle, day: Date) -> Self {
        match cycle {
            Cycle::Month => Self { year: day.year(), month: day.month(), months: 1 },
            Cycle::Quarter => Self { year: day.year(), month: (day.month() - 1) / 3 * 3 + 1, months: 3 },
        }
    }

    /// Its first day.
    #[must_use]
    pub fn first(self) -> Date {
        date(self.year, self.month, 1)
    }

    /// Its last day.
    #[must_use]
    pub fn last(self) -> Date {
        self.after().saturating_sub(1.day())
    }

    /// The first day behind it.
    #[must_use]
    pub fn after(self) -> Date {
        self.first().saturating_add(i32::from(self.months).months())
    }

    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        let day = self.after();
        Self { year: day.year(), month: day.month(), ..self }
    }

    /// The one before.
    #[must_use]
    pub fn before(self) -> Self {
        let day = self.first().saturating_sub(i32::from(self.months).months());
        Self { year: day.year(), month: day.month(), ..self }
    }

    /// How long it is.
    #[must_use]
    pub fn cycle(self) -> Cycle {
        if self.months == 1 { Cycle::Month } else { Cycle::Quarter }
    }
}

impl FromStr for Period {
    type Err = NoPeriod;

    fn from_str(text: &str) -> Result<Self, NoPeriod> {
        let refused = || NoPeriod(text.chars().take(20).collect());
        let (year, part) = text.split_once('-').ok_or_else(refused)?;
        let digits = |text: &str, long: usize| {
            (text.len() == long && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(())
        };
        digits(year, 4).ok_or_else(refused)?;
        let year: i16 = year.parse().map_err(|_| refused())?;
        let period = match part.strip_prefix('Q') {
            Some(quarter) => {
                digits(quarter, 1).ok_or_else(refused)?;
                let quarter: i8 = quarter.parse().map_err(|_| refused())?;
                (1..=4).contains(&quarter).then_some(Self { year, month: quarter * 3 - 2, months: 3 })
            }
            None => {
                digits(part, 2).ok_or_else(refused)?;
                let month: i8 = part.parse().map_err(|_| refused())?;
                (1..=12).contains(&month).then_some(Self { year, month, months: 1 })
            }
        };
        period.filter(|period| (1900..=9000).contains(&period.year)).ok_or_else(refused)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cycle() {
            Cycle::Month => write!(f, "{:04}-{:02}", self.year, self.month),
            Cycle::Quarter => write!(f, "{:04}-Q{}", self.year, (self.month + 2) / 3),
        }
    }
}

impl TryFrom<String> for Period {
    type Error = NoPeriod;

    fn try_from(text: String) -> Result<Self, NoPeriod> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}
