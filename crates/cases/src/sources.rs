//! What a case asks of the world: sources of data, the directory, the node's key, the clock. The node is one; tests play another.

use std::sync::Arc;

use async_trait::async_trait;
use exchange::{Answered, Ask, Node};
use jiff::Timestamp;
use model::agency::Name;
use model::casework::results_of;
use model::fault::Fault;
use model::id::{ServiceId, SystemId};
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
    /// The services by which the one-stop systems of an agency, named by its code, offer their results.
    fn results_of(&self, _agency: &str) -> Vec<ServiceId> {
        Vec::new()
    }
    /// Whether a node that speaks for a system has signed a statement: name of the key and signature; what it says it is, and the statement.
    fn is_signed_for(&self, _system: &SystemId, _by: (&str, &[u8]), _signed: (&[u8], &[u8])) -> bool {
        false
    }
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

    fn results_of(&self, agency: &str) -> Vec<ServiceId> {
        let directory = self.directory.load();
        let own = directory.systems().filter(|party| party.system.id.member().code() == agency);
        let offered = own.filter_map(|party| results_of(&party.system.id));
        let mut offered: Vec<_> = offered.filter(|id| directory.service(id).is_some()).collect();
        offered.sort_unstable();
        offered
    }

    fn is_signed_for(&self, system: &SystemId, by: (&str, &[u8]), signed: (&[u8], &[u8])) -> bool {
        Node::is_signed_for(self, system, by, signed)
    }

    fn now(&self) -> Timestamp {
        clock::now()
    }
}
