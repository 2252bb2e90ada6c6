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
/// Longest answer of the sign-in that is told.
const TOLD_MAX: usize = 64 * 1024;

/// The page with the providers; from there back to where somebody was.
pub(crate) async fn form(State(_): State<Arc<Console>>, mut visit: Visit) -> Response {
    let _ = visit.recognise().await;
    let next = own(&visit, visit.query.get("next").map_or("/", String::as_str)).to_owned();
    // Who must show more than they did: the level that was asked for, or the next one.
    let known = visit.me.as_ref().and_then(|me| me.get("level")?.as_u64()).unwrap_or_default();
    let level = visit.query.get("tang").map(|asked| asked.parse().unwrap_or(known + 1).clamp(1, HIGHEST));
    draw(&visit, &next, json!({ "level": level }), &Value::Null, StatusCode::OK).await
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

/// The page that leads to `next`; `more` has the level that is needed, or what was typed.
async fn draw(visit: &Visit, next: &str, more: Value, problem: &Value, status: StatusCode) -> Response {
    let carried = more.get("carried").cloned().unwrap_or_default();
    let level = more.get("level").and_then(Value::as_u64);
    let office = next.starts_with("/can-bo") || visit.query.get("vai").is_some_and(|role| role == "can-bo");
    let mut providers =
        visit.get("/api/sign-in").await.unwrap_or_default().as_array().cloned().unwrap_or_default();
    for provider in &mut providers {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("as", if office { "officer" } else { "citizen" }).append_pair("next", next);
        if let Some(level) = level {
            query.append_pair("level", &level.to_string());
        }
        if let Some(invitation) = visit.query.get("moi").filter(|_| office) {
            query.append_pair("invitation", invitation);
        }
        let address = format!("/sign-in/{}?{}", model::id::encode_part(text(provider, "id")), query.finish());
        put(provider, "address", json!(address));
    }
    let other = if office { "" } else { "&vai=can-bo" };
    let other =
        format!("/dang-nhap?next={}{other}", if office { "%2F".to_owned() } else { "%2Fcan-bo".to_owned() });
    let view = json!({
        "providers": providers, "higher": level.is_some(), "ended": !carried.is_null(), "carried": carried, "to": more.get("to"),
        "office": office, "other": other,
    });
    let kept = Form::default();
    html(visit, "shell-sign-in.html", &Drawing::of("sign_in", &view, problem, &kept), status)
}
