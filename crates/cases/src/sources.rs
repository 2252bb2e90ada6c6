//! What a case asks of the world: sources of data, the directory, the node's key, the clock. The node is one; tests play another.

use std::sync::Arc;

use async_trait::async_trait;
use exchange::{Answered, Ask, Node};
use jiff::Timestamp;
use model::agency::Name;
use model::fault::Fault;
use model::id::ServiceId;
use model::procedure::Procedure;
use model::scope::ReusePack;

use crate::clock;

/// The world of a case.
#[async_trait]
pub trait Sources: Send + Sync + 'static {
    /// Makes an exchange.
    async fn ask(&self, ask: Ask) -> Result<Answered, Fault>;
    /// The procedures of the directory.
    fn procedures(&self) -> Vec<Arc<Procedure>>;
    /// The reuse pack in force.
    fn pack(&self) -> Option<Arc<ReusePack>>;
    /// The agency that answers for a service.
    fn agency(&self, service: &ServiceId) -> Name;
    /// A legal basis as it is cited.
    fn citation(&self, basis: &str) -> String;
    /// The node that speaks.
    fn node(&self) -> String;
    /// Signs a statement by the node's key: over what it says it is, and the statement. Name of the key, and the signature.
    fn sign(&self, signed_as: &[u8], statement: &[u8]) -> (String, Vec<u8>);
    /// The time.
    fn now(&self) -> Timestamp;
}

#[async_trait]
impl Sources for Arc<Node> {
    async fn ask(&self, ask: Ask) -> Result<Answered, Fault> {
        exchange::ask(self, ask).await
    }

    fn procedures(&self) -> Vec<Arc<Procedure>> {
        self.directory.load().procedures().to_vec()
    }

    fn pack(&self) -> Option<Arc<ReusePack>> {
        self.directory.load().reuse_pack().cloned()
    }

    fn agency(&self, service: &ServiceId) -> Name {
        let member = service.system().member();
        let named = self.directory.load().member_name(&member).cloned();
        named.unwrap_or_else(|| Name { vi: member.to_string(), en: member.to_string() })
    }

    fn citation(&self, basis: &str) -> String {
        self.directory.load().basis(basis).map_or_else(|| basis.to_owned(), |basis| basis.citation.clone())
    }

    fn node(&self) -> String {
        self.id.to_string()
    }

    fn sign(&self, signed_as: &[u8], statement: &[u8]) -> (String, Vec<u8>) {
        Node::sign(self, signed_as, statement)
    }

    fn now(&self) -> Timestamp {
        clock::now()
    }
}
