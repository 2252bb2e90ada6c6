//! The provider's side of an exchange: from another node's request to the signed answer.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{HeaderMap, IF_NONE_MATCH};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Either};
use hyper::body::Incoming;
use jiff::Timestamp;
use ledger::Side;
use model::fault::{self, Fault};
use model::id::{NodeId, ServiceId};
use model::service::{DatasetCall, Offer};
use model::usage::Counted;
use trust::message::{MessageView, SIGNATURE_INPUT, Signed, Start};

use crate::asked::{Asked, Metadata};
use crate::backend::dataset::Ask;
use crate::backend::http_api::{self, Passed, SHORT_ANSWER};
use crate::backend::{Answer, AnswerBody, Backend, no_answer};
use crate::body::{self, BodyError, Fed, InBody, Kept, Limits, OutBody, Received};
use crate::book::{Book, Signer};
use crate::check::{Once, check_body, check_signature};
use crate::clock;
use crate::decide::{Call, Permit, decide};
use crate::failure::Failure;
use crate::headers;
use crate::metadata;
use crate::node::Node;
use crate::own::OwnKey;
use crate::places::Place;
use crate::presence::gone;
use crate::record::UsedKey;
use crate::seal::{self, Broken, Ending, FirstLine, Opening, Refusal};

/// Answers a request that the node `peer` sent. Who asks and whether they may is known before any of the body is read, as far as
/// the headers tell.
pub(crate) async fn serve(node: Arc<Node>, request: Request<InBody>, peer: NodeId) -> Response<OutBody> {
    let (node, peer) = (&node, &peer);
    let (parts, body) = request.into_parts();
    let refuse = |fault: Fault| {
        tracing::warn!(%peer, fault = fault.code(), reason = %fault, "request refused before it was verified");
        unsigned(fault)
    };
    let arrived = match arrive(node, &parts, &body, peer) {
        Ok(arrived) => arrived,
        Err(fault) => return refuse(fault),
    };
    let began = Instant::now();
    let (verified, outcome) = match admit(node, &arrived) {
        Ok(admitted) => match receive(node, &parts, body, peer, arrived, &admitted).await {
            Ok((verified, received)) => (verified, Ok((admitted, received))),
            Err(fault) => return refuse(fault),
        },
        // Another node may have room for it.
        Err(fault @ Fault::Overloaded {}) => return unsigned(fault),
        Err(fault) => match arrived.verified() {
            Some(verified) if node.refusal_rates.records_refusal(&verified.asked.call.client, began) => {
                (verified, Err(fault))
            }
            _ => return unsigned(fault),
        },
    };
    let (book, call) = (verified.book.clone(), verified.asked.call.clone());
    let is_question = verified.asked.metadata.is_some();
    let mut asked_service = false;
    let only_reads = !matches!(&outcome, Ok((Admitted::Call(_, permit, _), _)) if !permit.only_reads);
    let opened = tokio::select! {
        biased;
        opened = work(node, outcome, &verified, &parts, (only_reads, &mut asked_service)) => opened,
        () = gone(&parts.extensions), if only_reads => {
            Err(Fault::AnswerNotTaken { peer: peer.to_string(), sent: 0 })
        }
    };
    let opened = match opened {
        Ok(opened) => opened,
        Err(fault) => failed(&Failure::new(fault, fault::Place::Provider), &parts.headers).await,
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

/// Does what was asked, until it is known whether the answer is short. Says whether the service was asked.
async fn work(
    node: &Node,
    admitted: Result<(Admitted<'_>, Received), Fault>,
    verified: &Verified,
    parts: &Parts,
    (only_reads, asked_service): (bool, &mut bool),
) -> Result<Opened, Fault> {
    let until = tokio::time::Instant::now() + node.patience + SHORT_ANSWER;
    let call = &verified.asked.call;
    let answer = match admitted? {
        (Admitted::Call(backend, permit, _place), received) => {
            begin(node, verified, &permit).await?;
            *asked_service = true;
            ask(node, backend, permit, parts, call, received.body).await?
        }
        (Admitted::Question(about), _) => {
            metadata::answer(node, &verified.book, about, call, parts.uri.query()).await?
        }
    };
    open(node, answer, &call.service, only_reads, until).await
}

/// A fault that leaves neither signature nor entry. The other node reads it, so it is JSON whatever its caller accepts.
fn unsigned(fault: Fault) -> Response<OutBody> {
    Failure::new(fault, fault::Place::Provider).answer(&HeaderMap::new())
}

/// A request of which the headers are here.
struct Arrived {
    asked: Asked,
    book: Arc<Book>,
    /// Its signature, unless it comes behind the body.
    proof: Option<(Signed, Signer)>,
}

/// A request whose signature was checked.
struct Verified {
    asked: Asked,
    signed: Signed,
    signer: Signer,
    book: Arc<Book>,
}

impl Arrived {
    fn verified(self) -> Option<Verified> {
        let (signed, signer) = self.proof?;
        Some(Verified { asked: self.asked, signed, signer, book: self.book })
    }
}

/// Checks what the headers tell: that the peer signed the request and speaks for the calling system.
fn arrive(node: &Node, parts: &Parts, body: &InBody, peer: &NodeId) -> Result<Arrived, Fault> {
    let asked = Asked::read(&parts.method, &parts.uri, &parts.headers)?;
    let book = node.book.load_full();
    book.check_current(clock::now())?;
    // A long body has its signature behind it. Where nothing follows, nothing can come.
    let is_behind = !parts.headers.contains_key(SIGNATURE_INPUT) && !body.is_end_stream();
    let proof = if is_behind { None } else { Some(prove(node, parts, None, &book, peer)?) };
    let speaks = book.system(&asked.call.client).is_some_and(|party| party.nodes.contains(peer));
    if !speaks {
        return Err(Fault::NotItsSystem { node: peer.to_string(), system: asked.call.client.clone() });
    }
    Ok(Arrived { asked, book, proof })
}

/// The request's signature, which must be the connected peer's.
fn prove(
    node: &Node,
    parts: &Parts,
    trailers: Option<&HeaderMap>,
    book: &Book,
    peer: &NodeId,
) -> Result<(Signed, Signer), Fault> {
    let start =
        Start::Request { method: parts.method.as_str(), path: parts.uri.path(), query: parts.uri.query() };
    let view = MessageView { start, headers: &parts.headers, trailers };
    let once = Once::Request(&node.replays);
    let (signed, signer) = check_signature(&view, book, &node.verifier, &once, clock::now())?;
    if signer.node != *peer {
        return Err(Fault::PeerNotSigner { peer: peer.to_string(), signer: signer.node.to_string() });
    }
    Ok((signed, signer.clone()))
}

/// What a request may go on to.
enum Admitted<'a> {
    /// The service, with a place among the calls of the grant.
    Call(&'a Backend, Permit, Place),
    /// A question about services, which the node answers itself.
    Question(Metadata),
}

impl Admitted<'_> {
    /// The largest body that it can have a use for.
    fn body_bytes(&self, node: &Node) -> u64 {
        match self {
            Self::Call(_, permit, _) => permit.offered.body_bytes(node.body_limits.bytes),
            Self::Question(_) => 0,
        }
    }
}

/// Decides.
fn admit<'a>(node: &'a Node, arrived: &Arrived) -> Result<Admitted<'a>, Fault> {
    let call = &arrived.asked.call;
    if let Some(about) = arrived.asked.metadata {
        node.question_rates.admit_question(&call.client, Instant::now())?;
        return Ok(Admitted::Question(about));
    }
    let permit = decide(&arrived.book, call, clock::now())?;
    node.provider_rates.admit(&permit.grant, Instant::now())?;
    let backend = node
        .backends
        .get(&call.service)
        .ok_or_else(|| Fault::NotServedHere { service: call.service.clone() })?;
    let place = node.places.take(&permit.grant.id).ok_or(Fault::Overloaded {})?;
    Ok(Admitted::Call(backend, permit, place))
}

