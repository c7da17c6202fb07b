//! The list: a window onto the history, which may be much longer. Rows are in the order in which
//! requests came, the newest at the bottom.

use std::collections::VecDeque;
use std::sync::Arc;

use hookreel_shared::model::{ExchangeId, Summary};

use crate::store::Row;

/// Rows that are asked for at a time.
pub const PAGE: usize = 500;
/// Rows held at most; about 2 MB. The rest is in the history.
pub const HELD: usize = 4000;
/// More rows are asked for when the cursor is that close to an end that is not the history's.
const MARGIN: usize = 150;

/// A window onto the rows, and a cursor in it.
#[derive(Debug, Clone, Default)]
pub struct List {
    rows: VecDeque<Row>,
    /// Whether there is nothing older than the first row, nothing newer than the last.
    whole: (bool, bool),
    /// Whether rows that fall out can be read again.
    stored: bool,
    cursor: usize,
    top: usize,
    following: bool,
    unseen: u64,
    height: usize,
    /// The one that was marked last on this screen, and still is.
    just_marked: Option<ExchangeId>,
    /// Whether rows were asked for and are not here yet.
    pub loading: bool,
}

/// At which end rows are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Those older than this one.
    OlderThan(ExchangeId),
    /// Those newer than this one.
    NewerThan(ExchangeId),
}

impl List {
    /// An empty list that follows the newest. With a history, its rows are yet to come.
    #[must_use]
    pub fn new(stored: bool) -> Self {
        Self {
            whole: (!stored, true),
            stored,
            following: true,
            loading: stored,
            height: 1,
            ..Self::default()
        }
    }

    /// The row the cursor is on.
    #[must_use]
    pub fn current(&self) -> Option<&Row> {
        self.rows.get(self.cursor)
    }

    /// The rows that are on the screen, and which of them the cursor is on.
    pub fn visible(&self) -> impl Iterator<Item = (bool, &Row)> {
        let rows = self
            .rows
            .iter()
            .enumerate()
            .skip(self.top)
            .take(self.height);
        rows.map(|(at, row)| (at == self.cursor, row))
    }

