//! The law of lists, over each list that people arrange, each column that is offered for sorting, each filter with each of its words: an
//! order shows every line once, and turned round going down; a filter leaves what has its word; the total is the count of the lines; and
//! what is exported has all of them in the order that is shown.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use model::id::encode_part;
use model::time::day_in_viet_nam;
use serde_json::{Value, json};

use super::{World, database};
use crate::list::{Filter, LISTS, List};

/// Lists of which nothing can be made here but by nodes: `hub/src/tests/arranged.rs` has the same law of what they ask.
const EMPTY: [&str; 2] = ["/su-co", "/doi-soat"];

/// More lines than a page shows, of each list that can have them.
async fn furnished() -> World {
    let world = World::new().await;
    for number in 1..=3 {
        world.apply(&database(number, 20)).await;
    }
    let pack: Value = serde_saphyr::from_str(include_str!("../../../../data/packs/tiep-nhan.yaml")).unwrap();
    world.apply(&json!([pack])).await;
    let term = |at: usize| {
        let edition = json!({ "version": "1.0.0", "status": "approved", "name": { "vi": format!("Tên {at}"), "en": "Name" }, "definition": "x",
            "created_by": "VN/GOV/G01", "owned_by": "VN/GOV/G01", "technical_name": format!("CaNhan.x{at}"), "value_type": "text", "format": "1",
            "validation": "x", "source": "x" });
        json!({ "kind": "Term", "id": format!("ndg:ID-{at:03}"), "versions": [edition] })
    };
    world.apply(&json!((1..=60).map(term).collect::<Vec<_>>())).await;
    let first = |at: usize| {
        let name = format!("Ưu tiên {at}");
        json!({ "kind": "Database", "id": format!("VNDB-9{at}"), "name": { "vi": name, "en": name }, "scale": "national", "priority": true,
            "standing": "sourced", "owner": if at == 1 { "VN/GOV/G01" } else { "VN/GOV/G15" }, "deadline": format!("202{at}-01-01") })
    };
    world.apply(&json!((1..=9).map(first).collect::<Vec<_>>())).await;
    let procedure = |at: usize| {
        let name = json!({ "vi": format!("Thủ tục {at}"), "en": format!("Procedure {at}") });
        let owner = if at == 1 { "VN/GOV/G15" } else { "VN/GOV/G01" };
        json!({ "kind": "Procedure", "id": format!("9.00000{at}@1"), "name": name, "owner": owner, "levels": ["commune"],
            "purpose": format!("thu-tuc-{at}"), "bases": ["nd-70"], "roles": [{ "id": "nguoi", "name": name }], "assurance": 2,
            "inputs": [{ "fact": "nguoi.dia_chi", "name": name, "kind": "text" }], "source": "thử", "valid_from": "2099-01-01",
            "requirements": [{ "id": "giay", "name": name, "role": "nguoi", "otherwise": "paper",
                "paper": { "code": format!("giay-{at}"), "name": name }, "alternatives": [] }],
            "form": [{ "fact": "nguoi.dia_chi", "name": name, "kind": "text" }] })
    };
    let purpose = |at: usize| json!({ "kind": "Purpose", "code": format!("thu-tuc-{at}"), "name": { "vi": "Tên", "en": "Name" } });
    let procedures: Vec<Value> = (1..=3).map(purpose).chain((1..=3).map(procedure)).collect();
    world.apply(&json!(procedures)).await;
    let applicant = world.member("hoi-quyen", Some("VN/GOV/G15"), "engineer").await;
    world.member("nghe", Some("VN/GOV/G01"), "steward").await;
    let until = day_in_viet_nam(hub::clock::now()) + 1.year();
    for part in 0..3 {
        let asking = json!({ "asking": { "type": "on_request", "mode": "query", "client": "VN/GOV/G15/mot-cua",
            "service": format!("VN/GOV/G01/so-{}-{part}/x", 3 - part), "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }],
            "fields": "all", "per_second": 5, "volume": "x", "valid_to": until, "statement": "x" } });
        let mut request = world.ask("POST", "/api/v1/requests", &asking);
        request.headers_mut().insert("authorization", applicant.parse().unwrap());
        world.done(request).await;
    }
    world
}

