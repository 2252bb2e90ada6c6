//! What users of other tools have reported of them, each tried here: what they were told is not what was so.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Int32Array, RecordBatch, StringArray};
use serde_json::{Value, json};

use super::{compiled, settings};
use crate::{Run, State};

fn texts<const N: usize>(rows: [Option<&str>; N]) -> ArrayRef {
    Arc::new(StringArray::from(rows.to_vec()))
}

/// A table of one field, of this definition, measured.
fn measured(mut property: Value, column: ArrayRef) -> State {
    property["name"] = json!("v");
    let contract =
        json!({ "id": "thu", "version": "1.0.0", "schema": [{ "name": "t", "properties": [property] }] });
    let rules = compiled(&contract);
    assert_eq!(rules.refused, [], "{contract}");
    let mut run = Run::new(Arc::new(rules), settings());
    run.push(&RecordBatch::try_from_iter_with_nullable([("v", column, true)]).unwrap()).unwrap();
    run.state()
}

fn pattern(pattern: &str) -> Value {
    json!({ "logicalTypeOptions": { "pattern": pattern } })
}

fn one_of(values: &Value) -> Value {
    json!({ "quality": [{ "name": "q", "metric": "invalidValues", "arguments": { "validValues": values }, "mustBe": 0 }] })
}

fn missing(values: &Value) -> Value {
    json!({ "quality": [{ "name": "q", "metric": "missingValues", "arguments": { "missingValues": values }, "mustBe": 0 }] })
}

#[test]
#[expect(clippy::too_many_lines, reason = "a report after the other")]
fn what_users_of_others_were_told_wrongly_is_told_as_it_is() {
    let unique = || json!({ "unique": true });
    let mail = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,4}$";
    let uuid = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
    let seals = || texts([Some("S123456789"), Some("S12345678"), Some("xS123456789"), None]);
    let truths: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]));
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), None, Some(0)]));
    // The report; the definition; the rows; the rule; how many pass, fail, have no value.
    let cases: Vec<(&str, Value, ArrayRef, &str, [u64; 3])> = vec![
        (
            "sodadata/soda-core#1949: values that have a duplicate were counted, not rows",
            unique(),
            texts([Some("a"), Some("a"), Some("b"), Some("b"), Some("b"), Some("c")]),
            "v:unique",
            [1, 5, 0],
        ),
        (
            "dbt-labs/dbt-core#207: two rows without a value were duplicates",
            unique(),
            texts([None, None, Some("a")]),
            "v:unique",
            [1, 0, 2],
        ),
        (
            "fivetran/great_expectations#1535: an empty text was a value",
            json!({ "required": true }),
            texts([Some("a"), Some(""), Some("  "), None]),
            "v:required",
            [1, 3, 0],
        ),
        (
            "dbt-labs/dbt-core#8543: rows without a value passed as one of those allowed",
            one_of(&json!(["foo", "bar"])),
            texts([Some("foo"), None, Some("bar"), None]),
            "v:q",
            [2, 0, 2],
        ),
        (
            "open-metadata/OpenMetadata#15851: one value of the list was success, whatever else stood there",
            one_of(&json!(["foo"])),
            texts([Some("foo"), Some("baz"), Some("baz")]),
            "v:q",
            [1, 2, 0],
        ),
        (
            "dbt-labs/dbt-utils#741: values of truth could not be compared",
            one_of(&json!(["true", "false"])),
            truths,
            "v:q",
            [2, 0, 1],
        ),
        (
            "open-metadata/OpenMetadata#21482: a number could not be compared with an empty text",
            missing(&json!([null, ""])),
            numbers,
            "v:q",
            [2, 1, 0],
        ),
        (
            "fivetran/great_expectations#7743: a sign that was escaped in the file was escaped twice",
            pattern(mail),
            texts([Some("a.b@bca.gov.vn"), Some("a@b"), Some("a@b\\.vn")]),
            "v:contract_format",
            [1, 2, 0],
        ),
        (
            "fivetran/great_expectations#1517: two ways of writing one pattern differed",
            pattern(r"^S\d{9}"),
            seals(),
            "v:contract_format",
            [1, 2, 1],
        ),
        ("the same, written otherwise", pattern("^S[0-9]{9}"), seals(), "v:contract_format", [1, 2, 1]),
        (
            "fivetran/great_expectations#8782: what is no identifier matched its pattern",
            pattern(uuid),
            texts([Some("5da593fa-a3ce-4a1f-84cc-9b4f76ddb5e5"), Some("1")]),
            "v:contract_format",
            [1, 1, 0],
        ),
        (
            "awslabs/deequ#419: a column without any value was an error",
            json!({ "required": true, "unique": true }),
            texts([None, None, None]),
            "v:required",
            [0, 3, 0],
        ),
        (
            "fivetran/great_expectations#10811: two rules of one column could not stand together",
            json!({ "required": true, "unique": true }),
            texts([Some("a"), Some("a"), None]),
            "v:unique",
            [0, 2, 1],
        ),
        (
            "awslabs/deequ#395: an empty table was an error",
            json!({ "required": true, "unique": true }),
            texts([]),
            "v:unique",
            [0, 0, 0],
        ),
    ];
    for (report, property, column, rule, [pass, fail, null]) in cases {
        let state = measured(property, column);
        let tally = state.rules[rule].tally();
        assert_eq!([tally.pass, tally.fail, tally.null], [pass, fail, null], "{report}");
        assert_eq!(State::from_bytes(&state.to_bytes()).unwrap(), state, "{report}");
    }
    let state = measured(unique(), texts([Some("a"), Some("a"), Some("b"), Some("b"), Some("b")]));
    let uniques = state.rules["v:unique"].uniques.as_ref().unwrap();
    assert_eq!(
        (uniques.doubles().count(), uniques.surplus_rows()),
        (2, 3),
        "values, and rows to go, are told apart"
    );
}

