//! Who may change what.

use serde_json::{Value, json};

use super::apply as apply_all;
use super::world::{documents, officer};
use crate::audit::change::AuditContext;
use crate::audit::right::Role;
use crate::clock;
use crate::granting::grant;
use crate::hub::open_store;
use crate::kinds::apply;
use crate::kinds::{Document, Kind};

/// Changes something of a document.
fn rename(value: &mut Value) {
    for name in
        ["/name/vi", "/title/vi", "/text/vi", "/versions/0/name/vi", "/citation", "/standard", "/address"]
    {
        if let Some(text) = value.pointer_mut(name) {
            *text = json!("10.0.0.1:5500");
        }
    }
    match value["kind"].as_str().unwrap() {
        "Duty" => value["standard"] = json!("khác"),
        "Grant" => value["per_second"] = json!(3),
        "Term" => value["versions"][0]["status"] = json!("retired"),
        "Crosswalk" => value["source"] = json!("khác"),
        "Contract" => value["odcs"]["status"] = json!("retired"),
        _ => {}
    }
    if let Some(text) = value.pointer_mut("/versions/0/name/vi") {
        *text = json!("Tên tiếng Việt");
    }
}

pub(super) async fn an_officer_of_an_agency_changes_what_is_its_own_only(url: &str) {
    let db = open_store(url).await.unwrap();
    apply_all(&db, &documents()).await.unwrap();
    let of = |agency: &str| officer("can-bo-nganh", Some(agency), &Role::ALL);
    let try_all = async |agency: &str, change: &dyn Fn(&mut Value)| {
        let context = AuditContext::new(&of(agency), "thử", clock::now()).unwrap();
        let mut refused = Vec::new();
        for document in documents() {
            let mut value = serde_json::to_value(&document).unwrap();
            change(&mut value);
            let changed: Document = serde_json::from_value(value).unwrap();
            let mut tx = db.write().await.unwrap();
            if let Err(fault) = apply::apply(&mut tx, &[changed], &context).await {
                assert_eq!(fault.code(), "LT-7111", "{fault}");
                refused.push(document.subject().0);
            }
        }
        refused.sort_unstable();
        refused.dedup();
        refused
    };
    // The agency's own systems, nodes, services, grants and databases; the rest is the hub's or others'.
    assert_eq!(
        try_all("VN/GOV/G01", &rename).await,
        [
            "Agency",
            "CodeList",
            "Crosswalk",
            "Directive",
            "LegalBasis",
            "Purpose",
            "ReusePack",
            "RulePack",
            "Task",
            "Term"
        ]
    );
    let others = try_all("VN/GOV/G15", &rename).await.join(" ");
    assert_eq!(
        others,
        "Agency Contract Database Directive Duty Grant LegalBasis Node Procedure Purpose ReusePack RulePack Scope Service System Task"
    );
    // Nobody takes what is another's by naming himself its owner.
    let context = AuditContext::new(&of("VN/GOV/G15"), "thử", clock::now()).unwrap();
    let mut taken = serde_json::to_value(
        documents().into_iter().find(|document| document.subject().0 == "Database").unwrap(),
    )
    .unwrap();
    taken["owner"] = json!("VN/GOV/G15");
    taken["systems"] = json!([]);
    let taken: Document = serde_json::from_value(taken).unwrap();
    let mut tx = db.write().await.unwrap();
    assert_eq!(apply::apply(&mut tx, &[taken], &context).await.unwrap_err().code(), "LT-7111");
    assert_eq!(grant::revoke(&mut tx, "g-khai-sinh", &context).await.unwrap_err().code(), "LT-7111");
}

pub(super) async fn a_role_changes_what_it_is_there_for(url: &str) {
    let db = open_store(url).await.unwrap();
    apply_all(&db, &documents()).await.unwrap();
    let try_as = async |roles: &[Role]| {
        let context = AuditContext::new(&officer("ai-do", None, roles), "thử", clock::now()).unwrap();
        let mut done = Vec::new();
        for document in documents() {
            let kind = document.kind();
            let mut members = document.members().unwrap();
            match kind {
                Kind::Term => members["versions"][0]["status"] = json!("retired"),
                Kind::Crosswalk => members["source"] = json!("Khác"),
                Kind::Contract => members["odcs"]["status"] = json!("retired"),
                Kind::Node => members["address"] = json!("10.0.0.1:5500"),
                Kind::Grant => members["per_second"] = json!(3),
                Kind::LegalBasis => members["citation"] = json!("Khác"),
                Kind::Duty => members["standard"] = json!("Khác"),
                Kind::Directive => members["title"]["vi"] = json!("Khác"),
                Kind::Task => members["text"]["vi"] = json!("Khác"),
                _ => members["name"]["vi"] = json!("Khác"),
            }
            let changed = Document::read(kind, members).unwrap();
            let mut tx = db.write().await.unwrap();
            match apply::apply(&mut tx, &[changed], &context).await {
                Ok(_) => done.push(kind.word()),
                Err(fault) => assert_eq!(fault.code(), "LT-7112", "{kind:?}: {fault}"),
            }
        }
        done.sort_unstable();
        done.dedup();
        done
    };
    assert_eq!(try_as(&[]).await, Vec::<&str>::new());
    assert_eq!(try_as(&[Role::Auditor, Role::Administrator]).await, Vec::<&str>::new());
    assert_eq!(try_as(&[Role::DataOfficer]).await, ["Database", "Duty", "Grant", "Procedure", "Scope"]);
    assert_eq!(try_as(&[Role::Engineer]).await, ["Contract", "Node", "Service", "System"]);
    assert_eq!(try_as(&[Role::Steward]).await, Vec::<&str>::new(), "what was approved is not theirs to end");
    assert_eq!(try_as(&[Role::Architect]).await, ["CodeList", "Crosswalk", "Term"]);
    let hub = try_as(&[Role::HubOfficer]).await;
    assert_eq!(
        hub,
        [
            "Agency",
            "Contract",
            "Database",
            "Directive",
            "Duty",
            "Grant",
            "LegalBasis",
            "Node",
            "Procedure",
            "Purpose",
            "ReusePack",
            "RulePack",
            "Scope",
            "Service",
            "System",
            "Task"
        ]
    );
}
