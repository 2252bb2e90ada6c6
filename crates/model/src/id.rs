//! Who is who: X-Road's identifiers of members, systems, services, and of nodes.
//!
//! An identifier is a few parts joined by `/`. Each part is text of its own and is percent-encoded where it is
//! written, so a slash inside a part (`%2F`) never becomes a border. An identifier is kept in its one canonical
//! spelling; two spellings of the same parts are equal after parsing.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::{UnicodeNormalization, is_nfc};
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::texts;
use crate::words::Words;

/// X-Road's management limits a part to 255 characters; so do we.
pub const PART_MAX_CHARS: usize = 255;

/// RFC 3986 `unreserved`: what may stand in a part as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdError {
    /// Too few or too many parts.
    Parts {
        /// What was given.
        text: String,
        /// Its number of parts.
        found: usize,
        /// How many the identifier has.
        wanted: usize,
        /// The form, for people: `instance/class/member`.
        form: &'static str,
    },
    /// A part with nothing in it.
    Empty {
        /// What was given.
        text: String,
        /// The part, counted from 1.
        position: usize,
    },
    /// A part over [`PART_MAX_CHARS`].
    TooLong {
        /// The part, counted from 1.
        position: usize,
    },
    /// A `%` that two hexadecimal digits don't follow, or bytes that are not UTF-8.
    Encoding {
        /// What was given.
        text: String,
        /// The part, counted from 1.
        position: usize,
    },
    /// A control character, or `.` and `..`, which a path would swallow.
    Forbidden {
        /// What was given.
        text: String,
        /// The part, counted from 1.
        position: usize,
    },
}

impl IdError {
    /// The reason in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Parts { text, found, wanted, form } => texts::id_parts(text, *found, *wanted, form),
            Self::Empty { text, position } => texts::id_part_empty(text, *position),
            Self::TooLong { position } => texts::id_part_too_long(*position, PART_MAX_CHARS),
            Self::Encoding { text, position } => texts::id_part_encoding(text, *position),
            Self::Forbidden { text, position } => texts::id_part_forbidden(text, *position),
        }
    }
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

impl std::error::Error for IdError {}

/// Encodes one part the way it stands in an identifier, a path or a header.
#[must_use]
pub fn encode_part(part: &str) -> String {
    utf8_percent_encode(part, ENCODED).to_string()
}

/// Decodes one part and brings it to NFC.
///
/// # Errors
/// [`IdError`], with `position` as given.
pub fn decode_part(text: &str, position: usize) -> Result<String, IdError> {
    let decoded =
        percent_decode_strict(text).ok_or_else(|| IdError::Encoding { text: clip(text), position })?;
    let part = if is_nfc(&decoded) { decoded } else { decoded.nfc().collect() };
    check_part(&part, text, position)?;
    Ok(part)
}

/// Decodes, but not where a `%` lacks its two digits or the bytes are no UTF-8.
pub(crate) fn percent_decode_strict(text: &str) -> Option<String> {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        let digits = rest.get(at + 1..at + 3)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        rest = rest.get(at + 3..).unwrap_or_default();
    }
    percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned)
}

fn check_part(part: &str, text: &str, position: usize) -> Result<(), IdError> {
    if part.is_empty() {
        return Err(IdError::Empty { text: clip(text), position });
    }
    if part.chars().count() > PART_MAX_CHARS {
        return Err(IdError::TooLong { position });
    }
    let forbidden = |c: char| c.is_control() || crate::text::is_hidden(c);
    if part == "." || part == ".." || part.chars().any(forbidden) {
        return Err(IdError::Forbidden { text: clip(text), position });
    }
    Ok(())
}

/// Errors repeat what they were given, but not a megabyte of it.
fn clip(text: &str) -> String {
    text.chars().take(80).collect()
}

