//! The proof that one thing is within another, against the decision itself: what `decide` lets through by grants of one purpose each is what
//! the proof calls covered, point by point.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::contain::{Reach, uncovered};
use model::directory::{Bin, Content, Directory, Part, Piece};
use model::endpoint::{CallPath, Endpoint};
use model::grant::{Fields, Grant};
use model::time::Validity;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Call, decide};
use crate::compiled::CompiledDirectory;

const CLIENTS: [&str; 4] = ["VN/LOC/H0/mot-cua", "VN/LOC/H1/mot-cua", "VN/LOC/H1/khac", "VN/GOV/G1/mot-cua"];
const GRANTEES: [&str; 4] = ["VN/LOC/*/mot-cua", "VN/LOC/H0/mot-cua", "VN/GOV/*/mot-cua", "VN/LOC/*/khac"];
const SERVICES: [&str; 2] = ["VN/GOV/G0/s/d0", "VN/GOV/G0/s/d1"];
const PURPOSES: [&str; 3] = ["khai-sinh", "ket-hon", "khac"];
const OPERATIONS: [(&str, &str); 3] = [("POST", "/find"), ("POST", "/confirm"), ("GET", "/001")];
const PATTERNS: [(&str, &str); 4] = [("POST", "/find"), ("POST", "/*"), ("GET", "/*"), ("POST", "/confirm")];
const FIELDS: [&str; 3] = ["k", "a", "b"];
const DAYS: [&str; 5] = ["2026-12-31", "2027-01-01", "2027-02-28", "2027-03-01", "2027-06-01"];

/// A grant as dice have it. Each purpose has one grant for a client and a service, as those that are compiled have: `decide` takes the first
/// that fits a call, and looks for a field in that one alone.
fn grant(number: usize, dice: [usize; 6]) -> Value {
    let [client, of, endpoints, fields, from, to] = dice;
    let named: Vec<Value> = PATTERNS
        .iter()
        .enumerate()
        .filter(|(at, _)| (endpoints >> at) & 1 == 1)
        .map(|(_, (method, path))| json!({ "method": method, "path": path }))
        .collect();
    let shown: Vec<&str> =
        FIELDS.iter().enumerate().filter(|(at, _)| (fields >> at) & 1 == 1).map(|(_, name)| *name).collect();
    let mut grant = json!({ "id": format!("g{number}"), "client": GRANTEES[client % 4], "service": SERVICES[of % 2],
        "uses": [{ "purpose": PURPOSES[number % 2], "basis": "nd-70" }], "endpoints": named, "fields": shown, "per_second": 1 });
    for (member, day) in [("valid_from", from), ("valid_to", to)] {
        if let Some(day) = DAYS.get(day) {
            grant[member] = json!(day);
        }
    }
    grant
}

fn directory(grants: &[Grant]) -> CompiledDirectory {
    let name = json!({ "vi": "a", "en": "a" });
    let piece = |content| Piece { sha256: [0; 32], content: Some(content) };
    let charter = json!({ "instance": "VN", "purposes": [], "anchors": [],
        "bases": [{ "code": "nd-70", "ground": "state_activity", "citation": "NĐ 70" }] });
    let charter = Content::Charter(Box::new(serde_json::from_value(charter).unwrap()));
    let mut parts = BTreeMap::from([(Part::Charter, piece(charter))]);
    for agency in ["VN/GOV/G0", "VN/GOV/G1", "VN/LOC/H0", "VN/LOC/H1"] {
        let systems: Vec<Value> = ["s", "mot-cua", "khac"]
            .iter()
            .map(|code| json!({ "id": format!("{agency}/{code}"), "name": name }))
            .collect();
        let mut entry =
            json!({ "agency": { "id": agency, "name": name, "bloc": "local" }, "systems": systems });
        if agency == "VN/GOV/G0" {
            let fields: Vec<Value> =
                FIELDS.iter().map(|field| json!({ "name": field, "label": name })).collect();
            let service =
                |id: &str| json!({ "id": id, "name": name, "dataset": { "key": "k", "fields": fields } });
            entry["services"] = json!(SERVICES.map(service));
        }
        let entry = Content::Agency(Box::new(serde_json::from_value(entry).unwrap()));
        parts.insert(Part::Agency(agency.parse().unwrap()), piece(entry));
    }
    let mut bins: BTreeMap<Part, Vec<Grant>> = BTreeMap::new();
    for grant in grants {
        bins.entry(Part::Grants(Bin::of(&grant.client, &grant.service))).or_default().push(grant.clone());
    }
    parts.extend(bins.into_iter().map(|(bin, grants)| (bin, piece(Content::Grants(grants)))));
    let now = "2026-11-23T08:00:00Z".parse().unwrap();
    CompiledDirectory::of(Directory { revision: 1, expires: Timestamp::MAX, parts }, now).unwrap()
}

