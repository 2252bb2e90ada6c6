//! A directory that came change by change is the one that is compiled from scratch: it decides alike and knows the same.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::LazyLock;

use jiff::Timestamp;
use model::directory::{Bin, Content, Directory, Part, Piece};
use model::endpoint::CallPath;
use model::grant::Grant;
use model::id::{NodeId, ServiceId, SystemId};
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};
use trust::certificate::{self, Authority, Usage};
use trust::key::SigningKey;

use super::{Call, decide};
use crate::compiled::CompiledDirectory;

const NOW: &str = "2026-11-23T08:00:00Z";
/// Agencies, and systems and services of each.
const AGENCIES: usize = 4;
const SYSTEMS: usize = 2;
const SERVICES: usize = 3;
const GRANTS: usize = 24;
const PURPOSES: [&str; 3] = ["khai-sinh", "nhap-hoc", "khac"];
const CALLS: [(&str, &str); 3] = [("GET", "/001"), ("POST", "/stream"), ("POST", "/tim")];

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// Two authorities, and what each certified for the node of each agency.
struct Certified {
    anchors: [String; 2],
    /// By authority, by agency: TLS, signing.
    nodes: [Vec<[String; 2]>; 2],
}

static CERTIFIED: LazyLock<Certified> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let tls = certificate::create_tls_key(&folder.path().join("tls.key")).unwrap();
    let (_, signing) = SigningKey::create(&folder.path().join("signing.key")).unwrap();
    let made = ["a", "b"].map(|name| {
        let folder = folder.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        let authority = Authority::create(&folder, name, now()).unwrap();
        let admitted = |number: usize, usage, pair| {
            let request = certificate::request(pair, &node(number)).unwrap();
            certificate::to_base64(&authority.admit(&node(number), usage, &request, now()).unwrap())
        };
        let nodes: Vec<_> = (0..AGENCIES)
            .map(|number| [admitted(number, Usage::Tls, &tls), admitted(number, Usage::Signing, &signing)])
            .collect();
        (certificate::to_base64(authority.certificate()), nodes)
    });
    let [(one, of_one), (other, of_other)] = made;
    Certified { anchors: [one, other], nodes: [of_one, of_other] }
});

fn node(agency: usize) -> NodeId {
    format!("VN/GOV/G{agency}/nut").parse().unwrap()
}

fn system(number: usize) -> SystemId {
    format!("VN/GOV/G{}/s{}", number / SYSTEMS % AGENCIES, number % SYSTEMS).parse().unwrap()
}

fn service(number: usize) -> ServiceId {
    format!("{}/d{}", system(number / SERVICES), number % SERVICES).parse().unwrap()
}

/// What may be done to a registry. Numbers are taken modulo what there is.
#[derive(Debug, Clone)]
enum Change {
    Grant {
        number: usize,
        form: usize,
        client: usize,
        service: usize,
    },
    Revoke {
        number: usize,
    },
    Service {
        number: usize,
        form: Option<usize>,
    },
    /// A system goes to the node of another agency, or comes, or goes altogether.
    System {
        number: usize,
        node: Option<usize>,
    },
    Suspend {
        agency: usize,
        what: Option<usize>,
    },
    Agency {
        number: usize,
        there: bool,
    },
    /// Another certificate.
    Node {
        agency: usize,
        by: usize,
    },
    Charter {
        form: usize,
        anchors: usize,
    },
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let number = 0..64_usize;
    let change = prop_oneof![
        6 => [number.clone(), number.clone(), number.clone(), number.clone()]
            .prop_map(|[number, form, client, service]| Change::Grant { number, form, client, service }),
        4 => number.clone().prop_map(|number| Change::Revoke { number }),
        3 => (number.clone(), prop::option::weighted(0.8, number.clone()))
            .prop_map(|(number, form)| Change::Service { number, form }),
        3 => (number.clone(), prop::option::weighted(0.8, number.clone()))
            .prop_map(|(number, node)| Change::System { number, node }),
        2 => (number.clone(), prop::option::of(number.clone()))
            .prop_map(|(agency, what)| Change::Suspend { agency, what }),
        2 => (number.clone(), any::<bool>()).prop_map(|(number, there)| Change::Agency { number, there }),
        1 => (number.clone(), 0..2_usize).prop_map(|(agency, by)| Change::Node { agency, by }),
        1 => (number, 0..4_usize).prop_map(|(form, anchors)| Change::Charter { form, anchors }),
    ];
    prop::collection::vec(change, 1..30)
}

