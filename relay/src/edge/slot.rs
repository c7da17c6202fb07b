//! What gate and service of one connection share: heads one way, interim answers and heads of
//! answers the other.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use hookreel_shared::model::ResponseHead;
use tokio::time::Instant;

use super::head::RawHead;
use super::refusal::Refusal;

/// What gate and service of one connection share. The service takes one head per request.
#[derive(Debug, Clone, Default)]
pub struct Slot(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    inner: Mutex<Inner>,
    /// Whether there are interim answers to be written: looked at before every write.
    has_interim: AtomicBool,
    /// Whether the head of an answer is to replace that of the library: likewise.
    has_answer: AtomicBool,
    /// Whether the library has held nothing unwritten since the request under way began: what it
    /// writes of its answer then comes first.
    is_clear: AtomicBool,
    /// Set if an answer broke off: the connection is then reset, so that nobody takes its end
    /// for the end of the answer.
    broken: AtomicBool,
}

#[derive(Debug, Default)]
struct Inner {
    /// The next head: nearly always the only one. Boxed: most of its life a connection waits.
    head: Option<Box<Result<RawHead, Refusal>>>,
    /// Those of pipelined requests.
    more: VecDeque<Box<Result<RawHead, Refusal>>>,
    interim: BytesMut,
    /// The head of the answer that is about to be written. Boxed like those of requests.
    answer: Option<Box<ResponseHead>>,
    /// Who waits for the library to have nothing unwritten.
    waiting: Option<Waker>,
    /// Requests whose answers are not over.
    busy: usize,
    /// When the last answer was over.
    idle_since: Option<Instant>,
}

/// A request under way. Dropped once its answer is over.
#[derive(Debug)]
pub struct UnderWay(Slot);

impl UnderWay {
    /// The answer broke off; the connection will be reset.
    pub(super) fn broke_off(&self) {
        self.0.0.broken.store(true, Ordering::Relaxed);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.busy -= 1;
        inner.idle_since = Some(Instant::now());
    }
}

impl Slot {
    /// The head that belongs to the request being served.
    pub fn take(&self) -> Option<Result<RawHead, Refusal>> {
        let mut inner = self.lock();
        let next = inner.more.pop_front();
        std::mem::replace(&mut inner.head, next).map(|head| *head)
    }

    /// A request begins; it lasts until what this gives is dropped.
    pub fn begin(&self) -> UnderWay {
        self.lock().busy += 1;
        self.0.is_clear.store(false, Ordering::Relaxed);
        UnderWay(self.clone())
    }

    /// Whether no answer is under way and no request waits: what is left of the last answer is in
    /// the library's hands.
    pub(super) fn is_over(&self) -> bool {
        let inner = self.lock();
        inner.busy == 0 && inner.head.is_none()
    }

    /// When the connection will have been idle for `limit`, if it goes on as it is now: with a
    /// request under way it is not idle at all.
    pub(super) fn idle_at(&self, limit: Duration) -> Option<Instant> {
        let inner = self.lock();
        match (inner.busy, inner.idle_since) {
            (0, Some(since)) => Some(since + limit),
            (0, None) => None,
            _ => Some(Instant::now() + limit),
        }
    }

    /// Sends an interim (1xx) answer ahead of the final one.
    pub fn interim(&self, bytes: &[u8]) {
        self.lock().interim.extend_from_slice(bytes);
        self.0.has_interim.store(true, Ordering::Release);
    }

    /// Whether an answer broke off.
    pub(super) fn is_broken(&self) -> bool {
        self.0.broken.load(Ordering::Relaxed)
    }

    /// Leaves a head, or why there is none, for the request that is about to be served.
    pub(super) fn put(&self, verdict: Result<RawHead, Refusal>) {
        let verdict = Box::new(verdict);
        let mut inner = self.lock();
        if inner.head.is_none() {
            inner.head = Some(verdict);
        } else {
            inner.more.push_back(verdict);
        }
    }

    /// Ready once nothing of earlier answers is left to be written by the library.
    pub(super) fn poll_clear(&self, cx: &Context<'_>) -> Poll<()> {
        if self.0.is_clear.load(Ordering::Relaxed) {
            return Poll::Ready(());
        }
        // Gate and service are polled by one task, so nothing happens in between.
        self.lock().waiting = Some(cx.waker().clone());
        Poll::Pending
    }

    /// The library has nothing unwritten.
    pub(super) fn clear(&self) {
        if !self.0.is_clear.load(Ordering::Relaxed) {
            self.0.is_clear.store(true, Ordering::Relaxed);
            if let Some(waiting) = self.lock().waiting.take() {
                waiting.wake();
            }
        }
    }

    /// Leaves the head that is to be written in place of the library's next one.
    pub(super) fn answer(&self, head: ResponseHead) {
        self.lock().answer = Some(Box::new(head));
        self.0.has_answer.store(true, Ordering::Release);
    }

    /// The head that is to be written in place of the library's next one.
    pub(super) fn take_answer(&self) -> Option<Box<ResponseHead>> {
        if !self.0.has_answer.load(Ordering::Acquire) {
            return None;
        }
        self.0.has_answer.store(false, Ordering::Relaxed);
        self.lock().answer.take()
    }

    /// Interim answers that were not written yet.
    pub(super) fn take_interim(&self) -> BytesMut {
        if self.0.has_interim.swap(false, Ordering::Acquire) {
            self.lock().interim.split()
        } else {
            BytesMut::new()
        }
    }

    /// Returns what [`Self::take_interim`] gave, of which `written` bytes are out.
    pub(super) fn put_back_interim(&self, mut part: BytesMut, written: usize) {
        part.advance(written);
        let mut inner = self.lock();
        part.unsplit(inner.interim.split());
        inner.interim = part;
        let is_left = !inner.interim.is_empty();
        drop(inner);
        self.0.has_interim.store(is_left, Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
