//! What a list row and a line of output need. Never a body.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::{Exchange, ExchangeId, Failure, Label, Name, Timestamp, sender_status};

/// One exchange in brief.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Which exchange.
    pub id: ExchangeId,
    /// When its request came.
    pub at: Timestamp,
    /// The name it was sent to.
    pub name: Name,
    /// Why it was on the road.
    pub label: Label,
    /// Which exchange it repeats, if any.
    pub replay_of: Option<ExchangeId>,
    /// The request's method.
    pub method: Bytes,
    /// The request's target.
    pub target: Bytes,
    /// The request's content type.
    pub request_type: Option<Bytes>,
    /// The kind of sender, where it was recognised.
    pub provider: Option<Arc<str>>,
    /// What the sender calls the event.
    pub event: Option<Arc<str>>,
    /// What the signature check found, in a word, where it was checked.
    pub verdict: Option<Arc<str>>,
    /// The handshake that was answered in the origin's place, if it was one.
    pub handshake: Option<Arc<str>>,
    /// The status of the answer, once there.
    pub status: Option<u16>,
    /// The answer's content type, once there.
    pub response_type: Option<Bytes>,
    /// From the request's head to the last byte of the answer; until then to the answer's head.
    pub took: Option<Duration>,
    /// Bytes of the request's body; none while the length of a stream is not known.
    pub request_bytes: Option<u64>,
    /// Bytes of the answer's body.
    pub response_bytes: u64,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
    /// Whether nothing will be added any more.
    pub closed: bool,
}

impl Summary {
    /// The status that whoever sent it got; see [`sender_status`].
    #[must_use]
    pub fn sender_status(&self) -> Option<u16> {
        sender_status(self.label, self.status, self.failure)
    }
}

impl From<&Exchange> for Summary {
    fn from(exchange: &Exchange) -> Self {
        let request = &exchange.request;
        Self {
            id: request.id,
            at: request.received_at,
            name: request.name.clone(),
            label: request.label,
            replay_of: exchange.replay_of,
            method: request.method.clone(),
            target: request.target.clone(),
            request_type: request.headers.get("content-type").cloned(),
            provider: None,
            event: None,
            verdict: None,
            handshake: (exchange.response.as_deref())
                .and_then(|response| response.handshake())
                .map(Arc::from),
            status: exchange.response.as_ref().map(|response| response.status),
            response_type: exchange
                .response
                .as_ref()
                .and_then(|response| response.headers.get("content-type").cloned()),
            took: exchange.took(),
            request_bytes: exchange.request_bytes(),
            response_bytes: exchange.response_body.size,
            failure: exchange.failure(),
            closed: exchange.closed_at.is_some(),
        }
    }
}
