//! What is done about defects: a consumer reports one, its owner says that it is corrected or disputed. Nobody closes one here: a later
//! measurement does.

use serde_json::{Value, json};

use super::{Then, post};
use crate::entry::{DEFECT, fill};
use crate::form::Form;
use crate::visit::{Refused, Visit};

/// Says that it is being corrected, that it is disputed, or something else.
pub(super) async fn act(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let what = match form.get("act") {
        "correct" => "correct",
        "dispute" => "dispute",
        _ => "comments",
    };
    let id = visit.place("id");
    let said = json!({ "reason": form.said("reason") });
    post(visit, form, &format!("/api/v1/quality/defects/{id}/{what}"), &said).await?;
    Ok(Then::See(format!("/chat-luong/loi/{id}")))
}

/// Reports a defect that was met in an exchange.
pub(super) async fn report(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let mut reporting = fill::read(DEFECT, form, &Value::Null);
    if let Some(members) = reporting.as_object_mut() {
        let kind = members.remove("defect_kind").unwrap_or_default();
        members.insert("kind".to_owned(), kind);
        members.insert("reason".to_owned(), json!(form.said("reason")));
    }
    let answer = post(visit, form, "/api/v1/quality/defects", &reporting).await?;
    let id = answer.get("id").and_then(Value::as_str).unwrap_or_default();
    Ok(Then::See(format!("/chat-luong/loi/{}", model::id::encode_part(id))))
}
