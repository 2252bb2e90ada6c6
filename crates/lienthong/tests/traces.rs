//! A trace goes through both nodes whole, whatever carries it; the collector gets what its own library can read, and nothing of persons.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::nation::{API, CLIENT, Nation, PEOPLE, PURPOSE, Plan, told, until};
use crate::peer_port::{Message, SignAs, Thief};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";
const PERSON: &str = "924198000007";

/// What the collector was sent.
type Collected = Arc<Mutex<Vec<Value>>>;

/// A collector; it refuses its first message.
async fn collector() -> (std::net::SocketAddr, Collected) {
    let collected = Collected::default();
    let (taken, refused) = (collected.clone(), Arc::new(Mutex::new(false)));
    let take = move |axum::Json(message): axum::Json<Value>| async move {
        if !std::mem::replace(&mut *refused.lock().unwrap(), true) {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        taken.lock().unwrap().push(message);
        StatusCode::OK
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/v1/traces", post(take));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, collected)
}

/// A system that tells which context came.
fn system() -> Router {
    let show = |headers: HeaderMap| async move {
        let of = |name: &str| -> Vec<String> {
            headers.get_all(name).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
        };
        axum::Json(json!({ "traceparent": of("traceparent"), "tracestate": of("tracestate") }))
    };
    Router::new().route("/vet", get(show))
}

/// A span's text member.
fn member<'a>(span: &'a Value, name: &str) -> &'a str {
    span[name].as_str().unwrap_or_default()
}

/// An attribute of a span.
fn attribute(span: &Value, key: &str) -> Option<String> {
    let attributes = span["attributes"].as_array().unwrap();
    let found = attributes.iter().find(|attribute| attribute["key"] == key)?;
    found["value"].as_object().unwrap().values().next().and_then(Value::as_str).map(str::to_owned)
}

/// All spans that were collected, by what they are called.
fn spans(collected: &Collected) -> Vec<Value> {
    let messages = collected.lock().unwrap();
    let scopes =
        messages.iter().flat_map(|message| message["resourceSpans"][0]["scopeSpans"].as_array().unwrap());
    scopes.flat_map(|scope| scope["spans"].as_array().unwrap().clone()).collect()
}

/// The context that reached the service: trace, span, flags.
fn reached(told: &Value) -> (String, String, String) {
    let [context] = &told["traceparent"].as_array().unwrap()[..] else { panic!("{told}") };
    let parts: Vec<&str> = context.as_str().unwrap().split('-').collect();
    let [version, trace, span, flags] = parts[..] else { panic!("{told}") };
    assert_eq!((version, trace.len(), span.len(), flags.len()), ("00", 32, 16, 2), "{told}");
    (trace.to_owned(), span.to_owned(), flags.to_owned())
}

async fn nation() -> (Nation, Collected) {
    let (address, collected) = collector().await;
    let settings = format!("traces = \"http://{address}/v1/traces\"");
    let plan = Plan { one_provider: true, system: Some(system()), settings: &settings, ..Plan::default() };
    let nation = Nation::start_with(plan).await;
    // The message that the collector refuses.
    assert_eq!(told(&nation.get(PEOPLE, &format!("/{PERSON}")).await).0, 200);
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    collected.lock().unwrap().clear();
    (nation, collected)
}

/// The law: from the caller's span to the consumer's node, to the provider's, to the service, each is the parent of the next, in one trace.
#[tokio::test(flavor = "multi_thread")]
async fn a_trace_goes_through_both_nodes_whole_whatever_carries_it() {
    let (nation, collected) = nation().await;
    let call = |traceparent: &str| {
        let call = nation.request("GET", API, "/vet").header("tracestate", "a=b");
        call.header("traceparent", traceparent)
    };
    let (status, _, shown) = told(&nation.send(call(&format!("00-{TRACE}-{CALLER}-01")), "").await);
    assert_eq!(status, 200, "{shown}");
    let (trace, last, flags) = reached(&shown);
    assert_eq!((trace.as_str(), flags.as_str()), (TRACE, "01"));
    assert_eq!(shown["tracestate"], json!(["a=b"]));
    until("two spans", async || spans(&collected).len() >= 2).await;
    let found: BTreeMap<String, Value> =
        spans(&collected).into_iter().map(|span| (member(&span, "name").to_owned(), span)).collect();
    let (consumer, provider) = (&found["exchange consumer"], &found["exchange provider"]);
    assert!([consumer, provider].iter().all(|span| member(span, "traceId") == TRACE), "{found:#?}");
    assert_eq!(member(consumer, "parentSpanId"), CALLER);
    assert_eq!(member(provider, "parentSpanId"), member(consumer, "spanId"));
    assert_eq!(member(provider, "spanId"), last);
    assert_eq!(attribute(provider, "lienthong.service").as_deref(), Some(API));
    assert_eq!(attribute(consumer, "http.response.status_code").as_deref(), Some("200"));
    let times = |span: &Value| {
        ["startTimeUnixNano", "endTimeUnixNano"].map(|name| member(span, name).parse::<u64>().unwrap())
    };
    assert!(
        times(consumer)[0] <= times(consumer)[1] && times(provider)[0] >= times(consumer)[0],
        "{found:#?}"
    );
    // The other side of the wire by either protocol.
    for (thief, name) in [
        (Thief::of(&nation, SignAs::Own).await, "framed"),
        (Thief::of(&nation, SignAs::Own).await.by_http(), "HTTP/2"),
    ] {
        collected.lock().unwrap().clear();
        let mut message = Message::get(API, "/vet");
        let context = format!("00-{TRACE}-{CALLER}-01");
        message.headers.insert("traceparent", context.parse().unwrap());
        message.headers.insert("x-road-request-id", format!("VN-{}", name.len()).parse().unwrap());
        let (status, shown) =
            thief.read(&message.signed(&thief, exchange::clock::now()).await).await.unwrap();
        assert_eq!((status, reached(&shown).0.as_str()), (200, TRACE), "{name}: {shown}");
        until("a span", async || !spans(&collected).is_empty()).await;
        assert_eq!(member(&spans(&collected)[0], "parentSpanId"), CALLER, "{name}");
    }
}

