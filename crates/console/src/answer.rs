//! Answers: a page as HTML, or as what it was drawn from: JSON, CSV, XLSX. One address, one view, four forms.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, REFRESH, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use hub::intake::Sender;
use hub::sheet::{Format, Sheet};
use model::fault::Fault;
use serde_json::{Value, json};

use crate::act::{ACTS, Then};
use crate::draw::{self, Drawing};
use crate::form::Form;
use crate::page::{self, Page};
use crate::session;
use crate::visit::{Console, Refused, Visit};

/// What a page may load: its own style, script, fonts and icon; nothing from elsewhere, nothing inline.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// How an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Html,
    Json,
    Table(Format),
}

impl Wanted {
    /// By `?format=`, else by what the visitor takes.
    fn of(visit: &Visit) -> Self {
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

/// Shows the page of the address.
pub(crate) async fn page(State(_): State<Arc<Console>>, mut visit: Visit) -> Response {
    let Some(page) = page::of(&visit.page) else { return problem(&visit, &Refused::nowhere()) };
    if let Err(refused) = visit.recognise().await
        && !page.open
    {
        return match (refused.status, Wanted::of(&visit)) {
            (StatusCode::UNAUTHORIZED, Wanted::Html) => session::to_sign_in(&visit),
            _ => problem(&visit, &refused),
        };
    }
    match (page.load)(&visit).await {
        Ok(view) => show(&visit, page, &view, StatusCode::OK, &Value::Null, &Form::default()).await,
        Err(refused) if refused.status == StatusCode::UNAUTHORIZED && Wanted::of(&visit) == Wanted::Html => {
            session::to_sign_in(&visit)
        }
        Err(refused) => problem(&visit, &refused),
    }
}

/// Hands on what is no page: the API, the directory, sign-in by a provider. Where there is nothing, a browser gets a page that says so.
pub(crate) async fn elsewhere(
    State(console): State<Arc<Console>>,
    mut visit: Visit,
    request: Request,
) -> Response {
    let response = console.hand_on(request).await;
    // Whoever comes from an identity provider is a person with a browser: what went wrong is a page, from which they begin anew.
    let signs_in = visit.path.starts_with("/sign-in/") && visit.accept.contains("text/html");
    if signs_in && (response.status().is_client_error() || response.status().is_server_error()) {
        return session::not_signed_in(visit, response).await;
    }
    let nowhere = response.status() == StatusCode::NOT_FOUND && !visit.path.starts_with("/api/");
    if nowhere && Wanted::of(&visit) == Wanted::Html && visit.accept.contains("text/html") {
        let _ = visit.recognise().await;
        return problem(&visit, &Refused::nowhere());
    }
    response
}

/// Does what a form asks for. If the hub says no, the page is shown again with what was typed.
pub(crate) async fn act(
    State(_): State<Arc<Console>>,
    mut visit: Visit,
    headers: HeaderMap,
    body: Body,
) -> Response {
    // Who it is comes first: a stranger's form is short.
    let recognised = visit.recognise().await;
    let sender = recognised.is_ok().then(|| Sender::new(visit.account(), visit.agency().as_deref()));
    let form = match Form::take(body, sender.as_ref()).await {
        Ok(form) => form,
        Err(fault) => return problem(&visit, &unread(&fault)),
    };
    let found = ACTS.iter().find(|act| act.path == visit.page);
    let Some((act, page)) = found.and_then(|act| Some((act, page::of(act.page)?))) else {
        return problem(&visit, &Refused::nowhere());
    };
    let known = match recognised {
        // Whoever is not signed in has no guard: their form must come from here.
        Err(_) if page.open && session::from_here(&visit, &headers) => Ok(()),
        Err(_) if page.open => Err(session::foreign()),
        known => known,
    };
    let refused = match known {
        Err(refused) => refused,
        Ok(()) => match (act.run)(&visit, &form).await {
            Ok(Then::See(next)) => return see(&format!("{next}?xong=1")),
            Ok(Then::Show(view)) => {
                return show(&visit, page, &view, StatusCode::OK, &Value::Null, &form).await;
            }
            Ok(Then::Hand(view)) => return hand_over(&visit, page, &view),
            Err(refused) => refused,
        },
    };
    if refused.status == StatusCode::UNAUTHORIZED && !page.open {
        // Nothing that was typed is lost: it waits behind the sign-in.
        return session::ask_again(&visit, &form);
    }
    visit.typed = Some((form.clone(), refused.problem.clone()));
    match (page.load)(&visit).await {
        Ok(view) => show(&visit, page, &view, refused.status, &refused.problem, &form).await,
        Err(_) => problem(&visit, &refused),
    }
}

/// A form that did not arrive whole.
pub(crate) fn unread(fault: &Fault) -> Refused {
    if let Fault::HubBusy {} = fault {
        let mut refused = Refused::said(&fault.vi(), &fault.en());
        refused.status = StatusCode::SERVICE_UNAVAILABLE;
        return refused;
    }
    let mut refused = Refused::said(
        "Biểu mẫu lớn hơn 2 MB hoặc bị đứt giữa chừng, nên chưa được đọc. Quay lại trang trước, bỏ bớt rồi gửi lại.",
        "The form is larger than 2 MB or broke off, and was not read. Go back a page, shorten it and send it again.",
    );
    if let Fault::BodyTooLarge { .. } = fault {
        refused.status = StatusCode::PAYLOAD_TOO_LARGE;
    }
    refused
}

/// Shows once what is to be handed over in secret.
fn hand_over(visit: &Visit, page: &Page, view: &Value) -> Response {
    let kept = Form::default();
    let drawing = Drawing { nav: page.nav, has_table: false, view, problem: &Value::Null, kept: &kept };
    html(visit, "handed.html", &drawing, StatusCode::OK)
}

/// A page in the form that is wanted.
async fn show(
    visit: &Visit,
    page: &Page,
    view: &Value,
    status: StatusCode,
    problem: &Value,
    kept: &Form,
) -> Response {
    match Wanted::of(visit) {
        Wanted::Json => (status, [(CACHE_CONTROL, "no-store")], axum::Json(view.clone())).into_response(),
        Wanted::Table(format) if !page.columns.is_empty() => {
            let items = view.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
            match Sheet::of(page.nav, page.columns, &items).respond(format, visit.account()).await {
                Ok(answer) => answer,
                Err(fault) => fallen(&fault.to_string()),
            }
        }
        Wanted::Table(_) => {
            let why = json!({ "title": "406", "status": 406, "detail": "This page is no table.", "detail_vi": "Trang này không phải bảng." });
            (StatusCode::NOT_ACCEPTABLE, axum::Json(why)).into_response()
        }
        Wanted::Html => {
            let drawing = Drawing { nav: page.nav, has_table: !page.columns.is_empty(), view, problem, kept };
            html(visit, page.template, &drawing, status)
        }
    }
}

/// That something cannot be shown, and why.
pub(crate) fn problem(visit: &Visit, refused: &Refused) -> Response {
    if Wanted::of(visit) != Wanted::Html {
        return (refused.status, [(CONTENT_TYPE, "application/problem+json")], refused.problem.to_string())
            .into_response();
    }
    let drawing = Drawing {
        nav: "problem",
        has_table: false,
        view: &Value::Null,
        problem: &refused.problem,
        kept: &Form::default(),
    };
    html(visit, "problem.html", &drawing, refused.status)
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
fn fallen(why: &str) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, [(CONTENT_TYPE, "text/plain; charset=utf-8")], why.to_owned())
        .into_response()
}

/// Leads on after something was done.
pub(crate) fn see(address: &str) -> Response {
    let address = HeaderValue::from_str(address).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, address)]).into_response()
}
