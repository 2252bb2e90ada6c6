//! What was decided is what happens: whatever stands in a call's headers, exactly what the list says reaches the service, with the
//! method and the address that were decided over; at both nodes, for each of them may be the one that does not hold to it.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::routing;
use exchange::body::OutBody;
use http::header::{HeaderName, HeaderValue};
use http_body_util::BodyExt as _;
use hyper::client::conn::http2::SendRequest;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::nation::{API, CLIENT, Nation, PURPOSE, Plan, told};
use crate::peer_port::{Message, SignAs, Thief};

/// What `docs/client-edge.md` lists, but for the two that every call has, and what settings add for the service.
const PASSES: [&str; 27] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "content-encoding",
    "content-language",
    "content-type",
    "cookie",
    "idempotency-key",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "pragma",
    "prefer",
    "range",
    "traceparent",
    "tracestate",
    "x-custom",
    "x-road-id",
    "x-road-issue",
    "x-road-represented-party",
    "x-road-security-server",
    "x-road-userid",
];

/// What nodes go by stands once.
const ONCE: [&str; 10] = [
    "content-type",
    "lienthong-purpose",
    "lienthong-token",
    "x-road-client",
    "x-road-id",
    "x-road-issue",
    "x-road-represented-party",
    "x-road-request-id",
    "x-road-security-server",
    "x-road-userid",
];

/// What must not pass: of single connections; of proxies, which tell another caller, address or method; rewriting; another's word for
/// who somebody is; our own; and what services read as one of these, where their server makes `_` of `-`.
const STAYS: &str = "
    keep-alive proxy-connection te trailer upgrade http2-settings proxy-authenticate proxy-authorization expect alt-used
    forwarded via max-forwards x-forwarded-for x-forwarded-host x-forwarded-proto x-forwarded-port x-forwarded-prefix x-forwarded-server
    x-forwarded-scheme x-forwarded-ssl x-forwarded-user x-forwarded-email x-forwarded-groups x-forwarded-uri x-forwarded-method
    x-forwarded-path x-forwarded-client-cert x-forwarded x-forwarded-by x-original-forwarded-for forwarded-for
    x-real-ip x-client-ip x-cluster-client-ip true-client-ip cf-connecting-ip fastly-client-ip x-azure-clientip x-azure-socketip
    x-originating-ip x-remote-ip x-remote-addr client-ip x-envoy-external-address x-envoy-original-path x-envoy-peer-metadata x-appengine-user-ip
    x-http-method-override x-http-method x-method-override x-method _method x-original-method x-override-method http-method
    x-original-url x-original-uri x-rewrite-url x-rewrite-uri x-original-host x-host x-override-url x-forwarded-request-uri request-uri
    x-script-name x-accel-redirect x-accel-mapping x-sendfile x-proxy-url destination base-url x-wap-profile x-arr-ssl
    remote-user x-remote-user x-remote-groups x-webauth-user x-authenticated-user x-auth-request-user x-auth-request-email x-user
    x-client-cert x-ssl-client-cert x-ssl-client-verify x-ssl-client-s-dn client-cert client-cert-chain ssl-client-cert x-api-key x-amzn-oidc-identity
    www-authenticate authentication-info x-authorization x-csrf-token origin referer user-agent server date from link early-data
    signature signature-input content-digest digest lienthong-fields lienthong-fault lienthong-other-headers lienthong-refusal
    x-road-request-hash x-road-service x-road-error x-road-x lienthong-x
    x_forwarded_for x_road_userid lienthong_purpose x_http_method_override content_type content_length transfer_encoding accept_ authorization_
    x-custom2 x_custom -x-custom accept-x cookie2";

/// What the signing itself puts into a message between nodes.
const OF_THE_MESSAGE: [&str; 4] =
    ["signature", "signature-input", "content-digest", "lienthong-other-headers"];

/// A header's name as a caller writes it, with its value.
type Sent = (String, String);

