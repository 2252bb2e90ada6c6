//! What is named is there, and stays: over everything that a registry of all kinds names.

use std::collections::BTreeSet;

use model::fault::Fault;
use serde_json::json;

use super::catalogue::whole;
use super::world::documents;
use super::{apply, context};
use crate::hub::open_store;
use crate::kinds::{Document, Kind, apply as kinds, with_subject};
use crate::registry::Subject as _;
use crate::registry::references::Reference;
use crate::store::{Db, MIGRATIONS, run};

fn references(document: &Document) -> Vec<Reference> {
    with_subject!(document, thing => thing.references())
}

/// A registry of all kinds, in which things name their own kind as well.
fn everything() -> Vec<Document> {
    let mut all = whole();
    let name = json!({ "vi": "Tên", "en": "Name" });
    let edition = json!({ "version": "1.0.0", "status": "proposed", "name": name, "definition": "Thử", "created_by": "VN/GOV/G01",
        "owned_by": "VN/GOV/G15", "technical_name": "thu", "value_type": "code", "format": "1", "validation": "thuộc danh mục",
        "source": "thử", "related": ["ndg:ID-004"], "code_list": "gioi-tinh" });
    let own_kind = json!([
        { "kind": "Agency", "id": "VN/GOV/G01-1", "name": name, "bloc": "government", "parent": "VN/GOV/G01" },
        { "kind": "Term", "id": "thu:ID-001", "versions": [edition] },
        { "kind": "Database", "id": "VNDB-997", "name": name, "scale": "sectoral", "standing": "candidate", "successor": "VNDB-999" },
        { "kind": "CodeList", "id": "gioi-tinh-2", "name": name, "owner": "VN/GOV/G15", "source": "thử", "codes": [{ "code": "1", "vi": "Nam" }] },
        { "kind": "Crosswalk", "id": "gioi-tinh-2", "from": "gioi-tinh", "to": "gioi-tinh-2", "source": "thử",
          "pairs": [{ "from": "1", "to": "1", "relation": "exact" }] },
    ]);
    all.extend(serde_json::from_value::<Vec<Document>>(own_kind).unwrap());
    all
}

pub(super) async fn what_is_named_must_be_there_and_stays(url: &str) {
    let db = open_store(url).await.unwrap();
    let all = everything();
    let named: Vec<(&Document, Reference)> = all
        .iter()
        .flat_map(|document| references(document).into_iter().map(move |reference| (document, reference)))
        .collect();
    let kinds_that_name: BTreeSet<&str> = named.iter().map(|(document, _)| document.subject().0).collect();
    for kind in [
        "Agency",
        "System",
        "Node",
        "Service",
        "CodeList",
        "Crosswalk",
        "Term",
        "Contract",
        "Database",
        "Duty",
        "Grant",
    ] {
        assert!(kinds_that_name.contains(kind), "{kind} names nothing in the test");
    }
    for (document, reference) in &named {
        let target = (reference.kind, reference.name.as_str());
        if document.subject() == target {
            continue;
        }
        let without: Vec<Document> =
            all.iter().filter(|document| document.subject() != target).cloned().collect();
        let refused = apply(&db, &without).await;
        let expected = format!("{} {}", target.0, target.1);
        assert!(
            matches!(&refused, Err(Fault::Dangling { missing, .. }) if *missing == expected),
            "{document:?} without {expected}: {refused:?}"
        );
    }
    apply(&db, &all).await.unwrap();
    for (document, reference) in &named {
        let kind = *Kind::ALL.iter().find(|kind| kind.word() == reference.kind).unwrap();
        if document.subject() == (reference.kind, reference.name.as_str()) {
            continue;
        }
        let mut tx = db.write().await.unwrap();
        let refused = kinds::remove(&mut tx, kind, &reference.name, &context("thử")).await;
        assert!(
            matches!(&refused, Err(Fault::Contradictory { why, .. }) if why.en().contains("still named by")),
            "{document:?} names {reference:?}: {refused:?}"
        );
    }
    a_name_stands_for_itself_alone(&db).await;
}

/// Whatever signs are in it.
async fn a_name_stands_for_itself_alone(db: &Db) {
    let agency = |id: &str| json!({ "kind": "Agency", "id": id, "name": { "vi": "A", "en": "A" }, "bloc": "government" });
    let list = json!({ "kind": "CodeList", "id": "cua-ax1", "name": { "vi": "A", "en": "A" }, "owner": "VN/GOV/AX1", "source": "x",
        "codes": [{ "code": "1", "vi": "A" }] });
    let more = json!([agency("VN/GOV/A_1"), agency("VN/GOV/AX1"), list]);
    apply(db, &serde_json::from_value::<Vec<_>>(more).unwrap()).await.unwrap();
    let mut tx = db.write().await.unwrap();
    let refused = kinds::remove(&mut tx, Kind::Agency, "VN/GOV/AX1", &context("thử")).await;
    assert!(
        matches!(&refused, Err(Fault::Contradictory { why, .. }) if why.en().contains("CodeList cua-ax1")),
        "{refused:?}"
    );
    kinds::remove(&mut tx, Kind::Agency, "VN/GOV/A_1", &context("thử")).await.unwrap();
    // With what names it, it goes.
    kinds::remove(&mut tx, Kind::CodeList, "cua-ax1", &context("thử")).await.unwrap();
    kinds::remove(&mut tx, Kind::Agency, "VN/GOV/AX1", &context("thử")).await.unwrap();
}

pub(super) async fn an_upgrade_that_breaks_off_is_done_whole_the_next_time(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    // As the version before left it.
    let mut tx = db.write().await.unwrap();
    run!(tx, "DROP TABLE reference").unwrap();
    run!(tx, "ALTER TABLE usage_node DROP COLUMN reported_until").unwrap();
    let step = MIGRATIONS.iter().position(|step| step.contains("CREATE TABLE reference (")).unwrap();
    run!(tx, "DELETE FROM migration WHERE step >= $1" => i64::try_from(step).unwrap()).unwrap();
    tx.commit().await.unwrap();
    drop(db);
    let (broken_off, migrated) = Db::open(url).await.unwrap();
    assert!(migrated.is_some(), "the schema is not new before what is derived is");
    drop((migrated, broken_off));
    let db = open_store(url).await.unwrap();
    let mut tx = db.write().await.unwrap();
    for (kind, name) in
        [(Kind::Purpose, "khai-sinh"), (Kind::LegalBasis, "nd-70"), (Kind::Agency, "VN/GOV/G15")]
    {
        let refused = kinds::remove(&mut tx, kind, name, &context("thử")).await;
        assert!(matches!(refused, Err(Fault::Contradictory { .. })), "{name}: {refused:?}");
    }
}
