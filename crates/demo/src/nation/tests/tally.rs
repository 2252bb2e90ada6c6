//! The tally is what the tables show.

use std::collections::BTreeMap;

use super::super::faults::FaultKind;
use super::super::{Dice, Registers, Spoiler, Stream, settle, spoil};
use super::{TODAY, nation};

#[test]
fn the_tally_follows_the_rates() {
    let truth = settle(1, 20_000, TODAY);
    let mut registers = Registers::write(&truth, &mut Dice::new(1, Stream::Registers));
    let mut spoiler = Spoiler::new(Dice::new(1, Stream::Faults));
    spoil::spoil(&truth, &mut registers, &mut spoiler);
    for ((fault, told), count) in nation().tally().into_iter().zip(spoiler.counts()) {
        let (tries, rate) = (count.tries as f64, f64::from(fault.per_mille) / 1000.0);
        let spread = 5.0 * (tries * rate * (1.0 - rate)).sqrt();
        assert!(tries > 100.0, "{}: {tries} tries", fault.en);
        assert!((count.hits as f64 - tries * rate).abs() <= spread, "{}: {count:?}", fault.en);
        assert!((count.hits..=count.hits + 3).contains(&told), "{}: {told} of {count:?}", fault.en);
    }
}

/// Compares every cell with the one that was written before the faults.
#[test]
fn every_fault_that_was_counted_is_there_and_no_other() {
    let truth = settle(1, 20_000, TODAY);
    let clean = Registers::write(&truth, &mut Dice::new(1, Stream::Registers)).tables();
    let mut found: BTreeMap<FaultKind, usize> = BTreeMap::new();
    for (before, after) in clean.iter().zip(nation().tables()) {
        let rows: BTreeMap<_, _> = before.rows.iter().map(|row| (&row[0], row)).collect();
        for row in &after.rows {
            for ((column, was), is) in after.columns.iter().zip(rows[&row[0]]).zip(row) {
                if let Some(kind) = (was != is).then(|| kind(after.name, column, is.as_deref())).flatten() {
                    *found.entry(kind).or_default() += 1;
                }
            }
        }
    }
    // Which spelling it is can't always be told from outside: "LAN" is both, in capitals and without marks.
    let spellings = [FaultKind::ToneMoved, FaultKind::NoMarks, FaultKind::NoThi, FaultKind::Capitals];
    let mut told = BTreeMap::new();
    for (fault, count) in nation().tally() {
        let is_spelling = spellings.contains(&fault.kind);
        *told.entry(if is_spelling { FaultKind::ToneMoved } else { fault.kind }).or_default() += count;
    }
    assert_eq!(found, told);
}

/// The fault that a changed cell shows; `None` for cells that change along with another.
fn kind(table: &str, column: &str, is: Option<&str>) -> Option<FaultKind> {
    let kind = match (table, column, is) {
        ("nguoi", "so_dinh_danh_vo_chong" | "que_quan_ma" | "thuong_tru_ma", Some(_)) => return None,
        ("nguoi", "so_dinh_danh_vo_chong", None) => return None,
        (_, _, None) => FaultKind::MissingValue,
        (_, _, Some("không rõ" | "-" | "1900-01-01")) => FaultKind::Placeholder,
        ("nguoi", "thuong_tru_ngay", _) => FaultKind::OldUnitPopulation,
        ("thua_dat", "xa_ngay", _) => FaultKind::OldUnitLand,
        ("nguoi", "tinh_trang_hon_nhan", _) => FaultKind::StaleMarital,
        ("nguoi_tham_gia", "trang_thai", _) => FaultKind::DeadStillInsured,
        ("hoc_sinh", "xa_ma", _) => FaultKind::StaleAddress,
        (_, "ngay_sinh", _) => FaultKind::WrongBirthDate,
        (_, "ho_ten" | "chong_ho_ten" | "vo_ho_ten" | "chu_ho_ten", _) => FaultKind::ToneMoved,
        (_, "so_dinh_danh" | "chu_so_giay_to" | "dong_chu_so_giay_to", Some(number))
            if number.len() == 12 =>
        {
            FaultKind::CancelledId
        }
        ("nguoi_tham_gia", "so_dinh_danh", _) => FaultKind::OldIdInsurance,
        ("thua_dat", "chu_so_giay_to" | "dong_chu_so_giay_to", _) => FaultKind::OldIdLand,
        ("nguoi", "thuong_tru_dia_chi", _) | ("hoc_sinh", "dia_chi", _) | ("thua_dat", "xa_ma", _) => {
            return None;
        }
        ("nguoi_tham_gia", "the_tu" | "the_den", _) => return None,
        other => panic!("nobody spoils {other:?}"),
    };
    Some(kind)
}
