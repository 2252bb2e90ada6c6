//! An agency's HTTP API behind the node.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use http_body_util::{BodyExt as _, Either, Limited};
use model::fault::{Fault, Words};
use model::grant::Fields;
use model::id::ServiceId;
use trust::chain;
use url::Url;

use crate::backend::minimise;
use crate::backend::{Answer, AnswerBody};
use crate::body::{Kept, OutBody};
use crate::headers;

/// Largest answer that is cut down to granted fields: it is held in memory.
const CUT_MAX_BYTES: usize = 8 * 1024 * 1024;

/// An HTTP client of ours.
pub type WebClient = trust::web::Client<OutBody>;

/// A service behind an address.
pub struct HttpApi {
    url: Url,
    client: WebClient,
    patience: Duration,
    /// File with its `OpenAPI` description.
    pub openapi: Option<PathBuf>,
}

/// A call to pass on.
pub struct Passed<'a> {
    /// The service.
    pub service: &'a ServiceId,
    /// The method.
    pub method: &'a Method,
    /// The path behind the service, as sent.
    pub path: &'a str,
    /// The query, as sent.
    pub query: Option<&'a str>,
    /// Headers that go on, X-Road's among them.
    pub headers: HeaderMap,
    /// The body.
    pub body: Kept,
    /// The granted fields.
    pub fields: &'a Fields,
    /// Whether the call changes nothing.
    pub only_reads: bool,
}

impl HttpApi {
    /// The API at `url`, asked by `client`, waited for as long as `patience`.
    #[must_use]
    pub fn new(url: Url, client: WebClient, patience: Duration, openapi: Option<PathBuf>) -> Self {
        Self { url, client, patience, openapi }
    }

    /// Passes a call on and answers with what came back, cut down to the granted fields. Redirects are passed back, never followed.
    ///
    /// # Errors
    /// [`Fault::ServiceFailed`], [`Fault::ServiceTimeout`], [`Fault::NotCuttable`]; [`Fault::OutcomeUnknown`] if something may
    /// have been changed.
    pub async fn answer(&self, passed: Passed<'_>) -> Result<Answer, Fault> {
        let (service, fields, only_reads) = (passed.service, passed.fields, passed.only_reads);
        let failed = |why: String| Fault::ServiceFailed { service: service.clone(), why };
        let request = self.request(passed).map_err(failed)?;
        let answered = tokio::time::timeout(self.patience, self.client.request(request)).await;
        let lost = |why: String| {
            let why = Words::quoted(why);
            Fault::OutcomeUnknown { service: service.clone(), why }
        };
        let timeout = |_| {
            let (service, seconds) = (service.clone(), self.patience.as_secs());
            let why = Words::new(
                format!("không trả lời trong {seconds} giây"),
                format!("no answer within {seconds} seconds"),
            );
            if only_reads {
                Fault::ServiceTimeout { service, seconds }
            } else {
                Fault::OutcomeUnknown { service, why }
            }
        };
        let answer = answered.map_err(timeout)?.map_err(|error| {
            let never_sent = only_reads || error.is_connect();
            if never_sent { failed(chain(&error)) } else { lost(chain(&error)) }
        })?;
        let (parts, body) = answer.into_parts();
        let mut out = Answer {
            status: parts.status.as_u16(),
            headers: headers::passing(&parts.headers),
            body: AnswerBody::Coming(Either::Left(body)),
        };
        if let Fields::Only(granted) = fields {
            let AnswerBody::Coming(body) = out.body else { return Err(failed("no body".into())) };
            let is_error = parts.status.is_client_error() || parts.status.is_server_error();
            let whole = tokio::time::timeout(self.patience, Limited::new(body, CUT_MAX_BYTES).collect())
                .await
                .map_err(timeout)?;
            let status = parts.status.as_u16();
            let not_cuttable = |why| Fault::NotCuttable { service: service.clone(), status, why };
            let whole = whole.map_err(|error| not_cuttable(Words::quoted(error)))?.to_bytes();
            out.body = AnswerBody::Whole(cut(&out.headers, &whole, granted, is_error).map_err(not_cuttable)?);
        }
        Ok(out)
    }

    fn request(&self, passed: Passed<'_>) -> Result<Request<OutBody>, String> {
        let uri = self.uri(passed.path, passed.query)?;
        let mut request = Request::new(passed.body);
        *request.method_mut() = passed.method.clone();
        let mut headers = passed.headers;
        if let Some(host) =
            uri.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok())
        {
            headers.insert(HOST, host);
        }
        let length = request.body().bytes();
        if length > 0
            || !matches!(*passed.method, Method::GET | Method::HEAD | Method::DELETE | Method::OPTIONS)
        {
            headers.insert(CONTENT_LENGTH, length.into());
        }
        if let Fields::Only(names) = passed.fields {
            let list = names.iter().map(String::as_str).collect::<Vec<_>>().join(",");
            headers::set(&mut headers, headers::FIELDS, &list);
            // What is to be cut must come uncompressed.
            headers.remove(ACCEPT_ENCODING);
        }
        *request.headers_mut() = headers;
        *request.uri_mut() = uri;
        Ok(request.map(Kept::into_body))
    }

    /// The service's address, its slash at the end collapsed with that of the path; path and query as they were sent.
    fn uri(&self, path: &str, query: Option<&str>) -> Result<Uri, String> {
        let base = self.url.as_str();
        let base = if path.is_empty() { base } else { base.trim_end_matches('/') };
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        format!("{base}{path}{query}").parse().map_err(|error: http::uri::InvalidUri| error.to_string())
    }
}

/// The body with the granted fields only, or why that can't be had.
fn cut(
    headers: &HeaderMap,
    body: &Bytes,
    granted: &std::collections::BTreeSet<String>,
    is_error: bool,
) -> Result<Bytes, Words> {
    if body.is_empty() {
        return Ok(Bytes::new());
    }
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = content_type.split(';').next().unwrap_or_default().trim();
    if media != "application/json" && !media.ends_with("+json") {
        return Err(Words::new("không phải JSON", "it is not JSON"));
    }
    if headers.contains_key(HeaderName::from_static("content-encoding")) {
        return Err(Words::new("đã bị nén", "it is compressed"));
    }
    let mut value = serde_json::from_slice(body).map_err(Words::quoted)?;
    if !minimise::cut(&mut value, granted, is_error) {
        return Err(Words::new("có giá trị không mang tên trường", "it holds plain values without names"));
    }
    Ok(value.to_string().into())
}
