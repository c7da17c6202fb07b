//! What stands between a public connection and the HTTP library.
//!
//! The gate reads each head itself, strictly, and keeps it as it came. To the library it hands a
//! head of its own making with nothing but what concerns the connection (length, keep-alive,
//! expectation, upgrade), so that there is only one understanding of a request: ours. A head
//! that is refused becomes a harmless request to the library, and the refusal waits in the
//! [`Slot`] for whoever serves it.
//!
//! ```text
//! Head ──length n──▶ Body(n) ──n bytes passed──▶ Head
//!  ├──whole body there too──▶ Head
//!  ├──chunked or upgrade──▶ Open     bytes pass as they are; no further request on this connection
//!  └──refused──▶ Shut                nothing more is read
//! ```

mod writing;

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use hookreel_shared::model::ResponseHead;
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::io::poll_read_buf;

use super::ending::Ending;
use super::feed::{closes_after, feed_for};
use super::head::{self, Framing, RawHead};
use super::refusal::Refusal;
use super::slot::Slot;
use crate::config::Limits;

/// First read of a head: most webhooks fit with their bodies.
const READ_SIZE: usize = 4 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    Body(u64),
    Open,
    Shut,
}

/// A public connection behind its gate.
#[derive(Debug)]
pub struct Gate<T: Ending> {
    io: T,
    slot: Slot,
    limits: Arc<Limits>,
    state: State,
    /// Whether the library closes after the answer under way.
    closes: bool,
    /// What was read and not handed on.
    input: BytesMut,
    /// How much of `input` was searched for the end of a head.
    searched: usize,
    /// What the library reads instead of the head.
    feed: Bytes,
    /// The head that replaces the next one of the library.
    answer: Option<Box<ResponseHead>>,
    /// What is left to be written of it.
    head: Bytes,
    /// How long the head of the library is that it replaces; 0 if there is none.
    replaced: usize,
    /// When patience ends; checked by `timer`, which is only moved when it fires.
    deadline: Instant,
    timer: Pin<Box<Sleep>>,
    /// Whether the end of an answer is held back until the close.
    held: bool,
    /// When a sender that reads nothing of its answer is given up.
    stalled: Option<Instant>,
    lingered: usize,
    lingering: Option<Instant>,
}

impl<T: Ending> Gate<T> {
    /// Puts a connection behind a gate.
    pub fn new(io: T, slot: Slot, limits: Arc<Limits>) -> Self {
        let deadline = Instant::now() + limits.head_within;
        Self {
            io,
            slot,
            limits,
            state: State::Head,
            closes: false,
            input: BytesMut::new(),
            searched: 0,
            feed: Bytes::new(),
            answer: None,
            head: Bytes::new(),
            replaced: 0,
            deadline,
            timer: Box::pin(sleep_until(deadline)),
            held: false,
            stalled: None,
            lingered: 0,
            lingering: None,
        }
    }

    /// Looks for a whole head in the input. False if more bytes are needed.
    fn advance_head(&mut self) -> bool {
        // One empty line before a request is to be ignored (RFC 9112 §2.2).
        if self.searched == 0 && self.input.starts_with(b"\r\n") {
            self.input.advance(2);
        }
        let verdict = match head::find_end(&self.input, self.searched) {
            Some(end) if end <= self.limits.head => {
                let bytes = self.input.split_to(end).freeze();
                let mut parsed = head::parse(&bytes, &self.limits);
                if let Ok(head) = &mut parsed {
                    head.body = self.whole_body(head);
                }
                parsed
            }
            None if self.input.len() <= self.limits.head => {
                // Waiting for an end that a strict reader would refuse anyway helps nobody.
                if !head::has_bare_line_end(&self.input[self.searched..]) {
                    self.searched = self.input.len();
                    return false;
                }
                Err(Refusal::Malformed)
            }
            _ => Err(Refusal::HeadTooLarge),
        };
        self.admit(verdict);
        true
    }

    /// The body, if it is here already, as it is for most webhooks: it then goes along with its
    /// head, and the library has nothing to copy and nothing to pass on.
    fn whole_body(&mut self, head: &RawHead) -> Option<Bytes> {
        let Framing::Length(length) = head.framing else {
            return None;
        };
        let length = usize::try_from(length).ok()?;
        let here = length <= self.input.len() && !head.expect_continue;
        here.then(|| self.input.split_to(length).freeze())
    }

