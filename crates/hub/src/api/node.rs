//! Certificates of nodes over HTTP.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use model::agency::Node;
use model::ending::Ending;
use model::fault::Fault;
use model::id::NodeId;
use model::renewal::Renewed;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::clock;
use crate::hub::Hub;
use crate::registry::Subject as _;
use crate::running::behind::behind;
use crate::running::node::certified::{self, Held, Shown, Withdrawn};
use crate::running::node::{self as nodes, Admission, Invitation, Joining};
use crate::store::Tx;
use crate::web::command::{Command, Done, Outcome};
use crate::web::extract::Admitted;
use crate::web::intake::Body;
use crate::web::listen::From as CameFrom;
use crate::web::{Named, Page, Problem, Reason, read};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(endings))
        .routes(routes!(withdraw))
        .routes(routes!(renew))
        .routes(routes!(invite))
        .routes(routes!(join))
}

type HeldPage = Page<Held>;
type EndingPage = Page<Ending>;
type DoneWithdrawn = Done<Withdrawn>;

fn node(id: &str) -> Result<NodeId, Fault> {
    id.parse().map_err(|_| Fault::NotInRegistry {
        subject: format!("Node {}", id.chars().take(200).collect::<String>()),
    })
}

/// The certificates of a node, oldest first: what each is for, until when it holds, and over which it was renewed.
#[utoipa::path(get, path = "/api/v1/nodes/{id}/certificates", operation_id = "list_node_certificates", params(("id" = String, Path, description = "the node")),
    responses((status = 200, description = "all of them", body = HeldPage)))]
async fn list(
    State(hub): State<Arc<Hub>>,
    _: Officer,
    Named(id): Named<String>,
) -> Result<Json<HeldPage>, Problem> {
    let (id, mut tx) = (node(&id)?, hub.db.read().await?);
    if Node::load(&mut tx, id.as_str()).await?.is_none() {
        return Err(Fault::NotInRegistry { subject: format!("Node {id}") }.into());
    }
    Ok(Json(Page::all(certified::of(&mut tx, id.as_str()).await?)))
}

/// What ends soon or has ended: certificates of the hub and of nodes, the authority's, the root of the directory and what its roles signed.
#[utoipa::path(get, path = "/api/v1/endings", operation_id = "list_endings", responses((status = 200, description = "all of it; nothing while all is far", body = EndingPage)))]
async fn endings(State(hub): State<Arc<Hub>>, _: Officer) -> Result<Json<Page<Ending>>, Problem> {
    Ok(Json(Page::all(hub.all_endings(clock::now()).await?)))
}

/// Take one certificate of a node out of the directory, with its key for good: nobody takes it any more, over open connections either,
/// and what its key signs counts no more. It is named by its SHA-256, or by the first 16 digits of it at least.
#[utoipa::path(post, path = "/api/v1/nodes/{id}/certificates/{sha256}/withdraw", operation_id = "withdraw_certificate", request_body = Reason,
    params(("id" = String, Path, description = "the node"), ("sha256" = String, Path, description = "the certificate")),
    responses((status = 200, description = "what was taken out, and what is left", body = DoneWithdrawn)))]
async fn withdraw(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named((id, sha256)): Named<(String, String)>,
    Body(body): Body,
) -> Result<Json<DoneWithdrawn>, Problem> {
    let id = node(&id)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let withdrawn = certified::withdraw(tx, &id, &sha256, context).await?;
        Ok(Outcome::Done(withdrawn))
    };
    command.run_for_reason(&hub, &body, work).await
}

/// A node's new keys: certificate requests in, over a connection with its present certificate and signed with its present signing key;
/// certificates out.
#[utoipa::path(post, path = "/renewal", operation_id = "renew_certificates", request_body = Object,
    params(("lienthong-key" = String, Header, description = "the node's present signing key, by name"),
        ("lienthong-signature" = String, Header, description = "Ed25519 over the words of the request's kind and the body, in hexadecimal")),
    responses((status = 200, description = "the certificates", body = Renewed)))]
async fn renew(
    State(hub): State<Arc<Hub>>,
    Admitted(node): Admitted,
    Extension(from): Extension<CameFrom>,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Json<Renewed>, Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (keyid, signature) = (text("lienthong-key"), text("lienthong-signature"));
    let tls = from.certificate().ok_or(Fault::NotSignedIn {})?;
    hub.paces.take(&node, clock::now())?;
    let mut tx = hub.db.write().await?;
    let shown = Shown { node: &node, tls, keyid, signature };
    let renewed = certified::renew(&mut tx, &shown, &body, &hub.authority, clock::now()).await?;
    tx.commit().await?;
    // The certificates are given: the directory that names them may come later.
    let published = hub.directory.publish(&hub.db, clock::now(), false).await;
    let _ = published.inspect_err(
        |fault| tracing::error!(fault = fault.code(), reason = %fault, "a node renewed its keys and the directory could not be signed"),
    );
    Ok(Json(renewed))
}

/// Whom to invite.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Inviting {
    /// The node, as the registry has it.
    pub node: NodeId,
    /// Why.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// Make an invitation for a node: a code it can join with, once, within a day, and what it must trust.
#[utoipa::path(post, path = "/api/v1/invitations", operation_id = "invite_node", request_body = Inviting,
    responses((status = 200, description = "the invitation; hand it over in secret", body = Invitation)))]
async fn invite(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Body(body): Body,
) -> Result<Json<Done<Invitation>>, Problem> {
    let inviting: Inviting = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let code = nodes::invite(tx, &inviting.node, context).await?;
        let invitation = hub.invitation(inviting.node, code)?;
        Ok(Outcome::Secret(invitation))
    };
    command.with(&body).run(&hub, &inviting.reason, work).await
}

/// Join with an invitation: certificate requests in, certificates out.
#[utoipa::path(post, path = "/join", operation_id = "join", request_body = Joining, security(()),
    responses((status = 200, description = "the certificates", body = Admission)))]
async fn join(State(hub): State<Arc<Hub>>, Body(body): Body) -> Result<Json<Admission>, Problem> {
    let joining: Joining = read(&body)?;
    // Who has no invitation does not get to the one that writes.
    nodes::check_invitation(&mut hub.db.read().await?, &joining, clock::now()).await?;
    let mut tx = hub.db.write().await?;
    // It may have been used since: what an older store says of invitations is not believed before somebody has decided.
    if let Some(behind) = behind(&mut tx).await? {
        return Err(behind.fault().into());
    }
    let admission = nodes::admit(&mut tx, &joining, &hub.authority, clock::now()).await?;
    tx.commit().await?;
    // The node is admitted and its invitation used: it gets its certificates even if the directory that names it comes later.
    let published = hub.directory.publish(&hub.db, clock::now(), false).await;
    let _ = published.inspect_err(
        |fault| tracing::error!(fault = fault.code(), reason = %fault, "a node joined and the directory could not be signed"),
    );
    Ok(Json(admission))
}
