//! The law of notices: whoever must act is told, nobody who may not see it is, and nobody hears one thing twice; over every role at every
//! side of what happens, whatever happens in whatever order. And what goes out: as people wish, whatever fails.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use jiff::{SignedDuration, Span, Timestamp};
use model::ending::{Ending, Kind as Ends};
use model::time::day_in_viet_nam;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use super::usage::world;
use super::world::World;
use crate::audit::right::Role;
use crate::clock;
use crate::notice::cause::mark;
use crate::notice::setting::{self, Channel, When};
use crate::notice::tell::{Memory, look};
use crate::notice::{Kind, outbox};
use crate::people::store::by_name;
use crate::store::{Db, all, run};

const ASKING: &str = "VN/GOV/G15/ho-tich";
const SERVICE: &str = "VN/GOV/G01/dan-cu/nguoi";
const PARTS: [&str; 7] = ["content", "technique", "ready", "minutes", "minutes_owner", "rules", "go"];
/// What happens in turn: clocks run while requests are under way, before they end.
const IN_TURN: [u64; 14] = [0, 1, 9, 10, 11, 12, 13, 2, 3, 6, 7, 8, 4, 5];
/// Places where officers are: of the owner, of who asks, of an agency that nothing concerns, of the hub.
const PLACES: [(&str, Option<&str>); 4] =
    [("chu", Some("VN/GOV/G01")), ("xin", Some("VN/GOV/G15")), ("ngoai", Some("VN/GOV/G07")), ("hub", None)];

/// Somebody in each role at each place, with what they were told so far.
struct Nation {
    world: World,
    tokens: BTreeMap<String, String>,
    told: BTreeMap<String, BTreeSet<i64>>,
    memory: Memory,
    now: Timestamp,
    seed: u64,
}

