//! From a line to the cells of a screen: how wide each character is, where rows end.
//!
//! A cell holds one character and the marks that combine with it, never a longer cluster:
//! terminals do not agree on how wide those are, and a column that moves lets one line draw over
//! the next pane.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

use super::line::{Line, Role};

/// Most marks on one character; towers of them reach into the lines above.
const MAX_MARKS: usize = 4;

/// What stands in one cell, or in two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell<'a> {
    pub(super) role: Role,
    /// One character and its marks.
    pub(super) symbol: Cow<'a, str>,
    /// Columns it takes: 1 or 2.
    pub(super) width: usize,
    /// Where it begins in the line's text, in bytes.
    pub(super) at: usize,
}

/// The cells of a line, from left to right.
pub(super) fn cells(line: &Line) -> impl Iterator<Item = Cell<'_>> {
    let text = line.text();
    let mut at = 0;
    let mut pieces = line.pieces();
    let mut piece = pieces.next();
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let mut chars = rest.char_indices().peekable();
        let (_, base) = chars.next()?;
        while let Some((_, place)) = &piece {
            if at < place.end {
                break;
            }
            piece = pieces.next();
        }
        let role = piece.as_ref().map_or(Role::Text, |(role, _)| *role);
        let width = columns(base);
        let mut marks = 0;
        let mut seen = base.len_utf8();
        let mut end = base.len_utf8();
        while let Some((start, mark)) = chars.next_if(|(_, c)| columns(*c) == 0) {
            end = start + mark.len_utf8();
            // A presentation selector makes some terminals draw wider than others.
            if marks < MAX_MARKS && mark != '\u{fe0f}' && seen == start {
                seen = end;
                marks += 1;
            }
        }
        let symbol = rest.get(..seen).unwrap_or_default();
        let cell = Cell {
            role,
            symbol: match width {
                0 => Cow::Owned(format!("◌{symbol}")),
                _ => Cow::Borrowed(symbol),
            },
            width: width.max(1),
            at,
        };
        at += end;
        Some(cell)
    })
}

/// Columns of one character on a terminal.
fn columns(c: char) -> usize {
    match c {
        // Unicode has them combine, terminals give them a cell of their own.
        '\u{ff9e}' | '\u{ff9f}' => 1,
        c => c.width().unwrap_or(0),
    }
}

/// Columns of a whole line.
#[cfg(test)]
pub(super) fn width(line: &Line) -> usize {
    cells(line).map(|cell| cell.width).sum()
}

/// How many rows a line takes where rows have that many columns; at least one.
pub(super) fn rows(line: &Line, columns: usize) -> usize {
    row_of(line, columns, usize::MAX) + 1
}

/// In which row the cell stands that holds a byte of the text; the last row for those behind it.
pub(super) fn row_of(line: &Line, columns: usize, byte: usize) -> usize {
    let (mut row, mut used) = (0, 0);
    for cell in cells(line) {
        if used > 0 && used + cell.width > columns {
            row += 1;
            used = 0;
        }
        used += cell.width;
        if cell.at >= byte {
            break;
        }
    }
    row
}

/// The cells of one row of a wrapped line, each with its column.
pub(super) fn row(line: &Line, columns: usize, wanted: usize) -> Vec<(usize, Cell<'_>)> {
    let (mut row, mut used) = (0, 0);
    let mut found = Vec::new();
    for cell in cells(line) {
        if used > 0 && used + cell.width > columns {
            row += 1;
            used = 0;
        }
        if row > wanted {
            break;
        }
        if row == wanted {
            found.push((used, cell.clone()));
        }
        used += cell.width;
    }
    found
}

/// The cells that are seen of a line scrolled sideways by `from` columns, each with its column on
/// the screen, and whether the line goes on to the right. Half of a wide character is a blank.
pub(super) fn window(line: &Line, from: usize, columns: usize) -> (Vec<(usize, Cell<'_>)>, bool) {
    let mut at = 0;
    let mut found = Vec::new();
    for cell in cells(line) {
        let begin = at;
        at += cell.width;
        if begin < from {
            continue;
        }
        if at - from > columns {
            return (found, true);
        }
        found.push((begin - from, cell));
    }
    (found, false)
}

/// The column of the cell that holds a byte of the text.
pub(super) fn column_of(line: &Line, byte: usize) -> usize {
    let before = cells(line).take_while(|cell| cell.at < byte);
    before.map(|cell| cell.width).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::buffer::{self, CellWidth};

    use super::*;
    use crate::tui::widget::settle;

    /// Columns the screen gives a cell, once it is drawn.
    fn on_screen(cell: &Cell<'_>) -> usize {
        let mut drawn = buffer::Cell::default();
        drawn.set_symbol(&cell.symbol);
        settle(&mut drawn);
        drawn.cell_width().into()
    }

    fn symbols(text: &str) -> Vec<String> {
        let line = Line::new(Role::Text, text);
        cells(&line).map(|cell| cell.symbol.into_owned()).collect()
    }

    #[test]
    fn a_cell_is_one_character_with_its_marks() {
        assert_eq!(symbols("ae\u{301}漢"), ["a", "e\u{301}", "漢"]);
        assert_eq!(symbols("\u{301}x"), ["◌\u{301}", "x"]);
        assert_eq!(symbols("👍🏽❤\u{fe0f}"), ["👍", "🏽", "❤"]);
        let tower = format!("a{}b", "\u{301}".repeat(1000));
        assert_eq!(
            symbols(&tower),
            [&format!("a{}", "\u{301}".repeat(4))[..], "b"]
        );
    }

    #[test]
    fn a_wide_character_never_stands_on_two_rows() {
        let line = Line::new(Role::Text, "ab漢字c");
        assert_eq!(rows(&line, 3), 3);
        let second: Vec<_> = row(&line, 3, 1);
        assert_eq!(second.len(), 1);
        assert_eq!(second[0].1.symbol, "漢");
        let (seen, goes_on) = window(&line, 3, 3);
        assert_eq!((seen[0].0, &*seen[0].1.symbol, goes_on), (1, "字", true));
        assert_eq!(column_of(&line, "ab漢".len()), 4);
        assert_eq!(rows(&line, 0), 5, "no width is no reason to stop");
    }

    #[test]
    fn every_character_is_as_wide_as_the_screen_takes_it_to_be() {
        for c in '\0'..=char::MAX {
            let line = Line::new(Role::Text, c.encode_utf8(&mut [0; 4]));
            for cell in cells(&line) {
                assert_eq!(on_screen(&cell), cell.width, "{:?}", cell.symbol);
            }
        }
    }

    proptest! {
        #[test]
        fn every_cell_is_as_wide_as_the_screen_takes_it_to_be(text in any::<String>(), columns in 0..9usize) {
            let line = Line::new(Role::Text, &text);
            for cell in cells(&line) {
                prop_assert_eq!(on_screen(&cell), cell.width, "{:?}", cell.symbol);
            }
            let all: usize = (0..rows(&line, columns)).map(|at| row(&line, columns, at).len()).sum();
            prop_assert_eq!(all, cells(&line).count());
            prop_assert!(window(&line, 0, width(&line)).0.len() == all);
        }
    }
}
