//! The law of lists, over every kind, each column that it may be ordered by, each filter and text, in pages of several sizes: an order shows
//! what the list holds, each thing once, going up, and turned round going down; a filter or a text leaves what is counted by hand; what is
//! counted is what is listed; and what is listed can be opened.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use model::id::encode_part;
use model::text::search_key;
use serde_json::{Value, json};

use super::apply;
use super::world::{World, documents};
use crate::hub::open_store;
use crate::kinds::{Document, Kind, count, load, page};
use crate::registry::Listing;
use crate::registry::index::words;
use crate::registry::names::{NAMES_MAX, called, mentioned};
use crate::registry::order::Order;
use crate::sheet::cell;
use crate::store::Db;

/// Names that are written alike or in another order, whichever bytes they have.
const NAMES: [&str; 6] = ["Đất đai", "Dân cư", "Ăn uống", "ân xá", "Zalo 100%", "Dân cư"];

/// Several of the kinds that lists are ordered by, beside one of each.
fn many() -> Vec<Document> {
    let mut all: Vec<Value> = documents().iter().map(|document| json!(document)).collect();
    for (at, name) in NAMES.iter().enumerate() {
        let (bloc, parent) = if at % 2 == 0 { ("local", None) } else { ("party", Some("VN/GOV/G01")) };
        let name = json!({ "vi": name, "en": format!("{name} en") });
        // Capitals and small letters, so that bytes and alphabets differ.
        let id = format!("VN/LOC/{}{at}", if at % 2 == 0 { "H" } else { "h" });
        let mut agency = json!({ "kind": "Agency", "id": id, "name": name, "bloc": bloc });
        if let Some(parent) = parent {
            agency["parent"] = json!(parent);
        }
        let system = format!("{id}/he-thong");
        let until = (at % 3 != 0).then(|| format!("203{at}-01-01"));
        let mut grant = json!({ "kind": "Grant", "id": format!("g-{at}"), "client": system, "service": "VN/GOV/G01/dan-cu/nguoi",
            "uses": [{ "purpose": format!("muc-dich-{at}"), "basis": "nd-70" }], "fields": ["ho_ten"], "per_second": 5,
            "endpoints": [{ "method": "GET", "path": "/*" }] });
        if let Some(until) = until {
            grant["valid_to"] = json!(until);
        }
        all.extend([
            agency,
            json!({ "kind": "System", "id": system, "name": name }),
            json!({ "kind": "Service", "id": format!("{system}/x"), "name": name, "http": { "endpoints": [{ "method": "GET", "path": "/*" }] } }),
            json!({ "kind": "Purpose", "code": format!("muc-dich-{at}"), "name": name }),
            json!({ "kind": "Database", "id": format!("VNDB-90{at}"), "name": name, "scale": "sectoral", "standing": if at % 2 == 0 { "candidate" } else { "sourced" }, "owner": id }),
            grant,
        ]);
    }
    serde_json::from_value(json!(all)).unwrap()
}

/// A list with all its pages.
async fn listed(db: &Db, kind: Kind, mut listing: Listing) -> Vec<String> {
    let mut tx = db.read().await.unwrap();
    let mut names = Vec::new();
    loop {
        let found = page(&mut tx, kind, &listing).await.unwrap();
        let Some(last) = found.last() else { break };
        last.name().clone_into(&mut listing.after);
        names.extend(found.iter().map(|document| document.name().to_owned()));
        assert!(names.len() < 1000, "{kind:?}: the list has no end");
    }
    let things = count(&mut tx, kind, &Listing { after: String::new(), ..listing }).await.unwrap();
    assert_eq!(
        usize::try_from(things).unwrap(),
        names.len(),
        "{kind:?}: what is counted is not what is listed"
    );
    names
}

pub(super) async fn every_order_shows_the_whole_list_once_and_turned_round(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &many()).await.unwrap();
    let mut seen = 0;
    for kind in Kind::ALL {
        let plain = listed(&db, *kind, Listing::default()).await;
        for column in kind.orders() {
            for limit in [1, 2, 500] {
                let order = |descending| Listing {
                    limit,
                    order: Some(Order { column: column.to_owned(), descending }),
                    ..Listing::default()
                };
                let up = listed(&db, *kind, order(false)).await;
                let mut down = listed(&db, *kind, order(true)).await;
                down.reverse();
                assert_eq!(up, down, "{kind:?} by {column} in pages of {limit}");
                let set = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
                assert_eq!((up.len(), set(&up)), (plain.len(), set(&plain)), "{kind:?} by {column}");
                goes_up(&db, *kind, column, &up).await;
                seen += 1;
            }
        }
    }
    assert!(seen >= 100, "{seen}");
}

