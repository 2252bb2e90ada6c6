//! The decision: may this call pass? Both nodes ask, each with its own directory.

#[cfg(test)]
mod classes;
#[cfg(test)]
mod contained;
#[cfg(test)]
mod laws;

use std::sync::Arc;

use jiff::Timestamp;
use model::endpoint::{CallPath, Endpoint};
use model::fault::Fault;
use model::grant::Use;
use model::id::{ServiceId, SystemId};
use model::legal::Ground;
use model::time::day_in_viet_nam;

use crate::compiled::{CompiledDirectory, HeldGrant, Offered};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Who asks.
    pub client: SystemId,
    /// For what.
    pub service: ServiceId,
    /// What for.
    pub purpose: String,
    /// As sent, `GET`; case counts.
    pub method: String,
    /// The path behind the service.
    pub path: CallPath,
}

/// A call that may pass, and how.
#[derive(Debug, Clone)]
pub struct Permit {
    /// The service.
    pub offered: Arc<Offered>,
    /// The grant it passes by.
    pub grant: Arc<HeldGrant>,
    /// Code of the legal basis of the purpose.
    pub basis: String,
    /// Whether it changes nothing at the provider: it is safe, as HTTP calls it (RFC 9110 section 9.2.1).
    pub is_safe: bool,
}

/// Whether `call` may pass at `now`. The rate is not looked at here: it needs a memory, see [`crate::rate`].
///
/// # Errors
/// The [`Fault`] of the first rule that fails, in the order directory, system, service, grant, purpose, legal basis,
/// validity, method and path, rules of rows, suspension. Where a system has several grants on a service, the one that comes furthest speaks.
pub fn decide(directory: &CompiledDirectory, call: &Call, now: Timestamp) -> Result<Permit, Fault> {
    directory.check_current(now)?;
    directory.system(&call.client).ok_or_else(|| Fault::UnknownClient { client: call.client.clone() })?;
    let offered = directory
        .service(&call.service)
        .ok_or_else(|| Fault::UnknownService { service: call.service.clone() })?;
    let grants = directory.grants(&call.client, &call.service);
    let none = Fault::NoGrant { client: call.client.clone(), service: call.service.clone() };
    let mut nearest = (0, none);
    for grant in grants.clone() {
        match check_grant(directory, offered, grant, call, now) {
            Ok(permit) => return Ok(permit),
            Err((step, fault)) if step > nearest.0 => nearest = (step, fault),
            Err(_) => {}
        }
    }
    Err(with_all_purposes(nearest.1, grants))
}

/// The steps a grant can fail at, with how far it came.
fn check_grant(
    directory: &CompiledDirectory,
    offered: &Arc<Offered>,
    grant: &Arc<HeldGrant>,
    call: &Call,
    now: Timestamp,
) -> Result<Permit, (u8, Fault)> {
    let purpose = |granted: &&Use| granted.purpose == call.purpose;
    let granted = grant.uses.iter().find(purpose).ok_or_else(|| {
        (1, Fault::PurposeNotGranted { asked: call.purpose.clone(), allowed: String::new() })
    })?;
    let today = day_in_viet_nam(now);
    let basis =
        directory.basis(&granted.basis).filter(|basis| basis.valid.holds_on(today)).ok_or_else(|| {
            let citation = directory
                .basis(&granted.basis)
                .map_or_else(|| "?".to_owned(), |basis| basis.citation.clone());
            (2, Fault::BasisNotInForce { basis: granted.basis.clone(), citation })
        })?;
    // There is no register of consents yet, so none can be shown; better no than perhaps.
    if basis.ground == Ground::Consent {
        return Err((3, Fault::ConsentNotShown { grant: grant.id.to_string() }));
    }
    if !grant.validity().holds_on(today) {
        return Err((4, Fault::grant_not_valid(&grant.id, grant.validity())));
    }
    let endpoint = offered.endpoints().iter().find(|endpoint| endpoint.matches(&call.method, &call.path));
    let granted_here = |endpoint: &Endpoint| match grant.endpoints.as_deref().map(Vec::as_slice) {
        None => offered.service.is_covered_unnamed(endpoint),
        // What must be named is named by itself, not by a pattern that was meant for something else.
        Some(named) if !offered.service.is_covered_unnamed(endpoint) => {
            named.iter().any(|one| one.method == endpoint.method && one.path == endpoint.path)
        }
        Some(named) => named.iter().any(|endpoint| endpoint.matches(&call.method, &call.path)),
    };
    match endpoint {
        Some(endpoint) if granted_here(endpoint) => {
            // The hub writes no such grant; a directory is believed for what it says, and not for what follows from it.
            if let Some(rule) = grant.rows.iter().find(|rule| !offered.service.limits_by(&rule.field)) {
                let field = rule.field.clone();
                return Err((6, Fault::RowsNotHeld { grant: grant.id.to_string(), field }));
            }
            directory.check_suspended(&call.service, &grant.id, now).map_err(|fault| (7, fault))?;
            Ok(Permit {
                offered: offered.clone(),
                grant: grant.clone(),
                basis: granted.basis.clone(),
                is_safe: endpoint.only_reads(&call.method),
            })
        }
        // The path stays out of it: faults are logged, and a path may name a person.
        _ => Err((5, Fault::EndpointNotGranted { method: call.method.clone() })),
    }
}

