//! Whatever has a limit in the registry: who is at it is refused, and everybody else goes on being published.

use axum::http::StatusCode;
use model::directory::{Bin, Part};
use serde_json::{Value, json};

use super::apply;
use super::usage::Reporting;
use super::world::{World, documents};
use crate::clock;
use crate::store::{optional, run};

/// A limit.
struct Quota {
    what: &'static str,
    /// Comes to the limit, or just below it, past the program: it would take long through it.
    fill: Option<&'static str>,
    /// The part of the directory that is full then.
    part: Part,
    /// What goes beyond it, and by whom: an officer of the agency, or of the hub.
    beyond: Value,
    by_hub: bool,
    told: &'static str,
    /// Takes away what filled it.
    clear: Option<&'static str>,
}

/// A service of so many fields with labels of so many bytes.
fn service(fields: usize, label: usize) -> Value {
    let text = "x".repeat(label);
    let field = |number| json!({ "name": format!("f{number}"), "label": { "vi": text, "en": text } });
    let fields: Vec<Value> = (0..fields).map(field).collect();
    json!({ "kind": "Service", "id": "VN/GOV/G01/dan-cu/them", "name": { "vi": "A", "en": "A" }, "dataset": { "key": "f0", "fields": fields } })
}

fn of(what: &'static str, part: Part, beyond: Value, told: &'static str) -> Quota {
    Quota { what, fill: None, part, beyond, by_hub: false, told, clear: None }
}

fn agency() -> Part {
    Part::Agency("VN/GOV/G01".parse().unwrap())
}

const CLEAR_SYSTEMS: Option<&str> = Some("DELETE FROM system WHERE id LIKE 'VN/GOV/G01/day-%'");

/// Of one thing, and of how many there are.
fn of_numbers() -> Vec<Quota> {
    let system = json!({ "kind": "System", "id": "VN/GOV/G01/them", "name": { "vi": "A", "en": "A" } });
    let node = json!({ "kind": "Node", "id": "VN/GOV/G01/nut-them", "address": "127.0.0.1:5501", "systems": ["VN/GOV/G01/dan-cu"] });
    vec![
        of("the size of a thing", agency(), service(1000, 300), "too large for the directory"),
        of("the fields of a service", agency(), service(1001, 1), "1000"),
        Quota {
            fill: Some(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1998)
                 INSERT INTO system (id, agency, name_vi, name_en) SELECT 'VN/GOV/G01/day-' || i, 'VN/GOV/G01', 'A', 'A' FROM n",
            ),
            clear: CLEAR_SYSTEMS,
            ..of("the systems of an agency", agency(), system, "more than 2000")
        },
        Quota {
            fill: Some(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1999)
                 INSERT INTO node (id, agency, address) SELECT 'VN/GOV/G01/day-' || i, 'VN/GOV/G01', '127.0.0.1:1' FROM n",
            ),
            clear: Some("DELETE FROM node WHERE id LIKE 'VN/GOV/G01/day-%'"),
            ..of("the nodes of an agency", agency(), node, "more than 2000")
        },
    ]
}

