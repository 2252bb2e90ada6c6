//! What a dataset answers, as `OpenAPI` says it: made from its contract.

use model::agency::Name;
use model::id::ServiceId;
use model::service::{Dataset, FieldKind};
use serde_json::{Map, Value, json};

use crate::backend::dataset::ask::{BATCH_MAX, BY_QUERY, FIND_MAX, PAGE};
use crate::compiled::Offered;
use crate::texts;

/// A dataset's `OpenAPI` description, made from its contract. `is_json` says of which fields the source has JSON.
#[must_use]
pub fn describe(
    id: &ServiceId,
    offered: &Offered,
    dataset: &Dataset,
    is_json: impl Fn(&str) -> bool,
) -> Value {
    let properties: Map<String, Value> = dataset
        .fields
        .iter()
        .map(|field| {
            let mut schema =
                if field.kind == FieldKind::Text && is_json(&field.name) { Map::new() } else { schema(field.kind) };
            schema.insert("description".into(), both(&field.label).into());
            (field.name.clone(), Value::Object(schema))
        })
        .chain(dataset.fields.iter().filter(|field| field.original).map(|field| {
            let told = texts::as_in_source(&field.name).both();
            (format!("{}__goc", field.name), json!({ "type": ["string", "null"], "description": told }))
        }))
        .chain(dataset.fields.iter().map(|field| {
            let told = texts::why_missing(&field.name).both();
            (format!("{}__loi", field.name), json!({ "type": "string", "enum": ["not_utf8", "out_of_range", "unreadable"], "description": told }))
        }))
        .chain([("__giu_lai".to_owned(), json!({ "type": "string", "description": texts::why_withheld().both() }))])
        .collect();
    let filters = dataset.fields.iter().filter(|field| field.filter || field.name == dataset.key).map(|field| {
        json!({ "name": field.name, "in": "query", "schema": { "type": "string" }, "description": both(&field.label) })
    });
    let parameters: Vec<Value> = paging().into_iter().chain(filters).collect();
    let json_of = |schema: Value| json!({ "content": { "application/json": { "schema": schema } }, "description": "OK" });
    let problem = json!({ "description": "RFC 9457", "content": { "application/problem+json": { "schema": { "type": "object" } } } });
    let record = json!({ "$ref": "#/components/schemas/record" });
    json!({
        "openapi": "3.1.0",
        "info": { "title": both(&offered.service.name), "version": "1", "description": id.to_string() },
        "servers": [{ "url": format!("/r1/{id}") }],
        "paths": {
            "/": { "get": { "operationId": "list", "parameters": parameters, "responses": {
                "200": json_of(json!({ "type": "object", "properties": { "items": { "type": "array", "items": record }, "next": { "type": ["string", "null"] } } })),
                "400": problem,
            } } },
            format!("/{{{}}}", dataset.key): { "get": { "operationId": "get",
                "parameters": [{ "name": dataset.key, "in": "path", "required": true, "schema": { "type": "string" } }],
                "responses": { "200": json_of(record.clone()), "404": problem, "409": problem },
            } },
            format!("/{BY_QUERY}"): by_query(&json_of(record.clone()), &problem),
            "/find": find(dataset, &json_of(json!({ "type": "object", "required": ["items", "more"],
                "properties": { "items": { "type": "array", "items": record }, "more": { "type": "boolean" } } })), &problem),
            "/confirm": { "post": { "operationId": "confirm",
                "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "object", "required": ["key", "values"],
                    "properties": { "key": { "type": "string" }, "values": { "type": "object" } } } } } },
                "responses": { "200": json_of(json!({ "type": "object", "required": ["found"], "properties": { "found": { "type": "boolean" }, "withheld": { "type": "string" },
                    "fields": { "type": "object", "additionalProperties": { "type": "object", "properties": {
                        "match": { "type": "boolean" }, "how": { "type": "string" } } } } } })), "400": problem },
            } },
            "/batch": { "post": { "operationId": "batch",
                "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "object", "required": ["keys"],
                    "properties": { "keys": { "type": "array", "minItems": 1, "maxItems": BATCH_MAX, "items": { "type": "string" } } } } } } },
                "responses": { "200": json_of(json!({ "type": "object", "properties": { "items": { "type": "array", "items": { "type": "object",
                    "properties": { "key": { "type": "string" }, "record": { "anyOf": [record, { "type": "null" }] }, "fault": { "type": "string" }, "rule": { "type": "string" } } } } } })), "400": problem },
            } },
            "/count": { "post": { "operationId": "count",
                "requestBody": { "content": { "application/json": { "schema": { "type": "object",
                    "properties": { "filters": { "type": "object", "additionalProperties": { "type": "string" } } } } } } },
                "responses": { "200": json_of(json!({ "type": "object", "properties": { "count": { "type": "integer" } } })), "400": problem },
            } },
            "/sync": sync(&problem),
            "/stream": { "post": { "operationId": "stream", "description": texts::only_by_grant().both(),
                "requestBody": { "content": { "application/json": { "schema": { "type": "object",
                    "properties": { "filters": { "type": "object", "additionalProperties": { "type": "string" } } } } } } },
                "responses": { "200": { "description": "OK", "content": { "application/x-ndjson": { "schema": record } } }, "400": problem },
            } },
        },
        "components": { "schemas": { "record": { "type": "object", "properties": properties } } },
    })
}

