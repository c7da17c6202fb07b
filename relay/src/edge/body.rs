//! The body of whatever the edge answers.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hookreel_shared::net::StreamError;
use http_body::{Body, Frame, SizeHint};

use super::patience::Patient;
use super::slot::UnderWay;
use crate::link::ReplyBody;

/// The body of an answer, and the mark that its request is under way.
#[derive(Debug)]
pub struct EdgeBody {
    kind: Kind,
    under_way: Option<UnderWay>,
}

/// Where a body comes from.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are replies, and a box would cost each an allocation"
)]
pub enum Kind {
    /// Ours; `None` once sent.
    Own(Option<Bytes>),
    /// None, although a length may be announced: to the library it must not look like a body of
    /// length 0, or it would leave the announcement out (RFC 9110 §15.4.5).
    Silent,
    /// The origin's.
    Reply(ReplyBody),
    /// The origin's, to an HTTP/2 sender.
    Patient(Patient),
}

impl EdgeBody {
    /// A body whose request is under way until it is dropped.
    pub fn new(kind: Kind, under_way: Option<UnderWay>) -> Self {
        Self { kind, under_way }
    }
}

impl Body for EdgeBody {
    type Data = Bytes;
    type Error = StreamError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StreamError>>> {
        match &mut self.kind {
            Kind::Own(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Kind::Silent => Poll::Ready(None),
            Kind::Patient(body) => Pin::new(body).poll_frame(cx),
            Kind::Reply(body) => {
                let polled = Pin::new(body).poll_frame(cx);
                if let (Poll::Ready(Some(Err(_))), Some(under_way)) = (&polled, &self.under_way) {
                    under_way.broke_off();
                }
                polled
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Own(bytes) => bytes.is_none(),
            Kind::Silent => false,
            Kind::Reply(body) => body.is_end_stream(),
            Kind::Patient(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Own(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Kind::Silent => SizeHint::default(),
            Kind::Reply(body) => body.size_hint(),
            Kind::Patient(body) => body.size_hint(),
        }
    }
}
