//! Heavy work: a few pieces at a time, away from the threads that answer; and turns, where something is done one at a time.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use model::fault::Fault;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Heavy works at a time: what changes something; what is drawn for reading, whose end nothing waits for.
static HEAVY: Semaphore = Semaphore::const_new(HEAVY_PLACES);
static DRAWING: Semaphore = Semaphore::const_new(DRAWING_PLACES);
const HEAVY_PLACES: usize = 2;
const DRAWING_PLACES: usize = 1;
/// Of drawings an account has one at a time.
static DRAWERS: LazyLock<Turns> = LazyLock::new(Turns::default);
/// How long somebody waits for a place before they are told to come again.
pub(crate) const WAIT: Duration = Duration::from_secs(20);

/// One at a time of each name: who asks for much waits behind themselves.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<String, Arc<Semaphore>>>);

impl Turns {
    /// How many wait for the turn of `name` or have it.
    #[cfg(test)]
    pub(crate) fn taken(&self, name: &str) -> usize {
        let turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.get(name).map_or(0, |turn| Arc::strong_count(turn) - 1)
    }

    /// Waits for the turn of `name`, which lasts until what is returned is dropped.
    ///
    /// # Errors
    /// [`Fault::HubBusy`] if those before take too long.
    pub(crate) async fn take(&self, name: &str) -> Result<OwnedSemaphorePermit, Fault> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Whoever waits or works holds theirs.
            turns.retain(|known, turn| known == name || Arc::strong_count(turn) > 1);
            turns.entry(name.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(1))).clone()
        };
        tokio::time::timeout(WAIT, turn.acquire_owned()).await.ok().and_then(Result::ok).ok_or_else(busy)
    }
}

/// Does what takes long or much memory and leads to a change: reading documents and tables. A few at a time, on threads of their own, so
/// that those who ask for little are answered meanwhile.
///
/// # Errors
/// [`Fault::HubBusy`] if no place is free in time; whatever the work says.
pub(crate) async fn heavy<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    apart(&HEAVY, work).await
}

/// The same for what is drawn for somebody to read, tables and graphs: one at a time for each account, and never in the way of changes.
///
/// # Errors
/// As [`heavy`].
pub(crate) async fn draw<T: Send + 'static>(
    account: &str,
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let _turn = DRAWERS.take(account).await?;
    apart(&DRAWING, work).await
}

/// Heavy works that are being done, each kind with how many may be.
pub(crate) fn taken() -> [(&'static str, usize, usize); 2] {
    let of =
        |kind, places: &Semaphore, most: usize| (kind, most.saturating_sub(places.available_permits()), most);
    [of("change", &HEAVY, HEAVY_PLACES), of("draw", &DRAWING, DRAWING_PLACES)]
}

async fn apart<T: Send + 'static>(
    places: &'static Semaphore,
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let place = tokio::time::timeout(WAIT, places.acquire()).await.ok().and_then(Result::ok);
    let place = place.ok_or_else(busy)?;
    let done = tokio::task::spawn_blocking(move || {
        // Held until the work is done, whether or not somebody still waits for it.
        let _place = place;
        work()
    });
    done.await.map_err(|error| Fault::Internal { why: error.to_string() })?
}

/// What whoever has waited too long is told.
pub(crate) fn busy() -> Fault {
    Fault::HubBusy {}
}
