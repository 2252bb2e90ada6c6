//! Days and spans of days, as laws and lists count them.

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Viet Nam keeps UTC+7 all year.
const VIET_NAM: tz::Offset = tz::offset(7);

/// The day it is in Viet Nam at `now`.
#[must_use]
pub fn day_in_viet_nam(now: Timestamp) -> Date {
    VIET_NAM.to_datetime(now).date()
}

/// A moment as people in Viet Nam read it: `08:00 ngày 25/11/2026`.
#[must_use]
pub fn moment_in_vietnamese(at: Timestamp) -> String {
    VIET_NAM.to_datetime(at).strftime("%H:%M ngày %d/%m/%Y").to_string()
}

/// A moment as lists have it: `2026-11-25 08:00:01`, by the clock of Viet Nam.
#[must_use]
pub fn clock_in_viet_nam(at: Timestamp) -> String {
    VIET_NAM.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The moment at which clocks in Viet Nam show `when`; `None` outside the times that can be told.
#[must_use]
pub fn moment_in_viet_nam(when: DateTime) -> Option<Timestamp> {
    VIET_NAM.to_timestamp(when).ok()
}

/// Days on which something holds: from `valid_from`, up to but **not** with `valid_to`. An absent end is open.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, ToSchema,
)]
pub struct Validity {
    /// First day; absent when it is not known or has no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Date>,
    /// The first day on which it no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Date>,
}

impl Validity {
    /// Whether `day` is within.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day < to)
    }

    /// Whether a day is in both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let starts_before = |a: &Self, b: &Self| match (a.valid_from, b.valid_to) {
            (Some(from), Some(to)) => from < to,
            _ => true,
        };
        starts_before(self, other) && starts_before(other, self)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_day_changes_at_midnight_in_viet_nam() {
        assert_eq!(day_in_viet_nam("2026-06-30T16:59:59Z".parse().unwrap()), date(2026, 6, 30));
        assert_eq!(day_in_viet_nam("2026-06-30T17:00:00Z".parse().unwrap()), date(2026, 7, 1));
    }

    #[test]
    fn the_last_day_is_outside() {
        let span = Validity { valid_from: Some(date(2025, 1, 1)), valid_to: Some(date(2025, 7, 1)) };
        assert!(span.holds_on(date(2025, 6, 30)) && !span.holds_on(date(2025, 7, 1)));
        assert!(!span.overlaps(&Validity { valid_from: Some(date(2025, 7, 1)), valid_to: None }));
        assert!(span.overlaps(&Validity::default()));
    }
}
