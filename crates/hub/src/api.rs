//! The hub's HTTP API: what all of its routes share. Each subject has its routes in a room of its own. Rights stand on the route or
//! are asked where the data is; [`OPEN`] names the routes that need no officer.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, RETRY_AFTER, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use model::ending::Tense;
use model::fault::Fault;
use model::id::NodeId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoParams, OpenApi as _, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Hub;
use crate::account::session::{self, Use, Visitor};
use crate::ahead::Standing;
use crate::clock;
use crate::deed::{Acting, begin};
use crate::intake::{self, Body, Sender};
use crate::node::{self, Joining, Reader};
use crate::officer::Officer;
use crate::web::From as Origin;
use crate::{account, ahead, directory, registry};

/// How long a question for news is held: nodes ask anew after that.
const NEWS: Duration = Duration::from_secs(25);
/// The cookie of a session. The prefix makes browsers keep it to this host, over TLS only.
pub(crate) const SESSION_COOKIE: &str = "__Host-lienthong";
/// The cookie of a browser that somebody has signed in from.
pub(crate) const DEVICE_COOKIE: &str = "__Host-lienthong-device";
/// What a browser's changes carry beside the cookie, so that no other site can make them.
const GUARD: &str = "lienthong-guard";

/// Operations that need no officer, with the reason. The test of rights reads this.
pub const OPEN: [(&str, &str, &str); 9] = [
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

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Liên Thông: hub",
        version = "1",
        description = "Registry, grants and directory of the exchange. Sign in with an account at /api/v1/session, or send a program's token: Authorization: Bearer. Errors are problem details (RFC 9457) with a stable code; `lienthong explain CODE` tells more."
    ),
    components(schemas(ProblemDetails)),
    modifiers(&Security)
)]
struct Described;

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, api: &mut OpenApi) {
        use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
        if let Some(components) = &mut api.components {
            let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
            components.add_security_scheme("token", SecurityScheme::Http(bearer));
        }
        api.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    }
}

/// All routes, and their description.
pub(crate) fn routes(hub: Arc<Hub>) -> (axum::Router, OpenApi) {
    let (router, mut description) = OpenApiRouter::with_openapi(Described::openapi())
        .merge(registry::api::routes())
        .merge(account::api::routes())
        .merge(crate::grant::api::routes())
        .merge(crate::holding::routes())
        .merge(ahead::routes())
        .merge(crate::change::api::routes())
        .merge(crate::codelist::api::routes())
        .merge(crate::contract::api::routes())
        .merge(crate::draft::api::routes())
        .merge(crate::term::api::routes())
        .merge(crate::usage::api::routes())
        .merge(crate::database::api::routes())
        .merge(crate::duty::api::routes())
        .merge(crate::event::api::routes())
        .merge(crate::catalogue::api::routes())
        .merge(crate::overlap::api::routes())
        .merge(crate::node::api::routes())
        .merge(crate::overview::api::routes())
        .merge(crate::practice::api::routes())
        .merge(crate::request::api::routes())
        .merge(crate::search::api::routes())
        .merge(crate::suspension::api::routes())
        .routes(routes!(invite))
        .routes(routes!(join))
        .routes(routes!(news))
        .routes(routes!(file))
        .routes(routes!(health))
        .routes(routes!(openapi))
        .split_for_parts();
    add_problems(&mut description);
    let router = router.fallback(nowhere).method_not_allowed_fallback(not_so).with_state(hub);
    (router, description)
}

/// Every operation may answer with a problem; each is described once, here.
fn add_problems(description: &mut OpenApi) {
    let problem = || {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemDetails"))).build();
        ResponseBuilder::new().description("problem").content("application/problem+json", content).build()
    };
    for item in description.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            for status in ["400", "401", "403", "404", "409", "412", "413", "428", "429", "503"] {
                operation.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem()));
            }
        }
    }
}

