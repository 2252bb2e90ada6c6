//! The client edge: where an agency's systems call their node.

use std::sync::Arc;

use http::header::{HOST, HeaderMap};
use http::request::Parts;
use http::{Method, Response, Version};
use model::fault::{Fault, Origin, Words};
use trust::listen::Connection;

use crate::body::{InBody, OutBody};
use crate::clock;
use crate::consume::{Answer, ClientCall, Patience, carry};
use crate::failure::Failure;
use crate::headers;
use crate::health;
use crate::look;
use crate::metadata;
use crate::node::Node;
use crate::presence::Presence;
use crate::request::{Request, check_size};
use crate::systems::Caller;
use crate::texts;

/// Answers a call at the edge.
pub(crate) async fn answer(
    node: Arc<Node>,
    request: http::Request<InBody>,
    caller: Caller,
) -> Response<OutBody> {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let refuse = |fault: Fault| Failure::new(fault, Origin::Consumer).answer(headers);
    if let Some(fault) = wrong_host(&parts).or_else(|| wrong_coding(headers)) {
        return refuse(fault);
    }
    if let Err(fault) = check_size(&parts.uri, headers) {
        return refuse(fault);
    }
    match (&parts.method, parts.uri.path()) {
        (&Method::GET, "/listClients") => {
            let directory = node.directory.load();
            match directory.check_current(clock::now()) {
                Ok(()) => metadata::list_clients(&directory, &parts.uri, headers),
                Err(fault) => refuse(fault),
            }
        }
        (&Method::GET, "/health") => health::answer(&node).await,
        _ if look::web::is_asked(&node, &parts) => look::web::answer(&node, &parts).await,
        _ => match call(&node, &parts, body, &caller).await {
            Ok(answer) => answer.into_response(),
            Err(failure) => {
                failure.log("call refused");
                failure.answer(headers)
            }
        },
    }
}

/// Reads a call, has its system prove itself, and carries it.
async fn call(node: &Arc<Node>, parts: &Parts, body: InBody, caller: &Caller) -> Result<Answer, Failure> {
    let here = |fault| Failure::new(fault, Origin::Consumer);
    let request = Request::read(&parts.method, &parts.uri, &parts.headers).map_err(here)?;
    let client = &request.call().client;
    node.systems.load().prove(client, &parts.headers, caller).map_err(here)?;
    if let Some(connection) = parts.extensions.get::<Arc<Connection>>() {
        connection.prove(client.as_str());
    }
    let presence = Presence::of(&parts.extensions);
    let span = node.traces.begin(&parts.headers);
    let (method, uri, headers) = (&parts.method, &parts.uri, &parts.headers);
    let patience = Patience::default();
    let call = ClientCall { request, method, uri, headers, presence, span, patience };
    carry(node, &call, body).await
}

/// A call names its host once (RFC 9112 section 3.2): whoever forwards calls goes by it. Over HTTP/2 that is `:authority`, and a `Host`
/// beside it says the same (RFC 9113 section 8.3.1).
fn wrong_host(parts: &Parts) -> Option<Fault> {
    let wrong = |why: Words| Some(Fault::BadHeader { header: "Host", why });
    let mut named = parts.headers.get_all(HOST).iter();
    let (first, second) = (named.next(), named.next());
    if second.is_some() {
        return wrong(texts::stands_twice());
    }
    match (parts.version, first, parts.uri.authority()) {
        (Version::HTTP_11, None, _) => Some(Fault::MissingHeader { header: "Host" }),
        (Version::HTTP_2, Some(host), Some(authority))
            if !host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes()) =>
        {
            wrong(texts::not_the_authority())
        }
        _ => None,
    }
}

/// Codings other than chunks are not undone here, and a body must not go on without the word that it is coded.
fn wrong_coding(headers: &HeaderMap) -> Option<Fault> {
    let why = texts::only_chunked();
    (!headers::is_plain_or_chunked(headers)).then_some(Fault::BadHeader { header: "Transfer-Encoding", why })
}
