//! Compiling a directory, part by part.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use model::agency::{Agency, System};
use model::directory::{AdmittedNode, Charter, Content, Directory, Entry, Part, Piece, Suspension};
use model::grant::Grant;
use model::id::{NodeId, SystemId};
use model::service::Service;
use trust::certificate::{self, Anchors};
use trust::directory::mirror::Known;

use crate::compiled::{CompiledDirectory, Granted, KnownKey, Offered, Party, Reach, Suspensions};

#[derive(Clone)]
pub(super) struct CompiledPart {
    sha256: [u8; 32],
    pub(super) contents: Contents,
}

#[derive(Clone)]
pub(super) enum Contents {
    Charter(Arc<Charter>),
    Agency(Arc<AgencyTables>),
    Grants(Arc<Granted>),
}

/// What belongs to one agency.
pub(super) struct AgencyTables {
    pub(super) agency: Agency,
    systems: Vec<System>,
    nodes: Vec<AdmittedNode>,
    services: Vec<Arc<Offered>>,
    suspensions: Vec<Suspension>,
    keys: Vec<Arc<KnownKey>>,
    tls: Vec<(Vec<u8>, (NodeId, Timestamp))>,
}

impl CompiledDirectory {
    /// Compiles `directory`, whole or as the difference to this one. Certificates that no anchor vouches for are left out: what
    /// they sign is refused as unknown. Nothing if a part is not there that this one should have had.
    #[must_use]
    pub fn renewed(&self, directory: Directory, now: Timestamp) -> Option<Self> {
        let mut parts = BTreeMap::new();
        // The anchors come first: they vouch for the keys of all others. When they change, every key is looked at anew.
        let charter_piece = directory.parts.get(&Part::Charter)?;
        let charter = match &charter_piece.content {
            Some(Content::Charter(charter)) => Arc::new(Charter::clone(charter)),
            _ => self
                .parts
                .get(&Part::Charter)
                .filter(|known| known.sha256 == charter_piece.sha256)
                .and_then(|_| self.charter())?,
        };
        let anchors: Vec<_> =
            charter.anchors.iter().filter_map(|text| certificate::from_base64(text).ok()).collect();
        let anchors = Anchors::new(&anchors);
        let same_anchors = self.charter().is_some_and(|old| old.anchors == charter.anchors);
        for (part, piece) in directory.parts {
            let sha256 = piece.sha256;
            let contents = match part {
                Part::Charter => Contents::Charter(charter.clone()),
                _ => self.contents(&part, piece, &anchors, same_anchors, now)?,
            };
            parts.insert(part, CompiledPart { sha256, contents });
        }
        let mut compiled = Self {
            revision: directory.revision,
            expires: directory.expires,
            parts,
            systems: HashMap::new(),
            nodes: HashMap::new(),
            services: HashMap::new(),
            grants: HashMap::new(),
            bases: charter.bases.iter().map(|basis| (basis.code.clone(), basis.clone())).collect(),
            purposes: charter.purposes.iter().map(|purpose| purpose.code.clone()).collect(),
            suspensions: Suspensions::default(),
            keys: HashMap::new(),
            tls: HashMap::new(),
            anchors,
        };
        compiled.index();
        Some(compiled)
    }

    /// Compiles a directory that is whole. Nothing if it has no charter.
    #[must_use]
    pub fn of(directory: Directory, now: Timestamp) -> Option<Self> {
        Self::empty().renewed(directory, now)
    }

    /// What a part comes to: compiled, or taken over.
    fn contents(
        &self,
        part: &Part,
        piece: Piece,
        anchors: &Anchors,
        same_anchors: bool,
        now: Timestamp,
    ) -> Option<Contents> {
        Some(match piece.content {
            Some(Content::Charter(charter)) => Contents::Charter(Arc::from(charter)),
            Some(Content::Agency(entry)) => {
                Contents::Agency(Arc::new(AgencyTables::open(*entry, anchors, now)))
            }
            Some(Content::Grants(grants)) => Contents::Grants(Arc::new(by_pair(grants))),
            None => {
                let known = self.parts.get(part).filter(|known| known.sha256 == piece.sha256)?;
                match &known.contents {
                    Contents::Agency(tables) if !same_anchors => {
                        Contents::Agency(Arc::new(tables.with_anchors(anchors, now)))
                    }
                    contents => contents.clone(),
                }
            }
        })
    }

