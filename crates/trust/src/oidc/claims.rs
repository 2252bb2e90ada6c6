//! What a provider says of somebody: members of JSON, each said once.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Claims by their names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// What a claim says, whatever it is.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// What a claim says in text. A number is none: what begins with a zero would have lost it.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }

    /// A text that is not empty, and not too long.
    pub(super) fn name(&self, name: &str, most: usize) -> Option<&str> {
        self.text(name).filter(|text| !text.is_empty() && text.chars().count() <= most)
    }

    /// A moment, in seconds since 1970.
    pub(super) fn moment(&self, name: &str) -> Result<Option<Timestamp>, ()> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let seconds = value.as_f64().ok_or(())?;
        let since = SignedDuration::try_from_secs_f64(seconds).map_err(|_| ())?;
        Timestamp::UNIX_EPOCH.checked_add(since).map(Some).map_err(|_| ())
    }

    /// Takes over these claims where they are not said here yet, and no others: how somebody signed in, the token alone says.
    pub(super) fn add(&mut self, mut other: Self, names: &[String]) {
        for name in names {
            if let (false, Some(value)) = (self.0.contains_key(name), other.0.remove(name)) {
                self.0.insert(name.clone(), value);
            }
        }
    }
}

impl<'de> Deserialize<'de> for Claims {
    /// What says one thing twice can be read in two ways, and is refused.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Claims;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("claims")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Claims, A::Error> {
                let mut claims = Map::new();
                while let Some((name, value)) = members.next_entry::<String, Value>()? {
                    if claims.insert(name, value).is_some() {
                        return Err(A::Error::custom("a claim stands twice"));
                    }
                }
                Ok(Claims(claims))
            }
        }

        deserializer.deserialize_map(Members)
    }
}
