//! Incidents and maintenance over HTTP, and what nodes tell of one another.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::fault::Fault;
use model::sight::{SIGHT_MAX_BYTES, Sight};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::audit::veil::{self, Veiled};
use crate::clock;
use crate::hub::Hub;
use crate::registry::PAGE;
use crate::registry::lines::Wish;
use crate::running::incident::acting::{self, Doing};
use crate::running::incident::{self, Incident, LINES, Line};
use crate::running::maintenance::{self, Announcing, Maintenance};
use crate::running::sight;
use crate::store::Tx;
use crate::web::command::{Command, Done, Outcome};
use crate::web::extract::Admitted;
use crate::web::intake::Body;
use crate::web::{Asked, Named, Page, Problem, Reason, ordered, read, searched, within};

/// Incidents on one page.
const LINES_MAX: i64 = 100;

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(take))
        .routes(routes!(comment))
        .routes(routes!(close))
        .routes(routes!(planned, announce))
        .routes(routes!(withdraw))
        .routes(routes!(see))
}

type LinePage = Page<Line>;
type MaintenancePage = Page<Maintenance>;
type DoneIncident = Done<Incident>;
type DoneMaintenance = Done<Maintenance>;

/// Which incidents.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Only those that last and that nobody has closed.
    #[serde(default)]
    live: bool,
    /// Only those that stand so: open, taken, recovered, closed, merged.
    state: Option<String>,
    /// Only those of this probable cause.
    cause: Option<String>,
    /// Only those of nodes of this agency.
    owner: Option<String>,
    /// Only what has words that begin so: in its number, its node, or the name of its agency.
    #[serde(default)]
    #[param(max_length = 1000)]
    q: String,
    /// The column that they are ordered by, with `-` before it downwards: id, state, subject, cause, since, ended_at, times.
    #[serde(default)]
    sort: String,
    /// Whether to count all that the filters leave.
    #[serde(default)]
    total: bool,
    /// Only those behind this one: `next` of the page before.
    #[serde(default)]
    after: String,
    /// So many at most: 1 to 100, which is the default.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// Notes that incidents are shown to an officer. That it could not be noted keeps nobody from seeing them.
async fn tell(hub: &Hub, officer: &Officer, ids: &[&str]) {
    let told = async {
        let untold = incident::untold(&mut hub.db.read().await?, officer, ids).await?;
        if untold.is_empty() {
            return Ok(());
        }
        let mut tx = hub.db.write().await?;
        incident::tell(&mut tx, officer, &untold, clock::now()).await?;
        tx.commit().await
    };
    let told: Result<(), Fault> = told.await;
    if let Err(fault) = told {
        tracing::warn!(fault = fault.code(), reason = %fault, "who was told of an incident was not noted");
    }
}

/// The incidents that concern you, newest first: all of them for officers of the hub; for those of an agency, what is wrong with its nodes
/// or with nodes whose services its systems call. That they are shown to you counts as being told.
#[utoipa::path(get, path = "/api/v1/incidents", operation_id = "list_incidents", params(ListQuery),
    responses((status = 200, description = "a page", body = LinePage)))]
async fn list(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<ListQuery>,
) -> Result<Json<LinePage>, Problem> {
    let limit = within("limit", query.limit, LINES_MAX, LINES_MAX)?;
    let order = ordered(&query.sort, &LINES.columns())?;
    let wish = Wish { text: searched(&query.q)?, order, after: query.after, limit, ..Wish::default() };
    let wish = wish.when("live", query.live).with("state", query.state).with("cause", query.cause);
    let wish = wish.with("owner", query.owner);
    let mut tx = hub.db.read().await?;
    let total = match query.total {
        true => Some(LINES.count(&mut tx, &incident::concerning(&officer, wish.clone())).await?),
        false => None,
    };
    let (items, more) = incident::list(&mut tx, &officer, wish).await?;
    drop(tx);
    let next = items.last().filter(|_| more).map(|last| last.id.clone());
    tell(&hub, &officer, &items.iter().map(|line| line.id.as_str()).collect::<Vec<_>>()).await;
    Ok(Json(Page { total, ..Page::of(items, next) }))
}

/// One incident that concerns you: what it touches, what its cause was concluded from, whom it concerns and since when they know, what
/// happened.
#[utoipa::path(get, path = "/api/v1/incidents/{id}", operation_id = "get_incident",
    params(("id" = String, Path, description = "SC-2026-000001")),
    responses((status = 200, description = "all that is known of it", body = Incident)))]
async fn show(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Named(id): Named<String>,
) -> Result<Json<Veiled<Incident>>, Problem> {
    let found = incident::show(&mut hub.db.read().await?, &officer, &id).await?;
    tell(&hub, &officer, &[found.line.id.as_str()]).await;
    let mut tx = hub.db.read().await?;
    let found = incident::show(&mut tx, &officer, &id).await?;
    Ok(Json(veil::draw(&mut tx, &found, &officer).await?))
}

