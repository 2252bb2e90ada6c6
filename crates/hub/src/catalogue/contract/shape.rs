//! The fields of a contract, whatever else the standard says beside them.

use std::fmt;
use std::str::FromStr;

use model::fault::Fault;
use model::service::{Dataset, FieldKind, Offer, Service};
use model::term::Version;
use serde::Serialize;
use serde_json::{Value, json};

use crate::registry::check::contradictory;
use crate::texts;

/// What stands before a term's id and version in the address of a definition.
const TERM: &str = "urn:lienthong:term:";
/// How a binding looks, for people.
pub(crate) const EXAMPLE: &str = "urn:lienthong:term:ndg:ID-001@1.0.0";
/// Deepest nesting of fields that is looked into.
const DEPTH_MAX: usize = 8;

/// The fields of a contract, in its order. A field within another has a name with dots.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Shape {
    /// One for each, nested ones too.
    pub fields: Vec<Field>,
}

/// What the contract says of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its name, as answers have it.
    pub name: String,
    /// Its business name, or its name.
    pub title: String,
    /// Its type, by the standard's words.
    pub kind: String,
    /// Whether it is always there.
    pub required: bool,
    /// Whether it is the key, or a part of it.
    pub key: bool,
    /// Who may see it; none if the contract does not say.
    pub class: Option<Class>,
    /// The term it is bound to.
    pub binding: Option<Binding>,
}

/// A term in a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Binding {
    /// Its identifier, `ndg:ID-001`.
    pub term: String,
    /// The version that the contract was written for.
    pub version: Version,
}

/// Class of a field: who may see it at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Công khai.
    Public,
    /// Nội bộ cơ quan nhà nước.
    Internal,
    /// Dữ liệu cá nhân cơ bản (Law 91/2025/QH15).
    Personal,
    /// Dữ liệu cá nhân nhạy cảm.
    Sensitive,
    /// Bí mật nhà nước.
    Secret,
}

impl Class {
    /// Its words.
    pub const WORDS: &'static str = "public, internal, personal, sensitive, secret";

    /// As contracts write it: one of [`Self::WORDS`].
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Personal => "personal",
            Self::Sensitive => "sensitive",
            Self::Secret => "secret",
        }
    }

    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Public, Self::Internal, Self::Personal, Self::Sensitive, Self::Secret]
            .into_iter()
            .find(|class| class.word() == word)
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{TERM}{}@{}", self.term, self.version)
    }
}

/// Not the address of a term.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the address of a term: {EXAMPLE}")]
pub struct BindingError;

impl FromStr for Binding {
    type Err = BindingError;

    fn from_str(text: &str) -> Result<Self, BindingError> {
        let (term, version) =
            text.strip_prefix(TERM).and_then(|rest| rest.rsplit_once('@')).ok_or(BindingError)?;
        Ok(Self { term: term.to_owned(), version: version.parse().map_err(|_| BindingError)? })
    }
}

impl Shape {
    /// The fields of a contract; of several tables, one after the other.
    #[must_use]
    pub fn of(odcs: &Value) -> Self {
        let mut shape = Self::default();
        for table in list(odcs, "schema") {
            for property in list(table, "properties") {
                shape.take(property, "", 0);
            }
        }
        shape
    }

    fn take(&mut self, property: &Value, within: &str, depth: usize) {
        let text = |member: &str| property.get(member).and_then(Value::as_str);
        let yes = |member: &str| property.get(member).and_then(Value::as_bool) == Some(true);
        let own = text("name").unwrap_or_default();
        let name = if within.is_empty() { own.to_owned() } else { format!("{within}.{own}") };
        let inner = list(property, "properties")
            .chain(property.get("items").into_iter().flat_map(|items| list(items, "properties")));
        let inner: Vec<&Value> = if depth < DEPTH_MAX { inner.collect() } else { Vec::new() };
        // What only holds others is no field itself.
        if inner.is_empty() {
            let definitions = list(property, "authoritativeDefinitions");
            let urls = definitions.filter_map(|definition| definition.get("url").and_then(Value::as_str));
            self.fields.push(Field {
                title: text("businessName").unwrap_or(own).to_owned(),
                kind: text("logicalType").unwrap_or("string").to_owned(),
                required: yes("required") || yes("primaryKey"),
                key: yes("primaryKey"),
                class: text("classification").and_then(Class::of),
                binding: urls.filter_map(|url| url.parse().ok()).next(),
                name: name.clone(),
            });
        }
        for property in inner {
            self.take(property, &name, depth + 1);
        }
    }

