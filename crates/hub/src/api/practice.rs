//! The sandbox over HTTP. Its address says `practice`, as the first release did.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::fault::Fault;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::hub::Hub;
use crate::running::sandbox::{self, Trying};
use crate::web::intake::Body;
use crate::web::{Problem, read};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(place, attempt))
}

/// Where calls may be tried, with made-up persons: the client edge and the calling system; `null` where there is no such place.
#[utoipa::path(get, path = "/api/v1/practice", responses((status = 200, description = "where", body = Object)))]
async fn place(State(hub): State<Arc<Hub>>, _: Officer) -> Json<Value> {
    let place = hub.settings.sandbox.as_ref();
    Json(json!({ "practice": place.map(|place| json!({ "edge": place.edge, "client": place.client })) }))
}

/// Try a call where persons are made up. What the node answers is told as it is, a refusal as well.
#[utoipa::path(post, path = "/api/v1/practice", request_body = Trying,
    responses((status = 200, description = "how it went", body = Object)))]
async fn attempt(State(hub): State<Arc<Hub>>, _: Officer, Body(body): Body) -> Result<Json<Value>, Problem> {
    let trying: Trying = read(&body)?;
    let place = hub.settings.sandbox.as_ref();
    let place = place.ok_or_else(|| Fault::NotInRegistry { subject: "practice".into() })?;
    Ok(Json(sandbox::call(place, &hub.folder, &trying).await?))
}
