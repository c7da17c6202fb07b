//! The pane as a whole: what is seen, what keys do, and that nothing a stranger sends gets
//! further than its cells.

mod figures;
mod hostile;
mod keys;
mod screens;
mod speed;
pub(super) mod work;

use std::sync::Arc;

use bytes::Bytes;
use hookreel_shared::model::{
    BodyKind, Capture, Event, Exchange, ExchangeId, FailureKind, Header, Headers, RequestHead,
    ResponseHead, Timestamp, testing,
};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::{Msg, State, update, view};
use crate::tui::theme::Theme;

/// Half past ten in the evening of some day.
const BEGIN: i64 = 1_700_000_000_000_000;

fn id(n: u128) -> ExchangeId {
    ExchangeId::from_uuid(uuid::Uuid::from_u128(n))
}

fn headers(fields: &[(&str, &[u8])]) -> Headers {
    let header = |(name, value): &(&str, &[u8])| Header {
        name: Bytes::copy_from_slice(name.as_bytes()),
        value: Bytes::copy_from_slice(value),
    };
    fields.iter().map(header).collect()
}

fn request(fields: &[(&str, &[u8])]) -> RequestHead {
    RequestHead {
        id: id(1),
        received_at: Timestamp::from_micros(BEGIN),
        peer: Some("203.0.113.7:5555".parse().unwrap()),
        body: BodyKind::Chunked,
        ..testing::request("/hooks/stripe?try=1", fields, 0)
    }
}

/// An exchange of that number that went well, with a body of that content type and a short answer.
fn exchange(n: u128, kind: &str, body: impl Into<Bytes>) -> Exchange {
    let mut head = request(&[
        ("Host", b"demo.example.com"),
        ("content-type", kind.as_bytes()),
        ("X-Dup", b"one"),
        ("x-dup", b"two"),
    ]);
    head.id = id(n);
    let at = |micros| Timestamp::from_micros(BEGIN + micros);
    let mut exchange = Exchange::new(Arc::new(head));
    exchange.apply(Event::Sent {
        at: at(1_250),
        origin: "http://localhost:3000".into(),
    });
    exchange.apply(Event::Answered {
        at: at(45_000),
        head: Arc::new(ResponseHead {
            status: 200,
            reason: None,
            headers: headers(&[("Content-Type", b"application/json")]),
            body: BodyKind::Chunked,
        }),
    });
    exchange.apply(Event::Closed {
        at: at(46_500),
        request: Capture::whole(body),
        response: Capture::whole(&br#"{"received":true}"#[..]),
    });
    exchange
}

/// An exchange whose origin was not there.
fn failed() -> Exchange {
    let mut exchange = Exchange::new(Arc::new(request(&[])));
    let at = Timestamp::from_micros(BEGIN + 800);
    exchange.apply(Event::Failed {
        at,
        failure: FailureKind::OriginRefused.into(),
    });
    exchange.apply(Event::Closed {
        at,
        request: Capture::default(),
        response: Capture::default(),
    });
    exchange
}

fn shown(exchange: Exchange, width: u16, height: u16) -> State {
    let mut state = State::default();
    state.set_viewport(width, height);
    state.show(Some(Arc::new(exchange)), None, Vec::new());
    state
}

fn press(state: &mut State, messages: impl IntoIterator<Item = Msg>) {
    for message in messages {
        update(state, message);
    }
}

fn terminal(state: &State) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(state.width, state.height)).unwrap();
    let theme = Theme::default();
    terminal
        .draw(|frame| view(state, frame, frame.area(), &theme, true))
        .unwrap();
    terminal
}

fn screen(state: &State) -> String {
    terminal(state).backend().to_string()
}