/// The registry as its parts are made from it.
struct World {
    agencies: [bool; AGENCIES],
    /// By system: the agency whose node speaks for it.
    systems: Vec<Option<usize>>,
    services: Vec<Option<usize>>,
    suspended: [Option<usize>; AGENCIES],
    certified_by: [usize; AGENCIES],
    charter: (usize, usize),
    grants: BTreeMap<usize, Grant>,
}

impl World {
    fn new() -> Self {
        Self {
            agencies: [true; AGENCIES],
            systems: (0..AGENCIES * SYSTEMS).map(|number| Some(number / SYSTEMS)).collect(),
            services: (0..AGENCIES * SYSTEMS * SERVICES).map(Some).collect(),
            suspended: [None; AGENCIES],
            certified_by: [0; AGENCIES],
            charter: (0, 0),
            grants: BTreeMap::new(),
        }
    }

    fn change(&mut self, change: &Change) {
        match *change {
            Change::Grant { number, form, client, service } => {
                let number = number % GRANTS;
                self.grants.insert(number, grant(number, form, client, service));
            }
            Change::Revoke { number } => {
                self.grants.remove(&(number % GRANTS));
            }
            Change::Service { number, form } => {
                let number = number % self.services.len();
                self.services[number] = form;
            }
            Change::System { number, node } => {
                let number = number % self.systems.len();
                self.systems[number] = node.map(|node| node % AGENCIES);
            }
            Change::Suspend { agency, what } => self.suspended[agency % AGENCIES] = what,
            Change::Agency { number, there } => self.agencies[number % AGENCIES] = there,
            Change::Node { agency, by } => self.certified_by[agency % AGENCIES] = by,
            Change::Charter { form, anchors } => self.charter = (form, anchors),
        }
    }

    /// All parts, whole.
    fn parts(&self) -> BTreeMap<Part, Piece> {
        let mut parts = BTreeMap::from([(Part::Charter, read(&self.charter(), Content::Charter))]);
        for number in (0..AGENCIES).filter(|number| self.agencies[*number]) {
            let id = format!("VN/GOV/G{number}").parse().unwrap();
            parts.insert(Part::Agency(id), read(&self.entry(number), Content::Agency));
        }
        let mut bins: BTreeMap<Bin, Vec<Grant>> = BTreeMap::new();
        for grant in self.grants.values() {
            bins.entry(Bin::of(&grant.client, &grant.service)).or_default().push(grant.clone());
        }
        parts.extend(bins.into_iter().map(|(bin, grants)| {
            let piece = Piece { sha256: digest(&grants), content: Some(Content::Grants(grants)) };
            (Part::Grants(bin), piece)
        }));
        parts
    }

    fn charter(&self) -> Value {
        let (form, anchors) = self.charter;
        let all = &CERTIFIED.anchors;
        let anchors: Vec<&String> =
            (0..2).filter(|which| (anchors + 1) >> which & 1 == 1).map(|which| &all[which]).collect();
        let ends = ["2030-01-01", "2026-01-01"][form % 2];
        let ground = ["state_activity", "consent"][form / 2 % 2];
        let name = json!({ "vi": "a", "en": "a" });
        json!({
            "instance": "VN", "purposes": [{ "code": PURPOSES[form % 3], "name": name }], "anchors": anchors,
            "bases": [{ "code": "nd-70", "ground": "state_activity", "citation": "NĐ 70", "valid_to": ends }, { "code": "nd-47", "ground": ground, "citation": "NĐ 47" }],
        })
    }

