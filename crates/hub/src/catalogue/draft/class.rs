//! The class of a column's data while a draft is on its way: a guess until a human has decided.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::catalogue::contract::Class;

/// The class of a column in a draft. It is written as its word, a guess with a question mark behind it: `personal?`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum DraftClass {
    /// What a human has decided.
    Decided(Class),
    /// What a program takes it for.
    Guessed(Class),
    /// No class has this word.
    Unknown(String),
}

impl From<String> for DraftClass {
    fn from(text: String) -> Self {
        let class = match text.strip_suffix('?') {
            Some(guess) => Class::of(guess).map(Self::Guessed),
            None => Class::of(&text).map(Self::Decided),
        };
        class.unwrap_or(Self::Unknown(text))
    }
}

impl From<DraftClass> for String {
    fn from(class: DraftClass) -> Self {
        class.to_string()
    }
}

impl fmt::Display for DraftClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decided(class) => f.write_str(class.word()),
            Self::Guessed(class) => write!(f, "{}?", class.word()),
            Self::Unknown(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_written_as_it_was_read() {
        for (text, class) in [
            ("personal", DraftClass::Decided(Class::Personal)),
            ("personal?", DraftClass::Guessed(Class::Personal)),
            ("secret?", DraftClass::Guessed(Class::Secret)),
            ("kín", DraftClass::Unknown("kín".into())),
            ("kín?", DraftClass::Unknown("kín?".into())),
            ("personal??", DraftClass::Unknown("personal??".into())),
            ("", DraftClass::Unknown(String::new())),
        ] {
            let json = serde_json::to_string(text).unwrap();
            assert_eq!(serde_json::from_str::<DraftClass>(&json).unwrap(), class);
            assert_eq!(serde_json::to_string(&class).unwrap(), json);
        }
    }
}
