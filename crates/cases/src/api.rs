//! The API of a node with cases: what an office's one-stop system, its officers and citizens do with cases.

mod case;
mod problem;
mod procedure;

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, FromRequestParts, Request};
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use model::fault::{Fault, Words};
use model::id::SystemId;
use serde::de::DeserializeOwned;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::texts;
use crate::work::Cases;

pub(crate) use problem::Needed;
pub use problem::Problem;

/// Largest body of anything but a paper.
pub(crate) const SHORT_BODY: usize = 64 * 1024;

/// How a system proves itself at this node.
pub type Prover = dyn Fn(&Parts) -> Result<SystemId, Fault> + Send + Sync;

/// Among a request's extensions: persons sign in here, by doors that are described so.
#[derive(Clone)]
pub(crate) struct Doors(pub(crate) Arc<OpenApi>);

/// What routes share.
#[derive(Clone)]
pub struct State {
    pub(crate) cases: Arc<Cases>,
    prover: Arc<Prover>,
}

impl State {
    pub(crate) fn new(cases: Arc<Cases>, prover: Arc<Prover>) -> Self {
        Self { cases, prover }
    }

    /// The system that asks.
    ///
    /// # Errors
    /// [`Fault::NobodyKnown`], [`Fault::NotProven`].
    pub(crate) fn prove(&self, parts: &Parts) -> Result<SystemId, Fault> {
        let system = (self.prover)(parts)?;
        // Cases here are those of one system; another of the agency's has none.
        if system == self.cases.client {
            Ok(system)
        } else {
            Err(Fault::NotInCase { what: texts::may_open_here() })
        }
    }
}

impl FromRequestParts<State> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        state.prove(parts).map(Self::System).map_err(Problem::from)
    }
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Liên Thông: cases at a node",
        version = "1",
        description = "Cases that ask the State first. The one-stop system sends X-Road-Client and Lienthong-Token; officers and citizens sign in. Errors are problem details (RFC 9457) with a stable code."
    ),
    components(schemas(problem::Details))
)]
struct Described;

/// All routes, and their description. Whatever signs officers and citizens in is put around them, and puts a [`crate::Caller`] among a
/// request's extensions.
pub fn routes(state: State) -> (axum::Router, OpenApi) {
    let (router, description) = OpenApiRouter::with_openapi(Described::openapi())
        .merge(case::routes())
        .merge(procedure::routes())
        .routes(routes!(openapi))
        .split_for_parts();
    let router = router.fallback(nowhere).method_not_allowed_fallback(not_so).with_state(state);
    (router, description)
}

async fn nowhere() -> Problem {
    Problem(Fault::NoCase {})
}

async fn not_so(request: Request) -> Problem {
    Problem(Fault::NoSuchMethod { method: request.method().as_str().chars().take(20).collect() })
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", operation_id = "describe_cases", security(()),
    responses((status = 200, description = "OpenAPI 3.1")))]
async fn openapi(doors: Option<Extension<Doors>>) -> Response {
    let (_, mut description) = OpenApiRouter::<State>::with_openapi(Described::openapi())
        .merge(case::routes())
        .merge(procedure::routes())
        .split_for_parts();
    if let Some(Extension(Doors(doors))) = doors {
        description.merge(OpenApi::clone(&doors));
    }
    let text = description.to_json().unwrap_or_default();
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

/// The body of a request, of `max` bytes at most. Who sends it is known by then.
pub(crate) async fn body(request: Request, max: usize) -> Result<Bytes, Problem> {
    let said = request
        .headers()
        .get(http::header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let too_large = || Problem(Fault::BodyTooLarge { limit_bytes: max as u64 });
    if said.is_some_and(|said| said > max as u64) {
        return Err(too_large());
    }
    axum::body::to_bytes(request.into_body(), max).await.map_err(|_| too_large())
}

/// Reads JSON that was handed in.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        Problem(Fault::BadDocument { place: Words::quoted("JSON"), why: Words::quoted(error) })
    })
}

/// JSON that was handed in.
pub(crate) async fn document<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    read(&body(request, SHORT_BODY).await?)
}

/// What is answered to whatever changes a case.
pub(crate) type Answered<T> = Result<Json<T>, Problem>;
