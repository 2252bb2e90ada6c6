//! A node's reports cover intervals of its own: whatever comes in whatever order, each moment of a node is counted once.

use std::collections::HashMap;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::apply;
use super::usage::{Reporting, row, world};
use super::world::World;
use crate::clock;

const NODES: [&str; 2] = ["VN/GOV/G01/nut-1", "VN/GOV/G01/nut-2"];
/// How far apart the clocks may be, and how old a report: `docs/operator.md`.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);
const BEHIND: SignedDuration = SignedDuration::from_hours(24 * 30);
const STEPS: usize = 60;

/// What a node sends, in seconds from the end of what it sent last with success.
#[derive(Debug, Clone)]
enum Step {
    /// An interval of its own: how long after the last, and how long.
    Next(i64, i64),
    /// It begins before the last has ended, and ends before or after that.
    Overlapping(i64, i64),
    /// The very same as the last, as after a lost answer.
    Again,
    /// The very same as one that was sent before, as after a backup was restored.
    Old(usize),
    /// It has no length, or ends before it begins.
    Reversed(i64),
    /// It ends so many seconds from now.
    FromNow(i64),
    /// Signed by the other node's key.
    Forged,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (prop_oneof![Just(0i64), 1..100_000i64], 1..600i64).prop_map(|(gap, long)| Step::Next(gap, long)),
        3 => (1..600i64, -300..600i64).prop_map(|(back, on)| Step::Overlapping(back, on)),
        3 => Just(Step::Again),
        2 => any::<usize>().prop_map(Step::Old),
        2 => prop_oneof![Just(0i64), 1..600i64].prop_map(Step::Reversed),
        1 => prop_oneof![Just(310i64), Just(100_000), 200..280i64, Just(-31 * 86_400)].prop_map(Step::FromNow),
        1 => Just(Step::Forged),
    ]
}

/// What the law says of one node: until when it has reported, what it sent, and what counts.
#[derive(Default)]
struct Model {
    until: Option<Timestamp>,
    last: Option<Sent>,
    sent: Vec<Sent>,
    counted: u64,
}

#[derive(Debug, Clone)]
struct Sent {
    number: u64,
    from: Timestamp,
    to: Timestamp,
    answered: u64,
}

impl Model {
    /// What is sent in this step, the `nth` of all.
    fn send(&self, step: &Step, nth: u64, now: Timestamp) -> Sent {
        let seconds = SignedDuration::from_secs;
        let until = self.until.unwrap_or(now - seconds(25 * 86_400));
        let new = |from: Timestamp, to: Timestamp| Sent { number: 1000 + nth, from, to, answered: 1 + nth };
        match step {
            Step::Next(gap, long) => new(until + seconds(*gap), until + seconds(gap + long)),
            Step::Overlapping(back, on) => new(until - seconds(*back), until + seconds((*on).max(1 - back))),
            Step::Again => self.last.clone().unwrap_or_else(|| new(until, until + seconds(1))),
            Step::Old(which) if !self.sent.is_empty() => self.sent[which % self.sent.len()].clone(),
            Step::Old(_) | Step::Forged => new(until, until + seconds(1)),
            Step::Reversed(back) => new(until + seconds(700), until + seconds(700 - back)),
            Step::FromNow(ahead) => new(now + seconds(ahead - 50), now + seconds(*ahead)),
        }
    }

    /// What the hub must answer, and what of it counts.
    fn take(&mut self, step: &Step, sent: &Sent, now: Timestamp) -> Result<bool, &'static str> {
        self.sent.push(sent.clone());
        if matches!(step, Step::Forged) {
            return Err("LT-7125");
        }
        if self.last.as_ref().is_some_and(|last| (last.number, last.to) == (sent.number, sent.to)) {
            return Ok(false);
        }
        if sent.from >= sent.to || sent.to > now + AHEAD || sent.to < now - BEHIND {
            return Err("LT-7135");
        }
        if self.until.is_some_and(|until| sent.from < until) {
            return Err("LT-7134");
        }
        (self.until, self.last) = (Some(sent.to), Some(sent.clone()));
        self.counted += sent.answered;
        Ok(true)
    }
}

