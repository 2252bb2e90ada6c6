//! How many values two datasets have in common: only what both owners have agreed to is counted, only by the nodes of both, and all that stays of it
//! is a rounded count, which one person's record moves at multiples of ten alone.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use trust::overlap::{Cover, FORM, Part, Points, SIGNED_AS, Side, Step, Task};

use super::planted::{everything, found};
use super::quality::{Measuring, OTHER, another};
use super::usage::{Reporting, SERVICE, world};
use super::world::World;

const PATH: &str = "/api/v1/quality/overlaps";
/// The one who is planted: in both datasets, in none, or in one.
const NUMBER: &str = "027311098765";

/// Two datasets that were measured, their nodes, and an officer of each owner.
struct Two {
    world: World,
    nodes: [Reporting; 2],
    officers: [String; 2],
    stranger: String,
}

impl Two {
    async fn new(url: &str) -> Self {
        let world = world(url).await;
        another(&world).await;
        let name = json!({ "vi": "Địa phương khác", "en": "Another place" });
        let all = json!([{ "kind": "Agency", "id": "VN/LOC/H05", "name": name, "bloc": "local" }]);
        super::apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(all).unwrap()).await.unwrap();
        let mut one = Measuring::begun(&world).await;
        let mut other = Measuring::of(&world, OTHER).await;
        for measuring in [&mut one, &mut other] {
            assert_eq!(measuring.run(&world, &[]).await.1["taken"], true);
        }
        let mut officers = Vec::new();
        for (name, agency) in [("chu-a", "VN/GOV/G01"), ("chu-b", "VN/GOV/G15"), ("la", "VN/LOC/H05")] {
            officers.push(world.account_of(name, Some(agency), "data_officer").await);
        }
        let stranger = officers.pop().unwrap();
        Self { nodes: [one.node, other.node], officers: officers.try_into().unwrap(), stranger, world }
    }

    async fn send(&self, who: &str, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        self.world.send(method, path, Some(who), body).await
    }

    /// Asks by the first owner; returns the question's number.
    async fn ask(&self) -> String {
        let body = json!({ "a": { "service": SERVICE, "field": "so_dinh_danh" }, "b": { "service": OTHER.1, "field": "so" }, "reason": "tìm trùng" });
        let (status, told) = self.send(&self.officers[0], "POST", PATH, body).await;
        assert_eq!((status, &told["state"]), (StatusCode::OK, &json!("asked")), "{told}");
        told["id"].as_str().unwrap().to_owned()
    }

    async fn act(&self, who: &str, id: &str, what: &str) -> (StatusCode, Value) {
        self.send(who, "POST", &format!("{PATH}/{id}/{what}"), json!({ "reason": "thử" })).await
    }

    async fn tasks(&self, node: &Reporting) -> Vec<Task> {
        let request =
            Request::get("/quality/overlaps").extension(crate::web::listen::From::showing(node.tls.clone()));
        let (status, _, told) = self.world.answer(request.body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        serde_json::from_value(told["tasks"].clone()).unwrap()
    }

    async fn hand_in(&self, node: &Reporting, part: &Part) -> (StatusCode, Value) {
        let body = serde_json::to_string(part).unwrap();
        let signature = trust::hex(&node.sign(&[SIGNED_AS, body.as_bytes()].concat()));
        let request = Request::post("/quality/overlaps")
            .extension(crate::web::listen::From::showing(node.tls.clone()))
            .header("lienthong-key", node.keyid())
            .header("lienthong-signature", signature);
        self.world.hub.paces.forget();
        let (status, _, told) = self.world.answer(request.body(Body::from(body)).unwrap()).await;
        (status, told)
    }

    /// What a node does by itself, for its one task.
    async fn work(&self, which: usize, cover: &Cover, values: &BTreeSet<String>) -> Part {
        let node = &self.nodes[which];
        let tasks = self.tasks(node).await;
        let [task] = tasks.as_slice() else { panic!("{tasks:?}") };
        let points = match &task.theirs {
            None => cover.values(&task.question, values.iter().map(String::as_str)),
            Some(handed) => {
                // By the key of the other side's node, as it signed it.
                let signer = &self.nodes[1 - which];
                assert_eq!(handed.key, signer.keyid());
                let theirs = handed.of_other_side(task, signer.node(), &signer.public_key());
                cover.again(&theirs.unwrap()).unwrap()
            }
        };
        part(node, task, points)
    }

    /// All of it, between two sets of values; what was found.
    async fn count(&self, values: [&BTreeSet<String>; 2], held: &mut String) -> Value {
        let id = self.ask().await;
        let (status, told) = self.act(&self.officers[1], &id, "agree").await;
        assert_eq!((status, &told["state"]), (StatusCode::OK, &json!("agreed")), "{told}");
        let covers = [Cover::random(), Cover::random()];
        for _ in [Step::Own, Step::Again] {
            for which in [0, 1] {
                let part = self.work(which, &covers[which], values[which]).await;
                let (status, told) = self.hand_in(&self.nodes[which], &part).await;
                assert_eq!((status, &told["taken"]), (StatusCode::OK, &json!(true)), "{told}");
                held.push_str(&everything(&mut self.world.hub.db.read().await.unwrap()).await);
            }
        }
        let (_, told) = self.send(&self.officers[0], "GET", PATH, Value::Null).await;
        let items = told["items"].as_array().unwrap();
        let found = items.iter().find(|item| item["id"] == *id).unwrap();
        assert_eq!(found["state"], "counted", "{found}");
        self.a_month_passes().await;
        found["found"].clone()
    }

    /// The same two fields are compared again only after a while: it passes for all that was counted.
    async fn a_month_passes(&self) {
        let mut tx = self.world.hub.db.write().await.unwrap();
        let all: Vec<(String, String)> =
            crate::store::all!(tx, "SELECT id, entry FROM quality_overlap").unwrap();
        for (id, entry) in all {
            let mut entry: Value = serde_json::from_str(&entry).unwrap();
            for at in ["/found/at", "/agreed_at"] {
                if let Some(at) = entry.pointer_mut(at) {
                    *at = json!("2026-01-01T00:00:00Z");
                }
            }
            crate::store::run!(tx, "UPDATE quality_overlap SET entry = $2 WHERE id = $1" => id, entry.to_string())
                .unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn live(&self, node: &Reporting) -> Vec<String> {
        let request =
            Request::get("/quality/overlaps").extension(crate::web::listen::From::showing(node.tls.clone()));
        let (_, _, told) = self.world.answer(request.body(Body::empty()).unwrap()).await;
        serde_json::from_value(told["live"].clone()).unwrap()
    }
}

fn part(node: &Reporting, task: &Task, points: Points) -> Part {
    Part {
        form: FORM,
        question: task.question.clone(),
        node: node.node().clone(),
        side: task.side,
        step: task.step,
        points,
    }
}

fn numbers(from: u32, to: u32) -> BTreeSet<String> {
    (from..to).map(|number| format!("0012{number:08}")).collect()
}

#[expect(clippy::too_many_lines, reason = "the whole course of a question")]
pub(super) async fn two_owners_agree_their_nodes_cover_and_only_a_rounded_count_stays(url: &str) {
    let two = Two::new(url).await;
    let [a, b] = &two.officers;
    // Who owns neither cannot ask, nor see that others have.
    let body = json!({ "a": { "service": SERVICE, "field": "so_dinh_danh" }, "b": { "service": OTHER.1, "field": "so" }, "reason": "tò mò" });
    let (status, told) = two.send(&two.stranger, "POST", PATH, body.clone()).await;
    assert_eq!((status, &told["title"]), (StatusCode::FORBIDDEN, &json!("LT-7111")), "{told}");
    for (place, wrong) in [("field", "khong_co"), ("service", "VN/GOV/G15/ho-tich/khong-co")] {
        let mut body = body.clone();
        body["b"][place] = json!(wrong);
        let (status, told) = two.send(a, "POST", PATH, body).await;
        assert!(status.is_client_error(), "{place}: {told}");
    }
    let id = two.ask().await;
    assert_eq!(two.send(&two.stranger, "GET", PATH, Value::Null).await.1["items"], json!([]));
    assert_eq!(two.act(&two.stranger, &id, "agree").await.0, StatusCode::NOT_FOUND);
    // Nothing is covered before both have agreed; whoever asked cannot agree for the other, nor can the hub.
    for node in &two.nodes {
        assert_eq!(two.tasks(node).await, []);
    }
    assert_eq!(two.act(a, &id, "agree").await.1["title"], "LT-7104", "it is agreed to on that side");
    assert!(two.act(&two.world.token, &id, "agree").await.0.is_client_error());
    let (_, told) = two.send(a, "POST", PATH, body.clone()).await;
    assert!(told["detail"].as_str().is_some_and(|why| why.contains(&id)), "asked twice: {told}");
    assert_eq!(two.act(b, &id, "agree").await.1["state"], "agreed");
    // A part that was not asked for, of another node, or of another length, counts nothing.
    let (one, other) = (numbers(0, 500), numbers(250, 900));
    let covers = [Cover::random(), Cover::random()];
    let own = two.work(0, &covers[0], &one).await;
    for wrong in [
        Part { step: Step::Again, ..own.clone() },
        Part { side: Side::B, ..own.clone() },
        Part { question: "TR-2026-999999".to_owned(), ..own.clone() },
    ] {
        assert_eq!(two.hand_in(&two.nodes[0], &wrong).await.1["title"], "LT-7125");
    }
    let foreign = Part { node: two.nodes[1].node().clone(), ..own.clone() };
    assert_eq!(two.hand_in(&two.nodes[0], &foreign).await.1["title"], "LT-7125", "signed by another");
    assert_eq!(two.hand_in(&two.nodes[0], &own).await.1, json!({ "taken": true }));
    assert_eq!(two.hand_in(&two.nodes[0], &own).await.1, json!({ "taken": false }), "once");
    assert_eq!(two.tasks(&two.nodes[0]).await, [], "it waits for the other side");
    let theirs = two.work(1, &covers[1], &other).await;
    two.hand_in(&two.nodes[1], &theirs).await;
    let again = two.work(0, &covers[0], &one).await;
    let short = Part { points: covers[0].values("x", ["1"]), ..again.clone() };
    assert_eq!(two.hand_in(&two.nodes[0], &short).await.1["title"], "LT-7125", "another length");
    assert_eq!(two.hand_in(&two.nodes[0], &again).await.1, json!({ "taken": true }));
    let last = two.work(1, &covers[1], &other).await;
    assert_eq!(two.hand_in(&two.nodes[1], &last).await.1, json!({ "taken": true }));
    assert_eq!(two.hand_in(&two.nodes[1], &last).await.1, json!({ "taken": false }));
    let (_, told) = two.send(b, "GET", PATH, Value::Null).await;
    let counted = &told["items"][0];
    let found = &counted["found"];
    assert_eq!(
        (&found["a"], &found["b"], &found["both"], &found["one_in"]),
        (&json!(500), &json!(650), &json!(250), &json!(1)),
        "{counted}"
    );
    assert_eq!(two.act(b, &id, "end").await.1["title"], "LT-7104", "what is over is over");
    // Asked long ago and counted now: the month begins when it was counted.
    let mut tx = two.world.hub.db.write().await.unwrap();
    crate::store::run!(tx, "UPDATE quality_overlap SET asked_at = '2026-01-01T00:00:00Z'").unwrap();
    tx.commit().await.unwrap();
    let (_, told) = two.send(a, "POST", PATH, body.clone()).await;
    assert!(told["detail"].as_str().is_some_and(|why| why.contains(&id)), "{told}");
    two.a_month_passes().await;
    // What a node has not covered in two weeks ends, and nodes hear that it is over.
    let stuck = two.ask().await;
    two.act(b, &stuck, "agree").await;
    let own = two.work(0, &covers[0], &one).await;
    two.hand_in(&two.nodes[0], &own).await;
    assert_eq!(
        (two.tasks(&two.nodes[0]).await, two.live(&two.nodes[0]).await),
        (Vec::new(), vec![stuck.clone()])
    );
    let end_old = async || {
        let mut tx = two.world.hub.db.write().await.unwrap();
        crate::quality::overlap::end_old(&mut tx, crate::clock::now()).await.unwrap();
        tx.commit().await.unwrap();
    };
    end_old().await;
    assert_eq!(two.live(&two.nodes[1]).await, [stuck.as_str()], "it has time");
    two.a_month_passes().await;
    end_old().await;
    assert!(two.tasks(&two.nodes[1]).await.is_empty() && two.live(&two.nodes[0]).await.is_empty());
    // Taken back: nothing of it is worked on any more, and what was covered is gone.
    let id = two.ask().await;
    two.act(b, &id, "agree").await;
    let own = two.work(0, &covers[0], &one).await;
    two.hand_in(&two.nodes[0], &own).await;
    assert_eq!(two.act(a, &id, "end").await.1["state"], "ended");
    assert_eq!(two.tasks(&two.nodes[1]).await, []);
    let late = Part { node: two.nodes[1].node().clone(), side: Side::B, ..own };
    assert_eq!(two.hand_in(&two.nodes[1], &late).await.1["title"], "LT-7125");
    let mut tx = two.world.hub.db.read().await.unwrap();
    let left: Option<(i64,)> =
        crate::store::optional!(tx, "SELECT COUNT(*) FROM quality_overlap_part").unwrap();
    assert_eq!(left, Some((0,)));
}

pub(super) async fn nothing_of_what_nodes_have_covered_tells_of_a_planted_person(url: &str) {
    let two = Two::new(url).await;
    let with = |mut values: BTreeSet<String>, planted: bool| {
        values.extend(planted.then(|| NUMBER.to_owned()));
        values
    };
    let mut held = String::new();
    let mut counts = Vec::new();
    // In both, in one, in none: away from a multiple of ten what is told is the same, though the count itself is not.
    for (in_a, in_b) in [(true, true), (true, false), (false, true), (false, false)] {
        let (a, b) = (with(numbers(0, 404), in_a), with(numbers(200, 707), in_b));
        counts.push(two.count([&a, &b], &mut held).await);
    }
    let told = |found: &Value| ["a", "b", "both", "low", "high"].map(|name| found[name].clone());
    assert!(counts.iter().all(|found| told(found) == told(&counts[0])), "{counts:?}");
    assert_eq!(counts[0]["both"], 200);
    // At a multiple of ten one record moves it, by one step: whoever knows all the others learns of it. That is what rounding gives, and no more.
    for (planted, both) in [(false, 200), (true, 210)] {
        let (a, b) = (with(numbers(0, 409), planted), with(numbers(200, 707), planted));
        assert_eq!(two.count([&a, &b], &mut held).await["both"], both);
    }
    // All that the hub ever held of it, also while it waited for parts, tells of nobody: not as text, not as a digest that anybody can make.
    assert!(held.contains("so_dinh_danh") && held.len() > 100_000);
    assert_eq!(found(&held, &[NUMBER]), Vec::<String>::new());
    // Nor as the point that anybody can make of a value that they name: without the number it was covered by it is nowhere.
    let mut one = [0; 32];
    one[0] = 1;
    let bare = Cover::from_bytes(one).unwrap();
    for question in 1..=4 {
        let text = bare.values(&format!("TR-{}-{question:06}", year()), [NUMBER]).to_text();
        assert!(!held.contains(text.trim_end_matches('=')));
    }
    let bytes_held: Vec<u8> = held
        .lines()
        .filter_map(|line| serde_json::from_str::<Part>(line).ok())
        .flat_map(|part| {
            base64::Engine::decode(&base64::prelude::BASE64_STANDARD, part.points.to_text()).unwrap()
        })
        .collect();
    assert!(bytes_held.len() > 30_000, "the covered values were there to be searched");
    for question in 1..=4 {
        let text = bare.values(&format!("TR-{}-{question:06}", year()), [NUMBER]).to_text();
        let point = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, text).unwrap();
        assert!(!bytes_held.as_chunks::<32>().0.iter().any(|held| held[..] == point[..]));
    }
    // A dataset of few values is not compared: whoever chose them could ask for one person's.
    let (few, many) = (with(numbers(0, 50), true), with(numbers(0, 400), true));
    let told = two.count([&few, &many], &mut held).await;
    assert_eq!(told["both"], Value::Null, "{told}");
}

fn year() -> i16 {
    model::time::day_in_viet_nam(crate::clock::now()).year()
}
