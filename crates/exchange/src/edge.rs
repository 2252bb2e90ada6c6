//! The client edge: where an agency's systems call their node.

use std::collections::HashMap;
use std::sync::Arc;

use http::header::{HOST, HeaderMap, TRANSFER_ENCODING};
use http::{Method, Request, Response, StatusCode, Version};
use jiff::Timestamp;
use model::ending::Tense;
use model::fault::{Fault, Place, Words};
use model::id::SystemId;
use rustls::pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};

use crate::body::{self, InBody, OutBody};
use crate::clock;
use crate::consume;
use crate::failure::Failure;
use crate::headers;
use crate::metadata;
use crate::node::Node;

/// All headers of a call together. nginx and Apache take 8 KB a line; this is twice that.
const HEADERS_MAX_BYTES: usize = 16 * 1024;

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// The certificate shown, if the edge speaks TLS and one was.
    pub certificate: Option<CertificateDer<'static>>,
    /// When that ends.
    pub ends: Option<Timestamp>,
}

/// What proves the systems that call through this node.
#[derive(Debug, Default)]
pub struct Systems {
    by_id: HashMap<SystemId, Credentials>,
}

/// What proves one system.
#[derive(Debug, Default, Clone)]
pub struct Credentials {
    /// SHA-256 of its tokens.
    pub tokens: Vec<[u8; 32]>,
    /// Its certificates.
    pub certificates: Vec<CertificateDer<'static>>,
}

impl Systems {
    /// The systems in a node's settings.
    #[must_use]
    pub fn new(by_id: HashMap<SystemId, Credentials>) -> Self {
        Self { by_id }
    }

    /// All certificates: the edge's TLS accepts these.
    #[must_use]
    pub fn certificates(&self) -> Vec<CertificateDer<'static>> {
        self.by_id.values().flat_map(|credentials| credentials.certificates.clone()).collect()
    }

    /// Whether the caller has shown that it is `client`: by its token or by its certificate.
    ///
    /// # Errors
    /// [`Fault::NotProven`].
    pub fn prove(&self, client: &SystemId, headers: &HeaderMap, caller: &Caller) -> Result<(), Fault> {
        let credentials = self.by_id.get(client);
        let token = headers::last(headers, &headers::TOKEN)
            .map(|token| <[u8; 32]>::from(Sha256::digest(token.trim())));
        // Digests of secrets are compared, so the time it takes tells nothing about the secrets.
        let by_token =
            token.is_some_and(|token| credentials.is_some_and(|known| known.tokens.contains(&token)));
        let by_certificate = caller
            .certificate
            .as_ref()
            .filter(|_| caller.ends.is_none_or(|ends| clock::now() <= ends))
            .is_some_and(|shown| credentials.is_some_and(|known| known.certificates.contains(shown)));
        if by_token || by_certificate { Ok(()) } else { Err(Fault::NotProven { client: client.clone() }) }
    }
}

/// Answers a call at the edge.
pub async fn answer(node: Arc<Node>, request: Request<InBody>, caller: Caller) -> Response<OutBody> {
    let node = &node;
    let headers = request.headers().clone();
    let refuse = |fault: Fault| Failure::new(fault, Place::Consumer).answer(&headers);
    if let Some(fault) = wrong_host(&request).or_else(|| wrong_coding(&headers)) {
        return refuse(fault);
    }
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if bytes + request.uri().path_and_query().map_or(0, |both| both.as_str().len()) > HEADERS_MAX_BYTES {
        return refuse(Fault::HeadersTooLarge { limit_bytes: HEADERS_MAX_BYTES });
    }
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/listClients") => {
            let book = node.book.load();
            match book.check_current(clock::now()) {
                Ok(()) => metadata::list_clients(&book, request.uri(), &headers),
                Err(fault) => refuse(fault),
            }
        }
        (&Method::GET, "/health") => health(node).await,
        _ => match consume::carry(node, request, &caller).await {
            Ok(answer) => answer,
            Err(failure) => {
                tracing::info!(fault = failure.fault.code(), detail = %failure.detail, reason = %failure.fault, "call refused");
                failure.answer(&headers)
            }
        },
    }
}

