//! What those who lead are shown, and briefs: every figure is what its list has, a brief that was made stays as it was made, and a page is a
//! page whatever names stand on it.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use jiff::{SignedDuration, Span};
use model::time::day_in_viet_nam;
use serde_json::{Value, json};

use super::apply;
use super::usage::world;
use super::world::World;
use crate::clock;
use crate::running::brief::page::{Language, paper};
use crate::running::brief::{Brief, BriefSettings, book, make_weekly};
use crate::store::run;

const SERVICE: &str = "VN/GOV/G01/dan-cu/nguoi";
const AGENCIES: [&str; 6] =
    ["VN/GOV/G01", "VN/GOV/G15", "VN/GOV/G01.9", "VN/LOC/H05", "VN/LOC/H05.101", "VN/LOC/H05.101.2"];
/// Names that somebody would break out of a page with, or off it.
const NAMES: [&str; 8] = [
    "Cơ sở dữ liệu quốc gia về dân cư",
    "#set page(width: 1cm) $x^2$ [ ] \\ * _ @ <b>",
    "</w:t></w:r></w:p> & <w:p>",
    "=HYPERLINK(\"http://a\")",
    "mộttừrấtdàikhôngcókhoảngtrắng",
    "endstream endobj BT ET ) Tj",
    "Nghị định số 278/2025/NĐ-CP; điều 5, khoản 2",
    "{{ v }} {% if %}",
];

/// Where each figure leads, as the API has the list.
const LISTS: [(&str, &str); 12] = [
    ("known_databases", "databases?known=true"),
    ("used_databases", "databases?used=true"),
    ("late_databases", "databases?late=true"),
    ("unused_databases", "databases?unused=true"),
    ("claims", "databases?claimed=true"),
    ("all_duties", "duties?limit=100"),
    ("met_duties", "duties?met=true"),
    ("late_duties", "duties?late=true"),
    ("late_requests", "requests?late=true&limit=500"),
    ("open_requests", "requests?state=open&limit=500"),
    ("differences", "usage/pairs?differing=true&limit=500"),
    ("incidents", "incidents?live=true"),
];

/// A number below `below`, the next of a row that begins with the seed (xorshift64, Marsaglia 2003).
fn dice(state: &mut u64, below: usize) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state % u64::try_from(below).unwrap()).unwrap()
}

/// Databases and duties of a country as the dice have it: late or not, declared or not, of ministries, provinces, communes or nobody.
async fn scatter(world: &World, seed: u64) {
    let mut state = seed;
    let today = day_in_viet_nam(clock::now());
    let name = |text: &str| json!({ "vi": text, "en": text });
    let mut all = vec![
        json!({ "kind": "Agency", "id": "VN/GOV/G01.9", "parent": "VN/GOV/G01", "name": name("Cục"), "bloc": "government" }),
        json!({ "kind": "Agency", "id": "VN/LOC/H05", "name": name(NAMES[1]), "bloc": "local" }),
        json!({ "kind": "Agency", "id": "VN/LOC/H05.101", "parent": "VN/LOC/H05", "name": name("Xã"), "bloc": "local" }),
        json!({ "kind": "Agency", "id": "VN/LOC/H05.101.2", "parent": "VN/LOC/H05.101", "name": name("Ban"), "bloc": "local" }),
    ];
    // One whose day the seeds put off and bring back.
    let day = today + Span::new().days(if seed % 4 == 1 { -5 } else { 5 });
    all.push(json!({ "kind": "Database", "id": "VNDB-500", "name": name("Đất đai"), "scale": "national", "standing": "sourced",
        "owner": "VN/GOV/G01", "deadline": day, "listed": on_the_list() }));
    for number in 0..20 {
        let (id, datum) = (format!("VNDB-{seed}-{number}"), format!("mau-{seed}-{number}"));
        let long = NAMES[dice(&mut state, NAMES.len())].repeat(1 + dice(&mut state, 4));
        let standing = ["candidate", "sourced", "registered", "registered"][dice(&mut state, 4)];
        let mut database = json!({ "kind": "Database", "id": id, "name": name(&long), "scale": "national", "standing": standing });
        let owner = AGENCIES.get(dice(&mut state, AGENCIES.len() + 1));
        if let Some(owner) = owner.or(AGENCIES.first().filter(|_| standing == "registered")) {
            database["owner"] = json!(owner);
        }
        if dice(&mut state, 4) > 0 {
            let days = i64::try_from(dice(&mut state, 400)).unwrap() - 300;
            database["deadline"] = json!(today + Span::new().days(days));
        }
        if standing == "sourced" || dice(&mut state, 4) > 0 && standing == "registered" {
            database["listed"] = on_the_list();
        }
        if standing == "registered" {
            let stage = ["not_started", "connected", "in_shared_use"][dice(&mut state, 3)];
            let more = json!({ "legal_basis": "x", "scope": "x", "class": "core", "retention": "permanent", "security_level": 4,
                "personal_data": "basic", "declared": { "stage": stage, "since": "2024-01-01", "evidence": "x" },
                "master_data": [{ "code": datum, "name": name(&long) }] });
            for (member, value) in more.as_object().unwrap() {
                database[member.as_str()] = value.clone();
            }
            if database["owner"] != "VN/GOV/G15" {
                let days = i64::try_from(dice(&mut state, 200)).unwrap() - 150;
                all.push(json!({ "kind": "Duty", "id": format!("nv-{seed}-{number}"), "datum": datum, "receivers": ["VN/GOV/G15"],
                    "basis": "nd-70", "deadline": today + Span::new().days(days) }));
            }
        }
        all.push(database);
    }
    apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(json!(all)).unwrap()).await.unwrap();
    requests(world, &mut state).await;
}

