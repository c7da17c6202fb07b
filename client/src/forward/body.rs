//! Bodies on their way through, counted.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use hookreel_shared::net::{RecvHalf, StreamBody, StreamError};
use http_body::{Body, Frame, SizeHint};

use super::progress::Progress;

/// A body whose bytes are counted as they pass.
#[derive(Debug)]
pub(super) struct Counted<B> {
    inner: B,
    progress: Progress,
}

impl<B> Counted<B> {
    pub(super) fn new(inner: B, progress: Progress) -> Self {
        Self { inner, progress }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Counted<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            self.progress.add(data.len());
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Where a request's stream comes back to when the library lets go of the body on it.
#[derive(Debug, Default)]
pub struct Home(Mutex<Option<StreamBody>>);

impl Home {
    /// The stream, ready for what follows, if the body was read to its end and let go.
    pub(super) fn take(&self) -> Option<RecvHalf> {
        let body = self.lock().take();
        body.and_then(StreamBody::into_stream)
    }

    fn put(&self, body: StreamBody) {
        *self.lock() = Some(body);
    }

    fn lock(&self) -> MutexGuard<'_, Option<StreamBody>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What goes to the origin: a body that comes in on a stream, or none.
#[derive(Debug, Default)]
pub struct RequestBody(Option<(StreamBody, Arc<Home>)>);

impl RequestBody {
    /// The stream's, which then comes home.
    pub(super) fn stream(body: StreamBody, home: &Arc<Home>) -> Self {
        Self(Some((body, Arc::clone(home))))
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if let Some((body, home)) = self.0.take() {
            home.put(body);
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = StreamError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StreamError>>> {
        match &mut self.0 {
            None => Poll::Ready(None),
            Some((body, _)) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(|(body, _)| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            None => SizeHint::with_exact(0),
            Some((body, _)) => body.size_hint(),
        }
    }
}
