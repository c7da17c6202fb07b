//! The way out through the gate: interim answers first, heads of answers as they came, and the
//! end of the connection.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Buf;
use hookreel_shared::net::restore;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::{Gate, State};
use crate::edge::ending::Ending;
use crate::edge::restore::{begins, restored};

/// How much unread input is thrown away before closing, so that an answer already sent is not
/// lost to a reset (RFC 9112 §9.6).
const LINGER_BYTES: usize = 64 * 1024;
const LINGER_TIME: Duration = Duration::from_secs(1);
/// Pieces written along with a head: nearly always it is one.
const PIECES: usize = 8;

impl<T: AsyncRead + AsyncWrite + Ending + Unpin> Gate<T> {
    /// Writes interim answers first. The library has nothing of its own half written here: it
    /// begins the final answer only after the service has given it. (Unless senders pipeline
    /// requests and do not read: then the end of an answer without a body may still be due.)
    fn poll_interim(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let part = self.slot.take_interim();
            if part.is_empty() {
                return Poll::Ready(Ok(()));
            }
            match Pin::new(&mut self.io).poll_write(cx, &part) {
                Poll::Ready(Ok(written)) => self.slot.put_back_interim(part, written),
                other => {
                    self.slot.put_back_interim(part, 0);
                    ready!(other)?;
                }
            }
        }
    }

    /// Writes what the library writes, but the heads of answers as they came.
    fn poll_restored(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.answer.is_none() {
            self.answer = self.slot.take_answer();
        }
        if let Some(answer) = &self.answer {
            let first: &[u8] = bufs.first().map_or(&[], |first| first);
            // What is not understood must not go out: its end would be anybody's guess.
            let begin = begins(first, answer.status).ok_or(io::ErrorKind::InvalidData)?;
            if begin > 0 {
                return self.poll_on(cx, &[io::IoSlice::new(&first[..begin])]);
            }
            let length = restore::length(first).ok_or(io::ErrorKind::InvalidData)?;
            self.head = restored(&first[..length], answer).into();
            self.replaced = length;
            self.answer = None;
        }
        if self.replaced == 0 {
            return self.poll_on(cx, bufs);
        }
        self.poll_head_with(cx, bufs)
    }

    /// Writes the head, and what comes after the one of the library at once with it. To the
    /// library nothing is written before the whole head is.
    fn poll_head_with(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Some((first, more)) = bufs.split_first() else {
            return Poll::Ready(Ok(0));
        };
        let more = &more[..more.len().min(PIECES - 2)];
        let mut pieces = [io::IoSlice::new(&[]); PIECES];
        // The library presents what was not written again, so its head is still there.
        let after = first.get(self.replaced..);
        pieces[1] = io::IoSlice::new(after.ok_or(io::ErrorKind::InvalidData)?);
        pieces[2..2 + more.len()].copy_from_slice(more);
        let mut head = std::mem::take(&mut self.head);
        loop {
            let mut pieces = pieces;
            pieces[0] = io::IoSlice::new(&head);
            match self.poll_on(cx, &pieces[..2 + more.len()]) {
                Poll::Ready(Ok(written)) if written >= head.len() => {
                    let replaced = std::mem::take(&mut self.replaced);
                    return Poll::Ready(Ok(replaced + (written - head.len())));
                }
                Poll::Ready(Ok(written)) if written > 0 => head.advance(written),
                other => {
                    self.head = head;
                    return other;
                }
            }
        }
    }

    fn poll_on(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.held = self.is_last_write();
        if self.held {
            Pin::new(&mut self.io).poll_write_last(cx, bufs)
        } else {
            Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
        }
    }

    /// Whether everything the library still writes is the end of an answer after which it closes
    /// at once, with nothing left to read.
    fn is_last_write(&self) -> bool {
        self.closes
            && self.state == State::Head
            && self.input.is_empty()
            && self.io.ends_by_closing()
            && self.slot.is_over()
            && !self.slot.is_broken()
    }

    /// Gives a sender up that does not read.
    fn in_time<R>(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        if polled.is_ready() {
            self.stalled = None;
            return polled;
        }
        ready!(self.poll_stalled(cx));
        self.io.reset_on_close();
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Ready once the sender has read nothing for as long as a connection may idle: what waits for
    /// it takes up room in the tunnel, which others need.
    fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let limit = self.limits.idle;
        let until = *self.stalled.get_or_insert_with(|| Instant::now() + limit);
        if self.timer.deadline() > until {
            self.timer.as_mut().reset(until);
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            if Instant::now() >= until {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(until);
        }
        Poll::Pending
    }

    /// Reads and throws away what is still coming, for a while.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let until = *self
            .lingering
            .get_or_insert_with(|| Instant::now() + LINGER_TIME);
        if until != self.deadline {
            self.deadline = until;
            self.timer.as_mut().reset(until);
        }
        let mut waste = [0; 4096];
        while self.lingered < LINGER_BYTES {
            let mut waste = ReadBuf::new(&mut waste);
            match Pin::new(&mut self.io).poll_read(cx, &mut waste) {
                Poll::Ready(Ok(())) if !waste.filled().is_empty() => {
                    self.lingered += waste.filled().len();
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return self.poll_deadline(cx),
            }
        }
        Poll::Ready(())
    }
}

impl<T: AsyncRead + AsyncWrite + Ending + Unpin> AsyncWrite for Gate<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[io::IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut polled = self.poll_interim(cx).map_ok(|()| 0);
        if let Poll::Ready(Ok(_)) = polled {
            polled = self.poll_restored(cx, bufs);
        }
        self.in_time(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The library asks for this once it has handed everything on.
        self.slot.clear();
        let mut polled = self.poll_interim(cx);
        if let Poll::Ready(Ok(())) = polled {
            polled = Pin::new(&mut self.io).poll_flush(cx);
        }
        self.in_time(cx, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.slot.is_broken() {
            return Poll::Ready(Ok(()));
        }
        let unread = matches!(self.state, State::Shut | State::Body(_)) || !self.input.is_empty();
        // What is held back must be out before the close: with something unread in the socket the
        // close would be a reset, and throw it away.
        let is_needless = self.io.ends_by_closing() && self.state != State::Open && !self.held;
        if !unread && is_needless {
            return Poll::Ready(Ok(()));
        }
        if self.lingering.is_none() {
            let polled = Pin::new(&mut self.io).poll_shutdown(cx);
            ready!(self.in_time(cx, polled))?;
        }
        if unread {
            ready!(self.poll_linger(cx));
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: Ending> Drop for Gate<T> {
    fn drop(&mut self) {
        if self.slot.is_broken() {
            self.io.reset_on_close();
        }
    }
}
