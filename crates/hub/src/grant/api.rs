//! Grants over HTTP, beside what they have in common with all documents.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Hub;
use crate::api::{Body, Named, Problem, Reason, read};
use crate::deed::{Acting, begin};
use crate::grant;

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(revoke))
}

/// Revoke a grant. Every node is told at once.
#[utoipa::path(post, path = "/api/v1/grants/{id}/revoke", params(("id" = String, Path, description = "the grant")), request_body = Reason,
    responses((status = 200, description = "number of the directory without it", body = Object)))]
async fn revoke(
    State(hub): State<Arc<Hub>>,
    acting: Acting,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let Reason { reason } = read(&body)?;
    let mut deed = begin!(hub, acting, &reason);
    grant::revoke(&mut deed.tx, &id, &deed.mandate).await?;
    deed.finish(json!({ "revoked": id })).await
}
