//! Bodies of requests: within a budget of bytes, each at most as large as its sender's right needs.
//!
//! A body is read by [`take`], and by nothing else. Who sends it is known before: a stranger's body is short and comes out of a small
//! budget of strangers', so that they cannot use up what officers need; short bodies of those who are known have another budget than long
//! ones, and of neither one agency has more than a part. The first bytes of every body are in no budget, since connections and their
//! requests are counted: so a sign-in always comes through.

use std::collections::{HashMap, HashSet};
use std::ops::Deref;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::FromRequest;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use model::fault::{Fault, Words};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::hub::Hub;
use crate::pool::{WAIT, busy};
use crate::texts;
use crate::web::problem::Problem;

/// Largest body of who is not signed in. A sign-in, and two certificate requests, are a few hundred bytes each.
pub(crate) const STRANGERS_BODY: usize = 16 * 1024;
/// Largest body of what is short by nature.
pub(crate) const SHORT_BODY: usize = 64 * 1024;
/// Largest form of a page, and what is as long as one: somebody whose session has ended carries along what they had typed.
pub const FORM: usize = 256 * 1024;
/// Largest form of whoever is signed in.
pub const LONG_FORM: usize = 2 * 1024 * 1024;
/// Largest body with one thing of the registry: the code list of all communes is some 2 MB.
pub const ONE_THING: usize = 4 * 1024 * 1024;
/// Largest body with many things. A registry of the whole State as documents is some 200 MB; it is loaded in parts.
pub(crate) const MANY_THINGS: usize = 16 * 1024 * 1024;

/// What of each body is in no budget.
const FREE: usize = 4 * 1024;
/// Bytes of strangers' bodies in memory at once.
static STRANGERS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(4 * 1024 * 1024)));
/// Bytes of short bodies of those who are known.
static SHORT: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(16 * 1024 * 1024)));
/// What of them one agency has at most.
const SHORT_OF_ONE: usize = 4 * 1024 * 1024;
/// Bytes of their long bodies: three of the largest. What is made of one in reading it is some five times as large.
static LONG: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(3 * MANY_THINGS)));
/// What of them one agency has at most: one of the largest.
const LONG_OF_ONE: usize = MANY_THINGS;
/// What each agency has of short bodies and of long ones, and whose accounts are sending a long one.
static SHARES: LazyLock<Mutex<HashMap<(String, bool), usize>>> = LazyLock::new(Mutex::default);
static SENDING: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
/// Longest time that a body may take to arrive: a stranger's, a short one, a long one. A connection asks for a pace beside that.
const ARRIVAL: [Duration; 3] = [Duration::from_secs(20), Duration::from_secs(60), Duration::from_secs(180)];

/// Who sends a request: put among its extensions by whatever recognised them.
#[derive(Debug, Clone)]
pub struct Sender {
    account: String,
    agency: String,
}

impl Sender {
    /// Somebody of an agency, or a node of it. Whoever has none, the hub's people, stands for themselves.
    #[must_use]
    pub fn new(account: &str, agency: Option<&str>) -> Self {
        Self { account: account.to_owned(), agency: agency.unwrap_or(account).to_owned() }
    }
}

/// A body that was read, of `MAX_BYTES` at most.
pub(crate) struct Body<const MAX_BYTES: usize = SHORT_BODY>(pub(crate) Taken);

impl<const MAX_BYTES: usize> FromRequest<Arc<Hub>> for Body<MAX_BYTES> {
    type Rejection = Problem;

    async fn from_request(request: axum::extract::Request, _: &Arc<Hub>) -> Result<Self, Problem> {
        let sender = request.extensions().get::<Sender>().cloned();
        let max = if sender.is_some() { MAX_BYTES } else { MAX_BYTES.min(STRANGERS_BODY) };
        Ok(Self(take(request.into_body(), sender.as_ref(), max).await?))
    }
}

/// Bytes that were read. They count as long as this is held.
pub struct Taken {
    bytes: Vec<u8>,
    places: Option<OwnedSemaphorePermit>,
    share: Option<Share>,
    _turn: Option<Turn>,
}

impl Deref for Taken {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// What an agency has of a budget.
struct Share {
    agency: String,
    is_long: bool,
    bytes: usize,
}

impl Share {
    fn of(sender: &Sender, is_long: bool) -> Self {
        Self { agency: sender.agency.clone(), is_long, bytes: 0 }
    }

