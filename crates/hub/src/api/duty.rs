//! Duties over HTTP, beside what they have in common with all documents: how far they are met.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::database::Duty;
use model::fault::Fault;
use model::id::MemberId;
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::catalogue::duty::{Progress, progress, standing};
use crate::clock;
use crate::hub::Hub;
use crate::registry::check::not_there;
use crate::registry::{Listing, Subject as _};
use crate::store::Tx;
use crate::usage::tree::Tree;
use crate::web::{Asked, Named, Page, Problem, within};

/// Most duties in one answer: each is looked up in the figures of the traffic.
const LIMIT_MAX: i64 = 100;

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(one)).routes(routes!(list))
}

/// A duty, and how far it is met.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DutyStanding)]
struct Standing {
    /// The duty.
    entry: Duty,
    /// How far it is met.
    progress: Progress,
}

type StandingPage = Page<Standing>;

/// Which duties.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DutyQuery {
    /// Only what stands behind this name.
    #[serde(default)]
    after: String,
    /// So many at most: 1 to 100, where 25 is the default.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// Only those that this agency holds.
    owner: Option<String>,
    /// Only those on this datum.
    datum: Option<String>,
    /// Only those that are met. All at once, as with `late` and `under`.
    #[serde(default)]
    met: bool,
    /// Only those whose day is over and that are not met.
    #[serde(default)]
    late: bool,
    /// Only those that this agency holds or one of the tree that it stands at the top of; `none`: those that nobody holds.
    under: Option<String>,
}

/// Duties in order of their identifiers, each with how far it is met. `next` is what to ask for behind the last one.
#[utoipa::path(get, path = "/api/v1/duties", operation_id = "observe_duties", params(DutyQuery),
    responses((status = 200, description = "a page", body = StandingPage)))]
async fn list(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<DutyQuery>,
) -> Result<Json<StandingPage>, Problem> {
    let limit = within("limit", query.limit, 25, LIMIT_MAX)?;
    let mut tx = hub.db.read().await?;
    if query.met || query.late || query.under.is_some() {
        return Ok(Json(Page::all(chosen(&mut tx, &query).await?)));
    }
    let filters = [("owner", query.owner), ("datum", query.datum)];
    let filters = filters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let duties = Duty::page(&mut tx, &Listing { after: query.after, limit, filters }).await?;
    let full = i64::try_from(duties.len()).is_ok_and(|count| count == limit);
    let next = duties.last().filter(|_| full).map(|last| last.id.clone());
    let today = day_in_viet_nam(clock::now());
    let mut items = Vec::new();
    for entry in duties {
        let progress = progress(&mut tx, &entry, today).await?;
        items.push(Standing { entry, progress });
    }
    Ok(Json(Page { items, next }))
}

/// Those that are chosen by how they stand, which no index says: all are looked at.
async fn chosen(tx: &mut Tx, query: &DutyQuery) -> Result<Vec<Standing>, Fault> {
    let tree = Tree::whole(tx).await?;
    let mut all = standing(tx, day_in_viet_nam(clock::now())).await?;
    all.retain(|(entry, progress)| {
        let holder = progress.holder.as_ref().map(MemberId::as_str);
        (!query.met || progress.met)
            && (!query.late || progress.overdue)
            && query.under.as_ref().is_none_or(|under| tree.holds(under, holder))
            && query.owner.as_deref().is_none_or(|owner| holder == Some(owner))
            && query.datum.as_ref().is_none_or(|datum| *datum == entry.datum)
    });
    Ok(all.into_iter().map(|(entry, progress)| Standing { entry, progress }).collect())
}

/// A duty, who holds it, and its five steps: published, contract, test_connection, first_use, steady_use.
#[utoipa::path(get, path = "/api/v1/duties/{id}", operation_id = "observe_duty", params(("id" = String, Path, description = "the duty")),
    responses((status = 200, description = "entry and progress", body = Standing)))]
async fn one(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Named(id): Named<String>,
) -> Result<Json<Standing>, Problem> {
    let mut tx = hub.db.read().await?;
    let entry = Duty::load(&mut tx, &id).await?.ok_or_else(|| not_there(Duty::KIND, &id))?;
    let progress = progress(&mut tx, &entry, day_in_viet_nam(clock::now())).await?;
    Ok(Json(Standing { entry, progress }))
}
