//! Calls to other nodes: pooled connections, framed or HTTP/2, health, load balancing, and what may be tried again elsewhere.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use futures::{FutureExt as _, TryFutureExt as _};
use http::{Request, Response};
use http_body_util::Either;
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use model::id::NodeId;
use model::sight::How;
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use trust::tenure;

use crate::backoff::Backoff;
use crate::body::OutBody;
use crate::clock;
use crate::compiled::{CompiledDirectory, Reach};
pub use crate::framed::FramedBody;
use crate::framed::{self, Client, NoAnswer};
use crate::headers;

/// Longest wait for a connection. Inside one country; X-Road waits 30 s.
const CONNECT: Duration = Duration::from_secs(3);
/// A peer that says nothing is asked for a sign of life this often, and given up after as long again.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);
/// How long a node that failed is left alone before it is tried in the background.
const REST: Backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(10));
/// Tries before a node that stays away is only tried again by calls: about an hour.
const TRIES: u32 = 360;
/// Flow-control window between nodes: lets one stream fill a 10 Gbit/s path of 1 ms.
pub(crate) const WINDOW_BYTES: u32 = 1024 * 1024;

/// Connections to other nodes.
pub struct Peers {
    /// How it calls; another each time that it shows another certificate.
    tls: ArcSwap<ClientConfig>,
    directory: Arc<ArcSwap<CompiledDirectory>>,
    known: Mutex<HashMap<NodeId, Arc<Peer>>>,
}

/// What is known of one node.
struct Peer {
    /// Calls in flight: the load that balancing looks at.
    in_flight: AtomicUsize,
    state: Mutex<State>,
    /// Held while a connection is made, so that a burst of calls makes one.
    connecting: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    address: String,
    connected: Option<Connected>,
    /// It failed and has not answered since; it is asked for a connection now and then until it gives one.
    is_down: bool,
    /// How the last try for a connection failed, if none was had since.
    failed: Option<How>,
}

/// Why there is no connection: how that shows, and for people.
struct Unreached {
    how: How,
    why: String,
}

impl Unreached {
    fn new(how: How, why: impl Into<String>) -> Self {
        Self { how, why: why.into() }
    }

    /// The network's own word.
    fn of_network(error: &io::Error) -> Self {
        let how = match error.kind() {
            io::ErrorKind::ConnectionRefused => How::Refused,
            io::ErrorKind::TimedOut => How::Timeout,
            _ => How::Network,
        };
        Self::new(how, error.to_string())
    }

    /// What a handshake ended with.
    fn of_handshake(error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let of_certificate = matches!(inner, Some(rustls::Error::InvalidCertificate(_)));
        Self::new(if of_certificate { How::Certificate } else { How::Tls }, error.to_string())
    }
}

/// A connection to a node.
#[derive(Clone)]
struct Connected {
    sender: Sender,
    /// What the node showed on it.
    shown: CertificateDer<'static>,
    /// By which settings it was made.
    by: Arc<ClientConfig>,
}

/// Where calls are put.
#[derive(Clone)]
enum Sender {
    Framed(Client),
    Http(http2::SendRequest<OutBody>),
}

/// An answer's body.
pub type AnswerBody = Either<Incoming, FramedBody>;

/// What became of a call.
pub enum Sent {
    /// It was answered.
    Answered(Response<AnswerBody>, InFlight),
    /// The node never saw it: it can be sent to another.
    NotSent(String),
    /// It was sent, and no answer came. Whether the node acted on it is not known.
    Lost(String),
}

