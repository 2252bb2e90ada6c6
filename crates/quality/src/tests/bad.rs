//! Bad input: what nobody should hand over, and what becomes of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use serde_json::json;

use super::{compiled, settings};
use crate::{Run, State};

/// One value of 64 MB is judged like any other, and of it nothing but its length, its pattern's beginning and its digest stays: a state
/// does not grow with the values.
#[test]
fn a_value_of_64_megabytes_is_judged_and_does_not_stay() {
    let contract = json!({ "id": "thu", "version": "1.0.0", "schema": [{ "name": "t", "properties": [
        { "name": "k", "primaryKey": true },
        { "name": "v", "unique": true, "logicalTypeOptions": { "maxLength": 1000, "pattern": "(x+x+)+y" } },
    ] }] });
    let huge = "x".repeat(64 * 1024 * 1024);
    let columns: [(&str, ArrayRef); 2] = [
        ("k", Arc::new(StringArray::from(vec!["1", "2"]))),
        ("v", Arc::new(StringArray::from(vec![huge.as_str(), "xxy"]))),
    ];
    let mut run = Run::new(Arc::new(compiled(&contract)), settings());
    let began = Instant::now();
    run.push(&RecordBatch::try_from_iter(columns).unwrap()).unwrap();
    // A pattern over which others go back and forth for longer than the world will stand takes one look at each letter.
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    let state = run.state();
    let fails = |id: &str| state.rules[id].tally().fail;
    assert_eq!((fails("v:contract_length"), fails("v:contract_format"), fails("v:unique")), (1, 1, 0));
    for kept in [state.to_bytes(), state.kept().to_bytes()] {
        assert!(kept.len() < 64 * 1024, "{}", kept.len());
    }
    assert!(State::from_bytes(&state.to_bytes()).unwrap() == state);
}

/// What an owner wrote and cannot be meant is refused by name, never left out without a word, and never stops the other rules.
#[test]
fn contracts_that_contradict_themselves_are_refused_by_name() {
    let check = |property: serde_json::Value, told: &[&str]| {
        let mut property = property;
        property["name"] = json!("v");
        let contract = json!({ "id": "thu", "version": "1.0.0", "schema": [{ "name": "t", "properties": [
            property.clone(), { "name": "w", "required": true } ] }] });
        let rules = compiled(&contract);
        let words: Vec<&str> = rules.refused.iter().map(model::words::Words::en).collect();
        assert_eq!(words.len(), told.len(), "{property}: {words:?}");
        for part in told {
            assert!(words.iter().any(|words| words.contains(part)), "{property}: {part}: {words:?}");
        }
        assert!(rules.rule("w:required").is_some());
        assert!(rules.gates == crate::rule::gate::Gates::default());
    };
    let options =
        |options: serde_json::Value| json!({ "logicalType": "integer", "logicalTypeOptions": options });
    check(options(json!({ "minLength": 9, "maxLength": 1 })), &["v:contract_length contradicts"]);
    check(options(json!({ "minLength": "nine" })), &["minLength"]);
    check(options(json!({ "maxLength": -1, "minLength": 1.5 })), &["maxLength", "minLength"]);
    check(options(json!({ "minimum": 5, "exclusiveMaximum": 1 })), &["v:contract_range contradicts"]);
    check(options(json!({ "minimum": "five", "maximum": 9 })), &["minimum"]);
    check(
        options(json!({ "multipleOf": 5, "format": "i8", "pattern": 7 })),
        &["multipleOf", "format", "pattern"],
    );
    check(
        json!({ "logicalType": "date", "logicalTypeOptions": { "minimum": "2026-02-30", "maximum": 7 } }),
        &["minimum", "maximum"],
    );
    check(
        json!({ "logicalType": "date", "logicalTypeOptions": { "minimum": "2027-01-01", "maximum": "2026-01-01", "format": "dd/MM/yyyy" } }),
        &["v:contract_range contradicts", "option format"],
    );
    let rule = |rule: serde_json::Value| json!({ "quality": [rule] });
    check(rule(json!({ "metric": "nullValues", "mustBe": 0, "unit": "minutes" })), &["unit"]);
    check(rule(json!({ "metric": "invalidValues", "arguments": { "validValues": "a" } })), &["validValues"]);
    let gate = |value: serde_json::Value| json!([{ "property": "gate", "value": value }]);
    for value in [json!("rows"), json!(101), json!(-1), json!(null), json!("95")] {
        check(json!({ "customProperties": gate(value) }), &["gate at v"]);
    }
    check(
        rule(
            json!({ "name": "u", "metric": "duplicateValues", "mustBe": 0, "customProperties": gate(json!("record")) }),
        ),
        &["v:u is about the whole"],
    );
    // Nothing that was asked to be withheld is given without a word.
    check(json!({ "customProperties": gate(json!("record")) }), &["the gate at field v withholds no record"]);
    check(
        json!({ "primaryKey": true, "customProperties": gate(json!(90)) }),
        &["a gate with a number cannot be used at the key v"],
    );
    check(
        rule(json!({ "name": "n", "metric": "nullValues", "customProperties": gate(json!(90)) })),
        &["gate at v:n"],
    );
    check(
        json!({ "quality": [{ "type": "text", "name": "t" }], "properties": [{ "name": "x" }] }),
        &["field v has fields within it"],
    );
}

