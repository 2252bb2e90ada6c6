//! Drafts over HTTP: bound, and published.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::fault::{Fault, Words};
use model::id::ServiceId;
use model::service::Service;
use model::term::Term;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::AuditContext;
use crate::catalogue::contract::{Binding, Contract};
use crate::catalogue::draft::{Dictionary, Draft, NodeSettings};
use crate::hub::Hub;
use crate::kinds::{Document, apply};
use crate::pool::heavy;
use crate::registry::write::Effect;
use crate::registry::{Subject as _, every};
use crate::store::Tx;
use crate::texts;
use crate::web::command::{Changing, Done, Outcome};
use crate::web::intake::{Body, ONE_THING};
use crate::web::{Problem, read};

/// Most fields of a draft. A table with more is no dataset.
const FIELDS_MAX: usize = 1000;

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(bind)).routes(routes!(publish))
}

type DonePublished = Done<Published>;

/// A draft to be bound.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ToBind {
    /// As `lienthong source inspect` draws it up.
    draft: Draft,
}

/// A draft to be published.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Publication {
    /// Completed and corrected by people.
    draft: Draft,
    /// What the service is to be called.
    service: ServiceId,
    /// Why.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    reason: String,
    /// Only tell what would change.
    #[serde(default)]
    dry_run: bool,
}

fn bounded(draft: Draft) -> Result<Draft, Fault> {
    let count = draft.fields.len();
    let why = texts::draft_too_long(count, FIELDS_MAX);
    if count > FIELDS_MAX {
        Err(Fault::BadDocument { place: Words::quoted("draft"), why })
    } else {
        Ok(draft)
    }
}

/// A draft with proposals.
#[derive(Debug, Serialize, ToSchema)]
struct Bound {
    /// The draft.
    draft: Draft,
}

/// Propose terms for the columns of a draft, each with its reasons. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/drafts/bind", operation_id = "bind_draft", request_body = ToBind,
    responses((status = 200, description = "the draft with proposals", body = Bound)))]
async fn bind(
    State(hub): State<Arc<Hub>>,
    _: Changing,
    Body(body): Body<ONE_THING>,
) -> Result<Json<Bound>, Problem> {
    let terms = every::<Term>(&mut hub.db.read().await?, &[]).await?;
    let bound = heavy(move || {
        let ToBind { draft } = read(&body)?;
        let mut draft = bounded(draft)?;
        draft.bind(&Dictionary::of(&terms));
        Ok(Bound { draft })
    });
    Ok(Json(bound.await?))
}

/// What was published, or would be.
#[derive(Debug, Serialize, ToSchema)]
struct Published {
    /// The service.
    service: ServiceId,
    /// Its contract, as the Open Data Contract Standard has it.
    #[schema(value_type = HashMap<String, Value>)]
    contract: Value,
    /// Lines for the node's settings.
    node: NodeSettings,
    /// Whether it was only asked what would change.
    dry_run: bool,
    /// What changed.
    effects: Vec<Effect>,
}

/// Publish a draft: its service and the draft of its contract come into the registry; the answer has the lines that the node's settings
/// need.
#[utoipa::path(post, path = "/api/v1/drafts/publish", operation_id = "publish_draft", request_body = Publication,
    responses((status = 200, description = "what changed, the contract, lines for the node", body = DonePublished)))]
async fn publish(
    State(hub): State<Arc<Hub>>,
    Changing(command): Changing,
    Body(body): Body<ONE_THING>,
) -> Result<Json<DonePublished>, Problem> {
    let (command, publication) = heavy(move || Ok((command.with(&body), read(&body)?))).await?;
    let Publication { draft, service, reason, dry_run } = publication;
    let draft = bounded(draft)?;
    draft.check()?;
    let node = draft.node_settings(&service)?;
    let service = draft.service(service);
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let bindings = bindings(tx).await?;
        let odcs = draft.contract(&service, |term| bindings.get(term).cloned());
        if let Some(unknown) = draft
            .fields
            .iter()
            .filter_map(|field| field.term.as_ref())
            .find(|term| !bindings.contains_key(*term))
        {
            return Err(Fault::Dangling { subject: draft.table.clone(), missing: unknown.clone() });
        }
        if Service::load(tx, service.id.as_str()).await?.is_some() {
            return Err(Fault::Contradictory {
                subject: service.id.to_string(),
                why: texts::service_exists(),
            });
        }
        let contract = Contract::of(service.id.clone(), odcs)?;
        let (id, odcs) = (service.id.clone(), contract.odcs.clone());
        let documents = [Document::Service(Box::new(service)), Document::Contract(Box::new(contract))];
        let effects = apply::apply(tx, &documents, context).await?;
        let answer = Published { service: id, contract: odcs, node, dry_run, effects };
        if dry_run {
            return Ok(Outcome::DryRun(answer));
        }
        // Where a database is, the store does not keep.
        Ok(Outcome::Secret(answer))
    };
    command.run(&hub, &reason, work).await
}

/// Terms with their newest version.
async fn bindings(tx: &mut Tx) -> Result<HashMap<String, Binding>, Fault> {
    let terms = every::<Term>(tx, &[]).await?;
    let newest = |term: Term| {
        let version = term.versions.last()?.version;
        Some((term.id.clone(), Binding { term: term.id, version }))
    };
    Ok(terms.into_iter().filter_map(newest).collect())
}