/// Counts a call as in flight until its answer was read.
pub struct InFlight(Arc<Peer>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Peers {
    /// Peers as `directory` names them.
    #[must_use]
    pub fn new(tls: ClientConfig, directory: Arc<ArcSwap<CompiledDirectory>>) -> Self {
        Self { tls: ArcSwap::from_pointee(without_resumption(tls)), directory, known: Mutex::default() }
    }

    /// From here on it calls by other settings. The connections that are there go to the end of what is under way on them.
    pub(crate) fn show(&self, tls: ClientConfig) {
        self.tls.store(Arc::new(without_resumption(tls)));
    }

    /// The nodes in the order in which they should be tried: healthy ones by load, then those that are down.
    #[must_use]
    pub fn order(&self, mut nodes: Vec<Reach>) -> Vec<Reach> {
        // Equal loads are broken by turns, so that idle nodes share the work.
        static TURN: AtomicUsize = AtomicUsize::new(0);
        if nodes.len() > 1 {
            let turn = TURN.fetch_add(1, Ordering::Relaxed) % nodes.len();
            nodes.rotate_left(turn);
            nodes.sort_by_cached_key(|node| {
                let peer = self.peer(&node.id);
                let is_down = peer.state().is_down;
                (is_down, peer.in_flight.load(Ordering::Relaxed))
            });
        }
        nodes
    }

    /// The nodes that were called, by name: whether each can be reached as far as is known, and calls to it that are under way. Those that
    /// left the directory are left out.
    pub(crate) fn called(&self) -> Vec<(NodeId, bool, usize)> {
        let directory = self.directory.load();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.iter().filter(|(id, _)| directory.has_node(id));
        let mut called: Vec<_> = known
            .map(|(id, peer)| (id.clone(), !peer.state().is_down, peer.in_flight.load(Ordering::Relaxed)))
            .collect();
        called.sort_unstable_by(|(a, ..), (b, ..)| a.cmp(b));
        called
    }

    /// Connects to a node and lets go again: how long it took to see its certificate and show ours.
    pub(crate) async fn try_out(&self, node: &Reach) -> Result<Duration, String> {
        let began = Instant::now();
        let connected = tokio::time::timeout(CONNECT, self.connect(node)).await;
        connected
            .map_err(|_| format!("no connection within {} s", CONNECT.as_secs()))?
            .map_err(|unreached| unreached.why)?;
        Ok(began.elapsed())
    }

    /// Sends a request to `node`. Its signature is among its extensions, unless it is behind the body.
    pub async fn send(self: &Arc<Self>, node: &Reach, mut request: Request<OutBody>) -> Sent {
        let peer = self.peer(&node.id);
        let mut sender = match self.connection(&peer, node).await {
            Ok(sender) => sender,
            Err(Unreached { how, why }) => {
                self.fail(&peer, node, Some(how));
                return Sent::NotSent(format!("{}: {why}", node.id));
            }
        };
        peer.in_flight.fetch_add(1, Ordering::Relaxed);
        let in_flight = InFlight(peer.clone());
        let sent = match &mut sender {
            Sender::Http(sender) => {
                let signed = request.extensions_mut().remove();
                headers::put_signature(request.headers_mut(), signed);
                sender.try_send_request(request).await
            }
            Sender::Framed(client) => match client.ask(request).await {
                Ok(answer) => return Sent::Answered(answer.map(Either::Right), in_flight),
                Err(why) => return self.unanswered(&peer, node, client, why),
            },
        };
        match sent {
            Ok(answer) => Sent::Answered(answer.map(Either::Left), in_flight),
            Err(mut error) => {
                let not_sent = error.take_message().is_some();
                let why = format!("{}: {}", node.id, trust::chain(error.error()));
                match Broke::of(error.error()) {
                    Broke::Unseen => return Sent::NotSent(why),
                    Broke::Call => {}
                    // The next call makes another connection, or finds that there is none to be had.
                    Broke::Connection => peer.state().connected = None,
                    Broke::Node => self.fail(&peer, node, None),
                }
                if not_sent { Sent::NotSent(why) } else { Sent::Lost(why) }
            }
        }
    }

    /// What it means that a framed connection gave no answer.
    fn unanswered(self: &Arc<Self>, peer: &Arc<Peer>, node: &Reach, client: &Client, why: NoAnswer) -> Sent {
        match why {
            NoAnswer::NotSeen(why) => Sent::NotSent(format!("{}: {why}", node.id)),
            NoAnswer::Broken => Sent::Lost(format!("{}: it broke off", node.id)),
            NoAnswer::Ended(why) => {
                // Another connection may have taken its place since.
                let is_last = match &peer.state().connected {
                    Some(Connected { sender: Sender::Framed(there), .. }) => there.is(client),
                    _ => true,
                };
                if is_last {
                    self.fail(peer, node, None);
                }
                Sent::Lost(format!("{}: {why}", node.id))
            }
        }
    }

    fn peer(&self, id: &NodeId) -> Arc<Peer> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(peer) = known.get(id) {
            return peer.clone();
        }
        let peer = Arc::new(Peer {
            in_flight: AtomicUsize::new(0),
            state: Mutex::default(),
            connecting: tokio::sync::Mutex::default(),
        });
        known.insert(id.clone(), peer.clone());
        peer
    }

    /// Those to which there is a connection, and those to which none could be had: what the hub is told.
    pub(crate) fn seen(&self) -> BTreeMap<NodeId, How> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |(id, peer): (&NodeId, &Arc<Peer>)| {
            let state = peer.state();
            let is_there = state.connected.as_ref().is_some_and(|there| !there.sender.is_over());
            let how = if is_there { Some(How::Reached) } else { state.failed.filter(|_| state.is_down) };
            how.map(|how| (id.clone(), how))
        };
        known.iter().filter_map(of).collect()
    }

    async fn connection(&self, peer: &Peer, node: &Reach) -> Result<Sender, Unreached> {
        if let Some(sender) = self.live(peer, node) {
            return Ok(sender);
        }
        let _one = peer.connecting.lock().await;
        if let Some(sender) = self.live(peer, node) {
            return Ok(sender);
        }
        let connected = tokio::time::timeout(CONNECT, self.connect(node)).await.map_err(|_| {
            Unreached::new(How::Timeout, format!("no connection within {} s", CONNECT.as_secs()))
        })??;
        let sender = connected.sender.clone();
        *peer.state() =
            State { address: node.address.clone(), connected: Some(connected), is_down: false, failed: None };
        Ok(sender)
    }

    /// A connection that is there, as long as what both sides show on it counts.
    fn live(&self, peer: &Peer, node: &Reach) -> Option<Sender> {
        let mut state = peer.state();
        let counts = |there: &Connected| {
            Arc::ptr_eq(&there.by, &self.tls.load())
                && self.directory.load().node_with(&there.shown, clock::now()) == Some(&node.id)
        };
        let is_live = state.address == node.address
            && state.connected.as_ref().is_some_and(|there| !there.sender.is_over() && counts(there));
        if !is_live {
            state.connected = None;
        }
        state.connected.as_ref().map(|there| there.sender.clone())
    }

    /// Marks a node as down, and tries it in the background until it is back.
    fn fail(self: &Arc<Self>, peer: &Arc<Peer>, node: &Reach, how: Option<How>) {
        let mut state = peer.state();
        state.connected = None;
        state.failed = how.or(state.failed);
        if std::mem::replace(&mut state.is_down, true) {
            return;
        }
        tracing::warn!(node = %node.id, address = node.address, "peer is down");
        let (peers, peer, node) = (self.clone(), peer.clone(), node.clone());
        tokio::spawn(async move {
            let mut rest = REST;
            for _ in 0..TRIES {
                tokio::time::sleep(rest.pause()).await;
                match peers.connection(&peer, &node).await {
                    Ok(_) => {
                        tracing::info!(node = %node.id, "peer is back");
                        return;
                    }
                    Err(Unreached { how, .. }) => peer.state().failed = Some(how),
                }
            }
            // From here on a call that has no other node may try.
            peer.state().is_down = false;
        });
    }

    async fn connect(&self, node: &Reach) -> Result<Connected, Unreached> {
        let tcp = TcpStream::connect(&node.address).await.map_err(|error| Unreached::of_network(&error))?;
        tcp.set_nodelay(true).map_err(|error| Unreached::of_network(&error))?;
        // The name is not what identifies a node; its certificate is, and it is looked up below.
        let name = ServerName::try_from("node.lienthong.invalid")
            .map_err(|error| Unreached::new(How::Tls, error.to_string()))?;
        let by = self.tls.load_full();
        let stream = TlsConnector::from(by.clone()).connect(name, tcp).await;
        let stream = stream.map_err(|error| Unreached::of_handshake(&error))?;
        let certificate = stream
            .get_ref()
            .1
            .peer_certificates()
            .and_then(<[_]>::first)
            .ok_or_else(|| Unreached::new(How::Certificate, "it showed no certificate"))?;
        let shown = certificate.clone().into_owned();
        let other = match self.directory.load().node_with(&shown, clock::now()) {
            Some(found) if *found == node.id => None,
            Some(found) => Some(found.to_string()),
            None => Some("a node no longer in the directory".to_owned()),
        };
        if let Some(other) = other {
            return Err(Unreached::new(How::Certificate, format!("{other} answers at {}", node.address)));
        }
        let is_framed = stream.get_ref().1.alpn_protocol() == Some(framed::ALPN);
        let (sender, connection) = if is_framed {
            let (client, connection) = framed::connect(stream, SIGN_OF_LIFE);
            (Sender::Framed(client), connection.boxed())
        } else {
            let (sender, connection) = http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .keep_alive_interval(SIGN_OF_LIFE)
                .keep_alive_timeout(SIGN_OF_LIFE)
                .keep_alive_while_idle(true)
                .max_header_list_size(headers::MAX_BYTES)
                .initial_stream_window_size(WINDOW_BYTES)
                .initial_connection_window_size(4 * WINDOW_BYTES)
                .handshake(TokioIo::new(stream))
                .await
                .map_err(|error| Unreached::new(How::Tls, error.to_string()))?;
            (Sender::Http(sender), connection.map_err(|error| error.to_string()).boxed())
        };
        let (id, watched, directory) = (node.id.clone(), shown.clone(), self.directory.clone());
        let over = tenure::watch(move || directory.load().node_with(&watched, clock::now()).is_some());
        tokio::spawn(async move {
            let ended = tokio::select! {
                ended = connection => ended,
                () = tenure::last_words(over) => Err("its certificate counts no more".to_owned()),
            };
            if let Err(why) = ended {
                tracing::debug!(node = %id, why, "connection to a peer ended");
            }
        });
        Ok(Connected { sender, shown, by })
    }
}

