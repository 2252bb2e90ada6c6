//! Signing in and out in the pages, and the language.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use crate::draw::Drawing;
use crate::form::Form;
use crate::menu::HOME;
use crate::reply::{html, problem, see, unread};
use crate::texts;
use crate::visit::{Console, Face, LANGUAGE_COOKIE, Refused, Visit};

/// Longest text that waits behind a sign-in, in bytes.
const CARRIED_MAX: usize = 64 * 1024;

/// An address of these pages themselves, or the page that somebody begins with.
pub(crate) fn own<'a>(visit: &Visit, address: &'a str) -> &'a str {
    if hub::web::listen::is_own(address) { address } else { home(visit) }
}

fn home(visit: &Visit) -> &'static str {
    match visit.face() {
        Face::Hub => HOME,
        Face::Shell => "/",
    }
}

/// Where somebody lands who has just signed in: those who lead on a page of their own, unless they were on their way elsewhere.
fn first_page<'a>(next: &'a str, who: &Value) -> &'a str {
    let roles = who.get("roles").and_then(Value::as_array).into_iter().flatten();
    let leads = roles.into_iter().any(|role| role == "leader");
    if next == HOME && leads { "/lanh-dao" } else { next }
}

/// Whether a form comes from our own pages. Browsers say where a form stands.
pub(crate) fn from_here(visit: &Visit, headers: &HeaderMap) -> bool {
    let origin = headers.get(ORIGIN).and_then(|value| value.to_str().ok());
    match origin {
        Some(origin) => origin.strip_prefix("https://") == Some(visit.host.as_str()),
        None => headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin"),
    }
}

pub(crate) fn foreign() -> Refused {
    let mut refused = Refused::said(&texts::form_of_another_site());
    refused.status = StatusCode::FORBIDDEN;
    refused
}

/// Leads to the form, and from there back.
pub(crate) fn to_sign_in(visit: &Visit) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    // Whoever names no page begins with their work.
    query.append_pair("next", if visit.address == "/" { home(visit) } else { &visit.address });
    see(&format!("/dang-nhap?{}", query.finish()))
}

pub(crate) async fn form(State(_): State<Arc<Console>>, mut visit: Visit) -> Response {
    // Who is signed in already may sign in as another.
    let _ = visit.recognise().await;
    let next = own(&visit, visit.query.get("next").map_or(HOME, String::as_str)).to_owned();
    draw(
        &visit,
        &json!({ "next": next, "carried": null, "to": null, "provider": provider(&visit).await }),
        &Value::Null,
        &Form::default(),
        StatusCode::OK,
    )
}

/// Whether one may sign in through an identity provider.
async fn provider(visit: &Visit) -> bool {
    let health = visit.get("/health").await.unwrap_or_default();
    health.get("provider").and_then(Value::as_bool).unwrap_or_default()
}

/// The form for somebody whose session ended while they were typing: what they typed goes along.
pub(crate) fn ask_again(visit: &Visit, typed: &Form) -> Response {
    let carried = json!(typed.0).to_string();
    let carried = (carried.len() <= CARRIED_MAX).then_some(carried);
    let view = json!({ "next": visit.path, "carried": carried, "to": visit.sent_to, "provider": false });
    draw(visit, &view, &Value::Null, &Form::default(), StatusCode::UNAUTHORIZED)
}

/// Says to whoever has come back from the identity provider without being signed in why, and how to begin anew. Somebody who is signed in,
/// by another tab or the first time they came back, is not sent to the form again.
pub(crate) async fn not_signed_in(mut visit: Visit, response: Response) -> Response {
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), CARRIED_MAX).await.unwrap_or_default();
    let told: Value = serde_json::from_slice(&body).unwrap_or_default();
    if visit.recognise().await.is_ok() {
        return problem(&visit, &Refused { status, problem: told });
    }
    let view = json!({ "next": HOME, "carried": null, "to": null, "provider": provider(&visit).await });
    draw(&visit, &view, &told, &Form::default(), status)
}

fn draw(visit: &Visit, view: &Value, problem: &Value, kept: &Form, status: StatusCode) -> Response {
    let drawing = Drawing::of("sign_in", view, problem, kept);
    html(visit, "sign-in.html", &drawing, status)
}

/// Signs in. What somebody typed before is shown to them again, to send or to change.
pub(crate) async fn sign_in(
    State(_): State<Arc<Console>>,
    mut visit: Visit,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let form = match Form::take(body, "", None, 0).await {
        Ok(form) => form,
        Err(fault) => return problem(&visit, &unread(&visit, &fault)),
    };
    let (next, to) = (own(&visit, form.get("next")).to_owned(), own(&visit, form.get("to")).to_owned());
    let carried = form.some("carried").map(str::to_owned);
    let asked =
        json!({ "name": form.get("name"), "password": form.0.get("password"), "code": form.some("code") });
    let answered = if from_here(&visit, &headers) {
        visit.send(Method::POST, "/api/v1/session", Some(&asked), &[]).await
    } else {
        Err(foreign())
    };
    let answered = match answered {
        Ok(answered) => answered,
        Err(refused) => {
            let view =
                json!({ "next": next, "carried": carried, "to": to, "provider": provider(&visit).await });
            let kept = Form([("name".to_owned(), form.get("name").to_owned())].into());
            return draw(&visit, &view, &refused.problem, &kept, refused.status);
        }
    };
    let fields: Option<Value> = carried.and_then(|carried| serde_json::from_str(&carried).ok());
    let mut response = match fields.filter(Value::is_object) {
        None => see(first_page(&next, &answered.body)),
        Some(fields) => {
            visit.me = Some(answered.body.clone());
            let view = json!({ "to": to, "fields": fields });
            let kept = Form::default();
            let drawing = Drawing::of("sign_in", &view, &Value::Null, &kept);
            html(&visit, "carried.html", &drawing, StatusCode::OK)
        }
    };
    for cookie in answered.cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

pub(crate) async fn sign_out(State(_): State<Arc<Console>>, visit: Visit, body: Body) -> Response {
    let form = match Form::take(body, "", None, 0).await {
        Ok(form) => form,
        Err(fault) => return problem(&visit, &unread(&visit, &fault)),
    };
    let guard = [("lienthong-guard", form.get("guard"))];
    match visit.send(Method::DELETE, visit.face().session(), None, &guard).await {
        // A session that has ended already is signed out as well; any other must not look as if it were.
        Err(refused) if refused.status != StatusCode::UNAUTHORIZED => problem(&visit, &refused),
        ended => {
            let mut response = see(match visit.face() {
                Face::Hub => "/dang-nhap",
                Face::Shell => "/",
            });
            for cookie in ended.map(|answered| answered.cookies).unwrap_or_default() {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
            response
        }
    }
}

/// Chooses the language.
pub(crate) async fn language(State(_): State<Arc<Console>>, visit: Visit, body: Body) -> Response {
    let form = match Form::take(body, "", None, 0).await {
        Ok(form) => form,
        Err(fault) => return problem(&visit, &unread(&visit, &fault)),
    };
    let mut response = see(own(&visit, form.get("next")));
    let lang = if form.get("lang") == "en" { "en" } else { "vi" };
    let cookie = format!("{LANGUAGE_COOKIE}={lang}; Path=/; Secure; SameSite=Lax; Max-Age=31536000");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
