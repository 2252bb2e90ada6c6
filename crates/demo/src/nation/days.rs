//! Days and ages. All spans here are a few decades, far from the ends of the calendar.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

/// The first day of the 34 provinces and 3,321 communes (Resolution 202/2025/QH15); codes from before mean other units.
pub(super) const MERGER: Date = date(2025, 7, 1);

/// The last day of the old units.
pub(super) const BEFORE_MERGER: Date = date(2025, 6, 30);

/// `count` days after `day`, or before it.
pub(super) fn after(day: Date, count: i32) -> Date {
    day.saturating_add(count.days())
}

/// `count` years after `day`, or before it.
pub(super) fn years_after(day: Date, count: i32) -> Date {
    day.saturating_add(count.years())
}

/// Days from `first` to `last`; negative if `last` comes first.
pub(super) fn from_to(first: Date, last: Date) -> i32 {
    let hours = first.duration_until(last).as_hours();
    i32::try_from(hours / 24).unwrap_or_default()
}

/// Full years of life on `day`.
pub(super) fn age_on(born: Date, day: Date) -> i32 {
    let years = i32::from(day.year()) - i32::from(born.year());
    let had_birthday = (day.month(), day.day()) >= (born.month(), born.day());
    if had_birthday { years } else { years - 1 }
}

/// The year in which the school year of `day` began. Registration for it opens in July.
pub(super) fn school_year(day: Date) -> i16 {
    if day.month() >= 7 { day.year() } else { day.year() - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_of_life_count_birthdays() {
        let check = |born, day, expect| assert_eq!(age_on(born, day), expect, "{born} on {day}");
        check(date(2000, 2, 29), date(2018, 2, 28), 17);
        check(date(2000, 2, 29), date(2018, 3, 1), 18);
        check(date(2020, 11, 23), date(2026, 11, 23), 6);
    }

    #[test]
    fn spans_of_days_have_a_sign() {
        assert_eq!(from_to(date(2025, 6, 30), date(2025, 7, 2)), 2);
        assert_eq!(from_to(date(2025, 7, 2), date(2025, 6, 30)), -2);
        assert_eq!((school_year(date(2026, 6, 30)), school_year(date(2026, 7, 1))), (2025, 2026));
    }
}
