//! The directory made ready to decide from: tables in memory, made anew whenever the directory changes.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use model::agency::{Agency, Name, System};
use model::directory::{AdmittedNode, Directory};
use model::endpoint::Endpoint;
use model::fault::{Fault, Words};
use model::grant::Grant;
use model::id::{MemberId, NodeId, ServiceId, SystemId};
use model::legal::LegalBasis;
use model::service::Service;
use rustls::pki_types::CertificateDer;
use trust::certificate::{self, Anchors};
use trust::key::PublicKey;
use trust::tls::PeerBook;

/// The directory, compiled.
pub struct Book {
    /// Number of the directory.
    pub revision: u64,
    /// When it stops counting.
    pub expires: Timestamp,
    agencies: Vec<Agency>,
    systems: HashMap<SystemId, Party>,
    nodes: HashMap<NodeId, Reach>,
    services: HashMap<ServiceId, Arc<Offered>>,
    grants: HashMap<(SystemId, ServiceId), Vec<Arc<Grant>>>,
    bases: HashMap<String, LegalBasis>,
    keys: HashMap<String, Signer>,
    /// By the certificate's bytes.
    tls: HashMap<Vec<u8>, NodeId>,
    anchors: Anchors,
}

/// A service with what may be called of it.
#[derive(Debug)]
pub struct Offered {
    /// The service.
    pub service: Service,
    /// Its endpoints, spelled out.
    pub endpoints: Vec<Endpoint>,
}

/// A system and the nodes that speak for it.
pub struct Party {
    /// The system.
    pub system: System,
    /// Its nodes.
    pub nodes: Vec<NodeId>,
}

/// Where a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The node.
    pub id: NodeId,
    /// `host:port` of its peer port.
    pub address: String,
}

/// Who signs with a key.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The node.
    pub node: NodeId,
    /// Its public key.
    pub key: PublicKey,
    /// Its certificate.
    pub certificate: CertificateDer<'static>,
    /// First moment of the certificate.
    pub from: Timestamp,
    /// Last moment of the certificate.
    pub to: Timestamp,
}

impl Book {
    /// Compiles `directory`. Certificates that no anchor vouches for are left out: what they sign is refused as unknown.
    #[must_use]
    pub fn compile(directory: Directory, now: Timestamp) -> Self {
        let anchors: Vec<_> =
            directory.charter.anchors.iter().filter_map(|text| certificate::from_base64(text).ok()).collect();
        let mut book = Self {
            revision: directory.revision,
            expires: directory.expires,
            agencies: Vec::with_capacity(directory.entries.len()),
            systems: HashMap::new(),
            nodes: HashMap::new(),
            services: HashMap::new(),
            grants: HashMap::new(),
            bases: directory.charter.bases.into_iter().map(|basis| (basis.code.clone(), basis)).collect(),
            keys: HashMap::new(),
            tls: HashMap::new(),
            anchors: Anchors::new(&anchors),
        };
        let mut speaks_for: HashMap<SystemId, Vec<NodeId>> = HashMap::new();
        for entry in directory.entries.into_values() {
            for node in &entry.nodes {
                node.node.systems.iter().for_each(|system| {
                    speaks_for.entry(system.clone()).or_default().push(node.node.id.clone())
                });
                book.take_node(node, now);
            }
            for system in entry.systems {
                book.systems.insert(system.id.clone(), Party { system, nodes: Vec::new() });
            }
            for service in entry.services {
                let endpoints = service.endpoints();
                book.services.insert(service.id.clone(), Arc::new(Offered { service, endpoints }));
            }
            for grant in entry.grants {
                book.grants
                    .entry((grant.client.clone(), grant.service.clone()))
                    .or_default()
                    .push(Arc::new(grant));
            }
            book.agencies.push(entry.agency);
        }
        for (system, nodes) in speaks_for {
            if let Some(party) = book.systems.get_mut(&system) {
                party.nodes = nodes;
            }
        }
        book
    }

    /// Before the first directory has come: knows nobody, expired long ago.
    #[must_use]
    pub fn empty() -> Self {
        let charter = model::directory::Charter {
            instance: String::new(),
            purposes: Vec::new(),
            bases: Vec::new(),
            anchors: Vec::new(),
        };
        let directory = Directory {
            revision: 0,
            expires: Timestamp::MIN,
            charter,
            entries: std::collections::BTreeMap::new(),
        };
        Self::compile(directory, Timestamp::MIN)
    }

