//! Heads as they are, both ways: the library has names in lower case and same-named fields
//! together. Those of answers are kept here too, on their way to it; those of requests are put in
//! place of its own.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::writing::{NextHead, Writing};

/// A connection to the origin, listened to.
#[derive(Debug)]
pub(super) struct Tapped<S> {
    inner: S,
    tap: Tap,
    writing: Writing,
}

/// Puts in the head of one request after the other, and listens for that of its answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Tap(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    request: NextHead,
    /// What comes belongs to a head. While a body passes, this is all that is looked at.
    listening: AtomicBool,
    head: Mutex<Vec<u8>>,
}

impl Tap {
    /// The next request goes out with this head, and what comes from now on is its answer.
    pub(super) fn arm(&self, head: Vec<u8>) {
        self.0.request.put(head);
        self.with(Vec::clear);
        self.0.listening.store(true, Ordering::Relaxed);
    }

    /// The head of a request of which the library has written nothing.
    pub(super) fn unsent(&self) -> Vec<u8> {
        self.0.request.take()
    }

    /// The head of the final answer, with its empty line; none if it was too large.
    pub(super) fn take(&self) -> Option<Bytes> {
        if self.is_listening() {
            return None;
        }
        Some(self.with(std::mem::take).into()).filter(|head: &Bytes| !head.is_empty())
    }

    fn is_listening(&self) -> bool {
        self.0.listening.load(Ordering::Relaxed)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let mut head = self.0.head.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut head)
    }

    /// The next bytes. Interim answers before the final one are passed over.
    fn hear(&self, mut data: &[u8], most: usize) {
        self.with(|head| {
            while !data.is_empty() {
                if head.is_empty() {
                    // Parsers pass over empty lines before a status line (RFC 9112 §2.2).
                    data = trim_start(data);
                }
                let Some(len) = head_end(head, data) else {
                    head.extend_from_slice(data);
                    if head.len() > most {
                        head.clear();
                        self.0.listening.store(false, Ordering::Relaxed);
                    }
                    return;
                };
                let (last, rest) = data.split_at(len);
                head.extend_from_slice(last);
                if !is_interim(head) {
                    self.0.listening.store(false, Ordering::Relaxed);
                    return;
                }
                head.clear();
                data = rest;
            }
        });
    }
}

fn trim_start(data: &[u8]) -> &[u8] {
    let empty = data.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
    &data[empty.count()..]
}

/// How much of `data` belongs to the head that begins with `head`, if it ends there.
fn head_end(head: &[u8], data: &[u8]) -> Option<usize> {
    let before = head.len();
    if before == 0 {
        return empty_line(data);
    }
    // Its last bytes may stand in both: looked at together, in rare cases.
    let from = before.saturating_sub(2);
    let mut seam = head[from..].to_vec();
    seam.extend_from_slice(&data[..data.len().min(2)]);
    let in_seam = empty_line(&seam).map(|end| end + from - before);
    in_seam.or_else(|| empty_line(data))
}

/// Where the first empty line ends.
fn empty_line(data: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\n', data).find_map(|at| match &data[at + 1..] {
        [b'\n', ..] => Some(at + 2),
        [b'\r', b'\n', ..] => Some(at + 3),
        _ => None,
    })
}

/// `HTTP/1.1 1xx`, but not an upgrade.
fn is_interim(head: &[u8]) -> bool {
    let status = head.get(b"HTTP/1.1 ".len()..).unwrap_or_default();
    status.starts_with(b"1") && !status.starts_with(b"101")
}

impl<S> Tapped<S> {
    pub(super) fn new(inner: S, tap: &Tap) -> Self {
        Self {
            inner,
            tap: tap.clone(),
            writing: Writing::default(),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tapped<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        if self.tap.is_listening() {
            self.tap
                .hear(&buf.filled()[before..], super::origin::MAX_ANSWER_HEAD);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tapped<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[io::IoSlice::new(buf)])
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let next = &this.tap.0.request;
        this.writing.poll_write(&mut this.inner, cx, bufs, next)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "HTTP/1.1 200 OK\r\nX-Dup: 1\r\nA: b\r\nx-dUP: 2\r\n\r\n";

    fn heard(bytes: &str, piece: usize) -> Option<Bytes> {
        let tap = Tap::default();
        tap.arm(Vec::new());
        for data in bytes.as_bytes().chunks(piece) {
            if tap.is_listening() {
                tap.hear(data, 1000);
            }
        }
        tap.take()
    }

    #[test]
    fn the_final_head_is_heard_however_it_is_cut_and_whatever_is_around_it() {
        let interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
        for before in ["", "\r\n\r\n", interim, &interim.repeat(2)] {
            for after in ["", "body\r\n\r\nHTTP/1.1 500 No\r\n\r\n", "\n\n", "\r\n"] {
                let whole = [before, HEAD, after].concat();
                for piece in 1..=whole.len() {
                    assert_eq!(heard(&whole, piece).unwrap(), HEAD, "{whole:?} by {piece}");
                }
            }
        }
    }

    #[test]
    fn lines_may_end_without_carriage_returns_and_an_upgrade_is_final() {
        for head in [
            "HTTP/1.1 200 OK\nA: b\n\n",
            "HTTP/1.1 101 Switching\r\n\r\n",
        ] {
            for piece in 1..=head.len() {
                assert_eq!(heard(&format!("{head}rest"), piece).unwrap(), head);
            }
        }
    }

    #[test]
    fn a_head_that_is_too_large_is_let_go() {
        assert_eq!(
            heard(&format!("HTTP/1.1 200 {}\r\n\r\n", "x".repeat(2000)), 90),
            None
        );
    }

    #[test]
    fn each_answer_on_a_connection_has_its_own_head() {
        let tap = Tap::default();
        for status in ["200", "404"] {
            let head = format!("HTTP/1.1 {status} X\r\n\r\n");
            tap.arm(Vec::new());
            tap.hear(format!("{head}body").as_bytes(), 1000);
            assert_eq!(tap.take().unwrap(), head);
            assert_eq!(tap.take(), None);
        }
        tap.arm(Vec::new());
        tap.hear(b"HTTP/1.1 200 half a he", 1000);
        assert_eq!(tap.take(), None);
    }
}
