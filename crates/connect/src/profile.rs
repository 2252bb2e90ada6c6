//! What a column holds, told without keeping any of it: how much is filled, how long, and what it looks like.

use std::collections::HashSet;

use model::column::Profile;

use crate::value::{Cell, day};

/// Values that are kept apart while they are counted; of more it is only known that there are many.
const DISTINCT: usize = 1000;

const SURNAMES: [&str; 18] = [
    "nguyễn", "trần", "lê", "phạm", "hoàng", "huỳnh", "phan", "vũ", "võ", "đặng", "bùi", "đỗ", "hồ", "ngô",
    "dương", "lý", "đoàn", "trịnh",
];
const PLACES: [&str; 14] = [
    "xã",
    "phường",
    "thị trấn",
    "huyện",
    "quận",
    "tỉnh",
    "thành phố",
    "tp.",
    "đường",
    "thôn",
    "ấp",
    "tổ ",
    "khu phố",
    "số nhà",
];

/// What `values` look like, empty ones among them.
pub fn profile<'a>(values: impl Iterator<Item = &'a Cell>) -> Profile {
    let mut profile = Profile { lengths: (usize::MAX, 0), ..Profile::default() };
    let mut seen: HashSet<String> = HashSet::new();
    let mut counts = [0u32; 17];
    for value in values {
        profile.rows += 1;
        let Some(text) = value.text().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        else {
            continue;
        };
        profile.filled += 1;
        let length = text.chars().count();
        profile.lengths = (profile.lengths.0.min(length), profile.lengths.1.max(length));
        for (count, holds) in counts.iter_mut().zip(looks(&text)) {
            *count += u32::from(holds);
        }
        if seen.len() < DISTINCT {
            seen.insert(text);
        }
    }
    profile.distinct = seen.len();
    if profile.filled == 0 {
        profile.lengths = (0, 0);
        return profile;
    }
    let filled = u32::try_from(profile.filled).unwrap_or(u32::MAX);
    let shares = counts.map(|count| f64::from(count) / f64::from(filled));
    [
        profile.days,
        profile.moments,
        profile.digits,
        profile.twelve,
        profile.nine,
        profile.tax,
        profile.phones,
        profile.mails,
        profile.webs,
        profile.sexes,
        profile.flags,
        profile.people,
        profile.places,
        profile.decimals,
        profile.latitudes,
        profile.longitudes,
        profile.years,
    ] = shares;
    profile
}

fn looks(text: &str) -> [bool; 17] {
    let lower = text.to_lowercase();
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let digits = is_digits(text);
    let number: Option<f64> = text.parse().ok();
    let is_day = day(text).is_some();
    let tidy: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')')).collect();
    let phone = tidy.strip_prefix("+84").map(|rest| format!("0{rest}")).unwrap_or_else(|| tidy.clone());
    let words: Vec<&str> = text.split_whitespace().collect();
    let capitals = words.iter().all(|word| word.chars().next().is_some_and(char::is_uppercase));
    let tax = (digits && text.len() == 10)
        || text
            .split_once('-')
            .is_some_and(|(a, b)| is_digits(a) && is_digits(b) && a.len() == 10 && b.len() == 3);
    let first = lower.split_whitespace().next().unwrap_or_default();
    [
        is_day && !digits && !text.contains(':'),
        is_day && text.contains(':'),
        digits,
        digits && text.len() == 12,
        digits && text.len() == 9,
        tax,
        is_digits(&phone)
            && phone.starts_with('0')
            && matches!(phone.len(), 10 | 11)
            && phone.as_bytes().get(1) != Some(&b'0'),
        text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')),
        lower.starts_with("http") || lower.starts_with("www."),
        matches!(lower.as_str(), "nam" | "nữ" | "nu" | "m" | "f" | "male" | "female"),
        matches!(lower.as_str(), "0" | "1" | "true" | "false" | "có" | "không" | "y" | "n" | "t" | "f"),
        (2..=6).contains(&words.len())
            && (capitals || text == text.to_uppercase())
            && SURNAMES.contains(&first),
        PLACES.iter().any(|place| lower.contains(place)),
        number.is_some() && text.contains('.'),
        number.is_some_and(|number| (8.0..24.0).contains(&number)) && text.contains('.'),
        number.is_some_and(|number| (102.0..118.0).contains(&number)) && text.contains('.'),
        digits && text.len() == 4 && (text.starts_with("19") || text.starts_with("20")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Profile {
        let cells: Vec<Cell> = values.iter().map(|value| Cell::Text((*value).to_owned())).collect();
        profile(cells.iter())
    }

    #[test]
    fn columns_are_told_by_what_they_look_like() {
        assert!(of(&["001198000001", "001198000002"]).twelve > 0.9);
        assert!(of(&["02/09/1945", "1990-01-02"]).days > 0.9);
        assert!(of(&["Nguyễn Văn A", "TRẦN THỊ B"]).people > 0.9);
        assert!(of(&["0912345678", "+84 912 345 678"]).phones > 0.9);
        assert!(of(&["0101243150", "0101243150-001"]).tax > 0.9);
        assert!(of(&["Nam", "Nữ"]).sexes > 0.9);
        assert!(of(&["Thôn 3, xã Bình Minh, tỉnh Ninh Bình"]).places > 0.9);
        let empty = profile([Cell::Null, Cell::Null].iter());
        assert_eq!((empty.rows, empty.filled, empty.lengths), (2, 0, (0, 0)));
        assert!(empty.words().is_empty());
    }
}
