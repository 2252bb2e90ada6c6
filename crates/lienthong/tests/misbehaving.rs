//! Services over HTTP as they misbehave in practice: every answer that can't be used is a signed refusal that names the service, is in
//! both ledgers, was asked for once, and leaves the nodes as they were.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::nation::{API, CLIENT, Nation, Plan, told, until};

const HEALTHY: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

/// What a service does with a call to the path of this name.
struct Deed {
    name: &'static str,
    answer: Vec<u8>,
    then: Then,
}

#[derive(Clone, Copy, PartialEq)]
enum Then {
    /// It keeps the connection open.
    Wait,
    Close,
    /// It breaks the connection off.
    Reset,
    /// It sends so many bytes more each 100 ms, so often.
    Drip(usize, u32),
}

fn deed(name: &'static str, answer: impl Into<Vec<u8>>, then: Then) -> Deed {
    Deed { name, answer: answer.into(), then }
}

/// An answer of which so many bytes of the body come, and no more.
fn begun(head: &str, bytes: usize) -> Vec<u8> {
    [head.as_bytes(), b"\r\n\r\n", &vec![b'x'; bytes]].concat()
}

fn headers(count: usize, bytes: usize) -> String {
    let lines: String = (0..count).map(|number| format!("X-{number}: {}\r\n", "a".repeat(bytes))).collect();
    format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 2\r\n\r\n{{}}")
}

