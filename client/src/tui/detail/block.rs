//! A document is made of blocks. Each knows its lines by number and makes one when it is asked
//! for; none of them is ever laid out as a whole.

use std::sync::Arc;

use aho_corasick::AhoCorasick;
use bytes::Bytes;
use hookreel_shared::model::ExchangeId;
use hookreel_shared::pretty::hex::HexView;
use hookreel_shared::pretty::json::{JsonLine, JsonView, Role as JsonRole};
use hookreel_shared::pretty::xml::XmlView;

use super::index::{Budget, Index};
use super::line::{Fold, Line, Role};
use super::words;

/// Longest piece of one line that is laid out, in bytes.
const LONGEST: usize = 2048;

/// Deepest indentation, in steps of two columns; deeper lines tell their depth by number.
const DEEPEST: usize = 16;

/// Last steps of a path that are shown.
const STEPS: usize = 24;

/// A line that is small and known at once.
#[derive(Debug, Clone, Default)]
pub(super) struct Fixed {
    pub(super) line: Line,
    /// What copying the value under the cursor gives, where that is not the line's text.
    pub(super) value: Option<Arc<str>>,
    /// The exchange that the line stands for.
    pub(super) opens: Option<ExchangeId>,
}

impl From<Line> for Fixed {
    fn from(line: Line) -> Self {
        Self {
            line,
            ..Self::default()
        }
    }
}

/// Some lines of a document.
#[derive(Debug)]
pub(super) enum Block {
    /// Few and small ones.
    Fixed(Vec<Fixed>),
    /// The lines of a text, with every byte to be seen if it is `raw`.
    Text {
        text: Bytes,
        index: Index,
        raw: bool,
    },
    /// A JSON document.
    Json(JsonView<Bytes>),
    /// An XML document.
    Xml(XmlView<Bytes>),
    /// Bytes, so many a line.
    Hex { bytes: Bytes, width: usize },
}

impl Block {
    /// A text whose lines are not known yet.
    pub(super) fn text(text: Bytes, raw: bool) -> Self {
        Self::Text {
            text,
            index: Index::default(),
            raw,
        }
    }

