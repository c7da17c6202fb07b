//! Whatever a user writes as a filter: it is one or says where it is not, it is shown so that it
//! reads as the same, and its simple terms hold for whatever it matches.
#![no_main]

use std::sync::Arc;

use hookreel_shared::filter::{ExchangeSubject, MAX_CHARS, Marks, parse};
use hookreel_shared::model::{
    BodyKind, Capture, Exchange, ExchangeId, Headers, HttpVersion, Label, RequestHead, Timestamp,
};
use libfuzzer_sys::fuzz_target;

fn exchange(body: &[u8]) -> Exchange {
    let mut headers = Headers::new();
    headers.push("Content-Type", "application/json");
    headers.push("X-Body", body.to_vec());
    let mut exchange = Exchange::new(Arc::new(RequestHead {
        id: ExchangeId::from_uuid(Default::default()),
        name: "demo".parse().expect("a name"),
        label: Label::Live,
        received_at: Timestamp::from_micros(1_000_000),
        method: "POST".into(),
        target: "/hooks/a?b=c".into(),
        version: HttpVersion::Http11,
        headers,
        added: 0,
        peer: None,
        body: BodyKind::Chunked,
        expect_continue: false,
    }));
    exchange.request_body = Capture::whole(body.to_vec());
    exchange
}

fuzz_target!(|input: (&str, &[u8])| {
    let (text, body) = input;
    let now = Timestamp::from_micros(9_000_000);
    match parse(text) {
        Err(error) => assert!((1..=text.chars().count() + 1).contains(&error.column)),
        Ok(filter) => {
            let shown = filter.to_string();
            if shown.chars().count() <= MAX_CHARS {
                assert_eq!(parse(&shown).as_ref(), Ok(&filter), "{shown}");
            }
            let exchange = exchange(body);
            let subject = ExchangeSubject {
                exchange: &exchange,
                marks: &Marks::default(),
            };
            if filter.matches(&subject, now) {
                for term in filter.prefilter(now) {
                    assert!(term.holds(&subject), "{term:?}");
                }
            }
        }
    }
});
