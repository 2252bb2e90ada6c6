//! What leaves a node: reports of nodes merge to that of all rows; nothing in one names anybody, and no two of them differ by one person's
//! values; what did not come from here is refused by name.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, ArrayRef, StringArray};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::persons::{FIELDS, OLD_UNITS, Table};
use super::{PERSONS, pack, settings};
use crate::report::{FORM, Head, Report, ReportError};
use crate::{Run, State, score};

fn state(batches: &[RecordBatch]) -> State {
    let mut run = Run::new(PERSONS.clone(), settings());
    for batch in batches {
        run.push(batch).unwrap();
    }
    run.state()
}

fn head(least: u64) -> Head {
    Head {
        node: "VN/GOV/G01/nut-1".parse().unwrap(),
        service: "VN/GOV/G01/dan-cu/nguoi".parse().unwrap(),
        from: "2026-11-29T18:00:00Z".parse().unwrap(),
        to: "2026-11-29T18:20:00Z".parse().unwrap(),
        version: "0.1.0".to_owned(),
        contract: "nguoi@1.0.0".to_owned(),
        pack: "chat-luong@1".to_owned(),
        least,
        keyless: 0,
        lacking: vec!["xa_ngay".to_owned(), "Nguyễn Văn A".to_owned()],
    }
}

fn report(state: &State) -> Report {
    Report::of(state, &PERSONS, head(pack().least))
}

/// What nodes keep is what reports are made of.
fn kept(batches: &[RecordBatch]) -> State {
    state(batches).kept().shared(1)
}

/// Values of one person that stand nowhere else and in no list.
fn planted(row: u64) -> RecordBatch {
    let one = Table::rows(row, row + 1).batch();
    let of = |name: &str| match name {
        "so_dinh_danh" => Some("987654321098"),
        "ho_ten" => Some("Tạ Hiếm Hoi"),
        "ngay_sinh" => Some("1911-11-11"),
        "so_cha" => Some("001088999999"),
        "dien_thoai" => Some("0999999991"),
        "don_vi" => Some("Tạ Hiếm Hoi"),
        "dan_toc" => Some("nguoi-la-Ta"),
        "xa" => Some("xa-cua-Ta"),
        "nguon" => Some("987654321098"),
        _ => None,
    };
    let columns = FIELDS.iter().map(|(name, ..)| {
        let column = match of(name) {
            Some(value) => std::sync::Arc::new(StringArray::from(vec![value])) as ArrayRef,
            None => one.column_by_name(name).unwrap().clone(),
        };
        (*name, column, true)
    });
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

/// All texts and numbers of a report, by their place.
fn leaves(value: &Value, place: &str, found: &mut BTreeMap<String, Value>) {
    let within = |name: &str| format!("{place}/{name}");
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                // Groups and codes are told by their names: where they stand in their list says nothing.
                let named =
                    ["rule", "field", "name"].into_iter().find_map(|member| item.get(member)?.as_str());
                leaves(item, &within(&named.map_or_else(|| at.to_string(), str::to_owned)), found);
            }
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| leaves(value, &within(name), found))
        }
        value => drop(found.insert(place.to_owned(), value.clone())),
    }
}

fn all_leaves(report: &Report) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    leaves(&serde_json::to_value(report).unwrap(), "", &mut found);
    found
}

