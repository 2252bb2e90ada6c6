//! Requests over HTTP: one inbox for those who ask and those who decide.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse as _, Response};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::Timestamp;
use jiff::civil::Date;
use model::agency::Name;
use model::due::{Done as IsDone, TimeLeft};
use model::fault::{Fault, Words};
use model::id::{MemberId, ServiceId, SystemId, encode_part};
use model::service::Service;
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::AuditContext;
use crate::audit::growth;
use crate::audit::officer::Officer;
use crate::audit::veil::{self, Veiled};
use crate::catalogue::duty::Progress;
use crate::clock;
use crate::granting::pack::{By, Part, RulePack};
use crate::granting::request::Wanted;
use crate::granting::request::ability::{self, Ability};
use crate::granting::request::paper::{self, Handing};
use crate::granting::request::ready::{Lacking, Point};
use crate::granting::request::store::{LINES, Line};
use crate::granting::request::{
    self, Action, KIND, Request, RequestContent, State as Where, is_done, may_see, not_there, ready, sides,
};
use crate::hub::Hub;
use crate::registry::check::require;
use crate::registry::{PAGE, Subject as _};
use crate::store::Tx;
use crate::texts;
use crate::web::command::{Applying, Command, Done, Outcome};
use crate::web::intake::{Body, FORM, ONE_THING};
use crate::web::{Asked, Named, Page, Problem, ordered, read, searched, within};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(preview))
        .routes(routes!(one))
        .routes(routes!(act))
        .routes(routes!(hand_in))
        .routes(routes!(read_paper))
}

type DoneShown = Done<Shown>;
type BriefPage = Page<Brief>;

/// A request to open.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Opening {
    /// What is asked for.
    pub asking: RequestContent,
}

/// Ask for a grant in your agency's name.
#[utoipa::path(post, path = "/api/v1/requests", operation_id = "open_request", request_body = Opening,
    responses((status = 200, description = "the request, with its steps and what each waits for", body = DoneShown)))]
async fn open(
    State(hub): State<Arc<Hub>>,
    Applying(command): Applying,
    Body(body): Body<FORM>,
) -> Result<Json<Done<Veiled<Shown>>>, Problem> {
    let Opening { asking } = read(&body)?;
    let (officer, reason) = (command.officer.clone(), asking.statement.clone());
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let request = request::open(tx, asking, context).await?;
        let shown = shown(tx, &request, &officer).await?;
        Ok(Outcome::Done(shown))
    };
    command.with(&body).run(&hub, &reason, work).await
}

/// What the grant would be able to do that is asked for: which calls it lets through, what an answer looks like, what keeps it from reading.
/// Nothing is written. All that is wrong with it is told at once.
#[utoipa::path(post, path = "/api/v1/requests/preview", operation_id = "preview_request", request_body = Opening,
    responses((status = 200, description = "what it would be able to do", body = Ability)))]
async fn preview(
    State(hub): State<Arc<Hub>>,
    Applying(command): Applying,
    Body(body): Body<FORM>,
) -> Result<Json<Ability>, Problem> {
    let Opening { asking } = read(&body)?;
    let context = AuditContext::new(&command.officer, KIND, clock::now())?;
    Ok(Json(request::preview(&mut hub.db.read().await?, &asking, &context).await?))
}

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// open, returned, granted, refused or withdrawn.
    #[param(inline)]
    state: Option<Where>,
    /// Only those that wait for you.
    #[serde(default)]
    waiting: bool,
    /// Only those whose clock has run out.
    #[serde(default)]
    late: bool,
    /// Only those that wait for this agency or for one of the tree that it stands at the top of; `none`: for the hub.
    under: Option<String>,
    /// Only those of this applicant.
    applicant: Option<String>,
    /// Only those for services of this agency.
    owner: Option<String>,
    /// Only those for this service.
    service: Option<String>,
    /// Only what has words that begin so: in its number, in the names of its service, its system, and the two agencies.
    #[serde(default)]
    #[param(max_length = 1000)]
    q: String,
    /// The column that they are ordered by, with `-` before it downwards: id, client, service, applicant, owner, state, due, opened_at.
    #[serde(default)]
    sort: String,
    /// Whether to count all that the filters leave.
    #[serde(default)]
    total: bool,
    /// Only what stands behind this number.
    #[serde(default)]
    after: String,
    /// So many at most: 1 to 500.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

