//! Bodies: long ones stream through both nodes in flat memory, in both directions, and arrive whole or not at all.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::{get, post};
use bytes::Bytes;
use futures::stream;
use http_body_util::BodyExt as _;
use serde_json::json;

use crate::nation::{API, CLIENT, Nation, Plan, told};

/// Long enough that a node holding it in memory would be noticed: more than three times what it may grow by.
const LONG: usize = 200 * 1024 * 1024;
const PART: usize = 65_536;
/// What a node's memory may grow by, whatever the body: the design's floor.
const GROWTH_MAX_KB: u64 = 64 * 1024;

/// The part of a long body at `number`; no two neighbours are alike.
fn part(number: usize) -> Bytes {
    vec![u8::try_from(number % 251).unwrap(); PART].into()
}

fn long_body() -> Body {
    Body::from_stream(stream::iter((0..LONG / PART).map(|number| Ok::<_, std::io::Error>(part(number)))))
}

/// Reads a long body; says how many bytes it had and whether each stood in its place.
async fn check(mut body: Body) -> (usize, bool) {
    let (mut bytes, mut in_place) = (0, true);
    while let Some(Ok(frame)) = body.frame().await {
        for byte in frame.into_data().unwrap_or_default().chunks(1024) {
            in_place &= byte.first().is_some_and(|first| usize::from(*first) == (bytes / PART) % 251);
            bytes += byte.len();
        }
    }
    (bytes, in_place)
}

fn system() -> Router {
    Router::new()
        .route("/lon", get(|| async { long_body() }))
        .route(
            "/nhan",
            post(|request: Request| async move {
                let length = request.headers()["content-length"].to_str().unwrap().to_owned();
                let (bytes, in_place) = check(request.into_body()).await;
                axum::Json(json!({ "bytes": bytes, "in_place": in_place, "content_length": length }))
            }),
        )
        .route(
            "/dut",
            get(|| async {
                let parts = (0..100).map(|number| {
                    if number < 50 { Ok(part(number)) } else { Err(std::io::Error::other("gone")) }
                });
                Body::from_stream(stream::iter(parts))
            }),
        )
}

