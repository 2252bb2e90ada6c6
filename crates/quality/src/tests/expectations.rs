//! Judged by another: what Great Expectations' public test definitions say of rows, our rules say of the same rows. The definitions are
//! written down anew in `expectations.json`, as facts; what has no counterpart here is counted there with its reason.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{compiled, settings};
use crate::{Rules, Run, State, run};

#[derive(Deserialize)]
struct Definitions {
    source: String,
    forms: String,
    files: BTreeMap<String, File>,
    tables: BTreeMap<String, BTreeMap<String, Vec<Value>>>,
    cases: Vec<Case>,
    left_out: Vec<(String, usize, String)>,
}

#[derive(Deserialize)]
struct File {
    path: String,
    commit: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Case {
    Rows(String, String, Map<String, Value>, Value, Vec<usize>),
    Whole(String, String, Map<String, Value>, Value),
}

/// A table: its fields as a contract has them, and its rows.
struct Table<'a>(&'a BTreeMap<String, Vec<Value>>);

impl Table<'_> {
    fn kind(&self, column: &str) -> &'static str {
        let values = || self.0[column].iter().filter(|value| !value.is_null());
        let is = |test: fn(&Value) -> bool| values().next().is_some() && values().all(test);
        match column {
            "ts" | "dates" => "timestamp",
            // A column of numbers with a word in it is one of numbers, in which a word stands.
            "y" if values().any(|value| value == "abc") => "integer",
            _ if is(Value::is_i64) => "integer",
            _ if is(Value::is_number) => "number",
            _ => "string",
        }
    }

    fn batch(&self) -> RecordBatch {
        let rows = self.0.values().next().map_or(0, Vec::len);
        let keys: ArrayRef = Arc::new((0..rows).map(|row| Some(row.to_string())).collect::<StringArray>());
        let array = |values: &Vec<Value>| -> ArrayRef {
            if values.iter().any(Value::is_string) || values.iter().all(Value::is_null) {
                let text = |value: &Value| match value {
                    Value::Null => None,
                    Value::String(text) => Some(text.clone()),
                    other => Some(other.to_string()),
                };
                Arc::new(values.iter().map(text).collect::<StringArray>())
            } else if values.iter().all(|value| value.is_null() || value.is_i64()) {
                Arc::new(values.iter().map(Value::as_i64).collect::<Int64Array>())
            } else {
                Arc::new(values.iter().map(Value::as_f64).collect::<Float64Array>())
            }
        };
        let columns = self.0.iter().map(|(name, values)| (name.clone(), array(values), true));
        RecordBatch::try_from_iter_with_nullable(columns.chain([("khoá".to_owned(), keys, true)])).unwrap()
    }
}

/// What is asked of a table, in a contract's words.
#[derive(Default)]
struct Asked {
    /// Members of one field.
    field: Map<String, Value>,
    /// A rule of the table.
    quality: Option<Value>,
    /// The rules that are looked at; of several, a row fails that fails one.
    rules: Vec<String>,
}

fn condition(condition: &str) -> Asked {
    let quality =
        json!({ "name": "c", "type": "custom", "engine": "lienthong", "implementation": condition });
    Asked { quality: Some(quality), rules: vec![":c".into()], ..Asked::default() }
}

fn metric(column: &str, metric: &str, arguments: Value) -> Asked {
    let quality = json!([{ "name": "q", "metric": metric, "arguments": arguments }]);
    Asked {
        field: Map::from_iter([("quality".into(), quality)]),
        rules: vec![format!("{column}:q")],
        ..Asked::default()
    }
}

fn options(column: &str, rule: &str, options: Value) -> Asked {
    let mut options = options;
    options.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    Asked {
        field: Map::from_iter([("logicalTypeOptions".into(), options)]),
        rules: vec![format!("{column}:{rule}")],
        ..Asked::default()
    }
}

fn literal(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| format!("'{}'", text.replace('\'', "''")))
}

/// LIKE as a pattern of ours; classes as SQL Server has them.
fn like(pattern: &str) -> String {
    pattern.chars().fold(String::new(), |mut written, sign| {
        match sign {
            '%' => written.push_str(".*"),
            '_' => written.push('.'),
            '+' => written.push_str("\\+"),
            sign => written.push(sign),
        }
        written
    })
}

