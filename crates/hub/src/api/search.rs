//! Search over HTTP.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::catalogue::search::{self, Hit};
use crate::hub::Hub;
use crate::web::{Asked, Problem, within};

/// Most hits of one answer.
const MOST: usize = 100;

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(find))
}

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Words, with or without marks; the last one may be incomplete.
    q: String,
    /// Only of this kind: Database, Term, Service, Field, Agency, System, CodeList, Code, Duty, Purpose, LegalBasis.
    kind: Option<String>,
    /// So many at most: 1 to 100.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
struct Found {
    /// The best of it.
    items: Vec<Hit>,
    /// Whether there is more.
    more: bool,
}

/// Search databases, terms, services and their fields, agencies, code lists and their codes, old names of units included. Best first;
/// `more` says that not all is shown.
#[utoipa::path(get, path = "/api/v1/search", operation_id = "search", params(Query),
    responses((status = 200, description = "what was found", body = Found)))]
async fn find(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<Query>,
) -> Result<Json<Found>, Problem> {
    let limit = within("limit", query.limit, 20, MOST)?;
    let (items, more) =
        search::find(&mut hub.db.read().await?, &query.q, query.kind.as_deref(), limit).await?;
    Ok(Json(Found { items, more }))
}
