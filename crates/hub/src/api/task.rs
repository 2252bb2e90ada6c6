//! Tasks over HTTP: the list of which all views are made, one with its history, and what people do with it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use jiff::civil::Date;
use model::fault::{Fault, Words};
use model::time::day_in_viet_nam;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::audit::veil::{self, Veiled};
use crate::clock;
use crate::directive::acting::{self, Deed, Extending, FILE_MAX, Finding, Outcome as Found, Saying};
use crate::directive::condition::{Verdict, Way};
use crate::directive::doing::Doing;
use crate::directive::list::{self, Line};
use crate::directive::part::{self, Making};
use crate::directive::show::{Shown, show};
use crate::directive::state::State as Stands;
use crate::gauge::step::{self, Measured};
use crate::hub::Hub;
use crate::members::read;
use crate::sheet::{Format, ROWS_MAX, Sheet};
use crate::store::Tx;
use crate::web::command::{Command, Done, Outcome, Tending};
use crate::web::intake::Body;
use crate::web::table::respond;
use crate::web::{Asked, Named, Page, Problem, Reason, ordered, searched, within};

/// Lines of one page, and what is usual.
const LINES_MAX: i64 = 500;
const LINES: i64 = 100;
/// Largest body with a file: base64 takes four bytes for three.
const SAYING_MAX: usize = FILE_MAX / 3 * 4 + 16 * 1024;

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(tasks))
        .routes(routes!(task))
        .routes(routes!(measures))
        .routes(routes!(accept))
        .routes(routes!(claim))
        .routes(routes!(evidence))
        .routes(routes!(review))
        .routes(routes!(extend))
        .routes(routes!(drop_task))
        .routes(routes!(add_part))
        .routes(routes!(end_part))
}

type TaskPage = Page<Line>;
type MeasurePage = Page<Measured>;
type DoneTask = Done<Shown>;
/// What a command that acts in a task is answered with.
type Answer = Result<Json<Done<Veiled<Shown>>>, Problem>;

/// Which tasks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct TasksQuery {
    /// Only those that this agency, or one below it, leads.
    #[serde(default)]
    agency: String,
    /// Only those that this agency leads, supports or reviews.
    #[serde(default)]
    of: String,
    /// Only of this text, by its code.
    #[serde(default)]
    directive: String,
    /// Only in this state: `not_due`, `in_progress`, `due_soon`, `overdue`, `awaiting_review`, `done_on_time`, `done_late`, `extended`,
    /// `dropped`, or `live` for all of which anything is still to be done.
    #[serde(default)]
    #[param(
        pattern = r"^(not_due|in_progress|due_soon|overdue|awaiting_review|done_on_time|done_late|extended|dropped|live|)$"
    )]
    state: String,
    /// Only those that are judged so: `measure`, `artefact`, `review`.
    #[serde(default)]
    #[param(pattern = r"^(measure|artefact|review|)$")]
    way: String,
    /// Only those of whose condition this is known: `met`, `unmet`, `not_measured`.
    #[serde(default)]
    #[param(pattern = r"^(met|unmet|not_measured|)$")]
    verdict: String,
    /// Only those that are due on this day or later.
    from: Option<Date>,
    /// Only those that are due on this day or earlier.
    to: Option<Date>,
    /// Only what has these words.
    #[serde(default)]
    #[param(max_length = 1000)]
    q: String,
    /// In the order of this column, upwards; `-due`: downwards. `id`, `due` (the default), `deadline`, `directive`, `lead`, `done_on`.
    #[serde(default)]
    sort: String,
    /// Whether to count all that the filters leave.
    #[serde(default)]
    total: bool,
    /// Only what stands behind this: `next` of the page before.
    #[serde(default)]
    after: String,
    /// So many at most: 1 to 500; 100 is the default.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// json, csv or xlsx; a table holds what the filters leave, the first 100,000.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// A word of a closed list, or none.
fn among<const N: usize>(name: &str, word: &str, words: [&str; N]) -> Result<(), Fault> {
    if word.is_empty() || words.contains(&word) {
        return Ok(());
    }
    Err(Fault::BadParameters { why: Words::quoted(format!("{name}: {}", words.join(", "))) })
}