    fn entry(&self, agency: usize) -> Value {
        let name = json!({ "vi": "Tên", "en": "Name" });
        let own = agency * SYSTEMS..(agency + 1) * SYSTEMS;
        let there = |number: &usize| self.systems[*number].is_some();
        let systems: Vec<Value> =
            own.clone().filter(there).map(|number| json!({ "id": system(number), "name": name })).collect();
        let hosted = (0..self.systems.len()).filter(|number| self.systems[*number] == Some(agency));
        let [tls, signing] = &CERTIFIED.nodes[self.certified_by[agency]][agency];
        let services = (own.start * SERVICES..own.end * SERVICES)
            .filter_map(|number| Some(offered(number, self.services[number]?)));
        let suspensions: Vec<Value> = self.suspended[agency].iter().map(|what| {
            let (key, value) = if what % 2 == 0 {
                ("service", service(own.start * SERVICES + what % (SYSTEMS * SERVICES)).to_string())
            } else {
                ("grant", format!("g{}", what % GRANTS))
            };
            json!({ key: value, "from": "2026-11-20T00:00:00Z", "to": (["2026-12-01T00:00:00Z", "2026-11-21T00:00:00Z"][what / 2 % 2]), "reason": "bao tri" })
        }).collect();
        json!({
            "agency": { "id": format!("VN/GOV/G{agency}"), "name": name, "bloc": "government" }, "systems": systems,
            "nodes": [{ "id": node(agency), "address": "a:1", "systems": hosted.map(system).collect::<Vec<_>>(), "tls": [tls], "signing": [signing] }],
            "services": services.collect::<Vec<_>>(), "suspensions": suspensions,
        })
    }
}

fn offered(number: usize, form: usize) -> Value {
    let name = json!({ "vi": format!("Dịch vụ {form}"), "en": "a" });
    let id = service(number);
    match form % 3 {
        0 => {
            json!({ "id": id, "name": name, "dataset": { "key": "k", "fields": [{ "name": "k", "label": name }] } })
        }
        1 => json!({ "id": id, "name": name, "http": { "endpoints": [{ "method": "GET", "path": "/*" }] } }),
        _ => {
            json!({ "id": id, "name": name, "http": { "endpoints": [{ "method": "POST", "path": "/tim", "reads_only": form.is_multiple_of(2) }, { "method": "*", "path": "/**" }] } })
        }
    }
}

/// One system, or now and then a class of them.
fn client_of(number: usize) -> String {
    if number % 5 == 4 { format!("VN/GOV/*/s{}", number % SYSTEMS) } else { system(number).to_string() }
}

fn grant(number: usize, form: usize, client: usize, of: usize) -> Grant {
    let mut grant = json!({
        "id": format!("g{number}"), "client": client_of(client), "service": service(of % (AGENCIES * SYSTEMS * SERVICES)),
        "uses": [{ "purpose": PURPOSES[form % 2], "basis": (["nd-70", "nd-47"][form / 2 % 2]) }], "fields": "all", "per_second": 1 + form % 3,
    });
    match form % 5 {
        1 => grant["endpoints"] = json!([{ "method": "POST", "path": "/stream" }]),
        2 => grant["rows"] = json!([{ "field": (["k", "l"][form % 2]), "one_of": ["1"] }]),
        3 => grant["valid_to"] = json!(["2026-11-23", "2026-11-25"][form % 2]),
        4 => grant["fields"] = json!(["k"]),
        _ => {}
    }
    serde_json::from_value(grant).unwrap()
}

fn read<T: serde::de::DeserializeOwned>(text: &Value, content: impl Fn(Box<T>) -> Content) -> Piece {
    Piece { sha256: digest(text), content: Some(content(serde_json::from_value(text.clone()).unwrap())) }
}

fn digest(part: &impl Serialize) -> [u8; 32] {
    trust::sha256(&serde_json::to_vec(part).unwrap())
}

