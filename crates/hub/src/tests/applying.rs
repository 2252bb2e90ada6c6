//! Documents are applied whole or not at all, and every change is told.

use model::directory::Part;
use model::fault::Fault;
use model::term::Status;
use serde_json::{Value, json};

use super::world::{context, documents};
use super::{apply, count_changes};
use crate::audit::change;
use crate::granting::grant;
use crate::hub::open_store;
use crate::kinds::{Document, Kind, apply as kinds, load};
use crate::registry::tag;
use crate::registry::write::{Outcome, Seen};
use crate::store::run;

pub(super) async fn documents_come_back_as_they_were_applied(url: &str) {
    let db = open_store(url).await.unwrap();
    let documents = documents();
    let effects = apply(&db, &documents).await.unwrap();
    assert!(effects.iter().all(|effect| effect.outcome == Outcome::Created));
    let mut tx = db.read().await.unwrap();
    for document in &documents {
        let found = load(&mut tx, document.kind(), document.name()).await.unwrap();
        assert_eq!(found.as_ref(), Some(document));
    }
}

pub(super) async fn applying_again_changes_nothing(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let before = count_changes(&db).await;
    // In any order.
    let reversed: Vec<_> = documents().into_iter().rev().collect();
    let effects = apply(&db, &reversed).await.unwrap();
    assert!(effects.iter().all(|effect| effect.outcome == Outcome::Unchanged));
    assert_eq!(count_changes(&db).await, before);
    // Opened again, it is the same store.
    drop(db);
    assert_eq!(count_changes(&open_store(url).await.unwrap()).await, before);
}

pub(super) async fn a_change_is_told_with_who_when_and_why(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let mut changed = documents();
    for document in &mut changed {
        if let Document::Grant(grant) = document {
            grant.per_second = 7.try_into().unwrap();
        }
    }
    let effects = apply(&db, &changed).await.unwrap();
    let updated: Vec<_> = effects.iter().filter(|effect| effect.outcome == Outcome::Updated).collect();
    assert_eq!(updated.len(), 1);
    assert_eq!(updated[0].differences["per_second"], (json!(50), json!(7)));
    let entries = change::list(&mut db.read().await.unwrap(), 0, change::PAGE).await.unwrap();
    let last = entries.last().unwrap();
    assert_eq!(
        (last.act.as_str(), last.kind.as_str(), last.subject.as_str()),
        ("updated", "Grant", "g-khai-sinh")
    );
    assert_eq!(
        (last.who.as_str(), last.why.as_str(), last.at.as_str()),
        ("can-bo", "nạp thử", "2026-11-23T08:00:00Z")
    );
    let per_second = |value: &Option<Value>| value.as_ref().unwrap()["per_second"].clone();
    assert_eq!((per_second(&last.before), per_second(&last.after)), (json!(50), json!(7)));
}

