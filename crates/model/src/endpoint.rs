//! Method and path: what of a service may be called.
//!
//! A pattern is compared with the path's *decoded* segments, and a path that two readers could read in two ways (dot
//! segments, encoded slashes, doubly encoded dots) is refused before any comparison. So an encoded path cannot slip past.

use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::texts;
use crate::words::Words;

/// Longest path behind the service code, in bytes as sent. Common servers take 8 KB for the whole request line.
pub const PATH_MAX_BYTES: usize = 4096;

/// A path behind the service code, `/v1/nguoi/001198000001`, taken apart. The empty path has no segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallPath {
    segments: Vec<String>,
}

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathError {
    /// Over [`PATH_MAX_BYTES`].
    TooLong,
    /// It does not begin with `/`.
    NoSlash,
    /// A `%` without two hexadecimal digits, or bytes that are not UTF-8.
    Encoding,
    /// A segment that some server would read as something else.
    Ambiguous {
        /// Counted from 1.
        position: usize,
    },
}

impl PathError {
    /// The reason in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::TooLong => texts::path_too_long(PATH_MAX_BYTES),
            Self::NoSlash => texts::path_no_slash(),
            Self::Encoding => texts::path_encoding(),
            Self::Ambiguous { position } => texts::path_ambiguous(*position),
        }
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

impl std::error::Error for PathError {}

impl CallPath {
    /// Takes apart a path as it came, still encoded, without its query.
    ///
    /// # Errors
    /// [`PathError`] says what is wrong with it.
    pub fn parse(raw: &str) -> Result<Self, PathError> {
        if raw.len() > PATH_MAX_BYTES {
            return Err(PathError::TooLong);
        }
        if raw.is_empty() {
            return Ok(Self { segments: Vec::new() });
        }
        let rest = raw.strip_prefix('/').ok_or(PathError::NoSlash)?;
        let mut segments = Vec::new();
        for (at, segment) in rest.split('/').enumerate() {
            let decoded = crate::id::percent_decode_strict(segment).ok_or(PathError::Encoding)?;
            if is_ambiguous(&decoded) {
                return Err(PathError::Ambiguous { position: at + 1 });
            }
            segments.push(decoded);
        }
        // `/` alone is the empty path.
        if segments.len() == 1 && segments.first().is_some_and(String::is_empty) {
            segments.clear();
        }
        Ok(Self { segments })
    }

    /// The decoded segments.
    #[must_use]
    pub fn segments(&self) -> &[String] {
        &self.segments
    }
}

/// A segment that a server behind us might turn into another path: `.` and `..` and nothing (also with `;parameters`, as some
/// servers strip them: of `/mo/;x` they read `/mo/`), slashes and control characters that were encoded, and the same encoded twice.
fn is_ambiguous(segment: &str) -> bool {
    let bare = segment.split(';').next().unwrap_or_default();
    let is_bare_nothing = bare.is_empty() && !segment.is_empty();
    if is_bare_nothing
        || bare == "."
        || bare == ".."
        || segment.chars().any(|c| c == '/' || c == '\\' || c.is_control())
    {
        return true;
    }
    match percent_decode_str(segment).decode_utf8() {
        Ok(twice) if twice != segment => is_ambiguous(&twice),
        _ => false,
    }
}

/// A path pattern: literal segments, `*` for one segment of any text, `**` at the end for any number of them.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PathPattern(String);

impl PathPattern {
    /// Whether `path` fits.
    #[must_use]
    pub fn matches(&self, path: &CallPath) -> bool {
        let mut segments = path.segments.iter();
        for pattern in self.segments() {
            match (pattern, segments.next()) {
                ("**", _) => return true,
                (_, None) => return false,
                ("*", Some(segment)) if !segment.is_empty() => {}
                (literal, Some(segment)) if literal == segment => {}
                _ => return false,
            }
        }
        segments.next().is_none()
    }

    /// The pattern's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn segments(&self) -> impl Iterator<Item = &str> {
        // `/` and the empty pattern have no segment.
        self.0.strip_prefix('/').filter(|rest| !rest.is_empty()).into_iter().flat_map(|rest| rest.split('/'))
    }
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no path pattern: it begins with a slash, and `**` stands at its end only")]
pub struct PatternError(String);

impl FromStr for PathPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let pattern = Self(text.to_owned());
        let count = pattern.segments().count();
        let rest_is_last =
            pattern.segments().enumerate().all(|(at, segment)| segment != "**" || at + 1 == count);
        let starts_well = text.is_empty() || text.starts_with('/');
        if starts_well && rest_is_last && text.len() <= PATH_MAX_BYTES {
            Ok(pattern)
        } else {
            Err(PatternError(text.chars().take(80).collect()))
        }
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PathPattern({})", self.0)
    }
}

