//! Procedures, scopes and packs: what nodes get of them, what follows from a change of one, and the workbook.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::{Timestamp, ToSpan as _};
use model::contain::{Reach, uncovered};
use model::directory::Part;
use model::fault::Fault;
use model::grant::{Fields, Grant};
use model::procedure::Procedure;
use model::scope::Scope;
use model::time::Validity;
use serde_json::{Value, json};

use super::apply;
use super::contracts::contract;
use super::world::{World, context, procedure};
use crate::audit::change::AuditContext;
use crate::kinds::{Document, Kind, apply as kinds, load};
use crate::registry::every;
use crate::reuse::bind::Offers;
use crate::reuse::compile::{Compiled, Times, asked, compiled};
use crate::reuse::{bind, sheet};
use crate::store::Db;

const ID: &str = "1.001193@1";

/// One of each kind, whose scope is for its procedure.
fn documents() -> Vec<Document> {
    let mut all = super::world::documents();
    for document in &mut all {
        if let Document::Scope(scope) = document {
            scope.procedures = ["1.001193".to_owned()].into();
        }
    }
    all
}

async fn published(world: &World) -> Procedure {
    let now: Timestamp = "2026-11-30T08:00:00Z".parse().unwrap();
    let mut tx = world.hub.db.read().await.unwrap();
    let content =
        world.hub.directory.content(&mut tx, &Part::Procedure(ID.into()), now, &mut Vec::new()).await;
    serde_json::from_slice(&content.unwrap().unwrap()).unwrap()
}

async fn touched(db: &Db) -> Vec<String> {
    let mut tx = db.write().await.unwrap();
    let rows: Vec<(String,)> =
        crate::store::all!(tx, "SELECT part FROM directory_touched ORDER BY part").unwrap();
    crate::store::run!(tx, "DELETE FROM directory_touched").unwrap();
    tx.commit().await.unwrap();
    rows.into_iter().map(|(part,)| part).collect()
}

fn document(kind: &str) -> Value {
    let found = documents().into_iter().find(|document| document.subject().0 == kind).unwrap();
    serde_json::to_value(found).unwrap()
}

fn read(document: Value) -> Vec<Document> {
    vec![serde_json::from_value(document).unwrap()]
}

#[tokio::test]
async fn nodes_get_procedures_bound_to_fields_with_the_days_on_which_each_ask_may_be_asked() {
    let world = World::new().await;
    let db = &world.hub.db;
    apply(db, &documents()).await.unwrap();
    let ask = |procedure: &Procedure| procedure.requirements[0].alternatives[0].asks[0].clone();
    let days = ask(&published(&world).await).published.unwrap();
    assert_eq!(
        (days.len(), days[0].clients.as_str(), days[0].valid),
        (1, "VN/GOV/*/mot-cua", Validity::default())
    );
    touched(db).await;
    // The scope ends on a day: nodes hear of it.
    let mut scope = document("Scope");
    scope["valid_to"] = json!("2027-03-01");
    apply(db, &read(scope.clone())).await.unwrap();
    assert!(touched(db).await.contains(&"procedure~1.001193~1".to_owned()));
    assert_eq!(
        ask(&published(&world).await).published.unwrap()[0].valid.valid_to,
        Some("2027-03-01".parse().unwrap())
    );
    // It loses a field, and with it what asks for the field.
    scope["fields"] = json!(["so_dinh_danh"]);
    apply(db, &read(scope)).await.unwrap();
    assert_eq!(ask(&published(&world).await).published, Some(Vec::new()));
    let mut tx = db.write().await.unwrap();
    kinds::remove(&mut tx, Kind::Scope, "dan-cu-nguoi@1", &context("thôi công bố")).await.unwrap();
    tx.commit().await.unwrap();
    assert!(touched(db).await.contains(&"procedure~1.001193~1".to_owned()));
}

#[tokio::test]
async fn a_contract_that_drops_what_a_procedure_uses_names_it_before_it_is_in_force() {
    let world = World::new().await;
    let db = &world.hub.db;
    apply(db, &documents()).await.unwrap();
    let mut by_term = procedure();
    by_term["requirements"][0]["alternatives"][0]["asks"][0]["claims"][0] =
        json!({ "term": "ndg:ID-004@1.0.0", "use": { "fill": "nguoi.ho_ten" } });
    // Two fields of the contract are bound to that term.
    let refused = apply(db, &read(by_term)).await.unwrap_err();
    assert!(refused.en().contains("bound to several fields"), "{refused}");
    let draft = contract("2.0.0", |odcs| {
        odcs["schema"][0]["properties"][1]["authoritativeDefinitions"] = json!([]);
        odcs["status"] = json!("draft");
    });
    apply(db, &[draft]).await.unwrap();
    // The service loses the column; its contract follows.
    let mut service = document("Service");
    service["dataset"]["fields"].as_array_mut().unwrap().pop();
    let next = contract("2.0.0", |odcs| drop(odcs["schema"][0]["properties"].as_array_mut().unwrap().pop()));
    let mut both = read(service);
    both.push(next);
    let refused = apply(db, &both).await.unwrap_err();
    assert!(refused.en().contains(ID) || refused.en().contains("ho_ten"), "{refused}");
}

