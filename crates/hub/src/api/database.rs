//! Databases over HTTP, beside what they have in common with all documents.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::database::Database;
use model::due::TimeLeft;
use model::time::day_in_viet_nam;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::catalogue::database::{Observed, StepDue, observed, steps_due, time_left};
use crate::clock;
use crate::hub::Hub;
use crate::registry::Subject as _;
use crate::registry::check::not_there;
use crate::web::{Named, Problem};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(database))
}

/// A database, from both sides.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DatabaseObserved)]
struct Both {
    /// What its owner says.
    entry: Database,
    /// What the hub sees.
    observed: Observed,
    /// How the day stands by which it must be in shared use; null: none is set.
    time_left: Option<TimeLeft>,
    /// How what official lists ask of it stands.
    steps_due: Vec<StepDue>,
}

/// A database: what its owner says of it, and beside it what the hub itself sees.
#[utoipa::path(get, path = "/api/v1/databases/{id}", operation_id = "observe_database", params(("id" = String, Path, description = "the database")),
    responses((status = 200, description = "entry and observed", body = Both)))]
async fn database(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Named(id): Named<String>,
) -> Result<Json<Both>, Problem> {
    let mut tx = hub.db.read().await?;
    let entry = Database::load(&mut tx, &id).await?.ok_or_else(|| not_there(Database::KIND, &id))?;
    let today = day_in_viet_nam(clock::now());
    let observed = observed(&mut tx, &entry, today).await?;
    let time_left = time_left(&entry, observed.stage, today);
    let steps_due = steps_due(&entry, observed.stage, today);
    Ok(Json(Both { entry, observed, time_left, steps_due }))
}
