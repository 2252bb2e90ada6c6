//! The law of what is kept of the country's quality: whatever was reported, changed, acted on or used before, and however time went on, what
//! is answered is what is made afresh of the store; and where nothing happened nothing is made.

use std::sync::Arc;
use std::time::Instant;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::apply;
use super::defects::Dice;
use super::quality::{Measuring, OTHER, another, look};
use super::usage::{SERVICE, asked, confirm, row, world};
use super::world::World;
use crate::clock;
use crate::quality::current::Current;
use crate::quality::list::{Country, Level};
use crate::quality::report as reports;
use crate::store::run;

/// What may happen.
const DEEDS: u64 = 10;
/// So many deeds in a row.
const DEEDS_LONG: usize = 60;
/// Datasets of a country in which it is measured how long somebody waits. A whole one has thousands.
const DATASETS: i64 = 300;

async fn countries(world: &World, now: Timestamp) -> (Arc<Country>, Arc<Country>) {
    let mut tx = world.hub.db.read().await.unwrap();
    let kept = world.hub.quality.country(&mut tx, now).await.unwrap();
    (kept, Current::default().country(&mut tx, now).await.unwrap())
}

/// Asks what is kept and what is made afresh for all that there is on every level.
async fn compare(world: &World, now: Timestamp, after: &str) {
    let (kept, fresh) = countries(world, now).await;
    for level in Level::ALL {
        assert_eq!(kept.lines(level), fresh.lines(level), "{level:?} after {after}");
        for line in fresh.lines(level) {
            let state = |country: &Country| {
                country.merged(level, &line.id).map(|state| state.map(|state| state.to_bytes()))
            };
            assert_eq!(state(&kept), state(&fresh), "{} after {after}", line.id);
        }
    }
}

/// One that does something to the country.
struct Doer<'a> {
    world: &'a World,
    dice: Dice,
    one: Measuring,
    other: Measuring,
    officer: String,
    owner: String,
    confirmed: bool,
    ahead: SignedDuration,
}

impl Doer<'_> {
    async fn send(&self, path: &str, token: &str, body: serde_json::Value) -> StatusCode {
        self.world.send("POST", path, Some(token), body).await.0
    }

    /// Does one thing. Returns what it was.
    async fn act(&mut self) -> &'static str {
        let deed = self.dice.throw(DEEDS);
        let fails = self.dice.throw(4) * 30;
        self.world.hub.paces.forget();
        match deed {
            0 | 1 => {
                self.one.run(self.world, &[("ho_ten:values", fails)]).await;
                "a measurement"
            }
            2 => {
                self.other.run(self.world, &[("gioi:values", fails)]).await;
                "another's measurement"
            }
            3 => {
                let name = format!("Tên {}", self.dice.throw(3));
                let agency = json!([{ "kind": "Agency", "id": "VN/GOV/G15", "name": { "vi": name, "en": name }, "bloc": "government" }]);
                apply(&self.world.hub.db, &serde_json::from_value::<Vec<_>>(agency).unwrap()).await.unwrap();
                "a name"
            }
            4 => {
                let what = if self.confirmed { "take-back" } else { "confirm" };
                let body = json!({ "services": [SERVICE], "reason": "đã đối chiếu" });
                let status =
                    self.send(&format!("/api/v1/databases/VNDB-013/{what}"), &self.officer, body).await;
                self.confirmed ^= status == StatusCode::OK;
                "a confirmation"
            }
            5 => {
                let rows = json!([row("VN/GOV/G15/ho-tich", "khai-sinh", 3)]);
                self.one.node.report(self.world, rows).await;
                self.world.hub.paces.forget();
                let rows = json!([asked("VN/GOV/G15/ho-tich", "khai-sinh", 3)]);
                self.other.node.report(self.world, rows).await;
                "traffic"
            }
            6 => {
                let open = look(self.world, "/api/v1/quality/defects?state=live").await;
                let Some(id) = open["items"][0]["id"].as_str() else { return "nothing" };
                let what = if self.dice.throw(2) == 0 { "correct" } else { "dispute" };
                let path = format!("/api/v1/quality/defects/{id}/{what}");
                self.send(&path, &self.owner, json!({ "reason": "đang đối chiếu" })).await;
                "an act"
            }
            7 => {
                let mut tx = self.world.hub.db.write().await.unwrap();
                reports::forget_old(&mut tx, clock::now() + SignedDuration::from_hours(72)).await.unwrap();
                tx.commit().await.unwrap();
                "forgetting"
            }
            8 => {
                self.ahead =
                    SignedDuration::from_hours([0, 30, 24 * 20, 24 * 100][self.dice.one_of(&[0, 1, 2, 3])]);
                "time"
            }
            _ => {
                let service = json!([{ "kind": "Service", "id": format!("VN/GOV/G15/ho-tich/x{}", self.dice.throw(3)), "name": { "vi": "X", "en": "X" },
                    "dataset": { "key": "so", "fields": [{ "name": "so", "label": { "vi": "Số", "en": "Number" } }] } }]);
                apply(&self.world.hub.db, &serde_json::from_value::<Vec<_>>(service).unwrap()).await.unwrap();
                "a dataset"
            }
        }
    }
}

