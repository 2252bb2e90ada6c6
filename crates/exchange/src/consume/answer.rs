//! The answer as the system gets it.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use http::header::HeaderMap;
use http::{Response, StatusCode};
use sha2::{Digest as _, Sha512};
use trust::message::Signed;

use crate::body::{Kept, OutBody};
use crate::consume::attempt::VerifiedAnswer;
use crate::consume::delivery::Delivery;
use crate::headers;

/// An answer that is recorded and may be handed over.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// Its headers, X-Road's among them.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Kept,
}

impl Answer {
    pub(super) fn head(&self) -> (StatusCode, &HeaderMap) {
        (self.status, &self.headers)
    }

    /// As a response over HTTP.
    #[must_use]
    pub(crate) fn into_response(self) -> Response<OutBody> {
        let mut response = Response::new(self.body.into_body());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

impl Delivery<'_> {
    /// What the system gets of a verified answer.
    pub(super) fn hand_over(&self, verified: VerifiedAnswer) -> Answer {
        let mut headers = headers::of_answer(&verified.headers);
        headers::copy(&mut headers, &verified.headers, [headers::ERROR, headers::FAULT]);
        headers::copy(&mut headers, &self.headers, [headers::ID, headers::CLIENT, headers::REQUEST_ID]);
        headers::set(&mut headers, headers::SERVICE, self.call.request.call().service.as_str());
        headers::set(&mut headers, headers::REQUEST_HASH, &self.request_hash(&verified.request));
        Answer { status: verified.status, headers, body: verified.received.body }
    }

    /// X-Road's hash of the request. In place of its digest of the body stands the signed `Content-Digest`.
    fn request_hash(&self, request: &Signed) -> String {
        let mut head = Sha512::new();
        head.update(format!("{}\r\n{}\r\n", self.call.method, self.path_and_query()));
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
