//! Facts appended to an exchange, in the order they become known.

use std::sync::Arc;

use super::{Capture, Failure, RequestHead, ResponseHead, Timestamp};

/// One fact about one exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The head of the request is here; forwarding starts.
    Arrived {
        /// The request.
        head: Arc<RequestHead>,
    },
    /// There is a connection to the origin, and the request goes out on it.
    Sent {
        /// When it went out.
        at: Timestamp,
        /// The origin's address, as a URL.
        origin: Arc<str>,
    },
    /// The head of the final answer is here.
    Answered {
        /// When it came from the origin.
        at: Timestamp,
        /// The answer.
        head: Arc<ResponseHead>,
    },
    /// The exchange failed; an answer may have begun before.
    Failed {
        /// When it became known.
        at: Timestamp,
        /// Why.
        failure: Failure,
    },
    /// Both bodies have ended, one way or the other. Always the last event.
    Closed {
        /// When the last byte passed.
        at: Timestamp,
        /// What was kept of the request's body.
        request: Capture,
        /// What was kept of the answer's body.
        response: Capture,
    },
}
