//! Figures over HTTP: in from nodes, out to those who look.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use jiff::SignedDuration;
use jiff::civil::Date;
use model::fault::{Fault, Words};
use model::time::day_in_viet_nam;
use model::usage::REPORT_MAX_BYTES;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::clock;
use crate::hub::Hub;
use crate::running::report;
use crate::usage::live::{self, Minutes};
use crate::usage::measured::measured_since;
use crate::usage::{self, Mark, Of, Reporting, Shown, Sum, Tally};
use crate::web::extract::Admitted;
use crate::web::intake::Body;
use crate::web::{Asked, Problem, within};

/// Longest look back, in minutes.
const MINUTES_MAX: i64 = 48 * 60;
/// Sums of days on one page: some 2 MB.
const SUMS_MAX: i64 = 5_000;

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(report)).routes(routes!(last_minutes)).routes(routes!(by_day))
}

/// Whether a report was taken.
#[derive(Debug, Serialize, ToSchema)]
struct Taken {
    /// Whether it was; a report that was taken before is not taken again.
    taken: bool,
}

/// A node's report of its traffic: counts and times, signed with the node's key, over a connection with the node's certificate. What was
/// taken before is acknowledged and not taken again. A report covers an interval of its own: one that begins before the end of what the
/// node has reported (`LT-7134`), that ends no later than it begins, over 5 minutes from now or over 30 days ago (`LT-7135`) counts nothing.
#[utoipa::path(post, path = "/usage", operation_id = "report_usage", request_body = Object,
    params(("lienthong-key" = String, Header, description = "the node's signing key, by name"),
        ("lienthong-signature" = String, Header, description = "Ed25519 over the words of the report's kind and the body, in hexadecimal")),
    responses((status = 200, description = "it is taken", body = Taken)))]
async fn report(
    State(hub): State<Arc<Hub>>,
    Admitted(node): Admitted,
    headers: HeaderMap,
    Body(body): Body<REPORT_MAX_BYTES>,
) -> Result<Json<Taken>, Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (key, signature, now) = (text("lienthong-key"), text("lienthong-signature"), clock::now());
    hub.paces.take(&node, now)?;
    // Who is no node does not get to the one that writes.
    let report = report::verify(&mut hub.db.read().await?, &body, key, signature).await?;
    let taken = usage::take(&hub.db, &report, now).await?;
    Ok(Json(Taken { taken }))
}

/// How far back.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LiveQuery {
    /// Minutes: 1 to 2880.
    #[param(minimum = 1, maximum = 2880)]
    minutes: Option<i64>,
}

/// The last minutes.
#[derive(Debug, Serialize, ToSchema)]
struct Live {
    /// Until when.
    #[schema(format = DateTime)]
    now: String,
    /// So many minutes.
    minutes: i64,
    /// In all, oldest first.
    by_minute: Vec<Minute>,
    /// By calling system and service: those that failed most, were refused most or called most.
    pairs: Vec<Pair>,
    /// So many more pairs have called.
    pairs_left_out: usize,
    /// When each node reported last.
    nodes: Vec<Reporting>,
    /// What datasets cannot give at present, those of one's own agency first.
    gaps: Vec<Shown>,
    /// So many more datasets lack something.
    gaps_left_out: usize,
}

/// The figures of a minute.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageMinute)]
struct Minute {
    /// Which.
    minute: String,
    /// What was counted.
    figures: Tally,
}

/// The figures of a calling system and a service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsagePair)]
struct Pair {
    /// Who called.
    client: String,
    /// What.
    service: String,
    /// As the consumer's node counted.
    at_consumer: Tally,
    /// As the provider's node counted.
    at_provider: Tally,
}

/// The last minutes: in all by minute, by pair with what failed, and when each node reported last. Counted at consumers' nodes, which
/// see every call; a pair that its provider's node counted otherwise stands with both. With what datasets cannot give at present. Of pairs
/// a hundred are told by each of three orders, most failed, most refused, most called, and fewer where they have very many figures; of
/// datasets five hundred. How many more there are stands beside.
#[utoipa::path(get, path = "/api/v1/usage/live", operation_id = "get_live_usage", params(LiveQuery),
    responses((status = 200, description = "minutes, pairs, nodes", body = Live)))]
