//! Grants over HTTP, beside what they have in common with all documents.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::fault::{Fault, Words};
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::clock;
use crate::granting::grant::{self, Conspicuous};
use crate::hub::Hub;
use crate::store::Tx;
use crate::web::command::{Command, Done, Outcome};
use crate::web::intake::Body;
use crate::web::{Asked, Named, Page, Problem, Reason};

/// Longest span of days that is asked about.
const DAYS_MAX: u16 = 3650;

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(conspicuous)).routes(routes!(revoke))
}

type ConspicuousPage = Page<Conspicuous>;
type DoneRevoked = Done<Revoked>;

/// What makes a grant conspicuous.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ConspicuousQuery {
    /// Of this agency, as provider or consumer; of all without it.
    agency: Option<String>,
    /// Not used for so many days.
    #[param(minimum = 1, maximum = 3650)]
    unused_days: Option<u16>,
    /// Ending within so many days.
    #[param(minimum = 0, maximum = 3650)]
    ending_days: Option<u16>,
    /// Only what stands behind this name.
    #[serde(default)]
    after: String,
}

/// The grants that somebody should look at: nobody uses them, or they end soon or have ended.
#[utoipa::path(get, path = "/api/v1/grants/conspicuous", operation_id = "list_conspicuous_grants", params(ConspicuousQuery),
    responses((status = 200, description = "a page; `next` is where the next begins, even if this one is short", body = ConspicuousPage)))]
async fn conspicuous(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<ConspicuousQuery>,
) -> Result<Json<ConspicuousPage>, Problem> {
    let (unused, ending) = (query.unused_days.unwrap_or(90), query.ending_days.unwrap_or(60));
    if !(1..=DAYS_MAX).contains(&unused) || ending > DAYS_MAX {
        return Err(Fault::BadParameters {
            why: Words::quoted(format!("unused_days: 1..={DAYS_MAX}, ending_days: 0..={DAYS_MAX}")),
        }
        .into());
    }
    let today = day_in_viet_nam(clock::now());
    let mut tx = hub.db.read().await?;
    let (items, next) =
        grant::conspicuous(&mut tx, query.agency.as_deref(), (unused, ending), &query.after, today).await?;
    Ok(Json(Page::of(items, next)))
}

/// Which grant was revoked.
#[derive(Debug, Serialize, ToSchema)]
struct Revoked {
    /// The grant.
    revoked: String,
}

/// Revoke a grant. Every node is told at once.
#[utoipa::path(post, path = "/api/v1/grants/{id}/revoke", operation_id = "revoke_grant", params(("id" = String, Path, description = "the grant")), request_body = Reason,
    responses((status = 200, description = "number of the directory without it", body = DoneRevoked)))]
async fn revoke(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<DoneRevoked>, Problem> {
    let work = async |tx: &mut Tx, context: &AuditContext| {
        grant::revoke(tx, &id, context).await?;
        Ok(Outcome::Done(Revoked { revoked: id }))
    };
    command.run_for_reason(&hub, &body, work).await
}