/// A system that tells what it was asked, and counts.
fn mirror(seen: Arc<AtomicU32>) -> Router {
    let tell = move |request: Request| {
        seen.fetch_add(1, Ordering::SeqCst);
        let headers: Vec<Sent> = request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let told = json!({ "method": request.method().as_str(), "uri": request.uri().to_string(), "headers": headers });
        async move { axum::Json(told) }
    };
    Router::new().route("/{*rest}", routing::any(tell))
}

/// The ways to a service: through the edge, or to the provider's node from one that lets everything pass and signs it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    Edge1,
    Edge2,
    Peer,
}

struct Rig {
    nation: Nation,
    thief: Thief,
    over_2: SendRequest<OutBody>,
    seen: Arc<AtomicU32>,
}

impl Rig {
    async fn new() -> Self {
        let seen = Arc::new(AtomicU32::new(0));
        let system = Some(mirror(seen.clone()));
        let nation = Nation::start_with(Plan { system, one_provider: true, ..Plan::default() }).await;
        let thief = Thief::of(&nation, SignAs::Own).await;
        let stream = tokio::net::TcpStream::connect(nation.address("c1").edge).await.unwrap();
        let executor = hyper_util::rt::TokioExecutor::new();
        let (over_2, connection) =
            hyper::client::conn::http2::handshake(executor, hyper_util::rt::TokioIo::new(stream))
                .await
                .unwrap();
        tokio::spawn(connection);
        Self { nation, thief, over_2, seen }
    }

    /// Sends a call with more headers than it needs. Returns the status, our code if it was refused, and what the service told.
    async fn send(&mut self, way: Way, method: &str, path: &str, more: &[Sent]) -> (u16, String, Value) {
        match way {
            Way::Edge1 => self.send_plainly(method, path, more),
            Way::Edge2 => {
                let request = self.nation.request(method, API, path);
                let request = more.iter().fold(request, |request, (name, value)| request.header(name, value));
                let request = request.body(exchange::body::whole(body_of(method))).unwrap();
                let (parts, body) = self.over_2.send_request(request).await.unwrap().into_parts();
                told(&http::Response::from_parts(parts, body.collect().await.unwrap().to_bytes()))
            }
            Way::Peer => {
                let mut message = Message::new(method, API, path, body_of(method));
                // A caller's own id is in the message already.
                if more.iter().filter(|(name, _)| name.eq_ignore_ascii_case("x-road-id")).count() == 1 {
                    message.headers.remove("x-road-id");
                }
                for (name, value) in more {
                    let name: HeaderName = name.parse().unwrap();
                    message.headers.append(name, HeaderValue::from_str(value).unwrap());
                }
                let message = message.signed(&self.thief, exchange::clock::now()).await;
                let (status, told) = self.thief.read(&message).await.unwrap();
                let code = told["message"].as_str().and_then(|text| text.get(..7)).unwrap_or_default();
                (status, code.to_owned(), told)
            }
        }
    }

    /// Over HTTP/1.1, as it is written.
    fn send_plainly(&self, method: &str, path: &str, more: &[Sent]) -> (u16, String, Value) {
        let mut stream = TcpStream::connect(self.nation.address("c1").edge).unwrap();
        let (body, token) = (body_of(method), self.nation.token());
        let mut head = format!(
            "{method} /r1/{API}{path} HTTP/1.1\r\nHost: a\r\nX-Road-Client: {CLIENT}\r\nLienthong-Purpose: {PURPOSE}\r\nLienthong-Token: {token}\r\n"
        );
        if !body.is_empty() {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        if !more.iter().any(|(name, _)| name.eq_ignore_ascii_case("connection")) {
            head.push_str("Connection: close\r\n");
        }
        head.extend(more.iter().map(|(name, value)| format!("{name}: {value}\r\n")));
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let mut text = String::from_utf8(answer).unwrap();
        while let Some(rest) = text.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n") {
            text = rest.to_owned();
        }
        let status = text.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_default();
        let told: Value = text
            .split_once("\r\n\r\n")
            .and_then(|(_, body)| serde_json::from_str(body).ok())
            .unwrap_or_default();
        let code = told["message"].as_str().and_then(|text| text.get(..7)).unwrap_or_default();
        (status, code.to_owned(), told)
    }
}