impl Serialize for PathPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PathPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One thing that may be called: a method and a path pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// The HTTP method in capitals, or `*` for any.
    pub method: String,
    /// The paths.
    #[schema(value_type = String)]
    pub path: PathPattern,
    /// Whether a call changes nothing at the provider. Absent: GET and HEAD change nothing, all else may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads_only: Option<bool>,
}

impl Endpoint {
    /// Whether a call of `method` on `path` is meant by this.
    #[must_use]
    pub fn matches(&self, method: &str, path: &CallPath) -> bool {
        (self.method == "*" || self.method == method) && self.path.matches(path)
    }

    /// Whether a call of `method` here changes nothing at the provider.
    #[must_use]
    pub fn only_reads(&self, method: &str) -> bool {
        self.reads_only.unwrap_or(matches!(method, "GET" | "HEAD"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fits(pattern: &str, path: &str) -> bool {
        pattern.parse::<PathPattern>().unwrap().matches(&CallPath::parse(path).unwrap())
    }

    #[test]
    fn a_part_that_is_nothing_but_parameters_is_refused() {
        for path in ["/mo/;x", "/;x", "/mo/;x/a", "/mo/;", "/mo/%3Bx", "/mo/%253Bx"] {
            assert!(matches!(CallPath::parse(path), Err(PathError::Ambiguous { .. })), "{path}");
        }
        for path in ["/mo/", "/mo/a;x", "/mo/a;", "/mo/a;x=;y"] {
            assert!(CallPath::parse(path).is_ok(), "{path}");
        }
    }

    #[test]
    fn patterns_match_whole_decoded_paths() {
        for (pattern, path) in [
            ("", ""),
            ("", "/"),
            ("/", ""),
            ("/*", "/001"),
            ("/a/*/b", "/a/x/b"),
            ("/a/**", "/a"),
            ("/a/**", "/a/b/c"),
            ("/admin", "/%61dmin"),
            ("/*", "/%C4%91"),
        ] {
            assert!(fits(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("", "/a"),
            ("/*", ""),
            ("/*", "/a/b"),
            ("/a", "/A"),
            ("/a", "/a/"),
            ("/*/x", "//x"),
            ("/admin", "//admin"),
        ] {
            assert!(!fits(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn a_path_with_two_readings_is_refused() {
        for path in [
            "/a/../b",
            "/a/./b",
            "/%2e%2e/b",
            "/a%2Fb",
            "/a%5cb",
            "/a%00",
            "/..;x=1/b",
            "/%252e%252e/b",
            "/a%252fb",
            "/a%25252fb",
            "/a%0d%0aX: y",
        ] {
            assert!(matches!(CallPath::parse(path), Err(PathError::Ambiguous { .. })), "{path}");
        }
        assert_eq!(CallPath::parse("/%zz"), Err(PathError::Encoding));
        assert_eq!(CallPath::parse("/%"), Err(PathError::Encoding));
        assert_eq!(CallPath::parse("/%ff"), Err(PathError::Encoding));
        assert_eq!(CallPath::parse("a"), Err(PathError::NoSlash));
        assert_eq!(CallPath::parse(&"/a".repeat(3000)), Err(PathError::TooLong));
        assert_eq!(CallPath::parse("/100%25").unwrap().segments(), ["100%"]);
    }

    #[test]
    fn a_pattern_is_checked_when_it_is_read() {
        assert!("/a/**/b".parse::<PathPattern>().is_err());
        assert!("a".parse::<PathPattern>().is_err());
    }

    proptest! {
        #[test]
        fn an_encoded_path_matches_what_its_plain_form_matches(segments in prop::collection::vec("[a-z0-9]{1,8}", 1..5), encode in prop::collection::vec(any::<bool>(), 40)) {
            let plain = format!("/{}", segments.join("/"));
            let mut coins = encode.iter().cycle();
            let encoded: String = plain.chars().map(|c| if c != '/' && *coins.next().unwrap() { format!("%{:02X}", u32::from(c)) } else { c.to_string() }).collect();
            prop_assert_eq!(CallPath::parse(&encoded), CallPath::parse(&plain));
        }

        #[test]
        fn no_text_makes_it_panic(path in "[/%.;a-f0-9\\\\]{0,60}") {
            let _ = CallPath::parse(&path);
        }
    }
}
