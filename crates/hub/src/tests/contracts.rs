//! Contracts of the Open Data Contract Standard in the registry.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::apply;
use super::world::{World, documents};
use crate::catalogue::contract::Contract;
use crate::hub::open_store;
use crate::kinds::{Document, Kind, load};
use crate::store::Db;

/// The contract of the small registry, changed.
pub(super) fn contract(version: &str, change: impl Fn(&mut Value)) -> Document {
    let found = documents().into_iter().find(|document| document.kind() == Kind::Contract).unwrap();
    let mut odcs = found.members().unwrap()["odcs"].clone();
    odcs["version"] = json!(version);
    change(&mut odcs);
    Document::Contract(Box::new(Contract::of("VN/GOV/G01/dan-cu/nguoi".parse().unwrap(), odcs).unwrap()))
}

async fn refused(db: &Db, contract: Document, expect: &str) {
    let fault = apply(db, &[contract]).await.expect_err(expect);
    assert!(fault.en().contains(expect), "{fault}");
}

pub(super) async fn a_contract_binds_every_field_and_keeps_what_was_agreed(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let property =
        |odcs: &mut Value, member: &str, value: Value| odcs["schema"][0]["properties"][1][member] = value;
    // A draft may be incomplete; what is in force may not (DD-02, CN-07).
    let bare = |status: &'static str| {
        contract("2.0.0", move |odcs| {
            odcs["status"] = json!(status);
            odcs["schema"][0]["properties"][1].as_object_mut().unwrap().remove("authoritativeDefinitions");
        })
    };
    apply(&db, &[bare("draft")]).await.unwrap();
    refused(&db, bare("active"), "DD-02").await;
    refused(&db, contract("2.0.0", |odcs| property(odcs, "classification", json!("secret"))), "CN-07").await;
    refused(&db, contract("2.0.0", |odcs| property(odcs, "classification", json!("khác"))), "classification")
        .await;
    let bound = |url: &'static str| {
        contract("2.0.0", move |odcs| {
            property(odcs, "authoritativeDefinitions", json!([{ "url": url, "type": "businessDefinition" }]))
        })
    };
    refused(&db, bound("urn:lienthong:term:ndg:ID-999@1.0.0"), "ndg:ID-999").await;
    refused(&db, bound("urn:lienthong:term:ndg:ID-004@9.0.0"), "is not approved").await;
    // The fields and the key are those of the service.
    refused(&db, contract("2.0.0", |odcs| property(odcs, "name", json!("khac"))), "on one side only").await;
    refused(&db, contract("2.0.0", |odcs| property(odcs, "primaryKey", json!(true))), "primaryKey").await;
    refused(&db, contract("3.0.0", |odcs| odcs["status"] = json!("xong")), "status").await;
    refused(&db, contract("hai", |_| ()), "three numbers").await;
    refused(&db, contract("2.0.0", |odcs| odcs["apiVersion"] = json!("v3.0.2")), "v3.1.0").await;
    refused(&db, contract("2.0.0", |odcs| odcs["schema"] = json!("khác")), "/schema").await;
    // What was in force is ended, not changed; and what breaks its users has a new major (DD-03).
    refused(&db, contract("1.0.0", |odcs| odcs["name"] = json!("Khác")), "only its status may change").await;
    refused(&db, contract("1.1.0", |odcs| property(odcs, "logicalType", json!("integer"))), "DD-03").await;
    apply(&db, &[contract("1.1.0", |odcs| property(odcs, "required", json!(true)))]).await.unwrap();
    refused(&db, contract("1.2.0", |_| ()), "required").await;
    apply(&db, &[contract("2.0.0", |odcs| property(odcs, "logicalType", json!("integer")))]).await.unwrap();
    apply(&db, &[contract("1.0.0", |odcs| odcs["status"] = json!("deprecated"))]).await.unwrap();
    refused(&db, contract("1.0.0", |_| ()), "only goes on").await;
    // Both majors are there.
    let mut tx = db.read().await.unwrap();
    for id in ["dan-cu.nguoi@1.0.0", "dan-cu.nguoi@1.1.0", "dan-cu.nguoi@2.0.0"] {
        assert!(load(&mut tx, Kind::Contract, id).await.unwrap().is_some(), "{id}");
    }
    let newest = crate::catalogue::contract::in_force(&mut tx, &"VN/GOV/G01/dan-cu/nguoi".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(newest.unwrap().id, "dan-cu.nguoi@2.0.0");
}

#[tokio::test]
async fn contracts_go_in_and_out_as_the_standard_has_them() {
    let world = World::new().await;
    apply(&world.hub.db, &documents()).await.unwrap();
    let auth = [("authorization", world.token.as_str())];
    let raw = async |path: &str| {
        use axum::body::Body;
        use http_body_util::BodyExt as _;
        use tower::ServiceExt as _;
        let request =
            axum::http::Request::get(path).header(auth[0].0, auth[0].1).body(Body::empty()).unwrap();
        let answer = crate::api::routes(world.hub.clone()).0.oneshot(request).await.unwrap();
        String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    };
    let yaml = raw("/api/v1/contracts/dan-cu.nguoi@1.0.0").await;
    assert!(yaml.starts_with("apiVersion: v3.1.0"), "{yaml}");
    let post = async |yaml: String| {
        let path = "/api/v1/contracts?service=VN%2FGOV%2FG01%2Fdan-cu%2Fnguoi&reason=x";
        let (status, _, answer) = world.exchange("POST", path, &auth, yaml).await;
        (status, answer)
    };
    assert_eq!(post(yaml.clone()).await.1["effects"][0]["outcome"], "unchanged");
    let (status, answer) =
        post(yaml.replacen("1.0.0", "2.0.0", 1).replace("logicalType: string", "logicalType: integer")).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (_, _, told) = world
        .exchange(
            "GET",
            "/api/v1/contracts/dan-cu.nguoi@1.0.0/differences?with=dan-cu.nguoi@2.0.0",
            &auth,
            String::new(),
        )
        .await;
    assert_eq!((&told["breaking"], &told["items"][0]["what"]), (&json!(true), &json!("type")));
    // Broken YAML is told with its line, and nothing stays.
    let (status, problem) = post(yaml.replace("kind: DataContract", "kind: [")).await;
    assert_eq!((status, problem["title"].as_str()), (StatusCode::BAD_REQUEST, Some("LT-7102")));
    assert!(problem["detail"].as_str().unwrap().contains("line"), "{problem}");
    let bomb = format!(
        "{}\na: &a [x,x,x,x,x,x,x,x,x,x]\n{}",
        yaml,
        (0..9)
            .map(|n| format!(
                "{}: &{} [*{1},*{1},*{1},*{1},*{1},*{1},*{1},*{1},*{1},*{1}]\n",
                (b'b' + n) as char,
                (b'a' + n) as char
            ))
            .collect::<String>()
    );
    assert_eq!(post(bomb).await.0, StatusCode::BAD_REQUEST);
    // A draft has the service's fields, and proposes a term where one goes by the name.
    let draft = raw("/api/v1/services/VN%2FGOV%2FG01%2Fdan-cu%2Fnguoi/contract-draft").await;
    assert!(draft.contains("name: so_dinh_danh") && draft.contains("primaryKey: true"), "{draft}");
    let (status, _) = post(draft.replace("id: dan-cu.nguoi", "id: nhap")).await;
    assert_eq!(status, StatusCode::OK);
}
