//! A dataset served by the node itself: one record by its key, lists page by page, and confirmation without showing anything.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use bytes::Bytes;
use connect::sqlite::SqliteFile;
use connect::{Listing, Source, SourceError, Table};
use model::agency::Name;
use model::fault::{Fault, Words};
use model::grant::Fields;
use model::id::ServiceId;
use model::service::{Dataset, DatasetCall, FieldKind};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::backend::Answer;
use crate::backend::confirm::compare;
use crate::book::Offered;

/// Records in a page, if the caller says nothing, and at most.
const PAGE: (usize, usize) = (100, 1000);
/// Values that can be confirmed in one call.
const CONFIRM_MAX: usize = 50;
/// Largest body of a confirmation.
pub const CONFIRM_BYTES: usize = 64 * 1024;
/// Longest wait for the database.
const PATIENCE: Duration = Duration::from_secs(10);

/// A dataset in a database.
pub struct DatasetService {
    source: Arc<dyn Source>,
    table: String,
    columns: BTreeMap<String, String>,
    /// The table as the contract of the moment describes it.
    shape: ArcSwapOption<(Arc<Offered>, Table)>,
}

/// What a confirmation asks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    key: String,
    values: Map<String, Value>,
}

impl DatasetService {
    /// A dataset in the `SQLite` file at `path`, in `table`; `columns` names those that are not called as their fields.
    #[must_use]
    pub fn sqlite(path: &Path, table: String, columns: BTreeMap<String, String>) -> Self {
        Self { source: Arc::new(SqliteFile::new(path)), table, columns, shape: ArcSwapOption::empty() }
    }

    /// Answers a call that was decided to pass.
    ///
    /// # Errors
    /// [`Fault`] if the database fails; what the caller got wrong is an answer.
    pub async fn answer(&self, asked: &Ask<'_>) -> Result<Answer, Fault> {
        let shape = self.shape(asked.offered, asked.dataset);
        let answered = match &asked.operation {
            DatasetCall::Get { key } => self.get(&shape.1, asked, key).await,
            DatasetCall::List => self.list(&shape.1, asked).await,
            DatasetCall::Confirm => self.confirm(&shape.1, asked).await,
        };
        let service = || asked.offered.service.id.clone();
        match answered {
            Ok(answer) => Ok(answer),
            Err(Trouble::Asked(fault)) => Ok(Answer::problem(status_of(&fault), &fault)),
            Err(Trouble::Source(SourceError::Busy)) => Err(Fault::DatabaseBusy { service: service() }),
            Err(Trouble::Source(SourceError::Failed(why))) => {
                Err(Fault::DatabaseFailed { service: service(), why })
            }
            Err(Trouble::Source(error @ SourceError::BadValue { .. })) => {
                let fault = Fault::BadQuestion { why: Words::quoted(error) };
                Ok(Answer::problem(status_of(&fault), &fault))
            }
        }
    }

    /// The fields of the contract that the table lacks: for the node's log when it starts.
    ///
    /// # Errors
    /// [`SourceError`] if the database can't be read.
    pub async fn missing_columns(
        &self,
        offered: &Arc<Offered>,
        dataset: &Dataset,
    ) -> Result<Vec<String>, SourceError> {
        let shape = self.shape(offered, dataset);
        let columns = patiently(self.source.columns(&self.table)).await?;
        let missing = shape.1.fields.iter().filter(|(_, (_, column))| !columns.contains(column));
        Ok(missing.map(|(field, (_, column))| format!("{field} ({column})")).collect())
    }

    async fn get(&self, table: &Table, asked: &Ask<'_>, key: &str) -> Result<Answer, Trouble> {
        let record = patiently(self.source.get(table, &asked.granted_fields(), key)).await?;
        let record = record.ok_or(Trouble::Asked(Fault::NoRecord {}))?;
        Ok(Answer::json(200, &Value::Object(record)))
    }

    async fn list(&self, table: &Table, asked: &Ask<'_>) -> Result<Answer, Trouble> {
        let mut listing = read_listing(asked)?;
        let limit = listing.limit;
        // One more than asked for tells whether there is a next page.
        listing.limit += 1;
        let mut listed = patiently(self.source.list(table, &asked.granted_fields(), &listing)).await?;
        let more = listed.len() > limit;
        listed.truncate(limit);
        // A cursor is the key of the last record: whoever may not see keys must narrow the list down.
        if more && !asked.fields.allow(&asked.dataset.key) {
            return Err(Trouble::Asked(Fault::BadQuestion {
                why: Words::new(
                    format!(
                        "có hơn {limit} bản ghi, và quyền đã cấp không gồm trường khoá {} để sang trang",
                        asked.dataset.key
                    ),
                    format!(
                        "there are more than {limit} records, and the grant lacks the key field {} that paging needs",
                        asked.dataset.key
                    ),
                ),
            }));
        }
        let next = listed.last().filter(|_| more).map(|last| BASE64_URL_SAFE_NO_PAD.encode(&last.key));
        let items: Vec<Value> = listed.into_iter().map(|listed| Value::Object(listed.record)).collect();
        Ok(Answer::json(200, &json!({ "items": items, "next": next })))
    }