    /// The field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether it says of a dataset what the dataset is: the same fields, the same key.
    pub(crate) fn check_against(&self, subject: (&str, &str), dataset: &Dataset) -> Result<(), Fault> {
        let missing = dataset.fields.iter().find(|field| self.field(&field.name).is_none());
        let unknown = self.fields.iter().find(|field| dataset.field(&field.name).is_none());
        let differs = missing.map(|field| &field.name).or(unknown.map(|field| &field.name));
        if let Some(name) = differs {
            return Err(contradictory(subject, texts::field_on_one_side(name)));
        }
        let keys: Vec<&str> =
            self.fields.iter().filter(|field| field.key).map(|field| field.name.as_str()).collect();
        if keys != [dataset.key.as_str()] {
            return Err(contradictory(subject, texts::primary_key(&dataset.key)));
        }
        Ok(())
    }
}

fn list<'a>(value: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(member).and_then(Value::as_array).into_iter().flatten()
}

/// A contract drawn up from what the registry knows of a service: to be completed by people, who know what the fields mean.
/// `binding` proposes a term for a field's name.
#[must_use]
pub fn draft(service: &Service, binding: impl Fn(&str) -> Option<Binding>) -> Value {
    let id = service.id.parts().skip(2).collect::<Vec<_>>().join(".");
    let id: String =
        id.chars().map(|c| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '-' }).collect();
    let properties = match &service.offer {
        Offer::Dataset(dataset) => {
            dataset.fields.iter().map(|field| property(field, field.name == dataset.key, &binding)).collect()
        }
        Offer::Http { .. } => Vec::new(),
    };
    json!({
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": id,
        "version": "1.0.0",
        "status": "draft",
        "name": service.name.vi,
        "schema": [{
            "name": service.id.code(),
            "businessName": service.name.vi,
            "logicalType": "object",
            "properties": properties,
        }],
    })
}

fn property(
    field: &model::service::Field,
    is_key: bool,
    binding: &impl Fn(&str) -> Option<Binding>,
) -> Value {
    let kind = match field.kind {
        FieldKind::Text | FieldKind::Name | FieldKind::Unit | FieldKind::PersonId | FieldKind::Code => {
            "string"
        }
        FieldKind::Decimal => "number",
        FieldKind::Moment => "timestamp",
        FieldKind::Date => "date",
        FieldKind::Integer => "integer",
        FieldKind::Boolean => "boolean",
    };
    let mut property = json!({ "name": field.name, "businessName": field.label.vi, "logicalType": kind });
    let Value::Object(members) = &mut property else { return property };
    if is_key {
        members.insert("primaryKey".into(), json!(true));
        members.insert("required".into(), json!(true));
    }
    // A guess, to be looked at: what names a person is personal.
    if matches!(field.kind, FieldKind::Name | FieldKind::PersonId) {
        members.insert("classification".into(), json!("personal"));
    }
    if let Some(binding) = binding(&field.name) {
        members.insert(
            "authoritativeDefinitions".into(),
            json!([{ "url": binding.to_string(), "type": "businessDefinition" }]),
        );
    }
    property
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_fields_have_names_with_dots() {
        let odcs = json!({ "schema": [{ "name": "t", "properties": [
            { "name": "a", "logicalType": "string", "primaryKey": true, "classification": "public" },
            { "name": "b", "logicalType": "object", "properties": [{ "name": "c" }] },
            { "name": "d", "logicalType": "array", "items": { "logicalType": "object", "properties": [{ "name": "e",
                "authoritativeDefinitions": [{ "url": "https://x", "type": "tutorial" }, { "url": EXAMPLE, "type": "businessDefinition" }] }] } },
        ] }] });
        let shape = Shape::of(&odcs);
        let names: Vec<_> = shape.fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["a", "b.c", "d.e"]);
        assert_eq!(shape.field("d.e").unwrap().binding.as_ref().unwrap().to_string(), EXAMPLE);
        assert_eq!(
            (shape.fields[0].key, shape.fields[0].required, shape.fields[0].class),
            (true, true, Some(Class::Public))
        );
        assert!("urn:lienthong:term:ndg:ID-001".parse::<Binding>().is_err());
    }
}
