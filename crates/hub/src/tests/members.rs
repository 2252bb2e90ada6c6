//! What stands twice is refused by its name, at each intake of documents, in each object of each kind.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{World, documents};
use crate::api;
use crate::kinds::Kind;

/// A text of `value` for each member of each object in it, where that one stands twice, with another value first; and the member's name.
fn doubled(value: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    match value {
        Value::Object(members) => {
            let written = |changed: &str, text: &str| {
                let others = members.iter().map(|(name, member)| {
                    let member = if name == changed { text.to_owned() } else { member.to_string() };
                    format!("{}:{member}", json!(name))
                });
                others.collect::<Vec<_>>().join(",")
            };
            for (name, member) in members {
                found.push((format!("{{{0}:\"x\",{1}}}", json!(name), written("", "")), name.clone()));
                found.push((format!("{{{1},{0}:{member}}}", json!(name), written("", "")), name.clone()));
                let within = doubled(member).into_iter();
                found.extend(within.map(|(text, twice)| (format!("{{{}}}", written(name, &text)), twice)));
            }
        }
        Value::Array(items) => {
            // One of the items is as good as the next.
            if let Some((first, rest)) = items.split_first() {
                let rest: String = rest.iter().map(|item| format!(",{item}")).collect();
                found.extend(
                    doubled(first).into_iter().map(|(text, twice)| (format!("[{text}{rest}]"), twice)),
                );
            }
        }
        _ => {}
    }
    found
}

fn check_told(told: &str, (status, problem): (StatusCode, &Value), name: &str) {
    assert_eq!(
        (status, &problem["title"]),
        (StatusCode::BAD_REQUEST, &json!("LT-7102")),
        "{told}: {problem}"
    );
    for detail in ["detail", "detail_vi"] {
        let text = problem[detail].as_str().unwrap();
        assert!(text.contains(&format!("{name:?}")), "{told}: {detail} does not say {name:?}: {text}");
    }
}

#[tokio::test]
async fn what_stands_twice_in_a_document_of_any_kind_is_refused_by_its_name() {
    let world = World::new().await;
    let documents = documents();
    let mut kinds: Vec<Kind> = documents.iter().map(crate::kinds::Document::kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, Kind::ALL);
    let headers = [("authorization", world.token.as_str()), ("if-none-match", "*")];
    let mut tried = 0;
    for document in &documents {
        let (kind, name) = document.subject();
        let members = document.members().unwrap();
        let path = format!("/api/v1/registry/{}/{}", document.kind().plural(), model::id::encode_part(name));
        for (text, twice) in doubled(&members) {
            let put = format!("{{\"members\":{text},\"reason\":\"thử\",\"dry_run\":true}}");
            let (status, _, problem) = world.exchange("PUT", &path, &headers, put).await;
            check_told(&format!("PUT {path} {text}"), (status, &problem), &twice);
            // With its kind first, and last: there its members are kept until it is known.
            let within = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap();
            for text in
                [format!("{{\"kind\":\"{kind}\",{within}}}"), format!("{{{within},\"kind\":\"{kind}\"}}")]
            {
                let body = format!("{{\"documents\":[{text}],\"reason\":\"thử\",\"dry_run\":true}}");
                let (status, _, problem) = world.exchange("POST", "/api/v1/apply", &headers, body).await;
                check_told(&format!("apply {text}"), (status, &problem), &twice);
                tried += 1;
            }
        }
    }
    assert!(tried > 500, "{tried}");
}

#[tokio::test]
async fn what_stands_twice_in_a_contract_of_the_standard_is_refused_by_its_name() {
    let world = World::new().await;
    let contract = documents().into_iter().find(|document| document.kind() == Kind::Contract).unwrap();
    let odcs = contract.members().unwrap()["odcs"].clone();
    let headers = [("authorization", world.token.as_str()), ("content-type", "application/yaml")];
    for (text, twice) in doubled(&odcs) {
        let path = "/api/v1/contracts?service=VN%2FGOV%2FG01%2Fdan-cu%2Fnguoi&reason=x&dry_run=true";
        let (status, _, problem) = world.exchange("POST", path, &headers, text.clone()).await;
        assert_eq!(
            (status, &problem["title"]),
            (StatusCode::BAD_REQUEST, &json!("LT-7102")),
            "{text}: {problem}"
        );
        assert!(problem["detail"].as_str().unwrap().contains(&twice), "{text}: {problem}");
    }
}

#[tokio::test]
async fn what_stands_twice_in_any_body_or_question_is_refused_by_its_name() {
    let world = World::new().await;
    super::apply(&world.hub.db, &documents()).await.unwrap();
    // Who may do it at the hub, or asks at an agency.
    let asking = world.account_of("ky-su", Some("VN/GOV/G15"), "engineer").await;
    let description = serde_json::to_value(api::routes(world.hub.clone()).1).unwrap();
    let (mut bodies, mut questions, mut others) = (0, 0, Vec::new());
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let method = method.to_uppercase();
            let place =
                path.replace("{kind}", "grants").replace("/nodes/{id}", "/nodes/VN%2FGOV%2FG01%2Fnut-1");
            let place = place.replace(['{', '}'], "");
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let asked = parameters.iter().find(|parameter| parameter["in"] == "query");
            let has_body = operation.pointer("/requestBody/content/application~1json").is_some();
            let (address, body, code, twice) = match asked {
                Some(asked) => {
                    let name = asked["name"].as_str().unwrap();
                    (format!("{place}?{name}=1&{name}=2"), "", "LT-7123", name)
                }
                None if has_body => {
                    (place, "{\"hai_lan\":1,\"reason\":\"thử\",\"hai_lan\":2}", "LT-7102", "hai_lan")
                }
                None => continue,
            };
            let mut answer = (StatusCode::UNAUTHORIZED, Value::Null);
            for token in [&world.token, &asking] {
                if matches!(answer.0, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
                    let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
                    let (status, _, problem) =
                        world.exchange(&method, &address, &headers, body.to_owned()).await;
                    answer = (status, problem);
                }
            }
            let told = format!("{method} {address}: {answer:?}");
            if answer.0 == StatusCode::UNAUTHORIZED {
                others.push(format!("{method} {path}"));
                continue;
            }
            assert_eq!((answer.0, &answer.1["title"]), (StatusCode::BAD_REQUEST, &json!(code)), "{told}");
            for detail in ["detail", "detail_vi"] {
                assert!(answer.1[detail].as_str().unwrap().contains(twice), "{told}");
            }
            bodies += usize::from(asked.is_none());
            questions += usize::from(asked.is_some());
        }
    }
    assert!(bodies > 15 && questions > 15, "{bodies} bodies, {questions} questions");
    // What nodes send over their certificates.
    others.sort_unstable();
    assert_eq!(
        others,
        [
            "POST /defects",
            "POST /directory/shown",
            "POST /quality",
            "POST /quality/overlaps",
            "POST /renewal",
            "POST /reuse",
            "POST /sight",
            "POST /usage"
        ]
    );
}
