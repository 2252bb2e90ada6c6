//! Connections to a service behind the node: for how long one is kept, and which calls may go over a kept one.
//!
//! A server closes a connection that it has heard nothing on for a while, and says so only by closing. A call that is sent at that
//! moment meets a closed door, and its sender can't know whether it was read. So connections are kept shorter than servers keep
//! theirs, each is looked at before a call is written to it, a call that may change something goes over a kept one only if that was
//! used just now, and a call that only reads is asked once more over a fresh one. What is left is a service that closes in the very
//! moment in which the call is on its way.
//!
//! Measured with a service that closes after 10 ms and calls every 8 to 12 ms, of 1,000 that change something: 5 were lost when any kept
//! connection would do, none when it was looked at before, on two processors in a debug build.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{Request, Response, request};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use model::fault::Words;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsConnector;
use trust::chain;
use url::{Host, Url};

use crate::backend::watched::{Watch, Watched};
use crate::body::{self, Kept, OutBody};
use crate::texts;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// For how long a connection is kept that nothing is sent on. gunicorn closes after 2 s; Node.js, Apache and uvicorn after 5 s; nginx
/// after 75 s.
const KEPT: Duration = Duration::from_millis(1500);
/// For how long it may carry a call that may change something. Nobody closes after so short a time, and where such calls come so
/// fast that new connections might run out of ports (some 470 a second to one address), they come within it.
const KEPT_FOR_CHANGES: Duration = Duration::from_millis(2);
/// Kept connections at most. What is beyond them is closed when its call is done.
const KEPT_MAX: usize = 256;
/// Status line and headers of an answer. They go on to the other node in one piece, whose limit is above this: `HEADERS_MAX_BYTES`
/// in `peers.rs`, less what a signature takes and what HTTP/2 adds for each header.
const HEAD_MAX_BYTES: usize = 16 * 1024;
/// Headers of an answer.
const HEADERS_MAX: usize = 100;
/// New connections at most for one call: the service may close one before the call is written to it.
const NEW_TRIES: usize = 4;

/// Where a service is, and the connections kept to it.
pub struct Connections {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    kept: Arc<Mutex<IdlePool>>,
}

/// The connections that wait for a call.
#[derive(Default)]
struct IdlePool {
    /// In the order in which they came back.
    idle: Vec<Idle>,
    /// Whether somebody looks after those that become too old.
    is_swept: bool,
}

struct Idle {
    open: Open,
    since: Instant,
}

/// A connection that calls can be made over.
struct Open {
    sender: http1::SendRequest<OutBody>,
    watch: Arc<Watch>,
    /// Closed when nobody serves the connection any more.
    served: watch::Receiver<()>,
}

/// What came of writing a call to a connection.
enum Tried {
    Answered(Response<Incoming>),
    /// Nothing of it was written. It may come back.
    Unsent(Option<Request<OutBody>>, Words),
    Lost {
        why: Words,
        is_closed: bool,
    },
}

impl Open {
    async fn call(&mut self, request: Request<OutBody>) -> Tried {
        self.watch.call();
        let mut error = tokio::select! {
            biased;
            answered = self.sender.try_send_request(request) => match answered {
                Ok(answer) => return Tried::Answered(answer),
                Err(error) => error,
            },
            // Whoever served the connection has said of each call what became of it, so this one was never taken. It lies in the
            // queue to somebody who has gone: a race between the two that was seen once in some ten thousand closed connections.
            _ = self.served.changed() => {
                let why = texts::connection_closed();
                return Tried::Unsent(None, why);
            }
        };
        let (unsent, why) = (error.take_message(), words(error.error()));
        if unsent.is_some() || self.watch.found_closed() {
            return Tried::Unsent(unsent, why);
        }
        Tried::Lost { why, is_closed: closed_without_an_answer(error.error()) }
    }
}

