//! The hub's HTTP API: the rights of every operation, errors, joining, news.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use model::agency::Node;
use model::fault::Fault;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::world::{World, documents};
use super::{apply, count_changes};
use crate::api;
use crate::clock;
use crate::registry::Subject as _;

#[tokio::test]
async fn no_operation_is_done_without_rights() {
    let world = World::new().await;
    let (_, description) = api::routes(world.hub.clone());
    let description = serde_json::to_value(&description).unwrap();
    let mut visited = 0;
    for (path, operations) in description["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            visited += 1;
            if api::OPEN.iter().any(|(how, open, _)| open == path && how == method) {
                continue;
            }
            for token in [None, Some("Bearer "), Some("Bearer wrong"), Some("Basic abc")] {
                let answer =
                    world.send(&method.to_uppercase(), &path.replace(['{', '}'], ""), token, json!({})).await;
                assert_eq!(
                    (answer.0, answer.1["title"].as_str()),
                    (StatusCode::UNAUTHORIZED, Some("LT-7101")),
                    "{method} {path}"
                );
            }
        }
    }
    assert_eq!(
        visited, 251,
        "a new operation stands in this test by itself; the number says that none was lost"
    );
    assert!(
        api::OPEN.iter().all(|(method, path, _)| description["paths"][path].get(method).is_some()),
        "an exception for what is not there"
    );
}

#[tokio::test]
async fn a_dry_run_tells_and_changes_nothing() {
    let world = World::new().await;
    let documents: Vec<Value> =
        documents().iter().map(|document| serde_json::to_value(document).unwrap()).collect();
    let apply = async |dry_run: bool, reason: &str| {
        world
            .send(
                "POST",
                "/api/v1/apply",
                Some(&world.token),
                json!({ "documents": documents, "reason": reason, "dry_run": dry_run }),
            )
            .await
    };
    assert_eq!(apply(true, " ").await.1["title"], "LT-7106");
    let (status, told) = apply(true, "thử").await;
    assert_eq!((status, told["effects"].as_array().unwrap().len()), (StatusCode::OK, documents.len()));
    assert_eq!(count_changes(&world.hub.db).await, 1, "the first officer only");
    let (_, done) = apply(false, "nạp").await;
    assert_eq!(done["revision"], 1);
    let (_, again) = apply(false, "nạp lại").await;
    assert_eq!(
        (again["revision"].clone(), again["effects"][0]["outcome"].clone()),
        (json!(1), json!("unchanged"))
    );
    let (_, grants) = world.send("GET", "/api/v1/registry/grants", Some(&world.token), Value::Null).await;
    assert_eq!(grants["items"][0]["id"], "g-khai-sinh");
}

