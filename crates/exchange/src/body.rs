//! Bodies: short ones in memory, long ones in a file without a name that vanishes with its last user.

mod fed;

use std::path::Path;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use http_body_util::combinators::BoxBody;
use model::fault::Fault;
use tokio::fs::File;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use trust::digest::BodyDigest;

use crate::budget::{Budget, Share};

pub use fed::Fed;
pub(crate) use fed::{Parts, channel, the_end};

use fed::file_body;

/// A body is held in memory up to here. What most exchanges carry is far below.
pub const MEMORY_BYTES: usize = 64 * 1024;

/// How fast whoever sends a body must be, on the average of the time in which it is waited for.
pub(crate) const BYTES_PER_SECOND: u32 = 512;

/// What callers send.
pub type InBody = trust::listen::Received;
/// What our own servers and clients send.
pub type OutBody = BoxBody<Bytes, std::io::Error>;

/// Limits on receiving a body.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most bytes.
    pub bytes: u64,
    /// Longest wait for the next part. Twice as long nobody has to account for; beyond that there is a pace to keep.
    pub idle: Duration,
}

/// How long a body's sender has been waited for, less what it has earned by sending. A pause is short enough each time, and bytes that
/// drip would hold an exchange for good; a body that keeps the pace may take as long as it needs.
pub(crate) struct BodyTimeout {
    idle: Duration,
    owed: Duration,
}

impl BodyTimeout {
    pub(crate) fn new(idle: Duration) -> Self {
        Self { idle, owed: Duration::ZERO }
    }

    /// The next frame of a body.
    pub(crate) async fn next<B>(&mut self, body: &mut B) -> Result<Option<Frame<Bytes>>, BodyError>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: std::fmt::Display,
    {
        let (began, left) = (Instant::now(), (self.idle * 2).saturating_sub(self.owed));
        let frame = tokio::time::timeout(self.idle.min(left), body.frame()).await.map_err(|_| {
            if left < self.idle { BodyError::Slow } else { BodyError::Stalled(self.idle.as_secs()) }
        })?;
        let frame = frame.transpose().map_err(|error| BodyError::Broken(error.to_string()))?;
        let bytes = frame.as_ref().and_then(Frame::data_ref).map_or(0, Bytes::len);
        let earned = Duration::from_micros(bytes as u64 * 1_000_000 / u64::from(BYTES_PER_SECOND));
        self.owed = (self.owed + began.elapsed()).saturating_sub(earned);
        Ok(frame)
    }
}

/// Where the bodies of a party are put while they are here, within the node's budget.
#[derive(Clone, Copy)]
pub struct Room<'a> {
    /// The folder for long ones.
    pub spool: &'a Path,
    /// What all may take.
    pub budget: &'a Budget,
    /// Whose they are.
    pub party: &'a str,
}

/// Why a body was not received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyError {
    /// Over the limit.
    TooLarge(u64),
    /// Nothing came for so many seconds.
    Stalled(u64),
    /// It came, and more slowly than anybody waits for.
    Slow,
    /// The sender broke off.
    Broken(String),
    /// There was no room for it: its sender has too many here, or all have.
    NoRoom,
    /// The node could not keep it.
    Disk(String),
}

impl BodyError {
    /// The fault that it is to whoever sent the body.
    #[must_use]
    pub fn of_caller(self) -> Fault {
        match self {
            Self::TooLarge(limit_bytes) => Fault::BodyTooLarge { limit_bytes },
            Self::Stalled(seconds) => Fault::BodyStalled { seconds },
            Self::Slow => Fault::BodyBroken { why: format!("under {BYTES_PER_SECOND} bytes/s") },
            Self::Broken(why) => Fault::BodyBroken { why },
            Self::NoRoom => Fault::Overloaded {},
            Self::Disk(why) => Fault::Internal { why },
        }
    }
}

/// A body that was received whole.
#[derive(Debug)]
pub enum Kept {
    /// Short.
    Memory(Bytes),
    /// Long.
    File {
        /// The file, without a name.
        file: File,
        /// Its length.
        bytes: u64,
        /// What it takes of the spool.
        share: Share,
    },
}

/// A received body with what came behind it.
#[derive(Debug)]
pub struct Received {
    /// All of it, in memory or in a file without a name.
    pub body: Kept,
    /// Its digest, `sha-256=:…:`.
    pub digest: String,
    /// What came behind it: digest and signature of a long one.
    pub trailers: Option<HeaderMap>,
}

impl Kept {
    /// Its length.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { bytes, .. } => *bytes,
        }
    }

    /// Makes it a body to send on.
    #[must_use]
    pub fn into_body(self) -> OutBody {
        match self {
            Self::Memory(bytes) => whole(bytes),
            Self::File { file, bytes, share } => file_body(file, bytes, share),
        }
    }
}

/// A body that is all there.
#[must_use]
pub fn whole(bytes: impl Into<Bytes>) -> OutBody {
    http_body_util::Full::new(bytes.into()).map_err(|never| match never {}).boxed()
}

/// Receives a body to its end.
///
/// # Errors
/// [`BodyError`].
pub async fn receive<B>(body: B, limits: Limits, room: Room<'_>) -> Result<Received, BodyError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    check_length(&body, limits)?;
    let mut receiver = Receiver::new(body, limits);
    let mut short = BytesMut::new();
    let mut share = room.budget.memory(room.party);
    while let Some(data) = receiver.next().await? {
        if !share.grow(data.len()) {
            return Err(BodyError::NoRoom);
        }
        // A body of one part is kept as it came.
        if short.is_empty() && data.len() <= MEMORY_BYTES && receiver.body.is_end_stream() {
            return Ok(receiver.finish(Kept::Memory(share.hold(data))));
        }
        short.extend_from_slice(&data);
        if short.len() > MEMORY_BYTES {
            return receiver.spill(short, room).await;
        }
    }
    Ok(receiver.finish(Kept::Memory(share.hold(short.freeze()))))
}

