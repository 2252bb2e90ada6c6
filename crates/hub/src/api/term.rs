//! The dictionary over HTTP, as others keep dictionaries: tables, SKOS.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use model::codelist::CodeList;
use model::fault::{Fault, Words};
use model::term::Term;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::catalogue::{skos, term_table as table};
use crate::hub::Hub;
use crate::kinds::{Document, apply};
use crate::pool::{draw, heavy};
use crate::registry::write::{Effect, Outcome as Change};
use crate::registry::{Subject as _, every};
use crate::sheet::Format;
use crate::store::Tx;
use crate::web::command::{Changing, Done, Outcome};
use crate::web::intake::{Body, MANY_THINGS};
use crate::web::table::respond;
use crate::web::{Asked, Page, Problem};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(export, import))
}

type TermPage = Page<Term>;
type DoneImported = Done<Imported>;

/// How the dictionary is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum As {
    /// Documents.
    #[default]
    Json,
    /// A table, one row an edition.
    Csv,
    /// The same for people.
    Xlsx,
    /// SKOS as Turtle, with the code lists.
    Turtle,
    /// SKOS as JSON-LD, with the code lists.
    Jsonld,
}

/// How.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// json, csv, xlsx, turtle or jsonld.
    #[serde(default)]
    #[param(inline)]
    format: As,
}

/// The whole dictionary.
#[utoipa::path(get, path = "/api/v1/dictionary", operation_id = "export_dictionary", params(ExportQuery),
    responses((status = 200, description = "all terms with all editions", content(
        (TermPage = "application/json"), (String = "text/csv"), (String = "text/turtle"), (Object = "application/ld+json"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
async fn export(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<ExportQuery>,
) -> Result<Response, Problem> {
    let mut tx = hub.db.read().await?;
    let terms = every::<Term>(&mut tx, &[]).await?;
    let lists = match query.format {
        As::Turtle | As::Jsonld => every::<CodeList>(&mut tx, &[]).await?,
        _ => Vec::new(),
    };
    drop(tx);
    let base = hub.settings.url.to_string();
    Ok(match query.format {
        As::Json => Json(Page::all(terms)).into_response(),
        As::Csv => respond(table::sheet(&terms), Format::Csv, &officer.name).await?,
        As::Xlsx => respond(table::sheet(&terms), Format::Xlsx, &officer.name).await?,
        As::Turtle => {
            let text = draw(&officer.name, move || skos::graph(&base, &terms, &lists).turtle()).await?;
            ([(CONTENT_TYPE, "text/turtle")], text).into_response()
        }
        As::Jsonld => {
            let text =
                draw(&officer.name, move || Ok(skos::graph(&base, &terms, &lists).json_ld().to_string()))
                    .await?;
            ([(CONTENT_TYPE, "application/ld+json")], text).into_response()
        }
    })
}

/// What is read, and why.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// csv, xlsx or turtle.
    #[param(inline)]
    format: As,
    /// Why.
    #[param(min_length = 1, max_length = 2000, pattern = r"\S")]
    reason: String,
    /// Only tell what would change.
    #[serde(default)]
    dry_run: bool,
}

/// What was read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DictionaryRead)]
struct Imported {
    /// What changed of each term that did.
    effects: Vec<Effect>,
    /// How many terms were read.
    read: usize,
    /// Whether it was only asked what would change.
    dry_run: bool,
}

/// Read a dictionary: its editions are added to the terms there are, or take the place of those of the same version. All or nothing;
/// a mistake is told with line and cell. What was approved stays as it is, and goes its way step by step, as ever.
#[utoipa::path(post, path = "/api/v1/dictionary", operation_id = "import_dictionary", params(ImportQuery),
    request_body(content((String = "text/csv"), (String = "text/turtle"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    responses((status = 200, description = "what changed", body = DoneImported)))]
async fn import(
    State(hub): State<Arc<Hub>>,
    Changing(command): Changing,
    Asked(query): Asked<ImportQuery>,
    Body(body): Body<MANY_THINGS>,
) -> Result<Json<DoneImported>, Problem> {
    let (command, terms) = heavy(move || {
        let terms = match query.format {
            As::Csv | As::Xlsx => table::read(&body)?,
            As::Turtle => skos::read(&body)?,
            other => return Err(Fault::BadParameters { why: Words::quoted(format!("format: {other:?}")) }),
        };
        Ok((command.with(&body), terms))
    })
    .await?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let mut documents = Vec::with_capacity(terms.len());
        for read in terms {
            let there = Term::load(tx, &read.id).await?;
            documents.push(Document::Term(Box::new(merged(there, read))));
        }
        let effects = apply::apply(tx, &documents, context).await?;
        let effects = effects.into_iter().filter(|effect| effect.outcome != Change::Unchanged).collect();
        let (read, dry_run) = (documents.len(), query.dry_run);
        Ok(Outcome::unless(dry_run, Imported { effects, read, dry_run }))
    };
    command.run(&hub, &query.reason, work).await
}

/// A term with the editions that were read in the place of those of the same version.
fn merged(there: Option<Term>, read: Term) -> Term {
    let Some(mut term) = there else { return read };
    for edition in read.versions {
        match term.versions.iter_mut().find(|old| old.version == edition.version) {
            Some(old) => *old = edition,
            None => term.versions.push(edition),
        }
    }
    term.versions.sort_by_key(|edition| edition.version);
    term
}