fn canonical(text: &str, wanted: usize, form: &'static str) -> Result<Arc<str>, IdError> {
    let found = text.split('/').count();
    if found != wanted {
        return Err(IdError::Parts { text: clip(text), found, wanted, form });
    }
    let mut out = String::with_capacity(text.len());
    for (at, part) in text.split('/').enumerate() {
        if at > 0 {
            out.push('/');
        }
        // Almost every part is plain; it is checked where it stands, without a copy.
        if part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
            check_part(part, text, at + 1)?;
            out.push_str(part);
        } else {
            out.extend(utf8_percent_encode(&decode_part(part, at + 1)?, ENCODED));
        }
    }
    Ok(out.into())
}

/// The first `count` parts of a canonical text.
fn head(text: &str, count: usize) -> &str {
    text.match_indices('/').nth(count - 1).map_or(text, |(at, _)| text.get(..at).unwrap_or(text))
}

fn part(text: &str, index: usize) -> Cow<'_, str> {
    // Canonical text is valid UTF-8 under its encoding, so nothing is replaced here.
    percent_decode_str(text.split('/').nth(index).unwrap_or_default()).decode_utf8_lossy()
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $count:literal, $form:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The form, for people and error texts.
            pub const FORM: &'static str = $form;

            /// The canonical, percent-encoded text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Its parts, decoded.
            pub fn parts(&self) -> impl Iterator<Item = Cow<'_, str>> {
                (0..$count).map(|index| part(&self.0, index))
            }

            /// Builds it from parts as they are, not encoded.
            ///
            /// # Errors
            /// [`IdError`] names the part that may not stand.
            pub fn from_parts(parts: [&str; $count]) -> Result<Self, IdError> {
                parts.map(encode_part).join("/").parse()
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                canonical(text, $count, $form).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .pattern(Some(format!("^[^/]+(/[^/]+){{{}}}$", $count - 1)))
                    .description(Some($form))
                    .into()
            }
        }

        impl ToSchema for $name {}
    };
}

identifier!(
    /// A member: an agency as the directory names it, `VN/GOV/G01`.
    MemberId, 3, "instance/class/member"
);
identifier!(
    /// A system of a member: the party that calls and is called, `VN/GOV/G01/dan-cu` (X-Road: subsystem).
    SystemId, 4, "instance/class/member/system"
);
identifier!(
    /// A service of a system, `VN/GOV/G01/dan-cu/nguoi`.
    ServiceId, 5, "instance/class/member/system/service"
);
identifier!(
    /// A node of a member, `VN/GOV/G01/nut-1` (X-Road: security server).
    NodeId, 4, "instance/class/member/node"
);

/// Whom a grant is for: one system, or a class of systems, `VN/LOC/*/mot-cua`: those of one name of all members of a member class.
///
/// A star stands for any member code and for nothing else. In a canonical identifier there is none, so the two are never mixed up, and a
/// program that knows no classes reads one as a system that nobody is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grantee(Arc<str>);

/// What stands for the member in a class of systems.
const ANY_MEMBER: &str = "/*/";

impl Grantee {
    /// The forms, for people.
    pub const FORM: &'static str = "instance/class/member/system, instance/class/*/system";

    /// The class that a system is of.
    #[must_use]
    pub fn class_of(system: &SystemId) -> Self {
        let (before, behind) = around_member(&system.0);
        Self([before, ANY_MEMBER, behind].concat().into())
    }

    /// The canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a class.
    #[must_use]
    pub fn is_class(&self) -> bool {
        self.0.contains(ANY_MEMBER)
    }

    /// The system, if it is one.
    #[must_use]
    pub fn system(&self) -> Option<SystemId> {
        (!self.is_class()).then(|| SystemId(self.0.clone()))
    }

    /// Whether a system is meant by it.
    #[must_use]
    pub fn covers(&self, system: &SystemId) -> bool {
        if self.is_class() { around_member(&self.0) == around_member(&system.0) } else { self.0 == system.0 }
    }

    /// The member whose systems are meant; of a class, `VN/LOC/*`.
    #[must_use]
    pub fn members(&self) -> &str {
        head(&self.0, 3)
    }

