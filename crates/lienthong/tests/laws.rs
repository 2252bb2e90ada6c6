//! The laws of datasets: what is shown can be found. One test over the whole matrix: every source, every type that it knows, the odd values
//! of each, and each operation, on real servers and files through two real nodes.
//!
//! A dataset is asked for all that it shows. Then whatever was shown is asked for in every way there is, and what was not shown as well.

mod files;
mod generated;
mod mariadb;
mod postgres;
mod sqlite;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use futures::StreamExt as _;
use serde_json::{Value, json};
use testing::Server;

use crate::nation::{CLIENT, Nation, PURPOSE, Plan, told};

/// Datasets that are asked side by side.
const SIDE_BY_SIDE: usize = 6;
/// Mistakes that are told before the test gives up.
const TOLD: usize = 60;

/// A dataset to try the laws on.
pub(crate) struct Dataset {
    /// Which source, and what of it: for whoever reads the report.
    pub(crate) source: String,
    /// The type that it is about.
    pub(crate) about: String,
    /// Settings of the node that say where it is.
    pub(crate) place: String,
    /// The key field and the others, with their kinds.
    pub(crate) key: (&'static str, &'static str),
    pub(crate) fields: Vec<(&'static str, &'static str)>,
    /// How many records it has to show.
    pub(crate) records: usize,
    /// Whether a record of it may lack a field: its source holds a value that cannot be given.
    pub(crate) broken: bool,
    /// Fields that are JSON in the source, by which nothing is looked for.
    pub(crate) json: &'static [&'static str],
}

/// Whether the whole matrix is to be gone through: `cargo xtask laws`. Otherwise each dataset is asked in fewer ways.
fn is_whole() -> bool {
    std::env::var_os("LIENTHONG_LAWS").is_some_and(|how| how == "all")
}

/// Sources as the node's settings name them, and the datasets on them.
#[derive(Default)]
pub(crate) struct Matrix {
    pub(crate) sources: String,
    pub(crate) datasets: Vec<Dataset>,
}

/// What was found.
#[derive(Default)]
struct Report {
    mistakes: Vec<String>,
    asked: BTreeMap<&'static str, u64>,
}

impl Report {
    fn asked(&mut self, operation: &'static str) {
        *self.asked.entry(operation).or_default() += 1;
    }

    fn expect(&mut self, holds: bool, mistake: impl FnOnce() -> String) {
        if !holds {
            let mut mistake = mistake();
            if mistake.len() > 400 {
                let end = (0..=400).rev().find(|at| mistake.is_char_boundary(*at)).unwrap();
                mistake.truncate(end);
            }
            self.mistakes.push(mistake);
        }
    }
}

#[tokio::test]
async fn what_is_shown_can_be_found_from_every_source_through_every_operation() {
    let folder = tempfile::tempdir().unwrap();
    let (postgres, mariadb) = (Server::postgres(), Server::mariadb());
    let mut matrix = Matrix::default();
    postgres::datasets(&mut matrix, &postgres).await;
    mariadb::datasets(&mut matrix, &mariadb).await;
    sqlite::datasets(&mut matrix, folder.path()).await;
    files::datasets(&mut matrix, folder.path()).await;
    generated::datasets(&mut matrix, folder.path(), &postgres).await;
    let nation = nation_with(&matrix).await;
    let reports: Vec<Tried> = futures::stream::iter(0..matrix.datasets.len())
        .map(|number| laws(&nation, &matrix.datasets[number], number))
        .buffer_unordered(SIDE_BY_SIDE)
        .collect()
        .await;
    let reports = with_rules(&nation, &matrix, reports).await;
    // What is held once more holds already: a source that was asked too widely would be found here, whatever its answers look like.
    let log = nation.log("p1");
    let wide: Vec<&str> = log.lines().filter(|line| line.contains("flaw=\"withheld\"")).collect();
    tell(&matrix, reports);
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}

