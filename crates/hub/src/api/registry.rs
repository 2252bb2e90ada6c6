//! The registry over HTTP: documents applied together; each kind listed, read, changed and taken out.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{ETAG, IF_MATCH, IF_NONE_MATCH, LINK};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use model::fault::{Fault, Words};
use model::id::{MemberId, encode_part};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::{self, AuditContext, Change};
use crate::audit::officer::Officer;
use crate::audit::veil::{self, Veiled};
use crate::granting::grant::class_of_member;
use crate::hub::Hub;
use crate::kinds::{Document, Kind, apply, count, load, page, with_subject};
use crate::pool::heavy;
use crate::registry::check::not_there;
use crate::registry::write::{Effect, Effects, Seen};
use crate::registry::{Listing, PAGE, Subject as _, tag};
use crate::sheet::{Format, Sheet};
use crate::store::{Tx, all, from_text, optional};
use crate::texts;
use crate::web::command::{Changing, Command, Done, Outcome};
use crate::web::intake::{Body, MANY_THINGS, ONE_THING};
use crate::web::table::respond;
use crate::web::{Asked, Named, Page, Problem, ordered, read, searched, within};

/// Things on one page, if nothing else is asked for.
const DEFAULT_LIMIT: i64 = 100;

/// Most documents of one transaction: while it lasts nobody else writes. A second's work, or little more.
const TOGETHER: usize = 5_000;

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(apply_documents))
        .routes(routes!(list))
        .routes(routes!(one, replace, remove))
        .routes(routes!(history))
}

/// Stands, where routes of all kinds are described at once, for a thing of each: [`super::description`].
#[derive(ToSchema)]
pub(super) struct Thing;

type DoneEffects = Done<Effects>;
type DoneTakenOut = Done<TakenOut>;
type ChangePage = Page<Change>;
type ThingPage = Page<Thing>;

/// Documents to apply.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Application {
    /// The documents: each has its `kind` and the members of that kind.
    #[schema(value_type = Vec<Document>)]
    pub documents: Vec<Value>,
    /// Why.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
    /// Only tell what would change.
    #[serde(default)]
    pub dry_run: bool,
}

/// Load documents into the registry. All or nothing; what is the same is left alone.
#[utoipa::path(post, path = "/api/v1/apply", operation_id = "apply_documents", request_body = Application,
    responses((status = 200, description = "what changed", body = DoneEffects)))]
async fn apply_documents(
    State(hub): State<Arc<Hub>>,
    Changing(command): Changing,
    Body(body): Body<MANY_THINGS>,
) -> Result<Json<DoneEffects>, Problem> {
    // The body stays counted until all is done: what was made of it is in memory as long.
    let (command, body, documents, reason, dry_run) = heavy(move || {
        let command = command.with(&body);
        let Written { documents, reason, dry_run } = read(&body)?;
        if documents.len() > TOGETHER {
            let why = texts::documents_too_many(TOGETHER);
            return Err(Fault::BadDocument { place: Words::quoted("documents"), why });
        }
        let documents = documents.iter().enumerate().map(|(number, document)| {
            serde_json::from_str::<Document>(document.get()).map_err(|error| Fault::BadDocument {
                place: Words::quoted(format!("documents[{number}]")),
                why: Words::quoted(error),
            })
        });
        let documents = documents.collect::<Result<Vec<_>, _>>()?;
        Ok((command, body, documents, reason, dry_run))
    })
    .await?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let effects = apply::apply(tx, &documents, context).await?;
        drop((documents, body));
        Ok(Outcome::unless(dry_run, Effects { effects, dry_run }))
    };
    command.run(&hub, &reason, work).await
}

/// [`Application`] as it is read: each document by itself, so that what is between text and documents is never all in memory.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    documents: Vec<Box<RawValue>>,
    reason: String,
    #[serde(default)]
    dry_run: bool,
}

/// What of a list is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only what stands behind this name.
    #[serde(default)]
    after: String,
    /// So many at most: 1 to 500 as JSON, where 100 is the default; all there are, up to 100,000, as a table.
    #[param(minimum = 1, maximum = 100_000)]
    limit: Option<i64>,
    /// json, csv or xlsx.
    #[serde(default)]
    #[param(inline)]
    format: Format,
    /// Only what has words that begin so: in its own texts, in those of what it names, or in its name.
    #[serde(default)]
    #[param(max_length = 1000)]
    q: String,
    /// The column that it is ordered by, with `-` before it downwards; what is alike goes by names, as all does without it.
    #[serde(default)]
    sort: String,
    /// Whether to count all that the filters leave.
    #[serde(default)]
    total: bool,
    /// Filters: each kind has its own; a filter that a kind does not have is an error.
    #[serde(flatten)]
    #[param(ignore)]
    filters: BTreeMap<String, String>,
}

