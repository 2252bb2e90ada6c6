//! What both ends of a framed connection do: write what is queued, read what comes, and see that the other side is there.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::BodyExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::time::timeout;
use trust::batch::{BatchSignature, Form, RootSignature, Shared};
use trust::message::Signed;

use crate::body::OutBody;
use crate::framed::frame::{Frame, Group, HEADER_BYTES, Message, MessageBody, Place, Why};
use crate::framed::{AT_ONCE, DATA_BYTES, FRAME_BYTES, INLINE_BYTES, STREAMS, WINDOW, WRITE};

/// How often everything else that is ready goes on before what is queued is written.
const TURNS: usize = 3;
/// What is written goes out when so much has come together.
const WRITE_BYTES: usize = 256 * 1024;

/// What goes when something was written.
pub(super) type UntilWritten = Option<Box<dyn Send + Sync>>;

/// Most that waits to be written: far above what is owed, since a message has its stream, a part of a body its credit, and a credit was owed for
/// a part that came. Whoever lets it come to that reads nothing and asks on.
const QUEUE: usize = 16 * STREAMS;

/// What is to be written.
pub(super) struct Queued {
    what: What,
    /// Goes when it was written.
    _until_written: UntilWritten,
}

enum What {
    Signed(Message, Signed),
    Frame(Frame),
}

/// A handle on a connection.
#[derive(Clone)]
pub(super) struct Link {
    queue: mpsc::Sender<Queued>,
    /// Told when there is no room in it.
    is_full: Arc<Notify>,
    /// Frames that came.
    heard: Arc<AtomicU64>,
    /// A pong that is not written yet: there is one at most, however many ask for it.
    is_pong_due: Arc<AtomicBool>,
}

impl Link {
    pub(super) fn new() -> (Self, mpsc::Receiver<Queued>) {
        let (queue, queued) = mpsc::channel(QUEUE);
        (Self { queue, is_full: Arc::default(), heard: Arc::default(), is_pong_due: Arc::default() }, queued)
    }

    fn queue(&self, what: What, until_written: UntilWritten) {
        let queued = Queued { what, _until_written: until_written };
        if let Err(mpsc::error::TrySendError::Full(_)) = self.queue.try_send(queued) {
            self.is_full.notify_one();
        }
    }

    /// Queues a frame. Of a connection that has ended nothing is told here: whoever waits learns it.
    pub(super) fn send(&self, frame: Frame) {
        self.send_until(frame, None);
    }

    /// Queues a frame; `until_written` goes when it was written.
    pub(super) fn send_until(&self, frame: Frame, until_written: UntilWritten) {
        self.queue(What::Frame(frame), until_written);
    }

    /// Queues a message.
    pub(super) fn message(&self, message: Message, signed: Option<Signed>, until_written: UntilWritten) {
        let what = match signed {
            Some(signed) => What::Signed(message, signed),
            None => What::Frame(Frame::Plain(message)),
        };
        self.queue(what, until_written);
    }

