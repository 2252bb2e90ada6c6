//! Entering: things of the registry, drafts of services, accounts, passwords, suspensions.

use axum::http::Method;
use model::id::encode_part;
use serde_json::{Value, json};

use super::{Then, act, post};
use crate::draft;
use crate::entry::{self, ACCOUNT, Entry, SUSPENSION, fill};
use crate::form::Form;
use crate::texts;
use crate::visit::{Refused, Visit};

fn kind(visit: &Visit) -> Result<&'static Entry, Refused> {
    visit.places.get("kind").and_then(|kind| entry::of(kind)).ok_or_else(Refused::nowhere)
}

/// What was entered: as a document, or in places.
fn entered(entry: &Entry, form: &Form, base: &Value) -> Result<Value, Refused> {
    match form.some("document") {
        Some(document) => {
            serde_json::from_str(document).map_err(|error| Refused::said(&texts::document_not_json(error)))
        }
        None => Ok(fill::read(entry.members, form, base)),
    }
}

/// Puts what was entered into the registry, in place of what its writer saw.
pub(crate) async fn save(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let entry = kind(visit)?;
    if form.some("more").is_some() {
        return Err(Refused::again());
    }
    let known = visit.places.get("id");
    let base = match known {
        Some(id) => visit.get(&format!("/api/v1/registry/{}/{}", entry.kind, encode_part(id))).await?,
        None => Value::Null,
    };
    let members = entered(entry, form, &base)?;
    let id = match known {
        Some(id) => id.clone(),
        None => members.get(entry.id).and_then(Value::as_str).unwrap_or_default().to_owned(),
    };
    if id.is_empty() {
        return Err(Refused::said(&texts::no_identifier()));
    }
    let tag = format!("\"{}\"", form.get("tag"));
    let seen = if known.is_some() { ("if-match", tag.as_str()) } else { ("if-none-match", "*") };
    let path = format!("/api/v1/registry/{}/{}", entry.kind, encode_part(&id));
    let body = json!({ "members": members, "reason": form.said("reason") });
    act(visit, form, Method::PUT, &path, &body, &[seen]).await?;
    Ok(Then::See(match entry.page {
        "" => format!("/so-dang-ky/{}/{}", entry.kind, encode_part(&id)),
        page => format!("/{page}/{}", encode_part(&id)),
    }))
}

/// Takes a thing out of the registry.
pub(crate) async fn remove(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let entry = kind(visit)?;
    let id = visit.places.get("id").map_or("", String::as_str);
    confirm(form, id)?;
    let reason: String = url::form_urlencoded::byte_serialize(form.said("reason").as_bytes()).collect();
    let path = format!("/api/v1/registry/{}/{}?reason={reason}", entry.kind, visit.place("id"));
    let headers = [("lienthong-guard", form.get("guard")), ("idempotency-key", form.get("key"))];
    visit.send(Method::DELETE, &path, None, &headers).await?;
    Ok(Then::See(format!("/so-dang-ky/{}", entry.kind)))
}

/// Takes one certificate of a node out.
pub(crate) async fn withdraw(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let (entry, certificate) = (kind(visit)?, encode_part(form.get("certificate")));
    let path = format!("/api/v1/nodes/{}/certificates/{certificate}/withdraw", visit.place("id"));
    post(visit, form, &path, &json!({ "reason": form.said("reason") })).await?;
    Ok(Then::See(format!("/so-dang-ky/{}/{}#chung-thu", entry.kind, visit.place("id"))))
}

/// Whether somebody typed the name of what they are about to do away with.
pub(crate) fn confirm(form: &Form, id: &str) -> Result<(), Refused> {
    if form.get("confirm") == id {
        return Ok(());
    }
    Err(Refused::said(&texts::type_identifier(id)))
}

