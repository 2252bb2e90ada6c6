//! The tables that the databases are filled from.

use std::collections::BTreeSet;

use jiff::civil::Date;
use model::unit::{UnitCode, Units};

use super::super::days::MERGER;
use super::{nation, rows, table};

#[test]
fn keys_are_there_and_unique_and_rows_are_whole() {
    let tables = nation().tables();
    assert_eq!(tables.len(), 12);
    for table in &tables {
        assert_eq!(table.columns[0], table.key);
        assert!(table.indexes.iter().all(|index| table.columns.contains(index)));
        let mut keys = BTreeSet::new();
        for row in &table.rows {
            assert_eq!(row.len(), table.columns.len());
            assert!(keys.insert(row[0].clone().unwrap()), "{}: {:?}", table.name, row[0]);
        }
        assert!(keys.len() > 250, "{}: {}", table.name, keys.len());
    }
}

#[test]
fn every_number_of_a_person_exists_in_truth() {
    let people = nation().people();
    let ids = people.iter().flat_map(|one| [Some(one.id), one.cancelled.as_ref().map(|number| number.id)]);
    let mut known: BTreeSet<String> = ids.flatten().map(|id| id.to_string()).collect();
    known.extend(people.iter().filter_map(|one| one.old_id).map(|id| id.to_string()));
    let names_person = |column: &str| {
        column.contains("so_dinh_danh")
            || column.contains("so_giay_to")
            || ["so_cmnd", "so_cu", "so_moi"].contains(&column)
    };
    for table in nation().tables() {
        for row in rows(&table) {
            for column in table.columns.iter().filter(|column| names_person(column)) {
                let number = row.get(column);
                assert!(
                    number.is_none_or(|number| known.contains(number)),
                    "{}.{column}: {number:?}",
                    table.name
                );
            }
        }
    }
}

/// Tables, columns of codes, the column of the day that resolves them.
const CODES: [(&str, &str, &str); 7] = [
    ("nguoi", "thuong_tru_ma", "thuong_tru_ngay"),
    ("nguoi", "que_quan_ma", "thuong_tru_ngay"),
    ("thua_dat", "xa_ma", "xa_ngay"),
    ("khai_sinh", "noi_dang_ky_ma", "ngay_dang_ky"),
    ("ket_hon", "noi_dang_ky_ma", "ngay_dang_ky"),
    ("khai_tu", "noi_dang_ky_ma", "ngay_dang_ky"),
    ("giay_phep_lai_xe", "noi_cap_ma", "ngay_cap"),
];

#[test]
fn every_unit_code_is_valid_on_its_day() {
    let tables = nation().tables();
    for (name, column, day_column) in CODES {
        let (mut old, mut new) = (0, 0);
        for row in rows(table(&tables, name)) {
            let Some(code) = row.get(column) else { continue };
            let day: Date = row.get(day_column).unwrap().parse().unwrap();
            let code: UnitCode = code.parse().unwrap();
            assert!(Units::shipped().unit_at(&code, day).is_some(), "{name}.{column}: {code} on {day}");
            *(if day < MERGER { &mut old } else { &mut new }) += 1;
        }
        assert!(old > 100 && new > 10, "{name}.{column}: {old} old, {new} new");
    }
    for row in rows(table(&tables, "hoc_sinh")) {
        let code: UnitCode = row.get("xa_ma").unwrap().parse().unwrap();
        assert!(Units::shipped().unit_at(&code, MERGER).is_some());
    }
}

