//! What things are called, over HTTP.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::fault::Fault;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::hub::Hub;
use crate::registry::names::{Called, Mentioned, NAMES_MAX, called};
use crate::texts;
use crate::web::{Asked, Page, Problem};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(names))
}

type CalledPage = Page<Called>;

/// Which things.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct NameQuery {
    /// Up to 1,000 things with commas between them, each a kind and a name: `Agency/VN/GOV/G01,Purpose/khai-sinh`. A datum that a database
    /// is master of is a `Datum`.
    of: String,
}

/// What agencies, systems, services, databases, data, purposes, legal bases, terms and code lists are called. What is not there is left out.
#[utoipa::path(get, path = "/api/v1/names", operation_id = "list_names", params(NameQuery),
    responses((status = 200, description = "names, a legal basis by its citation", body = CalledPage)))]
async fn names(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Asked(query): Asked<NameQuery>,
) -> Result<Json<CalledPage>, Problem> {
    let asked = query.of.split(',').filter_map(|thing| thing.split_once('/'));
    let asked: BTreeSet<Mentioned> = asked.map(|(kind, id)| (kind.to_owned(), id.to_owned())).collect();
    if asked.len() > NAMES_MAX {
        return Err(Fault::BadParameters { why: texts::names_too_many(NAMES_MAX) }.into());
    }
    let items = called(&mut hub.db.read().await?, &asked).await?;
    Ok(Json(Page::all(items)))
}
