//! The hub's HTTP API. Rights stand on the route: what is under `/api/v1` needs an officer, and [`OPEN`] names what does not.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, Query, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use model::agency::{Agency, Node, System};
use model::database::{Database, Duty};
use model::fault::Fault;
use model::grant::Grant;
use model::id::{MemberId, NodeId};
use model::legal::{LegalBasis, Purpose};
use model::service::Service;
use model::term::Term;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;
use utoipa::{IntoParams, OpenApi as _, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Hub;
use crate::change::{self, Mandate};
use crate::clock;
use crate::grant;
use crate::node::{self, Joining};
use crate::officer::{self, Officer};
use crate::registry::{self, Document, Subject};
use crate::store::Tx;

/// Largest body. A registry of the whole State as documents is some 200 MB; it is loaded in parts.
const BODY_MAX_BYTES: usize = 64 * 1024 * 1024;
/// How long a question for news is held: nodes ask anew after that.
const NEWS: Duration = Duration::from_secs(25);

/// Operations that need no officer, with the reason. The test of rights reads this.
pub const OPEN: [(&str, &str); 5] = [
    ("/directory/revision", "the directory is public among nodes, and signed"),
    ("/directory/{folder}/{file}", "the directory is public among nodes, and signed"),
    ("/join", "a node that joins proves itself by its code"),
    ("/health", "says only that the hub runs"),
    ("/api/openapi.json", "the description itself"),
];

#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "Liên Thông: hub",
    version = "1",
    description = "Registry, grants and directory of the exchange."
))]
struct Described;

/// All routes, and their description.
pub(crate) fn routes(hub: Arc<Hub>) -> (axum::Router, OpenApi) {
    let (router, description) = OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(apply))
        .routes(routes!(list))
        .routes(routes!(database))
        .routes(routes!(revoke))
        .routes(routes!(changes))
        .routes(routes!(officers, make_officer))
        .routes(routes!(withdraw))
        .routes(routes!(invite))
        .routes(routes!(join))
        .routes(routes!(news))
        .routes(routes!(file))
        .routes(routes!(health))
        .routes(routes!(openapi))
        .split_for_parts();
    (router.layer(DefaultBodyLimit::max(BODY_MAX_BYTES)).with_state(hub), description)
}

/// A fault as problem details (RFC 9457).
pub struct Problem(Fault);

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let fault = self.0;
        let status = match fault {
            Fault::NotSignedIn {} => StatusCode::UNAUTHORIZED,
            Fault::BadInvitation {} | Fault::NotTheirs { .. } => StatusCode::FORBIDDEN,
            Fault::NotInRegistry { .. } => StatusCode::NOT_FOUND,
            Fault::BadDocument { .. }
            | Fault::Dangling { .. }
            | Fault::Contradictory { .. }
            | Fault::NoReason {} => StatusCode::BAD_REQUEST,
            Fault::StoreFailed { .. } => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status.is_server_error() {
            tracing::error!(fault = fault.code(), reason = %fault, "the hub failed");
        }
        let problem = json!({
            "type": format!("urn:lienthong:fault:{}", fault.code()),
            "title": fault.code(),
            "status": status.as_u16(),
            "detail": fault.en(),
            "detail_vi": fault.vi(),
        });
        let mut response = (status, problem.to_string()).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}

impl FromRequestParts<Arc<Hub>> for Officer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|text| text.strip_prefix("Bearer ")).ok_or(Fault::NotSignedIn {})?;
        Ok(officer::recognise(&hub.db, token.trim()).await?)
    }
}

/// What a body that can't be read is told. Read by hand, so that a wrong body gets our error and not the framework's.
fn read<T: serde::de::DeserializeOwned>(body: &Bytes) -> Result<T, Fault> {
    serde_json::from_slice(body)
        .map_err(|error| Fault::BadDocument { place: "body".into(), why: error.to_string() })
}

/// Documents to apply.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The documents: each has its `kind` and the members of that kind.
    #[schema(value_type = Vec<Object>)]
    pub documents: Vec<Value>,
    /// Why.
    pub reason: String,
    /// Only tell what would change.
    #[serde(default)]
    pub dry_run: bool,
}

