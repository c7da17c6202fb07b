//! What strangers send: it is seen, and does nothing.

use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;

use hookreel_shared::pretty::safe;
use proptest::prelude::*;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;

use super::*;
use crate::tui::detail::Tab;

/// Texts that act on terminals, hide, or take more room than they say.
const PAYLOADS: &[&str] = &[
    "\u{1b}[2J\u{1b}[H\u{1b}]0;owned\u{7}",
    "\u{9b}31m\u{90}q\u{9c}\u{85}",
    "\u{202e}gpj.exe\u{2066}x\u{2069}",
    "a\u{200b}\u{200d}\u{feff}b\u{ad}",
    "\u{301}\u{301}e\u{301}\u{20dd}",
    "漢字かな👍🏽👨\u{200d}👩\u{200d}👧🇩🇪❤\u{fe0f}1\u{fe0f}\u{20e3}",
    "กำ\u{1160}ᄀ각\u{1100}\u{1161}",
    "\0\r\n\t\u{b}\u{c}\u{7f}\u{8}\u{8}",
    "\u{e0041}\u{e0042}\u{fffb}\u{2028}\u{2029}",
];

fn with(payload: &str) -> Exchange {
    let long = format!("{payload}{}", payload.repeat(20));
    let json = format!(
        "{{\"{0}\":\"{0}\",\"x\":[\"{0}\"]}}",
        payload.replace(char::is_control, "")
    );
    let mut exchange = exchange(1, "application/json", format!("{json}{long}\n{payload}"));
    let mut head = (*exchange.request).clone();
    head.target = long.clone().into();
    head.headers.push(payload.to_owned(), long.clone());
    exchange.request = Arc::new(head);
    exchange.response_body = Capture::whole(long);
    exchange
        .response_body
        .trailers
        .push(payload.to_owned(), payload.to_owned());
    exchange
}

/// A terminal that is not ours, with a fence right of the pane.
struct Outside {
    sent: Sent,
    terminal: Terminal<CrosstermBackend<Sent>>,
    parser: vt100::Parser,
    area: Rect,
}

/// What is sent to a terminal.
#[derive(Clone, Default)]
struct Sent(Rc<RefCell<Vec<u8>>>);

impl Write for Sent {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Outside {
    fn new(width: u16, height: u16) -> Self {
        let area = Rect::new(0, 0, width + 1, height);
        let viewport = ratatui::Viewport::Fixed(area);
        let sent = Sent::default();
        let backend = CrosstermBackend::new(sent.clone());
        let options = ratatui::TerminalOptions { viewport };
        Self {
            sent,
            terminal: Terminal::with_options(backend, options).unwrap(),
            parser: vt100::Parser::new(height, width + 1, 0),
            area,
        }
    }

    fn draw(&mut self, state: &State) {
        let area = self.area;
        let fence = area.width - 1;
        let draw = |frame: &mut ratatui::Frame<'_>| {
            let pane = Rect {
                width: fence,
                ..area
            };
            view(state, frame, pane, &Theme::mono(), true);
            for y in 0..area.height {
                frame.buffer_mut()[(fence, y)].set_symbol("│");
            }
        };
        self.terminal.draw(draw).unwrap();
        self.parser.process(&self.sent.0.take());
    }

    fn text(&self) -> String {
        self.parser.screen().contents()
    }

    fn has_its_fence(&self) -> bool {
        let screen = self.parser.screen();
        let at = |y| screen.cell(y, self.area.width - 1);
        (0..self.area.height).all(|y| at(y).map(vt100::Cell::contents) == Some("│"))
    }
}