    /// Comes when the other side has given no sign of life although it was asked for one, or takes nothing: why it is given up.
    pub(super) async fn given_up(&self, interval: Duration) -> &'static str {
        tokio::select! {
            () = self.silent(interval) => "it gave no sign of life",
            () = self.is_full.notified() => "it takes nothing of what it asks for",
        }
    }

    async fn silent(&self, interval: Duration) {
        loop {
            let before = self.heard.load(Ordering::Relaxed);
            tokio::time::sleep(interval).await;
            if self.heard.load(Ordering::Relaxed) != before {
                continue;
            }
            self.send(Frame::Ping);
            tokio::time::sleep(interval).await;
            if self.heard.load(Ordering::Relaxed) == before {
                return;
            }
        }
    }

    /// Writes what is queued until nobody can queue any more.
    pub(super) async fn write(
        &self,
        mut queue: mpsc::Receiver<Queued>,
        mut stream: impl AsyncWrite + Unpin,
    ) -> Result<(), String> {
        let (mut queued, mut bytes) = (Vec::with_capacity(AT_ONCE), BytesMut::with_capacity(WRITE_BYTES));
        while queue.recv_many(&mut queued, AT_ONCE).await > 0 {
            // What was signed or recorded together comes here one after the other: it is let come before it is written, so that it goes together.
            // Where nothing else is ready this takes no time.
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            while queued.len() < AT_ONCE
                && let Ok(more) = queue.try_recv()
            {
                queued.push(more);
            }
            let mut batches: Vec<Vec<(BatchSignature, &Message)>> = Vec::new();
            // Behind the requests that they may be about.
            let mut resets = Vec::new();
            for Queued { what, .. } in &queued {
                match what {
                    What::Frame(reset @ Frame::Reset(..)) => resets.push(reset),
                    What::Frame(frame) => {
                        if *frame == Frame::Pong {
                            self.is_pong_due.store(false, Ordering::Relaxed);
                        }
                        frame.put(&mut bytes);
                    }
                    What::Signed(message, signed) => match BatchSignature::from_bytes(&signed.signature) {
                        Some(proof) => {
                            let root = proof.root_signature();
                            let batch = batches.iter_mut().find(|batch| {
                                batch.first().is_some_and(|(first, _)| first.root_signature() == root)
                            });
                            match batch {
                                Some(batch) => batch.push((proof, message)),
                                None => batches.push(vec![(proof, message)]),
                            }
                        }
                        None => put_alone(&mut bytes, message, &signed.signature)?,
                    },
                }
                if bytes.len() >= WRITE_BYTES {
                    flush(&mut stream, &mut bytes).await?;
                }
            }
            for batch in batches {
                put_batch(&mut bytes, batch)?;
                if bytes.len() >= WRITE_BYTES {
                    flush(&mut stream, &mut bytes).await?;
                }
            }
            resets.into_iter().for_each(|reset| reset.put(&mut bytes));
            flush(&mut stream, &mut bytes).await?;
            queued.clear();
        }
        let _ = stream.shutdown().await;
        Ok(())
    }

    /// Reads frames and hands them on until the other side ends the connection.
    pub(super) async fn read(
        &self,
        stream: &mut (impl AsyncRead + Unpin),
        mut take: impl FnMut(Frame) -> Result<(), &'static str>,
    ) -> Result<(), String> {
        let mut stream = BufReader::with_capacity(64 * 1024, stream);
        loop {
            let mut header = [0; HEADER_BYTES];
            let Ok(first) = stream.read_u8().await else { return Ok(()) };
            let frame = async {
                header[0] = first;
                let (_, rest) = header.split_at_mut(1);
                stream.read_exact(rest).await?;
                let (length, kind) = Frame::header(header).ok_or_else(too_long)?;
                let mut bytes = BytesMut::zeroed(length);
                stream.read_exact(&mut bytes).await?;
                Ok::<_, std::io::Error>((kind, bytes.freeze()))
            };
            let frame =
                timeout(WRITE, frame).await.map_err(|_| "a frame did not come to its end".to_owned())?;
            let (kind, bytes) = frame.map_err(|error| error.to_string())?;
            self.heard.fetch_add(1, Ordering::Relaxed);
            match Frame::read(kind, bytes).ok_or("a frame that is none")? {
                Frame::Ping => {
                    if !self.is_pong_due.swap(true, Ordering::Relaxed) {
                        self.send(Frame::Pong);
                    }
                }
                Frame::Pong => {}
                frame => take(frame)?,
            }
        }
    }
}

fn too_long() -> std::io::Error {
    std::io::Error::other("a frame that is too long")
}

fn put_alone(bytes: &mut BytesMut, message: &Message, signature: &[u8]) -> Result<(), String> {
    let root_signature =
        RootSignature::new(Form::Plain, signature).ok_or_else(|| "a signature that is none".to_owned())?;
    let shared = Shared { size: 0, hashes: Vec::new(), root_signature };
    Group::put(bytes, &shared, &[(Place::default(), message)]);
    Ok(())
}

