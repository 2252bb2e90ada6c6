//! Quality of data over HTTP: in from nodes, out to those who look; defects, which consumers report and owners correct.

mod overlap;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use model::defect::{Answer, TELLING_MAX_BYTES};
use model::fault::{Fault, Words};
use model::time::day_in_viet_nam;
use quality::report::REPORT_MAX_BYTES;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::audit::veil::{self, Veiled};
use crate::clock;
use crate::hub::Hub;
use crate::pool::draw;
use crate::quality::dataset::{self, Changes, Dataset, Point};
use crate::quality::defect::acting::{self, Doing};
use crate::quality::defect::reporting::{self, Reporting};
use crate::quality::defect::{self, Defect, Line as DefectLine, telling};
use crate::quality::explain::{self, Explained};
use crate::quality::list::{self, Level, Line};
use crate::quality::report;
use crate::quality::scorecard::{self, Scorecard};
use crate::quality::units::{self, Units};
use crate::running::brief::page::Language;
use crate::sheet::{Format, ROWS_MAX, Sheet};
use crate::store::Tx;
use crate::texts;
use crate::web::command::{Command, Done, Outcome};
use crate::web::extract::Admitted;
use crate::web::intake::Body;
use crate::web::table::respond;
use crate::web::{Asked, Named, Page, Problem, Reason, behind, ordered, read, searched, within};

/// Lines of one page, and what is usual.
const LINES_MAX: i64 = 500;
const LINES: i64 = 100;

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(take))
        .routes(routes!(tell))
        .routes(routes!(scores))
        .routes(routes!(dataset))
        .routes(routes!(changes))
        .routes(routes!(history))
        .routes(routes!(explain))
        .routes(routes!(scorecard))
        .routes(routes!(units))
        .routes(routes!(defects, report_defect))
        .routes(routes!(defect))
        .routes(routes!(correct))
        .routes(routes!(dispute))
        .routes(routes!(comment))
        .merge(overlap::routes())
}

type LinePage = Page<Line>;
type PointPage = Page<Point>;
type DefectPage = Page<DefectLine>;
type DoneDefect = Done<Defect>;

/// Whether a report was taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityTaken)]
struct Taken {
    /// Whether it was; a report that was taken before is not taken again.
    taken: bool,
}

/// A node's report of a measurement of one of its datasets: counts by rule, and what of the rest names nobody, signed with the node's key, over a
/// connection with the node's certificate. What was taken before is acknowledged and not taken again. A report covers an interval of its own: one
/// that begins before the end of the last one of that dataset (`LT-7134`), that ends no later than it begins, over 5 minutes from now or over 30
/// days ago (`LT-7135`) counts nothing, nor does one of another form, or with a count that must not leave a node (`LT-7125`).
#[utoipa::path(post, path = "/quality", operation_id = "report_quality", request_body = Object,
    params(("lienthong-key" = String, Header, description = "the node's signing key, by name"),
        ("lienthong-signature" = String, Header, description = "Ed25519 over the words of the report's kind and the body, in hexadecimal")),
    responses((status = 200, description = "it is taken", body = Taken)))]
async fn take(
    State(hub): State<Arc<Hub>>,
    Admitted(node): Admitted,
    headers: HeaderMap,
    Body(body): Body<REPORT_MAX_BYTES>,
) -> Result<Json<Taken>, Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (key, signature, now) = (text("lienthong-key"), text("lienthong-signature"), clock::now());
    hub.paces.take(&node, now)?;
    // Who is no node does not get to the one that writes.
    let report = report::verify(&mut hub.db.read().await?, &body, key, signature).await?;
    let taken = report::take(&hub.db, report, now).await?;
    Ok(Json(Taken { taken }))
}

/// A node with cases tells of values that people say are wrong: the exchange that brought each, the field and the kind, of one of its systems,
/// signed with the node's key, over a connection with the node's certificate. No value and no person is in it. Each is taken once by its key;
/// told again, the answer says how its defect stands.
#[utoipa::path(post, path = "/defects", operation_id = "tell_defects", request_body = Object,
    params(("lienthong-key" = String, Header, description = "the node's signing key, by name"),
        ("lienthong-signature" = String, Header, description = "Ed25519 over the words of the telling's kind and the body, in hexadecimal")),
    responses((status = 200, description = "what became of each", body = Answer)))]
