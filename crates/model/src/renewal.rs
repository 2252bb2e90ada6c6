//! What a node and its hub say to each other when the node's keys are renewed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::NodeId;

/// What stands before the request where it is signed, so that the signature is good for nothing else.
pub const SIGNED_AS: &[u8] = b"lienthong renewal, version 1\n";

/// Asks for certificates of two new keys, over a connection with the node's present TLS certificate and signed with its present signing
/// key. Asked again for the same keys, the hub answers the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renewing {
    /// Who asks: the owner of the connection's certificate.
    pub node: NodeId,
    /// Certificate request for its new TLS key (PEM).
    pub tls: String,
    /// Certificate request for its new signing key (PEM).
    pub signing: String,
}

/// The new certificates, DER in base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Renewed {
    /// For TLS between nodes.
    pub tls: String,
    /// For its signatures.
    pub signing: String,
}
