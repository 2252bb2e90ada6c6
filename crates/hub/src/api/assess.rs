//! Assessments over HTTP: periods and agencies in them, criteria with their evidence, bundles to be computed anew anywhere; packs, claims,
//! waivers and disputes.

use std::sync::Arc;

use assess::Pack;
use assess::pack::Criterion;
use assess::period::Period;
use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use model::fault::{Fault, Words};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::assess::acting::{self, Claimed, Claiming, Dispute, Disputing, WaiverLine, Waiving};
use crate::assess::keep::{self, Head};
use crate::assess::look::{self, OnLine, Shown, Whole};
use crate::assess::packs::{self, Announcing, Known};
use crate::assess::run::{self, Ran};
use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::audit::right::Right;
use crate::audit::veil::{self, Veiled};
use crate::clock;
use crate::hub::Hub;
use crate::sheet::{Format, Sheet};
use crate::store::Tx;
use crate::web::command::{Command, Done, Outcome};
use crate::web::intake::Body;
use crate::web::table::respond;
use crate::web::{Asked, Named, Page, Problem, Reason, behind, ordered, read, searched, within};

/// Lines of one page, and what is usual.
const LINES_MAX: i64 = 500;
const LINES: i64 = 100;
/// The packs that are looked at where none are named.
const FAMILY: &str = "lienthong-30";

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(periods))
        .routes(routes!(agency))
        .routes(routes!(criterion))
        .routes(routes!(bundle))
        .routes(routes!(known_packs, announce))
        .routes(routes!(pack))
        .routes(routes!(assess_now))
        .routes(routes!(claim))
        .routes(routes!(waive))
        .routes(routes!(end_waiver))
        .routes(routes!(dispute))
        .routes(routes!(answer))
}

type HeadPage = Page<Head>;
type KnownPage = Page<Known>;
type DoneKnown = Done<Known>;
type DoneRun = Done<RanAll>;
type DoneClaimed = Done<Claimed>;
type DoneWaiver = Done<WaiverLine>;
type DoneDispute = Done<Dispute>;

/// The period that a text names; empty: the newest.
fn period(text: &str) -> Result<Option<Period>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|error| Fault::BadParameters { why: Words::quoted(error) })
}

/// The family that a text names; empty: the thirty criteria.
fn family(text: &str) -> &str {
    if text.is_empty() { FAMILY } else { text }
}

/// Which agencies.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// By which packs: `lienthong-30`, the default.
    #[serde(default)]
    family: String,
    /// In which period: `2026-11`, `2026-Q4`; without it the newest.
    #[serde(default)]
    period: String,
    /// Only of this group of peers.
    #[serde(default)]
    group: String,
    /// Only on this level, 1 to 5.
    #[param(minimum = 1, maximum = 5)]
    level: Option<u8>,
    /// Only what has these words.
    #[serde(default)]
    #[param(max_length = 1000)]
    q: String,
    /// In the order of this column, upwards; `-gap`: downwards. `agency`, `name.vi`, `name.en`, `group`, `observed`, `coverage`, `claimed`,
    /// `gap`, `level`. What was not measured stands below everything that was.
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

/// A page of the agencies of a period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AssessedAgencies)]
struct Agencies {
    /// The period.
    head: Head,
    /// The pack.
    pack: Known,
    /// Its groups of peers.
    groups: Vec<assess::pack::Group>,
    /// The agencies.
    items: Vec<OnLine>,
    /// Behind which the next page begins, to be asked for as `after`; null: nothing is left.
    next: Option<String>,
    /// How many the filters leave.
    total: usize,
}