    fn grow(&mut self, bytes: usize) -> Result<(), Fault> {
        let most = if self.is_long { LONG_OF_ONE } else { SHORT_OF_ONE };
        let mut shares = SHARES.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = shares.entry((self.agency.clone(), self.is_long)).or_default();
        if *taken + bytes > most {
            return Err(busy());
        }
        *taken += bytes;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut shares = SHARES.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (std::mem::take(&mut self.agency), self.is_long);
        if let Some(taken) = shares.get_mut(&key) {
            *taken -= self.bytes;
            if *taken == 0 {
                shares.remove(&key);
            }
        }
    }
}

/// One account's turn to send a long body.
struct Turn(String);

impl Turn {
    fn take(sender: &str) -> Result<Self, Fault> {
        let mut sending = SENDING.lock().unwrap_or_else(PoisonError::into_inner);
        if sending.insert(sender.to_owned()) { Ok(Self(sender.to_owned())) } else { Err(busy()) }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        SENDING.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// Reads a body of `max` bytes at most. `sender` is whoever was recognised; none: a stranger.
///
/// # Errors
/// [`Fault::BodyTooLarge`], [`Fault::HubBusy`], [`Fault::BadDocument`].
pub async fn take(body: axum::body::Body, sender: Option<&Sender>, max: usize) -> Result<Taken, Fault> {
    let hint = body.size_hint();
    if hint.lower() > max as u64 {
        return Err(Fault::BodyTooLarge { limit_bytes: max as u64 });
    }
    let expected = hint.exact().and_then(|exact| usize::try_from(exact).ok()).unwrap_or(max);
    let mut taken = Taken { bytes: Vec::new(), places: None, share: None, _turn: None };
    let (budget, arrival) = match sender {
        // A long body waits for its whole place before its first byte is taken: half of one in memory helps nobody.
        Some(sender) if expected > SHORT_BODY => {
            taken._turn = Some(Turn::take(&sender.account)?);
            taken.share.insert(Share::of(sender, true)).grow(expected)?;
            taken.places = Some(all(&LONG, expected).await?);
            (None, ARRIVAL[2])
        }
        Some(sender) => {
            taken.share = Some(Share::of(sender, false));
            (Some(&*SHORT), ARRIVAL[1])
        }
        None => (Some(&*STRANGERS), ARRIVAL[0]),
    };
    let slow = |_| Fault::BadDocument { place: Words::quoted("body"), why: texts::too_slow() };
    tokio::time::timeout(arrival, collect(body, taken, budget, max)).await.map_err(slow)?
}

async fn collect(
    mut body: axum::body::Body,
    mut taken: Taken,
    budget: Option<&Arc<Semaphore>>,
    max: usize,
) -> Result<Taken, Fault> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Fault::BadDocument {
            place: Words::quoted("body"),
            why: Words::quoted(error),
        })?;
        let Ok(data) = frame.into_data() else { continue };
        let length = taken.bytes.len() + data.len();
        if length > max {
            return Err(Fault::BodyTooLarge { limit_bytes: max as u64 });
        }
        if let Some(budget) = budget.filter(|_| length > FREE && !data.is_empty()) {
            if let Some(share) = &mut taken.share {
                share.grow(data.len())?;
            }
            let more = u32::try_from(data.len()).unwrap_or(u32::MAX);
            let more = budget.clone().try_acquire_many_owned(more).map_err(|_| busy())?;
            match &mut taken.places {
                Some(places) => places.merge(more),
                None => taken.places = Some(more),
            }
        }
        taken.bytes.extend_from_slice(&data);
    }
    Ok(taken)
}

async fn all(budget: &Arc<Semaphore>, bytes: usize) -> Result<OwnedSemaphorePermit, Fault> {
    let wanted = budget.clone().acquire_many_owned(u32::try_from(bytes).unwrap_or(u32::MAX));
    tokio::time::timeout(WAIT, wanted).await.ok().and_then(Result::ok).ok_or_else(busy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_who_come_from_an_agency_share_what_it_has() {
        let agency = Some("VN/GOV/G99");
        let all = ["VN/GOV/G99/nut-1", "VN/GOV/G99/nut-2", "ky-su"].map(|name| Sender::new(name, agency));
        let mut first = Share::of(&all[0], true);
        first.grow(LONG_OF_ONE - 1).unwrap();
        for other in &all[1..] {
            assert!(matches!(Share::of(other, true).grow(2), Err(Fault::HubBusy {})));
        }
        // What another has, and short bodies, are not touched by it; and what is given back is there again.
        Share::of(&Sender::new("khac", None), true).grow(2).unwrap();
        Share::of(&all[1], false).grow(2).unwrap();
        drop(first);
        Share::of(&all[1], true).grow(LONG_OF_ONE).unwrap();
    }
}
