//! Where the lines of a text begin. The text may have a hundred million bytes or lines: the index
//! grows step by step, each with a budget, and keeps one place of many.

use std::ops::Range;

/// Longest line, in bytes: longer ones go on in the next, so that no frame reads more than it
/// shows.
pub(super) const LONGEST: usize = 2048;

/// One place in so many lines is kept.
const STEP: usize = 32;

/// How much may be read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Budget {
    pub(super) bytes: usize,
    pub(super) lines: usize,
}

impl Budget {
    /// For the first sight: some screens.
    pub(super) fn small() -> Self {
        Self {
            bytes: 1 << 20,
            lines: 4096,
        }
    }

    /// For a jump to the end: some ten milliseconds.
    pub(super) fn large() -> Self {
        Self {
            bytes: 64 << 20,
            lines: 1 << 20,
        }
    }
}

/// The lines of a text as far as they are known.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// Where the lines 0, 32, 64, … begin.
    starts: Vec<usize>,
    lines: usize,
    /// Where the next line begins that is not known yet.
    at: usize,
}

impl Index {
    /// How many lines are known.
    pub(super) fn len(&self) -> usize {
        self.lines
    }

    /// Whether that is all of them.
    pub(super) fn is_complete(&self, text: &[u8]) -> bool {
        self.at >= text.len()
    }

    /// Gets to know lines until the line `line` and the byte `offset` are among them, or the
    /// budget is used up.
    pub(super) fn grow(&mut self, text: &[u8], line: usize, offset: usize, budget: &mut Budget) {
        while self.at < text.len()
            && (self.lines <= line || self.at <= offset)
            && budget.lines > 0
            && budget.bytes > 0
        {
            if self.lines.is_multiple_of(STEP) {
                self.starts.push(self.at);
            }
            let end = end_of(text, self.at);
            budget.bytes = budget.bytes.saturating_sub(end - self.at);
            budget.lines -= 1;
            self.at = end;
            self.lines += 1;
        }
    }

    /// Where a line stands, its end included.
    pub(super) fn line(&self, text: &[u8], number: usize) -> Option<Range<usize>> {
        if number >= self.lines {
            return None;
        }
        let mut start = *self.starts.get(number / STEP)?;
        for _ in 0..number % STEP {
            start = end_of(text, start);
        }
        Some(start..end_of(text, start))
    }

    /// The line in which a byte stands: the last one known if it is behind that.
    pub(super) fn line_at(&self, text: &[u8], offset: usize) -> usize {
        let step = self.starts.partition_point(|start| *start <= offset);
        let step = step.saturating_sub(1);
        let mut line = step * STEP;
        let mut start = self.starts.get(step).copied().unwrap_or(0);
        while line + 1 < self.lines {
            let end = end_of(text, start);
            if end > offset {
                break;
            }
            start = end;
            line += 1;
        }
        line
    }
}

/// Where the line that begins at `start` ends: behind its line feed, or after [`LONGEST`] bytes
/// at a character's end.
fn end_of(text: &[u8], start: usize) -> usize {
    let most = text.len().min(start + LONGEST);
    let piece = text.get(start..most).unwrap_or_default();
    let found = memchr::memchr(b'\n', piece);
    #[cfg(test)]
    super::tests::work::looked_at(found.unwrap_or(piece.len()));
    if let Some(found) = found {
        return start + found + 1;
    }
    let within = |c: &&u8| **c & 0xc0 == 0x80;
    let rest = text.get(most..).unwrap_or_default();
    most + rest.iter().take(3).take_while(within).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &[u8]) -> Index {
        let mut index = Index::default();
        index.grow(
            text,
            usize::MAX,
            usize::MAX,
            &mut Budget {
                bytes: usize::MAX,
                lines: usize::MAX,
            },
        );
        index
    }

    #[test]
    fn a_line_ends_at_its_line_feed_or_goes_on_in_the_next() {
        let text = [&b"one\n\ntwo\r\n"[..], &b"x".repeat(LONGEST + 5)].concat();
        let index = all(&text);
        let lines: Vec<_> = (0..index.len())
            .filter_map(|at| index.line(&text, at))
            .collect();
        assert_eq!(
            lines,
            [
                0..4,
                4..5,
                5..10,
                10..10 + LONGEST,
                10 + LONGEST..text.len()
            ]
        );
        let wide = "é".repeat(LONGEST);
        let first = all(wide.as_bytes()).line(wide.as_bytes(), 0).unwrap();
        assert!(wide.get(first).is_some(), "no character is cut");
        assert_eq!(all(b"").len(), 0);
    }

    #[test]
    fn growing_stops_when_the_line_is_known_or_the_budget_is_used_up() {
        let text = b"0123456\n".repeat(10_000);
        let mut index = Index::default();
        let mut budget = Budget {
            bytes: 800,
            lines: 1000,
        };
        index.grow(&text, 9, 0, &mut budget);
        assert_eq!((index.len(), budget.bytes), (10, 720));
        index.grow(&text, usize::MAX, 0, &mut budget);
        assert_eq!((index.len(), budget.bytes), (100, 0));
        assert!(!index.is_complete(&text));
        index.grow(
            &text,
            0,
            8 * 5000,
            &mut Budget {
                bytes: 1 << 20,
                lines: 4950,
            },
        );
        assert_eq!(index.len(), 5001);
    }

    proptest! {
        #[test]
        fn the_lines_together_are_the_text_and_each_byte_is_found_in_its_line(
            text in prop::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..500),
        ) {
            let index = all(&text);
            let mut at = 0;
            for number in 0..index.len() {
                let line = index.line(&text, number).unwrap();
                prop_assert_eq!(line.start, at);
                for offset in line.clone() {
                    prop_assert_eq!(index.line_at(&text, offset), number);
                }
                at = line.end;
            }
            prop_assert_eq!(at, text.len());
        }
    }
}
