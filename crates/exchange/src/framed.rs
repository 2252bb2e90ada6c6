//! Framed connections between nodes, ALPN `lienthong/1`: HTTP's messages without HTTP's bytes. Messages that were signed together travel
//! together: one signature for all, in place of a path in each. The form is written down for others in `docs/framed-connections.md`; HTTP/2 stays
//! beside it, as the form that any vendor has.
//!
//! ```text
//! calls (ask) ──▶ queue ──▶ write ═══ TLS ═══ read ──▶ what waits for the answer
//! ```
//!
//! **Nothing that the other side sends makes this side hold more than it said it would.** Streams are counted, a body has a window, and
//! whatever is queued to be written is owed for something that was counted.

mod ask;
mod body;
mod frame;
mod link;
mod message;
mod serve;

use std::sync::Arc;
use std::time::Duration;

use trust::batch::Root;
use trust::message::{Params, Signed};

pub(crate) use ask::{Client, NoAnswer, connect};
pub use body::FramedBody;
pub(crate) use serve::serve;

/// Its name in TLS.
pub(crate) const ALPN: &[u8] = trust::tls::FRAMED;

/// Requests at once on a connection. One that is not waited for any more counts until it is answered.
const STREAMS: usize = 1024;
/// Long bodies at once on a connection, in each direction.
const LONG_BODIES: usize = 128;
/// Longest body that stands in its message's own frame.
const INLINE_BYTES: usize = crate::body::MEMORY_BYTES;
/// Most bytes of a body in one frame.
const DATA_BYTES: usize = 64 * 1024;
/// Frames of a long body that may be under way before the receiver has taken any of them.
const WINDOW: usize = 8;
/// Longest frame.
const FRAME_BYTES: usize = 1024 * 1024;
/// Most messages that are written at once. So many answers may be with the caller, who asks on, and count here still.
const AT_ONCE: usize = 256;
/// Longest time for the other side to take what was written, and to take a part of a body: with the least of them some 512 bytes a second.
const WRITE: Duration = Duration::from_secs(120);

/// Reads bytes as a frame, and the messages in it as both ends do. For whoever tries the readers.
pub fn try_reading(bytes: &[u8]) {
    let Some((header, rest)) = bytes.split_first_chunk() else { return };
    let Some((_, kind)) = frame::Frame::header(*header) else { return };
    match frame::Frame::read(kind, bytes::Bytes::copy_from_slice(rest)) {
        Some(frame::Frame::Signed(group)) => drop(message::signed(group)),
        Some(frame::Frame::Plain(plain)) => drop(message::plain(plain)),
        _ => {}
    }
}

/// What a message that came in a frame is signed by, among its extensions.
#[derive(Clone)]
pub(crate) struct Presented {
    pub(crate) signed: Signed,
    pub(crate) params: Params,
    /// The root of its batch, unless it was signed alone.
    pub(crate) root: Option<Arc<Root>>,
}

#[cfg(test)]
mod tests;
