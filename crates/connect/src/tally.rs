//! What was found wrong in a source while it was read: for its owner, in numbers. No values, no keys.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::value::Flaw;

/// Kinds of trouble that are kept apart at most: fields are bounded by the contract, so this only guards against a contract that is not.
const KINDS: usize = 1000;

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// A field of it cannot be given.
    Field(Flaw),
    /// The source gave it though a rule or filter leaves it out. It was withheld.
    Withheld,
    /// It fails what its contract asks of a record that is given. It was withheld.
    Gate,
    /// It shows a key that another one shows as well.
    KeyTwice,
    /// It has no key.
    KeyEmpty,
    /// Somebody compared values with it, or with others, that were wrong, until no more were compared.
    Guessed,
}

impl Trouble {
    /// All there are.
    pub const ALL: [Self; 8] = [
        Self::Field(Flaw::NotUtf8),
        Self::Field(Flaw::OutOfRange),
        Self::Field(Flaw::Unreadable),
        Self::Withheld,
        Self::Gate,
        Self::KeyTwice,
        Self::KeyEmpty,
        Self::Guessed,
    ];

    /// Its name, for machines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Field(flaw) => flaw.word(),
            Self::Withheld => "withheld",
            Self::Gate => "gate",
            Self::KeyTwice => "key_twice",
            Self::KeyEmpty => "key_empty",
            Self::Guessed => "guessed",
        }
    }
}

/// Counts of trouble by field since they were last taken.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<(String, Trouble), u64>>);

impl Tally {
    /// Counts one.
    pub fn note(&self, field: &str, trouble: Trouble) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&(field.to_owned(), trouble)) {
            *count += 1;
        } else if counts.len() < KINDS {
            counts.insert((field.to_owned(), trouble), 1);
        }
    }

    /// What was counted since this was last asked.
    #[must_use]
    pub fn take(&self) -> BTreeMap<(String, Trouble), u64> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
