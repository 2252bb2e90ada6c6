//! Terms of the common dictionary: the 25 attributes of Decision 2439/QĐ-TTg (rule DD-01), in versions.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agency::Name;
use crate::id::MemberId;

/// A term with all its versions, oldest first. Versions stay: what was agreed on is not taken back, only retired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// Attribute 1: its identifier, `ndg:ID-001`.
    pub id: String,
    /// Its versions.
    pub versions: Vec<TermVersion>,
}

/// A term as one version has it. Numbers are those of the attributes in the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TermVersion {
    /// 10: its version.
    #[schema(value_type = String, pattern = r"^\d+\.\d+\.\d+$")]
    pub version: Version,
    /// 10: where it is in its life.
    pub status: Status,
    /// 2: business name.
    pub name: Name,
    /// 3: definition.
    pub definition: String,
    /// 4: context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// 5: group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<Domain>,
    /// 6: relation to its entity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
    /// 7: the unit that creates the data.
    pub created_by: MemberId,
    /// 8: the unit that owns the data.
    pub owned_by: MemberId,
    /// 9: language of its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// 11: related documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<String>,
    /// 12: synonyms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub synonyms: Vec<String>,
    /// 13: identifiers of related terms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
    /// 14: business attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business: Option<String>,
    /// 15: technical name, `CaNhan.full_name`.
    pub technical_name: String,
    /// 16: type.
    pub value_type: ValueType,
    /// 17: length or format.
    pub format: String,
    /// 18: RDF or OWL type, `xsd:string`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rdf_type: Option<String>,
    /// 19: relation to other fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
    /// 20: technical attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technical: Option<String>,
    /// 21: the values it may have; none: any of its type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// 21: the code list whose codes it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_list: Option<String>,
    /// 22: rule of normalisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normalisation: Option<String>,
    /// 23: where it is called for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// 24: international mapping, `schema:name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<String>,
    /// 25: rule of validation.
    pub validation: String,
    /// Where this version comes from.
    pub source: String,
    /// Set where something in it was found in no source. Never to be shown as official.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assumed: bool,
}

/// The six base domains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TermDomain)]
pub enum Domain {
    /// Con người.
    Person,
    /// Tổ chức.
    Organisation,
    /// Tài sản.
    Property,
    /// Địa chính.
    Cadastre,
    /// Địa chỉ.
    Address,
    /// Nền địa lý.
    Geography,
}

impl Domain {
    /// Its word in documents.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
            Self::Property => "property",
            Self::Cadastre => "cadastre",
            Self::Address => "address",
            Self::Geography => "geography",
        }
    }
}

/// Type of a term's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// Text.
    Text,
    /// A code of a list.
    Code,
    /// A day.
    Date,
    /// A moment.
    Moment,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Decimal,
    /// Yes or no.
    Boolean,
    /// A place on the map.
    Geometry,
}

/// The life of a version, first to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TermStatus)]
pub enum Status {
    /// Đề xuất.
    Proposed,
    /// Đã rà soát.
    Reviewed,
    /// Đã lấy ý kiến.
    Consulted,
    /// Đã phê duyệt.
    Approved,
    /// Thôi dùng.
    Retired,
}

impl Status {
    /// All of them, first to last.
    pub const ALL: [Self; 5] =
        [Self::Proposed, Self::Reviewed, Self::Consulted, Self::Approved, Self::Retired];

    /// Whether a version may go from this to `next`: a step at a time, and to its end from anywhere.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        let step = matches!(
            (self, next),
            (Self::Proposed, Self::Reviewed)
                | (Self::Reviewed, Self::Consulted)
                | (Self::Consulted, Self::Approved)
        );
        step || self == next || next == Self::Retired
    }
}

/// A semantic version: `2.1.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Rises with a breaking change (rule DD-03).
    pub major: u32,
    /// Rises with a change that breaks nothing.
    pub minor: u32,
    /// Rises with a correction.
    pub patch: u32,
}

