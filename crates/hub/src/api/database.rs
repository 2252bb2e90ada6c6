//! Databases over HTTP, beside what they have in common with all documents.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::database::Database;
use model::time::day_in_viet_nam;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::clock;
use crate::hub::Hub;
use crate::registry::Subject as _;
use crate::registry::check::not_there;
use crate::web::{Named, Problem};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(database))
}

/// A database: what its owner says of it, and beside it what the hub itself sees.
#[utoipa::path(get, path = "/api/v1/databases/{id}", params(("id" = String, Path, description = "the database")),
    responses((status = 200, description = "entry and observed", body = Object)))]
async fn database(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Named(id): Named<String>,
) -> Result<Json<Value>, Problem> {
    let mut tx = hub.db.read().await?;
    let entry = Database::load(&mut tx, &id).await?.ok_or_else(|| not_there(Database::KIND, &id))?;
    let observed = crate::catalogue::database::observed(&mut tx, &id, day_in_viet_nam(clock::now())).await?;
    Ok(Json(json!({ "entry": entry, "observed": observed })))
}
