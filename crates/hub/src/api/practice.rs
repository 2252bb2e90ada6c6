//! The sandbox over HTTP. Its address says `practice`, as the first release did.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::fault::Fault;
use model::id::SystemId;
use model::time::day_in_viet_nam;
use serde::Serialize;
use url::Url;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::clock;
use crate::hub::Hub;
use crate::running::sandbox::{self, SandboxSettings, Tried, Trying};
use crate::usage::pair;
use crate::web::intake::Body;
use crate::web::{Problem, read};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(place, attempt))
}

/// Whether calls may be tried.
#[derive(Debug, Serialize, ToSchema)]
struct Practice {
    /// Where.
    practice: Option<Place>,
}

/// Where calls may be tried.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PracticePlace)]
struct Place {
    /// The client edge of the node.
    #[schema(value_type = String)]
    edge: Url,
    /// The system in whose name calls are made.
    client: SystemId,
}

/// Where calls may be tried, with made-up persons: the client edge and the calling system; `null` where there is no such place.
#[utoipa::path(get, path = "/api/v1/practice", operation_id = "get_practice_place", responses((status = 200, description = "where", body = Practice)))]
async fn place(State(hub): State<Arc<Hub>>, _: Officer) -> Json<Practice> {
    let place = hub.settings.sandbox.as_ref();
    let place = place.map(|place| Place { edge: place.edge.clone(), client: place.client.clone() });
    Json(Practice { practice: place })
}

/// Try a call where persons are made up. What the node answers is told as it is, a refusal as well.
#[utoipa::path(post, path = "/api/v1/practice", operation_id = "try_call", request_body = Trying,
    responses((status = 200, description = "how it went", body = Tried)))]
async fn attempt(State(hub): State<Arc<Hub>>, _: Officer, Body(body): Body) -> Result<Json<Tried>, Problem> {
    let trying: Trying = read(&body)?;
    let place = hub.settings.sandbox.as_ref();
    let place = place.ok_or_else(|| Fault::NotInRegistry { subject: "practice".into() })?;
    // What the hub calls itself is no use of a service by anybody. It is noted before, so that no report of it comes earlier.
    note(&hub, place, &trying, true).await?;
    let tried = sandbox::call(place, &hub.folder, &trying).await;
    if !tried.as_ref().is_ok_and(Tried::is_answered) {
        note(&hub, place, &trying, false).await?;
    }
    Ok(Json(tried?))
}

async fn note(hub: &Hub, place: &SandboxSettings, trying: &Trying, is_made: bool) -> Result<(), Fault> {
    let mut tx = hub.db.write().await?;
    let call = (&place.client, &trying.service, trying.purpose.as_str());
    pair::note_trial(&mut tx, call, is_made, day_in_viet_nam(clock::now())).await?;
    tx.commit().await
}
