//! Listening: the peer port and the client edge. An exchange that has begun goes to its end, and into the ledgers, whether or
//! not its caller is still there.

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto;
use jiff::Timestamp;
use model::id::NodeId;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use trust::certificate;
use trust::listen::{self, Clock, Connection, Door, Limits, Pace};
use trust::tenure::{self, Over};

use crate::body::{InBody, OutBody};
use crate::clock;
use crate::edge;
use crate::framed;
use crate::headers;
use crate::node::Node;
use crate::peers::WINDOW_BYTES;
use crate::presence::{self, Held};
use crate::provide;
use crate::systems::Caller;

/// Longest wait for a handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The clock of whoever has not shown who they are.
const STRANGER: Clock = Clock { idle: Duration::from_secs(10), life: Duration::from_secs(120) };
/// Places and clocks of the peer port. A node has one connection to each of ours, and keeps it; a few more may be left over from before it
/// was started anew or got another certificate. Whether it is there is asked by pings, and a connection in use is never closed under it. Bodies come through its edge, which is stricter, so that no slow system of its
/// agency costs a node its connection.
pub(crate) const PEERS: Limits = Limits {
    proven: 8192,
    per_party: 16,
    strangers: 512,
    per_address: 128,
    strangers_requests: 64,
    strangers_bytes_per_second: 1024 * 1024,
    party_requests: 2048,
    handshake: HANDSHAKE,
    stranger: STRANGER,
    known: Clock { idle: Duration::from_secs(24 * 3600), life: Duration::from_secs(24 * 3600) },
    pace: Pace { grace: Duration::from_secs(120), bytes_per_second: 512 },
};
/// Places and clocks of the edge. All systems of an agency may come from one address, so that has many.
pub(crate) const SYSTEMS: Limits = Limits {
    proven: 8192,
    per_party: 4096,
    strangers: 2048,
    per_address: 1024,
    strangers_requests: 512,
    strangers_bytes_per_second: 1024 * 1024,
    party_requests: 8192,
    handshake: HANDSHAKE,
    stranger: STRANGER,
    known: Clock { idle: Duration::from_secs(75), life: Duration::from_secs(3600) },
    pace: Pace { grace: Duration::from_secs(30), bytes_per_second: 2048 },
};
/// Whether the other side is there is asked so often, and it is given up when it has not answered for as long.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);
/// Calls at once on one connection: from a peer, and at the edge.
const STREAMS: (u32, u32) = (1024, 256);
/// Flow-control window of the edge: what of a body is taken before it is known whether it may come.
const EDGE_WINDOW_BYTES: u32 = 256 * 1024;
/// Streams that the other side has opened and reset, and those that we reset for its mistakes, before the connection ends.
const RESETS: usize = 64;
/// What the edge reads of HTTP/1.1 headers before it gives up without an answer of ours.
const EDGE_BUFFER_BYTES: usize = 64 * 1024;

/// Becomes true when the node is to end. Held by all that is under way: when nobody holds it any more, nothing is.
pub(crate) type Ending = watch::Receiver<bool>;

/// Takes what peers send, for as long as it is polled.
pub(crate) async fn peers(node: Arc<Node>, listener: TcpListener, door: Door, ending: Ending) {
    listen::accept_by(listener, door, move |stream, connection| {
        let (node, ending) = (node.clone(), ending.clone());
        async move {
            let face = node.face.load_full();
            let acceptor = TlsAcceptor::from(face.server.clone());
            // Said aloud: to the other side a refused certificate looks like a connection that closed.
            let stream = connection
                .handshake(acceptor.accept(stream))
                .await
                .inspect_err(|error| tracing::info!(error, "a peer got no connection"))?;
            serve_peer(node, stream, connection, face.ends, ending).await
        }
    })
    .await;
}

