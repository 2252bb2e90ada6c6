//! What a column holds, told without keeping any of it: how much is filled, how long, and what it looks like.

use std::collections::HashSet;

use crate::value::{Cell, day};

/// Values that are kept apart while they are counted; of more it is only known that there are many.
const DISTINCT: usize = 1000;

/// What values look like. Shares are of those that are not empty, from 0 to 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profile {
    /// Rows looked at.
    pub rows: usize,
    /// Rows with a value.
    pub filled: usize,
    /// Different values, counted up to a thousand.
    pub distinct: usize,
    /// Shortest and longest, in characters.
    pub lengths: (usize, usize),
    /// Days.
    pub days: f64,
    /// Moments, days with a clock.
    pub moments: f64,
    /// Digits only.
    pub digits: f64,
    /// Twelve digits.
    pub twelve: f64,
    /// Nine digits.
    pub nine: f64,
    /// Tax codes: ten digits, or ten and three.
    pub tax: f64,
    /// Telephone numbers.
    pub phones: f64,
    /// Mail addresses.
    pub mails: f64,
    /// Web addresses.
    pub webs: f64,
    /// Words for sex: `Nam`, `Nữ`, `M`, `F`.
    pub sexes: f64,
    /// 0 and 1, yes and no.
    pub flags: f64,
    /// Names of people: a surname and more words, each with a capital.
    pub people: f64,
    /// Words of addresses: a commune, a province, a street.
    pub places: f64,
    /// Numbers with places.
    pub decimals: f64,
    /// Latitudes of Viet Nam.
    pub latitudes: f64,
    /// Longitudes of Viet Nam.
    pub longitudes: f64,
    /// Years.
    pub years: f64,
}

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

impl Profile {
    /// What `values` look like, empty ones among them.
    pub fn of<'a>(values: impl Iterator<Item = &'a Cell>) -> Self {
        let mut profile = Self { lengths: (usize::MAX, 0), ..Self::default() };
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

    /// What stands out, in words: for whoever reads a proposal.
    #[must_use]
    pub fn words(&self) -> Vec<(&'static str, &'static str)> {
        let said = [
            (self.twelve, "12 chữ số", "12 digits"),
            (self.nine, "9 chữ số", "9 digits"),
            (self.tax, "dạng mã số thuế", "like tax codes"),
            (self.phones, "dạng số điện thoại", "like telephone numbers"),
            (self.mails, "dạng thư điện tử", "like mail addresses"),
            (self.days, "ngày", "days"),
            (self.moments, "thời điểm", "moments"),
            (self.sexes, "chữ chỉ giới tính", "words for sex"),
            (self.people, "dạng họ tên", "like names of people"),
            (self.places, "chữ chỉ địa chỉ", "words of addresses"),
        ];
        said.into_iter().filter(|(share, ..)| *share >= 0.8).map(|(_, vi, en)| (vi, en)).collect()
    }
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
        Profile::of(cells.iter())
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
        let empty = Profile::of([Cell::Null, Cell::Null].iter());
        assert_eq!((empty.rows, empty.filled, empty.lengths), (2, 0, (0, 0)));
        assert!(empty.words().is_empty());
    }
}
