//! The provider's side of an exchange: from another node's request to the signed answer.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{HeaderMap, IF_NONE_MATCH};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Either};
use hyper::body::Incoming;
use jiff::Timestamp;
use ledger::Side;
use model::fault::{Fault, Place, Words};
use model::id::{NodeId, ServiceId};
use model::service::{DatasetCall, Offer};
use model::usage::Counted;
use trust::message::{Signed, Start};

use crate::asked::{Asked, Metadata};
use crate::backend::dataset::{Ask, CONFIRM_BYTES};
use crate::backend::http_api::{self, Passed};
use crate::backend::{Answer, AnswerBody, Backend, no_answer};
use crate::body::{self, BodyError, Fed, Kept, OutBody, Received};
use crate::book::{Book, Signer};
use crate::check::{Message, Once, check};
use crate::clock;
use crate::decide::{Permit, decide};
use crate::failure::Failure;
use crate::headers;
use crate::metadata;
use crate::node::Node;
use crate::record::UsedKey;
use crate::seal::{self, Broken, Ending, FirstLine, Opening, Refusal};

/// Answers a request that the node `peer` sent.
pub async fn serve(node: Arc<Node>, request: Request<Incoming>, peer: NodeId) -> Response<OutBody> {
    let (node, peer) = (&node, &peer);
    let (parts, body) = request.into_parts();
    let verified = match verify(node, &parts, body, peer).await {
        Ok(verified) => verified,
        Err(fault) => {
            tracing::warn!(%peer, fault = fault.code(), reason = %fault, "request refused before it was verified");
            return unsigned(fault);
        }
    };
    let began = Instant::now();
    let (book, call) = (verified.book.clone(), verified.asked.call.clone());
    let is_question = verified.asked.metadata.is_some();
    let admitted = admit(node, &verified).await;
    let asked_service = matches!(admitted, Ok(Admitted::Call(..)));
    let only_reads = !matches!(&admitted, Ok(Admitted::Call(_, permit)) if !permit.only_reads);
    let outcome = match admitted {
        Ok(Admitted::Call(backend, permit)) => ask(backend, permit, &parts, &verified).await,
        Ok(Admitted::Question(about)) => {
            metadata::answer(node, &verified.book, about, &verified.asked.call, parts.uri.query()).await
        }
        Err(fault) if !node.refusal_rates.records_refusal(&verified.asked.call.client, Instant::now()) => {
            return unsigned(fault);
        }
        Err(fault) => Err(fault),
    };
    let outcome = match outcome {
        Ok(answer) => open(node, answer, &call.service, only_reads).await,
        Err(fault) => Err(fault),
    };
    let opened = match outcome {
        Ok(opened) => opened,
        Err(fault) => failed(&Failure::new(fault, Place::Provider), &parts.headers).await,
    };
    match send(node, &parts, verified, opened).await {
        Ok(response) => {
            if !is_question {
                node.usage.answered(Counted::AtProvider, &book, &call, &response, began);
            }
            response
        }
        Err(fault) => {
            if !is_question {
                node.usage.ended(Counted::AtProvider, &book, &call, &fault, began);
            }
            tracing::error!(fault = fault.code(), reason = %fault, "an answer was not given out");
            // Who asked must know that the service may have acted.
            unsigned(if asked_service { Fault::AnswerWithheld { why: fault.to_string() } } else { fault })
        }
    }
}

/// A fault that leaves neither signature nor entry. The other node reads it, so it is JSON whatever its caller accepts.
fn unsigned(fault: Fault) -> Response<OutBody> {
    Failure::new(fault, Place::Provider).answer(&HeaderMap::new())
}

/// A request whose signature was checked.
struct Verified {
    asked: Asked,
    signed: Signed,
    signer: Signer,
    book: Arc<Book>,
    received: Received,
}

/// Receives the request whole and checks it. Nothing behind the node has seen any of it yet.
async fn verify(node: &Arc<Node>, parts: &Parts, body: Incoming, peer: &NodeId) -> Result<Verified, Fault> {
    let asked = Asked::read(&parts.method, &parts.uri, &parts.headers)?;
    let received =
        body::receive(body, node.body_limits(), &node.spool).await.map_err(|error| match error {
            BodyError::TooLarge(limit_bytes) => Fault::BodyTooLarge { limit_bytes },
            BodyError::Stalled(seconds) => Fault::BodyStalled { seconds },
            BodyError::Broken(why) => Fault::BodyBroken { why },
            BodyError::Disk(why) => Fault::Internal { why },
        })?;
    let book = node.book.load_full();
    let now = clock::now();
    book.check_current(now)?;
    let start =
        Start::Request { method: parts.method.as_str(), path: parts.uri.path(), query: parts.uri.query() };
    let message = Message { start, headers: &parts.headers, received: &received };
    let (signed, signer) = check(message, &book, &node.verifier, &Once::Request(&node.replays), now)?;
    if signer.node != *peer {
        return Err(Fault::PeerNotSigner { peer: peer.to_string(), signer: signer.node.to_string() });
    }
    let speaks = book.system(&asked.call.client).is_some_and(|party| party.nodes.contains(&signer.node));
    if !speaks {
        return Err(Fault::NotItsSystem { node: signer.node.to_string(), system: asked.call.client.clone() });
    }
    let signer = signer.clone();
    Ok(Verified { asked, signed, signer, book, received })
}