impl Nation {
    async fn new(url: &str) -> Self {
        let world = world(url).await;
        let more = json!([{ "kind": "Agency", "id": "VN/GOV/G07", "name": { "vi": "Bộ khác", "en": "Another" }, "bloc": "government" }]);
        super::apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(more).unwrap()).await.unwrap();
        // Far away, whenever the test runs.
        let mut tx = world.hub.db.write().await.unwrap();
        run!(tx, "UPDATE grants SET valid_to = '2099-01-01'").unwrap();
        tx.commit().await.unwrap();
        let mut tokens = BTreeMap::new();
        for (place, agency) in PLACES {
            for role in Role::ALL.into_iter().filter(|role| role.fits(agency.is_none())) {
                let role = json!(role).as_str().unwrap().to_owned();
                let name = format!("{place}.{role}");
                let token = world.account_of(&name, agency, &role).await;
                tokens.insert(name, token);
            }
        }
        Self { world, tokens, told: BTreeMap::new(), memory: Memory::default(), now: clock::now(), seed: 7 }
    }

    fn dice(&mut self, sides: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % sides
    }

    async fn ask(&self, who: &str, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        self.world.send(method, path, Some(&self.tokens[who]), body).await
    }

    async fn items(&self, who: &str, path: &str) -> Vec<Value> {
        let (status, answer) = self.ask(who, "GET", path, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{who} {path}: {answer}");
        answer["items"].as_array().unwrap().clone()
    }

    async fn sql(&self, statement: &'static str, a: &str, b: &str) {
        let mut tx = self.world.hub.db.write().await.unwrap();
        run!(tx, statement => a, b).unwrap();
        tx.commit().await.unwrap();
    }

    async fn requests(&self) -> Vec<String> {
        let listed = self.items("hub.hub_officer", "/api/v1/requests?limit=100").await;
        listed.iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect()
    }

    async fn open(&self) {
        let until = day_in_viet_nam(clock::now()) + Span::new().years(1);
        let asking = json!({ "asking": {
            "type": "on_request", "mode": "query", "client": ASKING, "service": SERVICE, "per_second": 5,
            "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": ["ho_ten"], "volume": "200 lượt mỗi ngày",
            "valid_to": until, "statement": "Đăng ký khai sinh, số định danh 001099000001",
        } });
        let (status, answer) = self.ask("xin.engineer", "POST", "/api/v1/requests", asking).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    /// Something happens: each thing in turn, then as the dice fall. What cannot be done at the point is refused, which is no matter here.
    async fn happen(&mut self, turn: u64) -> String {
        let requests = self.requests().await;
        let what = match turn {
            _ if requests.is_empty() => 0,
            0..28 => IN_TURN[usize::try_from(turn % 14).unwrap()],
            _ => self.dice(14),
        };
        let number = usize::try_from(self.dice(requests.len().max(1) as u64)).unwrap();
        let id = requests.get(number).cloned().unwrap_or_default();
        let part = PARTS[usize::try_from(self.dice(7)).unwrap()];
        // A clock that is near, one that has run out, or a grant that ends soon.
        let days = i64::try_from(self.dice(3)).unwrap();
        let days = match what {
            10 => -1 - 2 * days,
            11 => 1 + days,
            _ => days,
        };
        let day = day_in_viet_nam(self.now) + Span::new().days(days);
        let act = async |who: &str, act: Value| {
            self.ask(who, "POST", &format!("/api/v1/requests/{id}/acts"), act).await.0
        };
        let (owner, hub, applicant) = ("chu.data_officer", "hub.hub_officer", "xin.engineer");
        match what {
            0 | 1 if requests.len() < 6 => self.open().await,
            2..=5 => {
                for who in [owner, hub, applicant] {
                    act(who, json!({ "act": "do", "part": part, "text": "được" })).await;
                }
            }
            6 => drop(act(owner, json!({ "act": "return", "text": "bổ sung" })).await),
            7 => drop(act(applicant, json!({ "act": "withdraw", "text": "thôi" })).await),
            8 => {
                let basis = json!({ "act": "refuse", "part": "content", "text": "không", "basis": "nd-70" });
                act(owner, basis).await;
            }
            9 | 10 => {
                self.sql("UPDATE request SET due = $2, entered_at = '2026-01-05T00:00:00Z' WHERE id = $1 AND due IS NOT NULL", &id, &day.to_string())
                    .await;
            }
            11 => {
                self.sql("UPDATE grants SET valid_to = $2 WHERE id = $1", "g-khai-sinh", &day.to_string())
                    .await
            }
            12 => self.incident().await,
            _ => {
                let cut = json!({ "service": SERVICE, "why": "unplanned", "reason": "bảo trì gấp" });
                self.ask(owner, "POST", "/api/v1/suspensions", cut).await;
            }
        }
        format!("{what} {id} {part} {day}")
    }

    /// An incident begins, or the last one ends.
    async fn incident(&mut self) {
        let mut tx = self.world.hub.db.write().await.unwrap();
        let live: Vec<(String,)> = all!(tx, "SELECT id FROM incident WHERE ended_at IS NULL").unwrap();
        let now = self.now.to_string();
        if let Some((id,)) = live.first() {
            run!(tx, "UPDATE incident SET ended_at = $2, state = 'recovered' WHERE id = $1" => id, &now)
                .unwrap();
        } else {
            let id = format!("SC-2026-{:06}", self.dice(900_000));
            run!(
                tx,
                "INSERT INTO incident (id, subject, cause, state, since, opened_at, times, evidence, affected)
                 VALUES ($1, 'VN/GOV/G01/nut-1', 'down', 'open', $2, $2, 1, $3, $4) ON CONFLICT DO NOTHING"
                => &id, &now, "{\"heard\":false,\"reached_by\":0,\"unreached_by\":0,\"how\":{}}",
                   "{\"services\":[],\"purposes\":[],\"systems\":[],\"agencies\":[]}"
            )
            .unwrap();
            for (agency, role) in [("", "hub"), ("VN/GOV/G01", "owner"), ("VN/GOV/G15", "caller")] {
                run!(
                    tx,
                    "INSERT INTO incident_party (incident, agency, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING" => &id, agency, role
                )
                .unwrap();
            }
        }
        tx.commit().await.unwrap();
    }

    fn endings(&self) -> Vec<Ending> {
        let at = "2026-12-20T00:00:00Z".parse().unwrap();
        let name = "VN/GOV/G01/nut-1#0011223344556677";
        Ending::of(Ends::NodeTls, Some(name), at, "2026-12-01T00:00:00Z".parse().unwrap())
            .into_iter()
            .collect()
    }

    /// People are told; returns what each of them was told then.
    async fn tell(&mut self) -> BTreeMap<String, Vec<Value>> {
        self.now += SignedDuration::from_mins(2);
        let endings = self.endings();
        look(&self.world.hub.db, &endings, &mut self.memory, self.now).await.unwrap();
        let mut new = BTreeMap::new();
        for who in self.tokens.keys().cloned().collect::<Vec<_>>() {
            let mut all = self.items(&who, "/api/v1/notices").await;
            let known = self.told.entry(who.clone()).or_default();
            all.retain(|notice| known.insert(notice["id"].as_i64().unwrap()));
            new.insert(who, all);
        }
        new
    }
}

/// Whether what was told now is what the law says.
async fn check(nation: &mut Nation, new: &BTreeMap<String, Vec<Value>>, said: &str) {
    for (who, notices) in new {
        // Whoever may not see the thing was not told of it.
        for notice in notices {
            let (kind, id) = (notice["about_kind"].as_str().unwrap(), notice["about"].as_str().unwrap());
            let place = who.split('.').next().unwrap();
            match kind {
                "Request" => {
                    let seen = nation.ask(who, "GET", &format!("/api/v1/requests/{id}"), Value::Null).await;
                    assert_eq!(seen.0, StatusCode::OK, "{said}: {who} {notice}");
                }
                "Incident" => {
                    let (status, seen) =
                        nation.ask(who, "GET", &format!("/api/v1/incidents/{id}"), Value::Null).await;
                    assert_eq!(status, StatusCode::OK, "{said}: {who} {notice}");
                    let may = seen["may"].as_array().unwrap().contains(&json!("take"));
                    if notice["kind"] == "incident" {
                        assert_eq!(notice["why"] == "act", may, "{said}: {who} {notice} {seen}");
                    }
                }
                "Database" => assert!(place == "hub" || place == "chu", "{said}: {who} {notice}"),
                _ => assert_ne!(place, "ngoai", "{said}: {who} {notice}"),
            }
            for text in ["vi", "en"] {
                // What somebody has typed is in no notice.
                assert!(!notice[text].as_str().unwrap().contains("001099000001"), "{notice}");
                assert!(!notice[text].as_str().unwrap().contains("Đăng ký khai sinh"), "{notice}");
            }
        }
        // What waits for somebody they were told of, under this key or before; and nothing else as theirs to do.
        let waiting = nation.items(who, "/api/v1/requests?waiting=true&limit=100").await;
        let waiting: BTreeSet<&str> = waiting.iter().map(|line| line["id"].as_str().unwrap()).collect();
        let all = nation.items(who, "/api/v1/notices").await;
        let of = |kind: &str| {
            let told = all.iter().filter(|notice| notice["kind"] == kind && notice["why"] == "act");
            told.map(|notice| notice["about"].as_str().unwrap()).collect::<BTreeSet<_>>()
        };
        assert!(waiting.is_subset(&of("request_waits")), "{said}: {who} {waiting:?} {all:?}");
        let told_now =
            notices.iter().filter(|notice| notice["kind"] == "request_waits" && notice["why"] == "act");
        let told_now: BTreeSet<&str> = told_now.map(|notice| notice["about"].as_str().unwrap()).collect();
        assert!(told_now.is_subset(&waiting), "{said}: {who} {told_now:?} {waiting:?}");
        // The page of work says the same.
        let work = nation.items(who, "/api/v1/work").await;
        let on_desk: BTreeSet<&str> = work
            .iter()
            .filter(|item| item["kind"] == "request_waits")
            .map(|item| item["about"].as_str().unwrap())
            .collect();
        assert_eq!(on_desk, waiting, "{said}: {who}");
        let mut before: Vec<i64> = Vec::new();
        for item in &work {
            before.push(item["time_left"]["days"].as_i64().unwrap_or(i64::MAX));
        }
        assert!(before.is_sorted(), "what is late comes first: {work:?}");
    }
}

pub(super) async fn whoever_must_act_is_told_once_and_nobody_who_may_not_see_it(url: &str) {
    let mut nation = Nation::new(url).await;
    let mut kinds = BTreeSet::new();
    for turn in 0..45 {
        let said = nation.happen(turn).await;
        let new = nation.tell().await;
        kinds.extend(new.values().flatten().map(|notice| notice["kind"].as_str().unwrap().to_owned()));
        check(&mut nation, &new, &said).await;
        // Looked at again, by this hub, by one that begins anew and by two at once, there is nothing to tell.
        let again = nation.tell().await;
        assert!(again.values().all(Vec::is_empty), "{said}: {again:?}");
    }
    nation.memory = Memory::default();
    let again = nation.tell().await;
    assert!(again.values().all(Vec::is_empty), "{again:?}");
    // Two hubs at once, just after something has happened.
    nation.open().await;
    let (db, now) = (nation.world.hub.db.clone(), nation.now + SignedDuration::from_mins(5));
    let (mut one, mut other) = (Memory::default(), Memory::default());
    let both = tokio::join!(look(&db, &[], &mut one, now), look(&db, &[], &mut other, now));
    let written = both.0.unwrap() + both.1.unwrap();
    let new = nation.tell().await;
    assert_eq!(new.values().map(Vec::len).sum::<usize>(), written);
    let about: Vec<&Value> = new["chu.data_officer"].iter().map(|notice| &notice["about"]).collect();
    assert_eq!(about.len(), 1, "{new:?}");
    // The dice have shown all there is, but for what needs an owner's claim or a revocation.
    nation
        .ask("chu.data_officer", "POST", "/api/v1/grants/g-khai-sinh/revoke", json!({ "reason": "thôi" }))
        .await;
    let confirm = json!({ "services": [], "reason": "đã xem" });
    nation.ask("hub.hub_officer", "POST", "/api/v1/databases/VNDB-013/confirm", confirm).await;
    // A defect whose day is over.
    let late = "INSERT INTO quality_defect (id, service, owner, reporter, origin, rule, field, kind, severity, state, opened_at, check_by,
            due, fails, gain, times, entry)
        VALUES ('CL-2026-000001', $1, $2, '', 'measured', 'ho_ten:spaces', 'ho_ten', 'format', 'warning', 'open', '2026-01-01T00:00:00Z',
            '2026-01-08', '2026-01-15', 3, 1, 1, '{}')";
    nation.sql(late, "VN/GOV/G01/dan-cu/nguoi", "VN/GOV/G01").await;
    // Tasks: one that is due tomorrow, one that waits to be looked at, one that is late and was opened again.
    let tomorrow = day_in_viet_nam(nation.now) + Span::new().days(1);
    nation.sql("UPDATE task SET deadline = $2 WHERE id = $1", "nv-thu", &tomorrow.to_string()).await;
    let another = "INSERT INTO task (id, directive, lead, deadline, way, entry)
        SELECT $1, directive, lead, $2, 'review', REPLACE(entry, '\"nv-thu\"', '\"nv-thu-b\"') FROM task WHERE id = 'nv-thu'";
    nation.sql(another, "nv-thu-b", "2099-01-01").await;
    let late = "INSERT INTO task (id, directive, lead, deadline, way, entry)
        SELECT $1, directive, lead, $2, 'measure', REPLACE(entry, '\"nv-thu\"', '\"nv-thu-c\"') FROM task WHERE id = 'nv-thu'";
    nation.sql(late, "nv-thu-c", "2026-01-01").await;
    let standing = "INSERT INTO task_standing (task, claimed_on, observed, told, times, seen_at)
        VALUES ('nv-thu-b', $1, '', '', 0, $2), ('nv-thu-c', NULL, '', '', 1, $2)";
    nation.sql(standing, "2026-01-01", "2026-01-01T00:00:00Z").await;
    let new = nation.tell().await;
    check(&mut nation, &new, "the rest").await;
    kinds.extend(new.values().flatten().map(|notice| notice["kind"].as_str().unwrap().to_owned()));
    let all: BTreeSet<String> =
        Kind::ALL.iter().map(|kind| json!(kind).as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, all, "every kind was told of");
}

