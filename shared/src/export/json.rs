//! The JSON form: what `show --json` prints. This file is its schema.
//!
//! Keys may be added; none is renamed or removed within `v`. Bytes that are valid UTF-8 are a
//! string, others `{"base64": "…"}` (RFC 4648 §4). A time is RFC 3339 with microseconds, in
//! UTC; one that no calendar holds is a number of microseconds since 1970.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{from_base64, to_base64};
use crate::model::{
    BodyKind, Capture, Exchange, Failure, Headers, HttpVersion, Label, RequestHead, ResponseHead,
    Stage, Summary, Timestamp,
};
use crate::pretty::safe;

const V: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Document {
    v: u32,
    id: String,
    name: String,
    label: String,
    replay_of: Option<String>,
    /// The URL of the origin it went to.
    #[serde(default)]
    origin: Option<String>,
    /// The address that it was signed for here, where addresses are signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signed_for: Option<String>,
    /// The sender's address with its port.
    peer: Option<String>,
    /// `forwarding`, `answered`, `done` or `failed`.
    stage: String,
    failure: Option<Failure>,
    /// What the sender got; as the others tell it, so that it is not read.
    #[serde(default)]
    sender_status: Option<u16>,
    received_at: Time,
    sent_at: Option<Time>,
    answered_at: Option<Time>,
    closed_at: Option<Time>,
    request: Request,
    response: Option<Response>,
    /// What was kept of the answer's body, also where its head never came.
    response_body: Body,
}

#[derive(Serialize, Deserialize)]
struct Request {
    method: Text,
    target: Text,
    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.
    version: String,
    framing: Framing,
    expect_continue: bool,
    /// Name and value, in order.
    headers: Vec<(Text, Text)>,
    /// How many at the end of `headers` the relay added.
    #[serde(default)]
    added: u16,
    body: Body,
}

#[derive(Serialize, Deserialize)]
struct Response {
    status: u16,
    reason: Option<Text>,
    framing: Framing,
    headers: Vec<(Text, Text)>,
}

#[derive(Serialize, Deserialize)]
struct Body {
    /// Bytes that passed; more than were kept if `truncated`.
    size: u64,
    truncated: bool,
    /// Its end never passed: it broke off, or was not waited for.
    #[serde(default)]
    cut: bool,
    kept: Text,
    /// Of all that passed, in hexadecimal; where known.
    sha256: Option<String>,
    trailers: Vec<(Text, Text)>,
}

