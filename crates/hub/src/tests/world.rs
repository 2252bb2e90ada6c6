//! A small registry, and a hub in a folder of its own.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::described;
use crate::HubSettings;
use crate::api;
use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::audit::right::Role;
use crate::granting::pack::tests::shipped;
use crate::hub::Hub;
use crate::kinds::Document;

/// A hub.
pub(super) struct World {
    pub(super) hub: Arc<Hub>,
    /// Its routes, made once: with their description they are long to make.
    router: axum::Router,
    /// Of the first officer, as the header has it.
    pub(super) token: String,
    _folder: tempfile::TempDir,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::at(None).await
    }

    /// A hub whose store is at `database`, or in its folder.
    pub(super) async fn at(database: Option<&str>) -> Self {
        Self::with(database, |_| ()).await
    }

    /// A hub with other settings.
    pub(super) async fn with(database: Option<&str>, change: impl FnOnce(&mut HubSettings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = "instance = \"VN\"\nlisten = \"127.0.0.1:0\"\nurl = \"https://127.0.0.1:7443/\"\n";
        let mut settings: HubSettings = toml::from_str(text).unwrap();
        if let Some(database) = database {
            database.clone_into(&mut settings.database);
        }
        change(&mut settings);
        let token = Hub::create(folder.path(), &settings).await.unwrap();
        let hub = Hub::open(folder.path()).await.unwrap();
        let router = api::routes(hub.clone()).0;
        Self { hub, router, token: format!("Bearer {token}"), _folder: folder }
    }

    /// Where it lies.
    pub(super) fn folder(&self) -> std::path::PathBuf {
        self._folder.path().to_owned()
    }

    /// The token of a new account, as the header has it.
    pub(super) async fn account_of(&self, name: &str, agency: Option<&str>, role: &str) -> String {
        let account =
            json!({ "name": name, "person": name, "type": "service", "agency": agency, "roles": [role] });
        let body = json!({ "account": account, "reason": "phân công" });
        let (status, answer) = self.send("POST", "/api/v1/accounts", Some(&self.token), body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        format!("Bearer {}", answer["token"].as_str().unwrap())
    }

    /// Sends a request; `token` goes into `Authorization` as it is.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Value,
    ) -> (StatusCode, Value) {
        let json = ("content-type", "application/json");
        let headers: Vec<_> = token.map(|token| ("authorization", token)).into_iter().chain([json]).collect();
        let (status, _, body) = self.exchange(method, path, &headers, body.to_string()).await;
        (status, body)
    }

    /// Sends a request with these headers.
    pub(super) async fn exchange(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> (StatusCode, HeaderMap, Value) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.answer(request.body(Body::from(body)).unwrap()).await
    }

    /// Sends a request as it is.
    pub(super) async fn answer(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let is_json = headers.get("content-type").is_some_and(|form| form == "application/json");
        if status == StatusCode::OK && is_json {
            described::check(&self.hub, (method.as_str(), &path), &body);
        }
        (status, headers, body)
    }
}

impl World {
    /// Sends a request as it is; what comes is bytes.
    pub(super) async fn bytes(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        (status, headers, answer.into_body().collect().await.unwrap().to_bytes().to_vec())
    }
}

pub(super) fn context(why: &str) -> AuditContext {
    AuditContext::new(&officer("can-bo", None, &Role::ALL), why, "2026-11-23T08:00:00Z".parse().unwrap())
        .unwrap()
}

pub(super) fn officer(name: &str, agency: Option<&str>, roles: &[Role]) -> Officer {
    let agency = agency.map(|agency| agency.parse().unwrap());
    Officer { name: name.into(), agency, roles: roles.to_vec(), origin: None }
}

/// A procedure that is not in force yet.
pub(super) fn procedure() -> Value {
    let name = json!({ "vi": "Tên tiếng Việt", "en": "English name" });
    json!({ "kind": "Procedure", "id": "1.001193@1", "name": name, "owner": "VN/GOV/G01", "levels": ["commune"], "purpose": "khai-sinh",
        "bases": ["nd-70"], "roles": [{ "id": "nguoi", "name": name }], "assurance": 2, "source": "thử", "valid_from": "2099-01-01",
        "requirements": [{ "id": "ten", "name": name, "role": "nguoi", "otherwise": "paper", "paper": { "code": "can-cuoc", "name": name },
            "alternatives": [{ "asks": [{ "id": "dan-cu", "service": "VN/GOV/G01/dan-cu/nguoi", "find": { "so_dinh_danh": "nguoi.so_dinh_danh" },
                "claims": [{ "field": "ho_ten", "use": { "fill": "nguoi.ho_ten" } }],
                "identity": { "role": "nguoi", "number": "so_dinh_danh" } }] }] }],
        "form": [{ "fact": "nguoi.ho_ten", "name": name, "kind": "text" }] })
}

