//! Calls under way at the services behind a node, counted by grant and caller: whoever has many that take long waits for their own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Calls of one caller by one grant at once. Half of what one connection of a peer carries, so that its other grants go on.
const PER_GRANT: usize = 512;

/// Slots by grant.
#[derive(Default)]
pub(crate) struct Slots(Arc<Mutex<HashMap<String, usize>>>);

/// A slot, free again when it is dropped.
pub(crate) struct Slot {
    slots: Arc<Mutex<HashMap<String, usize>>>,
    grant: String,
}

impl Slots {
    /// Calls under way, of all grants.
    #[must_use]
    pub(crate) fn taken(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    /// A slot for one more call of a grant, if there is one.
    #[must_use]
    pub(crate) fn take(&self, grant: &str) -> Option<Slot> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(grant.to_owned()).or_default();
        if *count >= PER_GRANT {
            return None;
        }
        *count += 1;
        Some(Slot { slots: self.0.clone(), grant: grant.to_owned() })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.grant) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.grant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_has_its_own_slots_only() {
        let slots = Slots::default();
        let held: Vec<Slot> = (0..PER_GRANT).filter_map(|_| slots.take("a")).collect();
        assert!(held.len() == PER_GRANT && slots.take("a").is_none() && slots.take("b").is_some());
        drop(held);
        assert!(slots.take("a").is_some());
    }
}
