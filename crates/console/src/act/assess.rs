//! What is done about assessments: an agency claims and disputes, officers of the hub let off and answer.

use serde_json::{Value, json};

use super::{Then, post};
use crate::form::Form;
use crate::visit::{Refused, Visit};

/// Where the criterion of the form is looked at, in the period of the form.
fn back(visit: &Visit, form: &Form) -> Then {
    let part = |name: &str| model::id::encode_part(form.get(name));
    let (id, criterion) = (visit.place("id"), visit.place("criterion"));
    Then::See(format!("/tuan-thu/{id}/{criterion}?family={}&period={}", part("family"), part("period")))
}

/// What names the criterion of the form, with what is said of it.
fn of(visit: &Visit, form: &Form, said: &[(&str, String)]) -> Value {
    let place = |name: &str| visit.places.get(name).cloned().unwrap_or_default();
    let mut body = json!({
        "family": form.get("family"), "agency": place("id"), "criterion": place("criterion"), "reason": form.said("reason"),
    });
    if let Some(members) = body.as_object_mut() {
        members.extend(said.iter().map(|(name, said)| ((*name).to_owned(), json!(said))));
    }
    body
}

/// Claims a value, or takes the claim back.
pub(super) async fn claim(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let body = of(visit, form, &[("value", form.said("value"))]);
    post(visit, form, "/api/v1/assessments/claims", &body).await?;
    Ok(back(visit, form))
}

/// Disputes how the criterion stands.
pub(super) async fn dispute(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let body = of(visit, form, &[("period", form.said("period"))]);
    post(visit, form, "/api/v1/assessments/disputes", &body).await?;
    Ok(back(visit, form))
}

/// Lets the agency off until a day.
pub(super) async fn waive(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let body = of(visit, form, &[("basis", form.said("basis")), ("until", form.said("until"))]);
    post(visit, form, "/api/v1/assessments/waivers", &body).await?;
    Ok(back(visit, form))
}

/// Answers a dispute.
pub(super) async fn answer(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let id = model::id::encode_part(form.get("dispute"));
    let body = json!({ "reason": form.said("reason") });
    post(visit, form, &format!("/api/v1/assessments/disputes/{id}/answer"), &body).await?;
    Ok(back(visit, form))
}
