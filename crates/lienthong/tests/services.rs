//! What stands behind the provider's nodes: datasets and HTTP services, and what of their answers gets out.

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::{any, get};
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::nation::{API, Nation, PEOPLE, Plan, told};

/// A system that tells what it was asked.
async fn echo(request: Request) -> axum::response::Response {
    let headers: serde_json::Map<String, Value> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap())))
        .collect();
    let (method, uri) = (request.method().to_string(), request.uri().to_string());
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let told =
        json!({ "method": method, "uri": uri, "headers": headers, "body": String::from_utf8_lossy(&body) });
    let mut answer = (StatusCode::OK, axum::Json(told)).into_response();
    for (name, value) in [
        ("x-custom", "a"),
        ("x-road-error", "fake"),
        ("lienthong-fault", "LT-9999"),
        ("server", "secret/1.0"),
    ] {
        answer.headers_mut().insert(name, value.parse().unwrap());
    }
    answer
}

fn system() -> Router {
    let record = json!({ "ten": "A", "luong": 5, "con": [{ "ten": "B", "diem": 9 }], "status": "x" });
    let (public, list) = (record.clone(), json!([record]));
    Router::new()
        .route("/echo", any(echo))
        .route("/echo/{*rest}", any(echo))
        .route("/chuyen", get(|| async { Redirect::temporary("http://127.0.0.1:1/elsewhere") }))
        .route("/rong", get(|| async { StatusCode::NO_CONTENT }))
        .route("/hep/cong-khai/{id}", get(|| async move { axum::Json(public) }))
        .route("/hep/danh-sach", get(|| async move { axum::Json(list) }))
        .route(
            "/hep/loi",
            get(|| async {
                (StatusCode::NOT_FOUND, axum::Json(json!({ "title": "không có", "status": 404, "luong": 5 })))
            }),
        )
        .route(
            "/hep/cong-khai/nen",
            get(|request: Request| async move {
                axum::Json(json!({ "ten": request.headers().contains_key("accept-encoding") }))
            }),
        )
        .route("/hep/chu", get(|| async { "lương 5 triệu" }))
}

