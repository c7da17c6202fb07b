//! Heads of requests and responses, as they travel from edge to origin and back.

use std::net::SocketAddr;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{ExchangeId, Header, Headers, Name, Timestamp};

/// The HTTP version a message came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HttpVersion {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
    /// HTTP/2
    Http2,
}

/// Why a request is on the road.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Label {
    /// A sender posted it just now.
    Live,
    /// The user sent it again.
    Replay,
    /// The relay had stored it and delivers it now.
    Stored,
    /// hookreel made it up.
    Sample,
    /// It came from a file, and was never on this road.
    Imported,
}

impl Label {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Live,
        Self::Replay,
        Self::Stored,
        Self::Sample,
        Self::Imported,
    ];

    /// The word for it in outputs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Replay => "replay",
            Self::Stored => "stored",
            Self::Sample => "sample",
            Self::Imported => "imported",
        }
    }
}

/// How the body after a head is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BodyKind {
    /// No body.
    Empty,
    /// Exactly that many bytes; no trailers.
    Length(u64),
    /// Unknown length; trailers may follow.
    Chunked,
    /// The connection leaves HTTP (RFC 9110 §7.8): raw bytes both ways until each side ends.
    Upgrade,
}

/// A request without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHead {
    /// Minted by whoever took the request in.
    pub id: ExchangeId,
    /// The name it was sent to.
    pub name: Name,
    /// Why it is on the road.
    pub label: Label,
    /// When its head was complete.
    pub received_at: Timestamp,
    /// The method token, case kept.
    pub method: Bytes,
    /// The request target in origin form, byte for byte as it came.
    pub target: Bytes,
    /// The version the sender spoke.
    pub version: HttpVersion,
    /// All header fields but those that only concern one connection: the sender's, and behind
    /// them those that the relay added.
    pub headers: Headers,
    /// How many fields at the end of `headers` the relay added.
    pub added: u16,
    /// The sender's address, unless the relay does not tell.
    pub peer: Option<SocketAddr>,
    /// How the body is delimited.
    pub body: BodyKind,
    /// The sender waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1).
    pub expect_continue: bool,
}

impl RequestHead {
    /// The fields that the sender sent.
    #[must_use]
    pub fn sent(&self) -> &[Header] {
        self.headers.as_slice().split_at(self.first_added()).0
    }

    /// The fields that the relay added.
    #[must_use]
    pub fn added(&self) -> &[Header] {
        self.headers.as_slice().split_at(self.first_added()).1
    }

    /// Who added those, in words: a request that hookreel made or sent again came by no relay.
    #[must_use]
    pub fn added_by(&self) -> &'static str {
        match self.label {
            Label::Live | Label::Stored | Label::Imported => "added by the relay",
            Label::Replay | Label::Sample => "added by hookreel",
        }
    }

    fn first_added(&self) -> usize {
        self.headers.len().saturating_sub(self.added.into())
    }

    /// The method as text; not UTF-8 cannot occur, as the edge checks it to be a token.
    #[must_use]
    pub fn method_str(&self) -> &str {
        std::str::from_utf8(&self.method).unwrap_or("?")
    }
}

/// A response without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHead {
    /// Status code, 100 to 999.
    pub status: u16,
    /// The reason phrase, where it is not the usual one of HTTP/1.
    pub reason: Option<Bytes>,
    /// All header fields but those that only concern one connection.
    pub headers: Headers,
    /// How the body is delimited; [`BodyKind::Empty`] for interim (1xx) responses.
    pub body: BodyKind,
}

impl ResponseHead {
    /// The field that says which handshake was answered in the origin's place.
    pub const HANDSHAKE: &'static str = "Hookreel-Handshake";

    /// The handshake that was answered in the origin's place, if it was.
    #[must_use]
    pub fn handshake(&self) -> Option<&str> {
        let value = self.headers.get(Self::HANDSHAKE)?;
        std::str::from_utf8(value).ok()
    }
}