pub(super) async fn what_is_wrong_is_refused_whole(url: &str) {
    let db = open_store(url).await.unwrap();
    let wrong = |kind: &str, member: &str, value: Value| {
        let mut documents: Vec<Value> =
            documents().iter().map(|document| serde_json::to_value(document).unwrap()).collect();
        let first = documents.iter_mut().find(|document| document["kind"] == kind).unwrap();
        first[member] = value;
        serde_json::from_value::<Vec<Document>>(json!(documents)).unwrap()
    };
    // Whatever else names what has a wrong name would be told first.
    let without = |kinds: &[Kind], documents: Vec<Document>| -> Vec<Document> {
        documents.into_iter().filter(|document| !kinds.contains(&document.kind())).collect()
    };
    let cases = [
        ("LT-7103", wrong("Agency", "parent", json!("VN/GOV/G99"))),
        ("LT-7104", wrong("Agency", "parent", json!("VN/GOV/G01"))),
        ("LT-7104", wrong("Agency", "name", json!({ "vi": "", "en": "x" }))),
        ("LT-7104", wrong("Agency", "name", json!({ "vi": "Bo\u{302} Công an", "en": "x" }))),
        ("LT-7103", wrong("System", "id", json!("VN/GOV/G99/dan-cu"))),
        ("LT-7103", wrong("Node", "systems", json!(["VN/GOV/G01/khong-co"]))),
        ("LT-7104", wrong("Node", "address", json!("127.0.0.1"))),
        ("LT-7104", wrong("Service", "dataset", json!({ "key": "khac", "fields": [] }))),
        (
            "LT-7104",
            without(
                &[Kind::Grant, Kind::Contract, Kind::Duty, Kind::Scope, Kind::Procedure],
                wrong("Service", "id", json!("VN/GOV/G01/dan-cu/listMethods")),
            ),
        ),
        ("LT-7104", wrong("LegalBasis", "valid_to", json!("2020-01-01"))),
        ("LT-7104", without(&[Kind::Grant, Kind::Procedure], wrong("Purpose", "code", json!("khai sinh")))),
        ("LT-7103", wrong("Grant", "client", json!("VN/LOC/H05/khac"))),
        ("LT-7103", wrong("Grant", "uses", json!([{ "purpose": "khac", "basis": "nd-70" }]))),
        ("LT-7104", wrong("Grant", "uses", json!([]))),
        ("LT-7104", wrong("Grant", "fields", json!(["khong_co"]))),
        ("LT-7104", wrong("Grant", "valid_from", json!("2099-01-01"))),
        ("LT-7103", wrong("Database", "owner", json!("VN/GOV/G99"))),
        ("LT-7103", wrong("Database", "systems", json!(["VN/GOV/G01/khong-co"]))),
        ("LT-7103", wrong("Database", "successor", json!("VNDB-999"))),
        ("LT-7104", wrong("Database", "successor", json!("VNDB-013"))),
        ("LT-7104", wrong("Database", "security_level", json!(6))),
        ("LT-7104", wrong("Database", "class", Value::Null)),
        ("LT-7104", wrong("Database", "retention", Value::Null)),
        ("LT-7104", wrong("Database", "standing", json!("sourced"))),
        ("LT-7104", wrong("Database", "scope", json!("Bo\u{302}"))),
        ("LT-7104", wrong("Database", "master_data", json!([]))),
        ("LT-7104", wrong("Term", "id", json!("gioi-tinh"))),
        ("LT-7104", wrong("CodeList", "codes", json!([]))),
        (
            "LT-7104",
            wrong("CodeList", "codes", json!([{ "code": "1", "vi": "Nam" }, { "code": "1", "vi": "Nữ" }])),
        ),
        ("LT-7104", wrong("CodeList", "codes", json!([{ "code": "1", "vi": "Nam", "parent": "9" }]))),
        ("LT-7103", wrong("CodeList", "owner", json!("VN/GOV/G99"))),
        ("LT-7103", wrong("Crosswalk", "to", json!("khac"))),
        ("LT-7104", wrong("Crosswalk", "pairs", json!([{ "from": "1", "to": "9", "relation": "exact" }]))),
        ("LT-7104", wrong("Term", "versions", json!([]))),
        ("LT-7103", wrong("Duty", "basis", json!("khac"))),
        ("LT-7104", wrong("Duty", "datum", json!("khac"))),
        ("LT-7104", wrong("Duty", "receivers", json!([]))),
        ("LT-7104", wrong("Duty", "receivers", json!(["VN/GOV/G01"]))),
        ("LT-7103", wrong("Duty", "service", json!("VN/GOV/G01/dan-cu/khac"))),
        ("LT-7104", documents().into_iter().chain(documents()).collect()),
    ];
    for (number, (code, documents)) in cases.into_iter().enumerate() {
        let fault = apply(&db, &documents).await.unwrap_err();
        assert_eq!(fault.code(), code, "case {number}: {}", fault.words().en());
    }
    assert_eq!(count_changes(&db).await, 0, "nothing of any of them stayed");
}

