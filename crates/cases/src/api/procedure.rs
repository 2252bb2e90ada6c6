//! Procedures as they are offered here: what the State is asked for, of whom and by which text, before anybody begins a case. They are public.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State as Shared};
use model::agency::Name;
use model::fault::Fault;
use model::procedure::{Paper, Procedure};
use model::scope::Reason;
use model::time::day_in_viet_nam;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{Answered, State};

pub(super) fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show))
}

/// A procedure in the list.
#[derive(Debug, Serialize, ToSchema)]
struct OfferedLine {
    /// Its id with its version.
    id: String,
    /// Its code.
    code: String,
    /// What it is called.
    name: Name,
}

/// The procedures that cases may be opened by today.
#[derive(Debug, Serialize, ToSchema)]
struct OfferedList {
    /// The procedures, in order of their codes.
    items: Vec<OfferedLine>,
}

/// A service as a citizen knows it.
#[derive(Debug, Serialize, ToSchema)]
struct AskedService {
    /// The agency that answers for it.
    agency: Name,
}

/// A procedure with the names of what it mentions.
#[derive(Debug, Serialize, ToSchema)]
struct OfferedProcedure {
    /// The procedure.
    procedure: Procedure,
    /// The services that are asked, by their ids.
    services: BTreeMap<String, AskedService>,
    /// Legal bases as they are cited, by their codes.
    bases: BTreeMap<String, String>,
    /// Reasons that an officer may have for asking for a paper although the State has answered.
    reasons: Vec<Reason>,
    /// Kinds that a result of it may have: the papers that procedures ask for today, in whose place it can stand.
    results: Vec<Paper>,
}

/// The procedures that are offered here today.
#[utoipa::path(get, path = "/procedures", operation_id = "list_offered_procedures", security(()),
    responses((status = 200, description = "the procedures", body = OfferedList)))]
async fn list(Shared(state): Shared<State>) -> Json<OfferedList> {
    let sources = &state.cases.sources;
    let today = day_in_viet_nam(sources.now());
    let mut newest: BTreeMap<String, OfferedLine> = BTreeMap::new();
    // In order of their ids a later version may stand before an earlier one.
    let mut all = sources.procedures();
    all.sort_by_key(|one| one.version());
    for one in all.iter().filter(|one| one.valid.holds_on(today)) {
        let line = OfferedLine { id: one.id.clone(), code: one.code().to_owned(), name: one.name.clone() };
        newest.insert(line.code.clone(), line);
    }
    Json(OfferedList { items: newest.into_values().collect() })
}

/// A procedure by its code, in the version of today; or a version by its id.
#[utoipa::path(get, path = "/procedures/{id}", operation_id = "get_offered_procedure", params(("id" = String, Path)), security(()),
    responses((status = 200, description = "the procedure", body = OfferedProcedure)))]
async fn show(Shared(state): Shared<State>, Path(id): Path<String>) -> Answered<OfferedProcedure> {
    let sources = &state.cases.sources;
    let today = day_in_viet_nam(sources.now());
    let all = sources.procedures();
    let in_force = all.iter().filter(|one| one.code() == id && one.valid.holds_on(today));
    let found = all.iter().find(|one| one.id == id).or_else(|| in_force.max_by_key(|one| one.version()));
    let none = || Fault::NoProcedure { procedure: id.chars().take(60).collect() };
    let procedure = Procedure::clone(found.ok_or_else(none)?);
    let asked = procedure.asks().map(|(_, ask)| &ask.service);
    let services = asked.map(|id| (id.to_string(), AskedService { agency: sources.agency(id) })).collect();
    let bases = procedure.bases.iter().map(|code| (code.clone(), sources.citation(code))).collect();
    let reasons = sources.pack().map(|pack| pack.reasons.clone()).unwrap_or_default();
    let today = all.iter().filter(|one| one.valid.holds_on(today));
    let papers = today.flat_map(|one| &one.requirements).filter_map(|one| one.paper.clone());
    let results: BTreeMap<String, Paper> = papers.map(|paper| (paper.code.clone(), paper)).collect();
    let results = results.into_values().collect();
    Ok(Json(OfferedProcedure { procedure, services, bases, reasons, results }))
}
