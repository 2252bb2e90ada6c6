//! Reading from connections: each gives way to the others after a while, and strangers are read no faster than their address may send.
//! What is not read waits at the sender, so that a flood costs whoever sends it, and not those who wait beside it.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::{Connection, lock};

/// What is read of a connection before the others have their turn: a record of TLS. Whoever fills it with the smallest frames that HTTP/2 has
/// gets some two thousand of them handled.
const TURN_BYTES: usize = 16 * 1024;
/// So much may come at once from an address that was quiet.
const BURST: Duration = Duration::from_secs(1);
/// What is read of a stranger at a time, so that nobody owes more than a little.
const STRANGER_READ_BYTES: usize = 16 * 1024;
/// Addresses that are remembered before those are forgotten that owe nothing.
const REMEMBERED: usize = 10_000;

/// How long, and for how much, a connection stays open for whoever still sends the body of what was answered.
pub(super) const LINGER: Duration = Duration::from_secs(5);
pub(super) const LINGER_BYTES: usize = 1024 * 1024;

/// What a request, beside its bytes, and a handshake count as: so much work is in them, about, as in reading these.
pub(super) const REQUEST_BYTES: usize = 2 * 1024;
pub(super) const HANDSHAKE_BYTES: usize = 2 * 1024;

/// What the strangers of each address have sent.
pub(super) struct Allowances {
    bytes_per_second: u32,
    /// Until when an address would have sent what came from it, had it kept to its pace.
    paid_until: Mutex<HashMap<IpAddr, Instant>>,
}

impl Allowances {
    pub(super) fn new(bytes_per_second: u32) -> Self {
        Self { bytes_per_second: bytes_per_second.max(1), paid_until: Mutex::default() }
    }

    /// Notes what came.
    pub(super) fn take(&self, home: IpAddr, bytes: usize, now: Instant) {
        let mut all = lock(&self.paid_until);
        if all.len() >= REMEMBERED {
            all.retain(|_, paid| *paid > now);
        }
        let paid = all.entry(home).or_insert(now);
        *paid = (*paid).max(now)
            + Duration::from_micros(bytes as u64 * 1_000_000 / u64::from(self.bytes_per_second));
    }

    /// Until when nothing more is read.
    pub(super) fn waits_until(&self, home: &IpAddr, now: Instant) -> Option<Instant> {
        let paid = *lock(&self.paid_until).get(home)?;
        paid.checked_sub(BURST).filter(|until| *until > now)
    }
}

/// A stream that is read in turns, a stranger's at its pace.
pub(super) struct Tap<I> {
    stream: I,
    connection: Arc<Connection>,
    /// Read since somebody else had a turn.
    read: usize,
    wait: Option<Pin<Box<Sleep>>>,
    is_known: bool,
    /// Until when what still comes is read and dropped, since our half has ended; and how much was.
    lingers: Option<Pin<Box<Sleep>>>,
    dropped: usize,
}

impl<I> Tap<I> {
    pub(super) fn new(stream: I, connection: Arc<Connection>) -> Self {
        Self { stream, connection, read: 0, wait: None, is_known: false, lingers: None, dropped: 0 }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Tap<I> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        if tap.read >= TURN_BYTES {
            tap.read = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let polled = tap.poll_in_turn(context, buffer);
        tap.read = match &polled {
            Poll::Ready(Ok(read)) => tap.read + read,
            _ => 0,
        };
        polled.map_ok(|_| ())
    }
}

impl<I: AsyncRead + Unpin> Tap<I> {
    /// How many bytes came.
    fn poll_in_turn(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        self.is_known = self.is_known || self.connection.is_proven();
        if self.is_known {
            let before = buffer.filled().len();
            ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
            return Poll::Ready(Ok(buffer.filled().len() - before));
        }
        while let Some(until) = self.connection.waits_until() {
            let wait = self.wait.get_or_insert_with(|| Box::pin(sleep_until(until)));
            ready!(wait.as_mut().poll(context));
            self.wait = None;
        }
        let length = buffer.remaining().min(STRANGER_READ_BYTES);
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(length));
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut part))?;
        let read = part.filled().len();
        buffer.advance(read);
        self.connection.count(read);
        Poll::Ready(Ok(read))
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Tap<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Ends our half. Where somebody may still be sending the body of what was answered, the other half stays open for a while: a
    /// connection that is closed under what was not read is reset, and whoever is reset loses the answer that they had not read yet.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        let until = match &mut tap.lingers {
            Some(until) => until,
            None => {
                ready!(Pin::new(&mut tap.stream).poll_shutdown(context))?;
                if !tap.connection.is_sending() {
                    return Poll::Ready(Ok(()));
                }
                tap.lingers.insert(Box::pin(tokio::time::sleep(LINGER)))
            }
        };
        if until.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        // Nothing of it is kept. Beyond the bound it waits at the sender, who finds the answer meanwhile.
        while tap.dropped < LINGER_BYTES {
            let mut bytes = [0; 4096];
            let mut buffer = ReadBuf::new(&mut bytes);
            match ready!(Pin::new(&mut *tap).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => tap.dropped += buffer.filled().len(),
                _ => return Poll::Ready(Ok(())),
            }
        }
        Poll::Pending
    }
}
