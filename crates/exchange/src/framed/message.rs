//! HTTP's messages as those of frames, and back.

use std::sync::Arc;

use http::header::{CONNECTION, HeaderMap, HeaderName};
use http::{request, response};
use trust::batch::Form;
use trust::message::head::{self, First};
use trust::message::{SIGNATURE, SIGNATURE_INPUT, Signed};

use crate::framed::Presented;
use crate::framed::frame::{Group, Message, MessageBody};

/// Headers that belong to a connection.
const OF_CONNECTION: [&str; 5] =
    ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

/// A message that came.
pub(super) struct Received {
    pub(super) stream: u32,
    pub(super) first: First,
    pub(super) headers: HeaderMap,
    /// What it is signed by; otherwise its signature is where HTTP has it.
    pub(super) presented: Option<Presented>,
    pub(super) body: MessageBody,
}

/// A request as a message.
pub(super) fn of_request(
    stream: u32,
    parts: request::Parts,
    signed: Option<&Signed>,
    body: MessageBody,
) -> Message {
    let head =
        signed.map_or_else(|| head::of_request(&parts.method, &parts.uri), |signed| signed.base.clone());
    Message { stream, head, headers: beside(parts.headers, signed.is_some(), true), body }
}

/// An answer as a message.
pub(super) fn of_answer(
    stream: u32,
    parts: response::Parts,
    signed: Option<&Signed>,
    body: MessageBody,
) -> Message {
    let head = signed.map_or_else(|| head::of_answer(parts.status), |signed| signed.base.clone());
    Message { stream, head, headers: beside(parts.headers, signed.is_some(), false), body }
}

/// The headers that do not stand in the text, without what belongs to a connection.
fn beside(mut headers: HeaderMap, is_signed: bool, is_request: bool) -> HeaderMap {
    let named = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<HeaderName> =
        named.flat_map(|value| value.split(',')).filter_map(|name| name.trim().parse().ok()).collect();
    named.into_iter().for_each(|name| drop(headers.remove(name)));
    OF_CONNECTION.iter().for_each(|name| drop(headers.remove(*name)));
    if !is_signed {
        return headers;
    }
    let mut beside = HeaderMap::new();
    for (name, value) in &headers {
        if !head::is_in_text(name, is_request) {
            beside.append(name.clone(), value.clone());
        }
    }
    beside
}

/// Reads messages that were signed together.
///
/// # Errors
/// What is wrong with them. Who sent them does not speak this protocol, so nothing is said about one alone.
pub(super) fn signed(Group { shared, messages }: Group) -> Result<Vec<Received>, &'static str> {
    let mut places = Vec::with_capacity(messages.len());
    let mut received = Vec::with_capacity(messages.len());
    for (place, message) in messages {
        let head = head::read(message.head, Some(shared.root_signature.as_bytes().to_vec()))?;
        if message.body == MessageBody::Follows {
            return Err("a signed message of which the body follows");
        }
        let (signed, params) = head.signed.ok_or("a message without its signature")?;
        let is_request = matches!(head.first, First::Request(..));
        let mut headers = message.headers;
        let stands_outside = |name: &http::HeaderName| {
            head::is_in_text(name, is_request)
                || head.headers.contains_key(name)
                || [SIGNATURE, SIGNATURE_INPUT].contains(&name.as_str())
        };
        if headers.keys().any(stands_outside) {
            return Err("a header that a signature has by name stands outside it");
        }
        headers.extend(head.headers);
        check_headers(&headers)?;
        places.push(place);
        received.push(Received {
            stream: message.stream,
            first: head.first,
            headers,
            presented: Some(Presented { signed, params, root: None }),
            body: message.body,
        });
    }
    if shared.size == 0 {
        return match (shared.root_signature.form(), received.len()) {
            (Form::Plain, 1) => Ok(received),
            (Form::Plain, _) => Err("several messages under one's signature"),
            (Form::Hybrid, _) => Err("a signature by both keys that is of no batch"),
        };
    }
    let bases = received
        .iter()
        .filter_map(|received| received.presented.as_ref())
        .map(|presented| presented.signed.base.as_bytes());
    let leaves: Vec<_> =
        places.iter().zip(bases).map(|(place, base)| (place.index, place.salt, base)).collect();
    let (root, proofs) = shared.proofs(&leaves).ok_or("messages that lead to no root")?;
    let root = Arc::new(root);
    for (received, proof) in received.iter_mut().zip(proofs) {
        if let Some(presented) = &mut received.presented {
            presented.signed.signature = proof.to_bytes();
            presented.root = Some(root.clone());
        }
    }
    Ok(received)
}

/// Reads a message that bears no signature here.
///
/// # Errors
/// What is wrong with it.
pub(super) fn plain(message: Message) -> Result<Received, &'static str> {
    let head = head::read(message.head, None)?;
    if !head.headers.is_empty() {
        return Err("a message without a signature has headers in its text");
    }
    check_headers(&message.headers)?;
    Ok(Received {
        stream: message.stream,
        first: head.first,
        headers: message.headers,
        presented: None,
        body: message.body,
    })
}

/// What belongs to a connection does not travel in a message, as in HTTP/2 (RFC 9113 section 8.2.2): no signature names it.
fn check_headers(headers: &HeaderMap) -> Result<(), &'static str> {
    let is_there = OF_CONNECTION.iter().any(|name| headers.contains_key(*name));
    if is_there { Err("a header that belongs to a connection") } else { Ok(()) }
}
