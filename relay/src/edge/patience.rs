//! How long an HTTP/2 sender may leave an answer unread.
//!
//! Over HTTP/1 the gate sees that nothing is written any more. Over HTTP/2 the library waits for
//! the sender's window without end, and all the while the answer takes up room in the tunnel.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hookreel_shared::net::StreamError;
use http_body::{Body, Frame, SizeHint};
use tokio::time::sleep;

use crate::link::ReplyBody;

/// An answer that is given up if nobody asks for its next part for a while.
#[derive(Debug)]
pub struct Patient(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    body: Mutex<Option<ReplyBody>>,
    /// How often a part was asked for.
    asked: AtomicU64,
    /// Whether one is being waited for: then it is the origin that takes its time.
    is_wanted: AtomicBool,
}

impl Patient {
    /// Gives `body` up once it was left alone for `patience`, or up to twice as long.
    pub fn new(body: ReplyBody, patience: Duration) -> Self {
        let watched = !body.is_end_stream();
        let shared = Arc::new(Shared {
            body: Mutex::new(Some(body)),
            asked: AtomicU64::new(0),
            is_wanted: AtomicBool::new(false),
        });
        if watched {
            tokio::spawn(watch(Arc::downgrade(&shared), patience));
        }
        Self(shared)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Option<ReplyBody>> {
        self.body.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends with the body.
async fn watch(shared: Weak<Shared>, patience: Duration) {
    let mut before = None;
    loop {
        sleep(patience).await;
        let Some(shared) = shared.upgrade() else {
            return;
        };
        let asked = Some(shared.asked.load(Ordering::Relaxed));
        if asked == before && !shared.is_wanted.load(Ordering::Relaxed) {
            tracing::debug!("an HTTP/2 sender does not read its answer; given up");
            drop(shared.lock().take());
            return;
        }
        before = asked;
    }
}

impl Body for Patient {
    type Data = Bytes;
    type Error = StreamError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StreamError>>> {
        let mut body = self.0.lock();
        let Some(body) = body.as_mut() else {
            return Poll::Ready(Some(Err(StreamError::Early)));
        };
        let polled = Pin::new(body).poll_frame(cx);
        self.0.asked.fetch_add(1, Ordering::Relaxed);
        self.0
            .is_wanted
            .store(polled.is_pending(), Ordering::Relaxed);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().as_ref().is_some_and(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0
            .lock()
            .as_ref()
            .map_or_else(SizeHint::default, Body::size_hint)
    }
}
