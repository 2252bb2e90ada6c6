//! Routes of cases.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State as Shared};
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use model::case::{By, Case};
use model::casework::{
    Answers, AskingPaper, Correcting, Deciding, Event, KeptResult, List, Opening, Previewing, Revoking,
    SignedReceipt, Submitting, UsingResult,
};
use model::fault::{Fault, Words};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{Answered, Problem, SHORT_BODY, State, body, document, read};
use crate::caller::{Caller, Right};
use crate::open::KEY_MAX;
use crate::paper::PAPER_MAX;
use crate::texts;

/// A query that may be one that cannot be read.
type Asked<T> = Result<Query<T>, QueryRejection>;

fn asked<T>(query: Asked<T>) -> Result<T, Problem> {
    query.map(|Query(query)| query).map_err(|error| Fault::BadParameters { why: Words::quoted(error) }.into())
}

/// Longest wait for a change.
const WAIT_MAX: u64 = 25;

pub(super) fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(open, list))
        .routes(routes!(show))
        .routes(routes!(answers))
        .routes(routes!(preview))
        .routes(routes!(corrections))
        .routes(routes!(papers))
        .routes(routes!(paper))
        .routes(routes!(results))
        .routes(routes!(result))
        .routes(routes!(revoke))
        .routes(routes!(submit))
        .routes(routes!(close))
        .routes(routes!(decide))
        .routes(routes!(receipt))
        .routes(routes!(log))
}

/// Opens a case, once for each `Idempotency-Key`: the State is asked at once.
#[utoipa::path(post, path = "/cases", operation_id = "open_case", request_body = Opening,
    params(("Idempotency-Key" = String, Header, description = "Tells this case from others of the caller: sent again with the same key it is the same case.")),
    responses((status = 200, description = "the case", body = Case)))]
async fn open(caller: Caller, Shared(state): Shared<State>, request: Request) -> Answered<Case> {
    let header = "Idempotency-Key";
    let key = request.headers().get("idempotency-key").ok_or(Fault::MissingHeader { header })?;
    let key =
        key.to_str().ok().map(str::trim).filter(|key| (1..=KEY_MAX).contains(&key.len())).map(str::to_owned);
    let key = key.ok_or_else(|| Fault::BadHeader { header, why: texts::bad_key(KEY_MAX) })?;
    let sent = body(request, SHORT_BODY).await?;
    let opening: Opening = read(&sent)?;
    let id = state.cases.open_case(&caller, (&key, &sent), &opening).await?;
    Ok(Json(state.cases.look(&id, &caller).await?))
}

/// Which cases.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Those that are there: `form`, `submitted`, …; or `late`: those that were handed in, whose last day is over.
    #[serde(default)]
    state: String,
    /// What the last page ended with.
    #[serde(default)]
    before: String,
    /// How many, 1 to 100.
    limit: Option<u8>,
}

/// Cases, the last opened first: of the office, or the citizen's own.
#[utoipa::path(get, path = "/cases", operation_id = "list_cases", params(ListQuery),
    responses((status = 200, description = "a page of them", body = List)))]
async fn list(caller: Caller, Shared(state): Shared<State>, query: Asked<ListQuery>) -> Answered<List> {
    let query = asked(query)?;
    let limit = usize::from(query.limit.unwrap_or(50).clamp(1, 100));
    Ok(Json(state.cases.list(&caller, &query.state, &query.before, limit).await?))
}

/// Whether it is waited.
#[derive(Debug, Default, Deserialize, IntoParams)]
struct ShowQuery {
    /// The revision that is known: it is waited for another.
    after: Option<u64>,
    /// How long, in seconds, at most 25.
    wait: Option<u64>,
}

/// A case as it is; or as it is when it has changed.
#[utoipa::path(get, path = "/cases/{id}", operation_id = "get_case", params(("id" = String, Path), ShowQuery),
    responses((status = 200, description = "the case", body = Case)))]
async fn show(
    caller: Caller,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    query: Asked<ShowQuery>,
) -> Answered<Case> {
    let query = asked(query)?;
    state.cases.may_see(&caller, &id).await?;
    let wait = Duration::from_secs(query.wait.unwrap_or(0).min(WAIT_MAX));
    Ok(Json(state.cases.wait(&id, &caller, query.after, wait).await?))
}

