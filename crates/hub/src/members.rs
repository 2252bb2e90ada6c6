//! Members of JSON stand once. A reader that takes the last of two, or the first, takes what its writer may not have meant, and an auditor
//! who reads the same text may take the other.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use model::fault::{Fault, Words};
use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::texts;

/// Longest place and name that are told, in characters: both are their writer's.
const TOLD_MAX: usize = 120;

/// Reads what somebody has sent, in the one way that it can be read. By hand, so that a wrong body gets our error and not the framework's.
///
/// # Errors
/// [`Fault::BadDocument`].
pub(crate) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, Fault> {
    check_once(json)?;
    serde_json::from_slice(json)
        .map_err(|error| Fault::BadDocument { place: Words::quoted("body"), why: Words::quoted(error) })
}

/// Whether no object of a text has two members of one name. What is no JSON at all is for its reader to tell.
///
/// # Errors
/// [`Fault::BadDocument`] with the object's place and the member's name.
fn check_once(json: &[u8]) -> Result<(), Fault> {
    let found = Cell::new(None);
    let mut text = serde_json::Deserializer::from_slice(json);
    let _ = Once { at: &Place::Body, found: &found }.deserialize(&mut text);
    found.into_inner().map_or(Ok(()), Err)
}

/// Where in a text something stands.
enum Place<'a> {
    Body,
    Member(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body => f.write_str("body"),
            Self::Member(Self::Body, name) => f.write_str(name),
            Self::Member(of, name) => write!(f, "{of}.{name}"),
            Self::Item(of, number) => write!(f, "{of}[{number}]"),
        }
    }
}

/// Reads a value and keeps nothing of it.
struct Once<'a> {
    at: &'a Place<'a>,
    found: &'a Cell<Option<Fault>>,
}

/// The name of a member, borrowed where it is written without escapes.
#[derive(PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> DeserializeSeed<'de> for Once<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<Name<'de>>()? {
            if names.contains(&name) {
                let short = |text: &str| text.chars().take(TOLD_MAX).collect::<String>();
                let place = Words::quoted(short(&self.at.to_string()));
                self.found.set(Some(Fault::BadDocument { place, why: texts::member_twice(short(&name.0)) }));
                return Err(A::Error::custom("a member stands twice"));
            }
            let at = Place::Member(self.at, &name.0);
            map.next_value_seed(Once { at: &at, found: self.found })?;
            names.insert(name);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut number = 0;
        while items
            .next_element_seed(Once { at: &Place::Item(self.at, number), found: self.found })?
            .is_some()
        {
            number += 1;
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_twice_is_found_wherever_it_is() {
        let told = |text: &str| match check_once(text.as_bytes()) {
            Ok(()) => String::new(),
            Err(Fault::BadDocument { place, why }) => format!("{}: {}", place.en(), why.en()),
            Err(other) => panic!("{other}"),
        };
        for (text, place, name) in [
            (r#"{"a":1,"a":1}"#, "body:", "a"),
            (r#"{"a":1,"b":[{},{"c":{"d":null,"e":2,"d":3}}]}"#, "b[1].c:", "d"),
            // One name, however it is written.
            ("{\"x\":{\"\\u0061\":true,\"a\":false}}", "x:", "a"),
            (r#"[[{"":0,"":0}]]"#, "body[0][0]:", "\"\""),
        ] {
            let told = told(text);
            assert!(told.starts_with(place) && told.contains(name), "{text}: {told}");
        }
        let long = format!("{{\"{0}\":1,\"{0}\":1}}", "x".repeat(10_000));
        assert!((1..1000).contains(&told(&long).len()));
        for fine in
            [r#"{"a":{"a":[{"a":1},{"a":1}]},"A":1.5e3}"#, "[]", "1", "{", "", "\u{feff}{}", "{\"a\":1,}"]
        {
            assert_eq!(told(fine), "", "{fine}");
        }
        // As deep as the reader goes, and no deeper.
        assert_eq!(told(&"[".repeat(100_000)), "");
    }
}
