//! Whether a call may leave, to which nodes, and with which headers.

use http::header::HeaderMap;
use jiff::Timestamp;
use model::fault::Fault;
use trust::signer::random;
use uuid::{Builder, Uuid};

use crate::admit::{Admitted, admit};
use crate::clock;
use crate::compiled::{CompiledDirectory, Reach};
use crate::consume::ClientCall;
use crate::headers;
use crate::node::Node;
use crate::request::{Request, wanted_node};

/// Whether the call may leave, and how.
pub(super) fn may_leave(
    node: &Node,
    directory: &CompiledDirectory,
    request: &Request,
    now: Timestamp,
) -> Result<Admitted, Fault> {
    directory.check_current(now)?;
    let client = &request.call().client;
    let party = directory.system(client).ok_or_else(|| Fault::UnknownClient { client: client.clone() })?;
    if !party.nodes.contains(&node.id) {
        return Err(Fault::ClientElsewhere { client: client.clone() });
    }
    admit(directory, request, (&node.consumer_rates, &node.question_rates), now)
}

/// The provider's nodes, or the one that the caller wants.
pub(super) fn provider_nodes(
    directory: &CompiledDirectory,
    call: &ClientCall<'_>,
) -> Result<Vec<Reach>, Fault> {
    let system = call.request.call().service.system();
    let mut nodes = directory.reach(&system);
    if nodes.is_empty() {
        return Err(Fault::NoNode { system });
    }
    if let Some(wanted) = wanted_node(call.headers)? {
        nodes.retain(|node| node.id == wanted);
        if nodes.is_empty() {
            return Err(Fault::NotItsNode { node: wanted.to_string() });
        }
    }
    Ok(nodes)
}

/// The headers that go to the provider: what passes of the caller's, and ours.
pub(super) fn outgoing_headers(node: &Node, call: &ClientCall<'_>) -> HeaderMap {
    let asked = call.request.call();
    let mut out = headers::of_call(call.headers, node.added_headers(&asked.service));
    if let Some(span) = &call.span {
        span.put(&mut out);
    }
    headers::set(&mut out, headers::CLIENT, asked.client.as_str());
    headers::set(&mut out, headers::REQUEST_ID, &message_id(clock::now()).to_string());
    if headers::last(&out, &headers::ID).is_none_or(str::is_empty) {
        let instance = asked.client.parts().next().unwrap_or_default().into_owned();
        let id = format!("{}-{}", model::id::encode_part(&instance), message_id(clock::now()));
        headers::set(&mut out, headers::ID, &id);
    }
    headers::put_other_headers(&mut out);
    out
}

/// An id by the time (RFC 9562 version 7). Its random bits come from the generator that nonces come from: `Uuid::now_v7` asks the system
/// each time, twice for an exchange.
fn message_id(now: Timestamp) -> Uuid {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &random()).into_uuid()
}