/// Texts that match one of these patterns, or all of them.
fn matching(column: &str, patterns: &[Value], is_all: bool, whole: impl Fn(&str) -> String) -> String {
    let one = |pattern: &Value| {
        format!("\"{column}\" matches {}", literal(&json!(whole(pattern.as_str().unwrap()))))
    };
    patterns.iter().map(one).collect::<Vec<_>>().join(if is_all { " and " } else { " or " })
}

fn anywhere(pattern: &str) -> String {
    format!(".*(?:{pattern}).*")
}

/// The condition that a value is within bounds.
fn within(value: &str, args: &Map<String, Value>) -> String {
    let bound = |name: &str, sign: &str| {
        let bound = args.get(name).filter(|bound| !bound.is_null())?;
        let bound = match bound.as_str() {
            Some(text) if text.starts_with("now") => text.replace("now", "today"),
            Some(text) => format!("date '{text}'"),
            None => bound.to_string(),
        };
        Some(format!("{value} {sign} {bound}"))
    };
    [bound("min_value", ">="), bound("max_value", "<=")]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" and ")
}

fn columns(args: &Map<String, Value>) -> Vec<String> {
    let named = args["column_list"].as_array().unwrap().iter();
    named.map(|name| format!("\"{}\"", name.as_str().unwrap())).collect()
}

/// The condition that two values stand together as one of the pairs.
fn pairs(args: &Map<String, Value>) -> String {
    let (a, b) = (args["a"].as_str().unwrap(), args["b"].as_str().unwrap());
    let one = |pair: &Value| format!("(\"{a}\" = {} and \"{b}\" = {})", pair[0], pair[1]);
    args["pairs"].as_array().unwrap().iter().map(one).collect::<Vec<_>>().join(" or ")
}