/// The requests that you may see: all of them at the hub, your agency's and those for its services elsewhere.
#[utoipa::path(get, path = "/api/v1/requests", operation_id = "list_requests", params(ListQuery),
    responses((status = 200, description = "a page", body = BriefPage)))]
async fn list(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<ListQuery>,
) -> Result<Json<BriefPage>, Problem> {
    let limit = within("limit", query.limit, 100, PAGE)?;
    let today = day_in_viet_nam(clock::now());
    let wanted = Wanted {
        state: query.state.map(|state| state.word().to_owned()),
        waiting: query.waiting,
        due_before: query.late.then_some(today),
        under: query.under,
        applicant: query.applicant,
        owner: query.owner,
        service: query.service,
        text: searched(&query.q)?,
        order: ordered(&query.sort, &LINES.columns())?,
        after: query.after,
        limit: limit + 1,
    };
    let mut tx = hub.db.read().await?;
    let mut lines = request::list(&mut tx, &officer, &wanted).await?;
    let total = if query.total { Some(request::count(&mut tx, &officer, &wanted).await?) } else { None };
    // One more than is asked for says whether there is another page.
    let limit = usize::try_from(limit).unwrap_or_default();
    let more = lines.len() > limit;
    lines.truncate(limit);
    let next = lines.last().filter(|_| more).map(|line| line.request.id.clone());
    let items = lines.into_iter().map(|line| brief(line, today)).collect();
    Ok(Json(Page { total, ..Page::of(items, next) }))
}

/// A request on one line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RequestLine)]
struct Brief {
    /// Its number: `YC-2026-000001`.
    id: String,
    /// Its type.
    #[serde(rename = "type")]
    kind: String,
    /// Who wants to call.
    client: SystemId,
    /// What.
    service: ServiceId,
    /// The agency that asks.
    applicant: MemberId,
    /// The agency that the service is of.
    owner: MemberId,
    /// Where it is.
    state: Where,
    /// The step it is at, while it is under way.
    step: String,
    /// Whom it waits for: `applicant`, `owner`, `hub`.
    waits_for: Vec<String>,
    /// The last day of its step; null: its clock stands, or has none.
    due: Option<Date>,
    /// Whether that is over.
    overdue: bool,
    /// How that day stands.
    time_left: Option<TimeLeft>,
    /// When it was opened.
    opened_at: Timestamp,
    /// The grant that came of it.
    grant: Option<String>,
}

fn brief(line: Line, today: Date) -> Brief {
    let time_left = line.time_left(today);
    let overdue = time_left.as_ref().is_some_and(TimeLeft::is_late);
    let due = time_left.as_ref().map(|time_left| time_left.by);
    let Line { request, waits_for, .. } = line;
    Brief {
        id: request.id,
        kind: request.asking.kind,
        client: request.asking.client,
        service: request.asking.service,
        applicant: request.applicant,
        owner: request.owner,
        state: request.state,
        step: request.step,
        waits_for: waits_for.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        due,
        overdue,
        time_left,
        opened_at: request.opened_at,
        grant: request.grant,
    }
}

/// Whether the last day of a step under way is over, and how it stands.
fn clock_of(due: Option<Date>, today: Date) -> (bool, Option<TimeLeft>) {
    let time_left = due.map(|due| TimeLeft::of(due, today, IsDone::No));
    (time_left.as_ref().is_some_and(TimeLeft::is_late), time_left)
}

/// One request: what is asked for, its steps with their clocks, what was done, what is lacking, and what you may do.
#[utoipa::path(get, path = "/api/v1/requests/{id}", operation_id = "get_request", params(("id" = String, Path, description = "YC-2026-000001")),
    responses((status = 200, description = "the request", body = Shown)))]
