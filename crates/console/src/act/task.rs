//! What is done in tasks.

use serde_json::{Value, json};

use super::{Then, post};
use crate::form::Form;
use crate::visit::{Refused, Visit};

fn see(visit: &Visit) -> Then {
    Then::See(format!("/nhiem-vu/{}", visit.place("id")))
}

async fn on(visit: &Visit, form: &Form, what: &str, body: &Value) -> Result<Then, Refused> {
    post(visit, form, &format!("/api/v1/tasks/{}/{what}", visit.place("id")), body).await?;
    Ok(see(visit))
}

/// Says that one is at it, or that it is done; shows something; looks whether it is so; follows it no more.
pub(super) async fn act(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let reason = form.said("reason");
    let plain = json!({ "reason": reason });
    match form.get("act") {
        "accept" => on(visit, form, "accept", &plain).await,
        "claim" => on(visit, form, "claim", &plain).await,
        "review" => on(visit, form, "review", &json!({ "outcome": "done", "reason": reason })).await,
        "return" => on(visit, form, "review", &json!({ "outcome": "returned", "reason": reason })).await,
        "drop" => on(visit, form, "drop", &plain).await,
        _ => on(visit, form, "evidence", &plain).await,
    }
}

/// Puts its day off, on a text.
pub(super) async fn extend(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let body = json!({ "deadline": form.get("new_deadline"), "document": form.said("extension_document"),
        "granted_by": form.said("granted_by"), "reason": form.said("reason") });
    on(visit, form, "extend", &body).await
}

/// Makes a part of it for one's own agency.
pub(super) async fn part(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let said = form.said("part_said");
    let body = json!({ "said": said, "due": form.some("part_due"), "reason": said });
    on(visit, form, "parts", &body).await
}

/// Says that a part is done.
pub(super) async fn end(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let number: i64 = form.get("number").parse().unwrap_or_default();
    let body = json!({ "number": number, "done": true, "reason": form.said("reason") });
    on(visit, form, "parts/end", &body).await
}
