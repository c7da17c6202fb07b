//! What a history promises, through its public face.

mod crash;
mod damage;
mod figures;
mod keeping;
mod logs;
mod matching;
mod meanwhile;
mod reading;
mod rows;
#[cfg(target_os = "linux")]
mod sharing;
mod spilling;
mod writing;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hookreel_shared::model::{
    BodyKind, Capture, Event, Exchange, ExchangeId, Headers, HttpVersion, Label, RequestHead,
    ResponseHead, Timestamp, testing,
};
use uuid::Uuid;

use super::*;

/// When the first exchange of tests comes, in microseconds.
const START: i64 = 1_700_000_000_000_000;

struct History {
    _dir: tempfile::TempDir,
    place: Place,
}

impl History {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::new(dir.path().join("data"));
        Self { _dir: dir, place }
    }

    fn writer(&self) -> Writer {
        self.writer_keeping(Retention::default())
    }

    fn writer_keeping(&self, retention: Retention) -> Writer {
        Writer::open(&self.place, options(retention)).unwrap()
    }

    fn reader(&self) -> Reader {
        Reader::open(&self.place).unwrap()
    }
}

fn options(retention: Retention) -> Options {
    Options {
        retention,
        clock: || Timestamp::from_micros(START + 1_000_000),
    }
}

/// The id of the exchange number `n`, in order.
fn id(n: u64) -> ExchangeId {
    let millis = u64::try_from(START / 1000).unwrap() + n;
    ExchangeId::from_uuid(Uuid::from_u64_pair(millis << 16 | 0x7000, 0x8 << 60 | n))
}

fn request(n: u64, body: &Bytes) -> RequestHead {
    let delivery = format!("delivery-{n}");
    let fields: [(&str, &[u8]); 2] = [
        ("Content-Type", b"application/json"),
        ("X-Delivery", delivery.as_bytes()),
    ];
    RequestHead {
        id: id(n),
        received_at: Timestamp::from_micros(START + i64::try_from(n).unwrap()),
        ..testing::request(&format!("/hooks?n={n}"), &fields, body.len())
    }
}

fn response() -> ResponseHead {
    ResponseHead {
        status: 200,
        reason: None,
        headers: Headers::new(),
        body: BodyKind::Length(2),
    }
}

/// An exchange that went well and took 5 ms.
fn exchange(n: u64, body: impl Into<Bytes>) -> Exchange {
    let body = body.into();
    closed(request(n, &body), response(), body)
}

fn closed(request: RequestHead, response: ResponseHead, body: Bytes) -> Exchange {
    let at = |micros: i64| Timestamp::from_micros(request.received_at.as_micros() + micros);
    let events = [
        Event::Sent {
            at: at(1000),
            origin: "http://localhost:3000".into(),
        },
        Event::Answered {
            at: at(4000),
            head: Arc::new(response),
        },
        Event::Closed {
            at: at(5000),
            request: Capture::whole(body),
            response: Capture::whole("ok"),
        },
    ];
    let mut exchange = Exchange::new(Arc::new(request));
    events.into_iter().for_each(|event| exchange.apply(event));
    exchange
}

/// Numbers of the exchanges on a page.
fn numbers(rows: &[Row]) -> Vec<u64> {
    rows.iter()
        .map(|row| row.summary.id.uuid().as_u64_pair().1 & !(0x8 << 60))
        .collect()
}

fn all(reader: &Reader, terms: &[Term]) -> Vec<u64> {
    numbers(&reader.page(terms, Cursor::Newest, 1000, |_| true).unwrap())
}

/// Waits until `holds`, which the writer's thread brings about on its own time.
fn until(mut holds: impl FnMut() -> bool) {
    let (_never, timer) = std::sync::mpsc::channel::<()>();
    for _ in 0..2000 {
        if holds() {
            return;
        }
        let _ = timer.recv_timeout(Duration::from_millis(5));
    }
    panic!("it did not come about within ten seconds");
}
