//! Exchanges for the tests of this room.

use std::sync::Arc;

use hookreel_shared::model::{
    BodyKind, Capture, Event, Exchange, ExchangeId, FailureKind, Headers, HttpVersion, Label,
    RequestHead, ResponseHead, Timestamp,
};

/// A time, in milliseconds from some beginning.
pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + ms * 1_000)
}

/// A POST that nobody has answered yet, its body whole.
pub fn exchange(target: &str, fields: &[(&str, &[u8])], body: &[u8]) -> Exchange {
    let mut headers = Headers::new();
    for (name, value) in fields {
        headers.push((*name).to_owned(), value.to_vec());
    }
    let mut exchange = Exchange::new(Arc::new(RequestHead {
        id: ExchangeId::from_uuid(uuid::Uuid::from_u128(7)),
        name: "otter".parse().unwrap(),
        label: Label::Live,
        received_at: at(0),
        method: "POST".into(),
        target: target.to_owned().into(),
        version: HttpVersion::Http11,
        headers,
        added: 0,
        peer: None,
        body: BodyKind::Length(body.len() as u64),
        expect_continue: false,
    }));
    exchange.request_body = Capture::whole(body.to_vec());
    exchange
}

/// The same with an answer, over after 20 ms.
pub fn answered(mut exchange: Exchange, status: u16, body: &[u8]) -> Exchange {
    let mut headers = Headers::new();
    headers.push("Date", at(0).to_string());
    let head = ResponseHead {
        status,
        reason: None,
        headers,
        body: BodyKind::Length(body.len() as u64),
    };
    let (at, head) = (at(20), Arc::new(head));
    exchange.apply(Event::Answered { at, head });
    closed(exchange, body)
}

/// The same, failed.
pub fn failed(mut exchange: Exchange, kind: FailureKind) -> Exchange {
    let (at, failure) = (at(20), kind.into());
    exchange.apply(Event::Failed { at, failure });
    closed(exchange, b"")
}

fn closed(mut exchange: Exchange, body: &[u8]) -> Exchange {
    let request = exchange.request_body.clone();
    exchange.apply(Event::Closed {
        at: at(20),
        request,
        response: Capture::whole(body.to_vec()),
    });
    exchange
}
