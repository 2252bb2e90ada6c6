//! A person is planted at a node, with values that nobody else has; then everything that the hub holds is searched for them: as they are, as
//! digests that anybody can make, and as the difference between what was reported with and without them.

use arrow_array::{ArrayRef, StringArray};
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use model::time::day_in_viet_nam;
use quality::report::{Head, Report, SIGNED_AS};
use quality::{RecordBatch, Rules, Run, Settings, State};
use serde_json::{Value, json};
use std::sync::Arc;

use super::quality::{CONTRACT, rules_of};
use super::usage::{Reporting, SERVICE, world};
use super::world::World;
use crate::clock;
use crate::store::{On, Tx, all};

/// Values of the one who is planted: the number, and a name that is rare.
const NUMBER: &str = "027311098765";
const NAME: &str = "Tạ Hiếm Hoi";
const KEY: [u8; 16] = *b"a node's own key";

/// Rows of others, and so many of the one who is planted.
fn state(rules: &Arc<Rules>, planted: usize) -> State {
    let mut run = Run::new(rules.clone(), Settings::new(KEY));
    let numbers = (0..1000).map(|row| (row % 50 != 0).then(|| format!("0792030{row:05}")));
    let numbers: StringArray = numbers.chain((0..planted).map(|_| Some(NUMBER.to_owned()))).collect();
    let names = (0..1000).map(|row| Some(if row % 9 == 0 { "3" } else { "1" }.to_owned()));
    let names: StringArray = names.chain((0..planted).map(|_| Some(NAME.to_owned()))).collect();
    let columns = [("so_dinh_danh", Arc::new(numbers) as ArrayRef, true), ("ho_ten", Arc::new(names), true)];
    run.push(&RecordBatch::try_from_iter_with_nullable(columns).unwrap()).unwrap();
    run.state().kept().shared(1)
}

fn report(rules: &Arc<Rules>, planted: usize, (from, to): (Timestamp, Timestamp)) -> Report {
    let head = Head {
        node: "VN/GOV/G01/nut-1".parse().unwrap(),
        service: SERVICE.parse().unwrap(),
        from,
        to,
        version: "0.1.0".to_owned(),
        contract: CONTRACT.to_owned(),
        pack: "chat-luong@1".to_owned(),
        least: 10,
        keyless: 0,
        lacking: Vec::new(),
    };
    let mut state = state(rules, planted);
    state.as_of = day_in_viet_nam(to);
    Report::of(&state, rules, head)
}

/// Every cell of every table, as text.
pub(super) async fn everything(tx: &mut Tx) -> String {
    let lite = matches!(tx.0, On::Lite(_));
    let columns: Vec<(String, String)> = if lite {
        all!(tx, "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY m.name, p.cid")
    } else {
        all!(tx, "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, ordinal_position")
    }
    .unwrap();
    let mut whole = String::new();
    for (table, column) in columns {
        let cell = if lite {
            format!(
                "CASE typeof(\"{column}\") WHEN 'blob' THEN hex(\"{column}\") ELSE CAST(\"{column}\" AS TEXT) END"
            )
        } else {
            format!("CAST(\"{column}\" AS TEXT)")
        };
        let sql = format!("SELECT COALESCE({cell}, '') FROM \"{table}\"");
        let cells: Vec<(String,)> = all!(tx, sqlx::AssertSqlSafe(sql)).unwrap();
        cells.iter().for_each(|(cell,)| {
            whole.push_str(cell);
            whole.push('\n');
        });
    }
    whole
}

/// What of these values is held: in a text, in what is written in base64, or as a digest.
pub(super) fn found(whole: &str, values: &[&str]) -> Vec<String> {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    let decoded =
        whole.lines().filter(|line| line.len() > 60).filter_map(|line| BASE64_STANDARD.decode(line).ok());
    let mut bytes = whole.as_bytes().to_vec();
    decoded.for_each(|more| bytes.extend(more));
    // What is kept as bytes was read in hexadecimal.
    let hexadecimal = whole.lines().filter_map(|line| hex::decode(line.trim_start_matches("\\x")).ok());
    hexadecimal.for_each(|more| bytes.extend(more));
    let holds = |wanted: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted);
    let settings = Settings::new(KEY);
    let mut found = Vec::new();
    for value in values {
        let sha256 = trust::sha256(value.as_bytes());
        let keyed = trust::sha256(&[&KEY, value.as_bytes()].concat());
        let forms: [(&str, Vec<u8>); 7] = [
            ("itself", value.as_bytes().to_vec()),
            ("SHA-256", sha256.to_vec()),
            ("SHA-256 in hexadecimal", trust::hex(&sha256).into_bytes()),
            ("SHA-256 in base64", BASE64_STANDARD.encode(sha256).into_bytes()),
            ("SHA-256 with the key", keyed.to_vec()),
            ("the digest of states", settings.digest(value).to_le_bytes().to_vec()),
            ("that in decimal", settings.digest(value).to_string().into_bytes()),
        ];
        found.extend(
            forms.into_iter().filter(|(_, form)| holds(form)).map(|(form, _)| format!("{value}: {form}")),
        );
    }
    if holds(&KEY) {
        found.push("the node's key".to_owned());
    }
    found
}

