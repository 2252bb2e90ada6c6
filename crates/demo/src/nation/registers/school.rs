//! Database `giao-duc`: the pupils of the school year that runs, each at a school of their commune.

use super::super::days::{self, MERGER};
use super::super::truth::{PersonAt, Truth};
use super::super::truth::{Pupil, school_level};
use super::population::sex;
use super::record::record;

record! {
    /// A pupil. `xa_ma` and `dia_chi` are the family's, with the units of today.
    PupilRecord of PersonAt, "giao-duc" "hoc_sinh", indexes ["so_dinh_danh", "truong_ma"],
    [ma_hoc_sinh so_dinh_danh ho_ten ngay_sinh gioi_tinh truong_ma truong_ten lop nam_hoc xa_ma dia_chi]
}

/// Every pupil.
pub(super) fn pupils(truth: &Truth) -> Vec<PupilRecord> {
    let numbered = truth.pupils.iter().enumerate();
    numbered.filter_map(|(at, pupil)| pupil_record(truth, pupil, at + 1)).collect()
}

fn pupil_record(truth: &Truth, pupil: &Pupil, number: usize) -> Option<PupilRecord> {
    let person = truth.person(pupil.of)?;
    let home = truth.household(person.household)?;
    let commune = truth.places.commune(home.place.commune)?;
    let (sign, kind) = school_level(pupil.grade);
    let year = days::school_year(truth.today);
    Some(PupilRecord {
        of: pupil.of,
        ma_hoc_sinh: Some(format!("99{number:08}")),
        so_dinh_danh: Some(person.id.to_string()),
        ho_ten: Some(person.name.clone()),
        ngay_sinh: Some(person.born.to_string()),
        gioi_tinh: sex(person.sex),
        truong_ma: Some(format!("{}-{sign}", commune.code)),
        truong_ten: Some(format!("Trường {kind} {}", commune.short_name())),
        lop: Some(format!("{}{}", pupil.grade, pupil.class)),
        nam_hoc: Some(format!("{year}-{}", year + 1)),
        xa_ma: Some(commune.code.to_string()),
        dia_chi: truth.places.address_on(home.place, &home.line, MERGER),
    })
}
