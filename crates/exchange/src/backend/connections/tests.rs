//! Tests: servers that close, speak unasked, or answer early, over TCP and TLS.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::Method;
use http_body_util::BodyExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/// A server that answers so many calls a connection, then says something and closes.
#[derive(Clone)]
struct Server {
    calls: usize,
    last: &'static [u8],
    accepted: Arc<AtomicUsize>,
}

impl Server {
    async fn start(calls: usize, last: &'static [u8], tls: Option<TlsAcceptor>) -> (SocketAddr, Self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { calls, last, accepted: Arc::default() };
        let (at, serving) = (listener.local_addr().unwrap(), server.clone());
        tokio::spawn(async move {
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                serving.accepted.fetch_add(1, Ordering::SeqCst);
                let (tls, serving) = (tls.clone(), serving.clone());
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(tcp).await {
                                serving.serve(stream).await;
                            }
                        }
                        None => serving.serve(tcp).await,
                    }
                });
            }
        });
        (at, server)
    }

    async fn serve(self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        for _ in 0..self.calls {
            let mut read = Vec::new();
            while !read.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => read.push(byte),
                    Err(_) => return,
                }
            }
            stream.write_all(ANSWER).await.unwrap();
        }
        stream.write_all(self.last).await.unwrap();
        stream.shutdown().await.unwrap();
    }
}

fn to(url: &str, anchors: &[rustls::pki_types::CertificateDer<'static>]) -> Connections {
    Connections::new(&url.parse().unwrap(), trust::tls::web_client(anchors).unwrap()).unwrap()
}

async fn call(connections: &Connections, over: Over) -> Result<u16, FailedAttempt> {
    let request = Request::post("/").header("host", "x").body(()).unwrap();
    let mut call = Outgoing { parts: request.into_parts().0, body: Some(Kept::Memory(Bytes::new())) };
    let answer = connections.send(&mut call, over).await?;
    let status = answer.status().as_u16();
    answer.into_body().collect().await.unwrap();
    // The connection comes back when its answer was read.
    tokio::task::yield_now().await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    Ok(status)
}

#[tokio::test]
async fn a_kept_connection_serves_again_and_a_closed_one_loses_no_call() {
    for last in [&b""[..], b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"] {
        let (at, server) = Server::start(2, last, None).await;
        let connections = to(&format!("http://{at}"), &[]);
        for _ in 0..40 {
            assert_eq!(call(&connections, Over::Any).await.unwrap(), 200);
        }
        assert_eq!(server.accepted.load(Ordering::SeqCst), 20);
    }
}

#[tokio::test]
async fn what_may_change_something_goes_over_a_connection_used_just_now_or_a_new_one() {
    let (at, server) = Server::start(100, b"", None).await;
    let connections = to(&format!("http://{at}"), &[]);
    for _ in 0..5 {
        assert_eq!(call(&connections, Over::Recent).await.unwrap(), 200);
        tokio::time::sleep(KEPT_FOR_CHANGES * 2).await;
    }
    assert_eq!(server.accepted.load(Ordering::SeqCst), 5);
    tokio::time::sleep(KEPT * 2).await;
    assert!(lock(&connections.kept).idle.is_empty(), "none is kept for good");
}

#[tokio::test]
async fn services_are_reached_over_tls_if_they_prove_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let now = crate::clock::now();
    let authority = trust::certificate::Authority::create(folder.path(), "thử", now).unwrap();
    let key_path = folder.path().join("tls.key");
    let certificate = authority.server(&key_path, &["localhost".into(), "127.0.0.1".into()], now).unwrap();
    let identity =
        trust::tls::Identity::new(certificate, &std::fs::read_to_string(&key_path).unwrap()).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(trust::tls::web_server(identity, None).unwrap()));
    let (at, server) = Server::start(2, b"", Some(acceptor)).await;
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("https://{host}:{}", at.port());
        let connections = to(&url, &[authority.certificate().clone()]);
        let before = server.accepted.load(Ordering::SeqCst);
        for _ in 0..20 {
            assert_eq!(call(&connections, Over::Any).await.unwrap(), 200);
        }
        assert_eq!(server.accepted.load(Ordering::SeqCst) - before, 10);
        let missed = call(&to(&url, &[]), Over::Any).await.unwrap_err();
        assert!(matches!(missed, FailedAttempt::NotSent(_)), "{missed:?}");
    }
}

#[tokio::test]
async fn an_answer_that_comes_before_the_call_was_read_is_an_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        tcp.read_u8().await.unwrap();
        tcp.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        let mut rest = vec![0; 1 << 20];
        while tcp.read(&mut rest).await.is_ok_and(|bytes| bytes > 0) {}
    });
    let parts = Request::builder().method(Method::POST).uri("/").body(()).unwrap().into_parts().0;
    let body = Some(Kept::Memory(vec![0; 20_000_000].into()));
    let answered = to(&format!("http://{at}"), &[]).send(&mut Outgoing { parts, body }, Over::New).await;
    assert_eq!(answered.unwrap().status(), 413);
}

/// A server that closes what it heard nothing on for 3 ms.
async fn hasty() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut tcp, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let (mut read, mut bytes) = (vec![0; 4096], 0);
                while let Ok(Ok(more @ 1..)) =
                    tokio::time::timeout(Duration::from_millis(3), tcp.read(&mut read[bytes..])).await
                {
                    bytes += more;
                    if read[..bytes].ends_with(b"\r\n\r\n") {
                        bytes = 0;
                        if tcp.write_all(ANSWER).await.is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
    at
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_call_waits_for_a_connection_that_has_ended() {
    let connections = Arc::new(to(&format!("http://{}", hasty().await), &[]));
    let callers = (0..8).map(|caller: u64| {
        let connections = connections.clone();
        tokio::spawn(async move {
            for number in 0..200 {
                let ended =
                    tokio::time::timeout(Duration::from_secs(20), call(&connections, Over::Any)).await;
                assert!(ended.is_ok(), "a call was forgotten");
                // Around the moment at which the server closes.
                tokio::time::sleep(Duration::from_micros(500 + 300 * ((number + caller) % 10))).await;
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
}
