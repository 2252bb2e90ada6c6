//! Two kinds of failure: what a rule refuses is no outage, in any answer, whichever release has counted it.

use model::fault::{Class, ROWS};
use model::time::day_in_viet_nam;
use serde_json::{Map, Value, json};

use super::usage::{Sides, confirm, row, world};
use crate::clock;

const CLIENT: &str = "VN/GOV/G15/ho-tich";

/// A row as every release reports it: a call with the n-th code of the list n times, in the counter that the code's first digit names;
/// beside it 7 answers, and 2 calls that a service failed without a code of ours.
fn reported() -> Value {
    let mut faults = Map::new();
    let mut counters = [("rejected", 0), ("refused", 0), ("failed", 2)];
    for (code, times) in ROWS.iter().map(|row| row.code).zip(1u64..) {
        faults.insert(code.to_owned(), json!(times));
        let at = match code.as_bytes()[3] {
            b'1' => 0,
            b'2' => 1,
            _ => 2,
        };
        counters[at].1 += times;
    }
    let mut figures = json!({ "answered": 7, "faults": faults, "latency": [7] });
    for (name, count) in counters {
        figures[name] = json!(count);
    }
    let mut row = row(CLIENT, "khai-sinh", 7);
    row["figures"] = figures;
    row
}

pub(super) async fn a_refusal_by_rule_is_nowhere_an_outage(url: &str) {
    let of = |class: Class| -> u64 {
        ROWS.iter().zip(1u64..).filter(|(row, _)| row.class == class).map(|(_, times)| times).sum()
    };
    let (empty, rejected, refused, failed) =
        (of(Class::Nothing), of(Class::Mistake), of(Class::Rule), of(Class::Outage) + 2);
    let world = world(url).await;
    confirm(&world).await;
    let mut sides = Sides::admitted(&world).await;
    let mut at_consumer = reported();
    at_consumer["counted"] = json!("at_consumer");
    assert_eq!(sides.provider.report(&world, json!([reported()])).await.1["taken"], true);
    assert_eq!(sides.consumer.report(&world, json!([at_consumer])).await.1["taken"], true);
    let look = async |path: &str| world.send("GET", path, Some(&world.token), Value::Null).await.1;
    let month = day_in_viet_nam(clock::now()).strftime("%Y-%m").to_string();
    let shared = format!("/api/v1/usage/monthly?owner=VN/GOV/G01&month={month}");
    let answers = [
        ("/api/v1/usage/live", "/pairs/0/at_provider"),
        ("/api/v1/usage?database=VNDB-013", "/items/0/figures"),
        ("/api/v1/usage?client=VN%2FGOV%2FG15%2Fho-tich", "/items/0/figures"),
        ("/api/v1/databases/VNDB-013", "/observed/figures"),
        (shared.as_str(), "/items/0"),
    ];
    for (path, place) in answers {
        let answer = look(path).await;
        let figures = answer.pointer(place).unwrap_or_else(|| panic!("{path}: {answer}"));
        let expected = [
            ("answered", 7),
            ("empty", empty),
            ("rejected", rejected),
            ("refused", refused),
            ("failed", failed),
        ];
        for (name, count) in expected {
            assert_eq!(figures[name], count, "{name} at {path}: {figures}");
        }
        if let Some(percent) = figures.get("percent_answered") {
            assert_eq!(*percent, (7 + empty) * 100 / (7 + empty + failed), "{path}");
        }
    }
    // A day on which nothing was answered is in the database's figures as well, or an outage would be seen nowhere.
    let mut down = row(CLIENT, "khai-sinh", 0);
    down["figures"] = json!({ "failed": 5, "faults": { "LT-4102": 5 } });
    down["counted"] = json!("at_consumer");
    assert_eq!(sides.consumer.report(&world, json!([down])).await.1["taken"], true);
    assert_eq!(look("/api/v1/databases/VNDB-013").await["observed"]["figures"]["failed"], failed + 5);
}