/// Load documents into the registry. All or nothing; what is the same is left alone.
#[utoipa::path(post, path = "/api/v1/apply", request_body = Application,
    responses((status = 200, description = "what changed", body = Object), (status = 400, description = "problem"), (status = 401, description = "problem")))]
async fn apply(State(hub): State<Arc<Hub>>, officer: Officer, body: Bytes) -> Result<Json<Value>, Problem> {
    let application: Application = read(&body)?;
    let mandate = Mandate::new(&officer, &application.reason, clock::now())?;
    let mut documents = Vec::with_capacity(application.documents.len());
    for (number, document) in application.documents.into_iter().enumerate() {
        let place = || format!("documents[{number}]");
        documents.push(
            serde_json::from_value::<Document>(document)
                .map_err(|error| Fault::BadDocument { place: place(), why: error.to_string() })?,
        );
    }
    let mut tx = hub.db.write().await?;
    let effects = registry::apply(&mut tx, &documents, &mandate).await?;
    let changed = effects.iter().any(|effect| effect.outcome != registry::Outcome::Unchanged);
    let mut revision = *hub.directory.revision().borrow();
    if changed && !application.dry_run {
        tx.commit().await?;
        if effects.iter().any(registry::Effect::reaches_nodes) {
            revision = hub.directory.publish(&hub.db, clock::now()).await?;
        }
    }
    Ok(Json(json!({ "effects": effects, "dry_run": application.dry_run, "revision": revision })))
}

/// Where a list goes on.
#[derive(Debug, Deserialize, IntoParams)]
struct After {
    /// Only what stands behind this name.
    #[serde(default)]
    after: String,
}

/// What the registry holds of a kind: agencies, systems, nodes, services, purposes, bases, grants, databases, duties, terms.
#[utoipa::path(get, path = "/api/v1/registry/{kind}", params(("kind" = String, Path, description = "which"), After),
    responses((status = 200, description = "a page", body = Object), (status = 401, description = "problem"), (status = 404, description = "problem")))]
async fn list(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Path(kind): Path<String>,
    Query(from): Query<After>,
) -> Result<Json<Value>, Problem> {
    let mut tx = hub.db.read().await?;
    let page = match kind.as_str() {
        "agencies" => page::<Agency>(&mut tx, &from.after).await?,
        "systems" => page::<System>(&mut tx, &from.after).await?,
        "nodes" => page::<Node>(&mut tx, &from.after).await?,
        "services" => page::<Service>(&mut tx, &from.after).await?,
        "purposes" => page::<Purpose>(&mut tx, &from.after).await?,
        "bases" => page::<LegalBasis>(&mut tx, &from.after).await?,
        "grants" => page::<Grant>(&mut tx, &from.after).await?,
        "databases" => page::<Database>(&mut tx, &from.after).await?,
        "duties" => page::<Duty>(&mut tx, &from.after).await?,
        "terms" => page::<Term>(&mut tx, &from.after).await?,
        other => return Err(Fault::NotInRegistry { subject: other.chars().take(80).collect() }.into()),
    };
    Ok(Json(page))
}

async fn page<S: Subject>(tx: &mut Tx, after: &str) -> Result<Value, Fault> {
    let items = S::page(tx, after).await?;
    let full = i64::try_from(items.len()).is_ok_and(|count| count == registry::PAGE);
    let next = items.last().filter(|_| full).map(|last| last.name().to_owned());
    Ok(json!({ "items": items, "next": next }))
}

/// A database: what its owner says of it, and beside it what the hub itself sees.
#[utoipa::path(get, path = "/api/v1/databases/{id}", params(("id" = String, Path, description = "the database")),
    responses((status = 200, description = "entry and observed", body = Object), (status = 401, description = "problem"), (status = 404, description = "problem")))]
async fn database(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let mut tx = hub.db.read().await?;
    let entry = Database::load(&mut tx, &id).await?.ok_or_else(|| Fault::NotInRegistry {
        subject: format!("{} {}", Database::KIND, id.chars().take(80).collect::<String>()),
    })?;
    let observed = crate::database::observed(&mut tx, &id).await?;
    Ok(Json(json!({ "entry": entry, "observed": observed })))
}