/// Who has a notice of a kind, and why.
async fn who_has(nation: &Nation, kind: &str, about: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for who in nation.tokens.keys() {
        for notice in nation.items(who, "/api/v1/notices").await {
            if notice["kind"] == kind && notice["about"] == about {
                found.entry(who.clone()).or_insert_with(|| notice["why"].as_str().unwrap().to_owned());
            }
        }
    }
    found
}

pub(super) async fn what_is_late_comes_before_those_above_and_nobody_above_hears_it_before(url: &str) {
    let mut nation = Nation::new(url).await;
    nation.open().await;
    let id = nation.requests().await[0].clone();
    let names = |told: &BTreeMap<String, String>| {
        told.iter().map(|(who, why)| format!("{who}:{why}")).collect::<Vec<_>>().join(" ")
    };
    let today = day_in_viet_nam(nation.now);
    for (left, near, over) in [
        (3, "", ""),
        (2, "chu.data_officer:act", ""),
        (0, "chu.data_officer:act", ""),
        (-1, "chu.data_officer:act", "chu.compliance_officer:late chu.data_officer:act"),
        (-2, "chu.data_officer:act", "chu.compliance_officer:late chu.data_officer:act"),
        (-3, "chu.data_officer:act", "chu.compliance_officer:late chu.data_officer:act hub.hub_officer:late"),
        (
            -30,
            "chu.data_officer:act",
            "chu.compliance_officer:late chu.data_officer:act hub.hub_officer:late",
        ),
    ] {
        let day = (today + Span::new().days(left)).to_string();
        nation
            .sql("UPDATE request SET due = $2, entered_at = '2026-01-05T00:00:00Z' WHERE id = $1", &id, &day)
            .await;
        nation.tell().await;
        assert_eq!(names(&who_has(&nation, "deadline_near", &id).await), near, "{left}");
        assert_eq!(names(&who_has(&nation, "deadline_over", &id).await), over, "{left}");
    }
    // A step of the hub's own goes to whoever watches the hub.
    let act = json!({ "act": "do", "part": "content", "text": "được" });
    assert_eq!(
        nation.ask("chu.data_officer", "POST", &format!("/api/v1/requests/{id}/acts"), act).await.0,
        StatusCode::OK
    );
    let day = (today - Span::new().days(9)).to_string();
    nation.sql("UPDATE request SET due = $2 WHERE id = $1", &id, &day).await;
    nation.tell().await;
    let over = names(&who_has(&nation, "deadline_over", &id).await);
    let all =
        "chu.compliance_officer:late chu.data_officer:act hub.compliance_officer:late hub.hub_officer:act";
    assert_eq!(over, all);
    // Where nobody holds the role, the hub is told at once.
    let gone = json!({ "reason": "chuyển công tác" });
    for role in ["data_officer", "engineer", "innovator", "commune_contact"] {
        let path = format!("/api/v1/accounts/xin.{role}/disable");
        assert_eq!(nation.ask("hub.administrator", "POST", &path, gone.clone()).await.0, StatusCode::OK);
        nation.tokens.remove(&format!("xin.{role}"));
    }
    let act = json!({ "act": "do", "part": "technique", "text": "được" });
    assert_eq!(
        nation.ask("hub.hub_officer", "POST", &format!("/api/v1/requests/{id}/acts"), act).await.0,
        StatusCode::OK
    );
    nation.tell().await;
    let waits = who_has(&nation, "request_waits", &id).await;
    assert_eq!(names(&waits), "chu.data_officer:act hub.hub_officer:nobody", "told as it went its way");
    let mut tx = nation.world.hub.db.read().await.unwrap();
    let why: Vec<(String,)> = all!(
        tx,
        "SELECT account FROM notice WHERE about = $1 AND kind = 'request_waits' AND why = 'nobody' ORDER BY account" => &id
    )
    .unwrap();
    assert_eq!(why, [("hub.hub_officer".to_owned(),), ("quan-tri".to_owned(),)], "all officers of the hub");
}