pub(super) async fn whoever_has_seen_an_old_state_is_shown_both(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let seen = load(&mut db.read().await.unwrap(), Kind::Agency, "VN/GOV/G15").await.unwrap().unwrap();
    let tag_seen = tag(&seen.members().unwrap());
    let put = async |name: &str, seen: &Seen| {
        let mut members = json!({ "id": "VN/GOV/G15", "bloc": "government", "name": { "en": "x" } });
        members["name"]["vi"] = json!(name);
        let document = Document::read(Kind::Agency, members).unwrap();
        let mut tx = db.write().await?;
        let effect = kinds::replace(&mut tx, document, seen, &context("sửa")).await?;
        tx.commit().await?;
        Ok::<_, Fault>(effect)
    };
    let first = put("Của An", &Seen::Tag(tag_seen.clone())).await.unwrap();
    let Err(Fault::ChangedMeanwhile { theirs, yours, .. }) = put("Của Bình", &Seen::Tag(tag_seen)).await
    else {
        panic!("the second was not told")
    };
    assert!(theirs.contains("Của An") && yours.contains("Của Bình"), "{theirs} {yours}");
    assert!(matches!(put("Của Bình", &Seen::Nothing).await, Err(Fault::ChangedMeanwhile { .. })));
    put("Của cả hai", &Seen::Tag(first.tag)).await.unwrap();
    // The audit trail has what each of them wrote.
    let entries = change::history(&mut db.read().await.unwrap(), ("Agency", "VN/GOV/G15")).await.unwrap();
    let names: Vec<_> =
        entries.iter().map(|entry| entry.after.as_ref().unwrap()["name"]["vi"].clone()).collect();
    assert_eq!(names, ["Của cả hai", "Của An", "Tên tiếng Việt"]);
}

pub(super) async fn a_change_touches_only_its_parts_of_the_directory(url: &str) {
    let db = open_store(url).await.unwrap();
    let touched = async || {
        let mut tx = db.write().await.unwrap();
        let rows: Vec<(String,)> =
            crate::store::all!(tx, "SELECT part FROM directory_touched ORDER BY part").unwrap();
        run!(tx, "DELETE FROM directory_touched").unwrap();
        tx.commit().await.unwrap();
        rows.into_iter().map(|(part,)| part.parse::<Part>().unwrap().to_string()).collect::<Vec<_>>()
    };
    apply(&db, &documents()).await.unwrap();
    let first = touched().await;
    let bin = first.iter().find(|part| part.starts_with("grants~")).unwrap().clone();
    let others: Vec<&str> = first.iter().map(String::as_str).filter(|part| *part != bin).collect();
    assert_eq!(
        others,
        ["agency~VN~GOV~G01", "agency~VN~GOV~G15", "charter", "procedure~1.001193~1", "reuse-packs"]
    );
    let mut changed = documents();
    for document in &mut changed {
        match document {
            Document::Grant(grant) => grant.per_second = 9.try_into().unwrap(),
            Document::Term(term) => term.versions[0].status = Status::Retired,
            Document::Duty(duty) => duty.standard = Some("REST".into()),
            Document::Database(database) => database.note = Some("Ghi chú".into()),
            _ => {}
        }
    }
    apply(&db, &changed).await.unwrap();
    assert_eq!(touched().await, std::slice::from_ref(&bin));
    let mut tx = db.write().await.unwrap();
    grant::revoke(&mut tx, "g-khai-sinh", &context("thử")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(touched().await, [bin]);
}

#[test]
fn unknown_members_are_mistakes() {
    for document in documents() {
        let mut json = serde_json::to_value(&document).unwrap();
        json["khac"] = json!(1);
        assert!(serde_json::from_value::<Document>(json).is_err(), "{:?}", document.subject());
    }
}