/// One of each kind.
pub(super) fn documents() -> Vec<Document> {
    let name = json!({ "vi": "Tên tiếng Việt", "en": "English name" });
    let field = |name: &str| json!({ "name": name, "label": { "vi": "Trường", "en": "Field" } });
    let bound = json!([{ "url": "urn:lienthong:term:ndg:ID-004@1.0.0", "type": "businessDefinition" }]);
    let documents = json!([
        { "kind": "Grant", "id": "g-khai-sinh", "client": "VN/GOV/G01/mot-cua", "service": "VN/GOV/G01/dan-cu/nguoi",
          "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": ["ho_ten"], "valid_to": "2027-01-01", "per_second": 50,
          "endpoints": [{ "method": "GET", "path": "/*" }] },
        { "kind": "Agency", "id": "VN/GOV/G01", "name": name, "bloc": "government" },
        { "kind": "System", "id": "VN/GOV/G01/dan-cu", "name": name },
        { "kind": "System", "id": "VN/GOV/G01/mot-cua", "name": name },
        { "kind": "Node", "id": "VN/GOV/G01/nut-1", "address": "127.0.0.1:5500", "systems": ["VN/GOV/G01/dan-cu", "VN/GOV/G01/mot-cua"] },
        { "kind": "Service", "id": "VN/GOV/G01/dan-cu/nguoi", "name": name,
          "dataset": { "key": "so_dinh_danh", "fields": [field("so_dinh_danh"), field("ho_ten")] } },
        { "kind": "Purpose", "code": "khai-sinh", "name": name },
        { "kind": "LegalBasis", "code": "nd-70", "ground": "state_activity", "citation": "NĐ 70/2024/NĐ-CP", "valid_from": "2024-07-01" },
        { "kind": "Agency", "id": "VN/GOV/G15", "name": name, "bloc": "government" },
        { "kind": "CodeList", "id": "gioi-tinh", "name": name, "owner": "VN/GOV/G15", "source": "thử",
          "codes": [{ "code": "1", "vi": "Nam" }, { "code": "2", "vi": "Nữ", "valid_to": "2030-01-01" }] },
        { "kind": "Crosswalk", "id": "gioi-tinh", "from": "gioi-tinh", "to": "gioi-tinh", "source": "thử",
          "pairs": [{ "from": "1", "to": "1", "relation": "exact" }] },
        { "kind": "Term", "id": "ndg:ID-004", "versions": [{ "version": "1.0.0", "status": "approved", "name": name,
          "definition": "Giới tính ghi khi khai sinh", "created_by": "VN/GOV/G01", "owned_by": "VN/GOV/G15",
          "technical_name": "CaNhan.gioi_tinh", "value_type": "code", "format": "1", "values": ["1", "2"],
          "validation": "thuộc danh mục", "source": "thử" }] },
        { "kind": "Contract", "id": "dan-cu.nguoi@1.0.0", "service": "VN/GOV/G01/dan-cu/nguoi", "odcs": {
            "apiVersion": "v3.1.0", "kind": "DataContract", "id": "dan-cu.nguoi", "version": "1.0.0", "status": "active", "name": "Người",
            "schema": [{ "name": "nguoi", "properties": [
                { "name": "so_dinh_danh", "logicalType": "string", "primaryKey": true, "required": true, "classification": "personal", "authoritativeDefinitions": bound },
                { "name": "ho_ten", "logicalType": "string", "classification": "personal", "authoritativeDefinitions": bound },
            ] }] } },
        { "kind": "Duty", "id": "dan-cu-ngay-sinh", "datum": "ngay-sinh", "receivers": ["VN/GOV/G15"], "basis": "nd-70",
          "deadline": "2026-12-31", "service": "VN/GOV/G01/dan-cu/nguoi", "terms": { "fields": ["ho_ten"], "per_second": 5 } },
        { "kind": "Database", "id": "VNDB-013", "name": name, "scale": "national", "standing": "registered", "owner": "VN/GOV/G01",
          "legal_basis": "Luật Căn cước", "scope": "Công dân Việt Nam", "class": "core", "retention": "permanent", "security_level": 4,
          "personal_data": "sensitive", "systems": ["VN/GOV/G01/dan-cu"],
          "master_data": [{ "code": "ngay-sinh", "name": name }],
          "declared": { "stage": "in_shared_use", "since": "2021-07-01", "evidence": "NĐ 137/2015/NĐ-CP" } },
        { "kind": "Scope", "id": "dan-cu-nguoi@1", "name": name, "owner": "VN/GOV/G01", "database": "VNDB-013",
          "service": "VN/GOV/G01/dan-cu/nguoi", "operations": [{ "method": "POST", "path": "/find" }], "fields": ["so_dinh_danh", "ho_ten"],
          "papers": ["can-cuoc"], "procedures": ["9.999"], "clients": ["VN/GOV/*/mot-cua"], "basis": "nd-70", "per_second": 5 },
        procedure(),
        { "kind": "Directive", "id": "cd-thu", "number": "1/CĐ-TTg", "title": name, "issuer": name, "issued": "2025-06-30", "basis": "nd-70",
          "source": "thử", "clauses": [{ "id": "1", "says": name }] },
        { "kind": "Task", "id": "nv-thu", "directive": "cd-thu", "clause": "1", "text": name, "lead": "VN/GOV/G01", "support": ["VN/GOV/G15"],
          "deadline": "2026-12-31",
          "condition": { "measure": { "expression": "consumers >= 3", "unit": "agencies", "database": "VNDB-013" } } },
    ]);
    let mut documents: Vec<Document> = serde_json::from_value(documents).unwrap();
    documents.push(Document::RulePack(Box::new(shipped())));
    documents.push(serde_saphyr::from_str(include_str!("../../../../data/packs/tai-su-dung.yaml")).unwrap());
    documents
}
