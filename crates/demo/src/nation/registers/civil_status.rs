//! Database `ho-tich`: births, marriages, deaths. `noi_dang_ky_ma` is the code of `ngay_dang_ky`: the books of before
//! 01/07/2025 keep their codes, that is no fault.

use jiff::civil::Date;
use model::person::Sex;

use super::super::days;
use super::super::dice::Dice;
use super::super::names::{NameStock, surname_of};
use super::super::truth::{Bond, MarriageAt, Person, PersonAt, Truth};
use super::population::sex;
use super::record::record;

/// Births from this year on are all in the database; of earlier ones [`DIGITISED_PER_MILLE`].
const FIRST_YEAR_COMPLETE: i16 = 1995;
const DIGITISED_PER_MILLE: u16 = 620;

record! {
    /// A birth. Parents whom the nation doesn't know have a name and no number.
    BirthRecord of PersonAt, "ho-tich" "khai_sinh", indexes ["so_dinh_danh"],
    [so_khai_sinh so_dinh_danh ho_ten ngay_sinh gioi_tinh noi_sinh cha_ho_ten cha_so_dinh_danh
     me_ho_ten me_so_dinh_danh ngay_dang_ky noi_dang_ky_ma]
}

record! {
    /// A marriage, with how it stands today.
    MarriageRecord of MarriageAt, "ho-tich" "ket_hon", indexes ["chong_so_dinh_danh", "vo_so_dinh_danh"],
    [so_ket_hon chong_so_dinh_danh chong_ho_ten vo_so_dinh_danh vo_ho_ten ngay_dang_ky noi_dang_ky_ma
     tinh_trang]
}

record! {
    /// A death.
    DeathRecord of PersonAt, "ho-tich" "khai_tu", indexes ["so_dinh_danh"],
    [so_khai_tu so_dinh_danh ho_ten ngay_mat nguyen_nhan noi_dang_ky_ma ngay_dang_ky]
}

/// Birth records of the young and of most of the old.
pub(super) fn births(truth: &Truth, dice: &mut Dice) -> Vec<BirthRecord> {
    let names = NameStock::shipped();
    let mut rows = Vec::new();
    for (at, person) in truth.everyone() {
        if person.born.year() >= FIRST_YEAR_COMPLETE || dice.chance(DIGITISED_PER_MILLE) {
            rows.push(birth(truth, at, person, rows.len() + 1, &names, dice));
        }
    }
    rows
}

fn birth(
    truth: &Truth,
    at: PersonAt,
    person: &Person,
    number: usize,
    names: &NameStock,
    dice: &mut Dice,
) -> BirthRecord {
    let (father, mother) =
        (person.father.and_then(|at| truth.person(at)), person.mother.and_then(|at| truth.person(at)));
    let parents_year = person.born.year() - 26;
    let mothers_surname = names.surname(dice);
    let mut made_up = |surname: &str, sex| Some(names.full_name(surname, sex, parents_year, dice));
    let father_name = father.map(|one| one.name.clone());
    let mother_name = mother.map(|one| one.name.clone());
    let father_name = father_name.or_else(|| made_up(surname_of(&person.name), Sex::Male));
    let mother_name = mother_name.or_else(|| made_up(mothers_surname, Sex::Female));
    let day = days::after(person.born, dice.between(2, 50));
    let birthplace = truth.places.name_on(person.birthplace, day);
    BirthRecord {
        of: at,
        so_khai_sinh: Some(format!("KS9{number:07}/{}", day.year())),
        so_dinh_danh: Some(person.id.to_string()),
        ho_ten: Some(person.name.clone()),
        ngay_sinh: Some(person.born.to_string()),
        gioi_tinh: sex(person.sex),
        noi_sinh: birthplace.map(|name| format!("Trạm Y tế {name}")),
        cha_ho_ten: father_name,
        cha_so_dinh_danh: father.map(|one| one.id.to_string()),
        me_ho_ten: mother_name,
        me_so_dinh_danh: mother.map(|one| one.id.to_string()),
        ngay_dang_ky: Some(day.to_string()),
        noi_dang_ky_ma: truth.places.code_on(person.birthplace, day),
    }
}

/// Every marriage.
pub(super) fn marriages(truth: &Truth) -> Vec<MarriageRecord> {
    let rows = truth.marriages.iter().enumerate().filter_map(|(at, marriage)| {
        let (husband, wife) = (truth.person(marriage.husband)?, truth.person(marriage.wife)?);
        let standing = match truth.bond(marriage) {
            Bond::Lasting => "hieu_luc",
            Bond::Divorced => "ly_hon",
            Bond::EndedByDeath => "cham_dut",
        };
        Some(MarriageRecord {
            of: MarriageAt(at),
            so_ket_hon: Some(format!("KH9{:07}/{}", at + 1, marriage.day.year())),
            chong_so_dinh_danh: Some(husband.id.to_string()),
            chong_ho_ten: Some(husband.name.clone()),
            vo_so_dinh_danh: Some(wife.id.to_string()),
            vo_ho_ten: Some(wife.name.clone()),
            ngay_dang_ky: Some(marriage.day.to_string()),
            noi_dang_ky_ma: truth.places.code_on(marriage.place, marriage.day),
            tinh_trang: Some(standing.to_owned()),
        })
    });
    rows.collect()
}

/// Every death.
pub(super) fn deaths(truth: &Truth, dice: &mut Dice) -> Vec<DeathRecord> {
    let mut rows = Vec::new();
    for (at, person) in truth.everyone() {
        if let Some(died) = person.died {
            rows.push(death(truth, at, person, died, rows.len() + 1, dice));
        }
    }
    rows
}

fn death(
    truth: &Truth,
    at: PersonAt,
    person: &Person,
    died: Date,
    number: usize,
    dice: &mut Dice,
) -> DeathRecord {
    let day = days::after(died, dice.between(0, 15));
    let cause = match person.age_on(died) {
        ..60 => dice.one_of(&["Bệnh", "Bệnh", "Tai nạn giao thông", "Tai nạn lao động"]),
        _ => dice.one_of(&["Bệnh", "Tuổi già", "Tuổi già"]),
    };
    DeathRecord {
        of: at,
        so_khai_tu: Some(format!("KT9{number:07}/{}", day.year())),
        so_dinh_danh: Some(person.id.to_string()),
        ho_ten: Some(person.name.clone()),
        ngay_mat: Some(died.to_string()),
        nguyen_nhan: Some(cause.to_owned()),
        noi_dang_ky_ma: truth.place_of(person).and_then(|place| truth.places.code_on(place, day)),
        ngay_dang_ky: Some(day.to_string()),
    }
}
