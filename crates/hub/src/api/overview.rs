//! Everything at a glance, over HTTP.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::database::Standing;
use model::id::MemberId;
use model::time::day_in_viet_nam;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::catalogue::agency::{self, Branch};
use crate::catalogue::database::Seen;
use crate::clock;
use crate::hub::Hub;
use crate::running::overview::{self, Line, Overview};
use crate::usage::tree::Tree;
use crate::web::{Asked, Page, Problem};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(databases)).routes(routes!(at_a_glance)).routes(routes!(tree))
}

type LinePage = Page<Line>;
type BranchPage = Page<Branch>;

/// Which databases.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DatabaseQuery {
    /// How they stand: candidate, sourced, registered, confirmed.
    #[param(value_type = Option<String>)]
    standing: Option<Standing>,
    /// Only those of which something that is claimed waits for an officer of the hub.
    #[serde(default)]
    claimed: bool,
    /// The stage that is observed: not_measured, no_service, published, connected, in_shared_use.
    #[param(value_type = Option<String>)]
    observed: Option<Seen>,
    /// Only those of this agency.
    owner: Option<String>,
    /// Only the ones that the Prime Minister's dispatch names first.
    #[serde(default)]
    priority: bool,
    /// Only those that are known: a source names them, or they were confirmed.
    #[serde(default)]
    known: bool,
    /// Only those that are known and that others use.
    #[serde(default)]
    used: bool,
    /// Only those that are known, that their owners declare to be used, and of which no use is seen.
    #[serde(default)]
    unused: bool,
    /// Only those that are known, whose day is over, and that are not in shared use.
    #[serde(default)]
    late: bool,
    /// Only those of this agency or of one of the tree that it stands at the top of; `none`: those that are nobody's.
    under: Option<String>,
    /// Whether to count the fields, and those that are bound to terms.
    #[serde(default)]
    fields: bool,
}

/// All databases, each with what its owner declares and what the hub observes.
#[utoipa::path(get, path = "/api/v1/databases", operation_id = "observe_databases", params(DatabaseQuery),
    responses((status = 200, description = "all of them", body = LinePage)))]
async fn databases(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<DatabaseQuery>,
) -> Result<Json<LinePage>, Problem> {
    let mut tx = hub.db.read().await?;
    let mut lines = overview::databases(&mut tx, day_in_viet_nam(clock::now()), query.fields).await?;
    if let Some(under) = &query.under {
        let tree = Tree::whole(&mut tx).await?;
        lines.retain(|line| tree.holds(under, line.database.owner.as_ref().map(MemberId::as_str)));
    }
    lines.retain(|line| {
        let entry = &line.database;
        query.standing.is_none_or(|standing| standing == entry.standing)
            && query.observed.is_none_or(|observed| observed == line.observed)
            && query
                .owner
                .as_ref()
                .is_none_or(|owner| entry.owner.as_ref().is_some_and(|own| own.as_str() == owner))
            && (!query.claimed || line.claims > 0)
            && (!query.priority || entry.priority)
            && (!query.known || line.known)
            && (!query.used || line.is_used())
            && (!query.unused || line.is_unused())
            && (!query.late || line.is_late())
    });
    Ok(Json(Page::all(lines)))
}

/// The agencies that stand above others or have none above them, each with how many are right below it: the tree without its leaves.
#[utoipa::path(get, path = "/api/v1/agencies", operation_id = "list_agency_branches", responses((status = 200, description = "all of them", body = BranchPage)))]
async fn tree(State(hub): State<Arc<Hub>>, _: Officer) -> Result<Json<BranchPage>, Problem> {
    let items = agency::tree(&mut hub.db.read().await?).await?;
    Ok(Json(Page::all(items)))
}

/// How far databases and duties are, declared and observed, and what waits for you.
#[utoipa::path(get, path = "/api/v1/overview", operation_id = "get_overview", responses((status = 200, description = "at a glance", body = Overview)))]
async fn at_a_glance(State(hub): State<Arc<Hub>>, officer: Officer) -> Result<Json<Overview>, Problem> {
    let now = clock::now();
    let mut tx = hub.db.read().await?;
    Ok(Json(overview::overview(&mut tx, &officer, now, day_in_viet_nam(now)).await?))
}
