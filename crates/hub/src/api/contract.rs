//! Contracts over HTTP, as the standard has them: YAML in, YAML out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use model::fault::{Fault, Words};
use model::id::ServiceId;
use model::service::Service;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::catalogue::contract::{Binding, Change, Contract, differences, draft, folded};
use crate::hub::Hub;
use crate::kinds::{Document, apply};
use crate::pool::heavy;
use crate::registry::Subject as _;
use crate::registry::check::not_there;
use crate::registry::write::Effects;
use crate::store::{Tx, all, from_text};
use crate::web::command::{Changing, Done, Outcome};
use crate::web::intake::{Body, ONE_THING};
use crate::web::{Asked, Named, Problem};

/// The type of YAML (RFC 9512).
const YAML: &str = "application/yaml";

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(import))
        .routes(routes!(export))
        .routes(routes!(compare))
        .routes(routes!(drafted))
}

type DoneEffects = Done<Effects>;

/// What a contract is about, and why it comes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// The service.
    service: ServiceId,
    /// Why.
    #[param(min_length = 1, max_length = 2000, pattern = r"\S")]
    reason: String,
    /// Only check it and tell what would change.
    #[serde(default)]
    dry_run: bool,
}

/// Take a contract as the standard has it (YAML or JSON). A mistake is told with its place.
#[utoipa::path(post, path = "/api/v1/contracts", operation_id = "import_contract", params(ImportQuery),
    request_body(content = String, content_type = "application/yaml"),
    responses((status = 200, description = "what changed", body = DoneEffects)))]
async fn import(
    State(hub): State<Arc<Hub>>,
    Changing(command): Changing,
    Asked(query): Asked<ImportQuery>,
    Body(body): Body<ONE_THING>,
) -> Result<Json<DoneEffects>, Problem> {
    let service = query.service;
    let (command, contract) =
        heavy(move || Ok((command.with(&body), Contract::of(service, read_yaml(&body)?)?))).await?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let document = Document::Contract(Box::new(contract));
        let effects = apply::apply(tx, &[document], context).await?;
        let dry_run = query.dry_run;
        Ok(Outcome::unless(dry_run, Effects { effects, dry_run }))
    };
    command.run(&hub, &query.reason, work).await
}

/// Reads one YAML document. The parser's own limits keep aliases from growing without end.
fn read_yaml(body: &[u8]) -> Result<Value, Fault> {
    let text = std::str::from_utf8(body)
        .map_err(|error| Fault::BadDocument { place: Words::quoted("body"), why: Words::quoted(error) })?;
    serde_saphyr::from_str(text).map_err(|error| {
        // The first line says where and what; the others show it.
        let why = Words::quoted(error.to_string().lines().next().unwrap_or_default());
        Fault::BadDocument { place: Words::quoted("YAML"), why }
    })
}

async fn found(tx: &mut Tx, id: &str) -> Result<Contract, Fault> {
    Contract::load(tx, id).await?.ok_or_else(|| not_there(Contract::KIND, id))
}

/// A contract as the standard has it.
#[utoipa::path(get, path = "/api/v1/contracts/{id}", operation_id = "export_contract", params(("id" = String, Path, description = "id and version: dan-cu-nguoi@1.0.0")),
    responses((status = 200, description = "YAML of the Open Data Contract Standard", body = Object, content_type = "application/yaml")))]
async fn export(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Named(id): Named<String>,
) -> Result<Response, Problem> {
    let contract = found(&mut hub.db.read().await?, &id).await?;
    let text = serde_saphyr::to_string(&contract.odcs)
        .map_err(|error| Fault::Internal { why: error.to_string() })?;
    Ok(([(CONTENT_TYPE, YAML)], text).into_response())
}

/// What to compare with.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CompareQuery {
    /// The newer version.
    with: String,
}

/// What changed from one version to another.
#[derive(Debug, Serialize, ToSchema)]
struct Differences {
    /// The older version.
    from: String,
    /// The newer one.
    to: String,
    /// Whether something breaks users of the older.
    breaking: bool,
    /// In the order of the older version, what is new at the end.
    items: Vec<Change>,
}

/// What changed from one version to another, and what of it breaks users of the older.
#[utoipa::path(get, path = "/api/v1/contracts/{id}/differences", operation_id = "compare_contracts",
    params(("id" = String, Path, description = "the older version"), CompareQuery),
    responses((status = 200, description = "changes", body = Differences)))]
async fn compare(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Named(id): Named<String>,
    Asked(query): Asked<CompareQuery>,
) -> Result<Json<Differences>, Problem> {
    let mut tx = hub.db.read().await?;
    let (before, after) = (found(&mut tx, &id).await?, found(&mut tx, &query.with).await?);
    let items = differences(&before.shape(), &after.shape());
    let breaking = items.iter().any(|change| change.breaking);
    Ok(Json(Differences { from: before.id, to: after.id, breaking, items }))
}

/// A contract drawn up from what the registry knows of a service, with a term proposed where exactly one goes by the field's name.
/// For people to complete.
#[utoipa::path(get, path = "/api/v1/services/{id}/contract-draft", operation_id = "draft_contract",
    params(("id" = String, Path, description = "the service, percent-encoded")),
    responses((status = 200, description = "YAML of the Open Data Contract Standard", body = Object, content_type = "application/yaml")))]
async fn drafted(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Named(id): Named<String>,
) -> Result<Response, Problem> {
    let mut tx = hub.db.read().await?;
    let service = Service::load(&mut tx, &id).await?.ok_or_else(|| not_there(Service::KIND, &id))?;
    let names = term_names(&mut tx).await?;
    let only_one = |name: &str| {
        let folded = folded(name);
        let mut fits = names.iter().filter(|(known, _)| *known == folded);
        fits.next().filter(|_| fits.next().is_none()).map(|(_, binding)| binding.clone())
    };
    let text = serde_saphyr::to_string(&draft(&service, only_one))
        .map_err(|error| Fault::Internal { why: error.to_string() })?;
    Ok(([(CONTENT_TYPE, YAML)], text).into_response())
}

/// Names that terms go by, folded, with the newest approved version of each.
async fn term_names(tx: &mut Tx) -> Result<Vec<(String, Binding)>, Fault> {
    let rows: Vec<(String, String, String)> =
        all!(tx, "SELECT name, term, version FROM term_name ORDER BY name, term")?;
    rows.into_iter()
        .map(|(name, term, version)| Ok((name, Binding { term, version: from_text(&version)? })))
        .collect()
}
