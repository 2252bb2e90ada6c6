//! The law of lists of what is no document, over each list, each column that it may be ordered by and each filter, in pages of several
//! sizes: an order shows what the list holds, each line once, going up, and turned round going down; a filter or a text leaves what is
//! counted by hand; what is counted is what is listed.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use jiff::Span;
use model::id::encode_part;
use model::text::search_key;
use model::time::day_in_viet_nam;
use serde_json::{Value, json};

use super::apply;
use super::usage::{SERVICE, world};
use super::world::World;
use crate::clock;
use crate::sheet::cell;
use crate::store::run;

const OTHERS: [&str; 3] = ["VN/GOV/G01", "VN/GOV/G15", "VN/LOC/H05"];

/// A reason in the trail that begins with a capital of Viet Nam's.
const AGREED: &str = "Đồng ý cho chuyển công tác";

/// Some lines of each list, no two columns alike.
async fn furnish(world: &World) {
    let name = |text: &str| json!({ "vi": text, "en": text });
    let mut more = vec![
        json!({ "kind": "Agency", "id": "VN/LOC/H05", "name": name("Hà Nội"), "bloc": "local" }),
        json!({ "kind": "Agency", "id": "VN/LOC/H05.1", "parent": "VN/LOC/H05", "name": name("Ba Đình"), "bloc": "local" }),
        json!({ "kind": "System", "id": "VN/LOC/H05/a", "name": name("Một cửa") }),
        json!({ "kind": "Service", "id": "VN/LOC/H05/a/x", "name": name("Đất đai"), "http": { "endpoints": [{ "method": "GET", "path": "/*" }] } }),
    ];
    for (number, owner) in OTHERS.iter().enumerate() {
        more.push(json!({ "kind": "Database", "id": format!("VNDB-80{number}"), "name": name(["Ăn", "Đất", "Dân"][number]), "scale": "national",
            "standing": "registered", "owner": owner, "legal_basis": "x", "scope": "x", "class": "core", "retention": "permanent", "security_level": 4, "personal_data": "basic",
            "master_data": [{ "code": format!("mau-{number}"), "name": name("x") }], "systems": if number == 2 { json!(["VN/LOC/H05/a"]) } else { json!([]) } }));
    }
    apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(json!(more)).unwrap()).await.unwrap();
    requests(world).await;
    incidents(world).await;
    pairs(world).await;
    for (number, role) in ["engineer", "data_officer", "steward", "leader"].iter().enumerate() {
        let agency = OTHERS.get(number);
        world.account_of(&format!("nguoi-{}", 9 - number), agency.copied(), role).await;
    }
    let gone = json!({ "reason": AGREED });
    let (status, _) = world.send("POST", "/api/v1/accounts/nguoi-8/disable", Some(&world.token), gone).await;
    assert_eq!(status, StatusCode::OK);
}

async fn requests(world: &World) {
    let today = day_in_viet_nam(clock::now());
    let applicant = world.account_of("ky-su", Some("VN/GOV/G15"), "engineer").await;
    let asking = json!({ "type": "on_request", "mode": "query", "client": "VN/GOV/G15/ho-tich", "service": SERVICE, "per_second": 5,
        "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": ["ho_ten"], "volume": "ít",
        "valid_to": today + Span::new().years(1), "statement": "thử" });
    for number in 0..7_usize {
        let (status, told) =
            world.send("POST", "/api/v1/requests", Some(&applicant), json!({ "asking": asking })).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        let id = told["request"]["id"].as_str().unwrap();
        let mut other = asking.clone();
        let service = if number % 3 == 0 { "VN/LOC/H05/a/x" } else { SERVICE };
        let client = if number % 2 == 0 { "VN/LOC/H05/a" } else { "VN/GOV/G15/ho-tich" };
        (other["service"], other["client"]) = (json!(service), json!(client));
        let state = ["open", "granted", "refused", "open"][number % 4];
        let days = i64::try_from(number).unwrap() * 5 - 12;
        let due = (number % 3 != 1).then(|| (today + Span::new().days(days)).to_string());
        let waits = ["owner", "hub", "applicant", "hub,owner"][number % 4];
        let mut tx = world.hub.db.write().await.unwrap();
        run!(
            tx,
            "UPDATE request SET asking = $2, service = $3, client = $4, state = $5, due = $6, waits_for = $7, owner = $8, applicant = $9,
                 opened_at = $10 WHERE id = $1"
            => id, other.to_string(), service, client, state, due, waits, OTHERS[number % 3], OTHERS[(number + 1) % 3],
               format!("2026-11-0{}T00:00:00Z", 9 - number)
        )
        .unwrap();
        tx.commit().await.unwrap();
    }
}