#[tokio::test]
async fn a_dataset_is_looked_up_listed_and_confirmed() {
    let nation = Nation::start().await;
    let mut keys = Vec::new();
    let mut cursor = String::new();
    loop {
        let (status, _, page) = told(&nation.get(PEOPLE, &format!("?limit=70{cursor}")).await);
        assert_eq!(status, 200);
        for item in page["items"].as_array().unwrap() {
            assert_eq!(
                item.as_object().unwrap().keys().collect::<Vec<_>>(),
                ["so_dinh_danh", "ho_ten", "ngay_sinh"]
            );
            keys.push(item["so_dinh_danh"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert!(keys.len() == 300 && keys.is_sorted());
    let (_, _, filtered) = told(&nation.get(PEOPLE, "?ngay_sinh=1980-01-08").await);
    assert_eq!(filtered["items"][0]["so_dinh_danh"], "924198000007");
    let confirm = async |body: Value| {
        told(&nation.send(nation.request("POST", PEOPLE, "/confirm"), body.to_string()).await)
    };
    let (_, _, verdicts) = confirm(json!({ "key": "924198000007", "values": { "ho_ten": "NGUYỄN THỊ HOÀ 7", "ngay_sinh": "1980-08-01" } })).await;
    assert_eq!(
        verdicts,
        json!({ "found": true, "fields": { "ho_ten": { "match": true, "how": "match_other_spelling" }, "ngay_sinh": { "match": false, "how": "differs" } } })
    );
    assert_eq!(
        confirm(json!({ "key": "khong-co", "values": { "ho_ten": "x" } })).await.2,
        json!({ "found": false })
    );
    let refused = [
        (nation.get(PEOPLE, "/khong-co").await, 404, "LT-4108"),
        (nation.get(PEOPLE, "?limit=0").await, 400, "LT-4107"),
        (nation.get(PEOPLE, "?limit=x").await, 400, "LT-4107"),
        (nation.get(PEOPLE, "?cursor=%21").await, 400, "LT-4107"),
        (nation.get(PEOPLE, "?ho_ten=x").await, 400, "LT-4107"),
        (nation.get(PEOPLE, "?khong_co=x").await, 400, "LT-4107"),
        (nation.get(PEOPLE, "?ton_giao=x").await, 403, "LT-2112"),
    ];
    for (number, (answer, status, code)) in refused.into_iter().enumerate() {
        let (found, fault, problem) = told(&answer);
        assert_eq!(
            (found, fault.as_str(), problem["title"].as_str()),
            (status, code, Some(code)),
            "case {number}"
        );
        assert!(!answer.headers().contains_key("x-road-error"), "an answer of the service, not of a node");
    }
    for (body, code) in [
        (json!({ "key": "1" }), "LT-4107"),
        (json!([]), "LT-4107"),
        (json!({ "key": "924198000007", "values": { "ton_giao": "x" } }), "LT-2112"),
    ] {
        assert_eq!(confirm(body).await.1, code);
    }
}

#[tokio::test]
async fn what_stands_twice_in_a_question_is_refused_by_its_name() {
    let nation = Nation::start().await;
    for (query, name) in [
        ("?limit=1&limit=2", "limit"),
        ("?sort=ngay_sinh&sort=ngay_sinh", "sort"),
        ("?ngay_sinh=1980-01-08&ngay%5Fsinh=1980-01-09", "ngay_sinh"),
        ("/record?key=924198000007&key=924198000008", "key"),
        ("/record?key=924198000007&fields=ho_ten", "key"),
        ("/record?key=", "key"),
    ] {
        let (status, fault, body) = told(&nation.get(PEOPLE, query).await);
        assert_eq!((status, fault.as_str()), (400, "LT-4107"), "{query}");
        assert!(body.to_string().contains(name), "{body}");
    }
    for (body, name) in [
        (r#"{"key":"924198000007","values":{"ho_ten":"a","ho_ten":"Nguyễn Thị Hòa 7"}}"#, "ho_ten"),
        (r#"{"key":"1","key":"924198000007","values":{}}"#, "key"),
        (r#"{"key":"924198000007","values":{},"values":{}}"#, "values"),
    ] {
        let answer = nation.send(nation.request("POST", PEOPLE, "/confirm"), body.to_owned()).await;
        let (status, fault, body) = told(&answer);
        assert_eq!((status, fault.as_str()), (400, "LT-4107"), "{name}");
        assert!(body.to_string().contains(name), "{body}");
    }
}

#[tokio::test]
async fn a_list_shows_no_keys_to_whoever_may_not_see_them() {
    let nation = Nation::start().await;
    nation.apply("{ kind: Grant, id: g-nguoi, client: VN/LOC/H05/mot-cua, service: VN/GOV/G01/dan-cu/nguoi, uses: [{ purpose: khai-sinh, basis: nd-70 }], fields: [ho_ten, ngay_sinh], per_second: 100 }");
    nation.wait_for(nation.revision().await).await;
    let (status, fault, body) = told(&nation.get(PEOPLE, "?limit=1").await);
    assert_eq!((status, fault.as_str()), (400, "LT-4107"), "{body}");
    let (status, _, page) = told(&nation.get(PEOPLE, "?ngay_sinh=1980-01-08").await);
    assert_eq!(
        (status, &page["items"][0]["ho_ten"], &page["next"]),
        (200, &json!("Nguyễn Thị Hòa 7"), &Value::Null)
    );
    // Nor does a cursor of the caller's own making find one out.
    let (status, fault, _) = told(&nation.get(PEOPLE, "?ngay_sinh=1980-01-08&cursor=OTI0MTk4").await);
    assert_eq!((status, fault.as_str()), (403, "LT-2112"));
}

#[tokio::test]
async fn a_database_that_is_gone_or_locked_is_told_and_answers_again() {
    let nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    let path = nation.path("people.db");
    assert_eq!(told(&nation.get(PEOPLE, "/924198000001").await).0, 200);
    let mut writer = sqlx::sqlite::SqliteConnection::connect_with(
        &sqlx::sqlite::SqliteConnectOptions::new().filename(&path),
    )
    .await
    .unwrap();
    sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut writer).await.unwrap();
    let (status, fault, body) = told(&nation.get(PEOPLE, "/924198000001").await);
    assert_eq!(
        (status, fault.as_str(), body["type"].as_str()),
        (500, "LT-4106", Some("server.serverproxy.database_error"))
    );
    sqlx::raw_sql("COMMIT").execute(&mut writer).await.unwrap();
    writer.close().await.unwrap();
    assert_eq!(told(&nation.get(PEOPLE, "/924198000001").await).0, 200);
    let verified = nation.verify(&["c1", "p1"]);
    assert_eq!(
        (&verified["whole"], &verified["in_both"]),
        (&json!(true), &json!(3)),
        "the failure is recorded, too"
    );
}

#[tokio::test]
async fn a_missing_database_is_told_and_found_when_it_comes() {
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    nation.kill("p1");
    let (here, away) = (nation.path("people.db"), nation.path("away.db"));
    std::fs::rename(&here, &away).unwrap();
    nation.start_node("p1");
    nation.wait_for(1).await;
    let (status, fault, _) = told(&nation.get(PEOPLE, "/924198000001").await);
    assert_eq!((status, fault.as_str()), (500, "LT-4105"));
    assert!(!here.exists(), "reading makes no file");
    std::fs::rename(&away, &here).unwrap();
    assert_eq!(told(&nation.get(PEOPLE, "/924198000001").await).0, 200);
}

#[tokio::test]
async fn an_http_service_sees_what_passes_and_nothing_else() {
    let nation = Nation::start_with(Plan { system: Some(system()), ..Plan::default() }).await;
    let request = nation
        .request("POST", API, "/echo/a%3Bb%20c?x=%C4%91&y")
        .header("x-custom", "1")
        .header("authorization", "Basic abc")
        .header("cookie", "k=v")
        .header("user-agent", "old/1.0")
        .header("expect", "")
        .header("x-road-issue", "H05-0001")
        .header("x-road-request-id", "made-up")
        .header("content-type", "text/plain");
    let answer = nation.send(request, "xin chào").await;
    let (status, fault, told) = told(&answer);
    assert_eq!((status, fault.as_str()), (200, ""), "what a service says of faults does not pass");
    assert!(!answer.headers().contains_key("x-road-error") && !answer.headers().contains_key("server"));
    assert_eq!(answer.headers()["x-custom"], "a");
    assert_eq!(
        (&told["method"], &told["uri"], &told["body"]),
        (&json!("POST"), &json!("/echo/a%3Bb%20c?x=%C4%91&y"), &json!("xin chào"))
    );
    let seen = told["headers"].as_object().unwrap();
    for name in [
        "x-custom",
        "authorization",
        "cookie",
        "x-road-client",
        "x-road-issue",
        "x-road-id",
        "lienthong-purpose",
        "content-type",
        "content-length",
    ] {
        assert!(seen.contains_key(name), "{name} is missing");
    }
    for name in [
        "user-agent",
        "lienthong-token",
        "signature",
        "signature-input",
        "content-digest",
        "lienthong-other-headers",
        "expect",
    ] {
        assert!(!seen.contains_key(name), "{name} got through");
    }
    assert_ne!(seen["x-road-request-id"], "made-up");
}

#[tokio::test]
async fn redirects_are_passed_back_and_never_followed() {
    let nation = Nation::start_with(Plan { system: Some(system()), ..Plan::default() }).await;
    let answer = nation.get(API, "/chuyen").await;
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()),
        (307, "http://127.0.0.1:1/elsewhere")
    );
    assert_eq!(nation.get(API, "/rong").await.status().as_u16(), 204);
}

#[tokio::test]
async fn an_answer_is_cut_to_the_granted_fields_or_does_not_get_out() {
    let nation = Nation::start_with(Plan { system: Some(system()), ..Plan::default() }).await;
    let narrow = "VN/GOV/G01/dan-cu/hep";
    assert_eq!(
        told(&nation.get(narrow, "/cong-khai/1").await).2,
        json!({ "ten": "A", "con": [{ "ten": "B" }] })
    );
    assert_eq!(
        told(&nation.get(narrow, "/danh-sach").await).2,
        json!([{ "ten": "A", "con": [{ "ten": "B" }] }])
    );
    let compressed = nation.request("GET", narrow, "/cong-khai/nen").header("accept-encoding", "gzip");
    assert_eq!(
        told(&nation.send(compressed, "").await).2,
        json!({ "ten": false }),
        "what is cut comes as it is"
    );
    let (status, _, problem) = told(&nation.get(narrow, "/loi").await);
    assert_eq!((status, problem), (404, json!({ "title": "không có", "status": 404 })));
    let (status, fault, body) = told(&nation.get(narrow, "/chu").await);
    assert_eq!((status, fault.as_str()), (500, "LT-4104"));
    assert!(!body.to_string().contains("triệu"));
    // An encoded path is compared as it is meant, and goes on as it was sent: this system does not know it so.
    let (status, fault, _) = told(&nation.get(narrow, "/%63ong-khai/1").await);
    assert_eq!((status, fault.as_str()), (404, ""));
}

#[tokio::test]
async fn a_description_gives_away_no_address_behind_the_node() {
    let mut nation =
        Nation::start_with(Plan { system: Some(system()), one_provider: true, ..Plan::default() }).await;
    nation.kill("p1");
    let mut host = String::new();
    nation.change_settings("p1", |text| {
        let url = text.lines().find_map(|line| line.strip_prefix("url = \"http://")).unwrap();
        host = url.split('/').next().unwrap().to_owned();
        let with_file = |text: &str, service: &str, file: &str| {
            let id = format!("id = \"{service}\"\n");
            text.replace(&id, &format!("{id}openapi = \"../{file}\"\n"))
        };
        with_file(&with_file(&text, API, "api.yaml"), "VN/GOV/G01/dan-cu/hep", "hep.yaml")
    });
    let yaml = format!(
        "openapi: 3.0.3\ninfo: {{title: A, version: '1.10', description: 'Gọi `http://{host}/x`.'}}\nservers: [{{url: 'http://{host}'}}]\npaths:\n  /x: {{get: {{servers: [{{url: 'http://{host}/y'}}], responses: {{200: {{description: ok}}}}}}}}\n"
    );
    std::fs::write(nation.path("api.yaml"), yaml).unwrap();
    std::fs::write(nation.path("hep.yaml"), "openapi: 3.0.3\nopenapi: 3.1.0\n").unwrap();
    nation.start_node("p1");
    nation.wait_for(1).await;
    let ask =
        async |code: &str| nation.get("VN/GOV/G01/dan-cu/getOpenAPI", &format!("?serviceCode={code}")).await;
    let answer = ask("api").await;
    let (status, _, described) = told(&answer);
    assert_eq!((status, answer.headers()["content-type"].to_str().unwrap()), (200, "application/json"));
    assert_eq!(
        described,
        json!({
            "openapi": "3.0.3",
            "info": { "title": "A", "version": "1.10", "description": format!("Gọi `/r1/{API}`.") },
            "paths": { "/x": { "get": { "responses": { "200": { "description": "ok" } } } } },
            "servers": [{ "url": format!("/r1/{API}") }],
        })
    );
    assert_eq!(told(&ask("hep").await).1, "LT-4109", "it can be read in two ways");
}

#[tokio::test]
async fn a_service_that_is_not_there_is_told() {
    let nation = Nation::start().await;
    let (status, fault, body) = told(&nation.get(API, "/echo").await);
    assert_eq!(
        (status, fault.as_str(), body["type"].as_str()),
        (500, "LT-4102", Some("server.serverproxy.service_failed.network_error"))
    );
    assert_eq!(nation.verify(&["c1", "p1", "p2"])["whole"], json!(true));
}