/// Whether a list goes up by a column, things alike by their names.
async fn goes_up(db: &Db, kind: Kind, column: &str, names: &[String]) {
    let mut tx = db.read().await.unwrap();
    let mut keys = Vec::new();
    for name in names {
        let members = load(&mut tx, kind, name).await.unwrap().unwrap().members().unwrap();
        let text = match (kind, column) {
            (Kind::Term, "name.vi" | "name.en") => cell(&members, &format!("versions.-1.{column}")),
            // What a thing is ordered by and does not say itself is its agency, or that of its data.
            (_, "owner") => continue,
            (Kind::Term, "owned_by" | "domain") => cell(&members, &format!("versions.-1.{column}")),
            (Kind::Service, "system") => name.rsplit_once('/').unwrap().0.to_owned(),
            _ => cell(&members, column),
        };
        let text = if column.starts_with("name.") { search_key(&text) } else { text };
        keys.push((text, name.clone()));
    }
    assert!(keys.is_sorted(), "{kind:?} by {column}: {keys:?}");
}

pub(super) async fn a_filter_and_a_text_leave_what_is_counted_by_hand(url: &str) {
    let db = open_store(url).await.unwrap();
    let all = many();
    apply(&db, &all).await.unwrap();
    for kind in [Kind::Agency, Kind::System, Kind::Service, Kind::Purpose] {
        for text in ["dat", "ĐẤT", "dân cư", "cu dan", "an", "100%", "zalo en"] {
            let wanted: Vec<String> = words(text).collect();
            // By hand: each word begins a word of the thing, or of what it names, or stands in its identifier.
            let says = |document: &Document, word: &String| {
                names_say(document, word) || document.name().to_lowercase().contains(word.as_str())
            };
            let above = |document: &Document| {
                let parent =
                    document.name().rsplit_once('/').map(|(above, _)| above.to_owned()).unwrap_or_default();
                let named = match document {
                    Document::Agency(agency) => {
                        agency.parent.as_ref().map(ToString::to_string).unwrap_or_default()
                    }
                    _ => parent,
                };
                all.iter().find(|other| other.name() == named)
            };
            let hand: BTreeSet<String> = all
                .iter()
                .filter(|document| document.kind() == kind)
                .filter(|document| {
                    wanted.iter().all(|word| {
                        says(document, word) || above(document).is_some_and(|above| names_say(above, word))
                    })
                })
                .map(|document| document.name().to_owned())
                .collect();
            let found = listed(&db, kind, Listing { text: text.to_owned(), ..Listing::default() }).await;
            assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), hand, "{kind:?} {text}");
        }
    }
    let long = "y".repeat(10_240);
    for kind in Kind::ALL {
        for hostile in ["%", "_", "'", "\"", "\\", "\0", "' OR khong-co --", long.as_str()] {
            let found = listed(&db, *kind, Listing { text: hostile.to_owned(), ..Listing::default() }).await;
            assert!(found.is_empty(), "{kind:?} {hostile:.20}: {found:?}");
        }
    }
    let blocs = |bloc: &str| Listing { filters: vec![("bloc".into(), bloc.into())], ..Listing::default() };
    assert_eq!(listed(&db, Kind::Agency, blocs("party")).await.len(), 3);
    assert_eq!(listed(&db, Kind::Agency, blocs("par%")).await.len(), 0);
}

/// Whether a word begins one of those that a thing is found by.
fn names_say(document: &Document, word: &str) -> bool {
    let name = document.members().unwrap();
    let text = format!("{} {} {}", document.name(), cell(&name, "name.vi"), cell(&name, "name.en"));
    words(&text).any(|known| known.starts_with(word))
}

pub(super) async fn what_is_listed_over_http_is_ordered_counted_and_can_be_opened(url: &str) {
    let world = World::at(Some(url)).await;
    apply(&world.hub.db, &many()).await.unwrap();
    let get = async |path: &str| world.send("GET", path, Some(&world.token), Value::Null).await;
    let lists = [
        (
            "/api/v1/databases",
            "id",
            "/api/v1/databases",
            vec!["name.vi", "owner", "standing", "observed", "agencies", "deadline"],
        ),
        (
            "/api/v1/duties",
            "entry.id",
            "/api/v1/duties",
            vec!["entry.datum", "progress.holder", "entry.deadline", "progress.met"],
        ),
        ("/api/v1/codelists/gioi-tinh/codes", "code", "", vec!["code", "vi", "valid_to"]),
        (
            "/api/v1/registry/agencies",
            "id",
            "/api/v1/registry/agencies",
            vec!["name.vi", "name.en", "bloc", "parent"],
        ),
        ("/api/v1/registry/grants", "id", "/api/v1/registry/grants", vec!["client", "service", "valid_to"]),
    ];
    for (path, id, opens, columns) in lists {
        let ids = |answer: &Value| {
            answer["items"].as_array().unwrap().iter().map(|item| cell(item, id)).collect::<Vec<_>>()
        };
        let plain = ids(&get(path).await.1);
        for column in columns {
            let up = ids(&get(&format!("{path}?sort={column}")).await.1);
            let mut down = ids(&get(&format!("{path}?sort=-{column}")).await.1);
            down.reverse();
            assert_eq!(up, down, "{path} by {column}");
            assert_eq!(
                up.iter().collect::<BTreeSet<_>>(),
                plain.iter().collect::<BTreeSet<_>>(),
                "{path} by {column}"
            );
        }
        for name in plain.iter().filter(|_| !opens.is_empty()) {
            assert_eq!(
                get(&format!("{opens}/{}", encode_part(name))).await.0,
                StatusCode::OK,
                "{opens}/{name}"
            );
        }
        let (status, answer) = get(&format!("{path}?sort=khong-co")).await;
        assert_eq!(
            (status, answer["title"].as_str()),
            (StatusCode::BAD_REQUEST, Some("LT-7123")),
            "{path}: {answer}"
        );
        let (status, _) = get(&format!("{path}?q={}", "y".repeat(10_240))).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: a text of 10 KB");
        for hostile in ["%25", "_", "'", "%00", "%22"] {
            let (status, answer) = get(&format!("{path}?q={hostile}")).await;
            assert_eq!((status, ids(&answer).len()), (StatusCode::OK, 0), "{path}?q={hostile}");
        }
    }
}

