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