#[tokio::test]
async fn what_is_in_force_is_ended_and_not_changed() {
    let world = World::new().await;
    let db = &world.hub.db;
    apply(db, &documents()).await.unwrap();
    let mut begun = procedure();
    begun["source"] = json!("khác");
    apply(db, &read(begun.clone())).await.unwrap();
    begun["valid_from"] = json!("2026-01-01");
    apply(db, &read(begun.clone())).await.unwrap();
    begun["source"] = json!("khác nữa");
    let refused = apply(db, &read(begun.clone())).await.unwrap_err();
    assert!(refused.en().contains("can only be ended"), "{refused}");
    let mut tx = db.write().await.unwrap();
    let refused = kinds::remove(&mut tx, Kind::Procedure, ID, &context("bãi bỏ")).await.unwrap_err();
    assert!(refused.en().contains("is not removed"), "{refused}");
    drop(tx);
    begun["source"] = json!("khác");
    begun["valid_to"] = json!("2027-01-01");
    apply(db, &read(begun)).await.unwrap();
}

#[tokio::test]
async fn nobody_adds_a_version_to_a_procedure_of_another_ministry() {
    let world = World::new().await;
    let db = &world.hub.db;
    apply(db, &documents()).await.unwrap();
    let of = |agency| {
        let officer = super::world::officer("can-bo-bo", agency, &crate::audit::right::Role::ALL);
        AuditContext::new(&officer, "thử", "2026-11-23T08:00:00Z".parse().unwrap()).unwrap()
    };
    let mut next = procedure();
    next["id"] = json!("1.001193@2");
    for owner in ["VN/GOV/G15", "VN/GOV/G01"] {
        next["owner"] = json!(owner);
        let mut tx = db.write().await.unwrap();
        let refused = kinds::apply(&mut tx, &read(next.clone()), &of(Some("VN/GOV/G15"))).await;
        assert!(matches!(refused, Err(Fault::NotTheirs { .. })), "{owner}: {refused:?}");
    }
    let mut tx = db.write().await.unwrap();
    kinds::apply(&mut tx, &read(next.clone()), &of(Some("VN/GOV/G01"))).await.unwrap();
    drop(tx);
    // Where a procedure changes hands, the hub writes the next version; then neither ministry writes alone what concerns both.
    next["owner"] = json!("VN/GOV/G15");
    apply(db, &read(next.clone())).await.unwrap();
    next["assurance"] = json!(3);
    let mut tx = db.write().await.unwrap();
    let refused = kinds::apply(&mut tx, &read(next), &of(Some("VN/GOV/G15"))).await;
    assert!(matches!(refused, Err(Fault::NotTheirs { .. })), "{refused:?}");
}

