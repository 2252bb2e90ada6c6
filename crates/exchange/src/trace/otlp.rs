//! The message to a collector: OTLP 1.x over HTTP, as JSON. The form is small and has not changed since it was declared stable, and
//! `serde_json` is here already; `opentelemetry-otlp` and its SDK bring some thirty crates, and a second way to run tasks and send requests.

use model::id::NodeId;
use model::usage::Counted;
use serde_json::{Value, json};

use super::Ended;

/// A span that serves somebody: `SPAN_KIND_SERVER`.
const SERVER: u8 = 2;
/// `STATUS_CODE_ERROR`; without a status nothing is said.
const ERROR: u8 = 2;

/// One message with these spans.
pub(super) fn message(node: &NodeId, spans: &[Ended]) -> Value {
    let spans: Vec<Value> = spans.iter().map(span).collect();
    json!({ "resourceSpans": [{
        "resource": { "attributes": [
            text("service.name", "lienthong-node"),
            text("service.version", env!("CARGO_PKG_VERSION")),
            text("service.instance.id", node.as_str()),
        ] },
        "scopeSpans": [{ "scope": { "name": "lienthong" }, "spans": spans }],
    }] })
}

fn span(ended: &Ended) -> Value {
    let side = match ended.side {
        Counted::AtConsumer => "consumer",
        Counted::AtProvider => "provider",
    };
    let mut attributes = vec![text("lienthong.side", side)];
    attributes.extend(ended.service.as_ref().map(|service| text("lienthong.service", service.as_str())));
    attributes.extend(ended.fault.map(|code| text("lienthong.fault", code)));
    attributes.extend(ended.status.map(|status| {
        // 64-bit numbers are texts in JSON by Protocol Buffers.
        json!({ "key": "http.response.status_code", "value": { "intValue": status.as_u16().to_string() } })
    }));
    // What a rule refuses is no failure of the node's.
    let is_failure = match (ended.fault, ended.status) {
        (Some(code), _) => !code.starts_with("LT-1") && !code.starts_with("LT-2"),
        (None, status) => status.is_some_and(|status| status.is_server_error()),
    };
    let mut span = json!({
        "traceId": trust::hex(&ended.span.context.trace),
        "spanId": trust::hex(&ended.span.context.span),
        "name": format!("exchange {side}"),
        "kind": SERVER,
        "startTimeUnixNano": ended.span.began.as_nanosecond().to_string(),
        "endTimeUnixNano": ended.at().as_nanosecond().to_string(),
        "attributes": attributes,
        "status": if is_failure { json!({ "code": ERROR }) } else { json!({}) },
    });
    if let (Some(parent), Some(members)) = (ended.span.parent, span.as_object_mut()) {
        members.insert("parentSpanId".into(), trust::hex(&parent).into());
    }
    span
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}