/// The lines of a list as people see them, on all pages, and how many the page says there are.
async fn shown(world: &World, path: &str) -> (Vec<String>, usize) {
    let (mut lines, mut at, mut said) = (Vec::new(), path.to_owned(), None);
    loop {
        let page = world.html(&at).await;
        let total = page.split("data-total=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        said.get_or_insert(total.parse().unwrap());
        let table =
            page.split("<table class=\"cards\">").nth(1).and_then(|rest| rest.split("</table>").next());
        let body = table.and_then(|table| table.split("<tbody>").nth(1)).unwrap_or_default();
        lines.extend(body.split("<tr>").skip(1).map(plain));
        let next = page.split("<a rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
        let Some(next) = next else { return (lines, said.unwrap()) };
        at = next.replace("&amp;", "&").replace("&#x2f;", "/");
        assert!(lines.len() < 2000, "{at} has no end");
    }
}

/// What stands on a line, without its marks: figures are drawn anew with each page, what they say is not.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let line = line.split("</tr>").next().unwrap_or_default();
    for part in line.split('<') {
        let (mark, after) = part.split_once('>').unwrap_or(("", part));
        // The name of a thing is its identifier in what is shown above it.
        let id = mark.split("title=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        text.push_str(&format!("{} {} ", id.replace("&#x2f;", "/"), after.trim()));
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The lines of a file, without its heads.
async fn exported(world: &World, path: &str) -> Vec<String> {
    let csv = world.text(&format!("{path}{}format=csv", if path.contains('?') { "&" } else { "?" })).await;
    assert!(!csv.contains('⟦'), "{path}: something has no words: {csv}");
    csv.lines().skip(1).map(str::to_owned).collect()
}

/// What names the line in its file.
fn identifier(list: &List, item: &Value) -> String {
    let id = if list.opens.1.is_empty() { "service" } else { list.opens.1 };
    match hub::sheet::cell(item, id) {
        // A claim is named by what it is of.
        _ if list.path == "/xac-nhan" => hub::sheet::cell(item, "database"),
        id => id,
    }
}

async fn orders(world: &World, list: &List) {
    let (whole, _) = shown(world, list.path).await;
    for (column, _) in list.orders {
        let (up, total) = shown(world, &format!("{}?sort={column}", list.path)).await;
        let (mut down, _) = shown(world, &format!("{}?sort=-{column}", list.path)).await;
        down.reverse();
        assert_eq!(up, down, "{} by {column}", list.path);
        let once: BTreeSet<&String> = up.iter().collect();
        assert_eq!(
            (once.len(), total),
            (up.len(), up.len()),
            "{} by {column}: a line stands twice",
            list.path
        );
        assert_eq!(once, whole.iter().collect(), "{} by {column}", list.path);
        assert!(!up.is_empty() || EMPTY.contains(&list.path), "{} is empty", list.path);
        let file = exported(world, &format!("{}?sort={column}", list.path)).await;
        assert_eq!(file.len(), total, "{} by {column}: the file", list.path);
        for (line, row) in up.iter().zip(&file) {
            let cells: Vec<&str> = row.split(',').collect();
            assert!(cells.iter().any(|cell| !cell.is_empty() && line.contains(cell)), "{line} is not {row}");
        }
        if !list.opens.0.is_empty() {
            let ids = up.iter().map(|line| line.split_whitespace().next().unwrap_or_default());
            for (id, row) in ids.zip(&file) {
                assert!(
                    row.contains(id.split(['<', '>']).next().unwrap_or_default()),
                    "{} by {column}: {id} is not {row}",
                    list.path
                );
            }
        }
    }
}

/// What to try a filter with: each word of a closed list, what is there and what is not.
fn tries(filter: &Filter) -> Vec<&'static str> {
    match filter {
        Filter::Text => vec!["ten", "VN", "khong-co-gi", "%"],
        Filter::Agency(..) => vec!["VN/GOV/G01", "VN/GOV/G15", "VN/GOV/X99"],
        Filter::Choice(.., words) => words.to_vec(),
        Filter::Tick(..) => vec!["true"],
        Filter::Code("service", _) => vec!["VN/GOV/G01/so-1-0/x", "VN/GOV/X99/a/b"],
        Filter::Code("system", _) => vec!["VN/GOV/G01/so-1-0", "VN/GOV/X99/a"],
        Filter::Code("datum", _) => vec!["d-1-0", "khong-co"],
        Filter::Code("who", _) => vec!["hoi-quyen", "khong-co"],
        Filter::Code(..) => vec!["VNDB-1", "khong-co"],
        Filter::Day("from", _) => vec!["2020-01-01", "2999-01-01"],
        Filter::Day(..) => vec!["2999-01-01", "2020-01-01"],
        Filter::Number(..) => vec!["1", "366"],
    }
}

/// What stands in the column of a filter, if there is one of its name.
fn column(list: &List, word: &str) -> Option<&'static str> {
    let mut all = list.first.iter().chain(list.more).copied();
    all.find(|column| *column == word || column.ends_with(&format!(".{word}")))
}

async fn filters(world: &World, list: &List) {
    let whole = world.page(list.path).await.0;
    let (_, all) = shown(world, list.path).await;
    let (mut left, mut kept) = (false, false);
    for filter in list.filters {
        for value in tries(filter) {
            let path = format!("{}?{}={}", list.path, filter.word(), encode_part(value));
            let (lines, total) = shown(world, &path).await;
            assert_eq!(lines.len(), total, "{path}");
            assert_eq!(exported(world, &path).await.len(), total, "{path}: the file");
            assert!(total <= all, "{path}");
            (left, kept) = (left || total < all, kept || total > 0);
            let items = world.page(&path).await.0["items"].as_array().unwrap().clone();
            let of = matches!(filter, Filter::Choice(..) | Filter::Agency(..) | Filter::Code(..));
            if let Some(column) = column(list, filter.word()).filter(|_| of && filter.word() != "what") {
                for item in &items {
                    let cell = hub::sheet::cell(item, column);
                    let cell = if cell.is_empty() { "none".to_owned() } else { cell };
                    assert_eq!(cell, value, "{path}: {}", identifier(list, item));
                }
            }
        }
    }
    let empty = whole["items"].as_array().is_none_or(Vec::is_empty);
    assert!(
        (left && kept) || (empty && EMPTY.contains(&list.path)),
        "{}: no filter leaves anything out",
        list.path
    );
}

#[tokio::test]
async fn each_column_sorts_each_filter_filters_the_total_is_the_count_and_the_file_has_all_in_order() {
    let world = furnished().await;
    for list in LISTS.iter().filter(|list| !list.path.contains('{')) {
        orders(&world, list).await;
        filters(&world, list).await;
    }
}
