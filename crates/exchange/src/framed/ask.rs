//! The calling end of a framed connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Request, Response};
use http_body::Frame as BodyFrame;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use trust::message::Signed;
use trust::message::head::First;

use crate::body::OutBody;
use crate::framed::body::{FramedBody, LongBody, Parts, broke_off};
use crate::framed::frame::{Frame, MessageBody, Why};
use crate::framed::link::{self, Flow, Link, Outgoing, Queued, lock};
use crate::framed::{LONG_BODIES, STREAMS, message};

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// The other side did not look at it.
    NotSeen(String),
    /// It says that there is none.
    Broken,
    /// The connection ended. Whether it was looked at is not known.
    Ended(String),
}

/// A connection to call on. When nobody holds it any more, it ends with what is under way on it.
#[derive(Clone)]
pub(crate) struct Client(Arc<Handle>);

struct Handle(Arc<Inner>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.leave("nobody asks here any more");
    }
}

struct Inner {
    link: Link,
    state: Mutex<State>,
    room: Arc<Semaphore>,
    long_bodies: Arc<Semaphore>,
    /// Told when nothing more can be asked and nothing is waited for.
    is_done: Notify,
}

#[derive(Default)]
struct State {
    /// By stream.
    asked: HashMap<u32, Asked>,
    last: u32,
    /// Why nothing more can be asked here.
    over: Option<String>,
}

/// A request that has no answer yet, or not all of it. It counts until the other side has said its last about it, wanted or not.
struct Asked {
    answer: Option<oneshot::Sender<Result<Response<FramedBody>, NoAnswer>>>,
    /// Its own long body.
    flow: Option<Arc<Flow>>,
    /// Its answer's long body.
    parts: Option<Parts>,
    _room: OwnedSemaphorePermit,
}

impl Drop for Asked {
    fn drop(&mut self) {
        if let Some(flow) = &self.flow {
            flow.stop();
        }
    }
}

/// A connection over `stream`, and what must be polled while it is there: how it ended.
pub(crate) fn connect<S>(
    stream: S,
    sign_of_life: Duration,
) -> (Client, impl Future<Output = Result<(), String>>)
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (link, queue) = Link::new();
    let inner = Arc::new(Inner {
        link,
        state: Mutex::default(),
        room: Arc::new(Semaphore::new(STREAMS)),
        long_bodies: Arc::new(Semaphore::new(LONG_BODIES)),
        is_done: Notify::new(),
    });
    let client = Client(Arc::new(Handle(inner.clone())));
    // Made here, so that a connection that nobody ever polls has an end, too.
    let over = Over(inner);
    (client, async move { over.0.run(stream, queue, sign_of_life).await })
}

impl Client {
    /// Whether nothing more can be asked here.
    pub(crate) fn is_over(&self) -> bool {
        lock(&self.0.0.state).over.is_some()
    }

    /// Whether it is the same connection.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    #[cfg(test)]
    pub(super) fn is_at_rest(&self) -> bool {
        let inner = &self.0.0;
        lock(&inner.state).asked.is_empty()
            && (inner.room.available_permits(), inner.long_bodies.available_permits())
                == (STREAMS, LONG_BODIES)
    }

    /// Asks, and waits for the head of the answer.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub(crate) async fn ask(&self, request: Request<OutBody>) -> Result<Response<FramedBody>, NoAnswer> {
        let inner = &self.0.0;
        let not_seen = || NoAnswer::NotSeen(lock(&inner.state).over.clone().unwrap_or_default());
        let room = inner.room.clone().acquire_owned().await.map_err(|_| not_seen())?;
        let (mut parts, body) = request.into_parts();
        let signed = parts.extensions.remove::<Signed>();
        let body = link::opened(body).await;
        let long_body = match &body {
            Outgoing::Inline(_) => None,
            Outgoing::Long(_) => {
                Some(inner.long_bodies.clone().acquire_owned().await.map_err(|_| not_seen())?)
            }
        };
        let flow = long_body.is_some().then(Flow::new);
        let (answer, answered) = oneshot::channel();
        let stream = {
            let mut state = lock(&inner.state);
            let next = state.last.checked_add(1).filter(|_| state.over.is_none());
            let Some(stream) = next else {
                drop(state);
                return Err(not_seen());
            };
            state.last = stream;
            let asked = Asked { answer: Some(answer), flow: flow.clone(), parts: None, _room: room };
            state.asked.insert(stream, asked);
            stream
        };
        let head = message::of_request(stream, parts, signed.as_ref(), link::body_of(&body));
        inner.link.message(head, signed, None);
        let mut waits = Waits { inner, stream: Some(stream), flow: flow.clone() };
        if let (Outgoing::Long(body), Some(flow)) = (body, flow) {
            let link = inner.link.clone();
            tokio::spawn(async move {
                let _long_body = long_body;
                link::pump(&link, stream, body, &flow, None).await;
            });
        }
        let answer = answered.await;
        waits.stream = None;
        answer.unwrap_or_else(|_| Err(NoAnswer::Ended("the connection ended".to_owned())))
    }
}

/// Tells the other side if nobody waits for an answer any more.
struct Waits<'a> {
    inner: &'a Inner,
    stream: Option<u32>,
    /// The request's long body.
    flow: Option<Arc<Flow>>,
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        if let Some(stream) = self.stream {
            if let Some(flow) = &self.flow {
                flow.stop();
            }
            self.inner.link.send(Frame::Reset(stream, Why::Void));
        }
    }
}