/// What waits to go out of somebody, by way: how many letters, and how many notices in them.
async fn waits(nation: &Nation, who: &str, channel: &str) -> (usize, usize) {
    let mut tx = nation.world.hub.db.read().await.unwrap();
    let rows: Vec<(String, String)> = all!(
        tx,
        "SELECT d.id, CAST(n.notice AS TEXT) FROM notice_delivery d JOIN notice_in_delivery n ON n.delivery = d.id
         WHERE d.account = $1 AND d.channel = $2 AND d.done_at IS NULL" => who, channel
    )
    .unwrap();
    (rows.iter().map(|(id, _)| id).collect::<BTreeSet<_>>().len(), rows.len())
}

/// Whoever took a letter died, or nobody takes it: it comes again under its number, later each time, and is given up after days. How often.
async fn tried(db: &Db, taken: &outbox::Delivery, now: Timestamp) -> usize {
    let (mut at, mut tries) = (now, 0);
    outbox::later(db, taken, "nobody there", at).await.unwrap();
    while at.duration_since(now) < SignedDuration::from_hours(80) {
        at += SignedDuration::from_mins(20);
        while let Some(found) = outbox::take(db, Channel::Mail, at).await.unwrap() {
            tries += usize::from(found.id == taken.id);
            outbox::later(db, &found, "nobody there", at).await.unwrap();
        }
    }
    tries
}