async fn incidents(world: &World) {
    let causes = ["down", "silent", "between", "unreachable"];
    let states = ["open", "taken", "recovered", "closed"];
    for number in 0..7_usize {
        let (id, node) = (format!("SC-2026-00000{number}"), format!("{}/nut-{number}", OTHERS[number % 3]));
        let ended = (number % 2 == 0).then(|| format!("2026-11-2{number}T00:00:00Z"));
        let mut tx = world.hub.db.write().await.unwrap();
        run!(
            tx,
            "INSERT INTO incident (id, subject, cause, state, since, opened_at, ended_at, times, evidence, affected)
             VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9)"
            => &id, &node, causes[number % 4], states[(number / 2) % 4], format!("2026-11-1{}T00:00:00Z", 9 - number), ended,
               i64::try_from(number % 3).unwrap(), "{\"heard\":false,\"reached_by\":0,\"unreached_by\":0,\"how\":{}}",
               "{\"services\":[],\"purposes\":[],\"systems\":[],\"agencies\":[]}"
        )
        .unwrap();
        run!(tx, "INSERT INTO incident_node (incident, node) VALUES ($1, $2)" => &id, &node).unwrap();
        tx.commit().await.unwrap();
    }
}

async fn pairs(world: &World) {
    let today = day_in_viet_nam(clock::now());
    let side = |calls: i64| json!({ "figures": { "answered": calls }, "nodes": [] }).to_string();
    for number in 0..9_i64 {
        let day = |back: i64| (today - Span::new().days(back)).to_string();
        let at = usize::try_from(number).unwrap();
        let service = if number % 2 == 0 { SERVICE } else { "VN/LOC/H05/a/x" };
        let (provider, consumer) = (OTHERS[at % 2], OTHERS[(at + 1) % 3]);
        let calls = if number % 4 == 0 { 7 } else { 9 + number };
        let mut tx = world.hub.db.write().await.unwrap();
        run!(
            tx,
            "INSERT INTO usage_pair_day (service, consumer, test, day, eve, morrow, provider, own, trial, at_provider, at_consumer,
                 provider_answers, consumer_answers) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '{}', $9, $10, $11, $12)"
            => service, consumer, number == 3, day(number / 2 + 3), day(number / 2 + 4), day(number / 2 + 2), provider, false, side(7),
               side(calls), 7_i64, calls
        )
        .unwrap();
        tx.commit().await.unwrap();
    }
}

/// What a filter lets through.
type Holds = Box<dyn Fn(&Value) -> bool>;

/// A list: where it is, what names its lines, its columns with the words that order by them, its filters with what each lets through.
struct List {
    path: &'static str,
    id: &'static str,
    columns: Vec<&'static str>,
    filters: Vec<(String, Holds)>,
}

fn is(column: &'static str, value: &'static str) -> Holds {
    Box::new(move |line| cell(line, column) == value)
}

