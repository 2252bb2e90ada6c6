//! A grant for a class of systems decides as the same grant written out for every system of the class, and for nobody else.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::directory::{Bin, Content, Directory, Part, Piece};
use model::endpoint::CallPath;
use model::fault::Fault;
use model::grant::Grant;
use model::id::SystemId;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Call, Permit, decide};
use crate::compiled::CompiledDirectory;

/// Agencies of two classes and of another instance; each has the same systems.
const AGENCIES: [&str; 6] = ["VN/GOV/G0", "VN/GOV/G1", "VN/LOC/H0", "VN/LOC/H1", "VN/LOC/H1.1", "XX/LOC/H0"];
const SYSTEMS: [&str; 3] = ["s0", "s1", "s%2F0"];
const CLASSES: [&str; 5] = ["VN/LOC/*/s0", "VN/LOC/*/s1", "VN/GOV/*/s0", "VN/LOC/*/s%2F0", "VN/LOC/*/none"];
const SERVICES: [&str; 3] = ["VN/GOV/G0/s0/d0", "VN/GOV/G0/s0/d1", "VN/GOV/G0/s1/d2"];
const PURPOSES: [&str; 3] = ["khai-sinh", "nhap-hoc", "khac"];
const CALLS: [(&str, &str); 4] =
    [("GET", "/001"), ("POST", "/find"), ("POST", "/stream"), ("DELETE", "/001")];
const GRANTS: usize = 12;