/// What a request may go on to.
enum Admitted<'a> {
    /// The service.
    Call(&'a Backend, Permit),
    /// A question about services, which the node answers itself.
    Question(Metadata),
}

/// Decides, and records the intent where something may change.
async fn admit<'a>(node: &'a Node, verified: &'a Verified) -> Result<Admitted<'a>, Fault> {
    let call = &verified.asked.call;
    if let Some(about) = verified.asked.metadata {
        node.question_rates.admit_question(&call.client, Instant::now())?;
        return Ok(Admitted::Question(about));
    }
    let permit = decide(&verified.book, call, clock::now())?;
    node.provider_rates.admit(&permit.grant, Instant::now())?;
    let backend = node
        .backends
        .get(&call.service)
        .ok_or_else(|| Fault::NotServedHere { service: call.service.clone() })?;
    if !permit.only_reads {
        let key = UsedKey { keyid: &verified.keyid(), certificate: &verified.signer.certificate };
        node.recorder.intent(clock::now(), &verified.signed, key).await?;
    }
    Ok(Admitted::Call(backend, permit))
}

/// Asks the service.
async fn ask(backend: &Backend, permit: Permit, parts: &Parts, verified: &Verified) -> Result<Answer, Fault> {
    let body =
        verified.received.body.share().await.map_err(|error| Fault::Internal { why: error.to_string() })?;
    let call = &verified.asked.call;
    let not_served = || Fault::NotServedHere { service: call.service.clone() };
    match (backend, &permit.offered.service.offer) {
        (Backend::Http(api), Offer::Http { .. }) => {
            let path =
                parts.uri.path().splitn(8, '/').nth(7).map(|rest| format!("/{rest}")).unwrap_or_default();
            let mut headers = headers::passing(&parts.headers);
            if let Some(id) = parts.headers.get(headers::REQUEST_ID) {
                headers.insert(headers::REQUEST_ID, id.clone());
            }
            let fields = &permit.grant.fields;
            api.answer(Passed {
                service: &call.service,
                method: &parts.method,
                path: &path,
                query: parts.uri.query(),
                headers,
                body,
                fields,
                only_reads: permit.only_reads,
            })
            .await
        }
        (Backend::Dataset(dataset), Offer::Dataset(contract)) => {
            let operation = DatasetCall::parse(&call.method, &call.path).ok_or_else(not_served)?;
            let body = match body {
                Kept::Memory(bytes) if bytes.len() <= CONFIRM_BYTES => bytes,
                _ => return Err(Fault::BodyTooLarge { limit_bytes: CONFIRM_BYTES as u64 }),
            };
            let fields = &permit.grant.fields;
            dataset
                .answer(&Ask {
                    offered: &permit.offered,
                    dataset: contract,
                    operation,
                    fields,
                    rows: &permit.grant.rows,
                    if_none_match: parts.headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()),
                    query: parts.uri.query(),
                    body,
                })
                .await
        }
        _ => Err(not_served()),
    }
}

impl Verified {
    fn keyid(&self) -> String {
        trust::key_id(&self.signer.node, &self.signer.certificate)
    }
}

/// An answer of which is known whether it is short. A short one is all there, so that one that broke off can be refused instead.
struct Opened {
    status: u16,
    headers: HeaderMap,
    body: Opening<Either<Incoming, Fed>>,
    only_reads: bool,
}

async fn open(node: &Node, answer: Answer, service: &ServiceId, only_reads: bool) -> Result<Opened, Fault> {
    let body = match answer.body {
        AnswerBody::Whole(bytes) => Opening::Whole(bytes),
        AnswerBody::Coming(body) => seal::open(body, node.body_limits())
            .await
            .map_err(|error| broke_off(service, only_reads, &error))?,
    };
    Ok(Opened { status: answer.status, headers: answer.headers, body, only_reads })
}

/// A fault as an answer that is signed and recorded like any other.
async fn failed(failure: &Failure, request: &HeaderMap) -> Opened {
    tracing::info!(fault = failure.fault.code(), detail = %failure.detail, reason = %failure.fault, "request refused");
    let (parts, body) = failure.answer(request).into_parts();
    // The body of a failure is in memory.
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    Opened {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: Opening::Whole(body),
        only_reads: true,
    }
}

