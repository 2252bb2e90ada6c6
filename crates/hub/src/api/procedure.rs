//! Procedures over HTTP, beside what they have in common with all documents: how they stand, whether a case can be carried by one, the
//! workbook, and which ministry has published what.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use model::procedure::Procedure;
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::clock;
use crate::hub::Hub;
use crate::kinds::{Document, apply};
use crate::pool::{draw, heavy};
use crate::registry::check::not_there;
use crate::registry::write::{Effect, Outcome as Change};
use crate::registry::{Listing, Subject as _, count, every};
use crate::reuse::check::{Told, findings};
use crate::reuse::sheet;
use crate::reuse::standing::{self, Line, OfOwner, Standing};
use crate::store::Tx;
use crate::web::command::{Changing, Done, Outcome};
use crate::web::intake::{Body, MANY_THINGS};
use crate::web::{Asked, Named, Page, Problem, ordered, read, searched, within};

/// Most procedures in one answer: each is held against what is offered.
const LIMIT_MAX: i64 = 100;

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(check))
        .routes(routes!(export, import))
        .routes(routes!(published))
}

type LinePage = Page<Line>;
type PublishedPage = Page<OfOwner>;
type DoneImported = Done<Imported>;

/// Which procedures.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ProcedureQuery {
    /// Only what stands behind this name.
    #[serde(default)]
    after: String,
    /// So many at most: 1 to 100, where 50 is the default.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// Only those of this ministry.
    owner: Option<String>,
    /// Only the versions of this code.
    code: Option<String>,
    /// Only those that ask this service.
    service: Option<String>,
    /// Only what has words that begin so: in its own texts, in those of what it names, or in its name.
    #[serde(default)]
    #[param(max_length = 1000)]
    q: String,
    /// The column that it is ordered by, with `-` before it downwards: id, owner.
    #[serde(default)]
    sort: String,
    /// Whether to count all that the filters leave.
    #[serde(default)]
    total: bool,
}

/// Procedures in order of their codes, each with how many of its papers data can take the place of today.
#[utoipa::path(get, path = "/api/v1/procedures", operation_id = "observe_procedures", params(ProcedureQuery),
    responses((status = 200, description = "a page", body = LinePage)))]
async fn list(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<ProcedureQuery>,
) -> Result<Json<LinePage>, Problem> {
    let limit = within("limit", query.limit, 50, LIMIT_MAX)?;
    let filters = [("owner", query.owner), ("code", query.code), ("service", query.service)];
    let filters = filters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let order = ordered(&query.sort, &["id", "owner"])?;
    let listing = Listing { after: query.after, limit, filters, text: searched(&query.q)?, order };
    let mut tx = hub.db.read().await?;
    let found = Procedure::page(&mut tx, &listing).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == limit);
    let next = found.last().filter(|_| full).map(|last| last.id.clone());
    let items = standing::lines(&mut tx, found, day_in_viet_nam(clock::now())).await?;
    let total = if query.total { Some(count::<Procedure>(&mut tx, &listing).await?) } else { None };
    Ok(Json(Page { total, ..Page::of(items, next) }))
}

/// A procedure: what must be shown, which data show it, by which scopes, on which days, and which paper they take the place of.
#[utoipa::path(get, path = "/api/v1/procedures/{id}", operation_id = "observe_procedure", params(("id" = String, Path, description = "the procedure with its version")),
    responses((status = 200, description = "entry and how it stands", body = Standing)))]
async fn one(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Named(id): Named<String>,
) -> Result<Json<Standing>, Problem> {
    let mut tx = hub.db.read().await?;
    let entry = Procedure::load(&mut tx, &id).await?.ok_or_else(|| not_there(Procedure::KIND, &id))?;
    Ok(Json(standing::of(&mut tx, entry, day_in_viet_nam(clock::now())).await?))
}

/// What is checked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Checking {
    /// The procedure as it would be; absent: as the registry has it.
    #[serde(default)]
    members: Option<Procedure>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProcedureChecked)]