fn now() -> Timestamp {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

fn systems() -> Vec<String> {
    AGENCIES.iter().flat_map(|agency| SYSTEMS.map(|code| format!("{agency}/{code}"))).collect()
}

/// Whether a grant for `client` is for `system`, by their texts alone.
fn is_for(client: &str, system: &str) -> bool {
    let parts = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
    let same = parts(client).into_iter().zip(parts(system)).enumerate();
    same.into_iter().all(|(at, (of_grant, own))| of_grant == own || (at == 2 && of_grant == "*"))
}

/// A grant as dice have it: to one system or a class, on a service, with one of several things about it.
fn grant(number: usize, [client, of, form]: [usize; 3]) -> Value {
    let systems = systems();
    let client = if client % 2 == 0 {
        CLASSES[client / 2 % CLASSES.len()]
    } else {
        &systems[client / 2 % systems.len()]
    };
    let mut grant = json!({
        "id": format!("g{number}"), "client": client, "service": SERVICES[of % SERVICES.len()],
        "uses": [{ "purpose": PURPOSES[form % 2], "basis": (["nd-70", "nd-47"][form / 2 % 2]) }], "fields": "all", "per_second": 1 + form % 3,
    });
    match form % 7 {
        1 => grant["endpoints"] = json!([{ "method": "POST", "path": "/stream" }]),
        2 => grant["rows"] = json!([{ "field": (["k", "l"][form / 7 % 2]), "one_of": ["1"] }]),
        3 => grant["valid_to"] = json!(["2026-11-23", "2026-11-25"][form / 7 % 2]),
        4 => grant["fields"] = json!(["k"]),
        _ => {}
    }
    grant
}

fn directory(grants: &[Value], suspended: Option<usize>) -> CompiledDirectory {
    let name = json!({ "vi": "a", "en": "a" });
    let piece = |content| Piece { sha256: [0; 32], content: Some(content) };
    let charter = json!({ "instance": "VN", "purposes": [], "anchors": [],
        "bases": [{ "code": "nd-70", "ground": "state_activity", "citation": "NĐ 70" }, { "code": "nd-47", "ground": "consent", "citation": "NĐ 47" }] });
    let charter = Content::Charter(Box::new(serde_json::from_value(charter).unwrap()));
    let mut parts = BTreeMap::from([(Part::Charter, piece(charter))]);
    for agency in AGENCIES {
        let own = SYSTEMS.map(|code| json!({ "id": format!("{agency}/{code}"), "name": name }));
        let mut entry = json!({ "agency": { "id": agency, "name": name, "bloc": "local" }, "systems": own });
        if agency == AGENCIES[0] {
            entry["services"] = json!([
                { "id": SERVICES[0], "name": name, "dataset": { "key": "k", "fields": [{ "name": "k", "label": name }] } },
                { "id": SERVICES[1], "name": name, "http": { "endpoints": [{ "method": "GET", "path": "/*" }] } },
                { "id": SERVICES[2], "name": name, "dataset": { "key": "k", "fields": [{ "name": "k", "label": name }] } },
            ]);
            let what = |number: usize| match number % 2 {
                0 => {
                    json!({ "grant": format!("g{}", number / 2 % GRANTS), "from": "2026-11-20T00:00:00Z", "reason": "x" })
                }
                _ => {
                    json!({ "service": SERVICES[number / 2 % 3], "from": "2026-11-20T00:00:00Z", "reason": "x" })
                }
            };
            entry["suspensions"] = suspended.map(what).into_iter().collect();
        }
        let entry = Content::Agency(Box::new(serde_json::from_value(entry).unwrap()));
        parts.insert(Part::Agency(agency.parse().unwrap()), piece(entry));
    }
    let mut bins: BTreeMap<Part, Vec<Grant>> = BTreeMap::new();
    for grant in grants {
        let grant: Grant = serde_json::from_value(grant.clone()).unwrap();
        bins.entry(Part::Grants(Bin::of(&grant.client, &grant.service))).or_default().push(grant);
    }
    parts.extend(bins.into_iter().map(|(bin, grants)| (bin, piece(Content::Grants(grants)))));
    CompiledDirectory::of(Directory { revision: 1, expires: Timestamp::MAX, parts }, now()).unwrap()
}

/// The same, with each grant for a class written out for each of its systems, behind those that are for one.
fn written_out(grants: &[Value]) -> Vec<Value> {
    let is_class = |grant: &&Value| grant["client"].as_str().unwrap().contains('*');
    let mut all: Vec<Value> = grants.iter().filter(|grant| !is_class(grant)).cloned().collect();
    for grant in grants.iter().filter(is_class) {
        for system in systems().iter().filter(|system| is_for(grant["client"].as_str().unwrap(), system)) {
            let mut one = grant.clone();
            one["client"] = json!(system);
            all.push(one);
        }
    }
    all
}

fn told(decided: Result<Permit, Fault>) -> Result<Value, String> {
    let permit = decided.map_err(|fault| format!("{} {}", fault.code(), fault.en()))?;
    let mut grant = serde_json::to_value(permit.grant.published()).unwrap();
    grant["client"] = Value::Null;
    Ok(json!([grant, permit.basis, permit.is_safe, permit.offered.service.id]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_grant_for_a_class_decides_as_the_same_grant_written_out_for_every_system(
        dice in prop::collection::vec([0..90_usize, 0..3, 0..84], 0..GRANTS),
        suspended in prop::option::of(0..64_usize),
    ) {
        let grants: Vec<Value> = dice.into_iter().enumerate().map(|(number, dice)| grant(number, dice)).collect();
        let (of_classes, of_systems) = (directory(&grants, suspended), directory(&written_out(&grants), suspended));
        prop_assert_eq!(of_classes.grants_held(), grants.len());
        let strangers = ["VN/LOC/H9/s0".to_owned(), "VN/LOC/%2A/s0".to_owned()];
        for client in systems().into_iter().chain(strangers) {
            for service in SERVICES {
                let covering = grants.iter().filter(|grant| grant["service"] == service && is_for(grant["client"].as_str().unwrap(), &client));
                let (is_covered, id): (bool, SystemId) = (covering.count() > 0, client.parse().unwrap());
                prop_assert_eq!(of_classes.grants(&id, &service.parse().unwrap()).count() > 0, is_covered);
                for purpose in PURPOSES {
                    for (method, path) in CALLS {
                        let call = Call { client: id.clone(), service: service.parse().unwrap(), purpose: purpose.into(), method: method.into(), path: CallPath::parse(path).unwrap() };
                        let decided = told(decide(&of_classes, &call, now()));
                        prop_assert_eq!(&decided, &told(decide(&of_systems, &call, now())), "{:?}", call);
                        prop_assert!(is_covered || decided.is_err());
                    }
                }
            }
            if client.contains("H9") || client.contains("%2A") {
                continue;
            }
            let ids = |directory: &CompiledDirectory| {
                let id: SystemId = client.parse().unwrap();
                let mut ids: Vec<String> = directory.grants_of(&id).map(|grant| grant.id.to_string()).collect();
                ids.sort();
                ids
            };
            prop_assert_eq!(ids(&of_classes), ids(&of_systems));
        }
    }
}

#[test]
fn the_law_is_about_calls_that_pass_by_a_class_and_calls_that_do_not() {
    let grants: Vec<Value> =
        (0..GRANTS).map(|number| grant(number, [2 * number, number, 5 * (number % 2)])).collect();
    let directory = directory(&grants, None);
    let (mut passed, mut refused) = (0, 0);
    for client in systems() {
        let call = Call {
            client: client.parse().unwrap(),
            service: SERVICES[0].parse().unwrap(),
            purpose: PURPOSES[0].into(),
            method: "POST".into(),
            path: CallPath::parse("/find").unwrap(),
        };
        match decide(&directory, &call, now()) {
            Ok(permit) => {
                assert!(permit.grant.client.is_class());
                passed += 1;
            }
            Err(_) => refused += 1,
        }
    }
    assert!(passed > 2 && refused > 2, "{passed} {refused}");
}
