//! Incidents, and maintenance that was announced.

use serde_json::{Value, json};

use super::register::offered;
use super::{arranged, items, lines_mut, text, with};
use crate::entry::MAINTENANCE;
use crate::form::Form;
use crate::visit::{Refused, Visit};

/// The incidents that concern whoever looks, what maintenance is to come, and the form to announce it.
pub(crate) async fn list(visit: &Visit) -> Result<Value, Refused> {
    let mut view = arranged(visit, "/api/v1/incidents", 100).await?;
    with(&mut view, "maintenance", json!(items(&visit.get("/api/v1/maintenance").await?)));
    let may = visit.may("suspend");
    for line in lines_mut(&mut view, "maintenance") {
        let mine = visit.agency().is_none_or(|agency| text(line, "owner") == agency);
        with(line, "may_end", json!(mine && may));
    }
    let empty = Form::default();
    let typed = visit.typed.as_ref().map_or(&empty, |(typed, _)| typed);
    with(&mut view, "places", json!(offered(visit, MAINTENANCE, typed).await));
    with(&mut view, "may", json!(may));
    Ok(view)
}

/// One incident.
pub(crate) async fn one(visit: &Visit) -> Result<Value, Refused> {
    visit.get(&format!("/api/v1/incidents/{}", visit.place("id"))).await
}
