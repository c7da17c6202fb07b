//! The body of whatever the edge answers.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hookreel_shared::net::StreamError;
use http_body::{Body, Frame, SizeHint};

use crate::link::ReplyBody;

/// A body of the edge's own, or one that comes through a tunnel.
#[derive(Debug)]
pub enum EdgeBody {
    /// Ours; `None` once sent.
    Own(Option<Bytes>),
    /// None, although a length may be announced: to the library it must not look like a body of
    /// length 0, or it would leave the announcement out (RFC 9110 §15.4.5).
    Silent,
    /// The origin's.
    Reply(ReplyBody),
}

impl Body for EdgeBody {
    type Data = Bytes;
    type Error = StreamError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StreamError>>> {
        match &mut *self {
            Self::Own(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Silent => Poll::Ready(None),
            Self::Reply(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Own(bytes) => bytes.is_none(),
            Self::Silent => false,
            Self::Reply(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Own(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Silent => SizeHint::default(),
            Self::Reply(body) => body.size_hint(),
        }
    }
}
