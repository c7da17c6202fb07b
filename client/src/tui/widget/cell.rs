//! What becomes of a cell when all is drawn, whoever drew it.

use std::num::NonZeroU16;

use hookreel_shared::pretty::safe;
use ratatui::buffer::{Cell, CellDiffOption};
use unicode_width::UnicodeWidthStr;

/// Marks of a voiced sound that have a cell of their own. ratatui adds the cell that older tables
/// of widths did not give them, and so takes them for two, and never draws what is behind.
const SOUND_MARKS: [char; 2] = ['\u{ff9e}', '\u{ff9f}'];

/// Makes a drawn cell fit for a terminal. Nothing that acts on one or hides on it gets there: the
/// last line of defence behind those who draw. And it is as wide as terminals draw it.
pub fn settle(cell: &mut Cell) {
    if cell.symbol().contains(safe::acts_or_hides) {
        cell.set_symbol("\u{fffd}");
    }
    if cell.symbol().contains(SOUND_MARKS) {
        let width = u16::try_from(cell.symbol().width()).ok();
        let width = width.and_then(NonZeroU16::new).unwrap_or(NonZeroU16::MIN);
        cell.set_diff_option(CellDiffOption::ForcedWidth(width));
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    fn drawn(text: &str) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        for (x, c) in (0..).zip(text.chars()) {
            buffer.set_string(x, 0, c.to_string(), Style::new());
        }
        buffer.content.iter_mut().for_each(settle);
        buffer
    }

    #[test]
    fn what_stands_behind_a_sound_mark_is_drawn() {
        for mark in SOUND_MARKS {
            let (before, after) = (drawn("ｶxab"), drawn(&format!("ｶ{mark}cd")));
            let changed: Vec<_> = before.diff(&after);
            let places: Vec<_> = changed
                .iter()
                .map(|(x, _, cell)| (*x, cell.symbol()))
                .collect();
            assert_eq!(places, [(1, &*mark.to_string()), (2, "c"), (3, "d")]);
        }
    }

    #[test]
    fn what_acts_on_a_terminal_is_not_drawn() {
        let mut cell = Cell::new("\u{202e}");
        settle(&mut cell);
        assert_eq!(cell.symbol(), "\u{fffd}");
    }
}