/// What went wrong (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemDetails {
    /// `urn:lienthong:fault:LT-7104`
    #[serde(rename = "type")]
    kind: String,
    /// The code, which never changes its meaning.
    title: String,
    /// The status.
    status: u16,
    /// What happened and what to do, in English.
    detail: String,
    /// In Vietnamese.
    detail_vi: String,
    /// Of a conflict: how it stands in the registry now.
    #[serde(skip_serializing_if = "Option::is_none")]
    theirs: Option<Value>,
    /// Of a conflict: what was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    yours: Option<Value>,
}

/// A fault as problem details.
pub struct Problem(pub(crate) Fault);

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

fn status(fault: &Fault) -> StatusCode {
    match fault {
        Fault::NotSignedIn {} | Fault::BadCredentials {} | Fault::CodeNeeded {} => StatusCode::UNAUTHORIZED,
        Fault::BadInvitation {}
        | Fault::NotRenewed { .. }
        | Fault::NotTheirs { .. }
        | Fault::NoRight { .. }
        | Fault::AccountDisabled { .. }
        | Fault::PasswordTooOld { .. }
        | Fault::BadReport { .. }
        | Fault::SignInRefused { .. }
        | Fault::NotGuarded {} => StatusCode::FORBIDDEN,
        Fault::NotInRegistry { .. } => StatusCode::NOT_FOUND,
        Fault::NoSuchMethod { .. } => StatusCode::METHOD_NOT_ALLOWED,
        Fault::DoneBefore {} => StatusCode::CONFLICT,
        Fault::ChangedMeanwhile { .. } => StatusCode::PRECONDITION_FAILED,
        Fault::StateNotNamed {} => StatusCode::PRECONDITION_REQUIRED,
        Fault::TooManyTries { .. } | Fault::TooManyListeners {} => StatusCode::TOO_MANY_REQUESTS,
        Fault::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Fault::BadDocument { .. }
        | Fault::BadParameters { .. }
        | Fault::Dangling { .. }
        | Fault::Contradictory { .. }
        | Fault::PasswordRefused { .. }
        | Fault::NoReason {} => StatusCode::BAD_REQUEST,
        Fault::StoreFailed { .. }
        | Fault::CommitUnknown {}
        | Fault::NotPublished { .. }
        | Fault::StoreBehind { .. }
        | Fault::HubBusy {} => StatusCode::SERVICE_UNAVAILABLE,
        Fault::ProviderFailed { .. } | Fault::PracticeFailed { .. } => StatusCode::BAD_GATEWAY,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let fault = self.0;
        let status = status(&fault);
        if status.is_server_error() {
            tracing::error!(fault = fault.code(), reason = %fault, "the hub failed");
        }
        let (theirs, yours) = match &fault {
            Fault::ChangedMeanwhile { theirs, yours, .. } => {
                (serde_json::from_str(theirs).ok(), serde_json::from_str(yours).ok())
            }
            _ => (None, None),
        };
        let details = ProblemDetails {
            kind: format!("urn:lienthong:fault:{}", fault.code()),
            title: fault.code().to_owned(),
            status: status.as_u16(),
            detail: fault.en(),
            detail_vi: fault.vi(),
            theirs,
            yours,
        };
        let mut response = (status, json!(details).to_string()).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let again = match fault {
            Fault::TooManyTries { seconds } => Some(seconds.max(1)),
            Fault::HubBusy {} => Some(intake::COME_AGAIN),
            _ => None,
        };
        if let Some(seconds) = again.and_then(|seconds| HeaderValue::from_str(&seconds.to_string()).ok()) {
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        response
    }
}

impl FromRequestParts<Arc<Hub>> for Officer {
    type Rejection = Problem;

    /// A token in `Authorization`, or a session's cookie; with a cookie, whatever changes something carries the session's guard.
    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        let visitor = visitor(parts);
        let (rules, now) = (&hub.settings.accounts, clock::now());
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        if let Some(token) = header.and_then(bearer) {
            let found = session::recognise(&hub.db, rules, token.trim(), Use::Token, &visitor, now).await?;
            return Ok(known(parts, found.officer));
        }
        let secret = cookie(&parts.headers, SESSION_COOKIE).ok_or(Fault::NotSignedIn {})?;
        let found = session::recognise(&hub.db, rules, &secret, Use::Session, &visitor, now).await?;
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            let shown = parts.headers.get(GUARD).and_then(|value| value.to_str().ok());
            if shown.is_none() || shown != found.guard.as_deref() {
                return Err(Fault::NotGuarded {}.into());
            }
        }
        Ok(known(parts, found.officer))
    }
}