/// Answers to questions, inputs that were not given yet; or gaps that may have passed are asked again. Whoever has signed in at a higher level
/// since sends it empty.
#[utoipa::path(post, path = "/cases/{id}/answers", operation_id = "answer_in_case", params(("id" = String, Path)), request_body = Answers,
    responses((status = 200, description = "the case", body = Case)))]
async fn answers(
    caller: Caller,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    request: Request,
) -> Answered<Case> {
    state.cases.may_change(&caller, &id).await?;
    let said: Answers = document(request).await?;
    Ok(Json(state.cases.answer(&caller, &id, &said).await?))
}

/// Accepts and declines what was found, item by item. What is declined is erased.
#[utoipa::path(post, path = "/cases/{id}/preview", operation_id = "preview_case", params(("id" = String, Path)), request_body = Previewing,
    responses((status = 200, description = "the case", body = Case)))]
async fn preview(
    caller: Caller,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    request: Request,
) -> Answered<Case> {
    state.cases.may_change(&caller, &id).await?;
    let said: Previewing = document(request).await?;
    Ok(Json(state.cases.preview(&caller, &id, &said).await?))
}

/// Says or corrects a line of the form, both values stay; or, of officers, decides whether a correction counts.
#[utoipa::path(post, path = "/cases/{id}/corrections", operation_id = "correct_case", params(("id" = String, Path)), request_body = Correcting,
    responses((status = 200, description = "the case", body = Case)))]
async fn corrections(
    caller: Caller,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    request: Request,
) -> Answered<Case> {
    state.cases.may_change(&caller, &id).await?;
    let said: Correcting = document(request).await?;
    Ok(Json(state.cases.correct(&caller, &id, &said).await?))
}

/// Which paper is handed in.
#[derive(Debug, Default, Deserialize, IntoParams)]
struct PaperQuery {
    /// For which item.
    #[serde(default)]
    item: String,
    /// The file's name.
    #[serde(default)]
    file: String,
    /// Of officers and systems: why, where no gap allows to ask for it.
    reason: Option<String>,
}

/// Asks for a paper, as JSON; or hands one in, as PDF, PNG or JPEG of at most 10 MB.
#[utoipa::path(post, path = "/cases/{id}/papers", operation_id = "add_case_paper", params(("id" = String, Path), PaperQuery),
    request_body = AskingPaper, responses((status = 200, description = "the case", body = Case)))]
async fn papers(
    caller: Caller,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    query: Asked<PaperQuery>,
    request: Request,
) -> Answered<Case> {
    state.cases.may_change(&caller, &id).await?;
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        caller.may(Right::Work, texts::may_ask_paper())?;
        let asked: AskingPaper = document(request).await?;
        return Ok(Json(state.cases.ask_paper(&caller, &id, &asked).await?));
    }
    let query = asked(query)?;
    let named = (query.item.as_str(), query.file.as_str(), query.reason.as_deref());
    // Whether it is wanted is known before ten megabytes of it are read.
    state.cases.may_hand_in(&caller, &id, named).await?;
    let _place = state.cases.paper_place(&caller)?;
    let content = body(request, PAPER_MAX).await?;
    Ok(Json(state.cases.hand_in(&caller, &id, named, &content).await?))
}

/// A paper that was handed in. That it was looked at is noted.
#[utoipa::path(get, path = "/cases/{id}/papers/{number}", operation_id = "get_case_paper", params(("id" = String, Path), ("number" = u32, Path)),
    responses((status = 200, description = "the paper, as it was handed in")))]
async fn paper(
    caller: Caller,
    Shared(state): Shared<State>,
    Path((id, number)): Path<(String, u32)>,
) -> Result<Response, Problem> {
    state.cases.may_see(&caller, &id).await?;
    let content = state.cases.paper(&caller, &id, number).await?;
    let kind = match content.first() {
        Some(b'%') => "application/pdf",
        Some(0x89) => "image/png",
        _ => "image/jpeg",
    };
    // What others have handed in is shown as what it is, and runs nowhere.
    let headers = [
        (CONTENT_TYPE, kind),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_DISPOSITION, "attachment"),
    ];
    Ok((headers, content).into_response())
}

/// Uses a result that this office has given, in the place of an item's paper.
#[utoipa::path(post, path = "/cases/{id}/results", operation_id = "use_result_in_case", params(("id" = String, Path)), request_body = UsingResult,
    responses((status = 200, description = "the case", body = Case)))]