/// From a table to a service: a draft that was pasted is bound and shown for review; one that was reviewed is published.
pub(crate) async fn connect(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    if form.some("draft").is_none() {
        let pasted = draft::read(form.0.get("text").map_or("", String::as_str))?;
        let bound = draft::bind(visit, form, &pasted).await?;
        let review = draft::review(&bound, form, visit.agency().as_deref());
        return Ok(Then::Show(draft::view(visit, &review, &Value::Null)));
    }
    let decided = draft::decided(&draft::carried(form)?, form);
    let body = json!({ "draft": decided, "service": form.get("service"), "reason": form.said("reason") });
    let answer = post(visit, form, "/api/v1/drafts/publish", &body).await?;
    let said = |place: &str| answer.pointer(place).and_then(Value::as_str).unwrap_or_default();
    let contract = format!("{}@{}", said("/contract/id"), said("/contract/version"));
    let published = json!({ "service": said("/service"), "contract": contract, "node": answer.get("node") });
    Ok(Then::Show(draft::view(visit, &Value::Null, &published)))
}

/// Makes an account; its invitation or token is shown once.
pub(crate) async fn new_account(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let account = fill::read(ACCOUNT, form, &Value::Null);
    let body = json!({ "account": account, "reason": form.said("reason") });
    Ok(Then::Hand(post(visit, form, "/api/v1/accounts", &body).await?))
}

pub(crate) async fn change_account(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let path = format!("/api/v1/accounts/{}", visit.place("id"));
    let account = fill::read(ACCOUNT, form, &Value::Null);
    let body = json!({ "account": account, "reason": form.said("reason") });
    act(visit, form, Method::PUT, &path, &body, &[]).await?;
    Ok(Then::See(format!("/tai-khoan/{}", visit.place("id"))))
}

/// Disables, reviews or renews an account.
pub(crate) async fn on_account(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let what = match form.get("act") {
        "disable" => "disable",
        "renew" => "renew",
        _ => "review",
    };
    let path = format!("/api/v1/accounts/{}/{what}", visit.place("id"));
    let answer = post(visit, form, &path, &json!({ "reason": form.said("reason") })).await?;
    Ok(match what {
        "renew" => Then::Hand(answer),
        _ => Then::See(format!("/tai-khoan/{}", visit.place("id"))),
    })
}

/// Sets a first password: the invitation is shown, then the password is chosen.
pub(crate) async fn enrol(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let Some(password) = form.0.get("password").filter(|password| !password.is_empty()) else {
        // The page asks the hub who is invited, and shows it or why not.
        let shown = json!({ "invitation": form.get("invitation") });
        visit.send(Method::POST, "/api/v1/enrolment", Some(&shown), &[]).await?;
        return Err(Refused::again());
    };
    same(form)?;
    let body =
        json!({ "invitation": form.get("invitation"), "password": password, "code": form.some("code") });
    visit.send(Method::PUT, "/api/v1/enrolment", Some(&body), &[]).await?;
    Ok(Then::See("/dang-nhap".to_owned()))
}

/// Whether a new password was typed twice the same.
fn same(form: &Form) -> Result<(), Refused> {
    if form.0.get("password") == form.0.get("again") {
        return Ok(());
    }
    Err(Refused::said(&texts::passwords_differ()))
}

/// Sets another password.
pub(crate) async fn password(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    same(form)?;
    let body = json!({
        "name": form.get("name"), "password": form.0.get("old"), "code": form.some("code"), "new_password": form.0.get("password"),
    });
    visit.send(Method::PUT, "/api/v1/password", Some(&body), &[]).await?;
    Ok(Then::See("/dang-nhap".to_owned()))
}

/// Announces a suspension.
pub(crate) async fn suspend(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let mut announcing = fill::read(SUSPENSION, form, &Value::Null);
    if let Some(members) = announcing.as_object_mut() {
        members.insert("reason".to_owned(), json!(form.said("reason")));
    }
    post(visit, form, "/api/v1/suspensions", &announcing).await?;
    Ok(Then::See("/tam-ngung".to_owned()))
}

/// Has the directory go on above what nodes hold, with the registry as it is.
pub(super) async fn go_on(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let revision = form.get("revision").parse::<u64>().unwrap_or_default();
    let going = json!({ "revision": revision, "reason": form.said("reason") });
    post(visit, form, "/api/v1/directory/go-on", &going).await?;
    Ok(Then::See("/trang-thai".to_owned()))
}

/// Ends a suspension.
pub(crate) async fn resume(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let path = format!("/api/v1/suspensions/{}/end", visit.place("id"));
    post(visit, form, &path, &json!({ "reason": form.said("reason") })).await?;
    Ok(Then::See("/tam-ngung".to_owned()))
}