fn on_the_list() -> Value {
    json!([{ "list": "nq-71-2025", "act": "Nghị quyết 71/NQ-CP", "evidence": "implied" }])
}

/// Requests, of some of which the clock has run out.
async fn requests(world: &World, state: &mut u64) {
    let today = day_in_viet_nam(clock::now());
    let applicant = world.account_of(&format!("ky-su-{state}"), Some("VN/GOV/G15"), "engineer").await;
    let asking = json!({ "type": "on_request", "mode": "query", "client": "VN/GOV/G15/ho-tich", "service": SERVICE, "per_second": 5,
        "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": ["ho_ten"], "volume": "ít",
        "valid_to": today + Span::new().years(1), "statement": "thử" });
    for _ in 0..4 {
        let body = json!({ "asking": asking });
        let (status, told) = world.send("POST", "/api/v1/requests", Some(&applicant), body).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        let id = told["request"]["id"].as_str().unwrap();
        let due = today + Span::new().days(i64::try_from(dice(state, 20)).unwrap() - 12);
        let waits = ["owner", "hub", "applicant", "hub,owner"][dice(state, 4)];
        let mut tx = world.hub.db.write().await.unwrap();
        run!(tx, "UPDATE request SET due = $2, waits_for = $3 WHERE id = $1" => id, due.to_string(), waits)
            .unwrap();
        tx.commit().await.unwrap();
    }
}

