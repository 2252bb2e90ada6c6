//! What was asked for is done: by the service, or by the node where the question is about services.

use http::header::{HeaderMap, IF_NONE_MATCH};
use http::request::Parts;
use http_body_util::{BodyExt as _, Either};
use hyper::body::Incoming;
use model::fault::{Fault, Origin};
use model::id::ServiceId;
use model::service::{DatasetCall, Offer};
use tokio::time::Instant;

use crate::backend::dataset::Ask;
use crate::backend::http_api::{self, Passed, SHORT_ANSWER};
use crate::backend::within::Called;
use crate::backend::{Answer, AnswerBody, Backend};
use crate::body::{Fed, Kept, Received};
use crate::clock;
use crate::decide::{Call, Permit};
use crate::failure::Failure;
use crate::headers;
use crate::metadata;
use crate::node::Node;
use crate::presence::Presence;
use crate::provide::admit::{Admission, Task, Verified};
use crate::sign::{self, Opening};
use crate::trace::Span;

/// An answer of which is known whether it is short. A short one is all there, so that one that broke off can be refused instead.
pub(super) struct Opened {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Opening<Either<Incoming, Fed>>,
    pub(super) is_safe: bool,
}

/// Does what was asked, until it is known whether the answer is short; what only reads ends when the caller has gone. A fault becomes
/// an answer like any other. Says whether the service was asked.
pub(super) async fn work(
    node: &Node,
    admitted: Result<(Admission<'_>, Received), Fault>,
    verified: &Verified,
    parts: &Parts,
    has_asked_service: &mut bool,
) -> Opened {
    let is_safe = admitted.as_ref().map_or(true, |(admission, _)| admission.is_safe);
    let presence = Presence::of(&parts.extensions);
    let opened = tokio::select! {
        biased;
        opened = answer(node, admitted, verified, parts, has_asked_service) => opened,
        () = presence.gone(), if is_safe => {
            Err(Fault::AnswerNotTaken { peer: verified.signer.node.to_string(), sent: 0 })
        }
    };
    match opened {
        Ok(opened) => opened,
        Err(fault) => failed(fault, &parts.headers).await,
    }
}

async fn answer(
    node: &Node,
    admitted: Result<(Admission<'_>, Received), Fault>,
    verified: &Verified,
    parts: &Parts,
    has_asked_service: &mut bool,
) -> Result<Opened, Fault> {
    let until = Instant::now() + node.service_timeout + SHORT_ANSWER;
    let call = verified.request.call();
    let (Admission { is_safe, task, .. }, received) = admitted?;
    let answer = match task {
        Task::Service(backend, permit, _slot) => {
            begin(node, verified, &permit).await?;
            *has_asked_service = true;
            ask(node, backend, permit, parts, call, received.body).await?
        }
        Task::Question(question) => {
            metadata::answer(node, &verified.directory, question, call, parts.uri.query()).await?
        }
    };
    open(node, answer, &call.service, is_safe, until).await
}

/// Records the intent where something may change.
async fn begin(node: &Node, verified: &Verified, permit: &Permit) -> Result<(), Fault> {
    if permit.is_safe {
        return Ok(());
    }
    node.recorder.intent(clock::now(), verified.signed_by()).await
}

/// Asks the service.
async fn ask(
    node: &Node,
    backend: &Backend,
    permit: Permit,
    parts: &Parts,
    call: &Call,
    body: Kept,
) -> Result<Answer, Fault> {
    let not_served = || Fault::NotServedHere { service: call.service.clone() };
    let path = || parts.uri.path().splitn(8, '/').nth(7).map(|rest| format!("/{rest}")).unwrap_or_default();
    match (backend, &permit.offered.service.offer) {
        (Backend::Http(api), Offer::Http { .. }) => {
            let added = node.added_headers(&call.service);
            let mut headers = headers::of_call(&parts.headers, added);
            headers::copy(&mut headers, &parts.headers, [headers::REQUEST_ID]);
            if let Some(span) = parts.extensions.get::<Span>() {
                span.put(&mut headers);
            }
            api.answer(Passed {
                service: &call.service,
                method: &parts.method,
                path: &path(),
                query: parts.uri.query(),
                headers,
                body,
                fields: &permit.grant.fields,
                added,
                is_safe: permit.is_safe,
                room: node.room(call.service.as_str()),
            })
            .await
        }
        (Backend::Within(within), Offer::Http { .. }) => {
            // It takes what is short, and that is in memory.
            let Kept::Memory(body) = body else { return Err(not_served()) };
            let path = path();
            let called = Called { client: &call.client, method: &parts.method, path: &path, body: &body };
            within.answer(&call.service, called, &permit.grant.fields).await
        }
        (Backend::Dataset(dataset), Offer::Dataset(contract)) => {
            let operation = DatasetCall::parse(&call.method, &call.path).ok_or_else(not_served)?;
            // As large as a dataset takes it, it is in memory.
            let Kept::Memory(body) = body else { return Err(not_served()) };
            dataset
                .answer(&Ask {
                    offered: &permit.offered,
                    dataset: contract,
                    operation,
                    client: &call.client,
                    grant: &permit.grant,
                    if_none_match: parts.headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()),
                    query: parts.uri.query(),
                    body,
                })
                .await
        }
        _ => Err(not_served()),
    }
}

async fn open(
    node: &Node,
    answer: Answer,
    service: &ServiceId,
    is_safe: bool,
    until: Instant,
) -> Result<Opened, Fault> {
    let body = match answer.body {
        AnswerBody::Whole(bytes) => Opening::Whole(bytes),
        AnswerBody::Coming(body) => {
            let opening = sign::open(body, node.body_limits, node.room(service.as_str()));
            tokio::time::timeout_at(until, opening)
                .await
                .map_err(|_| http_api::late(service, is_safe, node.service_timeout))?
                .map_err(|error| http_api::broke_off(service, is_safe, error))?
        }
    };
    Ok(Opened { status: answer.status, headers: answer.headers, body, is_safe })
}

/// A fault as an answer that is signed and recorded like any other.
async fn failed(fault: Fault, request: &HeaderMap) -> Opened {
    let failure = Failure::new(fault, Origin::Provider);
    failure.log("request refused");
    let (parts, body) = failure.answer(request).into_parts();
    // The body of a failure is in memory.
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    Opened {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: Opening::Whole(body),
        is_safe: true,
    }
}
