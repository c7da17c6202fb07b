//! What a list row and a line of output need. Never a body.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::{Exchange, ExchangeId, Failure, Label, Name, RequestHead, Stage, Timestamp};

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
    /// The request, for method, target and content type.
    pub request: Arc<RequestHead>,
    /// The answer's status, once there.
    pub status: Option<u16>,
    /// The answer's content type, once there.
    pub response_type: Option<Bytes>,
    /// From the request's head to the last byte of the answer; until then to the answer's head.
    pub took: Option<Duration>,
    /// Bytes of the request's body.
    pub request_bytes: u64,
    /// Bytes of the answer's body.
    pub response_bytes: u64,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
    /// Whether nothing will be added any more.
    pub closed: bool,
}

impl From<&Exchange> for Summary {
    fn from(exchange: &Exchange) -> Self {
        let request = &exchange.request;
        let until = exchange.closed_at.or(exchange.answered_at);
        Self {
            id: request.id,
            at: request.received_at,
            name: request.name.clone(),
            label: request.label,
            request: Arc::clone(request),
            status: exchange.response.as_ref().map(|response| response.status),
            response_type: exchange
                .response
                .as_ref()
                .and_then(|response| response.headers.get("content-type").cloned()),
            took: until.map(|end| end.since(request.received_at)),
            request_bytes: exchange.request_bytes,
            response_bytes: exchange.response_bytes,
            failure: match exchange.stage {
                Stage::Failed(failure) => Some(failure),
                _ => None,
            },
            closed: exchange.closed_at.is_some(),
        }
    }
}
