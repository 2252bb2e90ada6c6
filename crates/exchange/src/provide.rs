//! The provider's side of an exchange: from another node's request to the signed answer.

mod admit;
mod send;
mod work;

use std::fmt::Display;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::HeaderMap;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body::Body;
use model::fault::{Fault, Origin};
use model::id::NodeId;
use model::usage::Counted;

use crate::body::OutBody;
use crate::failure::Failure;
use crate::framed::Presented;
use crate::headers;
use crate::node::Node;
use crate::provide::admit::{admit, read_head, receive, refused};
use crate::provide::send::send;
use crate::provide::work::work;
use crate::request::Request as Asked;

/// Answers a request that the node `peer` sent. Who asks and whether they may is known before any of the body is read, as far as
/// the headers tell.
pub(crate) async fn serve<B>(node: Arc<Node>, request: Request<B>, peer: NodeId) -> Response<OutBody>
where
    B: Body<Data = Bytes, Error: Display> + Unpin,
{
    let (mut parts, body) = request.into_parts();
    let presented = parts.extensions.remove();
    if let Some(span) = node.traces.begin(&parts.headers) {
        parts.extensions.insert(span);
    }
    exchange(&node, &parts, presented, body, &peer).await.unwrap_or_else(unsigned)
}

/// The steps of the way. A fault is said without a signature; whatever can be signed is an answer.
async fn exchange(
    node: &Arc<Node>,
    parts: &Parts,
    presented: Option<Presented>,
    body: impl Body<Data = Bytes, Error: Display> + Unpin,
    peer: &NodeId,
) -> Result<Response<OutBody>, Fault> {
    let head =
        read_head(node, parts, presented, &body, peer).inspect_err(|fault| not_verified(peer, fault))?;
    let began = Instant::now();
    let (verified, outcome) = match admit(node, &head) {
        Ok(admission) => {
            let received = receive(node, parts, body, peer, head, &admission).await;
            let (verified, received) = received.inspect_err(|fault| not_verified(peer, fault))?;
            (verified, Ok((admission, received)))
        }
        Err(fault) => (refused(node, head, &fault, began)?, Err(fault)),
    };
    let (directory, request) = (verified.directory.clone(), verified.request.clone());
    let mut has_asked_service = false;
    let opened = work(node, outcome, &verified, parts, &mut has_asked_service).await;
    let sent = send(node, parts, verified, opened).await;
    let ended = sent.as_ref().map(|response| (response.status(), response.headers()));
    node.usage.count(Counted::AtProvider, &directory, &request, ended, began);
    if let (Asked::Service(call), Some(answers)) = (&request, source_answers(ended)) {
        node.standing.note_source(&call.service, answers);
    }
    let service = Some(&request.call().service).filter(|service| directory.service(service).is_some());
    node.traces.end(parts.extensions.get(), Counted::AtProvider, service, ended);
    sent.map_err(|fault| not_given_out(fault, has_asked_service))
}

/// Whether what stands behind the service gave an answer, as far as the end of an exchange tells: a refusal does not.
fn source_answers(ended: Result<(StatusCode, &HeaderMap), &Fault>) -> Option<bool> {
    let code = match ended {
        Err(fault) => Some(fault.code()),
        Ok((_, headers)) => headers::last(headers, &headers::FAULT).filter(|code| !code.is_empty()),
    };
    match code {
        // What failed, was too slow, was lost.
        Some("LT-4102" | "LT-4103" | "LT-4105" | "LT-4110") => Some(false),
        // There is no such record.
        None | Some("LT-4108") => Some(true),
        Some(_) => None,
    }
}

fn not_verified(peer: &NodeId, fault: &Fault) {
    tracing::warn!(%peer, fault = fault.code(), reason = %fault, "request refused before it was verified");
}

/// What is said of an answer that could not be signed and recorded. Who asked must know that the service may have acted.
fn not_given_out(fault: Fault, has_asked_service: bool) -> Fault {
    tracing::error!(fault = fault.code(), reason = %fault, "an answer was not given out");
    if has_asked_service { Fault::AnswerWithheld { why: fault.to_string() } } else { fault }
}

/// A fault that leaves neither signature nor entry. The other node reads it, so it is JSON whatever its caller accepts.
fn unsigned(fault: Fault) -> Response<OutBody> {
    Failure::new(fault, Origin::Provider).answer(&HeaderMap::new())
}
