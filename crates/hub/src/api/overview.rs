//! Everything at a glance, over HTTP.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::agency::Name;
use model::database::Standing;
use model::fault::Fault;
use model::id::MemberId;
use model::time::day_in_viet_nam;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::catalogue::agency::{self, Branch};
use crate::catalogue::database::Seen;
use crate::clock;
use crate::hub::Hub;
use crate::registry::index::words;
use crate::running::overview::{self, Line, Overview};
use crate::store::{Tx, all};
use crate::usage::tree::Tree;
use crate::web::{Asked, Page, Problem, ordered, searched};

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
    /// The stage that is declared: none, not_started, designing, building, cleaning, connected, in_shared_use.
    declared: Option<String>,
    /// Only those whose owner is of this bloc.
    bloc: Option<String>,
    /// The column that they are ordered by, with `-` before it downwards; without it by names.
    #[serde(default)]
    sort: String,
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
    /// Only what has words that begin so: in its names, its identifier, or the name of its owner.
    #[serde(default)]
    #[param(max_length = 1000)]
    q: String,
}

/// What databases may be ordered by.
const ORDERS: [&str; 14] = [
    "id",
    "name.vi",
    "name.en",
    "owner",
    "standing",
    "priority",
    "declared.stage",
    "observed",
    "services",
    "agencies",
    "first_use",
    "deadline",
    "time_left.days",
    "bound",
];

/// Stages and standings from the least to the most.
const RANKS: [&str; 15] = [
    "candidate",
    "sourced",
    "registered",
    "confirmed",
    "not_measured",
    "no_service",
    "not_started",
    "designing",
    "building",
    "cleaning",
    "published",
    "connected",
    "in_shared_use",
    "false",
    "true",
];

impl DatabaseQuery {
    /// Whether a database is asked for; `bloc` is that of its owner.
    fn has(&self, line: &Line, bloc: Option<&str>) -> bool {
        let entry = &line.database;
        let declared = entry.declared.as_ref().map(|declared| declared.stage);
        let said = |stage: &str| match declared {
            None => stage == "none",
            Some(declared) => json!(declared) == json!(stage),
        };
        self.standing.is_none_or(|standing| standing == entry.standing)
            && self.observed.is_none_or(|observed| observed == line.observed)
            && self
                .owner
                .as_ref()
                .is_none_or(|owner| entry.owner.as_ref().is_some_and(|own| own.as_str() == owner))
            && self.declared.as_deref().is_none_or(said)
            && self.bloc.as_deref().is_none_or(|asked| bloc == Some(asked))
            && (!self.late || line.is_late())
            && (!self.unused || line.is_unused())
            && (!self.used || line.is_used())
            && (!self.known || line.known)
            && (!self.claimed || line.claims > 0)
            && (!self.priority || entry.priority)
    }
}

/// What agencies are called and of which bloc they are, of those that own a database.
async fn owners(tx: &mut Tx) -> Result<HashMap<String, (Name, String)>, Fault> {
    let rows: Vec<(String, String, String, String)> = all!(
        tx,
        "SELECT id, name_vi, name_en, bloc FROM agency WHERE id IN (SELECT owner FROM database_entry)"
    )?;
    let of = |(id, vi, en, bloc): (String, String, String, String)| {
        (id, (Name { vi, en }, bloc.trim_matches('"').to_owned()))
    };
    Ok(rows.into_iter().map(of).collect())
}

/// All databases, each with what its owner declares and what the hub observes.
#[utoipa::path(get, path = "/api/v1/databases", operation_id = "observe_databases", params(DatabaseQuery),
    responses((status = 200, description = "all of them", body = LinePage)))]
async fn databases(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<DatabaseQuery>,
) -> Result<Json<LinePage>, Problem> {
    let order = ordered(&query.sort, &ORDERS)?;
    let words: Vec<String> = words(&searched(&query.q)?).collect();
    let mut tx = hub.db.read().await?;
    let mut lines = overview::databases(&mut tx, day_in_viet_nam(clock::now()), query.fields).await?;
    if let Some(under) = &query.under {
        let tree = Tree::whole(&mut tx).await?;
        lines.retain(|line| tree.holds(under, line.database.owner.as_ref().map(MemberId::as_str)));
    }
    let owners = owners(&mut tx).await?;
    lines.retain(|line| {
        let owner = line.database.owner.as_ref().and_then(|owner| owners.get(owner.as_str()));
        query.has(line, owner.map(|(_, bloc)| bloc.as_str()))
            && says(line, owner.map(|(name, _)| name), &words)
    });
    if let Some(order) = order {
        order.sort(&mut lines, "id", &RANKS);
    }
    // A text without a letter or a digit is in nothing.
    if words.is_empty() && !query.q.trim().is_empty() {
        lines.clear();
    }
    Ok(Json(Page::all(lines)))
}

/// Whether each of these begins a word of a database's names, its identifier or the name of its owner.
fn says(line: &Line, owner: Option<&Name>, wanted: &[String]) -> bool {
    let entry = &line.database;
    let owner = owner.map(|name| format!("{} {}", name.vi, name.en)).unwrap_or_default();
    let code = entry.owner.as_ref().map(ToString::to_string).unwrap_or_default();
    let has: Vec<String> =
        words(&format!("{} {} {} {code} {owner}", entry.id, entry.name.vi, entry.name.en)).collect();
    wanted.iter().all(|word| has.iter().any(|known| known.starts_with(word.as_str())))
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