/// All that can be asked of a directory, and its answers.
fn said(directory: &CompiledDirectory) -> Vec<String> {
    let mut all = Vec::new();
    let mut say = |what: &dyn Debug| all.push(format!("{what:?}"));
    let services = (0..AGENCIES * SYSTEMS * SERVICES).map(service);
    for id in services {
        say(&directory.service(&id));
        for client in (0..AGENCIES * SYSTEMS).map(system) {
            let grants: Vec<_> = directory.grants(&client, &id).collect();
            say(&grants.iter().map(|grant| grant.published()).collect::<Vec<_>>());
            // Where there is no grant all purposes and paths are refused alike.
            let asked = if grants.is_empty() { 1 } else { PURPOSES.len() };
            for purpose in &PURPOSES[..asked] {
                for (method, path) in &CALLS[..asked] {
                    let path = CallPath::parse(path).unwrap();
                    let (purpose, method) = ((*purpose).to_owned(), (*method).to_owned());
                    let call = Call { client: client.clone(), service: id.clone(), purpose, method, path };
                    say(&decide(directory, &call, now()));
                }
            }
        }
    }
    for id in (0..AGENCIES * SYSTEMS).map(system) {
        let party = directory.system(&id).map(|party| (&party.system, &party.nodes));
        say(&(party, directory.reach(&id), directory.services_of(&id)));
    }
    let certificates = CERTIFIED.nodes.iter().flatten();
    for (number, [tls, signing]) in certificates.enumerate() {
        let tls = certificate::from_base64(tls).unwrap();
        let keyid = trust::key_id(&node(number % AGENCIES), &certificate::from_base64(signing).unwrap());
        let key = directory.key(&keyid, now()).map(|key| (&key.node, key.to));
        say(&(directory.node_with(&tls, now()), key, directory.has_key(&keyid)));
    }
    say(&directory.agencies().collect::<Vec<_>>());
    say(&directory.known().into_iter().collect::<BTreeMap<_, _>>());
    say(&(
        PURPOSES.map(|purpose| directory.has_purpose(purpose)),
        directory.basis("nd-70"),
        directory.grants_held(),
    ));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_directory_that_came_change_by_change_decides_as_one_from_scratch(changes in changes()) {
        let directory = |revision, parts| Directory { revision, expires: Timestamp::MAX, parts };
        let mut world = World::new();
        let mut grown = CompiledDirectory::of(directory(1, world.parts()), now()).unwrap();
        for (change, revision) in changes.iter().zip(2..) {
            world.change(change);
            let whole = directory(revision, world.parts());
            let (known, mut difference) = (grown.known(), whole.clone());
            for (part, piece) in &mut difference.parts {
                if known.get(part) == Some(&piece.sha256) {
                    piece.content = None;
                }
            }
            grown = grown.renewed(difference, now()).unwrap();
            let scratch = CompiledDirectory::of(whole, now()).unwrap();
            for (grown, scratch) in said(&grown).iter().zip(said(&scratch)) {
                prop_assert_eq!(grown, &scratch, "after {:?}", change);
            }
        }
    }
}

#[test]
fn the_law_is_about_calls_that_pass_and_calls_that_do_not() {
    let mut world = World::new();
    for number in 0..GRANTS {
        world.change(&Change::Grant { number, form: number, client: number / 3, service: 2 * number });
    }
    world.change(&Change::Suspend { agency: 0, what: Some(0) });
    let whole = Directory { revision: 1, expires: Timestamp::MAX, parts: world.parts() };
    let said = said(&CompiledDirectory::of(whole, now()).unwrap());
    let of = |word: &str| said.iter().filter(|one| one.starts_with(word)).count();
    assert!(of("Ok(Permit") > 20, "{}", of("Ok(Permit"));
    for fault in
        ["NoGrant", "PurposeNotGranted", "GrantNotValid", "EndpointNotGranted", "RowsNotHeld", "Suspended"]
    {
        assert!(of(&format!("Err({fault}")) > 0, "{fault}");
    }
}
