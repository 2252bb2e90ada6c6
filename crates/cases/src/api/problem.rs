//! Faults as problem details (RFC 9457), as the hub tells them.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use model::fault::{Fault, Mistake};
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProblemDetails)]
pub(crate) struct Details {
    /// `urn:lienthong:fault:LT-9101`
    #[serde(rename = "type")]
    kind: String,
    /// The code, which never changes its meaning.
    title: String,
    /// The status.
    status: u16,
    /// What happened and what to do, in English.
    detail: String,
    /// In Vietnamese.
    detail_vi: String,
    /// Of a level that is too low: the one that is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<u8>,
    /// Of what was handed in: all that is wrong with it, each at its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mistakes: Vec<Told>,
}

/// One thing that is wrong in what was handed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CaseMistake)]
struct Told {
    /// The member.
    at: String,
    /// Why it is wrong, in English.
    detail: String,
    /// In Vietnamese.
    detail_vi: String,
}

impl Told {
    fn new(mistake: &Mistake) -> Self {
        let why = mistake.why();
        Self { at: mistake.place.clone(), detail: why.en().to_owned(), detail_vi: why.vi().to_owned() }
    }
}

/// The level that somebody needs, told to whatever signed them in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needed(pub(crate) u8);

/// A fault on its way out.
#[derive(Debug)]
pub struct Problem(pub Fault);

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

fn status(fault: &Fault) -> StatusCode {
    match fault {
        Fault::NobodyKnown {} | Fault::NotProven { .. } | Fault::LevelTooLow { .. } => {
            StatusCode::UNAUTHORIZED
        }
        Fault::NotInCase { .. } | Fault::SignInRefused { .. } | Fault::NotGuarded {} => StatusCode::FORBIDDEN,
        Fault::ProviderFailed { .. } | Fault::ResultNotSeen { .. } => StatusCode::BAD_GATEWAY,
        Fault::NoCase {} | Fault::NoProcedure { .. } | Fault::NotInRegistry { .. } => StatusCode::NOT_FOUND,
        Fault::NoSuchMethod { .. } => StatusCode::METHOD_NOT_ALLOWED,
        Fault::KeyOfAnotherCase {}
        | Fault::CaseElsewhere { .. }
        | Fault::CaseIncomplete { .. }
        | Fault::CaseChanged {} => StatusCode::CONFLICT,
        Fault::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Fault::PaperNotNeeded { .. }
        | Fault::PaperRefused { .. }
        | Fault::Mistaken { .. }
        | Fault::BadDocument { .. }
        | Fault::BadParameters { .. }
        | Fault::MissingHeader { .. }
        | Fault::BadHeader { .. }
        | Fault::BadClient { .. }
        | Fault::BodyBroken { .. }
        | Fault::NoReason {} => StatusCode::BAD_REQUEST,
        Fault::CasesBusy {} | Fault::StoreFailed { .. } | Fault::CommitUnknown {} => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(fault) = self;
        let status = status(&fault);
        if status.is_server_error() {
            tracing::error!(fault = fault.code(), reason = %fault, "a case could not be worked on");
        }
        let mistakes = match &fault {
            Fault::Mistaken { mistakes } => mistakes.list().iter().map(Told::new).collect(),
            _ => Vec::new(),
        };
        let details = Details {
            kind: format!("urn:lienthong:fault:{}", fault.code()),
            title: fault.code().to_owned(),
            status: status.as_u16(),
            detail: fault.en(),
            detail_vi: fault.vi(),
            level: if let Fault::LevelTooLow { needed, .. } = &fault { Some(*needed) } else { None },
            mistakes,
        };
        let mut response = (status, Json(details)).into_response();
        if let Fault::LevelTooLow { needed, .. } = &fault {
            response.extensions_mut().insert(Needed(*needed));
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}
