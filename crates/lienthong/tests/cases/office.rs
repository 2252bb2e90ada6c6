//! A commune's office: a node with cases, a provider's node with two registers and a service for deeds, and what was published for it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use bytes::Bytes;
use exchange::body;
use http::{Request, Response};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection};
use testing::free_address;
use trust::web::fetch;

use crate::nation::{CLIENT, Nation, Plan, until};

const REGISTRY: &str = r#"
{ kind: Purpose, code: dang-ky-khai-sinh, name: { vi: Đăng ký khai sinh, en: Birth registration } }
---
kind: Service
id: VN/GOV/G01/dan-cu/ket-hon
name: { vi: Kết hôn, en: Marriages }
dataset:
  key: so_ket_hon
  fields:
    - { name: so_ket_hon, label: { vi: Số, en: Number } }
    - { name: vo_so_dinh_danh, kind: person_id, filter: true, label: { vi: Số của vợ, en: Wife's number } }
    - { name: vo_ho_ten, kind: name, label: { vi: Tên vợ, en: Wife's name } }
    - { name: chong_so_dinh_danh, kind: person_id, label: { vi: Số của chồng, en: Husband's number } }
---
kind: Database
id: VNDB-013
name: { vi: Cơ sở dữ liệu quốc gia về dân cư, en: National population database }
scale: national
standing: registered
owner: VN/GOV/G01
legal_basis: Luật Căn cước
scope: Công dân Việt Nam
class: core
retention: permanent
security_level: 4
personal_data: sensitive
systems: [VN/GOV/G01/dan-cu]
---
kind: Scope
id: dan-cu-nguoi@1
name: { vi: Một người, en: A person }
owner: VN/GOV/G01
database: VNDB-013
service: VN/GOV/G01/dan-cu/nguoi
operations: [{ method: POST, path: /find }]
fields: [so_dinh_danh, ho_ten, ngay_sinh]
papers: [can-cuoc]
procedures: ["9.000001"]
clients: ["VN/LOC/*/mot-cua"]
basis: nd-70
per_second: 1000
---
kind: Scope
id: ho-tich-ghi@1
name: { vi: Ghi vào sổ, en: Entries }
owner: VN/GOV/G01
database: VNDB-013
service: VN/GOV/G01/dan-cu/api
operations: [{ method: POST, path: /khai-sinh }]
fields: [so_khai_sinh]
procedures: ["9.000001"]
clients: ["VN/LOC/*/mot-cua"]
basis: nd-70
per_second: 1000
"#;

/// The scope that a test ends.
pub(super) const SCOPE: &str = r#"
kind: Scope
id: ket-hon@1
name: { vi: Kết hôn, en: Marriages }
owner: VN/GOV/G01
database: VNDB-013
service: VN/GOV/G01/dan-cu/ket-hon
operations: [{ method: POST, path: /find }]
fields: [so_ket_hon, vo_so_dinh_danh, vo_ho_ten, chong_so_dinh_danh]
papers: [giay-ket-hon]
procedures: ["9.000001"]
clients: ["VN/LOC/*/mot-cua"]
basis: nd-70
per_second: 1000
"#;

/// Who the mother is the register of persons says, whom she is married to that of marriages, and who he is the first again.
pub(super) const PROCEDURE: &str = r#"
kind: Procedure
id: "9.000001@1"
name: { vi: Thủ tục thử, en: Test procedure }
owner: VN/GOV/G01
levels: [commune]
purpose: dang-ky-khai-sinh
bases: [nd-70]
roles:
  - { id: me, name: { vi: Mẹ, en: Mother } }
  - { id: cha, name: { vi: Cha, en: Father } }
  - { id: con, name: { vi: Con, en: Child }, party: unnumbered }
assurance: 2
source: thử
assumed: true
working_days: 1
inputs:
  - { fact: con.ho_ten, name: { vi: Tên con, en: Name of the child }, kind: text }
requirements:
  - id: me
    name: { vi: Người mẹ, en: The mother }
    role: me
    paper: { code: can-cuoc, name: { vi: Thẻ căn cước, en: Identity card } }
    otherwise: paper
    alternatives:
      - asks:
          - id: hoi-me
            service: VN/GOV/G01/dan-cu/nguoi
            find: { so_dinh_danh: me.so_dinh_danh }
            identity: { role: me, number: so_dinh_danh, name: ho_ten, born: ngay_sinh }
            claims:
              - { field: ho_ten, use: { fill: me.ho_ten } }
              - { field: ngay_sinh, use: { fill: me.ngay_sinh } }
  - id: ket-hon
    name: { vi: Kết hôn, en: Marriage }
    role: me
    paper: { code: giay-ket-hon, name: { vi: Giấy chứng nhận kết hôn, en: Marriage certificate } }
    otherwise: paper
    alternatives:
      - asks:
          - id: hoi-ket-hon
            service: VN/GOV/G01/dan-cu/ket-hon
            find: { vo_so_dinh_danh: me.so_dinh_danh }
            identity: { role: me, number: vo_so_dinh_danh, name: vo_ho_ten }
            claims:
              - { field: so_ket_hon, use: { fill: me.so_ket_hon } }
              - { field: chong_so_dinh_danh, use: { fill: cha.so_dinh_danh } }
  - id: cha
    name: { vi: Người cha, en: The father }
    role: cha
    paper: { code: can-cuoc, name: { vi: Thẻ căn cước, en: Identity card } }
    otherwise: paper
    alternatives:
      - asks:
          - id: hoi-cha
            service: VN/GOV/G01/dan-cu/nguoi
            find: { so_dinh_danh: cha.so_dinh_danh }
            identity: { role: cha, number: so_dinh_danh, name: ho_ten, born: ngay_sinh }
            claims:
              - { field: ho_ten, use: { fill: cha.ho_ten } }
form:
  - { fact: con.ho_ten, name: { vi: Tên con, en: Name of the child }, kind: text }
  - { fact: me.ho_ten, name: { vi: Tên mẹ, en: Name of the mother }, kind: text }
  - { fact: me.ngay_sinh, name: { vi: Ngày sinh của mẹ, en: Mother's day of birth }, kind: date }
  - { fact: me.so_ket_hon, name: { vi: Số kết hôn, en: Number of the marriage }, kind: text, optional: true }
  - { fact: cha.ho_ten, name: { vi: Tên cha, en: Name of the father }, kind: text, optional: true }
deeds:
  - id: dang-ky
    name: { vi: Ghi vào sổ khai sinh, en: Entry in the register of births }
    service: VN/GOV/G01/dan-cu/api
    path: /khai-sinh
    body: { ten_con: con.ho_ten, me: me.so_dinh_danh, ten_me: me.ho_ten }
    gives: { so_khai_sinh: con.so_khai_sinh }
"#;

pub(super) fn mother(number: u32) -> String {
    format!("9241980{number:05}")
}

/// To whom that mother is married.
pub(super) fn father(number: u32) -> String {
    mother(number + 100)
}

/// What has come to the holder: the exchange's id and the body.
pub(super) type Sent = (String, Value);

/// The system in which births are entered.
#[derive(Default)]
pub(super) struct Holder {
    sent: Mutex<Vec<Sent>>,
    held: AtomicBool,
}

impl Holder {
    /// Whether it works on what comes and does not answer.
    pub(super) fn hold(&self, held: bool) {
        self.held.store(held, Ordering::SeqCst);
    }
}

async fn enter(
    State(holder): State<Arc<Holder>>,
    headers: HeaderMap,
    Json(said): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let id = headers["x-road-id"].to_str().unwrap().to_owned();
    holder.sent.lock().unwrap().push((id, said));
    while holder.held.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    (StatusCode::CREATED, Json(json!({ "so_khai_sinh": "12/2026", "noi_bo": "không ai cần" })))
}

/// The office with all that it depends on.
pub(super) struct Office {
    pub(super) nation: Nation,
    pub(super) holder: Arc<Holder>,
    cases: SocketAddr,
}

impl Office {
    pub(super) async fn open() -> Self {
        let holder = Arc::new(Holder::default());
        let system = axum::Router::new().route("/khai-sinh", post(enter)).with_state(holder.clone());
        let plan = Plan { one_provider: true, system: Some(system), ..Plan::default() };
        let mut nation = Nation::start_with(plan).await;
        nation.apply(include_str!("../../../../data/packs/tai-su-dung.yaml"));
        nation.apply(&[REGISTRY, SCOPE, PROCEDURE].join("\n---\n"));
        let cases = free_address();
        nation.kill("p1");
        nation.kill("c1");
        nation.change_settings("p1", |text| {
            format!(
                "{text}\n[[services]]\nid = \"VN/GOV/G01/dan-cu/ket-hon\"\nsqlite = \"../ket-hon.db\"\ntable = \"ket_hon\"\n"
            )
        });
        nation.change_settings("c1", |text| {
            format!("procedures = true\nusage_seconds = 1\n{text}\n[cases]\nlisten = \"{cases}\"\nsystem = \"{CLIENT}\"\n")
        });
        let mut office = Self { nation, holder, cases };
        let made = (1..=50).map(|number| {
            format!("('KH-{number}', '{}', 'Nguyễn Thị Hòa {number}', '{}')", mother(number), father(number))
        });
        let made: Vec<String> = made.collect();
        office
            .marriages(&format!(
                "CREATE TABLE ket_hon (so_ket_hon TEXT PRIMARY KEY, vo_so_dinh_danh TEXT, vo_ho_ten TEXT, chong_so_dinh_danh TEXT); \
                 INSERT INTO ket_hon VALUES {}",
                made.join(", ")
            ))
            .await;
        office.nation.start_node("p1");
        office.start().await;
        office.nation.wait_for(office.nation.revision().await).await;
        office
    }

    /// Starts the office's node, and waits until cases are taken.
    pub(super) async fn start(&mut self) {
        self.nation.start_node("c1");
        let cases = self.cases;
        until("cases are taken", async || tokio::net::TcpStream::connect(cases).await.is_ok()).await;
    }

    /// Sends a signal to a process.
    pub(super) fn signal(&self, name: &str, signal: &str) {
        let id = self.nation.process_id(name).to_string();
        let sent = std::process::Command::new("kill").args([&format!("-{signal}"), &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Changes the register of marriages.
    pub(super) async fn marriages(&self, statements: &str) {
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(self.nation.path("ket-hon.db"))
            .create_if_missing(true);
        let mut file = SqliteConnection::connect_with(&options).await.unwrap();
        file.execute(sqlx::raw_sql(AssertSqlSafe(statements.to_owned()))).await.unwrap();
        file.close().await.unwrap();
    }

    /// What has come to the holder.
    pub(super) fn sent(&self) -> Vec<Sent> {
        self.holder.sent.lock().unwrap().clone()
    }

    /// An address of the listener.
    pub(super) fn address(&self, path: &str) -> String {
        format!("http://{}{path}", self.cases)
    }

    /// What the listener answers.
    pub(super) async fn answered(&self, request: http::request::Builder, sent: String) -> Response<Bytes> {
        let request = request.body(body::whole(sent)).unwrap();
        fetch(&self.nation.client, request, Duration::from_secs(60), 1 << 20).await.unwrap()
    }

    async fn call(&self, request: http::request::Builder, sent: String) -> (u16, Vec<u8>) {
        let answer = self.answered(request, sent).await;
        (answer.status().as_u16(), answer.body().to_vec())
    }

    fn request(&self, method: &str, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(self.address(path))
            .header("x-road-client", CLIENT)
            .header("lienthong-token", self.nation.token())
    }

    /// The one-stop system sends something.
    pub(super) async fn send(&self, path: &str, said: &Value, key: Option<&str>) -> (u16, Value) {
        let mut request = self.request("POST", path).header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let (status, body) = self.call(request, said.to_string()).await;
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// The one-stop system looks.
    pub(super) async fn get(&self, path: &str) -> (u16, Value) {
        let (status, text) = self.look(path).await;
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// Somebody looks with a browser.
    pub(super) async fn page(&self, path: &str) -> (u16, String) {
        let request = Request::get(self.address(path)).header("accept", "text/html");
        let (status, body) = self.call(request, String::new()).await;
        (status, String::from_utf8(body).unwrap())
    }

    /// What opens a case of that mother's.
    pub(super) fn opening(&self, number: u32) -> Value {
        json!({ "procedure": "9.000001", "inputs": { "me.so_dinh_danh": mother(number), "con.ho_ten": "Bé Mai" },
            "dossier": format!("HS-{number}"), "level": 2 })
    }

    /// Opens a case of that mother's.
    pub(super) async fn begin(&self, key: &str, number: u32) -> Value {
        let (status, case) = self.send("/cases", &self.opening(number), Some(key)).await;
        assert_eq!(status, 200, "{case}");
        case
    }

    /// Opens a case of that mother's, and says which.
    pub(super) async fn opened(&self, key: &str, number: u32) -> String {
        self.begin(key, number).await["id"].as_str().unwrap().to_owned()
    }

    /// Hands a paper in.
    pub(super) async fn hand_in(&self, id: &str, item: &str, file: &str) -> Value {
        let request = self
            .request("POST", &format!("/cases/{id}/papers?item={item}&file=giay.pdf"))
            .header("content-type", "application/pdf");
        let (status, body) = self.call(request, file.to_owned()).await;
        let case = serde_json::from_slice(&body).unwrap_or_default();
        assert_eq!(status, 200, "{case}");
        case
    }

    /// What the one-stop system is shown.
    pub(super) async fn look(&self, path: &str) -> (u16, String) {
        let (status, body) = self.call(self.request("GET", path), String::new()).await;
        (status, String::from_utf8(body).unwrap())
    }

    /// A case when nothing of it is under way.
    pub(super) async fn settled(&self, id: &str) -> Value {
        let began = Instant::now();
        let mut after = String::new();
        loop {
            let (status, case) = self.get(&format!("/cases/{id}{after}")).await;
            assert_eq!(status, 200, "{case}");
            if !matches!(case["state"].as_str(), Some("fetching" | "submitting")) {
                return case;
            }
            assert!(began.elapsed() < Duration::from_secs(40), "it goes on and on: {case}");
            after = format!("?after={}&wait=5", case["revision"]);
        }
    }

    /// A case that can be submitted.
    pub(super) async fn ready(&self, key: &str, number: u32) -> String {
        let id = self.opened(key, number).await;
        self.settled(&id).await;
        let all = json!({ "accept": ["me", "ket-hon", "cha"] });
        let (status, case) = self.send(&format!("/cases/{id}/preview"), &all, None).await;
        assert_eq!((status, case["missing"].as_array().map_or(0, Vec::len)), (200, 0), "{case}");
        id
    }
}
