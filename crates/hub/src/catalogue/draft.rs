//! A table of an agency's database on its way to a service: drawn up beside the database, bound to the dictionary and published here.
//!
//! The hub never sees the database. What it is told of a table is its columns and what their values look like.

mod class;
pub mod propose;

use model::agency::Name;
use model::column::Profile;
use model::fault::{Fault, Words};
use model::id::ServiceId;
use model::service::{Dataset, Field, FieldKind, Offer, Service};
use model::text::names_a_secret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

pub use class::DraftClass;
pub use propose::{Asked, Dictionary, Proposal};

use crate::catalogue::contract::{self, Binding, Class};
use crate::texts;

/// What is drawn up of a table: for a human to complete and to correct.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Where the table is: settings of the node, which the hub hands back as they are.
    #[schema(value_type = HashMap<String, Value>)]
    pub source: Map<String, Value>,
    /// Its schema; none: where the database looks by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The table or view.
    pub table: String,
    /// The service's name.
    pub name: Name,
    /// The field that is looked up.
    pub key: String,
    /// Its fields.
    pub fields: Vec<Drawn>,
}

/// A column as it is drawn up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DraftField)]
pub struct Drawn {
    /// The field's name.
    pub name: String,
    /// The column.
    pub column: String,
    /// The type that its database declares.
    #[serde(default)]
    pub declared: String,
    /// Whether the database lets no value stand twice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    /// How the field's values are read and compared.
    #[schema(value_type = String)]
    pub kind: FieldKind,
    /// What it is.
    pub label: Name,
    /// Whether lists may be filtered by it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub filter: bool,
    /// public, internal, personal, sensitive: a guess until a human has taken off the question mark.
    #[schema(value_type = String)]
    pub class: DraftClass,
    /// What its values look like.
    #[serde(default)]
    #[schema(value_type = HashMap<String, Value>)]
    pub profile: Profile,
    /// The term it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// Proposals for it, each with its reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proposed: Vec<Proposal>,
}

/// What a draft says of a source.
const SOURCE: [&str; 13] = [
    "name",
    "url",
    "password_env",
    "password_file",
    "ca",
    "sheet",
    "head",
    "encoding",
    "delimiter",
    "items",
    "refresh_seconds",
    "connections",
    "statement_seconds",
];
/// What it says of a password that an HSM keeps (`password_hsm`).
const HSM: [&str; 4] = ["module", "token", "object", "pin_file"];
/// A proposal is put down as the term if it is as likely as this, and stands so far before the next.
const CLEAR: (f64, f64) = (0.8, 0.1);

impl Draft {
    /// Proposes terms for every field; one that has none yet gets the likeliest, if it stands well before the next.
    pub fn bind(&mut self, dictionary: &Dictionary) {
        for field in &mut self.fields {
            field.proposed = dictionary.propose(&Asked {
                table: &self.table,
                column: &field.column,
                comment: &field.label.vi,
                declared: &field.declared,
                profile: &field.profile,
            });
            let clear = match field.proposed.as_slice() {
                [only] => only.score >= CLEAR.0,
                [first, second, ..] => first.score >= CLEAR.0 && first.score - second.score >= CLEAR.1,
                [] => false,
            };
            if field.term.is_none() && clear {
                field.term = field.proposed.first().map(|one| one.term.clone());
            }
        }
    }

