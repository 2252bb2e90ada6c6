//! Suspensions over HTTP.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::clock;
use crate::granting::suspension::{self, Announced, Announcing};
use crate::hub::Hub;
use crate::registry::PAGE;
use crate::store::Tx;
use crate::web::command::{Command, Done, Outcome};
use crate::web::intake::Body;
use crate::web::{Asked, Named, Page, Problem, Reason, read};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(list, announce)).routes(routes!(end))
}

type AnnouncedPage = Page<Announced>;
type DoneAnnounced = Done<Announced>;

/// Which suspensions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Those that are over as well.
    #[serde(default)]
    past: bool,
}

/// The suspensions that hold or will hold, newest first. Everybody sees them: whoever calls must know.
#[utoipa::path(get, path = "/api/v1/suspensions", operation_id = "list_suspensions", params(ListQuery),
    responses((status = 200, description = "the last 500", body = AnnouncedPage)))]
async fn list(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<ListQuery>,
) -> Result<Json<AnnouncedPage>, Problem> {
    let items = suspension::list(&mut hub.db.read().await?, clock::now(), query.past, PAGE).await?;
    Ok(Json(Page::all(items)))
}

/// Announce that a service stands still, or cut a grant off. A planned outage is announced as many working days ahead as the newest rule pack says.
#[utoipa::path(post, path = "/api/v1/suspensions", operation_id = "announce_suspension", request_body = Announcing,
    responses((status = 200, description = "what was announced", body = DoneAnnounced)))]
async fn announce(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Body(body): Body,
) -> Result<Json<DoneAnnounced>, Problem> {
    let announcing: Announcing = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let announced = suspension::announce(tx, &announcing, context).await?;
        Ok(Outcome::Done(announced))
    };
    command.with(&body).run(&hub, &announcing.reason, work).await
}

/// End a suspension before its time.
#[utoipa::path(post, path = "/api/v1/suspensions/{id}/end", operation_id = "end_suspension", request_body = Reason,
    params(("id" = String, Path, description = "TN-2026-000001")),
    responses((status = 200, description = "what was ended", body = DoneAnnounced)))]
async fn end(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<DoneAnnounced>, Problem> {
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let ended = suspension::end(tx, &id, context).await?;
        Ok(Outcome::Done(ended))
    };
    command.run_for_reason(&hub, &body, work).await
}
