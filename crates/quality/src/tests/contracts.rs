//! Contracts: what their owners write is run, or refused by name.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use serde_json::{Value, json};

use super::{compiled, settings};
use crate::{Run, State};

fn contract(properties: Value, quality: Value) -> Value {
    json!({ "apiVersion": "v3.1.0", "id": "thu", "version": "1.2.0",
        "schema": [{ "name": "bang", "properties": properties, "quality": quality }] })
}

fn run(contract: &Value, columns: Vec<(&str, ArrayRef)>) -> (crate::Rules, State) {
    let rules = compiled(contract);
    let mut run = Run::new(Arc::new(rules.clone()), settings());
    run.push(
        &RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, array)| (name, array, true)),
        )
        .unwrap(),
    )
    .unwrap();
    (rules, run.state())
}

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

#[test]
fn the_standards_metrics_are_run_with_their_operators() {
    let check = |quality: Value, fails: u64, met: Option<bool>| {
        let contract = contract(
            json!([{ "name": "k", "primaryKey": true }, { "name": "v", "quality": [quality.clone()] }]),
            json!([]),
        );
        let (rules, state) = run(
            &contract,
            vec![
                ("k", texts(&[Some("1"), Some("2"), Some("3"), Some("4"), Some("5")])),
                ("v", texts(&[Some("a"), Some("b"), None, Some("b"), Some("N/A")])),
            ],
        );
        assert_eq!(rules.refused, [], "{quality}");
        let (_, measured) = state.rules.iter().find(|(id, _)| id.starts_with("v:quality")).unwrap();
        assert_eq!((measured.demanded(), measured.is_met(state.rows)), (fails, met), "{quality}");
    };
    check(json!({ "metric": "nullValues", "mustBe": 0 }), 1, Some(false));
    check(json!({ "metric": "nullValues" }), 1, None);
    check(json!({ "metric": "nullValues", "mustBeLessThan": 2 }), 1, Some(true));
    check(json!({ "metric": "nullValues", "mustBeLessOrEqualTo": 20, "unit": "percent" }), 1, Some(true));
    check(json!({ "metric": "nullValues", "mustBeLessThan": 20, "unit": "percent" }), 1, Some(false));
    check(
        json!({ "metric": "missingValues", "arguments": { "missingValues": ["N/A", ""] }, "mustBe": 0 }),
        1,
        Some(false),
    );
    check(json!({ "metric": "missingValues", "mustBe": 1 }), 1, Some(true));
    check(
        json!({ "metric": "invalidValues", "arguments": { "validValues": ["a", "b"] }, "mustBeBetween": [1, 2] }),
        1,
        Some(true),
    );
    check(
        json!({ "metric": "invalidValues", "arguments": { "pattern": "[a-z]" }, "mustNotBe": 1 }),
        1,
        Some(false),
    );
    check(json!({ "metric": "duplicateValues", "mustBe": 0 }), 1, Some(false));
    check(json!({ "rule": "duplicateCount", "mustBeLessThan": 2 }), 1, Some(true));
}

#[test]
fn rows_and_fields_together_are_counted() {
    let quality = json!([
        { "name": "du_dong", "metric": "rowCount", "mustBeGreaterThan": 3 },
        { "name": "khong_trung", "metric": "duplicateValues", "arguments": { "properties": ["a", "b"] }, "mustBe": 0 },
        { "name": "dieu_kien", "type": "custom", "engine": "lienthong", "implementation": { "condition": "n / m > 1 or a = 'y'" } },
        { "name": "trong_nguon", "type": "sql", "query": "SELECT 1", "mustBe": 1 },
    ]);
    let properties = json!([{ "name": "k", "primaryKey": true }, { "name": "a" }, { "name": "b" }, { "name": "n", "logicalType": "integer" }, { "name": "m", "logicalType": "number" }]);
    let (rules, state) = run(
        &contract(properties, quality),
        vec![
            ("k", texts(&[Some("1"), Some("2"), Some("3"), Some("4"), Some("5")])),
            ("a", texts(&[Some("x"), Some("x"), Some("x"), Some("y"), None])),
            ("b", texts(&[Some("1"), Some("1"), Some("2"), Some("1"), Some("1")])),
            ("n", Arc::new(Int64Array::from(vec![Some(4), Some(1), Some(1), Some(1), None]))),
            ("m", Arc::new(Float64Array::from(vec![2.0, 2.0, 0.0, f64::NAN, 1.0]))),
        ],
    );
    assert_eq!(rules.refused.len(), 1, "{:?}", rules.refused);
    assert!(rules.refused[0].en().contains("SQL"));
    let of = |id: &str| &state.rules[id];
    assert_eq!((of(":du_dong").demanded(), of(":du_dong").is_met(state.rows)), (5, Some(true)));
    let doubles = of(":khong_trung").tally();
    assert_eq!((doubles.fail, doubles.pass, doubles.null), (2, 2, 1));
    let condition = of(":dieu_kien").tally();
    // 4/2 passes; 1/2 fails; by zero, of NaN with y, of null: null, pass, null.
    assert_eq!((condition.pass, condition.fail, condition.null), (2, 1, 2));
    // What is no number is no number, whatever its column is called.
    assert_eq!(of("m:type").tally().fail, 1);
}