/// Tasks that directives order: who leads, by when, how far each is, and what of it the hub has observed. Board, calendar and list are views of
/// this.
#[utoipa::path(get, path = "/api/v1/tasks", operation_id = "list_task_standings", params(TasksQuery),
    responses((status = 200, description = "a page", content(
        (TaskPage = "application/json"), (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
async fn tasks(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<TasksQuery>,
) -> Result<Response, Problem> {
    let limit = within("limit", query.limit, LINES, LINES_MAX)?;
    if query.state != "live" {
        among("state", &query.state, Stands::ALL.map(Stands::word))?;
    }
    among("way", &query.way, Way::ALL.map(Way::word))?;
    among("verdict", &query.verdict, Verdict::ALL.map(Verdict::word))?;
    let wanted = list::Wanted {
        agency: query.agency,
        of: query.of,
        directive: query.directive,
        state: query.state,
        way: query.way,
        verdict: query.verdict,
        from: query.from,
        to: query.to,
        text: searched(&query.q)?,
        order: ordered(&query.sort, &list::LINES.columns())?,
        after: query.after,
        limit,
    };
    let (mut tx, today) = (hub.db.read().await?, day_in_viet_nam(clock::now()));
    if query.format != Format::Json {
        let whole = list::Wanted { after: String::new(), limit: ROWS_MAX, ..wanted };
        let (lines, _) = list::list(&mut tx, &whole, today).await?;
        drop(tx);
        let items: Vec<Value> = lines.iter().map(|line| json!(line)).collect();
        return Ok(respond(Sheet::of("Tasks", &list::COLUMNS, &items), query.format, &officer.name).await?);
    }
    let total = match query.total {
        true => Some(list::count(&mut tx, &wanted, today).await?),
        false => None,
    };
    let (items, more) = list::list(&mut tx, &wanted, today).await?;
    let next = items.last().filter(|_| more).map(|last| last.id.clone());
    Ok(Json(Page { items, next, total }).into_response())
}

/// One task: the clause, the condition in words and what was observed of it, each time it was put off, evidence, what happened and why, and what
/// you may do. Parts that an agency has made of it for itself are seen by that agency and by the one that leads.
#[utoipa::path(get, path = "/api/v1/tasks/{id}", operation_id = "get_task_standing", params(("id" = String, Path, description = "the task")),
    responses((status = 200, description = "all that is known of it", body = Shown)))]
async fn task(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Named(id): Named<String>,
) -> Result<Json<Veiled<Shown>>, Problem> {
    let mut tx = hub.db.read().await?;
    let found = show(&mut tx, &officer, &id, clock::now()).await?;
    Ok(Json(veil::draw(&mut tx, &found, &officer).await?))
}

/// The measures that a condition may name, each with its unit and with what it is now in the whole country. What is not measured has no number.
#[utoipa::path(get, path = "/api/v1/measures", operation_id = "list_measures",
    responses((status = 200, description = "all of them", body = MeasurePage)))]
async fn measures(State(hub): State<Arc<Hub>>, _: Officer) -> Result<Json<MeasurePage>, Problem> {
    let mut tx = hub.db.read().await?;
    Ok(Json(Page::all(step::measures(&mut tx, &hub.quality, clock::now()).await?)))
}

async fn act(hub: &Hub, command: Command, id: &str, deed: Deed<'_>, reason: &str) -> Answer {
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let after = acting::act(tx, id, deed, context).await?;
        Ok(Outcome::Done(veil::draw(tx, &after, &context.officer).await?))
    };
    command.run(hub, reason, work).await
}

/// Say that your agency, which leads a task, is at it.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/accept", operation_id = "accept_task", request_body = Reason,
    params(("id" = String, Path, description = "the task")), responses((status = 200, description = "the task", body = DoneTask)))]
async fn accept(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Answer {
    let Reason { reason } = read(&body)?;
    act(&hub, command.with(&body), &id, Deed::Plain(Doing::Accept), &reason).await
}

/// Say that a task that your agency leads is done, with what shows it. That closes none that is measured, and none that another agency is to
/// look at; one that waits for a file is done when it is this one.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/claim", operation_id = "claim_task", request_body = Saying,
    params(("id" = String, Path, description = "the task")), responses((status = 200, description = "the task", body = DoneTask)))]