/// Counts of all rows, which tell no value: of a rule by outcome, of a field with and without values.
fn is_of_all_rows(place: &str) -> bool {
    let last = place.rsplit('/').next().unwrap_or_default();
    let depth = place.matches('/').count();
    place == "/rows"
        || depth == 3 && matches!(last, "pass" | "fail" | "null" | "not_applicable" | "filled" | "nulls")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Whatever rows lie at which node, what the hub makes of the nodes' reports is what it would make of one report of all rows. Values that
    /// stand once at each of two nodes are no duplicates at either: that is all that merging cannot see.
    #[test]
    fn the_merge_of_the_nodes_reports_is_the_report_of_all_rows(cut in 200u64..1800, turned in any::<bool>()) {
        let whole = report(&kept(&[Table::rows(0, 2000).batch()])).pooled(&PERSONS);
        let mut parts = [(0, cut), (cut, 2000)];
        if turned {
            parts.reverse();
        }
        let parts = parts.map(|(from, to)| report(&kept(&[Table::rows(from, to).batch()])).pooled(&PERSONS));
        let [one, other] = parts;
        let merged = one.merge(&other).unwrap();
        prop_assert_eq!(merged.rows, whole.rows);
        for (id, measured) in &whole.rules {
            if !id.contains(":unique@") {
                prop_assert_eq!(merged.rules[id].tally(), measured.tally(), "{}", id);
            }
        }
        // And so is the score, to the last digit that is shown.
        let value = |state: &State| {
            let mut state = state.clone();
            state.rules.retain(|id, _| !id.contains(":unique@"));
            score(&state, &pack()).summary.overall.measure().unwrap().value
        };
        prop_assert!((value(&merged) - value(&whole)).abs() < 1e-9);
    }

    /// One person more, whoever it is and whatever stands in their record, changes counts of all rows by one at most, and nothing that is
    /// told by a value but by a whole step, which takes more than one person.
    #[test]
    fn no_two_reports_differ_by_one_persons_values(row in 0u64..50_000, rows in 900u64..1100) {
        let before = report(&kept(&[Table::rows(0, rows).batch()]));
        let least = before.least;
        let (mut small, mut steps) = (0, 0);
        for more in [Table::rows(60_000 + row, 60_001 + row).batch(), planted(row)] {
            let after = report(&kept(&[Table::rows(0, rows).batch(), more.clone()]));
            let (one, other) = (all_leaves(&before), all_leaves(&after));
            let places: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for place in places {
                let (old, new) = (one.get(place), other.get(place));
                if old == new || place.ends_with("/distinct") || place.ends_with("/groups") {
                    continue;
                }
                let number = |value: Option<&Value>| value.map_or(Some(0), Value::as_u64);
                match (number(old), number(new)) {
                    (Some(old), Some(new)) if is_of_all_rows(place) => {
                        small += 1;
                        prop_assert!(old.abs_diff(new) <= 2, "{place}: {old} {new}");
                    }
                    (Some(old), Some(new)) => {
                        steps += 1;
                        prop_assert!(old.is_multiple_of(least) && new.is_multiple_of(least), "{place}: {old} {new}");
                    }
                    // The name of a group that is told now: it is one of many rows.
                    _ => prop_assert!(place.ends_with("/name") || place.ends_with("/by"), "{place}: {old:?} {new:?}"),
                }
            }
        }
        prop_assert!(small > 0, "the planted person was counted ({steps} steps)");
    }
}

/// Whether anything of these values is in a text, as it is or as a digest that anybody can make.
fn names(text: &str, bytes: &[u8], values: &[String]) -> Option<String> {
    values
        .iter()
        .find(|value| {
            let keyed = settings().digest(value).to_le_bytes();
            text.contains(value.as_str()) || bytes.windows(8).any(|window| window == keyed)
        })
        .cloned()
}

fn values_of(batch: &RecordBatch) -> Vec<String> {
    let mut values = Vec::new();
    for name in
        ["so_dinh_danh", "ho_ten", "ngay_sinh", "so_cha", "dien_thoai", "don_vi", "dan_toc", "xa", "nguon"]
    {
        let column = batch.column_by_name(name).unwrap().as_string::<i32>();
        if column.is_valid(0) {
            values.push(column.value(0).to_owned());
        }
    }
    values
}

