//! How much is done for what is seen, counted: so many bytes laid out or looked at, whatever the
//! body.

use super::*;
use crate::tui::detail::Tab;

const MIB: usize = 1 << 20;

/// Bodies that are too much for anyone who looks at all of them.
fn bodies() -> Vec<(&'static str, Exchange)> {
    let deep = "[".repeat(100_000) + "7" + &"]".repeat(100_000);
    let long = format!("[\"{}\",1]", "y".repeat(4 * MIB));
    vec![
        ("one line", exchange(1, "text/plain", vec![b'x'; 100 * MIB])),
        (
            "lines",
            exchange(1, "text/plain", b"0123456789\n".repeat(1_000_000)),
        ),
        (
            "line ends",
            exchange(1, "text/plain", vec![b'\n'; 20 * MIB]),
        ),
        ("no UTF-8", exchange(1, "text/plain", vec![0xff; 20 * MIB])),
        ("deep JSON", exchange(1, "application/json", deep)),
        ("long JSON", exchange(1, "application/json", long)),
        ("bytes", exchange(1, "image/png", vec![0; 20 * MIB])),
    ]
}

#[test]
fn a_frame_costs_what_is_seen_whatever_the_body() {
    for (name, body) in bodies() {
        let mut state = shown(body, 80, 24);
        for tab in [Tab::Request, Tab::Raw] {
            for wrap in [false, true] {
                press(&mut state, [Msg::Tab(tab.index() + 1)]);
                let other = state.is_wrapped() != wrap;
                press(&mut state, other.then_some(Msg::Wrap));
                for message in [Msg::Top, Msg::PageDown, Msg::Bottom] {
                    press(&mut state, [message.clone()]);
                    let (laid, looked, _) = work::of(|| terminal(&state));
                    assert!(
                        laid < 512 << 10,
                        "{name}, {tab:?}, {message:?}: {laid} laid out"
                    );
                    assert!(
                        looked < 4 * MIB,
                        "{name}, {tab:?}, {message:?}: {looked} looked at"
                    );
                }
            }
        }
    }
}

#[test]
fn the_first_sight_and_every_step_have_a_budget() {
    for (name, body) in bodies() {
        let (laid, looked, mut state) = work::of(|| shown(body, 80, 24));
        assert!(laid < 64 << 10, "{name}: {laid} laid out");
        assert!(looked < 2 * MIB, "{name}: {looked} looked at");
        for message in [
            Msg::Down,
            Msg::PageDown,
            Msg::HalfDown,
            Msg::Up,
            Msg::Scroll(3),
        ] {
            let (_, looked, ()) = work::of(|| press(&mut state, [message.clone()]));
            assert!(looked < 2 * MIB, "{name}, {message:?}: {looked} looked at");
        }
        let (_, looked, ()) = work::of(|| press(&mut state, [Msg::Bottom]));
        assert!(looked < 70 * MIB, "{name}: {looked} looked at for the end");
        let (_, looked, ()) = work::of(|| press(&mut state, [Msg::SearchSet("zz".into())]));
        assert!(looked < 70 * MIB, "{name}: {looked} looked at for a search");
    }
}

#[test]
fn what_was_not_looked_at_yet_is_said_and_comes_with_the_next_step() {
    let mut state = shown(
        exchange(1, "text/plain", b"0123456789\n".repeat(2_000_000)),
        80,
        24,
    );
    assert!(
        screen(&state).contains('+'),
        "the number of lines is not known yet"
    );
    press(&mut state, [Msg::Bottom]);
    let first = state.place().cursor.line;
    press(&mut state, [Msg::Bottom]);
    assert!(state.place().cursor.line > first);
    assert_eq!(state.place().cursor.line, 2_000_007);
    assert!(!screen(&state).contains('+'));
}

#[test]
fn a_large_document_says_what_is_left_out() {
    let list = format!("[{}1]", "1,".repeat(3 * MIB));
    let state = shown(exchange(1, "application/json", list), 80, 24);
    let text = screen(&state);
    assert!(text.contains("not shown here; v shows all"), "{text}");
}
