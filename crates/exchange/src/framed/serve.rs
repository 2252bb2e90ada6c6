//! The answering end of a framed connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Request, Response};
use http_body::Frame as BodyFrame;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, Semaphore, mpsc};
use trust::listen::{Connection, UnderWay};
use trust::message::Signed;
use trust::message::head::First;

use crate::body::OutBody;
use crate::framed::body::{FramedBody, LongBody, Parts, broke_off};
use crate::framed::frame::{Frame, MessageBody, Why};
use crate::framed::link::{self, Flow, Link, Outgoing, lock};
use crate::framed::{AT_ONCE, LONG_BODIES, STREAMS, message};
use crate::presence::{self, Held};

/// How long a side that takes nothing more waits for the other one to end the connection.
const GOODBYE: Duration = Duration::from_secs(5);

/// Serves a connection of somebody who is known. Each request that comes is given to `take`, whose work is done by a task of its own and goes
/// to its end whether or not the connection does; `None` says that nothing is taken from there any more. When `ending` comes, nothing new is
/// taken, and what is under way goes to its end.
///
/// # Errors
/// Why the connection ended, for the log.
pub(crate) async fn serve<S, T, W>(
    stream: S,
    connection: Arc<Connection>,
    sign_of_life: Duration,
    take: T,
    ending: impl Future<Output = ()>,
) -> Result<(), String>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
    T: Fn(Request<FramedBody>) -> Option<W>,
    W: Future<Output = Response<OutBody>> + Send + 'static,
{
    let (link, queue) = Link::new();
    let server = Server {
        link: link.clone(),
        connection: connection.clone(),
        streams: Arc::default(),
        long_bodies: Arc::new(Semaphore::new(LONG_BODIES)),
        take,
    };
    let streams = server.streams.clone();
    let _over = Over(streams.clone());
    let (mut reading, writing) = tokio::io::split(stream);
    let leaving = async {
        let why = tokio::select! {
            () = ending => "it takes nothing more",
            why = connection.time_is_up() => why,
        };
        lock(&streams.under_way).is_leaving = true;
        link.send(Frame::Leave(why.to_owned()));
        streams.all_answered().await;
        tokio::time::sleep(GOODBYE).await;
    };
    let reading = async {
        let ended = link.read(&mut reading, |frame| server.frame(frame)).await;
        if let Err(why) = &ended {
            // Said to whoever writes the other side, who gets it only if nothing they sent is left unread.
            link.send(Frame::Leave(why.clone()));
            let _ =
                tokio::time::timeout(GOODBYE, tokio::io::copy(&mut reading, &mut tokio::io::sink())).await;
        }
        ended
    };
    tokio::select! {
        ended = reading => ended,
        ended = link.write(queue, writing) => ended,
        why = link.given_up(sign_of_life) => Err(why.to_owned()),
        () = leaving => Ok(()),
    }
}

struct Server<T> {
    link: Link,
    connection: Arc<Connection>,
    streams: Arc<Streams>,
    long_bodies: Arc<Semaphore>,
    take: T,
}

#[derive(Default)]
struct Streams {
    under_way: Mutex<UnderWayHere>,
    /// Told when nothing is under way.
    is_idle: Notify,
}

#[derive(Default)]
struct UnderWayHere {
    requests: HashMap<u32, Asked>,
    is_leaving: bool,
}

/// A request under way: until the last of its answer was written.
struct Asked {
    /// Gone when the other side does not wait any more.
    held: Option<Held>,
    /// Its own long body.
    parts: Option<Parts>,
    /// Its answer's long body.
    flow: Arc<Flow>,
    _under_way: UnderWay,
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.flow.stop();
    }
}

impl Streams {
    async fn all_answered(&self) {
        while !lock(&self.under_way).requests.is_empty() {
            self.is_idle.notified().await;
        }
    }
}

/// Whatever ends a connection: nobody waits there any more, and nothing more comes.
struct Over(Arc<Streams>);

impl Drop for Over {
    fn drop(&mut self) {
        let asked = std::mem::take(&mut lock(&self.0.under_way).requests);
        drop(asked);
    }
}

/// Takes a stream from those under way.
struct Stream {
    streams: Arc<Streams>,
    number: u32,
}

impl Drop for Stream {
    fn drop(&mut self) {
        let asked = lock(&self.streams.under_way).requests.remove(&self.number);
        drop(asked);
        self.streams.is_idle.notify_one();
    }
}

/// Whoever works on a request owes an answer: one that went without it, went wrong inside.
struct Owed {
    link: Link,
    stream: Option<Stream>,
}

impl Drop for Owed {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.take() {
            self.link.send_until(Frame::Reset(stream.number, Why::Broken), Some(Box::new(stream)));
        }
    }
}

