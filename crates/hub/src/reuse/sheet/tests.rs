//! What is written is read back the same; what is wrong is told by sheet and cell.

use model::fault::Fault;
use model::procedure::Procedure;
use proptest::prelude::*;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use super::{SHEETS, read, write};

/// One row on each sheet.
fn plain() -> Procedure {
    let mut one = shipped().into_iter().find(|one| one.code() == "3.000333").unwrap();
    one.inputs.clear();
    one.form.truncate(1);
    one
}

/// The shipped ones, whose cells have all that there is.
pub(crate) fn shipped() -> Vec<Procedure> {
    let texts = [
        include_str!("../../../../../data/procedures/ho-tich.yaml"),
        include_str!("../../../../../data/procedures/cu-tru-can-cuoc.yaml"),
        include_str!("../../../../../data/procedures/bao-hiem-xa-hoi.yaml"),
        include_str!("../../../../../data/procedures/dat-dai-giao-duc-khac.yaml"),
    ];
    let documents = texts.iter().flat_map(|text| {
        let all: Vec<Value> = serde_saphyr::from_multiple(text).unwrap();
        all
    });
    documents
        .map(|mut document| {
            document.as_object_mut().unwrap().remove("kind");
            serde_json::from_value(document).unwrap()
        })
        .collect()
}

#[test]
fn the_thirty_are_read_back_as_they_were_written() {
    let thirty = shipped();
    assert_eq!(thirty.len(), 30);
    let (back, lines) = read(&write(&thirty).unwrap()).unwrap();
    assert_eq!(back, thirty);
    assert_eq!(lines.cell(&thirty[0].id, "assurance"), Some("thu-tuc!J2"));
    assert_eq!(
        lines.cell(&thirty[0].id, "requirements.1.alternatives.0.asks.0.claims.2"),
        Some("du-lieu!G2")
    );
    assert_eq!(
        lines.cell(&thirty[1].id, "requirements.0.paper.code").map(|cell| &cell[..9]),
        Some("yeu-cau!G")
    );
    assert_eq!(lines.cell("khac@1", "id"), None);
}

fn text() -> impl Strategy<Value = String> {
    "[|\\\\=+;:a-zĐậ\"@-]([ |\\\\=+;:a-zĐậ\"@/-]{0,12}[|\\\\=+;:a-zĐậ\"@-])?"
}

fn word() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9_-]{0,6}"
}

