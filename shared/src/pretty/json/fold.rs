//! Which lines are hidden, and what number a line has among those to be seen.

use super::{JsonView, narrow, wide};

impl<B: AsRef<[u8]>> JsonView<B> {
    /// Folds the list or object that begins at a line, or unfolds it. Tells whether there was one.
    pub fn toggle(&mut self, number: usize) -> bool {
        let Some(container) = self.container_at(self.real(number)) else {
            return false;
        };
        let container = narrow(container);
        match self.folded.binary_search(&container) {
            Ok(at) => drop(self.folded.remove(at)),
            Err(at) => self.folded.insert(at, container),
        }
        self.hide();
        true
    }

    /// The line where the list or object begins that a line stands in; of its last line too.
    #[must_use]
    pub fn around(&self, number: usize) -> Option<usize> {
        let line = self.real(number);
        let found = self.containers.get(wide(self.innermost(line)))?;
        let begin = match wide(found.open) == line {
            true => wide(self.containers.get(wide(found.parent))?.open),
            false => wide(found.open),
        };
        Some(self.seen(begin))
    }

    /// The number of the line, among those to be seen, in which a byte stands. Where that line
    /// is folded away, it is unfolded.
    pub fn reveal(&mut self, offset: usize) -> usize {
        let line = self.real_at(offset);
        let containers = &self.containers;
        let before = self.folded.len();
        self.folded.retain(|number| {
            let container = containers.get(wide(*number));
            !container.is_some_and(|c| wide(c.open) < line && line <= wide(c.close))
        });
        if self.folded.len() != before {
            self.hide();
        }
        self.line_at(offset)
    }

    /// The same without unfolding: for a line that is folded away, the one that stands for it.
    #[must_use]
    pub fn line_at(&self, offset: usize) -> usize {
        self.seen(self.real_at(offset))
    }

    /// From the number of a line among all to the one, among those to be seen, that shows it or
    /// stands for it.
    fn seen(&self, line: usize) -> usize {
        let hidden = self.hidden.partition_point(|(from, _, _)| *from <= line);
        match hidden.checked_sub(1).and_then(|at| self.hidden.get(at)) {
            Some((from, to, before)) if line < *to => from - 1 - before,
            Some((from, to, before)) => line - (before + to - from),
            None => line,
        }
    }

    /// The line in which a byte stands, by its number among all.
    fn real_at(&self, offset: usize) -> usize {
        let behind = self.marks.partition_point(|mark| wide(mark.at) <= offset);
        behind.saturating_sub(1)
    }

    fn hide(&mut self) {
        self.hidden.clear();
        let (mut shown_from, mut before) = (0, 0);
        for number in &self.folded {
            let Some(container) = self.containers.get(wide(*number)) else {
                continue;
            };
            let from = wide(container.open) + 1;
            let to = (wide(container.close) + 1).min(self.marks.len());
            // What stands in a folded one is hidden already.
            if from > shown_from && to > from {
                self.hidden.push((from, to, before));
                before += to - from;
                shown_from = to;
            }
        }
    }

    /// From the number of a line among those to be seen to its number among all.
    pub(super) fn real(&self, number: usize) -> usize {
        let behind = self
            .hidden
            .partition_point(|(from, _, before)| from - before <= number);
        let last = behind.checked_sub(1).and_then(|at| self.hidden.get(at));
        number.saturating_add(last.map_or(0, |(from, to, before)| before + to - from))
    }

    pub(super) fn is_folded(&self, container: usize) -> bool {
        self.folded.binary_search(&narrow(container)).is_ok()
    }
}
