//! Code lists over HTTP, beside what they have in common with all documents: the codes of a day, and where a code leads.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use jiff::civil::Date;
use model::codelist::{Code, CodeList, Crosswalk, Pair};
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::catalogue::codelist::{Named as ListName, names};
use crate::clock;
use crate::hub::Hub;
use crate::registry::Subject as _;
use crate::registry::check::not_there;
use crate::registry::index::words;
use crate::sheet::{Format, Sheet};
use crate::web::table::respond;
use crate::web::{Asked, Named, Page, Problem, behind, ordered, searched, within};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(lists)).routes(routes!(codes)).routes(routes!(follow))
}

type ListNamePage = Page<ListName>;

/// Most codes in one answer: more than any list has.
const CODES_MAX: u64 = 100_000;

/// Which codes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CodesQuery {
    /// The day; today without it.
    on: Option<Date>,
    /// Only codes under this one.
    under: Option<String>,
    /// Only codes of which words begin so, in their names or the code.
    #[serde(default)]
    #[param(max_length = 1000)]
    q: String,
    /// The column that they are ordered by, with `-` before it downwards: code, vi, en, parent, valid_from, valid_to.
    #[serde(default)]
    sort: String,
    /// Only what stands behind this code.
    #[serde(default)]
    after: String,
    /// So many at most; all of them without it.
    #[param(minimum = 1, maximum = 100_000)]
    limit: Option<u64>,
    /// json, csv or xlsx.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// The lists by name, without their codes.
#[utoipa::path(get, path = "/api/v1/codelists", operation_id = "list_code_list_names", responses((status = 200, description = "all of them", body = ListNamePage)))]
async fn lists(State(hub): State<Arc<Hub>>, _: Officer) -> Result<Json<ListNamePage>, Problem> {
    let items = names(&mut hub.db.read().await?).await?;
    Ok(Json(Page::all(items)))
}

/// Codes of a list.
#[derive(Debug, Serialize, ToSchema)]
struct Codes {
    /// The list.
    list: String,
    /// The day on which they are in force.
    on: Date,
    /// The codes, in order.
    items: Vec<Code>,
    /// Behind which the next page begins, to be asked for as `after`; null: nothing is left.
    next: Option<String>,
    /// How many there are on all pages.
    total: usize,
}

/// The columns of a table of codes, which are what codes may be ordered by.
const COLUMNS: [&str; 6] = ["code", "vi", "en", "parent", "valid_from", "valid_to"];

/// The codes of a list that are in force on a day.
#[utoipa::path(get, path = "/api/v1/codelists/{id}/codes", operation_id = "list_codes", params(("id" = String, Path, description = "the list"), CodesQuery),
    responses((status = 200, description = "code, names, parent, first day, end", content(
        (Codes = "application/json"), (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
async fn codes(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Named(id): Named<String>,
    Asked(query): Asked<CodesQuery>,
) -> Result<Response, Problem> {
    let list = CodeList::load(&mut hub.db.read().await?, &id).await?;
    let list = list.ok_or_else(|| not_there(CodeList::KIND, &id))?;
    let day = query.on.unwrap_or_else(|| day_in_viet_nam(clock::now()));
    let under = |code: &&Code| query.under.is_none() || code.parent == query.under;
    let wanted: Vec<String> = words(&searched(&query.q)?).collect();
    let says = |code: &&Code| {
        let en = code.en.as_deref().unwrap_or_default();
        let has: Vec<String> = words(&format!("{} {} {en}", code.code, code.vi)).collect();
        wanted.iter().all(|word| has.iter().any(|known| known.starts_with(word.as_str())))
    };
    let mut items: Vec<Code> = list.on(day).filter(under).filter(says).cloned().collect();
    // A text without a letter or a digit is in nothing.
    if wanted.is_empty() && !query.q.trim().is_empty() {
        items.clear();
    }
    if let Some(order) = ordered(&query.sort, &COLUMNS)? {
        order.sort(&mut items, "code", &[]);
    }
    let total = items.len();
    let limit = within("limit", query.limit, CODES_MAX, CODES_MAX)?;
    let (items, next) =
        behind(items, &query.after, usize::try_from(limit).unwrap_or(usize::MAX), |code| &code.code)?;
    if query.format == Format::Json {
        return Ok(Json(Codes { list: list.id, on: day, items, next, total }).into_response());
    }
    let items: Vec<Value> = items.iter().map(|code| json!(code)).collect();
    Ok(respond(Sheet::of(&list.id, &COLUMNS, &items), query.format, &officer.name).await?)
}

/// A code to follow.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FollowQuery {
    /// The code.
    code: String,
}

/// Where a code leads.
#[derive(Debug, Serialize, ToSchema)]
struct Followed {
    /// The list it is of.
    from: String,
    /// The list it leads to.
    to: String,
    /// The code.
    code: String,
    /// The ways.
    items: Vec<Pair>,
}

/// Where a code leads by a cross-walk: often to one code, sometimes to several, sometimes to none.
#[utoipa::path(get, path = "/api/v1/crosswalks/{id}/follow", operation_id = "follow_crosswalk", params(("id" = String, Path, description = "the cross-walk"), FollowQuery),
    responses((status = 200, description = "the pairs that begin with the code", body = Followed)))]
async fn follow(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Named(id): Named<String>,
    Asked(query): Asked<FollowQuery>,
) -> Result<Json<Followed>, Problem> {
    let walk = Crosswalk::load(&mut hub.db.read().await?, &id).await?;
    let walk = walk.ok_or_else(|| not_there(Crosswalk::KIND, &id))?;
    let Crosswalk { from, to, pairs, .. } = walk;
    let items = pairs.into_iter().filter(|pair| pair.from == query.code).collect();
    Ok(Json(Followed { from, to, code: query.code, items }))
}
