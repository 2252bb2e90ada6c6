//! A fault on its way out: X-Road's error body.

use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use model::fault::{Fault, Origin};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::body::{self, OutBody};
use crate::headers;

/// A fault, where it arose, and the id by which its traces are found in the node's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong.
    pub fault: Fault,
    /// Where.
    pub origin: Origin,
    /// X-Road's `detail`.
    pub detail: Uuid,
}

/// X-Road's error body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// `server.serverproxy.access_denied`.
    #[serde(rename = "type")]
    pub kind: String,
    /// For people, in both languages, beginning with our code.
    pub message: String,
    /// Id of the failure.
    pub detail: String,
}

impl Failure {
    /// A fault that arose at `origin`.
    #[must_use]
    pub fn new(fault: Fault, origin: Origin) -> Self {
        Self { fault, origin, detail: Uuid::now_v7() }
    }

    /// Says in the log what the fault came to.
    pub(crate) fn log(&self, what: &str) {
        tracing::info!(fault = self.fault.code(), detail = %self.detail, reason = %self.fault, "{what}");
    }

    /// The error body.
    #[must_use]
    pub fn body(&self) -> ErrorBody {
        ErrorBody {
            kind: self.fault.xroad_type(self.origin),
            message: self.fault.message(),
            detail: self.detail.to_string(),
        }
    }

    /// The answer: 500 for a type of `server.`, 400 otherwise; XML where the caller's `Accept` asks for it.
    #[must_use]
    pub fn answer(&self, request: &HeaderMap) -> Response<OutBody> {
        let error = self.body();
        let (content_type, text) = error.written(request);
        let status = if error.kind.starts_with("server.") {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::BAD_REQUEST
        };
        let mut answer = Response::new(body::whole(text));
        *answer.status_mut() = status;
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers::set(answer.headers_mut(), headers::ERROR, &error.kind);
        headers::set(answer.headers_mut(), headers::FAULT, self.fault.code());
        if matches!(
            self.fault,
            Fault::RateExceeded { .. }
                | Fault::TooManyQuestions { .. }
                | Fault::Overloaded {}
                | Fault::DatabaseBusy { .. }
        ) {
            answer.headers_mut().insert("retry-after", HeaderValue::from_static("1"));
        }
        answer
    }
}

impl ErrorBody {
    /// Its media type and its text, as `Accept` among the headers of the request asks for it.
    #[must_use]
    pub fn written(&self, request: &HeaderMap) -> (&'static str, String) {
        match accepted(request, &XML) {
            Some(_) => (xml_type(request), self.to_xml()),
            None => ("application/json", serde_json::to_string(self).unwrap_or_default()),
        }
    }

    fn to_xml(&self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><error><type>{}</type><message>{}</message><detail>{}</detail></error>",
            escape_xml(&self.kind),
            escape_xml(&self.message),
            escape_xml(&self.detail)
        )
    }
}

/// Text as it stands in XML.
pub(crate) fn escape_xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What asks for XML.
const XML: [&str; 3] = ["text/xml", "application/xml", "text/*"];

/// The name by which XML was asked for.
pub(crate) fn xml_type(request: &HeaderMap) -> &'static str {
    match accepted(request, &XML) {
        Some("application/xml") => headers::APPLICATION_XML,
        _ => headers::TEXT_XML,
    }
}

/// The first of the media types in `Accept` that is among `known`. Weights are not looked at: as X-Road does.
pub(crate) fn accepted(request: &HeaderMap, known: &[&'static str]) -> Option<&'static str> {
    let accept = request
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    accept
        .map(|media| media.split(';').next().unwrap_or_default().trim())
        .find_map(|media| known.iter().copied().find(|known| media.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use model::fault::Words;

    use super::*;

    fn failure(fault: Fault, origin: Origin) -> Failure {
        Failure { fault, origin, detail: Uuid::nil() }
    }

    #[test]
    fn the_callers_fault_is_400_and_the_servers_500() {
        let caller = failure(Fault::MissingHeader { header: "X-Road-Client" }, Origin::Consumer)
            .answer(&HeaderMap::new());
        assert_eq!(
            (caller.status().as_u16(), caller.headers()["x-road-error"].to_str().unwrap()),
            (400, "client.missing_header")
        );
        let server = failure(Fault::NoSignature {}, Origin::Provider).answer(&HeaderMap::new());
        assert_eq!(
            (server.status().as_u16(), server.headers()["x-road-error"].to_str().unwrap()),
            (500, "server.serverproxy.missing_signature")
        );
        assert_eq!(server.headers()["lienthong-fault"], "LT-3202");
    }

    #[test]
    fn xml_is_given_where_it_is_asked_for() {
        let mut request = HeaderMap::new();
        for (accept, content_type) in [
            ("application/json", "application/json"),
            ("application/json, text/xml;q=0.1", "text/xml; charset=utf-8"),
            ("text/*", "text/xml; charset=utf-8"),
            ("Text/XML", "text/xml; charset=utf-8"),
            ("Application/XML; q=0.9", "application/xml; charset=utf-8"),
            ("*/*", "application/json"),
        ] {
            request.insert(ACCEPT, HeaderValue::from_static(accept));
            let answer =
                failure(Fault::BadAddress { why: Words::quoted("<&>") }, Origin::Consumer).answer(&request);
            assert_eq!(answer.headers()["content-type"], content_type, "{accept}");
        }
        let body = failure(Fault::BadAddress { why: Words::quoted("<&>") }, Origin::Consumer).body();
        assert!(body.to_xml().contains("&lt;&amp;&gt;"));
    }
}
