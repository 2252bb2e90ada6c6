//! Administrative units. Codes are used again with other meanings: of the 3,321 commune codes in force since 01/07/2025,
//! 2,145 named another unit before. So a code means nothing without a day, and the signatures here ask for both.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::table;
use crate::time::Validity;

/// A unit's code: 2 digits for a province, 3 for a district (before 01/07/2025), 5 for a commune. Text, zero-padded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitCode(String);

/// Not two, three or five digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a unit code is two digits (province), three (district, before 01/07/2025) or five (commune)")]
pub struct UnitCodeError;

/// The tier of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Tỉnh, thành phố trực thuộc trung ương.
    Province,
    /// Huyện, quận, thị xã; none since 01/07/2025.
    District,
    /// Xã, phường, thị trấn, đặc khu.
    Commune,
}

/// What a code named in a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// 2, 3 or 5 digits, by its level.
    pub code: UnitCode,
    /// The days on which the code had this meaning.
    pub valid: Validity,
    /// Tỉnh, Thành phố, Huyện, Xã, Phường, Đặc khu and so on.
    pub kind: String,
    /// The name without its kind.
    pub name: String,
    /// The unit above it, on the same days.
    pub parent: Option<UnitCode>,
}

/// How much of an old unit a new one took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// All of it.
    Whole,
    /// A part; the rest went elsewhere.
    Part,
}

/// Where a unit of before 01/07/2025 went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Successor {
    /// The new unit, in force from 01/07/2025.
    pub code: UnitCode,
    /// How much of the old one.
    pub share: Share,
    /// The source's choice where nothing more is known of an address.
    pub is_default: bool,
    /// The source seems to have confused two communes of one name here: `data/units/successors-doubtful.tsv`.
    pub is_doubtful: bool,
}

/// All units that the shipped tables know.
pub struct Units {
    by_code: HashMap<UnitCode, Vec<Unit>>,
    successors: HashMap<UnitCode, Vec<Successor>>,
}

impl UnitCode {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tier that the number of digits says.
    #[must_use]
    pub fn tier(&self) -> Tier {
        match self.0.len() {
            2 => Tier::Province,
            3 => Tier::District,
            _ => Tier::Commune,
        }
    }
}

impl Unit {
    /// Kind and name as people write them: "Phường Ba Đình".
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.kind, self.name)
    }
}