async fn get(world: &World, who: &str, path: &str) -> Value {
    let (status, told) = world.send("GET", &format!("/api/v1/{path}"), Some(who), Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{path}: {told}");
    told
}

/// What a list has, page by page, by what it names its lines.
async fn listed(world: &World, who: &str, path: &str) -> BTreeSet<String> {
    let (mut found, mut after) = (BTreeSet::new(), String::new());
    loop {
        let page = get(world, who, &format!("{path}{after}")).await;
        for line in page["items"].as_array().unwrap() {
            let id = line.get("entry").unwrap_or(line);
            let text = |name: &str| line[name].as_str().unwrap_or_default();
            let pair = format!("{} {} {}", text("day"), text("consumer"), text("service"));
            assert!(found.insert(id["id"].as_str().map_or(pair, str::to_owned)));
        }
        let Some(next) = page["next"].as_str() else { return found };
        after = format!("&after={}", model::id::encode_part(next));
    }
}

fn ids(items: &Value) -> BTreeSet<String> {
    items.as_array().into_iter().flatten().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// That each figure is what its list has, and each agency's share of it what the list has under that agency.
async fn agree(world: &World, who: &str, situation: &Value) {
    let scope = situation["scope"].as_str();
    for (topic, path) in LISTS {
        let items = &situation["figures"][topic];
        let under = match topic {
            // These are listed by who asks.
            "late_requests" | "open_requests" | "incidents" => String::new(),
            "differences" => scope.map(|scope| format!("&agency={scope}")).unwrap_or_default(),
            _ => scope.map(|scope| format!("&under={scope}")).unwrap_or_default(),
        };
        assert_eq!(ids(items), listed(world, who, &format!("{path}{under}")).await, "{topic} of {scope:?}");
    }
    let by_agency = ["late_databases", "late_duties", "late_requests", "unused_databases", "claims"];
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for group in situation["agencies"].as_array().unwrap() {
        let agency = group["agency"].as_str().unwrap_or("none");
        for topic in by_agency {
            let path = LISTS.iter().find(|(known, _)| *known == topic).unwrap().1;
            let count = group["counts"][topic].as_u64().unwrap_or_default();
            let list = listed(world, who, &format!("{path}&under={agency}")).await;
            assert_eq!(usize::try_from(count).unwrap(), list.len(), "{topic} under {agency}");
            *sums.entry(topic).or_default() += count;
        }
    }
    if scope.is_none() {
        for topic in by_agency {
            let all = ids(&situation["figures"][topic]).len();
            assert_eq!(sums.get(topic).copied().unwrap_or_default(), u64::try_from(all).unwrap(), "{topic}");
        }
    }
}

pub(super) async fn every_figure_of_those_who_lead_is_what_its_list_has(url: &str) {
    let world = world(url).await;
    let mut leaders = vec![world.account_of("lanh-dao", None, "leader").await];
    scatter(&world, 1).await;
    for (number, agency) in ["VN/GOV/G01", "VN/LOC/H05", "VN/GOV/G15"].into_iter().enumerate() {
        leaders.push(world.account_of(&format!("lanh-dao-{number}"), Some(agency), "leader").await);
    }
    let mut seen = BTreeSet::new();
    for seed in [7, 11, 13] {
        scatter(&world, seed).await;
        for leader in &leaders {
            let situation = get(&world, leader, "situation").await;
            agree(&world, leader, &situation).await;
            let figures = situation["figures"].as_object().unwrap().iter();
            seen.extend(figures.filter(|(_, items)| items != &&json!([])).map(|(topic, _)| topic.clone()));
            // The brief of now tells the same.
            let made = world.send("POST", "/api/v1/briefs", Some(leader), json!({ "reason": "thử" })).await;
            assert_eq!((made.0, &made.1["situation"]["figures"]), (StatusCode::OK, &situation["figures"]));
        }
    }
    for topic in ["late_databases", "late_duties", "late_requests", "unused_databases", "open_requests"] {
        assert!(seen.contains(topic), "nothing was compared of {topic}: {seen:?}");
    }
}

/// However many there are of what grows without end, each is counted, at the hub and at its agency, in the brief as in the figure.
pub(super) async fn no_figure_of_those_who_lead_is_cut(url: &str) {
    const MANY: usize = 1234;
    let world = world(url).await;
    let leaders = [
        world.account_of("lanh-dao", None, "leader").await,
        world.account_of("lanh-dao-1", Some("VN/GOV/G01"), "leader").await,
    ];
    let mut state = 5;
    requests(&world, &mut state).await;
    let mut tx = world.hub.db.write().await.unwrap();
    run!(tx, "UPDATE request SET due = '2026-01-05', waits_for = 'owner'").unwrap();
    for number in 0..MANY - 4 {
        run!(
            tx,
            "INSERT INTO request (id, asking, applicant, owner, state, pack, step, entered_at, entered_after, opened_at, due, waits_for)
             SELECT $1, asking, applicant, owner, state, pack, step, entered_at, entered_after, opened_at, due, waits_for
             FROM request ORDER BY id LIMIT 1" => format!("YC-2099-{number:06}")
        )
        .unwrap();
    }
    tx.commit().await.unwrap();
    for leader in &leaders {
        let (status, made) =
            world.send("POST", "/api/v1/briefs", Some(leader), json!({ "reason": "thử" })).await;
        assert_eq!(status, StatusCode::OK, "{made}");
        let situation = get(&world, leader, "situation").await;
        for figures in [&situation["figures"], &made["situation"]["figures"]] {
            for topic in ["late_requests", "open_requests"] {
                assert_eq!(ids(&figures[topic]).len(), MANY, "{topic}");
            }
        }
    }
    let groups = get(&world, &leaders[0], "situation").await["agencies"].clone();
    let late = groups.as_array().unwrap().iter().find(|group| group["agency"] == "VN/GOV/G01").unwrap();
    assert_eq!(late["counts"]["late_requests"], json!(MANY), "{groups}");
}

pub(super) async fn a_brief_stays_as_it_was_made_and_tells_what_changed(url: &str) {
    let world = world(url).await;
    let leader = world.account_of("lanh-dao", None, "leader").await;
    let make = async |who: &str| {
        world.send("POST", "/api/v1/briefs", Some(who), json!({ "reason": "họp giao ban" })).await
    };
    scatter(&world, 5).await;
    let (status, first) = make(&leader).await;
    assert_eq!((status, &first["before"], &first["changes"]), (StatusCode::OK, &Value::Null, &json!([])));
    let path = format!("briefs/{}", first["id"].as_str().unwrap());
    let kept = get(&world, &leader, &path).await;
    let drawn = |kept: &Value| {
        let brief: Brief = serde_json::from_value(kept.clone()).unwrap();
        [Language::Vi, Language::En].map(|language| paper(&brief, language).unwrap().pdf().unwrap())
    };
    scatter(&world, 3).await;
    let (_, second) = make(&leader).await;
    // What was kept is what it was, to the byte, and on paper.
    let again = get(&world, &leader, &path).await;
    assert_eq!((kept.to_string(), drawn(&kept)), (again.to_string(), drawn(&again)));
    assert_eq!(second["before"]["id"], first["id"]);
    // Each change is the difference of what both count.
    for (topic, _) in LISTS {
        let [was, is] = [&first, &second].map(|brief| ids(&brief["situation"]["figures"][topic]));
        let none = json!({ "came": [], "went": [] });
        let changes = second["changes"].as_array().unwrap();
        let change = changes.iter().find(|change| change["topic"] == topic).unwrap_or(&none);
        assert_eq!(ids(&change["came"]), &is - &was, "{topic}");
        assert_eq!(ids(&change["went"]), &was - &is, "{topic}");
    }
    let list = get(&world, &leader, "briefs").await;
    let numbers: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|line| &line["id"]).collect();
    assert_eq!(numbers, [&second["id"], &first["id"]]);
    for (line, brief) in list["items"].as_array().unwrap().iter().zip([&second, &first]) {
        for (topic, _) in LISTS {
            let count = ids(&brief["situation"]["figures"][topic]).len();
            assert_eq!(line["counts"][topic], json!(count), "{topic}");
        }
    }
    // An agency's officer reads their agency's briefs only, and nobody makes one without the right.
    let other = world.account_of("lanh-dao-g15", Some("VN/GOV/G15"), "leader").await;
    let (status, _) = world.send("GET", &format!("/api/v1/{path}"), Some(&other), Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(get(&world, &other, "briefs").await["items"], json!([]));
    let auditor = world.account_of("kiem-toan", None, "auditor").await;
    assert_eq!(make(&auditor).await.1["title"], "LT-7112");
}

pub(super) async fn a_week_has_one_brief_of_each_scope(url: &str) {
    let world = world(url).await;
    let settings = BriefSettings::default();
    let make = async |now| {
        let mut tx = world.hub.db.write().await.unwrap();
        let made = make_weekly(&mut tx, &settings, now).await.unwrap();
        tx.commit().await.unwrap();
        made.len()
    };
    // A Monday, eight in the morning of Viet Nam, and the minutes around the week's beginning.
    let monday: jiff::Timestamp = "2026-11-30T01:00:00Z".parse().unwrap();
    let begins: jiff::Timestamp = "2026-12-06T17:00:00Z".parse().unwrap();
    assert_eq!([make(monday).await, make(monday).await], [1, 0]);
    assert_eq!(make(begins - SignedDuration::from_secs(1)).await, 0);
    world.account_of("lanh-dao-h", Some("VN/GOV/G15"), "leader").await;
    assert_eq!(
        [make(begins - SignedDuration::from_secs(1)).await, make(begins).await, make(begins).await],
        [1, 2, 0]
    );
    let list = get(&world, &world.token, "briefs").await;
    let weeks: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|line| &line["week"]).collect();
    assert_eq!(weeks, [&json!("2026-W50"), &json!("2026-W49")]);
}

/// With `LIENTHONG_PAPER=FOLDER` the documents stay there, to be looked at.
#[tokio::test]
async fn a_brief_is_one_page_whatever_names_stand_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(&format!("sqlite:{}", folder.path().join("hub.db").display())).await;
    let leader = world.account_of("lanh-dao", None, "leader").await;
    scatter(&world, 17).await;
    let make = async || {
        let (_, made) = world.send("POST", "/api/v1/briefs", Some(&leader), json!({ "reason": "thử" })).await;
        serde_json::from_value::<Brief>(made).unwrap()
    };
    make().await;
    scatter(&world, 19).await;
    let brief = make().await;
    for language in [Language::Vi, Language::En] {
        let paper = paper(&brief, language).unwrap();
        assert!(paper.fits());
        let said = serde_json::to_string(&format!("{paper:?}")).unwrap();
        assert!(said.contains(&brief.id), "{said}");
        book::book(&brief, language).unwrap();
        if let Some(folder) = keep() {
            let name = format!("{folder}/{language:?}");
            std::fs::write(format!("{name}.pdf"), paper.pdf().unwrap()).unwrap();
            std::fs::write(format!("{name}.docx"), paper.docx().unwrap()).unwrap();
            std::fs::write(format!("{name}.xlsx"), book::book(&brief, language).unwrap()).unwrap();
        }
    }
    for format in ["pdf", "docx", "xlsx"] {
        let path = format!("/api/v1/briefs/{}?format={format}&lang=en", brief.id);
        let (status, headers, _) =
            world.exchange("GET", &path, &[("authorization", &leader)], String::new()).await;
        let kept = headers["content-disposition"].to_str().unwrap().to_owned();
        assert!(status == StatusCode::OK && kept.contains(&format!("{}.{format}", brief.id)), "{kept}");
    }
}

#[expect(clippy::disallowed_methods, reason = "for whoever looks at the papers, not a setting")]
fn keep() -> Option<String> {
    std::env::var("LIENTHONG_PAPER").ok()
}
