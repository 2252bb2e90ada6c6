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
use crate::registry::lines::{Lines, Wish};
use crate::registry::order::Order;
use crate::registry::row::Row;
use crate::store::Tx;
use crate::usage::pair::list::{self as pairs, Line, Mark, Wanted};
use crate::usage::{DAYS_BACK, WINDOW_DAYS};
use crate::web::{Asked, Problem, behind, ordered, within};

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

/// The same as a list that is put in order and counted.
pub(crate) const PAIRS: Lines = Lines {
    kind: "PairDay",
    from: "usage_pair_day p
           LEFT JOIN usage_pair_day e ON e.service = p.service AND e.consumer = p.consumer AND e.test = p.test AND e.day = p.eve
           LEFT JOIN usage_pair_day m ON m.service = p.service AND m.consumer = p.consumer AND m.test = p.test AND m.day = p.morrow",
    key: "(p.day || ' ' || p.service || ' ' || p.consumer || CASE WHEN p.test THEN ' 1' ELSE ' 0' END)",
    columns: "p.day AS day, p.provider AS provider, p.consumer AS consumer, p.service AS service, p.test AS test, p.own AS own,
              p.trial AS trial, p.at_provider AS at_provider, p.at_consumer AS at_consumer,
              COALESCE(e.provider_answers - e.consumer_answers, 0) AS excess_before,
              COALESCE(m.provider_answers - m.consumer_answers, 0) AS excess_after",
    filters: &[
        ("agency", "p.provider = ? OR p.consumer = ?"),
        ("counterpart", "p.provider = ? OR p.consumer = ?"),
        ("service", "p.service = ?"),
        ("database", "p.service IN (SELECT service FROM service_confirmed WHERE database_id = ?)"),
        ("since", "p.day >= ?"),
    ],
    orders: &[
        ("day", "p.day"),
        ("service", "p.service"),
        ("consumer", "p.consumer"),
        ("provider", "p.provider"),
    ],
    usual: "-day",
    words: "",
};

/// How a list is arranged.
#[derive(Debug, Clone, Default)]
struct Arranged {
    /// The order; none: newest first.
    order: Option<Order>,
    /// Whether all are counted.
    total: bool,
    /// The line that the last page ended with.
    after: Option<Mark>,
    /// So many at most.
    limit: usize,
}

/// A page of them as it is asked for, the line behind which the next one begins, and how many there are, where that is asked.
///
/// # Errors
/// [`Fault::StoreFailed`]; [`Fault::NotInRegistry`] where the line behind which it begins has gone.
async fn arranged(
    tx: &mut Tx,
    wanted: &Wanted,
    (since, today): (Date, Date),
    Arranged { order, total, after, limit }: Arranged,
) -> Result<(Vec<Line>, Option<Mark>, Option<i64>), Fault> {
    if wanted.differing && (total || order.is_some()) {
        return differing(tx, wanted, (since, today), Arranged { order, total, after, limit }).await;
    }
    let Wanted { agency, counterpart, service, database, .. } = wanted;
    let wish = Wish::default()
        .with("agency", Some(agency))
        .with("counterpart", Some(counterpart))
        .with("service", Some(service))
        .with("database", Some(database))
        .with("since", Some(since));
    let count = if total { Some(PAIRS.count(tx, &wish).await?) } else { None };
    let Some(order) = order else {
        let (lines, next) = pairs::list(tx, wanted, (since, today), after, limit).await?;
        return Ok((lines, next, count));
    };
    let after = after.map(|mark| mark.to_string()).unwrap_or_default();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let (rows, more) = PAIRS.next(tx, Wish { order: Some(order), after, limit, ..wish }).await?;
    let reported = pairs::Reported::load(tx).await?;
    let lines = rows.iter().map(|row| pairs::line(read(row)?, &reported, today));
    let lines = lines.collect::<Result<Vec<Line>, Fault>>()?;
    let next = lines.last().filter(|_| more).and_then(|last| Mark::read(&last.id));
    Ok((lines, next, count))
}

fn read(row: &Row) -> Result<pairs::PairRow, Fault> {
    let text = |column| row.get::<String>(column);
    Ok((
        text("day")?,
        text("provider")?,
        text("consumer")?,
        text("service")?,
        row.get("test")?,
        row.get("own")?,
        text("trial")?,
        text("at_provider")?,
        text("at_consumer")?,
        row.get("excess_before")?,
        row.get("excess_after")?,
    ))
}

/// Those that differ, arranged.
async fn differing(
    tx: &mut Tx,
    wanted: &Wanted,
    days: (Date, Date),
    Arranged { order, after, limit, .. }: Arranged,
) -> Result<(Vec<Line>, Option<Mark>, Option<i64>), Fault> {
    let mut lines = pairs::differing(tx, wanted, days).await?;
    let total = i64::try_from(lines.len()).ok();
    let after = match (order, after) {
        (Some(order), after) => {
            order.sort(&mut lines, "id", &[]);
            after.map(|mark| mark.to_string()).unwrap_or_default()
        }
        // By days it is known what comes behind a line, though it differs no more.
        (None, Some(after)) => {
            lines.retain(|line| Mark::read(&line.id).is_some_and(|mark| mark.is_behind(&after)));
            String::new()
        }
        (None, None) => String::new(),
    };
    let (lines, next) = behind(lines, &after, limit, |line| &line.id)?;
    Ok((lines, next.as_deref().and_then(Mark::read), total))
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
    let order = ordered(&query.sort, &PAIRS.columns())?;
    let asked = Arranged { order, total: query.total, after, limit };
    let PairQuery { agency, counterpart, service, database, differing, .. } = query;
    let wanted = Wanted { agency, counterpart, service, database, differing };
    let mut tx = hub.db.read().await?;
    let (items, next, total) = arranged(&mut tx, &wanted, (since, today), asked).await?;
    Ok(Json(Pairs { since, items, next: next.map(|mark| mark.to_string()), total }))
}
