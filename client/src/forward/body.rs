//! Bodies on their way through, counted.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hookreel_shared::net::{StreamBody, StreamError};
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

/// What goes to the origin: a body that comes in on a stream, or none.
#[derive(Debug)]
pub enum RequestBody {
    /// None; the stream is needed for something else.
    None,
    /// The stream's.
    Stream(StreamBody),
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = StreamError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StreamError>>> {
        match &mut *self {
            Self::None => Poll::Ready(None),
            Self::Stream(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::None => true,
            Self::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::None => SizeHint::with_exact(0),
            Self::Stream(body) => body.size_hint(),
        }
    }
}
