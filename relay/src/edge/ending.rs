//! How a public connection ends: by a close, a reset, or together with the last of an answer.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncWrite, Interest};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// A connection whose end can be shaped.
pub trait Ending: AsyncWrite {
    /// Whether closing alone tells the peer that nothing follows; then shutting down first would
    /// only cost a system call.
    fn ends_by_closing(&self) -> bool;

    /// Makes the close to come a reset.
    fn reset_on_close(&self);

    /// Writes what is followed by the close at once, so that both can leave in one segment.
    fn poll_write_last(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, bufs)
    }
}

impl Ending for TcpStream {
    fn ends_by_closing(&self) -> bool {
        true
    }

    fn reset_on_close(&self) {
        let _ = SockRef::from(self).set_linger(Some(Duration::ZERO));
    }

    /// `MSG_MORE` holds the last part segment back until the close, which then goes with it: one
    /// packet, one wake-up of the sender, instead of two.
    #[cfg(target_os = "linux")]
    fn poll_write_last(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};
        loop {
            ready!(self.poll_write_ready(cx))?;
            let written = self.try_io(Interest::WRITABLE, || {
                let flags = SendFlags::MORE | SendFlags::NOSIGNAL;
                Ok(sendmsg(
                    &*self,
                    bufs,
                    &mut SendAncillaryBuffer::default(),
                    flags,
                )?)
            });
            match written {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }
}

impl Ending for TlsStream<TcpStream> {
    fn ends_by_closing(&self) -> bool {
        false
    }

    fn reset_on_close(&self) {
        self.get_ref().0.reset_on_close();
    }
}