#[expect(clippy::too_many_lines, reason = "an arm for each kind of definition")]
fn asked(of: &str, args: &Map<String, Value>) -> Asked {
    let get = |name: &str| args.get(name).cloned().unwrap_or(Value::Null);
    let text = |name: &str| args.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = |name: &str| args.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let (column, is_all) = (text("column"), args.contains_key("all"));
    // Rows that a condition leaves out are judged by nothing.
    if let Some(left) = args.get("where").and_then(Value::as_str) {
        let value = format!("\"{column}\"");
        let rest = match of {
            "in_set" => format!(
                "{value} in ({})",
                list("value_set").iter().map(literal).collect::<Vec<_>>().join(", ")
            ),
            "between" => within(&value, args),
            "lengths" => within(&format!("length({value})"), args),
            "length" => format!("length({value}) = {}", get("value")),
            "pairs" => pairs(args),
            _ => format!("{} = {}", columns(args).join(" + "), get("sum_total")),
        };
        return condition(&format!("not ({left}) or {rest}"));
    }
    match of {
        "not_null" => Asked {
            field: Map::from_iter([("required".into(), json!(true))]),
            rules: vec![format!("{column}:required")],
            ..Asked::default()
        },
        "null" => condition(&format!("\"{column}\" is null")),
        "in_set" | "distinct_in_set" => {
            metric(&column, "invalidValues", json!({ "validValues": get("value_set") }))
        }
        "not_in_set" => {
            let set: Vec<Value> = list("value_set").into_iter().filter(|value| !value.is_null()).collect();
            metric(&column, "missingValues", json!({ "missingValues": set }))
        }
        "between_evaluated" => condition(&within(&format!("\"{column}\""), args)),
        "between" => {
            let strict = |name: &str| args.get(name) == Some(&json!(true));
            let name = |is: bool, one: &str, other: &str| if is { other.to_owned() } else { one.to_owned() };
            let bounds = Map::from_iter([
                (name(strict("strict_min"), "minimum", "exclusiveMinimum"), get("min_value")),
                (name(strict("strict_max"), "maximum", "exclusiveMaximum"), get("max_value")),
            ]);
            let mut asked = options(&column, "contract_range", Value::Object(bounds));
            asked.rules.push(format!("{column}:type"));
            asked
        }
        "lengths" => options(
            &column,
            "contract_length",
            json!({ "minLength": get("min_value"), "maxLength": get("max_value") }),
        ),
        "length" => options(
            &column,
            "contract_length",
            json!({ "minLength": get("value"), "maxLength": get("value") }),
        ),
        "regex" => options(&column, "contract_format", json!({ "pattern": get("regex") })),
        "not_regex" => condition(&format!("not ({})", matching(&column, &[get("regex")], false, anywhere))),
        "regexes" => condition(&matching(&column, &list("regex_list"), is_all, anywhere)),
        "not_regexes" => {
            condition(&format!("not ({})", matching(&column, &list("regex_list"), false, anywhere)))
        }
        "like" => condition(&matching(&column, &[get("like")], false, like)),
        "likes" => condition(&matching(&column, &list("like_list"), is_all, like)),
        "strftime" => Asked {
            field: Map::from_iter([("logicalType".into(), get("type"))]),
            rules: vec![format!("{column}:type")],
            ..Asked::default()
        },
        "unique" => Asked {
            field: Map::from_iter([("unique".into(), json!(true))]),
            rules: vec![format!("{column}:unique")],
            ..Asked::default()
        },
        "unique_together" => Asked {
            quality: Some(
                json!({ "name": "u", "metric": "duplicateValues", "arguments": { "properties": get("column_list") } }),
            ),
            rules: vec![":u".into()],
            ..Asked::default()
        },
        "sum" => condition(&format!("{} = {}", columns(args).join(" + "), get("sum_total"))),
        "differ_in_row" => condition(&columns(args).join(" != ")),
        "greater" | "equal" => {
            let sign = if of == "equal" {
                "="
            } else if args.contains_key("or_equal") {
                ">="
            } else {
                ">"
            };
            condition(&format!("\"{}\" {sign} \"{}\"", text("a"), text("b")))
        }
        "pairs" => {
            let (a, b, any) = (text("a"), text("b"), pairs(args));
            // A value that is missing is in no pair, where rows with one are not left out.
            let there = format!("\"{a}\" is not null and \"{b}\" is not null");
            condition(&if args.contains_key("nulls") { format!("{there} and ({any})") } else { any })
        }
        "rows" | "rows_between" => {
            let mut quality = json!({ "name": "r", "metric": "rowCount" });
            match (get("value"), get("min_value"), get("max_value")) {
                (Value::Null, Value::Null, high) => quality["mustBeLessOrEqualTo"] = high,
                (Value::Null, low, high) => quality["mustBeBetween"] = json!([low, high]),
                (exactly, ..) => quality["mustBe"] = exactly,
            }
            Asked { quality: Some(quality), rules: vec![":r".into()], ..Asked::default() }
        }
        // What is asked of the profile needs no rule.
        _ => Asked::default(),
    }
}

/// Whether the whole is as expected: by the profile, by what is demanded, or by the share of what was judged.
fn holds(of: &str, args: &Map<String, Value>, asked: &Asked, state: &State, failing: usize) -> bool {
    let number = |name: &str| args.get(name).and_then(Value::as_f64);
    let between = |value: f64| {
        number("min_value").is_none_or(|low| value >= low)
            && number("max_value").is_none_or(|high| value <= high)
    };
    let profile = || &state.fields[args["column"].as_str().unwrap()];
    #[expect(clippy::cast_precision_loss, reason = "small tables")]
    match of {
        "max" => profile().numbers.is_some_and(|(_, greatest)| between(greatest)),
        "min" => profile().numbers.is_some_and(|(least, _)| between(least)),
        "distinct" => between(profile().distinct.estimate().round()),
        "distinct_share" => between(profile().distinct.estimate().round() / profile().filled as f64),
        "most_common" => {
            let top = profile().values.top(10);
            let all: Vec<&str> =
                top.iter().filter(|one| one.count == top[0].count).map(|one| one.text).collect();
            let set = args["value_set"].as_array().unwrap();
            let named = |text: &&&str| set.iter().any(|value| literal(value).trim_matches('\'') == **text);
            match args.contains_key("ties") {
                true => all.iter().any(|text| named(&text)),
                false => all.len() == 1 && all.iter().all(|text| named(&text)),
            }
        }
        "rows" | "rows_between" => state.rules[&asked.rules[0]].is_met(state.rows).unwrap(),
        _ => {
            // Rules over one field judge the same rows.
            let judged = asked.rules.iter().map(|rule| state.rules[rule].tally().judged()).max().unwrap();
            let share = if judged == 0 { 1.0 } else { 1.0 - failing as f64 / judged as f64 };
            share + 1e-9 >= number("mostly").unwrap_or(1.0)
        }
    }
}

