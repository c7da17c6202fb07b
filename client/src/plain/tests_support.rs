//! Notices as they occur, for the tests of both views.

use std::sync::Arc;

use hookreel_shared::model::testing::request;
use hookreel_shared::model::{
    BodyKind, Capture, Event, Exchange, ExchangeId, FailureKind, Headers, RequestHead,
    ResponseHead, Summary, Timestamp,
};

use crate::record::Notice;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + ms * 1_000)
}

fn exchange(target: &str) -> Exchange {
    Exchange::new(Arc::new(RequestHead {
        id: ExchangeId::from_uuid(uuid::Uuid::from_u128(7)),
        name: "quiet-otter-7kq2".parse().unwrap(),
        received_at: at(0),
        ..request(target, &[("Content-Type", b"application/json")], 2048)
    }))
}

pub fn ready() -> Notice {
    Notice::Ready {
        url: "http://quiet-otter-7kq2.localhost:7080".into(),
        urls: vec![
            "http://quiet-otter-7kq2.localhost:7080".into(),
            "http://localhost:7080".into(),
        ],
        name: "quiet-otter-7kq2".parse().unwrap(),
        origin: "http://localhost:3000".into(),
        relay: "embedded".into(),
        transport: "quic",
    }
}

pub fn arrived(target: &str) -> Summary {
    Summary::from(&exchange(target))
}

pub fn answered(status: u16) -> Summary {
    let mut exchange = exchange("/hooks");
    let head = ResponseHead {
        status,
        reason: None,
        headers: Headers::new(),
        body: BodyKind::Length(17),
    };
    exchange.apply(Event::Answered {
        at: at(20),
        head: Arc::new(head),
    });
    exchange.apply(Event::Closed {
        at: at(23),
        request: Capture::whole(vec![b'x'; 2048]),
        response: Capture::whole(vec![b'x'; 17]),
    });
    Summary::from(&exchange)
}

pub fn failed() -> Summary {
    let mut exchange = exchange("/hooks");
    exchange.apply(Event::Failed {
        at: at(1),
        failure: FailureKind::OriginRefused.into(),
    });
    exchange.apply(Event::Closed {
        at: at(1),
        request: Capture::default(),
        response: Capture::default(),
    });
    Summary::from(&exchange)
}
