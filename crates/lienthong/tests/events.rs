//! Ten thousand who listen to the hub at once, each over a connection of its own.

use std::time::Duration;

use exchange::backend::http_api::WebClient;
use exchange::body;
use futures::StreamExt as _;
use http::Request;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::{Value, json};
use trust::web::client as web_client;

use crate::nation::{Nation, Plan, read};

const LISTENERS: usize = 10_000;
/// So many listen by one account.
const BY_ONE: usize = 30;
const PATIENCE: Duration = Duration::from_secs(120);

/// Reads on until that is said.
async fn hear(body: &mut Incoming, wanted: &str) -> bool {
    let mut text = String::new();
    let heard = tokio::time::timeout(PATIENCE, async {
        while let Some(Ok(frame)) = body.frame().await {
            text.push_str(&String::from_utf8_lossy(frame.data_ref().map_or(&[], |data| data)));
            if text.contains(wanted) {
                return true;
            }
        }
        false
    });
    heard.await.unwrap_or(false)
}

async fn listen(client: WebClient, url: String, token: String) -> Option<Incoming> {
    let request = Request::get(url).header("authorization", format!("Bearer {token}"));
    let request = request.body(body::whole("")).unwrap();
    let answer = tokio::time::timeout(PATIENCE, client.request(request)).await.ok()?.ok()?;
    let mut body = answer.into_body();
    hear(&mut body, "event: hello").await.then_some(body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_listen_and_everybody_else_is_served() {
    let nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    let mut tokens = Vec::new();
    for number in 0..LISTENERS.div_ceil(BY_ONE) {
        let name = format!("nghe-{number}");
        let account = json!({ "name": name, "person": name, "type": "service", "roles": ["auditor"] });
        let body = json!({ "account": account, "reason": "để nghe" }).to_string();
        let (status, answer) = nation.hub("POST", "/api/v1/accounts", body).await;
        assert_eq!(status, 200, "{answer}");
        tokens.push(answer["token"].as_str().unwrap().to_owned());
    }
    let officer: Value = serde_json::from_slice(&read(&nation.path("hub/quan-tri.json"))).unwrap();
    let anchor = trust::certificate::from_base64(officer["authority"].as_str().unwrap()).unwrap();
    let client = web_client(trust::tls::web_client(&[anchor]).unwrap());
    let url = format!("https://{}/api/v1/events", nation.hub);
    let listeners: Vec<Option<Incoming>> = futures::stream::iter(0..LISTENERS)
        .map(|number| listen(client.clone(), url.clone(), tokens[number / BY_ONE].clone()))
        .buffer_unordered(64)
        .collect()
        .await;
    let mut listeners: Vec<Incoming> = listeners.into_iter().flatten().collect();
    assert_eq!(listeners.len(), LISTENERS, "some found no place");

    // A change: everybody hears of it, and nodes and officers are served meanwhile.
    let purpose =
        json!({ "kind": "Purpose", "code": "nghe-thay", "name": { "vi": "Nghe thấy", "en": "Heard" } });
    let body = json!({ "documents": [purpose], "reason": "để nghe" }).to_string();
    let (status, answer) = nation.hub("POST", "/api/v1/apply", body).await;
    assert_eq!(status, 200, "{answer}");
    let hearing = futures::stream::iter(&mut listeners)
        .map(|body| hear(body, "nghe-thay"))
        .buffer_unordered(LISTENERS)
        .filter(|heard| std::future::ready(*heard))
        .count();
    let serving = async {
        for _ in 0..20 {
            let (status, answer) = nation.hub("GET", "/api/v1/overview", "").await;
            assert_eq!(status, 200, "{answer}");
        }
        let (_, health) = nation.hub("GET", "/health", "").await;
        nation.wait_for(health["revision"].as_u64().unwrap()).await;
    };
    let (heard, ()) = tokio::join!(hearing, serving);
    assert_eq!(heard, LISTENERS, "some did not hear of it");
}
