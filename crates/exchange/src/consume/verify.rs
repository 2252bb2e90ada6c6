//! Receiving an answer and verifying it: that it is the called node's, and bound to our request.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use model::fault::{Fault, Kind};
use trust::digest::BodyDigest;
use trust::message::{Signed, Start};

use crate::body::{self, BYTES_PER_SECOND, BodyError, Kept, Limits, Received};
use crate::check::{How, Message, Once, check};
use crate::clock;
use crate::compiled::Reach;
use crate::consume::attempt::{FailedAttempt, VerifiedAnswer};
use crate::consume::delivery::Delivery;
use crate::failure::{self, ErrorBody};
use crate::framed::Presented;
use crate::headers;
use crate::peers::AnswerBody;

impl Delivery<'_> {
    /// Receives an answer and verifies it. What breaks off on the way may be asked for elsewhere; what is wrong is not.
    pub(super) async fn verified(
        &self,
        reach: &Reach,
        answer: Response<AnswerBody>,
        request: Signed,
    ) -> Result<VerifiedAnswer, FailedAttempt> {
        let (mut parts, body) = answer.into_parts();
        let mut received = body::receive(body, self.answer_limits(), self.node.room(reach.id.as_str()))
            .await
            .map_err(|error| self.not_received(reach, error))?;
        let is_refused = refused_behind(&mut received).map_err(FailedAttempt::Final)?;
        let request_signature = request.signature_value();
        let start = Start::Answer { status: parts.status.as_u16(), request_signature: &request_signature };
        let presented = parts.extensions.remove::<Presented>().filter(|_| !is_refused);
        let message = Message { start, headers: &parts.headers, presented, received: &received };
        // By the keys of this moment: one that was taken out since the call began counts no more.
        let directory = self.node.directory.load_full();
        let how = How { verifier: &self.node.verifier, own: self.own.form, once: Once::Answer };
        let checked = check(message, &directory, how, clock::now());
        if matches!(checked, Err(Fault::NoSignature {})) {
            // A node signs what it says about a request that it could verify; about another it only says no.
            return Err(refusal_of(reach, &parts.headers, &received));
        }
        let (answer, signer) = checked.map_err(FailedAttempt::Final)?;
        if signer.node != reach.id {
            return Err(FailedAttempt::Final(Fault::PeerNotSigner {
                peer: reach.id.to_string(),
                signer: signer.node.to_string(),
            }));
        }
        if parts.headers.get(headers::REQUEST_ID) != self.headers.get(headers::REQUEST_ID) {
            return Err(FailedAttempt::Final(Fault::AnswerInconsistent { what: "X-Road-Request-Id" }));
        }
        let signer = signer.clone();
        if is_refused {
            (parts.status, parts.headers) = head_of_refusal(&received, &self.headers);
        }
        Ok(VerifiedAnswer { request, answer, signer, status: parts.status, headers: parts.headers, received })
    }

    /// Those on the answer: the node's, or less if the caller takes less.
    fn answer_limits(&self) -> Limits {
        let limits = self.node.answer_limits();
        let bytes = self.call.patience.answer_bytes.map_or(limits.bytes, |most| most.min(limits.bytes));
        Limits { bytes, ..limits }
    }

    fn not_received(&self, reach: &Reach, error: BodyError) -> FailedAttempt {
        let lost = |why: String| FailedAttempt::Lost(format!("{}: {why}", reach.id));
        match error {
            BodyError::Broken(why) => lost(why),
            BodyError::Slow => lost(format!("under {BYTES_PER_SECOND} bytes/s")),
            BodyError::Stalled(seconds) => lost(format!("nothing for {seconds} s")),
            BodyError::TooLarge(limit_bytes) => FailedAttempt::Final(Fault::AnswerTooLarge { limit_bytes }),
            // It was there and could not be kept here.
            other @ (BodyError::NoRoom | BodyError::Disk(_)) => {
                FailedAttempt::Final(self.withheld(other.of_caller()))
            }
        }
    }

    /// What a node said that refused a request before it had it whole.
    pub(super) async fn refused(&self, reach: &Reach, answer: Response<AnswerBody>) -> FailedAttempt {
        let (parts, body) = answer.into_parts();
        match body::receive(body, self.answer_limits(), self.node.room(reach.id.as_str())).await {
            Ok(received) => refusal_of(reach, &parts.headers, &received),
            Err(error) => FailedAttempt::Final(error.of_caller()),
        }
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
    received.body = Kept::Memory(body.into());
    Ok(true)
}

/// Status and headers of an answer that is such a refusal.
fn head_of_refusal(received: &Received, request: &HeaderMap) -> (StatusCode, HeaderMap) {
    let mut head = HeaderMap::new();
    if let Some(trailers) = &received.trailers {
        headers::copy(&mut head, trailers, [headers::ERROR, headers::FAULT]);
    }
    // A node writes its refusals in one of two forms.
    let is_xml = matches!(&received.body, Kept::Memory(bytes) if bytes.starts_with(b"<"));
    let content_type = if is_xml { failure::xml_type(request) } else { "application/json" };
    head.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    (StatusCode::INTERNAL_SERVER_ERROR, head)
}

/// What a node said that could not verify our request, or could not sign its answer.
fn refusal_of(reach: &Reach, headers: &HeaderMap, received: &Received) -> FailedAttempt {
    let unsigned = FailedAttempt::Final(Fault::NoSignature {});
    let Kept::Memory(bytes) = &received.body else { return unsigned };
    let Ok(error) = serde_json::from_slice::<ErrorBody>(bytes) else { return unsigned };
    let said = || format!("{}: {}", reach.id, error.message);
    match headers::last(headers, &headers::FAULT).and_then(Kind::of) {
        Some(Kind::AnswerWithheld) => FailedAttempt::Lost(said()),
        // It can't carry exchanges at present; another node of the agency may.
        Some(Kind::LedgerFailed | Kind::Overloaded | Kind::DirectoryExpired | Kind::DirectoryMissing) => {
            FailedAttempt::Elsewhere(said())
        }
        Some(_) if headers.contains_key(headers::ERROR) => FailedAttempt::Final(Fault::PeerRefused {
            node: reach.id.to_string(),
            said: error.message.clone(),
        }),
        _ => unsigned,
    }
}
