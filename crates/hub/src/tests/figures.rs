//! Nobody moves the figure that judges them: whatever an agency tries by itself, in whatever order, every figure about it and the country
//! stays as it was, and an officer of the hub sees each try.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use jiff::SignedDuration;
use model::id::encode_part;
use model::time::day_in_viet_nam;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::apply;
use super::usage::{Reporting, SERVICE, Sides, asked, confirm, row, world};
use super::world::World;
use crate::clock;

/// What an agency tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Try {
    Registers,
    NamesAnothersSystem,
    NamesItsSystemTwice,
    CallsItself,
    CallsItselfThroughABranch,
    CallsInALoop,
    ReportsWhatNeverWas,
    ReportsWhatItNeverCalled,
    ReportsForBothSides,
    Renames,
    Splits,
    Backdates,
    PutsOffItsDay,
    ComesFirst,
    TakesItsDutyAway,
    TakesItsDatabaseAway,
    ConfirmsItself,
}

const ALL: [Try; 17] = [
    Try::Registers,
    Try::NamesAnothersSystem,
    Try::NamesItsSystemTwice,
    Try::CallsItself,
    Try::CallsItselfThroughABranch,
    Try::CallsInALoop,
    Try::ReportsWhatNeverWas,
    Try::ReportsWhatItNeverCalled,
    Try::ReportsForBothSides,
    Try::Renames,
    Try::Splits,
    Try::Backdates,
    Try::PutsOffItsDay,
    Try::ComesFirst,
    Try::TakesItsDutyAway,
    Try::TakesItsDatabaseAway,
    Try::ConfirmsItself,
];

/// Databases whose figures are looked at: one that was confirmed, one that a source names.
const DATABASES: [&str; 2] = ["VNDB-013", "VNDB-014"];

struct Nation {
    world: World,
    sides: Sides,
    branch: Reporting,
    /// A node of the agency that speaks for a system of another one as well.
    shared: Reporting,
    /// The agency's own: who registers, and who runs systems.
    data: String,
    engineer: String,
    made: usize,
}

/// What is there before anybody tries anything: a database in real use, one that a source names, a duty, a branch of the owner, a province.
async fn nation(url: &str) -> Nation {
    let world = world(url).await;
    let name = json!({ "vi": "Tên", "en": "Name" });
    let more = json!([
        { "kind": "Agency", "id": "VN/GOV/G01.9", "parent": "VN/GOV/G01", "name": name, "bloc": "government" },
        { "kind": "System", "id": "VN/GOV/G01.9/noi-bo", "name": name },
        { "kind": "Node", "id": "VN/GOV/G01.9/nut-1", "address": "127.0.0.1:5519", "systems": ["VN/GOV/G01.9/noi-bo"] },
        { "kind": "Agency", "id": "VN/LOC/H05", "name": name, "bloc": "local" },
        { "kind": "System", "id": "VN/LOC/H05/mot-cua", "name": name },
        { "kind": "Node", "id": "VN/LOC/H05/nut-chinh", "address": "127.0.0.1:5517", "systems": ["VN/LOC/H05/mot-cua"] },
        // The owner's node speaks for a system of another agency as well, as the hub has let it.
        { "kind": "System", "id": "VN/GOV/G15/gui", "name": name },
        { "kind": "Node", "id": "VN/GOV/G01/nut-chung", "address": "127.0.0.1:5518", "systems": ["VN/GOV/G01/dan-cu", "VN/GOV/G15/gui"] },
        { "kind": "Database", "id": "VNDB-014", "name": name, "scale": "national", "standing": "sourced", "owner": "VN/GOV/G01",
          "deadline": "2026-01-01", "listed": [{ "list": "nq-71-2025", "act": "Nghị quyết 71/NQ-CP", "evidence": "implied" }] },
    ]);
    apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(more).unwrap()).await.unwrap();
    confirm(&world).await;
    let mut sides = Sides::admitted(&world).await;
    sides.report(&world, "khai-sinh", 3).await;
    let mut province = Reporting::of(&world, "VN/LOC/H05/nut-chinh").await;
    assert_eq!(province.report(&world, json!([])).await.0, StatusCode::OK);
    let branch = Reporting::of(&world, "VN/GOV/G01.9/nut-1").await;
    let shared = Reporting::of(&world, "VN/GOV/G01/nut-chung").await;
    let data = world.account_of("lan.g01", Some("VN/GOV/G01"), "data_officer").await;
    let engineer = world.account_of("minh.g01", Some("VN/GOV/G01"), "engineer").await;
    Nation { world, sides, branch, shared, data, engineer, made: 0 }
}