fn misdeeds() -> Vec<Deed> {
    use Then::{Close, Reset, Wait};
    let long = "HTTP/1.1 200 OK\r\nContent-Length: 1000000";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked";
    let chunk = format!("{chunked}\r\n\r\n30d40\r\n{}\r\n", "x".repeat(200_000));
    vec![
        deed("khong-gi", "", Close),
        deed("khong-gi-dut", "", Reset),
        deed("nua-dau", "HTTP/1.1 200 OK\r\nContent-Ty", Close),
        deed("nua-than", begun("HTTP/1.1 200 OK\r\nContent-Length: 100", 10), Close),
        deed("nua-than-dut", begun("HTTP/1.1 200 OK\r\nContent-Length: 100", 10), Reset),
        deed("nua-khuc", format!("{chunked}\r\n\r\n5\r\nxx"), Close),
        deed("thieu-khuc-cuoi", format!("{chunked}\r\n\r\n2\r\nxx\r\n"), Close),
        deed("khuc-sai", format!("{chunked}\r\n\r\nzz\r\nxx\r\n0\r\n\r\n"), Wait),
        deed("dai-nua", begun(long, 200_000), Close),
        deed("dai-nua-dut", begun(long, 200_000), Reset),
        deed("dai-khuc-sai", format!("{chunk}zz\r\n"), Wait),
        deed("dai-thieu-khuc-cuoi", chunk, Close),
        deed("dau-lon", headers(90, 210), Wait),
        deed("dau-rat-lon", headers(90, 7000), Wait),
        deed("nhieu-tieu-de", headers(150, 1), Wait),
        deed("dong-dau-sai", "HTTP/1.1 abc OK\r\n\r\n", Wait),
        deed("trang-thai-999", "HTTP/1.1 999 OK\r\nContent-Length: 2\r\n\r\n{}", Wait),
        deed("trang-thai-99", "HTTP/1.1 99 OK\r\nContent-Length: 2\r\n\r\n{}", Wait),
        deed("khong-phai-http", "SSH-2.0-OpenSSH_9.6\r\n", Close),
        deed("hai-do-dai", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", Wait),
        deed("do-dai-am", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}", Wait),
        deed("do-dai-chu", "HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\n{}", Wait),
        deed(
            "hai-cach",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            Wait,
        ),
        deed(
            "hai-lop",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            Wait,
        ),
        deed(
            "doi-giao-thuc",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            Wait,
        ),
        deed("kieu-la", "HTTP/1.1 200 OK\r\nContent-Type: tệp/văn-bản\r\nContent-Length: 2\r\n\r\n{}", Wait),
        deed("dong-gap", "HTTP/1.1 200 OK\r\nX-A: a\r\n b\r\nContent-Length: 2\r\n\r\n{}", Wait),
        deed("ky-tu-la", "HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 2\r\n\r\n{}", Wait),
    ]
}

/// What is unusual and right.
fn oddities() -> Vec<Deed> {
    use Then::{Close, Wait};
    vec![
        deed(
            "tin-truoc",
            format!("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n{HEALTHY}"),
            Wait,
        ),
        deed(
            "tieu-de-utf8",
            "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"báo cáo.pdf\"\r\nContent-Length: 2\r\n\r\n{}",
            Wait,
        ),
        deed("khong-loi", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}", Wait),
        deed("doi-cu", "HTTP/1.0 200 OK\r\n\r\n{}", Close),
        deed("hai-do-dai-giong", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", Wait),
        deed("kieu-rong", "HTTP/1.1 200 OK\r\nContent-Type:\r\nContent-Length: 2\r\n\r\n{}", Wait),
        deed("dau-vua", headers(90, 120), Wait),
        deed(
            "tieu-de-noi",
            "HTTP/1.1 200 OK\r\nConnection: X-Rieng, close\r\nX-Rieng: 1\r\nContent-Length: 2\r\n\r\n{}",
            Close,
        ),
    ]
}

/// How long a service waits for the first call on a connection: longer than for the next, as common servers do.
const FIRST: Duration = Duration::from_secs(60);

/// A service that does its deeds by the path, and closes a connection on which nothing more was asked for so long.
struct Service {
    at: SocketAddr,
    /// How often each path was asked, by method: `POST /x`.
    seen: Mutex<HashMap<String, usize>>,
    /// On how many connections something came after it had closed them.
    late: AtomicUsize,
    /// Connections over which it drips.
    dripping: AtomicUsize,
    /// The heads of all calls, in lower case.
    heads: Mutex<Vec<String>>,
}

impl Service {
    async fn start(deeds: Vec<Deed>, idle: Duration) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let service = Arc::new(Self {
            at: listener.local_addr().unwrap(),
            seen: Mutex::default(),
            late: AtomicUsize::default(),
            dripping: AtomicUsize::default(),
            heads: Mutex::default(),
        });
        let (deeds, serving) = (Arc::new(deeds), service.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (deeds, service) = (deeds.clone(), serving.clone());
                tokio::spawn(async move { service.serve(stream, &deeds, idle).await });
            }
        });
        service
    }

    fn seen(&self, method: &str, name: &str) -> usize {
        self.seen.lock().unwrap().get(&format!("{method} /{name}")).copied().unwrap_or_default()
    }

    async fn serve(&self, mut stream: TcpStream, deeds: &[Deed], idle: Duration) {
        let (mut read, mut patience) = (Vec::new(), FIRST);
        loop {
            let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") else {
                let mut part = vec![0; 65_536];
                match tokio::time::timeout(patience, stream.read(&mut part)).await {
                    Ok(Ok(bytes)) if bytes > 0 => read.extend_from_slice(&part[..bytes]),
                    Ok(_) => return,
                    Err(_) => return self.close(stream).await,
                }
                continue;
            };
            let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
            let body_end = end + 4 + length.parse::<usize>().unwrap();
            while read.len() < body_end {
                let mut part = vec![0; 65_536];
                let bytes = stream.read(&mut part).await.unwrap();
                read.extend_from_slice(&part[..bytes]);
            }
            read.drain(..body_end);
            patience = idle;
            let mut line = head.split(' ');
            let (method, path) = (line.next().unwrap().to_uppercase(), line.next().unwrap().to_owned());
            *self.seen.lock().unwrap().entry(format!("{method} {path}")).or_default() += 1;
            self.heads.lock().unwrap().push(head);
            let name = path.rsplit('/').next().unwrap();
            let Some(deed) = deeds.iter().find(|deed| deed.name == name) else {
                stream.write_all(HEALTHY.as_bytes()).await.unwrap();
                continue;
            };
            let _ = stream.write_all(&deed.answer).await;
            match deed.then {
                Then::Wait => {}
                Then::Close => return,
                Then::Reset => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    stream.set_zero_linger().unwrap();
                    return;
                }
                Then::Drip(bytes, times) => {
                    self.dripping.fetch_add(1, Ordering::AcqRel);
                    for _ in 0..times {
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        if stream.write_all(&vec![b'x'; bytes]).await.is_err() {
                            break;
                        }
                    }
                    self.dripping.fetch_sub(1, Ordering::AcqRel);
                    return;
                }
            }
        }
    }

    /// Closes a connection, and looks whether something comes all the same.
    async fn close(&self, mut stream: TcpStream) {
        if stream.shutdown().await.is_ok() && stream.read(&mut [0]).await.is_ok_and(|bytes| bytes > 0) {
            self.late.fetch_add(1, Ordering::AcqRel);
        }
    }
}