/// Which record a gate withholds is what the rules say of it; of a rule about the whole no record is asked.
#[test]
fn a_gate_withholds_the_records_that_fail_its_rules_and_no_others() {
    let gate = json!([{ "property": "gate", "value": "record" }]);
    let contract = json!({ "id": "thu", "version": "1.0.0", "schema": [{ "name": "t", "properties": [
        { "name": "k", "primaryKey": true, "logicalTypeOptions": { "pattern": "^[0-9]+$" }, "customProperties": gate },
        { "name": "v", "logicalTypeOptions": { "maxLength": 3 },
          "quality": [{ "name": "rong", "metric": "missingValues", "arguments": { "missingValues": [null, "-"] }, "customProperties": gate }],
          "customProperties": [{ "property": "gate", "value": 97.5 }] },
        { "name": "w" }, { "name": "x" },
    ], "quality": [{ "name": "c", "type": "custom", "engine": "lienthong", "implementation": "w <= x", "customProperties": gate }] }] });
    let rules = compiled(&contract);
    assert_eq!(rules.refused, []);
    // The key's type of its own making, required and form; not that it is unique, and not a length that is only a warning.
    let ids: Vec<&str> = rules.gates.records.iter().map(String::as_str).collect();
    assert_eq!(ids, [":c", "k:contract_format", "k:required", "v:rong"]);
    assert_eq!(rules.gates.fields["v"], 97.5);
    let only = Arc::new(rules.only(&rules.gates.records));
    let rows: [([Option<&str>; 4], Option<&str>); 6] = [
        ([Some("1"), Some("abcdef"), Some("a"), Some("b")], None),
        ([Some("1"), Some("a"), Some("a"), None], None),
        ([Some("x"), Some("-"), Some("a"), Some("b")], Some("k:contract_format")),
        ([None, Some("a"), Some("a"), Some("b")], Some("k:required")),
        ([Some("2"), None, Some("a"), Some("b")], Some("v:rong")),
        ([Some("3"), Some("a"), Some("c"), Some("b")], Some(":c")),
    ];
    // More rows than are looked at together.
    let many: Vec<_> = rows.iter().cycle().take(20_000).collect();
    let column =
        |at: usize| -> ArrayRef { Arc::new(many.iter().map(|row| row.0[at]).collect::<StringArray>()) };
    let columns = [("k", 0), ("v", 1), ("w", 2), ("x", 3)].map(|(name, at)| (name, column(at), true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let failing = crate::run::failing(&only, &settings(), &batch).unwrap();
    assert_eq!(failing.len(), many.len());
    for (row, rule) in many.iter().zip(failing) {
        assert_eq!(rule, row.1);
    }
}
