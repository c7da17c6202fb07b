//! Bodies on their way through.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use hookreel_shared::net::{RecvHalf, StreamBody, StreamError};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};

use crate::record::Passing;

/// A body that is seen as it passes: counted, and kept where it is recorded.
#[derive(Debug)]
pub(super) struct Tee<B: Body> {
    inner: B,
    passing: Passing,
}

impl<B: Body> Tee<B> {
    pub(super) fn new(inner: B, passing: &Passing) -> Self {
        Self {
            inner,
            passing: passing.clone(),
        }
    }
}

impl<B: Body> Drop for Tee<B> {
    fn drop(&mut self) {
        // Libraries let go of a body of known length without asking for its end.
        if self.inner.is_end_stream() {
            self.passing.completed();
        }
        self.passing.end();
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Tee<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                self.passing.frame(frame);
                if self.inner.is_end_stream() {
                    self.passing.completed();
                }
            }
            Poll::Ready(None) => self.passing.completed(),
            // After an error bodies say that they are over, too.
            Poll::Ready(Some(Err(_))) => self.passing.broke_off(),
            Poll::Pending => {}
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
        self.take_body().and_then(StreamBody::into_stream)
    }

    /// The body, if it was let go.
    pub(super) fn take_body(&self) -> Option<StreamBody> {
        self.lock().take()
    }

    fn put(&self, body: StreamBody) {
        *self.lock() = Some(body);
    }

    fn lock(&self) -> MutexGuard<'_, Option<StreamBody>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What goes to the origin: nothing, or a body.
#[derive(Debug, Default)]
pub struct RequestBody(Option<Source>);

#[derive(Debug)]
enum Source {
    /// It comes in on a stream, which then comes home.
    Stream(StreamBody, Arc<Home>),
    /// It is at hand whole, with the fields behind it.
    Known(Bytes, Option<HeaderMap>),
}

impl RequestBody {
    /// The stream's, which then comes home.
    pub(super) fn stream(body: StreamBody, home: &Arc<Home>) -> Self {
        Self(Some(Source::Stream(body, Arc::clone(home))))
    }

    /// One that is at hand.
    pub(super) fn known(body: Bytes, trailers: Option<HeaderMap>) -> Self {
        Self(Some(Source::Known(body, trailers)))
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if let Some(Source::Stream(body, home)) = self.0.take() {
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
            Some(Source::Stream(body, _)) => Pin::new(body).poll_frame(cx),
            Some(Source::Known(body, trailers)) => {
                let frame = if body.is_empty() {
                    trailers.take().map(Frame::trailers)
                } else {
                    Some(Frame::data(std::mem::take(body)))
                };
                Poll::Ready(frame.map(Ok))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            None => true,
            Some(Source::Stream(body, _)) => body.is_end_stream(),
            Some(Source::Known(body, trailers)) => body.is_empty() && trailers.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            None => SizeHint::with_exact(0),
            Some(Source::Stream(body, _)) => body.size_hint(),
            Some(Source::Known(body, _)) => SizeHint::with_exact(body.len() as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use hookreel_shared::model::testing::request;
    use http_body_util::{BodyExt, StreamBody as Pieces};

    use super::*;
    use crate::record::{Feed, Recorder, Recording};

    type Piece = Result<Frame<Bytes>, StreamError>;

    fn recording() -> (Recorder, Recording) {
        let recorder = Recorder::new(Feed::default(), None);
        let recording = recorder.begin(&Arc::new(request("/", &[], 0)), None);
        (recorder, recording)
    }

    async fn is_whole(pieces: Vec<Piece>, polls: usize) -> bool {
        let (_recorder, recording) = recording();
        let pieces = futures_util::stream::iter(pieces);
        let mut body = Tee::new(Pieces::new(pieces), recording.up());
        for _ in 0..polls {
            let _ = body.frame().await;
        }
        drop(body);
        recording.up().is_whole()
    }

    #[tokio::test]
    async fn a_body_is_whole_once_its_end_has_passed_and_never_after_an_error() {
        let data = || Ok(Frame::data(Bytes::from_static(b"half")));
        assert!(!is_whole(vec![data(), data()], 2).await);
        assert!(is_whole(vec![data(), data()], 3).await);
        assert!(!is_whole(vec![data(), Err(StreamError::Lost)], 3).await);
    }
}