/// The most memory a process has ever had, in KB.
fn peak_kb(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Sends a request over a connection of its own, with a long body if `upload`; returns the head of the answer and its body's check.
fn raw(nation: &Nation, method: &str, path: &str, upload: bool) -> (String, usize, bool, Vec<u8>) {
    let edge = nation.address("c1").edge;
    let mut stream = TcpStream::connect(edge).unwrap();
    let length = if upload { LONG } else { 0 };
    let head = format!(
        "{method} /r1/{API}{path} HTTP/1.1\r\nhost: x\r\nx-road-client: {CLIENT}\r\nlienthong-purpose: khai-sinh\r\nlienthong-token: {}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n",
        nation.token()
    );
    stream.write_all(head.as_bytes()).unwrap();
    if upload {
        for number in 0..LONG / PART {
            stream.write_all(&part(number)).unwrap();
        }
    }
    let mut buffer = vec![0; PART];
    let mut head = Vec::new();
    let begin = loop {
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&head));
        head.extend_from_slice(&buffer[..read]);
        if let Some(at) = head.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let mut body = head.split_off(begin);
    let (mut bytes, mut in_place) = (body.len(), true);
    if body.len() < 1024 * 1024 && !upload {
        // Only looked at where each byte's place is known.
        in_place = body.iter().enumerate().all(|(at, byte)| usize::from(*byte) == (at / PART) % 251);
    }
    loop {
        let read = stream.read(&mut buffer).unwrap();
        if read == 0 {
            break;
        }
        in_place &= buffer[..read]
            .iter()
            .enumerate()
            .step_by(997)
            .all(|(at, byte)| usize::from(*byte) == ((bytes + at) / PART) % 251);
        bytes += read;
        if upload {
            body.extend_from_slice(&buffer[..read]);
        }
    }
    (String::from_utf8_lossy(&head).into_owned(), bytes, in_place, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn long_bodies_stream_in_flat_memory_and_arrive_whole() {
    let nation =
        Nation::start_with(Plan { system: Some(system()), one_provider: true, ..Plan::default() }).await;
    let before = ["p1", "c1"].map(|name| peak_kb(nation.process_id(name)));
    let (head, bytes, in_place, _) = tokio::task::block_in_place(|| raw(&nation, "GET", "/lon", false));
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!((bytes, in_place), (LONG, true));
    let (head, _, _, body) = tokio::task::block_in_place(|| raw(&nation, "POST", "/nhan", true));
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let told: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(told, json!({ "bytes": LONG, "in_place": true, "content_length": LONG.to_string() }));
    for (name, before) in ["p1", "c1"].into_iter().zip(before) {
        let grown = peak_kb(nation.process_id(name)) - before;
        eprintln!("{name}: {grown} KB for two bodies of {LONG} bytes");
        assert!(grown < GROWTH_MAX_KB, "{name} grew by {grown} KB");
    }
    let verified = nation.verify(&["c1", "p1"]);
    assert_eq!(
        (&verified["whole"], &verified["in_both"]),
        (&json!(true), &json!(2)),
        "signatures in the trailers verify, too"
    );
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_never_handed_over() {
    let nation =
        Nation::start_with(Plan { system: Some(system()), one_provider: true, ..Plan::default() }).await;
    let answer = nation.get(API, "/dut").await;
    let (status, fault, _) = told(&answer);
    assert_eq!((status, fault.as_str()), (500, "LT-4102"), "the service did, and no node is to blame");
    assert!(answer.body().len() < PART);
    assert_eq!(
        nation.verify(&["c1", "p1"])["in_both"],
        json!(1),
        "the refusal behind the beginning is signed"
    );
    // It comes in the form that the caller asked for.
    let answer = nation.send(nation.request("GET", API, "/dut").header("accept", "text/xml"), "").await;
    assert_eq!(answer.headers()["content-type"], "text/xml; charset=utf-8");
    assert!(answer.body().starts_with(b"<?xml") && answer.body().ends_with(b"</error>"));
}

#[tokio::test]
async fn bodies_over_the_limit_are_refused_at_either_side() {
    let nation = Nation::start_with(Plan {
        system: Some(system()),
        settings: "body_max_bytes = 1000000",
        one_provider: true,
        ..Plan::default()
    })
    .await;
    let (status, fault, _) =
        told(&nation.send(nation.request("POST", API, "/nhan"), vec![7; 2_000_000]).await);
    assert_eq!((status, fault.as_str()), (400, "LT-1106"));
    let (status, fault, _) = told(&nation.get(API, "/lon").await);
    assert_eq!((status, fault.as_str()), (500, "LT-4102"));
    assert_eq!(
        told(&nation.send(nation.request("POST", API, "/nhan"), vec![0; 900_000]).await).0,
        200,
        "within the limit, over what fits in memory"
    );
    assert_eq!(nation.verify(&["c1", "p1"])["whole"], json!(true));
}

#[tokio::test]
async fn a_spool_that_fails_refuses_long_bodies_and_heals_with_its_cause() {
    let nation =
        Nation::start_with(Plan { system: Some(system()), one_provider: true, ..Plan::default() }).await;
    let (spool, away) = (nation.path("p1/spool"), nation.path("p1/away"));
    std::fs::rename(&spool, &away).unwrap();
    let (_, fault, body) = told(&nation.send(nation.request("POST", API, "/nhan"), vec![0; 900_000]).await);
    assert!(fault == "LT-3210" && body["message"].as_str().unwrap().contains("LT-5103"), "{fault} {body}");
    assert_eq!(nation.health("p1").await.unwrap()["healthy"], true, "what needs no spool goes on");
    std::fs::rename(&away, &spool).unwrap();
    let whole = nation.send(nation.request("POST", API, "/nhan"), vec![0; 900_000]).await;
    assert_eq!(told(&whole).0, 200);
    assert_eq!(nation.verify(&["c1", "p1"])["whole"], true);
}