/// Why something is done.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Why.
    pub reason: String,
}

/// Revoke a grant. Every node is told at once.
#[utoipa::path(post, path = "/api/v1/grants/{id}/revoke", params(("id" = String, Path, description = "the grant")), request_body = Reason,
    responses((status = 200, description = "number of the directory without it", body = Object), (status = 400, description = "problem"), (status = 401, description = "problem"), (status = 404, description = "problem")))]
async fn revoke(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let Reason { reason } = read(&body)?;
    let mandate = Mandate::new(&officer, &reason, clock::now())?;
    let mut tx = hub.db.write().await?;
    grant::revoke(&mut tx, &id, &mandate).await?;
    tx.commit().await?;
    let revision = hub.directory.publish(&hub.db, clock::now()).await?;
    Ok(Json(json!({ "revoked": id, "revision": revision })))
}

/// Where the audit trail goes on.
#[derive(Debug, Deserialize, IntoParams)]
struct AfterNumber {
    /// Only entries behind this number.
    #[serde(default)]
    after: i64,
}

/// The audit trail, oldest first.
#[utoipa::path(get, path = "/api/v1/changes", params(AfterNumber),
    responses((status = 200, description = "a page", body = Object), (status = 401, description = "problem")))]
async fn changes(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Query(from): Query<AfterNumber>,
) -> Result<Json<Value>, Problem> {
    officer.of_the_hub()?;
    let mut tx = hub.db.read().await?;
    let items = change::list(&mut tx, from.after).await?;
    let full = i64::try_from(items.len()).is_ok_and(|count| count == change::PAGE);
    let next = items.last().filter(|_| full).map(|last| last.seq);
    Ok(Json(json!({ "items": items, "next": next })))
}

/// Whom to make an officer.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Appointing {
    /// Their name: letters a-z, digits, hyphens, dots.
    pub name: String,
    /// The agency whose things they may change; absent: an officer of the hub.
    #[schema(value_type = Option<String>)]
    pub agency: Option<MemberId>,
    /// Why.
    pub reason: String,
}

/// The officers who have not been withdrawn. For officers of the hub.
#[utoipa::path(get, path = "/api/v1/officers",
    responses((status = 200, description = "all of them", body = Object), (status = 401, description = "problem"), (status = 403, description = "problem")))]
async fn officers(State(hub): State<Arc<Hub>>, officer: Officer) -> Result<Json<Value>, Problem> {
    officer.of_the_hub()?;
    let items = officer::list(&mut hub.db.read().await?).await?;
    Ok(Json(json!({ "items": items, "next": null })))
}

/// Make an officer. The token in the answer is shown once. For officers of the hub.
#[utoipa::path(post, path = "/api/v1/officers", request_body = Appointing,
    responses((status = 200, description = "the officer's token; hand it over in secret", body = Object), (status = 400, description = "problem"), (status = 401, description = "problem"), (status = 403, description = "problem")))]
async fn make_officer(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    officer.of_the_hub()?;
    let appointing: Appointing = read(&body)?;
    let mandate = Mandate::new(&officer, &appointing.reason, clock::now())?;
    let mut tx = hub.db.write().await?;
    let made = Officer { name: appointing.name, agency: appointing.agency };
    let token = officer::create(&mut tx, &made, &mandate).await?;
    tx.commit().await?;
    Ok(Json(json!({ "token": token })))
}

/// Withdraw an officer: the token is known no longer. For officers of the hub.
#[utoipa::path(post, path = "/api/v1/officers/{name}/withdraw", params(("name" = String, Path, description = "the officer")), request_body = Reason,
    responses((status = 200, description = "done", body = Object), (status = 400, description = "problem"), (status = 401, description = "problem"), (status = 403, description = "problem"), (status = 404, description = "problem")))]
async fn withdraw(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    officer.of_the_hub()?;
    let Reason { reason } = read(&body)?;
    let mandate = Mandate::new(&officer, &reason, clock::now())?;
    let mut tx = hub.db.write().await?;
    officer::withdraw(&mut tx, &name, &mandate).await?;
    tx.commit().await?;
    Ok(Json(json!({ "withdrawn": name })))
}