/// All agencies of a period: what was observed, how much of what is asked that covers, what they claim and by how much that is more, and their
/// level. Scores are from 0 to 100. Places among peers are shared by whose intervals overlap.
#[utoipa::path(get, path = "/api/v1/assessments", operation_id = "list_assessments", params(ListQuery),
    responses((status = 200, description = "a page", content(
        (Agencies = "application/json"), (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
async fn list(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<ListQuery>,
) -> Result<Response, Problem> {
    let limit = usize::try_from(within("limit", query.limit, LINES, LINES_MAX)?).unwrap_or_default();
    let wanted = look::Wanted {
        family: family(&query.family).to_owned(),
        period: period(&query.period)?,
        group: query.group,
        level: query.level,
        text: searched(&query.q)?,
        order: ordered(&query.sort, &look::ORDERS)?,
    };
    let mut tx = hub.db.read().await?;
    let (head, lines) = look::list(&mut tx, &wanted).await?;
    let pack = packs::one(&mut tx, &head.pack).await?;
    drop(tx);
    if query.format != Format::Json {
        let items: Vec<Value> = lines.iter().map(|line| json!(line)).collect();
        return Ok(
            respond(Sheet::of("Assessments", &look::COLUMNS, &items), query.format, &officer.name).await?
        );
    }
    let total = lines.len();
    let (items, next) = behind(lines, &query.after, limit, |line| &line.agency)?;
    let groups = pack.pack.groups.clone();
    Ok(Json(Agencies { head, pack, groups, items, next, total }).into_response())
}

/// Which packs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct FamilyQuery {
    /// By which packs: `lienthong-30`, the default.
    #[serde(default)]
    family: String,
}

/// The periods that were assessed, the newest first, each with what it came to over all agencies and the digests of what it was made of.
#[utoipa::path(get, path = "/api/v1/assessments/periods", operation_id = "list_assessed_periods", params(FamilyQuery),
    responses((status = 200, description = "all of them", body = HeadPage)))]
async fn periods(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<FamilyQuery>,
) -> Result<Json<HeadPage>, Problem> {
    Ok(Json(Page::all(keep::heads(&mut hub.db.read().await?, family(&query.family)).await?)))
}

/// By which packs, in which period.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct PeriodQuery {
    /// By which packs: `lienthong-30`, the default.
    #[serde(default)]
    family: String,
    /// In which period: `2026-11`, `2026-Q4`; without it the newest.
    #[serde(default)]
    period: String,
}

/// An agency in a period: the triple, each criterion with what shows it, since when it is not met, how it is mended and what that adds, how it
/// went, what it disputes and is let off. All of it is computed anew from what was kept, and compared with what it came to then.
#[utoipa::path(get, path = "/api/v1/assessments/agencies/{id}", operation_id = "get_assessment",
    params(("id" = String, Path, description = "the agency"), PeriodQuery),
    responses((status = 200, description = "all of it", body = Whole)))]
async fn agency(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Named(id): Named<String>,
    Asked(query): Asked<PeriodQuery>,
) -> Result<Json<Veiled<Whole>>, Problem> {
    let mut tx = hub.db.read().await?;
    let found = look::agency(&mut tx, family(&query.family), period(&query.period)?, &id).await?;
    Ok(Json(veil::draw(&mut tx, &found, &officer).await?))
}

/// A criterion of an agency, with what it was in other periods.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedCriterion)]
struct Explained {
    /// The period.
    head: Head,
    /// The pack.
    pack: Known,
    /// The agency on one line.
    line: OnLine,
    /// The criterion.
    criterion: Shown,
    /// The periods in which it was not met.
    failed: Vec<Value>,
    /// What is disputed of it.
    disputes: Vec<Dispute>,
    /// What of it is let off, or was.
    waivers: Vec<WaiverLine>,
    /// SHA-256 over the canonical text of the agency's evidence.
    evidence_sha256: String,
    /// SHA-256 over the canonical text of what that came to.
    result_sha256: String,
    /// Whether the same evidence comes to the same digits now.
    recomputed: bool,
}

/// A criterion of an agency: the rule with its law, what is measured and what that is read from, the evidence with its class and day, what it
/// counts, in which periods it was not met, disputes and waivers.
#[utoipa::path(get, path = "/api/v1/assessments/agencies/{id}/criteria/{criterion}", operation_id = "explain_assessment",
    params(("id" = String, Path, description = "the agency"), ("criterion" = String, Path, description = "the criterion"), PeriodQuery),
    responses((status = 200, description = "the criterion and what it is made of", body = Explained)))]
async fn criterion(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Named((id, criterion)): Named<(String, String)>,
    Asked(query): Asked<PeriodQuery>,
) -> Result<Json<Veiled<Explained>>, Problem> {
    let mut tx = hub.db.read().await?;
    let family = family(&query.family);
    let found = look::agency(&mut tx, family, period(&query.period)?, &id).await?;
    let failed = keep::history(&mut tx, family, &id, 36).await?;
    let failed = failed.iter().filter(|(_, _, line)| line.failed.contains(&criterion));
    let failed = failed.map(|(period, pack, _)| json!({ "period": period, "pack": pack })).collect();
    let shown = found.criteria.into_iter().find(|shown| shown.id == criterion);
    let of = |one: &str| one == criterion;
    let explained = Explained {
        criterion: shown.ok_or_else(|| crate::registry::check::not_there("AssessCriterion", &criterion))?,
        failed,
        disputes: found.disputes.into_iter().filter(|one| of(&one.criterion)).collect(),
        waivers: found.waivers.into_iter().filter(|one| of(&one.criterion)).collect(),
        head: found.head,
        pack: found.pack,
        line: found.line,
        evidence_sha256: found.evidence_sha256,
        result_sha256: found.result_sha256,
        recomputed: found.recomputed,
    };
    Ok(Json(veil::draw(&mut tx, &explained, &officer).await?))
}

