//! Where a line's value stands in the document.

use json_event_parser::{JsonEvent, LowLevelJsonParser};

use super::{JsonView, Role, narrow, wide};

impl<B: AsRef<[u8]>> JsonView<B> {
    /// Where the value of a line stands in the document, as JSONPath (RFC 9535): `$.a[0].b`.
    #[must_use]
    pub fn path(&self, number: usize) -> Option<String> {
        self.path_within(number, usize::MAX)
    }

    /// The same with only the last `most` steps; an ellipsis stands for those before.
    #[must_use]
    pub fn path_within(&self, number: usize, most: usize) -> Option<String> {
        let line = self.real(number);
        self.marks.get(line)?;
        let mut at = line;
        let mut container = self.innermost(line);
        let mut steps = Vec::new();
        while let Some(found) = self.containers.get(wide(container)) {
            let open = wide(found.open);
            if at != open && at != wide(found.close) {
                if steps.len() == most {
                    steps.push("…".to_owned());
                    break;
                }
                steps.push(self.step(open, at)?);
            }
            at = open;
            container = found.parent;
        }
        steps.push("$".to_owned());
        steps.reverse();
        Some(steps.concat())
    }

    /// The innermost list or object that a line belongs to, its first and last line included.
    pub(super) fn innermost(&self, line: usize) -> u32 {
        let before = self
            .containers
            .partition_point(|container| wide(container.open) <= line);
        let mut container = narrow(before.wrapping_sub(1));
        while let Some(found) = self.containers.get(wide(container)) {
            if wide(found.close) >= line {
                break;
            }
            container = found.parent;
        }
        container
    }

    /// The step from the container that begins at `open` to its child at `line`.
    fn step(&self, open: usize, line: usize) -> Option<String> {
        let mark = self.marks.get(line)?;
        if !mark.is_named() {
            let before = self.marks.get(open + 1..line)?;
            let siblings = before
                .iter()
                .filter(|other| other.depth() == mark.depth() && other.role() != Role::Close);
            return Some(format!("[{}]", siblings.count()));
        }
        let mut parser = LowLevelJsonParser::new();
        parser.parse_next(b"{", true);
        let result = parser.parse_next(self.bytes().get(wide(mark.at)..self.read)?, true);
        let Some(Ok(JsonEvent::ObjectKey(name))) = result.event else {
            return None;
        };
        let mut letters = name.chars();
        let plain = letters
            .next()
            .is_some_and(|c| c.is_alphabetic() || c == '_')
            && letters.all(|c| c.is_alphanumeric() || c == '_');
        if plain {
            return Some(format!(".{name}"));
        }
        Some(format!(
            "[{}]",
            self.cut(wide(mark.at), wide(mark.at) + result.consumed_bytes)
        ))
    }
}