/// The token of `Authorization: Bearer`; the scheme's name in any case (RFC 9110, section 11.1).
pub(crate) fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// From here on the request is an officer's, and so is its connection.
fn known(parts: &mut Parts, officer: Officer) -> Officer {
    if let Some(from) = parts.extensions.get::<Origin>() {
        from.prove(&officer.name);
    }
    parts
        .extensions
        .insert(Sender::new(&officer.name, officer.agency.as_ref().map(|agency| agency.as_str())));
    officer
}

/// Who knocks, before anybody is recognised.
pub(crate) fn visitor(parts: &Parts) -> Visitor {
    let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    Visitor {
        address: parts.extensions.get::<Origin>().map(Origin::address),
        agent: agent.map(|agent| agent.chars().take(200).collect()),
    }
}

impl FromRequestParts<Arc<Hub>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Hub>) -> Result<Self, Problem> {
        Ok(visitor(parts))
    }
}

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(';')).find_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found == name).then(|| value.to_owned())
    })
}

/// The value of the first cookie whose name begins so.
pub(crate) fn any_cookie(headers: &HeaderMap, prefix: &str) -> Option<String> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| name.starts_with(prefix)).map(|(_, value)| value.to_owned())
}

/// What a body that can't be read is told. Read by hand, so that a wrong body gets our error and not the framework's.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body)
        .map_err(|error| Fault::BadDocument { place: "body".into(), why: error.to_string() })
}

/// What is asked in the address, with our error where it can't be read.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Hub>> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        let asked = Query::<T>::from_request_parts(parts, hub).await;
        let asked = asked.map_err(|error| Fault::BadParameters { why: error.body_text() })?;
        Ok(Self(asked.0))
    }
}

/// The names in the path.
pub(crate) struct Named<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Hub>> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        let named = Path::<T>::from_request_parts(parts, hub).await;
        let named = named.map_err(|error| Fault::BadParameters { why: error.body_text() })?;
        Ok(Self(named.0))
    }
}

async fn nowhere(request: axum::extract::Request) -> Problem {
    let path = request.uri().path().chars().take(200).collect();
    Problem(Fault::NotInRegistry { subject: path })
}

async fn not_so(request: axum::extract::Request) -> Problem {
    Problem(Fault::NoSuchMethod { method: request.method().as_str().chars().take(20).collect() })
}

/// An answer with one more member.
pub(crate) fn with(mut answer: Value, name: &str, value: impl Serialize) -> Value {
    if let Value::Object(members) = &mut answer {
        members.insert(name.to_owned(), json!(value));
    }
    answer
}

/// Why something is done.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Why.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// Whom to invite.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Inviting {
    /// The node, as the registry has it.
    #[schema(value_type = String, pattern = r"^[^/]+(/[^/]+){3}$")]
    pub node: NodeId,
    /// Why.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// Make an invitation for a node: a code it can join with, once, within a day, and what it must trust.
#[utoipa::path(post, path = "/api/v1/invitations", request_body = Inviting,
    responses((status = 200, description = "the invitation; hand it over in secret", body = Object)))]
async fn invite(
    State(hub): State<Arc<Hub>>,
    acting: Acting,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let inviting: Inviting = read(&body)?;
    let mut deed = begin!(hub, acting, &inviting.reason);
    let code = node::invite(&mut deed.tx, &inviting.node, &deed.mandate).await?;
    let invitation = hub.invitation(inviting.node, code)?;
    deed.finish_in_secret(json!(invitation)).await
}

/// Join with an invitation: certificate requests in, certificates out.
#[utoipa::path(post, path = "/join", request_body = Joining, security(()),
    responses((status = 200, description = "the certificates", body = Object)))]
