//! An agency's HTTP API behind the node.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HOST, HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE, TRANSFER_ENCODING,
};
use http::request;
use http::response;
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::Either;
use hyper::body::Incoming;
use model::fault::{Fault, Words};
use model::grant::Fields;
use model::id::ServiceId;
use rustls::ClientConfig;
use tokio::time::Instant;
use url::{Position, Url};

use crate::backend::connections::{Connections, FailedAttempt, Outgoing, Over};
use crate::backend::minimise;
use crate::backend::{Answer, AnswerBody, no_answer};
use crate::body::{self, BYTES_PER_SECOND, BodyError, Kept, Limits, OutBody, Room};
use crate::headers;
use crate::texts;

/// Longest wait for a short answer beyond what there is for its head. The consumer's node waits for longer, so its caller is told.
pub(crate) const SHORT_ANSWER: Duration = Duration::from_secs(5);
/// Largest answer that is cut down to granted fields: it is held in memory.
const CUT_MAX_BYTES: u64 = 8 * 1024 * 1024;
/// Headers of a call that speak of a body as the service holds it. Whoever gets it cut knows another one.
const OF_THE_UNCUT: [HeaderName; 5] = [ACCEPT_ENCODING, RANGE, IF_RANGE, IF_MATCH, IF_NONE_MATCH];
/// Headers of an answer that tell of the body as it was before it was cut. `Content-Digest` passes from no service.
const TOLD_OF_THE_UNCUT: [HeaderName; 7] = [
    ETAG,
    CONTENT_RANGE,
    ACCEPT_RANGES,
    HeaderName::from_static("digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("unencoded-digest"),
    HeaderName::from_static("content-md5"),
];

/// An HTTP client of ours.
pub type WebClient = trust::web::Client<OutBody>;

/// A service behind an address.
pub struct HttpApi {
    url: Url,
    connections: Connections,
    timeout: Duration,
    /// File with its `OpenAPI` description.
    pub openapi: Option<PathBuf>,
}

/// A call to pass on.
pub struct Passed<'a> {
    /// Named in faults; the address is the [`HttpApi`]'s.
    pub service: &'a ServiceId,
    /// As sent; the service may tell cases apart.
    pub method: &'a Method,
    /// The path behind the service, as sent.
    pub path: &'a str,
    /// The query, as sent.
    pub query: Option<&'a str>,
    /// Headers that go on, X-Road's among them.
    pub headers: HeaderMap,
    /// Received whole, and checked against its digest.
    pub body: Kept,
    /// The granted fields.
    pub fields: &'a Fields,
    /// Names of headers that settings let pass of a cut answer as well.
    pub added: &'a [HeaderName],
    /// Whether the call changes nothing.
    pub is_safe: bool,
    /// Where an answer is put that must be cut.
    pub room: Room<'a>,
}

impl HttpApi {
    /// The API at `url`, waited for as long as `timeout`.
    ///
    /// # Errors
    /// If `url` has no host, for people.
    pub fn new(
        url: Url,
        tls: ClientConfig,
        timeout: Duration,
        openapi: Option<PathBuf>,
    ) -> Result<Self, Words> {
        let connections = Connections::new(&url, tls)?;
        Ok(Self { url, connections, timeout, openapi })
    }

    /// Where it is. Nobody else's business.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Passes a call on and answers with what came back, cut down to the granted fields. Redirects are passed back, never followed.
    ///
    /// # Errors
    /// [`Fault::ServiceFailed`], [`Fault::ServiceTimeout`], [`Fault::NotCuttable`]; [`Fault::OutcomeUnknown`] if something may
    /// have been changed.
    pub async fn answer(&self, passed: Passed<'_>) -> Result<Answer, Fault> {
        let (service, fields, is_safe) = (passed.service, passed.fields, passed.is_safe);
        let (added, room) = (passed.added, passed.room);
        let too_late = |_| late(service, is_safe, self.timeout);
        let until = Instant::now() + self.timeout + SHORT_ANSWER;
        let answered = tokio::time::timeout(self.timeout, self.ask(passed)).await.map_err(too_late)?;
        let (parts, body) = match answered {
            Ok(answer) => answer.into_parts(),
            Err(FailedAttempt::NotSent(why)) => {
                return Err(Fault::ServiceFailed { service: service.clone(), why });
            }
            Err(FailedAttempt::Lost { why, .. }) => return Err(no_answer(service, is_safe, why)),
        };
        check_form(&parts).map_err(|why| no_answer(service, is_safe, why))?;
        let mut headers = headers::of_answer(&parts.headers);
        let body = match fields {
            Fields::All => AnswerBody::Coming(Either::Left(body)),
            Fields::Only(granted) => {
                let not_cuttable =
                    |why| Fault::NotCuttable { service: service.clone(), status: parts.status.as_u16(), why };
                let limits = Limits { bytes: CUT_MAX_BYTES, idle: self.timeout };
                let whole = tokio::time::timeout_at(until, body::in_memory(body, limits, room));
                let whole = whole.await.map_err(too_late)?.map_err(|error| match error {
                    BodyError::TooLarge(bytes) => not_cuttable(texts::too_large(bytes)),
                    error => broke_off(service, is_safe, error),
                })?;
                let cut = cut(parts.status, &headers, &whole, granted).map_err(not_cuttable)?;
                headers = headers::of_cut_answer(&parts.headers, added);
                for name in TOLD_OF_THE_UNCUT {
                    headers.remove(name);
                }
                AnswerBody::Whole(cut)
            }
        };
        Ok(Answer { status: parts.status.as_u16(), headers, body })
    }