    /// The instance, the member class and the name of the systems, decoded.
    #[must_use]
    pub fn named(&self) -> [Cow<'_, str>; 3] {
        [0, 1, 3].map(|index| part(&self.0, index))
    }
}

/// What stands before the member code and behind it.
fn around_member(text: &str) -> (&str, &str) {
    let (before, rest) = text.split_at(head(text, 2).len());
    (before, rest.get(1..).and_then(|rest| rest.split_once('/')).map_or("", |(_, behind)| behind))
}

impl From<SystemId> for Grantee {
    fn from(system: SystemId) -> Self {
        Self(system.0)
    }
}

impl PartialEq<SystemId> for Grantee {
    fn eq(&self, system: &SystemId) -> bool {
        self.0 == system.0
    }
}

impl FromStr for Grantee {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let system: SystemId = text.parse()?;
        let is_class = text.split('/').nth(2) == Some("*");
        Ok(if is_class { Self::class_of(&system) } else { system.into() })
    }
}

impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Grantee({})", self.0)
    }
}

impl Serialize for Grantee {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Grantee {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for Grantee {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[^/]+(/[^/]+){3}$"))
            .description(Some(Self::FORM))
            .into()
    }
}

impl ToSchema for Grantee {}

impl MemberId {
    /// The member code: the agency's code, `G01`.
    #[must_use]
    pub fn code(&self) -> Cow<'_, str> {
        part(&self.0, 2)
    }
}

impl SystemId {
    /// The member that owns the system.
    #[must_use]
    pub fn member(&self) -> MemberId {
        MemberId(head(&self.0, 3).into())
    }
}

impl ServiceId {
    /// The system that offers the service.
    #[must_use]
    pub fn system(&self) -> SystemId {
        SystemId(head(&self.0, 4).into())
    }

    /// The service code, decoded.
    #[must_use]
    pub fn code(&self) -> Cow<'_, str> {
        part(&self.0, 4)
    }
}

impl NodeId {
    /// The member that runs the node.
    #[must_use]
    pub fn member(&self) -> MemberId {
        MemberId(head(&self.0, 3).into())
    }

    /// The node's code, decoded.
    #[must_use]
    pub fn code(&self) -> Cow<'_, str> {
        part(&self.0, 3)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_slash_inside_a_part_stays_inside() {
        let id: SystemId = "VN/GOV/G01/d%C3%A2n%2Fc%C6%B0".parse().unwrap();
        assert_eq!(id.parts().collect::<Vec<_>>(), ["VN", "GOV", "G01", "dân/cư"]);
        assert_eq!(id.to_string(), "VN/GOV/G01/d%C3%A2n%2Fc%C6%B0");
        assert_eq!(id.member().as_str(), "VN/GOV/G01");
    }

    #[test]
    fn spellings_of_the_same_parts_are_equal() {
        let decomposed: SystemId = "VN/GOV/G01/da%CC%82n".parse().unwrap();
        let composed: SystemId = "VN/GOV/%4701/d%c3%a2n".parse().unwrap();
        assert_eq!(decomposed, composed);
    }

    #[test]
    fn what_is_not_an_identifier_says_why() {
        let check = |text: &str, expect: &str| {
            assert_eq!(text.parse::<SystemId>().unwrap_err().to_string(), expect, "{text}");
        };
        check("VN/GOV/G01", "\"VN/GOV/G01\" has 3 parts; instance/class/member/system has 4");
        check("VN//G01/x", "part 2 of \"VN//G01/x\" is empty");
        check("VN/GOV/G01/a%2", "part 4 of \"a%2\" is not percent-encoded UTF-8");
        check("VN/GOV/G01/%FF", "part 4 of \"%FF\" is not percent-encoded UTF-8");
        check(
            "VN/GOV/G01/%2e%2E",
            "part 4 of \"%2e%2E\" holds a character or a name that no identifier may hold",
        );
        check(
            "VN/GOV/G01/a%0d%0ab",
            "part 4 of \"a%0d%0ab\" holds a character or a name that no identifier may hold",
        );
        check(
            "VN/GOV/G01/a%E2%80%AEb",
            "part 4 of \"a%E2%80%AEb\" holds a character or a name that no identifier may hold",
        );
        check(&format!("VN/GOV/G01/{}", "a".repeat(256)), "part 4 is longer than 255 characters");
    }