/// Of what parts of the directory hold.
fn of_parts() -> Vec<Quota> {
    let (client, offered) =
        ("VN/GOV/G01/mot-cua".parse().unwrap(), "VN/GOV/G01/dan-cu/nguoi".parse().unwrap());
    let bin = Part::Grants(Bin::of(&client, &offered));
    let large_grant = json!({ "kind": "Grant", "id": "g-them", "client": client, "service": offered, "fields": "all", "per_second": 5,
        "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "rows": [{ "field": "ho_ten", "one_of": ["x".repeat(40_000)] }] });
    vec![
        Quota {
            fill: Some(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1990),
                     t(a) AS (SELECT substr(replace(replace('xxxxxxxxxx', 'x', 'yyyyyyyyyy'), 'y', 'aaaaaaaaaaaaaaaaaaaaa'), 1, 2090))
                 INSERT INTO system (id, agency, name_vi, name_en) SELECT 'VN/GOV/G01/day-' || i, 'VN/GOV/G01', a, a FROM n, t",
            ),
            clear: CLEAR_SYSTEMS,
            ..of("what an agency has in its part", agency(), service(1000, 100), "its part of the directory would come to")
        },
        Quota {
            fill: Some(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500),
                     t(a) AS (SELECT substr(replace(replace('xxxxxxxxxx', 'x', 'yyyyyyyyyy'), 'y', 'aaaaaaaaaaaaaaaaaaaaa'), 1, 1970))
                 INSERT INTO grants (id, client, service, provider, consumer, bin, uses, endpoints, fields, row_rules, per_second)
                 SELECT 'day-' || i, client, service, provider, consumer, bin, uses, '[]', '[\"' || a || '\"]', '[]', 1
                 FROM grants, n, t WHERE id = 'g-khai-sinh'",
            ),
            clear: Some("DELETE FROM grants WHERE id LIKE 'day-%'"),
            ..of("an agency's share of a bin", bin.clone(), large_grant.clone(), "its part of the directory would come to")
        },
        Quota {
            // Of others: none of them is over its own share.
            fill: Some(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000),
                     t(a) AS (SELECT substr(replace(replace('xxxxxxxxxx', 'x', 'yyyyyyyyyy'), 'y', 'aaaaaaaaaaaaaaaaaaaaa'), 1, 1990))
                 INSERT INTO grants (id, client, service, provider, consumer, bin, uses, endpoints, fields, row_rules, per_second)
                 SELECT 'day-' || i, client, service, 'VN/GOV/X' || (i % 16), consumer, bin, uses, '[]', '[\"' || a || '\"]', '[]', 1
                 FROM grants, n, t WHERE id = 'g-khai-sinh'",
            ),
            clear: Some("DELETE FROM grants WHERE id LIKE 'day-%'"),
            ..of("a bin", bin, large_grant, "its part of the directory would come to")
        },
        Quota {
            fill: Some(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000),
                     t(a) AS (SELECT substr(replace(replace('xxxxxxxxxx', 'x', 'yyyyyyyyyy'), 'y', 'aaaaaaaaaaaaaaaaaaaaa'), 1, 2093))
                 INSERT INTO purpose (code, name_vi, name_en) SELECT 'day-' || i, a, a FROM n, t",
            ),
            clear: Some("DELETE FROM purpose WHERE code LIKE 'day-%'"),
            by_hub: true,
            ..of(
                "the charter",
                Part::Charter,
                json!({ "kind": "Purpose", "code": "them", "name": { "vi": "ệ".repeat(1000), "en": "ệ".repeat(1000) } }),
                "its part of the directory would come to",
            )
        },
    ]
}

/// Writes past the program, and has the part published anew.
async fn write(world: &World, sql: Option<&'static str>, part: &Part) {
    let Some(sql) = sql else { return };
    let mut tx = world.hub.db.write().await.unwrap();
    run!(tx, sql).unwrap();
    run!(tx, "INSERT INTO directory_touched (part) VALUES ($1) ON CONFLICT DO NOTHING" => part.to_string())
        .unwrap();
    tx.commit().await.unwrap();
}

async fn send(world: &World, token: &str, document: &Value) -> (StatusCode, Value) {
    let body = json!({ "documents": [document], "reason": "thử" });
    world.send("POST", "/api/v1/apply", Some(token), body).await
}

