//! What is named is there, and stays: over everything that a registry of all kinds names.

use std::collections::BTreeSet;

use model::fault::Fault;
use serde_json::json;

use super::catalogue::whole;
use super::world::documents;
use super::{apply, context};
use crate::audit::change;
use crate::granting::grant;
use crate::hub::open_store;
use crate::kinds::{Document, Kind, apply as kinds, with_subject};
use crate::registry::Subject as _;
use crate::registry::references::Reference;
use crate::store::{Db, run};

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
        { "kind": "Task", "id": "nv-thu-2", "directive": "cd-thu", "text": name, "reviewer": "VN/GOV/G15", "depends_on": ["nv-thu"],
          "condition": { "review": { "asks": name } } },
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
        "Scope",
        "Procedure",
        "Grant",
        "Directive",
        "Task",
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
        assert!(is_missed(&refused, &expected), "{document:?} without {expected}: {refused:?}");
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

/// Whether it is told that a thing is not there that something names, alone or among other mistakes.
fn is_missed<T>(refused: &Result<T, Fault>, expected: &str) -> bool {
    let told = |fault: &Fault| matches!(fault, Fault::Dangling { missing, .. } if missing == expected);
    match refused {
        Err(Fault::Mistaken { mistakes }) => mistakes.list().iter().any(|mistake| told(&mistake.fault)),
        Err(fault) => told(fault),
        Ok(_) => false,
    }
}

pub(super) async fn what_others_name_is_not_removed(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let remove = async |kind: Kind, name: &str| {
        let mut tx = db.write().await?;
        kinds::remove(&mut tx, kind, name, &context("thừa")).await?;
        tx.commit().await
    };
    for document in documents() {
        let stays = !matches!(
            document.kind(),
            Kind::Node
                | Kind::Duty
                | Kind::Crosswalk
                | Kind::RulePack
                | Kind::ReusePack
                | Kind::Scope
                | Kind::Procedure
                | Kind::Task
        );
        if stays {
            let refused = remove(document.kind(), document.name()).await;
            assert!(
                matches!(refused, Err(Fault::Contradictory { .. })),
                "{:?}: {refused:?}",
                document.subject()
            );
        }
    }
    assert!(matches!(remove(Kind::Duty, "khac").await, Err(Fault::NotInRegistry { .. })));
    // From the outside in.
    let mut ended = documents();
    ended.retain(|document| document.kind() == Kind::Contract);
    if let Some(Document::Contract(contract)) = ended.first_mut() {
        contract.odcs["status"] = json!("retired");
    }
    apply(&db, &ended).await.unwrap();
    let mut tx = db.write().await.unwrap();
    grant::revoke(&mut tx, "g-khai-sinh", &context("thôi dùng")).await.unwrap();
    tx.commit().await.unwrap();
    for (kind, name) in [
        (Kind::Task, "nv-thu"),
        (Kind::Directive, "cd-thu"),
        (Kind::Duty, "dan-cu-ngay-sinh"),
        (Kind::Procedure, "1.001193@1"),
        (Kind::Scope, "dan-cu-nguoi@1"),
        (Kind::Database, "VNDB-013"),
        (Kind::Service, "VN/GOV/G01/dan-cu/nguoi"),
        (Kind::Node, "VN/GOV/G01/nut-1"),
        (Kind::System, "VN/GOV/G01/mot-cua"),
        (Kind::System, "VN/GOV/G01/dan-cu"),
        (Kind::Purpose, "khai-sinh"),
        (Kind::LegalBasis, "nd-70"),
    ] {
        remove(kind, name).await.unwrap_or_else(|fault| panic!("{kind:?} {name}: {fault}"));
    }
    let last = change::list(&mut db.read().await.unwrap(), 0, change::PAGE).await.unwrap().pop().unwrap();
    assert_eq!((last.act.as_str(), last.subject.as_str(), last.after), ("removed", "nd-70", None));
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

/// By the store's own keys, where nothing was written down of what is named.
pub(super) async fn what_only_a_spoilt_row_names_stays_too(url: &str) {
    let db = open_store(url).await.unwrap();
    let system = json!([
        { "kind": "Agency", "id": "VN/GOV/G07", "name": { "vi": "A", "en": "A" }, "bloc": "government" },
        { "kind": "System", "id": "VN/GOV/G07/so", "name": { "vi": "A", "en": "A" } },
    ]);
    apply(&db, &serde_json::from_value::<Vec<_>>(system).unwrap()).await.unwrap();
    let mut tx = db.write().await.unwrap();
    run!(
        tx,
        "INSERT INTO service (id, system, agency, name_vi, name_en, offer) VALUES ('VN/GOV/G07/so/hong', 'VN/GOV/G07/so', 'VN/GOV/G07', 'A', 'A', '{')"
    )
    .unwrap();
    let refused = kinds::remove(&mut tx, Kind::System, "VN/GOV/G07/so", &context("thử")).await;
    assert!(
        matches!(&refused, Err(Fault::Contradictory { subject, .. }) if subject == "System VN/GOV/G07/so"),
        "{refused:?}"
    );
}

/// PostgreSQL has no keys over 2,704 bytes, and of what names what the key has both names.
pub(super) async fn names_that_no_key_can_hold_are_refused(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    // Characters of four bytes, of which an identifier has twelve.
    let long = |seed: u32, characters: u32| -> String {
        let character = |number: u32| char::from_u32(0x20000 + (number * 7919 + seed * 104_729) % 40_000);
        (0..characters).map(|number| character(number).unwrap()).collect()
    };
    let name = json!({ "vi": "A", "en": "A" });
    let system = format!("VN/GOV/G01/{}", long(1, 90));
    let system = json!({ "kind": "System", "id": system, "name": name });
    let service = json!({ "kind": "Service", "id": format!("{}/{}", system["id"].as_str().unwrap(), long(2, 255)), "name": name,
        "http": { "endpoints": [{ "method": "GET", "path": "/*" }] } });
    let mut purpose = json!({ "kind": "Purpose", "code": "", "name": name });
    purpose["code"] = json!((0..12).map(|seed| long(seed, 255)).collect::<String>());
    for document in [&service, &purpose] {
        let documents = serde_json::from_value::<Vec<Document>>(json!([system, document])).unwrap();
        let refused = apply(&db, &documents).await;
        assert!(matches!(refused, Err(Fault::Contradictory { .. })), "{refused:?}");
    }
    apply(&db, &serde_json::from_value::<Vec<_>>(json!([system])).unwrap()).await.unwrap();
}
