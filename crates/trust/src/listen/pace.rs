//! The pace of bodies: how long a request has waited for the other side, which must take what we send and send what we take.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use super::{Connection, UnderWay, lock};

/// How fast the other side must take what we send and send what we take.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Time that nobody has to account for. What moved before earns no more than this: much at once, part of which lies in buffers on the
    /// way, is no licence to stand still afterwards.
    pub grace: Duration,
    /// Beyond it, so much at least in the time in which we wait for them.
    pub bytes_per_second: u32,
}

impl Pace {
    fn earned(self, bytes: usize) -> Duration {
        Duration::from_micros(bytes as u64 * 1_000_000 / u64::from(self.bytes_per_second.max(1)))
    }
}

/// How long one request's bodies have waited for the other side, less what it has moved.
pub(super) struct Meter {
    pace: Pace,
    waited: Mutex<Waited>,
}

#[derive(Default)]
struct Waited {
    owed: Duration,
    since: Option<Instant>,
}

impl Meter {
    pub(super) fn new(pace: Pace) -> Self {
        Self { pace, waited: Mutex::default() }
    }

    /// From now on the other side is waited for.
    fn wait(&self) {
        lock(&self.waited).since.get_or_insert_with(Instant::now);
    }

    /// It moved, or is not waited for any more.
    fn moved(&self, bytes: usize) {
        let mut waited = lock(&self.waited);
        if let Some(since) = waited.since.take() {
            waited.owed += since.elapsed();
        }
        waited.owed = waited.owed.saturating_sub(self.pace.earned(bytes));
    }

    pub(super) fn is_kept(&self, now: Instant) -> bool {
        let waited = lock(&self.waited);
        let waiting = waited.since.map_or(Duration::ZERO, |since| now.duration_since(since));
        waited.owed + waiting <= self.pace.grace
    }
}

/// The body of a request, with its clock.
pub struct Received {
    body: hyper::body::Incoming,
    meter: Arc<Meter>,
    /// A connection that has no other way to be rid of the body than to read it; none when it has been read.
    connection: Option<Arc<Connection>>,
}

impl Received {
    pub(super) fn new(
        body: hyper::body::Incoming,
        meter: Arc<Meter>,
        connection: Option<Arc<Connection>>,
    ) -> Self {
        Self { body, meter, connection }
    }

    /// Nobody sends anything of it any more.
    fn has_come(&mut self) {
        self.connection = None;
    }
}

impl Body for Received {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Pending => self.meter.wait(),
            Poll::Ready(Some(Ok(frame))) => self.meter.moved(frame.data_ref().map_or(0, Bytes::len)),
            Poll::Ready(_) => {
                self.meter.moved(0);
                self.has_come();
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        self.meter.moved(0);
        if let Some(connection) = self.connection.take().filter(|_| !self.body.is_end_stream()) {
            lock(&connection.state).is_sending = true;
        }
    }
}

/// The body of an answer, with its clock: given out in pieces, so that what was not yet taken is known.
pub(super) struct Sent<B> {
    body: B,
    rest: Bytes,
    under_way: UnderWay,
}

impl<B> Sent<B> {
    pub(super) fn new(body: B, under_way: UnderWay) -> Self {
        Self { body, rest: Bytes::new(), under_way }
    }
}

/// Largest piece of an answer that is handed over at a time.
const PIECE_BYTES: usize = 64 * 1024;

impl<B: Body<Data = Bytes> + Unpin> Body for Sent<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        // What was handed over before is taken: they want more.
        self.under_way.meter.moved(0);
        if self.rest.is_empty() {
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                other => return other,
            }
        }
        let length = self.rest.len().min(PIECE_BYTES);
        let piece = self.rest.split_to(length);
        self.under_way.meter.moved(length);
        self.under_way.meter.wait();
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (inner, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + rest);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}
