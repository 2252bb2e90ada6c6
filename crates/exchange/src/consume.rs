//! The consumer's side of an exchange: from a system's call to its answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode, Uri};
use hyper::body::Incoming;
use ledger::Side;
use model::fault::{Fault, Kind, Place};
use model::usage::Counted;
use sha2::{Digest as _, Sha512};
use tokio::sync::oneshot;
use trust::digest::BodyDigest;
use trust::listen::Connection;
use trust::message::{Signed, Start};
use uuid::Uuid;

use crate::asked::{self, Asked};
use crate::body::{self, BYTES_PER_SECOND, BodyError, InBody, Limits, OutBody, Received};
use crate::book::{Book, Reach};
use crate::check::{Message, Once, check};
use crate::clock;
use crate::decide::decide;
use crate::failure::{self, ErrorBody, Failure};
use crate::headers;
use crate::node::{Node, PEER_MARGIN};
use crate::own::OwnKey;
use crate::peers::Sent;
use crate::presence::gone;
use crate::record::UsedKey;
use crate::seal::{self, Broken, Ending, FirstLine, Opening};
use crate::systems::Caller;

/// Longest time a long body may take on its way there before its answer must begin.
const LONG_BODY: Duration = Duration::from_secs(3600);

/// Carries a call to its provider and its answer back.
///
/// # Errors
/// [`Failure`]: what the caller is told.
pub(crate) async fn carry(
    node: &Arc<Node>,
    request: Request<InBody>,
    caller: &Caller,
) -> Result<Response<OutBody>, Failure> {
    let (parts, body) = request.into_parts();
    let here = |fault| Failure::new(fault, Place::Consumer);
    let asked = Asked::read(&parts.method, &parts.uri, &parts.headers).map_err(here)?;
    node.systems.prove(&asked.call.client, &parts.headers, caller).map_err(here)?;
    if let Some(connection) = parts.extensions.get::<Arc<Connection>>() {
        connection.prove(asked.call.client.as_str());
    }
    let (book, own, began) = (node.book.load_full(), node.own.load_full(), Instant::now());
    match proven(node, &book, &own, &asked, &parts, body).await {
        Ok(answer) => {
            if asked.metadata.is_none() {
                node.usage.answered(Counted::AtConsumer, &book, &asked.call, &answer, began);
            }
            Ok(answer)
        }
        Err(Unanswered { fault, request }) => {
            if asked.metadata.is_none() {
                node.usage.ended(Counted::AtConsumer, &book, &asked.call, &fault, began);
            }
            let over_rate = matches!(fault, Fault::RateExceeded { .. } | Fault::TooManyQuestions { .. });
            let recorded = !over_rate && !matches!(fault, Fault::LedgerFailed { .. });
            if recorded && node.refusal_rates.records_refusal(&asked.call.client, Instant::now()) {
                let request = request.as_ref().map(|signed| (signed, own.used()));
                let recorded = node.recorder.refusal(clock::now(), &fault, &asked.call, request).await;
                // The caller is told what became of the call all the same.
                let _ = recorded.inspect_err(
                    |fault| tracing::error!(fault = fault.code(), reason = %fault, "a refusal was not recorded"),
                );
            }
            Err(here(fault))
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

/// The way of an exchange, once the system has proven itself.
async fn proven(
    node: &Arc<Node>,
    book: &Book,
    own: &OwnKey,
    asked: &Asked,
    parts: &Parts,
    body: InBody,
) -> Result<Response<OutBody>, Unanswered> {
    let now = clock::now();
    let right = may_pass(node, book, asked, now)?;
    let only_reads = right.only_reads;
    let nodes = provider_nodes(book, asked, &parts.headers)?;
    let nodes = node.peers.order(nodes);
    let headers = outgoing_headers(node, asked, parts);
    let limits = Limits { bytes: right.body_bytes, ..node.body_limits };
    let opening = seal::open(body, limits, node.room(asked.call.client.as_str()))
        .await
        .map_err(BodyError::of_caller)?;
    let (method, uri) = (&parts.method, &parts.uri);
    let trip = Trip { node, own, asked, method, uri, headers, only_reads, limits, left: Mutex::default() };
    let arrived = match opening {
        Opening::Whole(bytes) => tokio::select! {
            biased;
            arrived = trip.with_retries(&nodes, &bytes) => arrived,
            () = gone(&parts.extensions), if only_reads => Err(Fault::CallerGone {}),
        },
        Opening::Long { begun, rest } => trip.streamed(&nodes, begun, rest).await,
    };
    let arrived = arrived.map_err(|fault| Unanswered { fault, request: trip.leave(None) })?;
    let keys = [own.used(), UsedKey { keyid: &arrived.keyid, certificate: &arrived.certificate }];
    let recorded =
        node.recorder.exchange(Side::Consumer, clock::now(), &arrived.request, &arrived.answer, keys).await;
    // A deed may have been done by now, so it must not be called for again unseen.
    recorded.map_err(
        |fault| {
            if only_reads { fault } else { Fault::AnswerWithheld { why: fault.to_string() } }
        },
    )?;
    Ok(trip.hand_over(arrived))
}

/// What a call may do.
struct Right {
    /// Whether it changes nothing.
    only_reads: bool,
    /// The largest body that its service can have a use for.
    body_bytes: u64,
}

/// Whether the call may pass, and how.
fn may_pass(node: &Node, book: &Book, asked: &Asked, now: jiff::Timestamp) -> Result<Right, Fault> {
    book.check_current(now)?;
    let party = book
        .system(&asked.call.client)
        .ok_or_else(|| Fault::UnknownClient { client: asked.call.client.clone() })?;
    if !party.nodes.contains(&node.id) {
        return Err(Fault::ClientElsewhere { client: asked.call.client.clone() });
    }
    if asked.metadata.is_some() {
        node.question_rates.admit_question(&asked.call.client, Instant::now())?;
        return Ok(Right { only_reads: true, body_bytes: 0 });
    }
    let permit = decide(book, &asked.call, now)?;
    node.consumer_rates.admit(&permit.grant, Instant::now())?;
    let body_bytes = permit.offered.body_bytes(node.body_limits.bytes);
    Ok(Right { only_reads: permit.only_reads, body_bytes })
}

fn provider_nodes(book: &Book, asked: &Asked, headers: &HeaderMap) -> Result<Vec<Reach>, Fault> {
    let system = asked.call.service.system();
    let mut nodes = book.reach(&system);
    if nodes.is_empty() {
        return Err(Fault::NoNode { system });
    }
    if let Some(wanted) = asked::wanted_node(headers)? {
        nodes.retain(|node| node.id == wanted);
        if nodes.is_empty() {
            return Err(Fault::NotItsNode { node: wanted.to_string() });
        }
    }
    Ok(nodes)
}

/// The headers that go to the provider: what passes of the caller's, and ours.
fn outgoing_headers(node: &Node, asked: &Asked, parts: &Parts) -> HeaderMap {
    let mut out = headers::of_call(&parts.headers, node.added_headers(&asked.call.service));
    headers::set(&mut out, headers::CLIENT, asked.call.client.as_str());
    headers::set(&mut out, headers::REQUEST_ID, &Uuid::now_v7().to_string());
    if headers::last(&out, &headers::ID).is_none_or(str::is_empty) {
        let instance = asked.call.client.parts().next().unwrap_or_default().into_owned();
        headers::set(
            &mut out,
            headers::ID,
            &format!("{}-{}", model::id::encode_part(&instance), Uuid::now_v7()),
        );
    }
    headers::put_other_headers(&mut out);
    out
}

/// A call on its way.
struct Trip<'a> {
    node: &'a Arc<Node>,
    own: &'a OwnKey,
    asked: &'a Asked,
    method: &'a Method,
    uri: &'a Uri,
    headers: HeaderMap,
    only_reads: bool,
    /// On the call's own body.
    limits: Limits,
    /// The last request that left and has no answer.
    left: Mutex<Option<Signed>>,
}

/// An answer that was checked, with its request.
struct Arrived {
    request: Signed,
    answer: Signed,
    keyid: String,
    certificate: rustls::pki_types::CertificateDer<'static>,
    status: http::StatusCode,
    headers: HeaderMap,
    received: Received,
}

/// Why a try gave no answer.
enum Miss {
    /// Another node may be tried.
    Elsewhere(String),
    /// The call may have been carried out.
    Lost(String),
    /// There is no use in trying again.
    Final(Fault),
}

impl Trip<'_> {
    /// Tries the nodes in turn until one answers. A call that may change something is sent a second time only if no node saw
    /// it the first time.
    async fn with_retries(&self, nodes: &[Reach], body: &Bytes) -> Result<Arrived, Fault> {
        let mut tried = Vec::new();
        // A node alone gets a second chance: its connection may have been an old one.
        let rounds = if nodes.len() == 1 { 2 } else { 1 };
        for reach in nodes.iter().cycle().take(nodes.len() * rounds) {
            match self.once(reach, body).await {
                Ok(arrived) => return Ok(arrived),
                Err(Miss::Final(fault)) => return Err(fault),
                Err(Miss::Lost(why)) if !self.only_reads => return Err(Fault::AnswerLost { node: why }),
                Err(Miss::Lost(why) | Miss::Elsewhere(why)) => tried.push(why),
            }
        }
        Err(Fault::PeersUnreachable { system: self.asked.call.service.system(), tried: tried.join("; ") })
    }

    async fn once(&self, reach: &Reach, body: &Bytes) -> Result<Arrived, Miss> {
        let mut headers = self.headers.clone();
        let signed = seal::whole(&self.line(), &mut headers, body, &self.own.notary, clock::now())
            .await
            .map_err(Miss::Final)?;
        let request = self.request(reach, headers, body::whole(body.clone()))?;
        // From here on it may have left, whatever ends this.
        let before = self.leave(Some(signed.clone()));
        let patience = self.node.patience + PEER_MARGIN;
        match tokio::time::timeout(patience, self.node.peers.send(reach, request)).await {
            Ok(Sent::NotSent(why)) => {
                self.leave(before);
                Err(Miss::Elsewhere(why))
            }
            Ok(sent) => self.answered(reach, sent, signed).await,
            Err(_) => Err(self.timeout(reach, patience)),
        }
    }

    /// Sends a long body as it comes. There is no second try: what has been sent is gone.
    async fn streamed(&self, nodes: &[Reach], begun: Bytes, rest: InBody) -> Result<Arrived, Fault> {
        // The first whose address is one.
        let reach = nodes.iter().find(|reach| self.uri(reach).is_ok()).or(nodes.first());
        let reach = reach.ok_or_else(|| Fault::NoNode { system: self.asked.call.service.system() })?;
        let (signed, when_signed) = oneshot::channel();
        let then = move |ending: Ending| async move { signed.send(ending).is_ok() };
        let body = seal::long(
            self.line(),
            self.headers.clone(),
            (begun, rest),
            (self.limits, self.own.notary.clone()),
            |_| None,
            then,
        );
        let request = self.request(reach, self.headers.clone(), body).map_err(|miss| self.alone(miss))?;
        let sent = tokio::time::timeout(LONG_BODY, self.node.peers.send(reach, request)).await;
        let signed = match when_signed.await {
            Ok(Ending::Whole(signed)) => Ok(signed),
            Ok(Ending::Broken { why: Broken::Body(error), .. }) => Err(error.of_caller()),
            Ok(Ending::Broken { why: Broken::Fault(fault), .. }) => Err(fault),
            Ok(Ending::Broken { why: Broken::Gone, .. }) | Err(_) => {
                Err(Fault::BodyBroken { why: "it was not sent to its end".into() })
            }
        };
        let arrived = match (sent, signed) {
            (Ok(Sent::NotSent(why)), _) => Err(Miss::Elsewhere(why)),
            // The caller's own body broke off: that, and not the stream that broke with it, is what happened.
            (Ok(Sent::Lost(_)), Err(fault)) => Err(Miss::Final(fault)),
            (Ok(sent), Ok(signed)) => self.answered(reach, sent, signed).await,
            // The other node answered before it had the whole body: it refused.
            (Ok(Sent::Answered(answer, _)), Err(_)) => Err(self.refused(reach, answer).await),
            (Err(_), _) => Err(self.timeout(reach, LONG_BODY)),
        };
        arrived.map_err(|miss| self.alone(miss))
    }

    /// What a miss is where there is no second try.
    fn alone(&self, miss: Miss) -> Fault {
        match miss {
            Miss::Final(fault) => fault,
            Miss::Lost(why) => Fault::AnswerLost { node: why },
            Miss::Elsewhere(why) => {
                Fault::PeersUnreachable { system: self.asked.call.service.system(), tried: why }
            }
        }
    }

    /// No answer in time. Another node would take as long; and a call that changes something may have been carried out.
    fn timeout(&self, reach: &Reach, waited: Duration) -> Miss {
        let (node, seconds) = (reach.id.to_string(), waited.as_secs());
        Miss::Final(if self.only_reads {
            Fault::PeerTimeout { node, seconds }
        } else {
            Fault::AnswerLost { node: format!("{node} ({seconds} s)") }
        })
    }

    /// Keeps in mind which request left, in vain as long as it has no answer. Returns which one did before.
    fn leave(&self, request: Option<Signed>) -> Option<Signed> {
        std::mem::replace(&mut *self.left.lock().unwrap_or_else(PoisonError::into_inner), request)
    }

    /// Receives an answer and checks it.
    async fn answered(&self, reach: &Reach, sent: Sent, request: Signed) -> Result<Arrived, Miss> {
        let arrived = match sent {
            Sent::Answered(answer, _in_flight) => self.checked(reach, answer, request.clone()).await,
            Sent::NotSent(why) => return Err(Miss::Elsewhere(why)),
            Sent::Lost(why) => Err(Miss::Lost(why)),
        };
        if arrived.is_err() {
            self.leave(Some(request));
        }
        arrived
    }

    /// What breaks off on the way may be asked for elsewhere; what is wrong is not.
    async fn checked(
        &self,
        reach: &Reach,
        answer: Response<Incoming>,
        request: Signed,
    ) -> Result<Arrived, Miss> {
        let (mut parts, body) = answer.into_parts();
        let mut received = body::receive(body, self.node.answer_limits(), self.node.room(reach.id.as_str()))
            .await
            .map_err(|error| match error {
                BodyError::Broken(why) => Miss::Lost(format!("{}: {why}", reach.id)),
                BodyError::Slow => Miss::Lost(format!("{}: under {BYTES_PER_SECOND} bytes/s", reach.id)),
                BodyError::Stalled(seconds) => Miss::Lost(format!("{}: nothing for {seconds} s", reach.id)),
                BodyError::TooLarge(limit_bytes) => Miss::Final(Fault::AnswerTooLarge { limit_bytes }),
                other @ (BodyError::NoRoom | BodyError::Disk(_)) => Miss::Final(self.not_kept(other)),
            })?;
        let is_refused = refused_behind(&mut received).map_err(Miss::Final)?;
        let request_signature = request.signature_value();
        let start = Start::Answer { status: parts.status.as_u16(), request_signature: &request_signature };
        let message = Message { start, headers: &parts.headers, received: &received };
        // By the keys of this moment: one that was taken out since the call began counts no more.
        let book = self.node.book.load_full();
        let checked = check(message, &book, &self.node.verifier, &Once::Answer, clock::now());
        if matches!(checked, Err(Fault::NoSignature {})) {
            // A node signs what it says about a request that it could verify; about another it only says no.
            return Err(refusal_of(reach, &parts.headers, &received));
        }
        let (answer, signer) = checked.map_err(Miss::Final)?;
        if signer.node != reach.id {
            return Err(Miss::Final(Fault::PeerNotSigner {
                peer: reach.id.to_string(),
                signer: signer.node.to_string(),
            }));
        }
        if parts.headers.get(headers::REQUEST_ID) != self.headers.get(headers::REQUEST_ID) {
            return Err(Miss::Final(Fault::AnswerInconsistent { what: "X-Road-Request-Id" }));
        }
        let keyid = trust::key_id(&signer.node, &signer.certificate);
        let certificate = signer.certificate.clone();
        if is_refused {
            (parts.status, parts.headers) = head_of_refusal(&received, &self.headers);
        }
        Ok(Arrived {
            request,
            answer,
            keyid,
            certificate,
            status: parts.status,
            headers: parts.headers,
            received,
        })
    }

    /// An answer was there and could not be kept here: what was called for may have been carried out.
    fn not_kept(&self, error: BodyError) -> Fault {
        let fault = error.of_caller();
        if self.only_reads { fault } else { Fault::AnswerWithheld { why: fault.to_string() } }
    }

    async fn refused(&self, reach: &Reach, answer: Response<Incoming>) -> Miss {
        let (parts, body) = answer.into_parts();
        match body::receive(body, self.node.answer_limits(), self.node.room(reach.id.as_str())).await {
            Ok(received) => refusal_of(reach, &parts.headers, &received),
            Err(error) => Miss::Final(error.of_caller()),
        }
    }

    fn line(&self) -> FirstLine {
        FirstLine::Request {
            method: self.method.as_str().to_owned(),
            path: self.uri.path().to_owned(),
            query: self.uri.query().map(str::to_owned),
        }
    }

    /// Where the call goes at a node. An address that is none is the registry's fault and that node's alone.
    fn uri(&self, reach: &Reach) -> Result<Uri, Miss> {
        let path_and_query = self.uri.path_and_query().map_or(self.uri.path(), |both| both.as_str());
        let uri = format!("https://{}{path_and_query}", reach.address);
        uri.parse().map_err(|error: http::uri::InvalidUri| {
            Miss::Elsewhere(format!("{}: {}: {error}", reach.id, reach.address))
        })
    }

    fn request(&self, reach: &Reach, headers: HeaderMap, body: OutBody) -> Result<Request<OutBody>, Miss> {
        let mut request = Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri(reach)?;
        *request.headers_mut() = headers;
        Ok(request)
    }

    /// The answer as the system gets it.
    fn hand_over(&self, arrived: Arrived) -> Response<OutBody> {
        let mut headers = headers::of_answer(&arrived.headers);
        let copied = [headers::ERROR, headers::FAULT].into_iter().map(|name| (name, &arrived.headers));
        let own =
            [headers::ID, headers::CLIENT, headers::REQUEST_ID].into_iter().map(|name| (name, &self.headers));
        for (name, from) in copied.chain(own) {
            if let Some(value) = from.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        headers::set(&mut headers, headers::SERVICE, self.asked.call.service.as_str());
        headers::set(&mut headers, headers::REQUEST_HASH, &self.request_hash(&arrived.request));
        let mut response = Response::new(arrived.received.body.into_body());
        *response.status_mut() = arrived.status;
        *response.headers_mut() = headers;
        response
    }

    /// X-Road's hash of the request. In place of its digest of the body stands the signed `Content-Digest`.
    fn request_hash(&self, request: &Signed) -> String {
        let mut head = Sha512::new();
        let path_and_query = self.uri.path_and_query().map_or(self.uri.path(), |both| both.as_str());
        head.update(format!("{}\r\n{path_and_query}\r\n", self.method));
        for (name, value) in &self.headers {
            head.update(name.as_str());
            head.update(b":");
            head.update(value.as_bytes());
            head.update(b"\r\n");
        }
        let digest =
            request.covered("\"content-digest\"").or_else(|| request.covered("\"content-digest\";tr"));
        let hash = match digest {
            Some(digest) => Sha512::new().chain_update(head.finalize()).chain_update(digest).finalize(),
            None => head.finalize(),
        };
        BASE64_STANDARD.encode(hash)
    }
}

/// Whether the trailers refuse what came before them: a long answer that broke off at the provider. The error body in them takes the
/// place of the body then; the signature must be over its digest.
fn refused_behind(received: &mut Received) -> Result<bool, Fault> {
    let Some(trailers) = &received.trailers else { return Ok(false) };
    let Some(refusal) = trailers.get(headers::REFUSAL) else { return Ok(false) };
    let unreadable = Fault::AnswerInconsistent { what: "Lienthong-Refusal" };
    let body = BASE64_STANDARD.decode(refusal.as_bytes()).map_err(|_| unreadable.clone())?;
    if !trailers.contains_key(headers::FAULT) || !trailers.contains_key(headers::ERROR) {
        return Err(unreadable);
    }
    received.digest = BodyDigest::of(&body);
    received.body = body::Kept::Memory(body.into());
    Ok(true)
}

/// Status and headers of an answer that is such a refusal.
fn head_of_refusal(received: &Received, request: &HeaderMap) -> (StatusCode, HeaderMap) {
    let mut head = HeaderMap::new();
    for name in [headers::ERROR, headers::FAULT] {
        if let Some(value) = received.trailers.as_ref().and_then(|trailers| trailers.get(&name)) {
            head.insert(name, value.clone());
        }
    }
    // A node writes its refusals in one of two forms.
    let is_xml = matches!(&received.body, body::Kept::Memory(bytes) if bytes.starts_with(b"<"));
    let content_type = if is_xml { failure::xml_type(request) } else { "application/json" };
    head.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    (StatusCode::INTERNAL_SERVER_ERROR, head)
}

/// What a node said that could not verify our request, or could not sign its answer.
fn refusal_of(reach: &Reach, headers: &HeaderMap, received: &Received) -> Miss {
    let unsigned = Miss::Final(Fault::NoSignature {});
    let body::Kept::Memory(bytes) = &received.body else { return unsigned };
    let Ok(error) = serde_json::from_slice::<ErrorBody>(bytes) else { return unsigned };
    let said = || format!("{}: {}", reach.id, error.message);
    match headers::last(headers, &headers::FAULT).and_then(Kind::of) {
        Some(Kind::AnswerWithheld) => Miss::Lost(said()),
        // It can't carry exchanges at present; another node of the agency may.
        Some(Kind::LedgerFailed | Kind::Overloaded | Kind::DirectoryExpired | Kind::DirectoryMissing) => {
            Miss::Elsewhere(said())
        }
        Some(_) if headers.contains_key(headers::ERROR) => {
            Miss::Final(Fault::PeerRefused { node: reach.id.to_string(), said: error.message.clone() })
        }
        _ => unsigned,
    }
}
