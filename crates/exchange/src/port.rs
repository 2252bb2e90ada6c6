//! Listening: the peer port and the client edge. An exchange that has begun goes to its end, and into the ledgers, whether or
//! not its caller is still there.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulConnection;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use crate::edge::{self, Caller};
use crate::node::Node;
use crate::provide;

/// Connections at once on one port. Beyond that new ones wait in the system's own queue.
const CONNECTIONS: usize = 4096;
/// Longest wait for a handshake, and for the headers of a call.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Calls at once on one connection from a peer.
const STREAMS: u32 = 1024;
/// Flow-control window of the peer port; see `peers`.
const WINDOW_BYTES: u32 = 1024 * 1024;
/// Headers over HTTP/2, in either direction. A peer sends those of its system, and the signature with its batch path.
pub(crate) const PEER_HEADERS_MAX_BYTES: u32 = 32 * 1024;
/// What the edge reads of HTTP/1.1 headers before it gives up without an answer of ours.
const EDGE_BUFFER_BYTES: usize = 64 * 1024;

/// Becomes true when the node is to end. Held by all that is under way: when nobody holds it any more, nothing is.
pub type Ending = watch::Receiver<bool>;

/// Takes what peers send, for as long as it is polled.
pub async fn peers(node: Arc<Node>, listener: TcpListener, tls: ServerConfig, ending: Ending) {
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    accept(listener, move |stream| {
        let (node, acceptor, ending) = (node.clone(), acceptor.clone(), ending.clone());
        async move {
            let stream = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream))
                .await
                .map_err(|_| "no handshake in time".to_owned())?;
            // Said aloud: to the other side a refused certificate looks like a connection that closed.
            let stream = stream
                .inspect_err(|error| tracing::info!(%error, "a peer got no connection"))
                .map_err(|error| error.to_string())?;
            let certificate = stream
                .get_ref()
                .1
                .peer_certificates()
                .and_then(<[_]>::first)
                .map(|der| der.clone().into_owned());
            serve_peer(node, stream, certificate, ending).await
        }
    })
    .await;
}

async fn serve_peer(
    node: Arc<Node>,
    stream: tokio_rustls::server::TlsStream<TcpStream>,
    certificate: Option<CertificateDer<'static>>,
    ending: Ending,
) -> Result<(), String> {
    let under_way = ending.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        // Asked for each request: a node that left the directory is refused on connections it already has.
        let peer = certificate.as_ref().and_then(|shown| node.book.load().node_of(shown).cloned());
        let served =
            peer.map(|peer| to_its_end(provide::serve(node.clone(), request, peer), under_way.clone()));
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
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(4 * WINDOW_BYTES)
        .max_header_list_size(PEER_HEADERS_MAX_BYTES)
        .keep_alive_interval(Duration::from_secs(30));
    until_ending(server.serve_connection(TokioIo::new(stream), service), ending).await
}

/// Takes what the agency's systems call, for as long as it is polled.
pub async fn systems(node: Arc<Node>, listener: TcpListener, tls: Option<ServerConfig>, ending: Ending) {
    let acceptor = tls.map(|tls| TlsAcceptor::from(Arc::new(tls)));
    accept(listener, move |stream| {
        let (node, acceptor, ending) = (node.clone(), acceptor.clone(), ending.clone());
        async move {
            let Some(acceptor) = acceptor else {
                return serve_system(node, stream, Caller::default(), ending).await;
            };
            let stream = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream))
                .await
                .map_err(|_| "no handshake in time".to_owned())?;
            let stream = stream.map_err(|error| error.to_string())?;
            let certificate = stream
                .get_ref()
                .1
                .peer_certificates()
                .and_then(<[_]>::first)
                .map(|der| der.clone().into_owned());
            serve_system(node, stream, Caller { certificate }, ending).await
        }
    })
    .await;
}

async fn serve_system<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    node: Arc<Node>,
    stream: S,
    caller: Caller,
    ending: Ending,
) -> Result<(), String> {
    let under_way = ending.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        to_its_end(edge::answer(node.clone(), request, caller.clone()), under_way.clone())
    });
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(HANDSHAKE).max_buf_size(EDGE_BUFFER_BYTES);
    server.http2().timer(TokioTimer::new()).max_header_list_size(PEER_HEADERS_MAX_BYTES);
    until_ending(server.serve_connection(TokioIo::new(stream), service), ending).await
}

/// Has the work done by a task of its own, so that it does not end with the connection that brought it.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
    under_way: Ending,
) -> Result<T, &'static str> {
    let task = tokio::spawn(async move {
        let done = work.await;
        drop(under_way);
        done
    });
    task.await.map_err(|_| "the exchange failed inside")
}

/// Serves a connection; when the node is to end, lets what is under way on it come to its end and takes nothing new.
async fn until_ending<C>(connection: C, mut ending: Ending) -> Result<(), String>
where
    C: GracefulConnection,
    C::Error: std::fmt::Display,
{
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = async { drop(ending.wait_for(|ending| *ending).await) } => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    ended.map_err(|error| error.to_string())
}

async fn accept<F, G>(listener: TcpListener, serve: F)
where
    F: Fn(TcpStream) -> G,
    G: Future<Output = Result<(), String>> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // The semaphore is never closed.
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, from)) => {
                let _ = stream.set_nodelay(true);
                let served = serve(stream);
                tokio::spawn(async move {
                    if let Err(why) = served.await {
                        tracing::debug!(%from, why, "connection ended");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