async fn tell(
    State(hub): State<Arc<Hub>>,
    Admitted(node): Admitted,
    headers: HeaderMap,
    Body(body): Body<TELLING_MAX_BYTES>,
) -> Result<Json<Answer>, Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (key, signature, now) = (text("lienthong-key"), text("lienthong-signature"), clock::now());
    hub.paces.take(&node, now)?;
    let telling = telling::verify(&mut hub.db.read().await?, &body, key, signature).await?;
    Ok(Json(telling::take(&hub.db, &telling, now).await?))
}

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ScoresQuery {
    /// nation, bloc, province, agency, database (the default) or dataset.
    #[serde(default)]
    #[param(inline)]
    level: Level,
    /// Only of this agency and those below it.
    #[serde(default)]
    agency: String,
    /// Only of this branch of the State: `government`, `local` …
    #[serde(default)]
    bloc: String,
    /// Only of this database.
    #[serde(default)]
    database: String,
    /// Only in this band: `red`, `yellow`, `green`, or `not_measured`.
    #[serde(default)]
    #[param(pattern = r"^(red|yellow|green|not_measured|)$")]
    band: String,
    /// Only what has these words.
    #[serde(default)]
    #[param(max_length = 1000)]
    q: String,
    /// In the order of this column, upwards; `-overall`: downwards. `id`, `name.vi`, `name.en`, `owner`, `overall`, a criterion, `alerts`, `rows`,
    /// `measured_at`, `defects`. What was not measured stands below everything that was.
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

/// Scores by the six criteria of all there is on a level: databases with the datasets that were confirmed to belong to them, agencies and provinces
/// with all below them, branches of the State, the nation. What is above datasets is made of what was counted in them. What was not measured is
/// told as that; "shared use" is what the hub itself has observed.
#[utoipa::path(get, path = "/api/v1/quality", operation_id = "list_quality", params(ScoresQuery),
    responses((status = 200, description = "a page", content(
        (LinePage = "application/json"), (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
async fn scores(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<ScoresQuery>,
) -> Result<Response, Problem> {
    let limit = page_size(query.limit)?;
    if !matches!(query.band.as_str(), "" | "red" | "yellow" | "green" | "not_measured") {
        return Err(Fault::BadParameters { why: texts::bands_there_are() }.into());
    }
    let wanted = list::Wanted {
        level: query.level,
        agency: query.agency,
        bloc: query.bloc,
        database: query.database,
        band: query.band,
        text: searched(&query.q)?,
        order: ordered(&query.sort, &list::ORDERS)?,
    };
    let country = hub.quality.country(&mut hub.db.read().await?, clock::now()).await?;
    let lines = list::list(&country, &wanted);
    if query.format != Format::Json {
        let items: Vec<Value> = lines.iter().map(|line| json!(line)).collect();
        return Ok(respond(Sheet::of("Quality", &list::COLUMNS, &items), query.format, &officer.name).await?);
    }
    let total = i64::try_from(lines.len()).ok();
    let (items, next) = behind(lines, &query.after, limit, |line| &line.id)?;
    Ok(Json(Page { items, next, total }).into_response())
}

fn page_size(limit: Option<i64>) -> Result<usize, Fault> {
    Ok(usize::try_from(within("limit", limit, LINES, LINES_MAX)?).unwrap_or_default())
}

/// Which measurement.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DatasetQuery {
    /// The number of a measurement; without it the last one.
    measurement: Option<i64>,
}

/// A dataset: its scores and fields, the rules behind them with their counts, what its columns look like, and what to repair first. No values but
/// codes of lists, no keys of records: its owner's node tells them.
#[utoipa::path(get, path = "/api/v1/quality/datasets/{id}", operation_id = "get_quality",
    params(("id" = String, Path, description = "the dataset"), DatasetQuery),
    responses((status = 200, description = "all that was measured of it", body = Dataset)))]
async fn dataset(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Named(id): Named<String>,
    Asked(query): Asked<DatasetQuery>,
) -> Result<Json<Dataset>, Problem> {
    let mut tx = hub.db.read().await?;
    let country = hub.quality.country(&mut tx, clock::now()).await?;
    Ok(Json(dataset::show(&mut tx, &country, &id, query.measurement).await?))
}

/// Which measurements.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ChangesQuery {
    /// The number of the later one; without it the last one.
    measurement: Option<i64>,
    /// The number of the earlier one; without it the one before.
    with: Option<i64>,
}

/// What changed between two measurements of a dataset: scores, and the rules of which any count differs.
#[utoipa::path(get, path = "/api/v1/quality/datasets/{id}/changes", operation_id = "compare_quality",
    params(("id" = String, Path, description = "the dataset"), ChangesQuery),
    responses((status = 200, description = "both, and what differs", body = Changes)))]
