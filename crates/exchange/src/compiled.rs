//! The directory compiled: tables in memory to decide from, made anew whenever the directory changes. What it has in common with the one
//! before is taken over from that.

mod compile;
mod grants;
mod parties;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use model::agency::{Agency, Name, System};
use model::directory::{Bin, Part, Suspension};
use model::endpoint::Endpoint;
use model::fault::{Fault, Words};
use model::id::{Grantee, MemberId, NodeId, ServiceId, SystemId};
use model::legal::LegalBasis;
use model::procedure::Procedure;
use model::scope::ReusePack;
use model::service::{Offer, Service};
use model::time::moment_in_vietnamese;
use rustls::pki_types::CertificateDer;
use trust::batch::Form;
use trust::certificate::{Anchors, CertificateError};
use trust::key::PublicKey;
use trust::tls::PeerBook;

use crate::body;
use crate::compiled::compile::{CompiledPart, Contents};
use crate::compiled::grants::{GrantTable, Pool};
use crate::compiled::parties::Parties;
use crate::texts;

pub use crate::compiled::grants::HeldGrant;

/// One revision of the directory as tables in memory. It never changes; the next one takes its place.
pub struct CompiledDirectory {
    /// Number of the directory.
    pub revision: u64,
    /// When it stops counting.
    pub expires: Timestamp,
    /// What it was compiled from, part by part.
    parts: BTreeMap<Part, CompiledPart>,
    /// All that belongs to agencies.
    parties: Arc<Parties>,
    /// By bin.
    grants: Vec<Option<Arc<GrantTable>>>,
    /// In order of their ids.
    procedures: Vec<Arc<Procedure>>,
    reuse_packs: Arc<Vec<Arc<ReusePack>>>,
    bases: HashMap<String, LegalBasis>,
    purposes: HashSet<String>,
    anchors: Anchors,
    /// One for this directory and those before and behind it.
    pool: Arc<Mutex<Pool>>,
}

/// Largest body of a question to a dataset: a confirmation, keys to look up, filters.
const QUESTION_BYTES: u64 = body::MEMORY_BYTES as u64;

/// A service with what may be called of it.
#[derive(Debug)]
pub struct Offered {
    /// As the directory has it.
    pub service: Service,
}

impl Offered {
    /// Its endpoints, spelled out.
    #[must_use]
    pub fn endpoints(&self) -> &[Endpoint] {
        self.service.endpoints()
    }

    /// The largest body of a call that it can have a use for, where a node takes up to `most`.
    #[must_use]
    pub fn body_bytes(&self, most: u64) -> u64 {
        match self.service.offer {
            Offer::Dataset(_) => most.min(QUESTION_BYTES),
            Offer::Http { .. } => most,
        }
    }
}

/// A system and the nodes that speak for it.
pub struct Party {
    /// As the directory has it.
    pub system: System,
    /// Those that serve it; each may sign for it.
    pub nodes: Vec<NodeId>,
}

/// Where a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The node.
    pub id: NodeId,
    /// `host:port` of its peer port.
    pub address: String,
    /// How it has others sign what they send it, if they can: it has a key of both kinds itself.
    pub form: Form,
}

/// A key that some node signs with.
#[derive(Debug, Clone)]
pub struct KnownKey {
    /// Whose it is.
    pub node: NodeId,
    /// What it is called.
    pub keyid: String,
    /// What its signatures are checked with.
    pub key: PublicKey,
    /// What the directory names for the key; the ledger keeps it.
    pub certificate: CertificateDer<'static>,
    /// First moment of the certificate.
    pub from: Timestamp,
    /// Last moment of the certificate.
    pub to: Timestamp,
}

impl CompiledDirectory {
    /// The directory counts at `now`.
    ///
    /// # Errors
    /// [`Fault::DirectoryMissing`], [`Fault::DirectoryExpired`].
    pub fn check_current(&self, now: Timestamp) -> Result<(), Fault> {
        if self.revision == 0 {
            return Err(Fault::DirectoryMissing {});
        }
        if now >= self.expires {
            return Err(Fault::DirectoryExpired { expired: self.expires.to_string() });
        }
        Ok(())
    }