#[tokio::test]
async fn errors_say_what_is_wrong_and_what_to_do() {
    let world = World::new().await;
    let send = async |path: &str, body: Value| world.send("POST", path, Some(&world.token), body).await;
    let (status, problem) =
        send("/api/v1/apply", json!({ "documents": [{ "kind": "Agenci" }], "reason": "x" })).await;
    assert_eq!((status, problem["title"].as_str()), (StatusCode::BAD_REQUEST, Some("LT-7102")));
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .starts_with("documents[0]: cannot be read: unknown variant `Agenci`"),
        "{problem}"
    );
    assert!(problem["detail_vi"].as_str().unwrap().contains("chưa có gì thay đổi"));
    assert_eq!(send("/api/v1/grants/khong-co/revoke", json!({ "reason": "x" })).await.1["title"], "LT-7105");
    assert_eq!(
        send("/api/v1/invitations", json!({ "node": "VN/GOV/G01/nut-9", "reason": "x" })).await.1["title"],
        "LT-7105"
    );
    assert_eq!(
        send("/api/v1/invitations", json!({ "node": "VN/GOV", "reason": "x" })).await.1["title"],
        "LT-7102"
    );
    assert_eq!(
        world.send("GET", "/api/v1/registry/khac", Some(&world.token), Value::Null).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        world.send("GET", "/directory/keys/timestamp-1.key", Some(&world.token), Value::Null).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        world
            .send("GET", "/directory/metadata/..%2fkeys%2ftimestamp-1.key", Some(&world.token), Value::Null)
            .await
            .0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn an_invitation_is_good_once_for_one_node_for_a_day() {
    let world = World::new().await;
    apply(&world.hub.db, &documents()).await.unwrap();
    let node: model::id::NodeId = "VN/GOV/G01/nut-1".parse().unwrap();
    let (_, invitation) = world
        .send("POST", "/api/v1/invitations", Some(&world.token), json!({ "node": node, "reason": "nút mới" }))
        .await;
    let code = invitation["code"].as_str().unwrap();
    let keys = tempfile::tempdir().unwrap();
    let tls = trust::certificate::create_tls_key(&keys.path().join("tls.key")).unwrap();
    let (_, signing) = trust::key::SigningKey::create(&keys.path().join("signing.key")).unwrap();
    let joining = |node: &str, code: &str| {
        let request = |pair| trust::certificate::request(pair, &"VN/GOV/G01/nut-1".parse().unwrap()).unwrap();
        json!({ "node": node, "code": code, "tls": request(&tls), "signing": request(&signing) })
    };
    for wrong in [joining("VN/GOV/G01/nut-1", "wrong"), joining("VN/GOV/G15/nut-1", code)] {
        assert_eq!(world.send("POST", "/join", None, wrong).await.1["title"], "LT-7107");
    }
    let mut tx = world.hub.db.write().await.unwrap();
    let late = clock::now() + jiff::SignedDuration::from_hours(25);
    let joined = crate::running::node::admit(
        &mut tx,
        &serde_json::from_value(joining(node.as_str(), code)).unwrap(),
        &world.hub.authority,
        late,
    )
    .await;
    assert_eq!(joined.unwrap_err(), Fault::BadInvitation {});
    drop(tx);
    let (status, admission) = world.send("POST", "/join", None, joining(node.as_str(), code)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        world.send("POST", "/join", None, joining(node.as_str(), code)).await.1["title"],
        "LT-7107",
        "used up"
    );
    let mut tx = world.hub.db.read().await.unwrap();
    let found = Node::load(&mut tx, node.as_str()).await.unwrap().unwrap();
    let admitted = crate::running::node::admitted(&mut tx, found).await.unwrap();
    assert_eq!(json!(admitted.tls), json!([admission["tls"]]));
}

#[tokio::test]
async fn news_come_at_once() {
    let world = World::new().await;
    let first = world.hub.directory.publish(&world.hub.db, clock::now(), true).await.unwrap();
    let text = async |after: u64| {
        let request = Request::get(format!("/directory/revision?after={after}"));
        let request = request.header("authorization", &world.token).body(Body::empty()).unwrap();
        let answer = api::routes(world.hub.clone()).0.oneshot(request).await.unwrap();
        String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    };
    assert_eq!(text(0).await, first.to_string());
    let (waited, published) = tokio::join!(text(first), async {
        tokio::task::yield_now().await;
        world.hub.directory.publish(&world.hub.db, clock::now(), true).await.unwrap()
    });
    assert_eq!(waited, published.to_string());
}

#[tokio::test]
async fn what_the_directory_does_not_hold_is_no_news_to_nodes() {
    let world = World::new().await;
    let send = async |documents: Value| {
        let body = json!({ "documents": documents, "reason": "thử" });
        world.send("POST", "/api/v1/apply", Some(&world.token), body).await.1
    };
    let mut all = json!(documents());
    assert_eq!(send(all.clone()).await["revision"], 1);
    for document in all.as_array_mut().unwrap() {
        match document["kind"].as_str().unwrap() {
            "Term" => document["versions"][0]["status"] = json!("retired"),
            "Duty" => document["standard"] = json!("REST"),
            "Database" => document["note"] = json!("Ghi chú"),
            _ => {}
        }
    }
    let told = send(all.clone()).await;
    let updated =
        told["effects"].as_array().unwrap().iter().filter(|effect| effect["outcome"] == "updated").count();
    assert_eq!((updated, &told["revision"]), (3, &json!(1)));
    for document in all.as_array_mut().unwrap().iter_mut().filter(|document| document["kind"] == "Grant") {
        document["per_second"] = json!(3);
    }
    assert_eq!(send(all).await["revision"], 2);
}
