//! Faults as problem details (RFC 9457).

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use model::fault::{Fault, Mistake};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// When whoever finds the hub busy is told to come again, in seconds.
const COME_AGAIN: i64 = 5;

/// What went wrong (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemDetails {
    /// `urn:lienthong:fault:LT-7104`
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
    /// Of a conflict: how it stands in the registry now.
    #[serde(skip_serializing_if = "Option::is_none")]
    theirs: Option<Value>,
    /// Of a conflict: what was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    yours: Option<Value>,
    /// Of a report that covers what was reported before: until when the node has reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// Of what was handed in: all that is wrong with it, each at its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mistakes: Vec<MistakeTold>,
}

/// One thing that is wrong in what was handed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mistake)]
struct MistakeTold {
    /// The member: `name.vi`, `master_data.0.code`. Empty: it is about the whole.
    at: String,
    /// Why it is wrong, in English.
    detail: String,
    /// In Vietnamese.
    detail_vi: String,
}

impl MistakeTold {
    fn new(mistake: &Mistake) -> Self {
        let why = mistake.why();
        Self { at: mistake.place.clone(), detail: why.en().to_owned(), detail_vi: why.vi().to_owned() }
    }
}

/// A fault as problem details.
pub struct Problem(pub(crate) Fault);

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

fn status(fault: &Fault) -> StatusCode {
    match fault {
        Fault::NotSignedIn {} | Fault::BadCredentials {} | Fault::CodeNeeded {} => StatusCode::UNAUTHORIZED,
        Fault::BadInvitation {}
        | Fault::NotRenewed { .. }
        | Fault::NotTheirs { .. }
        | Fault::NoRight { .. }
        | Fault::AccountDisabled { .. }
        | Fault::PasswordTooOld { .. }
        | Fault::BadReport { .. }
        | Fault::ReportOutOfTime { .. }
        | Fault::SignInRefused { .. }
        | Fault::NotGuarded {} => StatusCode::FORBIDDEN,
        Fault::NotInRegistry { .. } => StatusCode::NOT_FOUND,
        Fault::NoSuchMethod { .. } => StatusCode::METHOD_NOT_ALLOWED,
        Fault::DoneBefore {} | Fault::ReportedBefore { .. } => StatusCode::CONFLICT,
        Fault::ChangedMeanwhile { .. } => StatusCode::PRECONDITION_FAILED,
        Fault::StateNotNamed {} => StatusCode::PRECONDITION_REQUIRED,
        Fault::TooManyTries { .. } | Fault::TooManyListeners {} => StatusCode::TOO_MANY_REQUESTS,
        Fault::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Fault::BadDocument { .. }
        | Fault::BadParameters { .. }
        | Fault::Dangling { .. }
        | Fault::Contradictory { .. }
        | Fault::Mistaken { .. }
        | Fault::PasswordRefused { .. }
        | Fault::NoSuchWay { .. }
        | Fault::CannotBeTold { .. }
        | Fault::WrongConfirmation {}
        | Fault::NoReason {} => StatusCode::BAD_REQUEST,
        Fault::StoreFailed { .. }
        | Fault::CommitUnknown {}
        | Fault::NotPublished { .. }
        | Fault::StoreBehind { .. }
        | Fault::HubBusy {} => StatusCode::SERVICE_UNAVAILABLE,
        Fault::ProviderFailed { .. } | Fault::PracticeFailed { .. } | Fault::LetterNotTaken { .. } => {
            StatusCode::BAD_GATEWAY
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mistakes = match &self.0 {
            Fault::Mistaken { mistakes } => mistakes.list().iter().map(MistakeTold::new).collect(),
            fault @ (Fault::Contradictory { .. } | Fault::Dangling { .. }) => {
                vec![MistakeTold::new(&Mistake { place: String::new(), fault: fault.clone() })]
            }
            _ => Vec::new(),
        };
        // What is alone keeps its own code.
        let (_, fault) = self.0.alone();
        let status = status(&fault);
        if status.is_server_error() {
            tracing::error!(fault = fault.code(), reason = %fault, "the hub failed");
        }
        let (theirs, yours) = match &fault {
            Fault::ChangedMeanwhile { theirs, yours, .. } => {
                (serde_json::from_str(theirs).ok(), serde_json::from_str(yours).ok())
            }
            _ => (None, None),
        };
        let details = ProblemDetails {
            kind: format!("urn:lienthong:fault:{}", fault.code()),
            title: fault.code().to_owned(),
            status: status.as_u16(),
            detail: fault.en(),
            detail_vi: fault.vi(),
            theirs,
            yours,
            until: if let Fault::ReportedBefore { until, .. } = &fault { Some(until.clone()) } else { None },
            mistakes,
        };
        let mut response = (status, json!(details).to_string()).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let again = match fault {
            Fault::TooManyTries { seconds } => Some(seconds.max(1)),
            Fault::HubBusy {} => Some(COME_AGAIN),
            _ => None,
        };
        if let Some(seconds) = again.and_then(|seconds| HeaderValue::from_str(&seconds.to_string()).ok()) {
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        response
    }
}