pub(super) async fn settings_are_obeyed_and_nothing_is_lost_when_nobody_takes_it(url: &str) {
    let mut nation = Nation::new(url).await;
    let who = "chu.data_officer";
    // Nothing goes out before an address is confirmed, or a webhook is set.
    nation.open().await;
    nation.tell().await;
    assert_eq!((waits(&nation, who, "mail").await, waits(&nation, who, "webhook").await), ((0, 0), (0, 0)));
    let db = nation.world.hub.db.clone();
    let set = async |change: &dyn Fn(&mut setting::Setting)| {
        let mut tx = db.write().await.unwrap();
        let mut setting = setting::of(&mut tx, who).await.unwrap();
        change(&mut setting);
        setting::keep(&mut tx, who, &setting).await.unwrap();
        tx.commit().await.unwrap();
    };
    set(&|setting| {
        setting.mail = Some(setting::Address { address: "a@bo.gov.vn".into(), confirmed: true, code: None });
        setting.webhook =
            Some(setting::Webhook { url: "https://bo.gov.vn/".into(), secret: "x".into(), gone: false });
    })
    .await;
    // At once, daily, never: of each what was set.
    for (when, mail, webhook) in
        [(When::AtOnce, (1, 1), (1, 1)), (When::Daily, (2, 2), (1, 2)), (When::Never, (2, 2), (1, 2))]
    {
        set(&|setting| setting.when.extend([(Kind::RequestWaits, when)])).await;
        nation.open().await;
        nation.tell().await;
        assert_eq!(
            (waits(&nation, who, "mail").await, waits(&nation, who, "webhook").await),
            (mail, webhook),
            "{when:?}"
        );
    }
    // Many make no more letters: what waits takes up what comes.
    set(&|setting| setting.when.extend([(Kind::RequestWaits, When::AtOnce)])).await;
    for _ in 0..3 {
        nation.open().await;
        nation.tell().await;
    }
    assert_eq!((waits(&nation, who, "mail").await, waits(&nation, who, "webhook").await), ((2, 5), (1, 5)));
    // One that was tried keeps its number and what is in it; what comes meanwhile waits in another.
    let now = nation.now;
    let taken = outbox::take(&db, Channel::Mail, now).await.unwrap().unwrap();
    assert!(outbox::take(&db, Channel::Mail, now).await.unwrap().is_none(), "it is taken once");
    let account = by_name(&mut db.read().await.unwrap(), who).await.unwrap().unwrap().account;
    let setting = setting::of(&mut db.read().await.unwrap(), who).await.unwrap();
    let contents = async |delivery: &outbox::Delivery| {
        outbox::contents(&mut db.read().await.unwrap(), delivery, &account, &setting, now).await.unwrap().0
    };
    let before: Vec<i64> = contents(&taken).await.iter().map(|notice| notice.id).collect();
    nation.open().await;
    nation.tell().await;
    assert_eq!(contents(&taken).await.iter().map(|notice| notice.id).collect::<Vec<_>>(), before);
    let tries = tried(&db, &taken, now).await;
    assert!((70..90).contains(&tries), "{tries} tries in three days");
    let (_, shown) = nation.ask(who, "GET", "/api/v1/notices/settings", Value::Null).await;
    assert_eq!(shown["trouble"]["why"], "nobody there", "{shown}");
    assert_eq!(nation.items(who, "/api/v1/notices").await.len(), 8, "all of them stand in the page");
    // What was read is not sent after it.
    let up_to = nation.items(who, "/api/v1/notices").await[0]["id"].clone();
    let (_, marked) = nation.ask(who, "POST", "/api/v1/notices/read", json!({ "up_to": up_to })).await;
    assert_eq!((&marked["marked"], &marked["unread"]), (&json!(8), &json!(0)), "{marked}");
    assert!(contents(&taken).await.is_empty());
    let others = nation
        .ask("ngoai.data_officer", "POST", "/api/v1/notices/read", json!({ "up_to": i64::MAX }))
        .await
        .1;
    assert_eq!(others["marked"], json!(0));
}