#[expect(clippy::too_many_lines, reason = "one row for each filter")]
fn lists() -> Vec<List> {
    let filter = |query: &str, holds: Holds| (query.to_owned(), holds);
    vec![
        List {
            path: "requests",
            id: "id",
            columns: vec!["id", "client", "service", "applicant", "owner", "state", "due", "opened_at"],
            filters: vec![
                filter("state=granted", is("state", "granted")),
                filter("applicant=VN/GOV/G15", is("applicant", "VN/GOV/G15")),
                filter("owner=VN/LOC/H05", is("owner", "VN/LOC/H05")),
                filter(&format!("service={SERVICE}"), is("service", SERVICE)),
                filter("late=true", is("overdue", "true")),
                filter("waiting=true", Box::new(|line| cell(line, "waits_for").contains("hub"))),
                filter("under=none", is("waits_for", "hub")),
                filter(
                    "under=VN/GOV/G01",
                    Box::new(|line| {
                        let waits = cell(line, "waits_for");
                        let at = if waits.contains("owner") { "owner" } else { "applicant" };
                        waits != "hub" && cell(line, at) == "VN/GOV/G01"
                    }),
                ),
                filter("q=dat%20dai", is("service", "VN/LOC/H05/a/x")),
                filter("q=000002", Box::new(|line| cell(line, "id").contains("000002"))),
            ],
        },
        List {
            path: "incidents",
            id: "id",
            columns: vec!["id", "state", "subject", "cause", "since", "ended_at", "times"],
            filters: vec![
                filter("state=open", is("state", "open")),
                filter("cause=silent", is("cause", "silent")),
                filter(
                    "live=true",
                    Box::new(|line| cell(line, "ended_at").is_empty() && cell(line, "state") != "closed"),
                ),
                filter("owner=VN/LOC/H05", Box::new(|line| cell(line, "subject").starts_with("VN/LOC/H05/"))),
                filter(
                    "q=nut%205",
                    Box::new(|line| ["id", "subject"].iter().any(|at| cell(line, at).contains('5'))),
                ),
            ],
        },
        List {
            path: "usage/pairs",
            id: "id",
            columns: vec!["day", "service", "consumer", "provider"],
            filters: vec![
                filter(
                    "agency=VN/GOV/G15",
                    Box::new(|line| {
                        ["provider", "consumer"].iter().any(|side| cell(line, side) == "VN/GOV/G15")
                    }),
                ),
                filter(&format!("service={SERVICE}"), is("service", SERVICE)),
                filter(
                    "differing=true",
                    Box::new(|line| ["differs", "one_sided"].contains(&cell(line, "compared").as_str())),
                ),
            ],
        },
        List {
            path: "accounts",
            id: "account.name",
            columns: vec!["account.name", "account.person", "account.agency", "state"],
            filters: vec![
                filter("agency=VN/GOV/G15", is("account.agency", "VN/GOV/G15")),
                filter("state=disabled", is("state", "disabled")),
                filter("role=engineer", Box::new(|line| cell(line, "account.roles").contains("engineer"))),
                filter("q=nguoi%209", is("account.name", "nguoi-9")),
            ],
        },
        List {
            path: "claims",
            id: "id",
            columns: vec!["database", "owner", "what", "service"],
            filters: vec![
                filter("owner=VN/LOC/H05", is("owner", "VN/LOC/H05")),
                filter("what=service", is("what", "service")),
                filter("q=dat", is("database", "VNDB-801")),
            ],
        },
        List {
            path: "changes",
            id: "seq",
            columns: vec!["seq"],
            filters: vec![
                filter("kind=Account", is("kind", "Account")),
                filter("act=created", is("act", "created")),
                filter("who=ky-su", is("who", "ky-su")),
                filter("subject=VNDB-801", is("subject", "VNDB-801")),
                filter("to=2020-01-01", Box::new(|_| false)),
                filter("from=2020-01-01", Box::new(|_| true)),
                filter("q=VNDB-801", is("subject", "VNDB-801")),
                filter(&format!("q={}", encode_part("đồng ý cho")), is("why", AGREED)),
                filter(&format!("q={}", encode_part("Đồng Ý cho")), is("why", AGREED)),
                filter(&format!("q={}", encode_part("ĐỒNG Ý CHO")), is("why", AGREED)),
            ],
        },
    ]
}

/// All lines of a list, page by page, and how many are counted.
async fn all(world: &World, path: &str, query: &str, limit: usize) -> Vec<Value> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let address = format!("/api/v1/{path}?limit={limit}&total=true&{query}{after}");
        let (status, page) = world.send("GET", &address, Some(&world.token), Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{address}: {page}");
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit, "{address}");
        found.extend(items.iter().cloned());
        let next = cell(&page, "next");
        if next.is_empty() {
            let total = page["total"].as_u64().unwrap();
            assert_eq!(usize::try_from(total).unwrap(), found.len(), "{address}");
            return found;
        }
        assert!(found.len() < 2000, "{address} has an end");
        after = format!("&after={}", encode_part(&next));
    }
}

