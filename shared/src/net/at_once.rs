//! What is there without waiting.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// What a future gives if it need not wait. If it has to, it may be polled on.
pub async fn at_once<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