/// A call that is made until one connection takes it. One with a short body can be made anew if nothing of it was written.
pub struct Outgoing {
    /// Method, path and headers.
    pub parts: request::Parts,
    /// The body; a long one is gone when it was sent once.
    pub body: Option<Kept>,
}

impl Outgoing {
    fn request(&mut self) -> Option<Request<OutBody>> {
        let body = match &self.body {
            Some(Kept::Memory(bytes)) => body::whole(bytes.clone()),
            _ => self.body.take()?.into_body(),
        };
        Some(Request::from_parts(self.parts.clone(), body))
    }
}

/// Over which connection a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// A kept one, if there is one. For what changes nothing.
    Any,
    /// One that was used just now, or a new one. For what may change something.
    Recent,
    /// A new one: the kept one was closed before the service saw the call.
    New,
}

/// Why a call has no answer.
#[derive(Debug)]
pub enum FailedAttempt {
    /// The service has seen nothing of it.
    NotSent(Words),
    /// It was sent, in part at least.
    Lost {
        /// What happened.
        why: Words,
        /// Whether it looks as if the service had closed a kept connection before it saw the call.
        is_stale: bool,
    },
}

impl Connections {
    /// To the host and port of `url`.
    ///
    /// # Errors
    /// If `url` has no host, for people.
    pub fn new(url: &Url, tls: ClientConfig) -> Result<Self, Words> {
        let host = match url.host().ok_or_else(texts::no_host)? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let port = url.port_or_known_default().ok_or_else(texts::no_port)?;
        let tls = if url.scheme() == "https" {
            let name = ServerName::try_from(host.clone()).map_err(Words::quoted)?;
            Some((TlsConnector::from(Arc::new(tls)), name))
        } else {
            None
        };
        Ok(Self { host, port, tls, kept: Arc::default() })
    }

    /// Makes a call whose address is a path only, and returns the head of its answer.
    ///
    /// # Errors
    /// [`FailedAttempt`].
    pub async fn send(&self, call: &mut Outgoing, over: Over) -> Result<Response<Incoming>, FailedAttempt> {
        let mut news = 0;
        let mut next = call.request();
        let mut why = texts::sent_already();
        while let Some(request) = next {
            let kept = self.kept(over);
            let was_kept = kept.is_some();
            news += usize::from(!was_kept);
            let mut open = match kept {
                Some(open) => open,
                None => self.connect().await.map_err(|why| FailedAttempt::NotSent(Words::quoted(why)))?,
            };
            let unsent = match open.call(request).await {
                Tried::Answered(answer) => {
                    self.keep_when_ready(open);
                    return Ok(answer);
                }
                Tried::Lost { why, is_closed } => {
                    return Err(FailedAttempt::Lost { why, is_stale: was_kept && is_closed });
                }
                Tried::Unsent(unsent, reason) => {
                    why = reason;
                    unsent
                }
            };
            next = unsent.or_else(|| call.request()).filter(|_| was_kept || news < NEW_TRIES);
        }
        Err(FailedAttempt::NotSent(why))
    }

    /// Takes the kept connection that was used last, if it may be used.
    fn kept(&self, over: Over) -> Option<Open> {
        let longest = match over {
            Over::Any => KEPT,
            Over::Recent => KEPT_FOR_CHANGES,
            Over::New => return None,
        };
        let mut pool = lock(&self.kept);
        while let Some(last) =
            pool.idle.pop_if(|last| !last.open.sender.is_ready() || last.since.elapsed() < longest)
        {
            if last.open.sender.is_ready() {
                return Some(last.open);
            }
        }
        None
    }

    /// Keeps a connection for the next call as soon as its answer was read to the end.
    fn keep_when_ready(&self, mut open: Open) {
        let pool = self.kept.clone();
        if open.sender.is_ready() {
            return keep(pool, open);
        }
        tokio::spawn(async move {
            if open.sender.ready().await.is_ok() {
                keep(pool, open);
            }
        });
    }

