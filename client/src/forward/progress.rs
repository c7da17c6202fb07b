//! Counts what passes, so that a stream that moves is never taken for one that hangs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that have passed.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress(Arc<AtomicU64>);

impl Progress {
    pub(super) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
