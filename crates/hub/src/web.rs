//! Listening: HTTPS for the API.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Extension;
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt as _, Limited};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

/// Connections at once: every node of the State holds one, with room beside.
const CONNECTIONS: usize = 16_384;
/// Longest wait for a handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Longest wait for the headers of a request, and so the time for which a connection is kept that asks nothing: longer than callers keep
/// theirs, so that nobody sends a question into a connection that is being closed.
const HEADERS: Duration = Duration::from_secs(90);

/// What of a body that nobody wanted is still taken, and for how long.
const LINGER: (usize, Duration) = (1024 * 1024, Duration::from_secs(5));

/// Whether an address leads to the hub itself: a browser reads `//` and `\` as another host.
#[must_use]
pub fn is_own(address: &str) -> bool {
    address.starts_with('/')
        && !address.starts_with("//")
        && !address.contains(|c: char| c == '\\' || c.is_control())
}

/// Where a request came from.
#[derive(Debug, Clone, Copy)]
pub struct From(pub SocketAddr);

/// Serves `router` for as long as the process runs.
pub(crate) async fn serve(listener: TcpListener, tls: ServerConfig, router: axum::Router) {
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // The semaphore is never closed.
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, from)) => {
                let acceptor = acceptor.clone();
                let router =
                    router.clone().layer(Extension(From(from))).layer(axum::middleware::map_request(linger));
                tokio::spawn(async move {
                    if let Err(why) = connection(stream, acceptor, router).await {
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

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, router: axum::Router) -> Result<(), String> {
    let _ = stream.set_nodelay(true);
    let stream = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream))
        .await
        .map_err(|_| "no handshake in time".to_owned())?;
    let stream = stream.map_err(|error| error.to_string())?;
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS);
    server.http2().timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(30));
    server
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .await
        .map_err(|error| error.to_string())
}

/// A request that is refused by its headers has a body all the same, which may still be on its way. A connection that is closed under it
/// breaks the next request that its caller sends there; so what is left of a short body is taken.
async fn linger(request: axum::extract::Request) -> axum::extract::Request {
    request.map(|body| Body::new(Lingering(Some(body))))
}

/// A body whose rest is taken when it is dropped.
struct Lingering(Option<Body>);

impl http_body::Body for Lingering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match &mut self.0 {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map(http_body::Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let Some(body) = self.0.take().filter(|body| !http_body::Body::is_end_stream(body)) else { return };
        if http_body::Body::size_hint(&body).lower() <= LINGER.0 as u64 {
            tokio::spawn(tokio::time::timeout(LINGER.1, Limited::new(body, LINGER.0).collect()));
        }
    }
}
