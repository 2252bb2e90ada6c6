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
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use trust::certificate;
use trust::listen::{self, Clock, Connection, Door, Limits, Pace};
use trust::tenure;

use crate::clock;
use crate::running::face::{Face, Web};

/// Places and clocks of the hub's port. Every node of the State holds a connection, and 12,000 who listen to events, with room beside. A
/// connection that is known is kept longer than callers keep theirs, so that nobody sends a question into one that is being closed.
pub(crate) const LIMITS: Limits = Limits {
    proven: 16_384,
    per_party: 2_048,
    strangers: 1_024,
    per_address: 128,
    strangers_requests: 512,
    strangers_bytes_per_second: 1024 * 1024,
    party_requests: 4096,
    handshake: Duration::from_secs(10),
    stranger: Clock { idle: Duration::from_secs(15), life: Duration::from_secs(120) },
    known: Clock { idle: Duration::from_secs(90), life: Duration::from_secs(3600) },
    pace: Pace { grace: Duration::from_secs(10), bytes_per_second: 4096 },
};
/// Headers of a request, in either version of HTTP.
const HEADERS_MAX_BYTES: u32 = 64 * 1024;
/// What is taken of an HTTP/2 body before anybody has asked for it: by stream, and by connection.
const WINDOW_BYTES: (u32, u32) = (64 * 1024, 256 * 1024);
/// Requests at once on one HTTP/2 connection.
const STREAMS: u32 = 64;

/// What of a body that nobody wanted is still taken, and for how long.
const LINGER: (usize, Duration) = (1024 * 1024, Duration::from_secs(5));

/// Whether an address leads to the hub itself: a browser reads `//` and `\` as another host.
#[must_use]
pub fn is_own(address: &str) -> bool {
    address.starts_with('/')
        && !address.starts_with("//")
        && !address.contains(|c: char| c == '\\' || c.is_control())
}

/// Where a request came from: the address, the connection, and the certificate that was shown on it.
#[derive(Clone)]
pub struct From {
    address: SocketAddr,
    /// None: the request is played.
    connection: Option<Arc<Connection>>,
    certificate: Option<Arc<Shown>>,
}

/// A certificate that was shown in a handshake, then or when a session began that was resumed.
struct Shown {
    certificate: CertificateDer<'static>,
    ends: Timestamp,
}

impl Shown {
    fn new(certificate: CertificateDer<'static>) -> Self {
        let ends = certificate::span(&certificate).map_or(Timestamp::MIN, |(_, ends)| ends);
        Self { certificate, ends }
    }
}

impl From {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate of a node that was shown, unless it has ended since; whether the registry has it is another question.
    pub(crate) fn certificate(&self) -> Option<&CertificateDer<'static>> {
        let shown = self.certificate.as_deref()?;
        (clock::now() <= shown.ends).then_some(&shown.certificate)
    }

    /// Whoever is at the other end has shown who they are.
    pub(crate) fn prove(&self, party: &str) {
        if let Some(connection) = &self.connection {
            connection.prove(party);
        }
    }

    /// As if somebody had come from an address.
    #[cfg(test)]
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self { address, connection: None, certificate: None }
    }

    /// As if somebody had shown a certificate.
    #[cfg(test)]
    pub(crate) fn showing(certificate: CertificateDer<'static>) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        Self { address, connection: None, certificate: Some(Arc::new(Shown::new(certificate))) }
    }
}

/// Serves `router` for as long as the process runs.
pub(crate) async fn serve(listener: TcpListener, door: Door, face: &Face, router: axum::Router) {
    listen::accept_by(listener, door, |stream, connection| {
        serve_one(stream, connection, face.now(), router.clone())
    })
    .await;
}

async fn serve_one(
    stream: TcpStream,
    connection: Arc<Connection>,
    own: Arc<Web>,
    router: axum::Router,
) -> Result<(), String> {
    let stream = connection.handshake(TlsAcceptor::from(own.server.clone()).accept(stream)).await?;
    let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let certificate = certificate.map(|shown| Arc::new(Shown::new(shown.clone().into_owned())));
    let theirs = certificate.as_ref().map_or(Timestamp::MAX, |shown| shown.ends);
    let ends = theirs.min(own.ends);
    let from = From { address: connection.from(), connection: Some(connection.clone()), certificate };
    let router = router.layer(Extension(from)).layer(axum::middleware::map_request(linger));
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().max_buf_size(HEADERS_MAX_BYTES as usize);
    server
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(WINDOW_BYTES.0)
        .initial_connection_window_size(WINDOW_BYTES.1)
        .max_header_list_size(HEADERS_MAX_BYTES)
        .keep_alive_interval(Duration::from_secs(30));
    let over = tenure::watch(move || clock::now() <= ends);
    tenure::serve(over, |over| connection.serve(server, stream, TowerToHyperService::new(router), over)).await
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
            let rest = Limited::new(body, LINGER.0);
            tokio::spawn(tokio::time::timeout(LINGER.1, async {
                let mut rest = std::pin::pin!(rest);
                // Nothing of it is kept.
                while rest.frame().await.is_some_and(|frame| frame.is_ok()) {}
            }));
        }
    }
}
