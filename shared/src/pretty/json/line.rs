//! One line, cut from the document when it is asked for.

use std::borrow::Cow;

use super::{JsonLine, JsonView, Mark, Role, wide};

impl<B: AsRef<[u8]>> JsonView<B> {
    /// The line of that number among those to be seen, from 0 on.
    #[must_use]
    pub fn line(&self, number: usize) -> Option<JsonLine<'_>> {
        self.line_within(number, usize::MAX)
    }

    /// That line with at most so many bytes of name and value, whatever their length.
    #[must_use]
    pub fn line_within(&self, number: usize, most: usize) -> Option<JsonLine<'_>> {
        let line = self.real(number);
        let mark = *self.marks.get(line)?;
        let (start, end) = (wide(mark.at), self.end(line, mark));
        let key_end = match mark.is_named() {
            true => self.string_end(start, end.min(start.saturating_add(most))),
            false => start,
        };
        let value = if key_end == start {
            start
        } else {
            self.skip(key_end)
        };
        // The end of a value whose line is folded or cut cannot lie before its beginning.
        let end = end.max(value);
        let shown = end.min(value.max(start.saturating_add(most)));
        let hidden = self
            .container_at(line)
            .filter(|number| self.is_folded(*number));
        let hidden = hidden.and_then(|number| self.containers.get(number));
        Some(JsonLine {
            depth: wide(mark.depth()),
            role: mark.role(),
            key: mark.is_named().then(|| self.cut(start, key_end)),
            text: self.cut(value, shown),
            folded: hidden.map(|container| {
                wide(container.close - container.open).min(self.marks.len() - 1 - line)
            }),
            comma: match (mark.role(), hidden) {
                (Role::Value | Role::Close, _) => self.comma_at(end),
                (Role::Open, Some(container)) => self
                    .marks
                    .get(wide(container.close))
                    .is_some_and(|close| self.comma_at(wide(close.at) + 1)),
                (Role::Open, None) => false,
            },
            more: end - shown,
        })
    }

    /// The value that begins or ends at a line, byte for byte; of a list or object, all of it.
    #[must_use]
    pub fn value(&self, number: usize) -> Option<&[u8]> {
        let mut line = self.real(number);
        let mut mark = *self.marks.get(line)?;
        if mark.role() == Role::Close {
            let own = |container: &&super::Container| wide(container.close) == line;
            line = wide(self.containers.iter().rev().find(own)?.open);
            mark = *self.marks.get(line)?;
        }
        let start = wide(mark.at);
        let end = match self.container_at(line) {
            Some(container) => {
                let close = wide(self.containers.get(container)?.close);
                let close = self.marks.get(close).map(|close| wide(close.at) + 1);
                close.unwrap_or(self.read)
            }
            None => self.end(line, mark),
        };
        let value = match mark.is_named() {
            true => self.skip(self.string_end(start, end)),
            false => start,
        };
        self.bytes().get(value..end)
    }

    /// Where the name and value of a line end: of a list or object, behind its bracket.
    fn end(&self, line: usize, mark: Mark) -> usize {
        let start = wide(mark.at);
        match mark.role() {
            Role::Close => start + 1,
            Role::Open if mark.is_named() => self.skip(self.string_end(start, self.read)) + 1,
            Role::Open => start + 1,
            Role::Value => {
                let next = self.marks.get(line + 1);
                let next = next.map_or(self.read, |next| wide(next.at));
                let piece = self.bytes().get(start..next).unwrap_or_default();
                let between = |c: &u8| c.is_ascii_whitespace() || *c == b',';
                let blank = piece.iter().rev().take_while(|c| between(c)).count();
                start + piece.len() - blank
            }
        }
    }

    /// Where the string that begins at `start` ends, or `until` if it is longer.
    fn string_end(&self, start: usize, until: usize) -> usize {
        let mut at = start + 1;
        while let Some(rest) = self.bytes().get(at..until) {
            match memchr::memchr2(b'"', b'\\', rest) {
                Some(found) if rest.get(found) == Some(&b'"') => return at + found + 1,
                Some(found) => at += found + 2,
                None => break,
            }
        }
        until.max(start)
    }

    pub(super) fn cut(&self, start: usize, end: usize) -> Cow<'_, str> {
        let piece = self.bytes().get(start..end).unwrap_or_default();
        // A cut in the middle of a character is no fault of the sender's.
        let whole = match std::str::from_utf8(piece) {
            Err(fault) if fault.error_len().is_none() => fault.valid_up_to(),
            _ => piece.len(),
        };
        String::from_utf8_lossy(piece.get(..whole).unwrap_or_default())
    }

    fn comma_at(&self, at: usize) -> bool {
        let rest = self.bytes().get(at..).unwrap_or_default();
        rest.iter().find(|c| !c.is_ascii_whitespace()) == Some(&b',')
    }
}
