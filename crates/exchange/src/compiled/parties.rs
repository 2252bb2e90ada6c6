//! Agencies with all that belongs to them, and the tables over all agencies.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use model::agency::{Agency, System};
use model::directory::{AdmittedNode, Entry, Suspension};
use model::id::{NodeId, ServiceId, SystemId};
use model::service::{Offer, Service};
use trust::batch::Form;
use trust::certificate::{self, Anchors};

use crate::compiled::{KnownKey, Offered, Party, Reach};

/// What belongs to one agency.
pub(super) struct AgencyTables {
    pub(super) agency: Agency,
    systems: Vec<System>,
    nodes: Vec<AdmittedNode>,
    services: Vec<Arc<Offered>>,
    suspensions: Vec<Suspension>,
    keys: Vec<Arc<KnownKey>>,
    tls: Vec<TlsCertificate>,
}

/// A certificate's bytes, whose it is, and when it ends.
type TlsCertificate = (Arc<[u8]>, (NodeId, Timestamp));

/// The tables over all agencies.
#[derive(Default)]
pub(super) struct Parties {
    pub(super) systems: HashMap<SystemId, Party>,
    pub(super) nodes: HashMap<NodeId, Reach>,
    pub(super) services: HashMap<ServiceId, Arc<Offered>>,
    /// What stands still, or will.
    pub(super) suspensions: Suspensions,
    pub(super) keys: HashMap<String, Arc<KnownKey>>,
    /// By the certificate's bytes: whose it is, and when it ends.
    pub(super) tls: HashMap<Arc<[u8]>, (NodeId, Timestamp)>,
}

/// Suspensions by what they are of. Mostly there is none, and to look in an empty table costs next to nothing.
#[derive(Default)]
pub(super) struct Suspensions {
    services: HashMap<ServiceId, Vec<Suspension>>,
    grants: HashMap<String, Vec<Suspension>>,
}

impl Parties {
    /// The tables over `agencies`, in the order of their parts.
    pub(super) fn over<'a>(agencies: impl Iterator<Item = &'a Arc<AgencyTables>>) -> Self {
        let mut all = Self::default();
        let mut speaks_for: HashMap<SystemId, Vec<NodeId>> = HashMap::new();
        for tables in agencies {
            for node in &tables.nodes {
                let id = node.node.id.clone();
                let is_hybrid = tables.keys.iter().any(|key| key.node == id && key.key.is_hybrid());
                let form = if is_hybrid { Form::Hybrid } else { Form::Plain };
                let reach = Reach { id: id.clone(), address: node.node.address.clone(), form };
                all.nodes.insert(id, reach);
                for system in &node.node.systems {
                    speaks_for.entry(system.clone()).or_default().push(node.node.id.clone());
                }
            }
            for system in &tables.systems {
                all.systems.insert(system.id.clone(), Party { system: system.clone(), nodes: Vec::new() });
            }
            let services = tables.services.iter();
            all.services.extend(services.map(|offered| (offered.service.id.clone(), offered.clone())));
            for suspension in &tables.suspensions {
                all.suspensions.add(suspension);
            }
            all.keys.extend(tables.keys.iter().map(|key| (key.keyid.clone(), key.clone())));
            all.tls.extend(tables.tls.iter().cloned());
        }
        for (system, nodes) in speaks_for {
            if let Some(party) = all.systems.get_mut(&system) {
                party.nodes = nodes;
            }
        }
        all
    }
}

impl AgencyTables {
    /// Takes in an agency as it was published. Identifiers that were `known` before stay the same text in memory: grants share it.
    pub(super) fn open(entry: Entry, known: &Parties, anchors: &Anchors, now: Timestamp) -> Self {
        let Entry { agency, mut systems, nodes, services, suspensions } = entry;
        for system in &mut systems {
            if let Some((id, _)) = known.systems.get_key_value(&system.id) {
                system.id = id.clone();
            }
        }
        let offered = |mut service: Service| {
            if let Some((id, _)) = known.services.get_key_value(&service.id) {
                service.id = id.clone();
            }
            // What was read has room for more.
            if let Offer::Dataset(dataset) = &mut service.offer {
                dataset.fields.shrink_to_fit();
            }
            Arc::new(Offered { service })
        };
        let services = services.into_iter().map(offered).collect();
        let (keys, tls) = certified(&nodes, anchors, now);
        Self { agency, systems, nodes, services, suspensions, keys, tls }
    }

    /// The same, vouched for by other anchors.
    pub(super) fn with_anchors(&self, anchors: &Anchors, now: Timestamp) -> Self {
        let (keys, tls) = certified(&self.nodes, anchors, now);
        Self {
            agency: self.agency.clone(),
            systems: self.systems.clone(),
            nodes: self.nodes.clone(),
            services: self.services.clone(),
            suspensions: self.suspensions.clone(),
            keys,
            tls,
        }
    }
}

impl Suspensions {
    /// Those that are of a service or of a grant.
    pub(super) fn of(&self, service: &ServiceId, grant: &str) -> impl Iterator<Item = &Suspension> {
        let of_service = self.services.get(service).into_iter().flatten();
        of_service.chain(self.grants.get(grant).into_iter().flatten())
    }

    fn add(&mut self, suspension: &Suspension) {
        if let Some(service) = &suspension.service {
            self.services.entry(service.clone()).or_default().push(suspension.clone());
        }
        if let Some(grant) = &suspension.grant {
            self.grants.entry(grant.clone()).or_default().push(suspension.clone());
        }
    }
}

/// What the nodes' certificates say.
fn certified(
    nodes: &[AdmittedNode],
    anchors: &Anchors,
    now: Timestamp,
) -> (Vec<Arc<KnownKey>>, Vec<TlsCertificate>) {
    let (mut keys, mut tls) = (Vec::new(), Vec::new());
    for admitted in nodes {
        let node = &admitted.node;
        for text in &admitted.signing {
            let Ok(der) = certificate::from_base64(text) else { continue };
            let vouched = anchors
                .check(&der, now)
                .inspect_err(|error| tracing::warn!(node = %node.id, %error, "signing certificate left out"));
            let (Ok(()), Ok(key), Ok((from, to))) =
                (vouched, certificate::signing_key(&der), certificate::span(&der))
            else {
                continue;
            };
            let keyid = trust::key_id(&node.id, &der);
            keys.push(Arc::new(KnownKey { node: node.id.clone(), keyid, key, certificate: der, from, to }));
        }
        for text in &admitted.tls {
            if let Ok(der) = certificate::from_base64(text)
                && let Ok((_, to)) = certificate::span(&der)
            {
                tls.push((der.as_ref().into(), (node.id.clone(), to)));
            }
        }
    }
    (keys, tls)
}