/// Receives a body into memory, however long within its limits. What comes behind it means nothing.
///
/// # Errors
/// [`BodyError`].
pub async fn in_memory<B>(body: B, limits: Limits, room: Room<'_>) -> Result<Bytes, BodyError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let mut receiver = Receiver::new(body, limits);
    let mut whole = BytesMut::new();
    let mut share = room.budget.memory(room.party);
    while let Some(data) = receiver.next().await? {
        if !share.grow(data.len()) {
            return Err(BodyError::NoRoom);
        }
        whole.extend_from_slice(&data);
    }
    Ok(share.hold(whole.freeze()))
}

/// Refuses a body that says beforehand that it is too large.
pub(crate) fn check_length(body: &impl Body, limits: Limits) -> Result<(), BodyError> {
    if body.size_hint().lower() > limits.bytes { Err(BodyError::TooLarge(limits.bytes)) } else { Ok(()) }
}

struct Receiver<B> {
    body: B,
    limits: Limits,
    timeout: BodyTimeout,
    digest: BodyDigest,
    bytes: u64,
    trailers: Option<HeaderMap>,
}

impl<B> Receiver<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    fn new(body: B, limits: Limits) -> Self {
        let (timeout, digest) = (BodyTimeout::new(limits.idle), BodyDigest::default());
        Self { body, limits, timeout, digest, bytes: 0, trailers: None }
    }

    /// The next data, counted and digested; trailers are put aside.
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            let Some(frame) = self.timeout.next(&mut self.body).await? else { return Ok(None) };
            match frame.into_data() {
                Ok(data) => {
                    self.bytes += data.len() as u64;
                    if self.bytes > self.limits.bytes {
                        return Err(BodyError::TooLarge(self.limits.bytes));
                    }
                    self.digest.update(&data);
                    return Ok(Some(data));
                }
                Err(frame) => self.trailers = frame.into_trailers().ok(),
            }
        }
    }

    async fn spill(mut self, begun: BytesMut, room: Room<'_>) -> Result<Received, BodyError> {
        let disk = |error: std::io::Error| BodyError::Disk(error.to_string());
        let mut share = room.budget.spool(room.party);
        let mut file = unnamed(room.spool).await.map_err(disk)?;
        let mut next = Some(begun.freeze());
        while let Some(data) = next {
            if !share.grow(data.len()) {
                return Err(BodyError::NoRoom);
            }
            file.write_all(&data).await.map_err(disk)?;
            next = self.next().await?;
        }
        file.flush().await.map_err(disk)?;
        file.rewind().await.map_err(disk)?;
        let bytes = self.bytes;
        Ok(self.finish(Kept::File { file, bytes, share }))
    }

    fn finish(self, body: Kept) -> Received {
        Received { body, digest: self.digest.finish(), trailers: self.trailers }
    }
}

/// A file that has no name any more when this returns.
async fn unnamed(folder: &Path) -> std::io::Result<File> {
    let folder = folder.to_owned();
    let file = tokio::task::spawn_blocking(move || tempfile::tempfile_in(folder)).await??;
    Ok(File::from_std(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of so many parts of so many bytes, one every 20 ms, from whoever may pause for half a second.
    async fn fed_by_parts_of(bytes: usize, count: usize) -> Result<Received, BodyError> {
        let (parts, fed) = channel();
        tokio::spawn(async move {
            for _ in 0..count {
                tokio::time::sleep(Duration::from_millis(20)).await;
                if parts.send(Ok(Frame::data(vec![7; bytes].into()))).await.is_err() {
                    return;
                }
            }
            let _ = parts.send(Ok(the_end())).await;
        });
        let (limits, budget) =
            (Limits { bytes: 1 << 20, idle: Duration::from_millis(500) }, Budget::new(1 << 20));
        receive(fed, limits, Room { spool: Path::new("/nowhere"), budget: &budget, party: "a" }).await
    }

    #[tokio::test]
    async fn who_drips_is_let_go_and_who_keeps_the_pace_may_take_long() {
        // Whoever drips for ever: that there is an answer says that it was not waited for.
        assert_eq!(fed_by_parts_of(1, usize::MAX).await.unwrap_err(), BodyError::Slow);
        // Five times the pace, so that a machine that is busy elsewhere is none that drips.
        let pace = BYTES_PER_SECOND / 50;
        let kept = fed_by_parts_of(5 * pace as usize, 75).await.unwrap().body;
        assert_eq!(kept.bytes(), u64::from(375 * pace));
    }

    #[tokio::test]
    async fn a_fed_body_whose_task_is_gone_has_broken_off() {
        for whole in [true, false] {
            let (parts, fed) = channel();
            tokio::spawn(async move {
                let _ = parts.send(Ok(Frame::data(Bytes::from_static(b"a")))).await;
                if whole {
                    let _ = parts.send(Ok(the_end())).await;
                }
            });
            let limits = Limits { bytes: 100, idle: Duration::from_secs(9) };
            let budget = Budget::new(100);
            let room = Room { spool: Path::new("/nowhere"), budget: &budget, party: "a" };
            let received = receive(fed, limits, room).await;
            assert_eq!(received.is_ok(), whole, "{received:?}");
        }
    }
}