    /// Whether a human has decided what needs one.
    ///
    /// # Errors
    /// [`Fault::Contradictory`] with everything that is still open.
    pub fn check(&self) -> Result<(), Fault> {
        let mut open: Vec<Words> = Vec::new();
        for Drawn { name, class, .. } in &self.fields {
            match class {
                DraftClass::Decided(Class::Secret) => open.push(texts::draft_secret(name)),
                DraftClass::Decided(_) => {}
                DraftClass::Guessed(_) => open.push(texts::draft_class_guessed(name, class)),
                DraftClass::Unknown(_) => open.push(texts::draft_class(name, Class::WORDS)),
            }
        }
        // What comes back as lines for a node's settings is only what such settings have, each a plain value.
        let plain = |value: &Value| !value.is_object() && !value.is_array();
        let strange = |(name, value): &(&String, &Value)| match value {
            Value::Object(hsm) if *name == "password_hsm" => {
                !hsm.iter().all(|(name, value)| HSM.contains(&name.as_str()) && plain(value))
            }
            value => !SOURCE.contains(&name.as_str()) || !plain(value),
        };
        if let Some((name, _)) = self.source.iter().find(strange) {
            let name: String = name.chars().take(40).collect();
            open.push(texts::draft_source_member(&name));
        }
        let url = self.source.get("url").and_then(Value::as_str).unwrap_or_default();
        if url::Url::parse(url).is_ok_and(|url| {
            url.password().is_some() || url.query_pairs().any(|(name, _)| names_a_secret(&name))
        }) {
            open.push(texts::draft_password());
        }
        if !self.fields.iter().any(|field| field.name == self.key) {
            open.push(texts::draft_key());
        }
        if open.is_empty() {
            return Ok(());
        }
        Err(Fault::Contradictory { subject: self.table.clone(), why: Words::joined(&open, "; ") })
    }

    /// The service that it becomes.
    #[must_use]
    pub fn service(&self, id: ServiceId) -> Service {
        let field = |drawn: &Drawn| Field {
            name: drawn.name.clone(),
            kind: drawn.kind,
            label: drawn.label.clone(),
            filter: drawn.filter,
            original: false,
        };
        let fields = self.fields.iter().map(field).collect();
        Service {
            id,
            name: self.name.clone(),
            offer: Offer::Dataset(Dataset { key: self.key.clone(), fields }),
        }
    }

    /// The service's contract, for people to complete: with the classes that were decided, and the terms by `bound`.
    #[must_use]
    pub fn contract(&self, service: &Service, bound: impl Fn(&str) -> Option<Binding>) -> Value {
        let drawn = |name: &str| self.fields.iter().find(|field| field.name == name);
        let mut contract = contract::draft(service, |name| bound(drawn(name)?.term.as_deref()?));
        let properties = contract.pointer_mut("/schema/0/properties").and_then(Value::as_array_mut);
        for property in properties.into_iter().flatten().filter_map(Value::as_object_mut) {
            let name = property.get("name").and_then(Value::as_str).unwrap_or_default();
            if let Some(field) = drawn(name) {
                property.insert("classification".into(), json!(field.class));
            }
        }
        contract
    }

    /// What the node's `node.toml` needs to serve it: the source, and where in it the service is.
    ///
    /// # Errors
    /// [`Fault::BadDocument`] if the source holds what no settings can.
    pub fn node_settings(&self, service: &ServiceId) -> Result<NodeSettings, Fault> {
        let bad = |error: toml::ser::Error| Fault::BadDocument {
            place: Words::quoted("source"),
            why: Words::quoted(error),
        };
        let columns: Map<String, Value> = self
            .fields
            .iter()
            .filter(|field| field.name != field.column)
            .map(|field| (field.name.clone(), json!(field.column)))
            .collect();
        let mut place = json!({ "id": service, "source": self.source.get("name"), "table": self.table });
        if let Some(place) = place.as_object_mut() {
            place.extend(self.schema.iter().map(|schema| ("schema".into(), json!(schema))));
            place.insert("columns".into(), json!(columns));
        }
        Ok(NodeSettings {
            source: toml::to_string(&json!({ "sources": [self.source] })).map_err(bad)?,
            service: toml::to_string(&json!({ "services": [place] })).map_err(bad)?,
        })
    }
}

