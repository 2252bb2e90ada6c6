//! Asking within a node's own process goes the way of a call over its edge: the same answers and refusals, the same lines in both ledgers, the
//! same figures, the same rate. The consumer's node runs within the test; its hub and the provider's node are processes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::any;
use bytes::Bytes;
use exchange::{Ask, Node, NodeSettings, Ports, StateFolder};
use http::{HeaderMap, HeaderValue, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::nation::{API, CLIENT, Nation, PEOPLE, PURPOSE, Plan, told, until};

/// A system of the same agency that this node does not speak for, and one that nobody knows: both named in the node's settings.
const ELSEWHERE: [&str; 2] = ["VN/LOC/H05/khac", "VN/LOC/H05/la"];
/// How many calls are made either way.
const CALLS: u64 = 160;
/// A pause after each: so many refusals a second are recorded, and no more.
const PAUSE: Duration = Duration::from_millis(60);

/// Counts what it does; slow, long and failing where it is asked to be.
fn system() -> Router {
    let slow = any(|| async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        "xong"
    });
    Router::new()
        .route("/ghi", any(|body: Bytes| async move { body.len().to_string() }))
        .route("/loi", any(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
        .route("/khong-co", any(|| async { StatusCode::NOT_FOUND }))
        .route("/cham", slow)
        .route("/dai", any(|| async { "d".repeat(300 * 1024) }))
        .route("/qua-dai", any(|| async { "d".repeat(2 * 1024 * 1024) }))
        .route("/hep/cong-khai/{id}", any(|| async { axum::Json(json!({ "ten": "A", "luong": 5 })) }))
}

/// A node that runs within the test, by a thread of its own; it ends with this.
struct Here {
    node: Arc<Node>,
    metrics: std::net::SocketAddr,
    end: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Here {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A nation whose consumer's node runs here.
async fn within() -> (Nation, Here) {
    let plan = Plan { system: Some(system()), one_provider: true, ..Plan::default() };
    let mut nation = Nation::start_with(plan).await;
    nation.kill("c1");
    nation.change_settings("c1", |text| {
        let system = |id: &str| {
            let token = trust::hex(&trust::sha256(id.as_bytes()));
            format!("\n[[systems]]\nid = \"{id}\"\ntoken_sha256 = [\"{token}\"]\n")
        };
        text + &ELSEWHERE.map(system).concat()
    });
    let folder = StateFolder(nation.path("c1"));
    let text = std::fs::read_to_string(folder.0.join("node.toml")).unwrap();
    let settings = NodeSettings::read(&text, &folder.0).unwrap();
    let (node, running) = Node::open(&folder, &settings).await.unwrap();
    let metrics = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = metrics.local_addr().unwrap();
    let ports = Ports {
        peer: TcpListener::bind(settings.peer).await.unwrap(),
        edge: TcpListener::bind(settings.edge).await.unwrap(),
        metrics: Some(metrics),
    };
    let ((end, asked_to_end), runtime) = (oneshot::channel(), tokio::runtime::Handle::current());
    let own = node.clone();
    let run = move || runtime.block_on(running.run(own, ports, async move { drop(asked_to_end.await) }));
    let thread = Some(std::thread::spawn(run));
    until("c1", async || nation.health("c1").await.is_some_and(|health| health["healthy"] == true)).await;
    (nation, Here { node, metrics: at, end: Some(end), thread })
}

#[derive(Debug, Clone)]
struct Call {
    client: &'static str,
    service: &'static str,
    purpose: &'static str,
    method: &'static str,
    path: &'static str,
    issue: Option<String>,
    user: Option<&'static str>,
    represented: Option<&'static str>,
    body: String,
}

const GOOD: Call = Call {
    client: CLIENT,
    service: PEOPLE,
    purpose: PURPOSE,
    method: "GET",
    path: "/924198000007",
    issue: None,
    user: None,
    represented: None,
    body: String::new(),
};

/// What comes of a call, without what differs each time.
#[derive(Debug, PartialEq)]
struct Outcome {
    /// Of an answer; of a refusal at the caller's own node, none.
    status: Option<u16>,
    code: String,
    headers: BTreeMap<String, String>,
    body: Value,
}

impl Call {
    /// The call by the edge; `None` where HTTP cannot carry it.
    async fn by_edge(&self, nation: &Nation, id: &str) -> Outcome {
        let mut request = nation.request(self.method, self.service, self.path);
        let headers = request.headers_mut().unwrap();
        headers.insert("x-road-client", HeaderValue::from_static(self.client));
        headers.insert("lienthong-purpose", HeaderValue::from_static(self.purpose));
        if self.client != CLIENT {
            headers.insert("lienthong-token", HeaderValue::from_static(self.client));
        }
        headers.insert("x-road-id", HeaderValue::from_str(id).unwrap());
        let said = [
            ("x-road-issue", self.issue.as_deref()),
            ("x-road-userid", self.user),
            ("x-road-represented-party", self.represented),
        ];
        for (name, text) in said {
            text.map(|text| headers.insert(name, HeaderValue::from_bytes(text.as_bytes()).unwrap()));
        }
        if !self.body.is_empty() {
            headers.insert("content-type", HeaderValue::from_static("application/json"));
        }
        let answer = nation.send(request, self.body.clone()).await;
        Outcome::of_edge(&answer)
    }

    fn asking(&self, id: &str) -> Ask {
        Ask {
            node: None,
            client: self.client.parse().unwrap(),
            service: self.service.parse().unwrap(),
            purpose: self.purpose.to_owned(),
            method: self.method.parse().unwrap(),
            path: self.path.to_owned(),
            id: id.to_owned(),
            issue: self.issue.clone(),
            user: self.user.map(str::to_owned),
            represented: self.represented.map(str::to_owned),
            body: self.body.clone().into(),
            within: Duration::from_secs(60),
        }
    }

    async fn by_asking(&self, node: &Arc<Node>, id: &str) -> Outcome {
        match exchange::ask(node, self.asking(id)).await {
            Ok(answered) => {
                assert!(!answered.exchange.is_empty() && answered.fault() != Some(""));
                let code = answered.fault().unwrap_or_default().to_owned();
                Outcome::new(Some(answered.status.as_u16()), code, &answered.headers, &answered.body)
            }
            Err(fault) => Outcome {
                status: None,
                code: fault.code().to_owned(),
                headers: BTreeMap::new(),
                body: json!(fault.message()),
            },
        }
    }
}

impl Outcome {
    fn new(status: Option<u16>, code: String, headers: &HeaderMap, body: &Bytes) -> Self {
        let differs = ["x-road-id", "x-road-request-id", "x-road-request-hash", "date", "content-length"];
        let headers = headers.iter().filter(|(name, _)| !differs.contains(&name.as_str()));
        let headers =
            headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
        let text = String::from_utf8_lossy(body);
        let mut body = serde_json::from_str(&text).unwrap_or_else(|_| json!(text));
        // Each failure has an id of its own.
        if let Some(error) = body.as_object_mut().filter(|error| error.contains_key("type")) {
            error.remove("detail");
        }
        Self { status, code, headers: headers.collect(), body }
    }

    fn of_edge(answer: &Response<Bytes>) -> Self {
        let (status, code, body) = told(answer);
        let own = answer
            .headers()
            .get("x-road-error")
            .is_some_and(|_| !answer.headers().contains_key("x-road-request-id"));
        if own {
            return Self { status: None, code, headers: BTreeMap::new(), body: body["message"].clone() };
        }
        Self::new(Some(status), code, answer.headers(), answer.body())
    }
}

/// Calls with nothing wrong, with one thing wrong, and with several.
fn generated(count: u64) -> Vec<Call> {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut dice = move |sides: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % 1_000_003).unwrap() % sides
    };
    let confirm = json!({ "key": "924198000007", "values": { "ho_ten": "Nguyễn Thị Hòa 7" } }).to_string();
    let bodies = [String::new(), "{}".to_owned(), confirm, "{\"key\":".to_owned(), "x".repeat(70 * 1024)];
    let issues = ["HS-1", "H05.01-261130-0001", "hồ sơ", " ", &"x".repeat(1025)].map(str::to_owned);
    // What dice seldom come to.
    let mut calls = vec![Call { service: "VN/GOV/G01/dan-cu/chua-cap", ..GOOD }];
    for _ in 0..count {
        let mut call = GOOD.clone();
        // At most three things other than they are in a good one.
        for _ in 0..dice(4) {
            match dice(9) {
                0 => call.client = [CLIENT, ELSEWHERE[0], ELSEWHERE[1], "VN/GOV/G01/dan-cu"][dice(4)],
                1 => {
                    let services = ["chua-cap", "khong-dau", "hep", "la", "listMethods", "getOpenAPI"];
                    let named = services.map(|code| format!("VN/GOV/G01/dan-cu/{code}").leak() as &str);
                    call.service = [named.as_slice(), &[API, API, PEOPLE]].concat()[dice(9)];
                }
                2 => call.purpose = [PURPOSE, "khac", "", " khai-sinh "][dice(4)],
                3 => call.method = ["GET", "POST", "POST", "DELETE"][dice(4)],
                4 | 5 => {
                    let paths =
                        ["", "/", "/khong-co", "/loi", "/ghi", "/confirm", "/count", "/stream", "/%2e%2e/x"];
                    let more =
                        ["?limit=3", "?limit=0", "?ton_giao=x", "/dai", "/cong-khai/1", "?serviceCode=nguoi"];
                    call.path = [paths.as_slice(), &more].concat()[dice(15)];
                }
                6 => call.issue = Some(issues[dice(5)].clone()),
                7 => {
                    call.user = Some(["cb-07", "", "cán bộ"][dice(3)]);
                    call.represented = Some(["robot", "a/b", "a/b/c", "/"][dice(4)]);
                }
                _ => call.body = bodies[dice(5)].clone(),
            }
        }
        calls.push(call);
    }
    calls
}

/// What a ledger says of each message, without what differs each time; by the caller's id.
fn lines(nation: &Nation, node: &str) -> BTreeMap<String, Vec<Value>> {
    let (mut lines, mut before) = (BTreeMap::<String, Vec<Value>>::new(), String::from("1000000"));
    loop {
        let page =
            nation.json(&["ledger", "list", node, "--limit", "200", "--before", &before, "-o", "json"]);
        for mut row in page["items"].as_array().unwrap().iter().cloned() {
            let id = row["id"].as_str().unwrap().to_owned();
            for member in ["number", "at", "id", "exchange"] {
                row.as_object_mut().unwrap().remove(member);
            }
            lines.entry(id).or_default().push(row);
        }
        let Some(next) = page["next"].as_u64() else { return lines };
        before = next.to_string();
    }
}

/// What the node has counted: calls by service and outcome, faults by code, and how many were timed.
async fn figures(nation: &Nation, at: std::net::SocketAddr) -> BTreeMap<String, f64> {
    let request = http::Request::get(format!("http://{at}/metrics")).body(exchange::body::whole("")).unwrap();
    let page = trust::web::fetch(&nation.client, request, Duration::from_secs(10), 1 << 20).await.unwrap();
    let page = String::from_utf8(page.into_body().to_vec()).unwrap();
    let counted = page.lines().filter_map(|line| line.rsplit_once(' ')).filter(|(name, _)| {
        name.starts_with("lienthong_exchange") && !name.contains("_bucket") && !name.contains("_sum")
    });
    counted.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
}

fn more(after: &BTreeMap<String, f64>, before: &BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    let difference =
        |(name, value): (&String, &f64)| (name.clone(), value - before.get(name).unwrap_or(&0.0));
    after.iter().map(difference).filter(|(_, value)| *value != 0.0).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_within_the_process_is_a_call_over_the_edge_in_all_that_can_be_seen() {
    let (nation, here) = within().await;
    let (node, metrics) = (&here.node, here.metrics);
    // What is counted by its name from its first answer on has one.
    for service in [PEOPLE, API] {
        GOOD.clone().by_edge(&nation, "truoc").await;
        let path = if service == API { "/ghi" } else { GOOD.path };
        Call { service, path, ..GOOD }.by_edge(&nation, "truoc").await;
    }
    let calls = generated(CALLS);
    let mut outcomes = Vec::new();
    let before = figures(&nation, metrics).await;
    for (number, call) in calls.iter().enumerate() {
        outcomes.push(call.by_edge(&nation, &format!("E-{number}")).await);
        tokio::time::sleep(PAUSE).await;
    }
    let between = figures(&nation, metrics).await;
    for (number, (call, by_edge)) in calls.iter().zip(&outcomes).enumerate() {
        let by_asking = call.by_asking(node, &format!("A-{number}")).await;
        assert_eq!(&by_asking, by_edge, "{number}: {call:?}");
        tokio::time::sleep(PAUSE).await;
    }
    let after = figures(&nation, metrics).await;
    assert_eq!(more(&after, &between), more(&between, &before));
    let codes: BTreeMap<&str, usize> = outcomes.iter().fold(BTreeMap::new(), |mut codes, outcome| {
        *codes.entry(outcome.code.as_str()).or_default() += 1;
        codes
    });
    eprintln!("outcomes: {codes:?}");
    for code in [
        "", "LT-1102", "LT-1104", "LT-1201", "LT-2101", "LT-2102", "LT-2103", "LT-2104", "LT-2105", "LT-2109",
    ] {
        assert!(codes.contains_key(code), "no call came to {code:?}");
    }
    for node in ["c1", "p1"] {
        let lines = lines(&nation, node);
        let (mut of_edge, mut seen) = (0, 0);
        for (number, call) in calls.iter().enumerate() {
            let (edge, asked) = (lines.get(&format!("E-{number}")), lines.get(&format!("A-{number}")));
            assert_eq!(asked, edge, "{node} {number}: {call:?}");
            seen += usize::from(edge.is_some());
            of_edge += 1;
        }
        assert!(seen > of_edge / 3, "{seen} of {of_edge} are in the ledger of {node}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_within_the_process_waits_no_longer_than_they_said_and_takes_no_more() {
    let (nation, here) = within().await;
    let node = &here.node;
    let to = |method: &'static str, path: &'static str| Call { service: API, method, path, ..GOOD };
    let within = |call: &Call, id: &str, time: Duration| Ask { within: time, ..call.asking(id) };
    // Too late: a read is just late, of a deed nobody knows.
    for (method, code) in [("GET", "LT-3104"), ("POST", "LT-3103")] {
        let began = Instant::now();
        let late = exchange::ask(node, within(&to(method, "/cham"), code, Duration::from_millis(500))).await;
        assert_eq!(late.unwrap_err().code(), code);
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
    // Who asked is gone: what was asked goes on.
    let call = to("POST", "/cham");
    let gone = exchange::ask(node, within(&call, "di-mat", Duration::from_secs(20)));
    assert!(tokio::time::timeout(Duration::from_millis(200), gone).await.is_err());
    // Long, and too long.
    let long = exchange::ask(node, to("GET", "/dai").asking("dai")).await.unwrap();
    assert_eq!((long.status.as_u16(), long.body.len()), (200, 300 * 1024));
    let too_long = exchange::ask(node, to("GET", "/qua-dai").asking("qua-dai")).await.unwrap_err();
    assert_eq!(too_long.code(), "LT-3212");
    assert_eq!(nation.get(API, "/qua-dai").await.body().len(), 2 * 1024 * 1024);
    until("the deed of one who is gone", async || {
        lines(&nation, "c1").get("di-mat").is_some_and(|found| found[0]["outcome"] == "answered")
    })
    .await;
    let lines = lines(&nation, "c1");
    for (id, code) in [("LT-3104", "LT-3104"), ("LT-3103", "LT-3103"), ("dai", ""), ("qua-dai", "LT-3212")] {
        assert_eq!(lines[id][0]["code"], code, "{id}: {:?}", lines[id]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_within_the_process_comes_out_of_the_same_bucket_and_nobody_else_is_asked_for() {
    let (nation, here) = within().await;
    let node = &here.node;
    nation.apply("{ kind: Grant, id: g-hep, client: VN/LOC/H05/mot-cua, service: VN/GOV/G01/dan-cu/hep, uses: [{ purpose: khai-sinh, basis: nd-70 }], fields: [ten], per_second: 1 }");
    let revision = nation.revision().await;
    until("the grant", async || {
        nation
            .health("c1")
            .await
            .is_some_and(|health| health["directory"]["revision"].as_u64() >= Some(revision))
    })
    .await;
    nation.wait_for(revision).await;
    let call = Call { service: "VN/GOV/G01/dan-cu/hep", path: "/cong-khai/1", ..GOOD };
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(call.by_asking(node, "1").await.status, Some(200));
    assert_eq!(call.by_edge(&nation, "2").await.code, "LT-2110");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(call.by_edge(&nation, "3").await.status, Some(200));
    assert_eq!(call.by_asking(node, "4").await.code, "LT-2110");
    // A line that would be another header is no line of its own.
    for text in ["HS-1\r\nLienthong-Purpose: khac", "a\u{0}b"] {
        let asked = Call { issue: Some(text.to_owned()), ..GOOD }.by_asking(node, "5").await;
        assert_eq!(asked.code, "LT-1102");
    }
}
