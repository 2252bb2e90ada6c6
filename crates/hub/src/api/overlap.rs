//! What is collected twice, over HTTP.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::catalogue::overlap::{self, Overlaps};
use crate::hub::Hub;
use crate::web::{Asked, Problem};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(find))
}

/// Which databases.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Only pairs with this one.
    database: Option<String>,
}

/// Fields that several databases hold, by term and by name: what is collected twice. `common` are fields that so many hold that they
/// make no pairs.
#[utoipa::path(get, path = "/api/v1/overlaps", operation_id = "find_overlaps", params(Query),
    responses((status = 200, description = "pairs of databases, those that share most first", body = Overlaps)))]
async fn find(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<Query>,
) -> Result<Json<Overlaps>, Problem> {
    let found = overlap::find(&mut hub.db.read().await?, query.database.as_deref()).await?;
    Ok(Json(found))
}