/// How a body is delimited: `"empty"`, `{"length": N}`, `"chunked"` or `"upgrade"`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Framing {
    Empty,
    Length(u64),
    Chunked,
    Upgrade,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Text {
    Plain(String),
    Binary { base64: String },
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Time {
    Calendar(String),
    Micros(i64),
}

/// Why a text is not the JSON form of an exchange.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not JSON, or not of this shape; with line and column.
    #[error("{0}")]
    Syntax(#[from] serde_json::Error),
    /// A value is none that can stand there.
    #[error("{what} cannot be {value:?}")]
    Value {
        /// The key.
        what: &'static str,
        /// What stood there.
        value: String,
    },
}

/// The whole exchange as one line of JSON. Bodies of which only the beginning was kept say so.
#[must_use]
pub fn write(exchange: &Exchange) -> String {
    // Strings, numbers and lists always serialise.
    let text = serde_json::to_string(&Document::of(exchange)).unwrap_or_default();
    safe::json(text)
}

/// Reads what [`write()`] wrote.
///
/// # Errors
/// [`ReadError`] with the place or the key.
pub fn read(text: &[u8]) -> Result<Exchange, ReadError> {
    serde_json::from_slice::<Document>(text)?.exchange()
}

impl Document {
    fn of(exchange: &Exchange) -> Self {
        let head = &exchange.request;
        Self {
            v: V,
            id: head.id.to_string(),
            name: head.name.to_string(),
            label: head.label.as_str().to_owned(),
            replay_of: exchange.replay_of.map(|id| id.to_string()),
            origin: exchange.origin.as_deref().map(str::to_owned),
            signed_for: exchange.signed_for.as_deref().map(str::to_owned),
            peer: head.peer.map(|peer| peer.to_string()),
            stage: stage_word(&exchange.stage).to_owned(),
            failure: exchange.failure(),
            sender_status: Summary::from(exchange).sender_status(),
            received_at: Time::of(head.received_at),
            sent_at: exchange.sent_at.map(Time::of),
            answered_at: exchange.answered_at.map(Time::of),
            closed_at: exchange.closed_at.map(Time::of),
            request: Request {
                method: Text::of(&head.method),
                target: Text::of(&head.target),
                version: version_word(head.version).to_owned(),
                framing: Framing::of(head.body),
                expect_continue: head.expect_continue,
                headers: fields(&head.headers),
                added: head.added,
                body: Body::of(&exchange.request_body),
            },
            response: exchange.response.as_ref().map(|head| Response {
                status: head.status,
                reason: head.reason.as_deref().map(Text::of),
                framing: Framing::of(head.body),
                headers: fields(&head.headers),
            }),
            response_body: Body::of(&exchange.response_body),
        }
    }

    fn exchange(self) -> Result<Exchange, ReadError> {
        if self.v != V {
            return Err(bad("v", self.v.to_string()));
        }
        let request = self.request;
        let head = RequestHead {
            id: parsed("id", &self.id)?,
            name: parsed("name", &self.name)?,
            label: Label::ALL
                .into_iter()
                .find(|label| label.as_str() == self.label)
                .ok_or_else(|| bad("label", self.label))?,
            received_at: self.received_at.timestamp()?,
            method: request.method.bytes()?,
            target: request.target.bytes()?,
            version: [HttpVersion::Http10, HttpVersion::Http11, HttpVersion::Http2]
                .into_iter()
                .find(|version| version_word(*version) == request.version)
                .ok_or_else(|| bad("version", request.version))?,
            headers: headers(request.headers)?,
            added: request.added,
            peer: self.peer.map(|peer| parsed("peer", &peer)).transpose()?,
            body: request.framing.kind(),
            expect_continue: request.expect_continue,
        };
        let mut exchange = Exchange::new(Arc::new(head));
        exchange.stage = match (self.stage.as_str(), self.failure) {
            ("forwarding", None) => Stage::Forwarding,
            ("answered", None) => Stage::Answered,
            ("done", None) => Stage::Done,
            ("failed", Some(failure)) => Stage::Failed(failure),
            _ => return Err(bad("stage", self.stage)),
        };
        let time = |time: Option<Time>| time.map(Time::timestamp).transpose();
        exchange.replay_of = self
            .replay_of
            .map(|id| parsed("replay_of", &id))
            .transpose()?;
        exchange.origin = self.origin.map(Into::into);
        exchange.signed_for = self.signed_for.map(Into::into);
        exchange.sent_at = time(self.sent_at)?;
        exchange.answered_at = time(self.answered_at)?;
        exchange.closed_at = time(self.closed_at)?;
        exchange.request_body = request.body.capture()?;
        exchange.response_body = self.response_body.capture()?;
        exchange.response = self.response.map(Response::head).transpose()?.map(Arc::new);
        Ok(exchange)
    }
}

impl Response {
    fn head(self) -> Result<ResponseHead, ReadError> {
        Ok(ResponseHead {
            status: self.status,
            reason: self.reason.map(Text::bytes).transpose()?,
            headers: headers(self.headers)?,
            body: self.framing.kind(),
        })
    }
}

impl Body {
    fn of(capture: &Capture) -> Self {
        Self {
            size: capture.size,
            truncated: capture.is_truncated(),
            cut: capture.cut,
            kept: Text::of(&capture.kept),
            sha256: capture.sha256.map(hex::encode),
            trailers: fields(&capture.trailers),
        }
    }

    fn capture(self) -> Result<Capture, ReadError> {
        let digest = |text: String| {
            let mut digest = [0; 32];
            match hex::decode_to_slice(&text, &mut digest) {
                Ok(()) => Ok(digest),
                Err(_) => Err(bad("sha256", text)),
            }
        };
        Ok(Capture {
            kept: self.kept.bytes()?,
            size: self.size,
            sha256: self.sha256.map(digest).transpose()?,
            trailers: headers(self.trailers)?,
            cut: self.cut,
        })
    }
}

impl Framing {
    fn of(kind: BodyKind) -> Self {
        match kind {
            BodyKind::Empty => Self::Empty,
            BodyKind::Length(bytes) => Self::Length(bytes),
            BodyKind::Chunked => Self::Chunked,
            BodyKind::Upgrade => Self::Upgrade,
        }
    }

    fn kind(self) -> BodyKind {
        match self {
            Self::Empty => BodyKind::Empty,
            Self::Length(bytes) => BodyKind::Length(bytes),
            Self::Chunked => BodyKind::Chunked,
            Self::Upgrade => BodyKind::Upgrade,
        }
    }
}

impl Text {
    fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Plain(text.to_owned()),
            Err(_) => Self::Binary {
                base64: to_base64(bytes),
            },
        }
    }

    fn bytes(self) -> Result<Bytes, ReadError> {
        match self {
            Self::Plain(text) => Ok(text.into()),
            Self::Binary { base64 } => from_base64(&base64)
                .map(Bytes::from)
                .ok_or_else(|| bad("base64", base64)),
        }
    }
}