fn body_of(method: &str) -> &'static str {
    if method == "POST" { "{\"so\":1}" } else { "" }
}

/// What the service saw, by name.
fn seen_of(told: &Value) -> BTreeMap<String, Vec<String>> {
    let mut seen = BTreeMap::<String, Vec<String>>::new();
    for pair in told["headers"].as_array().unwrap_or(&Vec::new()) {
        seen.entry(pair[0].as_str().unwrap().into()).or_default().push(pair[1].as_str().unwrap().into());
    }
    // The nodes' own: of this exchange.
    seen.remove("x-road-request-id");
    seen
}

/// A value that a header of that name may have.
fn value(name: &str, drawn: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "x-road-security-server" => "VN/GOV/G01/nut-1".to_owned(),
        "x-road-represented-party" => "COM/1".to_owned(),
        "content-type" => "application/json".to_owned(),
        "expect" => "100-continue".to_owned(),
        "te" => "trailers".to_owned(),
        name if name.contains("method") => "DELETE".to_owned(),
        name if name.contains("ur") || name.contains("path") => "/khac".to_owned(),
        _ => drawn.to_owned(),
    }
}

/// Capitals here and there, which mean nothing over HTTP/1.1.
fn spelled(name: &str, capitals: u64) -> String {
    let upper = |(at, letter): (usize, char)| {
        if capitals >> (at % 64) & 1 == 1 { letter.to_ascii_uppercase() } else { letter }
    };
    name.chars().enumerate().map(upper).collect()
}

/// What must reach the service beside what every call brings there.
fn expected(bare: &BTreeMap<String, Vec<String>>, sent: &[Sent]) -> BTreeMap<String, Vec<String>> {
    let mut expected = bare.clone();
    let of_connection: Vec<String> = sent
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("connection"))
        .flat_map(|(_, value)| value.split(',').map(|name| name.trim().to_ascii_lowercase()))
        .collect();
    let mut passing = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in sent {
        let name = name.to_ascii_lowercase();
        // What a signature names stays, whatever a connection says.
        let is_dropped = of_connection.contains(&name) && !ONCE.contains(&name.as_str());
        if PASSES.contains(&name.as_str()) && !is_dropped {
            passing.entry(name).or_default().push(value.trim().to_owned());
        }
    }
    if let Some(cookies) = passing.get_mut("cookie") {
        // HTTP/1.1 has no space at an end of a value.
        *cookies = vec![cookies.join("; ").trim().to_owned()];
    }
    expected.extend(passing);
    expected
}

