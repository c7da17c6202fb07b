//! Terminals of any size.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::*;

fn mouse(state: &mut State, kind: MouseEventKind, (column, row): (u16, u16)) {
    let modifiers = KeyModifiers::NONE;
    let event = MouseEvent {
        kind,
        column,
        row,
        modifiers,
    };
    tell(state, Msg::Mouse(event));
}

#[test]
fn no_size_breaks_anything() {
    let prepared = [
        "", "f", "fx:", "?", "e", "L", "Q", "y", ":ex", "⏎z", "⏎/a", "s", "sx",
    ];
    for text in prepared {
        for size in [
            (0, 0),
            (0, 24),
            (80, 0),
            (1, 1),
            (19, 4),
            (20, 5),
            (21, 6),
            (33, 3),
            (59, 8),
            (60, 7),
            (400, 100),
        ] {
            drawn(&mut after(text), size);
        }
    }
    for purpose in [Purpose::Delete, Purpose::Replay, Purpose::Export] {
        let mut state = various();
        tell(&mut state, Msg::Found(Found::Marked(purpose, vec![id(4)])));
        for size in [(20, 5), (1, 1), (500, 200), (0, 0), (21, 6), (80, 5)] {
            drawn(&mut state, size);
            for at in [(0, 0), (10, 2), (40, 3), (499, 199)] {
                mouse(&mut state, MouseEventKind::ScrollDown, at);
            }
        }
        for at in [(40, 2), (41, 3), (2, 1), (79, 4)] {
            mouse(&mut state, MouseEventKind::Down(MouseButton::Left), at);
        }
    }
}

#[test]
fn the_round_trip_to_the_relay_is_told_while_there_is_one() {
    let mut state = various();
    state.tunnel.round_trip = Some(std::time::Duration::from_micros(23_400));
    let top = |state: &mut State| drawn(state, (120, 10)).to_string();
    assert!(top(&mut state).contains("embedded over quic 23 ms"));
    state.tunnel.state = Some(Tunnel::Reconnecting);
    assert!(!top(&mut state).contains("23 ms"));
}

#[test]
fn all_is_drawn_anew_for_a_new_size_also_if_it_is_that_of_before() {
    let mut state = various();
    for (width, height) in [(20, 5), (100, 30), (100, 30)] {
        let effects = update(&mut state, Msg::Resize(width, height), NOW);
        let anew = effects
            .iter()
            .any(|effect| matches!(effect, Effect::Redraw));
        assert!(anew, "{width} × {height}: {effects:?}");
    }
}
