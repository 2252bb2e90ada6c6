//! Who means harm, at the edge and at the peer port: nothing they send has another be refused, the node grow, or something else be done
//! than was decided.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::routing::{any, get, post};
use http::header::HeaderValue;
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::nation::{API, CLIENT, Nation, PEOPLE, Plan, told, until};
use crate::peer_port::{Message, SignAs, Thief};

/// A system that tells method, address and headers of what it was asked.
fn mirror() -> Router {
    let tell = async |request: Request| {
        let headers: Vec<(String, String)> = request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("?").to_owned()))
            .collect();
        axum::Json(
            json!({ "method": request.method().as_str(), "uri": request.uri().to_string(), "headers": headers }),
        )
    };
    let swallow = post(async |request: Request| {
        let _ = axum::body::to_bytes(request.into_body(), usize::MAX).await;
    });
    let long = get(async || vec![7; 30_000_000]);
    Router::new().route("/nuot", swallow).route("/lon", long).route("/{*rest}", any(tell))
}

async fn plain() -> Nation {
    Nation::start_with(Plan { system: Some(mirror()), one_provider: true, ..Plan::default() }).await
}

fn names(told: &Value) -> Vec<&str> {
    told["headers"].as_array().unwrap().iter().map(|pair| pair[0].as_str().unwrap()).collect()
}

/// What would have a service do something else than was decided.
const TWISTS: [(&str, &str); 12] = [
    ("x-http-method-override", "DELETE"),
    ("x-http-method", "DELETE"),
    ("x-method-override", "DELETE"),
    ("x-original-url", "/khac"),
    ("x-rewrite-url", "/khac"),
    ("x-forwarded-for", "127.0.0.1"),
    ("x-forwarded-host", "noi-bo"),
    ("x-forwarded-prefix", "/khac"),
    ("forwarded", "for=127.0.0.1"),
    ("x-real-ip", "127.0.0.1"),
    ("via", "1.1 x"),
    ("x-chua-khai", "1"),
];

#[tokio::test]
async fn headers_that_say_something_else_than_was_decided_reach_no_service() {
    let nation = plain().await;
    // Through the edge.
    let request = TWISTS
        .iter()
        .fold(nation.request("GET", API, "/x"), |request, (name, value)| request.header(*name, *value));
    let answer = nation.send(request.header("accept-language", "vi").header("x-custom", "1"), "").await;
    let (status, _, seen) = told(&answer);
    assert_eq!(status, 200, "{seen}");
    // And from a node that lets all of it pass and signs it.
    let thief = Thief::of(&nation, SignAs::Own).await;
    let mut message = Message::get(API, "/x");
    for (name, value) in TWISTS.into_iter().chain([("accept-language", "vi"), ("x-custom", "1")]) {
        message.headers.insert(name, HeaderValue::from_static(value));
    }
    let message = message.signed(&thief, exchange::clock::now()).await;
    let (status, seen_from_thief) = thief.read(&message).await.unwrap();
    assert_eq!(status, 200);
    for seen in [seen, seen_from_thief] {
        let names = names(&seen);
        for (name, _) in TWISTS {
            assert!(!names.contains(&name), "{name} got through: {seen}");
        }
        assert!(names.contains(&"accept-language") && names.contains(&"x-custom"), "{seen}");
        assert_eq!((&seen["method"], &seen["uri"]), (&json!("GET"), &json!("/x")));
    }
}

#[tokio::test]
async fn a_named_header_that_stands_twice_is_refused_at_both_nodes() {
    let nation = plain().await;
    for (name, first) in [
        ("lienthong-purpose", "tiep-thi"),
        ("x-road-client", "VN/LOC/H05/khac"),
        ("x-road-userid", "a"),
        ("x-road-issue", "a"),
        ("x-road-id", "a"),
        ("x-road-request-id", "a"),
        ("content-type", "text/plain"),
    ] {
        let twice = nation.request("GET", API, "/x").header(name, first).header(name, first);
        let (_, fault, body) = told(&nation.send(twice, "").await);
        assert_eq!(fault, "LT-1102", "{name}: {body}");
    }
    let thief = Thief::of(&nation, SignAs::Own).await;
    for name in ["lienthong-purpose", "x-road-userid", "x-road-request-id"] {
        let mut message = Message::get(API, "/x");
        message.headers.insert("x-road-userid", HeaderValue::from_static("a"));
        message.headers.append(name, HeaderValue::from_static("tiep-thi"));
        let message = message.signed(&thief, exchange::clock::now()).await;
        assert_eq!(thief.send(&message).await.unwrap().1, "server.serverproxy.bad_request LT-1102", "{name}");
    }
    assert_eq!(nation.verify(&["p1"])["ledgers"][0]["provided"], json!(0), "nothing of it is in the ledger");
}