/// Whom to invite.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Inviting {
    /// The node, as the registry has it.
    #[schema(value_type = String)]
    pub node: NodeId,
    /// Why.
    pub reason: String,
}

/// Make an invitation for a node: a code it can join with, once, within a day, and what it must trust.
#[utoipa::path(post, path = "/api/v1/invitations", request_body = Inviting,
    responses((status = 200, description = "the invitation; hand it over in secret", body = Object), (status = 401, description = "problem"), (status = 404, description = "problem")))]
async fn invite(State(hub): State<Arc<Hub>>, officer: Officer, body: Bytes) -> Result<Json<Value>, Problem> {
    let inviting: Inviting = read(&body)?;
    let mandate = Mandate::new(&officer, &inviting.reason, clock::now())?;
    mandate.covers((Node::KIND, inviting.node.as_str()), &[inviting.node.member()])?;
    let mut tx = hub.db.write().await?;
    let code = node::invite(&mut tx, &inviting.node, &mandate).await?;
    let invitation = hub.invitation(inviting.node, code)?;
    tx.commit().await?;
    Ok(Json(json!(invitation)))
}

/// Join with an invitation: certificate requests in, certificates out.
#[utoipa::path(post, path = "/join", request_body = Object,
    responses((status = 200, description = "the certificates", body = Object), (status = 400, description = "problem"), (status = 403, description = "problem")))]
async fn join(State(hub): State<Arc<Hub>>, body: Bytes) -> Result<Json<Value>, Problem> {
    let joining: Joining = read(&body)?;
    let mut tx = hub.db.write().await?;
    let admission = node::admit(&mut tx, &joining, &hub.authority, clock::now()).await?;
    tx.commit().await?;
    // The node is admitted and its invitation used: it gets its certificates even if the directory that names it comes later.
    let published = hub.directory.publish(&hub.db, clock::now()).await;
    let _ = published.inspect_err(
        |fault| tracing::error!(fault = fault.code(), reason = %fault, "a node joined and the directory could not be signed"),
    );
    Ok(Json(json!(admission)))
}

/// Which directory a node has.
#[derive(Debug, Deserialize, IntoParams)]
struct Known {
    /// Its number.
    #[serde(default)]
    after: u64,
}

/// The number of the directory, as soon as it is another than the one known; or the known one after a while.
#[utoipa::path(get, path = "/directory/revision", params(Known), responses((status = 200, description = "a number", body = String)))]
async fn news(State(hub): State<Arc<Hub>>, Query(known): Query<Known>) -> String {
    let mut revision = hub.directory.revision();
    let waited = tokio::time::timeout(NEWS, revision.wait_for(|revision| *revision != known.after)).await;
    waited.ok().and_then(Result::ok).map_or(known.after, |revision| *revision).to_string()
}

/// A file of the signed directory (TUF): metadata or targets.
#[utoipa::path(get, path = "/directory/{folder}/{file}",
    params(("folder" = String, Path, description = "metadata or targets"), ("file" = String, Path, description = "its name")),
    responses((status = 200, description = "the file"), (status = 404, description = "there is no such file")))]
async fn file(State(hub): State<Arc<Hub>>, Path((folder, file)): Path<(String, String)>) -> Response {
    let path = hub.directory.publisher().file(&folder, &file);
    let bytes = match path {
        Some(path) => tokio::fs::read(path).await.ok(),
        None => None,
    };
    match bytes {
        Some(bytes) => ([(CONTENT_TYPE, "application/json")], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Whether the hub runs and its store answers.
#[utoipa::path(get, path = "/health", responses((status = 200, description = "it does", body = Object), (status = 503, description = "problem")))]
async fn health(State(hub): State<Arc<Hub>>) -> Result<Json<Value>, Problem> {
    hub.db.read().await?;
    Ok(Json(
        json!({ "healthy": true, "instance": hub.settings.instance, "revision": *hub.directory.revision().borrow() }),
    ))
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
async fn openapi(State(hub): State<Arc<Hub>>) -> Json<OpenApi> {
    Json(routes(hub).1)
}
