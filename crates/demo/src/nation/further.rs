//! Registers of vehicles, of social protection and of household businesses. They are written and spoilt by a stream of chance of their own, so that
//! all others stay as they are, and no part of the demo is about a fault of theirs.

use std::collections::BTreeSet;

use model::person::PersonId;

use super::casting::Cast;
use super::days::years_after;
use super::dice::{Dice, Stream};
use super::registers::TableRows;
use super::spelling::without_marks;
use super::truth::{Person, Truth};

/// Of a thousand: values that are missing, names without marks.
const MISSING: u16 = 15;
const NO_MARKS: u16 = 20;
/// Of a thousand grown-ups: who has a vehicle, who has a business, who is in the social register; and of those of eighty.
const VEHICLES: u16 = 300;
const BUSINESSES: u16 = 90;
const SUPPORTED: u16 = 60;
const SUPPORTED_OLD: u16 = 400;

type Row = Vec<Option<String>>;

/// The rows of each.
#[derive(Default)]
struct Rows {
    vehicles: Vec<Row>,
    supported: Vec<Row>,
    businesses: Vec<Row>,
}

/// The tables, each with its faults.
pub(super) fn tables(truth: &Truth, cast: &Cast, seed: u64) -> Vec<TableRows> {
    let Rows { vehicles, supported, businesses } = rows(truth, cast, &mut Dice::new(seed, Stream::Further));
    vec![
        TableRows {
            database: "dan-cu",
            name: "xe",
            key: "so_khung",
            columns: &[
                "so_khung",
                "bien_so",
                "nhan_hieu",
                "chu_so_dinh_danh",
                "chu_ho_ten",
                "ngay_dang_ky",
                "tinh_trang",
            ],
            indexes: &["chu_so_dinh_danh"],
            rows: vehicles,
        },
        TableRows {
            database: "bao-tro",
            name: "doi_tuong_bao_tro",
            key: "ma_doi_tuong",
            columns: &["ma_doi_tuong", "so_dinh_danh", "ho_ten", "loai", "huong_tu", "tinh_trang"],
            indexes: &["so_dinh_danh"],
            rows: supported,
        },
        TableRows {
            database: "ho-kinh-doanh",
            name: "ho_kinh_doanh",
            key: "ma_ho_kinh_doanh",
            columns: &[
                "ma_ho_kinh_doanh",
                "chu_so_dinh_danh",
                "chu_ho_ten",
                "nganh_nghe",
                "ngay_dang_ky",
                "tinh_trang",
            ],
            indexes: &["chu_so_dinh_danh"],
            rows: businesses,
        },
    ]
}

/// Who asks for an allowance is in the register, without a fault; who asks for a pension or registers their first business is in none.
fn rows(truth: &Truth, cast: &Cast, dice: &mut Dice) -> Rows {
    let applicants = cast.applicants.as_ref();
    let adults: BTreeSet<PersonId> = applicants.iter().flat_map(|all| all.adults).collect();
    let entitled = applicants.and_then(|all| all.adults.get(3).copied());
    let old = applicants.map(|all| all.old);
    let owners: BTreeSet<PersonId> =
        applicants.iter().flat_map(|all| all.landowners.iter().map(|owner| owner.person)).collect();
    let mut rows = Rows::default();
    let grown_up = |person: &&Person| person.is_alive() && person.age_on(truth.today) >= 18;
    for person in truth.people.iter().filter(grown_up) {
        let registered = dice.day(years_after(truth.today, -9), truth.today).to_string();
        let holder = holder(person, dice);
        if dice.chance(VEHICLES) {
            rows.vehicles.push(vehicle(rows.vehicles.len() + 1, &holder, &registered, dice));
        }
        let chance = if person.age_on(truth.today) >= 80 { SUPPORTED_OLD } else { SUPPORTED };
        let by_chance = dice.chance(chance) && !adults.contains(&person.id) && Some(person.id) != old;
        if Some(person.id) == entitled {
            let holder = [Some(person.id.to_string()), Some(person.name.clone())];
            rows.supported.push(support(rows.supported.len() + 1, holder, &registered, dice));
        } else if by_chance {
            rows.supported.push(support(rows.supported.len() + 1, holder.clone(), &registered, dice));
        }
        if dice.chance(BUSINESSES) && !adults.contains(&person.id) && !owners.contains(&person.id) {
            rows.businesses.push(business(rows.businesses.len() + 1, holder, &registered, dice));
        }
    }
    rows
}

/// Number and name of somebody, as a clerk has written them.
fn holder(person: &Person, dice: &mut Dice) -> [Option<String>; 2] {
    let number = (!dice.chance(MISSING)).then(|| person.id.to_string());
    let name = without_marks(&person.name).filter(|_| dice.chance(NO_MARKS));
    [number, Some(name.unwrap_or_else(|| person.name.clone()))]
}

fn vehicle(at: usize, [number, name]: &[Option<String>; 2], day: &str, dice: &mut Dice) -> Row {
    let make = dice.one_of(&["Honda", "Yamaha", "VinFast", "Toyota", "Thaco"]);
    let state = dice.one_of(&["dang_luu_hanh", "dang_luu_hanh", "dang_luu_hanh", "da_chuyen_quyen"]);
    vec![
        Some(format!("THU{at:014}")),
        // No province has 00.
        Some(format!("00A{at:05}")),
        (!dice.chance(MISSING)).then(|| make.to_owned()),
        number.clone(),
        name.clone(),
        Some(day.to_owned()),
        Some(state.to_owned()),
    ]
}

fn support(at: usize, [number, name]: [Option<String>; 2], day: &str, dice: &mut Dice) -> Row {
    let kind = dice.one_of(&["nguoi_cao_tuoi", "khuyet_tat_nang", "don_than_ngheo"]);
    let since = (!dice.chance(MISSING)).then(|| day.to_owned());
    vec![
        Some(format!("BT9{at:08}")),
        number,
        name,
        Some(kind.to_owned()),
        since,
        Some("dang_huong".to_owned()),
    ]
}

fn business(at: usize, [number, name]: [Option<String>; 2], day: &str, dice: &mut Dice) -> Row {
    let trade = dice.one_of(&["Bán lẻ", "Ăn uống", "Sửa chữa", "May mặc"]);
    let state = dice.one_of(&["hoat_dong", "hoat_dong", "tam_ngung"]);
    vec![
        Some(format!("HKD9{at:08}")),
        number,
        name,
        (!dice.chance(MISSING)).then(|| trade.to_owned()),
        Some(day.to_owned()),
        Some(state.to_owned()),
    ]
}
