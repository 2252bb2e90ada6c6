//! What an agency gave to others in a month, over HTTP.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use jiff::civil::Date;
use model::fault::{Fault, Words};
use model::id::MemberId;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::hub::Hub;
use crate::sheet::{Format, Sheet};
use crate::usage::monthly::{self, COLUMNS, Monthly};
use crate::web::table::respond;
use crate::web::{Asked, Problem};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(shared))
}

/// Whose, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct MonthQuery {
    /// The agency, `VN/GOV/G01`.
    #[param(value_type = String)]
    owner: MemberId,
    /// The month, `2026-11`.
    #[param(pattern = r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
    month: String,
    /// json, csv or xlsx.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// What an agency gave to others in a month: by service, consumer and purpose, as its own nodes counted and as those of the consumers did.
/// Tests and calls of the agency itself are left out. Days are kept for about 400 days.
#[utoipa::path(get, path = "/api/v1/usage/monthly", operation_id = "get_shared_of_month", params(MonthQuery),
    responses((status = 200, description = "what was shared", content(
        (Monthly = "application/json"), (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
async fn shared(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<MonthQuery>,
) -> Result<Response, Problem> {
    let first = format!("{}-01", query.month).parse::<Date>().ok().filter(|_| query.month.len() == 7);
    let month = first.ok_or_else(|| Fault::BadParameters { why: Words::quoted("month: 2026-11") })?;
    let told = monthly::monthly(&mut hub.db.read().await?, &query.owner, month).await?;
    if query.format == Format::Json {
        return Ok(Json(told).into_response());
    }
    let items: Vec<Value> = told.items.iter().map(|item| json!(item)).collect();
    let sheet = Sheet::of(&format!("Shared-{}", query.month), &COLUMNS, &items);
    Ok(respond(sheet, query.format, &officer.name).await?)
}
