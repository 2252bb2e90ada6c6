//! Days, moments, times and durations as text, from the counts that files hold. A count that no calendar has is told, never bent.

use crate::value::{Cell, Flaw};

const DAY: i128 = 86_400 * SECOND;
/// Nanoseconds of a second.
pub(in crate::snapshot) const SECOND: i128 = 1_000_000_000;
/// Days from 0001-01-01 and to 9999-12-31, counted from 1970: what `yyyy-mm-dd` can write, and what every database takes.
const DAYS: std::ops::RangeInclusive<i64> = -719_162..=2_932_896;

/// `yyyy-mm-dd`, of days since 1970.
pub(in crate::snapshot) fn date(days: i64) -> Option<String> {
    if !DAYS.contains(&days) {
        return None;
    }
    // Years that begin in March, so that the day that may be missing is the last: Hinnant, chrono-compatible low-level date algorithms.
    let since = days + 719_468;
    let (era, of_era) = (since.div_euclid(146_097), since.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

pub(in crate::snapshot) fn day(days: i64) -> Cell {
    date(days).map_or(Cell::broken(Flaw::OutOfRange), Cell::Text)
}

/// `yyyy-mm-ddThh:mm:ss`, of nanoseconds since 1970.
pub(in crate::snapshot) fn moment(nanos: i128, zone: &str) -> Cell {
    let day = i64::try_from(nanos.div_euclid(DAY)).ok().and_then(date);
    match (day, clock(nanos.rem_euclid(DAY))) {
        (Some(day), Some(clock)) => Cell::Text(format!("{day}T{clock}{zone}")),
        _ => Cell::broken(Flaw::OutOfRange),
    }
}

/// A time of day.
pub(in crate::snapshot) fn time(nanos: i128) -> Cell {
    clock(nanos).map_or(Cell::broken(Flaw::OutOfRange), Cell::Text)
}

fn clock(nanos: i128) -> Option<String> {
    if !(0..DAY).contains(&nanos) {
        return None;
    }
    let (seconds, rest) = (nanos / SECOND, nanos % SECOND);
    Some(format!("{:02}:{:02}:{:02}{}", seconds / 3600, seconds / 60 % 60, seconds % 60, fraction(rest)))
}

fn fraction(nanos: i128) -> String {
    match nanos {
        0 => String::new(),
        nanos => format!(".{nanos:09}").trim_end_matches('0').to_owned(),
    }
}

/// `P1Y2M3DT4H5M6.7S`. Days and months stay what they are: nobody knows how long they last. One sign for all if they agree, else each has its
/// own, as ISO 8601-2 writes it.
pub(in crate::snapshot) fn duration(months: i64, days: i64, nanos: i128) -> String {
    let negative = months <= 0 && days <= 0 && nanos <= 0 && (months, days, nanos) != (0, 0, 0);
    let (months, days, nanos) = if negative { (-months, -days, -nanos) } else { (months, days, nanos) };
    let mut text = if negative { "-P".to_owned() } else { "P".to_owned() };
    let mut part = |amount: i128, unit: &str| {
        if amount != 0 {
            text.push_str(&format!("{amount}{unit}"));
        }
    };
    part(i128::from(months / 12), "Y");
    part(i128::from(months % 12), "M");
    part(i128::from(days), "D");
    if nanos != 0 {
        text.push('T');
        let (sign, size) = (if nanos < 0 { "-" } else { "" }, nanos.abs());
        let (seconds, rest) = (size / SECOND, size % SECOND);
        for (amount, unit) in [(seconds / 3600, 'H'), (seconds / 60 % 60, 'M')] {
            if amount != 0 {
                text.push_str(&format!("{sign}{amount}{unit}"));
            }
        }
        if seconds % 60 != 0 || rest != 0 {
            text.push_str(&format!("{sign}{}{}S", seconds % 60, fraction(rest)));
        }
    }
    if text.ends_with('P') { "PT0S".into() } else { text }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_become_days_and_moments() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (-719_162, "0001-01-01"),
            (2_932_896, "9999-12-31"),
        ] {
            assert_eq!(date(days).as_deref(), Some(text));
        }
        for days in [-719_163, 2_932_897, i64::MIN, i64::MAX] {
            assert_eq!(day(days), Cell::broken(Flaw::OutOfRange));
        }
        let moment = |nanos| moment(nanos, "Z").text();
        assert_eq!(moment(-1).as_deref(), Some("1969-12-31T23:59:59.999999999Z"));
        assert_eq!(moment(1_500_000_000).as_deref(), Some("1970-01-01T00:00:01.5Z"));
        assert_eq!(moment(i128::from(i64::MAX) * 1_000_000), None);
        assert_eq!(time(DAY), Cell::broken(Flaw::OutOfRange));
        assert_eq!(time(DAY - 1).text().as_deref(), Some("23:59:59.999999999"));
    }

    #[test]
    fn durations_are_written_as_iso_has_them() {
        for ((months, days, nanos), text) in [
            ((14, 3, 4_500_000_000), "P1Y2M3DT4.5S"),
            ((0, 0, 0), "PT0S"),
            ((0, 0, 108_900 * SECOND), "PT30H15M"),
            ((0, -1, -SECOND), "-P1DT1S"),
            ((1, -1, -3_600 * SECOND), "P1M-1DT-1H"),
            ((12, 0, 0), "P1Y"),
        ] {
            assert_eq!(duration(months, days, nanos), text);
        }
    }

    proptest! {
        #[test]
        fn days_are_those_of_the_calendar(days in -719_162_i64..2_932_896) {
            let known = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            prop_assert_eq!(date(days).unwrap(), known.to_string());
        }
    }
}