impl Units {
    /// The tables that come with the program: `data/units/`.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Units> = LazyLock::new(|| {
            Units::read(
                include_str!("../../../data/units/units.tsv"),
                include_str!("../../../data/units/successors.tsv"),
                include_str!("../../../data/units/successors-doubtful.tsv"),
                include_str!("../../../data/units/province-successors.tsv"),
            )
        });
        &SHIPPED
    }

    /// Reads the two tables. Rows that don't parse are left out; the loader test of the shipped tables counts them.
    fn read(units: &str, successors: &str, doubtful: &str, provinces: &str) -> Self {
        let mut by_code: HashMap<UnitCode, Vec<Unit>> = HashMap::new();
        for unit in table::rows(units).filter_map(|row| Unit::read(&row)) {
            by_code.entry(unit.code.clone()).or_default().push(unit);
        }
        let mut next: HashMap<UnitCode, Vec<Successor>> = HashMap::new();
        for (old, new) in table::rows(successors).filter_map(|row| Successor::read(&row)) {
            next.entry(old).or_default().push(new);
        }
        for row in table::rows(doubtful) {
            let pair =
                row.get("old_code").and_then(|old| old.parse::<UnitCode>().ok()).zip(row.get("new_code"));
            let known = pair.and_then(|(old, new)| {
                next.get_mut(&old)?.iter_mut().find(|successor| successor.code.0 == new)
            });
            if let Some(successor) = known {
                successor.is_doubtful = true;
            }
        }
        // Every province went whole into one.
        for row in table::rows(provinces) {
            let codes = row
                .get("old_code")
                .and_then(|old| old.parse().ok())
                .zip(row.get("new_code").and_then(|new| new.parse().ok()));
            if let Some((old, code)) = codes {
                next.insert(
                    old,
                    vec![Successor { code, share: Share::Whole, is_default: false, is_doubtful: false }],
                );
            }
        }
        Self { by_code, successors: next }
    }

    /// What `code` named on `day`.
    #[must_use]
    pub fn unit_at(&self, code: &UnitCode, day: Date) -> Option<&Unit> {
        self.by_code.get(code)?.iter().find(|unit| unit.valid.holds_on(day))
    }

    /// All meanings that `code` has had.
    #[must_use]
    pub fn meanings(&self, code: &UnitCode) -> &[Unit] {
        self.by_code.get(code).map_or(&[], Vec::as_slice)
    }

    /// Where the commune or province that bore `code` before 01/07/2025 went; many to many for communes.
    #[must_use]
    pub fn successors(&self, code: &UnitCode) -> &[Successor] {
        self.successors.get(code).map_or(&[], Vec::as_slice)
    }

    /// Whether a code is, or was in former days, that of a unit in another one, or in one of that.
    #[must_use]
    pub fn is_below(&self, code: &str, above: &str) -> bool {
        let parents = |code: &UnitCode| self.meanings(code).iter().filter_map(|unit| unit.parent.as_ref());
        let Ok(code) = code.parse::<UnitCode>() else { return false };
        let mut all = parents(&code).flat_map(|parent| std::iter::once(parent).chain(parents(parent)));
        all.any(|parent| parent.as_str() == above)
    }

    /// All units with all their meanings, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Unit> {
        self.by_code.values().flatten()
    }

    /// Units of a tier in force on `day`, in order of code.
    #[must_use]
    pub fn in_force(&self, tier: Tier, day: Date) -> Vec<&Unit> {
        let mut units: Vec<_> = self
            .by_code
            .values()
            .flatten()
            .filter(|unit| unit.code.tier() == tier && unit.valid.holds_on(day))
            .collect();
        units.sort_unstable_by(|a, b| a.code.cmp(&b.code));
        units
    }
}

impl Unit {
    fn read(row: &table::Row<'_>) -> Option<Self> {
        let day = |column| row.get(column).map(str::parse).transpose().ok();
        Some(Self {
            code: row.get("code")?.parse().ok()?,
            valid: Validity { valid_from: day("valid_from")?, valid_to: day("valid_to")? },
            kind: row.get("type")?.to_owned(),
            name: row.get("name")?.to_owned(),
            parent: row.get("parent").map(str::parse).transpose().ok()?,
        })
    }
}

impl Successor {
    fn read(row: &table::Row<'_>) -> Option<(UnitCode, Self)> {
        let share = match row.get("share")? {
            "whole" => Share::Whole,
            "part" => Share::Part,
            _ => return None,
        };
        let code = row.get("new_code")?.parse().ok()?;
        Some((
            row.get("old_code")?.parse().ok()?,
            Self { code, share, is_default: row.get("default").is_some(), is_doubtful: false },
        ))
    }
}

impl FromStr for UnitCode {
    type Err = UnitCodeError;

    fn from_str(text: &str) -> Result<Self, UnitCodeError> {
        let fits = matches!(text.len(), 2 | 3 | 5) && text.bytes().all(|byte| byte.is_ascii_digit());
        if fits { Ok(Self(text.to_owned())) } else { Err(UnitCodeError) }
    }
}

