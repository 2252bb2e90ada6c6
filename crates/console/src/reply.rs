//! What an answer is made of: the form that is wanted, a template drawn, a problem told, a place to go on.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, REFRESH, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use hub::sheet::Format;
use model::fault::Fault;
use serde_json::Value;

use crate::draw::{self, Drawing};
use crate::form::Form;
use crate::texts;
use crate::visit::{Face, Refused, Visit};

/// What a page may load: its own style, script, fonts and icon; nothing from elsewhere, nothing inline.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// How an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Html,
    Json,
    Table(Format),
}

impl Wanted {
    /// By `?format=`, else by what the visitor takes.
    pub(crate) fn of(visit: &Visit) -> Self {
        match visit.query.get("format").map(String::as_str) {
            Some("json") => Self::Json,
            Some("csv") => Self::Table(Format::Csv),
            Some("xlsx") => Self::Table(Format::Xlsx),
            _ if visit.accept.contains("text/html") => Self::Html,
            _ if visit.accept.contains("text/csv") => Self::Table(Format::Csv),
            _ if visit.accept.contains("json") => Self::Json,
            _ => Self::Html,
        }
    }
}

/// A form that did not arrive whole.
pub(crate) fn unread(visit: &Visit, fault: &Fault) -> Refused {
    if let Fault::HubBusy {} = fault {
        let mut refused = Refused::said(&fault.words());
        refused.status = StatusCode::SERVICE_UNAVAILABLE;
        return refused;
    }
    let mut refused = Refused::said(&match visit.face() {
        Face::Hub => texts::form_not_whole(),
        Face::Shell => texts::paper_not_whole(),
    });
    if let Fault::BodyTooLarge { .. } = fault {
        refused.status = StatusCode::PAYLOAD_TOO_LARGE;
    }
    refused
}

/// That something cannot be shown, and why.
pub(crate) fn problem(visit: &Visit, refused: &Refused) -> Response {
    if Wanted::of(visit) != Wanted::Html {
        return (refused.status, [(CONTENT_TYPE, "application/problem+json")], refused.problem.to_string())
            .into_response();
    }
    let kept = Form::default();
    let drawing = Drawing::of("problem", &Value::Null, &refused.problem, &kept);
    let template = match visit.face() {
        Face::Hub => "problem.html",
        Face::Shell => "shell-problem.html",
    };
    html(visit, template, &drawing, refused.status)
}

/// A template drawn.
pub(crate) fn html(visit: &Visit, template: &str, drawing: &Drawing<'_>, status: StatusCode) -> Response {
    let context = draw::context(visit, drawing);
    match draw::draw(template, &context) {
        Ok(text) => {
            // Whoever has no JavaScript may ask that the page renews itself.
            let renewed = visit.query.get("lam-moi").map(|_| [(REFRESH, HeaderValue::from_static("30"))]);
            let headers: [(HeaderName, HeaderValue); 6] = [
                (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
                (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
                (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
                (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
                (CACHE_CONTROL, HeaderValue::from_static("no-store")),
                (VARY, HeaderValue::from_static("accept, cookie")),
            ];
            match renewed {
                Some(renewed) => (status, renewed, headers, text).into_response(),
                None => (status, headers, text).into_response(),
            }
        }
        Err(why) => fallen(&why),
    }
}

/// The page itself is broken: said plainly, with what the template's engine told.
pub(crate) fn fallen(why: &str) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, [(CONTENT_TYPE, "text/plain; charset=utf-8")], why.to_owned())
        .into_response()
}

/// Leads on after something was done.
pub(crate) fn see(address: &str) -> Response {
    let address = HeaderValue::from_str(address).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, address)]).into_response()
}
