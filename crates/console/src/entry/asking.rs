//! What somebody asks for, out of the form they ask with.

use serde_json::{Map, Value, json};

use crate::form::Form;

/// What of a list was ticked: `field.ho_ten`.
pub(crate) fn ticked(form: &Form, list: &str) -> Vec<String> {
    let below = format!("{list}.");
    let ticks = form.0.iter().filter(|(_, value)| *value == "true");
    ticks.filter_map(|(name, _)| name.strip_prefix(&below).map(str::to_owned)).collect()
}

/// What a form asks for, as the hub takes it. The key of a dataset goes along: without it a grant finds less than its user expects.
pub(crate) fn asking(form: &Form) -> Value {
    let mut asking = Map::new();
    let mut put = |name: &str, value: Value| drop(asking.insert(name.to_owned(), value));
    for name in ["type", "mode", "client", "service", "valid_to"] {
        put(name, json!(form.get(name)));
    }
    put("uses", json!([{ "purpose": form.get("purpose"), "basis": form.get("basis") }]));
    let fields: Vec<String> = ticked(form, "field");
    put("fields", if form.get("fields") == "all" { json!("all") } else { json!(fields) });
    let endpoints: Vec<Value> = ticked(form, "endpoint")
        .iter()
        .filter_map(|endpoint| endpoint.split_once(' '))
        .map(|(method, path)| json!({ "method": method, "path": path }))
        .collect();
    if !endpoints.is_empty() {
        put("endpoints", json!(endpoints));
    }
    let rows: Vec<Value> = form
        .some("row_field")
        .map(|field| {
            let values: Vec<&str> =
                form.get("row_values").lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            let mut rule = json!({ "field": field, "one_of": values });
            if let (Some(under), Some(rule)) = (form.some("row_under"), rule.as_object_mut()) {
                rule.insert("under".to_owned(), json!(under));
            }
            rule
        })
        .into_iter()
        .collect();
    if !rows.is_empty() {
        put("rows", json!(rows));
    }
    put("per_second", json!(form.get("per_second").parse::<u32>().unwrap_or_default()));
    put("volume", json!(form.said("volume")));
    put("statement", json!(form.said("statement")));
    for (name, kind) in [("duty", "automatic"), ("renews", "renewal"), ("sla", "")] {
        let meant = kind.is_empty() || form.get("type") == kind;
        if let Some(said) = form.some(name).filter(|_| meant) {
            put(name, json!(said));
        }
    }
    Value::Object(asking)
}
