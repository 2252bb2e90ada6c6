//! What a system offers: an HTTP API behind the node, or a dataset that the node serves itself.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agency::Name;
use crate::endpoint::{CallPath, Endpoint};
use crate::id::ServiceId;
use crate::texts;
use crate::words::Words;

/// Names that X-Road keeps for its own services (since 7.7, XRDDEV-599).
pub const RESERVED_CODES: [&str; 4] = ["listMethods", "allowedMethods", "getOpenAPI", "getWsdl"];

/// Where all records of a dataset are asked for at once.
const STREAM: &str = "/stream";
/// Where it is kept in step.
const SYNC: &str = "/sync";

/// What may be called of every dataset.
static OPERATIONS: LazyLock<Vec<Endpoint>> = LazyLock::new(|| {
    let operations = [
        ("GET", ""),
        ("GET", "/*"),
        ("POST", "/find"),
        ("POST", "/confirm"),
        ("POST", "/batch"),
        ("POST", "/count"),
        ("POST", STREAM),
        ("POST", SYNC),
    ];
    let endpoint = |(method, path): (&str, &str)| {
        Some(Endpoint { method: method.into(), path: path.parse().ok()?, reads_only: Some(true) })
    };
    operations.into_iter().filter_map(endpoint).collect()
});

/// A service as the directory describes it. Where it is reached is known only to the node that serves it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its identifier.
    pub id: ServiceId,
    /// Its name.
    pub name: Name,
    /// What it is.
    #[serde(flatten)]
    pub offer: Offer,
}

/// The two kinds of service.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// An HTTP API of the agency, called by the node.
    Http {
        /// What may be called at all.
        endpoints: Vec<Endpoint>,
    },
    /// Records that the node reads from a database.
    Dataset(Dataset),
}

/// The shape of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// The field that `get` looks up; also the order of lists, so unique.
    pub key: String,
    /// All its fields, the key among them.
    pub fields: Vec<Field>,
}

/// A column of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DatasetField)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What kind of value it holds.
    #[serde(default, skip_serializing_if = "FieldKind::is_text")]
    pub kind: FieldKind,
    /// What it is, in both languages.
    pub label: Name,
    /// Whether lists may be filtered and sorted by it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub filter: bool,
    /// Whether what the source has is kept beside its normal form, as `{name}__goc`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub original: bool,
}

/// How the values of a field are compared and described.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Text, compared letter for letter.
    #[default]
    Text,
    /// A name: compared without regard to case, spaces and where the tone mark stands.
    Name,
    /// A day, ISO.
    Date,
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
    /// An administrative unit's code.
    Unit,
    /// A 12-digit personal id number.
    PersonId,
    /// A number with places, exact: as text.
    Decimal,
    /// A moment, ISO.
    Moment,
    /// A code of a code list.
    Code,
}

impl FieldKind {
    fn is_text(&self) -> bool {
        *self == Self::Text
    }

    /// Whether a text is of the form that values of this kind have. A source may hold others.
    #[must_use]
    pub fn holds(self, text: &str) -> bool {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            Self::Text | Self::Name | Self::Code => true,
            Self::Date => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
            Self::Integer => text.parse::<i128>().is_ok(),
            Self::Boolean => matches!(text, "true" | "false"),
            Self::Unit => digits && matches!(text.len(), 2 | 3 | 5),
            Self::PersonId => digits && text.len() == 12,
            Self::Decimal => text.parse::<f64>().is_ok(),
            Self::Moment => {
                text.parse::<jiff::civil::DateTime>().is_ok() || text.parse::<jiff::Timestamp>().is_ok()
            }
        }
    }

    /// That form, in words.
    #[must_use]
    pub fn form(self) -> Words {
        match self {
            Self::Text | Self::Name => texts::form_text(),
            Self::Code => texts::form_code(),
            Self::Date => texts::form_date(),
            Self::Integer => texts::form_integer(),
            Self::Boolean => texts::form_boolean(),
            Self::Unit => texts::form_unit(),
            Self::PersonId => texts::form_person_id(),
            Self::Decimal => texts::form_decimal(),
            Self::Moment => texts::form_moment(),
        }
    }
}