async fn act(
    hub: &Hub,
    command: Command,
    id: &str,
    doing: Doing,
    body: &[u8],
) -> Result<Json<Done<Veiled<Incident>>>, Problem> {
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let after = acting::act(tx, id, doing, context).await?;
        Ok(Outcome::Done(veil::draw(tx, &after, &context.officer).await?))
    };
    command.run_for_reason(hub, body, work).await
}

/// Take an incident in hand: others see that somebody is at it.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/take", operation_id = "take_incident", request_body = Reason,
    params(("id" = String, Path, description = "SC-2026-000001")),
    responses((status = 200, description = "the incident", body = DoneIncident)))]
async fn take(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<Done<Veiled<Incident>>>, Problem> {
    act(&hub, command, &id, Doing::Take, &body).await
}

/// Say something in an incident, for all whom it concerns.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/comments", operation_id = "comment_incident", request_body = Reason,
    params(("id" = String, Path, description = "SC-2026-000001")),
    responses((status = 200, description = "the incident", body = DoneIncident)))]
async fn comment(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<Done<Veiled<Incident>>>, Problem> {
    act(&hub, command, &id, Doing::Comment, &body).await
}

/// Close an incident, with what it was. One that lasts is on no first page from then on, and is opened anew only after it was over.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/close", operation_id = "close_incident", request_body = Reason,
    params(("id" = String, Path, description = "SC-2026-000001")),
    responses((status = 200, description = "the incident", body = DoneIncident)))]
async fn close(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<Done<Veiled<Incident>>>, Problem> {
    act(&hub, command, &id, Doing::Close, &body).await
}

/// Which maintenance.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PlannedQuery {
    /// What is over or withdrawn as well.
    #[serde(default)]
    past: bool,
}

/// Maintenance of nodes that was announced and is not over, newest first. Everybody sees it: whoever calls must know.
#[utoipa::path(get, path = "/api/v1/maintenance", operation_id = "list_maintenance", params(PlannedQuery),
    responses((status = 200, description = "the last 500", body = MaintenancePage)))]
async fn planned(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<PlannedQuery>,
) -> Result<Json<MaintenancePage>, Problem> {
    let items = maintenance::list(&mut hub.db.read().await?, clock::now(), query.past, PAGE).await?;
    Ok(Json(Page::all(items)))
}

/// Announce maintenance of a node, before it begins: within its time a silent node is no incident.
#[utoipa::path(post, path = "/api/v1/maintenance", operation_id = "announce_maintenance", request_body = Announcing,
    responses((status = 200, description = "what was announced", body = DoneMaintenance)))]
async fn announce(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Body(body): Body,
) -> Result<Json<DoneMaintenance>, Problem> {
    let announcing: Announcing = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let announced = maintenance::announce(tx, &announcing, context).await?;
        Ok(Outcome::Done(announced))
    };
    command.with(&body).run(&hub, &announcing.reason, work).await
}

/// Withdraw maintenance that was announced: it does not take place, or is over early.
#[utoipa::path(post, path = "/api/v1/maintenance/{id}/withdraw", operation_id = "withdraw_maintenance", request_body = Reason,
    params(("id" = String, Path, description = "BT-2026-000001")),
    responses((status = 200, description = "what was withdrawn", body = DoneMaintenance)))]
async fn withdraw(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<DoneMaintenance>, Problem> {
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let withdrawn = maintenance::withdraw(tx, &id, context).await?;
        Ok(Outcome::Done(withdrawn))
    };
    command.run_for_reason(&hub, &body, work).await
}

/// Whether what a node said was taken.
#[derive(Debug, Serialize, ToSchema)]
struct Noted {
    /// It was.
    taken: bool,
}

/// What a node sees, over a connection with its certificate: other nodes that it has a connection to (`reached`) or got none to (`refused`,
/// `timeout`, `tls`, `certificate`, `network`), and services of its own whose source does not answer. All of it, in place of what it said
/// before. Another's word counts only beside the hub's own silence from a node, or that of a second agency.
#[utoipa::path(post, path = "/sight", operation_id = "tell_sight", request_body = Object,
    responses((status = 200, description = "it is taken", body = Noted)))]
async fn see(
    State(hub): State<Arc<Hub>>,
    Admitted(node): Admitted,
    Body(body): Body<SIGHT_MAX_BYTES>,
) -> Result<Json<Noted>, Problem> {
    let now = clock::now();
    hub.paces.take(&node, now)?;
    let seen: Sight = read(&body)?;
    sight::take(&hub.db, &node, &seen, now).await?;
    Ok(Json(Noted { taken: true }))
}