/// Rows that somebody has spoilt, or a newer program has written: the table, its key, the row, the column.
const SPOILT: [(&str, &str, &str, &str); 12] = [
    ("request", "id", "the first", "asking"),
    ("request", "id", "the first", "entered_at"),
    ("request", "id", "the first", "applicant"),
    ("rule_pack", "id", "the request's", "entry"),
    ("incident", "id", "SC-2026-000009", "cause"),
    ("grants", "id", "g-khai-sinh", "consumer"),
    ("database_entry", "id", "VNDB-013", "entry"),
    ("service", "id", SERVICE, "offer"),
    ("agency", "id", "VN/GOV/G15", "bloc"),
    ("account", "name", "chu.engineer", "entry"),
    ("notice_setting", "account", "chu.data_officer", "entry"),
    ("change", "kind", "Grant", "before"),
];

pub(super) async fn a_row_that_cannot_be_read_stops_no_other_notice(url: &str) {
    let mut nation = Nation::new(url).await;
    let who = "chu.data_officer";
    let soon = (day_in_viet_nam(nation.now) + Span::new().days(3)).to_string();
    nation.sql("UPDATE grants SET valid_to = $2 WHERE id = $1", "g-khai-sinh", &soon).await;
    nation.sql("INSERT INTO notice_setting (account, entry) VALUES ($1, $2)", who, "{}").await;
    nation.open().await;
    let first = nation.requests().await[0].clone();
    let (_, shown) = nation.ask(who, "GET", &format!("/api/v1/requests/{first}"), Value::Null).await;
    let pack = shown["request"]["pack"].as_str().unwrap().to_owned();
    nation
        .sql(
            "INSERT INTO incident (id, subject, cause, state, since, opened_at, times, evidence, affected)
             VALUES ('SC-2026-000009', $1, 'down', 'open', $2, $2, 1, '{}', '{}')",
            "VN/GOV/G01/nut-1",
            &nation.now.to_string(),
        )
        .await;
    nation
        .sql(
            "INSERT INTO incident_party (incident, agency, role) VALUES ('SC-2026-000009', $1, $2)",
            "",
            "hub",
        )
        .await;
    nation.tell().await;
    for (table, key, row, column) in SPOILT {
        let row = match table {
            "request" => first.as_str(),
            "rule_pack" => pack.as_str(),
            _ => row,
        };
        let said = format!("{table}.{column}");
        nation.open().await;
        if table == "change" {
            let revoke = json!({ "reason": "thôi" });
            nation.ask(who, "POST", "/api/v1/grants/g-khai-sinh/revoke", revoke).await;
        }
        let at = format!("FROM {table} WHERE {key} = $1");
        let mut tx = nation.world.hub.db.write().await.unwrap();
        let kept: Vec<(Option<String>,)> =
            all!(tx, AssertSqlSafe(format!("SELECT {column} {at}")) => row).unwrap();
        assert!(kept.iter().any(|(kept,)| kept.is_some()), "{said} is there");
        let put = format!("UPDATE {table} SET {column} = $2 WHERE {key} = $1");
        run!(tx, AssertSqlSafe(put.clone()) => row, "{").unwrap();
        tx.commit().await.unwrap();
        // Of what can be read everybody is told, and nobody stands still at what cannot.
        nation.now += SignedDuration::from_mins(2);
        nation.memory = Memory::default();
        look(&nation.world.hub.db, &[], &mut nation.memory, nation.now)
            .await
            .unwrap_or_else(|fault| panic!("{said}: {fault}"));
        let mut tx = nation.world.hub.db.write().await.unwrap();
        let at = mark(&mut tx).await.unwrap();
        assert_eq!(at.seen, at.newest, "{said}");
        if table != "change" {
            run!(tx, AssertSqlSafe(put) => row, kept[0].0.as_deref()).unwrap();
        }
        tx.commit().await.unwrap();
        let newest = nation.requests().await.pop().unwrap();
        let told = who_has(&nation, "request_waits", &newest).await;
        let all: Vec<&String> = told.keys().collect();
        // Only who decides how requests go is not known while the rules of them cannot be read; who acts is.
        assert_eq!(all, [who], "{said}");
    }
}

