//! The shells before a node that answers whatever cases there can be.

mod browser;
mod deeds;
mod laws;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use model::case::Case;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// What the node was told to do: method and address, and the body.
type Told = Arc<Mutex<Vec<(String, Value)>>>;

/// A node with cases, and the pages around it.
struct World {
    pages: Router,
    told: Told,
}

fn name(text: &str) -> Value {
    json!({ "vi": format!("{text} vi"), "en": format!("{text} en") })
}

/// A procedure that asks for all kinds of things.
fn procedure() -> Value {
    let choice = json!({ "choice": [{ "code": "kcb-1", "name": name("Bệnh viện A") }, { "code": "kcb-2", "name": name("Bệnh viện B") }] });
    let ask = |id: &str, service: &str| json!({ "asks": [{ "id": id, "service": service, "find": { "so": "cha.so_dinh_danh" }, "claims": [] }] });
    json!({
        "id": "1.001193@1", "name": name("Khai sinh"), "owner": "VN/GOV/G15", "levels": ["commune"], "purpose": "khai-sinh", "bases": ["nd-70"],
        "roles": [{ "id": "con", "name": name("Con"), "party": "unnumbered" }, { "id": "me", "name": name("Mẹ") }, { "id": "cha", "name": name("Cha") }],
        "acts_for": [{ "how": "parent", "proved_by": "cha-me", "role": "me" }], "assurance": 2,
        "inputs": [
            { "fact": "me.so_dinh_danh", "name": name("Số của mẹ"), "kind": "person_id" },
            { "fact": "con.ho_ten", "name": name("Tên con"), "kind": "text" },
            { "fact": "con.ngay_sinh", "name": name("Ngày sinh con"), "kind": "date" },
            { "fact": "con.noi_kham", "name": name("Nơi khám"), "kind": choice, "optional": true },
        ],
        "requirements": [
            { "id": "cha-me", "name": name("Cha mẹ"), "role": "cha", "paper": { "code": "cccd", "name": name("Thẻ căn cước") }, "alternatives": [ask("nguoi", "VN/GOV/G01/dan-cu/nguoi")], "otherwise": "paper" },
            { "id": "giay-chung-sinh", "name": name("Giấy chứng sinh"), "role": "con", "paper": { "code": "gcs", "name": name("Tờ chứng sinh") }, "alternatives": [{ "asks": [] }], "otherwise": "paper" },
        ],
        "form": [], "working_days": 3, "source": "thử", "assumed": true, "valid_from": "2026-01-01",
    })
}

impl World {
    /// A node whose cases are these, and whoever is signed in: `citizen`, `officer`, or nobody.
    fn of(cases: &[Value], who: &str) -> Self {
        Self::known_as(None, cases, who)
    }

    /// The same, by a host that people know it by.
    fn known_as(host: Option<&str>, cases: &[Value], who: &str) -> Self {
        let told: Told = Arc::default();
        let cases: BTreeMap<String, Value> =
            cases.iter().map(|case| (case["id"].as_str().unwrap().to_owned(), case.clone())).collect();
        let (noted, who) = (told.clone(), who.to_owned());
        let api = Router::new()
            .fallback(move |request: Request| answer(cases.clone(), noted.clone(), who.clone(), request));
        Self { pages: crate::around_cases(api, host.map(str::to_owned)), told }
    }

    async fn ask(&self, request: Request) -> (StatusCode, String, String) {
        let Ok(answer): Result<Response, _> = self.pages.clone().oneshot(request).await;
        let status = answer.status();
        let next = answer
            .headers()
            .get("location")
            .and_then(|next| next.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, next, String::from_utf8(body.to_vec()).unwrap())
    }

    /// A page as people see it.
    async fn html(&self, path: &str, language: &str) -> String {
        let request = Request::builder().uri(path).header("accept", "text/html").header("host", "nut.test");
        let request =
            request.header("cookie", format!("lienthong-lang={language}")).body(Body::empty()).unwrap();
        let (status, _, page) = self.ask(request).await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        page
    }

    /// The same as what it is drawn from.
    async fn json(&self, path: &str) -> Value {
        let request =
            Request::builder().uri(path).header("accept", "application/json").body(Body::empty()).unwrap();
        let (status, _, body) = self.ask(request).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Sends a form as a browser does: the status, where it leads, the page.
    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String, String) {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask(form(path, "application/x-www-form-urlencoded", body.into_bytes())).await
    }