/// A registered database of the agency.
fn registered(id: &str, more: &Value) -> Value {
    let mut document = json!({ "kind": "Database", "id": id, "name": { "vi": "Tên", "en": "Name" }, "scale": "national",
        "standing": "registered", "owner": "VN/GOV/G01", "legal_basis": "x", "scope": "x", "class": "core", "retention": "permanent",
        "security_level": 4, "personal_data": "basic", "declared": { "stage": "in_shared_use", "since": "2020-01-01", "evidence": "x" } });
    for (name, value) in more.as_object().into_iter().flatten() {
        document[name.as_str()] = value.clone();
    }
    document
}

impl Nation {
    async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.world.send("GET", path, Some(&self.world.token), Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    async fn apply(&self, who: &str, document: Value) -> (StatusCode, Value) {
        let body = json!({ "documents": [document], "reason": "thử" });
        self.world.send("POST", "/api/v1/apply", Some(who), body).await
    }

    /// Every figure about the agency and the country. First those that stand on what both sides have counted, then counts of calls, which
    /// grow with real ones.
    async fn figures(&self) -> [BTreeMap<String, Value>; 2] {
        let (mut standing, mut counts) = (BTreeMap::new(), BTreeMap::new());
        let overview = self.get("/api/v1/overview").await;
        for (member, value) in
            overview["databases"].as_object().unwrap().iter().filter(|(name, _)| *name != "claims")
        {
            standing.insert(format!("overview, databases, {member}"), value.clone());
        }
        for member in ["duties", "localities"] {
            standing.insert(format!("overview, {member}"), overview[member].clone());
        }
        let lines = self.get("/api/v1/databases").await;
        for id in DATABASES {
            let line = lines["items"].as_array().unwrap().iter().find(|line| line["id"] == id).unwrap();
            for member in [
                "standing",
                "known",
                "observed",
                "services",
                "agencies",
                "first_use",
                "priority",
                "deadline",
                "listed",
            ] {
                standing.insert(format!("{id}, {member}"), line[member].clone());
            }
            let observed = self.get(&format!("/api/v1/databases/{id}")).await["observed"].clone();
            for member in ["standing", "stage", "services", "with_contract", "traffic"] {
                standing.insert(format!("{id}, seen, {member}"), observed[member].clone());
            }
            let figures =
                ["answered", "empty", "p95_micros"].map(|member| observed["figures"][member].clone());
            counts.insert(format!("{id}, figures"), json!(figures));
        }
        let duty = self.get("/api/v1/duties/dan-cu-ngay-sinh").await;
        standing.insert("duty".to_owned(), json!([duty["entry"]["deadline"], duty["progress"]]));
        // What the agency is assessed by of what machines observe.
        let run = json!({ "reason": "thử" });
        let (status, told) =
            self.world.send("POST", "/api/v1/assessments/run", Some(&self.world.token), run).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        let bundle = self.get("/api/v1/assessments/bundle?agency=VN/GOV/G01").await;
        let measures = &bundle["agencies"][0]["evidence"]["measures"];
        for measure in ["consumers", "duties_in_use", "duties_published"] {
            standing.insert(format!("assessed by {measure}"), measures[measure]["measured"]["value"].clone());
        }
        for measure in ["calls_answered", "latency_p95"] {
            counts.insert(format!("assessed by {measure}"), measures[measure]["measured"]["value"].clone());
        }
        standing.insert("official lists".to_owned(), self.get("/api/v1/official-lists").await);
        let month = day_in_viet_nam(clock::now()).strftime("%Y-%m").to_string();
        let month = self.get(&format!("/api/v1/usage/monthly?owner=VN/GOV/G01&month={month}")).await;
        standing.insert("month, since".to_owned(), month["measured_since"].clone());
        standing.insert(
            "month, unused".to_owned(),
            json!(month["unused"].as_array().unwrap().contains(&json!(SERVICE))),
        );
        for item in month["items"].as_array().unwrap().iter().filter(|item| item["answered"] != 0) {
            let of = format!("month, {} {} {}", item["service"], item["consumer"], item["purpose"]);
            standing.insert(format!("{of}, days"), item["days"].clone());
            counts.insert(format!("{of}, answered"), json!([item["answered"], item["empty"]]));
        }
        [standing, counts]
    }

    /// The pairs of the last days, of which one is looked for.
    async fn pair(&self, query: &str, is_it: impl Fn(&Value) -> bool) -> Option<Value> {
        let pairs = self.get(&format!("/api/v1/usage/pairs?days=31&limit=500{query}")).await;
        pairs["items"].as_array().unwrap().iter().find(|line| is_it(line)).cloned()
    }

    async fn last_entry(&self) -> Value {
        self.get("/api/v1/changes?newest=true&limit=1").await["items"][0].clone()
    }

    async fn is_claimed(&self, is_it: impl Fn(&Value) -> bool) -> bool {
        let claims = self.get("/api/v1/claims").await;
        claims["items"].as_array().unwrap().iter().any(is_it)
    }

    /// Somebody of the agency is refused, and the trail tells of it.
    async fn is_refused(&self, (status, told): (StatusCode, Value), who: &str) {
        assert_eq!(status, StatusCode::FORBIDDEN, "{told}");
        let entry = self.last_entry().await;
        assert_eq!((&entry["act"], &entry["subject"]), (&json!("refused"), &json!(who)), "{entry}");
        assert_eq!(entry["after"]["fault"], told["title"], "{entry}");
    }

    /// A new node of an agency, in whose past anything may have been.
    async fn new_node(&self, agency: &str, system: &str) -> Reporting {
        let id = format!("{agency}/nut-9{}", self.made);
        let node = json!({ "kind": "Node", "id": id, "address": format!("127.0.0.1:{}", 6000 + self.made), "systems": [system] });
        let who = if agency == "VN/GOV/G01" { &self.engineer } else { &self.world.token };
        let (status, told) = self.apply(who, node).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        Reporting::of(&self.world, &id).await
    }

    async fn report(&self, node: &mut Reporting, hours_ago: i64, rows: Value) {
        let to = clock::now() - SignedDuration::from_hours(hours_ago);
        let from = if hours_ago > 600 {
            "1970-01-01T00:00:00Z".parse().unwrap()
        } else {
            to - SignedDuration::from_hours(1)
        };
        let (status, told) = node.report_of(&self.world, (from, to), rows).await;
        assert_eq!((status, &told["taken"]), (StatusCode::OK, &json!(true)), "{told}");
    }

    /// Tries it, and looks whether an officer of the hub sees that.
    async fn attempt(&mut self, what: Try) {
        self.made += 1;
        self.world.hub.paces.forget();
        let id = format!("VNDB-9{}", self.made);
        match what {
            Try::Registers
            | Try::NamesAnothersSystem
            | Try::NamesItsSystemTwice
            | Try::Renames
            | Try::Splits => {
                self.claims(what, &id).await;
            }
            Try::PutsOffItsDay
            | Try::ComesFirst
            | Try::TakesItsDutyAway
            | Try::TakesItsDatabaseAway
            | Try::ConfirmsItself => {
                self.judges_itself(what).await;
            }
            _ => self.reports(what).await,
        }
    }

    async fn claims(&self, what: Try, id: &str) {
        match what {
            Try::Registers => {
                assert_eq!(self.apply(&self.data, registered(id, &json!({}))).await.0, StatusCode::OK);
                assert!(
                    self.is_claimed(|claim| claim["database"] == id && claim["what"] == "registered").await
                );
            }
            Try::NamesAnothersSystem => {
                let named = registered(id, &json!({ "systems": ["VN/GOV/G15/ho-tich"] }));
                self.is_refused(self.apply(&self.data, named).await, "lan.g01").await;
            }
            Try::NamesItsSystemTwice => {
                let named = registered(id, &json!({ "systems": ["VN/GOV/G01/dan-cu"] }));
                assert_eq!(self.apply(&self.data, named).await.0, StatusCode::OK);
                let held = |claim: &Value| {
                    claim["database"] == id && claim["service"] == SERVICE && claim["held_by"] == "VNDB-013"
                };
                assert!(self.is_claimed(held).await);
            }
            Try::Renames => {
                // Under another name, and as another one.
                let mut own = self.get("/api/v1/registry/databases/VNDB-013").await;
                own["kind"] = json!("Database");
                own["name"]["vi"] = json!(format!("Tên {id}"));
                assert_eq!(self.apply(&self.data, own.clone()).await.0, StatusCode::OK);
                let entry = self.last_entry().await;
                assert_eq!((&entry["who"], &entry["subject"]), (&json!("lan.g01"), &json!("VNDB-013")));
                (own["id"], own["master_data"]) = (json!(id), json!([]));
                assert_eq!(self.apply(&self.data, own).await.0, StatusCode::OK);
                assert!(
                    self.is_claimed(|claim| claim["database"] == id && claim["what"] == "registered").await
                );
                // What was confirmed does not go away for another to come.
                let gone = format!("/api/v1/registry/services/{}?reason=x", encode_part(SERVICE));
                let (_, told) = self.world.send("DELETE", &gone, Some(&self.engineer), Value::Null).await;
                assert_eq!(told["title"], "LT-7104", "{told}");
            }
            _ => {
                let part = format!("VN/GOV/G01/dan-cu/phan-{}", self.made);
                let service = json!({ "kind": "Service", "id": part, "name": { "vi": "Phần", "en": "Part" },
                    "http": { "endpoints": [{ "method": "GET", "path": "/*" }] } });
                let (status, told) = self.apply(&self.engineer, service).await;
                assert_eq!(status, StatusCode::OK, "{told}");
                assert!(
                    self.is_claimed(|claim| claim["database"] == "VNDB-013" && claim["service"] == part)
                        .await
                );
            }
        }
    }

    async fn judges_itself(&self, what: Try) {
        let source = |more: Value| {
            let mut document = json!({ "kind": "Database", "id": "VNDB-014", "name": { "vi": "Tên", "en": "Name" }, "scale": "national",
                "standing": "sourced", "owner": "VN/GOV/G01", "deadline": "2026-01-01",
                "listed": [{ "list": "nq-71-2025", "act": "Nghị quyết 71/NQ-CP", "evidence": "implied" }] });
            for (name, value) in more.as_object().unwrap() {
                document[name.as_str()] = value.clone();
            }
            document
        };
        let send = async |method: &str, path: &str| {
            let body = json!({ "services": [SERVICE], "reason": "thử" });
            self.world.send(method, path, Some(&self.data), body).await
        };
        let answer = match what {
            Try::PutsOffItsDay => {
                let mut duty = self.get("/api/v1/registry/duties/dan-cu-ngay-sinh").await;
                (duty["kind"], duty["deadline"]) = (json!("Duty"), json!("2099-12-31"));
                self.is_refused(self.apply(&self.data, duty).await, "lan.g01").await;
                self.apply(&self.data, source(json!({ "deadline": "2099-01-01" }))).await
            }
            Try::ComesFirst => self.apply(&self.data, source(json!({ "priority": true }))).await,
            Try::TakesItsDutyAway => {
                send("DELETE", "/api/v1/registry/duties/dan-cu-ngay-sinh?reason=x").await
            }
            Try::TakesItsDatabaseAway => send("DELETE", "/api/v1/registry/databases/VNDB-014?reason=x").await,
            _ => send("POST", "/api/v1/databases/VNDB-013/confirm").await,
        };
        self.is_refused(answer, "lan.g01").await;
    }

    async fn reports(&mut self, what: Try) {
        let many = 1000 + self.made as u64;
        let other = "VN/GOV/G15/ho-tich";
        let is_one_sided = |consumer: &'static str| {
            move |line: &Value| {
                line["consumer"] == consumer && line["compared"] == "one_sided" && line["counted"] == 0
            }
        };
        match what {
            Try::CallsItself => {
                let own = "VN/GOV/G01/mot-cua";
                let rows = json!([row(own, "khai-sinh", many), asked(own, "khai-sinh", many)]);
                assert_eq!(self.sides.provider.report(&self.world, rows).await.0, StatusCode::OK);
                let seen = self.pair("", |line| line["consumer"] == "VN/GOV/G01").await.unwrap();
                assert_eq!((&seen["compared"], &seen["counted"]), (&json!("own"), &json!(0)), "{seen}");
            }
            Try::CallsItselfThroughABranch => {
                let own = "VN/GOV/G01.9/noi-bo";
                let rows = json!([row(own, "khai-sinh", many)]);
                assert_eq!(self.sides.provider.report(&self.world, rows).await.0, StatusCode::OK);
                let rows = json!([asked(own, "khai-sinh", many)]);
                assert_eq!(self.branch.report(&self.world, rows).await.0, StatusCode::OK);
                let seen = self.pair("", |line| line["consumer"] == "VN/GOV/G01.9").await.unwrap();
                assert_eq!((&seen["compared"], &seen["counted"]), (&json!("own"), &json!(0)), "{seen}");
            }
            Try::CallsInALoop => {
                self.sides.report(&self.world, "khai-sinh", many).await;
                let seen = self.pair("", |line| line["counted"].as_u64().unwrap() >= many).await;
                assert!(seen.is_some_and(|seen| seen["consumer"] == "VN/GOV/G15"));
            }
            Try::ReportsWhatNeverWas => {
                // Today, where the other side has counted something, and on a day on which it has not.
                let rows = json!([row(other, "khai-sinh", many)]);
                assert_eq!(self.sides.provider.report(&self.world, rows.clone()).await.0, StatusCode::OK);
                let mut node = self.new_node("VN/GOV/G01", "VN/GOV/G01/dan-cu").await;
                self.report(&mut node, 49, rows).await;
                assert!(self.pair("&differing=true", is_one_sided("VN/GOV/G15")).await.is_some());
            }
            Try::ReportsWhatItNeverCalled => {
                let mut node = self.new_node("VN/LOC/H05", "VN/LOC/H05/mot-cua").await;
                self.report(&mut node, 49, json!([asked("VN/LOC/H05/mot-cua", "khai-sinh", many)])).await;
                assert!(
                    self.pair("&agency=VN/LOC/H05&differing=true", is_one_sided("VN/LOC/H05"))
                        .await
                        .is_some()
                );
            }
            Try::ReportsForBothSides => {
                let client = "VN/GOV/G15/gui";
                let rows = json!([row(client, "trich-luc", many), asked(client, "trich-luc", many)]);
                assert_eq!(self.shared.report(&self.world, rows).await.0, StatusCode::OK);
                let seen = self
                    .pair("&agency=VN/GOV/G15", |line| {
                        line["at_provider"]["answered"].as_u64().unwrap() >= many
                    })
                    .await
                    .unwrap();
                assert_ne!(seen["at_provider"]["answered"], seen["at_consumer"]["answered"], "{seen}");
            }
            _ => {
                let mut node = self.new_node("VN/GOV/G01", "VN/GOV/G01/dan-cu").await;
                self.report(&mut node, 29 * 24, json!([row(other, "khai-sinh", many)])).await;
                let day = day_in_viet_nam(clock::now() - SignedDuration::from_hours(29 * 24)).to_string();
                let seen = self.pair("&differing=true", |line| line["day"] == day.as_str()).await.unwrap();
                assert_eq!((&seen["compared"], &seen["counted"]), (&json!("one_sided"), &json!(0)), "{seen}");
            }
        }
    }
}

