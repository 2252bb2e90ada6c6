//! The law of incidents on a store: whatever way a node ends, everybody concerned and nobody else sees one incident with its cause, and it
//! closes itself when it is over; whatever hubs do meanwhile.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use model::id::NodeId;
use model::sight::{How, Sight};
use serde_json::{Value, json};

use super::apply;
use super::usage::{Reporting, world};
use super::world::World;
use crate::clock;
use crate::running::incident::watch;
use crate::running::presence::{Presence, Watch};
use crate::running::sight;

const NODE: &str = "VN/GOV/G01/nut-1";
const CALLER: &str = "VN/GOV/G15/nut-1";
const OTHERS: [&str; 3] = [CALLER, "VN/GOV/G07/nut-1", "VN/GOV/G08/nut-1"];
const SERVICE: &str = "VN/GOV/G01/dan-cu/nguoi";

/// A hub on the store, as far as it looks who is there.
struct Watching {
    presence: Presence,
    watch: Watch,
    /// Where the clock is that nobody sets.
    at: Instant,
}

impl Watching {
    fn at(at: Instant) -> Self {
        Self { presence: Presence::default(), watch: Watch::default(), at }
    }

    /// These are there.
    fn hear(&self, nodes: &[&str]) {
        nodes.iter().for_each(|node| self.presence.sign(&id(node), self.at));
    }

    fn pass(&mut self, seconds: u64) {
        self.at += Duration::from_secs(seconds);
    }

    async fn look(&mut self, world: &World, now: Timestamp) {
        watch::look(&world.hub.db, &self.presence, &mut self.watch, (now, self.at)).await.unwrap();
    }

    /// Time goes by in which only these are heard, long enough to miss the others.
    async fn miss_all_but(&mut self, world: &World, nodes: &[&str], now: Timestamp) {
        for seconds in [5, 5, 3] {
            self.pass(seconds);
            self.hear(nodes);
            self.look(world, now).await;
        }
    }
}

fn id(node: &str) -> NodeId {
    node.parse().unwrap()
}

/// A nation of four agencies, each with a node: that of the first serves, the second calls it.
async fn nation(url: &str) -> World {
    let world = world(url).await;
    let name = json!({ "vi": "Tên", "en": "Name" });
    let mut more = vec![
        json!({ "kind": "Grant", "id": "g-ho-tich", "client": "VN/GOV/G15/ho-tich", "service": SERVICE,
            "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": ["ho_ten"], "per_second": 5 }),
        json!({ "kind": "Agency", "id": "VN/GOV/G07", "name": name, "bloc": "government" }),
        json!({ "kind": "Agency", "id": "VN/GOV/G08", "name": name, "bloc": "government" }),
    ];
    more.extend(
        OTHERS.map(|node| json!({ "kind": "Node", "id": node, "address": "127.0.0.1:5501", "systems": [] })),
    );
    apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(json!(more)).unwrap()).await.unwrap();
    for node in OTHERS.into_iter().chain([NODE]) {
        Reporting::of(&world, node).await;
    }
    world
}

