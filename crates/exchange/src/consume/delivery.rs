//! Delivering a call: sends it to the provider's nodes until one answers.

use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::HeaderMap;
use http::{Request, Uri};
use http_body::Body;
use model::fault::Fault;
use tokio::sync::oneshot;
use trust::message::Signed;

use crate::body::{self, Limits, OutBody};
use crate::clock;
use crate::compiled::Reach;
use crate::consume::ClientCall;
use crate::consume::attempt::{FailedAttempt, VerifiedAnswer};
use crate::node::{Node, PEER_MARGIN};
use crate::own::OwnKey;
use crate::peers::Sent;
use crate::sign::{self, Broken, Ending, FirstLine, Opening};

/// Longest time a long body may take on its way there before its answer must begin.
const LONG_BODY: Duration = Duration::from_secs(3600);

/// A call on its way.
pub(super) struct Delivery<'a> {
    pub(super) node: &'a Arc<Node>,
    pub(super) own: &'a OwnKey,
    pub(super) call: &'a ClientCall<'a>,
    /// Those that go to the provider.
    pub(super) headers: HeaderMap,
    is_safe: bool,
    /// On the call's own body.
    limits: Limits,
    /// The last request that left and has no answer.
    left: Mutex<Option<Signed>>,
}

impl<'a> Delivery<'a> {
    pub(super) fn new(
        node: &'a Arc<Node>,
        own: &'a OwnKey,
        call: &'a ClientCall<'a>,
        headers: HeaderMap,
        is_safe: bool,
        limits: Limits,
    ) -> Self {
        Self { node, own, call, headers, is_safe, limits, left: Mutex::default() }
    }

    /// Sends the call, and receives and verifies the answer. What only reads ends when the caller has gone.
    pub(super) async fn send(
        &self,
        nodes: &[Reach],
        body: Opening<impl Body<Data = Bytes, Error: Display + Send> + Send + Unpin + 'static>,
    ) -> Result<VerifiedAnswer, Fault> {
        let answered = async {
            match body {
                Opening::Whole(bytes) => tokio::select! {
                    biased;
                    answer = self.with_retries(nodes, &bytes) => answer,
                    () = self.call.presence.gone(), if self.is_safe => Err(Fault::CallerGone {}),
                },
                Opening::Long { begun, rest } => self.streamed(nodes, begun, rest).await,
            }
        };
        let Some(within) = self.call.patience.within else { return answered.await };
        tokio::time::timeout(within, answered).await.unwrap_or_else(|_| Err(self.too_late(nodes, within)))
    }

    /// The fault of a call whose caller waits no longer. A deed may have been done, whichever node has it.
    fn too_late(&self, nodes: &[Reach], within: Duration) -> Fault {
        let ids: Vec<&str> = nodes.iter().map(|reach| reach.id.as_str()).collect();
        self.no_answer(ids.join(", "), within)
    }

    /// The request that left and has no answer.
    pub(super) fn unanswered(&self) -> Option<Signed> {
        self.leave(None)
    }

    /// The fault of an answer that is here and not handed over. A deed may have been done by now, so it must not be called for again
    /// unseen.
    pub(super) fn withheld(&self, fault: Fault) -> Fault {
        if self.is_safe { fault } else { Fault::AnswerWithheld { why: fault.to_string() } }
    }

    /// Tries the nodes in turn until one answers. A call that may change something is sent a second time only if no node saw
    /// it the first time.
    async fn with_retries(&self, nodes: &[Reach], body: &Bytes) -> Result<VerifiedAnswer, Fault> {
        let mut tried = Vec::new();
        // A node alone gets a second chance: its connection may have been an old one.
        let rounds = if nodes.len() == 1 { 2 } else { 1 };
        for reach in nodes.iter().cycle().take(nodes.len() * rounds) {
            match self.once(reach, body).await {
                Ok(answer) => return Ok(answer),
                Err(FailedAttempt::Final(fault)) => return Err(fault),
                Err(FailedAttempt::Lost(why)) if !self.is_safe => {
                    return Err(Fault::AnswerLost { node: why });
                }
                Err(FailedAttempt::Lost(why) | FailedAttempt::Elsewhere(why)) => tried.push(why),
            }
        }
        Err(self.unreachable(tried.join("; ")))
    }

    async fn once(&self, reach: &Reach, body: &Bytes) -> Result<VerifiedAnswer, FailedAttempt> {
        let mut headers = self.headers.clone();
        let signer = self.own.signer_for(reach.form);
        let signed = sign::whole(&self.line(), &mut headers, body, &signer, clock::now())
            .await
            .map_err(FailedAttempt::Final)?;
        let mut request = self.request(reach, headers, body::whole(body.clone()))?;
        request.extensions_mut().insert(signed.clone());
        // From here on it may have left, whatever ends this.
        let before = self.leave(Some(signed.clone()));
        let timeout = self.node.service_timeout + PEER_MARGIN;
        match tokio::time::timeout(timeout, self.node.peers.send(reach, request)).await {
            Ok(Sent::NotSent(why)) => {
                self.leave(before);
                Err(FailedAttempt::Elsewhere(why))
            }
            Ok(sent) => self.answered(reach, sent, signed).await,
            Err(_) => Err(self.timeout(reach, timeout)),
        }
    }

