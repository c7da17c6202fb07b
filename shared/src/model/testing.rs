//! Sample exchanges, for the tests of all crates. What a test is about it sets itself:
//! `RequestHead { method: "GET".into(), ..request("/", &[], 0) }`.

#[cfg(test)]
mod any;

use std::sync::Arc;

use bytes::Bytes;

#[cfg(test)]
pub use self::any::{any_exchange, any_headers};
use super::{
    BodyKind, Capture, Exchange, ExchangeId, Headers, HttpVersion, Label, RequestHead,
    ResponseHead, Stage, Timestamp,
};

/// A `POST` to the name `demo` with these header fields, in order, and a body of this length.
///
/// # Panics
/// Never.
#[must_use]
pub fn request(target: &str, headers: &[(&str, &[u8])], length: usize) -> RequestHead {
    let mut fields = Headers::new();
    for (name, value) in headers {
        fields.push(Bytes::copy_from_slice(name.as_bytes()), value.to_vec());
    }
    RequestHead {
        id: ExchangeId::from_uuid(uuid::Uuid::nil()),
        name: "demo".parse().expect("a name"),
        label: Label::Live,
        received_at: Timestamp::from_micros(1_700_000_000_123_456),
        method: "POST".into(),
        target: target.as_bytes().to_vec().into(),
        version: HttpVersion::Http11,
        headers: fields,
        added: 0,
        peer: None,
        body: BodyKind::Length(length as u64),
        expect_continue: false,
    }
}

/// The same with this body, on its way.
#[must_use]
pub fn exchange(target: &str, headers: &[(&str, &[u8])], body: &[u8]) -> Exchange {
    let mut exchange = Exchange::new(Arc::new(request(target, headers, body.len())));
    exchange.request_body = Capture::whole(body.to_vec());
    exchange
}

/// The same, answered with 200 and this body after 2.545 ms.
#[must_use]
pub fn answered(mut exchange: Exchange, body: &[u8]) -> Exchange {
    let mut headers = Headers::new();
    headers.push("Content-Type", "application/json");
    exchange.response = Some(Arc::new(ResponseHead {
        status: 200,
        reason: None,
        headers,
        body: BodyKind::Chunked,
    }));
    exchange.response_body = Capture::whole(body.to_vec());
    exchange.sent_at = Some(Timestamp::from_micros(1_700_000_000_124_000));
    exchange.answered_at = Some(Timestamp::from_micros(1_700_000_000_125_000));
    exchange.closed_at = Some(Timestamp::from_micros(1_700_000_000_126_001));
    exchange.stage = Stage::Done;
    exchange
}
