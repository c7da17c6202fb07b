//! Streams between two requests.

use std::sync::{Mutex, PoisonError};

use hookreel_shared::net::{RecvHalf, SendHalf};

/// Streams kept at most. What a burst opened beyond that is finished: a new stream costs little.
const CAPACITY: usize = 256;

/// The streams of one tunnel that wait for another request. The last one used is used first, as
/// its memory, here and at the client, is the warmest.
#[derive(Debug, Default)]
pub struct IdleStreams(Mutex<Vec<(SendHalf, RecvHalf)>>);

impl IdleStreams {
    /// A stream that waits.
    pub(super) fn take(&self) -> Option<(SendHalf, RecvHalf)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Keeps a stream whose answer was read to its end, if the client waits for another request
    /// on it; else finishes it.
    pub(super) fn put(&self, mut send: SendHalf, mut recv: RecvHalf) {
        if recv.takes_another() {
            let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < CAPACITY {
                return idle.push((send, recv));
            }
        }
        send.finish();
    }
}