    fn told(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

fn form(path: &str, kind: &str, body: Vec<u8>) -> Request {
    Request::builder()
        .method("POST")
        .uri(path)
        .header("host", "nut.test")
        .header("origin", "https://nut.test")
        .header("accept", "text/html")
        .header("content-type", kind)
        .body(Body::from(body))
        .unwrap()
}

/// What the node answers.
async fn answer(cases: BTreeMap<String, Value>, noted: Told, who: String, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let body = body.collect().await.unwrap().to_bytes();
    if parts.method != "GET" {
        let said = serde_json::from_slice(&body).unwrap_or_else(|_| json!({ "bytes": body.len() }));
        noted.lock().unwrap().push((format!("{} {}", parts.method, parts.uri), said));
    }
    let refused = |status: u16, code: &str| {
        let problem =
            json!({ "title": code, "status": status, "detail": "No such thing.", "detail_vi": "Không có." });
        (StatusCode::from_u16(status).unwrap(), axum::Json(problem)).into_response()
    };
    let given = |value: Value| axum::Json(value).into_response();
    let part: Vec<&str> = path.trim_start_matches("/api").trim_start_matches('/').split('/').collect();
    match part.as_slice() {
        ["session"] if who.is_empty() => refused(401, "LT-9102"),
        ["session"] => {
            given(json!({ "name": format!("{who}-1"), "as": who, "level": 2, "guard": "g", "agency": null,
            "rights": if who == "officer" { json!(["look", "work", "decide"]) } else { json!([]) } }))
        }
        ["sign-in"] => given(json!([{ "id": "vneid", "title": name("Định danh"), "play": true }])),
        ["procedures"] => given(json!({ "items": [procedure()] })),
        // One of an organisation for which nobody is known to act.
        ["procedures", code] if code.starts_with("2.000001") => {
            let mut procedure = procedure();
            procedure["id"] = json!("2.000001@1");
            procedure["roles"] =
                json!([{ "id": "dn", "name": name("Doanh nghiệp"), "party": "organisation" }]);
            procedure["acts_for"] = json!([]);
            given(json!({ "procedure": procedure, "services": {}, "bases": {}, "reasons": [] }))
        }
        ["sign-in", "vneid", "return"] => {
            let mut response = refused(403, "LT-9109");
            let errand = "as=officer&next=%2Fcan-bo%2Fhs-1&invitation=abc".parse().unwrap();
            response.headers_mut().insert("lienthong-errand", errand);
            response
        }
        ["procedures", code] if code.starts_with("1.001193") => given(json!({ "procedure": procedure(),
            "services": { "VN/GOV/G01/dan-cu/nguoi": { "agency": name("Bộ Công an") } }, "bases": { "nd-70": "Nghị định 70" },
            "reasons": [{ "code": "ban-goc", "name": name("Cần bản gốc") }],
            "results": [{ "code": "gcs", "name": name("Tờ chứng sinh") }] })),
        _ if who.is_empty() => refused(401, "LT-9102"),
        ["cases"] if parts.method == "POST" => given(json!({ "id": "moi" })),
        ["cases"] => given(json!({ "items": cases.values().collect::<Vec<_>>() })),
        ["cases", id] => cases.get(*id).cloned().map_or_else(|| refused(404, "LT-9101"), given),
        ["cases", _, "log"] => {
            given(json!([{ "number": 1, "at": "2026-11-30T01:00:00Z", "by": "citizen", "kind": "opened" },
            { "number": 2, "at": "2026-11-30T01:01:00Z", "kind": "gap", "subject": "m-0", "reason": "source_down" }]))
        }
        ["results", code] => {
            let said = json!({ "code": code, "kind": "gcs", "name": name("Tờ chứng sinh"), "fields": { "ngay_sinh": "2026-11-03" },
                "person": "001190000011", "node": "VN/LOC/H05.1/nut-1", "issued": "2026-11-30" });
            given(json!({ "result": said.to_string(), "key": "k", "signature": "ab" }))
        }
        ["results", code, "revoke"] => given(json!({ "code": code })),
        ["cases", id, "receipt"] => given(receipt(cases.get(*id).unwrap())),
        ["cases", id, ..] => cases.get(*id).cloned().map_or_else(|| refused(404, "LT-9101"), given),
        _ => refused(404, "LT-7101"),
    }
}

fn receipt(case: &Value) -> Value {
    let items: Vec<Value> = case["items"].as_array().unwrap().iter().map(|item| {
        json!({ "id": item["id"], "state": item["state"], "gap": item.get("gap"), "exchanges": ["x-1"] })
    }).collect();
    let said = json!({ "case": case["id"], "dossier": case["dossier"], "procedure": case["procedure"], "node": "VN/LOC/H05.1/nut-1", "at": "2026-11-30T01:00:00Z",
        "items": items, "corrected": ["con.ho_ten"], "deeds": [] });
    json!({ "receipt": said.to_string(), "key": "k", "signature": "ab" })
}

/// A value from a source.
fn value(text: &str, exchange: &str) -> Value {
    json!({ "value": text, "from": name("Bộ Công an"), "as_of": "2026-01-02", "fetched": "2026-11-30T01:00:00Z", "exchange": exchange })
}

/// An item in a state, with a value that is planted in it.
fn item(number: usize, state: &str, gap: Option<&str>, planted: &str) -> Value {
    let exchange = format!("ho-so-{number}");
    let mut item = json!({
        "id": format!("m-{number}"), "name": name(&format!("Mục {number}")), "paper": name(&format!("Giấy {number}")), "state": state,
        "exchanges": [{ "id": exchange, "service": "VN/GOV/G01/dan-cu/nguoi", "agency": name("Bộ Công an"), "at": "2026-11-30T01:00:00Z",
            "fields": ["ho_ten", "ngay_sinh"], "basis": "Nghị định 70" }],
        "values": { "cha.ho_ten": value(planted, &exchange) },
    });
    if let Some(gap) = gap {
        item["gap"] = json!(gap);
        item["class"] = json!(model::gap::Gap::of_code(gap).unwrap().class());
    }
    item
}

/// A case in a state with these items; the form says something, lacks something, and was corrected.
fn case(state: &str, items: Vec<Value>) -> Value {
    let decision = json!({ "granted": true, "at": "2026-11-30T02:00:00Z", "result": "H05-ks-261130-1" });
    let mut case = json!({
        "id": "hs-1", "dossier": "H05.1-261130-0001", "procedure": "1.001193@1", "name": name("Khai sinh"), "state": state, "revision": 7,
        "opened": "2026-11-30T01:00:00Z", "by": "citizen", "acting": "parent", "items": items, "kept_until": "2026-12-30",
        "questions": [{ "ask": "nguoi", "name": name("Số thẻ"), "kind": "text" }],
        "form": [
            { "fact": "cha.ho_ten", "name": name("Tên cha"), "kind": "text", "optional": false, "value": value("Nguyễn Văn Đúng", "dung-1") },
            { "fact": "con.ho_ten", "name": name("Tên con"), "kind": "text", "optional": false, "value": { "value": "Nguyễn Thị Con" } },
            { "fact": "con.ngay_sinh", "name": name("Ngày sinh con"), "kind": "date", "optional": false, "value": value("2026-11-03", "dung-1"),
                "correction": { "value": "2026-11-04", "why": "theo giấy viện", "by": "citizen", "defect": "LOI-7" } },
            { "fact": "con.noi_kham", "name": name("Nơi khám"), "kind": { "choice": [{ "code": "a", "name": name("Viện A") }] }, "optional": false },
        ],
        "deeds": [{ "id": "dk", "name": name("Đăng ký"), "exchange": "hs-1-1", "state": if state == "outcome_unknown" { "outcome_unknown" } else { "waiting" } }],
    });
    if state == "decided" {
        case["decision"] = decision;
    }
    // What the test plays is what the types say.
    let typed: Case = serde_json::from_value(case).unwrap();
    serde_json::to_value(typed).unwrap()
}

const STATES: &[&str] = &[
    "fetching",
    "question",
    "preview",
    "form",
    "submitting",
    "outcome_unknown",
    "submitted",
    "decided",
    "closed",
];
