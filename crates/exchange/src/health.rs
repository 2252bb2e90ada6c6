//! The node's health, for those who watch it.

use std::collections::BTreeMap;

use http::header::CONTENT_TYPE;
use http::{Response, StatusCode};
use jiff::Timestamp;
use model::ending::{Ending, Kind, Tense};
use model::fault::Fault;
use model::id::NodeId;
use model::sight::How;
use rustls::pki_types::CertificateDer;
use trust::certificate;

use crate::body::{self, OutBody};
use crate::clock;
use crate::headers;
use crate::node::Node;
use crate::own;

/// Nodes that are shown as not reached, at most.
const PEERS_SHOWN: usize = 50;

/// Whether the node can carry exchanges: the status. Whether all is well with it, and what of its surroundings is not: the body. A node that refuses a newer directory goes on
/// with the one it has, so that whoever spoils a directory does not stop the exchanges.
pub(crate) async fn answer(node: &Node) -> Response<OutBody> {
    let directory = node.directory.load_full();
    let state = match directory.check_current(clock::now()) {
        Ok(()) => node.recorder.check().await,
        refused => refused,
    };
    let now = clock::now();
    let wrong = own::wrong(&node.face.load(), &node.own.load(), &node.id, &node.directory.load(), now);
    let state = state.and_then(|()| wrong.map_or(Ok(()), Err));
    let to_see_to = node.standing.wrong_with_certificates();
    let (refused, endings) = (node.standing.refused_directory(), endings(node, now));
    let ended = endings.iter().any(|ending| ending.tense == Tense::Ended);
    let told = state.as_ref().err().or(to_see_to.as_ref());
    let (hub_lost, failing) = (node.standing.hub_lost(), node.standing.failing());
    let unreached: BTreeMap<NodeId, How> =
        node.peers.seen().into_iter().filter(|(_, how)| *how != How::Reached).take(PEERS_SHOWN).collect();
    let measured = crate::measure::status(&node.folder);
    let degraded: Vec<&str> = [
        ("fault", told.is_some()),
        ("directory", refused.is_some()),
        ("certificates", ended),
        ("hub", hub_lost.is_some()),
        ("peers", !unreached.is_empty()),
        ("services", !failing.is_empty()),
        ("quality", measured.values().any(|status| status.failed.is_some())),
    ]
    .into_iter()
    .filter_map(|(what, is_so)| is_so.then_some(what))
    .collect();
    let fault = told.map(|fault| fault.code().to_owned());
    let report = serde_json::json!({
        "node": node.id,
        "healthy": told.is_none() && refused.is_none() && !ended,
        "directory": { "revision": directory.revision, "expires": directory.expires, "refused": refused },
        "certificates": endings,
        "degraded": degraded,
        "hub": { "lost_since": hub_lost },
        "peers": { "unreached": unreached },
        "services": { "failing": failing },
        "quality": measured,
        "reason": told.map(Fault::en),
        "reason_vi": told.map(Fault::vi),
        "fault": fault.or(refused.map(|refused| refused.fault)),
    });
    let mut response = Response::new(body::whole(report.to_string()));
    if state.is_err() {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    headers::set(response.headers_mut(), CONTENT_TYPE, "application/json");
    response
}

/// Those of the node's certificates whose end is near or past.
pub(crate) fn endings(node: &Node, now: Timestamp) -> Vec<Ending> {
    let (face, key) = (node.face.load(), node.own.load());
    let own = [(Kind::NodeTls, Some(&face.certificate)), (Kind::NodeSigning, Some(&key.certificate))];
    let all = own.into_iter().chain([(Kind::NodeEdge, node.edge_certificate.as_ref())]);
    let ending = |(kind, certificate): (Kind, Option<&CertificateDer<'static>>)| {
        let certificate = certificate?;
        let (_, ends) = certificate::span(certificate).ok()?;
        // A key's name is one for its certificate, whatever that is for.
        Ending::of(kind, Some(&trust::key_id(&node.id, certificate)), ends, now)
    };
    all.filter_map(ending).collect()
}