pub(super) async fn what_is_answered_is_what_the_store_has_whatever_happened_before(url: &str) {
    let world = world(url).await;
    another(&world).await;
    confirm(&world).await;
    let one = Measuring::begun(&world).await;
    let other = Measuring::of(&world, OTHER).await;
    let mut doer = Doer {
        officer: world.account_of("nguoi-xac-nhan", None, "hub_officer").await,
        owner: world.account_of("chat-luong", Some("VN/GOV/G01"), "data_officer").await,
        world: &world,
        dice: Dice(20),
        one,
        other,
        confirmed: true,
        ahead: SignedDuration::ZERO,
    };
    let mut deeds = Vec::new();
    for _ in 0..DEEDS_LONG {
        deeds.push(doer.act().await);
        compare(&world, clock::now() + doer.ahead, &deeds.join(", ")).await;
    }
    for deed in [
        "a measurement",
        "another's measurement",
        "a name",
        "a confirmation",
        "traffic",
        "an act",
        "time",
        "a dataset",
    ] {
        assert!(deeds.contains(&deed), "{deeds:?}");
    }
    // Where nothing happened it is the same one, with the lines that it has.
    let now = clock::now();
    let (first, _) = countries(&world, now).await;
    assert!(Arc::ptr_eq(&first, &countries(&world, now).await.0));
    // And traffic alone, which is reported each minute, makes nothing anew either.
    world.hub.paces.forget();
    doer.one.node.report(&world, json!([])).await;
    assert!(Arc::ptr_eq(&first, &countries(&world, clock::now()).await.0));
    waits(&world).await;
}

/// How long somebody waits who looks at all levels: the first, and whoever comes after.
async fn waits(world: &World) {
    let mut tx = world.hub.db.write().await.unwrap();
    for (sql, of) in [
        (
            "INSERT INTO service (id, system, agency, name_vi, name_en, offer)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
             SELECT s.id || CAST(i AS TEXT), s.system, s.agency, s.name_vi, s.name_en, s.offer FROM n, service s WHERE s.id = $2",
            SERVICE,
        ),
        (
            "INSERT INTO quality_report (service, number, node, day, ended_at, report, state, pooled, scores)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
             SELECT r.service || CAST(i AS TEXT), r.number, r.node, r.day, r.ended_at, r.report, r.state, r.pooled, r.scores
             FROM n, quality_report r WHERE r.service = $2
                 AND r.number = (SELECT MAX(l.number) FROM quality_report l WHERE l.service = r.service)",
            SERVICE,
        ),
        (
            "INSERT INTO quality_node (node, service, last, until)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
             SELECT r.node, r.service || CAST(i AS TEXT), r.last, r.until FROM n, quality_node r WHERE r.service = $2",
            SERVICE,
        ),
    ] {
        run!(tx, sql => DATASETS, of).unwrap();
    }
    tx.commit().await.unwrap();
    let look = async || {
        let began = Instant::now();
        let mut tx = world.hub.db.read().await.unwrap();
        let country = world.hub.quality.country(&mut tx, clock::now()).await.unwrap();
        let lines = Level::ALL.iter().map(|level| country.lines(*level).len()).sum::<usize>();
        (lines, began.elapsed())
    };
    let (lines, first) = look().await;
    let (again, next) = look().await;
    assert!(lines == again && lines > usize::try_from(DATASETS).unwrap(), "{lines} {again}");
    println!("{DATASETS} datasets: the first who looks waits {first:?}, others {next:?}");
    assert!(next * 3 < first, "nothing happened, and it was made anew: {first:?}, then {next:?}");
}