    /// Asks the service once; what only reads a second time if a kept connection turned out to be closed.
    async fn ask(&self, passed: Passed<'_>) -> Result<Response<Incoming>, FailedAttempt> {
        let is_safe = passed.is_safe;
        let (parts, body) = self.request(passed).map_err(|why| FailedAttempt::NotSent(Words::quoted(why)))?;
        let mut call = Outgoing { parts, body: Some(body) };
        let over = if is_safe { Over::Any } else { Over::Recent };
        match self.connections.send(&mut call, over).await {
            // What lies in a file is read once.
            Err(FailedAttempt::Lost { is_stale: true, .. }) if is_safe && call.body.is_some() => {
                self.connections.send(&mut call, Over::New).await
            }
            answered => answered,
        }
    }

    fn request(&self, passed: Passed<'_>) -> Result<(request::Parts, Kept), String> {
        let mut request = Request::new(());
        *request.method_mut() = passed.method.clone();
        *request.uri_mut() = self.uri(passed.path, passed.query)?;
        let mut headers = passed.headers;
        // Host and port: without a name and a password, if somebody wrote any.
        headers.insert(
            HOST,
            HeaderValue::from_str(&self.url[Position::BeforeHost..Position::AfterPort])
                .map_err(|error| error.to_string())?,
        );
        let length = passed.body.bytes();
        if length > 0
            || !matches!(*passed.method, Method::GET | Method::HEAD | Method::DELETE | Method::OPTIONS)
        {
            headers.insert(CONTENT_LENGTH, length.into());
        }
        if let Fields::Only(names) = passed.fields {
            let list = names.iter().map(String::as_str).collect::<Vec<_>>().join(",");
            headers::set(&mut headers, headers::FIELDS, &list);
            // What is to be cut must come whole and uncompressed, and nobody knows its tags.
            for name in OF_THE_UNCUT {
                headers.remove(name);
            }
        }
        *request.headers_mut() = headers;
        Ok((request.into_parts().0, passed.body))
    }

    /// The path of the service's address, its slash at the end collapsed with that of the path; path and query as they were sent.
    fn uri(&self, path: &str, query: Option<&str>) -> Result<Uri, String> {
        let base = &self.url[Position::BeforePath..Position::AfterQuery];
        let base = if path.is_empty() { base } else { base.trim_end_matches('/') };
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        format!("{base}{path}{query}").parse().map_err(|error: http::uri::InvalidUri| error.to_string())
    }
}

/// The fault of a service that took longer than it is waited for.
pub(crate) fn late(service: &ServiceId, is_safe: bool, timeout: Duration) -> Fault {
    let (service, seconds) = (service.clone(), timeout.as_secs());
    if is_safe {
        return Fault::ServiceTimeout { service, seconds };
    }
    let why = texts::no_answer_within(seconds);
    Fault::OutcomeUnknown { service, why }
}

/// The fault of a service whose answer did not come to its end.
pub(crate) fn broke_off(service: &ServiceId, is_safe: bool, error: BodyError) -> Fault {
    let why = match error {
        BodyError::TooLarge(limit) => texts::answer_too_large(limit),
        BodyError::Stalled(seconds) => texts::silent_for(seconds),
        BodyError::Slow => texts::too_slow(BYTES_PER_SECOND),
        BodyError::Broken(why) | BodyError::Disk(why) => texts::answer_broke_off(why),
        BodyError::NoRoom => texts::no_room_for_answer(),
    };
    no_answer(service, is_safe, why)
}