async fn changes(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Named(id): Named<String>,
    Asked(query): Asked<ChangesQuery>,
) -> Result<Json<Changes>, Problem> {
    let asked = (query.measurement, query.with);
    Ok(Json(dataset::changes(&mut hub.db.read().await?, &id, asked).await?))
}

/// Whose history.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct HistoryQuery {
    /// nation, bloc, province, agency, database (the default) or dataset.
    #[serde(default)]
    #[param(inline)]
    level: Level,
    /// Of what: as a line of the list has it.
    id: String,
    /// Only what stands behind this: `next` of the page before.
    after: Option<String>,
    /// So many at most: 1 to 500; 100 is the default.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

/// Scores as they were kept, newest first: of a dataset one for each measurement, of what is above one for each day.
#[utoipa::path(get, path = "/api/v1/quality/history", operation_id = "list_quality_history", params(HistoryQuery),
    responses((status = 200, description = "a page", body = PointPage)))]
async fn history(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<HistoryQuery>,
) -> Result<Json<PointPage>, Problem> {
    let limit = page_size(query.limit)?;
    let more = i64::try_from(limit).unwrap_or(LINES_MAX) + 1;
    let of = (query.level, query.id.as_str());
    let mut items = dataset::history(&mut hub.db.read().await?, of, query.after.as_deref(), more).await?;
    let is_more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| is_more).map(|last| last.id.clone());
    Ok(Json(Page::of(items, next)))
}

/// Which number.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ExplainQuery {
    /// nation, bloc, province, agency, database (the default) or dataset.
    #[serde(default)]
    #[param(inline)]
    level: Level,
    /// Of what: as a line of the list has it.
    id: String,
    /// A criterion (`accurate`, `complete`, `clean`, `live`, `consistent`, `shared`), a field or a rule; without it the whole.
    #[serde(default)]
    number: String,
    /// The number of a measurement, of a dataset; without it the last one.
    measurement: Option<i64>,
}

/// What a number is made of: computed anew from the counts that are kept, with the means that it is a mean of, and the rules behind it, their
/// sources, definitions and counts.
#[utoipa::path(get, path = "/api/v1/quality/explain", operation_id = "explain_quality", params(ExplainQuery),
    responses((status = 200, description = "the number and what it is made of", body = Explained)))]
async fn explain(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<ExplainQuery>,
) -> Result<Json<Explained>, Problem> {
    let ExplainQuery { level, id, number, measurement } = query;
    let asked = explain::Asked { level, id, number, measurement };
    Ok(Json(explain::explain(&mut hub.db.read().await?, &hub.quality, asked, clock::now()).await?))
}

/// In which form a scorecard is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = QualityScorecardForm)]
enum CardForm {
    /// All of it.
    #[default]
    Json,
    /// A page to print and to sign.
    Pdf,
    /// The same, to be worked on.
    Docx,
}

/// In which form, in which language.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct CardQuery {
    /// json, pdf or docx.
    #[serde(default)]
    #[param(inline)]
    format: CardForm,
    /// Of papers: vi or en.
    #[serde(default)]
    #[param(inline)]
    lang: Language,
}

/// The scorecard of an agency with all below it: scores by the six criteria, how they went, probable causes, what to repair first; as JSON, or as
/// a page in the form of an administrative document as PDF or DOCX.
#[utoipa::path(get, path = "/api/v1/quality/scorecards/{id}", operation_id = "get_quality_scorecard",
    params(("id" = String, Path, description = "the agency"), CardQuery),
    responses((status = 200, description = "the scorecard", content(
        (Scorecard = "application/json"), (String = "application/pdf"),
        (String = "application/vnd.openxmlformats-officedocument.wordprocessingml.document")))))]
