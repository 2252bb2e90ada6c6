//! Framed connections, as somebody else's program speaks them from our document alone.

use std::io::Write as _;
use std::process::{Command, Stdio};

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use bytes::Bytes;
use exchange::StateFolder;
use futures::stream;
use serde_json::{Value, json};

use crate::nation::{API, CLIENT, Nation, PURPOSE, Plan, read};

const LONG: usize = 3_000_000;

fn system() -> Router {
    let long = || async {
        Body::from_stream(stream::iter(
            (0..30).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; LONG / 30]))),
        ))
    };
    Router::new()
        .route("/ngan", get(|| async { "ngắn" }))
        .route("/dai", get(long))
        .route("/ghi", post(|body: Bytes| async move { body.len().to_string() }))
        .route("/cho", get(std::future::pending::<&str>))
        .layer(axum::extract::DefaultBodyLimit::disable())
}

/// Law: what the document says is enough: a calling end in another language, without a line of ours, asks alone and in batches, with short bodies and
/// long ones, checks every answer's signature, and leaves ledgers that verify.
#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_enough_to_write_the_other_side() {
    let nation =
        Nation::start_with(Plan { system: Some(system()), one_provider: true, ..Plan::default() }).await;
    let (own, other) = (StateFolder(nation.path("c1")), StateFolder(nation.path("p1")));
    let certificate = nation.path("tls.pem");
    let pem = openssl(&["x509", "-inform", "DER", "-in", own.tls_certificate().to_str().unwrap()]);
    std::fs::write(&certificate, pem).unwrap();
    let ask = |method: &str, path: &str| json!({ "method": method, "path": format!("/r1/{API}{path}"), "client": CLIENT, "purpose": PURPOSE });
    let given = json!({
        "address": nation.address("p1").peer,
        "tls_certificate": certificate,
        "tls_key": own.tls_key(),
        "signing_key": own.signing_key(),
        "keyid": trust::key_id(&"VN/LOC/H05/nut-1".parse().unwrap(), &read(&own.signing_certificate())),
        "peer_tls": other.tls_certificate(),
        "peer_signing": other.signing_certificate(),
        "short": ask("GET", "/ngan"),
        "long": ask("GET", "/dai"),
        "post": ask("POST", "/ghi"),
        "waits": ask("GET", "/cho"),
    });
    let told = tokio::task::spawn_blocking(move || python(&given)).await.unwrap();
    let signed = |status: u16, bytes: usize, fault: Option<&str>| json!({ "status": status, "fault": fault, "signed": 1, "bytes": bytes });
    assert_eq!(told["alone"], signed(200, "ngắn".len(), None));
    for (batch, count) in [("batch", 5), ("part of a batch", 4)] {
        let answers = told[batch].as_array().unwrap();
        assert_eq!(answers.len(), count, "{told}");
        assert!(
            answers.iter().all(|answer| answer["status"] == 200 && answer["bytes"] == "ngắn".len()),
            "{told}"
        );
    }
    assert_eq!(told["long answer"], signed(200, LONG, None));
    assert_eq!(told["long request"], signed(200, "1500000".len(), None));
    assert_eq!(told["short request"], signed(200, "2".len(), None));
    let changed = &told["changed"];
    assert_eq!((&changed["signed"], &changed["fault"]), (&json!(0), &json!("LT-3201")), "{told}");
    let refused = &told["refused"];
    assert_eq!((&refused["signed"], &refused["fault"]), (&json!(1), &json!("LT-2105")), "{told}");
    assert_eq!(told["error"], json!([10, "a stream that is there already"]));
    // 1 + 5 + 4 + a long answer + two requests with bodies + a refusal.
    let ledger = nation.verify(&["p1"])["ledgers"][0].clone();
    assert_eq!((&ledger["whole"], &ledger["provided"]), (&json!(true), &json!(14)), "{ledger}");
}

fn openssl(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
fn python(given: &Value) -> Value {
    let python = std::env::var("LIENTHONG_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/verify/framed.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