async fn results(
    caller: Caller,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    request: Request,
) -> Answered<Case> {
    state.cases.may_change(&caller, &id).await?;
    let said: UsingResult = document(request).await?;
    Ok(Json(state.cases.use_result(&caller, &id, &said).await?))
}

/// A result that this office has given, signed by the node: to the office, and to whose it is.
#[utoipa::path(get, path = "/results/{code}", operation_id = "get_case_result", params(("code" = String, Path)),
    responses((status = 200, description = "the result", body = KeptResult)))]
async fn result(
    caller: Caller,
    Shared(state): Shared<State>,
    Path(code): Path<String>,
) -> Answered<KeptResult> {
    Ok(Json(state.cases.result(&caller, &code).await?))
}

/// Revokes a result: no case uses it any more, and those that rest on it and are not decided lose it.
#[utoipa::path(post, path = "/results/{code}/revoke", operation_id = "revoke_case_result", params(("code" = String, Path)), request_body = Revoking,
    responses((status = 200, description = "the result", body = KeptResult)))]
async fn revoke(
    caller: Caller,
    Shared(state): Shared<State>,
    Path(code): Path<String>,
    request: Request,
) -> Answered<KeptResult> {
    caller.may(Right::Decide, texts::may_revoke())?;
    let said: Revoking = document(request).await?;
    Ok(Json(state.cases.revoke_result(&caller, &code, &said).await?))
}

/// Submits a case; or says what became of deeds whose outcome was not known, or has their holders asked now.
#[utoipa::path(post, path = "/cases/{id}/submit", operation_id = "submit_case", params(("id" = String, Path)), request_body = Submitting,
    responses((status = 200, description = "the case", body = Case)))]
async fn submit(
    caller: Caller,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    request: Request,
) -> Answered<Case> {
    state.cases.may_change(&caller, &id).await?;
    let sent = body(request, SHORT_BODY).await?;
    let said: Submitting = if sent.is_empty() { Submitting::default() } else { read(&sent)? };
    if said.ask || !said.outcomes.is_empty() {
        caller.may(Right::Work, texts::may_settle())?;
    }
    Ok(Json(state.cases.submit_case(&caller, &id, &said).await?))
}

/// Ends a case that was not submitted.
#[utoipa::path(post, path = "/cases/{id}/close", operation_id = "close_case", params(("id" = String, Path)),
    responses((status = 200, description = "the case", body = Case)))]
async fn close(caller: Caller, Shared(state): Shared<State>, Path(id): Path<String>) -> Answered<Case> {
    state.cases.may_change(&caller, &id).await?;
    Ok(Json(state.cases.close(&caller, &id).await?))
}

/// Decides a case that was submitted.
#[utoipa::path(post, path = "/cases/{id}/decide", operation_id = "decide_case", params(("id" = String, Path)), request_body = Deciding,
    responses((status = 200, description = "the case", body = Case)))]
async fn decide(
    caller: Caller,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    request: Request,
) -> Answered<Case> {
    state.cases.may_see(&caller, &id).await?;
    caller.may(Right::Decide, texts::may_decide())?;
    let said: Deciding = document(request).await?;
    Ok(Json(state.cases.decide(&caller, &id, &said).await?))
}

/// The receipt of a case that was submitted, signed by the node. The same bytes each time.
#[utoipa::path(get, path = "/cases/{id}/receipt", operation_id = "get_case_receipt", params(("id" = String, Path)),
    responses((status = 200, description = "the receipt", body = SignedReceipt)))]
async fn receipt(
    caller: Caller,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    state.cases.may_see(&caller, &id).await?;
    let text = state.cases.receipt(&id).await?;
    Ok(([(CONTENT_TYPE, "application/json")], text).into_response())
}

/// What happened in a case.
#[utoipa::path(get, path = "/cases/{id}/log", operation_id = "get_case_log", params(("id" = String, Path)),
    responses((status = 200, description = "what happened, in order", body = [Event])))]
async fn log(caller: Caller, Shared(state): Shared<State>, Path(id): Path<String>) -> Answered<Vec<Event>> {
    state.cases.may_see(&caller, &id).await?;
    if caller.by() == By::Citizen {
        // Reasons in it tell several records from none.
        return Err(Fault::NotInCase { what: texts::may_see_log() }.into());
    }
    Ok(Json(state.cases.log(&id).await?))
}