async fn claim(
    State(hub): State<Arc<Hub>>,
    Tending(command): Tending,
    Named(id): Named<String>,
    Body(body): Body<SAYING_MAX>,
) -> Answer {
    let saying: Saying = read(&body)?;
    let deed = Deed::Said(Doing::Claim, saying.file.as_deref());
    act(&hub, command.with(&body), &id, deed, &saying.reason).await
}

/// Show something for a task. Of a file its SHA-256 is kept and not the file.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/evidence", operation_id = "add_task_evidence", request_body = Saying,
    params(("id" = String, Path, description = "the task")), responses((status = 200, description = "the task", body = DoneTask)))]
async fn evidence(
    State(hub): State<Arc<Hub>>,
    Tending(command): Tending,
    Named(id): Named<String>,
    Body(body): Body<SAYING_MAX>,
) -> Answer {
    let saying: Saying = read(&body)?;
    let deed = Deed::Said(Doing::Evidence, saying.file.as_deref());
    act(&hub, command.with(&body), &id, deed, &saying.reason).await
}

/// Find that a task that another agency has said is done is, or is not. Nobody looks at what they do themselves.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/review", operation_id = "review_task", request_body = Finding,
    params(("id" = String, Path, description = "the task")), responses((status = 200, description = "the task", body = DoneTask)))]
async fn review(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Answer {
    let finding: Finding = read(&body)?;
    let doing = match finding.outcome {
        Found::Done => Doing::Review,
        Found::Returned => Doing::Return,
    };
    act(&hub, command.with(&body), &id, Deed::Plain(doing), &finding.reason).await
}

/// Put the day of a task off, on a text that says so. The day that its own text set stays beside it.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/extend", operation_id = "extend_task", request_body = Extending,
    params(("id" = String, Path, description = "the task")), responses((status = 200, description = "the task", body = DoneTask)))]
async fn extend(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Answer {
    let extending: Extending = read(&body)?;
    act(&hub, command.with(&body), &id, Deed::Extended(&extending), &extending.reason).await
}

/// Follow a task no more.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/drop", operation_id = "drop_task", request_body = Reason,
    params(("id" = String, Path, description = "the task")), responses((status = 200, description = "the task", body = DoneTask)))]
async fn drop_task(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Answer {
    let Reason { reason } = read(&body)?;
    act(&hub, command.with(&body), &id, Deed::Plain(Doing::Drop), &reason).await
}

/// Make a part of a task that your agency leads or supports. It is seen by your agency and the one that leads.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/parts", operation_id = "add_task_part", request_body = Making,
    params(("id" = String, Path, description = "the task")), responses((status = 200, description = "the task", body = DoneTask)))]
async fn add_part(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Answer {
    let making: Making = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let task = acting::task(tx, &id).await?;
        part::make(tx, &task, &making, context).await?;
        let after = show(tx, &context.officer, &id, context.at).await?;
        Ok(Outcome::Done(veil::draw(tx, &after, &context.officer).await?))
    };
    command.with(&body).run(&hub, &making.reason, work).await
}

/// Whether a part is done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskPartEnding)]
struct Ending {
    /// The part, by its number.
    number: i64,
    /// Whether it is done; it may turn out not to be.
    done: bool,
    /// Why, for the audit trail.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    reason: String,
}

/// Say that a part that your agency has made is done, or is not after all.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/parts/end", operation_id = "end_task_part", request_body = Ending,
    params(("id" = String, Path, description = "the task")), responses((status = 200, description = "the task", body = DoneTask)))]
async fn end_part(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Answer {
    let ending: Ending = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let task = acting::task(tx, &id).await?;
        part::finish(tx, &task, (ending.number, ending.done), context).await?;
        let after = show(tx, &context.officer, &id, context.at).await?;
        Ok(Outcome::Done(veil::draw(tx, &after, &context.officer).await?))
    };
    command.with(&body).run(&hub, &ending.reason, work).await
}
