//! Turns at a dataset's source, by grant. One whose questions take long waits for itself: it has half of the source's connections at most.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Longest wait for a turn.
const WAIT: Duration = Duration::from_secs(5);

/// The turns of grants. There are as many as the directory has had.
pub(super) struct Turns {
    of_one: usize,
    by_grant: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Turns {
    /// At a source with so many connections.
    pub(super) fn new(connections: u32) -> Self {
        Self { of_one: (connections / 2).max(1) as usize, by_grant: Mutex::default() }
    }

    /// Waits for a turn of the grant; none: too many of its own questions are before it.
    pub(super) async fn take(&self, grant: &str) -> Option<OwnedSemaphorePermit> {
        let turns = {
            let mut by_grant = self.by_grant.lock().unwrap_or_else(PoisonError::into_inner);
            match by_grant.get(grant) {
                Some(turns) => turns.clone(),
                None => {
                    by_grant.entry(grant.to_owned()).or_insert(Arc::new(Semaphore::new(self.of_one))).clone()
                }
            }
        };
        tokio::time::timeout(WAIT, turns.acquire_owned()).await.ok()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slow_grant_waits_for_itself_only() {
        let turns = Turns::new(4);
        let held = [turns.take("slow").await, turns.take("slow").await];
        assert!(held.iter().all(Option::is_some));
        assert!(tokio::time::timeout(Duration::from_millis(50), turns.take("slow")).await.is_err());
        assert!(turns.take("another").await.is_some());
        drop(held);
        assert!(turns.take("slow").await.is_some());
    }
}
