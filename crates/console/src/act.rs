//! What can be done in the pages: each form becomes one question to the hub, with the guard of the visitor's session.

mod incident;
mod leader;
mod notice;
mod register;

use std::pin::Pin;

use axum::http::Method;
use serde_json::{Value, json};

use crate::form::Form;
use crate::visit::{Refused, Visit};

/// What comes then.
pub(crate) enum Then {
    /// Another page.
    See(String),
    /// The page of the form, drawn from what came of it.
    Show(Value),
    /// Something to hand over in secret, shown this once.
    Hand(Value),
}

/// What does it.
type Do = for<'a> fn(&'a Visit, &'a Form) -> Pin<Box<dyn Future<Output = Result<Then, Refused>> + Send + 'a>>;

pub(crate) struct Act {
    /// Where its form is sent.
    pub(crate) path: &'static str,
    /// The page that has the form, which is shown again if the hub says no.
    pub(crate) page: &'static str,
    /// What does it.
    pub(crate) run: Do,
}

/// Declares an act.
macro_rules! act {
    ($path:literal, $page:literal, $run:path) => {
        Act { path: $path, page: $page, run: |visit, form| Box::pin($run(visit, form)) }
    };
}

/// All of them.
pub(crate) const ACTS: &[Act] = &[
    act!("/yeu-cau/{id}/viec", "/yeu-cau/{id}", on_request),
    act!("/yeu-cau/moi", "/yeu-cau/moi", ask),
    act!("/quyen/{id}/thu-hoi", "/quyen/{id}", revoke),
    act!("/co-so-du-lieu/{id}/xac-nhan", "/co-so-du-lieu/{id}", confirm),
    act!("/co-so-du-lieu/{id}/rut-xac-nhan", "/co-so-du-lieu/{id}", take_back),
    act!("/dich-vu/{id}", "/dich-vu/{id}", attempt),
    act!("/tu-dien/{id}/buoc", "/tu-dien/{id}", term),
    act!("/tai-khoan/moi", "/tai-khoan/moi", register::new_account),
    act!("/tai-khoan/{id}", "/tai-khoan/{id}", register::change_account),
    act!("/tai-khoan/{id}/viec", "/tai-khoan/{id}", register::on_account),
    act!("/kich-hoat", "/kich-hoat", register::enrol),
    act!("/mat-khau", "/mat-khau", register::password),
    act!("/tam-ngung", "/tam-ngung", register::suspend),
    act!("/tam-ngung/{id}", "/tam-ngung", register::resume),
    act!("/su-co/{id}/viec", "/su-co/{id}", incident::act),
    act!("/bao-cao", "/bao-cao", leader::make),
    act!("/bao-tri", "/su-co", incident::announce),
    act!("/bao-tri/{id}", "/su-co", incident::withdraw),
    act!("/thong-bao", "/thong-bao", notice::read),
    act!("/thong-bao/cach-nhan", "/thong-bao/cach-nhan", notice::set),
    act!("/thong-bao/thu", "/thong-bao/cach-nhan", notice::mail),
    act!("/thong-bao/goi", "/thong-bao/cach-nhan", notice::webhook),
    act!("/trang-thai", "/trang-thai", register::go_on),
    act!("/ket-noi", "/ket-noi", register::connect),
    act!("/dang-ky/{kind}", "/dang-ky/{kind}", register::save),
    act!("/so-dang-ky/{kind}/{id}", "/so-dang-ky/{kind}/{id}", register::save),
    act!("/so-dang-ky/{kind}/{id}/chung-thu", "/so-dang-ky/{kind}/{id}", register::withdraw),
    act!("/so-dang-ky/{kind}/{id}/xoa", "/so-dang-ky/{kind}/{id}", register::remove),
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

async fn on_request(visit: &Visit, form: &Form) -> Result<Then, Refused> {
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
    if let (Some(basis), "refuse", Some(members)) =
        (form.some("basis"), form.get("act"), doing.as_object_mut())
    {
        members.insert("basis".to_owned(), json!(basis));
    }
    let id = visit.place("id");
    post(visit, form, &format!("/api/v1/requests/{id}/acts"), &doing).await?;
    Ok(Then::See(format!("/yeu-cau/{id}")))
}

async fn ask(visit: &Visit, form: &Form) -> Result<Then, Refused> {
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
    Ok(Then::See(format!("/yeu-cau/{}", model::id::encode_part(id))))
}

/// Tries a call: the page makes it when it is shown again.
async fn attempt(_: &Visit, _: &Form) -> Result<Then, Refused> {
    Err(Refused::again())
}

async fn revoke(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let id = visit.places.get("id").map_or("", String::as_str);
    register::confirm(form, id)?;
    let place = visit.place("id");
    post(visit, form, &format!("/api/v1/grants/{place}/revoke"), &json!({ "reason": form.said("reason") }))
        .await?;
    Ok(Then::See("/quyen".to_owned()))
}

/// Confirms a database, and the services that were ticked.
async fn confirm(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let ticked = form.0.iter().filter(|(_, value)| *value == "true");
    let services: Vec<&str> = ticked.filter_map(|(name, _)| name.strip_prefix("service.")).collect();
    let place = visit.place("id");
    let body = json!({ "services": services, "reason": form.said("reason") });
    post(visit, form, &format!("/api/v1/databases/{place}/confirm"), &body).await?;
    Ok(Then::See(format!("/co-so-du-lieu/{place}")))
}

/// Takes back what was confirmed: one service, or all of it.
async fn take_back(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let services: Vec<&str> = form.some("service").into_iter().collect();
    let place = visit.place("id");
    let body = json!({ "services": services, "reason": form.said("reason") });
    post(visit, form, &format!("/api/v1/databases/{place}/take-back"), &body).await?;
    Ok(Then::See(format!("/co-so-du-lieu/{place}")))
}

/// Takes the last edition of a term one step on.
async fn term(visit: &Visit, form: &Form) -> Result<Then, Refused> {
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
    Ok(Then::See(format!("/tu-dien/{}", visit.place("id"))))
}
