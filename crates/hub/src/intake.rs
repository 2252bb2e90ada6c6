//! What may come in: bodies within a budget of bytes, each at most as large as its sender's right needs; and heavy work a few at a
//! time, away from the threads that answer.
//!
//! A body is read by [`take`], and by nothing else. Who sends it is known before: a stranger's body is short and comes out of a small
//! budget of strangers', so that they cannot use up what officers need; short bodies of those who are known have another budget than long
//! ones, and of long ones an agency sends one at a time. The first bytes of every body are in no budget, since connections and their
//! requests are counted: so a sign-in always comes through.

use std::collections::HashSet;
use std::ops::Deref;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::FromRequest;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use model::fault::Fault;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Hub;
use crate::api::Problem;

/// Largest body of who is not signed in. A sign-in, and two certificate requests, are a few hundred bytes each.
pub(crate) const STRANGERS_BODY: usize = 16 * 1024;
/// Largest body of what is short by nature.
pub(crate) const SHORT_BODY: usize = 64 * 1024;
/// Largest form of a page, and what is as long as one: somebody whose session has ended carries along what they had typed.
pub const FORM: usize = 256 * 1024;
/// Largest form of whoever is signed in.
pub const LONG_FORM: usize = 2 * 1024 * 1024;
/// Largest body with one thing of the registry: the code list of all communes is some 2 MB.
pub(crate) const ONE_THING: usize = 4 * 1024 * 1024;
/// Largest body with many things. A registry of the whole State as documents is some 200 MB; it is loaded in parts.
pub(crate) const MANY_THINGS: usize = 16 * 1024 * 1024;

/// What of each body is in no budget.
const FREE: usize = 4 * 1024;
/// Bytes of strangers' bodies in memory at once.
static STRANGERS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(4 * 1024 * 1024)));
/// Bytes of short bodies of those who are known.
static SHORT: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(16 * 1024 * 1024)));
/// Bytes of their long bodies: two of the largest. What is made of one in reading it is some five times as large.
static LONG: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(2 * MANY_THINGS)));
/// Who is sending a long body.
static SENDING: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
/// Heavy works at a time.
static HEAVY: Semaphore = Semaphore::const_new(2);
/// How long somebody waits for a place before they are told to come again.
const PATIENCE: Duration = Duration::from_secs(20);
/// When they are told to, in seconds.
pub(crate) const COME_AGAIN: i64 = 5;
/// Longest time that a body may take to arrive: a stranger's, a short one, a long one. A connection asks for a pace beside that.
const ARRIVAL: [Duration; 3] = [Duration::from_secs(20), Duration::from_secs(60), Duration::from_secs(180)];

/// Who sends a request: put among its extensions by whatever recognised them.
#[derive(Debug, Clone)]
pub(crate) struct Sender(pub(crate) String);

/// A body that was read, of `MAX_BYTES` at most.
pub(crate) struct Body<const MAX_BYTES: usize = SHORT_BODY>(pub(crate) Taken);

impl<const MAX_BYTES: usize> FromRequest<Arc<Hub>> for Body<MAX_BYTES> {
    type Rejection = Problem;

    async fn from_request(request: axum::extract::Request, _: &Arc<Hub>) -> Result<Self, Problem> {
        let sender = request.extensions().get::<Sender>().map(|Sender(name)| name.clone());
        let max = if sender.is_some() { MAX_BYTES } else { MAX_BYTES.min(STRANGERS_BODY) };
        Ok(Self(take(request.into_body(), sender.as_deref(), max).await?))
    }
}

/// Bytes that were read. They count as long as this is held.
pub struct Taken {
    bytes: Vec<u8>,
    places: Option<OwnedSemaphorePermit>,
    _turn: Option<Turn>,
}

impl Deref for Taken {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// One agency's turn to send a long body.
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

/// Reads a body of `max` bytes at most. `sender` is the agency of whoever was recognised, or the hub; none: a stranger.
///
/// # Errors
/// [`Fault::BodyTooLarge`], [`Fault::HubBusy`], [`Fault::BadDocument`].
pub async fn take(body: axum::body::Body, sender: Option<&str>, max: usize) -> Result<Taken, Fault> {
    let hint = body.size_hint();
    if hint.lower() > max as u64 {
        return Err(Fault::BodyTooLarge { limit_bytes: max as u64 });
    }
    let expected = hint.exact().and_then(|exact| usize::try_from(exact).ok()).unwrap_or(max);
    let (taken, budget, arrival) = match sender {
        // A long body waits for its whole place before its first byte is taken: half of one in memory helps nobody.
        Some(sender) if expected > SHORT_BODY => {
            let (turn, places) = (Turn::take(sender)?, all(&LONG, expected).await?);
            (Taken { bytes: Vec::new(), places: Some(places), _turn: Some(turn) }, None, ARRIVAL[2])
        }
        Some(_) => (Taken { bytes: Vec::new(), places: None, _turn: None }, Some(&*SHORT), ARRIVAL[1]),
        None => (Taken { bytes: Vec::new(), places: None, _turn: None }, Some(&*STRANGERS), ARRIVAL[0]),
    };
    let slow = |_| Fault::BadDocument { place: "body".into(), why: "quá chậm | too slow".into() };
    tokio::time::timeout(arrival, collect(body, taken, budget, max)).await.map_err(slow)?
}

async fn collect(
    mut body: axum::body::Body,
    mut taken: Taken,
    budget: Option<&Arc<Semaphore>>,
    max: usize,
) -> Result<Taken, Fault> {
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|error| Fault::BadDocument { place: "body".into(), why: error.to_string() })?;
        let Ok(data) = frame.into_data() else { continue };
        let length = taken.bytes.len() + data.len();
        if length > max {
            return Err(Fault::BodyTooLarge { limit_bytes: max as u64 });
        }
        if let Some(budget) = budget.filter(|_| length > FREE && !data.is_empty()) {
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
    tokio::time::timeout(PATIENCE, wanted).await.ok().and_then(Result::ok).ok_or_else(busy)
}

/// Does what takes long or much memory: reading documents and tables, drawing graphs. A few at a time, on threads of their own, so that
/// those who ask for little are answered meanwhile.
///
/// # Errors
/// [`Fault::HubBusy`] if no place is free in time; whatever the work says.
pub(crate) async fn heavy<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let place = tokio::time::timeout(PATIENCE, HEAVY.acquire()).await.ok().and_then(Result::ok);
    let place = place.ok_or_else(busy)?;
    let done = tokio::task::spawn_blocking(move || {
        // Held until the work is done, whether or not somebody still waits for it.
        let _place = place;
        work()
    });
    done.await.map_err(|error| Fault::Internal { why: error.to_string() })?
}

fn busy() -> Fault {
    Fault::HubBusy {}
}
