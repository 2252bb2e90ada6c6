//! Duties over HTTP, beside what they have in common with all documents: how far they are met.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::database::Duty;
use model::time::day_in_viet_nam;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::catalogue::duty::{Progress, progress};
use crate::clock;
use crate::hub::Hub;
use crate::registry::Subject as _;
use crate::registry::check::not_there;
use crate::web::{Named, Problem};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(one))
}

/// A duty, and how far it is met.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DutyStanding)]
struct Standing {
    /// The duty.
    entry: Duty,
    /// How far it is met.
    progress: Progress,
}

/// A duty, who holds it, and its five steps: published, contract, test_connection, first_use, steady_use.
#[utoipa::path(get, path = "/api/v1/duties/{id}", operation_id = "observe_duty", params(("id" = String, Path, description = "the duty")),
    responses((status = 200, description = "entry and progress", body = Standing)))]
async fn one(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Named(id): Named<String>,
) -> Result<Json<Standing>, Problem> {
    let mut tx = hub.db.read().await?;
    let entry = Duty::load(&mut tx, &id).await?.ok_or_else(|| not_there(Duty::KIND, &id))?;
    let progress = progress(&mut tx, &entry, day_in_viet_nam(clock::now())).await?;
    Ok(Json(Standing { entry, progress }))
}
