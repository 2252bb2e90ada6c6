//! Quantities with their units, as packs and people write them: `99.5 %`, `30 days`, `800 ms`, `3`, `yes`. Whole numbers inside.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A whole share: shares and scores are counted in hundredths of a percent.
pub const WHOLE: i64 = 10_000;

/// In what something is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AssessUnit)]
pub enum Unit {
    /// A share, in hundredths of a percent.
    Share,
    /// How many.
    Count,
    /// Whole days.
    Days,
    /// Milliseconds.
    Milliseconds,
    /// Yes, 1, or no, 0.
    Flag,
}

/// A number in its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Quantity {
    /// The number: of a share so many hundredths of a percent.
    pub value: i64,
    /// Its unit.
    pub unit: Unit,
}

/// A text that is no quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no quantity: write `99.5 %`, `30 days`, `800 ms`, `3`, `yes` or `no`")]
pub struct NoQuantity(String);

/// Largest number in a quantity.
const VALUE_MAX: i64 = 1_000_000_000_000;

impl FromStr for Quantity {
    type Err = NoQuantity;

    fn from_str(text: &str) -> Result<Self, NoQuantity> {
        let refused = || NoQuantity(text.chars().take(40).collect());
        let whole = |digits: &str| {
            let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<i64>().ok().filter(|value| is_number && *value <= VALUE_MAX)
        };
        let trimmed = text.trim();
        let of = |digits: &str, unit| Some(Self { value: whole(digits.trim())?, unit });
        let read = match trimmed {
            "yes" => Some(Self { value: 1, unit: Unit::Flag }),
            "no" => Some(Self { value: 0, unit: Unit::Flag }),
            _ => {
                match (trimmed.strip_suffix('%'), trimmed.strip_suffix("days"), trimmed.strip_suffix("ms")) {
                    (Some(percent), ..) => {
                        hundredths(percent.trim()).map(|value| Self { value, unit: Unit::Share })
                    }
                    (_, Some(days), _) => of(days, Unit::Days),
                    (.., Some(milliseconds)) => of(milliseconds, Unit::Milliseconds),
                    _ => of(trimmed, Unit::Count),
                }
            }
        };
        read.ok_or_else(refused)
    }
}

/// `99.5` as 9950: two digits behind the point at most, a hundred at most.
fn hundredths(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(part) || part.len() > 2 || whole.len() > 3 {
        return None;
    }
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    let value = whole.parse::<i64>().ok()? * 100 + part;
    (value <= WHOLE).then_some(value)
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit {
            Unit::Share => write!(f, "{} %", decimal(self.value)),
            Unit::Count => write!(f, "{}", self.value),
            Unit::Days => write!(f, "{} days", self.value),
            Unit::Milliseconds => write!(f, "{} ms", self.value),
            Unit::Flag => f.write_str(if self.value == 0 { "no" } else { "yes" }),
        }
    }
}

/// Hundredths as a decimal number: 7140 as `71.4`.
#[must_use]
pub fn decimal(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let (whole, part) = (hundredths.abs() / 100, hundredths.abs() % 100);
    match part {
        0 => format!("{sign}{whole}"),
        part if part % 10 == 0 => format!("{sign}{whole}.{}", part / 10),
        part => format!("{sign}{whole}.{part:02}"),
    }
}

/// `part / whole` in hundredths of a percent, halves rounded up. None: there is no whole.
#[must_use]
pub fn share(part: u64, whole: u64) -> Option<i64> {
    let (part, whole) = (i128::from(part.min(whole)), i128::from(whole));
    rounded(part * i128::from(WHOLE), whole)
}

/// A quotient of what is not below zero, halves rounded up.
pub(crate) fn rounded(above: i128, below: i128) -> Option<i64> {
    (below > 0).then(|| i64::try_from((2 * above + below) / (2 * below)).unwrap_or(i64::MAX))
}

impl TryFrom<String> for Quantity {
    type Error = NoQuantity;

    fn try_from(text: String) -> Result<Self, NoQuantity> {
        text.parse()
    }
}

impl From<Quantity> for String {
    fn from(quantity: Quantity) -> Self {
        quantity.to_string()
    }
}