fn with_all_purposes<'a>(fault: Fault, grants: impl Iterator<Item = &'a Arc<HeldGrant>>) -> Fault {
    let Fault::PurposeNotGranted { asked, .. } = fault else { return fault };
    let mut purposes: Vec<&str> =
        grants.flat_map(|grant| grant.uses.iter()).map(|granted| granted.purpose.as_str()).collect();
    purposes.sort_unstable();
    purposes.dedup();
    Fault::PurposeNotGranted { asked: asked.chars().take(100).collect(), allowed: purposes.join(", ") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::agency::{Agency, Bloc, Name, System};
    use model::directory::{Bin, Charter, Content, Directory, Entry, Part, Piece};
    use model::grant::Grant;
    use model::legal::LegalBasis;
    use model::time::Validity;
    use serde_json::json;

    use super::*;

    const NOW: &str = "2026-11-23T08:00:00Z";

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    fn name() -> Name {
        Name { vi: "Tên".into(), en: "Name".into() }
    }

    fn basis(code: &str, ground: Ground, to: Option<&str>) -> LegalBasis {
        let valid = Validity { valid_from: None, valid_to: to.map(|day| day.parse().unwrap()) };
        LegalBasis { code: code.into(), ground, citation: "NĐ 000/2025 Điều 1".into(), valid }
    }

    fn grant(changes: &serde_json::Value) -> Grant {
        let mut grant = json!({
            "id": "g1", "client": "VN/LOC/H05/mot-cua", "service": "VN/GOV/G01/dan-cu/nguoi",
            "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": "all", "per_second": 10,
        });
        for (name, value) in changes.as_object().unwrap() {
            grant[name] = value.clone();
        }
        serde_json::from_value(grant).unwrap()
    }

    fn directory(grants: Vec<Grant>) -> CompiledDirectory {
        directory_with(grants, &json!([]))
    }

    fn directory_with(grants: Vec<Grant>, suspensions: &serde_json::Value) -> CompiledDirectory {
        let entry = |id: &str, systems: &[&str]| {
            let agency = Agency {
                id: id.parse().unwrap(),
                parent: None,
                name: name(),
                bloc: Bloc::Government,
                assumed_code: false,
            };
            let systems = systems.iter().map(|id| System { id: id.parse().unwrap(), name: name() }).collect();
            Entry { agency, systems, nodes: Vec::new(), services: Vec::new(), suspensions: Vec::new() }
        };
        let mut provider = entry("VN/GOV/G01", &["VN/GOV/G01/dan-cu"]);
        let http = |id: &str, endpoints: serde_json::Value| {
            serde_json::from_value(
                json!({ "id": id, "name": { "vi": "a", "en": "a" }, "http": { "endpoints": endpoints } }),
            )
            .unwrap()
        };
        provider.services = vec![
            serde_json::from_value(json!({ "id": "VN/GOV/G01/dan-cu/nguoi", "name": { "vi": "a", "en": "a" }, "dataset": { "key": "k", "fields": [{ "name": "k", "label": { "vi": "a", "en": "a" } }] } })).unwrap(),
            http("VN/GOV/G01/dan-cu/cu-tru", json!([{ "method": "POST", "path": "/dang-ky" }, { "method": "POST", "path": "/tim", "reads_only": true }, { "method": "GET", "path": "/**" }])),
        ];
        provider.suspensions = serde_json::from_value(suspensions.clone()).unwrap();
        let entries = [provider, entry("VN/LOC/H05", &["VN/LOC/H05/mot-cua"])];
        let bases = vec![
            basis("nd-70", Ground::StateActivity, None),
            basis("nd-47", Ground::StateActivity, Some("2025-08-19")),
            basis("dong-y", Ground::Consent, None),
        ];
        let charter = Charter { instance: "VN".into(), purposes: Vec::new(), bases, anchors: Vec::new() };
        let piece = |content| Piece { sha256: [0; 32], content: Some(content) };
        let mut parts = BTreeMap::from([(Part::Charter, piece(Content::Charter(Box::new(charter))))]);
        for entry in entries {
            parts.insert(Part::Agency(entry.agency.id.clone()), piece(Content::Agency(Box::new(entry))));
        }
        let mut bins: BTreeMap<Part, Vec<Grant>> = BTreeMap::new();
        for grant in grants {
            bins.entry(Part::Grants(Bin::of(&grant.client, &grant.service))).or_default().push(grant);
        }
        parts.extend(bins.into_iter().map(|(bin, grants)| (bin, piece(Content::Grants(grants)))));
        let expires = "2026-12-01T00:00:00Z".parse().unwrap();
        CompiledDirectory::of(Directory { revision: 1, expires, parts }, now()).unwrap()
    }

    fn call(path: &str) -> Call {
        Call {
            client: "VN/LOC/H05/mot-cua".parse().unwrap(),
            service: "VN/GOV/G01/dan-cu/nguoi".parse().unwrap(),
            purpose: "khai-sinh".into(),
            method: "GET".into(),
            path: CallPath::parse(path).unwrap(),
        }
    }

    fn refused(grants: Vec<Grant>, call: &Call) -> &'static str {
        decide(&directory(grants), call, now()).unwrap_err().code()
    }

    #[test]
    fn a_call_within_a_grant_passes() {
        let permit = decide(&directory(vec![grant(&json!({}))]), &call("/001"), now()).unwrap();
        assert_eq!((&*permit.grant.id, permit.basis.as_str(), permit.is_safe), ("g1", "nd-70", true));
    }

    #[test]
    fn everything_at_once_must_be_named_by_itself() {
        let with = |endpoints: serde_json::Value| grant(&json!({ "endpoints": endpoints }));
        let all = Call { method: "POST".into(), ..call("/stream") };
        assert_eq!(refused(vec![grant(&json!({}))], &all), "LT-2109");
        for pattern in ["/*", "/**", "/count"] {
            assert_eq!(
                refused(vec![with(json!([{ "method": "POST", "path": pattern }]))], &all),
                "LT-2109",
                "{pattern}"
            );
        }
        let named = with(json!([{ "method": "POST", "path": "/stream" }]));
        assert!(decide(&directory(vec![named.clone()]), &all, now()).is_ok());
        assert_eq!(refused(vec![named], &call("/001")), "LT-2109");
    }

    #[test]
    fn everything_else_is_refused_and_says_why() {
        let good = || grant(&json!({}));
        assert_eq!(refused(vec![], &call("/001")), "LT-2104");
        assert_eq!(
            refused(vec![good()], &Call { client: "VN/LOC/H05/khac".parse().unwrap(), ..call("") }),
            "LT-2101"
        );
        assert_eq!(
            refused(vec![good()], &Call { service: "VN/GOV/G01/dan-cu/khac".parse().unwrap(), ..call("") }),
            "LT-2103"
        );
        assert_eq!(refused(vec![good()], &Call { purpose: "tiep-thi".into(), ..call("") }), "LT-2105");
        assert_eq!(refused(vec![grant(&json!({ "uses": [] }))], &call("")), "LT-2105");
        assert_eq!(
            refused(
                vec![grant(&json!({ "uses": [{ "purpose": "khai-sinh", "basis": "nd-47" }] }))],
                &call("")
            ),
            "LT-2106"
        );
        assert_eq!(
            refused(
                vec![grant(&json!({ "uses": [{ "purpose": "khai-sinh", "basis": "khong-co" }] }))],
                &call("")
            ),
            "LT-2106"
        );
        assert_eq!(
            refused(
                vec![grant(&json!({ "uses": [{ "purpose": "khai-sinh", "basis": "dong-y" }] }))],
                &call("")
            ),
            "LT-2107"
        );
        assert_eq!(refused(vec![grant(&json!({ "valid_from": "2026-11-24" }))], &call("")), "LT-2108");
        assert_eq!(refused(vec![grant(&json!({ "valid_to": "2026-11-23" }))], &call("")), "LT-2108");
        assert_eq!(refused(vec![good()], &call("/001/anh")), "LT-2109");
        assert_eq!(refused(vec![good()], &Call { method: "DELETE".into(), ..call("/001") }), "LT-2109");
        let confirm_only = grant(&json!({ "endpoints": [{ "method": "POST", "path": "/confirm" }] }));
        assert_eq!(refused(vec![confirm_only], &call("/001")), "LT-2109");
        assert_eq!(refused(vec![grant(&json!({ "endpoints": [] }))], &call("/001")), "LT-2109");
    }

    #[test]
    fn a_grant_cannot_widen_what_the_service_offers() {
        let wide = grant(&json!({ "endpoints": [{ "method": "*", "path": "/**" }] }));
        assert_eq!(refused(vec![wide], &Call { method: "DELETE".into(), ..call("/001") }), "LT-2109");
    }

    #[test]
    fn rules_of_rows_on_what_cannot_hold_them_let_nothing_pass() {
        let limited = |service: &str| {
            grant(&json!({ "service": service, "rows": [{ "field": "xa", "one_of": ["00004"] }] }))
        };
        let api = "VN/GOV/G01/dan-cu/cu-tru";
        let asked = Call { service: api.parse().unwrap(), ..call("/001") };
        assert_eq!(refused(vec![limited(api)], &asked), "LT-2115");
        assert_eq!(refused(vec![limited("VN/GOV/G01/dan-cu/nguoi")], &call("/001")), "LT-2115");
        let held = grant(&json!({ "rows": [{ "field": "k", "one_of": ["00004"] }] }));
        assert!(decide(&directory(vec![held]), &call("/001"), now()).is_ok());
    }

    #[test]
    fn of_several_grants_the_one_that_fits_counts() {
        let other = grant(&json!({ "id": "g2", "uses": [{ "purpose": "nhap-hoc", "basis": "nd-70" }] }));
        let permit = decide(&directory(vec![other.clone(), grant(&json!({}))]), &call(""), now()).unwrap();
        assert_eq!(&*permit.grant.id, "g1");
        let Err(Fault::PurposeNotGranted { allowed, .. }) = decide(
            &directory(vec![other, grant(&json!({}))]),
            &Call { purpose: "x".into(), ..call("") },
            now(),
        ) else {
            panic!()
        };
        assert_eq!(allowed, "khai-sinh, nhap-hoc");
    }

    #[test]
    fn what_is_suspended_stands_still_for_its_time() {
        let refused = |suspension: serde_json::Value| {
            decide(&directory_with(vec![grant(&json!({}))], &json!([suspension])), &call("/001"), now())
                .map_err(|fault| fault.en())
        };
        let of_service = |from: &str, to: Option<&str>| {
            refused(
                json!({ "service": "VN/GOV/G01/dan-cu/nguoi", "from": from, "to": to, "reason": "bao tri" }),
            )
        };
        assert_eq!(
            of_service("2026-11-23T07:00:00Z", Some("2026-11-23T09:00:00Z")).unwrap_err(),
            "VN/GOV/G01/dan-cu/nguoi is suspended until 2026-11-23T09:00:00Z: bao tri. Wait until then and call again, or ask the agency that owns the service."
        );
        assert!(of_service("2026-11-23T07:00:00Z", None).unwrap_err().contains("until further notice"));
        assert!(of_service("2026-11-23T08:00:01Z", None).is_ok());
        assert!(of_service("2026-11-23T07:00:00Z", Some(NOW)).is_ok());
        let cut = |grant: &str| {
            refused(json!({ "grant": grant, "from": "2026-11-23T07:00:00Z", "reason": "lam dung" }))
        };
        assert!(cut("g1").unwrap_err().contains("g1 is suspended"));
        assert!(cut("g2").is_ok());
    }

    #[test]
    fn the_service_says_what_changes_something() {
        let grant = grant(&json!({ "service": "VN/GOV/G01/dan-cu/cu-tru" }));
        let is_safe = |method: &str, path| {
            let call = Call {
                method: method.into(),
                service: "VN/GOV/G01/dan-cu/cu-tru".parse().unwrap(),
                ..call(path)
            };
            decide(&directory(vec![grant.clone()]), &call, now()).unwrap().is_safe
        };
        assert!(!is_safe("POST", "/dang-ky") && is_safe("POST", "/tim") && is_safe("GET", "/a/b"));
    }

    #[test]
    fn without_a_current_directory_nothing_passes() {
        let code = |directory: &CompiledDirectory, now: &str| {
            decide(directory, &call(""), now.parse().unwrap()).unwrap_err().code()
        };
        assert_eq!(code(&CompiledDirectory::empty(), NOW), "LT-6102");
        assert_eq!(code(&directory(vec![grant(&json!({}))]), "2026-12-01T00:00:00Z"), "LT-6101");
    }
}