struct Checked {
    /// Whether a case can be carried by it.
    sound: bool,
    /// What stands in the way, the first thing first, and what should be looked at.
    findings: Vec<Told>,
}

/// Whether a case can be carried by a procedure, as it is or as it would be. Nothing is written.
#[utoipa::path(post, path = "/api/v1/procedures/{id}/check", operation_id = "check_procedure", params(("id" = String, Path, description = "the procedure with its version")),
    request_body = Checking, responses((status = 200, description = "what was found", body = Checked)))]
async fn check(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<Checked>, Problem> {
    let Checking { members } = read(&body)?;
    let mut tx = hub.db.read().await?;
    let procedure = match members {
        Some(members) => members,
        None => Procedure::load(&mut tx, &id).await?.ok_or_else(|| not_there(Procedure::KIND, &id))?,
    };
    let found = findings(&mut tx, &procedure).await?;
    let sound = found.iter().all(|finding| finding.warning);
    Ok(Json(Checked { sound, findings: found.into_iter().map(Told::from).collect() }))
}

/// All procedures as a workbook: one row a procedure, a requirement, an alternative, an ask, a line of the form.
#[utoipa::path(get, path = "/api/v1/procedure-book", operation_id = "export_procedures",
    responses((status = 200, description = "a workbook that can be read in again", content(
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
async fn export(State(hub): State<Arc<Hub>>, officer: Officer) -> Result<Response, Problem> {
    let all = every::<Procedure>(&mut hub.db.read().await?, &[]).await?;
    let bytes = draw(&officer.name, move || sheet::write(&all)).await?;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, "attachment; filename=\"thu-tuc.xlsx\"")], bytes)
        .into_response())
}

/// Why, and whether only to tell.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// Why.
    #[param(min_length = 1, max_length = 2000, pattern = r"\S")]
    reason: String,
    /// Only tell what would change.
    #[serde(default)]
    dry_run: bool,
}

/// What was read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProceduresRead)]
struct Imported {
    /// What changed of each procedure that did.
    effects: Vec<Effect>,
    /// How many procedures were read.
    read: usize,
    /// Whether it was only asked what would change.
    dry_run: bool,
}

/// Read a workbook of procedures: new ones are added, others take the place of those of the same version. All or nothing; a mistake is told
/// by sheet and cell.
#[utoipa::path(post, path = "/api/v1/procedure-book", operation_id = "import_procedures", params(ImportQuery),
    request_body(content((String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    responses((status = 200, description = "what changed", body = DoneImported)))]
async fn import(
    State(hub): State<Arc<Hub>>,
    Changing(command): Changing,
    Asked(query): Asked<ImportQuery>,
    Body(body): Body<MANY_THINGS>,
) -> Result<Json<DoneImported>, Problem> {
    let (command, (procedures, lines)) = heavy(move || {
        let read = sheet::read(&body)?;
        Ok((command.with(&body), read))
    })
    .await?;
    let documents: Vec<Document> =
        procedures.into_iter().map(|procedure| Document::Procedure(Box::new(procedure))).collect();
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let effects = apply::apply(tx, &documents, context).await.map_err(|fault| lines.told(fault))?;
        let effects = effects.into_iter().filter(|effect| effect.outcome != Change::Unchanged).collect();
        let (read, dry_run) = (documents.len(), query.dry_run);
        Ok(Outcome::unless(dry_run, Imported { effects, read, dry_run }))
    };
    command.run(&hub, &query.reason, work).await
}

/// Which ministry has published which data for reuse, and what procedures need of it that it has not.
#[utoipa::path(get, path = "/api/v1/publications", operation_id = "observe_publications",
    responses((status = 200, description = "each ministry that has published something or should", body = PublishedPage)))]
async fn published(State(hub): State<Arc<Hub>>, _: Officer) -> Result<Json<PublishedPage>, Problem> {
    let mut tx = hub.db.read().await?;
    Ok(Json(Page::all(standing::publications(&mut tx, day_in_viet_nam(clock::now())).await?)))
}
