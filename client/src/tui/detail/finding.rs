//! From one place that a search has found to the next.

use super::Ask;
use super::search::Search;
use super::state::State;

/// Bytes that a search looks through when it is asked to go on.
const SEARCH_ON: usize = 64 << 20;

impl State {
    /// Looks for a text in what is shown; empty ends the search.
    pub(super) fn search_for(&mut self, text: &str) {
        self.search = Search::new(text);
        self.search_on(SEARCH_ON);
    }

    pub(super) fn search_on(&mut self, bytes: usize) {
        let doc = self.docs[self.tab.index()].as_ref();
        if let (Some(search), Some(doc)) = (&mut self.search, doc) {
            search.go_on(doc, bytes);
        }
    }

    /// To the next place found, or the one before. `here` counts the cursor's own line as next.
    pub(super) fn find(&mut self, forward: bool, here: bool) -> Option<Ask> {
        self.search.as_ref()?;
        let wanted = self.wanted(forward, here);
        let (Some(search), Some(doc)) = (&mut self.search, self.docs[self.tab.index()].as_mut())
        else {
            return None;
        };
        let Some(wanted) = wanted else {
            let more = if search.is_done() {
                String::new()
            } else {
                format!(" so far; {} goes on", self.hints.next)
            };
            return Some(Ask::Tell(format!("not found{more}")));
        };
        search.current = Some(wanted);
        let (block, place) = search.get(wanted)?;
        let line = doc.reveal(block, place);
        // Which of several on one line: count those before it.
        let mut before = 0;
        while before < wanted {
            match search.get(wanted - before - 1) {
                Some((b, p)) if doc.line_at(b, p) == line => before += 1,
                _ => break,
            }
        }
        let shown = doc.line(line, Some(search))?;
        let byte = match shown.marks.is_empty() {
            true => search.within(shown.text()).nth(before).map(|at| at.start),
            false => shown.marks.first().map(|at| at.start),
        };
        if let Some(mut pane) = self.pane() {
            pane.go(line, byte.unwrap_or(0));
        }
        None
    }

    /// The number of the place to go to.
    fn wanted(&mut self, forward: bool, here: bool) -> Option<usize> {
        let cursor = self.place().cursor.line;
        let line_of = |state: &Self, number: usize| {
            let (block, place) = state.search.as_ref()?.get(number)?;
            Some(state.doc()?.line_at(block, place))
        };
        let current = self.search.as_ref()?.current;
        let current = current.filter(|at| line_of(self, *at) == Some(cursor));
        let mut count = self.search.as_ref()?.count();
        // The first place that stands on the cursor's line or below it.
        let first_from = |state: &Self, line: usize, count: usize| {
            let (mut low, mut high) = (0, count);
            while low < high {
                let middle = usize::midpoint(low, high);
                match line_of(state, middle) {
                    Some(at) if at < line => low = middle + 1,
                    _ => high = middle,
                }
            }
            low
        };
        let wanted = match (current, forward) {
            (Some(current), true) => current + 1,
            (Some(current), false) => current.checked_sub(1).unwrap_or(count.wrapping_sub(1)),
            (None, true) => first_from(self, if here { cursor } else { cursor + 1 }, count),
            (None, false) => {
                let at = first_from(self, cursor, count);
                at.checked_sub(1).unwrap_or(count.wrapping_sub(1))
            }
        };
        // A search that has just begun has used up what it may look at.
        if wanted >= count && !here {
            self.search_on(SEARCH_ON);
            count = self.search.as_ref()?.count();
        }
        match count {
            0 => None,
            _ if wanted < count => Some(wanted),
            _ => Some(0),
        }
    }
}
