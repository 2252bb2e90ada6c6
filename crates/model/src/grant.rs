//! A grant: a system may use a service for these purposes, on this basis, with these fields, until then, at this rate.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::endpoint::Endpoint;
use crate::id::{Grantee, ServiceId};
use crate::time::Validity;
use crate::unit::Units;

/// What a system may do with a service.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Its name in the registry.
    pub id: String,
    /// Who may call: one system, or a class of them, `VN/LOC/*/mot-cua`.
    pub client: Grantee,
    /// What may be called.
    pub service: ServiceId,
    /// What for, each with what allows it. Never empty in a directory.
    pub uses: Vec<Use>,
    /// Which endpoints of the service; absent means all of them but the stream of a dataset, which
    /// must be named by itself and not by a pattern. A list that is empty lets nothing pass, and the hub refuses it.
    #[serde(default, deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Endpoint>, min_items = 1)]
    pub endpoints: Option<Vec<Endpoint>>,
    /// Which fields of an answer.
    pub fields: Fields,
    /// Which records: all that every one of these rules lets through; absent means all. A list that is empty was not meant to, and the hub refuses it.
    #[serde(default, deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<RowRule>, min_items = 1)]
    pub rows: Option<Vec<RowRule>>,
    /// The first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<jiff::civil::Date>,
    /// The first day on which it no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<jiff::civil::Date>,
    /// Calls a second that each node lets through for each caller; as many may come at once.
    #[schema(value_type = u32, minimum = 1)]
    pub per_second: NonZeroU32,
}

/// Which records of a dataset a grant covers: a province sees its own residents.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RowRule {
    /// The field that decides.
    pub field: String,
    /// The values it may have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<String>,
    /// Of a field that holds a unit: the unit, of which it may have the code or that of any below it, those of former days as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<String>,
}

impl RowRule {
    /// Whether a record that shows `value` in the field is covered. One that shows nothing is not.
    #[must_use]
    pub fn allows(&self, value: Option<&str>, units: &Units) -> bool {
        let Some(value) = value else { return false };
        self.one_of.iter().any(|one| one == value)
            || self.under.as_deref().is_some_and(|unit| value == unit || units.is_below(value, unit))
    }
}

/// A purpose and the legal basis that allows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GrantedUse)]
pub struct Use {
    /// Code of a [`crate::legal::Purpose`].
    pub purpose: String,
    /// Code of a [`crate::legal::LegalBasis`].
    pub basis: String,
}

/// The fields of an answer that a grant lets through. Written as `all` or as a list.
///
/// For an HTTP service a field is a path of names joined by dots; lists on the way are looked into.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Fields {
    /// Whatever the service answers.
    All,
    /// These only.
    Only(BTreeSet<String>),
}

impl Grant {
    /// The days on which it holds.
    #[must_use]
    pub fn validity(&self) -> Validity {
        Validity { valid_from: self.valid_from, valid_to: self.valid_to }
    }
}

impl Fields {
    /// Whether the field called `name` may be seen.
    #[must_use]
    pub fn allow(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(name),
        }
    }
}

/// Reads a list that is there, of endpoints or of rules: `null` is none of the ways to say "all".
///
/// # Errors
/// As the reader says.
pub fn named<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    Vec::deserialize(deserializer).map(Some)
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Only(names) => names.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Word(String),
            List(BTreeSet<String>),
        }
        match Written::deserialize(deserializer)? {
            Written::Word(word) if word == "all" => Ok(Self::All),
            Written::Word(word) => {
                Err(D::Error::custom(format!("fields are `all` or a list of names, not {word:?}")))
            }
            Written::List(names) => Ok(Self::Only(names)),
        }
    }
}

impl PartialSchema for Fields {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        OneOfBuilder::new()
            .item(text().enum_values(Some(["all"])))
            .item(ArrayBuilder::new().items(text()))
            .description(Some("`all`, or a list of names."))
            .into()
    }
}

impl ToSchema for Fields {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_must_be_said() {
        let json = |fields: &str| {
            format!(
                r#"{{"id":"g","client":"VN/LOC/H05/mot-cua","service":"VN/GOV/G01/dan-cu/nguoi","uses":[],"per_second":5{fields}}}"#
            )
        };
        assert!(serde_json::from_str::<Grant>(&json("")).is_err());
        assert!(serde_json::from_str::<Grant>(&json(r#","fields":"some""#)).is_err());
        let grant: Grant = serde_json::from_str(&json(r#","fields":["ho_ten"]"#)).unwrap();
        assert!(grant.fields.allow("ho_ten") && !grant.fields.allow("ton_giao"));
        assert_eq!(serde_json::from_str::<Grant>(&serde_json::to_string(&grant).unwrap()).unwrap(), grant);
        let all: Grant = serde_json::from_str(&json(r#","fields":"all""#)).unwrap();
        assert_eq!(serde_json::from_str::<Grant>(&serde_json::to_string(&all).unwrap()).unwrap(), all);
    }

    #[test]
    fn endpoints_that_are_absent_are_another_thing_than_none() {
        let read = |endpoints: &str| {
            serde_json::from_str::<Grant>(&format!(
                r#"{{"id":"g","client":"VN/LOC/H05/m","service":"VN/GOV/G01/d/n","uses":[],"fields":"all","per_second":5{endpoints}}}"#
            ))
        };
        assert_eq!(read("").unwrap().endpoints, None);
        assert_eq!(read(r#","endpoints":[]"#).unwrap().endpoints, Some(Vec::new()));
        assert!(read(r#","endpoints":null"#).is_err());
        let absent = read("").unwrap();
        assert!(!serde_json::to_string(&absent).unwrap().contains("endpoints"));
    }

    #[test]
    fn a_rate_of_zero_is_no_rate() {
        let json = r#"{"id":"g","client":"VN/LOC/H05/m","service":"VN/GOV/G01/d/n","uses":[],"fields":"all","per_second":0}"#;
        assert!(serde_json::from_str::<Grant>(json).is_err());
    }
}