    /// How many parts it has.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// How many grants it holds.
    #[must_use]
    pub fn grants_held(&self) -> usize {
        self.grants.iter().flatten().map(|table| table.len()).sum()
    }

    /// A system and its nodes.
    #[must_use]
    pub fn system(&self, id: &SystemId) -> Option<&Party> {
        self.parties.systems.get(id)
    }

    /// Whether a node speaks for a system.
    #[must_use]
    pub fn speaks_for(&self, node: &NodeId, system: &SystemId) -> bool {
        self.system(system).is_some_and(|party| party.nodes.contains(node))
    }

    /// A node speaks for a system.
    ///
    /// # Errors
    /// [`Fault::NotItsSystem`].
    pub fn check_speaks_for(&self, node: &NodeId, system: &SystemId) -> Result<(), Fault> {
        let not_its = || Fault::NotItsSystem { node: node.to_string(), system: system.clone() };
        self.speaks_for(node, system).then_some(()).ok_or_else(not_its)
    }

    /// All systems, for the list of clients.
    pub fn systems(&self) -> impl Iterator<Item = &Party> {
        self.parties.systems.values()
    }

    /// All agencies.
    pub fn agencies(&self) -> impl Iterator<Item = &Agency> {
        self.parts.values().filter_map(|known| match &known.contents {
            Contents::Agency(tables) => Some(&tables.agency),
            _ => None,
        })
    }

    /// The name of the agency that `member` is.
    #[must_use]
    pub fn member_name(&self, member: &MemberId) -> Option<&Name> {
        match &self.parts.get(&Part::Agency(member.clone()))?.contents {
            Contents::Agency(tables) => Some(&tables.agency.name),
            _ => None,
        }
    }

    /// What is offered under this identifier, if the directory has it.
    #[must_use]
    pub fn service(&self, id: &ServiceId) -> Option<&Arc<Offered>> {
        self.parties.services.get(id)
    }

    /// The services of a system, in order of their codes.
    #[must_use]
    pub fn services_of(&self, system: &SystemId) -> Vec<&Arc<Offered>> {
        let mut services: Vec<_> =
            self.parties.services.values().filter(|offered| offered.service.id.system() == *system).collect();
        services.sort_unstable_by(|a, b| a.service.id.cmp(&b.service.id));
        services
    }

    /// All grants of a system, those of its class among them. It looks through all there are.
    pub(crate) fn grants_of(&self, client: &SystemId) -> impl Iterator<Item = &Arc<HeldGrant>> {
        self.all_grants().filter(move |grant| grant.client.covers(client))
    }

