//! Contracts of public repositories: of each what its quality section asks is run, or refused by name; nothing is passed over.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use serde::Deserialize;
use serde_json::Value;

use super::{materials_of, settings};
use crate::rule::Materials;
use crate::{Rules, Run};

#[derive(Deserialize)]
struct Public {
    what: String,
    contracts: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    source: String,
    commit: String,
    licence: String,
    has: String,
    contract: Value,
    /// Of each table.
    runs: Vec<BTreeSet<String>>,
    /// Of each table; of a contract without one, why there are no rules.
    refused: Vec<Value>,
}

#[test]
fn what_contracts_of_public_repositories_ask_is_run_or_refused_by_name() {
    let public: Public = serde_json::from_str(include_str!("public_contracts.json")).unwrap();
    assert!(public.contracts.len() >= 10 && !public.what.is_empty());
    for one in &public.contracts {
        let what = format!("{}: {}", one.source, one.has);
        assert!(!one.commit.is_empty() && ["Apache-2.0", "MIT"].contains(&one.licence.as_str()), "{what}");
        let tables = one.contract["schema"].as_array().unwrap();
        if tables.is_empty() {
            let mistake = Rules::compile(&materials_of(&one.contract)).unwrap_err();
            assert!(mistake.0.en().contains(one.refused[0].as_str().unwrap()), "{what}");
        }
        for (at, table) in tables.iter().enumerate() {
            let name = table["name"].as_str();
            let rules = Rules::compile(&Materials { table: name, ..materials_of(&one.contract) }).unwrap();
            let runs: BTreeSet<String> = rules.rules.iter().map(|rule| rule.id.clone()).collect();
            assert_eq!(runs, one.runs[at], "{what}");
            let told: Vec<&str> =
                one.refused[at].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            assert_eq!(rules.refused.len(), told.len(), "{what}: {:?}", rules.refused);
            for part in told {
                let names =
                    |words: &model::words::Words| words.en().contains(part) && words.vi() != words.en();
                assert!(rules.refused.iter().any(names), "{what}: {part}: {:?}", rules.refused);
            }
            // Each rule that is run judges every row, of a table with a row and of one without.
            let texts = |rows: usize| -> ArrayRef { Arc::new(StringArray::from(vec![Some("1"); rows])) };
            for rows in [0, 3] {
                let columns = rules.fields.iter().map(|field| (field.name.clone(), texts(rows), true));
                let Ok(batch) = RecordBatch::try_from_iter_with_nullable(columns) else { continue };
                let mut run = Run::new(Arc::new(rules.clone()), settings());
                run.push(&batch).unwrap();
                for (id, measured) in &run.state().rules {
                    assert_eq!(measured.tally().rows(), rows as u64, "{what}: {id}");
                }
            }
        }
    }
}

#[test]
fn a_pattern_is_found_anywhere_and_means_what_ecma_262_says() {
    let is = |pattern: &str, text: &str| crate::expression::search(pattern).unwrap().is_match(text);
    assert!(is("ACC[0-9]{8}", "xACC12345678x") && !is("^ACC[0-9]{8}$", "xACC12345678x"));
    assert!(is(r"^\d{3}$", "123") && !is(r"^\d{3}$", "１２３") && is(r"^\D{3}$", "１２３"));
    assert!(is(r"^[\d-]+$", "1-2") && !is(r"^[\d-]+$", "1-２") && is(r"^[^\d]$", "a"));
    assert!(!is(r"^\w+$", "đà") && is(r"^[a[&~]+$", "[a&~") && is(r"^\\d$", r"\d") && is(r"^a\/b$", "a/b"));
    for needs_going_back in [r"(?=a)b", r"(a)\1", r"(?<!x)y"] {
        assert!(crate::expression::search(needs_going_back).is_err(), "{needs_going_back}");
    }
}

#[test]
fn numbers_are_valid_however_they_are_written_and_keys_are_one_together() {
    use arrow_array::{Decimal128Array, Float64Array};
    let contract = serde_json::json!({ "id": "x", "version": "1.0.0", "schema": [{ "name": "t", "properties": [
        { "name": "a", "logicalType": "number", "primaryKey": true,
          "quality": [{ "metric": "invalidValues", "arguments": { "validValues": [5.50, 7, null] } }] },
        { "name": "b", "logicalType": "number", "primaryKey": true, "enum": [{ "value": 1.0 }, { "value": 2 }] },
        { "name": "c", "logicalType": "timestamp", "logicalTypeOptions": { "minimum": "2020-01-01T00:00:00Z", "exclusiveMaximum": "2021-01-01" } },
    ] }] });
    let rules = super::compiled(&contract);
    assert_eq!(rules.refused, []);
    let decimals = Decimal128Array::from(vec![550, 700, 550, 551]).with_precision_and_scale(10, 2).unwrap();
    let moments = ["2020-01-01T07:00:00", "2020-01-01 06:59:59", "2020-12-31T17:00:00Z", "không rõ"];
    let columns: [(&str, ArrayRef); 3] = [
        ("a", Arc::new(decimals)),
        ("b", Arc::new(Float64Array::from(vec![1.0, 2.0, 1.0, 3.0]))),
        ("c", Arc::new(StringArray::from(moments.to_vec()))),
    ];
    let mut run = Run::new(Arc::new(rules), settings());
    run.push(&RecordBatch::try_from_iter(columns).unwrap()).unwrap();
    let state = run.state();
    let fails = |id: &str| state.rules[id].tally().fail;
    assert_eq!((fails("a:quality_1"), fails("b:contract_values"), fails("a:unique_key")), (1, 1, 2));
    assert!(!state.rules.contains_key("a:unique") && !state.rules.contains_key("b:unique"));
    // The second is before the beginning, the third at the end of the year as clocks in Viet Nam show it.
    assert_eq!((fails("c:contract_range"), fails("c:type")), (2, 1));
}