    async fn confirm(&self, table: &Table, asked: &Ask<'_>) -> Result<Answer, Trouble> {
        let question = |why: Words| Trouble::Asked(Fault::BadQuestion { why });
        let confirmation: Confirmation =
            serde_json::from_slice(&asked.body).map_err(|error| question(Words::quoted(error)))?;
        if confirmation.values.len() > CONFIRM_MAX {
            return Err(question(Words::new(
                format!("mỗi lần đối chiếu tối đa {CONFIRM_MAX} giá trị"),
                format!("{CONFIRM_MAX} values can be confirmed at once"),
            )));
        }
        let mut kinds: Vec<(&str, FieldKind)> = Vec::new();
        for name in confirmation.values.keys() {
            kinds.push((name, asked.granted_field(name)?));
        }
        let fields: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
        let record = patiently(self.source.get(table, &fields, &confirmation.key)).await?;
        let Some(record) = record else { return Ok(Answer::json(200, &json!({ "found": false }))) };
        let verdicts: Map<String, Value> = kinds
            .iter()
            .map(|(name, kind)| {
                let null = Value::Null;
                let value = |values: &Map<String, Value>| values.get(*name).unwrap_or(&null).clone();
                let verdict = compare(*kind, &value(&confirmation.values), &value(&record));
                ((*name).to_owned(), json!({ "match": verdict.is_match(), "how": verdict }))
            })
            .collect();
        Ok(Answer::json(200, &json!({ "found": true, "fields": verdicts })))
    }

    /// The table by the contract; made anew when the contract is another.
    fn shape(&self, offered: &Arc<Offered>, dataset: &Dataset) -> Arc<(Arc<Offered>, Table)> {
        if let Some(shape) = self.shape.load_full().filter(|shape| Arc::ptr_eq(&shape.0, offered)) {
            return shape;
        }
        let column = |field: &str| self.columns.get(field).map_or_else(|| field.to_owned(), Clone::clone);
        let fields = dataset
            .fields
            .iter()
            .map(|field| (field.name.clone(), (field.kind, column(&field.name))))
            .collect();
        let shape =
            Arc::new((offered.clone(), Table { name: self.table.clone(), key: dataset.key.clone(), fields }));
        self.shape.store(Some(shape.clone()));
        shape
    }
}

/// A call on a dataset, with what the grant allows.
pub struct Ask<'a> {
    /// The service.
    pub offered: &'a Arc<Offered>,
    /// Its contract.
    pub dataset: &'a Dataset,
    /// The operation.
    pub operation: DatasetCall,
    /// The granted fields.
    pub fields: &'a Fields,
    /// The query, as sent.
    pub query: Option<&'a str>,
    /// The body.
    pub body: Bytes,
}

impl Ask<'_> {
    /// The fields that may be seen, in the contract's order.
    fn granted_fields(&self) -> Vec<&str> {
        self.dataset
            .fields
            .iter()
            .map(|field| field.name.as_str())
            .filter(|name| self.fields.allow(name))
            .collect()
    }

    /// The kind of a field that may be asked about.
    fn granted_field(&self, name: &str) -> Result<FieldKind, Trouble> {
        let shown = || name.chars().take(80).collect::<String>();
        let field = self.dataset.field(name).ok_or_else(|| {
            Trouble::Asked(Fault::BadQuestion {
                why: Words::new(
                    format!("bộ dữ liệu không có trường {:?}", shown()),
                    format!("the dataset has no field {:?}", shown()),
                ),
            })
        })?;
        if self.fields.allow(name) {
            Ok(field.kind)
        } else {
            Err(Trouble::Asked(Fault::FieldNotGranted { field: shown() }))
        }
    }
}

enum Trouble {
    /// The caller's doing: an answer.
    Asked(Fault),
    Source(SourceError),
}