/// What a filter lets through.
type Holds = fn(&Value) -> bool;

pub(super) async fn a_filter_of_databases_leaves_what_is_counted_by_hand(url: &str) {
    let world = World::at(Some(url)).await;
    apply(&world.hub.db, &many()).await.unwrap();
    let get = async |path: &str| world.send("GET", path, Some(&world.token), Value::Null).await;
    let (_, answer) = get("/api/v1/registry/agencies?limit=2&total=true&sort=-name.vi").await;
    assert_eq!((&answer["total"], &answer["items"][0]["name"]["vi"]), (&json!(8), &json!("Zalo 100%")));
    // One that is declared to be used, and confirmed: of the others nobody but their owners says anything.
    let confirming = json!({ "reason": "đã đối chiếu" });
    let confirmed =
        world.send("POST", "/api/v1/databases/VNDB-013/confirm", Some(&world.token), confirming).await;
    assert_eq!(confirmed.0, StatusCode::OK, "{}", confirmed.1);
    // Filters of databases, counted by hand from the whole list.
    let whole = get("/api/v1/databases").await.1;
    let whole = whole["items"].as_array().unwrap();
    let filters: [(&str, Holds); 8] = [
        ("owner=VN/LOC/H0", |item| cell(item, "owner") == "VN/LOC/H0"),
        ("bloc=party", |item| {
            ["VN/LOC/h1", "VN/LOC/h3", "VN/LOC/h5"].contains(&cell(item, "owner").as_str())
        }),
        ("declared=none", |item| cell(item, "declared.stage").is_empty()),
        ("declared=in_shared_use", |item| cell(item, "declared.stage") == "in_shared_use"),
        ("unused=true", |item| {
            cell(item, "declared.stage") == "in_shared_use" && cell(item, "known") == "true"
        }),
        ("known=true", |item| cell(item, "known") == "true"),
        ("used=true", |_| false),
        ("q=dan%20cu", |item| cell(item, "name.vi") == "Dân cư"),
    ];
    for (filter, holds) in filters {
        let hand = whole.iter().filter(|item| holds(item)).count();
        let found = get(&format!("/api/v1/databases?{filter}")).await.1["items"].as_array().unwrap().len();
        assert_eq!(found, hand, "{filter}");
        assert!(hand > 0 || filter == "used=true", "{filter} leaves nothing");
    }
}

pub(super) async fn all_that_is_mentioned_is_called_by_its_name(url: &str) {
    let db = open_store(url).await.unwrap();
    let all = many();
    apply(&db, &all).await.unwrap();
    let mut asked = BTreeSet::new();
    for document in &all {
        mentioned(&document.members().unwrap(), &mut asked);
    }
    asked.insert(("Agency".to_owned(), "VN/GOV/khong-co".to_owned()));
    let names = called(&mut db.read().await.unwrap(), &asked).await.unwrap();
    let of = |kind: &str, id: &str| {
        names
            .iter()
            .find(|one| (one.kind.as_str(), one.id.as_str()) == (kind, id))
            .map(|one| one.name.vi.as_str())
    };
    assert_eq!(of("Agency", "VN/LOC/H0"), Some("Đất đai"));
    assert_eq!(of("System", "VN/LOC/h1/he-thong"), Some("Dân cư"));
    assert_eq!(of("LegalBasis", "nd-70"), Some("NĐ 70/2024/NĐ-CP"));
    assert_eq!(of("Purpose", "muc-dich-2"), Some("Ăn uống"));
    assert_eq!(of("Datum", "ngay-sinh"), Some("Tên tiếng Việt"));
    assert_eq!(of("Agency", "VN/GOV/khong-co"), None);
    let left: Vec<_> = asked.iter().filter(|(kind, id)| of(kind, id).is_none()).collect();
    assert_eq!(left.len(), 1, "{left:?}");
    let many: BTreeSet<_> =
        (0..=NAMES_MAX).map(|at| ("Agency".to_owned(), format!("VN/LOC/x{at}"))).collect();
    assert!(called(&mut db.read().await.unwrap(), &many).await.unwrap().is_empty());
}
