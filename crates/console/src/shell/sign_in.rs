//! Signing in to the shells: by whom one can be recognised, and why somebody was not.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::case::{put, text};
use crate::draw::Drawing;
use crate::form::Form;
use crate::reply::{html, problem};
use crate::session::own;
use crate::visit::{Console, Refused, Visit};

/// The highest level that there is.
const HIGHEST: u64 = 4;
/// The word of an address for officers.
const OFFICE: &str = "can-bo";
/// What the node says of the errand of somebody who came back from a provider without being signed in: a query as sign-in takes it.
const ERRAND: &str = "lienthong-errand";
/// Longest answer of the sign-in that is told.
const TOLD_MAX: usize = 64 * 1024;

/// The page with the providers; from there back to where somebody was.
pub(crate) async fn form(State(_): State<Arc<Console>>, mut visit: Visit) -> Response {
    let _ = visit.recognise().await;
    let next = own(&visit, visit.query.get("next").map_or("/", String::as_str)).to_owned();
    let mut errand = Errand { office: as_officer(&visit, &next), next, invitation: None };
    errand.invitation = visit.query.get("moi").cloned().filter(|_| errand.office);
    // Who must show more than they did: the level that was asked for, or the next one.
    let known = visit.me.as_ref().and_then(|me| me.get("level")?.as_u64()).unwrap_or_default();
    let level = visit.query.get("tang").map(|asked| asked.parse().unwrap_or(known + 1).clamp(1, HIGHEST));
    draw(&visit, &errand, json!({ "level": level }), &Value::Null, StatusCode::OK).await
}

/// What somebody wants to sign in for.
struct Errand {
    /// Where they want to go.
    next: String,
    /// As an officer, and not as a citizen.
    office: bool,
    /// Of an officer who comes for the first time.
    invitation: Option<String>,
}

impl Errand {
    /// The errand of somebody who has come back with nothing, as the node tells it; or that of an address at the node.
    fn of(visit: &Visit, told: &str) -> Self {
        let told: BTreeMap<String, String> =
            url::form_urlencoded::parse(told.as_bytes()).into_owned().collect();
        let of = if told.is_empty() { &visit.query } else { &told };
        let office = of.get("as").is_some_and(|role| role == "officer");
        Self {
            next: own(visit, of.get("next").map_or("/", String::as_str)).to_owned(),
            office,
            invitation: of.get("invitation").cloned().filter(|_| office),
        }
    }

    /// The address of the page that begins it.
    fn address(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("next", &self.next);
        if self.office {
            query.append_pair("vai", OFFICE);
        }
        if let Some(invitation) = &self.invitation {
            query.append_pair("moi", invitation);
        }
        format!("/dang-nhap?{}", query.finish())
    }
}

/// Whether the page is for officers: it says so, or leads to theirs; or an officer is to show more of who they are.
fn as_officer(visit: &Visit, next: &str) -> bool {
    let shows_more = visit.query.contains_key("tang") && super::load::is_officer(visit);
    next.starts_with("/can-bo") || visit.query.get("vai").is_some_and(|role| role == OFFICE) || shows_more
}

/// The same for somebody whose session has ended while they were typing. The way by a provider carries no form along, so they sign in beside
/// this page, which keeps what was typed; then it is shown to them again, to send or to change.
pub(crate) async fn ask_again(visit: &Visit, typed: &Form) -> Response {
    let own = |name: &str| matches!(name, "guard" | "key");
    let carried: BTreeMap<&String, &String> = typed.0.iter().filter(|(name, _)| !own(name)).collect();
    let more = json!({ "carried": carried, "to": visit.sent_to });
    let office = visit.path.starts_with("/can-bo");
    let errand = Errand { next: if office { "/can-bo" } else { "/" }.to_owned(), office, invitation: None };
    draw(visit, &errand, more, &Value::Null, StatusCode::UNAUTHORIZED).await
}

/// Says to whoever has come back from the provider without being signed in why, and how to begin anew: on the same errand, for who came as
/// an officer must not go on as a citizen.
pub(crate) async fn not_signed_in(mut visit: Visit, response: Response) -> Response {
    let status = response.status();
    let told = response.headers().get(ERRAND).and_then(|errand| errand.to_str().ok()).unwrap_or_default();
    let errand = Errand::of(&visit, told);
    let body = axum::body::to_bytes(response.into_body(), TOLD_MAX).await.unwrap_or_default();
    let told: Value = serde_json::from_slice(&body).unwrap_or_default();
    (visit.path, visit.address) = (errand.next.clone(), errand.address());
    let is_low = text(&told, "title") == "LT-9108";
    if visit.recognise().await.is_ok() && !is_low {
        return problem(&visit, &Refused { status, problem: told });
    }
    let level = told.get("level").cloned().filter(|_| is_low);
    // The page itself is how to show more.
    let told = if is_low { without_title(told) } else { told };
    draw(&visit, &errand, json!({ "level": level }), &told, status).await
}

/// A problem by its words alone.
fn without_title(mut problem: Value) -> Value {
    put(&mut problem, "title", Value::Null);
    problem
}

/// The page that an errand begins with; `more` has the level that is needed, or what was typed.
async fn draw(visit: &Visit, errand: &Errand, more: Value, problem: &Value, status: StatusCode) -> Response {
    let carried = more.get("carried").cloned().unwrap_or_default();
    let level = more.get("level").and_then(Value::as_u64);
    let office = errand.office;
    let mut providers =
        visit.get("/api/sign-in").await.unwrap_or_default().as_array().cloned().unwrap_or_default();
    for provider in &mut providers {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("as", if office { "officer" } else { "citizen" }).append_pair("next", &errand.next);
        if let Some(level) = level {
            query.append_pair("level", &level.to_string());
        }
        if let Some(invitation) = &errand.invitation {
            query.append_pair("invitation", invitation);
        }
        let address = format!("/sign-in/{}?{}", model::id::encode_part(text(provider, "id")), query.finish());
        put(provider, "address", json!(address));
    }
    let other = if office { "/dang-nhap?next=%2F" } else { "/dang-nhap?next=%2Fcan-bo&vai=can-bo" };
    let view = json!({
        "providers": providers, "higher": level.is_some(), "ended": !carried.is_null(), "carried": carried, "to": more.get("to"),
        "office": office, "other": other,
    });
    let kept = Form::default();
    html(visit, "shell-sign-in.html", &Drawing::of("sign_in", &view, problem, &kept), status)
}
