//! Interim (1xx) answers of an origin, on their way back.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hookreel_shared::model::{BodyKind, Headers, ResponseHead};
use hookreel_shared::net::from_header_map;
use hookreel_shared::wire::limits::MAX_INTERIM;
use http::Request;
use tokio::sync::Notify;

use super::answer::end_to_end;

/// Most that are let through for one request; one more may be our own.
const MOST: usize = MAX_INTERIM - 1;

/// Where the library leaves interim answers. More than the relay takes are dropped.
#[derive(Debug, Default)]
pub(super) struct Interims {
    heads: Mutex<Vec<ResponseHead>>,
    count: AtomicUsize,
    here: Notify,
}

impl Interims {
    /// Watches for interim answers to this request.
    pub(super) fn of<B>(request: &mut Request<B>) -> Arc<Self> {
        let interims = Arc::new(Self::default());
        let sink = Arc::clone(&interims);
        hyper::ext::on_informational(request, move |answer| {
            let head = ResponseHead {
                status: answer.status().as_u16(),
                reason: None,
                headers: end_to_end(from_header_map(answer.headers()), false),
                body: BodyKind::Empty,
            };
            if sink.count.fetch_add(1, Ordering::Relaxed) < MOST {
                let mut heads = sink.heads.lock().unwrap_or_else(PoisonError::into_inner);
                heads.push(head);
                sink.here.notify_one();
            }
        });
        interims
    }

    /// Those that have come and were not taken.
    pub(super) fn take(&self) -> Vec<ResponseHead> {
        std::mem::take(&mut *self.heads.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for the next ones.
    pub(super) async fn next(&self) -> Vec<ResponseHead> {
        self.here.notified().await;
        self.take()
    }
}

/// `100 Continue`.
pub(super) fn go_on() -> ResponseHead {
    ResponseHead {
        status: 100,
        reason: None,
        headers: Headers::new(),
        body: BodyKind::Empty,
    }
}