/// ClickHouse/ClickHouse#106963: what stands in memory where a row has no value was counted as one.
#[test]
fn what_stands_where_no_value_is_is_no_value() {
    let rows: Vec<Option<i32>> = (0..100).map(|row| (row % 7 != 0).then_some(row)).collect();
    let valid: Vec<bool> = rows.iter().map(Option::is_some).collect();
    let values: Vec<i32> = rows.iter().map(|row| row.unwrap_or(-5)).collect();
    let column: ArrayRef = Arc::new(Int32Array::new(values.into(), Some(valid.into())));
    let state = measured(json!({}), column);
    let profile = &state.fields["v"];
    assert_eq!((profile.nulls, profile.filled, profile.numbers), (15, 85, Some((1.0, 99.0))));
    assert!((profile.distinct.estimate() - 85.0).abs() < 2.0, "{}", profile.distinct.estimate());
}

/// awslabs/deequ#178: of values that are unique together, those with a part missing were duplicates; one part that is unique by itself makes
/// all unique.
#[test]
fn what_is_unique_by_a_part_is_unique_whatever_is_missing_beside() {
    let contract = json!({ "id": "thu", "version": "1.0.0", "schema": [{ "name": "t", "properties": [{ "name": "a" }, { "name": "b" }],
        "quality": [{ "name": "cung", "metric": "duplicateValues", "arguments": { "properties": ["a", "b"] }, "mustBe": 0 }] }] });
    let rules = compiled(&contract);
    assert_eq!(rules.refused, []);
    let id = rules.rules.iter().find(|rule| rule.id.ends_with(":cung")).unwrap().id.clone();
    let columns = [
        ("a", texts([Some("1"), Some("2"), Some("3"), Some("4"), Some("4")]), true),
        ("b", texts([None, None, Some("x"), Some("y"), Some("y")]), true),
    ];
    let mut run = Run::new(Arc::new(rules), settings());
    run.push(&RecordBatch::try_from_iter_with_nullable(columns).unwrap()).unwrap();
    let tally = run.state().rules[&id].tally();
    assert_eq!([tally.pass, tally.fail, tally.null], [1, 2, 2]);
}
