//! The directory over HTTP: its files and its number for nodes, which nodes hold it, and what a hub does that is behind them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use model::fault::{Fault, Words};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::clock;
use crate::hub::Hub;
use crate::running::ahead::{self, Standing, Told, Was};
use crate::running::behind::{Behind, behind as is_behind, numbers};
use crate::running::directory::{self, Missing};
use crate::running::holding::{Holder, everybody, of_grant, of_service};
use crate::running::presence::HELD;
use crate::store::Tx;
use crate::web::command::{Command, Done, Outcome};
use crate::web::extract::{Admitted, Reader};
use crate::web::intake::{Body, MANY_THINGS};
use crate::web::{Asked, Named, Problem, read};

/// Nodes that are told by name at most.
const NAMED_MAX: usize = 500;

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(news))
        .routes(routes!(file))
        .routes(routes!(holding))
        .routes(routes!(status))
        .routes(routes!(shown))
        .routes(routes!(go_on))
}

type DoneGoesOn = Done<GoesOn>;

/// Which directory a node has.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Known {
    /// Its number.
    #[serde(default)]
    #[param(minimum = 0)]
    after: i64,
    /// The SHA-256 of its time stamp, in hexadecimal.
    signed: Option<String>,
}

/// The number of the directory, as soon as it is another than the one known; or the known one after a while. For nodes, with their
/// certificate, and for whoever is signed in. What a node knows is what it decides from. A number below the one known says that the hub does
/// not know that directory: the node shows it, at `/directory/shown`.
#[utoipa::path(get, path = "/directory/revision", operation_id = "await_directory", params(Known),
    responses((status = 200, description = "a number", body = String, content_type = "text/plain")))]
async fn news(
    State(hub): State<Arc<Hub>>,
    reader: Reader,
    Asked(known): Asked<Known>,
) -> Result<String, Problem> {
    let Known { after, signed } = known;
    let known =
        u64::try_from(after).map_err(|_| Fault::BadParameters { why: Words::quoted("after: 0..") })?;
    let mut revision = hub.directory.revision();
    let Some(node) = reader.node else {
        let _ = tokio::time::timeout(HELD, revision.wait_for(|revision| *revision != known)).await;
        return Ok(revision.borrow().to_string());
    };
    hub.holders.note(node.clone(), known, clock::now());
    let _open = hub.presence.hold(&node);
    let standing = ahead::standing(&mut hub.db.read().await?, &node, known, signed.as_deref()).await?;
    let before = *revision.borrow_and_update();
    // What it holds is unknown here: it is told so by a number below its own.
    let unknown = if before < known { before } else { 0 };
    let newest = match standing {
        Standing::Claims => unknown,
        Standing::Proven => {
            let _ = tokio::time::timeout(HELD, revision.changed()).await;
            let newest = *revision.borrow();
            if newest == before { unknown } else { newest }
        }
        Standing::Known => {
            hub.holders.hear(node);
            // Another hub on the store may have published what this one has not heard of yet.
            let _ = tokio::time::timeout(HELD, revision.wait_for(|revision| *revision > known)).await;
            known.max(*revision.borrow())
        }
    };
    Ok(newest.to_string())
}

/// A file of the signed directory (TUF): metadata or targets. For nodes, with their certificate, and for whoever is signed in.
#[utoipa::path(get, path = "/directory/{folder}/{file}", operation_id = "get_directory_file",
    params(("folder" = String, Path, description = "metadata or targets"), ("file" = String, Path, description = "its name")),
    responses((status = 200, description = "the file", body = Object)))]
