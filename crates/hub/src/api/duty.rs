//! Duties over HTTP, beside what they have in common with all documents: how far they are met.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::database::Duty;
use model::time::day_in_viet_nam;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::catalogue::duty::progress;
use crate::clock;
use crate::hub::Hub;
use crate::registry::Subject as _;
use crate::registry::check::not_there;
use crate::web::{Named, Problem};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(one))
}

/// A duty, who holds it, and its five steps: published, contract, test_connection, first_use, steady_use.
#[utoipa::path(get, path = "/api/v1/duties/{id}", params(("id" = String, Path, description = "the duty")),
    responses((status = 200, description = "entry and progress", body = Object)))]
async fn one(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Named(id): Named<String>,
) -> Result<Json<Value>, Problem> {
    let mut tx = hub.db.read().await?;
    let entry = Duty::load(&mut tx, &id).await?.ok_or_else(|| not_there(Duty::KIND, &id))?;
    let progress = progress(&mut tx, &entry, day_in_viet_nam(clock::now())).await?;
    Ok(Json(json!({ "entry": entry, "progress": progress })))
}