async fn one(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Named(id): Named<String>,
) -> Result<Json<Veiled<Shown>>, Problem> {
    let mut tx = hub.db.read().await?;
    let request = request::by_id(&mut tx, &id).await?.filter(|request| may_see(request, &officer));
    let request = request.ok_or_else(|| not_there(&id))?;
    Ok(Json(shown(&mut tx, &request, &officer).await?))
}

/// Act on a request: do a part of its step, decide no, give it back, amend, withdraw, hand in a paper, tick a point, comment.
#[utoipa::path(post, path = "/api/v1/requests/{id}/acts", operation_id = "act_on_request", request_body = Action,
    params(("id" = String, Path, description = "YC-2026-000001")),
    responses((status = 200, description = "the request as it stands now", body = DoneShown)))]
async fn act(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<Done<Veiled<Shown>>>, Problem> {
    let action: Action = read(&body)?;
    let officer = command.officer.clone();
    let seen = request::by_id(&mut hub.db.read().await?, &id).await?;
    if !seen.is_some_and(|request| may_see(&request, &officer)) {
        return Err(not_there(&id).into());
    }
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let request = request::act(tx, &id, &action, context).await?;
        let shown = shown(tx, &request, &officer).await?;
        Ok(Outcome::Done(shown))
    };
    command.with(&body).run(&hub, &format!("{KIND} {id}"), work).await
}

/// A paper that is handed in with its file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PaperHandedIn {
    /// Which paper.
    paper: String,
    /// Its number, its day.
    #[schema(max_length = 1500)]
    text: String,
    /// The name of its file.
    #[schema(max_length = 255)]
    name: String,
    /// The file, in base64: PDF, PNG, JPEG or DOCX, of 2 MiB at most.
    content: String,
}

/// Hand in a paper with its file, which is kept sealed and takes the place of the one before. The two agencies and the hub read it, nobody
/// else. For the applicant.
#[utoipa::path(post, path = "/api/v1/requests/{id}/papers", operation_id = "hand_in_paper", request_body = PaperHandedIn,
    params(("id" = String, Path, description = "YC-2026-000001")),
    responses((status = 200, description = "the request as it stands now", body = DoneShown)))]
async fn hand_in(
    State(hub): State<Arc<Hub>>,
    Applying(command): Applying,
    Named(id): Named<String>,
    Body(body): Body<ONE_THING>,
) -> Result<Json<Done<Veiled<Shown>>>, Problem> {
    let PaperHandedIn { paper, text, name, content } = read(&body)?;
    let content = BASE64_STANDARD
        .decode(content.as_bytes())
        .map_err(|_| Fault::BadDocument { place: Words::quoted("content"), why: texts::paper_content() })?;
    let officer = command.officer.clone();
    let seen = request::by_id(&mut hub.db.read().await?, &id).await?;
    if !seen.is_some_and(|request| may_see(&request, &officer)) {
        return Err(not_there(&id).into());
    }
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let (paper, text, name, content) = (paper.clone(), text.clone(), name.clone(), content.clone());
        let handing = Handing { paper, text, name, content };
        let request = paper::hand_in(tx, &hub.people.secrets, &id, handing, context).await?;
        Ok(Outcome::Done(shown(tx, &request, &officer).await?))
    };
    command.with(&body).run(&hub, &format!("{KIND} {id}"), work).await
}

/// The file of a paper of a request. For those who act in it: the applicant, the owner, the hub. Each reading is in the audit trail.
#[utoipa::path(get, path = "/api/v1/requests/{id}/papers/{number}", operation_id = "read_paper",
    params(("id" = String, Path, description = "YC-2026-000001"), ("number" = i64, Path, description = "the number of the act that it came with")),
    responses((status = 200, description = "the file", content((String = "application/octet-stream")))))]
