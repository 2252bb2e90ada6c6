//! What can be done in the pages: each form becomes one question to the hub, with the guard of the visitor's session.

use std::pin::Pin;

use axum::http::Method;
use serde_json::{Value, json};

use crate::form::Form;
use crate::visit::{Refused, Visit};

/// What does it: answers where to go then.
type Do =
    for<'a> fn(&'a Visit, &'a Form) -> Pin<Box<dyn Future<Output = Result<String, Refused>> + Send + 'a>>;

/// An act.
pub(crate) struct Act {
    /// Where its form is sent.
    pub(crate) path: &'static str,
    /// The page that has the form, which is shown again if the hub says no.
    pub(crate) page: &'static str,
    /// What does it.
    pub(crate) run: Do,
}

/// All of them.
pub(crate) const ACTS: &[Act] = &[
    Act {
        path: "/yeu-cau/{id}/viec",
        page: "/yeu-cau/{id}",
        run: |visit, form| Box::pin(on_request(visit, form)),
    },
    Act { path: "/yeu-cau/moi", page: "/yeu-cau/moi", run: |visit, form| Box::pin(ask(visit, form)) },
    Act {
        path: "/quyen/{id}/thu-hoi",
        page: "/quyen/{id}",
        run: |visit, form| Box::pin(revoke(visit, form)),
    },
    Act { path: "/tu-dien/{id}/buoc", page: "/tu-dien/{id}", run: |visit, form| Box::pin(term(visit, form)) },
    Act {
        path: "/tai-khoan/{id}/khoa",
        page: "/tai-khoan",
        run: |visit, form| Box::pin(account(visit, form, "disable")),
    },
    Act {
        path: "/tai-khoan/{id}/ra-soat",
        page: "/tai-khoan",
        run: |visit, form| Box::pin(account(visit, form, "review")),
    },
];

async fn post(visit: &Visit, form: &Form, path: &str, body: &Value) -> Result<Value, Refused> {
    act(visit, form, Method::POST, path, body, &[]).await
}

async fn act(
    visit: &Visit,
    form: &Form,
    method: Method,
    path: &str,
    body: &Value,
    more: &[(&'static str, &str)],
) -> Result<Value, Refused> {
    let mut headers = vec![("lienthong-guard", form.get("guard")), ("idempotency-key", form.get("key"))];
    headers.extend(more);
    visit.send(method, path, Some(body), &headers).await.map(|answered| answered.body)
}

async fn on_request(visit: &Visit, form: &Form) -> Result<String, Refused> {
    let mut doing = json!({ "act": form.get("act"), "text": form.said("text") });
    let place = match form.get("act") {
        "do" | "refuse" => Some("part"),
        "paper" => Some("paper"),
        "tick" => Some("item"),
        _ => None,
    };
    if let (Some(place), Some(members)) = (place, doing.as_object_mut()) {
        members.insert(place.to_owned(), json!(form.get(place)));
    }
    let id = visit.place("id");
    post(visit, form, &format!("/api/v1/requests/{id}/acts"), &doing).await?;
    Ok(format!("/yeu-cau/{id}"))
}

async fn ask(visit: &Visit, form: &Form) -> Result<String, Refused> {
    let fields: Vec<&str> =
        form.get("fields").split([',', ';']).map(str::trim).filter(|field| !field.is_empty()).collect();
    let mut asking = json!({
        "type": form.get("type"), "mode": form.get("mode"), "client": form.get("client"), "service": form.get("service"),
        "uses": [{ "purpose": form.get("purpose"), "basis": form.get("basis") }],
        "fields": if fields.is_empty() { json!("all") } else { json!(fields) },
        "per_second": form.get("per_second").parse::<u32>().unwrap_or_default(),
        "volume": form.said("volume"), "valid_to": form.get("valid_to"), "statement": form.said("statement"),
    });
    if let (Some(duty), Some(members)) = (form.some("duty"), asking.as_object_mut()) {
        members.insert("duty".to_owned(), json!(duty));
    }
    let answer = post(visit, form, "/api/v1/requests", &json!({ "asking": asking })).await?;
    let id = answer.pointer("/request/id").and_then(Value::as_str).unwrap_or_default();
    Ok(format!("/yeu-cau/{}", model::id::encode_part(id)))
}

async fn revoke(visit: &Visit, form: &Form) -> Result<String, Refused> {
    let id = visit.places.get("id").map_or("", String::as_str);
    if form.get("confirm") != id {
        return Err(Refused::said(
            &format!("Để thu hồi, hãy gõ lại đúng mã quyền: {id}"),
            &format!("To revoke it, type the grant's name as it is: {id}"),
        ));
    }
    let place = visit.place("id");
    post(visit, form, &format!("/api/v1/grants/{place}/revoke"), &json!({ "reason": form.said("reason") }))
        .await?;
    Ok("/quyen".to_owned())
}

/// Takes the last edition of a term one step on.
async fn term(visit: &Visit, form: &Form) -> Result<String, Refused> {
    let path = format!("/api/v1/registry/terms/{}", visit.place("id"));
    let mut term = visit.get(&path).await?;
    let last =
        term.get_mut("versions").and_then(Value::as_array_mut).and_then(|editions| editions.last_mut());
    if let Some(edition) = last.and_then(Value::as_object_mut) {
        edition.insert("status".to_owned(), json!(form.get("status")));
    }
    let body = json!({ "members": term, "reason": form.said("reason") });
    let tag = format!("\"{}\"", form.get("tag"));
    act(visit, form, Method::PUT, &path, &body, &[("if-match", &tag)]).await?;
    Ok(format!("/tu-dien/{}", visit.place("id")))
}

async fn account(visit: &Visit, form: &Form, what: &str) -> Result<String, Refused> {
    let path = format!("/api/v1/accounts/{}/{what}", visit.place("id"));
    post(visit, form, &path, &json!({ "reason": form.said("reason") })).await?;
    Ok("/tai-khoan".to_owned())
}
