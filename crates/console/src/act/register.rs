//! Entering: things of the registry, drafts of services, accounts, passwords, suspensions.

use axum::http::Method;
use model::id::encode_part;
use serde_json::{Value, json};

use super::{Then, act, post};
use crate::draft;
use crate::entry::{self, ACCOUNT, Entry, Member, Of, REASON, SUSPENSION, What, check, fill, must};
use crate::form::Form;
use crate::texts;
use crate::visit::{Refused, Visit};

fn kind(visit: &Visit) -> Result<&'static Entry, Refused> {
    visit.places.get("kind").and_then(|kind| entry::of(kind)).ok_or_else(Refused::nowhere)
}

/// What was entered, and what is wrong with it: a document of a kind that has a form is checked as one.
fn entered(entry: &Entry, form: &Form) -> Result<(Form, Option<Value>), Refused> {
    let Some(document) = form.some("document") else { return Ok((form.clone(), None)) };
    let said: Value = serde_json::from_str(document).map_err(|error| {
        Refused::wrong("document", &texts::document_not_json(error.line(), error.column()))
    })?;
    if !said.is_object() {
        return Err(Refused::wrong("document", &texts::document_no_object()));
    }
    let mut shown = fill::flatten(entry.members, &said);
    shown.0.extend(form.0.get("reason").map(|reason| ("reason".to_owned(), reason.clone())));
    Ok((shown, Some(said)))
}

/// Checks what was entered, and asks the hub about the rest of it: so all mistakes are told at once.
async fn check_entered(
    visit: &Visit,
    entry: &Entry,
    form: &Form,
    document: Option<&Value>,
    base: &Value,
) -> Result<(), Refused> {
    let members: Vec<Member> = entry.members.iter().copied().chain([REASON]).collect();
    let mut checked = check::check(&members, form);
    if entry.kind == "services" {
        let [dataset, http] = ["dataset", "http"].map(|place| fill::filled(form, place));
        if dataset == http {
            checked.wrong("dataset", &texts::dataset_or_api());
            checked.mended.0.retain(|name, _| !name.starts_with("dataset."));
            checked.mended.0.extend(
                [("method", "GET"), ("path", "/*")]
                    .map(|(name, text)| (format!("http.endpoints.0.{name}"), text.to_owned())),
            );
        }
    }
    if checked.mistakes.is_empty() {
        return Ok(());
    }
    let mended = match document {
        Some(document) if entry.members.is_empty() => document.clone(),
        _ => fill::read(entry.members, &checked.mended, base),
    };
    let id = mended.get(entry.id).and_then(Value::as_str).unwrap_or_default().to_owned();
    let path = format!("/api/v1/registry/{}/{}", entry.kind, encode_part(&id));
    let body = json!({ "members": mended, "reason": "x", "dry_run": true });
    let tag = format!("\"{}\"", hub::registry::tag(base));
    let seen = if base.is_null() { ("if-none-match", "*") } else { ("if-match", tag.as_str()) };
    let headers = [("lienthong-guard", form.get("guard")), seen];
    if let Err(refused) = visit.send(Method::PUT, &path, Some(&body), &headers).await
        && let Some(found) = refused.problem.get("mistakes")
    {
        checked.take(found, entry.members);
    }
    Err(Refused::mistaken(&checked.mistakes))
}

/// Puts what was entered into the registry, in place of what its writer saw.
pub(crate) async fn save(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let entry = kind(visit)?;
    let known = visit.places.get("id");
    let base = match known {
        Some(id) => visit.get(&format!("/api/v1/registry/{}/{}", entry.kind, encode_part(id))).await?,
        None => Value::Null,
    };
    if entry.members.is_empty() && form.some("document").is_none() {
        return Err(Refused::wrong("document", &texts::not_filled_in()));
    }
    let (typed, document) = entered(entry, form)?;
    check_entered(visit, entry, &typed, document.as_ref(), &base).await?;
    let members = document.unwrap_or_else(|| fill::read(entry.members, &typed, &base));
    let id = match known {
        Some(id) => id.clone(),
        None => members.get(entry.id).and_then(Value::as_str).unwrap_or_default().to_owned(),
    };
    if id.is_empty() {
        return Err(Refused::wrong("document", &texts::no_identifier()));
    }
    let tag = format!("\"{}\"", form.get("tag"));
    let seen = if known.is_some() { ("if-match", tag.as_str()) } else { ("if-none-match", "*") };
    let path = format!("/api/v1/registry/{}/{}", entry.kind, encode_part(&id));
    let body = json!({ "members": members, "reason": form.said("reason") });
    let put = act(visit, form, Method::PUT, &path, &body, &[seen]).await;
    put.map_err(|refused| refused.placed(entry.members))?;
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
    Err(Refused::wrong("confirm", &texts::type_identifier(id)))
}

/// From a table to a service: a draft that was pasted is bound and shown for review; one that was reviewed is published.
pub(crate) async fn connect(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    if form.some("draft").is_none() {
        if form.some("text").is_none() {
            return Err(Refused::wrong("text", &texts::not_filled_in()));
        }
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

/// What a form asks for from a table to a service: the draft, or what was decided of it.
pub(super) fn asked_to_connect(form: &Form) -> Vec<Member> {
    match form.some("draft") {
        None => vec![must("text", What::Tick)],
        Some(_) => vec![
            must("service", What::Id(Of::Service)),
            must("name", What::Name),
            must("lookup", What::Line),
            REASON,
        ],
    }
}

/// What is asked for to set another password.
pub(super) const PASSWORDS: &[Member] = &[
    must("name", What::Line),
    must("old", What::Line),
    must("password", What::Line),
    must("again", What::Line),
];

/// What is asked for to set a first password: the invitation, then what is chosen.
pub(super) fn asked_to_enrol(form: &Form) -> Vec<Member> {
    let mut asked = vec![must("invitation", What::Line)];
    if form.0.contains_key("password") {
        asked.extend([must("password", What::Line), must("again", What::Line)]);
    }
    asked
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
        let shown = json!({ "invitation": form.invitation() });
        visit.send(Method::POST, "/api/v1/enrolment", Some(&shown), &[]).await?;
        return Err(Refused::again());
    };
    same(form)?;
    let body = json!({ "invitation": form.invitation(), "password": password, "code": form.some("code") });
    visit.send(Method::PUT, "/api/v1/enrolment", Some(&body), &[]).await?;
    Ok(Then::See("/dang-nhap".to_owned()))
}

/// Whether a new password was typed twice the same.
fn same(form: &Form) -> Result<(), Refused> {
    if form.0.get("password") == form.0.get("again") {
        return Ok(());
    }
    Err(Refused::wrong("again", &texts::passwords_differ()))
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
    if form.some("service").is_some() == form.some("grant").is_some() {
        return Err(Refused::wrong("service", &texts::service_or_grant()));
    }
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