    #[test]
    fn a_class_is_read_as_one_and_means_its_systems_alone() {
        let class: Grantee = "VN/LOC/*/mot-cua".parse().unwrap();
        assert!(class.is_class() && class.system().is_none());
        assert_eq!((class.as_str(), class.members()), ("VN/LOC/*/mot-cua", "VN/LOC/*"));
        let covers = |id: &str| class.covers(&id.parse().unwrap());
        for id in
            ["VN/LOC/H05/mot-cua", "VN/LOC/H05.101/mot-cua", "VN/LOC/%2A/mot-cua", "VN/LOC/a%2Fb/mot-cua"]
        {
            assert!(covers(id), "{id}");
            let one: Grantee = id.parse().unwrap();
            assert!(!one.is_class() && one.system().unwrap().as_str() == id, "{id}");
            assert_eq!(Grantee::class_of(&id.parse().unwrap()), class);
        }
        for id in [
            "VN/LOC/H05/khac",
            "VN/GOV/H05/mot-cua",
            "XX/LOC/H05/mot-cua",
            "VN/LOC/H05/%2A",
            "VN/LOC/H05/mot-cua2",
        ] {
            assert!(!covers(id), "{id}");
        }
        // A program that knows no classes reads a system of a member that nobody is, and errs nowhere.
        let old: SystemId = "VN/LOC/*/mot-cua".parse().unwrap();
        assert_eq!(old.as_str(), "VN/LOC/%2A/mot-cua");
        // A star is a member and nothing else.
        for text in
            ["VN/*/H05/mot-cua", "*/LOC/H05/mot-cua", "VN/LOC/H05/*", "VN/LOC/*a/mot-cua", "VN/LOC/**/x"]
        {
            assert!(!text.parse::<Grantee>().unwrap().is_class(), "{text}");
        }
        assert!("VN/LOC/*".parse::<Grantee>().is_err() && "VN/LOC/*/a/b".parse::<Grantee>().is_err());
    }

    proptest! {
        #[test]
        fn what_a_grant_is_for_survives_the_round_trip(parts in prop::array::uniform4("[a-z/%*é]{1,6}"), is_class in any::<bool>()) {
            let system = SystemId::from_parts([&parts[0], &parts[1], &parts[2], &parts[3]]).unwrap();
            let grantee = if is_class { Grantee::class_of(&system) } else { system.clone().into() };
            prop_assert_eq!(&grantee.as_str().parse::<Grantee>().unwrap(), &grantee);
            prop_assert_eq!(grantee.is_class(), is_class);
            prop_assert!(grantee.covers(&system));
        }

        #[test]
        fn parts_survive_the_round_trip(parts in prop::array::uniform5("[^\\p{Cc}]{1,40}")) {
            let parts = parts.map(|part| part.nfc().filter(|c| !crate::text::is_hidden(*c)).collect::<String>());
            prop_assume!(parts.iter().all(|part| !part.is_empty() && part != "." && part != ".."));
            let id = ServiceId::from_parts([&parts[0], &parts[1], &parts[2], &parts[3], &parts[4]]).unwrap();
            prop_assert_eq!(id.parts().map(Cow::into_owned).collect::<Vec<_>>(), parts.to_vec());
            let again: ServiceId = id.as_str().parse().unwrap();
            prop_assert_eq!(&again, &id);
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<ServiceId>(&json).unwrap(), id);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,200}") {
            if let Ok(id) = text.parse::<SystemId>() {
                prop_assert_eq!(id.as_str().parse::<SystemId>().unwrap(), id);
            }
        }
    }
}
