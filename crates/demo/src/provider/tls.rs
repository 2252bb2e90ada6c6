//! TLS for the play provider: browsers and nodes go to no provider without it.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use model::fault::{Fault, Words};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use trust::tls::{Identity, web_server};

/// Longest wait until a connection speaks TLS. Browsers open some in advance and say nothing.
const HANDSHAKE: Duration = Duration::from_secs(30);
/// Connections that wait to be served.
const WAITING: usize = 64;

/// Connections that speak TLS, as they come.
pub(super) struct Listener {
    address: SocketAddr,
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
}

impl Listener {
    /// Listens at `address` with a certificate and its key.
    ///
    /// # Errors
    /// [`Fault::BadSettings`].
    pub(super) async fn open(address: SocketAddr, certificate: &Path, key: &Path) -> Result<Self, Fault> {
        let failed = |why: String| Fault::bad_settings(certificate.display(), Words::quoted(why));
        let read = |path: &Path| std::fs::read(path).map_err(|error| failed(error.to_string()));
        let identity = Identity::from_pem(&read(certificate)?, &read(key)?)
            .map_err(|error| failed(error.to_string()))?;
        let mut tls = web_server(identity, None).map_err(|error| failed(error.to_string()))?;
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let listener = TcpListener::bind(address).await.map_err(|error| failed(error.to_string()))?;
        let (acceptor, (send, ready)) = (TlsAcceptor::from(Arc::new(tls)), mpsc::channel(WAITING));
        tokio::spawn(async move {
            // Nobody waits until another one has shaken hands.
            while let Ok((stream, from)) = listener.accept().await {
                let (acceptor, send) = (acceptor.clone(), send.clone());
                tokio::spawn(async move {
                    if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                        let _ = send.send((stream, from)).await;
                    }
                });
            }
        });
        Ok(Self { address, ready })
    }
}

impl axum::serve::Listener for Listener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(ready) => ready,
            // Whoever accepts has ended, and the process with it.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}
