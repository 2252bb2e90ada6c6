//! What a receiver holds of a record, as a sum of keyed hashes: neither side need keep the record to know whether the other has the same.
//!
//! A record's sum is the sum of its cells' shares modulo 2^128, a dataset's the sum of its records'. A share depends on key, field and
//! value, so that no exchange of values between records leaves a sum as it was; of a long value its hash stands alone as well, so that a
//! change that does not repeat it keeps its share, under another key too. Sums find what went wrong by mistake. Against whoever forges
//! stands the chain of heads (`chain`).

use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128 as _, SipHasher24};
use std::hash::Hasher as _;

use crate::line::Cell;

/// A value of so many bytes or more stands alone. PostgreSQL keeps values apart in records over 2 KB, the longest first; a shorter one that
/// is apart is read again when it is not repeated.
const LONG: usize = 256;
/// The field's number of a record's presence: a record of empty values is another thing than none.
const PRESENCE: u32 = u32::MAX;

/// The key under which values are hashed, one for each view: without it nobody can try values against a sum.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret(#[serde(with = "hex::serde")] pub [u8; 16]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secret")
    }
}

/// Records with what their sums are.
pub type Sums = Vec<(crate::line::Key, u128)>;

/// What is held of a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    /// The sum of its shares.
    pub sum: u128,
    /// Of its long values the field and the hash.
    pub long: Vec<(u32, u128)>,
}

/// A value that was not repeated, and of which nothing alone is known: the record must be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unknown;

impl Secret {
    /// What is held of a record, of which `before` was held until now.
    ///
    /// # Errors
    /// [`Unknown`].
    pub fn held(&self, key: &str, cells: &[Cell], before: Option<&Held>) -> Result<Held, Unknown> {
        let mut held = Held { sum: self.share(key, PRESENCE, 0), long: Vec::new() };
        for (field, cell) in (0..).zip(cells) {
            let (value, is_long) = match cell {
                Cell::Empty => (self.value(field, None), false),
                Cell::Text(text) => (self.value(field, Some(text)), text.len() >= LONG),
                Cell::Unchanged => {
                    let known = before.and_then(|before| before.long.iter().find(|(long, _)| *long == field));
                    (known.ok_or(Unknown)?.1, true)
                }
            };
            if is_long {
                held.long.push((field, value));
            }
            held.sum = held.sum.wrapping_add(self.share(key, field, value));
        }
        Ok(held)
    }

    /// In which of 65,536 heaps a record's sum is counted.
    #[must_use]
    pub fn heap(&self, key: &str) -> u16 {
        // The upper bits of a hash are as good as any others.
        u16::try_from(self.hash(&[key.as_bytes()]) >> 112).unwrap_or_default()
    }

    fn value(&self, field: u32, text: Option<&str>) -> u128 {
        let told = [u8::from(text.is_some())];
        self.hash(&[&field.to_be_bytes(), &told, text.unwrap_or_default().as_bytes()])
    }

    fn share(&self, key: &str, field: u32, value: u128) -> u128 {
        self.hash(&[&value.to_be_bytes(), &field.to_be_bytes(), key.as_bytes()])
    }

    /// Only the last part may be of any length.
    fn hash(&self, parts: &[&[u8]]) -> u128 {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        for part in parts {
            hasher.write(part);
        }
        hasher.finish128().as_u128()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: Secret = Secret([7; 16]);

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    proptest! {
        /// However values wander among two records and their fields, the sum tells it.
        #[test]
        fn what_is_not_the_same_has_another_sum(one in prop::collection::vec("[ab]{0,2}", 4), other in prop::collection::vec("[ab]{0,2}", 4)) {
            let sum = |values: &[String]| {
                let record = |key: &str, values: &[String]| {
                    let cells: Vec<Cell> = values.iter().map(|value| text(value)).collect();
                    SECRET.held(key, &cells, None).unwrap().sum
                };
                let (first, second) = values.split_at(2);
                record("1", first).wrapping_add(record("2", second))
            };
            prop_assert_eq!(sum(&one) == sum(&other), one == other);
        }

        #[test]
        fn a_long_value_that_is_not_repeated_keeps_its_share_under_any_key(old in "[a-z]{1,4}", new in "[a-z]{1,4}", short in "[a-z]{0,9}") {
            let long = text(&"á".repeat(LONG));
            let before = SECRET.held(&old, &[long.clone(), text("x")], None).unwrap();
            let now = SECRET.held(&new, &[Cell::Unchanged, text(&short)], Some(&before));
            prop_assert_eq!(now, SECRET.held(&new, &[long, text(&short)], None));
        }
    }

    #[test]
    fn empty_is_neither_a_text_nor_nothing() {
        let held = |cells: &[Cell]| SECRET.held("1", cells, None).unwrap().sum;
        assert_ne!(held(&[Cell::Empty]), held(&[text("")]));
        assert_ne!(held(&[]), 0);
        assert_eq!(SECRET.held("1", &[Cell::Unchanged], None), Err(Unknown));
    }
}