/// Writes messages of one batch, in as many frames as they need.
fn put_batch(bytes: &mut BytesMut, mut batch: Vec<(BatchSignature, &Message)>) -> Result<(), String> {
    batch.sort_unstable_by_key(|(proof, _)| proof.index());
    let mut rest = batch.as_slice();
    while !rest.is_empty() {
        let mut size = 0;
        let fits = |(_, message): &&(BatchSignature, &Message)| {
            size += message.bytes();
            size < FRAME_BYTES / 2
        };
        let (together, after) = rest.split_at(rest.iter().take_while(fits).count().max(1));
        let proofs: Vec<&BatchSignature> = together.iter().map(|(proof, _)| proof).collect();
        let shared = Shared::of(&proofs).ok_or("messages of one batch do not go together")?;
        let place = |proof: &BatchSignature| Place { index: proof.index(), salt: *proof.salt() };
        let messages: Vec<_> = together.iter().map(|(proof, message)| (place(proof), *message)).collect();
        Group::put(bytes, &shared, &messages);
        rest = after;
    }
    Ok(())
}

async fn flush(stream: &mut (impl AsyncWrite + Unpin), bytes: &mut BytesMut) -> Result<(), String> {
    let written = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    };
    timeout(WRITE, written)
        .await
        .map_err(|_| "what was written was not taken".to_owned())?
        .map_err(|error| error.to_string())?;
    bytes.clear();
    Ok(())
}

/// What a long body may still send, and whether it is still wanted.
pub(super) struct Flow {
    credit: Semaphore,
    wanted: watch::Sender<bool>,
}

impl Flow {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { credit: Semaphore::new(WINDOW), wanted: watch::Sender::new(true) })
    }

    /// The receiver takes so many more parts.
    pub(super) fn more(&self, parts: u16) -> Result<(), &'static str> {
        if self.credit.available_permits() + usize::from(parts) > WINDOW {
            return Err("more credit than there is");
        }
        self.credit.add_permits(parts.into());
        Ok(())
    }

    /// Nothing more is wanted.
    pub(super) fn stop(&self) {
        self.wanted.send_replace(false);
    }
}

/// A body about to be sent.
pub(super) enum Outgoing {
    Inline(Bytes),
    Long(OutBody),
}

/// A body that is short and there goes with its message.
pub(super) async fn opened(body: OutBody) -> Outgoing {
    let is_short =
        http_body::Body::size_hint(&body).exact().is_some_and(|bytes| bytes <= INLINE_BYTES as u64);
    if !is_short {
        return Outgoing::Long(body);
    }
    // One that breaks off although it was all there does not exist; it would be told as a long one that does.
    match body.collect().await {
        Ok(whole) => Outgoing::Inline(whole.to_bytes()),
        Err(error) => {
            let broken = futures::stream::once(std::future::ready(Err(error)));
            Outgoing::Long(http_body_util::StreamBody::new(broken).boxed())
        }
    }
}

/// Sends a long body part by part as there is credit for it, and its end. Says whether it came to its end.
pub(super) async fn pump(
    link: &Link,
    stream: u32,
    mut body: OutBody,
    flow: &Flow,
    until_written: UntilWritten,
) -> bool {
    let mut wanted = flow.wanted.subscribe();
    let sending = async {
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| ())?;
            match frame.into_data() {
                Ok(mut data) => {
                    while !data.is_empty() {
                        // Whoever takes nothing for so long does not want it.
                        let credit = timeout(WRITE, flow.credit.acquire()).await;
                        credit.ok().and_then(Result::ok).ok_or(())?.forget();
                        link.send(Frame::Data(stream, data.split_to(data.len().min(DATA_BYTES))));
                    }
                }
                Err(frame) => return frame.into_trailers().map_err(|_| ()),
            }
        }
        Ok(HeaderMap::new())
    };
    let ended = tokio::select! {
        ended = sending => ended,
        _ = wanted.wait_for(|wanted| !wanted) => Err(()),
    };
    let is_whole = ended.is_ok();
    let end = ended.map_or(Frame::Reset(stream, Why::Broken), |trailers| Frame::End(stream, trailers));
    link.send_until(end, until_written);
    is_whole
}

/// A message of which the body may follow.
pub(super) fn body_of(body: &Outgoing) -> MessageBody {
    match body {
        Outgoing::Inline(bytes) => MessageBody::Inline(bytes.clone()),
        Outgoing::Long(_) => MessageBody::Follows,
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
