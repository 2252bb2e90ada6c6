//! Everyone whom the demo needs is found, and is what the part asks for.

use jiff::civil::Date;
use model::person::PersonId;
use model::text::{Likeness, likeness};

use super::super::{Nation, TableRows};
use super::{Row, TODAY, nation, rows, table};

fn row<'a>(tables: &'a [TableRows], name: &str, column: &str, value: &str) -> Row<'a> {
    rows(table(tables, name)).find(|row| row.get(column) == Some(value)).unwrap()
}

fn population<'a>(tables: &'a [TableRows], id: &PersonId) -> Row<'a> {
    row(tables, "nguoi", "so_dinh_danh", id.as_str())
}

#[test]
fn all_parts_are_cast_for_five_seeds_and_two_sizes() {
    for seed in 1..=5 {
        for persons in [2_000, 20_000] {
            check_all(&Nation::generate(seed, persons, TODAY));
        }
    }
}

#[test]
fn all_parts_are_cast_on_other_days_and_with_many_seeds() {
    let days = [TODAY, jiff::civil::date(2026, 3, 1), jiff::civil::date(2027, 7, 1)];
    for (seed, today) in (100..112).zip(days.into_iter().cycle()) {
        check_cast(&Nation::generate(seed, 2_000, today));
    }
}

fn check_cast(nation: &Nation) {
    let cast = &nation.cast;
    let is_cast = [
        cast.expecting_couple.is_some(),
        cast.newcomer.is_some(),
        cast.first_grader.is_some(),
        cast.land_sale.is_some(),
        cast.land_dispute.is_some(),
        cast.single_adult.is_some(),
        cast.wrongly_single.is_some(),
        cast.survivors.is_some(),
        cast.extract_seeker.is_some(),
        cast.licence_holder.is_some(),
        cast.renumbered.is_some(),
        cast.second_couple.is_some(),
        cast.applicants.is_some(),
    ];
    assert_eq!(is_cast, [true; 13], "{cast:?}");
}

fn check_all(nation: &Nation) {
    check_cast(nation);
    let tables = nation.tables();
    check_couple(nation, &tables);
    check_newcomer(nation, &tables);
    check_first_grader(nation, &tables);
    check_land(nation, &tables);
    check_statuses(nation, &tables);
    check_survivors(nation, &tables);
    check_marks_and_licence(nation, &tables);
    check_renumbered(nation, &tables);
    check_applicants(nation, &tables);
}

/// Nobody has two parts, and each of them is what the part says.
fn check_applicants(nation: &Nation, tables: &[TableRows]) {
    let all = nation.applicants().unwrap();
    let pairs = [
        &all.betrothed,
        &all.bereaved,
        &all.bereaved_of_insured,
        &all.guardian,
        &all.adopter,
        &all.father,
        &all.mother,
        &all.pupil,
    ];
    let mut everyone: Vec<&PersonId> = pairs.iter().flat_map(|pair| [&pair.person, &pair.other]).collect();
    everyone.extend(all.landowners.iter().map(|owner| &owner.person));
    everyone.extend(all.adults.iter().chain([&all.old, &all.entered, &all.unknown_address]));
    let others = [nation.second_couple().unwrap(), nation.expecting_couple().unwrap()];
    everyone.extend(others.iter().flat_map(|couple| [&couple.mother, &couple.father]));
    let count = everyone.len();
    assert!(everyone.iter().all(|id| nation.person(id).unwrap().is_alive()));
    assert_eq!(everyone.into_iter().collect::<std::collections::BTreeSet<_>>().len(), count);
    for one in [&all.betrothed.person, &all.betrothed.other] {
        assert_eq!(population(tables, one).get("so_dinh_danh_vo_chong"), None);
    }
    let ward = nation.person(&all.guardian.other).unwrap();
    let birth = row(tables, "khai_sinh", "so_dinh_danh", ward.id.as_str());
    assert!(
        row(tables, "khai_tu", "so_dinh_danh", birth.get("cha_so_dinh_danh").unwrap())
            .get("ngay_mat")
            .is_some()
    );
    assert!(nation.person(&all.old).unwrap().age_on(nation.truth.today) >= 75);
    let unknown = population(tables, &all.unknown_address);
    assert!(["không rõ", "-"].contains(&unknown.get("thuong_tru_dia_chi").unwrap()));
    assert!(!nation.says(&all.unknown_address, "thuong_tru_dia_chi").unwrap().starts_with("không"));
    for owner in &all.landowners {
        let parcel = row(tables, "thua_dat", "ma_thua", &owner.parcel);
        assert_eq!(
            (parcel.get("chu_so_giay_to"), parcel.get("xa_ma"), parcel.get("tinh_trang")),
            (Some(owner.person.as_str()), Some(owner.commune.as_str()), Some("binh_thuong"))
        );
    }
    let months = row(tables, "nguoi_tham_gia", "so_dinh_danh", all.mother.person.as_str());
    assert!(months.get("so_thang_dong").unwrap().parse::<i32>().unwrap() >= 24);
}

