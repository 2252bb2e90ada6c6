//! The audit trail over HTTP.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use model::time::moment_in_viet_nam;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::{self, Change, Place, Wanted};
use crate::audit::officer::Officer;
use crate::audit::right::Right;
use crate::hub::Hub;
use crate::web::{Asked, Problem, ordered, searched, within};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(changes))
}

/// Which part of the audit trail.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct TrailQuery {
    /// Only what stands behind this number: newer entries, or older ones with `newest`.
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
    /// Only what this officer did.
    #[serde(default)]
    who: String,
    /// Only this act: created, updated, revoked and so on.
    #[serde(default)]
    act: String,
    /// Only of things of this kind.
    #[serde(default)]
    kind: String,
    /// Only of this thing.
    #[serde(default)]
    subject: String,
    /// Only from this day on, in Viet Nam.
    from: Option<Date>,
    /// Only up to this day.
    to: Option<Date>,
    /// Only what has this text in who did it, of what, or why.
    #[serde(default)]
    #[param(max_length = 1000)]
    q: String,
    /// `seq` for oldest first, `-seq` for newest first.
    #[serde(default)]
    sort: String,
    /// Whether to count all that the filters leave.
    #[serde(default)]
    total: bool,
}

/// A page of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
struct Trail {
    /// Its entries.
    items: Vec<Change>,
    /// The number of the last of them, behind which the next page begins; null: nothing is left.
    next: Option<i64>,
    /// How many there are on all pages, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<i64>,
}

/// The audit trail, oldest first unless `newest` is asked for. For those who may read all of it; the history of one thing is for those whom it concerns.
#[utoipa::path(get, path = "/api/v1/changes", operation_id = "list_changes", params(TrailQuery),
    responses((status = 200, description = "a page", body = Trail)))]
async fn changes(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<TrailQuery>,
) -> Result<Json<Trail>, Problem> {
    officer.must(Right::ReadAudit)?;
    officer.of_the_hub()?;
    let limit = within("limit", query.limit, change::PAGE, change::PAGE)?;
    let midnight = |day: Option<Date>| day.and_then(|day| moment_in_viet_nam(day.at(0, 0, 0, 0)));
    let begins = |day| midnight(day).map(|at| at.to_string()).unwrap_or_default();
    let text = searched(&query.q)?;
    let TrailQuery { who, act, kind, subject, .. } = query;
    let (from, to) = (begins(query.from), begins(query.to.and_then(|day| day.tomorrow().ok())));
    let wanted = Wanted { who, act, kind, subject, from, to, text };
    let order = ordered(&query.sort, &["seq"])?;
    let newest = order.map_or(query.newest, |order| order.descending);
    let place = match (newest, query.before, query.after) {
        (false, ..) => Place::After(query.after),
        (true, Some(before), _) => Place::Before(before),
        (true, None, 0) => Place::Before(i64::MAX),
        (true, None, after) => Place::Before(after),
    };
    let mut tx = hub.db.read().await?;
    // One more than is asked for says whether there is another page.
    let mut items = change::part(&mut tx, &wanted, place, limit + 1).await?;
    let total = if query.total { Some(change::count(&mut tx, &wanted).await?) } else { None };
    let limit = usize::try_from(limit).unwrap_or_default();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| last.seq);
    Ok(Json(Trail { items, next, total }))
}