async fn read_paper(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Named((id, number)): Named<(String, i64)>,
) -> Result<Response, Problem> {
    let found = request::by_id(&mut hub.db.read().await?, &id).await?;
    let request = found.filter(|request| may_see(request, &officer)).ok_or_else(|| not_there(&id))?;
    let context = AuditContext::new(&officer, texts::paper_read().vi(), clock::now())?;
    // Whoever reads writes to the trail: one at a time of an agency, and within what it may add in a day.
    let agency = officer.agency.as_ref().map_or(officer.name.as_str(), |agency| agency.as_str());
    let _turn = hub.writers.take(agency).await?;
    let mut tx = hub.db.write().await?;
    let last = growth::last(&mut tx).await?;
    let (file, content) = paper::read(&mut tx, &hub.people.secrets, (&request, number), &context).await?;
    let bytes = growth::since(&mut tx, last).await?;
    growth::take(&mut tx, agency, bytes, context.at).await?;
    // Nothing is handed out before it is written down that it was.
    tx.commit().await?;
    let named = format!("attachment; filename*=UTF-8''{}", encode_part(&file.name));
    let safe = [
        (CONTENT_TYPE, file.media),
        (CONTENT_DISPOSITION, named),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((safe, content).into_response())
}

/// A request with all that those who work on it need to see.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RequestShown)]
struct Shown {
    /// The request.
    request: Request,
    /// Its steps, in order.
    steps: Vec<StepShown>,
    /// The points of its checklist; none if its way of sharing has no checklist.
    checklist: BTreeMap<String, Point>,
    /// The duty that entitles the applicant, and how far it is met.
    duty: Option<Progress>,
    /// Whether its rules are known second-hand only.
    second_hand: bool,
    /// For whom you may act.
    you_are: Vec<By>,
    /// What the grant will be able to do; absent if the service is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    ability: Option<Ability>,
}

/// A step of a request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RequestStep)]
struct StepShown {
    /// Its code.
    step: String,
    /// What it is.
    name: Name,
    /// Whether it is done, is under way, or is still to come.
    state: StepState,
    /// What is done in it, by whom.
    parts: Vec<PartShown>,
    /// Its last day, while it is under way and was not given back.
    due: Option<Date>,
    /// Whether that is over.
    overdue: bool,
    /// How that day stands.
    time_left: Option<TimeLeft>,
    /// Whether the number of its days is ours.
    days_assumed: bool,
    /// What it still lacks, while it is under way.
    lacking: Option<Lacking>,
}

/// Where a step is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RequestStepState)]
enum StepState {
    /// It is done.
    Done,
    /// It is under way.
    Now,
    /// It is still to come.
    Later,
}

/// A part of a step.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RequestStepPart)]
struct PartShown {
    /// The part.
    part: Part,
    /// Whether it is done.
    done: bool,
    /// Whether it waits for you.
    yours: bool,
}

/// A request as an officer sees it.
async fn shown(tx: &mut Tx, request: &Request, officer: &Officer) -> Result<Veiled<Shown>, Fault> {
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
        // The clock stands while the applicant has it back.
        let runs = here && request.state == Where::Open;
        let due = if runs { pack.due(step, request.entered_at) } else { None };
        let (overdue, time_left) = clock_of(due, today);
        let parts = step.parts.iter().map(|part| {
            let done = before || (here && is_done(request, &part.id));
            let yours = here && !done && request.state == Where::Open && mine.contains(&part.by);
            PartShown { part: part.clone(), done, yours }
        });
        let parts = parts.collect();
        let lacking = if here { Some(ready::lacking(tx, request, &pack, step, today).await?) } else { None };
        steps.push(StepShown {
            step: step.id.clone(),
            name: step.name.clone(),
            state: match (here, before) {
                (true, _) => StepState::Now,
                (false, true) => StepState::Done,
                (false, false) => StepState::Later,
            },
            parts,
            due,
            overdue,
            time_left,
            days_assumed: step.assumed_days,
            lacking,
        });
    }
    let checklist = ready::checklist(tx, request, &pack).await?;
    let duty = request::duty_progress(tx, request, today).await?;
    let (request, second_hand) = (request.clone(), pack.second_hand);
    let asked = request::asked_grant(&request);
    let ability = match Service::load(tx, asked.service.as_str()).await? {
        Some(service) => Some(ability::of(tx, &service, &asked, today).await?),
        None => None,
    };
    let all = Shown { request, steps, checklist, duty, second_hand, you_are: mine, ability };
    veil::draw(tx, &all, officer).await
}
