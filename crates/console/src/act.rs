//! What can be done in the pages: each form becomes one question to the hub, with the guard of the visitor's session.

mod assess;
mod incident;
mod leader;
mod notice;
mod quality;
mod register;
mod request;
mod task;

use std::pin::Pin;

use axum::http::Method;
use serde_json::{Value, json};

use crate::entry::What::{Line, Number, Pick};
use crate::entry::{
    ACCOUNT, DEFECT, MAINTENANCE, Member, Of, REASON, SUSPENSION, TASK_EXTENSION, TASK_PART, may, must,
};
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

/// What a form asks for, by what was sent.
type Asks = fn(&Form) -> Vec<Member>;

pub(crate) struct Act {
    /// Where its form is sent.
    pub(crate) path: &'static str,
    /// The page that has the form, which is shown again if the hub says no.
    pub(crate) page: &'static str,
    /// What it asks for: checked before anything is done, and told all at once.
    pub(crate) asks: Asks,
    /// What does it.
    pub(crate) run: Do,
}

/// Declares an act.
macro_rules! act {
    ($path:literal, $page:literal, $asks:expr, $run:path) => {
        Act { path: $path, page: $page, asks: $asks, run: |visit, form| Box::pin($run(visit, form)) }
    };
}

/// The name of what somebody is about to do away with, typed again.
const CONFIRM: Member = must("confirm", Line);

fn with_reason(members: &[Member]) -> Vec<Member> {
    members.iter().copied().chain([REASON]).collect()
}

/// All of them.
pub(crate) const ACTS: &[Act] = &[
    act!("/yeu-cau/{id}/viec", "/yeu-cau/{id}", request::asked, request::act),
    act!("/yeu-cau/moi", "/yeu-cau/moi", |_| Vec::new(), request::ask),
    act!("/yeu-cau/{id}/sua", "/yeu-cau/{id}/sua", |_| Vec::new(), request::amend),
    act!("/quyen/{id}/thu-hoi", "/quyen/{id}", |_| vec![REASON, CONFIRM], revoke),
    act!("/co-so-du-lieu/{id}/xac-nhan", "/co-so-du-lieu/{id}", |_| vec![REASON], confirm),
    act!(
        "/co-so-du-lieu/{id}/rut-xac-nhan",
        "/co-so-du-lieu/{id}",
        |_| vec![may("service", Pick(Of::Service)), REASON],
        take_back
    ),
    act!("/dich-vu/{id}", "/dich-vu/{id}", |_| vec![must("purpose", Line)], attempt),
    act!("/tu-dien/{id}/buoc", "/tu-dien/{id}", |_| vec![REASON], term),
    act!("/tai-khoan/moi", "/tai-khoan/moi", |_| with_reason(ACCOUNT), register::new_account),
    act!("/tai-khoan/{id}", "/tai-khoan/{id}", |_| with_reason(ACCOUNT), register::change_account),
    act!("/tai-khoan/{id}/viec", "/tai-khoan/{id}", |_| vec![REASON], register::on_account),
    act!("/kich-hoat", "/kich-hoat", register::asked_to_enrol, register::enrol),
    act!("/mat-khau", "/mat-khau", |_| register::PASSWORDS.to_vec(), register::password),
    act!("/tam-ngung", "/tam-ngung", |_| with_reason(SUSPENSION), register::suspend),
    act!("/tam-ngung/{id}", "/tam-ngung", |_| vec![REASON], register::resume),
    act!("/su-co/{id}/viec", "/su-co/{id}", |_| vec![REASON], incident::act),
    act!("/chat-luong/loi/{id}/viec", "/chat-luong/loi/{id}", |_| vec![REASON], quality::act),
    act!(
        "/tuan-thu/{id}/{criterion}/tu-bao-cao",
        "/tuan-thu/{id}/{criterion}",
        |_| vec![REASON],
        assess::claim
    ),
    act!(
        "/tuan-thu/{id}/{criterion}/khieu-nai",
        "/tuan-thu/{id}/{criterion}",
        |_| vec![REASON],
        assess::dispute
    ),
    act!("/tuan-thu/{id}/{criterion}/mien", "/tuan-thu/{id}/{criterion}", |_| vec![REASON], assess::waive),
    act!(
        "/tuan-thu/{id}/{criterion}/tra-loi",
        "/tuan-thu/{id}/{criterion}",
        |_| vec![REASON],
        assess::answer
    ),
    act!("/chat-luong/bao-loi", "/chat-luong/bao-loi", |_| with_reason(DEFECT), quality::report),
    act!("/nhiem-vu/{id}/viec", "/nhiem-vu/{id}", |_| vec![REASON], task::act),
    act!("/nhiem-vu/{id}/gia-han", "/nhiem-vu/{id}", |_| with_reason(TASK_EXTENSION), task::extend),
    act!("/nhiem-vu/{id}/phan-viec", "/nhiem-vu/{id}", |_| TASK_PART.to_vec(), task::part),
    act!(
        "/nhiem-vu/{id}/xong",
        "/nhiem-vu/{id}",
        |_| vec![must("number", Number(1, i64::MAX)), REASON],
        task::end
    ),
    act!("/bao-cao", "/bao-cao", |_| vec![REASON], leader::make),
    act!("/bao-tri", "/su-co", |_| with_reason(MAINTENANCE), incident::announce),
    act!("/bao-tri/{id}", "/su-co", |_| vec![REASON], incident::withdraw),
    act!("/thong-bao", "/thong-bao", |_| Vec::new(), notice::read),
    act!("/thong-bao/cach-nhan", "/thong-bao/cach-nhan", |_| Vec::new(), notice::set),
    act!("/thong-bao/thu", "/thong-bao/cach-nhan", |_| Vec::new(), notice::mail),
    act!("/thong-bao/goi", "/thong-bao/cach-nhan", |_| Vec::new(), notice::webhook),
    act!(
        "/trang-thai",
        "/trang-thai",
        |_| vec![must("revision", Number(0, i64::MAX)), REASON],
        register::go_on
    ),
    act!("/ket-noi", "/ket-noi", register::asked_to_connect, register::connect),
    act!("/dang-ky/{kind}", "/dang-ky/{kind}", |_| Vec::new(), register::save),
    act!("/so-dang-ky/{kind}/{id}", "/so-dang-ky/{kind}/{id}", |_| Vec::new(), register::save),
    act!(
        "/so-dang-ky/{kind}/{id}/chung-thu",
        "/so-dang-ky/{kind}/{id}",
        |_| vec![REASON],
        register::withdraw
    ),
    act!(
        "/so-dang-ky/{kind}/{id}/xoa",
        "/so-dang-ky/{kind}/{id}",
        |_| vec![REASON, CONFIRM],
        register::remove
    ),
];

pub(crate) async fn post(visit: &Visit, form: &Form, path: &str, body: &Value) -> Result<Value, Refused> {
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
