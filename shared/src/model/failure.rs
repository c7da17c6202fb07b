//! What can go wrong with an exchange: whose side, what, and whether trying again helps.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Label;

/// On whose side an exchange failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Who posted the request.
    Sender,
    /// The public server.
    Relay,
    /// The way between relay and client.
    Tunnel,
    /// The developer's hookreel.
    Client,
    /// The developer's local server.
    Origin,
}

/// Whether the same request may succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Retry {
    /// Trying again cannot help; the request itself is at fault.
    Never,
    /// Trying again after a while may help.
    Later,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The sender hung up before it had the whole answer.
    SenderGone,
    /// The request reached the relay too often: origin and name form a loop.
    Loop,
    /// Nobody holds that name.
    UnknownName,
    /// The name is known, its client is not connected.
    NotConnected,
    /// A limit is full.
    Overloaded,
    /// The relay or the client is shutting down.
    Draining,
    /// The tunnel broke while the exchange was on it.
    TunnelLost,
    /// The peer broke the tunnel protocol.
    Protocol,
    /// Nothing accepts connections at the origin's address.
    OriginRefused,
    /// TLS with the origin failed.
    OriginTls,
    /// The origin closed the connection before an answer.
    OriginClosed,
    /// The origin's answer is not HTTP.
    OriginBroken,
    /// The origin did not answer in time.
    OriginTimeout,
    /// The origin broke off in the middle of its answer.
    OriginAborted,
    /// Only what is signed well may reach the origin, and this is not.
    SignatureRefused,
    /// Only what is signed well may reach the origin, and this is too large to be checked.
    BodyTooLarge,
}

/// A failed exchange: kind, side, and whether to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Failure {
    /// On whose side.
    pub side: Side,
    /// What.
    pub kind: FailureKind,
    /// Whether trying again may help.
    pub retry: Retry,
}

impl From<FailureKind> for Failure {
    fn from(kind: FailureKind) -> Self {
        use FailureKind as K;
        let (side, retry) = match kind {
            K::SenderGone => (Side::Sender, Retry::Later),
            K::Loop | K::UnknownName => (Side::Relay, Retry::Never),
            K::Overloaded | K::Draining => (Side::Relay, Retry::Later),
            K::NotConnected | K::TunnelLost => (Side::Tunnel, Retry::Later),
            K::Protocol => (Side::Client, Retry::Later),
            K::SignatureRefused | K::BodyTooLarge => (Side::Client, Retry::Never),
            K::OriginRefused
            | K::OriginTls
            | K::OriginClosed
            | K::OriginBroken
            | K::OriginTimeout
            | K::OriginAborted => (Side::Origin, Retry::Later),
        };
        Self { side, kind, retry }
    }
}

impl FailureKind {
    /// The status with which the relay answers the sender, where no answer of the origin has
    /// begun. Never 404 or 410 for a known name: senders take those for "gone for good".
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            // The client answers these itself; so the provider's own status goes before.
            Self::SignatureRefused => 401,
            Self::UnknownName => 404,
            Self::BodyTooLarge => 413,
            Self::OriginRefused
            | Self::OriginTls
            | Self::OriginClosed
            | Self::OriginAborted
            | Self::OriginBroken
            | Self::SenderGone => 502,
            Self::NotConnected
            | Self::TunnelLost
            | Self::Overloaded
            | Self::Draining
            | Self::Protocol => 503,
            Self::OriginTimeout => 504,
            Self::Loop => 508,
        }
    }
}

/// The status that whoever sent a request got: the origin's, or the relay's where an exchange
/// failed before that. None where nobody was there to get one: no answer yet, a sender that hung
/// up, or a request that the relay did not take in just now. Of one from a file it is as it was then.
#[must_use]
pub fn sender_status(label: Label, status: Option<u16>, failure: Option<Failure>) -> Option<u16> {
    let waits = matches!(label, Label::Live | Label::Sample | Label::Imported);
    let of_relay = || {
        let kind = failure.filter(|_| waits)?.kind;
        (kind != FailureKind::SenderGone).then(|| kind.status())
    };
    status.or_else(of_relay)
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SenderGone => "the sender hung up",
            Self::Loop => "the request goes round in a loop",
            Self::UnknownName => "nobody holds this name",
            Self::NotConnected => "no client is connected",
            Self::Overloaded => "a limit is full",
            Self::Draining => "shutting down",
            Self::TunnelLost => "the tunnel broke",
            Self::Protocol => "the tunnel protocol was broken",
            Self::OriginRefused => "the origin refused the connection",
            Self::OriginTls => "TLS with the origin failed",
            Self::OriginClosed => "the origin closed the connection early",
            Self::OriginBroken => "the origin's answer is not valid HTTP",
            Self::OriginTimeout => "the origin did not answer in time",
            Self::OriginAborted => "the origin broke off its answer",
            Self::SignatureRefused => "hookreel refused the signature",
            Self::BodyTooLarge => "the body is too large to be checked",
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_gets_the_status_of_the_origin_or_else_that_of_the_relay() {
        let failed = |kind: FailureKind| Some(Failure::from(kind));
        for (label, status, failure, expected) in [
            (Label::Live, Some(200), None, Some(200)),
            (
                Label::Live,
                Some(200),
                failed(FailureKind::OriginAborted),
                Some(200),
            ),
            (
                Label::Live,
                None,
                failed(FailureKind::OriginRefused),
                Some(502),
            ),
            (
                Label::Sample,
                None,
                failed(FailureKind::OriginTimeout),
                Some(504),
            ),
            (
                Label::Live,
                None,
                failed(FailureKind::TunnelLost),
                Some(503),
            ),
            (Label::Live, None, failed(FailureKind::SenderGone), None),
            (
                Label::Replay,
                None,
                failed(FailureKind::OriginRefused),
                None,
            ),
            (
                Label::Stored,
                None,
                failed(FailureKind::OriginRefused),
                None,
            ),
            (Label::Live, None, None, None),
        ] {
            assert_eq!(
                sender_status(label, status, failure),
                expected,
                "{label:?} {failure:?}"
            );
        }
    }
}