fn check_couple(nation: &Nation, tables: &[TableRows]) {
    let couple = nation.expecting_couple().unwrap();
    let (father, mother) = (population(tables, &couple.father), population(tables, &couple.mother));
    for one in [&father, &mother] {
        assert_eq!(one.get("so_ho"), Some(couple.household.as_str()));
        assert_eq!(
            (one.get("tinh_trang"), one.get("tinh_trang_hon_nhan")),
            (Some("song"), Some("da_ket_hon"))
        );
    }
    let home = nation.truth.place_of(nation.person(&couple.mother).unwrap()).unwrap();
    assert_eq!(nation.truth.places.commune(home.commune), nation.commune());
    assert_eq!(father.get("so_dinh_danh_vo_chong"), Some(couple.mother.as_str()));
    let marriage = row(tables, "ket_hon", "so_ket_hon", &couple.marriage);
    assert_eq!(marriage.get("vo_so_dinh_danh"), Some(couple.mother.as_str()));
    assert_eq!(marriage.get("tinh_trang"), Some("hieu_luc"));
}

fn check_newcomer(nation: &Nation, tables: &[TableRows]) {
    let newcomer = nation.newcomer().unwrap();
    let row = population(tables, &newcomer.person);
    assert_eq!(row.get("thuong_tru_ma"), Some(newcomer.old_code.as_str()));
    assert!(row.get("thuong_tru_ngay").unwrap() < "2025-07-01");
    assert!(!row.get("thuong_tru_dia_chi").unwrap().contains("Bắc Giang"));
}

fn check_first_grader(nation: &Nation, tables: &[TableRows]) {
    let part = nation.first_grader().unwrap();
    let child = nation.person(&part.child).unwrap();
    assert_eq!(child.born.year(), 2020);
    let birth = row(tables, "khai_sinh", "so_khai_sinh", &part.birth);
    assert_eq!(birth.get("so_dinh_danh"), Some(part.child.as_str()));
    assert_eq!(birth.get("cha_so_dinh_danh"), Some(part.father.as_str()));
    assert_eq!(birth.get("me_so_dinh_danh"), Some(part.mother.as_str()));
    assert!(rows(table(tables, "hoc_sinh")).all(|row| row.get("so_dinh_danh") != Some(part.child.as_str())));
}

