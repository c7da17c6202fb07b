//! What gate and service of one connection share: heads one way, interim answers the other.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Buf, BytesMut};

use super::head::RawHead;
use super::refusal::Refusal;

/// What gate and service of one connection share. The service takes one head per request.
#[derive(Debug, Clone, Default)]
pub struct Slot(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    inner: Mutex<Inner>,
    /// Set if an answer broke off: the connection is then reset, so that nobody takes its end
    /// for the end of the answer.
    broken: Mutex<Option<Arc<AtomicBool>>>,
}

#[derive(Debug, Default)]
struct Inner {
    heads: VecDeque<Result<RawHead, Refusal>>,
    interim: BytesMut,
}

impl Slot {
    /// The head that belongs to the request being served.
    pub fn take(&self) -> Option<Result<RawHead, Refusal>> {
        self.lock().heads.pop_front()
    }

    /// Sends an interim (1xx) answer ahead of the final one.
    pub fn interim(&self, bytes: &[u8]) {
        self.lock().interim.extend_from_slice(bytes);
    }

    /// Watches the answer that is about to be sent; see [`crate::link::ReplyBody::broken`].
    pub fn watch(&self, broken: Arc<AtomicBool>) {
        *self.0.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(broken);
    }

    /// Whether the answer broke off.
    pub(super) fn is_broken(&self) -> bool {
        let broken = self.0.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken
            .as_ref()
            .is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// Leaves a head, or why there is none, for the request that is about to be served.
    pub(super) fn put(&self, verdict: Result<RawHead, Refusal>) {
        self.lock().heads.push_back(verdict);
    }

    /// Interim answers that were not written yet.
    pub(super) fn take_interim(&self) -> BytesMut {
        self.lock().interim.split()
    }

    /// Returns what [`Self::take_interim`] gave, of which `written` bytes are out.
    pub(super) fn put_back_interim(&self, mut part: BytesMut, written: usize) {
        part.advance(written);
        let mut inner = self.lock();
        part.unsplit(inner.interim.split());
        inner.interim = part;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
