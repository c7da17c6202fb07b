//! A place in a document: where the cursor is and what is seen around it. Moves count rows, so
//! that a long line which is wrapped can be read to its end.

use super::doc::Doc;
use super::grid;
use super::index::Budget;

/// A row of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Pos {
    pub(super) line: usize,
    pub(super) row: usize,
}

/// What is seen of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    pub(super) cursor: Pos,
    pub(super) top: Pos,
    /// Columns that are scrolled away to the left.
    pub(super) x: usize,
}

/// How large the window is, and whether long lines are wrapped in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Size {
    pub(super) columns: usize,
    pub(super) rows: usize,
    pub(super) wrap: bool,
}

/// Columns of one step sideways.
const SIDEWAYS: usize = 8;

/// A document with a place in it.
pub(super) struct Pane<'a> {
    pub(super) doc: &'a mut Doc,
    pub(super) place: &'a mut Place,
    pub(super) size: Size,
}

impl Pane<'_> {
    /// Makes the lines known that are seen, and keeps the place within the document.
    pub(super) fn settle(&mut self) {
        self.know(self.size.rows);
        let last = self.doc.len().saturating_sub(1);
        for pos in [&mut self.place.cursor, &mut self.place.top] {
            if pos.line > last {
                *pos = Pos { line: last, row: 0 };
            }
        }
        for cursor in [true, false] {
            let pos = if cursor {
                self.place.cursor
            } else {
                self.place.top
            };
            let row = pos.row.min(self.rows_of(pos.line) - 1);
            let pos = Pos { row, ..pos };
            match cursor {
                true => self.place.cursor = pos,
                false => self.place.top = pos,
            }
        }
        self.follow();
    }

    /// Makes so many lines known behind what is seen.
    fn know(&mut self, more: usize) {
        let last = self.place.cursor.line.max(self.place.top.line);
        let until = last.saturating_add(more).saturating_add(self.size.rows);
        self.doc.grow(until, &mut Budget::small());
    }

    /// Moves the cursor by rows; down is positive.
    pub(super) fn step(&mut self, rows: isize) {
        self.know(rows.unsigned_abs());
        self.place.cursor = self.moved(self.place.cursor, rows);
        self.follow();
    }

    /// To the first line, or to the last one, as far as one budget goes.
    pub(super) fn end(&mut self, last: bool) {
        self.place.cursor = Pos::default();
        if last {
            self.doc.grow(usize::MAX, &mut Budget::large());
            let line = self.doc.len().saturating_sub(1);
            let row = self.rows_of(line) - 1;
            self.place.cursor = Pos { line, row };
        } else {
            self.place.x = 0;
        }
        self.follow();
    }

    /// To a byte of a line's text.
    pub(super) fn go(&mut self, line: usize, byte: usize) {
        let Some(text) = self.doc.line(line, None) else {
            return;
        };
        let row = match self.size.wrap {
            true => grid::row_of(&text, self.size.columns, byte),
            false => 0,
        };
        self.place.cursor = Pos { line, row };
        let column = grid::column_of(&text, byte);
        let seen = self.place.x..self.place.x + self.size.columns.saturating_sub(SIDEWAYS);
        if !self.size.wrap && !seen.contains(&column) {
            self.place.x = column.saturating_sub(self.size.columns / 2);
        }
        self.know(0);
        self.follow();
    }

    /// Turns the window by rows; the cursor stays within it.
    pub(super) fn scroll(&mut self, rows: isize) {
        self.know(rows.unsigned_abs());
        self.place.top = self.moved(self.place.top, rows).min(self.lowest());
        let bottom = self.moved(self.place.top, self.height() - 1);
        self.place.cursor = self.place.cursor.clamp(self.place.top, bottom);
    }

    /// Sideways; never further than the longest line that is seen.
    pub(super) fn sideways(&mut self, right: bool) {
        if self.size.wrap {
            return;
        }
        let mut longest = 0;
        for number in self.place.top.line..self.place.top.line + self.size.rows {
            let line = self.doc.line(number, None);
            longest = longest.max(line.map_or(0, |line| grid::column_of(&line, usize::MAX)));
        }
        let most = longest.saturating_sub(self.size.columns);
        self.place.x = match right {
            true => (self.place.x + SIDEWAYS).min(most.max(self.place.x)),
            false => self.place.x.saturating_sub(SIDEWAYS),
        };
    }

    /// The row of the document that stands in that row of the window.
    pub(super) fn at(&self, row: usize) -> Option<Pos> {
        let mut pos = self.place.top;
        let mut left = row;
        while pos.line < self.doc.len() {
            let rows = self.rows_of(pos.line) - pos.row;
            if left < rows {
                return Some(Pos {
                    row: pos.row + left,
                    ..pos
                });
            }
            left -= rows;
            pos = Pos {
                line: pos.line + 1,
                row: 0,
            };
        }
        None
    }

    /// Turns the window as little as shows the cursor.
    pub(super) fn follow(&mut self) {
        let cursor = self.place.cursor;
        let highest = self.moved(cursor, 1 - self.height());
        self.place.top = self.place.top.clamp(highest, cursor);
        self.place.top = self.place.top.min(self.lowest().max(highest));
    }

    fn height(&self) -> isize {
        isize::try_from(self.size.rows).unwrap_or(isize::MAX).max(1)
    }

    /// The lowest place of the window: the last line at its bottom.
    fn lowest(&self) -> Pos {
        let line = self.doc.len().saturating_sub(1);
        let row = self.rows_of(line) - 1;
        self.moved(Pos { line, row }, 1 - self.height())
    }

    fn rows_of(&self, line: usize) -> usize {
        if !self.size.wrap {
            return 1;
        }
        let line = self.doc.line(line, None);
        line.map_or(1, |line| grid::rows(&line, self.size.columns))
    }

    fn moved(&self, from: Pos, rows: isize) -> Pos {
        let last = self.doc.len().saturating_sub(1);
        if !self.size.wrap {
            let line = from.line.saturating_add_signed(rows).min(last);
            return Pos { line, row: 0 };
        }
        let mut pos = from;
        let mut left = rows.unsigned_abs();
        while left > 0 {
            if rows > 0 {
                let below = self.rows_of(pos.line) - 1 - pos.row.min(self.rows_of(pos.line) - 1);
                if left <= below || pos.line >= last {
                    pos.row += left.min(below);
                    break;
                }
                left -= below + 1;
                pos = Pos {
                    line: pos.line + 1,
                    row: 0,
                };
            } else {
                if left <= pos.row || pos.line == 0 {
                    pos.row -= left.min(pos.row);
                    break;
                }
                left -= pos.row + 1;
                let line = pos.line - 1;
                let row = self.rows_of(line) - 1;
                pos = Pos { line, row };
            }
        }
        pos
    }
}
