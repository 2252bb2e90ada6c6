//! Duties over HTTP, beside what they have in common with all documents: how far they are met.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use model::database::Duty;
use model::fault::Fault;
use model::id::MemberId;
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::catalogue::duty::{Progress, progress, together};
use crate::clock;
use crate::hub::Hub;
use crate::registry::check::not_there;
use crate::registry::{Listing, PAGE, Subject as _, count};
use crate::store::Tx;
use crate::usage::tree::Tree;
use crate::web::{Asked, Named, Page, Problem, behind, ordered, searched, within};

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
    /// Only those that are met.
    #[serde(default)]
    met: bool,
    /// Only those whose day is over and that are not met.
    #[serde(default)]
    late: bool,
    /// Only those that this agency holds or one of the tree that it stands at the top of; `none`: those that nobody holds.
    under: Option<String>,
    /// Only what has words that begin so: in its own texts, in those of what it names, or in its name.
    #[serde(default)]
    #[param(max_length = 1000)]
    q: String,
    /// The column that it is ordered by, with `-` before it downwards: entry.id, entry.datum, progress.holder, entry.deadline, progress.met.
    #[serde(default)]
    sort: String,
    /// Whether to count all that the filters leave.
    #[serde(default)]
    total: bool,
}

/// What duties may be ordered by. What is counted stands in no table: for it, and for what is late, all of them are looked at.
const ORDERS: [&str; 5] = ["entry.id", "entry.datum", "progress.holder", "entry.deadline", "progress.met"];

/// Duties in order of their identifiers, each with how far it is met. `next` is what to ask for behind the last one.
#[utoipa::path(get, path = "/api/v1/duties", operation_id = "observe_duties", params(DutyQuery),
    responses((status = 200, description = "a page", body = StandingPage)))]
async fn list(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<DutyQuery>,
) -> Result<Json<StandingPage>, Problem> {
    let limit = within("limit", query.limit, 25, LIMIT_MAX)?;
    let filters = [("owner", query.owner), ("datum", query.datum)];
    let filters = filters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let mut listing = Listing { after: query.after, limit, filters, text: searched(&query.q)?, order: None };
    let order = ordered(&query.sort, &ORDERS)?;
    let mut tx = hub.db.read().await?;
    let today = day_in_viet_nam(clock::now());
    if order.is_none() && !query.met && !query.late && query.under.is_none() {
        let duties = Duty::page(&mut tx, &listing).await?;
        let full = i64::try_from(duties.len()).is_ok_and(|count| count == limit);
        let next = duties.last().filter(|_| full).map(|last| last.id.clone());
        let items = standing(&mut tx, duties, today).await?;
        let total = if query.total { Some(count::<Duty>(&mut tx, &listing).await?) } else { None };
        return Ok(Json(Page { total, ..Page::of(items, next) }));
    }
    let after = std::mem::take(&mut listing.after);
    let duties = all_of(&mut tx, listing).await?;
    let mut items = standing(&mut tx, duties, today).await?;
    let tree = Tree::whole(&mut tx).await?;
    items.retain(|Standing { progress, .. }| {
        let holder = progress.holder.as_ref().map(MemberId::as_str);
        (!query.met || progress.met)
            && (!query.late || progress.overdue)
            && query.under.as_ref().is_none_or(|under| tree.holds(under, holder))
    });
    let total = query.total.then(|| i64::try_from(items.len()).unwrap_or(i64::MAX));
    if let Some(order) = order {
        order.sort(&mut items, "entry.id", &[]);
    }
    let limit = usize::try_from(limit).unwrap_or_default();
    let (items, next) = behind(items, &after, limit, |line| &line.entry.id)?;
    Ok(Json(Page { total, ..Page::of(items, next) }))
}

/// All duties of a listing, however many pages they fill.
async fn all_of(tx: &mut Tx, mut listing: Listing) -> Result<Vec<Duty>, Fault> {
    listing.limit = PAGE;
    let mut all: Vec<Duty> = Vec::new();
    loop {
        let page = Duty::page(tx, &listing).await?;
        let Some(last) = page.last() else { return Ok(all) };
        listing.after.clone_from(&last.id);
        all.extend(page);
    }
}

/// Duties, each with how far it is met.
async fn standing(tx: &mut Tx, duties: Vec<Duty>, today: Date) -> Result<Vec<Standing>, Fault> {
    let found = together(tx, duties, today).await?;
    Ok(found.into_iter().map(|(entry, progress)| Standing { entry, progress }).collect())
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