impl Time {
    fn of(time: Timestamp) -> Self {
        match jiff::Timestamp::from_microsecond(time.as_micros()) {
            Ok(calendar) => Self::Calendar(format!("{calendar:.6}")),
            Err(_) => Self::Micros(time.as_micros()),
        }
    }

    fn timestamp(self) -> Result<Timestamp, ReadError> {
        match self {
            Self::Micros(micros) => Ok(Timestamp::from_micros(micros)),
            Self::Calendar(text) => {
                let time: jiff::Timestamp = parsed("time", &text)?;
                Ok(Timestamp::from_micros(time.as_microsecond()))
            }
        }
    }
}

fn fields(headers: &Headers) -> Vec<(Text, Text)> {
    let pair = |header: &crate::model::Header| (Text::of(&header.name), Text::of(&header.value));
    headers.iter().map(pair).collect()
}

fn headers(fields: Vec<(Text, Text)>) -> Result<Headers, ReadError> {
    let mut headers = Headers::with_capacity(fields.len());
    for (name, value) in fields {
        headers.push(name.bytes()?, value.bytes()?);
    }
    Ok(headers)
}

fn stage_word(stage: &Stage) -> &'static str {
    match stage {
        Stage::Forwarding => "forwarding",
        Stage::Answered => "answered",
        Stage::Done => "done",
        Stage::Failed(_) => "failed",
    }
}

pub(super) fn version_word(version: HttpVersion) -> &'static str {
    match version {
        HttpVersion::Http10 => "HTTP/1.0",
        HttpVersion::Http11 => "HTTP/1.1",
        HttpVersion::Http2 => "HTTP/2",
    }
}

fn parsed<T: std::str::FromStr>(what: &'static str, text: &str) -> Result<T, ReadError> {
    text.parse().map_err(|_| bad(what, text.to_owned()))
}

fn bad(what: &'static str, value: String) -> ReadError {
    ReadError::Value { what, value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::any_exchange;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_reads_back_as_the_same_exchange(exchange in any_exchange()) {
            prop_assert_eq!(read(write(&exchange).as_bytes()).unwrap(), exchange);
        }

        #[test]
        fn any_bytes_can_be_read(text in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = read(&text);
        }
    }
}
