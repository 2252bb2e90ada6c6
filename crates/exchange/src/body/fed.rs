//! Bodies that another task feeds, part by part: from a file, from a source, or from whoever sends.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;

use crate::body::OutBody;
use crate::budget::Share;

/// Chunk in which a file is read and sent.
const CHUNK_BYTES: usize = 64 * 1024;

/// Where the parts of a body are put in.
pub(crate) type Parts = mpsc::Sender<std::io::Result<Frame<Bytes>>>;

/// A body fed part by part by another task. Two parts wait at most. It ends with trailers, if only with [`the_end`]: one whose task has
/// gone without them has broken off.
pub(crate) fn channel() -> (Parts, Fed) {
    let (parts, queue) = mpsc::channel(2);
    (parts, Fed { queue, whole: false })
}

/// Trailers that say nothing but that this was all.
pub(crate) fn the_end() -> Frame<Bytes> {
    Frame::trailers(HeaderMap::new())
}

/// The receiving end of [`channel`].
pub struct Fed {
    queue: mpsc::Receiver<std::io::Result<Frame<Bytes>>>,
    whole: bool,
}

impl Body for Fed {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let next = ready!(self.queue.poll_recv(context));
        Poll::Ready(match next {
            None if !self.whole => {
                self.whole = true;
                Some(Err(std::io::Error::other("the body broke off")))
            }
            Some(Ok(frame)) if frame.is_trailers() => {
                self.whole = true;
                // Trailers without anything in them need not go out.
                Some(Ok(frame)).filter(|frame| {
                    frame
                        .as_ref()
                        .is_ok_and(|frame| frame.trailers_ref().is_some_and(|trailers| !trailers.is_empty()))
                })
            }
            next => next,
        })
    }
}

/// A fed body whose length is known beforehand.
struct Sized {
    inner: Fed,
    left: u64,
}

impl Body for Sized {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        if let Some(data) = frame.as_ref().and_then(|frame| frame.as_ref().ok()).and_then(Frame::data_ref) {
            self.left = self.left.saturating_sub(data.len() as u64);
        }
        Poll::Ready(frame)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }
}

/// A file as a body. It takes its share of the spool until it is sent.
pub(super) fn file_body(mut file: File, bytes: u64, share: Share) -> OutBody {
    let (parts, body) = channel();
    tokio::spawn(async move {
        let _until_sent = share;
        let mut left = bytes;
        while left > 0 {
            let mut chunk = BytesMut::zeroed(CHUNK_BYTES.min(usize::try_from(left).unwrap_or(CHUNK_BYTES)));
            let read = file.read_exact(&mut chunk).await;
            left -= chunk.len() as u64;
            let failed = read.is_err();
            let part = read.map(|_| Frame::data(chunk.freeze()));
            if parts.send(part).await.is_err() || failed {
                return;
            }
        }
        let _ = parts.send(Ok(the_end())).await;
    });
    Sized { inner: body, left: bytes }.boxed()
}
