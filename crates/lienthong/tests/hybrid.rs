//! Signatures by an Ed25519 key and a post-quantum one together: made where both nodes have both keys, and then nothing else is taken.

use std::collections::HashMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use axum::Router;
use axum::routing::{get, post};
use bytes::Bytes;
use ledger::entry::Proof;
use ledger::verify::{Checker, verify};
use serde_json::json;
use trust::batch;
use trust::certificate::to_base64;

use crate::nation::{API, Nation, Plan, told};
use crate::peer_port::{Message, SignAs, Thief};

/// More than a message's own frame holds.
const LONG: usize = 200_000;

fn system() -> Router {
    Router::new()
        .route("/ngan", get(|| async { "ngắn" }))
        .route("/dai", get(|| async { "x".repeat(LONG) }))
        .route("/ghi", post(|body: Bytes| async move { body.len().to_string() }))
        .layer(axum::extract::DefaultBodyLimit::disable())
}

/// What a ledger holds: certificates by the names of keys, and proofs.
#[derive(Default)]
struct Held {
    keys: HashMap<String, Vec<u8>>,
    proofs: Vec<Proof>,
}

impl Checker for Held {
    fn key(&mut self, keyid: &str, certificate: &[u8]) -> Result<(), String> {
        self.keys.insert(keyid.to_owned(), certificate.to_vec());
        Ok(())
    }

    fn proof(&mut self, proof: &Proof, _: Option<&Proof>) -> Result<(), String> {
        self.proofs.push(proof.clone());
        Ok(())
    }
}

impl Held {
    fn of(nation: &Nation, name: &str) -> Self {
        let mut held = Self::default();
        let report = verify(&nation.path(name).join("ledger"), &mut held, |_, _| {}).unwrap();
        assert!(report.is_whole() && report.consumed > 0);
        held
    }

    fn forms(&self) -> Vec<&str> {
        let alg = |proof: &Proof| match proof.base.contains(batch::HYBRID) {
            true => "hybrid",
            false => "plain",
        };
        let mut forms: Vec<&str> = self.proofs.iter().map(alg).collect();
        forms.sort_unstable();
        forms.dedup();
        forms
    }
}

/// Whether somebody else's program, which knows our document only, finds a signature good.
#[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
fn is_good(proof: &Proof, certificate: &[u8]) -> bool {
    let python = std::env::var("LIENTHONG_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/verify/batch.py");
    let given = json!({ "base": proof.base, "signature": to_base64(&proof.signature),
        "certificate": to_base64(certificate) });
    let mut child =
        Command::new(python).arg(script).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
    child.wait().unwrap().success()
}

async fn asks(nation: &Nation) {
    for (method, path, body) in [("GET", "/ngan", ""), ("GET", "/dai", ""), ("POST", "/ghi", "ngắn")] {
        let answer = nation.send(nation.request(method, API, path), body).await;
        assert_eq!(answer.status(), 200, "{path}: {:?}", told(&answer));
    }
    let long = "x".repeat(LONG);
    let answer = nation.send(nation.request("POST", API, "/ghi"), long).await;
    assert_eq!((answer.status().as_u16(), &answer.body()[..]), (200, LONG.to_string().as_bytes()));
}

/// Law, over nodes with and without a second key on either side, short and long bodies, frames and HTTP/2: messages are signed by both keys
/// where both sides have both, and by one otherwise; whoever leaves one out where both are due is refused, and both ledgers verify.
#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_both_have_a_post_quantum_key_sign_by_both_and_take_nothing_else() {
    for hybrid in [&["c1", "p1"][..], &["c1"], &["p1"], &[]] {
        let plan = Plan { system: Some(system()), one_provider: true, hybrid, ..Plan::default() };
        let nation = Nation::start_with(plan).await;
        asks(&nation).await;
        let are_both = hybrid.len() == 2;
        // Whoever holds a node's keys, calling in either way with either form.
        for by_http in [false, true] {
            for form in ["plain", "hybrid"] {
                let thief = Thief::of(&nation, SignAs::Own).await;
                let thief = if by_http { thief.by_http() } else { thief };
                let thief = if form == "hybrid" { thief.hybrid() } else { thief };
                let now = exchange::clock::now();
                let beside = Message::get(API, "/ngan").signed_beside(&thief, now).await;
                let within = Message::get(API, "/ngan").signed(&thief, now).await;
                for message in [beside, within] {
                    let (status, fault) = thief.send(&message).await.unwrap();
                    // Without a second key in the directory nobody can tell whose it is.
                    let is_taken = if form == "hybrid" { hybrid.contains(&"c1") } else { !are_both };
                    let expect = if is_taken { 200 } else { 500 };
                    assert_eq!(status, expect, "{hybrid:?}, {form}, HTTP/2: {by_http}: {fault}");
                    assert!(is_taken || fault.ends_with("LT-3201"), "{hybrid:?}, {form}: {fault}");
                }
            }
        }
        let verified = nation.verify(&["c1", "p1"]);
        for at in [0, 1] {
            assert_eq!(verified["ledgers"][at]["whole"], true, "{hybrid:?}: {verified}");
        }
        let consumer = Held::of(&nation, "c1");
        assert_eq!(consumer.forms(), [if are_both { "hybrid" } else { "plain" }], "{hybrid:?}");
        if are_both {
            for proof in consumer.proofs.iter().take(4) {
                let keyid = exchange::signatures::key_of(proof);
                let certificate = &consumer.keys[&keyid];
                assert!(is_good(proof, certificate));
                let changed = Proof {
                    base: proof.base.replacen("khai-sinh", "tiep-thi", 1).replacen("200", "201", 1),
                    ..proof.clone()
                };
                assert!(!is_good(&changed, certificate));
            }
        }
    }
}
