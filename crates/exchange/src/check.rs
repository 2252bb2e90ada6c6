//! Checks a received message: its signature, its time, that it came once, that the body is the one that was signed.

use std::sync::Arc;

use http::HeaderMap;
use jiff::Timestamp;
use model::fault::Fault;
use trust::batch::Form;
use trust::digest::CONTENT_DIGEST;
use trust::message::{self, MessageView, Signed, Start, presented};
use trust::replay::{ReplayGuard, check_fresh};
use trust::verifier::Verifier;

use crate::body::Received;
use crate::compiled::{CompiledDirectory, KnownKey};
use crate::framed::Presented;
use crate::headers;
use crate::texts;

/// A received message, whole.
pub(crate) struct Message<'a> {
    /// Request line or status.
    pub start: Start<'a>,
    pub headers: &'a HeaderMap,
    /// What it is signed by, if that came beside the headers.
    pub presented: Option<Presented>,
    /// Its body.
    pub received: &'a Received,
}

/// Whether it must be here for the first time.
#[derive(Clone, Copy)]
pub(crate) enum Once<'a> {
    /// A request: must not have come before.
    Request(&'a ReplayGuard),
    /// Carried by hand: it may be old. Whoever takes it looks at its age, and whether it was here before.
    ByHand,
    /// An answer: bound to a request of ours, so it can't stand for another.
    Answer,
}

/// How a message is checked.
#[derive(Clone, Copy)]
pub(crate) struct How<'a> {
    pub(crate) verifier: &'a Verifier,
    /// By which keys the node signs to which it came.
    pub(crate) own: Form,
    pub(crate) once: Once<'a>,
}

/// Checks `message` and returns its signature with who made it.
///
/// # Errors
/// The [`Fault`] that speaks against it.
pub(crate) fn check<'b>(
    message: Message<'_>,
    directory: &'b CompiledDirectory,
    how: How<'_>,
    now: Timestamp,
) -> Result<(Signed, &'b Arc<KnownKey>), Fault> {
    let trailers = message.received.trailers.as_ref();
    let view = MessageView { start: message.start, headers: message.headers, trailers };
    let signed = check_signature(&view, message.presented, directory, how, now)?;
    check_body(message.headers, message.received)?;
    Ok(signed)
}

/// Checks all of a message but its body, which need not be there yet if the signature is not behind it.
///
/// # Errors
/// The [`Fault`] that speaks against it.
pub(crate) fn check_signature<'b>(
    view: &MessageView<'_>,
    by: Option<Presented>,
    directory: &'b CompiledDirectory,
    how: How<'_>,
    now: Timestamp,
) -> Result<(Signed, &'b Arc<KnownKey>), Fault> {
    let Presented { signed, params, root } = match by {
        // It brings its base with it, and with that the request that it answers: that must be ours.
        Some(by) => match view.start {
            Start::Answer { request_signature, .. }
                if by.signed.covered(message::BINDING) != Some(request_signature) =>
            {
                return Err(Fault::AnswerInconsistent { what: "Signature" });
            }
            _ => by,
        },
        None => presented(view).map(|(signed, params)| Presented { signed, params, root: None })?,
    };
    let signer = directory.key(&params.keyid, params.created)?;
    let form = Form::of_alg(&params.alg);
    // Where both sides have both keys nothing else is taken: whoever can make one of the two signatures must not choose.
    let is_by_hand = matches!(how.once, Once::ByHand);
    if !is_by_hand && how.own == Form::Hybrid && signer.key.is_hybrid() && form != Some(Form::Hybrid) {
        return Err(Fault::BadSignature { why: texts::not_by_both_keys() });
    }
    match root {
        Some(root) if form == Some(root.signature().form()) => how.verifier.check_root(&root, &signer.key)?,
        _ => how.verifier.check(&signed, &params.alg, &signer.key)?,
    }
    match how.once {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer that brings its signature base with it is held against our request before anything else.
    #[test]
    fn a_signature_beside_the_headers_must_be_bound_to_our_request() {
        let (headers, directory) = (HeaderMap::new(), CompiledDirectory::empty());
        let start = Start::Answer { status: 200, request_signature: ":YQ==:" };
        let view = MessageView { start, headers: &headers, trailers: None };
        let of_answer_to = |value: &str| {
            let base = format!(
                "\"@status\": 200\n{}: {value}\n\"@signature-params\": (\"@status\" {});created=1;nonce=\"n\";keyid=\"k\";alg=\"ed25519\";tag=\"lienthong\"",
                message::BINDING,
                message::BINDING
            );
            let signed = Signed::from_record(base, vec![0; 64]).unwrap();
            let by = Presented { params: signed.params().unwrap(), signed, root: None };
            let now = Timestamp::from_second(1).unwrap();
            let how = How { verifier: &Verifier::default(), own: Form::Plain, once: Once::Answer };
            check_signature(&view, Some(by), &directory, how, now).unwrap_err()
        };
        assert!(matches!(of_answer_to(":Yg==:"), Fault::AnswerInconsistent { .. }));
        // Bound to ours it is looked at further: nobody is known here.
        assert!(!matches!(of_answer_to(":YQ==:"), Fault::AnswerInconsistent { .. }));
    }
}
