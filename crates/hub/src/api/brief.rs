//! How it stands, for those who lead, and the briefs that are made of it, over HTTP.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use model::fault::Fault;
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::clock;
use crate::hub::Hub;
use crate::pool::draw;
use crate::running::brief::book::book;
use crate::running::brief::page::{Language, paper};
use crate::running::brief::{self, Before, Brief, Line};
use crate::running::situation::{Change, Situation, changes, situation};
use crate::store::Tx;
use crate::web::command::{Command, Done, Outcome};
use crate::web::intake::Body;
use crate::web::{Asked, Named, Page, Problem, Reason, within};

/// Briefs on one page: two years of weeks.
const LINES_MAX: i64 = 104;

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(stands)).routes(routes!(list, make)).routes(routes!(show))
}

type LinePage = Page<Line>;
type DoneBrief = Done<Brief>;

/// How it stands, and what changed in a week.
#[derive(Debug, Serialize, ToSchema)]
struct Standing {
    /// How it stands.
    #[serde(flatten)]
    situation: Situation,
    /// The brief that it is compared with: the newest that is a week old, or else the oldest there is; none: there is none yet.
    before: Option<Before>,
    /// What changed since then.
    changes: Vec<Change>,
}

/// How the sharing of data stands: what is late and whose, what is declared and not used, what needs a decision, each figure with all that
/// it counts; and what changed since a brief of a week ago. For officers of the hub the whole country's, for others their agency's.
#[utoipa::path(get, path = "/api/v1/situation", operation_id = "get_situation",
    responses((status = 200, description = "how it stands", body = Standing)))]
async fn stands(State(hub): State<Arc<Hub>>, officer: Officer) -> Result<Json<Standing>, Problem> {
    let today = day_in_viet_nam(clock::now());
    let mut tx = hub.db.read().await?;
    let situation = situation(&mut tx, &officer, today).await?;
    let before = brief::of_last_week(&mut tx, &officer, today).await?;
    let changed = before.as_ref().map(|before| changes(&before.situation.figures, &situation.figures));
    let before = before.map(|before| Before { id: before.id, day: before.situation.day });
    Ok(Json(Standing { situation, before, changes: changed.unwrap_or_default() }))
}

/// Which briefs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Only those before this one: `next` of the page before.
    after: Option<String>,
    /// So many at most: 1 to 104, where 12 is the default.
    #[param(minimum = 1, maximum = 104)]
    limit: Option<i64>,
}

/// The briefs that were made, newest first, each with its figures: for officers of the hub those of the whole country, for others those of
/// their agency.
#[utoipa::path(get, path = "/api/v1/briefs", operation_id = "list_briefs", params(ListQuery),
    responses((status = 200, description = "a page", body = LinePage)))]
async fn list(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<ListQuery>,
) -> Result<Json<LinePage>, Problem> {
    let limit = within("limit", query.limit, 12, LINES_MAX)?;
    let items = brief::list(&mut hub.db.read().await?, &officer, query.after.as_deref(), limit).await?;
    let full = i64::try_from(items.len()).is_ok_and(|count| count == limit);
    let next = items.last().filter(|_| full).map(|last| last.id.clone());
    Ok(Json(Page::of(items, next)))
}

/// Have a brief made of how it stands now.
#[utoipa::path(post, path = "/api/v1/briefs", operation_id = "make_brief", request_body = Reason,
    responses((status = 200, description = "the brief", body = DoneBrief)))]
async fn make(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Body(body): Body,
) -> Result<Json<Done<Brief>>, Problem> {
    let settings = hub.settings.brief.clone();
    let work = async |tx: &mut Tx, context: &AuditContext| {
        Ok(Outcome::Done(brief::make(tx, &settings, context).await?))
    };
    command.run_for_reason(&hub, &body, work).await
}

/// In which form a brief is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = BriefForm)]
enum Form {
    /// All of it.
    #[default]
    Json,
    /// A page to print and to sign.
    Pdf,
    /// The same, to be worked on.
    Docx,
    /// Its figures and all that they count.
    Xlsx,
}

/// In which form, in which language.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ShowQuery {
    /// json, pdf, docx or xlsx.
    #[serde(default)]
    #[param(inline)]
    format: Form,
    /// Of papers: vi or en.
    #[serde(default)]
    #[param(inline)]
    lang: Language,
}

/// A brief as it was made: all of it, a page in the form of an administrative document as PDF or DOCX, or a workbook.
#[utoipa::path(get, path = "/api/v1/briefs/{id}", operation_id = "get_brief", params(("id" = String, Path, description = "BC-2026-000001"), ShowQuery),
    responses((status = 200, description = "the brief", content(
        (Brief = "application/json"), (String = "application/pdf"),
        (String = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
async fn show(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Named(id): Named<String>,
    Asked(ShowQuery { format, lang }): Asked<ShowQuery>,
) -> Result<Response, Problem> {
    let found = brief::show(&mut hub.db.read().await?, &officer, &id).await?;
    let failed = |error: paper::NotDrawn| Fault::Internal { why: error.to_string() };
    let (end, kind) = match format {
        Form::Json => return Ok(Json(found).into_response()),
        Form::Pdf => ("pdf", "application/pdf"),
        Form::Docx => ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        Form::Xlsx => ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    };
    let name = format!("attachment; filename=\"{}.{end}\"", found.id);
    let drawn = draw(&officer.name, move || match format {
        Form::Xlsx => book(&found, lang),
        Form::Docx => paper(&found, lang)?.docx().map_err(failed),
        _ => paper(&found, lang)?.pdf().map_err(failed),
    });
    let bytes = drawn.await?;
    Ok(([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, name)], bytes).into_response())
}