/// What is kept of each node, by day and by minute.
async fn kept(world: &World) -> HashMap<String, [u64; 2]> {
    let mut tx = world.hub.db.read().await.unwrap();
    let days: Vec<(String, String)> = crate::store::all!(tx, "SELECT node, figures FROM usage_day").unwrap();
    let minutes: Vec<(String, String)> =
        crate::store::all!(tx, "SELECT node, figures FROM usage_minute").unwrap();
    let mut kept = HashMap::<String, [u64; 2]>::new();
    for (which, rows) in [days, minutes].into_iter().enumerate() {
        for (node, figures) in rows {
            let figures: Value = serde_json::from_str(&figures).unwrap();
            kept.entry(node).or_default()[which] += figures["answered"].as_u64().unwrap();
        }
    }
    kept
}

pub(super) async fn whatever_nodes_report_each_moment_of_a_node_counts_once(url: &str) {
    let world = world(url).await;
    let second = json!([{ "kind": "Node", "id": NODES[1], "address": "127.0.0.1:5501", "systems": ["VN/GOV/G01/dan-cu"] }]);
    apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(second).unwrap()).await.unwrap();
    let nodes = [Reporting::of(&world, NODES[0]).await, Reporting::of(&world, NODES[1]).await];
    let mut models = [Model::default(), Model::default()];
    let steps = prop::collection::vec((0..2usize, step()), STEPS);
    let steps = steps.new_tree(&mut TestRunner::default()).unwrap().current();
    let mut refused = HashMap::<&str, usize>::new();
    for (nth, (who, step)) in (0..).zip(&steps) {
        let now = clock::now();
        let sent = models[*who].send(step, nth, now);
        let expected = models[*who].take(step, &sent, now);
        let body = json!({ "node": NODES[*who], "number": sent.number, "from": sent.from, "to": sent.to, "version": "0.1.0",
            "rows": [row("VN/GOV/G15/ho-tich", "khai-sinh", sent.answered)] });
        let signer = if matches!(step, Step::Forged) { 1 - who } else { *who };
        // How many reports a node may send is another law.
        world.hub.paces.forget();
        let (status, told) = nodes[signer].send(&world, body.to_string()).await;
        let case = format!("step {nth} of node {who}, {sent:?}: {told}\n{steps:?}");
        match expected {
            Ok(taken) => assert_eq!((status, &told["taken"]), (StatusCode::OK, &json!(taken)), "{case}"),
            Err(code) => {
                assert_eq!((status.is_client_error(), &told["title"]), (true, &json!(code)), "{case}");
                assert!(told["detail"] != told["detail_vi"], "{case}");
                *refused.entry(code).or_default() += 1;
            }
        }
        let kept = kept(&world).await;
        for (node, model) in NODES.iter().zip(&models) {
            let kept = kept.get(*node).copied().unwrap_or_default();
            assert_eq!(kept, [model.counted; 2], "{node}, {case}");
        }
    }
    assert!(refused.len() >= 2, "hardly anything was refused: {refused:?}");
}

/// A hub whose own clock was ahead has written down ends that have not come yet: they hold nobody up.
pub(super) async fn an_end_that_has_not_come_yet_holds_no_node_up(url: &str) {
    let world = world(url).await;
    let mut node = Reporting::admitted(&world).await;
    assert_eq!(node.report(&world, json!([])).await.1["taken"], true);
    let mut tx = world.hub.db.write().await.unwrap();
    let ahead = (clock::now() + SignedDuration::from_hours(30)).to_string();
    crate::store::run!(tx, "UPDATE usage_node SET reported_until = $1, number = 9000000000000" => ahead)
        .unwrap();
    tx.commit().await.unwrap();
    let rows = json!([row("VN/GOV/G15/ho-tich", "khai-sinh", 4)]);
    assert_eq!(node.report(&world, rows).await.1["taken"], true);
    assert_eq!(kept(&world).await[NODES[0]], [4, 4]);
}