/// A call names its host once (RFC 9112 section 3.2): whoever forwards calls goes by it. Over HTTP/2 that is `:authority`, and a `Host`
/// beside it says the same (RFC 9113 section 8.3.1).
fn wrong_host(request: &Request<InBody>) -> Option<Fault> {
    let wrong = |vi: &str, en: &str| Some(Fault::BadHeader { header: "Host", why: Words::new(vi, en) });
    let mut named = request.headers().get_all(HOST).iter();
    let (first, second) = (named.next(), named.next());
    if second.is_some() {
        return wrong("đứng nhiều hơn một lần", "it stands more than once");
    }
    match (request.version(), first, request.uri().authority()) {
        (Version::HTTP_11, None, _) => Some(Fault::MissingHeader { header: "Host" }),
        (Version::HTTP_2, Some(host), Some(authority))
            if !host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes()) =>
        {
            wrong("khác với :authority", "it differs from :authority")
        }
        _ => None,
    }
}

/// Codings other than chunks are not undone here, and a body must not go on without the word that it is coded.
fn wrong_coding(headers: &HeaderMap) -> Option<Fault> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let first = codings.next()?;
    let is_plain = first.as_bytes().eq_ignore_ascii_case(b"chunked") && codings.next().is_none();
    let why = Words::new("chỉ nhận chunked", "only chunked is taken");
    (!is_plain).then_some(Fault::BadHeader { header: "Transfer-Encoding", why })
}

/// Whether the node can carry exchanges, for those who watch it: the status. Whether all is well with it: the body. A node that refuses
/// a newer directory goes on with the one it has, so that whoever spoils a directory does not stop the exchanges.
async fn health(node: &Node) -> Response<OutBody> {
    let book = node.book.load_full();
    let state = match book.check_current(clock::now()) {
        Ok(()) => node.recorder.check().await,
        refused => refused,
    };
    let now = clock::now();
    let (wrong, to_see_to) = node.wrong_with_certificates(now);
    let state = state.and_then(|()| wrong.map_or(Ok(()), Err));
    let (refused, endings) = (node.refused_directory(), node.endings(now));
    let ended = endings.iter().any(|ending| ending.tense == Tense::Ended);
    let told = state.as_ref().err().or(to_see_to.as_ref());
    let fault = told.map(|fault| fault.code().to_owned());
    let report = serde_json::json!({
        "node": node.id,
        "healthy": told.is_none() && refused.is_none() && !ended,
        "directory": { "revision": book.revision, "expires": book.expires, "refused": refused },
        "certificates": endings,
        "reason": told.map(Fault::en),
        "reason_vi": told.map(Fault::vi),
        "fault": fault.or(refused.map(|refused| refused.fault)),
    });
    let mut response = Response::new(body::whole(report.to_string()));
    if state.is_err() {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    headers::set(response.headers_mut(), http::header::CONTENT_TYPE, "application/json");
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_proves_itself_by_its_own_secret_only() {
        let (a, b): (SystemId, SystemId) = ("VN/LOC/H05/a".parse().unwrap(), "VN/LOC/H05/b".parse().unwrap());
        let credentials = |token: &str| Credentials {
            tokens: vec![Sha256::digest(token).into()],
            certificates: vec![token.as_bytes().to_vec().into()],
        };
        let systems = Systems::new(
            [(a.clone(), credentials("secret-a")), (b.clone(), credentials("secret-bb"))].into(),
        );
        let prove = |client: &SystemId, token: Option<&str>, certificate: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(token) = token {
                headers::set(&mut headers, headers::TOKEN, token);
            }
            systems
                .prove(
                    client,
                    &headers,
                    &Caller {
                        certificate: certificate.map(|text| text.as_bytes().to_vec().into()),
                        ends: None,
                    },
                )
                .is_ok()
        };
        assert!(
            prove(&a, Some("secret-a"), None)
                && prove(&a, None, Some("secret-a"))
                && prove(&b, Some("secret-bb"), Some("x"))
        );
        assert!(
            !prove(&a, Some("secret-bb"), None)
                && !prove(&a, None, Some("secret-bb"))
                && !prove(&a, None, None)
                && !prove(&a, Some(""), None)
        );
        assert!(!prove(&"VN/LOC/H05/c".parse().unwrap(), Some("secret-a"), Some("secret-a")));
    }
}