impl From<SourceError> for Trouble {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

fn status_of(fault: &Fault) -> u16 {
    match fault {
        Fault::NoRecord {} => 404,
        Fault::FieldNotGranted { .. } => 403,
        _ => 400,
    }
}

async fn patiently<T>(asked: impl Future<Output = Result<T, SourceError>>) -> Result<T, SourceError> {
    tokio::time::timeout(PATIENCE, asked).await.unwrap_or(Err(SourceError::Busy))
}

/// `limit`, `cursor`, and filters by field.
fn read_listing(asked: &Ask<'_>) -> Result<Listing, Trouble> {
    let question = |why: Words| Trouble::Asked(Fault::BadQuestion { why });
    let mut listing = Listing { limit: PAGE.0, ..Listing::default() };
    for (name, value) in url::form_urlencoded::parse(asked.query.unwrap_or_default().as_bytes()) {
        match name.as_ref() {
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=PAGE.1).contains(limit));
                listing.limit = limit.ok_or_else(|| {
                    question(Words::new(
                        format!("limit là số từ 1 đến {}", PAGE.1),
                        format!("limit is a number from 1 to {}", PAGE.1),
                    ))
                })?;
            }
            "cursor" => {
                // Trying cursors finds keys.
                asked.granted_field(&asked.dataset.key)?;
                let key = BASE64_URL_SAFE_NO_PAD
                    .decode(value.as_bytes())
                    .ok()
                    .and_then(|key| String::from_utf8(key).ok());
                listing.after = Some(key.ok_or_else(|| {
                    question(Words::new(
                        "cursor không phải là cursor đã được trả về",
                        "the cursor is not one that was given out",
                    ))
                })?);
            }
            field => {
                asked.granted_field(field)?;
                // A key with a slash in it has no place in a path; a list of one record has.
                let is_filter = field == asked.dataset.key
                    || asked.dataset.field(field).is_some_and(|field| field.filter);
                if !is_filter {
                    return Err(question(Words::new(
                        format!("không lọc danh sách theo {field}"),
                        format!("lists are not filtered by {field}"),
                    )));
                }
                listing.filters.push((field.to_owned(), value.into_owned()));
            }
        }
    }
    Ok(listing)
}

/// A dataset's `OpenAPI` description, made from its contract.
#[must_use]
pub fn describe(id: &ServiceId, offered: &Offered, dataset: &Dataset) -> Value {
    let properties: Map<String, Value> = dataset
        .fields
        .iter()
        .map(|field| {
            let mut schema = schema(field.kind);
            schema.insert("description".into(), both(&field.label).into());
            (field.name.clone(), Value::Object(schema))
        })
        .collect();
    let filters = dataset.fields.iter().filter(|field| field.filter || field.name == dataset.key).map(|field| {
        json!({ "name": field.name, "in": "query", "schema": { "type": "string" }, "description": both(&field.label) })
    });
    let paging = [
        json!({ "name": "limit", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": PAGE.1, "default": PAGE.0 } }),
        json!({ "name": "cursor", "in": "query", "schema": { "type": "string" } }),
    ];
    let parameters: Vec<Value> = paging.into_iter().chain(filters).collect();
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
                "responses": { "200": json_of(record), "404": problem },
            } },
            "/confirm": { "post": { "operationId": "confirm",
                "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "object", "required": ["key", "values"],
                    "properties": { "key": { "type": "string" }, "values": { "type": "object" } } } } } },
                "responses": { "200": json_of(json!({ "type": "object", "required": ["found"], "properties": { "found": { "type": "boolean" },
                    "fields": { "type": "object", "additionalProperties": { "type": "object", "properties": {
                        "match": { "type": "boolean" }, "how": { "type": "string" } } } } } })), "400": problem },
            } },
        },
        "components": { "schemas": { "record": { "type": "object", "properties": properties } } },
    })
}

fn both(name: &Name) -> String {
    format!("{} | {}", name.vi, name.en)
}

/// JSON schema of a field's values.
fn schema(kind: FieldKind) -> Map<String, Value> {
    let (json_type, more) = match kind {
        FieldKind::Integer => ("integer", None),
        FieldKind::Boolean => ("boolean", None),
        FieldKind::Date => ("string", Some(("format", "date"))),
        FieldKind::PersonId => ("string", Some(("pattern", "^[0-9]{12}$"))),
        FieldKind::Unit => ("string", Some(("pattern", "^([0-9]{2}|[0-9]{3}|[0-9]{5})$"))),
        FieldKind::Text | FieldKind::Name => ("string", None),
    };
    let mut schema = Map::from_iter([("type".to_owned(), json!([json_type, "null"]))]);
    schema.extend(more.map(|(name, value)| (name.to_owned(), value.into())));
    schema
}
