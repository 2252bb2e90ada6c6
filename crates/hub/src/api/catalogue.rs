//! The catalogue over HTTP.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use model::time::day_in_viet_nam;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::catalogue::dcat::graph;
use crate::catalogue::mqa::{self, Quality};
use crate::catalogue::open::{self, Listed};
use crate::clock;
use crate::hub::Hub;
use crate::pool::draw;
use crate::sheet::{Format, Sheet};
use crate::web::table::respond;
use crate::web::{Asked, Page, Problem};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(catalogue)).routes(routes!(metadata)).routes(routes!(open_data))
}

type ListedPage = Page<Listed>;

/// How the catalogue is written.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Syntax {
    #[default]
    Turtle,
    Jsonld,
}

/// How the catalogue is written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CatalogueQuery {
    /// turtle or jsonld.
    #[serde(default)]
    #[param(inline)]
    format: Syntax,
}

/// The catalogue of databases and services in DCAT-AP 3.0.1. Candidates are not in it.
#[utoipa::path(get, path = "/api/v1/catalogue", operation_id = "export_catalogue", params(CatalogueQuery),
    responses((status = 200, description = "the graph", content((String = "text/turtle"), (Object = "application/ld+json")))))]
async fn catalogue(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<CatalogueQuery>,
) -> Result<Response, Problem> {
    let base = hub.settings.url.to_string();
    let graph = graph(&mut hub.db.read().await?, &base, day_in_viet_nam(clock::now())).await?;
    Ok(match query.format {
        Syntax::Turtle => {
            let text = draw(&officer.name, move || graph.turtle()).await?;
            ([(CONTENT_TYPE, "text/turtle")], text).into_response()
        }
        Syntax::Jsonld => {
            let text = draw(&officer.name, move || Ok(graph.json_ld().to_string())).await?;
            ([(CONTENT_TYPE, "application/ld+json")], text).into_response()
        }
    })
}

/// The catalogue's own metadata by the Metadata Quality Assessment of data.europa.eu: 405 points in five dimensions. Whether addresses answer is
/// not asked, and is told as not measured.
#[utoipa::path(get, path = "/api/v1/catalogue/quality", operation_id = "get_catalogue_quality",
    responses((status = 200, description = "points by indicator", body = Quality)))]
async fn metadata(State(hub): State<Arc<Hub>>, officer: Officer) -> Result<Json<Quality>, Problem> {
    let base = hub.settings.url.to_string();
    let graph = graph(&mut hub.db.read().await?, &base, day_in_viet_nam(clock::now())).await?;
    Ok(Json(draw(&officer.name, move || Ok(mqa::quality(&graph))).await?))
}

/// How the list is written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OpenQuery {
    /// json, csv or xlsx.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// The list of open data: sets and their public fields; no personal, internal or secret field is ever in it.
#[utoipa::path(get, path = "/api/v1/open-data", operation_id = "list_open_data", params(OpenQuery),
    responses((status = 200, description = "the list", content(
        (ListedPage = "application/json"), (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
async fn open_data(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<OpenQuery>,
) -> Result<Response, Problem> {
    let listed = open::list(&mut hub.db.read().await?).await?;
    if query.format == Format::Json {
        return Ok(Json(Page::all(listed)).into_response());
    }
    let items: Vec<Value> = listed.iter().map(|set| json!(set)).collect();
    Ok(respond(Sheet::of("OpenData", open::COLUMNS, &items), query.format, &officer.name).await?)
}
