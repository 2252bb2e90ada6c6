//! Signing in to the shells: by whom one can be recognised, and why somebody was not.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::case::{list, put, text};
use crate::draw::Drawing;
use crate::form::Form;
use crate::reply::{html, problem};
use crate::session::own;
use crate::visit::{Console, Refused, Visit};

/// Longest answer of the sign-in that is told.
const TOLD_MAX: usize = 64 * 1024;

/// The page with the providers; from there back to where somebody was.
pub(crate) async fn form(State(_): State<Arc<Console>>, mut visit: Visit) -> Response {
    let _ = visit.recognise().await;
    let next = own(&visit, visit.query.get("next").map_or("/", String::as_str)).to_owned();
    let more = json!({ "higher": visit.query.contains_key("tang") });
    draw(&visit, &next, more, &Value::Null, StatusCode::OK).await
}

/// The same for somebody whose session has ended while they were typing. The way by a provider carries no form along, so they sign in beside
/// this page, which keeps what was typed; then it is shown to them again, to send or to change.
pub(crate) async fn ask_again(visit: &Visit, typed: &Form) -> Response {
    let own = |name: &str| matches!(name, "guard" | "key");
    let carried: BTreeMap<&String, &String> = typed.0.iter().filter(|(name, _)| !own(name)).collect();
    let more = json!({ "carried": carried, "to": visit.path });
    draw(visit, "/", more, &Value::Null, StatusCode::UNAUTHORIZED).await
}

/// Says to whoever has come back from the provider without being signed in why, and how to begin anew.
pub(crate) async fn not_signed_in(mut visit: Visit, response: Response) -> Response {
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), TOLD_MAX).await.unwrap_or_default();
    let told: Value = serde_json::from_slice(&body).unwrap_or_default();
    if visit.recognise().await.is_ok() {
        return problem(&visit, &Refused { status, problem: told });
    }
    draw(&visit, "/", json!({}), &told, status).await
}

/// The page that leads to `next`; `more` says that a higher level is needed, or carries what was typed.
async fn draw(visit: &Visit, next: &str, more: Value, problem: &Value, status: StatusCode) -> Response {
    let higher = more.get("higher") == Some(&json!(true));
    let carried = more.get("carried").cloned().unwrap_or_default();
    let known = visit.get("/api/v1/sign-in").await.unwrap_or_default();
    let mut providers = list(&known, "items").to_vec();
    for provider in &mut providers {
        let id = model::id::encode_part(text(provider, "id"));
        let higher = if higher { "&higher=true" } else { "" };
        let address = format!("/sign-in/{id}?next={}{higher}", model::id::encode_part(next));
        put(provider, "address", json!(address));
    }
    let view = json!({ "providers": providers, "higher": higher, "ended": !carried.is_null(), "carried": carried, "to": more.get("to") });
    let kept = Form::default();
    html(visit, "shell-sign-in.html", &Drawing::of("sign_in", &view, problem, &kept), status)
}
