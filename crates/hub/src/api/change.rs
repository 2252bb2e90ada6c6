//! The audit trail over HTTP.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::{self, Change};
use crate::audit::officer::Officer;
use crate::audit::right::Right;
use crate::hub::Hub;
use crate::web::{Asked, Problem, within};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(changes))
}

/// Where the audit trail goes on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AfterNumber {
    /// Only entries behind this number.
    #[serde(default)]
    after: i64,
    /// Newest first, in place of oldest first.
    #[serde(default)]
    newest: bool,
    /// With `newest`: only entries before this number.
    before: Option<i64>,
    /// So many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

/// A page of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
struct Trail {
    /// Its entries.
    items: Vec<Change>,
    /// The number of the last of them, behind which the next page begins; null: nothing is left.
    next: Option<i64>,
}

/// The audit trail, oldest first unless `newest` is asked for. For those who may read all of it; the history of one thing is for those whom it concerns.
#[utoipa::path(get, path = "/api/v1/changes", operation_id = "list_changes", params(AfterNumber),
    responses((status = 200, description = "a page", body = Trail)))]
async fn changes(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(from): Asked<AfterNumber>,
) -> Result<Json<Trail>, Problem> {
    officer.must(Right::ReadAudit)?;
    officer.of_the_hub()?;
    let limit = within("limit", from.limit, change::PAGE, change::PAGE)?;
    let mut tx = hub.db.read().await?;
    // One more than is asked for says whether there is another page.
    let mut items = if from.newest {
        change::latest(&mut tx, from.before, limit + 1).await?
    } else {
        change::list(&mut tx, from.after, limit + 1).await?
    };
    let limit = usize::try_from(limit).unwrap_or_default();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| last.seq);
    Ok(Json(Trail { items, next }))
}
