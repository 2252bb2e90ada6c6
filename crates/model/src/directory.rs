//! The directory: who is who and who may what. The hub signs it, every node holds a verified copy and decides from it alone.
//!
//! It comes in parts, so that a change sends only what changed: one [`Charter`] and one [`Entry`] per agency. A grant
//! stands in the entry of the agency that provides the service.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::agency::{Agency, Node, System};
use crate::grant::Grant;
use crate::id::MemberId;
use crate::legal::{LegalBasis, Purpose};
use crate::service::Service;

/// What holds for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charter {
    /// The instance, `VN`.
    pub instance: String,
    /// The purposes that grants and calls may name.
    pub purposes: Vec<Purpose>,
    /// The legal bases that grants rest on.
    pub bases: Vec<LegalBasis>,
    /// Certificates of the authorities that nodes' certificates come from, DER in base64.
    pub anchors: Vec<String>,
}

/// All that belongs to one agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The agency.
    pub agency: Agency,
    /// Its systems.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub systems: Vec<System>,
    /// Its nodes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<AdmittedNode>,
    /// Its services.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    /// The grants on its services.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
}

/// A node with the certificates it was admitted with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdmittedNode {
    /// The node.
    #[serde(flatten)]
    pub node: Node,
    /// Certificates of its TLS keys, DER in base64; two while a key is changed.
    pub tls: Vec<String>,
    /// Certificates of the keys that sign its messages, DER in base64.
    pub signing: Vec<String>,
}

/// The whole directory at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Counts up with every change.
    pub revision: u64,
    /// When nodes stop deciding from it.
    pub expires: jiff::Timestamp,
    /// What holds for all.
    pub charter: Charter,
    /// By agency.
    pub entries: BTreeMap<MemberId, Entry>,
}