    fn admit(&mut self, verdict: Result<RawHead, Refusal>) {
        self.searched = 0;
        self.deadline = Instant::now() + self.limits.idle;
        (self.state, self.closes, self.feed) = match &verdict {
            Ok(head) => (state_after(head), closes_after(head), feed_for(head)),
            Err(_) => (
                State::Shut,
                true,
                Bytes::from_static(b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n"),
            ),
        };
        self.slot.put(verdict);
    }

    /// Ready if patience has ended.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.timer.as_mut().poll(cx).is_ready() {
            if Instant::now() >= self.deadline {
                return Poll::Ready(());
            }
            let deadline = self.deadline;
            self.timer.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

impl<T: AsyncRead + Ending + Unpin> Gate<T> {
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        loop {
            let was_empty = self.input.is_empty();
            if !was_empty {
                let began = self.searched == 0;
                if self.advance_head() {
                    return Poll::Ready(Ok(true));
                }
                if began {
                    // Most heads are whole at once; only one that is not is watched more closely.
                    self.deadline = Instant::now() + self.limits.head_within;
                    let deadline = self.deadline;
                    self.timer.as_mut().reset(deadline);
                }
            }
            self.input.reserve(READ_SIZE);
            match poll_read_buf(Pin::new(&mut self.io), cx, &mut self.input) {
                Poll::Ready(Ok(0)) => {
                    self.input = BytesMut::new();
                    return Poll::Ready(Ok(false));
                }
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    if was_empty {
                        // An idle connection holds no buffer.
                        self.input = BytesMut::new();
                    }
                    ready!(self.poll_deadline(cx));
                    if self.input.is_empty() {
                        // A long answer is no idle connection.
                        match self.slot.idle_at(self.limits.idle) {
                            Some(at) if at > Instant::now() => {
                                self.deadline = at;
                                continue;
                            }
                            _ => return Poll::Ready(Ok(false)),
                        }
                    }
                    self.admit(Err(Refusal::HeadTimeout));
                    return Poll::Ready(Ok(true));
                }
            }
        }
    }

    fn poll_body(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
        left: Option<u64>,
    ) -> Poll<io::Result<()>> {
        if !self.input.is_empty() {
            self.hand_on(buf, left);
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        let mut limited = (&mut self.io).take(left.unwrap_or(u64::MAX));
        if Pin::new(&mut limited).poll_read(cx, buf)?.is_pending() {
            if self.state == State::Open {
                return Poll::Pending;
            }
            ready!(self.poll_deadline(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        if left.is_some() {
            self.deadline = Instant::now() + self.limits.idle;
        }
        self.passed(left, buf.filled().len() - before);
        Poll::Ready(Ok(()))
    }

    /// Hands on what was read along with the head.
    fn hand_on(&mut self, buf: &mut ReadBuf<'_>, left: Option<u64>) {
        let cap = left.map_or(usize::MAX, |left| {
            usize::try_from(left).unwrap_or(usize::MAX)
        });
        let take = self.input.len().min(cap).min(buf.remaining());
        buf.put_slice(&self.input[..take]);
        self.input.advance(take);
        if self.input.is_empty() {
            self.input = BytesMut::new();
        }
        self.passed(left, take);
    }

    /// Counts bytes of a body, and goes back to heads at its end.
    fn passed(&mut self, left: Option<u64>, bytes: usize) {
        if let Some(left) = left {
            let left = left.saturating_sub(bytes as u64);
            self.state = if left == 0 {
                State::Head
            } else {
                State::Body(left)
            };
        }
    }
}

impl<T: AsyncRead + Ending + Unpin> AsyncRead for Gate<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if !this.feed.is_empty() {
                let take = this.feed.len().min(buf.remaining());
                buf.put_slice(&this.feed[..take]);
                this.feed.advance(take);
                // What came with the head goes along: the library then needs but one read.
                if this.feed.is_empty() && !this.input.is_empty() {
                    match this.state {
                        State::Body(left) => this.hand_on(buf, Some(left)),
                        State::Open => this.hand_on(buf, None),
                        State::Head | State::Shut => {}
                    }
                }
                return Poll::Ready(Ok(()));
            }
            match this.state {
                State::Head => {
                    if !ready!(this.poll_head(cx))? {
                        return Poll::Ready(Ok(()));
                    }
                }
                State::Body(left) => return this.poll_body(cx, buf, Some(left)),
                State::Open => return this.poll_body(cx, buf, None),
                // The library closes after its answer.
                State::Shut => return Poll::Pending,
            }
        }
    }
}

fn state_after(head: &RawHead) -> State {
    match head.framing {
        _ if head.upgrade.is_some() => State::Open,
        _ if head.body.is_some() => State::Head,
        Framing::None => State::Head,
        Framing::Length(n) => State::Body(n),
        Framing::Chunked => State::Open,
    }
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