/// Lines for a node's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NodeSettings {
    /// The source, once for each.
    pub source: String,
    /// The service.
    pub service: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        serde_json::from_value(json!({
            "source": { "name": "dan-cu", "url": "postgres://doc@db/dc", "connections": 2 }, "schema": "dân cư", "table": "NHAN_KHAU",
            "name": { "vi": "Nhân khẩu", "en": "Persons" }, "key": "so_cccd",
            "fields": [
                { "name": "so_cccd", "column": "SoCCCD", "declared": "varchar(12)", "unique": true, "kind": "person_id",
                  "label": { "vi": "SoCCCD", "en": "SoCCCD" }, "class": "personal", "profile": { "rows": 9, "filled": 9, "twelve": 1.0 }, "term": "ndg:ID-001" },
                { "name": "ghi_chu", "column": "ghi_chu", "kind": "text", "label": { "vi": "a", "en": "b" }, "class": "internal?" },
            ],
        }))
        .unwrap()
    }

    #[test]
    fn a_guess_is_not_published_and_a_decision_is() {
        let mut draft = draft();
        let told = draft.check().unwrap_err();
        assert!(
            told.en().contains("ghi_chu: the class internal? is a guess") && !told.en().contains("so_cccd"),
            "{told}"
        );
        draft.fields[1].class = DraftClass::Unknown("kín".into());
        assert!(draft.check().is_err());
        draft.fields[1].class = DraftClass::Decided(Class::Secret);
        assert!(draft.check().unwrap_err().en().contains("CN-07"));
        draft.fields[1].class = DraftClass::Decided(Class::Internal);
        draft.check().unwrap();
        let with_password = Draft {
            source: serde_json::from_value(json!({ "name": "a", "url": "postgres://a:b@c/d" })).unwrap(),
            ..draft.clone()
        };
        assert!(with_password.check().unwrap_err().en().contains("password"));
        for source in [
            json!({ "name": "a", "url": "postgres://a@c/d?password=b" }),
            json!({ "name": "a", "password": "b" }),
            json!({ "name": "a", "url": { "b": 1 } }),
            json!({ "name": "a", "password_hsm": { "pin": "1234" } }),
        ] {
            let strange = Draft { source: serde_json::from_value(source).unwrap(), ..draft.clone() };
            assert!(strange.check().is_err(), "{:?}", strange.source);
        }
        draft.key = "khong_co".into();
        assert!(draft.check().unwrap_err().en().contains("key"));
    }

    #[test]
    fn a_draft_becomes_a_service_a_contract_and_lines_for_the_node() {
        let draft = draft();
        let service = draft.service("VN/GOV/G01/dan-cu/nguoi".parse().unwrap());
        let binding: Binding = "urn:lienthong:term:ndg:ID-001@1.0.0".parse().unwrap();
        let contract = draft.contract(&service, |term| (term == "ndg:ID-001").then(|| binding.clone()));
        let properties = &contract["schema"][0]["properties"];
        assert_eq!(properties[0]["classification"], "personal");
        assert!(properties[0]["authoritativeDefinitions"][0]["url"].as_str().unwrap().contains("ID-001"));
        assert!(properties[1].get("authoritativeDefinitions").is_none());
        let hsm = json!({ "module": "/usr/lib/m.so", "token": "nút", "object": "mk", "pin_file": "hsm.pin" });
        let mut draft = draft;
        draft.source.insert("password_hsm".into(), hsm);
        draft.fields[1].class = DraftClass::Decided(Class::Internal);
        draft.check().unwrap();
        let NodeSettings { source, service } = draft.node_settings(&service.id).unwrap();
        let read: toml::Value = toml::from_str(&format!("{source}\n{service}")).unwrap();
        assert_eq!(read["sources"][0]["url"].as_str(), Some("postgres://doc@db/dc"));
        assert_eq!(read["sources"][0]["password_hsm"]["token"].as_str(), Some("nút"));
        let place = &read["services"][0];
        assert_eq!((place["source"].as_str(), place["schema"].as_str()), (Some("dan-cu"), Some("dân cư")));
        assert_eq!(place["columns"].as_table().unwrap().len(), 1);
        assert_eq!(place["columns"]["so_cccd"].as_str(), Some("SoCCCD"));
    }
}
