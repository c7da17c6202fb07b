//! Exchanges for tests.

use std::sync::Arc;
use std::time::Duration;

use hookreel_shared::model::testing::request;
use hookreel_shared::model::{
    BodyKind, Capture, Event, Exchange, ExchangeId, RequestHead, ResponseHead, Summary, Timestamp,
};
use hookreel_shared::provider::advice::Advice;
use hookreel_shared::provider::{NearMiss, Preview, Reason, Report, Sender, Verdict};

use super::effect::Span;
use super::keys::Keys;
use super::msg::{Found, Msg};
use super::state::State;
use super::theme::Theme;
use super::update::update;
use crate::config::About;
use crate::record::{Notice, Seen};
use crate::store::Row;

/// 2026-11-22, 14:32:15 UTC.
pub const NOON: i64 = 1_795_357_935_000_000;

/// The n-th id.
pub fn id(n: u32) -> ExchangeId {
    let text = format!("018f0000-0000-7000-8000-{n:012x}");
    ExchangeId::from_uuid(text.parse().unwrap())
}

/// An exchange that ended well, the n-th, which came in the n-th second.
pub fn exchange(n: u32, method: &str, target: &str, body: &'static [u8]) -> Exchange {
    let at = Timestamp::from_micros(NOON + i64::from(n) * 1_000_000);
    let later = |millis: i64| Timestamp::from_micros(at.as_micros() + millis * 1000);
    let fields: [(&str, &[u8]); 2] = [
        ("Host", b"otter.localhost:7080"),
        ("Content-Type", b"application/json"),
    ];
    let head = RequestHead {
        id: id(n),
        name: "otter".parse().unwrap(),
        received_at: at,
        method: method.to_owned().into(),
        ..request(target, &fields, body.len())
    };
    let headers = head.headers.clone();
    let mut exchange = Exchange::new(Arc::new(head));
    exchange.apply(Event::Answered {
        at: later(20),
        head: Arc::new(ResponseHead {
            status: 200,
            reason: None,
            headers,
            body: BodyKind::Length(2),
        }),
    });
    exchange.apply(Event::Closed {
        at: later(23),
        request: Capture::whole(body),
        response: Capture::whole("ok"),
    });
    exchange
}

/// The n-th row; under way without a status.
pub fn row(n: u32, method: &str, target: &str, status: Option<u16>) -> Row {
    let mut row = Row::from(Summary::from(&exchange(n, method, target, b"{\"a\":1}")));
    row.summary.status = status;
    if status.is_none() {
        row.summary.closed = false;
        row.summary.took = None;
    } else {
        row.summary.took = Some(Duration::from_millis(u64::from(n) * 7 % 900 + 3));
    }
    row
}

/// A state that knows nothing but its name.
pub fn state(stored: bool) -> State {
    let zone = jiff::tz::TimeZone::UTC;
    let mut state = State::new(Arc::new(Keys::default()), Theme::default(), zone, stored);
    state.looked.0 = Timestamp::from_micros(NOON + 60_000_000);
    state
}

/// Its name is granted.
pub fn ready(state: &mut State) {
    let ready = Notice::Ready {
        url: "http://otter.localhost:7080".into(),
        urls: vec!["http://otter.localhost:7080".into()],
        name: "otter".parse().unwrap(),
        origin: "http://localhost:3000".into(),
        relay: "embedded".into(),
        transport: "quic",
    };
    let now = Timestamp::from_micros(NOON + 60_000_000);
    update(state, Msg::Feed(Seen::Notice(ready)), now);
}

/// A history of that many rows, up to the newest; that one is shown.
pub fn stored(count: u32) -> State {
    let mut state = state(true);
    ready(&mut state);
    let target = |n: u32| format!("/webhooks/{n}");
    let rows = (1..=count)
        .map(|n| row(n, "POST", &target(n), Some(200)))
        .collect();
    let now = Timestamp::from_micros(NOON + 60_000_000);
    let newest = Found::Rows {
        span: Span::Newest,
        turn: 0,
        rows,
        whole: (true, true),
    };
    let whole = Found::Whole {
        id: id(count),
        exchange: Some(Arc::new(exchange(
            count,
            "POST",
            &target(count),
            b"{\"a\":1}",
        ))),
        about: None,
        original: None,
        attempts: vec![],
    };
    let counts = crate::store::Counts {
        all: count.into(),
        failed: 0,
        marked: 0,
        bytes: 0,
        unindexed: 0,
    };
    for found in [newest, whole, Found::Counts(counts)] {
        update(&mut state, Msg::Found(found), now);
    }
    state
}

/// What there is to say about a charge of Stripe whose signature is bad.
pub fn bad_charge() -> About {
    let received = "b".repeat(64);
    About {
        sender: Sender {
            provider: Some("stripe".into()),
            event: Some("charge.succeeded".into()),
            delivery: Some("evt_1".into()),
            line: Some("charge ch_1, 4250 eur".into()),
            report: Report {
                provider: Some("stripe".into()),
                verdict: Verdict::Bad {
                    reason: Reason::Mismatch,
                    near: vec![NearMiss::Secret {
                        provider: "stripe".into(),
                        label: "live".into(),
                        name: Some("other-shop".into()),
                    }],
                },
                scheme: Some("v1".into()),
                secret: None,
                tried: vec!["default".into(), "old".into()],
                only_for: vec![],
                received: vec![received],
                expected: Some("a".repeat(64)),
                signed: Some(Preview {
                    text: "1700000000.{\"id\":\"evt_1\",\"type\":\"charge.succeeded\"}".into(),
                    bytes: 51,
                }),
                age: Some(2),
            },
        },
        advice: vec![Advice::Late {
            provider: "Stripe".into(),
            took: Duration::from_secs(45),
            within: Duration::from_secs(10),
        }],
    }
}