/// Says what was covered, and fails if a law did not hold.
fn tell(matrix: &Matrix, mut reports: Vec<Tried>) {
    reports.sort_by_key(|tried| tried.number);
    let (mut covered, mut asked) = (BTreeMap::<&str, BTreeSet<&str>>::new(), BTreeMap::<&str, u64>::new());
    let mut mistakes = Vec::new();
    for Tried { number, report, .. } in reports {
        let dataset = &matrix.datasets[number];
        covered.entry(&dataset.source).or_default().insert(&dataset.about);
        for (operation, count) in report.asked {
            *asked.entry(operation).or_default() += count;
        }
        mistakes.extend(
            report.mistakes.into_iter().map(|said| format!("{} {}: {said}", dataset.source, dataset.about)),
        );
    }
    let mut said = String::new();
    for (source, types) in &covered {
        let _ = writeln!(
            said,
            "{source}: {} types: {}",
            types.len(),
            types.iter().copied().collect::<Vec<_>>().join(", ")
        );
    }
    eprintln!("{said}{} datasets; asked: {asked:?}", matrix.datasets.len());
    let count = mistakes.len();
    mistakes.truncate(TOLD);
    assert!(mistakes.is_empty(), "{count} mistakes:\n{}", mistakes.join("\n"));
}

fn service(number: usize) -> String {
    format!("VN/GOV/G01/dan-cu/luat-{number}")
}

/// A nation that serves the datasets.
async fn nation_with(matrix: &Matrix) -> Nation {
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    let (mut registry, mut settings) = (Vec::new(), matrix.sources.clone());
    for (number, dataset) in matrix.datasets.iter().enumerate() {
        let id = service(number);
        let label = json!({ "vi": "x", "en": "x" });
        let fields: Vec<Value> = std::iter::once(&dataset.key)
            .chain(&dataset.fields)
            .map(|(name, kind)| json!({ "name": name, "kind": kind, "label": label, "filter": true }))
            .collect();
        registry.push(json!({ "kind": "Service", "id": id, "name": label, "dataset": { "key": dataset.key.0, "fields": fields } }).to_string());
        registry.push(grant(number, &json!("all"), &json!([])));
        settings.push_str(&format!("\n[[services]]\nid = \"{id}\"\n{}\n", dataset.place));
    }
    nation.apply(&registry.join("\n---\n"));
    nation.kill("p1");
    nation.change_settings("p1", |text| format!("usage_seconds = 1\n{text}\n{settings}"));
    nation.start_node("p1");
    nation.wait_for(nation.revision().await).await;
    nation
}

/// Asks, and returns status, fault and body.
async fn ask(nation: &Nation, service: &str, path: &str, body: Option<&Value>) -> (u16, String, Value) {
    let method = if body.is_some() { "POST" } else { "GET" };
    told(
        &nation
            .send(nation.request(method, service, path), body.map(Value::to_string).unwrap_or_default())
            .await,
    )
}

/// What a value is asked for by.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        // What a source has as JSON is asked for as it is written there: its text is taken from the raw answer.
        other => Some(other.to_string()),
    }
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "%{byte:02X}");
        all
    })
}

/// Texts that are near to one that is shown: in other case, width, form, with spaces, zeros, as another type writes it.
fn neighbours(text: &str) -> Vec<String> {
    let swapped: String = text
        .chars()
        .map(|c| {
            if c.is_lowercase() { c.to_uppercase().next() } else { c.to_lowercase().next() }.unwrap_or(c)
        })
        .collect();
    let without_marks = model::text::search_key(text);
    let first: String = text.chars().take(1).collect();
    vec![
        swapped,
        without_marks,
        format!("{text} "),
        format!(" {text}"),
        format!("{text}\u{0}"),
        format!("0{text}"),
        format!("{text}0"),
        format!("{text}.0"),
        format!("{text}.00"),
        format!("+{text}"),
        text.replace('T', " ").replace('Z', "+00"),
        text.replace(".0", ""),
        text.replacen('-', "\u{2212}", 1),
        format!("{text}{}", "9".repeat(300)),
        "9".repeat(400),
        first,
        String::new(),
        "NaN".into(),
        "-0".into(),
        "1e400".into(),
        "' OR 1=1 --".into(),
        "𠮷".into(),
        "null".into(),
    ]
}

/// A dataset that was tried: what it shows, and what was found.
struct Tried {
    number: usize,
    shown: Vec<Value>,
    report: Report,
}