    fn take_node(&mut self, admitted: &AdmittedNode, now: Timestamp) {
        let node = &admitted.node;
        for text in &admitted.signing {
            let Ok(der) = certificate::from_base64(text) else { continue };
            let vouched = self
                .anchors
                .check(&der, now)
                .inspect_err(|error| tracing::warn!(node = %node.id, %error, "signing certificate left out"));
            let (Ok(()), Ok(key), Ok((from, to))) =
                (vouched, certificate::signing_key(&der), certificate::span(&der))
            else {
                continue;
            };
            self.keys.insert(
                trust::key_id(&node.id, &der),
                Signer { node: node.id.clone(), key, certificate: der, from, to },
            );
        }
        for text in &admitted.tls {
            if let Ok(der) = certificate::from_base64(text) {
                self.tls.insert(der.to_vec(), node.id.clone());
            }
        }
        self.nodes.insert(node.id.clone(), Reach { id: node.id.clone(), address: node.address.clone() });
    }

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

    /// A system and its nodes.
    #[must_use]
    pub fn system(&self, id: &SystemId) -> Option<&Party> {
        self.systems.get(id)
    }

    /// All systems, for the list of clients.
    pub fn systems(&self) -> impl Iterator<Item = &Party> {
        self.systems.values()
    }

    /// All agencies.
    #[must_use]
    pub fn agencies(&self) -> &[Agency] {
        &self.agencies
    }

    /// The name of the agency that `member` is.
    #[must_use]
    pub fn member_name(&self, member: &MemberId) -> Option<&Name> {
        self.agencies.iter().find(|agency| agency.id == *member).map(|agency| &agency.name)
    }

    /// A service.
    #[must_use]
    pub fn service(&self, id: &ServiceId) -> Option<&Arc<Offered>> {
        self.services.get(id)
    }

    /// The services of a system, in order of their codes.
    #[must_use]
    pub fn services_of(&self, system: &SystemId) -> Vec<&Arc<Offered>> {
        let mut services: Vec<_> =
            self.services.values().filter(|offered| offered.service.id.system() == *system).collect();
        services.sort_unstable_by(|a, b| a.service.id.cmp(&b.service.id));
        services
    }

    /// The grants of a system on a service.
    #[must_use]
    pub fn grants(&self, client: &SystemId, service: &ServiceId) -> &[Arc<Grant>] {
        // A pair is looked up by value: two reference counts, no text is copied.
        self.grants.get(&(client.clone(), service.clone())).map_or(&[], Vec::as_slice)
    }

    /// A legal basis by its code.
    #[must_use]
    pub fn basis(&self, code: &str) -> Option<&LegalBasis> {
        self.bases.get(code)
    }

    /// Where the nodes of a system are.
    #[must_use]
    pub fn reach(&self, system: &SystemId) -> Vec<Reach> {
        let nodes = self.systems.get(system).map_or(&[][..], |party| &party.nodes);
        nodes.iter().filter_map(|node| self.nodes.get(node).cloned()).collect()
    }

    /// Who signs with the key called `keyid`.
    ///
    /// # Errors
    /// [`Fault::UnknownKey`], [`Fault::CertificateNotValid`] when its certificate does not hold at `at`.
    pub fn signer(&self, keyid: &str, at: Timestamp) -> Result<&Signer, Fault> {
        let signer = self
            .keys
            .get(keyid)
            .ok_or_else(|| Fault::UnknownKey { key: keyid.chars().take(200).collect() })?;
        if at < signer.from {
            return Err(Fault::CertificateNotValid {
                why: Words::new(
                    format!("chưa có giá trị trước {}", signer.from),
                    format!("it is not valid before {}", signer.from),
                ),
            });
        }
        if at > signer.to {
            return Err(Fault::CertificateNotValid {
                why: Words::new(format!("hết hạn lúc {}", signer.to), format!("it expired at {}", signer.to)),
            });
        }
        Ok(signer)
    }

    /// The node that has a TLS certificate.
    #[must_use]
    pub fn node_of(&self, certificate: &CertificateDer<'_>) -> Option<&NodeId> {
        self.tls.get(certificate.as_ref())
    }
}

impl PeerBook for Book {
    fn knows(&self, certificate: &CertificateDer<'_>) -> bool {
        self.tls.contains_key(certificate.as_ref())
    }

    fn anchors(&self) -> &Anchors {
        &self.anchors
    }
}