/// Signs the answer, bound to the request, records the exchange, and gives the answer out when that is durable.
async fn send(
    node: &Arc<Node>,
    parts: &Parts,
    verified: Verified,
    opened: Opened,
) -> Result<Response<OutBody>, Fault> {
    let mut headers = opened.headers;
    if let Some(id) = parts.headers.get(headers::REQUEST_ID) {
        headers.insert(headers::REQUEST_ID, id.clone());
    }
    headers::put_other_headers(&mut headers);
    let line =
        FirstLine::Answer { status: opened.status, request_signature: verified.signed.signature_value() };
    let body = match opened.body {
        Opening::Whole(bytes) => {
            let signed = seal::whole(&line, &mut headers, &bytes, &node.notary, clock::now()).await?;
            record(node, &verified, &signed, clock::now()).await?;
            body::whole(bytes)
        }
        Opening::Long { begun, rest } => {
            // Much of it will have left before the exchange can be recorded: that it was asked for is on record before the first byte.
            if opened.only_reads {
                let key = UsedKey { keyid: &verified.keyid(), certificate: &verified.signer.certificate };
                node.recorder.intent(clock::now(), &verified.signed, key).await?;
            }
            let refuse = refusal(&verified, &parts.headers, opened.only_reads);
            long(node, line, headers.clone(), (begun, rest), refuse, verified)
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(opened.status).unwrap_or(StatusCode::BAD_GATEWAY);
    *response.headers_mut() = headers;
    Ok(response)
}

/// A long answer streams, but what makes it count, its signature, leaves only when the exchange is recorded.
fn long(
    node: &Arc<Node>,
    line: FirstLine,
    headers: HeaderMap,
    body: (Bytes, Either<Incoming, Fed>),
    refuse: impl FnOnce(&BodyError) -> Option<Refusal> + Send + 'static,
    verified: Verified,
) -> OutBody {
    let recorder = node.clone();
    let then = move |ending: Ending| async move {
        let recorded = ended(&recorder, &verified, ending).await;
        recorded.inspect_err(|fault| tracing::error!(fault = fault.code(), reason = %fault, "a long answer was broken off")).is_ok()
    };
    seal::long(line, headers, body, (node.body_limits(), node.notary.clone()), refuse, then)
}

/// Records how a long answer ended. What was sent of one that broke off is on record, whether or not somebody could be told.
async fn ended(node: &Node, verified: &Verified, ending: Ending) -> Result<(), Fault> {
    let (why, sent, refusal) = match ending {
        Ending::Whole(signed) => return record(node, verified, &signed, clock::now()).await,
        Ending::Broken { why, sent, refusal } => (why, sent, refusal),
    };
    let (call, peer) = (&verified.asked.call, &verified.signer.node);
    let fault = match why {
        Broken::Gone => Fault::AnswerNotTaken { peer: peer.to_string(), sent },
        Broken::Body(error) => broke_off(&call.service, true, &error),
        Broken::Fault(fault) => fault,
    };
    let key = UsedKey { keyid: &verified.keyid(), certificate: &verified.signer.certificate };
    node.recorder.broken(clock::now(), &fault, call, (peer, sent), &verified.signed, key).await?;
    match refusal {
        Some(signed) => record(node, verified, &signed, clock::now()).await,
        None => Err(fault),
    }
}

/// What a long answer that breaks off is refused with. It has begun to leave by then, so the refusal follows behind it.
fn refusal(
    verified: &Verified,
    request: &HeaderMap,
    only_reads: bool,
) -> impl FnOnce(&BodyError) -> Option<Refusal> + Send + 'static {
    let (service, request) = (verified.asked.call.service.clone(), request.clone());
    move |error| {
        let failure = Failure::new(broke_off(&service, only_reads, error), Place::Provider);
        tracing::info!(fault = failure.fault.code(), detail = %failure.detail, reason = %failure.fault, "a long answer was refused behind its beginning");
        let body = failure.body();
        let text = body.written(&request).1;
        Some(Refusal { kind: body.kind, code: failure.fault.code(), body: text })
    }
}

async fn record(node: &Node, verified: &Verified, answer: &Signed, now: Timestamp) -> Result<(), Fault> {
    let keyid = verified.keyid();
    let keys = [UsedKey { keyid: &keyid, certificate: &verified.signer.certificate }, node.own_key()];
    node.recorder.exchange(Side::Provider, now, &verified.signed, answer, keys).await
}

/// The fault of a service whose answer began and did not come to its end.
fn broke_off(service: &ServiceId, only_reads: bool, error: &BodyError) -> Fault {
    let why = match error {
        BodyError::TooLarge(limit) => {
            Words::new(format!("câu trả lời vượt {limit} byte"), format!("its answer exceeds {limit} bytes"))
        }
        BodyError::Stalled(seconds) => Words::new(
            format!("không gửi gì trong {seconds} giây"),
            format!("it sent nothing for {seconds} s"),
        ),
        BodyError::Broken(why) | BodyError::Disk(why) => http_api::broke_off(why),
    };
    no_answer(service, only_reads, why)
}