/// A resumed session shows what was shown before; here it is to be what counts now.
fn without_resumption(mut tls: ClientConfig) -> ClientConfig {
    tls.resumption = rustls::client::Resumption::disabled();
    tls
}

/// What broke when a call did.
enum Broke {
    /// Nothing: the node says that it did not look at the call.
    Unseen,
    /// The call alone: its own body ended early, or its answer was none. That says nothing about the node.
    Call,
    /// The connection, over what was said on it: the node is there.
    Connection,
    /// The way to the node, or the node.
    Node,
}

impl Broke {
    fn of(error: &hyper::Error) -> Self {
        if error.is_user() {
            return Self::Call;
        }
        let mut source = std::error::Error::source(error);
        while let Some(inner) = source {
            if let Some(error) = inner.downcast_ref::<h2::Error>() {
                return match error.reason() {
                    Some(h2::Reason::REFUSED_STREAM) if error.is_reset() => Self::Unseen,
                    _ if error.is_reset() => Self::Call,
                    // Ended in good order it may have been stopped.
                    Some(reason) if error.is_go_away() && reason != h2::Reason::NO_ERROR => Self::Connection,
                    _ => Self::Node,
                };
            }
            source = inner.source();
        }
        Self::Node
    }
}

impl Sender {
    fn is_over(&self) -> bool {
        match self {
            Self::Framed(client) => client.is_over(),
            Self::Http(sender) => sender.is_closed(),
        }
    }
}

impl Peer {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
