//! What listeners are told.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::world::World;
use crate::api;

/// Somebody who listens.
struct Listener {
    body: Body,
    text: String,
}

/// An event as it came: name, id, data.
type Told = (String, Option<String>, Value);

impl Listener {
    async fn new(world: &World, token: &str, heard: Option<&str>) -> Result<Self, StatusCode> {
        let mut request = Request::get("/api/v1/events").header("authorization", token);
        if let Some(heard) = heard {
            request = request.header("last-event-id", heard);
        }
        let answer =
            api::routes(world.hub.clone()).0.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        if !answer.status().is_success() {
            return Err(answer.status());
        }
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Ok(Self { body: answer.into_body(), text: String::new() })
    }

    async fn next(&mut self) -> Told {
        loop {
            if let Some((event, rest)) = self.text.clone().split_once("\n\n") {
                rest.clone_into(&mut self.text);
                let of = |name: &str| {
                    event.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
                };
                let data = of("data:").map(|data| serde_json::from_str(&data).unwrap());
                return (of("event:").unwrap_or_default(), of("id:"), data.unwrap_or_default());
            }
            let frame = tokio::time::timeout(Duration::from_secs(20), self.body.frame());
            let frame = frame.await.expect("nothing was told").unwrap().unwrap();
            self.text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
        }
    }
}

async fn purpose(world: &World, code: &str) {
    let purpose = json!({ "kind": "Purpose", "code": code, "name": { "vi": "Tên", "en": "Name" } });
    let body = json!({ "documents": [purpose], "reason": "để thử" });
    let (status, answer) = world.send("POST", "/api/v1/apply", Some(&world.token), body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

#[tokio::test]
async fn a_listener_hears_of_each_change_and_of_what_it_missed() {
    let world = World::new().await;
    let hub = world.hub.clone();
    let telling = tokio::spawn(async move { hub.events.tell(&hub.db).await });
    let mut first = Listener::new(&world, &world.token, None).await.unwrap();
    let (name, _, hello) = first.next().await;
    assert_eq!(name, "hello");
    let begin = hello["seq"].as_i64().unwrap();
    // What is told on is read at intervals; whatever was changed before the first look is not news.
    tokio::time::sleep(crate::running::directory::LOOK * 2).await;
    purpose(&world, "mot").await;
    // Of accounts nothing is told.
    world.account_of("ai-do", None, "auditor").await;
    purpose(&world, "hai").await;
    let (name, id, told) = first.next().await;
    assert_eq!(
        (name.as_str(), told["kind"].as_str(), told["subject"].as_str()),
        ("change", Some("Purpose"), Some("mot"))
    );
    assert_eq!(id, told["seq"].as_i64().map(|seq| seq.to_string()));
    let (_, last, told) = first.next().await;
    assert_eq!(told["subject"], "hai");
    // Who was away hears what they missed, and nothing twice.
    let mut back = Listener::new(&world, &world.token, id.as_deref()).await.unwrap();
    assert_eq!(back.next().await.0, "hello");
    let (_, again, told) = back.next().await;
    assert_eq!((again, told["subject"].as_str()), (last, Some("hai")));
    purpose(&world, "ba").await;
    assert_eq!(back.next().await.2["subject"], "ba");
    // Who was away for long is told to look at everything.
    for number in 0..6 {
        let purposes: Vec<Value> = (0..100)
            .map(|at| json!({ "kind": "Purpose", "code": format!("p-{number}-{at}"), "name": { "vi": "Tên", "en": "Name" } }))
            .collect();
        let body = json!({ "documents": purposes, "reason": "để thử" });
        assert_eq!(world.send("POST", "/api/v1/apply", Some(&world.token), body).await.0, StatusCode::OK);
    }
    let mut late = Listener::new(&world, &world.token, Some(&begin.to_string())).await.unwrap();
    assert_eq!(late.next().await.0, "hello");
    let (name, _, told) = late.next().await;
    assert_eq!(name, "anew");
    assert!(told["seq"].as_i64().unwrap() > begin + 500);
    telling.abort();
}

#[tokio::test]
async fn one_account_does_not_take_every_place() {
    let world = World::new().await;
    let mut listeners = Vec::new();
    let refused = loop {
        match Listener::new(&world, &world.token, None).await {
            Ok(listener) => listeners.push(listener),
            Err(status) => break status,
        }
        assert!(listeners.len() < 100, "nothing stops one account");
    };
    assert_eq!(refused, StatusCode::TOO_MANY_REQUESTS);
    let other = world.account_of("nguoi-khac", None, "auditor").await;
    assert!(Listener::new(&world, &other, None).await.is_ok(), "another finds no place");
    listeners.pop();
    assert!(Listener::new(&world, &world.token, None).await.is_ok(), "a place that was left is not free");
}