async fn last_minutes(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<LiveQuery>,
) -> Result<Json<Live>, Problem> {
    let minutes = within("minutes", query.minutes, 60, MINUTES_MAX)?;
    let now = clock::now();
    let mut tx = hub.db.read().await?;
    let Minutes { in_all, pairs, left_out } =
        live::of_minutes(&mut tx, now - SignedDuration::from_mins(minutes)).await?;
    let nodes = usage::reporting(&mut tx).await?;
    let agency = officer.agency.as_ref().map(|agency| agency.as_str());
    let (gaps, gaps_left_out) = live::gaps(&mut tx, agency).await?;
    let by_minute =
        in_all.into_iter().map(|(minute, figures)| Minute { minute, figures: Tally::from(&figures) });
    let pairs = pairs.into_iter().map(|((client, service), [consumer, provider])| Pair {
        client,
        service,
        at_consumer: Tally::from(&consumer),
        at_provider: Tally::from(&provider),
    });
    Ok(Json(Live {
        now: now.to_string(),
        minutes,
        by_minute: by_minute.collect(),
        pairs: pairs.collect(),
        pairs_left_out: left_out,
        nodes,
        gaps,
        gaps_left_out,
    }))
}

/// Whose figures.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DayQuery {
    /// Of this service.
    service: Option<String>,
    /// Of this calling system.
    client: Option<String>,
    /// Of all services of this database.
    database: Option<String>,
    /// Days back: 1 to 366.
    #[param(minimum = 1, maximum = 366)]
    days: Option<i64>,
    /// Only what stands behind this: `next` of the page before.
    after: Option<String>,
    /// So many at most: 1 to 5000, which is the default.
    #[param(minimum = 1, maximum = 5000)]
    limit: Option<i64>,
}

/// Figures by day.
#[derive(Debug, Serialize, ToSchema)]
struct Days {
    /// From which day on.
    since: Date,
    /// Newest first.
    items: Vec<Day>,
    /// Behind which the next page begins, to be asked for as `after`; none: nothing is left.
    next: Option<String>,
    /// What the service cannot give at present.
    gaps: Vec<Shown>,
    /// Since when nodes have reported on each service that was asked about, or whose database was. Of a service that is not among them
    /// nothing is known, which is not zero.
    measured_since: BTreeMap<String, String>,
}

/// The figures of a day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageDay)]
struct Day {
    /// Which.
    #[schema(format = Date)]
    day: String,
    /// Who counted: `consumer`, `provider`.
    counted: String,
    /// Who called.
    client: String,
    /// What.
    service: String,
    /// What for.
    purpose: String,
    /// What was counted.
    figures: Tally,
}

/// The figures of a service, of a calling system or of the services of a database, by day, as both sides counted them; with what a service
/// cannot give at present.
#[utoipa::path(get, path = "/api/v1/usage", operation_id = "list_usage_days", params(DayQuery),
    responses((status = 200, description = "by day, newest first", body = Days)))]
async fn by_day(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<DayQuery>,
) -> Result<Json<Days>, Problem> {
    let days = within("days", query.days, usage::WINDOW_DAYS, usage::DAYS_BACK)?;
    let limit = within("limit", query.limit, SUMS_MAX, SUMS_MAX)?;
    let limit = usize::try_from(limit).unwrap_or_default();
    let after = query
        .after
        .as_deref()
        .map(|after| Mark::read(after).ok_or_else(|| Fault::BadParameters { why: Words::quoted("after") }));
    let since = day_in_viet_nam(clock::now()) - jiff::Span::new().days(days);
    let mut tx = hub.db.read().await?;
    let of = match (&query.service, &query.client, &query.database) {
        (Some(service), None, None) => Of::Service(service),
        (None, Some(client), None) => Of::Client(client),
        (None, None, Some(database)) => Of::Database(database),
        _ => return Err(Fault::BadParameters { why: Words::quoted("service | client | database") }.into()),
    };
    let measured_since = measured_since(&mut tx, &of).await?;
    let (sums, next) = usage::by_day(&mut tx, of, since, after.transpose()?, limit).await?;
    let items = sums.into_iter().map(|Sum { counted, at, client, service, purpose, figures }| Day {
        day: at,
        counted,
        client,
        service,
        purpose,
        figures: Tally::from(&figures),
    });
    let items = items.collect();
    let gaps = match &query.service {
        Some(service) => usage::gaps(&mut tx, service).await?,
        None => Vec::new(),
    };
    Ok(Json(Days { since, items, next: next.map(|mark| mark.to_string()), gaps, measured_since }))
}
