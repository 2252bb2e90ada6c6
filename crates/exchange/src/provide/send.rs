//! The answer is signed, bound to the request, and the exchange recorded; when that is durable, the answer leaves.

use std::sync::Arc;

use bytes::Bytes;
use http::header::HeaderMap;
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::Either;
use hyper::body::Incoming;
use ledger::Side;
use model::fault::{Fault, Origin};
use trust::message::Signed;
use trust::signer::Signer;

use crate::backend::http_api;
use crate::body::{self, BodyError, Fed, OutBody};
use crate::clock;
use crate::failure::Failure;
use crate::headers;
use crate::node::Node;
use crate::own::OwnKey;
use crate::provide::admit::Verified;
use crate::provide::work::Opened;
use crate::sign::{self, Broken, Ending, FirstLine, Opening, Refusal};

/// Signs the answer, records the exchange, and gives the answer out, with its signature among its extensions unless that is behind its body.
pub(super) async fn send(
    node: &Arc<Node>,
    parts: &Parts,
    verified: Verified,
    opened: Opened,
) -> Result<Response<OutBody>, Fault> {
    let mut headers = opened.headers;
    headers::copy(&mut headers, &parts.headers, [headers::REQUEST_ID]);
    headers::put_other_headers(&mut headers);
    let line = FirstLine::Answer { status: opened.status, request_signature: verified.signature_value() };
    let own = node.own.load_full();
    let signer = own.signer_for(verified.directory.form_of(&verified.signer.node));
    let (body, signed) = match opened.body {
        Opening::Whole(bytes) => {
            let signed = sign::whole(&line, &mut headers, &bytes, &signer, clock::now()).await?;
            record(node, &own, &verified, &signed).await?;
            (body::whole(bytes), Some(signed))
        }
        Opening::Long { begun, rest } => {
            // Much of it will have left before the exchange can be recorded: that it was asked for is on record before the first byte.
            if opened.is_safe {
                node.recorder.intent(clock::now(), verified.signed_by()).await?;
            }
            let refuse = refusal(&verified, &parts.headers, opened.is_safe);
            (long((node, own, signer), line, headers.clone(), (begun, rest), refuse, verified), None)
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(opened.status).unwrap_or(StatusCode::BAD_GATEWAY);
    *response.headers_mut() = headers;
    signed.map(|signed| response.extensions_mut().insert(signed));
    Ok(response)
}

/// A long answer streams, but what makes it count, its signature, leaves only when the exchange is recorded.
fn long(
    (node, own, signer): (&Arc<Node>, Arc<OwnKey>, Signer),
    line: FirstLine,
    headers: HeaderMap,
    body: (Bytes, Either<Incoming, Fed>),
    refuse: impl FnOnce(&BodyError) -> Option<Refusal> + Send + 'static,
    verified: Verified,
) -> OutBody {
    let recorder = node.clone();
    let then = move |ending: Ending| async move {
        let recorded = ended(&recorder, &own, &verified, ending).await;
        recorded.inspect_err(|fault| tracing::error!(fault = fault.code(), reason = %fault, "a long answer was broken off")).is_ok()
    };
    sign::long(line, headers, body, (node.body_limits, signer), refuse, then)
}

/// Records how a long answer ended. What was sent of one that broke off is on record, whether or not somebody could be told.
async fn ended(node: &Node, own: &OwnKey, verified: &Verified, ending: Ending) -> Result<(), Fault> {
    let (why, sent, refusal) = match ending {
        Ending::Whole(signed) => return record(node, own, verified, &signed).await,
        Ending::Broken { why, sent, refusal } => (why, sent, refusal),
    };
    let (call, peer) = (verified.request.call(), &verified.signer.node);
    let fault = match why {
        Broken::Gone => Fault::AnswerNotTaken { peer: peer.to_string(), sent },
        Broken::Body(error) => http_api::broke_off(&call.service, true, error),
        Broken::Fault(fault) => fault,
    };
    node.recorder.broken(clock::now(), &fault, call, (peer, sent), verified.signed_by()).await?;
    match refusal {
        Some(signed) => record(node, own, verified, &signed).await,
        None => Err(fault),
    }
}

/// What a long answer that breaks off is refused with. It has begun to leave by then, so the refusal follows behind it.
fn refusal(
    verified: &Verified,
    request: &HeaderMap,
    is_safe: bool,
) -> impl FnOnce(&BodyError) -> Option<Refusal> + Send + 'static {
    let (service, request) = (verified.request.call().service.clone(), request.clone());
    move |error| {
        let fault = http_api::broke_off(&service, is_safe, error.clone());
        let failure = Failure::new(fault, Origin::Provider);
        failure.log("a long answer was refused behind its beginning");
        let body = failure.body();
        let text = body.written(&request).1;
        Some(Refusal { kind: body.kind, code: failure.fault.code(), body: text })
    }
}

async fn record(node: &Node, own: &OwnKey, verified: &Verified, answer: &Signed) -> Result<(), Fault> {
    let answer = (answer, own.used());
    node.recorder.exchange(Side::Provider, clock::now(), verified.signed_by(), answer).await
}