impl fmt::Display for UnitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for UnitCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for UnitCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const BEFORE: Date = date(2025, 6, 30);
    const SINCE: Date = date(2025, 7, 1);

    fn code(text: &str) -> UnitCode {
        text.parse().unwrap()
    }

    /// Counts of Decision 19/2025/QĐ-TTg and of the source package: `data/units/README.md`.
    #[test]
    fn the_shipped_tables_load_whole() {
        let units = Units::shipped();
        let count = |tier, day| units.in_force(tier, day).len();
        assert_eq!(
            (count(Tier::Province, SINCE), count(Tier::District, SINCE), count(Tier::Commune, SINCE)),
            (34, 0, 3321)
        );
        assert_eq!(
            (count(Tier::Province, BEFORE), count(Tier::District, BEFORE), count(Tier::Commune, BEFORE)),
            (63, 696, 10_035)
        );
        let kinds =
            |kind| units.in_force(Tier::Commune, SINCE).iter().filter(|unit| unit.kind == kind).count();
        assert_eq!((kinds("Xã"), kinds("Phường"), kinds("Đặc khu")), (2621, 687, 13));
        let pairs: Vec<_> =
            units.successors.iter().flat_map(|(old, next)| next.iter().map(move |new| (old, new))).collect();
        let count = |tier| pairs.iter().filter(|(_, new)| new.code.tier() == tier).count();
        assert_eq!((count(Tier::Commune), count(Tier::Province)), (10_602, 63));
        assert_eq!(pairs.iter().filter(|(_, new)| new.is_doubtful).count(), 30);
        let rows = table::rows(include_str!("../../../data/units/units.tsv")).count();
        assert_eq!(units.by_code.values().map(Vec::len).sum::<usize>(), rows, "every row parses");
    }

    #[test]
    fn a_code_means_nothing_without_a_day() {
        let units = Units::shipped();
        let name = |text, day| units.unit_at(&code(text), day).map(Unit::full_name);
        assert_eq!(name("24", BEFORE).as_deref(), Some("Tỉnh Bắc Giang"));
        assert_eq!(name("24", SINCE).as_deref(), Some("Tỉnh Bắc Ninh"));
        assert_eq!(name("27", BEFORE).as_deref(), Some("Tỉnh Bắc Ninh"));
        assert_eq!(name("27", SINCE), None);
        // rules of reuse: 3,316 commune codes live on, 2,145 of them with another name or kind.
        let reused = units
            .in_force(Tier::Commune, SINCE)
            .into_iter()
            .filter_map(|new| Some((units.unit_at(&new.code, BEFORE)?, new)));
        let (mut kept, mut other) = (0, 0);
        for (old, new) in reused {
            kept += 1;
            other += usize::from(old.full_name() != new.full_name());
        }
        assert_eq!((kept, other), (3316, 2145));
    }

    #[test]
    fn a_code_never_has_two_meanings_on_one_day() {
        for meanings in Units::shipped().by_code.values() {
            for (at, one) in meanings.iter().enumerate() {
                assert!(
                    meanings.iter().skip(at + 1).all(|other| !one.valid.overlaps(&other.valid)),
                    "{}",
                    one.code
                );
            }
        }
    }

    #[test]
    fn every_unit_has_its_parent_on_the_same_days() {
        let units = Units::shipped();
        for (day, tiers) in [(BEFORE, [Tier::District, Tier::Commune].as_slice()), (SINCE, &[Tier::Commune])]
        {
            for unit in tiers.iter().flat_map(|tier| units.in_force(*tier, day)) {
                let parent = unit.parent.as_ref().and_then(|parent| units.unit_at(parent, day));
                assert!(parent.is_some(), "{}", unit.code);
            }
        }
    }

    #[test]
    fn every_old_commune_went_somewhere_in_force() {
        let units = Units::shipped();
        for old in units.in_force(Tier::Commune, BEFORE) {
            let next = units.successors(&old.code);
            assert!(!next.is_empty(), "{}", old.code);
            assert!(
                next.iter().all(|successor| units.unit_at(&successor.code, SINCE).is_some()),
                "{}",
                old.code
            );
            assert_eq!(
                next.len() > 1,
                next.iter().any(|successor| successor.share == Share::Part),
                "{}",
                old.code
            );
        }
    }
}
