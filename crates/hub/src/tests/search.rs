//! What a search finds, and in which order.

use model::codelist;
use serde_json::{Value, json};

use super::apply;
use super::world::documents;
use crate::catalogue::search::{Fit, Hit, find};
use crate::hub::open_store;
use crate::kinds::Document;
use crate::store::Db;

async fn look(db: &Db, text: &str, kind: Option<&str>) -> Vec<Hit> {
    find(&mut db.read().await.unwrap(), text, kind, 20).await.unwrap().0
}

fn told(hits: &[Hit]) -> Vec<(&str, &str, Fit)> {
    hits.iter().map(|hit| (hit.kind.as_str(), hit.part.as_deref().unwrap_or(&hit.id), hit.fits)).collect()
}

pub(super) async fn a_search_finds_with_and_without_marks(url: &str) {
    let db = open_store(url).await.unwrap();
    let mut all = documents();
    let name = |vi: &str| json!({ "vi": vi, "en": "Name" });
    let more = json!([
        { "kind": "Agency", "id": "VN/LOC/H05", "name": name("Ủy ban nhân dân tỉnh Hòa Bình"), "bloc": "local" },
        { "kind": "System", "id": "VN/LOC/H05/hoa", "name": name("Hoà Bình") },
        { "kind": "System", "id": "VN/LOC/H05/hoa-2", "name": name("Hóa Binh") },
        { "kind": "System", "id": "VN/LOC/H05/khac", "name": name("Bình hoa") },
    ]);
    all.extend(serde_json::from_value::<Vec<Document>>(more).unwrap());
    apply(&db, &all).await.unwrap();
    // The tone mark may stand on either letter; without marks, all that sound alike come, the nearest first.
    let hits = look(&db, "hòa bình", None).await;
    assert_eq!(told(&hits)[0], ("System", "VN/LOC/H05/hoa", Fit::Name));
    assert!(told(&hits).contains(&("System", "VN/LOC/H05/hoa-2", Fit::NameWithoutMarks)));
    assert!(told(&hits).contains(&("Agency", "VN/LOC/H05", Fit::Words)));
    let hits = look(&db, "HOA BINH", None).await;
    assert_eq!(told(&hits)[0], ("System", "VN/LOC/H05/hoa", Fit::NameWithoutMarks));
    assert_eq!(told(&hits)[1], ("System", "VN/LOC/H05/hoa-2", Fit::NameWithoutMarks));
    assert!(told(&hits).contains(&("System", "VN/LOC/H05/khac", Fit::WordsWithoutMarks)));
    // The last word may be incomplete, and identifiers are found whole and in parts.
    assert!(told(&look(&db, "uy ban nh", None).await).contains(&(
        "Agency",
        "VN/LOC/H05",
        Fit::BeginningWithoutMarks
    )));
    assert_eq!(told(&look(&db, "VN/LOC/H05/hoa-2", None).await)[0].1, "VN/LOC/H05/hoa-2");
    // A field is shown once, with the term that its contract binds it to.
    let hits = look(&db, "so dinh danh", Some("Field")).await;
    assert_eq!(hits.len(), 1);
    assert_eq!(
        (hits[0].id.as_str(), hits[0].part.as_deref(), hits[0].term.as_deref()),
        ("VN/GOV/G01/dan-cu/nguoi", Some("so_dinh_danh"), Some("ndg:ID-004"))
    );
    assert!(look(&db, "so dinh danh", Some("Term")).await.is_empty());
    // What is changed or taken out is found no longer as it was.
    let renamed = json!([{ "kind": "System", "id": "VN/LOC/H05/khac", "name": name("Một cửa") }]);
    apply(&db, &serde_json::from_value::<Vec<Document>>(renamed).unwrap()).await.unwrap();
    assert!(look(&db, "bình hoa", Some("System")).await.iter().all(|hit| hit.id != "VN/LOC/H05/khac"));
    // Whatever is asked, nothing of it is an operator.
    for odd in [
        "",
        "   ",
        "\"",
        "' OR 1=1 --",
        "a* AND (b",
        "NEAR(a b)",
        "%_",
        "\u{0}",
        "hoa\u{301}",
        &"dài ".repeat(500),
    ] {
        look(&db, odd, None).await;
        look(&db, odd, Some("'x")).await;
    }
}

pub(super) async fn old_names_of_units_lead_to_what_they_became(url: &str) {
    let db = open_store(url).await.unwrap();
    let mut all = documents();
    let units = codelist::shipped().into_iter().find(|list| list.id == codelist::UNITS).unwrap();
    let list = codelist::CodeList {
        id: units.id,
        name: units.name,
        owner: "VN/GOV/G15".parse().unwrap(),
        source: units.source,
        assumed: false,
        note: None,
        codes: units.codes,
    };
    let walk = codelist::shipped_crosswalks().into_iter().find(|walk| walk.id == codelist::UNITS).unwrap();
    all.extend([Document::CodeList(Box::new(list)), Document::Crosswalk(Box::new(walk))]);
    apply(&db, &all).await.unwrap();
    // Hà Giang was taken in by Tuyên Quang on 01/07/2025.
    let hits = look(&db, "tinh ha giang", Some("Code")).await;
    let old = hits.iter().find(|hit| hit.ended.is_some() && hit.part.as_deref() == Some("02")).unwrap();
    let ended = old.ended.as_ref().unwrap();
    assert_eq!(
        (ended.on.to_string().as_str(), ended.became[0].name.as_str()),
        ("2025-07-01", "Tỉnh Tuyên Quang"),
        "{hits:?}"
    );
    // What is in force stands before what has ended.
    let hits = look(&db, "Hà Nội", Some("Code")).await;
    assert!(
        hits.iter().position(|hit| hit.ended.is_none()) < hits.iter().position(|hit| hit.ended.is_some())
    );
    let shown = serde_json::to_value(old).unwrap();
    assert_eq!(
        (&shown["kind"], &shown["fits"], &shown["term"]),
        (&json!("Code"), &json!("name_without_marks"), &Value::Null)
    );
}
