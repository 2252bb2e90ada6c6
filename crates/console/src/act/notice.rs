//! Notices: marking them as read, and how somebody wants to be told.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::{Then, act, post};
use crate::form::Form;
use crate::visit::{Refused, Visit};

const SETTINGS: &str = "/thong-bao/cach-nhan";

/// Marks one as read, or all up to the newest that was shown.
pub(super) async fn read(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let number = |name: &str| form.some(name).and_then(|text| text.parse::<i64>().ok());
    let body = match (number("id"), number("up_to")) {
        (Some(id), _) => json!({ "ids": [id] }),
        (None, up_to) => json!({ "up_to": up_to }),
    };
    post(visit, form, "/api/v1/notices/read", &body).await?;
    Ok(Then::See("/thong-bao".to_owned()))
}

/// The language, the hour, and when each kind is sent.
pub(super) async fn set(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let kinds = form.0.iter().filter_map(|(name, when)| Some((name.strip_prefix("when.")?, when)));
    let when: Map<String, Value> = kinds.map(|(kind, when)| (kind.to_owned(), json!(when))).collect();
    // What is no hour is told by the hub, as what is too late an hour.
    let hour = form.get("hour").parse::<u8>().unwrap_or(u8::MAX);
    let language = form.some("language").unwrap_or(visit.language.code());
    let body = json!({ "language": language, "hour": hour, "when": when });
    act(visit, form, Method::PUT, "/api/v1/notices/settings", &body, &[]).await?;
    Ok(Then::See(SETTINGS.to_owned()))
}

/// The address for letters, or none.
pub(super) async fn mail(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    if let Some(code) = form.some("code") {
        post(visit, form, "/api/v1/notices/mail/confirm", &json!({ "code": code })).await?;
        return Ok(Then::See(SETTINGS.to_owned()));
    }
    let address = form.some("address").filter(|_| form.get("act") != "none");
    act(visit, form, Method::PUT, "/api/v1/notices/mail", &json!({ "address": address }), &[]).await?;
    Ok(Then::See(SETTINGS.to_owned()))
}

/// The webhook, whose secret is handed out once, or none.
pub(super) async fn webhook(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let url = form.some("url").filter(|_| form.get("act") != "none");
    let answer =
        act(visit, form, Method::PUT, "/api/v1/notices/webhook", &json!({ "url": url }), &[]).await?;
    match answer.get("secret").filter(|secret| !secret.is_null()) {
        Some(secret) => Ok(Then::Hand(json!({ "webhook": answer.get("url"), "webhook_secret": secret }))),
        None => Ok(Then::See(SETTINGS.to_owned())),
    }
}
