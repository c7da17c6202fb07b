//! A small history on disk.

use std::sync::Arc;

use bytes::Bytes;
use hookreel::store::{Entry, Options, Place, Reader, Retention, Writer};
use hookreel_shared::model::testing::request;
use hookreel_shared::model::{
    BodyKind, Capture, Event, Exchange, ExchangeId, FailureKind, Headers, Label, RequestHead,
    ResponseHead, Timestamp,
};
use hookreel_shared::net::wall_clock;

use crate::cli::process::Home;

/// What one exchange of a history is like.
pub struct Sent {
    pub id: ExchangeId,
    pub target: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
    /// None is a refused connection.
    pub status: Option<u16>,
    pub answer: &'static str,
    pub replay_of: Option<ExchangeId>,
    pub provider: Option<&'static str>,
    pub event: Option<&'static str>,
}

impl Sent {
    /// A JSON body to `/hooks`, answered with 200, as the exchange of this number.
    pub fn new(number: u32, body: impl Into<Bytes>) -> Self {
        Self {
            id: id(number),
            target: "/hooks?x=1",
            headers: vec![
                ("Host", "shop.example".to_owned()),
                ("Content-Type", "application/json".to_owned()),
                ("X-Dup", "one".to_owned()),
                ("x-dup", "two".to_owned()),
            ],
            body: body.into(),
            status: Some(200),
            answer: "{\"ok\":true}",
            replay_of: None,
            provider: None,
            event: None,
        }
    }

    pub fn entry(self) -> Entry {
        let begun = at(self.id);
        let later = |micros: i64| Timestamp::from_micros(begun.as_micros() + micros);
        let fields: Vec<_> = self
            .headers
            .iter()
            .map(|(n, v)| (*n, v.as_bytes()))
            .collect();
        let mut exchange = Exchange::new(Arc::new(RequestHead {
            id: self.id,
            name: "shop".parse().expect("a name"),
            label: match self.replay_of {
                Some(_) => Label::Replay,
                None => Label::Live,
            },
            received_at: begun,
            ..request(self.target, &fields, self.body.len())
        }));
        exchange.replay_of = self.replay_of;
        match self.status {
            Some(status) => {
                let mut headers = Headers::new();
                headers.push("Content-Type", "application/json");
                let head = Arc::new(ResponseHead {
                    status,
                    reason: None,
                    headers,
                    body: BodyKind::Length(self.answer.len() as u64),
                });
                exchange.apply(Event::Answered {
                    at: later(4_000),
                    head,
                });
            }
            None => exchange.apply(Event::Failed {
                at: later(1_000),
                failure: FailureKind::OriginRefused.into(),
            }),
        }
        let answer = self.status.map_or("", |_| self.answer);
        exchange.apply(Event::Closed {
            at: later(5_000),
            request: Capture::whole(self.body),
            response: Capture::whole(answer),
        });
        Entry {
            provider: self.provider.map(str::to_owned),
            event: self.event.map(str::to_owned),
            ..exchange.into()
        }
    }
}

/// Ids a second apart, the latest of number 9 just now.
pub fn id(number: u32) -> ExchangeId {
    let now = wall_clock().as_micros() / 1_000;
    static START: std::sync::OnceLock<i64> = std::sync::OnceLock::new();
    let start = *START.get_or_init(|| now - 10_000);
    let millis = u64::try_from(start + i64::from(number) * 1_000).expect("after 1970");
    ExchangeId::from_uuid(uuid::Uuid::from_u64_pair(
        millis << 16 | 0x7000,
        0x8 << 60 | u64::from(number),
    ))
}

/// These ids as `ls --ids` prints them.
pub fn lines(numbers: &[u32]) -> String {
    let lines = numbers.iter().map(|number| format!("{}\n", id(*number)));
    lines.collect()
}

/// What `ls --ids` says to these arguments.
#[track_caller]
pub fn listed(home: &Home, arguments: &[&str]) -> String {
    let ended = home.run(&[&["ls", "--ids"], arguments].concat());
    ended.with(0, &[]);
    ended.out
}

fn at(id: ExchangeId) -> Timestamp {
    let millis = id.uuid().as_u64_pair().0 >> 16;
    Timestamp::from_micros(i64::try_from(millis).expect("a time") * 1_000)
}

/// As another hookreel writes beside.
pub fn writer(home: &Home) -> Writer {
    let options = Options {
        retention: Retention::default(),
        clock: wall_clock,
    };
    Writer::open(&Place::new(home.path()), options).expect("a history")
}

pub fn reader(home: &Home) -> Reader {
    Reader::open(&Place::new(home.path())).expect("a history")
}

/// Writes one more, and waits until it is on disk.
pub fn add(writer: &Writer, sent: Sent) {
    assert!(writer.put(sent.entry()));
    writer.flush();
}

/// Six exchanges: 1 and 2 went well, 3 was answered with 503, 4 is of Stripe and holds secrets,
/// 5 found no origin, 6 repeats 1 and was answered differently.
pub fn history() -> (Home, Writer) {
    let home = Home::new();
    let writer = writer(&home);
    let stripe = Sent {
        target: "/stripe?token=s3cret",
        provider: Some("stripe"),
        event: Some("charge.succeeded"),
        body: "{\"data\":{\"id\":42,\"n\":1.00},\"password\":\"s3cret\"}".into(),
        ..Sent::new(4, "")
    };
    let mut signed = stripe;
    signed
        .headers
        .push(("Authorization", "Bearer s3cret".to_owned()));
    for sent in [
        Sent::new(1, "{\"id\":1,\"list\":[1,2]}"),
        Sent::new(2, "{\"id\":2,\"list\":[1,3]}"),
        Sent {
            status: Some(503),
            answer: "it broke",
            ..Sent::new(3, &b"\x00\x01\xfebinary"[..])
        },
        signed,
        Sent {
            status: None,
            ..Sent::new(5, "it's \"quoted\" $(touch x)\n@")
        },
        Sent {
            replay_of: Some(id(1)),
            answer: "{\"ok\":false}",
            ..Sent::new(6, "{\"id\":1,\"list\":[1,2]}")
        },
    ] {
        assert!(writer.put(sent.entry()));
    }
    writer.flush();
    (home, writer)
}
