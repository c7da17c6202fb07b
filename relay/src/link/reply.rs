//! What comes back on a request's stream.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hookreel_shared::model::ResponseHead;
use hookreel_shared::net::{RecvHalf, SendHalf, StreamBody, StreamError};
use http_body::{Body, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

use super::idle::IdleStreams;

/// The final answer: its head, and what follows it.
#[derive(Debug)]
pub struct Reply {
    /// Status and header fields.
    pub head: ResponseHead,
    /// The body; empty for an upgrade.
    pub body: ReplyBody,
    /// For a 101: the stream, to be joined with the sender's connection.
    pub upgrade: Option<Upgrade>,
}

/// Both halves of a stream that has left HTTP.
#[derive(Debug)]
pub struct Upgrade {
    /// Towards the client.
    pub send: SendHalf,
    /// From the client.
    pub recv: RecvHalf,
    /// Held while the upgraded connection lives.
    pub permit: OwnedSemaphorePermit,
}

/// The body of an answer. Holds the request's place until it ends or is dropped. Dropped before
/// its end, it tells the client that the sender is gone.
#[derive(Debug)]
pub struct ReplyBody {
    inner: Option<Coming>,
}

#[derive(Debug)]
struct Coming {
    body: StreamBody,
    /// The other half of the stream.
    send: Sending,
    home: Arc<IdleStreams>,
    _permit: OwnedSemaphorePermit,
}

/// What became of the request while its answer comes.
#[derive(Debug)]
pub enum Sending {
    /// It is sent to its end.
    Sent(SendHalf),
    /// Its body will not be sent. The half is only let go with the answer: the client takes its
    /// end for the sender's, who still wants the answer.
    Unwanted(SendHalf),
    /// Somebody else has the half.
    Elsewhere,
}

impl Coming {
    /// The answer is over.
    fn done(self) {
        let Self {
            body, send, home, ..
        } = self;
        match (body.into_stream(), send) {
            (Some(recv), Sending::Sent(send)) => home.put(send, recv),
            // It broke off; whoever still sends will learn of it.
            (None, Sending::Sent(mut send)) => send.finish(),
            (_, Sending::Unwanted(_) | Sending::Elsewhere) => {}
        }
    }
}

impl ReplyBody {
    /// A body from a stream.
    #[must_use]
    pub fn new(
        body: StreamBody,
        send: Sending,
        permit: OwnedSemaphorePermit,
        home: Arc<IdleStreams>,
    ) -> Self {
        let over = body.is_end_stream();
        let coming = Coming {
            body,
            send,
            home,
            _permit: permit,
        };
        let inner = if over {
            coming.done();
            None
        } else {
            Some(coming)
        };
        Self { inner }
    }

    /// No body.
    #[must_use]
    pub fn empty() -> Self {
        Self { inner: None }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = StreamError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StreamError>>> {
        let Some(coming) = &mut self.inner else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(&mut coming.body).poll_frame(cx);
        let over = coming.body.is_end_stream();
        if over && let Some(coming) = self.inner.take() {
            coming.done();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), |coming| coming.body.size_hint())
    }
}
