//! Heads of requests and responses on a request stream.
//!
//! Header fields are written as byte strings and read back as slices of the received buffer:
//! nothing is copied, nothing is normalised.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::frame::{self, FrameError};
use super::limits::{MAX_HEAD, MAX_HEADERS};
use crate::model::{
    BodyKind, ExchangeId, Headers, HttpVersion, Label, Name, RequestHead, ResponseHead, Timestamp,
};

/// What a client may write on a request stream before the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// An interim (1xx, not 101) response; more will follow.
    Interim(ResponseHead),
    /// The final response.
    Final(ResponseHead),
}

/// Bytes that serde writes and reads as one byte string.
#[derive(Clone, Copy, Deserialize)]
struct Raw<'a>(#[serde(borrow)] &'a [u8]);

impl Serialize for Raw<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

type Fields<'a> = Vec<(Raw<'a>, Raw<'a>)>;

#[derive(Serialize, Deserialize)]
struct RequestWire<'a> {
    id: [u8; 16],
    #[serde(borrow)]
    name: &'a str,
    label: Label,
    received_at: i64,
    method: Raw<'a>,
    target: Raw<'a>,
    version: HttpVersion,
    peer: Option<SocketAddr>,
    body: BodyKind,
    expect_continue: bool,
    headers: Fields<'a>,
    added: u16,
}

#[derive(Serialize, Deserialize)]
struct ResponseWire<'a> {
    interim: bool,
    status: u16,
    #[serde(borrow)]
    reason: Option<Raw<'a>>,
    body: BodyKind,
    headers: Fields<'a>,
}

/// Appends a request's head to `out`, with its length before it.
///
/// # Errors
/// [`FrameError::TooLong`] if it is above [`MAX_HEAD`].
pub fn encode_request(head: &RequestHead, out: &mut BytesMut) -> Result<(), FrameError> {
    let wire = RequestWire {
        id: *head.id.uuid().as_bytes(),
        name: head.name.as_str(),
        label: head.label,
        received_at: head.received_at.as_micros(),
        method: Raw(&head.method),
        target: Raw(&head.target),
        version: head.version,
        peer: head.peer,
        body: head.body,
        expect_continue: head.expect_continue,
        headers: fields(&head.headers),
        added: head.added,
    };
    frame::encode(&wire, MAX_HEAD, out)
}

/// Reads a request's head from one frame's content.
///
/// # Errors
/// [`FrameError::Malformed`] if it is not a head, or carries what HTTP cannot: an empty or
/// non-token method, a target or field with CR, LF or NUL, too many fields.
pub fn decode_request(frame: &Bytes) -> Result<RequestHead, FrameError> {
    let wire: RequestWire<'_> = postcard::from_bytes(frame)?;
    check(is_token(wire.method.0), "the method is not a token")?;
    check(
        is_target(wire.target.0),
        "the target is not a request target",
    )?;
    check(
        usize::from(wire.added) <= wire.headers.len(),
        "more fields were added than there are",
    )?;
    Ok(RequestHead {
        id: ExchangeId::from_uuid(Uuid::from_bytes(wire.id)),
        name: wire
            .name
            .parse::<Name>()
            .map_err(|error| FrameError::Malformed(error.to_string()))?,
        label: wire.label,
        received_at: Timestamp::from_micros(wire.received_at),
        method: frame.slice_ref(wire.method.0),
        target: frame.slice_ref(wire.target.0),
        version: wire.version,
        headers: headers(frame, &wire.headers)?,
        added: wire.added,
        peer: wire.peer,
        body: wire.body,
        expect_continue: wire.expect_continue,
    })
}

/// Appends an answer's head to `out`, with its length before it.
///
/// # Errors
/// [`FrameError::TooLong`] if it is above [`MAX_HEAD`].
pub fn encode_answer(answer: &Answer, out: &mut BytesMut) -> Result<(), FrameError> {
    match answer {
        Answer::Interim(head) => encode_response(true, head, out),
        Answer::Final(head) => encode_final(head, out),
    }
}

