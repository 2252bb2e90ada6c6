//! Lists: in order, by pages, filtered by what has an index.

use serde_json::json;

use super::apply;
use super::world::documents;
use crate::hub::open_store;
use crate::kinds::{Document, Kind, page, with_subject};
use crate::registry::lines::Wish;
use crate::registry::order::Order;
use crate::registry::{Listing, Subject, Table};
use crate::store::all;

pub(super) async fn pages_go_through_everything_in_order(url: &str) {
    let db = open_store(url).await.unwrap();
    let agency = |number: u32| {
        // Capitals and small letters: both databases sort by bytes.
        let id = format!("VN/LOC/{}{number}", if number.is_multiple_of(2) { "H" } else { "h" });
        serde_json::from_value::<Document>(
            json!({ "kind": "Agency", "id": id, "name": { "vi": "Xã", "en": "Commune" }, "bloc": "local" }),
        )
        .unwrap()
    };
    let agencies: Vec<_> = (0..1201).map(agency).collect();
    apply(&db, &agencies).await.unwrap();
    let mut tx = db.read().await.unwrap();
    let mut seen: Vec<String> = Vec::new();
    loop {
        let listing = Listing::after(seen.last().map_or("", String::as_str));
        let page = page(&mut tx, Kind::Agency, &listing).await.unwrap();
        if page.is_empty() {
            break;
        }
        seen.extend(page.iter().map(|agency| agency.name().to_owned()));
    }
    assert_eq!(seen.len(), 1201);
    assert!(seen.is_sorted());
}

pub(super) async fn lists_are_filtered_and_each_filter_has_its_column(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let mut tx = db.read().await.unwrap();
    for kind in Kind::ALL {
        for filter in kind.filters() {
            let listing =
                Listing { filters: vec![(filter.into(), "không có".into())], ..Listing::default() };
            assert!(page(&mut tx, *kind, &listing).await.unwrap().is_empty(), "{kind:?} {filter}");
        }
        let listing = Listing { limit: 1, ..Listing::default() };
        assert_eq!(page(&mut tx, *kind, &listing).await.unwrap().len(), 1, "{kind:?}");
    }
    let count = async |tx: &mut _, kind, name: &str, value: &str| {
        let listing = Listing { filters: vec![(name.into(), value.into())], ..Listing::default() };
        page(tx, kind, &listing).await.unwrap().len()
    };
    assert_eq!(count(&mut tx, Kind::System, "owner", "VN/GOV/G01").await, 2);
    assert_eq!(count(&mut tx, Kind::Grant, "consumer", "VN/GOV/G01").await, 1);
    assert_eq!(count(&mut tx, Kind::Duty, "owner", "VN/GOV/G01").await, 1);
    assert_eq!(count(&mut tx, Kind::Database, "standing", "registered").await, 1);
    assert_eq!(count(&mut tx, Kind::Term, "owner", "VN/GOV/G15").await, 1);
    assert_eq!(count(&mut tx, Kind::Term, "khac", "VN/GOV/G15").await, 0);
}

/// However long the list is.
#[tokio::test]
async fn each_filter_is_answered_from_an_index() {
    fn table<S: Subject>(_: &S) -> Table {
        S::TABLE
    }
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("hub.db").display());
    let mut tx = open_store(&url).await.unwrap().read().await.unwrap();
    let mut seen = 0;
    for document in documents() {
        let Table { name, key, filters, .. } = with_subject!(&document, thing => table(&**thing));
        for (_, condition) in filters {
            let (column, _) = condition.split_once(' ').unwrap();
            let condition = condition.replace('?', "'b'");
            let sql =
                format!("EXPLAIN QUERY PLAN SELECT {key} FROM {name} WHERE {key} > 'a' AND {condition}");
            let plan: Vec<(i64, i64, i64, String)> = all!(tx, sqlx::AssertSqlSafe(sql)).unwrap();
            let steps: Vec<&str> = plan.iter().map(|(.., step)| step.as_str()).collect();
            assert!(
                steps.iter().all(|step| !step.contains("SCAN")) && steps[0].contains(&format!("({column}=?")),
                "{name} by {column}: {steps:?}"
            );
            seen += 1;
        }
    }
    assert!(seen >= 20, "{seen}");
}

/// A page of a list that grows, in any order that it has and behind any line: nothing is read whole, and nothing is put in order that an
/// index does not have in order already, but things that are alike.
#[tokio::test]
async fn each_order_of_what_grows_goes_by_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("hub.db").display());
    let mut tx = open_store(&url).await.unwrap().read().await.unwrap();
    for (lines, wish) in [
        (&crate::quality::defect::LINES, Wish::default()),
        (&crate::api::pair::PAIRS, Wish::default().with("since", Some("2026-01-01"))),
    ] {
        for column in lines.columns() {
            for (down, after) in [("", ""), ("-", ""), ("", "x"), ("-", "x")] {
                let order = Order::read(&format!("{down}{column}"));
                let wish = Wish { order, after: after.to_owned(), limit: 50, ..wish.clone() };
                let plan = lines.plan(&mut tx, &wish).await;
                let whole = |step: &String| step.starts_with("SCAN") && !step.contains("INDEX");
                assert!(!plan.iter().any(whole), "{} by {down}{column}: {plan:?}", lines.kind);
                let sorts = plan.iter().any(|step| step == "USE TEMP B-TREE FOR ORDER BY");
                assert!(!sorts, "{} by {down}{column}: {plan:?}", lines.kind);
            }
        }
    }
}
