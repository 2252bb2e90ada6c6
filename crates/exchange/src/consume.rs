//! The consumer's side of an exchange: from a system's call to its answer.

mod admit;
mod answer;
mod attempt;
mod delivery;
mod verify;

use std::fmt::Display;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::HeaderMap;
use http::{Method, Uri};
use http_body::Body;
use ledger::Side;
use model::fault::{Fault, Origin};
use model::usage::Counted;
use trust::message::Signed;

use crate::body::{BodyError, Limits};
use crate::clock;
use crate::compiled::CompiledDirectory;
use crate::consume::admit::{may_leave, outgoing_headers, provider_nodes};
use crate::consume::delivery::Delivery;
use crate::failure::Failure;
use crate::node::Node;
use crate::own::OwnKey;
use crate::presence::Presence;
use crate::request::Request;
use crate::sign;
use crate::trace::Span;

pub(crate) use answer::Answer;

/// A call to be carried, of a system that has proven who it is.
pub(crate) struct ClientCall<'a> {
    pub(crate) request: Request,
    pub(crate) method: &'a Method,
    /// The address: path and query go on as they are.
    pub(crate) uri: &'a Uri,
    /// All headers that came with it.
    pub(crate) headers: &'a HeaderMap,
    /// Whether the caller still waits.
    pub(crate) presence: Presence,
    /// Its span, if it is traced.
    pub(crate) span: Option<Span>,
    /// How much, and how long, the caller waits for.
    pub(crate) patience: Patience,
}

/// What a caller waits for, where that is less than the node does.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Patience {
    /// Most bytes of an answer.
    pub(crate) answer_bytes: Option<u64>,
    /// Longest wait for it.
    pub(crate) within: Option<Duration>,
}

/// Carries a call to its provider and its answer back, and accounts for it: how it ended is counted, and recorded if it was refused.
///
/// # Errors
/// [`Failure`]: what the caller is told.
pub(crate) async fn carry(
    node: &Arc<Node>,
    call: &ClientCall<'_>,
    body: impl Body<Data = Bytes, Error: Display + Send> + Send + Unpin + 'static,
) -> Result<Answer, Failure> {
    let (directory, own, began) = (node.directory.load_full(), node.own.load_full(), Instant::now());
    let exchanged = exchange(node, &directory, &own, call, body).await;
    let ended = exchanged.as_ref().map(Answer::head).map_err(|unanswered| &unanswered.fault);
    node.usage.count(Counted::AtConsumer, &directory, &call.request, ended, began);
    let service = Some(&call.request.call().service).filter(|service| directory.service(service).is_some());
    node.traces.end(call.span.as_ref(), Counted::AtConsumer, service, ended);
    match exchanged {
        Ok(answer) => Ok(answer),
        Err(unanswered) => {
            record_refusal(node, &own, call, &unanswered).await;
            Err(Failure::new(unanswered.fault, Origin::Consumer))
        }
    }
}

/// Why a call has no answer, and the request that left without one.
struct Unanswered {
    fault: Fault,
    request: Option<Signed>,
}

impl From<Fault> for Unanswered {
    fn from(fault: Fault) -> Self {
        Self { fault, request: None }
    }
}

/// The steps of the way.
async fn exchange(
    node: &Arc<Node>,
    directory: &CompiledDirectory,
    own: &OwnKey,
    call: &ClientCall<'_>,
    body: impl Body<Data = Bytes, Error: Display + Send> + Send + Unpin + 'static,
) -> Result<Answer, Unanswered> {
    let admitted = may_leave(node, directory, &call.request, clock::now())?;
    let nodes = node.peers.order(provider_nodes(directory, call)?);
    let headers = outgoing_headers(node, call);
    let limits = Limits { bytes: admitted.body_bytes(node.body_limits.bytes), ..node.body_limits };
    let room = node.room(call.request.call().client.as_str());
    let body = sign::open(body, limits, room).await.map_err(BodyError::of_caller)?;
    let delivery = Delivery::new(node, own, call, headers, admitted.is_safe(), limits);
    let answer = delivery.send(&nodes, body).await;
    let answer = answer.map_err(|fault| Unanswered { fault, request: delivery.unanswered() })?;
    let request = (&answer.request, own.used());
    node.recorder
        .exchange(Side::Consumer, clock::now(), request, answer.signed_by())
        .await
        .map_err(|fault| delivery.withheld(fault))?;
    Ok(delivery.hand_over(answer))
}

/// Records a call that ended without an answer, unless it came too fast or nothing can be recorded.
async fn record_refusal(node: &Node, own: &OwnKey, call: &ClientCall<'_>, unanswered: &Unanswered) {
    let Unanswered { fault, request } = unanswered;
    let (headers, call) = (call.headers, call.request.call());
    if matches!(
        fault,
        Fault::RateExceeded { .. } | Fault::TooManyQuestions { .. } | Fault::LedgerFailed { .. }
    ) || !node.refusal_rates.records_refusal(&call.client, Instant::now())
    {
        return;
    }
    let request = request.as_ref().map(|signed| (signed, own.used()));
    let recorded = node.recorder.refusal(clock::now(), fault, (call, headers), request).await;
    // The caller is told what became of the call all the same.
    let _ = recorded.inspect_err(
        |fault| tracing::error!(fault = fault.code(), reason = %fault, "a refusal was not recorded"),
    );
}
