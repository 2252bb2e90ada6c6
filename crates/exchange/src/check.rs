//! Checks a received message: its signature, its time, that it came once, that the body is the one that was signed.

use std::sync::Arc;

use http::HeaderMap;
use jiff::Timestamp;
use model::fault::Fault;
use trust::digest::CONTENT_DIGEST;
use trust::message::{MessageView, Signed, Start, presented};
use trust::replay::{ReplayGuard, check_fresh};
use trust::verifier::Verifier;

use crate::body::Received;
use crate::compiled::{CompiledDirectory, KnownKey};
use crate::headers;
use crate::texts;

/// A received message, whole.
#[derive(Clone, Copy)]
pub(crate) struct Message<'a> {
    /// Request line or status.
    pub start: Start<'a>,
    pub headers: &'a HeaderMap,
    /// Its body.
    pub received: &'a Received,
}

/// Whether it must be here for the first time.
pub(crate) enum Once<'a> {
    /// A request: must not have come before.
    Request(&'a ReplayGuard),
    /// Carried by hand: it may be old. Whoever takes it looks at its age, and whether it was here before.
    ByHand,
    /// An answer: bound to a request of ours, so it can't stand for another.
    Answer,
}

/// Checks `message` and returns its signature with who made it.
///
/// # Errors
/// The [`Fault`] that speaks against it.
pub(crate) fn check<'b>(
    message: Message<'_>,
    directory: &'b CompiledDirectory,
    verifier: &Verifier,
    once: &Once<'_>,
    now: Timestamp,
) -> Result<(Signed, &'b Arc<KnownKey>), Fault> {
    let trailers = message.received.trailers.as_ref();
    let view = MessageView { start: message.start, headers: message.headers, trailers };
    let signed = check_signature(&view, directory, verifier, once, now)?;
    check_body(message.headers, message.received)?;
    Ok(signed)
}

/// Checks all of a message but its body, which need not be there yet if the signature is not behind it.
///
/// # Errors
/// The [`Fault`] that speaks against it.
pub(crate) fn check_signature<'b>(
    view: &MessageView<'_>,
    directory: &'b CompiledDirectory,
    verifier: &Verifier,
    once: &Once<'_>,
    now: Timestamp,
) -> Result<(Signed, &'b Arc<KnownKey>), Fault> {
    let (signed, params) = presented(view)?;
    let signer = directory.key(&params.keyid, params.created)?;
    verifier.check(&signed, &params.alg, &signer.key)?;
    match once {
        Once::Request(guard) => guard.admit(&params, now)?,
        Once::Answer => check_fresh(&params, now)?,
        Once::ByHand => {}
    }
    if !headers::other_headers_fit(view.headers) {
        return Err(Fault::BadSignature { why: texts::header_changed() });
    }
    Ok((signed, signer))
}

/// The digest that the signature covers must be the body's; a message that names none has no body.
///
/// # Errors
/// [`Fault::DigestMismatch`].
pub(crate) fn check_body(headers: &HeaderMap, received: &Received) -> Result<(), Fault> {
    let trailer = received.trailers.as_ref().and_then(|trailers| trailers.get(CONTENT_DIGEST));
    let fits = match headers.get(CONTENT_DIGEST).or(trailer) {
        Some(digest) => digest.as_bytes() == received.digest.as_bytes(),
        None => received.body.bytes() == 0,
    };
    if fits { Ok(()) } else { Err(Fault::DigestMismatch {}) }
}
