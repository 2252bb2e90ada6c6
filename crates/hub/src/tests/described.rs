//! What is answered is what is described: whatever a test is answered is held against the description of its operation. A member that is
//! not described is a mistake, as is one of another type.

use std::sync::{Arc, OnceLock};

use jsonschema::Validator;
use serde_json::{Value, json};

use super::world::World;
use crate::api;
use crate::hub::Hub;

/// Operations whose answers somebody else describes, or that have nothing to describe.
const ELSEWHERE: [(&str, &str, &str); 2] = [
    ("get", "/api/openapi.json", "the description itself; OpenAPI 3.1 has a schema"),
    (
        "get",
        "/directory/{folder}/{file}",
        "metadata and targets of The Update Framework, parts of the directory",
    ),
];
/// Answers in forms that others describe.
const FORMS: [&str; 2] = ["application/ld+json", "application/yaml"];

/// An operation, and what its answer must be.
struct Operation {
    method: String,
    path: String,
    answer: Option<Validator>,
}

static OPERATIONS: OnceLock<Vec<Operation>> = OnceLock::new();

fn description(hub: &Arc<Hub>) -> Value {
    serde_json::to_value(api::routes(hub.clone()).1).unwrap()
}

/// Method, path and what is described of it, for each operation.
fn each(description: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    description["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
        methods
            .as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
    })
}

/// All answers of an operation that went well, by form.
fn answers(operation: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let forms = operation["responses"]["200"]["content"].as_object();
    forms.into_iter().flatten().map(|(form, content)| (form.as_str(), &content["schema"]))
}

/// Names that an answer is put together from: what they do not have, others of them may.
fn put_together(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let parts = members.get("allOf").and_then(Value::as_array);
            names.extend(
                parts.into_iter().flatten().filter_map(|part| part["$ref"].as_str().map(str::to_owned)),
            );
            members.values().for_each(|member| put_together(member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| put_together(item, names)),
        _ => {}
    }
}

/// The schemas of a description, closed: no member is there that is not described.
fn closed(description: &Value) -> Value {
    let mut components = description["components"].clone();
    let mut parts = Vec::new();
    put_together(description, &mut parts);
    for (name, schema) in components["schemas"].as_object_mut().unwrap() {
        let has_members = ["properties", "allOf"].iter().any(|member| schema.get(member).is_some());
        if has_members && !parts.contains(&format!("#/components/schemas/{name}")) {
            schema["unevaluatedProperties"] = json!(false);
        }
    }
    components
}

fn operations(hub: &Arc<Hub>) -> Vec<Operation> {
    let description = description(hub);
    let components = closed(&description);
    let mut operations: Vec<Operation> = each(&description)
        .map(|(method, path, operation)| {
            let schema =
                answers(operation).find(|(form, _)| *form == "application/json").map(|(_, schema)| schema);
            let answer = schema.map(|schema| {
                jsonschema::validator_for(&json!({ "allOf": [schema], "components": components })).unwrap()
            });
            Operation { method: method.to_uppercase(), path: path.to_owned(), answer }
        })
        .collect();
    // What is named by itself before what stands for many names.
    operations.sort_by_key(|operation| operation.path.matches('{').count());
    operations
}

fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut there) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), there.next()) {
            (None, None) => return true,
            (Some(wanted), Some(there)) if wanted == there || wanted.starts_with('{') => {}
            _ => return false,
        }
    }
}

/// Holds an answer in JSON that went well against its description.
pub(super) fn check(hub: &Arc<Hub>, (method, path): (&str, &str), body: &Value) {
    let operations = OPERATIONS.get_or_init(|| operations(hub));
    let operation =
        operations.iter().find(|operation| operation.method == method && fits(&operation.path, path));
    let Some(answer) = operation.and_then(|operation| operation.answer.as_ref()) else {
        panic!("{method} {path} answers with what is not described: {body}");
    };
    let mistakes: Vec<String> =
        answer.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(mistakes.is_empty(), "{method} {path}: {mistakes:#?}\n{body:#}");
}

/// Where a schema says of an object nothing about its members.
fn bare(schema: &Value, place: &str, found: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            let says = ["properties", "additionalProperties", "allOf", "oneOf"]
                .iter()
                .any(|member| members.contains_key(*member));
            let is_object = members.get("type").is_some_and(|kind| {
                *kind == json!("object")
                    || kind.as_array().is_some_and(|kinds| kinds.contains(&json!("object")))
            });
            let is_free = members.get("additionalProperties") == Some(&json!(true));
            if is_object && (!says || is_free) {
                found.push(place.to_owned());
            }
            members.iter().for_each(|(name, member)| bare(member, &format!("{place}.{name}"), found));
        }
        Value::Array(items) => items.iter().for_each(|item| bare(item, place, found)),
        _ => {}
    }
}

/// The names of schemas that an answer leads to.
fn reached(schema: &Value, description: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(name) =
                members.get("$ref").and_then(Value::as_str).and_then(|at| at.rsplit('/').next())
                && !names.iter().any(|known| known == name)
            {
                names.push(name.to_owned());
                reached(&description["components"]["schemas"][name], description, names);
            }
            members.values().for_each(|member| reached(member, description, names));
        }
        Value::Array(items) => items.iter().for_each(|item| reached(item, description, names)),
        _ => {}
    }
}

#[tokio::test]
async fn every_answer_is_described() {
    let description = description(&World::new().await.hub);
    let (mut found, mut names) = (Vec::new(), Vec::new());
    for (method, path, operation) in each(&description) {
        if ELSEWHERE.iter().any(|(how, known, _)| (*how, *known) == (method, path)) {
            continue;
        }
        for (form, schema) in answers(operation).filter(|(form, _)| !FORMS.contains(form)) {
            let mut here = Vec::new();
            bare(schema, form, &mut here);
            found.extend(here.iter().map(|place| format!("{method} {path} {place}")));
            reached(schema, &description, &mut names);
        }
    }
    for name in &names {
        let schema = &description["components"]["schemas"][name];
        assert!(!schema.is_null(), "{name} is described nowhere");
        bare(schema, name, &mut found);
    }
    assert!(found.is_empty(), "objects whose members are not described: {found:#?}");
    let there = |method: &str, path: &str| description["paths"][path].get(method).is_some();
    assert!(
        ELSEWHERE.iter().all(|(method, path, _)| there(method, path)),
        "an exception for what is not there"
    );
}

/// Every place that a description leads to.
fn leads_to<'a>(value: &'a Value, places: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            places.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| leads_to(member, places));
        }
        Value::Array(items) => items.iter().for_each(|item| leads_to(item, places)),
        _ => {}
    }
}

/// What clients are made from: they call an operation by its id and a thing by the name of its schema.
#[tokio::test]
async fn every_operation_has_a_name_of_its_own_and_every_reference_leads_somewhere() {
    let description = description(&World::new().await.hub);
    let mut ids: Vec<&str> =
        each(&description).map(|(_, _, operation)| operation["operationId"].as_str().unwrap()).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "an operation has the name of another: {ids:?}");
    let is_word = |id: &&str| id.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
    assert!(ids.iter().all(is_word), "{ids:?}");
    assert!(each(&description).all(|(_, _, operation)| operation["tags"].as_array().unwrap().len() == 1));
    let mut places = Vec::new();
    leads_to(&description, &mut places);
    for place in places {
        assert!(description.pointer(place.trim_start_matches('#')).is_some(), "{place} is nowhere");
    }
    for name in ["Thing", "PageOfThing", "Replacement"] {
        assert!(description["components"]["schemas"].get(name).is_none(), "{name} stands for no kind");
    }
}