async fn join(State(hub): State<Arc<Hub>>, Body(body): Body) -> Result<Json<Value>, Problem> {
    let joining: Joining = read(&body)?;
    // Who has no invitation does not get to the one that writes.
    node::check_invitation(&mut hub.db.read().await?, &joining, clock::now()).await?;
    let mut tx = hub.db.write().await?;
    // It may have been used since: what an older store says of invitations is not believed before somebody has decided.
    if let Some(behind) = ahead::behind(&mut tx).await? {
        return Err(behind.fault().into());
    }
    let admission = node::admit(&mut tx, &joining, &hub.authority, clock::now()).await?;
    tx.commit().await?;
    // The node is admitted and its invitation used: it gets its certificates even if the directory that names it comes later.
    let published = hub.directory.publish(&hub.db, clock::now(), false).await;
    let _ = published.inspect_err(
        |fault| tracing::error!(fault = fault.code(), reason = %fault, "a node joined and the directory could not be signed"),
    );
    Ok(Json(json!(admission)))
}

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
#[utoipa::path(get, path = "/directory/revision", params(Known),
    responses((status = 200, description = "a number", body = String, content_type = "text/plain")))]
async fn news(
    State(hub): State<Arc<Hub>>,
    reader: Reader,
    Asked(known): Asked<Known>,
) -> Result<String, Problem> {
    let Known { after, signed } = known;
    let known = u64::try_from(after).map_err(|_| Fault::BadParameters { why: "after: 0..".into() })?;
    let mut revision = hub.directory.revision();
    let Some(node) = reader.node else {
        let _ = tokio::time::timeout(NEWS, revision.wait_for(|revision| *revision != known)).await;
        return Ok(revision.borrow().to_string());
    };
    hub.holders.note(node.clone(), known, clock::now());
    let standing = ahead::standing(&mut hub.db.read().await?, &node, known, signed.as_deref()).await?;
    let before = *revision.borrow_and_update();
    // What it holds is unknown here: it is told so by a number below its own.
    let unknown = if before < known { before } else { 0 };
    let newest = match standing {
        Standing::Claims => unknown,
        Standing::Proven => {
            let _ = tokio::time::timeout(NEWS, revision.changed()).await;
            let newest = *revision.borrow();
            if newest == before { unknown } else { newest }
        }
        Standing::Known => {
            hub.holders.hear(node);
            // Another hub on the store may have published what this one has not heard of yet.
            let _ = tokio::time::timeout(NEWS, revision.wait_for(|revision| *revision > known)).await;
            known.max(*revision.borrow())
        }
    };
    Ok(newest.to_string())
}

/// A file of the signed directory (TUF): metadata or targets. For nodes, with their certificate, and for whoever is signed in.
#[utoipa::path(get, path = "/directory/{folder}/{file}",
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

/// Whether the hub runs, its store can be read and written, nodes can be told what the registry says, and what of the hub's ends soon; and whether one may sign in through an identity
/// provider. What is left out of the directory is named at `/api/v1/directory/holding`, to whoever is signed in.
#[utoipa::path(get, path = "/health", security(()), responses((status = 200, description = "it does", body = Object)))]
async fn health(State(hub): State<Arc<Hub>>) -> Result<Json<Value>, Problem> {
    hub.db.check().await?;
    let mut tx = hub.db.read().await?;
    let left_out = directory::left_out(&mut tx).await?.len();
    let behind = ahead::behind(&mut tx).await?;
    let lags = hub.directory.lags();
    let endings = hub.endings(clock::now()).await?;
    let ended = endings.iter().any(|ending| ending.tense == Tense::Ended);
    Ok(Json(json!({
        "healthy": left_out == 0 && !lags && !ended && behind.is_none(),
        "instance": hub.settings.instance,
        "revision": *hub.directory.revision().borrow(),
        "directory": { "lags": lags, "left_out": left_out, "behind": behind },
        "certificates": endings,
        "provider": hub.provider.is_some(),
    })))
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", security(()), responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
async fn openapi(State(hub): State<Arc<Hub>>) -> Response {
    // It is the same for all hubs, and long: made once.
    static TEXT: OnceLock<Bytes> = OnceLock::new();
    let text = TEXT.get_or_init(|| json!(routes(hub).1).to_string().into()).clone();
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}
