//! Questions how many values two datasets have in common, over HTTP: asked and agreed to by owners, worked on by their nodes.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use model::id::ServiceId;
use serde::Serialize;
use trust::overlap::{Handed, PART_MAX_BYTES, Task};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Taken;
use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::clock;
use crate::hub::Hub;
use crate::quality::overlap::{self, Asking, Doing, Question};
use crate::store::Tx;
use crate::web::command::{Command, Done, Outcome};
use crate::web::extract::Admitted;
use crate::web::intake::Body;
use crate::web::{Named, Page, Problem, Reason, read};

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(list, ask))
        .routes(routes!(agree))
        .routes(routes!(end))
        .routes(routes!(tasks, take))
}

type QuestionPage = Page<Question>;
type DoneQuestion = Done<Question>;

/// How many values two datasets have in common, as owners have asked and nodes have counted, the newest first: those about datasets of your agency;
/// for officers of the hub all.
#[utoipa::path(get, path = "/api/v1/quality/overlaps", operation_id = "list_overlaps",
    responses((status = 200, description = "the newest 500", body = QuestionPage)))]
async fn list(State(hub): State<Arc<Hub>>, officer: Officer) -> Result<Json<QuestionPage>, Problem> {
    let items = overlap::list(&mut hub.db.read().await?, &officer).await?;
    Ok(Json(Page::of(items, None)))
}

/// Ask how many values a field of one dataset and a field of another have in common. The owners of both must agree; who asks has agreed for what is
/// theirs. Then their nodes cover the values by numbers that no one else has, and the hub counts what both have covered: no value leaves its node.
/// Both must have been measured within a quarter; the same two fields are counted once in 30 days, and what nodes have not covered in two weeks ends.
#[utoipa::path(post, path = "/api/v1/quality/overlaps", operation_id = "ask_overlap", request_body = Asking,
    responses((status = 200, description = "the question", body = DoneQuestion)))]
async fn ask(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Body(body): Body,
) -> Result<Json<Done<Question>>, Problem> {
    let asking: Asking = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        Ok(Outcome::Done(overlap::ask(tx, &asking, context).await?))
    };
    command.with(&body).run(&hub, &asking.reason, work).await
}

async fn act(
    hub: &Hub,
    command: Command,
    (id, doing): (&str, Doing),
    body: &[u8],
) -> Result<Json<Done<Question>>, Problem> {
    let work = async |tx: &mut Tx, context: &AuditContext| {
        Ok(Outcome::Done(overlap::act(tx, id, doing, context).await?))
    };
    command.run_for_reason(hub, body, work).await
}

/// Agree for the dataset that is your agency's. When both owners have, the nodes begin.
#[utoipa::path(post, path = "/api/v1/quality/overlaps/{id}/agree", operation_id = "agree_overlap", request_body = Reason,
    params(("id" = String, Path, description = "TR-2026-000001")),
    responses((status = 200, description = "the question", body = DoneQuestion)))]
async fn agree(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<Done<Question>>, Problem> {
    act(&hub, command, (&id, Doing::Agree), &body).await
}

/// Decline a question about your agency's dataset, or take it back: nothing more is counted, and what nodes have covered is forgotten.
#[utoipa::path(post, path = "/api/v1/quality/overlaps/{id}/end", operation_id = "end_overlap", request_body = Reason,
    params(("id" = String, Path, description = "TR-2026-000001")),
    responses((status = 200, description = "the question", body = DoneQuestion)))]
async fn end(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(id): Named<String>,
    Body(body): Body,
) -> Result<Json<Done<Question>>, Problem> {
    act(&hub, command, (&id, Doing::End), &body).await
}

/// What a node is to do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityOverlapTasks)]
struct Tasks {
    /// One for each question and step.
    tasks: Vec<OverlapTask>,
    /// The questions that it is at, also those that wait for the other side.
    live: Vec<String>,
}

/// Something to be covered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityOverlapTask)]
struct OverlapTask {
    /// The question.
    question: String,
    /// The dataset behind the node.
    service: ServiceId,
    /// Its field.
    field: String,
    /// Which side it is: a or b.
    side: &'static str,
    /// What to cover: `own`, values of the dataset; `again`, what the other side has covered.
    step: &'static str,
    /// Values are taken whose digest begins with so many zeros.
    zeros: u32,
    /// The dataset of the other side.
    #[serde(rename = "with")]
    other: ServiceId,
    /// What the other side has covered, as its node has signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    theirs: Option<OverlapHanded>,
}

/// What a node has handed in, for the other side to check and to cover once more.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityOverlapHanded)]
struct OverlapHanded {
    /// The part, as JSON.
    part: String,
    /// The key that it is signed by, by name.
    key: String,
    /// Its signature, in hexadecimal.
    signature: String,
}

impl From<Task> for OverlapTask {
    fn from(task: Task) -> Self {
        let Task { question, service, field, side, step, zeros, with, theirs } = task;
        let theirs = theirs.map(|Handed { part, key, signature }| OverlapHanded { part, key, signature });
        Self { question, service, field, side: side.word(), step: step.word(), zeros, other: with, theirs }
    }
}

/// What a node is to cover for questions that both owners have agreed to, over a connection with the node's certificate.
#[utoipa::path(get, path = "/quality/overlaps", operation_id = "get_overlap_tasks",
    responses((status = 200, description = "what it is to do", body = Tasks)))]
async fn tasks(State(hub): State<Arc<Hub>>, Admitted(node): Admitted) -> Result<Json<Tasks>, Problem> {
    let (tasks, live) = overlap::tasks(&mut hub.db.read().await?, &node, clock::now()).await?;
    let tasks = tasks.into_iter().map(OverlapTask::from).collect();
    Ok(Json(Tasks { tasks, live }))
}

/// What a node has covered, signed with the node's key: points that tell nothing to whoever does not have the number that they were covered by. What
/// was not asked of this node, or is of another form, is refused (`LT-7125`).
#[utoipa::path(post, path = "/quality/overlaps", operation_id = "report_overlap_part", request_body = Object,
    params(("lienthong-key" = String, Header, description = "the node's signing key, by name"),
        ("lienthong-signature" = String, Header, description = "Ed25519 over the words of the part's kind and the body, in hexadecimal")),
    responses((status = 200, description = "it is taken", body = Taken)))]
async fn take(
    State(hub): State<Arc<Hub>>,
    Admitted(node): Admitted,
    headers: HeaderMap,
    Body(body): Body<PART_MAX_BYTES>,
) -> Result<Json<Taken>, Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (key, signature, now) = (text("lienthong-key"), text("lienthong-signature"), clock::now());
    hub.paces.take(&node, now)?;
    let part = overlap::verify(&mut hub.db.read().await?, &body, key, signature).await?;
    let mut tx = hub.db.write().await?;
    let taken = overlap::take(&mut tx, &part, now).await?;
    tx.commit().await?;
    Ok(Json(Taken { taken }))
}
