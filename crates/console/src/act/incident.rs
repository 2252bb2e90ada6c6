//! What is done about incidents, and maintenance that is announced.

use serde_json::{Value, json};

use super::{Then, post};
use crate::entry::{MAINTENANCE, fill};
use crate::form::Form;
use crate::visit::{Refused, Visit};

/// Takes an incident in hand, says something in it, or closes it.
pub(super) async fn act(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let what = match form.get("act") {
        "take" => "take",
        "close" => "close",
        _ => "comments",
    };
    let id = visit.place("id");
    let said = json!({ "reason": form.said("reason") });
    post(visit, form, &format!("/api/v1/incidents/{id}/{what}"), &said).await?;
    Ok(Then::See(format!("/su-co/{id}")))
}

/// Announces maintenance.
pub(super) async fn announce(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let mut announcing = fill::read(MAINTENANCE, form, &Value::Null);
    if let Some(members) = announcing.as_object_mut() {
        members.insert("reason".to_owned(), json!(form.said("reason")));
    }
    post(visit, form, "/api/v1/maintenance", &announcing).await?;
    Ok(Then::See("/su-co".to_owned()))
}

/// Withdraws maintenance.
pub(super) async fn withdraw(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let path = format!("/api/v1/maintenance/{}/withdraw", visit.place("id"));
    post(visit, form, &path, &json!({ "reason": form.said("reason") })).await?;
    Ok(Then::See("/su-co".to_owned()))
}
