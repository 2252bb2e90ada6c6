//! Official lists of databases over HTTP: how much of each is known, and loading one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::agency::Agency;
use model::database::Database;
use model::fault::Fault;
use model::official;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::catalogue::claim::Confirmed;
use crate::catalogue::official::{Annex, Counted, Remark, counted, plan};
use crate::hub::Hub;
use crate::kinds::{Document, apply};
use crate::pool::heavy;
use crate::registry::check::not_there;
use crate::registry::write::Effect;
use crate::registry::{every, tag};
use crate::sheet::read::Table;
use crate::store::Tx;
use crate::web::command::{Changing, Done, Outcome};
use crate::web::intake::{Body, ONE_THING};
use crate::web::{Asked, Named, Page, Problem};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(lists)).routes(routes!(load))
}

type CountedPage = Page<Counted>;
type DoneLoaded = Done<Loaded>;

/// The official lists of databases, each with how many of it are identified and by what. Databases that no source names are counted nowhere.
#[utoipa::path(get, path = "/api/v1/official-lists", operation_id = "list_official_lists",
    responses((status = 200, description = "all of them", body = CountedPage)))]
async fn lists(State(hub): State<Arc<Hub>>, _: Officer) -> Result<Json<CountedPage>, Problem> {
    let mut tx = hub.db.read().await?;
    let mut databases = every::<Database>(&mut tx, &[]).await?;
    let confirmed = Confirmed::load(&mut tx).await?;
    for database in &mut databases {
        database.standing = confirmed.standing(database);
    }
    Ok(Json(Page::all(counted(databases.iter()))))
}

/// What is loaded, and why.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LoadQuery {
    /// The act by which databases are on the list, if others have amended the one that makes it.
    #[param(min_length = 1, max_length = 1000, pattern = r"\S")]
    act: Option<String>,
    /// Where it was read.
    #[param(min_length = 1, max_length = 1000, pattern = r"\S")]
    source: Option<String>,
    /// The difference that its sender has been shown: nothing is done if it is another by now.
    seen: Option<String>,
    /// Why.
    #[param(min_length = 1, max_length = 2000, pattern = r"\S")]
    reason: String,
    /// Only tell what would change.
    #[serde(default)]
    dry_run: bool,
}

/// What a list has made of the registry, or would.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfficialListLoaded)]
struct Loaded {
    /// What becomes of each database that the list names, and of those that it names no longer.
    effects: Vec<Effect>,
    /// How many rows were read.
    read: usize,
    /// What whoever loads it should look at.
    remarks: Vec<Remark>,
    /// The difference, for `seen`.
    difference: String,
    /// Whether it was only asked what would change.
    dry_run: bool,
}

/// Load an official list of databases as a table, CSV or XLSX: `name_vi`, and `name_en`, `number`, `code`, `scale`, `owner` where they are
/// known. A row is the database of its code, or else of its name; what nobody knows is added. The list is taken as whole: databases that
/// are not in it are on it no longer, and stay in the registry with their history. All or nothing; a mistake is told with line and cell.
#[utoipa::path(post, path = "/api/v1/official-lists/{list}", operation_id = "load_official_list",
    params(("list" = String, Path, description = "the list"), LoadQuery),
    request_body(content((String = "text/csv"), (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    responses((status = 200, description = "what changed", body = DoneLoaded)))]
async fn load(
    State(hub): State<Arc<Hub>>,
    Changing(command): Changing,
    Named(list): Named<String>,
    Asked(query): Asked<LoadQuery>,
    Body(body): Body<ONE_THING>,
) -> Result<Json<DoneLoaded>, Problem> {
    let list = official::list(&list).ok_or_else(|| not_there("OfficialList", &list))?;
    let (command, table) = heavy(move || Ok((command.with(&body), Table::read(&body)?))).await?;
    let LoadQuery { act, source, seen, reason, dry_run } = query;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let annex = Annex { list: &list, act: act.unwrap_or_else(|| list.act.to_owned()), source };
        let (databases, agencies) = (every::<Database>(tx, &[]).await?, every::<Agency>(tx, &[]).await?);
        let plan = plan(&annex, &table, databases, &agencies)?;
        let documents: Vec<Document> =
            plan.databases.into_iter().map(|database| Document::Database(Box::new(database))).collect();
        let effects = apply::apply(tx, &documents, context).await?;
        let difference = tag(&json!(effects));
        if let Some(yours) = seen.filter(|seen| *seen != difference) {
            let subject = format!("OfficialList {}", list.code);
            return Err(Fault::ChangedMeanwhile { subject, theirs: difference, yours });
        }
        let read = table.count();
        Ok(Outcome::unless(dry_run, Loaded { effects, read, remarks: plan.remarks, difference, dry_run }))
    };
    command.run(&hub, &reason, work).await
}
