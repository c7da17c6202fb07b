//! Frames of the control stream.

use bytes::{Bytes, BytesMut};
use serde::{Deserialize, Serialize};

use super::frame::{self, FrameError};
use super::limits::MAX_CONTROL;
use super::version::VersionRange;
use crate::model::Name;

/// Numbers a client's claims; chosen by the client, unique within its tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClaimId(pub u32);

/// From client to relay. Variants are only ever added at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientFrame {
    /// First frame of all.
    Hello(Hello),
    /// Asks for a name.
    Claim {
        /// Which claim the answer belongs to.
        claim: ClaimId,
        /// The name wanted, or none for one of the relay's making.
        name: Option<Name>,
        /// What the client forwards to, hashed: the same client with the same hint gets the
        /// same name again when it leaves the choice to the relay.
        hint: u64,
    },
    /// Gives a claim up.
    Release {
        /// The claim.
        claim: ClaimId,
    },
    /// No new requests, please; those under way will be finished.
    Drain,
}

/// Who the client is and what it speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Protocol versions it speaks.
    pub versions: VersionRange,
    /// Program and version, for logs.
    pub agent: String,
}

/// From relay to client. Variants are only ever added at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RelayFrame {
    /// The hello was fine.
    Welcome(Welcome),
    /// The hello was not; the connection is closed after this.
    Refused {
        /// Why.
        code: RefusalCode,
        /// For people: what to do about it.
        reason: String,
    },
    /// The name is the client's.
    Granted {
        /// Which claim.
        claim: ClaimId,
        /// The name.
        name: Name,
        /// Public addresses of it, best first.
        urls: Vec<String>,
    },
    /// The name is not to be had.
    Denied {
        /// Which claim.
        claim: ClaimId,
        /// Why.
        code: RefusalCode,
        /// For people: what to do about it.
        reason: String,
    },
    /// The name is no longer the client's.
    Revoked {
        /// Which claim.
        claim: ClaimId,
        /// Why.
        code: RefusalCode,
    },
    /// The relay is shutting down: no new requests will come; connect again later.
    Drain,
    /// After the client's `Drain`: every request sent to it is over, and none will follow.
    Drained,
}

/// What the relay tells a client it welcomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The version both will speak.
    pub version: u16,
    /// Program and version, for logs.
    pub agent: String,
    /// The relay's own TCP ports, if the client runs on the same machine: they must not be
    /// origins.
    pub local_ports: Vec<u16>,
}

/// Why a hello or a claim was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefusalCode {
    /// No common protocol version.
    Version,
    /// The client may not use this relay, or not this name.
    NotAuthorised,
    /// The name belongs to somebody else.
    NameTaken,
    /// A newer session of the same client took the name over.
    Replaced,
    /// Too many claims or tunnels.
    Limit,
    /// The relay is shutting down.
    Draining,
}

impl RefusalCode {
    /// Whether connecting again by itself can help.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Draining)
    }
}

/// Encodes a frame with its length.
///
/// # Errors
/// [`FrameError::TooLong`] if it is above [`MAX_CONTROL`].
pub fn encode<T: Serialize>(frame: &T, out: &mut BytesMut) -> Result<(), FrameError> {
    frame::encode(frame, MAX_CONTROL, out)
}

/// Reads one frame's content.
///
/// # Errors
/// [`FrameError::Malformed`] if it is none.
pub fn decode<'a, T: Deserialize<'a>>(content: &'a Bytes) -> Result<T, FrameError> {
    Ok(postcard::from_bytes(content)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::version::SUPPORTED;
    use proptest::prelude::*;

    /// Peers of other builds must read these bytes: a change here is a change of protocol version.
    #[test]
    fn the_bytes_of_version_1_control_frames_stay_as_they_are() {
        let name: Name = "quiet-otter".parse().unwrap();
        let claim = ClaimId(1);
        let mut lines = String::new();
        let mut add = |encoded: Result<BytesMut, FrameError>| {
            lines += &(hex::encode(encoded.unwrap()) + "\n");
        };
        let client = |frame: ClientFrame| {
            let mut out = BytesMut::new();
            encode(&frame, &mut out).map(|()| out)
        };
        let relay = |frame: RelayFrame| {
            let mut out = BytesMut::new();
            encode(&frame, &mut out).map(|()| out)
        };
        add(client(ClientFrame::Hello(Hello {
            versions: SUPPORTED,
            agent: "hookreel/0.1.0".into(),
        })));
        add(client(ClientFrame::Claim {
            claim,
            name: Some(name.clone()),
            hint: 300,
        }));
        add(client(ClientFrame::Release { claim }));
        add(client(ClientFrame::Drain));
        add(relay(RelayFrame::Welcome(Welcome {
            version: 1,
            agent: "r".into(),
            local_ports: vec![80],
        })));
        add(relay(RelayFrame::Refused {
            code: RefusalCode::Version,
            reason: "old".into(),
        }));
        add(relay(RelayFrame::Granted {
            claim,
            name,
            urls: vec!["https://a.example".into()],
        }));
        add(relay(RelayFrame::Denied {
            claim,
            code: RefusalCode::NameTaken,
            reason: "taken".into(),
        }));
        add(relay(RelayFrame::Revoked {
            claim,
            code: RefusalCode::Replaced,
        }));
        add(relay(RelayFrame::Drain));
        insta::assert_snapshot!(lines);
    }

    proptest! {
        #[test]
        fn any_bytes_decode_or_fail_but_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let bytes = Bytes::from(bytes);
            let _ = decode::<ClientFrame>(&bytes);
            let _ = decode::<RelayFrame>(&bytes);
        }
    }
}