#[test]
fn nothing_that_is_not_listed_leaves() {
    // A person with rare values, in 40 records: more than any count that is small, as one who is treated often.
    let rows = Table::rows(0, 5000).batch();
    let often: Vec<RecordBatch> = std::iter::once(rows).chain((0..40).map(planted)).collect();
    let kept = kept(&often);
    let left = report(&kept);
    let text = serde_json::to_string(&left).unwrap();
    let values = values_of(&planted(1));
    assert_eq!(names(&text, text.as_bytes(), &values), None);
    // Without the lists the same values would be told: that is what keeps them here.
    let bare = String::from_utf8_lossy(&kept.to_bytes()).into_owned();
    assert!(names(&bare, bare.as_bytes(), &values).is_some());
    // Nor does anybody else's: no value of a field that is not public is there at all.
    for row in (0..5000).step_by(97) {
        let one = Table::rows(row, row + 1).batch();
        for name in ["so_dinh_danh", "so_cha", "dien_thoai", "ho_ten"] {
            let column = one.column_by_name(name).unwrap().as_string::<i32>();
            if column.is_valid(0) && column.value(0).len() > 4 {
                assert!(!text.contains(column.value(0)), "{name} {}", column.value(0));
            }
        }
    }
    // What no list knows is no unit: names that are told are codes.
    assert!(OLD_UNITS.iter().all(|unit| !text.contains(unit)));
    assert_eq!(left.lacking, ["xa_ngay"], "a field that no contract names is not told");
    assert!(
        !text.contains("pattern\",\"groups")
            || left.rules.iter().all(|rule| {
                rule.cause.as_ref().is_none_or(|cause| cause.by != "pattern" || cause.told.is_empty())
            })
    );
    // Public codes are told, rounded.
    let ethnicity = left.fields.iter().find(|field| field.field == "dan_toc").unwrap();
    assert!(
        !ethnicity.values.is_empty() && ethnicity.values.iter().all(|value| value.rows % left.least == 0)
    );
    // Rules are counted as they are.
    for counts in &left.rules {
        assert_eq!((counts.pass, counts.fail), {
            let tally = kept.rules[&counts.rule].tally();
            (tally.pass, tally.fail)
        });
    }
    // Of a handful of rows nothing is told.
    let few = report(&state(&[Table::rows(0, 9).batch()]));
    assert!(few.is_of_few() && few.rules.is_empty() && few.fields.is_empty() && few.rows == 0);
}

#[test]
fn what_did_not_leave_by_the_rules_is_refused_by_name() {
    let left = report(&kept(&[Table::rows(0, 5000).batch()]));
    let read = |value: &Value| Report::read(value.to_string().as_bytes());
    let good = serde_json::to_value(&left).unwrap();
    assert_eq!(read(&good).unwrap(), left);
    assert_eq!(left.clone().known(&PERSONS), left, "the hub knows all that its rules name");
    let with = |place: &str, value: Value| {
        let mut other = good.clone();
        *other.pointer_mut(place).unwrap() = value;
        read(&other)
    };
    // A form of later: told by its number, whatever else stands there.
    assert_eq!(read(&json!({ "form": 9, "keys": ["079203001234"] })), Err(ReportError::Form(9)));
    assert_eq!(with("/form", json!(FORM + 1)), Err(ReportError::Form(u64::from(FORM) + 1)));
    let mut more = good.clone();
    more["keys"] = json!(["079203001234"]);
    assert!(matches!(read(&more), Err(ReportError::Unreadable(_))));
    let at = |member: &str| left.fields.iter().position(|field| field.field == member).unwrap();
    let values = format!("/fields/{}/values/0/rows", at("dan_toc"));
    for (place, value) in [(values.as_str(), json!(3)), (values.as_str(), json!(13)), ("/least", json!(1))] {
        assert!(matches!(with(place, value), Err(ReportError::Small(_))), "{place}");
    }
    assert!(matches!(with("/rules/0/pass", json!(u64::MAX)), Err(ReportError::Impossible(_))));
    assert!(matches!(with("/rules/0/fail", json!(5001)), Err(ReportError::Impossible(_))));
    let twice = good["rules"][1]["rule"].clone();
    assert!(matches!(with("/rules/0/rule", twice), Err(ReportError::Impossible(_))));
    assert!(matches!(with("/rows", json!(3)), Err(ReportError::Small(_) | ReportError::Impossible(_))));
    assert!(matches!(with("/contract", json!("x".repeat(9999))), Err(ReportError::Large(_))));
    // Names that no rule knows are left out, and values of fields that are not public with them.
    let mut other = left.clone();
    let name = other.fields.iter_mut().find(|field| field.field == "ho_ten").unwrap();
    name.values = vec![crate::report::Counted { name: "Tạ Hiếm Hoi".to_owned(), rows: 10 }];
    other.units = vec![crate::report::Counted { name: "079203001234".to_owned(), rows: 10 }];
    other.rules[0].rule = "078:Ta".to_owned();
    let text = serde_json::to_string(&other.known(&PERSONS)).unwrap();
    assert!(!text.contains("Tạ") && !text.contains("079203001234") && !text.contains("078:Ta"));
    // Damaged in any place it is refused or read as another one; never more.
    let bytes = good.to_string().into_bytes();
    for at in (0..bytes.len()).step_by(31) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x15;
        let _ = Report::read(&damaged);
        let _ = Report::read(&bytes[..at]);
    }
}