/// A line that does not concern an officer is none to them: behind it there is no page, as behind one that never was.
async fn behind_what_does_not_concern_there_is_nothing(world: &World) {
    let token = world.account_of("nguoi-ngoai", Some(OTHERS[0]), "engineer").await;
    let mut hidden = 0;
    for List { path, id, .. } in
        lists().into_iter().filter(|list| ["requests", "incidents"].contains(&list.path))
    {
        let (status, own) =
            world.send("GET", &format!("/api/v1/{path}?limit=100"), Some(&token), Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{path}: {own}");
        let own: Vec<String> = own["items"].as_array().unwrap().iter().map(|line| cell(line, id)).collect();
        for line in all(world, path, "", 100).await {
            let name = cell(&line, id);
            let address = format!("/api/v1/{path}?after={}", encode_part(&name));
            let (status, told) = world.send("GET", &address, Some(&token), Value::Null).await;
            let expected = if own.contains(&name) { StatusCode::OK } else { StatusCode::NOT_FOUND };
            assert_eq!(status, expected, "{address}: {told}");
            hidden += usize::from(!own.contains(&name));
        }
    }
    assert!(hidden > 2, "{hidden}");
}

pub(super) async fn each_list_is_ordered_filtered_and_counted_as_it_says(url: &str) {
    let world = world(url).await;
    furnish(&world).await;
    for List { path, id, columns, filters } in lists() {
        let names = |lines: &[Value]| lines.iter().map(|line| cell(line, id)).collect::<Vec<_>>();
        let plain = all(&world, path, "", 100).await;
        let once: BTreeSet<String> = names(&plain).into_iter().collect();
        assert!(once.len() == plain.len() && once.len() > 4, "{path}: {}", plain.len());
        for column in columns {
            let cells = |lines: &[Value]| lines.iter().map(|line| cell(line, column)).collect::<Vec<_>>();
            assert!(
                cells(&plain).iter().collect::<BTreeSet<_>>().len() > 1,
                "{path}: nothing is ordered by {column}"
            );
            let up = all(&world, path, &format!("sort={column}"), 100).await;
            assert_eq!(names(&up).into_iter().collect::<BTreeSet<_>>(), once, "{path} by {column}");
            let read: Vec<String> = cells(&up).iter().map(|cell| search_key(cell)).collect();
            let numbers: Vec<i64> = cells(&up).iter().filter_map(|cell| cell.parse().ok()).collect();
            let goes_up = cells(&up).is_sorted()
                || read.is_sorted()
                || (numbers.len() == up.len() && numbers.is_sorted());
            assert!(goes_up, "{path} by {column}: {:?}", cells(&up));
            let mut down = names(&all(&world, path, &format!("sort=-{column}"), 100).await);
            down.reverse();
            assert_eq!(names(&up), down, "{path} by {column}");
            for limit in [1, 3] {
                let paged = all(&world, path, &format!("sort={column}"), limit).await;
                assert_eq!(names(&paged), names(&up), "{path} by {column}, {limit} a page");
            }
        }
        for (query, holds) in filters {
            let hand: Vec<Value> = plain.iter().filter(|line| holds(line)).cloned().collect();
            assert!(!hand.is_empty() || query.starts_with("to="), "{path}: {query} leaves nothing");
            for limit in [2, 100] {
                assert_eq!(names(&all(&world, path, &query, limit).await), names(&hand), "{path}: {query}");
            }
        }
        for wrong in ["sort=khong-co", "khong-co=1"] {
            let (status, told) =
                world.send("GET", &format!("/api/v1/{path}?{wrong}"), Some(&world.token), Value::Null).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{path}?{wrong}: {told}");
        }
    }
    behind_what_does_not_concern_there_is_nothing(&world).await;
}
