//! A small nation for a test: a hub, two nodes of a provider, one node of a consumer, and a system behind the provider.

mod asking;
mod processes;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use axum::Router;
use bytes::Bytes;
use exchange::backend::http_api::WebClient;
use http::Response;
use serde_json::Value;
use sqlx::Connection as _;
use testing::free_address;
use trust::web::client as web_client;

/// The consumer's system.
pub(crate) const CLIENT: &str = "VN/LOC/H05/mot-cua";
/// The dataset.
pub(crate) const PEOPLE: &str = "VN/GOV/G01/dan-cu/nguoi";
/// The HTTP service.
pub(crate) const API: &str = "VN/GOV/G01/dan-cu/api";
/// A purpose that the grants name.
pub(crate) const PURPOSE: &str = "khai-sinh";

const REGISTRY: &str = r#"
{ kind: Agency, id: VN/GOV/G01, name: { vi: Bộ Công an, en: Ministry of Public Security }, bloc: government }
---
{ kind: Agency, id: VN/LOC/H05, name: { vi: UBND tỉnh Bắc Ninh, en: Bac Ninh }, bloc: local }
---
{ kind: System, id: VN/GOV/G01/dan-cu, name: { vi: Dân cư, en: Population } }
---
{ kind: System, id: VN/LOC/H05/mot-cua, name: { vi: Một cửa, en: One-stop } }
---
{ kind: System, id: VN/LOC/H05/khac, name: { vi: Hệ thống khác, en: Another system } }
---
{ kind: Node, id: VN/GOV/G01/nut-1, address: "P1", systems: [VN/GOV/G01/dan-cu] }
---
{ kind: Node, id: VN/GOV/G01/nut-2, address: "P2", systems: [VN/GOV/G01/dan-cu] }
---
{ kind: Node, id: VN/LOC/H05/nut-1, address: "C1", systems: [VN/LOC/H05/mot-cua] }
---
kind: Service
id: VN/GOV/G01/dan-cu/nguoi
name: { vi: Người, en: Person }
dataset:
  key: so_dinh_danh
  fields:
    - { name: so_dinh_danh, kind: person_id, label: { vi: Số, en: Id } }
    - { name: ho_ten, kind: name, label: { vi: Họ tên, en: Name } }
    - { name: ngay_sinh, kind: date, filter: true, label: { vi: Ngày sinh, en: Born } }
    - { name: ton_giao, label: { vi: Tôn giáo, en: Religion } }