async fn scorecard(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Named(id): Named<String>,
    Asked(CardQuery { format, lang }): Asked<CardQuery>,
) -> Result<Response, Problem> {
    let (mut tx, now) = (hub.db.read().await?, clock::now());
    let country = hub.quality.country(&mut tx, now).await?;
    let card = scorecard::scorecard(&mut tx, &country, &hub.settings.brief, (&officer, &id), now).await?;
    drop(tx);
    let (end, kind) = match format {
        CardForm::Json => return Ok(Json(card).into_response()),
        CardForm::Pdf => ("pdf", "application/pdf"),
        CardForm::Docx => ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    };
    let name = format!("attachment; filename=\"{}-{}.{end}\"", card.agency.replace('/', "-"), card.day);
    let failed = |error: paper::NotDrawn| Fault::Internal { why: error.to_string() };
    let drawn = draw(&officer.name, move || {
        let paper = scorecard::paper(&card, lang)?;
        if format == CardForm::Docx { paper.docx().map_err(failed) } else { paper.pdf().map_err(failed) }
    });
    let bytes = drawn.await?;
    Ok(([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, name)], bytes).into_response())
}

/// The communes of a province as all datasets tell of them: how many records each has recorded, and the rule that passes least of those whose
/// failing records are of certain units. Of what no dataset tells nothing is measured. Counts are rounded down, and small ones are not told.
#[utoipa::path(get, path = "/api/v1/quality/units/{province}", operation_id = "list_quality_units",
    params(("province" = String, Path, description = "the province, by its code in the list of administrative units")),
    responses((status = 200, description = "its communes", body = Units)))]
async fn units(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Named(province): Named<String>,
) -> Result<Json<Units>, Problem> {
    let (mut tx, now) = (hub.db.read().await?, clock::now());
    let country = hub.quality.country(&mut tx, now).await?;
    Ok(Json(units::units(&mut tx, &country, &province, day_in_viet_nam(now)).await?))
}

/// Which defects.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DefectsQuery {
    /// Only of this agency and those below it.
    #[serde(default)]
    agency: String,
    /// Only of this dataset.
    #[serde(default)]
    service: String,
    /// Only of the datasets that were confirmed to belong to this database.
    #[serde(default)]
    database: String,
    /// Only in this state: `open`, `correcting`, `closed`, `rule_gone`, or `live` for what is open or being corrected.
    #[serde(default)]
    #[param(pattern = r"^(open|correcting|closed|rule_gone|live|)$")]
    state: String,
    /// Only from here: `measured` or `reported`.
    #[serde(default)]
    #[param(pattern = r"^(measured|reported|)$")]
    origin: String,
    /// Only those whose day is over.
    #[serde(default)]
    late: bool,
    /// In the order of this column, upwards; `-gain`: downwards. `id`, `due` (the default), `fails`, `gain`, `opened_at`, `service`, `owner`.
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