prop_compose! {
    fn any_procedure()(
        name in text(), en in text(), role in word(), fact in word(), choice in any::<bool>(), optional in any::<bool>(),
        field in text(), condition in prop::option::of(text()), number in 0..4usize, deed in any::<bool>(), question in any::<bool>(),
        days in prop::option::of(1..60u16), party in 0..4usize, term in any::<bool>(),
    ) -> Procedure {
        let label = json!({ "vi": name, "en": en });
        let kind = if choice { json!({ "choice": [{ "code": "a", "name": label }, { "code": "b|\\", "name": label }] }) } else { json!("date") };
        let condition = condition.map(|text| format!("{role}.{fact} = \"{}\"", text.replace('"', "")));
        let claim = |number: usize| match number {
            0 => json!({ "term": "ndg:ID-001@1.0.0", "use": { "fill": format!("{role}.{fact}") } }),
            1 => json!({ "field": field, "use": { "confirm": format!("{role}.x") } }),
            2 => json!({ "term": term.then_some("ndg:ID-001@1.0.0"), "field": field, "use": { "test": "it in (\"a|b\", \"\\\")" } }),
            _ => json!({ "use": "absent" }),
        };
        let mut ask = json!({ "id": "a", "service": "VN/GOV/G01/a/b", "find": { &field: "x.y", "khac": "x.z" },
            "claims": (0..=number).map(claim).collect::<Vec<_>>() });
        if question {
            ask["question"] = json!({ "name": label, "field": field, "kind": kind });
            ask["identity"] = json!({ "role": role, "number": number.gt(&1).then_some("so"), "born": "ngay" });
        }
        let requirements: Vec<Value> = (0..number).map(|at| json!({ "id": format!("r{at}"), "name": label, "role": role, "when": condition,
            "paper": question.then(|| json!({ "code": "p", "name": label })), "max_age_days": days, "otherwise": "field",
            "alternatives": [{ "asks": [ask, ask] }, { "asks": [], "holder": "VN/GOV/G18" }, { "asks": [] }] })).collect();
        let field = json!({ "fact": format!("{role}.{fact}"), "name": label, "kind": kind, "optional": optional });
        let deeds: Vec<Value> = deed.then(|| json!({ "id": "d", "name": label, "service": "VN/GOV/G01/a/b", "path": "/x", "body": { "a": "b.c" },
            "outcome": optional.then_some("/ket-qua") })).into_iter().collect();
        let party = ["person", "unnumbered", "organisation", "thing"][party];
        serde_json::from_value(json!({ "id": "1.2@3", "name": label, "owner": "VN/GOV/G01", "levels": ["commune", "ministry"], "purpose": "p",
            "bases": ["a", "b"], "roles": [{ "id": role, "name": label, "party": party }],
            "acts_for": [{ "how": "legal_representative", "proved_by": "r0", "role": role }], "assurance": 2, "inputs": [field],
            "requirements": requirements, "form": [field], "deeds": deeds, "working_days": days, "source": name, "assumed": optional,
            "valid_to": "2027-01-01" })).unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_written_is_read_back(one in any_procedure()) {
        let (back, _) = read(&write(std::slice::from_ref(&one)).unwrap()).unwrap();
        prop_assert_eq!(back, vec![one]);
    }
}

/// The workbook of one procedure with one cell changed.
fn with(sheet: usize, line: u32, column: &str, text: &str) -> Vec<u8> {
    let tabs = plain();
    let bytes = write(&[tabs]).unwrap();
    let mut book = Workbook::new();
    let tables = super::read::tables_of(&bytes);
    for (at, ((name, columns), rows)) in SHEETS.iter().zip(tables).enumerate() {
        let tab = book.add_worksheet();
        tab.set_name(*name).unwrap();
        for (place, head) in (0u16..).zip(*columns) {
            tab.write_string(0, place, *head).unwrap();
        }
        for (row, cells) in (1u32..).zip(rows) {
            for (place, cell) in (0u16..).zip(cells) {
                let changed = at == sheet && row + 1 == line && columns[usize::from(place)] == column;
                tab.write_string(row, place, if changed { text } else { &cell }).unwrap();
            }
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn every_mistake_is_told_by_sheet_and_cell() {
    for (sheet, column, text, expected) in [
        (0, "id", "", "thu-tuc!A2"),
        (0, "owner", "Bộ Tư pháp", "thu-tuc!D2"),
        (0, "levels", "xã", "thu-tuc!E2"),
        (0, "roles", "a | b | c | d | e", "thu-tuc!H2"),
        (0, "assurance", "hai", "thu-tuc!J2"),
        (0, "second_hand", "có", "thu-tuc!M2"),
        (0, "valid_from", "hôm qua", "thu-tuc!O2"),
        (1, "procedure", "khac@1", "yeu-cau!A2"),
        (1, "when", "a =", "yeu-cau!F2"),
        (1, "otherwise", "gì", "yeu-cau!K2"),
        (2, "requirement", "khac", "lua-chon!B2"),
        (2, "number", "2", "lua-chon!C2"),
        (3, "alternative", "2", "du-lieu!C2"),
        (3, "service", "x", "du-lieu!E2"),
        (3, "find", "so_dinh_danh", "du-lieu!F2"),
        (3, "claims", "lay | nguoi.ho_ten", "du-lieu!G2"),
        (3, "claims", "test | a = | | ho_ten", "du-lieu!G2"),
        (3, "question_kind", "text", "du-lieu!I2"),
        (4, "part", "khac", "bieu-mau!B2"),
        (4, "kind", "chữ", "bieu-mau!F2"),
        (4, "path", "/x", "bieu-mau!J2"),
    ] {
        let refused = read(&with(sheet, 2, column, text)).unwrap_err();
        assert!(
            matches!(&refused, Fault::BadDocument { place, .. } if place.en().contains(expected)),
            "{column} {text}: {refused:?}"
        );
    }
    assert!(read(b"PK no book").is_err() && read(b"id,name\n").is_err());
    let mut book = Workbook::new();
    book.add_worksheet().set_name("thu-tuc").unwrap().write_string(0, 0, "id").unwrap();
    let refused = read(&book.save_to_buffer().unwrap()).unwrap_err();
    assert!(refused.en().contains("the sheet yeu-cau is missing"), "{refused:?}");
}
