//! Our signatures before other people's verifiers, and the vectors that let others check theirs.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::batch::{self, BatchSignature, Form, SALT_BYTES};
use crate::certificate::{self, Authority, Usage};
use crate::key::SigningKey;
use crate::message::{Base, MessageView, Params, Signed, Start};

const SCRIPTS: &str = "../../docs/verify";
const VECTORS: &str = "../../docs/signature-batches.json";

/// Runs one of the scripts in `docs/verify/`. `cargo xtask test` names a Python that has what they need.
fn python(script: &str, input: &Value) -> Result<String, String> {
    #[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
    let interpreter = std::env::var("LIENTHONG_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let mut child = Command::new(interpreter)
        .arg(format!("{SCRIPTS}/{script}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python is there: run `cargo xtask test`");
    child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!error.contains("ModuleNotFoundError"), "run `cargo xtask test`, which installs it: {error}");
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(error)
    }
}

fn request() -> HeaderMap {
    [
        ("x-road-client", "VN/LOC/H05/mot-cua"),
        ("x-road-id", "VN-01a208f3"),
        ("x-road-request-id", "01a208f3-ba4c-7139-ab63-3147ed7a6465"),
        ("lienthong-purpose", "khai-sinh"),
        ("content-type", "application/json"),
        ("content-digest", "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"),
    ]
    .into_iter()
    .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
    .collect()
}

#[test]
fn a_single_signature_verifies_with_another_implementation() {
    let key = SigningKey::in_memory([9; 32]);
    let mut headers = request();
    let start = Start::Request {
        method: "POST",
        path: "/r1/VN/GOV/G01/dan-cu/nguoi/confirm",
        query: Some("a=1&b=%20"),
    };
    let params = Params {
        created: Timestamp::from_second(1_790_000_000).unwrap(),
        nonce: "bm9uY2U".into(),
        keyid: "VN/LOC/H05/nut-1#0011223344556677".into(),
        alg: batch::ALONE.into(),
    };
    let base = Base::of(&MessageView { start, headers: &headers, trailers: None }).with_params(&params);
    let signature = key.sign(base.0.as_bytes()).to_vec();
    Signed::new(base, signature).put(&mut headers);
    let told = |path: &str, headers: &HeaderMap| {
        let headers: serde_json::Map<String, Value> =
            headers.iter().map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap()))).collect();
        json!({
            "method": "POST", "url": format!("https://10.0.0.1:5500{path}?a=1&b=%20"), "headers": headers,
            "key": BASE64_STANDARD.encode(key.public().as_bytes()),
        })
    };
    let path = "/r1/VN/GOV/G01/dan-cu/nguoi/confirm";
    let covered = python("single.py", &told(path, &headers)).unwrap();
    assert!(covered.contains("@path") && covered.contains("lienthong-purpose"), "{covered}");
    // And it is no rubber stamp.
    assert!(python("single.py", &told("/r1/VN/GOV/G01/dan-cu/nguoi/khac", &headers)).is_err());
    headers.insert("lienthong-purpose", HeaderValue::from_static("tiep-thi"));
    assert!(python("single.py", &told(path, &headers)).is_err());
}

/// Batches of several sizes, each message with its base, signature and key.
fn vectors() -> Value {
    let key = SigningKey::in_memory([7; 32]);
    let mut messages = Vec::new();
    for size in [2u8, 3, 7, 64] {
        let bases: Vec<String> = (0..size)
            .map(|number| {
                let path = format!("/r1/VN/GOV/G01/dan-cu/nguoi/92419800{number:04}");
                let params = Params {
                    created: Timestamp::from_second(1_790_000_000).unwrap(),
                    nonce: format!("nonce-{size}-{number}"),
                    keyid: "VN/LOC/H05/nut-1#0011223344556677".into(),
                    alg: batch::ALGORITHM.into(),
                };
                let start = Start::Request { method: "GET", path: &path, query: None };
                Base::of(&MessageView { start, headers: &request(), trailers: None }).with_params(&params).0
            })
            .collect();
        let salted: Vec<_> =
            bases.iter().zip(1u8..).map(|(base, salt)| (base.as_bytes(), [salt; SALT_BYTES])).collect();
        let proofs = batch::sign(&key, Form::Plain, &salted);
        // First, last and one between say it all.
        for at in [0, usize::from(size) / 2, usize::from(size) - 1] {
            messages.push(
                json!({ "base": bases[at], "signature": BASE64_STANDARD.encode(proofs[at].to_bytes()) }),
            );
        }
    }
    json!({
        "about": "Test vectors of signature-batches.md. The key is the Ed25519 key of the seed 07 × 32.",
        "key": BASE64_STANDARD.encode(key.public().as_bytes()),
        "messages": messages,
    })
}

