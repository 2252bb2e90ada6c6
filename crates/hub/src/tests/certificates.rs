//! Certificates of nodes: taken out one by one, renewed over each other.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use model::id::NodeId;
use model::renewal::{Renewed, SIGNED_AS};
use rustls::pki_types::CertificateDer;
use serde_json::{Value, json};
use trust::certificate::{self, fingerprint};
use trust::key::SigningKey;

use super::apply;
use super::world::{World, documents};
use crate::clock;
use crate::running::node::certified::{self, Shown};
use crate::web::listen::From as CameFrom;

const NODE: &str = "VN/GOV/G01/nut-1";

/// Keys of a node, with the requests for their certificates.
struct Keys {
    signing: SigningKey,
    requests: [String; 2],
}

impl Keys {
    fn new() -> Self {
        let node: NodeId = NODE.parse().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let tls = certificate::create_tls_key(&folder.path().join("tls.key")).unwrap();
        let (signing, pair) = SigningKey::create(&folder.path().join("signing.key")).unwrap();
        let requests = [&tls, &pair].map(|pair| certificate::request(pair, &node).unwrap());
        Self { signing, requests }
    }

    async fn join(&self, world: &World) -> (StatusCode, Value) {
        let invited = json!({ "node": NODE, "reason": "nút mới" });
        let (_, invitation) = world.send("POST", "/api/v1/invitations", Some(&world.token), invited).await;
        let [tls, signing] = &self.requests;
        let joining = json!({ "node": NODE, "code": invitation["code"], "tls": tls, "signing": signing });
        world.send("POST", "/join", None, joining).await
    }

    async fn joined(&self, world: &World) -> Pair {
        let (status, admission) = self.join(world).await;
        assert_eq!(status, StatusCode::OK, "{admission}");
        Pair::of(admission["tls"].as_str().unwrap(), admission["signing"].as_str().unwrap())
    }

    /// Asks for certificates of `next`, as whoever holds these keys would.
    async fn renew(&self, world: &World, pair: &Pair, next: &Self, now: Timestamp) -> Result<Pair, Fault> {
        let [tls, signing] = &next.requests;
        let body = json!({ "node": NODE, "tls": tls, "signing": signing }).to_string();
        let node: NodeId = NODE.parse().unwrap();
        let keyid = trust::key_id(&node, &pair.signing);
        let signature = trust::hex(&self.signing.sign(&[SIGNED_AS, body.as_bytes()].concat()));
        let shown = Shown { node: &node, tls: &pair.tls, keyid: &keyid, signature: &signature };
        let mut tx = world.hub.db.write().await.unwrap();
        let Renewed { tls, signing } =
            certified::renew(&mut tx, &shown, body.as_bytes(), &world.hub.authority, now).await?;
        tx.commit().await.unwrap();
        Ok(Pair::of(&tls, &signing))
    }
}

/// What keys were certified with.
#[derive(Debug, PartialEq)]
struct Pair {
    tls: CertificateDer<'static>,
    signing: CertificateDer<'static>,
}

impl Pair {
    fn of(tls: &str, signing: &str) -> Self {
        let read = |text| certificate::from_base64(text).unwrap();
        Self { tls: read(tls), signing: read(signing) }
    }
}

async fn withdraw(world: &World, token: &str, certificate: &str) -> (StatusCode, Value) {
    let path = format!("/api/v1/nodes/{}/certificates/{certificate}/withdraw", NODE.replace('/', "%2F"));
    world.send("POST", &path, Some(token), json!({ "reason": "khoá lộ" })).await
}

async fn asks_for_the_directory(world: &World, tls: &CertificateDer<'static>) -> StatusCode {
    let request = Request::get("/directory/revision").extension(CameFrom::showing(tls.clone()));
    world.answer(request.body(Body::empty()).unwrap()).await.0
}

