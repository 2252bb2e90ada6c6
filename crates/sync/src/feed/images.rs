//! What receivers hold, as a feed asks for it.

use std::collections::{BTreeMap, BTreeSet};

use model::merkle::Hash;

use crate::held::{Held, Sums};
use crate::line::Key;
use crate::view::Difference;

/// What receivers hold, kept by whoever drives the feed. What is applied counts, with the checkpoint, when it is committed, all or nothing.
pub trait Images {
    /// Why it cannot be read or written.
    type Error: std::error::Error + Send + Sync + 'static;

    /// What is held of records.
    ///
    /// # Errors
    /// As it fails, here and in all that follows.
    fn held(&mut self, view: &str, keys: &BTreeSet<Key>) -> Result<BTreeMap<Key, Option<Held>>, Self::Error>;
    /// The sum of all that is held of a view.
    ///
    /// # Errors
    /// As above.
    fn sum(&mut self, view: &str) -> Result<u128, Self::Error>;
    /// Takes a difference in.
    ///
    /// # Errors
    /// As above.
    fn apply(&mut self, view: &str, difference: &Difference) -> Result<(), Self::Error>;
    /// Notes that rows were seen, since [`Images::unseen`] was asked or never.
    ///
    /// # Errors
    /// As above.
    fn see(&mut self, view: &str, keys: &BTreeSet<Key>) -> Result<(), Self::Error>;
    /// Those that were not, and none has been seen from now on.
    ///
    /// # Errors
    /// As above.
    fn unseen(&mut self, view: &str) -> Result<BTreeSet<Key>, Self::Error>;
    /// The sums of the heaps of [`crate::held::Secret::heap`], without those that are zero.
    ///
    /// # Errors
    /// As above.
    fn heaps(&mut self, view: &str) -> Result<BTreeMap<u16, u128>, Self::Error>;
    /// The records of a heap.
    ///
    /// # Errors
    /// As above.
    fn of_heap(&mut self, view: &str, heap: u16) -> Result<Sums, Self::Error>;
    /// Where a view's chain begins; none: what is held was not read whole.
    ///
    /// # Errors
    /// As above.
    fn base(&mut self, view: &str) -> Result<Option<Base>, Self::Error>;
    /// Writes that down.
    ///
    /// # Errors
    /// As above.
    fn set_base(&mut self, view: &str, base: Option<Base>) -> Result<(), Self::Error>;
    /// The last commit that is taken in.
    ///
    /// # Errors
    /// As above.
    fn checkpoint(&mut self) -> Result<u64, Self::Error>;
    /// All of it counts from now on.
    ///
    /// # Errors
    /// As above.
    fn commit(&mut self, checkpoint: u64) -> Result<(), Self::Error>;
}

/// A place in a view's chain from which it can be reckoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Base {
    /// Behind this commit.
    pub commit: u64,
    /// The head there.
    pub head: Hash,
}