/// All laws on one dataset.
async fn laws(nation: &Nation, dataset: &Dataset, number: usize) -> Tried {
    let mut report = Report::default();
    let id = service(number);
    let Some(all) = shown(nation, dataset, &id, &mut report).await else {
        return Tried { number, shown: Vec::new(), report };
    };
    let keys: Vec<String> = all.iter().filter_map(|record| text(&record[dataset.key.0])).collect();
    found_by_key(nation, dataset, &id, &all, &keys, &mut report).await;
    if let Some(first) = keys.first() {
        not_found_by_another(nation, &id, dataset, first, &keys, &mut report).await;
    }
    for (field, _) in std::iter::once(&dataset.key).chain(&dataset.fields) {
        if dataset.json.contains(field) {
            let (status, fault, said) = ask(nation, &id, &format!("?{field}=1"), None).await;
            report.expect(status == 400 && fault == "LT-4107", || {
                format!("{field} is JSON: {status} {fault} {said}")
            });
            continue;
        }
        found_by_filter(nation, &id, field, &all, dataset, &mut report).await;
    }
    visited_once(nation, dataset, &id, &all, &mut report).await;
    described(nation, dataset, &id, &all, &mut report).await;
    Tried { number, shown: all, report }
}

/// Grants with a rule of rows: the records that show one value, and no other is there. The field of the rule is not granted itself.
async fn with_rules(nation: &Nation, matrix: &Matrix, mut reports: Vec<Tried>) -> Vec<Tried> {
    let rule_of = |tried: &Tried| {
        let dataset = &matrix.datasets[tried.number];
        let is_plain = dataset.fields.iter().any(|(field, _)| *field == "v") && !dataset.json.contains(&"v");
        tried.shown.iter().filter(|_| is_plain).find_map(|record| text(&record["v"]))
    };
    let grants: Vec<String> = reports
        .iter()
        .filter_map(|tried| {
            let (key, number) = (matrix.datasets[tried.number].key.0, tried.number);
            let rows = json!([{ "field": "v", "one_of": [rule_of(tried)?, "khác"] }]);
            Some(grant(number, &json!([key]), &rows))
        })
        .collect();
    nation.apply(&grants.join("\n---\n"));
    nation.wait_for(nation.revision().await).await;
    for tried in &mut reports {
        let Some(allowed) = rule_of(tried) else { continue };
        let (id, key) = (service(tried.number), matrix.datasets[tried.number].key.0);
        let is_allowed = |record: &&Value| text(&record["v"]).as_deref() == Some(&allowed);
        let expected: BTreeSet<String> = tried
            .shown
            .iter()
            .filter(is_allowed)
            .map(|record| json!({ key: record[key] }).to_string())
            .collect();
        let answer = nation.send(nation.request("POST", &id, "/stream"), "{}".to_owned()).await;
        let got: BTreeSet<String> =
            String::from_utf8_lossy(answer.body()).lines().map(str::to_owned).collect();
        tried.report.asked("rule");
        tried.report.expect(got == expected, || {
            format!("a rule for {allowed:?} lets {got:?} pass, not {expected:?}")
        });
        let (_, fault, count) = ask(nation, &id, "/count", Some(&json!({}))).await;
        tried.report.expect(count["count"] == expected.len(), || {
            format!("a rule for {allowed:?}: count {count} {fault}")
        });
        let keys: Vec<String> = tried.shown.iter().filter_map(|record| text(&record[key])).collect();
        let (_, fault, batch) = ask(nation, &id, "/batch", Some(&json!({ "keys": keys }))).await;
        let found =
            batch["items"].as_array().into_iter().flatten().filter(|item| !item["record"].is_null()).count();
        tried.report.expect(found == expected.len(), || {
            format!("a rule for {allowed:?}: a batch finds {found} {fault}")
        });
    }
    reports
}

fn grant(number: usize, fields: &Value, rows: &Value) -> String {
    let operations = [
        ("GET", ""),
        ("GET", "/*"),
        ("POST", "/find"),
        ("POST", "/confirm"),
        ("POST", "/batch"),
        ("POST", "/count"),
        ("POST", "/stream"),
    ];
    let endpoints: Vec<Value> =
        operations.iter().map(|(method, path)| json!({ "method": method, "path": path })).collect();
    let mut grant = json!({ "kind": "Grant", "id": format!("g-luat-{number}"), "client": CLIENT, "service": service(number),
        "uses": [{ "purpose": PURPOSE, "basis": "nd-70" }], "fields": fields, "endpoints": endpoints, "per_second": 100_000 });
    // What is left out allows all; a list that is empty is refused.
    if rows.as_array().is_some_and(|rows| !rows.is_empty()) {
        grant["rows"] = rows.clone();
    }
    grant.to_string()
}