/// Every name at least once, in some order, and names by chance; about every sixth twice.
fn calls() -> impl Strategy<Value = Vec<Vec<Sent>>> {
    let names: Vec<String> = PASSES.into_iter().chain(STAYS.split_whitespace()).map(str::to_owned).collect();
    let drawn = prop::collection::vec("[a-z0-9!#$%&'*+.^_`|~-]{1,20}", 20);
    let all = (Just(names), drawn).prop_map(|(names, drawn)| [names, drawn].concat()).prop_shuffle();
    let each = (
        0..6u8,
        any::<u64>(),
        prop_oneof![Just(String::new()), Just(" ".into()), "[!-~]{1,12}", "[a-z]{1,4}=[a-z0-9]{1,9}"],
    );
    all.prop_flat_map(move |names| {
        let count = names.len();
        (Just(names), prop::collection::vec(each.clone(), count))
    })
    .prop_map(|(names, how)| {
        let sent = names.into_iter().zip(how).map(|(name, (twice, capitals, drawn))| {
            let is_once = ONCE.contains(&name.as_str());
            let value = value(&name, if is_once && drawn.trim().is_empty() { "a" } else { &drawn });
            let count = if twice == 0 && !is_once { 2 } else { 1 };
            vec![(spelled(&name, capitals), value); count]
        });
        let sent: Vec<Vec<Sent>> = sent.collect();
        sent.chunks(14).map(<[_]>::concat).collect()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_what_is_listed_reaches_a_service_whatever_stands_in_a_call() {
    let mut rig = Rig::new().await;
    let mut runner = TestRunner::default();
    for (round, way) in [Way::Edge1, Way::Edge2, Way::Peer].into_iter().enumerate() {
        for method in ["GET", "POST"] {
            let mut bare = seen_of(&rig.send(way, method, "/x", &[]).await.2);
            // Where a caller gives none, its node makes one.
            bare.remove("x-road-id");
            assert!(bare.contains_key("x-road-client"), "{bare:?}");
            let mut calls = calls().new_tree(&mut runner).unwrap().current();
            if way == Way::Edge1 {
                for of_connection in
                    ["close, X-Custom", "close,authorization , x-road-userid", "close, x, accept"]
                {
                    let more = ["X-Custom", "Authorization", "X-Road-UserId"];
                    let more = more.map(|name| (name.to_owned(), "a".to_owned()));
                    calls.push([&[("Connection".to_owned(), of_connection.to_owned())], &more[..]].concat());
                }
            }
            if way == Way::Peer {
                for sent in &mut calls {
                    sent.retain(|(name, _)| !OF_THE_MESSAGE.contains(&name.to_ascii_lowercase().as_str()));
                }
            }
            for (number, sent) in calls.iter().enumerate() {
                let path = format!("/x/{round}-{number}?a=1");
                let (status, code, told) = rig.send(way, method, &path, sent).await;
                let case = format!("{way:?} {method} {sent:?}: {status} {code} {told}");
                assert_eq!(
                    (status, &told["method"], &told["uri"]),
                    (200, &json!(method), &json!(path)),
                    "{case}"
                );
                let (mut seen, expected) = (seen_of(&told), expected(&bare, sent));
                if !expected.contains_key("x-road-id") {
                    assert_eq!(seen.remove("x-road-id").map(|ids| ids.len()), Some(1), "{case}");
                }
                assert_eq!(seen, expected, "{case}");
            }
        }
    }
    assert_eq!(rig.nation.verify(&["p1"])["whole"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nodes_go_by_stands_once_whoever_sends_it_and_however_it_is_spelled() {
    let mut rig = Rig::new().await;
    for way in [Way::Edge1, Way::Edge2, Way::Peer] {
        for (name, method) in ONCE.into_iter().flat_map(|name| [(name, "GET"), (name, "POST")]) {
            for second in ["b", "", "a"] {
                let first = value(name, "a");
                let sent = [(name.to_owned(), first), (spelled(name, 0x5555), second.to_owned())];
                let (status, code, told) = rig.send(way, method, "/x", &sent).await;
                assert_eq!((status >= 400, code.as_str()), (true, "LT-1102"), "{way:?} {sent:?}: {told}");
            }
        }
    }
    // Names that are none, and lines that go on: not HTTP.
    for line in ["Accept : a", " Accept: a", "\tx: a", ": a", "X-Http Method: PUT", "Thư: a", "X\u{0}: a"] {
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        let (status, ..) = rig.send_plainly("GET", "/x", &[(name.to_owned(), value.to_owned())]);
        assert!(status != 200, "{line:?}");
    }
    assert_eq!(rig.seen.load(Ordering::SeqCst), 0, "the service saw none of them");
    assert_eq!(
        rig.nation.verify(&["p1"])["ledgers"][0]["provided"],
        json!(0),
        "nothing of it is in the ledger"
    );
}