pub(super) async fn what_nobody_sends_ends_and_what_others_send_stays(url: &str) {
    let mut nation = Nation::new(url).await;
    let who = "chu.data_officer";
    let db = nation.world.hub.db.clone();
    let mut tx = db.write().await.unwrap();
    let mut setting = setting::of(&mut tx, who).await.unwrap();
    setting.mail = Some(setting::Address { address: "a@bo.gov.vn".into(), confirmed: true, code: None });
    setting.webhook =
        Some(setting::Webhook { url: "https://bo.gov.vn/".into(), secret: "x".into(), gone: false });
    setting::keep(&mut tx, who, &setting).await.unwrap();
    tx.commit().await.unwrap();
    for _ in 0..2 {
        nation.open().await;
        nation.tell().await;
    }
    let waiting = waits(&nation, who, "mail").await;
    assert_eq!(waiting.1, 2);
    for (hours, ended) in [(95, 0), (97, waiting.0)] {
        let at = nation.now + SignedDuration::from_hours(hours);
        assert_eq!(outbox::give_up(&db, Channel::Mail, at).await.unwrap(), ended as u64, "{hours} h");
    }
    assert_eq!((waits(&nation, who, "mail").await, waits(&nation, who, "webhook").await), ((0, 0), (1, 2)));
    assert_eq!(nation.items(who, "/api/v1/notices").await.len(), 2, "they stand in the page");
}
