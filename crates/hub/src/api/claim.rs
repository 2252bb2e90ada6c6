//! What owners claim of databases, and confirming it, over HTTP.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::catalogue::claim::{self, Claim, Confirming, Now};
use crate::hub::Hub;
use crate::registry::index::says;
use crate::store::Tx;
use crate::web::command::{Command, Done, Outcome};
use crate::web::intake::Body;
use crate::web::{Asked, Named, Page, Problem, behind, ordered, read, searched, within};

/// Claims on one page.
const CLAIMS: i64 = 100;
/// What claims may be ordered by.
const ORDERS: [&str; 5] = ["database", "owner", "what", "service", "held_by"];

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(confirm)).routes(routes!(take_back))
}

type ClaimPage = Page<Claim>;
type DoneNow = Done<Now>;

/// Whose claims.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ClaimQuery {
    /// Only those of this agency.
    #[serde(default)]
    owner: String,
    /// Only this claim: registered, service, left.
    what: Option<String>,
    /// Only what has words that begin so: in the name of its database, its identifier, or its service's.
    #[serde(default)]
    #[param(max_length = 1000)]
    q: String,
    /// The column that they are ordered by, with `-` before it downwards: database, owner, what, service, held_by.
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

/// What owners claim of their databases and no officer of the hub has confirmed: that one is registered, that a service belongs to it, that
/// one belongs to it no more. In order of databases. None of it is in any figure.
#[utoipa::path(get, path = "/api/v1/claims", operation_id = "list_claims", params(ClaimQuery),
    responses((status = 200, description = "a page", body = ClaimPage)))]
async fn list(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<ClaimQuery>,
) -> Result<Json<ClaimPage>, Problem> {
    let limit = usize::try_from(within("limit", query.limit, CLAIMS, CLAIMS)?).unwrap_or_default();
    let order = ordered(&query.sort, &ORDERS)?;
    let text = searched(&query.q)?;
    let mut found = claim::waiting(&mut hub.db.read().await?, &query.owner).await?;
    found.retain(|(claim, name)| {
        let service = claim.service.as_deref().unwrap_or_default();
        query.what.as_deref().is_none_or(|what| what == claim.what.word())
            && says(&[&claim.database, service, &name.vi, &name.en], &text)
    });
    let mut items: Vec<Claim> = found.into_iter().map(|(claim, _)| claim).collect();
    let total = query.total.then(|| i64::try_from(items.len()).unwrap_or(i64::MAX));
    let (items, next) = match order {
        Some(order) => {
            order.sort(&mut items, "id", &[]);
            behind(items, &query.after, limit, |claim| &claim.id)?
        }
        // What has been confirmed since its page was shown is no line any more; what comes behind its name is known all the same.
        None => {
            items.sort_by(|one, other| one.id.cmp(&other.id));
            items.retain(|claim| claim.id > query.after);
            behind(items, "", limit, |claim| &claim.id)?
        }
    };
    Ok(Json(Page { total, ..Page::of(items, next) }))
}

/// Confirm that a database is what its owner has registered, and that these services belong to it: from then on their calls count for it.
/// For officers of the hub; whoever has claimed something does not confirm it. A service belongs to one database.
#[utoipa::path(post, path = "/api/v1/databases/{id}/confirm", operation_id = "confirm_database", request_body = Confirming,
    params(("id" = String, Path, description = "the database")),
    responses((status = 200, description = "what is confirmed then", body = DoneNow)))]
async fn confirm(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<DoneNow>, Problem> {
    let Confirming { services, reason } = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        Ok(Outcome::Done(claim::confirm(tx, &id, &services, context).await?))
    };
    command.with(&body).run(&hub, &reason, work).await
}

/// Take back what was confirmed: that these services belong to a database, or, naming none, all of it. For officers of the hub.
#[utoipa::path(post, path = "/api/v1/databases/{id}/take-back", operation_id = "take_back_confirmation", request_body = Confirming,
    params(("id" = String, Path, description = "the database")),
    responses((status = 200, description = "what is confirmed then", body = DoneNow)))]
async fn take_back(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<DoneNow>, Problem> {
    let Confirming { services, reason } = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        Ok(Outcome::Done(claim::take_back(tx, &id, &services, context).await?))
    };
    command.with(&body).run(&hub, &reason, work).await
}
