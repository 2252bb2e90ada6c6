//! Reuse as it was counted, over HTTP: in from nodes, out to those who look.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use model::agency::Agency;
use model::fault::Fault;
use model::reuse_report::{REPORT_MAX_BYTES, ReuseTaken};
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::clock;
use crate::hub::Hub;
use crate::registry::Subject as _;
use crate::registry::check::not_there;
use crate::reuse::measured::drop::{self, Paper, Verdict};
use crate::reuse::measured::line::{self, Basis, Level, Line};
use crate::reuse::measured::owner::OfOwner;
use crate::reuse::measured::{Look, Wanted};
use crate::running::reuse_report as reports;
use crate::sheet::{Format, Sheet};
use crate::texts;
use crate::web::extract::Admitted;
use crate::web::intake::Body;
use crate::web::table::respond;
use crate::web::{Asked, Named, Page, Problem, behind, ordered, searched, within};

/// Lines of one page, and what is usual.
const LINES_MAX: i64 = 500;
const LINES: i64 = 100;

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(take))
        .routes(routes!(list))
        .routes(routes!(papers))
        .routes(routes!(of_owner))
}

type PaperPage = Page<Paper>;

/// A node's report of reuse in the cases of its office: totals by day, procedure, requirement and reason, signed with the node's key, over a
/// connection with the node's certificate. Of each thing the highest total counts, so a report may come twice, late, or in any order. What the
/// registry has no word for is not kept, so no name, number or text of anybody can be.
#[utoipa::path(post, path = "/reuse", operation_id = "report_reuse", request_body = Object,
    params(("lienthong-key" = String, Header, description = "the node's signing key, by name"),
        ("lienthong-signature" = String, Header, description = "Ed25519 over the words of the report's kind and the body, in hexadecimal")),
    responses((status = 200, description = "it is taken", body = ReuseTaken)))]
async fn take(
    State(hub): State<Arc<Hub>>,
    Admitted(node): Admitted,
    headers: HeaderMap,
    Body(body): Body<REPORT_MAX_BYTES>,
) -> Result<Json<ReuseTaken>, Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (key, signature, now) = (text("lienthong-key"), text("lienthong-signature"), clock::now());
    hub.paces.take(&node, now)?;
    // Who is no node does not get to the one that writes.
    let report = reports::verify(&mut hub.db.read().await?, &body, key, signature).await?;
    Ok(Json(reports::take(&hub.db, &report, now).await?))
}

/// Which figures.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ReuseQuery {
    /// nation, agency (the default), province, office, procedure, paper or reason.
    #[serde(default)]
    #[param(inline)]
    level: Level,
    /// Only what this agency and those below it have counted: for officers of the hub, and for its own.
    #[serde(default)]
    agency: String,
    /// Only of this procedure, by its code: for officers of the hub; for others together with their own agency.
    #[serde(default)]
    procedure: String,
    /// Only of this paper, by its code: for officers of the hub; for others together with their own agency.
    #[serde(default)]
    paper: String,
    /// The month: `2026-11`. Without it the present one; for what one does not see whole the last one that is over.
    #[serde(default)]
    #[param(pattern = r"^(\d{4}-\d{2}|)$")]
    month: String,
    /// Only what has these words.
    #[serde(default)]
    #[param(max_length = 1000)]
    q: String,
    /// In the order of this column, upwards; `-cases`: downwards. `id`, `name.vi`, `name.en`, `cases`, `applicable`, `reused`, `reuse`,
    /// `coverage`, `yielded`, `papers_asked`, `re_asks`, `re_ask_rate`. What is not told stands below everything that is.
    #[serde(default)]
    sort: String,
    /// Only what stands behind this: `next` of the page before.
    #[serde(default)]
    after: String,
    /// So many at most: 1 to 500; 100 is the default.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// json, csv or xlsx; a table holds all that the filters leave.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// Figures of reuse, and by what they are made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReusePage)]
struct Lines {
    /// Figures, in order.
    items: Vec<Line>,
    /// Behind which the next page begins, to be asked for as `after`; none: nothing is left.
    next: Option<String>,
    /// How many there are on all pages.
    total: Option<i64>,
    /// By what they are made.
    basis: Basis,
}