async fn file(
    State(hub): State<Arc<Hub>>,
    _: Reader,
    Named((folder, file)): Named<(String, String)>,
) -> Result<Response, Problem> {
    let path = format!("{folder}/{file}");
    let bytes = directory::file(&mut hub.db.read().await?, &path).await?;
    let bytes = bytes.ok_or_else(|| Fault::NotInRegistry { subject: path.chars().take(200).collect() })?;
    Ok(([(CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// What is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HoldingQuery {
    /// The directory that should be held; without it the newest.
    #[param(minimum = 0)]
    revision: Option<i64>,
    /// Only nodes that this grant matters to: those of its client and of its service.
    grant: Option<String>,
    /// Only nodes that this service matters to: its own, and those of systems with a grant on it.
    service: Option<String>,
}

/// Which nodes hold a directory.
#[derive(Debug, Serialize, ToSchema)]
struct Holding {
    /// The directory.
    revision: i64,
    /// The newest.
    newest: i64,
    /// How many hold it or a newer one.
    held: usize,
    /// Of how many.
    of: usize,
    /// Those that do not yet, 500 at most.
    not_yet: Vec<Holder>,
    /// What of the registry could not be published.
    left_out: Vec<Missing>,
    /// What nodes have proven that the store does not know.
    behind: Option<Behind>,
}

/// Which of the nodes that joined decide from a directory or a newer one, and which do not yet; and what of the registry could not be
/// published at all.
#[utoipa::path(get, path = "/api/v1/directory/holding", operation_id = "list_holders", params(HoldingQuery),
    responses((status = 200, description = "held by how many of how many, and who is behind", body = Holding)))]
async fn holding(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<HoldingQuery>,
) -> Result<Json<Holding>, Problem> {
    if query.revision.is_some_and(|revision| revision < 0) {
        return Err(Fault::BadParameters { why: Words::quoted("revision: 0..") }.into());
    }
    let newest = i64::try_from(*hub.directory.revision().borrow()).unwrap_or(i64::MAX);
    let revision = query.revision.unwrap_or(newest);
    let mut tx = hub.db.read().await?;
    let holders = match (&query.grant, &query.service) {
        (Some(grant), None) => of_grant(&mut tx, grant).await?,
        (None, Some(service)) => of_service(&mut tx, service).await?,
        (None, None) => everybody(&mut tx).await?,
        _ => return Err(Fault::BadParameters { why: Words::quoted("grant | service") }.into()),
    };
    let of = holders.len();
    let mut not_yet: Vec<Holder> =
        holders.into_iter().filter(|holder| holder.revision.is_none_or(|held| held < revision)).collect();
    let held = of - not_yet.len();
    not_yet.truncate(NAMED_MAX);
    let left_out = directory::left_out(&mut tx).await?;
    let behind = is_behind(&mut tx).await?;
    Ok(Json(Holding { revision, newest, held, of, not_yet, left_out, behind }))
}

/// What is shown.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ShownQuery {
    /// The file's path.
    path: String,
}

/// What a node is to show next.
#[derive(Debug, Serialize, ToSchema)]
struct Wanted {
    /// The file's path, if any is wanted.
    wanted: Option<String>,
}

/// A node shows a file of the directory that it holds, because the hub's number is below its own: first `metadata/timestamp.json`, then
/// what the answer asks for. Only what is signed by the hub's own keys, or named by that, is taken.
#[utoipa::path(post, path = "/directory/shown", operation_id = "show_directory", params(ShownQuery), request_body = Object,
    responses((status = 200, description = "which file is wanted next, if any", body = Wanted)))]
async fn shown(
    State(hub): State<Arc<Hub>>,
    Admitted(node): Admitted,
    Asked(query): Asked<ShownQuery>,
    Body(body): Body<MANY_THINGS>,
) -> Result<Json<Wanted>, Problem> {
    if query.path == ahead::TIMESTAMP {
        ahead::prove(&hub.db, &hub.directory, &node, &body).await?;
    } else {
        ahead::take(&hub.db, &hub.directory, &query.path, &body).await?;
    }
    let mut tx = hub.db.read().await?;
    let wanted = match is_behind(&mut tx).await? {
        Some(behind) => ahead::Held::read(&mut tx, &hub.directory, behind.proven).await?.wanted,
        None => None,
    };
    Ok(Json(Wanted { wanted }))
}

/// How the directory stands.
#[derive(Debug, Serialize, ToSchema)]
struct DirectoryStatus {
    /// Its number.
    revision: u64,
    /// Whether nothing is ahead of it.
    healthy: bool,
    /// What is.
    behind: Option<Told>,
}

/// How the directory stands: its number; and, if nodes hold a newer one of this hub's than its store knows of, which nodes, and what that
/// one says otherwise than the registry.
#[utoipa::path(get, path = "/api/v1/directory", operation_id = "get_directory_status",
    responses((status = 200, description = "its number, and what is ahead of it", body = DirectoryStatus)))]
async fn status(State(hub): State<Arc<Hub>>, _: Officer) -> Result<Json<DirectoryStatus>, Problem> {
    let mut tx = hub.db.read().await?;
    let (own, _) = numbers(&mut tx).await?;
    let behind = match is_behind(&mut tx).await? {
        Some(behind) => Some(ahead::told(&mut tx, &hub.directory, &behind, clock::now()).await?),
        None => None,
    };
    Ok(Json(DirectoryStatus { revision: own, healthy: behind.is_none(), behind }))
}

/// From where to go on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GoingOn {
    /// The number above which the next directory is published: the highest that was proven, or one above it.
    #[schema(minimum = 1)]
    revision: u64,
    /// Why.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    reason: String,
}

/// From where it goes on.
#[derive(Debug, Serialize, ToSchema)]
struct GoesOn {
    /// The number above which the next directory is published.
    from: u64,
    /// What was decided on.
    behind: Was,
}

/// Decide that the registry holds as it is now, and publish it above everything that nodes hold. Whatever was decided after the backup and
/// not put into the registry again is undone by this; the answer says what that is, as far as nodes have shown it.
#[utoipa::path(post, path = "/api/v1/directory/go-on", operation_id = "go_on_publishing", request_body = GoingOn,
    responses((status = 200, description = "what was decided on, and the directory's new number", body = DoneGoesOn)))]
async fn go_on(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Body(body): Body,
) -> Result<Json<DoneGoesOn>, Problem> {
    let going: GoingOn = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let was = ahead::go_on(tx, &hub.directory, going.revision, context).await?;
        Ok(Outcome::Done(GoesOn { from: going.revision, behind: was }))
    };
    command.with(&body).run(&hub, &going.reason, work).await
}
