//! Exchanges for the tests of this room.

use std::sync::Arc;

use hookreel_shared::model::testing::request;
use hookreel_shared::model::{
    BodyKind, Capture, Event, Exchange, ExchangeId, FailureKind, Headers, RequestHead,
    ResponseHead, Timestamp,
};

/// A time, in milliseconds from some beginning.
pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + ms * 1_000)
}

/// A POST that nobody has answered yet, its body whole.
pub fn exchange(target: &str, fields: &[(&str, &[u8])], body: &[u8]) -> Exchange {
    let mut exchange = Exchange::new(Arc::new(RequestHead {
        id: ExchangeId::from_uuid(uuid::Uuid::from_u128(7)),
        name: "otter".parse().unwrap(),
        received_at: at(0),
        ..request(target, fields, body.len())
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