#[test]
fn nothing_a_stranger_sends_acts_on_the_terminal_or_moves_a_column() {
    for payload in PAYLOADS {
        for (width, height) in [(80, 24), (50, 20), (23, 9)] {
            let mut state = shown(with(payload), width, height);
            let mut outside = Outside::new(width, height);
            for tab in 1..=6 {
                for message in [
                    Msg::Tab(tab),
                    Msg::CycleView,
                    Msg::Wrap,
                    Msg::Bottom,
                    Msg::Right,
                ] {
                    press(&mut state, [message.clone()]);
                    let what = format!("{payload:?}, tab {tab}, {message:?}");
                    for cell in terminal(&state).backend().buffer().content() {
                        let symbol = cell.symbol();
                        assert!(!symbol.contains(safe::acts_or_hides), "{what}: {cell:?}");
                    }
                    outside.draw(&state);
                    assert!(outside.has_its_fence(), "{what}:\n{}", outside.text());
                    let mut fresh = Outside::new(width, height);
                    fresh.draw(&state);
                    assert_eq!(outside.text(), fresh.text(), "{what}: left from before");
                }
            }
        }
    }
}

fn message() -> impl Strategy<Value = Msg> {
    prop_oneof![
        (0..8usize).prop_map(Msg::Tab),
        prop::sample::select(vec![
            Msg::NextTab,
            Msg::PrevTab,
            Msg::Up,
            Msg::Down,
            Msg::PageUp,
            Msg::PageDown,
            Msg::HalfUp,
            Msg::HalfDown,
            Msg::Top,
            Msg::Bottom,
            Msg::Left,
            Msg::Right,
            Msg::Fold,
            Msg::CycleView,
            Msg::Wrap,
            Msg::SearchNext,
            Msg::SearchPrev,
            Msg::CompareWith(None),
        ]),
        "[a-z\u{e9}{\":0-9]{0,2}".prop_map(Msg::SearchSet),
        (any::<u16>(), any::<u16>()).prop_map(|(x, y)| Msg::Click {
            x: x % 90,
            y: y % 30
        }),
        (-50..50i32).prop_map(Msg::Scroll),
        Just(Msg::CompareWith(Some(Arc::new(exchange(
            3,
            "text/plain",
            "other"
        ))))),
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let noise = prop::collection::vec(any::<u8>(), 0..300);
    let text = "[a-z\u{e9}\u{301}漢<>/\\[\\]{}\",:0-9 \t\r\n]{0,300}".prop_map(String::into_bytes);
    let payload = prop::sample::select(PAYLOADS).prop_map(|text| text.repeat(9).into_bytes());
    let json = prop::collection::vec("\\[|\\{\"a\":|1|\"x\"|,|\\]|\\}", 0..60)
        .prop_map(|parts| parts.concat().into_bytes());
    prop_oneof![noise, text, payload, json]
}

const KINDS: &[&str] = &[
    "",
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/xml",
    "text/html",
    "text/plain; charset=utf-16",
    "image/png",
];

proptest! {
    #[test]
    fn any_bytes_at_any_size_under_any_keys_are_drawn(
        bytes in body(),
        kind in prop::sample::select(KINDS),
        codings in prop::sample::select(&["", "gzip", "zstd, br"][..]),
        sizes in prop::collection::vec((0..90u16, 0..30u16), 1..4),
        messages in prop::collection::vec(message(), 0..25),
    ) {
        let mut exchange = exchange(1, kind, bytes.clone());
        let mut head = (*exchange.request).clone();
        head.headers.push("Content-Encoding", codings);
        exchange.request = Arc::new(head);
        exchange.response_body = Capture::whole(bytes);
        let mut state = shown(exchange, 80, 24);
        let mut sizes = sizes.into_iter().cycle();
        for message in messages {
            let (width, height) = sizes.next().unwrap_or((80, 24));
            state.set_viewport(width, height);
            update(&mut state, message);
            if width > 0 && height > 0 {
                terminal(&state);
            }
            let _ = (state.value_under_cursor(), state.selected_attempt());
            if let Some(doc) = state.doc() {
                prop_assert!(state.place().cursor.line < doc.len().max(1));
            }
        }
        prop_assert!(Tab::ALL.contains(&state.tab()));
    }
}