pub(super) async fn nobody_moves_the_figure_that_judges_them(url: &str) {
    let mut nation = nation(url).await;
    let more = prop::collection::vec(0..ALL.len(), 8);
    let tries = (Just(ALL.to_vec()).prop_shuffle(), more).prop_map(|(all, more)| {
        all.into_iter().chain(more.into_iter().map(|at| ALL[at])).collect::<Vec<_>>()
    });
    let tries = tries.new_tree(&mut TestRunner::default()).unwrap().current();
    let mut before = nation.figures().await;
    // The world is not empty: a test that counts nothing would prove nothing.
    let [standing, counts] = &before;
    assert_eq!(standing["VNDB-013, observed"], "connected", "{standing:?}");
    assert_eq!(standing["overview, databases, known"], 2);
    assert_eq!(counts["VNDB-013, figures"][0], 3, "{counts:?}");
    assert_eq!(
        (&standing["assessed by consumers"], &standing["assessed by duties_in_use"]),
        (&json!(1), &json!(10_000))
    );
    assert!(counts["assessed by calls_answered"].is_i64(), "{counts:?}");
    for (nth, what) in tries.iter().enumerate() {
        nation.attempt(*what).await;
        let after = nation.figures().await;
        for (figure, was) in &before[0] {
            assert_eq!(
                after[0].get(figure),
                Some(was),
                "{figure} is moved by {what:?}, the {nth}th of {tries:?}"
            );
        }
        assert_eq!(before[0].len(), after[0].len(), "{what:?}");
        if *what != Try::CallsInALoop {
            assert_eq!(before[1], after[1], "{what:?}, the {nth}th of {tries:?}");
        }
        before = after;
    }
}