fn check_land(nation: &Nation, tables: &[TableRows]) {
    let sale = nation.land_sale().unwrap();
    let parcel = row(tables, "thua_dat", "ma_thua", &sale.parcel);
    let seller = nation.person(&sale.seller).unwrap();
    assert_eq!(parcel.get("chu_so_giay_to"), seller.old_id.map(|id| id.to_string()).as_deref());
    let likeness = likeness(&seller.name, parcel.get("chu_ho_ten").unwrap());
    assert!(matches!(likeness, Likeness::SameSpelledOtherwise | Likeness::SameWithoutMarks));
    assert_eq!(parcel.get("tinh_trang"), Some("binh_thuong"));
    assert!(seller.is_alive() && nation.person(&sale.spouse).unwrap().is_alive());
    let dispute = nation.land_dispute().unwrap();
    let parcel = row(tables, "thua_dat", "ma_thua", &dispute.parcel);
    assert!(["the_chap", "ke_bien"].contains(&parcel.get("tinh_trang").unwrap()));
    let people = [&sale.seller, &sale.spouse, &sale.buyer, &dispute.owner, &dispute.buyer];
    assert_eq!(people.into_iter().collect::<std::collections::BTreeSet<_>>().len(), 5);
}

fn check_statuses(nation: &Nation, tables: &[TableRows]) {
    let single = nation.single_adult().unwrap();
    assert_eq!(population(tables, &single.person).get("tinh_trang_hon_nhan"), Some("doc_than"));
    assert!((22..=35).contains(&nation.person(&single.person).unwrap().age_on(TODAY)));
    let wrong = nation.wrongly_single().unwrap();
    assert_eq!(population(tables, &wrong.person).get("tinh_trang_hon_nhan"), Some("doc_than"));
    let marriage = row(tables, "ket_hon", "so_ket_hon", &wrong.marriage);
    assert_eq!(marriage.get("tinh_trang"), Some("hieu_luc"));
    let pair = [marriage.get("chong_so_dinh_danh"), marriage.get("vo_so_dinh_danh")];
    assert!(pair.contains(&Some(wrong.person.as_str())) && pair.contains(&Some(wrong.spouse.as_str())));
}

fn check_survivors(nation: &Nation, tables: &[TableRows]) {
    let part = nation.survivors().unwrap();
    let insured = row(tables, "nguoi_tham_gia", "so_bhxh", &part.insurance);
    assert_ne!(insured.get("trang_thai"), Some("da_mat"));
    assert_ne!(insured.get("so_thang_dong"), Some("0"));
    assert!(row(tables, "khai_tu", "so_dinh_danh", part.deceased.as_str()).get("ngay_mat").is_some());
    assert!(part.spouse.is_some() || !part.children.is_empty());
}

fn check_marks_and_licence(nation: &Nation, tables: &[TableRows]) {
    let seeker = nation.extract_seeker().unwrap();
    let written = row(tables, "khai_sinh", "so_khai_sinh", &seeker.birth);
    let known = population(tables, &seeker.person);
    let likeness = likeness(written.get("ho_ten").unwrap(), known.get("ho_ten").unwrap());
    assert!(matches!(likeness, Likeness::SameSpelledOtherwise | Likeness::SameWithoutMarks));
    let holder = nation.licence_holder().unwrap();
    let licence = row(tables, "giay_phep_lai_xe", "so_gplx", &holder.licence);
    let ends: Date = licence.get("ngay_het_han").unwrap().parse().unwrap();
    assert!(TODAY <= ends && ends <= TODAY.saturating_add(jiff::Span::new().days(180)));
    assert_ne!(licence.get("ngay_sinh"), population(tables, &holder.person).get("ngay_sinh"));
}

fn check_renumbered(nation: &Nation, tables: &[TableRows]) {
    let part = nation.renumbered().unwrap();
    let insured = row(tables, "nguoi_tham_gia", "so_bhxh", &part.insurance);
    assert_eq!(insured.get("so_dinh_danh"), Some(part.cancelled.as_str()));
    let cancelled = row(tables, "so_da_huy", "so_cu", part.cancelled.as_str());
    assert_eq!(cancelled.get("so_moi"), Some(part.person.as_str()));
}

#[test]
fn a_person_is_found_by_the_number_in_force_only() {
    let part = nation().renumbered().unwrap();
    assert!(nation().person(&part.person).is_some() && nation().person(&part.cancelled).is_none());
}