/// Run with `LIENTHONG_WRITE=1` to write them anew: only when the form gets another name.
#[test]
fn the_published_vectors_are_what_we_sign_and_verify_by_the_description_alone() {
    #[expect(clippy::disallowed_methods, reason = "a switch of this test, not a setting")]
    let write = std::env::var("LIENTHONG_WRITE").is_ok();
    let vectors = vectors();
    if write {
        std::fs::write(VECTORS, serde_json::to_string_pretty(&vectors).unwrap() + "\n").unwrap();
    }
    let published: Value = serde_json::from_str(&std::fs::read_to_string(VECTORS).unwrap()).unwrap();
    assert_eq!(published, vectors);
    let key = SigningKey::in_memory([7; 32]).public();
    for (number, message) in published["messages"].as_array().unwrap().iter().enumerate() {
        let signature = BASE64_STANDARD.decode(message["signature"].as_str().unwrap()).unwrap();
        let base = message["base"].as_str().unwrap();
        assert!(BatchSignature::from_bytes(&signature).unwrap().verifies(&key, base.as_bytes()));
        let told =
            |base: &str| json!({ "base": base, "signature": message["signature"], "key": published["key"] });
        python("batch.py", &told(base)).unwrap();
        if number < 2 {
            assert!(python("batch.py", &told(&base.replace("khai-sinh", "tiep-thi"))).is_err());
        }
    }
}

/// What both keys have signed, one message alone and several, verifies with another implementation, by the keys in the certificate that our
/// authority makes; and neither half of it can be left out.
#[test]
fn signatures_by_both_keys_verify_with_another_implementation() {
    let folder = tempfile::tempdir().unwrap();
    let now = Timestamp::from_second(1_790_000_000).unwrap();
    let authority = Authority::create(folder.path(), "Test authority", now).unwrap();
    let (key, pair) = SigningKey::create(&folder.path().join("signing.key")).unwrap();
    let node = "VN/LOC/H05/nut-1".parse().unwrap();
    let request = certificate::hybrid_request(&pair, &node).unwrap();
    let named = authority.admit(&node, Usage::Signing, &request, now).unwrap();
    let plain = certificate::request(&pair, &node).unwrap();
    let unnamed = authority.admit(&node, Usage::Signing, &plain, now).unwrap();
    for size in [1u8, 3, 64] {
        let bases: Vec<String> = (0..size)
            .map(|number| {
                let params = Params {
                    created: now,
                    nonce: format!("nonce-{number}"),
                    keyid: crate::key_id(&node, &named),
                    alg: batch::HYBRID.into(),
                };
                let start =
                    Start::Request { method: "GET", path: "/r1/VN/GOV/G01/dan-cu/nguoi", query: None };
                Base::of(&MessageView { start, headers: &self::request(), trailers: None })
                    .with_params(&params)
                    .0
            })
            .collect();
        let salted: Vec<_> =
            bases.iter().zip(1u8..).map(|(base, salt)| (base.as_bytes(), [salt; SALT_BYTES])).collect();
        let proofs = batch::sign(&key, Form::Hybrid, &salted);
        let at = usize::from(size) / 2;
        let (base, signature) = (&bases[at], proofs[at].to_bytes());
        let told = |signature: &[u8], certificate: &[u8]| json!({ "base": base, "signature": BASE64_STANDARD.encode(signature), "certificate": BASE64_STANDARD.encode(certificate) });
        python("batch.py", &told(&signature, &named)).unwrap();
        // It is no rubber stamp, for either key.
        for place in [signature.len() - 2420 - 64, signature.len() - 2420, signature.len() - 1] {
            let mut changed = signature.clone();
            changed[place] ^= 1;
            assert!(python("batch.py", &told(&changed, &named)).is_err(), "{place}");
        }
        assert!(
            python("batch.py", &told(&signature, &unnamed)).is_err(),
            "a certificate without a second key"
        );
    }
}
