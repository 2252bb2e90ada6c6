//! Calls under way at the services behind a node, counted by grant: whoever has many that take long waits for their own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Calls of one grant at once. Half of what one connection of a peer carries, so that its other grants go on.
const PER_GRANT: usize = 512;

/// Places by grant.
#[derive(Default)]
pub(crate) struct Places(Arc<Mutex<HashMap<String, usize>>>);

/// A place, free again when it is dropped.
pub(crate) struct Place {
    places: Arc<Mutex<HashMap<String, usize>>>,
    grant: String,
}

impl Places {
    /// A place for one more call of a grant, if there is one.
    #[must_use]
    pub(crate) fn take(&self, grant: &str) -> Option<Place> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(grant.to_owned()).or_default();
        if *count >= PER_GRANT {
            return None;
        }
        *count += 1;
        Some(Place { places: self.0.clone(), grant: grant.to_owned() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock().unwrap_or_else(PoisonError::into_inner);
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
    fn a_grant_has_its_own_places_only() {
        let places = Places::default();
        let held: Vec<Place> = (0..PER_GRANT).filter_map(|_| places.take("a")).collect();
        assert!(held.len() == PER_GRANT && places.take("a").is_none() && places.take("b").is_some());
        drop(held);
        assert!(places.take("a").is_some());
    }
}
