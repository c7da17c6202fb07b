//! One line for the screen: pieces of text, each in a role. Text gets in only through
//! [`safe`], so a line never holds what would act on a terminal or hide from its reader.

use std::ops::Range;

use hookreel_shared::pretty::safe;

/// What a piece of text is; the theme has a style for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Text,
    Dim,
    Title,
    Ok,
    Warn,
    Bad,
    Info,
    Key,
    String,
    Number,
    Literal,
    Punct,
    Added,
    Removed,
}

/// Whether something can be folded away at a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Fold {
    #[default]
    No,
    Open,
    Folded,
}

/// One line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    text: String,
    /// Where each piece ends in the text, and its role.
    pieces: Vec<(usize, Role)>,
    pub(super) fold: Fold,
    /// Bytes of the text that a search has found, where the text does not tell by itself.
    pub(super) marks: Vec<Range<usize>>,
}

impl Line {
    /// A line with one piece.
    pub(super) fn new(role: Role, text: &str) -> Self {
        Self::default().with(role, text)
    }

    /// The line with one piece more.
    #[must_use]
    pub(super) fn with(mut self, role: Role, text: &str) -> Self {
        self.push(role, text);
        self
    }

    /// Adds a piece; tabs and line ends become signs.
    pub(super) fn push(&mut self, role: Role, text: &str) {
        self.text.push_str(&safe::line(text));
        self.end(role);
    }

    /// Adds a piece of text as people read it: tabs as spaces.
    pub(super) fn push_prose(&mut self, role: Role, text: &str) {
        for (at, part) in text.split('\t').enumerate() {
            if at > 0 {
                self.text.push_str("    ");
            }
            self.text.push_str(&safe::line(part));
        }
        self.end(role);
    }

    /// Adds bytes: what is UTF-8 in that role, other bytes in hexadecimal, as `⟨ff⟩`.
    pub(super) fn push_bytes(&mut self, role: Role, bytes: &[u8]) {
        for chunk in bytes.utf8_chunks() {
            self.push(role, chunk.valid());
            for byte in chunk.invalid() {
                self.push(Role::Bad, &format!("⟨{byte:02x}⟩"));
            }
        }
    }

    fn end(&mut self, role: Role) {
        let end = self.text.len();
        let begin = self.pieces.last().map_or(0, |(end, _)| *end);
        #[cfg(test)]
        super::tests::work::laid_out(end - begin);
        match self.pieces.last_mut() {
            _ if begin == end => {}
            Some((last, same)) if *same == role => *last = end,
            _ => self.pieces.push((end, role)),
        }
    }

    /// Its text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Its pieces: role, and where they stand in the text.
    pub(super) fn pieces(&self) -> impl Iterator<Item = (Role, Range<usize>)> {
        let mut start = 0;
        self.pieces.iter().map(move |(end, role)| {
            let piece = start..*end;
            start = *end;
            (*role, piece)
        })
    }
}
