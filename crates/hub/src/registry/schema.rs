//! How answers describe what `model` has, which knows nothing of descriptions.

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

/// A thing of the registry, with the members that its kind has in documents.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Thing(pub Value);

impl PartialSchema for Thing {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "A thing of the registry: an object with the members that its kind has in documents.",
            ))
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .into()
    }
}

impl ToSchema for Thing {}

/// A name in both languages.
#[derive(Debug, ToSchema)]
pub struct Name {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

/// What a system may use a service for, and what allows it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GrantedUse)]
pub struct Use {
    /// Code of a purpose.
    pub purpose: String,
    /// Code of a legal basis.
    pub basis: String,
}

/// Fields: `all`, or a list of names.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Fields {
    /// Whatever the service answers.
    All(AllFields),
    /// These only.
    Only(Vec<String>),
}

/// The word for all fields.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AllFields {
    /// All of them.
    All,
}

/// Which records of a dataset a grant covers.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowRule {
    /// The field that decides.
    pub field: String,
    /// The values it may have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<String>,
    /// Of a field that holds a unit: the unit, of which it may have the code or that of any below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub under: Option<String>,
}

/// One thing that may be called.
#[derive(Debug, Serialize, ToSchema)]
pub struct Endpoint {
    /// The HTTP method in capitals, or `*` for any.
    pub method: String,
    /// The paths.
    pub path: String,
    /// Whether a call changes nothing at the provider. Absent: GET and HEAD change nothing, all else may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reads_only: Option<bool>,
}

/// A time in which a service answers nobody, or a grant lets nobody through.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suspension {
    /// The service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The grant, in place of a service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// From when.
    #[schema(format = DateTime)]
    pub from: String,
    /// Until when; absent: nobody knows yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub to: Option<String>,
    /// What users are told.
    pub reason: String,
}

/// An end that is near or past.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ending {
    /// What ends: `node_tls`, `node_signing`, `node_edge`, `hub_web`, `authority`, `directory_root`, `directory_targets`,
    /// `directory_snapshot`, `directory_timestamp`.
    pub kind: String,
    /// Which, where there are several: a node with the first digits of the certificate's SHA-256.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// Whether it has: `ends`, `ended`.
    pub tense: String,
    /// Days until then by the calendar of Viet Nam; negative when it is past.
    pub days: i64,
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

/// A node's new certificates, DER in base64.
#[derive(Debug, Serialize, ToSchema)]
pub struct Renewed {
    /// For TLS between nodes.
    pub tls: String,
    /// For its signatures.
    pub signing: String,
}

/// What a code of a list means, for a span of days.
#[derive(Debug, Serialize, ToSchema)]
pub struct Code {
    /// The code: text, never a number.
    pub code: String,
    /// What it means, in Vietnamese.
    pub vi: String,
    /// In English, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
    /// The code above it in the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// First day; absent when it is not known or has no bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub valid_from: Option<String>,
    /// The first day on which it no longer holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub valid_to: Option<String>,
}

/// Where a code leads.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CodePair)]
pub struct Pair {
    /// From this code.
    pub from: String,
    /// To this one.
    pub to: String,
    /// What the first means, seen from the second: `exact`, `broader`, `narrower`, `related`.
    pub relation: String,
    /// The source's choice where there are several and nothing more is known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
    /// What to know of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
