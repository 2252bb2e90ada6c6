//! Nothing leaves before it is written down: long answers, and those who take only a part of them.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use exchange::peers::Sent;
use futures::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::nation::{API, Nation, PEOPLE, Plan, told, until};
use crate::packages::{add_many, grant};
use crate::peer_port::{Message, SignAs, Thief};

/// What a thief takes of an answer before it hangs up.
const TAKEN: usize = 1024 * 1024;
const PART: usize = 64 * 1024;

/// A system with an answer that is long, and one that is long and never ends.
fn system() -> Router {
    let parts = |count| stream::iter((0..count).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![7; PART]))));
    Router::new()
        .route("/dai", get(move || async move { Body::from_stream(parts(400)) }))
        .route("/mai", get(move || async move { Body::from_stream(parts(40).chain(stream::pending())) }))
        .route("/ngan", get(|| async { "ngắn" }))
}

/// Asks, and takes some of the answer. As long as it is held, the connection is.
async fn take(thief: &Thief, message: &Message) -> (usize, impl Sized + use<>) {
    let Sent::Answered(answer, in_flight) = thief.ask(message).await else { panic!("no answer") };
    assert_eq!(answer.status(), 200);
    let (mut body, mut bytes) = (answer.into_body(), 0);
    while bytes < TAKEN {
        bytes += body.frame().await.unwrap().unwrap().into_data().unwrap().len();
    }
    (bytes, (body, in_flight))
}

async fn ledger_of(nation: &Nation, name: &str, holds: impl Fn(&Value) -> bool) -> Value {
    until(name, async || holds(&nation.verify(&[name])["ledgers"][0])).await;
    nation.verify(&[name])["ledgers"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_in_a_long_answer_is_on_record_with_the_bytes_that_left() {
    let nation =
        Nation::start_with(Plan { system: Some(system()), one_provider: true, ..Plan::default() }).await;
    add_many(&nation).await;
    nation.apply(&grant(", endpoints: [{ method: POST, path: /stream }]"));
    nation.wait_for(nation.revision().await).await;
    let thief = Thief::of(&nation, SignAs::Own).await;
    let now = exchange::clock::now();
    let asked = [Message::get(API, "/dai"), Message::new("POST", PEOPLE, "/stream", "{}")];
    for (number, message) in (1..).zip(asked) {
        let (taken, held) = take(&thief, &message.signed(&thief, now).await).await;
        drop(held);
        let told = ledger_of(&nation, "p1", |ledger| ledger["broken"] == number).await;
        let counted = (&told["whole"], &told["intents"], &told["unended"], &told["refusals"]);
        assert_eq!(counted, (&json!(true), &json!(number), &json!(0), &json!(number)), "{told}");
        let verified = nation.verify(&["p1", "c1"]);
        let broken = verified["broken_off"][number - 1].clone();
        assert_eq!(
            (&broken["peer"], &broken["at_consumer"]),
            (&json!("VN/LOC/H05/nut-1"), &json!(false)),
            "the thief keeps no ledger: {verified}"
        );
        assert!(broken["sent"].as_u64().unwrap() >= taken as u64, "{broken}, {taken} taken");
        assert_eq!(verified["whole"], json!(true), "it is told, and nobody is accused");
    }
    assert!(nation.log("p1").contains("LT-3213"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_answer_is_on_record_before_its_first_byte() {
    let mut nation =
        Nation::start_with(Plan { system: Some(system()), one_provider: true, ..Plan::default() }).await;
    let thief = Thief::of(&nation, SignAs::Own).await;
    let message = Message::get(API, "/mai").signed(&thief, exchange::clock::now()).await;
    let held = take(&thief, &message).await;
    nation.kill("p1");
    drop(held);
    let told = nation.verify(&["p1"])["ledgers"][0].clone();
    let counted = (&told["whole"], &told["intents"], &told["unended"], &told["provided"]);
    assert_eq!(counted, (&json!(true), &json!(1), &json!(1), &json!(0)), "{told}");
    // And it is not taken a second time.
    nation.start_node("p1");
    nation.wait_for(1).await;
    let thief = Thief::of(&nation, SignAs::Own).await;
    let Sent::Answered(answer, _) = thief.ask(&message).await else { panic!("no answer") };
    assert_eq!(answer.headers()["lienthong-fault"], "LT-3206");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_ends_in_the_middle_of_its_answer_is_in_both_ledgers() {
    let settings = "idle_seconds = 30";
    let plan = Plan { system: Some(system()), one_provider: true, settings, ..Plan::default() };
    let mut nation = Nation::start_with(plan).await;
    // The provider's patience ends first.
    nation.kill("p1");
    nation.change_settings("p1", |text| text.replace(settings, "idle_seconds = 1"));
    nation.start_node("p1");
    nation.wait_for(1).await;
    // The service falls silent: the provider refuses behind the beginning, signed, and both hold it.
    assert_eq!(told(&nation.get(API, "/mai").await).1, "LT-4102");
    let verified = nation.verify(&["p1", "c1"]);
    assert_eq!((&verified["in_both"], &verified["whole"]), (&json!(1), &json!(true)), "{verified}");
    let broken = &verified["broken_off"][0];
    assert_eq!((&broken["sent"], &broken["at_consumer"]), (&json!(40 * PART), &json!(true)), "{verified}");
    // The provider's node dies: the consumer's refusal has the request that left.
    nation.kill("p1");
    nation.change_settings("p1", |text| text.replace("idle_seconds = 1", settings));
    nation.start_node("p1");
    nation.wait_for(1).await;
    let request = nation.request("GET", API, "/mai").body(exchange::body::whole("")).unwrap();
    let client = nation.client.clone();
    let call =
        tokio::spawn(
            async move { trust::web::fetch(&client, request, Duration::from_secs(20), 1 << 30).await },
        );
    ledger_of(&nation, "p1", |ledger| ledger["intents"] == 2).await;
    nation.kill("p1");
    call.await.unwrap().unwrap();
    let verified = nation.verify(&["c1"]);
    let ledger = &verified["ledgers"][0];
    assert_eq!(
        (&ledger["whole"], &ledger["refusals"], &ledger["signatures"]),
        (&json!(true), &json!(1), &json!(3)),
        "an exchange, and a refusal with the signed request: {verified}"
    );
    assert_eq!(nation.verify(&["p1", "c1"])["whole"], json!(true));
}