/// Whether the head of an answer is one that can be passed on and that everybody on the way reads alike.
fn check_form(head: &response::Parts) -> Result<(), Words> {
    let status = head.status.as_u16();
    if status == StatusCode::SWITCHING_PROTOCOLS {
        return Err(texts::switched_protocols());
    }
    if !(200..600).contains(&status) {
        return Err(texts::no_such_status(status));
    }
    if head.headers.get_all(CONTENT_TYPE).iter().count() > 1 {
        return Err(texts::content_type_twice());
    }
    if head.headers.get(CONTENT_TYPE).is_some_and(|value| value.to_str().is_err()) {
        return Err(texts::content_type_not_ascii());
    }
    let has_two_lengths =
        head.headers.contains_key(TRANSFER_ENCODING) && head.headers.contains_key(CONTENT_LENGTH);
    if has_two_lengths || !headers::is_plain_or_chunked(&head.headers) {
        return Err(texts::length_ambiguous());
    }
    Ok(())
}

/// The body with the granted fields only, or why that can't be had.
fn cut(
    status: StatusCode,
    headers: &HeaderMap,
    body: &Bytes,
    granted: &BTreeSet<String>,
) -> Result<Bytes, Words> {
    if body.is_empty() {
        return Ok(Bytes::new());
    }
    if status == StatusCode::PARTIAL_CONTENT {
        return Err(texts::partial_answer());
    }
    let mut types = headers.get_all(CONTENT_TYPE).iter().map(|value| value.to_str().unwrap_or_default());
    if !types.next().is_some_and(is_json) || types.next().is_some() {
        return Err(texts::not_json());
    }
    let is_plain = |coding: &HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"identity");
    if !headers.get_all(CONTENT_ENCODING).iter().all(is_plain) {
        return Err(texts::compressed());
    }
    let is_error = status.is_client_error() || status.is_server_error();
    minimise::cut(text(body)?, granted, is_error).map(Bytes::from).map_err(minimise::Uncut::words)
}

/// Whether a media type is JSON's or built on it (RFC 9110 section 8.3.1, RFC 6839 section 3.1). Parameters mean nothing to JSON.
fn is_json(media: &str) -> bool {
    let essence = media.split(';').next().unwrap_or_default().trim_matches([' ', '\t']).to_ascii_lowercase();
    let Some((kind, subtype)) = essence.split_once('/') else { return false };
    let is_token = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    let (is_plain, is_suffixed) =
        (essence == "application/json", subtype.strip_suffix("+json").is_some_and(is_token));
    is_token(kind) && (is_plain || is_suffixed)
}

/// The text of a JSON body (RFC 8259 section 8.1: UTF-8; a byte order mark may be ignored).
fn text(body: &[u8]) -> Result<&str, Words> {
    let is_wide = matches!(body, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..]);
    if is_wide {
        return Err(texts::not_utf8_but_wider());
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    std::str::from_utf8(body).map_err(|error| {
        let at = error.valid_up_to();
        texts::not_utf8(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut_of(content_type: &[&'static str], body: &[u8]) -> Result<String, Words> {
        let mut headers = HeaderMap::new();
        for one in content_type {
            headers.append(CONTENT_TYPE, HeaderValue::from_static(one));
        }
        let granted = BTreeSet::from(["ten".to_owned()]);
        cut(StatusCode::OK, &headers, &Bytes::copy_from_slice(body), &granted)
            .map(|left| String::from_utf8(left.to_vec()).unwrap())
    }

    #[test]
    fn media_types_are_compared_as_the_standard_says() {
        for (media, is) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json;charset=utf-16", true),
            ("application/json ; x=\"a,b\"", true),
            ("application/hal+json", true),
            ("text/X+JSON", true),
            ("application/problem+json", true),
            ("application/+json", false),
            ("/json", false),
            ("+json", false),
            ("text/json", false),
            ("application/jsonl", false),
            ("application/x-ndjson", false),
            ("application/json, text/html", false),
            ("application/json-seq", false),
            ("", false),
        ] {
            assert_eq!(is_json(media), is, "{media}");
        }
        assert!(cut_of(&["application/json", "text/html"], b"{}").is_err());
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text_and_other_encodings_are_refused() {
        let body = "{\"ten\":1.0,\"x\":2}";
        let json = ["application/json"];
        assert_eq!(cut_of(&json, format!("\u{feff}{body}").as_bytes()), Ok("{\"ten\":1.0}".into()));
        let wide = |little: bool, mark: bool| -> Vec<u8> {
            let text = if mark { format!("\u{feff}{body}") } else { body.to_owned() };
            text.encode_utf16()
                .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
                .collect()
        };
        for (little, mark) in [(true, true), (true, false), (false, true), (false, false)] {
            let refused = format!("{:?}", cut_of(&json, &wide(little, mark)).unwrap_err());
            assert!(refused.contains("UTF-16"), "{refused}");
        }
        assert!(cut_of(&json, b"{\"ten\":\"\xe1\xba\"}").is_err());
        assert!(cut_of(&json, &[0xef, 0xbb, 0xbf]).is_err());
    }
}