    /// The grants of a system on a service: its own, then those of its class.
    pub fn grants<'a>(
        &'a self,
        client: &SystemId,
        service: &ServiceId,
    ) -> impl Iterator<Item = &'a Arc<HeldGrant>> + Clone + use<'a> {
        let own = self.granted_to(&client.clone().into(), service);
        own.iter().chain(self.granted_to(&Grantee::class_of(client), service))
    }

    fn granted_to(&self, client: &Grantee, service: &ServiceId) -> &[Arc<HeldGrant>] {
        let (bin, mark) = Bin::with_mark(client, service);
        let table = self.grants.get(usize::from(bin.number()));
        table.and_then(Option::as_ref).map_or(&[], |table| table.of_pair(mark, client, service))
    }

    /// All grants.
    pub fn all_grants(&self) -> impl Iterator<Item = &Arc<HeldGrant>> {
        self.grants.iter().flatten().flat_map(|table| table.all())
    }

    /// All versions of all procedures, in order of their ids; none on a node that carries no cases. Their claims are bound to fields, and each
    /// ask says on which days it may be asked.
    #[must_use]
    pub fn procedures(&self) -> &[Arc<Procedure>] {
        &self.procedures
    }

    /// A version of a procedure.
    #[must_use]
    pub fn procedure(&self, id: &str) -> Option<&Arc<Procedure>> {
        let place = self.procedures.binary_search_by(|one| one.id.as_str().cmp(id)).ok()?;
        self.procedures.get(place)
    }

    /// The pack of reuse that cases begin by: the one with the highest number.
    #[must_use]
    pub fn reuse_pack(&self) -> Option<&Arc<ReusePack>> {
        self.reuse_packs.iter().max_by_key(|pack| pack.version())
    }

    /// A legal basis by its code.
    #[must_use]
    pub fn basis(&self, code: &str) -> Option<&LegalBasis> {
        self.bases.get(code)
    }

    /// Whether the directory names a purpose.
    #[must_use]
    pub fn has_purpose(&self, code: &str) -> bool {
        self.purposes.contains(code)
    }

    /// Whether calls of a service by a grant stand still at `now`.
    ///
    /// # Errors
    /// [`Fault::Suspended`].
    pub fn check_suspended(&self, service: &ServiceId, grant: &str, now: Timestamp) -> Result<(), Fault> {
        match self.parties.suspensions.of(service, grant).find(|suspension| suspension.holds_at(now)) {
            Some(suspension) => Err(suspended(suspension)),
            None => Ok(()),
        }
    }

    /// Where the nodes of a system are.
    #[must_use]
    pub fn reach(&self, system: &SystemId) -> Vec<Reach> {
        let nodes = self.system(system).map_or(&[][..], |party| &party.nodes);
        nodes.iter().filter_map(|node| self.parties.nodes.get(node).cloned()).collect()
    }

    /// How a node has others sign what they send it, if they can.
    #[must_use]
    pub fn form_of(&self, node: &NodeId) -> Form {
        self.parties.nodes.get(node).map_or(Form::Plain, |reach| reach.form)
    }

    /// Whether the directory has a node.
    #[must_use]
    pub fn has_node(&self, id: &NodeId) -> bool {
        self.parties.nodes.contains_key(id)
    }

    /// The key called `keyid`.
    ///
    /// # Errors
    /// [`Fault::UnknownKey`], [`Fault::CertificateNotValid`] when its certificate does not hold at `at`.
    pub fn key(&self, keyid: &str, at: Timestamp) -> Result<&Arc<KnownKey>, Fault> {
        let key = self
            .parties
            .keys
            .get(keyid)
            .ok_or_else(|| Fault::UnknownKey { key: keyid.chars().take(200).collect() })?;
        if at < key.from {
            return Err(Fault::CertificateNotValid { why: CertificateError::NotYet(key.from).words() });
        }
        if at > key.to {
            return Err(Fault::CertificateNotValid { why: CertificateError::Expired(key.to).words() });
        }
        Ok(key)
    }

    /// The node that has a TLS certificate.
    #[must_use]
    pub fn node_of(&self, certificate: &CertificateDer<'_>) -> Option<&NodeId> {
        self.parties.tls.get(certificate.as_ref()).map(|(node, _)| node)
    }

    /// The node that has a TLS certificate which has not ended.
    #[must_use]
    pub fn node_with(&self, certificate: &CertificateDer<'_>, now: Timestamp) -> Option<&NodeId> {
        self.parties.tls.get(certificate.as_ref()).filter(|(_, to)| now <= *to).map(|(node, _)| node)
    }

    /// Whether a node signs with the key called `keyid`.
    #[must_use]
    pub fn has_key(&self, keyid: &str) -> bool {
        self.parties.keys.contains_key(keyid)
    }
}

impl PeerBook for CompiledDirectory {
    fn knows(&self, certificate: &CertificateDer<'_>) -> bool {
        self.parties.tls.contains_key(certificate.as_ref())
    }

    fn anchors(&self) -> &Anchors {
        &self.anchors
    }
}

fn suspended(suspension: &Suspension) -> Fault {
    let what = match (&suspension.service, &suspension.grant) {
        (Some(service), _) => service.to_string(),
        (None, grant) => grant.clone().unwrap_or_default(),
    };
    let until = suspension.to.map_or_else(texts::until_further_notice, |to| {
        texts::until(&Words::new(moment_in_vietnamese(to), to.to_string()))
    });
    Fault::Suspended { subject: what, until, reason: suspension.reason.clone() }
}