/// Defects: records of datasets that fail a rule, with who must correct them at the source, by when, and what repair gains. What was measured
/// everybody sees; what consumers reported the hub, the owner and whoever reported it.
#[utoipa::path(get, path = "/api/v1/quality/defects", operation_id = "list_defects", params(DefectsQuery),
    responses((status = 200, description = "a page", content(
        (DefectPage = "application/json"), (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
async fn defects(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<DefectsQuery>,
) -> Result<Response, Problem> {
    let limit = within("limit", query.limit, LINES, LINES_MAX)?;
    let wrong = |why: &str| Fault::BadParameters { why: Words::quoted(why) };
    if !matches!(query.state.as_str(), "" | "open" | "correcting" | "closed" | "rule_gone" | "live") {
        return Err(wrong("state: open, correcting, closed, rule_gone, live").into());
    }
    if !matches!(query.origin.as_str(), "" | "measured" | "reported") {
        return Err(wrong("origin: measured, reported").into());
    }
    let wanted = defect::Wanted {
        agency: query.agency,
        service: query.service,
        database: query.database,
        state: query.state,
        origin: query.origin,
        late: query.late,
        order: ordered(&query.sort, &defect::LINES.columns())?,
        after: query.after,
        limit,
    };
    let (mut tx, now) = (hub.db.read().await?, clock::now());
    if query.format != Format::Json {
        let whole = defect::Wanted { after: String::new(), limit: ROWS_MAX, ..wanted };
        let (lines, _) = defect::list(&mut tx, &officer, &whole, now).await?;
        drop(tx);
        let items: Vec<Value> = lines.iter().map(|line| json!(line)).collect();
        return Ok(
            respond(Sheet::of("Defects", &defect::COLUMNS, &items), query.format, &officer.name).await?
        );
    }
    let total = match query.total {
        true => Some(defect::count(&mut tx, &officer, &wanted, now).await?),
        false => None,
    };
    let (items, more) = defect::list(&mut tx, &officer, &wanted, now).await?;
    let next = items.last().filter(|_| more).map(|last| last.id.clone());
    Ok(Json(Page { items, next, total }).into_response())
}

/// One defect: what the rule asks, what failing records have in common, its clocks, what happened, and what you may do.
#[utoipa::path(get, path = "/api/v1/quality/defects/{id}", operation_id = "get_defect",
    params(("id" = String, Path, description = "CL-2026-000001")),
    responses((status = 200, description = "all that is known of it", body = Defect)))]
async fn defect(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Named(id): Named<String>,
) -> Result<Json<Veiled<Defect>>, Problem> {
    let mut tx = hub.db.read().await?;
    let found = defect::show(&mut tx, &officer, &id, clock::now()).await?;
    Ok(Json(veil::draw(&mut tx, &found, &officer).await?))
}

/// Report a defect that you met in an exchange: the exchange by its id, the field, and which of the eight groups it is. Data of persons are in no
/// report: the owner finds the record by the exchange. It is closed when a later measurement passes.
#[utoipa::path(post, path = "/api/v1/quality/defects", operation_id = "report_defect", request_body = Reporting,
    responses((status = 200, description = "the defect", body = DoneDefect)))]
async fn report_defect(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Body(body): Body,
) -> Result<Json<Done<Veiled<Defect>>>, Problem> {
    let reporting: Reporting = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let opened = reporting::report(tx, &reporting, context).await?;
        Ok(Outcome::Done(veil::draw(tx, &opened, &context.officer).await?))
    };
    command.with(&body).run(&hub, &reporting.reason, work).await
}

async fn act(
    hub: &Hub,
    command: Command,
    id: &str,
    doing: Doing,
    body: &[u8],
) -> Result<Json<Done<Veiled<Defect>>>, Problem> {
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let after = acting::act(tx, id, doing, context).await?;
        Ok(Outcome::Done(veil::draw(tx, &after, &context.officer).await?))
    };
    command.run_for_reason(hub, body, work).await
}

/// Say that a defect is being corrected at the source. It is closed by the next measurement that passes, and by nothing else.
#[utoipa::path(post, path = "/api/v1/quality/defects/{id}/correct", operation_id = "correct_defect", request_body = Reason,
    params(("id" = String, Path, description = "CL-2026-000001")),
    responses((status = 200, description = "the defect", body = DoneDefect)))]
async fn correct(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<Done<Veiled<Defect>>>, Problem> {
    act(&hub, command, &id, Doing::Correct, &body).await
}

/// Say that a defect is disputed and must be looked into: once, and its last day becomes the fifteenth working day.
#[utoipa::path(post, path = "/api/v1/quality/defects/{id}/dispute", operation_id = "dispute_defect", request_body = Reason,
    params(("id" = String, Path, description = "CL-2026-000001")),
    responses((status = 200, description = "the defect", body = DoneDefect)))]
async fn dispute(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<Done<Veiled<Defect>>>, Problem> {
    act(&hub, command, &id, Doing::Dispute, &body).await
}

/// Say something in a defect: its owner, the hub, and whoever reported it.
#[utoipa::path(post, path = "/api/v1/quality/defects/{id}/comments", operation_id = "comment_defect", request_body = Reason,
    params(("id" = String, Path, description = "CL-2026-000001")),
    responses((status = 200, description = "the defect", body = DoneDefect)))]
async fn comment(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<Done<Veiled<Defect>>>, Problem> {
    act(&hub, command, &id, Doing::Comment, &body).await
}