    /// Sends a long body as it comes. There is no second try: what has been sent is gone.
    async fn streamed(
        &self,
        nodes: &[Reach],
        begun: Bytes,
        rest: impl Body<Data = Bytes, Error: Display + Send> + Send + Unpin + 'static,
    ) -> Result<VerifiedAnswer, Fault> {
        // The first whose address is one.
        let reach = nodes.iter().find(|reach| self.uri(reach).is_ok()).or(nodes.first());
        let reach =
            reach.ok_or_else(|| Fault::NoNode { system: self.call.request.call().service.system() })?;
        let (signed, when_signed) = oneshot::channel();
        let then = move |ending: Ending| async move { signed.send(ending).is_ok() };
        let body = sign::long(
            self.line(),
            self.headers.clone(),
            (begun, rest),
            (self.limits, self.own.signer_for(reach.form)),
            |_| None,
            then,
        );
        let request = self.request(reach, self.headers.clone(), body).map_err(|failed| self.alone(failed))?;
        let sent = tokio::time::timeout(LONG_BODY, self.node.peers.send(reach, request)).await;
        let signed = match when_signed.await {
            Ok(Ending::Whole(signed)) => Ok(signed),
            Ok(Ending::Broken { why: Broken::Body(error), .. }) => Err(error.of_caller()),
            Ok(Ending::Broken { why: Broken::Fault(fault), .. }) => Err(fault),
            Ok(Ending::Broken { why: Broken::Gone, .. }) | Err(_) => {
                Err(Fault::BodyBroken { why: "it was not sent to its end".into() })
            }
        };
        let answer = match (sent, signed) {
            (Ok(Sent::NotSent(why)), _) => Err(FailedAttempt::Elsewhere(why)),
            // The caller's own body broke off: that, and not the stream that broke with it, is what happened.
            (Ok(Sent::Lost(_)), Err(fault)) => Err(FailedAttempt::Final(fault)),
            (Ok(sent), Ok(signed)) => self.answered(reach, sent, signed).await,
            // The other node answered before it had the whole body: it refused.
            (Ok(Sent::Answered(answer, _)), Err(_)) => Err(self.refused(reach, answer).await),
            (Err(_), _) => Err(self.timeout(reach, LONG_BODY)),
        };
        answer.map_err(|failed| self.alone(failed))
    }

    /// What a failed attempt is where there is no second one.
    fn alone(&self, failed: FailedAttempt) -> Fault {
        match failed {
            FailedAttempt::Final(fault) => fault,
            FailedAttempt::Lost(why) => Fault::AnswerLost { node: why },
            FailedAttempt::Elsewhere(why) => self.unreachable(why),
        }
    }

    fn unreachable(&self, tried: String) -> Fault {
        Fault::PeersUnreachable { system: self.call.request.call().service.system(), tried }
    }

    /// No answer in time. Another node would take as long; and a call that changes something may have been carried out.
    fn timeout(&self, reach: &Reach, waited: Duration) -> FailedAttempt {
        FailedAttempt::Final(self.no_answer(reach.id.to_string(), waited))
    }

    fn no_answer(&self, node: String, waited: Duration) -> Fault {
        let seconds = waited.as_secs();
        if self.is_safe {
            Fault::PeerTimeout { node, seconds }
        } else {
            Fault::AnswerLost { node: format!("{node} ({seconds} s)") }
        }
    }

    /// Keeps in mind which request left, in vain as long as it has no answer. Returns which one did before.
    fn leave(&self, request: Option<Signed>) -> Option<Signed> {
        std::mem::replace(&mut *self.left.lock().unwrap_or_else(PoisonError::into_inner), request)
    }

    /// Receives an answer and verifies it.
    async fn answered(
        &self,
        reach: &Reach,
        sent: Sent,
        request: Signed,
    ) -> Result<VerifiedAnswer, FailedAttempt> {
        let answer = match sent {
            Sent::Answered(answer, _in_flight) => self.verified(reach, answer, request.clone()).await,
            Sent::NotSent(why) => return Err(FailedAttempt::Elsewhere(why)),
            Sent::Lost(why) => Err(FailedAttempt::Lost(why)),
        };
        if answer.is_err() {
            self.leave(Some(request));
        }
        answer
    }

    fn line(&self) -> FirstLine {
        FirstLine::Request {
            method: self.call.method.as_str().to_owned(),
            path: self.call.uri.path().to_owned(),
            query: self.call.uri.query().map(str::to_owned),
        }
    }

    pub(super) fn path_and_query(&self) -> &str {
        self.call.uri.path_and_query().map_or(self.call.uri.path(), |both| both.as_str())
    }

    /// Where the call goes at a node. An address that is none is the registry's fault and that node's alone.
    fn uri(&self, reach: &Reach) -> Result<Uri, FailedAttempt> {
        let uri = format!("https://{}{}", reach.address, self.path_and_query());
        uri.parse().map_err(|error: http::uri::InvalidUri| {
            FailedAttempt::Elsewhere(format!("{}: {}: {error}", reach.id, reach.address))
        })
    }

    fn request(
        &self,
        reach: &Reach,
        headers: HeaderMap,
        body: OutBody,
    ) -> Result<Request<OutBody>, FailedAttempt> {
        let mut request = Request::new(body);
        *request.method_mut() = self.call.method.clone();
        *request.uri_mut() = self.uri(reach)?;
        *request.headers_mut() = headers;
        Ok(request)
    }
}
