//! The last day of a case: working days, without holidays.

use jiff::civil::{Date, Weekday};

/// The day after so many working days: Saturdays, Sundays and `holidays` are none.
pub(crate) fn due(from: Date, days: u16, holidays: &[Date]) -> Option<Date> {
    let (mut day, mut left) = (from, days);
    while left > 0 {
        day = day.tomorrow().ok()?;
        let is_off = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) || holidays.contains(&day);
        left -= u16::from(!is_off);
    }
    Some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn working_days_pass_over_the_week_end() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        // A Friday.
        assert_eq!(due(day("2026-11-27"), 0, &[]), Some(day("2026-11-27")));
        assert_eq!(due(day("2026-11-27"), 1, &[]), Some(day("2026-11-30")));
        assert_eq!(due(day("2026-11-27"), 5, &[]), Some(day("2026-12-04")));
    }

    proptest::proptest! {
        /// Between the day of handing in and the last day lie exactly as many working days as the procedure says, and the last is one.
        #[test]
        fn the_last_day_is_a_working_day_with_as_many_before_it(from in 0i64..2000, days in 1u16..60, off in proptest::collection::btree_set(0i64..2100, 0..80)) {
            let base = "2026-01-01".parse::<Date>().unwrap();
            let at = |number: i64| base.checked_add(jiff::Span::new().days(number)).unwrap();
            let holidays: Vec<Date> = off.iter().map(|number| at(*number)).collect();
            let works = |day: Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !holidays.contains(&day);
            let last = due(at(from), days, &holidays).unwrap();
            let between = (1..).map(|number| at(from + number)).take_while(|day| *day <= last);
            proptest::prop_assert!(works(last));
            proptest::prop_assert_eq!(between.filter(|day| works(*day)).count(), usize::from(days));
        }
    }
}
