//! Grants for classes of systems: found for each system of the class and for no other, made and taken back by the owner of the service alone.

use std::collections::BTreeSet;

use model::directory::{Bin, Part};
use model::grant::Grant;
use model::id::{Grantee, MemberId, SystemId};
use serde_json::{Value, json};

use super::apply as apply_all;
use super::world::{context, documents, officer};
use crate::audit::change::AuditContext;
use crate::audit::right::Role;
use crate::clock;
use crate::granting::grant;
use crate::hub::open_store;
use crate::kinds::{Document, apply};
use crate::registry::{Subject as _, every};
use crate::running::holding;
use crate::store::Db;

const SERVICE: &str = "VN/GOV/G01/dan-cu/nguoi";
const LOCALITIES: [&str; 3] = ["VN/LOC/H05", "VN/LOC/H05.1", "VN/LOC/H27"];
/// Names that differ in case, by what LIKE takes for any letter, and with a slash in one.
const CODES: [&str; 5] = ["mot-cua", "MOT-CUA", "mot_cua", "mot%2Fcua", "khac"];
const CLASSES: [&str; 7] = [
    "VN/LOC/*/mot-cua",
    "VN/LOC/*/MOT-CUA",
    "VN/LOC/*/mot_cua",
    "VN/LOC/*/mot%2Fcua",
    "VN/LOC/*/khong-ai",
    "VN/GOV/*/mot-cua",
    "VN/GOV/*/dan-cu",
];

fn grant_of(number: usize, client: &str) -> Value {
    json!({ "kind": "Grant", "id": format!("lop-{number:02}"), "client": client, "service": SERVICE, "fields": "all", "per_second": 5,
        "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }] })
}

fn read(documents: &[Value]) -> Vec<Document> {
    documents.iter().map(|document| serde_json::from_value(document.clone()).unwrap()).collect()
}

async fn found(db: &Db, filter: &str, value: &str) -> BTreeSet<String> {
    let mut tx = db.read().await.unwrap();
    let all = every::<Grant>(&mut tx, &[(filter, value)]).await.unwrap();
    all.into_iter().map(|grant| grant.id).collect()
}

pub(super) async fn a_grant_for_a_class_is_found_for_every_system_of_it_and_for_no_other(url: &str) {
    let db = open_store(url).await.unwrap();
    apply_all(&db, &documents()).await.unwrap();
    let name = json!({ "vi": "A", "en": "A" });
    let mut made = Vec::new();
    for locality in LOCALITIES {
        made.push(json!({ "kind": "Agency", "id": locality, "name": name, "bloc": "local" }));
        made.extend(
            CODES.map(|code| json!({ "kind": "System", "id": format!("{locality}/{code}"), "name": name })),
        );
    }
    let mut clients: Vec<String> = CLASSES.map(str::to_owned).to_vec();
    clients.extend(CODES.map(|code| format!("VN/LOC/H05/{code}")));
    made.extend(clients.iter().enumerate().map(|(number, client)| grant_of(number, client)));
    apply_all(&db, &read(&made)).await.unwrap();
    let mut tx = db.read().await.unwrap();
    let grants: Vec<Grant> = every(&mut tx, &[]).await.unwrap();
    assert_eq!(grants.iter().filter(|grant| grant.client.is_class()).count(), CLASSES.len());
    // Each comes back as it was written, and stands in the bin that nodes look into.
    for (number, client) in clients.iter().enumerate() {
        let kept = grants.iter().find(|grant| grant.id == format!("lop-{number:02}")).unwrap();
        assert_eq!(kept.client.as_str(), client);
        let in_bin = grant::of_bin(&mut tx, Bin::of(&kept.client, &kept.service)).await.unwrap().0;
        assert_eq!(in_bin.iter().filter(|one| one.id == kept.id).count(), 1);
        assert_eq!(kept.parts(), [Part::Grants(Bin::of(&kept.client, &kept.service))]);
        holding::of_grant(&mut tx, &kept.id).await.unwrap();
    }
    holding::of_service(&mut tx, SERVICE).await.unwrap();
    grant::conspicuous(&mut tx, None, (90, 30), "", jiff::civil::date(2026, 11, 23)).await.unwrap();
    let of_locality =
        grant::conspicuous(&mut tx, Some("VN/LOC/H27"), (90, 30), "", jiff::civil::date(2099, 1, 1));
    drop(of_locality.await.unwrap());
    drop(tx);
    let localities = LOCALITIES.iter().flat_map(|locality| CODES.map(|code| format!("{locality}/{code}")));
    let others = ["VN/GOV/G01/mot-cua", "VN/GOV/G01/dan-cu", "VN/LOC/H99/mot-cua", "XX/LOC/H05/mot-cua"];
    for system in localities.chain(others.map(str::to_owned)) {
        let id: SystemId = system.parse().unwrap();
        let by_hand = grants.iter().filter(|grant| grant.client.covers(&id)).map(|grant| grant.id.clone());
        assert_eq!(found(&db, "client", &system).await, by_hand.collect(), "{system}");
        let member = id.member();
        let reaches = |grantee: &Grantee| match grantee.system() {
            Some(own) => own.member() == member,
            None => grantee.members().trim_end_matches('*') == member.as_str().trim_end_matches(|c| c != '/'),
        };
        let by_hand = grants.iter().filter(|grant| reaches(&grant.client)).map(|grant| grant.id.clone());
        assert_eq!(found(&db, "consumer", member.as_str()).await, by_hand.collect(), "{member}");
    }
    by_its_owner_alone(&db).await;
    names_nobody(&db).await;
}

/// Whoever owns the service makes it and takes it back; nobody else, and not beyond the hub's own instance.
async fn by_its_owner_alone(db: &Db) {
    let class = read(&[grant_of(50, "VN/LOC/*/khac")]);
    for (agency, may) in [("VN/LOC/H05", false), ("VN/GOV/G15", false), ("VN/GOV/G01", true)] {
        let owner: MemberId = agency.parse().unwrap();
        let officer = officer("can-bo", Some(owner.as_str()), &Role::ALL);
        let context = AuditContext::new(&officer, "thử", clock::now()).unwrap();
        let mut tx = db.write().await.unwrap();
        let applied = apply::apply(&mut tx, &class, &context).await;
        assert_eq!(applied.is_ok(), may, "{agency}");
        assert!(may || applied.is_err_and(|fault| fault.code() == "LT-7111"), "{agency}");
        drop(tx);
        let mut tx = db.write().await.unwrap();
        assert_eq!(grant::revoke(&mut tx, "lop-00", &context).await.is_ok(), may, "{agency}");
    }
    let foreign = apply_all(db, &read(&[grant_of(51, "XX/LOC/*/mot-cua")])).await.unwrap_err();
    assert!(foreign.to_string().contains("another instance"), "{foreign}");
}

/// It holds no system in its place, and what was taken back is gone.
async fn names_nobody(db: &Db) {
    let mut tx = db.write().await.unwrap();
    grant::revoke(&mut tx, "lop-00", &context("thử")).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!found(db, "client", "VN/LOC/H27/mot-cua").await.contains("lop-00"));
    let mut tx = db.read().await.unwrap();
    for id in ["lop-00", "lop-01"] {
        let named = crate::store::all!(
            &mut tx, "SELECT to_name FROM reference WHERE from_kind = 'Grant' AND from_name = $1 AND to_kind = 'System'" => id
        );
        let named: Vec<(String,)> = named.unwrap();
        assert!(named.is_empty(), "{named:?}");
    }
}
