//! What a grant says is held whatever changes beside it.

use serde_json::{Value, json};

use super::apply;
use super::world::documents;
use crate::hub::open_store;
use crate::kinds::{Document, Kind};

/// The document of a kind, changed.
fn changed(kind: &str, change: impl FnOnce(&mut Value)) -> Document {
    let document = documents().into_iter().find(|document| document.subject().0 == kind).unwrap();
    let mut value = serde_json::to_value(&document).unwrap();
    change(&mut value);
    serde_json::from_value(value).unwrap()
}

fn limited() -> Document {
    changed("Grant", |grant| grant["rows"] = json!([{ "field": "ho_ten", "one_of": ["A"] }]))
}

fn as_api() -> Document {
    changed("Service", |service| {
        service.as_object_mut().unwrap().remove("dataset");
        service["http"] = json!({ "endpoints": [{ "method": "GET", "path": "/**" }] });
    })
}

pub(super) async fn rules_of_rows_hold_when_the_service_changes(url: &str) {
    let db = open_store(url).await.unwrap();
    // A procedure that asks the service would be told first.
    let all = documents().into_iter().filter(|document| document.kind() != Kind::Procedure);
    apply(&db, &all.collect::<Vec<_>>()).await.unwrap();
    apply(&db, &[limited()]).await.unwrap();
    let without = changed("Service", |service| {
        service["dataset"]["fields"] = json!([{ "name": "so_dinh_danh", "label": { "vi": "a", "en": "a" } }]);
    });
    for service in [as_api(), without] {
        let refused = apply(&db, &[service]).await.unwrap_err();
        assert_eq!(refused.code(), "LT-7104", "{refused}");
        assert!(refused.en().contains("g-khai-sinh"), "{refused}");
    }
    let refused = apply(&db, &[as_api(), limited()]).await.unwrap_err();
    assert_eq!(refused.code(), "LT-7104", "{refused}");
    apply(&db, &[as_api(), changed("Grant", |_| {})]).await.unwrap();
    assert_eq!(apply(&db, &[limited()]).await.unwrap_err().code(), "LT-7104");
}

pub(super) async fn names_of_requests_are_for_their_grants(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    for (id, is_free) in [("yc-2027-000001", false), ("YC-x", false), ("yCuu", true)] {
        let applied = apply(&db, &[changed("Grant", |grant| grant["id"] = json!(id))]).await;
        assert_eq!(applied.is_ok(), is_free, "{id}: {applied:?}");
    }
}