impl<T, W> Server<T>
where
    T: Fn(Request<FramedBody>) -> Option<W>,
    W: Future<Output = Response<OutBody>> + Send + 'static,
{
    fn frame(&self, frame: Frame) -> Result<(), &'static str> {
        match frame {
            Frame::Signed(group) => {
                message::signed(group)?.into_iter().try_for_each(|received| self.request(received))
            }
            Frame::Plain(message) => self.request(message::plain(message)?),
            Frame::Data(stream, data) => self.part(stream, Ok(BodyFrame::data(data)), false),
            Frame::End(stream, trailers) => self.part(stream, Ok(BodyFrame::trailers(trailers)), true),
            Frame::Reset(stream, why) => {
                let mut here = lock(&self.streams.under_way);
                if let Some(asked) = here.requests.get_mut(&stream).filter(|_| why == Why::Void) {
                    asked.held = None;
                }
                drop(here);
                self.part(stream, Err(broke_off()), true)
            }
            Frame::Credit(stream, parts) => self.flow(stream).map_or(Ok(()), |flow| flow.more(parts)),
            Frame::Stop(stream) => {
                if let Some(flow) = self.flow(stream) {
                    flow.stop();
                }
                Ok(())
            }
            // Whoever asks nothing more ends the connection; the link has had the others.
            Frame::Leave(_) | Frame::Ping | Frame::Pong => Ok(()),
        }
    }

    fn flow(&self, stream: u32) -> Option<Arc<Flow>> {
        lock(&self.streams.under_way).requests.get(&stream).map(|asked| asked.flow.clone())
    }

    fn request(&self, received: message::Received) -> Result<(), &'static str> {
        let First::Request(method, uri) = received.first else {
            return Err("an answer to whoever is to answer");
        };
        let number = received.stream;
        let (parts, body) = match received.body {
            MessageBody::Inline(bytes) => (None, FramedBody::Inline(bytes)),
            MessageBody::Follows => {
                let (parts, long) = LongBody::new(self.link.clone(), number);
                (Some(parts), FramedBody::Long(long))
            }
        };
        let mut request = Request::new(body);
        (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) = (method, uri, received.headers);
        if let Some(presented) = received.presented {
            request.extensions_mut().insert(presented);
        }
        let (held, request) = presence::watched(request);
        let flow = Flow::new();
        {
            let mut here = lock(&self.streams.under_way);
            if here.is_leaving {
                self.link.send(Frame::Reset(number, Why::Void));
                return Ok(());
            }
            let long_bodies = || here.requests.values().filter(|asked| asked.parts.is_some()).count();
            if here.requests.contains_key(&number) {
                return Err("a stream that is there already");
            }
            if here.requests.len() >= STREAMS + AT_ONCE || parts.is_some() && long_bodies() >= LONG_BODIES {
                return Err("more at once than was said");
            }
            let asked = Asked {
                held: Some(held),
                parts,
                flow: flow.clone(),
                _under_way: self.connection.under_way(),
            };
            here.requests.insert(number, asked);
        }
        let mut owed =
            Owed { link: self.link.clone(), stream: Some(Stream { streams: self.streams.clone(), number }) };
        let work = (self.take)(request).ok_or("nothing is taken from there any more")?;
        let long_bodies = self.long_bodies.clone();
        tokio::spawn(async move {
            let response = work.await;
            let stream = owed.stream.take();
            answer(&owed.link, number, response, (&flow, &long_bodies), stream).await;
        });
        Ok(())
    }

    /// A part of a request's long body. Of one that nobody works on any more nothing is told.
    fn part(
        &self,
        stream: u32,
        part: Result<BodyFrame<bytes::Bytes>, std::io::Error>,
        is_last: bool,
    ) -> Result<(), &'static str> {
        let mut here = lock(&self.streams.under_way);
        let Some(asked) = here.requests.get_mut(&stream) else { return Ok(()) };
        let Some(parts) = &asked.parts else { return Ok(()) };
        let taken = parts.try_send(part);
        if is_last {
            asked.parts = None;
        }
        match taken {
            Err(mpsc::error::TrySendError::Full(_)) => Err("more of a body than there was credit for"),
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
        }
    }
}

/// Sends an answer to its end.
async fn answer(
    link: &Link,
    number: u32,
    response: Response<OutBody>,
    (flow, long_bodies): (&Flow, &Semaphore),
    stream: Option<Stream>,
) {
    let stream = stream.map(|stream| Box::new(stream) as Box<dyn Send + Sync>);
    let (mut parts, body) = response.into_parts();
    let signed = parts.extensions.remove::<Signed>();
    let body = link::opened(body).await;
    match body {
        Outgoing::Inline(_) => {
            let message = message::of_answer(number, parts, signed.as_ref(), link::body_of(&body));
            link.message(message, signed, stream);
        }
        Outgoing::Long(long) => {
            // Not closed: it goes with the connection's last task.
            let _one = long_bodies.acquire().await;
            let message = message::of_answer(number, parts, None, MessageBody::Follows);
            link.message(message, None, None);
            link::pump(link, number, long, flow, stream).await;
        }
    }
}