/// What a call on a dataset asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatasetCall {
    /// `GET /{key}`: one record.
    Get {
        /// The key's value.
        key: String,
    },
    /// `GET` on the service itself: records by filter, page by page.
    List,
    /// `POST /find`: some fields of records by filter, all of it said in the body.
    Find,
    /// `POST /confirm`: whether values match, without showing any.
    Confirm,
    /// `POST /batch`: records by many keys.
    Batch,
    /// `POST /count`: how many records there are.
    Count,
    /// `POST /stream`: all records, one after the other.
    Stream,
    /// `POST /sync`: what changed since it was asked last.
    Sync,
}

impl DatasetCall {
    /// Reads a call; `None` if a dataset has no such operation.
    #[must_use]
    pub fn parse(method: &str, path: &CallPath) -> Option<Self> {
        match (method, path.segments()) {
            ("GET", []) => Some(Self::List),
            ("GET", [key]) if !key.is_empty() => Some(Self::Get { key: key.clone() }),
            ("POST", [verb]) if verb == "find" => Some(Self::Find),
            ("POST", [verb]) if verb == "confirm" => Some(Self::Confirm),
            ("POST", [verb]) if verb == "batch" => Some(Self::Batch),
            ("POST", [verb]) if verb == "count" => Some(Self::Count),
            ("POST", [verb]) if verb == "stream" => Some(Self::Stream),
            ("POST", [verb]) if verb == "sync" => Some(Self::Sync),
            _ => None,
        }
    }
}

impl Service {
    /// Whether records of it can be left out by the value of a field: only those of a dataset that has it. An API answers as it likes.
    #[must_use]
    pub fn limits_by(&self, field: &str) -> bool {
        matches!(&self.offer, Offer::Dataset(dataset) if dataset.field(field).is_some())
    }

    /// What may be called: declared for an HTTP API, the eight operations for a dataset.
    #[must_use]
    pub fn endpoints(&self) -> &[Endpoint] {
        match &self.offer {
            Offer::Http { endpoints } => endpoints,
            Offer::Dataset(_) => &OPERATIONS,
        }
    }

    /// Whether a grant that names no endpoints covers this one of [`Service::endpoints`]. Everything at once must be named: who may look
    /// records up one by one is not by that meant to have them all.
    #[must_use]
    pub fn is_covered_unnamed(&self, endpoint: &Endpoint) -> bool {
        match &self.offer {
            Offer::Http { .. } => true,
            Offer::Dataset(_) => {
                endpoint.method != "POST" || ![STREAM, SYNC].contains(&endpoint.path.as_str())
            }
        }
    }
}

impl Dataset {
    /// The field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dataset_has_eight_operations() {
        let parse = |method, path| DatasetCall::parse(method, &CallPath::parse(path).unwrap());
        assert_eq!(parse("GET", "/001"), Some(DatasetCall::Get { key: "001".into() }));
        assert_eq!(parse("GET", ""), Some(DatasetCall::List));
        assert_eq!(parse("POST", "/find"), Some(DatasetCall::Find));
        assert_eq!(parse("POST", "/confirm"), Some(DatasetCall::Confirm));
        assert_eq!(parse("POST", "/batch"), Some(DatasetCall::Batch));
        assert_eq!(parse("POST", "/count"), Some(DatasetCall::Count));
        assert_eq!(parse("POST", "/stream"), Some(DatasetCall::Stream));
        assert_eq!(parse("POST", "/sync"), Some(DatasetCall::Sync));
        assert_eq!(parse("GET", "/find"), Some(DatasetCall::Get { key: "find".into() }));
        assert_eq!(parse("GET", "/count"), Some(DatasetCall::Get { key: "count".into() }));
        assert_eq!(parse("DELETE", "/001"), None);
        assert_eq!(parse("GET", "/001/x"), None);
    }

    #[test]
    fn endpoints_of_a_dataset_are_the_operations() {
        let dataset = Dataset { key: "k".into(), fields: Vec::new() };
        let service = Service {
            id: "VN/GOV/G01/a/b".parse().unwrap(),
            name: Name { vi: String::new(), en: String::new() },
            offer: Offer::Dataset(dataset),
        };
        assert_eq!(service.endpoints().len(), 8);
        let named: Vec<&Endpoint> =
            service.endpoints().iter().filter(|endpoint| !service.is_covered_unnamed(endpoint)).collect();
        let paths: Vec<&str> = named.iter().map(|endpoint| endpoint.path.as_str()).collect();
        assert_eq!(paths, [STREAM, SYNC]);
        let stream = CallPath::parse(STREAM).unwrap();
        assert!(named[0].matches("POST", &stream) && !named[0].matches("GET", &stream));
    }
}