pub(super) async fn a_certificate_that_was_taken_out_never_comes_back(url: &str) {
    let world = World::at(Some(url)).await;
    apply(&world.hub.db, &documents()).await.unwrap();
    world.hub.directory.publish(&world.hub.db, clock::now(), true).await.unwrap();
    let (old, new) = (Keys::new(), Keys::new());
    let (first, second) = (old.joined(&world).await, new.joined(&world).await);
    let revision = *world.hub.directory.revision().borrow();
    // Only whoever may change the node, by a name that fits one certificate.
    let other = world.account_of("can-bo-khac", Some("VN/GOV/G15"), "engineer").await;
    let reader = world.account_of("chi-doc", Some("VN/GOV/G01"), "innovator").await;
    let name = fingerprint(&first.tls);
    assert_eq!(withdraw(&world, &other, &name).await.1["title"], "LT-7111");
    assert_eq!(withdraw(&world, &reader, &name).await.1["title"], "LT-7112");
    for (wrong, code) in [(&name[..8], "LT-7104"), ("0123456789abcdef", "LT-7105")] {
        assert_eq!(withdraw(&world, &world.token, wrong).await.1["title"], code, "{wrong}");
    }
    assert_eq!(asks_for_the_directory(&world, &first.tls).await, StatusCode::OK);
    // One of four goes, at once, and alone.
    let engineer = world.account_of("ky-su", Some("VN/GOV/G01"), "engineer").await;
    let (status, told) = withdraw(&world, &engineer, &name[..16]).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!((&told["withdrawn"][0]["sha256"], told["left"].as_array().unwrap().len()), (&json!(name), 3));
    assert!(told["revision"].as_u64().unwrap() > revision, "{told}");
    assert_eq!(asks_for_the_directory(&world, &first.tls).await, StatusCode::FORBIDDEN);
    assert_eq!(asks_for_the_directory(&world, &second.tls).await, StatusCode::OK);
    let path = format!("/api/v1/registry/nodes/{}/history", NODE.replace('/', "%2F"));
    let (_, history) = world.send("GET", &path, Some(&world.token), Value::Null).await;
    let entry = &history["items"][0];
    assert_eq!(
        (&entry["act"], &entry["who"], &entry["why"]),
        (&json!("revoked"), &json!("ky-su"), &json!("khoá lộ"))
    );
    assert_eq!(entry["before"][0]["sha256"], name);
    // A signing certificate by the name of its key, as ledgers have it. The key of the other one stands.
    let keyid = trust::key_id(&NODE.parse().unwrap(), &first.signing);
    let (status, told) = withdraw(&world, &world.token, keyid.rsplit('#').next().unwrap()).await;
    assert_eq!((status, told["left"].as_array().unwrap().len()), (StatusCode::OK, 2));
    // Neither key is certified again, by an invitation or over another pair; nor when the node is declared anew.
    assert_eq!(old.join(&world).await.1["title"], "LT-7132");
    let later = clock::now() + SignedDuration::from_hours(24 * 400);
    for keys in [
        &old,
        &Keys {
            signing: SigningKey::in_memory([1; 32]),
            requests: [Keys::new().requests[0].clone(), old.requests[1].clone()],
        },
    ] {
        let refused = new.renew(&world, &second, keys, later).await.unwrap_err();
        assert_eq!(refused.code(), "LT-7132", "{refused}");
    }
    let path = format!("/api/v1/registry/nodes/{}?reason=x", NODE.replace('/', "%2F"));
    assert_eq!(world.send("DELETE", &path, Some(&world.token), Value::Null).await.0, StatusCode::OK);
    apply(&world.hub.db, &documents()).await.unwrap();
    for keys in [&old, &new] {
        assert_eq!(keys.join(&world).await.1["title"], "LT-7132");
    }
    Keys::new().joined(&world).await;
}

#[tokio::test]
async fn a_certificate_that_has_ended_is_none_on_connections_that_are_there() {
    let world = World::new().await;
    let (node, keys) = (NODE.parse().unwrap(), Keys::new());
    let issued =
        |at| world.hub.authority.admit(&node, certificate::Usage::Tls, &keys.requests[0], at).unwrap();
    // Neither is in the registry; only the one that counts is looked for there.
    assert_eq!(asks_for_the_directory(&world, &issued(clock::now())).await, StatusCode::FORBIDDEN);
    let long_ago = clock::now() - SignedDuration::from_hours(24 * 731);
    assert_eq!(asks_for_the_directory(&world, &issued(long_ago)).await, StatusCode::UNAUTHORIZED);
}

pub(super) async fn over_each_pair_one_other_is_given_to_whoever_has_both_its_keys(url: &str) {
    let world = World::at(Some(url)).await;
    apply(&world.hub.db, &documents()).await.unwrap();
    let (keys, next, other) = (Keys::new(), Keys::new(), Keys::new());
    let pair = keys.joined(&world).await;
    let day = |days: i64| clock::now() + SignedDuration::from_hours(24 * days);
    let code = |outcome: Result<Pair, Fault>| outcome.map_err(|fault| fault.code()).map(drop);
    // Too early; with one of the keys only; with a stranger's.
    assert_eq!(code(keys.renew(&world, &pair, &next, day(300)).await), Err("LT-7132"));
    assert_eq!(code(other.renew(&world, &pair, &next, day(400)).await), Err("LT-7132"));
    let renewed = keys.renew(&world, &pair, &next, day(400)).await.unwrap();
    // Whoever did not hear the answer asks again and hears the same; whoever has other keys is too late.
    assert_eq!(keys.renew(&world, &pair, &next, day(401)).await.unwrap(), renewed);
    assert_eq!(code(keys.renew(&world, &pair, &other, day(401)).await), Err("LT-7132"));
    // Both stand until the old one ends.
    let (_, held) = world
        .send(
            "GET",
            &format!("/api/v1/nodes/{}/certificates", NODE.replace('/', "%2F")),
            Some(&world.token),
            Value::Null,
        )
        .await;
    let held = held["items"].as_array().unwrap().clone();
    assert_eq!(held.len(), 4, "{held:?}");
    assert_eq!(held.iter().filter(|held| held["renewed_over"] == json!(fingerprint(&pair.tls))).count(), 2);
    // A thief who was faster is taken out, and then the node's turn has come; what was got over a pair that is taken out is told.
    let (_, told) = withdraw(&world, &world.token, &fingerprint(&renewed.tls)).await;
    assert_eq!(told["renewed_over_it"], json!([]));
    withdraw(&world, &world.token, &fingerprint(&renewed.signing)).await;
    let mine = keys.renew(&world, &pair, &other, day(402)).await.unwrap();
    for (one, left) in [(&pair.signing, 3), (&pair.tls, 2)] {
        let (_, told) = withdraw(&world, &world.token, &fingerprint(one)).await;
        assert_eq!(told["left"].as_array().unwrap().len(), left);
        assert_eq!(told["renewed_over_it"].as_array().unwrap().len(), 2, "{told}");
    }
    // Over what was taken out nothing is renewed.
    assert_eq!(code(keys.renew(&world, &pair, &Keys::new(), day(500)).await), Err("LT-7132"));
    // What has ended goes when it is renewed the next time.
    let third = other.renew(&world, &mine, &Keys::new(), day(402 + 700)).await.unwrap();
    assert_ne!(third, mine);
}