/// What the registry holds of a kind, in order of names. `next` is what to ask for behind the last one; as CSV or XLSX it stands in
/// `Link`.
#[utoipa::path(get, path = "/api/v1/registry/{kind}", operation_id = "list_things",
    params(("kind" = String, Path, description = "agencies, systems, nodes, services, purposes, bases, terms, databases, duties, grants …"), ListQuery),
    responses((status = 200, description = "a page", content(
        (ThingPage = "application/json"), (String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
async fn list(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Named(kind): Named<String>,
    Asked(query): Asked<ListQuery>,
) -> Result<Response, Problem> {
    let kind = kind_of(&kind)?;
    let most = if query.format == Format::Json { PAGE } else { crate::sheet::ROWS_MAX };
    let default = if query.format == Format::Json { DEFAULT_LIMIT } else { crate::sheet::ROWS_MAX };
    let limit = within("limit", query.limit, default, most)?;
    let known = kind.filters();
    if let Some((name, _)) = query.filters.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        let name: String = name.chars().take(40).collect();
        return Err(
            Fault::BadParameters { why: Words::quoted(format!("{name}? {}", known.join(", "))) }.into()
        );
    }
    let order = ordered(&query.sort, &kind.orders())?;
    let filters: Vec<_> = query.filters.clone().into_iter().collect();
    let mut tx = hub.db.read().await?;
    let mut items = Vec::new();
    let mut listing =
        Listing { after: query.after.clone(), limit, filters, text: searched(&query.q)?, order };
    let total = if query.total { Some(count(&mut tx, kind, &listing).await?) } else { None };
    let mut next = None;
    loop {
        let left = limit - i64::try_from(items.len()).unwrap_or(limit);
        listing.limit = left.min(PAGE);
        let found = page(&mut tx, kind, &listing).await?;
        let full = i64::try_from(found.len()).is_ok_and(|count| count == listing.limit);
        if let Some(last) = found.last() {
            last.name().clone_into(&mut listing.after);
        }
        for document in &found {
            items.push(document.members()?);
        }
        if !full {
            break;
        }
        if left == listing.limit {
            next = Some(listing.after.clone());
            break;
        }
    }
    if query.format == Format::Json {
        return Ok(Json(Page { total, ..Page::of(items, next) }).into_response());
    }
    let sheet = Sheet::of(kind.word(), kind.columns(), &items);
    let mut response = respond(sheet, query.format, &officer.name).await?;
    if let Some(next) = next {
        let mut address =
            format!("?after={}&limit={limit}&format={}", encode_part(&next), query.format.word());
        let asked =
            [("q", &query.q), ("sort", &query.sort)].into_iter().filter(|(_, value)| !value.is_empty());
        for (name, value) in query.filters.iter().map(|(name, value)| (name.as_str(), value)).chain(asked) {
            address.push_str(&format!("&{name}={}", encode_part(value)));
        }
        if let Ok(link) = HeaderValue::from_str(&format!("<{address}>; rel=\"next\"")) {
            response.headers_mut().insert(LINK, link);
        }
    }
    Ok(response)
}

/// One thing. Its `ETag` is what a change of it must show in `If-Match`.
#[utoipa::path(get, path = "/api/v1/registry/{kind}/{id}", operation_id = "get_thing",
    params(("kind" = String, Path, description = "the kind"), ("id" = String, Path, description = "its name")),
    responses((status = 200, description = "its members", body = Thing)))]
async fn one(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Named((kind, id)): Named<(String, String)>,
) -> Result<Response, Problem> {
    let kind = kind_of(&kind)?;
    let found =
        load(&mut hub.db.read().await?, kind, &id).await?.ok_or_else(|| not_there(kind.word(), &id))?;
    let members = found.members()?;
    let tag = format!("\"{}\"", tag(&members));
    Ok(([(ETAG, tag)], Json(members)).into_response())
}

/// A thing to put into the registry.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Replacement {
    /// Its members.
    #[schema(value_type = Thing)]
    pub members: Value,
    /// Why.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
    /// Only tell what would change.
    #[serde(default)]
    pub dry_run: bool,
}

/// Put a thing in the place of the state that its writer has seen: `If-Match` with its `ETag`, or `If-None-Match: *` for what must be
/// new. If it was changed meanwhile, the problem shows both: `theirs` and `yours`.
#[utoipa::path(put, path = "/api/v1/registry/{kind}/{id}", operation_id = "put_thing", request_body = Replacement,
    params(("kind" = String, Path, description = "the kind"), ("id" = String, Path, description = "its name"),
        ("If-Match" = Option<String>, Header, description = "the tag of the state that was seen"),
        ("If-None-Match" = Option<String>, Header, description = "* for what must be new")),
    responses((status = 200, description = "what changed", body = DoneEffects)))]
async fn replace(
    State(hub): State<Arc<Hub>>,
    Changing(command): Changing,
    Named((kind, id)): Named<(String, String)>,
    headers: HeaderMap,
    Body(body): Body<ONE_THING>,
) -> Result<Json<DoneEffects>, Problem> {
    let kind = kind_of(&kind)?;
    let (command, document, reason, dry_run) = heavy(move || {
        let command = command.with(&body);
        let Replacement { members, reason, dry_run } = read(&body)?;
        let document = Document::read(kind, members).map_err(|error| Fault::BadDocument {
            place: Words::quoted("members"),
            why: Words::quoted(error),
        })?;
        Ok((command, document, reason, dry_run))
    })
    .await?;
    if document.name() != id {
        return Err(Fault::BadDocument {
            place: Words::quoted("members"),
            why: Words::quoted("another name than the address"),
        }
        .into());
    }
    let seen = seen(&headers)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let effect = apply::replace(tx, document, &seen, context).await?;
        Ok(Outcome::unless(dry_run, Effects { effects: vec![effect], dry_run }))
    };
    command.run(&hub, &reason, work).await
}