    async fn connect(&self) -> Result<Open, String> {
        let made = async {
            let tcp = self.reach().await?;
            tcp.set_nodelay(true).map_err(|error| error.to_string())?;
            let watch = Arc::<Watch>::default();
            let tcp = Watched::new(tcp, self.tls.is_some(), watch.clone());
            let (sender, served) = match &self.tls {
                None => open(tcp).await?,
                Some((tls, name)) => {
                    open(tls.connect(name.clone(), tcp).await.map_err(|error| chain(&error))?).await?
                }
            };
            Ok(Open { sender, watch, served })
        };
        tokio::time::timeout(CONNECT, made)
            .await
            .map_err(|_| format!("no connection within {} s", CONNECT.as_secs()))?
    }

    /// The first of the host's addresses that takes a connection. None may use up the time of the others.
    async fn reach(&self) -> Result<TcpStream, String> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let addresses: Vec<_> = found.map_err(|error| format!("dns error: {error}"))?.collect();
        let share = CONNECT / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
        let mut why = "the name has no address".to_owned();
        for address in addresses {
            match tokio::time::timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(tcp)) => return Ok(tcp),
                Ok(Err(error)) => why = format!("{address}: {error}"),
                Err(_) => why = format!("{address}: no connection within {share:?}"),
            }
        }
        Err(why)
    }
}

/// Begins to speak HTTP on a connection.
async fn open<S>(stream: S) -> Result<(http1::SendRequest<OutBody>, watch::Receiver<()>), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::Builder::new()
        .max_headers(HEADERS_MAX)
        .max_header_size(HEAD_MAX_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| chain(&error))?;
    let (serving, served) = watch::channel(());
    tokio::spawn(async move {
        let ended = connection.await;
        // Not before: by then each call that was taken has its answer or an error.
        drop(serving);
        if let Err(error) = ended {
            tracing::debug!(error = chain(&error), "connection to a service ended");
        }
    });
    Ok((sender, served))
}

fn lock(pool: &Mutex<IdlePool>) -> std::sync::MutexGuard<'_, IdlePool> {
    pool.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keep(shared: Arc<Mutex<IdlePool>>, open: Open) {
    let mut pool = lock(&shared);
    if pool.idle.len() >= KEPT_MAX {
        return;
    }
    pool.idle.push(Idle { open, since: Instant::now() });
    if !std::mem::replace(&mut pool.is_swept, true) {
        drop(pool);
        tokio::spawn(sweep(shared));
    }
}

/// Closes what was kept long enough, until nothing is kept.
async fn sweep(shared: Arc<Mutex<IdlePool>>) {
    loop {
        tokio::time::sleep(KEPT / 2).await;
        let mut pool = lock(&shared);
        pool.idle.retain(|idle| idle.open.sender.is_ready() && idle.since.elapsed() < KEPT);
        pool.is_swept = !pool.idle.is_empty();
        if !pool.is_swept {
            return;
        }
    }
}

/// Whether the connection ended before any answer was there.
fn closed_without_an_answer(error: &hyper::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
    let mut source = std::error::Error::source(error);
    let broke = std::iter::from_fn(|| {
        let now = source?;
        source = now.source();
        Some(now)
    })
    .filter_map(|inner| inner.downcast_ref::<std::io::Error>())
    .any(|error| {
        matches!(
            error.kind(),
            BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof
        )
    });
    error.is_incomplete_message() || broke
}

/// What happened, for people.
fn words(error: &hyper::Error) -> Words {
    let why = chain(error);
    if error.is_parse_too_large() {
        texts::answer_head_too_large(HEAD_MAX_BYTES, HEADERS_MAX)
    } else if error.is_parse() {
        texts::answer_not_http(why)
    } else if closed_without_an_answer(error) {
        texts::closed_before_answer(why)
    } else {
        Words::quoted(why)
    }
}

#[cfg(test)]
mod tests;
