//! Sample exchanges for all tests of this crate.

use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;

use super::{
    BodyKind, Capture, Exchange, ExchangeId, FailureKind, Headers, HttpVersion, Label, RequestHead,
    ResponseHead, Stage, Timestamp,
};

/// A `POST` to the name `demo` with these header fields, in order, and a body of this length.
pub fn request(target: &str, headers: &[(&str, &[u8])], length: usize) -> RequestHead {
    let mut fields = Headers::new();
    for (name, value) in headers {
        fields.push(Bytes::copy_from_slice(name.as_bytes()), value.to_vec());
    }
    RequestHead {
        id: ExchangeId::from_uuid(uuid::Uuid::nil()),
        name: "demo".parse().unwrap(),
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
pub fn exchange(target: &str, headers: &[(&str, &[u8])], body: &[u8]) -> Exchange {
    let mut exchange = Exchange::new(Arc::new(request(target, headers, body.len())));
    exchange.request_body = Capture::whole(body.to_vec());
    exchange
}

/// The same, answered with 200 and this body after 2.545 ms.
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

/// What HTTP allows in names and values: trimmed, any byte but NUL, CR, LF.
pub fn any_headers() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let value = prop::string::bytes_regex(
        "(?-u)([!-~\\x80-\\xff]([\t -~\\x80-\\xff]{0,9}[!-~\\x80-\\xff])?)?",
    );
    prop::collection::vec(("X-[!#$%&'*+.^_`|~0-9A-Za-z-]{1,6}", value.unwrap()), 0..6)
}

/// Exchanges at any time and in most stages, with any bytes in them.
pub fn any_exchange() -> impl Strategy<Value = Exchange> {
    let body = prop::collection::vec(any::<u8>(), 0..40);
    let stage = prop_oneof![
        Just(Stage::Forwarding),
        Just(Stage::Failed(FailureKind::OriginRefused.into()))
    ];
    (
        any_headers(),
        body.clone(),
        body,
        stage,
        any::<i64>(),
        any::<bool>(),
    )
        .prop_map(|(headers, sent, got, stage, at, is_answered)| {
            let fields: Vec<_> = headers
                .iter()
                .map(|(n, v)| (n.as_str(), v.as_slice()))
                .collect();
            let mut made = exchange("/a?b=%20", &fields, &sent);
            made.closed_at = Some(Timestamp::from_micros(at));
            made.stage = stage;
            made.request_body.size += u64::from(!is_answered);
            made.request_body.cut = at % 2 == 0;
            made.response_body.cut = at % 3 == 0;
            if is_answered {
                answered(made, &got)
            } else {
                made
            }
        })
}
