//! One request and all that became of it.

use std::sync::Arc;
use std::time::Duration;

use super::{BodyKind, Capture, Event, ExchangeId, Failure, RequestHead, ResponseHead, Timestamp};

/// How far an exchange has come.
///
/// ```text
/// Forwarding ──Answered──▶ Answered ──Closed──▶ Done
///     └────────Failed────────┴──▶ Failed ──Closed──▶ Failed
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// On its way to the origin.
    Forwarding,
    /// The answer's head is here, its body still runs.
    Answered,
    /// Ended well.
    Done,
    /// Ended badly.
    Failed(Failure),
}

/// One request and all that became of it, built up by [`Exchange::apply`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The request.
    pub request: Arc<RequestHead>,
    /// The answer, once its head came.
    pub response: Option<Arc<ResponseHead>>,
    /// How far it has come.
    pub stage: Stage,
    /// Which exchange it repeats, if any.
    pub replay_of: Option<ExchangeId>,
    /// The origin it went to, as a URL; none if it got to none.
    pub origin: Option<Arc<str>>,
    /// The address that it was signed for here, where addresses are signed: not always the one
    /// that the request itself tells of.
    pub signed_for: Option<Arc<str>>,
    /// When the request went out to the origin.
    pub sent_at: Option<Timestamp>,
    /// When the answer's head came.
    pub answered_at: Option<Timestamp>,
    /// When the last byte passed.
    pub closed_at: Option<Timestamp>,
    /// What was kept of the request's body; empty until the end.
    pub request_body: Capture,
    /// What was kept of the answer's body; empty until the end.
    pub response_body: Capture,
}

impl Exchange {
    /// An exchange begins with its request.
    #[must_use]
    pub fn new(request: Arc<RequestHead>) -> Self {
        Self {
            request,
            response: None,
            stage: Stage::Forwarding,
            replay_of: None,
            origin: None,
            signed_for: None,
            sent_at: None,
            answered_at: None,
            closed_at: None,
            request_body: Capture::default(),
            response_body: Capture::default(),
        }
    }

    /// The id it has from its request.
    #[must_use]
    pub fn id(&self) -> ExchangeId {
        self.request.id
    }

    /// Adds one fact. This is the only place where an exchange changes. Facts that come late
    /// or twice do no harm: the first failure stays, and nothing follows `Closed`.
    pub fn apply(&mut self, event: Event) {
        if self.closed_at.is_some() {
            return;
        }
        match event {
            Event::Arrived { head } => self.request = head,
            Event::Sent { at, origin } => {
                self.sent_at = Some(at);
                self.origin = Some(origin);
            }
            Event::Answered { at, head } => {
                self.answered_at = Some(at);
                self.response = Some(head);
                if self.stage == Stage::Forwarding {
                    self.stage = Stage::Answered;
                }
            }
            Event::Failed { at: _, failure } => {
                if !matches!(self.stage, Stage::Failed(_)) {
                    self.stage = Stage::Failed(failure);
                }
            }
            Event::Closed {
                at,
                request,
                response,
            } => {
                self.closed_at = Some(at);
                self.request_body = request;
                self.response_body = response;
                if self.stage == Stage::Answered {
                    self.stage = Stage::Done;
                }
            }
        }
    }

    /// As it stands while its bodies still pass, with what was kept of them so far.
    #[must_use]
    pub fn so_far(&self, request_body: Capture, response_body: Capture) -> Self {
        Self {
            request_body,
            response_body,
            ..self.clone()
        }
    }

    /// From the request's head to the last byte of the answer; until then to the answer's head. None
    /// of a request that was never sent, as one from a file.
    #[must_use]
    pub fn took(&self) -> Option<Duration> {
        let was_sent = self.response.is_some() || self.failure().is_some();
        let until = self.closed_at.filter(|_| was_sent).or(self.answered_at);
        until.map(|end| end.since(self.request.received_at))
    }

    /// Bytes of the request's body; none while the length of a stream is not known.
    #[must_use]
    pub fn request_bytes(&self) -> Option<u64> {
        match self.request.body {
            _ if self.closed_at.is_some() => Some(self.request_body.size),
            BodyKind::Length(length) => Some(length),
            BodyKind::Empty => Some(0),
            BodyKind::Chunked | BodyKind::Upgrade => None,
        }
    }

    /// Why it failed, if it did.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        match self.stage {
            Stage::Failed(failure) => Some(failure),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FailureKind, Headers, testing};
    use super::*;
    use proptest::prelude::*;

    fn request() -> Arc<RequestHead> {
        Arc::new(testing::request("/", &[], 0))
    }

    fn event() -> impl Strategy<Value = Event> {
        let at = Timestamp::from_micros(1);
        let head = Arc::new(ResponseHead {
            status: 200,
            reason: None,
            headers: Headers::new(),
            body: BodyKind::Empty,
        });
        prop_oneof![
            Just(Event::Arrived { head: request() }),
            Just(Event::Answered { at, head }),
            Just(Event::Failed {
                at,
                failure: FailureKind::OriginClosed.into()
            }),
            Just(Event::Failed {
                at,
                failure: FailureKind::SenderGone.into()
            }),
            Just(Event::Sent {
                at,
                origin: "http://localhost:1".into()
            }),
            (0..9u8).prop_map(move |n| Event::Closed {
                at,
                request: Capture::whole(vec![n]),
                response: Capture::default(),
            }),
        ]
    }

    proptest! {
        #[test]
        fn whatever_order_facts_come_in_the_first_failure_stays_and_nothing_follows_the_end(
            events in prop::collection::vec(event(), 0..12)
        ) {
            let mut exchange = Exchange::new(request());
            let mut failure = None;
            for event in events {
                let before = exchange.clone();
                let closed = before.closed_at.is_some();
                if let (None, false, Event::Failed { failure: first, .. }) = (failure, closed, &event) {
                    failure = Some(*first);
                }
                exchange.apply(event);
                if closed {
                    prop_assert_eq!(&exchange, &before);
                }
                prop_assert_eq!(exchange.failure(), failure);
            }
        }
    }
}