    /// Makes the tables over all parts.
    fn index(&mut self) {
        let mut speaks_for: HashMap<SystemId, Vec<NodeId>> = HashMap::new();
        for (part, known) in &self.parts {
            let tables = match (&known.contents, part) {
                (Contents::Agency(tables), _) => tables,
                (Contents::Grants(granted), Part::Grants(bin)) => {
                    self.grants.insert(*bin, granted.clone());
                    continue;
                }
                _ => continue,
            };
            for node in &tables.nodes {
                let reach = Reach { id: node.node.id.clone(), address: node.node.address.clone() };
                self.nodes.insert(node.node.id.clone(), reach);
                for system in &node.node.systems {
                    speaks_for.entry(system.clone()).or_default().push(node.node.id.clone());
                }
            }
            for system in &tables.systems {
                self.systems.insert(system.id.clone(), Party { system: system.clone(), nodes: Vec::new() });
            }
            self.services
                .extend(tables.services.iter().map(|offered| (offered.service.id.clone(), offered.clone())));
            for suspension in &tables.suspensions {
                self.suspensions.add(suspension);
            }
            self.keys.extend(tables.keys.iter().map(|key| (key.keyid.clone(), key.clone())));
            self.tls.extend(tables.tls.iter().cloned());
        }
        for (system, nodes) in speaks_for {
            if let Some(party) = self.systems.get_mut(&system) {
                party.nodes = nodes;
            }
        }
    }

    /// Before the first directory has come: knows nobody, expired long ago.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            revision: 0,
            expires: Timestamp::MIN,
            parts: BTreeMap::new(),
            systems: HashMap::new(),
            nodes: HashMap::new(),
            services: HashMap::new(),
            grants: HashMap::new(),
            bases: HashMap::new(),
            purposes: HashSet::new(),
            suspensions: Suspensions::default(),
            keys: HashMap::new(),
            tls: HashMap::new(),
            anchors: Anchors::new(&[]),
        }
    }

    /// The parts it was compiled from: what need not be read again.
    #[must_use]
    pub fn known(&self) -> Known {
        self.parts.iter().map(|(part, known)| (part.clone(), known.sha256)).collect()
    }

    fn charter(&self) -> Option<Arc<Charter>> {
        match self.parts.get(&Part::Charter).map(|known| &known.contents) {
            Some(Contents::Charter(charter)) => Some(charter.clone()),
            _ => None,
        }
    }
}

impl AgencyTables {
    fn open(entry: Entry, anchors: &Anchors, now: Timestamp) -> Self {
        let Entry { agency, systems, nodes, services, suspensions } = entry;
        let offered = |service: Service| {
            let endpoints = service.endpoints();
            Arc::new(Offered { service, endpoints })
        };
        let services = services.into_iter().map(offered).collect();
        let (keys, tls) = certified(&nodes, anchors, now);
        Self { agency, systems, nodes, services, suspensions, keys, tls }
    }

    /// The same, vouched for by other anchors.
    fn with_anchors(&self, anchors: &Anchors, now: Timestamp) -> Self {
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
    fn add(&mut self, suspension: &Suspension) {
        if let Some(service) = &suspension.service {
            self.services.entry(service.clone()).or_default().push(suspension.clone());
        }
        if let Some(grant) = &suspension.grant {
            self.grants.entry(grant.clone()).or_default().push(suspension.clone());
        }
    }
}

type Certified = (Vec<Arc<KnownKey>>, Vec<(Vec<u8>, (NodeId, Timestamp))>);

/// What the nodes' certificates say.
fn certified(nodes: &[AdmittedNode], anchors: &Anchors, now: Timestamp) -> Certified {
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
                tls.push((der.to_vec(), (node.id.clone(), to)));
            }
        }
    }
    (keys, tls)
}

