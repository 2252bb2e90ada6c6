//! What an attempt to have a call answered has come to.

use std::sync::Arc;

use http::StatusCode;
use http::header::HeaderMap;
use model::fault::Fault;
use trust::message::Signed;

use crate::body::Received;
use crate::compiled::KnownKey;
use crate::record::SignedBy;

/// An answer that was verified, with its request.
pub(super) struct VerifiedAnswer {
    pub(super) request: Signed,
    pub(super) answer: Signed,
    pub(super) signer: Arc<KnownKey>,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) received: Received,
}

impl VerifiedAnswer {
    pub(super) fn signed_by(&self) -> SignedBy<'_> {
        (&self.answer, self.signer.as_ref().into())
    }
}

/// Why an attempt gave no answer.
pub(super) enum FailedAttempt {
    /// Another node may be tried.
    Elsewhere(String),
    /// The call may have been carried out.
    Lost(String),
    /// There is no use in trying again.
    Final(Fault),
}