async fn call(nation: &Nation, method: &str, name: &str) -> http::Response<bytes::Bytes> {
    let body = if method == "POST" { "{}" } else { "" };
    nation.send(nation.request(method, API, &format!("/{name}")), body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_does_wrong_is_refused_in_its_name_signed_recorded_and_asked_once() {
    let service = Service::start(misdeeds(), Duration::from_secs(60)).await;
    let nation = Nation::start_with(Plan { at: Some(service.at), ..Plan::default() }).await;
    let mut calls = 0;
    let mut wrong = Vec::new();
    for deed in misdeeds() {
        for (method, code) in [("GET", "LT-4102"), ("POST", "LT-4110")] {
            let began = Instant::now();
            let answer = call(&nation, method, deed.name).await;
            let (status, fault, body) = told(&answer);
            let kind = "server.serverproxy.service_failed.network_error";
            let header = answer.headers().get("x-road-error").and_then(|value| value.to_str().ok());
            if (status, fault.as_str(), header, body["type"].as_str()) != (500, code, Some(kind), Some(kind))
            {
                wrong.push(format!("{method} {}: {status} {fault} {body}", deed.name));
            }
            if !body["message"].as_str().is_some_and(|message| message.contains(API)) {
                wrong.push(format!("{method} {}: the service is not named: {body}", deed.name));
            }
            // A read may have met a kept connection that looked closed.
            let seen = service.seen(method, deed.name);
            let looks_closed = deed.answer.len() < 30 && deed.then != Then::Wait;
            if seen == 0 || seen > if method == "GET" && looks_closed { 2 } else { 1 } {
                wrong.push(format!("{method} {}: seen {seen} times", deed.name));
            }
            let healthy = told(&call(&nation, "GET", "khoe").await);
            if healthy.0 != 200 || began.elapsed() > Duration::from_secs(3) {
                wrong.push(format!("after {method} {}: {healthy:?} {:?}", deed.name, began.elapsed()));
            }
            calls += 2;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let verified = nation.verify(&["c1", "p1", "p2"]);
    assert_eq!(verified["whole"], json!(true));
    assert_eq!(verified["in_both"], json!(calls), "{verified}");
    assert_eq!(
        (&verified["ledgers"][0]["consumed"], &verified["ledgers"][0]["refusals"]),
        (&json!(calls), &json!(0)),
        "each has an answer of the provider's node"
    );
    for node in ["c1", "p1", "p2"] {
        assert!(!nation.log(node).contains("peer is down"), "{node}");
    }
}

#[tokio::test]
async fn what_is_unusual_and_right_passes() {
    let service = Service::start(oddities(), Duration::from_secs(60)).await;
    let nation = Nation::start_with(Plan { at: Some(service.at), ..Plan::default() }).await;
    for deed in oddities() {
        for method in ["GET", "POST"] {
            let answer = call(&nation, method, deed.name).await;
            assert_eq!(
                (answer.status().as_u16(), &answer.body()[..]),
                (200, &b"{}"[..]),
                "{method} {}",
                deed.name
            );
            assert!(!answer.headers().contains_key("x-rieng"));
        }
    }
    let name = call(&nation, "GET", "tieu-de-utf8").await;
    assert_eq!(
        name.headers()["content-disposition"].as_bytes(),
        "attachment; filename=\"báo cáo.pdf\"".as_bytes()
    );
}

/// Every call arrives: a read is asked once more, and a write is told as unknown only where its bytes did reach the service, on a
/// connection that it had closed.
#[tokio::test(flavor = "multi_thread")]
async fn no_call_is_lost_to_a_connection_that_the_service_had_closed() {
    const CALLS: usize = 1000;
    const CALLERS: usize = 4;
    let service = Service::start(Vec::new(), Duration::from_millis(20)).await;
    let nation =
        Nation::start_with(Plan { at: Some(service.at), one_provider: true, ..Plan::default() }).await;
    for method in ["POST", "GET"] {
        let callers = (0..CALLERS).map(async |caller| {
            let mut faults = Vec::new();
            for number in 0..CALLS / CALLERS {
                let (status, fault, _) = told(&call(&nation, method, "x").await);
                if status != 200 {
                    faults.push(fault);
                }
                // Calls come around the moment at which the service closes.
                let pause = 13_000 + 500 * ((number + caller) as u64 % 10);
                tokio::time::sleep(Duration::from_micros(pause)).await;
            }
            faults
        });
        let faults = futures::future::join_all(callers).await.concat();
        let seen = service.seen(method, "x");
        if method == "GET" {
            assert_eq!((faults, seen), (Vec::new(), CALLS));
            continue;
        }
        assert!(faults.iter().all(|fault| fault == "LT-4110"), "{faults:?}");
        assert_eq!(seen + faults.len(), CALLS, "{faults:?}");
        // The service counts such bytes as they come, which may be after the caller was told.
        for _ in 0..100 {
            if service.late.load(Ordering::Acquire) == faults.len() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(service.late.load(Ordering::Acquire), faults.len());
    }
}

/// Answers of a service that are cut, or would be.
fn answers_to_cut() -> Vec<Deed> {
    let tags = "ETag: \"a\"\r\nDigest: sha-256=x\r\nRepr-Digest: sha-256=:x:\r\nContent-MD5: x\r\nAccept-Ranges: bytes\r\nLast-Modified: Sun, 29 Nov 2026 00:00:00 GMT";
    let whole = |head: &str, body: &[u8]| {
        let head = format!("HTTP/1.1 {head}\r\n{tags}\r\nContent-Length: {}\r\n\r\n", body.len());
        [head.as_bytes(), body].concat()
    };
    let json = "200 OK\r\nContent-Type: Application/JSON;charset=utf-8";
    let utf16: Vec<u8> = "\u{feff}{\"ten\":1}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        deed(
            "so",
            whole(
                json,
                "\u{feff}{\"luong\":1,\"ten\" : 12345678901234567890.100e2,\"ten\":\"\\u0041\"}".as_bytes(),
            ),
            Then::Wait,
        ),
        deed("utf16", whole(json, &utf16), Then::Wait),
        deed(
            "phan",
            whole(
                "206 Partial Content\r\nContent-Type: application/json\r\nContent-Range: bytes 0-9/99",
                b"{\"ten\":1,",
            ),
            Then::Wait,
        ),
        deed("khong-doi", format!("HTTP/1.1 304 Not Modified\r\n{tags}\r\n\r\n"), Then::Wait),
        deed("nua", begun(&format!("HTTP/1.1 {json}\r\nContent-Length: 100"), 10), Then::Close),
    ]
}

#[tokio::test]
async fn what_is_cut_passes_byte_for_byte_and_without_the_tags_of_the_whole() {
    let service = Service::start(answers_to_cut(), Duration::from_secs(60)).await;
    let nation = Nation::start_with(Plan { at: Some(service.at), ..Plan::default() }).await;
    let narrow = "VN/GOV/G01/dan-cu/hep";
    let get = async |name: &str| {
        let request = nation
            .request("GET", narrow, &format!("/cong-khai/{name}"))
            .header("range", "bytes=0-9")
            .header("if-range", "\"a\"")
            .header("if-none-match", "\"a\"")
            .header("if-match", "\"a\"");
        nation.send(request, "").await
    };
    let answer = get("so").await;
    assert_eq!(answer.body(), "{\"ten\":12345678901234567890.100e2,\"ten\":\"\\u0041\"}");
    let unchanged = get("khong-doi").await;
    assert_eq!((unchanged.status().as_u16(), unchanged.body().len()), (304, 0));
    for answer in [&answer, &unchanged] {
        for name in [
            "etag",
            "digest",
            "repr-digest",
            "content-digest",
            "content-md5",
            "accept-ranges",
            "content-range",
        ] {
            assert!(!answer.headers().contains_key(name), "{name}");
        }
        assert!(answer.headers().contains_key("last-modified"));
    }
    for (name, code) in [("utf16", "LT-4104"), ("phan", "LT-4104"), ("nua", "LT-4102")] {
        let (status, fault, body) = told(&get(name).await);
        assert_eq!((status, fault.as_str()), (500, code), "{body}");
    }
    for head in service.heads.lock().unwrap().iter() {
        for name in ["range:", "if-range:", "if-none-match:", "if-match:", "accept-encoding:"] {
            assert!(!head.contains(&format!("\n{name}")), "{head}");
        }
    }
    let verified = nation.verify(&["c1", "p1", "p2"]);
    assert_eq!((&verified["whole"], &verified["in_both"]), (&json!(true), &json!(5)), "{verified}");
}

/// A service that drips, short of a long answer and behind the beginning of one; one that takes long and keeps the pace; and one without end.
fn drips() -> Vec<Deed> {
    let long = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000";
    vec![
        deed("giot", begun(long, 1), Then::Drip(1, u32::MAX)),
        deed("giot-dai", begun(long, 200_000), Then::Drip(1, u32::MAX)),
        deed(
            "deu",
            begun(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}", 200_000 + 60 * 1000), 200_000),
            Then::Drip(1000, 60),
        ),
        deed("mai", begun(long, 200_000), Then::Drip(1000, u32::MAX)),
        deed("mai-ngan", begun(long, 1), Then::Drip(300, u32::MAX)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_drips_holds_no_exchange_and_one_that_keeps_the_pace_may_take_long() {
    let service = Service::start(drips(), Duration::from_secs(60)).await;
    let settings = "idle_seconds = 1\nservice_seconds = 2";
    let plan = Plan { at: Some(service.at), one_provider: true, settings, ..Plan::default() };
    let nation = Nation::start_with(plan).await;
    for name in ["giot", "giot-dai", "mai-ngan"] {
        for (method, code) in [("GET", "LT-4102"), ("POST", "LT-4110")] {
            let began = Instant::now();
            let (status, fault, body) = told(&call(&nation, method, name).await);
            // What keeps the pace and is short of a long answer has its time in all.
            let code = if (method, name) == ("GET", "mai-ngan") { "LT-4103" } else { code };
            assert_eq!((status, fault.as_str()), (500, code), "{method} {name}: {body}");
            assert!(began.elapsed() < Duration::from_secs(11), "{method} {name}: {:?}", began.elapsed());
            until("the end of the drip", async || service.dripping.load(Ordering::Acquire) == 0).await;
        }
    }
    assert_eq!(call(&nation, "GET", "deu").await.body().len(), 260_000);
    let verified = nation.verify(&["c1", "p1"]);
    assert_eq!((&verified["whole"], &verified["in_both"]), (&json!(true), &json!(7)), "{verified}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_reads_ends_soon_after_its_caller_and_is_on_record() {
    let service = Service::start(drips(), Duration::from_secs(60)).await;
    let plan = Plan { at: Some(service.at), one_provider: true, ..Plan::default() };
    let nation = Nation::start_with(plan).await;
    let mut stream = TcpStream::connect(nation.address("c1").edge).await.unwrap();
    let head = format!(
        "GET /r1/{API}/mai HTTP/1.1\r\nhost: x\r\nx-road-client: {CLIENT}\r\nlienthong-purpose: khai-sinh\r\nlienthong-token: {}\r\n\r\n",
        nation.token()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    until("the drip", async || service.dripping.load(Ordering::Acquire) == 1).await;
    let gone = Instant::now();
    drop(stream);
    until("the end of the drip", async || service.dripping.load(Ordering::Acquire) == 0).await;
    assert!((9..25).contains(&gone.elapsed().as_secs()), "{:?}", gone.elapsed());
    until("both ledgers", async || {
        let verified = nation.verify(&["c1", "p1"]);
        let [consumer, provider] = [0, 1].map(|at| verified["ledgers"][at]["refusals"].clone());
        (consumer, provider) == (json!(1), json!(1))
    })
    .await;
    let verified = nation.verify(&["c1", "p1"]);
    let broken = &verified["broken_off"][0];
    assert_eq!((&verified["whole"], &broken["at_consumer"]), (&json!(true), &json!(true)), "{verified}");
    assert!(nation.log("p1").contains("LT-3213"));
}