/// Bytes of a process in its spool: files without a name.
pub(crate) fn spooled(process: u32) -> u64 {
    let Ok(open) = std::fs::read_dir(format!("/proc/{process}/fd")) else { return 0 };
    let is_spool = |path: &std::path::Path| {
        std::fs::read_link(path).is_ok_and(|link| link.to_string_lossy().contains("/spool/"))
    };
    let paths = open.flatten().map(|entry| entry.path()).filter(|path| is_spool(path));
    paths.filter_map(|path| std::fs::metadata(path).ok()).map(|file| file.len()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_breaks_off_says_nothing_of_the_peer() {
    let nation = plain().await;
    let head = format!(
        "POST /r1/{API}/nuot HTTP/1.1\r\nhost: x\r\nx-road-client: {CLIENT}\r\nlienthong-purpose: khai-sinh\r\nlienthong-token: {}\r\ncontent-length: 10000000\r\n\r\n",
        nation.token()
    );
    for _ in 0..10 {
        let mut upload = TcpStream::connect(nation.address("c1").edge).unwrap();
        upload.write_all(head.as_bytes()).unwrap();
        upload.write_all(&vec![7; 300_000]).unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(upload);
        assert_eq!(told(&nation.get(API, "/x").await).0, 200);
    }
    until("the uploads have ended", async || nation.log("c1").matches("LT-1108").count() >= 10).await;
    assert!(!nation.log("c1").contains("peer is down"), "{}", nation.log("c1"));
}

/// Whether the other side has closed, read until then.
fn is_closed(stream: &mut TcpStream, within: Duration) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let (began, mut buffer) = (Instant::now(), [0; 4096]);
    while began.elapsed() < within {
        match stream.read(&mut buffer) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return true,
        }
    }
    false
}

