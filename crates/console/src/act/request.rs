//! Asking for data, and what is done about it on the way to a grant.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Then, post};
use crate::entry::What::{Line, Text};
use crate::entry::asking::{asking, ticked};
use crate::entry::{ASKING, Member, REASON, check, may, must};
use crate::form::Form;
use crate::texts;
use crate::visit::{Refused, Visit};

/// What an act on a request asks for.
pub(super) fn asked(form: &Form) -> Vec<Member> {
    let mut asked = vec![must("text", Text)];
    match form.get("act") {
        "paper" if form.some("file").is_some() => asked = vec![must("paper", Line), may("text", Text)],
        "paper" => asked.insert(0, must("paper", Line)),
        "tick" => asked.insert(0, must("item", Line)),
        "refuse" if form.get("by") == "owner" => asked.push(must("basis", Line)),
        "refuse" => asked.push(may("basis", Line)),
        _ => {}
    }
    asked
}

/// Acts on a request: does a part of its step, refuses, gives back, hands in, comments.
pub(super) async fn act(visit: &Visit, form: &Form) -> Result<Then, Refused> {
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
    if let ("paper", Some(content)) = (form.get("act"), form.some("file")) {
        let paper = json!({ "paper": form.get("paper"), "text": form.said("text"), "name": form.get("file.name"), "content": content });
        post(visit, form, &format!("/api/v1/requests/{id}/papers"), &paper).await?;
        return Ok(Then::See(format!("/yeu-cau/{id}")));
    }
    post(visit, form, &format!("/api/v1/requests/{id}/acts"), &doing).await?;
    Ok(Then::See(format!("/yeu-cau/{id}")))
}

/// Where in the form a member stands of what is asked for.
fn place_of(member: &str) -> String {
    match member.split('.').collect::<Vec<_>>().as_slice() {
        ["uses", _, last] => (*last).to_owned(),
        ["rows", _, "field"] => "row_field".to_owned(),
        ["rows", _, "under"] => "row_under".to_owned(),
        ["rows", ..] => "row_values".to_owned(),
        [first, ..] => (*first).to_owned(),
        [] => String::new(),
    }
}

/// Checks what is asked for here and at the hub, all at once; what it would be able to do, if nothing is wrong.
async fn check_asked(visit: &Visit, form: &Form, more: &[Member]) -> Result<Value, Refused> {
    let members: Vec<Member> = ASKING.iter().chain(more).copied().collect();
    let mut checked = check::check(&members, form);
    if form.get("fields") != "all" && ticked(form, "field").is_empty() {
        checked.wrong("fields", &texts::no_field_ticked());
        checked.mended.0.insert("fields".to_owned(), "all".to_owned());
    }
    for (name, kind, why) in
        [("duty", "automatic", texts::no_duty()), ("renews", "renewal", texts::no_renewal())]
    {
        if form.get("type") == kind && form.some(name).is_none() {
            checked.wrong(name, &why);
        }
    }
    let guard = [("lienthong-guard", form.get("guard"))];
    let body = json!({ "asking": asking(&checked.mended) });
    let answer = visit.send(Method::POST, "/api/v1/requests/preview", Some(&body), &guard).await;
    match answer {
        Ok(ability) if checked.mistakes.is_empty() => Ok(ability.body),
        Err(refused) if checked.mistakes.is_empty() && refused.problem.get("mistakes").is_none() => {
            Err(refused)
        }
        answer => {
            if let Err(refused) = answer {
                let mut found = refused.problem.get("mistakes").cloned().unwrap_or_default();
                for mistake in found.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
                    let at = mistake.get("at").and_then(Value::as_str).map(place_of).unwrap_or_default();
                    mistake.insert("at".to_owned(), json!(at));
                }
                let own: Vec<Member> = members.iter().copied().chain(OWN.iter().copied()).collect();
                checked.take(&found, &own);
            }
            Err(Refused::mistaken(&checked.mistakes))
        }
    }
}

/// Places of the form beside those that are checked by themselves.
const OWN: &[Member] = &[
    may("fields", Line),
    may("endpoints", Line),
    may("row_field", Line),
    may("row_values", Line),
    may("row_under", Line),
    may("duty", Line),
    may("renews", Line),
    may("sla", Line),
];

/// Whether a grant like that could be used at all.
fn reads_nothing(ability: &Value) -> bool {
    let warnings = ability.get("warnings").and_then(Value::as_array);
    warnings.into_iter().flatten().any(|warning| warning.get("nothing") == Some(&Value::Bool(true)))
}

/// Sends a request: at once if the grant could be used; else, or if that was asked for, what it will be able to do is shown first.
pub(super) async fn ask(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let ability = check_asked(visit, form, &[]).await?;
    if form.some("preview").is_some() || (reads_nothing(&ability) && form.some("sure").is_none()) {
        return Err(Refused::again());
    }
    let answer = post(visit, form, "/api/v1/requests", &json!({ "asking": asking(form) })).await?;
    let id = answer.pointer("/request/id").and_then(Value::as_str).unwrap_or_default();
    Ok(Then::See(format!("/yeu-cau/{}", model::id::encode_part(id))))
}

/// Amends a request that was given back, and sends it in again.
pub(super) async fn amend(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let ability = check_asked(visit, form, &[REASON]).await?;
    if form.some("preview").is_some() || (reads_nothing(&ability) && form.some("sure").is_none()) {
        return Err(Refused::again());
    }
    let id = visit.place("id");
    let doing = json!({ "act": "amend", "asking": asking(form), "text": form.said("reason") });
    post(visit, form, &format!("/api/v1/requests/{id}/acts"), &doing).await?;
    Ok(Then::See(format!("/yeu-cau/{id}")))
}
