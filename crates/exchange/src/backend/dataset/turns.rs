//! Turns at a dataset's source, by the agency that asks. One whose questions take long waits for itself, by whichever of its grants it
//! asks: it has half of the source's connections at most.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::id::MemberId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Longest wait for a turn.
const WAIT: Duration = Duration::from_secs(5);

/// The turns of agencies. There are as many as the directory has had.
pub(super) struct Turns {
    of_one: usize,
    by_member: Mutex<HashMap<MemberId, Arc<Semaphore>>>,
}

/// A turn, which can be let to others for a while.
pub(super) struct Turn {
    all: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// At a source with so many connections.
    pub(super) fn new(connections: u32) -> Self {
        Self { of_one: (connections / 2).max(1) as usize, by_member: Mutex::default() }
    }

    /// Waits for a turn of the agency; none: too many of its own questions are before it.
    pub(super) async fn take(&self, member: &MemberId) -> Option<Turn> {
        let all = {
            let mut by_member = self.by_member.lock().unwrap_or_else(PoisonError::into_inner);
            match by_member.get(member) {
                Some(all) => all.clone(),
                None => {
                    by_member.entry(member.clone()).or_insert(Arc::new(Semaphore::new(self.of_one))).clone()
                }
            }
        };
        let mut turn = Turn { all, held: None };
        turn.come_again().await.then_some(turn)
    }
}

impl Turn {
    /// Lets the others go first for so long. False: too many are before it then.
    pub(super) async fn rest(&mut self, pause: Duration) -> bool {
        if pause.is_zero() {
            return true;
        }
        self.held = None;
        tokio::time::sleep(pause).await;
        self.come_again().await
    }

    async fn come_again(&mut self) -> bool {
        let taken = tokio::time::timeout(WAIT, self.all.clone().acquire_owned()).await;
        self.held = taken.ok().and_then(Result::ok);
        self.held.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slow_agency_waits_for_itself_only() {
        let [slow, another]: [MemberId; 2] = ["VN/LOC/H05".parse().unwrap(), "VN/GOV/G03".parse().unwrap()];
        let turns = Turns::new(4);
        let mut held = vec![turns.take(&slow).await.unwrap(), turns.take(&slow).await.unwrap()];
        assert!(tokio::time::timeout(Duration::from_millis(50), turns.take(&slow)).await.is_err());
        assert!(turns.take(&another).await.is_some());
        // Who has to wait for a reason of its own keeps nobody from asking.
        let mut resting = held.pop().unwrap();
        let (rested, between) = tokio::join!(resting.rest(Duration::from_millis(100)), async {
            turns.take(&slow).await.is_some()
        });
        assert!(rested && between);
        drop((held, resting));
        assert!(turns.take(&slow).await.is_some());
    }
}