/// Calls go on, each in good time, while `done` does not hold.
async fn goes_on(nation: &Nation, done: impl Fn() -> bool) {
    while !done() {
        let began = Instant::now();
        assert_eq!(told(&nation.get(PEOPLE, "/924198000001").await).0, 200);
        assert!(began.elapsed() < Duration::from_secs(5), "a call took {:?}", began.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stays_silent_or_slow_is_let_go_and_holds_up_nobody() {
    let nation = plain().await;
    let (edge, peer) = (nation.address("c1").edge, nation.address("p1").peer);
    let silent = |address: SocketAddr, said: &'static [u8]| {
        (0..700).filter_map(move |_| {
            let mut stream = TcpStream::connect(address).ok()?;
            let _ = stream.write_all(said);
            Some(stream)
        })
    };
    let connections: Vec<TcpStream> = silent(edge, b"")
        .chain(silent(edge, b"GET /r1/x HTTP/1.1\r\nx-road"))
        .chain(silent(edge, H2_PREFACE))
        .chain(silent(peer, b""))
        .chain(silent(peer, b"\x16\x03\x01\x02\x00\x01"))
        .collect();
    assert!(connections.len() > 3000);
    let waiting = std::thread::spawn(move || {
        let began = Instant::now();
        let mut connections = connections;
        while !connections.is_empty() && began.elapsed() < Duration::from_secs(60) {
            connections.retain_mut(|stream| !is_closed(stream, Duration::from_millis(1)));
        }
        connections.len()
    });
    goes_on(&nation, || waiting.is_finished()).await;
    assert_eq!(waiting.join().unwrap(), 0, "connections are still open after a minute");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_moves_or_its_connection_ends() {
    let nation = plain().await;
    let edge = nation.address("c1").edge;
    let head = |method: &str, path: &str, length: u32| {
        format!(
            "{method} /r1/{API}{path} HTTP/1.1\r\nhost: x\r\nx-road-client: {CLIENT}\r\nlienthong-purpose: khai-sinh\r\nlienthong-token: {}\r\ncontent-length: {length}\r\n\r\n",
            nation.token()
        )
    };
    // One sends a byte now and then, so that no pause is long; one asks for much and takes nothing of it.
    let mut sends = TcpStream::connect(edge).unwrap();
    sends.write_all(head("POST", "/nuot", 100_000).as_bytes()).unwrap();
    let mut takes = TcpStream::connect(edge).unwrap();
    takes.write_all(head("GET", "/lon", 0).as_bytes()).unwrap();
    let consumer = nation.process_id("c1");
    until("the answer is there", async || spooled(consumer) > 0).await;
    let sending = std::thread::spawn(move || {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(90) {
            if sends.write_all(b"x").is_err() || is_closed(&mut sends, Duration::from_millis(300)) {
                return true;
            }
        }
        false
    });
    goes_on(&nation, || sending.is_finished()).await;
    assert!(sending.join().unwrap(), "a body of some bytes a second goes on");
    until("what nobody takes is dropped", async || spooled(consumer) == 0).await;
    drop(takes);
}

const H2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// `GET / http` to the host x.
const HEAD: &[u8] = b"\x82\x86\x84\x41\x01x";

#[tokio::test(flavor = "multi_thread")]
async fn games_with_http2_end_the_connection() {
    let nation = plain().await;
    let edge = nation.address("c1").edge;
    type Game = fn(u32) -> Vec<u8>;
    let games: [(&str, Game); 3] = [
        ("rapid reset", |number| {
            let stream = 2 * number + 1;
            [frame(1, 5, stream, HEAD), frame(3, 0, stream, &8u32.to_be_bytes())].concat()
        }),
        ("continuation", |number| match number {
            0 => frame(1, 1, 1, HEAD),
            _ => frame(9, 0, 1, &b"\x00\x01a\x01b".repeat(3000)),
        }),
        ("windows of nothing", |number| match number {
            0 => frame(1, 5, 1, HEAD),
            _ => frame(8, 0, 1, &0u32.to_be_bytes()),
        }),
    ];
    for (name, game) in games {
        let playing = std::thread::spawn(move || {
            let mut stream = TcpStream::connect(edge).unwrap();
            stream.write_all(H2_PREFACE).unwrap();
            let mut other = stream.try_clone().unwrap();
            // What comes back is read, so that nobody waits for this side.
            let reading = std::thread::spawn(move || is_closed(&mut other, Duration::from_secs(60)));
            let broke = (0..200_000).any(|number| stream.write_all(&game(number)).is_err());
            broke || reading.join().unwrap()
        });
        goes_on(&nation, || playing.is_finished()).await;
        assert!(playing.join().unwrap(), "{name} went on");
    }
}

#[tokio::test]
async fn guessing_by_confirming_is_slowed_and_stopped_and_told() {
    let nation = plain().await;
    let confirm = async |key: &str, day: String| {
        let body = json!({ "key": key, "values": { "ngay_sinh": day } }).to_string();
        let began = Instant::now();
        let answer = nation.send(nation.request("POST", PEOPLE, "/confirm"), body).await;
        (told(&answer), began.elapsed(), answer)
    };
    let mut slowest = Duration::ZERO;
    for day in 10..20 {
        let ((status, _, found), took, _) = confirm("924198000007", format!("1990-01-{day}")).await;
        assert_eq!((status, &found["fields"]["ngay_sinh"]["match"]), (200, &json!(false)));
        slowest = slowest.max(took);
    }
    assert!(slowest > Duration::from_secs(4), "{slowest:?}");
    // Even the right one is not told any more.
    let ((status, fault, problem), _, answer) = confirm("924198000007", "1980-01-08".into()).await;
    assert_eq!((status, fault.as_str()), (429, "LT-2116"), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains('Z'), "{problem}");
    assert!(answer.headers().contains_key("retry-after"));
    assert!(nation.log("p1").contains("values were compared that were wrong"));
    let ((status, _, found), took, _) = confirm("924198000008", "1980-01-09".into()).await;
    assert_eq!((status, &found["fields"]["ngay_sinh"]["match"]), (200, &json!(true)));
    assert!(took < Duration::from_secs(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_words_mean_the_same_on_every_wire() {
    let nation = plain().await;
    let edge = nation.address("c1").edge;
    let raw = |request: String| {
        tokio::task::block_in_place(|| {
            let mut stream = TcpStream::connect(edge).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            String::from_utf8_lossy(&answer).into_owned()
        })
    };
    // A call of HTTP/1.1 names its host, and one.
    let call = |hosts: &str| {
        format!(
            "GET /r1/{API}/x HTTP/1.1\r\n{hosts}x-road-client: {CLIENT}\r\nlienthong-purpose: khai-sinh\r\nlienthong-token: {}\r\nconnection: close\r\n\r\n",
            nation.token()
        )
    };
    assert!(raw(call("")).contains("LT-1101"));
    assert!(raw(call("host: a\r\nhost: b\r\n")).contains("LT-1102"));
    let answer = raw(call("host: a\r\n"));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let bytes = format!("x-road-client: {CLIENT}\r\n");
    let refused = raw(call("host: a\r\n").replace(&bytes, "x-road-client: VN/LOC/H05/một-cửa\r\n"));
    assert!(refused.contains("LT-1102") && refused.contains("X-Road-Client"), "{refused}");
    // Cookies in pieces, as HTTP/2 may bring them.
    let mut curl = std::process::Command::new("curl");
    curl.args(["-s", "--http2-prior-knowledge", &format!("http://{edge}/r1/{API}/x")])
        .args(["-H", &format!("x-road-client: {CLIENT}"), "-H", "lienthong-purpose: khai-sinh"])
        .args([
            "-H",
            &format!("lienthong-token: {}", nation.token()),
            "-H",
            "cookie: a=b",
            "-H",
            "cookie: c=d",
        ]);
    let output = tokio::task::block_in_place(|| curl.output()).unwrap();
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    let cookies: Vec<&Value> =
        seen["headers"].as_array().unwrap().iter().filter(|pair| pair[0] == "cookie").collect();
    assert_eq!(cookies, [&json!(["cookie", "a=b; c=d"])]);
    // XML by the name it was asked for, in any case.
    for (accept, expect) in [
        ("application/xml", "application/xml; charset=utf-8"),
        ("Text/XML", "text/xml; charset=utf-8"),
        ("Application/JSON", "application/json"),
    ] {
        let refused = nation.request("GET", "VN/GOV/G01/dan-cu/chua-cap", "/1").header("accept", accept);
        assert_eq!(nation.send(refused, "").await.headers()["content-type"], expect, "{accept}");
        let clients =
            http::Request::get(format!("http://{edge}/listClients?xRoadInstance=")).header("accept", accept);
        let clients = nation.send(clients, "").await;
        assert_eq!(clients.headers()["content-type"], expect, "{accept}");
        assert!(
            String::from_utf8_lossy(clients.body()).contains("Dân cư"),
            "an empty instance is the own one"
        );
    }
    // Tags are compared weakly, and `*` is whatever there is.
    let tag = nation.get(PEOPLE, "/924198000001").await.headers()["etag"].to_str().unwrap().to_owned();
    for (tags, status) in [
        (tag.clone(), 304),
        (format!("W/{tag}"), 304),
        (format!("\"a\", W/{tag}"), 304),
        ("*".to_owned(), 304),
        ("\"a\"".to_owned(), 200),
        ("W/*".to_owned(), 200),
    ] {
        let asked = nation.request("GET", PEOPLE, "/924198000001").header("if-none-match", &tags);
        assert_eq!(nation.send(asked, "").await.status().as_u16(), status, "{tags}");
    }
}

#[tokio::test]
async fn a_node_that_refuses_a_newer_directory_says_so() {
    let mut nation = plain().await;
    nation.kill("c1");
    nation.apply("{ kind: Purpose, code: khac, name: { vi: Khác, en: Other } }");
    let revision = nation.revision().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(nation.path("hub/hub.db"));
    let mut store = sqlx::sqlite::SqliteConnection::connect_with(&options).await.unwrap();
    let spoiled = sqlx::query("UPDATE directory_file SET content = '{}' WHERE path LIKE '%charter%'")
        .execute(&mut store)
        .await
        .unwrap();
    assert!(spoiled.rows_affected() > 0);
    store.close().await.unwrap();
    nation.change_settings("c1", |text| format!("usage_seconds = 1\n{text}"));
    nation.start_node("c1");
    until("it is told", async || {
        nation.health("c1").await.is_some_and(|health| health["directory"]["refused"]["revision"] == revision)
    })
    .await;
    let health = nation.health("c1").await.unwrap();
    assert_eq!((&health["healthy"], &health["fault"]), (&json!(false), &json!("LT-8105")));
    assert!(health["directory"]["revision"].as_u64() < Some(revision));
    assert_eq!(told(&nation.get(PEOPLE, "/924198000001").await).0, 200, "and goes on with the one it has");
    assert!(nation.log("c1").contains("a newer directory is refused"));
    until("the hub knows", async || nation.log("hub").contains("a node refuses the directory")).await;
}
