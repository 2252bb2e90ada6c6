//! Requests over HTTP: one inbox for those who ask and those who decide.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use model::fault::Fault;
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::audit::veil;
use crate::clock;
use crate::granting::pack::RulePack;
use crate::granting::request::Wanted;
use crate::granting::request::store::Line;
use crate::granting::request::{
    self, Asking, Doing, KIND, Request, State as Where, is_done, may_see, not_there, ready, sides,
};
use crate::hub::Hub;
use crate::registry::PAGE;
use crate::registry::check::require;
use crate::store::Tx;
use crate::web::command::{Applying, Command, Done, Outcome};
use crate::web::intake::{Body, FORM};
use crate::web::{Asked, Named, Problem, read};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(list, open)).routes(routes!(one)).routes(routes!(act))
}

/// A request to open.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Opening {
    /// What is asked for.
    pub asking: Asking,
}

/// Ask for a grant in your agency's name.
#[utoipa::path(post, path = "/api/v1/requests", request_body = Opening,
    responses((status = 200, description = "the request, with its steps and what each waits for", body = Object)))]
async fn open(
    State(hub): State<Arc<Hub>>,
    Applying(command): Applying,
    Body(body): Body<FORM>,
) -> Result<Json<Done<Value>>, Problem> {
    let Opening { asking } = read(&body)?;
    let (officer, reason) = (command.officer.clone(), asking.statement.clone());
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let request = request::open(tx, asking, context).await?;
        let shown = shown(tx, &request, &officer).await?;
        Ok(Outcome::Done(shown))
    };
    command.with(&body).run(&hub, &reason, work).await
}

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// open, returned, granted, refused or withdrawn.
    #[param(inline)]
    state: Option<Where>,
    /// Only those that wait for you.
    #[serde(default)]
    waiting: bool,
    /// Only numbers behind this one.
    #[serde(default)]
    after: String,
    /// So many at most: 1 to 500.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

/// The requests that you may see: all of them at the hub, your agency's and those for its services elsewhere.
#[utoipa::path(get, path = "/api/v1/requests", params(ListQuery),
    responses((status = 200, description = "a page", body = Object)))]
async fn list(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<ListQuery>,
) -> Result<Json<Value>, Problem> {
    let limit = query.limit.unwrap_or(100);
    if !(1..=PAGE).contains(&limit) {
        return Err(Fault::BadParameters { why: format!("limit: 1..={PAGE}") }.into());
    }
    let state = query.state.map(|state| state.word().to_owned());
    let wanted = Wanted { state, waiting: query.waiting, after: query.after, limit };
    let lines = request::list(&mut hub.db.read().await?, &officer, &wanted).await?;
    let full = i64::try_from(lines.len()).is_ok_and(|count| count == limit);
    let next = lines.last().filter(|_| full).map(|line| line.request.id.clone());
    let today = day_in_viet_nam(clock::now());
    let items: Vec<Value> = lines.iter().map(|line| brief(line, today)).collect();
    Ok(Json(json!({ "items": items, "next": next })))
}

fn brief(line: &Line, today: Date) -> Value {
    let Line { request, due, waits_for } = line;
    let due: Option<Date> = due.as_deref().and_then(|day| day.parse().ok());
    json!({
        "id": request.id,
        "type": request.asking.kind,
        "client": request.asking.client,
        "service": request.asking.service,
        "applicant": request.applicant,
        "owner": request.owner,
        "state": request.state,
        "step": request.step,
        "waits_for": waits_for.split(',').filter(|word| !word.is_empty()).collect::<Vec<_>>(),
        "due": due,
        "overdue": request.state == Where::Open && due.is_some_and(|due| due < today),
        "opened_at": request.opened_at.to_string(),
        "grant": request.grant,
    })
}

/// One request: what is asked for, its steps with their clocks, what was done, what is lacking, and what you may do.
#[utoipa::path(get, path = "/api/v1/requests/{id}", params(("id" = String, Path, description = "YC-2026-000001")),
    responses((status = 200, description = "the request", body = Object)))]
async fn one(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Named(id): Named<String>,
) -> Result<Json<Value>, Problem> {
    let mut tx = hub.db.read().await?;
    let request = request::by_id(&mut tx, &id).await?.filter(|request| may_see(request, &officer));
    let request = request.ok_or_else(|| not_there(&id))?;
    Ok(Json(shown(&mut tx, &request, &officer).await?))
}

/// Act on a request: do a part of its step, decide no, give it back, amend, withdraw, hand in a paper, tick a point, comment.
#[utoipa::path(post, path = "/api/v1/requests/{id}/acts", request_body = Doing,
    params(("id" = String, Path, description = "YC-2026-000001")),
    responses((status = 200, description = "the request as it stands now", body = Object)))]
async fn act(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<Done<Value>>, Problem> {
    let doing: Doing = read(&body)?;
    let officer = command.officer.clone();
    let seen = request::by_id(&mut hub.db.read().await?, &id).await?;
    if !seen.is_some_and(|request| may_see(&request, &officer)) {
        return Err(not_there(&id).into());
    }
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let request = request::act(tx, &id, &doing, context).await?;
        let shown = shown(tx, &request, &officer).await?;
        Ok(Outcome::Done(shown))
    };
    command.with(&body).run(&hub, &format!("{KIND} {id}"), work).await
}

/// A request with all that those who work on it need to see.
async fn shown(tx: &mut Tx, request: &Request, officer: &Officer) -> Result<Value, Fault> {
    let pack: RulePack = require(tx, (KIND, &request.id), &request.pack).await?;
    let today = day_in_viet_nam(clock::now());
    let mine = sides(request, officer);
    let kind = pack.request_type(&request.asking.kind);
    let mut steps = Vec::new();
    let mut reached = false;
    for id in kind.map_or(&[][..], |kind| &kind.steps) {
        let Some(step) = pack.step(id) else { continue };
        let here = request.step == *id && matches!(request.state, Where::Open | Where::Returned);
        let before = !reached && !here || request.state == Where::Granted;
        reached |= here || request.step == *id;
        let due = if here { pack.due(step, request.entered_at) } else { None };
        let parts: Vec<Value> = step
            .parts
            .iter()
            .map(|part| {
                let done = before || (here && is_done(request, &part.id));
                json!({ "part": part, "done": done, "yours": here && !done && request.state == Where::Open && mine.contains(&part.by) })
            })
            .collect();
        let lacking = if here { Some(ready::lacking(tx, request, &pack, step, today).await?) } else { None };
        steps.push(json!({
            "step": step.id, "name": step.name, "state": if here { "now" } else if before { "done" } else { "later" },
            "parts": parts, "due": due, "overdue": due.is_some_and(|due| due < today), "days_assumed": step.assumed_days,
            "lacking": lacking,
        }));
    }
    let checklist = ready::checklist(tx, request, &pack).await?;
    let duty = request::duty_progress(tx, request, today).await?;
    let mut all = json!({
        "request": request, "steps": steps, "checklist": checklist, "duty": duty, "second_hand": pack.second_hand,
        "you_are": mine,
    });
    veil::draw(tx, &mut all, officer).await?;
    Ok(all)
}
