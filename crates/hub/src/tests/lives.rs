//! What may become of a thing that is there: terms, codes, masters of data, grants.

use model::directory::Bin;
use model::fault::Fault;
use model::grant::Grant;
use model::term::{Status, Term, ValueType};
use serde_json::{Value, json};

use super::apply;
use super::world::{context, documents};
use crate::audit::change;
use crate::granting::grant;
use crate::hub::open_store;
use crate::kinds::{Document, Kind};
use crate::registry::Subject as _;
use crate::registry::write::Outcome;

pub(super) async fn a_term_goes_through_its_life_and_a_breaking_change_needs_a_new_major(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let found = documents().into_iter().find(|document| document.kind() == Kind::Term);
    let Some(Document::Term(term)) = found else { panic!() };
    let refused = async |term: &Term, expect: &str| {
        let Err(Fault::Contradictory { why, .. }) =
            apply(&db, &[Document::Term(Box::new(term.clone()))]).await
        else {
            panic!("{expect}")
        };
        assert!(format!("{why:?}").contains(expect), "{why:?}");
    };
    // What was approved stays as it is, and stays.
    let mut changed = term.clone();
    changed.versions[0].definition = "Khác".into();
    refused(&changed, "is approved and cannot be changed").await;
    let mut changed = term.clone();
    changed.versions[0].version = "1.0.1".parse().unwrap();
    refused(&changed, "may not be left out").await;
    // A breaking change under the same major.
    let mut next = term.clone();
    next.versions.push(term.versions[0].clone());
    next.versions[1].status = Status::Proposed;
    next.versions[1].value_type = ValueType::Text;
    refused(&next, "stands behind").await;
    next.versions[1].version = "1.1.0".parse().unwrap();
    refused(&next, "the change in value_type breaks its users").await;
    next.versions[1].version = "2.0.0".parse().unwrap();
    apply(&db, &[Document::Term(next.clone())]).await.unwrap();
    // Step by step.
    let mut leap = next.clone();
    leap.versions[1].status = Status::Approved;
    refused(&leap, "a step at a time").await;
    for status in [Status::Reviewed, Status::Consulted, Status::Approved] {
        next.versions[1].status = status;
        apply(&db, &[Document::Term(next.clone())]).await.unwrap();
    }
    next.versions[0].status = Status::Retired;
    apply(&db, &[Document::Term(next.clone())]).await.unwrap();
    let found = Term::load(&mut db.read().await.unwrap(), &term.id).await.unwrap().unwrap();
    assert_eq!(found.versions.len(), 2, "both are there");
}

pub(super) async fn codes_that_were_in_use_stay(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let with = |codes: Value| {
        let list = documents().into_iter().find(|document| document.kind() == Kind::CodeList).unwrap();
        let mut members = list.members().unwrap();
        members["codes"] = codes;
        Document::read(Kind::CodeList, members).unwrap()
    };
    let left_out = with(json!([{ "code": "1", "vi": "Nam" }]));
    let Err(Fault::Contradictory { why, .. }) = apply(&db, &[left_out]).await else { panic!() };
    assert!(format!("{why:?}").contains("AU-02"), "{why:?}");
    // They end, and mean something else from then on.
    let again =
        with(json!([{ "code": "1", "vi": "Nam" }, { "code": "2", "vi": "Nữ", "valid_to": "2026-01-01" },
        { "code": "2", "vi": "Nghĩa mới", "valid_from": "2026-01-01" }]));
    apply(&db, &[again]).await.unwrap();
}

pub(super) async fn a_datum_has_one_master_and_may_be_handed_over(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let with = |id: &str, data: Value| {
        let mut database =
            serde_json::to_value(documents().into_iter().find(|document| document.subject().0 == "Database"))
                .unwrap();
        database["id"] = json!(id);
        database["master_data"] = data;
        serde_json::from_value::<Document>(database).unwrap()
    };
    let datum = json!([{ "code": "ngay-sinh", "name": { "vi": "Ngày sinh", "en": "Date of birth" } }]);
    let Err(Fault::Contradictory { subject, why }) = apply(&db, &[with("VNDB-099", datum.clone())]).await
    else {
        panic!("a second master")
    };
    assert_eq!(subject, "Database VNDB-099");
    assert!(format!("{why:?}").contains("VNDB-013 (VN/GOV/G01)"), "{why:?}");
    // A duty stands on it.
    let Err(Fault::Contradictory { subject, .. }) = apply(&db, &[with("VNDB-013", json!([]))]).await else {
        panic!("a duty without a master")
    };
    assert_eq!(subject, "Duty dan-cu-ngay-sinh");
    // Handed over in one go, whichever is named first.
    apply(&db, &[with("VNDB-099", datum.clone()), with("VNDB-013", json!([]))]).await.unwrap();
    apply(&db, &[with("VNDB-099", json!([])), with("VNDB-013", datum)]).await.unwrap();
}

pub(super) async fn a_revoked_grant_is_gone_and_can_be_issued_anew(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let revoke = async |reason| {
        let mut tx = db.write().await?;
        grant::revoke(&mut tx, "g-khai-sinh", &context(reason)).await?;
        tx.commit().await
    };
    revoke("dùng sai mục đích").await.unwrap();
    assert!(matches!(revoke("lần nữa").await, Err(Fault::NotInRegistry { .. })));
    // Its name stays its agency's.
    let taken = serde_json::json!([
        { "kind": "System", "id": "VN/GOV/G15/ho-tich", "name": { "vi": "Hộ tịch", "en": "Civil status" } },
        { "kind": "Service", "id": "VN/GOV/G15/ho-tich/x", "name": { "vi": "X", "en": "X" }, "http": { "endpoints": [{ "method": "GET", "path": "/*" }] } },
        { "kind": "Grant", "id": "g-khai-sinh", "client": "VN/GOV/G01/mot-cua", "service": "VN/GOV/G15/ho-tich/x",
          "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": "all", "per_second": 1 },
    ]);
    let refused = apply(&db, &serde_json::from_value::<Vec<_>>(taken).unwrap()).await;
    assert!(matches!(refused, Err(Fault::Contradictory { .. })), "{refused:?}");
    let mut tx = db.read().await.unwrap();
    assert_eq!(Grant::load(&mut tx, "g-khai-sinh").await.unwrap(), None);
    let bin = Bin::of(&"VN/GOV/G01/mot-cua".parse().unwrap(), &"VN/GOV/G01/dan-cu/nguoi".parse().unwrap());
    assert!(grant::of_bin(&mut tx, bin).await.unwrap().0.is_empty());
    let last = change::list(&mut tx, 0, change::PAGE).await.unwrap().pop().unwrap();
    assert_eq!((last.act.as_str(), last.why.as_str()), ("revoked", "dùng sai mục đích"));
    drop(tx);
    let effects = apply(&db, &documents()).await.unwrap();
    assert_eq!(effects.iter().filter(|effect| effect.outcome == Outcome::Created).count(), 1);
}
