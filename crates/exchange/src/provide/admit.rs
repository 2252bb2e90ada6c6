//! Who sent a request, whether it may pass, and its body: nothing behind the node has seen any of it yet.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::HeaderMap;
use http::request::Parts;
use http_body::Body;
use model::fault::Fault;
use model::id::NodeId;
use trust::message::{MessageView, SIGNATURE_INPUT, Signed, Start};

use crate::admit::Admitted;
use crate::backend::Backend;
use crate::body::{self, BodyError, Limits, Received};
use crate::check::{How, Once, check_body, check_signature};
use crate::clock;
use crate::compiled::{CompiledDirectory, KnownKey};
use crate::decide::Permit;
use crate::framed::Presented;
use crate::node::Node;
use crate::record::SignedBy;
use crate::request::{Question, Request};
use crate::slots::Slot;

/// A request of which the headers are here.
pub(super) struct Head {
    request: Request,
    directory: Arc<CompiledDirectory>,
    /// Its signature, unless it comes behind the body.
    proof: Option<(Signed, Arc<KnownKey>)>,
}

/// A request whose signature was checked.
pub(super) struct Verified {
    pub(super) request: Request,
    pub(super) directory: Arc<CompiledDirectory>,
    signed: Signed,
    pub(super) signer: Arc<KnownKey>,
}

impl Verified {
    pub(super) fn signed_by(&self) -> SignedBy<'_> {
        (&self.signed, self.signer.as_ref().into())
    }

    /// Its signature, as answers cover it.
    pub(super) fn signature_value(&self) -> String {
        self.signed.signature_value()
    }
}

/// Checks what the headers tell: that the peer signed the request and speaks for the calling system.
pub(super) fn read_head(
    node: &Node,
    parts: &Parts,
    presented: Option<Presented>,
    body: &impl Body,
    peer: &NodeId,
) -> Result<Head, Fault> {
    let request = Request::read(&parts.method, &parts.uri, &parts.headers)?;
    let directory = node.directory.load_full();
    directory.check_current(clock::now())?;
    // A long body has its signature behind it. Where nothing follows, nothing can come.
    let is_here = presented.is_some() || parts.headers.contains_key(SIGNATURE_INPUT) || body.is_end_stream();
    let proof = if is_here { Some(prove(node, parts, presented, None, &directory, peer)?) } else { None };
    directory.check_speaks_for(peer, &request.call().client)?;
    Ok(Head { request, directory, proof })
}

/// The request's signature, which must be the connected peer's.
fn prove(
    node: &Node,
    parts: &Parts,
    presented: Option<Presented>,
    trailers: Option<&HeaderMap>,
    directory: &CompiledDirectory,
    peer: &NodeId,
) -> Result<(Signed, Arc<KnownKey>), Fault> {
    let start =
        Start::Request { method: parts.method.as_str(), path: parts.uri.path(), query: parts.uri.query() };
    let view = MessageView { start, headers: &parts.headers, trailers };
    let once = Once::Request(&node.replays);
    let how = How { verifier: &node.verifier, own: node.own.load().form, once };
    let (signed, signer) = check_signature(&view, presented, directory, how, clock::now())?;
    if signer.node != *peer {
        return Err(Fault::PeerNotSigner { peer: peer.to_string(), signer: signer.node.to_string() });
    }
    Ok((signed, signer.clone()))
}

/// A request that may go on, and to what.
pub(super) struct Admission<'a> {
    pub(super) is_safe: bool,
    body_bytes: u64,
    pub(super) task: Task<'a>,
}

pub(super) enum Task<'a> {
    /// The service, with a slot among the calls of the grant.
    Service(&'a Backend, Permit, Slot),
    /// A question about services, which the node answers itself.
    Question(Question),
}

/// Decides, finds the service, and takes a slot there.
pub(super) fn admit<'a>(node: &'a Node, head: &Head) -> Result<Admission<'a>, Fault> {
    let Head { request, directory, .. } = head;
    let rates = (&node.provider_rates, &node.question_rates);
    let admitted = crate::admit::admit(directory, request, rates, clock::now())?;
    let (is_safe, body_bytes) = (admitted.is_safe(), admitted.body_bytes(node.body_limits.bytes));
    let task = match admitted {
        Admitted::Question(question) => Task::Question(question),
        Admitted::Service(permit) => {
            let service = &request.call().service;
            let not_here = || Fault::NotServedHere { service: service.clone() };
            let backend = node.backends.get(service).ok_or_else(not_here)?;
            let slot = node
                .slots
                .take(&permit.grant.counted_for(&request.call().client))
                .ok_or(Fault::Overloaded {})?;
            Task::Service(backend, permit, slot)
        }
    };
    Ok(Admission { is_safe, body_bytes, task })
}

/// A request that was not admitted, if its refusal is to be signed and recorded.
///
/// # Errors
/// The fault, to be said unsigned: another node may have room for it, its signature is still behind its body, or it is one refusal too
/// many.
pub(super) fn refused(node: &Node, head: Head, fault: &Fault, began: Instant) -> Result<Verified, Fault> {
    let Head { request, directory, proof } = head;
    match (fault, proof) {
        (Fault::Overloaded {}, _) => Err(fault.clone()),
        (_, Some((signed, signer))) if node.refusal_rates.records_refusal(&request.call().client, began) => {
            Ok(Verified { request, directory, signed, signer })
        }
        _ => Err(fault.clone()),
    }
}

/// Receives the body, as large as it can be of use, and checks what comes behind it.
pub(super) async fn receive(
    node: &Node,
    parts: &Parts,
    body: impl Body<Data = Bytes, Error: Display> + Unpin,
    peer: &NodeId,
    head: Head,
    admission: &Admission<'_>,
) -> Result<(Verified, Received), Fault> {
    let limits = Limits { bytes: admission.body_bytes, ..node.body_limits };
    let received =
        body::receive(body, limits, node.room(peer.as_str())).await.map_err(BodyError::of_caller)?;
    let Head { request, directory, proof } = head;
    let (signed, signer) = match proof {
        Some(proof) => proof,
        // By the keys of this moment: one that was taken out since the request began counts no more.
        None => prove(node, parts, None, received.trailers.as_ref(), &node.directory.load(), peer)?,
    };
    check_body(&parts.headers, &received)?;
    Ok((Verified { request, directory, signed, signer }, received))
}