fn reach(grant: &Grant) -> Reach {
    Reach {
        service: grant.service.clone(),
        operations: grant.endpoints.clone().unwrap_or_default(),
        fields: match &grant.fields {
            Fields::All => None,
            Fields::Only(fields) => Some(fields.clone()),
        },
        purposes: Some(grant.uses.iter().map(|one| one.purpose.clone()).collect()),
        clients: BTreeSet::from([grant.client.as_str().to_owned()]),
        valid: grant.validity(),
    }
}

/// Directories that are tried: 4 clients, 2 services, 3 purposes, 3 operations, 5 days and 3 fields make 1,080 points of each.
const DIRECTORIES: u32 = if cfg!(debug_assertions) { 100 } else { 1_000 };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(DIRECTORIES))]

    #[test]
    fn decide_lets_through_what_is_contained(dice in prop::collection::vec([0..4_usize, 0..2, 1..16, 0..8, 0..8, 0..8], 0..5)) {
        let mut seen = BTreeSet::new();
        let grants: Vec<Grant> = dice.into_iter().enumerate()
            .map(|(number, dice)| serde_json::from_value::<Grant>(grant(number, dice)).unwrap())
            // Two classes may mean one system: by purpose and service alone.
            .filter(|grant| seen.insert((grant.service.clone(), grant.uses[0].purpose.clone())))
            .collect();
        let (directory, allowed) = (directory(&grants), grants.iter().map(reach).collect::<Vec<_>>());
        for client in CLIENTS {
            for service in SERVICES {
                for purpose in PURPOSES {
                    for (method, path) in OPERATIONS {
                        let call = Call { client: client.parse().unwrap(), service: service.parse().unwrap(), purpose: purpose.into(),
                            method: method.into(), path: CallPath::parse(path).unwrap() };
                        for day in DAYS {
                            let now = format!("{day}T03:00:00Z").parse().unwrap();
                            let permit = decide(&directory, &call, now);
                            for field in FIELDS {
                                let from: jiff::civil::Date = day.parse().unwrap();
                                let point = Reach {
                                    service: service.parse().unwrap(),
                                    operations: vec![Endpoint { method: method.into(), path: path.parse().unwrap(), reads_only: None }],
                                    fields: Some(BTreeSet::from([field.to_owned()])),
                                    purposes: Some(BTreeSet::from([purpose.to_owned()])),
                                    clients: BTreeSet::from([client.to_owned()]),
                                    valid: Validity { valid_from: Some(from), valid_to: from.tomorrow().ok() },
                                };
                                let decided = permit.as_ref().is_ok_and(|permit| permit.grant.fields.allow(field));
                                let covered = uncovered(std::slice::from_ref(&point), &allowed).is_none();
                                prop_assert_eq!(decided, covered, "{:?} {} {}: {:?}", call, day, field, grants);
                            }
                        }
                    }
                }
            }
        }
    }
}