    /// How many lines are known.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Fixed(lines) => lines.len(),
            Self::Text { index, .. } => index.len(),
            Self::Json(view) => view.len(),
            Self::Xml(view) => view.len(),
            Self::Hex { bytes, width } => HexView::with_width(bytes, *width).len(),
        }
    }

    /// Whether that is all of them.
    pub(super) fn is_complete(&self) -> bool {
        match self {
            Self::Text { text, index, .. } => index.is_complete(text),
            _ => true,
        }
    }

    /// Gets to know lines, as far as the line of that number and the one with that byte.
    pub(super) fn grow(&mut self, line: usize, offset: usize, budget: &mut Budget) {
        if let Self::Text { text, index, .. } = self {
            index.grow(text, line, offset, budget);
        }
    }

    /// The line of that number; places found by a search are marked where the text cannot tell.
    pub(super) fn line(&self, number: usize, found: &[usize], length: usize) -> Option<Line> {
        match self {
            Self::Fixed(lines) => lines.get(number).map(|fixed| fixed.line.clone()),
            Self::Text { text, index, raw } => {
                let line = index.line(text, number)?;
                text.get(line).map(|bytes| text_line(bytes, *raw))
            }
            Self::Json(view) => view
                .line_within(number, LONGEST)
                .map(|line| json_line(&line)),
            Self::Xml(view) => {
                let found = view.line_within(number, LONGEST)?;
                let mut line = indented(found.depth);
                let role = match found.text.starts_with('<') {
                    true => Role::Key,
                    false => Role::String,
                };
                line.push_prose(role, &found.text);
                push_more(&mut line, found.more);
                Some(line)
            }
            Self::Hex { bytes, width } => hex_line(bytes, *width, number, found, length),
        }
    }

    /// The value under the cursor, as it was written.
    pub(super) fn value(&self, number: usize) -> Option<String> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match self {
            Self::Fixed(lines) => {
                let fixed = lines.get(number)?;
                let value = fixed.value.as_deref().unwrap_or(fixed.line.text());
                Some(value.to_owned())
            }
            Self::Text {
                text: bytes, index, ..
            } => {
                let line = bytes.get(index.line(bytes, number)?)?;
                Some(text(line).trim_end_matches(['\r', '\n']).to_owned())
            }
            Self::Json(view) => view.value(number).map(text),
            Self::Xml(view) => view.line(number).map(|line| line.text.into_owned()),
            Self::Hex { bytes, width } => {
                let line = HexView::with_width(bytes, *width).line(number)?;
                Some(hex::encode(line.bytes))
            }
        }
    }

    /// Where the value of a line stands, in few words.
    pub(super) fn path(&self, number: usize) -> Option<String> {
        match self {
            Self::Json(view) => view.path_within(number, STEPS),
            Self::Hex { width, .. } => Some(format!("byte {}", number.saturating_mul(*width))),
            _ => None,
        }
    }

    /// The line where that begins which a line stands in, if it can be folded.
    pub(super) fn around(&self, number: usize) -> Option<usize> {
        match self {
            Self::Json(view) => view.around(number),
            _ => None,
        }
    }

    /// Folds or unfolds what begins at a line. Tells whether there was something.
    pub(super) fn toggle(&mut self, number: usize) -> bool {
        match self {
            Self::Json(view) => view.toggle(number),
            _ => false,
        }
    }

    /// The bytes a search looks through; none for lines that are looked through as lines.
    pub(super) fn haystack(&self) -> Option<&[u8]> {
        match self {
            Self::Fixed(_) => None,
            Self::Text { text, .. } => Some(text),
            Self::Json(view) => view.bytes().get(..view.read()),
            Self::Xml(view) => view.bytes().get(..view.read()),
            Self::Hex { bytes, .. } => Some(bytes),
        }
    }

    /// Where a search finds something among the lines that are looked through as lines.
    pub(super) fn lines_with(&self, finder: &AhoCorasick) -> Vec<usize> {
        let Self::Fixed(lines) = self else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (number, fixed) in lines.iter().enumerate() {
            let times = finder.find_iter(fixed.line.text()).count();
            found.extend(std::iter::repeat_n(number, times));
        }
        found
    }

    /// The line in which a place of a search stands, as far as lines are known.
    pub(super) fn line_at(&self, place: usize) -> usize {
        match self {
            Self::Fixed(_) => place,
            Self::Text { text, index, .. } => index.line_at(text, place),
            Self::Json(view) => view.line_at(place),
            Self::Xml(view) => view.line_at(place),
            Self::Hex { width, .. } => place / width.max(&1),
        }
    }

    /// The same, with everything unfolded that hides it.
    pub(super) fn reveal(&mut self, place: usize, budget: &mut Budget) -> usize {
        self.grow(0, place, budget);
        match self {
            Self::Json(view) => view.reveal(place),
            _ => self.line_at(place),
        }
    }
}

fn text_line(bytes: &[u8], raw: bool) -> Line {
    let mut line = Line::default();
    let (text, end) = match bytes.split_last() {
        Some((b'\n', rest)) => match rest.split_last() {
            Some((b'\r', rest)) => (rest, "␍␊"),
            _ => (rest, "␊"),
        },
        _ => (bytes, ""),
    };
    if raw {
        line.push_bytes(Role::Text, text);
        line.push(Role::Dim, end);
    } else {
        line.push_prose(Role::Text, &String::from_utf8_lossy(text));
    }
    if end.is_empty() && bytes.len() >= LONGEST {
        line.push(Role::Dim, "⋯");
    }
    line
}

fn json_line(found: &JsonLine<'_>) -> Line {
    let mut line = indented(found.depth);
    if let Some(key) = &found.key {
        line.push(Role::Key, key);
        line.push(Role::Punct, ": ");
    }
    let role = match found.text.as_bytes().first() {
        Some(b'"') => Role::String,
        Some(b'-' | b'0'..=b'9') => Role::Number,
        Some(b't' | b'f' | b'n') => Role::Literal,
        _ => Role::Punct,
    };
    line.push(role, &found.text);
    push_more(&mut line, found.more);
    if let Some(lines) = found.folded {
        let close = if found.text.starts_with('[') {
            "]"
        } else {
            "}"
        };
        line.push(Role::Dim, &format!(" … {lines} lines "));
        line.push(Role::Punct, close);
    }
    if found.comma {
        line.push(Role::Punct, ",");
    }
    line.fold = match (found.role, found.folded) {
        (JsonRole::Open, Some(_)) => Fold::Folded,
        (JsonRole::Open, None) => Fold::Open,
        _ => Fold::No,
    };
    line
}