/// Whatever ends a connection: nothing more is asked there, and what was asked has no answer.
struct Over(Arc<Inner>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.leave("the connection ended");
        let asked = std::mem::take(&mut lock(&self.0.state).asked);
        for mut asked in asked.into_values() {
            if let Some(answer) = asked.answer.take() {
                let _ = answer.send(Err(NoAnswer::Ended("the connection ended".to_owned())));
            }
        }
    }
}

impl Inner {
    /// Serves the connection until it ends or all that was asked is answered and nothing more can be.
    async fn run<S>(
        &self,
        stream: S,
        queue: mpsc::Receiver<Queued>,
        sign_of_life: Duration,
    ) -> Result<(), String>
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (mut reading, writing) = tokio::io::split(stream);
        tokio::select! {
            ended = self.link.read(&mut reading, |frame| self.take(frame)) => ended,
            ended = self.link.write(queue, writing) => ended,
            why = self.link.given_up(sign_of_life) => Err(why.to_owned()),
            () = self.is_done.notified() => Ok(()),
        }
    }

    /// Nothing more is asked here.
    fn leave(&self, why: &str) {
        let mut state = lock(&self.state);
        state.over.get_or_insert_with(|| why.to_owned());
        self.room.close();
        self.long_bodies.close();
        self.look_if_done(&state);
    }

    fn look_if_done(&self, state: &State) {
        if state.over.is_some() && state.asked.is_empty() {
            self.is_done.notify_one();
        }
    }

    /// The other side has said its last about a request.
    fn remove(&self, stream: u32) -> Option<Asked> {
        let mut state = lock(&self.state);
        let asked = state.asked.remove(&stream);
        self.look_if_done(&state);
        asked
    }

    fn take(&self, frame: Frame) -> Result<(), &'static str> {
        match frame {
            Frame::Signed(group) => {
                message::signed(group)?.into_iter().try_for_each(|received| self.answered(received))
            }
            Frame::Plain(message) => self.answered(message::plain(message)?),
            Frame::Data(stream, data) => self.part(stream, Ok(BodyFrame::data(data))),
            Frame::End(stream, trailers) => {
                self.part(stream, Ok(BodyFrame::trailers(trailers)))?;
                self.remove(stream);
                Ok(())
            }
            Frame::Reset(stream, why) => {
                let mut asked = self.remove(stream).ok_or("an end of what was not asked")?;
                if let Some(answer) = asked.answer.take() {
                    let _ = answer.send(Err(match why {
                        Why::Void => NoAnswer::NotSeen("it takes nothing more".to_owned()),
                        Why::Broken => NoAnswer::Broken,
                    }));
                }
                if let Some(parts) = &asked.parts {
                    let _ = parts.try_send(Err(broke_off()));
                }
                Ok(())
            }
            Frame::Credit(stream, parts) => {
                let flow = lock(&self.state).asked.get(&stream).and_then(|asked| asked.flow.clone());
                flow.map_or(Ok(()), |flow| flow.more(parts))
            }
            Frame::Stop(stream) => {
                let flow = lock(&self.state).asked.get(&stream).and_then(|asked| asked.flow.clone());
                if let Some(flow) = flow {
                    flow.stop();
                }
                Ok(())
            }
            Frame::Leave(why) => {
                tracing::debug!(why, "a peer takes nothing more on a connection");
                self.leave("it takes nothing more");
                Ok(())
            }
            // The link has had these.
            Frame::Ping | Frame::Pong => Ok(()),
        }
    }

    fn answered(&self, received: message::Received) -> Result<(), &'static str> {
        let First::Answer(status) = received.first else { return Err("a request from whoever is to answer") };
        let (answer, body) = match received.body {
            MessageBody::Inline(bytes) => {
                let mut asked = self.remove(received.stream).ok_or("an answer to what was not asked")?;
                if asked.parts.is_some() {
                    return Err("a second answer");
                }
                (asked.answer.take(), FramedBody::Inline(bytes))
            }
            MessageBody::Follows => {
                let mut state = lock(&self.state);
                let long = state.asked.values().filter(|asked| asked.parts.is_some()).count();
                if long >= LONG_BODIES {
                    return Err("more long answers at once than was said");
                }
                let asked = state.asked.get_mut(&received.stream).ok_or("an answer to what was not asked")?;
                let (parts, long) = LongBody::new(self.link.clone(), received.stream);
                if asked.parts.replace(parts).is_some() {
                    return Err("a second answer");
                }
                (asked.answer.take(), FramedBody::Long(long))
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = received.headers;
        if let Some(presented) = received.presented {
            response.extensions_mut().insert(presented);
        }
        if let Some(answer) = answer {
            // Who asked may have gone: a long body stops then, since it is dropped here.
            let _ = answer.send(Ok(response));
        }
        Ok(())
    }

    fn part(
        &self,
        stream: u32,
        part: Result<BodyFrame<bytes::Bytes>, std::io::Error>,
    ) -> Result<(), &'static str> {
        let state = lock(&self.state);
        let asked = state.asked.get(&stream).ok_or("a body of what was not asked")?;
        let parts = asked.parts.as_ref().ok_or("a body of no answer")?;
        match parts.try_send(part) {
            Err(mpsc::error::TrySendError::Full(_)) => Err("more of a body than there was credit for"),
            // What nobody takes any more is let go until it ends.
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
        }
    }
}