fn by_pair(grants: Vec<Grant>) -> Granted {
    let mut granted = Granted::new();
    for grant in grants {
        granted.entry((grant.client.clone(), grant.service.clone())).or_default().push(Arc::new(grant));
    }
    granted
}

#[cfg(test)]
mod tests {
    use model::directory::Bin;
    use serde_json::json;

    use super::*;

    fn piece(salt: u8, content: Option<Content>) -> Piece {
        Piece { sha256: [salt; 32], content }
    }

    fn charter() -> Content {
        let charter = json!({ "instance": "VN", "purposes": [], "bases": [], "anchors": [] });
        Content::Charter(Box::new(serde_json::from_value(charter).unwrap()))
    }

    fn agency(code: &str) -> (Part, Content) {
        let id = format!("VN/GOV/{code}");
        let name = json!({ "vi": "Tên", "en": "Name" });
        let entry = json!({ "agency": { "id": id, "name": name, "bloc": "government" }, "systems": [{ "id": format!("{id}/a"), "name": name }] });
        (Part::Agency(id.parse().unwrap()), Content::Agency(Box::new(serde_json::from_value(entry).unwrap())))
    }

    fn granted(client: &str, service: &str) -> (Part, Grant) {
        let grant = json!({ "id": "g", "client": client, "service": service, "uses": [], "fields": "all", "per_second": 1 });
        let grant: Grant = serde_json::from_value(grant).unwrap();
        (Part::Grants(Bin::of(&grant.client, &grant.service)), grant)
    }

    #[test]
    fn a_compiled_directory_takes_over_what_did_not_change() {
        let directory = |revision, parts: Vec<(Part, Piece)>| Directory {
            revision,
            expires: Timestamp::MAX,
            parts: parts.into_iter().collect(),
        };
        let now: Timestamp = "2026-11-25T08:00:00Z".parse().unwrap();
        let ((one, first), (two, second)) = (agency("G01"), agency("G15"));
        let (client, service) = ("VN/GOV/G15/a", "VN/GOV/G01/a/b");
        let (bin, grant) = granted(client, service);
        let ids = (client.parse().unwrap(), service.parse().unwrap());
        let compiled = CompiledDirectory::of(
            directory(
                1,
                vec![
                    (Part::Charter, piece(1, Some(charter()))),
                    (one.clone(), piece(2, Some(first))),
                    (bin.clone(), piece(3, Some(Content::Grants(vec![grant])))),
                ],
            ),
            now,
        )
        .unwrap();
        assert_eq!((compiled.agencies().count(), compiled.grants(&ids.0, &ids.1).len()), (1, 1));
        // The next one adds an agency and empties the bin.
        let unchanged = |part: &Part, salt| (part.clone(), piece(salt, None));
        let next =
            vec![unchanged(&Part::Charter, 1), unchanged(&one, 2), (two.clone(), piece(4, Some(second)))];
        let next = compiled.renewed(directory(2, next), now).unwrap();
        assert_eq!((next.agencies().count(), next.grants(&ids.0, &ids.1).len()), (2, 0));
        assert!(next.system(&"VN/GOV/G01/a".parse().unwrap()).is_some());
        assert_eq!(next.known().len(), 3);
        // One that leaves out what the one before never had is no directory.
        let (three, _) = agency("G99");
        let broken = vec![unchanged(&Part::Charter, 1), unchanged(&three, 9)];
        assert!(next.renewed(directory(3, broken), now).is_none());
        // Nor is one whose part has another digest and no content.
        assert!(
            next.renewed(directory(3, vec![unchanged(&Part::Charter, 1), unchanged(&one, 7)]), now).is_none()
        );
    }
}
