//! The log, in lines as wide as there is room.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::popup::large;
use super::{row, shown};
use crate::tui::state::{Logged, State};

/// Cells of the frame and its margin.
const FRAME: u16 = 4;

/// All lines of it, the oldest first.
pub fn lines(state: &State) -> Vec<Line<'static>> {
    let width = usize::from(large(state).0.saturating_sub(FRAME)).max(1);
    let entries = state.log.iter();
    entries
        .flat_map(|logged| entry(state, logged, width))
        .collect()
}

fn entry(state: &State, logged: &Logged, width: usize) -> Vec<Line<'static>> {
    let (glyph, style) = match logged.good {
        Some(true) => ("✓ ", state.theme.ok),
        Some(false) => ("! ", state.theme.warn),
        None => ("  ", Style::new()),
    };
    let at = logged
        .at
        .map(|at| row::clock(state, at) + " ")
        .unwrap_or_default();
    let before = at.width() + glyph.width();
    let text = shown(logged.text.as_bytes());
    let mut begin = vec![
        Span::styled(at, state.theme.dim),
        Span::styled(glyph, style),
    ];
    let mut lines = Vec::new();
    for piece in wrapped(&text, width.saturating_sub(before).max(1)) {
        begin.push(Span::styled(piece.to_owned(), state.theme.text));
        lines.push(Line::from(std::mem::take(&mut begin)));
        begin.push(Span::raw(" ".repeat(before)));
    }
    lines
}

/// A text in pieces of at most so many cells, between words where there are any.
fn wrapped(text: &str, width: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    loop {
        let mut used = 0;
        let too_far = rest.char_indices().find(|(_, c)| {
            used += c.width().unwrap_or(0);
            used > width
        });
        let Some((end, c)) = too_far else {
            pieces.push(rest);
            return pieces;
        };
        // A character wider than all there is stands alone.
        let end = end.max(if end == 0 { c.len_utf8() } else { 0 });
        let (line, _) = rest.split_at(end);
        let word = line.rfind(' ').filter(|at| *at > end / 2);
        let (line, behind) = rest.split_at(word.map_or(end, |at| at + 1));
        pieces.push(line);
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_told_in_full_between_words_and_through_long_ones() {
        let text = "X-Hub-Signature-256 is still that of the original 漢字漢字漢字 🚀";
        for width in [1, 2, 7, 20, 200] {
            let pieces = wrapped(text, width);
            assert_eq!(pieces.concat(), text, "{width}");
            assert!(
                pieces.iter().all(|piece| piece.width() <= width.max(2)),
                "{width}"
            );
        }
        assert_eq!(wrapped("one two three", 8), ["one two ", "three"]);
        assert_eq!(wrapped("", 8), [""]);
    }
}
