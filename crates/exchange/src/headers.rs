//! Which headers pass, and the names of those that mean something to us. X-Road's rules: `docs/client-edge.md`.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use trust::message;

/// The calling system.
pub const CLIENT: HeaderName = HeaderName::from_static("x-road-client");
/// The caller's own id of the message.
pub const ID: HeaderName = HeaderName::from_static("x-road-id");
/// The officer.
pub const USER_ID: HeaderName = HeaderName::from_static("x-road-userid");
/// The case.
pub const ISSUE: HeaderName = HeaderName::from_static("x-road-issue");
/// On whose behalf.
pub const REPRESENTED_PARTY: HeaderName = HeaderName::from_static("x-road-represented-party");
/// The one node of the provider that shall answer.
pub const SECURITY_SERVER: HeaderName = HeaderName::from_static("x-road-security-server");
/// Our id of the exchange.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-road-request-id");
/// Hash of the request, on answers.
pub const REQUEST_HASH: HeaderName = HeaderName::from_static("x-road-request-hash");
/// The service that answered.
pub const SERVICE: HeaderName = HeaderName::from_static("x-road-service");
/// Type of a fault.
pub const ERROR: HeaderName = HeaderName::from_static("x-road-error");
/// The purpose of the call.
pub const PURPOSE: HeaderName = HeaderName::from_static("lienthong-purpose");
/// What proves a calling system to its own node. Never passed on.
pub const TOKEN: HeaderName = HeaderName::from_static("lienthong-token");
/// Our code of a fault.
pub const FAULT: HeaderName = HeaderName::from_static("lienthong-fault");
/// Trailer of a long answer that broke off: the body of the refusal that stands in its place, in base64.
pub const REFUSAL: HeaderName = HeaderName::from_static("lienthong-refusal");
/// Fields of the answer that a grant allows: told to an HTTP service, so that it need not send more.
pub const FIELDS: HeaderName = HeaderName::from_static("lienthong-fields");

/// What X-Road drops in both directions, the headers of single connections, and those that we set ourselves.
const DROPPED: [&str; 26] = [
    "transfer-encoding",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
    "connection",
    "user-agent",
    "host",
    "content-length",
    "server",
    "expect",
    "date",
    "http2-settings",
    "x-road-request-id",
    "x-road-request-hash",
    "x-road-service",
    "x-road-error",
    "lienthong-token",
    "lienthong-fault",
    "lienthong-fields",
    message::OTHER_HEADERS,
    message::SIGNATURE,
    message::SIGNATURE_INPUT,
];

/// Whether a header goes on to the other side.
#[must_use]
pub fn passes(name: &HeaderName) -> bool {
    let name = name.as_str();
    name != trust::digest::CONTENT_DIGEST && !DROPPED.contains(&name)
}

/// The headers of `from` that go on.
#[must_use]
pub fn passing(from: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(from.len() + 8);
    for (name, value) in from {
        if passes(name) {
            kept.append(name.clone(), value.clone());
        }
    }
    kept
}

/// Sets the digest over the headers that are not covered by name.
pub fn put_other_headers(headers: &mut HeaderMap) {
    let name = HeaderName::from_static(message::OTHER_HEADERS);
    match message::other_headers_digest(headers, is_other) {
        Some(digest) => headers.insert(name, digest),
        None => headers.remove(name),
    };
}

/// Whether the digest over the other headers is that of the headers that came.
#[must_use]
pub fn other_headers_fit(headers: &HeaderMap) -> bool {
    message::other_headers_digest(headers, is_other).as_ref() == headers.get(message::OTHER_HEADERS)
}

/// Headers that pass and that no signature names. What a connection adds by itself does not count.
fn is_other(name: &HeaderName) -> bool {
    passes(name) && !message::is_covered_by_name(name)
}

/// The last value of a header, if it is text.
#[must_use]
pub fn last<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get_all(name).iter().next_back()?.to_str().ok()
}

/// Sets a header to a text. A text that no header can hold is left out: identifiers and ids are visible ASCII.
pub fn set(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xroads_list_is_dropped_and_the_rest_passes() {
        let mut headers = HeaderMap::new();
        for name in [
            "host",
            "user-agent",
            "expect",
            "lienthong-token",
            "signature",
            "content-digest",
            "x-road-request-id",
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("x"));
        }
        for name in ["authorization", "cookie", "accept", "x-custom", "x-road-userid", "content-type"] {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static("a"));
            headers.append(HeaderName::from_static(name), HeaderValue::from_static("b"));
        }
        let kept = passing(&headers);
        assert_eq!((kept.keys_len(), kept.len()), (6, 12));
    }

    #[test]
    fn a_header_added_on_the_way_is_noticed() {
        let mut headers = HeaderMap::new();
        headers.insert("x-road-client", HeaderValue::from_static("VN/LOC/H05/mot-cua"));
        put_other_headers(&mut headers);
        assert!(!headers.contains_key(message::OTHER_HEADERS) && other_headers_fit(&headers));
        headers.insert("accept", HeaderValue::from_static("*/*"));
        assert!(!other_headers_fit(&headers));
        put_other_headers(&mut headers);
        assert!(other_headers_fit(&headers));
        headers.insert("cookie", HeaderValue::from_static("a=b"));
        assert!(!other_headers_fit(&headers));
    }
}
