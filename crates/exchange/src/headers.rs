//! Which headers pass, and the names of those that mean something to us. X-Road's rules: `docs/client-edge.md`.
//!
//! Towards a service a list says what passes, at both nodes: what was decided over is the method and the path, and a header that
//! says another (`X-HTTP-Method-Override`, `X-Original-URL`) would have the service do something else. Of answers all goes on that
//! is not of a connection or ours, unless fields are granted: then a list says that as well.

use http::header::{CONNECTION, COOKIE, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use trust::message::{self, Signed};

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

/// Headers of a message, in either direction. A peer sends those of its system, and the signature with its batch path.
pub(crate) const MAX_BYTES: u32 = 32 * 1024;

/// XML is UTF-8, and says so: without it `text/xml` is read as ASCII by some (RFC 7303 section 3.2).
pub const TEXT_XML: &str = "text/xml; charset=utf-8";
/// The same by its other name.
pub const APPLICATION_XML: &str = "application/xml; charset=utf-8";

/// What passes of a call, beside what settings add for a service. Others stay behind.
const OF_A_CALL: [&str; 28] = [
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
    "lienthong-purpose",
    "pragma",
    "prefer",
    "range",
    "traceparent",
    "tracestate",
    "x-road-client",
    "x-road-id",
    "x-road-issue",
    "x-road-represented-party",
    "x-road-security-server",
    "x-road-userid",
];

/// What passes of an answer that was cut to granted fields: it says nothing of what was cut away.
const OF_A_CUT_ANSWER: [&str; 11] = [
    "age",
    "allow",
    "cache-control",
    "content-language",
    "content-type",
    "deprecation",
    "expires",
    "last-modified",
    "retry-after",
    "sunset",
    "vary",
];

/// What X-Road drops in both directions, the headers of single connections, and those that we set ourselves. The signed digest of
/// all other headers is made without these, so the list is part of the peer protocol.
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

/// What no setting lets pass towards a service, as it is or as a part of the name: it would say another method, another address or
/// another caller than was decided over, or is a proxy's. Written with hyphens.
const NEVER: [&str; 14] = [
    "method-override",
    "http-method",
    "original-",
    "rewrite-",
    "override-url",
    "destination",
    "forwarded",
    "-ip",
    "clientip",
    "remote-",
    "client-cert",
    "ssl-client",
    "proxy",
    "x-host",
];

/// Whether settings may let a header of that name pass to a service. Many servers make `HTTP_X_ROAD_USERID` of `X_Road_UserId` as of
/// `X-Road-UserId` (CGI, RFC 3875 section 4.1.18): what may not pass may not pass under such a name either.
#[must_use]
pub fn may_be_added(name: &HeaderName) -> bool {
    let text = name.as_str().replace('_', "-");
    let is_ours = ["x-road-", "lienthong-"].iter().any(|ours| text.starts_with(ours));
    // One of the list under another name would be a second one beside it.
    let is_disguised = text != name.as_str() && OF_A_CALL.contains(&text.as_str());
    let is_never = text == "via" || NEVER.iter().any(|never| text.contains(never));
    goes_on(&text) && !is_ours && !is_disguised && !is_never
}

/// Whether a header is neither of a connection nor set by nodes.
fn goes_on(name: &str) -> bool {
    name != trust::digest::CONTENT_DIGEST && !DROPPED.contains(&name)
}

/// The headers of a call that go on: those of the list, and those that were `added` for its service.
#[must_use]
pub fn of_call(from: &HeaderMap, added: &[HeaderName]) -> HeaderMap {
    let mut kept = kept(from, |name| OF_A_CALL.contains(&name.as_str()) || added.contains(name));
    join_cookies(&mut kept);
    kept
}

/// The headers of an answer that go on.
#[must_use]
pub fn of_answer(from: &HeaderMap) -> HeaderMap {
    kept(from, |_| true)
}

/// The headers of an answer that go on when it was cut to granted fields.
#[must_use]
pub fn of_cut_answer(from: &HeaderMap, added: &[HeaderName]) -> HeaderMap {
    kept(from, |name| OF_A_CUT_ANSWER.contains(&name.as_str()) || added.contains(name))
}

/// Puts a signature into the headers of a message that goes by HTTP/2.
pub(crate) fn put_signature(headers: &mut HeaderMap, signed: Option<Signed>) {
    if let Some(signed) = signed {
        signed.put(headers);
    }
    mark_what_differs(headers);
}

/// Marks what differs in every message: HTTP/2 compresses headers by a table of 4 KB, from which these would push out all that stays the
/// same. (What is marked so is left out of it, as secrets are: RFC 7541 section 7.1.3.)
fn mark_what_differs(headers: &mut HeaderMap) {
    let differing = [message::SIGNATURE, message::SIGNATURE_INPUT, trust::digest::CONTENT_DIGEST];
    for name in differing.into_iter().chain([ID.as_str(), REQUEST_ID.as_str(), ISSUE.as_str()]) {
        if let Some(value) = headers.get_mut(name) {
            value.set_sensitive(true);
        }
    }
}

/// What goes on and is listed, without what the sender names as its connection's own (RFC 9110 section 7.6.1).
fn kept(from: &HeaderMap, is_listed: impl Fn(&HeaderName) -> bool) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(from.len() + 8);
    for (name, value) in from {
        if goes_on(name.as_str()) && is_listed(name) {
            kept.append(name.clone(), value.clone());
        }
    }
    let of_connection = from.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    for name in of_connection.flat_map(|value| value.split(',')) {
        if let Ok(name) = name.trim().parse::<HeaderName>()
            && !message::is_covered_by_name(&name)
        {
            kept.remove(name);
        }
    }
    kept
}