---
kind: Service
id: VN/GOV/G01/dan-cu/api
name: { vi: API, en: API }
http: { endpoints: [{ method: GET, path: "/**" }, { method: POST, path: "/**" }] }
---
kind: Service
id: VN/GOV/G01/dan-cu/hep
name: { vi: API hẹp, en: Narrow API }
http: { endpoints: [{ method: GET, path: /cong-khai/* }, { method: GET, path: /loi }, { method: GET, path: /chu }, { method: GET, path: /danh-sach }] }
---
{ kind: Service, id: VN/GOV/G01/dan-cu/chua-cap, name: { vi: Chưa cấp, en: Not granted }, http: { endpoints: [{ method: GET, path: /** }] } }
---
{ kind: Service, id: VN/GOV/G01/dan-cu/khong-dau, name: { vi: Không ở đâu, en: Nowhere }, http: { endpoints: [{ method: GET, path: /** }] } }
---
{ kind: Purpose, code: khai-sinh, name: { vi: Khai sinh, en: Birth registration } }
---
{ kind: LegalBasis, code: nd-70, ground: state_activity, citation: NĐ 70/2024/NĐ-CP }
---
{ kind: Grant, id: g-nguoi, client: VN/LOC/H05/mot-cua, service: VN/GOV/G01/dan-cu/nguoi, uses: [{ purpose: khai-sinh, basis: nd-70 }], fields: [so_dinh_danh, ho_ten, ngay_sinh], per_second: 100000 }
---
{ kind: Grant, id: g-api, client: VN/LOC/H05/mot-cua, service: VN/GOV/G01/dan-cu/api, uses: [{ purpose: khai-sinh, basis: nd-70 }], fields: all, per_second: 100000 }
---
{ kind: Grant, id: g-hep, client: VN/LOC/H05/mot-cua, service: VN/GOV/G01/dan-cu/hep, uses: [{ purpose: khai-sinh, basis: nd-70 }], fields: [ten, con.ten], per_second: 8 }
---
{ kind: Grant, id: g-khong-dau, client: VN/LOC/H05/mot-cua, service: VN/GOV/G01/dan-cu/khong-dau, uses: [{ purpose: khai-sinh, basis: nd-70 }], fields: all, per_second: 10 }
"#;

/// The small registry with its nodes at these addresses. A node without one is not in it.
pub(crate) fn registry(peers: &[(&str, String)]) -> String {
    let documents = REGISTRY.split("\n---\n").filter_map(|document| {
        let Some((before, rest)) = document.split_once("address: \"") else {
            return Some(document.to_owned());
        };
        let (name, after) = rest.split_once('"').unwrap();
        let (_, at) = peers.iter().find(|(peer, _)| peer.eq_ignore_ascii_case(name))?;
        Some(format!("{before}address: \"{at}\"{after}"))
    });
    documents.collect::<Vec<_>>().join("\n---\n")
}

/// A running nation. Dropped, its processes are killed and its folder is gone.
pub(crate) struct Nation {
    folder: tempfile::TempDir,
    /// Hub, nodes: by their folder's name.
    processes: Vec<(String, Child)>,
    addresses: Vec<(String, Addresses)>,
    /// What calls.
    pub(crate) client: WebClient,
    token: String,
    pub(crate) hub: SocketAddr,
    second_hub: SocketAddr,
    /// Whether all processes go by the clock in the file `clock`.
    has_clock: bool,
    systems: Option<tokio::task::JoinHandle<()>>,
}

#[derive(Clone, Copy)]
pub(crate) struct Addresses {
    pub(crate) peer: SocketAddr,
    pub(crate) edge: SocketAddr,
}

/// How a nation differs from the plain one.
#[derive(Default)]
pub(crate) struct Plan<'a> {
    /// The system behind the provider's nodes.
    pub(crate) system: Option<Router>,
    /// Where the system is, if a test serves it itself.
    pub(crate) at: Option<SocketAddr>,
    /// Lines put into every node's settings.
    pub(crate) settings: &'a str,
    /// Whether the provider has one node only.
    pub(crate) one_provider: bool,
    /// The hub's store, if it is not a file of its own.
    pub(crate) database: Option<&'a str>,
    /// Whether all processes go by a clock that the test sets.
    pub(crate) clock: bool,
    /// Nodes that get a post-quantum key beside, by their folder's name.
    pub(crate) hybrid: &'a [&'a str],
}

impl Nation {
    /// The plain nation.
    pub(crate) async fn start() -> Self {
        Self::start_with(Plan::default()).await
    }

    /// A nation.
    pub(crate) async fn start_with(plan: Plan<'_>) -> Self {
        let folder = tempfile::Builder::new().prefix("lienthong-test-").tempdir().unwrap();
        let hub = free_address();
        let client = web_client(trust::tls::web_client(&[]).unwrap());
        let mut nation = Self {
            folder,
            processes: Vec::new(),
            addresses: Vec::new(),
            client,
            token: String::new(),
            hub,
            second_hub: free_address(),
            has_clock: plan.clock,
            systems: None,
        };
        nation.set_clock(0);
        let listen = hub.to_string();
        let url = format!("https://{listen}/");
        let mut init = vec!["hub", "init", "--dir", "hub", "--listen", &listen, "--url", &url];
        init.extend(plan.database.iter().flat_map(|database| ["--database", database]));
        nation.run(&init);
        nation.start_hub().await;
        let names = if plan.one_provider { vec!["p1", "c1"] } else { vec!["p1", "p2", "c1"] };
        for name in ["p1", "p2", "c1"] {
            let addresses = Addresses { peer: free_address(), edge: free_address() };
            nation.addresses.push((name.to_owned(), addresses));
        }
        let peers: Vec<_> = names.iter().map(|name| (*name, nation.address(name).peer.to_string())).collect();
        nation.apply(&registry(&peers));
        nation.write_database().await;
        let system = match plan.system.clone() {
            Some(router) => nation.serve(router).await,
            None => plan.at.unwrap_or_else(free_address),
        };
        for name in names {
            nation.join(name, &plan, system);
        }
        nation.run(&["node", "token", "--dir", "c1", "--system", CLIENT, "--out", "token"]);
        let token = std::fs::read_to_string(nation.path("token")).unwrap();
        nation.token = token.trim().strip_prefix("Lienthong-Token: ").unwrap().to_owned();
        for name in nation.node_names() {
            nation.start_node(&name);
        }
        let revision = nation.revision().await;
        nation.wait_for(revision).await;
        nation
    }

    fn join(&self, name: &str, plan: &Plan<'_>, system: SocketAddr) {
        let id = match name {
            "p1" => "VN/GOV/G01/nut-1",
            "p2" => "VN/GOV/G01/nut-2",
            _ => "VN/LOC/H05/nut-1",
        };
        let invitation = format!("{name}.json");
        self.run(&[
            "hub",
            "invite",
            "--officer",
            "hub/quan-tri.json",
            id,
            "--out",
            &invitation,
            "--reason",
            "thử",
        ]);
        let at = self.address(name);
        let (peer, edge) = (at.peer.to_string(), at.edge.to_string());
        let mut join = vec!["node", "join", "--dir", name, "--invitation", &invitation];
        join.extend(["--peer", &peer, "--edge", &edge]);
        join.extend(plan.hybrid.contains(&name).then_some("--hybrid-signatures"));
        self.run(&join);
        let path = self.path(name).join("node.toml");
        let mut text = format!("{}\n{}", plan.settings, std::fs::read_to_string(&path).unwrap());
        if name.starts_with('p') {
            text.push_str(&format!("\n[[services]]\nid = \"{PEOPLE}\"\nsqlite = \"../people.db\"\n"));
            for (service, path) in [(API, ""), ("VN/GOV/G01/dan-cu/hep", "hep")] {
                text.push_str(&format!(
                    "\n[[services]]\nid = \"{service}\"\nurl = \"http://{system}/{path}\"\nheaders = [\"X-Custom\"]\n"
                ));
            }
        } else {
            text.push_str(&format!("\n[[services]]\nid = \"{API}\"\nheaders = [\"X-Custom\"]\n"));
        }
        std::fs::write(&path, text).unwrap();
    }

    async fn write_database(&self) {
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(self.path("people.db"))
            .create_if_missing(true);
        let mut connection = sqlx::sqlite::SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql(
            "CREATE TABLE nguoi (so_dinh_danh TEXT PRIMARY KEY, ho_ten TEXT, ngay_sinh TEXT, ton_giao TEXT);
             WITH RECURSIVE dem(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM dem WHERE n < 299)
             INSERT INTO nguoi SELECT printf('9241980%05d', n), 'Nguyễn Thị Hòa ' || n, date('1980-01-01', n || ' days'), 'Không' FROM dem;",
        )
        .execute(&mut connection)
        .await
        .unwrap();
        connection.close().await.unwrap();
    }

    async fn serve(&mut self, router: Router) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        self.systems = Some(tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }));
        address
    }

    /// Loads documents.
    pub(crate) fn apply(&self, yaml: &str) {
        self.apply_as("hub/quan-tri.json", yaml);
    }

    /// Loads documents in somebody's name.
    pub(crate) fn apply_as(&self, officer: &str, yaml: &str) {
        std::fs::write(self.path("registry.yaml"), yaml).unwrap();
        self.run(&["apply", "--officer", officer, "-f", "registry.yaml", "--reason", "thử"]);
    }

    /// A path below the nation's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The addresses of a node.
    pub(crate) fn address(&self, name: &str) -> Addresses {
        self.addresses.iter().find(|(known, _)| known == name).unwrap().1
    }

    fn node_names(&self) -> Vec<String> {
        self.addresses
            .iter()
            .map(|(name, _)| name.clone())
            .filter(|name| self.path(name).join("node.toml").exists())
            .collect()
    }

    /// The addresses of both hubs.
    pub(crate) fn hubs(&self) -> [String; 2] {
        [format!("https://{}/", self.hub), format!("https://{}/", self.second_hub)]
    }

    /// Changes a node's settings.
    pub(crate) fn change_settings(&self, name: &str, change: impl FnOnce(String) -> String) {
        self.change_file(&format!("{name}/node.toml"), change);
    }

    /// Changes a file.
    pub(crate) fn change_file(&self, name: &str, change: impl FnOnce(String) -> String) {
        let path = self.path(name);
        let text = change(std::fs::read_to_string(&path).unwrap());
        std::fs::write(path, text).unwrap();
    }
}

impl Drop for Nation {
    fn drop(&mut self) {
        for (_, child) in &mut self.processes {
            let _ = child.kill();
            let _ = child.wait();
        }
        if let Some(systems) = &self.systems {
            systems.abort();
        }
        if std::thread::panicking() {
            for name in ["hub", "hub2", "p1", "p2", "c1"] {
                eprintln!("--- {name}\n{}", self.log(name));
            }
        }
    }
}

/// The program under test: the one built with the tests, or another that whoever measures names.
pub(crate) fn lienthong() -> Command {
    let program = std::env::var_os("LIENTHONG_TEST_PROGRAM");
    let mut command = Command::new(program.unwrap_or_else(|| env!("CARGO_BIN_EXE_lienthong").into()));
    command.env_remove("LIENTHONG_OFFICER").env_remove("RUST_LOG").env("LIENTHONG_LANG", "vi");
    command
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < Duration::from_secs(30), "{what} did not come about");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Status, our code, and the JSON body of an answer.
pub(crate) fn told(answer: &Response<Bytes>) -> (u16, String, Value) {
    let fault =
        answer.headers().get("lienthong-fault").and_then(|value| value.to_str().ok()).unwrap_or_default();
    (answer.status().as_u16(), fault.to_owned(), serde_json::from_slice(answer.body()).unwrap_or_default())
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