/// What changed since a place.
fn sync(problem: &Value) -> Value {
    json!({ "post": { "operationId": "sync", "description": texts::only_by_grant().both(),
        "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "object", "required": ["ask"],
            "properties": { "ask": { "enum": ["changes", "rows", "keys", "heaps", "records"] }, "place": { "type": "object" } } } } } },
        "responses": { "200": { "description": "OK", "content": { "text/plain": { "schema": { "type": "string" } } } }, "400": problem },
    } })
}

/// How a list is asked for page by page.
fn paging() -> [Value; 3] {
    [
        json!({ "name": "limit", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": PAGE.1, "default": PAGE.0 } }),
        json!({ "name": "cursor", "in": "query", "schema": { "type": "string" } }),
        json!({ "name": "sort", "in": "query", "schema": { "type": "string" }, "description": "field, -field" }),
    ]
}

/// Some fields of what fits, said in the body.
fn find(dataset: &Dataset, found: &Value, problem: &Value) -> Value {
    let filters = dataset.fields.iter().filter(|field| field.filter || field.name == dataset.key);
    let filters: Map<String, Value> = filters
        .map(|field| (field.name.clone(), json!({ "type": "string", "description": both(&field.label) })))
        .collect();
    let fields: Vec<&str> = dataset.fields.iter().map(|field| field.name.as_str()).collect();
    json!({ "post": { "operationId": "find", "description": texts::find_in_body().both(),
        "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "object", "required": ["filters", "fields"], "additionalProperties": false,
            "properties": {
                "filters": { "type": "object", "minProperties": 1, "additionalProperties": false, "properties": filters },
                "fields": { "type": "array", "minItems": 1, "uniqueItems": true, "items": { "type": "string", "enum": fields } },
                "limit": { "type": "integer", "minimum": 1, "maximum": FIND_MAX, "default": FIND_MAX },
            } } } } },
        "responses": { "200": found, "400": problem, "403": problem },
    } })
}

/// A record whose key stands in the query.
fn by_query(record: &Value, problem: &Value) -> Value {
    json!({ "get": { "operationId": "get_by_query", "description": texts::key_in_query().both(),
        "parameters": [{ "name": "key", "in": "query", "required": true, "schema": { "type": "string" } }],
        "responses": { "200": record, "400": problem, "404": problem, "409": problem },
    } })
}

fn both(name: &Name) -> String {
    format!("{} | {}", name.vi, name.en)
}

/// JSON schema of a field's values. What a source holds that is not of the kind comes as a text, as the source has it; so the forms of texts
/// are said as what they are as a rule, and not as a promise.
fn schema(kind: FieldKind) -> Map<String, Value> {
    let json_types = match kind {
        FieldKind::Integer => json!(["integer", "string", "null"]),
        FieldKind::Boolean => json!(["boolean", "string", "null"]),
        _ => json!(["string", "null"]),
    };
    Map::from_iter([("type".to_owned(), json_types), ("x-form".to_owned(), kind.form().en().into())])
}