/// A context that is none does not go on, nor what stands beside it; one that is not to be recorded does, and is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_bad_context_is_dropped_and_what_is_collected_names_no_person() {
    let (nation, collected) = nation().await;
    let good = format!("00-{TRACE}-{CALLER}-01");
    let bad = [
        good.to_uppercase(),
        good.replace(TRACE, &"0".repeat(32)),
        good.replace(CALLER, &"0".repeat(16)),
        format!("{good}-{PERSON}"),
        format!("ff{}", &good[2..]),
        PERSON.to_owned(),
        "00-x-y-01".to_owned(),
    ];
    let of = |values: &[String]| {
        let call = nation.request("GET", API, "/vet").header("tracestate", format!("p={PERSON}"));
        values.iter().fold(call, |call, value| call.header("traceparent", value))
    };
    let twice = [good.clone(), good.clone()];
    for values in bad.iter().map(std::slice::from_ref).chain([&twice[..], &[]]) {
        let (status, _, shown) = told(&nation.send(of(values), "").await);
        assert_eq!(status, 200, "{values:?}: {shown}");
        let (trace, ..) = reached(&shown);
        assert!(trace != TRACE && shown["tracestate"] == json!([]), "{values:?}: {shown}");
    }
    let (_, _, shown) = told(&nation.send(of(&[good.replace("-01", "-00")]), "").await);
    let (trace, span, flags) = reached(&shown);
    assert_eq!(
        (trace.as_str(), span.as_str(), flags.as_str()),
        (TRACE, CALLER, "00"),
        "it goes on as it came"
    );
    // Callers who write persons where names belong.
    let mut purpose = nation.request("GET", PEOPLE, &format!("/{PERSON}"));
    purpose.headers_mut().unwrap().insert("lienthong-purpose", PERSON.parse().unwrap());
    nation.send(purpose, "").await;
    nation.send(nation.request("GET", &format!("VN/GOV/G01/{PERSON}/x"), ""), "").await;
    nation.get(PEOPLE, &format!("/{PERSON}")).await;
    // Eighteen of the bad contexts, and of the last calls two, one and one at the least.
    until("the spans", async || spans(&collected).len() >= 2 * 9 + 4).await;
    let all = spans(&collected);
    assert!(all.iter().all(|span| member(span, "traceId") != TRACE), "{all:#?}");
    let refused =
        all.iter().find(|span| attribute(span, "lienthong.fault").as_deref() == Some("LT-2105")).unwrap();
    assert_eq!(refused["status"], json!({}), "what a rule refuses is no failure");
    let text = serde_json::to_string(&*collected.lock().unwrap()).unwrap();
    for told in [PERSON, PURPOSE, CLIENT, "/vet"] {
        assert!(!text.contains(told), "{told} in {text}");
    }
    judge(&collected);
}

/// The library of OpenTelemetry's own reads each message by the letter. Its reader of Protocol Buffers has bytes as base64, where OTLP has
/// them as hexadecimal digits.
fn judge(collected: &Collected) {
    let python = std::env::var_os("LIENTHONG_TEST_PYTHON").expect("run `cargo xtask test`");
    let read = "import base64, json, sys
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
count = 0
for message in json.load(sys.stdin):
    for resource in message['resourceSpans']:
        for scope in resource['scopeSpans']:
            for span in scope['spans']:
                for name in ('traceId', 'spanId', 'parentSpanId'):
                    if name in span:
                        span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    request = json_format.ParseDict(message, ExportTraceServiceRequest())
    for span in request.resource_spans[0].scope_spans[0].spans:
        assert len(span.trace_id) == 16 and len(span.span_id) == 8 and len(span.parent_span_id) in (0, 8)
        assert span.kind == span.SPAN_KIND_SERVER and span.end_time_unix_nano >= span.start_time_unix_nano > 0
        count += 1
print(count)";
    let mut child = Command::new(python)
        .args(["-c", read])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let messages = serde_json::to_vec(&*collected.lock().unwrap()).unwrap();
    child.stdin.take().unwrap().write_all(&messages).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: usize = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    assert_eq!(read, spans(collected).len());
}
