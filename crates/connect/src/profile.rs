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
    let (mut rows, mut filled, mut lengths) = (0, 0_u32, (usize::MAX, 0));
    let mut seen: HashSet<String> = HashSet::new();
    let mut looks = Looks::default();
    for value in values {
        rows += 1;
        let Some(text) = value.text().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        else {
            continue;
        };
        filled += 1;
        let length = text.chars().count();
        lengths = (lengths.0.min(length), lengths.1.max(length));
        looks.count(&text);
        if seen.len() < DISTINCT {
            seen.insert(text);
        }
    }
    if filled == 0 {
        return Profile { rows, ..Profile::default() };
    }
    Profile { rows, filled: filled as usize, distinct: seen.len(), lengths, ..looks.shares(filled) }
}

/// How many values look like what.
#[derive(Default)]
struct Looks {
    days: u32,
    moments: u32,
    digits: u32,
    twelve: u32,
    nine: u32,
    tax: u32,
    phones: u32,
    mails: u32,
    webs: u32,
    sexes: u32,
    flags: u32,
    people: u32,
    places: u32,
    decimals: u32,
    latitudes: u32,
    longitudes: u32,
    years: u32,
}

impl Looks {
    fn count(&mut self, text: &str) {
        let lower = text.to_lowercase();
        let digits = is_digits(text);
        let is_day = day(text).is_some();
        let decimal = text.parse::<f64>().ok().filter(|_| text.contains('.'));
        let between = |from: f64, to: f64| decimal.is_some_and(|number| (from..to).contains(&number));
        self.days += u32::from(is_day && !digits && !text.contains(':'));
        self.moments += u32::from(is_day && text.contains(':'));
        self.digits += u32::from(digits);
        self.twelve += u32::from(digits && text.len() == 12);
        self.nine += u32::from(digits && text.len() == 9);
        self.tax += u32::from(is_tax_code(text));
        self.phones += u32::from(is_phone(text));
        self.mails += u32::from(
            text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')),
        );
        self.webs += u32::from(lower.starts_with("http") || lower.starts_with("www."));
        self.sexes +=
            u32::from(matches!(lower.as_str(), "nam" | "nữ" | "nu" | "m" | "f" | "male" | "female"));
        self.flags += u32::from(matches!(
            lower.as_str(),
            "0" | "1" | "true" | "false" | "có" | "không" | "y" | "n" | "t" | "f"
        ));
        self.people += u32::from(is_persons_name(text, &lower));
        self.places += u32::from(PLACES.iter().any(|place| lower.contains(place)));
        self.decimals += u32::from(decimal.is_some());
        self.latitudes += u32::from(between(8.0, 24.0));
        self.longitudes += u32::from(between(102.0, 118.0));
        self.years +=
            u32::from(digits && text.len() == 4 && (text.starts_with("19") || text.starts_with("20")));
    }

    /// As shares of `filled` values.
    fn shares(&self, filled: u32) -> Profile {
        let share = |count: u32| f64::from(count) / f64::from(filled);
        Profile {
            days: share(self.days),
            moments: share(self.moments),
            digits: share(self.digits),
            twelve: share(self.twelve),
            nine: share(self.nine),
            tax: share(self.tax),
            phones: share(self.phones),
            mails: share(self.mails),
            webs: share(self.webs),
            sexes: share(self.sexes),
            flags: share(self.flags),
            people: share(self.people),
            places: share(self.places),
            decimals: share(self.decimals),
            latitudes: share(self.latitudes),
            longitudes: share(self.longitudes),
            years: share(self.years),
            ..Profile::default()
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_tax_code(text: &str) -> bool {
    match text.split_once('-') {
        None => is_digits(text) && text.len() == 10,
        Some((taxpayer, branch)) => {
            is_digits(taxpayer) && is_digits(branch) && taxpayer.len() == 10 && branch.len() == 3
        }
    }
}

fn is_phone(text: &str) -> bool {
    let tidy: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')')).collect();
    let phone = tidy.strip_prefix("+84").map(|rest| format!("0{rest}")).unwrap_or_else(|| tidy.clone());
    is_digits(&phone)
        && phone.starts_with('0')
        && matches!(phone.len(), 10 | 11)
        && phone.as_bytes().get(1) != Some(&b'0')
}

/// A surname and more words, each with a capital.
fn is_persons_name(text: &str, lower: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let capitals = words.iter().all(|word| word.chars().next().is_some_and(char::is_uppercase));
    let first = lower.split_whitespace().next().unwrap_or_default();
    (2..=6).contains(&words.len()) && (capitals || text == text.to_uppercase()) && SURNAMES.contains(&first)
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
