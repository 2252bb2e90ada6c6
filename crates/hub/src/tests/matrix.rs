//! Laws over all operations that the description of the API has, so that a new one stands in them by itself.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures::future::join_all;
use http_body_util::BodyExt as _;
use jiff::Span;
use model::id::encode_part;
use model::time::day_in_viet_nam;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::described;
use super::limits::endless;
use super::usage::world;
use super::world::{World, documents};
use crate::api;
use crate::clock;
use crate::web::listen::From;

/// Each operation: method, path.
fn operations(world: &World) -> Vec<(String, String)> {
    let description = serde_json::to_value(api::routes(world.hub.clone()).1).unwrap();
    let paths = description["paths"].as_object().unwrap().clone();
    paths
        .iter()
        .flat_map(|(path, operations)| {
            operations.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect()
}

#[tokio::test]
async fn no_operation_takes_a_body_of_whom_it_does_not_know_or_who_may_not() {
    let world = World::new().await;
    let auditor = world.account_of("kiem-toan", None, "auditor").await;
    let tries = operations(&world).into_iter().filter(|(method, _)| method != "GET").flat_map(|operation| {
        [None, Some("Bearer wrong"), Some(auditor.as_str())].map(|token| (operation.clone(), token))
    });
    let world = &world;
    let tried = join_all(tries.map(async |((method, path), token)| {
        let (body, taken) = endless(1024 * 1024);
        let mut request = Request::builder().method(method.as_str()).uri(path.replace(['{', '}'], ""));
        request = request.header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        let answer = world.answer(request.body(body).unwrap());
        let status =
            tokio::time::timeout(Duration::from_secs(15), answer).await.map(|(status, ..)| status).ok();
        let taken = taken.load(Ordering::Relaxed);
        let told = format!("{method} {path} as {token:?}: {status:?} after {taken} bytes");
        let is_open = api::OPEN.iter().any(|(how, open, _)| *open == path && how.to_uppercase() == method);
        let is_known = token == Some(auditor.as_str());
        match status {
            Some(StatusCode::FORBIDDEN) => assert!(is_known && taken == 0, "{told}"),
            _ if is_open => assert!(taken <= 32 * 1024, "{told}"),
            _ if !is_known => assert!(status == Some(StatusCode::UNAUTHORIZED) && taken == 0, "{told}"),
            // What an auditor may do after all is short.
            _ => assert!(taken <= 66 * 1024, "{told}"),
        }
        status
    }))
    .await;
    let refused = tried.iter().filter(|status| **status == Some(StatusCode::FORBIDDEN)).count();
    assert!(tried.len() > 60 && refused > 6, "{refused} of {}", tried.len());
}

/// Somebody at an agency, where they sit.
struct Person {
    name: &'static str,
    token: String,
    address: SocketAddr,
}

impl Person {
    async fn at(world: &World, name: &'static str, agency: Option<&str>, role: &str, address: &str) -> Self {
        let token = world.account_of(name, agency, role).await;
        Self { name, token, address: address.parse().unwrap() }
    }

    /// What they see of an operation, as text.
    async fn ask(&self, router: &Router, method: &str, path: &str, body: Value) -> (StatusCode, String) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", &self.token)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        request.extensions_mut().insert(From::at(self.address));
        let answer = router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn does(&self, world: &World, method: &str, path: &str, body: Value) -> Value {
        let (status, text) = self.ask(&api::routes(world.hub.clone()).0, method, path, body).await;
        assert_eq!(status, StatusCode::OK, "{} {method} {path}: {text}", self.name);
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Everything that can be read: each address, and what it answered.
    async fn read_all(&self, world: &World, ids: &[String]) -> Vec<(String, String)> {
        let router = api::routes(world.hub.clone()).0;
        let kinds: Vec<String> =
            documents().iter().map(|document| document.kind().plural().to_owned()).collect();
        let people = ["lan.g01", "minh.g15", "quan-tri"].map(str::to_owned);
        let mut seen = Vec::new();
        for (method, path) in operations(world) {
            // A stream of events has no end, and news are waited for; what they say has tests of its own.
            if method != "GET" || path == "/api/v1/events" || path == "/directory/revision" {
                continue;
            }
            let mut paths = vec![path.clone()];
            for (place, names) in [("{kind}", &kinds[..]), ("{id}", ids), ("{name}", &people)] {
                if path.contains(place) {
                    paths = paths
                        .iter()
                        .flat_map(|path| names.iter().map(|name| path.replace(place, name)))
                        .collect();
                }
            }
            if paths.len() == 1 {
                paths.extend(["?q=lan.g01", "?limit=1000"].map(|query| format!("{path}{query}")));
            }
            for path in paths {
                let (status, text) = self.ask(&router, "GET", &path, Value::Null).await;
                if status == StatusCode::OK {
                    if let Ok(body) = serde_json::from_str(&text) {
                        described::check(&world.hub, ("GET", path.split('?').next().unwrap()), &body);
                    }
                    seen.push((path, text));
                }
            }
        }
        seen
    }
}

pub(super) async fn nobody_reads_who_acted_at_another_agency_or_from_where(url: &str) {
    let world = world(url).await;
    let more = json!([{ "kind": "Agency", "id": "VN/GOV/G07", "name": { "vi": "Bộ khác", "en": "Another" }, "bloc": "government" }]);
    super::apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(more).unwrap()).await.unwrap();
    let lan = Person::at(&world, "lan.g01", Some("VN/GOV/G01"), "data_officer", "10.1.1.1:1111").await;
    let minh = Person::at(&world, "minh.g15", Some("VN/GOV/G15"), "engineer", "10.15.15.15:1515").await;
    let outside = Person::at(&world, "nam.g07", Some("VN/GOV/G07"), "data_officer", "10.7.7.7:7").await;
    let hub = Person::at(&world, "hoa.hub", None, "hub_officer", "10.99.99.99:99").await;
    let auditor = Person::at(&world, "thu.hub", None, "auditor", "10.98.98.98:98").await;
    // Each leaves traces wherever they can.
    let until = day_in_viet_nam(clock::now()) + Span::new().years(1);
    let asking = json!({
        "type": "on_request", "mode": "query", "client": "VN/GOV/G15/ho-tich", "service": "VN/GOV/G01/dan-cu/nguoi", "per_second": 5,
        "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": ["ho_ten"], "volume": "200 lượt mỗi ngày",
        "valid_to": until, "statement": "Đăng ký khai sinh liên thông",
    });
    let asked = minh.does(&world, "POST", "/api/v1/requests", json!({ "asking": asking })).await;
    let request = asked["request"]["id"].as_str().unwrap().to_owned();
    let part = json!({ "act": "do", "part": "content", "text": "số 12" });
    lan.does(&world, "POST", &format!("/api/v1/requests/{request}/acts"), part).await;
    let grant = json!({ "kind": "Grant", "id": "g-lan", "client": "VN/GOV/G15/ho-tich", "service": "VN/GOV/G01/dan-cu/nguoi",
        "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": ["ho_ten"], "per_second": 5 });
    lan.does(&world, "POST", "/api/v1/apply", json!({ "documents": [grant], "reason": "cấp" })).await;
    let system = json!({ "kind": "System", "id": "VN/GOV/G15/moi", "name": { "vi": "Mới", "en": "New" } });
    minh.does(&world, "POST", "/api/v1/apply", json!({ "documents": [system], "reason": "thêm" })).await;
    let mut ids: Vec<String> = documents().iter().map(|document| encode_part(document.subject().1)).collect();
    ids.extend(["g-lan".to_owned(), request]);
    let finds = |seen: &[(String, String)], what: &str| -> Vec<String> {
        seen.iter().filter(|(_, text)| text.contains(what)).map(|(path, _)| path.clone()).collect()
    };
    // The traces are there, for those who may see them: a test that finds nothing would prove nothing.
    let all = [hub.read_all(&world, &ids).await, auditor.read_all(&world, &ids).await].concat();
    for trace in ["lan.g01", "minh.g15", "10.1.1.1", "10.15.15.15"] {
        assert!(!finds(&all, trace).is_empty(), "{trace} is nowhere in {} answers", all.len());
    }
    for (who, hidden) in [
        (&outside, vec!["lan.g01", "minh.g15", "10.1.1.1", "10.15.15.15", "10.99.99.99", "hoa.hub"]),
        (&minh, vec!["lan.g01", "10.1.1.1", "10.99.99.99"]),
        (&lan, vec!["minh.g15", "10.15.15.15", "10.99.99.99"]),
    ] {
        let seen = who.read_all(&world, &ids).await;
        assert!(seen.len() > 30, "{} read {} answers", who.name, seen.len());
        for what in hidden {
            let found = finds(&seen, what);
            // What one asks for comes back in the answer's own address, not as something known.
            let found: Vec<_> = found.into_iter().filter(|path| !path.contains(what)).collect();
            assert!(found.is_empty(), "{} finds {what} in {found:?}", who.name);
        }
    }
}