/// Of whom.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct BundleQuery {
    /// By which packs: `lienthong-30`, the default.
    #[serde(default)]
    family: String,
    /// In which period; without it the newest.
    #[serde(default)]
    period: String,
    /// The agency; without it all of them.
    #[serde(default)]
    agency: String,
}

/// The bundle of an agency, or of all of a period: pack, evidence and what it came to, with digests, as canonical JSON. Whoever has it computes it
/// anew without the hub: `lienthong assess verify`.
#[utoipa::path(get, path = "/api/v1/assessments/bundle", operation_id = "get_assessment_bundle", params(BundleQuery),
    responses((status = 200, description = "the bundle", body = assess::Bundle)))]
async fn bundle(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<BundleQuery>,
) -> Result<Response, Problem> {
    let mut tx = hub.db.read().await?;
    let period = period(&query.period)?;
    let text = look::bundle(&mut tx, family(&query.family), period, &query.agency).await?;
    let kind = (CONTENT_TYPE, "application/json");
    Ok(([kind, (CONTENT_DISPOSITION, "attachment; filename=\"danh-gia.json\"")], text).into_response())
}

/// All packs of assessments: where each comes from, and from when on it judges.
#[utoipa::path(get, path = "/api/v1/assessments/packs", operation_id = "list_assess_packs",
    responses((status = 200, description = "all of them", body = KnownPage)))]
async fn known_packs(State(hub): State<Arc<Hub>>, _: Officer) -> Result<Json<KnownPage>, Problem> {
    Ok(Json(Page::all(packs::all_of(&mut hub.db.read().await?).await?)))
}

/// A pack with its criteria.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WholeAssessPack)]
struct WholePack {
    /// The pack on one line.
    #[serde(flatten)]
    known: Known,
    /// All of it.
    whole: Pack,
    /// What each measure is and is read from, by its name.
    measures: Vec<MeasureOf>,
}

/// A measure that a pack asks for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AssessMeasure)]
struct MeasureOf {
    /// Its name.
    measure: String,
    /// What it is.
    name: model::agency::Name,
    /// What it is read from, or why the platform does not see it.
    from: model::agency::Name,
    /// Whether the platform reads it by itself.
    seen: bool,
    /// By whom it is shown.
    class: assess::Class,
}

/// A pack: its criteria with law, measure, bound, weight, gate and grace, its levels and groups of peers.
#[utoipa::path(get, path = "/api/v1/assessments/packs/{id}", operation_id = "get_assess_pack",
    params(("id" = String, Path, description = "lienthong-30@1")),
    responses((status = 200, description = "the pack", body = WholePack)))]
async fn pack(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Named(id): Named<String>,
) -> Result<Json<WholePack>, Problem> {
    let known = packs::one(&mut hub.db.read().await?, &id).await?;
    let measures = known.pack.criteria.iter().filter_map(|criterion: &Criterion| {
        let measure = assess::measure::Measure::of(&criterion.measure)?;
        Some(MeasureOf {
            measure: measure.name.to_owned(),
            name: measure.words().into(),
            from: measure.from().into(),
            seen: measure.seen,
            class: measure.class,
        })
    });
    Ok(Json(WholePack { measures: measures.collect(), whole: known.pack.clone(), known }))
}

/// Announce a pack. The first of a family judges from its own day on; a later version a whole period after it was announced, at the earliest.
#[utoipa::path(post, path = "/api/v1/assessments/packs", operation_id = "announce_assess_pack", request_body = Announcing,
    responses((status = 200, description = "the pack", body = DoneKnown)))]
async fn announce(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Body(body): Body,
) -> Result<Json<DoneKnown>, Problem> {
    command.officer.must(Right::Govern)?;
    let Announcing { toml, reason } = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        Ok(Outcome::Done(packs::announce(tx, &toml, context).await?))
    };
    command.with(&body).run(&hub, &reason, work).await
}