fn indented(depth: usize) -> Line {
    let mut line = Line::default();
    line.push(Role::Text, &"  ".repeat(depth.min(DEEPEST)));
    if depth > DEEPEST {
        line.push(Role::Dim, &format!("‥{depth} "));
    }
    line
}

/// Says how much of a long line is left out.
pub(super) fn push_more(line: &mut Line, more: usize) {
    if more > 0 {
        line.push(Role::Dim, &format!(" … {} more", words::size(more as u64)));
    }
}

/// The line of a hex view; `found` are places where `length` bytes were found.
fn hex_line(
    bytes: &[u8],
    width: usize,
    number: usize,
    found: &[usize],
    length: usize,
) -> Option<Line> {
    let hex = HexView::with_width(bytes, width).line(number)?;
    let (begin, end) = (hex.offset, hex.offset + hex.bytes.len());
    let shown = hex.to_string();
    let (offset, rest) = shown.split_at_checked(8)?;
    let (middle, text) = rest.split_at_checked(rest.find('|')?)?;
    let mut line = Line::new(Role::Dim, offset)
        .with(Role::Number, middle)
        .with(Role::Text, text);
    let first = found.partition_point(|at| at.saturating_add(length) <= begin);
    let signs = offset.len() + middle.len() + 1;
    let within = found.get(first..).unwrap_or_default();
    for at in within.iter().take_while(|at| **at < end) {
        for byte in (*at).max(begin)..at.saturating_add(length).min(end) {
            let column = byte - begin;
            let digits = 10 + 3 * column + column / 8;
            line.marks.push(digits..digits + 2);
            line.marks.push(signs + column..signs + column + 1);
        }
    }
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &'static [u8]) -> Block {
        Block::Json(JsonView::new(Bytes::from_static(text)))
    }

    #[test]
    fn a_line_of_json_tells_its_parts_by_role_and_number_text_stays() {
        let block = json(br#"{"a":1.50E+1,"b":[true]}"#);
        let line = block.line(1, &[], 0).unwrap();
        let pieces: Vec<_> = line
            .pieces()
            .map(|(role, at)| (role, &line.text()[at]))
            .collect();
        assert_eq!(
            pieces,
            [
                (Role::Text, "  "),
                (Role::Key, "\"a\""),
                (Role::Punct, ": "),
                (Role::Number, "1.50E+1"),
                (Role::Punct, ","),
            ]
        );
        assert_eq!(block.value(2).as_deref(), Some("[true]"));
        assert_eq!(block.path(3).as_deref(), Some("$.b[0]"));
    }

    #[test]
    fn what_is_folded_says_how_much_and_keeps_its_bracket() {
        let mut block = json(br#"{"a":[1,2],"b":2}"#);
        assert!(block.toggle(1) && !block.toggle(2));
        let line = block.line(1, &[], 0).unwrap();
        assert_eq!(line.text(), "  \"a\": [ … 3 lines ],");
        assert_eq!(line.fold, Fold::Folded);
        assert_eq!(block.len(), 4);
    }

    #[test]
    fn raw_text_shows_every_byte_and_read_text_what_it_says() {
        let bytes = b"a\tb\xff\x07\r\n";
        assert_eq!(text_line(bytes, true).text(), "a␉b⟨ff⟩␇␍␊");
        assert_eq!(text_line(bytes, false).text(), "a    b\u{fffd}␇");
    }

    #[test]
    fn bytes_found_are_marked_as_digits_and_as_signs() {
        let line = hex_line(b"0123456789abcdef0123", 16, 0, &[8, 15], 2).unwrap();
        let marked: Vec<_> = line
            .marks
            .iter()
            .map(|at| &line.text()[at.clone()])
            .collect();
        assert_eq!(marked, ["38", "8", "39", "9", "66", "f"]);
    }
}
