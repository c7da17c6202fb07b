//! A document: blocks one below the other, its lines numbered through.

use bytes::Bytes;

use super::block::{Block, Fixed};
use super::index::Budget;
use super::line::Line;
use super::search::Search;

/// Blocks one below the other. Lines behind a block that is not known to its end are not counted
/// yet, so that no line ever changes its number but by folding.
#[derive(Debug, Default)]
pub(super) struct Doc {
    pub(super) blocks: Vec<Block>,
}

impl Doc {
    /// A document of small lines.
    pub(super) fn fixed(lines: Vec<Fixed>) -> Self {
        Self {
            blocks: vec![Block::Fixed(lines)],
        }
    }

    /// Adds a block; empty ones are left out.
    pub(super) fn push(&mut self, block: Block) {
        if block.len() > 0 || !block.is_complete() {
            self.blocks.push(block);
        }
    }

    /// Adds bytes as hexadecimal lines.
    pub(super) fn push_hex(&mut self, bytes: Bytes, width: usize) {
        self.push(Block::Hex { bytes, width });
    }

    /// How many lines are known.
    pub(super) fn len(&self) -> usize {
        self.known().map(Block::len).sum()
    }

    fn known(&self) -> impl Iterator<Item = &Block> {
        let last = self.blocks.iter().position(|block| !block.is_complete());
        self.blocks
            .iter()
            .take(last.map_or(usize::MAX, |at| at + 1))
    }

    /// Whether that is all of them.
    pub(super) fn is_complete(&self) -> bool {
        self.blocks.iter().all(Block::is_complete)
    }

    /// Gets to know lines until that one is among them, within the budget.
    pub(super) fn grow(&mut self, line: usize, budget: &mut Budget) {
        let mut before = 0;
        for block in &mut self.blocks {
            block.grow(line.saturating_sub(before), 0, budget);
            before += block.len();
            if before > line || !block.is_complete() {
                return;
            }
        }
    }

    /// The block in which a line stands, and its number there.
    pub(super) fn place(&self, line: usize) -> Option<(usize, usize)> {
        let mut before = 0;
        for (at, block) in self.known().enumerate() {
            if line < before + block.len() {
                return Some((at, line - before));
            }
            before += block.len();
        }
        None
    }

    /// The line of that number.
    pub(super) fn line(&self, number: usize, search: Option<&Search>) -> Option<Line> {
        let (at, number) = self.place(number)?;
        let found = search.map_or(&[][..], |search| search.in_block(at));
        let length = search.map_or(0, Search::length);
        self.blocks.get(at)?.line(number, found, length)
    }

    /// The block of a line, and the line's number there.
    pub(super) fn at(&self, line: usize) -> Option<(&Block, usize)> {
        let (at, number) = self.place(line)?;
        Some((self.blocks.get(at)?, number))
    }

    /// The number of the first line of a block.
    fn start(&self, block: usize) -> usize {
        self.blocks.iter().take(block).map(Block::len).sum()
    }

    /// The line where a search has found something, as far as lines are known.
    pub(super) fn line_at(&self, block: usize, place: usize) -> usize {
        let line = self
            .blocks
            .get(block)
            .map_or(0, |block| block.line_at(place));
        self.start(block) + line
    }

    /// The same, with everything made known before it and unfolded around it.
    pub(super) fn reveal(&mut self, block: usize, place: usize) -> usize {
        let mut budget = Budget::large();
        for before in self.blocks.iter_mut().take(block) {
            before.grow(usize::MAX, usize::MAX, &mut budget);
        }
        let found = self.blocks.get_mut(block);
        let line = found.map_or(0, |found| found.reveal(place, &mut budget));
        (self.start(block) + line).min(self.len().saturating_sub(1))
    }

    /// Folds or unfolds what begins at a line, or else what the line stands in. Gives the line
    /// where that begins; none where there is nothing to fold.
    pub(super) fn toggle(&mut self, line: usize) -> Option<usize> {
        let (at, number) = self.place(line)?;
        let block = self.blocks.get_mut(at)?;
        if block.toggle(number) {
            return Some(line);
        }
        let begin = block.around(number)?;
        block.toggle(begin);
        Some(self.start(at) + begin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::detail::line::Role;

    #[test]
    fn lines_behind_a_text_count_only_when_all_of_it_is_known() {
        let mut doc = Doc::fixed(vec![Line::new(Role::Title, "head").into()]);
        doc.push(Block::text(Bytes::from(b"line\n".repeat(10_000)), false));
        doc.push(Block::Fixed(vec![Line::new(Role::Title, "behind").into()]));
        doc.grow(20, &mut Budget::small());
        assert_eq!(doc.len(), 21);
        assert_eq!(doc.place(21), None);
        doc.grow(usize::MAX, &mut Budget::large());
        assert_eq!((doc.len(), doc.is_complete()), (10_002, true));
        assert_eq!(doc.line(10_001, None).unwrap().text(), "behind");
    }
}
