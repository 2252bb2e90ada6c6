//! What those who lead have made: briefs.

use serde_json::{Value, json};

use super::{Then, post};
use crate::form::Form;
use crate::visit::{Refused, Visit};

/// Has a brief made, and shows it.
pub(super) async fn make(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let made = post(visit, form, "/api/v1/briefs", &json!({ "reason": form.said("reason") })).await?;
    let id = made.get("id").and_then(Value::as_str).unwrap_or_default();
    Ok(Then::See(format!("/bao-cao/{id}")))
}