/// HTTP/2 may bring a cookie in pieces; who does not speak it must get them as one (RFC 9113 section 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let pieces: Vec<&[u8]> = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if pieces.len() > 1
        && let Ok(joined) = HeaderValue::from_bytes(&pieces.join(&b"; "[..]))
    {
        headers.insert(COOKIE, joined);
    }
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

/// Headers that no signature names. What a connection adds by itself does not count.
fn is_other(name: &HeaderName) -> bool {
    goes_on(name.as_str()) && !message::is_covered_by_name(name)
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

/// Copies the headers that are there.
pub(crate) fn copy<const N: usize>(to: &mut HeaderMap, from: &HeaderMap, names: [HeaderName; N]) {
    for name in names {
        if let Some(value) = from.get(&name) {
            to.insert(name, value.clone());
        }
    }
}

/// Whether the body has no coding, or that in chunks alone.
pub(crate) fn is_plain_or_chunked(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    codings.next().is_none_or(|first| first.as_bytes().eq_ignore_ascii_case(b"chunked"))
        && codings.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn what_differs_in_each_message_is_marked_and_nothing_else_is() {
        let differing = [
            message::SIGNATURE,
            message::SIGNATURE_INPUT,
            trust::digest::CONTENT_DIGEST,
            "x-road-id",
            "x-road-request-id",
            "x-road-issue",
        ];
        let mut all = HeaderMap::new();
        let names = differing.into_iter().chain(OF_A_CALL).chain(OF_A_CUT_ANSWER).chain(DROPPED);
        for (number, name) in names.enumerate() {
            all.insert(HeaderName::from_static(name), HeaderValue::from(number));
        }
        let before = all.clone();
        mark_what_differs(&mut all);
        assert_eq!(all, before, "it is the same message");
        let marked = all.iter().filter(|(_, value)| value.is_sensitive()).map(|(name, _)| name.as_str());
        let mut marked: Vec<&str> = marked.collect();
        marked.sort_unstable();
        let mut expected = differing.to_vec();
        expected.sort_unstable();
        assert_eq!(marked, expected);
        // What is not there does not come to be.
        let mut none = headers(&[("accept", "a")]);
        mark_what_differs(&mut none);
        assert_eq!(none, headers(&[("accept", "a")]));
    }

    #[test]
    fn what_is_not_on_the_list_does_not_pass() {
        let mut call = HeaderMap::new();
        for name in [
            "host",
            "user-agent",
            "expect",
            "lienthong-token",
            "signature",
            "content-digest",
            "x-road-request-id",
            "x-http-method-override",
            "x-original-url",
            "x-forwarded-for",
            "x-custom",
            "x-other",
        ] {
            call.insert(HeaderName::from_static(name), HeaderValue::from_static("x"));
        }
        for name in ["authorization", "accept", "x-road-userid", "content-type"] {
            call.append(HeaderName::from_static(name), HeaderValue::from_static("a"));
            call.append(HeaderName::from_static(name), HeaderValue::from_static("b"));
        }
        let kept = of_call(&call, &[]);
        assert_eq!((kept.keys_len(), kept.len()), (4, 8));
        let kept = of_call(&call, &[HeaderName::from_static("x-custom")]);
        assert_eq!((kept.keys_len(), kept.contains_key("x-custom")), (5, true));
    }

    #[test]
    fn what_would_change_what_was_decided_cannot_be_added() {
        for name in [
            "x-http-method-override",
            "x-method-override",
            "x-http-method",
            "_method-override",
            "x-original-url",
            "x-rewrite-url",
            "x-original-method",
            "x-override-url",
            "destination",
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-real-ip",
            "true-client-ip",
            "cf-connecting-ip",
            "x-azure-clientip",
            "x-remote-user",
            "proxy-authorization",
            "via",
            "connection",
            "keep-alive",
            "te",
            "upgrade",
            "transfer-encoding",
            "content-length",
            "host",
            "x-road-error",
            "x-road-anything",
            "lienthong-fields",
            "signature",
            "content-digest",
            "client-cert",
            "x-ssl-client-verify",
            "x-road-userid",
            "lienthong-purpose",
        ] {
            assert!(!may_be_added(&HeaderName::from_static(name)), "{name}");
            // Nor where a server reads it as that one.
            let disguised: HeaderName = name.replace('-', "_").parse().unwrap();
            assert!(!may_be_added(&disguised), "{disguised}");
        }
        for name in ["content_type", "authorization_", "if_match", "x_road_userid"] {
            let is_another = name == "authorization_";
            assert_eq!(may_be_added(&HeaderName::from_static(name)), is_another, "{name}");
        }
        for name in ["x-custom", "soapaction", "x-api-key", "x-request-id", "content-disposition", "etag"] {
            assert!(may_be_added(&HeaderName::from_static(name)), "{name}");
        }
    }

    #[test]
    fn what_a_connection_names_as_its_own_does_not_pass() {
        let call = headers(&[
            ("connection", "close, Authorization"),
            ("connection", "x-road-userid"),
            ("authorization", "a"),
            ("x-road-userid", "b"),
            ("accept", "c"),
        ]);
        let kept = of_call(&call, &[]);
        assert_eq!(kept, headers(&[("x-road-userid", "b"), ("accept", "c")]), "what is signed stays");
    }

    #[test]
    fn a_cookie_in_pieces_is_one() {
        let kept = of_call(&headers(&[("cookie", "a=b"), ("cookie", "c=d")]), &[]);
        assert_eq!(kept, headers(&[("cookie", "a=b; c=d")]));
    }

    #[test]
    fn of_a_cut_answer_only_what_is_listed_passes() {
        let answer = headers(&[("x-total", "9"), ("link", "</?ma=1>"), ("content-type", "application/json")]);
        assert_eq!(of_answer(&answer), answer);
        assert_eq!(of_cut_answer(&answer, &[]), headers(&[("content-type", "application/json")]));
        let added = [HeaderName::from_static("x-total")];
        assert!(of_cut_answer(&answer, &added).contains_key("x-total"));
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
