//! What stands behind the provider's node: an agency's HTTP API, a dataset that the node reads itself, or this program.

pub mod confirm;
pub mod connections;
pub mod dataset;
pub mod http_api;
pub mod minimise;
pub mod open;
mod pages;
mod watched;
pub mod within;

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http_body_util::Either;
use hyper::body::Incoming;
use model::fault::{Fault, Words};
use model::id::ServiceId;
use serde_json::json;

use crate::body::Fed;

pub use dataset::{DatasetService, TableMapping};
pub use http_api::HttpApi;

/// A service's address.
pub enum Backend {
    /// An HTTP API.
    Http(Box<HttpApi>),
    /// A table of a source, asked by the node itself.
    Dataset(Box<DatasetService>),
    /// This program.
    Within(within::Within),
}

/// What a service answered.
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers that go on.
    pub headers: HeaderMap,
    /// Cut to the granted fields already.
    pub body: AnswerBody,
}

/// An answer's body.
pub enum AnswerBody {
    /// All there.
    Whole(Bytes),
    /// Still coming: from the service, or from the node itself.
    Coming(Either<Incoming, Fed>),
}

impl Answer {
    /// A JSON answer.
    #[must_use]
    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        Self::of(status, "application/json", value.to_string())
    }

    /// An answer of JSON that is written already.
    #[must_use]
    pub fn whole_json(json: Vec<u8>) -> Self {
        let mut answer = Self::of(200, "application/json", String::new());
        answer.body = AnswerBody::Whole(json.into());
        answer
    }

    /// An answer that the node itself gives for a dataset: problem details (RFC 9457) with our code.
    #[must_use]
    pub fn problem(status: u16, fault: &Fault) -> Self {
        let problem = json!({
            "type": format!("urn:lienthong:fault:{}", fault.code()),
            "title": fault.code(),
            "status": status,
            "detail": fault.en(),
            "detail_vi": fault.vi(),
        });
        let mut answer = Self::of(status, "application/problem+json", problem.to_string());
        crate::headers::set(&mut answer.headers, crate::headers::FAULT, fault.code());
        answer
    }

    fn of(status: u16, content_type: &'static str, body: String) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { status, headers, body: AnswerBody::Whole(body.into()) }
    }
}

/// The fault of a service that got a call and gave no answer that counts. Of a call that may change something nobody knows then
/// what became of it.
#[must_use]
pub fn no_answer(service: &ServiceId, is_safe: bool, why: Words) -> Fault {
    let service = service.clone();
    if is_safe { Fault::ServiceFailed { service, why } } else { Fault::OutcomeUnknown { service, why } }
}

/// Services by their identifiers.
pub type Backends = std::collections::HashMap<ServiceId, Arc<Backend>>;
