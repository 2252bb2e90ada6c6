//! The client edge: what is asked rightly is answered, what is asked wrongly is told so.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use http::Request;
use serde_json::json;

use crate::nation::{API, CLIENT, Nation, PEOPLE, Plan, told};

#[tokio::test]
async fn a_granted_call_is_answered_with_xroads_headers_and_recorded_on_both_sides() {
    let nation = Nation::start().await;
    let answer = nation
        .send(
            nation
                .request("GET", PEOPLE, "/924198000007")
                .header("x-road-id", "viec-1")
                .header("x-road-issue", "H05-0001"),
            "",
        )
        .await;
    let (status, _, record) = told(&answer);
    assert_eq!(
        (status, record),
        (
            200,
            json!({ "so_dinh_danh": "924198000007", "ho_ten": "Nguyễn Thị Hòa 7", "ngay_sinh": "1980-01-08" })
        )
    );
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(
        (header("x-road-id"), header("x-road-client"), header("x-road-service")),
        ("viec-1".into(), CLIENT.into(), PEOPLE.into())
    );
    assert!(header("x-road-request-hash").len() == 88 && header("x-road-request-id").len() == 36);
    assert_eq!(answer.headers().get_all("date").iter().count(), 1);
    assert!(
        !answer.headers().contains_key("signature")
            && !answer.headers().contains_key("lienthong-other-headers")
    );
    let verified = nation.verify(&["c1", "p1", "p2"]);
    assert_eq!((&verified["whole"], &verified["in_both"]), (&json!(true), &json!(1)));
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one row per mistake")]
async fn what_is_asked_wrongly_is_told_so() {
    let nation = Nation::start().await;
    let good = |path: &str| nation.request("GET", PEOPLE, path);
    let edge = nation.address("c1").edge;
    let raw = |path: &str| {
        Request::get(format!("http://{edge}{path}"))
            .header("x-road-client", CLIENT)
            .header("lienthong-purpose", "khai-sinh")
    };
    let without = |missing: &str| {
        let all = [
            ("x-road-client", CLIENT),
            ("lienthong-purpose", "khai-sinh"),
            ("lienthong-token", nation.token()),
        ];
        let kept = all.into_iter().filter(|(name, _)| *name != missing);
        kept.fold(Request::get(format!("http://{edge}/r1/{PEOPLE}/1")), |request, (name, value)| {
            request.header(name, value)
        })
    };
    let cases = [
        (raw("/"), 400, "LT-1104", "client.bad_request"),
        (raw("/r1/VN/GOV/G01/dan-cu"), 400, "LT-1104", "client.bad_request"),
        (raw("/r2/VN/GOV/G01/dan-cu/nguoi/1"), 400, "LT-1104", "client.bad_request"),
        (raw("/r1/VN/GOV//dan-cu/nguoi/1"), 400, "LT-1104", "client.bad_request"),
        (raw("/r1/VN/GOV/G01/dan%zz/nguoi/1"), 400, "LT-1104", "client.bad_request"),
        (good("/a%2fb"), 400, "LT-1104", "client.bad_request"),
        (good("/%2e%2e/x"), 400, "LT-1104", "client.bad_request"),
        (without("x-road-client"), 400, "LT-1101", "client.missing_header"),
        (without("lienthong-purpose"), 400, "LT-1101", "client.missing_header"),
        (without("lienthong-token"), 500, "LT-1201", "server.clientproxy.ssl_authentication_failed"),
        (
            without("x-road-client").header("x-road-client", "VN/LOC/H05"),
            400,
            "LT-1103",
            "client.invalid_client_identifier",
        ),
        (
            without("x-road-client").header("x-road-client", "VN/LOC/H05/khac"),
            500,
            "LT-1201",
            "server.clientproxy.ssl_authentication_failed",
        ),
        (good("/1").header("x-road-represented-party", "a/b/c"), 400, "LT-1102", "client.bad_request"),
        (good("/1").header("x-road-security-server", "VN/GOV/G01"), 400, "LT-1102", "client.bad_request"),
        (
            good("/1").header("x-road-security-server", "VN/LOC/H05/nut-1"),
            500,
            "LT-2111",
            "server.clientproxy.invalid_security_server",
        ),
        (
            nation.request("GET", "VN/GOV/G01/dan-cu/khong-co", "/1"),
            500,
            "LT-2103",
            "server.clientproxy.unknown_service",
        ),
        (
            nation.request("GET", "VN/GOV/G99/x/khong-co", "/1"),
            500,
            "LT-2103",
            "server.clientproxy.unknown_service",
        ),
        (
            nation.request("GET", "VN/GOV/G01/dan-cu/chua-cap", "/1"),
            500,
            "LT-2104",
            "server.clientproxy.access_denied",
        ),
        (
            without("lienthong-purpose").header("lienthong-purpose", "tiep-thi"),
            500,
            "LT-2105",
            "server.clientproxy.access_denied",
        ),
        (nation.request("DELETE", PEOPLE, "/1"), 500, "LT-2109", "server.clientproxy.access_denied"),
        (
            nation.request("GET", "VN/GOV/G01/dan-cu/khong-dau", "/1"),
            500,
            "LT-4101",
            "server.serverproxy.service_missing_url",
        ),
        (good("/1").header("x-large", "x".repeat(17_000)), 400, "LT-1105", "client.bad_request"),
        (good("/1").header("x-road-issue", "x".repeat(1100)), 400, "LT-1102", "client.bad_request"),
    ];
    for (number, (request, status, code, kind)) in cases.into_iter().enumerate() {
        let answer = nation.send(request, "").await;
        let (found, fault, body) = told(&answer);
        assert_eq!(
            (found, fault.as_str(), body["type"].as_str()),
            (status, code, Some(kind)),
            "case {number}: {body}"
        );
        assert_eq!(answer.headers()["x-road-error"], kind, "case {number}");
        let message = body["message"].as_str().unwrap();
        assert!(message.starts_with(code) && message.contains(" | "), "case {number}: {message}");
        assert_eq!(body["detail"].as_str().unwrap().len(), 36, "case {number}");
    }
    assert_eq!(nation.verify(&["c1", "p1", "p2"])["whole"], json!(true));
}

#[tokio::test]
async fn errors_come_as_xml_where_xml_is_asked_for() {
    let nation = Nation::start().await;
    let answer = nation
        .send(nation.request("GET", "VN/GOV/G01/dan-cu/chua-cap", "/1").header("accept", "text/xml"), "")
        .await;
    let text = String::from_utf8(answer.body().to_vec()).unwrap();
    assert!(
        answer.headers()["content-type"] == "text/xml; charset=utf-8"
            && text.contains("<type>server.clientproxy.access_denied</type>"),
        "{text}"
    );
}

#[tokio::test]
async fn services_about_services_are_answered() {
    let nation = Nation::start().await;
    let system = "VN/GOV/G01/dan-cu";
    let codes = |body: &serde_json::Value| {
        body["service"]
            .as_array()
            .unwrap()
            .iter()
            .map(|service| service["service_code"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (_, _, all) = told(&nation.get(&format!("{system}/listMethods"), "").await);
    assert_eq!(codes(&all), ["api", "chua-cap", "hep", "khong-dau", "nguoi"]);
    assert_eq!(
        all["service"][4]["endpoint_list"],
        json!([
            { "method": "GET", "path": "/" },
            { "method": "GET", "path": "/*" },
            { "method": "POST", "path": "/find" },
            { "method": "POST", "path": "/confirm" },
            { "method": "POST", "path": "/batch" },
            { "method": "POST", "path": "/count" },
            { "method": "POST", "path": "/stream" },
            { "method": "POST", "path": "/sync" }
        ])
    );
    let (_, _, allowed) = told(&nation.get(&format!("{system}/allowedMethods"), "").await);
    assert_eq!(codes(&allowed), ["api", "hep", "khong-dau", "nguoi"]);
    // A grant that names nothing allows all but everything at once.
    let endpoints = allowed["service"][3]["endpoint_list"].as_array().unwrap();
    assert!(endpoints.len() == 6 && endpoints.iter().all(|endpoint| endpoint["path"] != "/stream"));
    nation.apply("{ kind: Grant, id: g-nguoi, client: VN/LOC/H05/mot-cua, service: VN/GOV/G01/dan-cu/nguoi, uses: [{ purpose: khai-sinh, basis: nd-70 }], endpoints: [{ method: GET, path: /* }], fields: all, per_second: 9 }");
    nation.wait_for(nation.revision().await).await;
    let (_, _, narrowed) = told(&nation.get(&format!("{system}/allowedMethods"), "").await);
    assert_eq!(narrowed["service"][3]["endpoint_list"], json!([{ "method": "GET", "path": "/*" }]));
    let (status, _, description) =
        told(&nation.get(&format!("{system}/getOpenAPI"), "?serviceCode=nguoi").await);
    assert_eq!(
        (status, &description["components"]["schemas"]["record"]["properties"]["ngay_sinh"]["type"]),
        (200, &json!(["string", "null"]))
    );
    assert_eq!(told(&nation.get(&format!("{system}/getOpenAPI"), "?serviceCode=api").await).1, "LT-4109");
    let edge = nation.address("c1").edge;
    let clients = nation
        .send(Request::get(format!("http://{edge}/listClients")).header("accept", "application/json"), "")
        .await;
    let (_, _, clients) = told(&clients);
    assert_eq!(clients["member"].as_array().unwrap().len(), 5);
    let other = nation
        .send(
            Request::get(format!("http://{edge}/listClients?xRoadInstance=EE"))
                .header("accept", "application/json"),
            "",
        )
        .await;
    assert_eq!(told(&other).2, json!({ "member": [] }));
    let xml = nation.send(Request::get(format!("http://{edge}/listClients")), "").await;
    assert!(String::from_utf8_lossy(xml.body()).contains("<xrd:subsystemName>Dân cư</xrd:subsystemName>"));
    // They are recorded like any other exchange, listClients excepted: the edge answers it alone.
    assert_eq!(nation.verify(&["c1", "p1", "p2"])["in_both"], json!(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_fills_a_ledger_without_a_grant() {
    let nation = std::sync::Arc::new(Nation::start().await);
    for (service, passing, stopped) in [("chua-cap", "LT-2104", "LT-2104"), ("listMethods", "", "LT-2113")] {
        let recorded = || {
            let ledger = &nation.verify(&["c1"])["ledgers"][0];
            ledger["refusals"].as_u64().unwrap() + ledger["consumed"].as_u64().unwrap()
        };
        let (before, began) = (recorded(), std::time::Instant::now());
        let calls: Vec<_> = (0..100)
            .map(|_| {
                let nation = nation.clone();
                tokio::spawn(
                    async move { told(&nation.get(&format!("VN/GOV/G01/dan-cu/{service}"), "").await).1 },
                )
            })
            .collect();
        for call in calls {
            let fault = call.await.unwrap();
            assert!(fault == passing || fault == stopped, "{service}: {fault}");
        }
        let may_be = 20 + 20 * began.elapsed().as_secs() + 20;
        let written = recorded() - before;
        assert!((20..=may_be).contains(&written), "{service}: {written} of at most {may_be}");
    }
}

#[tokio::test]
async fn the_rate_of_a_grant_holds() {
    let nation = Nation::start().await;
    let mut refused = 0;
    for _ in 0..24 {
        let (_, fault, _) = told(&nation.get("VN/GOV/G01/dan-cu/hep", "/loi").await);
        refused += u32::from(fault == "LT-2110");
    }
    // Eight a second: even a machine that takes a second for the calls lets a third of them wait.
    assert!(refused >= 4, "{refused}");
}

#[tokio::test]
async fn a_slow_caller_is_let_go_and_holds_up_nobody() {
    let nation = Nation::start_with(Plan { settings: "idle_seconds = 2", ..Plan::default() }).await;
    let edge = nation.address("c1").edge;
    // Headers that never end.
    let mut silent = TcpStream::connect(edge).unwrap();
    silent.write_all(b"GET /r1/x HTTP/1.1\r\nx-road").unwrap();
    // A body that stops in the middle.
    let mut stalled = TcpStream::connect(edge).unwrap();
    let head = format!(
        "POST /r1/{API}/x HTTP/1.1\r\nhost: x\r\nx-road-client: {CLIENT}\r\nlienthong-purpose: khai-sinh\r\nlienthong-token: {}\r\ncontent-length: 1000\r\n\r\nhalf",
        nation.token()
    );
    stalled.write_all(head.as_bytes()).unwrap();
    assert_eq!(told(&nation.get(PEOPLE, "/924198000001").await).0, 200);
    let mut text = String::new();
    stalled.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
    let mut buffer = [0; 4096];
    let read = stalled.read(&mut buffer).unwrap();
    text.push_str(&String::from_utf8_lossy(&buffer[..read]));
    assert!(text.contains("LT-1107"), "{text}");
    let began = Instant::now();
    silent.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let read = silent.read(&mut buffer);
    assert!(
        matches!(read, Ok(_) | Err(_)) && began.elapsed() < Duration::from_secs(29),
        "the connection is closed"
    );
}

#[tokio::test]
async fn what_is_no_http_is_let_go() {
    let nation = Nation::start().await;
    for address in [nation.address("c1").edge, nation.address("p1").peer] {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(&[0x16, 0x03, 0x01, 0xff, 0xff, 0x00, 0x01, 0x02].repeat(100)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
    }
    assert_eq!(told(&nation.get(PEOPLE, "/924198000001").await).0, 200);
}

#[tokio::test]
async fn a_call_that_can_be_read_in_two_ways_is_refused_whatever_it_comes_over() {
    let nation = Nation::start().await;
    let edge = nation.address("c1").edge;
    let token = nation.token();
    let raw = |version: &str, more: &str, body: &str| {
        let mut stream = TcpStream::connect(edge).unwrap();
        let head = format!(
            "GET /r1/{PEOPLE}/924198000007 HTTP/{version}\r\nx-road-client: {CLIENT}\r\nlienthong-purpose: khai-sinh\r\nlienthong-token: {token}\r\nconnection: close\r\n{more}\r\n{body}"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    };
    let chunks = "0\r\n\r\n";
    for (version, more, body, passes) in [
        ("1.1", "host: a\r\n", "", true),
        ("1.0", "", "", true),
        ("1.1", "host: a\r\ntransfer-encoding: chunked\r\n", chunks, true),
        ("1.1", "host: a\r\nhost: b\r\n", "", false),
        ("1.0", "host: a\r\nhost: b\r\n", "", false),
        ("1.1", "host: a\r\ntransfer-encoding: gzip, chunked\r\n", chunks, false),
        ("1.1", "host: a\r\ntransfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n", chunks, false),
    ] {
        let answer = raw(version, more, body);
        let is_right = if passes { answer.contains(" 200 ") } else { answer.contains("LT-1102") };
        assert!(is_right, "{version} {more}: {answer}");
    }
    let stream = tokio::net::TcpStream::connect(edge).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http2::handshake::<_, _, exchange::body::OutBody>(
        hyper_util::rt::TokioExecutor::new(),
        hyper_util::rt::TokioIo::new(stream),
    )
    .await
    .unwrap();
    tokio::spawn(connection);
    let at = edge.to_string();
    for (hosts, status) in
        [(vec![], 200), (vec![at.as_str()], 200), (vec![&at, &at], 400), (vec!["other"], 400)]
    {
        let mut request = nation.request("GET", PEOPLE, "/924198000007");
        for host in &hosts {
            request = request.header("host", *host);
        }
        let answer = sender.send_request(request.body(exchange::body::whole("")).unwrap()).await.unwrap();
        assert_eq!(answer.status(), status, "{hosts:?}");
    }
}