/// What was taken out.
#[derive(Debug, Serialize, ToSchema)]
struct TakenOut {
    /// The thing.
    effects: Vec<Effect>,
}

/// Take a thing out of the registry. What others still name stays.
#[utoipa::path(delete, path = "/api/v1/registry/{kind}/{id}", operation_id = "remove_thing",
    params(("kind" = String, Path, description = "the kind"), ("id" = String, Path, description = "its name"),
        ("reason" = String, Query, description = "why")),
    responses((status = 200, description = "what changed", body = DoneTakenOut)))]
async fn remove(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named((kind, id)): Named<(String, String)>,
    Asked(why): Asked<crate::web::Reason>,
) -> Result<Json<DoneTakenOut>, Problem> {
    let kind = kind_of(&kind)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let effect = apply::remove(tx, kind, &id, context).await?;
        Ok(Outcome::Done(TakenOut { effects: vec![effect] }))
    };
    command.run(&hub, &why.reason, work).await
}

/// What was done to a thing, newest first. For those whom it concerns: the hub, its owners, of a grant the other side as well; what is for
/// all, the dictionary and the rules, has a history for all. People of another agency are named by their agency.
#[utoipa::path(get, path = "/api/v1/registry/{kind}/{id}/history", operation_id = "list_thing_changes",
    params(("kind" = String, Path, description = "the kind"), ("id" = String, Path, description = "its name")),
    responses((status = 200, description = "entries of the audit trail", body = ChangePage)))]
async fn history(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Named((kind, id)): Named<(String, String)>,
) -> Result<Json<Veiled<Page<Change>>>, Problem> {
    let kind = kind_of(&kind)?;
    let mut tx = hub.db.read().await?;
    if !veil::concerns(&officer, &concerned(&mut tx, kind, &id).await?) {
        return Err(Fault::NotTheirs {
            subject: Words::quoted(format!("{} {id}", kind.word())),
            agency: officer.agency.map_or_else(texts::the_hub, Words::quoted),
        }
        .into());
    }
    let history = Page::all(change::history(&mut tx, (kind.word(), &id)).await?);
    Ok(Json(veil::draw(&mut tx, &history, &officer).await?))
}

/// Whom the history of a thing concerns beside the hub; nobody: everybody.
async fn concerned(tx: &mut Tx, kind: Kind, id: &str) -> Result<Vec<MemberId>, Fault> {
    match kind {
        Kind::Purpose
        | Kind::LegalBasis
        | Kind::Term
        | Kind::CodeList
        | Kind::Crosswalk
        | Kind::RulePack
        | Kind::ReusePack
        | Kind::Scope
        | Kind::Procedure
        | Kind::Directive
        | Kind::Task => {
            return Ok(Vec::new());
        }
        Kind::Agency => return Ok(id.parse().into_iter().collect()),
        Kind::Grant => {
            // Revoked ones as well.
            let both: Option<(String, String)> =
                optional!(tx, "SELECT provider, consumer FROM grants WHERE id = $1" => id)?;
            let (provider, consumer) = both.ok_or_else(|| not_there(kind.word(), id))?;
            let mut concerned = vec![from_text(&provider)?];
            if consumer.ends_with("/*") {
                let of_class: Vec<(String,)> = all!(
                    tx,
                    concat!("SELECT id FROM agency WHERE ", class_of_member!("id"), " = $1") => &consumer
                )?;
                concerned.extend(of_class.iter().filter_map(|(id,)| id.parse().ok()));
            } else {
                concerned.push(from_text(&consumer)?);
            }
            return Ok(concerned);
        }
        _ => {}
    }
    let document = load(tx, kind, id).await?.ok_or_else(|| not_there(kind.word(), id))?;
    let mut concerned = with_subject!(&document, thing => thing.owners(tx).await?);
    if let Document::Duty(duty) = &document {
        concerned.extend(duty.receivers.iter().cloned());
    }
    Ok(concerned)
}

fn kind_of(word: &str) -> Result<Kind, Fault> {
    Kind::of_plural(word).ok_or_else(|| Fault::NotInRegistry { subject: word.chars().take(80).collect() })
}

/// Which state the writer has seen.
fn seen(headers: &HeaderMap) -> Result<Seen, Fault> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::trim);
    match (text(IF_MATCH), text(IF_NONE_MATCH)) {
        (Some(tag), None) => Ok(Seen::Tag(tag.trim_start_matches("W/").trim_matches('"').to_owned())),
        (None, Some("*")) => Ok(Seen::Nothing),
        _ => Err(Fault::StateNotNamed {}),
    }
}
