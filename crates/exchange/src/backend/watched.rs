//! A connection that is looked at before each call is written to it. The runtime hears of a closed connection late when it is busy; the
//! system knows at once.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A connection over TCP.
pub(crate) struct Watched {
    tcp: TcpStream,
    /// Whether the other side may send unasked: TLS does, HTTP/1 does not.
    may_speak: bool,
    watch: Arc<Watch>,
}

/// What is known of a connection by whoever makes calls over it.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// Whether a call was announced and nothing of it is written yet.
    is_before_call: AtomicBool,
    found_closed: AtomicBool,
}

impl Watch {
    /// Announces a call.
    pub(crate) fn call(&self) {
        self.is_before_call.store(true, Ordering::Release);
    }

    /// Whether the connection was found closed before the call that was announced last: then nothing of it was written.
    pub(crate) fn found_closed(&self) -> bool {
        self.found_closed.load(Ordering::Acquire)
    }
}

impl Watched {
    /// Watches `tcp`.
    pub(crate) fn new(tcp: TcpStream, may_speak: bool, watch: Arc<Watch>) -> Self {
        Self { tcp, may_speak, watch }
    }

    /// Looks at the connection if a call is about to be written.
    fn look(&self) -> io::Result<()> {
        if !self.watch.is_before_call.load(Ordering::Acquire) {
            return Ok(());
        }
        // The socket does not block: if there is nothing to read, that is what it says.
        let is_open = match SockRef::from(&self.tcp).peek(&mut [MaybeUninit::uninit()]) {
            Ok(0) => false,
            Ok(_) => self.may_speak,
            Err(error) => matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted),
        };
        if is_open {
            return Ok(());
        }
        self.watch.found_closed.store(true, Ordering::Release);
        Err(io::Error::new(io::ErrorKind::BrokenPipe, "it was closed before the call was written"))
    }

    fn written(&self, bytes: io::Result<usize>) -> io::Result<usize> {
        if matches!(bytes, Ok(1..)) {
            self.watch.is_before_call.store(false, Ordering::Release);
        }
        bytes
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(context, buffer)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.look()?;
        let written = ready!(Pin::new(&mut self.tcp).poll_write(context, bytes));
        Poll::Ready(self.written(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.look()?;
        let written = ready!(Pin::new(&mut self.tcp).poll_write_vectored(context, parts));
        Poll::Ready(self.written(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}