/// Not three numbers with dots between them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a version: three numbers, as 1.0.0")]
pub struct VersionError(String);

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let bad = || VersionError(text.chars().take(40).collect());
        let mut parts = text.split('.').map(|part| {
            let plain =
                part == "0" || (!part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit()));
            part.parse().ok().filter(|_| plain)
        });
        let mut next = || parts.next().flatten().ok_or_else(bad);
        let version = Self { major: next()?, minor: next()?, patch: next()? };
        if parts.next().is_some() { Err(bad()) } else { Ok(version) }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl TermVersion {
    /// What in this version breaks those who use `older`: the names of its attributes. Whoever reads values by the older one must
    /// be able to read those of this one. Whether another rule of validation or format is a wider one cannot be told from its
    /// text, so it counts as breaking.
    #[must_use]
    pub fn breaks(&self, older: &Self) -> Vec<&'static str> {
        let narrowed = !self.values.is_empty()
            && (older.values.is_empty() || older.values.iter().any(|value| !self.values.contains(value)));
        let opened = self.values.is_empty() && !older.values.is_empty();
        [
            ("technical_name", self.technical_name != older.technical_name),
            ("value_type", self.value_type != older.value_type),
            ("format", self.format != older.format),
            ("rdf_type", self.rdf_type != older.rdf_type),
            ("values", narrowed || opened),
            ("code_list", self.code_list != older.code_list),
            ("normalisation", self.normalisation != older.normalisation),
            ("validation", self.validation != older.validation),
        ]
        .into_iter()
        .filter_map(|(name, breaks)| breaks.then_some(name))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version() -> TermVersion {
        serde_json::from_value(serde_json::json!({
            "version": "1.0.0", "status": "approved", "name": { "vi": "Giới tính", "en": "Sex" }, "definition": "Giới tính khi khai sinh",
            "created_by": "VN/GOV/G01", "owned_by": "VN/GOV/G01", "technical_name": "CaNhan.gioi_tinh", "value_type": "code", "format": "1",
            "values": ["1", "2"], "validation": "thuộc danh mục", "source": "thử"
        }))
        .unwrap()
    }

    #[test]
    fn what_breaks_is_told_by_attribute() {
        let older = version();
        let check = |change: fn(&mut TermVersion), expect: &[&str]| {
            let mut newer = version();
            change(&mut newer);
            assert_eq!(newer.breaks(&older), expect);
        };
        check(|_| (), &[]);
        check(|new| new.definition = "Rõ hơn".into(), &[]);
        check(|new| new.values.push("3".into()), &[]);
        check(|new| new.values = vec!["1".into()], &["values"]);
        check(|new| new.values.clear(), &["values"]);
        check(|new| new.value_type = ValueType::Text, &["value_type"]);
        check(
            |new| {
                new.format = "2".into();
                new.validation = "khác".into();
            },
            &["format", "validation"],
        );
    }

    #[test]
    fn a_version_goes_a_step_at_a_time() {
        use Status::{Approved, Consulted, Proposed, Retired, Reviewed};
        assert!(
            Proposed.may_become(Reviewed) && Consulted.may_become(Approved) && Proposed.may_become(Retired)
        );
        assert!(
            !Proposed.may_become(Approved)
                && !Approved.may_become(Consulted)
                && !Retired.may_become(Approved)
        );
    }

    proptest! {
        #[test]
        fn versions_come_back(major: u32, minor: u32, patch: u32) {
            let version = Version { major, minor, patch };
            prop_assert_eq!(version.to_string().parse::<Version>().unwrap(), version);
        }

        #[test]
        fn no_other_text_is_a_version(text in "[0-9.+v -]{0,12}") {
            if let Ok(version) = text.parse::<Version>() {
                prop_assert_eq!(version.to_string(), text);
            }
        }
    }
}