/// Receives the body, as large as what was admitted can use, and checks what comes behind it. Nothing behind the node has seen any
/// of it yet.
async fn receive(
    node: &Node,
    parts: &Parts,
    body: InBody,
    peer: &NodeId,
    arrived: Arrived,
    admitted: &Admitted<'_>,
) -> Result<(Verified, Received), Fault> {
    let limits = Limits { bytes: admitted.body_bytes(node), ..node.body_limits };
    let received =
        body::receive(body, limits, node.room(peer.as_str())).await.map_err(BodyError::of_caller)?;
    let Arrived { asked, book, proof } = arrived;
    let (signed, signer) = match proof {
        Some(proof) => proof,
        // By the keys of this moment: one that was taken out since the request began counts no more.
        None => prove(node, parts, received.trailers.as_ref(), &node.book.load(), peer)?,
    };
    check_body(&parts.headers, &received)?;
    Ok((Verified { asked, signed, signer, book }, received))
}

/// Records the intent where something may change.
async fn begin(node: &Node, verified: &Verified, permit: &Permit) -> Result<(), Fault> {
    if permit.only_reads {
        return Ok(());
    }
    let key = UsedKey { keyid: &verified.keyid(), certificate: &verified.signer.certificate };
    node.recorder.intent(clock::now(), &verified.signed, key).await
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
    match (backend, &permit.offered.service.offer) {
        (Backend::Http(api), Offer::Http { .. }) => {
            let path =
                parts.uri.path().splitn(8, '/').nth(7).map(|rest| format!("/{rest}")).unwrap_or_default();
            let added = node.added_headers(&call.service);
            let mut headers = headers::of_call(&parts.headers, added);
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
                added,
                only_reads: permit.only_reads,
                room: node.room(call.service.as_str()),
            })
            .await
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

async fn open(
    node: &Node,
    answer: Answer,
    service: &ServiceId,
    only_reads: bool,
    until: tokio::time::Instant,
) -> Result<Opened, Fault> {
    let body = match answer.body {
        AnswerBody::Whole(bytes) => Opening::Whole(bytes),
        AnswerBody::Coming(body) => {
            let opening = seal::open(body, node.body_limits, node.room(service.as_str()));
            tokio::time::timeout_at(until, opening)
                .await
                .map_err(|_| http_api::late(service, only_reads, node.patience))?
                .map_err(|error| broke_off(service, only_reads, &error))?
        }
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
    let own = node.own.load_full();
    let body = match opened.body {
        Opening::Whole(bytes) => {
            let signed = seal::whole(&line, &mut headers, &bytes, &own.notary, clock::now()).await?;
            record(node, &own, &verified, &signed, clock::now()).await?;
            body::whole(bytes)
        }
        Opening::Long { begun, rest } => {
            // Much of it will have left before the exchange can be recorded: that it was asked for is on record before the first byte.
            if opened.only_reads {
                let key = UsedKey { keyid: &verified.keyid(), certificate: &verified.signer.certificate };
                node.recorder.intent(clock::now(), &verified.signed, key).await?;
            }
            let refuse = refusal(&verified, &parts.headers, opened.only_reads);
            long((node, own), line, headers.clone(), (begun, rest), refuse, verified)
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(opened.status).unwrap_or(StatusCode::BAD_GATEWAY);
    *response.headers_mut() = headers;
    Ok(response)
}

/// A long answer streams, but what makes it count, its signature, leaves only when the exchange is recorded.
fn long(
    (node, own): (&Arc<Node>, Arc<OwnKey>),
    line: FirstLine,
    headers: HeaderMap,
    body: (Bytes, Either<Incoming, Fed>),
    refuse: impl FnOnce(&BodyError) -> Option<Refusal> + Send + 'static,
    verified: Verified,
) -> OutBody {
    let (recorder, notary) = (node.clone(), own.notary.clone());
    let then = move |ending: Ending| async move {
        let recorded = ended(&recorder, &own, &verified, ending).await;
        recorded.inspect_err(|fault| tracing::error!(fault = fault.code(), reason = %fault, "a long answer was broken off")).is_ok()
    };
    seal::long(line, headers, body, (node.body_limits, notary), refuse, then)
}

/// Records how a long answer ended. What was sent of one that broke off is on record, whether or not somebody could be told.
async fn ended(node: &Node, own: &OwnKey, verified: &Verified, ending: Ending) -> Result<(), Fault> {
    let (why, sent, refusal) = match ending {
        Ending::Whole(signed) => return record(node, own, verified, &signed, clock::now()).await,
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
        Some(signed) => record(node, own, verified, &signed, clock::now()).await,
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
        let failure = Failure::new(broke_off(&service, only_reads, error), fault::Place::Provider);
        tracing::info!(fault = failure.fault.code(), detail = %failure.detail, reason = %failure.fault, "a long answer was refused behind its beginning");
        let body = failure.body();
        let text = body.written(&request).1;
        Some(Refusal { kind: body.kind, code: failure.fault.code(), body: text })
    }
}

async fn record(
    node: &Node,
    own: &OwnKey,
    verified: &Verified,
    answer: &Signed,
    now: Timestamp,
) -> Result<(), Fault> {
    let keyid = verified.keyid();
    let keys = [UsedKey { keyid: &keyid, certificate: &verified.signer.certificate }, own.used()];
    node.recorder.exchange(Side::Provider, now, &verified.signed, answer, keys).await
}

/// The fault of a service whose answer began and did not come to its end.
fn broke_off(service: &ServiceId, only_reads: bool, error: &BodyError) -> Fault {
    no_answer(service, only_reads, http_api::broke_off(error.clone()))
}