#[test]
fn an_old_code_leads_to_the_commune_of_today() {
    let truth = &nation().truth;
    let leads_to = |old: &str, now: &str| {
        let next = Units::shipped().successors(&old.parse().unwrap());
        next.iter().any(|next| next.code.as_str() == now && !next.is_doubtful)
    };
    let is_old = |day: &str| day.parse::<Date>().unwrap() < MERGER;
    let (mut addresses, mut parcels) = (0, 0);
    for row in &nation().registers.people {
        let now =
            truth.places.code_on(truth.place_of(truth.person(row.of).unwrap()).unwrap(), MERGER).unwrap();
        let code = row.thuong_tru_ma.as_deref().unwrap();
        if is_old(row.thuong_tru_ngay.as_deref().unwrap()) {
            assert!(leads_to(code, &now), "{code} {now}");
            addresses += 1;
        } else {
            assert_eq!(code, now);
        }
    }
    for row in nation().registers.parcels.iter().filter(|row| is_old(row.xa_ngay.as_deref().unwrap())) {
        let now = truth.places.code_on(truth.parcels[row.of.0].place, MERGER).unwrap();
        assert!(leads_to(row.xa_ma.as_deref().unwrap(), &now));
        parcels += 1;
    }
    assert!(addresses > 3_000 && parcels > 1_500, "{addresses} {parcels}");
}

/// Vietnamese needs no letter that NFC leaves in two parts; eth looks like đ and is none.
#[test]
fn all_text_is_nfc_and_vietnamese() {
    let is_composed = |c: char| {
        c.is_ascii()
            || matches!(c, '\u{c0}'..='\u{cf}' | '\u{d1}'..='\u{ef}' | '\u{f1}'..='\u{1b0}' | '\u{1ea0}'..='\u{1ef9}')
    };
    for table in nation().tables() {
        for cell in table.rows.iter().flatten().flatten() {
            assert!(cell.chars().all(is_composed), "{}: {cell}", table.name);
            assert!(
                !cell.is_empty() && cell.trim() == cell && !cell.contains("  "),
                "{}: {cell:?}",
                table.name
            );
        }
    }
    assert!(nation().people().iter().all(|one| one.name.chars().all(is_composed)));
}

#[test]
fn columns_with_a_closed_set_keep_to_it() {
    let tables = nation().tables();
    let check = |name: &str, column: &str, expect: &[&str]| {
        let found: BTreeSet<_> =
            rows(table(&tables, name)).filter_map(|row| row.get(column).map(str::to_owned)).collect();
        let expect: BTreeSet<_> = expect.iter().map(|&text| text.to_owned()).collect();
        assert_eq!(found, expect, "{name}.{column}");
    };
    check("nguoi", "gioi_tinh", &["nam", "nu"]);
    check("nguoi", "tinh_trang", &["song", "da_mat"]);
    check("nguoi", "tinh_trang_hon_nhan", &["doc_than", "da_ket_hon", "ly_hon", "goa"]);
    check("ket_hon", "tinh_trang", &["hieu_luc", "ly_hon", "cham_dut"]);
    check("nguoi_tham_gia", "trang_thai", &["dang_dong", "bao_luu", "huong_huu", "da_mat", "tre_em"]);
    check("thua_dat", "tinh_trang", &["binh_thuong", "the_chap", "tranh_chap", "ke_bien"]);
}

#[test]
fn numbers_of_registers_are_nobodys() {
    let tables = nation().tables();
    let check = |name: &str, column: &str, start: &str, length: usize| {
        for number in rows(table(&tables, name)).filter_map(|row| row.get(column).map(str::to_owned)) {
            assert!(number.starts_with(start) && number.len() == length, "{name}.{column}: {number}");
        }
    };
    check("nguoi_tham_gia", "so_bhxh", "99", 10);
    check("nguoi", "dien_thoai", "0199", 10);
    check("nguoi", "so_dinh_danh", "9", 12);
    check("nguoi", "so_cmnd", "9", 9);
    check("giay_phep_lai_xe", "so_gplx", "99", 12);
}

#[test]
fn relations_in_households_are_named() {
    let tables = nation().tables();
    let mut others = 0;
    for row in rows(table(&tables, "nguoi")) {
        assert_eq!(row.get("so_ho").is_some(), row.get("tinh_trang") == Some("song"));
        assert_eq!(row.get("quan_he_chu_ho").is_some(), row.get("so_ho").is_some());
        others += usize::from(row.get("quan_he_chu_ho") == Some("khac"));
    }
    assert!(others < 400, "{others}");
}