/// What was assessed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AssessmentRuns)]
struct RanAll {
    /// Periods that were assessed anew, and those that ended.
    periods: Vec<Ran>,
}

/// Assess the present period now: the hub does so by itself once a day. Periods that are over are frozen, and stay as they were read.
#[utoipa::path(post, path = "/api/v1/assessments/run", operation_id = "run_assessment", request_body = Reason,
    responses((status = 200, description = "what was assessed", body = DoneRun)))]
async fn assess_now(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Body(body): Body,
) -> Result<Json<DoneRun>, Problem> {
    command.officer.must(Right::Govern)?;
    command.officer.of_the_hub()?;
    let now = clock::now();
    let mut tx = hub.db.read().await?;
    let country = hub.quality.country(&mut tx, now).await?;
    let found = run::read(&mut tx, &country, now).await?;
    drop(tx);
    let work = async |tx: &mut Tx, context: &AuditContext| {
        Ok(Outcome::Done(RanAll { periods: run::write(tx, &found, context).await? }))
    };
    command.run_for_reason(&hub, &body, work).await
}

/// Say how your agency stands by a criterion. It is shown beside what was observed, and moves nothing of that.
#[utoipa::path(post, path = "/api/v1/assessments/claims", operation_id = "claim_criterion", request_body = Claiming,
    responses((status = 200, description = "what is claimed then", body = DoneClaimed)))]
async fn claim(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Body(body): Body,
) -> Result<Json<DoneClaimed>, Problem> {
    command.officer.must(Right::ChangeCatalogue)?;
    let claiming: Claiming = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        Ok(Outcome::Done(acting::claim(tx, &claiming, context).await?))
    };
    command.with(&body).run(&hub, &claiming.reason, work).await
}

/// Let an agency off a criterion until a day, on a legal basis. Officers of the hub do; nobody lets themselves off.
#[utoipa::path(post, path = "/api/v1/assessments/waivers", operation_id = "waive_criterion", request_body = Waiving,
    responses((status = 200, description = "the waiver", body = DoneWaiver)))]
async fn waive(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Body(body): Body,
) -> Result<Json<DoneWaiver>, Problem> {
    command.officer.must(Right::Govern)?;
    let waiving: Waiving = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        Ok(Outcome::Done(acting::waive(tx, &waiving, context).await?))
    };
    command.with(&body).run(&hub, &waiving.reason, work).await
}

/// End a waiver today.
#[utoipa::path(post, path = "/api/v1/assessments/waivers/{id}/end", operation_id = "end_waiver", request_body = Reason,
    params(("id" = String, Path, description = "MT-2026-000001")),
    responses((status = 200, description = "the waiver", body = DoneWaiver)))]
async fn end_waiver(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<DoneWaiver>, Problem> {
    let work = async |tx: &mut Tx, context: &AuditContext| {
        Ok(Outcome::Done(acting::end_waiver(tx, &id, context).await?))
    };
    command.run_for_reason(&hub, &body, work).await
}

/// Dispute how your agency stands by a criterion. It is answered within fifteen working days, and everybody sees both.
#[utoipa::path(post, path = "/api/v1/assessments/disputes", operation_id = "dispute_criterion", request_body = Disputing,
    responses((status = 200, description = "the dispute", body = DoneDispute)))]
async fn dispute(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Body(body): Body,
) -> Result<Json<DoneDispute>, Problem> {
    command.officer.must(Right::ChangeCatalogue)?;
    let disputing: Disputing = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        Ok(Outcome::Done(acting::dispute(tx, &disputing, context).await?))
    };
    command.with(&body).run(&hub, &disputing.reason, work).await
}

/// Answer a dispute: what you say is the answer. A waiver, if one follows, is a deed of its own.
#[utoipa::path(post, path = "/api/v1/assessments/disputes/{id}/answer", operation_id = "answer_dispute", request_body = Reason,
    params(("id" = String, Path, description = "KN-2026-000001")),
    responses((status = 200, description = "the dispute", body = DoneDispute)))]
async fn answer(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<DoneDispute>, Problem> {
    let work = async |tx: &mut Tx, context: &AuditContext| {
        Ok(Outcome::Done(acting::answer(tx, &id, context).await?))
    };
    command.run_for_reason(&hub, &body, work).await
}