#[test]
fn what_cannot_be_run_is_refused_by_name() {
    let check = |quality: Value, told: &str| {
        let contract = contract(
            json!([{ "name": "v", "logicalType": "integer", "quality": [quality.clone()] }]),
            json!([]),
        );
        let rules = compiled(&contract);
        assert_eq!(rules.refused.len(), 1, "{quality}: {:?}", rules.refused);
        let words = &rules.refused[0];
        assert!(words.en().contains(told) && words.vi() != words.en(), "{quality}: {}", words.en());
        assert!(!rules.rules.iter().any(|rule| rule.id.contains("quality")), "{quality}");
    };
    check(json!({ "type": "text", "description": "đúng" }), "words only");
    check(json!({ "type": "custom", "engine": "soda", "implementation": "checks" }), "soda");
    check(json!({ "metric": "freshness", "mustBe": 1 }), "freshness");
    check(json!({ "metric": "rowCount" }), "comparison");
    check(json!({ "metric": "invalidValues" }), "validValues");
    check(json!({ "metric": "invalidValues", "arguments": { "pattern": "(" } }), "pattern");
    check(
        json!({ "metric": "invalidValues", "arguments": { "pattern": "((a{999}){999}){999}" } }),
        "pattern",
    );
    check(json!({ "metric": "nullValues", "mustBe": "không" }), "comparison");
    check(json!({ "metric": "nullValues", "mustBe": 1, "mustNotBe": 1 }), "comparison");
    check(json!({ "metric": "nullValues", "mustBeBetween": [9, 1] }), "contradicts");
    check(json!({ "metric": "duplicateValues", "arguments": { "properties": ["khong_co"] } }), "khong_co");
    check(json!({ "type": "custom", "engine": "lienthong", "implementation": "v = 'x'" }), "character 3");
    check(json!({ "type": "custom", "engine": "lienthong", "implementation": 7 }), "implementation");
    let twice = contract(
        json!([{ "name": "v", "quality": [{ "name": "a", "metric": "nullValues" }, { "name": "a", "metric": "nullValues" }],
            "logicalTypeOptions": { "minLength": 9, "maxLength": 1 } }]),
        json!([]),
    );
    assert_eq!(compiled(&twice).refused.len(), 2);
    assert!(
        crate::Rules::compile(&crate::rule::Materials {
            contract: &json!({}),
            ..super::materials_of(&twice)
        })
        .is_err()
    );
}

/// A column of anything is measured, by the rules of its type or none: nothing, one row, numbers that are none.
#[test]
fn odd_columns_are_taken() {
    use arrow_array::{
        BooleanArray, Date32Array, Decimal128Array, NullArray, TimestampMillisecondArray, UInt64Array,
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("nothing", Arc::new(NullArray::new(3))),
        ("nulls", Arc::new(StringArray::from(vec![None::<&str>; 3]))),
        ("nan", Arc::new(Float64Array::from(vec![f64::NAN, f64::INFINITY, -0.0]))),
        ("day", Arc::new(Date32Array::from(vec![Some(i32::MAX), Some(i32::MIN), None]))),
        ("moment", Arc::new(TimestampMillisecondArray::from(vec![Some(i64::MAX), Some(i64::MIN), Some(0)]))),
        (
            "decimal",
            Arc::new(
                Decimal128Array::from(vec![i128::MAX, i128::MIN, 5]).with_precision_and_scale(38, 4).unwrap(),
            ),
        ),
        ("large", Arc::new(UInt64Array::from(vec![u64::MAX, 0, 1]))),
        ("truth", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        ("text", texts(&[Some(""), Some(" \u{a0}"), Some("\u{fffd}")])),
    ];
    let kinds = [
        ("day", "date"),
        ("moment", "timestamp"),
        ("nan", "number"),
        ("decimal", "number"),
        ("large", "integer"),
        ("truth", "boolean"),
    ];
    let kind = |name: &str| kinds.iter().find(|(known, _)| *known == name).map_or("string", |(_, kind)| kind);
    let properties: Vec<Value> = columns
        .iter()
        .map(|(name, _)| json!({ "name": name, "logicalType": kind(name), "required": true, "unique": true }))
        .collect();
    let (_, state) = run(&contract(json!(properties), json!([])), columns);
    for (id, measured) in &state.rules {
        assert_eq!(measured.tally().rows(), 3, "{id}");
    }
    let fails = |id: &str| state.rules[id].tally().fail;
    assert_eq!(
        (fails("nothing:required"), fails("nulls:required"), fails("text:required"), fails("day:required")),
        (3, 3, 2, 1)
    );
    assert_eq!((fails("nan:type"), fails("large:type"), fails("truth:type")), (1, 0, 0));
    assert_eq!(State::from_bytes(&state.to_bytes()).unwrap(), state);
}