/// Real reuse in a month (rule RU-07): of the nation, agencies, provinces, offices, procedures, papers, and reasons for which papers were asked
/// for. Each share stands beside what it is a share of. What nobody has told is not measured, which is not nothing. Officers of the hub see all,
/// others what is their own agency's; of the rest they see whole months, without small numbers and what would give one away.
#[utoipa::path(get, path = "/api/v1/reuse", operation_id = "list_reuse", params(ReuseQuery),
    responses((status = 200, description = "a page", content(
        (Lines = "application/json"), (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
async fn list(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<ReuseQuery>,
) -> Result<Response, Problem> {
    let limit = usize::try_from(within("limit", query.limit, LINES, LINES_MAX)?).unwrap_or_default();
    let wanted = Wanted {
        level: query.level,
        agency: query.agency,
        procedure: query.procedure,
        paper: query.paper,
        text: searched(&query.q)?,
        order: ordered(&query.sort, &line::ORDERS)?,
    };
    let mut tx = hub.db.read().await?;
    let today = day_in_viet_nam(clock::now());
    let look = Look::load(&mut tx, &officer, (&query.month, &wanted), today).await?;
    let lines = look.lines(&mut tx, &wanted).await?;
    drop(tx);
    if query.format != Format::Json {
        let items: Vec<Value> = lines.iter().map(|line| json!(line)).collect();
        return Ok(respond(Sheet::of("Reuse", &line::COLUMNS, &items), query.format, &officer.name).await?);
    }
    let total = i64::try_from(lines.len()).ok();
    let (items, next) = behind(lines, &query.after, limit, |line| &line.id)?;
    Ok(Json(Lines { items, next, total, basis: look.basis }).into_response())
}

/// Which papers.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct PapersQuery {
    /// Only of this procedure, by its code.
    #[serde(default)]
    procedure: String,
    /// Only with this verdict: `droppable`, `not_yet`, `not_measured`, `not_published`.
    #[serde(default)]
    #[param(pattern = r"^(droppable|not_yet|not_measured|not_published|)$")]
    verdict: String,
    /// Only what has these words.
    #[serde(default)]
    #[param(max_length = 1000)]
    q: String,
    /// Only what stands behind this: `next` of the page before.
    #[serde(default)]
    after: String,
    /// So many at most: 1 to 500; 100 is the default.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// json, csv or xlsx; a table holds all that the filters leave.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// Papers of procedures, those that could be dropped today first: a ministry has published what takes their place, enough cases were decided in the
/// days that the reuse pack looks back, sources showed what they say nearly always, and hardly ever differed. With fewer cases it is not measured.
/// The counts behind it are told to officers of the hub.
#[utoipa::path(get, path = "/api/v1/reuse/papers", operation_id = "list_reuse_papers", params(PapersQuery),
    responses((status = 200, description = "a page", content(
        (PaperPage = "application/json"), (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
async fn papers(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<PapersQuery>,
) -> Result<Response, Problem> {
    let limit = usize::try_from(within("limit", query.limit, LINES, LINES_MAX)?).unwrap_or_default();
    if !query.verdict.is_empty() && !Verdict::ALL.iter().any(|verdict| verdict.word() == query.verdict) {
        return Err(Fault::BadParameters { why: texts::verdicts_there_are() }.into());
    }
    let text = searched(&query.q)?;
    let words: Vec<String> = model::text::search_key(&text).split_whitespace().map(str::to_owned).collect();
    let mut tx = hub.db.read().await?;
    let today = day_in_viet_nam(clock::now());
    let look = Look::load(&mut tx, &officer, ("", &Wanted::default()), today).await?;
    let mut papers = look.papers_to_drop(&mut tx, today).await?;
    drop(tx);
    papers.retain(|paper| {
        let names = [&paper.procedure_name, &paper.name].map(|name| format!("{} {}", name.vi, name.en));
        let key = model::text::search_key(&format!("{} {}", paper.id, names.join(" ")));
        (query.procedure.is_empty() || paper.procedure == query.procedure)
            && (query.verdict.is_empty() || paper.verdict.word() == query.verdict)
            && words.iter().all(|word| key.contains(word))
    });
    if query.format != Format::Json {
        let items: Vec<Value> = papers.iter().map(|paper| json!(paper)).collect();
        return Ok(respond(Sheet::of("Papers", &drop::COLUMNS, &items), query.format, &officer.name).await?);
    }
    let total = i64::try_from(papers.len()).ok();
    let (items, next) = behind(papers, &query.after, limit, |paper| &paper.id)?;
    Ok(Json(Page { items, next, total }).into_response())
}

/// Which month.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct OwnerQuery {
    /// The month: `2026-11`. Without it the present one; for officers of agencies the last one that is over.
    #[serde(default)]
    #[param(pattern = r"^(\d{4}-\d{2}|)$")]
    month: String,
}

/// What an agency could do for reuse: its databases of which it has published nothing, its data that procedures ask in vain or cannot ask at all, and
/// the papers that people were asked for since. How many those were is told to officers of the hub; to its own of months that are over, and without
/// small numbers of others and what would give one away.
#[utoipa::path(get, path = "/api/v1/reuse/owners/{id}", operation_id = "get_reuse_of_owner",
    params(("id" = String, Path, description = "the agency"), OwnerQuery),
    responses((status = 200, description = "what it has and has not published, and what came of it", body = OfOwner)))]
async fn of_owner(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Named(id): Named<String>,
    Asked(OwnerQuery { month }): Asked<OwnerQuery>,
) -> Result<Json<OfOwner>, Problem> {
    let mut tx = hub.db.read().await?;
    let owner = Agency::load(&mut tx, &id).await?.ok_or_else(|| not_there(Agency::KIND, &id))?.id;
    let today = day_in_viet_nam(clock::now());
    // Who brought these papers did so at offices of others: also the agency itself sees no month before it is over.
    let look = Look::load(&mut tx, &officer, (&month, &Wanted::default()), today).await?;
    Ok(Json(look.of_owner(&mut tx, &owner, today).await?))
}