/// The law of the chain: whatever the scopes and procedures are, what a compiled grant lets be asked is within the scope and within the
/// procedure; it changes and ends with both; and each ask that nodes are told may be asked is within one grant.
#[tokio::test]
async fn compiled_grants_are_within_scope_and_procedure_and_follow_them() {
    let world = World::new().await;
    let db = &world.hub.db;
    apply(db, &documents()).await.unwrap();
    let scope = document("Scope");
    let changes: [(&str, Value, usize); 8] = [
        ("valid_from", json!("2099-06-01"), 1),
        ("valid_to", json!("2100-01-01"), 1),
        ("fields", json!(["ho_ten", "so_dinh_danh"]), 1),
        ("clients", json!(["VN/GOV/*/mot-cua", "VN/LOC/*/mot-cua"]), 2),
        ("fields", json!(["ho_ten"]), 0),
        ("operations", json!([{ "method": "GET", "path": "/*" }]), 0),
        ("procedures", json!(["9.999"]), 0),
        ("valid_to", json!("2099-01-01"), 0),
    ];
    let compiled = async || {
        let mut tx = db.read().await.unwrap();
        let grants = every::<Grant>(&mut tx, &[]).await.unwrap();
        grants.into_iter().filter(|grant| grant.id.starts_with("TSD-")).collect::<Vec<_>>()
    };
    let before = compiled().await;
    assert_eq!(before.len(), 1);
    assert!(before[0].id.starts_with("TSD-1.001193-") && before[0].client.is_class());
    for (member, value, count) in changes {
        let mut changed = scope.clone();
        changed[member] = value.clone();
        apply(db, &read(changed)).await.unwrap();
        let grants = compiled().await;
        assert_eq!(grants.len(), count, "{member} {value}");
        all_within(db, &grants).await;
    }
    // The same scope again: the same grant, under the same name.
    apply(db, &read(scope)).await.unwrap();
    assert_eq!(compiled().await, before);
    // Nobody issues, changes or revokes one by hand.
    let mut by_hand = serde_json::to_value(Document::Grant(Box::new(before[0].clone()))).unwrap();
    apply(db, &read(by_hand.clone())).await.unwrap();
    by_hand["per_second"] = json!(9);
    assert!(apply(db, &read(by_hand.clone())).await.unwrap_err().en().contains("scope"), "changed");
    by_hand["id"] = json!("TSD-khac");
    assert!(apply(db, &read(by_hand)).await.unwrap_err().en().contains("scope"), "issued");
    let mut tx = db.write().await.unwrap();
    let refused = crate::granting::grant::revoke(&mut tx, &before[0].id, &context("thử")).await;
    assert!(matches!(refused, Err(Fault::Contradictory { .. })), "{refused:?}");
    drop(tx);
    // It ends with the procedure.
    let mut tx = db.write().await.unwrap();
    kinds::remove(&mut tx, Kind::Procedure, ID, &context("bãi bỏ")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(compiled().await, []);
}

fn scope(id: &str, changes: Value) -> Scope {
    let mut scope = document("Scope");
    let members = scope.as_object_mut().unwrap();
    members.remove("kind");
    members.insert("id".into(), json!(id));
    members.extend(changes.as_object().unwrap().clone());
    serde_json::from_value(scope).unwrap()
}

/// Grants of a procedure: whose they are, what they let be called and seen, how often, from which scopes, until when.
fn follows(
    versions: Vec<Value>,
    scopes: &[Scope],
    today: &str,
) -> Vec<(String, String, String, u32, String, String)> {
    let of = |mut version: Value| {
        version.as_object_mut().unwrap().remove("kind");
        serde_json::from_value(version).unwrap()
    };
    let versions: Vec<Procedure> = versions.into_iter().map(of).collect();
    let times = Times { today: today.parse().unwrap(), grace: 33.days() };
    let joined = |all: Vec<String>| all.join(" ");
    let told = |one: Compiled| {
        let Fields::Only(fields) = one.grant.fields else { panic!("all fields") };
        let paths = one.grant.endpoints.unwrap_or_default().iter().map(|one| one.path.to_string()).collect();
        (
            one.grant.client.as_str().to_owned(),
            joined(paths),
            joined(fields.into_iter().collect()),
            one.grant.per_second.get(),
            joined(one.scopes.into_iter().collect()),
            one.grant.valid_to.map(|day| day.to_string()).unwrap_or_default(),
        )
    };
    let service = "VN/GOV/G01/dan-cu/nguoi".parse().unwrap();
    compiled(&versions, &service, scopes, times).into_iter().map(told).collect()
}

#[test]
fn a_grant_has_rate_and_scopes_of_its_own_class_and_no_field_that_another_operation_has() {
    let mut both = procedure();
    both["deeds"] = json!([{ "id": "ghi", "name": { "vi": "Ghi", "en": "Entry" }, "service": "VN/GOV/G01/dan-cu/nguoi", "path": "/ghi",
        "body": { "ten": "nguoi.ho_ten" }, "gives": { "so": "nguoi.so_ghi" } }]);
    let entry = json!([{ "method": "POST", "path": "/ghi" }]);
    let scopes = [
        scope("tra-cuu@1", json!({})),
        scope("ghi@1", json!({ "operations": entry, "fields": ["so"], "per_second": 3 })),
        scope("thua@1", json!({ "fields": ["khac"], "per_second": 1 })),
        scope("lop-khac@1", json!({ "clients": ["VN/LOC/*/mot-cua"], "per_second": 900 })),
    ];
    let line = |class: &str, path: &str, fields: &str, rate, scope: &str| {
        (class.to_owned(), path.to_owned(), fields.to_owned(), rate, scope.to_owned(), String::new())
    };
    assert_eq!(
        follows(vec![both], &scopes, "2026-12-01"),
        [
            line("VN/GOV/*/mot-cua", "/find", "ho_ten so_dinh_danh", 5, "tra-cuu@1"),
            line("VN/GOV/*/mot-cua", "/ghi", "so", 3, "ghi@1"),
            line("VN/LOC/*/mot-cua", "/find", "ho_ten so_dinh_danh", 900, "lop-khac@1"),
        ]
    );
}

#[test]
fn cases_go_on_for_a_while_by_a_version_that_has_ended_and_then_its_grants_end() {
    let mut ended = procedure();
    ended["valid_from"] = json!("2026-01-01");
    ended["valid_to"] = json!("2026-06-01");
    let until = |today| {
        follows(vec![ended.clone()], &[scope("tra-cuu@1", json!({}))], today)
            .into_iter()
            .map(|one| one.5)
            .collect::<Vec<_>>()
    };
    assert_eq!(until("2026-06-10"), ["2026-07-04"]);
    assert_eq!(until("2026-07-04"), Vec::<String>::new());
}

#[tokio::test]
async fn a_service_keeps_what_procedures_find_records_by_and_one_that_cannot_be_met_any_more_can_be_ended() {
    let world = World::new().await;
    let db = &world.hub.db;
    apply(db, &documents()).await.unwrap();
    let mut begun = procedure();
    begun["valid_from"] = json!("2026-01-01");
    begun["requirements"][0]["otherwise"] = json!("nothing");
    apply(db, &read(begun.clone())).await.unwrap();
    let mut service = document("Service");
    service["dataset"]["key"] = json!("ho_ten");
    let refused = apply(db, &read(service)).await.unwrap_err();
    assert!(refused.en().contains(ID), "{refused}");
    // Its scope is withdrawn: nothing of it can be met, and it is ended.
    let mut tx = db.write().await.unwrap();
    kinds::remove(&mut tx, Kind::Scope, "dan-cu-nguoi@1", &context("thôi công bố")).await.unwrap();
    tx.commit().await.unwrap();
    begun["valid_to"] = json!("2027-01-01");
    apply(db, &read(begun)).await.unwrap();
}

async fn all_within(db: &Db, grants: &[Grant]) {
    let mut tx = db.read().await.unwrap();
    let scopes = every::<Scope>(&mut tx, &[]).await.unwrap();
    let procedures = every::<Procedure>(&mut tx, &[]).await.unwrap();
    for procedure in &procedures {
        let offers = Offers::load(&mut tx, procedure).await.unwrap();
        let (bound, _) = bind::bound(procedure, &offers);
        for grant in grants.iter().filter(|grant| grant.uses[0].purpose == procedure.purpose) {
            let Fields::Only(fields) = &grant.fields else { panic!("all fields") };
            let reach = Reach {
                service: grant.service.clone(),
                operations: grant.endpoints.clone().unwrap(),
                fields: Some(fields.clone()),
                purposes: Some([procedure.purpose.clone()].into()),
                clients: [grant.client.as_str().to_owned()].into(),
                valid: grant.validity(),
            };
            let allowed: Vec<Reach> =
                scopes.iter().filter_map(|scope| scope.reach(procedure.code(), &procedure.purpose)).collect();
            assert_eq!(uncovered(std::slice::from_ref(&reach), &allowed), None, "scope ⊇ grant");
            let asks = asked(&bound, &grant.service, grant.client.as_str(), Validity::default());
            assert_eq!(uncovered(std::slice::from_ref(&reach), &asks), None, "procedure ⊇ grant");
            // What nodes are told may be asked is what the grant lets be asked.
            let told = bind::published(procedure, &offers);
            let ask = &told.requirements[0].alternatives[0].asks[0];
            for days in ask.published.iter().flatten().filter(|days| days.clients == grant.client.as_str()) {
                assert_eq!(days.valid.valid_to, grant.valid_to);
            }
        }
    }
}

#[tokio::test]
async fn a_workbook_goes_out_and_in_and_its_mistakes_are_told_by_cell() {
    let world = World::new().await;
    apply(&world.hub.db, &documents()).await.unwrap();
    let get = |path: &str| {
        Request::get(path.to_owned()).header("authorization", &world.token).body(Body::empty()).unwrap()
    };
    let (status, _, book) = world.bytes(get("/api/v1/procedure-book")).await;
    assert_eq!(status, StatusCode::OK);
    let post = |bytes: Vec<u8>, dry: bool| {
        let path = format!("/api/v1/procedure-book?reason=th%E1%BB%AD&dry_run={dry}");
        Request::post(path).header("authorization", &world.token).body(Body::from(bytes)).unwrap()
    };
    let (status, _, told) = world.answer(post(book.clone(), false)).await;
    assert_eq!(
        (status, told["effects"].as_array().map(Vec::len), &told["read"]),
        (StatusCode::OK, Some(0), &json!(1)),
        "{told}"
    );
    let (mut procedures, _) = sheet::read(&book).unwrap();
    procedures[0].assurance = 3;
    let changed = sheet::write(&procedures).unwrap();
    let (_, _, told) = world.answer(post(changed.clone(), true)).await;
    assert_eq!(
        (&told["effects"][0]["differences"]["assurance"], &told["dry_run"]),
        (&json!([2, 3]), &json!(true)),
        "{told}"
    );
    let stands = async || {
        let mut tx = world.hub.db.read().await.unwrap();
        match load(&mut tx, Kind::Procedure, ID).await.unwrap() {
            Some(Document::Procedure(procedure)) => procedure.assurance,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(stands().await, 2, "a dry run writes nothing");
    let (status, ..) = world.answer(post(changed, false)).await;
    assert_eq!((status, stands().await), (StatusCode::OK, 3));
    // One is wrong among two: nothing is taken.
    let mut other = procedures[0].clone();
    other.id = "1.000001@1".into();
    other.requirements[0].role = "khac".into();
    procedures[0].assurance = 4;
    procedures.insert(0, other);
    let (status, _, told) = world.answer(post(sheet::write(&procedures).unwrap(), false)).await;
    assert!(status.is_client_error() && told.to_string().contains("yeu-cau!E2"), "{told}");
    assert_eq!(stands().await, 3);
    let (status, ..) = world.answer(post(b"PK\x03\x04 bom".to_vec(), false)).await;
    assert!(status.is_client_error());
}

#[tokio::test]
async fn it_is_told_what_is_required_what_replaces_it_and_what_nobody_has_published() {
    let world = World::new().await;
    let mut documents = documents();
    // In force today, with one requirement that data of another ministry would show.
    let mut today = procedure();
    today["valid_from"] = json!("2026-01-01");
    let name = json!({ "vi": "Giấy chứng sinh", "en": "Notice of birth" });
    today["requirements"].as_array_mut().unwrap().push(json!({ "id": "chung-sinh", "name": name, "role": "nguoi", "otherwise": "paper",
        "paper": { "code": "chung-sinh", "name": name }, "alternatives": [{ "asks": [], "holder": "VN/GOV/G15" }] }));
    documents.retain(|document| document.kind() != Kind::Procedure);
    documents.extend(read(today));
    apply(&world.hub.db, &documents).await.unwrap();
    let get = async |path: &str| world.send("GET", path, Some(&world.token), Value::Null).await.1;
    let list = get("/api/v1/procedures?total=true").await;
    assert_eq!(
        (&list["total"], &list["items"][0]["papers"], &list["items"][0]["replaced"]),
        (&json!(1), &json!(2), &json!(1)),
        "{list}"
    );
    let one = get(&format!("/api/v1/procedures/{}", ID.replace('@', "%40"))).await;
    assert_eq!(
        (&one["requirements"][0]["replaced"], &one["requirements"][1]["replaced"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(one["requirements"][1]["alternatives"][0]["holder"], "VN/GOV/G15");
    assert_eq!(one["requirements"][0]["alternatives"][0]["asks"][0]["scopes"], json!(["dan-cu-nguoi@1"]));
    let of = get("/api/v1/publications").await;
    assert_eq!(of["items"][0]["owner"], "VN/GOV/G01");
    assert_eq!(
        (&of["items"][1]["owner"], &of["items"][1]["missing"][0]["requirement"]),
        (&json!("VN/GOV/G15"), &json!({ "vi": "Giấy chứng sinh", "en": "Notice of birth" }))
    );
    let (status, checked) =
        world.send("POST", "/api/v1/procedures/1.001193%401/check", Some(&world.token), json!({})).await;
    assert_eq!((status, &checked["sound"]), (StatusCode::OK, &json!(true)), "{checked}");
    let mut members = procedure();
    members.as_object_mut().unwrap().remove("kind");
    members["form"][0]["fact"] = json!("nguoi.khong_ai_biet");
    let body = json!({ "members": members });
    let (_, checked) =
        world.send("POST", "/api/v1/procedures/1.001193%401/check", Some(&world.token), body).await;
    assert_eq!(
        (&checked["sound"], &checked["findings"][0]["place"]),
        (&json!(false), &json!("form.0.fact")),
        "{checked}"
    );
}
