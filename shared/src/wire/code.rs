//! Codes of stream resets and of closed connections. This table is the only one.
//!
//! Numbers are never used twice; a retired one stays listed.

use crate::model::FailureKind;

/// Code of a reset or stopped request stream: why the exchange failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamCode(pub u32);

impl StreamCode {
    /// Nothing went wrong: the rest of the stream is simply not wanted.
    pub const NONE: Self = Self(0);
}

const STREAM_CODES: &[(u32, FailureKind)] = &[
    (1, FailureKind::SenderGone),
    (2, FailureKind::Protocol),
    (3, FailureKind::Overloaded),
    (4, FailureKind::Draining),
    (5, FailureKind::TunnelLost),
    (16, FailureKind::OriginRefused),
    (17, FailureKind::OriginTls),
    (18, FailureKind::OriginClosed),
    (19, FailureKind::OriginBroken),
    (20, FailureKind::OriginTimeout),
    (21, FailureKind::OriginAborted),
];

impl From<FailureKind> for StreamCode {
    /// Kinds that only the relay knows of never travel; they become [`FailureKind::Protocol`].
    fn from(kind: FailureKind) -> Self {
        let row = STREAM_CODES.iter().find(|(_, known)| *known == kind);
        Self(row.map_or(2, |(code, _)| *code))
    }
}

impl From<StreamCode> for FailureKind {
    /// An unknown code is a broken protocol.
    fn from(code: StreamCode) -> Self {
        let row = STREAM_CODES.iter().find(|(known, _)| *known == code.0);
        row.map_or(Self::Protocol, |(_, kind)| *kind)
    }
}

/// Why a tunnel was closed: the application code of QUIC's CONNECTION_CLOSE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseCode {
    /// The client is done.
    Done,
    /// The peer broke the protocol.
    Protocol,
    /// The relay refused the hello; the reason was in `Refused`.
    Refused,
    /// A newer session of the same client took the names over.
    Replaced,
    /// The relay is shutting down; connecting again will help.
    Draining,
    /// Too slow to say hello or to claim.
    TooSlow,
    /// A code of a newer version.
    Unknown(u32),
}

impl CloseCode {
    const TABLE: &'static [(u32, Self)] = &[
        (0, Self::Done),
        (1, Self::Protocol),
        (2, Self::Refused),
        (3, Self::Replaced),
        (4, Self::Draining),
        (5, Self::TooSlow),
    ];

    /// Its number on the wire.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::Unknown(code) => code,
            known => Self::TABLE
                .iter()
                .find(|(_, c)| *c == known)
                .map_or(1, |(code, _)| *code),
        }
    }

    /// The code of that number.
    #[must_use]
    pub fn from_number(number: u32) -> Self {
        Self::TABLE
            .iter()
            .find(|(code, _)| *code == number)
            .map_or(Self::Unknown(number), |(_, c)| *c)
    }

    /// Whether connecting again by itself can help.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Refused | Self::Replaced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_codes_read_back_and_are_all_different() {
        for (code, kind) in STREAM_CODES {
            assert_eq!(StreamCode::from(*kind), StreamCode(*code));
            assert_eq!(FailureKind::from(StreamCode(*code)), *kind);
            assert_ne!(StreamCode(*code), StreamCode::NONE);
        }
        assert_eq!(FailureKind::from(StreamCode(999)), FailureKind::Protocol);
    }

    #[test]
    fn close_codes_read_back() {
        for number in 0..8 {
            assert_eq!(CloseCode::from_number(number).number(), number);
        }
    }
}
