//! Counts by pair of agencies, service and day over HTTP, as both sides reported them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use model::fault::{Fault, Words};
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::clock;
use crate::hub::Hub;
use crate::usage::pair::list::{self as pairs, Arranged, Line, Mark, Wanted};
use crate::usage::{DAYS_BACK, WINDOW_DAYS};
use crate::web::{Asked, Problem, ordered, within};

/// Lines of one page, and what is usual.
const LINES_MAX: i64 = 500;
const LINES: i64 = 100;

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which pairs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct PairQuery {
    /// Of this agency, whichever side it is.
    #[serde(default)]
    agency: String,
    /// With this agency on the other side.
    #[serde(default)]
    counterpart: String,
    /// Of this service.
    #[serde(default)]
    service: String,
    /// Of the services that were confirmed to belong to this database.
    #[serde(default)]
    database: String,
    /// Only where the two sides differ, or one alone has reported.
    #[serde(default)]
    differing: bool,
    /// Days back: 1 to 366.
    #[param(minimum = 1, maximum = 366)]
    days: Option<i64>,
    /// The column that they are ordered by, with `-` before it downwards: day, service, consumer, provider; without it newest first.
    #[serde(default)]
    sort: String,
    /// Whether to count all that the filters leave.
    #[serde(default)]
    total: bool,
    /// Only what stands behind this: `next` of the page before.
    after: Option<String>,
    /// So many at most: 1 to 500; 100 is the default.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

/// Counts by pair of agencies, service and day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PairDays)]
struct Pairs {
    /// From which day on.
    since: Date,
    /// Newest first.
    items: Vec<Line>,
    /// Behind which the next page begins, to be asked for as `after`; none: nothing is left. A page of what differs may hold less than was
    /// asked for, and others follow.
    next: Option<String>,
    /// How many there are on all pages, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<i64>,
}

/// What agencies called of one another's services, by day: as the provider's and as the consumer's nodes counted, what comparing them has
/// come to (`own`, `not_yet`, `same`, `one_sided`, `differs`), and what of it counts as use. With the nodes that reported: their ledgers
/// hold the exchanges, and `lienthong ledger` there finds them. No persons, no contents.
#[utoipa::path(get, path = "/api/v1/usage/pairs", operation_id = "list_usage_pairs", params(PairQuery),
    responses((status = 200, description = "by day, newest first", body = Pairs)))]
async fn list(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<PairQuery>,
) -> Result<Json<Pairs>, Problem> {
    let days = within("days", query.days, WINDOW_DAYS, DAYS_BACK)?;
    let limit = usize::try_from(within("limit", query.limit, LINES, LINES_MAX)?).unwrap_or_default();
    let after = query
        .after
        .as_deref()
        .map(|after| Mark::read(after).ok_or_else(|| Fault::BadParameters { why: Words::quoted("after") }))
        .transpose()?;
    let today = day_in_viet_nam(clock::now());
    let since = today - jiff::Span::new().days(days);
    let order = ordered(&query.sort, &pairs::orders())?;
    let arranged = Arranged { order, total: query.total, after, limit };
    let PairQuery { agency, counterpart, service, database, differing, .. } = query;
    let wanted = Wanted { agency, counterpart, service, database, differing };
    let mut tx = hub.db.read().await?;
    let (items, next, total) = pairs::arranged(&mut tx, &wanted, (since, today), arranged).await?;
    Ok(Json(Pairs { since, items, next: next.map(|mark| mark.to_string()), total }))
}
