//! Finding a text in a document: in the bytes of its blocks, not in what is laid out.

use aho_corasick::{AhoCorasick, Input};

use super::doc::Doc;

/// Most places that are listed.
const MOST: usize = 10_000;

/// A search and what it has found so far.
#[derive(Debug)]
pub(super) struct Search {
    text: String,
    finder: AhoCorasick,
    /// Places by block; blocks that were not looked through yet are not there.
    found: Vec<Vec<usize>>,
    count: usize,
    /// Where to go on in the last block of `found`.
    next: usize,
    done: bool,
    /// Which of the places the cursor was sent to.
    pub(super) current: Option<usize>,
}

impl Search {
    /// A search that has not begun; none for an empty text.
    pub(super) fn new(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let finder = AhoCorasick::builder()
            .ascii_case_insensitive(!text.contains(char::is_uppercase))
            .build([text])
            .ok()?;
        Some(Self {
            text: text.to_owned(),
            finder,
            found: Vec::new(),
            count: 0,
            next: 0,
            done: false,
            current: None,
        })
    }

    /// What is looked for.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Its length in bytes.
    pub(super) fn length(&self) -> usize {
        self.text.len()
    }

    /// How many places were found.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Whether there may be more.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// The places in one block.
    pub(super) fn in_block(&self, block: usize) -> &[usize] {
        self.found.get(block).map_or(&[], Vec::as_slice)
    }

    /// The place of that number, by block.
    pub(super) fn get(&self, mut number: usize) -> Option<(usize, usize)> {
        for (block, places) in self.found.iter().enumerate() {
            match places.get(number) {
                Some(place) => return Some((block, *place)),
                None => number -= places.len(),
            }
        }
        None
    }

    /// Looks through so many bytes more.
    pub(super) fn go_on(&mut self, doc: &Doc, mut bytes: usize) {
        while !self.done && bytes > 0 {
            let at = self.found.len().saturating_sub(1);
            let Some(block) = doc.blocks.get(at) else {
                self.done = true;
                return;
            };
            if self.found.is_empty() {
                self.found.push(Vec::new());
            }
            let mut places = Vec::new();
            let mut over = true;
            if let Some(text) = block.haystack() {
                let until = text.len().min(self.next.saturating_add(bytes));
                bytes -= until - self.next.min(until);
                #[cfg(test)]
                super::tests::work::looked_at(until - self.next.min(until));
                // A place may begin before the limit and end behind it.
                let end = text.len().min(until.saturating_add(self.text.len() - 1));
                let input = Input::new(text).range(self.next.min(end)..end);
                let found = self.finder.find_iter(input).map(|found| found.start());
                places.extend(found.take_while(|start| *start < until).take(MOST));
                self.next = places
                    .last()
                    .map_or(until, |last| until.max(last + self.text.len()));
                over = until == text.len();
            } else {
                places = block.lines_with(&self.finder);
            }
            places.truncate(MOST - self.count);
            self.count += places.len();
            if let Some(list) = self.found.last_mut() {
                list.extend(places);
            }
            if self.count >= MOST {
                self.done = true;
            } else if over {
                self.next = 0;
                self.found.push(Vec::new());
                self.done = self.found.len() > doc.blocks.len();
            }
        }
    }

    /// In words: which of how many.
    pub(super) fn words(&self) -> String {
        let more = if self.done && self.count < MOST {
            ""
        } else {
            "+"
        };
        match self.current {
            Some(current) => format!("/{} {} of {}{more}", self.text, current + 1, self.count),
            None => format!("/{} {}{more} found", self.text, self.count),
        }
    }

    /// Where it finds something in the text of a line.
    pub(super) fn within<'a>(
        &'a self,
        text: &'a str,
    ) -> impl Iterator<Item = std::ops::Range<usize>> + 'a {
        self.finder.find_iter(text).map(|found| found.range())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::block::Block;
    use super::*;

    #[test]
    fn a_search_goes_on_where_its_budget_ended_and_misses_nothing() {
        let text = "needle hay NEEDLE hay needle".repeat(20);
        let mut doc = Doc::default();
        doc.push(Block::text(Bytes::from(text.clone()), false));
        doc.push(Block::text(Bytes::from(text), true));
        for step in [1, 3, 7, 1000, usize::MAX] {
            let mut search = Search::new("needle").unwrap();
            while !search.is_done() {
                search.go_on(&doc, step);
            }
            assert_eq!(search.count(), 120, "{step}");
            assert_eq!(search.get(60), Some((1, 0)));
            assert_eq!(search.get(120), None);
        }
        let mut exact = Search::new("NEEDLE").unwrap();
        exact.go_on(&doc, usize::MAX);
        assert_eq!(exact.count(), 40, "upper case letters count");
        assert!(Search::new("").is_none());
    }
}