    /// All rows that are held, the oldest first.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = &Row> {
        self.rows.iter()
    }

    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether the newest is followed.
    #[must_use]
    pub fn is_following(&self) -> bool {
        self.following
    }

    /// How many came since the user moved away, and are not on the screen.
    #[must_use]
    pub fn unseen(&self) -> u64 {
        self.unseen
    }

    /// Lines there are for rows.
    pub fn set_height(&mut self, height: usize) {
        self.height = height.max(1);
        self.settle();
    }

    /// Takes rows in place of all others: a page around the cursor, oldest first. `whole` tells
    /// at which ends there is nothing more.
    pub fn open(&mut self, rows: Vec<Row>, whole: (bool, bool), cursor: Option<ExchangeId>) {
        self.rows = rows.into();
        self.whole = whole;
        self.loading = false;
        let last = self.rows.len().saturating_sub(1);
        self.cursor = cursor.and_then(|id| self.place(id).ok()).unwrap_or(last);
        self.following = cursor.is_none() && whole.1;
        self.top = self.cursor.saturating_sub(self.height / 2);
        self.settle();
    }

    /// Takes older rows, the oldest first.
    pub fn add_older(&mut self, rows: Vec<Row>, whole: bool) {
        self.loading = false;
        self.whole.0 = whole;
        for row in rows.into_iter().rev() {
            if self
                .rows
                .front()
                .is_none_or(|first| row.summary.id < first.summary.id)
            {
                self.rows.push_front(row);
                self.cursor += 1;
                self.top += 1;
            }
        }
        if self.rows.len() > HELD && !self.following {
            self.rows.truncate(HELD.max(self.cursor + MARGIN));
            self.whole.1 = false;
        }
        self.settle();
    }

    /// Takes newer rows, the oldest first.
    pub fn add_newer(&mut self, rows: Vec<Row>, whole: bool) {
        self.loading = false;
        self.whole.1 = whole;
        for row in rows {
            if self
                .rows
                .back()
                .is_none_or(|last| row.summary.id > last.summary.id)
            {
                self.rows.push_back(row);
            }
        }
        self.drop_oldest();
        self.settle();
    }

    /// A summary of something that goes on now. Gives whether it is one that was not known.
    pub fn see(&mut self, summary: &Arc<Summary>) -> bool {
        match self.place(summary.id) {
            Ok(at) => {
                let known = &mut self.rows[at].summary;
                if known.closed && !summary.closed {
                    return false;
                }
                let (provider, event) = (known.provider.take(), known.event.take());
                *known = Summary::clone(summary);
                known.provider = known.provider.take().or(provider);
                known.event = known.event.take().or(event);
                false
            }
            Err(at) => self.insert(at, Row::from(Summary::clone(summary))),
        }
    }

    /// A row as the history has it now.
    pub fn put(&mut self, row: Row) -> bool {
        match self.place(row.summary.id) {
            Ok(at) => {
                self.rows[at] = row;
                false
            }
            Err(at) => self.insert(at, row),
        }
    }

    fn insert(&mut self, at: usize, row: Row) -> bool {
        let newest = at == self.rows.len();
        if newest && !self.whole.1 {
            // It is read with the page it belongs to.
            self.unseen += 1;
            return true;
        }
        if at == 0 && !self.whole.0 && !self.rows.is_empty() {
            return true;
        }
        self.rows.insert(at, row);
        if at <= self.cursor && self.rows.len() > 1 && !(newest && self.following) {
            self.cursor += 1;
            self.top += 1;
        }
        if newest && !self.following {
            self.unseen += 1;
        }
        self.drop_oldest();
        self.settle();
        true
    }

    /// Makes room: at the old end where the cursor is far from it, else at the new one.
    fn drop_oldest(&mut self) {
        while self.rows.len() > HELD {
            if self.stored && !self.following && self.cursor < HELD / 2 {
                self.rows.pop_back();
                self.whole.1 = false;
            } else {
                self.rows.pop_front();
                self.cursor = self.cursor.saturating_sub(1);
                self.top = self.top.saturating_sub(1);
                self.whole.0 = !self.stored;
            }
        }
    }

    /// Takes one out, if it is here.
    pub fn take_out(&mut self, id: ExchangeId) {
        if let Ok(at) = self.place(id) {
            self.rows.remove(at);
            self.cursor -= usize::from(at < self.cursor);
            self.top -= usize::from(at < self.top);
            self.settle();
        }
    }

    /// Takes rows out.
    pub fn remove(&mut self, gone: impl Fn(&Row) -> bool) {
        let at = self.rows.iter().take(self.cursor);
        let before = at.filter(|row| gone(row)).count();
        self.rows.retain(|row| !gone(row));
        self.cursor -= before;
        self.settle();
    }

    /// Sets the marks of some.
    pub fn mark(&mut self, id: ExchangeId, marked: bool) {
        self.just_marked = match marked {
            true => Some(id),
            false => self.just_marked.filter(|just| *just != id),
        };
        if let Ok(at) = self.place(id) {
            self.rows[at].marked = marked;
        }
    }

    /// The one that was marked last on this screen, and still is.
    #[must_use]
    pub fn just_marked(&self) -> Option<ExchangeId> {
        self.just_marked
    }

    /// Moves the cursor by that many rows.
    pub fn step(&mut self, by: isize) {
        let last = self.rows.len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(by).min(last);
        // Whoever moves up wants to read; whoever comes back to the end has read all.
        self.following = self.following && by >= 0;
        self.settle();
    }

    /// Moves by a page; `parts` of it, at least one row.
    pub fn page(&mut self, down: bool, parts: usize) {
        let by = isize::try_from((self.height / parts).max(1)).unwrap_or(1);
        self.step(if down { by } else { -by });
    }

    /// Moves the view by that many rows, and the cursor only if it would be left behind.
    pub fn scroll(&mut self, by: isize) {
        let most = self.rows.len().saturating_sub(self.height);
        self.top = self.top.saturating_add_signed(by).min(most);
        let last = (self.top + self.height - 1).min(self.rows.len().saturating_sub(1));
        self.following = self.following && by >= 0;
        self.cursor = self.cursor.clamp(self.top.min(last), last);
        self.settle();
    }

    /// Moves to the row at that line of the screen, if there is one.
    pub fn click(&mut self, line: usize) -> bool {
        let at = self.top + line;
        let hit = line < self.height && at < self.rows.len();
        if hit {
            self.cursor = at;
            self.following = false;
            self.settle();
        }
        hit
    }

    /// Moves to the first row. Whether it is here; otherwise it is to be read.
    pub fn go_first(&mut self) -> bool {
        self.cursor = 0;
        self.following = false;
        self.settle();
        self.whole.0
    }

    /// Follows the newest. Whether it is here; otherwise it is to be read.
    pub fn follow(&mut self) -> bool {
        self.following = true;
        self.unseen = 0;
        self.settle();
        self.whole.1
    }

    /// Moves to that one, if it is here.
    pub fn select(&mut self, id: ExchangeId) -> bool {
        let found = self.place(id);
        if let Ok(at) = found {
            self.cursor = at;
            self.following = false;
            self.settle();
        }
        found.is_ok()
    }

    /// The rows to ask for now, as the cursor comes close to where they begin.
    #[must_use]
    pub fn missing(&self) -> Option<Missing> {
        if self.loading {
            return None;
        }
        let near_end = self.cursor + MARGIN >= self.rows.len();
        match (self.rows.front(), self.rows.back()) {
            (Some(first), _) if !self.whole.0 && self.cursor < MARGIN => {
                Some(Missing::OlderThan(first.summary.id))
            }
            (_, Some(last)) if !self.whole.1 && near_end => {
                Some(Missing::NewerThan(last.summary.id))
            }
            _ => None,
        }
    }

    fn place(&self, id: ExchangeId) -> Result<usize, usize> {
        self.rows.binary_search_by_key(&id, |row| row.summary.id)
    }

    /// Brings cursor and view together.
    fn settle(&mut self) {
        let last = self.rows.len().saturating_sub(1);
        if self.following && self.whole.1 {
            self.cursor = last;
        }
        self.cursor = self.cursor.min(last);
        let most = self.rows.len().saturating_sub(self.height);
        let lowest = (self.cursor + 1).saturating_sub(self.height);
        self.top = self
            .top
            .clamp(lowest, self.cursor.max(lowest))
            .min(most.max(lowest));
        if self.whole.1 && self.top + self.height >= self.rows.len() {
            self.unseen = 0;
        }
    }
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
