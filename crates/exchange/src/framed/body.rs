//! Bodies that came in frames.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

use crate::framed::WINDOW;
use crate::framed::frame;
use crate::framed::link::Link;

/// A body of a message that came in a frame.
pub enum FramedBody {
    /// It was there whole.
    Inline(Bytes),
    /// It comes part by part.
    Long(LongBody),
}

/// A part of a long body, its trailers, or that it broke off.
pub(super) type Part = Result<Frame<Bytes>, std::io::Error>;
/// Where the parts of a long body are put. It has room for all that may be under way, and for the end.
pub(super) type Parts = mpsc::Sender<Part>;

/// A long body. Taking a part lets another come; dropping it early stops what comes.
pub struct LongBody {
    parts: mpsc::Receiver<Part>,
    link: Link,
    stream: u32,
    has_ended: bool,
}

impl LongBody {
    pub(super) fn new(link: Link, stream: u32) -> (Parts, Self) {
        let (sender, parts) = mpsc::channel(WINDOW + 1);
        (sender, Self { parts, link, stream, has_ended: false })
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Part>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let part = ready!(self.parts.poll_recv(context));
        let is_data = matches!(&part, Some(Ok(frame)) if frame.is_data());
        if is_data {
            self.link.send(frame::Frame::Credit(self.stream, 1));
        } else {
            self.has_ended = true;
        }
        Poll::Ready(match part {
            None => Some(Err(broke_off())),
            // Trailers without anything in them say only that this was all.
            Some(Ok(frame)) if frame.trailers_ref().is_some_and(HeaderMap::is_empty) => None,
            part => part,
        })
    }
}

/// What a body says that does not come to its end.
pub(super) fn broke_off() -> std::io::Error {
    std::io::Error::other("the body broke off")
}

impl Drop for LongBody {
    fn drop(&mut self) {
        if !self.has_ended {
            self.link.send(frame::Frame::Stop(self.stream));
        }
    }
}

impl Body for FramedBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Self::Inline(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Inline(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Long(long) => long.poll(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Inline(bytes) => bytes.is_empty(),
            Self::Long(long) => long.has_ended,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Inline(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Long(_) => SizeHint::default(),
        }
    }
}
