// size: one short test a screen, all over the same states.
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use hookreel_shared::model::{FailureKind, Label, Timestamp};
use hookreel_shared::pretty::safe;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

use super::super::action::TABLE;
use super::super::effect::{Effect, Purpose, Span};
use super::super::msg::{Found, Msg};
use super::super::state::State;
use super::super::testing::{NOON, bad_charge, exchange, id, ready, row, state, stored};
use super::super::theme::Theme;
use super::super::update::update;
use super::view;
use crate::record::{Notice, Seen, State as Tunnel};

mod senders;
mod sizes;

const NOW: Timestamp = Timestamp::from_micros(NOON + 60_000_000);
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (50, 20)];

fn tell(state: &mut State, msg: Msg) {
    update(state, msg, NOW);
}

fn keys(state: &mut State, text: &str) {
    for c in text.chars() {
        let code = match c {
            '⏎' => KeyCode::Enter,
            '⇥' => KeyCode::Tab,
            c => KeyCode::Char(c),
        };
        tell(state, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }
}

fn drawn(state: &mut State, (width, height): (u16, u16)) -> TestBackend {
    tell(state, Msg::Resize(width, height));
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view(state, frame)).unwrap();
    terminal.backend().clone()
}

/// The screen at all sizes, one below the other.
fn screens(make: impl Fn() -> State) -> String {
    let mut all = String::new();
    for size in SIZES {
        let mut state = make();
        all += &format!("{} × {}\n{}\n", size.0, size.1, drawn(&mut state, size));
    }
    all
}

/// Rows of every kind, the newest of them shown.
fn various() -> State {
    let mut state = state(true);
    ready(&mut state);
    let mut rows = vec![
        row(1, "POST", "/webhooks/stripe", Some(200)),
        row(
            2,
            "POST",
            "/github/events?delivery=72d3162e-cc78-11e3-81ab-4c9367dc0958",
            Some(204),
        ),
        row(3, "GET", "/redirect", Some(302)),
        row(4, "PUT", "/missing", Some(404)),
        row(5, "DELETE", "/broken", Some(500)),
        row(6, "POST", "/down", None),
        row(7, "POST", "/webhooks/stripe", Some(200)),
        row(8, "POST", "/later", Some(200)),
        row(9, "POST", "/under/way", None),
        row(10, "POST", "/webhooks/8", Some(200)),
    ];
    (rows[0].summary.provider, rows[0].summary.event) =
        (Some("stripe".into()), Some("charge.succeeded".into()));
    rows[0].summary.verdict = Some("good".into());
    (rows[1].summary.provider, rows[1].summary.event) =
        (Some("github".into()), Some("push".into()));
    rows[1].summary.verdict = Some("bad".into());
    rows[3].marked = true;
    rows[5].summary.failure = Some(FailureKind::OriginRefused.into());
    rows[5].summary.closed = true;
    rows[6].summary.label = Label::Replay;
    rows[6].summary.replay_of = Some(id(1));
    rows[7].summary.label = Label::Stored;
    rows[7].summary.at = Timestamp::from_micros(NOON - 86_400_000_000);
    tell(
        &mut state,
        Msg::Found(Found::Rows {
            span: Span::Newest,
            turn: 0,
            rows,
            whole: (true, true),
        }),
    );
    let whole = exchange(
        10,
        "POST",
        "/webhooks/8",
        b"{\"id\":\"evt_1\",\"type\":\"charge.succeeded\",\"amount\":2000}",
    );
    let whole = Found::Whole {
        id: id(10),
        exchange: Some(Arc::new(whole)),
        about: None,
        original: None,
        attempts: vec![],
    };
    tell(&mut state, Msg::Found(whole));
    let counts = crate::store::Counts {
        all: 128_310,
        failed: 3,
        marked: 1,
        bytes: 0,
        unindexed: 0,
    };
    tell(&mut state, Msg::Found(Found::Counts(counts)));
    state
}

fn after(text: &str) -> State {
    let mut state = various();
    keys(&mut state, text);
    state
}

#[test]
fn the_list_with_an_exchange() {
    insta::assert_snapshot!(screens(various));
}

#[test]
fn the_exchange_alone() {
    insta::assert_snapshot!(screens(|| after("⏎z")));
}

#[test]
fn nothing_has_come_yet() {
    insta::assert_snapshot!(screens(|| {
        let mut state = state(false);
        ready(&mut state);
        state
    }));
}

#[test]
fn a_filter_with_a_fault() {
    insta::assert_snapshot!(screens(|| after("fstatus:5xx statsu:1")));
}

#[test]
fn nothing_passes_the_filter() {
    insta::assert_snapshot!(screens(|| {
        let mut state = after("fpath:/nowhere⏎");
        let none = Found::Rows {
            span: Span::Newest,
            turn: state.turn,
            rows: vec![],
            whole: (true, true),
        };
        tell(&mut state, Msg::Found(none));
        state
    }));
}

#[test]
fn help_has_every_key() {
    insta::assert_snapshot!(screens(|| after("?")));
}

#[test]
fn no_line_of_the_help_is_cut() {
    for width in [80, 120, 200] {
        let seen = drawn(&mut after("?"), (width, 90)).to_string();
        for entry in TABLE {
            assert!(seen.contains(entry.help), "{width}: {}", entry.help);
        }
    }
}

#[test]
fn the_keys_that_may_follow() {
    insta::assert_snapshot!(screens(|| after("y")));
}

#[test]
fn forms_to_export_in() {
    insta::assert_snapshot!(screens(|| {
        let mut state = various();
        tell(
            &mut state,
            Msg::Found(Found::Marked(Purpose::Export, vec![])),
        );
        state
    }));
}