/// Somebody else's change is published, and with it what is full: all of it.
async fn others_go_on(world: &World, other: &str, (what, id): (&str, &str), revision: u64) -> u64 {
    let system = json!({ "kind": "System", "id": id, "name": { "vi": "A", "en": "A" } });
    let (status, done) = send(world, other, &system).await;
    assert_eq!(status, StatusCode::OK, "{what}: {done}");
    let now = done["revision"].as_u64().unwrap();
    assert!(now > revision, "{what}: {now} after {revision}");
    let mut tx = world.hub.db.read().await.unwrap();
    let content: Option<(String,)> = optional!(
        tx,
        "SELECT f.content FROM directory_part p JOIN directory_file f ON f.path = 'targets/' || p.sha256 || '.' || p.name WHERE p.name = 'agency~VN~GOV~G15'"
    )
    .unwrap();
    assert!(content.unwrap().0.contains(id), "{what}");
    let largest: Option<(i64,)> = optional!(tx, "SELECT MAX(length) FROM directory_part").unwrap();
    drop(tx);
    assert!(largest.unwrap().0 < model::directory::PART_MAX_BYTES as i64, "{what}: {largest:?}");
    let (_, health) = world.send("GET", "/health", None, Value::Null).await;
    assert_eq!(
        (&health["healthy"], &health["directory"]["left_out"]),
        (&json!(true), &json!(0)),
        "{what}: {health}"
    );
    now
}

pub(super) async fn who_is_at_a_limit_is_refused_and_all_others_go_on_being_published(url: &str) {
    let world = World::at(Some(url)).await;
    apply(&world.hub.db, &documents()).await.unwrap();
    let mut revision = world.hub.directory.publish(&world.hub.db, clock::now(), false).await.unwrap();
    // One account sends one long body at a time, in the whole process.
    let of = |name: &str| format!("{name}-{}", url.split(':').next().unwrap());
    let officer = world.account_of(&of("chu-quan"), Some("VN/GOV/G01"), "data_officer").await;
    let engineer = world.account_of(&of("ky-su-day"), Some("VN/GOV/G01"), "engineer").await;
    let other = world.account_of(&of("ky-su-khac"), Some("VN/GOV/G15"), "engineer").await;
    for (number, quota) in of_numbers().into_iter().chain(of_parts()).enumerate() {
        let what = quota.what;
        write(&world, quota.fill, &quota.part).await;
        let who = match quota.beyond["kind"].as_str().unwrap() {
            _ if quota.by_hub => &world.token,
            "Grant" => &officer,
            _ => &engineer,
        };
        let (status, problem) = send(&world, who, &quota.beyond).await;
        assert_eq!(
            (status, &problem["title"]),
            (StatusCode::BAD_REQUEST, &json!("LT-7104")),
            "{what}: {problem}"
        );
        assert!(problem["detail"].as_str().unwrap().contains(quota.told), "{what}: {problem}");
        let id = format!("VN/GOV/G15/sau-{number}");
        let published = others_go_on(&world, &other, (what, &id), revision).await;
        write(&world, quota.clear, &quota.part).await;
        // Once there is room it is taken.
        let beyond = if quota.beyond["kind"] == "Service" { service(900, 50) } else { quota.beyond };
        let (status, done) = send(&world, who, &beyond).await;
        assert_eq!(status, StatusCode::OK, "{what}: {done}");
        revision = done["revision"].as_u64().unwrap();
        assert!(revision >= published, "{what}: {done}");
        write(&world, Some("DELETE FROM grants WHERE id = 'g-them'"), &quota.part).await;
    }
    certificates_of_a_node_are_bounded(&world, &engineer, &other).await;
}

async fn certificates_of_a_node_are_bounded(world: &World, engineer: &str, other: &str) {
    for _ in 0..8 {
        Reporting::of(world, "VN/GOV/G01/nut-1").await;
    }
    let node = json!({ "kind": "Node", "id": "VN/GOV/G15/nut-1", "address": "127.0.0.1:5502", "systems": ["VN/GOV/G15/sau-0"] });
    assert_eq!(send(world, other, &node).await.0, StatusCode::OK);
    let invite = async |token: &str, node: &str| {
        let body = json!({ "node": node, "reason": "thử" });
        world.send("POST", "/api/v1/invitations", Some(token), body).await
    };
    let (status, problem) = invite(engineer, "VN/GOV/G01/nut-1").await;
    assert_eq!((status, &problem["title"]), (StatusCode::BAD_REQUEST, &json!("LT-7104")), "{problem}");
    assert_eq!(invite(other, "VN/GOV/G15/nut-1").await.0, StatusCode::OK);
}
