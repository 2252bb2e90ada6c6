//! Database `dan-cu`: people, cancelled numbers, driving licences.

use jiff::civil::{Date, date};
use model::person::{PersonId, Sex};

use super::super::days::{self, MERGER};
use super::super::dice::Dice;
use super::super::households::relation;
use super::super::truth::{Household, Person, PersonAt, Status, Truth};
use super::record::record;

record! {
    /// A person. The codes `que_quan_ma` and `thuong_tru_ma` are those of `thuong_tru_ngay`.
    PopulationRecord of PersonAt, "dan-cu" "nguoi", indexes ["so_cmnd", "so_ho"],
    [so_dinh_danh ho_ten ngay_sinh gioi_tinh so_cmnd que_quan_ma thuong_tru_ma thuong_tru_ngay
     thuong_tru_dia_chi so_ho quan_he_chu_ho tinh_trang_hon_nhan so_dinh_danh_cha so_dinh_danh_me
     so_dinh_danh_vo_chong dan_toc ton_giao tinh_trang ngay_mat dien_thoai]
}

record! {
    /// A number that is no longer used, and the one to use.
    CancelledNumberRecord, "dan-cu" "so_da_huy", indexes ["so_moi"],
    [so_cu so_moi ly_do ngay_huy]
}

record! {
    /// A driving licence, kept by the police beside the population.
    LicenceRecord of PersonAt, "dan-cu" "giay_phep_lai_xe", indexes ["so_dinh_danh"],
    [so_gplx so_dinh_danh ho_ten ngay_sinh hang ngay_cap ngay_het_han noi_cap_ma]
}

/// Everyone, in the order of the truth.
pub(super) fn people(truth: &Truth) -> Vec<PopulationRecord> {
    truth.everyone().filter_map(|(at, person)| population_record(truth, at, person)).collect()
}

/// What the database would say of somebody if it had no fault.
pub(in super::super) fn population_record(
    truth: &Truth,
    at: PersonAt,
    person: &Person,
) -> Option<PopulationRecord> {
    let home = truth.household(person.household)?;
    // The dead belong to no household.
    let household = person.is_alive().then_some(home);
    let registered = person.resident_since.max(MERGER);
    let number = |at: Option<PersonAt>| Some(truth.person(at?)?.id.to_string());
    Some(PopulationRecord {
        of: at,
        so_dinh_danh: Some(person.id.to_string()),
        ho_ten: Some(person.name.clone()),
        ngay_sinh: Some(person.born.to_string()),
        gioi_tinh: sex(person.sex),
        so_cmnd: person.old_id.map(|id| id.to_string()),
        que_quan_ma: truth.places.code_on(person.origin, registered),
        thuong_tru_ma: truth.places.code_on(home.place, registered),
        thuong_tru_ngay: Some(registered.to_string()),
        thuong_tru_dia_chi: truth.places.address_on(home.place, &home.line, registered),
        so_ho: household.map(|household| household.number.clone()),
        quan_he_chu_ho: household.and_then(|household| relation_in(truth, household, at)),
        tinh_trang_hon_nhan: Some(marital_status(truth.status(at)).to_owned()),
        so_dinh_danh_cha: number(person.father),
        so_dinh_danh_me: number(person.mother),
        so_dinh_danh_vo_chong: number(truth.spouse(at)),
        dan_toc: Some(person.ethnicity.to_owned()),
        ton_giao: Some(person.religion.to_owned()),
        tinh_trang: Some(if person.is_alive() { "song" } else { "da_mat" }.to_owned()),
        ngay_mat: person.died.map(|day| day.to_string()),
        dien_thoai: person.telephone.clone(),
    })
}

/// `nam` or `nu`.
pub(super) fn sex(sex: Sex) -> super::Cell {
    Some(if sex == Sex::Male { "nam" } else { "nu" }.to_owned())
}

/// The sign of a marital status.
pub(in super::super) fn marital_status(status: Status) -> &'static str {
    match status {
        Status::Single => "doc_than",
        Status::Married => "da_ket_hon",
        Status::Divorced => "ly_hon",
        Status::Widowed => "goa",
    }
}

fn relation_in(truth: &Truth, household: &Household, at: PersonAt) -> super::Cell {
    Some(relation(truth, household.head?, at).to_owned())
}

/// Old cards and re-issued numbers. `so_moi` is the number in force.
pub(super) fn cancelled_numbers(truth: &Truth, dice: &mut Dice) -> Vec<CancelledNumberRecord> {
    let mut rows = Vec::new();
    let record = |old: String, new: PersonId, reason: &str, day: Date| CancelledNumberRecord {
        so_cu: Some(old),
        so_moi: Some(new.to_string()),
        ly_do: Some(reason.to_owned()),
        ngay_huy: Some(day.to_string()),
    };
    for person in &truth.people {
        if let Some(old) = person.old_id {
            // The 12-digit card reached the last provinces in 2021.
            let first = date(2016, 1, 1).max(days::years_after(person.born, 14));
            let last = date(2021, 12, 31).min(person.died.unwrap_or(truth.today));
            let day = dice.day(first.min(last), last);
            rows.push(record(old.to_string(), person.id, "cap_so_dinh_danh", day));
        }
        if let Some(old) = &person.cancelled {
            rows.push(record(old.id.to_string(), person.id, old.reason, old.day));
        }
    }
    rows
}

/// Driving licences; the number is the one in force today.
pub(super) fn licences(truth: &Truth) -> Vec<LicenceRecord> {
    let rows = truth.licences.iter().filter_map(|licence| {
        let person = truth.person(licence.of)?;
        let place = truth.place_of(person)?;
        Some(LicenceRecord {
            of: licence.of,
            so_gplx: Some(licence.number.clone()),
            so_dinh_danh: Some(person.id.to_string()),
            ho_ten: Some(person.name.clone()),
            ngay_sinh: Some(person.born.to_string()),
            hang: Some(licence.class.to_owned()),
            ngay_cap: Some(licence.issued.to_string()),
            ngay_het_han: licence.ends.map(|day| day.to_string()),
            noi_cap_ma: truth.places.province_on(place, licence.issued).map(str::to_owned),
        })
    });
    rows.collect()
}
