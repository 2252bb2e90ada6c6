//! The faults of real data, how often each comes, and the coin that decides.

use std::collections::BTreeMap;

use super::dice::Dice;
use super::truth::PersonAt;

/// A fault that the databases have, with its rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Which one.
    pub(crate) kind: FaultKind,
    /// Its name in Vietnamese.
    pub(crate) vi: &'static str,
    /// Its name in English.
    pub(crate) en: &'static str,
    /// The databases it hits.
    pub(crate) databases: &'static [&'static str],
    /// Of a thousand cells or rows that can have it, those that do. "Can" is narrow: a name without a movable tone mark
    /// can't have it elsewhere.
    pub(crate) per_mille: u16,
}

/// The kinds, in the order of [`FAULTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FaultKind {
    /// NULL where there is a value.
    MissingValue,
    /// "không rõ", "-" or 1900-01-01 for a value.
    Placeholder,
    /// Day and month of birth exchanged, or the year off by one.
    WrongBirthDate,
    /// The insurance names the person by the number of the old card.
    OldIdInsurance,
    /// The land register names the owner by the number of the old card.
    OldIdLand,
    /// A number that was cancelled.
    CancelledId,
    /// The address of before 01/07/2025 was not converted.
    OldUnitPopulation,
    /// The parcel of before 01/07/2025 was not converted.
    OldUnitLand,
    /// The tone mark stands on the other vowel.
    ToneMoved,
    /// A name without marks.
    NoMarks,
    /// A name in capitals.
    Capitals,
    /// "Thị" left out.
    NoThi,
    /// The pupil lived there before.
    StaleAddress,
    /// The population database has not heard of a marriage, a divorce or a widowhood.
    StaleMarital,
    /// The insurance has not heard of a death.
    DeadStillInsured,
}

const ALL: &[&str] = &["ho-tich", "bao-hiem", "dat-dai", "giao-duc", "dan-cu"];

const fn fault(
    kind: FaultKind,
    vi: &'static str,
    en: &'static str,
    databases: &'static [&'static str],
    per_mille: u16,
) -> Fault {
    Fault { kind, vi, en, databases, per_mille }
}

/// All faults. The rates are chosen to be met in a small nation, after what the requirements tell of real databases
/// (rules.md 3 and 4.3); of `dan-cu` only the licences have faults in names, numbers and birth dates.
pub(crate) static FAULTS: [Fault; 15] = [
    fault(FaultKind::MissingValue, "Thiếu giá trị", "Missing value", ALL, 15),
    fault(FaultKind::Placeholder, "Giá trị điền cho có", "Placeholder value", ALL, 10),
    fault(
        FaultKind::WrongBirthDate,
        "Sai ngày sinh (đảo ngày tháng, lệch một năm)",
        "Wrong birth date (day and month exchanged, year off by one)",
        &["bao-hiem", "giao-duc", "dan-cu"],
        20,
    ),
    fault(
        FaultKind::OldIdInsurance,
        "Số CMND 9 số thay cho số định danh (bảo hiểm)",
        "9-digit number of the old card for the personal id (insurance)",
        &["bao-hiem"],
        50,
    ),
    fault(
        FaultKind::OldIdLand,
        "Số CMND 9 số thay cho số định danh (đất đai)",
        "9-digit number of the old card for the personal id (land)",
        &["dat-dai"],
        200,
    ),
    fault(FaultKind::CancelledId, "Số định danh đã hủy", "Cancelled personal id number", ALL, 600),
    fault(
        FaultKind::OldUnitPopulation,
        "Mã đơn vị hành chính cũ (thường trú)",
        "Unit code of before 01/07/2025 (address)",
        &["dan-cu"],
        300,
    ),
    fault(
        FaultKind::OldUnitLand,
        "Mã đơn vị hành chính cũ (thửa đất)",
        "Unit code of before 01/07/2025 (parcel)",
        &["dat-dai"],
        700,
    ),
    fault(FaultKind::ToneMoved, "Đặt dấu thanh khác (Hòa, Hoà)", "Tone mark elsewhere (Hòa, Hoà)", ALL, 150),
    fault(FaultKind::NoMarks, "Họ tên không dấu", "Name without marks", ALL, 10),
    fault(FaultKind::Capitals, "Họ tên viết hoa", "Name in capitals", ALL, 30),
    fault(FaultKind::NoThi, "Họ tên thiếu \"Thị\"", "Name without \"Thị\"", ALL, 30),
    fault(FaultKind::StaleAddress, "Địa chỉ cũ", "Stale address", &["giao-duc"], 40),
    fault(
        FaultKind::StaleMarital,
        "Tình trạng hôn nhân chưa cập nhật",
        "Stale marital status",
        &["dan-cu"],
        30,
    ),
    fault(
        FaultKind::DeadStillInsured,
        "Người đã mất còn trong danh sách bảo hiểm",
        "Dead in civil status, alive in insurance",
        &["bao-hiem"],
        100,
    ),
];

/// Decides who is hit, counts, and remembers who was.
pub(super) struct Spoiler {
    pub(super) dice: Dice,
    counts: [Count; FAULTS.len()],
    /// The kinds that hit someone's records.
    hit: BTreeMap<PersonAt, Vec<FaultKind>>,
}

/// How often a fault could come and did.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Count {
    pub(super) tries: usize,
    pub(super) hits: usize,
}

impl Spoiler {
    /// A spoiler that has not begun.
    pub(super) fn new(dice: Dice) -> Self {
        Self { dice, counts: [Count::default(); FAULTS.len()], hit: BTreeMap::new() }
    }

    /// Tosses the coin of `kind` for a record of `of`, if the record can have the fault: if there is a `change`.
    pub(super) fn toss<T>(&mut self, kind: FaultKind, of: PersonAt, change: Option<T>) -> Option<T> {
        let change = change?;
        let per_mille = FAULTS.get(kind as usize).map_or(0, |fault| fault.per_mille);
        let hits = self.dice.chance(per_mille);
        if let Some(count) = self.counts.get_mut(kind as usize) {
            count.tries += 1;
        }
        if hits { self.arrange(kind, of, Some(change)) } else { None }
    }

    /// Hits a record of `of` on purpose, without a coin.
    pub(super) fn arrange<T>(&mut self, kind: FaultKind, of: PersonAt, change: Option<T>) -> Option<T> {
        let change = change?;
        if let Some(count) = self.counts.get_mut(kind as usize) {
            count.hits += 1;
        }
        self.hit.entry(of).or_default().push(kind);
        Some(change)
    }

    /// Whether the records of `at` have no fault but of these kinds.
    pub(super) fn has_only(&self, at: PersonAt, kinds: &[FaultKind]) -> bool {
        self.hit.get(&at).is_none_or(|hit| hit.iter().all(|kind| kinds.contains(kind)))
    }

    /// The counts in the order of [`FAULTS`].
    pub(super) fn counts(&self) -> &[Count] {
        &self.counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_kinds() {
        for (at, fault) in FAULTS.iter().enumerate() {
            assert_eq!(fault.kind as usize, at, "{}", fault.en);
        }
    }
}