/// All that a dataset shows: by a stream, which the list and the count must agree with.
async fn shown(nation: &Nation, dataset: &Dataset, id: &str, report: &mut Report) -> Option<Vec<Value>> {
    let answer = nation.send(nation.request("POST", id, "/stream"), "{}".to_owned()).await;
    report.asked("stream");
    if answer.status() != 200 {
        let said = told(&answer);
        report.expect(false, || format!("stream: {} {} {}", said.0, said.1, said.2));
        return None;
    }
    let lines = String::from_utf8(answer.body().to_vec()).unwrap();
    let all: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    report.expect(all.len() == dataset.records, || {
        format!("stream shows {} of {} records", all.len(), dataset.records)
    });
    let (_, fault, count) = ask(nation, id, "/count", Some(&json!({}))).await;
    report.asked("count");
    report.expect(count["count"] == all.len(), || {
        format!("count says {count} {fault}, the stream {}", all.len())
    });
    if !dataset.broken {
        for record in &all {
            let lacks = record.as_object().unwrap().keys().any(|name| name.ends_with("__loi"));
            report.expect(!lacks, || format!("a record lacks a field: {record}"));
        }
    }
    Some(all)
}

async fn found_by_key(
    nation: &Nation,
    dataset: &Dataset,
    id: &str,
    all: &[Value],
    keys: &[String],
    report: &mut Report,
) {
    let key_of = |record: &Value| text(&record[dataset.key.0]);
    for record in all {
        let Some(key) = key_of(record) else { continue };
        // Two that show one key are told as that, and neither is given.
        if keys.iter().filter(|one| **one == key).count() > 1 {
            let (status, fault, said) = ask(nation, id, &format!("/{}", encoded(&key)), None).await;
            report.expect(status == 500 && fault == "LT-4111", || {
                format!("get {key:?}, which stands twice: {status} {fault} {said}")
            });
            continue;
        }
        if fits_a_path(&key) {
            let (status, fault, got) = ask(nation, id, &format!("/{}", encoded(&key)), None).await;
            report.asked("get");
            report.expect(status == 200 && got == *record, || {
                format!("get {key:?}: {status} {fault} {got}, shown {record}")
            });
        }
        if fits_a_query(&key) {
            let (status, fault, got) = ask(nation, id, &format!("/record?key={}", encoded(&key)), None).await;
            report.asked("get by query");
            report.expect(status == 200 && got == *record, || {
                format!("get by query {key:?}: {status} {fault} {got}, shown {record}")
            });
        }
        let values: serde_json::Map<String, Value> = record
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| !name.ends_with("__loi"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let (status, fault, said) =
            ask(nation, id, "/confirm", Some(&json!({ "key": key, "values": values }))).await;
        report.asked("confirm");
        let empty = ["no_value"];
        let all_match = said["fields"].as_object().is_some_and(|fields| {
            fields.values().all(|said| {
                said["match"] == true || empty.contains(&said["how"].as_str().unwrap_or_default())
            })
        });
        report.expect(status == 200 && said["found"] == true && all_match, || {
            format!("confirm {key:?}: {status} {fault} {said}")
        });
    }
    // All at once, with odd ones between them.
    let odd = ["\u{0}", "' OR 1=1", "9".repeat(400).as_str(), "😀", "", "2020-02-30", "a0eebc99"]
        .map(str::to_owned);
    let mut asked: Vec<String> = keys.to_vec();
    asked.extend(odd.iter().filter(|odd| !keys.contains(odd)).cloned());
    for part in asked.chunks(900) {
        let (status, fault, said) = ask(nation, id, "/batch", Some(&json!({ "keys": part }))).await;
        report.asked("batch");
        report.expect(status == 200, || format!("batch: {status} {fault} {said}"));
        for (place, key) in part.iter().enumerate() {
            let expected =
                all.iter().find(|record| key_of(record).as_ref() == Some(key)).unwrap_or(&Value::Null);
            let got = &said["items"][place]["record"];
            let is_double = keys.iter().filter(|one| *one == key).count() > 1;
            if is_double {
                report.expect(got.is_null() && said["items"][place]["fault"] == "LT-4111", || {
                    format!("batch {key:?}, which stands twice, gives {got}")
                });
                continue;
            }
            report.expect(got == expected, || format!("batch {key:?} gives {got}, shown {expected}"));
        }
    }
}

/// A key that is not shown is no key, however near it is to one.
async fn not_found_by_another(
    nation: &Nation,
    id: &str,
    dataset: &Dataset,
    first: &str,
    keys: &[String],
    report: &mut Report,
) {
    let longest = keys.iter().max_by_key(|key| key.len()).map_or(first, String::as_str);
    let some: Vec<&str> = if is_whole() { keys.iter().map(String::as_str).collect() } else { vec![longest] };
    let near: BTreeSet<String> = some.into_iter().flat_map(neighbours).collect();
    for key in near.into_iter().filter(|key| !keys.contains(key)) {
        if fits_a_path(&key) {
            let (status, fault, said) = ask(nation, id, &format!("/{}", encoded(&key)), None).await;
            report.asked("get");
            report.expect(status == 404 && fault == "LT-4108", || {
                format!("get {key:?}, not shown: {status} {fault} {said}")
            });
        }
        let (status, fault, said) =
            ask(nation, id, "/confirm", Some(&json!({ "key": key, "values": {} }))).await;
        report.asked("confirm");
        report.expect(status == 200 && said["found"] == false, || {
            format!("confirm {key:?} of {}, not shown: {status} {fault} {said}", dataset.about)
        });
    }
}

/// A filter by what is shown gives those that show it; by anything else, none, or a refusal that is the caller's.
async fn found_by_filter(
    nation: &Nation,
    id: &str,
    field: &str,
    all: &[Value],
    dataset: &Dataset,
    report: &mut Report,
) {
    let is_json = |value: &Value| value.is_array() || value.is_object();
    let shown: BTreeSet<String> = all
        .iter()
        .filter(|record| !is_json(&record[field]))
        .filter_map(|record| text(&record[field]))
        .collect();
    for value in &shown {
        let mut expected: Vec<String> = all
            .iter()
            .filter(|record| text(&record[field]).as_ref() == Some(value))
            .map(Value::to_string)
            .collect();
        expected.sort();
        let (status, fault, said) =
            ask(nation, id, &format!("?limit=1000&{field}={}", encoded(value)), None).await;
        report.asked("filter");
        let mut got: Vec<String> =
            said["items"].as_array().into_iter().flatten().map(Value::to_string).collect();
        got.sort();
        report.expect(status == 200 && got == expected, || {
            format!(
                "{field}={value:?}: {status} {fault} gives {got:?}, shown {expected:?} {}",
                if got.is_empty() { said.to_string() } else { String::new() }
            )
        });
        found_by_body(nation, id, (field, value), &expected, dataset, report).await;
        let (_, fault, count) =
            ask(nation, id, "/count", Some(&json!({ "filters": { field: value } }))).await;
        report.asked("count");
        report.expect(count["count"] == expected.len(), || {
            format!("count {field}={value:?}: {count} {fault}, shown {}", expected.len())
        });
    }
    let near: BTreeSet<String> = shown
        .iter()
        .take(if is_whole() { 2 } else { 1 })
        .flat_map(|value| neighbours(value))
        .filter(|value| !shown.contains(value) && !is_shown_json(value, all, field))
        .collect();
    for value in near {
        let (status, fault, said) = ask(nation, id, &format!("?{field}={}", encoded(&value)), None).await;
        report.asked("filter");
        let is_empty = status == 200 && said["items"].as_array().is_some_and(Vec::is_empty);
        report.expect(is_empty || (status == 400 && fault == "LT-4107"), || {
            format!("{field}={value:?} of {}, not shown: {status} {fault} {said}", dataset.about)
        });
    }
}

/// What a filter in an address finds, one in a body finds as well, and gives the fields that were asked for.
async fn found_by_body(
    nation: &Nation,
    id: &str,
    (field, value): (&str, &str),
    expected: &[String],
    dataset: &Dataset,
    report: &mut Report,
) {
    let names: Vec<&str> =
        std::iter::once(&dataset.key).chain(&dataset.fields).map(|(name, _)| *name).collect();
    if expected.len() > 100 {
        return;
    }
    // One of the fields, another each time.
    let wanted = names[(value.len() + expected.len()) % names.len()];
    let body = json!({ "filters": { field: value }, "fields": [wanted] });
    let (status, fault, said) = ask(nation, id, "/find", Some(&body)).await;
    report.asked("find");
    let of = |record: &Value| -> Value {
        let members = record.as_object().unwrap().iter();
        let of_field = members.filter(|(name, _)| *name == wanted || **name == format!("{wanted}__loi"));
        of_field.map(|(name, value)| (name.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into()
    };
    let mut right: Vec<String> =
        expected.iter().map(|record| of(&serde_json::from_str(record).unwrap()).to_string()).collect();
    right.sort();
    let mut got: Vec<String> = said["items"].as_array().into_iter().flatten().map(Value::to_string).collect();
    got.sort();
    report.expect(status == 200 && got == right && said["more"] == false, || {
        format!("find {field}={value:?} for {wanted}: {status} {fault} {said}, shown {right:?}")
    });
}

/// What a query can hold of a key: all but nothing, up to the length of an address.
fn fits_a_query(key: &str) -> bool {
    !key.is_empty() && key.len() < 2000
}

/// What a path can hold of a key. One that has more stands in a query.
fn fits_a_path(key: &str) -> bool {
    fits_a_query(key)
        && !key.contains(|c: char| matches!(c, '/' | '\\') || c.is_control())
        && key != "."
        && key != ".."
}

fn is_shown_json(value: &str, all: &[Value], field: &str) -> bool {
    serde_json::from_str::<Value>(value).is_ok_and(|value| all.iter().any(|record| record[field] == value))
}

/// Every order, up and down, in pages of every size, visits each record once.
async fn visited_once(nation: &Nation, dataset: &Dataset, id: &str, all: &[Value], report: &mut Report) {
    let mut expected: Vec<String> = all.iter().map(Value::to_string).collect();
    expected.sort();
    let fields = std::iter::once(&dataset.key)
        .chain(&dataset.fields)
        .filter(|(field, _)| !dataset.json.contains(field));
    let mut sorts = vec![String::new()];
    sorts.extend(fields.flat_map(|(field, _)| [format!("&sort={field}"), format!("&sort=-{field}")]));
    for (number, sort) in sorts.iter().enumerate() {
        // Each order in pages of one size, or of all.
        let sizes: &[usize] = if is_whole() { &[1, 2, 100] } else { &[[2, 100, 1, 2, 1, 2, 1][number % 7]] };
        for limit in sizes {
            let (mut got, mut cursor, mut nulls) = (Vec::new(), String::new(), false);
            let field = sort.strip_prefix("&sort=").map(|field| field.trim_start_matches('-'));
            // Twice as many pages as there can be, and it goes in a circle.
            for _ in 0..=2 * all.len() + 2 {
                let (status, fault, page) =
                    ask(nation, id, &format!("?limit={limit}{sort}{cursor}"), None).await;
                report.asked("list");
                report.expect(status == 200, || {
                    format!("?limit={limit}{sort}{cursor}: {status} {fault} {page}")
                });
                for record in page["items"].as_array().into_iter().flatten() {
                    let is_null =
                        field.is_some_and(|field| record[field].is_null() && record.get(field).is_some());
                    report.expect(is_null || !nulls, || format!("{sort}: what is empty does not come last"));
                    nulls |= is_null;
                    got.push(record.to_string());
                }
                match page["next"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            let count = got.len();
            got.sort();
            report.expect(got == expected, || {
                format!("?limit={limit}{sort} visits {count} of {}, or others", expected.len())
            });
        }
    }
}

/// The description says the type that comes.
async fn described(nation: &Nation, dataset: &Dataset, id: &str, all: &[Value], report: &mut Report) {
    let (system, code) = id.rsplit_once('/').unwrap();
    let (status, fault, said) = ask(nation, system, &format!("/getOpenAPI?serviceCode={code}"), None).await;
    report.asked("getOpenAPI");
    report.expect(status == 200, || format!("getOpenAPI: {status} {fault} {said}"));
    let properties = &said["components"]["schemas"]["record"]["properties"];
    for record in all {
        for (name, value) in record.as_object().unwrap() {
            let schema = &properties[name];
            let kind = match value {
                Value::Null => "null",
                Value::Bool(_) => "boolean",
                Value::Number(number) if number.is_i64() => "integer",
                Value::Number(_) => "number",
                Value::String(_) => "string",
                Value::Array(_) => "array",
                Value::Object(_) => "object",
            };
            let said = match &schema["type"] {
                Value::Array(kinds) => kinds.iter().any(|one| one == kind),
                Value::String(one) => one == kind,
                // Whatever the source has as JSON.
                _ => schema.is_object(),
            };
            report.expect(said, || {
                format!("{name} is said to be {schema} and is {value}, of {}", dataset.about)
            });
        }
    }
}