async fn send(world: &World, node: &Reporting, report: &Report) {
    world.hub.paces.forget();
    let body = serde_json::to_string(report).unwrap();
    let (status, told) = node.measured(world, &body).await;
    assert_eq!(
        (status, &told),
        (StatusCode::OK, &json!({ "taken": true })),
        "{}",
        String::from_utf8_lossy(SIGNED_AS)
    );
}

/// Counts that are told by a value, by their places.
fn by_value(value: &Value, place: &str, found: &mut std::collections::BTreeMap<String, u64>) {
    match value {
        Value::Array(items) => {
            for item in items {
                let name = item.get("name").or(item.get("rule")).or(item.get("field"));
                by_value(
                    item,
                    &format!("{place}/{}", name.and_then(Value::as_str).unwrap_or_default()),
                    found,
                );
            }
        }
        Value::Object(members) => {
            let named = members.contains_key("name");
            for (member, value) in members {
                match value.as_u64() {
                    Some(count) if named => drop(found.insert(format!("{place}/{member}"), count)),
                    _ => by_value(value, &format!("{place}/{member}"), found),
                }
            }
        }
        _ => {}
    }
}

pub(super) async fn nothing_that_the_hub_holds_tells_of_a_planted_person(url: &str) {
    let world = world(url).await;
    let node = Reporting::admitted(&world).await;
    let rules = Arc::new(rules_of(&world, CONTRACT).await);
    let begun = clock::now() - SignedDuration::from_hours(1);
    let at = |minute: i64| {
        (begun + SignedDuration::from_mins(minute), begun + SignedDuration::from_mins(minute + 1))
    };
    // Not there; once; often, as one who is treated often; and gone again.
    let reports: Vec<Report> = [(0, 0), (1, 1), (2, 40), (3, 0)]
        .into_iter()
        .map(|(minute, planted)| report(&rules, planted, at(minute)))
        .collect();
    for report in &reports {
        send(&world, &node, report).await;
    }
    // What a node sends that keeps to no rule: values where only codes may be.
    let mut loose = serde_json::to_value(report(&rules, 40, at(4))).unwrap();
    for field in loose["fields"].as_array_mut().unwrap() {
        field["values"] = json!([{ "name": NUMBER, "rows": 40 }, { "name": NAME, "rows": 40 }]);
    }
    loose["units"] = json!([{ "name": NAME, "rows": 40 }]);
    for rule in loose["rules"].as_array_mut().unwrap() {
        rule["cause"] =
            json!({ "by": "value", "groups": 1, "told": [{ "name": NUMBER, "fails": 40, "rows": 40 }] });
    }
    send(&world, &node, &serde_json::from_value(loose).unwrap()).await;
    let values = [NUMBER, NAME];
    let held = everything(&mut world.hub.db.read().await.unwrap()).await;
    assert!(held.contains("so_dinh_danh:unique") && held.len() > 50_000, "the measurements are among it");
    assert_eq!(found(&held, &values), Vec::<String>::new());
    // What is asked for is what would be found: the same states as their node keeps them hold digests and names of groups.
    let kept = state(&rules, 40).to_bytes();
    use base64::Engine as _;
    let unshared = base64::prelude::BASE64_STANDARD.encode(kept);
    assert!(!found(&unshared, &values).is_empty(), "a search that finds nothing anywhere proves nothing");
    // Whoever compares what was reported with and without them learns how many rows there are and fail, and no value.
    let counts = |report: &Report| {
        let mut counts = std::collections::BTreeMap::new();
        by_value(&serde_json::to_value(report).unwrap(), "", &mut counts);
        counts
    };
    let told: Vec<_> = reports.iter().map(counts).collect();
    for (one, other) in [(0, 1), (1, 3), (0, 3)] {
        let places = told[one].keys().chain(told[other].keys());
        for place in places {
            let count = |report: usize| told[report].get(place).copied().unwrap_or(0);
            assert!(count(one).abs_diff(count(other)).is_multiple_of(10), "{place}");
            assert!(count(one).is_multiple_of(10));
        }
    }
}
