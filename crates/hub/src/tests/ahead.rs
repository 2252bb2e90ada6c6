//! A store that is older than what nodes hold: what is a proof of that, what it halts, and who may go on.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use trust::directory::publish::Publisher;

use super::apply;
use super::usage::{Reporting, world};
use super::world::World;
use crate::clock;
use crate::hub::Hub;
use crate::web::listen::From as CameFrom;

const TIMESTAMP: &str = "metadata/timestamp.json";
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The time stamp of a directory that nobody has published.
async fn signed(publisher: &Publisher, revision: u64) -> Vec<u8> {
    // Two that are signed in one second may have one time stamp.
    let files =
        publisher.sign(revision, &[], clock::now(), WEEK + SignedDuration::from_secs(60)).await.unwrap();
    files.into_iter().find(|(name, _)| name == "timestamp.json").unwrap().1
}

impl World {
    async fn says(&self, node: &Reporting, revision: u64, timestamp: &[u8]) -> u64 {
        let digest = trust::hex(&trust::sha256(timestamp));
        let request = Request::get(format!("/directory/revision?after={revision}&signed={digest}"));
        let request = request.extension(CameFrom::showing(node.tls.clone())).body(Body::empty()).unwrap();
        let (status, _, answer) = self.answer(request).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer.as_u64().unwrap()
    }

    async fn shows(&self, node: &Reporting, path: &str, bytes: &[u8]) -> (StatusCode, Value) {
        let request = Request::post(format!("/directory/shown?path={path}"));
        let request = request.extension(CameFrom::showing(node.tls.clone()));
        let (status, _, answer) = self.answer(request.body(Body::from(bytes.to_vec())).unwrap()).await;
        (status, answer)
    }

    /// The time stamp that the hub hands out to a node.
    async fn handed_out(&self, node: &Reporting) -> Value {
        let request = Request::get(format!("/directory/{TIMESTAMP}"));
        let request = request.extension(CameFrom::showing(node.tls.clone())).body(Body::empty()).unwrap();
        self.answer(request).await.2
    }

    async fn healthy(&self) -> bool {
        self.send("GET", "/health", None, Value::Null).await.1["healthy"] == true
    }
}

#[expect(clippy::too_many_lines, reason = "one story: each step stands on the one before")]
pub(super) async fn what_is_not_proven_halts_nothing_and_what_is_proven_halts_all_hubs_on_the_store(
    url: &str,
) {
    let world = world(url).await;
    let node = Reporting::admitted(&world).await;
    let other = Hub::open(&world.folder()).await.unwrap();
    let publish = async |hub: &Hub| hub.directory.publish(&hub.db, clock::now(), true).await;
    let own = publish(&world.hub).await.unwrap();
    let publisher = world.hub.directory.publisher();

    // A number is no proof, nor is what a stranger has signed.
    let thief = tempfile::tempdir().unwrap();
    let stranger = Publisher::create(thief.path(), clock::now()).await.unwrap();
    let forged = signed(&stranger, own + 5).await;
    assert_eq!(world.says(&node, own + 5, &forged).await, own, "below its number: the node is to show it");
    assert_eq!(world.shows(&node, TIMESTAMP, &forged).await.0, StatusCode::FORBIDDEN);
    assert_eq!(world.shows(&node, TIMESTAMP, b"{}").await.0, StatusCode::FORBIDDEN);
    assert!(world.healthy().await);
    let own = publish(&world.hub).await.unwrap();

    // What the store has signed itself is none either.
    let ours = world.handed_out(&node).await;
    assert_eq!(ours["signed"]["version"], json!(own));
    let before = world.says(&node, own - 1, b"").await;
    assert_eq!(before, 0, "another directory under a number of ours");

    // A number that was given twice is proven by the other directory that carries it.
    let twin = signed(publisher, own - 1).await;
    let (status, answer) = world.shows(&node, TIMESTAMP, &twin).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["wanted"], json!(format!("metadata/{}.targets.json", own - 1)), "{answer}");
    assert!(!world.healthy().await);
    let newer = signed(publisher, own + 5).await;
    assert_eq!(world.says(&node, own + 5, &newer).await, own);
    let wanted = format!("metadata/{}.targets.json", own + 5);
    assert_eq!(world.shows(&node, TIMESTAMP, &newer).await.1["wanted"], json!(wanted));

    // Nothing is published, at either hub; what is changed is recorded, and nobody joins.
    for hub in [&world.hub, &other] {
        let refused = publish(hub).await.unwrap_err();
        assert_eq!(refused.code(), "LT-7133", "{refused}");
        hub.directory.keep_up(&hub.db, clock::now()).await.unwrap();
    }
    let purpose = json!([{ "kind": "Purpose", "code": "sau", "name": { "vi": "Sau", "en": "Later" } }]);
    let body = json!({ "documents": purpose, "reason": "thử" });
    let (status, problem) = world.send("POST", "/api/v1/apply", Some(&world.token), body).await;
    assert_eq!(
        (status, &problem["title"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("LT-7133")),
        "{problem}"
    );
    let (status, _) =
        world.send("GET", "/api/v1/registry/purposes/sau", Some(&world.token), Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    let still = world.handed_out(&node).await;
    assert_eq!(still, ours, "it is handed out as it was");

    // What is shown is what was signed, or it is not taken.
    let (status, _) = world.shows(&node, &wanted, b"{}").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let files = publisher.sign(own + 5, &[], clock::now(), WEEK).await.unwrap();
    let (_, targets) = files.into_iter().find(|(name, _)| name.ends_with(".targets.json")).unwrap();
    assert_eq!(world.shows(&node, &wanted, &targets).await.1["wanted"], Value::Null);
    let (_, told) = world.send("GET", "/api/v1/directory", Some(&world.token), Value::Null).await;
    let differences = told["behind"]["differences"].as_array().unwrap();
    let is =
        |subject: &str| differences.iter().any(|one| one["subject"] == subject && one["how"] == "only_here");
    assert!(told["behind"]["complete"] == true && is("Grant g-khai-sinh") && is("Purpose sau"), "{told}");

    // An officer of the hub decides, with a reason, above what was proven.
    let engineer = world.account_of("van-hanh", None, "operator").await;
    let go_on = async |token: &str, revision: u64, reason: &str| {
        let body = json!({ "revision": revision, "reason": reason });
        world.send("POST", "/api/v1/directory/go-on", Some(token), body).await
    };
    assert_eq!(go_on(&engineer, own + 5, "x").await.1["title"], "LT-7112");
    assert_eq!(go_on(&world.token, own + 5, " ").await.1["title"], "LT-7106");
    assert_eq!(go_on(&world.token, own + 4, "x").await.1["title"], "LT-7104");
    assert_eq!(go_on(&world.token, u64::MAX, "x").await.1["title"], "LT-7104");
    let (status, done) = go_on(&world.token, own + 5, "khôi phục").await;
    assert_eq!((status, &done["revision"]), (StatusCode::OK, &json!(own + 6)), "{done}");
    assert_eq!(done["behind"]["proven"], json!(own + 5));
    assert!(world.healthy().await);
    assert_eq!(publish(&other).await.unwrap(), own + 7);
    // What was decided on halts nothing again.
    assert_eq!(world.shows(&node, TIMESTAMP, &newer).await.0, StatusCode::OK);
    assert_eq!(world.says(&node, own + 5, &newer).await, own + 6, "and the node is told of the next");
    assert!(world.healthy().await);
    apply(&world.hub.db, &[]).await.unwrap();
}