async fn serve_peer(
    node: Arc<Node>,
    stream: TlsStream<TcpStream>,
    connection: Arc<Connection>,
    own_ends: Timestamp,
    ending: Ending,
) -> Result<(), String> {
    let certificate = certificate(&stream);
    // A session may have been resumed: then nobody has looked at the certificate yet.
    let named = certificate.as_ref().and_then(|shown| counting(&node, shown, own_ends));
    let is_proven = named.is_some_and(|peer| connection.prove(peer.as_str()));
    let (watched, shown) = (node.clone(), certificate.clone());
    let over = tenure::watch(move || {
        shown.as_ref().is_some_and(|shown| counting(&watched, shown, own_ends).is_some())
    });
    let under_way = ending.clone();
    // Asked for each request: a certificate that left the directory, or has ended, is refused on connections that are there.
    let asking = move || {
        certificate
            .as_ref()
            .and_then(|shown| counting(&node, shown, own_ends))
            .map(|peer| (node.clone(), peer))
    };
    if stream.get_ref().1.alpn_protocol() == Some(framed::ALPN) {
        if !is_proven {
            return Err("whoever is not known, or has too many connections, gets no framed one".to_owned());
        }
        let take = move |request| {
            let (under_way, (node, peer)) = (under_way.clone(), asking()?);
            Some(async move {
                let answer = provide::serve(node, request, peer).await;
                drop(under_way);
                answer
            })
        };
        return tenure::serve(over, |over| {
            framed::serve(stream, connection, SIGN_OF_LIFE, take, has_come(ending, over))
        })
        .await;
    }
    let service = service_fn(move |request: Request<InBody>| {
        let (held, request) = presence::watched(request);
        let served = asking().map(|(node, peer)| {
            to_its_end(signed_in_headers(provide::serve(node, request, peer)), held, under_way.clone())
        });
        async move {
            match served {
                Some(served) => served.await,
                None => Err("the peer is no longer in the directory"),
            }
        }
    });
    let mut server = auto::Builder::new(TokioExecutor::new()).http2_only();
    server
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS.0)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(4 * WINDOW_BYTES)
        .max_header_list_size(headers::MAX_BYTES)
        .keep_alive_interval(SIGN_OF_LIFE)
        .keep_alive_timeout(SIGN_OF_LIFE);
    tenure::serve(over, |over| connection.serve(server, stream, service, has_come(ending, over))).await
}

/// An answer as HTTP/2 carries it: its signature stands in its headers.
async fn signed_in_headers(answer: impl Future<Output = Response<OutBody>>) -> Response<OutBody> {
    let mut answer = answer.await;
    let signed = answer.extensions_mut().remove();
    headers::put_signature(answer.headers_mut(), signed);
    answer
}

/// The node that a certificate on a connection is of, as long as it counts and ours on that connection does as well.
fn counting(node: &Node, shown: &CertificateDer<'_>, own_ends: Timestamp) -> Option<NodeId> {
    let now = clock::now();
    let peer = node.directory.load().node_with(shown, now).cloned();
    peer.filter(|_| now <= own_ends)
}

/// Takes what the agency's systems call, for as long as it is polled.
pub(crate) async fn systems(
    node: Arc<Node>,
    (listener, door): (TcpListener, Door),
    tls: Option<ServerConfig>,
    ending: Ending,
) {
    let acceptor = tls.map(|tls| TlsAcceptor::from(Arc::new(tls)));
    listen::accept_by(listener, door, move |stream, connection| {
        let (node, acceptor, ending) = (node.clone(), acceptor.clone(), ending.clone());
        async move {
            let Some(acceptor) = acceptor else {
                return serve_system(node, stream, connection, Caller::default(), ending).await;
            };
            let stream = connection.handshake(acceptor.accept(stream)).await?;
            let certificate = certificate(&stream);
            let ends = certificate.as_ref().and_then(|shown| certificate::span(shown).ok()).map(|(_, to)| to);
            let caller = Caller { certificate, ends };
            serve_system(node, stream, connection, caller, ending).await
        }
    })
    .await;
}

async fn serve_system<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    node: Arc<Node>,
    stream: S,
    connection: Arc<Connection>,
    caller: Caller,
    ending: Ending,
) -> Result<(), String> {
    let (under_way, ends) = (ending.clone(), caller.ends);
    let over = tenure::watch(move || ends.is_none_or(|ends| clock::now() <= ends));
    let service = service_fn(move |request: Request<InBody>| {
        let (held, request) = presence::watched(request);
        to_its_end(edge::answer(node.clone(), request, caller.clone()), held, under_way.clone())
    });
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().max_buf_size(EDGE_BUFFER_BYTES);
    server
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS.1)
        .initial_stream_window_size(EDGE_WINDOW_BYTES)
        .initial_connection_window_size(4 * EDGE_WINDOW_BYTES)
        .max_header_list_size(headers::MAX_BYTES)
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(RESETS)
        .keep_alive_interval(SIGN_OF_LIFE)
        .keep_alive_timeout(SIGN_OF_LIFE);
    tenure::serve(over, |over| connection.serve(server, stream, service, has_come(ending, over))).await
}

/// The certificate that the other side showed.
fn certificate(stream: &TlsStream<TcpStream>) -> Option<CertificateDer<'static>> {
    let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    shown.map(|der| der.clone().into_owned())
}

/// Has the work done by a task of its own, so that it does not end with the connection that brought it: it only sees by `held` that it is
/// gone.
fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
    held: Held,
    under_way: Ending,
) -> impl Future<Output = Result<T, &'static str>> {
    let task = tokio::spawn(async move {
        let done = work.await;
        drop(under_way);
        done
    });
    async move {
        let _held = held;
        task.await.map_err(|_| "the exchange failed inside")
    }
}

/// Comes when the node is to end, or what was shown on a connection counts no more.
async fn has_come(mut ending: Ending, over: Over) {
    tokio::select! {
        ended = ending.wait_for(|ending| *ending) => drop(ended),
        () = over => {}
    }
}