#[test]
fn the_address_as_a_qr_code() {
    insta::assert_snapshot!(screens(|| after("Q")));
}

#[test]
fn whether_to_delete() {
    insta::assert_snapshot!(screens(|| {
        let mut state = various();
        tell(
            &mut state,
            Msg::Found(Found::Marked(Purpose::Delete, vec![id(4), id(5)])),
        );
        state
    }));
}

#[test]
fn how_to_replay() {
    insta::assert_snapshot!(screens(|| {
        let mut state = various();
        tell(
            &mut state,
            Msg::Found(Found::Marked(Purpose::Replay, vec![id(4), id(5)])),
        );
        keys(&mut state, "ftp://x⏎");
        state
    }));
}

#[test]
fn a_request_to_be_changed() {
    insta::assert_snapshot!(screens(|| after("e")));
}

#[test]
fn the_log() {
    insta::assert_snapshot!(screens(|| {
        let mut state = various();
        let status = Notice::Status {
            state: Tunnel::Reconnecting,
            reason: "the relay does not answer".into(),
        };
        tell(&mut state, Msg::Feed(Seen::Notice(status)));
        tell(
            &mut state,
            Msg::Log(vec!["WARN hookreel: the history cannot be written".into()]),
        );
        keys(&mut state, "L");
        state
    }));
}

#[test]
fn commands_to_choose_from() {
    insta::assert_snapshot!(screens(|| after(":copy")));
}

#[test]
fn new_ones_below_and_trouble_above() {
    insta::assert_snapshot!(screens(|| {
        let mut state = after("g");
        state.size = (80, 10);
        tell(&mut state, Msg::Resize(80, 10));
        for n in 20..40 {
            let summary = Arc::new(row(n, "POST", "/more", Some(200)).summary);
            tell(
                &mut state,
                Msg::Feed(Seen::Notice(Notice::Exchange(summary))),
            );
        }
        tell(&mut state, Msg::Feed(Seen::Notice(Notice::Unrecorded(2))));
        let status = Notice::Status {
            state: Tunnel::Reconnecting,
            reason: "the relay does not answer".into(),
        };
        tell(&mut state, Msg::Feed(Seen::Notice(status)));
        state
    }));
}

#[test]
fn a_search_shows_what_it_finds() {
    let mut state = after("/stripe");
    let backend = drawn(&mut state, (120, 40));
    let found = backend
        .buffer()
        .content
        .iter()
        .filter(|cell| cell.bg == Color::Yellow);
    let letters: String = found.map(ratatui::buffer::Cell::symbol).collect();
    assert_eq!(letters, "stripestripe");
}

#[test]
fn nothing_that_strangers_send_acts_on_the_terminal() {
    let evil = "\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}txt\u{200b}\r\n";
    let mut state = stored(1);
    let mut one = row(2, "POST", evil, Some(200));
    (one.summary.provider, one.summary.event) = (Some(evil.into()), Some(evil.into()));
    let mut whole = exchange(2, "POST", "/", "\u{1b}[2J\u{202e}body".as_bytes());
    let mut head = (*whole.request).clone();
    head.target = evil.to_owned().into();
    head.headers.push(evil.to_owned(), evil.to_owned());
    whole.request = Arc::new(head);
    tell(&mut state, Msg::Found(Found::News(vec![(one, true)])));
    let mut told = bad_charge();
    for text in [
        &mut told.sender.provider,
        &mut told.sender.event,
        &mut told.sender.line,
    ] {
        *text = Some(evil.into());
    }
    let report = &mut told.sender.report;
    (report.received, report.expected) = (vec![evil.into()], Some(evil.into()));
    let how = evil.to_owned();
    let near = vec![hookreel_shared::provider::NearMiss::Written { how }];
    let reason = hookreel_shared::provider::Reason::Mismatch;
    report.verdict = hookreel_shared::provider::Verdict::Bad { reason, near };
    tell(
        &mut state,
        Msg::Found(Found::Whole {
            id: id(2),
            exchange: Some(Arc::new(whole)),
            about: Some(Arc::new(told)),
            original: None,
            attempts: vec![],
        }),
    );
    tell(
        &mut state,
        Msg::Told {
            good: true,
            text: evil.into(),
        },
    );
    tell(&mut state, Msg::Log(vec![evil.into()]));
    for text in ["", "L", "?", "⏎", "e"] {
        state.popup = None;
        keys(&mut state, text);
        for size in SIZES {
            let backend = drawn(&mut state, size);
            let bad = backend
                .buffer()
                .content
                .iter()
                .find(|cell| cell.symbol().contains(safe::acts_or_hides));
            assert!(bad.is_none(), "{text}: {bad:?}");
        }
    }
    tell(
        &mut state,
        Msg::Output {
            title: evil.into(),
            text: evil.into(),
        },
    );
    let backend = drawn(&mut state, (80, 24));
    assert!(
        backend
            .buffer()
            .content
            .iter()
            .all(|cell| !cell.symbol().contains(char::is_control))
    );
}

#[test]
fn without_colours_nothing_is_lost() {
    let mut state = various();
    let coloured = drawn(&mut state, (120, 40)).to_string();
    state.theme = Theme::mono();
    let backend = drawn(&mut state, (120, 40));
    assert_eq!(
        backend.to_string(),
        coloured,
        "colour is never the only sign"
    );
    let plain = |cell: &ratatui::buffer::Cell| cell.fg == Color::Reset && cell.bg == Color::Reset;
    assert!(backend.buffer().content.iter().all(plain));
}
