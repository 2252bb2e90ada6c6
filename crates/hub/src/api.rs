//! The hub's HTTP API: the list of all routes, each subject's in a room of its own. Rights stand on the route or are asked where the data
//! is; `OPEN` names the routes that need no officer.

mod account;
mod assess;
mod brief;
mod catalogue;
mod change;
mod claim;
mod codelist;
mod contract;
mod database;
mod description;
mod directory;
mod draft;
mod duty;
mod event;
mod grant;
mod incident;
mod monthly;
mod name;
mod node;
mod notice;
mod official;
mod overlap;
mod overview;
pub(crate) mod pair;
mod practice;
mod procedure;
mod quality;
mod registry;
mod request;
mod reuse;
mod search;
mod sign_in;
mod suspension;
mod task;
mod term;
mod usage;

use std::sync::{Arc, OnceLock};

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use model::ending::{Ending, Tense};
use model::fault::Fault;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::clock;
use crate::hub::Hub;
use crate::running::behind::{self, Behind};
use crate::running::directory as published;
use crate::running::incident as incidents;
use crate::web::Problem;

/// Operations that need no officer, with the reason, for the test of rights.
#[cfg(test)]
pub(crate) const OPEN: [(&str, &str, &str); 9] = [
    ("post", "/join", "a node that joins proves itself by its code"),
    ("get", "/health", "says only that the hub runs"),
    ("get", "/api/openapi.json", "the description itself"),
    ("post", "/api/v1/session", "whoever signs in shows a password"),
    ("post", "/api/v1/enrolment", "whoever sets a first password shows their invitation"),
    ("put", "/api/v1/enrolment", "whoever sets a first password shows their invitation"),
    ("put", "/api/v1/password", "whoever changes a password shows the old one"),
    ("get", "/sign-in/provider", "whoever signs in is not signed in yet"),
    ("get", "/sign-in/return", "whoever signs in shows what the identity provider has given them"),
];

/// All routes, and their description.
pub(crate) fn routes(hub: Arc<Hub>) -> (axum::Router, OpenApi) {
    let rooms = [
        ("accounts", sign_in::routes()),
        ("accounts", account::routes()),
        ("assessments", assess::routes()),
        ("briefs", brief::routes()),
        ("catalogue", catalogue::routes()),
        ("changes", change::routes()),
        ("codelists", codelist::routes()),
        ("contracts", contract::routes()),
        ("databases", database::routes()),
        ("databases", claim::routes()),
        ("directory", directory::routes()),
        ("drafts", draft::routes()),
        ("duties", duty::routes()),
        ("events", event::routes()),
        ("grants", grant::routes()),
        ("incidents", incident::routes()),
        ("registry", name::routes()),
        ("nodes", node::routes()),
        ("notices", notice::routes()),
        ("databases", official::routes()),
        ("overlaps", overlap::routes()),
        ("overview", overview::routes()),
        ("practice", practice::routes()),
        ("procedures", procedure::routes()),
        ("quality", quality::routes()),
        ("registry", registry::routes()),
        ("requests", request::routes()),
        ("reuse", reuse::routes()),
        ("search", search::routes()),
        ("suspensions", suspension::routes()),
        ("tasks", task::routes()),
        ("dictionary", term::routes()),
        ("usage", usage::routes()),
        ("usage", monthly::routes()),
        ("usage", pair::routes()),
        ("hub", OpenApiRouter::new().routes(routes!(health)).routes(routes!(openapi))),
    ];
    let whole = OpenApiRouter::with_openapi(description::head());
    let (router, mut description) = rooms
        .into_iter()
        .fold(whole, |whole, (subject, room)| whole.merge(description::of(subject, room)))
        .split_for_parts();
    description::complete(&mut description);
    let router = router.fallback(nowhere).method_not_allowed_fallback(not_so).with_state(hub);
    (router, description)
}

async fn nowhere(request: axum::extract::Request) -> Problem {
    let path = request.uri().path().chars().take(200).collect();
    Problem(Fault::NotInRegistry { subject: path })
}

async fn not_so(request: axum::extract::Request) -> Problem {
    Problem(Fault::NoSuchMethod { method: request.method().as_str().chars().take(20).collect() })
}

/// How a hub is.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// Whether all is well.
    healthy: bool,
    /// The instance that it governs.
    instance: String,
    /// The number of its directory.
    revision: u64,
    /// How the directory is.
    directory: DirectoryHealth,
    /// What ends soon or has ended of the hub's.
    certificates: Vec<Ending>,
    /// How many nodes it hears.
    nodes: NodesHeard,
    /// What is not as it should be: `lags`, `left_out`, `behind`, `certificates`, and `nodes`, which is no fault of the hub's.
    degraded: Vec<&'static str>,
    /// Whether one may sign in through an identity provider.
    provider: bool,
}

/// How a hub's directory is.
#[derive(Debug, Serialize, ToSchema)]
struct DirectoryHealth {
    /// Whether the registry says something that is not published yet.
    lags: bool,
    /// How many things are left out.
    left_out: usize,
    /// What nodes have proven that the store does not know.
    behind: Option<Behind>,
}

/// How many nodes a hub hears, and those on its store with it.
#[derive(Debug, Serialize, ToSchema)]
struct NodesHeard {
    /// Nodes that were heard at some time and are in the registry.
    known: i64,
    /// Those that are not heard now.
    missed: i64,
}

/// Whether the hub runs, its store can be read and written, nodes can be told what the registry says, and what of the hub's ends soon; and whether one may sign in through an identity
/// provider. What is left out of the directory is named at `/api/v1/directory/holding`, to whoever is signed in.
#[utoipa::path(get, path = "/health", operation_id = "get_health", security(()), responses((status = 200, description = "it does", body = Health)))]
async fn health(State(hub): State<Arc<Hub>>) -> Result<Json<Health>, Problem> {
    hub.db.check().await?;
    let mut tx = hub.db.read().await?;
    let left_out = published::left_out(&mut tx).await?.len();
    let behind = behind::behind(&mut tx).await?;
    let lags = hub.directory.lags();
    let endings = hub.endings(clock::now()).await?;
    let ended = endings.iter().any(|ending| ending.tense == Tense::Ended);
    let (missed, known) = incidents::missed(&mut tx).await?;
    let wrong =
        [("lags", lags), ("left_out", left_out > 0), ("behind", behind.is_some()), ("certificates", ended)];
    let degraded = wrong.into_iter().chain([("nodes", missed > 0)]);
    Ok(Json(Health {
        healthy: wrong.iter().all(|(_, is_so)| !is_so),
        nodes: NodesHeard { known, missed },
        degraded: degraded.filter(|(_, is_so)| *is_so).map(|(what, _)| what).collect(),
        instance: hub.settings.instance.clone(),
        revision: *hub.directory.revision().borrow(),
        directory: DirectoryHealth { lags, left_out, behind },
        certificates: endings,
        provider: hub.people.provider.is_some(),
    }))
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", operation_id = "get_description", security(()), responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
async fn openapi(State(hub): State<Arc<Hub>>) -> Response {
    // It is the same for all hubs, and long: made once.
    static TEXT: OnceLock<Bytes> = OnceLock::new();
    let text = TEXT.get_or_init(|| json!(routes(hub).1).to_string().into()).clone();
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}