/// Those who look: of the hub, of the owner, of who calls, and of an agency that it does not concern.
struct Lookers(BTreeMap<&'static str, String>);

impl Lookers {
    async fn of(world: &World) -> Self {
        let mut all = BTreeMap::new();
        for (name, agency, role) in [
            ("hub", None, "operator"),
            ("owner", Some("VN/GOV/G01"), "engineer"),
            ("caller", Some("VN/GOV/G15"), "engineer"),
            ("other", Some("VN/GOV/G08"), "data_officer"),
        ] {
            all.insert(name, world.account_of(&format!("{name}.x"), agency, role).await);
        }
        Self(all)
    }

    async fn ask(
        &self,
        world: &World,
        who: &str,
        method: &str,
        path: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        world.send(method, path, Some(&self.0[who]), body).await
    }

    /// What is live for somebody: each incident's number and cause.
    async fn live(&self, world: &World, who: &str) -> Vec<(String, String)> {
        let (status, answer) = self.ask(world, who, "GET", "/api/v1/incidents?live=true", Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let text = |line: &Value, member: &str| line[member].as_str().unwrap().to_owned();
        answer["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| (text(line, "id"), text(line, "cause")))
            .collect()
    }
}

/// How a node ends: who of others says what, whether the hub still hears it, whether it says that its source fails, what must be told.
type Way = (&'static [(&'static str, How)], bool, bool, Option<&'static str>);

const WAYS: [Way; 9] = [
    (&[], false, false, Some("silent")),
    (&[(CALLER, How::Refused)], false, false, Some("down")),
    (&[(CALLER, How::Timeout), ("VN/GOV/G07/nut-1", How::Tls)], false, false, Some("down")),
    (&[(CALLER, How::Reached)], false, false, Some("way_to_hub")),
    (&[(CALLER, How::Reached), ("VN/GOV/G07/nut-1", How::Timeout)], false, false, Some("between")),
    // One agency's word does not stand against a node that is heard; that of two does.
    (&[(CALLER, How::Refused)], true, false, None),
    (&[(CALLER, How::Refused), ("VN/GOV/G07/nut-1", How::Certificate)], true, false, Some("unreachable")),
    (&[], true, true, Some("source_down")),
    (&[], true, false, None),
];

pub(super) async fn whatever_way_a_node_ends_whom_it_concerns_is_told_once_and_it_closes_itself(url: &str) {
    let (world, began) = (nation(url).await, clock::now());
    let (lookers, mut hub) = (Lookers::of(&world).await, Watching::at(Instant::now()));
    let all = [&OTHERS[..], &[NODE]].concat();
    hub.hear(&all);
    hub.look(&world, began).await;
    for (hour, (said, heard, failing, cause)) in (1..).zip(WAYS) {
        // An hour apart, so that none is the last one again.
        let now = began + SignedDuration::from_hours(hour);
        for (witness, how) in said {
            let peers = [(id(NODE), *how)].into();
            sight::take(&world.hub.db, &id(witness), &Sight { peers, ..Sight::default() }, now)
                .await
                .unwrap();
        }
        let failing = if failing { [SERVICE.parse().unwrap()].into() } else { Default::default() };
        let own = Sight { failing, ..Sight::default() };
        sight::take(&world.hub.db, &id(NODE), &own, now).await.unwrap();
        hub.miss_all_but(&world, if heard { &all } else { &OTHERS }, now).await;
        let told = lookers.live(&world, "hub").await;
        let causes: Vec<&str> = told.iter().map(|(_, cause)| cause.as_str()).collect();
        assert_eq!(causes, cause.into_iter().collect::<Vec<_>>(), "{said:?} {heard}");
        for who in ["owner", "caller"] {
            assert_eq!(lookers.live(&world, who).await, told, "{who}: {said:?} {heard}");
        }
        assert_eq!(lookers.live(&world, "other").await, [], "{said:?} {heard}");
        // All is well again.
        for node in &all {
            sight::take(&world.hub.db, &id(node), &Sight::default(), now).await.unwrap();
        }
        hub.hear(&all);
        hub.look(&world, now).await;
        assert_eq!(lookers.live(&world, "hub").await, [], "{said:?} {heard}");
        let Some((number, _)) = told.first() else { continue };
        let path = format!("/api/v1/incidents/{number}");
        let (_, shown) = lookers.ask(&world, "caller", "GET", &path, Value::Null).await;
        assert_eq!((&shown["state"], &shown["times"]), (&json!("recovered"), &json!(1)), "{shown}");
        assert_eq!(shown["affected"]["services"][0]["id"], SERVICE, "{shown}");
        assert_eq!(shown["affected"]["purposes"][0]["code"], "khai-sinh", "{shown}");
        assert!(shown["affected"]["agencies"].as_array().unwrap().contains(&json!("VN/GOV/G15")), "{shown}");
        // Whom it concerns, and that they know by now.
        let parties: Vec<(&Value, bool)> = shown["parties"]
            .as_array()
            .unwrap()
            .iter()
            .map(|party| (&party["role"], party["told_at"].is_string()))
            .collect();
        assert_eq!(parties, [(&json!("hub"), true), (&json!("owner"), true), (&json!("caller"), true)]);
        assert_eq!(lookers.ask(&world, "other", "GET", &path, Value::Null).await.0, StatusCode::NOT_FOUND);
    }
    // Its certificate has ended: in some years from now.
    let now = began + SignedDuration::from_hours(24 * 365 * 10);
    hub.miss_all_but(&world, &OTHERS, now).await;
    let told = lookers.live(&world, "owner").await;
    assert!(told.len() == 1 && told[0].1 == "certificate_ended", "{told:?}");
    hub.hear(&all);
    hub.look(&world, now).await;
    assert_eq!(lookers.live(&world, "owner").await, []);
}

pub(super) async fn a_node_that_comes_and_goes_is_one_incident_and_hubs_that_begin_anew_miss_nobody(
    url: &str,
) {
    let (world, now) = (nation(url).await, clock::now());
    let (lookers, mut hub) = (Lookers::of(&world).await, Watching::at(Instant::now()));
    let all = [&OTHERS[..], &[NODE]].concat();
    hub.hear(&all);
    hub.look(&world, now).await;
    for _ in 0..5 {
        hub.miss_all_but(&world, &OTHERS, now).await;
        hub.hear(&all);
        hub.look(&world, now).await;
    }
    let (_, answer) = lookers.ask(&world, "hub", "GET", "/api/v1/incidents", Value::Null).await;
    assert_eq!((answer["items"].as_array().unwrap().len(), &answer["items"][0]["times"]), (1, &json!(5)));
    // One is down when the hub ends; another begins and knows nobody yet: what is open stays open, and nothing else is opened.
    hub.miss_all_but(&world, &OTHERS, now).await;
    let open = lookers.live(&world, "hub").await;
    assert_eq!(open.len(), 1);
    let mut anew = Watching::at(hub.at);
    for _ in 0..4 {
        anew.look(&world, now).await;
        assert_eq!(lookers.live(&world, "hub").await, open);
        anew.pass(2);
    }
    // They come back in their own time, but for one that died meanwhile.
    let back = [CALLER, "VN/GOV/G07/nut-1"];
    anew.miss_all_but(&world, &back, now).await;
    anew.miss_all_but(&world, &back, now).await;
    let live = lookers.live(&world, "hub").await;
    assert_eq!(live.len(), 2, "{live:?}");
    // Two hubs on the store: a node that goes over to the other is heard, and one whose hub ends is heard where it is then.
    let mut other = Watching::at(anew.at);
    other.hear(&all);
    for _ in 0..12 {
        other.hear(&all);
        other.look(&world, now).await;
        anew.look(&world, now).await;
        other.pass(1);
        anew.pass(1);
    }
    assert_eq!(lookers.live(&world, "hub").await, []);
    for _ in 0..16 {
        anew.hear(&all);
        anew.look(&world, now).await;
        anew.pass(1);
    }
    assert_eq!(lookers.live(&world, "hub").await, []);
    // All fall silent, one of them first: that is the hub's own network, and one incident.
    anew.miss_all_but(&world, &OTHERS, now).await;
    let first = lookers.live(&world, "hub").await;
    assert_eq!(first.len(), 1);
    anew.miss_all_but(&world, &[], now).await;
    let live = lookers.live(&world, "caller").await;
    assert!(live.len() == 1 && live[0].1 == "hub_network", "{live:?}");
    let path = format!("/api/v1/incidents/{}", first[0].0);
    let (_, merged) = lookers.ask(&world, "owner", "GET", &path, Value::Null).await;
    assert_eq!((&merged["state"], &merged["merged_into"]), (&json!("merged"), &json!(live[0].0)));
    anew.hear(&all);
    anew.look(&world, now).await;
    assert_eq!(lookers.live(&world, "hub").await, []);
    // While the store gives no answer nobody can be heard, and nobody is missed for that.
    let before = anew.at;
    anew.pass(60);
    anew.presence.excuse(before, Duration::from_secs(60), anew.at);
    for _ in 0..4 {
        anew.look(&world, now).await;
        anew.pass(1);
    }
    assert_eq!(lookers.live(&world, "hub").await, []);
    // A clock that is set back neither opens nor closes anything.
    anew.hear(&all);
    anew.look(&world, now - SignedDuration::from_hours(48)).await;
    assert_eq!(lookers.live(&world, "hub").await, []);
}

pub(super) async fn incidents_are_taken_in_hand_by_whom_they_concern_and_maintenance_is_announced_before(
    url: &str,
) {
    let (world, now) = (nation(url).await, clock::now());
    let (lookers, mut hub) = (Lookers::of(&world).await, Watching::at(Instant::now()));
    let all = [&OTHERS[..], &[NODE]].concat();
    hub.hear(&all);
    hub.look(&world, now).await;
    let ask = async |who: &str, path: &str, body: Value| lookers.ask(&world, who, "POST", path, body).await;
    let announcing = |hours: i64| {
        let to = now + SignedDuration::from_hours(hours);
        json!({ "node": NODE, "to": to, "reason": "thay ổ đĩa" })
    };
    // Announced by the owner, for a week at most, not for yesterday.
    for (who, body, code) in [
        ("other", announcing(2), "LT-7111"),
        ("hub", announcing(24 * 8), "LT-7104"),
        (
            "hub",
            json!({ "node": NODE, "from": now - SignedDuration::from_hours(1), "to": now + SignedDuration::from_hours(1), "reason": "x" }),
            "LT-7104",
        ),
    ] {
        let (_, problem) = ask(who, "/api/v1/maintenance", body).await;
        assert_eq!(problem["title"], code, "{problem}");
    }
    let (status, announced) = ask("hub", "/api/v1/maintenance", announcing(2)).await;
    assert_eq!(status, StatusCode::OK, "{announced}");
    let within = now + SignedDuration::from_mins(5);
    hub.miss_all_but(&world, &OTHERS, within).await;
    assert_eq!(lookers.live(&world, "hub").await, []);
    // Withdrawn, or over: then it is one.
    let path = format!("/api/v1/maintenance/{}/withdraw", announced["id"].as_str().unwrap());
    assert_eq!(ask("hub", &path, json!({ "reason": "xong sớm" })).await.0, StatusCode::OK);
    hub.miss_all_but(&world, &OTHERS, within).await;
    let live = lookers.live(&world, "hub").await;
    assert_eq!(live.len(), 1);
    // What is an incident already is not announced away.
    ask("hub", "/api/v1/maintenance", announcing(3)).await;
    hub.miss_all_but(&world, &OTHERS, within).await;
    assert_eq!(lookers.live(&world, "hub").await, live);
    let path = |what: &str| format!("/api/v1/incidents/{}/{what}", live[0].0);
    let said = json!({ "reason": "đang thay nguồn" });
    // The caller may speak, the owner may act, whom it does not concern knows nothing of it.
    assert_eq!(ask("caller", &path("take"), said.clone()).await.1["title"], "LT-7111");
    assert_eq!(ask("other", &path("comments"), said.clone()).await.0, StatusCode::NOT_FOUND);
    assert_eq!(ask("owner", &path("take"), said.clone()).await.1["state"], "taken");
    assert_eq!(ask("caller", &path("comments"), said.clone()).await.0, StatusCode::OK);
    let (_, closed) = ask("owner", &path("close"), said.clone()).await;
    assert_eq!(closed["state"], "closed", "{closed}");
    let whats: Vec<&str> =
        closed["events"].as_array().unwrap().iter().map(|event| event["what"].as_str().unwrap()).collect();
    assert_eq!(whats, ["opened", "taken", "comment", "closed"]);
    // Names of another agency's people are not told.
    let comment = &closed["events"][2];
    assert_eq!((&comment["who"], &comment["said"]), (&json!("VN/GOV/G15"), &json!("đang thay nguồn")));
    assert_eq!(ask("owner", &path("take"), said.clone()).await.0, StatusCode::BAD_REQUEST);
    // Closed by somebody it is on no first page, and is not opened again for the same trouble; it is kept, with its end.
    hub.miss_all_but(&world, &OTHERS, within).await;
    assert_eq!(lookers.live(&world, "hub").await, []);
    hub.hear(&all);
    hub.look(&world, within).await;
    let (_, kept) = lookers.ask(&world, "hub", "GET", "/api/v1/incidents", Value::Null).await;
    let kept = kept["items"].as_array().unwrap();
    assert!(kept.len() == 1 && kept[0]["state"] == "closed" && kept[0]["ended_at"].is_string(), "{kept:?}");
    let mut tx = world.hub.db.read().await.unwrap();
    let entries = crate::audit::change::history(&mut tx, ("Incident", live[0].0.as_str())).await.unwrap();
    assert_eq!(entries.len(), 3);
}