/// Appends the head of a final answer to `out`, with its length before it.
///
/// # Errors
/// [`FrameError::TooLong`] if it is above [`MAX_HEAD`].
pub fn encode_final(head: &ResponseHead, out: &mut BytesMut) -> Result<(), FrameError> {
    encode_response(false, head, out)
}

fn encode_response(
    interim: bool,
    head: &ResponseHead,
    out: &mut BytesMut,
) -> Result<(), FrameError> {
    let wire = ResponseWire {
        interim,
        status: head.status,
        reason: head.reason.as_deref().map(Raw),
        body: head.body,
        headers: fields(&head.headers),
    };
    frame::encode(&wire, MAX_HEAD, out)
}

/// Reads an answer's head from one frame's content.
///
/// # Errors
/// [`FrameError::Malformed`] if it is not a head, its status does not fit its place, or a field
/// carries CR, LF or NUL.
pub fn decode_answer(frame: &Bytes) -> Result<Answer, FrameError> {
    let wire: ResponseWire<'_> = postcard::from_bytes(frame)?;
    let is_interim = (100..200).contains(&wire.status) && wire.status != 101;
    check(
        (100..1000).contains(&wire.status),
        "the status is not of three digits",
    )?;
    check(
        wire.interim == is_interim,
        "the status does not fit its place",
    )?;
    check(
        (wire.status == 101) == (wire.body == BodyKind::Upgrade),
        "only 101 goes with an upgrade",
    )?;
    check(
        wire.reason.is_none_or(|reason| is_value(reason.0)),
        "the reason has control characters",
    )?;
    let head = ResponseHead {
        status: wire.status,
        reason: wire.reason.map(|reason| frame.slice_ref(reason.0)),
        headers: headers(frame, &wire.headers)?,
        body: wire.body,
    };
    Ok(if is_interim {
        Answer::Interim(head)
    } else {
        Answer::Final(head)
    })
}

/// Appends trailers to `out`, with their length before them.
///
/// # Errors
/// [`FrameError::TooLong`] if they are above [`MAX_HEAD`].
pub fn encode_trailers(trailers: &Headers, out: &mut BytesMut) -> Result<(), FrameError> {
    frame::encode(&fields(trailers), MAX_HEAD, out)
}

/// Reads trailers from one frame's content.
///
/// # Errors
/// [`FrameError::Malformed`] if they are not header fields.
pub fn decode_trailers(frame: &Bytes) -> Result<Headers, FrameError> {
    let wire: Fields<'_> = postcard::from_bytes(frame)?;
    headers(frame, &wire)
}

fn fields(headers: &Headers) -> Fields<'_> {
    headers
        .iter()
        .map(|header| (Raw(&header.name), Raw(&header.value)))
        .collect()
}

/// Field names and values are checked here, so that a hostile peer cannot inject lines into what
/// is later written as HTTP/1.
fn headers(frame: &Bytes, fields: &Fields<'_>) -> Result<Headers, FrameError> {
    check(fields.len() <= MAX_HEADERS, "too many header fields")?;
    let mut headers = Headers::with_capacity(fields.len());
    for (name, value) in fields {
        check(is_token(name.0), "a field name is not a token")?;
        check(is_value(value.0), "a field value has control characters")?;
        headers.push(frame.slice_ref(name.0), frame.slice_ref(value.0));
    }
    Ok(headers)
}

fn check(holds: bool, what: &str) -> Result<(), FrameError> {
    if holds {
        Ok(())
    } else {
        Err(FrameError::Malformed(what.to_owned()))
    }
}

/// RFC 9110 §5.6.2: what methods and field names are made of.
fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes
            .iter()
            .all(|&b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// RFC 9110 §5.5: any byte but NUL, CR and LF.
fn is_value(bytes: &[u8]) -> bool {
    !bytes.iter().any(|b| matches!(b, 0 | b'\r' | b'\n'))
}

/// Origin or asterisk form (RFC 9112 §3.2) without white space or control characters.
fn is_target(bytes: &[u8]) -> bool {
    (bytes.first() == Some(&b'/') || bytes == b"*")
        && !bytes.iter().any(|&b| b <= b' ' || b == 0x7f)
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
