//! What a filter asks of an exchange.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    Capture, Exchange, ExchangeId, Failure, Headers, Label, Timestamp, sender_status,
};

/// Which of the two messages of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageSide {
    /// What the sender posted.
    Request,
    /// What the origin answered.
    Response,
}

impl MessageSide {
    /// Both, in the order they are searched.
    pub const BOTH: [Self; 2] = [Self::Request, Self::Response];
}

/// What lists know of an exchange, and a filter asks first. What is not known is `None`, and
/// matches nothing.
pub trait Brief {
    /// Its id.
    fn id(&self) -> ExchangeId;
    /// When its request came.
    fn at(&self) -> Timestamp;
    /// The name it was sent to.
    fn name(&self) -> &str;
    /// Why it was on the road.
    fn label(&self) -> Label;
    /// Which exchange it repeats.
    fn replay_of(&self) -> Option<ExchangeId>;
    /// The request's method.
    fn method(&self) -> Cow<'_, str>;
    /// The request's target, with its query.
    fn target(&self) -> Cow<'_, str>;
    /// The status that whoever sent it got.
    fn status(&self) -> Option<u16>;
    /// The kind of sender.
    fn provider(&self) -> Option<&str>;
    /// What the sender calls the event.
    fn event(&self) -> Option<&str>;
    /// What a check of the signature found, in one word.
    fn verdict(&self) -> Option<&str>;
    /// Why it failed.
    fn failure(&self) -> Option<Failure>;
    /// From the request's head to the last byte of the answer.
    fn took(&self) -> Option<Duration>;
    /// Bytes of a body, once it has passed.
    fn size(&self, side: MessageSide) -> Option<u64>;
    /// Whether the user marked it.
    fn marked(&self) -> bool;
    /// Whether the same event came before.
    fn duplicate(&self) -> bool;
    /// Whether a body broke off: its end never came.
    fn cut(&self) -> bool;
}

/// All a filter can ask of an exchange.
pub trait Subject {
    /// What lists know of it; none only for a filter that asks nothing of that (see
    /// [`Filter::asks_rows`](super::Filter::asks_rows)).
    fn brief(&self) -> Option<&impl Brief>;
    /// Whether something of a body was not kept.
    fn truncated(&self) -> bool;
    /// The header fields of a message, once there.
    fn headers(&self, side: MessageSide) -> Option<&Headers>;
    /// A body, as far as it was kept, without its content codings if whoever has it can take them
    /// off. Asked for only where a filter looks into bodies.
    fn body(&self, side: MessageSide) -> Option<&[u8]>;
}

/// What an exchange itself does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// The kind of sender, where it was recognised.
    pub provider: Option<Arc<str>>,
    /// What the sender calls the event.
    pub event: Option<Arc<str>>,
    /// What a check of the signature found, in one word.
    pub verdict: Option<Arc<str>>,
    /// Whether the user marked it.
    pub marked: bool,
    /// Whether the same event came before.
    pub duplicate: bool,
}

/// An exchange with its marks, to be asked by a filter. Bodies are asked as they came.
#[derive(Debug, Clone, Copy)]
pub struct ExchangeSubject<'a> {
    /// The exchange.
    pub exchange: &'a Exchange,
    /// What else is known of it.
    pub marks: &'a Marks,
}

impl ExchangeSubject<'_> {
    fn capture(&self, side: MessageSide) -> &Capture {
        match side {
            MessageSide::Request => &self.exchange.request_body,
            MessageSide::Response => &self.exchange.response_body,
        }
    }
}

impl Brief for ExchangeSubject<'_> {
    fn id(&self) -> ExchangeId {
        self.exchange.id()
    }

    fn at(&self) -> Timestamp {
        self.exchange.request.received_at
    }

    fn name(&self) -> &str {
        self.exchange.request.name.as_str()
    }

    fn label(&self) -> Label {
        self.exchange.request.label
    }

    fn replay_of(&self) -> Option<ExchangeId> {
        self.exchange.replay_of
    }

    fn method(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.exchange.request.method)
    }

    fn target(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.exchange.request.target)
    }

    fn status(&self) -> Option<u16> {
        let status = self.exchange.response.as_ref().map(|head| head.status);
        sender_status(self.label(), status, self.exchange.failure())
    }

    fn provider(&self) -> Option<&str> {
        self.marks.provider.as_deref()
    }

    fn event(&self) -> Option<&str> {
        self.marks.event.as_deref()
    }

    fn verdict(&self) -> Option<&str> {
        self.marks.verdict.as_deref()
    }

    fn failure(&self) -> Option<Failure> {
        self.exchange.failure()
    }

    fn took(&self) -> Option<Duration> {
        let until = self.exchange.closed_at.or(self.exchange.answered_at)?;
        Some(until.since(self.at()))
    }

    fn size(&self, side: MessageSide) -> Option<u64> {
        // Captures are empty until the end: before it, nothing is known.
        let _closed = self.exchange.closed_at?;
        Some(self.capture(side).size)
    }

    fn marked(&self) -> bool {
        self.marks.marked
    }

    fn duplicate(&self) -> bool {
        self.marks.duplicate
    }

    fn cut(&self) -> bool {
        MessageSide::BOTH
            .into_iter()
            .any(|side| self.capture(side).cut)
    }
}

impl Subject for ExchangeSubject<'_> {
    fn brief(&self) -> Option<&impl Brief> {
        Some(self)
    }

    fn truncated(&self) -> bool {
        MessageSide::BOTH
            .into_iter()
            .any(|side| self.capture(side).is_truncated())
    }

    fn headers(&self, side: MessageSide) -> Option<&Headers> {
        match side {
            MessageSide::Request => Some(&self.exchange.request.headers),
            MessageSide::Response => self.exchange.response.as_ref().map(|head| &head.headers),
        }
    }

    fn body(&self, side: MessageSide) -> Option<&[u8]> {
        let kept = &self.capture(side).kept;
        (!kept.is_empty()).then_some(kept)
    }
}