/// The rows that fail one of these rules, found as they are at a node: by their keys, or by a second look for values that stand twice.
fn failing(asked: &Asked, rules: &Arc<Rules>, state: &State, batch: &RecordBatch) -> BTreeSet<usize> {
    let mut rows = BTreeSet::new();
    for id in &asked.rules {
        let measured = &state.rules[id];
        match &measured.uniques {
            Some(uniques) => {
                let twice: HashSet<u64> = uniques.doubles().map(|(digest, _)| digest).collect();
                let found = run::find(rules, &settings(), id, &twice, batch).unwrap();
                rows.extend(found.iter().map(|(_, record)| record.key.parse::<usize>().unwrap()));
            }
            None => rows
                .extend(measured.failing.records().map(|(_, record)| record.key.parse::<usize>().unwrap())),
        }
    }
    rows
}

/// What is wrong with a case; none: it is as it should be.
fn differs(
    of: &str,
    table: &Table<'_>,
    args: &Map<String, Value>,
    told: &Value,
    rows: Option<&[usize]>,
) -> Option<String> {
    let asked = asked(of, args);
    let column = args.get("column").and_then(Value::as_str);
    let property = |name: &String| {
        let mut property = json!({ "name": name, "logicalType": table.kind(name) });
        if Some(name.as_str()) == column {
            property.as_object_mut().unwrap().extend(asked.field.clone());
        }
        property
    };
    let mut properties: Vec<Value> = table.0.keys().map(property).collect();
    properties.push(json!({ "name": "khoá", "primaryKey": true }));
    let quality: Vec<&Value> = asked.quality.iter().collect();
    let contract = json!({ "apiVersion": "v3.1.0", "id": "thu", "version": "1.0.0",
        "schema": [{ "name": "bang", "properties": properties, "quality": quality }] });
    let rules = Arc::new(compiled(&contract));
    if told == "refused" {
        return rules.refused.is_empty().then(|| "it is not refused".to_owned());
    }
    if let Some(why) = rules.refused.first() {
        return Some(format!("refused: {}", why.en()));
    }
    let asked =
        Asked { rules: asked.rules.iter().filter(|id| rules.rule(id).is_some()).cloned().collect(), ..asked };
    let batch = table.batch();
    let mut run = Run::new(rules.clone(), settings());
    run.push(&batch).unwrap();
    let state = run.state();
    let found = failing(&asked, &rules, &state, &batch);
    if let Some(rows) = rows
        && found != rows.iter().copied().collect()
    {
        return Some(format!("rows {found:?} fail instead of {rows:?}"));
    }
    let holds = holds(of, args, &asked, &state, found.len());
    (json!(holds) != *told).then(|| format!("it comes to {holds}"))
}

#[test]
fn rules_say_of_rows_what_great_expectations_definitions_say() {
    let all: Definitions = serde_json::from_str(include_str!("expectations.json")).unwrap();
    assert!(all.source.contains("Apache-2.0") && !all.forms.is_empty());
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for case in &all.cases {
        let (of, table, args, told, rows) = match case {
            Case::Rows(of, table, args, told, rows) => (of, table, args, told, Some(rows.as_slice())),
            Case::Whole(of, table, args, told) => (of, table, args, told, None),
        };
        seen.insert(of);
        if let Some(why) = differs(of, &Table(&all.tables[table]), args, told, rows) {
            wrong.push(format!("{of} {table} {}: {why}", json!(args)));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), all.cases.len(), wrong.join("\n"));
    assert!(all.cases.len() >= 200, "{}", all.cases.len());
    seen.extend(all.left_out.iter().map(|(file, ..)| file));
    assert_eq!(seen, all.files.keys().collect(), "each file is judged, or left out by name");
    for (name, file) in &all.files {
        assert!(file.path.ends_with(".json") && file.commit.len() == 40, "{name}");
    }
    assert!(all.left_out.iter().all(|(_, count, why)| *count > 0 && !why.is_empty()));
}
